//! Lists have as many rows as their figures, and the right ones.

use super::{FigureCursor, FigureRow};
use crate::model::{LocalDay, Period, Position, UnitCode};
use crate::rates::{Behind, Item, Measure, count};
use crate::store::Ledger;
use std::collections::BTreeMap;

/// A whole list, so many rows a page; with the figure that every page names.
pub(in crate::store) fn listed(
    ledger: &dyn Ledger,
    unit: &UnitCode,
    period: Period,
    behind: &Behind,
    limit: usize,
) -> (Vec<FigureRow>, i64) {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = ledger
            .figure_rows(unit, period.days(), behind, after.as_ref(), limit)
            .unwrap();
        assert!(page.rows.len() <= limit);
        rows.extend(page.rows);
        let Some(next) = page.next else {
            return (rows, page.total);
        };
        let told = FigureCursor::parse(&next.to_string());
        assert_eq!(told.as_ref(), Some(&next));
        after = told;
    }
}

/// For every unit, day and measure: the items that the steps of the log leave, in number and kind, and the counter.
pub(in crate::store) fn lists_are_what_the_log_counts(ledger: &dyn Ledger, what: &str) {
    let mut items: BTreeMap<(UnitCode, LocalDay, Measure), BTreeMap<Item, i64>> = BTreeMap::new();
    let mut each = |record: &crate::model::event::Recorded| {
        for step in count(record) {
            let key = (step.unit, step.day, step.measure);
            *items.entry(key).or_default().entry(step.of).or_default() += step.by;
        }
    };
    ledger.replay(Position::END, &mut each).unwrap();
    let (_, counted) = ledger.all_rates().unwrap();
    for ((unit, day, measure), items) in items {
        let mut expected = Vec::new();
        for (item, times) in items {
            assert!(times >= 0, "{what}: {item:?} counts {times} as {measure:?}");
            expected.extend((0..times).map(|_| item.clone()));
        }
        let period = Period::parse(&day.to_string()).unwrap();
        let (rows, total) = listed(ledger, &unit, period, &Behind::measure(measure), 7);
        assert!(rows.iter().all(|row| row.day == day), "{what}: {rows:?}");
        let mut found: Vec<Item> = rows.into_iter().map(|row| row.item).collect();
        // Keys sort otherwise in bytes.
        found.sort();
        assert_eq!(found, expected, "{what}: {unit} {day} {measure:?}");
        let counter = counted.get(&(unit, day)).and_then(|c| c.get(&measure));
        let counter = counter.copied().unwrap_or(0);
        assert_eq!(counter, i64::try_from(found.len()).unwrap(), "{what}");
        assert_eq!(counter, total, "{what}");
    }
}
