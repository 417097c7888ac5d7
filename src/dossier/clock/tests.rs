//! The clauses, one by one, around Tết 2026 and the holidays of late August.

use super::super::rules::{DossierRules, Hours, NoRules, Slip};
use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn day(text: &str) -> LocalDay {
    LocalDay::parse(text).expect("day")
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(&format!("{text}+07:00")).expect("time")
}

/// Tết from Monday 16 to Friday 20 February; Monday 31 August to Wednesday 2 September off, Saturday 22 August worked.
fn calendar() -> Calendar {
    let off = [
        "2026-02-16",
        "2026-02-17",
        "2026-02-18",
        "2026-02-19",
        "2026-02-20",
        "2026-08-31",
        "2026-09-01",
        "2026-09-02",
    ];
    let off = off.iter().map(|text| day(text)).collect();
    let made_up = BTreeSet::from([day("2026-08-22")]);
    Calendar::new(450..=1020, off, made_up, BTreeMap::new()).expect("calendar")
}

/// 07:30 to 11:30 and 13:00 to 17:00.
pub(super) fn rules() -> RuleSet {
    let slips = Slip::ALL.iter().zip(1..);
    RuleSet {
        id: "2025".into(),
        from: day("2025-07-01"),
        basis: "NĐ".into(),
        slips_basis: "TT".into(),
        hours: Hours::new((450, 690), (780, 1020)).expect("hours"),
        cutoff: 900,
        first_day_counts: false,
        supplement_days: 3,
        requests: 1,
        after_supplement: AfterSupplement::Restart,
        apology_lead_days: 1,
        extensions: 1,
        slips: slips.map(|(slip, number)| (*slip, number)).collect(),
    }
}

const DAYS: fn(u16) -> Term = Term::WorkingDays;
const HOURS: fn(u16) -> Term = Term::WorkingHours;

#[test]
fn what_comes_after_three_in_the_afternoon_begins_the_next_working_day() {
    // NĐ 61/2018/NĐ-CP Điều 18 khoản 2
    let (rules, calendar) = (rules(), calendar());
    let clock = Clock::new(&rules, &calendar);
    for (came, begins) in [
        ("2026-11-23T09:00:00", "2026-11-23T09:00:00"),
        ("2026-11-23T14:59:59", "2026-11-23T14:59:59"),
        ("2026-11-23T14:59:59.999", "2026-11-23T14:59:59.999"),
        ("2026-11-23T15:00:00", "2026-11-24T07:30:00"),
        ("2026-11-23T23:59:59.999", "2026-11-24T07:30:00"),
        // Before hours, at noon, at the very end of the morning and the very begin of the afternoon.
        ("2026-11-23T00:00:00", "2026-11-23T07:30:00"),
        ("2026-11-23T11:29:59.999", "2026-11-23T11:29:59.999"),
        ("2026-11-23T11:30:00", "2026-11-23T13:00:00"),
        ("2026-11-23T12:15:00", "2026-11-23T13:00:00"),
        ("2026-11-23T13:00:00", "2026-11-23T13:00:00"),
        // A Friday afternoon, a weekend, the eve of Tết, a Saturday that is worked.
        ("2026-11-27T15:00:00", "2026-11-30T07:30:00"),
        ("2026-11-28T09:00:00", "2026-11-30T07:30:00"),
        ("2026-02-13T15:00:00", "2026-02-23T07:30:00"),
        ("2026-02-18T10:00:00", "2026-02-23T07:30:00"),
        ("2026-08-21T15:00:00", "2026-08-22T07:30:00"),
        ("2026-08-22T14:59:59", "2026-08-22T14:59:59"),
        ("2026-08-22T15:00:00", "2026-08-24T07:30:00"),
    ] {
        assert_eq!(clock.begins(at(came)), at(begins), "{came}");
    }
}

#[test]
fn the_appointment_is_in_so_many_working_days_or_hours() {
    let (rules, calendar) = (rules(), calendar());
    let clock = Clock::new(&rules, &calendar);
    for (term, came, due) in [
        // Bộ luật Dân sự 2015 Điều 147 khoản 2: the first day does not count.
        (DAYS(1), "2026-11-23T14:59:59", "2026-11-24T17:00:00"),
        (DAYS(1), "2026-11-23T15:00:00", "2026-11-25T17:00:00"),
        (DAYS(5), "2026-11-23T09:00:00", "2026-11-30T17:00:00"),
        (DAYS(0), "2026-11-23T09:00:00", "2026-11-23T17:00:00"),
        (DAYS(3), "2026-02-12T09:00:00", "2026-02-24T17:00:00"),
        (DAYS(1), "2026-08-21T09:00:00", "2026-08-22T17:00:00"),
        (DAYS(2), "2026-08-28T16:00:00", "2026-09-07T17:00:00"),
        (HOURS(1), "2026-11-23T09:10:30", "2026-11-23T10:10:30"),
        (HOURS(1), "2026-11-23T10:30:00", "2026-11-23T11:30:00"),
        (HOURS(1), "2026-11-23T11:00:00", "2026-11-23T13:30:00"),
        (
            HOURS(4),
            "2026-11-23T14:59:59.999",
            "2026-11-24T09:29:59.999",
        ),
        (HOURS(4), "2026-11-23T15:00:00", "2026-11-24T11:30:00"),
        (HOURS(8), "2026-11-23T07:30:00", "2026-11-23T17:00:00"),
        (HOURS(8), "2026-11-23T12:00:00", "2026-11-24T11:30:00"),
        (HOURS(8), "2026-02-13T14:00:00", "2026-02-23T14:00:00"),
        (HOURS(24), "2026-11-26T08:00:00", "2026-12-01T08:00:00"),
        (HOURS(0), "2026-11-23T09:00:00", "2026-11-23T09:00:00"),
    ] {
        let found = clock.appointment(term, at(came));
        assert_eq!(found, at(due), "{term:?} {came}: {found}");
    }
    let first = RuleSet {
        first_day_counts: true,
        ..rules.clone()
    };
    let found = Clock::new(&first, &calendar).appointment(DAYS(3), at("2026-11-23T09:00:00"));
    assert_eq!(found, at("2026-11-25T17:00:00"));
}

