//! Content that was erased: what each side sees of it, and what stays.

use super::schema::conforms;
use super::world::{OTHER, RECIPIENT, SENDER, World, now, open};
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use lienthong::format::content::Memory;
use lienthong::intake::{EraseError, EraseOrder, ErasedPart};
use lienthong::judge::bundle::{self, Again, NotAgain};
use lienthong::model::event::Judged;
use lienthong::model::{Disposition, DocumentId};
use lienthong::seal::receipt::verify;
use lienthong::trust::certificate::Certificate;
use serde_json::Value;

async fn sent(world: &World, number: &str) -> String {
    let sent = world.post(SENDER, &world.document(number)).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    sent.text("id")
}

fn order(id: &str, files: &[usize], all: bool, reports: bool) -> EraseOrder {
    EraseOrder {
        document: DocumentId::parse(id).expect("id"),
        files: files.to_vec(),
        all,
        reports,
        basis: "QĐ 15/QĐ-STTTT ngày 02/11/2026".into(),
    }
}

async fn seen(world: &World, unit: &str, id: &str) -> Value {
    let path = format!("/v1/documents/{id}");
    let seen = world.get(unit, &path).await.json();
    conforms("Document", &seen).expect("as described");
    seen
}

async fn file(world: &World, unit: &str, id: &str, n: usize) -> (StatusCode, Value) {
    let path = format!("/v1/documents/{id}/files/{n}");
    let got = world.get(unit, &path).await;
    let code = match got.status {
        StatusCode::OK => Value::Null,
        _ => got.json(),
    };
    (got.status, code)
}

