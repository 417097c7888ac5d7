//! The life of one delivery as one table: state × move × actor. `docs/moves.md` shows it, and a test
//! holds the two equal.
//!
//! A state has two halves: how far the delivery has come, and what its sender asked for on top of
//! that. A recall, for one, is asked in whatever state the work on the document is.

mod table;

#[cfg(test)]
mod tests;

pub use table::{Step, step};

use crate::model::Status;
use crate::model::indication::words;

words! {
    /// How far a delivery has come.
    Phase {
        /// The document is on hold: nothing is relayed yet.
        Held = 1 "held",
        /// The gateway refused the document.
        Rejected = 2 "rejected",
        /// Relayed, and not fetched: queued, leased, on its way to be pushed, or in the inbox.
        Waiting = 3 "waiting",
        /// 01: it is there.
        Arrived = 4 "arrived",
        /// 02: the recipient refused it.
        Refused = 5 "refused",
        /// 03: the recipient accepted it.
        Accepted = 6 "accepted",
        /// 04: somebody was charged with it.
        Assigned = 7 "assigned",
        /// 05: it is worked on.
        InProcess = 8 "in_process",
        /// 06: the work on it is done.
        Completed = 9 "completed",
        /// Its sender took it back.
        TakenBack = 10 "taken_back",
        /// Another document replaced it after it had arrived.
        Superseded = 11 "superseded",
        /// Another document replaced it before anybody had fetched it.
        SupersededUnfetched = 12 "superseded_unfetched",
        /// A clock of the gateway ended it: a dead letter.
        Expired = 13 "expired",
        /// An administrator gave the dead letter up.
        GivenUp = 14 "given_up",
    }
}

words! {
    /// What the sender asked for, and how far that has come.
    Asked {
        /// Nothing.
        Nothing = 0 "nothing",
        /// 13, not answered yet.
        TakeBack = 1 "take_back",
        /// 13, answered with 16.
        TakeBackDeclined = 2 "take_back_declined",
        /// The document is recalled: its files are gone for the recipient, who has to say so.
        Recall = 3 "recall",
        /// … and said so: 15.
        RecallAgreed = 4 "recall_agreed",
        /// … and declined: 16, an exception for administrators and never a restoration.
        RecallDeclined = 5 "recall_declined",
    }
}

words! {
    /// Who makes a move.
    Actor {
        /// The unit that sent the document.
        Sender = 1 "sender",
        /// The unit that receives it.
        Recipient = 2 "recipient",
        /// The gateway itself: a judgement, a delivery, a clock.
        Gateway = 3 "gateway",
        /// Who runs the gateway.
        Administrator = 4 "administrator",
    }
}

words! {
    /// Something that is done with a delivery.
    Move {
        /// The document leaves the hold, and is relayed.
        Relay = 1 "relay",
        /// The document leaves the hold, and is refused.
        Reject = 2 "reject",
        /// 01: the first complete download, or the push that was acknowledged.
        Arrive = 3 "arrived",
        /// 03
        Accept = 4 "accepted",
        /// 02, with a reason.
        Refuse = 5 "refused",
        /// 04
        Assign = 6 "assigned",
        /// 05
        Work = 7 "in_process",
        /// 06
        Complete = 8 "completed",
        /// 13
        TakeBack = 9 "take_back",
        /// Thu hồi.
        Recall = 10 "recall",
        /// 15: to a take-back or a recall.
        Agree = 11 "agreed",
        /// 16, with a reason: to a take-back or a recall.
        Decline = 12 "declined",
        /// Another document takes its place.
        Replace = 13 "replace",
        /// A clock of the gateway ran out.
        Expire = 14 "expire",
        /// A dead letter is sent again: its clock starts again.
        Replay = 15 "replay",
        /// A dead letter is given up.
        GiveUp = 16 "give_up",
    }
}

impl Move {
    /// Who may make it.
    #[must_use]
    pub fn actors(self) -> &'static [Actor] {
        match self {
            Self::Relay | Self::Reject | Self::Expire => &[Actor::Gateway],
            Self::Arrive => &[Actor::Recipient, Actor::Gateway],
            Self::Accept
            | Self::Refuse
            | Self::Assign
            | Self::Work
            | Self::Complete
            | Self::Agree
            | Self::Decline => &[Actor::Recipient],
            Self::TakeBack | Self::Recall | Self::Replace => &[Actor::Sender],
            Self::Replay | Self::GiveUp => &[Actor::Administrator],
        }
    }

    /// Whether it is made with a reason or not at all: it keeps a document from going on, or the other side from having
    /// what it asked for, and who reads of it must not be left to guess.
    #[must_use]
    pub fn needs_reason(self) -> bool {
        match self {
            Self::Refuse | Self::Decline | Self::TakeBack | Self::Recall | Self::GiveUp => true,
            Self::Relay
            | Self::Reject
            | Self::Arrive
            | Self::Accept
            | Self::Assign
            | Self::Work
            | Self::Complete
            | Self::Agree
            | Self::Replace
            | Self::Expire
            | Self::Replay => false,
        }
    }

    /// The move by which a recipient says `status`; `None` for what no recipient says.
    #[must_use]
    pub fn of(status: Status) -> Option<Self> {
        match status {
            Status::Refused => Some(Self::Refuse),
            Status::Accepted => Some(Self::Accept),
            Status::Assigned => Some(Self::Assign),
            Status::InProcess => Some(Self::Work),
            Status::Completed => Some(Self::Complete),
            Status::Agreed => Some(Self::Agree),
            Status::Declined => Some(Self::Decline),
            Status::Arrived | Status::TakeBack => None,
        }
    }

    /// Its code between offices, for those that have one.
    #[must_use]
    pub fn status(self) -> Option<Status> {
        match self {
            Self::Arrive => Some(Status::Arrived),
            Self::Accept => Some(Status::Accepted),
            Self::Refuse => Some(Status::Refused),
            Self::Assign => Some(Status::Assigned),
            Self::Work => Some(Status::InProcess),
            Self::Complete => Some(Status::Completed),
            Self::TakeBack => Some(Status::TakeBack),
            Self::Agree => Some(Status::Agreed),
            Self::Decline => Some(Status::Declined),
            Self::Relay
            | Self::Reject
            | Self::Recall
            | Self::Replace
            | Self::Expire
            | Self::Replay
            | Self::GiveUp => None,
        }
    }
}

