//! The attributes of an element in their order, and those of the prefix `xml` that an element brings
//! along when those around it are not written (Canonical XML 1.0 and 1.1 §2.4).

use super::base::join;
use super::walk::Walk;
use super::{FOUND, Form, Selection, ordering};
use crate::format::xml::scope::{NONE, NamespaceId};
use crate::format::xml::tag::{Attribute, Tag};
use crate::format::xml::tree::NodeId;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// What is written of an attribute.
enum Value<'d> {
    /// What stands in the document.
    Read(Attribute<'d>),
    Made(String),
}

impl<'d, S: Selection> Walk<'d, '_, S> {
    /// Writes the attributes, sorted by namespace, then by local name.
    pub(super) fn attributes(&mut self, id: NodeId, read: &[Attribute<'d>]) {
        let brings = self.method.form != Form::Exclusive
            && !self.parent_written()
            && self.selection.node(id);
        let own = read.iter().filter(|a| a.declares().is_none());
        if !S::CHOOSES && !brings && in_order(own.clone()) {
            own.for_each(|attribute| self.sink.attribute(attribute));
            return;
        }
        if !S::CHOOSES && !brings && own.clone().all(|a| a.prefix == Some(0)) {
            return self.without_prefixes(read);
        }
        let own = own.filter(|a| self.selection.attribute(id, a.name));
        let mut all: Vec<(&'d str, Value<'d>)> = own.map(|a| (a.name, Value::Read(*a))).collect();
        if brings {
            self.bring_along(id, read, &mut all);
        }
        if all.len() > 1 {
            self.sink.pay(ordering(all.len()));
            self.sort(&mut all);
        }
        for (name, value) in all {
            match value {
                Value::Read(attribute) => self.sink.attribute(&attribute),
                Value::Made(value) => self.sink.made(name, &value),
            }
        }
    }

    /// Those of no namespace, by their names.
    fn without_prefixes(&mut self, read: &[Attribute<'d>]) {
        let mut sorted = std::mem::take(&mut self.sorted);
        sorted.clear();
        sorted.extend(read.iter().filter(|a| a.declares().is_none()));
        self.sink.pay(ordering(sorted.len()));
        sorted.sort_unstable_by_key(|attribute| attribute.name);
        for attribute in &sorted {
            self.sink.attribute(attribute);
        }
        self.sorted = sorted;
    }

    fn sort(&self, all: &mut [(&'d str, Value<'d>)]) {
        let full = |name: &'d str| match name.split_once(':') {
            Some((prefix, local)) => (self.scope.get(prefix).unwrap_or(NONE), local),
            None => (NONE, name),
        };
        all.sort_by(|(a, _), (b, _)| {
            let ((one, a), (other, b)) = (full(a), full(b));
            let namespaces = match one == other {
                true => Ordering::Equal,
                false => self.namespaces_in_order(one, other),
            };
            namespaces.then_with(|| a.cmp(b))
        });
    }

    /// Two that are long and begin alike are compared again at every element with both.
    fn namespaces_in_order(&self, one: NamespaceId, other: NamespaceId) -> Ordering {
        let (one, other) = (self.namespaces.text(one), self.namespaces.text(other));
        self.sink.pay(one.len().min(other.len()));
        one.cmp(other)
    }

    fn bring_along(&self, id: NodeId, read: &[Attribute<'d>], all: &mut Vec<(&'d str, Value<'d>)>) {
        let mut above = Vec::new();
        let mut at = self.document.parent(id);
        while let Some(element) = at {
            above.push(element);
            at = self.document.parent(element);
        }
        // Its own come before those around it, "whether or not they are in the node-set".
        let mut taken: BTreeSet<&'d str> = read.iter().map(|a| a.name).collect();
        for element in &above {
            let (tag, mut octets) = (self.document.tag(*element), FOUND);
            for attribute in tag.iter().flat_map(Tag::attributes) {
                octets = octets
                    .saturating_add(attribute.name.len())
                    .saturating_add(attribute.raw.len());
                if self.inherits(&attribute) && taken.insert(attribute.name) {
                    all.push((attribute.name, Value::Read(attribute)));
                }
            }
            self.sink.pay(octets);
        }
        if self.method.form == Form::Inclusive11 {
            self.bring_base(id, &above, all);
        }
    }

    fn inherits(&self, attribute: &Attribute<'_>) -> bool {
        match self.method.form {
            Form::Inclusive10 => attribute.name.starts_with("xml:"),
            Form::Inclusive11 => matches!(attribute.name, "xml:lang" | "xml:space"),
            Form::Exclusive => false,
        }
    }

    /// Canonical XML 1.1 §2.4: the values of the elements that are left out, joined.
    fn bring_base(&self, id: NodeId, above: &[NodeId], all: &mut Vec<(&'d str, Value<'d>)>) {
        let base = |element: NodeId| -> Option<Cow<'d, str>> {
            let tag = self.document.tag(element)?;
            let mut all = tag.attributes();
            all.find(|a| a.name == "xml:base").map(|a| a.value())
        };
        let written = self.open.iter().rev().find(|open| open.visible);
        let written = written.map(|open| open.id);
        let omitted = above
            .iter()
            .copied()
            .take_while(|element| Some(*element) != written);
        let mut values: Vec<Cow<'d, str>> = omitted.filter_map(base).collect();
        if values.is_empty() {
            return;
        }
        values.reverse();
        let own = self
            .selection
            .attribute(id, "xml:base")
            .then(|| base(id))
            .flatten();
        values.extend(own);
        let mut values = values.into_iter();
        let mut joined = values.next().unwrap_or_default().into_owned();
        for value in values {
            joined = join(&joined, &value);
            self.sink.pay(joined.len());
        }
        all.retain(|(name, _)| *name != "xml:base");
        if !joined.is_empty() {
            all.push(("xml:base", Value::Made(joined)));
        }
    }
}

/// Whether attributes stand in their order, as far as that is seen without their namespaces.
fn in_order<'r, 'd: 'r>(mut all: impl Iterator<Item = &'r Attribute<'d>>) -> bool {
    let Some(first) = all.next() else {
        return true;
    };
    let (mut before, mut prefixed) = (first.name, first.prefix != Some(0));
    all.all(|attribute| {
        let later = before < attribute.name;
        prefixed |= attribute.prefix != Some(0);
        before = attribute.name;
        later && !prefixed
    })
}
