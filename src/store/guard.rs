//! What a change must meet before it is written, and what it then writes. Serves both stores.

use super::{CommitError, ReadError};
use crate::model::event::{Event, Offered, Recorded};
use crate::model::{Digest, DocumentId, DocumentKey, Position, Timestamp};
use crate::relay::{DocumentState, still_follows};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far a clock may stand before the last event (`counting.md` of the design, §1).
const BACKWARDS_MS: i64 = 5 * 60 * 1000;

/// What is known when a change is checked: the projections and what the group already holds.
pub(in crate::store) trait Known {
    fn document(&self, id: DocumentId) -> Result<Option<Arc<DocumentState>>, ReadError>;
    fn request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError>;
    fn first_offer(&self, key: &DocumentKey) -> Result<Option<DocumentId>, ReadError>;
    fn receipt(&self, of: Position) -> Result<Option<Digest>, ReadError>;
}

/// A change that met its guards.
#[derive(Debug)]
pub(in crate::store) enum Passed {
    /// These events are to be written.
    Write(Vec<Event>),
    /// It was committed before, with these records.
    Repeat(Vec<Recorded>),
}

/// Checks a change.
///
/// # Errors
/// See [`CommitError`].
pub(in crate::store) fn check(
    known: &dyn Known,
    subject: Option<(DocumentId, Position)>,
    events: Vec<Event>,
) -> Result<Passed, CommitError> {
    for event in &events {
        if let Event::Offered(e) = event
            && let Some(repeat) = repeat(known, e)?
        {
            return Ok(Passed::Repeat(vec![repeat]));
        }
    }
    if let Some((id, expected)) = subject {
        let found = known.document(id).map_err(unavailable)?;
        if found.map_or(Position::START, |d| d.version) != expected {
            return Err(CommitError::Stale);
        }
    }
    for event in &events {
        if let Event::Offered(e) = event {
            let first = known.first_offer(&e.key).map_err(unavailable)?.is_none();
            if first != e.first_offer {
                return Err(CommitError::Stale);
            }
        }
    }
    others(known, subject, &events)?;
    fresh(known, events)
}

/// What the subject brings about for other documents has to follow from how they stand now.
fn others(
    known: &dyn Known,
    subject: Option<(DocumentId, Position)>,
    events: &[Event],
) -> Result<(), CommitError> {
    let Some((own, _)) = subject else {
        return Ok(());
    };
    for event in events {
        let Some(other) = event.document().filter(|id| *id != own) else {
            continue;
        };
        let state = known.document(other).map_err(unavailable)?;
        if state.is_none_or(|state| !still_follows(&state, event)) {
            return Err(CommitError::Stale);
        }
    }
    Ok(())
}

/// The record that an earlier change with the same request key wrote.
fn repeat(known: &dyn Known, e: &Offered) -> Result<Option<Recorded>, CommitError> {
    let Some(id) = known.request(&e.request).map_err(unavailable)? else {
        return Ok(None);
    };
    let Some(state) = known.document(id).map_err(unavailable)? else {
        return Ok(None);
    };
    if state.offered.content != e.content {
        return Err(CommitError::KeyReused(id));
    }
    Ok(offer_record(&state))
}

/// The record of a document's offer, as it was written.
fn offer_record(state: &DocumentState) -> Option<Recorded> {
    let entry = state.timeline.first()?;
    Some(Recorded {
        position: entry.position,
        at: entry.at,
        hash: entry.hash,
        event: Event::Offered(Box::new(state.offered.clone())),
    })
}

/// Drops receipts of records that have one; a change of nothing else is a repeat.
fn fresh(known: &dyn Known, events: Vec<Event>) -> Result<Passed, CommitError> {
    let all = events.len();
    let mut seen = BTreeSet::new();
    let mut keep = Vec::with_capacity(all);
    for event in events {
        if let Event::ReceiptSigned(e) = &event {
            let stored = known.receipt(e.of).map_err(unavailable)?;
            if stored.is_some() || !seen.insert(e.of) {
                continue;
            }
        }
        keep.push(event);
    }
    if keep.is_empty() && all > 0 {
        return Ok(Passed::Repeat(Vec::new()));
    }
    Ok(Passed::Write(keep))
}

/// The commit time of the next record: never before the last one; a clock further back than five
/// minutes is not believed.
pub(in crate::store) fn commit_time(
    last: Timestamp,
    now: Timestamp,
) -> Result<Timestamp, CommitError> {
    if now.0.saturating_add(BACKWARDS_MS) < last.0 {
        return Err(CommitError::ClockBack { last, now });
    }
    Ok(now.max(last))
}

fn unavailable(e: ReadError) -> CommitError {
    CommitError::Unavailable(e.to_string())
}
