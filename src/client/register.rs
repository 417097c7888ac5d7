//! The paper register over the wire: imports, nil returns, gaps and conflicts.

use serde::{Deserialize, Serialize};

/// What a register that is handed in covers, and how it is to be read. The file itself is the body.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// Whose; only for the administrator, a unit hands in its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The first day (`YYYY-MM-DD`).
    pub from: String,
    /// The last day.
    pub to: String,
    /// Where the columns are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    /// The sheet of a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Whether what covers those days already is taken back.
    #[serde(default)]
    pub replace: bool,
    /// Whether it is only read.
    #[serde(default)]
    pub dry_run: bool,
}

/// A nil return: nothing was issued on paper on those days.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NilRequest {
    /// Whose; only for the administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The first day (`YYYY-MM-DD`).
    pub from: String,
    /// The last day.
    pub to: String,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
}

/// An import or nil return is taken back.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndoRequest {
    /// Why, in words.
    pub reason: String,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
}

/// An import or nil return.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RegisterView {
    /// Its identifier.
    pub id: String,
    /// Whose.
    pub unit: String,
    /// `register` or `nil`.
    pub kind: String,
    /// The first day that it covers.
    pub from: String,
    /// The last day.
    pub to: String,
    /// How many documents it has.
    pub documents: u32,
    /// SHA-256 of the file, or of what was said.
    pub source: String,
    /// The unit that handed it in; absent: the administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    pub at: String,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone: Option<String>,
    /// Answer to handing it in: it was in force already, just as it was handed in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
    /// Answer to a nil return: its signed statement, DER of the CMS SignedData, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p7m: Option<String>,
}

/// A register that was read, and taken in unless it was a dry run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TakenView {
    /// As it was taken in; absent: it was only read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register: Option<RegisterView>,
    /// Its documents.
    pub documents: u64,
    /// Rows with something in them that are no documents.
    pub passed_over: u64,
    /// Whether it says how documents were sent; if not, all count as paper.
    pub says_channel: bool,
}

/// Imports and nil returns, the newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RegistersView {
    /// Those.
    pub items: Vec<RegisterView>,
    /// How many older ones there are.
    pub more: u64,
}

/// The numbers of one notation in a year.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SeriesView {
    /// The notation.
    pub notation: String,
    /// Numbers that are known.
    pub known: u64,
    /// The highest of them.
    pub last: u64,
    /// How many below it are not.
    pub missing: u64,
    /// These, the first and the last of each range.
    pub ranges: Vec<(u64, u64)>,
    /// Numbers that are there twice.
    pub repeated: Vec<u64>,
}

/// A number with its notation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NumberView {
    /// The number.
    pub number: String,
    /// The notation.
    pub notation: String,
}

/// What is missing from the numbers of a unit and year.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GapsView {
    /// The unit.
    pub unit: String,
    /// The year.
    pub year: i16,
    /// Every notation.
    pub series: Vec<SeriesView>,
    /// Numbers that are not only digits.
    pub odd: Vec<NumberView>,
    /// What is not listed.
    pub more: u64,
}

/// A document of which register and gateway say different things.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConflictView {
    /// Its number.
    pub number: String,
    /// Its notation.
    pub notation: String,
    /// How they differ.
    pub conflict: String,
    /// The day in the register.
    pub register_day: String,
    /// How it was sent, as the register says.
    pub channel: String,
    /// The import that says so.
    pub register: String,
    /// The electronic document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Its day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_day: Option<String>,
}

/// Conflicts of a unit and period.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConflictsView {
    /// The unit.
    pub unit: String,
    /// The period.
    pub period: String,
    /// The conflicts.
    pub items: Vec<ConflictView>,
    /// What is not listed.
    pub more: u64,
}
