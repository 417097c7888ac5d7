//! What a verdict rests on, over the interface.

use super::world::{OTHER, RECIPIENT, SENDER, World};
use axum::http::StatusCode;
use lienthong::model::Digest;

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
