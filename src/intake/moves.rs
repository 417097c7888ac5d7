//! What happens to a document after it was taken in: arrivals, answers, second judgements.

use super::arrivals::Noted;
use super::receipts::ReceiptError;
use super::{Intake, SealError};
use crate::judge;
use crate::model::event::{Due, Judged, Offered, Recorded, Way};
use crate::model::{Digest, DocumentId, Event, Status, Timestamp, UnitCode};
use crate::relay::decide::Attempt;
use crate::relay::{
    Command, Delivery, DocumentState, Impossible, Move, TimelineEntry, decide, fold,
};
use crate::store::{Change, CommitError, Kept, Ledger, ReadError, VaultError};
use crate::telemetry::names;
use bytes::Bytes;
use std::sync::Arc;

/// How often a decision is made again because the document moved meanwhile.
const ATTEMPTS: u32 = 16;

/// Why a move was not made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MoveError {
    /// No such document.
    #[error("no such document")]
    NotFound,
    /// The move cannot be made.
    #[error(transparent)]
    Impossible(#[from] Impossible),
    /// It could not be committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A body could not be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The receipt could not be signed; the move was made.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl From<ReceiptError> for MoveError {
    fn from(error: ReceiptError) -> Self {
        match error {
            ReceiptError::Seal(e) => Self::Seal(e),
            ReceiptError::Read(e) => Self::Read(e),
            ReceiptError::Vault(e) => Self::Vault(e),
        }
    }
}

/// A recipient's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The document.
    pub document: DocumentId,
    /// The recipient.
    pub recipient: UnitCode,
    /// 02 to 06, 15 or 16.
    pub status: Status,
    /// The reason and the member of staff as JSON, if any was given.
    pub note: Option<Bytes>,
}

/// A move that was made, now or before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moved {
    /// The document after it.
    pub state: DocumentState,
    /// Its record.
    pub entry: TimelineEntry,
    /// The receipt.
    pub receipt: Bytes,
    /// Whether it had been made before.
    pub repeated: bool,
}

impl Intake {
    /// One document, or [`MoveError::NotFound`].
    ///
    /// # Errors
    /// See [`MoveError`].
    pub fn state(&self, id: DocumentId) -> Result<DocumentState, MoveError> {
        let found = self.tools.ledger.document(id)?;
        found.ok_or(MoveError::NotFound)
    }

    /// Decides and commits, again if the document moved meanwhile. Gives the state after the move
    /// and what was written on its timeline; nothing, if it had been done before.
    pub(super) async fn make(
        &self,
        id: DocumentId,
        command: &Command,
        bodies: &[Kept],
    ) -> Result<(DocumentState, Vec<TimelineEntry>), MoveError> {
        self.make_from(id, command, bodies, Timestamp::default())
            .await
    }

    /// The same for what a clock brings about: its records are not of a time before `earliest`.
    pub(super) async fn make_from(
        &self,
        id: DocumentId,
        command: &Command,
        bodies: &[Kept],
        earliest: Timestamp,
    ) -> Result<(DocumentState, Vec<TimelineEntry>), MoveError> {
        let by = |state: &DocumentState| {
            let mut events = decide(state, command)?;
            if let Command::Rejudge { judged, .. } = command
                && judged.disposition.relays()
                && !events.is_empty()
            {
                // Erased while it was judged: it stays on hold until its deadline, like what was erased before.
                if state.lacks_content() {
                    return Ok(Vec::new());
                }
                events.extend(self.follow(&state.offered)?);
            }
            Ok(events)
        };
        made(&*self.tools.ledger, id, bodies, earliest, by).await
    }

