//! Dossiers: numbered without gap or collision, found by number, request and place in the register, moved as they were
//! seen; and what was said with them goes when it is erased.

use super::{Store, accept, ok};
use crate::dossier::life::{Command, DossierState, decide};
use crate::model::dossier::{
    DossierMove, DossierNumber, DossierStatus, ProcedureCode, ProcedureRef,
};
use crate::model::event::{
    DossierEvent, DossierFile, DossierRef, DossierRegistered, ErasureCause, Event, Presented,
};
use crate::model::{Digest, DocumentId, Position};
use crate::store::samples::{id, morning, receipt, unit};
use crate::store::{Change, CommitError, Kept};
use bytes::Bytes;
use std::collections::BTreeSet;

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
