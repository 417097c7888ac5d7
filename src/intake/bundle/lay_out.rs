//! The container as it is sent: headers between bodies that are read when their turn comes.

use super::{BundleError, File};
use crate::client::bundle::{ARCHIVE_MANIFEST, MANIFEST, SIGNATURE, TIMESTAMP};
use crate::format::asic::EXTENDED;
use crate::format::zip::write::{Header, Outline, WriteError};
use crate::model::{Digest, Hasher};
use crate::store::Vault;
use bytes::Bytes;
use flate2::Crc;
use std::fmt;

/// Room for what is added once the files are known: list and signature, with what it brings for its
/// timestamps (1 MiB), list and timestamp of the archive.
const RESERVE: u64 = 8 << 20;

/// A piece of the container.
#[derive(Clone)]
pub enum Part {
    /// Octets at hand.
    Bytes(Bytes),
    /// A kept body of so many octets, to be opened when its turn comes.
    Kept(Digest, u64),
}

impl Part {
    /// How many octets it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::Kept(_, length) => *length,
        }
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part({} bytes)", self.length())
    }
}

/// A container that is ready to be sent.
pub struct Bundle {
    /// Its pieces in order.
    pub parts: Vec<Part>,
}

impl Bundle {
    /// How many octets it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        let lengths = self.parts.iter().map(Part::length);
        lengths.fold(0, u64::saturating_add)
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bundle({} bytes)", self.length())
    }
}

/// EN 319 162-1 §A.1: `mimetype` first, stored, without extra field. Everything else is stored too: what is
/// packed differs between versions of a packer.
pub(super) fn lay_out(files: Vec<File>, vault: &dyn Vault) -> Result<Bundle, BundleError> {
    let (mut outline, mut parts) = (Outline::new(), Vec::new());
    for file in std::iter::once(first()).chain(files) {
        let header = Header::stored(&file.name, file.source.length(), crc(&file, vault)?)?;
        parts.push(Part::Bytes(outline.add(&file.name, &header)?.into()));
        parts.push(file.source);
    }
    parts.push(Part::Bytes(outline.finish()?.into()));
    Ok(Bundle { parts })
}

fn first() -> File {
    File::of("mimetype", "text/plain", EXTENDED.as_bytes())
}

/// Whether one archive holds these files and what is still added to them.
pub(super) fn fits(files: &[File]) -> Result<(), WriteError> {
    let mut outline = Outline::new();
    let mut add = |name: &str, size| {
        let header = Header::stored(name, size, 0)?;
        outline.add(name, &header).map(drop)
    };
    let own = first();
    for file in std::iter::once(&own).chain(files) {
        add(&file.name, file.source.length())?;
    }
    for name in [MANIFEST, SIGNATURE, ARCHIVE_MANIFEST] {
        add(name, 0)?;
    }
    add(TIMESTAMP, RESERVE)?;
    outline.finish().map(drop)
}

/// CRC-32 of a file, which has to be what it is named by: damage never goes out under a signature.
fn crc(file: &File, vault: &dyn Vault) -> Result<u32, BundleError> {
    let (mut crc, mut hasher) = (Crc::new(), Hasher::new());
    let mut take = |bytes: &[u8]| {
        crc.update(bytes);
        hasher.update(bytes);
    };
    match &file.source {
        Part::Bytes(bytes) => take(bytes),
        Part::Kept(sha256, length) => {
            let content = vault.open(sha256)?.ok_or(BundleError::Gone(*sha256))?;
            content.feed(0..*length, &mut take)?;
        }
    }
    let found: Digest = hasher.finish();
    match found == file.sha256 {
        true => Ok(crc.sum()),
        false => Err(BundleError::Damaged(file.sha256)),
    }
}
