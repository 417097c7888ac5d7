//! The event log: segments of groups. A group is one append and one sync.
//!
//! ```text
//! segment: magic 8 | version u16 | log id 16 | first position u64 | chain head 32 | crc u32
//! group:   magic 4 | version u16 | log id 16 | first position u64 | records u32 | length u32 |
//!          bodies u64 | crc u32 (of this header)
//!          records: (length u32 | record)*
//!          places:  count u32 | (digest 32 | place)*
//!          crc u32 (of records and places)
//!          inline bodies
//! ```
//!
//! CRC and chain cover the records and, per body, its length, CRC-32C and SHA-256 only, so that a
//! body can be punched out later without touching either. Group n+1 is not written before the sync
//! of n has returned.

use super::bodies::BodyPlace;
use super::disk::{Disk, DiskFile, is_full};
use crate::model::{Digest, Position, Timestamp};
use crate::store::codec::CodecError;
use crate::store::codec::bytes::{Reader, Writer};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(in crate::store) const SEGMENT_MAGIC: [u8; 8] = *b"LTLOGSEG";
pub(in crate::store) const GROUP_MAGIC: [u8; 4] = *b"LTGR";
/// The form described above.
pub(in crate::store) const VERSION: u16 = 1;
pub(in crate::store) const SEGMENT_HEADER: usize = 70;
pub(in crate::store) const GROUP_HEADER: usize = 50;

/// A log's identity: 16 bytes of chance, in every header, so that bytes of a body or of another
/// log are never taken for a group of this one.
pub(in crate::store) type LogId = [u8; 16];

/// The path of a segment.
pub(in crate::store) fn segment_path(data: &Path, number: u32) -> PathBuf {
    data.join("log").join(format!("{number:08}.log"))
}

/// A place between two groups.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(in crate::store) struct Location {
    pub(in crate::store) segment: u32,
    pub(in crate::store) offset: u64,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "log/{:08}.log at offset {}", self.segment, self.offset)
    }
}

/// What is known at a place between two groups: where it is, the last record before it, the head
/// of the audit chain there and the time of that record. Projections store the marker up to which
/// they are applied.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::store) struct Marker {
    pub(in crate::store) location: Location,
    pub(in crate::store) position: Position,
    pub(in crate::store) head: Head,
    pub(in crate::store) at: Timestamp,
}

/// The head of the audit chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::store) struct Head(pub(in crate::store) Digest);

impl Default for Head {
    fn default() -> Self {
        Self(Digest::ZERO)
    }
}

impl Marker {
    pub(in crate::store) fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.location.segment);
        w.u64(self.location.offset);
        w.position(self.position);
        w.digest(&self.head.0);
        w.time(self.at);
    }

    pub(in crate::store) fn read(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            location: Location {
                segment: r.u32()?,
                offset: r.u64()?,
            },
            position: r.position()?,
            head: Head(r.digest()?),
            at: r.time()?,
        })
    }
}

/// Appends the header of a segment.
pub(in crate::store) fn write_segment_header(
    out: &mut Vec<u8>,
    id: &LogId,
    first: Position,
    head: &Digest,
) {
    out.extend_from_slice(&SEGMENT_MAGIC);
    let mut w = Writer(out);
    w.u16(VERSION);
    w.0.extend_from_slice(id);
    w.position(first);
    w.digest(head);
    let crc = crc32c::crc32c(w.0);
    w.u32(crc);
}

/// One group, about to be written.
#[derive(Debug, Default)]
pub(in crate::store) struct Draft {
    /// Its records, each with its length before it.
    pub(in crate::store) records: Vec<u8>,
    pub(in crate::store) count: u32,
    /// Bodies with their places; an inline place holds no segment and offset until it is written.
    pub(in crate::store) places: Vec<(Digest, BodyPlace)>,
    /// The inline bodies in the order of their places.
    pub(in crate::store) inline: Vec<bytes::Bytes>,
}

/// Why a group was not written.
#[derive(Debug)]
pub(in crate::store) enum AppendError {
    /// No space; nothing of the group is in the log.
    Full,
    /// It may or may not be in the log. Nothing may be written any more.
    Broken(String),
}

