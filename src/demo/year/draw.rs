//! Draws the plans of the year with a kept seed.

use super::chance::Chance;
use super::offices::{Habit, Office, first_day, last_day};
use super::plan::{DECISION, Plan, Sent, Signed, Stop};
use crate::model::{Calendar, LocalDay, Timestamp};
use std::collections::BTreeMap;

/// The moments of a day at which something is done, in minutes: all within office hours. Each is a group of the log or
/// two, and each group waits for the disk.
const MOMENTS: [u16; 3] = [480, 660, 900];
/// How long a document waits in an inbox (`[clocks] inbox_secs`).
const INBOX_SECS: i64 = 30 * 24 * 3600;
/// When the last answers of a day are given.
const EVENING: u16 = 1_000;

const KINDS: [&str; 6] = [
    "Công văn",
    "Công văn",
    "Báo cáo",
    "Thông báo",
    "Tờ trình",
    DECISION,
];
const SUBJECTS: [&str; 12] = [
    "kết quả cải cách hành chính",
    "dự toán ngân sách",
    "phòng, chống thiên tai",
    "tiêm chủng mở rộng",
    "giải phóng mặt bằng đường liên xã",
    "bàn giao hồ sơ sau sắp xếp đơn vị hành chính",
    "cấp giấy chứng nhận quyền sử dụng đất",
    "trả lời kiến nghị của cử tri",
    "tuyển quân",
    "bảo hiểm y tế hộ nghèo",
    "thu gom rác thải sinh hoạt",
    "chuyển đổi số cấp xã",
];

/// Draws every document, in the order of their days.
#[must_use]
pub fn plans(offices: &[Office], calendar: &Calendar, seed: u64) -> Vec<Plan> {
    let mut drawing = Drawing {
        offices,
        calendar,
        chance: Chance::new(seed),
        numbers: BTreeMap::new(),
    };
    let mut out = Vec::new();
    let days = std::iter::successors(Some(first_day()), |day| day.next());
    for day in days.take_while(|day| *day <= last_day()) {
        if !calendar.is_working(day) {
            continue;
        }
        for (place, office) in offices.iter().enumerate() {
            if office.lives_on(day) {
                drawing.day_of(place, office, day, &mut out);
            }
        }
    }
    out
}

struct Drawing<'a> {
    offices: &'a [Office],
    calendar: &'a Calendar,
    chance: Chance,
    /// The last number of each series: numbers begin again at 01 each year.
    numbers: BTreeMap<(usize, &'static str, i16), u32>,
}

