//! One suite over every implementation of [`Ledger`] and [`Vault`].

use super::embedded::{OpenOptions, open};
use super::memory::MemoryStore;
use super::samples::{
    answered, arrived, body, certificate, change, doubted, id, morning, offer, offered, receipt,
    rejudged, unit,
};
use super::{
    Change, CommitError, Committed, Ledger, LogStamp, Readiness, Resting, Vault, VaultError,
};
use crate::clock::ManualClock;
use crate::model::event::{Event, Recorded, RulesChanged, Stamped};
use crate::model::{Digest, Disposition, Month, Position, ReasonCode, Status};
use crate::rates::Measure;
use crate::rates::recount::{Recount, differences};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

struct Store {
    ledger: Arc<dyn Ledger>,
    vault: Arc<dyn Vault>,
    clock: Arc<ManualClock>,
    _data: Option<tempfile::TempDir>,
}

fn twin() -> Store {
    let clock = Arc::new(ManualClock::new(morning()));
    let store = MemoryStore::new(clock.clone());
    Store {
        ledger: store.clone(),
        vault: store,
        clock,
        _data: None,
    }
}

fn embedded() -> Store {
    let clock = Arc::new(ManualClock::new(morning()));
    let data = tempfile::tempdir().unwrap();
    let options = OpenOptions {
        staged_memory_bytes: 4096,
        // Often, so that reads meet rows in redb, rows on their way and rows in memory.
        checkpoint: std::time::Duration::from_millis(3),
        ..OpenOptions::default()
    };
    let store = open(data.path(), options, clock.clone()).unwrap();
    assert_eq!(store.ledger.readiness(), Readiness::Ready);
    Store {
        ledger: store.ledger,
        vault: store.vault,
        clock,
        _data: Some(data),
    }
}

