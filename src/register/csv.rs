//! CSV (RFC 4180), strictly: a quote that is not closed would swallow the documents behind it without a word.

use super::cell::Cell;
use super::columns::{Column, Columns};
use super::head::Head;
use super::{Record, RegisterError, Sink, Table, key};
use crate::model::unmarked;
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
                Ok(Some(head)) => {
                    let table = with(delimiter);
                    return match table.split_heading(&head)? {
                        Some(name) if columns.is_none() => Err(RegisterError::HeadComma(name)),
                        Some(_) | None => Ok(table),
                    };
                }
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

impl Csv<'_> {
    /// *Số, ký hiệu* without quotes is two cells of the head and one of each row: the name, where the first row has a cell
    /// less than the head and both in the first of the two. A row that only lacks empty cells at its end has not.
    fn split_heading(&self, head: &Head) -> Result<Option<String>, RegisterError> {
        let places = (head.place(Column::Number), head.place(Column::Notation));
        let (Some(number), Some(notation)) = places else {
            return Ok(None);
        };
        if number.checked_add(1) != Some(notation) {
            return Ok(None);
        }
        let (mut named, mut found) = (None::<(String, usize)>, None);
        self.rows(&mut |record| {
            let text = |place| {
                let cell = record.cells.iter().find(|(at, _)| *at == place);
                cell.map(|(_, cell)| cell.text())
            };
            if record.line < head.first {
                let name = text(number).zip(text(notation));
                let name = name.map(|(one, two)| format!("{one},{two}"));
                let is_one = |name: &String| Column::named(&unmarked(name)).is_some();
                named = name
                    .filter(is_one)
                    .map(|name| (name, record.width))
                    .or_else(|| named.take());
                return Ok(true);
            }
            let both = text(number).is_some_and(|text| key::split(&text).1.is_some());
            let shorter =
                |(_, width): &(String, usize)| record.width.checked_add(1) == Some(*width);
            found = named
                .take()
                .filter(|named| both && text(notation).is_some() && shorter(named));
            Ok(false)
        })?;
        Ok(found.map(|(name, _)| name))
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
            width: 0,
            cells: Vec::new(),
        };
        for place in 0..MAX_CELLS {
            let octets = self.field()?;
            record.width = place.saturating_add(1);
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
