//! What is asked of the log: pages, figures, documents by certificate, stamps and rules.

use super::super::samples::{
    answered, arrived, body, certificate, doubted, id, morning, offer, rejudged, unit,
};
use super::super::{Change, CommitError, LogStamp, Resting};
use super::{Store, accept, ok};
use crate::model::event::{Event, RulesChanged, Stamped};
use crate::model::{Digest, Disposition, Period, Position, ReasonCode, Status, UnitCode};
use crate::rates::recount::{Recount, differences};
use crate::rates::{Counts, Measure};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) async fn documents_are_found_by_their_certificates(store: Store) {
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

pub(super) async fn both_sides_are_told_of_a_doubt(store: Store) {
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

pub(super) async fn pages_follow_their_cursor(store: Store) {
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

pub(super) async fn rates_equal_the_recount(store: Store) {
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
    let month = Period::parse("2026-11").unwrap();
    let rates = store.ledger.rates(month, None).unwrap();
    assert_eq!(rates[&unit("H53.1")][&Measure::Offered], 30);
    // Samples are due to be sent on 23 November and are sent on the 24th; answers are due at nine on the
    // 24th, before the first one comes.
    assert_eq!(rates[&unit("H53.1")][&Measure::IssuedLate], 30);
    assert_eq!(rates[&unit("H53.1")][&Measure::Undecided], 5);
    let refused = Measure::Refused(ReasonCode::RevocationStale);
    assert_eq!(rates[&unit("H53.1")][&refused], 10);
    let one = store.ledger.rates(month, Some(&unit("H53.2"))).unwrap();
    assert_eq!(one.len(), 1);
    periods_are_sums_of_days(&store, month, &rates);
}

/// Everything in `rates` is of that month.
fn periods_are_sums_of_days(store: &Store, month: Period, rates: &BTreeMap<UnitCode, Counts>) {
    for (text, counted) in [
        ("2026", true),
        ("2026-H2", true),
        ("2026-Q4", true),
        ("2026-12@15", true),
        ("2026-W48", true),
        ("2026@15", true),
        ("2026-11@15", false),
        ("2026-W47", false),
        ("2025-01", false),
        ("2025", false),
    ] {
        let found = store.ledger.rates(Period::parse(text).unwrap(), None);
        let wanted = if counted {
            rates.clone()
        } else {
            BTreeMap::new()
        };
        assert_eq!(found.unwrap(), wanted, "{text}");
    }
    let mut by_day: BTreeMap<UnitCode, Counts> = BTreeMap::new();
    let mut day = Period::parse("2026-11-01").unwrap();
    while month.contains(*day.days().start()) {
        for (of, counts) in store.ledger.rates(day, None).unwrap() {
            for (measure, figure) in counts {
                *by_day
                    .entry(of.clone())
                    .or_default()
                    .entry(measure)
                    .or_insert(0) += figure;
            }
        }
        day = day.next();
    }
    assert_eq!(&by_day, rates, "the days of a month are the month");
}

/// Counters and log are compared as of one record, however busy the writer is.
pub(super) async fn a_recount_sees_one_moment(store: Store) {
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

pub(super) async fn rules_are_remembered(store: Store) {
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

pub(super) async fn stamps_are_found_by_what_they_stamp(store: Store) {
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
