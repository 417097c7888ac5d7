//! Procedures as a table (CSV, RFC 4180) with a head line: a row for each component, and one for each fact, word and condition.
//! A table is read into what a TOML file is read into, each cell with its place, so both are held to the same rules.

use super::super::ConfigError;
use super::super::mistake::{Mistake, Page};
use super::columns::{Column, RowKind, text_of};
use super::raw::{Raw, RawComponent, RawFact, Word, meant};
use crate::dossier::{MAX_VERSIONS, Procedure};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use toml::Spanned;

/// Rows of one procedure: its components, facts, words and conditions, each bounded by itself behind this.
const MAX_ROWS: usize = 2_000;

/// Reads every version of a table; `path` is only named in errors. With each the line of its first row.
///
/// # Errors
/// [`ConfigError::Mistake`] with line and column.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Vec<(usize, Procedure)>, ConfigError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = str::from_utf8(bytes).map_err(|e| {
        let read = bytes.get(..e.valid_up_to()).unwrap_or_default();
        let read = String::from_utf8_lossy(read);
        let problem = "expected UTF-8: save the table as CSV UTF-8";
        ConfigError::Mistake(Box::new(Mistake::at(
            path,
            &read,
            Some(read.len()..read.len()),
            problem,
        )))
    })?;
    let page = Page { path, text };
    let mut groups = Groups::default();
    for row in rows(&page)? {
        groups.take(&page, row)?;
    }
    let each = groups.all.iter().map(|rows| {
        let line = rows.first().map_or(0, |row| row.line);
        Ok((line, meant(&page, &raw(&page, rows)?)?))
    });
    each.collect()
}

/// A row: its cells that say something, each with its place.
struct Row {
    line: usize,
    place: Range<usize>,
    cells: BTreeMap<Column, Word>,
}

/// The rows of each version, in the order in which they come.
#[derive(Default)]
struct Groups {
    all: Vec<Vec<Row>>,
    known: BTreeMap<(String, u16), usize>,
}

impl Groups {
    fn take(&mut self, page: &Page<'_>, row: Row) -> Result<(), ConfigError> {
        let version = page.whole_number(row.needed(page, Column::Version)?)?;
        let key = (row.needed(page, Column::Code)?.get_ref().clone(), version);
        let next = self.all.len();
        let at = *self.known.entry(key).or_insert(next);
        if at >= MAX_VERSIONS {
            let problem = format!("more than {MAX_VERSIONS}");
            return Err(page.wrong(Some(row.place), &problem));
        }
        match self.all.get_mut(at) {
            Some(rows) if rows.len() >= MAX_ROWS => {
                Err(page.wrong(Some(row.place), &format!("more than {MAX_ROWS}")))
            }
            Some(rows) => {
                rows.push(row);
                Ok(())
            }
            None => {
                self.all.push(vec![row]);
                Ok(())
            }
        }
    }
}

/// Spreadsheets of Vietnamese systems put semicolons where others put commas.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    match first.matches(';').count() > first.matches(',').count() {
        true => b';',
        false => b',',
    }
}

fn rows(page: &Page<'_>) -> Result<Vec<Row>, ConfigError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(delimiter(page.text))
        .from_reader(page.text.as_bytes());
    let offset = |position: &csv::Position| usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let (mut record, mut columns, mut rows) = (csv::StringRecord::new(), None, Vec::new());
    loop {
        let from = offset(reader.position());
        let more = reader.read_record(&mut record);
        let more = more.map_err(|_| page.wrong(Some(from..from), "not a row of the table"))?;
        let to = offset(reader.position()).min(page.text.len());
        if !more {
            return Ok(rows);
        }
        if record.iter().all(str::is_empty) {
            continue;
        }
        let cells = placed(page.text, &record, from..to);
        match &columns {
            None => columns = Some(head(page, &cells)?),
            Some(columns) => {
                let line = record.position().map_or(0, csv::Position::line);
                let line = usize::try_from(line).unwrap_or(usize::MAX);
                rows.push(row(page, columns, cells, line)?);
            }
        }
    }
}

