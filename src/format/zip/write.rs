//! Writing archives: the same files give the same octets. No time, no attribute, no extra field; the
//! order is that in which they are added.

use super::archive::Method;
use super::names;
use crate::format::limits::MAX_ZIP_ENTRIES;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::Write;

/// 1980-01-01 (MS-DOS date): the first day that there is.
const DATE: u16 = 0x0021;
/// §4.4.3: folders and deflate.
const VERSION: u16 = 20;

/// Why an archive is not written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WriteError {
    /// A name that would not be read.
    #[error("the name {0:?} {1}")]
    Name(String, &'static str),
    /// More than an archive holds without the records of 64 bits, or than is read.
    #[error("too much for one archive")]
    TooLarge,
}

/// The values of an entry that both of its headers have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// General purpose flags.
    pub flags: u16,
    /// The method's number.
    pub method: u16,
    /// CRC-32 of what is in it.
    pub crc: u32,
    /// Octets as packed.
    pub packed: u32,
    /// Octets unpacked.
    pub size: u32,
    /// Its name.
    pub name: Vec<u8>,
    /// Extra fields.
    pub extra: Vec<u8>,
}

impl Header {
    /// Of `bytes`, and how they are packed.
    ///
    /// # Errors
    /// [`WriteError::TooLarge`].
    pub fn of(name: &str, bytes: &[u8], method: Method) -> Result<(Self, Vec<u8>), WriteError> {
        // Bit 11: the name is UTF-8.
        let flags = if name.is_ascii() { 0 } else { 0x0800 };
        let packed = match method {
            Method::Stored => bytes.to_vec(),
            Method::Deflated => deflated(bytes)?,
        };
        let mut crc = Crc::new();
        crc.update(bytes);
        let header = Self {
            flags,
            method: method.number(),
            crc: crc.sum(),
            packed: narrow(packed.len())?,
            size: narrow(bytes.len())?,
            name: name.as_bytes().to_vec(),
            extra: Vec::new(),
        };
        Ok((header, packed))
    }

    /// Of a stored file whose length and CRC-32 are known.
    ///
    /// # Errors
    /// [`WriteError::TooLarge`].
    pub fn stored(name: &str, size: u64, crc: u32) -> Result<Self, WriteError> {
        let size = usize::try_from(size).map_err(|_| WriteError::TooLarge)?;
        Ok(Self {
            crc,
            packed: narrow(size)?,
            size: narrow(size)?,
            ..Self::of(name, b"", Method::Stored)?.0
        })
    }

    fn common(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(26);
        for short in [VERSION, self.flags, self.method, 0, DATE] {
            out.extend_from_slice(&short.to_le_bytes());
        }
        for long in [self.crc, self.packed, self.size] {
            out.extend_from_slice(&long.to_le_bytes());
        }
        for length in [self.name.len(), self.extra.len()] {
            let length = u16::try_from(length).unwrap_or(u16::MAX);
            out.extend_from_slice(&length.to_le_bytes());
        }
        out
    }

    /// The local header (§4.3.7).
    #[must_use]
    pub fn local(&self) -> Vec<u8> {
        let parts: [&[u8]; 4] = [b"PK\x03\x04", &self.common(), &self.name, &self.extra];
        parts.concat()
    }

    /// The record in the central directory (§4.3.12), the local header at `offset`.
    #[must_use]
    pub fn central(&self, attributes: u32, offset: u32) -> Vec<u8> {
        let version = VERSION.to_le_bytes();
        let mut out: Vec<u8> = [b"PK\x01\x02".as_slice(), &version, &self.common()].concat();
        // No comment, the first disk, no internal attributes.
        out.extend_from_slice(&[0; 6]);
        out.extend_from_slice(&attributes.to_le_bytes());
        out.extend_from_slice(&offset.to_le_bytes());
        out.extend_from_slice(&self.name);
        out.extend_from_slice(&self.extra);
        out
    }
}

