//! Files that no committed change refers to, and the steps of a purge that a crash or an unknown outcome falls between.

use super::disk_twin::{Fault, TwinDisk};
use super::faults::{on, options};
use super::{Embedded, OpenOptions, open};
use crate::clock::ManualClock;
use crate::model::event::ErasureCause;
use crate::model::{Digest, Disposition, Position};
use crate::relay::Command;
use crate::store::samples::{act, change, morning, offered};
use crate::store::{CommitError, Kept, Readiness, Vault};
use bytes::Bytes;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn real(data: &Path) -> Embedded {
    open(data, options(), Arc::new(ManualClock::new(morning()))).unwrap()
}

/// A body that is kept in a file.
async fn file(vault: &dyn Vault, fill: u8) -> Kept {
    let mut stage = vault.stage(4_000_000).unwrap();
    stage
        .write(Bytes::from(vec![fill; 1_500_000]))
        .await
        .unwrap();
    vault.keep(&stage.finish().await.unwrap()).await.unwrap()
}

async fn send(store: &Embedded, n: u64, kept: Kept) -> Result<Digest, CommitError> {
    let (event, digest) = (offered(n, Disposition::Accept, &kept), kept.digest());
    store.ledger.commit(change(event, kept)).await?;
    Ok(digest)
}

async fn erase(store: &Embedded, n: u64, body: Digest) {
    let order = Command::Erase {
        bodies: vec![body],
        cause: ErasureCause::Order,
        basis: Some(Digest::of(b"basis")),
        actor: None,
    };
    act(&*store.ledger, n, &order).await;
}

fn path(data: &Path, digest: &Digest) -> PathBuf {
    super::bodies::file_path(data, digest)
}

fn opens(store: &Embedded, digest: &Digest) -> bool {
    let found = store.vault.open(digest).unwrap();
    found.is_some_and(|content| Digest::of(content.bytes()) == *digest)
}

/// Walks to the end; how many files went.
async fn swept(store: &Embedded) -> u64 {
    let mut files = 0;
    loop {
        let piece = store.vault.sweep().await.unwrap();
        assert!(piece.looked <= 1000);
        files += piece.files;
        if piece.done {
            return files;
        }
    }
}

#[tokio::test]
async fn the_file_of_a_change_that_failed_goes_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let store = real(data.path());
    let sent = send(&store, 1, file(&*store.vault, 1).await).await.unwrap();
    // Under a key that is taken: refused, after its file was made durable.
    let refused = file(&*store.vault, 2).await;
    let orphan = refused.digest();
    let mut other = offered(1, Disposition::Accept, &refused);
    other.content = Digest::of(b"other content");
    let reused = store.ledger.commit(change(other, refused)).await;
    assert!(matches!(reused, Err(CommitError::KeyReused(_))));
    let on_its_way = file(&*store.vault, 3).await;
    // What is no body is not the store's.
    let folder = path(data.path(), &sent).parent().unwrap().to_owned();
    for name in ["README", &"0".repeat(64), &sent.to_hex().to_uppercase()] {
        std::fs::write(folder.join(name), b"kept").unwrap();
    }
    assert!(path(data.path(), &orphan).exists());
    assert_eq!(swept(&store).await, 1);
    assert!(!path(data.path(), &orphan).exists());
    assert!(opens(&store, &sent));
    assert_eq!(std::fs::read(folder.join("README")).unwrap(), b"kept");
    let sent_later = send(&store, 2, on_its_way).await.unwrap();
    assert_eq!(swept(&store).await, 0);
    assert!(opens(&store, &sent_later));
}

#[tokio::test]
async fn the_file_of_a_change_that_a_crash_met_goes_after_the_restart() {
    let data = tempfile::tempdir().unwrap();
    let store = real(data.path());
    let sent = send(&store, 1, file(&*store.vault, 1).await).await.unwrap();
    let lost = file(&*store.vault, 2).await.digest();
    drop(store);
    let store = real(data.path());
    assert!(path(data.path(), &lost).exists());
    assert_eq!(swept(&store).await, 1);
    assert!(!path(data.path(), &lost).exists() && opens(&store, &sent));
}

#[tokio::test]
async fn a_file_that_is_damaged_is_not_thrown_away() {
    let data = tempfile::tempdir().unwrap();
    let store = real(data.path());
    let sent = send(&store, 1, file(&*store.vault, 1).await).await.unwrap();
    std::fs::write(path(data.path(), &sent), b"cut short").unwrap();
    assert_eq!(swept(&store).await, 0);
    assert!(path(data.path(), &sent).exists());
}

