//! The dead-letter desk: what is shown of what could not be delivered, sending again, giving up.

use super::expire::{NOT_FETCHED, expire};
use super::world::{RECIPIENT, SENDER, World, code};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lienthong::client::dead_letters::{
    DeadLetterActed, DeadLetterRef, DeadLettersRequest, DeadLettersView,
};
use lienthong::http::dead_letters::{DeskQuery, act, list, show};
use lienthong::intake::DeskMove;
use lienthong::model::{DocumentId, Language};
use lienthong::policy::Rules;
use lienthong::registry::Registry;
use lienthong::relay::Clocks;
use lienthong::seal::receipt::{ActedBy, verify};
use lienthong::trust::certificate::Certificate;
use std::sync::Arc;

/// A document that nobody fetched in time.
async fn dead(world: &World, number: &str) -> String {
    let sent = world.post(SENDER, &world.document(number)).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    let id = sent.text("id");
    expire(&*world.intake.tools().ledger, &id, RECIPIENT, NOT_FETCHED).await;
    id
}

fn page(world: &World, query: &DeskQuery) -> DeadLettersView {
    list(&world.intake, &Clocks::default(), Language::Vi, query).expect("page")
}

fn of(id: &str) -> DeadLettersRequest {
    DeadLettersRequest {
        items: vec![DeadLetterRef {
            id: id.to_owned(),
            recipient: None,
        }],
        ..DeadLettersRequest::default()
    }
}

async fn acted(world: &World, what: DeskMove, request: &DeadLettersRequest) -> DeadLetterActed {
    let done = act(&world.intake, Language::Vi, what, request).await;
    let mut items = done.expect("done").items;
    assert_eq!(items.len(), 1, "{items:?}");
    items.remove(0)
}

async fn state(world: &World, id: &str) -> String {
    let seen = world.get(SENDER, &format!("/v1/documents/{id}")).await;
    let state = seen.json()["recipients"][0]["state"].clone();
    state.as_str().expect("state").to_owned()
}

#[tokio::test]
async fn the_desk_lists_by_pages_and_by_unit_with_cause_fault_and_what_to_do() {
    let world = World::new();
    let mut ids = Vec::new();
    for number in 1..=5 {
        ids.push(dead(&world, &number.to_string()).await);
    }
    let mut seen = Vec::new();
    let mut query = DeskQuery {
        limit: Some("2".into()),
        ..DeskQuery::default()
    };
    for _ in 0..3 {
        let page = page(&world, &query);
        assert!(page.items.len() <= 2);
        seen.extend(page.items.into_iter().map(|item| item.id));
        query.after = page.next;
    }
    assert_eq!(
        (&seen, query.after),
        (&ids, None),
        "the oldest first, each once"
    );
    let unit = |text: &str| DeskQuery {
        unit: Some(text.into()),
        ..DeskQuery::default()
    };
    assert_eq!(page(&world, &unit(RECIPIENT)).items.len(), 5);
    assert_eq!(page(&world, &unit("H53.3")).items, []);
    for wrong in [
        unit("không phải mã"),
        DeskQuery {
            limit: Some("0".into()),
            ..DeskQuery::default()
        },
        DeskQuery {
            after: Some("x".into()),
            ..DeskQuery::default()
        },
    ] {
        let refused = list(&world.intake, &Clocks::default(), Language::Vi, &wrong);
        assert_eq!(refused.expect_err("refused").code().name(), "bad_query");
    }

    let shown = &page(&world, &DeskQuery::default()).items[0];
    assert_eq!(
        (shown.cause.as_str(), shown.clock.as_str()),
        ("not_fetched", "inbox")
    );
    assert_eq!(
        (shown.fault.as_str(), shown.remedy.as_str()),
        ("recipient", "call_recipient")
    );
    assert_eq!(
        (shown.sender.as_str(), shown.recipient.as_str()),
        (SENDER, RECIPIENT)
    );
    assert_eq!(shown.said.fault, "nơi nhận");
    assert!(
        shown.said.remedy.contains("Báo văn thư H53.2"),
        "{}",
        shown.said.remedy
    );
    let replay = &shown.replay;
    assert_eq!(
        (replay.possible, replay.replays, replay.replays_left),
        (true, 0, 20)
    );
    assert_eq!(replay.channel.as_deref(), Some("pull"));
    assert_eq!(replay.idempotency_key, ids[0]);
    assert!(shown.said.replay.contains(&ids[0]), "{}", shown.said.replay);
    let all = serde_json::to_string(shown).expect("JSON");
    assert!(!all.contains("dự toán"), "no subject: {all}");
    // 30 days in an inbox.
    assert!(shown.replay.until.starts_with("2026-12-24T"), "{all}");
    assert!(shown.said.replay.contains("24/12/2026"), "{all}");
}

