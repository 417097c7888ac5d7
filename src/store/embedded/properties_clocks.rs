//! Clocks that run out, on the disk twin: documents come, are fetched and sent again while the clock jumps on
//! and back and the disk dies at any step. Whatever happens, a wait ends once, never before its time, and in
//! the end nothing is left beyond its clock.

use super::Embedded;
use super::disk_twin::{Chance, Fault, TwinDisk};
use super::faults::on_at;
use crate::clock::{Clock, ManualClock};
use crate::model::event::{Event, Expired, Recorded, Way};
use crate::model::{Disposition, DocumentId, Position, Timestamp, UnitCode, Urgency};
use crate::rates::recount::{Recount, differences};
use crate::relay::decide::{DeadLetter, Withdrawal};
use crate::relay::{Clocks, Command, Delivery, Desk, Waits};
use crate::store::samples::{body, change, command, due, id, morning, offered, rejudged, unit};
use crate::store::{Change, CommitError, Readiness};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Seeds that are always run; one that ever failed is added here.
const SEEDS: std::ops::Range<u64> = 0..20;
const LIVES: u64 = 4;
const CLOCKS: Clocks = Clocks::BRIEF;

struct Life {
    clock: Arc<ManualClock>,
    chance: Chance,
    documents: u64,
    ended: usize,
    /// Ends that a clock which was set back meanwhile put off.
    early: usize,
}

#[test]
fn every_wait_ends_once_and_in_time_on_any_seed() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (mut ended, mut early, mut deaths) = (0, 0, 0);
    for seed in SEEDS {
        let (of_seed, put_off, died) = runtime.block_on(lives(seed));
        ended += of_seed;
        early += put_off;
        deaths += died;
    }
    assert!(ended > 100, "{ended} waits ended");
    assert!(early > 10, "{early} ends were put off");
    assert!(deaths > 10, "{deaths} deaths met an end on its way");
}

/// How many waits ended, how many ends were put off, and how many got no answer.
async fn lives(seed: u64) -> (usize, usize, usize) {
    let data = tempfile::tempdir().unwrap();
    let mut disk = TwinDisk::new(seed);
    let mut life = Life {
        clock: Arc::new(ManualClock::new(morning())),
        chance: Chance::new(seed + 7000),
        documents: 0,
        ended: 0,
        early: 0,
    };
    let mut unanswered = 0;
    for _ in 0..LIVES {
        let opened = on_at(data.path(), &disk, Arc::clone(&life.clock));
        let store = opened.unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        check(&store, seed);
        disk.plan(20 + life.chance.below(200), Fault::Death);
        while store.ledger.readiness() == Readiness::Ready {
            unanswered += step(&store, &mut life).await;
        }
        drop(store);
        disk = disk.restart();
    }
    let opened = on_at(data.path(), &disk, Arc::clone(&life.clock));
    let store = opened.unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    // Long after: whatever still waits has run out, whichever way the clock went before.
    life.clock.set(morning().plus_secs(10 * 24 * 3600));
    round(&store, &mut life).await;
    assert_eq!(check(&store, seed), 0, "seed {seed}: left beyond its clock");
    assert!(life.ended > 0, "seed {seed}");
    (life.ended, life.early, unanswered)
}

async fn step(store: &Embedded, life: &mut Life) -> usize {
    match life.chance.below(8) {
        0 | 1 => {
            let change = offer(store, life);
            let _ = store.ledger.commit(change).await;
            0
        }
        2 => {
            let on = i64::try_from(life.chance.below(900)).unwrap();
            life.clock.set(life.clock.now().plus_secs(on));
            0
        }
        3 => {
            // Up to 200 s are believed; beyond five minutes nothing is committed, and nothing may be lost.
            let back = [20, 200, 4000][usize::try_from(life.chance.below(3)).unwrap()];
            let now = life.clock.now();
            life.clock.set(now.plus_secs(-back));
            let unanswered = round(store, life).await;
            life.clock.set(now);
            unanswered
        }
        4 | 5 => round(store, life).await,
        _ => {
            if let Some(change) = invent(store, life) {
                let _ = store.ledger.commit(change).await;
            }
            0
        }
    }
}

fn offer(store: &Embedded, life: &mut Life) -> Change {
    life.documents += 1;
    let body = body(&*store.vault, life.documents, 900);
    let disposition = match life.chance.below(4) {
        0 => Disposition::Hold,
        _ => Disposition::Accept,
    };
    let mut event = offered(life.documents, disposition, &body);
    let urgency = usize::try_from(life.chance.below(5)).unwrap();
    event.urgency = Urgency::ALL[urgency];
    change(event, body)
}

