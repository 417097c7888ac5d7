//! The state of one document, folded from its events.

mod content;
mod fold;
mod settled;

pub use content::{Content, Erasure};
pub use fold::fold;
pub use settled::Open;

use super::moves::{Asked, Move, Phase, Standing};
use crate::model::event::{AttemptOutcome, Due, ExpiryCause, ExpiryClock, Judged, Offered, Way};
use crate::model::{Digest, Disposition, DocumentId, Position, Status, Timestamp, UnitCode};

/// One recipient of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// The recipient.
    pub recipient: UnitCode,
    /// How far it has come, and what its sender asked for.
    pub standing: Standing,
    /// Since when it has come that far. Where the gateway owns it, its clock started then.
    pub since: Timestamp,
    /// When it arrived, and how.
    pub arrived: Option<(Timestamp, Way)>,
    /// What is due of the recipient since the arrival, if that is on record.
    pub due: Option<Due>,
    /// Whether it was accepted.
    pub answer: Option<Answer>,
    /// The last take-back or recall.
    pub asked: Option<Request>,
    /// The attempts to deliver it since it was relayed or sent again.
    pub attempts: Option<Attempts>,
    /// The place of its row in the recipient's inbox, while there is something to do.
    pub listed: Option<Position>,
}

/// 03 or 02.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// `Accepted` or `Refused`.
    pub status: Status,
    /// When it was given.
    pub at: Timestamp,
    /// The body with its reason and staff, if it gave any.
    pub note: Option<Digest>,
}

/// A take-back (13) or a recall.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request {
    /// When it was asked.
    pub at: Timestamp,
    /// When its answer is late.
    pub due: Option<Timestamp>,
    /// The body with its reason.
    pub note: Option<Digest>,
    /// 15 or 16, and when; for a take-back also 02 or 03.
    pub answer: Option<(Status, Timestamp)>,
}

/// What is known of the attempts of one delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempts {
    /// How many were made.
    pub number: u32,
    /// When the last one ended.
    pub at: Timestamp,
    /// How it was made.
    pub way: Way,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// Its HTTP status, or 0.
    pub code: u16,
    /// When the next one is due.
    pub next: Option<Timestamp>,
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
    /// What a recipient said.
    pub status: Option<Status>,
    /// What else it says.
    pub facts: Facts,
}

/// Facts that only some kinds of record have.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// The body that holds a reason in words.
    pub note: Option<Digest>,
    /// The stages that it implies.
    pub implied: Vec<Status>,
    /// The other document that it speaks of.
    pub other: Option<DocumentId>,
    /// Why and by which clock a delivery was ended.
    pub expiry: Option<(ExpiryCause, ExpiryClock)>,
    /// The attempt that failed.
    pub attempt: Option<Attempts>,
    /// The unit that made the move of an administrator; `None`: who runs this gateway.
    pub actor: Option<UnitCode>,
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
        /// A recipient answered: 02 or 03.
        Answered = 4 "answered",
        /// What became known later undoes its verdict.
        Doubted = 5 "doubted",
        /// A recipient went on with it: 04, 05 or 06.
        Progressed = 6 "progressed",
        /// Its sender asks for it back.
        TakeBackAsked = 7 "take-back-asked",
        /// Its sender took it back before anybody had fetched it.
        TakenBack = 8 "taken-back",
        /// A recipient answered that: 15 or 16.
        TakeBackAnswered = 9 "take-back-answered",
        /// Its sender recalled it.
        Recalled = 10 "recalled",
        /// A recipient answered that: 15 or 16.
        RecallAnswered = 11 "recall-answered",
        /// Another document took its place.
        Superseded = 12 "superseded",
        /// Another document brought it up to date.
        Updated = 13 "updated",
        /// A clock ended a delivery that did not take place.
        Expired = 14 "expired",
        /// A dead letter was sent again.
        Replayed = 15 "replayed",
        /// A dead letter was given up.
        GivenUp = 16 "given-up",
        /// Bodies of it were erased.
        Erased = 17 "erased",
        /// An attempt to deliver it failed, and that said something new.
        Attempted = 18 "attempted",
    }
}

impl TimelineKind {
    /// Whether a signed receipt says so. A failed attempt is no event of EN 319 522: what it leads to is.
    #[must_use]
    pub fn is_proved(self) -> bool {
        self != Self::Attempted
    }
}

/// All that is known of one document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentState {
    /// The offer; its `judged` is what was decided first.
    pub offered: Offered,
    /// The decision in force: the offer's, or that of the last [`crate::model::event::Rejudged`].
    pub judged: Judged,
    /// Its recipients, in the envelope's order; empty unless it is relayed.
    pub deliveries: Vec<Delivery>,
    /// Its records, oldest first; receipts are not on it.
    pub timeline: Vec<TimelineEntry>,
    /// The place of its last record that changed it: the version for optimistic commits.
    pub version: Position,
    /// What later put its verdict in doubt, oldest first.
    pub doubts: Vec<Doubt>,
    /// What of it was erased, oldest first.
    pub erased: Vec<Erasure>,
}

