//! What is delivered next to one recipient, and when: its lanes, its breaker, and the documents that
//! failed. Pure; time and chance are handed in.

use super::breaker::{Breaker, Gate};
use super::failure::{Failure, Fault};
use super::lanes::{Item, Lanes};
use super::retry::{Pauses, later};
use crate::model::{DocumentId, Position, Timestamp, Urgency};
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// The attempts at one document that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Tries {
    /// The document.
    pub(super) document: DocumentId,
    /// How many attempts there were.
    pub(super) attempts: u32,
    /// When the last one ended.
    pub(super) at: Timestamp,
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
    most: usize,
    lanes: Lanes,
    breaker: Breaker,
    tries: BTreeMap<Position, Tries>,
    later: BTreeSet<(Instant, Item)>,
    under_way: BTreeSet<Position>,
    not_before: Instant,
}

impl Desk {
    /// An empty one, of which `most` deliveries run at a time and none before `not_before`.
    pub(super) fn new(pauses: Pauses, most: usize, not_before: Instant) -> Self {
        Self {
            pauses,
            most,
            lanes: Lanes::default(),
            breaker: Breaker::default(),
            tries: BTreeMap::new(),
            later: BTreeSet::new(),
            under_way: BTreeSet::new(),
            not_before,
        }
    }

    /// What a restart remembers.
    pub(super) fn resume(
        &mut self,
        openings: u32,
        tries: impl Iterator<Item = (Position, Tries)>,
        now: Instant,
        chance: u16,
    ) {
        self.breaker = Breaker::resumed(openings, &self.pauses, now, chance);
        self.tries = tries.collect();
    }

    /// Forgets attempts at documents that do not wait any more; for when everything was read once.
    pub(super) fn prune(&mut self) {
        let lanes = &self.lanes;
        let later: BTreeSet<Position> = self.later.iter().map(|(_, i)| i.position).collect();
        let under_way = &self.under_way;
        self.tries.retain(|position, _| {
            lanes.holds(*position) || under_way.contains(position) || later.contains(position)
        });
    }

