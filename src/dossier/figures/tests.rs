//! The clauses of TT 01/2018/TT-VPCP Điều 13, 15 as tables, and every figure against a second model over random histories: it
//! goes through the dossiers figure by figure and reckons in fractions.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "small numbers, which read better as arithmetic"
)]

use super::*;
use proptest::prelude::*;

fn day(text: &str) -> LocalDay {
    LocalDay::parse(text).expect("day")
}

fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).expect("code")
}

/// Taken in complete on 2 November, finished on time on the 6th.
fn whole(number: &str) -> Summary {
    Summary {
        number: number.into(),
        unit: unit("H53.1"),
        procedure: "1.001".into(),
        came: day("2026-11-02"),
        first: Some(First::TakenIn),
        taken_in: true,
        refused: false,
        requests: Vec::new(),
        surplus_offered: 0,
        surplus_asked: Some(0),
        contacts: 0,
        due: Some(day("2026-11-06").at_minute(1020)),
        extended: false,
        finished: Some((day("2026-11-06"), Timeliness::OnTime)),
        parts: Vec::new(),
    }
}

fn asked(number: &str, requests: &[bool]) -> Summary {
    let request = |late: &bool| Requested {
        late: *late,
        items: vec![(Problem::Missing, Some("to-khai".into()))],
    };
    Summary {
        first: Some(First::Asked),
        requests: requests.iter().map(request).collect(),
        contacts: u16::try_from(requests.len()).expect("few"),
        ..whole(number)
    }
}

fn story() -> Vec<Summary> {
    let open = |number: &str| Summary {
        finished: None,
        ..whole(number)
    };
    vec![
        whole("a"),
        asked("b", &[false]),
        asked("c", &[false, true]),
        Summary {
            first: Some(First::Refused),
            taken_in: false,
            refused: true,
            finished: None,
            due: None,
            ..whole("d")
        },
        Summary {
            surplus_offered: 2,
            surplus_asked: Some(1),
            finished: Some((day("2026-11-05"), Timeliness::Early)),
            ..whole("e")
        },
        Summary {
            extended: true,
            finished: Some((day("2026-12-01"), Timeliness::Late)),
            ..whole("f")
        },
        open("g"),
        Summary {
            due: Some(day("2026-12-24").at_minute(1020)),
            ..open("h")
        },
        // Only registered; came in October.
        Summary {
            first: None,
            taken_in: false,
            due: None,
            ..open("i")
        },
        Summary {
            came: day("2026-10-31"),
            ..whole("j")
        },
        // Taken in, and more was asked for later by the agency that decides.
        Summary {
            first: Some(First::TakenIn),
            finished: None,
            due: None,
            ..asked("k", &[true])
        },
        Summary {
            unit: unit("H53.2"),
            procedure: "1.002".into(),
            ..whole("l")
        },
    ]
}

fn november() -> Scope {
    Scope {
        period: Period::parse("2026-11"),
        units: Some([unit("H53.1")].into()),
        procedure: None,
    }
}

