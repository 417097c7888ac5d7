//! Push and webhook with the daemon itself and a receiver that speaks TLS.

use super::daemon::{Daemon, start, start_all};
use super::expire::{NOT_TAKEN, expire_at_rest};
use super::receiver::{Receiver, Reply};
use super::world::{OTHER, RECIPIENT, code};
use lienthong::client::dead_letters::{DeadLetterRef, DeadLettersRequest};
use lienthong::config::DeliverySettings;
use lienthong::delivery::{Secret, secret_path};
use lienthong::model::{Digest, DocumentId, HostPort};
use lienthong::registry::Channel;
use serde_json::Value;
use std::time::Duration;

fn quick(port: u16) -> DeliverySettings {
    DeliverySettings {
        private: vec![HostPort::new("localhost", port)],
        first_retry: Duration::from_secs(1),
        longest_retry: Duration::from_secs(1),
        answer: Duration::from_secs(2),
        ..DeliverySettings::default()
    }
}

fn push(port: u16) -> Channel {
    Channel::Push {
        url: format!("https://localhost:{port}/nhan"),
        ca: "receiver.pem".into(),
    }
}

fn webhook(port: u16) -> Channel {
    Channel::Webhook {
        url: format!("https://localhost:{port}/bao"),
        ca: Some("receiver.pem".into()),
    }
}

