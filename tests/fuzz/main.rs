//! Fuzzing on the stable compiler. One harness, two ways to run it:
//!
//! - `cargo test --release --test fuzz [TARGET]`: kept crashes, seeds, then a fixed number of mutations
//!   from a fixed seed, in some ten seconds. Part of the tests.
//! - `tests/fuzz/guided [SECONDS [TARGET...]]`: as long as wanted, guided by what the code reaches.
//!
//! `--seed N` draws other mutations, `--replay FILE TARGET` judges one file, `--make-seeds` makes the
//! forged seeds anew (those of XML: `--make-seeds xml`, of XAdES: `--make-seeds xades`). What fails is made smaller and written to `target/fuzz/crashes/`; moved to
//! `tests/fuzz/crashes/TARGET/NAME.bin` under a name that says what it is, it is replayed for ever.

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
    reason = "a test binary of its own: it prints its table and stops where its own files are damaged"
)]

#[path = "../conformance/algorithms.rs"]
mod algorithms;
mod canonical;
#[allow(
    dead_code,
    reason = "shared with the conformance run, which counts too"
)]
#[path = "../conformance/case.rs"]
mod case;
mod containers;
mod coverage;
mod grounds;
mod mutate;
#[path = "../conformance/path.rs"]
mod path;
mod paths;
mod reports;
mod rng;
mod run;
#[allow(dead_code, reason = "shared with the tests of the interface")]
#[path = "../it/server/schema.rs"]
mod schema;
mod seeds;
mod signatures;
mod targets;
mod tree;
mod xades;
mod xml;

use coverage::Coverage;
use grounds::{Grounds, form};
use rng::Rng;
use run::{Runner, Tally, home, peak, save};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use targets::{TARGETS, Target};

/// The threads that judge have the stack that the standard library gives them.
const STACK: usize = 2 * 1024 * 1024;
/// Of the whole run: no input may cost what a machine notices.
const MAX_PEAK_MIB: u64 = 1024;
/// Different failures of one target, after which it is left.
const ENOUGH: usize = 5;

#[derive(Default)]
struct Asked {
    seconds: Option<u64>,
    seed: u64,
    replay: Option<PathBuf>,
    make_seeds: bool,
    words: Vec<String>,
}

impl Asked {
    /// Flags of the test runner are for other binaries and are passed over.
    fn read() -> Self {
        let mut asked = Self::default();
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--seconds" => asked.seconds = args.next().and_then(|n| n.parse().ok()),
                "--seed" => asked.seed = args.next().and_then(|n| n.parse().ok()).unwrap_or(0),
                "--replay" => asked.replay = args.next().map(Into::into),
                "--make-seeds" => asked.make_seeds = true,
                flag if flag.starts_with('-') => {}
                word => asked.words.push(word.to_owned()),
            }
        }
        asked
    }

    fn targets(&self) -> Vec<&'static Target> {
        let wanted = |t: &&Target| self.words.is_empty() || self.words.iter().any(|w| w == t.name);
        TARGETS.iter().filter(wanted).collect()
    }
}

fn main() {
    let asked = Asked::read();
    if asked.make_seeds {
        // Those of XML have an authority of their own and are made for themselves.
        match asked.words.first().map(String::as_str) {
            Some("xml") => seeds::make_xml().expect("seeds"),
            Some("xades") => xades::make().expect("seeds"),
            Some(_) | None => seeds::make().expect("seeds"),
        }
        return;
    }
    let run = move || fuzz(&asked);
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run);
    let sound = thread.expect("thread").join();
    if sound.ok() != Some(true) {
        std::process::exit(1);
    }
}

fn fuzz(asked: &Asked) -> bool {
    let targets = asked.targets();
    if targets.is_empty() {
        return true;
    }
    let grounds = Grounds::new();
    if !grounds.corpus {
        println!("fuzz: no conformance files; left out: all seeds but the forged ones");
    }
    println!(
        "{:<14} {:>6} {:>9} {:>9} {:>9} {:>8} {:>10} {:>10}",
        "target", "seeds", "inputs", "read", "accepted", "edges", "slowest", "per second"
    );
    run::catch_panics();
    let mut sound = true;
    for target in &targets {
        let mut session = Session::new(&grounds, target);
        match (&asked.replay, asked.seconds) {
            (Some(file), _) => session.give(&std::fs::read(file).expect("file"), "replay"),
            (None, Some(seconds)) => session.guided(seconds / targets.len() as u64, asked.seed),
            (None, None) => session.smoke(asked.seed),
        }
        sound &= session.end();
    }
    let peak = peak();
    if let Some(mib) = peak {
        println!("fuzz: at most {mib} MiB of memory");
    }
    sound && peak.is_none_or(|mib| mib <= MAX_PEAK_MIB)
}

