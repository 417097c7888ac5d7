//! Erasure: who has a right to a body, and when its bytes go.

use super::super::samples::{act, answered, arrived, change, id, morning, offered, receipt};
use super::{Store, ok};
use crate::model::event::ErasureCause;
use crate::model::{Digest, Disposition, Position, Status, Timestamp};
use crate::relay::{Command, TimelineKind};
use crate::store::{Change, Kept, Purged, Staged};
use bytes::Bytes;
use std::time::Duration;

/// Inline, in a body segment, and in a file of its own.
const LENGTHS: [usize; 4] = [10, 900, 70_000, 3_000_000];

async fn staged(store: &Store, bytes: &[u8]) -> Staged {
    let mut stage = store.vault.stage(4_000_000).unwrap();
    for chunk in bytes.chunks(60_000) {
        stage.write(Bytes::copy_from_slice(chunk)).await.unwrap();
    }
    stage.finish().await.unwrap()
}

/// An accepted document with one file.
async fn sent(store: &Store, n: u64, bytes: &[u8]) -> Kept {
    let kept = store.vault.keep(&staged(store, bytes).await).await.unwrap();
    let event = offered(n, Disposition::Accept, &kept);
    ok(store, change(event, kept.clone())).await;
    kept
}

async fn erased(store: &Store, n: u64, body: Digest) -> Purged {
    let command = Command::Erase {
        bodies: vec![body],
        cause: ErasureCause::Order,
        basis: Some(Digest::of(b"basis")),
        actor: None,
    };
    act(&*store.ledger, n, &command).await;
    store.vault.purge().await.unwrap()
}

fn is_there(store: &Store, body: &Kept) -> bool {
    let content = store.vault.open(&body.digest()).unwrap();
    let right = |c: &crate::format::content::SharedContent| Digest::of(c.bytes()) == body.digest();
    assert!(content.as_ref().is_none_or(right), "other bytes");
    content.is_some()
}

pub(super) async fn what_is_erased_is_gone_and_may_come_again(store: Store) {
    for (n, len) in (1..).zip(LENGTHS) {
        let bytes = vec![b'e'; len];
        let kept = sent(&store, n, &bytes).await;
        let neighbour = sent(&store, n + 100, &vec![b'n'; len]).await;
        assert!(is_there(&store, &kept));
        erased(&store, n, kept.digest()).await;
        assert!(!is_there(&store, &kept), "{len}");
        assert!(is_there(&store, &neighbour), "{len}");
        // Rows that were written out meanwhile say the same.
        tokio::time::sleep(Duration::from_millis(8)).await;
        assert!(!is_there(&store, &kept), "{len}");
        assert_eq!(store.vault.purge().await.unwrap().bodies, 0, "once");
        let state = store.ledger.document(id(n)).unwrap().unwrap();
        assert!(state.is_erased(&kept.digest()));
        assert_eq!(state.timeline.last().unwrap().kind, TimelineKind::Erased);
        let again = sent(&store, n + 200, &bytes).await;
        assert!(is_there(&store, &again), "{len}");
        store.vault.purge().await.unwrap();
        assert!(is_there(&store, &again), "{len}");
    }
}

pub(super) async fn a_shared_body_goes_with_its_last_document(store: Store) {
    for (n, len) in (1..).zip(LENGTHS) {
        let bytes = vec![b's'; len];
        let kept = sent(&store, n, &bytes).await;
        sent(&store, n + 100, &bytes).await;
        sent(&store, n + 200, &bytes).await;
        for (of, left) in [(n, true), (n + 200, true), (n + 100, false)] {
            erased(&store, of, kept.digest()).await;
            assert_eq!(is_there(&store, &kept), left, "{len}, {of}");
        }
    }
}

