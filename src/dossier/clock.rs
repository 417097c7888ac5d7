//! The clock of a dossier: when handling begins, the appointment, by when a supplement is asked for and an apology made, and
//! whether a dossier was finished in time (NĐ 61/2018/NĐ-CP Điều 18, 19). What the texts say differs by the day of intake and
//! comes from a [`RuleSet`]; nothing here reads a clock.
//!
//! An appointment is the last moment in time, at the counter. It lies in the hours of a working day, and a later intake never has
//! an earlier one. What was reckoned is recorded with the dossier and is not reckoned again when a calendar changes.

use super::procedure::Term;
use super::rules::{AfterSupplement, RuleSet};
use crate::model::indication::words;
use crate::model::{Calendar, LocalDay, Timestamp};

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;

words! {
    /// When a dossier was finished, beside its appointment (TT 01/2018/TT-VPCP Điều 15: sớm hạn, đúng hạn, quá hạn).
    Timeliness {
        /// At least a whole unit of its term before: on an earlier day, or by a working hour or more.
        Early = 1 "early",
        /// Until the appointment.
        OnTime = 2 "on_time",
        /// After it.
        Late = 3 "late",
    }
}

/// A request for supplement, beside what the rules say of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request {
    /// Until when it had to be made.
    pub due: Timestamp,
    /// Whether it is later than that.
    pub late: bool,
    /// Whether it is one more than may be made: then it needs a recorded ground.
    pub again: bool,
}

/// The clock of dossiers of one set of rules.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    rules: &'a RuleSet,
    calendar: &'a Calendar,
}

impl<'a> Clock<'a> {
    /// A clock by the rules of the day of intake and the calendar in force.
    #[must_use]
    pub fn new(rules: &'a RuleSet, calendar: &'a Calendar) -> Self {
        Self { rules, calendar }
    }

    /// When the handling of a dossier begins that came at that moment: at once in the hours of a working day; what comes from
    /// the cutoff on or on a day off, when the next working day begins.
    #[must_use]
    pub fn begins(&self, came: Timestamp) -> Timestamp {
        // NĐ 61/2018/NĐ-CP Điều 18 khoản 2: "sau 15 giờ" goes over at the beginning of the next working day. At 15:00:00
        // the fifteenth hour is over.
        let day = came.local_day();
        let hours = &self.rules.hours;
        if !self.calendar.is_working(day) || came.local_minute() >= self.rules.cutoff {
            return self.calendar.next_working(day).at_minute(hours.opens());
        }
        let sittings = hours.sittings().into_iter();
        let mut later = sittings.filter(|(_, to)| came < day.at_minute(*to));
        later
            .next()
            .map_or(came, |(from, _)| came.max(day.at_minute(from)))
    }

    /// The appointment of a dossier that came at that moment.
    #[must_use]
    pub fn appointment(&self, term: Term, came: Timestamp) -> Timestamp {
        let begins = self.begins(came);
        match term {
            Term::WorkingDays(days) => self.after_days(begins.local_day(), days),
            Term::WorkingHours(hours) => {
                self.after_time(begins, i64::from(hours).saturating_mul(HOUR))
            }
        }
    }

    /// Until when a supplement is asked for: the end of the last day for it. It is reckoned from the intake, or from the moment
    /// at which the dossier came again.
    #[must_use]
    pub fn supplement_due(&self, came: Timestamp) -> Timestamp {
        // NĐ 61/2018/NĐ-CP Điều 19 khoản 4: not more than 3 working days from intake.
        let day = self.begins(came).local_day();
        let last = self.after_days(day, self.rules.supplement_days);
        last.local_day().last_moment()
    }

    /// What a request for supplement at `at` is, for a dossier that came at `came` and of which so many were made before.
    #[must_use]
    pub fn request(&self, came: Timestamp, at: Timestamp, before: u16) -> Request {
        let due = self.supplement_due(came);
        Request {
            due,
            late: at > due,
            // NĐ 61/2018/NĐ-CP Điều 17 khoản 1 điểm a: once, completely.
            again: before >= self.rules.requests,
        }
    }

    /// The appointment of a dossier that came at `came`, was sent back at `asked` and is complete since `completed`.
    #[must_use]
    pub fn after_completion(
        &self,
        term: Term,
        came: Timestamp,
        asked: Timestamp,
        completed: Timestamp,
    ) -> Timestamp {
        match (self.rules.after_supplement, term) {
            // NĐ 61/2018/NĐ-CP Điều 19 khoản 4: reckoned from the beginning.
            (AfterSupplement::Restart, _) => self.appointment(term, completed),
            (AfterSupplement::Resume, Term::WorkingDays(days)) => {
                let left = days.saturating_sub(self.days_used(came, asked.local_day(), days));
                self.appointment(Term::WorkingDays(left), completed)
            }
            (AfterSupplement::Resume, Term::WorkingHours(hours)) => {
                let whole = i64::from(hours).saturating_mul(HOUR);
                let used = self.time_between(self.begins(came), asked, whole);
                self.after_time(self.begins(completed), whole.saturating_sub(used))
            }
        }
    }

