//! Figures over very many documents: all units' rates of a month, one unit's series, pages of what is behind a figure,
//! the year's report, recounting, and rebuilding both projections; how much memory and disk that takes. Beside them
//! PostgreSQL, asked the same of the same rows.
//!
//! `cargo bench --bench figures [-- DOCUMENTS] [--units UNITS] [--days DAYS] [--in FOLDER] [write] [ask] [postgres] [rebuild]`. The
//! documents are written once, through the store's own writer, over two years of a clock that is handed in, or over the
//! last days of them, so that a month is as full as with more documents; with `--in` they stay in that folder, and a later run takes them from there. Prints tables and writes `target/bench/figures.json`.
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
    clippy::large_futures,
    reason = "a bench fails loudly and reads the clock"
)]

mod asked;
mod plan;
mod postgres;
mod rebuilt;
mod report;
mod written;

use lienthong::clock::ManualClock;
use lienthong::store::Readiness;
use lienthong::store::embedded::{Embedded, OpenOptions, open};
use plan::Plan;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rows of the table and of the JSON.
#[derive(Debug)]
pub struct Rows {
    json: Vec<String>,
}

impl Rows {
    /// One measured time, with what it is to stay below, in the same unit.
    pub fn one(&mut self, what: &str, figure: f64, unit: &str, target: &str) {
        println!("{what:>66} {figure:>12.2} {unit:<10} {target}");
        self.json.push(format!(
            "{{\"what\":\"{what}\",\"figure\":{figure:.4},\"unit\":\"{unit}\",\"target\":\"{target}\"}}"
        ));
    }

    /// Anonymous memory now, and the most that was resident since the last call.
    pub fn memory(&mut self, what: &str) {
        let anonymous = kilobytes("RssAnon:") / 1024.0;
        let most = kilobytes("VmHWM:") / 1024.0;
        self.one(&format!("{what}: memory now"), anonymous, "MB", "");
        self.one(&format!("{what}: memory at most"), most, "MB", "<= 512");
        std::fs::write("/proc/self/clear_refs", "5").expect("reset");
    }
}

fn kilobytes(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("status");
    let line = status.lines().find(|line| line.starts_with(field));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.expect("a field").parse().expect("a number")
}

/// CPU time of the process so far, in seconds.
pub fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("stat");
    let fields = stat.rsplit(')').next().expect("fields").split_whitespace();
    let ticks = fields.skip(11).take(2);
    ticks.map(|t| t.parse::<f64>().expect("ticks")).sum::<f64>() / 100.0
}

/// Opens what is there; waits until it is ready.
pub fn start(folder: &Path, clock: Arc<ManualClock>) -> (Embedded, Duration) {
    let options = OpenOptions {
        patience: Duration::from_secs(4 * 3600),
        ..OpenOptions::default()
    };
    let from = Instant::now();
    let store = open(folder, options, clock).expect("store");
    assert_eq!(store.ledger.readiness(), Readiness::Ready);
    (store, from.elapsed())
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let at = given.iter().position(|a| a == name)?;
        given.get(at + 1)
    };
    let asked = |name: &str| given.iter().any(|a| a == name);
    let all = !["write", "ask", "postgres", "rebuild"]
        .into_iter()
        .any(asked);
    let documents = given.first().and_then(|n| n.parse().ok());
    let units = after("--units").map(|n| n.parse().expect("a number"));
    let days = after("--days").map(|n| n.parse().expect("a number"));
    let plan = Plan::new(documents.unwrap_or(100_000), units.unwrap_or(125_000), days);
    let (folder, _throw_away) = match after("--in") {
        Some(folder) => (PathBuf::from(folder), None),
        None => {
            let under = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
            let made = tempfile::tempdir_in(under).expect("folder");
            (made.path().to_owned(), Some(made))
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("runtime");
    let mut rows = Rows { json: Vec::new() };
    let Plan {
        documents,
        units,
        days,
    } = plan;
    println!("{documents} documents of {units} units in {days} days");
    if !folder.join("log").exists() {
        runtime.block_on(written::run(&folder, &plan, &mut rows));
    }
    if all || asked("ask") {
        asked::run(&folder, &plan, &runtime, &mut rows);
    }
    if all || asked("postgres") {
        postgres::run(&folder, &plan, &runtime, &mut rows);
    }
    if all || asked("rebuild") {
        rebuilt::run(&folder, &plan, &runtime, &mut rows);
    }
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&out).expect("target/bench");
    let json = format!("[{}]\n", rows.json.join(","));
    std::fs::write(out.join("figures.json"), json).expect("figures.json");
}

/// The middle of several times, in milliseconds.
pub fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// The octets of a folder.
pub fn size(folder: &Path) -> f64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0.0;
    };
    let of = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.expect("entry");
        let meta = entry.metadata().expect("metadata");
        if meta.is_dir() {
            size(&entry.path())
        } else {
            use std::os::unix::fs::MetadataExt;
            meta.blocks() as f64 * 512.0
        }
    };
    entries.map(of).sum()
}
