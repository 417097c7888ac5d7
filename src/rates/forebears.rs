//! Whose figures of earlier days stand for a unit of today: its own, and those of the units that became it as a whole.
//!
//! Figures stay with the unit that they are of, and are never apportioned (`counting.md` of the design, §1). A unit that
//! others became is held beside all of them together. Where only a part of one went elsewhere, or one was divided, there is
//! nothing to hold it beside, unless all that came of it is looked at together.

use super::Counts;
use super::definitions::Definition;
use super::report::{Cover, Rate};
use super::tree::days_of;
use crate::model::{LocalDay, Period, UnitCode};
use crate::registry::{Registry, Succession, SuccessionKind};
use std::collections::{BTreeMap, BTreeSet};

/// What units were on earlier days.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Forebears<'a> {
    /// All whose figures together are those of the same offices on every day looked at: the units themselves too.
    pub units: BTreeSet<UnitCode>,
    /// Those of them that became the others.
    pub predecessors: BTreeSet<UnitCode>,
    /// A change across which nothing is comparable.
    pub apart: Option<&'a Succession>,
}

impl<'a> Forebears<'a> {
    /// Those of `units`, looked at from the day `from` to the day `until`. A change counts from its day on, so that one of
    /// the first day is none in between.
    #[must_use]
    pub fn of(
        registry: &'a Registry,
        units: impl IntoIterator<Item = UnitCode>,
        (from, until): (LocalDay, LocalDay),
    ) -> Self {
        let mut open: Vec<UnitCode> = units.into_iter().collect();
        let own: BTreeSet<UnitCode> = open.iter().cloned().collect();
        let (mut all, mut between) = (own.clone(), BTreeMap::new());
        // Each unit once: what is added was not there.
        while let Some(unit) = open.pop() {
            for change in between_days(registry, &unit, (from, until)) {
                between.insert(std::ptr::from_ref(change), change);
                if change.kind != SuccessionKind::Part && is_whole(&change.to, &all) {
                    let new = change.from.iter().filter(|from| !all.contains(*from));
                    let new: Vec<UnitCode> = new.cloned().collect();
                    all.extend(new.iter().cloned());
                    open.extend(new);
                }
            }
        }
        let apart = between
            .into_values()
            .filter(|change| is_apart(change, &all));
        let apart = apart.min_by_key(|change| change.on);
        Self {
            predecessors: all.difference(&own).cloned().collect(),
            units: all,
            apart,
        }
    }

    /// A rate of all of them in a period.
    #[must_use]
    pub fn rate(
        &self,
        registry: &Registry,
        rate: &Definition,
        period: Period,
        totals: &BTreeMap<UnitCode, Counts>,
    ) -> Rate {
        static NONE: Counts = Counts::new();
        let (mut sum, mut cover) = (Counts::new(), Cover::default());
        for unit in &self.units {
            let counts = totals.get(unit).unwrap_or(&NONE);
            let own = Cover::of(counts, days_of(registry, unit, period));
            sum.add_all(counts);
            // A register of days on which the unit was not covers none of another's.
            cover.covered = cover.covered.saturating_add(own.covered.min(own.of));
            cover.of = cover.of.saturating_add(own.of);
        }
        Rate::of_counts(rate, &sum, cover)
    }
}

/// The changes of a unit after the first and up to the last of those days.
pub(super) fn between_days<'a>(
    registry: &'a Registry,
    unit: &UnitCode,
    (from, until): (LocalDay, LocalDay),
) -> impl Iterator<Item = &'a Succession> {
    let all = registry.lineage().changes_of(unit);
    all.filter(move |change| from < change.on && change.on <= until)
}

fn is_whole(to: &[UnitCode], all: &BTreeSet<UnitCode>) -> bool {
    !to.is_empty() && to.iter().all(|unit| all.contains(unit))
}

/// Whether something went to or came from who is not looked at.
fn is_apart(change: &Succession, all: &BTreeSet<UnitCode>) -> bool {
    match change.kind {
        // Who is no more has no figures, and has given none away.
        SuccessionKind::Abolish => false,
        SuccessionKind::Merge
        | SuccessionKind::Split
        | SuccessionKind::Part
        | SuccessionKind::Rename => {
            let mut both = change.from.iter().chain(&change.to);
            both.any(|unit| !all.contains(unit))
        }
    }
}

#[cfg(test)]
mod tests;
