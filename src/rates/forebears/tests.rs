#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "small figures of tests"
)]

use super::*;
use crate::rates::Measure;
use crate::registry::SuccessionKind::{Abolish, Merge, Part, Rename, Split};
use crate::registry::{Channel, Details, Parts, Unit, UnitKind};

fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).expect("code")
}

fn day(text: &str) -> LocalDay {
    LocalDay::parse(text).expect("day")
}

fn change(kind: SuccessionKind, on: &str, from: &[&str], to: &[&str]) -> Succession {
    Succession {
        kind,
        on: day(on),
        basis: "NQ 1682".into(),
        from: from.iter().map(|text| code(text)).collect(),
        to: to.iter().map(|text| code(text)).collect(),
    }
}

fn registry(units: &[&str], changes: Vec<Succession>) -> Option<Registry> {
    let unit = |text: &&str| Unit {
        code: code(text),
        name: (*text).to_owned(),
        kind: UnitKind::State,
        parent: None,
        channel: Channel::Pull,
        details: Details::default(),
    };
    let parts = Parts {
        units: units.iter().map(unit).collect(),
        bindings: Vec::new(),
        changes,
    };
    Registry::of(parts).ok()
}

fn all(units: &[&str]) -> BTreeSet<UnitCode> {
    units.iter().map(|text| code(text)).collect()
}

const DAYS: (&str, &str) = ("2025-06-01", "2025-07-31");

fn of<'a>(registry: &'a Registry, units: &[&str], (from, until): (&str, &str)) -> Forebears<'a> {
    let units = units.iter().map(|text| code(text));
    Forebears::of(registry, units, (day(from), day(until)))
}

#[test]
fn what_others_became_is_held_beside_all_of_them() {
    let changes = vec![
        change(Merge, "2025-07-01", &["A", "B"], &["M"]),
        change(Rename, "2025-07-15", &["M"], &["N"]),
        change(Part, "2025-07-01", &["X"], &["Y"]),
        change(Split, "2025-07-01", &["P"], &["Q", "R"]),
        change(Abolish, "2025-07-01", &["Z"], &[]),
    ];
    let names = ["A", "B", "M", "N", "X", "Y", "P", "Q", "R", "Z"];
    let registry = registry(&names, changes).expect("registry");
    let now = of(&registry, &["N"], DAYS);
    assert_eq!((now.units, now.apart), (all(&["A", "B", "M", "N"]), None));
    assert_eq!(now.predecessors, all(&["A", "B", "M"]));
    // A change of the first day is none in between.
    let later = of(&registry, &["N"], ("2025-07-01", "2025-07-31"));
    assert_eq!(later.units, all(&["M", "N"]));
    for apart in ["X", "Y", "P", "Q", "R", "A"] {
        assert!(of(&registry, &[apart], DAYS).apart.is_some(), "{apart}");
    }
    for together in [&["X", "Y"][..], &["Q", "R"], &["Z"]] {
        assert_eq!(of(&registry, together, DAYS).apart, None, "{together:?}");
    }
    assert_eq!(of(&registry, &["Q", "R"], DAYS).predecessors, all(&["P"]));
}

#[test]
fn a_rate_of_all_has_the_denominators_of_all_and_each_register_of_its_own_days() {
    let changes = vec![change(Merge, "2025-07-01", &["A", "B"], &["M"])];
    let registry = registry(&["A", "B", "M"], changes).expect("registry");
    let counts = |over, under, days| {
        Counts::from([
            (Measure::Electronic, over),
            (Measure::Countable, under),
            (Measure::RegisterDays, days),
        ])
    };
    let june = Period::parse("2025-06").expect("period");
    let now = of(&registry, &["M"], DAYS);
    let rate = Definition::find("exchange").expect("known");
    let rate_of = |b_days| {
        let totals = [("A", counts(3, 4, 30)), ("B", counts(2, 6, b_days))];
        let totals = totals
            .into_iter()
            .map(|(unit, counts)| (code(unit), counts));
        now.rate(&registry, rate, june, &totals.collect())
    };
    assert_eq!(rate_of(30).fraction(), Some((5, 10)));
    assert_eq!(rate_of(29).fraction(), None);
    // Too many of one make up for none of the other.
    let totals = BTreeMap::from([(code("A"), counts(3, 4, 60)), (code("B"), counts(2, 6, 0))]);
    assert_eq!(now.rate(&registry, rate, june, &totals).fraction(), None);
}

/// Land by pieces with names: what is divided gets a piece for each who gets some, everywhere at once.
struct Land {
    now: BTreeMap<UnitCode, BTreeSet<String>>,
    before: BTreeMap<UnitCode, BTreeSet<String>>,
}