#[tokio::test]
async fn a_replay_serves_the_files_again_once_and_is_harmless_to_repeat() {
    let world = World::new();
    let id = dead(&world, "12").await;
    let file = format!("/v1/documents/{id}/files/1");
    assert_eq!(world.get(RECIPIENT, &file).await.status, StatusCode::GONE);
    let inbox = world.get(RECIPIENT, "/v1/inbox").await.json();
    assert_eq!(inbox["items"].as_array().map(Vec::len), Some(0));

    let done = acted(&world, DeskMove::Replay, &of(&id)).await;
    assert_eq!((done.repeated, done.problem.as_ref()), (false, None));
    assert_eq!(done.recipient.as_deref(), Some(RECIPIENT));
    assert_eq!(done.state.as_deref(), Some("waiting"));
    let receipt = done.receipt.clone().expect("receipt");
    assert_eq!(receipt.event, "replayed");
    let again = acted(&world, DeskMove::Replay, &of(&id)).await;
    assert!(again.repeated);
    assert_eq!(again.receipt, done.receipt, "the receipt of the first time");

    let inbox = world.get(RECIPIENT, "/v1/inbox").await.json();
    assert_eq!(inbox["items"][0]["id"], id.as_str());
    for n in 1..=2 {
        let file = format!("/v1/documents/{id}/files/{n}");
        assert_eq!(world.get(RECIPIENT, &file).await.status, StatusCode::OK);
    }
    while state(&world, &id).await != "arrived" {
        tokio::task::yield_now().await;
    }
    // The reply to the first request may have been lost for that long.
    let late = acted(&world, DeskMove::Replay, &of(&id)).await;
    assert_eq!(
        (late.repeated, late.state.as_deref()),
        (true, Some("arrived"))
    );
    assert_eq!(late.receipt, done.receipt);
    let view = world
        .get(SENDER, &format!("/v1/documents/{id}"))
        .await
        .json();
    super::schema::conforms("Document", &view).expect("as described");
    let events = view["timeline"].as_array().expect("timeline").iter();
    let events: Vec<&str> = events.filter_map(|e| e["event"].as_str()).collect();
    assert_eq!(events, ["offered", "expired", "replayed", "arrived"]);
    assert_eq!(page(&world, &DeskQuery::default()).items, []);
    let id = DocumentId::parse(&id).expect("id");
    let none = show(&world.intake, &Clocks::default(), Language::Vi, id).expect_err("not dead");
    assert_eq!(none.code().name(), "not_dead");
}

#[tokio::test]
async fn giving_up_needs_a_reason_and_ends_it() {
    let world = World::new();
    let id = dead(&world, "12").await;
    let without = act(&world.intake, Language::Vi, DeskMove::GiveUp, &of(&id)).await;
    assert_eq!(
        without.expect_err("refused").code().name(),
        "reason_required"
    );
    let request = DeadLettersRequest {
        reason: Some("Nơi gửi đã chuyển bản giấy".into()),
        ..of(&id)
    };
    let done = acted(&world, DeskMove::GiveUp, &request).await;
    assert_eq!(done.state.as_deref(), Some("given_up"));
    assert_eq!(
        done.receipt.as_ref().map(|r| r.event.as_str()),
        Some("given-up")
    );
    let p7m = &done.receipt.as_ref().expect("receipt").p7m;
    let der = STANDARD.decode(p7m).expect("base64");
    let ca = Certificate::parse(&world.receipt_ca).expect("CA");
    let stated = verify(&der, &ca).expect("a receipt");
    assert_eq!(stated.facts.actor, Some(ActedBy::Administrator));
    let again = acted(&world, DeskMove::GiveUp, &request).await;
    assert_eq!((again.repeated, again.receipt), (true, done.receipt));
    let late = acted(&world, DeskMove::Replay, &of(&id)).await;
    assert_eq!(late.problem.as_deref(), Some("not_dead"));
    assert!(late.message.expect("words").contains("dead-letters list"));
    assert_eq!(state(&world, &id).await, "given_up");
    let parsed = DocumentId::parse(&id).expect("id");
    let kept = world.intake.state(parsed).expect("document");
    let note = kept
        .timeline
        .last()
        .and_then(|e| e.facts.note)
        .expect("reason");
    let words = world.intake.body(&note).expect("read").expect("kept");
    assert!(String::from_utf8_lossy(&words).contains("bản giấy"));
}

