//! Keeping deliveries from arriving while their sender ends them: whoever gets the last byte of a document in that
//! moment either has it, and is told so by the record, or does not get it.

use super::Intake;
use super::arrivals::{Ending, InHand, Key};
use super::expire::CUT;
use crate::model::{DocumentId, UnitCode};
use crate::relay::{Delivery, DocumentState};
use crate::store::ReadError;
use std::collections::BTreeSet;
use tokio::time::{Instant, timeout_at};

impl Intake {
    /// Keeps those deliveries of a document that still wait, and that are `meant`, from arriving until what is given
    /// back is dropped. An arrival that is being committed is waited for, a push is cut off. What is in hand for
    /// longer than a cut takes is left alone: a sender is not kept waiting by its recipients.
    pub(super) async fn hold_back(
        &self,
        state: &DocumentState,
        meant: impl Fn(&UnitCode) -> bool,
    ) -> Vec<Ending> {
        let Some(deadline) = Instant::now().checked_add(CUT) else {
            return Vec::new();
        };
        let waiting = |d: &&Delivery| d.is_waiting() && meant(&d.recipient);
        let keys = state.deliveries.iter().filter(waiting);
        let keys: Vec<Key> = keys.map(|d| (state.id(), d.recipient.clone())).collect();
        // All at once, so that many pushes take no longer than one.
        for key in &keys {
            self.arrivals.cut(key);
        }
        let mut held = Vec::with_capacity(keys.len());
        for key in keys {
            held.extend(self.hold_one(key, deadline).await);
        }
        held
    }

    async fn hold_one(&self, key: Key, deadline: Instant) -> Option<Ending> {
        loop {
            match self.arrivals.end(key.clone()) {
                Ok(ending) => return Some(ending),
                Err(InHand::Pushed(push)) => {
                    push.cut.cancel();
                    timeout_at(deadline, push.over()).await.ok()?;
                }
                Err(InHand::Arriving) => {
                    timeout_at(deadline, self.settled(&key)).await.ok()?;
                }
            }
            if Instant::now() >= deadline {
                return None;
            }
        }
    }

    /// Waits for whatever is being committed of a delivery: its arrival, or its end.
    async fn settled(&self, key: &Key) {
        self.arrivals.settled(key).await;
        self.arrivals.ended(key).await;
    }

    /// Waits while the delivery of a document to a recipient is being ended, so that who asks for its files then is told
    /// so, and not cut off.
    pub async fn not_being_ended(&self, document: DocumentId, recipient: &UnitCode) {
        self.arrivals.ended(&(document, recipient.clone())).await;
    }

    /// As [`Self::hold_back`], for what ends when a document that names others is relayed: deliveries to its own
    /// recipients of those that it replaces, and to all others of the one that it brings up to date.
    pub(super) async fn hold_back_named(
        &self,
        updates: Option<DocumentId>,
        replaces: &[DocumentId],
        recipients: &[UnitCode],
    ) -> Result<Vec<Ending>, ReadError> {
        // In one order, so that two such documents do not wait for each other.
        let named: BTreeSet<DocumentId> = updates.iter().chain(replaces).copied().collect();
        let mut held = Vec::new();
        for id in named {
            let Some(state) = self.tools.ledger.document(id)? else {
                continue;
            };
            let replaced = replaces.contains(&id);
            let meant = |unit: &UnitCode| recipients.contains(unit) == replaced;
            held.extend(self.hold_back(&state, meant).await);
        }
        Ok(held)
    }
}