#[tokio::test]
async fn more_files_than_a_piece_are_looked_at_in_several() {
    let data = tempfile::tempdir().unwrap();
    let store = real(data.path());
    let mut orphans = 0;
    for n in 0..1300u32 {
        let digest = Digest::of(&n.to_le_bytes());
        let path = path(data.path(), &digest);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, n.to_le_bytes()).unwrap();
        orphans += 1;
    }
    let first = store.vault.sweep().await.unwrap();
    assert_eq!((first.looked, first.done), (1000, false));
    assert_eq!(first.files + swept(&store).await, orphans);
    assert_eq!(swept(&store).await, 0);
}

/// A group of which nobody knows whether the log has it may refer to a file that nothing else refers to.
#[tokio::test]
async fn after_an_unknown_outcome_nothing_is_removed() {
    let (data, disk) = (tempfile::tempdir().unwrap(), TwinDisk::new(5));
    let store = on(data.path(), &disk).unwrap();
    let body = send(&store, 1, file(&*store.vault, 1).await).await.unwrap();
    erase(&store, 1, body).await;
    // Sent again before the purge; the append is the next step, its sync the one after.
    let again = file(&*store.vault, 1).await;
    disk.plan(2, Fault::SyncError);
    assert_eq!(send(&store, 2, again).await, Err(CommitError::Unknown));
    assert!(store.vault.purge().await.is_err());
    assert!(store.vault.sweep().await.is_err());
    assert!(path(data.path(), &body).exists());
    drop(store);
    // Once it is known, what nobody has goes.
    let store = on(data.path(), &disk.restart()).unwrap();
    assert_eq!(store.ledger.readiness(), Readiness::Ready);
    let had = opens(&store, &body);
    store.vault.purge().await.unwrap();
    assert_eq!(opens(&store, &body), had);
    assert_eq!(path(data.path(), &body).exists(), had);
}

/// A purge that died after the file was removed and before that was noted finds a new file in its place.
#[tokio::test]
async fn a_file_that_came_back_is_not_taken_for_the_one_that_was_erased() {
    for index_lost in [false, true] {
        let data = tempfile::tempdir().unwrap();
        let store = real(data.path());
        let body = send(&store, 1, file(&*store.vault, 1).await).await.unwrap();
        erase(&store, 1, body).await;
        std::fs::remove_file(path(data.path(), &body)).unwrap();
        drop(store);
        let store = real(data.path());
        assert!(!opens(&store, &body));
        send(&store, 2, file(&*store.vault, 1).await).await.unwrap();
        if index_lost {
            store.ledger.close().await;
        }
        let store = match index_lost {
            false => store,
            true => {
                drop(store);
                std::fs::remove_dir_all(data.path().join("index")).unwrap();
                real(data.path())
            }
        };
        let purged = store.vault.purge().await.unwrap();
        assert_eq!((purged.bodies, purged.waiting), (0, 0));
        assert!(opens(&store, &body));
        assert_eq!(swept(&store).await, 0);
        // And it goes with the document that it came back with.
        erase(&store, 2, body).await;
        assert_eq!(store.vault.purge().await.unwrap().bodies, 1);
        assert!(!path(data.path(), &body).exists());
    }
}

/// A large body whose group found no space in the log gives its own back.
#[tokio::test]
async fn a_body_whose_group_found_no_space_does_not_stay_in_its_segment() {
    let (data, disk) = (tempfile::tempdir().unwrap(), TwinDisk::new(9));
    let store = on(data.path(), &disk).unwrap();
    let large = |n: u8| store.vault.keep_bytes(Bytes::from(vec![n; 100_000]));
    send(&store, 1, large(1)).await.unwrap();
    disk.space(Some(100_100));
    for _ in 0..3 {
        assert_eq!(send(&store, 2, large(2)).await, Err(CommitError::Full));
        assert!(disk.holding(&[2; 100]).is_empty());
    }
    disk.space(None);
    let second = send(&store, 2, large(2)).await.unwrap();
    assert!(opens(&store, &second));
    drop(store);
    let store = on(data.path(), &disk.restart()).unwrap();
    assert!(opens(&store, &second));
    assert!(store.ledger.head().unwrap().0 > Position::START);
}

#[tokio::test]
async fn nothing_is_removed_before_the_log_was_read() {
    let data = tempfile::tempdir().unwrap();
    let store = real(data.path());
    let sent = send(&store, 1, file(&*store.vault, 1).await).await.unwrap();
    store.ledger.close().await;
    drop(store);
    std::fs::remove_dir_all(data.path().join("index")).unwrap();
    let hurried = OpenOptions {
        patience: std::time::Duration::ZERO,
        ..options()
    };
    let store = open(data.path(), hurried, Arc::new(ManualClock::new(morning()))).unwrap();
    // Whether it is still being read or not: what is refused now is not removed, what is done is done rightly.
    let early = store.vault.sweep().await;
    assert!(early.is_err() || early.is_ok_and(|swept| swept.files == 0));
    assert!(path(data.path(), &sent).exists());
}