/// The end record (§4.3.16) of a directory of `size` octets at `offset`.
#[must_use]
pub fn end(entries: u16, (size, offset): (u32, u32), comment: &[u8]) -> Vec<u8> {
    let mut out = b"PK\x05\x06\0\0\0\0".to_vec();
    out.extend_from_slice(&entries.to_le_bytes());
    out.extend_from_slice(&entries.to_le_bytes());
    out.extend_from_slice(&size.to_le_bytes());
    out.extend_from_slice(&offset.to_le_bytes());
    let length = u16::try_from(comment.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(comment);
    out
}

/// The headers of an archive whose data somebody else writes between them, so that no file has to be in
/// memory: each entry's data right behind its local header, the directory behind the last.
#[derive(Default, Debug)]
pub struct Outline {
    directory: Vec<u8>,
    entries: u16,
    at: u64,
}

impl Outline {
    /// An archive without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The local header of the next entry, behind which go `header.packed` octets.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn add(&mut self, name: &str, header: &Header) -> Result<Vec<u8>, WriteError> {
        let wrong = |what| WriteError::Name(name.to_owned(), what);
        let named = names::read(name.as_bytes(), true).map_err(wrong)?;
        if named.folder {
            return Err(wrong("is a folder's"));
        }
        if usize::from(self.entries) >= MAX_ZIP_ENTRIES {
            return Err(WriteError::TooLarge);
        }
        let (local, offset) = (header.local(), self.offset()?);
        self.directory.extend_from_slice(&header.central(0, offset));
        self.entries = self.entries.saturating_add(1);
        let length = u64::try_from(local.len()).unwrap_or(u64::MAX);
        self.at = self.at.saturating_add(length);
        self.at = self.at.saturating_add(u64::from(header.packed));
        Ok(local)
    }

    /// Where the next octet goes: the length of what has been written.
    ///
    /// # Errors
    /// [`WriteError::TooLarge`].
    fn offset(&self) -> Result<u32, WriteError> {
        narrow(usize::try_from(self.at).map_err(|_| WriteError::TooLarge)?)
    }

    /// The central directory and the end record.
    ///
    /// # Errors
    /// [`WriteError::TooLarge`].
    pub fn finish(mut self) -> Result<Vec<u8>, WriteError> {
        let place = (narrow(self.directory.len())?, self.offset()?);
        self.directory
            .extend_from_slice(&end(self.entries, place, b""));
        Ok(self.directory)
    }
}

/// An archive that grows.
#[derive(Default, Debug)]
pub struct Writer {
    out: Vec<u8>,
    outline: Outline,
}

impl Writer {
    /// An archive without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn add(&mut self, name: &str, bytes: &[u8], method: Method) -> Result<(), WriteError> {
        let (header, packed) = Header::of(name, bytes, method)?;
        let local = self.outline.add(name, &header)?;
        self.out.extend_from_slice(&local);
        self.out.extend_from_slice(&packed);
        Ok(())
    }

    /// The archive.
    ///
    /// # Errors
    /// [`WriteError::TooLarge`].
    pub fn finish(mut self) -> Result<Vec<u8>, WriteError> {
        self.out.extend_from_slice(&self.outline.finish()?);
        Ok(self.out)
    }
}

/// Whether a file of that name can be added.
#[must_use]
pub fn takes(name: &str) -> bool {
    names::read(name.as_bytes(), true).is_ok_and(|named| !named.folder)
}

/// What a name is for a system that tells neither case nor normal forms apart: no two entries have one.
#[must_use]
pub fn folded(name: &str) -> String {
    names::folded(name)
}

fn deflated(bytes: &[u8]) -> Result<Vec<u8>, WriteError> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Memory does not fail to be written to.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.map_err(|_| WriteError::TooLarge)
}

fn narrow(length: usize) -> Result<u32, WriteError> {
    let length = u32::try_from(length).ok().filter(|l| *l != u32::MAX);
    length.ok_or(WriteError::TooLarge)
}
