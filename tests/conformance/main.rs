//! The conformance hook: third-party files with known verdicts, judged by the same functions as
//! `verify` and the relay. `docs` of the corpus say how to count; false accepts always fail.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test binary of its own: it prints its table, reads its environment and stops on \
              damage of the corpus"
)]

mod algorithms;
mod case;
mod container;
mod gate;
mod judge;
mod page;
mod path;
mod stamps;
mod xml;
mod xmldsig;
mod xpath;

use case::{Case, Corpus};
use gate::{Exceptions, Findings};
use judge::{Answer, Judged};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What is counted of one family.
#[derive(Default)]
pub(crate) struct Row {
    cases: usize,
    counted: usize,
    agree: usize,
    stricter: usize,
    false_accepts: usize,
    disputed: usize,
    not_built: usize,
    slowest: Duration,
}

impl Row {
    /// Agreement in percent.
    pub(crate) fn share(&self) -> String {
        match self.counted {
            0 => "-".to_owned(),
            counted => format!("{:.1}", self.agree as f64 * 100.0 / counted as f64),
        }
    }
}

fn main() {
    let ours = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let usual = ours.join("../shared/conformance");
    let root = std::env::var("CONFORMANCE_DIR").map_or_else(|_| usual.clone(), PathBuf::from);
    if !root.join("manifest.json").is_file() {
        println!("conformance: no manifest in {}; skipped", root.display());
        return;
    }
    let corpus = Corpus::open(&root);
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut verdicts = serde_json::Map::new();
    let mut findings = Findings::default();
    let mut panics = Vec::new();
    for case in corpus.cases() {
        let start = Instant::now();
        // One case that nobody thought of fails the run, and is not the end of all others.
        let judge = std::panic::AssertUnwindSafe(|| judge::judge(&corpus, &case));
        let judged = std::panic::catch_unwind(judge).unwrap_or_else(|_| {
            panics.push(format!("{}: a panic, which is no answer", case.id));
            Some(judge::refused("a panic"))
        });
        let took = start.elapsed();
        verdicts.insert(case.id.clone(), entry(judged.as_ref(), took));
        let row = rows.entry(case.family.clone()).or_default();
        row.cases += 1;
        let Some(judged) = judged else {
            row.not_built += 1;
            continue;
        };
        row.slowest = row.slowest.max(took);
        count(row, &case, &judged, &mut findings);
    }
    print(&rows);
    let text = serde_json::to_vec_pretty(&serde_json::Value::Object(verdicts)).expect("JSON");
    std::fs::write(ours.join("target/conformance.json"), text).expect("written");
    if std::env::var("CONFORMANCE_VERBOSE").is_ok() {
        let differing = findings.disagreements.values().map(|(_, line)| line);
        for line in findings.remarks.iter().chain(differing) {
            println!("{line}");
        }
    }
    // Exceptions are about the cases that came with the project, and no others.
    let elsewhere = root.canonicalize().ok() != usual.canonicalize().ok();
    let failed = if elsewhere {
        gate::failures_elsewhere(&rows, &findings)
    } else {
        let exceptions = Exceptions::read(&ours.join("tests/conformance/exceptions.toml"));
        let mut failures = gate::failures(&rows, &findings, &exceptions);
        failures.extend(page::check(&ours, &rows, &exceptions));
        failures
    };
    panics.extend(failed);
    for line in &panics {
        println!("{line}");
    }
    if !panics.is_empty() {
        std::process::exit(1);
    }
}

fn entry(judged: Option<&Judged>, took: Duration) -> serde_json::Value {
    let Some(judged) = judged else {
        return serde_json::json!({ "verdict": "not built" });
    };
    serde_json::json!({
        "verdict": judged.answer.name(),
        "sub_indication": judged.sub,
        "reason": judged.reason,
        "milliseconds": took.as_secs_f64() * 1000.0,
    })
}

fn count(row: &mut Row, case: &Case, judged: &Judged, findings: &mut Findings) {
    let line = {
        let (answer, expected) = (judged.answer.name(), &case.expected);
        let reason = judged.reason.as_deref().unwrap_or("-");
        let (id, kind) = (&case.id, &case.kind);
        format!("{id} ({kind}): {answer} ({reason}), expected {expected}")
    };
    if case.disputed {
        row.disputed += 1;
        return;
    }
    let accepts = |verdict: &str| case.expected == verdict || case.acceptable(verdict);
    // A verdict that nothing but refusal meets: path and full, an attack, or what is refused by
    // rule whatever the corpus expects.
    let must_refuse = !accepts("valid") || case.refused_by_rule();
    if judged.answer == Answer::Valid && must_refuse {
        if case.gated() {
            row.false_accepts += 1;
            findings.false_accepts.insert(case.id.clone(), line);
        } else {
            findings.remarks.push(format!("not gated, {line}"));
        }
        return;
    }
    if case.leaves_the_denominator(judged.reason.as_deref()) {
        return;
    }
    row.counted += 1;
    let refused = case.expected == "invalid" && case.refusal_suffices();
    if accepts(judged.answer.name()) || refused {
        row.agree += 1;
    } else {
        row.stricter += usize::from(case.expected == "valid");
        let known = (case.family.clone(), line);
        findings.disagreements.insert(case.id.clone(), known);
    }
}

fn print(rows: &BTreeMap<String, Row>) {
    println!(
        "{:<20} {:>6} {:>8} {:>8} {:>7} {:>9} {:>14} {:>9} {:>12}",
        "family",
        "cases",
        "counted",
        "agree",
        "%",
        "stricter",
        "false accepts",
        "disputed",
        "slowest"
    );
    for (family, row) in rows {
        let share = row.share();
        let slowest = format!("{:.1} ms", row.slowest.as_secs_f64() * 1000.0);
        let rest = match row.not_built {
            0 => String::new(),
            number => format!("  {number} not built"),
        };
        println!(
            "{family:<20} {:>6} {:>8} {:>8} {share:>7} {:>9} {:>14} {:>9} {slowest:>12}{rest}",
            row.cases, row.counted, row.agree, row.stricter, row.false_accepts, row.disputed
        );
    }
}