/// A verdict given in hindsight; see [`crate::model::event::Doubted`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Doubt {
    /// The place of its record.
    pub position: Position,
    /// The verdict.
    pub judged: Judged,
    /// The certificates found revoked.
    pub certificates: Vec<Digest>,
}

crate::model::indication::words! {
    /// What waits for somebody: each is a list of documents.
    Desk {
        /// Documents on hold.
        Held = 1 "held",
        /// Documents with a delivery that the gateway owns: relayed and not fetched.
        Waiting = 2 "waiting",
        /// Documents with a dead letter.
        Dead = 3 "dead",
        /// Documents with a take-back or recall that is not answered, or a recall that was declined.
        Asked = 4 "asked",
    }
}

impl Delivery {
    /// Whether nobody has fetched it, and it may still be fetched.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.standing.phase == Phase::Waiting
    }

    fn is_on(&self, desk: Desk) -> bool {
        match desk {
            Desk::Held => false,
            Desk::Waiting => self.is_waiting(),
            Desk::Dead => self.standing.phase == Phase::Expired,
            Desk::Asked => self.standing.is_asked() || self.standing.asked == Asked::RecallDeclined,
        }
    }
}

impl TimelineEntry {
    /// The move of a delivery that it records.
    #[must_use]
    pub fn made(&self) -> Option<Move> {
        match self.kind {
            TimelineKind::Arrived => Some(Move::Arrive),
            TimelineKind::Answered
            | TimelineKind::Progressed
            | TimelineKind::TakeBackAnswered
            | TimelineKind::RecallAnswered => self.status.and_then(Move::of),
            TimelineKind::TakeBackAsked | TimelineKind::TakenBack => Some(Move::TakeBack),
            TimelineKind::Recalled => Some(Move::Recall),
            TimelineKind::Superseded => Some(Move::Replace),
            TimelineKind::Expired => Some(Move::Expire),
            TimelineKind::Replayed => Some(Move::Replay),
            TimelineKind::GivenUp => Some(Move::GiveUp),
            TimelineKind::Offered
            | TimelineKind::Rejudged
            | TimelineKind::Doubted
            | TimelineKind::Updated
            | TimelineKind::Erased
            | TimelineKind::Attempted => None,
        }
    }
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

    /// Its records that receipts prove, oldest first.
    pub fn proved(&self) -> impl Iterator<Item = &TimelineEntry> {
        self.timeline.iter().filter(|entry| entry.kind.is_proved())
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

    /// The place of the delivery to `recipient`, as timelines name it.
    #[must_use]
    pub fn index(&self, recipient: &UnitCode) -> Option<u16> {
        let found = self
            .deliveries
            .iter()
            .position(|d| d.recipient == *recipient);
        found.and_then(|index| u16::try_from(index).ok())
    }

    /// The last record by which `what` was done with the delivery to `recipient`.
    #[must_use]
    pub fn record_of(&self, recipient: &UnitCode, what: Move) -> Option<&TimelineEntry> {
        let index = Some(self.index(recipient)?);
        let mut last = self.timeline.iter().rev();
        last.find(|e| e.recipient == index && e.made() == Some(what))
    }

    /// Whether its sender recalled it anywhere: its copy is frozen then.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.deliveries.iter().any(|d| d.standing.is_recalled())
    }

    /// Whether it was called off at every recipient: it is with nobody, on its way to nobody, and never will be. What
    /// leaves the figures is another matter: [`Self::is_withdrawn`].
    #[must_use]
    pub fn is_called_off(&self) -> bool {
        let mut all = self.deliveries.iter();
        !self.deliveries.is_empty() && all.all(|d| d.standing.is_called_off())
    }

    /// Whether it belongs on a list of what waits for somebody.
    #[must_use]
    pub fn is_on(&self, desk: Desk) -> bool {
        match desk {
            Desk::Held => self.judged.disposition == Disposition::Hold,
            Desk::Waiting | Desk::Dead | Desk::Asked => {
                self.deliveries.iter().any(|d| d.is_on(desk))
            }
        }
    }

    /// Whether it is recalled as a whole: no delivery of it stands, and one at least was recalled
    /// (`counting.md` §1).
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        is_withdrawn(self.deliveries.iter().map(|d| d.standing))
    }
}

/// Whether nothing stands of deliveries in these states, and one at least was recalled.
pub(super) fn is_withdrawn(mut all: impl Iterator<Item = Standing> + Clone) -> bool {
    let gone =
        |at: Standing| at.is_recalled() || matches!(at.phase, Phase::TakenBack | Phase::GivenUp);
    all.clone().all(gone) && all.any(Standing::is_recalled)
}
