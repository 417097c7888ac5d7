//! The real daemon and real mutual-TLS senders in one run on the same cores: every document is
//! different, fully judged, synced, and its receipt verified; the counts of all four must be equal.
//!
//! Then: how long until ready with 100,000 documents, and a file of 4 GB.
//!
//! `cargo bench --bench relay [-- --quick]` prints a table and writes `target/bench/relay.json`. Receipts are verified after the clock has stopped: a recipient does
//! that on a machine of its own.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "a bench fails loudly and reads the clock"
)]

#[path = "../daemon/connection.rs"]
mod connection;
#[path = "../daemon/document.rs"]
mod document;
mod extremes;
#[path = "../daemon/gateway.rs"]
mod gateway;

use connection::{Answer, Connection};
use document::{Ready, documents};
use gateway::{Gateway, Samples};
use lienthong::client::wire::Submitted;
use lienthong::seal::receipt;
use lienthong::trust::certificate::Certificate;
use std::fmt::Write as _;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// One cell of the table.
struct Cell {
    bytes: usize,
    in_flight: usize,
    documents: usize,
}

/// What one cell came to.
struct Outcome {
    cell: Cell,
    per_second: f64,
    p50: Duration,
    p99: Duration,
    syncs_per_second: f64,
    rss: u64,
    high_water: u64,
    accepted: usize,
    judged: u64,
    verified: usize,
}

fn main() {
    let quick = std::env::args().any(|a| a == "--quick");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut gateway = Gateway::start();
    let idle = gateway.samples();
    println!(
        "idle: RSS {} MB (anonymous and shared), high water {} MB",
        mb(idle.rss),
        mb(idle.high_water)
    );
    println!(
        "{:>8} {:>9} {:>9} {:>9} {:>8} {:>8} {:>9} {:>8} {:>9} {:>9} {:>9} {:>9}",
        "bytes",
        "in flight",
        "documents",
        "docs/s",
        "p50 ms",
        "p99 ms",
        "syncs/s",
        "RSS MB",
        "peak MB",
        "accepted",
        "judged",
        "verified"
    );
    let mut outcomes = Vec::new();
    for bytes in [10_000usize, 100_000, 1_000_000] {
        for in_flight in [1usize, 16, 64] {
            let full = match (bytes, in_flight) {
                (10_000, 1) => 3_000,
                (10_000, _) => 20_000,
                (100_000, 1) => 1_500,
                (100_000, _) => 5_000,
                (_, 1) => 200,
                (_, _) => 600,
            };
            let documents = if quick { full / 10 } else { full };
            let outcome = run(
                &gateway,
                Cell {
                    bytes,
                    in_flight,
                    documents,
                },
            );
            println!("{}", row(&outcome));
            outcomes.push(outcome);
        }
    }
    // 100,000 documents in all, or as many as a quick run has.
    let sent = outcomes.iter().map(|o| o.cell.documents).sum::<usize>();
    let more = if quick {
        0
    } else {
        100_000usize.saturating_sub(sent)
    };
    if more > 0 {
        run(
            &gateway,
            Cell {
                bytes: 10_000,
                in_flight: 16,
                documents: more,
            },
        );
    }
    let ready = extremes::restarts(&mut gateway, sent + more);
    let upload = extremes::upload(&gateway);
    write_json(&outcomes, idle, ready, &upload);
    let equal = outcomes.iter().all(|o| {
        o.accepted == o.cell.documents
            && o.judged == o.cell.documents as u64
            && o.verified == o.cell.documents
    });
    assert!(
        equal,
        "accepted, judged and verified must equal the documents sent"
    );
}

fn mb(bytes: u64) -> u64 {
    bytes / 1_000_000
}

fn run(gateway: &Gateway, cell: Cell) -> Outcome {
    let requests = documents(gateway, cell.bytes, cell.documents, |_| "B".to_owned());
    let mut connections: Vec<Connection> =
        (0..cell.in_flight).map(|_| gateway.connect("A")).collect();
    let before = gateway.samples();
    let next = AtomicUsize::new(0);
    let barrier = Barrier::new(cell.in_flight + 1);
    let (elapsed, answers) = std::thread::scope(|scope| {
        let workers: Vec<_> = connections
            .iter_mut()
            .map(|connection| {
                let (next, barrier, requests) = (&next, &barrier, &requests);
                scope.spawn(move || {
                    barrier.wait();
                    let mut out = Vec::new();
                    while let Some(Ready { request, .. }) =
                        requests.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let at = Instant::now();
                        let answer = connection.send(request);
                        out.push((at.elapsed(), answer));
                    }
                    out
                })
            })
            .collect();
        barrier.wait();
        let start = Instant::now();
        let answers: Vec<_> = workers
            .into_iter()
            .flat_map(|w| w.join().expect("a sender ended badly"))
            .collect();
        (start.elapsed(), answers)
    });
    let after = gateway.samples();
    summary(gateway, cell, elapsed, answers, before, after)
}

