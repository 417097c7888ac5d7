//! Extensions of certificates, CRLs and their entries (RFC 5280 §4.2, §5.2, §5.3), each with the
//! criticality its clause gives, which may be changed.

use super::der;
use super::name::{GeneralName, Name, general_names};
use crate::format::asn1::write::{element, tag};
use crate::model::Timestamp;

/// Object identifiers of extensions and purposes, in dotted decimal.
pub mod id {
    /// subjectKeyIdentifier.
    pub const SUBJECT_KEY: &str = "2.5.29.14";
    /// keyUsage.
    pub const KEY_USAGE: &str = "2.5.29.15";
    /// subjectAltName.
    pub const SUBJECT_ALT_NAME: &str = "2.5.29.17";
    /// basicConstraints.
    pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
    /// cRLNumber.
    pub const CRL_NUMBER: &str = "2.5.29.20";
    /// reasonCode.
    pub const REASON: &str = "2.5.29.21";
    /// invalidityDate.
    pub const INVALIDITY_DATE: &str = "2.5.29.24";
    /// deltaCRLIndicator.
    pub const DELTA: &str = "2.5.29.27";
    /// issuingDistributionPoint.
    pub const ISSUING_POINT: &str = "2.5.29.28";
    /// certificateIssuer.
    pub const CERTIFICATE_ISSUER: &str = "2.5.29.29";
    /// nameConstraints.
    pub const NAME_CONSTRAINTS: &str = "2.5.29.30";
    /// cRLDistributionPoints.
    pub const CRL_POINTS: &str = "2.5.29.31";
    /// certificatePolicies.
    pub const POLICIES: &str = "2.5.29.32";
    /// anyPolicy.
    pub const ANY_POLICY: &str = "2.5.29.32.0";
    /// policyMappings.
    pub const POLICY_MAPPINGS: &str = "2.5.29.33";
    /// authorityKeyIdentifier.
    pub const AUTHORITY_KEY: &str = "2.5.29.35";
    /// policyConstraints.
    pub const POLICY_CONSTRAINTS: &str = "2.5.29.36";
    /// extKeyUsage.
    pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
    /// freshestCRL.
    pub const FRESHEST: &str = "2.5.29.46";
    /// inhibitAnyPolicy.
    pub const INHIBIT_ANY: &str = "2.5.29.54";
    /// expiredCertsOnCRL (X.509 §9.5.2.8).
    pub const EXPIRED_ON_CRL: &str = "2.5.29.60";
    /// authorityInfoAccess.
    pub const AUTHORITY_ACCESS: &str = "1.3.6.1.5.5.7.1.1";
    /// id-ad-ocsp.
    pub const OCSP: &str = "1.3.6.1.5.5.7.48.1";
    /// id-ad-caIssuers.
    pub const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
    /// id-pkix-ocsp-nonce (RFC 9654).
    pub const OCSP_NONCE: &str = "1.3.6.1.5.5.7.48.1.2";
    /// id-pkix-ocsp-nocheck.
    pub const OCSP_NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
    /// id-pkix-ocsp-archive-cutoff.
    pub const OCSP_ARCHIVE_CUTOFF: &str = "1.3.6.1.5.5.7.48.1.6";
    /// id-isismtt-at-certHash (Common PKI), which says that the responder knows the certificate.
    pub const CERT_HASH: &str = "1.3.36.8.3.13";
    /// id-kp-serverAuth.
    pub const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
    /// id-kp-clientAuth.
    pub const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
    /// id-kp-emailProtection.
    pub const EMAIL_PROTECTION: &str = "1.3.6.1.5.5.7.3.4";
    /// id-kp-timeStamping.
    pub const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
    /// id-kp-OCSPSigning.
    pub const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
    /// id-kp-documentSigning (RFC 9336).
    pub const DOCUMENT_SIGNING: &str = "1.3.6.1.5.5.7.3.36";
    /// anyExtendedKeyUsage.
    pub const ANY_EXTENDED_KEY_USAGE: &str = "2.5.29.37.0";
}

/// Bits of keyUsage (RFC 5280 §4.2.1.3).
pub mod usage {
    /// digitalSignature.
    pub const DIGITAL_SIGNATURE: u8 = 0;
    /// nonRepudiation, also contentCommitment.
    pub const NON_REPUDIATION: u8 = 1;
    /// keyEncipherment.
    pub const KEY_ENCIPHERMENT: u8 = 2;
    /// keyCertSign.
    pub const KEY_CERT_SIGN: u8 = 5;
    /// cRLSign.
    pub const CRL_SIGN: u8 = 6;
}

