//! Private keys and how they sign: RSA by the `rsa` crate (ring makes none, and signs neither with
//! SHA-1 or MD5 nor with a short key), elliptic curves by ring.

use super::{ForgeError, Scheme};
use crate::format::asn1::write::{null, octet_string, oid as oid_der, sequence};
use crate::format::cms::write::SignatureAlgorithm;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    RsaKeyPair,
};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use rsa::rand_core::{TryCryptoRng, TryRng};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What kind of key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum KeyKind {
    /// RSA with 1024 bits, for what must be refused.
    Rsa1024,
    /// RSA with 2048 bits; making one takes a few hundred milliseconds.
    Rsa2048,
    /// RSA with 4096 bits; making one takes seconds.
    Rsa4096,
    /// ECDSA over P-256; making one takes microseconds.
    P256,
    /// ECDSA over P-384.
    P384,
    /// Ed25519.
    Ed25519,
}

impl KeyKind {
    fn rsa_bits(self) -> Option<usize> {
        match self {
            Self::Rsa1024 => Some(1024),
            Self::Rsa2048 => Some(2048),
            Self::Rsa4096 => Some(4096),
            Self::P256 | Self::P384 | Self::Ed25519 => None,
        }
    }
}

enum Signing {
    Rsa(RsaKeyPair),
    /// A key that ring does not take.
    ShortRsa,
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

struct Inner {
    kind: KeyKind,
    pkcs8: Vec<u8>,
    spki: Vec<u8>,
    /// `None` for a key that rcgen does not take.
    pair: Option<rcgen::KeyPair>,
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

/// ring's source of chance, as the `rsa` crate asks for it.
struct Chance(SystemRandom);

impl TryRng for Chance {
    type Error = ForgeError;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(bytes).map_err(failed)
    }
}

impl TryCryptoRng for Chance {}

/// Keys made once and used by every test of the process.
static SHARED: Mutex<BTreeMap<(KeyKind, u16), Key>> = Mutex::new(BTreeMap::new());

impl Key {
    /// Makes a key.
    ///
    /// # Errors
    /// [`ForgeError::Key`] if the machine has no chance to give.
    pub fn generate(kind: KeyKind) -> Result<Self, ForgeError> {
        let random = SystemRandom::new();
        let pkcs8 = match (kind.rsa_bits(), kind) {
            (Some(bits), _) => {
                let key = rsa::PrivateKey::new(&mut Chance(SystemRandom::new()), bits);
                let key = key.map_err(failed)?;
                key.to_pkcs8_der().map_err(failed)?.as_bytes().to_vec()
            }
            (None, KeyKind::P384) => {
                let scheme = &ECDSA_P384_SHA384_ASN1_SIGNING;
                let made = EcdsaKeyPair::generate_pkcs8(scheme, &random);
                made.map_err(failed)?.as_ref().to_vec()
            }
            (None, KeyKind::Ed25519) => {
                let made = Ed25519KeyPair::generate_pkcs8(&random);
                made.map_err(failed)?.as_ref().to_vec()
            }
            (None, _) => {
                let scheme = &ECDSA_P256_SHA256_ASN1_SIGNING;
                let made = EcdsaKeyPair::generate_pkcs8(scheme, &random);
                made.map_err(failed)?.as_ref().to_vec()
            }
        };
        Self::from_pkcs8(kind, pkcs8)
    }

