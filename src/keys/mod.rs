//! Keys in files: the receipt key that signs what the gateway did, and the certificates that the
//! gateway issues (its receipt CA, its transport CA, its server, its units).
//!
//! Nothing here judges: receipts are checked in `seal`, identities in `http`. A private key is
//! written with mode 0600 and never overwritten.

pub mod files;
pub mod issue;
mod receipt_key;
mod statement;
#[cfg(test)]
mod tests;

pub use issue::{Authority, Issued, Validity};
pub use receipt_key::ReceiptKey;

use std::path::PathBuf;

/// Why a key or certificate could not be read, made or used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// A file could not be read.
    #[error("{path}: {problem}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// A file could not be written.
    #[error("{path}: {problem}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// A file is there already; keys are never overwritten.
    #[error("{0} exists already and is not overwritten")]
    Exists(PathBuf),
    /// A file does not hold what it should.
    #[error("{path}: {problem}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A certificate could not be issued.
    #[error("the certificate could not be issued: {0}")]
    Issue(String),
    /// The signature could not be made.
    #[error("the receipt could not be signed")]
    Sign,
}
