//! How long the check of a dossier takes without its signatures, and how long the published procedures of a province take to
//! load: `cargo bench --bench dossiers`. Writes `target/bench/dossiers.json`.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a benchmark prints its table, reads a clock and stops when its own input is wrong"
)]

use lienthong::config::procedures::{self, SAMPLES, to_csv, to_toml};
use lienthong::dossier::{
    Component, Content, FactKind, Facts, MAX_COMPONENTS, MAX_OFFERED, Offered, Outcome, Presented,
    Procedure, Value, check,
};
use lienthong::model::{Digest, LocalDay};
use lienthong::policy::SignedFile;
use std::collections::BTreeSet;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

const CHECKS: usize = 20_000;
const PROCEDURES: usize = 5_000;

fn main() {
    let samples: Vec<Procedure> = SAMPLES
        .iter()
        .map(|(name, text)| sample(name, text))
        .collect();
    let mut rows = Vec::new();
    println!(
        "{:34} {:>5} {:>8} {:>8} {:>8}",
        "check without signatures", "parts", "p50 µs", "p99 µs", "max µs"
    );
    for own in &samples {
        let (facts, offered) = whole(own);
        rows.push(checked(&own.code, own, &facts, &offered, Outcome::Complete));
        rows.push(checked(
            &format!("{}, nothing there", own.code),
            own,
            &facts,
            &[],
            Outcome::Incomplete,
        ));
    }
    let (largest, offered) = largest(&samples[0]);
    rows.push(checked(
        "as large as may be",
        &largest,
        &Facts::new(),
        &offered,
        Outcome::Surplus,
    ));
    rows.extend(loaded(&samples));
    let folder = Path::new("target/bench");
    std::fs::create_dir_all(folder).expect("folder");
    let text = serde_json::to_string_pretty(&rows).expect("written");
    std::fs::write(folder.join("dossiers.json"), text).expect("written");
}

fn sample(name: &str, text: &str) -> Procedure {
    procedures::parse(Path::new(name), text).expect("sample")
}

fn day() -> LocalDay {
    LocalDay::new(2026, 11, 24).expect("day")
}

fn file(component: &Component, seed: usize) -> Offered {
    let form = *component.forms.last().expect("form");
    let signed = SignedFile {
        agency: true,
        person: true,
        anybody: true,
        worst: None,
    };
    Offered {
        component: Some(component.id.clone()),
        form,
        copies: component.copies,
        template: component.template.clone(),
        issued: component.valid.map(|_| day()),
        content: match form.is_paper() {
            true => Content::Paper { signed: true },
            false => Content::File {
                digest: Digest::of(&seed.to_be_bytes()),
                signatures: Some(signed),
            },
        },
    }
}

/// A set that is complete: everything that is asked for where all flags are set, of alternatives the first.
fn whole(own: &Procedure) -> (Facts, Vec<Offered>) {
    let value = |kind: &FactKind| match kind {
        FactKind::Flag => Value::Flag(true),
        FactKind::Number => Value::Number(3),
        FactKind::Word(words) => Value::Word(words.first().expect("word").clone()),
    };
    let facts: Facts = own
        .facts
        .iter()
        .map(|(name, fact)| (name.clone(), value(&fact.kind)))
        .collect();
    let mut groups = BTreeSet::new();
    let asked = own
        .components
        .iter()
        .filter(|one| own.asks(one, &facts) == Some(true));
    let needed = asked.filter(|one| {
        one.one_of
            .as_ref()
            .is_none_or(|group| groups.insert(group.clone()))
    });
    let offered = needed
        .enumerate()
        .map(|(seed, one)| file(one, seed))
        .collect();
    (facts, offered)
}

/// As many components and as many files as are taken at once.
fn largest(own: &Procedure) -> (Procedure, Vec<Offered>) {
    let first = Component {
        when: None,
        one_of: None,
        in_database: None,
        ..own.components[0].clone()
    };
    let of = |n: usize| Component {
        id: format!("c{n}"),
        ..first.clone()
    };
    let components: Vec<Component> = (0..MAX_COMPONENTS).map(of).collect();
    let offered = (0..MAX_OFFERED)
        .map(|n| file(&components[n % MAX_COMPONENTS], n))
        .collect();
    let largest = Procedure {
        facts: Default::default(),
        conditions: Default::default(),
        components,
        ..own.clone()
    };
    (largest, offered)
}

fn checked(
    name: &str,
    own: &Procedure,
    facts: &Facts,
    offered: &[Offered],
    expected: Outcome,
) -> serde_json::Value {
    let presented = Presented {
        day: day(),
        facts,
        offered,
    };
    assert_eq!(check(own, &presented).outcome, expected, "{name}");
    let one = |_| {
        let begun = Instant::now();
        black_box(check(black_box(own), black_box(&presented)));
        begun.elapsed().as_nanos() as f64 / 1_000.0
    };
    let mut all: Vec<f64> = (0..CHECKS).map(one).collect();
    all.sort_by(f64::total_cmp);
    let (half, most, last) = (all[CHECKS / 2], all[CHECKS * 99 / 100], all[CHECKS - 1]);
    println!(
        "{name:34} {:5} {half:8.2} {most:8.2} {last:8.2}",
        own.components.len()
    );
    serde_json::json!({"check": name, "components": own.components.len(), "p50_us": half, "p99_us": most, "max_us": last})
}

/// The samples under other codes, from a folder of files and from one table.
fn loaded(samples: &[Procedure]) -> Vec<serde_json::Value> {
    let of = |n: usize| Procedure {
        code: format!("9.{n:06}"),
        ..samples[n % samples.len()].clone()
    };
    let all: Vec<Procedure> = (0..PROCEDURES).map(of).collect();
    let home = tempfile::tempdir().expect("folder");
    let folder = home.path().join("procedures");
    std::fs::create_dir(&folder).expect("folder");
    for own in &all {
        std::fs::write(folder.join(format!("{}-v1.toml", own.code)), to_toml(own))
            .expect("written");
    }
    let table = home.path().join("all.csv");
    std::fs::write(&table, to_csv(&all)).expect("written");
    let timed = |name: &str, load: &dyn Fn() -> usize| {
        let round = |_| {
            let begun = Instant::now();
            assert_eq!(load(), PROCEDURES, "{name}");
            begun.elapsed().as_secs_f64() * 1_000.0
        };
        let mut rounds: Vec<f64> = (0..5).map(round).collect();
        rounds.sort_by(f64::total_cmp);
        let (half, last) = (rounds[2], rounds[4]);
        println!("{name:34} {PROCEDURES:5} {half:8.0} ms, slowest of five {last:.0} ms");
        serde_json::json!({"load": name, "procedures": PROCEDURES, "p50_ms": half, "max_ms": last})
    };
    let empty = home.path().join("none");
    vec![
        timed("a folder of TOML", &|| {
            procedures::read(&folder).expect("read").iter().count()
        }),
        timed("one table, as a dry run", &|| {
            let done = procedures::import(&empty, std::slice::from_ref(&table), true);
            done.expect("read").len()
        }),
    ]
}
