//! Signature schemes by their AlgorithmIdentifiers.

use super::key::{KeyFacts, PublicKey, PublicKeyRef};
use super::{DigestAlgorithm, Message, PssScheme, Rejection, verifier};
use crate::format::asn1::oid;
use crate::format::cms::read::Algorithm;

/// A kind of signature, its digest aside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SignatureFamily {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1,
    /// RSASSA-PSS (RFC 8017 §8.1).
    RsaPss,
    /// ECDSA, the value a SEQUENCE of two INTEGERs (RFC 3279 §2.2.3).
    Ecdsa,
    /// ECDSA, the value the two numbers side by side (BSI TR-03111 §5.2.1).
    PlainEcdsa,
    /// DSA (FIPS 186-4).
    Dsa,
    /// Ed25519 (RFC 8032).
    Ed25519,
}

impl SignatureFamily {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::RsaPkcs1,
        Self::RsaPss,
        Self::Ecdsa,
        Self::PlainEcdsa,
        Self::Dsa,
        Self::Ed25519,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RsaPkcs1 => "RSA",
            Self::RsaPss => "RSA-PSS",
            Self::Ecdsa => "ECDSA",
            Self::PlainEcdsa => "plain-ECDSA",
            Self::Dsa => "DSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The family of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }
}

/// A signature scheme that can be verified. Whether it is accepted, the policy says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 over this digest.
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS with this hashing.
    RsaPss(PssScheme),
    /// ECDSA over this digest.
    Ecdsa(DigestAlgorithm),
    /// Plain ECDSA over this digest.
    PlainEcdsa(DigestAlgorithm),
    /// DSA over this digest.
    Dsa(DigestAlgorithm),
    /// Ed25519, which hashes by itself.
    Ed25519,
}

impl SignatureScheme {
    /// The scheme that an AlgorithmIdentifier names. `digest` is the one named beside it, where
    /// the identifier alone does not name one (rsaEncryption and id-dsa in CMS, RFC 3370 §3.1 and
    /// §3.2).
    ///
    /// # Errors
    /// [`Rejection::NotSupported`] if it is not implemented.
    pub fn new(
        algorithm: &Algorithm<'_>,
        digest: Option<DigestAlgorithm>,
    ) -> Result<Self, Rejection> {
        if algorithm.oid == oid::RSASSA_PSS {
            // RFC 4055 §3.1: a signature's parameters are always present.
            let parameters = algorithm.parameters.as_ref();
            let absent = || Rejection::NotSupported("RSA-PSS without parameters".into());
            return PssScheme::read(parameters.ok_or_else(absent)?).map(Self::RsaPss);
        }
        // RFC 4055 §5 wants NULL, RFC 5758 §3 nothing; signers write either for both.
        if algorithm.parameters.is_some_and(|p| p.full != [0x05, 0x00]) {
            let name = format!("{} with parameters", oid::dotted(algorithm.oid));
            return Err(Rejection::NotSupported(name));
        }
        match (algorithm.oid, digest) {
            (oid::RSA_ENCRYPTION, Some(digest)) => Ok(Self::RsaPkcs1(digest)),
            (oid::RSA_ENCRYPTION, None) => Err(Rejection::NotSupported("rsaEncryption".into())),
            // Signers that name the key's algorithm for the signature's say the digest beside it.
            (oid::DSA, Some(digest)) => Ok(Self::Dsa(digest)),
            (oid::EC_PUBLIC_KEY | oid::EC_SIGNATURE, Some(digest)) => Ok(Self::Ecdsa(digest)),
            (oid::ED25519, _) => Ok(Self::Ed25519),
            (oid::ED448, _) => Err(Rejection::NotSupported("Ed448".into())),
            (other, _) => from_table(other),
        }
    }

    /// What kind it is.
    #[must_use]
    pub fn family(self) -> SignatureFamily {
        match self {
            Self::RsaPkcs1(_) => SignatureFamily::RsaPkcs1,
            Self::RsaPss(_) => SignatureFamily::RsaPss,
            Self::Ecdsa(_) => SignatureFamily::Ecdsa,
            Self::PlainEcdsa(_) => SignatureFamily::PlainEcdsa,
            Self::Dsa(_) => SignatureFamily::Dsa,
            Self::Ed25519 => SignatureFamily::Ed25519,
        }
    }

