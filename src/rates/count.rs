//! What one event adds to the measures. Serves the writer and the rebuild; `recount` is written
//! apart from it, on purpose.

use super::Measure;
use super::one_document::{FACTS, REGISTER_DAYS, is_counted};
use crate::model::event::{
    Answered, Arrived, Counted, Event, Exchange, Judged, Leaves, Offered, Progressed, Recorded,
    RegisterEntries, RegisterEntry, Rejudged, Way,
};
use crate::model::{Disposition, DocumentId, DocumentKey, LocalDay, Status, Timestamp, UnitCode};
use std::sync::Arc;

/// What one step counts: what stands behind a figure.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Item {
    /// A document that was offered here.
    Document(DocumentId),
    /// One document at one recipient.
    Delivery(DocumentId, UnitCode),
    /// A document by the key under which it counts once: offered here, in a paper register, or both.
    Key(Arc<DocumentKey>),
    /// A register or a nil return that was handed in.
    Import(DocumentId),
}

/// One step of one counter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Increment {
    /// Whose counter.
    pub unit: UnitCode,
    /// On which day.
    pub day: LocalDay,
    /// Which.
    pub measure: Measure,
    /// What it counts.
    pub of: Item,
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
        Event::Recalled(e) => {
            let of = Item::Delivery(e.document, e.recipient.clone());
            let step = step(&e.sender, today, Measure::Recalled, &of);
            withdrawn(step, e.document, e.leaves.as_ref())
        }
        Event::TakenBack(e) => {
            let of = Item::Delivery(e.document, e.recipient.clone());
            let step = step(&e.sender, today, Measure::TakenBack, &of);
            withdrawn(step, e.document, e.leaves.as_ref())
        }
        Event::TakeBackAnswered(e) if e.status == Status::Agreed => {
            let of = Item::Delivery(e.document, e.recipient.clone());
            let step = step(&e.sender, today, Measure::TakenBack, &of);
            withdrawn(step, e.document, e.leaves.as_ref())
        }
        Event::GivenUp(e) => left(&e.sender, e.document, e.leaves.as_ref()),
        Event::Expired(e) => {
            let of = Item::Delivery(e.document, e.recipient.clone());
            vec![step(&e.sender, today, Measure::Expired, &of)]
        }
        Event::Progressed(e) => progressed(e, today),
        Event::Counted(e) => counted(e),
        Event::RegisterImported(e) => register_days(&e.unit, (e.from, e.to), 1, e.import),
        Event::NilReturned(e) => register_days(&e.unit, (e.from, e.to), 1, e.import),
        Event::RegisterUndone(e) => register_days(&e.unit, (e.from, e.to), -1, e.import),
        Event::RegisterEntries(e) => entries(e),
        // A doubt changes no figure: what was counted was done (`counting.md` §1). The others are no
        // deliveries of their own.
        Event::ReceiptSigned(_)
        | Event::RulesChanged(_)
        | Event::Simulated(_)
        | Event::Doubted(_)
        | Event::Stamped(_)
        | Event::ClockConfirmed(_)
        | Event::PeriodClosed(_)
        | Event::FindingOpened(_)
        | Event::FindingClosed(_)
        | Event::FindingReminded(_)
        | Event::ReportSent(_)
        | Event::Dossier(_)
        | Event::Survey(_)
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
fn withdrawn(delivery: Increment, document: DocumentId, leaves: Option<&Leaves>) -> Vec<Increment> {
    let mut out = left(&delivery.unit, document, leaves);
    out.push(delivery);
    out
}

