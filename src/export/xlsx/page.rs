//! One sheet: its heading, its rows, how it is seen and printed.

use super::parts::{self, escape};
use super::{MAX_ROWS, Pieces, XlsxError};
use crate::export::sheet::{Cell, Flow, Row, Sheet};
use crate::model::LocalDay;
use std::fmt::Write;

/// The most characters of one cell (ECMA-376 as Excel reads it).
const MAX_TEXT: usize = 32_767;
/// How high a heading is, in points: four lines.
const HEAD_HEIGHT: u32 = 64;
/// How high a line of a cell is, and how many a row has at most: a row may be 409 points high.
const LINE_HEIGHT: u32 = 15;
const MOST_LINES: u16 = 26;
/// Up to this width a column is one of figures.
const NARROW: u16 = 11;
/// The number of 1970-01-01 among the days of spreadsheets, and the first one that all of them number alike.
const EPOCH: i64 = 25_569;
const FIRST_DAY: i64 = 61;

/// The rows of the heading, the first and the last, from 1: they are printed on every page.
pub(super) fn heading(sheet: &Sheet) -> (u32, u32) {
    let titles = u32::try_from(sheet.titles.len()).unwrap_or(u32::MAX);
    let above = if titles == 0 {
        0
    } else {
        titles.saturating_add(1)
    };
    let rows = 1_u32
        .saturating_add(u32::from(sheet.has_parts()))
        .saturating_add(u32::from(sheet.numbered));
    (above.saturating_add(1), above.saturating_add(rows))
}

/// Writes it.
pub(super) fn write(flow: Flow<'_>, first: bool, out: &mut Pieces) -> Result<(), XlsxError> {
    let Flow { sheet, rows } = flow;
    let names: Vec<String> = (0..sheet.columns().max(1)).map(column).collect();
    let widths: Vec<u16> = sheet
        .heads
        .iter()
        .flat_map(|head| std::iter::repeat_n(head.width, head.columns()))
        .collect();
    before(&sheet, &widths, first, out);
    let mut page = Page {
        out,
        names,
        widths,
        row: 0,
        merged: Vec::new(),
    };
    page.titles(&sheet);
    page.heading(&sheet);
    for row in rows {
        page.cells(&row)?;
    }
    for note in &sheet.notes {
        page.line(note, parts::LINE);
    }
    page.after();
    Ok(())
}

/// `A`, …, `Z`, `AA`, …
fn column(at: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = at;
    loop {
        let letter = u8::try_from(rest.rem_euclid(26)).unwrap_or(0);
        letters.insert(0, char::from(b'A'.saturating_add(letter)));
        rest = rest.div_euclid(26);
        if rest == 0 {
            return letters.into_iter().collect();
        }
        rest = rest.saturating_sub(1);
    }
}

/// What stands before the rows.
fn before(sheet: &Sheet, widths: &[u16], first: bool, out: &mut Pieces) {
    let text = &mut out.text;
    text.push_str(parts::SHEET);
    let selected = if first { " tabSelected=\"1\"" } else { "" };
    let (_, last) = heading(sheet);
    let fixed = sheet.fixed;
    let corner = format!("{}{}", column(usize::from(fixed)), last.saturating_add(1));
    let across = match fixed {
        0 => String::new(),
        columns => format!(" xSplit=\"{columns}\""),
    };
    let pane = if fixed == 0 {
        "bottomLeft"
    } else {
        "bottomRight"
    };
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "<sheetViews><sheetView{selected} workbookViewId=\"0\"><pane{across} ySplit=\"{last}\" topLeftCell=\"{corner}\" \
         activePane=\"{pane}\" state=\"frozen\"/><selection pane=\"{pane}\"/></sheetView></sheetViews>\
         <sheetFormatPr defaultRowHeight=\"{LINE_HEIGHT}\"/><cols>"
    );
    for (width, number) in widths.iter().zip(1_u32..) {
        // Characters of seven pixels, and five pixels of margin; in 256ths.
        let pixels = u32::from(*width).saturating_mul(7).saturating_add(5);
        let shares = pixels.saturating_mul(256).div_euclid(7);
        let width = f64::from(shares) / 256.0;
        let _ = write!(
            text,
            "<col min=\"{number}\" max=\"{number}\" width=\"{width}\" customWidth=\"1\"/>"
        );
    }
    text.push_str("</cols><sheetData>");
}

