//! The published procedures in all their versions. A dossier is judged for ever by the one it was taken in under.

use super::procedure::Procedure;
use crate::model::LocalDay;
use std::collections::BTreeMap;

/// Versions of all procedures together: a province publishes about 2,000 procedures.
pub const MAX_VERSIONS: usize = 20_000;

/// Every version, by code and version.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Procedures {
    all: BTreeMap<String, BTreeMap<u16, Procedure>>,
    count: usize,
}

/// Why a version cannot stand beside the others.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotTaken {
    /// That version is known, and says something else.
    #[error(
        "version {1} of {0} is known already and says something else; a published version never changes: give it a new number"
    )]
    Changed(String, u16),
    /// Two versions in force on one day.
    #[error("versions {1} and {2} of {0} are both in force on {3}")]
    Overlap(String, u16, u16, LocalDay),
    /// A later version begins earlier.
    #[error("version {2} of {0} begins before version {1}")]
    Order(String, u16, u16),
    /// Too many.
    #[error("more than {MAX_VERSIONS} versions")]
    TooMany,
}

impl Procedures {
    /// Takes a version in, or says why it cannot stand. The same version again changes nothing.
    ///
    /// # Errors
    /// See [`NotTaken`]; then nothing changed.
    pub fn take(&mut self, new: Procedure) -> Result<bool, NotTaken> {
        let (code, version) = (new.code.clone(), new.version);
        let known = self.all.get(&code);
        if let Some(same) = known.and_then(|versions| versions.get(&version)) {
            return match *same == new {
                true => Ok(false),
                false => Err(NotTaken::Changed(code, version)),
            };
        }
        if self.count >= MAX_VERSIONS {
            return Err(NotTaken::TooMany);
        }
        if let Some(versions) = known {
            let before = versions.range(..version).next_back();
            let after = versions.range(version..).next();
            for (first, second) in [
                before.map(|(_, before)| (before, &new)),
                after.map(|(_, after)| (&new, after)),
            ]
            .into_iter()
            .flatten()
            {
                follows(first, second)?;
            }
        }
        self.all.entry(code).or_default().insert(version, new);
        self.count = self.count.saturating_add(1);
        Ok(true)
    }

    /// The version of a procedure that is in force on a day. One without a last day ends where the next begins.
    #[must_use]
    pub fn in_force(&self, code: &str, day: LocalDay) -> Option<&Procedure> {
        let mut versions = self.all.get(code)?.values();
        let latest = versions.rfind(|own| own.from <= day)?;
        latest.in_force(day).then_some(latest)
    }

    /// One version.
    #[must_use]
    pub fn version(&self, code: &str, version: u16) -> Option<&Procedure> {
        self.all.get(code)?.get(&version)
    }

    /// Every version, by code and version.
    pub fn iter(&self) -> impl Iterator<Item = &Procedure> {
        self.all.values().flat_map(BTreeMap::values)
    }

    /// The versions of one procedure, the first one first.
    pub fn of(&self, code: &str) -> impl Iterator<Item = &Procedure> {
        self.all
            .get(code)
            .into_iter()
            .flat_map(|versions| versions.values())
    }
}

/// Whether one version may follow another.
fn follows(first: &Procedure, second: &Procedure) -> Result<(), NotTaken> {
    let code = || first.code.clone();
    if second.from <= first.from {
        return Err(NotTaken::Order(code(), first.version, second.version));
    }
    match first.until {
        Some(last) if second.from <= last => Err(NotTaken::Overlap(
            code(),
            first.version,
            second.version,
            second.from,
        )),
        Some(_) | None => Ok(()),
    }
}
