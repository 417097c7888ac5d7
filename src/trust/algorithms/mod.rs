//! Algorithms: which are understood, the one place where signature values are verified, and the
//! policy that says what is accepted, from when and until when.
//!
//! Three answers are kept apart: a value that does not verify ([`Rejection::Invalid`]), one that
//! nobody here can verify ([`Rejection::NotSupported`]), and one that is not to be relied on. The
//! last depends on time and purpose, so it is not the verifier's to give but the policy's
//! ([`AlgorithmPolicy::judge`]): **a value that verified means nothing until the policy was asked**
//! (EN 319 102-1 §5.2.8). Only what is refused at any time (an RSA key above 8192 bits, a curve
//! spelled out) is [`Rejection::NotAccepted`] here.
//!
//! ring verifies whatever it can; RustCrypto the rest, and what was hashed already (see `verifier`). No other module calls
//! either about a certificate, a list, a token or a document.

mod cost;
mod digest;
mod key;
mod message;
pub mod policy;
mod pss;
mod ring_verifier;
mod rust_crypto;
mod scheme;
pub mod uri;
mod verifier;

#[cfg(test)]
mod tests;

pub(in crate::trust) use cost::cost;
pub use digest::{DigestAlgorithm, DigestContext, DigestValue};
pub use key::{Curve, KeyFacts, KeyFamily, MAX_RSA_BITS, PublicKeyRef};
pub use message::Message;
pub use policy::{Acceptance, AlgorithmPolicy, Usage};
pub use pss::PssScheme;
pub use scheme::{SignatureFamily, SignatureScheme};

/// Why a signature value does not count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rejection {
    /// The value does not verify under this key.
    Invalid,
    /// Not to be relied on; the algorithm's name.
    NotAccepted(String),
    /// Not implemented; the algorithm's name.
    NotSupported(String),
}

/// SHA-1, only to compare the certificate reference of an old signing-certificate attribute
/// (RFC 2634 §5.4); nothing is accepted because of it.
#[must_use]
pub fn sha1_of(bytes: &[u8]) -> DigestValue {
    DigestAlgorithm::Sha1.of(bytes)
}
