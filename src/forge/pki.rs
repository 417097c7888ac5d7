//! Authorities and the certificates and CRLs they issue: good ones by [`Profile`], broken ones by
//! editing the parameters before they are signed.

use super::{Entity, ForgeError, Key, KeyKind};
use crate::format::asn1::write::{element, tag};
use crate::format::cms::write::SignerCertificate;
use crate::model::{Digest, Timestamp};
use base64::Engine;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SerialNumber, date_time_ymd,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A moment as `rcgen` takes it; a macro, since its type belongs to a crate not named here.
/// Nothing here lies before 1970.
macro_rules! date {
    ($at:expr) => {{
        let secs = u64::try_from($at.secs()).unwrap_or(0);
        let epoch = date_time_ymd(1970, 1, 1);
        let since = Duration::from_secs(secs).try_into().unwrap_or_default();
        epoch.checked_add(since).unwrap_or(epoch)
    }};
}

/// Serial numbers are unique within the process, which is more than any authority needs.
static SERIAL: AtomicU64 = AtomicU64::new(0x10_0001);

/// From when until when a certificate or CRL is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Validity {
    /// notBefore, thisUpdate.
    pub from: Timestamp,
    /// notAfter, nextUpdate.
    pub until: Timestamp,
}

const DAY: i64 = 24 * 3600;

impl Validity {
    /// From `before` days before `at` until `after` days after it.
    #[must_use]
    pub fn days(at: Timestamp, before: i64, after: i64) -> Self {
        Self {
            from: at.plus_secs(before.saturating_mul(DAY).saturating_neg()),
            until: at.plus_secs(after.saturating_mul(DAY)),
        }
    }

    /// Good now, for a year.
    #[must_use]
    pub fn around(at: Timestamp) -> Self {
        Self::days(at, 30, 335)
    }

    /// Ended a day ago.
    #[must_use]
    pub fn expired(at: Timestamp) -> Self {
        Self::days(at, 366, -1)
    }

    /// Begins tomorrow.
    #[must_use]
    pub fn not_yet(at: Timestamp) -> Self {
        Self::days(at, -1, 366)
    }
}

/// What a certificate is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Profile {
    /// Signs documents: digitalSignature and nonRepudiation, no extended key usage.
    Signing,
    /// A client of the gateway: digitalSignature and clientAuth only.
    Transport,
}

/// A certificate with its private key and the certificates above it, anchor excluded.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The private key.
    pub key: Key,
    /// The certificate as CMS needs it.
    pub certificate: SignerCertificate,
    /// The issuing certificates from the issuer up, without the root, DER.
    pub chain: Vec<Vec<u8>>,
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub subject_key: Digest,
    /// SHA-256 of its issuer's SubjectPublicKeyInfo.
    pub issuer_key: Digest,
}

impl Identity {
    /// PEM of the certificate.
    #[must_use]
    pub fn pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate.der)
    }

    /// The octets of its serial number, as a CRL lists it.
    #[must_use]
    pub fn serial(&self) -> Vec<u8> {
        // Serial numbers made here are short, so the INTEGER has a head of two octets.
        self.certificate
            .serial
            .get(2..)
            .unwrap_or_default()
            .to_vec()
    }
}

/// What a CRL says.
#[derive(Clone, Debug)]
pub struct Crl {
    /// thisUpdate and nextUpdate.
    pub validity: Validity,
    /// Its number.
    pub number: u64,
    /// Serial numbers of revoked certificates with the time of revocation.
    pub revoked: Vec<(Vec<u8>, Timestamp)>,
}

/// An authority: a root, or an issuing CA under one.
#[derive(Debug)]
pub struct Authority {
    key: Key,
    params: CertificateParams,
    der: Vec<u8>,
    chain: Vec<Vec<u8>>,
}

impl Authority {
    /// A root that signed itself.
    ///
    /// # Errors
    /// [`ForgeError`] if a key or certificate could not be made.
    pub fn root(name: &str, kind: KeyKind, validity: Validity) -> Result<Self, ForgeError> {
        Self::root_with(name, Key::generate(kind)?, validity)
    }

    /// A root with a key made beforehand.
    ///
    /// # Errors
    /// [`ForgeError`] if the certificate could not be made.
    pub fn root_with(name: &str, key: Key, validity: Validity) -> Result<Self, ForgeError> {
        let params = authority_params(name, validity);
        let der = params.self_signed(key.pair()?)?.der().to_vec();
        Ok(Self {
            key,
            params,
            der,
            chain: Vec::new(),
        })
    }

    /// An issuing CA under this one.
    ///
    /// # Errors
    /// As [`Authority::root`].
    pub fn authority(&self, name: &str, kind: KeyKind, at: Validity) -> Result<Self, ForgeError> {
        self.authority_with(name, Key::generate(kind)?, at, |_| {})
    }

