//! What one document says of another: an update, a replacement, the same number.

use super::schema::conforms;
use super::world::{Answer, Form, OTHER, RECIPIENT, SENDER, World};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Sends a document whose envelope has these fields changed.
async fn send(world: &World, number: &str, changes: &Value) -> Answer {
    let mut envelope: Value = serde_json::from_str(&super::world::unsigned(number)).expect("JSON");
    envelope["files"] = json!([{"name":"van-ban.p7m","role":"main"}]);
    for (name, value) in changes.as_object().expect("fields") {
        envelope[name] = value.clone();
    }
    let content = format!("Văn bản số {number}, {changes}");
    let signed = world
        .signer
        .sign_encapsulated(content.as_bytes(), super::world::now());
    let form = Form::new()
        .part("envelope", envelope.to_string().as_bytes())
        .part("file", &signed.expect("signed"));
    world.post(SENDER, &form).await
}

async fn sent(world: &World, number: &str, changes: Value) -> String {
    let sent = send(world, number, &changes).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    sent.text("id")
}

async fn seen(world: &World, unit: &str, id: &str) -> Value {
    let seen = world.get(unit, &format!("/v1/documents/{id}")).await.json();
    conforms("Document", &seen).expect("as described");
    seen
}

async fn inbox(world: &World, unit: &str) -> Vec<Value> {
    let inbox = world.get(unit, "/v1/inbox").await.json();
    inbox["items"].as_array().expect("list").clone()
}

fn to(units: &[&str]) -> Value {
    let each = units.iter().map(|unit| json!({ "unit": unit }));
    Value::Array(each.collect())
}

async fn fetch(world: &World, unit: &str, id: &str) {
    let file = world
        .get(unit, &format!("/v1/documents/{id}/files/1"))
        .await;
    assert_eq!(file.status, StatusCode::OK);
    // The arrival is committed by a task of its own.
    let arrived = async {
        loop {
            let view = world.get(unit, &format!("/v1/documents/{id}")).await.json();
            let all = view["recipients"].as_array().expect("list").clone();
            if all
                .iter()
                .any(|r| r["unit"] == unit && r["state"] == "arrived")
            {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let bound = std::time::Duration::from_secs(30);
    tokio::time::timeout(bound, arrived).await.expect("arrived");
}

#[tokio::test]
async fn a_replacement_takes_the_place_where_both_go() {
    let world = World::new();
    let old = sent(&world, "12", json!({"recipients": to(&[RECIPIENT, OTHER])})).await;
    fetch(&world, RECIPIENT, &old).await;
    let path = format!("/v1/documents/{old}/answers");
    world
        .post_json(RECIPIENT, &path, r#"{"status":"03"}"#)
        .await;
    let new = json!({"recipients": to(&[RECIPIENT]), "replaces": [old]});
    let new = sent(&world, "13", new).await;
    let was = seen(&world, SENDER, &old).await;
    assert_eq!(was["replaced_by"], json!([new]));
    assert_eq!(was["recipients"][0]["state"], "superseded");
    assert_eq!(
        was["recipients"][1]["state"], "waiting",
        "no recipient of the new one"
    );
    let work = world
        .post_json(RECIPIENT, &path, r#"{"status":"06"}"#)
        .await;
    assert_eq!(work.status, StatusCode::CONFLICT);
    let rows = inbox(&world, RECIPIENT).await;
    assert_eq!((rows.len(), &rows[0]["id"]), (1, &json!(new)));
    let rates = world.get(SENDER, "/v1/rates").await.json();
    assert_eq!(
        rates["units"][0]["counts"]["offered"], 2,
        "a number of its own"
    );
    let all = world
        .get(SENDER, &format!("/v1/documents/{old}/receipts"))
        .await
        .json();
    assert_eq!(all["items"][3]["event"], "superseded");
    let told = world.get(RECIPIENT, "/v1/notices").await.json();
    conforms("Notices", &told).expect("as described");
    let told = &told["items"][0];
    assert_eq!(
        (&told["notice"], &told["id"], &told["other"]),
        (&json!("superseded"), &json!(old), &json!(new))
    );
}

#[tokio::test]
async fn an_update_is_the_same_document_beside_the_old() {
    let world = World::new();
    let old = sent(&world, "12", json!({"recipients": to(&[RECIPIENT, OTHER])})).await;
    fetch(&world, RECIPIENT, &old).await;
    let new = json!({"recipients": to(&[RECIPIENT]), "updates": old, "subject": "Bản cập nhật"});
    let new = sent(&world, "12", new).await;
    let was = seen(&world, RECIPIENT, &old).await;
    assert_eq!(was["updated_by"], json!([new]));
    assert_eq!(was["recipients"][0]["state"], "arrived", "both stand");
    assert_eq!(
        was["recipients"][1]["state"], "taken_back",
        "removed, and had not come"
    );
    assert_eq!(
        seen(&world, RECIPIENT, &new).await["duplicate_of"],
        Value::Null
    );
    assert_eq!(inbox(&world, RECIPIENT).await.len(), 2);
    assert_eq!(inbox(&world, OTHER).await.len(), 0);
    let rates = world.get(SENDER, "/v1/rates").await.json();
    assert_eq!(rates["units"][0]["counts"]["offered"], 1, "counted once");
    // A recalled document is frozen; a repeat of the earlier update stands.
    let why = r#"{"reason":"Sai"}"#;
    world
        .post_json(SENDER, &format!("/v1/documents/{old}/recall"), why)
        .await;
    let frozen = send(&world, "12", &json!({"updates": old})).await;
    assert_eq!(frozen.status, StatusCode::BAD_REQUEST);
    assert_eq!(frozen.json()["errors"][0]["pointer"], "/updates");
}

#[tokio::test]
async fn the_same_number_is_told_to_both_sides_and_never_merged() {
    let world = World::new();
    let first = sent(&world, "12", json!({})).await;
    let second = send(&world, "12", &json!({"subject": "Khác"})).await;
    assert_eq!(second.text("duplicate_of"), first);
    let second = second.text("id");
    assert_ne!(first, second);
    let rows = inbox(&world, RECIPIENT).await;
    assert_eq!(
        (&rows[0]["duplicate_of"], &rows[1]["duplicate_of"]),
        (&Value::Null, &json!(first))
    );
    for unit in [SENDER, RECIPIENT] {
        assert_eq!(
            seen(&world, unit, &second).await["duplicate_of"],
            json!(first)
        );
    }
}

#[tokio::test]
async fn only_own_documents_that_were_relayed_are_named() {
    let world = World::new();
    let unknown = "0193f5a0-0000-7000-8000-000000000001";
    for (changes, pointer) in [
        (json!({"updates": unknown}), "/updates"),
        (json!({"replaces": [unknown]}), "/replaces/0"),
        (json!({"replaces": unknown}), "/replaces/0"),
    ] {
        let refused = send(&world, "12", &changes).await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_REQUEST,
            "{}",
            refused.json()
        );
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer);
    }
}
