//! `/v1/statements`: what stands of closed periods, to any caller.

use super::world::{OTHER, RECIPIENT, SENDER, World};
use axum::http::{StatusCode, header};
use lienthong::model::{Period, Timestamp};
use lienthong::seal::{Sealed, verify_sealed};
use lienthong::trust::certificate::Certificate;
use lienthong::upkeep::{Recounter, Recounts};
use std::sync::Arc;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("time")
}

#[tokio::test]
async fn statements_are_listed_shown_and_served_as_signed() {
    let world = World::new();
    assert_eq!(
        world.post(SENDER, &world.document("12")).await.status,
        StatusCode::CREATED
    );
    let none = world.get(SENDER, "/v1/statements/2026-11").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    world.clock.set(at("2026-12-02T00:00:00+07:00"));
    let month = Period::parse("2026-11").expect("a period");
    let first = world.intake.close_period(month).await.expect("closed");
    let live = world
        .get(SENDER, "/v1/rates?period=2026-11&live=true")
        .await
        .json();
    let stated = world.get(SENDER, "/v1/rates?period=2026-11").await.json();
    assert_eq!(live["units"], stated["units"]);
    assert_eq!(stated["statement"]["number"], 1);
    assert!(live["statement"].is_null());

    // A document of November that comes in December changes nothing that was stated. The list of revoked certificates is
    // out of date by then, so it is held.
    assert_eq!(
        world.post(SENDER, &world.document("13")).await.status,
        StatusCode::ACCEPTED
    );
    let again = world.get(SENDER, "/v1/rates?period=2026-11").await.json();
    assert_eq!(again, stated);
    let live = world
        .get(SENDER, "/v1/rates?period=2026-11&live=true")
        .await
        .json();
    assert_ne!(live["units"], stated["units"]);
    let shown = world.get(OTHER, "/v1/statements/2026-11").await.json();
    assert_eq!(shown["statement"]["schema"], "lienthong-statement-1");
    let since = shown["since"].as_array().expect("changes");
    assert!(
        since
            .iter()
            .any(|c| c["measure"] == "offered" && c["before"] == 1 && c["after"] == 2)
    );
    let second = world
        .intake
        .correct_period(month, "Gửi chậm")
        .await
        .expect("corrected");
    let list = world.get(RECIPIENT, "/v1/statements").await.json();
    let positions = list["items"].as_array().expect("items").iter();
    let positions = positions.map(|s| s["position"].as_u64());
    let expected = [first.record.position.0, second.record.position.0].map(Some);
    assert_eq!(positions.collect::<Vec<_>>(), expected);
    assert!(list["next"].is_null());

    let ca = Certificate::parse(&world.receipt_ca).expect("ca");
    for (path, number) in [("?number=1", 1), ("?number=2", 2), ("", 2)] {
        let signed = world
            .get(OTHER, &format!("/v1/statements/2026-11.p7m{path}"))
            .await;
        assert_eq!(signed.status, StatusCode::OK);
        assert_eq!(
            signed.headers[header::CONTENT_TYPE],
            "application/pkcs7-mime"
        );
        let sealed = verify_sealed(&signed.body, &ca).expect("genuine");
        let Sealed::Statement(statement) = sealed else {
            panic!("{sealed:?}");
        };
        assert_eq!(statement.number, number);
        let all = world.intake.rules().registry.units().count();
        assert_eq!(statement.units.len(), all, "all units of the registry");
    }
    for wrong in ["2026-13", "x", "2026-11?number=x", "2026-11?n=1"] {
        let told = world.get(SENDER, &format!("/v1/statements/{wrong}")).await;
        assert_eq!(told.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    for nothing in ["2026-10", "2026-11?number=3", "2026-10.p7m"] {
        let told = world
            .get(SENDER, &format!("/v1/statements/{nothing}"))
            .await;
        assert_eq!(told.status, StatusCode::NOT_FOUND, "{nothing}");
    }
}

/// Slice by slice, each with a share of the documents, every month comes out as counted.
#[tokio::test]
async fn the_counters_are_recounted_in_slices() {
    let world = World::new();
    for number in 1..=9 {
        let sent = world
            .post(SENDER, &world.document(&number.to_string()))
            .await;
        assert_eq!(sent.status, StatusCode::CREATED);
    }
    let found = Recounts::default();
    let intake = Arc::clone(&world.intake);
    let mut recounter = Recounter::new(intake, Arc::clone(&found)).with_records(4);
    recounter.slice().expect("a slice");
    assert!(found.load().is_none(), "one share of several is no month");
    let mut slices = 1;
    while found
        .load()
        .as_ref()
        .is_none_or(|f| f.last != Period::parse("2026-09"))
    {
        recounter.slice().expect("a slice");
        slices += 1;
        assert!(slices < 50);
    }
    let told = found.load_full().expect("months");
    assert!(slices > 6 && told.differing.is_empty(), "{told:?}");
    assert!(told.position.0 >= 9);
}
