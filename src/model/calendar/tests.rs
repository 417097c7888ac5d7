//! Deadlines by the clauses that set them, around Tết 2026 and the holidays of late August.

use super::*;
use proptest::prelude::*;

fn day(text: &str) -> LocalDay {
    LocalDay::parse(text).expect("day")
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(&format!("{text}+07:00")).expect("time")
}

fn days(texts: &[&str]) -> BTreeSet<LocalDay> {
    texts.iter().map(|text| day(text)).collect()
}

/// Tết from Monday 16 to Friday 20 February; Monday 31 August off, Saturday 22 August worked.
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
    let at_once = BTreeMap::from([(Urgency::Urgent, 120), (Urgency::Flash, 30)]);
    Calendar::new(450..=1020, days(&off), days(&["2026-08-22"]), at_once).expect("calendar")
}

#[test]
fn an_arrival_is_answered_the_same_day_or_by_the_next_working_day() {
    // NĐ 30/2020/NĐ-CP Điều 21 khoản 2 điểm c
    for (arrived, due) in [
        // Within office hours, before them, in their last minute.
        ("2026-11-23T09:00:00", "2026-11-23"),
        ("2026-11-23T00:00:00", "2026-11-23"),
        ("2026-11-23T16:59:59.999", "2026-11-23"),
        // After hours; on a Friday; on a day off.
        ("2026-11-23T17:00:00", "2026-11-24"),
        ("2026-11-27T17:00:00", "2026-11-30"),
        ("2026-11-28T09:00:00", "2026-11-30"),
        ("2026-11-29T23:59:59.999", "2026-11-30"),
        // Tết: nine days without an office.
        ("2026-02-13T17:30:00", "2026-02-23"),
        ("2026-02-17T10:00:00", "2026-02-23"),
        // A Saturday that is worked, and the Monday for which it is.
        ("2026-08-22T10:00:00", "2026-08-22"),
        ("2026-08-21T18:00:00", "2026-08-22"),
        ("2026-08-28T18:00:00", "2026-09-03"),
        ("2026-08-31T10:00:00", "2026-09-03"),
    ] {
        let found = calendar().answer_due(at(arrived));
        assert_eq!(
            found,
            at(&format!("{due}T23:59:59.999")),
            "{arrived}: {found}"
        );
    }
}

#[test]
fn an_arrival_is_presented_by_the_next_working_day_and_at_once_if_urgent() {
    // NĐ 30/2020/NĐ-CP Điều 23 khoản 1
    use Urgency::{Flash, Normal, Urgent, VeryUrgent};
    for (arrived, urgency, due) in [
        ("2026-11-23T09:00:00", Normal, "2026-11-24T23:59:59.999"),
        ("2026-11-27T16:00:00", Normal, "2026-11-30T23:59:59.999"),
        ("2026-11-28T09:00:00", Normal, "2026-11-30T23:59:59.999"),
        // At once: two hours, of office time.
        ("2026-11-23T09:00:00", Urgent, "2026-11-23T11:00:00"),
        ("2026-11-23T05:00:00", Urgent, "2026-11-23T09:30:00"),
        ("2026-11-23T16:00:00", Urgent, "2026-11-24T08:30:00"),
        ("2026-02-13T16:30:00", Urgent, "2026-02-23T09:00:00"),
        ("2026-11-28T22:00:00", Flash, "2026-11-30T08:00:00"),
        ("2026-11-23T16:30:00", Flash, "2026-11-23T17:00:00"),
        // No minutes are set for this one.
        ("2026-11-23T09:00:00", VeryUrgent, "2026-11-24T23:59:59.999"),
    ] {
        let found = calendar().present_due(at(arrived), urgency);
        assert_eq!(found, at(due), "{arrived} {urgency}: {found}");
    }
}

#[test]
fn a_document_is_sent_by_the_next_working_day_and_the_same_day_if_urgent() {
    // NĐ 30/2020/NĐ-CP Điều 18 khoản 1
    for (promulgated, normal, urgent) in [
        ("2026-11-23", "2026-11-24", "2026-11-23"),
        ("2026-11-27", "2026-11-30", "2026-11-27"),
        ("2026-11-28", "2026-11-30", "2026-11-30"),
        ("2026-02-13", "2026-02-23", "2026-02-13"),
        ("2026-08-21", "2026-08-22", "2026-08-21"),
    ] {
        let due = |urgency| calendar().issue_due(day(promulgated), urgency).to_string();
        assert_eq!(due(Urgency::Normal), normal, "{promulgated}");
        assert_eq!(due(Urgency::Urgent), urgent, "{promulgated}");
    }
}

#[test]
fn what_is_no_calendar_is_refused() {
    let made = |hours, off: &[&str], made_up: &[&str]| {
        Calendar::new(hours, days(off), days(made_up), BTreeMap::new())
    };
    for hours in [RangeInclusive::new(1020, 450), 450..=450, 0..=1441] {
        assert_eq!(made(hours, &[], &[]), Err(CalendarError::Hours));
    }
    let both = ["2026-08-22"];
    let said = CalendarError::Both(day("2026-08-22"));
    assert_eq!(made(450..=1020, &both, &both), Err(said));
    let first = day("2026-06-01");
    let month: BTreeSet<LocalDay> = std::iter::successors(Some(first), |d| d.next())
        .take(40)
        .collect();
    let made = Calendar::new(450..=1020, month, BTreeSet::new(), BTreeMap::new());
    assert_eq!(made, Err(CalendarError::Row(first)));
}

fn moments() -> impl Strategy<Value = Timestamp> {
    // Any moment of 2026.
    (0..31_536_000_000_i64).prop_map(|ms| Timestamp(at("2026-01-01T00:00:00").0.saturating_add(ms)))
}

fn urgencies() -> impl Strategy<Value = Urgency> {
    prop::sample::select(Urgency::ALL)
}

proptest! {
    #[test]
    fn deadlines_never_lie_on_a_day_off_nor_before_their_start(start in moments(), urgency in urgencies()) {
        let calendar = calendar();
        let issued = calendar.issue_due(start.local_day(), urgency);
        for due in [calendar.answer_due(start), calendar.present_due(start, urgency), issued.last_moment()] {
            prop_assert!(calendar.is_working(due.local_day()), "{start}: {due}");
            prop_assert!(due >= start, "{start}: {due}");
        }
    }

    #[test]
    fn a_later_start_has_no_earlier_deadline(a in moments(), b in moments(), urgency in urgencies()) {
        let calendar = calendar();
        let (a, b) = (a.min(b), a.max(b));
        prop_assert!(calendar.answer_due(a) <= calendar.answer_due(b));
        prop_assert!(calendar.present_due(a, urgency) <= calendar.present_due(b, urgency));
        let issue = |start: Timestamp| calendar.issue_due(start.local_day(), urgency);
        prop_assert!(issue(a) <= issue(b));
    }
}
