//! A document's life after it arrived: work, take-back, recall, and what each side sees of it.

use super::schema::conforms;
use super::world::{OTHER, RECIPIENT, SENDER, World};
use axum::http::StatusCode;
use serde_json::Value;

/// A document of two files to one recipient, fetched or not.
async fn sent(world: &World, number: &str, fetched: bool) -> String {
    let sent = world.post(SENDER, &world.document(number)).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    let id = sent.text("id");
    if fetched {
        for n in 1..=2 {
            let path = format!("/v1/documents/{id}/files/{n}");
            let file = world.get(RECIPIENT, &path).await;
            assert_eq!(file.status, StatusCode::OK);
        }
    }
    id
}

async fn answer(world: &World, id: &str, json: &str) -> (StatusCode, Value) {
    let path = format!("/v1/documents/{id}/answers");
    let given = world.post_json(RECIPIENT, &path, json).await;
    (given.status, given.json())
}

async fn withdraw(world: &World, id: &str, how: &str, json: &str) -> (StatusCode, Value) {
    let path = format!("/v1/documents/{id}/{how}");
    let done = world.post_json(SENDER, &path, json).await;
    if done.status == StatusCode::OK {
        conforms("Withdrawal", &done.json()).expect("as described");
    }
    (done.status, done.json())
}

async fn events(world: &World, id: &str) -> Vec<String> {
    let path = format!("/v1/documents/{id}/receipts");
    let all = world.get(SENDER, &path).await.json();
    let items = all["items"].as_array().expect("list").clone();
    let event = |r: &Value| r["event"].as_str().unwrap_or_default().to_owned();
    items.iter().map(event).collect()
}

const WHY: &str = r#"{"reason":"Sai số tiền ở Điều 2"}"#;

