//! Recipients by push: ten good ones, and the same with one that is down and one that hardly reads.
//! What the eight others notice of it: the time from a document's receipt to its delivery.

use crate::below;
use crate::document::documents;
use crate::gateway::{Gateway, Office};
use crate::receivers::{Manner, Receiver};
use lienthong::client::wire::Submitted;
use lienthong::model::Timestamp;
use lienthong::registry::Channel;
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const RECIPIENTS: usize = 10;
/// The first recipients are good in both runs.
const GOOD: usize = 8;
const BYTES: usize = 10_000;
/// Documents a second in all: far below what the gateway can push, so that time shows waiting.
const RATE: f64 = 100.0;

/// Both runs twice, in turn: the machine is shared.
pub fn run(count: usize) -> Vec<String> {
    println!(
        "{:>34} {:>9} {:>10} {:>8} {:>8} {:>8}",
        "push, 8 good recipients of 10", "documents", "all in s", "p50 ms", "p99 ms", "max ms"
    );
    let mut out = Vec::new();
    for _ in 0..2 {
        out.push(one(
            "all good",
            [Manner::Good, Manner::Good],
            count,
            Some(RATE),
        ));
        let bad = [Manner::Down, Manner::Slow];
        out.push(one("one down, one slow", bad, count, Some(RATE)));
    }
    out.push(one(
        "all good, as fast as it goes",
        [Manner::Good, Manner::Good],
        count,
        None,
    ));
    out
}

fn unit(n: usize) -> String {
    format!("P{n}")
}

fn one(what: &str, others: [Manner; 2], count: usize, rate: Option<f64>) -> String {
    let manner = |n: usize| others.get(n.wrapping_sub(GOOD)).copied();
    let mut receivers: Vec<Receiver> = (0..RECIPIENTS)
        .map(|n| Receiver::new(manner(n).unwrap_or(Manner::Good)))
        .collect();
    let gateway = gateway(&mut receivers);
    let ready = documents(&gateway, BYTES, count, |n| unit(n % RECIPIENTS));
    let mut connection = gateway.connect("A");
    let mut acknowledged = BTreeMap::new();
    let start = Instant::now();
    for (n, document) in ready.iter().enumerate() {
        if let Some(rate) = rate {
            let due = start + Duration::from_secs_f64(n as f64 / rate);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let answer = connection.send(&document.request);
        assert_eq!(
            answer.status,
            201,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        if n % RECIPIENTS < GOOD {
            let submitted: Submitted = serde_json::from_slice(&answer.body).expect("answer");
            acknowledged.insert(submitted.id, Instant::now());
        }
    }
    let mut times = delivered(&receivers, &acknowledged);
    let all = start.elapsed().as_secs_f64();
    let (p50, p99, max) = (
        below(&mut times, 0.5),
        below(&mut times, 0.99),
        below(&mut times, 1.0),
    );
    println!(
        "{what:>34} {:>9} {all:>10.2} {p50:>8.2} {p99:>8.2} {max:>8.2}",
        times.len()
    );
    format!(
        "{{\"what\":\"push, {what}\",\"documents\":{},\"all_s\":{all:.3},\"p50_ms\":{p50:.3},\
         \"p99_ms\":{p99:.3},\"max_ms\":{max:.3}}}",
        times.len()
    )
}

/// A gateway with ten units that push goes to.
fn gateway(receivers: &mut [Receiver]) -> Gateway {
    let mut offices = vec![Office::pull("A")];
    for (n, receiver) in receivers.iter().enumerate() {
        offices.push(Office {
            code: unit(n),
            channel: Channel::Push {
                url: format!("https://localhost:{}/nhan", receiver.port),
                ca: "ca.pem".into(),
            },
        });
    }
    let ports: Vec<String> = receivers
        .iter()
        .map(|r| format!("\"localhost:{}\"", r.port))
        .collect();
    let more = format!("[delivery]\nprivate = [{}]\n", ports.join(", "));
    Gateway::start_with(&offices, &more, |folder| {
        let own = folder.join("certs/own");
        std::fs::copy(
            own.join("transport-ca.pem"),
            folder.join("certs/push/ca.pem"),
        )
        .expect("CA");
        for receiver in receivers {
            receiver.start(&own, now());
        }
    })
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(i64::try_from(since.expect("after 1970").as_millis()).expect("millis"))
}

/// Waits until each acknowledged document came to its receiver; how long after the receipt that was,
/// each once.
fn delivered(receivers: &[Receiver], acknowledged: &BTreeMap<String, Instant>) -> Vec<Duration> {
    let until = Instant::now() + Duration::from_secs(120);
    let good = &receivers[..GOOD];
    let came = || -> usize {
        good.iter()
            .map(|r| r.seen.lock().expect("seen").len())
            .sum()
    };
    while came() < acknowledged.len() {
        assert!(
            Instant::now() < until,
            "{} of {}",
            came(),
            acknowledged.len()
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut times = Vec::new();
    for receiver in good {
        for (id, at) in receiver.seen.lock().expect("seen").iter() {
            times.push(at.saturating_duration_since(acknowledged[id]));
        }
    }
    assert_eq!(times.len(), acknowledged.len(), "each document came once");
    times
}
