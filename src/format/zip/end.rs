//! The end of central directory record (§4.3.16) and its Zip64 twin (§4.3.14, §4.3.15).

use super::ZipError;
use super::fields::Fields;
use std::ops::Range;

const SIGNATURE: &[u8] = b"PK\x05\x06";
const LENGTH: usize = 22;
const ZIP64_SIGNATURE: &[u8] = b"PK\x06\x06";
const ZIP64_LENGTH: usize = 56;
const LOCATOR_SIGNATURE: &[u8] = b"PK\x06\x07";
const LOCATOR_LENGTH: usize = 20;

/// What the end says.
pub(super) struct End {
    /// Where the central directory lies.
    pub(super) directory: Range<usize>,
    /// How many entries it has.
    pub(super) entries: u64,
    /// Where other records could be read as the end.
    pub(super) others: Vec<usize>,
}

/// What both forms of the record say.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Record {
    disk: u64,
    directory_disk: u64,
    on_disk: u64,
    entries: u64,
    size: u64,
    offset: u64,
}

/// Reads the end, which has to be the last thing in the file, and whatever else looks like one.
pub(super) fn find(bytes: &[u8]) -> Result<End, ZipError> {
    // A reader looks for it from the end, as far as the longest comment reaches.
    let reach = LENGTH.saturating_add(usize::from(u16::MAX));
    let from = bytes.len().saturating_sub(reach);
    let tail = bytes.get(from..).unwrap_or_default();
    let all = memchr::memmem::find_iter(tail, SIGNATURE);
    let mut others: Vec<usize> = all.map(|at| at.saturating_add(from)).collect();
    let at = others.pop().ok_or(ZipError::End("none"))?;
    let (record, stop) = record(bytes, at).ok_or(ZipError::End("cut short"))?;
    if stop != bytes.len() {
        return Err(ZipError::End("it is not the last thing in the file"));
    }
    // Whoever looks for a comment that reaches the end exactly could find this one.
    let ends = |other: &&usize| self::record(bytes, **other).is_some_and(|(_, s)| s == bytes.len());
    if let Some(other) = others.iter().find(ends) {
        return Err(ZipError::SecondEnd(*other));
    }
    let (record, behind) = widened(bytes, at, record)?;
    if record.disk != 0 || record.directory_disk != 0 || record.on_disk != record.entries {
        return Err(ZipError::End("several disks"));
    }
    let narrow = |n: u64| usize::try_from(n).map_err(|_| ZipError::End("no such place"));
    let start = narrow(record.offset)?;
    let stop = start.checked_add(narrow(record.size)?);
    if stop != Some(behind) {
        return Err(ZipError::End(
            "the central directory does not end where it begins",
        ));
    }
    Ok(End {
        directory: start..behind,
        entries: record.entries,
        others,
    })
}

/// The record, and where its comment ends.
fn record(bytes: &[u8], at: usize) -> Option<(Record, usize)> {
    let mut fields = Fields::at(bytes, at);
    if !fields.begins(SIGNATURE) {
        return None;
    }
    let record = Record {
        disk: fields.u16()?.into(),
        directory_disk: fields.u16()?.into(),
        on_disk: fields.u16()?.into(),
        entries: fields.u16()?.into(),
        size: fields.u32()?.into(),
        offset: fields.u32()?.into(),
    };
    let comment = usize::from(fields.u16()?);
    let stop = at.checked_add(LENGTH)?.checked_add(comment)?;
    Some((record, stop))
}

/// The Zip64 record where there is one, and where the central directory has to end.
fn widened(bytes: &[u8], at: usize, short: Record) -> Result<(Record, usize), ZipError> {
    let locator = at.checked_sub(LOCATOR_LENGTH);
    let locator = locator.filter(|l| Fields::at(bytes, *l).begins(LOCATOR_SIGNATURE));
    let Some(locator) = locator else {
        let narrow = [short.disk, short.directory_disk, short.entries];
        let wide = [short.size, short.offset];
        let full = narrow.contains(&u16::MAX.into()) || wide.contains(&u32::MAX.into());
        return match full {
            true => Err(ZipError::End("no Zip64 record")),
            false => Ok((short, at)),
        };
    };
    let from = locator.checked_sub(ZIP64_LENGTH);
    let from = from.ok_or(ZipError::End("no Zip64 record"))?;
    // §4.3.15: without extensible data the record lies right before its locator.
    let named = located(bytes, locator).ok_or(ZipError::End("several disks"))?;
    if usize::try_from(named) != Ok(from) {
        return Err(ZipError::End("the Zip64 record is elsewhere"));
    }
    let long = zip64(bytes, from).ok_or(ZipError::End("Zip64 record"))?;
    match agrees(short, long) {
        true => Ok((long, from)),
        false => Err(ZipError::End("the Zip64 record says something else")),
    }
}

/// Where the Zip64 record of an archive on one disk is said to be.
fn located(bytes: &[u8], at: usize) -> Option<u64> {
    let mut fields = Fields::at(bytes, at);
    fields.take(LOCATOR_SIGNATURE.len())?;
    let disk = fields.u32()?;
    let offset = fields.u64()?;
    let disks = fields.u32()?;
    (disk == 0 && disks == 1).then_some(offset)
}

fn zip64(bytes: &[u8], at: usize) -> Option<Record> {
    const SIZE_BEHIND: u64 = 44;
    let mut fields = Fields::at(bytes, at);
    if !fields.begins(ZIP64_SIGNATURE) || fields.u64()? != SIZE_BEHIND {
        return None;
    }
    // Versions made by and needed.
    fields.take(4)?;
    Some(Record {
        disk: fields.u32()?.into(),
        directory_disk: fields.u32()?.into(),
        on_disk: fields.u64()?,
        entries: fields.u64()?,
        size: fields.u64()?,
        offset: fields.u64()?,
    })
}

/// Whether a reader that knows only the short record reads the same, or nothing.
fn agrees(short: Record, long: Record) -> bool {
    let narrow = |short: u64, long: u64| short == long || short == u64::from(u16::MAX);
    let wide = |short: u64, long: u64| short == long || short == u64::from(u32::MAX);
    narrow(short.disk, long.disk)
        && narrow(short.directory_disk, long.directory_disk)
        && narrow(short.on_disk, long.on_disk)
        && narrow(short.entries, long.entries)
        && wide(short.size, long.size)
        && wide(short.offset, long.offset)
}