/// Runs each case over both stores.
macro_rules! suite {
    ($($case:ident),* $(,)?) => {
        mod memory_twin {
            $(#[tokio::test] async fn $case() { super::$case(super::twin()).await; })*
        }
        mod embedded_store {
            $(#[tokio::test] async fn $case() { super::$case(super::embedded()).await; })*
        }
    };
}

suite!(
    an_offer_is_stored_and_listed,
    a_stale_change_is_refused,
    a_repeat_returns_the_same_records,
    simultaneous_identical_offers_are_one,
    a_key_with_other_content_is_refused,
    a_refused_key_does_not_bind,
    the_first_offer_is_guarded,
    a_receipt_is_stored_once,
    an_answer_leaves_the_inbox,
    a_hold_ends_in_the_inbox,
    pages_follow_their_cursor,
    rates_equal_the_recount,
    a_recount_sees_one_moment,
    replay_is_a_chain,
    event_time_never_goes_back,
    rules_are_remembered,
    stamps_are_found_by_what_they_stamp,
    bodies_are_staged_kept_and_opened,
    a_submitted_change_is_in_order,
    the_watch_tells_the_position,
    a_closed_store_takes_nothing,
    documents_are_found_by_their_certificates,
    both_sides_are_told_of_a_doubt,
);

async fn ok(store: &Store, change: Change) -> Committed {
    store.ledger.commit(change).await.unwrap()
}

async fn accept(store: &Store, n: u64) -> Recorded {
    let done = ok(store, offer(&*store.vault, n, Disposition::Accept)).await;
    done.records.into_iter().next().unwrap()
}

async fn an_offer_is_stored_and_listed(store: Store) {
    let record = accept(&store, 1).await;
    assert_eq!((record.position, record.at), (Position(1), morning()));
    let state = store.ledger.document(id(1)).unwrap().unwrap();
    assert_eq!(state.version, record.position);
    assert_eq!(state.timeline[0].hash, record.hash);
    assert_eq!(state.deliveries.len(), 2);
    for recipient in ["H53.2", "H53.3"] {
        let page = store.ledger.inbox(&unit(recipient), Position::START, 10);
        assert_eq!(page.unwrap().items, [(Position(1), id(1))]);
    }
    let sent = store.ledger.outbox(&unit("H53.1"), Position::START, 10);
    assert_eq!(sent.unwrap().items, [(Position(1), id(1))]);
    let Event::Offered(e) = &record.event else {
        panic!("not an offer");
    };
    assert_eq!(store.ledger.request(&e.request).unwrap(), Some(id(1)));
    assert_eq!(store.ledger.first_offer(&e.key).unwrap(), Some(id(1)));
    let content = store.vault.open(&e.files[0].digest).unwrap().unwrap();
    assert_eq!(Digest::of(content.bytes()), e.files[0].digest);
    assert_eq!(store.ledger.document(id(9)).unwrap(), None);
}

async fn a_stale_change_is_refused(store: Store) {
    accept(&store, 1).await;
    let first = arrived(1, Position(1), "H53.2");
    assert_eq!(ok(&store, first).await.records[0].position, Position(2));
    let second = arrived(1, Position(1), "H53.3");
    let refused = store.ledger.commit(second).await;
    assert_eq!(refused, Err(CommitError::Stale));
    // A new document must not exist.
    let mut other = offered(2, Disposition::Accept, &body(&*store.vault, 2, 10));
    other.document = id(1);
    let again = change(other, body(&*store.vault, 2, 10));
    assert_eq!(store.ledger.commit(again).await, Err(CommitError::Stale));
}

async fn a_repeat_returns_the_same_records(store: Store) {
    let first = ok(&store, offer(&*store.vault, 1, Disposition::Accept)).await;
    store.clock.set(morning().plus_secs(60));
    let mut again = offered(1, Disposition::Accept, &body(&*store.vault, 1, 900));
    again.document = id(77);
    let repeat = ok(&store, change(again, body(&*store.vault, 1, 900))).await;
    assert!(repeat.repeated && !first.repeated);
    assert_eq!(repeat.records, first.records);
    assert_eq!(store.ledger.document(id(77)).unwrap(), None);
}

async fn simultaneous_identical_offers_are_one(store: Store) {
    let offers = (0..8).map(|n| {
        let mut event = offered(1, Disposition::Accept, &body(&*store.vault, 1, 900));
        event.document = id(100 + n);
        store
            .ledger
            .commit(change(event, body(&*store.vault, 1, 900)))
    });
    let done = futures_util::future::join_all(offers).await;
    let done: Vec<Committed> = done.into_iter().map(Result::unwrap).collect();
    assert_eq!(done.iter().filter(|d| !d.repeated).count(), 1);
    assert!(done.iter().all(|d| d.records == done[0].records));
    let sent = store.ledger.outbox(&unit("H53.1"), Position::START, 10);
    assert_eq!(sent.unwrap().items.len(), 1);
}

async fn a_key_with_other_content_is_refused(store: Store) {
    accept(&store, 1).await;
    let mut other = offered(2, Disposition::Accept, &body(&*store.vault, 2, 10));
    other.request = Digest::of(b"request 1");
    let refused = store
        .ledger
        .commit(change(other, body(&*store.vault, 2, 10)));
    assert_eq!(refused.await, Err(CommitError::KeyReused(id(1))));
}

async fn a_refused_key_does_not_bind(store: Store) {
    ok(&store, offer(&*store.vault, 1, Disposition::Refuse)).await;
    assert_eq!(store.ledger.request(&Digest::of(b"request 1")), Ok(None));
    let mut again = offered(1, Disposition::Hold, &body(&*store.vault, 1, 10));
    again.document = id(2);
    again.first_offer = false;
    let done = ok(&store, change(again, body(&*store.vault, 1, 10))).await;
    assert!(!done.repeated);
    // Nor one that is refused only after a hold.
    let bound = store.ledger.request(&Digest::of(b"request 1"));
    assert_eq!(bound, Ok(Some(id(2))));
    let version = done.records[0].position;
    ok(&store, rejudged(2, version, Disposition::Refuse)).await;
    assert_eq!(store.ledger.request(&Digest::of(b"request 1")), Ok(None));
    assert!(store.ledger.held(10).unwrap().is_empty());
}

async fn the_first_offer_is_guarded(store: Store) {
    accept(&store, 1).await;
    let mut same_key = offered(1, Disposition::Accept, &body(&*store.vault, 3, 10));
    same_key.document = id(3);
    same_key.request = Digest::of(b"another request");
    let change_of = |event| change(event, body(&*store.vault, 3, 10));
    let refused = store.ledger.commit(change_of(same_key.clone())).await;
    assert_eq!(refused, Err(CommitError::Stale));
    same_key.first_offer = false;
    let key = same_key.key.clone();
    ok(&store, change_of(same_key)).await;
    assert_eq!(store.ledger.first_offer(&key).unwrap(), Some(id(1)));
}

async fn a_receipt_is_stored_once(store: Store) {
    let record = accept(&store, 1).await;
    let first = ok(&store, receipt(&*store.vault, 1, record.position, "one")).await;
    assert_eq!(first.records.len(), 1);
    let second = ok(&store, receipt(&*store.vault, 1, record.position, "two")).await;
    assert!(second.records.is_empty() && second.repeated);
    let stored = store.ledger.receipt(record.position).unwrap().unwrap();
    let content = store.vault.open(&stored).unwrap().unwrap();
    assert_eq!(content.bytes(), b"one");
    // It does not move the document.
    let state = store.ledger.document(id(1)).unwrap().unwrap();
    assert_eq!(state.version, record.position);
}

async fn an_answer_leaves_the_inbox(store: Store) {
    accept(&store, 1).await;
    let inbox = |code: &str| {
        let page = store.ledger.inbox(&unit(code), Position::START, 10);
        page.unwrap().items.len()
    };
    ok(&store, arrived(1, Position(1), "H53.2")).await;
    assert_eq!((inbox("H53.2"), inbox("H53.3")), (1, 1));
    let answer = answered(1, Position(2), "H53.2", Status::Accepted, morning());
    ok(&store, answer).await;
    assert_eq!((inbox("H53.2"), inbox("H53.3")), (0, 1));
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!((inbox("H53.2"), inbox("H53.3")), (0, 1));
}

async fn a_hold_ends_in_the_inbox(store: Store) {
    let done = ok(&store, offer(&*store.vault, 1, Disposition::Hold)).await;
    accept(&store, 2).await;
    assert_eq!(store.ledger.held(10).unwrap(), [id(1)]);
    let inbox = || {
        store
            .ledger
            .inbox(&unit("H53.2"), Position::START, 10)
            .unwrap()
    };
    assert_eq!(inbox().items, [(Position(2), id(2))]);
    let version = done.records[0].position;
    ok(&store, rejudged(1, version, Disposition::Accept)).await;
    assert!(store.ledger.held(10).unwrap().is_empty());
    assert_eq!(inbox().items, [(Position(2), id(2)), (Position(3), id(1))]);
    ok(&store, arrived(1, Position(3), "H53.2")).await;
    let answer = answered(1, Position(4), "H53.2", Status::Refused, morning());
    ok(&store, answer).await;
    assert_eq!(inbox().items, [(Position(2), id(2))]);
}

async fn documents_are_found_by_their_certificates(store: Store) {
    // The first is held, and leaves the hold after the others came.
    let held = ok(&store, offer(&*store.vault, 1, Disposition::Hold)).await;
    for n in 2..=30 {
        store
            .clock
            .set(morning().plus_secs(i64::try_from(n).unwrap()));
        let what = [Disposition::Accept, Disposition::Refuse];
        let what = what[usize::from(n % 10 == 0)];
        ok(&store, offer(&*store.vault, n, what)).await;
        if n % 7 == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(8)).await;
        }
    }
    let version = held.records[0].position;
    ok(&store, rejudged(1, version, Disposition::Accept)).await;
    let expected: Vec<Resting> = (1..=30)
        .filter(|n| n % 10 != 0)
        .map(|n| Resting {
            arrived: store
                .ledger
                .document(id(n))
                .unwrap()
                .unwrap()
                .arrived()
                .unwrap(),
            document: id(n),
        })
        .collect();
    let resting = |of, from, limit| store.ledger.resting(&certificate(of), from, limit).unwrap();
    let all = Resting::from(morning());
    assert_eq!(resting(0, all, 100), expected);
    assert_eq!(resting(0, all, 5), expected[..5]);
    let later = Resting::from(morning().plus_secs(25));
    let rest: Vec<_> = expected.iter().copied().filter(|r| *r >= later).collect();
    assert_eq!(resting(0, later, 100), rest);
    assert_eq!(resting(3, all, 100), [expected[2]]);
    assert!(resting(10, all, 100).is_empty(), "refused");
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page = store.ledger.certificates(after, 4).unwrap();
        assert!(page.len() <= 4);
        let Some((last, _)) = page.last() else {
            break;
        };
        after = Some(*last);
        pages.extend(page);
    }
    assert!(pages.windows(2).all(|w| w[0].0 < w[1].0));
    assert_eq!(pages.len(), expected.len() + 1);
    let shared = pages.iter().find(|(of, _)| *of == certificate(0)).unwrap();
    assert_eq!(shared.1, morning().plus_secs(29));
}

