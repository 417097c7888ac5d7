//! The paper register (sổ đăng ký văn bản đi, NĐ 30/2020/NĐ-CP Phụ lục IV): what a unit issued, as its clerk keeps it,
//! read from CSV and XLSX. It tells how many documents there were at all, which no gateway sees. Pure.
//!
//! Of a document its key, its day and how it was sent are taken. Subjects, signers and recipients stay where they are:
//! events carry no free text. A file is taken whole or not at all, and every mistake is told with its line.

mod cell;
mod columns;
pub mod conflicts;
mod csv;
mod day;
pub mod gaps;
mod head;
mod key;
mod report;
mod rows;
mod xlsx;

#[cfg(test)]
mod tests;

pub use columns::{Column, Columns, ColumnsError};
pub use key::Folded;
pub use report::{Mistake, Problem, Report};

use crate::model::event::SentBy;
use crate::model::{CodeNotation, CodeNumber, LocalDay};
use head::Head;
use rows::Taken;

/// Octets of a file: a register of 200,000 documents with all of its columns has some 40 MB as CSV.
pub const MAX_FILE: usize = 64 * 1024 * 1024;
/// Rows that are read and reported: a sheet of a workbook has no more than 1,048,576.
pub const MAX_ROWS: u64 = 1_000_000;
/// Documents of one import: more than any unit issues in a year, and an event that fits into memory.
pub const MAX_TAKEN: u64 = 200_000;
/// Mistakes that are told one by one: more than one sitting mends.
pub const MAX_MISTAKES: usize = 1_000;
/// Rows above the documents: title, head, numbers of the columns.
const MAX_ABOVE: u64 = 50;
/// What every workbook of our days begins with, a ZIP archive; and every one of old days, or with a password.
const ZIP: &[u8] = b"PK";
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0";

/// A document of the register.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The line of the file, from 1.
    pub line: u64,
    /// Its number, as it is written.
    pub number: CodeNumber,
    /// Its notation.
    pub notation: CodeNotation,
    /// The day of promulgation.
    pub day: LocalDay,
    /// How it was sent; where the register says nothing, on paper.
    pub sent_by: SentBy,
}

/// A register that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rows {
    /// Its documents, in the order of the file.
    pub rows: Vec<Row>,
    /// Whether it says how documents were sent.
    pub says_channel: bool,
    /// Rows with something in them, and nothing in the columns that are read.
    pub passed_over: u64,
}

/// What is asked of a register.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The first day that it covers.
    pub from: LocalDay,
    /// The last day that it covers.
    pub to: LocalDay,
    /// Today, at the office: no document is of a later day.
    pub today: LocalDay,
    /// Where the columns are, if that cannot be read from the head.
    pub columns: Option<Columns>,
    /// The sheet of a workbook, if there are several.
    pub sheet: Option<String>,
}

/// Why a register is not taken. Nothing of it is.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RegisterError {
    /// More octets than are read.
    #[error("the file, or what it unpacks to, is larger than {0} octets")]
    TooLarge(usize),
    /// More rows than are read.
    #[error("more than {MAX_ROWS} rows")]
    TooManyRows,
    /// A row with more cells than a sheet has.
    #[error("line {0}: too many cells")]
    TooWide(u64),
    /// A quote that is not closed, or with something behind it.
    #[error("line {0}: a quote without its end")]
    Quote(u64),
    /// A workbook of Excel 97 to 2003, or one with a password.
    #[error("a workbook of the old form, or with a password")]
    OldWorkbook,
    /// An archive that is no workbook, or a broken one.
    #[error("no workbook: {0}")]
    NoWorkbook(String),
    /// Several sheets, and it is not said which.
    #[error("several sheets")]
    Sheets(Vec<String>),
    /// No sheet of that name.
    #[error("no sheet {0:?}")]
    NoSheet(String, Vec<String>),
    /// Text that is not UTF-8.
    #[error("not UTF-8")]
    NotText,
    /// No line that names the columns; those that were not found.
    #[error("no head with {0:?}")]
    Head(Vec<Column>),
    /// Two columns that may both be meant.
    #[error("two columns for {0}: {1:?} and {2:?}")]
    HeadTwice(Column, String, String),
    /// The name of one column, with a comma in it and no quotes around, makes two: every cell behind it is one too far left.
    #[error("the heading {0:?} has a comma, and is not in quotes")]
    HeadComma(String),
    /// A register of incoming documents.
    #[error("an incoming register")]
    Incoming,
    /// No document.
    #[error("no document")]
    Empty,
    /// Rows that cannot be taken.
    #[error("{0}")]
    Refused(Report),
}

/// Reads a register.
///
/// # Errors
/// [`RegisterError`].
pub fn read(bytes: &[u8], asked: &Asked) -> Result<Rows, RegisterError> {
    if bytes.len() > MAX_FILE {
        return Err(RegisterError::TooLarge(MAX_FILE));
    }
    if bytes.starts_with(COMPOUND) {
        return Err(RegisterError::OldWorkbook);
    }
    match bytes.starts_with(ZIP) {
        true => xlsx::with_sheet(bytes, asked.sheet.as_deref(), |sheet| all(sheet, asked)),
        false => all(&csv::Csv::new(bytes, asked.columns.as_ref())?, asked),
    }
}

fn all(table: &dyn Table, asked: &Asked) -> Result<Rows, RegisterError> {
    let head = Head::find(table, asked.columns.as_ref())?;
    let mut taken = Taken::new(asked, &head);
    let mut count = 0u64;
    table.rows(&mut |record| {
        if record.line < head.first {
            return Ok(true);
        }
        count = count.saturating_add(1);
        if count > MAX_ROWS {
            return Err(RegisterError::TooManyRows);
        }
        taken.take(record);
        Ok(true)
    })?;
    taken.finish()
}

/// A row as it lies in the file.
struct Record<'r> {
    /// From 1.
    line: u64,
    /// How many cells it has, empty ones too; of a sheet, where rows end nowhere, 0.
    width: usize,
    /// What is not empty, by the place of its column, from 0.
    cells: Vec<(usize, cell::Cell<'r>)>,
}

/// What a row is given to; whether it wants more.
type Sink<'s> = dyn FnMut(&Record<'_>) -> Result<bool, RegisterError> + 's;

/// Rows in their order, those without anything left out.
trait Table {
    fn rows(&self, sink: &mut Sink<'_>) -> Result<(), RegisterError>;
}
