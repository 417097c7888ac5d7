//! Failing media, damage, and lost projections, one case each.

use super::disk_twin::{Fault, TwinDisk};
use super::{Embedded, OpenError, OpenOptions, open, open_on};
use crate::clock::ManualClock;
use crate::model::{Digest, Disposition, Position};
use crate::rates::recount::{Recount, differences};
use crate::store::samples::{body, change, id, morning, offer, offered, receipt, unit};
use crate::store::{CommitError, Readiness};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(super) fn options() -> OpenOptions {
    OpenOptions {
        segment_bytes: 8_000,
        index_cache_bytes: 1024 * 1024,
        checkpoint: Duration::from_millis(3),
        patience: Duration::from_secs(20),
        ..OpenOptions::default()
    }
}

pub(super) fn on(data: &Path, disk: &TwinDisk) -> Result<Embedded, OpenError> {
    on_at(data, disk, Arc::new(ManualClock::new(morning())))
}

pub(super) fn on_at(
    data: &Path,
    disk: &TwinDisk,
    clock: Arc<ManualClock>,
) -> Result<Embedded, OpenError> {
    open_on(data, options(), clock, Arc::new(disk.clone()))
}

fn real(data: &Path) -> Result<Embedded, OpenError> {
    open(data, options(), Arc::new(ManualClock::new(morning())))
}

async fn accept(store: &Embedded, n: u64) -> Result<Position, CommitError> {
    let change = offer(&*store.vault, n, Disposition::Accept);
    let done = store.ledger.commit(change).await?;
    Ok(done.records[0].position)
}

fn counted_as_recounted(store: &Embedded) {
    let mut recount = Recount::default();
    store
        .ledger
        .replay(Position::END, &mut |r| recount.take(r))
        .unwrap();
    let counted = store.ledger.all_rates().unwrap().1;
    assert_eq!(differences(&counted, &recount.figures()), []);
}

#[tokio::test]
async fn a_failed_sync_ends_the_store_and_loses_nothing_acknowledged() {
    let (data, disk) = (tempfile::tempdir().unwrap(), TwinDisk::new(1));
    let store = on(data.path(), &disk).unwrap();
    accept(&store, 1).await.unwrap();
    // The append is the next step, its sync the one after.
    disk.plan(2, Fault::SyncError);
    assert_eq!(accept(&store, 2).await, Err(CommitError::Unknown));
    assert!(matches!(store.ledger.readiness(), Readiness::Failed(_)));
    let later = accept(&store, 3).await;
    assert!(matches!(later, Err(CommitError::Unavailable(_))));
    assert!(store.ledger.document(id(1)).unwrap().is_some());
    drop(store);
    let store = on(data.path(), &disk.restart()).unwrap();
    assert!(store.ledger.document(id(1)).unwrap().is_some());
    assert!(store.ledger.document(id(2)).unwrap().is_none());
    accept(&store, 2).await.unwrap();
    counted_as_recounted(&store);
}

#[tokio::test]
async fn a_full_disk_is_said_and_passes() {
    let (data, disk) = (tempfile::tempdir().unwrap(), TwinDisk::new(2));
    let store = on(data.path(), &disk).unwrap();
    accept(&store, 1).await.unwrap();
    disk.space(Some(700));
    assert_eq!(accept(&store, 2).await, Err(CommitError::Full));
    // A large body meets the same end in its own segment.
    let large = body(&*store.vault, 3, 100_000);
    let event = offered(3, Disposition::Accept, &large);
    let refused = store.ledger.commit(change(event, large)).await;
    assert_eq!(refused, Err(CommitError::Full));
    assert_eq!(store.ledger.readiness(), Readiness::Ready);
    assert!(store.ledger.document(id(1)).unwrap().is_some());
    // What is small enough still goes in.
    let signed = receipt(&*store.vault, 1, Position(1), "signed");
    store.ledger.commit(signed).await.unwrap();
    disk.space(None);
    assert_eq!(accept(&store, 2).await, Ok(Position(3)));
    counted_as_recounted(&store);
    drop(store);
    let store = on(data.path(), &disk.restart()).unwrap();
    assert!(store.ledger.document(id(2)).unwrap().is_some());
    assert_eq!(accept(&store, 3).await, Ok(Position(4)));
}

#[tokio::test]
async fn damage_inside_the_log_refuses_start() {
    let (data, disk) = (tempfile::tempdir().unwrap(), TwinDisk::new(3));
    let store = on(data.path(), &disk).unwrap();
    for n in 1..=3 {
        accept(&store, n).await.unwrap();
    }
    store.ledger.close().await;
    drop(store);
    let log = data.path().join("log/00000001.log");
    let before = disk.bytes(&log);
    // Inside the records of the first group.
    disk.harm(&log, |bytes| bytes[200] ^= 1);
    let refused = on(data.path(), &disk).unwrap_err().to_string();
    assert!(refused.contains("00000001.log at offset 70"), "{refused}");
    disk.harm(&log, |bytes| *bytes = before);
    let store = on(data.path(), &disk).unwrap();
    assert!(store.ledger.document(id(3)).unwrap().is_some());
}

