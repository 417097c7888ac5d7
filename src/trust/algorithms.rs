//! Which algorithms and key sizes are accepted, and the one place where signature values are
//! verified. An algorithm below what is accepted, one not implemented and a wrong value are three
//! different answers.
//!
//! Accepted: RSA from 2048 bits (PKCS #1 v1.5 and PSS) and ECDSA on P-256 and P-384, with SHA-256,
//! SHA-384 or SHA-512 (ETSI TS 119 312).

use crate::format::asn1::oid;
use crate::format::asn1::read::{BerError, Element, Reader, small_integer};
use crate::format::cms::read::Algorithm;
use ring::digest as ring_digest;
use ring::signature as ring_signature;

/// The smallest RSA key that is accepted.
pub const MIN_RSA_BITS: u32 = 2048;

/// Why a signature value does not count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rejection {
    /// The value does not verify.
    Invalid,
    /// Below what is accepted; the algorithm's name.
    NotAccepted(String),
    /// Not implemented; the algorithm's name.
    NotSupported(String),
}

/// A digest algorithm that is accepted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DigestAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    /// Every one, in the order in which digests are computed.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// The algorithm under an object identifier.
    ///
    /// # Errors
    /// [`Rejection`] if it is weak or not implemented.
    pub fn from_oid(kind: &[u8]) -> Result<Self, Rejection> {
        match kind {
            oid::SHA256 => Ok(Self::Sha256),
            oid::SHA384 => Ok(Self::Sha384),
            oid::SHA512 => Ok(Self::Sha512),
            oid::SHA1 | oid::SHA1_WITH_RSA => Err(Rejection::NotAccepted("SHA-1".into())),
            oid::MD5 | oid::MD5_WITH_RSA => Err(Rejection::NotAccepted("MD5".into())),
            oid::SHA224 => Err(Rejection::NotAccepted("SHA-224".into())),
            other => Err(Rejection::NotSupported(oid::dotted(other))),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    fn ring(self) -> &'static ring_digest::Algorithm {
        match self {
            Self::Sha256 => &ring_digest::SHA256,
            Self::Sha384 => &ring_digest::SHA384,
            Self::Sha512 => &ring_digest::SHA512,
        }
    }

    /// An empty context.
    #[must_use]
    pub fn context(self) -> ring_digest::Context {
        ring_digest::Context::new(self.ring())
    }

    /// The digest of some bytes.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> ring_digest::Digest {
        ring_digest::digest(self.ring(), bytes)
    }
}

/// SHA-1, only to compare the certificate reference of an old signing-certificate attribute
/// (RFC 2634 §5.4); nothing is accepted because of it.
#[must_use]
pub fn sha1_of(bytes: &[u8]) -> ring_digest::Digest {
    ring_digest::digest(&ring_digest::SHA1_FOR_LEGACY_USE_ONLY, bytes)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Scheme {
    Pkcs1,
    Pss,
    Ecdsa,
}

/// A signature algorithm that is accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignatureScheme {
    scheme: Scheme,
    /// The digest under the signature.
    pub digest: DigestAlgorithm,
}

impl SignatureScheme {
    /// The scheme that an AlgorithmIdentifier names. `digest` is the one named beside it, where
    /// the identifier alone does not name one (rsaEncryption in CMS, RFC 3370 §3.2).
    ///
    /// # Errors
    /// [`Rejection`] if it is weak or not implemented.
    pub fn new(
        algorithm: &Algorithm<'_>,
        digest: Option<DigestAlgorithm>,
    ) -> Result<Self, Rejection> {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        let scheme = |scheme, digest| Ok(Self { scheme, digest });
        match algorithm.oid {
            oid::SHA256_WITH_RSA => scheme(Scheme::Pkcs1, Sha256),
            oid::SHA384_WITH_RSA => scheme(Scheme::Pkcs1, Sha384),
            oid::SHA512_WITH_RSA => scheme(Scheme::Pkcs1, Sha512),
            oid::ECDSA_WITH_SHA256 => scheme(Scheme::Ecdsa, Sha256),
            oid::ECDSA_WITH_SHA384 => scheme(Scheme::Ecdsa, Sha384),
            oid::ECDSA_WITH_SHA512 => scheme(Scheme::Ecdsa, Sha512),
            oid::RSA_ENCRYPTION => match digest {
                Some(digest) => scheme(Scheme::Pkcs1, digest),
                None => Err(Rejection::NotSupported("rsaEncryption".into())),
            },
            oid::RSASSA_PSS => pss_digest(algorithm.parameters.as_ref())
                .and_then(|digest| scheme(Scheme::Pss, digest)),
            oid::SHA1_WITH_RSA | oid::ECDSA_WITH_SHA1 => {
                Err(Rejection::NotAccepted("SHA-1".into()))
            }
            oid::MD5_WITH_RSA => Err(Rejection::NotAccepted("MD5".into())),
            other => Err(Rejection::NotSupported(oid::dotted(other))),
        }
    }

    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> String {
        let scheme = match self.scheme {
            Scheme::Pkcs1 => "RSA",
            Scheme::Pss => "RSA-PSS",
            Scheme::Ecdsa => "ECDSA",
        };
        format!("{scheme} {}", self.digest.name())
    }

