//! One recipient's work: what waits is read from the index, what is due is tried, and what came of it
//! goes to the desk. A recipient that hangs holds its own places only.

use super::Parts;
use super::attempt::{Ended, attempt, waiting};
use super::desk::{Desk, Next};
use super::failure::{Failure, Fault};
use super::lanes::Item;
use super::line::Line;
use super::places::{Claim, Place};
use super::retry::later;
use crate::model::event::Way;
use crate::model::{DocumentId, Position, Timestamp, UnitCode, Urgency};
use crate::registry::Channel;
use crate::relay::decide::Attempt;
use crate::store::ReadError;
use crate::telemetry::names;
use std::collections::HashMap;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// Rows of the index read at a time.
const PAGE: usize = 256;
/// After this long without a word of the log it is looked again.
const LOOK: Duration = Duration::from_secs(30);
/// After a read that failed.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// What runner and readers share.
#[derive(Debug)]
pub(super) struct Station {
    pub(super) unit: UnitCode,
    pub(super) channel: Channel,
    desk: Mutex<Desk>,
    /// Rows of the inbox up to here were looked at.
    read: Mutex<Position>,
    /// Its one place among those of slow recipients.
    slow: Arc<Semaphore>,
}

impl Station {
    pub(super) fn new(unit: UnitCode, channel: Channel, desk: Desk, read: Position) -> Self {
        Self {
            unit,
            channel,
            desk: Mutex::new(desk),
            read: Mutex::new(read),
            slow: Arc::new(Semaphore::new(1)),
        }
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read(&self) -> Position {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_read(&self, position: Position) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = position;
    }
}

/// A place that is asked for, and which.
type Asking = (Claim, Pin<Box<dyn Future<Output = Option<Place>> + Send>>);

/// The place that is asked for; never, if none is.
async fn granted(asking: &mut Option<Asking>) -> Option<Place> {
    match asking {
        Some((_, place)) => place.await,
        None => pending().await,
    }
}

/// Works for one recipient.
pub(super) struct Runner {
    pub(super) station: Arc<Station>,
    pub(super) line: Arc<Line>,
    pub(super) parts: Arc<Parts>,
    pub(super) stop: CancellationToken,
}

impl Runner {
    /// Works until it is told to stop; what is under way then is given up, and done again later.
    pub(super) async fn run(self) {
        let mut log = self.parts.intake.tools().ledger.watch();
        let mut under_way: JoinSet<Ended> = JoinSet::new();
        let mut items: HashMap<Id, Item> = HashMap::new();
        let mut asking: Option<Asking> = None;
        let mut looked = Instant::now();
        let mut look_at = Some(looked);
        loop {
            if look_at.is_some_and(|at| at <= Instant::now()) {
                log.mark_unchanged();
                looked = Instant::now();
                let read = self.look().await;
                look_at = read.err().map(|_| later(Instant::now(), READ_AGAIN));
            }
            let next = self.station.desk().next(Instant::now());
            let (urgency, wake) = match next {
                Next::At(at) => (None, at),
                Next::Due(urgency) => (Some(urgency), later(Instant::now(), LOOK)),
                Next::Idle => (None, later(Instant::now(), LOOK)),
            };
            asking = urgency.map(|urgency| self.ask(urgency, asking.take()));
            let wake = look_at.map_or(wake, |at| at.min(wake));
            tokio::select! {
                () = self.stop.cancelled() => return,
                Some(ended) = under_way.join_next_with_id() => {
                    let (id, ended) = match ended {
                        Ok(ended) => ended,
                        Err(broken) => (broken.id(), Ended::Failed(Failure::Interrupted)),
                    };
                    if let Some(item) = items.remove(&id) {
                        self.ended(item, ended).await;
                    }
                    if self.station.desk().wants().is_some() {
                        look_at = Some(Instant::now());
                    }
                }
                place = granted(&mut asking) => {
                    asking = None;
                    let item = self.station.desk().take();
                    if let Some((item, place)) = item.zip(place) {
                        items.insert(self.start(&mut under_way, item, place), item);
                    }
                }
                changed = log.changed(), if look_at.is_none() => {
                    if changed.is_err() {
                        return;
                    }
                    look_at = Some(later(looked, self.parts.gather()));
                }
                () = sleep_until(wake) => {
                    // Also without a word of the log: nothing hangs on one wake-up.
                    if next == Next::Idle {
                        look_at.get_or_insert_with(Instant::now);
                    }
                }
            }
        }
    }

    /// A place is asked for once: who asks anew each time that something happens comes last each time.
    fn ask(&self, urgency: Urgency, before: Option<Asking>) -> Asking {
        let claim = Claim::of(urgency, self.station.desk().is_slow());
        if let Some(asking) = before.filter(|(known, _)| *known == claim) {
            return asking;
        }
        let Station { channel, slow, .. } = &*self.station;
        (claim, Box::pin(self.parts.places.ask(channel, claim, slow)))
    }

