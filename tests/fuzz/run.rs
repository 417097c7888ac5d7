//! One input through one target: panics, slowness and hangs are found here, whatever the target.

use super::grounds::Grounds;
use super::mutate::Form;
use super::targets::{Came, Outcome, Target};
use super::tree;
use lienthong::model::Digest;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// For one input of at most 256 KiB; typical ones take less than a hundredth of it.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });
/// After which an input counts as one without end.
const HANG: Duration = Duration::from_secs(30);

/// What a run leaves behind.
pub(crate) fn home(part: &str, target: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("target/fuzz").join(part).join(target)
}

/// Message and place of the last panic.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Panics are findings, with their place; the validator catches some of them itself.
pub(crate) fn catch_panics() {
    std::panic::set_hook(Box::new(|info| {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
}

fn last_panic() -> String {
    std::mem::take(&mut PANIC.lock().unwrap_or_else(PoisonError::into_inner))
}

pub(crate) struct Runner<'a> {
    pub(crate) target: &'a Target,
    grounds: &'a Grounds,
    /// Holds the input that is being judged, for what nobody can catch: an exhausted stack.
    current: File,
    /// When the input was begun, in milliseconds since the runner was made; zero: idle.
    begun: Arc<AtomicU64>,
    epoch: Instant,
    pub(crate) slowest: Duration,
}

impl<'a> Runner<'a> {
    pub(crate) fn new(grounds: &'a Grounds, target: &'a Target) -> Self {
        let path = home("current", target.name);
        fs::create_dir_all(path.parent().expect("folder")).expect("folder");
        if let Ok(left) = fs::read(&path) {
            let saved = save(target.name, "died", &left);
            println!(
                "{}: an earlier run died of {}",
                target.name,
                saved.display()
            );
        }
        let current = File::create(&path).expect("current input");
        let runner = Self {
            target,
            grounds,
            current,
            begun: Arc::default(),
            epoch: Instant::now(),
            slowest: Duration::ZERO,
        };
        runner.watch(path);
        runner
    }

    fn watch(&self, path: PathBuf) {
        let (begun, epoch) = (Arc::downgrade(&self.begun), self.epoch);
        std::thread::spawn(move || {
            while let Some(begun) = begun.upgrade() {
                let since = begun.load(Ordering::Relaxed);
                let now = epoch.elapsed().as_millis() as u64;
                if since > 0 && now.saturating_sub(since) > HANG.as_millis() as u64 {
                    println!("no answer within {HANG:?}: {}", path.display());
                    std::process::exit(1);
                }
                drop(begun);
                std::thread::sleep(Duration::from_millis(500));
            }
        });
    }

    /// How far an input came, or what must not be.
    pub(crate) fn attempt(&mut self, input: &[u8]) -> Outcome {
        self.current.set_len(0).expect("current input");
        self.current.write_all_at(input, 0).expect("current input");
        let mut fastest = Duration::MAX;
        // A machine that is busy elsewhere is slow once, not three times.
        for _ in 0..3 {
            let start = Instant::now();
            let begun = self.epoch.elapsed().as_millis() as u64;
            self.begun.store(begun.max(1), Ordering::Relaxed);
            let outcome = self.once(input);
            self.begun.store(0, Ordering::Relaxed);
            fastest = fastest.min(start.elapsed());
            if outcome.is_err() || fastest <= LIMIT {
                self.slowest = self.slowest.max(fastest);
                return outcome;
            }
        }
        Err(format!("takes more than {LIMIT:?}"))
    }

    fn once(&self, input: &[u8]) -> Outcome {
        let run = self.target.run;
        let ran = catch_unwind(AssertUnwindSafe(|| run(self.grounds, input)));
        let panic = last_panic();
        match ran {
            Ok(Err(what)) if !panic.is_empty() => Err(format!("{what}: {panic}")),
            Ok(outcome) => outcome,
            Err(_) => Err(format!("panic: {panic}")),
        }
    }

    /// A smaller input that fails alike.
    pub(crate) fn smaller(&mut self, form: Form, input: &[u8], what: &str) -> Vec<u8> {
        let mut best = input.to_vec();
        let until = Instant::now() + Duration::from_secs(10);
        let mut step = 0;
        while Instant::now() < until {
            let Some(next) = without(form, &best, step) else {
                break;
            };
            if next.len() < best.len() && self.attempt(&next).err().as_deref() == Some(what) {
                best = next;
            } else {
                step += 1;
            }
        }
        best
    }
}

impl Drop for Runner<'_> {
    fn drop(&mut self) {
        // What is left over is what a run died of; this one did not.
        let _ = fs::remove_file(home("current", self.target.name));
    }
}

/// The input without its `step`-th part; `None` after the last one.
fn without(form: Form, input: &[u8], step: usize) -> Option<Vec<u8>> {
    let mut nodes = (form == Form::Der).then(|| tree::read(input)).flatten();
    if let Some(nodes) = &mut nodes {
        let mut number = step;
        let drop_it = &mut |siblings: &mut Vec<_>, place: usize| drop(siblings.remove(place));
        let found = tree::at(nodes, &mut number, drop_it);
        return found.then(|| tree::write(nodes));
    }
    // Sixteenths, then 256ths.
    let (parts, step) = if step < 16 {
        (16, step)
    } else {
        (256, step - 16)
    };
    let size = input.len().div_ceil(parts).max(1);
    let start = step
        .checked_mul(size)
        .filter(|at| *at < input.len() && step < parts)?;
    let mut rest = input[..start].to_vec();
    rest.extend_from_slice(input.get(start + size..).unwrap_or_default());
    Some(rest)
}

/// Keeps a failing input, to be looked at.
pub(crate) fn save(target: &str, what: &str, input: &[u8]) -> PathBuf {
    let folder = home("crashes", target);
    fs::create_dir_all(&folder).expect("folder");
    let digest = Digest::of(input).to_hex();
    let path = folder.join(format!("{what}-{}.bin", &digest[..16]));
    fs::write(&path, input).expect("written");
    path
}

/// Largest resident memory of this process so far, in MiB, where the system says.
pub(crate) fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}

/// What was counted of one target.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) runs: usize,
    pub(crate) read: usize,
    pub(crate) accepted: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, came: Came) {
        self.runs += 1;
        self.read += usize::from(came != Came::Refused);
        self.accepted += usize::from(came == Came::Accepted);
    }
}
