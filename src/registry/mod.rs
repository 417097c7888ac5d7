//! Units and who may speak for them: codes, the tree, and the bindings of keys. Pure; the file it
//! comes from is read in `config`.
//!
//! A binding names keys, never subjects: SHA-256 of the issuer's public key and SHA-256 of the
//! subject's public key (`verdicts.md` §2). One key never serves two units or both roles.

mod channel;
pub mod difference;
pub mod lineage;
pub mod table;
mod unit;

pub use channel::Channel;
pub use lineage::{Lineage, LineageError, Standing, Succession, SuccessionKind};
pub use unit::{Contact, DetailProblem, Details, FormerName, Level, Reached, Unit, UnitKind, Via};

use crate::model::indication::words;
use crate::model::{Digest, Hasher, LocalDay, Timestamp, UnitCode};
use std::collections::BTreeMap;

words! {
    /// What a bound key may do for its unit.
    Role {
        /// Signs as the agency.
        Agency = 1 "agency",
        /// Signs as a person of the unit.
        Person = 2 "person",
        /// Speaks to the gateway for the unit.
        Transport = 3 "transport",
    }
}

/// The most units of a registry: one province's synchronised directory held 123,265.
pub const MAX_UNITS: usize = 200_000;

/// A pair of keys: of the issuer, and of the subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyPair {
    /// SHA-256 of the issuer's SubjectPublicKeyInfo.
    pub issuer: Digest,
    /// SHA-256 of the subject's SubjectPublicKeyInfo.
    pub subject: Digest,
}

/// What a key is bound to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    /// The keys.
    pub keys: KeyPair,
    /// The unit.
    pub unit: UnitCode,
    /// The role.
    pub role: Role,
    /// From this moment on.
    pub from: Timestamp,
    /// Up to, not including, this moment.
    pub until: Option<Timestamp>,
    /// A note for people, for example the certificate's subject.
    pub note: String,
}

impl Binding {
    /// Whether it is in force at `at`.
    #[must_use]
    pub fn in_force(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// Why a registry is not one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RegistryError {
    /// Two units with one code.
    #[error("unit {0} is listed twice")]
    RepeatedUnit(UnitCode),
    /// A parent that is not listed.
    #[error("unit {0} names parent {1}, which is not listed")]
    UnknownParent(UnitCode, UnitCode),
    /// A unit above itself.
    #[error("unit {0} is above itself")]
    Cycle(UnitCode),
    /// A binding for a unit that is not listed.
    #[error("a binding names unit {0}, which is not listed")]
    UnknownUnit(UnitCode),
    /// One key for two units or two roles.
    #[error("key {key} is bound to {first} and to {second}: one key serves one unit in one role")]
    RepeatedKey {
        /// SHA-256 of the subject's key.
        key: Digest,
        /// The first unit and role.
        first: String,
        /// The second unit and role.
        second: String,
    },
    /// A group of the policy names a unit that is not listed.
    #[error("a group of the policy names unit {0}, which is not listed")]
    UnknownGroupUnit(UnitCode),
    /// A code that is that of two units, as code or as another code of it.
    #[error("code {code} is that of unit {first} and of unit {second}")]
    RepeatedCode {
        /// The code.
        code: UnitCode,
        /// The first unit.
        first: UnitCode,
        /// The second unit.
        second: UnitCode,
    },
    /// Details of a unit that cannot be.
    #[error("unit {unit}: {what}")]
    Details {
        /// The unit.
        unit: UnitCode,
        /// What cannot be.
        what: DetailProblem,
    },
    /// Changes of units that contradict each other.
    #[error(transparent)]
    Lineage(#[from] LineageError),
    /// More units than allowed.
    #[error("more than {MAX_UNITS} units")]
    TooMany,
}

/// What a registry is made of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parts {
    /// Units, of old days too.
    pub units: Vec<Unit>,
    /// Who may speak for them.
    pub bindings: Vec<Binding>,
    /// What became of them.
    pub changes: Vec<Succession>,
}

/// All units and bindings.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Registry {
    units: BTreeMap<UnitCode, Unit>,
    bindings: BTreeMap<Digest, Vec<Binding>>,
    /// Other codes of units.
    aliases: BTreeMap<UnitCode, UnitCode>,
    lineage: Lineage,
}