    /// Reads what waits and was not looked at yet.
    async fn look(&self) -> Result<(), ReadError> {
        let from = self.station.read();
        let read = match self.read_rows(from, Position::END, None).await {
            Ok(()) => self.refill().await,
            failed => failed,
        };
        if let Err(problem) = &read {
            tracing::warn!(unit = %self.station.unit, %problem, "what waits for delivery is not read yet");
        }
        read
    }

    async fn refill(&self) -> Result<(), ReadError> {
        let wanted = self.station.desk().wants();
        let Some((urgency, from)) = wanted else {
            return Ok(());
        };
        self.station.desk().refill(urgency);
        let until = self.station.read();
        self.read_rows(from, until, Some(urgency)).await
    }

    /// Takes in the rows after `from` up to `until`, of one urgency or, newly seen, of all.
    async fn read_rows(
        &self,
        from: Position,
        until: Position,
        only: Option<Urgency>,
    ) -> Result<(), ReadError> {
        let ledger = &self.parts.intake.tools().ledger;
        let mut after = from;
        loop {
            let page = ledger.inbox(&self.station.unit, after, PAGE)?;
            for (position, document) in page.items {
                if position > until {
                    return Ok(());
                }
                self.take_in(position, document, only)?;
                if only.is_none() {
                    self.station.set_read(position);
                }
            }
            let Some(next) = page.next else {
                return Ok(());
            };
            after = next;
            // A list of months must not hold up whatever else this thread works for.
            tokio::task::yield_now().await;
        }
    }

    fn take_in(
        &self,
        position: Position,
        document: DocumentId,
        only: Option<Urgency>,
    ) -> Result<(), ReadError> {
        let Some(state) = self.parts.intake.tools().ledger.document(document)? else {
            return Ok(());
        };
        let urgency = state.offered.urgency;
        let item = Item {
            position,
            document,
            urgency,
        };
        if let Some(delivery) = waiting(&state, &self.station, item)
            && only.is_none_or(|only| only == urgency)
        {
            self.station.desk().add(item, delivery.attempts);
        }
        Ok(())
    }

    fn start(&self, all: &mut JoinSet<Ended>, item: Item, place: Place) -> Id {
        let (station, line) = (Arc::clone(&self.station), Arc::clone(&self.line));
        let parts = Arc::clone(&self.parts);
        let started = all.spawn(async move { attempt(&parts, &station, &line, item, place).await });
        started.id()
    }

    async fn ended(&self, item: Item, ended: Ended) {
        let channel = self.station.channel.name();
        let now = Instant::now();
        let outcome = match &ended {
            Ended::Delivered { .. } => "delivered",
            Ended::Gone => "gone",
            Ended::Yielded => "yielded",
            Ended::Failed(failure) => failure.code(),
        };
        metrics::counter!(names::ATTEMPTS, "channel" => channel, "outcome" => outcome).increment(1);
        match ended {
            Ended::Delivered { slow } => self.station.desk().delivered(item, now, slow),
            Ended::Gone => self.station.desk().gone(item, now),
            Ended::Yielded => self.station.desk().yielded(item, now),
            Ended::Failed(failure) => {
                // What was read of it, or its connections, may be what failed.
                if failure.fault() == Fault::Recipient {
                    self.line.forget();
                }
                let wall = self.parts.intake.tools().clock.now();
                let chance = (self.parts.chance)();
                let (attempts, next) = {
                    let mut desk = self.station.desk();
                    desk.failed(item, &failure, now, wall, chance);
                    let tries = desk.tries(item.position);
                    (tries.map_or(0, |t| t.attempts), tries.and_then(|t| t.next))
                };
                tracing::warn!(
                    document = %item.document, unit = %self.station.unit, channel, attempts,
                    code = failure.code(), problem = %failure, "not delivered; it is tried again"
                );
                let next = next.map(|at| wall_of(at, now, wall));
                self.record(item, &failure, attempts, wall, next).await;
            }
        }
        self.parts.changed.notify_one();
    }

    /// Puts a failed attempt on record, if it says something new: the next start, the sender and the
    /// dead-letter desk know the cause from there. A success is on record as the arrival.
    async fn record(
        &self,
        item: Item,
        failure: &Failure,
        number: u32,
        at: Timestamp,
        next: Option<Timestamp>,
    ) {
        let Some((outcome, code)) = failure.on_record() else {
            return;
        };
        let way = match self.station.channel {
            Channel::Push { .. } => Way::Push,
            // Only the notice failed; the document may be fetched.
            Channel::Pull | Channel::Webhook { .. } => Way::Pull,
        };
        let attempt = Attempt {
            recipient: self.station.unit.clone(),
            at,
            number,
            way,
            outcome,
            code,
            next,
        };
        let recorded = self.parts.intake.attempted(item.document, attempt).await;
        if let Err(problem) = recorded {
            tracing::warn!(document = %item.document, unit = %self.station.unit, %problem,
                "a failed attempt is not on record");
        }
    }
}

/// A moment of the monotonic clock as time of day, `now` being `wall`.
fn wall_of(at: Instant, now: Instant, wall: Timestamp) -> Timestamp {
    let left = at.saturating_duration_since(now).as_millis();
    Timestamp(
        wall.0
            .saturating_add(i64::try_from(left).unwrap_or(i64::MAX)),
    )
}
