//! A clock that went back is said to be right: who said so and why is on record, and work goes on. Event time never goes
//! back, so it stands still until the clock has come as far; also while no gateway runs.

use super::notes::{MAX_REASON, Note};
use crate::model::event::ClockConfirmed;
use crate::model::{Event, Position, Timestamp};
use crate::store::{Change, CommitError, Ledger, ReadError, Vault};

/// What is confirmed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Confirmation {
    /// When the last event was committed, as it was shown to whoever confirms.
    pub last: Timestamp,
    /// Why the clock is right.
    pub reason: String,
    /// Who says so.
    pub staff: Option<String>,
}

/// What is on record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Confirmed {
    /// The place of the record.
    pub position: Position,
    /// When the last event was committed: what event time stands at.
    pub last: Timestamp,
    /// The clock when it was confirmed.
    pub clock: Timestamp,
}

/// Why nothing was confirmed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConfirmError {
    /// No reason, or words that are too long.
    #[error("the reason is missing or too long")]
    Reason,
    /// The clock is not behind, or not behind what was shown.
    #[error("the clock is not behind that event any more")]
    Moved,
    /// See [`CommitError`].
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// See [`ReadError`].
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Confirms a clock that went back.
///
/// # Errors
/// See [`ConfirmError`].
pub async fn confirm_clock(
    ledger: &dyn Ledger,
    vault: &dyn Vault,
    said: &Confirmation,
) -> Result<Confirmed, ConfirmError> {
    let reason = said.reason.trim();
    let long = |text: &str| text.chars().count() > MAX_REASON;
    if reason.is_empty() || long(reason) || said.staff.as_deref().is_some_and(long) {
        return Err(ConfirmError::Reason);
    }
    let back = ledger.clock_back()?.ok_or(ConfirmError::Moved)?;
    if back.last != said.last {
        return Err(ConfirmError::Moved);
    }
    let note = Note {
        reason: Some(reason.to_owned()),
        staff: said.staff.clone(),
    };
    let note = vault.keep_bytes(note.to_bytes().ok_or(ConfirmError::Reason)?);
    let event = ClockConfirmed {
        last: back.last,
        clock: back.now,
        note: note.digest(),
        actor: None,
    };
    let change = Change {
        subject: None,
        bodies: vec![note],
        events: vec![Event::ClockConfirmed(Box::new(event))],
    };
    let done = ledger.commit(change).await?;
    let record = done.records.first().ok_or(CommitError::Unknown)?;
    Ok(Confirmed {
        position: record.position,
        last: back.last,
        clock: back.now,
    })
}
