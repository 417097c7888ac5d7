//! The figures of the year as its plans have them, reckoned apart from everything that counts events: by the names of
//! measures alone, so that the figures of the store can be held against it.

use super::offices::Office;
use super::plan::{Plan, Sent, Signed};
use crate::model::{Calendar, LocalDay};
use std::collections::BTreeMap;

/// Figures by unit, month (`2025-07`) and the name of the measure.
pub type Figures = BTreeMap<(String, String, String), i64>;

/// Reckons.
#[derive(Debug)]
pub struct Tally<'a> {
    offices: &'a [Office],
    calendar: &'a Calendar,
    figures: Figures,
}

/// The figures of all plans.
#[must_use]
pub fn tally(offices: &[Office], calendar: &Calendar, plans: &[Plan]) -> Figures {
    let mut tally = Tally {
        offices,
        calendar,
        figures: Figures::new(),
    };
    for plan in plans {
        tally.one(plan);
    }
    tally.registers();
    tally.figures
}

impl Tally<'_> {
    fn add(&mut self, office: usize, day: LocalDay, measure: &str) {
        let Some(office) = self.offices.get(office) else {
            return;
        };
        let key = (
            office.code.to_string(),
            day.month().to_string(),
            measure.to_owned(),
        );
        let figure = self.figures.entry(key).or_insert(0);
        *figure = figure.saturating_add(1);
    }

    fn one(&mut self, plan: &Plan) {
        let office = self.offices.get(plan.office);
        let handed_in = office.is_some_and(|office| office.hands_in(plan.day));
        let handed_in = handed_in && plan.day <= super::books::covered();
        let Some(sent) = &plan.sent else {
            // The gateway knows of it by the register alone.
            if handed_in && plan.unproved {
                self.add(plan.office, plan.day, "unproved");
            } else if handed_in {
                self.add(plan.office, plan.day, "paper_only");
            }
            return;
        };
        for (at, signed) in &sent.offers {
            self.add(plan.office, at.local_day(), "offers");
            let reason = match signed {
                Signed::Both | Signed::Agency => continue,
                Signed::Person => "refused.agency_signature_missing",
                Signed::Nobody => "refused.no_signature",
                Signed::Altered => "refused.digest_mismatch",
            };
            self.add(plan.office, at.local_day(), reason);
        }
        self.deliveries(plan.office, sent);
        if let Some(recalled) = sent.recalled {
            self.add(plan.office, plan.day, "recalled_documents");
            for _ in &sent.stops {
                self.add(plan.office, recalled.local_day(), "recalled");
            }
            return;
        }
        self.document(plan, sent);
        self.exchange(plan, sent);
    }

    /// As first offered.
    fn document(&mut self, plan: &Plan, sent: &Sent) {
        self.add(plan.office, plan.day, "offered");
        let Some((at, signed)) = sent.offers.first() else {
            return;
        };
        let in_time = self.calendar.next_working(plan.day);
        if at.local_day() > in_time {
            self.add(plan.office, plan.day, "issued_late");
        }
        if matches!(signed, Signed::Both | Signed::Agency) {
            self.add(plan.office, plan.day, "agency_signed");
        }
        if *signed == Signed::Both {
            self.add(plan.office, plan.day, "both_signed");
        }
    }

    /// Where it came, and whether paper went with it.
    fn exchange(&mut self, plan: &Plan, sent: &Sent) {
        let mut add = |there: bool, measure: &str| {
            if there {
                self.add(plan.office, plan.day, measure);
            }
        };
        let standing = sent.stops.iter().filter(|stop| stop.taken_back.is_none());
        let (mut all, mut got) = (0_usize, 0_usize);
        for stop in standing {
            all = all.saturating_add(1);
            got = got.saturating_add(usize::from(stop.fetched.is_some()));
        }
        let (some, everybody) = (got > 0, got == all);
        add(true, "countable");
        add(some, "electronic");
        add(everybody && !plan.paper, "electronic_only");
        add(everybody && !plan.paper, "electronic_only_reachable");
        add(some && plan.paper, "with_paper");
        let last = sent.offers.last().map(|(_, signed)| *signed);
        add(some, "delivered_documents");
        add(some, "delivered_agency_signed");
        add(some && last == Some(Signed::Both), "delivered_both_signed");
    }

    fn deliveries(&mut self, sender: usize, sent: &Sent) {
        for stop in &sent.stops {
            if let Some(at) = stop.taken_back {
                self.add(sender, at.local_day(), "taken_back");
            }
            if let Some(at) = stop.expired {
                self.add(sender, at.local_day(), "expired");
            }
            let Some(fetched) = stop.fetched else {
                continue;
            };
            let day = fetched.local_day();
            self.add(sender, day, "delivered");
            self.add(stop.office, day, "received");
            self.add(stop.office, day, "opened");
            if let Some(due) = sent.due {
                self.add(stop.office, day, "with_due");
                let done = stop.completed.map(|at| at.local_day());
                if done.is_some_and(|done| done <= due) {
                    self.add(stop.office, day, "completed_in_time");
                }
            }
            let Some((answered, accepted)) = stop.answered else {
                continue;
            };
            if accepted {
                self.add(sender, day, "accepted");
                self.add(stop.office, day, "received_accepted");
            } else {
                self.add(sender, day, "refused_by_recipient");
            }
            // Everything is fetched in office hours: in time is the same day.
            if answered.local_day() == day {
                for measure in ["answered_same_day", "answered_in_time"] {
                    self.add(sender, day, measure);
                    self.add(stop.office, day, &format!("received_{measure}"));
                }
            }
        }
    }

    /// The days for which registers were handed in: whole months, of which nobody handed in the last.
    fn registers(&mut self) {
        for place in 0..self.offices.len() {
            let Some(office) = self.offices.get(place) else {
                continue;
            };
            let (first, last) = office.days;
            let covered = super::books::covered();
            let hands_in: Vec<LocalDay> = std::iter::successors(Some(first), |day| day.next())
                .take_while(|day| *day <= last && *day <= covered)
                .filter(|day| office.hands_in(*day))
                .collect();
            for day in hands_in {
                self.add(place, day, "register_days");
            }
        }
    }
}
