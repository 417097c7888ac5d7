//! From rows to documents.

use super::cell::Cell;
use super::columns::Column;
use super::head::Head;
use super::report::{Mistake, Problem, Report};
use super::{Asked, MAX_MISTAKES, MAX_TAKEN, Record, RegisterError, Row, Rows};
use super::{day, key};
use crate::model::event::SentBy;
use crate::model::{CodeNotation, CodeNumber, Digest, LocalDay, is_hidden, unmarked};

/// A document's key, as short as it can be told apart by: a million of them are 20 MB.
type Short = [u8; 16];

/// What was taken so far.
pub(super) struct Taken<'a> {
    asked: &'a Asked,
    head: &'a Head,
    rows: Vec<Row>,
    keys: Vec<(Short, u32)>,
    mistakes: Vec<Mistake>,
    count: u64,
    documents: u64,
    passed_over: u64,
}

/// What a row has in the columns that are read.
struct Cells<'r> {
    number: Option<&'r Cell<'r>>,
    notation: Option<&'r Cell<'r>>,
    day: Option<&'r Cell<'r>>,
    channel: Option<&'r Cell<'r>>,
}

type Wrong = (Column, Problem, String);

impl<'a> Taken<'a> {
    pub(super) fn new(asked: &'a Asked, head: &'a Head) -> Self {
        Self {
            asked,
            head,
            rows: Vec::new(),
            keys: Vec::new(),
            mistakes: Vec::new(),
            count: 0,
            documents: 0,
            passed_over: 0,
        }
    }

    pub(super) fn take(&mut self, record: &Record<'_>) {
        let cell = |column| {
            let place = self.head.place(column)?;
            let found = record.cells.iter().find(|(at, _)| *at == place);
            found.map(|(_, cell)| cell)
        };
        let cells = Cells {
            number: cell(Column::Number),
            notation: cell(Column::Notation),
            day: cell(Column::Day),
            channel: cell(Column::Channel),
        };
        if cells.number.is_none() && cells.notation.is_none() && cells.day.is_none() {
            self.passed_over = self.passed_over.saturating_add(1);
            return;
        }
        self.documents = self.documents.saturating_add(1);
        let mut wrong = Vec::new();
        match self.row(record.line, &cells, &mut wrong) {
            Some(row) if wrong.is_empty() => {
                self.keys
                    .push((short(&row), u32::try_from(row.line).unwrap_or(u32::MAX)));
                if self.documents <= MAX_TAKEN {
                    self.rows.push(row);
                }
            }
            Some(_) | None => self.note(record.line, wrong),
        }
    }

    fn note(&mut self, line: u64, wrong: Vec<Wrong>) {
        let count = u64::try_from(wrong.len()).unwrap_or(1);
        self.count = self.count.saturating_add(count);
        let room = MAX_MISTAKES.saturating_sub(self.mistakes.len());
        let mistakes = wrong.into_iter().take(room);
        self.mistakes
            .extend(mistakes.map(|(column, problem, value)| Mistake {
                line,
                column,
                value: value.chars().take(60).collect(),
                problem,
                first: 0,
            }));
    }

    /// The document of a row, or everything that is wrong with it.
    fn row(&self, line: u64, cells: &Cells<'_>, wrong: &mut Vec<Wrong>) -> Option<Row> {
        let named = name(cells, wrong);
        let day = self.day(cells.day, wrong);
        let channel = match cells.channel {
            None => Some(SentBy::Paper),
            Some(cell) => text(cell, Column::Channel, wrong).and_then(|text| {
                let read = channel(&text);
                if read.is_none() {
                    wrong.push((Column::Channel, Problem::Unreadable, text));
                }
                read
            }),
        };
        let (number, notation) = named?;
        Some(Row {
            line,
            number,
            notation,
            day: day?,
            sent_by: channel?,
        })
    }

    fn day(&self, cell: Option<&Cell<'_>>, wrong: &mut Vec<Wrong>) -> Option<LocalDay> {
        let Some(cell) = cell else {
            wrong.push((Column::Day, Problem::Missing, String::new()));
            return None;
        };
        let shown = text(cell, Column::Day, wrong)?;
        let read = match cell {
            Cell::Number(serial, epoch) => day::of_serial(*serial, *epoch),
            Cell::Text(_) | Cell::Formula | Cell::Failed(_) | Cell::Unreadable => {
                day::read(&shown, self.year())
            }
        };
        let problem = match read {
            None => Problem::Unreadable,
            Some(day) if day > self.asked.today => Problem::Future,
            Some(day) if day < self.asked.from || day > self.asked.to => Problem::Outside,
            Some(day) => return Some(day),
        };
        // A serial number says nothing to who reads the report.
        let shown = match (cell, read) {
            (Cell::Number(..), Some(day)) => day.to_string(),
            (_, _) => shown,
        };
        wrong.push((Column::Day, problem, shown));
        None
    }

