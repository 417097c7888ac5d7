//! The container as it is sent: headers between bodies that are read when their turn comes.

use super::{BundleError, File};
use crate::format::asic::EXTENDED;
use crate::format::content::SharedContent;
use crate::format::zip::write::{Header, Outline};
use crate::model::{Digest, Hasher};
use bytes::Bytes;
use flate2::Crc;
use std::fmt;

/// A piece of the container.
#[derive(Clone)]
pub enum Part {
    /// Octets at hand.
    Bytes(Bytes),
    /// A body, whole.
    Body(SharedContent),
}

impl Part {
    /// How many octets it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::Body(content) => content.length(),
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
pub(super) fn lay_out(files: Vec<File>) -> Result<Bundle, BundleError> {
    let first = File::of("mimetype", "text/plain", EXTENDED.as_bytes());
    let (mut outline, mut parts) = (Outline::new(), Vec::new());
    for file in std::iter::once(first).chain(files) {
        let size = file.content.length();
        let header = Header::stored(&file.name, size, crc(&file)?)?;
        parts.push(Part::Bytes(outline.add(&file.name, &header)?.into()));
        parts.push(Part::Body(file.content));
    }
    parts.push(Part::Bytes(outline.finish()?.into()));
    Ok(Bundle { parts })
}

/// CRC-32 of a body, which has to be what it is named by: damage never goes out under a signature.
fn crc(file: &File) -> Result<u32, BundleError> {
    let (mut crc, mut hasher) = (Crc::new(), Hasher::new());
    let length = file.content.length();
    file.content.feed(0..length, &mut |bytes| {
        crc.update(bytes);
        hasher.update(bytes);
    })?;
    let found: Digest = hasher.finish();
    match found == file.sha256 {
        true => Ok(crc.sum()),
        false => Err(BundleError::Damaged(file.sha256)),
    }
}
