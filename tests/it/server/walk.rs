//! One document's walk, and its variations.

use super::world::{Form, OTHER, RECIPIENT, SENDER, World, code, envelope, now, open, unsigned};
use axum::http::StatusCode;
use futures_util::StreamExt;
use lienthong::model::event::Policy;
use lienthong::model::{Digest, DocumentId, Event, Position, ReasonCode};
use lienthong::registry::Role;
use lienthong::store::Change;
use lienthong::upkeep::{Held, Load, Reloader};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_document_enters_is_fetched_answered_and_counted() {
    let world = World::new();
    let sent = world.post(SENDER, &world.document("12")).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    assert_eq!(sent.text("disposition"), "accepted");
    let id = sent.text("id");

    let inbox = world.get(RECIPIENT, "/v1/inbox?wait=5").await.json();
    assert_eq!(inbox["items"][0]["id"], id.as_str());
    assert_eq!(inbox["items"][0]["subject"], "Về dự toán quý I");
    assert_eq!(inbox["items"][0]["state"], "waiting");

    let answers = format!("/v1/documents/{id}/answers");
    let early = world.post_json(RECIPIENT, &answers, r#"{"status":"03"}"#);
    let early = early.await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert_eq!(early.json()["possible"][0], "arrived");

    for n in 1..=2 {
        let path = format!("/v1/documents/{id}/files/{n}");
        let file = world.get(RECIPIENT, &path).await;
        assert_eq!(file.status, StatusCode::OK);
        assert_eq!(file.headers["x-content-type-options"], "nosniff");
        assert!(file.headers.contains_key("content-digest"));
    }
    let refusal = world.post_json(RECIPIENT, &answers, r#"{"status":"02"}"#);
    assert_eq!(refusal.await.text("code"), "reason_required");
    let yes = r#"{"status":"accepted","staff":"Lê Văn Bình"}"#;
    let answered = world.post_json(RECIPIENT, &answers, yes).await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.json());
    assert_eq!(answered.json()["repeated"], false);
    let again = world.post_json(RECIPIENT, &answers, yes).await;
    assert_eq!(again.json()["repeated"], true);
    assert_eq!(again.json()["receipt"], answered.json()["receipt"]);
    let no = world.post_json(RECIPIENT, &answers, r#"{"status":"02","reason":"Nhầm"}"#);
    assert_eq!(no.await.text("code"), "impossible_move");

    let seen = world
        .get(SENDER, &format!("/v1/documents/{id}"))
        .await
        .json();
    assert_eq!(seen["recipients"][0]["state"], "accepted");
    assert_eq!(seen["recipients"][0]["staff"], "Lê Văn Bình");
    assert_eq!(seen["files"][0]["name"], "cv.txt");
    let path = format!("/v1/documents/{id}/receipts");
    let receipts = world.get(SENDER, &path).await.json();
    let events: Vec<&str> = receipts["items"]
        .as_array()
        .expect("list")
        .iter()
        .filter_map(|r| r["event"].as_str())
        .collect();
    assert_eq!(events, ["offered", "arrived", "answered"]);
    assert_eq!(receipts["items"][0], sent.json()["receipt"]);
    let report = world
        .get(SENDER, &format!("/v1/documents/{id}/report"))
        .await;
    assert_eq!(report.json()["schema"], "lienthong-report-1");

    let rates = world.get(SENDER, "/v1/rates?period=2026-11").await.json();
    let own = &rates["units"][0];
    assert_eq!(
        (own["unit"].as_str(), own["counts"]["delivered"].as_i64()),
        (Some(SENDER), Some(1))
    );
    assert_eq!(own["rates"]["signed"]["denominator"], 1);
    assert_eq!(
        own["rates"]["exchange"]["denominator"],
        serde_json::Value::Null
    );
    let inbox = world.get(RECIPIENT, "/v1/inbox").await.json();
    assert_eq!(inbox["items"].as_array().map(Vec::len), Some(0));
    let outbox = world.get(SENDER, "/v1/outbox").await.json();
    assert_eq!(outbox["items"][0]["recipients"][0]["state"], "accepted");
}

#[tokio::test]
async fn the_same_document_sent_again_is_one_document() {
    let world = World::new();
    let first = world.post(SENDER, &world.document("12")).await;
    // Signing again gives other bytes, so the same form is sent.
    let form = world.document("13").header("idempotency-key", "k-1");
    let (one, two) = tokio::join!(world.post(SENDER, &form), world.post(SENDER, &form));
    assert_eq!(one.status, StatusCode::CREATED);
    assert_eq!(one.text("id"), two.text("id"));
    assert_eq!(one.json()["receipt"], two.json()["receipt"]);
    assert_ne!(one.text("id"), first.text("id"));
    let other = world.document("14").header("idempotency-key", "k-1");
    let other = world.post(SENDER, &other).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert_eq!(other.text("code"), "key_reused");
    let rates = world.get(SENDER, "/v1/rates").await.json();
    assert_eq!(rates["units"][0]["counts"]["offers"], 2);
}

#[tokio::test]
async fn an_unsigned_document_is_refused_with_a_receipt_and_its_key_does_not_bind() {
    let world = World::new();
    let form = Form::new()
        .header("idempotency-key", "k")
        .part("envelope", unsigned("12").as_bytes())
        .part("file", b"no signature");
    let refused = world.post(SENDER, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.headers["content-type"], "application/json");
    assert_eq!(refused.json()["verdict"]["reason"], "no_signature");
    assert!(
        !refused.json()["receipt"]["p7m"]
            .as_str()
            .unwrap_or_default()
            .is_empty()
    );
    let id = refused.text("id");
    assert!(world.get(RECIPIENT, "/v1/inbox").await.json()["items"][0].is_null());
    let gone = world
        .get(SENDER, &format!("/v1/documents/{id}/files/1"))
        .await;
    assert_eq!(gone.status, StatusCode::GONE);
    let hidden = world.get(RECIPIENT, &format!("/v1/documents/{id}")).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    let mended = world.document("12").header("idempotency-key", "k");
    let mended = world.post(SENDER, &mended).await;
    assert_eq!(mended.status, StatusCode::CREATED);
    assert_eq!(mended.text("duplicate_of"), id);
}

#[tokio::test]
async fn a_refusal_that_is_repeated_is_judged_again_and_counted_once() {
    let mut world = World::new();
    // Signed once: another signature is another document.
    let form = world.document("12");
    let mut bindings = Vec::new();
    // Nobody is bound as the agency's signer, for now.
    world.change(|known, _, _| {
        bindings = known.clone();
        known.retain(|binding| binding.role != Role::Agency);
    });
    let first = world.post(SENDER, &form).await;
    assert_eq!(first.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(first.json()["repeated"], false);
    for n in 0..3 {
        world.clock.set(now().plus_secs(60 * (n + 1)));
        // Rules that change nothing for this document.
        world.change(|_, _, policy| policy.hold_secs += 1);
        let again = world.post(SENDER, &form).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(again.json()["repeated"], true);
        for same in ["id", "receipt", "verdict"] {
            assert_eq!(again.json()[same], first.json()[same], "{same}");
        }
    }
    let rates = world.get(SENDER, "/v1/rates").await.json();
    assert_eq!(rates["units"][0]["counts"]["offers"], 1);
    let outbox = world.get(SENDER, "/v1/outbox").await.json();
    assert_eq!(outbox["items"].as_array().map(Vec::len), Some(1));
    // What was wrong was not in the document.
    world.change(|known, _, _| *known = bindings);
    let taken = world.post(SENDER, &form).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.json());
    assert_eq!(taken.text("duplicate_of"), first.text("id"));
    let again = world.post(SENDER, &form).await;
    assert_eq!(again.text("id"), taken.text("id"));
}

#[tokio::test]
async fn secret_material_is_refused_by_its_envelope_before_its_files_are_read() {
    let world = World::new();
    let secret = envelope("12").replace(r#""subject""#, r#""secrecy":"secret","subject""#);
    // The files are broken off: nobody looks.
    let mut form = Form::new()
        .part("envelope", secret.as_bytes())
        .part("file", b"x");
    form.closed = false;
    let refused = world.post(SENDER, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["verdict"]["reason"], "secrecy_not_allowed");
    let id = refused.text("id");
    let seen = world
        .get(SENDER, &format!("/v1/documents/{id}"))
        .await
        .json();
    assert!(seen["envelope"].is_null());
}

#[tokio::test]
async fn a_stale_crl_holds_a_fresh_one_releases_and_the_deadline_refuses() {
    let mut world = World::new();
    let stale = lienthong::forge::Crl {
        validity: lienthong::forge::Validity::days(now(), 20, -10),
        number: 1,
        revoked: Vec::new(),
    };
    let stale = world.ca.crl(&stale).expect("crl");
    let mut fresh = Vec::new();
    world.change(|_, material, _| {
        fresh = std::mem::replace(&mut material.crls, vec![stale.into()]);
    });
    let held = world.post(SENDER, &world.document("12")).await;
    assert_eq!(held.status, StatusCode::ACCEPTED, "{}", held.json());
    assert!(held.json()["hold_until"].is_string());
    let id = held.text("id");
    let (reloader, stop) = upkeep(&world);
    assert_eq!(state(&world, &id), "held");
    world.change(|_, material, _| material.crls = fresh);
    reloader.tell();
    until(|| state(&world, &id) == "accepted").await;
    let inbox = world.get(RECIPIENT, "/v1/inbox?wait=5").await.json();
    assert_eq!(inbox["items"][0]["id"], id.as_str());
    world.change(|_, material, _| material.crls.clear());
    let held = world.post(SENDER, &world.document("13")).await;
    let id = held.text("id");
    assert_eq!(held.status, StatusCode::ACCEPTED, "{}", held.json());
    world.clock.set(now().plus_secs(49 * 3600));
    world.intake.held().notify_one();
    until(|| state(&world, &id) == "refused").await;
    let seen = world
        .get(SENDER, &format!("/v1/documents/{id}"))
        .await
        .json();
    assert_eq!(seen["verdict"]["reason"], "hold_expired");
    stop.cancel();
}

fn list(world: &World, first_day: i64) -> Vec<u8> {
    let list = lienthong::forge::Crl {
        validity: lienthong::forge::Validity::days(now(), first_day, 10 - first_day),
        number: 1,
        revoked: Vec::new(),
    };
    world.ca.crl(&list).expect("crl")
}

#[tokio::test]
async fn who_was_bound_at_arrival_speaks_for_the_sender_not_who_was_bound_since() {
    let mut world = World::new();
    let mut fresh = Vec::new();
    let later = now().plus_secs(3600);
    world.change(|bindings, material, _| {
        fresh = std::mem::take(&mut material.crls);
        for binding in bindings.iter_mut().filter(|b| b.role == Role::Agency) {
            binding.from = later;
        }
    });
    let held = world.post(SENDER, &world.document("12")).await;
    assert_eq!(held.status, StatusCode::ACCEPTED, "{}", held.json());
    let id = held.text("id");
    let (_, stop) = upkeep(&world);
    world.clock.set(later.plus_secs(3600));
    world.change(|_, material, _| material.crls = fresh);
    world.intake.held().notify_one();
    until(|| state(&world, &id) != "held").await;
    assert_eq!(state(&world, &id), "refused");
    stop.cancel();
}

#[tokio::test]
async fn a_list_whose_time_has_come_is_used_before_the_deadline_refuses() {
    let mut world = World::new();
    let tomorrow = list(&world, -1);
    world.change(|_, material, _| {
        material.crls = vec![tomorrow.into()];
    });
    let held = world.post(SENDER, &world.document("12")).await;
    assert_eq!(held.status, StatusCode::ACCEPTED, "{}", held.json());
    let id = held.text("id");
    let (_, stop) = upkeep(&world);
    world.clock.set(now().plus_secs(49 * 3600));
    world.intake.held().notify_one();
    until(|| state(&world, &id) != "held").await;
    assert_eq!(state(&world, &id), "accepted");
    stop.cancel();
}

#[tokio::test]
async fn a_held_document_that_cannot_be_read_any_more_is_refused_at_its_deadline() {
    let mut world = World::new();
    world.change(|_, material, _| material.crls.clear());
    let held = world.post(SENDER, &world.document("12")).await;
    let known = DocumentId::parse(&held.text("id")).expect("id");
    let mut offered = world.intake.state(known).expect("document").offered;
    offered.document = DocumentId::new(now(), [7; 10]);
    offered.request = Digest::of(b"another");
    offered.first_offer = false;
    offered.judged.reason = ReasonCode::NotJudgedYet;
    for file in &mut offered.files {
        file.digest = Digest::of(b"not kept");
    }
    let id = offered.document;
    let change = Change {
        subject: Some((id, Position::START)),
        bodies: Vec::new(),
        events: vec![Event::Offered(Box::new(offered))],
    };
    let ledger = &world.intake.tools().ledger;
    ledger.commit(change).await.expect("committed");
    let (_, stop) = upkeep(&world);
    world.clock.set(now().plus_secs(49 * 3600));
    world.intake.held().notify_one();
    until(|| state(&world, &id.to_string()) == "refused").await;
    stop.cancel();
}

#[tokio::test]
async fn a_large_document_is_answered_first_and_judged_after() {
    let world = World::with_limits(16, 8 << 20);
    let (_, stop) = upkeep(&world);
    let sent = world.post(SENDER, &world.document("12")).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED);
    assert_eq!(sent.json()["verdict"]["reason"], "not_judged_yet");
    let id = sent.text("id");
    until(|| state(&world, &id) == "accepted").await;
    stop.cancel();
}

#[tokio::test]
async fn a_long_poll_ends_when_a_document_comes_and_when_the_binding_ends() {
    let mut world = World::new();
    let (polled, sent) = tokio::join!(world.get(RECIPIENT, "/v1/inbox?wait=20"), async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        world.post(SENDER, &world.document("12")).await
    });
    assert_eq!(polled.json()["items"][0]["id"], sent.text("id").as_str());
    let router = world.router.clone();
    let key = world.key_of(OTHER);
    let polling = {
        let certificate = world.raw(OTHER);
        tokio::spawn(
            async move { super::world::poll(router, certificate, "/v1/inbox?wait=1").await },
        )
    };
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    world.change(|bindings, _, _| {
        for binding in bindings.iter_mut().filter(|b| b.keys.subject == key) {
            binding.until = Some(now());
        }
    });
    let ended = polling.await.expect("joined");
    assert_eq!(ended, StatusCode::FORBIDDEN);
    assert_eq!(code(OTHER).as_str(), OTHER);
}

#[tokio::test]
async fn a_download_breaks_off_when_the_binding_ends_and_nothing_has_arrived() {
    let mut world = World::new();
    let long = vec![b'x'; 300 * 1024];
    world.change(|_, _, policy| policy.policy = Policy::Record);
    let form = Form::new()
        .part("envelope", unsigned("12").as_bytes())
        .part("file", &long);
    let sent = world.post(SENDER, &form).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    let id = sent.text("id");
    let path = format!("/v1/documents/{id}/files/1");
    let response = open(world.router.clone(), world.raw(RECIPIENT), &path).await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut body = response.into_body().into_data_stream();
    assert!(body.next().await.is_some_and(|chunk| chunk.is_ok()));
    let key = world.key_of(RECIPIENT);
    world.change(|bindings, _, _| {
        for binding in bindings.iter_mut().filter(|b| b.keys.subject == key) {
            binding.until = Some(now());
        }
    });
    let mut failed = false;
    while let Some(chunk) = body.next().await {
        failed |= chunk.is_err();
    }
    assert!(failed);
    let id = DocumentId::parse(&id).expect("id");
    let state = world.intake.state(id).expect("document");
    assert_eq!(state.timeline.len(), 1);
}

fn upkeep(world: &World) -> (Arc<Reloader>, CancellationToken) {
    let load: Load = Arc::new(|| Err("not in this test".into()));
    let reloader = Reloader::new(Arc::clone(&world.intake), load, |_| String::new());
    let (reloader, stop) = (Arc::new(reloader), CancellationToken::new());
    let held = Held::new(Arc::clone(&world.intake), Arc::clone(&reloader));
    tokio::spawn(held.run(stop.clone()));
    (reloader, stop)
}

fn state(world: &World, id: &str) -> &'static str {
    let id = DocumentId::parse(id).expect("id");
    let state = world.intake.state(id).expect("document");
    state.judged.disposition.name()
}

async fn until(done: impl Fn() -> bool) {
    for _ in 0..200 {
        if done() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("it did not come to pass");
}