impl Registry {
    /// Checks and holds units and bindings, of units that never changed.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn new(units: Vec<Unit>, bindings: Vec<Binding>) -> Result<Self, RegistryError> {
        Self::of(Parts {
            units,
            bindings,
            changes: Vec::new(),
        })
    }

    /// Checks and holds all of it.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn of(parts: Parts) -> Result<Self, RegistryError> {
        let Parts {
            units,
            bindings,
            changes,
        } = parts;
        if units.len() > MAX_UNITS {
            return Err(RegistryError::TooMany);
        }
        let mut registry = Self::default();
        for unit in units {
            let code = unit.code.clone();
            if registry.units.insert(code.clone(), unit).is_some() {
                return Err(RegistryError::RepeatedUnit(code));
            }
        }
        for unit in registry.units.values() {
            registry.check_parents(unit)?;
            unit.check()?;
        }
        registry.name_aliases()?;
        registry.lineage = Lineage::new(changes, |code| registry.units.contains_key(code))?;
        for binding in bindings {
            registry.add(binding)?;
        }
        Ok(registry)
    }

    fn name_aliases(&mut self) -> Result<(), RegistryError> {
        for unit in self.units.values() {
            for code in &unit.details.aliases {
                let listed = self.units.get(code).map(|other| &other.code);
                let first = listed.or_else(|| self.aliases.get(code));
                if let Some(first) = first {
                    return Err(RegistryError::RepeatedCode {
                        code: code.clone(),
                        first: first.clone(),
                        second: unit.code.clone(),
                    });
                }
                self.aliases.insert(code.clone(), unit.code.clone());
            }
        }
        Ok(())
    }

    fn check_parents(&self, unit: &Unit) -> Result<(), RegistryError> {
        let mut below = unit;
        // A path longer than the number of units goes round.
        for _ in 0..=self.units.len() {
            let Some(parent) = &below.parent else {
                return Ok(());
            };
            let unknown = || RegistryError::UnknownParent(below.code.clone(), parent.clone());
            below = self.units.get(parent).ok_or_else(unknown)?;
        }
        Err(RegistryError::Cycle(unit.code.clone()))
    }

    fn add(&mut self, binding: Binding) -> Result<(), RegistryError> {
        if !self.units.contains_key(&binding.unit) {
            return Err(RegistryError::UnknownUnit(binding.unit));
        }
        let known = self.bindings.entry(binding.keys.subject).or_default();
        if let Some(other) = known
            .iter()
            .find(|b| b.unit != binding.unit || b.role != binding.role)
        {
            return Err(RegistryError::RepeatedKey {
                key: binding.keys.subject,
                first: format!("{} ({})", other.unit, other.role),
                second: format!("{} ({})", binding.unit, binding.role),
            });
        }
        known.push(binding);
        Ok(())
    }

    /// What it is made of.
    #[must_use]
    pub fn parts(&self) -> Parts {
        Parts {
            units: self.units().cloned().collect(),
            bindings: self.bindings().cloned().collect(),
            changes: self.lineage.changes().cloned().collect(),
        }
    }

    /// One unit.
    #[must_use]
    pub fn unit(&self, code: &UnitCode) -> Option<&Unit> {
        self.units.get(code)
    }

    /// The unit that has a code, or has it as another code.
    #[must_use]
    pub fn called(&self, code: &UnitCode) -> Option<&Unit> {
        self.unit(code)
            .or_else(|| self.unit(self.aliases.get(code)?))
    }

    /// What became of units.
    #[must_use]
    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    /// The unit that a code stands for on a day, if there is one, and what became of it by then.
    #[must_use]
    pub fn standing(&self, code: &UnitCode, day: LocalDay) -> Option<(&Unit, Standing)> {
        let unit = self.called(code)?;
        Some((unit, self.lineage.standing(&unit.code, day)))
    }

    /// Whether a unit is `above` or stands anywhere below it.
    #[must_use]
    pub fn is_within(&self, code: &UnitCode, above: &UnitCode) -> bool {
        let mut at = Some(code);
        // The tree was checked to have no circle.
        while let Some(unit) = at {
            if unit == above {
                return true;
            }
            at = self.units.get(unit).and_then(|unit| unit.parent.as_ref());
        }
        false
    }

    /// All units by code.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.units.values()
    }

    /// All bindings.
    pub fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.values().flatten()
    }

    /// The binding of a pair of keys in force at `at`.
    #[must_use]
    pub fn binding(&self, keys: KeyPair, at: Timestamp) -> Option<&Binding> {
        let known = self.bindings.get(&keys.subject)?;
        known.iter().find(|b| b.keys == keys && b.in_force(at))
    }

    /// Whether a pair of keys was ever bound, in force or not.
    #[must_use]
    pub fn ever_bound(&self, keys: KeyPair) -> bool {
        self.bindings
            .get(&keys.subject)
            .is_some_and(|known| known.iter().any(|b| b.keys == keys))
    }

    /// SHA-256 over everything in it, independent of the order of the file.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Hasher::new();
        for unit in self.units.values() {
            hasher.update(unit.line().as_bytes());
        }
        for bindings in self.bindings.values() {
            let mut lines: Vec<String> = bindings.iter().map(|b| format!("{b:?}\n")).collect();
            lines.sort();
            hasher.update(lines.concat().as_bytes());
        }
        for change in self.lineage.changes() {
            hasher.update(format!("{change:?}\n").as_bytes());
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> UnitCode {
        UnitCode::parse(text).expect("code")
    }
    fn unit(text: &str, parent: Option<&str>) -> Unit {
        Unit {
            code: code(text),
            name: text.into(),
            kind: UnitKind::State,
            parent: parent.map(code),
            channel: Channel::Pull,
            details: Details::default(),
        }
    }
    fn binding(unit: &str, role: Role, key: u8, until: Option<i64>) -> Binding {
        Binding {
            keys: KeyPair {
                issuer: Digest([9; 32]),
                subject: Digest([key; 32]),
            },
            unit: code(unit),
            role,
            from: Timestamp(100),
            until: until.map(Timestamp),
            note: String::new(),
        }
    }

    #[test]
    fn one_key_never_serves_two_units_or_both_roles() {
        let units = || vec![unit("H53", None), unit("H53.1", Some("H53"))];
        for second in [
            binding("H53.1", Role::Agency, 1, None),
            binding("H53", Role::Person, 1, None),
        ] {
            let bindings = vec![binding("H53", Role::Agency, 1, Some(200)), second];
            let error = Registry::new(units(), bindings).expect_err("refused");
            assert!(
                matches!(error, RegistryError::RepeatedKey { .. }),
                "{error}"
            );
        }
    }

    #[test]
    fn a_binding_holds_from_and_until_and_for_its_issuer_only() {
        let known = binding("H53", Role::Agency, 1, Some(200));
        let keys = known.keys;
        let registry = Registry::new(vec![unit("H53", None)], vec![known]).expect("registry");
        assert!(registry.binding(keys, Timestamp(99)).is_none());
        assert!(registry.binding(keys, Timestamp(100)).is_some());
        assert!(registry.binding(keys, Timestamp(200)).is_none());
        let other = KeyPair {
            issuer: Digest([8; 32]),
            ..keys
        };
        assert!(registry.binding(other, Timestamp(150)).is_none());
    }

    #[test]
    fn a_registry_of_units_that_fetch_keeps_its_digest() {
        let registry = |channel| {
            let unit = Unit {
                channel,
                ..unit("H53.1", None)
            };
            Registry::new(vec![unit], vec![])
                .expect("registry")
                .digest()
        };
        let before = "Unit { code: H53.1, name: \"H53.1\", kind: State, parent: None }\n";
        assert_eq!(registry(Channel::Pull), Digest::of(before.as_bytes()));
        let url = "https://a.vn/".to_owned();
        assert_ne!(
            registry(Channel::Pull),
            registry(Channel::Webhook { url, ca: None })
        );
    }

    #[test]
    fn a_tree_without_root_is_refused() {
        let units = vec![unit("A", Some("B")), unit("B", Some("A"))];
        assert!(matches!(
            Registry::new(units, vec![]),
            Err(RegistryError::Cycle(_))
        ));
        let orphan = vec![unit("A", Some("C"))];
        assert!(matches!(
            Registry::new(orphan, vec![]),
            Err(RegistryError::UnknownParent(..))
        ));
    }
}
