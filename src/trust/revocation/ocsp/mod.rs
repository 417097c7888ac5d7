//! One OCSP response (RFC 6960 §4.2) and the request for one (§4.1, RFC 5019), read strictly as DER.
//!
//! Whether its signer may answer for an issuer, and whether an answer is fresh, is not decided here.

mod read;
mod request;
mod single;

pub use request::request;
pub use single::{CertStatus, Single};

use crate::format::asn1::read::{BerError, Reader};
use crate::format::cms::read::Algorithm;
use crate::model::indication::words;
use crate::model::{Digest, Timestamp};
use crate::trust::algorithms::sha1_of;
use crate::trust::certificate::Certificate;
use crate::trust::name::Name;
use bytes::Bytes;
use std::fmt;
use std::ops::Range;

words! {
    /// Why a responder gave no answer (§4.2.1, OCSPResponseStatus).
    OcspStatus {
        /// The request did not follow the syntax.
        MalformedRequest = 1 "malformedRequest",
        /// The responder is in an inconsistent state.
        InternalError = 2 "internalError",
        /// The responder cannot answer now.
        TryLater = 3 "tryLater",
        /// The request must be signed.
        SigRequired = 5 "sigRequired",
        /// The responder does not answer this requester, or not about this certificate.
        Unauthorized = 6 "unauthorized",
    }
}

/// Why bytes are not an OCSP response with answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OcspError {
    /// Not DER, or not the structure.
    #[error("not an OCSP response: {0}")]
    Structure(#[from] BerError),
    /// A response without answers.
    #[error("the responder answered {0}")]
    NotSuccessful(OcspStatus),
    /// A response of another type than basic.
    #[error("an OCSP response that is not id-pkix-ocsp-basic")]
    UnknownType,
    /// More of something than its limit.
    #[error("more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// Its limit.
        limit: usize,
    },
}

/// Who answered (§4.2.2.3, ResponderID).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ResponderId {
    /// By the name of its certificate.
    Name(Name),
    /// By the SHA-1 of its public key, without tag, length and unused bits.
    Key([u8; 20]),
}

impl ResponderId {
    /// Whether it names this certificate.
    #[must_use]
    pub fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => name == certificate.subject_name(),
            Self::Key(hash) => {
                key_bits(certificate).is_some_and(|key| sha1_of(key).as_ref() == hash)
            }
        }
    }
}

/// A basic OCSP response.
#[derive(Clone)]
pub struct OcspResponse {
    der: Bytes,
    sha256: Digest,
    tbs: Range<usize>,
    algorithm: Range<usize>,
    signature: Range<usize>,
    responder: ResponderId,
    produced_at: Timestamp,
    singles: Vec<Single>,
    extensions: read::Extensions,
    certificates: Vec<Range<usize>>,
}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OcspResponse({}, {:?})", self.sha256, self.singles)
    }
}

impl PartialEq for OcspResponse {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Eq for OcspResponse {}

impl OcspResponse {
    /// Reads DER; the bytes are kept.
    ///
    /// # Errors
    /// [`OcspError`].
    pub fn parse(der: Bytes) -> Result<Self, OcspError> {
        read::response(der)
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }

    /// The whole response.
    #[must_use]
    pub fn der(&self) -> &Bytes {
        &self.der
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        self.sha256
    }

    /// Who answered.
    #[must_use]
    pub fn responder(&self) -> &ResponderId {
        &self.responder
    }

    /// When it was signed.
    #[must_use]
    pub fn produced_at(&self) -> Timestamp {
        self.produced_at
    }

    /// Its answers.
    #[must_use]
    pub fn singles(&self) -> &[Single] {
        &self.singles
    }

    /// The requester's nonce, given back (§4.4.1).
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.extensions.nonce.as_deref()
    }

    /// Whether *revoked* may also mean *never issued* (§4.4.8).
    #[must_use]
    pub fn is_extended_revoke(&self) -> bool {
        self.extensions.extended_revoke
    }

    /// What bars the whole response from saying anything good, if anything does.
    #[must_use]
    pub fn defect(&self) -> Option<&str> {
        self.extensions.defect.as_deref()
    }

    /// The certificates sent with it, DER.
    pub fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.certificates.iter().map(|range| self.part(range))
    }

    pub(in crate::trust) fn to_be_signed(&self) -> &[u8] {
        self.part(&self.tbs)
    }

    pub(in crate::trust) fn signature(&self) -> &[u8] {
        self.part(&self.signature)
    }

    pub(in crate::trust) fn algorithm(&self) -> Result<Algorithm<'_>, BerError> {
        Algorithm::read(&mut Reader::new(self.part(&self.algorithm)))
    }

    /// The answer about the certificate with this serial number under `issuer`. Of several, the one
    /// that says most against it: no second answer takes back what the first says.
    #[must_use]
    pub fn single_for(&self, issuer: &Certificate, serial: &[u8]) -> Option<&Single> {
        self.gravest(|single| single.is_about(issuer, issuer.subject(), serial))
    }

    /// The answer about a certificate under `issuer`, as [`OcspResponse::single_for`]. §4.1.1 hashes
    /// the issuer's name as the certificate spells it, which need not be as the issuer's own does.
    #[must_use]
    pub fn of_certificate(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Option<&Single> {
        let serial = certificate.serial();
        let names = [certificate.issuer(), issuer.subject()];
        self.gravest(|single| names.iter().any(|n| single.is_about(issuer, n, serial)))
    }

    fn gravest(&self, wanted: impl Fn(&Single) -> bool) -> Option<&Single> {
        let found = self.singles.iter().filter(|single| wanted(single));
        found.max_by_key(|single| single.status().gravity())
    }
}

/// The octets of a public key that OCSP hashes: the BIT STRING without tag, length and number of
/// unused bits (§4.1.1).
fn key_bits(certificate: &Certificate) -> Option<&[u8]> {
    let mut fields = Reader::new(certificate.public_key())
        .expect(0x30)
        .ok()?
        .reader();
    fields.expect(0x30).ok()?;
    fields.expect(0x03).ok()?.content.get(1..)
}
