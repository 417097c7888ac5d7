//! Working days and office hours, and the deadlines that NĐ 30/2020/NĐ-CP reckons in them.
//!
//! A deadline is the last millisecond on which the duty is still done in time: later is late. It
//! never lies on a day off, and a later start never has an earlier deadline; both are tested.

use super::{LocalDay, Timestamp, Urgency};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// The most days off without a working day between them: Tết with its weekends takes 9 to 10.
/// A longer row is a slip of the pen, and bounds every search for the next working day.
pub const MAX_ROW: usize = 31;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// When offices work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Calendar {
    opens: u16,
    closes: u16,
    off: BTreeSet<LocalDay>,
    made_up: BTreeSet<LocalDay>,
    at_once: BTreeMap<Urgency, u32>,
}

/// Why days and hours are no calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CalendarError {
    /// Hours that end before they begin, or lie outside a day.
    #[error("office hours have to end after they begin, within one day")]
    Hours,
    /// A day that is both off and worked.
    #[error("{0} is both a day off and a working day")]
    Both(LocalDay),
    /// Too many days off in a row.
    #[error("more than {MAX_ROW} days off in a row from {0}")]
    Row(LocalDay),
}

impl Default for Calendar {
    /// Saturdays and Sundays off, 07:30 to 17:00.
    fn default() -> Self {
        Self {
            opens: 7 * 60 + 30,
            closes: 17 * 60,
            off: BTreeSet::new(),
            made_up: BTreeSet::new(),
            at_once: BTreeMap::new(),
        }
    }
}

impl Calendar {
    /// From office hours in minutes of the day, days off beside Saturdays and Sundays, days worked
    /// in their place, and how many minutes of office time *at once* is for each urgency.
    ///
    /// # Errors
    /// See [`CalendarError`].
    pub fn new(
        hours: RangeInclusive<u16>,
        off: BTreeSet<LocalDay>,
        made_up: BTreeSet<LocalDay>,
        at_once: BTreeMap<Urgency, u32>,
    ) -> Result<Self, CalendarError> {
        let (opens, closes) = hours.into_inner();
        if opens >= closes || closes > DAY {
            return Err(CalendarError::Hours);
        }
        if let Some(day) = off.intersection(&made_up).next() {
            return Err(CalendarError::Both(*day));
        }
        let calendar = Self {
            opens,
            closes,
            off,
            made_up,
            at_once,
        };
        // Only days off make a row longer than a weekend.
        let first = |day: &&LocalDay| calendar.found_after(**day, MAX_ROW).is_none();
        match calendar.off.iter().find(first) {
            Some(day) => Err(CalendarError::Row(*day)),
            None => Ok(calendar),
        }
    }

    /// Whether offices work on that day: Monday to Friday but days off, and days worked in their
    /// place.
    #[must_use]
    pub fn is_working(&self, day: LocalDay) -> bool {
        self.made_up.contains(&day) || (!day.is_weekend() && !self.off.contains(&day))
    }

    /// The first working day after `day`.
    #[must_use]
    pub fn next_working(&self, day: LocalDay) -> LocalDay {
        // A weekend may come before the longest row.
        self.found_after(day, MAX_ROW.saturating_add(3))
            .unwrap_or(day)
    }

    fn found_after(&self, day: LocalDay, within: usize) -> Option<LocalDay> {
        let mut days = std::iter::successors(day.next(), |day| day.next()).take(within);
        days.find(|day| self.is_working(*day))
    }

    /// The last working day before `day`.
    #[must_use]
    pub fn previous_working(&self, day: LocalDay) -> LocalDay {
        let before = std::iter::successors(day.previous(), |day| day.previous());
        // A weekend may come after the longest row.
        let mut before = before.take(MAX_ROW.saturating_add(3));
        before.find(|day| self.is_working(*day)).unwrap_or(day)
    }

    /// The working day on which a duty begins that is to be done on the day of `at`: the same day
    /// if the office still works then, otherwise the next working day.
    #[must_use]
    pub fn office_day(&self, at: Timestamp) -> LocalDay {
        let day = at.local_day();
        if self.is_working(day) && at.local_minute() < self.closes {
            day
        } else {
            self.next_working(day)
        }
    }

    /// Until when a recipient has to say that a document arrived: the same day; what arrives after
    /// hours or on a day off, by the end of the next working day.
    #[must_use]
    pub fn answer_due(&self, arrived: Timestamp) -> Timestamp {
        // NĐ 30/2020/NĐ-CP Điều 21 khoản 2 điểm c: "trong ngày".
        self.office_day(arrived).last_moment()
    }

    /// Until when an arrived document has to be presented to whoever decides who handles it.
    #[must_use]
    pub fn present_due(&self, arrived: Timestamp, urgency: Urgency) -> Timestamp {
        // NĐ 30/2020/NĐ-CP Điều 23 khoản 1: the same day, at the latest the next working day;
        // urgent ones at once.
        match self.at_once.get(&urgency) {
            Some(minutes) => self.plus_office_minutes(arrived, *minutes),
            None => self.next_working(arrived.local_day()).last_moment(),
        }
    }

    /// The last day on which a document promulgated on `day` is sent in time.
    #[must_use]
    pub fn issue_due(&self, day: LocalDay, urgency: Urgency) -> LocalDay {
        // NĐ 30/2020/NĐ-CP Điều 18 khoản 1: the day it is signed, at the latest the next working
        // day; urgent ones at once: that same day.
        if urgency != Urgency::Normal && self.is_working(day) {
            day
        } else {
            self.next_working(day)
        }
    }

    /// `from` and so many minutes of office time.
    fn plus_office_minutes(&self, from: Timestamp, minutes: u32) -> Timestamp {
        let mut day = self.office_day(from);
        let mut start = if day == from.local_day() {
            from.max(day.at_minute(self.opens))
        } else {
            day.at_minute(self.opens)
        };
        let mut left = i64::from(minutes).saturating_mul(60_000);
        // One round takes a whole office day, at least a minute long.
        for _ in 0..=minutes {
            let closes = day.at_minute(self.closes);
            let today = closes.0.saturating_sub(start.0);
            if left <= today {
                return Timestamp(start.0.saturating_add(left));
            }
            left = left.saturating_sub(today);
            day = self.next_working(day);
            start = day.at_minute(self.opens);
        }
        start
    }

    /// Days off beside Saturdays and Sundays.
    #[must_use]
    pub fn days_off(&self) -> usize {
        self.off.len()
    }

    /// Days worked in place of days off.
    #[must_use]
    pub fn made_up(&self) -> usize {
        self.made_up.len()
    }

    /// The years about which it says anything.
    #[must_use]
    pub fn years(&self) -> BTreeSet<i16> {
        self.off
            .iter()
            .chain(&self.made_up)
            .map(|d| d.year())
            .collect()
    }

    /// Office hours, as `07:30–17:00`.
    #[must_use]
    pub fn hours(&self) -> String {
        let clock =
            |minute: u16| format!("{:02}:{:02}", minute.div_euclid(60), minute.rem_euclid(60));
        format!("{}–{}", clock(self.opens), clock(self.closes))
    }
}

#[cfg(test)]
mod tests;
