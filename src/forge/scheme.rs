//! Signature algorithms and how they are named.

use super::der;
use crate::trust::algorithms::DigestAlgorithm;
use ring::signature::{
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding,
};

/// How a signature is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    /// PKCS #1 v1.5 with MD5, for what must be refused.
    RsaMd5,
    /// PKCS #1 v1.5 with SHA-1, for what must be refused.
    RsaSha1,
    /// PKCS #1 v1.5 with SHA-256.
    RsaSha256,
    /// PKCS #1 v1.5 with SHA-384.
    RsaSha384,
    /// PKCS #1 v1.5 with SHA-512.
    RsaSha512,
    /// RSASSA-PSS with SHA-256, MGF1 and a salt of the same length.
    PssSha256,
    /// RSASSA-PSS with SHA-384.
    PssSha384,
    /// RSASSA-PSS with SHA-512.
    PssSha512,
    /// ECDSA over P-256 with SHA-256.
    EcdsaSha256,
    /// ECDSA over P-384 with SHA-384.
    EcdsaSha384,
    /// Ed25519.
    Ed25519,
}

impl Scheme {
    /// The AlgorithmIdentifier, DER.
    #[must_use]
    pub fn identifier(self) -> Vec<u8> {
        match self {
            // RFC 3279 §2.2.1: the parameters of PKCS #1 v1.5 are NULL.
            Self::RsaMd5 => der::algorithm("1.2.840.113549.1.1.4", Some(&der::null())),
            Self::RsaSha1 => der::algorithm("1.2.840.113549.1.1.5", Some(&der::null())),
            Self::RsaSha256 => der::algorithm("1.2.840.113549.1.1.11", Some(&der::null())),
            Self::RsaSha384 => der::algorithm("1.2.840.113549.1.1.12", Some(&der::null())),
            Self::RsaSha512 => der::algorithm("1.2.840.113549.1.1.13", Some(&der::null())),
            Self::PssSha256 => pss("2.16.840.1.101.3.4.2.1", 32),
            Self::PssSha384 => pss("2.16.840.1.101.3.4.2.2", 48),
            Self::PssSha512 => pss("2.16.840.1.101.3.4.2.3", 64),
            // RFC 5758 §3.2 and RFC 8410 §3: these have none.
            Self::EcdsaSha256 => der::algorithm("1.2.840.10045.4.3.2", None),
            Self::EcdsaSha384 => der::algorithm("1.2.840.10045.4.3.3", None),
            Self::Ed25519 => der::algorithm("1.3.101.112", None),
        }
    }

    pub(super) fn rsa(self) -> Option<&'static dyn RsaEncoding> {
        match self {
            Self::RsaSha256 => Some(&RSA_PKCS1_SHA256),
            Self::RsaSha384 => Some(&RSA_PKCS1_SHA384),
            Self::RsaSha512 => Some(&RSA_PKCS1_SHA512),
            Self::PssSha256 => Some(&RSA_PSS_SHA256),
            Self::PssSha384 => Some(&RSA_PSS_SHA384),
            Self::PssSha512 => Some(&RSA_PSS_SHA512),
            Self::RsaMd5
            | Self::RsaSha1
            | Self::EcdsaSha256
            | Self::EcdsaSha384
            | Self::Ed25519 => None,
        }
    }

    /// The digest of PKCS #1 v1.5.
    pub(super) fn digest(self) -> Option<DigestAlgorithm> {
        match self {
            Self::RsaMd5 => Some(DigestAlgorithm::Md5),
            Self::RsaSha1 => Some(DigestAlgorithm::Sha1),
            Self::RsaSha256 => Some(DigestAlgorithm::Sha256),
            Self::RsaSha384 => Some(DigestAlgorithm::Sha384),
            Self::RsaSha512 => Some(DigestAlgorithm::Sha512),
            Self::PssSha256
            | Self::PssSha384
            | Self::PssSha512
            | Self::EcdsaSha256
            | Self::EcdsaSha384
            | Self::Ed25519 => None,
        }
    }
}

/// RSASSA-PSS-params (RFC 4055 §3.1).
fn pss(hash: &str, salt: u8) -> Vec<u8> {
    let hash = der::algorithm(hash, None);
    let mask = der::algorithm("1.2.840.113549.1.1.8", Some(&hash));
    let fields = [
        der::explicit(0, &hash),
        der::explicit(1, &mask),
        der::explicit(2, &der::integer(u64::from(salt))),
    ];
    der::algorithm("1.2.840.113549.1.1.10", Some(&der::sequence_of(&fields)))
}
