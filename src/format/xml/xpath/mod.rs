//! The expressions of XPath 1.0 that signatures use to choose what they cover, and no others: tests of
//! a node and of the elements around it, joined by *and*, *or* and *not*; and for XPath Filter 2.0
//! paths down from the document. Each is evaluated in one pass over the document for each name in it.
//!
//! Whatever is not one of these shapes is not guessed at: there is no such expression
//! ([`compile_test`] and [`compile_paths`] give `None`), and the signature is not judged.

mod evaluate;
mod lex;
mod parse;
mod set;

#[cfg(test)]
mod tests;

pub use evaluate::{chosen_by, subtrees_of};
pub use parse::{compile_paths, compile_test};
pub use set::Chosen;

use super::NodeId;

/// An expression that is true or false for a node (the XPath transform, XMLDSig §6.6.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Test {
    expression: Expression,
    elements: Vec<ElementTest>,
}

/// An expression that gives elements whose subtrees are meant (XPath Filter 2.0).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paths(Vec<Path>);

impl Test {
    /// How many passes over a document it takes.
    #[must_use]
    pub fn passes(&self) -> usize {
        self.elements.len().saturating_add(1)
    }
}

impl Paths {
    /// How many passes over a document it takes.
    #[must_use]
    pub fn passes(&self) -> usize {
        let steps = self.0.iter().map(|path| match path {
            Path::Steps(steps) => steps.len(),
            Path::Id(_) | Path::Whole | Path::OwnSignature => 1,
        });
        steps.fold(1, usize::saturating_add)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Expression {
    Or(Vec<Self>),
    And(Vec<Self>),
    Not(Box<Self>),
    /// An axis and which of the element tests the node there meets.
    Step(Axis, usize),
    /// `self::text()`
    IsText,
    Always(bool),
    /// XMLDSig §6.6.4, the long form of the enveloped signature transform.
    OutsideOwnSignature,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Axis {
    Own,
    Parent,
    Ancestor,
    AncestorOrSelf,
}

/// What is asked of one element.
#[derive(Clone, PartialEq, Eq, Debug)]
struct ElementTest {
    /// `None`: whatever it is.
    namespace: Option<String>,
    local: Option<String>,
    predicates: Vec<Predicate>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Predicate {
    Or(Vec<Self>),
    And(Vec<Self>),
    Not(Box<Self>),
    LocalName(String),
    LocalNameBegins(String),
    QualifiedName(String),
    Namespace(String),
    /// An attribute without prefix, and its value.
    Attribute(String, Option<String>),
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Path {
    /// Steps down from the document; `true`: at any depth.
    Steps(Vec<(bool, ElementTest)>),
    /// `id('…')`
    Id(String),
    /// `/`
    Whole,
    /// `here()/ancestor::ds:Signature[1]`
    OwnSignature,
}

/// Where an expression stands: the signature around it, in the same document, if it is evaluated there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Here {
    /// The signature.
    pub signature: Option<NodeId>,
}