#[tokio::test]
async fn an_erased_file_answers_410_to_everybody_and_the_rest_goes_on() {
    let world = World::new();
    let (id, other) = (sent(&world, "12").await, sent(&world, "13").await);
    let (done, receipt) = world
        .intake
        .erase(&order(&id, &[1], false, false))
        .await
        .expect("erased");
    assert!(!done.repeated);
    assert_eq!(done.bodies.len(), 1);
    assert_eq!(
        (done.bodies[0].0, done.bodies[0].2),
        (ErasedPart::File(1), false)
    );
    assert_eq!(done.undelivered.len(), 1, "nobody has fetched it");
    let ca = Certificate::parse(&world.receipt_ca).expect("CA");
    let stated = verify(&receipt, &ca).expect("a receipt");
    assert_eq!(stated.event, "erased");
    for unit in [SENDER, RECIPIENT] {
        let (status, problem) = file(&world, unit, &id, 1).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::GONE, &"erased".into())
        );
        let why = problem["errors"][0]["detail"].as_str().expect("why");
        assert!(why.contains("24/11/2026"), "{why}");
        let view = seen(&world, unit, &id).await;
        assert_eq!(view["files"][0]["erased"], true);
        assert_eq!(view["files"][1].get("erased"), None);
        let erased = &view["erased"][0];
        assert_eq!(
            (&erased["cause"], &erased["files"]),
            (&"order".into(), &vec![1].into())
        );
        assert_eq!(erased["basis"], "QĐ 15/QĐ-STTTT ngày 02/11/2026");
        assert_eq!(file(&world, unit, &other, 1).await.0, StatusCode::OK);
    }
    // What a client has already is not said to be unchanged: it is not there.
    let tag = format!("\"{}\"", done.bodies[0].1.to_hex());
    let asked = Request::get(format!("/v1/documents/{id}/files/1"));
    let asked = asked
        .header("if-none-match", tag)
        .body(axum::body::Body::empty());
    let known = world.send(RECIPIENT, asked.expect("request")).await;
    assert_eq!(known.status, StatusCode::GONE);
    assert_eq!(
        world
            .get(OTHER, &format!("/v1/documents/{id}"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    // With what is left the document has arrived, and is answered.
    assert_eq!(file(&world, RECIPIENT, &id, 2).await.0, StatusCode::OK);
    let answers = format!("/v1/documents/{id}/answers");
    let given = world
        .post_json(RECIPIENT, &answers, r#"{"status":"03"}"#)
        .await;
    assert_eq!(given.status, StatusCode::OK, "{}", given.json());
    let receipts = world
        .get(SENDER, &format!("/v1/documents/{id}/receipts"))
        .await
        .json();
    for item in receipts["items"].as_array().expect("items") {
        let der = STANDARD
            .decode(item["p7m"].as_str().expect("p7m"))
            .expect("base64");
        verify(&der, &ca).expect("a receipt");
    }
}

#[tokio::test]
async fn a_document_without_content_is_still_told_of() {
    let world = World::new();
    let id = sent(&world, "12").await;
    for n in 1..=2 {
        assert_eq!(file(&world, RECIPIENT, &id, n).await.0, StatusCode::OK);
    }
    let answers = format!("/v1/documents/{id}/answers");
    let refusal = r#"{"status":"02","reason":"Sai nơi nhận","staff":"Trần Thị An"}"#;
    let given = world.post_json(RECIPIENT, &answers, refusal).await;
    assert_eq!(given.status, StatusCode::OK);
    let before = seen(&world, SENDER, &id).await;
    assert_eq!(before["recipients"][0]["reason"], "Sai nơi nhận");
    let (done, _) = world
        .intake
        .erase(&order(&id, &[], true, true))
        .await
        .expect("erased");
    let parts: Vec<ErasedPart> = done.bodies.iter().map(|(part, ..)| *part).collect();
    let expected = [
        ErasedPart::File(1),
        ErasedPart::File(2),
        ErasedPart::Envelope,
        ErasedPart::Words,
        ErasedPart::Report,
    ];
    assert_eq!(parts, expected);
    let after = seen(&world, SENDER, &id).await;
    assert_eq!(after["envelope"], Value::Null);
    assert_eq!(after["recipients"][0]["reason"], Value::Null);
    assert_eq!(after["recipients"][0]["state"], "refused");
    for field in ["envelope", "words", "reports"] {
        assert_eq!(after["erased"][0][field], true, "{field}");
    }
    // The verdict stays; its particulars were in the report.
    for field in ["indication", "reason", "agency_signed", "policy"] {
        assert_eq!(after["verdict"][field], before["verdict"][field], "{field}");
    }
    let sent = world.get(SENDER, "/v1/outbox").await.json();
    assert_eq!(
        (&sent["items"][0]["number"], &sent["items"][0]["subject"]),
        (&"12".into(), &"".into())
    );
    for path in ["report", "evidence", "files/2"] {
        let got = world
            .get(SENDER, &format!("/v1/documents/{id}/{path}"))
            .await;
        assert_eq!(
            (got.status, got.text("code")),
            (StatusCode::GONE, "erased".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_bundle_says_what_was_erased_and_proves_the_rest() {
    let world = World::new();
    let id = sent(&world, "12").await;
    for n in 1..=2 {
        assert_eq!(file(&world, RECIPIENT, &id, n).await.0, StatusCode::OK);
    }
    let answers = format!("/v1/documents/{id}/answers");
    let given = world.post_json(RECIPIENT, &answers, r#"{"status":"03"}"#);
    assert_eq!(given.await.status, StatusCode::OK);
    for (files, all, reports) in [
        (vec![1], false, false),
        (vec![], true, false),
        (vec![], false, true),
    ] {
        world
            .intake
            .erase(&order(&id, &files, all, reports))
            .await
            .expect("erased");
        let path = format!("/v1/documents/{id}/evidence.asice");
        let got = world.get(RECIPIENT, &path).await;
        assert_eq!(got.status, StatusCode::OK);
        let ca = Certificate::parse(&world.receipt_ca).expect("CA");
        let content = Memory::new(got.body.into());
        let proven = bundle::judge(&content, &ca, None, now()).expect("genuine");
        assert_eq!(proven.index.files[0].absent.as_deref(), Some("erased"));
        assert_eq!(proven.index.files[1].path.is_none(), all || reports);
        let again: Vec<&Again> = proven.judgements.iter().map(|j| &j.again).collect();
        assert_eq!(again, [&Again::Not(NotAgain::Absent)]);
        assert!(proven.receipts.iter().any(|r| r.event == "erased"));
    }
}

#[tokio::test]
async fn another_documents_right_to_the_same_file_stands() {
    let world = World::new();
    // The same files under another number are another document.
    let form = world.document("12");
    let twin = super::world::Form {
        body: replaced(&form.body, br#""number":"12""#, br#""number":"99""#),
        ..form.clone()
    };
    let first = world.post(SENDER, &form).await.text("id");
    let second = world.post(SENDER, &twin).await.text("id");
    assert_ne!(first, second);
    let (done, _) = world
        .intake
        .erase(&order(&first, &[1, 2], false, false))
        .await
        .expect("erased");
    assert!(done.bodies.iter().all(|(_, _, elsewhere)| *elsewhere));
    assert_eq!(file(&world, SENDER, &first, 1).await.0, StatusCode::GONE);
    assert_eq!(file(&world, SENDER, &second, 1).await.0, StatusCode::OK);
    let (done, _) = world
        .intake
        .erase(&order(&second, &[1, 2], false, false))
        .await
        .expect("erased");
    assert!(done.bodies.iter().all(|(_, _, elsewhere)| !*elsewhere));
    assert_eq!(file(&world, SENDER, &second, 1).await.0, StatusCode::GONE);
}

#[tokio::test]
async fn what_is_erased_while_a_bundle_is_sent_is_in_none_though_another_document_has_it() {
    let world = World::new();
    let form = world.document("12");
    let twin = super::world::Form {
        body: replaced(&form.body, br#""number":"12""#, br#""number":"99""#),
        ..form.clone()
    };
    let first = world.post(SENDER, &form).await.text("id");
    world.post(SENDER, &twin).await;
    let path = format!("/v1/documents/{first}/evidence.asice");
    let response = open(world.router.clone(), world.raw(SENDER), &path).await;
    let mut body = response.into_body().into_data_stream();
    let begun = body.next().await.expect("first").expect("sent");
    world
        .intake
        .erase(&order(&first, &[1], false, false))
        .await
        .expect("erased");
    let rest: Vec<_> = body.collect().await;
    assert!(rest.last().expect("rest").is_err(), "broken off");
    let sent = rest.iter().flatten().flat_map(|chunk| chunk.to_vec());
    let sent: Vec<u8> = begun.iter().copied().chain(sent).collect();
    let text = "Công văn số 12: về dự toán quý I".as_bytes();
    assert!(!sent.windows(text.len()).any(|w| w == text));
}

#[tokio::test]
async fn a_file_that_is_erased_during_the_download_of_another_is_not_waited_for() {
    let world = World::new();
    let id = sent(&world, "12").await;
    let path = format!("/v1/documents/{id}/files/1");
    let response = open(world.router.clone(), world.raw(RECIPIENT), &path).await;
    assert_eq!(response.status(), StatusCode::OK);
    world
        .intake
        .erase(&order(&id, &[2], false, false))
        .await
        .expect("erased");
    let body: Vec<_> = response.into_body().into_data_stream().collect().await;
    assert!(body.iter().all(Result::is_ok));
    world.intake.tools().tasks.close();
    world.intake.tools().tasks.wait().await;
    let seen = seen(&world, RECIPIENT, &id).await;
    assert_eq!(seen["recipients"][0]["state"], "arrived", "{seen}");
}

#[tokio::test]
async fn what_was_erased_while_it_was_judged_again_does_not_leave_the_hold() {
    // Every document is judged after the answer.
    let world = World::with_limits(1, 8 << 20);
    let sent = world.post(SENDER, &world.document("12")).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.json());
    let id = sent.text("id");
    let document = DocumentId::parse(&id).expect("id");
    let held = world.intake.state(document).expect("held").judged;
    world
        .intake
        .erase(&order(&id, &[1], false, false))
        .await
        .expect("erased");
    let passed = Judged {
        disposition: Disposition::Accept,
        ..held.clone()
    };
    let after = world.intake.rejudged(document, passed, None).await;
    assert_eq!(after.expect("looked at"), None);
    let refused = Judged {
        disposition: Disposition::Refuse,
        ..held
    };
    // Without a judgement it is its deadline that ends a hold, not before it.
    let early = world.intake.rejudged(document, refused.clone(), None).await;
    assert!(early.is_err(), "{early:?}");
    let state = world.intake.state(document).expect("held");
    world
        .clock
        .set(state.offered.hold_until.expect("a deadline"));
    let after = world.intake.rejudged(document, refused, None).await;
    let after = after.expect("looked at").expect("refused");
    assert_eq!(after.judged.disposition, Disposition::Refuse);
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(from.len())
        .position(|w| w == from)
        .expect("there");
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[tokio::test]
async fn an_order_that_cannot_be_carried_out_changes_nothing() {
    let world = World::new();
    let id = sent(&world, "12").await;
    let erase = |order: EraseOrder| {
        let intake = world.intake.clone();
        async move { intake.erase(&order).await.map(|(done, _)| done.repeated) }
    };
    assert_eq!(
        erase(order(&id, &[3], false, false)).await,
        Err(EraseError::NoFile(3))
    );
    assert_eq!(
        erase(order(&id, &[0], false, false)).await,
        Err(EraseError::NoFile(0))
    );
    assert_eq!(
        erase(order(&id, &[], false, false)).await,
        Err(EraseError::Nothing)
    );
    for basis in [String::new(), "  ".into(), "x".repeat(4001)] {
        let bare = EraseOrder {
            basis,
            ..order(&id, &[1], false, false)
        };
        assert_eq!(erase(bare).await, Err(EraseError::Basis));
    }
    assert_eq!(seen(&world, SENDER, &id).await.get("erased"), None);
    assert_eq!(erase(order(&id, &[1], false, false)).await, Ok(false));
    assert_eq!(
        erase(order(&id, &[1], false, false)).await,
        Ok(true),
        "once"
    );
    assert_eq!(erase(order(&id, &[1, 2], false, false)).await, Ok(false));
    assert_eq!(
        seen(&world, SENDER, &id).await["erased"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    // What was refused has no files.
    let unsigned = super::world::Form::new()
        .part("envelope", super::world::unsigned("14").as_bytes())
        .part("file", b"no signature");
    let refused = world.post(SENDER, &unsigned).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused = refused.text("id");
    assert_eq!(
        erase(order(&refused, &[1], false, false)).await,
        Err(EraseError::NoFile(1))
    );
    assert_eq!(erase(order(&refused, &[], true, true)).await, Ok(false));
}