    /// An issuing CA under this one whose parameters are edited before it is signed.
    ///
    /// # Errors
    /// As [`Authority::root`].
    pub fn authority_with(
        &self,
        name: &str,
        key: Key,
        validity: Validity,
        edit: impl FnOnce(&mut CertificateParams),
    ) -> Result<Self, ForgeError> {
        let mut params = authority_params(name, validity);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.use_authority_key_identifier_extension = true;
        edit(&mut params);
        let der = params
            .signed_by(key.pair()?, &self.issuer()?)?
            .der()
            .to_vec();
        let mut chain = vec![der.clone()];
        chain.extend(self.chain.iter().cloned());
        Ok(Self {
            key,
            params,
            der,
            chain,
        })
    }

    /// Issues a certificate with a new key.
    ///
    /// # Errors
    /// As [`Authority::root`].
    pub fn issue(
        &self,
        subject: &[(DnType, &str)],
        kind: KeyKind,
        validity: Validity,
        profile: Profile,
    ) -> Result<Identity, ForgeError> {
        self.issue_with(subject, Key::generate(kind)?, validity, profile, |_| {})
    }

    /// Issues a certificate for `key`, its parameters edited before it is signed.
    ///
    /// # Errors
    /// As [`Authority::root`].
    pub fn issue_with(
        &self,
        subject: &[(DnType, &str)],
        key: Key,
        validity: Validity,
        profile: Profile,
        edit: impl FnOnce(&mut CertificateParams),
    ) -> Result<Identity, ForgeError> {
        let mut params = base_params(subject, validity);
        params.use_authority_key_identifier_extension = true;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        match profile {
            Profile::Signing => params.key_usages.push(KeyUsagePurpose::ContentCommitment),
            Profile::Transport => {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            }
        }
        edit(&mut params);
        let der = params
            .signed_by(key.pair()?, &self.issuer()?)?
            .der()
            .to_vec();
        let subject_key = key_digest(&key);
        Ok(Identity {
            certificate: signer_certificate(der)?,
            key,
            chain: self.chain.clone(),
            subject_key,
            issuer_key: self.key_digest(),
        })
    }

    /// Issues a CRL, DER.
    ///
    /// # Errors
    /// [`ForgeError::Certificate`] if it could not be made.
    pub fn crl(&self, crl: &Crl) -> Result<Vec<u8>, ForgeError> {
        let revoked = |(serial, at): &(Vec<u8>, Timestamp)| RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial),
            revocation_time: date!(at),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: date!(crl.validity.from),
            next_update: date!(crl.validity.until),
            crl_number: SerialNumber::from(crl.number),
            issuing_distribution_point: None,
            revoked_certs: crl.revoked.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(&self.issuer()?)?.der().to_vec())
    }

    /// Its certificate, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// PEM of its certificate.
    #[must_use]
    pub fn pem(&self) -> String {
        pem("CERTIFICATE", &self.der)
    }

    /// Its private key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// SHA-256 of its SubjectPublicKeyInfo.
    #[must_use]
    pub fn key_digest(&self) -> Digest {
        key_digest(&self.key)
    }

    fn issuer(&self) -> Result<Issuer<'_, &rcgen::KeyPair>, ForgeError> {
        Ok(Issuer::from_params(&self.params, self.key.pair()?))
    }

    /// It as one who signs anything.
    ///
    /// # Errors
    /// [`ForgeError::Certificate`] if its certificate cannot be read back.
    pub fn entity(&self) -> Result<Entity, ForgeError> {
        Entity::of(self.key.clone(), self.der.clone(), self.chain.clone())
    }
}

fn key_digest(key: &Key) -> Digest {
    Digest::of(key.spki())
}

fn base_params(subject: &[(DnType, &str)], validity: Validity) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "VN");
    for (kind, value) in subject {
        params.distinguished_name.push(kind.clone(), *value);
    }
    params.not_before = date!(validity.from);
    params.not_after = date!(validity.until);
    params.serial_number = Some(SerialNumber::from(SERIAL.fetch_add(1, Ordering::Relaxed)));
    params
}

fn authority_params(name: &str, validity: Validity) -> CertificateParams {
    let subject = [
        (DnType::OrganizationName, "Liên thông - mẫu"),
        (DnType::CommonName, name),
    ];
    let mut params = base_params(&subject, validity);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// What CMS needs of a certificate.
pub(super) fn signer_certificate(der: Vec<u8>) -> Result<SignerCertificate, ForgeError> {
    let (_, parsed) = x509_parser::parse_x509_certificate(&der)
        .map_err(|e| ForgeError::Certificate(e.to_string()))?;
    let issuer = parsed.tbs_certificate.issuer.as_raw().to_vec();
    let serial = element(tag::INTEGER, parsed.tbs_certificate.raw_serial());
    Ok(SignerCertificate {
        issuer,
        serial,
        der,
    })
}

/// PEM (RFC 7468) of `der`.
#[must_use]
pub fn pem(label: &str, der: &[u8]) -> String {
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in body.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}
