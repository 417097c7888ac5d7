//! How long a unit lived in a period, and what a unit and all below it come to together.

use super::Counts;
use super::definitions::{Definition, sum};
use super::report::{Cover, Denominator, Rate};
use crate::model::{LocalDay, Period, UnitCode};
use crate::registry::{Registry, SuccessionKind, Unit, UnitKind};
use std::collections::{BTreeMap, BTreeSet};

/// The days of a period on which a unit existed: from the day on which it came of another, to that before its end.
#[must_use]
pub fn days_of(registry: &Registry, unit: &UnitCode, period: Period) -> u32 {
    days_between(registry, unit, period.days().into_inner())
}

/// The same of the days from the first to the last.
#[must_use]
pub fn days_between(
    registry: &Registry,
    unit: &UnitCode,
    (mut first, mut last): (LocalDay, LocalDay),
) -> u32 {
    let mut born = registry.lineage().changes_of(unit).filter(|change| {
        let came = change.to.contains(unit) && !change.from.contains(unit);
        came && change.kind != SuccessionKind::Part
    });
    if let Some(change) = born.next() {
        first = first.max(change.on);
    }
    if let Some(end) = registry.lineage().end(unit)
        && let Some(before) = end.0.yesterday().ok()
    {
        last = last.min(LocalDay(before));
    }
    let days = i64::from(last.number())
        .saturating_sub(i64::from(first.number()))
        .saturating_add(1);
    u32::try_from(days.max(0)).unwrap_or(0)
}

/// A unit and all below it, or all units.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Together {
    /// Units that should have a register: those of the state that existed in the period.
    pub units: u32,
    /// … that have one for every day of it.
    pub whole: u32,
    /// The sums over all.
    pub counts: Counts,
    /// The sums over those that are whole.
    pub of_whole: Counts,
}

impl Together {
    /// Takes a unit in: its counts, and, if it should have a register, whether that is whole.
    fn take(&mut self, counts: &Counts, register: Option<Cover>) {
        self.counts.add_all(counts);
        let Some(cover) = register else { return };
        self.units = self.units.saturating_add(1);
        if cover.is_whole() {
            self.whole = self.whole.saturating_add(1);
            self.of_whole.add_all(counts);
        }
    }

    /// A rate. Where registers are needed it is that of the units that are whole, and [`Self::units`] and
    /// [`Self::whole`] are to stand beside it; without any it is unknown.
    #[must_use]
    pub fn rate(&self, rate: &Definition) -> Rate {
        if !rate.register {
            return Rate::of(sum(rate.over, &self.counts), sum(rate.under, &self.counts));
        }
        if self.whole == 0 {
            return Rate {
                numerator: sum(rate.over, &self.counts),
                denominator: Denominator::Unknown {
                    so_far: sum(rate.under, &self.counts),
                },
            };
        }
        Rate::of(
            sum(rate.over, &self.of_whole),
            sum(rate.under, &self.of_whole),
        )
    }

    /// Units whose register is not whole.
    #[must_use]
    pub fn lacking(&self) -> u32 {
        self.units.saturating_sub(self.whole)
    }
}

/// Sums of the units of a registry.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tree {
    /// Every unit with units below it, itself included.
    pub above: BTreeMap<UnitCode, Together>,
    /// All units.
    pub all: Together,
}

static NONE: Counts = Counts::new();

/// The units of the registry, or one and those below it, each with its counts, and how far its register reaches if it
/// should have one in the period. Both are in the order of the codes, so that none is looked up.
fn inside<'a>(
    totals: &'a BTreeMap<UnitCode, Counts>,
    registry: &'a Registry,
    period: Period,
    within: Option<&'a UnitCode>,
) -> impl Iterator<Item = (&'a Unit, &'a Counts, Option<Cover>)> {
    let inside =
        move |unit: &Unit| within.is_none_or(|above| registry.is_within(&unit.code, above));
    let days = period.days().into_inner();
    let mut totals = totals.iter().peekable();
    registry.units().filter_map(move |unit| {
        while totals.next_if(|(code, _)| **code < unit.code).is_some() {}
        let own = totals.next_if(|(code, _)| **code == unit.code);
        inside(unit).then(|| {
            let counts = own.map_or(&NONE, |(_, counts)| counts);
            (unit, counts, cover(registry, days, unit, counts))
        })
    })
}

/// How far a unit's register reaches if it should have one.
fn cover(
    registry: &Registry,
    days: (LocalDay, LocalDay),
    unit: &Unit,
    counts: &Counts,
) -> Option<Cover> {
    let days = days_between(registry, &unit.code, days);
    let should = unit.kind == UnitKind::State && days > 0;
    should.then(|| Cover::of(counts, days))
}

/// Sums up some units of the registry.
#[must_use]
pub fn together_of(
    totals: &BTreeMap<UnitCode, Counts>,
    registry: &Registry,
    period: Period,
    units: &BTreeSet<UnitCode>,
) -> Together {
    let mut out = Together::default();
    let days = period.days().into_inner();
    for unit in units.iter().filter_map(|code| registry.unit(code)) {
        let counts = totals.get(&unit.code).unwrap_or(&NONE);
        out.take(counts, cover(registry, days, unit, counts));
    }
    out
}

/// Sums up all units, or one and those below it. Units that the registry does not know are only in the sum of all.
#[must_use]
pub fn together(
    totals: &BTreeMap<UnitCode, Counts>,
    registry: &Registry,
    period: Period,
    within: Option<&UnitCode>,
) -> Together {
    let mut out = Together::default();
    for (_, counts, register) in inside(totals, registry, period, within) {
        out.take(counts, register);
    }
    if within.is_none() {
        unknown(totals, registry).for_each(|counts| out.take(counts, None));
    }
    out
}

/// The counts of units that the registry does not know.
fn unknown<'a>(
    totals: &'a BTreeMap<UnitCode, Counts>,
    registry: &'a Registry,
) -> impl Iterator<Item = &'a Counts> {
    let mut known = registry.units().peekable();
    totals.iter().filter_map(move |(code, counts)| {
        while known.next_if(|unit| unit.code < *code).is_some() {}
        known
            .peek()
            .is_none_or(|unit| unit.code != *code)
            .then_some(counts)
    })
}

/// The same, and the sum of each unit that has others below it.
#[must_use]
pub fn tree(
    totals: &BTreeMap<UnitCode, Counts>,
    registry: &Registry,
    period: Period,
    within: Option<&UnitCode>,
) -> Tree {
    let mut above: BTreeMap<UnitCode, Together> = BTreeMap::new();
    for (unit, ..) in inside(totals, registry, period, within) {
        if let Some(parent) = &unit.parent {
            above.entry(parent.clone()).or_default();
        }
    }
    if let Some(top) = within {
        above.retain(|unit, _| registry.is_within(unit, top));
    }
    for (unit, counts, register) in inside(totals, registry, period, within) {
        let mut at: Option<&Unit> = Some(unit);
        while let Some(one) = at {
            if let Some(together) = above.get_mut(&one.code) {
                together.take(counts, register);
            }
            at = one.parent.as_ref().and_then(|code| registry.unit(code));
        }
    }
    Tree {
        above,
        all: together(totals, registry, period, within),
    }
}
