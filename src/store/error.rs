//! Why the store did not do what it was asked.

use crate::model::{DocumentId, Timestamp};

/// Why a change was not committed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CommitError {
    /// The subject moved: read again, decide again.
    #[error("the document changed meanwhile")]
    Stale,
    /// The same request key stands for other content.
    #[error("the idempotency key belongs to document {0} with other content")]
    KeyReused(DocumentId),
    /// The medium is full; earlier documents are intact.
    #[error("the disk is full")]
    Full,
    /// The clock is more than five minutes before the last event.
    #[error("the clock went back: last event {last}, now {now}")]
    ClockBack {
        /// Commit time of the last event.
        last: Timestamp,
        /// The clock.
        now: Timestamp,
    },
    /// Its time has not come by the time of the log: the clock stands before what it was decided by. Nothing was
    /// written.
    #[error("it is {now}, and this is not to be before {earliest}")]
    Early {
        /// Before this it is not to be.
        earliest: Timestamp,
        /// When it would have been committed.
        now: Timestamp,
    },
    /// A list of the event has more than 65,535 members, which the log cannot say.
    #[error("an event {0} has a list that is too long for the log")]
    TooLong(&'static str),
    /// A log is simulated from its first record on, or never.
    #[error("a log is simulated from its first record on, or never")]
    Marked,
    /// It may have happened: repeat with the same key.
    #[error("the outcome is unknown; repeat with the same key")]
    Unknown,
    /// The store does not take changes now.
    #[error("the store is not available: {0}")]
    Unavailable(String),
}

/// A clock that stands more than five minutes before the last event, and that nobody confirmed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockBack {
    /// Commit time of the last event.
    pub last: Timestamp,
    /// The clock.
    pub now: Timestamp,
}

/// Why something could not be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReadError {
    /// The medium or a projection failed.
    #[error("reading the store failed: {0}")]
    Failed(String),
    /// The projections are being rebuilt.
    #[error("the index is being rebuilt")]
    Rebuilding,
}

/// Why bytes could not be staged, kept or opened.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VaultError {
    /// The medium is full.
    #[error("the disk is full")]
    Full,
    /// The body is longer than allowed.
    #[error("the body is longer than {0} bytes")]
    TooLarge(u64),
    /// The medium failed.
    #[error("the medium failed: {0}")]
    Failed(String),
}