    /// The `number`-th key of a kind that this process shares: made once, however often it is asked
    /// for. Two authorities that must differ in their keys ask for different numbers.
    ///
    /// # Errors
    /// As [`Key::generate`].
    pub fn shared(kind: KeyKind, number: u16) -> Result<Self, ForgeError> {
        let mut keys = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.get(&(kind, number)) {
            return Ok(key.clone());
        }
        let key = Self::generate(kind)?;
        keys.insert((kind, number), key.clone());
        Ok(key)
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

    fn from_pkcs8(kind: KeyKind, pkcs8: Vec<u8>) -> Result<Self, ForgeError> {
        let random = SystemRandom::new();
        let ecdsa = |scheme| EcdsaKeyPair::from_pkcs8(scheme, &pkcs8, &random).map_err(failed);
        let (signing, algorithm) = match kind {
            KeyKind::Rsa1024 => (Signing::ShortRsa, None),
            KeyKind::Rsa2048 | KeyKind::Rsa4096 => {
                let key = RsaKeyPair::from_pkcs8(&pkcs8).map_err(failed)?;
                (Signing::Rsa(key), Some(&rcgen::PKCS_RSA_SHA256))
            }
            KeyKind::P256 => {
                let key = ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING)?;
                (Signing::Ecdsa(key), Some(&rcgen::PKCS_ECDSA_P256_SHA256))
            }
            KeyKind::P384 => {
                let key = ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING)?;
                (Signing::Ecdsa(key), Some(&rcgen::PKCS_ECDSA_P384_SHA384))
            }
            KeyKind::Ed25519 => {
                let key = Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(failed)?;
                (Signing::Ed25519(key), Some(&rcgen::PKCS_ED25519))
            }
        };
        let pair = algorithm.map(|algorithm| {
            let der = rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8.as_slice());
            rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der, algorithm)
        });
        let pair = pair.transpose()?;
        let spki = match &pair {
            Some(pair) => rcgen::PublicKeyData::subject_public_key_info(pair),
            None => {
                let key = rsa::PrivateKey::from_pkcs8_der(&pkcs8).map_err(failed)?;
                let spki = key.to_public_key().to_public_key_der().map_err(failed)?;
                spki.as_bytes().to_vec()
            }
        };
        Ok(Self(Arc::new(Inner {
            kind,
            pkcs8,
            spki,
            pair,
            signing,
        })))
    }

    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.0.kind
    }

    /// The SubjectPublicKeyInfo, DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.0.spki
    }

    /// The key as `rcgen` takes it.
    ///
    /// # Errors
    /// [`ForgeError::Key`] for a key that it does not take.
    pub fn pair(&self) -> Result<&rcgen::KeyPair, ForgeError> {
        let pair = self.0.pair.as_ref();
        pair.ok_or_else(|| failed("too short for rcgen"))
    }

    /// PKCS#8 PEM of the private key.
    #[must_use]
    pub fn pem(&self) -> String {
        super::pki::pem("PRIVATE KEY", &self.0.pkcs8)
    }

    /// How it signs CMS: with SHA-256.
    ///
    /// # Errors
    /// [`ForgeError::Key`] for a key with which CMS is not written here.
    pub fn algorithm(&self) -> Result<SignatureAlgorithm, ForgeError> {
        match self.0.kind {
            KeyKind::Rsa1024 | KeyKind::Rsa2048 | KeyKind::Rsa4096 => {
                Ok(SignatureAlgorithm::RsaSha256)
            }
            KeyKind::P256 => Ok(SignatureAlgorithm::EcdsaSha256),
            KeyKind::P384 | KeyKind::Ed25519 => {
                Err(failed(format!("no CMS is written with {self:?}")))
            }
        }
    }

    /// How it signs unless told otherwise.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        match self.0.kind {
            KeyKind::Rsa1024 | KeyKind::Rsa2048 | KeyKind::Rsa4096 => Scheme::RsaSha256,
            KeyKind::P256 => Scheme::EcdsaSha256,
            KeyKind::P384 => Scheme::EcdsaSha384,
            KeyKind::Ed25519 => Scheme::Ed25519,
        }
    }

    /// Signs `message` by [`Key::scheme`].
    ///
    /// # Errors
    /// [`ForgeError::Key`] if ring refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, ForgeError> {
        self.sign_with(self.scheme(), message)
    }

    /// Signs `message`.
    ///
    /// # Errors
    /// [`ForgeError::Key`] if the key does not fit the scheme.
    pub fn sign_with(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, ForgeError> {
        let random = SystemRandom::new();
        match (&self.0.signing, scheme.rsa()) {
            (Signing::Rsa(key), Some(encoding)) => {
                let mut out = vec![0; key.public().modulus_len()];
                key.sign(encoding, &random, message, &mut out)
                    .map_err(failed)?;
                Ok(out)
            }
            (Signing::Rsa(_) | Signing::ShortRsa, _) => self.sign_pkcs1(scheme, message),
            (Signing::Ecdsa(key), _) if scheme == self.scheme() => {
                let value = key.sign(&random, message).map_err(failed)?;
                Ok(value.as_ref().to_vec())
            }
            (Signing::Ed25519(key), _) if scheme == Scheme::Ed25519 => {
                Ok(key.sign(message).as_ref().to_vec())
            }
            (Signing::Ecdsa(_) | Signing::Ed25519(_), _) => {
                Err(failed(format!("{self:?} does not sign by {scheme:?}")))
            }
        }
    }

    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.1) where ring refuses the key or the digest.
    fn sign_pkcs1(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, ForgeError> {
        let unfit = || failed(format!("{self:?} does not sign by {scheme:?}"));
        let algorithm = scheme.digest().ok_or_else(unfit)?;
        let info = sequence(&[
            &sequence(&[&oid_der(algorithm.oid()), &null()]),
            &octet_string(algorithm.of(message).as_ref()),
        ]);
        let key = rsa::PrivateKey::from_pkcs8_der(&self.0.pkcs8).map_err(failed)?;
        // DigestInfo is handed over whole.
        key.sign(rsa::Pkcs1v15Sign::new_unprefixed(), &info)
            .map_err(failed)
    }
}
