//! What of a document was digested under one reference, and what is left over.

use super::nodes::SignedNodes;
use crate::format::xml::canonical::Selection;
use crate::format::xml::signature::qualifying::Version;
use crate::format::xml::signature::{DS, Signature, blank};
use crate::format::xml::xpath::Chosen;
use crate::format::xml::{Child, Index, Kind, NodeId};
use crate::model::Digest;
use crate::trust::report::Coverage;
use std::collections::BTreeSet;

/// What was digested.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Extent {
    /// Nodes of the document that the signature is in.
    Nodes {
        apex: NodeId,
        without: Vec<NodeId>,
        chosen: Option<Chosen>,
    },
    /// Only the character data in an element, as base64.
    TextOf(NodeId),
    /// The whole of another file.
    File,
    /// Something of which it is not known what was left out.
    Unclear,
}

impl Extent {
    /// A node and everything that it holds.
    pub(super) fn whole(apex: NodeId) -> Self {
        Self::Nodes {
            apex,
            without: Vec::new(),
            chosen: None,
        }
    }

    /// Whether a node was digested with all that it holds; comments say nothing.
    pub(super) fn holds(&self, index: &Index<'_>, node: NodeId) -> bool {
        let document = index.document();
        let Self::Nodes {
            apex,
            without,
            chosen,
        } = self
        else {
            return false;
        };
        let inside = |outer: &NodeId, inner: &NodeId| document.contains(*outer, *inner);
        let left_out = |other: &NodeId| inside(other, &node) || inside(&node, other);
        let above = *apex == document.root() || inside(apex, &node);
        if !above || without.iter().any(left_out) {
            return false;
        }
        let Some(chosen) = chosen else {
            return true;
        };
        let after = document.after(node);
        let mut next = node;
        while next < after {
            let taken = match document.kind(next) {
                Kind::Element => chosen.whole(next),
                Kind::Instruction => chosen.node(next),
                Kind::Comment | Kind::Document => true,
            };
            if !taken {
                return false;
            }
            next = next.following();
        }
        true
    }
}

/// Whether an element is that of the properties of XAdES, in a version that is read; any other may hold
/// anything.
fn is_properties(index: &Index<'_>, id: NodeId) -> bool {
    let (namespace, local) = index.name(id);
    local == "QualifyingProperties" && Version::of(namespace).is_some()
}

/// The objects of a signature that hold more than properties (XMLDSig §5.2, EN 319 132-1 §4.3).
fn contents<'i>(index: &'i Index<'_>, signature: NodeId) -> impl Iterator<Item = NodeId> + 'i {
    let objects = index.elements(signature).into_iter();
    let objects = objects.filter(|id| index.is(*id, DS, "Object"));
    objects.filter(|object| {
        let property =
            |id: &NodeId| is_properties(index, *id) || index.is(*id, DS, "SignatureProperties");
        blank(index, *object).is_err() || !index.elements(*object).iter().all(property)
    })
}

/// Whether a signature has content inside it.
pub(super) fn carries_content(index: &Index<'_>, signature: NodeId) -> bool {
    contents(index, signature).next().is_some()
}

/// What is covered of one document.
struct Tally<'a, 'd> {
    index: &'a Index<'d>,
    /// One for each node: covered with its attributes and the character data directly in it.
    covered: Vec<bool>,
    /// Every signature in it, in the order of the document.
    signatures: Vec<NodeId>,
}

/// What a signature covers: of its file, or another one. `other` is the file that it is said to sign.
pub(super) fn coverage(
    index: &Index<'_>,
    signature: &Signature,
    signed: &SignedNodes,
    other: Option<Digest>,
) -> Coverage {
    let mut tally = Tally {
        index,
        covered: vec![false; index.document().nodes().count()],
        signatures: index.named(DS, "Signature").collect(),
    };
    let (mut inside, mut others) = (false, false);
    // References to the same are one: each walk is paid for once.
    let (mut seen, mut texts) = (BTreeSet::new(), BTreeSet::new());
    for part in signed.parts() {
        let again = match part.extent() {
            Extent::Nodes {
                apex,
                without,
                chosen: None,
            } => !seen.insert((*apex, without.as_slice())),
            Extent::TextOf(id) => !texts.insert(*id),
            Extent::Nodes { .. } | Extent::File | Extent::Unclear => false,
        };
        if again {
            continue;
        }
        match part.extent() {
            // Another file than that one was signed for itself.
            Extent::File => others |= other.is_none() || part.file() == other,
            Extent::Unclear => {}
            extent @ (Extent::Nodes { .. } | Extent::TextOf(_)) => tally.add(extent),
        }
    }
    if !tally.objects_are_covered(signature, &mut inside)
        || !tally.others_are_covered(signature.node)
    {
        return Coverage::Part;
    }
    match tally.outside() {
        Outside::Nothing if others => Coverage::Detached,
        Outside::Nothing if inside && other.is_none() => Coverage::Encapsulated,
        Outside::Covered => Coverage::WholeFile,
        Outside::Nothing | Outside::Open => Coverage::Part,
    }
}

