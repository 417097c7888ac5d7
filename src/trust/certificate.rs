//! One X.509 certificate: parsed once, its bytes kept, the facts that path validation needs taken
//! out. Nothing is judged here.

use super::name::readable;
use super::report::CertificateInfo;
use crate::format::asn1::read::{BerError, Reader, significant};
use crate::format::cms::read::Algorithm;
use crate::format::limits::MAX_CERTIFICATE_BYTES;
use crate::model::digest::to_hex;
use crate::model::{Digest, Timestamp};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::prelude::{FromDer, X509Certificate};

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

/// keyUsage bits as `x509-parser` numbers them (RFC 5280 §4.2.1.3).
mod usage {
    pub(super) const DIGITAL_SIGNATURE: u16 = 1;
    pub(super) const NON_REPUDIATION: u16 = 1 << 1;
    pub(super) const KEY_CERT_SIGN: u16 = 1 << 5;
    pub(super) const CRL_SIGN: u16 = 1 << 6;
}

const ANY_PURPOSE: u8 = 1;
pub(in crate::trust) const DOCUMENT_SIGNING: u8 = 2;
pub(in crate::trust) const SERVER_AUTH: u8 = 4;
pub(in crate::trust) const CLIENT_AUTH: u8 = 8;

/// basicConstraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BasicConstraints {
    /// cA.
    pub ca: bool,
    /// pathLenConstraint.
    pub path_len: Option<u32>,
}

/// What the extensions say, as far as it is judged.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::trust) struct Extensions {
    pub(in crate::trust) basic: Option<BasicConstraints>,
    key_usage: Option<u16>,
    /// The purposes of extendedKeyUsage, if it is there.
    purposes: Option<u8>,
    /// A critical subjectAltName.
    critical_names: bool,
    /// Whether there is any extension.
    extended: bool,
    pub(in crate::trust) subject_key: Option<Vec<u8>>,
    pub(in crate::trust) authority_key: Option<Vec<u8>>,
    /// Name or policy constraints, which are not judged yet.
    pub(in crate::trust) constraints: Option<&'static str>,
    /// A critical extension that is not known, or one that breaks RFC 5280.
    pub(in crate::trust) defect: Option<String>,
}

/// A name without a single part.
const EMPTY_NAME: &[u8] = &[0x30, 0];

impl Extensions {
    /// What breaks RFC 5280 though each extension is well-formed.
    fn contradiction(&self, subject: &[u8], issuer: &[u8]) -> Option<&'static str> {
        let is_ca = self.basic.is_some_and(|b| b.ca);
        let signs = self
            .key_usage
            .is_some_and(|f| f & usage::KEY_CERT_SIGN != 0);
        if signs && !is_ca {
            // §4.2.1.3
            return Some("keyCertSign without cA");
        }
        if self.basic.is_some_and(|b| !b.ca && b.path_len.is_some()) {
            // §4.2.1.9
            return Some("pathLenConstraint without cA");
        }
        if subject == EMPTY_NAME && (is_ca || !self.critical_names) {
            // §4.1.2.6
            return Some("empty subject");
        }
        if self.extended && issuer != subject && self.authority_key.is_none() {
            // §4.2.1.1
            return Some("no authorityKeyIdentifier");
        }
        None
    }
}

/// A parsed certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    fields: Fields,
    not_before: Timestamp,
    not_after: Timestamp,
    version: u32,
    sha256: Digest,
    key: Digest,
    subject_text: String,
    issuer_text: String,
    pub(in crate::trust) extensions: Extensions,
}

