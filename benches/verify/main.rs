//! How many signed files one core judges per second: `cargo bench --bench verify`.
//!
//! Every file is different and fully judged: parsed, hashed, its attributes and signature value
//! checked, its path and CRLs taken from a warm cache, a report built. One thread, its time on a CPU,
//! the best of five rounds (the machine may be shared); cold rows are the best wall time of 200. Writes
//! `target/bench/verify.json`.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a benchmark prints its table, reads a clock and stops when its own input is wrong"
)]

mod crl;
mod given;
mod invoices;
mod memory;
#[path = "../observed/mod.rs"]
mod observed;
mod path;
mod xml;

use bytes::Bytes;
use lienthong::forge::{
    Authority, Crl, Identity, KeyKind, Letter, Mark, Pdf, Profile, SubFilter, Validity,
};
use lienthong::format::content::Memory;
use lienthong::model::{Digest, LocalDay, Timestamp};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::report::FileReport;
use lienthong::trust::validator::{Signed, Validator};
use rcgen::DnType;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// 2026-11-24T00:00:00Z.
const NOW: Timestamp = Timestamp(1_795_478_400_000);
const ROUNDS: usize = 5;

struct World {
    root: Vec<u8>,
    crls: [Vec<u8>; 2],
    material: Arc<Material>,
    person: Identity,
    agency: Identity,
}

impl World {
    fn new(kind: KeyKind) -> Self {
        let good = Validity::around(NOW);
        let root = Authority::root("Root", kind, good).expect("root");
        let ca = root.authority("Issuing CA", kind, good).expect("ca");
        let issue = |name| {
            let subject = [(DnType::CommonName, name)];
            let issued = ca.issue(&subject, kind, good, Profile::Signing);
            issued.expect("issued")
        };
        let crl = |of: &Authority| {
            let crl = Crl {
                validity: Validity::days(NOW, 1, 6),
                number: 1,
                revoked: Vec::new(),
            };
            of.crl(&crl).expect("crl")
        };
        let crls = [crl(&root), crl(&ca)];
        let material = Material::new(MaterialInput {
            anchors: vec![AnchorInput::ordinary("bench", root.der().to_vec())],
            crls: crls.iter().cloned().map(Bytes::from).collect(),
            ..MaterialInput::default()
        });
        Self {
            root: root.der().to_vec(),
            crls,
            material: Arc::new(material.expect("material")),
            person: issue("Person"),
            agency: issue("Agency"),
        }
    }
}

/// A file and, for a detached signature, its content.
type Case = (Memory, Option<Memory>);

fn memory(bytes: Vec<u8>) -> Memory {
    Memory::new(Bytes::from(bytes))
}

fn content(bytes: usize, seed: u64) -> Vec<u8> {
    // xorshift: different for each file, and nothing compresses or repeats.
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let words = (0..bytes.div_ceil(8)).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(bytes).collect()
}

fn cms(world: &World, bytes: usize, count: u64, inside: bool) -> Vec<Case> {
    (0..count)
        .map(|seed| {
            let content = content(bytes, seed);
            if inside {
                let signed = world
                    .agency
                    .sign_encapsulated(&content, NOW)
                    .expect("signed");
                (memory(signed), None)
            } else {
                let signed = world.agency.sign_detached(&content, NOW).expect("signed");
                (memory(signed), Some(memory(content)))
            }
        })
        .collect()
}

fn letter(number: u64, paragraphs: usize) -> Letter {
    let text = "Căn cứ quy định hiện hành, đề nghị các đơn vị báo cáo.";
    Letter {
        number: number.to_string(),
        body: vec![text.into(); paragraphs],
        ..Letter::sample(LocalDay::new(2026, 11, 24).expect("day"))
    }
}

/// A letter about so long.
fn letters(number: u64, bytes: usize) -> Pdf {
    let one = Pdf::new(&letter(0, 1)).bytes().len();
    let ten = Pdf::new(&letter(0, 11)).bytes().len();
    let paragraphs = bytes.saturating_sub(one) * 10 / (ten - one).max(1);
    Pdf::new(&letter(number, paragraphs))
}

