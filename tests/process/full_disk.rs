//! A full disk: a clear answer, earlier documents intact, and it passes when space returns.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::panic,
    reason = "helpers of tests"
)]

use crate::stored::{bytes_of, id, keep, offer, start};
use crate::volume::Volume;
use lienthong::model::Position;
use lienthong::rates::recount::{Recount, differences};
use lienthong::store::embedded::Embedded;
use lienthong::store::{CommitError, Readiness, VaultError};
use std::fs::File;
use std::io::Write;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_volume_answers_full_and_recovers() {
    let Some(volume) = Volume::make(64 << 20) else {
        say!("left out: the full disk needs root, losetup, mkfs.ext4 and mount");
        return;
    };
    volume.mount();
    let ballast = volume.mount.join("ballast");
    let mut file = File::create(&ballast).unwrap();
    file.write_all(&vec![1; 16 << 20]).unwrap();
    file.sync_all().unwrap();
    let store = start(&volume.mount.join("data"));
    let mut written = Vec::new();
    let mut refused = 0;
    let mut n = 6;
    // Until nothing fits any more, and on, over many writes of the projections.
    while refused < 40 {
        match put(&store, n).await {
            Ok(()) => written.push(n),
            Err(()) => {
                refused += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        n += 1;
    }
    assert_eq!(store.ledger.readiness(), Readiness::Ready);
    say!(
        "{} documents fitted, then {refused} were refused",
        written.len()
    );
    drop(file);
    std::fs::remove_file(&ballast).unwrap();
    let mut tries = 0;
    while put(&store, n).await.is_err() {
        tries += 1;
        assert!(tries < 50, "it did not recover");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    written.push(n);
    check(&store, &written);
    store.ledger.close().await;
    drop(store);
    let store = start(&volume.mount.join("data"));
    check(&store, &written);
    drop(store);
    volume.unmount();
}

/// Writes document `n`; an error must be the one that says "full", whatever was full first.
async fn put(store: &Embedded, n: u64) -> Result<(), ()> {
    let kept = match keep(store, n).await {
        Ok(kept) => kept,
        Err(e) => {
            assert_eq!(e, VaultError::Full);
            return Err(());
        }
    };
    match store.ledger.commit(offer(n, kept)).await {
        Ok(_) => Ok(()),
        Err(CommitError::Full) => Err(()),
        // While redb is opened again after its own write found no space.
        Err(CommitError::Unavailable(why)) => {
            say!("unavailable: {why}");
            Err(())
        }
        Err(e) => panic!("{e}"),
    }
}

fn check(store: &Embedded, written: &[u64]) {
    for n in written {
        let state = store.ledger.document(id(*n)).unwrap().unwrap();
        let digest = state.offered.files[0].digest;
        let content = store.vault.open(&digest).unwrap().unwrap();
        assert!(content.bytes() == bytes_of(*n));
    }
    let mut recount = Recount::default();
    store
        .ledger
        .replay(Position::END, &mut |r| recount.take(r))
        .unwrap();
    let counted = store.ledger.all_rates().unwrap().1;
    assert_eq!(differences(&counted, &recount.figures()), []);
    let page = store.ledger.outbox(
        &lienthong::model::UnitCode::parse("H53.7").unwrap(),
        Position::START,
        10,
    );
    assert!(!page.unwrap().items.is_empty());
}
