//! Whole lives on the disk twin: random changes, death at any step, torn and lost writes, replies that are
//! lost, and a clock that jumps. After every restart all that was acknowledged is there, nothing is there by
//! halves or twice, and the counters equal the recount.

use super::Embedded;
use super::disk_twin::{Chance, Fault, TwinDisk};
use super::faults::on_at;
use crate::clock::{Clock, ManualClock};
use crate::model::event::{Event, Recorded};
use crate::model::{Digest, Disposition, DocumentId, Position};
use crate::rates::recount::{Recount, differences};
use crate::relay::{Desk, DocumentState, TimelineKind, fold};
use crate::store::behind::tests::lists_are_what_the_log_counts;
use crate::store::invented::{Ask, invent};
use crate::store::samples::{morning, unit};
use crate::store::{CommitError, Committed, Readiness};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Seeds that are always run; one that ever failed is added here.
const SEEDS: std::ops::Range<u64> = 0..24;
const LIVES: u64 = 4;

struct Journal {
    acknowledged: Vec<Recorded>,
    /// Whoever asked has no reply, and will ask again; with what was done, where that is known here.
    lost: Vec<(Ask, Option<Committed>)>,
    clock: Arc<ManualClock>,
    next: u64,
    chance: Chance,
}

#[test]
fn nothing_acknowledged_is_lost_on_any_seed() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut seen = Seen::default();
    for seed in SEEDS {
        runtime.block_on(lives(seed, &mut seen));
    }
    assert!(seen.unanswered > 0, "no death met a change on its way");
    assert!(seen.again > 100, "{seen:?}");
    assert!(seen.not_believed > 10, "{seen:?}");
}

/// What the seeds met.
#[derive(Default, Debug)]
struct Seen {
    /// Changes that got no answer.
    unanswered: usize,
    /// Changes that were asked for again and had been made.
    again: usize,
    /// Changes that came while the clock was too far back.
    not_believed: usize,
}

/// Several lives of one store.
async fn lives(seed: u64, seen: &mut Seen) {
    let data = tempfile::tempdir().unwrap();
    let mut disk = TwinDisk::new(seed);
    let mut journal = Journal {
        acknowledged: Vec::new(),
        lost: Vec::new(),
        clock: Arc::new(ManualClock::new(morning())),
        next: 1,
        chance: Chance::new(seed + 1000),
    };
    let opened =
        |disk: &TwinDisk, journal: &Journal| on_at(data.path(), disk, Arc::clone(&journal.clock));
    for life in 0..LIVES {
        if life > 0 && journal.chance.below(4) == 0 {
            let lost = ["index", "rates"][usize::from(journal.chance.below(2) == 0)];
            std::fs::remove_dir_all(data.path().join(lost)).unwrap();
        }
        if life > 0 && journal.chance.below(5) == 0 {
            // Recovery itself may be cut short.
            disk.plan(journal.chance.below(6), Fault::Death);
            drop(opened(&disk, &journal));
            disk = disk.restart();
        }
        let store = opened(&disk, &journal).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        check(&store, &journal, seed);
        disk.plan(1 + journal.chance.below(60), Fault::Death);
        while store.ledger.readiness() == Readiness::Ready {
            work(&store, &mut journal, seen).await;
        }
        drop(store);
        disk = disk.restart();
    }
    let store = opened(&disk, &journal).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    check(&store, &journal, seed);
    off_the_medium(&store, &disk, seed).await;
    check(&store, &journal, seed);
}

/// What is erased is nowhere on the disk once a purge came to its end; no two documents have the same file.
async fn off_the_medium(store: &Embedded, disk: &TwinDisk, seed: u64) {
    store.vault.purge().await.unwrap();
    let mut after = Position::START;
    loop {
        let page = store.ledger.outbox(&unit("H53.1"), after, 100).unwrap();
        for (_, id) in &page.items {
            let state = store.ledger.document(*id).unwrap().unwrap();
            let file = &state.offered.files[0];
            if file.size < 100 || !state.is_erased(&file.digest) {
                continue;
            }
            let n: u64 = state.offered.key.number.as_str().parse().unwrap();
            let found = disk.holding(&n.to_le_bytes().repeat(12));
            assert!(found.is_empty(), "seed {seed}: {found:?} hold document {n}");
        }
        let Some(next) = page.next else {
            return;
        };
        after = next;
    }
}

/// Hands in some changes at once, some of them for the second time.
async fn work(store: &Embedded, journal: &mut Journal, seen: &mut Seen) {
    let mut asked = Vec::new();
    for _ in 0..=journal.chance.below(5) {
        let ask = invent(&*store.ledger, &mut journal.chance, &mut journal.next);
        asked.extend(ask.map(|ask| (ask, None)));
    }
    if journal.chance.below(2) == 0 {
        asked.append(&mut journal.lost);
    }
    let right = journal.clock.now();
    set(journal);
    let ready = asked.into_iter().filter_map(|(ask, before)| {
        let change = ask.change(&*store.ledger, &*store.vault)?;
        Some((store.ledger.commit(change), (ask, before)))
    });
    let (waiting, asked): (Vec<_>, Vec<_>) = ready.unzip();
    let outcomes = futures_util::future::join_all(waiting).await;
    journal.clock.set(right.max(journal.clock.now()));
    if journal.chance.below(3) == 0 {
        // A dead machine fails this, too; the next life does it again.
        let _ = store.vault.purge().await;
    }
    for ((ask, before), outcome) in asked.into_iter().zip(outcomes) {
        match outcome {
            Ok(done) => {
                seen.again += usize::from(done.repeated);
                made(journal, ask, before, done);
            }
            Err(CommitError::Unknown) => {
                seen.unanswered += 1;
                journal.lost.push((ask, before));
            }
            Err(CommitError::ClockBack { .. }) => {
                seen.not_believed += 1;
                journal.lost.push((ask, before));
            }
            Err(_) => {}
        }
    }
}

