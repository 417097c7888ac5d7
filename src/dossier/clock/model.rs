//! An independent model of the clock: whole years as lists of days, and working time as a function that is turned round by
//! halving. It shares no code with what it checks: days are numbers, weekdays are remainders, moments are milliseconds.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "small numbers, which read better as arithmetic"
)]

use super::super::rules::Hours;
use super::tests::rules;
use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Milliseconds of a minute and of a day.
const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;
/// Thursday 1 January 2026 since 1 January 1970, counted by hand: 56 years and 14 leap days.
const FIRST: i64 = 20_454;
/// Days of a case: a year of intakes, and room behind it for every term.
const LENGTH: i64 = 700;

/// What is drawn: days off, days worked instead, and what the rules say.
#[derive(Clone, Debug)]
struct World {
    worked: Vec<i64>,
    off: BTreeSet<i64>,
    made_up: BTreeSet<i64>,
    morning: (i64, i64),
    afternoon: (i64, i64),
    cutoff: i64,
    first_counts: bool,
    restart: bool,
    supplement: u16,
    lead: u16,
}

impl World {
    /// Whether a day, counted from [`FIRST`], is worked.
    fn works(&self, day: i64) -> bool {
        self.worked.contains(&day)
    }

    /// Worked days before that one.
    fn before(&self, day: i64) -> i64 {
        (0..)
            .zip(&self.worked)
            .find(|(_, d)| **d >= day)
            .expect("within the case")
            .0
    }

    /// The first working day after so many others behind `day`: 1 is the next one.
    fn nth_after(&self, day: i64, n: usize) -> i64 {
        let mut later = self.worked.iter().filter(|d| **d > day);
        match n {
            0 => day,
            n => *later.nth(n - 1).expect("within the case"),
        }
    }

    /// Working milliseconds from the beginning until a moment, counted from the first midnight.
    fn worked_until(&self, moment: i64) -> i64 {
        let of_day = |inside: i64| {
            let in_sitting = |(from, to): (i64, i64)| inside.clamp(from, to) - from;
            in_sitting(self.morning) + in_sitting(self.afternoon)
        };
        let (day, inside) = (moment / DAY, moment % DAY);
        self.before(day) * of_day(DAY)
            + match self.works(day) {
                true => of_day(inside),
                false => 0,
            }
    }

