//! Signature values that ring verifies.

use super::key::{PublicKey, RsaKey};
use super::verifier::Verifier;
use super::{Curve, DigestAlgorithm, Message, PssScheme, Rejection, SignatureScheme};
use ring::signature::{self as ring_signature, RsaParameters, VerificationAlgorithm};

pub(super) struct RingVerifier;

impl Verifier for RingVerifier {
    fn verify(
        &self,
        scheme: SignatureScheme,
        key: &PublicKey<'_>,
        message: Message<'_>,
        signature: &[u8],
    ) -> Option<Result<(), Rejection>> {
        if message.knows(scheme.digest()) {
            return None;
        }
        let message = message.octets();
        let verified = match (scheme, key) {
            (SignatureScheme::RsaPkcs1(digest), PublicKey::Rsa(key)) => {
                rsa(pkcs1(digest, key.bits)?, key, message, signature)
            }
            (SignatureScheme::RsaPss(scheme), PublicKey::Rsa(key) | PublicKey::RsaPss(key, _)) => {
                rsa(pss(scheme, key.bits)?, key, message, signature)
            }
            (SignatureScheme::Ecdsa(digest), PublicKey::Ec(curve, point)) => {
                // ring reads uncompressed points only.
                let uncompressed = point.first() == Some(&4);
                let algorithm = ecdsa(*curve, digest).filter(|_| uncompressed)?;
                ring_signature::UnparsedPublicKey::new(algorithm, point).verify(message, signature)
            }
            (SignatureScheme::Ed25519, PublicKey::Ed25519(key)) => {
                ring_signature::UnparsedPublicKey::new(&ring_signature::ED25519, key)
                    .verify(message, signature)
            }
            _ => return None,
        };
        Some(verified.map_err(|_| Rejection::Invalid))
    }
}

fn rsa(
    parameters: &'static RsaParameters,
    key: &RsaKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), ring::error::Unspecified> {
    let components = ring_signature::RsaPublicKeyComponents {
        n: key.modulus,
        e: key.exponent,
    };
    components.verify(parameters, message, signature)
}

fn pkcs1(digest: DigestAlgorithm, bits: u32) -> Option<&'static RsaParameters> {
    use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
    Some(match (digest, bits) {
        (Sha256, 2048..) => &ring_signature::RSA_PKCS1_2048_8192_SHA256,
        (Sha384, 2048..) => &ring_signature::RSA_PKCS1_2048_8192_SHA384,
        (Sha512, 2048..) => &ring_signature::RSA_PKCS1_2048_8192_SHA512,
        (Sha1, 1024..) => &ring_signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (Sha256, 1024..) => &ring_signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        (Sha512, 1024..) => &ring_signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        _ => return None,
    })
}

/// ring knows one digest for message and mask, and a salt of its length.
fn pss(scheme: PssScheme, bits: u32) -> Option<&'static RsaParameters> {
    use DigestAlgorithm::{
        Md5, Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512,
    };
    let salt = usize::try_from(scheme.salt).ok()?;
    if bits < 2048 || scheme.mask != scheme.digest || salt != scheme.digest.output_len() {
        return None;
    }
    match scheme.digest {
        Sha256 => Some(&ring_signature::RSA_PSS_2048_8192_SHA256),
        Sha384 => Some(&ring_signature::RSA_PSS_2048_8192_SHA384),
        Sha512 => Some(&ring_signature::RSA_PSS_2048_8192_SHA512),
        Md5 | Sha1 | Sha224 | Sha3_224 | Sha3_256 | Sha3_384 | Sha3_512 => None,
    }
}

fn ecdsa(curve: Curve, digest: DigestAlgorithm) -> Option<&'static dyn VerificationAlgorithm> {
    use DigestAlgorithm::{Sha256, Sha384};
    Some(match (curve, digest) {
        (Curve::P256, Sha256) => &ring_signature::ECDSA_P256_SHA256_ASN1,
        (Curve::P256, Sha384) => &ring_signature::ECDSA_P256_SHA384_ASN1,
        (Curve::P384, Sha256) => &ring_signature::ECDSA_P384_SHA256_ASN1,
        (Curve::P384, Sha384) => &ring_signature::ECDSA_P384_SHA384_ASN1,
        _ => return None,
    })
}
