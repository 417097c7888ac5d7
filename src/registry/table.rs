//! The registry as a table: CSV (RFC 4180) with a head line, as spreadsheets write and read it.
//!
//! A table says nothing of keys, of how documents reach a unit here, and of what became of units. Of a unit that
//! is listed already, a column that is not there changes nothing.

use super::{Details, FormerName, Level, Reached, Registry, Unit, UnitKind, Via};
use crate::model::indication::words;
use crate::model::{LocalDay, UnitCode, bare, inert, unmarked};
use std::collections::BTreeSet;

words! {
    /// A column; its name is that in the head line.
    Column {
        /// The code.
        Code = 1 "code",
        /// The name.
        Name = 2 "name",
        /// *state* or *other*; state where nothing is said.
        Kind = 3 "kind",
        /// The code of the unit above.
        Parent = 4 "parent",
        /// The level of administration.
        Level = 5 "level",
        /// Other codes, with spaces between them.
        Aliases = 6 "aliases",
        /// Who answers for it.
        Contact = 7 "contact",
        /// Electronic mail.
        Email = 8 "email",
        /// Telephone.
        Phone = 9 "phone",
        /// How it is reached.
        Via = 10 "via",
        /// Since when.
        Since = 11 "since",
        /// The first day of the name: with it, the name before stays as a former one.
        NameFrom = 12 "name_from",
    }
}

/// The Vietnamese names of the columns, as they are told apart.
const VIETNAMESE: [(&str, Column); 12] = [
    ("ma", Column::Code),
    ("ten", Column::Name),
    ("loai", Column::Kind),
    ("captren", Column::Parent),
    ("cap", Column::Level),
    ("makhac", Column::Aliases),
    ("lienhe", Column::Contact),
    ("thudientu", Column::Email),
    ("dienthoai", Column::Phone),
    ("cachnhan", Column::Via),
    ("tungay", Column::Since),
    ("tentungay", Column::NameFrom),
];

words! {
    /// What is wrong with a cell.
    CellProblem {
        /// Nothing is there, where something has to be.
        Missing = 1 "missing",
        /// It does not say what the column says.
        Unreadable = 2 "unreadable",
        /// The unit is there twice.
        Repeated = 3 "repeated",
        /// More than is read.
        TooLong = 4 "too_long",
    }
}

/// One mistake of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// The line of the file, from 1.
    pub line: u64,
    /// The column.
    pub column: Column,
    /// What stands there, at most the first 100 characters.
    pub value: String,
    /// What is wrong.
    pub problem: CellProblem,
}

/// Why a table is not taken. Nothing of it is.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TableError {
    /// Octets that are not UTF-8.
    #[error("line {0}: not UTF-8")]
    NotText(u64),
    /// Quotes, or a number of cells, that are not those of a table.
    #[error("line {0}: not a row of the table")]
    Row(u64),
    /// A head line that names something unknown, or one thing twice.
    #[error("column {0:?} is none, or there twice")]
    Head(String),
    /// Cells that cannot be read, the first hundred of them, and how many there are.
    #[error("{1} mistakes, the first in line {first}", first = .0.first().map_or(0, |m| m.line))]
    Cells(Vec<Mistake>, u64),
    /// No unit at all.
    #[error("no unit")]
    Empty,
}

/// Longer cells are none of a directory.
const MAX_CELL: usize = 1_000;
/// Mistakes that are told one by one.
const MAX_MISTAKES: usize = 100;
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a table over what is known; the units that it lists, as they are to be.
///
/// # Errors
/// See [`TableError`].
pub fn read(bytes: &[u8], known: &Registry) -> Result<Vec<Unit>, TableError> {
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(delimiter(bytes))
        .from_reader(bytes);
    let mut columns = USUAL.to_vec();
    let mut rows = Rows::default();
    for (place, record) in reader.records().enumerate() {
        let record = record.map_err(|e| wrong(&e))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        if place == 0 && record.get(0).and_then(column) == Some(Column::Code) {
            columns = head(&record)?;
            continue;
        }
        if record
            .iter()
            .skip(columns.len())
            .any(|cell| !cell.is_empty())
        {
            return Err(TableError::Row(line));
        }
        let row = Row {
            line,
            cells: columns
                .iter()
                .copied()
                .zip(record.iter().map(bare))
                .collect(),
        };
        rows.take(&row, known);
    }
    rows.finish()
}

/// The columns of a table without a head line.
const USUAL: [Column; 4] = [Column::Code, Column::Name, Column::Kind, Column::Parent];

