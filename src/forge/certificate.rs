//! Certificates of any shape (RFC 5280 §4): good ones from a [`Template`]'s defaults, odd and wrong
//! ones by changing any field of it.

use super::extension::{self, Extension, id, usage};
use super::name::Name;
use super::pki::{Validity, signer_certificate};
use super::{ForgeError, Identity, Key, KeyKind, Scheme, der};
use crate::format::asn1::write::{element, tag};
use crate::model::Digest;
use std::sync::atomic::{AtomicU64, Ordering};
use x509_parser::extensions::ParsedExtension;

/// Serial numbers are unique within the process, and none is one of [`super::Authority`]'s.
static SERIAL: AtomicU64 = AtomicU64::new(0x7000_0000_0000_0001);

/// Who signs and is certified: a private key, a name and a certificate. Nothing keeps one without
/// the right to it from signing certificates, CRLs or responses.
#[derive(Clone, Debug)]
pub struct Entity {
    /// The private key.
    pub key: Key,
    /// The certificate's subject.
    pub name: Name,
    /// The content octets of its serial number.
    pub serial: Vec<u8>,
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// The certificates above it, from the issuer up, without the root, DER.
    pub above: Vec<Vec<u8>>,
    /// SHA-256 of its issuer's SubjectPublicKeyInfo.
    pub issuer_key: Digest,
    /// The subject key identifier.
    pub identifier: Vec<u8>,
    /// Whether it signed itself.
    pub root: bool,
}

impl Entity {
    /// One whose certificate was made elsewhere. Its issuer's key is taken to be its own if it has
    /// nothing above it.
    ///
    /// # Errors
    /// [`ForgeError::Certificate`] if it cannot be read.
    pub fn of(key: Key, der: Vec<u8>, chain: Vec<Vec<u8>>) -> Result<Self, ForgeError> {
        let failed = |e: &dyn std::fmt::Display| ForgeError::Certificate(e.to_string());
        let (_, parsed) = x509_parser::parse_x509_certificate(&der).map_err(|e| failed(&e))?;
        let subject = parsed.subject().as_raw();
        let root = subject == parsed.issuer().as_raw();
        let identifier = parsed.iter_extensions().find_map(|e| {
            if let ParsedExtension::SubjectKeyIdentifier(key) = e.parsed_extension() {
                return Some(key.0.to_vec());
            }
            None
        });
        // An authority keeps its own certificate first in its chain.
        let above = chain.into_iter().filter(|c| *c != der).collect();
        Ok(Self {
            name: Name::from_der(subject),
            serial: parsed.raw_serial().to_vec(),
            identifier: identifier.unwrap_or_else(|| key_identifier(key.spki())),
            issuer_key: Digest::of(key.spki()),
            der,
            above,
            key,
            root,
        })
    }

    /// It as the signer of documents.
    ///
    /// # Errors
    /// [`ForgeError::Certificate`] if its certificate is too odd to be read back.
    pub fn identity(&self) -> Result<Identity, ForgeError> {
        Ok(Identity {
            certificate: signer_certificate(self.der.clone())?,
            key: self.key.clone(),
            chain: self.above.clone(),
            subject_key: Digest::of(self.key.spki()),
            issuer_key: self.issuer_key,
        })
    }

    /// Its certificate and those above it, without the root: what a signature carries.
    #[must_use]
    pub fn chain(&self) -> Vec<Vec<u8>> {
        let own = (!self.root).then(|| self.der.clone());
        own.into_iter().chain(self.above.iter().cloned()).collect()
    }
}

/// The leftmost 160 bits of the SHA-256 of the key (RFC 7093 §2 method 1).
#[must_use]
pub fn key_identifier(spki: &[u8]) -> Vec<u8> {
    let digest = Digest::of(public_key_bits(spki));
    digest.0.get(..20).unwrap_or_default().to_vec()
}

/// The octets of the key itself inside a SubjectPublicKeyInfo.
pub(super) fn public_key_bits(spki: &[u8]) -> &[u8] {
    use crate::format::asn1::read::Reader;
    let read = || {
        let mut fields = Reader::new(spki).expect(tag::SEQUENCE)?.reader();
        fields.any()?;
        fields.expect(der::BIT_STRING)
    };
    let bits = read().map(|bits| bits.content).unwrap_or_default();
    bits.split_first().map_or(bits, |(_, key)| key)
}

