//! Random whole lives on both stores side by side: the same is asked of both, some of it twice because its reply was
//! lost, while one clock jumps under both, and the embedded one is dropped without a word and opened again. Both
//! give the same outcomes, and say the same in the end.

use super::super::behind::tests::lists_are_what_the_log_counts;
use super::super::embedded::disk_twin::Chance;
use super::super::embedded::{Embedded, OpenOptions, open};
use super::super::invented::{Ask, invent};
use super::super::memory::MemoryStore;
use super::super::samples::{morning, unit};
use crate::clock::{Clock, ManualClock};
use crate::model::event::Recorded;
use crate::model::{Digest, Position};
use crate::rates::recount::differences;
use crate::relay::Desk;
use crate::store::{Committed, Ledger, Vault};
use std::path::Path;
use std::sync::Arc;

/// Seeds that are always run; one that ever failed is added here.
const SEEDS: std::ops::Range<u64> = 0..10;
const STEPS: u64 = 250;
/// More rows than a life has.
const ALL: usize = 10_000;

struct Twins {
    clock: Arc<ManualClock>,
    memory: Arc<MemoryStore>,
    embedded: Embedded,
}

fn opened(data: &Path, clock: &Arc<ManualClock>) -> Embedded {
    let options = OpenOptions {
        segment_bytes: 20_000,
        checkpoint: std::time::Duration::from_millis(3),
        patience: std::time::Duration::from_secs(20),
        ..OpenOptions::default()
    };
    open(data, options, clock.clone()).unwrap()
}

#[tokio::test]
async fn both_stores_say_the_same_on_any_seed() {
    let (mut made, mut again) = (0, 0);
    for seed in SEEDS {
        let (of_seed, repeated) = lives(seed).await;
        made += of_seed;
        again += repeated;
    }
    assert!(made > 500 && again > 50, "{made} made, {again} again");
}

/// How many changes were made, and how many of them had been made before.
async fn lives(seed: u64) -> (usize, usize) {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(morning()));
    let mut twins = Twins {
        memory: MemoryStore::new(clock.clone()),
        embedded: opened(data.path(), &clock),
        clock,
    };
    let (mut chance, mut next) = (Chance::new(seed + 500), 1);
    let mut asked: Vec<Ask> = Vec::new();
    let (mut made, mut again) = (0, 0);
    for _ in 0..STEPS {
        let ask = match chance.below(30) {
            0..3 => {
                let by = [-4000, -200, -20, 20, 300, 5000];
                let by = by[usize::try_from(chance.below(6)).unwrap()];
                twins.clock.set(twins.clock.now().plus_secs(by));
                None
            }
            3 => {
                drop(twins.embedded);
                twins.embedded = opened(data.path(), &twins.clock);
                None
            }
            4..7 => {
                let all = u64::try_from(asked.len()).unwrap();
                let n = usize::try_from(chance.below(all)).unwrap();
                asked.get(n).cloned()
            }
            _ => invent(&*twins.memory, &mut chance, &mut next),
        };
        let Some(ask) = ask else {
            continue;
        };
        if let Some(done) = both(&twins, &ask, seed).await {
            made += usize::from(!done.repeated);
            again += usize::from(done.repeated);
        }
        asked.push(ask);
    }
    alike(&twins, seed).await;
    (made, again)
}

/// The same outcome at both.
async fn both(twins: &Twins, ask: &Ask, seed: u64) -> Option<Committed> {
    let (ledger, vault) = (&*twins.embedded.ledger, &*twins.embedded.vault);
    let one = ask.change(&*twins.memory, &*twins.memory);
    let two = ask.change(ledger, vault);
    assert_eq!(one.is_some(), two.is_some(), "seed {seed}: {ask:?}");
    let one = twins.memory.commit(one?).await;
    let two = ledger.commit(two?).await;
    assert_eq!(one, two, "seed {seed}: {ask:?}");
    one.ok()
}

fn log(ledger: &dyn Ledger) -> Vec<Recorded> {
    let mut all = Vec::new();
    let mut each = |record: &Recorded| all.push(record.clone());
    ledger.replay(Position::END, &mut each).unwrap();
    all
}

async fn alike(twins: &Twins, seed: u64) {
    let (one, two) = (&*twins.memory, &*twins.embedded.ledger);
    twins.embedded.vault.purge().await.unwrap();
    let records = log(one);
    assert_eq!(records, log(two), "seed {seed}");
    assert!(records.iter().map(|r| r.at).is_sorted(), "seed {seed}");
    let all = one.documents(None, ALL).unwrap();
    assert_eq!(all, two.documents(None, ALL).unwrap(), "seed {seed}");
    for id in all {
        let state = one.document(id).unwrap();
        assert_eq!(state, two.document(id).unwrap(), "seed {seed}");
        for file in &state.unwrap().offered.files {
            let bytes = |vault: &dyn Vault| {
                let found = vault.open(&file.digest).unwrap();
                found.map(|content| Digest::of(content.bytes()))
            };
            let there = bytes(&*twins.memory);
            assert_eq!(there, bytes(&*twins.embedded.vault), "seed {seed}: {id}");
        }
    }
    for code in ["H53.1", "H53.2", "H53.3"] {
        let lists = |ledger: &dyn Ledger| {
            let unit = unit(code);
            let inbox = ledger.inbox(&unit, Position::START, ALL).unwrap();
            let outbox = ledger.outbox(&unit, Position::START, ALL).unwrap();
            let notices = ledger.notices(&unit, Position::START, ALL).unwrap();
            (inbox, outbox, notices)
        };
        assert_eq!(lists(one), lists(two), "seed {seed}: {code}");
    }
    for desk in Desk::ALL {
        let page = |ledger: &dyn Ledger| ledger.desk(*desk, Position::START, ALL).unwrap();
        assert_eq!(page(one), page(two), "seed {seed}: {desk}");
    }
    for record in &records {
        let of = record.position;
        assert_eq!(one.receipt(of), two.receipt(of), "seed {seed}: {of}");
    }
    lists_are_what_the_log_counts(one, &format!("seed {seed}, memory"));
    lists_are_what_the_log_counts(two, &format!("seed {seed}, disk"));
    let (one, two) = (one.all_rates().unwrap(), two.all_rates().unwrap());
    assert_eq!(differences(&one.1, &two.1), [], "seed {seed}");
}
