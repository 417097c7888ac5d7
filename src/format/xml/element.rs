//! Elements: tags, what they declare, and the names in them (XML 1.0 §3.1, Namespaces in XML §3, §5, §6.3).

use super::index::is_identifier;
use super::names::{ascii_name, name_length, split};
use super::nodes::{Marks, OTHER};
use super::parse::{FullName, Open, Parser};
use super::plain::attributes as plain_attributes;
use super::scan::{behind, plain_data, same_up_to, spaces};
use super::scope::NONE;
use super::tag::{Attribute, End, Tag};
use super::{XML, XMLNS, XmlError, malformed, text};
use crate::format::limits::{MAX_XML_ATTRIBUTES, MAX_XML_DEPTH, MAX_XML_NAMESPACES};
use std::collections::HashSet;

/// From so many attributes on, equal ones are found by a table and not by comparing each with each.
const MANY: usize = 8;

impl<'t> Parser<'t> {
    pub(super) fn start_tag(&mut self) -> Result<(), XmlError> {
        if self.open.is_empty() && self.done {
            return self.wrong("second element");
        }
        if self.open.len() >= MAX_XML_DEPTH {
            return Err(XmlError::TooMany {
                what: "elements inside each other",
                limit: MAX_XML_DEPTH,
            });
        }
        let (start, mark) = (self.at, self.scope.mark());
        let (length, end, marks) = match self.plain_tag() {
            Some(read) => read,
            None => self.other_tag()?,
        };
        self.at = end.at;
        let whole = match end.empty {
            true => Some(end.at),
            false => self.leaf(start, length),
        };
        let (node, outermost) = match whole {
            Some(stop) => {
                self.at = stop;
                let node = self.begin_whole(start..stop, marks);
                self.scope.back_to(mark);
                (node, self.open.is_empty())
            }
            None => {
                let (node, outermost) = (self.begin(start, marks), self.open.is_empty());
                let name = start.wrapping_add(1);
                self.open.push(Open {
                    node,
                    name,
                    length,
                    mark,
                });
                (node, outermost)
            }
        };
        if outermost {
            self.outermost = node;
            self.done = whole.is_some();
        }
        Ok(())
    }

    /// A start-tag whose name is of ASCII and whose prefix is known and short, with few attributes that need no
    /// second look or none, as nearly all are: the length of the name, how it ends, and what is noted of it. `None` of any other.
    #[inline]
    fn plain_tag(&self) -> Option<(usize, End, Marks)> {
        let inside = behind(self.bytes(), 1);
        let (length, prefix) = ascii_name(inside)?;
        let (octets, empty, stands) = match behind(inside, length) {
            [b'>', ..] => (2, false, true),
            [b'/', b'>', ..] => (3, true, false),
            [b' ', ..] => plain_attributes(behind(inside, length))?,
            _ => return None,
        };
        let marks = self.known_prefix(inside, prefix)?.with_stands(stands);
        let at = self.at.wrapping_add(length).wrapping_add(octets);
        Some((length, End { at, empty }, marks))
    }

    /// The same of any start-tag.
    fn other_tag(&mut self) -> Result<(usize, End, Marks), XmlError> {
        let inside = self.bytes().get(1..).unwrap_or_default();
        let known = ascii_name(inside).and_then(|name| Tag::named(self.text, self.at, name));
        let tag = match known {
            Some(tag) => tag,
            None => Tag::at(self.text, self.at)?,
        };
        let (end, marks) = match tag.bare() {
            Some(end) => (end, self.marks(&tag)?.with_stands(!end.empty)),
            None => self.attributes(&tag)?,
        };
        Ok((tag.name().len(), end, marks))
    }

    /// Where an element ends that begins at `start` and holds nothing but character data that stands as it is written,
    /// as most do. Of any other that data is passed over.
    #[inline]
    fn leaf(&mut self, start: usize, length: usize) -> Option<usize> {
        let bytes = self.bytes();
        let data = plain_data(bytes);
        self.pass(data);
        let [b'<', b'/', inside @ ..] = behind(bytes, data) else {
            return None;
        };
        let name = behind(self.text.as_bytes(), start.wrapping_add(1));
        let ends = same_up_to(inside, name, length) && inside.get(length) == Some(&b'>');
        ends.then(|| self.at.wrapping_add(length).wrapping_add(3))
    }

    /// Attributes, and what they declare; how the tag ends, and what is noted of it.
    fn attributes(&mut self, tag: &Tag<'t>) -> Result<(End, Marks), XmlError> {
        let mut noted = false;
        let mut attributes = tag.attributes();
        self.attributes.clear();
        while let Some(attribute) = attributes.read()? {
            if self.attributes.len() >= MAX_XML_ATTRIBUTES {
                return Err(XmlError::TooMany {
                    what: "attributes of one element",
                    limit: MAX_XML_ATTRIBUTES,
                });
            }
            if !attribute.plain {
                self.allowed(attribute.raw)?;
                text::check_value(attribute.raw, attribute.value_at)?;
            }
            if let Some(prefix) = attribute.declares() {
                self.declare(&attribute, prefix)?;
                noted = true;
            }
            noted |= is_identifier(attribute.name.as_bytes());
            self.attributes.push(attribute);
        }
        let marks = self.marks(tag)?;
        self.check_names()?;
        let Some(end) = attributes.end() else {
            return self.wrong("start-tag");
        };
        let stands = tag.stands(&self.attributes, end);
        Ok((end, marks.with_stands(stands).with_noted(noted)))
    }

