//! Where bodies lie: inline in a group of the log, in an append-only body segment, or in a file
//! under their digest (`storage.md` of the design, §0 and §5, has the measured borders).

use super::disk::{Disk, DiskFile, is_full};
use crate::model::Digest;
use crate::store::codec::CodecError;
use crate::store::codec::bytes::{Reader, Writer};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Up to this length a body rides in its group.
pub(in crate::store) const INLINE_MAX: usize = 64 * 1024;

/// Open segments that are kept open for reading.
const OPEN_SEGMENTS: usize = 32;

/// Where one body lies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::store) enum BodyPlace {
    /// In a segment of the log.
    Inline(Extent),
    /// In a body segment.
    Segment(Extent),
    /// In a file of its own, of that length.
    File(u64),
}

/// A stretch of a segment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::store) struct Extent {
    pub(in crate::store) segment: u32,
    pub(in crate::store) offset: u64,
    pub(in crate::store) len: u32,
    pub(in crate::store) crc: u32,
}

impl BodyPlace {
    /// Before every other in their order.
    pub(in crate::store) const FIRST: Self = Self::Inline(Extent {
        segment: 0,
        offset: 0,
        len: 0,
        crc: 0,
    });

    /// The length of the body.
    pub(in crate::store) fn len(&self) -> u64 {
        match self {
            Self::Inline(extent) | Self::Segment(extent) => u64::from(extent.len),
            Self::File(len) => *len,
        }
    }

    pub(in crate::store) fn write(&self, w: &mut Writer<'_>) {
        match self {
            Self::Inline(extent) => {
                w.u8(0);
                extent.write(w);
            }
            Self::Segment(extent) => {
                w.u8(1);
                extent.write(w);
            }
            Self::File(len) => {
                w.u8(2);
                w.u64(*len);
            }
        }
    }

    pub(in crate::store) fn read(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        match r.u8()? {
            0 => Extent::read(r).map(Self::Inline),
            1 => Extent::read(r).map(Self::Segment),
            2 => r.u64().map(Self::File),
            other => Err(CodecError::Value("body place", u64::from(other))),
        }
    }
}

impl Extent {
    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.segment);
        w.u64(self.offset);
        w.u32(self.len);
        w.u32(self.crc);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            segment: r.u32()?,
            offset: r.u64()?,
            len: r.u32()?,
            crc: r.u32()?,
        })
    }
}

/// The path of a body in a file of its own.
pub(in crate::store) fn file_path(data: &Path, digest: &Digest) -> PathBuf {
    let hex = digest.to_hex();
    let folder = hex.get(..2).unwrap_or_default();
    data.join("bodies").join(folder).join(&hex)
}

/// The path of a body segment.
pub(in crate::store) fn segment_path(data: &Path, number: u32) -> PathBuf {
    data.join("bodies").join(format!("{number:08}.seg"))
}

/// Reads bodies out of segments of both kinds.
pub(in crate::store) struct BodyReader {
    disk: Arc<dyn Disk>,
    data: PathBuf,
    open: Mutex<BTreeMap<(bool, u32), Arc<dyn DiskFile>>>,
}

impl BodyReader {
    pub(in crate::store) fn new(disk: Arc<dyn Disk>, data: &Path) -> Self {
        Self {
            disk,
            data: data.to_owned(),
            open: Mutex::default(),
        }
    }

