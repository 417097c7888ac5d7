//! What happens once, and must not hurt: starting again over many documents, and one very large
//! upload.

use crate::connection::{Connection, PartWriter};
use crate::gateway::Gateway;
use lienthong::client::wire::{DocumentView, Submitted};
use lienthong::model::{Digest, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The length of the large file.
pub const LARGE: u64 = 4 << 30;
const CHUNK: usize = 1 << 20;

/// Prints how long the daemon takes until it is ready, after a clean stop and after `kill -9`.
pub fn restarts(gateway: &mut Gateway, documents: usize) -> [Duration; 2] {
    let clean = gateway.restart(libc::SIGTERM);
    let killed = gateway.restart(libc::SIGKILL);
    println!(
        "ready with {documents} documents: {clean:.2?} after a clean stop, {killed:.2?} after kill -9"
    );
    [clean, killed]
}

/// What the large upload came to.
pub struct Upload {
    pub sent: Duration,
    pub judged: Duration,
    pub peak: u64,
    pub high_water: u64,
}

/// Sends one file of [`LARGE`] bytes with a detached signature, and waits until it is judged.
pub fn upload(gateway: &Gateway) -> Upload {
    let block: Vec<u8> = (0..CHUNK).map(|i| (i * 31 % 251) as u8).collect();
    let digest = digest(&block);
    let signature = gateway.sign_digest(&digest);
    let number = gateway.next_number();
    let envelope = format!(
        r#"{{"number":"{number}","notation":"BENCH","promulgated":"2026-11-23","subject":"Tệp lớn","recipients":[{{"unit":"B"}}],"files":[{{"name":"a.bin","role":"main"}},{{"name":"a.p7s","role":"signature","of":"a.bin"}}]}}"#
    );
    let (stop, peak) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                peak.fetch_max(gateway.samples().rss, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let start = Instant::now();
        let mut connection = gateway.connect("A");
        let id = send(&mut connection, envelope.as_bytes(), &block, &signature);
        let sent = start.elapsed();
        let mut view = look(&mut connection, &id);
        while view.disposition == "held" {
            std::thread::sleep(Duration::from_millis(100));
            view = look(&mut connection, &id);
        }
        stop.store(true, Ordering::Relaxed);
        assert_eq!(view.disposition, "accepted", "{:?}", view.verdict);
        assert_eq!(view.files[0].sha256, digest.to_hex());
        let upload = Upload {
            sent,
            judged: start.elapsed(),
            peak: peak.load(Ordering::Relaxed),
            high_water: gateway.samples().high_water,
        };
        println!(
            "{LARGE} bytes: acknowledged after {:.1?}, judged after {:.1?}; RSS at most {} MB, high water {} MB",
            upload.sent,
            upload.judged,
            upload.peak / 1_000_000,
            upload.high_water / 1_000_000
        );
        upload
    })
}

fn digest(block: &[u8]) -> Digest {
    let mut hasher = Hasher::new();
    for _ in 0..LARGE / CHUNK as u64 {
        hasher.update(block);
    }
    hasher.finish()
}

fn send(connection: &mut Connection, envelope: &[u8], block: &[u8], signature: &[u8]) -> String {
    let mut parts = PartWriter::new(connection);
    parts.length(
        envelope,
        &[("a.bin", LARGE), ("a.p7s", signature.len() as u64)],
    );
    parts.begin("a.bin");
    for _ in 0..LARGE / CHUNK as u64 {
        parts.write(block);
    }
    parts.begin("a.p7s");
    parts.write(signature);
    let answer = parts.end();
    assert_eq!(
        answer.status,
        202,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    let submitted: Submitted = serde_json::from_slice(&answer.body).expect("an answer");
    submitted.id
}

fn look(connection: &mut Connection, id: &str) -> DocumentView {
    let answer = connection.get(&format!("/v1/documents/{id}"));
    serde_json::from_slice(&answer.body).expect("a document")
}
