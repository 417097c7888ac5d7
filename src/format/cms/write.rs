//! Writes CMS SignedData with one signer and signed attributes (RFC 5652 §5), as the gateway does
//! for its receipts and the forge for its documents.

use super::super::asn1::oid;
use super::super::asn1::write::{
    constructed, element, null, octet_string, oid as oid_der, sequence, set_of, small_integer, tag,
};
use crate::model::{Digest, Timestamp};

/// How the signer signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// ECDSA with SHA-256.
    EcdsaSha256,
}

impl SignatureAlgorithm {
    fn identifier(self) -> Vec<u8> {
        match self {
            // RFC 3370 §3.2: the parameters of an RSA identifier are NULL.
            Self::RsaSha256 => sequence(&[&oid_der(oid::SHA256_WITH_RSA), &null()]),
            // RFC 5758 §3.2: those of an ECDSA identifier are absent.
            Self::EcdsaSha256 => sequence(&[&oid_der(oid::ECDSA_WITH_SHA256)]),
        }
    }
}

/// AlgorithmIdentifier of SHA-256 (RFC 5754 §2: parameters absent).
fn sha256_identifier() -> Vec<u8> {
    sequence(&[&oid_der(oid::SHA256)])
}

/// The signer's certificate as the structures need it.
#[derive(Clone, Debug)]
pub struct SignerCertificate {
    /// The whole certificate, DER.
    pub der: Vec<u8>,
    /// Its issuer name, DER.
    pub issuer: Vec<u8>,
    /// Its serial number: the complete INTEGER encoding.
    pub serial: Vec<u8>,
}

/// An attribute with one value, DER (RFC 5652 §5.3).
#[must_use]
pub fn attribute(kind: &[u8], value: &[u8]) -> Vec<u8> {
    sequence(&[&oid_der(kind), &constructed(tag::SET, &[value])])
}

/// The signed attributes of id-data as the SET that is signed (RFC 5652 §5.4): content-type,
/// message-digest, signing-time (unless `None`, as PAdES demands) and signing-certificate-v2.
#[must_use]
pub fn signed_attributes(
    content: &Digest,
    signer: &SignerCertificate,
    at: Option<Timestamp>,
) -> Vec<u8> {
    signed_attributes_of(oid::DATA, content, signer, at)
}

/// As [`signed_attributes`], of a content type by the octets of its identifier.
#[must_use]
pub fn signed_attributes_of(
    kind: &[u8],
    content: &Digest,
    signer: &SignerCertificate,
    at: Option<Timestamp>,
) -> Vec<u8> {
    signed_attributes_naming(kind, content, &signing_certificate(signer), at)
}

/// As [`signed_attributes_of`], with the attribute that names the signer made beforehand.
#[must_use]
pub fn signed_attributes_naming(
    kind: &[u8],
    content: &Digest,
    certificate: &[u8],
    at: Option<Timestamp>,
) -> Vec<u8> {
    let content_type = attribute(oid::CONTENT_TYPE, &oid_der(kind));
    let digest = attribute(oid::MESSAGE_DIGEST, &octet_string(&content.0));
    let mut parts: Vec<&[u8]> = vec![&content_type, &digest, certificate];
    let time = at.map(|at| attribute(oid::SIGNING_TIME, &time(at)));
    if let Some(time) = &time {
        parts.push(time);
    }
    set_of(&parts)
}

/// The attribute signing-certificate-v2 (RFC 5035 §3) with SHA-256, its default, so no algorithm is written.
#[must_use]
pub fn signing_certificate(signer: &SignerCertificate) -> Vec<u8> {
    let hash = octet_string(&Digest::of(&signer.der).0);
    let directory_name = element(tag::context(4), &signer.issuer);
    let general_names = sequence(&[&directory_name]);
    let issuer_serial = sequence(&[&general_names, &signer.serial]);
    let id = sequence(&[&hash, &issuer_serial]);
    attribute(oid::SIGNING_CERTIFICATE_V2, &sequence(&[&sequence(&[&id])]))
}

/// UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5652 §11.3).
fn time(at: Timestamp) -> Vec<u8> {
    let stamp = jiff::Timestamp::from_second(at.secs()).unwrap_or_default();
    let utc = jiff::tz::Offset::UTC.to_datetime(stamp);
    if (1950..2050).contains(&utc.year()) {
        element(
            tag::UTC_TIME,
            utc.strftime("%y%m%d%H%M%SZ").to_string().as_bytes(),
        )
    } else {
        element(
            tag::GENERALIZED_TIME,
            utc.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes(),
        )
    }
}

/// The parts of a SignedData to put together once the signature exists.
#[derive(Clone, Debug)]
pub struct Assembly<'a> {
    /// The content type, by the octets of its identifier.
    pub content_type: &'a [u8],
    /// The content, or `None` for a detached signature.
    pub content: Option<&'a [u8]>,
    /// The SET of [`signed_attributes`], over which the signature was made; `None` writes a signer
    /// without signed attributes (which never passes here).
    pub attributes: Option<&'a [u8]>,
    /// The signature value.
    pub signature: &'a [u8],
    /// Its algorithm.
    pub algorithm: SignatureAlgorithm,
    /// The signer.
    pub signer: &'a SignerCertificate,
    /// Further certificates, DER.
    pub chain: &'a [&'a [u8]],
    /// CRLs, DER.
    pub revocation: &'a [&'a [u8]],
    /// Unsigned attributes, complete encodings as [`attribute`] makes them.
    pub unsigned: &'a [&'a [u8]],
}

/// ContentInfo with the SignedData, DER.
#[must_use]
pub fn assemble(parts: &Assembly<'_>) -> Vec<u8> {
    let content_type = oid_der(parts.content_type);
    let content = match parts.content {
        Some(bytes) => sequence(&[
            &content_type,
            &constructed(tag::context(0), &[&octet_string(bytes)]),
        ]),
        None => sequence(&[&content_type]),
    };
    // RFC 5652 §5.1: version 3 for any other content than id-data.
    let version = if parts.content_type == oid::DATA {
        1
    } else {
        3
    };
    let mut certificates: Vec<&[u8]> = vec![&parts.signer.der];
    certificates.extend_from_slice(parts.chain);
    certificates.sort_unstable();
    let revocation = match parts.revocation {
        [] => Vec::new(),
        lists => constructed(tag::context(1), lists),
    };
    let signed_data = sequence(&[
        &small_integer(version),
        &constructed(tag::SET, &[&sha256_identifier()]),
        &content,
        &constructed(tag::context(0), &certificates),
        &revocation,
        &constructed(tag::SET, &[&signer_info(parts)]),
    ]);
    sequence(&[
        &oid_der(oid::SIGNED_DATA),
        &constructed(tag::context(0), &[&signed_data]),
    ])
}

fn signer_info(parts: &Assembly<'_>) -> Vec<u8> {
    let sid = sequence(&[&parts.signer.issuer, &parts.signer.serial]);
    // The SET is written under an implicit [0] (RFC 5652 §5.3): same length, other tag.
    let attributes = parts.attributes.map(|set| {
        let mut implicit = set.to_vec();
        if let Some(first) = implicit.first_mut() {
            *first = tag::context(0);
        }
        implicit
    });
    // Likewise unsigned attributes, under [1].
    let unsigned = if parts.unsigned.is_empty() {
        Vec::new()
    } else {
        let mut implicit = set_of(parts.unsigned);
        if let Some(first) = implicit.first_mut() {
            *first = tag::context(1);
        }
        implicit
    };
    sequence(&[
        &small_integer(1),
        &sid,
        &sha256_identifier(),
        attributes.as_deref().unwrap_or_default(),
        &parts.algorithm.identifier(),
        &octet_string(parts.signature),
        &unsigned,
    ])
}
