//! What recipients do: fetch and answer.

use super::{Impossible, delivery, refusal, turn, withdraw};
use crate::model::event::{
    Answered, Arrived, Due, Event, Progressed, RecallAnswered, TakeBackAnswered, Way,
};
use crate::model::{Digest, Status, UnitCode};
use crate::relay::moves::{Actor, Asked, Move, Standing, implied};
use crate::relay::state::{Delivery, DocumentState};

pub(super) fn fetched(
    state: &DocumentState,
    recipient: &UnitCode,
    due: Due,
    way: Way,
) -> Result<Vec<Event>, Impossible> {
    let delivery = delivery(state, recipient)?;
    if turn(state, delivery, Actor::Gateway, Move::Arrive)?.is_none() {
        return Ok(Vec::new());
    }
    Ok(vec![Event::Arrived(Arrived {
        document: state.id(),
        sender: state.offered.sender.clone(),
        recipient: recipient.clone(),
        due: Some(due),
        way,
    })])
}

pub(super) fn answer(
    state: &DocumentState,
    recipient: &UnitCode,
    status: Status,
    note: Option<Digest>,
) -> Result<Vec<Event>, Impossible> {
    let delivery = delivery(state, recipient)?;
    let what = Move::of(status).ok_or_else(|| refusal(delivery, Actor::Recipient))?;
    let Some(next) = turn(state, delivery, Actor::Recipient, what)? else {
        return Ok(Vec::new());
    };
    let event = if matches!(what, Move::Agree | Move::Decline) {
        asked(state, delivery, next, status, note)
    } else if matches!(what, Move::Accept | Move::Refuse) {
        answered(state, delivery, status, note)
    } else {
        progressed(state, delivery, what, status, note)
    };
    // Every one of them follows an arrival.
    event
        .map(|event| vec![event])
        .ok_or_else(|| refusal(delivery, Actor::Recipient))
}

fn answered(
    state: &DocumentState,
    delivery: &Delivery,
    status: Status,
    note: Option<Digest>,
) -> Option<Event> {
    Some(Event::Answered(Answered {
        document: state.id(),
        sender: state.offered.sender.clone(),
        recipient: delivery.recipient.clone(),
        status,
        arrived: delivery.arrived?.0,
        due: delivery.due.map(|due| due.answer),
        note,
    }))
}

fn progressed(
    state: &DocumentState,
    delivery: &Delivery,
    what: Move,
    status: Status,
    note: Option<Digest>,
) -> Option<Event> {
    Some(Event::Progressed(Box::new(Progressed {
        document: state.id(),
        sender: state.offered.sender.clone(),
        recipient: delivery.recipient.clone(),
        status,
        implied: implied(delivery.standing.phase, what).to_vec(),
        arrived: delivery.arrived?.0,
        due: delivery.due.and_then(|due| due.complete),
        note,
    })))
}

fn asked(
    state: &DocumentState,
    delivery: &Delivery,
    next: Standing,
    status: Status,
    note: Option<Digest>,
) -> Option<Event> {
    let (document, sender) = (state.id(), state.offered.sender.clone());
    let recipient = delivery.recipient.clone();
    if delivery.standing.asked == Asked::TakeBack {
        let leaves = withdraw::leaves(state, &[(delivery, next)]);
        return Some(Event::TakeBackAnswered(Box::new(TakeBackAnswered {
            document,
            sender,
            recipient,
            status,
            note,
            leaves,
        })));
    }
    let request = delivery.asked?;
    Some(Event::RecallAnswered(Box::new(RecallAnswered {
        document,
        sender,
        recipient,
        status,
        recalled: request.at,
        due: request.due,
        note,
    })))
}
