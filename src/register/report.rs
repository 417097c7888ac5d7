//! What is wrong with a register, row by row.

use super::MAX_TAKEN;
use super::columns::Column;
use crate::model::indication::words;
use std::fmt;

words! {
    /// What is wrong with a row.
    Problem {
        /// Nothing is there, where something has to be.
        Missing = 1 "missing",
        /// It does not say what the column says.
        Unreadable = 2 "unreadable",
        /// More characters than a number or a notation has.
        TooLong = 3 "too_long",
        /// Characters that nobody sees.
        Hidden = 4 "hidden",
        /// A day that is still to come.
        Future = 5 "future",
        /// A day that the import does not cover.
        Outside = 6 "outside",
        /// The same document stands above.
        Repeated = 7 "repeated",
        /// A formula that was never computed, or that failed.
        Formula = 8 "formula",
        /// Octets that are no text.
        NotText = 9 "not_text",
    }
}

/// One mistake of a register.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// The line of the file, from 1.
    pub line: u64,
    /// The column.
    pub column: Column,
    /// What stands there, at most the first 60 characters.
    pub value: String,
    /// What is wrong.
    pub problem: Problem,
    /// The line where the document stands already; of other problems 0.
    pub first: u64,
}

/// What is wrong with a register, row by row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// The first mistakes in the order of their lines, [`MAX_MISTAKES`](super::MAX_MISTAKES) of them.
    pub mistakes: Vec<Mistake>,
    /// How many there are.
    pub count: u64,
    /// Documents in it.
    pub rows: u64,
}

impl Report {
    /// Whether there are more documents than one import takes.
    #[must_use]
    pub fn is_too_many(&self) -> bool {
        self.rows > MAX_TAKEN
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.mistakes.first().map_or(0, |mistake| mistake.line);
        let (count, rows) = (self.count, self.rows);
        write!(
            f,
            "{count} mistakes in {rows} rows, the first in line {first}"
        )
    }
}
