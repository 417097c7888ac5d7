//! The one XML parser (XML 1.0 fifth edition, Namespaces in XML 1.0): whatever the gateway reads or
//! verifies in XML, it reads from one tree over one text.
//!
//! What cannot be needed and can do harm is refused: a document type declaration and with it every entity
//! but the five, and whatever is not well-formed. Nothing is repaired. The tree is six octets for each
//! element, comment and processing instruction, so that it and a text that had to be decoded are less than
//! three times what was read; names, attributes and text stay where they lie and are read when they are
//! asked for.

pub mod canonical;
mod declared;
mod element;
mod encoding;
mod index;
mod names;
mod nodes;
mod parse;
mod plain;
mod scan;
mod scope;
pub mod signature;
mod tag;
mod text;
mod tree;
pub mod xpath;

#[cfg(test)]
mod shapes;
#[cfg(test)]
mod tests;

pub use index::{Found, Index};
pub use tag::{Attribute, Attributes, Tag};
pub use tree::{Child, Document, Kind, NodeId};

/// Namespace of the prefix `xml` (Namespaces in XML §3).
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Namespace of the prefix `xmlns`.
pub const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// Why bytes are not read as XML.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum XmlError {
    /// Not well-formed, at a place in the text.
    #[error("not well-formed at {at}: {what}")]
    Malformed {
        /// Octets of the UTF-8 text before it.
        at: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A document type declaration.
    #[error("a document type declaration")]
    DocumentType,
    /// An encoding that is not read, or octets that are not in the one that is named.
    #[error("encoding: {0}")]
    Encoding(String),
    /// More than is read.
    #[error("more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are read.
        limit: usize,
    },
}

pub(crate) fn malformed(at: usize, what: &'static str) -> XmlError {
    XmlError::Malformed { at, what }
}
