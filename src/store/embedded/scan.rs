//! Reads the log group by group, checking CRCs, places and the audit chain; inline bodies are
//! skipped. Serves recovery, the rebuild of projections and `recount`.

use super::bodies::BodyPlace;
use super::disk::{Disk, DiskFile};
use super::log::{
    GROUP_HEADER, GROUP_MAGIC, GroupHeader, Head, Location, LogId, Marker, SEGMENT_HEADER, length,
    read_segment_header, segment_path,
};
use crate::model::Digest;
use crate::model::event::Recorded;
use crate::store::codec;
use crate::store::codec::bytes::Reader;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most groups' headers and records fit in one read of this size.
const WINDOW: usize = 16 * 1024;

/// A group of the writer's cap of records and places is far below this.
const MAX_BLOCK: u32 = 64 * 1024 * 1024;

/// One group.
#[derive(Debug)]
pub(in crate::store) struct Group {
    /// Where it begins, and the state before it.
    pub(in crate::store) start: Marker,
    /// The state after it.
    pub(in crate::store) end: Marker,
    pub(in crate::store) records: Vec<Recorded>,
    pub(in crate::store) places: Vec<(Digest, BodyPlace)>,
}

/// Why the log cannot be read on.
#[derive(Debug, thiserror::Error)]
pub(in crate::store) enum ScanError {
    /// These bytes are not a whole group. At the end of the log: a write that was cut short.
    #[error("the log is damaged: {0}: {1}")]
    Bad(Location, &'static str),
    /// A whole group whose content makes no sense to this program; never cut.
    #[error("the log is damaged: {0}: {1}")]
    Unreadable(Location, String),
    /// The medium failed.
    #[error("reading the log failed: {0}")]
    Io(#[from] io::Error),
}

/// A reader of the log.
pub(in crate::store) struct Scanner {
    disk: Arc<dyn Disk>,
    data: PathBuf,
    id: LogId,
    file: Arc<dyn DiskFile>,
    /// The state before the next group.
    pub(in crate::store) at: Marker,
    buffer: Vec<u8>,
}

/// The numbers of the segments there are, in order.
pub(in crate::store) fn segments(disk: &dyn Disk, data: &Path) -> io::Result<Vec<u32>> {
    let names = disk.list(&data.join("log"))?;
    let mut numbers: Vec<u32> = names
        .iter()
        .filter_map(|name| name.strip_suffix(".log")?.parse().ok())
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The header of a segment, if it has a whole one.
pub(in crate::store) fn header_of(
    disk: &dyn Disk,
    data: &Path,
    number: u32,
) -> io::Result<Option<(LogId, Marker)>> {
    let mut bytes = vec![0; SEGMENT_HEADER];
    let read = disk
        .open(&segment_path(data, number))?
        .read_at(&mut bytes, 0)?;
    bytes.truncate(read);
    Ok(read_segment_header(&bytes).map(|(id, first, head)| {
        let marker = Marker {
            location: Location {
                segment: number,
                offset: length(SEGMENT_HEADER),
            },
            position: crate::model::Position(first.0.saturating_sub(1)),
            head: Head(head),
            ..Marker::default()
        };
        (id, marker)
    }))
}

impl Scanner {
    /// Reads on from `at`.
    pub(in crate::store) fn from(
        disk: Arc<dyn Disk>,
        data: &Path,
        id: LogId,
        at: Marker,
    ) -> io::Result<Self> {
        let file = disk.open(&segment_path(data, at.location.segment))?;
        Ok(Self {
            disk,
            data: data.to_owned(),
            id,
            file,
            at,
            buffer: Vec::new(),
        })
    }

    /// The next group; `None` at the end.
    pub(in crate::store) fn next(&mut self) -> Result<Option<Group>, ScanError> {
        let mut read = self.fill(WINDOW)?;
        if read == 0 {
            if !self.next_segment()? {
                return Ok(None);
            }
            read = self.fill(WINDOW)?;
            if read == 0 {
                return Ok(None);
            }
        }
        let at = self.at.location;
        let bad = |what| ScanError::Bad(at, what);
        let header =
            GroupHeader::read(&self.buffer, &self.id).ok_or_else(|| bad("no group header"))?;
        if header.first != self.at.position.next() || header.length > MAX_BLOCK {
            return Err(bad("a group out of order"));
        }
        let block = usize::try_from(header.length).unwrap_or(usize::MAX);
        let whole = GROUP_HEADER.saturating_add(block).saturating_add(4);
        if whole > self.buffer.len() && self.fill(whole)? < whole {
            return Err(bad("a group cut short"));
        }
        let covered = self.buffer.get(GROUP_HEADER..whole).unwrap_or_default();
        let (covered, crc) = covered
            .split_last_chunk::<4>()
            .ok_or_else(|| bad("no CRC"))?;
        if crc32c::crc32c(covered) != u32::from_le_bytes(*crc) {
            return Err(bad("a wrong CRC"));
        }
        let group = parse(covered, &header, self.at).map_err(|e| ScanError::Unreadable(at, e))?;
        let offset = at.offset.saturating_add(length(whole));
        let end = Marker {
            location: Location {
                offset: offset.saturating_add(header.bodies),
                ..at
            },
            ..group.end
        };
        self.at = end;
        Ok(Some(Group { end, ..group }))
    }

    /// The bytes of each record of the group that was read last.
    pub(in crate::store) fn record_bytes(&self) -> impl Iterator<Item = &[u8]> {
        let mut reader = Reader(self.buffer.get(GROUP_HEADER..).unwrap_or_default());
        std::iter::from_fn(move || {
            let len = reader.u32().ok()?;
            reader.take(usize::try_from(len).unwrap_or(usize::MAX)).ok()
        })
    }

    /// Reads `len` bytes from the current offset into the buffer; fewer at the end of the file.
    fn fill(&mut self, len: usize) -> io::Result<usize> {
        self.buffer.resize(len, 0);
        let read = self
            .file
            .read_at(&mut self.buffer, self.at.location.offset)?;
        self.buffer.truncate(read);
        Ok(read)
    }

    /// Goes to the next segment; `false` if there is none.
    fn next_segment(&mut self) -> Result<bool, ScanError> {
        let number = self.at.location.segment.saturating_add(1);
        if !segments(&*self.disk, &self.data)?.contains(&number) {
            return Ok(false);
        }
        let start = Location {
            segment: number,
            offset: 0,
        };
        let Some((id, marker)) = header_of(&*self.disk, &self.data, number)? else {
            return Err(ScanError::Bad(start, "no segment header"));
        };
        let follows = marker.position == self.at.position && marker.head == self.at.head;
        if id != self.id || !follows {
            let what = "the segment does not follow the one before it".to_owned();
            return Err(ScanError::Unreadable(start, what));
        }
        self.file = self.disk.open(&segment_path(&self.data, number))?;
        self.at.location = marker.location;
        Ok(true)
    }

    /// Whether a later group follows somewhere behind a bad place: then it is damage, not the end.
    pub(in crate::store) fn group_behind(&self, bad: Location) -> io::Result<bool> {
        let numbers = segments(&*self.disk, &self.data)?;
        if numbers.iter().any(|n| *n > bad.segment) {
            return Ok(true);
        }
        let file = self.disk.open(&segment_path(&self.data, bad.segment))?;
        let mut at = bad.offset.saturating_add(1);
        let mut window = vec![0; 1024 * 1024];
        loop {
            let read = file.read_at(&mut window, at)?;
            let bytes = window.get(..read).unwrap_or_default();
            if self.holds_group(bytes) {
                return Ok(true);
            }
            if read < window.len() {
                return Ok(false);
            }
            let step = read.saturating_sub(GROUP_HEADER).max(1);
            at = at.saturating_add(length(step));
        }
    }

    fn holds_group(&self, bytes: &[u8]) -> bool {
        let later = |window: &[u8]| {
            GroupHeader::read(window, &self.id).is_some_and(|h| h.first > self.at.position.next())
        };
        bytes
            .windows(GROUP_HEADER)
            .any(|window| window.starts_with(&GROUP_MAGIC) && later(window))
    }
}

fn parse(block: &[u8], header: &GroupHeader, start: Marker) -> Result<Group, String> {
    let mut r = Reader(block);
    let mut end = start;
    let mut records = Vec::with_capacity(usize::try_from(header.count.min(4096)).unwrap_or(0));
    for _ in 0..header.count {
        let len = r.u32().map_err(|e| e.to_string())?;
        let bytes = r.take(usize::try_from(len).unwrap_or(usize::MAX));
        let (previous, record) = bytes
            .and_then(codec::read_record)
            .map_err(|e| e.to_string())?;
        if previous != end.head.0 || record.position != end.position.next() {
            let at = record.position;
            return Err(format!("record {at} does not follow its predecessor"));
        }
        end.position = record.position;
        end.head = Head(record.hash);
        end.at = record.at;
        records.push(record);
    }
    let places = read_places(&mut r).map_err(|e| e.to_string())?;
    Ok(Group {
        start,
        end,
        records,
        places,
    })
}

fn read_places(r: &mut Reader<'_>) -> Result<Vec<(Digest, BodyPlace)>, codec::CodecError> {
    let count = r.u32()?;
    let places = (0..count)
        .map(|_| Ok((r.digest()?, BodyPlace::read(r)?)))
        .collect::<Result<_, _>>()?;
    r.end()?;
    Ok(places)
}