async fn both_sides_are_told_of_a_doubt(store: Store) {
    accept(&store, 1).await;
    let other = accept(&store, 2).await;
    let page = |unit_code: &str, after| store.ledger.notices(&unit(unit_code), after, 10).unwrap();
    assert!(page("H53.1", Position::START).items.is_empty());
    let told = ok(&store, doubted(1, Position(1))).await.records[0].clone();
    let stale = store.ledger.commit(doubted(1, Position(1))).await;
    assert_eq!(stale, Err(CommitError::Stale));
    ok(&store, doubted(2, other.position)).await;
    for unit in ["H53.1", "H53.2", "H53.3"] {
        let items = [(Position(3), id(1)), (Position(4), id(2))];
        assert_eq!(page(unit, Position::START).items, items);
        assert_eq!(page(unit, Position(3)).items, items[1..]);
    }
    assert!(page("H53.4", Position::START).items.is_empty());
    // Documents, and not what is said of them.
    let mut again = doubted(1, told.position);
    if let Event::Doubted(e) = &mut again.events[0] {
        e.certificates = vec![certificate(0)];
    }
    assert_eq!(store.ledger.doubted(), Ok(2));
    let told = ok(&store, again).await.records[0].clone();
    assert_eq!(store.ledger.doubted(), Ok(2));
    // The decision stands, and so do the lists and figures.
    let state = store.ledger.document(id(1)).unwrap().unwrap();
    assert_eq!(state.judged, state.offered.judged);
    assert_eq!((state.doubts.len(), state.version), (2, told.position));
    assert_eq!(state.timeline[2].hash, told.hash);
    assert!(state.is_doubted_for(&certificate(1)) && !state.is_doubted_for(&certificate(2)));
    let inbox = store.ledger.inbox(&unit("H53.2"), Position::START, 10);
    assert_eq!(inbox.unwrap().items.len(), 2);
    let there = ok(&store, arrived(1, told.position, "H53.2")).await;
    assert_eq!(there.records[0].position, Position(6));
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!(store.ledger.doubted(), Ok(2));
    assert_eq!(
        store.ledger.document(id(1)).unwrap().unwrap().doubts,
        state.doubts
    );
}

