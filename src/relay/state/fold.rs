//! What each record does to the state. The table of moves decides; the records only say what was done.

use super::{
    Answer, Attempts, Delivery, DocumentState, Doubt, Erasure, Facts, Request, TimelineEntry,
    TimelineKind,
};
use crate::model::event::{
    Answered, Arrived, Attempted, Doubted, Erased, Event, Expired, Offered, Progressed, Recorded,
    Rejudged, Replayed,
};
use crate::model::{Digest, Position, Status, Timestamp, UnitCode};
use crate::relay::moves::{self, Actor, Asked, Move, Phase, Standing, Step};

/// Folds one record into the state. A record that cannot follow the state leaves it unchanged:
/// the writer checked the move before it was committed, so this happens only to receipts and acts.
#[must_use]
pub fn fold(state: Option<DocumentState>, record: &Recorded) -> Option<DocumentState> {
    match (&record.event, state) {
        (Event::Offered(e), None) => Some(first(e, record)),
        (_, None) => None,
        (event, Some(mut state)) => {
            next(&mut state, event, record);
            Some(state)
        }
    }
}

fn next(state: &mut DocumentState, event: &Event, record: &Recorded) {
    match event {
        Event::Rejudged(e) => rejudged(state, e, record),
        Event::Doubted(e) => doubted(state, e, record),
        Event::Arrived(e) => arrived(state, e, record),
        Event::Answered(e) => answered(state, e, record),
        Event::Progressed(e) => progressed(state, e, record),
        Event::TakeBackAsked(e) => {
            let said = Said::new(TimelineKind::TakeBackAsked).note(e.note);
            let asked = request(record, e.due, e.note);
            made(state, record, &e.recipient, SENDER_TAKES_BACK, said, asked);
        }
        Event::TakenBack(e) => {
            let said = Said::new(TimelineKind::TakenBack).note(e.note);
            let asked = request(record, None, e.note);
            made(state, record, &e.recipient, SENDER_TAKES_BACK, said, asked);
        }
        Event::TakeBackAnswered(e) => {
            let said = Said::new(TimelineKind::TakeBackAnswered).note(e.note);
            answers(state, record, &e.recipient, e.status, said);
        }
        Event::Recalled(e) => {
            let said = Said::new(TimelineKind::Recalled).note(e.note);
            let asked = request(record, e.due, e.note);
            let by = (Actor::Sender, Move::Recall);
            made(state, record, &e.recipient, by, said, asked);
        }
        Event::RecallAnswered(e) => {
            let said = Said::new(TimelineKind::RecallAnswered).note(e.note);
            answers(state, record, &e.recipient, e.status, said);
        }
        Event::Superseded(e) => {
            let said = Said::new(TimelineKind::Superseded).other(e.by);
            let by = (Actor::Sender, Move::Replace);
            made(state, record, &e.recipient, by, said, |_| {});
        }
        Event::Updated(e) => {
            let said = Said::new(TimelineKind::Updated).other(e.by);
            push(state, record, None, said);
        }
        Event::Expired(e) => expired(state, e, record),
        Event::Replayed(e) => replayed(state, e, record),
        Event::GivenUp(e) => {
            let mut said = Said::new(TimelineKind::GivenUp).note(e.note);
            said.facts.actor.clone_from(&e.actor);
            let by = (Actor::Administrator, Move::GiveUp);
            made(state, record, &e.recipient, by, said, |_| {});
        }
        Event::Erased(e) => erased(state, e, record),
        Event::Attempted(e) => attempted(state, e, record),
        Event::Offered(_)
        | Event::ReceiptSigned(_)
        | Event::RulesChanged(_)
        | Event::Simulated(_)
        | Event::Stamped(_)
        | Event::ClockConfirmed(_)
        | Event::PeriodClosed(_)
        | Event::Counted(_)
        | Event::RegisterImported(_)
        | Event::RegisterEntries(_)
        | Event::RegisterUndone(_)
        | Event::NilReturned(_)
        | Event::FindingOpened(_)
        | Event::FindingClosed(_)
        | Event::FindingReminded(_)
        | Event::ReportSent(_)
        | Event::Dossier(_)
        | Event::Survey(_) => {}
    }
}

