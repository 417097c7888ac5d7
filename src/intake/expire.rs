//! Ending deliveries whose clock has run out: the event, and the signed evidence for the sender that
//! nothing was delivered.

use super::Intake;
use super::arrivals::{InHand, Key, Pushing};
use super::moves::MoveError;
use crate::model::event::{AttemptOutcome, ExpiryClock};
use crate::model::{DocumentId, Timestamp, UnitCode};
use crate::registry::{Channel, Registry};
use crate::relay::{Command, Delivery, Running, Waits};
use crate::store::CommitError;
use crate::telemetry::names;
use std::time::Duration;

/// A push that is cut off gives its place back within a moment; if not, it is asked for again later.
pub(super) const CUT: Duration = Duration::from_secs(5);

/// What whoever delivers knows of the addresses that it delivers to.
pub trait Lines: Send + Sync {
    /// How the last attempt at that delivery failed, or else, where the recipient is left alone, the
    /// last one of all; `None`: nothing failed so far, as far as it remembers.
    fn failing(&self, delivery: &Delivery) -> Option<AttemptOutcome>;

    /// How a delivery is to come about.
    fn waits(&self, registry: &Registry, delivery: &Delivery) -> Waits {
        match registry.unit(&delivery.recipient).map(|unit| &unit.channel) {
            None => Waits::Nowhere,
            Some(Channel::Pull | Channel::Webhook { .. }) => Waits::ToBeFetched,
            Some(Channel::Push { .. }) => {
                let failing = self.failing(delivery);
                failing.map_or(Waits::ToBePushed, Waits::Failing)
            }
        }
    }
}

/// A delivery whose clock has run out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RanOut {
    /// The document.
    pub document: DocumentId,
    /// The recipient.
    pub recipient: UnitCode,
    /// Which clock, why nothing was delivered, and since when it is over.
    pub running: Running,
    /// When that clock had been started.
    pub since: Timestamp,
}

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expiry {
    /// It was ended, and the evidence is signed.
    Ended,
    /// It is being delivered just now: it is to be looked at again.
    InHand,
    /// By the time of the log its clock has not run out yet: the clock was set back since it was looked at. It is to
    /// be looked at again.
    Early,
    /// It does not wait any more, or waits anew.
    Over,
}

impl Intake {
    /// Begins to push a document; `None` while its delivery is being ended. As long as the right is held,
    /// its clock does not end it, unless it is held for longer than a lease.
    #[must_use]
    pub fn pushing(&self, document: DocumentId, recipient: &UnitCode) -> Option<Pushing> {
        self.arrivals.push((document, recipient.clone()))
    }

    /// Ends a delivery whose clock has run out, once. `lease`: how long a push may be under way before it
    /// is cut off for it.
    ///
    /// # Errors
    /// See [`MoveError`]. A receipt that could not be signed is signed when it is asked for.
    pub async fn expire(&self, over: &RanOut, lease: Duration) -> Result<Expiry, MoveError> {
        let key: Key = (over.document, over.recipient.clone());
        let (ending, clock) = match self.arrivals.end(key.clone()) {
            Ok(ending) => (ending, over.running.clock),
            Err(InHand::Pushed(push)) if push.begun.elapsed() >= lease => {
                push.cut.cancel();
                let _ = tokio::time::timeout(CUT, push.over()).await;
                match self.arrivals.end(key) {
                    Ok(ending) => (ending, ExpiryClock::Lease),
                    Err(_) => return Ok(Expiry::InHand),
                }
            }
            Err(_) => return Ok(Expiry::InHand),
        };
        let command = Command::Expire {
            recipient: over.recipient.clone(),
            cause: over.running.cause,
            clock,
            since: over.since,
        };
        let ends = over.running.ends;
        let made = self.make_from(over.document, &command, &[], ends).await;
        drop(ending);
        let (state, new) = match made {
            Err(MoveError::Impossible(_)) => return Ok(Expiry::Over),
            Err(MoveError::Commit(CommitError::Early { .. })) => return Ok(Expiry::Early),
            other => other?,
        };
        let Some(entry) = new.first() else {
            return Ok(Expiry::Over);
        };
        let (clock, cause) = (clock.name(), over.running.cause.name());
        metrics::counter!(names::EXPIRED, "clock" => clock, "cause" => cause).increment(1);
        if let Err(error) = self.sign(&state, entry) {
            tracing::warn!(document = %state.id(), unit = %over.recipient, %error, "the evidence of a delivery that did not take place was not signed");
        }
        tracing::info!(
            document = %state.id(), unit = %over.recipient, sender = %state.offered.sender, clock, cause,
            since = %over.since, "not delivered in time: a dead letter"
        );
        Ok(Expiry::Ended)
    }
}
