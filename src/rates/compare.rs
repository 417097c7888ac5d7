//! One rate beside others: of the period before, of the same period a year before, and of units of the same level.

use super::Counts;
use super::definitions::{Better, Definition};
use super::forebears::Forebears;
use super::report::Rate;
use crate::model::{Period, UnitCode};
use crate::registry::Registry;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Fewer than this say nothing by their share: such units are listed, and have no rank.
pub const RANKED_FROM: i64 = 20;

/// How a rate changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// By so many tenths of a percentage point, as both are printed.
    Points(i64),
    /// The unit was not the same: it gave something away, came of one that was divided, or took in a part, in between.
    NotComparable,
    /// There is no rate in one of the two.
    None,
}

/// A unit's rate in two periods. A unit that others became is held beside all of them together, in both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compared {
    /// How it changed.
    pub change: Change,
    /// What it was in the earlier period; `None`: not comparable.
    pub before: Option<Rate>,
    /// The units that became this one, whose figures are in both.
    pub predecessors: BTreeSet<UnitCode>,
}

/// One period with the counts of its units.
pub type Counted<'a> = (Period, &'a BTreeMap<UnitCode, Counts>);

/// How a rate changed from one period to another.
#[must_use]
pub fn change(before: &Rate, after: &Rate) -> Change {
    match (before.per_mille(), after.per_mille()) {
        (Some(before), Some(after)) => Change::Points(after.saturating_sub(before)),
        _ => Change::None,
    }
}

/// Compares a unit's rate in an earlier period with that of a later one.
#[must_use]
pub fn compare(
    registry: &Registry,
    unit: &UnitCode,
    rate: &Definition,
    (earlier, before): Counted<'_>,
    (later, after): Counted<'_>,
) -> Compared {
    let days = (*earlier.days().start(), *later.days().end());
    let same = Forebears::of(registry, [unit.clone()], days);
    if same.apart.is_some() {
        return Compared {
            change: Change::NotComparable,
            before: None,
            predecessors: BTreeSet::new(),
        };
    }
    let before = same.rate(registry, rate, earlier, before);
    let after = same.rate(registry, rate, later, after);
    Compared {
        change: change(&before, &after),
        before: Some(before),
        predecessors: same.predecessors,
    }
}

/// The same period of the year before; a week by its number, the 53rd as the last one.
#[must_use]
pub fn year_before(period: Period) -> Option<Period> {
    let text = period.to_string();
    let (year, rest) = text.split_at_checked(4)?;
    let year: i16 = year.parse().ok()?;
    let before = year.checked_sub(1)?;
    let same = Period::parse(&format!("{before:04}{rest}"));
    // 29 February and the 53rd week are not in every year.
    let shorter = || match rest {
        "-02-29" => Period::parse(&format!("{before:04}-02-28")),
        "-W53" => Period::parse(&format!("{before:04}-W52")),
        _ => None,
    };
    same.or_else(shorter)
}

/// The place of a unit among others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Rank {
    /// From 1; equal rates have the same.
    pub place: u32,
    /// Of how many.
    pub of: u32,
}

/// Ranks rates, best first; those without a rate and those of fewer than [`RANKED_FROM`] are left out.
#[must_use]
pub fn rank(rate: &Definition, rates: &BTreeMap<UnitCode, Rate>) -> BTreeMap<UnitCode, Rank> {
    let all: Vec<(&UnitCode, &Rate)> = rates.iter().collect();
    let ranks = ranks(rate, &all).into_iter().zip(&all);
    ranks
        .filter_map(|(rank, (unit, _))| Some(((*unit).clone(), rank?)))
        .collect()
}

/// The same, in the order in which they are given.
#[must_use]
pub fn ranks<K: Ord>(rate: &Definition, rates: &[(K, &Rate)]) -> Vec<Option<Rank>> {
    let ranked = rates.iter().enumerate().filter_map(|(at, (_, rate))| {
        let fraction = rate.fraction()?;
        (fraction.1 >= RANKED_FROM).then_some((at, fraction))
    });
    let mut ranked: Vec<(usize, (i64, i64))> = ranked.collect();
    let key = |at: usize| rates.get(at).map(|(key, _)| key);
    ranked.sort_by(|(a, one), (b, other)| {
        best(rate.better, *one, *other).then_with(|| key(*a).cmp(&key(*b)))
    });
    let of = u32::try_from(ranked.len()).unwrap_or(u32::MAX);
    let (mut out, mut last) = (vec![None; rates.len()], None);
    for ((own, fraction), at) in ranked.into_iter().zip(1_u32..) {
        let place = match last {
            Some((place, before)) if best(rate.better, before, fraction) == Ordering::Equal => {
                place
            }
            _ => at,
        };
        last = Some((place, fraction));
        if let Some(slot) = out.get_mut(own) {
            *slot = Some(Rank { place, of });
        }
    }
    out
}

/// Exactly: the fractions are compared, not what is printed of them.
fn best(better: Better, one: (i64, i64), other: (i64, i64)) -> Ordering {
    let cross = |a: i64, b: i64| i128::from(a).saturating_mul(i128::from(b));
    let order = cross(one.0, other.1).cmp(&cross(other.0, one.1));
    match better {
        Better::Higher => order.reverse(),
        Better::Lower => order,
    }
}
