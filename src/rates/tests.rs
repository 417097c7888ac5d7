#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "small figures of tests"
)]

use super::compare::{Change, RANKED_FROM, compare, rank, year_before};
use super::report::{Denominator, Rate, UnitRates};
use super::target::{Scope, Target, standing, target};
use super::tree::{days_of, tree};
use super::*;
use crate::model::{LocalDay, Period, UnitCode};
use crate::registry::{
    Channel, Details, Level, Parts, Registry, Succession, SuccessionKind, Unit, UnitKind,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).expect("code")
}

fn day(text: &str) -> LocalDay {
    LocalDay::parse(text).expect("day")
}

fn period(text: &str) -> Period {
    Period::parse(text).expect("period")
}

fn known(name: &str) -> &'static Definition {
    Definition::find(name).expect("known")
}

fn unit(text: &str, parent: Option<&str>, level: Level) -> Unit {
    Unit {
        code: code(text),
        name: format!("Đơn vị {text}"),
        kind: UnitKind::State,
        parent: parent.map(code),
        channel: Channel::Pull,
        details: Details {
            level: Some(level),
            ..Details::default()
        },
    }
}

/// H1 above H1.1 and H1.2; H1.3 became H1.2 on 1 July 2025.
fn registry() -> Registry {
    let change = Succession {
        kind: SuccessionKind::Merge,
        on: day("2025-07-01"),
        basis: "NQ 1682".into(),
        from: vec![code("H1.3"), code("H1.4")],
        to: vec![code("H1.2")],
    };
    Registry::of(Parts {
        units: vec![
            unit("H1", None, Level::Province),
            unit("H1.1", Some("H1"), Level::Commune),
            unit("H1.2", Some("H1"), Level::Commune),
            unit("H1.3", Some("H1"), Level::Commune),
            unit("H1.4", Some("H1"), Level::Commune),
        ],
        bindings: Vec::new(),
        changes: vec![change],
    })
    .expect("registry")
}

/// Every rate once more, by its words in `counting.md` and `docs/rates.md`; shares nothing with the definitions.
fn again(name: &str, n: &dyn Fn(&str) -> i64) -> (i64, i64) {
    let all = n("countable") + n("paper_only") + n("unproved");
    match name {
        "exchange" => (n("electronic"), all),
        "exchange_only" => (n("electronic_only"), all),
        "exchange_reachable" => (n("electronic"), all - n("off_network")),
        "exchange_only_reachable" => (n("electronic_only_reachable"), all - n("off_network")),
        "with_paper" => (n("with_paper"), all),
        "signed" => (n("agency_signed"), n("offered")),
        "both_signed" => (n("both_signed"), n("offered")),
        "agency_only" => (n("agency_signed") - n("both_signed"), n("offered")),
        "unsigned" => (
            n("offered") - n("agency_signed") - n("undecided"),
            n("offered"),
        ),
        "undecided" => (n("undecided"), n("offered")),
        "delivered_signed" => (n("delivered_agency_signed"), n("delivered_documents")),
        "delivered_both_signed" => (n("delivered_both_signed"), n("delivered_documents")),
        "issued_late" => (n("issued_late"), n("offered")),
        "opened" => (n("opened"), n("received")),
        "accepted" => (n("accepted"), n("delivered")),
        "answered_in_time" => (n("answered_in_time"), n("delivered")),
        "answered_same_day" => (n("answered_same_day"), n("delivered")),
        "own_answers_in_time" => (n("received_answered_in_time"), n("received")),
        "own_answers_same_day" => (n("received_answered_same_day"), n("received")),
        "completed_in_time" => (n("completed_in_time"), n("with_due")),
        other => panic!("{other} is in no text"),
    }
}

fn counts() -> impl Strategy<Value = Counts> {
    let measures: Vec<Measure> = Measure::plain().collect();
    let some = proptest::sample::subsequence(measures.clone(), 0..=measures.len());
    some.prop_flat_map(|measures| {
        let values = proptest::collection::vec(0_i64..2000, measures.len());
        values.prop_map(move |values| measures.iter().copied().zip(values).collect())
    })
}

