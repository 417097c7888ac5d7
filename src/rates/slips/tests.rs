use super::*;
use crate::registry::{Channel, Details, Parts, Reached, Succession, SuccessionKind};

fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).expect("code")
}

fn day(text: &str) -> LocalDay {
    LocalDay::parse(text).expect("day")
}

fn unit(text: &str, via: Via) -> Unit {
    Unit {
        code: code(text),
        name: text.into(),
        kind: UnitKind::State,
        parent: None,
        channel: Channel::Pull,
        details: Details {
            reached: vec![Reached {
                from: day("2020-01-01"),
                via,
            }],
            ..Details::default()
        },
    }
}

/// What a test says of the figures; the last number of a row is that of November 2026.
#[derive(Default)]
struct Told {
    rows: Vec<(&'static str, Measure, [i64; 7])>,
    waiting: BTreeMap<UnitCode, Waiting>,
    ends: BTreeMap<UnitCode, LocalDay>,
    joined: BTreeMap<UnitCode, LocalDay>,
}

impl Told {
    fn found(&self, registry: &Registry) -> Vec<Slip> {
        let mut at = Period::parse("2026-11").expect("period");
        let mut months: Vec<(Period, BTreeMap<UnitCode, Counts>)> = Vec::new();
        for place in (0..7).rev() {
            let mut totals: BTreeMap<UnitCode, Counts> = BTreeMap::new();
            for (unit, measure, all) in &self.rows {
                let counts = totals.entry(code(unit)).or_default();
                counts.insert(*measure, all[place]);
            }
            months.insert(0, (at, totals));
            at = at.previous();
        }
        let months: Vec<_> = months.iter().map(|(at, totals)| (*at, totals)).collect();
        slips(&Looked {
            registry,
            months: &months,
            waiting: &self.waiting,
            ends: &self.ends,
            joined: &self.joined,
            beside: 0,
            today: day("2026-12-01"),
        })
    }

    fn kinds(&self) -> Vec<(String, SlipKind)> {
        let units = vec![unit("H1", Via::Gateway), unit("H2", Via::Gateway)];
        let registry = Registry::new(units, Vec::new()).expect("registry");
        let found = self.found(&registry);
        found
            .iter()
            .map(|slip| (slip.unit.to_string(), slip.kind))
            .collect()
    }
}

fn rows(rows: &[(&'static str, Measure, [i64; 7])]) -> Told {
    Told {
        rows: rows.to_vec(),
        ..Told::default()
    }
}

#[test]
fn a_drop_is_below_half_of_its_own_median_and_by_ten() {
    let dropped = |all| rows(&[("H1", Measure::Offered, all)]).kinds().len();
    for (all, slips) in [
        ([40, 42, 38, 41, 39, 40, 19], 1),
        // Half is not below half.
        ([40, 40, 40, 40, 40, 40, 20], 0),
        // Ten fewer than 18, and below half: 8.
        ([18, 18, 18, 18, 18, 18, 8], 1),
        ([16, 16, 16, 16, 16, 16, 7], 0),
        // One great month moves no median.
        ([10, 400, 10, 10, 10, 10, 10], 0),
        ([0, 0, 0, 0, 0, 0, 0], 0),
        ([40, 40, 40, 40, 40, 40, 0], 1),
    ] {
        assert_eq!(dropped(all), slips, "{all:?}");
    }
}

#[test]
fn paper_is_told_when_its_share_rises_by_a_tenth() {
    let of = |paper: [i64; 7], all: [i64; 7]| {
        let told = rows(&[
            ("H1", Measure::PaperOnly, paper),
            ("H1", Measure::Countable, all),
        ]);
        told.kinds()
    };
    let risen = of([1, 1, 1, 1, 1, 1, 20], [99, 99, 99, 99, 99, 99, 80]);
    assert_eq!(risen, [("H1".into(), SlipKind::BackToPaper)]);
    // From 10 % to 19 %: not by a tenth of all.
    assert_eq!(of([10; 7], [90; 7]), []);
    assert_eq!(
        of([10, 10, 10, 10, 10, 10, 19], [90, 90, 90, 90, 90, 90, 81]),
        []
    );
    // Nine on paper are too few to say anything.
    assert_eq!(of([0, 0, 0, 0, 0, 0, 9], [9; 7]), []);
}

#[test]
fn who_joined_and_never_sent_is_told_with_the_day() {
    let mut told = rows(&[("H2", Measure::Offers, [0, 0, 0, 1, 0, 0, 0])]);
    told.joined = [
        (code("H1"), day("2026-03-05")),
        (code("H2"), day("2026-03-05")),
    ]
    .into();
    assert_eq!(told.kinds(), [("H1".into(), SlipKind::NeverSent)]);
    // In the month in which it joined nothing is held against it.
    told.joined.insert(code("H1"), day("2026-11-02"));
    assert_eq!(told.kinds(), []);
}

#[test]
fn what_waits_for_a_week_is_not_being_opened() {
    let mut told = Told::default();
    let mut kinds = |since: &str, count| {
        let since = day(since);
        told.waiting.insert(code("H1"), Waiting { count, since });
        told.kinds().len()
    };
    assert_eq!(kinds("2026-11-24", 3), 1);
    assert_eq!(kinds("2026-11-25", 3), 0);
    assert_eq!(kinds("2026-11-24", 0), 0);
}

#[test]
fn certificates_are_ordered_by_what_their_units_move() {
    let mut told = rows(&[
        ("H1", Measure::Offered, [10; 7]),
        ("H2", Measure::Offered, [30; 7]),
    ]);
    let end = day("2027-01-30");
    told.ends = [(code("H1"), end), (code("H2"), end)].into();
    let registry = Registry::new(
        vec![unit("H1", Via::Gateway), unit("H2", Via::Gateway)],
        Vec::new(),
    );
    let found = told.found(&registry.expect("registry"));
    let told: Vec<(&str, i64, i64)> = found
        .iter()
        .map(|slip| (slip.unit.as_str(), slip.weight, slip.now))
        .collect();
    assert_eq!(told, [("H2", 750, 60), ("H1", 250, 60)]);
}

#[test]
fn units_that_are_not_here_or_no_more_are_left_alone() {
    let change = Succession {
        kind: SuccessionKind::Abolish,
        on: day("2026-11-30"),
        basis: "NQ".into(),
        from: vec![code("H2")],
        to: Vec::new(),
    };
    let registry = Registry::of(Parts {
        units: vec![unit("H1", Via::Axis), unit("H2", Via::Gateway)],
        bindings: Vec::new(),
        changes: vec![change],
    });
    let away = Succession {
        kind: SuccessionKind::Part,
        on: day("2026-11-01"),
        basis: "NQ".into(),
        from: vec![code("H3")],
        to: vec![code("H1")],
    };
    let part = Registry::of(Parts {
        units: vec![unit("H1", Via::Axis), unit("H3", Via::Gateway)],
        bindings: Vec::new(),
        changes: vec![away],
    });
    let gave = rows(&[("H3", Measure::Offered, [40, 40, 40, 40, 40, 40, 0])]);
    assert_eq!(gave.found(&part.expect("registry")), []);
    let told = rows(&[
        ("H1", Measure::Offered, [40, 40, 40, 40, 40, 40, 0]),
        ("H2", Measure::Offered, [40, 40, 40, 40, 40, 40, 0]),
    ]);
    assert_eq!(told.found(&registry.expect("registry")), []);
}
