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
        let tests = self.elements.iter().map(ElementTest::passes);
        tests.fold(1, usize::saturating_add)
    }
}

impl Paths {
    /// How many passes over a document it takes.
    #[must_use]
    pub fn passes(&self) -> usize {
        let each = self.0.iter().map(|path| match path {
            Path::Steps(steps) => {
                let tests = steps.iter().map(|(_, test)| test.passes());
                tests.fold(0, usize::saturating_add)
            }
            Path::Id(_) | Path::Whole | Path::OwnSignature => 1,
        });
        each.fold(1, usize::saturating_add)
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

impl ElementTest {
    fn passes(&self) -> usize {
        let each = self.predicates.iter().map(Predicate::passes);
        each.fold(1, usize::saturating_add)
    }
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

impl Predicate {
    /// What it takes beside the pass that its test takes: each attribute that is asked for is looked for among all
    /// that an element has, which costs some times what walking over them does.
    fn passes(&self) -> usize {
        const LOOKED_FOR: usize = 4;
        match self {
            Self::Or(all) | Self::And(all) => {
                let each = all.iter().map(Self::passes);
                each.fold(0, usize::saturating_add)
            }
            Self::Not(inside) => inside.passes(),
            Self::Attribute(..) => LOOKED_FOR,
            Self::LocalName(_)
            | Self::LocalNameBegins(_)
            | Self::QualifiedName(_)
            | Self::Namespace(_) => 0,
        }
    }
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
