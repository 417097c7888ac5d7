//! Whole lives: sent, judged, stored, found in the inbox, fetched, accepted, and every receipt
//! collected, by real mutual-TLS clients on the same cores as the real daemon.
//!
//! Before them the steps of a life one by one, with what each costs. Then: sends at 70 % of that load; pages of
//! an inbox with a million documents, and what else has to do with so many; recipients by push of whom one is
//! down and one hardly reads.
//!
//! `cargo bench --bench life [-- --quick | steps | lives | inbox [DOCUMENTS] | push]` prints tables and
//! writes `target/bench/life.json`; `LIENTHONG_BENCH_DAEMON` names another build to measure. Receipts and contents are compared after the clock has stopped.
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
    clippy::type_complexity,
    reason = "a bench fails loudly and reads the clock"
)]

#[path = "../daemon/connection.rs"]
mod connection;
#[path = "../daemon/document.rs"]
mod document;
#[path = "../daemon/gateway.rs"]
mod gateway;
mod inbox;
mod lives;
#[path = "../daemon/offered.rs"]
mod offered;
mod push;
mod receivers;
mod steps;

use std::time::Duration;

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let asked = |name: &str| given.iter().any(|a| a == name);
    let quick = asked("--quick");
    let all = !["steps", "lives", "inbox", "push"].into_iter().any(asked);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut rows = Vec::new();
    if all || asked("steps") {
        rows.extend(steps::run(if quick { 2_000 } else { 10_000 }));
    }
    if all || asked("lives") {
        rows.extend(lives::run(if quick { 2_000 } else { 20_000 }));
    }
    if all || asked("inbox") {
        let size = given.iter().find_map(|a| a.parse().ok());
        let size = size.unwrap_or(if quick { 20_000 } else { 1_000_000 });
        rows.extend(inbox::run(size, if quick { 2_000 } else { 10_000 }));
    }
    if all || asked("push") {
        rows.extend(push::run(if quick { 200 } else { 2_000 }));
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&folder).expect("target/bench");
    let json = format!("[{}]\n", rows.join(","));
    std::fs::write(folder.join("life.json"), json).expect("life.json");
}

/// The time that this share of all stayed below.
pub fn below(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3
}
