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

mod case;
mod judge;

use case::{Case, Corpus};
use judge::{Answer, Judged};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

#[derive(Default)]
struct Row {
    cases: usize,
    counted: usize,
    agree: usize,
    stricter: usize,
    false_accepts: usize,
    disputed: usize,
    not_built: usize,
    slowest: Duration,
}

fn main() {
    let root = std::env::var("CONFORMANCE_DIR").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"),
        PathBuf::from,
    );
    if !root.join("manifest.json").is_file() {
        println!("conformance: no manifest in {}; skipped", root.display());
        return;
    }
    let corpus = Corpus::open(&root);
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut verdicts = serde_json::Map::new();
    let mut accepted_wrongly = Vec::new();
    let mut differing = Vec::new();
    for case in corpus.cases() {
        let start = Instant::now();
        let judged = judge::judge(&corpus, &case);
        let took = start.elapsed();
        verdicts.insert(case.id.clone(), entry(judged.as_ref(), took));
        let row = rows.entry(case.family.clone()).or_default();
        row.cases += 1;
        let Some(judged) = judged else {
            row.not_built += 1;
            continue;
        };
        row.slowest = row.slowest.max(took);
        count(row, &case, &judged, &mut accepted_wrongly, &mut differing);
    }
    print(&rows);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/conformance.json");
    let text = serde_json::to_vec_pretty(&serde_json::Value::Object(verdicts)).expect("JSON");
    std::fs::write(&path, text).expect("written");
    if std::env::var("CONFORMANCE_VERBOSE").is_ok() {
        for line in &differing {
            println!("{line}");
        }
    }
    for line in &accepted_wrongly {
        println!("FALSE ACCEPT {line}");
    }
    if !accepted_wrongly.is_empty() {
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

fn count(
    row: &mut Row,
    case: &Case,
    judged: &Judged,
    accepted_wrongly: &mut Vec<String>,
    differing: &mut Vec<String>,
) {
    let line = || {
        let (answer, expected) = (judged.answer.name(), &case.expected);
        let reason = judged.reason.as_deref().unwrap_or("-");
        format!(
            "{} ({}): {answer} ({reason}), expected {expected}",
            case.id, case.kind
        )
    };
    if case.disputed {
        row.disputed += 1;
        return;
    }
    let accepts = |verdict: &str| case.expected == verdict || case.acceptable(verdict);
    // A verdict that nothing but refusal meets: path and full, or an attack.
    if judged.answer == Answer::Valid && !accepts("valid") {
        if case.gated() {
            row.false_accepts += 1;
            accepted_wrongly.push(line());
        } else {
            differing.push(format!("not gated, {}", line()));
        }
        return;
    }
    if case.leaves_the_denominator() {
        return;
    }
    row.counted += 1;
    let refused = case.expected == "invalid" && case.refusal_suffices();
    if accepts(judged.answer.name()) || refused {
        row.agree += 1;
    } else {
        row.stricter += usize::from(case.expected == "valid");
        differing.push(line());
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
        let share = match row.counted {
            0 => "-".to_owned(),
            counted => format!("{:.1}", row.agree as f64 * 100.0 / counted as f64),
        };
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
