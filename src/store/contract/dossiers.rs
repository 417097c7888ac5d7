//! Dossiers: numbered without gap or collision, found by number, request and place in the register, moved as they were
//! seen; and what was said with them goes when it is erased.

use super::super::embedded::disk_twin::Chance;
use super::super::embedded::{Embedded, OpenOptions, open};
use super::super::memory::MemoryStore;
use super::{Store, accept, ok};
use crate::clock::ManualClock;
use crate::dossier::life::{Command, DossierState, decide};
use crate::model::dossier::{
    DossierGround, DossierItem, DossierMove, DossierNumber, DossierProblem, DossierStatus,
    ProcedureCode, ProcedureRef,
};
use crate::model::event::{
    DossierEvent, DossierFile, DossierRef, DossierRegistered, ErasureCause, Event, PlainName,
    Presented,
};
use crate::model::{Digest, DocumentId, Position};
use crate::store::samples::{id, morning, receipt, unit};
use crate::store::{Change, CommitError, Kept, Ledger};
use bytes::Bytes;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

fn dossier(n: u64) -> DocumentId {
    id(2_000_000 + n)
}

/// A dossier of an agency with two bodies: words of its own, and a file that all of them share.
fn registered(store: &Store, n: u64, agency: &str) -> Change {
    let keep = |text: String| store.vault.keep_bytes(Bytes::from(text));
    let (words, file) = (keep(format!("lời {n}")), keep("tờ khai chung".to_owned()));
    let agency = unit(agency);
    let event = DossierRegistered {
        of: DossierRef {
            dossier: dossier(n),
            agency: agency.clone(),
            procedure: ProcedureRef {
                code: ProcedureCode::parse("1.001193").unwrap(),
                version: 1,
            },
        },
        number: DossierNumber::not_given(agency, morning().local_day()),
        request: Digest::of(&n.to_le_bytes()),
        content: Digest::of(&[n.to_le_bytes(), [7; 8]].concat()),
        status: DossierStatus::TakenIn,
        received: morning(),
        presented: Presented {
            words: words.digest(),
            files: vec![DossierFile {
                offered: 0,
                digest: file.digest(),
                size: file.size(),
            }],
        },
        items: Vec::new(),
        due: Some(morning().plus_secs(86_400)),
        rules: Digest::ZERO,
        note: None,
    };
    Change {
        subject: Some((dossier(n), Position::START)),
        bodies: vec![words, file],
        events: vec![Event::Dossier(Box::new(DossierEvent::Registered(event)))],
    }
}

fn known(store: &Store, n: u64) -> DossierState {
    store.ledger.dossier(dossier(n)).unwrap().unwrap()
}

fn moved(state: &DossierState, command: &Command, bodies: Vec<Kept>) -> Change {
    let event = decide(state, command).unwrap().unwrap();
    Change {
        subject: Some((state.dossier, state.version)),
        bodies,
        events: vec![event],
    }
}

fn plain(what: DossierMove) -> Command {
    Command::Move { what, note: None }
}

async fn written() {
    tokio::time::sleep(std::time::Duration::from_millis(12)).await;
}

fn places(store: &Store, agency: &str, after: Option<&DossierNumber>, most: usize) -> Vec<u32> {
    let page = store.ledger.dossiers(&unit(agency), after, most).unwrap();
    page.iter().map(|state| state.number.place).collect()
}

pub(super) async fn dossiers_are_numbered_without_gap_or_collision(store: Store) {
    assert_eq!(store.ledger.dossier(dossier(1)), Ok(None));
    for (n, agency) in [(1, "H53.2"), (2, "H53.2"), (3, "H53.3"), (4, "H53.2")] {
        ok(&store, registered(&store, n, agency)).await;
        if n == 2 {
            written().await;
        }
    }
    let numbers = [1, 2, 3, 4].map(|n| known(&store, n).number.to_string());
    assert_eq!(
        numbers.map(|number| number.rsplit_once('-').unwrap().1.to_owned()),
        ["0001", "0002", "0001", "0003"]
    );
    // What is refused gives no number away.
    let mut twice = registered(&store, 2, "H53.2");
    twice.events.truncate(1);
    let again = store.ledger.commit(twice).await.unwrap();
    assert!(again.repeated && again.records.is_empty());
    let mut other = registered(&store, 5, "H53.2");
    if let Event::Dossier(event) = &mut other.events[0]
        && let DossierEvent::Registered(e) = &mut **event
    {
        e.request = Digest::of(&2u64.to_le_bytes());
    }
    let reused = store.ledger.commit(other).await;
    assert_eq!(reused, Err(CommitError::KeyReused(dossier(2))));
    // A day begins with 0001.
    store.clock.set(morning().plus_secs(86_400));
    ok(&store, registered(&store, 6, "H53.2")).await;
    assert_eq!(places(&store, "H53.2", None, 10), [1, 2, 3, 1]);
    let second = known(&store, 2).number;
    assert_eq!(places(&store, "H53.2", Some(&second), 1), [3]);
    assert_eq!(places(&store, "H53.1", None, 10), [0u32; 0]);
    assert_eq!(store.ledger.dossier_numbered(&second), Ok(Some(dossier(2))));
    let request = Digest::of(&6u64.to_le_bytes());
    assert_eq!(store.ledger.dossier_request(&request), Ok(Some(dossier(6))));
}

