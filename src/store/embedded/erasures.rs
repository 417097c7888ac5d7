//! Erasure on the medium: a crash at every step between the event and the hole, an index that is made anew, and
//! bytes that are looked for on the disk.

use super::disk_twin::{Fault, TwinDisk};
use super::faults::{on, options};
use super::{Embedded, OpenOptions, open};
use crate::clock::ManualClock;
use crate::model::event::ErasureCause;
use crate::model::{Digest, Disposition, Position};
use crate::rates::recount::{Recount, differences};
use crate::relay::Command;
use crate::store::samples::{act, body, change, id, morning, offered};
use crate::store::{Kept, Readiness, Vault};
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;

fn erase(bodies: Vec<Digest>) -> Command {
    Command::Erase {
        bodies,
        cause: ErasureCause::Order,
        basis: Some(Digest::of(b"basis")),
        actor: None,
    }
}

async fn sent(store: &Embedded, n: u64, kept: Kept) -> Digest {
    let event = offered(n, Disposition::Accept, &kept);
    let digest = kept.digest();
    store.ledger.commit(change(event, kept)).await.unwrap();
    digest
}

/// Text that nothing else of the store says.
fn marked(len: usize) -> (Bytes, &'static [u8]) {
    const MARK: &[u8] = b"the marked words of an erased file";
    let text = MARK.repeat(len / MARK.len() + 1);
    (Bytes::from(text), MARK)
}

/// The log is whole, the chain holds, and what is counted is what a recount finds.
fn sound(store: &Embedded) {
    let mut recount = Recount::default();
    let mut each = |record: &_| recount.take(record);
    store.ledger.replay(Position::END, &mut each).unwrap();
    let counted = store.ledger.all_rates().unwrap().1;
    assert_eq!(differences(&counted, &recount.figures()), []);
}

fn opens(store: &Embedded, digest: &Digest) -> bool {
    store.vault.open(digest).unwrap().is_some()
}

/// One life: documents with small and large bodies, one of each erased, death at the `step`th step of the purge.
/// Gives whether the purge came to its end.
async fn dies(step: u64, lost: Option<&str>) -> bool {
    let (data, disk) = (tempfile::tempdir().unwrap(), TwinDisk::new(step + 50));
    let store = on(data.path(), &disk).unwrap();
    let mut gone = Vec::new();
    for (n, len) in [(1, 900), (3, 9_000), (5, 70_000), (7, 70_001)] {
        let (bytes, _) = marked(len);
        gone.push((n, sent(&store, n, store.vault.keep_bytes(bytes)).await));
    }
    let mut stays = Vec::new();
    for (n, len) in [(2, 900), (4, 70_000), (6, 80_000), (8, 90_000)] {
        stays.push(sent(&store, n, body(&*store.vault, n, len)).await);
    }
    for (n, digest) in &gone {
        act(&*store.ledger, *n, &erase(vec![*digest])).await;
    }
    disk.plan(step, Fault::Death);
    let ended = store.vault.purge().await.is_ok();
    drop(store);
    let disk = disk.restart();
    if let Some(lost) = lost {
        std::fs::remove_dir_all(data.path().join(lost)).unwrap();
    }
    let store = on(data.path(), &disk).unwrap_or_else(|e| panic!("step {step}: {e}"));
    assert_eq!(store.ledger.readiness(), Readiness::Ready);
    let (_, mark) = marked(1);
    for (n, digest) in &gone {
        assert!(!opens(&store, digest), "step {step}");
        let state = store.ledger.document(id(*n)).unwrap().unwrap();
        assert!(state.is_erased(digest), "step {step}");
    }
    store.vault.purge().await.unwrap();
    let left = disk.holding(mark);
    assert!(left.is_empty(), "step {step}: {left:?}");
    assert!(
        stays.iter().all(|digest| opens(&store, digest)),
        "step {step}"
    );
    sound(&store);
    // Nothing that is written later gets into the way of what was there.
    for n in 11..=13 {
        let kept = body(&*store.vault, n, 75_000);
        let digest = sent(&store, n, kept).await;
        assert!(opens(&store, &digest));
    }
    store.ledger.close().await;
    drop(store);
    let store = on(data.path(), &disk.restart()).unwrap();
    assert!(
        stays.iter().all(|digest| opens(&store, digest)),
        "step {step}"
    );
    sound(&store);
    ended
}

