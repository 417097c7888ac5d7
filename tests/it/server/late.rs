//! A list that dates a revocation before the arrival of an accepted document: sender and recipients
//! are told once, and what was decided stands.

use super::world::{OTHER, RECIPIENT, SENDER, World, now};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lienthong::forge::{Crl, RevocationList, Revoked, Validity};
use lienthong::model::{Disposition, DocumentId, Event, Indication, Position, ReasonCode};
use lienthong::seal::receipt::Receipt;
use lienthong::upkeep::{Late, Load, Reloader};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const DAY: i64 = 86_400;
const LOOK_BACK: i64 = 400 * DAY;

/// Looks for late revocations, as a daemon does from its start on.
fn start(world: &World, look_back: i64) -> (Arc<Reloader>, CancellationToken) {
    let load: Load = Arc::new(|| Err("not in this test".into()));
    let reloader = Reloader::new(Arc::clone(&world.intake), load, |_| String::new());
    let (reloader, stop) = (Arc::new(reloader), CancellationToken::new());
    let late = Late::new(Arc::clone(&world.intake), Arc::clone(&reloader), look_back);
    tokio::spawn(late.run(stop.clone()));
    (reloader, stop)
}

/// An accepted document.
async fn accepted(world: &World, number: &str) -> String {
    let sent = world.post(SENDER, &world.document(number)).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    sent.text("id")
}

/// Four hours later the CA says that the signer was revoked so many seconds after the arrivals.
fn revoke(world: &mut World, number: u64, seconds: i64) {
    let later = now().plus_secs(4 * 3600);
    world.clock.set(later);
    let list = Crl {
        validity: Validity::days(later, 0, 7),
        number,
        revoked: vec![(world.signer.serial(), now().plus_secs(seconds))],
    };
    let list = world.ca.crl(&list).expect("crl");
    world.change(|_, material, _| material.crls.push(list.into()));
}

fn doubts(world: &World, id: &str) -> usize {
    let id = DocumentId::parse(id).expect("id");
    world.intake.state(id).expect("document").doubts.len()
}

/// How often the log says it.
fn events(world: &World) -> usize {
    let mut all = 0;
    let ledger = &world.intake.tools().ledger;
    let count = &mut |record: &lienthong::model::event::Recorded| {
        all += usize::from(matches!(record.event, Event::Doubted(_)));
    };
    ledger.replay(Position::END, count).expect("replay");
    all
}

async fn until(done: impl Fn() -> bool) {
    for _ in 0..200 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not come to pass");
}

async fn shown(world: &World, unit: &str, path: String) -> serde_json::Value {
    world.get(unit, &path).await.json()
}

