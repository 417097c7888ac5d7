//! The first page of an inbox with very many documents, written beforehand through the store's own
//! writer.

use crate::document::envelope;
use crate::gateway::{Gateway, Office};
use crate::{below, offered};
use lienthong::client::wire::{ListItem, ListView};
use lienthong::clock::SystemClock;
use lienthong::store::embedded::{Embedded, OpenOptions, open};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Writers at a time: enough that every group is full.
const AT_ONCE: usize = 256;
const ASKED: usize = 500;

/// Times pages of the inbox of `B`.
pub fn run(documents: u64) -> Vec<String> {
    let offices = [Office::pull("A"), Office::pull("B")];
    let gateway = Gateway::start_with(&offices, "", |folder| fill(folder, documents));
    let mut connection = gateway.connect("B");
    println!(
        "{:>34} {:>10} {:>8} {:>8} {:>8}",
        "inbox", "documents", "rows", "p50 ms", "p99 ms"
    );
    let mut out = Vec::new();
    let middle = documents;
    for (what, path, rows) in [
        ("first page of 50", "/v1/inbox?limit=50".to_owned(), 50),
        ("first page of 200", "/v1/inbox?limit=200".to_owned(), 200),
        (
            "page of 50 from the middle",
            format!("/v1/inbox?limit=50&after={middle}"),
            50,
        ),
    ] {
        let mut times: Vec<Duration> = Vec::with_capacity(ASKED);
        for _ in 0..ASKED {
            let at = Instant::now();
            let answer = connection.get(&path);
            times.push(at.elapsed());
            let page: ListView<ListItem> = serde_json::from_slice(&answer.body).expect("a page");
            assert_eq!(page.items.len(), rows, "{what}");
        }
        let (p50, p99) = (below(&mut times, 0.5), below(&mut times, 0.99));
        println!("{what:>34} {documents:>10} {rows:>8} {p50:>8.2} {p99:>8.2}");
        out.push(format!(
            "{{\"what\":\"inbox, {what}\",\"documents\":{documents},\"p50_ms\":{p50:.3},\"p99_ms\":{p99:.3}}}"
        ));
    }
    let samples = gateway.samples();
    println!(
        "the daemon: RSS {} MB, peak {} MB",
        samples.rss / 1_000_000,
        samples.high_water / 1_000_000
    );
    out
}

/// Each document is one record with its receipt's: positions run to twice their number.
fn fill(folder: &Path, documents: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("runtime");
    let begun = Instant::now();
    let options = OpenOptions {
        patience: Duration::from_secs(60),
        ..OpenOptions::default()
    };
    let store = open(folder, options, Arc::new(SystemClock)).expect("store");
    let next = Arc::new(AtomicU64::new(1));
    runtime.block_on(async {
        let write = |_| {
            let (store, next) = (store.clone(), Arc::clone(&next));
            tokio::spawn(written(store, next, documents))
        };
        let writers: Vec<_> = (0..AT_ONCE).map(write).collect();
        for writer in writers {
            writer.await.expect("a writer");
        }
        store.ledger.close().await;
    });
    println!("{documents} documents written in {:.1?}", begun.elapsed());
}

async fn written(store: Embedded, next: Arc<AtomicU64>, documents: u64) {
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n > documents {
            return;
        }
        let of = offered::Of {
            sender: "A".into(),
            recipient: "B".into(),
            envelope: envelope(n, "B").into(),
            file: format!("{n:0100}").into(),
        };
        let change = offered::offer(&store, n, of);
        let done = store.ledger.commit(change).await.expect("committed");
        let at = done.records[0].position;
        store.ledger.submit(offered::receipt(&store, n, at));
    }
}
