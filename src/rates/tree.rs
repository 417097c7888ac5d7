//! How long a unit lived in a period, and what a unit and all below it come to together.

use super::Counts;
use super::definitions::{Definition, sum};
use super::report::{Cover, Denominator, Rate};
use crate::model::{Period, UnitCode};
use crate::registry::{Registry, SuccessionKind, Unit, UnitKind};
use std::collections::{BTreeMap, BTreeSet};

/// The days of a period on which a unit existed: from the day on which it came of another, to that before its end.
#[must_use]
pub fn days_of(registry: &Registry, unit: &UnitCode, period: Period) -> u32 {
    let (mut first, mut last) = period.days().into_inner();
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
        last = last.min(crate::model::LocalDay(before));
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

/// The units of the registry, or one and those below it, each with its counts, and how far its register reaches if it
/// should have one in the period.
fn inside<'a>(
    totals: &'a BTreeMap<UnitCode, Counts>,
    registry: &'a Registry,
    period: Period,
    within: Option<&'a UnitCode>,
) -> impl Iterator<Item = (&'a Unit, &'a Counts, Option<Cover>)> {
    let inside =
        move |unit: &&Unit| within.is_none_or(|above| registry.is_within(&unit.code, above));
    registry.units().filter(inside).map(move |unit| {
        let (counts, register) = one(totals, registry, period, unit);
        (unit, counts, register)
    })
}

/// A unit's counts, and how far its register reaches if it should have one.
fn one<'a>(
    totals: &'a BTreeMap<UnitCode, Counts>,
    registry: &Registry,
    period: Period,
    unit: &Unit,
) -> (&'a Counts, Option<Cover>) {
    static NONE: Counts = Counts::new();
    let days = days_of(registry, &unit.code, period);
    let counts = totals.get(&unit.code).unwrap_or(&NONE);
    let should = unit.kind == UnitKind::State && days > 0;
    (counts, should.then(|| Cover::of(counts, days)))
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
    let known = units.iter().filter_map(|code| registry.unit(code));
    for (counts, register) in known.map(|unit| one(totals, registry, period, unit)) {
        out.take(counts, register);
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
    for (unit, counts) in totals {
        if within.is_none() && registry.unit(unit).is_none() {
            out.take(counts, None);
        }
    }
    out
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
