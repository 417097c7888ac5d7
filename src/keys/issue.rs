//! The certificates the gateway issues, all with P-256 keys. Two authorities that do not know each
//! other: one signs nothing but the receipt certificate, one nothing but server and clients.

use super::KeyError;
use crate::model::{Timestamp, UnitCode};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    date_time_ymd,
};
use std::fmt;

/// From when until when a certificate is valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Validity {
    /// notBefore.
    pub from: Timestamp,
    /// notAfter.
    pub until: Timestamp,
}

impl Validity {
    /// From five minutes before `at`, for clocks that differ, until `years` times 365 days later.
    #[must_use]
    pub fn years(at: Timestamp, years: i64) -> Self {
        const YEAR: i64 = 365 * 86_400;
        Self {
            from: at.plus_secs(-300),
            until: at.plus_secs(years.saturating_mul(YEAR)),
        }
    }
}

/// A certificate with its private key.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate, DER.
    pub certificate_der: Vec<u8>,
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// The private key, PKCS#8 in PEM.
    pub key_pem: String,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key stays out of logs.
        f.write_str("Issued(..)")
    }
}

/// A certificate and key that may issue others.
pub struct Authority(Issuer<'static, KeyPair>);

impl Authority {
    /// From a CA's certificate and key.
    ///
    /// # Errors
    /// [`KeyError::Issue`] if they are not.
    pub fn new(ca: &Issued) -> Result<Self, KeyError> {
        let key = KeyPair::from_pem(&ca.key_pem).map_err(|e| failed(&e))?;
        let issuer = Issuer::from_ca_cert_pem(&ca.certificate_pem, key).map_err(|e| failed(&e))?;
        Ok(Self(issuer))
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority(..)")
    }
}

/// The receipt CA: it may sign certificates and nothing else, and no CA below it.
///
/// # Errors
/// [`KeyError::Issue`].
pub fn create_receipt_ca(gateway: &str, validity: Validity) -> Result<Issued, KeyError> {
    create_ca(gateway, "lienthong receipt CA", validity)
}

/// The CA of the server and its clients.
///
/// # Errors
/// [`KeyError::Issue`].
pub fn create_transport_ca(gateway: &str, validity: Validity) -> Result<Issued, KeyError> {
    create_ca(gateway, "lienthong transport CA", validity)
}

/// The receipt certificate: it signs, and has no extended key usage, because the tools that check
/// CMS demand e-mail protection or none (`openssl-cms(1)`, purpose `smimesign`).
///
/// # Errors
/// [`KeyError::Issue`].
pub fn issue_receipt(
    ca: &Authority,
    gateway: &str,
    validity: Validity,
) -> Result<Issued, KeyError> {
    let mut params = leaf(name(gateway, "lienthong receipts"), validity)?;
    // RFC 9608 §2: noRevAvail, NULL. This CA publishes no lists, and who validates need not look for any.
    let no_rev_avail = CustomExtension::from_oid_content(&[2, 5, 29, 56], vec![0x05, 0x00]);
    params.custom_extensions = vec![no_rev_avail];
    issue(ca, params)
}

/// The server's certificate for its DNS names and addresses.
///
/// # Errors
/// [`KeyError::Issue`] for a name that is neither.
pub fn issue_server(
    ca: &Authority,
    names: &[String],
    validity: Validity,
) -> Result<Issued, KeyError> {
    let common = names.first().map_or("lienthong", String::as_str);
    let mut params = leaf(name("", common), validity)?;
    params.subject_alt_names = CertificateParams::new(names.to_vec())
        .map_err(|e| failed(&e))?
        .subject_alt_names;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    issue(ca, params)
}

/// A unit's transport certificate. The name is for reading only: identity is the pair of keys.
///
/// # Errors
/// [`KeyError::Issue`].
pub fn issue_client(
    ca: &Authority,
    unit: &UnitCode,
    validity: Validity,
) -> Result<Issued, KeyError> {
    let mut params = leaf(name("", unit.as_str()), validity)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    issue(ca, params)
}

/// The certificate that the gateway itself shows where it delivers.
///
/// # Errors
/// [`KeyError::Issue`].
pub fn issue_gateway_client(
    ca: &Authority,
    gateway: &str,
    validity: Validity,
) -> Result<Issued, KeyError> {
    let mut params = leaf(name(gateway, "lienthong delivery"), validity)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    issue(ca, params)
}

fn failed(e: &rcgen::Error) -> KeyError {
    KeyError::Issue(e.to_string())
}

fn name(organisation: &str, common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    if !organisation.is_empty() {
        // RFC 5280 appendix A.1: ub-organization-name is 64.
        let short: String = organisation.chars().take(64).collect();
        name.push(DnType::OrganizationName, short);
    }
    name.push(DnType::CommonName, common);
    name
}

fn params(name: DistinguishedName, validity: Validity) -> Result<CertificateParams, KeyError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    let moment = |at: Timestamp| {
        let since = std::time::Duration::from_secs(u64::try_from(at.secs()).ok()?);
        date_time_ymd(1970, 1, 1).checked_add(since.try_into().ok()?)
    };
    let outside = || KeyError::Issue("the validity lies outside the calendar".into());
    params.not_before = moment(validity.from).ok_or_else(outside)?;
    params.not_after = moment(validity.until).ok_or_else(outside)?;
    Ok(params)
}

fn leaf(name: DistinguishedName, validity: Validity) -> Result<CertificateParams, KeyError> {
    let mut params = params(name, validity)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn create_ca(gateway: &str, common: &str, validity: Validity) -> Result<Issued, KeyError> {
    let mut params = params(name(gateway, common), validity)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = new_key()?;
    let certificate = params.self_signed(&key).map_err(|e| failed(&e))?;
    Ok(issued(&certificate, &key))
}

fn issue(ca: &Authority, params: CertificateParams) -> Result<Issued, KeyError> {
    let key = new_key()?;
    let certificate = params.signed_by(&key, &ca.0).map_err(|e| failed(&e))?;
    Ok(issued(&certificate, &key))
}

fn new_key() -> Result<KeyPair, KeyError> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|e| failed(&e))
}

fn issued(certificate: &rcgen::Certificate, key: &KeyPair) -> Issued {
    Issued {
        certificate_der: certificate.der().to_vec(),
        certificate_pem: certificate.pem(),
        key_pem: key.serialize_pem(),
    }
}
