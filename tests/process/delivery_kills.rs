//! The daemon is killed between a receiver's 2xx and its own record of the arrival: the document is
//! sent again under the same key, and arrives once.

use crate::reached::{Reached, installed};
use crate::receiver::{Receiver, Reply};
use crate::support::{Draft, Fault, Gateway, WORLD, block_on, draft, good};
use lienthong::client::ClientError;
use lienthong::client::progress::Progress;
use lienthong::client::upload::{Source, Upload};
use lienthong::model::DocumentId;
use std::time::{Duration, Instant};

/// Kills: each is a restart of some seconds.
const ROUNDS: u64 = 6;

pub fn gateway(receiver: &Receiver) -> Gateway {
    let mut gateway = installed(None, &[(0, Reached::Push, receiver)]);
    gateway.up();
    gateway
}

pub async fn send(gateway: &Gateway, made: &Draft) -> String {
    tried(gateway, made).await.expect("sent")
}

async fn tried(gateway: &Gateway, made: &Draft) -> Result<String, ClientError> {
    let one = |(name, bytes): &(String, bytes::Bytes)| Upload {
        name: name.clone(),
        source: Source::Memory(bytes.clone()),
    };
    let files: Vec<Upload> = made.files.iter().map(one).collect();
    let silent = Progress::silent();
    let sent = gateway
        .office(2)
        .client
        .send(&made.envelope, &files, None, &silent)
        .await;
    Ok(sent?.submitted.id)
}

pub async fn arrived(gateway: &Gateway, id: &str) {
    let began = Instant::now();
    let document = DocumentId::parse(id).expect("id");
    loop {
        let seen = gateway
            .office(2)
            .client
            .document(document)
            .await
            .expect("document");
        if seen.recipients[0].state == "arrived" {
            let arrivals = seen.timeline.iter().filter(|e| e.event == "arrived");
            assert_eq!(arrivals.count(), 1, "one arrival");
            return;
        }
        let waited = began.elapsed();
        assert!(waited < Duration::from_secs(60), "{:?}", seen.recipients[0]);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn many_documents_are_pushed_each_once() {
    const DOCUMENTS: u64 = 200;
    let receiver = Receiver::start();
    let mut gateway = gateway(&receiver);
    receiver.always(Reply::Status(503));
    let ids: Vec<String> = block_on(async {
        let mut ids = Vec::new();
        for number in 0..DOCUMENTS {
            let made = draft(&WORLD.members[2], &[0], 1000 + number, 10_000, Fault::None);
            ids.push(send(&gateway, &made).await);
        }
        ids
    });
    let failed = receiver.count();
    assert!(
        failed < 200,
        "a recipient that is down is left alone: {failed} requests"
    );
    let began = Instant::now();
    receiver.always(Reply::Status(200));
    while receiver.count() < failed + ids.len() && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(2));
    }
    let took = began.elapsed();
    block_on(async {
        for id in &ids {
            arrived(&gateway, id).await;
        }
    });
    let mut keys: Vec<String> = receiver.requests()[failed..]
        .iter()
        .map(|r| r.header("idempotency-key").to_owned())
        .collect();
    let all = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), ids.len());
    assert!(
        all - keys.len() <= 1,
        "each once, but for one that was under way"
    );
    say!(
        "{DOCUMENTS} documents of 10 KB waited ({failed} requests meanwhile) and were pushed in {took:?}"
    );
    gateway.stop();
}

#[test]
fn a_kill_between_the_answer_and_its_record_costs_a_second_request_and_no_second_arrival() {
    let receiver = Receiver::start();
    let mut gateway = gateway(&receiver);
    let mut twice = 0;
    let mut ids = Vec::new();
    for round in 0..ROUNDS {
        // Odd rounds: the answer never leaves. Even ones: it leaves, and the kill follows at once.
        let lost = round % 2 == 1;
        receiver.always(if lost {
            Reply::Hang
        } else {
            Reply::Status(200)
        });
        let process = gateway.process();
        receiver.after_next(move || {
            let id = process.to_string();
            let killed = std::process::Command::new("kill")
                .args(["-KILL", &id])
                .status();
            assert!(killed.expect("kill").success());
        });
        let before = receiver.count();
        let made = draft(&WORLD.members[2], &[0], 100 + round, 5000, Fault::None);
        let sent = block_on(tried(&gateway, &made));
        gateway.killed();
        receiver.always(Reply::Status(200));
        gateway.up();
        // The push may have come before the sender's own answer, which is lost then: the same again is the same.
        let id = sent.unwrap_or_else(|_| block_on(send(&gateway, &made)));
        block_on(arrived(&gateway, &id));
        let seen = receiver.requests();
        assert!(
            seen[before..]
                .iter()
                .all(|r| r.header("idempotency-key") == id)
        );
        let times = seen.len() - before;
        assert!(
            (1..=2).contains(&times) && (!lost || times == 2),
            "{round}: {times}"
        );
        twice += u64::from(times == 2);
        ids.push(id);
    }
    say!(
        "{ROUNDS} kills around the answer: {twice} documents were sent a second time, none arrived twice"
    );
    let recounted = good(&gateway.as_administrator(&["recount"]));
    say!("{}", recounted.trim());
    for id in ids {
        block_on(arrived(&gateway, &id));
    }
    gateway.stop();
}