#[tokio::test]
async fn a_death_at_any_step_of_a_purge_is_made_good() {
    for lost in [None, Some("index")] {
        let mut step = 1;
        while !dies(step, lost).await {
            step += 1;
            assert!(step < 100, "no end");
        }
        assert!(step > 6, "only {step} steps were tried");
    }
}

#[tokio::test]
async fn a_segment_goes_when_nobody_has_a_right_in_it() {
    let (data, disk) = (tempfile::tempdir().unwrap(), TwinDisk::new(7));
    let store = on(data.path(), &disk).unwrap();
    let mut all = Vec::new();
    // Each fills a segment.
    for n in 1..=5 {
        all.push(sent(&store, n, body(&*store.vault, n, 70_000)).await);
    }
    let segments = || {
        let segments = super::bodies::segments(&disk, data.path()).unwrap();
        segments.len()
    };
    assert_eq!(segments(), 5);
    for n in [2u64, 3] {
        let digest = all[usize::try_from(n).unwrap() - 1];
        act(&*store.ledger, n, &erase(vec![digest])).await;
    }
    assert_eq!(store.vault.purge().await.unwrap().segments, 2);
    assert_eq!(segments(), 3);
    // The one that is being filled stays, whatever is in it.
    act(&*store.ledger, 5, &erase(vec![all[4]])).await;
    assert_eq!(store.vault.purge().await.unwrap().segments, 0);
    sent(&store, 6, body(&*store.vault, 6, 70_000)).await;
    assert_eq!(store.vault.purge().await.unwrap().segments, 1);
    assert!(opens(&store, &all[0]) && opens(&store, &all[3]));
    store.ledger.close().await;
    drop(store);
    // No number is given twice.
    let store = on(data.path(), &disk.restart()).unwrap();
    let digest = sent(&store, 7, body(&*store.vault, 7, 70_000)).await;
    assert!(opens(&store, &digest) && opens(&store, &all[0]));
    sound(&store);
}

fn real(data: &Path) -> Embedded {
    let small = OpenOptions {
        staged_memory_bytes: 200_000,
        ..options()
    };
    open(data, small, Arc::new(ManualClock::new(morning()))).unwrap()
}

async fn staged(vault: &dyn Vault, bytes: &Bytes) -> Kept {
    let mut stage = vault.stage(4_000_000).unwrap();
    for chunk in bytes.chunks(60_000) {
        let chunk = Bytes::copy_from_slice(chunk);
        stage.write(chunk).await.unwrap();
    }
    vault.keep(&stage.finish().await.unwrap()).await.unwrap()
}

