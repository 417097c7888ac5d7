//! What is delivered next to one recipient, and when: its lanes, its breaker, and the documents that
//! failed. Pure; time and chance are handed in.

use super::breaker::{Breaker, Gate};
use super::failure::{Failure, Fault};
use super::lanes::{Item, Lanes};
use super::pace::Pace;
use super::retry::{Pauses, later};
use crate::model::event::AttemptOutcome;
use crate::model::{Position, Timestamp, Urgency};
use crate::relay::Attempts;
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// The attempts at one document that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Tries {
    /// How many attempts there were.
    pub(super) attempts: u32,
    /// When the last one ended.
    pub(super) at: Timestamp,
    /// How it ended, as the log says it; `Taken`: the recipient has the document, and the log does not know.
    pub(super) outcome: AttemptOutcome,
    /// Its failure's code.
    pub(super) code: String,
    /// The value of its sentence.
    pub(super) value: String,
    /// What the operator is told beside it.
    pub(super) detail: String,
    /// When it is tried again; `None` while it is being tried or waits for its turn.
    pub(super) next: Option<Instant>,
    /// Whether the last one failed because of the document itself.
    pub(super) refused: bool,
}

impl Tries {
    fn on_record(known: &Attempts) -> Self {
        let code = known.code;
        Self {
            attempts: known.number,
            at: known.at,
            outcome: known.outcome,
            code: known.outcome.name().to_owned(),
            value: if code == 0 {
                String::new()
            } else {
                code.to_string()
            },
            detail: String::new(),
            next: None,
            refused: Failure::status(code, None).fault() == Fault::Document,
        }
    }
}

/// What is to be done now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    /// Something of that urgency is due: [`Desk::take`] gives it.
    Due(Urgency),
    /// Nothing before then.
    At(Instant),
    /// Nothing until something happens.
    Idle,
}

/// The work for one recipient.
#[derive(Debug)]
pub(super) struct Desk {
    pauses: Pauses,
    pace: Pace,
    lanes: Lanes,
    breaker: Breaker,
    tries: BTreeMap<Position, Tries>,
    later: BTreeSet<(Instant, Item)>,
    under_way: BTreeSet<Position>,
}

impl Desk {
    /// An empty one, of which `most` deliveries run at a time at best.
    pub(super) fn new(pauses: Pauses, most: usize) -> Self {
        Self {
            pauses,
            pace: Pace::new(most),
            lanes: Lanes::default(),
            breaker: Breaker::default(),
            tries: BTreeMap::new(),
            later: BTreeSet::new(),
            under_way: BTreeSet::new(),
        }
    }

    /// What a restart remembers.
    pub(super) fn resume(&mut self, openings: u32, now: Instant, chance: u16) {
        self.breaker = Breaker::resumed(openings, &self.pauses, now, chance);
    }

    /// Takes a document in that waits, with what is on record of attempts at it.
    pub(super) fn add(&mut self, item: Item, known: Option<Attempts>) {
        self.lanes.add(item);
        // What was tried since the start is known better.
        if let Some(known) = known
            && self.lanes.holds(item.position)
        {
            let tries = self.tries.entry(item.position);
            tries.or_insert_with(|| Tries::on_record(&known));
        }
    }

    /// See [`Lanes::wants`].
    pub(super) fn wants(&self) -> Option<(Urgency, Position)> {
        self.lanes.wants()
    }

    /// See [`Lanes::refill`].
    pub(super) fn refill(&mut self, urgency: Urgency) {
        self.lanes.refill(urgency);
    }

