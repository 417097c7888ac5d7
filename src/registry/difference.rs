//! What one registry has that another has not: shown before an import is taken, and after.

use super::{Binding, Registry, Succession, Unit};
use crate::model::UnitCode;
use std::collections::BTreeMap;

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Difference {
    /// A unit that is new.
    Added(UnitCode, String),
    /// A unit that is no longer there.
    Removed(UnitCode, String),
    /// A unit of which something is new.
    Changed(UnitCode, Vec<Field>),
    /// A key that is bound.
    Bound(Binding),
    /// A key that is bound no longer.
    Unbound(Binding),
    /// A change of units that is new.
    Happened(Succession),
    /// A change of units that is no longer there.
    Undone(Succession),
}

/// One thing of a unit that is new; a list is written with commas, nothing as an empty text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its stable name, as in `units.toml`.
    pub name: &'static str,
    /// What was there.
    pub before: String,
    /// What is there.
    pub after: String,
}

/// Every difference: units by their codes, then keys, then changes of units.
#[must_use]
pub fn differences(before: &Registry, after: &Registry) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut left: BTreeMap<&UnitCode, &Unit> = before.units().map(|u| (&u.code, u)).collect();
    for unit in after.units() {
        match left.remove(&unit.code) {
            None => all.push(Difference::Added(unit.code.clone(), unit.name.clone())),
            Some(known) if known != unit => {
                all.push(Difference::Changed(unit.code.clone(), fields(known, unit)));
            }
            Some(_) => {}
        }
    }
    let removed = left.into_values();
    all.extend(removed.map(|unit| Difference::Removed(unit.code.clone(), unit.name.clone())));
    let (bound, unbound) = apart(before.bindings(), after.bindings(), |b| {
        format!("{} {b:?}", b.keys.subject.to_hex())
    });
    all.extend(bound.map(Difference::Bound));
    all.extend(unbound.map(Difference::Unbound));
    let changes = (before.lineage().changes(), after.lineage().changes());
    let (new, gone) = apart(changes.0, changes.1, |change| {
        format!("{} {change:?}", change.on)
    });
    all.extend(new.map(Difference::Happened));
    all.extend(gone.map(Difference::Undone));
    all
}

/// What is only behind, and what is only before.
fn apart<'r, T: Clone + 'r>(
    before: impl Iterator<Item = &'r T>,
    after: impl Iterator<Item = &'r T>,
    key: impl Fn(&T) -> String,
) -> (impl Iterator<Item = T>, impl Iterator<Item = T>) {
    let mut left: BTreeMap<String, &T> = before.map(|one| (key(one), one)).collect();
    let after: BTreeMap<String, &T> = after.map(|one| (key(one), one)).collect();
    let new: Vec<T> = after
        .into_iter()
        .filter_map(|(key, one)| left.remove(&key).is_none().then(|| one.clone()))
        .collect();
    let gone: Vec<T> = left.into_values().cloned().collect();
    (new.into_iter(), gone.into_iter())
}

fn fields(before: &Unit, after: &Unit) -> Vec<Field> {
    let all = said(before).into_iter().zip(said(after));
    all.filter(|((_, before), (_, after))| before != after)
        .map(|((name, before), (_, after))| Field {
            name,
            before,
            after,
        })
        .collect()
}

fn said(unit: &Unit) -> [(&'static str, String); 11] {
    let details = &unit.details;
    let codes = |codes: &[UnitCode]| list(codes.iter().map(ToString::to_string));
    let names = details
        .former_names
        .iter()
        .map(|n| format!("{} → {}", n.name, n.until));
    let ways = details
        .reached
        .iter()
        .map(|way| format!("{} {}", way.from, way.via));
    let delivery = match unit.channel.url() {
        None => unit.channel.name().to_owned(),
        Some(url) => {
            let ca = unit.channel.ca().unwrap_or_default();
            format!("{} {url} {ca}", unit.channel.name())
        }
    };
    [
        ("name", unit.name.clone()),
        ("kind", unit.kind.name().to_owned()),
        (
            "parent",
            unit.parent
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
        ("delivery", delivery),
        (
            "level",
            details
                .level
                .map(|level| level.name().to_owned())
                .unwrap_or_default(),
        ),
        ("aliases", codes(&details.aliases)),
        ("former_names", list(names)),
        ("contact", details.contact.name.clone()),
        ("email", details.contact.email.clone()),
        ("phone", details.contact.phone.clone()),
        ("reached", list(ways)),
    ]
}

fn list(all: impl Iterator<Item = String>) -> String {
    all.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, LocalDay, Timestamp};
    use crate::registry::{
        Channel, Details, FormerName, KeyPair, Level, Parts, Role, SuccessionKind, UnitKind,
    };

    fn code(text: &str) -> UnitCode {
        UnitCode::parse(text).expect("code")
    }

    fn unit(text: &str, name: &str) -> Unit {
        Unit {
            code: code(text),
            name: name.into(),
            kind: UnitKind::State,
            parent: None,
            channel: Channel::Pull,
            details: Details::default(),
        }
    }

    #[test]
    fn every_difference_is_told_both_ways() {
        let binding = Binding {
            keys: KeyPair {
                issuer: Digest([9; 32]),
                subject: Digest([1; 32]),
            },
            unit: code("A"),
            role: Role::Agency,
            from: Timestamp(100),
            until: None,
            note: String::new(),
        };
        let before = Parts {
            units: vec![unit("A", "Xã A"), unit("B", "Xã B")],
            bindings: vec![binding.clone()],
            changes: Vec::new(),
        };
        let day = LocalDay::parse("2025-07-01").expect("day");
        let happened = Succession {
            kind: SuccessionKind::Rename,
            on: day,
            basis: "NQ 1".into(),
            from: vec![code("A")],
            to: vec![code("C")],
        };
        let mut changed = unit("A", "Xã A mới");
        changed.details.level = Some(Level::Commune);
        changed.details.former_names = vec![FormerName {
            until: day,
            name: "Xã A".into(),
        }];
        let after = Parts {
            units: vec![changed, unit("C", "Xã C")],
            bindings: vec![],
            changes: vec![happened.clone()],
        };
        let before = Registry::of(before).expect("before");
        let after = Registry::of(after).expect("after");
        let field = |name, before: &str, after: &str| Field {
            name,
            before: before.into(),
            after: after.into(),
        };
        let fields = vec![
            field("name", "Xã A", "Xã A mới"),
            field("level", "", "commune"),
            field("former_names", "", "Xã A → 2025-07-01"),
        ];
        assert_eq!(
            differences(&before, &after),
            [
                Difference::Changed(code("A"), fields),
                Difference::Added(code("C"), "Xã C".into()),
                Difference::Removed(code("B"), "Xã B".into()),
                Difference::Unbound(binding.clone()),
                Difference::Happened(happened.clone()),
            ]
        );
        let back = differences(&after, &before);
        assert!(back.contains(&Difference::Bound(binding)));
        assert!(back.contains(&Difference::Undone(happened)));
        assert_eq!(differences(&after, &after), []);
    }
}
