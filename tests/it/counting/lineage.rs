//! Units that become others within a history: what they are held beside, read off the list of changes day by day.

use super::model;
use lienthong::model::{LocalDay, Period, UnitCode};
use lienthong::rates::compare::{Change, compare};
use lienthong::rates::recount::Figures;
use lienthong::rates::tree::together;
use lienthong::rates::{Counts, Definition, Measure};
use lienthong::registry::{
    Channel, Details, Parts, Registry, Succession, SuccessionKind, Unit, UnitKind,
};
use lienthong::store::Ledger;
use std::collections::{BTreeMap, BTreeSet};

/// All units; those of the second half come of others, if at all.
pub(super) const UNITS: [&str; 9] = [
    "H53.1", "H53.2", "H53.3", "H53.4", "H53.5", "H53.6", "H53.7", "H53.8", "H53.9",
];

pub(super) fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).expect("unit")
}

/// A registry with changes by chance, each on a day of its own; `below` gives the chance.
pub(super) fn registry(start: LocalDay, mut below: impl FnMut(u64) -> u64) -> Registry {
    let (mut registry, mut changes) = (of(Vec::new()).expect("registry"), Vec::new());
    for turn in 0..4 {
        let kinds = SuccessionKind::ALL;
        let kind = kinds[below(kinds.len() as u64) as usize];
        let day = start.number() + 2 + turn * 5 + below(5) as i32;
        let mut some = |all: &[&str]| {
            let mut out: Vec<UnitCode> = Vec::new();
            for _ in 0..=below(2) {
                let one = code(all[below(all.len() as u64) as usize]);
                if !out.contains(&one) {
                    out.push(one);
                }
            }
            out
        };
        let change = Succession {
            kind,
            on: LocalDay::from_number(day).expect("day"),
            basis: "NQ".into(),
            from: some(&UNITS[..8]),
            to: match kind {
                SuccessionKind::Abolish => Vec::new(),
                _ => some(&UNITS),
            },
        };
        let mut more: Vec<Succession> = changes.clone();
        more.push(change);
        if let Some(taken) = of(more.clone()) {
            (registry, changes) = (taken, more);
        }
    }
    registry
}

fn of(changes: Vec<Succession>) -> Option<Registry> {
    let unit = |text: &str, parent: Option<&str>| Unit {
        code: code(text),
        name: text.to_owned(),
        // H53.5 is no state agency.
        kind: if text == "H53.5" {
            UnitKind::Other
        } else {
            UnitKind::State
        },
        parent: parent.map(code),
        channel: Channel::Pull,
        details: Details::default(),
    };
    let mut units = vec![unit("H53", None)];
    units.extend(UNITS.map(|text| unit(text, Some("H53"))));
    let parts = Parts {
        units,
        bindings: Vec::new(),
        changes,
    };
    Registry::of(parts).ok()
}

/// The changes as a plain list.
struct Changes<'a>(Vec<&'a Succession>);

impl Changes<'_> {
    /// Whether a unit is on a day: not before it came of another, and not once it ended.
    fn lives(&self, unit: &UnitCode, day: LocalDay) -> bool {
        let whole = || self.0.iter().filter(|c| c.kind != SuccessionKind::Part);
        let came = whole().find(|c| c.to.contains(unit) && !c.from.contains(unit));
        let went = whole().find(|c| c.from.contains(unit) && !c.to.contains(unit));
        came.is_none_or(|c| c.on <= day) && went.is_none_or(|c| day < c.on)
    }

    /// Back from the last day, change by change: who was this unit before each? `None`: nobody can say.
    fn back(&self, unit: &UnitCode, from: LocalDay, until: LocalDay) -> Option<BTreeSet<UnitCode>> {
        let mut own = BTreeSet::from([unit.clone()]);
        for change in self.0.iter().rev().filter(|c| from < c.on && c.on <= until) {
            let has = |units: &[UnitCode]| units.iter().filter(|u| own.contains(*u)).count();
            let (before, after) = (has(&change.from), has(&change.to));
            match change.kind {
                SuccessionKind::Abolish => {}
                _ if before + after == 0 => {}
                SuccessionKind::Part => {
                    if before + after < change.from.len() + change.to.len() {
                        return None;
                    }
                }
                _ if after == change.to.len() => own.extend(change.from.iter().cloned()),
                _ => return None,
            }
        }
        Some(own)
    }
}

fn days(period: Period) -> impl Iterator<Item = LocalDay> {
    let (first, last) = period.days().into_inner();
    (first.number()..=last.number()).filter_map(LocalDay::from_number)
}

fn sum(figures: &Figures, unit: &UnitCode, period: Period, measure: Measure) -> i64 {
    let of = |day| {
        figures
            .get(&(unit.clone(), day))
            .and_then(|counts| counts.get(&measure))
    };
    days(period).filter_map(of).sum()
}