/// What a certificate is to say.
#[derive(Clone, Debug)]
pub struct Template {
    /// The version as people count it: 3, or 1, which has no extensions unless they are forced.
    pub version: u64,
    /// The content octets of the serial number.
    pub serial: Vec<u8>,
    /// Who is certified.
    pub subject: Name,
    /// The issuer it names, if not the one that signs.
    pub issuer: Option<Name>,
    /// notBefore and notAfter.
    pub validity: Validity,
    /// The whole Validity, DER, where its form matters.
    pub dates: Option<Vec<u8>>,
    /// The key that is certified; a new P-256 key if `None`.
    pub key: Option<Key>,
    /// The SubjectPublicKeyInfo that is written, if not the key's.
    pub spki: Option<Vec<u8>>,
    /// How it is signed, if not as the issuer's key does.
    pub scheme: Option<Scheme>,
    /// The AlgorithmIdentifier inside the signed part, if it is to differ from the one outside.
    pub inner_algorithm: Option<Vec<u8>>,
    /// issuerUniqueID and subjectUniqueID, complete encodings.
    pub unique_identifiers: Vec<u8>,
    /// The extensions in this order.
    pub extensions: Vec<Extension>,
    /// Whether key identifiers are written.
    pub linked: bool,
}

impl Template {
    /// Version 3 without any extension.
    #[must_use]
    pub fn bare(subject: Name, validity: Validity) -> Self {
        let number = SERIAL.fetch_add(1, Ordering::Relaxed);
        Self {
            version: 3,
            serial: number.to_be_bytes().to_vec(),
            subject,
            issuer: None,
            validity,
            dates: None,
            key: None,
            spki: None,
            scheme: None,
            inner_algorithm: None,
            unique_identifiers: Vec::new(),
            extensions: Vec::new(),
            linked: false,
        }
    }

    /// An authority that may sign certificates and CRLs, its path length not limited.
    #[must_use]
    pub fn authority(common: &str, validity: Validity) -> Self {
        Self::linked(common, validity)
            .with(extension::basic_constraints(true, None))
            .with(extension::key_usage(&[
                usage::KEY_CERT_SIGN,
                usage::CRL_SIGN,
            ]))
    }

    /// One that signs documents.
    #[must_use]
    pub fn signer(common: &str, validity: Validity) -> Self {
        Self::linked(common, validity).with(extension::key_usage(&[
            usage::DIGITAL_SIGNATURE,
            usage::NON_REPUDIATION,
        ]))
    }

    /// A delegated OCSP responder (RFC 6960 §4.2.2.2), whose own status need not be checked.
    #[must_use]
    pub fn responder(common: &str, validity: Validity) -> Self {
        Self::purpose(common, validity, id::OCSP_SIGNING).with(extension::ocsp_no_check())
    }

    /// A time-stamping authority: its purpose alone and critical (RFC 3161 §2.3).
    #[must_use]
    pub fn stamper(common: &str, validity: Validity) -> Self {
        let purpose = extension::extended_key_usage(&[id::TIME_STAMPING]);
        Self::purpose(common, validity, id::TIME_STAMPING).with(purpose.critical())
    }

    /// A client of TLS.
    #[must_use]
    pub fn client(common: &str, validity: Validity) -> Self {
        Self::purpose(common, validity, id::CLIENT_AUTH)
    }

    fn purpose(common: &str, validity: Validity, purpose: &str) -> Self {
        Self::linked(common, validity)
            .with(extension::key_usage(&[usage::DIGITAL_SIGNATURE]))
            .with(extension::extended_key_usage(&[purpose]))
    }

    fn linked(common: &str, validity: Validity) -> Self {
        Self {
            linked: true,
            ..Self::bare(Name::of(common), validity)
        }
    }

    /// With this extension in place of one of its kind.
    #[must_use]
    pub fn with(mut self, extension: Extension) -> Self {
        let same = self
            .extensions
            .iter_mut()
            .find(|e| e.kind == extension.kind);
        match same {
            Some(old) => *old = extension,
            None => self.extensions.push(extension),
        }
        self
    }

