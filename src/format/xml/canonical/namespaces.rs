//! Which namespaces are written at an element (Canonical XML §2.3, Exclusive XML Canonicalization §3).

use super::walk::{Selected, Walk};
use super::{Form, Selection};
use crate::format::xml::scope::{Mark, NONE, NamespaceId};
use crate::format::xml::tag::Attribute;
use crate::format::xml::tree::NodeId;

impl<'d, S: Selection> Walk<'d, '_, S> {
    /// The namespaces to be written at an element, in the order of their prefixes.
    pub(super) fn to_write(
        &self,
        id: NodeId,
        tag: (&'d str, &[Attribute<'d>]),
        own: Mark,
        selected: &mut Selected<'d>,
    ) -> Vec<(&'d str, NamespaceId)> {
        if self.method.form == Form::Exclusive {
            return self.exclusive(id, tag, own);
        }
        if S::CHOOSES {
            return self.chosen(id, selected);
        }
        // What was written around it is in scope here, too: only what it declares itself is new.
        match self.parent_written() {
            true => self.new_of(self.scope.since(own)),
            false => self.new_of(self.scope.prefixes()),
        }
    }

    /// Those prefixes for which something else was written, once each and in order.
    fn new_of(&self, prefixes: impl Iterator<Item = &'d str>) -> Vec<(&'d str, NamespaceId)> {
        let mut new: Vec<_> = prefixes.filter_map(|prefix| self.new_at(prefix)).collect();
        if new.len() > 1 {
            new.sort_unstable();
            new.dedup();
        }
        new
    }

    /// A prefix and its namespace, if something else was written for it.
    fn new_at(&self, prefix: &'d str) -> Option<(&'d str, NamespaceId)> {
        let namespace = self.scope.get(prefix).filter(|_| prefix != "xml")?;
        // Nothing written and nothing there is the same (§2.3, namespace axis).
        let written = self.rendered.get(prefix).unwrap_or(NONE);
        (namespace != written).then_some((prefix, namespace))
    }

    /// Exclusive XML Canonicalization §3.
    fn exclusive(
        &self,
        id: NodeId,
        (name, attributes): (&'d str, &[Attribute<'d>]),
        own: Mark,
    ) -> Vec<(&'d str, NamespaceId)> {
        let chosen = |prefix: &&'d str| {
            let nothing = self
                .scope
                .get(prefix)
                .is_none_or(|namespace| namespace == NONE);
            nothing || self.selection.namespace(id, prefix)
        };
        let prefix = |name: &'d str| name.split_once(':').map(|(prefix, _)| prefix);
        let attributes = attributes.iter().filter(|a| a.declares().is_none());
        let attributes = attributes.filter(|a| self.selection.attribute(id, a.name));
        let used = attributes.filter_map(|a| prefix(a.name));
        let used = used.chain([prefix(name).unwrap_or("")]);
        if self.method.inclusive.is_empty() {
            return self.new_of(used.filter(chosen));
        }
        let listed = |prefix: &&str| self.method.inclusive.contains(*prefix);
        match self.parent_written() && !S::CHOOSES {
            true => {
                let listed = self.scope.since(own).filter(listed);
                self.new_of(used.chain(listed).filter(chosen))
            }
            false => {
                let listed = self.scope.prefixes().filter(listed);
                self.new_of(used.chain(listed).filter(chosen))
            }
        }
    }

    /// Canonical XML §2.3 where namespace nodes are chosen one by one: each is compared with those of the
    /// nearest element that is written.
    fn chosen(&self, id: NodeId, selected: &mut Selected<'d>) -> Vec<(&'d str, NamespaceId)> {
        for prefix in self.scope.prefixes() {
            let namespace = self.scope.get(prefix).unwrap_or(NONE);
            if namespace != NONE && self.selection.namespace(id, prefix) {
                selected.insert(prefix, namespace);
            }
        }
        let above = self.open.iter().rev().find(|open| open.visible);
        let above = |prefix: &str| above.and_then(|open| open.selected.get(prefix)).copied();
        let mut new = Vec::new();
        if !selected.contains_key("") && above("").is_some() {
            new.push(("", NONE));
        }
        let others = selected
            .iter()
            .map(|(prefix, namespace)| (*prefix, *namespace));
        new.extend(others.filter(|(prefix, namespace)| above(prefix) != Some(*namespace)));
        new
    }
}