async fn pages_follow_their_cursor(store: Store) {
    for n in 1..=25 {
        accept(&store, n).await;
        if n % 10 == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(8)).await;
        }
    }
    for n in [3u64, 12, 24] {
        let at = store.ledger.document(id(n)).unwrap().unwrap().version;
        let there = ok(&store, arrived(n, at, "H53.2")).await.records[0].position;
        let answer = answered(n, there, "H53.2", Status::Accepted, morning());
        ok(&store, answer).await;
    }
    for (list, expected) in [("in", 22), ("out", 25)] {
        let mut seen = Vec::new();
        let mut after = Position::START;
        loop {
            let page = match list {
                "in" => store.ledger.inbox(&unit("H53.2"), after, 7),
                _ => store.ledger.outbox(&unit("H53.1"), after, 7),
            };
            let page = page.unwrap();
            assert!(page.items.len() <= 7);
            seen.extend(page.items);
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(seen.len(), expected);
        assert!(seen.windows(2).all(|w| w[0].0 < w[1].0));
        let last = seen.last().unwrap().0;
        let rest = store.ledger.outbox(&unit("H53.1"), last, 5).unwrap();
        assert!(rest.items.is_empty() && rest.next.is_none());
    }
}

async fn rates_equal_the_recount(store: Store) {
    for n in 1..=30 {
        let what = [Disposition::Accept, Disposition::Hold, Disposition::Refuse];
        let what = what[usize::try_from(n % 3).unwrap()];
        let done = ok(&store, offer(&*store.vault, n, what)).await;
        let mut at = done.records[0].position;
        if what == Disposition::Hold && n % 2 == 0 {
            let done = ok(&store, rejudged(n, at, Disposition::Accept)).await;
            at = done.records[0].position;
        }
        if store
            .ledger
            .document(id(n))
            .unwrap()
            .unwrap()
            .deliveries
            .is_empty()
        {
            continue;
        }
        let when = morning().plus_secs(i64::try_from(n).unwrap() * 9000);
        store.clock.set(when);
        let there = ok(&store, arrived(n, at, "H53.2")).await.records[0].position;
        store.clock.set(when.plus_secs(8000));
        let answer = answered(n, there, "H53.2", Status::Accepted, when);
        ok(&store, answer).await;
    }
    let mut recount = Recount::default();
    store
        .ledger
        .replay(Position::END, &mut |r| recount.take(r))
        .unwrap();
    let counted = store.ledger.all_rates().unwrap().1;
    assert_eq!(differences(&counted, &recount.figures()), []);
    let month = Month::parse("2026-11").unwrap();
    let rates = store.ledger.rates(month, None).unwrap();
    assert_eq!(rates[&unit("H53.1")][&Measure::Offered], 30);
    assert_eq!(rates[&unit("H53.1")][&Measure::Undecided], 5);
    let refused = Measure::Refused(ReasonCode::RevocationStale);
    assert_eq!(rates[&unit("H53.1")][&refused], 10);
    let one = store.ledger.rates(month, Some(&unit("H53.2"))).unwrap();
    assert_eq!(one.len(), 1);
    let none = store.ledger.rates(Month::parse("2025-01").unwrap(), None);
    assert!(none.unwrap().is_empty());
}

