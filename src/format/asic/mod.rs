//! ASiC containers (ETSI EN 319 162-1): which files of an archive are content and which are signatures,
//! timestamps and manifests over it. Nothing is judged.
//!
//! What is not one of the files that the standard gives a meaning to is content, wherever it lies, so that
//! nothing hides beside what was signed.

mod container;
mod manifest;
mod media;
mod write;

pub use container::{Container, Kind, Role};
pub use manifest::{Manifest, Reference};
pub use media::Remark;
pub use write::{EXTENDED, Listed, archive_manifest, manifest};

use super::xml::XmlError;
use super::xml::signature::SignatureError;
use super::zip::ZipError;

/// Why an archive is not read as a container.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AsicError {
    /// The archive.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// A manifest that is no XML.
    #[error("{0}: {1}")]
    Xml(String, XmlError),
    /// A manifest that is not what the schema says.
    #[error("{0}: {1}")]
    Manifest(String, SignatureError),
    /// Something that the kind of container does not allow.
    #[error("{0}")]
    Structure(&'static str),
    /// Its package manifest names a media type, and there is no `mimetype`.
    #[error("a package without its mimetype file")]
    NoMimetype,
    /// More than is read.
    #[error("more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are read.
        limit: usize,
    },
}
