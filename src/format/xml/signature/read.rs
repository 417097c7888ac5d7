//! One ds:Signature (XMLDSig §4.1).

use super::algorithm::{CanonicalizationMethod, SignatureMethod};
use super::field::{Sequence, base64, malformed, optional};
use super::key_info::KeyInfo;
use super::reference::Reference;
use super::{DS, SignatureError};
use crate::format::limits::{
    MAX_XML_OBJECTS, MAX_XML_REFERENCES, MAX_XML_SIGNATURES, MAX_XML_SIGNED_INFO,
};
use crate::format::xml::{Index, NodeId};

/// A signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// Its element.
    pub node: NodeId,
    /// Its identifier.
    pub id: Option<String>,
    /// What is signed.
    pub signed_info: SignedInfo,
    /// The signature value.
    pub value: SignatureValue,
    /// By whom, as it says itself.
    pub key_info: Option<KeyInfo>,
    /// What else it carries.
    pub objects: Vec<Object>,
}

/// SignedInfo: the octets of its canonical form are what the signature value is over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedInfo {
    /// Its element.
    pub node: NodeId,
    /// How it is canonicalised.
    pub canonicalization: CanonicalizationMethod,
    /// How the value was made.
    pub method: SignatureMethod,
    /// What was signed.
    pub references: Vec<Reference>,
}

/// A signature value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureValue {
    /// Its element.
    pub node: NodeId,
    /// Its identifier.
    pub id: Option<String>,
    /// The value.
    pub octets: Vec<u8>,
}

/// An Object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Object {
    /// Its element.
    pub node: NodeId,
    /// Its identifier.
    pub id: Option<String>,
    /// The elements that it holds.
    pub elements: Vec<NodeId>,
}

/// The elements of a document that are signatures, wherever they lie.
///
/// # Errors
/// [`SignatureError::TooMany`].
pub fn signatures(index: &Index<'_>) -> Result<Vec<NodeId>, SignatureError> {
    let most = MAX_XML_SIGNATURES;
    let found = index.named(DS, "Signature").take(most.saturating_add(1));
    let found: Vec<NodeId> = found.collect();
    match found.len() > most {
        true => Err(SignatureError::TooMany {
            what: "signatures",
            limit: most,
        }),
        false => Ok(found),
    }
}

impl Signature {
    /// Reads a ds:Signature.
    ///
    /// # Errors
    /// [`SignatureError`] if it is not as the schema has it.
    pub fn read(index: &Index<'_>, id: NodeId) -> Result<Self, SignatureError> {
        let most = ("objects", MAX_XML_OBJECTS.saturating_add(3));
        let mut inside = Sequence::of(index, id, most)?;
        let signed_info = inside.demanded(DS, "SignedInfo")?;
        let value = inside.demanded(DS, "SignatureValue")?;
        let key_info = inside.optional(DS, "KeyInfo");
        let mut objects = Vec::new();
        while let Some(object) = inside.optional(DS, "Object") {
            objects.push(Object {
                node: object,
                id: optional(index, object, "Id"),
                elements: index.elements(object),
            });
        }
        inside.end()?;
        Ok(Self {
            node: id,
            id: optional(index, id, "Id"),
            signed_info: SignedInfo::read(index, signed_info)?,
            value: SignatureValue {
                node: value,
                id: optional(index, value, "Id"),
                octets: base64(index, value)?,
            },
            key_info: key_info.map(|id| KeyInfo::read(index, id)).transpose()?,
            objects,
        })
    }
}

impl SignedInfo {
    fn read(index: &Index<'_>, id: NodeId) -> Result<Self, SignatureError> {
        if index.document().range(id).len() > MAX_XML_SIGNED_INFO {
            return Err(SignatureError::TooMany {
                what: "octets of SignedInfo",
                limit: MAX_XML_SIGNED_INFO,
            });
        }
        // With the two methods before them, and one more reference, which is counted below.
        let most = (
            "elements of SignedInfo",
            MAX_XML_REFERENCES.saturating_add(3),
        );
        let mut inside = Sequence::of(index, id, most)?;
        let canonicalization = inside.demanded(DS, "CanonicalizationMethod")?;
        let method = inside.demanded(DS, "SignatureMethod")?;
        Ok(Self {
            node: id,
            canonicalization: CanonicalizationMethod::read(index, canonicalization)?,
            method: SignatureMethod::read(index, method)?,
            references: references(index, inside, id)?,
        })
    }
}

/// The references of a ds:Manifest (§5.1).
///
/// # Errors
/// [`SignatureError`] if it is not as the schema has it.
pub fn manifest(index: &Index<'_>, id: NodeId) -> Result<Vec<Reference>, SignatureError> {
    let most = MAX_XML_REFERENCES.saturating_add(1);
    let inside = Sequence::of(index, id, ("elements of a manifest", most))?;
    references(index, inside, id)
}

fn references(
    index: &Index<'_>,
    mut inside: Sequence<'_, '_>,
    id: NodeId,
) -> Result<Vec<Reference>, SignatureError> {
    let mut references = Vec::new();
    while let Some(reference) = inside.optional(DS, "Reference") {
        if references.len() >= MAX_XML_REFERENCES {
            return Err(SignatureError::TooMany {
                what: "references",
                limit: MAX_XML_REFERENCES,
            });
        }
        references.push(Reference::read(index, reference)?);
    }
    inside.end()?;
    match references.is_empty() {
        true => Err(malformed(index, id, "no reference")),
        false => Ok(references),
    }
}