#[test]
fn each_figure_counts_what_it_says_and_lists_it() {
    let (all, scope) = (story(), november());
    let as_of = day("2026-12-02").at_minute(600);
    let table = table(&scope, &all, &BTreeMap::new(), as_of);
    for (figure, counted, of) in [
        (Figure::CompleteAtFirst, "aefgh", "abcdefghk"),
        (Figure::Supplemented, "bck", "abcdefghk"),
        (Figure::SupplementedAgain, "c", "bck"),
        (Figure::RequestedLate, "ck", "bck"),
        (Figure::Refused, "d", "abcdefghk"),
        (Figure::SurplusOffered, "e", "abcdefghk"),
        (Figure::SurplusAsked, "e", "abcdefghk"),
        // j came in October and was finished in November; f was finished in December.
        (Figure::Early, "e", "abcej"),
        (Figure::OnTime, "abcj", "abcej"),
        (Figure::Late, "", "abcej"),
        (Figure::InTime, "abcej", "abcej"),
        // NĐ 61/2018/NĐ-CP Điều 30 khoản 2 điểm c: of what was received.
        (Figure::InTimeOfReceived, "abce", "abcefghk"),
        (Figure::Extended, "f", "abcefghk"),
        (Figure::Overdue, "g", "gh"),
        (Figure::NoContact, "aefgh", "abcefghk"),
        (Figure::OneContact, "bk", "abcefghk"),
        (Figure::MoreContacts, "c", "abcefghk"),
    ] {
        let list = |all_of| -> String {
            let found = scope.dossiers(figure, all_of, &all, as_of);
            found.iter().map(|own| own.number.as_str()).collect()
        };
        assert_eq!(list(false), counted, "{figure}");
        assert_eq!(list(true), of, "{figure}");
        let share = Share {
            counted: u64::try_from(counted.len()).expect("few"),
            of: u64::try_from(of.len()).expect("few"),
        };
        assert_eq!(table.total.share(figure), share, "{figure}");
    }
    assert_eq!((table.total.requests, table.total.contacts), (4, 4));
    assert_eq!(table.total.contacts_per_hundred(), Some(50));
    let to_khai = ("1.001".into(), Some("to-khai".into()), Problem::Missing);
    assert_eq!(table.total.asked_for, [(to_khai, 4)].into());
    let keys: Vec<_> = table.rows.keys().cloned().collect();
    assert_eq!(keys, [(unit("H53.1"), "1.001".to_owned())]);
}

#[test]
fn a_rate_of_nothing_is_none_and_others_are_rounded_half_up() {
    for (counted, of, expected) in [
        (0, 0, None),
        (0, 3, Some(0)),
        (1, 3, Some(333)),
        (2, 3, Some(667)),
        (1, 2_000, Some(1)),
        (3, 3, Some(1_000)),
    ] {
        assert_eq!(Share { counted, of }.per_mille(), expected);
    }
}

#[test]
fn the_score_follows_the_circular() {
    // TT 01/2018/TT-VPCP Điều 15: early 2, on time 1, late 0; contacts 0: 2, 1: 1, more: 0; feedback all: 2, 90 %: 1.
    let finished = |how, contacts| Summary {
        finished: Some((day("2026-11-06"), how)),
        contacts,
        ..whole("a")
    };
    let points = |own: &Summary, standing: Standing| -> Vec<Option<u8>> {
        let indices = Indices::of(own, &standing);
        INDICES.iter().map(|index| indices.points(*index)).collect()
    };
    let none = Standing::default();
    for (how, contacts, first, third) in [
        (Timeliness::Early, 0, 2, 2),
        (Timeliness::OnTime, 1, 1, 1),
        (Timeliness::Late, 2, 0, 0),
        (Timeliness::Late, 9, 0, 0),
    ] {
        let found = points(&finished(how, contacts), none);
        assert_eq!(found[0], Some(first));
        assert_eq!(found[2], Some(third));
        assert!(found[1].is_none() && found[3..].iter().all(Option::is_none));
    }
    let parts = Summary {
        parts: vec![Timeliness::Early, Timeliness::Late],
        ..whole("a")
    };
    assert_eq!(points(&parts, none)[1], Some(0), "the slowest one");
    for (feedback, expected) in [
        (None, None),
        (Some((0, 0)), None),
        (Some((10, 10)), Some(2)),
        (Some((9, 10)), Some(1)),
        (Some((89, 100)), Some(0)),
    ] {
        let standing = Standing { feedback, ..none };
        assert_eq!(points(&whole("a"), standing)[7], expected);
    }
    let full = Standing {
        agencies: Some(2),
        organisation: Some(2),
        publicity: Some(2),
        attitude: Some(2),
        feedback: Some((1, 1)),
        online: Some(9),
    };
    let found = points(&finished(Timeliness::Early, 0), full);
    assert_eq!(found.iter().flatten().sum::<u8>(), 16, "no part of others");
}

