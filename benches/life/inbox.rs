//! An inbox with very many documents, written beforehand through the store's own writer, two days ago: old
//! enough for the keeper of the clocks to read each of them. A tenth as many have arrived besides, so that
//! their sender has as many notices.

use crate::document::{documents, envelope};
use crate::gateway::{Gateway, Office};
use crate::{below, lives, offered};
use lienthong::clock::{Clock, ManualClock, SystemClock};
use lienthong::store::embedded::{Embedded, OpenOptions, open};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Writers at a time: enough that every group is full.
const AT_ONCE: usize = 256;
const ASKED: usize = 500;
/// Senders under load.
const SENDERS: usize = 4;
const BYTES: usize = 10_000;
/// The proof may take so long.
const PATIENCE: Duration = Duration::from_secs(900);

/// Times pages of the inbox of `B`, and then whole lives between `A` and `D` beside it.
pub fn run(waiting: u64, lives: usize) -> Vec<String> {
    let offices = ["A", "B", "C", "D"].map(Office::pull);
    let gateway = Gateway::start_with(&offices, "", |folder| fill(folder, waiting));
    println!("the daemon was ready after {:.2?}", gateway.started());
    println!(
        "{:>44} {:>10} {:>6} {:>8} {:>8} {:>8}",
        "inbox", "documents", "rows", "p50 ms", "p99 ms", "max ms"
    );
    let mut pages = Pages {
        gateway: &gateway,
        documents: waiting,
        rows: Vec::new(),
    };
    pages.one(
        "first page, while clocks are looked at",
        "B",
        "/v1/inbox?limit=50",
        50,
    );
    let begun = Instant::now();
    let before = gateway.samples();
    while gateway.proved().is_none() {
        assert!(begun.elapsed() < PATIENCE, "no proof that nothing is stuck");
        std::thread::sleep(Duration::from_millis(50));
    }
    let (looked, stuck) = gateway.proved().expect("just asked");
    let cpu = gateway.samples().cpu - before.cpu;
    println!(
        "every clock looked at, and proved that none is stuck ({looked} looked at, {stuck} stuck): {:.1?} more, {cpu:.1?} of CPU",
        begun.elapsed()
    );
    assert_eq!((looked, stuck), (waiting, 0));
    pages.all("quiet");
    let more = documents(&gateway, BYTES, lives, |_| "B".to_owned());
    let (next, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                let mut connection = gateway.connect("A");
                let another = || {
                    let n = next.fetch_add(1, Ordering::Relaxed) as usize;
                    more.get(n).filter(|_| !over.load(Ordering::Relaxed))
                };
                while let Some(document) = another() {
                    assert_eq!(connection.send(&document.request).status, 201);
                }
            });
        }
        pages.all("beside senders");
        over.store(true, Ordering::Relaxed);
    });
    let sent = next
        .load(Ordering::Relaxed)
        .saturating_sub(SENDERS as u64)
        .min(lives as u64);
    println!(
        "{SENDERS} senders sent {sent} documents to it meanwhile, {:.0} a second",
        sent as f64 / begun.elapsed().as_secs_f64()
    );
    let mut rows = pages.rows;
    lives::header("whole lives, 10 KB");
    rows.push(lives::measured(&gateway, "D", "beside that inbox", lives, None).1);
    let samples = gateway.samples();
    println!(
        "the daemon: RSS {} MB, peak {} MB",
        samples.rss / 1_000_000,
        samples.high_water / 1_000_000
    );
    rows
}

struct Pages<'a> {
    gateway: &'a Gateway,
    documents: u64,
    rows: Vec<String>,
}

impl Pages<'_> {
    fn all(&mut self, when: &str) {
        // Each document is one record with its receipt's, so that half of them come before this.
        let middle = self.documents;
        for (what, unit, path, rows) in [
            ("first page", "B", "/v1/inbox?limit=50".to_owned(), 50),
            ("first page", "B", "/v1/inbox?limit=200".to_owned(), 200),
            (
                "from the middle",
                "B",
                format!("/v1/inbox?limit=50&after={middle}"),
                50,
            ),
            ("first notices", "A", "/v1/notices?limit=50".to_owned(), 50),
            (
                "first of the outbox",
                "A",
                "/v1/outbox?limit=50".to_owned(),
                50,
            ),
        ] {
            self.one(&format!("{what}, {when}"), unit, &path, rows);
        }
    }

    fn one(&mut self, what: &str, unit: &str, path: &str, rows: usize) {
        // One that stood still would have been closed.
        let mut connection = self.gateway.connect(unit);
        let mut times: Vec<Duration> = Vec::with_capacity(ASKED);
        for _ in 0..ASKED {
            let at = Instant::now();
            let answer = connection.get(path);
            times.push(at.elapsed());
            let page: serde_json::Value = serde_json::from_slice(&answer.body).expect("a page");
            let items = page["items"].as_array().map_or(0, Vec::len);
            assert_eq!(items, rows, "{what}: {page}");
        }
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| below(&mut times, share));
        let documents = self.documents;
        println!("{what:>44} {documents:>10} {rows:>6} {p50:>8.2} {p99:>8.2} {max:>8.2}");
        self.rows.push(format!(
            "{{\"what\":\"inbox, {what}\",\"documents\":{documents},\"rows\":{rows},\"p50_ms\":{p50:.3},\
             \"p99_ms\":{p99:.3},\"max_ms\":{max:.3}}}"
        ));
    }
}

fn fill(folder: &Path, waiting: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("runtime");
    let begun = Instant::now();
    let options = OpenOptions {
        patience: Duration::from_secs(60),
        ..OpenOptions::default()
    };
    let then = SystemClock.now().plus_secs(-2 * 24 * 3600);
    let clock = Arc::new(ManualClock::new(then));
    let store = open(folder, options, clock).expect("store");
    let next = Arc::new(AtomicU64::new(1));
    runtime.block_on(async {
        let write = |_| {
            let (store, next) = (store.clone(), Arc::clone(&next));
            tokio::spawn(written(store, next, waiting))
        };
        let writers: Vec<_> = (0..AT_ONCE).map(write).collect();
        for writer in writers {
            writer.await.expect("a writer");
        }
        store.ledger.close().await;
    });
    println!(
        "{waiting} documents that wait and a tenth as many that arrived: written in {:.1?}",
        begun.elapsed()
    );
}

async fn written(store: Embedded, next: Arc<AtomicU64>, waiting: u64) {
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n > waiting + waiting / 10 {
            return;
        }
        let of = offered::Of {
            sender: "A".into(),
            recipient: if n > waiting { "C" } else { "B" }.into(),
            envelope: envelope(n, "B").into(),
            file: format!("{n:0100}").into(),
            report: format!("{n:0100}").into(),
        };
        let done = store.ledger.commit(offered::offer(&store, n, of)).await;
        let at = done.expect("committed").records[0].position;
        let receipt = format!("{n:0200}").into();
        store
            .ledger
            .submit(offered::receipt(&store, n, at, receipt));
        if n > waiting {
            let arrival = offered::arrival(n, "A", "C", at);
            store.ledger.commit(arrival).await.expect("committed");
        }
    }
}