    /// The digest under the signature. For Ed25519 the one inside it, which is also the one that
    /// CMS demands beside it (RFC 8419 §3.1).
    #[must_use]
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            Self::RsaPss(pss) => pss.digest,
            Self::RsaPkcs1(digest)
            | Self::Ecdsa(digest)
            | Self::PlainEcdsa(digest)
            | Self::Dsa(digest) => digest,
            Self::Ed25519 => DigestAlgorithm::Sha512,
        }
    }

    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Ed25519 => self.family().name().to_owned(),
            Self::RsaPkcs1(_)
            | Self::RsaPss(_)
            | Self::Ecdsa(_)
            | Self::PlainEcdsa(_)
            | Self::Dsa(_) => format!("{} {}", self.family().name(), self.digest().name()),
        }
    }

    /// Verifies `signature` over `message` under a public key. The value alone is judged: the
    /// policy is to be asked as well.
    ///
    /// # Errors
    /// [`Rejection`].
    pub fn verify<'a>(
        self,
        key: PublicKeyRef<'_>,
        message: impl Into<Message<'a>>,
        signature: &[u8],
    ) -> Result<(), Rejection> {
        self.verify_with_facts(key, message, signature).map(drop)
    }

    /// As [`SignatureScheme::verify`], with what the policy asks about the key.
    ///
    /// # Errors
    /// [`Rejection`].
    pub fn verify_with_facts<'a>(
        self,
        key: PublicKeyRef<'_>,
        message: impl Into<Message<'a>>,
        signature: &[u8],
    ) -> Result<KeyFacts, Rejection> {
        let key = PublicKey::parse(key)?;
        verifier::verify(self, &key, message.into(), signature)?;
        Ok(key.facts())
    }
}

/// The identifiers that name the digest themselves.
fn from_table(kind: &[u8]) -> Result<SignatureScheme, Rejection> {
    use DigestAlgorithm::{
        Md5, Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512,
    };
    use SignatureScheme::{Dsa, Ecdsa, PlainEcdsa, RsaPkcs1};
    Ok(match kind {
        oid::MD5_WITH_RSA => RsaPkcs1(Md5),
        oid::SHA1_WITH_RSA | oid::SHA1_WITH_RSA_OIW => RsaPkcs1(Sha1),
        oid::SHA224_WITH_RSA => RsaPkcs1(Sha224),
        oid::SHA256_WITH_RSA => RsaPkcs1(Sha256),
        oid::SHA384_WITH_RSA => RsaPkcs1(Sha384),
        oid::SHA512_WITH_RSA => RsaPkcs1(Sha512),
        oid::SHA3_224_WITH_RSA => RsaPkcs1(Sha3_224),
        oid::SHA3_256_WITH_RSA => RsaPkcs1(Sha3_256),
        oid::SHA3_384_WITH_RSA => RsaPkcs1(Sha3_384),
        oid::SHA3_512_WITH_RSA => RsaPkcs1(Sha3_512),
        oid::ECDSA_WITH_SHA1 => Ecdsa(Sha1),
        oid::ECDSA_WITH_SHA224 => Ecdsa(Sha224),
        oid::ECDSA_WITH_SHA256 => Ecdsa(Sha256),
        oid::ECDSA_WITH_SHA384 => Ecdsa(Sha384),
        oid::ECDSA_WITH_SHA512 => Ecdsa(Sha512),
        oid::ECDSA_WITH_SHA3_224 => Ecdsa(Sha3_224),
        oid::ECDSA_WITH_SHA3_256 => Ecdsa(Sha3_256),
        oid::ECDSA_WITH_SHA3_384 => Ecdsa(Sha3_384),
        oid::ECDSA_WITH_SHA3_512 => Ecdsa(Sha3_512),
        oid::PLAIN_ECDSA_SHA1 => PlainEcdsa(Sha1),
        oid::PLAIN_ECDSA_SHA224 => PlainEcdsa(Sha224),
        oid::PLAIN_ECDSA_SHA256 => PlainEcdsa(Sha256),
        oid::PLAIN_ECDSA_SHA384 => PlainEcdsa(Sha384),
        oid::PLAIN_ECDSA_SHA512 => PlainEcdsa(Sha512),
        oid::DSA_WITH_SHA1 => Dsa(Sha1),
        oid::DSA_WITH_SHA224 => Dsa(Sha224),
        oid::DSA_WITH_SHA256 => Dsa(Sha256),
        oid::DSA_WITH_SHA384 => Dsa(Sha384),
        oid::DSA_WITH_SHA512 => Dsa(Sha512),
        other => return Err(Rejection::NotSupported(oid::dotted(other))),
    })
}