/// A score over dossiers of so many points of so many indices.
fn score(all: &[(u64, u64)], some: &[usize]) -> Score {
    let mut score = Score::default();
    for (points, known) in all {
        let mut left = *points;
        let mut indices = Indices::default();
        for index in some.iter().take(usize::try_from(*known).expect("few")) {
            let own = left.min(2);
            indices.0[index - 1] = Some(u8::try_from(own).expect("small"));
            left -= own;
        }
        score.add(&indices, some);
    }
    score
}

#[test]
fn classes_and_percents_begin_at_their_bounds() {
    for (all, tenths, class) in [
        (vec![(18, 9)], Some(180), Some(Class::Excellent)),
        (vec![(15, 9)], Some(150), Some(Class::Excellent)),
        (vec![(15, 9), (14, 9)], Some(145), Some(Class::Good)),
        // 14.95 is 15.0 in one decimal.
        (
            [vec![(15, 9); 19], vec![(14, 9)]].concat(),
            Some(150),
            Some(Class::Excellent),
        ),
        (vec![(12, 9)], Some(120), Some(Class::Good)),
        (vec![(11, 9)], Some(110), Some(Class::Fair)),
        (vec![(9, 9)], Some(90), Some(Class::Fair)),
        (vec![(6, 9)], Some(60), Some(Class::Average)),
        (vec![(5, 9)], Some(50), Some(Class::Weak)),
        // Two indices have data: 3 of 4 points are 13.5 of 18.
        (vec![(3, 2)], Some(135), Some(Class::Good)),
        (vec![(4, 7)], Some(51), Some(Class::Weak)),
        (vec![(0, 0)], None, None),
        (vec![(0, 0), (9, 9)], Some(90), Some(Class::Fair)),
    ] {
        let score = score(&all, &INDICES);
        assert_eq!((score.tenths(), score.class()), (tenths, class), "{all:?}");
    }
    for (all, percent) in [
        (vec![(6, 3)], Some(100)),
        (vec![(5, 3)], Some(100)),
        (vec![(5, 3), (4, 3)], Some(90)),
        (vec![(4, 3)], Some(80)),
        (vec![(4, 3), (3, 3)], Some(70)),
        (vec![(3, 3)], None),
        (vec![(0, 0)], None),
    ] {
        assert_eq!(score(&all, &OFFICER).officer_percent(), percent, "{all:?}");
    }
}

fn timeliness() -> impl Strategy<Value = Timeliness> {
    prop::sample::select(Timeliness::ALL)
}

fn summaries() -> impl Strategy<Value = Vec<Summary>> {
    let problem = prop::sample::select(vec![Problem::Missing, Problem::Unsigned]);
    let item = (
        problem,
        prop::option::of(prop::sample::select(vec!["a", "b"])),
    );
    let item = item.prop_map(|(problem, id)| (problem, id.map(str::to_owned)));
    let request = (any::<bool>(), prop::collection::vec(item, 0..3));
    let request = request.prop_map(|(late, items)| Requested { late, items });
    let of = (
        (0_usize..3, 0_usize..2, 20_700_i32..20_800),
        (
            prop::option::of(prop::sample::select(First::ALL)),
            any::<bool>(),
            any::<bool>(),
        ),
        prop::collection::vec(request, 0..4),
        (
            0_u16..3,
            prop::option::of(0_u16..2),
            0_u16..4,
            any::<bool>(),
        ),
        prop::option::of(0_i32..30),
        prop::option::of((0_i32..40, timeliness())),
        prop::collection::vec(timeliness(), 0..3),
    );
    let one = of.prop_map(
        |(
            (unit_of, procedure, came),
            (first, taken_in, refused),
            requests,
            (offered, surplus_asked, contacts, extended),
            due,
            finished,
            parts,
        )| {
            let on = |after: i32| LocalDay::from_number(came + after).expect("day");
            Summary {
                number: String::new(),
                unit: unit(["H53.1", "H53.2", "H53.3"][unit_of]),
                procedure: ["1.001", "1.002"][procedure].into(),
                came: on(0),
                first,
                taken_in,
                refused,
                requests,
                surplus_offered: offered,
                surplus_asked,
                contacts,
                due: due.map(|days| on(days).at_minute(1020)),
                extended,
                finished: finished.map(|(days, how)| (on(days), how)),
                parts,
            }
        },
    );
    prop::collection::vec(one, 0..40).prop_map(|mut all| {
        for (n, own) in (0..).zip(&mut all) {
            own.number = format!("H53-{n:04}");
        }
        all
    })
}

