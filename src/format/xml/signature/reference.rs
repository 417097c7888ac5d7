//! References and their transforms (XMLDSig §4.4.3).

use super::algorithm::{digest_method, with_prefixes};
use super::field::{Sequence, base64, demanded, empty, malformed, only, optional};
use super::{DS, FILTER2, SignatureError};
use crate::format::limits::{MAX_XML_RELATIONSHIPS, MAX_XML_TRANSFORMS};
use crate::format::xml::canonical::Method;
use crate::format::xml::{Child, Index, Kind, NodeId};
use std::collections::BTreeSet;

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";
const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/package/2006/RelationshipTransform";
/// Namespace of that transform's parameters.
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/digital-signature";
const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";

/// One reference: what was signed, what was done with it, and its digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// Its element.
    pub node: NodeId,
    /// Its identifier.
    pub id: Option<String>,
    /// What it refers to; `None` leaves that to the one who reads it.
    pub uri: Option<String>,
    /// What it says that it refers to.
    pub kind: Option<String>,
    /// What is done with it before it is digested.
    pub transforms: Vec<Transform>,
    /// The digest algorithm's identifier.
    pub digest_method: String,
    /// The digest.
    pub digest: Vec<u8>,
}

/// What is done with data before it is digested.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Transform {
    /// The signature that the reference is in is left out (§6.6.4).
    Enveloped,
    /// A canonical form (§6.6.1).
    Canonical(Method),
    /// The data is base64 (§6.6.2).
    Base64,
    /// Nodes are chosen by an expression (§6.6.3).
    XPath(XPathExpression),
    /// Subtrees are chosen by expressions (XPath Filter 2.0).
    Filter(Vec<Filter>),
    /// Relationships of an office package (ISO/IEC 29500-2 §10.5.8).
    Relationships(Relationships),
    /// Any other, by its identifier.
    Other(String),
}

/// Which relationships are kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Relationships {
    /// Those with one of these identifiers.
    pub ids: BTreeSet<String>,
    /// Those of one of these types.
    pub types: BTreeSet<String>,
}

/// An expression and the element that holds it, whose namespaces it uses.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct XPathExpression {
    /// The element.
    pub node: NodeId,
    /// The expression; `None` if it is not in one piece.
    pub text: Option<String>,
}

/// One step of XPath Filter 2.0.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Filter {
    /// What is done with the subtrees.
    pub operation: FilterOperation,
    /// Which they are.
    pub expression: XPathExpression,
}

/// What a step of XPath Filter 2.0 does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FilterOperation {
    /// Keeps nothing but them.
    Intersect,
    /// Leaves them out.
    Subtract,
    /// Adds them.
    Union,
}

impl Transform {
    /// Its identifier, or the name under which reports show it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Enveloped => "enveloped-signature".to_owned(),
            Self::Canonical(method) => method.name().to_owned(),
            Self::Base64 => "base64".to_owned(),
            Self::XPath(_) => "xpath".to_owned(),
            Self::Filter(_) => "xpath-filter2".to_owned(),
            Self::Relationships(_) => "relationships".to_owned(),
            Self::Other(uri) => uri.clone(),
        }
    }
}

impl Reference {
    pub(super) fn read(index: &Index<'_>, id: NodeId) -> Result<Self, SignatureError> {
        let mut inside = Sequence::of(index, id, ("elements in a Reference", 3))?;
        let transforms = match inside.optional(DS, "Transforms") {
            Some(transforms) => read_transforms(index, transforms)?,
            None => Vec::new(),
        };
        let method = inside.demanded(DS, "DigestMethod")?;
        let value = inside.demanded(DS, "DigestValue")?;
        inside.end()?;
        Ok(Self {
            node: id,
            id: optional(index, id, "Id"),
            uri: optional(index, id, "URI"),
            kind: optional(index, id, "Type"),
            transforms,
            digest_method: digest_method(index, method)?,
            digest: base64(index, value)?,
        })
    }
}

fn read_transforms(index: &Index<'_>, id: NodeId) -> Result<Vec<Transform>, SignatureError> {
    let all = only(index, id, ("transforms of a reference", MAX_XML_TRANSFORMS))?;
    all.into_iter().map(|id| transform(index, id)).collect()
}

fn transform(index: &Index<'_>, id: NodeId) -> Result<Transform, SignatureError> {
    if !index.is(id, DS, "Transform") {
        return Err(malformed(index, id, "not a Transform"));
    }
    let algorithm = demanded(index, id, "Algorithm")?;
    if let Some(method) = Method::from_uri(&algorithm) {
        return with_prefixes(index, id, method).map(Transform::Canonical);
    }
    Ok(match &*algorithm {
        ENVELOPED | BASE64 => {
            empty(index, id)?;
            match &*algorithm {
                ENVELOPED => Transform::Enveloped,
                _ => Transform::Base64,
            }
        }
        XPATH => {
            let mut inside = Sequence::of(index, id, ("parameters of a transform", 1))?;
            let found = inside.demanded(DS, "XPath")?;
            inside.end()?;
            Transform::XPath(expression(index, found)?)
        }
        FILTER2 => Transform::Filter(filters(index, id)?),
        RELATIONSHIPS => Transform::Relationships(relationships(index, id)?),
        other => Transform::Other(other.to_owned()),
    })
}

fn relationships(index: &Index<'_>, id: NodeId) -> Result<Relationships, SignatureError> {
    let most = ("relationships of a transform", MAX_XML_RELATIONSHIPS);
    let mut inside = Sequence::of(index, id, most)?;
    let mut named = Relationships::default();
    loop {
        if let Some(one) = inside.optional(PACKAGE, "RelationshipReference") {
            let id = demanded(index, one, "SourceId")?;
            named.ids.insert(id.into_owned());
        } else if let Some(group) = inside.optional(PACKAGE, "RelationshipsGroupReference") {
            let kind = demanded(index, group, "SourceType")?;
            named.types.insert(kind.into_owned());
        } else {
            inside.end()?;
            return Ok(named);
        }
    }
}

fn filters(index: &Index<'_>, id: NodeId) -> Result<Vec<Filter>, SignatureError> {
    let most = ("steps of a filter", MAX_XML_TRANSFORMS);
    let mut inside = Sequence::of(index, id, most)?;
    let mut filters = Vec::new();
    while let Some(found) = inside.optional(FILTER2, "XPath") {
        let operation = match &*demanded(index, found, "Filter")? {
            "intersect" => FilterOperation::Intersect,
            "subtract" => FilterOperation::Subtract,
            "union" => FilterOperation::Union,
            _ => return Err(malformed(index, found, "an unknown operation")),
        };
        filters.push(Filter {
            operation,
            expression: expression(index, found)?,
        });
    }
    inside.end()?;
    match filters.is_empty() {
        true => Err(malformed(index, id, "no expression")),
        false => Ok(filters),
    }
}

/// A comment in an expression is legal and used in old vectors, but then it is not one of the shapes
/// that are evaluated.
fn expression(index: &Index<'_>, id: NodeId) -> Result<XPathExpression, SignatureError> {
    let document = index.document();
    let mut whole = true;
    for child in document.children(id) {
        match child {
            Child::Node(node) if document.kind(node) == Kind::Element => {
                return Err(malformed(index, id, "an element in an expression"));
            }
            Child::Node(_) => whole = false,
            Child::Text(_) => {}
        }
    }
    Ok(XPathExpression {
        node: id,
        text: whole.then(|| document.character_data(id)),
    })
}