/// Spreadsheets of Vietnamese systems put semicolons where others put commas.
fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |octet: u8| first.iter().filter(|b| **b == octet).count();
    if count(b';') > count(b',') {
        b';'
    } else {
        b','
    }
}

fn wrong(error: &csv::Error) -> TableError {
    let line = error.position().map_or(0, csv::Position::line);
    match matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
        true => TableError::NotText(line),
        false => TableError::Row(line),
    }
}

fn column(name: &str) -> Option<Column> {
    let plain = unmarked(name);
    let vietnamese = VIETNAMESE.iter().find(|(known, _)| *known == plain);
    let english = |column: &&Column| unmarked(column.name()) == plain;
    let found = vietnamese.map(|(_, column)| column);
    found.or_else(|| Column::ALL.iter().find(english)).copied()
}

fn head(record: &csv::StringRecord) -> Result<Vec<Column>, TableError> {
    let mut seen = BTreeSet::new();
    let each = record.iter().map(|name| {
        let found = column(name).filter(|column| seen.insert(*column));
        found.ok_or_else(|| TableError::Head(shown(name)))
    });
    each.collect()
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

struct Row<'r> {
    line: u64,
    cells: Vec<(Column, &'r str)>,
}

#[derive(Default)]
struct Rows {
    units: Vec<Unit>,
    codes: BTreeSet<UnitCode>,
    mistakes: Vec<Mistake>,
    count: u64,
}

impl Rows {
    fn finish(self) -> Result<Vec<Unit>, TableError> {
        match (self.count, self.units.is_empty()) {
            (0, true) => Err(TableError::Empty),
            (0, false) => Ok(self.units),
            (count, _) => Err(TableError::Cells(self.mistakes, count)),
        }
    }

    fn take(&mut self, row: &Row<'_>, known: &Registry) {
        let read = row
            .unit(known)
            .and_then(|unit| match self.codes.insert(unit.code.clone()) {
                true => Ok(unit),
                false => Err(vec![row.mistake(Column::Code, CellProblem::Repeated)]),
            });
        match read {
            Ok(unit) => self.units.push(unit),
            Err(mistakes) => {
                self.count = self
                    .count
                    .saturating_add(u64::try_from(mistakes.len()).unwrap_or(1));
                let room = MAX_MISTAKES.saturating_sub(self.mistakes.len());
                self.mistakes.extend(mistakes.into_iter().take(room));
            }
        }
    }
}

impl Row<'_> {
    fn cell(&self, column: Column) -> Option<&str> {
        let found = self.cells.iter().find(|(known, _)| *known == column);
        found.map(|(_, text)| *text)
    }

    fn mistake(&self, column: Column, problem: CellProblem) -> Mistake {
        Mistake {
            line: self.line,
            column,
            value: shown(self.cell(column).unwrap_or_default()),
            problem,
        }
    }

    /// The unit of the row, or everything that is wrong with it.
    fn unit(&self, known: &Registry) -> Result<Unit, Vec<Mistake>> {
        let mut wrong = Vec::new();
        for (column, text) in &self.cells {
            if text.len() > MAX_CELL {
                wrong.push(self.mistake(*column, CellProblem::TooLong));
            }
        }
        let code = self.read(Column::Code, &mut wrong, UnitCode::parse);
        if self.cell(Column::Code).is_none_or(str::is_empty) {
            wrong.push(self.mistake(Column::Code, CellProblem::Missing));
        }
        let before = code.as_ref().and_then(|code| known.unit(code));
        let name = self.cell(Column::Name).unwrap_or_default();
        if name.is_empty() && (before.is_none() || self.cell(Column::Name).is_some()) {
            wrong.push(self.mistake(Column::Name, CellProblem::Missing));
        }
        let kind = self.read(Column::Kind, &mut wrong, UnitKind::from_name);
        let parent = self.read(Column::Parent, &mut wrong, UnitCode::parse);
        let details = self.details(before, &mut wrong);
        let Some(code) = code.filter(|_| wrong.is_empty()) else {
            return Err(wrong);
        };
        Ok(Unit {
            code,
            name: match (name, before) {
                ("", Some(before)) => before.name.clone(),
                (name, _) => name.to_owned(),
            },
            kind: kind
                .or_else(|| before.map(|b| b.kind))
                .unwrap_or(UnitKind::State),
            parent: match self.cell(Column::Parent) {
                Some(_) => parent,
                None => before.and_then(|b| b.parent.clone()),
            },
            channel: before.map(|b| b.channel.clone()).unwrap_or_default(),
            details,
        })
    }

    /// What a cell says; `None` if it is empty or not there.
    fn read<T>(
        &self,
        column: Column,
        wrong: &mut Vec<Mistake>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.cell(column).filter(|text| !text.is_empty())?;
        let read = parse(text);
        if read.is_none() {
            wrong.push(self.mistake(column, CellProblem::Unreadable));
        }
        read
    }

    fn details(&self, before: Option<&Unit>, wrong: &mut Vec<Mistake>) -> Details {
        let mut details = before.map(|b| b.details.clone()).unwrap_or_default();
        if self.cell(Column::Level).is_some() {
            details.level = self.read(Column::Level, wrong, Level::from_name);
        }
        if self.cell(Column::Aliases).is_some() {
            let codes = |text: &str| text.split_whitespace().map(UnitCode::parse).collect();
            details.aliases = self.read(Column::Aliases, wrong, codes).unwrap_or_default();
        }
        let contact = &mut details.contact;
        for (column, text) in [
            (Column::Contact, &mut contact.name),
            (Column::Email, &mut contact.email),
            (Column::Phone, &mut contact.phone),
        ] {
            if let Some(said) = self.cell(column) {
                said.clone_into(text);
            }
        }
        self.way(&mut details, wrong);
        self.name(before, &mut details, wrong);
        details
    }

    /// A way that is another than the last known one begins on its day.
    fn way(&self, details: &mut Details, wrong: &mut Vec<Mistake>) {
        let Some(via) = self.read(Column::Via, wrong, Via::from_name) else {
            return;
        };
        let since = self.read(Column::Since, wrong, LocalDay::parse);
        let last = details.reached.last().copied();
        match (since, last) {
            (None, Some(last)) if last.via == via => {}
            (None, None) if via == Via::Gateway => {}
            (None, _) if self.cell(Column::Since).is_none_or(str::is_empty) => {
                wrong.push(self.mistake(Column::Since, CellProblem::Missing));
            }
            (None, _) => {}
            (Some(from), Some(last)) if (last.from, last.via) == (from, via) => {}
            (Some(from), _) => details.reached.push(Reached { from, via }),
        }
    }

    /// The name before stays where it is said when it ended.
    fn name(&self, before: Option<&Unit>, details: &mut Details, wrong: &mut Vec<Mistake>) {
        let from = self.read(Column::NameFrom, wrong, LocalDay::parse);
        let renamed = before.filter(|before| {
            let name = self.cell(Column::Name).filter(|name| !name.is_empty());
            name.is_some_and(|name| name != before.name)
        });
        let last = from.and_then(|from| from.0.yesterday().ok().map(LocalDay));
        if let (Some(before), Some(until)) = (renamed, last) {
            details.former_names.push(FormerName {
                until,
                name: before.name.clone(),
            });
        }
    }
}

