//! ASiCManifest (EN 319 162-1 §A.4): which files, with which digests, one signature or timestamp is over.

use super::AsicError;
use crate::format::limits::MAX_ZIP_ENTRIES;
use crate::format::xml::signature::{DS, SignatureError, base64, demanded, leaf, malformed, only};
use crate::format::xml::{Document, Index, NodeId};

/// Namespace of the schema.
const ASIC: &str = "http://uri.etsi.org/02918/v1.2.1#";

/// A manifest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    /// The signature or timestamp over it.
    pub signature: String,
    /// What it lists.
    pub references: Vec<Reference>,
}

/// A file that a manifest lists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// Which file, relative to the container.
    pub uri: String,
    /// URI of the digest algorithm.
    pub algorithm: String,
    /// The digest.
    pub digest: Vec<u8>,
}

impl Manifest {
    /// Reads a manifest called `name`.
    ///
    /// # Errors
    /// [`AsicError::Xml`] and [`AsicError::Manifest`].
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, AsicError> {
        let document = Document::read(bytes).map_err(|e| AsicError::Xml(name.to_owned(), e))?;
        let read = parse(&Index::of(&document));
        read.map_err(|e| AsicError::Manifest(name.to_owned(), e))
    }
}

fn parse(index: &Index<'_>) -> Result<Manifest, SignatureError> {
    let root = index.document().element();
    if !index.is(root, ASIC, "ASiCManifest") {
        return Err(malformed(index, root, "not an ASiCManifest"));
    }
    let most = ("elements of a manifest", MAX_ZIP_ENTRIES);
    let parts = only(index, root, most)?;
    let (first, rest) = parts
        .split_first()
        .filter(|(first, _)| index.is(**first, ASIC, "SigReference"))
        .ok_or_else(|| malformed(index, root, "no SigReference"))?;
    // One writer has what is listed inside the reference to the signature; it is listed all the same.
    let nested = only(index, *first, most)?;
    let mut references = Vec::new();
    for part in nested.iter().chain(rest) {
        let local = index.name(*part).1;
        match local {
            _ if !index.is(*part, ASIC, local) => {
                return Err(malformed(
                    index,
                    *part,
                    "an element that does not belong there",
                ));
            }
            "DataObjectReference" => references.push(reference(index, *part)?),
            "ASiCManifestExtensions" => extensions(index, *part)?,
            _ => {
                return Err(malformed(
                    index,
                    *part,
                    "an element that does not belong there",
                ));
            }
        }
    }
    if references.is_empty() {
        return Err(malformed(index, root, "nothing is listed"));
    }
    Ok(Manifest {
        signature: demanded(index, *first, "URI")?.into_owned(),
        references,
    })
}

fn reference(index: &Index<'_>, id: NodeId) -> Result<Reference, SignatureError> {
    let parts = only(index, id, ("elements of a reference", 3))?;
    let (method, value, rest) = match parts.as_slice() {
        [method, value, rest @ ..] => (*method, *value, rest),
        _ => return Err(malformed(index, id, "no digest")),
    };
    if !index.is(method, DS, "DigestMethod") || !index.is(value, DS, "DigestValue") {
        return Err(malformed(index, id, "no digest"));
    }
    for part in rest {
        match index.is(*part, ASIC, "DataObjectReferenceExtensions") {
            true => extensions(index, *part)?,
            false => {
                return Err(malformed(
                    index,
                    *part,
                    "an element that does not belong there",
                ));
            }
        }
    }
    // A comment inside a method says nothing, text or an element would.
    leaf(index, method)?;
    Ok(Reference {
        uri: demanded(index, id, "URI")?.into_owned(),
        algorithm: demanded(index, method, "Algorithm")?.into_owned(),
        digest: base64(index, value)?,
    })
}

/// §A.4: what is critical must be understood, and nothing of it is.
fn extensions(index: &Index<'_>, id: NodeId) -> Result<(), SignatureError> {
    for part in only(index, id, ("extensions", MAX_ZIP_ENTRIES))? {
        let critical = index.document().attribute(part, "Critical");
        if critical.is_some_and(|value| matches!(&*value, "true" | "1")) {
            return Err(malformed(index, part, "a critical extension"));
        }
    }
    Ok(())
}