    /// Until when an apology is made for a dossier that will miss its appointment: the end of the day for it. Of a term that is
    /// shorter it lies before the intake; then no apology is in time.
    #[must_use]
    pub fn apology_due(&self, appointment: Timestamp) -> Timestamp {
        // NĐ 61/2018/NĐ-CP Điều 19 khoản 9: at least a day before the end.
        let mut day = appointment.local_day();
        for _ in 0..self.rules.apology_lead_days {
            day = self.calendar.previous_working(day);
        }
        day.last_moment().min(appointment)
    }

    /// Whether there may be another appointment after so many.
    #[must_use]
    pub fn may_extend(&self, before: u16) -> bool {
        // NĐ 61/2018/NĐ-CP Điều 19 khoản 9: not more than once.
        before < self.rules.extensions
    }

    /// Whether somebody can come to the counter then: in the hours of a working day.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        let day = at.local_day();
        let sits = |(from, to): (u16, u16)| (day.at_minute(from)..=day.at_minute(to)).contains(&at);
        self.calendar.is_working(day) && self.rules.hours.sittings().into_iter().any(sits)
    }

    /// The end of the counter's working day; `None` on a day off.
    #[must_use]
    pub fn closes(&self, day: LocalDay) -> Option<Timestamp> {
        let works = self.calendar.is_working(day);
        works.then(|| day.at_minute(self.rules.hours.closes()))
    }

    /// When a dossier was finished, beside its appointment.
    #[must_use]
    pub fn finished(&self, term: Term, appointment: Timestamp, at: Timestamp) -> Timeliness {
        let early = match term {
            Term::WorkingDays(_) => at.local_day() < appointment.local_day(),
            Term::WorkingHours(_) => self.time_between(at, appointment, HOUR) >= HOUR,
        };
        match (at > appointment, early) {
            (true, _) => Timeliness::Late,
            (false, true) => Timeliness::Early,
            (false, false) => Timeliness::OnTime,
        }
    }

    /// The end of office hours of the last day of a term that begins on a working day.
    fn after_days(&self, begins: LocalDay, days: u16) -> Timestamp {
        let mut day = begins;
        for _ in 0..days.saturating_sub(u16::from(self.rules.first_day_counts)) {
            day = self.calendar.next_working(day);
        }
        day.at_minute(self.rules.hours.closes())
    }

    /// The moment after so many milliseconds of working time.
    fn after_time(&self, begins: Timestamp, millis: i64) -> Timestamp {
        let (mut day, mut left) = (begins.local_day(), millis);
        loop {
            for (from, to) in self.rules.hours.sittings() {
                let (from, to) = (day.at_minute(from).max(begins), day.at_minute(to));
                let sits = to.0.saturating_sub(from.0).max(0);
                if left <= sits {
                    return Timestamp(from.0.saturating_add(left));
                }
                left = left.saturating_sub(sits);
            }
            let next = self.calendar.next_working(day);
            if next == day {
                // The end of the calendar.
                return day.at_minute(self.rules.hours.closes());
            }
            day = next;
        }
    }

    /// Days of a term that were over before `day`; at most so many.
    fn days_used(&self, came: Timestamp, day: LocalDay, most: u16) -> u16 {
        let begins = self.begins(came).local_day();
        let mut used = u16::from(self.rules.first_day_counts && begins < day);
        let mut at = self.calendar.next_working(begins);
        while at < day && used < most {
            used = used.saturating_add(1);
            at = self.calendar.next_working(at);
        }
        used
    }

    /// Working time between two moments, in milliseconds; at most so much, which bounds the walk.
    fn time_between(&self, from: Timestamp, to: Timestamp, most: i64) -> i64 {
        let (mut day, mut time) = (from.local_day(), 0_i64);
        while day <= to.local_day() && time < most {
            for (opens, closes) in self.rules.hours.sittings() {
                let (opens, closes) = (day.at_minute(opens), day.at_minute(closes));
                let sits = closes.min(to).0.saturating_sub(opens.max(from).0);
                if self.calendar.is_working(day) {
                    time = time.saturating_add(sits.max(0));
                }
            }
            match day.next() {
                Some(next) => day = next,
                None => break,
            }
        }
        time.min(most)
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