    /// With this extension beside any of its kind.
    #[must_use]
    pub fn also(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Without extensions of a kind.
    #[must_use]
    pub fn without(mut self, kind: &str) -> Self {
        self.extensions.retain(|e| e.kind != kind);
        self
    }

    /// Certifying this key.
    #[must_use]
    pub fn key(self, key: Key) -> Self {
        Self {
            key: Some(key),
            ..self
        }
    }

    /// With these content octets as the serial number.
    #[must_use]
    pub fn serial(self, octets: &[u8]) -> Self {
        Self {
            serial: octets.to_vec(),
            ..self
        }
    }

    /// For another subject.
    #[must_use]
    pub fn subject(self, subject: Name) -> Self {
        Self { subject, ..self }
    }

    /// Good at another time.
    #[must_use]
    pub fn validity(self, validity: Validity) -> Self {
        Self { validity, ..self }
    }

    /// Version 1: no extensions.
    #[must_use]
    pub fn version_1(self) -> Self {
        Self {
            version: 1,
            extensions: Vec::new(),
            linked: false,
            ..self
        }
    }

    /// Signed by its own key.
    ///
    /// # Errors
    /// [`ForgeError::Key`] if a key could not be made or used.
    pub fn self_signed(mut self) -> Result<Entity, ForgeError> {
        let key = self.take_key()?;
        let identifier = key_identifier(key.spki());
        let issuer = Entity {
            issuer_key: Digest::of(key.spki()),
            name: self.subject.clone(),
            serial: self.serial.clone(),
            der: Vec::new(),
            above: Vec::new(),
            identifier,
            root: true,
            key,
        };
        let der = self.write(&issuer.key, &issuer, false)?;
        Ok(Entity { der, ..issuer })
    }

    /// Signed by another.
    ///
    /// # Errors
    /// As [`Template::self_signed`].
    pub fn issued_by(mut self, issuer: &Entity) -> Result<Entity, ForgeError> {
        let key = self.take_key()?;
        Ok(Entity {
            der: self.write(&key, issuer, true)?,
            identifier: key_identifier(key.spki()),
            above: issuer.chain(),
            issuer_key: Digest::of(issuer.key.spki()),
            name: self.subject,
            serial: self.serial,
            root: false,
            key,
        })
    }

    fn take_key(&mut self) -> Result<Key, ForgeError> {
        match self.key.take() {
            Some(key) => Ok(key),
            None => Key::generate(KeyKind::P256),
        }
    }

    fn write(&self, key: &Key, issuer: &Entity, by_other: bool) -> Result<Vec<u8>, ForgeError> {
        let scheme = self.scheme.unwrap_or_else(|| issuer.key.scheme());
        let version = match self.version.checked_sub(1) {
            None | Some(0) => Vec::new(),
            Some(number) => der::explicit(0, &der::integer(number)),
        };
        let mut extensions: Vec<Vec<u8>> = Vec::new();
        if self.linked {
            extensions.push(extension::subject_key(&key_identifier(key.spki())).der());
            if by_other {
                extensions.push(extension::authority_key(&issuer.identifier).der());
            }
        }
        extensions.extend(self.extensions.iter().map(Extension::der));
        let extensions = if extensions.is_empty() {
            Vec::new()
        } else {
            der::explicit(3, &der::sequence_of(&extensions))
        };
        let inner = self.inner_algorithm.clone();
        let tbs = element(
            tag::SEQUENCE,
            &[
                version,
                der::raw_integer(&self.serial),
                inner.unwrap_or_else(|| scheme.identifier()),
                self.issuer.as_ref().unwrap_or(&issuer.name).der(),
                self.dates.clone().unwrap_or_else(|| dates(self.validity)),
                self.subject.der(),
                self.spki.clone().unwrap_or_else(|| key.spki().to_vec()),
                self.unique_identifiers.clone(),
                extensions,
            ]
            .concat(),
        );
        signed(&tbs, &issuer.key, scheme)
    }
}

/// Validity, DER.
fn dates(validity: Validity) -> Vec<u8> {
    der::sequence_of(&[der::time(validity.from), der::time(validity.until)])
}

/// SIGNED{} (RFC 5280 §4.1): what is signed, the algorithm, the value.
pub(super) fn signed(tbs: &[u8], key: &Key, scheme: Scheme) -> Result<Vec<u8>, ForgeError> {
    let value = key.sign_with(scheme, tbs)?;
    let (algorithm, value) = (scheme.identifier(), der::bits(&value));
    Ok(element(tag::SEQUENCE, &[tbs, &algorithm, &value].concat()))
}
