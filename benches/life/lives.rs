//! A pipeline of clients: senders, one that watches the inbox, receivers, and collectors of receipts.

use crate::below;
use crate::document::{Ready, documents};
use crate::gateway::{Gateway, cpu};
use base64::Engine as _;
use lienthong::client::wire::{ListItem, ListView, ReceiptView, Submitted};
use lienthong::seal::receipt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

const SENDERS: usize = 16;
const RECEIVERS: usize = 16;
const COLLECTORS: usize = 4;
const BYTES: usize = 10_000;

/// What the clients brought home.
struct Home {
    took: Duration,
    sends: Vec<Duration>,
    /// By document: which of the ready ones it is.
    sent: BTreeMap<String, usize>,
    /// By document: the file as it was fetched, and the answer to `accepted`.
    fetched: BTreeMap<String, (Vec<u8>, Vec<u8>)>,
    /// By document: the list of its receipts.
    collected: BTreeMap<String, Vec<u8>>,
}

/// At full load, and with sends paced at 70 % of what that came to.
pub fn run(count: usize) -> Vec<String> {
    let gateway = Gateway::start();
    header("whole lives, 10 KB");
    let (full, row) = measured(&gateway, "B", "as fast as they go", count, None);
    let (_, paced) = measured(&gateway, "B", "70 % of that", count, Some(full * 0.7));
    vec![row, paced]
}

/// The heads of the columns that [`measured`] prints.
pub fn header(what: &str) {
    println!(
        "{what:>22} {:>9} {:>8} {:>11} {:>11} {:>9} {:>10} {:>10} {:>9} {:>8}",
        "documents",
        "lives/s",
        "send p50 ms",
        "send p99 ms",
        "daemon µs",
        "clients µs",
        "syncs/life",
        "receipts",
        "peak MB"
    );
}

/// So many lives between `A` and `to`, whose inbox is empty.
pub fn measured(
    gateway: &Gateway,
    to: &str,
    what: &str,
    count: usize,
    rate: Option<f64>,
) -> (f64, String) {
    let ready = documents(gateway, BYTES, count, |_| to.to_owned());
    let before = (gateway.samples(), cpu("self"));
    let mut home = lived(gateway, to, &ready, rate);
    let clients = cpu("self") - before.1;
    let after = gateway.samples();
    let receipts = compared(gateway, &ready, &home);
    let per_second = count as f64 / home.took.as_secs_f64();
    let (p50, p99) = (below(&mut home.sends, 0.5), below(&mut home.sends, 0.99));
    let peak = after.high_water / 1_000_000;
    let micros = |all: Duration| all.as_secs_f64() * 1e6 / count as f64;
    let (daemon, clients) = (micros(after.cpu - before.0.cpu), micros(clients));
    let syncs = (after.syncs - before.0.syncs) / count as f64;
    println!(
        "{what:>22} {count:>9} {per_second:>8.0} {p50:>11.2} {p99:>11.2} {daemon:>9.0} {clients:>10.0} {syncs:>10.2} \
         {receipts:>9} {peak:>8}",
    );
    let json = format!(
        "{{\"what\":\"lives, {what}\",\"documents\":{count},\"per_second\":{per_second:.1},\
         \"send_p50_ms\":{p50:.3},\"send_p99_ms\":{p99:.3},\"daemon_us\":{daemon:.1},\"clients_us\":{clients:.1},\
         \"syncs\":{syncs:.3},\"receipts\":{receipts},\"peak_mb\":{peak}}}"
    );
    (per_second, json)
}

/// Runs the pipeline until every document's receipts are collected.
fn lived(gateway: &Gateway, to: &str, ready: &[Ready], rate: Option<f64>) -> Home {
    let (found_in, found) = channel::<String>();
    let (answered_in, answered) = channel::<String>();
    let (found, answered) = (Arc::new(Mutex::new(found)), Arc::new(Mutex::new(answered)));
    let start = Instant::now();
    std::thread::scope(|scope| {
        let senders = senders(scope, gateway, ready, start, rate);
        scope.spawn(move || watch(gateway, to, ready.len(), &found_in));
        let receivers: Vec<_> = (0..RECEIVERS)
            .map(|_| {
                let (found, done) = (Arc::clone(&found), answered_in.clone());
                scope.spawn(move || receive(gateway, to, &found, &done))
            })
            .collect();
        drop(answered_in);
        let collectors: Vec<_> = (0..COLLECTORS)
            .map(|_| {
                let answered = Arc::clone(&answered);
                scope.spawn(move || collect(gateway, &answered))
            })
            .collect();
        let collected: BTreeMap<_, _> = joined(collectors).collect();
        let took = start.elapsed();
        let fetched = joined(receivers).collect();
        let mut sends = Vec::new();
        let mut sent = BTreeMap::new();
        for (n, id, time) in joined(senders) {
            sends.push(time);
            sent.insert(id, n);
        }
        Home {
            took,
            sends,
            sent,
            fetched,
            collected,
        }
    })
}

