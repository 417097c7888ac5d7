//! Lists behind figures: as many rows as the counter says, and what a rate lacks is its denominator less its numerator.
#![allow(
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    reason = "a test says what is wrong by failing"
)]

use lienthong::model::{LocalDay, UnitCode};
use lienthong::rates::definitions::DEFINITIONS;
use lienthong::rates::recount::Figures;
use lienthong::rates::{Behind, Counts};
use lienthong::store::{FigureRow, Ledger};
use std::collections::BTreeSet;

fn rows(ledger: &dyn Ledger, unit: &UnitCode, day: LocalDay, behind: &Behind) -> Vec<FigureRow> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = ledger.figure_rows(unit, day..=day, behind, after.as_ref(), 3);
        let page = page.expect("rows");
        all.extend(page.rows);
        after = page.next;
        if after.is_none() {
            let found = i64::try_from(all.len()).expect("few");
            assert_eq!(found, page.total, "{unit} {day} {behind:?}");
            return all;
        }
    }
}

/// Every counter of every unit and day.
pub(super) fn are_as_long_as(figures: &Figures, ledger: &dyn Ledger, what: &str) {
    for ((unit, day), counts) in figures {
        for (measure, figure) in counts {
            let found = rows(ledger, unit, *day, &Behind::measure(*measure));
            let len = i64::try_from(found.len()).expect("few");
            assert_eq!(len, *figure, "{what}: {unit} {day} {measure:?}");
        }
        for rate in DEFINITIONS {
            both_parts(ledger, unit, *day, counts, rate.name);
        }
    }
}

fn both_parts(ledger: &dyn Ledger, unit: &UnitCode, day: LocalDay, counts: &Counts, name: &str) {
    let (over, left) = (Behind::named(name), Behind::missing(name));
    let (over, left) = (over.expect("a rate"), left.expect("a rate"));
    let there = rows(ledger, unit, day, &over);
    let lacking = rows(ledger, unit, day, &left);
    let under = left.total(counts) + over.total(counts);
    let len = i64::try_from(there.len() + lacking.len()).expect("few");
    assert_eq!(len, under, "{name}: {unit} {day}");
    // Nothing is in both, and nothing twice.
    let mut seen = BTreeSet::new();
    for row in there.iter().chain(&lacking) {
        assert!(seen.insert(row.item.clone()), "{name}: {row:?} twice");
    }
}
