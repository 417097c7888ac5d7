//! Local headers (§4.3.7) and data descriptors (§4.3.9): whether they say what the central directory
//! says, and whether every byte up to it belongs to exactly one entry.

use super::archive::{Entry, Method};
use super::directory::{Listed, zip64};
use super::fields::Fields;
use super::{Fault, ZipError};

const SIGNATURE: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// Nothing, deflated (RFC 1951 §3.2.6): one last block of its end alone.
const NOTHING: &[u8] = b"\x03\x00";

/// A local header.
struct Local<'a> {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    name: &'a [u8],
    extra: &'a [u8],
    /// Where the data begin.
    data: usize,
}

/// The entries in the order in which they lie, from the first byte up to the central directory.
pub(super) fn lay_out(
    bytes: &[u8],
    mut listed: Vec<Listed<'_>>,
    directory: usize,
) -> Result<Vec<Entry>, ZipError> {
    listed.sort_by_key(|entry| entry.header);
    let headers = listed.iter().map(|entry| usize::try_from(entry.header));
    let headers: Vec<usize> = headers.map(|at| at.unwrap_or(usize::MAX)).collect();
    let next = headers.iter().copied().skip(1).chain([directory]);
    let (mut at, mut entries) = (0usize, Vec::with_capacity(listed.len()));
    for ((entry, header), next) in listed.into_iter().zip(&headers).zip(next) {
        let found = follow(bytes, &entry, (at, *header), next);
        entries.push(found.map_err(|fault| entry.fault(fault))?);
        at = next;
    }
    match at == directory {
        true => Ok(entries),
        false => Err(ZipError::Directory(
            "bytes before it that belong to nothing",
        )),
    }
}

/// One entry, from where the one before it ends up to `next`.
fn follow(
    bytes: &[u8],
    entry: &Listed<'_>,
    (at, header): (usize, usize),
    next: usize,
) -> Result<Entry, Fault> {
    beside(at, header)?;
    let local = read(bytes, header).ok_or(Fault::NoHeader)?;
    let long = agrees(entry, &local)?;
    let length = usize::try_from(entry.packed).map_err(|_| Fault::Overlaps)?;
    let stop = local.data.checked_add(length).ok_or(Fault::Overlaps)?;
    if stop > next {
        return Err(Fault::Overlaps);
    }
    if entry.named.folder && !is_nothing(entry, bytes.get(local.data..stop)) {
        return Err(Fault::FolderData);
    }
    let behind = bytes.get(stop..next).ok_or(Fault::NoHeader)?;
    match entry.has_descriptor() {
        true => {
            descriptor(entry, behind, long)?;
            let data = bytes.get(local.data..stop).unwrap_or_default();
            if entry.method == Method::Stored && !ends_there(data, behind) {
                return Err(Fault::StoredDescriptor);
            }
        }
        false => beside(stop, next)?,
    }
    Ok(Entry {
        name: entry.named.name.clone(),
        folder: entry.named.folder,
        by_code_page: entry.named.by_code_page.clone(),
        method: entry.method,
        size: entry.size,
        crc: entry.crc,
        bare: local.extra.is_empty(),
        data: wide(local.data)..wide(stop),
    })
}

/// Whether who reads stored data as they come finds the end of them where it is: at the first record of an archive
/// (§4.3.1), which is their descriptor.
fn ends_there(data: &[u8], behind: &[u8]) -> bool {
    /// What the records of an archive have behind `PK`.
    const RECORDS: [&[u8]; 6] = [
        b"\x03\x04",
        b"\x07\x08",
        b"\x01\x02",
        b"\x05\x06",
        b"\x06\x06",
        b"\x06\x07",
    ];
    let is_record = |at: usize| {
        let rest = at.checked_add(2).and_then(|at| data.get(at..));
        RECORDS
            .iter()
            .any(|record| rest.is_some_and(|rest| rest.starts_with(record)))
    };
    data.is_empty()
        || behind.starts_with(DESCRIPTOR) && !memchr::memmem::find_iter(data, b"PK").any(is_record)
}

