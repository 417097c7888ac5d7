//! A push receiver that is down until the clock runs out, the dead-letter desk, and kills around a replay.

use crate::delivery_kills::{arrived, gateway, send};
use crate::expire::{NOT_TAKEN, expire_at_rest};
use crate::receiver::{Receiver, Reply};
use crate::support::{Fault, Gateway, WORLD, block_on, draft, good, program, until};
use lienthong::demo::units::UNITS;
use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Kills: each is a restart of some seconds.
const ROUNDS: u64 = 6;

/// Sends a document that the receiver does not take, and ends its delivery.
fn dead(gateway: &mut Gateway, receiver: &Receiver, number: u64) -> String {
    receiver.always(Reply::Status(503));
    let made = draft(&WORLD.members[2], &[0], number, 5000, Fault::None);
    let id = block_on(send(gateway, &made));
    let tried = || timeline(gateway, &id).contains(&"attempted".to_owned());
    until("an attempt on record", tried);
    gateway.stop();
    let data = &gateway.at.home;
    block_on(expire_at_rest(
        data,
        &[(id.as_str(), UNITS[0].code)],
        NOT_TAKEN,
    ));
    gateway.up();
    id
}

fn rows(gateway: &Gateway, arguments: &[&str]) -> Vec<Value> {
    let mut all = vec!["dead-letters"];
    all.extend(arguments);
    all.push("--json");
    let out = good(&gateway.as_administrator(&all));
    out.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

fn timeline(gateway: &Gateway, id: &str) -> Vec<String> {
    let document = lienthong::model::DocumentId::parse(id).expect("id");
    let seen = block_on(async {
        let office = gateway.office(2);
        office.client.document(document).await.expect("document")
    });
    seen.timeline.into_iter().map(|e| e.event).collect()
}

/// What receipts go by.
fn events(gateway: &Gateway, id: &str) -> Vec<String> {
    let mut all = timeline(gateway, id);
    all.retain(|event| event != "attempted");
    all
}

#[test]
fn a_receiver_that_was_down_too_long_has_the_document_after_a_replay_once_under_the_same_key() {
    let receiver = Receiver::start();
    let mut gateway = gateway(&receiver);
    let id = dead(&mut gateway, &receiver, 500);
    let listed = rows(&gateway, &["list"]);
    assert_eq!(listed.len(), 1, "{listed:?}");
    let shown = &rows(&gateway, &["show", &id])[0];
    assert_eq!(
        (&shown["cause"], &shown["fault"]),
        (&"not_taken".into(), &"recipient".into())
    );
    assert_eq!(shown["attempts"][0]["outcome"], "later", "{shown}");
    assert_eq!(shown["replay"]["idempotency_key"], id.as_str());
    let words = good(&gateway.as_administrator(&["dead-letters", "show", &id]));
    assert!(
        words.contains("HTTP 503") && words.contains("Up to: the recipient"),
        "{words}"
    );

    receiver.always(Reply::Status(200));
    let before = receiver.count();
    let done = &rows(&gateway, &["replay", &id])[0];
    assert_eq!(done["state"], "waiting", "{done}");
    block_on(arrived(&gateway, &id));
    let again = &rows(&gateway, &["replay", &id])[0];
    assert_eq!(again["repeated"], true, "{again}");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(receiver.count(), before + 1, "one request after the replay");
    let keys = receiver.requests();
    assert!(keys.iter().all(|r| r.header("idempotency-key") == id));
    assert_eq!(
        events(&gateway, &id),
        ["offered", "expired", "replayed", "arrived"]
    );

    let other = dead(&mut gateway, &receiver, 501);
    let given = &rows(&gateway, &["give-up", &other, "--reason", "sent on paper"])[0];
    assert_eq!(given["state"], "given_up", "{given}");
    receiver.always(Reply::Status(200));
    let before = receiver.count();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(receiver.count(), before, "what was given up is not sent");
    assert_eq!(events(&gateway, &other), ["offered", "expired", "given-up"]);
    assert_eq!(rows(&gateway, &["list"]), Vec::<Value>::new());
    let recounted = good(&gateway.as_administrator(&["recount"]));
    say!("{}", recounted.trim());
    gateway.stop();
}

#[test]
fn a_kill_around_a_replay_leaves_it_done_once_or_not_at_all() {
    let receiver = Receiver::start();
    let mut gateway = gateway(&receiver);
    let (mut kept, mut lost) = (0, 0);
    for round in 0..ROUNDS {
        let id = dead(&mut gateway, &receiver, 600 + round);
        receiver.always(Reply::Status(200));
        let config = gateway.at.config.display().to_string();
        let mut asked = Command::new(program())
            .args(["dead-letters", "replay", &id, "--config", &config])
            .current_dir(&gateway.at.home)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        // From before the request to after its reply.
        std::thread::sleep(Duration::from_millis(round * 12));
        gateway.kill();
        let _ = asked.wait();
        let before: Vec<_> = receiver.requests();
        gateway.up();
        let waiting = rows(&gateway, &["list"]).is_empty();
        *(if waiting { &mut kept } else { &mut lost }) += 1;
        let again = &rows(&gateway, &["replay", &id])[0];
        assert_eq!(again["problem"], Value::Null, "{again}");
        assert_eq!(again["repeated"], waiting, "{again}");
        block_on(arrived(&gateway, &id));
        assert_eq!(
            events(&gateway, &id),
            ["offered", "expired", "replayed", "arrived"]
        );
        let own = receiver.requests();
        let own = own.iter().filter(|r| r.header("idempotency-key") == id);
        assert!(own.count() >= 1 && before.len() <= receiver.count());
    }
    say!(
        "{ROUNDS} kills around a replay: {kept} were on record, {lost} were done at the second time"
    );
    let recounted = good(&gateway.as_administrator(&["recount"]));
    say!("{}", recounted.trim());
    gateway.stop();
}
