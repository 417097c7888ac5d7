//! What a signature value is over.

use super::{DigestAlgorithm, DigestValue};
use crate::model::Digest;

/// What was signed; of a long one its SHA-256 may be known already.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    octets: &'a [u8],
    sha256: Option<Digest>,
}

impl<'a> Message<'a> {
    /// `sha256` is the digest of `octets`, computed here and from nowhere else.
    #[must_use]
    pub fn hashed(octets: &'a [u8], sha256: Option<Digest>) -> Self {
        Self { octets, sha256 }
    }

    /// How many octets were signed.
    pub(in crate::trust) fn len(&self) -> usize {
        self.octets.len()
    }

    pub(super) fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Whether that digest need not be computed any more.
    pub(super) fn knows(&self, algorithm: DigestAlgorithm) -> bool {
        algorithm == DigestAlgorithm::Sha256 && self.sha256.is_some()
    }

    pub(super) fn digest(&self, algorithm: DigestAlgorithm) -> DigestValue {
        match self.sha256 {
            Some(digest) if self.knows(algorithm) => DigestValue::from(digest),
            Some(_) | None => algorithm.of(self.octets),
        }
    }
}

impl<'a> From<&'a [u8]> for Message<'a> {
    fn from(octets: &'a [u8]) -> Self {
        Self::hashed(octets, None)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Message<'a> {
    fn from(octets: &'a [u8; N]) -> Self {
        Self::hashed(octets, None)
    }
}
