//! Recipients by push. Good ones alone, and beside some that are down or hardly read: what the good ones notice of it is
//! the time from a document's receipt to its delivery. And how many documents a second go out where many wait.

use crate::below;
use crate::document::{Ready, documents};
use crate::gateway::{Gateway, Office};
use crate::receivers::{Manner, Receiver};
use lienthong::client::wire::Submitted;
use lienthong::model::Timestamp;
use lienthong::registry::Channel;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// So many recipients come first and are good in each run.
const GOOD: usize = 8;
const BYTES: usize = 10_000;
/// Documents a second in all: far below what the gateway can push, so that time shows waiting.
const RATE: f64 = 100.0;
/// Connections that fill the gateway before the clock starts.
const SENDERS: usize = 8;

/// Runs with and without bad recipients twice, in turn: the machine is shared.
pub fn run(count: usize) -> Vec<String> {
    println!(
        "{:>34} {:>9} {:>10} {:>8} {:>8} {:>8}",
        "push, 8 good recipients", "documents", "all in s", "p50 ms", "p99 ms", "max ms"
    );
    let slow = [Manner::Slow; 12];
    let mut out = Vec::new();
    for _ in 0..2 {
        out.push(one("and 2 good ones", &[Manner::Good; 2], count));
        let bad = [Manner::Down, Manner::Slow];
        out.push(one("and one down, one slow", &bad, count));
        out.push(one("and 12 good ones", &[Manner::Good; 12], count * 2));
        out.push(one("and 12 slow ones", &slow, count * 2));
    }
    println!(
        "{:>34} {:>9} {:>10} {:>8}",
        "push, all waiting", "documents", "all in s", "a second"
    );
    for recipients in [1, 10, 100] {
        out.push(waiting(recipients, count * 10));
    }
    out
}

fn unit(n: usize) -> String {
    format!("P{n}")
}

fn one(what: &str, others: &[Manner], count: usize) -> String {
    let good = [Manner::Good; GOOD];
    let manners = good.iter().chain(others);
    let mut receivers: Vec<Receiver> = manners.map(|manner| Receiver::new(*manner)).collect();
    let recipients = receivers.len();
    let gateway = gateway(&receivers);
    start(&mut receivers, gateway.folder());
    let ready = documents(&gateway, BYTES, count, |n| unit(n % recipients));
    let mut connection = gateway.connect("A");
    let mut acknowledged = BTreeMap::new();
    let start = Instant::now();
    for (n, document) in ready.iter().enumerate() {
        let due = start + Duration::from_secs_f64(n as f64 / RATE);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let answer = connection.send(&document.request);
        assert_eq!(
            answer.status,
            201,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        if n % recipients < GOOD {
            let submitted: Submitted = serde_json::from_slice(&answer.body).expect("answer");
            acknowledged.insert(submitted.id, Instant::now());
        }
    }
    let mut times = delivered(&receivers[..GOOD], &acknowledged);
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

/// Documents that wait for recipients who were away, from the first that comes in to the last.
fn waiting(recipients: usize, count: usize) -> String {
    let mut receivers: Vec<Receiver> = (0..recipients)
        .map(|_| Receiver::new(Manner::Good))
        .collect();
    let mut gateway = gateway(&receivers);
    let ready = documents(&gateway, BYTES, count, |n| unit(n % recipients));
    send_all(&gateway, &ready);
    // They are there while it is not, so that nothing is under way when it ends; without the file nobody is left alone
    // any more.
    gateway.restart_after(15, |folder| {
        let _ = std::fs::remove_file(folder.join("delivery.json"));
        start(&mut receivers, folder);
    });
    came(&receivers, count);
    let mut times: Vec<Instant> = Vec::new();
    for receiver in &receivers {
        let seen = receiver.seen.lock().expect("seen");
        times.extend(seen.iter().map(|(_, at)| *at));
    }
    times.sort_unstable();
    assert_eq!(times.len(), count, "each document came once");
    let all = times[count - 1].duration_since(times[0]).as_secs_f64();
    let per_second = count as f64 / all;
    let what = format!("{recipients} recipients");
    println!("{what:>34} {count:>9} {all:>10.2} {per_second:>8.0}");
    format!(
        "{{\"what\":\"push, waiting for {what}\",\"documents\":{count},\"all_s\":{all:.3},\
         \"per_second\":{per_second:.1}}}"
    )
}

fn send_all(gateway: &Gateway, ready: &[Ready]) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                let mut connection = gateway.connect("A");
                while let Some(document) = ready.get(next.fetch_add(1, Ordering::Relaxed)) {
                    assert_eq!(connection.send(&document.request).status, 201);
                }
            });
        }
    });
}

/// A gateway with units that push goes to.
fn gateway(receivers: &[Receiver]) -> Gateway {
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
        let ca = folder.join("certs/own/transport-ca.pem");
        std::fs::copy(ca, folder.join("certs/push/ca.pem")).expect("CA");
    })
}

/// Starts them, with certificates of the gateway whose folder that is.
fn start(receivers: &mut [Receiver], folder: &Path) {
    let own = folder.join("certs/own");
    for receiver in receivers {
        receiver.start(&own, now());
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(i64::try_from(since.expect("after 1970").as_millis()).expect("millis"))
}

/// Waits until so many documents came.
fn came(receivers: &[Receiver], count: usize) {
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        let each = receivers.iter().map(|r| r.seen.lock().expect("seen").len());
        let came: usize = each.sum();
        if came >= count {
            return;
        }
        assert!(Instant::now() < until, "{came} of {count}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until each acknowledged document came to its receiver; how long after the receipt that was,
/// each once.
fn delivered(good: &[Receiver], acknowledged: &BTreeMap<String, Instant>) -> Vec<Duration> {
    came(good, acknowledged.len());
    let mut times = Vec::new();
    for receiver in good {
        for (id, at) in receiver.seen.lock().expect("seen").iter() {
            times.push(at.saturating_duration_since(acknowledged[id]));
        }
    }
    assert_eq!(times.len(), acknowledged.len(), "each document came once");
    times
}