fn scopes() -> impl Strategy<Value = Scope> {
    let periods = [
        "2026-09",
        "2026-10",
        "2026-W40",
        "2026@15",
        "2026-10@15",
        "2026-Q4",
    ];
    let period = prop::option::of(prop::sample::select(periods.to_vec()));
    let units = prop::option::of(prop::collection::btree_set(0_usize..3, 0..3));
    let procedure = prop::option::weighted(0.3, Just("1.002".to_owned()));
    (period, units, procedure).prop_map(|(period, units, procedure)| Scope {
        period: period.map(|text| Period::parse(text).expect("period")),
        units: units.map(|all| {
            all.into_iter()
                .map(|n| unit(["H53.1", "H53.2", "H53.3"][n]))
                .collect()
        }),
        procedure,
    })
}

/// The second model: each figure as two questions to a dossier, and the day that puts it into a period.
fn modelled(figure: Figure, s: &Summary, as_of: Timestamp) -> (Option<LocalDay>, bool) {
    let n = s.requests.len();
    let late = s.requests.iter().filter(|r| r.late).count();
    let done = s.finished;
    let when = |belongs: bool| if belongs { Some(s.came) } else { None };
    let ended = done.map(|d| d.0);
    match figure.name() {
        "complete_at_first" => (
            when(s.first.is_some()),
            n == 0 && s.first == Some(First::TakenIn),
        ),
        "supplemented" => (when(s.first.is_some()), n >= 1),
        "supplemented_again" => (when(n >= 1), n >= 2),
        "requested_late" => (when(n >= 1), late >= 1),
        "refused" => (when(s.first.is_some()), s.refused),
        "surplus_offered" => (when(s.first.is_some()), s.surplus_offered != 0),
        "surplus_asked" => match s.surplus_asked {
            Some(times) => (when(s.first.is_some()), times != 0),
            None => (None, false),
        },
        "early" => (ended, matches!(done, Some((_, Timeliness::Early)))),
        "on_time" => (ended, matches!(done, Some((_, Timeliness::OnTime)))),
        "late" => (ended, matches!(done, Some((_, Timeliness::Late)))),
        "in_time" => (ended, !matches!(done, Some((_, Timeliness::Late)))),
        "in_time_of_received" => {
            let well = matches!(done, Some((_, Timeliness::Early | Timeliness::OnTime)));
            (when(s.taken_in), well)
        }
        "extended" => (when(s.taken_in), s.extended),
        "overdue" => match s.due {
            Some(due) if s.taken_in && done.is_none() => (Some(s.came), due < as_of),
            _ => (None, false),
        },
        "no_contact" => (when(s.taken_in), s.contacts == 0),
        "one_contact" => (when(s.taken_in), s.contacts == 1),
        "more_contacts" => (when(s.taken_in), s.contacts >= 2),
        other => panic!("{other} is not modelled"),
    }
}

fn euclid(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { euclid(b, a % b) }
}

/// The mean of the dossiers' points on the whole scale, in tenths: a fraction over a common denominator.
fn score_of(all: &[&Summary], standing: &Standing, some: &[usize]) -> Option<i128> {
    let (mut top, mut bottom, mut dossiers) = (0_i128, 1_i128, 0_i128);
    for own in all {
        let time = |t: &Timeliness| 2 - Timeliness::ALL.iter().position(|x| x == t).expect("known");
        let mut points: Vec<Option<usize>> = vec![None; 10];
        points[1] = own.finished.as_ref().map(|(_, t)| time(t));
        points[2] = own.parts.iter().map(time).min();
        points[3] = own
            .taken_in
            .then(|| 2_usize.saturating_sub(usize::from(own.contacts)));
        points[7] = standing.attitude.map(usize::from);
        let known: Vec<usize> = some.iter().filter_map(|i| points[*i]).collect();
        if known.is_empty() {
            continue;
        }
        let whole = i128::try_from(known.iter().sum::<usize>() * some.len()).expect("small");
        let of = i128::try_from(known.len()).expect("small");
        (top, bottom) = (top * of + whole * bottom, bottom * of);
        let divisor = euclid(top, bottom);
        (top, bottom, dossiers) = (top / divisor, bottom / divisor, dossiers + 1);
    }
    // Rounded half up to tenths.
    (dossiers > 0).then(|| (top * 20 + bottom * dossiers) / (bottom * dossiers * 2))
}