    /// Notes that `recipient` has file `index` (from 0) completely. With the last file the arrival
    /// is committed, by a task that no client can interrupt. `false`: the delivery is being ended, and
    /// the recipient must not have the end of the file.
    pub fn downloaded(
        self: &Arc<Self>,
        state: &DocumentState,
        recipient: &UnitCode,
        index: usize,
    ) -> bool {
        let waiting = state.delivery(recipient).is_some_and(Delivery::is_waiting);
        if !waiting {
            return true;
        }
        let key = (state.id(), recipient.clone());
        let files = state.offered.files.iter().enumerate();
        let all = files.filter(|(_, file)| !state.is_erased(&file.digest));
        let over = match self.arrivals.note(&key, index, all.map(|(i, _)| i)) {
            Noted::All(over) => over,
            Noted::Some => return true,
            Noted::Ending => return false,
        };
        // It may have been ended between the caller's look and this note; then that is on record by now.
        let now = self.state(key.0);
        let own = now.as_ref().ok().and_then(|now| now.delivery(recipient));
        if !own.is_some_and(|delivery| delivery.standing.is_readable()) {
            self.arrivals.done(&key);
            return false;
        }
        let (intake, due) = (Arc::clone(self), self.due(&state.offered));
        self.tools.tasks.spawn(async move {
            if let Err(error) = intake.arrived(key.0, &key.1, due, Way::Pull).await {
                tracing::warn!(document = %key.0, unit = %key.1, %error, "an arrival was not committed");
            }
            intake.arrivals.done(&key);
            drop(over);
        });
        true
    }

    /// A recipient to which the whole document was pushed has said that it has it: the arrival is
    /// committed. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`MoveError`]; the document is to be pushed again then, under the same key.
    pub async fn pushed(
        &self,
        state: &DocumentState,
        recipient: &UnitCode,
    ) -> Result<(), MoveError> {
        let due = self.due(&state.offered);
        match self.arrived(state.id(), recipient, due, Way::Push).await {
            // The arrival is on record; its receipt is signed when it is asked for.
            Err(MoveError::Seal(error)) => {
                tracing::warn!(document = %state.id(), unit = %recipient, %error, "the receipt of an arrival was not signed");
                Ok(())
            }
            made => made,
        }
    }

    async fn arrived(
        &self,
        id: DocumentId,
        recipient: &UnitCode,
        due: Due,
        way: Way,
    ) -> Result<(), MoveError> {
        let command = Command::Fetched {
            recipient: recipient.clone(),
            due,
            way,
        };
        let (state, new) = self.make(id, &command, &[]).await?;
        for entry in &new {
            metrics::counter!(names::ARRIVED).increment(1);
            self.sign(&state, entry)?;
        }
        Ok(())
    }

    /// What is due of a recipient at which a document arrives now.
    fn due(&self, offered: &Offered) -> Due {
        let (calendar, now) = (&self.rules().calendar, self.tools.clock.now());
        Due {
            answer: calendar.answer_due(now),
            present: calendar.present_due(now, offered.urgency),
            complete: offered.due,
        }
    }

    /// Makes a recipient's answer. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`MoveError`].
    pub async fn answer(&self, answer: Answer) -> Result<Moved, MoveError> {
        let key = (answer.document, answer.recipient.clone());
        self.arrivals.settled(&key).await;
        let note = answer.note.map(|bytes| self.tools.vault.keep_bytes(bytes));
        let command = Command::Answer {
            recipient: answer.recipient.clone(),
            status: answer.status,
            note: note.as_ref().map(Kept::digest),
        };
        let bodies: Vec<Kept> = note.into_iter().collect();
        let (state, new) = self.make(answer.document, &command, &bodies).await?;
        let made = Move::of(answer.status);
        let entry = made.and_then(|what| state.record_of(&answer.recipient, what));
        let entry = entry.ok_or(MoveError::NotFound)?.clone();
        let receipt = if new.is_empty() {
            self.receipt(&state, &entry)?
        } else {
            metrics::counter!(names::ANSWERED, "status" => answer.status.name()).increment(1);
            self.sign(&state, &entry)?
        };
        Ok(Moved {
            state,
            entry,
            receipt,
            repeated: new.is_empty(),
        })
    }