    /// The bytes at a place, checked against their CRC; `inline` tells the kind of segment.
    pub(in crate::store) fn read(&self, inline: bool, extent: &Extent) -> io::Result<Vec<u8>> {
        let file = self.file(inline, extent.segment)?;
        let mut bytes = vec![0; usize::try_from(extent.len).unwrap_or(usize::MAX)];
        let read = file.read_at(&mut bytes, extent.offset)?;
        if read != bytes.len() || crc32c::crc32c(&bytes) != extent.crc {
            let what = format!(
                "a body in segment {} at {} is damaged",
                extent.segment, extent.offset
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(bytes)
    }

    /// Lets go of a body segment that is no more.
    pub(in crate::store) fn forget(&self, number: u32) {
        self.open().remove(&(false, number));
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<(bool, u32), Arc<dyn DiskFile>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, inline: bool, number: u32) -> io::Result<Arc<dyn DiskFile>> {
        let mut open = self.open();
        if let Some(file) = open.get(&(inline, number)) {
            return Ok(Arc::clone(file));
        }
        let path = if inline {
            super::log::segment_path(&self.data, number)
        } else {
            segment_path(&self.data, number)
        };
        let file = self.disk.open(&path)?;
        if open.len() >= OPEN_SEGMENTS {
            open.pop_first();
        }
        open.insert((inline, number), Arc::clone(&file));
        Ok(file)
    }
}

/// The numbers of the body segments that there are, in order.
pub(in crate::store) fn segments(disk: &dyn Disk, data: &Path) -> io::Result<Vec<u32>> {
    let names = disk.list(&data.join("bodies"))?;
    let number = |name: &String| name.strip_suffix(".seg")?.parse().ok();
    let mut numbers: Vec<u32> = names.iter().filter_map(number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The body segment that is being filled.
pub(in crate::store) struct BodySegments {
    disk: Arc<dyn Disk>,
    data: PathBuf,
    limit: u64,
    number: u32,
    file: Option<Arc<dyn DiskFile>>,
    end: u64,
    /// Where the last synced body ends.
    good: u64,
}

impl BodySegments {
    /// Goes on at the end of the last segment; what a crash left there is never referred to.
    pub(in crate::store) fn open(disk: Arc<dyn Disk>, data: &Path, limit: u64) -> io::Result<Self> {
        let dir = data.join("bodies");
        disk.create_dir(&dir)?;
        let number = segments(&*disk, data)?.last().copied().unwrap_or(0);
        let mut segments = Self {
            disk,
            data: data.to_owned(),
            limit,
            number,
            file: None,
            end: 0,
            good: 0,
        };
        if number > 0 {
            let file = segments.disk.open(&segment_path(data, number))?;
            segments.end = file.len()?;
            segments.good = segments.end;
            segments.file = Some(file);
        }
        Ok(segments)
    }

    /// Appends one body; it is durable only after [`BodySegments::sync`].
    pub(in crate::store) fn append(&mut self, bytes: &[u8], crc: u32) -> io::Result<Extent> {
        let file = self.current()?;
        file.append(&[bytes])?;
        let extent = Extent {
            segment: self.number,
            offset: self.end,
            len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            crc,
        };
        self.end = self.end.saturating_add(u64::from(extent.len));
        Ok(extent)
    }

    fn current(&mut self) -> io::Result<Arc<dyn DiskFile>> {
        if let Some(file) = &self.file
            && self.end < self.limit
        {
            return Ok(Arc::clone(file));
        }
        // What the full segment holds must be durable before it is left.
        self.sync()?;
        let number = self.number.saturating_add(1);
        let file = self.disk.open(&segment_path(&self.data, number))?;
        file.truncate(0)?;
        self.disk.sync_dir(&self.data.join("bodies"))?;
        self.number = number;
        self.end = 0;
        self.good = 0;
        self.file = Some(Arc::clone(&file));
        Ok(file)
    }

    /// Its number.
    pub(in crate::store) fn number(&self) -> u32 {
        self.number
    }

    /// Makes every appended body durable.
    pub(in crate::store) fn sync(&mut self) -> io::Result<()> {
        if let Some(file) = &self.file
            && self.good != self.end
        {
            file.sync()?;
            self.good = self.end;
        }
        Ok(())
    }

    /// Cuts off what was appended since the last sync, after an error that said "no space".
    pub(in crate::store) fn take_back(&mut self, cause: &io::Error) -> io::Result<()> {
        if !is_full(cause) {
            return Err(io::Error::new(cause.kind(), cause.to_string()));
        }
        if let Some(file) = &self.file {
            file.truncate(self.good)?;
            self.end = self.good;
        }
        Ok(())
    }

    /// Where the next body goes: to be given to [`BodySegments::give_back`] if what follows is not committed.
    pub(in crate::store) fn mark(&self) -> (u32, u64) {
        (self.number, self.end)
    }

    /// Cuts off what was appended since `mark`, since no group refers to it. Segments that were filled meanwhile go
    /// when it is seen that nobody has a right in them.
    pub(in crate::store) fn give_back(&mut self, mark: (u32, u64)) -> io::Result<()> {
        let to = if mark.0 == self.number { mark.1 } else { 0 };
        if let Some(file) = &self.file
            && to < self.end
        {
            file.truncate(to)?;
            self.end = to;
            self.good = self.good.min(to);
        }
        Ok(())
    }
}