proptest! {
    // What fails stays in `proptest-regressions/`.
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_agrees_with_the_model_and_has_as_many_rows(all in summaries(), scope in scopes(), attitude in prop::option::of(0_u8..=2), now in 20_700_i32..20_830) {
        let as_of = LocalDay::from_number(now).expect("day").at_minute(600);
        let standing = Standing { attitude, ..Standing::default() };
        let standings = ["H53.1", "H53.2", "H53.3"].map(|code| (unit(code), standing)).into();
        let table = table(&scope, &all, &standings, as_of);
        let chosen: Vec<&Summary> = all.iter()
            .filter(|s| scope.units.as_ref().is_none_or(|u| u.contains(&s.unit)))
            .filter(|s| scope.procedure.as_ref().is_none_or(|p| &s.procedure == p))
            .collect();
        let inside = |d: LocalDay| scope.period.is_none_or(|p| p.days().start() <= &d && &d <= p.days().end());
        for figure in Figure::ALL {
            let of: Vec<_> = chosen.iter().map(|s| (s, modelled(*figure, s, as_of))).filter(|(_, (d, _))| d.is_some_and(inside)).collect();
            let counted: Vec<&str> = of.iter().filter(|(_, (_, yes))| *yes).map(|(s, _)| s.number.as_str()).collect();
            let share = table.total.share(*figure);
            prop_assert_eq!((share.counted, share.of), (counted.len() as u64, of.len() as u64), "{}", figure);
            let listed: Vec<&str> = scope.dossiers(*figure, false, &all, as_of).iter().map(|s| s.number.as_str()).collect();
            prop_assert_eq!(listed, counted, "{}", figure);
            prop_assert_eq!(scope.dossiers(*figure, true, &all, as_of).len() as u64, share.of);
            for sums in [table.rows.values().collect::<Vec<_>>(), table.units.values().collect()] {
                let sum = sums.iter().map(|row| row.share(*figure)).fold((0, 0), |(a, b), s| (a + s.counted, b + s.of));
                prop_assert_eq!(sum, (share.counted, share.of), "{}", figure);
            }
        }
        let came: Vec<_> = chosen.iter().filter(|s| inside(s.came)).collect();
        prop_assert_eq!(table.total.requests, came.iter().map(|s| s.requests.len() as u64).sum::<u64>());
        prop_assert_eq!(table.total.contacts, came.iter().filter(|s| s.taken_in).map(|s| u64::from(s.contacts)).sum::<u64>());
        let items = came.iter().flat_map(|s| &s.requests).map(|r| r.items.len() as u64).sum::<u64>();
        prop_assert_eq!(table.total.asked_for.values().sum::<u64>(), items);
        let done: Vec<&Summary> = chosen.iter().copied().filter(|s| s.finished.is_some_and(|(d, _)| inside(d))).collect();
        let tenths = |score: &Score| score.tenths().map(i128::from);
        prop_assert_eq!(tenths(&table.total.score), score_of(&done, &standing, &INDICES));
        prop_assert_eq!(tenths(&table.total.officer), score_of(&done, &standing, &OFFICER));
    }

    #[test]
    fn the_order_of_the_dossiers_says_nothing(all in summaries(), scope in scopes()) {
        let as_of = day("2026-10-15").at_minute(600);
        let back: Vec<Summary> = all.iter().rev().cloned().collect();
        prop_assert_eq!(table(&scope, &all, &BTreeMap::new(), as_of), table(&scope, &back, &BTreeMap::new(), as_of));
    }
}
