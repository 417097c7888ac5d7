//! An archive whose every byte is accounted for.

use super::write::{Header, Outline};
use super::{Fault, ZipError, directory, end, local, names};
use crate::format::content::Content;
use crate::format::limits::{MAX_ZIP_RATIO, MAX_ZIP_UNPACKED, ZIP_RATIO_FROM};
use crate::model::Digest;
use std::fmt;
use std::ops::Range;

/// How an entry is packed (§4.4.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// As it is.
    Stored,
    /// By deflate (RFC 1951).
    Deflated,
}

impl Method {
    /// The method of that number, if it is read.
    #[must_use]
    pub fn of(number: u16) -> Option<Self> {
        match number {
            0 => Some(Self::Stored),
            8 => Some(Self::Deflated),
            _ => None,
        }
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflated => 8,
        }
    }
}

/// A file or folder in an archive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its name, without the slash behind a folder's.
    pub name: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// How it is packed.
    pub method: Method,
    /// Octets of what is in it.
    pub size: u64,
    /// Whether its local header has no extra field.
    pub bare: bool,
    pub(super) crc: u32,
    pub(super) by_code_page: Option<String>,
    pub(super) data: Range<u64>,
}

impl Entry {
    /// Octets as packed.
    #[must_use]
    pub fn packed(&self) -> u64 {
        self.data.end.saturating_sub(self.data.start)
    }
}

/// An archive and its entries in the order in which they lie in the file.
#[derive(Clone)]
pub struct Archive<'a> {
    pub(super) content: &'a dyn Content,
    entries: Vec<Entry>,
}

impl fmt::Debug for Archive<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Archive({} entries)", self.entries.len())
    }
}

impl<'a> Archive<'a> {
    /// Reads the structure of an archive; what is in its entries is not touched.
    ///
    /// # Errors
    /// [`ZipError`].
    pub fn read(content: &'a dyn Content) -> Result<Self, ZipError> {
        let bytes = content.bytes();
        let end = end::find(bytes)?;
        let listed = directory::read(bytes, &end)?;
        let entries = local::lay_out(bytes, listed, end.directory.start)?;
        names::distinct(&entries)?;
        in_all(&entries, bytes.len())?;
        // A stored file may be an archive itself; anywhere else a record of its end is a trick.
        // They lie one behind the other, and a file may be full of such records.
        let inside = |at: u64| {
            let behind = entries.partition_point(|entry| entry.data.start <= at);
            let last = behind.checked_sub(1).and_then(|last| entries.get(last));
            last.is_some_and(|entry| entry.data.contains(&at))
        };
        let is_stray = |at: &&usize| !u64::try_from(**at).is_ok_and(inside);
        match end.others.iter().find(is_stray) {
            Some(stray) => Err(ZipError::SecondEnd(*stray)),
            None => Ok(Self { content, entries }),
        }
    }

    /// SHA-256 of the archive.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.content.digest()
    }

    /// Files and folders in the order in which they lie in the file.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The file of exactly that name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&Entry> {
        let mut files = self.entries.iter().filter(|entry| !entry.folder);
        files.find(|entry| entry.name == name)
    }
}

impl Archive<'_> {
    /// Whether every octet beside the files themselves is as [`super::write`] writes stored files: what no
    /// digest in the archive is over is then nobody's to change.
    #[must_use]
    pub fn is_as_written(&self) -> bool {
        self.rewritten().is_some_and(|same| same)
    }

    fn rewritten(&self) -> Option<bool> {
        let (bytes, mut outline, mut at) = (self.content.bytes(), Outline::new(), 0usize);
        for entry in self.entries.iter().filter(|entry| !entry.folder) {
            let header = Header::stored(&entry.name, entry.size, entry.crc).ok()?;
            let local = outline.add(&entry.name, &header).ok()?;
            let start = usize::try_from(entry.data.start).ok()?;
            if entry.method != Method::Stored || bytes.get(at..start)? != local {
                return Some(false);
            }
            at = usize::try_from(entry.data.end).ok()?;
        }
        Some(bytes.get(at..)? == outline.finish().ok()?)
    }
}

/// What all entries together unpack to.
fn in_all(entries: &[Entry], packed: usize) -> Result<(), ZipError> {
    let sizes = entries.iter().map(|entry| entry.size);
    let size = sizes.fold(0u64, u64::saturating_add);
    if size > MAX_ZIP_UNPACKED {
        return Err(ZipError::TooMany {
            what: "octets unpacked",
            limit: MAX_ZIP_UNPACKED,
        });
    }
    let packed = u64::try_from(packed).unwrap_or(u64::MAX);
    let largest = entries.iter().max_by_key(|entry| entry.size);
    match largest {
        Some(entry) if size > ZIP_RATIO_FROM && size > packed.saturating_mul(MAX_ZIP_RATIO) => {
            Err(Fault::Ratio(MAX_ZIP_RATIO).of(&entry.name))
        }
        Some(_) | None => Ok(()),
    }
}
