//! Elements: tags, what they declare, and the names in them (XML 1.0 §3.1, Namespaces in XML §3, §5, §6.3).

use super::index::is_identifier;
use super::names::{name_length, split};
use super::nodes::{Marks, OTHER};
use super::parse::{FullName, Open, Parser};
use super::scan::{same_up_to, spaces};
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
        let tag = Tag::at(self.text, self.at)?;
        let mark = self.scope.mark();
        let (end, marks) = match tag.bare() {
            Some(end) => (end, self.marks(&tag)?.with_stands(!end.empty)),
            None => self.attributes(&tag)?,
        };
        let (node, start) = (self.begin(self.at, marks), self.at);
        if self.open.is_empty() {
            self.outermost = node;
        }
        self.at = end.at;
        if end.empty {
            self.nodes.end(node, end.at);
            self.scope.back_to(mark);
            self.done |= self.open.is_empty();
        } else {
            self.open.push(Open {
                node,
                name: start.saturating_add(1),
                length: tag.name().len(),
                mark,
            });
        }
        Ok(())
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
            noted |= is_identifier(attribute.name);
            self.attributes.push(attribute);
        }
        let marks = self.marks(tag)?;
        self.check_names()?;
        let Some(end) = attributes.end() else {
            return self.wrong("start-tag");
        };
        let stands = tag.stands(self.text, &self.attributes, end);
        Ok((end, marks.with_stands(stands).with_noted(noted)))
    }

    /// The number of the prefix of an element, which has to be declared (Namespaces §5).
    #[inline(always)]
    fn marks(&self, tag: &Tag<'t>) -> Result<Marks, XmlError> {
        if tag.prefix() == Some(0) {
            return Ok(Marks::element(0));
        }
        let known = tag
            .prefix_word()
            .and_then(|word| self.scope.bound_word(word));
        match known {
            Some(place) => Ok(Marks::element(place)),
            None => self.marks_by_name(tag),
        }
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
        let inside = self.bytes().get(2..).unwrap_or_default();
        let name = self.text.as_bytes().get(open.name..).unwrap_or_default();
        let behind = match same_up_to(inside, name, open.length) {
            true => inside.get(open.length..).unwrap_or_default(),
            false => return self.wrong("end-tag of another element"),
        };
        let blank = spaces(behind);
        if behind.get(blank) != Some(&b'>') {
            return self.wrong("end-tag of another element");
        }
        self.plain &= blank == 0;
        let length = open.length.saturating_add(blank).saturating_add(3);
        self.pass(length);
        self.nodes.end(open.node, self.at);
        self.scope.back_to(open.mark);
        self.done |= self.open.is_empty();
        Ok(())
    }
}