fn pdfs(world: &World, bytes: usize, count: u64) -> Vec<Case> {
    let mark = |field: &str| Mark {
        field: field.into(),
        name: field.into(),
        lines: vec![field.into()],
        place: [100.0, 100.0, 260.0, 150.0],
        colour: [200, 0, 0],
        sub_filter: SubFilter::Cades,
    };
    let signed = |number| {
        let mut pdf = letters(number, bytes);
        for (by, field) in [(&world.person, "CaNhan"), (&world.agency, "CoQuan")] {
            pdf.sign(by, &mark(field), NOW).expect("signed");
        }
        (memory(pdf.into_bytes()), None)
    };
    (1..=count).map(signed).collect()
}

struct Row {
    name: String,
    bytes: usize,
    per_second: f64,
    micros: f64,
}

fn signed((content, detached): &Case) -> Signed<'_> {
    Signed {
        content,
        detached: detached.as_ref().map(|d| d as _),
        beside: &[],
    }
}

fn measure(name: &str, validator: &Validator, cases: &[Case], at: Timestamp) -> Row {
    let judge = |case: &Case| {
        let file = signed(case);
        passed(&validator.judge_file(file.content, file.detached, at));
    };
    timed(name, cases, || cases.iter().for_each(judge))
}

fn passed(report: &FileReport) {
    let passed = report.worst().is_some_and(|v| v.is_passed());
    assert!(passed, "{report:#?}");
}

/// Several messages judged together, as those of one document are; beside it the digests alone, by
/// ring one after the other and side by side.
fn together() -> Vec<Row> {
    let world = World::new(KeyKind::Rsa2048);
    let validator = Validator::new(Arc::clone(&world.material));
    let mut rows = Vec::new();
    for (label, bytes) in [("100 KB", 100_000), ("1 MB", 1_000_000)] {
        let cases = cms(&world, bytes, 16, false);
        let all: Vec<Signed<'_>> = cases.iter().map(signed).collect();
        let fours = || {
            let reports = all
                .chunks(4)
                .flat_map(|four| validator.judge_files(four, NOW));
            reports.for_each(|report| passed(&report));
        };
        rows.push(timed(
            &format!("CMS detached {label}, four together"),
            &cases,
            fours,
        ));
        let contents: Vec<&[u8]> = all
            .iter()
            .map(|f| f.detached.expect("content").bytes())
            .collect();
        let one = || {
            contents
                .iter()
                .for_each(|c| assert_ne!(black_box(Digest::of(c)), Digest::ZERO))
        };
        rows.push(timed(&format!("SHA-256 of {label}, by ring"), &cases, one));
        let several = || {
            contents
                .chunks(4)
                .for_each(|c| drop(black_box(Digest::of_each(c))))
        };
        rows.push(timed(
            &format!("SHA-256 of {label}, side by side"),
            &cases,
            several,
        ));
    }
    rows
}

/// What each of the cases takes in `work`, which does all of them.
fn timed(name: &str, cases: &[Case], work: impl Fn()) -> Row {
    work();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (start, busy, mut judged) = (Instant::now(), on_cpu(), 0u32);
        while start.elapsed() < Duration::from_millis(300) {
            work();
            judged += u32::try_from(cases.len()).expect("few");
        }
        let took = match (busy, on_cpu()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => start.elapsed(),
        };
        best = best.min(took.as_secs_f64() / f64::from(judged));
    }
    let (file, content) = &cases[0];
    let size = |m: &Memory| m.shared().len();
    Row {
        name: name.to_owned(),
        bytes: content.as_ref().map_or_else(|| size(file), size),
        per_second: 1.0 / best,
        micros: best * 1e6,
    }
}

