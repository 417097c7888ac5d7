use super::*;
use crate::model::event::PlainName;
use crate::model::{Language, LocalDay, PeriodKind};
use std::convert::Infallible;

fn schedule(kind: PeriodKind, administrative: bool, working_day: Option<u16>) -> Schedule {
    Schedule {
        name: PlainName::parse("thang").expect("a name"),
        kind,
        administrative,
        unit: None,
        working_day,
        formats: vec!["csv".into()],
        language: Language::Vi,
        mail: Vec::new(),
        folder: None,
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn due_at(schedule: &Schedule, now: &str, sent: &[&str]) -> Vec<String> {
    let sent = |period: Period| Ok::<_, Infallible>(sent.contains(&period.to_string().as_str()));
    let all = due_periods(schedule, &Calendar::default(), at(now), sent);
    let Ok(all) = all;
    all.iter().map(ToString::to_string).collect()
}

#[test]
fn a_report_is_due_once_its_period_may_be_closed() {
    // 31 October 2026 is a Saturday: what arrived then is to be answered by the end of Monday.
    let monthly = schedule(PeriodKind::Month, false, None);
    assert_eq!(
        due_at(&monthly, "2026-11-02T23:59:00+07:00", &["2026-09"]),
        [""; 0]
    );
    assert_eq!(
        due_at(&monthly, "2026-11-03T00:00:00+07:00", &["2026-09"]),
        ["2026-10"]
    );
    assert_eq!(
        due_at(&monthly, "2026-11-03T00:00:00+07:00", &["2026-10"]),
        [""; 0]
    );
}

#[test]
fn a_report_is_due_on_a_working_day_behind_its_period() {
    // 1 November 2026 is a Sunday: the third working day is Wednesday the 4th.
    let third = schedule(PeriodKind::Month, false, Some(3));
    assert_eq!(
        due_at(&third, "2026-11-03T23:59:00+07:00", &["2026-09"]),
        [""; 0]
    );
    assert_eq!(
        due_at(&third, "2026-11-04T00:00:00+07:00", &["2026-09"]),
        ["2026-10"]
    );
    let from_the_15th = schedule(PeriodKind::Month, true, Some(1));
    assert_eq!(
        due_at(&from_the_15th, "2026-11-16T00:00:00+07:00", &["2026-10@15"]),
        ["2026-11@15"]
    );
    let year = schedule(PeriodKind::Year, false, Some(1));
    assert_eq!(due_at(&year, "2027-01-01T00:00:00+07:00", &[]), ["2026"]);
}

#[test]
fn what_was_missed_is_made_up_for_and_nothing_before_the_first() {
    let monthly = schedule(PeriodKind::Month, false, Some(1));
    let now = "2026-11-20T08:00:00+07:00";
    assert_eq!(
        due_at(&monthly, now, &[]),
        ["2026-10"],
        "a new one begins with the last"
    );
    assert_eq!(
        due_at(&monthly, now, &["2026-07"]),
        ["2026-08", "2026-09", "2026-10"]
    );
    assert_eq!(
        due_at(&monthly, now, &["2025-01"]),
        ["2026-10"],
        "too long ago"
    );
    let daily = schedule(PeriodKind::Day, false, Some(1));
    assert_eq!(
        due_at(&daily, now, &["2026-11-17"]),
        ["2026-11-18", "2026-11-19"]
    );
    let weekly = schedule(PeriodKind::Week, false, Some(1));
    assert_eq!(due_at(&weekly, now, &["2026-W45"]), ["2026-W46"]);
}

proptest::proptest! {
    /// Whatever days the gateway runs on, each period goes out once, in order.
    #[test]
    fn each_period_goes_out_once(days in proptest::collection::vec(1i32..40, 1..30)) {
        let monthly = schedule(PeriodKind::Month, false, Some(2));
        let (mut today, mut sent) = (20_000, Vec::new());
        for step in days {
            today = step.saturating_add(today);
            let now = LocalDay::from_number(today).expect("a day").at_minute(600);
            for _ in 0..2 {
                let known = sent.clone();
                let is_sent = |period: Period| Ok::<_, Infallible>(known.contains(&period));
                let Ok(open) = due_periods(&monthly, &Calendar::default(), now, is_sent);
                sent.extend(open);
            }
        }
        proptest::prop_assert!(sent.windows(2).all(|two| two[0].next() == two[1]), "{sent:?}");
    }
}
