//! OCSP responses of every kind (RFC 6960 §4.2), and the requests they answer.

use super::certificate::{public_key_bits, signed};
use super::crl::wrapped;
use super::extension::{Extension, id};
use super::{Entity, ForgeError, Scheme, der};
use crate::format::asn1::read::{BerError, Element, Reader};
use crate::format::asn1::write::{element, tag};
use crate::model::Timestamp;
use ring::digest;

/// OCSPResponseStatus (RFC 6960 §4.2.1).
pub mod status {
    /// The response has valid confirmations.
    pub const SUCCESSFUL: u8 = 0;
    /// Illegal confirmation request.
    pub const MALFORMED_REQUEST: u8 = 1;
    /// Internal error in the issuer.
    pub const INTERNAL_ERROR: u8 = 2;
    /// Try again later.
    pub const TRY_LATER: u8 = 3;
    /// The request must be signed.
    pub const SIGNATURE_REQUIRED: u8 = 5;
    /// The request is not authorized.
    pub const UNAUTHORIZED: u8 = 6;
}

/// The hash in a CertID.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hash {
    /// SHA-1, which RFC 5019 §2.1.1 demands and nearly every responder uses.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Hash {
    fn oid(self) -> &'static str {
        match self {
            Self::Sha1 => "1.3.14.3.2.26",
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
        }
    }

    /// Its AlgorithmIdentifier, DER.
    #[must_use]
    pub fn algorithm(self) -> Vec<u8> {
        der::algorithm(self.oid(), Some(&der::null()))
    }

    /// The hash of some bytes.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }
}

/// CertID (RFC 6960 §4.1.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertId {
    /// The AlgorithmIdentifier of the hash, DER.
    pub algorithm: Vec<u8>,
    /// issuerNameHash.
    pub name_hash: Vec<u8>,
    /// issuerKeyHash.
    pub key_hash: Vec<u8>,
    /// The content octets of the serial number.
    pub serial: Vec<u8>,
}

impl CertId {
    /// The certificate with a serial number from an issuer.
    #[must_use]
    pub fn new(issuer: &Entity, serial: &[u8], hash: Hash) -> Self {
        Self {
            algorithm: hash.algorithm(),
            name_hash: hash.of(&issuer.name.der()),
            key_hash: hash.of(public_key_bits(issuer.key.spki())),
            serial: serial.to_vec(),
        }
    }

    fn der(&self) -> Vec<u8> {
        der::sequence_of(&[
            self.algorithm.clone(),
            der::octets(&self.name_hash),
            der::octets(&self.key_hash),
            der::raw_integer(&self.serial),
        ])
    }

    fn read(element: &Element<'_>) -> Result<Self, BerError> {
        let mut fields = element.reader();
        Ok(Self {
            algorithm: fields.expect(tag::SEQUENCE)?.full.to_vec(),
            name_hash: fields.expect(tag::OCTET_STRING)?.content.to_vec(),
            key_hash: fields.expect(tag::OCTET_STRING)?.content.to_vec(),
            serial: fields.expect(tag::INTEGER)?.content.to_vec(),
        })
    }
}

/// CertStatus.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CertStatus {
    /// Not revoked.
    Good,
    /// Revoked since, with a reason by its number (RFC 5280 §5.3.1).
    Revoked(Timestamp, Option<u8>),
    /// The responder does not know it.
    Unknown,
}

impl CertStatus {
    fn der(self) -> Vec<u8> {
        match self {
            Self::Good => der::implicit(0, &[]),
            Self::Revoked(at, reason) => {
                let reason = reason.map(|r| der::explicit(0, &der::enumerated(r)));
                let parts = [der::generalized(at), reason.unwrap_or_default()];
                element(tag::context(1), &parts.concat())
            }
            Self::Unknown => der::implicit(2, &[]),
        }
    }
}

/// SingleResponse.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Single {
    /// Of which certificate.
    pub id: CertId,
    /// What is said.
    pub status: CertStatus,
    /// thisUpdate.
    pub this_update: Timestamp,
    /// nextUpdate.
    pub next_update: Option<Timestamp>,
    /// singleExtensions.
    pub extensions: Vec<Extension>,
}

impl Single {
    /// Known at `at`, good for an hour.
    #[must_use]
    pub fn new(id: CertId, status: CertStatus, at: Timestamp) -> Self {
        Self {
            id,
            status,
            this_update: at,
            next_update: Some(at.plus_secs(3600)),
            extensions: Vec::new(),
        }
    }

    /// With the digest of the certificate itself (Common PKI part 4 §3.1.2).
    #[must_use]
    pub fn cert_hash(mut self, certificate: &[u8]) -> Self {
        let value = der::sequence_of(&[
            Hash::Sha256.algorithm(),
            der::octets(&Hash::Sha256.of(certificate)),
        ]);
        self.extensions
            .push(Extension::raw(id::CERT_HASH, false, value));
        self
    }

    fn der(&self) -> Vec<u8> {
        let next = self
            .next_update
            .map(|at| der::explicit(0, &der::generalized(at)));
        let extensions = wrapped(&self.extensions).map(|e| der::explicit(1, &e));
        der::sequence_of(&[
            self.id.der(),
            self.status.der(),
            der::generalized(self.this_update),
            next.unwrap_or_default(),
            extensions.unwrap_or_default(),
        ])
    }
}

/// How a responder names itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResponderId {
    /// By its subject.
    ByName,
    /// By the SHA-1 of its key.
    ByKey,
}

