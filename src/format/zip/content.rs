//! An entry as a body: what judges files judges files in archives.

use super::ZipError;
use super::archive::{Archive, Entry, Method};
use crate::format::content::{Content, ContentError, slice};
use crate::model::{Digest, Hasher};
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

/// A file in an archive. Its octets are unpacked as they are fed, and kept only if they are wanted in
/// one piece.
pub struct Unpacked<'a> {
    archive: &'a Archive<'a>,
    entry: &'a Entry,
    whole: OnceLock<Vec<u8>>,
    digest: OnceLock<Digest>,
}

impl fmt::Debug for Unpacked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Unpacked({:?}, {} bytes)",
            self.entry.name, self.entry.size
        )
    }
}

impl<'a> Unpacked<'a> {
    /// Of an entry that [`Archive::feed`] gave without an error: another one has no octets here.
    #[must_use]
    pub fn new(archive: &'a Archive<'a>, entry: &'a Entry) -> Self {
        Self {
            archive,
            entry,
            whole: OnceLock::new(),
            digest: OnceLock::new(),
        }
    }

    /// With its digest, where it was computed already.
    #[must_use]
    pub fn with_digest(self, digest: Option<Digest>) -> Self {
        if let Some(digest) = digest {
            // It is new, so that nothing is in its place.
            let _ = self.digest.set(digest);
        }
        self
    }

    /// Its name in the archive.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.entry.name
    }
}

impl Content for Unpacked<'_> {
    fn bytes(&self) -> &[u8] {
        match self.entry.method {
            Method::Stored => {
                slice(self.archive.content.bytes(), &self.entry.data).unwrap_or_default()
            }
            Method::Deflated => self.whole.get_or_init(|| {
                let whole = self.archive.unpack(self.entry, self.entry.size);
                whole.unwrap_or_default()
            }),
        }
    }

    fn length(&self) -> u64 {
        self.entry.size
    }

    fn at_hand(&self) -> bool {
        self.entry.method == Method::Stored || self.whole.get().is_some()
    }

    fn feed(&self, range: Range<u64>, sink: &mut dyn FnMut(&[u8])) -> Result<(), ContentError> {
        if range.start > range.end || range.end > self.entry.size {
            return Err(ContentError::Range(range, self.entry.size));
        }
        let mut at = 0u64;
        let mut cut = |bytes: &[u8]| {
            let end = at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            let from = range.start.clamp(at, end).saturating_sub(at);
            let to = range.end.clamp(at, end).saturating_sub(at);
            let inside = slice(bytes, &(from..to)).unwrap_or_default();
            if !inside.is_empty() {
                sink(inside);
            }
            at = end;
        };
        let fed = self.archive.feed(self.entry, &mut cut);
        fed.map_err(|error| match error {
            ZipError::Content(error) => error,
            ZipError::End(_)
            | ZipError::SecondEnd(_)
            | ZipError::Directory(_)
            | ZipError::Entry { .. }
            | ZipError::TooMany { .. } => ContentError::Read(error.to_string()),
        })
    }

    fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| {
            let mut hasher = Hasher::new();
            match self.feed(0..self.entry.size, &mut |bytes: &[u8]| hasher.update(bytes)) {
                Ok(()) => hasher.finish(),
                Err(_) => Digest::ZERO,
            }
        })
    }
}