/// The end of the log.
pub(in crate::store) struct Log {
    disk: Arc<dyn Disk>,
    data: PathBuf,
    id: LogId,
    limit: u64,
    file: Arc<dyn DiskFile>,
    /// Up to where everything is synced.
    pub(in crate::store) end: Marker,
    buffer: Vec<u8>,
    /// Syncs made, for the metrics.
    pub(in crate::store) syncs: u64,
}

impl Log {
    /// Goes on at `end`, which recovery found.
    pub(in crate::store) fn at(
        disk: Arc<dyn Disk>,
        data: &Path,
        id: LogId,
        limit: u64,
        end: Marker,
    ) -> io::Result<Self> {
        let file = disk.open(&segment_path(data, end.location.segment))?;
        Ok(Self {
            disk,
            data: data.to_owned(),
            id,
            limit,
            file,
            end,
            buffer: Vec::new(),
            syncs: 0,
        })
    }

    /// Makes the first segment of a new log.
    pub(in crate::store) fn create(disk: &dyn Disk, data: &Path, id: &LogId) -> io::Result<Marker> {
        let dir = data.join("log");
        disk.create_dir(&dir)?;
        let start = Marker::default();
        let file = disk.open(&segment_path(data, 1))?;
        // A crash may have left a piece of a header, and nothing behind it.
        file.truncate(0)?;
        start_segment(&*file, id, &start)?;
        disk.sync_dir(&dir)?;
        disk.sync_dir(data)?;
        Ok(Marker {
            location: Location {
                segment: 1,
                offset: header_len(SEGMENT_HEADER),
            },
            ..start
        })
    }

    /// Makes room: a new segment once the current one is full.
    fn roll(&mut self) -> io::Result<()> {
        if self.end.location.offset < self.limit {
            return Ok(());
        }
        let number = self.end.location.segment.saturating_add(1);
        let file = self.disk.open(&segment_path(&self.data, number))?;
        // A try that found no space may have left a piece of a header.
        file.truncate(0)?;
        start_segment(&*file, &self.id, &self.end)?;
        self.disk.sync_dir(&self.data.join("log"))?;
        self.file = file;
        self.end.location = Location {
            segment: number,
            offset: header_len(SEGMENT_HEADER),
        };
        Ok(())
    }

    /// Writes a group and syncs it. `end` is the state after its last record but for the location,
    /// which is filled in; so are the places of its inline bodies.
    pub(in crate::store) fn append(
        &mut self,
        draft: &mut Draft,
        end: Marker,
    ) -> Result<Marker, AppendError> {
        match self.roll() {
            Ok(()) => {}
            Err(e) if is_full(&e) => return Err(AppendError::Full),
            Err(e) => return Err(AppendError::Broken(e.to_string())),
        }
        let length = self.lay_out(draft);
        let mut parts: Vec<&[u8]> = vec![&self.buffer];
        parts.extend(draft.inline.iter().map(|body| &body[..]));
        if let Err(e) = self.file.append(&parts) {
            return Err(self.take_back(&e));
        }
        if let Err(e) = self.file.sync() {
            // Never tried again: the kernel may have dropped the pages and would report success.
            return Err(AppendError::Broken(format!("syncing the log failed: {e}")));
        }
        self.syncs = self.syncs.saturating_add(1);
        let location = Location {
            segment: self.end.location.segment,
            offset: self.end.location.offset.saturating_add(length),
        };
        self.end = Marker { location, ..end };
        Ok(self.end)
    }

    /// Cuts off a group that found no space.
    fn take_back(&self, cause: &io::Error) -> AppendError {
        let cut = self.file.truncate(self.end.location.offset);
        match cut {
            Ok(()) if is_full(cause) => AppendError::Full,
            Ok(()) => AppendError::Broken(format!("writing the log failed: {cause}")),
            Err(e) => AppendError::Broken(format!("{cause}; cutting the log failed: {e}")),
        }
    }

