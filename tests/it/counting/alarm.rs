//! A counter that was changed underneath is found by the comparison that nobody asks for, and named.

use super::history::{History, Seen};
use super::{counters, start};
use lienthong::clock::ManualClock;
use lienthong::model::Period;
use lienthong::store::embedded::{OpenOptions, open};
use lienthong::upkeep::{Recounted, Recounter, Recounts};
use std::path::Path;
use std::sync::Arc;

/// Adds one to the last figure of a value that has any: under month, unit and part there is a position, a number of values
/// and then days, each with figures of variable length at its end, of which small ones take one byte. Sums of months have
/// other keys.
fn corrupt(rates: &Path) {
    // A thread that flushes would hold the lock beyond this.
    let db = sled::Config::new()
        .path(rates.join("db"))
        .flush_every_ms(None);
    let db = db.open().expect("sled");
    let mut changed = None;
    for row in db.iter() {
        let (key, value) = row.expect("row");
        let last = value.last().copied().unwrap_or(0);
        // One more than a small number that is not negative.
        if key.first() < Some(&0x80) && value.len() > 9 && last < 100 && last % 2 == 0 {
            let mut other = value.to_vec();
            *other.last_mut().expect("a byte") = last + 2;
            db.insert(&key, other).expect("written");
            changed = Some(key);
            break;
        }
    }
    assert!(changed.is_some(), "there is a figure");
    db.flush().expect("flushed");
}

fn looked_through(recounter: &mut Recounter, found: &Recounts, last: Period) -> Recounted {
    for _ in 0..100 {
        recounter.slice().expect("a slice");
        if let Some(told) = found.load_full().filter(|told| told.last == Some(last)) {
            return (*told).clone();
        }
    }
    panic!("{last} was not reached");
}

#[tokio::test]
async fn a_counter_that_was_changed_underneath_is_told() {
    let data = tempfile::tempdir().expect("folder");
    let clock = Arc::new(ManualClock::new(start()));
    let options = OpenOptions::default();
    let store = open(data.path(), options.clone(), Arc::clone(&clock) as _).expect("opened");
    let both = (Arc::clone(&store.ledger), Arc::clone(&store.vault));
    let mut history = History::new(3, Arc::clone(&clock), both);
    for _ in 0..60 {
        history.step(&mut Seen::default()).await;
    }
    let counted = counters(&*store.ledger);
    store.ledger.close().await;
    drop((history, store));
    let last = Period::parse("2026-11").expect("period");
    for corrupted in [false, true, false] {
        match corrupted {
            true => corrupt(&data.path().join("rates")),
            // Counted anew from the log.
            false => std::fs::remove_dir_all(data.path().join("rates")).expect("removed"),
        }
        let store = open(data.path(), options.clone(), Arc::clone(&clock) as _).expect("opened");
        let both = (Arc::clone(&store.ledger), Arc::clone(&store.vault));
        let intake = History::new(3, Arc::clone(&clock), both).intake();
        assert_eq!(counters(&*store.ledger) != counted, corrupted);
        let found = Recounts::default();
        let mut recounter = Recounter::new(intake, Arc::clone(&found));
        let told = looked_through(&mut recounter, &found, last);
        let all: Vec<_> = told.differing.values().collect();
        match (corrupted, all.as_slice()) {
            (false, []) => {}
            (true, [(1, named)]) => {
                assert_eq!(named.len(), 1);
                assert_eq!(named[0].before, named[0].after + 1, "{named:?}");
            }
            _ => panic!("{corrupted}: {told:?}"),
        }
        drop(recounter);
        store.ledger.close().await;
    }
}
