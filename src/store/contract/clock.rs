//! A clock that went back stops every change, until it comes forward again or is confirmed; event time never goes back.

use super::{Store, accept, ok};
use crate::model::event::{ClockConfirmed, Event};
use crate::model::{Disposition, Timestamp};
use crate::store::samples::{morning, offer};
use crate::store::{Change, ClockBack, CommitError};
use bytes::Bytes;

fn at(seconds: i64) -> Timestamp {
    morning().plus_secs(seconds)
}

async fn refused(store: &Store, n: u64) {
    let change = offer(&*store.vault, n, Disposition::Accept);
    let told = store.ledger.commit(change).await;
    assert!(matches!(told, Err(CommitError::ClockBack { .. })), "{n}");
    assert!(store.ledger.clock_back().unwrap().is_some());
}

fn confirmed(store: &Store, last: Timestamp, clock: Timestamp) -> Change {
    let note = store.vault.keep_bytes(Bytes::from_static(b"why"));
    let event = ClockConfirmed {
        last,
        clock,
        note: note.digest(),
        actor: None,
    };
    Change {
        subject: None,
        bodies: vec![note],
        events: vec![Event::ClockConfirmed(Box::new(event))],
    }
}

pub(super) async fn event_time_never_goes_back(store: Store) {
    assert_eq!(accept(&store, 1).await.at, morning());
    store.clock.set(at(-299));
    assert_eq!(accept(&store, 2).await.at, morning());
    assert_eq!(store.ledger.clock_back(), Ok(None));
    store.clock.set(at(-301));
    let refused = store
        .ledger
        .commit(offer(&*store.vault, 3, Disposition::Accept));
    let expected = CommitError::ClockBack {
        last: morning(),
        now: at(-301),
    };
    assert_eq!(refused.await, Err(expected));
    let back = ClockBack {
        last: morning(),
        now: at(-301),
    };
    assert_eq!(store.ledger.clock_back(), Ok(Some(back)));
    store.clock.set(at(1));
    assert_eq!(accept(&store, 3).await.at, at(1));
}

pub(super) async fn a_confirmed_clock_lets_time_stand_still(store: Store) {
    accept(&store, 1).await;
    store.clock.set(at(-7200));
    refused(&store, 2).await;
    // Not by what is said of another event, or of another clock.
    for (last, clock) in [(at(1), at(-7200)), (at(0), at(-3600)), (at(-1), at(-7200))] {
        let told = store.ledger.commit(confirmed(&store, last, clock)).await;
        assert!(matches!(told, Err(CommitError::ClockBack { .. })));
    }
    let done = ok(&store, confirmed(&store, morning(), at(-7200))).await;
    assert_eq!(done.records[0].at, morning());
    assert_eq!(store.ledger.clock_back(), Ok(None));
    assert_eq!(accept(&store, 2).await.at, morning());
    store.clock.set(at(-3600));
    assert_eq!(accept(&store, 3).await.at, morning());
    // Back once more, behind what was confirmed.
    store.clock.set(at(-7501));
    refused(&store, 4).await;
    store.clock.set(at(5));
    assert_eq!(accept(&store, 4).await.at, at(5));
    // What was confirmed ended with that.
    store.clock.set(at(-3600));
    refused(&store, 5).await;
}

pub(super) async fn what_a_clock_brings_about_is_not_written_before_its_time(store: Store) {
    accept(&store, 1).await;
    let (ends, before) = (at(60), *store.ledger.watch().borrow());
    // Looked at in time, and set back before it is written.
    for seconds in [0, 59, -200] {
        store.clock.set(at(seconds));
        let change = offer(&*store.vault, 2, Disposition::Accept);
        let told = store.ledger.commit_from(change, ends).await;
        let now = at(seconds.max(0));
        let early = CommitError::Early {
            earliest: ends,
            now,
        };
        assert_eq!(told.unwrap_err(), early);
    }
    assert_eq!(*store.ledger.watch().borrow(), before, "nothing is written");
    store.clock.set(ends);
    let change = offer(&*store.vault, 2, Disposition::Accept);
    let done = store.ledger.commit_from(change, ends).await.unwrap();
    assert_eq!(done.records[0].at, ends);
    // What was written stays the answer to its repetition, whatever the clock says.
    store.clock.set(at(30));
    let change = offer(&*store.vault, 2, Disposition::Accept);
    let again = store.ledger.commit_from(change, at(3600)).await.unwrap();
    assert!(again.repeated && again.records == done.records);
}
