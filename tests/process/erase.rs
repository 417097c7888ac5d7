//! Erasure by order as the administrator and the offices see it, and on the disk: the bytes are nowhere in the data
//! folder, whenever the daemon is killed, and everything that proves what happened is still there.

use crate::support::{Draft, Fault, Gateway, WORLD, block_on, draft, good, until};
use lienthong::client::ClientError;
use lienthong::client::progress::Progress;
use lienthong::clock::SystemClock;
use lienthong::model::event::ErasureCause;
use lienthong::model::{Digest, DocumentId};
use lienthong::relay::{Command, decide};
use lienthong::store::Change;
use lienthong::store::embedded::{OpenOptions, open};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const SENDER: usize = 0;
const RECIPIENTS: [usize; 2] = [7, 8];
const BASIS: &str = "QĐ 15/QĐ-STTTT ngày 02/11/2026: lộ dữ liệu cá nhân";

/// Inline, in a body segment, and in a file of its own.
const SIZES: [usize; 3] = [2_000, 150_000, 3_000_000];

/// A document with a subject of its own.
fn made(number: u64, size: usize) -> Draft {
    let mut draft = draft(
        &WORLD.members[SENDER],
        &RECIPIENTS,
        number,
        size,
        Fault::None,
    );
    let mut envelope: Value = serde_json::from_slice(&draft.envelope).unwrap();
    envelope["subject"] = format!("Việc riêng số {number}").into();
    draft.envelope = envelope.to_string().into_bytes();
    draft
}

/// Words that only this document has: of its file, its envelope and its report.
fn marks(number: u64) -> [String; 3] {
    [
        format!("Văn bản số {number} của"),
        format!("Việc riêng số {number}"),
        format!("\"{number}.txt"),
    ]
}

fn sent(gateway: &Gateway, draft: &Draft) -> String {
    let office = gateway.office(SENDER);
    let sent = block_on(office.send(&draft.envelope, &draft.files)).expect("sent");
    assert_eq!(sent.submitted.disposition, "accepted", "{sent:?}");
    sent.submitted.id
}