/// Numerator, denominator and, if every day of every unit has a register, whether it is known.
fn rate(
    figures: &Figures,
    changes: &Changes<'_>,
    units: &BTreeSet<UnitCode>,
    period: Period,
    name: &str,
) -> (i64, i64, bool) {
    let total = |measures: &[Measure]| -> i64 {
        let each = units
            .iter()
            .flat_map(|u| measures.iter().map(move |m| (u, *m)));
        each.map(|(unit, measure)| sum(figures, unit, period, measure))
            .sum()
    };
    if name == "signed" {
        return (
            total(&[Measure::AgencySigned]),
            total(&[Measure::Offered]),
            true,
        );
    }
    let (mut lived, mut covered) = (0, 0);
    for unit in units {
        let own = days(period).filter(|day| changes.lives(unit, *day)).count() as i64;
        lived += own;
        covered += own.min(sum(figures, unit, period, Measure::RegisterDays));
    }
    let all = [Measure::Countable, Measure::PaperOnly, Measure::Unproved];
    (
        total(&[Measure::Electronic]),
        total(&all),
        lived > 0 && covered >= lived,
    )
}

/// What the registry's units are compared with and come to together equals what the list of changes says.
pub(super) fn agrees(
    ledger: &dyn Ledger,
    figures: &Figures,
    registry: &Registry,
    what: &str,
) -> (usize, usize) {
    let changes = Changes(registry.lineage().changes().collect());
    let (mut joined, mut apart) = (0, 0);
    for (earlier, later) in [
        ("2026-12", "2027-01"),
        ("2026-W53", "2027-W02"),
        ("2026-12-28", "2026-12-30"),
    ] {
        let [earlier, later] = [earlier, later].map(|text| Period::parse(text).expect("period"));
        let [before, after] =
            [earlier, later].map(|period| ledger.rates(period, None).expect("rates"));
        for unit in UNITS.map(code) {
            for name in ["signed", "exchange"] {
                let definition = Definition::find(name).expect("a rate");
                let found = compare(
                    registry,
                    &unit,
                    definition,
                    (earlier, &before),
                    (later, &after),
                );
                let said = format!("{what}: {unit} {name} {earlier} {later}");
                let (first, last) = (*earlier.days().start(), *later.days().end());
                let Some(same) = changes.back(&unit, first, last) else {
                    assert_eq!(
                        (found.change, found.before),
                        (Change::NotComparable, None),
                        "{said}"
                    );
                    apart += 1;
                    continue;
                };
                joined += usize::from(same.len() > 1);
                let of = |period| rate(figures, &changes, &same, period, name);
                let (over, under, known) = of(earlier);
                let rate = found.before.expect("comparable");
                assert_eq!(
                    (rate.numerator, rate.denominator.so_far()),
                    (over, under),
                    "{said}"
                );
                assert_eq!(rate.denominator.known().is_some(), known, "{said}");
                let tenths = |(over, under, known): (i64, i64, bool)| {
                    (known && under > 0).then(|| (2000 * over + under).div_euclid(2 * under))
                };
                let expected = match (tenths(of(earlier)), tenths(of(later))) {
                    (Some(before), Some(after)) => Change::Points(after - before),
                    _ => Change::None,
                };
                assert_eq!(found.change, expected, "{said}");
            }
        }
        sums(figures, &changes, registry, (later, &after), what);
    }
    (joined, apart)
}

/// The sum of all has every figure once, whoever it is of, and counts the registers of those that were.
fn sums(
    figures: &Figures,
    changes: &Changes<'_>,
    registry: &Registry,
    (period, totals): (Period, &BTreeMap<UnitCode, Counts>),
    what: &str,
) {
    let all = together(totals, registry, period, None);
    for measure in [
        Measure::Offered,
        Measure::Received,
        Measure::PaperOnly,
        Measure::RegisterDays,
    ] {
        let each = UNITS.map(|unit| sum(figures, &code(unit), period, measure));
        let found = all.counts.get(&measure).copied().unwrap_or(0);
        assert_eq!(
            found,
            each.iter().sum::<i64>(),
            "{what}: {period} {measure:?}"
        );
    }
    let (mut units, mut whole) = (0, 0);
    for unit in UNITS
        .iter()
        .chain(&["H53"])
        .filter(|unit| **unit != "H53.5")
        .map(|unit| code(unit))
    {
        let lived = days(period)
            .filter(|day| changes.lives(&unit, *day))
            .count() as i64;
        units += u32::from(lived > 0);
        let covered = sum(figures, &unit, period, Measure::RegisterDays);
        whole += u32::from(lived > 0 && covered >= lived);
    }
    assert_eq!((all.units, all.whole), (units, whole), "{what}: {period}");
}

/// Nothing is delivered to who is no more, and who is named by an old code is told of.
pub(super) fn nobody_of_old_days_gets_anything(
    records: &[lienthong::model::event::Recorded],
    registry: &Registry,
    what: &str,
) {
    let changes = Changes(registry.lineage().changes().collect());
    for (record, offered) in model::offers(records) {
        let today = record.at.local_day();
        for unit in &offered.recipients {
            let mut whole = changes.0.iter().filter(|c| c.kind != SuccessionKind::Part);
            let went = |c: &&Succession| c.from.contains(unit) && !c.to.contains(unit);
            assert!(
                !whole.any(|c| went(c) && c.on <= today),
                "{what}: {unit} on {today}"
            );
        }
        for one in &offered.redirected {
            assert!(
                !changes.lives(&one.written, today),
                "{what}: {}",
                one.written
            );
            assert!(offered.recipients.contains(&one.to), "{what}: {}", one.to);
        }
    }
}
