//! Comparing the counters with the log.

use crate::client::wire::{DifferenceView, RecountView};
use crate::model::event::{Event, Recorded};
use crate::rates::recount::{Recount, differences};
use crate::store::{Ledger, ReadError};

/// Counts everything again up to the last record that the counters hold, and compares. Events that
/// go on meanwhile change neither side.
///
/// # Errors
/// See [`ReadError`].
pub fn recount(ledger: &dyn Ledger) -> Result<RecountView, ReadError> {
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
    let differences = found.into_iter().map(|d| DifferenceView {
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