/// The files of the data folder that hold a text.
pub fn holding(gateway: &Gateway, text: &str) -> Vec<PathBuf> {
    fn look(dir: &Path, needle: &[u8], found: &mut Vec<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(dir) else {
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let kind = entry.file_type().expect("type");
            if kind.is_dir() {
                look(&path, needle, found);
            } else if kind.is_file() {
                let bytes = std::fs::read(&path).unwrap_or_default();
                if memchr::memmem::find(&bytes, needle).is_some() {
                    found.push(path);
                }
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["log", "bodies", "index", "rates", "staging", "evidence"] {
        look(&gateway.at.home.join(folder), text.as_bytes(), &mut found);
    }
    for file in ["delivery.json", "serve.log"] {
        let bytes = std::fs::read(gateway.at.home.join(file)).unwrap_or_default();
        if String::from_utf8_lossy(&bytes).contains(text) {
            found.push(file.into());
        }
    }
    found
}

fn none(found: Vec<PathBuf>) {
    assert!(found.is_empty(), "{found:?}");
}

fn nowhere(gateway: &Gateway, number: u64) {
    for mark in marks(number) {
        none(holding(gateway, &mark));
    }
}

fn erase(gateway: &Gateway, id: &str, what: &[&str]) -> Value {
    let mut all = vec!["document", "erase", id, "--basis", BASIS, "--yes", "--json"];
    all.extend(what);
    let done = good(&gateway.as_administrator(&all));
    serde_json::from_str(&done).expect("JSON")
}

/// The code of the problem that a download ends with.
fn refused(gateway: &Gateway, place: usize, id: &str, n: usize) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (office, to) = (gateway.office(place), folder.path().join("file"));
    let id = DocumentId::parse(id).unwrap();
    let got = block_on(async {
        office
            .client
            .download(id, n, &to, &Progress::silent())
            .await
    });
    match got {
        Err(ClientError::Problem(problem)) => {
            assert_eq!(problem.status, 410);
            problem.code
        }
        other => panic!("{other:?}"),
    }
}

/// What proves the document's life: bundle and receipts, judged by the program alone.
fn proved(gateway: &Gateway, id: &str) {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("b.asice").display().to_string();
    good(&gateway.as_unit(SENDER, &["evidence", id, "--bundle", &bundle]));
    let ca = gateway
        .at
        .home
        .join("certs/own/receipt-ca.pem")
        .display()
        .to_string();
    good(&gateway.as_administrator(&["receipt", "verify", &bundle, "--ca", &ca]));
    let office = gateway.office(SENDER);
    let receipts =
        block_on(office.client.receipts(DocumentId::parse(id).unwrap())).expect("receipts");
    let events: Vec<String> = receipts
        .iter()
        .map(|view| office.verified(view).expect("a receipt").event)
        .collect();
    assert!(events.contains(&"erased".to_owned()), "{events:?}");
}

#[test]
fn erased_content_is_nowhere_and_everything_that_proves_stays() {
    let mut gateway = Gateway::of_world();
    let mut all = Vec::new();
    for (number, size) in (4711..).zip(SIZES) {
        let id = sent(&gateway, &made(number, size));
        for mark in marks(number) {
            assert!(
                !holding(&gateway, &mark).is_empty(),
                "{mark}: the search finds nothing"
            );
        }
        all.push((number, id));
    }
    let neighbour = sent(&gateway, &made(5000, 150_000));
    // One recipient has it, and refused it in words.
    let first = all[0].1.clone();
    let out = gateway.at.home.join("den").display().to_string();
    good(&gateway.as_unit(7, &["receive", &first, "--out", &out]));
    good(&gateway.as_unit(
        7,
        &["answer", &first, "02", "--reason", "Lời từ chối riêng"],
    ));
    assert!(!holding(&gateway, "Lời từ chối riêng").is_empty());
    for (_, id) in &all {
        let view = erase(&gateway, id, &["--all", "--reports"]);
        assert_eq!(view["repeated"], false, "{view}");
        assert!(
            view["undelivered"]
                .as_array()
                .is_some_and(|u| !u.is_empty())
        );
    }
    std::fs::remove_dir_all(gateway.at.home.join("den")).unwrap();
    for restart in [false, true, true] {
        if restart {
            gateway.kill();
            gateway.up();
        }
        none(holding(&gateway, "Lời từ chối riêng"));
        for (number, id) in &all {
            nowhere(&gateway, *number);
            for place in [SENDER, RECIPIENTS[0], RECIPIENTS[1]] {
                assert_eq!(refused(&gateway, place, id, 1), "erased");
            }
            proved(&gateway, id);
            let failed = gateway.as_unit(8, &["receive", id, "--out", &out]);
            let said = String::from_utf8_lossy(&failed.stderr).into_owned();
            assert_eq!(failed.status.code(), Some(1), "{said}");
            assert!(said.contains("erased"), "{said}");
        }
        good(&gateway.as_administrator(&["recount"]));
    }
    good(&gateway.as_unit(7, &["receive", &neighbour, "--out", &out]));
    // Made anew from the log, the index says the same.
    gateway.stop();
    for projection in ["index", "rates"] {
        std::fs::remove_dir_all(gateway.at.home.join(projection)).unwrap();
    }
    gateway.up();
    for (number, id) in &all {
        nowhere(&gateway, *number);
        assert_eq!(refused(&gateway, SENDER, id, 1), "erased");
        proved(&gateway, id);
    }
    good(&gateway.as_administrator(&["recount"]));
    good(&gateway.as_unit(8, &["receive", &neighbour, "--out", &out]));
}

/// The event without what follows it: as after a kill between the two.
fn only_the_event(gateway: &Gateway, ids: &[String]) {
    let data = gateway.at.home.clone();
    block_on(async {
        let store = open(&data, OpenOptions::default(), Arc::new(SystemClock)).expect("open");
        for id in ids {
            let id = DocumentId::parse(id).unwrap();
            let state = store.ledger.document(id).unwrap().expect("there");
            let command = Command::Erase {
                bodies: state.content().without_reports(),
                cause: ErasureCause::Order,
                basis: Some(Digest::of(b"basis")),
                actor: None,
            };
            let change = Change {
                subject: Some((id, state.version)),
                bodies: Vec::new(),
                events: decide(&state, &command).expect("decided"),
            };
            store.ledger.commit(change).await.expect("committed");
        }
        // Dropped, not closed: what was not written out is read from the log again.
    });
}

#[test]
fn a_kill_between_the_event_and_the_disk_is_made_good_at_the_next_start() {
    let mut gateway = Gateway::of_world();
    let all: Vec<(u64, String)> = (4711..)
        .zip(SIZES)
        .map(|(number, size)| (number, sent(&gateway, &made(number, size))))
        .collect();
    gateway.kill();
    let ids: Vec<String> = all.iter().map(|(_, id)| id.clone()).collect();
    only_the_event(&gateway, &ids);
    let (mark, subject) = (marks(4711)[0].clone(), marks(4711)[1].clone());
    assert!(
        !holding(&gateway, &mark).is_empty(),
        "the bytes are still there"
    );
    gateway.up();
    for (number, id) in &all {
        assert_eq!(refused(&gateway, SENDER, id, 1), "erased");
        until("taken off the disk", || {
            let [file, envelope, _] = marks(*number);
            holding(&gateway, &file).is_empty() && holding(&gateway, &envelope).is_empty()
        });
        proved(&gateway, id);
    }
    assert!(holding(&gateway, &subject).is_empty());
    good(&gateway.as_administrator(&["recount"]));
}

#[test]
fn kills_at_any_moment_of_an_order_leave_all_or_nothing_readable() {
    let mut gateway = Gateway::of_world();
    let mut erased = 0;
    for round in 0..8u64 {
        let number = 6000 + round;
        let size = SIZES[usize::try_from(round % 3).unwrap()];
        let id = sent(&gateway, &made(number, size));
        let order = std::thread::scope(|scope| {
            let gateway_ref = &gateway;
            let (id, basis) = (id.clone(), BASIS);
            let ordered = scope.spawn(move || {
                let all = [
                    "document",
                    "erase",
                    &id,
                    "--all",
                    "--reports",
                    "--yes",
                    "--basis",
                    basis,
                ];
                gateway_ref.as_administrator(&all).status.success()
            });
            // A command takes some 20 ms to come to its request.
            std::thread::sleep(Duration::from_millis(10 + round * 4));
            let process = gateway_ref.process();
            let kill = format!("kill -9 {process}");
            let _ = std::process::Command::new("sh")
                .arg("-c")
                .arg(kill)
                .status();
            ordered.join().unwrap()
        });
        gateway.kill();
        gateway.up();
        let view = block_on(
            gateway
                .office(SENDER)
                .client
                .document(DocumentId::parse(&id).unwrap()),
        );
        let view = view.expect("there");
        if view.erased.is_empty() {
            assert!(!order, "an order that was carried out is not lost");
            let folder = tempfile::tempdir().unwrap();
            let out = folder.path().display().to_string();
            good(&gateway.as_unit(7, &["receive", &id, "--out", &out]));
        } else {
            erased += 1;
            assert_eq!(refused(&gateway, SENDER, &id, 1), "erased");
            let gone = |mark: &String| holding(&gateway, mark).is_empty();
            until("taken off the disk", || marks(number).iter().all(gone));
            proved(&gateway, &id);
        }
    }
    say!("erase: {erased} of 8 orders were committed before the kill");
    good(&gateway.as_administrator(&["recount"]));
}

#[test]
fn content_is_erased_while_no_daemon_runs() {
    let mut gateway = Gateway::of_world();
    let id = sent(&gateway, &made(4711, 150_000));
    gateway.stop();
    let view = erase(&gateway, &id, &["--file", "1"]);
    assert_eq!(view["bodies"][0]["n"], 1);
    assert_eq!(view["receipt"], Value::Null);
    none(holding(&gateway, &marks(4711)[0]));
    assert!(
        !holding(&gateway, &marks(4711)[1]).is_empty(),
        "the envelope stays"
    );
    gateway.up();
    assert_eq!(refused(&gateway, RECIPIENTS[0], &id, 1), "erased");
    proved(&gateway, &id);
    let again = erase(&gateway, &id, &["--file", "1"]);
    assert_eq!(again["repeated"], true);
    // What is left arrives, and is answered.
    let out = gateway.at.home.join("den").display().to_string();
    good(&gateway.as_unit(7, &["receive", &id, "--out", &out]));
    good(&gateway.as_unit(7, &["answer", &id, "03"]));
}