#[test]
fn a_supplement_is_asked_for_once_within_three_working_days() {
    // NĐ 61/2018/NĐ-CP Điều 17 khoản 1 điểm a, Điều 19 khoản 4
    let (rules, calendar) = (rules(), calendar());
    let clock = Clock::new(&rules, &calendar);
    for (came, due) in [
        ("2026-11-23T14:59:59", "2026-11-26T23:59:59.999"),
        ("2026-11-23T15:00:00", "2026-11-27T23:59:59.999"),
        ("2026-11-25T09:00:00", "2026-11-30T23:59:59.999"),
        ("2026-02-12T09:00:00", "2026-02-24T23:59:59.999"),
        ("2026-08-20T09:00:00", "2026-08-24T23:59:59.999"),
    ] {
        assert_eq!(clock.supplement_due(at(came)), at(due), "{came}");
        let request = |asked, before| {
            let request = clock.request(at(came), asked, before);
            assert_eq!(request.due, at(due));
            (request.late, request.again)
        };
        let late = Timestamp(at(due).0 + 1);
        assert_eq!(request(at(due), 0), (false, false));
        assert_eq!(request(late, 0), (true, false));
        assert_eq!(request(at(due), 1), (false, true));
    }
}

#[test]
fn the_clock_begins_again_when_the_dossier_is_complete() {
    // NĐ 61/2018/NĐ-CP Điều 19 khoản 4
    let (rules, calendar) = (rules(), calendar());
    let resume = RuleSet {
        after_supplement: AfterSupplement::Resume,
        ..rules.clone()
    };
    for (term, came, asked, completed, restarted, resumed) in [
        (
            DAYS(5),
            "2026-11-23T09:00:00",
            "2026-11-25T16:00:00",
            "2026-12-03T08:00:00",
            "2026-12-10T17:00:00",
            // The 24th was over, four days are left.
            "2026-12-09T17:00:00",
        ),
        (
            DAYS(5),
            "2026-11-23T15:00:00",
            "2026-11-23T16:00:00",
            "2026-12-03T15:00:00",
            "2026-12-11T17:00:00",
            "2026-12-11T17:00:00",
        ),
        (
            DAYS(1),
            "2026-11-23T09:00:00",
            "2026-11-26T16:00:00",
            "2026-12-03T08:00:00",
            "2026-12-04T17:00:00",
            "2026-12-03T17:00:00",
        ),
        (
            HOURS(8),
            "2026-11-23T09:00:00",
            "2026-11-23T14:00:00",
            "2026-11-26T07:30:00",
            "2026-11-26T17:00:00",
            // 3.5 hours were over.
            "2026-11-26T13:30:00",
        ),
        (
            HOURS(2),
            "2026-11-23T09:00:00",
            "2026-11-25T14:00:00",
            "2026-11-26T08:00:00",
            "2026-11-26T10:00:00",
            "2026-11-26T08:00:00",
        ),
    ] {
        for (rules, due) in [(&rules, restarted), (&resume, resumed)] {
            let clock = Clock::new(rules, &calendar);
            let found = clock.after_completion(term, at(came), at(asked), at(completed));
            assert_eq!(found, at(due), "{term:?} {came}: {found}");
        }
    }
}

#[test]
fn an_apology_is_made_a_working_day_before_the_end_and_there_is_one_more_appointment() {
    // NĐ 61/2018/NĐ-CP Điều 19 khoản 9
    let (rules, calendar) = (rules(), calendar());
    let clock = Clock::new(&rules, &calendar);
    for (appointment, due) in [
        ("2026-11-26T17:00:00", "2026-11-25T23:59:59.999"),
        ("2026-11-30T17:00:00", "2026-11-27T23:59:59.999"),
        ("2026-02-23T17:00:00", "2026-02-13T23:59:59.999"),
        ("2026-08-24T17:00:00", "2026-08-22T23:59:59.999"),
    ] {
        let found = clock.apology_due(at(appointment));
        assert_eq!(found, at(due), "{appointment}: {found}");
    }
    assert!(clock.may_extend(0));
    assert!(!clock.may_extend(1));
    let none = RuleSet {
        apology_lead_days: 0,
        extensions: 0,
        ..rules.clone()
    };
    let clock = Clock::new(&none, &calendar);
    let appointment = at("2026-11-26T17:00:00");
    assert_eq!(clock.apology_due(appointment), appointment);
    assert!(!clock.may_extend(0));
}