impl Land {
    fn cut(&mut self, unit: &UnitCode, pieces: usize) {
        for piece in self.now[unit].clone() {
            for land in self.now.values_mut().chain(self.before.values_mut()) {
                if land.remove(&piece) {
                    land.extend((0..pieces).map(|n| format!("{piece}.{n}")));
                }
            }
        }
    }

    /// Moves the pieces of that number.
    fn give(&mut self, from: &UnitCode, to: &UnitCode, number: usize) {
        let ending = format!(".{number}");
        let own = self.now.get_mut(from).expect("unit");
        let given: Vec<String> = own
            .iter()
            .filter(|p| p.ends_with(&ending))
            .cloned()
            .collect();
        own.retain(|piece| !given.contains(piece));
        self.now.get_mut(to).expect("unit").extend(given);
    }

    fn apply(&mut self, change: &Succession) {
        match change.kind {
            Merge | Rename => {
                for from in change.from.iter().filter(|from| !change.to.contains(from)) {
                    self.cut(from, 1);
                    self.give(from, &change.to[0], 0);
                }
            }
            Split => {
                let from = &change.from[0];
                self.cut(from, change.to.len());
                for (number, to) in change.to.iter().enumerate().filter(|(_, to)| *to != from) {
                    self.give(from, to, number);
                }
            }
            Part => {
                for from in &change.from {
                    self.cut(from, 1 + change.to.len());
                    for (number, to) in change.to.iter().enumerate() {
                        self.give(from, to, 1 + number);
                    }
                }
            }
            Abolish => {
                for from in &change.from {
                    self.now.insert(from.clone(), BTreeSet::new());
                }
            }
        }
    }
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }

    fn some<'a>(&mut self, all: &[&'a str]) -> Vec<&'a str> {
        let mut out = Vec::new();
        for _ in 0..=self.below(3) {
            let one = all[self.below(all.len() as u64) as usize];
            if !out.contains(&one) {
                out.push(one);
            }
        }
        out
    }
}

#[allow(clippy::too_many_lines, reason = "one comparison")]
#[test]
fn offices_are_the_same_where_their_land_is() {
    let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
    let (mut comparable, mut joined, mut apart) = (0, 0, 0);
    for seed in 0..4_000_u64 {
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut changes: Vec<Succession> = Vec::new();
        for _ in 0..7 {
            let kind = [Merge, Merge, Split, Part, Rename, Abolish][chance.below(6) as usize];
            let to = match kind {
                Abolish => Vec::new(),
                Merge | Rename | Split | Part => chance.some(&names),
            };
            // Each on a day of its own: what happens on one day has no order.
            let on = format!(
                "2025-07-{:02}",
                1 + changes.len() * 3 + chance.below(3) as usize
            );
            let mut more = changes.clone();
            more.push(change(kind, &on, &chance.some(&names), &to));
            if registry(&names, more.clone()).is_some() {
                changes = more;
            }
        }
        let known = registry(&names, changes.clone()).expect("registry");
        let from = format!("2025-07-{:02}", 1 + chance.below(12));
        let until = format!("2025-07-{:02}", 14 + chance.below(14));
        let mut land = Land {
            now: names
                .iter()
                .map(|n| (code(n), BTreeSet::from([(*n).to_owned()])))
                .collect(),
            before: BTreeMap::new(),
        };
        for change in changes.iter().filter(|change| change.on <= day(&from)) {
            land.apply(change);
        }
        land.before = land.now.clone();
        let after = |c: &&Succession| c.on > day(&from) && c.on <= day(&until);
        changes
            .iter()
            .filter(after)
            .for_each(|change| land.apply(change));
        for unit in names {
            if known
                .lineage()
                .end(&code(unit))
                .is_some_and(|end| end <= day(&until))
            {
                continue;
            }
            let found = of(&known, &[unit], (&from, &until));
            let own = &land.now[&code(unit)];
            let touching = land
                .before
                .iter()
                .filter(|(_, then)| !then.is_disjoint(own));
            let touching: BTreeMap<_, _> = touching.collect();
            let then: BTreeSet<String> =
                touching.values().flat_map(|then| (*then).clone()).collect();
            let said = format!("seed {seed}, {unit}, {from} to {until}: {changes:?}");
            assert_eq!(found.apart.is_none(), then == *own, "{said}");
            if found.apart.is_some() {
                apart += 1;
                continue;
            }
            let had = |unit: &&UnitCode| !land.before[*unit].is_empty();
            let units: BTreeSet<_> = found.units.iter().filter(had).collect();
            assert_eq!(units, touching.into_keys().collect(), "{said}");
            comparable += 1;
            joined += usize::from(!found.predecessors.is_empty());
        }
    }
    let met = [comparable, joined, apart];
    assert!(met.iter().all(|n| *n > 500), "{met:?}");
}