/// The run of one target.
struct Session<'a> {
    runner: Runner<'a>,
    seeds: Vec<Vec<u8>>,
    coverage: Coverage,
    tally: Tally,
    failures: BTreeSet<String>,
    start: Instant,
}

impl<'a> Session<'a> {
    fn new(grounds: &'a Grounds, target: &'a Target) -> Self {
        Self {
            runner: Runner::new(grounds, target),
            seeds: grounds.seeds(target.name),
            coverage: Coverage::new(),
            tally: Tally::default(),
            failures: BTreeSet::new(),
            start: Instant::now(),
        }
    }

    fn name(&self) -> &'static str {
        self.runner.target.name
    }

    /// Kept crashes, then the seeds as they are.
    fn known(&mut self) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/crashes");
        let mut kept = files(&folder.join(self.name()));
        kept.sort();
        for path in kept {
            let input = std::fs::read(&path).expect("crash");
            self.give(&input, &path.display().to_string());
        }
        for (number, seed) in self.seeds.clone().iter().enumerate() {
            self.give(seed, &format!("seed {number}"));
        }
    }

    fn smoke(&mut self, seed: u64) {
        self.known();
        let mut rng = Rng::named(self.name(), seed);
        // Unoptimised, a tenth shows that it still runs.
        let share = if cfg!(debug_assertions) { 10 } else { 1 };
        for number in 0..self.runner.target.smoke / share {
            if self.failures.len() >= ENOUGH {
                break;
            }
            let (base, donor) = (number % self.seeds.len(), rng.below(self.seeds.len()));
            let (base, donor) = (&self.seeds[base], &self.seeds[donor]);
            let input = mutate::mutate(form(self.name()), base, donor, &mut rng);
            self.give(&input, &format!("mutation {number} of seed {seed}"));
        }
    }

    /// Inputs that reach something new become seeds themselves.
    fn guided(&mut self, seconds: u64, seed: u64) {
        if !self.coverage.counts() {
            println!("fuzz: this build counts nothing, so nothing guides; see tests/fuzz/guided");
        }
        let learnt = home("corpus", self.name());
        std::fs::create_dir_all(&learnt).expect("folder");
        for path in files(&learnt) {
            self.seeds.extend(std::fs::read(path));
        }
        self.known();
        let mut rng = Rng::named(self.name(), seed ^ std::process::id() as u64);
        let until = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < until && self.failures.len() < ENOUGH {
            // What was learnt last leads furthest.
            let all = self.seeds.len();
            let from = if rng.one_in(2) {
                all - all.div_ceil(8)
            } else {
                0
            };
            let base = &self.seeds[from + rng.below(all - from)];
            let donor = rng.pick(&self.seeds);
            let input = mutate::mutate(form(self.name()), base, donor, &mut rng);
            if self.give_counted(&input, "guided") {
                let name = lienthong::model::Digest::of(&input).to_hex();
                std::fs::write(learnt.join(name), &input).expect("written");
                self.seeds.push(input);
            }
        }
    }

    fn give(&mut self, input: &[u8], from: &str) {
        self.give_counted(input, from);
    }

    /// Whether it reached something new.
    fn give_counted(&mut self, input: &[u8], from: &str) -> bool {
        Coverage::reset();
        let outcome = self.runner.attempt(input);
        let grew = self.coverage.grew();
        match outcome {
            Ok(came) => {
                self.tally.add(came);
                grew
            }
            Err(what) => {
                self.tally.runs += 1;
                if self.failures.insert(what.clone()) {
                    let least = self.runner.smaller(form(self.name()), input, &what);
                    let path = save(self.name(), "crash", &least);
                    println!("FAILED {} ({from}): {what}", self.name());
                    println!("       {} bytes in {}", least.len(), path.display());
                }
                false
            }
        }
    }

    fn end(self) -> bool {
        let Tally {
            runs,
            read,
            accepted,
        } = self.tally;
        let slowest = format!("{:.1} ms", self.runner.slowest.as_secs_f64() * 1000.0);
        let speed = runs as f64 / self.start.elapsed().as_secs_f64();
        let edges = match self.coverage.edges {
            0 => "-".to_owned(),
            edges => edges.to_string(),
        };
        println!(
            "{:<14} {:>6} {runs:>9} {read:>9} {accepted:>9} {edges:>8} {slowest:>10} {speed:>10.0}",
            self.name(),
            self.seeds.len()
        );
        self.failures.is_empty()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|e| e.path()).filter(|p| p.is_file());
    files.collect()
}