/// Every unit as a row, with a byte order mark so that spreadsheets read Vietnamese.
#[must_use]
pub fn write(registry: &Registry) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(MARK.to_vec());
    let columns = Column::ALL
        .iter()
        .filter(|column| **column != Column::NameFrom);
    let columns: Vec<Column> = columns.copied().collect();
    let mut row = |cells: Vec<String>| {
        // Into memory: there is nothing that could fail.
        let _ = writer.write_record(cells);
    };
    row(columns
        .iter()
        .map(|column| column.name().to_owned())
        .collect());
    for unit in registry.units() {
        row(columns
            .iter()
            .map(|column| inert(&said(unit, *column)).into_owned())
            .collect());
    }
    writer.into_inner().unwrap_or_default()
}

fn said(unit: &Unit, column: Column) -> String {
    let details = &unit.details;
    let way = details.reached.last();
    let text = match column {
        Column::Code => return unit.code.to_string(),
        Column::Kind => return unit.kind.name().to_owned(),
        Column::Parent => {
            return unit
                .parent
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
        }
        Column::Level => return details.level.map_or("", Level::name).to_owned(),
        Column::Via => return way.map_or("", |way| way.via.name()).to_owned(),
        Column::Since => return way.map(|way| way.from.to_string()).unwrap_or_default(),
        Column::Aliases => {
            let all: Vec<&str> = details.aliases.iter().map(UnitCode::as_str).collect();
            return all.join(" ");
        }
        Column::Name => &unit.name,
        Column::Contact => &details.contact.name,
        Column::Email => &details.contact.email,
        Column::Phone => &details.contact.phone,
        Column::NameFrom => "",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests;