    /// What is to be done at `now`.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        let most = match self.breaker.gate(now) {
            Gate::Open(until) => return Next::At(until),
            Gate::HalfOpen => 1,
            // After a failure one at a time, until one succeeds.
            Gate::Closed if !self.breaker.is_clean() => 1,
            Gate::Closed => self.pace.at_a_time(),
        };
        while let Some((at, item)) = self.later.first().copied()
            && at <= now
        {
            self.later.pop_first();
            self.lanes.put_back(item);
        }
        if self.under_way.len() >= most {
            return Next::Idle;
        }
        match (self.choice(), self.later.first()) {
            (Some(item), _) => Next::Due(item.urgency),
            (None, Some((at, _))) => Next::At(*at),
            (None, None) => Next::Idle,
        }
    }

    /// Which one is next. While the recipient fails, the one that failed least: it is asked rarely then, and a
    /// document at which it always fails must not be what it is asked with each time.
    fn choice(&self) -> Option<Item> {
        if self.breaker.look() == Gate::Closed && self.breaker.is_clean() {
            return self.lanes.first();
        }
        let attempts = |at: Position| self.tries.get(&at).map_or(0, |t| t.attempts);
        self.lanes.least(attempts)
    }

    /// Takes what is due; it is under way until one of the endings below.
    pub(super) fn take(&mut self) -> Option<Item> {
        let item = self.choice()?;
        self.lanes.take(item)?;
        self.under_way.insert(item.position);
        if let Some(tries) = self.tries.get_mut(&item.position) {
            tries.next = None;
        }
        Some(item)
    }

    fn ended(&mut self, item: Item) {
        self.under_way.remove(&item.position);
    }

    /// A delivery takes long.
    pub(super) fn slow(&mut self) {
        self.pace.slow();
    }

    /// Whether the recipient is slow.
    pub(super) fn is_slow(&self) -> bool {
        self.pace.is_slow()
    }

    /// It gave its place to others, and has its turn again.
    pub(super) fn yielded(&mut self, item: Item, now: Instant) {
        self.ended(item);
        self.lanes.put_back(item);
        self.breaker.unproved(now);
    }

    /// It was delivered, `slow` or not.
    pub(super) fn delivered(&mut self, item: Item, now: Instant, slow: bool) {
        self.dropped(item);
        if slow {
            self.pace.slow();
        } else {
            self.pace.quick();
        }
        let left_alone = self.breaker.look() != Gate::Closed;
        self.breaker.succeeded();
        if left_alone {
            self.back(now);
        }
    }

    /// What failed because the recipient was away need not wait any longer; what failed by itself does.
    fn back(&mut self, now: Instant) {
        let mut later = BTreeSet::new();
        for (at, item) in std::mem::take(&mut self.later) {
            let tries = self.tries.get_mut(&item.position);
            let at = match tries.filter(|tries| !tries.refused) {
                Some(tries) => {
                    tries.next = Some(now);
                    now
                }
                None => at,
            };
            later.insert((at, item));
        }
        self.later = later;
    }

    /// It is not to be delivered any more.
    pub(super) fn gone(&mut self, item: Item, now: Instant) {
        self.dropped(item);
        self.breaker.unproved(now);
    }

    fn dropped(&mut self, item: Item) {
        self.ended(item);
        self.lanes.done(item.urgency);
        self.tries.remove(&item.position);
    }

    /// It failed, and is tried again later. `wall` is the time of day.
    pub(super) fn failed(
        &mut self,
        item: Item,
        failure: &Failure,
        now: Instant,
        wall: Timestamp,
        chance: u16,
    ) {
        self.ended(item);
        match failure.fault() {
            Fault::Recipient => {
                self.pace.failed();
                self.breaker.failed(true, &self.pauses, now, chance);
            }
            Fault::Document => self.breaker.failed(false, &self.pauses, now, chance),
            Fault::Ours => self.breaker.unproved(now),
        }
        let attempts = self.tries.get(&item.position).map_or(0, |t| t.attempts);
        let attempts = attempts.saturating_add(1);
        let mut pause = self.pauses.after(attempts, chance);
        if let Failure::Status {
            retry_after: Some(asked),
            ..
        } = failure
        {
            pause = pause.max(*asked);
        }
        let next = later(now, pause);
        self.later.insert((next, item));
        let tries = Tries {
            attempts,
            at: wall,
            outcome: failure
                .on_record()
                .map_or(AttemptOutcome::Taken, |(outcome, _)| outcome),
            code: failure.code().to_owned(),
            value: failure.value(),
            detail: failure.detail(),
            next: Some(next),
            refused: failure.fault() == Fault::Document,
        };
        self.tries.insert(item.position, tries);
    }

    /// The attempts that failed at the document with that place in the inbox.
    pub(super) fn tries(&self, at: Position) -> Option<&Tries> {
        self.tries.get(&at)
    }

    /// The attempt that failed last.
    pub(super) fn last(&self) -> Option<&Tries> {
        self.tries.values().max_by_key(|t| t.at)
    }

    /// The breaker.
    pub(super) fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// How many documents are held, and whether there are more.
    pub(super) fn held(&self) -> (usize, bool) {
        self.lanes.held()
    }

    /// Everything before this place is done with, of what was added up to `read`.
    pub(super) fn settled(&self, read: Position) -> Position {
        self.lanes.oldest(
            read,
            self.under_way
                .iter()
                .copied()
                .chain(self.later.iter().map(|(_, item)| item.position)),
        )
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod tests;
