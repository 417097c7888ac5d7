//! Units that try to get more than they may: out of the figures, into others' documents, past a recall.

use super::world::{Answer, Form, OTHER, RECIPIENT, SENDER, World, open, unsigned};
use axum::http::StatusCode;
use futures_util::StreamExt;
use lienthong::model::event::{Event, Policy};
use lienthong::model::{Digest, DocumentId, Position, UnitCode};
use lienthong::store::Change;
use serde_json::{Value, json};

/// A world that relays unsigned documents too, and counts them as unsigned.
fn lax() -> World {
    let mut world = World::new();
    world.change(|_, _, policy| policy.policy = Policy::Record);
    world
}

async fn send_by(world: &World, unit: &str, number: &str, changes: &Value) -> Answer {
    let mut envelope: Value = serde_json::from_str(&unsigned(number)).expect("JSON");
    for (name, value) in changes.as_object().expect("fields") {
        envelope[name] = value.clone();
    }
    let form = Form::new()
        .part("envelope", envelope.to_string().as_bytes())
        .part("file", format!("{number} {changes}").as_bytes());
    world.post(unit, &form).await
}

async fn counts(world: &World) -> Value {
    let rates = world.get(SENDER, "/v1/rates?period=2026-11").await.json();
    rates["units"][0]["counts"].clone()
}

fn recounted(world: &World) {
    let view = lienthong::upkeep::recount(world.intake.tools().ledger.as_ref()).expect("recounted");
    assert!(view.differences.is_empty(), "{view:?}");
}

