//! Writes OCSPRequest (RFC 6960 §4.1) in the lightweight profile (RFC 5019 §2.1): one certificate,
//! identified by SHA-1, no signature.

use super::key_bits;
use crate::format::asn1::oid;
use crate::format::asn1::write::{
    constructed, element, null, octet_string, oid as oid_der, sequence, tag,
};
use crate::trust::algorithms::sha1_of;
use crate::trust::certificate::Certificate;

/// id-pkix-ocsp-nonce (§4.4.1).
const NONCE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 2];

/// The request about the certificate with this serial number under `issuer`. A nonce has 32 octets
/// (RFC 9654 §2.1); without one, the answer may come from a cache.
#[must_use]
pub fn request(issuer: &Certificate, serial: &[u8], nonce: Option<&[u8]>) -> Vec<u8> {
    let name_hash = sha1_of(issuer.subject());
    let key_hash = sha1_of(key_bits(issuer).unwrap_or_default());
    // RFC 5019 §2.1.1: "Clients MUST use SHA1 as the hashing algorithm".
    let id = sequence(&[
        &sequence(&[&oid_der(oid::SHA1), &null()]),
        &octet_string(name_hash.as_ref()),
        &octet_string(key_hash.as_ref()),
        &element(tag::INTEGER, serial),
    ]);
    let list = sequence(&[&sequence(&[&id])]);
    let extensions = nonce.map(|nonce| {
        let value = octet_string(&octet_string(nonce));
        let extension = sequence(&[&oid_der(NONCE), &value]);
        constructed(tag::context(2), &[&sequence(&[&extension])])
    });
    let tbs = sequence(&[&list, extensions.as_deref().unwrap_or_default()]);
    sequence(&[&tbs])
}
