//! Timestamps in properties (EN 319 132-1 §5.1.4 XAdESTimeStampType).

use super::super::algorithm::CanonicalizationMethod;
use super::super::field::{base64, demanded, malformed, only};
use super::{ADDED, Version};
use crate::format::limits::{MAX_TIMESTAMPS, MAX_XML_REFERENCES};
use crate::format::xml::signature::{DS, SignatureError};
use crate::format::xml::{Index, NodeId};

/// What a timestamp is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StampKind {
    /// All that the signature refers to, but its signed properties (§5.2.8.1).
    AllDataObjects,
    /// Some of that (§5.2.8.2).
    IndividualDataObjects,
    /// The signature value (§5.3).
    Signature,
    /// References to certificates and revocation data (annex A.1.5.2, TS 101 903 §7.5.2).
    References,
    /// The signature value and these (annex A.1.5.1, TS 101 903 §7.5.1).
    SignatureAndReferences,
    /// The signature and all that it needs for the long term (§5.5.2).
    Archive,
}

/// A property with one token or several over the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// Its element.
    pub node: NodeId,
    /// What it is over.
    pub kind: StampKind,
    /// Whether it is a property that version 1.4.1 added.
    pub added: bool,
    /// How nodes are written before they are stamped, where it is said.
    pub canonicalization: Option<CanonicalizationMethod>,
    /// What is stamped, where it is said one by one.
    pub includes: Vec<Include>,
    /// The tokens, DER.
    pub tokens: Vec<Vec<u8>>,
    /// Whether it holds a token in XML, which is not judged.
    pub in_xml: bool,
}

/// A part of what is stamped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Include {
    /// What it is.
    pub uri: String,
    /// Whether it is what that reference is to, and not the reference itself.
    pub referenced: bool,
}

impl Stamp {
    pub(super) fn read(
        index: &Index<'_>,
        version: Version,
        id: NodeId,
        kind: StampKind,
    ) -> Result<Self, SignatureError> {
        let own = version.namespace();
        let mut stamp = Self {
            node: id,
            kind,
            added: index.name(id).0 == ADDED,
            canonicalization: None,
            includes: Vec::new(),
            tokens: Vec::new(),
            in_xml: false,
        };
        let most = MAX_XML_REFERENCES.saturating_add(MAX_TIMESTAMPS);
        for part in only(index, id, ("parts of a timestamp", most))? {
            match index.name(part) {
                (DS, "CanonicalizationMethod") if stamp.canonicalization.is_none() => {
                    let method = CanonicalizationMethod::read(index, part)?;
                    // Some write the element and leave the name of the method empty.
                    stamp.canonicalization = Some(method).filter(|m| !m.uri.is_empty());
                }
                (namespace, "Include") if namespace == own => {
                    let referenced = index.document().attribute(part, "referencedData");
                    stamp.includes.push(Include {
                        uri: demanded(index, part, "URI")?.into_owned(),
                        referenced: referenced.is_some_and(|v| matches!(&*v, "true" | "1")),
                    });
                }
                // TS 101 903 V1.2.2 §7.1.4.2
                (namespace, "HashDataInfo") if namespace == own => stamp.includes.push(Include {
                    uri: demanded(index, part, "uri")?.into_owned(),
                    referenced: false,
                }),
                (namespace, "EncapsulatedTimeStamp") if namespace == own => {
                    stamp.tokens.push(base64(index, part)?);
                }
                (namespace, "XMLTimeStamp") if namespace == own => stamp.in_xml = true,
                _ => return Err(malformed(index, part, "unknown in a timestamp")),
            }
        }
        if stamp.tokens.len() > MAX_TIMESTAMPS {
            return Err(SignatureError::TooMany {
                what: "tokens of a timestamp",
                limit: MAX_TIMESTAMPS,
            });
        }
        match stamp.tokens.is_empty() && !stamp.in_xml {
            true => Err(malformed(index, id, "no token")),
            false => Ok(stamp),
        }
    }
}