/// On by up to a quarter of an hour, or back for a moment: by as much as is believed, or by more.
fn set(journal: &mut Journal) {
    let by = match journal.chance.below(8) {
        0 => i64::try_from(journal.chance.below(900)).unwrap(),
        1 => -20,
        2 => -200,
        3 => -4000,
        _ => 0,
    };
    journal.clock.set(journal.clock.now().plus_secs(by));
}

/// What was made is known to the client, or its reply is lost, too.
fn made(journal: &mut Journal, ask: Ask, before: Option<Committed>, done: Committed) {
    if let (Ask::Offer(n, disposition, _), Some(before)) = (&ask, before)
        && *disposition != Disposition::Refuse
    {
        assert!(done.repeated, "document {n} twice");
        assert_eq!(done.records, before.records, "document {n}");
    }
    journal.acknowledged.extend(done.records.clone());
    if journal.chance.below(4) == 0 {
        journal.lost.push((ask, Some(done)));
    }
}

fn check(store: &Embedded, journal: &Journal, seed: u64) {
    let mut records = BTreeMap::new();
    let mut documents: BTreeMap<DocumentId, DocumentState> = BTreeMap::new();
    let mut recount = Recount::default();
    let mut requests = BTreeSet::new();
    let mut replayed = |record: &Recorded| {
        recount.take(record);
        if let Event::Offered(e) = &record.event
            && e.judged.disposition != Disposition::Refuse
        {
            assert!(requests.insert(e.request), "seed {seed}: sent twice");
        }
        if let Some(id) = record.event.document()
            && let Some(state) = fold(documents.remove(&id), record)
        {
            documents.insert(id, state);
        }
        records.insert(record.position, record.clone());
    };
    store.ledger.replay(Position::END, &mut replayed).unwrap();
    for record in &journal.acknowledged {
        assert_eq!(records.get(&record.position), Some(record), "seed {seed}");
    }
    let mut inboxes = [0, 0];
    for (id, state) in &documents {
        let stored = store.ledger.document(*id).unwrap();
        assert_eq!(stored.as_ref(), Some(state), "seed {seed}");
        whole(store, state, seed);
        for (open, delivery) in inboxes.iter_mut().zip(&state.deliveries) {
            *open += usize::from(delivery.listed.is_some());
        }
    }
    for (open, code) in inboxes.iter().zip(["H53.2", "H53.3"]) {
        let page = store.ledger.inbox(&unit(code), Position::START, 10_000);
        assert_eq!(page.unwrap().items.len(), *open, "seed {seed}");
    }
    for desk in Desk::ALL {
        let there = documents.values().filter(|state| state.is_on(*desk));
        let page = store.ledger.desk(*desk, Position::START, 10_000).unwrap();
        assert_eq!(page.items.len(), there.count(), "seed {seed}: {desk}");
    }
    for record in records.values() {
        if let Event::ReceiptSigned(e) = &record.event {
            assert_eq!(store.ledger.receipt(e.of).unwrap(), Some(e.receipt));
            assert!(store.vault.open(&e.receipt).unwrap().is_some());
        }
    }
    let counted = store.ledger.all_rates().unwrap().1;
    let different = differences(&counted, &recount.figures());
    assert_eq!(different, [], "seed {seed}");
    lists_are_what_the_log_counts(&*store.ledger, &format!("seed {seed}"));
    let times = records.values().map(|record| record.at);
    assert!(times.is_sorted(), "seed {seed}: event time went back");
}

/// The bodies are there, and a change of two events is there as a whole.
fn whole(store: &Embedded, state: &DocumentState, seed: u64) {
    for file in &state.offered.files {
        if state.is_erased(&file.digest) {
            assert!(
                store.vault.open(&file.digest).unwrap().is_none(),
                "seed {seed}"
            );
            continue;
        }
        let content = store.vault.open(&file.digest).unwrap();
        let content = content.unwrap_or_else(|| panic!("seed {seed}: no body"));
        assert_eq!(Digest::of(content.bytes()), file.digest, "seed {seed}");
    }
    let kinds: Vec<TimelineKind> = state.timeline.iter().map(|e| e.kind).collect();
    if state.offered.judged.disposition == Disposition::Accept && kinds.len() > 1 {
        let both = [TimelineKind::Arrived, TimelineKind::Arrived];
        assert_eq!(
            kinds.get(1..3),
            Some(&both[..]),
            "seed {seed}: half a change"
        );
    }
}
