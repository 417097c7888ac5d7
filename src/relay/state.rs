//! The state of one document, folded from its events.

use crate::model::event::{
    Answered, Arrived, Doubted, Due, Event, Judged, Offered, Recorded, Rejudged,
};
use crate::model::{Digest, DocumentId, Position, Status, Timestamp, UnitCode};

/// What one recipient did with a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeliveryState {
    /// Not fetched yet.
    Waiting,
    /// Downloaded completely for the first time at that moment.
    Arrived(Timestamp),
    /// Answered: when it arrived, the answer, when it was given.
    Answered(Timestamp, Status, Timestamp),
}

/// One recipient of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// The recipient.
    pub recipient: UnitCode,
    /// What it did.
    pub state: DeliveryState,
    /// The body with its reason and staff, if it gave any.
    pub note: Option<Digest>,
    /// What is due of the recipient since the arrival, if that is on record.
    pub due: Option<Due>,
}

/// One record of the log about the document: the facts that a receipt states.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimelineEntry {
    /// The record's place.
    pub position: Position,
    /// When it was committed.
    pub at: Timestamp,
    /// The audit chain's head at that record.
    pub hash: Digest,
    /// The event's stable name.
    pub kind: TimelineKind,
    /// The recipient it is about, as an index into [`DocumentState::deliveries`].
    pub recipient: Option<u16>,
}

crate::model::indication::words! {
    /// What kinds of record appear on a timeline.
    TimelineKind {
        /// The document was offered and judged.
        Offered = 1 "offered",
        /// It left the hold.
        Rejudged = 2 "rejudged",
        /// It arrived at a recipient.
        Arrived = 3 "arrived",
        /// A recipient answered.
        Answered = 4 "answered",
        /// What became known later undoes its verdict.
        Doubted = 5 "doubted",
    }
}

/// All that is known of one document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentState {
    /// The offer; its `judged` is what was decided first.
    pub offered: Offered,
    /// The decision in force: the offer's, or that of the last [`Rejudged`].
    pub judged: Judged,
    /// Its recipients, in the envelope's order; empty unless it is relayed.
    pub deliveries: Vec<Delivery>,
    /// Its records, oldest first; receipts are not on it.
    pub timeline: Vec<TimelineEntry>,
    /// The place of its last record that changed it: the version for optimistic commits.
    pub version: Position,
    /// What later put its verdict in doubt, oldest first.
    pub doubts: Vec<Doubt>,
}

/// A verdict given in hindsight; see [`Doubted`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Doubt {
    /// The place of its record.
    pub position: Position,
    /// The verdict.
    pub judged: Judged,
    /// The certificates found revoked.
    pub certificates: Vec<Digest>,
}

impl DocumentState {
    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> DocumentId {
        self.offered.document
    }

    /// When it arrived at the gateway.
    #[must_use]
    pub fn arrived(&self) -> Option<Timestamp> {
        self.timeline.first().map(|offer| offer.at)
    }

    /// Whether a doubt names that certificate already.
    #[must_use]
    pub fn is_doubted_for(&self, certificate: &Digest) -> bool {
        let mut named = self.doubts.iter().flat_map(|doubt| &doubt.certificates);
        named.any(|known| known == certificate)
    }

    /// The record by which it was relayed: the offer, or the judgement that ended the hold.
    #[must_use]
    pub fn relayed(&self) -> Option<&TimelineEntry> {
        let wanted = if self.offered.judged.disposition.relays() {
            TimelineKind::Offered
        } else {
            TimelineKind::Rejudged
        };
        self.timeline.iter().find(|entry| entry.kind == wanted)
    }

    /// Whether it was offered later than on the last day on which it was sent in time.
    #[must_use]
    pub fn is_issued_late(&self) -> bool {
        let offered = self.arrived().map(Timestamp::local_day);
        offered
            .zip(self.offered.issue_due)
            .is_some_and(|(offered, due)| offered > due)
    }

    /// The delivery to `recipient`.
    #[must_use]
    pub fn delivery(&self, recipient: &UnitCode) -> Option<&Delivery> {
        self.deliveries.iter().find(|d| d.recipient == *recipient)
    }
}

