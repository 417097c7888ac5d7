//! QualifyingProperties (EN 319 132-1 §4.3, before it ETSI TS 101 903 §6): what a signature of XAdES says
//! beside XMLDSig, nothing judged.
//!
//! Signed properties that are judged are read strictly: an error there is one of the signature. Unsigned
//! ones may have been added by anybody; one that cannot be read gives nothing and is named, and what is not
//! known is named too.

mod signed;
mod stamp;
#[cfg(test)]
mod tests;
mod unsigned;

pub use signed::{
    CertificateId, DataFormat, PolicyId, SignedProperties, SignerSerial, SigningCertificate,
};
pub use stamp::{Include, Stamp, StampKind};
pub use unsigned::{Property, References, Unsigned, Values};

use super::field::{malformed, optional};
use super::{DS, Object, SignatureError};
use crate::format::limits::{MAX_XML_PROPERTIES, MAX_XML_REFERENCES};
use crate::format::xml::{Index, NodeId};

/// Namespace of what version 1.4.1 added.
pub const ADDED: &str = "http://uri.etsi.org/01903/v1.4.1#";

/// A version of the schema.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Version {
    /// 1.1.1.
    V111,
    /// 1.2.2.
    V122,
    /// 1.3.2, which is that of EN 319 132-1.
    V132,
}

impl Version {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::V111, Self::V122, Self::V132];

    /// Its namespace.
    #[must_use]
    pub fn namespace(self) -> &'static str {
        match self {
            Self::V111 => "http://uri.etsi.org/01903/v1.1.1#",
            Self::V122 => "http://uri.etsi.org/01903/v1.2.2#",
            Self::V132 => "http://uri.etsi.org/01903/v1.3.2#",
        }
    }

    /// The version of a namespace.
    #[must_use]
    pub fn of(namespace: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.namespace() == namespace)
    }
}

/// Whether a reference of that Type is to signed properties (EN 319 132-1 §4.3.5; the versions before wrote
/// their own namespace).
#[must_use]
pub fn is_signed_properties_type(kind: &str) -> bool {
    let own = |version: Version| kind.strip_prefix(version.namespace()) == Some("SignedProperties");
    kind == "http://uri.etsi.org/01903#SignedProperties" || Version::ALL.into_iter().any(own)
}

/// Type of the reference of a counter-signature (EN 319 132-1 §5.2.7.3).
pub const COUNTERSIGNED: &str = "http://uri.etsi.org/01903#CountersignedSignature";

/// The QualifyingProperties of a signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Qualifying {
    /// Its element.
    pub node: NodeId,
    /// Its version.
    pub version: Version,
    /// Which signature it says it is about.
    pub target: Option<String>,
    /// What is signed.
    pub signed: Option<SignedProperties>,
    /// What is not, in its order.
    pub unsigned: Vec<Unsigned>,
}

/// The elements of that name right inside the objects of a signature, whatever their version.
#[must_use]
pub fn qualifying(index: &Index<'_>, objects: &[Object]) -> Vec<NodeId> {
    named(index, objects, "QualifyingProperties")
}

/// Where a signature says that properties of it lie elsewhere (EN 319 132-1 §4.4.3), if it does so: what the first
/// of these elements names.
#[must_use]
pub fn elsewhere(index: &Index<'_>, objects: &[Object]) -> Option<String> {
    let found = named(index, objects, "QualifyingPropertiesReference");
    let uri = |id: &NodeId| optional(index, *id, "URI").unwrap_or_default();
    found.first().map(uri)
}

fn named(index: &Index<'_>, objects: &[Object], wanted: &str) -> Vec<NodeId> {
    let all = objects.iter().flat_map(|object| &object.elements);
    let named = |id: &NodeId| {
        let (namespace, local) = index.name(*id);
        local == wanted && Version::of(namespace).is_some()
    };
    all.copied().filter(named).collect()
}

impl Qualifying {
    /// Reads the element.
    ///
    /// # Errors
    /// [`SignatureError`] if what is signed in it is not as the schema has it.
    pub fn read(index: &Index<'_>, id: NodeId) -> Result<Self, SignatureError> {
        let version = Version::of(index.name(id).0);
        let version = version.ok_or_else(|| malformed(index, id, "an unknown version"))?;
        let own = version.namespace();
        let mut inside = super::field::Sequence::of(index, id, ("properties", 2))?;
        let signed = inside.optional(own, "SignedProperties");
        let unsigned = inside.optional(own, "UnsignedProperties");
        inside.end()?;
        let signed = signed.map(|id| SignedProperties::read(index, version, id));
        let unsigned = unsigned.map(|id| unsigned::read(index, version, id));
        Ok(Self {
            node: id,
            version,
            target: optional(index, id, "Target"),
            signed: signed.transpose()?,
            unsigned: unsigned.transpose()?.unwrap_or_default(),
        })
    }
}

/// The properties in a list about a signature: elements and nothing else, bounded.
fn properties(index: &Index<'_>, id: NodeId) -> Result<Vec<NodeId>, SignatureError> {
    super::field::only(index, id, ("properties", MAX_XML_PROPERTIES))
}

/// Those in a list about what is signed, where each reference may have one.
fn properties_of_data(index: &Index<'_>, id: NodeId) -> Result<Vec<NodeId>, SignatureError> {
    let most = MAX_XML_PROPERTIES.saturating_add(MAX_XML_REFERENCES);
    super::field::only(index, id, ("properties of what is signed", most))
}

/// `DigestMethod` and `DigestValue` in an element that has nothing else. Version 1.1.1 had them in its own
/// namespace.
fn digest(
    index: &Index<'_>,
    version: Version,
    id: NodeId,
) -> Result<(String, Vec<u8>), SignatureError> {
    let mut inside = super::field::Sequence::of(index, id, ("elements in a digest", 2))?;
    let mut next = |local: &str| {
        let own = match version {
            Version::V111 => inside.optional(version.namespace(), local),
            Version::V122 | Version::V132 => None,
        };
        own.map_or_else(|| inside.demanded(DS, local), Ok)
    };
    let method = next("DigestMethod")?;
    let value = next("DigestValue")?;
    inside.end()?;
    let algorithm = super::algorithm::digest_method(index, method)?;
    Ok((algorithm, super::field::base64(index, value)?))
}

/// How an element is called in reports.
fn called(index: &Index<'_>, id: NodeId) -> String {
    index.name(id).1.chars().take(64).collect()
}
