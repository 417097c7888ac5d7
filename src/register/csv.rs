//! CSV (RFC 4180), strictly: a quote that is not closed would swallow the documents behind it without a word.

use super::cell::Cell;
use super::columns::Columns;
use super::head::Head;
use super::{Record, RegisterError, Sink, Table};
use std::borrow::Cow;

const MARK: &[u8] = b"\xef\xbb\xbf";
/// What stands between cells. Spreadsheets with Vietnamese settings put semicolons.
const DELIMITERS: [u8; 3] = [b';', b',', b'\t'];
/// Cells of a row: what a sheet has (ECMA-376-1 §18.3.1.73 has no bound; Excel's is this one).
const MAX_CELLS: usize = 16_384;
/// Lines that are looked at for what stands between cells.
const FIRST_LINES: usize = 50;

/// A table as text.
pub(super) struct Csv<'b> {
    bytes: &'b [u8],
    delimiter: u8,
}

impl<'b> Csv<'b> {
    /// Finds out what stands between cells: that with which a head is found, else what most of the first lines have.
    pub(super) fn new(bytes: &'b [u8], columns: Option<&Columns>) -> Result<Self, RegisterError> {
        let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
        let with = |delimiter| Self { bytes, delimiter };
        let mut failed = Vec::new();
        for delimiter in DELIMITERS {
            match Head::in_a_line(&with(delimiter), columns) {
                Ok(Some(_)) => return Ok(with(delimiter)),
                Ok(None) => {}
                Err(error) => failed.push((delimiter, error)),
            }
        }
        let lines = || bytes.split(|b| *b == b'\n').take(FIRST_LINES);
        let having = |delimiter: &u8| lines().filter(|line| line.contains(delimiter)).count();
        let most = DELIMITERS.iter().rev().copied().max_by_key(having);
        let most = most.unwrap_or(b',');
        match failed.into_iter().find(|(delimiter, _)| *delimiter == most) {
            Some((_, error)) => Err(error),
            None => Ok(with(most)),
        }
    }
}

impl Table for Csv<'_> {
    fn rows(&self, sink: &mut Sink<'_>) -> Result<(), RegisterError> {
        let mut reader = Reader {
            bytes: self.bytes,
            delimiter: self.delimiter,
            line: 1,
        };
        while !reader.bytes.is_empty() {
            let record = reader.record()?;
            if !record.cells.is_empty() && !sink(&record)? {
                break;
            }
        }
        Ok(())
    }
}

struct Reader<'b> {
    /// What is left.
    bytes: &'b [u8],
    delimiter: u8,
    line: u64,
}

impl<'b> Reader<'b> {
    fn record(&mut self) -> Result<Record<'b>, RegisterError> {
        let mut record = Record {
            line: self.line,
            cells: Vec::new(),
        };
        for place in 0..MAX_CELLS {
            let octets = self.field()?;
            if let Some(cell) = cell(octets) {
                record.cells.push((place, cell));
            }
            match self.bytes {
                [found, rest @ ..] if *found == self.delimiter => self.bytes = rest,
                [b'\r', b'\n', rest @ ..] | [b'\r' | b'\n', rest @ ..] => {
                    self.bytes = rest;
                    self.line = self.line.saturating_add(1);
                    return Ok(record);
                }
                [..] => return Ok(record),
            }
        }
        Err(RegisterError::TooWide(record.line))
    }

    /// A cell up to what stands behind it.
    fn field(&mut self) -> Result<Cow<'b, [u8]>, RegisterError> {
        if let Some(inside) = self.bytes.strip_prefix(b"\"") {
            return self.quoted(inside);
        }
        let end = memchr::memchr3(self.delimiter, b'\r', b'\n', self.bytes);
        let (field, rest) = self.bytes.split_at(end.unwrap_or(self.bytes.len()));
        self.bytes = rest;
        Ok(Cow::Borrowed(field))
    }

    fn quoted(&mut self, inside: &'b [u8]) -> Result<Cow<'b, [u8]>, RegisterError> {
        let unclosed = RegisterError::Quote(self.line);
        let (mut rest, mut parts) = (inside, Vec::<&[u8]>::new());
        loop {
            let Some(end) = memchr::memchr(b'"', rest) else {
                return Err(unclosed);
            };
            let (part, behind) = rest.split_at(end);
            let lines = memchr::memchr_iter(b'\n', part).count();
            self.line = self
                .line
                .saturating_add(u64::try_from(lines).unwrap_or(u64::MAX));
            match behind {
                [_, b'"', behind @ ..] => {
                    parts.extend([part, b"\""]);
                    rest = behind;
                }
                [_, behind @ ..] => {
                    let ends = behind
                        .first()
                        .is_none_or(|b| *b == self.delimiter || matches!(b, b'\r' | b'\n'));
                    if !ends {
                        return Err(unclosed);
                    }
                    self.bytes = behind;
                    return Ok(match parts.is_empty() {
                        true => Cow::Borrowed(part),
                        false => {
                            parts.push(part);
                            Cow::Owned(parts.concat())
                        }
                    });
                }
                [] => return Err(unclosed),
            }
        }
    }
}

/// What a cell says; `None` if it is empty.
fn cell(octets: Cow<'_, [u8]>) -> Option<Cell<'_>> {
    let text = match octets {
        Cow::Borrowed(octets) => std::str::from_utf8(octets).map(Cow::Borrowed).ok(),
        Cow::Owned(octets) => String::from_utf8(octets).map(Cow::Owned).ok(),
    };
    match text {
        Some(text) => (!text.trim().is_empty()).then_some(Cell::Text(text)),
        None => Some(Cell::Unreadable),
    }
}
