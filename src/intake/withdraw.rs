//! A sender withdraws a document: take-backs and recalls.

use super::Intake;
use super::moves::MoveError;
use crate::model::{DocumentId, UnitCode};
use crate::relay::decide::Withdrawal;
use crate::relay::{Command, DocumentState, Move, TimelineEntry, decide};
use crate::telemetry::names;
use bytes::Bytes;

/// What a sender asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Withdraw {
    /// The document.
    pub document: DocumentId,
    /// A recall; otherwise a take-back.
    pub recall: bool,
    /// From whom; empty: from all from whom it can be.
    pub recipients: Vec<UnitCode>,
    /// The reason as JSON.
    pub reason: Bytes,
}

/// What was done about it, now or before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Withdrawn {
    /// The document after it.
    pub state: DocumentState,
    /// Each recipient from whom it is withdrawn or asked back, with the record and its receipt.
    pub moved: Vec<(UnitCode, TimelineEntry, Bytes)>,
    /// Whether all of it had been done before.
    pub repeated: bool,
}

impl Intake {
    /// Takes a document back or recalls it. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`MoveError`].
    pub async fn withdraw(&self, asked: Withdraw) -> Result<Withdrawn, MoveError> {
        // Whoever has every file by now has the document, even where the record is still on its way.
        for delivery in &self.state(asked.document)?.deliveries {
            let key = (asked.document, delivery.recipient.clone());
            self.arrivals.settled(&key).await;
        }
        let reason = self.tools.vault.keep_bytes(asked.reason);
        let withdrawal = Withdrawal {
            recipients: asked.recipients.clone(),
            // A recipient answers a recall as it answers a document: the same day (NĐ 30/2020 Điều 21).
            due: Some(self.rules().calendar.answer_due(self.tools.clock.now())),
            note: Some(reason.digest()),
        };
        let command = match asked.recall {
            true => Command::Recall(withdrawal),
            false => Command::TakeBack(withdrawal),
        };
        // Nobody gets the last byte between this look and the record, and is told of as one who had not come.
        let state = self.state(asked.document)?;
        let follows = decide(&state, &command).is_ok_and(|events| !events.is_empty());
        let held = if follows {
            let meant =
                |unit: &UnitCode| asked.recipients.is_empty() || asked.recipients.contains(unit);
            self.hold_back(&state, meant).await
        } else {
            Vec::new()
        };
        let made = self.make(asked.document, &command, &[reason]).await;
        drop(held);
        let (state, new) = made?;
        let repeated = new.is_empty();
        let mut moved = Vec::new();
        for delivery in &state.deliveries {
            let unit = &delivery.recipient;
            if !asked.recipients.is_empty() && !asked.recipients.contains(unit) {
                continue;
            }
            let Some(entry) = record(&state, unit, asked.recall) else {
                continue;
            };
            let receipt = if new.contains(entry) {
                metrics::counter!(names::WITHDRAWN, "event" => entry.kind.name()).increment(1);
                self.sign(&state, entry)?
            } else {
                self.receipt(&state, entry)?
            };
            moved.push((unit.clone(), entry.clone(), receipt));
        }
        Ok(Withdrawn {
            state,
            moved,
            repeated,
        })
    }
}

/// The record of a recall at one recipient, or of the take-back that it is where nobody had come.
fn record<'a>(
    state: &'a DocumentState,
    unit: &UnitCode,
    recall: bool,
) -> Option<&'a TimelineEntry> {
    let recalled = state.record_of(unit, Move::Recall).filter(|_| recall);
    recalled.or_else(|| state.record_of(unit, Move::TakeBack))
}