/// Several passes.
async fn a_while(reloader: &Reloader) {
    for _ in 0..5 {
        reloader.tell();
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
}

#[tokio::test]
async fn sender_and_recipient_are_told_once_and_the_receipt_stands() {
    let mut world = World::new();
    let first = accepted(&world, "12").await;
    // In the order of their arrival.
    world.clock.set(now().plus_secs(1));
    let second = accepted(&world, "13").await;
    let before = shown(&world, SENDER, format!("/v1/documents/{first}/receipts")).await;
    let (reloader, stop) = start(&world, LOOK_BACK);
    a_while(&reloader).await;
    assert_eq!(events(&world), 0);
    revoke(&mut world, 2, -2 * DAY);
    reloader.tell();
    until(|| doubts(&world, &first) == 1 && doubts(&world, &second) == 1).await;
    a_while(&reloader).await;
    stop.cancel();
    // Another start finds it said already.
    let (reloader, stop) = start(&world, LOOK_BACK);
    a_while(&reloader).await;
    stop.cancel();
    assert_eq!(events(&world), 2);
    for unit in [SENDER, RECIPIENT] {
        let seen = world
            .get(unit, &format!("/v1/documents/{first}"))
            .await
            .json();
        assert_eq!(seen["disposition"], "accepted", "{seen:#}");
        assert_eq!(seen["verdict"]["indication"], "TOTAL-PASSED");
        let doubt = &seen["doubts"][0];
        assert_eq!(doubt["doubts"], seen["timeline"][0]["position"]);
        assert_eq!(doubt["verdict"]["indication"], "INDETERMINATE");
        assert_eq!(doubt["verdict"]["sub_indication"], "REVOKED_NO_POE");
        assert_eq!(doubt["verdict"]["reason"], "certificate_revoked");
        let message = doubt["verdict"]["message"].as_str().expect("message");
        assert!(message.contains("22/11/2026"), "{message}");
        assert_eq!(doubt["certificates"].as_array().map(Vec::len), Some(1));
        let told = world.get(unit, "/v1/notices?limit=1").await.json();
        assert_eq!(told["items"][0]["id"], first.as_str(), "{told:#}");
        assert_eq!(told["items"][0]["verdict"], doubt["verdict"]);
        let next = told["next"].as_str().expect("next");
        let rest = world
            .get(unit, &format!("/v1/notices?after={next}"))
            .await
            .json();
        assert_eq!(rest["items"][0]["id"], second.as_str());
        assert!(rest["next"].is_null() && rest["items"].as_array().map(Vec::len) == Some(1));
        let last = rest["items"][0]["position"].as_u64().expect("position");
        let none = shown(&world, unit, format!("/v1/notices?after={last}&wait=0")).await;
        assert_eq!(none["items"].as_array().map(Vec::len), Some(0));
    }
    let nobody = world.get(OTHER, "/v1/notices").await.json();
    assert_eq!(nobody["items"].as_array().map(Vec::len), Some(0));
    let inbox = world.get(RECIPIENT, "/v1/inbox").await.json();
    assert_eq!(inbox["items"][0]["doubted"], true, "{inbox:#}");
    let outbox = world.get(SENDER, "/v1/outbox").await.json();
    assert_eq!(outbox["items"][1]["doubted"], true);
    the_receipts(&world, &first, &before).await;
    the_reports(&world, &first).await;
}

/// The earlier receipt is the same bytes, and the new one names its record.
async fn the_receipts(world: &World, id: &str, before: &serde_json::Value) {
    let after = shown(world, RECIPIENT, format!("/v1/documents/{id}/receipts")).await;
    assert_eq!(after["items"][0], before["items"][0]);
    assert_eq!(after["items"][1]["event"], "doubted", "{after:#}");
    let read = |n: usize| {
        let der = after["items"][n]["p7m"].as_str().expect("p7m");
        let der = STANDARD.decode(der).expect("base64");
        let data =
            lienthong::format::cms::read::parse(&der, lienthong::format::cms::read::Tail::Nothing);
        let content = data.expect("CMS").content.expect("content");
        let bytes: Vec<u8> = content
            .iter()
            .flat_map(|r| der[r.clone()].to_vec())
            .collect();
        Receipt::parse(&bytes).expect("receipt")
    };
    let (offered, doubted) = (read(0), read(1));
    let named = doubted.doubts.expect("what it doubts");
    assert_eq!(
        (named.position, named.chain),
        (offered.position, offered.chain)
    );
    assert_eq!(doubted.judged.indication, Indication::Indeterminate);
    assert_eq!(doubted.judged.reason, ReasonCode::CertificateRevoked);
    // It says nothing of what is to be done: the decision stands.
    assert_eq!(doubted.judged.disposition, Disposition::Accept);
    assert_eq!(offered.judged.indication, Indication::TotalPassed);
}

async fn the_reports(world: &World, id: &str) {
    let seen = world
        .get(SENDER, &format!("/v1/documents/{id}"))
        .await
        .json();
    let doubt = seen["doubts"][0]["position"].to_string();
    let first = shown(world, SENDER, format!("/v1/documents/{id}/report")).await;
    assert_eq!(first["indication"], "TOTAL-PASSED");
    assert!(first.get("existed").is_none());
    let path = format!("/v1/documents/{id}/report?doubt={doubt}");
    let later = world.get(SENDER, &path).await.json();
    assert_eq!(later["indication"], "INDETERMINATE", "{later:#}");
    assert_eq!(later["existed"]["at"], seen["timeline"][0]["at"]);
    assert_eq!(later["existed"]["source"], "arrival");
    let list = format!("/v1/documents/{id}/evidence?doubt={doubt}");
    let list = world.get(RECIPIENT, &list).await.json();
    let crl = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|i| i["kind"] == "crl");
    let crl = crl.expect("the list that says it")["sha256"]
        .as_str()
        .expect("digest");
    let piece = format!("/v1/documents/{id}/evidence/{crl}");
    assert_eq!(world.get(RECIPIENT, &piece).await.status, StatusCode::OK);
    let wrong = format!("/v1/documents/{id}/report?doubt=1000");
    assert_eq!(
        world.get(SENDER, &wrong).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn what_came_while_nobody_looked_is_found_at_the_start() {
    let mut world = World::new();
    let id = accepted(&world, "12").await;
    revoke(&mut world, 2, -DAY);
    let (_reloader, stop) = start(&world, LOOK_BACK);
    until(|| doubts(&world, &id) == 1).await;
    stop.cancel();
}

#[tokio::test]
async fn nothing_is_told_where_nothing_is_undone() {
    for (what, seconds, look_back) in [
        ("revoked after the arrival", 3600, LOOK_BACK),
        ("out of the window", -DAY, 3600),
    ] {
        let mut world = World::new();
        let id = accepted(&world, "12").await;
        revoke(&mut world, 2, seconds);
        let (reloader, stop) = start(&world, look_back);
        a_while(&reloader).await;
        assert_eq!(doubts(&world, &id), 0, "{what}");
        // New documents are judged as ever.
        let sent = world.post(SENDER, &world.document("14")).await;
        assert_eq!(
            sent.text("disposition"),
            "refused",
            "{what}: {}",
            sent.json()
        );
        stop.cancel();
    }
}

#[tokio::test]
async fn a_suspension_is_told_only_once_it_is_a_revocation() {
    let mut world = World::new();
    let id = accepted(&world, "12").await;
    let ca = world.ca.entity().expect("entity");
    let (reloader, stop) = start(&world, LOOK_BACK);
    let serial = world.signer.serial();
    for (number, reason, expected) in [(2, 6, 0), (3, 1, 1), (4, 1, 1)] {
        let later = now().plus_secs(3600 * i64::try_from(number).expect("small"));
        world.clock.set(later);
        let entry = Revoked::new(&serial, now().plus_secs(-DAY)).reason(reason);
        let list = RevocationList::complete(number, Validity::days(later, 0, 7)).revoke(entry);
        let list = list.signed_by(&ca).expect("list");
        world.change(|_, material, _| material.crls.push(list.into()));
        reloader.tell();
        until(|| doubts(&world, &id) == expected).await;
        a_while(&reloader).await;
        assert_eq!(doubts(&world, &id), expected, "list {number}");
    }
    stop.cancel();
}

#[tokio::test]
async fn a_list_of_a_stranger_undoes_nothing() {
    let mut world = World::new();
    let id = accepted(&world, "12").await;
    let good = world.ca.entity().expect("entity");
    // The right name, another key.
    let template = lienthong::forge::Template::authority("Gốc mẫu", Validity::around(now()));
    let stranger = template.self_signed().expect("stranger");
    let later = now().plus_secs(3600);
    world.clock.set(later);
    let entry = Revoked::new(&world.signer.serial(), now().plus_secs(-DAY)).reason(1);
    let list = RevocationList::complete(9, Validity::days(later, 0, 7)).revoke(entry);
    let forged = list.clone().issued_as(good.name.clone());
    let forged = forged.signed_by(&stranger).expect("list");
    world.change(|_, material, _| material.crls.push(forged.into()));
    let (reloader, stop) = start(&world, LOOK_BACK);
    a_while(&reloader).await;
    assert_eq!(doubts(&world, &id), 0);
    // The real one, though it says the same.
    let real = list.signed_by(&good).expect("list");
    world.change(|_, material, _| material.crls.push(real.into()));
    reloader.tell();
    until(|| doubts(&world, &id) == 1).await;
    stop.cancel();
}