pub(super) async fn what_lasts_is_taken_by_no_erasure(store: Store) {
    // A receipt that somebody sends on as a file, before or after it was stored.
    let first = sent(&store, 1, b"receipt one").await;
    let signed = receipt(&*store.vault, 1, Position(1), "receipt one");
    ok(&store, signed).await;
    let signed = receipt(&*store.vault, 1, Position(2), "receipt two");
    ok(&store, signed).await;
    let second = sent(&store, 2, b"receipt two").await;
    // The same for evidence, which only a report names: it is carried by the change of another document.
    let list = store.vault.keep_bytes(Bytes::from(vec![7; 70_000]));
    let third = sent(&store, 3, &vec![7; 70_000]).await;
    assert!(!store.vault.lasts(&list.digest()).unwrap());
    let file = store.vault.keep_bytes(Bytes::from_static(b"a file"));
    let event = offered(4, Disposition::Accept, &file);
    let with_list = Change {
        bodies: vec![file, list.clone()],
        ..change(event, list)
    };
    ok(&store, with_list).await;
    let (fourth, fifth) = evidence_that_is_content(&store).await;
    for (n, body) in [(1, first), (2, second), (3, third), (5, fourth), (6, fifth)] {
        erased(&store, n, body.digest()).await;
        assert!(is_there(&store, &body), "{n}");
        assert!(store.vault.lasts(&body.digest()).unwrap(), "{n}");
    }
}

/// The evidence of a document is a file of its own, or of one that is taken in with it. Gives both bodies.
async fn evidence_that_is_content(store: &Store) -> (Kept, Kept) {
    let mut all = Vec::new();
    for (n, fill) in [(5, 5_u8), (6, 6)] {
        let bytes = Bytes::from(vec![fill; 70_000]);
        let file = store.vault.keep_bytes(bytes.clone());
        let list = store.vault.keep_bytes(bytes).lasting();
        let own = offered(n, Disposition::Accept, &file);
        let own = change(own, file.clone());
        if n == 5 {
            let mut own = own;
            own.bodies.push(list);
            ok(store, own).await;
        } else {
            let other = store
                .vault
                .keep_bytes(Bytes::from_static(b"a file of another"));
            let event = offered(n + 1, Disposition::Accept, &other);
            let other = Change {
                bodies: vec![other.clone(), list],
                ..change(event, other)
            };
            let (one, two) = tokio::join!(store.ledger.commit(own), store.ledger.commit(other));
            assert!(one.is_ok() && two.is_ok());
        }
        all.push(file);
    }
    let fifth = all.pop().unwrap();
    (all.pop().unwrap(), fifth)
}

pub(super) async fn the_words_of_a_move_are_content_too(store: Store) {
    sent(&store, 1, b"a file").await;
    ok(&store, arrived(1, Position(1), "H53.2")).await;
    let words = store.vault.keep_bytes(Bytes::from_static(b"why not"));
    let mut answer = answered(1, Position(2), "H53.2", Status::Refused, morning());
    let crate::model::Event::Answered(e) = &mut answer.events[0] else {
        panic!("not an answer");
    };
    e.note = Some(words.digest());
    answer.bodies.push(words.clone());
    ok(&store, answer).await;
    assert!(is_there(&store, &words));
    erased(&store, 1, words.digest()).await;
    assert!(!is_there(&store, &words));
}

pub(super) async fn documents_are_listed_as_they_were_taken_in(store: Store) {
    assert_eq!(store.ledger.last_at().unwrap(), Timestamp::default());
    let mut all = Vec::new();
    for n in 1..=9 {
        sent(&store, n, format!("file {n}").as_bytes()).await;
        all.push(id(n));
        if n % 3 == 0 {
            tokio::time::sleep(Duration::from_millis(8)).await;
        }
    }
    let mut found = Vec::new();
    loop {
        let page = store.ledger.documents(found.last().copied(), 2).unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    assert_eq!(found, all);
    assert_eq!(store.ledger.last_at().unwrap(), morning());
    assert_eq!(id(1).begun(), morning());
}
