//! The keeper of the clocks: ends what the gateway owned for too long (`relay::clocks`), and proves again and
//! again that nothing else is left beyond its clock.
//!
//! What waits and since when is in the log, so nothing that matters is remembered here. It reads one page at
//! a time and rests between pages, ends few deliveries at a time, and so leaves the store to those who send.

mod look;
mod standing;
mod stretches;
mod watch;

pub use standing::{Named, Standing, Stuck};

use crate::intake::{Expiry, Intake, Lines, MoveError, RanOut};
use crate::model::{Digest, Position, Timestamp};
use crate::relay::{Clocks, Desk};
use crate::store::{CommitError, ReadError};
use crate::telemetry::names;
use arc_swap::ArcSwapOption;
use futures_util::stream::{self, StreamExt};
use look::{Eyes, Looked, Proved, rest};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use stretches::Stretches;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use watch::Watch;

/// Without anything that runs out sooner it is looked this often: a clock may have been set.
const EVERY: Duration = Duration::from_secs(10);
/// Never more often than this.
const LEAST: Duration = Duration::from_secs(1);
/// What could not be ended is tried again after this many seconds.
const AGAIN: i64 = 10;
/// A clock that is set back by so many seconds only makes an end late by as much; beyond that everything is
/// looked at anew.
const SET_BACK: i64 = 60;
/// Deliveries ended at a time: they share a group of the log, and leave most of it to others.
const AT_ONCE: usize = 8;
/// The proof is made again after the grace, and at least this often.
const PROVE: Duration = Duration::from_secs(600);

/// What the last proof said; nothing before the first.
pub type Standings = Arc<ArcSwapOption<Standing>>;

/// Why a round ended early; the next one goes on.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error("the work was interrupted")]
    Interrupted,
}

/// Keeps the clocks.
pub struct Keeper {
    intake: Arc<Intake>,
    lines: Arc<dyn Lines>,
    clocks: Clocks,
    stretches: Stretches,
    /// Under which rules the stretches were looked at, and the latest time that the clock has shown.
    looked: Option<(Digest, Timestamp)>,
    proved: Option<Instant>,
    watch: Option<Watch>,
    standings: Standings,
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keeper({:?})", self.clocks)
    }
}

impl Keeper {
    /// Puts it together; what its proofs say goes to `standings`.
    #[must_use]
    pub fn new(
        intake: Arc<Intake>,
        lines: Arc<dyn Lines>,
        clocks: Clocks,
        standings: Standings,
    ) -> Self {
        Self {
            intake,
            lines,
            clocks,
            stretches: Stretches::default(),
            looked: None,
            proved: None,
            watch: None,
            standings,
        }
    }

