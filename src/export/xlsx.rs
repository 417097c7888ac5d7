//! Sheets as XLSX (ECMA-376): cells with types, a heading that stays in sight, pages that print. Rows are written as they
//! are made and packed by another thread meanwhile, so that a sheet of a million rows takes the memory of its packed form.
//!
//! Texts stand in their cells and in no table beside them; there is no formula anywhere.

mod page;
mod parts;

use super::sheet::Flow;
use crate::format::zip::Method;
use crate::format::zip::write::{Header, Outline, WriteError};
use crate::model::Timestamp;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

/// The most rows of a sheet (Excel).
const MAX_ROWS: u32 = 1_048_576;
/// The most characters of the name of a sheet (Excel).
const MAX_NAME: usize = 31;
/// So much text is packed at a time, and so many times that may wait.
const PIECE: usize = 1 << 18;
const WAITING: usize = 8;
/// How hard it is packed: a third larger than at best, in a fifth of the time.
const LEVEL: u32 = 2;

/// Why a workbook is not written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum XlsxError {
    /// A sheet has more rows than a spreadsheet shows.
    #[error("a sheet has more than {MAX_ROWS} rows")]
    TooManyRows,
    /// It is larger than an archive may be.
    #[error(transparent)]
    Archive(#[from] WriteError),
    /// It could not be packed.
    #[error("packing a sheet failed: {0}")]
    Packing(String),
}

/// Writes a workbook; `at` is the moment that it says it was made, so that the same figures are the same bytes.
///
/// # Errors
/// See [`XlsxError`].
pub fn write(flows: Vec<Flow<'_>>, at: Timestamp) -> Result<Vec<u8>, XlsxError> {
    let mut book = Book::default();
    let names: Vec<String> = flows.iter().map(|flow| name(&flow.sheet.name)).collect();
    let titles: Vec<(u32, u32)> = flows
        .iter()
        .map(|flow| page::heading(&flow.sheet))
        .collect();
    book.add("[Content_Types].xml", &parts::types(names.len()))?;
    book.add("_rels/.rels", parts::RELATIONS)?;
    book.add("docProps/core.xml", &parts::core(at))?;
    book.add("xl/workbook.xml", &parts::workbook(&names, &titles))?;
    let relations = parts::workbook_relations(names.len());
    book.add("xl/_rels/workbook.xml.rels", &relations)?;
    book.add("xl/styles.xml", parts::STYLES)?;
    for (number, flow) in (1..).zip(flows) {
        book.page(&parts::sheet_path(number), number == 1, flow)?;
    }
    book.finish()
}

/// A name that Excel takes.
fn name(text: &str) -> String {
    let plain = text
        .chars()
        .map(|c| if "[]:*?/\\'".contains(c) { ' ' } else { c });
    plain.take(MAX_NAME).collect()
}

/// The archive, as it grows.
#[derive(Default)]
struct Book {
    out: Vec<u8>,
    outline: Outline,
}

impl Book {
    fn add(&mut self, name: &str, text: &str) -> Result<(), XlsxError> {
        let (header, packed) = Header::of(name, text.as_bytes(), Method::Deflated)?;
        self.put(name, &header, &packed)
    }

    fn put(&mut self, name: &str, header: &Header, packed: &[u8]) -> Result<(), XlsxError> {
        let local = self.outline.add(name, header)?;
        self.out.extend_from_slice(&local);
        self.out.extend_from_slice(packed);
        Ok(())
    }

    /// A sheet is packed behind room for its header, which says how long it became.
    fn page(&mut self, name: &str, first: bool, flow: Flow<'_>) -> Result<(), XlsxError> {
        let empty = Header::of(name, b"", Method::Stored)?.0;
        let mut out = std::mem::take(&mut self.out);
        let (start, room) = (out.len(), empty.local().len());
        let from = start.saturating_add(room);
        out.resize(from, 0);
        let (written, packed) = thread::scope(|scope| {
            let (pieces, waiting) = mpsc::sync_channel(WAITING);
            let packer = scope.spawn(move || pack(out, &waiting));
            let written = page::write(flow, first, &mut Pieces::new(pieces));
            (written, packer.join())
        });
        written?;
        let panicked = |_| XlsxError::Packing("the packer panicked".into());
        let packed = packed.map_err(panicked)?;
        let Packed { bytes, size, crc } = packed.map_err(|e| XlsxError::Packing(e.to_string()))?;
        self.out = bytes;
        let narrow = |n: usize| u32::try_from(n).map_err(|_| WriteError::TooLarge);
        let header = Header {
            method: Method::Deflated.number(),
            crc,
            packed: narrow(self.out.len().saturating_sub(from))?,
            size: narrow(size)?,
            ..empty
        };
        let local = self.outline.add(name, &header)?;
        let place = self.out.get_mut(start..from);
        match place.filter(|place| place.len() == local.len()) {
            Some(place) => place.copy_from_slice(&local),
            None => return Err(XlsxError::Packing("a header has another length".into())),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, XlsxError> {
        let directory = self.outline.finish()?;
        self.out.extend_from_slice(&directory);
        Ok(self.out)
    }
}

/// Text on its way to the packer.
pub(super) struct Pieces {
    pub(super) text: String,
    to: SyncSender<String>,
}

impl Pieces {
    fn new(to: SyncSender<String>) -> Self {
        Self {
            text: String::with_capacity(PIECE.saturating_add(4096)),
            to,
        }
    }

    /// Hands on what there is once it is enough.
    fn hand_on(&mut self) {
        if self.text.len() >= PIECE {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let next = String::with_capacity(PIECE.saturating_add(4096));
        // A packer that failed says so itself.
        let _gone = self.to.send(std::mem::replace(&mut self.text, next));
    }
}

struct Packed {
    /// What there was, and the sheet behind it.
    bytes: Vec<u8>,
    size: usize,
    crc: u32,
}

fn pack(out: Vec<u8>, pieces: &Receiver<String>) -> io::Result<Packed> {
    let mut encoder = DeflateEncoder::new(out, Compression::new(LEVEL));
    let (mut crc, mut size) = (Crc::new(), 0usize);
    for piece in pieces {
        crc.update(piece.as_bytes());
        size = size.saturating_add(piece.len());
        encoder.write_all(piece.as_bytes())?;
    }
    Ok(Packed {
        bytes: encoder.finish()?,
        size,
        crc: crc.sum(),
    })
}
