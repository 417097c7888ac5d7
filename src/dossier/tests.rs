//! Laws that hold for every procedure and every set, and the table of conditions and contradictions.

use super::*;
use crate::model::{Digest, Indication, LocalDay};
use crate::policy::SignedFile;
use crate::registry::Level;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn day(text: &str) -> LocalDay {
    LocalDay::parse(text).expect("day")
}

fn today() -> LocalDay {
    day("2026-11-24")
}

fn component(id: &str) -> Component {
    Component {
        id: id.into(),
        name: format!("Thành phần {id}"),
        forms: BTreeSet::from([Form::Original, Form::Electronic]),
        template: None,
        copies: 1,
        signed_by: SignedBy::Nobody,
        valid: None,
        when: None,
        one_of: None,
        several: false,
        in_database: None,
        basis: None,
    }
}

fn procedure(components: Vec<Component>) -> Procedure {
    Procedure {
        code: "1.000001".into(),
        name: "Thủ tục mẫu".into(),
        field: "Hộ tịch".into(),
        level: Level::Commune,
        basis: "Quyết định mẫu".into(),
        version: 1,
        from: day("2025-07-01"),
        until: None,
        term: Term::WorkingDays(5),
        fee: false,
        sample: true,
        source: None,
        facts: BTreeMap::new(),
        conditions: BTreeMap::new(),
        components,
    }
}

fn flag() -> Fact {
    Fact {
        question: "Có không?".into(),
        kind: FactKind::Flag,
    }
}

fn file(id: &str, seed: u8) -> Offered {
    Offered {
        component: Some(id.into()),
        form: Form::Electronic,
        copies: 1,
        template: None,
        issued: None,
        content: Content::File {
            digest: Digest::of(&[seed]),
            signatures: Some(SignedFile::default()),
        },
    }
}

fn problems(answer: &Answer) -> Vec<Problem> {
    answer.items.iter().map(|item| item.problem).collect()
}

fn checked(procedure: &Procedure, facts: &Facts, offered: &[Offered]) -> Answer {
    let day = today();
    check(
        procedure,
        &Presented {
            day,
            facts,
            offered,
        },
    )
}

#[test]
fn conditions_are_read_as_they_are_written() {
    for (text, shown) in [
        ("a", "a"),
        ("not a", "not a"),
        ("a and b or c", "(a and b) or c"),
        ("a and (b or c)", "a and (b or c)"),
        ("not (a or b)", "not (a or b)"),
        (
            "so_con >= 2 and loai == 'xây mới'",
            "so_con >= 2 and loai == 'xây mới'",
        ),
        ("x<-3", "x < -3"),
    ] {
        let read = Condition::parse(text).expect(text);
        assert_eq!(read.to_string(), shown);
        assert_eq!(Condition::parse(shown).as_ref(), Ok(&read));
    }
    let deep = format!("{}a{}", "(".repeat(17), ")".repeat(17));
    let long = "a and ".repeat(100);
    for (text, at) in [
        ("", 1),
        ("a b", 3),
        ("and a", 1),
        ("a and", 6),
        ("(a", 3),
        ("a)", 2),
        ("a == ", 6),
        ("a = 1", 3),
        ("a < 'x'", 3),
        ("a == 'x", 6),
        ("a == b", 6),
        ("Ab", 1),
        ("a; b", 2),
        ("a == 99999999999999999999", 6),
        ("'x' == a", 1),
        (&deep, 17),
        (&long, 500),
    ] {
        assert_eq!(Condition::parse(text).map_err(|e| e.at), Err(at), "{text}");
    }
}

#[test]
fn what_is_not_declared_is_neither_true_nor_false() {
    let facts: Facts = [("a".to_owned(), Value::Flag(true))].into();
    let none = BTreeMap::new();
    for (text, holds) in [
        ("a", Some(true)),
        ("b", None),
        ("a or b", Some(true)),
        ("b or a", Some(true)),
        ("a and b", None),
        ("not a and b", Some(false)),
        ("not b", None),
        ("n > 1", None),
    ] {
        let condition = Condition::parse(text).expect(text);
        assert_eq!(condition.holds(&facts, &none), holds, "{text}");
    }
}