/// One extension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extension {
    /// Its identifier, in dotted decimal.
    pub kind: String,
    /// Whether it is critical.
    pub critical: bool,
    /// What its extnValue contains.
    pub value: Vec<u8>,
}

impl Extension {
    /// Any extension at all.
    #[must_use]
    pub fn raw(kind: &str, critical: bool, value: Vec<u8>) -> Self {
        Self {
            kind: kind.to_owned(),
            critical,
            value,
        }
    }

    /// The same, critical.
    #[must_use]
    pub fn critical(self) -> Self {
        Self {
            critical: true,
            ..self
        }
    }

    /// The same, not critical.
    #[must_use]
    pub fn not_critical(self) -> Self {
        Self {
            critical: false,
            ..self
        }
    }

    /// The extension, DER: FALSE is the default and is not written.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        let critical = if self.critical {
            der::yes()
        } else {
            Vec::new()
        };
        der::sequence_of(&[der::oid(&self.kind), critical, der::octets(&self.value)])
    }
}

/// basicConstraints (RFC 5280 §4.2.1.9).
#[must_use]
pub fn basic_constraints(ca: bool, path_length: Option<u64>) -> Extension {
    let ca = if ca { der::yes() } else { Vec::new() };
    let length = path_length.map(der::integer).unwrap_or_default();
    Extension::raw(id::BASIC_CONSTRAINTS, true, der::sequence_of(&[ca, length]))
}

/// keyUsage (RFC 5280 §4.2.1.3) with the bits of [`usage`].
#[must_use]
pub fn key_usage(bits: &[u8]) -> Extension {
    let value = element(der::BIT_STRING, &der::named_bits(bits));
    Extension::raw(id::KEY_USAGE, true, value)
}

/// extKeyUsage (RFC 5280 §4.2.1.12).
#[must_use]
pub fn extended_key_usage(purposes: &[&str]) -> Extension {
    let purposes: Vec<Vec<u8>> = purposes.iter().map(|p| der::oid(p)).collect();
    Extension::raw(id::EXTENDED_KEY_USAGE, false, der::sequence_of(&purposes))
}

/// subjectKeyIdentifier (RFC 5280 §4.2.1.2).
#[must_use]
pub fn subject_key(identifier: &[u8]) -> Extension {
    Extension::raw(id::SUBJECT_KEY, false, der::octets(identifier))
}

/// authorityKeyIdentifier (RFC 5280 §4.2.1.1) with a key identifier only.
#[must_use]
pub fn authority_key(identifier: &[u8]) -> Extension {
    let value = der::sequence_of(&[der::implicit(0, identifier)]);
    Extension::raw(id::AUTHORITY_KEY, false, value)
}

/// authorityKeyIdentifier with issuer and serial number only.
#[must_use]
pub fn authority_certificate(issuer: &Name, serial: &[u8]) -> Extension {
    let names = GeneralName::Directory(issuer.clone()).der();
    let value = der::sequence_of(&[der::explicit(1, &names), der::implicit(2, serial)]);
    Extension::raw(id::AUTHORITY_KEY, false, value)
}

/// subjectAltName (RFC 5280 §4.2.1.6).
#[must_use]
pub fn subject_alt_name(names: &[GeneralName]) -> Extension {
    Extension::raw(id::SUBJECT_ALT_NAME, false, general_names(names))
}

/// nameConstraints (RFC 5280 §4.2.1.10); an empty list is left out.
#[must_use]
pub fn name_constraints(permitted: &[GeneralName], excluded: &[GeneralName]) -> Extension {
    let subtrees = |number: u8, names: &[GeneralName]| {
        let trees = names.iter().map(|n| der::sequence_of(&[n.der()]));
        let trees: Vec<Vec<u8>> = trees.collect();
        if trees.is_empty() {
            return Vec::new();
        }
        element(tag::context(number), &trees.concat())
    };
    let value = der::sequence_of(&[subtrees(0, permitted), subtrees(1, excluded)]);
    Extension::raw(id::NAME_CONSTRAINTS, true, value)
}

/// certificatePolicies (RFC 5280 §4.2.1.4) without qualifiers.
#[must_use]
pub fn policies(policies: &[&str]) -> Extension {
    let policies: Vec<(&str, Vec<Vec<u8>>)> = policies
        .iter()
        .map(|policy| (*policy, Vec::new()))
        .collect();
    policies_with(&policies)
}

