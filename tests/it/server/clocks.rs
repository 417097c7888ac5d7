//! Deadlines shown to both sides.

use super::world::{RECIPIENT, SENDER, World};
use axum::http::StatusCode;
use lienthong::model::Timestamp;
use serde_json::Value;
use std::time::Duration;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-11-{text}+07:00")).expect("time")
}

async fn sent(world: &World, number: &str) -> String {
    let sent = world.post(SENDER, &world.document(number)).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    sent.text("id")
}

async fn fetch(world: &World, id: &str) {
    for n in 1..=2 {
        let path = format!("/v1/documents/{id}/files/{n}");
        let file = world.get(RECIPIENT, &path).await;
        assert_eq!(file.status, StatusCode::OK);
    }
}

async fn answer(world: &World, id: &str, status: &str) -> Value {
    let path = format!("/v1/documents/{id}/answers");
    let body = format!(r#"{{"status":"{status}"}}"#);
    let answered = world.post_json(RECIPIENT, &path, &body).await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.json());
    answered.json()
}

async fn seen(world: &World, by: &str, id: &str) -> Value {
    world.get(by, &format!("/v1/documents/{id}")).await.json()
}

#[tokio::test]
async fn a_late_answer_is_shown_to_both_sides_with_since_when() {
    let world = World::new();
    // Promulgated on Monday the 23rd, sent on the 24th: in time.
    let id = sent(&world, "12").await;
    let view = seen(&world, SENDER, &id).await;
    assert_eq!(
        (&view["issue_due"], &view["issued_late"]),
        (&"2026-11-24".into(), &false.into())
    );
    assert_eq!(
        view["recipients"][0]["answer_due"],
        Value::Null,
        "not there yet"
    );
    // After hours: the clock is that of the next working day.
    world.clock.set(at("24T18:00:00"));
    fetch(&world, &id).await;
    until(&world, &id, "arrived").await;
    let due = "2026-11-25T23:59:59.999+07:00";
    world.clock.set(at("25T23:59:59.999"));
    let inbox = world.get(RECIPIENT, "/v1/inbox?wait=5").await.json();
    let row = &inbox["items"][0];
    assert_eq!(
        (&row["answer_due"], &row["late_since"]),
        (&due.into(), &Value::Null)
    );
    world.clock.set(at("26T08:00:00"));
    for by in [SENDER, RECIPIENT] {
        let own = seen(&world, by, &id).await["recipients"][0].clone();
        assert_eq!(
            (&own["answer_due"], &own["late_since"]),
            (&due.into(), &due.into()),
            "{by}"
        );
        assert_eq!(own["present_due"], due, "Điều 23: the next working day");
    }
    let lists = [(RECIPIENT, "/v1/inbox"), (SENDER, "/v1/outbox")];
    for (by, path) in lists {
        let item = world.get(by, path).await.json()["items"][0].clone();
        let row = if by == SENDER {
            item["recipients"][0].clone()
        } else {
            item
        };
        assert_eq!(row["late_since"], due, "{path}");
    }
    answer(&world, &id, "03").await;
    world.clock.set(at("27T08:00:00"));
    let own = seen(&world, SENDER, &id).await["recipients"][0].clone();
    assert_eq!(
        (&own["state"], &own["late_since"]),
        (&"accepted".into(), &due.into())
    );
    // The next one is sent too late, and answered in time although not on the same day.
    let id = sent(&world, "13").await;
    assert_eq!(seen(&world, RECIPIENT, &id).await["issued_late"], true);
    world.clock.set(at("27T18:00:00"));
    fetch(&world, &id).await;
    until(&world, &id, "arrived").await;
    world.clock.set(at("30T20:00:00"));
    answer(&world, &id, "03").await;
    let own = seen(&world, SENDER, &id).await["recipients"][0].clone();
    assert_eq!(own["late_since"], Value::Null);
    let rates = world.get(SENDER, "/v1/rates?period=2026-11").await.json();
    let of = |name: &str| {
        let rate = &rates["units"][0]["rates"][name];
        (rate["numerator"].as_i64(), rate["denominator"].as_i64())
    };
    assert_eq!(of("answered_in_time"), (Some(1), Some(2)));
    assert_eq!(of("answered_same_day"), (Some(0), Some(2)));
    assert_eq!(of("issued_late"), (Some(1), Some(2)));
}

async fn until(world: &World, id: &str, state: &str) {
    let wait = async {
        let mut changes = world.intake.tools().ledger.watch();
        loop {
            changes.mark_unchanged();
            if seen(world, SENDER, id).await["recipients"][0]["state"] == state {
                return;
            }
            changes.changed().await.expect("store");
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
    waited.unwrap_or_else(|_| panic!("never {state}"));
}
