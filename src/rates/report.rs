//! The rates of a period: whole numbers, and each rate with its numerator and denominator.

use super::definitions::{DEFINITIONS, Definition, sum};
use super::{Counts, Measure};
use crate::model::UnitCode;
use std::collections::BTreeMap;

/// Up to this, two thousand times a figure and another one fit into 64 bits.
const FEW: i64 = 1 << 50;

/// What is known of a denominator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Denominator {
    /// All of it.
    Known(i64),
    /// What the gateway and the registers of some of the days know.
    Partial {
        /// That much.
        so_far: i64,
        /// The days with a register or a nil return.
        covered: u32,
        /// The days that need one.
        of: u32,
    },
    /// What the gateway knows; no day has a register.
    Unknown {
        /// That much.
        so_far: i64,
    },
}

impl Denominator {
    /// All of it, if it is known.
    #[must_use]
    pub fn known(self) -> Option<i64> {
        match self {
            Self::Known(all) => Some(all),
            Self::Partial { .. } | Self::Unknown { .. } => None,
        }
    }

    /// As much of it as is known.
    #[must_use]
    pub fn so_far(self) -> i64 {
        match self {
            Self::Known(so_far) | Self::Partial { so_far, .. } | Self::Unknown { so_far } => so_far,
        }
    }
}

/// A rate. Its value is left to the reader; numerator and denominator are the figure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// How many.
    pub numerator: i64,
    /// Out of how many.
    pub denominator: Denominator,
}

impl Rate {
    /// The rate of two known numbers.
    #[must_use]
    pub fn of(numerator: i64, denominator: i64) -> Self {
        Self {
            numerator,
            denominator: Denominator::Known(denominator),
        }
    }

    /// That which a unit's counts make, of which its registers cover so much.
    #[must_use]
    pub fn of_counts(rate: &Definition, counts: &Counts, cover: Cover) -> Self {
        let so_far = sum(rate.under, counts);
        let Cover { covered, of } = cover;
        let denominator = match (rate.register, covered) {
            (false, _) => Denominator::Known(so_far),
            (true, _) if cover.is_whole() => Denominator::Known(so_far),
            (true, 0) => Denominator::Unknown { so_far },
            (true, _) => Denominator::Partial {
                so_far,
                covered,
                of,
            },
        };
        Self {
            numerator: sum(rate.over, counts),
            denominator,
        }
    }

    /// Numerator and denominator, where there is a rate: a denominator that is known and above zero.
    #[must_use]
    pub fn fraction(&self) -> Option<(i64, i64)> {
        let denominator = self.denominator.known().filter(|d| *d > 0)?;
        Some((self.numerator, denominator))
    }

    /// The rate in tenths of a percent, the exact half rounded up; `None` where there is none.
    #[must_use]
    pub fn per_mille(&self) -> Option<i64> {
        let (over, under) = self.fraction()?;
        // Whole provinces fit here, and are asked for a hundred thousand rates at a time.
        let few = -FEW..=FEW;
        if few.contains(&over) && few.contains(&under) {
            let doubled = over.saturating_mul(2000).saturating_add(under);
            return Some(doubled.div_euclid(under.saturating_mul(2)));
        }
        let (over, under) = (i128::from(over), i128::from(under));
        let doubled = over.checked_mul(2000)?.checked_add(under)?;
        i64::try_from(doubled.div_euclid(under.checked_mul(2)?)).ok()
    }
}

/// How many days of a unit's life in a period have a register or a nil return.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cover {
    /// That many.
    pub covered: u32,
    /// Out of so many.
    pub of: u32,
}

impl Cover {
    /// How far the registers of a unit reach that lived `days` days of the period.
    #[must_use]
    pub fn of(counts: &Counts, days: u32) -> Self {
        let covered = counts.get(&Measure::RegisterDays).copied().unwrap_or(0);
        let covered = u32::try_from(covered.max(0)).unwrap_or(u32::MAX);
        Self { covered, of: days }
    }

    /// Whether every day has one. A unit that did not exist in the period lacks none, and has none.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.of > 0 && self.covered >= self.of
    }
}

/// The rates of one unit in one period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitRates {
    /// The unit.
    pub unit: UnitCode,
    /// Its whole numbers.
    pub counts: Counts,
    /// How far its registers reach.
    pub cover: Cover,
}

impl UnitRates {
    /// Of `counts`, for a unit that lived `days` days of the period.
    #[must_use]
    pub fn new(unit: UnitCode, counts: Counts, days: u32) -> Self {
        let cover = Cover::of(&counts, days);
        Self {
            unit,
            counts,
            cover,
        }
    }

    /// One rate.
    #[must_use]
    pub fn rate(&self, rate: &Definition) -> Rate {
        Rate::of_counts(rate, &self.counts, self.cover)
    }

    /// Every rate, in the order of their definitions.
    pub fn rates(&self) -> impl Iterator<Item = (&'static Definition, Rate)> {
        DEFINITIONS.iter().map(|rate| (rate, self.rate(rate)))
    }
}

/// The rates of every unit listed; `days` says how many days of the period a unit lived.
#[must_use]
pub fn report_of(
    totals: BTreeMap<UnitCode, Counts>,
    days: impl Fn(&UnitCode) -> u32,
) -> Vec<UnitRates> {
    let all = totals.into_iter();
    all.map(|(unit, counts)| {
        let days = days(&unit);
        UnitRates::new(unit, counts, days)
    })
    .collect()
}

/// The same of totals that are needed again.
#[must_use]
pub fn report(
    totals: &BTreeMap<UnitCode, Counts>,
    days: impl Fn(&UnitCode) -> u32,
) -> Vec<UnitRates> {
    totals
        .iter()
        .map(|(unit, counts)| UnitRates::new(unit.clone(), counts.clone(), days(unit)))
        .collect()
}
