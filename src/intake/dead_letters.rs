//! The administrator sends a dead letter again, or gives it up.

use super::Intake;
use super::moves::MoveError;
use crate::model::{DocumentId, UnitCode};
use crate::relay::decide::DeadLetter;
use crate::relay::moves::Actor;
use crate::relay::{
    Command, Delivery, DocumentState, Impossible, Move, Phase, TimelineEntry, TimelineKind,
};
use crate::store::Kept;
use crate::telemetry::names;
use bytes::Bytes;

/// What is done with a dead letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeskMove {
    /// It is sent again, under the same key and with a new clock.
    Replay,
    /// It is given up.
    GiveUp,
}

/// An act of the administrator on the dead letters of one document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeskAct {
    /// The document.
    pub document: DocumentId,
    /// Which of its recipients; `None`: every one that is a dead letter.
    pub recipient: Option<UnitCode>,
    /// What is done.
    pub what: DeskMove,
    /// The reason as JSON, if any was given.
    pub note: Option<Bytes>,
}

/// What was done about it, now or before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeskActed {
    /// The document after it.
    pub state: DocumentState,
    /// Each recipient, with the record and its receipt.
    pub moved: Vec<(UnitCode, TimelineEntry, Bytes)>,
    /// Whether all of it had been done before.
    pub repeated: bool,
}

impl DeskMove {
    fn kind(self) -> TimelineKind {
        match self {
            Self::Replay => TimelineKind::Replayed,
            Self::GiveUp => TimelineKind::GivenUp,
        }
    }

    fn command(self, recipient: &UnitCode, note: Option<&Kept>) -> Command {
        let letter = DeadLetter {
            recipient: recipient.clone(),
            // Who may open the socket or the store is the administrator of this machine.
            actor: None,
            note: note.map(Kept::digest),
        };
        match self {
            Self::Replay => Command::Replay(letter),
            Self::GiveUp => Command::GiveUp(letter),
        }
    }
}

impl Intake {
    /// Sends dead letters of a document again, or gives them up. Repeating it is harmless, also when the
    /// document has gone on meanwhile.
    ///
    /// # Errors
    /// See [`MoveError`]. Of several recipients those before the one that failed are done, and a repeat
    /// goes on with the others.
    pub async fn act_on_dead_letters(&self, act: DeskAct) -> Result<DeskActed, MoveError> {
        let state = self.state(act.document)?;
        let chosen = chosen(&state, &act)?;
        let note = act
            .note
            .clone()
            .map(|words| self.tools.vault.keep_bytes(words));
        let (mut moved, mut repeated) = (Vec::with_capacity(chosen.len()), true);
        for unit in chosen {
            let (entry, receipt, again) = self.act_on(&act, &unit, note.as_ref()).await?;
            repeated &= again;
            moved.push((unit, entry, receipt));
        }
        Ok(DeskActed {
            state: self.state(act.document)?,
            moved,
            repeated,
        })
    }

    async fn act_on(
        &self,
        act: &DeskAct,
        unit: &UnitCode,
        note: Option<&Kept>,
    ) -> Result<(TimelineEntry, Bytes, bool), MoveError> {
        let command = act.what.command(unit, note);
        let bodies: Vec<Kept> = note.into_iter().cloned().collect();
        let kind = act.what.kind();
        match self.make(act.document, &command, &bodies).await {
            Ok((state, new)) if !new.is_empty() => {
                let entry = new.first().ok_or(MoveError::NotFound)?.clone();
                metrics::counter!(names::DEAD_LETTERS, "event" => kind.name()).increment(1);
                tracing::info!(document = %act.document, %unit, event = kind.name(),
                    "the administrator acted on a dead letter");
                let receipt = self.sign(&state, &entry)?;
                Ok((entry, receipt, false))
            }
            Ok((state, _)) => self.done_before(&state, unit, kind, None),
            Err(MoveError::Impossible(why)) => {
                let state = self.state(act.document)?;
                self.done_before(&state, unit, kind, Some(why))
            }
            Err(error) => Err(error),
        }
    }

    /// The record and the receipt of the first time, if this was the last that the desk did.
    fn done_before(
        &self,
        state: &DocumentState,
        unit: &UnitCode,
        kind: TimelineKind,
        why: Option<Impossible>,
    ) -> Result<(TimelineEntry, Bytes, bool), MoveError> {
        if let Some(entry) = last_of_desk(state, unit).filter(|entry| entry.kind == kind) {
            let receipt = self.receipt(state, entry)?;
            return Ok((entry.clone(), receipt, true));
        }
        Err(why.unwrap_or_else(|| nothing_dead(state, unit)).into())
    }
}

/// The recipients that an act is about.
fn chosen(state: &DocumentState, act: &DeskAct) -> Result<Vec<UnitCode>, MoveError> {
    if let Some(unit) = &act.recipient {
        return Ok(vec![unit.clone()]);
    }
    let of = |chosen: &dyn Fn(&Delivery) -> bool| -> Vec<UnitCode> {
        let all = state.deliveries.iter().filter(|d| chosen(d));
        all.map(|d| d.recipient.clone()).collect()
    };
    let dead = of(&|d| d.standing.phase == Phase::Expired);
    if !dead.is_empty() {
        return Ok(dead);
    }
    let kind = act.what.kind();
    let before = of(&|d| last_of_desk(state, &d.recipient).is_some_and(|e| e.kind == kind));
    match state.deliveries.first() {
        _ if !before.is_empty() => Ok(before),
        Some(first) => Err(nothing_dead(state, &first.recipient).into()),
        None => Err(Impossible::NotRelayed.into()),
    }
}

/// The last record by which a delivery came to the desk or left it.
fn last_of_desk<'a>(state: &'a DocumentState, unit: &UnitCode) -> Option<&'a TimelineEntry> {
    let all = [Move::Expire, Move::Replay, Move::GiveUp];
    let records = all.iter().filter_map(|what| state.record_of(unit, *what));
    records.max_by_key(|entry| entry.position)
}

/// There is no dead letter to act upon.
fn nothing_dead(state: &DocumentState, unit: &UnitCode) -> Impossible {
    match state.delivery(unit) {
        Some(delivery) => Impossible::Move {
            recipient: unit.clone(),
            standing: delivery.standing,
            possible: delivery.standing.possible(Actor::Administrator),
        },
        None => Impossible::NotARecipient,
    }
}