    /// Puts an attempt to deliver on record, if it says something new (`relay::decide`). What has left
    /// its wait meanwhile is not tried any more, which is no error.
    ///
    /// # Errors
    /// See [`MoveError`].
    pub async fn attempted(&self, id: DocumentId, attempt: Attempt) -> Result<(), MoveError> {
        match self.make(id, &Command::Attempt(attempt), &[]).await {
            Ok(_) | Err(MoveError::Impossible(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes a held document out of its hold; `done` is the new judgement, where there is one.
    /// Gives the new state, or `None` if the decision is still to hold.
    ///
    /// # Errors
    /// See [`MoveError`].
    pub async fn rejudged(
        &self,
        id: DocumentId,
        judged: Judged,
        done: Option<judge::Judged>,
    ) -> Result<Option<DocumentState>, MoveError> {
        let rests_on = done.as_ref().map(judge::Judged::rests_on);
        let rests_on = rests_on.unwrap_or_default();
        // Without a new judgement it is its deadline that ends the hold.
        let earliest = match &done {
            Some(_) => None,
            None => self.state(id)?.offered.hold_until,
        };
        let earliest = earliest.unwrap_or_default();
        let (judged, bodies) = self.reported(judged, done).await?;
        let held = if judged.disposition.relays() {
            let offered = self.state(id)?.offered;
            let held =
                self.hold_back_named(offered.updates, &offered.replaces, &offered.recipients);
            held.await?
        } else {
            Vec::new()
        };
        let command = Command::Rejudge { judged, rests_on };
        let made = self.make_from(id, &command, &bodies, earliest).await;
        drop(held);
        let (state, new) = made?;
        let Some(entry) = new.first() else {
            return Ok(None);
        };
        metrics::counter!(names::REJUDGED, "disposition" => state.judged.disposition.name())
            .increment(1);
        self.sign(&state, entry)?;
        Ok(Some(state))
    }

    /// Puts the verdict of a relayed document in doubt, if this says anything new; `done` is the
    /// judgement in hindsight. Gives the new state, or `None` if all of it had been said.
    ///
    /// # Errors
    /// See [`MoveError`].
    pub async fn doubted(
        &self,
        id: DocumentId,
        certificates: Vec<Digest>,
        done: judge::Judged,
    ) -> Result<Option<DocumentState>, MoveError> {
        let judged = done.judgement.judged(None);
        let (judged, bodies) = self.reported(judged, Some(done)).await?;
        let command = Command::Doubt {
            judged,
            certificates,
        };
        let (state, new) = self.make(id, &command, &bodies).await?;
        let Some(entry) = new.last() else {
            return Ok(None);
        };
        metrics::counter!(names::DOUBTED).increment(1);
        self.sign(&state, entry)?;
        Ok(Some(state))
    }

    /// Keeps the report of a judgement and what it rests on.
    async fn reported(
        &self,
        judged: Judged,
        done: Option<judge::Judged>,
    ) -> Result<(Judged, Vec<Kept>), MoveError> {
        let Some(done) = done else {
            return Ok((judged, Vec::new()));
        };
        let report = self.tools.vault.keep_bytes(done.report);
        let judged = Judged {
            report: Some(report.digest()),
            ..judged
        };
        let mut bodies = vec![report];
        bodies.extend(self.keep_evidence(&done.evidence).await?);
        Ok((judged, bodies))
    }

    /// The bytes of a kept body.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn body(&self, digest: &Digest) -> Result<Option<Bytes>, VaultError> {
        let content = self.tools.vault.open(digest)?;
        Ok(content.map(|c| Bytes::copy_from_slice(c.bytes())))
    }
}

/// Decides and commits, again if the document moved meanwhile: see [`Intake::make_from`].
pub(super) async fn made(
    ledger: &dyn Ledger,
    id: DocumentId,
    bodies: &[Kept],
    earliest: Timestamp,
    decide: impl Fn(&DocumentState) -> Result<Vec<Event>, MoveError>,
) -> Result<(DocumentState, Vec<TimelineEntry>), MoveError> {
    for _ in 0..ATTEMPTS {
        let state = ledger.document(id)?.ok_or(MoveError::NotFound)?;
        let events = decide(&state)?;
        if events.is_empty() {
            return Ok((state, Vec::new()));
        }
        let change = Change {
            subject: Some((id, state.version)),
            bodies: bodies.to_vec(),
            events,
        };
        let before = state.version;
        match ledger.commit_from(change, earliest).await {
            Ok(committed) => {
                let mut after = Some(state);
                // A change may go on with what follows for other documents.
                let own = |record: &&Recorded| record.event.document() == Some(id);
                for record in committed.records.iter().filter(own) {
                    after = fold(after, record);
                }
                let after = after.ok_or(MoveError::NotFound)?;
                let new = after.timeline.iter().filter(|e| e.position > before);
                let new = new.cloned().collect();
                return Ok((after, new));
            }
            Err(CommitError::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommitError::Stale.into())
}

/// Whether an event is an offer.
pub(super) fn is_offer(event: &Event) -> bool {
    matches!(event, Event::Offered(_))
}
