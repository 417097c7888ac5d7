//! What each command becomes: events, or the reason why it cannot be.

mod answers;
mod attempts;
pub(super) mod ends;
mod judged;
mod withdraw;

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "small figures and few events of tests"
)]
mod lives;
#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "small figures and few events of tests"
)]
mod tests;

use super::moves::{self, Actor, Move, Standing, Step};
use super::state::{Delivery, DocumentState};
use crate::model::event::{
    AttemptOutcome, Due, ErasureCause, Event, ExpiryCause, ExpiryClock, Judged, Way,
};
use crate::model::{Digest, DocumentId, Status, Timestamp, UnitCode};

/// Something that somebody wants to do with a known document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// A recipient has every file: it downloaded them, or acknowledged them.
    Fetched {
        /// The recipient.
        recipient: UnitCode,
        /// What is due there from now on.
        due: Due,
        /// How it came there.
        way: Way,
    },
    /// A recipient answers: 02 to 06, 15 or 16.
    Answer {
        /// The recipient.
        recipient: UnitCode,
        /// Its answer.
        status: Status,
        /// The body with reason and staff.
        note: Option<Digest>,
    },
    /// A held document was judged again.
    Rejudge {
        /// The new decision.
        judged: Judged,
        /// The certificates that it rests on.
        rests_on: Vec<Digest>,
    },
    /// A relayed document was judged again in hindsight, and a revocation undoes its verdict.
    Doubt {
        /// The verdict in hindsight.
        judged: Judged,
        /// The certificates found revoked.
        certificates: Vec<Digest>,
    },
    /// The sender takes it back: at once where nobody fetched it, else the recipient is asked.
    TakeBack(Withdrawal),
    /// The sender recalls it where it arrived.
    Recall(Withdrawal),
    /// Another document took its place.
    Supersede {
        /// That document.
        by: DocumentId,
        /// The recipients of that document.
        recipients: Vec<UnitCode>,
    },
    /// Another document brought it up to date.
    Update {
        /// That document.
        by: DocumentId,
        /// The recipients of that document.
        recipients: Vec<UnitCode>,
    },
    /// A clock of the gateway ran out for one recipient.
    Expire {
        /// The recipient.
        recipient: UnitCode,
        /// Why nothing was delivered.
        cause: ExpiryCause,
        /// Which clock.
        clock: ExpiryClock,
        /// When it had been started: another wait than that is not ended by it.
        since: Timestamp,
    },
    /// A dead letter is sent again.
    Replay(DeadLetter),
    /// A dead letter is given up.
    GiveUp(DeadLetter),
    /// An attempt to deliver failed. What says nothing new of it is no event.
    Attempt(Attempt),
    /// Bodies are erased one by one.
    Erase {
        /// Which.
        bodies: Vec<Digest>,
        /// Why.
        cause: ErasureCause,
        /// The body with the basis in words.
        basis: Option<Digest>,
        /// Who: a unit, or `None` for the gateway or the local administrator.
        actor: Option<UnitCode>,
    },
}

/// An attempt to deliver that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// The recipient.
    pub recipient: UnitCode,
    /// When it ended.
    pub at: Timestamp,
    /// The how-manieth since it was relayed or sent again, as far as whoever made it knows.
    pub number: u32,
    /// How.
    pub way: Way,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// The HTTP status, or 0.
    pub code: u16,
    /// When the next one is due.
    pub next: Option<Timestamp>,
}

/// A take-back or a recall.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Withdrawal {
    /// From whom: all or nothing of them. Empty: from all from whom it can be.
    pub recipients: Vec<UnitCode>,
    /// When an answer is late.
    pub due: Option<Timestamp>,
    /// The body with the reason.
    pub note: Option<Digest>,
}

/// What is done with a dead letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeadLetter {
    /// The recipient that it did not reach.
    pub recipient: UnitCode,
    /// Who does it: a unit, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
    /// The body with the reason.
    pub note: Option<Digest>,
}

/// Why a move cannot be made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Impossible {
    /// The unit is not among the document's recipients.
    #[error("not a recipient")]
    NotARecipient,
    /// The document is not relayed (held or refused).
    #[error("the document is not relayed")]
    NotRelayed,
    /// The move does not follow from the state; these would.
    #[error("impossible now for {recipient}; possible: {possible:?}")]
    Move {
        /// The recipient whose delivery stands in the way.
        recipient: UnitCode,
        /// How far that delivery has come.
        standing: Standing,
        /// The moves that are possible now, for the same actor.
        possible: Vec<Move>,
    },
    /// Only a held document is judged again.
    #[error("the document is not held")]
    NotHeld,
    /// Its sender recalled it: nothing is changed in it any more.
    #[error("the document is recalled, and frozen")]
    Frozen,
    /// It was sent again as often as is allowed.
    #[error("sent again {0} times already")]
    TooOften(usize),
}

/// Decides a command against a state. No events: it was done before (repeating is harmless).
///
/// # Errors
/// See [`Impossible`].
pub fn decide(state: &DocumentState, command: &Command) -> Result<Vec<Event>, Impossible> {
    match command {
        Command::Fetched {
            recipient,
            due,
            way,
        } => answers::fetched(state, recipient, *due, *way),
        Command::Answer {
            recipient,
            status,
            note,
        } => answers::answer(state, recipient, *status, *note),
        Command::Rejudge { judged, rests_on } => judged::rejudge(state, judged, rests_on),
        Command::Doubt {
            judged,
            certificates,
        } => judged::doubt(state, judged, certificates),
        Command::TakeBack(asked) => withdraw::withdraw(state, Move::TakeBack, asked),
        Command::Recall(asked) => withdraw::withdraw(state, Move::Recall, asked),
        Command::Supersede { by, recipients } => ends::supersede(state, *by, recipients),
        Command::Update { by, recipients } => ends::update(state, *by, recipients),
        Command::Expire {
            recipient,
            cause,
            clock,
            since,
        } => ends::expire(state, recipient, (*cause, *clock), *since),
        Command::Replay(desk) => ends::replay(state, desk),
        Command::GiveUp(desk) => withdraw::give_up(state, desk),
        Command::Attempt(attempt) => attempts::attempt(state, attempt),
        Command::Erase {
            bodies,
            cause,
            basis,
            actor,
        } => Ok(ends::erase(state, bodies, *cause, *basis, actor.as_ref())),
    }
}

fn delivery<'a>(state: &'a DocumentState, unit: &UnitCode) -> Result<&'a Delivery, Impossible> {
    if !state.judged.disposition.relays() {
        return Err(Impossible::NotRelayed);
    }
    state.delivery(unit).ok_or(Impossible::NotARecipient)
}

/// Where a move leads; `None`: it was made before.
fn turn(
    state: &DocumentState,
    delivery: &Delivery,
    by: Actor,
    what: Move,
) -> Result<Option<Standing>, Impossible> {
    match moves::step(delivery.standing, by, what) {
        Step::To(next) => Ok(Some(next)),
        Step::Again => Ok(None),
        Step::Behind if state.record_of(&delivery.recipient, what).is_some() => Ok(None),
        Step::Behind | Step::Impossible => Err(refusal(delivery, by)),
    }
}

fn refusal(delivery: &Delivery, by: Actor) -> Impossible {
    Impossible::Move {
        recipient: delivery.recipient.clone(),
        standing: delivery.standing,
        possible: delivery.standing.possible(by),
    }
}
