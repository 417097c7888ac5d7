//! A code that ended: its one successor gets the document and the sender is told; of several none is chosen.

use super::world::{Form, OTHER, RECIPIENT, SENDER, World, envelope, now};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lienthong::registry::SuccessionKind::{Abolish, Merge, Part, Rename, Split};
use lienthong::seal::receipt::{Receipt, verify};
use lienthong::trust::certificate::Certificate;
use serde_json::Value;

const TODAY: &str = "2026-11-24";
const TOMORROW: &str = "2026-11-25";

fn stated(world: &World, receipt: &Value) -> Receipt {
    let ca = Certificate::parse(&world.receipt_ca).expect("CA");
    let der = STANDARD.decode(receipt["p7m"].as_str().expect("text"));
    verify(&der.expect("base64"), &ca).expect("a receipt")
}

/// A signed document to these units.
fn to(world: &World, number: &str, units: &[&str]) -> Form {
    let recipients: Vec<String> = units
        .iter()
        .map(|u| format!(r#"{{"unit":"{u}"}}"#))
        .collect();
    let one = format!(r#"[{{"unit":"{RECIPIENT}"}}]"#);
    let envelope = envelope(number).replace(&one, &format!("[{}]", recipients.join(",")));
    let text = format!("Công văn số {number}").into_bytes();
    let signature = world.signer.sign_detached(&text, now()).expect("signed");
    Form::new()
        .part("envelope", envelope.as_bytes())
        .part("file", &text)
        .part("file", &signature)
}

fn tomorrow(world: &World) {
    world.clock.set(now().plus_secs(86_400));
}

#[tokio::test]
async fn the_one_successor_gets_it_and_everybody_is_told_by_whose_code() {
    let mut world = World::new();
    world.reorganise(Merge, TODAY, &[RECIPIENT, OTHER], &[OTHER]);
    let sent = world.post(SENDER, &world.document("12")).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    let told = &sent.json()["redirected"][0];
    assert_eq!(
        (&told["written"], &told["to"]),
        (&RECIPIENT.into(), &OTHER.into())
    );
    let said = told["message"].as_str().expect("a sentence");
    assert!(said.contains(RECIPIENT) && said.contains(OTHER), "{said}");
    super::schema::conforms("Submitted", &sent.json()).expect("as described");
    let offered = stated(&world, &sent.json()["receipt"]);
    let [one] = offered.facts.redirected.as_slice() else {
        panic!("{offered:?}");
    };
    assert_eq!((one.written.as_str(), one.to.as_str()), (RECIPIENT, OTHER));

    let id = sent.text("id");
    let inbox = world.get(OTHER, "/v1/inbox").await.json();
    assert_eq!(inbox["items"][0]["id"], id.as_str());
    let inbox = world.get(RECIPIENT, "/v1/inbox").await.json();
    assert_eq!(inbox["items"].as_array().map(Vec::len), Some(0));
    let hidden = world.get(RECIPIENT, &format!("/v1/documents/{id}")).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);

    for n in 1..=2 {
        let file = world
            .get(OTHER, &format!("/v1/documents/{id}/files/{n}"))
            .await;
        assert_eq!(file.status, StatusCode::OK);
    }
    let path = format!("/v1/documents/{id}/answers");
    let answered = world.post_json(OTHER, &path, r#"{"status":"03"}"#).await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.json());
    for caller in [SENDER, OTHER] {
        let seen = world
            .get(caller, &format!("/v1/documents/{id}"))
            .await
            .json();
        super::schema::conforms("Document", &seen).expect("as described");
        assert_eq!(seen["recipients"][0]["unit"], OTHER);
        assert_eq!(seen["recipients"][0]["written"][0], RECIPIENT);
        assert_eq!(seen["redirected"][0]["to"], OTHER);
        assert_eq!(seen["envelope"]["recipients"][0]["unit"], RECIPIENT);
    }
    let all = world
        .get(SENDER, &format!("/v1/documents/{id}/receipts"))
        .await
        .json();
    let all = all["items"].as_array().expect("list").clone();
    assert_eq!(all.len(), 3);
    for receipt in &all {
        let receipt = stated(&world, receipt);
        assert_eq!(
            receipt.facts.redirected, offered.facts.redirected,
            "{}",
            receipt.event
        );
        let at = receipt.recipient.as_ref().map(|unit| unit.as_str());
        assert_eq!(at, (receipt.event != "offered").then_some(OTHER));
    }
    let rates = world.get(OTHER, "/v1/rates?period=2026-11").await.json();
    let units = rates["units"].as_array().expect("units");
    let received = |code: &str| {
        let own = units.iter().find(|unit| unit["unit"] == code);
        own.map_or(0, |unit| unit["counts"]["received"].as_i64().unwrap_or(0))
    };
    assert_eq!((received(OTHER), received(RECIPIENT)), (1, 0));
}

#[tokio::test]
async fn two_codes_of_one_unit_are_one_recipient_and_a_take_back_may_name_either() {
    let mut world = World::new();
    world.reorganise(Rename, TODAY, &[RECIPIENT], &[OTHER]);
    let sent = world
        .post(SENDER, &to(&world, "12", &[RECIPIENT, OTHER]))
        .await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    let id = sent.text("id");
    let seen = world
        .get(SENDER, &format!("/v1/documents/{id}"))
        .await
        .json();
    assert_eq!(seen["recipients"].as_array().map(Vec::len), Some(1));
    let path = format!("/v1/documents/{id}/take-back");
    let body = format!(r#"{{"reason":"nhầm","recipients":["{RECIPIENT}","{OTHER}"]}}"#);
    let taken_back = world.post_json(SENDER, &path, &body).await;
    assert_eq!(taken_back.status, StatusCode::OK, "{}", taken_back.json());
    let all = taken_back.json()["recipients"]
        .as_array()
        .cloned()
        .expect("list");
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["unit"], OTHER);
}

#[tokio::test]
async fn of_several_successors_none_is_chosen_and_they_are_named() {
    let mut world = World::new();
    world.reorganise(Split, TODAY, &[RECIPIENT], &["H53", OTHER]);
    let sent = world.post(SENDER, &world.document("12")).await;
    assert_eq!(sent.text("code"), "unknown_recipient", "{}", sent.json());
    let error = &sent.json()["errors"][0];
    assert_eq!(error["pointer"], "/recipients/0/unit");
    let said = error["detail"].as_str().expect("a sentence");
    assert!(
        said.contains("H53, H53.3") && said.contains("1682"),
        "{said}"
    );
    let inbox = world.get(OTHER, "/v1/inbox").await.json();
    assert_eq!(inbox["items"].as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn what_a_part_was_taken_from_is_itself_and_what_ended_with_a_part_elsewhere_is_nobody() {
    let mut world = World::new();
    world.reorganise(Part, TODAY, &[RECIPIENT], &["H53"]);
    let sent = world.post(SENDER, &world.document("12")).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    assert!(sent.json().get("redirected").is_none());
    world.reorganise(Merge, TODAY, &[RECIPIENT, OTHER], &[OTHER]);
    let sent = world.post(SENDER, &world.document("13")).await;
    assert_eq!(sent.text("code"), "unknown_recipient", "{}", sent.json());
}

#[tokio::test]
async fn a_send_of_the_days_before_is_repeated_whatever_became_of_its_recipient() {
    for (kind, to) in [
        (Merge, vec![OTHER]),
        (Split, vec!["H53", OTHER]),
        (Abolish, vec![]),
        // The sender itself.
        (Merge, vec![SENDER]),
    ] {
        let mut world = World::new();
        world.reorganise(kind, TOMORROW, &[RECIPIENT], &to);
        let keyed = world.document("13").header("idempotency-key", "k-1");
        let forms = [world.document("12"), keyed];
        let mut first = Vec::new();
        for form in &forms {
            let sent = world.post(SENDER, form).await;
            assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
            assert!(sent.json().get("redirected").is_none());
            first.push(sent);
        }
        tomorrow(&world);
        for (form, first) in forms.iter().zip(&first) {
            let again = world.post(SENDER, form).await;
            assert_eq!(
                again.status,
                StatusCode::CREATED,
                "{kind}: {}",
                again.json()
            );
            assert_eq!(again.json()["repeated"], true);
            assert_eq!(again.text("id"), first.text("id"));
            assert_eq!(again.json()["receipt"], first.json()["receipt"]);
            assert!(again.json().get("redirected").is_none());
        }
        let inbox = world.get(RECIPIENT, "/v1/inbox").await.json();
        assert_eq!(inbox["items"].as_array().map(Vec::len), Some(2), "{kind}");
        let new = world.post(SENDER, &world.document("14")).await;
        let redirected = kind == Merge && to == [OTHER];
        assert_eq!(
            new.status == StatusCode::CREATED,
            redirected,
            "{}",
            new.json()
        );
    }
}

#[tokio::test]
async fn a_redirected_send_is_one_document_and_its_key_binds() {
    let mut world = World::new();
    world.reorganise(Merge, TODAY, &[RECIPIENT, OTHER], &[OTHER]);
    let form = world.document("12").header("idempotency-key", "k-1");
    let (one, two) = tokio::join!(world.post(SENDER, &form), world.post(SENDER, &form));
    assert_eq!(one.text("id"), two.text("id"));
    assert_eq!(one.json()["redirected"], two.json()["redirected"]);
    let inbox = world.get(OTHER, "/v1/inbox").await.json();
    assert_eq!(inbox["items"].as_array().map(Vec::len), Some(1));
    // To the code of today it is another envelope.
    let other = to(&world, "12", &[OTHER]).header("idempotency-key", "k-1");
    assert_eq!(world.post(SENDER, &other).await.text("code"), "key_reused");
}

#[tokio::test]
async fn a_code_that_became_the_sender_is_told_as_such() {
    let mut world = World::new();
    world.reorganise(Merge, TODAY, &[RECIPIENT, SENDER], &[SENDER]);
    let sent = world.post(SENDER, &world.document("12")).await;
    assert_eq!(sent.text("code"), "unknown_recipient", "{}", sent.json());
    let said = sent.json()["errors"][0]["detail"]
        .as_str()
        .expect("said")
        .to_owned();
    assert!(said.contains("chính là đơn vị gửi"), "{said}");
}
