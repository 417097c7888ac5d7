//! One pass over the text: well-formedness, namespaces, and the tree.

use super::encoding::decode;
use super::names::{forbidden, is_space, name_length, split};
use super::scope::{Mark, NONE, NamespaceId, Namespaces, Scope};
use super::tag::{Attribute, Tag, skip};
use super::tree::{Document, Node};
use super::{XML, XMLNS, XmlError, malformed, text};
use crate::format::limits::{MAX_XML_ATTRIBUTES, MAX_XML_BYTES, MAX_XML_DEPTH};
use std::borrow::Cow;
use std::collections::HashSet;

/// From so many attributes on, equal ones are found by a table and not by comparing each with each.
const MANY: usize = 8;

pub(super) fn read(bytes: &[u8]) -> Result<Document<'_>, XmlError> {
    let too_many = |what, limit| Err(XmlError::TooMany { what, limit });
    if bytes.len() > MAX_XML_BYTES {
        return too_many("octets", MAX_XML_BYTES);
    }
    let text = decode(bytes)?;
    if text.len() > MAX_XML_BYTES {
        return too_many("octets", MAX_XML_BYTES);
    }
    if let Some(at) = forbidden(&text) {
        return Err(malformed(at, "character"));
    }
    let nodes = Parser::new(&text).document()?;
    Ok(Document { text, nodes })
}

/// Whether it declares a namespace; the namespace that it is in; local part or declared prefix.
type FullName<'t> = (bool, NamespaceId, &'t str);