struct Page<'a> {
    out: &'a mut Pieces,
    /// The letters of the columns.
    names: Vec<String>,
    widths: Vec<u16>,
    /// The last row written, from 1.
    row: u32,
    merged: Vec<String>,
}

impl Page<'_> {
    fn begin(&mut self, height: Option<u32>) {
        self.row = self.row.saturating_add(1);
        let row = self.row;
        let _ = match height {
            None => write!(self.out.text, "<row r=\"{row}\">"),
            Some(height) => write!(
                self.out.text,
                "<row r=\"{row}\" ht=\"{height}\" customHeight=\"1\">"
            ),
        };
    }

    fn end(&mut self) {
        self.out.text.push_str("</row>");
        self.out.hand_on();
    }

    /// The beginning of a cell up to its style.
    fn cell(&mut self, at: usize, style: u32) {
        let text = &mut self.out.text;
        text.push_str("<c r=\"");
        text.push_str(self.names.get(at).map_or("", String::as_str));
        digits(text, u64::from(self.row));
        text.push_str("\" s=\"");
        digits(text, u64::from(style));
        text.push('"');
    }

    fn text(&mut self, at: usize, style: u32, said: &str) {
        self.cell(at, style);
        let text = &mut self.out.text;
        text.push_str(" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
        escape(text, said, MAX_TEXT);
        text.push_str("</t></is></c>");
    }

    fn blank(&mut self, at: usize, style: u32) {
        self.cell(at, style);
        self.out.text.push_str("/>");
    }

    fn line(&mut self, said: &str, style: u32) {
        self.begin(None);
        self.text(0, style, said);
        self.end();
    }

    fn titles(&mut self, sheet: &Sheet) {
        for (place, line) in sheet.titles.iter().enumerate() {
            let style = if place == 0 {
                parts::TITLE
            } else {
                parts::LINE
            };
            self.line(line, style);
        }
        if !sheet.titles.is_empty() {
            self.begin(None);
            self.end();
        }
    }

    fn heading(&mut self, sheet: &Sheet) {
        let two = sheet.has_parts();
        // Merged cells do not make their rows as high as their text.
        let height = if two {
            HEAD_HEIGHT.div_euclid(2)
        } else {
            HEAD_HEIGHT
        };
        self.begin(Some(height));
        let (row, mut at) = (self.row, 0usize);
        for head in &sheet.heads {
            let last = at.saturating_add(head.columns()).saturating_sub(1);
            let bottom = row.saturating_add(u32::from(two && head.parts.is_empty()));
            self.text(at, parts::HEAD, &head.label);
            for more in at.saturating_add(1)..=last {
                self.blank(more, parts::HEAD);
            }
            if bottom > row || last > at {
                let name = |at: usize| self.names.get(at).map_or("", String::as_str);
                let range = format!("{}{row}:{}{bottom}", name(at), name(last));
                self.merged.push(range);
            }
            at = last.saturating_add(1);
        }
        self.end();
        if two {
            self.begin(Some(height));
            let mut at = 0usize;
            for head in &sheet.heads {
                if head.parts.is_empty() {
                    self.blank(at, parts::HEAD);
                    at = at.saturating_add(1);
                }
                for part in &head.parts {
                    self.text(at, parts::HEAD, part);
                    at = at.saturating_add(1);
                }
            }
            self.end();
        }
        if sheet.numbered {
            self.begin(None);
            for (at, number) in (0..sheet.columns()).zip(1_u32..) {
                self.text(at, parts::NUMBER_ROW, &format!("({number})"));
            }
            self.end();
        }
    }

    fn cells(&mut self, row: &Row) -> Result<(), XlsxError> {
        if self.row >= MAX_ROWS {
            return Err(XlsxError::TooManyRows);
        }
        let cells = row.cells.iter().zip(&self.widths);
        let lines = cells.map(|(cell, width)| lines(cell, *width)).max();
        // Not every program makes a row as high as its text.
        let lines = lines.filter(|lines| *lines > 1);
        self.begin(lines.map(|lines| LINE_HEIGHT.saturating_mul(u32::from(lines))));
        for (at, cell) in row.cells.iter().enumerate() {
            let width = self.widths.get(at).copied().unwrap_or(u16::MAX);
            let style = style(cell, width, row.strong);
            match cell {
                Cell::Empty => self.blank(at, style),
                // Written as a string, whatever it begins with: nothing in a cell is ever run.
                Cell::Text(text) => self.text(at, style, text),
                Cell::Number(n) => self.number(at, style, *n, 0),
                Cell::Percent(n) => self.number(at, style, *n, 3),
                Cell::Points(n) => self.number(at, style, *n, 1),
                Cell::Day(day) => self.day(at, style, *day),
            }
        }
        self.end();
        Ok(())
    }

    /// A number with so many decimals.
    fn number(&mut self, at: usize, style: u32, n: i64, decimals: usize) {
        self.cell(at, style);
        let text = &mut self.out.text;
        text.push_str("><v>");
        if n < 0 {
            text.push('-');
        }
        decimal(text, n.unsigned_abs(), decimals);
        text.push_str("</v></c>");
    }

    fn day(&mut self, at: usize, style: u32, day: LocalDay) {
        let number = i64::from(day.number()).saturating_add(EPOCH);
        if number < FIRST_DAY {
            self.text(at, style, &day.to_string());
        } else {
            self.number(at, style, number, 0);
        }
    }

    /// What stands behind the rows.
    fn after(&mut self) {
        let text = &mut self.out.text;
        text.push_str("</sheetData>");
        if !self.merged.is_empty() {
            let count = self.merged.len();
            let _ = write!(text, "<mergeCells count=\"{count}\">");
            for range in &self.merged {
                let _ = write!(text, "<mergeCell ref=\"{range}\"/>");
            }
            text.push_str("</mergeCells>");
        }
        text.push_str(parts::SHEET_END);
        self.out.flush();
    }
}

