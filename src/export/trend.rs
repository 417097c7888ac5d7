//! The months of a report, and the rates of all its units together in each of them.

use crate::client::history::History;
use crate::model::{Period, UnitCode};
use crate::rates::Definition;
use crate::rates::report::Rate;
use crate::rates::tree::together;
use crate::registry::Registry;

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

/// Rates month by month.
pub(super) type Trend = Vec<(Period, Vec<(&'static Definition, Rate)>)>;

/// The rates of the units of a report together, month by month.
#[must_use]
pub(super) fn trend(
    history: &History,
    registry: &Registry,
    unit: Option<&UnitCode>,
    rates: &[&'static Definition],
    months: &[Period],
) -> Trend {
    let of = |month: &Period| {
        let together = together(history.of(*month), registry, *month, unit);
        let each = rates.iter().map(|rate| (*rate, together.rate(rate)));
        (*month, each.collect())
    };
    months.iter().map(of).collect()
}
