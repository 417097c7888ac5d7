//! Sets of nodes.

use crate::format::xml::canonical::Selection;
use crate::format::xml::tree::{Document, NodeId, wide};
use std::ops::Range;

/// One bit for each node of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn none(nodes: usize) -> Self {
        Self(vec![0; nodes.div_ceil(64)])
    }

    fn place(id: NodeId) -> (usize, u64) {
        let at = wide(id.0);
        (at >> 6, 1u64.wrapping_shl(id.0 & 63))
    }

    pub(super) fn get(&self, id: NodeId) -> bool {
        let (at, bit) = Self::place(id);
        self.0.get(at).is_some_and(|word| word & bit != 0)
    }

    pub(super) fn set(&mut self, id: NodeId, value: bool) {
        let (at, bit) = Self::place(id);
        if let Some(word) = self.0.get_mut(at) {
            match value {
                true => *word |= bit,
                false => *word &= !bit,
            }
        }
    }

    fn each(&mut self, other: &Self, join: impl Fn(u64, u64) -> u64) {
        for (one, other) in self.0.iter_mut().zip(&other.0) {
            *one = join(*one, *other);
        }
    }
}

/// Which nodes of a document are chosen: elements, comments and instructions; the character data in
/// elements; their attributes and namespaces.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chosen {
    pub(super) own: Bits,
    pub(super) text: Bits,
    pub(super) attributes: Bits,
}

impl Chosen {
    pub(super) fn none(nodes: usize) -> Self {
        let none = Bits::none(nodes);
        Self {
            own: none.clone(),
            text: none.clone(),
            attributes: none,
        }
    }

    /// Every node of a document.
    #[must_use]
    pub fn all(document: &Document<'_>) -> Self {
        let mut all = Self::none(document.nodes().count());
        for id in document.nodes() {
            all.set_all(id, true);
        }
        all
    }

    /// A node with its character data and attributes.
    pub(super) fn set_all(&mut self, id: NodeId, value: bool) {
        for bits in [&mut self.own, &mut self.text, &mut self.attributes] {
            bits.set(id, value);
        }
    }

    /// Adds what another chooses.
    pub fn add(&mut self, other: &Self) {
        self.own.each(&other.own, |one, other| one | other);
        self.text.each(&other.text, |one, other| one | other);
        self.attributes
            .each(&other.attributes, |one, other| one | other);
    }

    /// Leaves out what another chooses.
    pub fn remove(&mut self, other: &Self) {
        self.own.each(&other.own, |one, other| one & !other);
        self.text.each(&other.text, |one, other| one & !other);
        self.attributes
            .each(&other.attributes, |one, other| one & !other);
    }

    /// Leaves out what another does not choose.
    pub fn keep(&mut self, other: &Self) {
        self.own.each(&other.own, |one, other| one & other);
        self.text.each(&other.text, |one, other| one & other);
        self.attributes
            .each(&other.attributes, |one, other| one & other);
    }

    /// Leaves out a node with all that it holds; `after` is the first behind it.
    pub fn leave_out(&mut self, id: NodeId, after: NodeId) {
        for node in (id.0..after.0).map(NodeId) {
            self.set_all(node, false);
        }
    }

    /// Whether an element is chosen with its attributes and the character data directly in it.
    #[must_use]
    pub fn whole(&self, id: NodeId) -> bool {
        self.own.get(id) && self.text.get(id) && self.attributes.get(id)
    }

    /// Whether neither an element nor its attributes nor the character data directly in it are chosen.
    #[must_use]
    pub fn nothing_of(&self, id: NodeId) -> bool {
        !self.own.get(id) && !self.text.get(id) && !self.attributes.get(id)
    }
}

impl Selection for Chosen {
    const CHOOSES: bool = true;

    fn node(&self, id: NodeId) -> bool {
        self.own.get(id)
    }

    fn nothing_in(&self, _: NodeId) -> bool {
        false
    }

    fn text(&self, parent: NodeId, _: &Range<usize>) -> bool {
        self.text.get(parent)
    }

    fn attribute(&self, element: NodeId, _: &str) -> bool {
        self.attributes.get(element)
    }

    fn namespace(&self, element: NodeId, _: &str) -> bool {
        self.attributes.get(element)
    }

    fn any_inside_tag(&self, element: NodeId) -> bool {
        self.attributes.get(element)
    }

    fn every_namespace(&self, element: NodeId) -> bool {
        self.attributes.get(element)
    }
}
