//! Throw-away authorities, signers and signed files, good and bad: for `demo`, tests and benches.
//! Nothing here ever touches a real installation, and nothing of the gateway uses it.

pub mod archive;
pub mod asic;
pub mod certificate;
pub mod crl;
pub mod der;
pub mod distribution;
pub mod extension;
pub mod hostile;
pub mod key;
pub mod letter;
#[cfg(test)]
mod material_tests;
pub mod name;
pub mod ocsp;
pub mod pdf;
pub mod pki;
pub mod scheme;
pub mod server;
pub mod several;
pub mod signer;
#[cfg(test)]
mod tests;
pub mod timestamp;
pub mod vietnamese;
pub mod xml;
pub mod zip;

pub use certificate::{Entity, Template};
pub use crl::{RevocationList, Revoked};
pub use key::{Key, KeyKind};
pub use letter::Letter;
pub use name::{GeneralName, Name};
pub use pdf::{Mark, Pdf, SubFilter};
pub use pki::{Authority, Crl, Identity, Profile, Validity};
pub use scheme::Scheme;
pub use signer::Variant;

/// Why something could not be forged.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ForgeError {
    /// A key could not be made or used.
    #[error("key: {0}")]
    Key(String),
    /// A certificate or CRL could not be made.
    #[error("certificate: {0}")]
    Certificate(String),
    /// An archive could not be made.
    #[error("zip: {0}")]
    Zip(String),
    /// A PDF could not be made or changed.
    #[error("pdf: {0}")]
    Pdf(&'static str),
    /// A CMS message is none.
    #[error("cms: {0}")]
    Cms(String),
    /// An XML signature could not be made.
    #[error("xml: {0}")]
    Xml(String),
}

impl From<rcgen::Error> for ForgeError {
    fn from(e: rcgen::Error) -> Self {
        Self::Certificate(e.to_string())
    }
}