    /// Fills the buffer with everything but the inline bodies; returns the group's length.
    fn lay_out(&mut self, draft: &mut Draft) -> u64 {
        let places = draft.places.len();
        let block = draft
            .records
            .len()
            .saturating_add(4)
            .saturating_add(places_len(&draft.places));
        let bodies: u64 = draft.inline.iter().map(|b| length(b.len())).sum();
        let head = header_len(GROUP_HEADER)
            .saturating_add(length(block))
            .saturating_add(4);
        let base = self.end.location.offset.saturating_add(head);
        self.place_inline(draft, base);
        self.buffer.clear();
        self.buffer.extend_from_slice(&GROUP_MAGIC);
        let mut w = Writer(&mut self.buffer);
        w.u16(VERSION);
        w.0.extend_from_slice(&self.id);
        w.position(self.end.position.next());
        w.u32(draft.count);
        w.u32(u32::try_from(block).unwrap_or(u32::MAX));
        w.u64(bodies);
        let crc = crc32c::crc32c(w.0);
        w.u32(crc);
        w.0.extend_from_slice(&draft.records);
        w.u32(u32::try_from(places).unwrap_or(u32::MAX));
        for (digest, place) in &draft.places {
            w.digest(digest);
            place.write(&mut w);
        }
        let crc = crc32c::crc32c(w.0.get(GROUP_HEADER..).unwrap_or_default());
        w.u32(crc);
        head.saturating_add(bodies)
    }

    fn place_inline(&self, draft: &mut Draft, base: u64) {
        let mut offset = base;
        for (_, place) in &mut draft.places {
            if let BodyPlace::Inline(extent) = place {
                extent.segment = self.end.location.segment;
                extent.offset = offset;
                offset = offset.saturating_add(u64::from(extent.len));
            }
        }
    }
}

fn start_segment(file: &dyn DiskFile, id: &LogId, at: &Marker) -> io::Result<()> {
    let mut header = Vec::with_capacity(SEGMENT_HEADER);
    write_segment_header(&mut header, id, at.position.next(), &at.head.0);
    file.append(&[&header])?;
    file.sync()
}

/// The digest and the place of each body, as stored.
fn places_len(places: &[(Digest, BodyPlace)]) -> usize {
    let one = |place: &BodyPlace| match place {
        BodyPlace::Inline(_) | BodyPlace::Segment(_) => 32usize.saturating_add(21),
        BodyPlace::File(_) => 32usize.saturating_add(9),
    };
    places.iter().map(|(_, place)| one(place)).sum()
}

/// A length as stored.
pub(in crate::store) fn length(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

fn header_len(len: usize) -> u64 {
    length(len)
}

/// The header of a group.
#[derive(Debug)]
pub(in crate::store) struct GroupHeader {
    pub(in crate::store) first: Position,
    pub(in crate::store) count: u32,
    pub(in crate::store) length: u32,
    pub(in crate::store) bodies: u64,
}

impl GroupHeader {
    /// Reads the header of a group of the log `id`; `None` if these bytes are none.
    pub(in crate::store) fn read(bytes: &[u8], id: &LogId) -> Option<Self> {
        let bytes = bytes.get(..GROUP_HEADER)?;
        let (covered, crc) = bytes.split_last_chunk::<4>()?;
        let fits = covered.starts_with(&GROUP_MAGIC)
            && crc32c::crc32c(covered) == u32::from_le_bytes(*crc);
        let mut r = Reader(covered.get(4..)?);
        let version = r.u16().ok()?;
        let log = r.take(16).ok()?;
        if !fits || version != VERSION || log != id {
            return None;
        }
        Some(Self {
            first: r.position().ok()?,
            count: r.u32().ok()?,
            length: r.u32().ok()?,
            bodies: r.u64().ok()?,
        })
    }
}

/// The header of a segment: log id, first position, chain head. `None` if these bytes are none.
pub(in crate::store) fn read_segment_header(bytes: &[u8]) -> Option<(LogId, Position, Digest)> {
    let bytes = bytes.get(..SEGMENT_HEADER)?;
    let (covered, crc) = bytes.split_last_chunk::<4>()?;
    let fits =
        covered.starts_with(&SEGMENT_MAGIC) && crc32c::crc32c(covered) == u32::from_le_bytes(*crc);
    let mut r = Reader(covered.get(8..)?);
    let version = r.u16().ok()?;
    if !fits || version != VERSION {
        return None;
    }
    let id = r.take(16).ok()?.try_into().ok()?;
    Some((id, r.position().ok()?, r.digest().ok()?))
}
