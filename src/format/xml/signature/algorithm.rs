//! Algorithms by their identifiers, and their parameters.

use super::field::{Sequence, demanded, empty, leaf, malformed, optional};
use super::{DS, EXCLUSIVE, MORE, SignatureError};
use crate::format::xml::canonical::{Form, Method};
use crate::format::xml::{Index, NodeId};

/// How SignedInfo is canonicalised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CanonicalizationMethod {
    /// Its identifier.
    pub uri: String,
    /// The method, if it is one that is known.
    pub method: Option<Method>,
}

/// How the signature value was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureMethod {
    /// Its identifier.
    pub uri: String,
    /// Parameters of RSASSA-PSS (RFC 9231 §2.3.9).
    pub pss: Option<PssParameters>,
}

/// RSAPSSParams, as far as they are written; what is not has its default.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PssParameters {
    /// The digest of the message.
    pub digest: Option<String>,
    /// The mask generation function and its digest.
    pub mask: Option<(String, Option<String>)>,
    /// The length of the salt.
    pub salt: Option<u32>,
    /// The trailer.
    pub trailer: Option<u32>,
}

impl CanonicalizationMethod {
    pub(super) fn read(index: &Index<'_>, id: NodeId) -> Result<Self, SignatureError> {
        let uri = demanded(index, id, "Algorithm")?.into_owned();
        let method = match Method::from_uri(&uri) {
            Some(method) => Some(with_prefixes(index, id, method)?),
            None => None,
        };
        Ok(Self { uri, method })
    }
}

/// A canonicalization method with the PrefixList of the element that names it.
pub(super) fn with_prefixes(
    index: &Index<'_>,
    id: NodeId,
    mut method: Method,
) -> Result<Method, SignatureError> {
    let mut inside = Sequence::of(index, id, ("parameters", 1))?;
    let list = match method.form {
        Form::Exclusive => inside.optional(EXCLUSIVE, "InclusiveNamespaces"),
        Form::Inclusive10 | Form::Inclusive11 => None,
    };
    inside.end()?;
    if let Some(list) = list {
        empty(index, list)?;
        let prefixes = optional(index, list, "PrefixList").unwrap_or_default();
        // Exclusive XML Canonicalization §3: NMTOKENS, the default namespace as #default.
        let prefixes = prefixes.split_ascii_whitespace();
        let prefixes = prefixes.map(|prefix| match prefix {
            "#default" => String::new(),
            other => other.to_owned(),
        });
        method.inclusive = prefixes.collect();
    }
    Ok(method)
}

impl SignatureMethod {
    pub(super) fn read(index: &Index<'_>, id: NodeId) -> Result<Self, SignatureError> {
        let uri = demanded(index, id, "Algorithm")?.into_owned();
        let mut inside = Sequence::of(index, id, ("parameters", 2))?;
        // XMLDSig §6.3: only those of an HMAC, which is judged by no key of a certificate.
        inside.optional(DS, "HMACOutputLength");
        let pss = inside.optional(MORE, "RSAPSSParams");
        inside.end()?;
        Ok(Self {
            uri,
            pss: pss.map(|id| pss_parameters(index, id)).transpose()?,
        })
    }
}

/// RFC 9231 §2.3.9
fn pss_parameters(index: &Index<'_>, id: NodeId) -> Result<PssParameters, SignatureError> {
    let number = |id: NodeId| -> Result<u32, SignatureError> {
        let text = leaf(index, id)?;
        let number = text.trim_ascii().parse();
        number.map_err(|_| malformed(index, id, "not a number"))
    };
    let mut inside = Sequence::of(index, id, ("parameters", 4))?;
    let digest = inside.optional(DS, "DigestMethod");
    let mask = inside.optional(MORE, "MaskGenerationFunction");
    let salt = inside.optional(MORE, "SaltLength");
    let trailer = inside.optional(MORE, "TrailerField");
    inside.end()?;
    Ok(PssParameters {
        digest: digest.map(|id| digest_method(index, id)).transpose()?,
        mask: mask.map(|id| mask_function(index, id)).transpose()?,
        salt: salt.map(number).transpose()?,
        trailer: trailer.map(number).transpose()?,
    })
}

fn mask_function(
    index: &Index<'_>,
    id: NodeId,
) -> Result<(String, Option<String>), SignatureError> {
    let mut inside = Sequence::of(index, id, ("parameters", 1))?;
    let digest = inside.optional(DS, "DigestMethod");
    inside.end()?;
    let digest = digest.map(|id| digest_method(index, id)).transpose()?;
    Ok((demanded(index, id, "Algorithm")?.into_owned(), digest))
}

/// The identifier of a DigestMethod, which has no parameters.
pub(super) fn digest_method(index: &Index<'_>, id: NodeId) -> Result<String, SignatureError> {
    empty(index, id)?;
    Ok(demanded(index, id, "Algorithm")?.into_owned())
}
