//! Digest algorithms, each computed by the one library that has it.

use super::Rejection;
use crate::format::asn1::oid;
use crate::model::Digest;
use ring::digest as ring_digest;
use sha2::Digest as _;
use std::fmt;

/// A digest algorithm that can be computed. Whether it is accepted, the policy says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DigestAlgorithm {
    /// MD5 (RFC 1321).
    Md5,
    /// SHA-1 (FIPS 180-4).
    Sha1,
    /// SHA-224 (FIPS 180-4).
    Sha224,
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384 (FIPS 180-4).
    Sha384,
    /// SHA-512 (FIPS 180-4).
    Sha512,
    /// SHA3-224 (FIPS 202).
    Sha3_224,
    /// SHA3-256 (FIPS 202).
    Sha3_256,
    /// SHA3-384 (FIPS 202).
    Sha3_384,
    /// SHA3-512 (FIPS 202).
    Sha3_512,
}

use DigestAlgorithm::{
    Md5, Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512,
};

impl DigestAlgorithm {
    /// Every one.
    pub const ALL: [Self; 10] = [
        Md5, Sha1, Sha224, Sha256, Sha384, Sha512, Sha3_224, Sha3_256, Sha3_384, Sha3_512,
    ];

    /// The algorithm under an object identifier.
    ///
    /// # Errors
    /// [`Rejection::NotSupported`] if it is not implemented.
    pub fn from_oid(kind: &[u8]) -> Result<Self, Rejection> {
        let mut all = Self::ALL.into_iter();
        all.find(|algorithm| algorithm.oid() == kind)
            .ok_or_else(|| Rejection::NotSupported(oid::dotted(kind)))
    }

    /// The algorithm of that name, as [`DigestAlgorithm::name`] gives it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.name() == name)
    }

    /// Its object identifier's content octets.
    #[must_use]
    pub fn oid(self) -> &'static [u8] {
        match self {
            Md5 => oid::MD5,
            Sha1 => oid::SHA1,
            Sha224 => oid::SHA224,
            Sha256 => oid::SHA256,
            Sha384 => oid::SHA384,
            Sha512 => oid::SHA512,
            Sha3_224 => oid::SHA3_224,
            Sha3_256 => oid::SHA3_256,
            Sha3_384 => oid::SHA3_384,
            Sha3_512 => oid::SHA3_512,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Md5 => "MD5",
            Sha1 => "SHA-1",
            Sha224 => "SHA-224",
            Sha256 => "SHA-256",
            Sha384 => "SHA-384",
            Sha512 => "SHA-512",
            Sha3_224 => "SHA3-224",
            Sha3_256 => "SHA3-256",
            Sha3_384 => "SHA3-384",
            Sha3_512 => "SHA3-512",
        }
    }

    /// The length of its value in bytes.
    #[must_use]
    pub fn output_len(self) -> usize {
        match self {
            Md5 => 16,
            Sha1 => 20,
            Sha224 | Sha3_224 => 28,
            Sha256 | Sha3_256 => 32,
            Sha384 | Sha3_384 => 48,
            Sha512 | Sha3_512 => 64,
        }
    }

    /// An empty context.
    #[must_use]
    pub fn context(self) -> DigestContext {
        let ring = |algorithm| State::Ring(ring_digest::Context::new(algorithm));
        DigestContext(match self {
            Sha256 => ring(&ring_digest::SHA256),
            Sha384 => ring(&ring_digest::SHA384),
            Sha512 => ring(&ring_digest::SHA512),
            Md5 => State::Md5(md5::Md5::new()),
            // The sha1 crate uses the processor's instructions; ring's SHA-1 is three times slower.
            Sha1 => State::Sha1(sha1::Sha1::new()),
            Sha224 => State::Sha224(sha2::Sha224::new()),
            Sha3_224 => State::Sha3_224(sha3::Sha3_224::new()),
            Sha3_256 => State::Sha3_256(sha3::Sha3_256::new()),
            Sha3_384 => State::Sha3_384(sha3::Sha3_384::new()),
            Sha3_512 => State::Sha3_512(sha3::Sha3_512::new()),
        })
    }

    /// The digest of some bytes.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> DigestValue {
        let mut context = self.context();
        context.update(bytes);
        context.finish()
    }
}

#[derive(Clone)]
enum State {
    Ring(ring_digest::Context),
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha224(sha2::Sha224),
    Sha3_224(sha3::Sha3_224),
    Sha3_256(sha3::Sha3_256),
    Sha3_384(sha3::Sha3_384),
    Sha3_512(sha3::Sha3_512),
}

/// A digest while its bytes arrive. Cloning it hashes a common prefix once.
#[derive(Clone)]
pub struct DigestContext(State);

impl DigestContext {
    /// Appends `bytes` to what is hashed.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Ring(context) => context.update(bytes),
            State::Md5(context) => context.update(bytes),
            State::Sha1(context) => context.update(bytes),
            State::Sha224(context) => context.update(bytes),
            State::Sha3_224(context) => context.update(bytes),
            State::Sha3_256(context) => context.update(bytes),
            State::Sha3_384(context) => context.update(bytes),
            State::Sha3_512(context) => context.update(bytes),
        }
    }

    /// The digest of all that was appended.
    #[must_use]
    pub fn finish(self) -> DigestValue {
        DigestValue(match self.0 {
            State::Ring(context) => context.finish().as_ref().to_vec(),
            State::Md5(context) => context.finalize().to_vec(),
            State::Sha1(context) => context.finalize().to_vec(),
            State::Sha224(context) => context.finalize().to_vec(),
            State::Sha3_224(context) => context.finalize().to_vec(),
            State::Sha3_256(context) => context.finalize().to_vec(),
            State::Sha3_384(context) => context.finalize().to_vec(),
            State::Sha3_512(context) => context.finalize().to_vec(),
        })
    }
}

impl fmt::Debug for DigestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestContext")
    }
}

/// The value of a digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DigestValue(Vec<u8>);

impl From<Digest> for DigestValue {
    fn from(sha256: Digest) -> Self {
        Self(sha256.0.to_vec())
    }
}

impl AsRef<[u8]> for DigestValue {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
