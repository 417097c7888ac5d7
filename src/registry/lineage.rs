//! What became of units: merged, split, in part given away, renamed, abolished; when, and on which legal
//! basis. Many-to-many, as reorganisations are (NQ 1682/NQ-UBTVQH15 khoản 39–44, 62–67 joins whole
//! communes with parts of others).

use crate::model::indication::words;
use crate::model::{LocalDay, UnitCode};
use std::collections::{BTreeMap, BTreeSet};

words! {
    /// What happened.
    SuccessionKind {
        /// Units became one; one of them may be that one.
        Merge = 1 "merge",
        /// A unit became several; it may be one of them.
        Split = 2 "split",
        /// A part of units went to others; they stay.
        Part = 3 "part",
        /// A unit got another code.
        Rename = 4 "rename",
        /// Units ended without a successor.
        Abolish = 5 "abolish",
    }
}

/// One change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Succession {
    /// What happened.
    pub kind: SuccessionKind,
    /// The first day on which it holds.
    pub on: LocalDay,
    /// The decision that it rests on, for people.
    pub basis: String,
    /// The units before.
    pub from: Vec<UnitCode>,
    /// The units after; none if they were abolished.
    pub to: Vec<UnitCode>,
}

/// The most changes: that of 1 July 2025 made 3,321 communes of 10,035.
pub const MAX_SUCCESSIONS: usize = 50_000;

/// Why changes contradict each other.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LineageError {
    /// Units that do not fit what happened.
    #[error("{kind} on {on}: its units do not fit what it says happened")]
    Units {
        /// What is said to have happened.
        kind: SuccessionKind,
        /// When.
        on: LocalDay,
    },
    /// Without a legal basis.
    #[error("{kind} on {on} names no legal basis")]
    NoBasis {
        /// What is said to have happened.
        kind: SuccessionKind,
        /// When.
        on: LocalDay,
    },
    /// A unit that is not listed.
    #[error("a change of {on} names unit {unit}, which is not listed")]
    UnknownUnit {
        /// The unit.
        unit: UnitCode,
        /// When.
        on: LocalDay,
    },
    /// A unit that ended twice.
    #[error("unit {unit} ends on {first} and again on {second}")]
    EndedTwice {
        /// The unit.
        unit: UnitCode,
        /// When first.
        first: LocalDay,
        /// When again.
        second: LocalDay,
    },
    /// A unit that takes part in a change after its end.
    #[error("unit {unit} takes part in a change on {on}, but it ended on {ended}")]
    Ended {
        /// The unit.
        unit: UnitCode,
        /// The later change.
        on: LocalDay,
        /// Its end.
        ended: LocalDay,
    },
    /// More changes than allowed.
    #[error("more than {MAX_SUCCESSIONS} changes of units")]
    TooMany,
}

/// What a code stands for on a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// The unit itself.
    InForce,
    /// The one unit that it became, by whatever number of changes; the last of them.
    Became(UnitCode, Succession),
    /// One of those units, and no rule says which; where only one is left, a part of it ended with another.
    OneOf(Vec<UnitCode>, Succession),
    /// Nothing any more.
    Abolished(Succession),
}

/// All changes, checked against each other.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lineage {
    all: Vec<Succession>,
    /// The change that ended a unit, by its place.
    ended: BTreeMap<UnitCode, usize>,
    /// The changes in which a unit takes part, by their places.
    parts: BTreeMap<UnitCode, Vec<usize>>,
}

impl Lineage {
    /// Checks and holds changes; `is_listed` says of which units there are any.
    ///
    /// # Errors
    /// See [`LineageError`].
    pub fn new(
        mut all: Vec<Succession>,
        is_listed: impl Fn(&UnitCode) -> bool,
    ) -> Result<Self, LineageError> {
        if all.len() > MAX_SUCCESSIONS {
            return Err(LineageError::TooMany);
        }
        all.sort_by(|a, b| (a.on, a.kind, &a.from, &a.to).cmp(&(b.on, b.kind, &b.from, &b.to)));
        let mut lineage = Self {
            all,
            ..Self::default()
        };
        for (place, change) in lineage.all.iter().enumerate() {
            change.check(&is_listed)?;
            let both = change.from.iter().chain(&change.to);
            for unit in both.collect::<BTreeSet<_>>() {
                lineage.parts.entry(unit.clone()).or_default().push(place);
            }
            for unit in change.ended() {
                if let Some(first) = lineage.ended.insert(unit.clone(), place) {
                    let first = lineage.all.get(first).map_or(change.on, |first| first.on);
                    return Err(LineageError::EndedTwice {
                        unit: unit.clone(),
                        first,
                        second: change.on,
                    });
                }
            }
        }
        lineage.check_order()?;
        Ok(lineage)
    }