/// Whether a folder's data are none. They are never unpacked, and whoever reads the file as it comes would
/// take what lies behind the end of deflated data for the next entry.
fn is_nothing(entry: &Listed<'_>, data: Option<&[u8]>) -> bool {
    match (data, entry.method) {
        (Some([]), Method::Stored | Method::Deflated) => true,
        (Some(data), Method::Deflated) => data == NOTHING,
        (Some(_), Method::Stored) | (None, _) => false,
    }
}

/// Whether what begins at `at` begins right behind what ended at `end`.
fn beside(end: usize, at: usize) -> Result<(), Fault> {
    match at.checked_sub(end) {
        Some(0) => Ok(()),
        Some(gap) => Err(Fault::Gap(gap)),
        None => Err(Fault::Overlaps),
    }
}

fn read(bytes: &[u8], at: usize) -> Option<Local<'_>> {
    let mut fields = Fields::at(bytes, at);
    if !fields.begins(SIGNATURE) {
        return None;
    }
    // Version needed.
    fields.take(2)?;
    let (flags, method) = (fields.u16()?, fields.u16()?);
    // Time and date.
    fields.take(4)?;
    let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let name_length = usize::from(fields.u16()?);
    let extra_length = usize::from(fields.u16()?);
    let name = fields.take(name_length)?;
    let extra = fields.take(extra_length)?;
    let fixed = 30usize.checked_add(name_length)?;
    let data = at.checked_add(fixed)?.checked_add(extra_length)?;
    Some(Local {
        flags,
        method,
        crc,
        packed,
        size,
        name,
        extra,
        data,
    })
}

/// Whether both say the same; then, whether the local header has its sizes in 64 bits.
fn agrees(entry: &Listed<'_>, local: &Local<'_>) -> Result<bool, Fault> {
    let same = |same: bool, what| same.then_some(()).ok_or(Fault::Differs(what));
    same(local.name == entry.raw_name, "name")?;
    same(local.flags == entry.flags, "flags")?;
    same(local.method == entry.method.number(), "method")?;
    let long = zip64(local.extra, local.name)?;
    let mut wide = Fields::of(long.unwrap_or_default());
    let mut value = |short: u32| match (short, long) {
        (u32::MAX, Some(_)) => wide.u64().ok_or(Fault::Extra("Zip64 values missing")),
        (short, _) => Ok(short.into()),
    };
    let (size, packed) = (value(local.size)?, value(local.packed)?);
    if !wide.is_empty() {
        return Err(Fault::Extra("Zip64 values beyond the full fields"));
    }
    // §4.4.4 bit 3: zero here, and right in the descriptor.
    let later = entry.has_descriptor();
    same(
        packed == entry.packed || (later && packed == 0),
        "packed size",
    )?;
    same(size == entry.size || (later && size == 0), "size")?;
    same(
        local.crc == entry.crc || (later && local.crc == 0),
        "CRC-32",
    )?;
    Ok(long.is_some())
}

/// §4.3.9: CRC and sizes, with or without its signature; in 64 bits where the local header has them so
/// (§4.3.9.2), or where 32 do not suffice.
fn descriptor(entry: &Listed<'_>, bytes: &[u8], long: bool) -> Result<(), Fault> {
    let most = u64::from(u32::MAX);
    let long = long || entry.size > most || entry.packed > most;
    let length = if long { 20usize } else { 12 };
    let mut fields = Fields::of(bytes);
    if bytes.len() != length && !fields.begins(DESCRIPTOR) {
        return Err(Fault::Descriptor);
    }
    let crc = fields.u32().ok_or(Fault::Descriptor)?;
    let mut size = || match long {
        true => fields.u64(),
        false => fields.u32().map(u64::from),
    };
    let found = (size(), size());
    let right = crc == entry.crc && found == (Some(entry.packed), Some(entry.size));
    (right && fields.is_empty())
        .then_some(())
        .ok_or(Fault::Descriptor)
}

fn wide(at: usize) -> u64 {
    u64::try_from(at).unwrap_or(u64::MAX)
}