#[tokio::test]
async fn a_torn_last_group_is_cut() {
    for torn_body in [false, true] {
        let (data, disk) = (tempfile::tempdir().unwrap(), TwinDisk::new(4));
        let store = on(data.path(), &disk).unwrap();
        accept(&store, 1).await.unwrap();
        let log = data.path().join("log/00000001.log");
        let whole = disk.bytes(&log).len();
        accept(&store, 2).await.unwrap();
        store.ledger.close().await;
        drop(store);
        for projection in ["index", "rates"] {
            std::fs::remove_dir_all(data.path().join(projection)).unwrap();
        }
        disk.harm(&log, |bytes| {
            let last = bytes.len() - 1;
            if torn_body {
                bytes[last] ^= 1;
            } else {
                bytes.truncate(last);
            }
        });
        let store = on(data.path(), &disk).unwrap();
        assert_eq!(disk.bytes(&log).len(), whole);
        assert!(store.ledger.document(id(2)).unwrap().is_none());
        assert_eq!(accept(&store, 2).await, Ok(Position(2)));
        counted_as_recounted(&store);
    }
}

#[tokio::test]
async fn projections_of_another_history_do_not_harm_the_log() {
    let (data, disk) = (tempfile::tempdir().unwrap(), TwinDisk::new(5));
    let store = on(data.path(), &disk).unwrap();
    let log = data.path().join("log/00000001.log");
    accept(&store, 1).await.unwrap();
    let backup = disk.bytes(&log);
    accept(&store, 2).await.unwrap();
    store.ledger.close().await;
    drop(store);
    // The log goes back to its backup, and goes on in another way without these projections.
    let kept = tempfile::tempdir().unwrap();
    for projection in ["index", "rates"] {
        std::fs::rename(data.path().join(projection), kept.path().join(projection)).unwrap();
    }
    disk.harm(&log, |bytes| *bytes = backup);
    let store = on(data.path(), &disk).unwrap();
    let large = body(&*store.vault, 3, 5_000);
    let event = offered(3, Disposition::Accept, &large);
    store.ledger.commit(change(event, large)).await.unwrap();
    store.ledger.close().await;
    drop(store);
    let whole = disk.bytes(&log);
    for projection in ["index", "rates"] {
        std::fs::remove_dir_all(data.path().join(projection)).unwrap();
        std::fs::rename(kept.path().join(projection), data.path().join(projection)).unwrap();
    }
    let store = on(data.path(), &disk).unwrap();
    assert!(disk.bytes(&log) == whole);
    assert!(store.ledger.document(id(3)).unwrap().is_some());
    assert!(store.ledger.document(id(2)).unwrap().is_none());
    counted_as_recounted(&store);
}

#[tokio::test]
async fn lost_projections_are_made_anew() {
    let data = tempfile::tempdir().unwrap();
    let store = real(data.path()).unwrap();
    for n in 1..=40 {
        let at = accept(&store, n).await.unwrap();
        let signed = receipt(&*store.vault, n, at, &format!("signed {n}"));
        store.ledger.commit(signed).await.unwrap();
    }
    let before = store.ledger.all_rates().unwrap().1;
    let state = store.ledger.document(id(17)).unwrap();
    store.ledger.close().await;
    drop(store);
    for (lost, clean) in [
        ("index", true),
        ("rates", true),
        ("rates/stamp", true),
        ("index", false),
    ] {
        let path = data.path().join(lost);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::write(path, "of another log").unwrap();
        }
        let store = real(data.path()).unwrap();
        assert_eq!(store.ledger.all_rates().unwrap().1, before, "{lost}");
        assert_eq!(store.ledger.document(id(17)).unwrap(), state, "{lost}");
        let inbox = store.ledger.inbox(&unit("H53.2"), Position::START, 100);
        assert_eq!(inbox.unwrap().items.len(), 40);
        let receipt = store.ledger.receipt(Position(33)).unwrap().unwrap();
        assert_eq!(receipt, Digest::of(b"signed 17"));
        assert!(store.vault.open(&receipt).unwrap().is_some());
        if clean {
            store.ledger.close().await;
        }
    }
}

#[tokio::test]
async fn garbage_in_the_projections_is_made_anew() {
    let data = tempfile::tempdir().unwrap();
    let store = real(data.path()).unwrap();
    for n in 1..=5 {
        accept(&store, n).await.unwrap();
    }
    let before = store.ledger.all_rates().unwrap().1;
    store.ledger.close().await;
    drop(store);
    for harmed in ["index/index.redb", "rates/db/db", "rates/db/conf"] {
        std::fs::write(data.path().join(harmed), b"garbage ".repeat(1000)).unwrap();
        let store = real(data.path()).unwrap();
        assert_eq!(store.ledger.all_rates().unwrap().1, before, "{harmed}");
        assert!(store.ledger.document(id(5)).unwrap().is_some(), "{harmed}");
        store.ledger.close().await;
    }
}

#[tokio::test]
async fn a_second_process_is_kept_out() {
    let data = tempfile::tempdir().unwrap();
    let store = real(data.path()).unwrap();
    let second = real(data.path());
    assert!(matches!(second, Err(OpenError::Locked(_))));
    drop(store);
    real(data.path()).unwrap();
}