/// Folds one record into the state. A record that cannot follow the state leaves it unchanged:
/// the writer checked the move before it was committed, so this happens only to receipts and acts.
#[must_use]
pub fn fold(state: Option<DocumentState>, record: &Recorded) -> Option<DocumentState> {
    match (&record.event, state) {
        (Event::Offered(e), None) => Some(first(e, record)),
        (Event::Rejudged(e), Some(state)) => Some(rejudged(state, e, record)),
        (Event::Arrived(e), Some(state)) => Some(arrived(state, e, record)),
        (Event::Answered(e), Some(state)) => Some(answered(state, e, record)),
        (Event::Doubted(e), Some(state)) => Some(doubted(state, e, record)),
        (
            Event::Offered(_)
            | Event::Rejudged(_)
            | Event::Arrived(_)
            | Event::Answered(_)
            | Event::ReceiptSigned(_)
            | Event::RulesChanged(_)
            | Event::Doubted(_)
            | Event::Stamped(_)
            | Event::Progressed(_)
            | Event::TakeBackAsked(_)
            | Event::TakenBack(_)
            | Event::TakeBackAnswered(_)
            | Event::Recalled(_)
            | Event::RecallAnswered(_)
            | Event::Superseded(_)
            | Event::Updated(_)
            | Event::Expired(_)
            | Event::Replayed(_)
            | Event::GivenUp(_)
            | Event::Erased(_)
            | Event::Attempted(_),
            state,
        ) => state,
    }
}

fn entry(record: &Recorded, kind: TimelineKind, recipient: Option<usize>) -> TimelineEntry {
    TimelineEntry {
        position: record.position,
        at: record.at,
        hash: record.hash,
        kind,
        recipient: recipient.and_then(|i| u16::try_from(i).ok()),
    }
}

fn waiting(recipients: &[UnitCode]) -> Vec<Delivery> {
    let new = |unit: &UnitCode| Delivery {
        recipient: unit.clone(),
        state: DeliveryState::Waiting,
        note: None,
        due: None,
    };
    recipients.iter().map(new).collect()
}

fn first(e: &Offered, record: &Recorded) -> DocumentState {
    let relays = e.judged.disposition.relays();
    DocumentState {
        offered: e.clone(),
        judged: e.judged.clone(),
        deliveries: if relays {
            waiting(&e.recipients)
        } else {
            Vec::new()
        },
        timeline: vec![entry(record, TimelineKind::Offered, None)],
        version: record.position,
        doubts: Vec::new(),
    }
}

/// The decision in force stays.
fn doubted(mut state: DocumentState, e: &Doubted, record: &Recorded) -> DocumentState {
    state.doubts.push(Doubt {
        position: record.position,
        judged: e.judged.clone(),
        certificates: e.certificates.clone(),
    });
    state
        .timeline
        .push(entry(record, TimelineKind::Doubted, None));
    state.version = record.position;
    state
}

fn rejudged(mut state: DocumentState, e: &Rejudged, record: &Recorded) -> DocumentState {
    if e.judged.disposition.relays() && state.deliveries.is_empty() {
        state.deliveries = waiting(&state.offered.recipients);
    }
    state.judged = e.judged.clone();
    state
        .timeline
        .push(entry(record, TimelineKind::Rejudged, None));
    state.version = record.position;
    state
}

fn arrived(mut state: DocumentState, e: &Arrived, record: &Recorded) -> DocumentState {
    let Some(index) = state
        .deliveries
        .iter()
        .position(|d| d.recipient == e.recipient)
    else {
        return state;
    };
    if let Some(delivery) = state.deliveries.get_mut(index) {
        delivery.state = DeliveryState::Arrived(record.at);
        delivery.due = e.due;
    }
    state
        .timeline
        .push(entry(record, TimelineKind::Arrived, Some(index)));
    state.version = record.position;
    state
}

fn answered(mut state: DocumentState, e: &Answered, record: &Recorded) -> DocumentState {
    let Some(index) = state
        .deliveries
        .iter()
        .position(|d| d.recipient == e.recipient)
    else {
        return state;
    };
    if let Some(delivery) = state.deliveries.get_mut(index) {
        delivery.state = DeliveryState::Answered(e.arrived, e.status, record.at);
        delivery.note = e.note;
    }
    state
        .timeline
        .push(entry(record, TimelineKind::Answered, Some(index)));
    state.version = record.position;
    state
}
