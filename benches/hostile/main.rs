//! How long files that are made to be slow hold a judging thread, and how much memory they take:
//! `cargo bench --bench hostile`. Each row is judged cold in processes of its own, five times over;
//! time and memory are the worst of the five. Writes `target/bench/hostile.json`.
//!
//! Memory is the growth of the high-water mark over what was resident before the judgement, so that
//! the file itself and the configured CRLs do not count, except in the row of the long CRL, which
//! counts from its bytes on: parsed, indexed, verified and looked up in.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a benchmark prints its table, reads a clock and stops when its own input is wrong"
)]

#[path = "../observed/mod.rs"]
mod observed;
mod pdf;
mod xml;
mod zip;

use bytes::Bytes;
use lienthong::forge::hostile::{CASES, Hostile};
use lienthong::format::content::Memory;
use lienthong::model::Timestamp;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::report::FileReport;
use lienthong::trust::validator::Validator;
use observed::observed;
use std::process::Command;
use std::sync::Arc;

/// 2026-11-24T00:00:00Z.
const NOW: Timestamp = Timestamp(1_795_478_400_000);
const ROUNDS: usize = 5;
/// More certificates than one signature may carry are configured instead.
const MOST_SUPPLIED: usize = 90;

/// What a process measured of one judgement.
#[derive(serde::Serialize, serde::Deserialize, Clone, Debug)]
struct Measured {
    name: String,
    milliseconds: f64,
    megabytes: f64,
    said: String,
}

fn main() {
    let mut arguments = std::env::args().skip_while(|a| a != "--one").skip(1);
    if let Some(number) = arguments.next() {
        let measured = one(number.parse().expect("a number"));
        println!("{}", serde_json::to_string(&measured).expect("written"));
        return;
    }
    let mut rows = Vec::new();
    println!("{:50} {:>9} {:>9}  verdict", "judged cold", "ms", "MB");
    for number in 0..CASES.len() + pdf::CASES.len() + xml::CASES.len() + zip::CASES.len() {
        let row = worst_of(number);
        let Measured {
            name,
            milliseconds,
            megabytes,
            said,
        } = &row;
        println!("{name:50} {milliseconds:9.2} {megabytes:9.2}  {said}");
        rows.push(row);
    }
    let folder = std::path::Path::new("target/bench");
    std::fs::create_dir_all(folder).expect("folder");
    let text = serde_json::to_string_pretty(&rows).expect("written");
    std::fs::write(folder.join("hostile.json"), text).expect("written");
}

fn worst_of(number: usize) -> Measured {
    let program = std::env::current_exe().expect("this program");
    let round = |_| {
        let out = Command::new(&program)
            .args(["--one", &number.to_string()])
            .output();
        let out = out.expect("started");
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        let line = String::from_utf8_lossy(&out.stdout).into_owned();
        serde_json::from_str::<Measured>(&line).expect("measured")
    };
    let rounds: Vec<Measured> = (0..ROUNDS).map(round).collect();
    let most = |of: fn(&Measured) -> f64| rounds.iter().map(of).fold(0.0, f64::max);
    Measured {
        milliseconds: most(|m| m.milliseconds),
        megabytes: most(|m| m.megabytes),
        ..rounds[0].clone()
    }
}

/// Paths first, then PDFs, XML and archives, each signed under an honest chain.
fn one(number: usize) -> Measured {
    if let Some((name, make)) = CASES.get(number) {
        return measure(name, &make(NOW).expect("made"));
    }
    let files = pdf::CASES.iter().chain(xml::CASES).chain(zip::CASES);
    let mut files = files.skip(number - CASES.len());
    let (name, make) = files.next().expect("a case");
    let honest = (CASES[0].1)(NOW).expect("made");
    let mut signer = honest.signer.identity().expect("identity");
    signer.chain.clone_from(&honest.supplied);
    let file = memory(make(&signer));
    let validator = validator(input(&honest, false));
    let (milliseconds, megabytes, report) = observed(|| validator.judge_file(&file, None, NOW));
    measured(name, milliseconds, megabytes, &report)
}

fn measure(name: &str, made: &Hostile) -> Measured {
    let mut signer = made.signer.identity().expect("identity");
    let few = made.supplied.len() <= MOST_SUPPLIED;
    signer.chain = if few {
        made.supplied.clone()
    } else {
        Vec::new()
    };
    let signed = signer.sign_detached(b"content", NOW).expect("signed");
    let (signed, content) = (memory(signed), memory(b"content".to_vec()));
    let long = made.lists.iter().any(|list| list.len() > 1 << 20);
    let input = input(made, !few);
    let (milliseconds, megabytes, report) = if long {
        observed(|| validator(input).judge_file(&signed, Some(&content), NOW))
    } else {
        let validator = validator(input);
        observed(|| validator.judge_file(&signed, Some(&content), NOW))
    };
    measured(name, milliseconds, megabytes, &report)
}

/// The anchors and lists of a case; the certificates that came along too, where they are `configured`.
fn input(made: &Hostile, configured: bool) -> MaterialInput {
    let anchors = made.anchors.iter();
    let anchors = anchors.map(|der| AnchorInput::ordinary("co-yeu", der.clone()));
    MaterialInput {
        anchors: anchors.collect(),
        intermediates: if configured {
            made.supplied.clone()
        } else {
            Vec::new()
        },
        crls: made.lists.iter().cloned().map(Bytes::from).collect(),
        ..MaterialInput::default()
    }
}

fn validator(input: MaterialInput) -> Validator {
    Validator::new(Arc::new(Material::new(input).expect("material")))
}

fn measured(name: &str, milliseconds: f64, megabytes: f64, report: &FileReport) -> Measured {
    let said = report.worst().map(|v| {
        let sub = v.sub().map_or("", |sub| sub.name());
        format!("{} {sub} {}", v.indication(), v.reason().code)
    });
    Measured {
        name: name.into(),
        milliseconds,
        megabytes,
        said: said.unwrap_or_default(),
    }
}

fn memory(bytes: Vec<u8>) -> Memory {
    Memory::new(Bytes::from(bytes))
}
