//! The central directory (§4.3.12): what each entry is said to be.

use super::archive::Method;
use super::end::End;
use super::fields::{Fields, extra_fields};
use super::names::{self, Named};
use super::{Fault, ZipError};
use crate::format::limits::{MAX_ZIP_ENTRIES, MAX_ZIP_RATIO, ZIP_RATIO_FROM};

const SIGNATURE: &[u8] = b"PK\x01\x02";
/// Bit 0, 6 and 13: encrypted, strongly encrypted, its header masked (§4.4.4).
const ENCRYPTED: u16 = 0x2041;
/// Bits 1 and 2: how hard it was packed. Bit 3: a data descriptor. Bit 11: the name is UTF-8.
const KNOWN: u16 = 0x080e;
const DESCRIPTOR: u16 = 0x0008;
const UTF8: u16 = 0x0800;
/// Extra fields (§4.6.1 and §4.6.9): sizes in 64 bits; the name again, in UTF-8.
const ZIP64: u16 = 0x0001;
const UNICODE_NAME: u16 = 0x7075;

/// One entry as the central directory has it.
pub(super) struct Listed<'a> {
    pub(super) named: Named,
    pub(super) raw_name: &'a [u8],
    pub(super) flags: u16,
    pub(super) method: Method,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Where its local header is said to be.
    pub(super) header: u64,
}

impl Listed<'_> {
    pub(super) fn has_descriptor(&self) -> bool {
        self.flags & DESCRIPTOR != 0
    }

    pub(super) fn fault(&self, fault: Fault) -> ZipError {
        fault.of(&self.named.name)
    }
}

/// The fixed part of a record, and what follows it.
struct Raw<'a> {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    disk: u16,
    attributes: u32,
    header: u32,
    name: &'a [u8],
    extra: &'a [u8],
}

pub(super) fn read<'a>(bytes: &'a [u8], end: &End) -> Result<Vec<Listed<'a>>, ZipError> {
    let count = usize::try_from(end.entries).unwrap_or(usize::MAX);
    if count > MAX_ZIP_ENTRIES {
        return Err(ZipError::TooMany {
            what: "entries",
            limit: u64::try_from(MAX_ZIP_ENTRIES).unwrap_or(u64::MAX),
        });
    }
    let inside = bytes.get(end.directory.clone());
    let mut rest = Fields::of(inside.ok_or(ZipError::Directory("no such place"))?);
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let raw = raw(&mut rest).ok_or(ZipError::Directory("fewer entries than said"))?;
        entries.push(listed(&raw)?);
    }
    match rest.is_empty() {
        true => Ok(entries),
        false => Err(ZipError::Directory("something behind its last entry")),
    }
}

fn raw<'a>(rest: &mut Fields<'a>) -> Option<Raw<'a>> {
    if !rest.begins(SIGNATURE) {
        return None;
    }
    // Versions made by and needed.
    rest.take(4)?;
    let (flags, method) = (rest.u16()?, rest.u16()?);
    // Time and date.
    rest.take(4)?;
    let (crc, packed, size) = (rest.u32()?, rest.u32()?, rest.u32()?);
    let name_length = usize::from(rest.u16()?);
    let extra_length = usize::from(rest.u16()?);
    let comment_length = usize::from(rest.u16()?);
    let disk = rest.u16()?;
    // Internal attributes.
    rest.take(2)?;
    let (attributes, header) = (rest.u32()?, rest.u32()?);
    let (name, extra) = (rest.take(name_length)?, rest.take(extra_length)?);
    rest.take(comment_length)?;
    Some(Raw {
        flags,
        method,
        crc,
        packed,
        size,
        disk,
        attributes,
        header,
        name,
        extra,
    })
}