pub(super) async fn simultaneous_dossiers_have_numbers_of_their_own(store: Store) {
    let changes = (0..32).map(|n| {
        let change = registered(&store, n, "H53.2");
        let ledger = store.ledger.clone();
        tokio::spawn(async move { ledger.commit(change).await })
    });
    let changes: Vec<_> = changes.collect();
    for change in changes {
        change.await.unwrap().unwrap();
    }
    let places: BTreeSet<u32> = (0..32).map(|n| known(&store, n).number.place).collect();
    assert_eq!(places, (1..=32).collect());
}

pub(super) async fn a_dossier_moves_as_it_was_seen(store: Store) {
    ok(&store, registered(&store, 1, "H53.2")).await;
    let seen = known(&store, 1);
    ok(
        &store,
        moved(&seen, &plain(DossierMove::Process), Vec::new()),
    )
    .await;
    let late = moved(&seen, &plain(DossierMove::AskFee), Vec::new());
    assert_eq!(store.ledger.commit(late).await, Err(CommitError::Stale));
    written().await;
    let state = known(&store, 1);
    assert_eq!(state.status, DossierStatus::InProcess);
    // What moves nothing that is there, or says nothing of what was seen, is not written.
    let mut nobody = moved(&state, &plain(DossierMove::Finish), Vec::new());
    nobody.subject = None;
    assert_eq!(store.ledger.commit(nobody).await, Err(CommitError::Stale));
    ok(
        &store,
        moved(&state, &plain(DossierMove::Finish), Vec::new()),
    )
    .await;
    let state = known(&store, 1);
    assert_eq!(
        (state.status, state.timeline.len()),
        (DossierStatus::Finished, 3)
    );
    // Its slips are stored like receipts.
    let of = state.version;
    ok(&store, receipt(&*store.vault, 2_000_001, of, "phiếu")).await;
    assert!(store.ledger.receipt(of).unwrap().is_some());
    accept(&store, 1).await;
}

pub(super) async fn what_was_said_with_a_dossier_is_erased(store: Store) {
    for n in [1, 2] {
        ok(&store, registered(&store, n, "H53.2")).await;
    }
    let bodies = |n| known(&store, n).bodies();
    let (first, second) = (bodies(1), bodies(2));
    let (words, shared) = (first[0], first[1]);
    assert_eq!(second[1], shared);
    let basis = store.vault.keep_bytes(Bytes::from_static(b"basis"));
    let erase = |n, basis: &Kept| {
        let command = Command::Erase {
            bodies: bodies(n),
            cause: ErasureCause::Order,
            basis: Some(basis.digest()),
            actor: None,
        };
        moved(&known(&store, n), &command, vec![basis.clone()])
    };
    ok(&store, erase(1, &basis)).await;
    store.vault.purge().await.unwrap();
    let there = |body: &Digest| store.vault.open(body).unwrap().is_some();
    // The other dossier has the same file, and keeps it; by what right it was done lasts.
    assert_eq!(
        [words, shared, second[0], basis.digest()].map(|body| there(&body)),
        [false, true, true, true]
    );
    assert!(known(&store, 1).is_erased(&shared));
    written().await;
    ok(&store, erase(2, &basis)).await;
    store.vault.purge().await.unwrap();
    assert!(!there(&shared));
    let state = known(&store, 1);
    assert_eq!(
        (state.status, state.erased.len()),
        (DossierStatus::TakenIn, 1)
    );
}

/// The same is asked of both stores, while the embedded one is dropped without a word, loses its index, and is opened
/// again: both give the same outcomes, the same numbers, and say the same.
#[tokio::test]
async fn both_stores_say_the_same_of_dossiers_on_any_seed() {
    let mut done = 0;
    for seed in 0..8 {
        done += lives(seed).await;
    }
    assert!(done > 300, "{done}");
}

