//! What a verdict rests on, over the interface.

use super::schema::conforms;
use super::world::{OTHER, RECIPIENT, SENDER, World, now};
use axum::http::StatusCode;
use bytes::Bytes;
use lienthong::model::Digest;
use lienthong::model::event::{Event, Stamped};
use lienthong::store::Change;

#[tokio::test]
async fn those_who_see_a_document_have_what_its_verdict_rests_on() {
    let world = World::new();
    let sent = world.post(SENDER, &world.document("12")).await;
    let id = sent.text("id");
    let path = format!("/v1/documents/{id}/evidence");
    let list = world.get(RECIPIENT, &path).await;
    assert_eq!(list.status, StatusCode::OK);
    let items = list.json()["items"].as_array().expect("items").clone();
    let mut kinds: Vec<&str> = items.iter().filter_map(|i| i["kind"].as_str()).collect();
    kinds.sort_unstable();
    assert!(
        kinds == ["algorithms", "certificate", "certificate", "crl"],
        "{kinds:?}"
    );
    let anchors: Vec<&serde_json::Value> =
        items.iter().filter(|i| i["anchors"].is_array()).collect();
    assert_eq!(anchors.len(), 1);
    assert_eq!(anchors[0]["sha256"], Digest::of(world.ca.der()).to_hex());
    assert_eq!(anchors[0]["anchors"][0]["domain"], "mau");
    let report = world
        .get(SENDER, &format!("/v1/documents/{id}/report"))
        .await;
    assert_eq!(report.json()["evidence"], list.json()["items"]);
    for item in &items {
        let sha256 = item["sha256"].as_str().expect("digest");
        let piece = world.get(SENDER, &format!("{path}/{sha256}")).await;
        assert_eq!(piece.status, StatusCode::OK);
        assert_eq!(Digest::of(&piece.body).to_hex(), sha256);
        assert_eq!(item["size"], piece.body.len());
        assert_eq!(piece.headers["x-content-type-options"], "nosniff");
        let foreign = world.get(OTHER, &format!("{path}/{sha256}")).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    }
    // The vault holds it, the report does not name it.
    let envelope = world.get(SENDER, &format!("/v1/documents/{id}")).await;
    let envelope = envelope.text("envelope_sha256");
    let other = world.get(SENDER, &format!("{path}/{envelope}")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get(OTHER, &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_stamp_that_covers_a_document_is_there_for_those_who_see_it() {
    let world = World::new();
    let sent = world.post(SENDER, &world.document("12")).await;
    let path = format!("/v1/documents/{}/stamp", sent.text("id"));
    let none = world.get(SENDER, &path).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let tools = world.intake.tools();
    let (of, head) = tools.ledger.head().expect("head");
    // No token of any authority: what is shown is what is kept, and what is found about it.
    let token = tools.vault.keep_bytes(Bytes::from_static(b"token"));
    let authority = Digest::of(world.ca.der());
    let stamped = Stamped {
        of,
        head,
        moment: now(),
        token: token.digest(),
        authority,
        rests_on: vec![authority],
    };
    let change = Change {
        subject: None,
        bodies: vec![token],
        events: vec![Event::Stamped(Box::new(stamped))],
    };
    tools.ledger.commit(change).await.expect("committed");
    let found = world.get(RECIPIENT, &path).await;
    assert_eq!(found.status, StatusCode::OK);
    let view = found.json();
    assert_eq!(conforms("StampProof", &view), Ok(()));
    assert_eq!(view["stamp"]["head"], head.to_hex());
    assert_eq!(view["stamp"]["state"], "rewritten", "a token over nothing");
    assert_eq!(view["certificates"][0]["anchor"], true);
    assert_eq!(world.get(OTHER, &path).await.status, StatusCode::NOT_FOUND);
    // What came after the stamp is not covered by it.
    let later = world.post(SENDER, &world.document("13")).await;
    let path = format!("/v1/documents/{}/stamp", later.text("id"));
    assert_eq!(world.get(SENDER, &path).await.status, StatusCode::NOT_FOUND);
}