/// Where the parts lie in the DER.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Fields {
    tbs: Range<usize>,
    serial: Range<usize>,
    issuer: Range<usize>,
    subject: Range<usize>,
    spki: Range<usize>,
    algorithm: Range<usize>,
    signature: Range<usize>,
    algorithms_agree: bool,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.subject_text, self.sha256)
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
        let fields = fields(der)?;
        let parser_error = |e: &dyn fmt::Display| CertificateError::Parser(e.to_string());
        let (_, parsed) = X509Certificate::from_der(der).map_err(|e| parser_error(&e))?;
        let validity = parsed.validity();
        let part = |range: &Range<usize>| der.get(range.clone()).unwrap_or_default();
        let mut extensions = extensions(parsed.extensions());
        let (issuer, subject) = (part(&fields.issuer), part(&fields.subject));
        if !fields.algorithms_agree {
            // RFC 5280 §4.1.1.2: the two algorithm identifiers must be the same.
            extensions.defect = Some("signature algorithms differ".into());
        } else if let Some(what) = extensions.contradiction(subject, issuer) {
            extensions.defect = Some(what.to_owned());
        }
        Ok(Self {
            not_before: Timestamp::from_secs(validity.not_before.timestamp()),
            not_after: Timestamp::from_secs(validity.not_after.timestamp()),
            version: parsed.version().0.saturating_add(1),
            sha256: Digest::of(der),
            key: Digest::of(part(&fields.spki)),
            subject_text: readable(part(&fields.subject)),
            issuer_text: readable(part(&fields.issuer)),
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
        self.not_before
    }

    /// notAfter.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// 1, 2 or 3.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
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

    /// The subject for people (RFC 4514).
    #[must_use]
    pub fn subject_text(&self) -> &str {
        &self.subject_text
    }

    /// basicConstraints, if there.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.extensions.basic
    }

    /// Whether issuer and subject are the same name (RFC 5280 §6.1: self-issued).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject() == self.issuer()
    }

    /// Whether it may serve a purpose: extendedKeyUsage is absent, names it, or names any.
    pub(in crate::trust) fn may_serve(&self, purpose: u8) -> bool {
        let purposes = self.extensions.purposes;
        purposes.is_none_or(|p| p & (purpose | ANY_PURPOSE) != 0)
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
            subject: self.subject_text.clone(),
            issuer: self.issuer_text.clone(),
            serial: to_hex(significant(self.serial())),
            not_before: self.not_before,
            not_after: self.not_after,
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

fn fields(der: &[u8]) -> Result<Fields, BerError> {
    let mut outer = Reader::new(der);
    let mut certificate = outer.expect(0x30)?.reader();
    outer.end()?;
    let whole =
        |e: &crate::format::asn1::read::Element<'_>| e.start..e.start.saturating_add(e.full.len());
    let tbs = certificate.expect(0x30)?;
    let algorithm = certificate.expect(0x30)?;
    let signature = certificate.expect(0x03)?;
    certificate.end()?;
    // A signature value has no unused bits.
    if signature.content.first() != Some(&0) {
        return Err(BerError::Value(signature.start));
    }
    let mut parts = tbs.reader();
    parts.optional(0xa0)?;
    let serial = parts.expect(0x02)?;
    let inner_algorithm = parts.expect(0x30)?;
    let issuer = parts.expect(0x30)?;
    parts.expect(0x30)?;
    let subject = parts.expect(0x30)?;
    let spki = parts.expect(0x30)?;
    let value = signature.content_range();
    Ok(Fields {
        tbs: whole(&tbs),
        serial: serial.content_range(),
        issuer: whole(&issuer),
        subject: whole(&subject),
        spki: whole(&spki),
        algorithm: whole(&algorithm),
        signature: value.start.saturating_add(1)..value.end,
        algorithms_agree: inner_algorithm.full == algorithm.full,
    })
}

fn extensions(list: &[X509Extension<'_>]) -> Extensions {
    let mut found = Extensions::default();
    let mut seen = BTreeSet::new();
    found.extended = !list.is_empty();
    for extension in list {
        let oid = extension.oid.as_bytes();
        // RFC 5280 §4.2: at most one instance of an extension.
        if !seen.insert(oid) {
            found.defect = Some("repeated extension".into());
        }
        take(&mut found, extension);
    }
    found
}

fn take(found: &mut Extensions, extension: &X509Extension<'_>) {
    match extension.parsed_extension() {
        ParsedExtension::BasicConstraints(basic) => {
            found.basic = Some(BasicConstraints {
                ca: basic.ca,
                path_len: basic.path_len_constraint,
            });
        }
        ParsedExtension::KeyUsage(key_usage) => found.key_usage = Some(key_usage.flags),
        ParsedExtension::ExtendedKeyUsage(purposes) => {
            let signs = purposes.email_protection
                || purposes.other.iter().any(|p| signs_documents(p.as_bytes()));
            let named = [
                (purposes.any, ANY_PURPOSE),
                (signs, DOCUMENT_SIGNING),
                (purposes.server_auth, SERVER_AUTH),
                (purposes.client_auth, CLIENT_AUTH),
            ];
            let bits = named.iter().filter(|(there, _)| *there);
            found.purposes = Some(bits.fold(0, |all, (_, bit)| all | bit));
            // §4.2.1.12: at least one purpose.
            if extension.value.len() <= 2 {
                found.defect = Some("empty extendedKeyUsage".into());
            }
        }
        // §4.2.1.1 and §4.2.1.2: never critical.
        ParsedExtension::SubjectKeyIdentifier(_) | ParsedExtension::AuthorityKeyIdentifier(_)
            if extension.critical =>
        {
            found.defect = Some("critical key identifier".into());
        }
        ParsedExtension::SubjectKeyIdentifier(id) => found.subject_key = Some(id.0.to_vec()),
        ParsedExtension::AuthorityKeyIdentifier(id) => {
            found.authority_key = id.key_identifier.as_ref().map(|k| k.0.to_vec());
        }
        ParsedExtension::NameConstraints(_) => found.constraints = Some("nameConstraints"),
        ParsedExtension::PolicyConstraints(_) => found.constraints = Some("policyConstraints"),
        ParsedExtension::PolicyMappings(_) => found.constraints = Some("policyMappings"),
        ParsedExtension::InhibitAnyPolicy(_) => found.constraints = Some("inhibitAnyPolicy"),
        // Without policy constraints and with any policy acceptable, no policy can fail
        // (RFC 5280 §6.1.5 (g)). Names and locations bind nothing here.
        ParsedExtension::SubjectAlternativeName(_) => found.critical_names = extension.critical,
        ParsedExtension::CertificatePolicies(_)
        | ParsedExtension::IssuerAlternativeName(_)
        | ParsedExtension::CRLDistributionPoints(_) => {}
        ParsedExtension::ParseError { .. } => {
            found.defect = Some(format!("malformed extension {}", extension.oid));
        }
        // RFC 5280 §4.2: a critical extension that is not recognised.
        ParsedExtension::UnsupportedExtension { .. }
        | ParsedExtension::AuthorityInfoAccess(_)
        | ParsedExtension::SubjectInfoAccess(_)
        | ParsedExtension::NSCertType(_)
        | ParsedExtension::NsCertComment(_)
        | ParsedExtension::IssuingDistributionPoint(_)
        | ParsedExtension::CRLNumber(_)
        | ParsedExtension::ReasonCode(_)
        | ParsedExtension::InvalidityDate(_)
        | ParsedExtension::SCT(_)
        | ParsedExtension::Unparsed => {
            if extension.critical {
                found.defect = Some(format!("critical extension {}", extension.oid));
            }
        }
    }
}

/// Purposes under which documents are signed, beside emailProtection and any: id-kp-documentSigning
/// (RFC 9336), Microsoft's and Adobe's document signing.
fn signs_documents(purpose: &[u8]) -> bool {
    matches!(
        purpose,
        [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x24]
            | [0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0a, 0x03, 0x0c]
            | [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x2f, 0x01, 0x01, 0x05]
    )
}

impl Certificate {
    /// The issuer's signature algorithm, taken apart.
    pub(in crate::trust) fn algorithm(&self) -> Result<Algorithm<'_>, BerError> {
        Algorithm::read(&mut Reader::new(self.signature_algorithm()))
    }
}