fn reopened(data: &Path, clock: &Arc<ManualClock>) -> Embedded {
    let options = OpenOptions {
        checkpoint: std::time::Duration::from_millis(3),
        patience: std::time::Duration::from_secs(20),
        ..OpenOptions::default()
    };
    open(data, options, clock.clone()).unwrap()
}

fn any_command(chance: &mut Chance) -> Command {
    let moves = DossierMove::ALL;
    match chance.below(8) {
        0 => Command::Ask {
            items: vec![DossierItem {
                problem: DossierProblem::Missing,
                component: PlainName::parse("to-khai"),
                offered: None,
                fact: None,
                verdict: None,
                ground: DossierGround::PublishedList,
            }],
            ground: (chance.below(2) == 0).then_some(Digest([9; 32])),
            note: None,
        },
        1 => Command::Complete {
            received: morning(),
            presented: Presented {
                words: Digest([5; 32]),
                files: Vec::new(),
            },
            items: Vec::new(),
            due: morning().plus_secs(90_000),
            rules: Digest::ZERO,
            note: None,
        },
        2 => Command::Reschedule {
            due: morning().plus_secs(200_000),
            note: None,
        },
        _ => plain(moves[usize::try_from(chance.below(12)).unwrap()]),
    }
}

/// A change, and whether it is one of what was seen before the last move.
fn invented(store: &Store, chance: &mut Chance, next: &mut u64) -> Option<Change> {
    if *next == 0 || chance.below(3) == 0 {
        // Now and then one that is there already.
        *next += u64::from(chance.below(5) > 0 || *next == 0);
        let agency = ["H53.1", "H53.2", "H53.3"][usize::try_from(*next % 3).unwrap()];
        return Some(registered(store, *next, agency));
    }
    let state = known(store, 1 + chance.below(*next));
    let event = decide(&state, &any_command(chance)).ok()?.ok()?;
    let stale = u64::from(chance.below(6) == 0);
    Some(Change {
        subject: Some((state.dossier, Position(state.version.0 - stale))),
        bodies: Vec::new(),
        events: vec![event],
    })
}

async fn lives(seed: u64) -> usize {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(morning()));
    let memory = MemoryStore::new(clock.clone());
    let twin = Store {
        ledger: memory.clone(),
        vault: memory,
        clock: clock.clone(),
        _data: None,
    };
    let mut store = reopened(data.path(), &clock);
    let (mut chance, mut next, mut done) = (Chance::new(seed + 9_000), 0, 0);
    for step in 0..120 {
        if chance.below(20) == 0 {
            drop(store);
            if chance.below(2) == 0 {
                std::fs::remove_dir_all(data.path().join("index")).unwrap();
            }
            store = reopened(data.path(), &clock);
            alike(&*twin.ledger, &*store.ledger, seed);
        }
        if chance.below(25) == 0 {
            clock.set(morning().plus_secs(i64::from(step) * 3_600));
        }
        let Some(change) = invented(&twin, &mut chance, &mut next) else {
            continue;
        };
        let again = Change {
            subject: change.subject,
            bodies: change.bodies.clone(),
            events: change.events.clone(),
        };
        let one = twin.ledger.commit(change).await;
        let two = store.ledger.commit(again).await;
        assert_eq!(one, two, "seed {seed}");
        done += usize::from(one.is_ok_and(|done| !done.repeated));
    }
    alike(&*twin.ledger, &*store.ledger, seed);
    done
}

fn alike(one: &dyn Ledger, two: &dyn Ledger, seed: u64) {
    let ids = |ledger: &dyn Ledger| ledger.dossiers_from(None, 1_000).unwrap();
    assert_eq!(ids(one), ids(two), "seed {seed}");
    for code in ["H53.1", "H53.2", "H53.3"] {
        let of = |ledger: &dyn Ledger| ledger.dossiers(&unit(code), None, 1_000).unwrap();
        let all = of(one);
        assert_eq!(all, of(two), "seed {seed}");
        // No gap within a day.
        let mut last: Option<&DossierNumber> = None;
        for state in &all {
            let same = last.filter(|last| last.day == state.number.day);
            let expected = same.map_or(1, |last| last.place + 1);
            assert_eq!(state.number.place, expected, "seed {seed}");
            last = Some(&state.number);
            let found = |ledger: &dyn Ledger| ledger.dossier_numbered(&state.number);
            assert_eq!(found(one), found(two), "seed {seed}");
            let found = |ledger: &dyn Ledger| ledger.dossier_request(&state.request);
            assert_eq!(found(one), found(two), "seed {seed}");
        }
    }
}
