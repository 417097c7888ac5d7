//! One recipient's work: what waits is read from the index, what is due is tried, and what came of it
//! goes to the desk. A recipient that hangs holds its own places only.

use super::Parts;
use super::desk::{Desk, Next};
use super::failure::Failure;
use super::lanes::Item;
use super::line::Line;
use super::push::Waits;
use super::retry::later;
use super::{push, webhook};
use crate::model::event::Way;
use crate::model::{DocumentId, Position, Timestamp, UnitCode, Urgency};
use crate::registry::Channel;
use crate::relay::decide::Attempt;
use crate::relay::{Delivery, DocumentState};
use crate::store::ReadError;
use crate::telemetry::names;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// Rows of the index read at a time.
const PAGE: usize = 256;
/// After this long without a word of the log it is looked again.
const LOOK: Duration = Duration::from_secs(30);
/// After a read that failed.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// What came of an attempt.
enum Ended {
    /// It is there.
    Delivered,
    /// It does not wait any more.
    Gone,
    /// It is tried again.
    Failed(Failure),
}

/// What runner and readers share.
#[derive(Debug)]
pub(super) struct Station {
    pub(super) unit: UnitCode,
    pub(super) channel: Channel,
    desk: Mutex<Desk>,
    /// Rows of the inbox up to here were looked at.
    read: Mutex<Position>,
}