proptest! {
    #[test]
    fn every_rate_is_what_its_words_say(counts in counts(), days in 0_u32..60) {
        let named: BTreeMap<String, i64> = counts.iter().map(|(m, n)| (m.name(), *n)).collect();
        let n = |name: &str| named.get(name).copied().unwrap_or(0);
        let unit = UnitRates::new(code("H1"), counts, days);
        let covered = n("register_days");
        for (definition, rate) in unit.rates() {
            let (over, under) = again(definition.name, &n);
            prop_assert_eq!(rate.numerator, over);
            prop_assert_eq!(rate.denominator.so_far(), under);
            let needs = definition.name.starts_with("exchange") || definition.name == "with_paper";
            let whole = days > 0 && covered >= i64::from(days);
            prop_assert_eq!(rate.denominator.known().is_some(), !needs || whole);
            let is_unknown = matches!(rate.denominator, Denominator::Unknown { .. });
            prop_assert_eq!(is_unknown, needs && !whole && covered == 0);
            // In whole numbers: the half up, by counting how many tenths fit.
            let tenths = rate.per_mille();
            prop_assert_eq!(tenths.is_some(), (!needs || whole) && under > 0);
            if let Some(tenths) = tenths {
                prop_assert!(2 * under * tenths - under <= 2000 * over);
                prop_assert!(2000 * over < 2 * under * tenths + under);
            }
        }
        let share = |name: &str| unit.rate(known(name)).numerator;
        let parts = ["both_signed", "agency_only", "unsigned", "undecided"].map(share);
        prop_assert_eq!(parts.iter().sum::<i64>(), n("offered"));
    }

    #[test]
    fn places_are_those_of_the_exact_fractions(
        all in proptest::collection::vec((0_i64..50, 1_i64..50), 1..30),
    ) {
        let rates: BTreeMap<UnitCode, Rate> = all
            .iter()
            .enumerate()
            .map(|(i, (over, under))| (code(&format!("H{i}")), Rate::of(*over, *under)))
            .collect();
        let places = rank(known("signed"), &rates);
        let lower = rank(known("issued_late"), &rates);
        for (one, rate) in &rates {
            let (over, under) = rate.fraction().expect("known");
            prop_assert_eq!(places.contains_key(one), under >= RANKED_FROM);
            let Some(place) = places.get(one) else { continue };
            let better = |o: &&Rate| {
                let (a, b) = o.fraction().expect("known");
                b >= RANKED_FROM && a * under > over * b
            };
            let worse = |o: &&Rate| {
                let (a, b) = o.fraction().expect("known");
                b >= RANKED_FROM && a * under < over * b
            };
            prop_assert_eq!(place.place as usize, rates.values().filter(better).count() + 1);
            prop_assert_eq!(place.of as usize, places.len());
            prop_assert_eq!(lower[one].place as usize, rates.values().filter(worse).count() + 1);
        }
    }

    #[test]
    fn sums_are_those_of_the_units(all in proptest::collection::vec(counts(), 5)) {
        let (registry, period) = (registry(), period("2026-11"));
        let codes = ["H1", "H1.1", "H1.2", "H1.3", "H9"];
        let totals: BTreeMap<UnitCode, Counts> =
            codes.iter().map(|c| code(c)).zip(all).collect();
        let tree = tree(&totals, &registry, period, None);
        for measure in Measure::plain() {
            let n = |c: &str| totals[&code(c)].get(&measure).copied().unwrap_or(0);
            let below: i64 = ["H1", "H1.1", "H1.2", "H1.3"].map(n).iter().sum();
            let above = &tree.above[&code("H1")];
            prop_assert_eq!(above.counts.get(&measure).copied().unwrap_or(0), below);
            // What the registry does not know is in the sum of all only.
            let all = tree.all.counts.get(&measure).copied().unwrap_or(0);
            prop_assert_eq!(all, below + n("H9"));
        }
        let one = tree::tree(&totals, &registry, period, Some(&code("H1.1")));
        prop_assert_eq!(&one.all.counts, &totals[&code("H1.1")]);
        prop_assert_eq!(one.all.units, 1);
        // H1.3 and H1.4 are no more: three units should have a register.
        prop_assert_eq!(tree.all.units, 3);
        let whole = |c: &&&str| {
            totals[&code(c)].get(&Measure::RegisterDays).is_some_and(|n| *n >= 30)
        };
        let whole: Vec<&str> = ["H1", "H1.1", "H1.2"].iter().filter(whole).copied().collect();
        prop_assert_eq!(tree.all.whole as usize, whole.len());
        let exchange = tree.all.rate(known("exchange"));
        prop_assert_eq!(exchange.denominator.known().is_some(), !whole.is_empty());
        if !whole.is_empty() {
            let n = |c: &&str| totals[&code(c)].get(&Measure::Electronic).copied().unwrap_or(0);
            prop_assert_eq!(exchange.numerator, whole.iter().map(n).sum::<i64>());
        }
    }
}

#[test]
fn halves_are_rounded_up_and_nothing_overflows() {
    for (over, under, tenths) in [
        (39, 40, Some(975)),
        (1, 2000, Some(1)),
        (1, 2001, Some(0)),
        (2, 3, Some(667)),
        (1, 8, Some(125)),
        (1, 16, Some(63)),
        (0, 5, Some(0)),
        (0, 0, None),
        (i64::MAX, i64::MAX, Some(1000)),
    ] {
        assert_eq!(Rate::of(over, under).per_mille(), tenths, "{over}/{under}");
    }
}

