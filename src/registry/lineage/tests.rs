use super::*;
use SuccessionKind::{Abolish, Merge, Part, Rename, Split};
use proptest::prelude::*;

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
        basis: "NQ 1682/NQ-UBTVQH15".to_owned(),
        from: from.iter().map(|text| code(text)).collect(),
        to: to.iter().map(|text| code(text)).collect(),
    }
}

fn lineage(all: Vec<Succession>) -> Lineage {
    Lineage::new(all, |_| true).expect("changes")
}

fn became(lineage: &Lineage, unit: &str, on: &str) -> Option<String> {
    match lineage.standing(&code(unit), day(on)) {
        Standing::Became(unit, _) => Some(unit.to_string()),
        Standing::InForce | Standing::OneOf(..) | Standing::Abolished(_) => None,
    }
}

#[test]
fn a_code_leads_to_its_one_successor_from_the_day_on() {
    let known = lineage(vec![
        change(Merge, "2025-07-01", &["A", "B"], &["M"]),
        change(Rename, "2026-01-01", &["M"], &["N"]),
    ]);
    assert_eq!(
        known.standing(&code("A"), day("2025-06-30")),
        Standing::InForce
    );
    assert_eq!(became(&known, "A", "2025-07-01").as_deref(), Some("M"));
    assert_eq!(became(&known, "A", "2025-12-31").as_deref(), Some("M"));
    assert_eq!(became(&known, "A", "2026-01-01").as_deref(), Some("N"));
    assert_eq!(known.end(&code("M")), Some(day("2026-01-01")));
    assert_eq!(known.changes_of(&code("M")).count(), 2);
}

#[test]
fn what_takes_others_in_stays() {
    let known = lineage(vec![change(Merge, "2025-07-01", &["A", "B"], &["A"])]);
    assert_eq!(
        known.standing(&code("A"), day("2026-01-01")),
        Standing::InForce
    );
    assert_eq!(became(&known, "B", "2026-01-01").as_deref(), Some("A"));
}

#[test]
fn of_several_successors_none_is_chosen() {
    let split = change(Split, "2025-07-01", &["A"], &["B", "C"]);
    let known = lineage(vec![split.clone()]);
    let both = vec![code("B"), code("C")];
    assert_eq!(
        known.standing(&code("A"), day("2025-07-01")),
        Standing::OneOf(both, split)
    );
    // "Một phần" to one, "phần còn lại" to the other, as in khoản 62–67.
    let merged = change(Merge, "2025-07-01", &["A", "X"], &["B"]);
    let part = change(Part, "2025-07-01", &["A"], &["C"]);
    let known = lineage(vec![merged.clone(), part]);
    let both = vec![code("B"), code("C")];
    assert_eq!(
        known.standing(&code("A"), day("2025-07-01")),
        Standing::OneOf(both, merged)
    );
    assert_eq!(became(&known, "X", "2025-07-01").as_deref(), Some("B"));
}

#[test]
fn who_gives_a_part_away_stays_and_who_is_abolished_leads_nowhere() {
    let abolished = change(Abolish, "2025-07-01", &["D"], &[]);
    let part = change(Part, "2025-01-01", &["A"], &["B"]);
    let known = lineage(vec![abolished.clone(), part]);
    assert_eq!(
        known.standing(&code("A"), day("2026-01-01")),
        Standing::InForce
    );
    assert_eq!(
        known.standing(&code("D"), day("2026-01-01")),
        Standing::Abolished(abolished)
    );
}

#[test]
fn changes_that_contradict_each_other_are_refused() {
    let all = |changes: Vec<Succession>| {
        Lineage::new(changes, |unit| unit.as_str() != "UNKNOWN").expect_err("refused")
    };
    for (kind, from, to) in [
        (Merge, &["A"][..], &["A"][..]),
        (Merge, &["A", "B"], &[]),
        (Merge, &["A", "B"], &["C", "D"]),
        (Merge, &["A", "A"], &["C"]),
        (Split, &["A"], &["B"]),
        (Split, &["A", "B"], &["C", "D"]),
        (Part, &["A"], &["A", "B"]),
        (Part, &["A"], &[]),
        (Rename, &["A"], &["A"]),
        (Rename, &["A"], &["B", "C"]),
        (Abolish, &["A"], &["B"]),
        (Abolish, &[], &[]),
    ] {
        let error = all(vec![change(kind, "2025-07-01", from, to)]);
        assert!(
            matches!(error, LineageError::Units { .. }),
            "{kind} {from:?} {to:?}: {error}"
        );
    }
    let unknown = change(Rename, "2025-07-01", &["A"], &["UNKNOWN"]);
    assert!(matches!(
        all(vec![unknown]),
        LineageError::UnknownUnit { .. }
    ));
    let mut unfounded = change(Rename, "2025-07-01", &["A"], &["B"]);
    unfounded.basis = " ".to_owned();
    assert!(matches!(all(vec![unfounded]), LineageError::NoBasis { .. }));
    let twice = [
        change(Rename, "2025-07-01", &["A"], &["B"]),
        change(Abolish, "2026-07-01", &["A"], &[]),
    ];
    assert!(matches!(
        all(twice.to_vec()),
        LineageError::EndedTwice { .. }
    ));
    // A circle, and changes after the end.
    for later in ["2025-07-01", "2025-06-01", "2026-07-01"] {
        let circle = [
            change(Rename, "2025-07-01", &["A"], &["B"]),
            change(Rename, later, &["B"], &["A"]),
        ];
        assert!(
            matches!(all(circle.to_vec()), LineageError::Ended { .. }),
            "{later}"
        );
    }
    let gone = [
        change(Abolish, "2025-07-01", &["A"], &[]),
        change(Part, "2025-07-02", &["A"], &["B"]),
    ];
    assert!(matches!(all(gone.to_vec()), LineageError::Ended { .. }));
}

fn any_change() -> impl Strategy<Value = Succession> {
    let unit = || prop::sample::select(vec!["A", "B", "C", "D", "E", "F"]);
    let units = |range| prop::collection::vec(unit(), range);
    let kind = prop::sample::select(vec![Merge, Split, Part, Rename, Abolish]);
    let days = prop::sample::select(vec!["2025-01-01", "2025-07-01", "2026-01-01", "2026-07-01"]);
    (kind, days, units(1..4), units(0..3))
        .prop_map(|(kind, on, from, to)| change(kind, on, &from, &to))
}

proptest! {
    #[test]
    fn whatever_is_taken_leads_somewhere_and_nowhere_twice(
        changes in prop::collection::vec(any_change(), 0..6),
        unit in prop::sample::select(vec!["A", "B", "C", "D", "E", "F"]),
        on in prop::sample::select(vec!["2024-12-31", "2025-01-01", "2025-12-31", "2027-01-01"]),
    ) {
        let mut other_order = changes.clone();
        other_order.reverse();
        let Ok(known) = Lineage::new(changes, |_| true) else {
            prop_assert!(Lineage::new(other_order, |_| true).is_err());
            return Ok(());
        };
        let standing = known.standing(&code(unit), day(on));
        let again = Lineage::new(other_order, |_| true).expect("the same changes");
        prop_assert_eq!(&again.standing(&code(unit), day(on)), &standing, "whatever their order");
        let ended = known.end(&code(unit)).is_some_and(|end| end <= day(on));
        prop_assert_eq!(ended, standing != Standing::InForce);
        if let Standing::Became(unit, _) = standing {
            prop_assert_eq!(known.standing(&unit, day(on)), Standing::InForce);
        }
    }
}
