//! One X.509 certificate: parsed once, its bytes kept, the facts that path validation needs taken
//! out. Nothing is judged here.

mod extensions;
mod purposes;
mod read;

pub(in crate::trust) use extensions::{ANY_POLICY, Defect, Extensions, usage};
pub use extensions::{BasicConstraints, PolicyOid};
pub(in crate::trust) use purposes::{
    CLIENT_AUTH, DOCUMENT_SIGNING, OCSP_SIGNING, SERVER_AUTH, TIME_STAMPING,
};

use super::algorithms::{KeyFacts, PublicKeyRef, Rejection};
use super::name::{Name, readable};
use super::report::CertificateInfo;
use crate::format::asn1::read::{BerError, Reader};
use crate::format::asn1::values::significant;
use crate::format::cms::read::Algorithm;
use crate::format::limits::MAX_CERTIFICATE_BYTES;
use crate::format::x509::distribution_point::DistributionPoint;
use crate::format::x509::general_name::GeneralName;
use crate::model::digest::to_hex;
use crate::model::{Digest, Timestamp};
use read::{Fields, fields};
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

/// Why bytes are not a certificate.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CertificateError {
    /// Not DER, or not the structure.
    #[error("not a certificate: {0}")]
    Structure(#[from] BerError),
    /// The parser refused it.
    #[error("not a certificate: {0}")]
    Parser(String),
    /// Above the size limit.
    #[error("a certificate of {0} bytes; at most {MAX_CERTIFICATE_BYTES} are read")]
    TooLarge(usize),
}

/// A parsed certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    fields: Fields,
    sha256: Digest,
    key: Digest,
    subject_text: OnceLock<String>,
    issuer_text: OnceLock<String>,
    key_facts: OnceLock<Result<KeyFacts, Rejection>>,
    subject_name: Name,
    issuer_name: Name,
    pub(in crate::trust) extensions: Extensions,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.subject_text(), self.sha256)
    }
}

