//! The columns of a table of rates: rates, and measures as they are.

use super::{Definition, Measure};

/// One column; of a rate, two: *a/b* and the percentage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    /// A measure.
    Count(Measure),
    /// A rate.
    Rate(&'static Definition),
}

/// What stands before the name of a measure, since some rates have the same name.
const COUNT: &str = "count.";

/// The most columns: more than there are rates and measures to tell apart on a sheet of paper.
pub const MAX_COLUMNS: usize = 40;

/// The columns where nothing else is configured: a sample of what a national report asks for.
pub const DEFAULT_COLUMNS: &[&str] = &[
    "count.offered",
    "exchange",
    "exchange_only",
    "signed",
    "both_signed",
    "issued_late",
    "count.received",
    "own_answers_in_time",
    "completed_in_time",
];

impl Column {
    /// The column of this name: that of a rate, or `count.` and that of a measure.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name.strip_prefix(COUNT) {
            Some(measure) => Measure::from_name(measure).map(Self::Count),
            None => Definition::find(name).map(Self::Rate),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Count(measure) => format!("{COUNT}{}", measure.name()),
            Self::Rate(rate) => rate.name.to_owned(),
        }
    }

    /// The columns where nothing else is configured.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        let names = DEFAULT_COLUMNS.iter();
        names.filter_map(|name| Self::parse(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rate_and_measure_can_be_a_column() {
        assert_eq!(Column::defaults().len(), DEFAULT_COLUMNS.len());
        let measures = Measure::names().into_values().map(Column::Count);
        let rates = super::super::definitions::DEFINITIONS.iter();
        for column in measures.chain(rates.map(Column::Rate)) {
            assert_eq!(Column::parse(&column.name()), Some(column));
        }
        assert_eq!(Column::parse("count.signed"), None);
    }
}