/// What there is in a document beside its signatures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outside {
    Nothing,
    /// All of it is covered.
    Covered,
    /// Some of it is not.
    Open,
}

impl Tally<'_, '_> {
    fn add(&mut self, extent: &Extent) {
        let document = self.index.document();
        match extent {
            Extent::TextOf(id) => {
                // Markup inside is not digested.
                if self.index.elements(*id).is_empty() && self.index.is(*id, DS, "Object") {
                    self.mark(*id);
                }
            }
            Extent::Nodes {
                apex,
                without,
                chosen,
            } => {
                let after = document.after(*apex);
                let mut next = *apex;
                while next < after {
                    if without.contains(&next) {
                        next = document.after(next);
                        continue;
                    }
                    let whole = |chosen: &Chosen| match document.kind(next) {
                        Kind::Element => chosen.whole(next),
                        Kind::Document => true,
                        Kind::Comment | Kind::Instruction => chosen.node(next),
                    };
                    if chosen.as_ref().is_none_or(whole) {
                        self.mark(next);
                    }
                    next = next.following();
                }
            }
            Extent::File | Extent::Unclear => {}
        }
    }

    fn mark(&mut self, id: NodeId) {
        if let Some(covered) = self.covered.get_mut(id.place()) {
            *covered = true;
        }
    }

    fn has(&self, id: NodeId) -> bool {
        self.covered.get(id.place()).copied().unwrap_or(false)
    }

    /// Whether everything in an element is covered but signatures; comments say nothing.
    fn has_all(&self, id: NodeId) -> bool {
        let document = self.index.document();
        let after = document.after(id);
        let mut next = id;
        while next < after {
            // Names are not read again: that would be the whole text once more.
            if next != id && self.signatures.binary_search(&next).is_ok() {
                next = document.after(next);
                continue;
            }
            if !self.has(next) && document.kind(next) != Kind::Comment {
                return false;
            }
            next = next.following();
        }
        true
    }

    /// Whether its objects are covered, as far as they are not its own properties; `inside` says whether
    /// there are any.
    fn objects_are_covered(&self, signature: &Signature, inside: &mut bool) -> bool {
        for object in &signature.objects {
            let own = |id: &NodeId| is_properties(self.index, *id);
            let only_blank = blank(self.index, object.node).is_ok();
            if only_blank && object.elements.iter().all(own) {
                continue;
            }
            *inside = true;
            // Covered itself, or by what it holds.
            let by_elements = only_blank
                && self.instructions_in(object.node)
                && object
                    .elements
                    .iter()
                    .all(|id| own(id) || self.has_all(*id));
            if !self.has_all(object.node) && !by_elements {
                return false;
            }
        }
        true
    }

    /// Whether what other signatures hold is covered, too: else two of them, each with its own content, would
    /// both have signed the file.
    fn others_are_covered(&self, own: NodeId) -> bool {
        let others = self.index.named(DS, "Signature").filter(|id| *id != own);
        let mut held = others.flat_map(|id| contents(self.index, id));
        held.all(|object| self.has_all(object))
    }

    /// Whether no processing instruction lies directly in an element without being covered.
    fn instructions_in(&self, id: NodeId) -> bool {
        let document = self.index.document();
        document.children(id).all(|child| match child {
            Child::Node(id) => document.kind(id) != Kind::Instruction || self.has(id),
            Child::Text(_) => true,
        })
    }

    /// What lies beside the signatures. Around covered elements the outermost may stand uncovered if it
    /// says nothing but its name, as in the national format of invoices, and so may elements that do
    /// nothing but hold signatures.
    fn outside(&self) -> Outside {
        let document = self.index.document();
        let root = document.element();
        if !self.instructions_in(document.root()) {
            return Outside::Open;
        }
        if self.index.is(root, DS, "Signature") {
            return Outside::Nothing;
        }
        if self.has(root) {
            return match self.has_all(root) {
                true => Outside::Covered,
                false => Outside::Open,
            };
        }
        let mut found = Outside::Nothing;
        for element in self.index.elements(root) {
            if self.index.is(element, DS, "Signature") || self.holds_signatures(element) {
                continue;
            }
            found = Outside::Covered;
            if !self.has_all(element) {
                return Outside::Open;
            }
        }
        match self.is_bare(root) {
            true => found,
            false => Outside::Open,
        }
    }

    /// Whether an element says nothing but its name.
    fn is_bare(&self, id: NodeId) -> bool {
        let tag = self.index.document().tag(id);
        let mut attributes = tag.iter().flat_map(|tag| tag.attributes());
        attributes.all(|a| a.declares().is_some())
            && blank(self.index, id).is_ok()
            && self.instructions_in(id)
    }

    /// Whether an element holds signatures, and nothing else that says anything.
    fn holds_signatures(&self, id: NodeId) -> bool {
        let (mut any, mut waiting) = (false, vec![id]);
        while let Some(id) = waiting.pop() {
            if self.index.is(id, DS, "Signature") {
                any = true;
            } else if self.is_bare(id) {
                waiting.extend(self.index.elements(id));
            } else {
                return false;
            }
        }
        any
    }
}
