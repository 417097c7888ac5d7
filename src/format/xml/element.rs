//! Elements: tags, what they declare, and the names in them (XML 1.0 §3.1, Namespaces in XML §3, §5, §6.3).

use super::names::{name_length, split};
use super::parse::{FullName, Open, Parser, narrow};
use super::scan::spaces;
use super::scope::NONE;
use super::tag::{Attribute, End, Tag};
use super::{XML, XMLNS, XmlError, malformed, text};
use crate::format::limits::{MAX_XML_ATTRIBUTES, MAX_XML_DEPTH};
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
        let end = match tag.bare() {
            Some(end) => {
                self.full(tag.name(), tag.prefix(), self.at)?;
                end
            }
            None => self.attributes(&tag)?,
        };
        let (node, start) = (self.nodes.len(), self.at);
        self.add(start, end.at);
        self.at = end.at;
        if end.empty {
            self.scope.back_to(mark);
            self.done |= self.open.is_empty();
        } else {
            self.open.push(Open {
                node,
                name: tag.name().as_bytes(),
                mark,
            });
        }
        Ok(())
    }

    /// Attributes, and what they declare; how the tag ends.
    fn attributes(&mut self, tag: &Tag<'t>) -> Result<End, XmlError> {
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
            }
            self.attributes.push(attribute);
        }
        self.check_names(tag)?;
        match attributes.end() {
            Some(end) => Ok(end),
            None => self.wrong("start-tag"),
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
        let namespace = self.namespaces.id(namespace);
        self.scope.bind(prefix, namespace);
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
    fn check_names(&mut self, tag: &Tag<'t>) -> Result<(), XmlError> {
        self.full(tag.name(), tag.prefix(), self.at)?;
        if self.attributes.is_empty() {
            return Ok(());
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
        let behind = inside.strip_prefix(open.name).unwrap_or_default();
        let blank = spaces(behind);
        if behind.get(blank) != Some(&b'>') {
            return self.wrong("end-tag of another element");
        }
        let length = open.name.len().saturating_add(blank).saturating_add(3);
        self.pass(length);
        if let Some(node) = self.nodes.get_mut(open.node) {
            node.stop = narrow(self.at);
        }
        self.scope.back_to(open.mark);
        self.done |= self.open.is_empty();
        Ok(())
    }
}
