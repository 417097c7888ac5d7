//! What a document says of others: that it brings one up to date, or takes the place of some.

use super::Intake;
use crate::format::envelope::Envelope;
use crate::model::event::{Event, Offered};
use crate::model::{DocumentId, UnitCode};
use crate::relay::decide::Withdrawal;
use crate::relay::{Command, Delivery, DocumentState, decide};
use crate::store::ReadError;

/// Why a document cannot say that of another.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{pointer}: {problem:?}")]
pub struct TieError {
    /// The pointer of the field in the envelope.
    pub pointer: String,
    /// The document named there.
    pub document: DocumentId,
    /// What is wrong with it.
    pub problem: TieProblem,
}

/// What is wrong with a document that another one names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TieProblem {
    /// There is none, or it is another unit's.
    Unknown,
    /// It was not relayed.
    NotRelayed,
    /// It was recalled: nothing is changed in it any more.
    Frozen,
}

/// The documents that an envelope names, with the pointers of their fields.
fn named(envelope: &Envelope) -> impl Iterator<Item = (String, DocumentId, bool)> + '_ {
    let updates = envelope.updates.map(|id| ("/updates".to_owned(), id, true));
    let replaces = envelope.replaces.iter().enumerate();
    let replaces = replaces.map(|(i, id)| (format!("/replaces/{i}"), *id, false));
    updates.into_iter().chain(replaces)
}

impl Intake {
    /// Whether the documents that an envelope names are its sender's and may be changed; to be asked
    /// before its files are read.
    ///
    /// # Errors
    /// The outer one if the store cannot be read; the inner one names the field.
    pub fn ties(
        &self,
        sender: &UnitCode,
        envelope: &Envelope,
    ) -> Result<Result<(), TieError>, ReadError> {
        for (pointer, document, updates) in named(envelope) {
            let found = self.tools.ledger.document(document)?;
            let own = found.filter(|state| state.offered.sender == *sender);
            let problem = match own {
                None => TieProblem::Unknown,
                Some(state) if !state.judged.disposition.relays() => TieProblem::NotRelayed,
                Some(state) if updates && state.is_frozen() => TieProblem::Frozen,
                Some(_) => continue,
            };
            return Ok(Err(TieError {
                pointer,
                document,
                problem,
            }));
        }
        Ok(Ok(()))
    }

    /// What follows for the documents that a relayed one names: events of the same change, so that no
    /// crash leaves both in force. Where one of them moved meanwhile, its fold passes over what cannot
    /// follow any more.
    pub(super) fn follow(&self, offered: &Offered) -> Result<Vec<Event>, ReadError> {
        let mut events = Vec::new();
        if let Some(id) = offered.updates
            && let Some(old) = self.tools.ledger.document(id)?
        {
            events.extend(updated(&old, offered));
        }
        for id in &offered.replaces {
            if let Some(old) = self.tools.ledger.document(*id)? {
                let command = Command::Supersede {
                    by: offered.document,
                    recipients: offered.recipients.clone(),
                };
                events.extend(decide(&old, &command).unwrap_or_default());
            }
        }
        Ok(events)
    }
}

/// The update, and a take-back from recipients that are none of the new document's and have not come.
fn updated(old: &DocumentState, offered: &Offered) -> Vec<Event> {
    let command = Command::Update {
        by: offered.document,
        recipients: offered.recipients.clone(),
    };
    let mut events = decide(old, &command).unwrap_or_default();
    let removed = |d: &&Delivery| d.is_waiting() && !offered.recipients.contains(&d.recipient);
    let removed = old.deliveries.iter().filter(removed);
    let removed: Vec<UnitCode> = removed.map(|d| d.recipient.clone()).collect();
    if !events.is_empty() && !removed.is_empty() {
        let take_back = Command::TakeBack(Withdrawal {
            recipients: removed,
            due: None,
            note: None,
        });
        events.extend(decide(old, &take_back).unwrap_or_default());
    }
    events
}
