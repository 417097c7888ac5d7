//! Power cuts: ext4 on a loop device is shut down under sixteen writers without flushing its
//! journal, mounted again and checked. Every acknowledged document must be there with its bodies,
//! and the counters must equal the recount.
//!
//! Acknowledgements of the last 20 ms are not held against the store: a plain append and fdatasync
//! also loses its last record in some of these cuts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of a test"
)]

use crate::stored::{bytes_of, id, keep, offer, start};
use crate::volume::Volume;
use lienthong::clock::{Clock, SystemClock};
use lienthong::intake::{RegisterDays, RegisterLine, RegisterTools, SealError, Sealer};
use lienthong::model::event::{Event, Recorded, SentBy};
use lienthong::model::{
    CodeNotation, CodeNumber, DocumentId, LocalDay, Position, Timestamp, UnitCode,
};
use lienthong::rates::recount::{Recount, differences};
use lienthong::seal::receipt::Receipt;
use lienthong::store::embedded::Embedded;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CUTS: u64 = 10;
/// A volume takes what a fast machine writes between two cuts (1.2 s); it is made anew before it
/// could fill up. The file behind it is sparse.
const VOLUME: u64 = 3 << 30;
const LEAST_FREE: u64 = 2 << 30;
const IN_FLIGHT: usize = 16;
/// Entries of a register: two records of the log.
const REGISTER: u64 = 4_500;
const IGNORED: Duration = Duration::from_millis(20);
/// The folder to write in and the number of the cut; set only for the writing process.
const WRITER: &str = "LIENTHONG_TEST_POWER_CUT";

#[test]
#[allow(clippy::disallowed_methods, reason = "a test on the wall clock")]
fn ten_power_cuts_lose_nothing() {
    let Some(mut volume) = Volume::make(VOLUME) else {
        say!("left out: power cuts need root, losetup, mkfs.ext4 and mount");
        return;
    };
    let mut total = 0;
    let mut journal = Vec::new();
    for cut in 0..CUTS {
        volume.mount();
        if volume.free() < LEAST_FREE {
            volume.unmount();
            volume = Volume::make(VOLUME).expect("another volume");
            volume.mount();
            journal.clear();
        }
        let complaints = tempfile::NamedTempFile::new().unwrap();
        let mut writer = start_writer(&volume.mount, cut, &complaints);
        let Some(acks) = Acks::listen(&mut writer) else {
            writer.kill().unwrap();
            let told = std::fs::read_to_string(complaints.path()).unwrap();
            panic!("cut {cut}: the writer did not begin: {told}");
        };
        // Between 0.3 and 1.2 s, each cut at another phase.
        std::thread::sleep(Duration::from_millis(300 + (cut * 617) % 900));
        let at = Instant::now();
        volume.shut_down();
        writer.kill().unwrap();
        writer.wait().unwrap();
        let (acknowledged, late) = acks.before(at - IGNORED);
        volume.unmount();
        total += acknowledged.len();
        journal.extend(acknowledged);
        volume.mount();
        another_boot(&volume.mount.join("data"));
        let found = check(&volume.mount, &journal);
        say!(
            "cut {cut}: {} acknowledged so far, {late} in the last 20 ms, {found} in the log",
            journal.len()
        );
        volume.unmount();
    }
    assert!(total > 100, "too few documents were written: {total}");
}

/// The writing process: this test binary again, running this one test.
#[test]
#[allow(clippy::disallowed_methods, reason = "this is how the process is told")]
fn writer() {
    let Ok(told) = std::env::var(WRITER) else {
        return;
    };
    let (cut, folder) = told.split_once(' ').unwrap();
    let cut: u64 = cut.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(write(Path::new(folder), cut));
}