/// A response with status successful.
#[derive(Clone, Debug)]
pub struct Response {
    /// How the responder names itself.
    pub responder: ResponderId,
    /// producedAt.
    pub produced: Timestamp,
    /// What is said of each certificate.
    pub singles: Vec<Single>,
    /// responseExtensions.
    pub extensions: Vec<Extension>,
    /// The certificates sent along, DER.
    pub certificates: Vec<Vec<u8>>,
    /// How it is signed, if not as the key does.
    pub scheme: Option<Scheme>,
}

impl Response {
    /// Answers with these statements at their time.
    #[must_use]
    pub fn new(produced: Timestamp, singles: Vec<Single>) -> Self {
        Self {
            responder: ResponderId::ByName,
            produced,
            singles,
            extensions: Vec::new(),
            certificates: Vec::new(),
            scheme: None,
        }
    }

    /// With the nonce of a request (RFC 9654).
    #[must_use]
    pub fn nonce(mut self, nonce: &[u8]) -> Self {
        let value = der::octets(nonce);
        self.extensions
            .push(Extension::raw(id::OCSP_NONCE, false, value));
        self
    }

    /// With certificates sent along.
    #[must_use]
    pub fn with_certificates(self, certificates: Vec<Vec<u8>>) -> Self {
        Self {
            certificates,
            ..self
        }
    }

    /// Signed by the issuer, by a delegate, or by anybody: OCSPResponse, DER. A delegate sends its
    /// certificate along by [`Response::with_certificates`].
    ///
    /// # Errors
    /// [`ForgeError::Key`] if the key does not sign.
    pub fn signed_by(&self, signer: &Entity) -> Result<Vec<u8>, ForgeError> {
        let scheme = self.scheme.unwrap_or_else(|| signer.key.scheme());
        let responder = match self.responder {
            ResponderId::ByName => der::explicit(1, &signer.name.der()),
            ResponderId::ByKey => {
                let hash = Hash::Sha1.of(public_key_bits(signer.key.spki()));
                der::explicit(2, &der::octets(&hash))
            }
        };
        let singles: Vec<Vec<u8>> = self.singles.iter().map(Single::der).collect();
        let extensions = wrapped(&self.extensions).map(|e| der::explicit(1, &e));
        let data = der::sequence_of(&[
            responder,
            der::generalized(self.produced),
            der::sequence_of(&singles),
            extensions.unwrap_or_default(),
        ]);
        let basic = signed(&data, &signer.key, scheme)?;
        Ok(successful(&self.carrying(basic)))
    }

    /// BasicOCSPResponse with the certificates behind its three fields.
    fn carrying(&self, basic: Vec<u8>) -> Vec<u8> {
        if self.certificates.is_empty() {
            return basic;
        }
        let certificates = der::explicit(0, &der::sequence_of(&self.certificates));
        let fields = Reader::new(&basic).expect(tag::SEQUENCE);
        let fields = fields.map(|f| f.content.to_vec()).unwrap_or_default();
        element(tag::SEQUENCE, &[fields, certificates].concat())
    }
}

/// OCSPResponse around a BasicOCSPResponse.
#[must_use]
pub fn successful(basic: &[u8]) -> Vec<u8> {
    let bytes = der::sequence_of(&[der::oid("1.3.6.1.5.5.7.48.1.1"), der::octets(basic)]);
    der::sequence_of(&[
        der::enumerated(status::SUCCESSFUL),
        der::explicit(0, &bytes),
    ])
}

/// A response that only says what went wrong.
#[must_use]
pub fn error(status: u8) -> Vec<u8> {
    der::sequence_of(&[der::enumerated(status)])
}

/// An OCSPRequest as a responder reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// The certificates asked about.
    pub ids: Vec<CertId>,
    /// The nonce.
    pub nonce: Option<Vec<u8>>,
}

impl Request {
    /// Reads DER.
    ///
    /// # Errors
    /// [`BerError`].
    pub fn read(request: &[u8]) -> Result<Self, BerError> {
        let mut outer = Reader::new(request).expect(tag::SEQUENCE)?.reader();
        let mut fields = outer.expect(tag::SEQUENCE)?.reader();
        fields.optional(tag::context(0))?;
        fields.optional(tag::context(1))?;
        let mut list = fields.expect(tag::SEQUENCE)?.reader();
        let mut ids = Vec::new();
        while let Some(single) = list.next()? {
            ids.push(CertId::read(&single.reader().expect(tag::SEQUENCE)?)?);
        }
        let nonce = match fields.optional(tag::context(2))? {
            Some(extensions) => Self::read_nonce(&extensions)?,
            None => None,
        };
        Ok(Self { ids, nonce })
    }

    fn read_nonce(extensions: &Element<'_>) -> Result<Option<Vec<u8>>, BerError> {
        let mut list = extensions.reader().expect(tag::SEQUENCE)?.reader();
        while let Some(extension) = list.next()? {
            let mut fields = extension.reader();
            let kind = fields.expect(tag::OID)?;
            fields.optional(der::BOOLEAN)?;
            let value = fields.expect(tag::OCTET_STRING)?.content;
            if kind.content == der::arcs(id::OCSP_NONCE) {
                let nonce = Reader::new(value).expect(tag::OCTET_STRING)?;
                return Ok(Some(nonce.content.to_vec()));
            }
        }
        Ok(None)
    }
}
