//! Which namespace a prefix stands for, while a document is walked from its beginning to its end
//! (Namespaces in XML §6). What it costs does not grow with the depth.

use std::borrow::Cow;
use std::collections::HashMap;

/// The bindings in scope.
#[derive(Default, Debug)]
pub(super) struct Scope<'a> {
    /// The namespaces of each prefix, the innermost last.
    bound: HashMap<&'a str, Vec<Cow<'a, str>>>,
    /// The prefixes in the order in which they were bound.
    order: Vec<&'a str>,
}

/// How many bindings there were.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Mark(usize);

impl<'a> Scope<'a> {
    pub(super) fn mark(&self) -> Mark {
        Mark(self.order.len())
    }

    pub(super) fn bind(&mut self, prefix: &'a str, namespace: Cow<'a, str>) {
        self.bound.entry(prefix).or_default().push(namespace);
        self.order.push(prefix);
    }

    /// Takes back what was bound since.
    pub(super) fn back_to(&mut self, mark: Mark) {
        while self.order.len() > mark.0 {
            let Some(prefix) = self.order.pop() else {
                return;
            };
            if let Some(all) = self.bound.get_mut(prefix) {
                all.pop();
            }
        }
    }

    /// The namespace of a prefix as it was last bound; empty where a default namespace is taken back.
    pub(super) fn get(&self, prefix: &str) -> Option<&str> {
        if prefix == "xml" {
            return Some(super::XML);
        }
        let all = self.bound.get(prefix)?;
        all.last().map(|namespace| &**namespace)
    }

    /// The prefixes that were bound since.
    pub(super) fn since(&self, mark: Mark) -> &[&'a str] {
        self.order.get(mark.0..).unwrap_or_default()
    }

    /// Every prefix that is bound.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = &'a str> {
        let bound = self.bound.iter().filter(|(_, all)| !all.is_empty());
        bound.map(|(prefix, _)| *prefix)
    }
}
