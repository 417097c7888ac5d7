//! Comparing the counters with the log.

use crate::client::wire::{DifferenceView, RecountView};
use crate::model::event::{Event, Recorded};
use crate::model::{LocalDay, Period, UnitCode};
use crate::rates::recount::{Recount, differences};
use crate::store::{Ledger, ReadError};

/// Which figures are compared; without either: all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RecountOf {
    /// Those on the days of a period.
    pub period: Option<Period>,
    /// Those of one unit.
    pub unit: Option<UnitCode>,
}

impl RecountOf {
    fn holds(&self, unit: &UnitCode, day: LocalDay) -> bool {
        self.period.is_none_or(|period| period.contains(day))
            && self.unit.as_ref().is_none_or(|own| own == unit)
    }
}

/// Counts everything again up to the last record that the counters hold, and compares. Events that
/// go on meanwhile change neither side.
///
/// # Errors
/// See [`ReadError`].
pub fn recount(ledger: &dyn Ledger) -> Result<RecountView, ReadError> {
    recount_of(ledger, &RecountOf::default())
}

/// The same, and compares what is asked for.
///
/// # Errors
/// See [`ReadError`].
pub fn recount_of(ledger: &dyn Ledger, of: &RecountOf) -> Result<RecountView, ReadError> {
    let (until, counted) = ledger.all_rates()?;
    let (mut recount, mut records, mut documents) = (Recount::default(), 0u64, 0u64);
    ledger.replay(until, &mut |record: &Recorded| {
        records = records.saturating_add(1);
        if matches!(record.event, Event::Offered(_)) {
            documents = documents.saturating_add(1);
        }
        recount.take(record);
    })?;
    let found = differences(&counted, &recount.figures());
    let asked = found.into_iter().filter(|d| of.holds(&d.unit, d.day));
    let differences = asked.map(|d| DifferenceView {
        unit: d.unit.to_string(),
        day: d.day.to_string(),
        measure: d.measure.name(),
        counted: d.counted,
        recounted: d.recounted,
    });
    Ok(RecountView {
        records,
        documents,
        differences: differences.collect(),
    })
}