#[test]
fn a_register_is_whole_for_the_days_of_the_units_life() {
    let registry = registry();
    for (unit, of, days) in [
        ("H1.1", "2025-06", 30),
        ("H1.3", "2025-06", 30),
        ("H1.3", "2025-07", 0),
        ("H1.2", "2025-06", 0),
        ("H1.2", "2025-07", 31),
        // Of 15 June to 14 July the new unit has fourteen days, the old ones sixteen.
        ("H1.2", "2025-07@15", 14),
        ("H1.4", "2025-07@15", 16),
        ("H9", "2025", 365),
    ] {
        assert_eq!(
            days_of(&registry, &code(unit), period(of)),
            days,
            "{unit} {of}"
        );
    }
}

#[test]
fn the_closest_target_holds_and_is_met_exactly() {
    let of = |scope, from: &str, per_mille| Target {
        rate: known("signed"),
        scope,
        from: day(from),
        per_mille,
        basis: "KH".into(),
    };
    let all = [
        of(Scope::All, "2020-01-01", 800),
        of(Scope::Level(Level::Commune), "2020-01-01", 850),
        of(Scope::Level(Level::Commune), "2026-01-01", 900),
        of(Scope::Unit(code("H1.1")), "2019-01-01", 700),
    ];
    let registry = registry();
    let unit = |c: &str| registry.unit(&code(c)).expect("unit");
    let at = |c: &str, on: &str| {
        let found = target(&all, known("signed"), unit(c), day(on));
        found.map(|target| target.per_mille)
    };
    assert_eq!(at("H1", "2026-11-30"), Some(800));
    assert_eq!(at("H1.2", "2025-12-31"), Some(850));
    assert_eq!(at("H1.2", "2026-01-01"), Some(900));
    assert_eq!(at("H1.1", "2026-01-01"), Some(700));
    assert_eq!(at("H1.2", "2019-12-31"), None);
    assert!(target(&all, known("exchange"), unit("H1"), day("2026-01-01")).is_none());
    let of_900 = &all[2];
    let met = |over, under| standing(of_900, &Rate::of(over, under)).map(|s| (s.distance, s.met));
    assert_eq!(met(18, 20), Some((0, true)));
    // Printed as 90,0 %, and not reached.
    assert_eq!(met(89_999, 100_000), Some((0, false)));
    assert_eq!(met(39, 40), Some((75, true)));
    assert_eq!(met(0, 0), None);
    let late = Target {
        rate: known("issued_late"),
        per_mille: 50,
        ..of_900.clone()
    };
    assert!(standing(&late, &Rate::of(5, 100)).expect("rate").met);
    assert!(!standing(&late, &Rate::of(6, 100)).expect("rate").met);
}

#[test]
fn a_unit_is_compared_with_all_that_became_it() {
    let registry = registry();
    let (june, july) = (period("2025-06"), period("2025-07"));
    let of = |over, under| Counts::from([(Measure::AgencySigned, over), (Measure::Offered, under)]);
    let before = BTreeMap::from([
        (code("H1.1"), of(39, 40)),
        (code("H1.3"), of(9, 30)),
        (code("H1.4"), of(6, 10)),
    ]);
    let after = BTreeMap::from([(code("H1.1"), of(40, 40)), (code("H1.2"), of(30, 40))]);
    let compared = |unit: &str, earlier, later| {
        let unit = code(unit);
        let (before, after) = ((earlier, &before), (later, &after));
        compare(&registry, &unit, known("signed"), before, after)
    };
    assert_eq!(compared("H1.1", june, july).change, Change::Points(25));
    let merged = compared("H1.2", june, july);
    assert_eq!(merged.change, Change::Points(375));
    assert_eq!(merged.before, Some(Rate::of(15, 40)));
    let predecessors: Vec<_> = merged.predecessors.into_iter().collect();
    assert_eq!(predecessors, [code("H1.3"), code("H1.4")]);
    // A predecessor went into something that is more than it.
    assert_eq!(compared("H1.3", june, july).change, Change::NotComparable);
    // After the change it is itself, and had nothing.
    let later = compared("H1.2", july, july.next());
    assert_eq!((later.change, later.predecessors.len()), (Change::None, 0));
}

#[test]
fn the_same_period_of_the_year_before() {
    for (now, before) in [
        ("2026-11", "2025-11"),
        ("2026-Q4@15", "2025-Q4@15"),
        ("2026", "2025"),
        ("2024-02-29", "2023-02-28"),
        ("2026-W53", "2025-W52"),
        ("2026-W10", "2025-W10"),
    ] {
        assert_eq!(year_before(period(now)), Some(period(before)), "{now}");
    }
}
