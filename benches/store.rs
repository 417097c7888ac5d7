//! The store alone: documents committed per second, syncs, CPU per document, and how long it takes
//! to be ready again. `cargo bench --bench store [-- DOCUMENTS]`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measuring program"
)]

#[path = "daemon/offered.rs"]
mod offered;

use bytes::Bytes;
use lienthong::clock::SystemClock;
use lienthong::store::Readiness;
use lienthong::store::embedded::{Embedded, OpenOptions, open};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn main() {
    let documents = std::env::args().nth(1).and_then(|n| n.parse().ok());
    let documents: u64 = documents.unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    println!("| Body, in flight | documents/s | syncs/s | p50 ms | p99 ms | CPU µs/document |");
    println!("|---|---|---|---|---|---|");
    for (size, in_flight, count) in [
        (10_240, 1, 5_000),
        (10_240, 16, documents),
        (10_240, 64, documents / 4),
        (102_400, 16, 10_000),
    ] {
        let data = tempfile::tempdir_in(".").unwrap();
        runtime.block_on(measure(data.path(), size, in_flight, count));
        if count == documents && in_flight == 16 {
            reopen(data.path(), &runtime);
        }
    }
    let data = tempfile::tempdir_in(".").unwrap();
    runtime.block_on(upload(data.path()));
}

/// One body of four gigabytes, staged, kept, committed and fed to a digest.
async fn upload(data: &Path) {
    let store = start(data);
    eprintln!("idle: {}", memory());
    let from = Instant::now();
    let mut stage = store.vault.stage(8 << 30).unwrap();
    let chunk = Bytes::from(vec![7u8; 64 * 1024]);
    for _ in 0..65_536 {
        stage.write(chunk.clone()).await.unwrap();
    }
    let staged = stage.finish().await.unwrap();
    let mut hasher = lienthong::model::Hasher::new();
    let mut sink = |piece: &[u8]| hasher.update(piece);
    staged.content.feed(0..staged.size, &mut sink).unwrap();
    assert_eq!(hasher.finish(), staged.digest);
    store.vault.keep(&staged).await.unwrap();
    eprintln!(
        "4 GiB staged, hashed twice, kept: {:?}; {}",
        from.elapsed(),
        memory()
    );
}

fn start(data: &Path) -> Embedded {
    let options = OpenOptions {
        patience: Duration::from_secs(60),
        ..OpenOptions::default()
    };
    open(data, options, Arc::new(SystemClock)).unwrap()
}

async fn measure(data: &Path, size: usize, in_flight: usize, count: u64) {
    let store = start(data);
    let next = Arc::new(AtomicU64::new(0));
    let (cpu, from) = (cpu(), Instant::now());
    let mut tasks = Vec::new();
    for _ in 0..in_flight {
        let (store, next) = (store.clone(), Arc::clone(&next));
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return times;
                }
                let change = offered::offer(&store, n, of(n, size));
                let from = Instant::now();
                let done = store.ledger.commit(change).await.unwrap();
                times.push(from.elapsed());
                let at = done.records[0].position;
                let receipt = Bytes::from(format!("{n:01800}"));
                store
                    .ledger
                    .submit(offered::receipt(&store, n, at, receipt));
            }
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let seconds = from.elapsed().as_secs_f64();
    eprintln!("CPU in hundredths of a second, user+system: {}", threads());
    times.sort_unstable();
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    println!(
        "| {} KB, {in_flight} | {:.0} | {:.0} | {:.2} | {:.2} | {:.0} |",
        size / 1024,
        count as f64 / seconds,
        store.syncs.get() as f64 / seconds,
        ms(times[times.len() / 2]),
        ms(times[times.len() * 99 / 100]),
        (self::cpu() - cpu) * 1e6 / count as f64,
    );
}

/// Dropped without closing, as after a kill; then closed; then without projections.
fn reopen(data: &Path, runtime: &tokio::runtime::Runtime) {
    for what in [
        "after a kill",
        "after a clean stop",
        "without index/ and rates/",
    ] {
        if what.starts_with("without") {
            std::fs::remove_dir_all(data.join("index")).unwrap();
            std::fs::remove_dir_all(data.join("rates")).unwrap();
        }
        let from = Instant::now();
        let store = start(data);
        assert_eq!(store.ledger.readiness(), Readiness::Ready);
        eprintln!("ready {what}: {:?}; {}", from.elapsed(), memory());
        runtime.block_on(store.ledger.close());
    }
}

fn of(n: u64, size: usize) -> offered::Of {
    let mut bytes = vec![0u8; size];
    bytes[..8].copy_from_slice(&n.to_le_bytes());
    offered::Of {
        sender: format!("H53.{}", n % 200 + 1),
        recipient: format!("H53.{}", n % 190 + 5),
        envelope: format!("{n:0600}").into(),
        file: bytes.into(),
        report: format!("{n:01500}").into(),
    }
}

/// Seconds of CPU used by this process so far (Linux counts in hundredths).
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    ticks as f64 / 100.0
}

/// The same for each of the store's threads.
fn threads() -> String {
    let mut out = String::new();
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let stat = std::fs::read_to_string(task.unwrap().path().join("stat")).unwrap_or_default();
        let Some((name, rest)) = stat.split_once(')') else {
            continue;
        };
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let name = name.split('(').next_back().unwrap();
        out += &format!("{name} {}+{} ", fields[11], fields[12]);
    }
    out
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let wanted = |l: &&str| l.starts_with("Rss") || l.starts_with("VmHWM");
    let lines: Vec<String> = status
        .lines()
        .filter(wanted)
        .map(|l| l.replace('\t', " "))
        .collect();
    lines.join(", ")
}