async fn write(folder: &Path, cut: u64) {
    let store = start(folder);
    let next = Arc::new(AtomicU64::new(cut * 1_000_000));
    let mut tasks = Vec::new();
    for _ in 0..IN_FLIGHT {
        let (store, next) = (store.clone(), Arc::clone(&next));
        tasks.push(tokio::spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let body = keep(&store, n).await.unwrap();
                let done = store.ledger.commit(offer(n, body)).await.unwrap();
                let record = &done.records[0];
                let line = format!("ack {} {} {n}\n", record.position, record.hash);
                std::io::stdout().write_all(line.as_bytes()).unwrap();
            }
        }));
    }
    tasks.push(tokio::spawn(async move { registers(&store, cut).await }));
    futures_util::future::join_all(tasks).await;
}

/// Beside the documents one unit hands in its register again and again: each takes the place of the one before, in one
/// change of several records.
async fn registers(store: &Embedded, cut: u64) {
    let day = LocalDay::new(2026, 1, 5).unwrap();
    let of = RegisterDays {
        unit: UnitCode::parse("H53.99").unwrap(),
        from: day,
        to: day,
        actor: None,
    };
    let line = |number: u64| RegisterLine {
        number: CodeNumber::parse(&number.to_string()).unwrap(),
        notation: CodeNotation::parse("QĐ-UBND").unwrap(),
        day,
        sent_by: SentBy::Paper,
    };
    for turn in 0.. {
        let tools = RegisterTools {
            ledger: &*store.ledger,
            vault: &*store.vault,
            sealer: &NoKey,
            gateway: "mẫu",
            now: SystemClock.now(),
        };
        let lines: Vec<RegisterLine> = (1..=REGISTER + turn % 7).map(line).collect();
        let source = format!("{cut} {turn}").into_bytes().into();
        let done = tools.import(&of, &lines, source, true).await.unwrap();
        let line = format!("register {}\n", done.import.import);
        std::io::stdout().write_all(line.as_bytes()).unwrap();
    }
}

/// Registers are not signed.
pub(crate) struct NoKey;

impl Sealer for NoKey {
    fn seal(&self, _receipt: &Receipt, _at: Timestamp) -> Result<Vec<u8>, SealError> {
        Err(SealError("no key".into()))
    }

    fn seal_statement(&self, _statement: &[u8], _at: Timestamp) -> Result<Vec<u8>, SealError> {
        Err(SealError("no key".into()))
    }

    fn sign_list(&self, _list: &[u8], _at: Timestamp) -> Result<Vec<u8>, SealError> {
        Err(SealError("no key".into()))
    }
}

/// What a client wrote down.
struct Ack {
    position: Position,
    hash: String,
    n: u64,
}

struct Acks {
    lines: Arc<Mutex<Vec<(Instant, Ack)>>>,
    reader: std::thread::JoinHandle<()>,
}

impl Acks {
    /// Reads the writer's lines; returns once the first document is acknowledged, `None` if none is
    /// within a minute.
    #[allow(clippy::disallowed_methods, reason = "a test on the wall clock")]
    fn listen(writer: &mut Child) -> Option<Self> {
        let out = BufReader::new(writer.stdout.take().unwrap());
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (first, begun) = std::sync::mpsc::channel();
        let sink = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let Some(ack) = Self::parse(&line) else {
                    continue;
                };
                sink.lock().unwrap().push((Instant::now(), ack));
                let _waited = first.send(());
            }
        });
        begun.recv_timeout(Duration::from_secs(60)).ok()?;
        Some(Self { lines, reader })
    }

    fn parse(line: &str) -> Option<Ack> {
        // The harness writes "test … ... " before the first of our lines.
        let (_, rest) = line.split_once("ack ")?;
        let mut words = rest.split(' ');
        Some(Ack {
            position: Position(words.next()?.parse().ok()?),
            hash: words.next()?.to_owned(),
            n: words.next()?.parse().ok()?,
        })
    }

    /// The acknowledgements before a moment, and how many came later.
    fn before(self, moment: Instant) -> (Vec<Ack>, usize) {
        self.reader.join().unwrap();
        let lines = std::mem::take(&mut *self.lines.lock().unwrap());
        let all = lines.len();
        let kept = lines.into_iter().filter(|(at, _)| *at < moment);
        let kept: Vec<Ack> = kept.map(|(_, ack)| ack).collect();
        let late = all - kept.len();
        (kept, late)
    }
}