    /// Takes a document in that waits.
    pub(super) fn add(&mut self, item: Item) {
        self.lanes.add(item);
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
        if now < self.not_before {
            return Next::At(self.not_before);
        }
        let most = match self.breaker.gate(now) {
            Gate::Open(until) => return Next::At(until),
            Gate::HalfOpen => 1,
            // After a failure one at a time, until one succeeds.
            Gate::Closed if !self.breaker.is_clean() => 1,
            Gate::Closed => self.most,
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

    /// It was delivered.
    pub(super) fn delivered(&mut self, item: Item, now: Instant) {
        self.dropped(item);
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
            Fault::Recipient => self.breaker.failed(true, &self.pauses, now, chance),
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
            document: item.document,
            attempts,
            at: wall,
            code: failure.code().to_owned(),
            value: failure.value(),
            detail: failure.detail(),
            next: Some(next),
            refused: failure.fault() == Fault::Document,
        };
        self.tries.insert(item.position, tries);
    }

    /// The attempts at a document that failed.
    pub(super) fn tries(&self, document: DocumentId) -> Option<&Tries> {
        // Few documents have failed attempts: a recipient that fails is left alone.
        self.tries.values().find(|t| t.document == document)
    }

    /// All of them, by the place of their documents.
    pub(super) fn all_tries(&self) -> impl Iterator<Item = (Position, &Tries)> {
        self.tries.iter().map(|(p, t)| (*p, t))
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
mod tests {
    use super::*;
    use crate::delivery::breaker::FAILURES;
    use Urgency::{Flash, Normal};
    use std::time::Duration;

    const PAUSES: Pauses = Pauses {
        first: Duration::from_secs(16),
        longest: Duration::from_secs(64),
    };
    const MOST: u16 = u16::MAX;

    fn item(position: u64, urgency: Urgency) -> Item {
        Item {
            position: Position(position),
            document: DocumentId::new(
                Timestamp(1),
                [u8::try_from(position % 250).expect("small"); 10],
            ),
            urgency,
        }
    }

    fn desk(documents: u64) -> Desk {
        let mut desk = Desk::new(PAUSES, 4, Instant::now());
        (1..=documents).for_each(|n| desk.add(item(n, Normal)));
        desk
    }

    fn broken() -> Failure {
        Failure::status(500, None)
    }

    fn fail(desk: &mut Desk, failure: &Failure, now: Instant) -> Item {
        assert!(
            matches!(desk.next(now), Next::Due(_)),
            "{:?}",
            desk.next(now)
        );
        let item = desk.take().expect("due");
        desk.failed(item, failure, now, Timestamp(7), MOST);
        item
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_run_at_a_time_and_a_late_urgent_one_is_next() {
        let now = Instant::now();
        let mut desk = desk(10);
        let under_way: Vec<Item> = std::iter::from_fn(|| {
            matches!(desk.next(now), Next::Due(_)).then(|| desk.take().expect("due"))
        })
        .collect();
        assert_eq!(under_way.len(), 4);
        desk.add(item(11, Flash));
        desk.delivered(under_way[2], now);
        assert_eq!(desk.next(now), Next::Due(Flash));
        assert_eq!(desk.take().map(|i| i.position.0), Some(11));
    }

    #[tokio::test(start_paused = true)]
    async fn a_recipient_that_is_down_is_asked_by_one_delivery_at_a_time_and_then_by_all() {
        let start = Instant::now();
        let mut desk = desk(100);
        for n in 1..=u64::from(FAILURES) {
            assert_eq!(fail(&mut desk, &broken(), start).position.0, n);
        }
        let Next::At(until) = desk.next(start) else {
            panic!("not left alone");
        };
        assert_eq!(until, start + Duration::from_secs(16));
        let probe = {
            assert!(matches!(desk.next(until), Next::Due(_)));
            desk.take().expect("probe")
        };
        assert_eq!(desk.next(until), Next::Idle, "one probe");
        desk.delivered(probe, until);
        for _ in 0..4 {
            assert!(matches!(desk.next(until), Next::Due(_)));
            desk.take().expect("due");
        }
        assert_eq!(desk.next(until), Next::Idle);
    }

    #[tokio::test(start_paused = true)]
    async fn a_document_that_is_refused_waits_alone_and_longer_each_time() {
        let start = Instant::now();
        let mut desk = desk(2);
        let refused = Failure::status(422, None);
        let first = fail(&mut desk, &refused, start);
        assert_eq!(first.position.0, 1);
        assert!(matches!(desk.next(start), Next::Due(_)));
        let second = desk.take().expect("due");
        assert_eq!(second.position.0, 2);
        desk.delivered(second, start);
        // The success does not help it: but it may be asked again, since so little is lost.
        let tries = desk.tries(first.document).expect("tries").clone();
        assert_eq!((tries.attempts, tries.code.as_str()), (1, "status"));
        assert_eq!((tries.value.as_str(), tries.at), ("422", Timestamp(7)));
        let Next::At(at) = desk.next(start) else {
            panic!("asked at once");
        };
        assert_eq!(at, start + Duration::from_secs(16));
        fail(&mut desk, &refused, at);
        assert_eq!(desk.next(at), Next::At(at + Duration::from_secs(32)));
        assert_eq!(desk.tries(first.document).map(|t| t.attempts), Some(2));
    }

    /// What becomes of a recipient that fails with `failure` at every document up to `poison` and takes the others,
    /// of which a new one comes every ten seconds: what it was delivered within a day.
    fn poisoned(poison: u64, failure: &Failure) -> Vec<u64> {
        let start = Instant::now();
        let mut desk = desk(poison);
        let (mut now, end) = (start, start + Duration::from_secs(24 * 3600));
        let (mut came, mut delivered, mut chance) = (poison, Vec::new(), 1u16);
        while now < end {
            while start + Duration::from_secs((came - poison) * 10) < now {
                came += 1;
                desk.add(item(came, Normal));
            }
            // Of every kind, and the same in every run.
            chance = chance.wrapping_mul(25_173).wrapping_add(13_849);
            match desk.next(now) {
                Next::Due(_) => {
                    let item = desk.take().expect("due");
                    if item.position.0 <= poison {
                        desk.failed(item, failure, now, Timestamp(7), chance);
                    } else {
                        desk.delivered(item, now);
                        delivered.push(item.position.0 - poison);
                    }
                }
                Next::At(at) => now = at.min(now + Duration::from_secs(10)),
                Next::Idle => now += Duration::from_secs(10),
            }
        }
        delivered
    }

    #[tokio::test(start_paused = true)]
    async fn documents_at_which_a_recipient_fails_keep_no_others_out() {
        for (poison, failure) in [
            (40, Failure::status(422, None)),
            (40, broken()),
            (5, broken()),
        ] {
            let delivered = poisoned(poison, &failure);
            let came = 24 * 360;
            let least = came * 9 / 10;
            assert!(delivered.len() > least, "{failure:?}: {}", delivered.len());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_recipient_may_ask_for_a_longer_pause() {
        let start = Instant::now();
        let mut desk = desk(1);
        fail(&mut desk, &Failure::status(503, Some("600")), start);
        assert_eq!(desk.next(start), Next::At(start + Duration::from_secs(600)));
    }

    #[tokio::test(start_paused = true)]
    async fn our_own_fault_neither_opens_nor_proves() {
        let start = Instant::now();
        let mut desk = desk(100);
        for _ in 0..50 {
            fail(&mut desk, &Failure::Gone, start);
        }
        assert_eq!(desk.breaker().look(), Gate::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_settled_ends_before_the_oldest_that_is_not() {
        let start = Instant::now();
        let mut desk = desk(5);
        assert_eq!(desk.settled(Position(9)), Position(0));
        let first = desk.take().expect("first");
        let second = desk.take().expect("second");
        desk.delivered(first, start);
        assert_eq!(desk.settled(Position(9)), Position(1));
        desk.failed(second, &broken(), start, Timestamp(1), MOST);
        while let Some(item) = desk.take() {
            desk.delivered(item, start);
        }
        assert_eq!(
            desk.settled(Position(9)),
            Position(1),
            "one waits to be tried again"
        );
        let at = start + Duration::from_secs(16);
        assert!(matches!(desk.next(at), Next::Due(_)));
        let second = desk.take().expect("due");
        desk.delivered(second, at);
        assert_eq!(desk.settled(Position(9)), Position(9));
    }
}