#[test]
fn contradictions_are_found_at_their_place() {
    let with = |change: fn(&mut Procedure)| {
        let mut procedure = procedure(vec![component("a"), component("b")]);
        change(&mut procedure);
        contradictions(&procedure)
    };
    assert_eq!(with(|_| {}), []);
    let on = |p: &mut Procedure, text: &str| {
        if let Some(first) = p.components.first_mut() {
            first.when = Condition::parse(text).ok();
        }
    };
    let place = |found: Vec<(Place, Contradiction)>| -> Vec<Place> {
        found.into_iter().map(|(place, _)| place).collect()
    };
    assert_eq!(place(with(|p| p.components.clear())), [Place::Procedure]);
    assert_eq!(
        place(with(|p| p.until = Some(day("2025-06-30")))),
        [Place::Procedure]
    );
    assert_eq!(
        place(with(|p| p.components.push(component("a")))),
        [Place::Component(2)]
    );
    let found = with(|p| p.components = vec![component("a"); 10_000]);
    assert_eq!(place(found), [Place::Component(MAX_COMPONENTS)]);
    let mut p = procedure(vec![component("a"), component("b")]);
    on(&mut p, "x and n == 1");
    assert_eq!(
        contradictions(&p),
        [
            (Place::Component(0), Contradiction::Unknown("n".into())),
            (Place::Component(0), Contradiction::Unknown("x".into())),
        ]
    );
    p.facts.insert("x".into(), flag());
    on(&mut p, "x and not x");
    let never = Contradiction::Never("x and not x".into());
    assert_eq!(contradictions(&p), [(Place::Component(0), never)]);
    let read = |text: &str| Condition::parse(text).expect(text);
    p.conditions = [
        ("u".to_owned(), read("v or x")),
        ("v".to_owned(), read("u")),
    ]
    .into();
    on(&mut p, "u");
    let circle = |way: [&str; 3]| Contradiction::Circle(way.map(str::to_owned).to_vec());
    assert_eq!(
        contradictions(&p),
        [
            (Place::Condition("u".into()), circle(["u", "v", "u"])),
            (Place::Condition("v".into()), circle(["v", "u", "v"])),
        ]
    );
    let database = with(|p| {
        p.facts.insert("x".into(), flag());
        if let Some(first) = p.components.first_mut() {
            first.in_database = Some("CSDL".into());
            first.when = Condition::parse("x").ok();
        }
    });
    assert_eq!(
        database,
        [(Place::Component(0), Contradiction::DatabaseAsked)]
    );
    let idle = with(|p| drop(p.facts.insert("x".into(), flag())));
    assert_eq!(
        idle,
        [(Place::Fact("x".into()), Contradiction::Idle("x".into()))]
    );
}

#[test]
fn an_alternative_stands_for_the_others_and_the_better_one_is_taken() {
    let one_of = |id: &str| Component {
        one_of: Some("giay-to".into()),
        signed_by: SignedBy::Citizen,
        ..component(id)
    };
    let list = procedure(vec![one_of("a"), one_of("b")]);
    let none = Facts::new();
    let missing = checked(&list, &none, &[]);
    assert_eq!(problems(&missing), [Problem::Missing]);
    let signed = |id: &str, seed| Offered {
        content: Content::File {
            digest: Digest::of(&[seed]),
            signatures: Some(SignedFile {
                anybody: true,
                ..SignedFile::default()
            }),
        },
        ..file(id, seed)
    };
    assert_eq!(
        checked(&list, &none, &[signed("b", 1)]).outcome,
        Outcome::Complete
    );
    let both = checked(&list, &none, &[file("a", 1), signed("b", 2)]);
    assert_eq!(problems(&both), [Problem::OtherAlternative]);
    assert_eq!(both.items[0].component.as_deref(), Some("a"));
}