/// The time that this thread was on a CPU (Linux, `/proc/thread-self/schedstat`), so that other
/// work on the machine is not counted; `None` elsewhere.
fn on_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos: u64 = text.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

fn main() {
    if memory::asked() || xml::asked() {
        return;
    }
    match std::env::var_os("LIENTHONG_BENCH_FILES") {
        Some(folder) => show(&given::rows(folder.as_ref()), "given"),
        None => show(&own(), "verify"),
    }
}

type Part = (&'static str, fn() -> Vec<Row>);

/// Of files made here: every part, or those that are named (`-- path`, `-- crl`, `-- files`,
/// `-- memory`, `-- xml`).
fn own() -> Vec<Row> {
    let named: Vec<String> = std::env::args().skip(1).collect();
    let parts: [Part; 5] = [
        ("path", path::rows),
        ("crl", crl::rows),
        ("files", files),
        ("memory", memory::rows),
        ("xml", xml::rows),
    ];
    let all = !parts
        .iter()
        .any(|(part, _)| named.iter().any(|n| n == part));
    let wanted = |part: &str| all || named.iter().any(|n| n == part);
    let wanted = parts.iter().filter(|(part, _)| wanted(part));
    wanted.flat_map(|(_, rows)| rows()).collect()
}

fn files() -> Vec<Row> {
    let mut rows = together();
    for (kind, key) in [(KeyKind::Rsa2048, "RSA-2048"), (KeyKind::P256, "P-256")] {
        let world = World::new(kind);
        let validator = Validator::new(Arc::clone(&world.material));
        for (label, bytes, count) in [
            ("10 KB", 10_000, 64),
            ("100 KB", 100_000, 64),
            ("1 MB", 1_000_000, 16),
        ] {
            for inside in [false, true] {
                let form = if inside { "inside" } else { "detached" };
                let cases = cms(&world, bytes, count, inside);
                rows.push(measure(
                    &format!("CMS {form} {label} {key}"),
                    &validator,
                    &cases,
                    NOW,
                ));
            }
        }
        let cases = pdfs(&world, 100_000, 32);
        rows.push(measure(
            &format!("PDF, two signatures, 100 KB {key}"),
            &validator,
            &cases,
            NOW,
        ));
        rows.push(cold(&world, key));
    }
    rows
}

/// Prints the table and writes it to `target/bench`.
fn show(rows: &[Row], name: &str) {
    println!(
        "{:<42} {:>10} {:>10} {:>10} {:>8}",
        "one core, warm chain cache", "bytes", "files/s", "µs", "MB/s"
    );
    for row in rows {
        let Row {
            name,
            bytes,
            per_second,
            micros,
        } = row;
        let speed = *bytes as f64 / micros;
        println!("{name:<42} {bytes:>10} {per_second:>10.0} {micros:>10.1} {speed:>8.0}");
    }
    let json: Vec<_> = rows
        .iter()
        .map(|r| serde_json::json!({ "name": r.name, "bytes": r.bytes, "per_second": r.per_second, "microseconds": r.micros }))
        .collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench");
    std::fs::create_dir_all(folder).expect("folder");
    let text = serde_json::to_vec_pretty(&json).expect("JSON");
    std::fs::write(format!("{folder}/{name}.json"), text).expect("written");
}

/// The same with nothing remembered: a new validator for each file.
fn cold(world: &World, key: &str) -> Row {
    let (file, content) = cms(world, 10_000, 1, false).remove(0);
    let content = content.expect("detached");
    let mut best = f64::INFINITY;
    for _ in 0..200 {
        let validator = Validator::new(Arc::clone(&world.material));
        let start = Instant::now();
        let report = validator.judge_file(&file, Some(&content), NOW);
        best = best.min(start.elapsed().as_secs_f64());
        assert!(report.worst().is_some_and(|v| v.is_passed()));
    }
    Row {
        name: format!("CMS detached 10 KB {key}, cold"),
        bytes: 10_000,
        per_second: 1.0 / best,
        micros: best * 1e6,
    }
}
