//! Canonical forms: C14N 1.0 and 1.1, inclusive and exclusive, with comments or without them.
//!
//! The form is written while the tree is walked, as runs of the document where that stands as its form
//! has it, which the parser noted; what is in scope and what was written already is looked up in tables, so that neither depth nor
//! width costs more than its octets.

mod attributes;
mod base;
mod namespaces;
#[cfg(test)]
mod tests;
mod walk;
mod write;

use super::tree::{Document, NodeId};
use crate::format::allowance::{Allowance, Spent};
use std::collections::BTreeSet;
use std::ops::Range;
use walk::Walk;

/// Which form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Form {
    /// Canonical XML 1.0.
    Inclusive10,
    /// Canonical XML 1.1.
    Inclusive11,
    /// Exclusive XML Canonicalization 1.0.
    Exclusive,
}

/// A form, its comments, and prefixes that the exclusive form treats as the inclusive one does.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Method {
    /// Which form.
    pub form: Form,
    /// Whether comments are written.
    pub comments: bool,
    /// PrefixList of InclusiveNamespaces, the default namespace as an empty prefix.
    pub inclusive: BTreeSet<String>,
}

impl Method {
    /// The method that an Algorithm names; `None` if it names another.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        const INCLUSIVE_10: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
        const INCLUSIVE_11: &str = "http://www.w3.org/2006/12/xml-c14n11";
        const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
        let (form, rest) = [
            (Form::Inclusive10, INCLUSIVE_10),
            (Form::Inclusive11, INCLUSIVE_11),
            (Form::Exclusive, EXCLUSIVE),
        ]
        .into_iter()
        .find_map(|(form, start)| uri.strip_prefix(start).map(|rest| (form, rest)))?;
        let comments = match (form, rest) {
            (_, "") => false,
            (Form::Exclusive, "WithComments") => true,
            (Form::Inclusive10 | Form::Inclusive11, "#WithComments") => true,
            _ => return None,
        };
        Some(Self {
            form,
            comments,
            inclusive: BTreeSet::new(),
        })
    }

    /// What reports call it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match (self.form, self.comments) {
            (Form::Inclusive10, false) => "c14n",
            (Form::Inclusive10, true) => "c14n#WithComments",
            (Form::Inclusive11, false) => "c14n11",
            (Form::Inclusive11, true) => "c14n11#WithComments",
            (Form::Exclusive, false) => "exc-c14n",
            (Form::Exclusive, true) => "exc-c14n#WithComments",
        }
    }

    /// Canonical XML 1.0 without comments: what a set of nodes becomes where nothing else is said
    /// (XMLDSig §4.4.3.2).
    #[must_use]
    pub fn implied() -> Self {
        Self {
            form: Form::Inclusive10,
            comments: false,
            inclusive: BTreeSet::new(),
        }
    }
}

/// Why there is no canonical form.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CanonicalError {
    /// A namespace that is not absolute has none (Canonical XML §1.3).
    #[error("a namespace that is not absolute: {0}")]
    RelativeNamespace(String),
    /// A document that is small, and whose form is not: every element that inherits many names may write
    /// them all again.
    #[error(transparent)]
    Spent(#[from] Spent),
}

/// What walking over a part of a document is counted as, by its octets and nodes: beside its octets a node
/// costs as much as these.
#[must_use]
pub fn walking(octets: usize, nodes: usize) -> usize {
    const NODE: usize = 32;
    octets.saturating_add(nodes.saturating_mul(NODE))
}

/// What finding the element around another is counted as.
const FOUND: usize = 64;

/// What putting names into order is counted as; few cost nothing beside being written.
fn ordering(names: usize) -> usize {
    const FEW: usize = 16;
    const COMPARED: usize = 16;
    match names {
        0..=FEW => 0,
        more => usize::try_from(more.ilog2())
            .unwrap_or(usize::MAX)
            .saturating_mul(COMPARED)
            .saturating_mul(more),
    }
}

/// Which nodes are written.
pub trait Selection {
    /// Whether character data, namespace nodes and attributes are chosen one by one; if not, all are
    /// written and nothing of the following is asked but whether there is nothing in an element.
    const CHOOSES: bool;

    /// An element, comment or processing instruction.
    fn node(&self, id: NodeId) -> bool;

    /// Whether nothing in an element is written either, so that it need not be walked.
    fn nothing_in(&self, id: NodeId) -> bool;

    /// Character data in an element.
    fn text(&self, parent: NodeId, range: &Range<usize>) -> bool;

    /// An attribute of an element.
    fn attribute(&self, element: NodeId, name: &str) -> bool;

    /// The namespace node of a prefix at an element.
    fn namespace(&self, element: NodeId, prefix: &str) -> bool;

    /// Whether an attribute or namespace node of an element may be chosen, itself chosen or not.
    fn any_inside_tag(&self, element: NodeId) -> bool {
        let _ = element;
        true
    }

    /// Whether every namespace node at an element is chosen, as far as that is known without a look at each.
    fn every_namespace(&self, element: NodeId) -> bool {
        let _ = element;
        false
    }
}

/// Everything but some elements with all that they hold.
#[derive(Clone, Copy, Debug)]
pub struct AllBut<'a>(pub &'a [NodeId]);

impl Selection for AllBut<'_> {
    const CHOOSES: bool = false;

    fn node(&self, id: NodeId) -> bool {
        !self.0.contains(&id)
    }

    fn nothing_in(&self, id: NodeId) -> bool {
        self.0.contains(&id)
    }

    fn text(&self, _: NodeId, _: &Range<usize>) -> bool {
        true
    }

    fn attribute(&self, _: NodeId, _: &str) -> bool {
        true
    }

    fn namespace(&self, _: NodeId, _: &str) -> bool {
        true
    }
}

/// Writes the canonical form of a node and what it holds, as far as it is selected.
///
/// # Errors
/// [`CanonicalError`].
pub fn write<S: Selection>(
    document: &Document<'_>,
    apex: NodeId,
    method: &Method,
    selection: &S,
    out: &mut dyn FnMut(&[u8]),
) -> Result<(), CanonicalError> {
    let work = Allowance::without_end();
    write_within(&work, (document, apex), method, selection, out)
}

/// The same, as long as there is an allowance for it: what is walked and what is written is taken from that.
///
/// # Errors
/// [`CanonicalError`]; what was written before it is no form.
pub fn write_within<S: Selection>(
    work: &Allowance,
    (document, apex): (&Document<'_>, NodeId),
    method: &Method,
    selection: &S,
    out: &mut dyn FnMut(&[u8]),
) -> Result<(), CanonicalError> {
    let whole = apex == document.root();
    let octets = match whole {
        true => document.text().len(),
        false => document.range(apex).len(),
    };
    let nodes = document.after(apex).place().saturating_sub(apex.place());
    work.take(walking(octets, nodes))?;
    let mut walk = Walk::new(document, method, selection, (work, out));
    walk.run(apex)
}

/// The same as one piece.
///
/// # Errors
/// [`CanonicalError`].
pub fn to_vec<S: Selection>(
    document: &Document<'_>,
    apex: NodeId,
    method: &Method,
    selection: &S,
) -> Result<Vec<u8>, CanonicalError> {
    let mut bytes = Vec::new();
    write(document, apex, method, selection, &mut |piece| {
        bytes.extend_from_slice(piece);
    })?;
    Ok(bytes)
}