/// Counters and log are compared as of one record, however busy the writer is.
async fn a_recount_sees_one_moment(store: Store) {
    let ledger = Arc::clone(&store.ledger);
    let rounds = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&rounds);
    let (stop, told) = std::sync::mpsc::channel::<()>();
    let counting = std::thread::spawn(move || {
        loop {
            let last = told.try_recv().is_ok();
            let (until, counted) = ledger.all_rates().unwrap();
            let mut recount = Recount::default();
            ledger.replay(until, &mut |r| recount.take(r)).unwrap();
            assert_eq!(differences(&counted, &recount.figures()), []);
            counter.fetch_add(1, Ordering::SeqCst);
            if last {
                return until;
            }
        }
    });
    for n in 1..=200 {
        accept(&store, n).await;
        // Neither side runs away from the other; between the waits they run at once.
        while rounds.load(Ordering::SeqCst) < n / 20 && !counting.is_finished() {
            std::thread::yield_now();
        }
    }
    stop.send(()).unwrap();
    assert_eq!(counting.join().unwrap(), Position(200));
}

async fn replay_is_a_chain(store: Store) {
    for n in 1..=5 {
        accept(&store, n).await;
    }
    let mut records = Vec::new();
    store
        .ledger
        .replay(Position::END, &mut |r| records.push(r.clone()))
        .unwrap();
    assert_eq!(records.len(), 5);
    let mut previous = Digest::ZERO;
    for record in &records {
        let mut bytes = Vec::new();
        super::codec::write_record(
            &mut bytes,
            &previous,
            record.position,
            record.at,
            &record.event,
        );
        assert_eq!(Digest::of(&bytes), record.hash);
        previous = record.hash;
    }
}

async fn event_time_never_goes_back(store: Store) {
    assert_eq!(accept(&store, 1).await.at, morning());
    store.clock.set(morning().plus_secs(-299));
    assert_eq!(accept(&store, 2).await.at, morning());
    store.clock.set(morning().plus_secs(-301));
    let refused = store
        .ledger
        .commit(offer(&*store.vault, 3, Disposition::Accept));
    let expected = CommitError::ClockBack {
        last: morning(),
        now: morning().plus_secs(-301),
    };
    assert_eq!(refused.await, Err(expected));
    store.clock.set(morning().plus_secs(1));
    assert_eq!(accept(&store, 3).await.at, morning().plus_secs(1));
}

async fn rules_are_remembered(store: Store) {
    assert_eq!(store.ledger.last_rules(), Ok(None));
    for n in 1..=2u8 {
        let rules = RulesChanged {
            rules: Digest::of(&[n]),
            registry: Digest::of(b"registry"),
            actor: None,
        };
        let change = Change {
            subject: None,
            bodies: Vec::new(),
            events: vec![Event::RulesChanged(rules.clone())],
        };
        ok(&store, change).await;
        assert_eq!(store.ledger.last_rules(), Ok(Some(rules)));
    }
}