#[tokio::test]
async fn work_goes_forward_and_every_answer_has_its_own_receipt() {
    let world = World::new();
    let id = sent(&world, "12", true).await;
    let mut receipts = Vec::new();
    for (status, word) in [
        ("03", "accepted"),
        ("05", "in_process"),
        ("06", "completed"),
    ] {
        let (code, given) = answer(&world, &id, &format!(r#"{{"status":"{status}"}}"#)).await;
        assert_eq!(code, StatusCode::OK, "{given}");
        assert_eq!(given["status"], word);
        receipts.push(given["receipt"].clone());
    }
    // Each repeat gives the receipt of that answer, whatever came after it.
    for (status, receipt) in ["03", "05", "06"].iter().zip(&receipts) {
        let (_, again) = answer(&world, &id, &format!(r#"{{"status":"{status}"}}"#)).await;
        assert_eq!(
            (&again["receipt"], &again["repeated"]),
            (receipt, &true.into())
        );
    }
    let (code, back) = answer(&world, &id, r#"{"status":"04"}"#).await;
    assert_eq!(
        (code, &back["code"]),
        (StatusCode::CONFLICT, &"impossible_move".into())
    );
    let path = format!("/v1/documents/{id}");
    let seen = world.get(SENDER, &path).await.json();
    conforms("Document", &seen).expect("as described");
    assert_eq!(seen["recipients"][0]["state"], "completed");
    let timeline = seen["timeline"].as_array().expect("timeline");
    let progress = timeline
        .iter()
        .find(|e| e["event"] == "progressed")
        .expect("progress");
    assert_eq!(progress["status"], "in_process");
    assert_eq!(progress["implied"][0], "assigned");
    let all = ["offered", "arrived", "answered", "progressed", "progressed"];
    assert_eq!(events(&world, &id).await, all);
}

#[tokio::test]
async fn a_recall_takes_the_files_at_once_and_waits_for_its_answer() {
    let world = World::new();
    let id = sent(&world, "12", true).await;
    answer(&world, &id, r#"{"status":"03"}"#).await;
    let (code, none) = withdraw(&world, &id, "recall", "{}").await;
    assert_eq!(
        (code, &none["code"]),
        (StatusCode::BAD_REQUEST, &"reason_required".into())
    );
    let path = format!("/v1/documents/{id}/recall");
    let stranger = world.post_json(RECIPIENT, &path, WHY).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND, "for senders only");
    let (_, late) = withdraw(&world, &id, "take-back", WHY).await;
    assert_eq!(late["possible"], serde_json::json!(["recall", "replace"]));

    let (code, done) = withdraw(&world, &id, "recall", WHY).await;
    assert_eq!(code, StatusCode::OK, "{done}");
    assert_eq!(done["recipients"][0]["state"], "recalled");
    assert_eq!(done["recipients"][0]["receipt"]["event"], "recalled");
    let (_, again) = withdraw(&world, &id, "recall", WHY).await;
    assert_eq!(again["repeated"], true);
    assert_eq!(again["recipients"], done["recipients"]);

    let file = format!("/v1/documents/{id}/files/1");
    let gone = world.get(RECIPIENT, &file).await;
    assert_eq!(
        (gone.status, gone.text("code")),
        (StatusCode::GONE, "withdrawn".into())
    );
    assert_eq!(
        world.get(SENDER, &file).await.status,
        StatusCode::OK,
        "kept as evidence"
    );
    // It lies in the inbox again until it is answered.
    let inbox = world.get(RECIPIENT, "/v1/inbox").await.json();
    assert_eq!(inbox["items"][0]["state"], "recalled");
    let own = world
        .get(RECIPIENT, &format!("/v1/documents/{id}"))
        .await
        .json();
    assert_eq!(
        own["recipients"][0]["request"]["reason"],
        "Sai số tiền ở Điều 2"
    );

    let (code, work) = answer(&world, &id, r#"{"status":"06"}"#).await;
    assert_eq!(code, StatusCode::CONFLICT);
    assert_eq!(work["possible"], serde_json::json!(["agreed", "declined"]));
    let (_, no) = answer(&world, &id, r#"{"status":"16","reason":"Đã ban hành"}"#).await;
    assert_eq!(no["receipt"]["event"], "recall-answered");
    assert_eq!(
        world.get(RECIPIENT, &file).await.status,
        StatusCode::GONE,
        "no restoration"
    );
    let (_, yes) = answer(&world, &id, r#"{"status":"15"}"#).await;
    assert_ne!(yes["receipt"], no["receipt"]);
    let inbox = world.get(RECIPIENT, "/v1/inbox").await.json();
    assert_eq!(inbox["items"].as_array().map(Vec::len), Some(0));
    let seen = world
        .get(SENDER, &format!("/v1/documents/{id}"))
        .await
        .json();
    assert_eq!(seen["recipients"][0]["state"], "recall_agreed");
    assert_eq!(seen["recipients"][0]["request"]["answer"], "agreed");
    let rates = world.get(SENDER, "/v1/rates").await.json();
    let counts = &rates["units"][0]["counts"];
    assert_eq!(
        (&counts["recalled"], &counts["recalled_documents"]),
        (&1.into(), &1.into())
    );
    assert_eq!(counts["offered"], 0, "it left the figures of its month");
}

#[tokio::test]
async fn what_nobody_fetched_is_taken_back_at_once() {
    let world = World::new();
    let id = sent(&world, "12", false).await;
    let (_, early) = withdraw(&world, &id, "recall", WHY).await;
    assert_eq!(
        early["possible"],
        serde_json::json!(["take_back", "replace"])
    );
    let to_nobody = format!(r#"{{"reason":"Nhầm","recipients":["{OTHER}"]}}"#);
    let (code, _) = withdraw(&world, &id, "take-back", &to_nobody).await;
    assert_eq!(code, StatusCode::NOT_FOUND);
    let named = format!(r#"{{"reason":"Nhầm","recipients":["{RECIPIENT}"]}}"#);
    let (code, done) = withdraw(&world, &id, "take-back", &named).await;
    assert_eq!(code, StatusCode::OK, "{done}");
    assert_eq!(done["recipients"][0]["state"], "taken_back");
    let inbox = world.get(RECIPIENT, "/v1/inbox").await.json();
    assert_eq!(inbox["items"].as_array().map(Vec::len), Some(0));
    let file = world
        .get(RECIPIENT, &format!("/v1/documents/{id}/files/1"))
        .await;
    assert_eq!(file.status, StatusCode::GONE);
    let (code, _) = answer(&world, &id, r#"{"status":"03"}"#).await;
    assert_eq!(code, StatusCode::CONFLICT);
    assert_eq!(events(&world, &id).await, ["offered", "taken-back"]);
}

/// Without a key the content is the key, as long as the document is with anybody.
#[tokio::test]
async fn what_was_withdrawn_is_sent_again_as_a_new_document() {
    let world = World::new();
    for (number, fetched, how) in [("12", false, "take-back"), ("13", true, "recall")] {
        let form = world.document(number);
        let first = world.post(SENDER, &form).await.text("id");
        if fetched {
            for n in 1..=2 {
                let path = format!("/v1/documents/{first}/files/{n}");
                assert_eq!(world.get(RECIPIENT, &path).await.status, StatusCode::OK);
            }
        }
        assert_eq!(world.post(SENDER, &form).await.json()["repeated"], true);
        withdraw(&world, &first, how, WHY).await;
        let second = world.post(SENDER, &form).await;
        assert_eq!(second.status, StatusCode::CREATED, "{how}");
        assert_eq!(second.json()["repeated"], false, "{how}");
        assert_eq!(second.text("duplicate_of"), first, "{how}");
        let path = format!("/v1/documents/{}/files/1", second.text("id"));
        assert_eq!(world.get(RECIPIENT, &path).await.status, StatusCode::OK);
        let third = world.post(SENDER, &form).await;
        assert_eq!(third.text("id"), second.text("id"), "{how}");
    }
}

/// Its sender may not know of the refusal: the send whose answer was lost must not be delivered twice.
#[tokio::test]
async fn what_was_refused_or_has_a_key_is_the_same_send() {
    let world = World::new();
    let form = world.document("12");
    let first = world.post(SENDER, &form).await.text("id");
    for n in 1..=2 {
        let path = format!("/v1/documents/{first}/files/{n}");
        assert_eq!(world.get(RECIPIENT, &path).await.status, StatusCode::OK);
    }
    let refused = answer(&world, &first, r#"{"status":"02","reason":"Sai"}"#).await;
    assert_eq!(refused.0, StatusCode::OK);
    let again = world.post(SENDER, &form).await;
    assert_eq!(
        (again.text("id"), again.json()["repeated"].clone()),
        (first, true.into())
    );
    let named = world.document("13").header("idempotency-key", "13/2026");
    let first = world.post(SENDER, &named).await.text("id");
    withdraw(&world, &first, "take-back", WHY).await;
    let again = world.post(SENDER, &named).await;
    conforms("Submitted", &again.json()).expect("as described");
    assert_eq!(again.text("id"), first);
    let told = again.json();
    assert_eq!(
        (&told["repeated"], &told["withdrawn"]),
        (&true.into(), &true.into())
    );
}

#[tokio::test]
async fn what_arrived_is_asked_back() {
    let world = World::new();
    for (number, status, state) in [
        ("12", "15", "taken_back"),
        ("13", "16", "arrived"),
        ("14", "03", "accepted"),
        ("15", "02", "refused"),
    ] {
        let id = sent(&world, number, true).await;
        let (_, asked) = withdraw(&world, &id, "take-back", WHY).await;
        assert_eq!(asked["recipients"][0]["state"], "take_back_asked");
        let json = format!(r#"{{"status":"{status}","reason":"Theo đề nghị"}}"#);
        let (code, given) = answer(&world, &id, &json).await;
        assert_eq!(code, StatusCode::OK, "{given}");
        let seen = world
            .get(SENDER, &format!("/v1/documents/{id}"))
            .await
            .json();
        assert_eq!(seen["recipients"][0]["state"], state, "{status}");
        assert!(seen["recipients"][0]["request"]["answer"].is_string());
        let (_, again) = withdraw(&world, &id, "take-back", WHY).await;
        assert_eq!(again["repeated"], true, "{status}");
    }
}

/// What a unit was told since `after`: event, recipient, status, reason.
async fn told(world: &World, unit: &str, after: &mut u64) -> Vec<String> {
    let page = world
        .get(unit, &format!("/v1/notices?after={after}"))
        .await
        .json();
    conforms("Notices", &page).expect("as described");
    let items = page["items"].as_array().expect("list");
    let mut all = Vec::new();
    for item in items {
        *after = item["position"].as_u64().expect("position");
        let parts = ["notice", "recipient", "status", "reason", "state"];
        let parts = parts.map(|name| item[name].as_str().unwrap_or("-"));
        all.push(parts.join(" "));
    }
    all
}

#[tokio::test]
async fn each_side_is_told_of_the_moves_of_the_other_and_of_none_of_its_own() {
    let world = World::new();
    let (mut sender, mut recipient) = (0, 0);
    let id = sent(&world, "12", true).await;
    answer(&world, &id, r#"{"status":"03"}"#).await;
    withdraw(&world, &id, "recall", WHY).await;
    let code = RECIPIENT;
    assert_eq!(
        told(&world, SENDER, &mut sender).await,
        [
            format!("arrived {code} - - recalled"),
            format!("answered {code} accepted - recalled"),
        ]
    );
    assert_eq!(
        told(&world, RECIPIENT, &mut recipient).await,
        [format!("recalled {code} - Sai số tiền ở Điều 2 recalled")]
    );
    let page = world.get(RECIPIENT, "/v1/notices").await.json();
    let due = page["items"][0]["due"].as_str();
    assert!(due.is_some_and(|due| due.starts_with("2026-")), "{page:#}");
    answer(&world, &id, r#"{"status":"15","reason":"Đã hủy bản in"}"#).await;
    assert_eq!(
        told(&world, SENDER, &mut sender).await,
        [format!(
            "recall-answered {code} agreed Đã hủy bản in recall_agreed"
        )]
    );
    // Asked back after it was fetched, and before.
    let asked = sent(&world, "13", true).await;
    withdraw(&world, &asked, "take-back", WHY).await;
    answer(
        &world,
        &asked,
        r#"{"status":"02","reason":"Trả lại như đã hẹn"}"#,
    )
    .await;
    let unseen = sent(&world, "14", false).await;
    withdraw(&world, &unseen, "take-back", WHY).await;
    assert_eq!(
        told(&world, RECIPIENT, &mut recipient).await,
        [
            format!("take-back-asked {code} - Sai số tiền ở Điều 2 refused"),
            format!("taken-back {code} - Sai số tiền ở Điều 2 taken_back"),
        ]
    );
    assert_eq!(
        told(&world, SENDER, &mut sender).await,
        [
            format!("arrived {code} - - refused"),
            format!("answered {code} refused Trả lại như đã hẹn refused"),
        ]
    );
    let nobody = told(&world, OTHER, &mut 0).await;
    assert!(nobody.is_empty(), "{nobody:?}");
}
