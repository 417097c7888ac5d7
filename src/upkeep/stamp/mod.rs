//! Timestamps of the log (RFC 3161): the head of its hash chain is stamped by an authority that the
//! operator names, so that the log, and with it every receipt up to that record, is proved to have
//! existed then and not to have been rewritten since.
//!
//! Never on the send path: an authority takes from two seconds to two minutes (`validation.md` of the
//! design). What was stamped is in the log; only why the last question failed is remembered here, and
//! after a start it is asked anew.

mod ask;
mod books;
mod bundle;
mod check;
mod show;

pub use ask::{AskError, Authority, Granted};
pub use check::{check, check_gathering};
pub use show::{proof, status};

use crate::fetch::back_off;
use crate::intake::{Intake, NewStamp, StampError};
use crate::model::{Position, Timestamp};
use crate::store::{LogStamp, ReadError};
use crate::telemetry::names;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether a stamp is due: against an interval of hours, nothing.
const LOOK: Duration = Duration::from_secs(5);

/// Why the head of the log is not stamped.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StampingError {
    /// The authority gave no token that is accepted.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The token is not on record.
    #[error(transparent)]
    Record(#[from] StampError),
    /// The store could not say what is to be stamped.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The gateway is stopping.
    #[error("the gateway is stopping")]
    Stopped,
}

impl StampingError {
    /// Its stable name, the label of metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ask(e) => e.code(),
            Self::Record(_) => "not-recorded",
            Self::Read(_) => "not-read",
            Self::Stopped => "stopped",
        }
    }

    fn value(&self) -> String {
        match self {
            Self::Ask(e) => e.value(),
            Self::Record(_) | Self::Read(_) | Self::Stopped => self.to_string(),
        }
    }
}

/// What went wrong since the last stamp.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failing {
    /// Since when.
    pub since: Timestamp,
    /// How often in a row.
    pub times: u32,
    /// Why, the last time: a stable name.
    pub code: &'static str,
    /// The value that its sentence shows.
    pub value: String,
    /// When it is tried again.
    pub next: Timestamp,
    /// The same, by a clock that nobody sets.
    again: Instant,
}

/// Stamps the log.
pub struct Stamps {
    intake: Arc<Intake>,
    authority: Authority,
    every: Duration,
    chance: fn() -> u16,
    stop: CancellationToken,
    /// One question at a time.
    turn: tokio::sync::Mutex<()>,
    bundles: tokio::sync::Mutex<()>,
    failing: Mutex<Option<Failing>>,
}

impl fmt::Debug for Stamps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stamps({:?}, every {:?})", self.authority, self.every)
    }
}

impl Stamps {
    /// Puts it together.
    #[must_use]
    pub fn new(
        intake: Arc<Intake>,
        authority: Authority,
        every: Duration,
        chance: fn() -> u16,
        stop: CancellationToken,
    ) -> Self {
        Self {
            intake,
            authority,
            every,
            chance,
            stop,
            turn: tokio::sync::Mutex::default(),
            bundles: tokio::sync::Mutex::default(),
            failing: Mutex::default(),
        }
    }