fn invent(store: &Embedded, life: &mut Life) -> Option<Change> {
    let n = 1 + life.chance.below(life.documents.max(1));
    let state = store.ledger.document(id(n)).ok().flatten()?;
    if state.judged.disposition == Disposition::Hold {
        return Some(rejudged(n, state.version, Disposition::Accept));
    }
    let recipient = unit(["H53.2", "H53.3"][usize::from(life.chance.below(2) == 0)]);
    let letter = DeadLetter {
        recipient: recipient.clone(),
        actor: None,
        note: None,
    };
    let what = match life.chance.below(5) {
        0 => Command::Fetched {
            recipient,
            due: due(),
            way: Way::Pull,
        },
        1 => Command::TakeBack(Withdrawal {
            recipients: vec![recipient],
            due: None,
            note: None,
        }),
        2 => Command::GiveUp(letter),
        _ => Command::Replay(letter),
    };
    command(&*store.ledger, n, &what)
}

/// Ends what has run out, page by page; how many ends got no answer. Between the look and the commit the clock may be
/// set back, by less than what is believed.
async fn round(store: &Embedded, life: &mut Life) -> usize {
    let (mut after, mut unanswered) = (Position::START, 0);
    let now = life.clock.now();
    loop {
        let Ok(page) = store.ledger.desk(Desk::Waiting, after, 5) else {
            return unanswered;
        };
        for (_, document) in &page.items {
            for (what, ends) in over(store, *document, now) {
                let n = (1..=life.documents).find(|n| id(*n) == *document).unwrap();
                let Some(change) = command(&*store.ledger, n, &what) else {
                    continue;
                };
                let back = [0, 0, 2, 250][usize::try_from(life.chance.below(4)).unwrap()];
                life.clock.set(now.plus_secs(-back));
                match store.ledger.commit_from(change, ends).await {
                    Ok(_) => life.ended += 1,
                    Err(CommitError::Unknown) => unanswered += 1,
                    Err(CommitError::Early { earliest, now }) => {
                        assert!(now < earliest && earliest == ends);
                        life.early += 1;
                    }
                    Err(_) => {}
                }
                life.clock.set(now);
            }
        }
        let Some(next) = page.next else {
            return unanswered;
        };
        after = next;
    }
}

fn over(store: &Embedded, document: DocumentId, now: Timestamp) -> Vec<(Command, Timestamp)> {
    let Ok(Some(state)) = store.ledger.document(document) else {
        return Vec::new();
    };
    let urgency = state.offered.urgency;
    let expire = |delivery: &Delivery| {
        let running = CLOCKS.of(delivery, urgency, Waits::ToBeFetched)?;
        let command = || Command::Expire {
            recipient: delivery.recipient.clone(),
            cause: running.cause,
            clock: running.clock,
            since: delivery.since,
        };
        (running.ends <= now).then(|| (command(), running.ends))
    };
    state.deliveries.iter().filter_map(expire).collect()
}

/// Follows every wait through the log, apart from the code that folds it; how many are open.
fn check(store: &Embedded, seed: u64) -> usize {
    let mut waits: BTreeMap<(DocumentId, UnitCode), Timestamp> = BTreeMap::new();
    let mut urgencies = BTreeMap::new();
    let mut recount = Recount::default();
    let mut follow = |record: &Recorded| {
        recount.take(record);
        let mut wait = |document, recipients: &[UnitCode]| {
            for unit in recipients {
                let before = waits.insert((document, unit.clone()), record.at);
                assert_eq!(before, None, "seed {seed}: waits twice");
            }
        };
        let mut over = None;
        match &record.event {
            Event::Offered(e) => {
                urgencies.insert(e.document, e.urgency);
                if e.judged.disposition.relays() {
                    wait(e.document, &e.recipients);
                }
            }
            Event::Rejudged(e) => wait(e.document, &e.recipients),
            Event::Replayed(e) => wait(e.document, std::slice::from_ref(&e.recipient)),
            Event::Arrived(e) => over = Some((e.document, e.recipient.clone(), None)),
            Event::TakenBack(e) => {
                // A dead letter that is taken back does not wait any more.
                waits.remove(&(e.document, e.recipient.clone()));
            }
            Event::Expired(e) => over = Some((e.document, e.recipient.clone(), Some(e.clone()))),
            _ => {}
        }
        if let Some((document, unit, expired)) = over {
            let since = waits.remove(&(document, unit));
            let since = since.unwrap_or_else(|| panic!("seed {seed}: it did not wait"));
            if let Some(e) = expired {
                in_time(&e, since, urgencies[&document], record.at);
            }
        }
    };
    store.ledger.replay(Position::END, &mut follow).unwrap();
    let counted = store.ledger.all_rates().unwrap().1;
    assert_eq!(differences(&counted, &recount.figures()), [], "seed {seed}");
    waits.len()
}

fn in_time(e: &Expired, since: Timestamp, urgency: Urgency, at: Timestamp) {
    assert_eq!(e.since, since, "the clock of another wait");
    let term = match urgency {
        Urgency::Normal => 7200,
        Urgency::Urgent | Urgency::VeryUrgent => 1800,
        Urgency::Flash | Urgency::FlashTimed => 600,
    };
    assert!(at >= since.plus_secs(term), "{urgency}: before its time");
}