/// The state of one delivery.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Standing {
    /// How far it has come.
    pub phase: Phase,
    /// What its sender asked for on top of that.
    pub asked: Asked,
}

impl From<Phase> for Standing {
    fn from(phase: Phase) -> Self {
        let asked = Asked::Nothing;
        Self { phase, asked }
    }
}

impl Standing {
    /// Every state that there is.
    pub fn all() -> impl Iterator<Item = Self> {
        let pair = |phase: &Phase| {
            let phase = *phase;
            let each = Asked::ALL.iter().copied();
            each.map(move |asked| Self { phase, asked })
        };
        Phase::ALL.iter().flat_map(pair).filter(Self::exists)
    }

    /// Whether what is asked goes with how far it has come.
    fn exists(&self) -> bool {
        match self.asked {
            Asked::Nothing => true,
            Asked::TakeBack | Asked::TakeBackDeclined => self.phase == Phase::Arrived,
            Asked::Recall | Asked::RecallAgreed | Asked::RecallDeclined => self.phase.is_there(),
        }
    }

    /// Whether it is recalled, answered or not.
    #[must_use]
    pub fn is_recalled(self) -> bool {
        match self.asked {
            Asked::Recall | Asked::RecallAgreed | Asked::RecallDeclined => true,
            Asked::Nothing | Asked::TakeBack | Asked::TakeBackDeclined => false,
        }
    }

    /// Whether it was ended for good other than by its recipient: taken back, recalled, replaced or given up. No move
    /// leads out of it.
    #[must_use]
    pub fn is_called_off(self) -> bool {
        let ended = matches!(
            self.phase,
            Phase::TakenBack | Phase::Superseded | Phase::SupersededUnfetched | Phase::GivenUp
        );
        ended || self.is_recalled()
    }

    /// Whether the recipient has a take-back or a recall to answer.
    #[must_use]
    pub fn is_asked(self) -> bool {
        matches!(self.asked, Asked::TakeBack | Asked::Recall)
    }

    /// Whether its files are served to the recipient.
    #[must_use]
    pub fn is_readable(self) -> bool {
        (self.phase == Phase::Waiting || self.phase.is_there()) && !self.is_recalled()
    }

    /// Its stable name: how far it has come, or what is asked for on top of that.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.asked {
            Asked::Nothing | Asked::TakeBackDeclined => self.phase.name(),
            Asked::TakeBack => "take_back_asked",
            Asked::Recall => "recalled",
            Asked::RecallAgreed => "recall_agreed",
            Asked::RecallDeclined => "recall_declined",
        }
    }

    /// Whose turn it is; `None`: nobody's, nothing is open.
    #[must_use]
    pub fn owner(self) -> Option<Actor> {
        match (self.asked, self.phase) {
            (Asked::Recall | Asked::RecallDeclined, _) => Some(Actor::Recipient),
            (Asked::RecallAgreed, _) => None,
            (Asked::Nothing | Asked::TakeBack | Asked::TakeBackDeclined, phase) => phase.owner(),
        }
    }

    /// The moves that lead on from here, for one actor.
    #[must_use]
    pub fn possible(self, by: Actor) -> Vec<Move> {
        let leads = |what: &&Move| matches!(step(self, by, **what), Step::To(_));
        Move::ALL.iter().filter(leads).copied().collect()
    }
}

impl Phase {
    /// Whether the recipient has the document.
    fn is_there(self) -> bool {
        match self {
            Self::Arrived
            | Self::Refused
            | Self::Accepted
            | Self::Assigned
            | Self::InProcess
            | Self::Completed
            | Self::Superseded => true,
            Self::Held
            | Self::Rejected
            | Self::Waiting
            | Self::TakenBack
            | Self::SupersededUnfetched
            | Self::Expired
            | Self::GivenUp => false,
        }
    }

    fn owner(self) -> Option<Actor> {
        match self {
            Self::Held | Self::Waiting => Some(Actor::Gateway),
            Self::Arrived | Self::Accepted | Self::Assigned | Self::InProcess => {
                Some(Actor::Recipient)
            }
            Self::Expired => Some(Actor::Administrator),
            Self::Rejected
            | Self::Refused
            | Self::Completed
            | Self::TakenBack
            | Self::Superseded
            | Self::SupersededUnfetched
            | Self::GivenUp => None,
        }
    }
}

/// The stages of the work that a later one implies, when they were not said themselves.
#[must_use]
pub fn implied(from: Phase, to: Move) -> &'static [Status] {
    match (from, to) {
        (Phase::Accepted, Move::Work) => &[Status::Assigned],
        (Phase::Accepted, Move::Complete) => &[Status::Assigned, Status::InProcess],
        (Phase::Assigned, Move::Complete) => &[Status::InProcess],
        _ => &[],
    }
}