fn digits(out: &mut String, mut n: u64) {
    let mut all = [b'0'; 20];
    let mut used = 0usize;
    for slot in all.iter_mut().rev() {
        let digit = u8::try_from(n.rem_euclid(10)).unwrap_or(0);
        *slot = b'0'.saturating_add(digit);
        used = used.saturating_add(1);
        n = n.div_euclid(10);
        if n == 0 {
            break;
        }
    }
    let from = all.len().saturating_sub(used);
    let said = all
        .get(from..)
        .and_then(|all| std::str::from_utf8(all).ok());
    out.push_str(said.unwrap_or("0"));
}

/// A number of tenths or thousandths, as the shortest decimal that says the same.
fn decimal(out: &mut String, n: u64, decimals: usize) {
    let unit = match decimals {
        0 => return digits(out, n),
        1 => 10_u64,
        _ => 1000,
    };
    digits(out, n.div_euclid(unit));
    let rest = n.rem_euclid(unit);
    if rest > 0 {
        let said = format!("{rest:0decimals$}");
        out.push('.');
        out.push_str(said.trim_end_matches('0'));
    }
}

fn style(cell: &Cell, width: u16, strong: bool) -> u32 {
    let strong = u32::from(strong);
    let kind = match cell {
        Cell::Text(_) if width <= NARROW => return parts::NARROW.saturating_add(strong),
        Cell::Empty | Cell::Text(_) => 0,
        Cell::Number(_) => 1,
        Cell::Percent(_) => 2,
        Cell::Points(_) => 3,
        Cell::Day(_) => 4,
    };
    let first = parts::CELLS.saturating_add(strong.saturating_mul(parts::KINDS));
    first.saturating_add(kind)
}

/// How many lines a cell takes in a column that is so many characters wide.
fn lines(cell: &Cell, width: u16) -> u16 {
    let Cell::Text(text) = cell else {
        return 1;
    };
    // Words do not break where the line ends.
    let fits = width.saturating_sub(width.div_euclid(10)).max(1);
    if text.len() <= usize::from(fits) {
        return 1;
    }
    let chars = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
    chars.div_ceil(fits).clamp(1, MOST_LINES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_spreadsheets_do() {
        for (at, name) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (51, "AZ"),
            (52, "BA"),
            (702, "AAA"),
        ] {
            assert_eq!(column(at), name);
        }
    }

    #[test]
    fn numbers_are_the_shortest_decimals() {
        for (n, decimals, said) in [
            (0, 0, "0"),
            (938, 3, "0.938"),
            (900, 3, "0.9"),
            (1000, 3, "1"),
            (5, 3, "0.005"),
            (1234, 1, "123.4"),
            (u64::MAX, 0, "18446744073709551615"),
        ] {
            let mut out = String::new();
            decimal(&mut out, n, decimals);
            assert_eq!(out, said);
        }
    }
}
