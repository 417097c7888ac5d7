//! RSASSA-PSS-params (RFC 4055 §3.1), of a signature and of a key.

use super::{DigestAlgorithm, Rejection};
use crate::format::asn1::oid;
use crate::format::asn1::read::{BerError, Element};
use crate::format::asn1::values::small_integer;
use crate::format::cms::read::Algorithm;

/// The hashing of an RSASSA-PSS signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PssScheme {
    /// The digest of the message.
    pub digest: DigestAlgorithm,
    /// The digest inside MGF1.
    pub mask: DigestAlgorithm,
    /// The length of the salt in bytes.
    pub salt: u32,
}

impl PssScheme {
    /// From the parameters of an AlgorithmIdentifier. Every field has a default: SHA-1, MGF1 with
    /// SHA-1, 20 bytes, trailer 1.
    ///
    /// # Errors
    /// [`Rejection::NotSupported`] for another mask generation or trailer, or malformed parameters.
    pub(super) fn read(parameters: &Element<'_>) -> Result<Self, Rejection> {
        let malformed = |_: BerError| other("malformed parameters");
        if parameters.tag != 0x30 {
            return Err(other("malformed parameters"));
        }
        let mut fields = parameters.reader();
        let mut field = |tag| fields.optional(tag).map_err(malformed);
        let (hash, mask) = (field(0xa0)?, field(0xa1)?);
        let (salt, trailer) = (field(0xa2)?, field(0xa3)?);
        fields.end().map_err(malformed)?;
        let digest = match hash {
            Some(hash) => digest_of(&hash)?,
            None => DigestAlgorithm::Sha1,
        };
        let mask = match mask {
            Some(mask) => mask_of(&mask)?,
            None => DigestAlgorithm::Sha1,
        };
        // RFC 4055 §3.1: trailerField is 1 and nothing else.
        if number(trailer, 1)? != 1 {
            return Err(other("another trailer"));
        }
        let salt = number(salt, 20)?;
        Ok(Self { digest, mask, salt })
    }

    /// Whether a key restricted to `self` may have made a signature with `scheme`
    /// (RFC 4055 §3.3): the same digests, and a salt at least as long.
    pub(super) fn admits(&self, scheme: &Self) -> bool {
        self.digest == scheme.digest && self.mask == scheme.mask && self.salt <= scheme.salt
    }
}

fn other(what: &str) -> Rejection {
    Rejection::NotSupported(format!("RSA-PSS with {what}"))
}

fn digest_of(field: &Element<'_>) -> Result<DigestAlgorithm, Rejection> {
    let algorithm = only_algorithm(field)?;
    DigestAlgorithm::from_oid(algorithm.oid)
}

fn mask_of(field: &Element<'_>) -> Result<DigestAlgorithm, Rejection> {
    let mask = only_algorithm(field)?;
    match mask.parameters {
        Some(parameters) if mask.oid == oid::MGF1 && parameters.tag == 0x30 => {
            let mut fields = parameters.reader();
            let hash = fields.expect(0x06);
            let hash = hash.map_err(|_| other("malformed parameters"))?;
            DigestAlgorithm::from_oid(hash.content)
        }
        Some(_) | None => Err(other("another mask generation")),
    }
}

fn only_algorithm<'a>(field: &Element<'a>) -> Result<Algorithm<'a>, Rejection> {
    let mut inner = field.reader();
    let read = Algorithm::read(&mut inner).and_then(|algorithm| {
        inner.end()?;
        Ok(algorithm)
    });
    read.map_err(|_| other("malformed parameters"))
}

fn number(field: Option<Element<'_>>, default: u32) -> Result<u32, Rejection> {
    let Some(field) = field else {
        return Ok(default);
    };
    let read = field.reader().expect(0x02).ok();
    read.and_then(|integer| small_integer(&integer))
        .ok_or_else(|| other("malformed parameters"))
}