/// Files below `dir` that hold `needle`.
fn holding(dir: &Path, needle: &[u8]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, needle));
        } else if memchr::memmem::find(&std::fs::read(&path).unwrap(), needle).is_some() {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn the_bytes_are_nowhere_on_the_disk() {
    let data = tempfile::tempdir().unwrap();
    let store = real(data.path());
    let mut all = Vec::new();
    for (n, len) in [(1, 900), (2, 70_000), (3, 3_000_000)] {
        let (bytes, mark) = marked(len);
        let kept = staged(&*store.vault, &bytes).await;
        all.push((n, sent(&store, n, kept).await));
        assert!(!holding(data.path(), mark).is_empty(), "{len}");
    }
    for (n, digest) in &all {
        act(&*store.ledger, *n, &erase(vec![*digest])).await;
    }
    let purged = store.vault.purge().await.unwrap();
    assert_eq!((purged.bodies, purged.waiting), (3, 0));
    let (_, mark) = marked(1);
    let none: [std::path::PathBuf; 0] = [];
    assert_eq!(holding(data.path(), mark), none);
    sound(&store);
    store.ledger.close().await;
    assert_eq!(holding(data.path(), mark), none);
    drop(store);
    let store = real(data.path());
    assert!(all.iter().all(|(_, digest)| !opens(&store, digest)));
}

/// The evidence of a document may be a file of its own: erased, also by an index that is made anew, it is evidence still.
#[tokio::test]
async fn evidence_that_is_a_file_too_outlives_the_file() {
    let (data, disk) = (tempfile::tempdir().unwrap(), TwinDisk::new(11));
    let store = on(data.path(), &disk).unwrap();
    let mut all = Vec::new();
    for (n, len) in [(1, 900), (2, 70_000), (3, 150_000)] {
        let bytes = Bytes::from(vec![7; len]);
        let file = staged(&*store.vault, &bytes).await;
        let list = staged(&*store.vault, &bytes).await.lasting();
        let mut both = change(offered(n, Disposition::Accept, &file), file.clone());
        both.bodies.push(list);
        store.ledger.commit(both).await.unwrap();
        act(&*store.ledger, n, &erase(vec![file.digest()])).await;
        store.vault.purge().await.unwrap();
        all.push(file.digest());
    }
    let lasts = |store: &Embedded, digest: &Digest| {
        let content = store.vault.open(digest).unwrap();
        let whole = content.is_some_and(|c| Digest::of(c.bytes()) == *digest);
        whole && store.vault.lasts(digest).unwrap()
    };
    assert!(all.iter().all(|digest| lasts(&store, digest)));
    store.ledger.close().await;
    drop(store);
    std::fs::remove_dir_all(data.path().join("index")).unwrap();
    let store = on(data.path(), &disk.restart()).unwrap();
    assert_eq!(store.ledger.readiness(), Readiness::Ready);
    store.vault.purge().await.unwrap();
    assert!(all.iter().all(|digest| lasts(&store, digest)));
}

#[tokio::test]
async fn a_file_that_is_being_sent_again_is_not_removed_under_its_sender() {
    let data = tempfile::tempdir().unwrap();
    let store = real(data.path());
    let (bytes, mark) = marked(3_000_000);
    let digest = sent(&store, 1, staged(&*store.vault, &bytes).await).await;
    let pinned = staged(&*store.vault, &bytes).await;
    act(&*store.ledger, 1, &erase(vec![digest])).await;
    assert_eq!(store.vault.purge().await.unwrap().waiting, 1);
    sent(&store, 2, pinned).await;
    store.vault.purge().await.unwrap();
    assert!(opens(&store, &digest));
    // One that is given up takes nothing from the erasure.
    let given_up = staged(&*store.vault, &bytes).await;
    act(&*store.ledger, 2, &erase(vec![digest])).await;
    assert_eq!(store.vault.purge().await.unwrap().waiting, 1);
    drop(given_up);
    let purged = store.vault.purge().await.unwrap();
    assert_eq!((purged.bodies, purged.waiting), (1, 0));
    assert!(!opens(&store, &digest));
    assert!(holding(data.path(), mark).is_empty());
}

#[tokio::test]
async fn what_other_places_of_a_body_held_goes_with_it() {
    let data = tempfile::tempdir().unwrap();
    let store = real(data.path());
    let (bytes, mark) = marked(150_000);
    // Once from memory into a segment, once through the staging area into a file.
    let in_memory = store.vault.keep_bytes(bytes.clone());
    let digest = sent(&store, 1, in_memory).await;
    let hog = store.vault.stage(190_000).unwrap();
    let mut hog = hog;
    hog.write(Bytes::from(vec![0; 190_000])).await.unwrap();
    let in_file = staged(&*store.vault, &bytes).await;
    sent(&store, 2, in_file).await;
    drop(hog);
    assert_eq!(holding(data.path(), mark).len(), 2);
    act(&*store.ledger, 1, &erase(vec![digest])).await;
    store.vault.purge().await.unwrap();
    assert!(opens(&store, &digest));
    act(&*store.ledger, 2, &erase(vec![digest])).await;
    store.vault.purge().await.unwrap();
    assert!(holding(data.path(), mark).is_empty());
}