    /// The authority's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.authority.url
    }

    /// How long after one stamp the next is asked for.
    #[must_use]
    pub fn every(&self) -> Duration {
        self.every
    }

    /// What goes wrong, if anything does.
    #[must_use]
    pub fn failing(&self) -> Option<Failing> {
        self.state().clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Option<Failing>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stamps whenever it is due, until the gateway stops.
    pub async fn run(self: Arc<Self>) {
        while !self.stop.is_cancelled() {
            self.gauges();
            // An error is told where it happened; a store that is not ready is asked again.
            if self.is_due().unwrap_or(false) {
                let _told = self.now().await;
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    fn is_due(&self) -> Result<bool, ReadError> {
        if let Some(failing) = self.state().as_ref() {
            return Ok(failing.again <= Instant::now());
        }
        let tools = self.intake.tools();
        let (head, _) = tools.ledger.head()?;
        let Some(last) = tools.ledger.last_stamp()? else {
            return Ok(head > Position::START);
        };
        let every = i64::try_from(self.every.as_secs()).unwrap_or(i64::MAX);
        Ok(moved(head, &last) && last.at.plus_secs(every) <= tools.clock.now())
    }

    /// Stamps the head of the log now, whatever the interval says; gives the last stamp where nothing
    /// came after it, `None` where the log is empty.
    ///
    /// # Errors
    /// See [`StampingError`].
    pub async fn now(&self) -> Result<Option<LogStamp>, StampingError> {
        let _turn = self.turn.lock().await;
        let outcome = tokio::select! {
            outcome = self.stamp() => outcome,
            () = self.stop.cancelled() => Err(StampingError::Stopped),
        };
        match &outcome {
            Ok(_) => *self.state() = None,
            Err(StampingError::Stopped) => return outcome,
            Err(error) => self.failed(error),
        }
        let code = outcome
            .as_ref()
            .map_or_else(StampingError::code, |_| "stamped");
        metrics::counter!(names::STAMPS, "outcome" => code).increment(1);
        self.gauges();
        outcome
    }

    async fn stamp(&self) -> Result<Option<LogStamp>, StampingError> {
        let tools = self.intake.tools();
        let (of, head) = tools.ledger.head()?;
        let last = tools.ledger.last_stamp()?;
        if of == Position::START || last.as_ref().is_some_and(|last| !moved(of, last)) {
            return Ok(last);
        }
        let rules = self.intake.rules();
        let asked = self
            .authority
            .ask(&tools.judge, &rules, head, &*tools.clock);
        let granted = asked.await?;
        let by = granted.report.signature.signer.as_ref();
        let by = by.map_or_else(String::new, |signer| signer.sha256.to_hex());
        let stamp = self.intake.stamped(NewStamp {
            of,
            head,
            token: granted.token,
            moment: granted.moment,
            report: granted.report,
        });
        let stamp = stamp.await?;
        tracing::info!(position = %of, head = %head.to_hex(), moment = %stamp.stamped.moment,
            authority = %by, "the log is stamped");
        Ok(Some(stamp))
    }

    fn failed(&self, error: &StampingError) {
        let now = self.intake.tools().clock.now();
        let mut state = self.state();
        let times = state
            .as_ref()
            .map_or(1, |known| known.times.saturating_add(1));
        let pause = back_off(times, (self.chance)());
        let secs = i64::try_from(pause.as_secs()).unwrap_or(i64::MAX);
        tracing::warn!(code = error.code(), %error, times, again_in_secs = secs,
            "the log could not be stamped");
        let begun = Instant::now();
        *state = Some(Failing {
            since: state.as_ref().map_or(now, |known| known.since),
            times,
            code: error.code(),
            value: error.value(),
            next: now.plus_secs(secs),
            again: begun.checked_add(pause).unwrap_or(begun),
        });
    }

    #[allow(
        clippy::cast_precision_loss,
        clippy::as_conversions,
        reason = "gauges are floats, exact far beyond any count of records or seconds"
    )]
    fn gauges(&self) {
        let times = self.state().as_ref().map_or(0, |failing| failing.times);
        metrics::gauge!(names::STAMP_FAILURES).set(f64::from(times));
        if let Ok(Some(last)) = self.intake.tools().ledger.last_stamp() {
            metrics::gauge!(names::STAMPED_POSITION).set(last.stamped.of.0 as f64);
            metrics::gauge!(names::STAMPED_TIME).set(last.stamped.moment.secs() as f64);
        }
    }
}

/// Whether there is a record that no stamp covers, beside the last stamp's own: after it, or written
/// while the authority was being asked.
fn moved(head: Position, last: &LogStamp) -> bool {
    head > last.position || last.position > last.stamped.of.next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;
    use crate::model::event::Stamped;

    #[test]
    fn a_stamp_is_due_by_a_record_that_none_covers() {
        let stamp = |of, position| LogStamp {
            position: Position(position),
            at: Timestamp::default(),
            stamped: Stamped {
                of: Position(of),
                head: Digest::ZERO,
                moment: Timestamp::default(),
                token: Digest::ZERO,
                authority: Digest::ZERO,
                rests_on: Vec::new(),
            },
        };
        for (of, position, head, expected) in [
            (10, 11, 11, false),
            // Written while the authority was being asked.
            (10, 12, 12, true),
            (10, 11, 12, true),
            (10, 15, 20, true),
        ] {
            let found = moved(Position(head), &stamp(of, position));
            assert_eq!(found, expected, "{of} {position} {head}");
        }
    }
}
