//! Sheets as XLSX: cells with types, a heading that stays in sight, pages that print.

use super::sheet::{Cell, Row, Sheet};
use crate::model::Timestamp;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

/// The most characters of one cell, and of the name of a sheet (ECMA-376 as Excel reads it).
const MAX_TEXT: usize = 32_767;
const MAX_NAME: usize = 31;

/// Writes a workbook; `at` is the moment that it says it was made, so that the same figures are the same bytes.
///
/// # Errors
/// What the writer says: a sheet of more than 1,048,576 rows.
pub fn write(sheets: &[Sheet], at: Timestamp) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(at.secs().saturating_add(7 * 3600))?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let formats = Formats::new();
    for sheet in sheets {
        let page = book.add_worksheet();
        page.set_name(name(&sheet.name))?;
        Page {
            page,
            formats: &formats,
            row: 0,
        }
        .write(sheet)?;
    }
    book.save_to_buffer()
}

/// A name that Excel takes.
fn name(text: &str) -> String {
    let plain = text
        .chars()
        .map(|c| if "[]:*?/\\'".contains(c) { ' ' } else { c });
    plain.take(MAX_NAME).collect()
}

/// How high a heading is, in points: four lines.
const HEAD_HEIGHT: f64 = 64.0;
/// How high a line of a cell is, and how many a row has at most: a row may be 409 points high.
const LINE_HEIGHT: f64 = 15.0;
const MOST_LINES: u16 = 26;
/// Up to this width a column is one of figures.
const NARROW: u16 = 11;

struct Formats {
    title: Format,
    line: Format,
    head: Format,
    number_row: Format,
    /// Plain and strong, in the order of the kinds of cells.
    cells: [[Format; 5]; 2],
    /// Plain and strong: text of a narrow column, such as *39/40* between two numbers.
    narrow: [Format; 2],
}

impl Formats {
    fn new() -> Self {
        let text = || {
            Format::new()
                .set_font_name("Times New Roman")
                .set_font_size(11)
        };
        let boxed = || text().set_border(FormatBorder::Thin);
        let head = || {
            boxed()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_text_wrap()
        };
        let cells = |cell: &dyn Fn() -> Format| {
            let middle = || cell().set_align(FormatAlign::VerticalCenter);
            [
                cell()
                    .set_text_wrap()
                    .set_indent(1)
                    .set_align(FormatAlign::VerticalCenter),
                middle().set_num_format("#,##0"),
                middle().set_num_format("0.0%"),
                middle().set_num_format("+0.0;-0.0;0.0"),
                middle().set_num_format("dd/mm/yyyy"),
            ]
        };
        Self {
            title: text().set_bold().set_font_size(14),
            line: text(),
            head: head().set_bold().set_background_color(0x00E8_EEF4),
            number_row: head().set_italic().set_font_size(9),
            cells: [cells(&boxed), cells(&|| boxed().set_bold())],
            narrow: [head(), head().set_bold()],
        }
    }

    fn of(&self, cell: &Cell, width: u16, strong: bool) -> &Format {
        if let (Cell::Text(_), ..=NARROW) = (cell, width) {
            let [plain, bold] = &self.narrow;
            return if strong { bold } else { plain };
        }
        let [plain, bold] = &self.cells;
        let [text, number, percent, points, day] = if strong { bold } else { plain };
        match cell {
            Cell::Empty | Cell::Text(_) => text,
            Cell::Number(_) => number,
            Cell::Percent(_) => percent,
            Cell::Points(_) => points,
            Cell::Day(_) => day,
        }
    }
}

struct Page<'a> {
    page: &'a mut Worksheet,
    formats: &'a Formats,
    row: u32,
}

