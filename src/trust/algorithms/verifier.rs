//! Two libraries behind one trait: ring for what it can verify, RustCrypto for the rest. ring hashes
//! for itself, so what was hashed already is RustCrypto's, too: its slower arithmetic is nothing beside
//! hashing a list of 24 megabytes again.

use super::key::PublicKey;
use super::ring_verifier::RingVerifier;
use super::rust_crypto::RustCryptoVerifier;
use super::{Message, Rejection, SignatureScheme};

/// A library that verifies signature values.
pub(super) trait Verifier {
    /// Whether `signature` is one over `message` under `key`; `None` if the library cannot tell.
    fn verify(
        &self,
        scheme: SignatureScheme,
        key: &PublicKey<'_>,
        message: Message<'_>,
        signature: &[u8],
    ) -> Option<Result<(), Rejection>>;
}

/// Asks ring first, which is audited and faster.
const VERIFIERS: [&dyn Verifier; 2] = [&RingVerifier, &RustCryptoVerifier];

/// Verifies a signature value; a key of another kind than the scheme's has made none.
pub(super) fn verify(
    scheme: SignatureScheme,
    key: &PublicKey<'_>,
    message: Message<'_>,
    signature: &[u8],
) -> Result<(), Rejection> {
    if !fits(scheme, key) {
        return Err(Rejection::Invalid);
    }
    let mut answers = VERIFIERS
        .iter()
        .filter_map(|library| library.verify(scheme, key, message, signature));
    let unknown = || {
        let name = format!("{} under {}", scheme.name(), key.facts().name());
        Err(Rejection::NotSupported(name))
    };
    answers.next().unwrap_or_else(unknown)
}

fn fits(scheme: SignatureScheme, key: &PublicKey<'_>) -> bool {
    use SignatureScheme::{Dsa, Ecdsa, Ed25519, PlainEcdsa, RsaPkcs1, RsaPss};
    match (scheme, key) {
        // RFC 4055 §1.2: a key for RSASSA-PSS signs in no other way, and only as it says itself.
        (RsaPss(pss), PublicKey::RsaPss(_, restriction)) => {
            restriction.is_none_or(|restriction| restriction.admits(&pss))
        }
        (RsaPkcs1(_) | RsaPss(_), PublicKey::Rsa(_))
        | (Ecdsa(_) | PlainEcdsa(_), PublicKey::Ec(..))
        | (Dsa(_), PublicKey::Dsa(_))
        | (Ed25519, PublicKey::Ed25519(_)) => true,
        (RsaPkcs1(_) | RsaPss(_) | Ecdsa(_) | PlainEcdsa(_) | Dsa(_) | Ed25519, _) => false,
    }
}