    /// The first moment by which so much has been worked.
    fn when_worked(&self, time: i64) -> i64 {
        let (mut low, mut high) = (0, (LENGTH - 40) * DAY);
        while low < high {
            let middle = (low + high) / 2;
            match self.worked_until(middle) >= time {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        low
    }

    fn begins(&self, came: i64) -> i64 {
        let (day, inside) = (came / DAY, came % DAY);
        if !self.works(day) || inside >= self.cutoff {
            return self.nth_after(day, 1) * DAY + self.morning.0;
        }
        let lunch = (self.morning.1..self.afternoon.0).contains(&inside);
        let inside = match lunch {
            true => self.afternoon.0,
            false => inside.max(self.morning.0),
        };
        day * DAY + inside
    }

    fn days(&self, came: i64, days: u16) -> i64 {
        let days = usize::from(days).saturating_sub(usize::from(self.first_counts));
        self.nth_after(self.begins(came) / DAY, days) * DAY + self.afternoon.1
    }

    fn time(&self, came: i64, time: i64) -> i64 {
        let begins = self.begins(came);
        match time {
            0 => begins,
            time => self.when_worked(self.worked_until(begins) + time),
        }
    }

    fn appointment(&self, term: Term, came: i64) -> i64 {
        match term {
            Term::WorkingDays(days) => self.days(came, days),
            Term::WorkingHours(hours) => self.time(came, i64::from(hours) * 60 * MINUTE),
        }
    }

    fn after_completion(&self, term: Term, came: i64, asked: i64, completed: i64) -> i64 {
        if self.restart {
            return self.appointment(term, completed);
        }
        let begins = self.begins(came);
        match term {
            Term::WorkingDays(days) => {
                let first = begins / DAY + i64::from(!self.first_counts);
                let used = self.before(asked / DAY) - self.before(first);
                let left = (i64::from(days) - used.max(0)).max(0);
                self.days(completed, u16::try_from(left).expect("few"))
            }
            Term::WorkingHours(hours) => {
                let whole = i64::from(hours) * 60 * MINUTE;
                let used = self.worked_until(asked.max(begins)) - self.worked_until(begins);
                self.time(completed, (whole - used).max(0))
            }
        }
    }

    fn apology(&self, appointment: i64) -> i64 {
        let day = appointment / DAY;
        let mut earlier = self.worked.iter().rev().filter(|d| **d < day);
        match usize::from(self.lead) {
            0 => appointment,
            lead => earlier.nth(lead - 1).expect("within the case") * DAY + DAY - 1,
        }
    }

    fn finished(&self, term: Term, appointment: i64, at: i64) -> Timeliness {
        let whole_unit = match term {
            Term::WorkingDays(_) => appointment / DAY - at / DAY >= 1,
            Term::WorkingHours(_) => {
                self.worked_until(appointment) - self.worked_until(at) >= 60 * MINUTE
            }
        };
        if at > appointment {
            Timeliness::Late
        } else if whole_unit {
            Timeliness::Early
        } else {
            Timeliness::OnTime
        }
    }

    fn calendar(&self) -> Calendar {
        let of = |days: &BTreeSet<i64>| days.iter().map(|day| local(*day)).collect();
        Calendar::new(
            450..=1020,
            of(&self.off),
            of(&self.made_up),
            BTreeMap::new(),
        )
        .expect("calendar")
    }

    fn rules(&self) -> RuleSet {
        let minute = |millis: i64| u16::try_from(millis / MINUTE).expect("of a day");
        let sitting = |(from, to)| (minute(from), minute(to));
        RuleSet {
            hours: Hours::new(sitting(self.morning), sitting(self.afternoon)).expect("hours"),
            cutoff: minute(self.cutoff),
            first_day_counts: self.first_counts,
            after_supplement: match self.restart {
                true => AfterSupplement::Restart,
                false => AfterSupplement::Resume,
            },
            supplement_days: self.supplement,
            apology_lead_days: self.lead,
            ..rules()
        }
    }
}

fn local(day: i64) -> LocalDay {
    LocalDay::from_number(i32::try_from(FIRST + day).expect("day")).expect("day")
}

/// A moment of a case at the office, seven hours east of Greenwich.
fn moment(millis: i64) -> Timestamp {
    Timestamp(FIRST * DAY + millis - 7 * 60 * MINUTE)
}

fn worlds() -> impl Strategy<Value = World> {
    // Rows of days off, up to Tết with everything beside it, and Saturdays and Sundays worked for them.
    let rows = prop::collection::vec((30_i64..600, 1_i64..12), 0..8);
    let made_up = prop::collection::vec(30_i64..600, 0..12);
    let morning = (420_i64..540, 600_i64..720);
    let afternoon = (720_i64..840, 900_i64..1080);
    let rules = (any::<bool>(), any::<bool>(), 0_u16..6, 0_u16..4);
    (rows, made_up, morning, afternoon, any::<bool>(), rules).prop_map(
        |(rows, made_up, morning, afternoon, three, (first_counts, restart, supplement, lead))| {
            let weekend = |day: &i64| (day + 3) % 7 >= 5;
            let made_up: BTreeSet<i64> = made_up.into_iter().filter(weekend).collect();
            // Rows do not run into each other: a calendar has at most a month without a working day.
            let rows: BTreeMap<i64, i64> = rows.into_iter().map(|(d, n)| (d / 40, n)).collect();
            let off = rows
                .into_iter()
                .flat_map(|(k, n)| k * 40 + 20..k * 40 + 20 + n);
            let off: BTreeSet<i64> = off.filter(|day| !made_up.contains(day)).collect();
            // The first day is a Thursday.
            let works = |day: &i64| made_up.contains(day) || !(weekend(day) || off.contains(day));
            let cutoff = if three { 900 } else { afternoon.1 };
            World {
                worked: (0..LENGTH).filter(works).collect(),
                off,
                made_up,
                morning: (morning.0 * MINUTE, morning.1 * MINUTE),
                afternoon: (afternoon.0 * MINUTE, afternoon.1 * MINUTE),
                cutoff: cutoff * MINUTE,
                first_counts,
                restart,
                supplement,
                lead,
            }
        },
    )
}

/// Moments of a year, many of them on the edges of the day: 14:59:59, 15:00:00, noon, midnight.
fn moments() -> impl Strategy<Value = i64> {
    let edges = [0, 450, 690, 780, 899, 900, 901, 1020, 1439];
    let edge = (prop::sample::select(edges.to_vec()), -1000_i64..=1000);
    let edge = edge.prop_map(|(minute, off)| match off % 4 {
        0 => minute * MINUTE,
        1 => minute * MINUTE - 1,
        2 => minute * MINUTE + 59_000,
        _ => minute * MINUTE + off,
    });
    let inside = prop_oneof![edge, 0..DAY];
    (60_i64..400, inside).prop_map(|(day, inside)| day * DAY + inside)
}

fn terms() -> impl Strategy<Value = Term> {
    prop_oneof![
        (0_u16..60).prop_map(Term::WorkingDays),
        (0_u16..100).prop_map(Term::WorkingHours),
    ]
}

proptest! {
    // What fails stays in `proptest-regressions/`.
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_clock_agrees_with_the_model(world in worlds(), term in terms(), came in moments()) {
        let (calendar, rules) = (world.calendar(), world.rules());
        let clock = Clock::new(&rules, &calendar);
        prop_assert_eq!(clock.begins(moment(came)), moment(world.begins(came)));
        let due = world.appointment(term, came);
        prop_assert_eq!(clock.appointment(term, moment(came)), moment(due));
        prop_assert_eq!(clock.apology_due(moment(due)), moment(world.apology(due)));
        let asked = world.nth_after(world.begins(came) / DAY, usize::from(world.supplement).saturating_sub(usize::from(world.first_counts)));
        prop_assert_eq!(clock.supplement_due(moment(came)), moment(asked * DAY + DAY - 1));
    }

    #[test]
    fn whole_lives_agree_with_the_model(
        world in worlds(), term in terms(), came in moments(),
        waits in prop::collection::vec((0..6 * DAY, 0..20 * DAY), 0..3), finish in -4 * DAY..4 * DAY,
    ) {
        let (calendar, rules) = (world.calendar(), world.rules());
        let clock = Clock::new(&rules, &calendar);
        let (mut came, mut due) = (came, world.appointment(term, came));
        for (before, (until_asked, until_complete)) in (0..).zip(waits) {
            let asked = came + until_asked;
            let request = clock.request(moment(came), moment(asked), before);
            let last = world.nth_after(world.begins(came) / DAY, usize::from(world.supplement).saturating_sub(usize::from(world.first_counts)));
            prop_assert_eq!((request.late, request.again), (asked / DAY > last, before > 0));
            let completed = asked + until_complete;
            due = world.after_completion(term, came, asked, completed);
            prop_assert_eq!(clock.after_completion(term, moment(came), moment(asked), moment(completed)), moment(due));
            came = completed;
        }
        let at = (due + finish).max(came);
        prop_assert_eq!(clock.finished(term, moment(due), moment(at)), world.finished(term, due, at));
    }

    #[test]
    fn an_appointment_is_at_an_open_counter_and_a_later_intake_has_no_earlier_one(
        world in worlds(), term in terms(), a in moments(), b in moments(),
    ) {
        let (calendar, rules) = (world.calendar(), world.rules());
        let clock = Clock::new(&rules, &calendar);
        let (a, b) = (moment(a.min(b)), moment(a.max(b)));
        let (first, second) = (clock.appointment(term, a), clock.appointment(term, b));
        prop_assert!(clock.is_open(first), "{first}");
        prop_assert!(first <= second && first >= a);
        prop_assert!(clock.supplement_due(a) <= clock.supplement_due(b));
        prop_assert!(clock.apology_due(first) <= first);
        prop_assert!(clock.finished(term, first, first) == Timeliness::OnTime);
    }
}