#[tokio::test]
async fn what_cannot_be_done_stands_in_its_row_and_hinders_no_other() {
    let world = World::new();
    let (one, two) = (dead(&world, "1").await, dead(&world, "2").await);
    let waiting = world.post(SENDER, &world.document("3")).await.text("id");
    let item = |id: &str, recipient: Option<&str>| DeadLetterRef {
        id: id.to_owned(),
        recipient: recipient.map(str::to_owned),
    };
    let request = DeadLettersRequest {
        items: vec![
            item(&waiting, None),
            item(&one, Some("H53.3")),
            item(&two, None),
            item("01900000-0000-7000-8000-000000000000", None),
        ],
        ..DeadLettersRequest::default()
    };
    let done = act(&world.intake, Language::En, DeskMove::Replay, &request).await;
    let mut rows: Vec<(String, Option<String>)> = done
        .expect("done")
        .items
        .into_iter()
        .map(|i| (i.id, i.problem))
        .collect();
    rows.sort();
    let mut expected = vec![
        (waiting, Some("not_dead".to_owned())),
        (one, Some("not_found".to_owned())),
        (two, None),
        (
            "01900000-0000-7000-8000-000000000000".to_owned(),
            Some("not_found".to_owned()),
        ),
    ];
    expected.sort();
    assert_eq!(rows, expected);
    let empty = act(
        &world.intake,
        Language::En,
        DeskMove::Replay,
        &DeadLettersRequest::default(),
    )
    .await;
    assert_eq!(empty.expect_err("refused").code().name(), "bad_body");
    let many = DeadLettersRequest {
        items: vec![item("01900000-0000-7000-8000-000000000000", None); 101],
        ..DeadLettersRequest::default()
    };
    let many = act(&world.intake, Language::En, DeskMove::Replay, &many).await;
    assert_eq!(many.expect_err("refused").code().name(), "bad_body");
}

#[tokio::test]
async fn a_document_is_sent_again_so_often_and_not_to_who_is_no_unit() {
    let world = World::new();
    let id = dead(&world, "12").await;
    for _ in 0..20 {
        let done = acted(&world, DeskMove::Replay, &of(&id)).await;
        assert_eq!((done.repeated, done.problem), (false, None));
        expire(&*world.intake.tools().ledger, &id, RECIPIENT, NOT_FETCHED).await;
    }
    let shown = &page(&world, &DeskQuery::default()).items[0];
    assert_eq!((shown.replay.possible, shown.replay.replays), (false, 20));
    let done = acted(&world, DeskMove::Replay, &of(&id)).await;
    assert_eq!(done.problem.as_deref(), Some("replayed_too_often"));

    let other = dead(&world, "13").await;
    let rules = world.intake.rules();
    let units = rules.registry.units().filter(|u| u.code != code(RECIPIENT));
    let bindings = rules
        .registry
        .bindings()
        .filter(|b| b.unit != code(RECIPIENT));
    let registry = Registry::new(units.cloned().collect(), bindings.cloned().collect());
    let registry = Arc::new(registry.expect("registry"));
    let validator = Arc::clone(&rules.validator);
    let without = Rules::new(validator, registry, rules.policy.clone());
    world.intake.tools().rules.store(Arc::new(without));
    let parsed = DocumentId::parse(&other).expect("id");
    let shown = show(&world.intake, &Clocks::default(), Language::Vi, parsed).expect("dead");
    let replay = &shown.items[0].replay;
    assert_eq!((replay.possible, replay.channel.as_ref()), (false, None));
    let done = acted(&world, DeskMove::Replay, &of(&other)).await;
    assert_eq!(done.problem.as_deref(), Some("unknown_recipient"));
    assert_eq!(
        page(&world, &DeskQuery::default()).items.len(),
        2,
        "nothing was lost"
    );
}
