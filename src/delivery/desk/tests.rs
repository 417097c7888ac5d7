//! A recipient that fails, and what of its work is done meanwhile.

use super::*;
use crate::delivery::breaker::FAILURES;
use crate::model::DocumentId;
use crate::model::event::Way;
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
    let mut desk = Desk::new(PAUSES, 4);
    (1..=documents).for_each(|n| desk.add(item(n, Normal), None));
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
    let all = |desk: &mut Desk| -> Vec<Item> {
        std::iter::from_fn(|| {
            matches!(desk.next(now), Next::Due(_)).then(|| desk.take().expect("due"))
        })
        .collect()
    };
    for wanted in 1..=3 {
        let under_way = all(&mut desk);
        assert_eq!(under_way.len(), wanted.min(2), "{wanted}");
        desk.delivered(under_way[0], now, false);
    }
    let under_way = all(&mut desk);
    assert_eq!(under_way.len(), 2, "four at a time");
    desk.add(item(11, Flash), None);
    desk.delivered(under_way[1], now, false);
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
    desk.delivered(probe, until, false);
    for _ in 0..2 {
        assert!(matches!(desk.next(until), Next::Due(_)));
        desk.take().expect("due");
    }
    assert_eq!(desk.next(until), Next::Idle);
}

#[tokio::test(start_paused = true)]
async fn a_slow_recipient_is_asked_by_one_at_a_time_and_what_gave_its_place_is_next() {
    let now = Instant::now();
    let mut desk = desk(10);
    let first = desk.take().expect("due");
    desk.delivered(first, now, false);
    let (second, third) = (desk.take().expect("due"), desk.take().expect("due"));
    desk.slow();
    assert!(desk.is_slow());
    desk.yielded(third, now);
    assert_eq!(desk.next(now), Next::Idle, "one runs");
    desk.delivered(second, now, true);
    assert_eq!(desk.next(now), Next::Due(Normal));
    assert_eq!(desk.take(), Some(third));
    assert_eq!(desk.tries(third.position), None, "it did not fail");
    assert_eq!(desk.next(now), Next::Idle);
    desk.delivered(third, now, false);
    assert!(!desk.is_slow());
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
    desk.delivered(second, start, false);
    // The success does not help it: but it may be asked again, since so little is lost.
    let tries = desk.tries(first.position).expect("tries").clone();
    assert_eq!((tries.attempts, tries.code.as_str()), (1, "status"));
    assert_eq!((tries.value.as_str(), tries.at), ("422", Timestamp(7)));
    let Next::At(at) = desk.next(start) else {
        panic!("asked at once");
    };
    assert_eq!(at, start + Duration::from_secs(16));
    fail(&mut desk, &refused, at);
    assert_eq!(desk.next(at), Next::At(at + Duration::from_secs(32)));
    assert_eq!(desk.tries(first.position).map(|t| t.attempts), Some(2));
}

#[tokio::test(start_paused = true)]
async fn attempts_on_record_go_on_where_they_were() {
    let start = Instant::now();
    let mut desk = Desk::new(PAUSES, 4);
    let known = Attempts {
        number: 2,
        at: Timestamp(5),
        way: Way::Push,
        outcome: AttemptOutcome::Later,
        code: 503,
        next: None,
    };
    desk.add(item(1, Normal), Some(known));
    desk.add(item(2, Normal), None);
    let tries = desk.tries(Position(1)).expect("on record");
    assert_eq!((tries.attempts, tries.code.as_str()), (2, "later"));
    assert_eq!((tries.value.as_str(), tries.at), ("503", Timestamp(5)));
    assert_eq!(desk.tries(Position(2)), None);
    let refused = Failure::status(422, None);
    let first = fail(&mut desk, &refused, start);
    desk.add(first, Some(known));
    let tries = desk.tries(first.position).expect("tries");
    assert_eq!((tries.attempts, tries.code.as_str()), (3, "status"));
    assert_eq!(tries.next, Some(start + Duration::from_secs(64)));
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
            desk.add(item(came, Normal), None);
        }
        // Of every kind, and the same in every run.
        chance = chance.wrapping_mul(25_173).wrapping_add(13_849);
        match desk.next(now) {
            Next::Due(_) => {
                let item = desk.take().expect("due");
                if item.position.0 <= poison {
                    desk.failed(item, failure, now, Timestamp(7), chance);
                } else {
                    desk.delivered(item, now, false);
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
    desk.delivered(first, start, false);
    assert_eq!(desk.settled(Position(9)), Position(1));
    desk.failed(second, &broken(), start, Timestamp(1), MOST);
    while let Some(item) = desk.take() {
        desk.delivered(item, start, false);
    }
    assert_eq!(
        desk.settled(Position(9)),
        Position(1),
        "one waits to be tried again"
    );
    let at = start + Duration::from_secs(16);
    assert!(matches!(desk.next(at), Next::Due(_)));
    let second = desk.take().expect("due");
    desk.delivered(second, at, false);
    assert_eq!(desk.settled(Position(9)), Position(9));
}