fn replayed(state: &mut DocumentState, e: &Replayed, record: &Recorded) {
    let mut said = Said::new(TimelineKind::Replayed).note(e.note);
    said.facts.actor.clone_from(&e.actor);
    let by = (Actor::Administrator, Move::Replay);
    let anew = |d: &mut Delivery| d.attempts = None;
    made(state, record, &e.recipient, by, said, anew);
}

const SENDER_TAKES_BACK: (Actor, Move) = (Actor::Sender, Move::TakeBack);

/// What a record says on the timeline.
struct Said {
    kind: TimelineKind,
    status: Option<Status>,
    facts: Facts,
}

impl Said {
    fn new(kind: TimelineKind) -> Self {
        Self {
            kind,
            status: None,
            facts: Facts::default(),
        }
    }

    fn note(mut self, note: Option<Digest>) -> Self {
        self.facts.note = note;
        self
    }

    fn other(mut self, other: crate::model::DocumentId) -> Self {
        self.facts.other = Some(other);
        self
    }
}

fn push(state: &mut DocumentState, record: &Recorded, recipient: Option<u16>, said: Said) {
    state.timeline.push(TimelineEntry {
        position: record.position,
        at: record.at,
        hash: record.hash,
        kind: said.kind,
        recipient,
        status: said.status,
        facts: said.facts,
    });
    state.version = record.position;
}

/// Makes a move of one delivery, if the table has it.
fn made(
    state: &mut DocumentState,
    record: &Recorded,
    recipient: &UnitCode,
    (by, what): (Actor, Move),
    said: Said,
    set: impl FnOnce(&mut Delivery),
) {
    let Some(index) = state.index(recipient) else {
        return;
    };
    let Some(delivery) = state.deliveries.get_mut(usize::from(index)) else {
        return;
    };
    let Step::To(next) = moves::step(delivery.standing, by, what) else {
        return;
    };
    if next.phase != delivery.standing.phase {
        delivery.since = record.at;
    }
    delivery.listed = listed(delivery.listed, next, what, record.position);
    delivery.standing = next;
    set(delivery);
    push(state, record, Some(index), said);
}

/// The row in the inbox: kept while there is something to do, and put at its end by what whoever read
/// past it must see.
fn listed(row: Option<Position>, at: Standing, what: Move, now: Position) -> Option<Position> {
    let to_do = match at.asked {
        Asked::Recall => true,
        Asked::RecallAgreed | Asked::RecallDeclined => false,
        Asked::Nothing | Asked::TakeBack | Asked::TakeBackDeclined => {
            matches!(at.phase, Phase::Waiting | Phase::Arrived)
        }
    };
    if !to_do {
        return None;
    }
    row.filter(|_| what != Move::Recall).or(Some(now))
}

fn request(
    record: &Recorded,
    due: Option<Timestamp>,
    note: Option<Digest>,
) -> impl FnOnce(&mut Delivery) {
    let at = record.at;
    move |delivery| {
        delivery.asked = Some(Request {
            at,
            due,
            note,
            answer: None,
        });
    }
}

fn waiting(recipients: &[UnitCode], record: &Recorded) -> Vec<Delivery> {
    let new = |unit: &UnitCode| Delivery {
        recipient: unit.clone(),
        standing: Phase::Waiting.into(),
        since: record.at,
        arrived: None,
        due: None,
        answer: None,
        asked: None,
        attempts: None,
        listed: Some(record.position),
    };
    recipients.iter().map(new).collect()
}

fn first(e: &Offered, record: &Recorded) -> DocumentState {
    let relays = e.judged.disposition.relays();
    let mut state = DocumentState {
        offered: e.clone(),
        judged: e.judged.clone(),
        deliveries: if relays {
            waiting(&e.recipients, record)
        } else {
            Vec::new()
        },
        timeline: Vec::new(),
        version: record.position,
        doubts: Vec::new(),
        erased: Vec::new(),
    };
    push(&mut state, record, None, Said::new(TimelineKind::Offered));
    state
}

