//! XLSX (ECMA-376), by the one reader of archives and the one parser of XML: both are bounded, and a workbook is a
//! stranger's file. No formula is computed and no link is followed; what a formula gave when the workbook was saved is
//! what its cell says.

mod book;
mod sheet;

use super::{RegisterError, Rows, Table};
use crate::format::content::{Content, ContentError, slice};
use crate::format::xml::Document;
use crate::format::zip::Archive;
use crate::model::Digest;
use sheet::{Sheet, Strings};
use std::ops::Range;

/// Octets of a sheet, unpacked: 200,000 documents with nine columns, as LibreOffice writes them, are 86 MiB.
const MAX_SHEET: usize = 128 * 1024 * 1024;
/// Octets of the texts of a workbook, which stand beside its sheets.
const MAX_STRINGS: usize = 64 * 1024 * 1024;
/// Octets of the lists that say what is in a workbook.
const MAX_LIST: usize = 1024 * 1024;
/// Tags of a sheet, and of the texts, each some octets of the tree: 200,000 rows of nine cells have 8 million.
const MAX_TAGS: usize = 12_000_000;

/// Reads the sheet of that name, or the only one that holds something.
pub(super) fn with_sheet(
    bytes: &[u8],
    name: Option<&str>,
    read: impl FnOnce(&dyn Table) -> Result<Rows, RegisterError>,
) -> Result<Rows, RegisterError> {
    let content = Bytes(bytes);
    let archive = Archive::read(&content).map_err(broken)?;
    let book = book::read(&archive)?;
    let chosen = book.choose(&archive, name)?;
    let texts = match &book.strings {
        Some(path) => unpack(&archive, path, MAX_STRINGS)?,
        None => b"<sst/>".to_vec(),
    };
    let texts = document(&texts)?;
    let xml = unpack(&archive, &chosen, MAX_SHEET)?;
    let sheet = Sheet {
        xml: document(&xml)?,
        strings: Strings::new(&texts),
        epoch: book.epoch,
    };
    read(&sheet)
}

fn broken(error: impl std::fmt::Display) -> RegisterError {
    RegisterError::NoWorkbook(error.to_string())
}

/// A part of the workbook.
fn unpack(archive: &Archive<'_>, path: &str, most: usize) -> Result<Vec<u8>, RegisterError> {
    let entry = archive
        .file(path)
        .ok_or_else(|| broken(format!("no {path}")))?;
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    match entry.size > limit {
        true => Err(RegisterError::TooLarge(most)),
        false => archive.unpack(entry, limit).map_err(broken),
    }
}

fn document(bytes: &[u8]) -> Result<Document<'_>, RegisterError> {
    if memchr::memchr_iter(b'<', bytes).count() > MAX_TAGS {
        return Err(RegisterError::TooLarge(MAX_SHEET));
    }
    Document::read(bytes).map_err(broken)
}

/// The local part of an element's name, whatever the prefix: nothing in a workbook is signed.
fn local<'d>(xml: &'d Document<'_>, node: crate::format::xml::NodeId) -> &'d str {
    xml.tag(node).map_or("", |tag| tag.split().1)
}

/// A file in memory as archives are read.
struct Bytes<'b>(&'b [u8]);

impl Content for Bytes<'_> {
    fn bytes(&self) -> &[u8] {
        self.0
    }

    fn feed(&self, range: Range<u64>, sink: &mut dyn FnMut(&[u8])) -> Result<(), ContentError> {
        sink(slice(self.0, &range)?);
        Ok(())
    }

    fn digest(&self) -> Digest {
        Digest::of(self.0)
    }
}