fn listed<'a>(raw: &Raw<'a>) -> Result<Listed<'a>, ZipError> {
    let wrong = |fault: Fault| fault.of(&String::from_utf8_lossy(raw.name));
    if raw.flags & ENCRYPTED != 0 {
        return Err(wrong(Fault::Encrypted));
    }
    if raw.flags & !KNOWN != 0 {
        return Err(wrong(Fault::Flags(raw.flags)));
    }
    let method = Method::of(raw.method).ok_or_else(|| wrong(Fault::Method(raw.method)))?;
    let named = names::read(raw.name, raw.flags & UTF8 != 0);
    let named = named.map_err(|what| wrong(Fault::Name(what)))?;
    let (sizes, disk) = widened(raw).map_err(&wrong)?;
    if disk != 0 {
        return Err(wrong(Fault::Disk));
    }
    let entry = Listed {
        named,
        raw_name: raw.name,
        flags: raw.flags,
        method,
        crc: raw.crc,
        packed: sizes.packed,
        size: sizes.size,
        header: sizes.header,
    };
    check(&entry, raw.attributes).map_err(wrong)?;
    Ok(entry)
}

/// What an entry may be, by what is said of it.
fn check(entry: &Listed<'_>, attributes: u32) -> Result<(), Fault> {
    // The upper half are the modes of Unix, or nothing: a link would lead elsewhere.
    const KIND: u32 = 0xf000_0000;
    const FILE: u32 = 0x8000_0000;
    const FOLDER: u32 = 0x4000_0000;
    // The lower half are those of DOS.
    const LABEL: u32 = 0x08;
    const DOS_FOLDER: u32 = 0x10;
    let folder = entry.named.folder;
    let kind = attributes & KIND;
    if kind != 0 && kind != if folder { FOLDER } else { FILE } {
        return Err(Fault::Attributes);
    }
    if attributes & LABEL != 0 || (attributes & DOS_FOLDER != 0 && !folder) {
        return Err(Fault::Attributes);
    }
    if folder && (entry.size != 0 || entry.crc != 0) {
        return Err(Fault::FolderData);
    }
    if entry.method == Method::Stored && entry.packed != entry.size {
        return Err(Fault::Length);
    }
    let most = entry.packed.saturating_mul(MAX_ZIP_RATIO);
    match entry.size > ZIP_RATIO_FROM && entry.size > most {
        true => Err(Fault::Ratio(MAX_ZIP_RATIO)),
        false => Ok(()),
    }
}

struct Sizes {
    packed: u64,
    size: u64,
    header: u64,
}

/// Sizes and place, from the Zip64 extra field where the short fields are full (§4.5.3), and the disk.
fn widened(raw: &Raw<'_>) -> Result<(Sizes, u32), Fault> {
    let extra = zip64(raw.extra, raw.name)?;
    let mut long = Fields::of(extra.unwrap_or_default());
    let mut wide = |short: u32| match short {
        u32::MAX => long.u64().ok_or(Fault::Extra("Zip64 values missing")),
        short => Ok(short.into()),
    };
    let sizes = Sizes {
        size: wide(raw.size)?,
        packed: wide(raw.packed)?,
        header: wide(raw.header)?,
    };
    let disk = match raw.disk {
        u16::MAX => long.u32().ok_or(Fault::Extra("Zip64 values missing"))?,
        disk => disk.into(),
    };
    // A value that another reader would take and this one does not.
    match long.is_empty() {
        true => Ok((sizes, disk)),
        false => Err(Fault::Extra("Zip64 values beyond the full fields")),
    }
}

/// The one Zip64 extra field, after a look at all of them.
pub(super) fn zip64<'a>(extra: &'a [u8], name: &[u8]) -> Result<Option<&'a [u8]>, Fault> {
    let fields = extra_fields(extra).ok_or(Fault::Extra("lengths"))?;
    // §4.6.9: version, CRC-32 of the name, the name. It may say the same, and nothing else.
    let renamed =
        |(kind, value): &(u16, &[u8])| *kind == UNICODE_NAME && value.get(5..) != Some(name);
    if fields.iter().any(renamed) {
        return Err(Fault::Extra("another name"));
    }
    let mut zip64 = fields.iter().filter(|(kind, _)| *kind == ZIP64);
    match (zip64.next(), zip64.next()) {
        (_, Some(_)) => Err(Fault::Extra("Zip64 twice")),
        (found, None) => Ok(found.map(|(_, value)| *value)),
    }
}
