//! What one event adds to the measures. Serves the writer and the rebuild; `recount` is written
//! apart from it, on purpose.

use super::Measure;
use crate::model::event::{Answered, Arrived, Event, Judged, Leaves, Offered, Recorded, Rejudged};
use crate::model::{Disposition, LocalDay, Status, Timestamp, UnitCode};

/// One step of one counter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Increment {
    /// Whose counter.
    pub unit: UnitCode,
    /// On which day.
    pub day: LocalDay,
    /// Which.
    pub measure: Measure,
    /// By how much; negative only when an undecided document is decided or a counted one recalled.
    pub by: i64,
}

/// The increments of one record.
#[must_use]
pub fn count(record: &Recorded) -> Vec<Increment> {
    let today = record.at.local_day();
    match &record.event {
        Event::Offered(e) => offered(e, today),
        Event::Rejudged(e) => rejudged(e, today),
        Event::Arrived(e) => arrived(e, today),
        Event::Answered(e) => answered(e, record.at),
        Event::Recalled(e) => withdrawn(&e.sender, today, Measure::Recalled, e.leaves.as_ref()),
        Event::TakenBack(e) => withdrawn(&e.sender, today, Measure::TakenBack, e.leaves.as_ref()),
        Event::TakeBackAnswered(e) if e.status == Status::Agreed => {
            withdrawn(&e.sender, today, Measure::TakenBack, e.leaves.as_ref())
        }
        Event::GivenUp(e) => left(&e.sender, e.leaves.as_ref()),
        Event::Expired(e) => vec![step(&e.sender, today, Measure::Expired)],
        // A doubt changes no figure: what was counted was done (`counting.md` §1). The others are no
        // deliveries of their own.
        Event::ReceiptSigned(_)
        | Event::RulesChanged(_)
        | Event::Doubted(_)
        | Event::Stamped(_)
        | Event::Progressed(_)
        | Event::TakeBackAsked(_)
        | Event::TakeBackAnswered(_)
        | Event::RecallAnswered(_)
        | Event::Superseded(_)
        | Event::Updated(_)
        | Event::Replayed(_)
        | Event::Erased(_)
        | Event::Attempted(_) => Vec::new(),
    }
}

/// One delivery that was withdrawn, and with the last one its document.
fn withdrawn(
    sender: &UnitCode,
    today: LocalDay,
    measure: Measure,
    leaves: Option<&Leaves>,
) -> Vec<Increment> {
    let mut out = left(sender, leaves);
    out.push(step(sender, today, measure));
    out
}

/// In an open period a recalled document leaves numerator and denominator, and is listed.
fn left(sender: &UnitCode, leaves: Option<&Leaves>) -> Vec<Increment> {
    let Some(leaves) = leaves else {
        return Vec::new();
    };
    let one = |measure: Measure| step(sender, leaves.promulgated, measure);
    let gone = [
        (true, Measure::Offered),
        (leaves.agency_signed, Measure::AgencySigned),
        (leaves.both_signed, Measure::BothSigned),
        (leaves.issued_late, Measure::IssuedLate),
    ];
    let gone = gone.into_iter().filter(|(counted, _)| *counted);
    let less = |(_, measure): (bool, Measure)| Increment {
        by: -1,
        ..one(measure)
    };
    let mut out: Vec<Increment> = gone.map(less).collect();
    out.push(one(Measure::RecalledDocuments));
    out
}

fn step(unit: &UnitCode, day: LocalDay, measure: Measure) -> Increment {
    Increment {
        unit: unit.clone(),
        day,
        measure,
        by: 1,
    }
}

/// Secret material is excluded from every denominator and counted as refused for secrecy.
fn excluded(judged: &Judged) -> bool {
    judged.reason == crate::model::ReasonCode::SecrecyNotAllowed
}

fn signed(unit: &UnitCode, day: LocalDay, judged: &Judged, out: &mut Vec<Increment>) {
    if judged.agency_signed {
        out.push(step(unit, day, Measure::AgencySigned));
        if judged.person_signed {
            out.push(step(unit, day, Measure::BothSigned));
        }
    }
}

fn offered(e: &Offered, today: LocalDay) -> Vec<Increment> {
    let mut out = vec![step(&e.sender, today, Measure::Offers)];
    let held = e.judged.disposition == Disposition::Hold;
    if held {
        out.push(step(&e.sender, today, Measure::Held));
    }
    if e.judged.disposition == Disposition::Refuse {
        out.push(step(&e.sender, today, Measure::Refused(e.judged.reason)));
    }
    // An update under its document's number is no first offer; under another it is a document of its own, or it would
    // be in no figure (`counting.md` §1).
    if e.first_offer && !excluded(&e.judged) {
        out.push(step(&e.sender, e.promulgated, Measure::Offered));
        // NĐ 30/2020/NĐ-CP Điều 18 khoản 1
        if e.issue_due.is_some_and(|due| today > due) {
            out.push(step(&e.sender, e.promulgated, Measure::IssuedLate));
        }
        if held {
            out.push(step(&e.sender, e.promulgated, Measure::Undecided));
        } else {
            signed(&e.sender, e.promulgated, &e.judged, &mut out);
        }
    }
    out
}

fn rejudged(e: &Rejudged, today: LocalDay) -> Vec<Increment> {
    let mut out = Vec::new();
    if e.judged.disposition == Disposition::Refuse {
        out.push(step(&e.sender, today, Measure::Refused(e.judged.reason)));
    }
    if e.first_offer {
        let decided = step(&e.sender, e.promulgated, Measure::Undecided);
        out.push(Increment { by: -1, ..decided });
        signed(&e.sender, e.promulgated, &e.judged, &mut out);
    }
    out
}

fn arrived(e: &Arrived, today: LocalDay) -> Vec<Increment> {
    vec![
        step(&e.sender, today, Measure::Delivered),
        step(&e.recipient, today, Measure::Received),
    ]
}

fn answered(e: &Answered, at: Timestamp) -> Vec<Increment> {
    let (day, today) = (e.arrived.local_day(), at.local_day());
    let mut out = Vec::new();
    // NĐ 30/2020/NĐ-CP Điều 21 khoản 2 điểm c, by the deadline on record; where none is, on the
    // calendar day of the arrival.
    if e.due.map_or(day == today, |due| at <= due) {
        out.push(step(&e.sender, day, Measure::AnsweredInTime));
        out.push(step(&e.recipient, day, Measure::ReceivedAnsweredInTime));
    }
    if e.status == Status::Accepted {
        out.push(step(&e.sender, day, Measure::Accepted));
        out.push(step(&e.recipient, day, Measure::ReceivedAccepted));
    }
    if e.status == Status::Refused {
        out.push(step(&e.sender, day, Measure::RefusedByRecipient));
    }
    if day == today {
        out.push(step(&e.sender, day, Measure::AnsweredSameDay));
        out.push(step(&e.recipient, day, Measure::ReceivedAnsweredSameDay));
    }
    out
}
