//! A sheet: titles, a heading of up to two rows, rows of typed cells, notes. Whatever is written is one of these first.

use crate::lang;
use crate::model::{Language, LocalDay};

/// One cell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, whatever it looks like: never a formula.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Tenths of a percent.
    Percent(i64),
    /// Tenths of a percentage point, with a sign.
    Points(i64),
    /// A day.
    Day(LocalDay),
}

impl Cell {
    /// As people read it.
    #[must_use]
    pub fn shown(&self, language: Language) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(n) => lang::number(language, *n),
            Self::Percent(tenths) => lang::percent(language, *tenths),
            Self::Points(tenths) => lang::points(language, *tenths),
            Self::Day(day) => lang::day(language, *day),
        }
    }

    /// Whether it stands on the right.
    #[must_use]
    pub fn is_figure(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Percent(_) | Self::Points(_))
    }

    /// Text, with what would not be seen made visible.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(lang::visible(text))
    }
}

/// With a capital at its beginning, as headings have one.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(rest).collect()
}

/// A heading over one column, or over as many as it has parts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// What it says.
    pub label: String,
    /// What the second row says under it; none: it takes both rows.
    pub parts: Vec<String>,
    /// Characters that a column of it is wide.
    pub width: u16,
}

impl Head {
    /// Over one column.
    #[must_use]
    pub fn one(label: String, width: u16) -> Self {
        Self {
            label: capital(&label),
            parts: Vec::new(),
            width,
        }
    }

    /// How many columns it is over.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.parts.len().max(1)
    }
}

/// One row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its cells.
    pub cells: Vec<Cell>,
    /// Whether it is a sum or a heading among the rows.
    pub strong: bool,
}

/// A sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    /// Its short name.
    pub name: String,
    /// The lines above, the first one the title.
    pub titles: Vec<String>,
    /// The heading.
    pub heads: Vec<Head>,
    /// Whether a row under the heading numbers the columns.
    pub numbered: bool,
    /// How many columns stay in sight.
    pub fixed: u16,
    /// The rows.
    pub rows: Vec<Row>,
    /// The lines below.
    pub notes: Vec<String>,
}

impl Sheet {
    /// How many columns it has.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.heads.iter().map(Head::columns).sum()
    }

    /// Puts above everything else, and below it, that nothing of it took place, if so.
    pub fn mark(&mut self, language: Language, simulated: bool) {
        if simulated {
            let said = lang::text(language, "simulated", &[]);
            self.titles.insert(0, said.clone());
            self.notes.push(said);
        }
    }

    /// Whether its heading takes two rows.
    #[must_use]
    pub fn has_parts(&self) -> bool {
        self.heads.iter().any(|head| !head.parts.is_empty())
    }
}

/// A sheet whose rows are made one after the other, however many there are.
pub struct Flow<'a> {
    /// All of it but the rows.
    pub sheet: Sheet,
    /// The rows.
    pub rows: Box<dyn Iterator<Item = Row> + 'a>,
}

impl std::fmt::Debug for Flow<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Flow({:?}, ..)", self.sheet.name)
    }
}

impl<'a> Flow<'a> {
    /// Of a sheet that is there.
    #[must_use]
    pub fn whole(mut sheet: Sheet) -> Self {
        let rows = std::mem::take(&mut sheet.rows);
        Self::of(sheet, rows.into_iter())
    }

    /// Of a sheet without its rows.
    #[must_use]
    pub fn of(sheet: Sheet, rows: impl Iterator<Item = Row> + 'a) -> Self {
        Self {
            sheet,
            rows: Box::new(rows),
        }
    }

    /// The sheet with its rows.
    #[must_use]
    pub fn collect(self) -> Sheet {
        Sheet {
            rows: self.rows.collect(),
            ..self.sheet
        }
    }
}
