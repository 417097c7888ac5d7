//! Signature values that ring does not verify: other digests, small RSA keys, other salts of PSS,
//! other curves, plain ECDSA, DSA.

mod dsa;
mod ecdsa;
mod rsa;

use super::key::PublicKey;
use super::verifier::Verifier;
use super::{Message, Rejection, SignatureScheme};
use crate::format::asn1::read::Reader;
use crate::format::asn1::values::significant;
use crate::format::asn1::write::{element, sequence, tag};

pub(super) struct RustCryptoVerifier;

impl Verifier for RustCryptoVerifier {
    fn verify(
        &self,
        scheme: SignatureScheme,
        key: &PublicKey<'_>,
        message: Message<'_>,
        signature: &[u8],
    ) -> Option<Result<(), Rejection>> {
        let verified = match (scheme, key) {
            (SignatureScheme::RsaPkcs1(digest), PublicKey::Rsa(key)) => {
                rsa::verify_pkcs1(digest, key, message, signature)
            }
            (SignatureScheme::RsaPss(scheme), PublicKey::Rsa(key) | PublicKey::RsaPss(key, _)) => {
                rsa::verify_pss(scheme, key, message, signature)
            }
            (SignatureScheme::Ecdsa(digest), PublicKey::Ec(curve, point)) => {
                let numbers = two_numbers(signature).and_then(|(r, s)| {
                    let length = curve.bytes();
                    Some([padded(r, length)?, padded(s, length)?].concat())
                });
                match numbers {
                    Some(numbers) => ecdsa::verify(*curve, point, digest, message, &numbers)?,
                    None => false,
                }
            }
            (SignatureScheme::PlainEcdsa(digest), PublicKey::Ec(curve, point)) => {
                ecdsa::verify(*curve, point, digest, message, signature)?
            }
            (SignatureScheme::Dsa(digest), PublicKey::Dsa(key)) => {
                two_numbers(signature).is_some_and(|(r, s)| dsa::verify(digest, key, message, r, s))
            }
            _ => return None,
        };
        Some(verified.then_some(()).ok_or(Rejection::Invalid))
    }
}

/// Ecdsa-Sig-Value and Dss-Sig-Value (RFC 3279 §2.2.2 and §2.2.3), in DER and no other way, so that
/// one signature has one encoding.
fn two_numbers(signature: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = Reader::new(signature).expect(0x30).ok()?.reader();
    let (r, s) = (fields.expect(0x02).ok()?, fields.expect(0x02).ok()?);
    let positive = |bytes: &[u8]| bytes.first().is_some_and(|first| first & 0x80 == 0);
    let (first, second) = (significant(r.content), significant(s.content));
    let written = sequence(&[&minimal(first), &minimal(second)]);
    (positive(r.content) && positive(s.content) && written == signature).then_some((first, second))
}

fn minimal(number: &[u8]) -> Vec<u8> {
    match number.first() {
        Some(first) if first & 0x80 != 0 => element(tag::INTEGER, &[&[0][..], number].concat()),
        Some(_) | None => element(tag::INTEGER, number),
    }
}

/// `number` as so many octets; `None` if it is longer.
fn padded(number: &[u8], length: usize) -> Option<Vec<u8>> {
    let zeros = length.checked_sub(number.len())?;
    let mut out = vec![0; zeros];
    out.extend_from_slice(number);
    Some(out)
}
