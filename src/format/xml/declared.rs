//! Where namespaces are declared, and what a prefix stands for at any element.

use super::nodes::OTHER;
use super::nodes::narrow;
use super::scope::{NONE, NamespaceId, Namespaces, Once};
use super::tree::{Document, NodeId, wide};
use super::{XML, XMLNS};
use std::borrow::Cow;

/// From an element on a prefix stands for something else, up to its next change.
#[derive(Clone, Copy, Debug)]
struct Change {
    /// The place of the prefix.
    prefix: u32,
    from: NodeId,
    namespace: NamespaceId,
}

impl Change {
    fn place(&self) -> (u32, NodeId) {
        (self.prefix, self.from)
    }
}

/// Every declaration of a document.
#[derive(Debug)]
pub(super) struct Declared<'d> {
    prefixes: Once<&'d str>,
    namespaces: Namespaces<'d>,
    /// By prefix, then in the order of the document: where something is declared, and where that ends.
    all: Vec<Change>,
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
        self.all.push(Change {
            prefix: narrow(self.prefixes.place(prefix)),
            from: node,
            namespace: self.namespaces.id(namespace),
        });
    }

    /// Once all are there: adds where each ends, so that a look-up is one search, however deep the declarations
    /// lie in each other.
    pub(super) fn finish(&mut self, document: &Document<'_>) {
        let mut declared = std::mem::take(&mut self.all);
        declared.sort_by_key(Change::place);
        // Those around what comes next, each with the first node behind it.
        let mut open: Vec<(NodeId, Change)> = Vec::new();
        for own in declared {
            while let Some((behind, ended)) = open.last().copied()
                && (ended.prefix, behind) <= own.place()
            {
                open.pop();
                self.end(behind, ended, &open);
            }
            self.change(own);
            open.push((document.after(own.from), own));
        }
        while let Some((behind, ended)) = open.pop() {
            self.end(behind, ended, &open);
        }
        self.all.shrink_to_fit();
    }

    /// Behind an element its prefix stands again for what it stood for around it.
    fn end(&mut self, behind: NodeId, ended: Change, open: &[(NodeId, Change)]) {
        let around = open.last().filter(|(_, one)| one.prefix == ended.prefix);
        self.change(Change {
            from: behind,
            namespace: around.map_or(NONE, |(_, one)| one.namespace),
            ..ended
        });
    }

    /// Of two changes at one element the later holds.
    fn change(&mut self, one: Change) {
        match self.all.last_mut() {
            Some(last) if last.place() == one.place() => *last = one,
            Some(_) | None => self.all.push(one),
        }
    }

    /// What a prefix stands for at an element; empty if that is nothing.
    pub(super) fn namespace(&self, node: NodeId, prefix: &str) -> &str {
        match prefix {
            "xml" => return XML,
            "xmlns" => return XMLNS,
            _ => {}
        }
        let Some(prefix) = self.prefixes.find(prefix).map(narrow) else {
            return "";
        };
        let before = |one: &Change| one.place() <= (prefix, node);
        let last = self.all.partition_point(before).checked_sub(1);
        let last = last.and_then(|last| self.all.get(last));
        let last = last.filter(|one| one.prefix == prefix);
        last.map_or("", |one| self.namespaces.text(one.namespace))
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
