//! Statements of periods: one chain, numbered in each period, found by period and by the order of their records.

use super::{Store, accept, ok};
use crate::model::event::{Event, PeriodClosed};
use crate::model::{Digest, Disposition, Period, Position};
use crate::store::samples::{offer, unit};
use crate::store::{Change, CommitError, LogStatement};
use bytes::Bytes;

fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

fn next(store: &Store, of: Period, text: &'static str) -> (PeriodClosed, Change) {
    let ledger = &store.ledger;
    let before = ledger.statement(of, None).unwrap();
    let last = ledger.last_statement().unwrap();
    let totals = ledger.period_totals(of).unwrap();
    let kept = store.vault.keep_bytes(Bytes::from_static(text.as_bytes()));
    let closed = PeriodClosed {
        period: of,
        number: before.as_ref().map_or(1, |s| s.closed.number + 1),
        position: totals.position,
        chain: totals.chain,
        statement: Digest::of(text.as_bytes()),
        sealed: kept.digest(),
        corrects: before.map(|s| s.closed.statement),
        previous: last.map(|s| s.closed.statement),
        actor: None,
    };
    (closed.clone(), change(closed, kept))
}

fn change(closed: PeriodClosed, kept: crate::store::Kept) -> Change {
    Change {
        subject: None,
        bodies: vec![kept.lasting()],
        events: vec![Event::PeriodClosed(Box::new(closed))],
    }
}

async fn state(store: &Store, of: &str, text: &'static str) -> LogStatement {
    let (closed, change) = next(store, period(of), text);
    let record = ok(store, change).await.records.remove(0);
    LogStatement {
        position: record.position,
        at: record.at,
        closed,
    }
}

pub(super) async fn statements_are_one_chain(store: Store) {
    let ledger = &store.ledger;
    assert_eq!(ledger.last_statement(), Ok(None));
    assert_eq!(ledger.statement(period("2026-11"), None), Ok(None));
    accept(&store, 1).await;
    let one = state(&store, "2026-11", "one").await;
    accept(&store, 2).await;
    let two = state(&store, "2026-11@15", "two").await;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let three = state(&store, "2026-11", "three").await;
    let of = |text: &str, number| ledger.statement(period(text), number).unwrap();
    assert_eq!(of("2026-11", None), Some(three.clone()));
    assert_eq!(of("2026-11", Some(1)), Some(one.clone()));
    assert_eq!(of("2026-11", Some(2)), Some(three.clone()));
    assert_eq!(of("2026-11", Some(3)), None);
    assert_eq!(of("2026-11@15", None), Some(two.clone()));
    assert_eq!(of("2026-10", None), None);
    assert_eq!(ledger.last_statement(), Ok(Some(three.clone())));
    let all = [one.clone(), two, three];
    assert_eq!(ledger.statements(Position::START, 10).unwrap(), all);
    assert_eq!(ledger.statements(one.position, 1).unwrap(), all[1..2]);
    let body = store.vault.open(&one.closed.sealed).unwrap().unwrap();
    assert_eq!(body.bytes(), b"one");
    assert!(store.vault.lasts(&one.closed.sealed).unwrap());
    // What does not follow is stale: a period closed twice, a gap, another statement before, an earlier place.
    let (good, _) = next(&store, period("2026-11"), "four");
    for wrong in [
        PeriodClosed {
            number: 1,
            ..good.clone()
        },
        PeriodClosed {
            number: 4,
            ..good.clone()
        },
        PeriodClosed {
            corrects: None,
            ..good.clone()
        },
        PeriodClosed {
            previous: None,
            ..good.clone()
        },
        PeriodClosed {
            position: Position(1),
            ..good.clone()
        },
    ] {
        let kept = store.vault.keep_bytes(Bytes::from_static(b"four"));
        let told = ledger.commit(change(wrong, kept)).await;
        assert_eq!(told, Err(CommitError::Stale));
    }
    assert_eq!(state(&store, "2026-11", "four").await.closed, good);
}

/// Two that were made against the same state are not both written.
pub(super) async fn simultaneous_statements_are_one(store: Store) {
    accept(&store, 1).await;
    let (_, one) = next(&store, period("2026-11"), "one");
    let (_, two) = next(&store, period("2026-12"), "two");
    let (one, two) = tokio::join!(store.ledger.commit(one), store.ledger.commit(two));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert!([one, two].contains(&Err(CommitError::Stale)));
    assert_eq!(
        store.ledger.statements(Position::START, 9).unwrap().len(),
        1
    );
}

/// Totals as of a record are those that the rates say, and the place is that of the last record.
pub(super) async fn totals_of_a_period_name_their_record(store: Store) {
    accept(&store, 1).await;
    ok(&store, offer(&*store.vault, 2, Disposition::Hold)).await;
    let (ledger, head) = (&store.ledger, store.ledger.head().unwrap());
    for text in ["2026-11", "2026-11-23", "2026-10", "2026", "2026@15"] {
        let totals = ledger.period_totals(period(text)).unwrap();
        assert_eq!((totals.position, totals.chain), head, "{text}");
        let rates = ledger.rates(period(text), None).unwrap();
        assert_eq!(totals.totals, rates, "{text}");
        assert_eq!(rates.contains_key(&unit("H53.1")), text != "2026-10");
    }
}

/// The bytes of every record are those that its hash is of, and name the record before.
pub(super) async fn the_bytes_of_records_are_a_chain(store: Store) {
    for n in 1..=5 {
        accept(&store, n).await;
    }
    let mut records = Vec::new();
    let mut each = |r: &crate::model::event::Recorded| records.push(r.clone());
    store.ledger.replay(Position::END, &mut each).unwrap();
    let mut all = Vec::new();
    let mut bytes = |at: Position, bytes: &[u8]| all.push((at, bytes.to_vec()));
    store.ledger.replay_bytes(Position(4), &mut bytes).unwrap();
    assert_eq!(all.len(), 4);
    let mut head = Digest::ZERO;
    for ((at, bytes), record) in all.iter().zip(&records) {
        assert_eq!((*at, Digest::of(bytes)), (record.position, record.hash));
        assert_eq!(&bytes[..32], &head.0);
        head = record.hash;
    }
}