fn summary(
    gateway: &Gateway,
    cell: Cell,
    elapsed: Duration,
    answers: Vec<(Duration, Answer)>,
    before: Samples,
    after: Samples,
) -> Outcome {
    let mut times: Vec<Duration> = answers.iter().map(|(t, _)| *t).collect();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let ca = gateway.receipt_ca();
    let (mut accepted, mut verified) = (0, 0);
    for (_, answer) in &answers {
        if answer.status != 201 {
            eprintln!(
                "{}: {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            );
            continue;
        }
        accepted += 1;
        verified += usize::from(verify(&answer.body, &ca));
    }
    Outcome {
        per_second: accepted as f64 / elapsed.as_secs_f64(),
        p50: at(0.5),
        p99: at(0.99),
        syncs_per_second: (after.syncs - before.syncs) / elapsed.as_secs_f64(),
        rss: after.rss,
        high_water: after.high_water,
        accepted,
        judged: (after.passed - before.passed) as u64,
        verified,
        cell,
    }
}

/// Whether the answer's receipt verifies and is about the answer's document.
fn verify(body: &[u8], ca: &Certificate) -> bool {
    use base64::Engine as _;
    let submitted: Submitted = serde_json::from_slice(body).expect("an answer of the gateway");
    let der = base64::engine::general_purpose::STANDARD.decode(&submitted.receipt.p7m);
    let receipt = receipt::verify(&der.expect("base64"), ca);
    receipt.is_ok_and(|r| r.document.to_string() == submitted.id)
}

fn row(o: &Outcome) -> String {
    format!(
        "{:>8} {:>9} {:>9} {:>9.0} {:>8.2} {:>8.2} {:>9.0} {:>8} {:>9} {:>9} {:>9} {:>9}",
        o.cell.bytes,
        o.cell.in_flight,
        o.cell.documents,
        o.per_second,
        o.p50.as_secs_f64() * 1e3,
        o.p99.as_secs_f64() * 1e3,
        o.syncs_per_second,
        mb(o.rss),
        mb(o.high_water),
        o.accepted,
        o.judged,
        o.verified
    )
}

fn write_json(
    outcomes: &[Outcome],
    idle: Samples,
    [clean, killed]: [Duration; 2],
    upload: &extremes::Upload,
) {
    let mut out = format!(
        "{{\"idle_rss\":{},\"ready_clean_s\":{:.3},\"ready_killed_s\":{:.3},\
         \"upload_bytes\":{},\"upload_s\":{:.1},\"upload_judged_s\":{:.1},\
         \"upload_rss\":{},\"upload_high_water\":{},\"rows\":[",
        idle.rss,
        clean.as_secs_f64(),
        killed.as_secs_f64(),
        extremes::LARGE,
        upload.sent.as_secs_f64(),
        upload.judged.as_secs_f64(),
        upload.peak,
        upload.high_water
    );
    for (i, o) in outcomes.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        let _ = write!(
            out,
            "{comma}{{\"bytes\":{},\"in_flight\":{},\"documents\":{},\"per_second\":{:.1},\
             \"p50_ms\":{:.3},\"p99_ms\":{:.3},\"syncs_per_second\":{:.1},\"rss\":{},\
             \"high_water\":{},\"accepted\":{},\"judged\":{},\"verified\":{}}}",
            o.cell.bytes,
            o.cell.in_flight,
            o.cell.documents,
            o.per_second,
            o.p50.as_secs_f64() * 1e3,
            o.p99.as_secs_f64() * 1e3,
            o.syncs_per_second,
            o.rss,
            o.high_water,
            o.accepted,
            o.judged,
            o.verified
        );
    }
    out.push_str("]}\n");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&folder).expect("target/bench");
    std::fs::write(folder.join("relay.json"), out).expect("relay.json");
}