    /// Verifies `signature` over `message` under a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`Rejection`].
    pub fn verify(self, spki: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Rejection> {
        let key = PublicKey::parse(spki)?;
        let algorithm = self.ring(&key)?;
        ring_signature::UnparsedPublicKey::new(algorithm, key.bytes)
            .verify(message, signature)
            .map_err(|_| Rejection::Invalid)
    }

    fn ring(
        self,
        key: &PublicKey<'_>,
    ) -> Result<&'static dyn ring_signature::VerificationAlgorithm, Rejection> {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        let unsupported =
            || Rejection::NotSupported(format!("{} under a {} key", self.name(), key.kind.name()));
        Ok(match (self.scheme, key.kind, self.digest) {
            (Scheme::Pkcs1, KeyKind::Rsa, Sha256) => &ring_signature::RSA_PKCS1_2048_8192_SHA256,
            (Scheme::Pkcs1, KeyKind::Rsa, Sha384) => &ring_signature::RSA_PKCS1_2048_8192_SHA384,
            (Scheme::Pkcs1, KeyKind::Rsa, Sha512) => &ring_signature::RSA_PKCS1_2048_8192_SHA512,
            (Scheme::Pss, KeyKind::Rsa | KeyKind::RsaPss, Sha256) => {
                &ring_signature::RSA_PSS_2048_8192_SHA256
            }
            (Scheme::Pss, KeyKind::Rsa | KeyKind::RsaPss, Sha384) => {
                &ring_signature::RSA_PSS_2048_8192_SHA384
            }
            (Scheme::Pss, KeyKind::Rsa | KeyKind::RsaPss, Sha512) => {
                &ring_signature::RSA_PSS_2048_8192_SHA512
            }
            (Scheme::Ecdsa, KeyKind::P256, Sha256) => &ring_signature::ECDSA_P256_SHA256_ASN1,
            (Scheme::Ecdsa, KeyKind::P256, Sha384) => &ring_signature::ECDSA_P256_SHA384_ASN1,
            (Scheme::Ecdsa, KeyKind::P384, Sha256) => &ring_signature::ECDSA_P384_SHA256_ASN1,
            (Scheme::Ecdsa, KeyKind::P384, Sha384) => &ring_signature::ECDSA_P384_SHA384_ASN1,
            _ => return Err(unsupported()),
        })
    }
}

/// RSASSA-PSS-params (RFC 4055 §3.1).
struct PssParameters<'a> {
    hash: &'a [u8],
    mask: &'a [u8],
    mask_hash: &'a [u8],
    salt: Option<u32>,
    trailer: Option<u32>,
}

impl<'a> PssParameters<'a> {
    /// `None` where a digest is left to its default, which is SHA-1.
    fn read(parameters: &Element<'a>) -> Result<Option<Self>, BerError> {
        let mut fields = parameters.reader();
        let (Some(hash), Some(mask)) = (fields.optional(0xa0)?, fields.optional(0xa1)?) else {
            return Ok(None);
        };
        let hash = Algorithm::read(&mut hash.reader())?;
        let mask = Algorithm::read(&mut mask.reader())?;
        let Some(mask_hash) = mask.parameters else {
            return Ok(None);
        };
        let number = |field: Option<Element<'a>>, default| match field {
            Some(field) => Ok(small_integer(&field.reader().expect(0x02)?)),
            None => Ok::<_, BerError>(Some(default)),
        };
        let salt = number(fields.optional(0xa2)?, 20)?;
        let trailer = number(fields.optional(0xa3)?, 1)?;
        fields.end()?;
        Ok(Some(Self {
            hash: hash.oid,
            mask: mask.oid,
            mask_hash: mask_hash.reader().expect(0x06)?.content,
            salt,
            trailer,
        }))
    }
}

/// The digest of RSASSA-PSS parameters, which must name the same one for MGF1 and a salt of its
/// length: what ring verifies.
fn pss_digest(parameters: Option<&Element<'_>>) -> Result<DigestAlgorithm, Rejection> {
    let unsupported = || Rejection::NotSupported("RSA-PSS with these parameters".to_owned());
    let weak = || Rejection::NotAccepted("RSA-PSS with SHA-1".to_owned());
    let parameters = PssParameters::read(parameters.ok_or_else(weak)?);
    let parameters = parameters.map_err(|_| unsupported())?.ok_or_else(weak)?;
    let digest = DigestAlgorithm::from_oid(parameters.hash)?;
    let length = match digest {
        DigestAlgorithm::Sha256 => 32,
        DigestAlgorithm::Sha384 => 48,
        DigestAlgorithm::Sha512 => 64,
    };
    let same = parameters.mask == oid::MGF1 && parameters.mask_hash == parameters.hash;
    if same && parameters.salt == Some(length) && parameters.trailer == Some(1) {
        Ok(digest)
    } else {
        Err(unsupported())
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum KeyKind {
    Rsa,
    RsaPss,
    P256,
    P384,
}

impl KeyKind {
    fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::RsaPss => "RSA-PSS",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }
}

struct PublicKey<'a> {
    kind: KeyKind,
    bytes: &'a [u8],
}

