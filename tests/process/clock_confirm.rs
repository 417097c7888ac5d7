//! The clock was ahead and is right again: nothing is taken in and whoever asks is told why, until the administrator says that
//! the clock is right, to the running daemon or while none runs. Who said so and why is on record.

use crate::lives::uploads;
use crate::support::{Fault, Gateway, WORLD, block_on, draft, get, good};
use crate::whole_clock::{Hands, environment, faketime};
use lienthong::client::ClientError;
use lienthong::client::progress::Progress;
use lienthong::clock::SystemClock;
use lienthong::model::event::{ClockConfirmed, Event};
use lienthong::model::{DocumentId, Position, Timestamp};
use lienthong::store::embedded::{OpenOptions, open};
use serde_json::Value;
use std::sync::Arc;

const SENDER: usize = 0;
const RECIPIENT: usize = 7;
/// How far the clock was ahead: lists of revocations are good for longer.
const AHEAD: i64 = 2 * 3600;
/// How far it is set back. Further back the certificates of the test are of tomorrow.
const BACK: i64 = 3600;
const REASON: &str = "Máy chủ giờ sai, đã sửa";

/// Sends a document of its own; when it was offered, or the problem.
fn sent(gateway: &Gateway, number: u64) -> Result<Timestamp, (u16, String, String)> {
    let made = draft(
        &WORLD.members[SENDER],
        &[RECIPIENT],
        number,
        300,
        Fault::None,
    );
    let (office, files, silent) = (gateway.office(SENDER), uploads(&made), Progress::silent());
    let sent = block_on(office.client.send(&made.envelope, &files, None, &silent));
    match sent {
        Ok(sent) => {
            assert_eq!(sent.submitted.disposition, "accepted");
            let id = DocumentId::parse(&sent.submitted.id).expect("an id");
            let view = block_on(office.client.document(id)).expect("there");
            Ok(Timestamp::parse(&view.timeline[0].at).expect("time"))
        }
        Err(ClientError::Problem(p)) => Err((p.status, p.code, p.detail)),
        Err(e) => panic!("{e}"),
    }
}

fn readyz(gateway: &Gateway) -> String {
    get(gateway.at.operations, "/readyz").expect("an answer")
}

/// What is on record of confirmations, each with its words.
fn confirmations(gateway: &Gateway) -> Vec<(ClockConfirmed, Value)> {
    let data = &gateway.at.home;
    let store = open(data, OpenOptions::default(), Arc::new(SystemClock)).expect("opened");
    let mut found = Vec::new();
    let mut each = |record: &lienthong::model::event::Recorded| {
        if let Event::ClockConfirmed(e) = &record.event {
            assert_eq!(record.at, e.last, "event time stands still");
            found.push(e.as_ref().clone());
        }
    };
    store.ledger.replay(Position::END, &mut each).expect("read");
    let with_words = found.into_iter().map(|e| {
        let note = store.vault.open(&e.note).expect("read").expect("kept");
        let words = serde_json::from_slice(note.bytes()).expect("JSON");
        (e, words)
    });
    let all = with_words.collect();
    block_on(store.ledger.close());
    all
}

fn confirm(gateway: &Gateway, more: &[&str]) -> std::process::Output {
    let mut all = vec!["clock", "confirm", "--reason", REASON];
    all.extend(more);
    gateway.as_administrator(&all)
}

#[test]
fn a_clock_that_went_back_is_confirmed_to_the_running_daemon() {
    let Some(library) = faketime() else {
        say!("left out: a clock that is set needs libfaketime");
        return;
    };
    let mut gateway = Gateway::of_world();
    gateway.stop();
    let hands = Hands::at(&gateway, AHEAD);
    gateway.environment = environment(&library, &hands);
    gateway.up();
    let fine = good(&confirm(&gateway, &[]));
    assert_eq!(fine, "", "nothing was to be confirmed");
    let ahead = sent(&gateway, 1).expect("taken in");
    hands.set(AHEAD - BACK);
    let (status, code, detail) = sent(&gateway, 2).expect_err("paused");
    assert_eq!((status, code.as_str()), (503, "clock_back"));
    assert!(detail.contains("clock confirm"), "{detail}");
    let unready = readyz(&gateway);
    assert!(unready.starts_with("HTTP/1.1 503"), "{unready}");
    assert!(unready.contains("lienthong clock confirm"), "{unready}");
    // Nobody is there to be asked.
    let unsure = confirm(&gateway, &[]);
    assert_eq!(unsure.status.code(), Some(2));
    let said = String::from_utf8_lossy(&unsure.stderr).into_owned();
    assert!(said.contains("--yes"), "{said}");
    assert!(sent(&gateway, 2).is_err());
    let done = good(&confirm(
        &gateway,
        &["--yes", "--staff", "Lê Văn Quản", "--json"],
    ));
    let done: Value = serde_json::from_str(&done).expect("JSON");
    let last = Timestamp::parse(done["last_event"].as_str().unwrap()).unwrap();
    assert!(last >= ahead);
    assert!(readyz(&gateway).starts_with("HTTP/1.1 200"));
    assert_eq!(sent(&gateway, 2), Ok(last));
    // It holds over a restart, and not for a clock that goes back once more.
    gateway.kill();
    gateway.up();
    assert_eq!(sent(&gateway, 3), Ok(last));
    hands.set(0);
    assert_eq!(sent(&gateway, 4).expect_err("paused").1, "clock_back");
    hands.set(AHEAD + 60);
    assert!(sent(&gateway, 4).expect("taken in") > last);
    good(&gateway.as_administrator(&["recount"]));
    gateway.stop();
    let all = confirmations(&gateway);
    assert_eq!(all.len(), 1);
    let (event, words) = &all[0];
    assert_eq!((event.last, event.actor.as_ref()), (last, None));
    assert!(event.last.0 - event.clock.0 > 1000 * (BACK - 300));
    assert_eq!(words["reason"], REASON);
    assert_eq!(words["staff"], "Lê Văn Quản");
}

#[test]
fn a_clock_that_went_back_is_confirmed_while_no_daemon_runs() {
    let Some(library) = faketime() else {
        say!("left out: a clock that is set needs libfaketime");
        return;
    };
    let mut gateway = Gateway::of_world();
    gateway.stop();
    let hands = Hands::at(&gateway, AHEAD);
    gateway.environment = environment(&library, &hands);
    gateway.up();
    let ahead = sent(&gateway, 1).expect("taken in");
    gateway.stop();
    gateway.environment.clear();
    let done = good(&confirm(&gateway, &["--yes"]));
    assert!(done.contains("goes on"), "{done}");
    let again = good(&confirm(&gateway, &["--yes"]));
    assert_eq!(again, "", "confirmed once");
    gateway.up();
    assert!(sent(&gateway, 2).expect("taken in") >= ahead);
    gateway.stop();
    assert_eq!(confirmations(&gateway).len(), 1);
}