/// In an open period a recalled document leaves numerator and denominator, and is listed.
fn left(sender: &UnitCode, document: DocumentId, leaves: Option<&Leaves>) -> Vec<Increment> {
    let Some(leaves) = leaves else {
        return Vec::new();
    };
    let of = Item::Document(document);
    let one = |measure: Measure| step(sender, leaves.promulgated, measure, &of);
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

fn step(unit: &UnitCode, day: LocalDay, measure: Measure, of: &Item) -> Increment {
    Increment {
        unit: unit.clone(),
        day,
        measure,
        of: of.clone(),
        by: 1,
    }
}

/// The signatures of a document that counts as offered in `offered`.
fn signed(offered: &Increment, judged: &Judged, out: &mut Vec<Increment>) {
    let one = |measure: Measure| Increment {
        measure,
        by: 1,
        ..offered.clone()
    };
    if judged.agency_signed {
        out.push(one(Measure::AgencySigned));
        if judged.person_signed {
            out.push(one(Measure::BothSigned));
        }
    }
}

fn offered(e: &Offered, today: LocalDay) -> Vec<Increment> {
    let of = Item::Document(e.document);
    let mut out = vec![step(&e.sender, today, Measure::Offers, &of)];
    let held = e.judged.disposition == Disposition::Hold;
    if held {
        out.push(step(&e.sender, today, Measure::Held, &of));
    }
    if e.judged.disposition == Disposition::Refuse {
        out.push(step(
            &e.sender,
            today,
            Measure::Refused(e.judged.reason),
            &of,
        ));
    }
    // An update under its document's number is no first offer; under another it is a document of its own, or it would
    // be in no figure (`counting.md` §1).
    if e.first_offer && is_counted(e) {
        let one = |measure: Measure| step(&e.sender, e.promulgated, measure, &of);
        out.push(one(Measure::Offered));
        // NĐ 30/2020/NĐ-CP Điều 18 khoản 1
        if e.issue_due.is_some_and(|due| today > due) {
            out.push(one(Measure::IssuedLate));
        }
        if !e.in_register {
            let facts = Exchange::of_offer(e);
            out.extend(stands(&e.key, e.promulgated, facts, 1));
        }
        if held {
            out.push(one(Measure::Undecided));
        } else {
            signed(&one(Measure::Offered), &e.judged, &mut out);
        }
    }
    out
}

fn rejudged(e: &Rejudged, today: LocalDay) -> Vec<Increment> {
    let of = Item::Document(e.document);
    let mut out = Vec::new();
    if e.judged.disposition == Disposition::Refuse {
        out.push(step(
            &e.sender,
            today,
            Measure::Refused(e.judged.reason),
            &of,
        ));
    }
    if e.first_offer {
        let decided = step(&e.sender, e.promulgated, Measure::Undecided, &of);
        signed(&decided, &e.judged, &mut out);
        out.push(Increment { by: -1, ..decided });
    }
    out
}

fn arrived(e: &Arrived, today: LocalDay) -> Vec<Increment> {
    let of = Item::Delivery(e.document, e.recipient.clone());
    let received = |measure: Measure| step(&e.recipient, today, measure, &of);
    let mut out = vec![
        step(&e.sender, today, Measure::Delivered, &of),
        received(Measure::Received),
    ];
    if e.way == Way::Pull {
        out.push(received(Measure::Opened));
    }
    if e.due.is_some_and(|due| due.complete.is_some()) {
        out.push(received(Measure::WithDue));
    }
    out
}

fn progressed(e: &Progressed, today: LocalDay) -> Vec<Increment> {
    let in_time = e.status == Status::Completed && e.due.is_some_and(|due| today <= due);
    let day = e.arrived.local_day();
    let of = Item::Delivery(e.document, e.recipient.clone());
    let own = || step(&e.recipient, day, Measure::CompletedInTime, &of);
    in_time.then(own).into_iter().collect()
}

/// A document counts as something else, or on another day, from here on.
fn counted(e: &Counted) -> Vec<Increment> {
    let (from, to) = (e.from, e.to);
    if from.0 == to.0 {
        let stayed = |facts: Exchange, other: Exchange| facts.without(other);
        let gone = stands(&e.key, from.0, stayed(from.1, to.1), -1);
        return gone
            .chain(stands(&e.key, to.0, stayed(to.1, from.1), 1))
            .collect();
    }
    let gone = stands(&e.key, from.0, from.1, -1);
    gone.chain(stands(&e.key, to.0, to.1, 1)).collect()
}

/// One step of each measure that a document stands in. It is named by its key, whether it was offered here or stands
/// in a register: it counts once, and may be both.
fn stands(
    key: &DocumentKey,
    day: LocalDay,
    facts: Exchange,
    by: i64,
) -> impl Iterator<Item = Increment> + use<> {
    let unit = key.unit.clone();
    let of = Item::Key(Arc::new(key.clone()));
    let there = FACTS.iter().filter(move |(fact, _)| facts.has(*fact));
    there.map(move |(_, measure)| Increment {
        by,
        ..step(&unit, day, *measure, &of)
    })
}

/// A day is covered by what was handed in for it, which is not there any more once it is taken back.
fn register_days(
    unit: &UnitCode,
    (from, to): (LocalDay, LocalDay),
    by: i64,
    import: DocumentId,
) -> Vec<Increment> {
    let of = Item::Import(import);
    let days = std::iter::successors(Some(from), |day| day.next());
    let covered = days.take_while(|day| *day <= to).take(REGISTER_DAYS);
    let day = |day| Increment {
        by,
        ..step(unit, day, Measure::RegisterDays, &of)
    };
    covered.map(day).collect()
}

/// Those of which nothing else is known; of the others the writer says how they stand.
fn entries(e: &RegisterEntries) -> Vec<Increment> {
    let by = if e.undone { -1 } else { 1 };
    let alone = e.entries.iter().filter(|entry| entry.alone);
    let each = |entry: &RegisterEntry| {
        stands(
            &entry.key(&e.unit),
            entry.day,
            Exchange::of_entry(entry.sent_by),
            by,
        )
    };
    alone.flat_map(each).collect()
}

fn answered(e: &Answered, at: Timestamp) -> Vec<Increment> {
    let (day, today) = (e.arrived.local_day(), at.local_day());
    let of = Item::Delivery(e.document, e.recipient.clone());
    let sent = |measure: Measure| step(&e.sender, day, measure, &of);
    let received = |measure: Measure| step(&e.recipient, day, measure, &of);
    let mut out = Vec::new();
    // NĐ 30/2020/NĐ-CP Điều 21 khoản 2 điểm c, by the deadline on record; where none is, on the
    // calendar day of the arrival.
    if e.due.map_or(day == today, |due| at <= due) {
        out.push(sent(Measure::AnsweredInTime));
        out.push(received(Measure::ReceivedAnsweredInTime));
    }
    if e.status == Status::Accepted {
        out.push(sent(Measure::Accepted));
        out.push(received(Measure::ReceivedAccepted));
    }
    if e.status == Status::Refused {
        out.push(sent(Measure::RefusedByRecipient));
    }
    if day == today {
        out.push(sent(Measure::AnsweredSameDay));
        out.push(received(Measure::ReceivedAnsweredSameDay));
    }
    out
}
