//! Private keys: RSA-2048 made by the `rsa` crate (ring makes none), P-256 by ring; both sign with
//! ring.

use super::ForgeError;
use crate::format::cms::write::SignatureAlgorithm;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::pkcs8::EncodePrivateKey;
use std::fmt;
use std::sync::Arc;

/// What kind of key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyKind {
    /// RSA with 2048 bits; making one takes a few hundred milliseconds.
    Rsa2048,
    /// ECDSA over P-256; making one takes microseconds.
    P256,
}

enum Signing {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

struct Inner {
    kind: KeyKind,
    pair: rcgen::KeyPair,
    signing: Signing,
}

/// A private key; cheap to clone.
#[derive(Clone)]
pub struct Key(Arc<Inner>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.0.kind)
    }
}

fn failed(e: impl fmt::Display) -> ForgeError {
    ForgeError::Key(e.to_string())
}

impl Key {
    /// Makes a key.
    ///
    /// # Errors
    /// [`ForgeError::Key`] if the machine has no chance to give.
    pub fn generate(kind: KeyKind) -> Result<Self, ForgeError> {
        let pkcs8 = match kind {
            KeyKind::Rsa2048 => {
                let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048);
                let key = key.map_err(failed)?;
                key.to_pkcs8_der().map_err(failed)?.as_bytes().to_vec()
            }
            KeyKind::P256 => {
                let random = SystemRandom::new();
                let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random);
                made.map_err(failed)?.as_ref().to_vec()
            }
        };
        Self::from_pkcs8(kind, &pkcs8)
    }

    /// Makes `count` keys on as many threads as the machine has cores.
    ///
    /// # Errors
    /// As [`Key::generate`].
    pub fn generate_many(kind: KeyKind, count: usize) -> Result<Vec<Self>, ForgeError> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = count.div_ceil(cores);
        std::thread::scope(|scope| {
            let starts = (0..count).step_by(share.max(1));
            let workers: Vec<_> = starts
                .map(|start| {
                    let share = share.min(count.saturating_sub(start));
                    scope.spawn(move || (0..share).map(|_| Self::generate(kind)).collect())
                })
                .collect();
            let mut keys = Vec::with_capacity(count);
            for worker in workers {
                let made: Result<Vec<Self>, ForgeError> = worker
                    .join()
                    .unwrap_or_else(|_| Err(failed("a thread panicked")));
                keys.extend(made?);
            }
            Ok(keys)
        })
    }

    fn from_pkcs8(kind: KeyKind, pkcs8: &[u8]) -> Result<Self, ForgeError> {
        let random = SystemRandom::new();
        let (signing, algorithm) = match kind {
            KeyKind::Rsa2048 => {
                let key = RsaKeyPair::from_pkcs8(pkcs8).map_err(failed)?;
                (Signing::Rsa(key), &rcgen::PKCS_RSA_SHA256)
            }
            KeyKind::P256 => {
                let scheme = &ECDSA_P256_SHA256_ASN1_SIGNING;
                let key = EcdsaKeyPair::from_pkcs8(scheme, pkcs8, &random).map_err(failed)?;
                (Signing::P256(key), &rcgen::PKCS_ECDSA_P256_SHA256)
            }
        };
        let der = rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8);
        let pair = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der, algorithm)?;
        Ok(Self(Arc::new(Inner {
            kind,
            pair,
            signing,
        })))
    }

    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.0.kind
    }

    /// The key as `rcgen` takes it.
    #[must_use]
    pub fn pair(&self) -> &rcgen::KeyPair {
        &self.0.pair
    }

    /// PKCS#8 PEM of the private key.
    #[must_use]
    pub fn pem(&self) -> String {
        self.0.pair.serialize_pem()
    }

    /// How it signs.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        match self.0.kind {
            KeyKind::Rsa2048 => SignatureAlgorithm::RsaSha256,
            KeyKind::P256 => SignatureAlgorithm::EcdsaSha256,
        }
    }

    /// Signs the SHA-256 of `message`.
    ///
    /// # Errors
    /// [`ForgeError::Key`] if ring refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, ForgeError> {
        let random = SystemRandom::new();
        match &self.0.signing {
            Signing::Rsa(key) => {
                let mut out = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut out)
                    .map_err(failed)?;
                Ok(out)
            }
            Signing::P256(key) => Ok(key
                .sign(&random, message)
                .map_err(failed)?
                .as_ref()
                .to_vec()),
        }
    }
}
