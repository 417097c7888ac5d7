//! Where namespaces are declared, and what a prefix stands for at any element.

use super::nodes::OTHER;
use super::nodes::narrow;
use super::scope::{NamespaceId, Namespaces, Once};
use super::tree::{Document, NodeId, wide};
use super::{XML, XMLNS};
use std::borrow::Cow;

/// One declaration.
#[derive(Clone, Copy, Debug)]
struct Declaration {
    /// The place of its prefix.
    prefix: u32,
    /// The element that it is at.
    node: NodeId,
    namespace: NamespaceId,
    /// The nearest declaration of the same prefix around that element.
    around: Option<u32>,
}

/// Every declaration of a document.
#[derive(Debug)]
pub(super) struct Declared<'d> {
    prefixes: Once<&'d str>,
    namespaces: Namespaces<'d>,
    /// By prefix, then in the order of the document.
    all: Vec<Declaration>,
}

impl<'d> Declared<'d> {
    pub(super) fn new(document: &'d Document<'d>) -> Self {
        Self {
            prefixes: Once::new(document.prefixes()),
            namespaces: Namespaces::new(),
            all: Vec::new(),
        }
    }

    /// Elements come in their order.
    pub(super) fn add(&mut self, node: NodeId, prefix: &'d str, namespace: Cow<'d, str>) {
        self.all.push(Declaration {
            prefix: narrow(self.prefixes.place(prefix)),
            node,
            namespace: self.namespaces.id(namespace),
            around: None,
        });
    }

    /// Once all are there: in one pass, since what has ended is passed over once.
    pub(super) fn finish(&mut self, document: &Document<'_>) {
        self.all.sort_by_key(|one| (one.prefix, one.node));
        for at in 1..narrow(self.all.len()) {
            let before = at.checked_sub(1);
            let around = self
                .get(at)
                .and_then(|own| self.around(document, before, (own.prefix, own.node)));
            if let Some(own) = self.all.get_mut(wide(at)) {
                own.around = around;
            }
        }
    }

    fn get(&self, at: u32) -> Option<Declaration> {
        self.all.get(wide(at)).copied()
    }

    /// From a declaration on, the nearest one of a prefix around an element or at it.
    fn around(
        &self,
        document: &Document<'_>,
        from: Option<u32>,
        (prefix, node): (u32, NodeId),
    ) -> Option<u32> {
        let mut at = from;
        while let Some(found) = at {
            let declaration = self.get(found).filter(|one| one.prefix == prefix)?;
            if document.contains(declaration.node, node) {
                return Some(found);
            }
            at = declaration.around;
        }
        None
    }

    /// What a prefix stands for at an element; empty if that is nothing.
    pub(super) fn namespace(&self, document: &Document<'_>, node: NodeId, prefix: &str) -> &str {
        match prefix {
            "xml" => return XML,
            "xmlns" => return XMLNS,
            _ => {}
        }
        let Some(prefix) = self.prefixes.find(prefix).map(narrow) else {
            return "";
        };
        let before = |one: &Declaration| (one.prefix, one.node) <= (prefix, node);
        let last = self.all.partition_point(before).checked_sub(1).map(narrow);
        let found = self.around(document, last, (prefix, node));
        let found = found.and_then(|at| self.get(at));
        found.map_or("", |one| self.namespaces.text(one.namespace))
    }

    /// Which of the prefixes that have a number stand for a namespace at any element; the others may.
    pub(super) fn prefixes_of(&self, namespace: &str) -> [bool; 16] {
        let mut all = [false; 16];
        let known = self.namespaces.known(namespace);
        let declared = self.all.iter().filter(|one| Some(one.namespace) == known);
        let numbers = declared.map(|one| wide(one.prefix));
        let nothing = namespace.is_empty().then_some(0);
        for number in numbers.chain(nothing).chain([usize::from(OTHER)]) {
            if let Some(found) = all.get_mut(number.min(usize::from(OTHER))) {
                *found = true;
            }
        }
        all
    }
}
