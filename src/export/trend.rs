//! The months of a report, and the rates of all its units together in each of them.

use crate::client::history::History;
use crate::model::{Period, UnitCode};
use crate::rates::Definition;
use crate::rates::forebears::Forebears;
use crate::rates::report::Rate;
use crate::rates::tree::{together, together_of};
use crate::registry::Registry;
use std::collections::BTreeSet;

/// How many months a trend has: two years, so that each has that of the year before beside it.
pub(super) const MONTHS: usize = 24;

/// The months of a report of a period, the earliest first: [`MONTHS`] up to that of its last day. They are reckoned as the
/// period is, by the calendar or from the 15th.
#[must_use]
pub(super) fn months(period: Period) -> Vec<Period> {
    let last = Period::month_of(*period.days().end());
    let last = match period.is_administrative() {
        true => Period::parse(&format!("{last}@15")).unwrap_or(last),
        false => last,
    };
    let back = std::iter::successors(Some(last), |month| Some(month.previous()));
    let mut months: Vec<Period> = back.take(MONTHS).collect();
    months.reverse();
    months
}

/// One month of a trend.
pub(super) struct Month {
    /// The month.
    pub(super) period: Period,
    /// Its rates.
    pub(super) rates: Vec<(&'static Definition, Rate)>,
    /// The units whose figures are in it because they became those of the report.
    pub(super) predecessors: BTreeSet<UnitCode>,
    /// Whether a change since then leaves nothing to compare: its rates are those of the units of the report alone.
    pub(super) not_comparable: bool,
}

/// The rates of the units of a report together, month by month. Of all units every one is in every month. Of a unit and
/// those below it so are those that became them since.
#[must_use]
pub(super) fn trend(
    history: &History,
    registry: &Registry,
    unit: Option<&UnitCode>,
    rates: &[&'static Definition],
    months: &[Period],
) -> Vec<Month> {
    let inside = unit.map(|above| {
        let all = registry.units().map(|unit| &unit.code);
        let inside = all.filter(|code| registry.is_within(code, above));
        inside.cloned().collect::<BTreeSet<_>>()
    });
    let last = months.last().map(|month| *month.days().end());
    let of = |month: &Period| {
        let totals = history.of(*month);
        let days = (
            *month.days().start(),
            last.unwrap_or_else(|| *month.days().end()),
        );
        let own = inside.clone().map(|own| {
            let same = Forebears::of(registry, own.iter().cloned(), days);
            (own, same)
        });
        let (together, predecessors, not_comparable) = match own {
            None => (
                together(totals, registry, *month, None),
                BTreeSet::new(),
                false,
            ),
            Some((own, Forebears { apart: Some(_), .. })) => {
                let own = together_of(totals, registry, *month, &own);
                (own, BTreeSet::new(), true)
            }
            Some((_, same)) => {
                let all = together_of(totals, registry, *month, &same.units);
                (all, same.predecessors, false)
            }
        };
        let each = rates.iter().map(|rate| (*rate, together.rate(rate)));
        Month {
            period: *month,
            rates: each.collect(),
            predecessors,
            not_comparable,
        }
    };
    months.iter().map(of).collect()
}