    /// What ended takes part in nothing later; what becomes of it exists longer. So no way leads in a circle.
    fn check_order(&self) -> Result<(), LineageError> {
        for change in &self.all {
            let late = |unit: &UnitCode, or_same: bool| {
                let ended = self.end(unit)?;
                let gone = if or_same {
                    ended <= change.on
                } else {
                    ended < change.on
                };
                gone.then(|| LineageError::Ended {
                    unit: unit.clone(),
                    on: change.on,
                    ended,
                })
            };
            let before = change.from.iter().find_map(|unit| late(unit, false));
            let after = change.to.iter().find_map(|unit| late(unit, true));
            if let Some(error) = before.or(after) {
                return Err(error);
            }
        }
        Ok(())
    }

    /// The first day on which a unit is no more.
    #[must_use]
    pub fn end(&self, unit: &UnitCode) -> Option<LocalDay> {
        let place = self.ended.get(unit)?;
        self.all.get(*place).map(|change| change.on)
    }

    /// Every change, the earliest first.
    pub fn changes(&self) -> impl Iterator<Item = &Succession> {
        self.all.iter()
    }

    /// The changes in which a unit took part, the earliest first.
    pub fn changes_of(&self, unit: &UnitCode) -> impl Iterator<Item = &Succession> {
        let places = self.parts.get(unit).into_iter().flatten();
        places.filter_map(|place| self.all.get(*place))
    }

    /// What a listed code stands for on a day: where every way from it leads. Of what was divided and joined again, the
    /// one unit stands for all of it.
    #[must_use]
    pub fn standing(&self, unit: &UnitCode, day: LocalDay) -> Standing {
        let (mut open, mut seen) = (vec![unit.clone()], BTreeSet::new());
        let mut leads_to = Vec::new();
        let mut last: Option<&Succession> = None;
        let (mut divided, mut abolished) = (None, None);
        // Each unit once.
        while let Some(at) = open.pop() {
            if !seen.insert(at.clone()) {
                continue;
            }
            let Some(change) = self.ended_by(&at, day) else {
                leads_to.push(at);
                continue;
            };
            let successors = self.successors(&at, change);
            match successors.len() {
                0 => abolished = Some(change),
                1 => {}
                _ => divided = divided.or(Some(change)),
            }
            last = last.filter(|later| later.on >= change.on).or(Some(change));
            open.extend(successors);
        }
        leads_to.sort();
        match (leads_to.as_slice(), last, abolished) {
            (_, None, _) => Standing::InForce,
            ([], Some(last), ended) => Standing::Abolished(ended.unwrap_or(last).clone()),
            ([one], Some(last), None) => Standing::Became(one.clone(), last.clone()),
            ([..], Some(last), ended) => {
                let change = divided.or(ended).unwrap_or(last);
                Standing::OneOf(leads_to.clone(), change.clone())
            }
        }
    }

    fn ended_by(&self, unit: &UnitCode, day: LocalDay) -> Option<&Succession> {
        let place = self.ended.get(unit)?;
        self.all.get(*place).filter(|change| change.on <= day)
    }

    /// Where a unit went that ended by a change: what went elsewhere in part on the same day is of it too.
    fn successors(&self, unit: &UnitCode, ended: &Succession) -> Vec<UnitCode> {
        let parts = self.changes_of(unit).filter(|other| {
            other.kind == SuccessionKind::Part && other.on == ended.on && other.from.contains(unit)
        });
        let all: BTreeSet<&UnitCode> = parts.flat_map(|part| &part.to).chain(&ended.to).collect();
        all.into_iter().cloned().collect()
    }
}

impl Succession {
    fn check(&self, is_listed: impl Fn(&UnitCode) -> bool) -> Result<(), LineageError> {
        let (kind, on) = (self.kind, self.on);
        let once = |units: &[UnitCode]| units.iter().collect::<BTreeSet<_>>().len() == units.len();
        let apart = || !self.from.iter().any(|unit| self.to.contains(unit));
        let fits = match kind {
            SuccessionKind::Merge => self.to.len() == 1 && self.from != self.to,
            SuccessionKind::Split => self.from.len() == 1 && self.to.len() > 1,
            SuccessionKind::Part => !self.to.is_empty() && apart(),
            SuccessionKind::Rename => self.from.len() == 1 && self.to.len() == 1 && apart(),
            SuccessionKind::Abolish => self.to.is_empty(),
        };
        if !fits || self.from.is_empty() || !once(&self.from) || !once(&self.to) {
            return Err(LineageError::Units { kind, on });
        }
        if self.basis.trim().is_empty() {
            return Err(LineageError::NoBasis { kind, on });
        }
        let unknown = self
            .from
            .iter()
            .chain(&self.to)
            .find(|unit| !is_listed(unit));
        match unknown {
            Some(unit) => Err(LineageError::UnknownUnit {
                unit: unit.clone(),
                on,
            }),
            None => Ok(()),
        }
    }

    /// The units that it ended.
    fn ended(&self) -> impl Iterator<Item = &UnitCode> {
        let stays = self.kind == SuccessionKind::Part;
        let ended = self
            .from
            .iter()
            .filter(move |unit| !stays && !self.to.contains(unit));
        ended.into_iter()
    }
}

#[cfg(test)]
mod tests;