    /// Runs until it is told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.round(&stop).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.pause()) => {}
            }
        }
    }

    /// Until something may have run out.
    fn pause(&self) -> Duration {
        let now = self.intake.tools().clock.now();
        let left = self.stretches.wake().0.saturating_sub(now.0);
        Duration::from_millis(u64::try_from(left).unwrap_or(0)).clamp(LEAST, EVERY)
    }

    /// Ends what has run out by now, and proves from time to time that nothing was left.
    pub async fn round(&mut self, stop: &CancellationToken) {
        match self.try_round(stop).await {
            // Nothing can be looked up yet; the next round comes soon enough.
            Ok(()) | Err(Trouble::Read(ReadError::Rebuilding)) => {}
            Err(trouble) => tracing::warn!(%trouble, "clocks that ran out are looked at again"),
        }
    }

    async fn try_round(&mut self, stop: &CancellationToken) -> Result<(), Trouble> {
        let watch = Watch::over(self.watch, self.intake.tools().clock.now(), Instant::now());
        self.watch = Some(watch);
        self.end_all(stop).await?;
        let every = Duration::from_secs(u64::try_from(self.clocks.grace).unwrap_or(0));
        let due = |at: Instant| at.elapsed() >= every.min(PROVE);
        if self.proved.is_none_or(due) && !stop.is_cancelled() {
            self.prove(stop).await?;
            self.proved = Some(Instant::now());
        }
        Ok(())
    }

    fn eyes(&self) -> Eyes {
        let now = self.intake.tools().clock.now();
        Eyes {
            intake: Arc::clone(&self.intake),
            lines: Arc::clone(&self.lines),
            clocks: self.clocks,
            rules: self.intake.rules(),
            watched: self.watch.map_or(now, Watch::since),
            now,
        }
    }

    async fn end_all(&mut self, stop: &CancellationToken) -> Result<(), Trouble> {
        let eyes = self.eyes();
        self.forget_if_changed(&eyes);
        while let Some(piece) = self.stretches.next(eyes.now) {
            if stop.is_cancelled() {
                return Ok(());
            }
            let begun = Instant::now();
            let own = eyes.clone();
            let looked = tokio::task::spawn_blocking(move || own.waiting(piece)).await;
            let Looked { over, mut found } = looked.map_err(|_| Trouble::Interrupted)??;
            if !self.end(over).await? {
                found.again = found.again.min(eyes.now.plus_secs(AGAIN));
            }
            self.stretches.note(piece, found);
            tokio::time::sleep(rest(begun.elapsed())).await;
        }
        Ok(())
    }

    /// Under other rules a unit may have another channel, and after a clock was set back what was reckoned
    /// from it is worth nothing.
    fn forget_if_changed(&mut self, eyes: &Eyes) {
        let rules = eyes.rules.digest;
        let latest = self.looked.filter(|(known, at)| {
            let back = eyes.now.plus_secs(SET_BACK);
            *known == rules && *at <= back
        });
        if latest.is_none() {
            self.stretches = Stretches::default();
        }
        let latest = latest.map_or(eyes.now, |(_, at)| at.max(eyes.now));
        self.looked = Some((rules, latest));
    }

    /// Ends deliveries; whether none of them is left.
    async fn end(&self, over: Vec<RanOut>) -> Result<bool, Trouble> {
        let lease = Duration::from_secs(u64::try_from(self.clocks.lease).unwrap_or(0));
        let intake = &self.intake;
        let each = over.into_iter().map(|one| {
            let intake = Arc::clone(intake);
            async move { ended(&intake, &one, lease).await }
        });
        let mut ended = stream::iter(each).buffer_unordered(AT_ONCE);
        let mut all = true;
        while let Some(one) = ended.next().await {
            all &= one?;
        }
        Ok(all)
    }

    /// Reads what the gateway owns, and what it waits for, and says whether anything is beyond its clock.
    async fn prove(&self, stop: &CancellationToken) -> Result<(), Trouble> {
        let eyes = self.eyes();
        let mut standing = Standing {
            at: eyes.now,
            ..Standing::default()
        };
        for desk in [Desk::Held, Desk::Waiting, Desk::Asked] {
            let mut next = Some(Position::START);
            while let Some(after) = next {
                if stop.is_cancelled() {
                    return Ok(());
                }
                let begun = Instant::now();
                let own = eyes.clone();
                let proved = tokio::task::spawn_blocking(move || own.prove(desk, after)).await;
                let proved: Proved = proved.map_err(|_| Trouble::Interrupted)??;
                standing.looked = standing.looked.saturating_add(proved.looked);
                let stuck = match desk == Desk::Held {
                    true => &mut standing.held,
                    false => &mut standing.waiting,
                };
                stuck.add(proved.stuck);
                standing.late.add(proved.late);
                next = proved.next;
                tokio::time::sleep(rest(begun.elapsed())).await;
            }
        }
        measure(&standing);
        standing.tell(self.standings.load().as_deref());
        self.standings.store(Some(Arc::new(standing)));
        Ok(())
    }
}

/// Ends one delivery; whether it is done with.
async fn ended(intake: &Intake, one: &RanOut, lease: Duration) -> Result<bool, Trouble> {
    match intake.expire(one, lease).await {
        Ok(Expiry::Ended | Expiry::Over) => Ok(true),
        Ok(Expiry::InHand | Expiry::Early) => Ok(false),
        // The next one would fare no better.
        Err(MoveError::Commit(error)) if error != CommitError::Stale => Err(error.into()),
        Err(problem) => {
            let (document, unit) = (one.document, &one.recipient);
            tracing::warn!(%document, %unit, %problem, "a delivery whose clock ran out was not ended");
            Ok(false)
        }
    }
}

#[allow(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a gauge is a float; it is exact up to 2^53 documents"
)]
fn measure(standing: &Standing) {
    for (desk, of) in [("held", &standing.held), ("waiting", &standing.waiting)] {
        metrics::gauge!(names::STUCK, "desk" => desk).set(of.count as f64);
    }
    metrics::gauge!(names::LATE_REQUESTS).set(standing.late.count as f64);
}
