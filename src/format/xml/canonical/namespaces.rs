//! Which namespaces are written at an element (Canonical XML §2.3, Exclusive XML Canonicalization §3).

use super::walk::{New, Open, Selected, Walk};
use super::{Form, Selection};
use crate::format::xml::nodes::{Marks, OTHER};
use crate::format::xml::scope::{Mark, NONE, NamespaceId};
use crate::format::xml::tag::Attribute;
use crate::format::xml::tree::NodeId;
use std::collections::BTreeMap;

/// What looking up one prefix of many is counted as beside its octets: 300 ns of a fast core and 600 of a slow one, in
/// which some 250 octets are walked, written and digested.
const LOOKED_UP: usize = 256;

impl<'d, S: Selection> Walk<'d, '_, S> {
    /// The namespaces to be written at an element, in the order of their prefixes.
    pub(super) fn to_write(
        &self,
        id: NodeId,
        tag: (&'d str, &[Attribute<'d>]),
        own: Mark,
        selected: &mut Selected<'d>,
        new: &mut New<'d>,
    ) {
        new.clear();
        if self.method.form == Form::Exclusive {
            self.exclusive(id, tag, own, new);
        } else if S::CHOOSES {
            self.chosen(id, own, selected, new);
            self.without_undeclared(id, new);
        } else if self.parent_written() {
            // What was written around it is in scope here, too: only what it declares itself is new.
            self.new_of(self.scope.since(own), new);
        } else {
            self.new_of(self.scope.prefixes(), new);
        }
    }

    /// Those prefixes for which something else was written, once each and in order.
    fn new_of(&self, prefixes: impl Iterator<Item = &'d str>, new: &mut New<'d>) {
        new.extend(prefixes.filter_map(|prefix| self.new_at(prefix)));
        if new.len() > 1 {
            new.sort_unstable();
            new.dedup();
        }
    }

    /// A prefix and its namespace, if something else was written for it.
    pub(super) fn new_at(&self, prefix: &'d str) -> Option<(&'d str, NamespaceId)> {
        let namespace = self.scope.get(prefix).filter(|_| prefix != "xml")?;
        // Nothing written and nothing there is the same (§2.3, namespace axis).
        let written = self.rendered.get(prefix).unwrap_or(NONE);
        (namespace != written).then_some((prefix, namespace))
    }

    /// The same of the prefix of an element that declares nothing: its place, and the namespace.
    #[inline]
    pub(super) fn new_of_name(&self, id: NodeId, marks: Marks) -> Option<(usize, NamespaceId)> {
        let place = match marks.prefix() {
            OTHER => {
                let prefix = self.document.tag(id)?.split().0;
                self.scope.bound(prefix).filter(|_| prefix != "xml")?
            }
            place => usize::from(place),
        };
        let namespace = self.scope.at(place)?;
        let written = match marks.prefix() {
            OTHER => self.rendered.get(self.scope.prefix(place)),
            _ => self.rendered.at(place),
        };
        (namespace != written.unwrap_or(NONE)).then_some((place, namespace))
    }

    /// Exclusive XML Canonicalization §3.
    fn exclusive(
        &self,
        id: NodeId,
        (name, attributes): (&'d str, &[Attribute<'d>]),
        own: Mark,
        new: &mut New<'d>,
    ) {
        let prefix = |name: &'d str| name.split_once(':').map(|(prefix, _)| prefix);
        let attributes = attributes.iter().filter(|a| a.declares().is_none());
        let attributes = attributes.filter(|a| self.selection.attribute(id, a.name));
        let used = attributes.filter_map(|a| prefix(a.name));
        let used = used.chain([prefix(name).unwrap_or("")]);
        // What is used shows in its start-tag, which is not there if it is not chosen.
        let used = used.filter(|_| !S::CHOOSES || self.selection.node(id));
        if self.method.inclusive.is_empty() {
            return self.new_of_chosen(id, used, new);
        }
        let listed = |prefix: &&str| self.method.inclusive.contains(*prefix);
        match self.parent_written() && !S::CHOOSES {
            true => {
                let listed = self.scope.since(own).filter(listed);
                self.new_of_chosen(id, used.chain(listed), new)
            }
            false => {
                self.pay_for_all();
                let listed = self.scope.prefixes().filter(listed);
                self.new_of_chosen(id, used.chain(listed), new)
            }
        }
    }

    /// The same of namespace nodes that are chosen. Where that of the default namespace is not, there is none (§3,
    /// items 4 and 6; Canonical XML §2.3, namespace axis), which is said of an element that is written.
    fn new_of_chosen(
        &self,
        id: NodeId,
        prefixes: impl Iterator<Item = &'d str>,
        new: &mut New<'d>,
    ) {
        if !S::CHOOSES {
            return self.new_of(prefixes, new);
        }
        let chosen = |prefix: &&'d str| {
            let nothing = self
                .scope
                .get(prefix)
                .is_none_or(|namespace| namespace == NONE);
            nothing || self.selection.namespace(id, prefix)
        };
        let (mut none, written) = (false, self.rendered.get("").unwrap_or(NONE));
        let prefixes = prefixes.inspect(|prefix| none |= prefix.is_empty() && !chosen(prefix));
        self.new_of(prefixes.filter(chosen), new);
        if none && written != NONE {
            new.insert(0, ("", NONE));
        }
        self.without_undeclared(id, new);
    }

    /// That there is no default namespace is said in the start-tag of an element, and nowhere else.
    fn without_undeclared(&self, id: NodeId, new: &mut New<'d>) {
        if !self.selection.node(id) {
            new.retain(|(_, namespace)| *namespace != NONE);
        }
    }

    /// Every prefix that is in scope is looked up, however long it is.
    fn pay_for_all(&self) {
        let each = self.scope.bindings().saturating_mul(LOOKED_UP);
        let octets = self.scope.prefixes().map(str::len);
        self.sink.pay(octets.fold(each, usize::saturating_add));
    }

    /// Canonical XML §2.3 where namespace nodes are chosen one by one: each is compared with those of the
    /// nearest element that is written.
    fn chosen(&self, id: NodeId, own: Mark, selected: &mut Selected<'d>, new: &mut New<'d>) {
        let above = self.open.last().filter(|open| open.visible);
        if let Some(Open {
            selected: Selected::All,
            ..
        }) = above
            && self.selection.every_namespace(id)
        {
            // All of them are the same as where none is chosen.
            *selected = Selected::All;
            return self.new_of(self.scope.since(own), new);
        }
        self.pay_for_all();
        let mut found = BTreeMap::new();
        // §2.3: a declaration of `xml` is never written.
        for prefix in self.scope.prefixes().filter(|prefix| *prefix != "xml") {
            let namespace = self.scope.get(prefix).unwrap_or(NONE);
            if namespace != NONE && self.selection.namespace(id, prefix) {
                found.insert(prefix, namespace);
            }
        }
        let above = self.open.iter().rev().find(|open| open.visible);
        let above = |prefix: &str| match &above?.selected {
            Selected::These(these) => these.get(prefix).copied(),
            Selected::All => self.rendered.get(prefix).filter(|own| *own != NONE),
        };
        if !found.contains_key("") && above("").is_some() {
            new.push(("", NONE));
        }
        let others = found
            .iter()
            .map(|(prefix, namespace)| (*prefix, *namespace));
        new.extend(others.filter(|(prefix, namespace)| above(prefix) != Some(*namespace)));
        *selected = match self.selection.every_namespace(id) {
            true => Selected::All,
            false => Selected::These(found),
        };
    }
}
