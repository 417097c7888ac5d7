//! An attempt to deliver as it travels.

use crate::relay::Attempts;
use serde::{Deserialize, Serialize};

/// An attempt to deliver that failed, and said something new.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AttemptView {
    /// `push`; `pull` where a notice failed that a document waits to be fetched.
    pub way: String,
    /// The how-manieth since the document was relayed, or sent again.
    pub number: u32,
    /// `unreachable`, `not_trusted`, `timed_out`, `later`, `never`, `malformed` or `not_sent`.
    pub outcome: String,
    /// The HTTP status, where there was one.
    pub code: Option<u16>,
    /// When the next one was due.
    pub next: Option<String>,
}

impl AttemptView {
    /// From the log's words.
    #[must_use]
    pub fn of(attempt: &Attempts) -> Self {
        Self {
            way: attempt.way.name().to_owned(),
            number: attempt.number,
            outcome: attempt.outcome.name().to_owned(),
            code: Some(attempt.code).filter(|code| *code != 0),
            next: attempt.next.map(|at| at.to_string()),
        }
    }
}
