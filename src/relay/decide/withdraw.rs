//! What a sender withdraws: take-back and recall, and what leaves the figures with the last of them.

use super::{DeadLetter, Impossible, Withdrawal, delivery, turn};
use crate::model::event::{Event, GivenUp, Leaves, Recalled, TakeBackAsked, TakenBack};
use crate::model::{ReasonCode, UnitCode};
use crate::relay::moves::{Actor, Asked, Move, Standing};
use crate::relay::state::{Delivery, DocumentState, is_withdrawn};

/// One event for each recipient. Of recipients that are named, all or none; without names, all from
/// whom it can be withdrawn: a recall then takes back what nobody has fetched yet.
pub(super) fn withdraw(
    state: &DocumentState,
    what: Move,
    asked: &Withdrawal,
) -> Result<Vec<Event>, Impossible> {
    let chosen = chosen(state, &asked.recipients)?;
    let (mut events, mut made) = (Vec::new(), Vec::new());
    let (mut known, mut refused) = (false, None);
    for one in chosen {
        match turn(state, one, Actor::Sender, what) {
            Ok(Some(next)) => {
                made.push((one, next));
                events.push(event(state, &made, asked));
            }
            Ok(None) => known = true,
            Err(error) if asked.recipients.is_empty() => {
                refused.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(refused) = refused.filter(|_| made.is_empty() && !known) {
        return Err(refused);
    }
    if what == Move::Recall && asked.recipients.is_empty() {
        rest(state, asked, &mut made, &mut events);
    }
    Ok(events.into_iter().flatten().collect())
}

/// A recall of everything ends in the inboxes too where nobody has come.
fn rest<'a>(
    state: &'a DocumentState,
    asked: &Withdrawal,
    made: &mut Vec<(&'a Delivery, Standing)>,
    events: &mut Vec<Option<Event>>,
) {
    for one in &state.deliveries {
        if one.arrived.is_none()
            && let Ok(Some(next)) = turn(state, one, Actor::Sender, Move::TakeBack)
        {
            made.push((one, next));
            events.push(event(state, made, asked));
        }
    }
}

fn chosen<'a>(
    state: &'a DocumentState,
    recipients: &[UnitCode],
) -> Result<Vec<&'a Delivery>, Impossible> {
    if !state.judged.disposition.relays() {
        return Err(Impossible::NotRelayed);
    }
    if recipients.is_empty() {
        return Ok(state.deliveries.iter().collect());
    }
    let mut out: Vec<&Delivery> = Vec::with_capacity(recipients.len());
    for unit in recipients {
        let found = delivery(state, unit)?;
        if !out.iter().any(|known| known.recipient == *unit) {
            out.push(found);
        }
    }
    Ok(out)
}

/// The event of the last of `made`.
fn event(
    state: &DocumentState,
    made: &[(&Delivery, Standing)],
    asked: &Withdrawal,
) -> Option<Event> {
    let (one, next) = made.last()?;
    let leaves = leaves(state, made);
    let (document, sender) = (state.id(), state.offered.sender.clone());
    let (recipient, note, due) = (one.recipient.clone(), asked.note, asked.due);
    Some(match next.asked {
        Asked::TakeBack => Event::TakeBackAsked(Box::new(TakeBackAsked {
            document,
            sender,
            recipient,
            due,
            note,
        })),
        Asked::Recall => Event::Recalled(Box::new(Recalled {
            document,
            sender,
            recipient,
            arrived: one.arrived?.0,
            due,
            note,
            leaves,
        })),
        Asked::Nothing | Asked::TakeBackDeclined | Asked::RecallAgreed | Asked::RecallDeclined => {
            Event::TakenBack(Box::new(TakenBack {
                document,
                sender,
                recipient,
                note,
                leaves,
            }))
        }
    })
}

/// An administrator gives a dead letter up.
pub(super) fn give_up(state: &DocumentState, desk: &DeadLetter) -> Result<Vec<Event>, Impossible> {
    let delivery = delivery(state, &desk.recipient)?;
    let next = turn(state, delivery, Actor::Administrator, Move::GiveUp)?;
    let Some(next) = next else {
        return Ok(Vec::new());
    };
    Ok(vec![Event::GivenUp(Box::new(GivenUp {
        document: state.id(),
        sender: state.offered.sender.clone(),
        recipient: desk.recipient.clone(),
        actor: desk.actor.clone(),
        note: desk.note,
        leaves: leaves(state, &[(delivery, next)]),
    }))])
}

/// What leaves the figures with the last of the moves `made`: the document, if with that one nothing
/// of it stands any more.
pub(super) fn leaves(state: &DocumentState, made: &[(&Delivery, Standing)]) -> Option<Leaves> {
    let after = |moves: &[(&Delivery, Standing)]| {
        let now = |d: &Delivery| {
            let moved = moves.iter().find(|(of, _)| of.recipient == d.recipient);
            moved.map_or(d.standing, |(_, next)| *next)
        };
        let all: Vec<Standing> = state.deliveries.iter().map(now).collect();
        is_withdrawn(all.iter().copied())
    };
    let (_, before) = made.split_last()?;
    if after(before) || !after(made) || !is_counted(state) {
        return None;
    }
    Some(Leaves {
        promulgated: state.offered.promulgated,
        agency_signed: state.judged.agency_signed,
        both_signed: state.judged.agency_signed && state.judged.person_signed,
        issued_late: state.is_issued_late(),
    })
}

/// Whether it is in the figures of its promulgation date (`rates::count`).
fn is_counted(state: &DocumentState) -> bool {
    let offered = &state.offered;
    offered.first_offer && offered.judged.reason != ReasonCode::SecrecyNotAllowed
}