/// The cells of a record with their places. The text of a cell stands in the file as it is, but where quotation marks are
/// doubled; then its beginning is close enough.
fn placed(text: &str, record: &csv::StringRecord, place: Range<usize>) -> Vec<Word> {
    let mut at = place.start;
    let one = |cell: &str| {
        let rest = text.get(at..place.end).unwrap_or_default();
        let found = rest.find(cell).map_or(at, |n| at.saturating_add(n));
        let end = found.saturating_add(cell.len()).min(place.end);
        at = end;
        Spanned::new(found..end, text_of(cell).to_owned())
    };
    record.iter().map(one).collect()
}

fn head(page: &Page<'_>, cells: &[Word]) -> Result<Vec<Column>, ConfigError> {
    let mut seen = BTreeSet::new();
    let each = cells.iter().map(|word| {
        let names: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
        let problem = format!(
            "expected one of these columns, each once: {}",
            names.join(", ")
        );
        let found = Column::of_head(word.get_ref()).filter(|column| seen.insert(*column));
        found.ok_or_else(|| page.wrong(Some(word.span()), &problem))
    });
    each.collect()
}

fn row(
    page: &Page<'_>,
    columns: &[Column],
    cells: Vec<Word>,
    line: usize,
) -> Result<Row, ConfigError> {
    let first = cells.first().map_or(0..0, Spanned::span);
    let mut row = Row {
        line,
        place: first,
        cells: BTreeMap::new(),
    };
    for (at, word) in cells.into_iter().enumerate() {
        if word.get_ref().is_empty() {
            continue;
        }
        match columns.get(at) {
            Some(column) => drop(row.cells.insert(*column, word)),
            None => return Err(page.wrong(Some(word.span()), "not a row of the table")),
        }
    }
    Ok(row)
}

impl Row {
    fn cell(&self, column: Column) -> Option<&Word> {
        self.cells.get(&column)
    }

    fn maybe(&self, column: Column) -> Option<Word> {
        self.cell(column).cloned()
    }

    fn needed(&self, page: &Page<'_>, column: Column) -> Result<&Word, ConfigError> {
        let problem = || format!("nothing is in the column {}", column.name());
        self.cell(column)
            .ok_or_else(|| page.wrong(Some(self.place.clone()), &problem()))
    }

    fn owned(&self, page: &Page<'_>, column: Column) -> Result<Word, ConfigError> {
        self.needed(page, column).cloned()
    }

    fn number(&self, page: &Page<'_>, column: Column) -> Result<Option<Spanned<u16>>, ConfigError> {
        let spanned = |word: &Word| Ok(Spanned::new(word.span(), page.whole_number(word)?));
        self.cell(column).map(spanned).transpose()
    }

    fn flag(&self, page: &Page<'_>, column: Column) -> Result<bool, ConfigError> {
        let name = |set: &bool| if *set { "true" } else { "false" };
        let read = |word| page.one_of(word, &[true, false], name);
        self.cell(column).map_or(Ok(false), read)
    }
}

impl Page<'_> {
    fn whole_number(&self, word: &Word) -> Result<u16, ConfigError> {
        let text = word.get_ref();
        let plain = text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|_| plain);
        let problem = format!("expected a whole number, at most {}", u16::MAX);
        number.ok_or_else(|| self.wrong(Some(word.span()), &problem))
    }
}