/// An element that has begun.
struct Open<'t> {
    node: usize,
    name: &'t str,
    mark: Mark,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    nodes: Vec<Node>,
    open: Vec<Open<'t>>,
    namespaces: Namespaces<'t>,
    scope: Scope<'t>,
    /// The attributes of the element that is being read.
    attributes: Vec<Attribute<'t>>,
    /// Their names in full.
    full: Vec<FullName<'t>>,
    /// Whether the one element has ended.
    done: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        let whole = Node {
            start: 0,
            stop: narrow(text.len()),
            parent: 0,
        };
        Self {
            text,
            at: 0,
            nodes: vec![whole],
            open: Vec::new(),
            namespaces: Namespaces::new(),
            scope: Scope::new(),
            attributes: Vec::new(),
            full: Vec::new(),
            done: false,
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong<T>(&self, what: &'static str) -> Result<T, XmlError> {
        Err(malformed(self.at, what))
    }

    fn document(mut self) -> Result<Vec<Node>, XmlError> {
        self.declaration()?;
        loop {
            self.character_data()?;
            let bytes = self.rest().as_bytes();
            match (bytes.first(), bytes.get(1)) {
                (None, _) => break,
                (Some(_), Some(b'/')) => self.end_tag()?,
                (Some(_), Some(b'?')) => self.instruction()?,
                (Some(_), Some(b'!')) => self.declared()?,
                (Some(_), _) => self.start_tag()?,
            }
        }
        match self.open.is_empty() && self.done {
            true => Ok(self.nodes),
            false => self.wrong("end of the document"),
        }
    }

    /// XMLDecl (§2.8).
    fn declaration(&mut self) -> Result<(), XmlError> {
        let rest = self.rest();
        let begins = rest.strip_prefix("<?xml");
        if !begins.is_some_and(|rest| rest.bytes().next().is_some_and(is_space)) {
            return Ok(());
        }
        let Some(end) = memchr::memmem::find(rest.as_bytes(), b"?>") else {
            return self.wrong("XML declaration");
        };
        let inside = rest.get(5..end).unwrap_or_default();
        if !is_declaration(inside) {
            return self.wrong("XML declaration");
        }
        self.at = end.saturating_add(2);
        Ok(())
    }

    /// Up to the next markup that is no CDATA section.
    fn character_data(&mut self) -> Result<(), XmlError> {
        loop {
            let rest = self.rest();
            let length = memchr::memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
            let data = rest.get(..length).unwrap_or_default();
            if self.open.is_empty() {
                if !data.bytes().all(is_space) {
                    return self.wrong("text outside the element");
                }
            } else {
                text::check(data, self.at)?;
            }
            self.at = self.at.saturating_add(length);
            let section = self.rest();
            if !section.starts_with(text::CDATA) {
                return Ok(());
            }
            let Some(end) = memchr::memmem::find(section.as_bytes(), b"]]>") else {
                return self.wrong("CDATA section without an end");
            };
            if self.open.is_empty() {
                return self.wrong("text outside the element");
            }
            self.at = self.at.saturating_add(end).saturating_add(3);
        }
    }

    fn add(&mut self, start: usize, stop: usize) {
        let parent = self.open.last().map_or(0, |open| open.node);
        self.nodes.push(Node {
            start: narrow(start),
            stop: narrow(stop),
            parent: narrow(parent),
        });
    }

    /// A comment, or what is refused.
    fn declared(&mut self) -> Result<(), XmlError> {
        let rest = self.rest();
        let Some(inside) = rest.strip_prefix("<!--") else {
            return match rest.starts_with("<!DOCTYPE") {
                true => Err(XmlError::DocumentType),
                false => self.wrong("markup"),
            };
        };
        // §2.5: the first -- is that of the end.
        let Some(length) = memchr::memmem::find(inside.as_bytes(), b"--") else {
            return self.wrong("comment without an end");
        };
        if inside.as_bytes().get(length.saturating_add(2)) != Some(&b'>') {
            return self.wrong("-- in a comment");
        }
        let stop = self.at.saturating_add(length).saturating_add(7);
        self.add(self.at, stop);
        self.at = stop;
        Ok(())
    }

    /// PI (§2.6).
    fn instruction(&mut self) -> Result<(), XmlError> {
        let rest = self.rest();
        let inside = rest.get(2..).unwrap_or_default();
        let Some(length) = memchr::memmem::find(inside.as_bytes(), b"?>") else {
            return self.wrong("processing instruction without an end");
        };
        let inside = inside.get(..length).unwrap_or_default();
        let (target, data) = inside.split_at(name_length(inside));
        let blank = data.bytes().next().is_none_or(is_space);
        // Namespaces §7: no colon.
        if target.is_empty() || target.contains(':') || !blank || target.eq_ignore_ascii_case("xml")
        {
            return self.wrong("processing instruction");
        }
        let stop = self.at.saturating_add(length).saturating_add(4);
        self.add(self.at, stop);
        self.at = stop;
        Ok(())
    }

    fn start_tag(&mut self) -> Result<(), XmlError> {
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
        let mut attributes = tag.attributes();
        self.attributes.clear();
        let mark = self.scope.mark();
        while let Some(attribute) = attributes.read()? {
            if self.attributes.len() >= MAX_XML_ATTRIBUTES {
                return Err(XmlError::TooMany {
                    what: "attributes of one element",
                    limit: MAX_XML_ATTRIBUTES,
                });
            }
            text::check_value(attribute.raw, attribute.value_at)?;
            if let Some(prefix) = attribute.declares() {
                self.declare(&attribute, prefix)?;
            }
            self.attributes.push(attribute);
        }
        let Some(end) = attributes.end() else {
            return self.wrong("start-tag");
        };
        self.check_names(&tag)?;
        let (node, start) = (self.nodes.len(), self.at);
        self.add(start, end.at);
        self.at = end.at;
        if end.empty {
            self.scope.back_to(mark);
            self.done |= self.open.is_empty();
        } else {
            self.open.push(Open {
                node,
                name: tag.name(),
                mark,
            });
        }
        Ok(())
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
        let namespace = self.namespaces.id(namespace);
        self.scope.bind(prefix, namespace);
        Ok(())
    }

    /// Prefixes that stand for something, and no attribute twice (Namespaces §5, §6.3).
    fn check_names(&mut self, tag: &Tag<'_>) -> Result<(), XmlError> {
        let known = |name: &'t str, at: usize| {
            let (prefix, local) = split(name).ok_or_else(|| malformed(at, "qualified name"))?;
            match (prefix, self.scope.get(prefix)) {
                ("", _) => Ok((NONE, local)),
                (_, Some(namespace)) => Ok((namespace, local)),
                (_, None) => Err(malformed(at, "prefix that is not declared")),
            }
        };
        if tag.name().contains(':') {
            let (prefix, _) =
                split(tag.name()).ok_or_else(|| malformed(self.at, "qualified name"))?;
            if self.scope.get(prefix).is_none() {
                return self.wrong("prefix that is not declared");
            }
        }
        let many = self.attributes.len() > MANY;
        let (mut few, mut seen) = (std::mem::take(&mut self.full), HashSet::new());
        few.clear();
        for attribute in &self.attributes {
            let full = match attribute.declares() {
                Some(prefix) => (true, NONE, prefix),
                None => {
                    let (namespace, local) = known(attribute.name, attribute.at)?;
                    (false, namespace, local)
                }
            };
            let twice = match many {
                true => !seen.insert(full),
                false => few.contains(&full),
            };
            if twice {
                return Err(malformed(attribute.at, "attribute that is there twice"));
            }
            if !many {
                few.push(full);
            }
        }
        self.full = few;
        Ok(())
    }

    fn end_tag(&mut self) -> Result<(), XmlError> {
        let Some(open) = self.open.pop() else {
            return self.wrong("end-tag without a beginning");
        };
        let rest = self.rest();
        let behind = rest.get(2..).and_then(|rest| rest.strip_prefix(open.name));
        let behind = behind.map(|behind| behind.as_bytes());
        let blank = behind.map_or(0, |behind| skip(behind, 0));
        if behind.and_then(|behind| behind.get(blank)) != Some(&b'>') {
            return self.wrong("end-tag of another element");
        }
        let length = open.name.len().saturating_add(blank).saturating_add(3);
        self.at = self.at.saturating_add(length);
        if let Some(node) = self.nodes.get_mut(open.node) {
            node.stop = narrow(self.at);
        }
        self.scope.back_to(open.mark);
        self.done |= self.open.is_empty();
        Ok(())
    }
}

/// Offsets are bounded far below.
fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// What stands between `<?xml` and `?>` (§2.8).
fn is_declaration(text: &str) -> bool {
    let mut rest = text;
    let mut take = |name: &str| -> Option<Cow<'_, str>> {
        let trimmed = rest.trim_start_matches(['\t', '\n', '\r', ' ']);
        let after = trimmed
            .strip_prefix(name)
            .filter(|_| trimmed.len() < rest.len())?;
        let after = after
            .trim_start_matches(['\t', '\n', '\r', ' '])
            .strip_prefix('=')?;
        let after = after.trim_start_matches(['\t', '\n', '\r', ' ']);
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, behind) = after.get(1..)?.split_once(quote)?;
        rest = behind;
        Some(Cow::Borrowed(value))
    };
    let version = take("version").is_some_and(|version| {
        let minor = version.strip_prefix("1.").unwrap_or_default();
        !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit())
    });
    let _decoded = take("encoding");
    let standalone = take("standalone").is_none_or(|value| matches!(&*value, "yes" | "no"));
    version && standalone && rest.bytes().all(is_space)
}