/// Waits until the recipient's state is that; gives its view.
async fn until(daemon: &Daemon, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..300 {
        let seen = daemon.document(id).await;
        let recipient = seen["recipients"][0].clone();
        if wanted(&recipient) {
            return recipient;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not reached: {}", daemon.document(id).await["recipients"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_document_arrives_whole_with_its_receipt_over_mutual_tls() {
    let receiver = Receiver::start();
    let mut daemon = start(quick(receiver.port()), push(receiver.port()), &receiver).await;
    receiver.always(Reply::Status(200));
    let id = daemon.send("12").await;
    let seen = until(&daemon, &id, |r| r["state"] == "arrived").await;
    assert!(seen.get("delivery").is_none(), "{seen}");
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.header("idempotency-key"), id);
    assert_eq!(request.header("lienthong-recipient"), RECIPIENT);
    assert!(request.had_certificate);
    let parts = request.parts();
    let names: Vec<&str> = parts.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["envelope", "file", "receipt"]);
    assert_eq!(parts[1].body, b"text");
    assert_eq!(parts[1].file_name, "cv.txt");
    for part in &parts {
        let digest = lienthong::client::upload::content_digest(&Digest::of(&part.body));
        assert_eq!(part.content_digest, digest, "{}", part.name);
    }
    let receipts = daemon.receipts(&id).await;
    let events: Vec<&str> = receipts.iter().map(|(event, _)| event.as_str()).collect();
    assert_eq!(events, ["offered", "arrived"]);
    assert_eq!(receipts[0].1, parts[2].body);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_on_its_way_does_not_come_whole() {
    let receiver = Receiver::start();
    let mut daemon = start(quick(receiver.port()), push(receiver.port()), &receiver).await;
    receiver.always(Reply::Pause(Duration::from_secs(2)));
    // More than lies in buffers between the two.
    let id = daemon.send_content("12", &vec![b'x'; 48 << 20]).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    daemon.take_back(&id).await;
    let seen = until(&daemon, &id, |r| r["state"] == "taken_back").await;
    assert_eq!(seen["arrived"], Value::Null);
    // It would have come whole by now, and would have been tried again.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(receiver.count(), 0, "a whole request");
    let receipts = daemon.receipts(&id).await;
    let events: Vec<&str> = receipts.iter().map(|(event, _)| event.as_str()).collect();
    assert_eq!(events, ["offered", "taken-back"]);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_tells_and_the_recipient_fetches() {
    let receiver = Receiver::start();
    let mut daemon = start(quick(receiver.port()), webhook(receiver.port()), &receiver).await;
    receiver.always(Reply::Status(204));
    let id = daemon.send("12").await;
    let request = receiver.first().await;
    let secret = Secret::read(&secret_path(&daemon.own(), &code(RECIPIENT))).expect("secret");
    let at: i64 = request
        .header("webhook-timestamp")
        .parse()
        .expect("seconds");
    let signed = secret.sign(request.header("webhook-id"), at, &request.body);
    assert_eq!(request.header("webhook-signature"), signed);
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    assert_eq!(body["type"], "document.waiting");
    assert_eq!(body["data"], serde_json::json!({ "id": id }));
    let seen = daemon.document(&id).await;
    assert_eq!(seen["recipients"][0]["state"], "waiting");
    daemon.fetch(&id).await;
    until(&daemon, &id, |r| r["state"] == "arrived").await;
    assert_eq!(receiver.count(), 1);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_a_while_is_told_of_and_has_the_document_in_the_end() {
    let receiver = Receiver::start();
    let mut daemon = start(quick(receiver.port()), push(receiver.port()), &receiver).await;
    for _ in 0..8 {
        receiver.then(Reply::Status(500));
    }
    receiver.always(Reply::Status(200));
    let id = daemon.send("12").await;
    let seen = until(&daemon, &id, |r| {
        r["delivery"]["attempts"].as_u64() >= Some(2)
    })
    .await;
    let delivery = &seen["delivery"];
    assert_eq!(delivery["channel"], "push");
    assert_eq!(delivery["error"], "status");
    let message = delivery["message"].as_str().expect("sentence");
    assert!(message.contains("máy nhận trả lời HTTP 500"), "{message}");
    until(&daemon, &id, |r| r["state"] == "arrived").await;
    let keys: Vec<_> = receiver
        .requests()
        .iter()
        .map(|r| r.header("idempotency-key").to_owned())
        .collect();
    assert_eq!(keys, vec![id.clone(); 9]);
    let events = daemon.receipts(&id).await;
    assert_eq!(events.len(), 2, "one arrival");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_cut_before_its_status_is_no_answer_and_one_cut_behind_it_is() {
    let receiver = Receiver::start();
    let mut daemon = start(quick(receiver.port()), push(receiver.port()), &receiver).await;
    receiver.always(Reply::Status(200));
    let table: [(&str, &[u8], usize); 6] = [
        ("before headers", b"", 2),
        ("in the status", b"HTTP/1.1 20", 2),
        ("in headers", b"HTTP/1.1 200 OK\r\ncontent-le", 2),
        (
            "before the empty line",
            b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n",
            2,
        ),
        (
            "in the body",
            b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab",
            1,
        ),
        (
            "behind it",
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab",
            1,
        ),
    ];
    for (number, (what, bytes, times)) in (20..).zip(table) {
        receiver.then(Reply::Bytes(bytes.to_vec()));
        let id = daemon.send(&number.to_string()).await;
        until(&daemon, &id, |r| r["state"] == "arrived").await;
        let seen = receiver.requests();
        let same = seen.iter().filter(|r| r.header("idempotency-key") == id);
        assert_eq!(same.count(), times, "{what}");
        assert_eq!(daemon.receipts(&id).await.len(), 2, "{what}");
    }
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn receivers_that_lie_or_hang_are_bounded_and_named() {
    let receiver = Receiver::start();
    let mut daemon = start(quick(receiver.port()), push(receiver.port()), &receiver).await;
    let large = vec![7; 24 << 20];
    for (number, reply, code, content) in [
        (31, Reply::Hang, "silent", b"text".as_slice()),
        (32, Reply::Early, "early", large.as_slice()),
        (33, Reply::Status(302), "redirect", b"text"),
        (34, Reply::Status(422), "status", b"text"),
        (35, Reply::Cut(3000), "connection", large.as_slice()),
        (
            36,
            Reply::Bytes(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
            "connection",
            b"text",
        ),
    ] {
        receiver.always(reply.clone());
        let id = daemon.send_content(&number.to_string(), content).await;
        let seen = until(&daemon, &id, |r| {
            r["delivery"]["attempts"].as_u64() >= Some(1)
        })
        .await;
        assert_eq!(seen["delivery"]["error"], code, "{reply:?}");
        assert_eq!(seen["state"], "waiting", "{reply:?}");
        receiver.always(Reply::Status(200));
        until(&daemon, &id, |r| r["state"] == "arrived").await;
    }
    let seen = receiver.requests();
    assert!(
        seen.iter().all(|r| r.head.starts_with("POST /nhan ")),
        "no redirect is followed"
    );
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_inside_that_is_not_listed_and_a_certificate_of_others_are_not_sent_to() {
    let receiver = Receiver::start();
    receiver.always(Reply::Status(200));
    let closed = DeliverySettings {
        private: Vec::new(),
        ..quick(receiver.port())
    };
    for channel in [push(receiver.port()), webhook(receiver.port())] {
        let mut daemon = start(closed.clone(), channel, &receiver).await;
        let id = daemon.send("41").await;
        let seen = until(&daemon, &id, |r| {
            r["delivery"]["attempts"].as_u64() >= Some(1)
        })
        .await;
        assert_eq!(seen["delivery"]["error"], "address");
        daemon.stop().await;
    }
    let other = Receiver::start();
    let mut daemon = start(quick(receiver.port()), push(receiver.port()), &other).await;
    let id = daemon.send("42").await;
    let seen = until(&daemon, &id, |r| {
        r["delivery"]["attempts"].as_u64() >= Some(1)
    })
    .await;
    assert_eq!(seen["delivery"]["error"], "connection");
    assert_eq!(receiver.count(), 0);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_recipient_is_named_to_the_operator_and_a_restart_remembers_and_delivers() {
    let receiver = Receiver::start();
    receiver.always(Reply::Status(503));
    let settings = DeliverySettings {
        per_recipient: 1,
        ..quick(receiver.port())
    };
    let mut daemon = start(settings, push(receiver.port()), &receiver).await;
    let mut ids = Vec::new();
    for (number, urgency) in [
        (51, "normal"),
        (52, "urgent"),
        (53, "flash_timed"),
        (54, "flash"),
    ] {
        ids.push(daemon.send_urgent(&number.to_string(), urgency).await);
    }
    let mut told = String::new();
    for _ in 0..300 {
        told = daemon.look("/readyz?verbose").await;
        if told.contains("\"failing_recipients\":[{\"unit\":\"H53.2\"") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(
        told.contains("\"code\":\"status\"") && told.contains("\"ready\":true"),
        "{told}"
    );
    let metrics = daemon.look("/metrics").await;
    let failing = "lienthong_delivery_recipients_failing{channel=\"push\"} 1";
    assert!(metrics.contains(failing), "{metrics}");
    daemon.stop().await;

    let before = receiver.count();
    receiver.always(Reply::Status(200));
    daemon.run().await;
    for id in &ids {
        until(&daemon, id, |r| r["state"] == "arrived").await;
    }
    let seen = receiver.requests();
    let order: Vec<&str> = seen[before..]
        .iter()
        .map(|r| r.header("idempotency-key"))
        .collect();
    let wanted: Vec<&str> = [2, 3, 1, 0].iter().map(|i| ids[*i].as_str()).collect();
    assert_eq!(order, wanted, "the most urgent first, each once");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_recipient_that_hangs_and_one_that_is_down_cost_a_third_nothing() {
    let (hanging, down, good) = (Receiver::start(), Receiver::start(), Receiver::start());
    hanging.always(Reply::Hang);
    down.always(Reply::Status(500));
    good.always(Reply::Status(200));
    let all = [(RECIPIENT, &hanging), (OTHER, &down), ("H53.4", &good)];
    let channels = all.map(|(unit, receiver)| (unit, named(unit, receiver), receiver));
    let settings = DeliverySettings {
        private: all
            .iter()
            .map(|(_, r)| HostPort::new("localhost", r.port()))
            .collect(),
        // So few places that one recipient could take them all.
        at_once: 8,
        answer: Duration::from_secs(30),
        ..quick(0)
    };
    let mut daemon = start_all(settings, &channels).await;
    let mut good_ones = Vec::new();
    for number in 100..120 {
        daemon.send_to(&number.to_string(), RECIPIENT).await;
        daemon.send_to(&format!("{number}1"), OTHER).await;
        good_ones.push(daemon.send_to(&format!("{number}2"), "H53.4").await);
    }
    for id in &good_ones {
        until(&daemon, id, |r| r["state"] == "arrived").await;
    }
    assert_eq!(good.count(), good_ones.len(), "each once");
    assert!(hanging.count() <= 4, "{}", hanging.count());
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dozen_slow_recipients_leave_a_quick_one_its_places_and_fail_at_nothing() {
    let names: Vec<String> = (10..22).map(|n| format!("H53.{n}")).collect();
    let slow: Vec<Receiver> = names.iter().map(|_| Receiver::start()).collect();
    let good = Receiver::start();
    good.always(Reply::Status(200));
    let mut all = vec![("H53.4", named("H53.4", &good), &good)];
    for (unit, receiver) in names.iter().zip(&slow) {
        receiver.always(Reply::Pause(Duration::from_secs(60)));
        all.push((unit.as_str(), named(unit, receiver), receiver));
    }
    let settings = DeliverySettings {
        private: all
            .iter()
            .map(|(_, _, r)| HostPort::new("localhost", r.port()))
            .collect(),
        // Fewer places than slow recipients.
        at_once: 8,
        answer: Duration::from_secs(60),
        ..quick(0)
    };
    let mut daemon = start_all(settings, &all).await;
    let mut waiting = Vec::new();
    for (n, unit) in names.iter().enumerate() {
        waiting.push(daemon.send_to(&format!("{}", 200 + n), unit).await);
        daemon.send_to(&format!("{}", 300 + n), unit).await;
    }
    for number in 400..410 {
        let id = daemon.send_to(&number.to_string(), "H53.4").await;
        until(&daemon, &id, |r| r["state"] == "arrived").await;
    }
    assert_eq!(good.count(), 10, "each once");
    for id in &waiting {
        let seen = daemon.document(id).await;
        let recipient = &seen["recipients"][0];
        assert_eq!(recipient["state"], "waiting");
        assert_eq!(recipient["delivery"]["attempts"], 0, "{recipient}");
    }
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_kept_and_one_that_breaks_under_a_document_is_no_failure() {
    let receiver = Receiver::start();
    let mut daemon = start(quick(receiver.port()), push(receiver.port()), &receiver).await;
    receiver.always(Reply::Status(200));
    for number in 70..80 {
        let id = daemon.send(&number.to_string()).await;
        until(&daemon, &id, |r| r["state"] == "arrived").await;
    }
    assert_eq!(receiver.count(), 10, "each once");
    let made = receiver.connections();
    assert!(made < 10, "{made}");
    receiver.then(Reply::Cut(100));
    let id = daemon.send("80").await;
    until(&daemon, &id, |r| r["state"] == "arrived").await;
    let seen = daemon.document(&id).await;
    assert_eq!(events(&seen), ["offered", "arrived"], "nothing failed");
    assert!(receiver.connections() > made);
    daemon.stop().await;
}

/// A push to a receiver that has a CA file of its own.
fn named(unit: &str, receiver: &Receiver) -> Channel {
    Channel::Push {
        url: format!("https://localhost:{}/nhan", receiver.port()),
        ca: format!("{unit}.pem"),
    }
}

fn events(document: &Value) -> Vec<String> {
    let timeline = document["timeline"].as_array().expect("timeline").iter();
    let name = |e: &Value| e["event"].as_str().unwrap_or_default().to_owned();
    timeline.map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_on_record_for_sender_and_restart_and_a_success_writes_nothing_of_it() {
    let receiver = Receiver::start();
    let mut daemon = start(quick(receiver.port()), push(receiver.port()), &receiver).await;
    receiver.always(Reply::Status(200));
    let good = daemon.send("60").await;
    until(&daemon, &good, |r| r["state"] == "arrived").await;
    assert_eq!(
        events(&daemon.document(&good).await),
        ["offered", "arrived"]
    );

    receiver.always(Reply::Status(503));
    let id = daemon.send("61").await;
    until(&daemon, &id, |r| {
        r["delivery"]["attempts"].as_u64() >= Some(3)
    })
    .await;
    let seen = daemon.document(&id).await;
    super::schema::conforms("Document", &seen).expect("as described");
    assert_eq!(
        events(&seen),
        ["offered", "attempted"],
        "one cause, one record"
    );
    let attempt = &seen["timeline"][1]["attempt"];
    assert_eq!(
        (&attempt["outcome"], &attempt["code"]),
        (&"later".into(), &503.into())
    );
    assert_eq!(
        (&attempt["way"], &attempt["number"]),
        (&"push".into(), &1.into())
    );
    receiver.always(Reply::Status(422));
    until(&daemon, &id, |r| {
        r["delivery"]["error"] == "status"
            && r["delivery"]["message"]
                .as_str()
                .is_some_and(|m| m.contains("422"))
    })
    .await;
    let receipts = daemon.receipts(&id).await;
    assert_eq!(receipts.len(), 1, "an attempt has no receipt");
    let outbox = daemon.outbox().await;
    let row = outbox["items"]
        .as_array()
        .expect("rows")
        .iter()
        .find(|r| r["id"] == id.as_str());
    let told = row.expect("row")["recipients"][0]["delivery"]["message"].clone();
    assert!(
        told.as_str().is_some_and(|m| m.contains("đã thử")),
        "{told}"
    );
    daemon.stop().await;

    // What is remembered beside the log may be lost: the log has the cause, and the number goes on.
    std::fs::remove_file(daemon.data().join("delivery.json")).expect("removed");
    receiver.always(Reply::Hang);
    daemon.run().await;
    let seen = until(&daemon, &id, |r| r["delivery"]["error"] == "never").await;
    let delivery = &seen["delivery"];
    assert!(delivery["attempts"].as_u64() >= Some(4), "{delivery}");
    assert!(
        delivery["message"]
            .as_str()
            .is_some_and(|m| m.contains("máy nhận không nhận (HTTP 422)")),
        "{delivery}"
    );
    receiver.always(Reply::Status(200));
    until(&daemon, &id, |r| r["state"] == "arrived").await;
    let all = events(&daemon.document(&id).await);
    assert_eq!(
        (&all[..3], all.last().map(String::as_str)),
        (
            &["offered".to_owned(), "attempted".into(), "attempted".into()][..],
            Some("arrived")
        )
    );
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_that_is_sent_again_is_pushed_once_under_the_same_key() {
    let receiver = Receiver::start();
    let mut daemon = start(quick(receiver.port()), push(receiver.port()), &receiver).await;
    receiver.always(Reply::Status(503));
    let id = daemon.send("71").await;
    while !events(&daemon.document(&id).await).contains(&"attempted".to_owned()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    until(&daemon, &id, |r| {
        r["delivery"]["attempts"].as_u64() >= Some(1)
    })
    .await;
    daemon.stop().await;
    expire_at_rest(daemon.data(), &[(id.as_str(), RECIPIENT)], NOT_TAKEN).await;
    daemon.run().await;
    let admin = daemon.admin().await;
    let page = admin
        .dead_letters(Some(RECIPIENT), None, 50)
        .await
        .expect("page");
    assert_eq!(page.items.len(), 1);
    let item = &admin
        .dead_letter(DocumentId::parse(&id).expect("id"))
        .await
        .expect("shown")
        .items[0];
    assert_eq!(
        (item.cause.as_str(), item.fault.as_str()),
        ("not_taken", "recipient")
    );
    assert_eq!(item.remedy, "mend_receiver");
    assert_eq!(item.attempts.len(), 1, "{item:?}");
    assert_eq!(item.attempts[0].attempt.code, Some(503));
    assert_eq!(
        item.replay.address.as_deref().map(|a| a.contains("/nhan")),
        Some(true)
    );
    assert!(item.said.cause.contains("HTTP 503"), "{}", item.said.cause);

    let before = receiver.count();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(receiver.count(), before, "what ended is not tried");
    receiver.always(Reply::Status(200));
    let request = DeadLettersRequest {
        items: vec![DeadLetterRef {
            id: id.clone(),
            recipient: None,
        }],
        ..DeadLettersRequest::default()
    };
    let done = admin.replay(&request).await.expect("sent again");
    assert_eq!(done.items[0].state.as_deref(), Some("waiting"));
    until(&daemon, &id, |r| r["state"] == "arrived").await;
    let again = admin.replay(&request).await.expect("repeated");
    assert!(again.items[0].repeated, "{again:?}");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let seen = receiver.requests();
    assert_eq!(seen.len(), before + 1, "one request");
    assert!(seen.iter().all(|r| r.header("idempotency-key") == id));
    let events: Vec<String> = daemon
        .receipts(&id)
        .await
        .into_iter()
        .map(|(e, _)| e)
        .collect();
    assert_eq!(events, ["offered", "expired", "replayed", "arrived"]);
    let refused = admin.give_up(&request).await.expect_err("without a reason");
    assert!(refused.to_string().contains("reason_required"), "{refused}");
    daemon.stop().await;
}
