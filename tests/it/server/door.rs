//! What clumsy or hostile programs send, and what they are told.

use super::world::{Form, RECIPIENT, SENDER, World, envelope};
use axum::http::StatusCode;
use serde_json::Value;

async fn sent(world: &World, number: &str) -> String {
    let sent = world.post(SENDER, &world.document(number)).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    sent.text("id")
}

async fn fetch(world: &World, id: &str) {
    for n in 1..=2 {
        let path = format!("/v1/documents/{id}/files/{n}");
        assert_eq!(world.get(RECIPIENT, &path).await.status, StatusCode::OK);
    }
}

async fn post(world: &World, who: &str, id: &str, what: &str, json: &str) -> (StatusCode, Value) {
    let path = format!("/v1/documents/{id}/{what}");
    let answer = world.post_json(who, &path, json).await;
    (answer.status, answer.json())
}

/// The pointer of the first error.
fn pointer(problem: &Value) -> &str {
    problem["errors"][0]["pointer"].as_str().unwrap_or("none")
}

#[tokio::test]
async fn an_empty_list_of_recipients_withdraws_nothing() {
    let world = World::new();
    let id = sent(&world, "12").await;
    let none = r#"{"reason":"Sai","recipients":[]}"#;
    for what in ["take-back", "recall"] {
        let (status, problem) = post(&world, SENDER, &id, what, none).await;
        assert_eq!(
            (status, pointer(&problem)),
            (StatusCode::BAD_REQUEST, "/recipients")
        );
    }
    let seen = world
        .get(SENDER, &format!("/v1/documents/{id}"))
        .await
        .json();
    assert_eq!(seen["recipients"][0]["state"], "waiting");
    let (status, done) = post(&world, SENDER, &id, "take-back", r#"{"reason":"Sai"}"#).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(done["recipients"][0]["state"], "taken_back");
}

#[tokio::test]
async fn what_nobody_can_see_is_not_taken_in() {
    let world = World::new();
    let plain = envelope("12");
    let hide = |from: &str, to: &str| plain.replacen(from, to, 1);
    let table = [
        (hide(r#""12""#, "\"1\u{200b}2\""), "/number"),
        (hide(r#""12""#, "\"\u{3164}\""), "/number"),
        (hide("STC-VP", "STC\u{ad}-VP"), "/notation"),
        (hide("STC-VP", "STC\u{202e}-VP"), "/notation"),
        (hide("Về dự toán quý I", "\u{200b}\u{2060}"), "/subject"),
    ];
    for (envelope, at) in table {
        let form = Form::new()
            .part("envelope", envelope.as_bytes())
            .part("file", b"x");
        let refused = world.post(SENDER, &form).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{envelope}");
        let problem = refused.json();
        assert_eq!(
            (&problem["code"], pointer(&problem)),
            (&"bad_envelope".into(), at)
        );
    }
    let id = sent(&world, "12").await;
    fetch(&world, &id).await;
    let unseen = "{\"status\":\"02\",\"reason\":\"\u{200b}\u{feff}\"}";
    let (status, problem) = post(&world, RECIPIENT, &id, "answers", unseen).await;
    assert_eq!(
        (status, pointer(&problem)),
        (StatusCode::BAD_REQUEST, "/reason")
    );
}

#[tokio::test]
async fn a_document_is_updated_or_replaced_and_not_both() {
    let world = World::new();
    let old = sent(&world, "12").await;
    let other = sent(&world, "13").await;
    let both = format!(r#""updates":"{old}","replaces":["{other}","{old}"],"subject""#);
    let both = envelope("14").replacen("\"subject\"", &both, 1);
    let form = Form::new()
        .part("envelope", both.as_bytes())
        .part("file", b"x");
    let refused = world.post(SENDER, &form).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(pointer(&refused.json()), "/replaces/1");
}

#[tokio::test]
async fn json_that_is_wrong_says_where_in_vietnamese() {
    let world = World::new();
    let id = sent(&world, "12").await;
    let table = [
        (r#"{"status":"03","stauts":1}"#, "/stauts", "không có mục"),
        (r#"{"status":3}"#, "/status", "sai kiểu"),
        (r#"["03",null,null]"#, "", "cần một đối tượng JSON"),
        (r#"{"status":"03","status":"02"}"#, "", "ghi hai lần"),
    ];
    for (json, at, words) in table {
        let (status, problem) = post(&world, RECIPIENT, &id, "answers", json).await;
        assert_eq!(
            (status, pointer(&problem)),
            (StatusCode::BAD_REQUEST, at),
            "{json}"
        );
        let said = problem["errors"][0]["detail"].as_str().unwrap_or_default();
        assert!(said.contains(words) && !said.contains("struct"), "{said}");
    }
    let query = world.get(RECIPIENT, "/v1/inbox?limt=3").await.json();
    let said = query["errors"][0]["detail"].as_str().unwrap_or_default();
    assert!(
        said.contains("limt") && !said.contains("deserialize"),
        "{said}"
    );
}

#[tokio::test]
async fn who_is_told_no_is_told_what_can_be_done() {
    let world = World::new();
    let id = sent(&world, "12").await;
    let why = r#"{"reason":"Sai"}"#;
    let say = |problem: &Value| problem["detail"].as_str().unwrap_or_default().to_owned();
    let (_, problem) = post(&world, RECIPIENT, &id, "answers", r#"{"status":"03"}"#).await;
    assert!(say(&problem).contains("lienthong receive"), "{problem}");
    let (_, problem) = post(&world, SENDER, &id, "recall", why).await;
    assert!(say(&problem).contains("lienthong take-back"), "{problem}");
    assert!(
        !say(&problem).contains("receive"),
        "no word to a sender of what recipients do"
    );
    fetch(&world, &id).await;
    let (_, problem) = post(&world, RECIPIENT, &id, "answers", r#"{"status":"06"}"#).await;
    assert!(say(&problem).contains("03 (tiếp nhận)"), "{problem}");
    post(&world, RECIPIENT, &id, "answers", r#"{"status":"03"}"#).await;
    let (_, problem) = post(
        &world,
        RECIPIENT,
        &id,
        "answers",
        r#"{"status":"02","reason":"x"}"#,
    )
    .await;
    assert!(
        say(&problem).contains("04") && say(&problem).contains("06"),
        "{problem}"
    );
    let (_, problem) = post(&world, SENDER, &id, "take-back", why).await;
    assert!(say(&problem).contains("lienthong recall"), "{problem}");
    post(&world, SENDER, &id, "recall", why).await;
    let (_, problem) = post(&world, RECIPIENT, &id, "answers", r#"{"status":"04"}"#).await;
    assert!(
        say(&problem).contains("15") && say(&problem).contains("16"),
        "{problem}"
    );
    post(&world, RECIPIENT, &id, "answers", r#"{"status":"15"}"#).await;
    let (_, problem) = post(&world, RECIPIENT, &id, "answers", r#"{"status":"04"}"#).await;
    assert!(say(&problem).contains("không còn bước nào"), "{problem}");
}