/// Opens what the cut left and compares it with the journal; how many records there are.
fn check(folder: &Path, journal: &[Ack]) -> usize {
    let store = start(&folder.join("data"));
    let mut hashes = BTreeMap::new();
    let mut recount = Recount::default();
    let mut registers = Registers::default();
    let mut take = |record: &Recorded| {
        hashes.insert(record.position, record.hash.to_hex());
        recount.take(record);
        registers.take(&record.event);
    };
    store.ledger.replay(Position::END, &mut take).unwrap();
    registers.check(&store);
    for ack in journal {
        assert_eq!(hashes.get(&ack.position), Some(&ack.hash), "n {}", ack.n);
        let state = store.ledger.document(id(ack.n)).unwrap().unwrap();
        assert_eq!(state.version, ack.position);
        let digest = state.offered.files[0].digest;
        let content = store.vault.open(&digest).unwrap().expect("a body");
        assert!(content.bytes() == bytes_of(ack.n), "the body of {}", ack.n);
    }
    let counted = store.ledger.all_rates().unwrap().1;
    assert_eq!(differences(&counted, &recount.figures()), []);
    hashes.len()
}

/// What the log holds of registers: how many entries each import says it has, and how many there are of it now.
#[derive(Default)]
struct Registers(BTreeMap<DocumentId, (i64, i64)>);

impl Registers {
    fn take(&mut self, event: &Event) {
        match event {
            Event::RegisterImported(e) => {
                self.0.entry(e.import).or_default().0 = i64::from(e.entries);
            }
            Event::RegisterUndone(e) => self.0.entry(e.import).or_default().0 = 0,
            Event::RegisterEntries(e) => {
                let entries = i64::try_from(e.entries.len()).unwrap();
                let sign = if e.undone { -1 } else { 1 };
                self.0.entry(e.import).or_default().1 += sign * entries;
            }
            _ => {}
        }
    }

    /// Each is there whole or not at all, and one at most is in force.
    fn check(&self, store: &Embedded) {
        for (import, (said, there)) in &self.0 {
            assert_eq!(said, there, "{import}");
        }
        let unit = UnitCode::parse("H53.99").unwrap();
        let all = store.ledger.imports(&unit).unwrap();
        let standing: Vec<_> = all
            .iter()
            .filter(|import| import.undone.is_none())
            .collect();
        assert!(standing.len() <= 1, "{standing:?}");
        assert_eq!(all.len(), self.0.len());
    }
}

/// After a power cut the kernel has another name for its boot. Here it goes on, so the stamp of the
/// rates is told: sled may have lost what it wrote last, and must not be used as it stands.
pub(crate) fn another_boot(data: &Path) {
    let stamp = data.join("rates/stamp");
    if let Ok(text) = std::fs::read_to_string(&stamp) {
        let kept = text.lines().filter(|line| !line.starts_with("boot "));
        let text: Vec<&str> = kept.chain(["boot another\n"]).collect();
        std::fs::write(&stamp, text.join("\n")).unwrap();
    }
}

fn start_writer(mount: &Path, cut: u64, complaints: &tempfile::NamedTempFile) -> Child {
    let data = mount.join("data");
    Command::new(std::env::current_exe().unwrap())
        .args(["power_cut::writer", "--exact", "--nocapture"])
        .env(WRITER, format!("{cut} {}", data.display()))
        .stdout(Stdio::piped())
        .stderr(complaints.reopen().unwrap())
        .spawn()
        .unwrap()
}
