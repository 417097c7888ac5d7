//! Random histories of documents and registers on both stores: the counters equal the recount of the log and a model
//! of their own, to the last digit, also after the counters were thrown away and counted anew.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::wildcard_enum_match_arm,
    reason = "a test says what is wrong by failing"
)]

mod history;
mod lists;
mod model;

use history::History;
use lienthong::clock::ManualClock;
use lienthong::model::{Position, Timestamp};
use lienthong::rates::recount::{Figures, Recount, differences};
use lienthong::store::Ledger;
use lienthong::store::embedded::{OpenOptions, open};
use lienthong::store::memory::MemoryStore;
use std::sync::Arc;

/// Seeds that are always run; one that ever failed is added here.
const SEEDS: std::ops::Range<u64> = 0..40;
const STEPS: usize = 150;

fn start() -> Timestamp {
    Timestamp::parse("2026-11-20T08:00:00+07:00").expect("time")
}

/// The counters, without zeros.
fn counters(ledger: &dyn Ledger) -> Figures {
    let (_, mut figures) = ledger.all_rates().expect("rates");
    for counts in figures.values_mut() {
        counts.retain(|_, figure| *figure != 0);
    }
    figures.retain(|_, counts| !counts.is_empty());
    figures
}

fn agree(ledger: &dyn Ledger, what: &str) -> Figures {
    let mut recount = Recount::default();
    let mut records = Vec::new();
    let mut each = |record: &lienthong::model::event::Recorded| {
        recount.take(record);
        records.push(record.clone());
    };
    ledger.replay(Position::END, &mut each).expect("log");
    let counted = counters(ledger);
    let found = differences(&counted, &recount.figures());
    assert!(found.is_empty(), "{what}: recount {found:?}");
    let found = differences(&counted, &model::figures(&records));
    assert!(found.is_empty(), "{what}: model {found:?}");
    counted
}

#[tokio::test]
async fn counters_equal_the_recount_and_a_model() {
    let mut seen = history::Seen::default();
    for seed in SEEDS {
        let clock = Arc::new(ManualClock::new(start()));
        let store = MemoryStore::new(Arc::clone(&clock) as _);
        let mut history = History::new(seed, clock);
        for step in 0..STEPS {
            history.step(&*store, &*store, &mut seen).await;
            if step % 50 == 49 {
                agree(&*store, &format!("seed {seed}, step {step}"));
            }
        }
        if seed % 4 == 0 {
            lists::are_as_long_as(&counters(&*store), &*store, &format!("seed {seed}"));
        }
    }
    seen.check();
}

#[tokio::test]
async fn the_embedded_store_counts_alike_and_anew() {
    for seed in 0..6 {
        let data = tempfile::tempdir().expect("folder");
        let clock = Arc::new(ManualClock::new(start()));
        let options = OpenOptions::default();
        let mut history = History::new(seed, Arc::clone(&clock));
        let twin = MemoryStore::new(Arc::clone(&clock) as _);
        let mut other = History::new(seed, Arc::clone(&clock));
        let mut seen = history::Seen::default();
        let store = open(data.path(), options.clone(), Arc::clone(&clock) as _).expect("opened");
        for _ in 0..STEPS {
            history.step(&*store.ledger, &*store.vault, &mut seen).await;
            other.step(&*twin, &*twin, &mut seen).await;
        }
        let counted = agree(&*store.ledger, &format!("seed {seed}"));
        assert_eq!(counted, counters(&*twin), "seed {seed}: the twin");
        store.ledger.close().await;
        drop(store);
        for lost in ["rates", "index"] {
            std::fs::remove_dir_all(data.path().join(lost)).expect("removed");
            let clock = Arc::clone(&clock) as _;
            let store = open(data.path(), options.clone(), clock).expect("opened");
            assert_eq!(agree(&*store.ledger, lost), counted, "seed {seed}: {lost}");
            if seed < 2 {
                lists::are_as_long_as(&counted, &*store.ledger, lost);
            }
            store.ledger.close().await;
        }
    }
}
