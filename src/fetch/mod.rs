//! Fetching of validation material: CRLs (RFC 5280 §4.2.1.13), OCSP responses (RFC 6960) and
//! issuers' certificates (RFC 5280 §4.2.2.1).
//!
//! What it never does: ask an address that a certificate names but nobody may be asked at, follow a
//! redirect elsewhere, wait for one source while another has the answer, keep what is not what was
//! asked for, or believe anything. Belief is `trust`'s: everything here is judged by its signature.

mod address;
mod back_off;
mod content;
mod dial;
mod error;
mod gather;
mod http;

pub use address::Doors;
pub use back_off::after as back_off;
pub use dial::{Dialer, in_words};
pub use error::{AddressError, FetchError, Range};
pub use gather::{Allowance, Gatherer, News, Parts, Seen, SourceState, show_kept};
pub use http::{HttpFetch, secure as system_tls, tls};

use crate::trust::evidence::{EvidenceKind, Source};
use async_trait::async_trait;
use bytes::Bytes;
use std::time::Duration;

/// Gets the bytes of a source.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// The bytes as they came, neither parsed nor believed.
    ///
    /// # Errors
    /// See [`FetchError`].
    async fn fetch(&self, source: &Source) -> Result<Bytes, FetchError>;
}

/// Asks nobody: a closed network, and `verify --offline`.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFetch;

#[async_trait]
impl Fetch for NoFetch {
    async fn fetch(&self, _source: &Source) -> Result<Bytes, FetchError> {
        Err(FetchError::Closed)
    }
}

/// Bounds of one fetch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Until a connection stands, name service included. Default 3 s.
    pub connect: Duration,
    /// Until the last byte. Default 10 s (attack catalogue K7).
    pub whole: Duration,
    /// The longest CRL. Default 64 MiB (`verdicts.md` §3).
    pub crl_bytes: u64,
    /// The longest of anything else. Default 1 MiB (`verdicts.md` §3).
    pub other_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            whole: Duration::from_secs(10),
            crl_bytes: 64 << 20,
            other_bytes: 1 << 20,
        }
    }
}

impl Limits {
    fn of(&self, kind: EvidenceKind) -> u64 {
        match kind {
            EvidenceKind::Crl => self.crl_bytes,
            EvidenceKind::Certificate | EvidenceKind::Ocsp | EvidenceKind::Timestamp => {
                self.other_bytes
            }
        }
    }
}
