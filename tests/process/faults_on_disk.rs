//! A list in `certs/crl/` that somebody overwrites in place while documents are judged by it: the
//! daemon goes on, believes no half of a list, and follows the new one once it is whole.

use crate::faults::{admit, authority, send, signer};
use crate::support::{Gateway, WORLD, block_on, now};
use lienthong::demo::install::Plan;
use lienthong::demo::world::MaterialFile;
use lienthong::forge::distribution::{Point, crl_points};
use lienthong::forge::{Entity, Identity, RevocationList, Revoked, Validity};
use lienthong::trust::revocation::crl::Crl;
use std::io::{Seek, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The file that is overwritten.
const FILE: &str = "crl/thu-ghi-de.crl";
/// The daemon looks every two seconds; the rest is for a machine that is busy.
const NOTICED: Duration = Duration::from_secs(10);

/// An authority, and two signers: one revoked by every list, one by the second alone.
struct Country {
    root: Entity,
    good: Entity,
    bad: Entity,
}

impl Country {
    fn new() -> Self {
        let root = authority();
        // An address at which nobody listens, so that only the folder can tell.
        let points = || crl_points(&[Point::uri("http://127.0.0.1:9/danh-sach.crl")]);
        Self {
            good: signer(&root, points()),
            bad: signer(&root, points()),
            root,
        }
    }

    /// Long enough to be mapped by the daemon, not read.
    fn list(&self, number: u64, revoked: &[&Entity]) -> Vec<u8> {
        let minutes = i64::try_from(number).expect("small");
        let validity = Validity {
            from: now().plus_secs(-3600 + 60 * minutes),
            until: now().plus_secs(24 * 3600),
        };
        let mut list = RevocationList::complete(number, validity);
        let at = now().plus_secs(-7200);
        let others = (0..10_000u32).map(|n| Revoked::new(&n.to_be_bytes(), at));
        list.revoked.extend(others);
        list.revoked
            .extend(revoked.iter().map(|e| Revoked::new(&e.serial, at)));
        let der = list.signed_by(&self.root).expect("list");
        assert!(der.len() > 200_000, "{}", der.len());
        Crl::parse(der.clone().into()).expect("a list that can be read");
        der
    }
}

/// Overwrites a file as a careless job does: the same inode, cut to nothing, then written in pieces.
fn overwrite(path: &Path, bytes: &[u8]) {
    let mut file = std::fs::File::options()
        .write(true)
        .open(path)
        .expect("opened");
    file.set_len(0).expect("cut");
    file.rewind().expect("rewound");
    for piece in bytes.chunks(bytes.len() / 4 + 1) {
        file.write_all(piece).expect("written");
        std::thread::sleep(Duration::from_millis(40));
    }
    file.sync_all().expect("synced");
}

/// Sends documents of one signer until told to stop; what became of them, in order.
async fn sending(
    gateway: &Gateway,
    signer: &Identity,
    from: u64,
    stop: &AtomicBool,
) -> Vec<String> {
    let mut all = Vec::new();
    for number in from.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let (sent, _) = send(gateway, signer, number).await;
        let sent = sent.submitted;
        all.push(format!("{} {}", sent.disposition, sent.verdict.reason));
    }
    all
}

/// Waits until a document of this signer is answered in this way.
async fn until(gateway: &Gateway, signer: &Identity, number: u64, wanted: &str) {
    let begun = Instant::now();
    for n in number.. {
        let (sent, _) = send(gateway, signer, n).await;
        let sent = sent.submitted;
        if sent.disposition == wanted {
            return;
        }
        assert!(begun.elapsed() < NOTICED, "never {wanted}: {sent:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What the daemon says of the file, or nothing.
fn complaint(gateway: &Gateway) -> bool {
    let listed = gateway.as_administrator(&["trust", "list"]);
    String::from_utf8_lossy(&listed.stdout).contains("thu-ghi-de")
}

#[test]
fn a_list_overwritten_in_place_is_never_half_believed() {
    let country = Country::new();
    let (good, bad) = (&country.good, &country.bad);
    let mut plan = Plan::of(&WORLD).expect("plan");
    let both = [good, bad].map(|e| e.identity().expect("identity"));
    admit(&mut plan, 0, &country.root, &[&both[0], &both[1]]);
    plan.material.push(MaterialFile {
        path: FILE.into(),
        bytes: country.list(1, &[bad]),
    });
    let mut gateway = Gateway::start(&plan);
    let file = gateway.at.certs().join(FILE);
    let garbage = vec![0x30; 300_000];
    let half = &country.list(2, &[bad])[..120_000];
    block_on(async {
        let stop = AtomicBool::new(false);
        let broken = async {
            for (n, bytes) in [&garbage[..], half, b"", &garbage[..7]]
                .into_iter()
                .enumerate()
            {
                let path = file.clone();
                let bytes = bytes.to_vec();
                let writing = tokio::task::spawn_blocking(move || overwrite(&path, &bytes));
                writing.await.expect("written");
                // The first is certainly looked at; the others as it comes.
                let rest = if n == 0 { 2500 } else { 700 };
                tokio::time::sleep(Duration::from_millis(rest)).await;
            }
            stop.store(true, Ordering::SeqCst);
        };
        let ((), of_good, of_bad) = tokio::join!(
            broken,
            sending(&gateway, &both[0], 1000, &stop),
            sending(&gateway, &both[1], 2000, &stop)
        );
        say!(
            "faults: {} and {} judged while the list was broken",
            of_good.len(),
            of_bad.len()
        );
        assert!(of_good.len() >= 10 && of_bad.len() >= 10);
        // The list that was read before stays in force.
        for outcome in &of_good {
            assert!(outcome.starts_with("accepted "), "{outcome}");
        }
        for outcome in &of_bad {
            assert_eq!(outcome, "refused certificate_revoked");
        }
        assert!(complaint(&gateway), "the administrator is told");
        // A whole list that revokes both.
        overwrite(&file, &country.list(3, &[good, bad]));
        until(&gateway, &both[0], 3000, "refused").await;
        assert!(!complaint(&gateway));
    });
    // After a start from a broken file nothing is known any more, and nothing passes.
    overwrite(&file, &garbage);
    gateway.kill();
    gateway.up();
    block_on(async {
        for (signer, number) in both.iter().zip(4000..) {
            let (sent, _) = send(&gateway, signer, number).await;
            let sent = sent.submitted;
            assert_eq!(sent.disposition, "held", "{sent:?}");
            assert_eq!(sent.verdict.sub_indication.as_deref(), Some("TRY_LATER"));
        }
        // An older list than the one seen before is not believed, restart or not.
        overwrite(&file, &country.list(1, &[bad]));
        tokio::time::sleep(Duration::from_millis(2500)).await;
        let (sent, _) = send(&gateway, &both[0], 5000).await;
        assert_eq!(sent.submitted.disposition, "held", "{:?}", sent.submitted);
        overwrite(&file, &country.list(4, &[bad]));
        until(&gateway, &both[0], 6000, "accepted").await;
        until(&gateway, &both[1], 7000, "refused").await;
    });
    gateway.stop();
}
