//! What offices hand in and what the gateway closes in the course of the year.

use super::books::{Book, book, covered};
use super::offices::{Office, day, first_day};
use super::plan::Plan;
use super::{DemoError, end};
use crate::client::register::{ImportQuery, NilRequest};
use crate::http::registers;
use crate::intake::Intake;
use crate::model::{Calendar, LocalDay, Period, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;

/// An act of administration, or of a document office.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum DeskAct {
    /// A unit hands in what covers the month from that day on.
    Book(usize, LocalDay),
    /// A period is closed.
    Close(&'static str),
    /// A closed period is corrected.
    Correct(&'static str),
}

/// The periods that are closed, and when: once every answer due in them has come or is late.
const CLOSED: [(&str, (i16, i8, i8)); 21] = [
    ("2025-01", (2025, 2, 7)),
    ("2025-02", (2025, 3, 7)),
    ("2025-03", (2025, 4, 8)),
    ("2025-Q1", (2025, 4, 9)),
    ("2025-04", (2025, 5, 8)),
    ("2025-05", (2025, 6, 6)),
    ("2025-06", (2025, 7, 8)),
    ("2025-Q2", (2025, 7, 9)),
    ("2025-H1", (2025, 7, 10)),
    ("2025-07", (2025, 8, 7)),
    ("2025-08", (2025, 9, 8)),
    ("2025-Q3@15", (2025, 9, 18)),
    ("2025-09", (2025, 10, 7)),
    ("2025-Q3", (2025, 10, 8)),
    ("2025-10", (2025, 11, 7)),
    ("2025-11@15", (2025, 11, 18)),
    ("2025-11", (2025, 12, 8)),
    ("2025-12", (2026, 1, 8)),
    ("2025-Q4", (2026, 1, 9)),
    ("2025-H2", (2026, 1, 19)),
    ("2025", (2026, 1, 20)),
];

/// Everything that is to be done at desks, by its moment: books early in the next month, then the periods.
pub(super) fn acts(offices: &[Office], calendar: &Calendar) -> BTreeMap<Timestamp, Vec<DeskAct>> {
    let mut out: BTreeMap<Timestamp, Vec<DeskAct>> = BTreeMap::new();
    let mut put = |at: Timestamp, act| out.entry(at).or_default().push(act);
    let mut month = first_day();
    while month <= covered() {
        let next = Period::month_of(month).next();
        let next = *next.days().start();
        let handed_in = (0..2).fold(next, |day, _| calendar.next_working(day));
        for (place, office) in offices.iter().enumerate() {
            if office.lives_on(month) && office.hands_in(month) {
                put(handed_in.at_minute(610), DeskAct::Book(place, month));
            }
        }
        month = next;
    }
    for (period, (year, of, on)) in CLOSED {
        put(day(year, of, on).at_minute(670), DeskAct::Close(period));
    }
    // What was dealt with after the period had been closed enters by a correction.
    put(
        day(2025, 11, 28).at_minute(670),
        DeskAct::Correct("2025-10"),
    );
    out.split_off(&end().plus_secs(1));
    out
}

/// Who does it.
pub(super) struct Desk<'a> {
    pub(super) intake: &'a Intake,
    pub(super) offices: &'a [Office],
    pub(super) plans: &'a [Plan],
}

impl Desk<'_> {
    /// Does it; whether a statement came of it.
    pub(super) async fn does(&self, act: &DeskAct) -> Result<bool, DemoError> {
        let failed = |e: &dyn std::fmt::Debug| DemoError::Year(format!("{act:?}: {e:?}"));
        let period = |name: &str| {
            let none = || DemoError::Year(format!("{name} is no period"));
            Period::parse(name).ok_or_else(none)
        };
        match act {
            DeskAct::Book(place, month) => {
                self.hands_in(*place, *month).await?;
                return Ok(false);
            }
            DeskAct::Close(name) => {
                let closed = self.intake.close_period(period(name)?).await;
                closed.map_err(|e| failed(&e))?;
            }
            DeskAct::Correct(name) => {
                let reason = "Bổ sung văn bản giải quyết xong sau khi chốt kỳ (mô phỏng)";
                let made = self.intake.correct_period(period(name)?, reason).await;
                made.map_err(|e| failed(&e))?;
            }
        }
        Ok(true)
    }

    async fn hands_in(&self, place: usize, month: LocalDay) -> Result<(), DemoError> {
        let Some(office) = self.offices.get(place) else {
            return Ok(());
        };
        let (from, to) = Period::month_of(month).days().into_inner();
        let (from, to) = (from.to_string(), to.to_string());
        let own = |plan: &&Plan| plan.office == place && plan.day.month() == month.month();
        let plans: Vec<&Plan> = self.plans.iter().filter(own).collect();
        let failed = |e: &dyn std::fmt::Debug| DemoError::Year(format!("{}: {e:?}", office.code));
        let (code, actor) = (&office.code, Some(office.code.clone()));
        match book(office, &plans) {
            Book::Nil => {
                let request = NilRequest {
                    from,
                    to,
                    ..NilRequest::default()
                };
                let done = registers::nil(self.intake, code, actor, &request).await;
                done.map_err(|e| failed(&e))?;
            }
            Book::Register(text) => {
                let query = ImportQuery {
                    from,
                    to,
                    ..ImportQuery::default()
                };
                let file = Bytes::from(text);
                let done = registers::import(self.intake, code, actor, &query, file).await;
                done.map_err(|e| failed(&e))?;
            }
        }
        Ok(())
    }
}