#[test]
fn a_signature_that_failed_is_never_overlooked() {
    let every = [
        SignedBy::Nobody,
        SignedBy::Citizen,
        SignedBy::Person,
        SignedBy::Agency,
        SignedBy::AgencyAndPerson,
    ];
    for signed_by in every {
        let list = procedure(vec![Component {
            signed_by,
            ..component("a")
        }]);
        let of = |signatures| {
            let offered = Offered {
                content: Content::File {
                    digest: Digest::of(b"x"),
                    signatures,
                },
                ..file("a", 1)
            };
            problems(&checked(&list, &Facts::new(), &[offered]))
        };
        let all = SignedFile {
            agency: true,
            person: true,
            anybody: true,
            worst: None,
        };
        let failed = Some((Indication::TotalFailed, None));
        assert_eq!(of(Some(all)), [], "{signed_by}");
        assert_eq!(
            of(Some(SignedFile {
                worst: failed,
                ..all
            })),
            [Problem::WronglySigned]
        );
        assert_eq!(of(None), [Problem::Unreadable]);
        let waits = SignedFile {
            worst: Some((Indication::Indeterminate, None)),
            ..SignedFile::default()
        };
        let expected: &[Problem] = match signed_by {
            SignedBy::Nobody => &[],
            SignedBy::Citizen | SignedBy::Person | SignedBy::Agency | SignedBy::AgencyAndPerson => {
                &[Problem::SignatureUndecided]
            }
        };
        assert_eq!(of(Some(waits)), expected, "{signed_by}");
    }
}

#[test]
fn the_ground_is_that_of_the_day() {
    let list = procedure(vec![Component {
        in_database: Some("CSDL".into()),
        ..component("a")
    }]);
    let on = |text: &str| {
        let (day, facts, offered) = (day(text), &Facts::new(), &[file("a", 1)]);
        let presented = Presented {
            day,
            facts,
            offered,
        };
        let answer = check(&list, &presented);
        assert_eq!(problems(&answer), [Problem::InDatabase]);
        answer.items[0].ground
    };
    assert_eq!(on("2026-06-30"), Ground::NothingBeyond);
    assert_eq!(on("2026-07-01"), Ground::PublishedDatabase);
}

#[test]
fn the_last_day_still_counts() {
    let list = |valid| {
        procedure(vec![Component {
            valid: Some(valid),
            ..component("a")
        }])
    };
    let issued = |valid, issued: Option<&str>| {
        let offered = Offered {
            issued: issued.map(day),
            ..file("a", 1)
        };
        problems(&checked(&list(valid), &Facts::new(), &[offered]))
    };
    let months = Validity::Months(6);
    assert_eq!(issued(months, Some("2026-05-24")), []);
    assert_eq!(issued(months, Some("2026-05-23")), [Problem::OutOfDate]);
    assert_eq!(issued(months, Some("2026-11-25")), [Problem::IssuedLater]);
    assert_eq!(issued(months, None), [Problem::DateNotDeclared]);
    assert_eq!(issued(Validity::Days(1), Some("2026-11-23")), []);
    assert_eq!(
        issued(Validity::Days(1), Some("2026-11-22")),
        [Problem::OutOfDate]
    );
    let last = Validity::Months(1).last_day(day("2026-01-31"));
    assert_eq!(last, Some(day("2026-02-28")));
}

