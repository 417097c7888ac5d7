//! The structure of XML signatures (XML Signature Syntax and Processing 1.1), nothing judged.
//!
//! A typed view keeps the node that each value was read from: what is judged is what is canonicalised.
//! Where the schema has no room for something, it is an error and not passed over: what one reader skips
//! is what another one reads.

mod algorithm;
mod field;
mod key_info;
pub mod qualifying;
mod read;
mod reference;

pub use algorithm::{CanonicalizationMethod, PssParameters, SignatureMethod};
pub use key_info::{IssuerSerial, KeyInfo, X509Data};
pub use read::{Object, Signature, SignatureValue, SignedInfo, manifest, signatures};
pub use reference::{
    Filter, FilterOperation, Reference, Relationships, Transform, XPathExpression,
};

pub(crate) use field::{base64, blank, decoded, demanded, leaf, malformed, only};

/// Namespace of XML signatures.
pub const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Namespace of what version 1.1 adds.
pub const DS11: &str = "http://www.w3.org/2009/xmldsig11#";
/// Namespace of exclusive canonicalization, and its identifier.
pub const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Namespace of XPath Filter 2.0, and its identifier.
pub const FILTER2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
/// Namespace of the parameters of RSASSA-PSS (RFC 9231 §2.3.9).
pub const MORE: &str = "http://www.w3.org/2007/05/xmldsig-more#";

/// Why an element is not a signature that can be judged.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignatureError {
    /// Not as the schema has it.
    #[error("{element}: {what}")]
    Malformed {
        /// In which element.
        element: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A comment or processing instruction inside a value: two readers may take different parts of it.
    #[error("{0}: a comment or instruction inside a value")]
    Interrupted(String),
    /// More than is read.
    #[error("more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are read.
        limit: usize,
    },
}