impl Page<'_> {
    fn write(&mut self, sheet: &Sheet) -> Result<(), XlsxError> {
        for (place, line) in sheet.titles.iter().enumerate() {
            let format = match place {
                0 => &self.formats.title,
                _ => &self.formats.line,
            };
            self.page
                .write_string_with_format(self.row, 0, clipped(line), format)?;
            self.down();
        }
        if !sheet.titles.is_empty() {
            self.down();
        }
        let top = self.row;
        self.heading(sheet)?;
        self.page.set_freeze_panes(self.row, sheet.fixed)?;
        self.page.set_repeat_rows(top, self.row.saturating_sub(1))?;
        let widths: Vec<u16> = sheet
            .heads
            .iter()
            .flat_map(|head| std::iter::repeat_n(head.width, head.columns()))
            .collect();
        for row in &sheet.rows {
            self.cells(row, &widths)?;
        }
        for note in &sheet.notes {
            self.page
                .write_string_with_format(self.row, 0, clipped(note), &self.formats.line)?;
            self.down();
        }
        self.page.set_landscape();
        self.page.set_paper_size(9); // A4
        self.page.set_print_fit_to_pages(1, 0);
        Ok(())
    }

    fn down(&mut self) {
        self.row = self.row.saturating_add(1);
    }

    fn heading(&mut self, sheet: &Sheet) -> Result<(), XlsxError> {
        let (row, below) = (self.row, self.row.saturating_add(1));
        let (head, two) = (&self.formats.head, sheet.has_parts());
        // Merged cells do not make their rows as high as their text.
        let height = if two { HEAD_HEIGHT / 2.0 } else { HEAD_HEIGHT };
        self.page.set_row_height(row, height)?;
        if two {
            self.page.set_row_height(below, height)?;
        }
        let mut column = 0_u16;
        for one in &sheet.heads {
            let last = column.saturating_add(u16::try_from(one.columns()).unwrap_or(1));
            let last = last.saturating_sub(1);
            let bottom = if two && one.parts.is_empty() {
                below
            } else {
                row
            };
            if bottom > row || last > column {
                self.page
                    .merge_range(row, column, bottom, last, &clipped(&one.label), head)?;
            } else {
                let label = clipped(&one.label);
                self.page
                    .write_string_with_format(row, column, label, head)?;
            }
            for (part, at) in one.parts.iter().zip(column..) {
                self.page
                    .write_string_with_format(below, at, clipped(part), head)?;
            }
            for at in column..=last {
                self.page.set_column_width(at, f64::from(one.width))?;
            }
            column = last.saturating_add(1);
        }
        self.row = if two { below } else { row };
        self.down();
        if sheet.numbered {
            for (number, at) in (1..).zip(0..column) {
                let text = format!("({number})");
                let format = &self.formats.number_row;
                self.page
                    .write_string_with_format(self.row, at, text, format)?;
            }
            self.down();
        }
        Ok(())
    }

    fn cells(&mut self, row: &Row, widths: &[u16]) -> Result<(), XlsxError> {
        let lines = row
            .cells
            .iter()
            .zip(widths)
            .map(|(c, w)| lines(c, *w))
            .max();
        if let Some(lines) = lines.filter(|lines| *lines > 1) {
            // Not every program makes a row as high as its text.
            self.page
                .set_row_height(self.row, LINE_HEIGHT * f64::from(lines))?;
        }
        let widths = widths.iter().copied().chain(std::iter::repeat(u16::MAX));
        for ((cell, at), width) in row.cells.iter().zip(0_u16..).zip(widths) {
            let format = self.formats.of(cell, width, row.strong);
            let page = &mut *self.page;
            match cell {
                Cell::Empty => page.write_blank(self.row, at, format)?,
                // Written as a string, whatever it begins with: nothing in a cell is ever run.
                Cell::Text(text) => {
                    page.write_string_with_format(self.row, at, clipped(text), format)?
                }
                Cell::Number(n) => {
                    page.write_number_with_format(self.row, at, float(*n), format)?
                }
                Cell::Percent(n) => {
                    page.write_number_with_format(self.row, at, float(*n) / 1000.0, format)?
                }
                Cell::Points(n) => {
                    page.write_number_with_format(self.row, at, float(*n) / 10.0, format)?
                }
                Cell::Day(day) => {
                    let month = u8::try_from(day.month().month).unwrap_or(1);
                    let of_month = u8::try_from(day.day()).unwrap_or(1);
                    let year = u16::try_from(day.year()).unwrap_or(1900);
                    let date = ExcelDateTime::from_ymd(year, month, of_month)?;
                    page.write_datetime_with_format(self.row, at, &date, format)?
                }
            };
        }
        self.down();
        Ok(())
    }
}

/// How many lines a cell takes in a column that is so many characters wide.
fn lines(cell: &Cell, width: u16) -> u16 {
    let Cell::Text(text) = cell else {
        return 1;
    };
    let chars = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
    // Words do not break where the line ends.
    let fits = width.saturating_sub(width.div_euclid(10)).max(1);
    chars.div_ceil(fits).clamp(1, MOST_LINES)
}

fn clipped(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// The nearest floating-point number: cells hold nothing else.
fn float(n: i64) -> f64 {
    i32::try_from(n).map_or_else(|_| n.to_string().parse().unwrap_or(0.0), f64::from)
}