/// Condition, group, several, in a database.
type Drawn = (Option<&'static str>, Option<u8>, bool, bool);

/// A random list over the facts `f0` to `f2`.
fn lists() -> impl Strategy<Value = Procedure> {
    let when = prop::option::of(prop::sample::select(vec![
        "f0",
        "not f0",
        "f1 and f2",
        "f0 or not f2",
        "not (f1 and f0)",
    ]));
    let one = (
        when,
        prop::option::weighted(0.3, 0_u8..2),
        any::<bool>(),
        prop::bool::weighted(0.1),
    );
    prop::collection::vec(one, 1..7).prop_map(|all| {
        let of = |(i, (when, group, several, database)): (usize, Drawn)| {
            let asked = !database;
            Component {
                when: when
                    .filter(|_| asked)
                    .and_then(|text| Condition::parse(text).ok()),
                one_of: group.filter(|_| asked).map(|group| format!("g{group}")),
                several,
                in_database: database.then(|| "CSDL".to_owned()),
                ..component(&format!("c{i}"))
            }
        };
        let mut list = procedure(all.into_iter().enumerate().map(of).collect());
        list.facts = (0..3).map(|n| (format!("f{n}"), flag())).collect();
        list
    })
}

/// A random set: for each some components, some twice, some on no list.
fn sets() -> impl Strategy<Value = (Facts, Vec<Offered>)> {
    let facts = prop::collection::vec(prop::option::weighted(0.9, any::<bool>()), 3);
    let facts = facts.prop_map(|all| {
        let declared = all.into_iter().enumerate();
        let declared = declared.filter_map(|(n, set)| Some((format!("f{n}"), Value::Flag(set?))));
        declared.collect::<Facts>()
    });
    let offered = (
        0_u8..8,
        0_u8..20,
        prop::sample::select(vec![Form::Electronic, Form::Image]),
    );
    let offered = offered.prop_map(|(id, seed, form)| Offered {
        form,
        ..file(&format!("c{id}"), seed)
    });
    (facts, prop::collection::vec(offered, 0..8))
}

proptest! {
    #[test]
    fn the_order_of_the_files_says_nothing(list in lists(), (facts, set) in sets(), seed in any::<u64>()) {
        let mut other = set.clone();
        let mut state = seed;
        for i in (1..other.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let j = usize::try_from(state >> 33).unwrap_or(0).checked_rem(i.saturating_add(1)).unwrap_or(0);
            other.swap(i, j);
        }
        let told = |answer: &Answer, set: &[Offered]| -> Vec<(Problem, Option<String>, Option<Offered>)> {
            let of = |item: &Item| {
                let offered = item.offered.map(|at| set[at].clone());
                (item.problem, item.component.clone(), offered)
            };
            answer.items.iter().map(of).collect()
        };
        let (one, two) = (checked(&list, &facts, &set), checked(&list, &facts, &other));
        prop_assert_eq!(one.outcome, two.outcome);
        prop_assert_eq!(told(&one, &set), told(&two, &other));
    }

    #[test]
    fn what_is_not_asked_for_never_makes_a_set_more_complete(
        list in lists(), (facts, set) in sets(), extra in 0_u8..8, seed in 20_u8..40,
    ) {
        let before = checked(&list, &facts, &set);
        let id = format!("c{extra}");
        let asked = list.component(&id).and_then(|own| list.asks(own, &facts));
        prop_assume!(asked == Some(false) || list.component(&id).is_none());
        let mut more = set.clone();
        more.push(file(&id, seed));
        let after = checked(&list, &facts, &more);
        prop_assert!(after.outcome >= before.outcome || before.outcome == Outcome::Incomplete);
        prop_assert!(after.outcome != Outcome::Complete);
        prop_assert!((before.outcome == Outcome::Incomplete) == (after.outcome == Outcome::Incomplete));
    }

    #[test]
    fn without_one_that_is_asked_for_it_is_never_complete(list in lists(), flags in any::<[bool; 3]>(), which in any::<prop::sample::Index>()) {
        let facts: Facts = flags.iter().enumerate().map(|(n, set)| (format!("f{n}"), Value::Flag(*set))).collect();
        let mut groups = BTreeSet::new();
        let asked = list.components.iter().filter(|own| list.asks(own, &facts) == Some(true));
        let needed = asked.filter(|own| own.one_of.as_ref().is_none_or(|group| groups.insert(group)));
        let ids: Vec<&str> = needed.map(|own| own.id.as_str()).collect();
        let set: Vec<Offered> = (0..).zip(&ids).map(|(seed, id)| file(id, seed)).collect();
        prop_assert_eq!(checked(&list, &facts, &set).outcome, Outcome::Complete);
        prop_assume!(!ids.is_empty());
        let id = which.get(&ids);
        let less: Vec<Offered> = set.into_iter().filter(|one| one.component.as_deref() != Some(id)).collect();
        let answer = checked(&list, &facts, &less);
        prop_assert_eq!(problems(&answer), [Problem::Missing]);
        prop_assert_eq!(answer.items[0].component.as_deref(), Some(*id));
    }

    #[test]
    fn everything_surplus_is_named_and_giving_it_back_leaves_nothing_surplus(list in lists(), (facts, set) in sets()) {
        let answer = checked(&list, &facts, &set);
        let back: BTreeSet<usize> = answer.items.iter().filter(|item| item.problem.is_surplus()).filter_map(|item| item.offered).collect();
        let kept: Vec<Offered> = set.iter().enumerate().filter(|(at, _)| !back.contains(at)).map(|(_, one)| one.clone()).collect();
        let after = checked(&list, &facts, &kept);
        prop_assert!(after.items.iter().all(|item| !item.problem.is_surplus()));
        prop_assert_eq!(answer.outcome == Outcome::Incomplete, after.outcome == Outcome::Incomplete);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a-c0-9 ()<>=!'ornotd_-]{0,40}") {
        if let Ok(read) = Condition::parse(&text) {
            prop_assert_eq!(Condition::parse(&read.to_string()), Ok(read));
        }
    }
}