/// A version from its rows.
fn raw(page: &Page<'_>, rows: &[Row]) -> Result<Raw, ConfigError> {
    let nothing = Row {
        line: 0,
        place: 0..0,
        cells: BTreeMap::new(),
    };
    let first = rows.first().unwrap_or(&nothing);
    for row in rows {
        for column in Column::OF_PROCEDURE {
            let said = first.cell(column).map(Spanned::get_ref);
            let other = row.cell(column).filter(|word| Some(word.get_ref()) != said);
            if let Some(word) = other {
                let problem = format!("the first row of {} says something else", first.code());
                return Err(page.wrong(Some(word.span()), &problem));
            }
        }
    }
    let version = first.needed(page, Column::Version)?;
    let mut raw = Raw {
        code: first.owned(page, Column::Code)?,
        name: first.owned(page, Column::Procedure)?,
        field: first.owned(page, Column::Field)?,
        level: first.owned(page, Column::Level)?,
        basis: first.owned(page, Column::Basis)?,
        version: Spanned::new(version.span(), page.whole_number(version)?),
        from: first.owned(page, Column::From)?,
        until: first.maybe(Column::Until),
        working_days: first.number(page, Column::WorkingDays)?,
        working_hours: first.number(page, Column::WorkingHours)?,
        fee: first.flag(page, Column::Fee)?,
        sample: first.flag(page, Column::Sample)?,
        source: first.maybe(Column::Source),
        facts: BTreeMap::new(),
        conditions: BTreeMap::new(),
        component: Vec::new(),
    };
    for row in rows {
        add(page, &mut raw, row)?;
    }
    Ok(raw)
}

impl Row {
    fn code(&self) -> &str {
        self.cell(Column::Code).map_or("", |word| word.get_ref())
    }
}

fn add(page: &Page<'_>, raw: &mut Raw, row: &Row) -> Result<(), ConfigError> {
    let kind = |word| page.one_of(word, RowKind::ALL, |kind| kind.name());
    let kind = row.cell(Column::Row).map_or(Ok(RowKind::Component), kind)?;
    let id = row.owned(page, Column::Id)?;
    let name = row.owned(page, Column::Name)?;
    let twice = || page.wrong(Some(id.span()), "an earlier row is of the same name");
    match kind {
        RowKind::Component => {
            let component = component(page, row, id.clone(), name)?;
            raw.component.push(Spanned::new(id.span(), component));
        }
        RowKind::Condition => {
            if raw.conditions.insert(id.get_ref().clone(), name).is_some() {
                return Err(twice());
            }
        }
        RowKind::Fact => {
            let kind = row.owned(page, Column::Kind)?;
            let words = (kind.get_ref() == "words").then(Vec::new);
            let fact = RawFact {
                question: name,
                kind: words.is_none().then_some(kind),
                words,
            };
            let fact = Spanned::new(id.span(), fact);
            if raw.facts.insert(id.get_ref().clone(), fact).is_some() {
                return Err(twice());
            }
        }
        RowKind::Word => {
            let fact = raw.facts.get_mut(id.get_ref().as_str());
            match fact.and_then(|fact| fact.get_mut().words.as_mut()) {
                Some(words) => words.push(name),
                None => {
                    let problem = "no earlier row is of a fact of words of this name";
                    return Err(page.wrong(Some(id.span()), problem));
                }
            }
        }
    }
    Ok(())
}

fn component(
    page: &Page<'_>,
    row: &Row,
    id: Word,
    name: Word,
) -> Result<RawComponent, ConfigError> {
    let forms = row.needed(page, Column::Forms)?;
    let form = |form: &str| Spanned::new(forms.span(), form.to_owned());
    let copies = row.cell(Column::Copies).map(|word| {
        let copies = u8::try_from(page.whole_number(word)?);
        copies.map_err(|_| page.wrong(Some(word.span()), "expected a whole number, at most 255"))
    });
    Ok(RawComponent {
        id,
        name,
        forms: forms.get_ref().split_whitespace().map(form).collect(),
        template: row.maybe(Column::Template),
        copies: copies.transpose()?,
        signed_by: row.maybe(Column::SignedBy),
        valid_days: row.number(page, Column::ValidDays)?,
        valid_months: row.number(page, Column::ValidMonths)?,
        when: row.maybe(Column::When),
        one_of: row.maybe(Column::OneOf),
        several: row.flag(page, Column::Several)?,
        in_database: row.maybe(Column::InDatabase),
        basis: row.maybe(Column::OwnBasis),
    })
}

#[cfg(test)]
mod tests;
