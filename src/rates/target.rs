//! Targets: which rate a unit is to reach from which day on, on which legal basis, and how far it is from it.

use super::definitions::{Better, Definition};
use super::report::Rate;
use crate::model::{LocalDay, UnitCode};
use crate::registry::{Level, Unit};

/// For whom a target is set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Everybody.
    All,
    /// The units of a level.
    Level(Level),
    /// One unit.
    Unit(UnitCode),
}

impl Scope {
    /// How close it is meant; `None` if it is not meant for the unit.
    fn closeness(&self, unit: &Unit) -> Option<u8> {
        match self {
            Self::All => Some(0),
            Self::Level(level) => (unit.details.level == Some(*level)).then_some(1),
            Self::Unit(code) => (*code == unit.code).then_some(2),
        }
    }
}

/// One target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// Of which rate.
    pub rate: &'static Definition,
    /// For whom.
    pub scope: Scope,
    /// The first day on which it holds.
    pub from: LocalDay,
    /// In tenths of a percent, 0 to 1000.
    pub per_mille: i64,
    /// The text that sets it.
    pub basis: String,
}

/// How a rate stands to its target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The target, in tenths of a percent.
    pub target: i64,
    /// Rate less target, in tenths of a percent, as both are printed.
    pub distance: i64,
    /// Whether it is met: by the exact fraction, not as printed.
    pub met: bool,
}

/// The target of a unit for a rate on a day: the closest one meant for it, and of those the latest.
#[must_use]
pub fn target<'a>(
    all: &'a [Target],
    rate: &Definition,
    unit: &Unit,
    day: LocalDay,
) -> Option<&'a Target> {
    let meant = all
        .iter()
        .filter(|target| target.rate.name == rate.name && target.from <= day)
        .filter_map(|target| Some((target.scope.closeness(unit)?, target.from, target)));
    let best = meant.max_by_key(|(closeness, from, _)| (*closeness, *from));
    best.map(|(.., target)| target)
}

/// How a rate stands to a target; `None` where there is no rate.
#[must_use]
pub fn standing(target: &Target, rate: &Rate) -> Option<Standing> {
    let (over, under) = rate.fraction()?;
    let reached = i128::from(over).saturating_mul(1000);
    let wanted = i128::from(under).saturating_mul(i128::from(target.per_mille));
    Some(Standing {
        target: target.per_mille,
        distance: rate.per_mille()?.saturating_sub(target.per_mille),
        met: match target.rate.better {
            Better::Higher => reached >= wanted,
            Better::Lower => reached <= wanted,
        },
    })
}
