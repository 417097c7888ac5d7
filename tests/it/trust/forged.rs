//! SignedData put together piece by piece, as only an attacker or a bad signer would.

use super::world::*;
use lienthong::forge::Identity;
use lienthong::format::asn1::oid;
use lienthong::format::asn1::write::{
    constructed, element, octet_string, oid as oid_der, sequence, small_integer, tag,
};
use lienthong::model::Digest;

pub(crate) fn attribute(kind: &[u8], values: &[&[u8]]) -> Vec<u8> {
    sequence(&[&oid_der(kind), &constructed(tag::SET, values)])
}

pub(crate) fn content_type() -> Vec<u8> {
    attribute(oid::CONTENT_TYPE, &[&oid_der(oid::DATA)])
}

pub(crate) fn message_digest(content: &[u8]) -> Vec<u8> {
    attribute(
        oid::MESSAGE_DIGEST,
        &[&octet_string(&Digest::of(content).0)],
    )
}

/// A signer over these attributes, in this order; signed as encoded or sorted.
pub(crate) fn signer_info(by: &Identity, attributes: &[Vec<u8>], sort: bool) -> Vec<u8> {
    let parts: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
    let mut signed = parts.clone();
    if sort {
        signed.sort_unstable();
    }
    let message = constructed(tag::SET, &signed);
    let value = by.key.sign(&message).expect("signed");
    let id = sequence(&[&by.certificate.issuer, &by.certificate.serial]);
    sequence(&[
        &small_integer(1),
        &id,
        &sequence(&[&oid_der(oid::SHA256)]),
        &constructed(tag::context(0), &parts),
        &sequence(&[&oid_der(oid::ECDSA_WITH_SHA256)]),
        &octet_string(&value),
    ])
}

/// Detached SignedData with these signers and certificates.
pub(crate) fn signed_data(signers: &[Vec<u8>], certificates: &[&[u8]]) -> Vec<u8> {
    let signers: Vec<&[u8]> = signers.iter().map(Vec::as_slice).collect();
    let data = sequence(&[
        &small_integer(1),
        &constructed(tag::SET, &[&sequence(&[&oid_der(oid::SHA256)])]),
        &sequence(&[&oid_der(oid::DATA)]),
        &constructed(tag::context(0), certificates),
        &constructed(tag::SET, &signers),
    ]);
    sequence(&[
        &oid_der(oid::SIGNED_DATA),
        &constructed(tag::context(0), &[&data]),
    ])
}

/// The same with an indefinite length at every level of the outer structure.
pub(crate) fn indefinite(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![tag, 0x80];
    out.extend_from_slice(&parts.concat());
    out.extend_from_slice(&[0, 0]);
    out
}

pub(crate) fn time_attribute(tag: u8, text: &str) -> Vec<u8> {
    attribute(oid::SIGNING_TIME, &[&element(tag, text.as_bytes())])
}

pub(crate) fn certificates(world: &World) -> Vec<Vec<u8>> {
    let mut all = vec![
        world.signer.certificate.der.clone(),
        world.other.certificate.der.clone(),
    ];
    all.extend(world.signer.chain.iter().cloned());
    all
}