impl Drawing<'_> {
    fn day_of(&mut self, place: usize, office: &Office, day: LocalDay, out: &mut Vec<Plan>) {
        let habit = office.habit_on(day);
        let whole = habit.documents.div_euclid(1000);
        let more = u64::from(self.chance.happens(habit.documents.rem_euclid(1000)));
        for _ in 0..whole.saturating_add(more) {
            let kind = self.chance.one_of(&KINDS).unwrap_or(DECISION);
            let series = if kind == DECISION { DECISION } else { "" };
            let last = self.numbers.entry((place, series, day.year())).or_insert(0);
            *last = last.saturating_add(1);
            let number = *last;
            let subject = self.chance.one_of(&SUBJECTS).unwrap_or_default();
            let on_paper = self.chance.happens(habit.paper);
            let unproved = !on_paper && self.chance.happens(3);
            let sent = match on_paper || unproved {
                true => None,
                false => Some(self.sent(place, office, &habit, day)),
            };
            let paper = on_paper || !unproved && self.chance.happens(habit.paper_too);
            out.push(Plan {
                office: place,
                number,
                kind,
                day,
                subject,
                paper,
                unproved,
                sent,
            });
        }
    }

    fn signed(&mut self, habit: &Habit) -> Signed {
        let drawn = self.chance.below(1000);
        let unsigned = habit.unsigned;
        let wrong = unsigned.saturating_add(habit.wrong);
        let agency = wrong.saturating_add(habit.agency_only);
        match drawn {
            n if n < unsigned => Signed::Nobody,
            n if n < wrong && n % 2 == 0 => Signed::Person,
            n if n < wrong => Signed::Altered,
            n if n < agency => Signed::Agency,
            _ => Signed::Both,
        }
    }

    fn sent(&mut self, place: usize, office: &Office, habit: &Habit, day: LocalDay) -> Sent {
        let late = self.later(day, 3);
        let late = Some(late).filter(|day| office.lives_on(*day));
        let from = late.filter(|_| self.chance.happens(habit.sent_late));
        let from = from.unwrap_or(day);
        let mut at = self.moment(from);
        let first = self.signed(habit);
        let mut offers = vec![(at, first)];
        // Half of what was refused is signed and offered again on the next working day, while the unit exists.
        let next = self.calendar.next_working(at.local_day());
        if !first.passes() && office.lives_on(next) && self.chance.happens(500) {
            at = self.moment(next);
            offers.push((at, Signed::Both));
        }
        let passes = offers.last().is_some_and(|(_, signed)| signed.passes());
        let due = self.chance.happens(250).then(|| self.later(day, 10));
        let mut stops: Vec<Stop> = self.recipients(place, at.local_day());
        if passes {
            for stop in &mut stops {
                self.stop(stop, at, due);
            }
        }
        let first_passes = first.passes();
        let recalled = match first_passes && self.chance.happens(8) {
            true => self.recall(office, &mut stops),
            false => None,
        };
        if first_passes && recalled.is_none() && stops.len() > 1 && self.chance.happens(10) {
            take_back(&mut stops, at);
        }
        Sent {
            offers,
            stops,
            due,
            recalled,
        }
    }

    /// One to three others that exist on that day.
    fn recipients(&mut self, own: usize, on: LocalDay) -> Vec<Stop> {
        let others: Vec<usize> = (0..self.offices.len())
            .filter(|place| *place != own)
            .filter(|place| self.offices.get(*place).is_some_and(|o| o.lives_on(on)))
            .collect();
        let many = [1, 1, 1, 2, 2, 3];
        let many = self.chance.one_of(&many).unwrap_or(1);
        let mut chosen: Vec<usize> = Vec::new();
        for _ in 0..many {
            let one = self.chance.one_of(&others);
            chosen.extend(one.filter(|one| !chosen.contains(one)));
        }
        let stop = |office| Stop {
            office,
            fetched: None,
            answered: None,
            completed: None,
            taken_back: None,
            expired: None,
        };
        chosen.into_iter().map(stop).collect()
    }

    fn stop(&mut self, stop: &mut Stop, offered: Timestamp, due: Option<LocalDay>) {
        let Some(office) = self.offices.get(stop.office) else {
            return;
        };
        let habit = office.habit;
        let fetched = self.after(offered);
        let there = |at: Timestamp| office.lives_on(at.local_day());
        let deaf = office.deaf_since();
        if !there(fetched) {
            // Of the last days of the history nobody knows yet.
            let ended = office.days.1 < last_day();
            stop.expired = Some(offered.plus_secs(INBOX_SECS)).filter(|_| ended);
            return;
        }
        if deaf.is_some_and(|since| since <= fetched.local_day()) {
            return;
        }
        stop.fetched = Some(fetched);
        let answered = match self.chance.happens(habit.answers_late) {
            true => self.moment(self.later(fetched.local_day(), 2)),
            false => same_day(fetched),
        };
        if !there(answered) {
            return;
        }
        let accepts = !self.chance.happens(25);
        stop.answered = Some((answered, accepts));
        if let Some(due) = due.filter(|_| accepts) {
            let days = if self.chance.happens(170) { 12 } else { 6 };
            let done = self.later(answered.local_day(), days);
            let done = self.moment(done.max(answered.local_day()));
            // What is a day late is not dealt with at all by some.
            let forgotten = done.local_day() > due && self.chance.happens(300);
            stop.completed = Some(done).filter(|at| there(*at) && !forgotten);
        }
    }

    /// Recalls a document that everybody has answered; nobody goes on with it from there.
    fn recall(&mut self, sender: &Office, stops: &mut [Stop]) -> Option<Timestamp> {
        let answers = stops.iter().map(|stop| stop.answered.map(|(at, _)| at));
        let answered: Option<Vec<Timestamp>> = answers.collect();
        let last = answered?.into_iter().max()?;
        let next = self.calendar.next_working(last.local_day());
        let everybody = |on: LocalDay| {
            let mut own = stops
                .iter()
                .filter_map(|stop| self.offices.get(stop.office));
            own.all(|office| office.lives_on(on))
        };
        // The answer to it comes a day later.
        if !sender.lives_on(next) || !everybody(self.calendar.next_working(next)) {
            return None;
        }
        for stop in stops {
            stop.completed = None;
        }
        Some(self.moment(next))
    }

    /// So many working days later.
    fn later(&self, day: LocalDay, days: usize) -> LocalDay {
        (0..days).fold(day, |day, _| self.calendar.next_working(day))
    }

    /// A moment of that day.
    fn moment(&mut self, day: LocalDay) -> Timestamp {
        let minute = self.chance.one_of(&MOMENTS).unwrap_or(480);
        day.at_minute(minute)
    }

    /// One of the next moments: on the same day, or in the morning of the next working day.
    fn after(&mut self, at: Timestamp) -> Timestamp {
        let (day, minute) = (at.local_day(), at.local_minute());
        let left: Vec<u16> = MOMENTS.into_iter().filter(|m| *m > minute).collect();
        match self.chance.one_of(&left) {
            Some(minute) => day.at_minute(minute),
            None => self.calendar.next_working(day).at_minute(480),
        }
    }
}

/// A later moment of the same day.
fn same_day(at: Timestamp) -> Timestamp {
    let (day, minute) = (at.local_day(), at.local_minute());
    let next = MOMENTS.into_iter().find(|m| *m > minute);
    day.at_minute(next.unwrap_or(EVENING))
}

/// The last recipient has not fetched it yet.
fn take_back(stops: &mut [Stop], offered: Timestamp) {
    if let Some(last) = stops.last_mut() {
        last.fetched = None;
        last.answered = None;
        last.completed = None;
        last.expired = None;
        last.taken_back = Some(offered);
    }
}
