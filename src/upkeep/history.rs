//! What a report is made of, gathered from the store.

use super::findings::finding_view;
use super::periods::statement_view;
use crate::client::history::History;
use crate::intake::{CloseError, read_statement};
use crate::model::{Period, Position, UnitCode};
use crate::rates::forebears::Forebears;
use crate::rates::slips::Waiting;
use crate::registry::Registry;
use crate::relay::Desk;
use crate::store::{Ledger, ReadError, Vault};
use std::collections::BTreeSet;

/// Documents of one page of the desk.
const PAGE: usize = 1000;
/// The most documents that are looked through for what waits: a desk that is longer is trouble of another kind.
const MAX_PAGES: usize = 1000;
/// The most open findings that a report is made of: the first ones to be due.
const MAX_FINDINGS: usize = 1000;

/// The units whose counts a report of `above` and all below it is made of: those, and whoever became them on the days of
/// those periods.
#[must_use]
pub fn concerned(registry: &Registry, above: &UnitCode, periods: &[Period]) -> BTreeSet<UnitCode> {
    let inside = registry.units().map(|unit| &unit.code);
    let inside = inside.filter(|code| registry.is_within(code, above));
    let days = periods.iter().map(Period::days);
    let first = days.clone().map(|days| *days.start()).min();
    let last = days.map(|days| *days.end()).max();
    match first.zip(last) {
        Some(days) => Forebears::of(registry, inside.cloned(), days).units,
        None => inside.cloned().collect(),
    }
}

/// Gathers the counts of periods, of closed ones those that their statement has, and, if it is asked for, what waits
/// for whom; of those units, or of all. Of the others there are sums.
///
/// # Errors
/// See [`CloseError`]: a statement that is not what it was.
pub fn history(
    (ledger, vault): (&dyn Ledger, &dyn Vault),
    periods: &[Period],
    units: Option<&BTreeSet<UnitCode>>,
    waiting: bool,
) -> Result<History, CloseError> {
    let mut out = History::default();
    for period in periods {
        let mut counts = match ledger.statement(*period, None)? {
            None => ledger.rates(*period, None)?,
            Some(record) => {
                out.statements.insert(*period, statement_view(&record));
                read_statement(vault, &record)?.1.units
            }
        };
        if let Some(units) = units {
            let rest = out.rest.entry(*period).or_default();
            counts.retain(|unit, counts| {
                let wanted = units.contains(unit);
                if !wanted {
                    rest.add_all(counts);
                }
                wanted
            });
        }
        out.periods.insert(*period, counts);
    }
    if waiting {
        gather_waiting(ledger, &mut out)?;
        for finding in ledger.open_findings(None, MAX_FINDINGS)? {
            // Whose name it is and how late, the report says as of its own day.
            let due = finding.due;
            out.findings.push(finding_view(vault, None, &finding, due)?);
        }
    }
    Ok(out)
}

fn gather_waiting(ledger: &dyn Ledger, out: &mut History) -> Result<(), ReadError> {
    let mut after = Position(0);
    for _ in 0..MAX_PAGES {
        let page = ledger.desk(Desk::Waiting, after, PAGE)?;
        for (_, id) in page.items {
            let Some(document) = ledger.document(id)? else {
                continue;
            };
            for delivery in document.deliveries.iter().filter(|d| d.is_waiting()) {
                let since = delivery.since.local_day();
                let unit = delivery.recipient.clone();
                let waiting = out.waiting.entry(unit);
                let waiting = waiting.or_insert(Waiting { count: 0, since });
                waiting.count = waiting.count.saturating_add(1);
                waiting.since = waiting.since.min(since);
            }
        }
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    Ok(())
}