impl<'a> PublicKey<'a> {
    fn parse(spki: &'a [u8]) -> Result<Self, Rejection> {
        let malformed = |_: BerError| Rejection::NotSupported("a malformed public key".to_owned());
        let mut fields = Reader::new(spki).expect(0x30).map_err(malformed)?.reader();
        let algorithm = Algorithm::read(&mut fields).map_err(malformed)?;
        let bits = fields.expect(0x03).map_err(malformed)?.content;
        let Some((0, bytes)) = bits.split_first() else {
            return Err(malformed(BerError::Value(0)));
        };
        let kind = match algorithm.oid {
            oid::RSA_ENCRYPTION => KeyKind::Rsa,
            // RFC 4055 §1.2: parameters would restrict the key further; not implemented.
            oid::RSASSA_PSS if algorithm.parameters.is_none() => KeyKind::RsaPss,
            oid::EC_PUBLIC_KEY => curve(&algorithm)?,
            other => return Err(Rejection::NotSupported(oid::dotted(other))),
        };
        let key = Self { kind, bytes };
        key.check_modulus(MIN_RSA_BITS)?;
        Ok(key)
    }
}

impl PublicKey<'_> {
    fn check_modulus(&self, min: u32) -> Result<(), Rejection> {
        if !matches!(self.kind, KeyKind::Rsa | KeyKind::RsaPss) {
            return Ok(());
        }
        let bits = modulus_bits(self.bytes)?;
        // Above 8192 bits a check costs more than any real key is worth (attack catalogue K3).
        if (min.max(MIN_RSA_BITS)..=8192).contains(&bits) {
            Ok(())
        } else {
            Err(Rejection::NotAccepted(format!("RSA {bits}")))
        }
    }
}

fn curve(algorithm: &Algorithm<'_>) -> Result<KeyKind, Rejection> {
    match algorithm.parameters.map(|p| (p.tag, p.content)) {
        Some((0x06, oid::P256)) => Ok(KeyKind::P256),
        Some((0x06, oid::P384)) => Ok(KeyKind::P384),
        Some((0x06, other)) => Err(Rejection::NotSupported(oid::dotted(other))),
        Some(_) | None => Err(Rejection::NotSupported("an explicit curve".into())),
    }
}

/// RSAPublicKey (RFC 8017 appendix A.1.1) as the verifier takes it. A key it does not take, such as
/// one with a modulus written as a negative number (a series of real identity cards), cannot be
/// judged; that says nothing against the signature.
fn modulus_bits(key: &[u8]) -> Result<u32, Rejection> {
    let unusual = || Rejection::NotSupported("an RSA key that is not encoded in DER".to_owned());
    let malformed = |_: BerError| Rejection::NotSupported("a malformed RSA key".to_owned());
    let mut fields = Reader::new(key).expect(0x30).map_err(malformed)?.reader();
    let modulus = fields.expect(0x02).map_err(malformed)?.content;
    let exponent = fields.expect(0x02).map_err(malformed)?.content;
    let positive = |number: &[u8]| match number {
        [0, second, ..] => *second >= 0x80,
        [first, ..] => (1..0x80).contains(first),
        [] => false,
    };
    if !positive(modulus) || !positive(exponent) {
        return Err(unusual());
    }
    let significant = crate::format::asn1::read::significant(modulus);
    let leading = significant.first().map_or(8, |b| b.leading_zeros());
    let bytes = u32::try_from(significant.len()).unwrap_or(u32::MAX);
    Ok(bytes.saturating_mul(8).saturating_sub(leading))
}

/// Whether a public key is of a kind and size that is accepted.
///
/// # Errors
/// [`Rejection`].
pub fn check_key(spki: &[u8], min_rsa_bits: u32) -> Result<(), Rejection> {
    PublicKey::parse(spki)?.check_modulus(min_rsa_bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::asn1::write::{element, sequence, tag};

    #[test]
    fn an_rsa_key_that_the_verifier_does_not_take_is_not_a_wrong_signature() {
        let key = |modulus: &[u8], exponent: &[u8]| {
            let (n, e) = (
                element(tag::INTEGER, modulus),
                element(tag::INTEGER, exponent),
            );
            modulus_bits(&sequence(&[&n, &e]))
        };
        let bare = [0xc3; 256];
        let padded = [&[0][..], &bare].concat();
        assert_eq!(key(&padded, &[1, 0, 1]), Ok(2048));
        let twice = [&[0][..], &padded].concat();
        for (modulus, exponent) in [
            (&bare[..], &[1, 0, 1][..]),
            (&twice, &[1, 0, 1]),
            (&padded, &[0, 3]),
            (&padded, &[0x81]),
            (&padded, &[0]),
            (&padded, &[]),
            (&[], &[1, 0, 1]),
        ] {
            let refused = key(modulus, exponent);
            assert!(
                matches!(refused, Err(Rejection::NotSupported(_))),
                "{refused:?}"
            );
        }
    }
}