/// The decision in force stays.
fn doubted(state: &mut DocumentState, e: &Doubted, record: &Recorded) {
    state.doubts.push(Doubt {
        position: record.position,
        judged: e.judged.clone(),
        certificates: e.certificates.clone(),
    });
    push(state, record, None, Said::new(TimelineKind::Doubted));
}

fn rejudged(state: &mut DocumentState, e: &Rejudged, record: &Recorded) {
    if e.judged.disposition.relays() && state.deliveries.is_empty() {
        state.deliveries = waiting(&state.offered.recipients, record);
    }
    state.judged = e.judged.clone();
    push(state, record, None, Said::new(TimelineKind::Rejudged));
}

fn arrived(state: &mut DocumentState, e: &Arrived, record: &Recorded) {
    let said = Said::new(TimelineKind::Arrived);
    let (at, way, due) = (record.at, e.way, e.due);
    let by = (Actor::Gateway, Move::Arrive);
    made(state, record, &e.recipient, by, said, |d| {
        d.arrived = Some((at, way));
        d.due = due;
        d.attempts = None;
    });
}

fn answered(state: &mut DocumentState, e: &Answered, record: &Recorded) {
    let said = Said::new(TimelineKind::Answered).note(e.note);
    let answer = Answer {
        status: e.status,
        at: record.at,
        note: e.note,
    };
    let set = |d: &mut Delivery| d.answer = Some(answer);
    says(state, record, &e.recipient, e.status, said, set);
}

/// A recipient says something: the move is that of its status.
fn says(
    state: &mut DocumentState,
    record: &Recorded,
    recipient: &UnitCode,
    status: Status,
    mut said: Said,
    set: impl FnOnce(&mut Delivery),
) {
    said.status = Some(status);
    let Some(what) = Move::of(status) else {
        return;
    };
    let at = record.at;
    let asked = state.delivery(recipient).map(|d| d.standing.is_asked());
    made(
        state,
        record,
        recipient,
        (Actor::Recipient, what),
        said,
        |d| {
            // An open request is answered by whatever the recipient may say to it.
            if asked == Some(true)
                && let Some(request) = &mut d.asked
            {
                request.answer = Some((status, at));
            }
            set(d);
        },
    );
}

fn answers(
    state: &mut DocumentState,
    record: &Recorded,
    recipient: &UnitCode,
    status: Status,
    said: Said,
) {
    let at = record.at;
    says(state, record, recipient, status, said, |d| {
        // A recall that was declined may still be agreed to.
        if let Some(request) = &mut d.asked {
            request.answer = Some((status, at));
        }
    });
}

fn progressed(state: &mut DocumentState, e: &Progressed, record: &Recorded) {
    let mut said = Said::new(TimelineKind::Progressed).note(e.note);
    said.facts.implied.clone_from(&e.implied);
    says(state, record, &e.recipient, e.status, said, |_| {});
}

fn expired(state: &mut DocumentState, e: &Expired, record: &Recorded) {
    let mut said = Said::new(TimelineKind::Expired);
    said.facts.expiry = Some((e.cause, e.clock));
    let by = (Actor::Gateway, Move::Expire);
    made(state, record, &e.recipient, by, said, |_| {});
}

fn erased(state: &mut DocumentState, e: &Erased, record: &Recorded) {
    state.erased.push(Erasure {
        position: record.position,
        cause: e.cause,
        basis: e.basis,
        bodies: e.bodies.clone(),
    });
    let said = Said::new(TimelineKind::Erased).note(e.basis);
    push(state, record, None, said);
}

fn attempted(state: &mut DocumentState, e: &Attempted, record: &Recorded) {
    let index = state.index(&e.recipient);
    let found = index.and_then(|i| state.deliveries.get_mut(usize::from(i)));
    let Some(delivery) = found.filter(|d| d.is_waiting()) else {
        return;
    };
    let attempt = Attempts {
        number: e.number,
        at: record.at,
        way: e.way,
        outcome: e.outcome,
        code: e.code,
        next: e.next,
    };
    delivery.attempts = Some(attempt);
    let mut said = Said::new(TimelineKind::Attempted);
    said.facts.attempt = Some(attempt);
    push(state, record, index, said);
}