/// certificatePolicies with qualifiers, complete encodings as [`cps`] and [`notice`] make them.
#[must_use]
pub fn policies_with(policies: &[(&str, Vec<Vec<u8>>)]) -> Extension {
    let information = policies.iter().map(|(policy, qualifiers)| {
        let qualifiers = if qualifiers.is_empty() {
            Vec::new()
        } else {
            der::sequence_of(qualifiers)
        };
        der::sequence_of(&[der::oid(policy), qualifiers])
    });
    let information: Vec<Vec<u8>> = information.collect();
    Extension::raw(id::POLICIES, false, der::sequence_of(&information))
}

/// PolicyQualifierInfo that points to a practice statement.
#[must_use]
pub fn cps(uri: &str) -> Vec<u8> {
    der::sequence_of(&[der::oid("1.3.6.1.5.5.7.2.1"), der::text(der::IA5, uri)])
}

/// PolicyQualifierInfo with a notice to be shown.
#[must_use]
pub fn notice(text: &str) -> Vec<u8> {
    let notice = der::sequence_of(&[der::text(der::UTF8, text)]);
    der::sequence_of(&[der::oid("1.3.6.1.5.5.7.2.2"), notice])
}

/// policyMappings (RFC 5280 §4.2.1.5): of the issuer's domain, of the subject's domain.
#[must_use]
pub fn policy_mappings(pairs: &[(&str, &str)]) -> Extension {
    let pairs = pairs
        .iter()
        .map(|(issuer, subject)| der::sequence_of(&[der::oid(issuer), der::oid(subject)]));
    let pairs: Vec<Vec<u8>> = pairs.collect();
    Extension::raw(id::POLICY_MAPPINGS, true, der::sequence_of(&pairs))
}

/// policyConstraints (RFC 5280 §4.2.1.11).
#[must_use]
pub fn policy_constraints(require: Option<u64>, inhibit_mapping: Option<u64>) -> Extension {
    let field = |number: u8, skip: Option<u64>| {
        skip.map(|skip| der::retag(number, der::integer(skip)))
            .unwrap_or_default()
    };
    let value = der::sequence_of(&[field(0, require), field(1, inhibit_mapping)]);
    Extension::raw(id::POLICY_CONSTRAINTS, true, value)
}

/// inhibitAnyPolicy (RFC 5280 §4.2.1.14).
#[must_use]
pub fn inhibit_any_policy(skip: u64) -> Extension {
    Extension::raw(id::INHIBIT_ANY, true, der::integer(skip))
}

/// authorityInfoAccess (RFC 5280 §4.2.2.1): addresses of responders and of issuing certificates.
#[must_use]
pub fn authority_access(responders: &[&str], issuers: &[&str]) -> Extension {
    let describe = |method: &'static str| {
        move |uri: &&str| der::sequence_of(&[der::oid(method), GeneralName::uri(uri).der()])
    };
    let responders = responders.iter().map(describe(id::OCSP));
    let all: Vec<Vec<u8>> = responders
        .chain(issuers.iter().map(describe(id::CA_ISSUERS)))
        .collect();
    Extension::raw(id::AUTHORITY_ACCESS, false, der::sequence_of(&all))
}

/// id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1).
#[must_use]
pub fn ocsp_no_check() -> Extension {
    Extension::raw(id::OCSP_NO_CHECK, false, der::null())
}

/// reasonCode of a CRL entry (RFC 5280 §5.3.1).
#[must_use]
pub fn reason(code: u8) -> Extension {
    Extension::raw(id::REASON, false, der::enumerated(code))
}

/// invalidityDate of a CRL entry (RFC 5280 §5.3.2).
#[must_use]
pub fn invalidity_date(at: Timestamp) -> Extension {
    Extension::raw(id::INVALIDITY_DATE, false, der::generalized(at))
}

/// certificateIssuer of an entry in an indirect CRL (RFC 5280 §5.3.3).
#[must_use]
pub fn certificate_issuer(issuer: &Name) -> Extension {
    let names = general_names(&[GeneralName::Directory(issuer.clone())]);
    Extension::raw(id::CERTIFICATE_ISSUER, true, names)
}

/// cRLNumber (RFC 5280 §5.2.3).
#[must_use]
pub fn crl_number(number: u64) -> Extension {
    Extension::raw(id::CRL_NUMBER, false, der::integer(number))
}

/// deltaCRLIndicator (RFC 5280 §5.2.4).
#[must_use]
pub fn delta_indicator(base: u64) -> Extension {
    Extension::raw(id::DELTA, true, der::integer(base))
}

/// expiredCertsOnCRL (X.509 §9.5.2.8): from when on expired certificates stay on the list.
#[must_use]
pub fn expired_on_crl(from: Timestamp) -> Extension {
    Extension::raw(id::EXPIRED_ON_CRL, false, der::generalized(from))
}
