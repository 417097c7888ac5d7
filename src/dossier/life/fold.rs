//! What each record does to the state. The table of moves decides; the records only say what was done.

use super::state::{DossierState, Entry, EntryKind, Erasure};
use crate::model::dossier::{DossierMove, DossierStatus};
use crate::model::event::{
    DossierAsked, DossierCompleted, DossierEvent, DossierMoved, DossierRegistered,
    DossierRescheduled, Erased, Event, Recorded,
};

/// Folds one record into the state. A record that is of no dossier, or cannot follow, leaves it unchanged: the writer
/// checked it before it was committed.
#[must_use]
pub fn fold(state: Option<DossierState>, record: &Recorded) -> Option<DossierState> {
    if let Event::Erased(e) = &record.event {
        let mut state = state?;
        erased(&mut state, e, record);
        return Some(state);
    }
    let Event::Dossier(event) = &record.event else {
        return state;
    };
    match (&**event, state) {
        (DossierEvent::Registered(e), None) => Some(registered(e, record)),
        (DossierEvent::Registered(_), Some(state)) => Some(state),
        (DossierEvent::Moved(e), state) => state.map(|state| moved(state, e, record)),
        (DossierEvent::Asked(e), state) => state.map(|state| asked(state, e, record)),
        (DossierEvent::Completed(e), state) => state.map(|state| completed(state, e, record)),
        (DossierEvent::Rescheduled(e), state) => state.map(|state| rescheduled(state, e, record)),
    }
}

fn entry(record: &Recorded, kind: EntryKind, status: DossierStatus) -> Entry {
    Entry {
        position: record.position,
        at: record.at,
        hash: record.hash,
        kind,
        what: None,
        status,
        received: None,
        due: None,
        items: Vec::new(),
        presented: None,
        ground: None,
        note: None,
    }
}

fn registered(e: &DossierRegistered, record: &Recorded) -> DossierState {
    let taken = e.status == DossierStatus::TakenIn;
    let asked = e.status == DossierStatus::SupplementAsked;
    let what = match e.status {
        DossierStatus::TakenIn => Some(DossierMove::TakeIn),
        DossierStatus::Refused => Some(DossierMove::Refuse),
        DossierStatus::SupplementAsked => Some(DossierMove::AskSupplement),
        DossierStatus::Registered
        | DossierStatus::InProcess
        | DossierStatus::FeeAsked
        | DossierStatus::Withdrawn
        | DossierStatus::Stopped
        | DossierStatus::Finished
        | DossierStatus::Returned => None,
    };
    DossierState {
        dossier: e.of.dossier,
        number: e.number.clone(),
        procedure: e.of.procedure.clone(),
        request: e.request,
        content: e.content,
        status: e.status,
        taken: taken.then_some(e.received),
        due: e.due,
        due_before: None,
        rescheduled: false,
        requests: u16::from(asked),
        timeline: vec![Entry {
            what,
            received: Some(e.received),
            due: e.due,
            items: e.items.clone(),
            presented: Some(e.presented.clone()),
            note: e.note,
            ..entry(record, EntryKind::Registered, e.status)
        }],
        erased: Vec::new(),
        version: record.position,
    }
}

fn put(mut state: DossierState, entry: Entry) -> DossierState {
    state.version = entry.position;
    state.status = entry.status;
    state.due = entry.due;
    state.timeline.push(entry);
    state
}

fn moved(state: DossierState, e: &DossierMoved, record: &Recorded) -> DossierState {
    let entry = Entry {
        what: Some(e.what),
        due: state.due,
        note: e.note,
        ..entry(record, EntryKind::Moved, e.to)
    };
    put(state, entry)
}

/// What is asked for stops the clock: there is no appointment before it is complete.
fn asked(mut state: DossierState, e: &DossierAsked, record: &Recorded) -> DossierState {
    state.requests = e.request;
    let entry = Entry {
        what: Some(DossierMove::AskSupplement),
        items: e.items.clone(),
        ground: e.ground,
        note: e.note,
        ..entry(record, EntryKind::Asked, DossierStatus::SupplementAsked)
    };
    put(state, entry)
}

fn completed(mut state: DossierState, e: &DossierCompleted, record: &Recorded) -> DossierState {
    state.taken = Some(e.received);
    state.due_before = None;
    let entry = Entry {
        what: Some(e.what),
        received: Some(e.received),
        due: Some(e.due),
        items: e.items.clone(),
        presented: Some(e.presented.clone()),
        note: e.note,
        ..entry(record, EntryKind::Completed, DossierStatus::TakenIn)
    };
    put(state, entry)
}

fn rescheduled(mut state: DossierState, e: &DossierRescheduled, record: &Recorded) -> DossierState {
    state.rescheduled = true;
    state.due_before = Some(e.before);
    let entry = Entry {
        what: Some(DossierMove::Reschedule),
        due: Some(e.due),
        note: e.note,
        ..entry(record, EntryKind::Rescheduled, e.status)
    };
    put(state, entry)
}

fn erased(state: &mut DossierState, e: &Erased, record: &Recorded) {
    state.erased.push(Erasure {
        position: record.position,
        cause: e.cause,
        basis: e.basis,
        bodies: e.bodies.clone(),
    });
    state.timeline.push(Entry {
        due: state.due,
        note: e.basis,
        ..entry(record, EntryKind::Erased, state.status)
    });
    state.version = record.position;
}