impl Station {
    pub(super) fn new(unit: UnitCode, channel: Channel, desk: Desk, read: Position) -> Self {
        Self {
            unit,
            channel,
            desk: Mutex::new(desk),
            read: Mutex::new(read),
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
        let mut look_at = Some(Instant::now());
        loop {
            if look_at.is_some_and(|at| at <= Instant::now()) {
                log.mark_unchanged();
                look_at = self.look().err().map(|_| later(Instant::now(), READ_AGAIN));
            }
            let next = self.station.desk().next(Instant::now());
            let (urgency, wake) = match next {
                Next::At(at) => (None, at),
                Next::Due(urgency) => (Some(urgency), later(Instant::now(), LOOK)),
                Next::Idle => (None, later(Instant::now(), LOOK)),
            };
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
                permit = self.permit(urgency), if urgency.is_some() => {
                    let item = self.station.desk().take();
                    if let Some((item, permit)) = item.zip(permit) {
                        items.insert(self.start(&mut under_way, item, permit), item);
                    }
                }
                changed = log.changed(), if look_at.is_none() => {
                    if changed.is_err() {
                        return;
                    }
                    look_at = Some(later(Instant::now(), self.parts.gather()));
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

    /// A place among all deliveries. Some places are for urgent documents only, and notices have
    /// their own.
    async fn permit(&self, urgency: Option<Urgency>) -> Option<OwnedSemaphorePermit> {
        let places = &self.parts.places;
        if matches!(self.station.channel, Channel::Webhook { .. }) {
            return Arc::clone(&places.notices).acquire_owned().await.ok();
        }
        let usual = Arc::clone(&places.usual).acquire_owned();
        if urgency.is_none_or(|u| u < Urgency::VeryUrgent) {
            return usual.await.ok();
        }
        tokio::select! {
            permit = Arc::clone(&places.urgent).acquire_owned() => permit.ok(),
            permit = usual => permit.ok(),
        }
    }

    /// Reads what waits and was not looked at yet.
    fn look(&self) -> Result<(), ReadError> {
        let from = self.station.read();
        let read = self.read_rows(from, Position::END, None);
        let read = read.and_then(|()| self.refill());
        if let Err(problem) = &read {
            tracing::warn!(unit = %self.station.unit, %problem, "what waits for delivery is not read yet");
        }
        read
    }

    fn refill(&self) -> Result<(), ReadError> {
        let wanted = self.station.desk().wants();
        let Some((urgency, from)) = wanted else {
            return Ok(());
        };
        self.station.desk().refill(urgency);
        self.read_rows(from, self.station.read(), Some(urgency))
    }

    /// Takes in the rows after `from` up to `until`, of one urgency or, newly seen, of all.
    fn read_rows(
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
        if let Some(delivery) = waiting(&state, &self.station.unit, item)
            && only.is_none_or(|only| only == urgency)
        {
            self.station.desk().add(item, delivery.attempts);
        }
        Ok(())
    }

    fn start(&self, all: &mut JoinSet<Ended>, item: Item, permit: OwnedSemaphorePermit) -> Id {
        let (station, line) = (Arc::clone(&self.station), Arc::clone(&self.line));
        let parts = Arc::clone(&self.parts);
        let started = all.spawn(async move {
            let ended = attempt(&parts, &station, &line, item).await;
            drop(permit);
            ended
        });
        started.id()
    }

    async fn ended(&self, item: Item, ended: Ended) {
        let channel = self.station.channel.name();
        let now = Instant::now();
        let outcome = match &ended {
            Ended::Delivered => "delivered",
            Ended::Gone => "gone",
            Ended::Failed(failure) => failure.code(),
        };
        metrics::counter!(names::ATTEMPTS, "channel" => channel, "outcome" => outcome).increment(1);
        match ended {
            Ended::Delivered => self.station.desk().delivered(item, now),
            Ended::Gone => self.station.desk().gone(item, now),
            Ended::Failed(failure) => {
                self.line.forget().await;
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

/// What is still to be delivered to `unit` by that row of its inbox. A dead letter that is sent again has
/// another row: whatever was planned under the old one is over.
fn waiting<'a>(state: &'a DocumentState, unit: &UnitCode, item: Item) -> Option<&'a Delivery> {
    let delivery = state.delivery(unit)?;
    let same = delivery.listed == Some(item.position);
    (delivery.is_waiting() && same).then_some(delivery)
}

async fn attempt(parts: &Arc<Parts>, station: &Station, line: &Line, item: Item) -> Ended {
    let intake = &parts.intake;
    let state = match intake.tools().ledger.document(item.document) {
        Ok(Some(state)) if waiting(&state, &station.unit, item).is_some() => state,
        Ok(_) => return Ended::Gone,
        Err(problem) => return Ended::Failed(Failure::Unrecorded(problem.into())),
    };
    let patience = Waits {
        connect: parts.settings.connect,
        answer: parts.settings.answer,
    };
    let done = match station.channel {
        Channel::Pull => return Ended::Gone,
        Channel::Push { .. } => {
            match push::push(intake, line, &state, &station.unit, patience).await {
                Ok(()) => intake
                    .pushed(&state, &station.unit)
                    .await
                    .map_err(Failure::Unrecorded),
                Err(failure) => Err(failure),
            }
        }
        Channel::Webhook { .. } => {
            let now = intake.tools().clock.now();
            webhook::tell(line, &state, &station.unit, now, patience).await
        }
    };
    let Err(failure) = done else {
        return Ended::Delivered;
    };
    // Taken back while it was on its way: nothing failed.
    match intake.tools().ledger.document(item.document) {
        Ok(Some(now)) if waiting(&now, &station.unit, item).is_none() => Ended::Gone,
        _ => Ended::Failed(failure),
    }
}

/// Places for deliveries under way.
#[derive(Debug)]
pub(super) struct Places {
    usual: Arc<Semaphore>,
    urgent: Arc<Semaphore>,
    notices: Arc<Semaphore>,
}

impl Places {
    /// `most` for documents, a quarter of them for urgent ones only; as many for notices, which are
    /// never in the way of documents nor they in theirs.
    pub(super) fn new(most: usize) -> Self {
        let urgent = (most / 4).max(1);
        let usual = most.saturating_sub(urgent).max(1);
        let of = |n| Arc::new(Semaphore::new(n));
        Self {
            usual: of(usual),
            urgent: of(urgent),
            notices: of(most),
        }
    }
}