#[test]
fn the_counter_is_open_in_its_hours_on_working_days() {
    let (rules, calendar) = (rules(), calendar());
    let clock = Clock::new(&rules, &calendar);
    for (time, open) in [
        ("2026-11-23T07:29:59.999", false),
        ("2026-11-23T07:30:00", true),
        ("2026-11-23T11:30:00", true),
        ("2026-11-23T12:00:00", false),
        ("2026-11-23T17:00:00", true),
        ("2026-11-23T17:00:00.001", false),
        ("2026-11-28T09:00:00", false),
        ("2026-02-17T09:00:00", false),
        ("2026-08-22T09:00:00", true),
    ] {
        assert_eq!(clock.is_open(at(time)), open, "{time}");
    }
    assert_eq!(
        clock.closes(day("2026-11-23")),
        Some(at("2026-11-23T17:00:00"))
    );
    assert_eq!(clock.closes(day("2026-11-28")), None);
}

/// What a dossier is that was finished then, beside its appointment.
fn finished(term: Term, appointment: &str, cases: &[(&str, Timeliness)]) {
    let (rules, calendar) = (rules(), calendar());
    let clock = Clock::new(&rules, &calendar);
    for (time, expected) in cases {
        let found = clock.finished(term, at(appointment), at(time));
        assert_eq!(found, *expected, "{appointment} {time}");
    }
}

#[test]
fn early_is_a_whole_day_or_hour_before_and_late_is_after_the_appointment() {
    // TT 01/2018/TT-VPCP Điều 15
    use Timeliness::{Early, Late, OnTime};
    let cases = [
        ("2026-11-27T23:59:59.999", Early),
        ("2026-11-29T10:00:00", Early),
        ("2026-11-30T00:00:00", OnTime),
        ("2026-11-30T17:00:00", OnTime),
        ("2026-11-30T17:00:00.001", Late),
    ];
    finished(DAYS(5), "2026-11-30T17:00:00", &cases);
    let cases = [
        ("2026-11-30T11:00:00", Early),
        ("2026-11-30T11:00:00.001", OnTime),
        ("2026-11-30T13:30:00", OnTime),
        ("2026-11-30T13:30:00.001", Late),
    ];
    finished(HOURS(8), "2026-11-30T13:30:00", &cases);
    // Half an hour of Monday and half an hour of Friday.
    let cases = [
        ("2026-11-27T16:30:00", Early),
        ("2026-11-27T16:30:00.001", OnTime),
        ("2026-11-28T12:00:00", OnTime),
    ];
    finished(HOURS(8), "2026-11-30T08:00:00", &cases);
}

type Change = fn(&mut RuleSet);

#[test]
fn rules_that_cannot_be_meant_are_refused_at_their_place() {
    let refused = |change: fn(&mut RuleSet)| {
        let mut second = RuleSet {
            id: "2030".into(),
            from: day("2030-01-01"),
            ..rules()
        };
        change(&mut second);
        DossierRules::new(vec![rules(), second]).map(|all| all.iter().count())
    };
    assert_eq!(refused(|_| {}), Ok(2));
    let at_second = |problem| Err((1, problem));
    let table: [(Change, NoRules); 11] = [
        (|set| set.id = "2025".into(), NoRules::Twice),
        (|set| set.from = day("2025-07-01"), NoRules::Twice),
        (|set| set.cutoff = 450, NoRules::Cutoff),
        (|set| set.cutoff = 1021, NoRules::Cutoff),
        (|set| set.supplement_days = 61, NoRules::Bounds),
        (|set| set.apology_lead_days = 61, NoRules::Bounds),
        (|set| set.requests = 2, NoRules::Bounds),
        (|set| set.extensions = 2, NoRules::Bounds),
        (
            |set| {
                set.slips.insert(Slip::Intake, 2);
            },
            NoRules::Slips,
        ),
        (
            |set| {
                set.slips.insert(Slip::Intake, 0);
            },
            NoRules::Slips,
        ),
        (
            |set| {
                set.slips.remove(&Slip::Intake);
            },
            NoRules::Slips,
        ),
    ];
    for (change, problem) in table {
        assert_eq!(refused(change), at_second(problem));
    }
    assert_eq!(
        refused(|set| {
            set.slips.remove(&Slip::Stop);
        }),
        Ok(2),
        "2018 has none"
    );
    assert_eq!(DossierRules::new(Vec::new()), Err((0, NoRules::Empty)));
    for (morning, afternoon) in [
        ((690, 450), (780, 1020)),
        ((450, 690), (680, 1020)),
        ((450, 690), (1020, 1020)),
        ((450, 690), (780, 1441)),
    ] {
        assert_eq!(Hours::new(morning, afternoon), None);
    }
}
