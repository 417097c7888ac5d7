//! A full disk: 507, earlier documents intact, and it recovers when space returns, without a
//! restart.

use crate::support::{Draft, Fault, Gateway, WORLD, block_on, draft, until};
use lienthong::client::ClientError;
use lienthong::client::progress::Progress;
use lienthong::client::upload::{Source, Upload};
use lienthong::demo::install::Plan;
use lienthong::demo::office::Office;
use lienthong::model::DocumentId;
use std::path::Path;
use std::process::Command;

const NOT_WRITTEN: &str = "the rates were not written";
const OPENED_AGAIN: &str = "the rates were opened again";

/// A small file system, unmounted when dropped.
struct Mount(tempfile::TempDir);

impl Mount {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64m,mode=0700", "lienthong-test"])
            .arg(folder.path())
            .output();
        done.is_ok_and(|o| o.status.success())
            .then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

async fn send(office: &Office, made: &Draft) -> Result<String, (u16, String)> {
    let one = |(name, bytes): &(String, bytes::Bytes)| Upload {
        name: name.clone(),
        source: Source::Memory(bytes.clone()),
    };
    let files: Vec<Upload> = made.files.iter().map(one).collect();
    match office
        .client
        .send(&made.envelope, &files, None, &Progress::silent())
        .await
    {
        Ok(sent) => Ok(sent.submitted.id),
        Err(ClientError::Problem(p)) => Err((p.status, p.code)),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_full_disk_refuses_with_507_and_recovers() {
    let Some(mount) = Mount::new() else {
        say!("left out: this machine does not let us mount a small file system");
        return;
    };
    let plan = Plan::of(&WORLD).expect("plan");
    let mut gateway = Gateway::installed(mount.path(), &plan);
    gateway.up();
    // Space that will return.
    let filler = mount.path().join("filler");
    std::fs::write(&filler, vec![7; 24 << 20]).expect("filled");
    let office = gateway.office(2);
    block_on(async {
        let mut kept = Vec::new();
        let refused = loop {
            let number = u64::try_from(kept.len()).unwrap() + 1;
            let made = draft(&WORLD.members[2], &[0], number, 900_000, Fault::None);
            match send(&office, &made).await {
                Ok(id) => kept.push((id, made)),
                Err(refused) => break refused,
            }
            assert!(kept.len() < 100, "never full");
        };
        assert_eq!(refused, (507, "disk_full".into()));
        say!("507 after {} documents", kept.len());
        assert!(!kept.is_empty());
        check(&office, &kept).await;
        std::fs::remove_file(&filler).expect("removed");
        let made = draft(&WORLD.members[2], &[0], 1000, 900_000, Fault::None);
        let id = send(&office, &made)
            .await
            .expect("recovered without a restart");
        kept.push((id, made));
        check(&office, &kept).await;
        tokio::task::block_in_place(|| {
            // What could not be written while the disk was full is written now, however the store of the rates took it.
            let written = || {
                let log = gateway.log();
                let (failed, again) = (log.rfind(NOT_WRITTEN), log.rfind(OPENED_AGAIN));
                failed.is_none() || again > failed
            };
            until("the rates are written again", written);
            if gateway.log().contains(OPENED_AGAIN) {
                say!("the rates were opened again");
            }
            gateway.kill();
            gateway.up();
        });
        check(&gateway.office(2), &kept).await;
    });
    drop(gateway);
    drop(mount);
}

async fn check(office: &Office, kept: &[(String, Draft)]) {
    for (id, made) in kept {
        let id = DocumentId::parse(id).expect("id");
        let folder = tempfile::tempdir().expect("folder");
        for (n, digest) in made.digests().iter().enumerate() {
            let to = folder.path().join(n.to_string());
            let got = office
                .client
                .download(id, n + 1, &to, &Progress::silent())
                .await;
            assert_eq!(got.expect("there").0, *digest);
        }
        for receipt in office.client.receipts(id).await.expect("receipts") {
            office.verified(&receipt).expect("verified");
        }
    }
}
