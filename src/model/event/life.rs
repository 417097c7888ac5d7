//! What happens to a document between offices after it was relayed (`relay::moves` has the table).
//! Reasons in words are bodies: `note` is the SHA-256 of one (JSON), as in an [`super::Answered`].

use crate::model::indication::words;
use crate::model::{Digest, DocumentId, LocalDay, Status, Timestamp, UnitCode};

words! {
    /// How a document came to its recipient.
    Way {
        /// The recipient downloaded it.
        Pull = 1 "pull",
        /// It was sent to the recipient's address, which acknowledged it.
        Push = 2 "push",
        /// The national axis says that it is there.
        Axis = 3 "axis",
        /// The recipient's gateway says so.
        Peer = 4 "peer",
    }
}

words! {
    /// The state that the gateway owned when its clock ran out.
    ExpiryClock {
        /// Waiting in the inbox to be fetched.
        Inbox = 1 "inbox",
        /// Waiting for its turn.
        Queue = 2 "queue",
        /// Being delivered.
        Lease = 3 "lease",
        /// Waiting for the recipient's address to take it.
        Push = 4 "push",
        /// Waiting for the recipient's gateway.
        Peer = 5 "peer",
        /// Waiting for the national axis.
        Axis = 6 "axis",
    }
}

words! {
    /// Why a delivery did not take place.
    ExpiryCause {
        /// Nobody fetched it.
        NotFetched = 1 "not_fetched",
        /// The recipient's address could not be reached.
        Unreachable = 2 "unreachable",
        /// The recipient's address refused it, or answered what is no answer.
        NotTaken = 3 "not_taken",
        /// The recipient is not a unit any more.
        UnitEnded = 4 "unit_ended",
        /// The gateway itself failed.
        GatewayFault = 5 "gateway_fault",
    }
}

words! {
    /// How one attempt to deliver ended.
    AttemptOutcome {
        /// It was taken.
        Taken = 1 "taken",
        /// No connection.
        Unreachable = 2 "unreachable",
        /// The other side did not prove who it is, or did not accept this gateway.
        NotTrusted = 3 "not_trusted",
        /// No answer in time.
        TimedOut = 4 "timed_out",
        /// An answer that says: later.
        Later = 5 "later",
        /// An answer that says: never.
        Never = 6 "never",
        /// An answer that is none.
        Malformed = 7 "malformed",
        /// The gateway itself failed before anything was sent.
        NotSent = 8 "not_sent",
    }
}

words! {
    /// Why bodies were erased.
    ErasureCause {
        /// The term of their class is over.
        Term = 1 "term",
        /// By order of somebody who may.
        Order = 2 "order",
    }
}

/// What a document takes with it out of the figures of its promulgation date when its last delivery is
/// recalled or withdrawn (`counting.md` §1, Recall).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leaves {
    /// The day on which it was counted.
    pub promulgated: LocalDay,
    /// Whether it counted as signed by its agency.
    pub agency_signed: bool,
    /// Whether it counted as signed by a person and its agency.
    pub both_signed: bool,
    /// Whether it counted as sent late.
    pub issued_late: bool,
}

/// A recipient that accepted the document goes on with it: 04, 05 or 06.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Progressed {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient.
    pub recipient: UnitCode,
    /// `Assigned`, `InProcess` or `Completed`.
    pub status: Status,
    /// The stages before it that were not said.
    pub implied: Vec<Status>,
    /// When the document had arrived there.
    pub arrived: Timestamp,
    /// The last day on which the work is done in time, if the sender named one.
    pub due: Option<LocalDay>,
    /// The recipient's words.
    pub note: Option<Digest>,
}

/// The sender asks for a document back that has arrived: 13. The recipient has to answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TakeBackAsked {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient.
    pub recipient: UnitCode,
    /// When the answer is late.
    pub due: Option<Timestamp>,
    /// The sender's reason.
    pub note: Option<Digest>,
}

/// The sender took back what nobody had fetched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TakenBack {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient who does not get it.
    pub recipient: UnitCode,
    /// The sender's reason.
    pub note: Option<Digest>,
    /// What leaves the figures with it.
    pub leaves: Option<Leaves>,
}

/// A recipient answers a take-back: 15 or 16.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TakeBackAnswered {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient.
    pub recipient: UnitCode,
    /// `Agreed` or `Declined`.
    pub status: Status,
    /// The recipient's words.
    pub note: Option<Digest>,
    /// What leaves the figures with it.
    pub leaves: Option<Leaves>,
}

/// The sender recalls a document that has arrived: its files are gone for the recipient, who has to
/// confirm it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recalled {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient.
    pub recipient: UnitCode,
    /// When the document had arrived there.
    pub arrived: Timestamp,
    /// When the confirmation is late.
    pub due: Option<Timestamp>,
    /// The sender's reason.
    pub note: Option<Digest>,
    /// What leaves the figures with it.
    pub leaves: Option<Leaves>,
}

/// A recipient confirms a recall (15), or declines it (16: an exception, nothing is restored).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecallAnswered {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient.
    pub recipient: UnitCode,
    /// `Agreed` or `Declined`.
    pub status: Status,
    /// When it had been recalled.
    pub recalled: Timestamp,
    /// When the answer was late.
    pub due: Option<Timestamp>,
    /// The recipient's words.
    pub note: Option<Digest>,
}

/// Another document took the place of this one at a recipient of both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Superseded {
    /// The document that was replaced.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient.
    pub recipient: UnitCode,
    /// The document in its place.
    pub by: DocumentId,
}

/// A document was brought up to date: what is new stands beside it under an identifier of its own, and
/// counts as the same document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Updated {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// What is new.
    pub by: DocumentId,
    /// Recipients of what is new that had not been recipients.
    pub added: Vec<UnitCode>,
    /// Recipients that are no recipients of what is new.
    pub removed: Vec<UnitCode>,
}

/// A clock of the gateway ended a delivery that did not take place: a dead letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expired {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient.
    pub recipient: UnitCode,
    /// Why it did not take place.
    pub cause: ExpiryCause,
    /// Which clock ran out.
    pub clock: ExpiryClock,
    /// When that clock had been started.
    pub since: Timestamp,
}

/// A dead letter was sent again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replayed {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient.
    pub recipient: UnitCode,
    /// Who did it: a unit, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
    /// The reason given.
    pub note: Option<Digest>,
}

/// A dead letter was given up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GivenUp {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient who does not get it.
    pub recipient: UnitCode,
    /// Who did it: a unit, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
    /// The reason given.
    pub note: Option<Digest>,
    /// What leaves the figures with it.
    pub leaves: Option<Leaves>,
}

/// Bodies were erased: whoever asks for one from here on is told so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Erased {
    /// The document they belong to; `None` for a whole segment.
    pub document: Option<DocumentId>,
    /// The body segment that was dropped, if it was one.
    pub segment: Option<u32>,
    /// SHA-256 of each body.
    pub bodies: Vec<Digest>,
    /// Why.
    pub cause: ErasureCause,
    /// The body that holds the basis in words: who ordered it, and by what right.
    pub basis: Option<Digest>,
    /// Who did it: a unit, or `None` for the gateway or the local administrator.
    pub actor: Option<UnitCode>,
}

/// An attempt to deliver was made. The attempts of a delivery decide when the next one is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempted {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient.
    pub recipient: UnitCode,
    /// How.
    pub way: Way,
    /// The how-manieth since the delivery was relayed or replayed, from 1.
    pub number: u32,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// The HTTP status, where there was one; otherwise 0.
    pub code: u16,
    /// When the next one is due; `None`: none is planned.
    pub next: Option<Timestamp>,
}