async fn stamps_are_found_by_what_they_stamp(store: Store) {
    let ledger = &store.ledger;
    assert_eq!(ledger.head(), Ok((Position::START, Digest::ZERO)));
    assert_eq!(ledger.last_stamp(), Ok(None));
    let mut stamps = Vec::new();
    for n in 1..=3u64 {
        let record = accept(&store, n).await;
        assert_eq!(ledger.head(), Ok((record.position, record.hash)));
        let body = body(&*store.vault, 100 + n, 40);
        let stamped = Stamped {
            of: record.position,
            head: record.hash,
            moment: morning(),
            token: body.digest(),
            authority: Digest::of(b"authority"),
            rests_on: vec![Digest::of(b"authority")],
        };
        let change = Change {
            subject: None,
            bodies: vec![body],
            events: vec![Event::Stamped(Box::new(stamped.clone()))],
        };
        let written = ok(&store, change).await.records.remove(0);
        let stamp = LogStamp {
            position: written.position,
            at: written.at,
            stamped,
        };
        assert_eq!(ledger.last_stamp(), Ok(Some(stamp.clone())));
        stamps.push(stamp);
    }
    // Of records 1, 3 and 5; the stamps themselves are records 2, 4 and 6.
    for (from, expected) in [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, 2)] {
        let found = ledger.stamp_from(Position(from));
        assert_eq!(found, Ok(Some(stamps[expected].clone())), "{from}");
    }
    assert_eq!(ledger.stamp_from(Position(6)), Ok(None));
}

async fn bodies_are_staged_kept_and_opened(store: Store) {
    for (n, len) in [(1, 0), (2, 10), (3, 70_000), (4, 900_000), (5, 3_000_000)] {
        let mut stage = store.vault.stage(3_000_000).unwrap();
        let bytes: Vec<u8> = (0..len).map(|i| u8::try_from(i % 251).unwrap()).collect();
        for chunk in bytes.chunks(60_000) {
            stage.write(Bytes::copy_from_slice(chunk)).await.unwrap();
        }
        let staged = stage.finish().await.unwrap();
        assert_eq!(staged.digest, Digest::of(&bytes));
        assert_eq!(staged.content.bytes(), bytes);
        let kept = store.vault.keep(&staged).await.unwrap();
        let event = offered(n, Disposition::Accept, &kept);
        assert!(!store.vault.holds(&kept.digest()).unwrap());
        ok(&store, change(event, kept.clone())).await;
        drop(staged);
        assert!(store.vault.holds(&kept.digest()).unwrap());
        let content = store.vault.open(&kept.digest()).unwrap().unwrap();
        assert_eq!(content.bytes(), bytes);
        let mut fed = Vec::new();
        content
            .feed(0..kept.size(), &mut |piece| fed.extend_from_slice(piece))
            .unwrap();
        assert_eq!(fed, bytes);
    }
    let mut stage = store.vault.stage(10).unwrap();
    let refused = stage.write(Bytes::from_static(&[0; 11])).await;
    assert_eq!(refused, Err(VaultError::TooLarge(10)));
    assert!(store.vault.open(&Digest::ZERO).unwrap().is_none());
    assert!(!store.vault.holds(&Digest::ZERO).unwrap());
}

async fn a_submitted_change_is_in_order(store: Store) {
    let record = accept(&store, 1).await;
    let signed = receipt(&*store.vault, 1, record.position, "signed");
    store.ledger.submit(signed);
    let next = accept(&store, 2).await;
    assert_eq!(next.position, Position(3));
    assert!(store.ledger.receipt(record.position).unwrap().is_some());
}

async fn the_watch_tells_the_position(store: Store) {
    let mut watch = store.ledger.watch();
    assert_eq!(*watch.borrow_and_update(), Position::START);
    accept(&store, 1).await;
    watch.changed().await.unwrap();
    assert_eq!(*watch.borrow(), Position(1));
}

async fn a_closed_store_takes_nothing(store: Store) {
    accept(&store, 1).await;
    store.ledger.close().await;
    let refused = store
        .ledger
        .commit(offer(&*store.vault, 2, Disposition::Accept));
    assert!(matches!(refused.await, Err(CommitError::Unavailable(_))));
    assert!(store.ledger.document(id(1)).is_err());
}