impl Certificate {
    /// Parses DER.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_CERTIFICATE_BYTES {
            return Err(CertificateError::TooLarge(der.len()));
        }
        let (fields, mut extensions) = fields(der)?;
        let part = |range: &Range<usize>| der.get(range.clone()).unwrap_or_default();
        let (subject_name, issuer_name) = (
            Name::parse(part(&fields.subject))?,
            Name::parse(part(&fields.issuer))?,
        );
        let version = fields.version;
        if !fields.algorithms_agree {
            extensions.refuse("signature algorithms differ", "RFC 5280 §4.1.1.2");
        }
        if extensions.any && version != 3 {
            extensions.refuse("extensions outside version 3", "RFC 5280 §4.1.2.9");
        }
        extensions.contradictions(subject_name.is_empty());
        Ok(Self {
            sha256: Digest::of(der),
            key: Digest::of(part(&fields.spki)),
            subject_text: OnceLock::new(),
            issuer_text: OnceLock::new(),
            key_facts: OnceLock::new(),
            subject_name,
            issuer_name,
            der: der.to_vec(),
            extensions,
            fields,
        })
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }

    /// The whole certificate.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The subject's name, whole encoding.
    #[must_use]
    pub fn subject(&self) -> &[u8] {
        self.part(&self.fields.subject)
    }

    /// The issuer's name, whole encoding.
    #[must_use]
    pub fn issuer(&self) -> &[u8] {
        self.part(&self.fields.issuer)
    }

    /// The subject in its comparison form.
    #[must_use]
    pub fn subject_name(&self) -> &Name {
        &self.subject_name
    }

    /// The issuer in its comparison form.
    #[must_use]
    pub fn issuer_name(&self) -> &Name {
        &self.issuer_name
    }

    /// The serial number's content octets.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        self.part(&self.fields.serial)
    }

    /// SubjectPublicKeyInfo, whole encoding.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        self.part(&self.fields.spki)
    }

    /// The signed part, whole encoding.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.part(&self.fields.tbs)
    }

    /// The issuer's signature value.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.part(&self.fields.signature)
    }

    /// The issuer's signature algorithm: AlgorithmIdentifier, whole encoding.
    #[must_use]
    pub fn signature_algorithm(&self) -> &[u8] {
        self.part(&self.fields.algorithm)
    }

    /// notBefore.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.fields.not_before
    }

    /// notAfter.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.fields.not_after
    }

    /// 1, 2 or 3.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.fields.version
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        self.sha256
    }

    /// SHA-256 of SubjectPublicKeyInfo: the digest by which keys are bound everywhere.
    #[must_use]
    pub fn key_digest(&self) -> Digest {
        self.key
    }

    /// Kind and size of the key, by what the certificate itself says of it.
    pub(in crate::trust) fn key_facts(&self) -> Result<KeyFacts, Rejection> {
        let read = || KeyFacts::of(PublicKeyRef::new(self.public_key()));
        self.key_facts.get_or_init(read).clone()
    }

    /// The subject for people (RFC 4514).
    #[must_use]
    pub fn subject_text(&self) -> &str {
        self.subject_text.get_or_init(|| readable(self.subject()))
    }

    fn issuer_text(&self) -> &str {
        self.issuer_text.get_or_init(|| readable(self.issuer()))
    }

    /// basicConstraints, if there.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.extensions.basic
    }

    /// Whether issuer and subject are the same name (RFC 5280 §6.1: self-issued).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject_name == self.issuer_name
    }

    /// Whether it may serve a purpose: extendedKeyUsage is absent, names it, or names any.
    pub(in crate::trust) fn may_serve(&self, purpose: u8) -> bool {
        self.extensions.purposes.is_none_or(|p| p.allow(purpose))
    }

    fn value(&self, range: Option<&Range<usize>>) -> Option<&[u8]> {
        range.map(|range| self.part(range))
    }

    /// Every name of subjectAltName; none if it is absent.
    pub(in crate::trust) fn alternative_names(&self) -> Result<Vec<GeneralName<'_>>, BerError> {
        let value = self.value(self.extensions.alternative_names.as_ref());
        value.map_or(Ok(Vec::new()), GeneralName::sequence)
    }

    /// The value of nameConstraints.
    pub(in crate::trust) fn name_constraints(&self) -> Option<&[u8]> {
        self.value(self.extensions.name_constraints.as_ref())
    }

    /// cRLDistributionPoints; none if it is absent.
    pub(in crate::trust) fn crl_points(&self) -> Result<Vec<DistributionPoint<'_>>, BerError> {
        let value = self.value(self.extensions.crl_points.as_ref());
        value.map_or(Ok(Vec::new()), DistributionPoint::sequence)
    }

    /// The addresses of its lists, complete ones and deltas; none where they cannot be read.
    #[must_use]
    pub fn list_addresses(&self) -> Vec<String> {
        let points = [self.crl_points(), self.freshest_crl()];
        let points = points.into_iter().filter_map(Result::ok).flatten();
        let uris = points.flat_map(|point| point.uris().map(str::to_owned).collect::<Vec<_>>());
        uris.collect()
    }

    /// freshestCRL; none if it is absent.
    pub(in crate::trust) fn freshest_crl(&self) -> Result<Vec<DistributionPoint<'_>>, BerError> {
        let value = self.value(self.extensions.freshest_crl.as_ref());
        value.map_or(Ok(Vec::new()), DistributionPoint::sequence)
    }

    /// Whether it may issue certificates as far as basicConstraints says (RFC 5280 §4.2.1.9).
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.extensions.basic.is_some_and(|b| b.ca)
    }

    fn may(&self, bits: u16) -> bool {
        // RFC 5280 §4.2.1.3: without the extension the key is not restricted.
        self.extensions
            .key_usage
            .is_none_or(|flags| flags & bits != 0)
    }

    /// Whether keyUsage allows signing documents: digitalSignature or nonRepudiation.
    #[must_use]
    pub fn may_sign_content(&self) -> bool {
        self.may(usage::DIGITAL_SIGNATURE | usage::NON_REPUDIATION)
    }

    /// Whether keyUsage allows signing certificates.
    #[must_use]
    pub fn may_sign_certificates(&self) -> bool {
        self.may(usage::KEY_CERT_SIGN)
    }

    /// Whether keyUsage allows signing CRLs.
    #[must_use]
    pub fn may_sign_crls(&self) -> bool {
        self.may(usage::CRL_SIGN)
    }

    /// What reports say of it.
    #[must_use]
    pub fn info(&self) -> CertificateInfo {
        CertificateInfo {
            subject: self.subject_text().to_owned(),
            issuer: self.issuer_text().to_owned(),
            serial: to_hex(significant(self.serial())),
            not_before: self.not_before(),
            not_after: self.not_after(),
            sha256: self.sha256,
            key: self.key,
        }
    }
}

/// Issuer name and serial number of a certificate, without parsing the rest: enough to find a
/// signer's certificate among those of a message.
///
/// # Errors
/// [`BerError`] if the bytes do not start like a certificate.
pub fn issuer_and_serial(der: &[u8]) -> Result<(&[u8], &[u8]), BerError> {
    let mut outer = Reader::new(der).expect(0x30)?.reader();
    let mut tbs = outer.expect(0x30)?.reader();
    tbs.optional(0xa0)?;
    let serial = tbs.expect(0x02)?.content;
    tbs.expect(0x30)?;
    Ok((tbs.expect(0x30)?.full, serial))
}

impl Certificate {
    /// The issuer's signature algorithm, taken apart.
    pub(in crate::trust) fn algorithm(&self) -> Result<Algorithm<'_>, BerError> {
        Algorithm::read(&mut Reader::new(self.signature_algorithm()))
    }
}
