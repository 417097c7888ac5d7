//! PDF (ISO 32000-2) as far as signatures need it: cross-references and the state of every revision,
//! the form's signature fields, every signature dictionary in the body and where their bytes lie, and
//! the document security store.
//!
//! Nothing is repaired but for the few things of [`Irregularity`], which are told: two readers that repair
//! differently see two documents. Nothing is judged
//! either; pages, fonts and text are never looked at.

mod date;
mod document;
pub(crate) mod encryption;
mod fields;
mod flate;
mod index;
mod lexer;
mod places;
mod security;
mod signature;
mod strays;
mod streams;
mod title;
mod value;
mod view;
mod xref;

pub use document::Document;
pub use security::SecurityStore;
pub use signature::{FieldLock, Permission, SignatureDictionary};
pub use value::hexadecimal;
pub(crate) use value::{Dictionary, Value, same, same_entries, text, unescaped};
pub(crate) use view::{Object, View};
pub(crate) use xref::Place;

/// What is not as it must be and is read all the same. Another reader may refuse it, or read something
/// else into it: whoever judges must not be content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Irregularity {
    /// A cross-reference table near the place where it is said to be.
    Offset,
    /// A first cross-reference table that counts from 1.
    FirstNumber,
    /// `/Prev 0`.
    PreviousZero,
    /// White space behind the end of what the last signature covers.
    Uncovered,
    /// An object stream that is not there, or moved or lengthened while objects are looked for in it.
    ObjectStream,
    /// An entry of the cross-references that does not lead to its object.
    Object,
}

impl Irregularity {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Offset => "offset of a cross-reference table",
            Self::FirstNumber => "cross-reference table counted from 1",
            Self::PreviousZero => "/Prev 0",
            Self::Uncovered => "white space behind what is signed",
            Self::ObjectStream => "place of an object stream",
            Self::Object => "place of an object",
        }
    }
}

/// Why a file is not a PDF as read here.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PdfError {
    /// `%PDF-` does not stand at the first byte.
    #[error("the header is not at byte 0")]
    Header,
    /// `startxref`, its offset and `%%EOF` do not stand at the end.
    #[error("the end is not startxref, offset, %%EOF")]
    End,
    /// Something follows the last `%%EOF`.
    #[error("bytes follow the last %%EOF")]
    Tail,
    /// No object syntax.
    #[error("malformed object at offset {0}")]
    Syntax(usize),
    /// A cross-reference section that is none, or that was already read.
    #[error("malformed cross-reference section at offset {0}")]
    CrossReference(usize),
    /// A stream that does not inflate, or by a filter that structure does not need.
    #[error("malformed stream at offset {0}")]
    Stream(usize),
    /// More of something than its limit.
    #[error("more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// Its limit.
        limit: usize,
    },
}