    /// The number of the prefix of an element, which has to be declared (Namespaces §5).
    #[inline]
    fn marks(&self, tag: &Tag<'t>) -> Result<Marks, XmlError> {
        let prefix = tag.prefix();
        match prefix.and_then(|prefix| self.known_prefix(tag.inside(), prefix)) {
            Some(marks) => Ok(marks),
            None => self.marks_by_name(tag),
        }
    }

    /// The same of a name that begins there, by the length of its prefix with the colon; `None` if it has more than
    /// eight octets, or is none of the first.
    #[inline]
    fn known_prefix(&self, name: &[u8], prefix: usize) -> Option<Marks> {
        let Some(octets) = prefix.checked_sub(1) else {
            return Some(Marks::element(0));
        };
        let unused = 8usize.checked_sub(octets)?.wrapping_mul(8);
        let mask = u64::MAX.wrapping_shr(u32::try_from(unused).ok()?);
        let word = u64::from_le_bytes(*name.first_chunk()?) & mask;
        self.scope.bound_word(word).map(Marks::element)
    }

    fn marks_by_name(&self, tag: &Tag<'t>) -> Result<Marks, XmlError> {
        let parts = tag.parts();
        let (prefix, _) = parts.ok_or_else(|| malformed(self.at, "qualified name"))?;
        let place = match prefix {
            "" => Some(0),
            "xml" => Some(usize::from(OTHER)),
            _ => self.scope.bound(prefix),
        };
        match place {
            Some(place) => Ok(Marks::element(place)),
            None => Err(malformed(self.at, "prefix that is not declared")),
        }
    }

    /// A namespace declaration (Namespaces §3 and §5).
    fn declare(&mut self, attribute: &Attribute<'t>, prefix: &'t str) -> Result<(), XmlError> {
        let namespace = attribute.value();
        let named = attribute.name != "xmlns";
        let right = match (prefix, &*namespace) {
            ("", _) if named => false,
            ("xmlns", _) | (_, XMLNS) => false,
            ("xml", uri) => uri == XML,
            (_, XML) => false,
            // Only the default namespace can be taken back.
            (_, "") => !named,
            _ => !prefix.contains(':') && name_length(prefix) == prefix.len(),
        };
        if !right {
            return Err(malformed(attribute.at, "namespace declaration"));
        }
        if prefix == "xml" {
            // Says nothing new, and so takes no number.
            return Ok(());
        }
        let namespace = self.namespaces.id(namespace);
        let place = self.scope.bind(prefix, namespace);
        if namespace.number().max(place) > MAX_XML_NAMESPACES {
            return Err(XmlError::TooMany {
                what: "namespaces or prefixes",
                limit: MAX_XML_NAMESPACES,
            });
        }
        // Behind `xmlns:`; the empty prefix has its number from the beginning.
        self.number(place, attribute.at.saturating_add(6), prefix);
        Ok(())
    }

    /// What the prefix of a name stands for, none if there is none; and the local part (Namespaces §5).
    #[inline]
    fn full(
        &self,
        name: &'t str,
        prefix: Option<usize>,
        at: usize,
    ) -> Result<FullName<'t>, XmlError> {
        let (prefix, local) = match prefix {
            Some(0) => return Ok((false, NONE, name)),
            Some(length) => {
                let (prefix, local) = name.split_at(length);
                (
                    prefix.get(..length.saturating_sub(1)).unwrap_or_default(),
                    local,
                )
            }
            None => split(name).ok_or_else(|| malformed(at, "qualified name"))?,
        };
        match (prefix, self.scope.get(prefix)) {
            ("", _) => Ok((false, NONE, local)),
            (_, Some(namespace)) => Ok((false, namespace, local)),
            (_, None) => Err(malformed(at, "prefix that is not declared")),
        }
    }

    /// Prefixes that stand for something, and no attribute twice (Namespaces §5, §6.3).
    fn check_names(&mut self) -> Result<(), XmlError> {
        match self.attributes.as_slice() {
            [] => return Ok(()),
            [one] if one.prefix == Some(0) => return Ok(()),
            [..] => {}
        }
        let mut few = std::mem::take(&mut self.full);
        few.clear();
        let mut seen = (self.attributes.len() > MANY).then(HashSet::new);
        for attribute in &self.attributes {
            let full = match attribute.declares() {
                Some(prefix) => (true, NONE, prefix),
                None => self.full(attribute.name, attribute.prefix, attribute.at)?,
            };
            let twice = match &mut seen {
                Some(seen) => !seen.insert(full),
                None => few.contains(&full),
            };
            if twice {
                return Err(malformed(attribute.at, "attribute that is there twice"));
            }
            if seen.is_none() {
                few.push(full);
            }
        }
        self.full = few;
        Ok(())
    }

    pub(super) fn end_tag(&mut self) -> Result<(), XmlError> {
        let Some(open) = self.open.pop() else {
            return self.wrong("end-tag without a beginning");
        };
        let inside = behind(self.bytes(), 2);
        let name = behind(self.text.as_bytes(), open.name);
        let rest = match same_up_to(inside, name, open.length) {
            true => behind(inside, open.length),
            false => return self.wrong("end-tag of another element"),
        };
        let blank = match rest {
            [b'>', ..] => 0,
            rest => spaces(rest),
        };
        if rest.get(blank) != Some(&b'>') {
            return self.wrong("end-tag of another element");
        }
        self.plain &= blank == 0;
        let length = open.length.wrapping_add(blank).wrapping_add(3);
        self.pass(length);
        self.nodes.end(open.node, self.at);
        self.scope.back_to(open.mark);
        self.done |= self.open.is_empty();
        Ok(())
    }
}