#[tokio::test]
async fn no_offer_that_is_counted_nowhere_keeps_its_number_out_of_the_figures() {
    let world = lax();
    let secret = send_by(&world, SENDER, "12", &json!({"secrecy": "secret"})).await;
    assert_eq!(secret.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(counts(&world).await["offered"], 0);
    // The same number without the level: an unsigned document like any other.
    let plain = send_by(&world, SENDER, "12", &json!({})).await;
    assert_eq!(plain.status, StatusCode::CREATED, "{}", plain.json());
    let counted = counts(&world).await;
    assert_eq!(
        (&counted["offered"], &counted["offers"]),
        (&1.into(), &2.into())
    );
    // And once more it is the same document.
    send_by(&world, SENDER, "12", &json!({"subject": "Khác"})).await;
    assert_eq!(counts(&world).await["offered"], 1);
    recounted(&world);
}

#[tokio::test]
async fn an_update_under_another_number_is_counted_like_any_document() {
    let world = lax();
    let old = send_by(&world, SENDER, "12", &json!({})).await.text("id");
    let update = send_by(&world, SENDER, "13", &json!({"updates": old})).await;
    assert_eq!(update.status, StatusCode::CREATED, "{}", update.json());
    assert_eq!(counts(&world).await["offered"], 2);
    let same = send_by(&world, SENDER, "12", &json!({"updates": old})).await;
    assert_eq!(same.status, StatusCode::CREATED, "{}", same.json());
    assert_eq!(counts(&world).await["offered"], 2, "the same document");
    // Its number is taken by it, and not a way to keep another document out.
    send_by(&world, SENDER, "13", &json!({"subject": "Khác"})).await;
    assert_eq!(counts(&world).await["offered"], 2);
    recounted(&world);
}

#[tokio::test]
async fn nobody_changes_or_sees_a_document_of_others() {
    let world = lax();
    let id = send_by(&world, SENDER, "12", &json!({})).await.text("id");
    for (changes, pointer) in [
        (json!({"updates": id}), "/updates"),
        (json!({"replaces": [id]}), "/replaces/0"),
    ] {
        for unit in [OTHER, RECIPIENT] {
            let changes = json!({"recipients": [{"unit": "H53"}], "promulgated": "2026-11-23",
                "updates": changes["updates"], "replaces": changes.get("replaces").unwrap_or(&json!([]))});
            let refused = send_by(&world, unit, "12", &changes).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{unit}: {changes}");
            assert_eq!(refused.json()["errors"][0]["pointer"], pointer);
        }
    }
    let path = format!("/v1/documents/{id}");
    for below in [
        "",
        "/files/1",
        "/receipts",
        "/report",
        "/evidence",
        "/evidence.asice",
        "/stamp",
    ] {
        let got = world.get(OTHER, &format!("{path}{below}")).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{below}");
    }
    for (below, json) in [
        ("answers", r#"{"status":"03"}"#),
        ("recall", r#"{"reason":"x"}"#),
        ("take-back", r#"{"reason":"x"}"#),
    ] {
        for unit in [OTHER, RECIPIENT] {
            let got = world
                .post_json(unit, &format!("{path}/{below}"), json)
                .await;
            let mine = unit == RECIPIENT && below == "answers";
            let wanted = match mine {
                // It did not arrive yet.
                true => StatusCode::CONFLICT,
                false => StatusCode::NOT_FOUND,
            };
            assert_eq!(got.status, wanted, "{unit} {below}");
        }
    }
    let seen = world.get(SENDER, &path).await.json();
    assert_eq!(seen["timeline"].as_array().map(Vec::len), Some(1));
}

/// Sends five megabytes that arrive; gives the document.
async fn large(world: &World) -> String {
    let form = Form::new()
        .part("envelope", unsigned("12").as_bytes())
        .part("file", &vec![b'x'; 5 << 20]);
    let id = world.post(SENDER, &form).await.text("id");
    let file = format!("/v1/documents/{id}/files/1");
    assert_eq!(world.get(RECIPIENT, &file).await.status, StatusCode::OK);
    let accepted = world
        .post_json(
            RECIPIENT,
            &format!("/v1/documents/{id}/answers"),
            r#"{"status":"03"}"#,
        )
        .await;
    assert_eq!(accepted.status, StatusCode::OK);
    id
}

#[tokio::test]
async fn who_reads_slowly_gets_no_more_of_a_document_once_it_is_recalled() {
    for way in ["files/1", "evidence.asice"] {
        let world = lax();
        let id = large(&world).await;
        let path = format!("/v1/documents/{id}/{way}");
        let response = open(world.router.clone(), world.raw(RECIPIENT), &path).await;
        assert_eq!(response.status(), StatusCode::OK);
        let mut body = response.into_body().into_data_stream();
        let mut length = 0;
        while length < 100 * 1024 {
            length += body.next().await.expect("more").expect("chunk").len();
        }
        let why = r#"{"reason":"Sai"}"#;
        let recalled = world
            .post_json(SENDER, &format!("/v1/documents/{id}/recall"), why)
            .await;
        assert_eq!(recalled.status, StatusCode::OK, "{}", recalled.json());
        let mut broken = false;
        while let Some(chunk) = body.next().await {
            length += chunk.as_ref().map_or(0, bytes::Bytes::len);
            broken |= chunk.is_err();
        }
        assert!(broken && length < 2 << 20, "{way}: {length}");
        // Its sender goes on reading.
        let own = world.get(SENDER, &path).await;
        assert!(own.status == StatusCode::OK && own.body.len() >= 5 << 20);
    }
}

#[tokio::test]
async fn a_page_of_documents_to_everybody_ends_early_and_leaves_none_out() {
    let world = lax();
    let first = send_by(&world, SENDER, "12", &json!({})).await.text("id");
    let first = DocumentId::parse(&first).expect("id");
    let state = world.intake.state(first).expect("document");
    let ledger = &world.intake.tools().ledger;
    let mut all = vec![first.to_string()];
    for n in 1..=6u8 {
        let mut offered = state.offered.clone();
        offered.document = DocumentId::new(super::world::now(), [n; 10]);
        offered.request = Digest::of(&[n]);
        offered.first_offer = false;
        let codes = (0..900).map(|i| UnitCode::parse(&format!("H54.{i}")).expect("code"));
        offered.recipients = codes.collect();
        all.push(offered.document.to_string());
        let change = Change {
            subject: Some((offered.document, Position::START)),
            bodies: Vec::new(),
            events: vec![Event::Offered(Box::new(offered))],
        };
        ledger.commit(change).await.expect("committed");
    }
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = world
            .get(SENDER, &format!("/v1/outbox?limit=200{after}"))
            .await
            .json();
        let items = page["items"].as_array().expect("list");
        let of = |item: &Value| item["recipients"].as_array().map_or(0, Vec::len);
        assert!(items.iter().map(of).sum::<usize>() < 3000);
        found.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().expect("id").to_owned()),
        );
        let Some(next) = page["next"].as_str() else {
            break;
        };
        after = format!("&after={next}");
    }
    assert_eq!(found, all);
}
