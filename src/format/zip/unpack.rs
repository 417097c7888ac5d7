//! What is in an entry, through a window of fixed size.

use super::archive::{Archive, Entry, Method};
use super::{Fault, ZipError};
use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Octets inflated at a time: large enough that hashing them costs more than the call.
const WINDOW: usize = 64 * 1024;

impl Archive<'_> {
    /// Feeds what is in an entry to `sink`. What `sink` was given counts only if this succeeds: length
    /// and CRC-32 are known at the end.
    ///
    /// # Errors
    /// [`ZipError::Entry`] if it is not what the directory says; [`ZipError::Content`].
    pub fn feed(&self, entry: &Entry, sink: &mut dyn FnMut(&[u8])) -> Result<(), ZipError> {
        let mut crc = Crc::new();
        let mut length = 0u64;
        let mut count = |bytes: &[u8]| {
            crc.update(bytes);
            length = length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            sink(bytes);
        };
        match entry.method {
            Method::Stored => self.content.feed(entry.data.clone(), &mut count)?,
            Method::Deflated => {
                let mut inflater = Inflater::new(entry.size);
                self.content.feed(entry.data.clone(), &mut |bytes: &[u8]| {
                    inflater.push(bytes, &mut count)
                })?;
                inflater.finish().map_err(|fault| fault.of(&entry.name))?;
            }
        }
        if length != entry.size {
            return Err(Fault::Length.of(&entry.name));
        }
        match crc.sum() == entry.crc {
            true => Ok(()),
            false => Err(Fault::Crc.of(&entry.name)),
        }
    }

    /// What is in an entry of no more than `limit` octets.
    ///
    /// # Errors
    /// As [`Archive::feed`], and [`ZipError::TooMany`].
    pub fn unpack(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ZipError> {
        if entry.size > limit {
            let what = "octets in an entry that is read whole";
            return Err(ZipError::TooMany { what, limit });
        }
        let mut out = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(0));
        self.feed(entry, &mut |bytes: &[u8]| out.extend_from_slice(bytes))?;
        Ok(out)
    }
}

/// Deflated data (RFC 1951) as they come, never more of them than was announced.
struct Inflater {
    state: Decompress,
    out: Vec<u8>,
    left: u64,
    ended: bool,
    fault: Option<Fault>,
}

impl Inflater {
    fn new(size: u64) -> Self {
        Self {
            state: Decompress::new(false),
            out: Vec::with_capacity(WINDOW),
            left: size,
            ended: false,
            fault: None,
        }
    }

    fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8])) {
        if self.fault.is_none() {
            self.fault = self.inflate(bytes, sink).err();
        }
    }

    fn inflate(&mut self, mut bytes: &[u8], sink: &mut dyn FnMut(&[u8])) -> Result<(), Fault> {
        while !self.ended {
            self.out.clear();
            let before = self.state.total_in();
            let status = self
                .state
                .decompress_vec(bytes, &mut self.out, FlushDecompress::None)
                .map_err(|_| Fault::Deflate)?;
            let taken = self.state.total_in().saturating_sub(before);
            let taken = usize::try_from(taken).unwrap_or(usize::MAX);
            bytes = bytes.get(taken..).unwrap_or_default();
            let length = u64::try_from(self.out.len()).unwrap_or(u64::MAX);
            self.left = self.left.checked_sub(length).ok_or(Fault::Length)?;
            sink(&self.out);
            self.ended = status == Status::StreamEnd;
            // More is needed, or nothing more comes.
            if !self.ended
                && self.out.len() < self.out.capacity()
                && (bytes.is_empty() || taken == 0)
            {
                break;
            }
        }
        match self.ended && !bytes.is_empty() {
            // Octets that are part of no block.
            true => Err(Fault::Deflate),
            false => Ok(()),
        }
    }

    fn finish(self) -> Result<(), Fault> {
        match (self.fault, self.ended) {
            (Some(fault), _) => Err(fault),
            (None, true) => Ok(()),
            (None, false) => Err(Fault::Deflate),
        }
    }
}