    /// The year of every document, where the import covers but one.
    fn year(&self) -> Option<i16> {
        let year = self.asked.from.year();
        (year == self.asked.to.year()).then_some(year)
    }

    pub(super) fn finish(mut self) -> Result<Rows, RegisterError> {
        self.repeated();
        if self.documents == 0 {
            return Err(RegisterError::Empty);
        }
        if self.count > 0 || self.documents > MAX_TAKEN {
            return Err(RegisterError::Refused(Report {
                mistakes: self.mistakes,
                count: self.count,
                rows: self.documents,
            }));
        }
        Ok(Rows {
            rows: self.rows,
            says_channel: self.head.place(Column::Channel).is_some(),
            passed_over: self.passed_over,
        })
    }

    /// Documents that stand there twice, found once all are known.
    fn repeated(&mut self) {
        let mut keys = std::mem::take(&mut self.keys);
        keys.sort_unstable();
        let mut again = Vec::new();
        let mut first = None::<(Short, u32)>;
        for (key, line) in keys {
            match first {
                Some((known, above)) if known == key => again.push((line, above)),
                Some(_) | None => first = Some((key, line)),
            }
        }
        let count = u64::try_from(again.len()).unwrap_or(u64::MAX);
        self.count = self.count.saturating_add(count);
        again.sort_unstable();
        let again = again.into_iter().take(MAX_MISTAKES);
        self.mistakes.extend(again.map(|(line, first)| Mistake {
            line: line.into(),
            column: Column::Number,
            value: String::new(),
            problem: Problem::Repeated,
            first: first.into(),
        }));
        self.mistakes.sort_by_key(|mistake| mistake.line);
        self.mistakes.truncate(MAX_MISTAKES);
    }
}

/// Number, notation and year, as they are told apart. Of a digest nobody finds two that are the same.
fn short(row: &Row) -> Short {
    let folded = key::Folded::new(&row.number, &row.notation);
    let text = format!("{}/{}/{}", folded.number, folded.notation, row.day.year());
    let mut short = Short::default();
    for (to, from) in short.iter_mut().zip(Digest::of(text.as_bytes()).0) {
        *to = from;
    }
    short
}

/// What a cell says, if it says anything.
fn text(cell: &Cell<'_>, column: Column, wrong: &mut Vec<Wrong>) -> Option<String> {
    let problem = match cell {
        Cell::Text(_) | Cell::Number(..) => {
            let text = cell.text();
            if !text.chars().any(is_hidden) {
                return Some(text);
            }
            Problem::Hidden
        }
        Cell::Formula | Cell::Failed(_) => Problem::Formula,
        Cell::Unreadable => Problem::NotText,
    };
    wrong.push((column, problem, cell.text()));
    None
}

/// Number and notation: from two cells, or from one.
fn name(cells: &Cells<'_>, wrong: &mut Vec<Wrong>) -> Option<(CodeNumber, CodeNotation)> {
    let Some(cell) = cells.number else {
        wrong.push((Column::Number, Problem::Missing, String::new()));
        return None;
    };
    let whole = key::close(&text(cell, Column::Number, wrong)?);
    let apart = match cells.notation {
        Some(cell) => Some(key::close(&text(cell, Column::Notation, wrong)?)),
        None => None,
    };
    let (number, inside) = key::split(&whole);
    let notation = match (inside, apart) {
        (Some(inside), Some(apart)) if inside != apart => {
            wrong.push((Column::Notation, Problem::Unreadable, apart));
            return None;
        }
        (Some(inside), _) => inside.to_owned(),
        (None, Some(apart)) => apart.trim_start_matches('/').to_owned(),
        (None, None) => {
            wrong.push((Column::Notation, Problem::Missing, whole));
            return None;
        }
    };
    let parsed = (CodeNumber::parse(number), CodeNotation::parse(&notation));
    let problem = |text: &str, most| match text.chars().count() > most {
        true => Problem::TooLong,
        false => Problem::Unreadable,
    };
    match parsed {
        (Some(number), Some(notation)) if key::may_be_number(number.as_str()) => {
            Some((number, notation))
        }
        (Some(_), None) => {
            wrong.push((Column::Notation, problem(&notation, 30), notation));
            None
        }
        (Some(_) | None, _) => {
            wrong.push((Column::Number, problem(number, 11), whole));
            None
        }
    }
}

fn channel(text: &str) -> Option<SentBy> {
    if text.is_empty() {
        return Some(SentBy::Paper);
    }
    match unmarked(text).as_str() {
        "giay" | "bangiay" | "vanbangiay" | "buudien" | "paper" => Some(SentBy::Paper),
        "dientu" | "bandientu" | "vanbandientu" | "lienthong" | "truclienthong" | "electronic"
        | "electronically" => Some(SentBy::Electronic),
        "cahai" | "giayvadientu" | "dientuvagiay" | "giaydientu" | "dientugiay"
        | "bangiayvabandientu" | "bandientuvabangiay" | "both" | "paperandelectronic"
        | "electronicandpaper" => Some(SentBy::Both),
        _ => None,
    }
}