fn joined<'s, T>(
    threads: Vec<ScopedJoinHandle<'s, Vec<T>>>,
) -> impl Iterator<Item = T> + use<'s, T> {
    let done = threads.into_iter();
    done.flat_map(|t| t.join().expect("a client ended badly"))
}

/// With a rate, the nth send is due at its place in time, and its time counts from there: a gateway
/// that falls behind is not spared by clients that wait for it.
fn senders<'s>(
    scope: &'s Scope<'s, '_>,
    gateway: &'s Gateway,
    ready: &'s [Ready],
    start: Instant,
    rate: Option<f64>,
) -> Vec<ScopedJoinHandle<'s, Vec<(usize, String, Duration)>>> {
    let next = Arc::new(AtomicUsize::new(0));
    let one = |_| {
        let next = Arc::clone(&next);
        scope.spawn(move || {
            let mut connection = gateway.connect("A");
            let mut out = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(document) = ready.get(n) else {
                    return out;
                };
                let due = rate.map(|rate| start + Duration::from_secs_f64(n as f64 / rate));
                if let Some(due) = due {
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                }
                let at = due.unwrap_or_else(Instant::now);
                let answer = connection.send(&document.request);
                let took = at.elapsed();
                assert_eq!(
                    answer.status,
                    201,
                    "{}",
                    String::from_utf8_lossy(&answer.body)
                );
                let submitted: Submitted = serde_json::from_slice(&answer.body).expect("answer");
                out.push((n, submitted.id, took));
            }
        })
    };
    (0..SENDERS).map(one).collect()
}

/// Long-polls the inbox and hands each document on once, until all were seen.
fn watch(gateway: &Gateway, to: &str, count: usize, found: &Sender<String>) {
    let mut connection = gateway.connect(to);
    let (mut after, mut seen) = (0, BTreeSet::new());
    while seen.len() < count {
        let answer = connection.get(&format!("/v1/inbox?limit=200&wait=10&after={after}"));
        let page: ListView<ListItem> = serde_json::from_slice(&answer.body).expect("a page");
        for item in page.items {
            after = item.position;
            if seen.insert(item.id.clone()) {
                found.send(item.id).expect("receivers");
            }
        }
    }
}

fn receive(
    gateway: &Gateway,
    to: &str,
    found: &Mutex<Receiver<String>>,
    done: &Sender<String>,
) -> Vec<(String, (Vec<u8>, Vec<u8>))> {
    let mut connection = gateway.connect(to);
    let mut out = Vec::new();
    while let Ok(id) = next(found) {
        let file = connection.get(&format!("/v1/documents/{id}/files/1"));
        assert_eq!(file.status, 200, "{}", String::from_utf8_lossy(&file.body));
        let path = format!("/v1/documents/{id}/answers");
        let answer = connection.post(&path, "{\"status\":\"03\"}");
        assert_eq!(
            answer.status,
            200,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        done.send(id.clone()).expect("collectors");
        out.push((id, (file.body, answer.body)));
    }
    out
}

fn collect(gateway: &Gateway, answered: &Mutex<Receiver<String>>) -> Vec<(String, Vec<u8>)> {
    let mut connection = gateway.connect("A");
    let mut out = Vec::new();
    while let Ok(id) = next(answered) {
        let list = connection.get(&format!("/v1/documents/{id}/receipts"));
        assert_eq!(list.status, 200, "{}", String::from_utf8_lossy(&list.body));
        out.push((id, list.body));
    }
    out
}

fn next(queue: &Mutex<Receiver<String>>) -> Result<String, std::sync::mpsc::RecvError> {
    queue.lock().expect("queue").recv()
}

/// Each document fetched as it was signed, accepted, and with verified receipts of all its events; how
/// many receipts those were.
fn compared(gateway: &Gateway, ready: &[Ready], home: &Home) -> usize {
    let ca = gateway.receipt_ca();
    assert_eq!(home.sent.len(), ready.len(), "each document sent once");
    assert_eq!(
        home.fetched.len(),
        ready.len(),
        "each document fetched once"
    );
    let mut verified = 0;
    for (id, n) in &home.sent {
        let (file, _) = &home.fetched[id];
        assert!(*file == ready[*n].file, "{id} is not what was signed");
        let list: ListView<ReceiptView> =
            serde_json::from_slice(&home.collected[id]).expect("receipts");
        let events: BTreeSet<&str> = list.items.iter().map(|r| r.event.as_str()).collect();
        for event in ["offered", "arrived", "answered"] {
            assert!(
                events.contains(event),
                "{id}: no receipt of {event} in {events:?}"
            );
        }
        for view in &list.items {
            let der = base64::engine::general_purpose::STANDARD.decode(&view.p7m);
            let stated = receipt::verify(&der.expect("base64"), &ca).expect("a receipt");
            assert_eq!(stated.document.to_string(), *id);
            verified += 1;
        }
    }
    verified
}
