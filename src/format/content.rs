//! A kept or staged body, read-only, as parsers and digests see it.

use crate::model::Digest;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The digest could not be read from the medium; never a verdict about the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// The medium failed.
    #[error("reading the body failed: {0}")]
    Read(String),
    /// A range lies outside the body.
    #[error("range {0:?} lies outside a body of {1} bytes")]
    Range(Range<u64>, u64),
}

/// A body that nobody can change while it is judged.
pub trait Content: Send + Sync {
    /// All bytes, for structure. For large files this is a read-only map of a file that only the
    /// gateway can write.
    fn bytes(&self) -> &[u8];

    /// How many bytes there are; to be asked where they are only fed, since a body that is unpacked
    /// on the way has them in one piece only at a price.
    fn length(&self) -> u64 {
        u64::try_from(self.bytes().len()).unwrap_or(u64::MAX)
    }

    /// Whether all bytes in one piece cost no memory beyond what is held already.
    fn at_hand(&self) -> bool {
        true
    }

    /// Feeds the bytes of `range` to `sink`, through a fixed window where the body is a file.
    ///
    /// # Errors
    /// [`ContentError`] if the range lies outside or the medium fails.
    fn feed(&self, range: Range<u64>, sink: &mut dyn FnMut(&[u8])) -> Result<(), ContentError>;

    /// SHA-256 of all bytes, as computed when they were staged.
    fn digest(&self) -> Digest;
}

/// A body in memory.
#[derive(Clone)]
pub struct Memory {
    bytes: bytes::Bytes,
    digest: Digest,
}

impl Memory {
    /// Hashes and holds `bytes`.
    #[must_use]
    pub fn new(bytes: bytes::Bytes) -> Self {
        let digest = Digest::of(&bytes);
        Self { bytes, digest }
    }

    /// Holds `bytes` whose digest was computed while they arrived.
    #[must_use]
    pub fn with_digest(bytes: bytes::Bytes, digest: Digest) -> Self {
        Self { bytes, digest }
    }

    /// The shared bytes.
    #[must_use]
    pub fn shared(&self) -> bytes::Bytes {
        self.bytes.clone()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} bytes, {})", self.bytes.len(), self.digest)
    }
}

impl Content for Memory {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn feed(&self, range: Range<u64>, sink: &mut dyn FnMut(&[u8])) -> Result<(), ContentError> {
        sink(slice(&self.bytes, &range)?);
        Ok(())
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}

/// The bytes of `range`.
///
/// # Errors
/// [`ContentError::Range`] if it lies outside.
pub fn slice<'a>(bytes: &'a [u8], range: &Range<u64>) -> Result<&'a [u8], ContentError> {
    let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let outside = || ContentError::Range(range.clone(), len);
    let start = usize::try_from(range.start).map_err(|_| outside())?;
    let end = usize::try_from(range.end).map_err(|_| outside())?;
    bytes.get(start..end).ok_or_else(outside)
}

/// A shared body.
pub type SharedContent = Arc<dyn Content>;
