//! What ends a delivery, and what starts it again.

use super::{DeadLetter, Impossible, delivery, turn};
use crate::model::event::{
    Erased, ErasureCause, Event, Expired, ExpiryCause, ExpiryClock, Replayed, Superseded, Updated,
};
use crate::model::{Digest, DocumentId, UnitCode};
use crate::relay::moves::{Actor, Move};
use crate::relay::state::{DocumentState, TimelineKind};

/// Replays of one delivery: a partner that was down so often is not a matter of trying again.
pub(in crate::relay) const MAX_REPLAYS: usize = 20;

/// Updates of one document: more of them are a document of another kind.
const MAX_UPDATES: usize = 100;

/// For each recipient of both, unless nothing of it stands there any more.
pub(super) fn supersede(
    state: &DocumentState,
    by: DocumentId,
    recipients: &[UnitCode],
) -> Result<Vec<Event>, Impossible> {
    let mut events = Vec::new();
    for unit in recipients {
        let Some(one) = state.delivery(unit) else {
            continue;
        };
        if turn(state, one, Actor::Sender, Move::Replace)?.is_some() {
            events.push(Event::Superseded(Box::new(Superseded {
                document: state.id(),
                sender: state.offered.sender.clone(),
                recipient: unit.clone(),
                by,
            })));
        }
    }
    Ok(events)
}

pub(super) fn update(
    state: &DocumentState,
    by: DocumentId,
    recipients: &[UnitCode],
) -> Result<Vec<Event>, Impossible> {
    if !state.judged.disposition.relays() {
        return Err(Impossible::NotRelayed);
    }
    if state.is_frozen() {
        return Err(Impossible::Frozen);
    }
    let updates = || {
        let all = state.timeline.iter();
        all.filter(|e| e.kind == TimelineKind::Updated)
    };
    if updates().any(|e| e.facts.other == Some(by)) {
        return Ok(Vec::new());
    }
    if updates().count() >= MAX_UPDATES {
        return Err(Impossible::TooOften(MAX_UPDATES));
    }
    let had = &state.offered.recipients;
    let not_in = |all: &[UnitCode], others: &[UnitCode]| -> Vec<UnitCode> {
        let missing = all.iter().filter(|unit| !others.contains(unit));
        missing.cloned().collect()
    };
    Ok(vec![Event::Updated(Box::new(Updated {
        document: state.id(),
        sender: state.offered.sender.clone(),
        by,
        added: not_in(recipients, had),
        removed: not_in(had, recipients),
    }))])
}

pub(super) fn expire(
    state: &DocumentState,
    recipient: &UnitCode,
    cause: ExpiryCause,
    clock: ExpiryClock,
) -> Result<Vec<Event>, Impossible> {
    let delivery = delivery(state, recipient)?;
    if turn(state, delivery, Actor::Gateway, Move::Expire)?.is_none() {
        return Ok(Vec::new());
    }
    Ok(vec![Event::Expired(Box::new(Expired {
        document: state.id(),
        sender: state.offered.sender.clone(),
        recipient: recipient.clone(),
        cause,
        clock,
        since: delivery.since,
    }))])
}

pub(super) fn replay(state: &DocumentState, desk: &DeadLetter) -> Result<Vec<Event>, Impossible> {
    let delivery = delivery(state, &desk.recipient)?;
    if turn(state, delivery, Actor::Administrator, Move::Replay)?.is_none() {
        return Ok(Vec::new());
    }
    let index = state.index(&desk.recipient);
    let earlier = state.timeline.iter();
    let earlier = earlier.filter(|e| e.kind == TimelineKind::Replayed && e.recipient == index);
    if earlier.count() >= MAX_REPLAYS {
        return Err(Impossible::TooOften(MAX_REPLAYS));
    }
    Ok(vec![Event::Replayed(Box::new(Replayed {
        document: state.id(),
        sender: state.offered.sender.clone(),
        recipient: desk.recipient.clone(),
        actor: desk.actor.clone(),
        note: desk.note,
    }))])
}

/// What was erased before is not erased again.
pub(super) fn erase(
    state: &DocumentState,
    bodies: &[Digest],
    cause: ErasureCause,
    basis: Option<Digest>,
    actor: Option<&UnitCode>,
) -> Vec<Event> {
    let left = bodies.iter().filter(|body| !state.erased.contains(body));
    let left: Vec<Digest> = left.copied().collect();
    if left.is_empty() {
        return Vec::new();
    }
    vec![Event::Erased(Box::new(Erased {
        document: Some(state.id()),
        segment: None,
        bodies: left,
        cause,
        basis,
        actor: actor.cloned(),
    }))]
}
