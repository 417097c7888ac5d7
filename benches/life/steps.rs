//! The steps of a life one after another, so that each has its own cost: sends, pages of the inbox, files,
//! answers, lists of receipts.

use crate::below;
use crate::connection::{Answer, Connection};
use crate::document::documents;
use crate::gateway::{Gateway, cpu};
use lienthong::client::wire::{ListItem, ListView, Submitted};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Connections at a time.
const AT_ONCE: usize = 8;
const BYTES: usize = 10_000;
const PAGE: usize = 200;

type Ask<'a> = &'a (dyn Fn(&mut Connection, usize) -> Answer + Sync);

/// So many documents through every step.
pub fn run(count: usize) -> Vec<String> {
    let gateway = Gateway::start();
    let ready = documents(&gateway, BYTES, count, |_| "B".to_owned());
    println!(
        "{:>22} {:>9} {:>8} {:>8} {:>8} {:>10} {:>10} {:>10}",
        "steps, 10 KB",
        "times",
        "each/s",
        "p50 ms",
        "p99 ms",
        "daemon µs",
        "clients µs",
        "syncs each"
    );
    let mut steps = Steps {
        gateway: &gateway,
        rows: Vec::new(),
    };
    let sent = steps.one("send", "A", count, 201, &|c, n| c.send(&ready[n].request));
    let id = |answer: &Answer| -> String {
        let submitted: Submitted = serde_json::from_slice(&answer.body).expect("answer");
        submitted.id
    };
    let ids: Vec<String> = sent.iter().map(id).collect();
    let pages = count.div_ceil(PAGE);
    let page = format!("/v1/inbox?limit={PAGE}");
    for answer in steps.one("page of 200", "B", pages, 200, &|c, _| c.get(&page)) {
        let page: ListView<ListItem> = serde_json::from_slice(&answer.body).expect("a page");
        assert_eq!(page.items.len(), PAGE.min(count));
    }
    let fetch: Ask<'_> = &|c, n| c.get(&format!("/v1/documents/{}/files/1", ids[n]));
    let files = steps.one("fetch, with arrival", "B", count, 200, fetch);
    let whole = files
        .iter()
        .zip(&ready)
        .all(|(got, sent)| got.body == sent.file);
    assert!(whole, "fetched as signed");
    let answer = |c: &mut Connection, n: usize, json: &str| {
        c.post(&format!("/v1/documents/{}/answers", ids[n]), json)
    };
    steps.one("answer", "B", count, 200, &|c, n| {
        answer(c, n, "{\"status\":\"03\"}")
    });
    steps.one("three receipts", "A", count, 200, &|c, n| {
        c.get(&format!("/v1/documents/{}/receipts", ids[n]))
    });
    steps.rows
}

struct Steps<'a> {
    gateway: &'a Gateway,
    rows: Vec<String>,
}

impl Steps<'_> {
    /// The same request `count` times; the answers in their order.
    fn one(
        &mut self,
        what: &str,
        unit: &str,
        count: usize,
        status: u16,
        ask: Ask<'_>,
    ) -> Vec<Answer> {
        let mut connections: Vec<_> = (0..AT_ONCE).map(|_| self.gateway.connect(unit)).collect();
        let next = AtomicUsize::new(0);
        let barrier = Barrier::new(AT_ONCE + 1);
        let (mut done, took, before) = std::thread::scope(|scope| {
            let clients: Vec<_> = connections
                .iter_mut()
                .map(|connection| {
                    let (next, barrier) = (&next, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        asked(connection, next, count, ask)
                    })
                })
                .collect();
            let before = (self.gateway.samples(), cpu("self"));
            let start = Instant::now();
            barrier.wait();
            let done: Vec<_> = clients
                .into_iter()
                .flat_map(|c| c.join().expect("a client ended badly"))
                .collect();
            (done, start.elapsed(), before)
        });
        let clients = cpu("self") - before.1;
        // What is done behind an answer counts too.
        std::thread::sleep(Duration::from_millis(700));
        let after = self.gateway.samples();
        let mut times: Vec<Duration> = done.iter().map(|(_, took, _)| *took).collect();
        let (p50, p99) = (below(&mut times, 0.5), below(&mut times, 0.99));
        let each = |all: f64| all / count as f64;
        let micros = |all: Duration| each(all.as_secs_f64() * 1e6);
        let (rate, syncs) = (
            count as f64 / took.as_secs_f64(),
            each(after.syncs - before.0.syncs),
        );
        let (daemon, clients) = (micros(after.cpu - before.0.cpu), micros(clients));
        println!(
            "{what:>22} {count:>9} {rate:>8.0} {p50:>8.2} {p99:>8.2} {daemon:>10.0} {clients:>10.0} {syncs:>10.2}"
        );
        self.rows.push(format!(
            "{{\"what\":\"step, {what}\",\"times\":{count},\"per_second\":{rate:.1},\"p50_ms\":{p50:.3},\
             \"p99_ms\":{p99:.3},\"daemon_us\":{daemon:.1},\"clients_us\":{clients:.1},\"syncs\":{syncs:.3}}}"
        ));
        done.sort_by_key(|(n, _, _)| *n);
        let answers: Vec<Answer> = done.into_iter().map(|(_, _, answer)| answer).collect();
        if let Some(other) = answers.iter().find(|answer| answer.status != status) {
            panic!("{what}: {}", String::from_utf8_lossy(&other.body));
        }
        answers
    }
}

fn asked(
    connection: &mut Connection,
    next: &AtomicUsize,
    count: usize,
    ask: Ask<'_>,
) -> Vec<(usize, Duration, Answer)> {
    let mut out = Vec::new();
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= count {
            return out;
        }
        let at = Instant::now();
        let answer = ask(connection, n);
        out.push((n, at.elapsed(), answer));
    }
}
