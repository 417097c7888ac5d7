//! A unit hands in its own register of outgoing documents, and says that it issued nothing on paper.

use super::schema::conforms;
use super::world::{Answer, OTHER, RECIPIENT, SENDER, World, now};
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt;
use lienthong::clock::Clock;
use lienthong::model::Digest;
use lienthong::seal::{Sealed, verify_sealed};
use lienthong::trust::certificate::Certificate;
use serde_json::Value;
use std::convert::Infallible;

const NOVEMBER: &str = "from=2026-11-01&to=2026-11-24";

async fn hand_in(world: &World, unit: &str, query: &str, file: impl Into<Body>) -> Answer {
    let request = Request::post(format!("/v1/register?{query}")).header("accept-language", "en");
    let request = request.body(file.into()).expect("request");
    world.send(unit, request).await
}

fn is(answer: &Answer, status: u16, code: &str) -> Value {
    let json = answer.json();
    assert_eq!(answer.status.as_u16(), status, "{json}");
    assert_eq!(json["code"].as_str().unwrap_or_default(), code, "{json}");
    json
}

#[tokio::test]
async fn a_unit_hands_in_its_register_once_and_replaces_it() {
    let world = World::new();
    let file =
        "Số,Ký hiệu,Ngày,Hình thức gửi\n1,QĐ-UBND,02/11/2026,giấy\n2,QĐ-UBND,03/11/2026,điện tử\n";
    let read = hand_in(&world, SENDER, &format!("{NOVEMBER}&dry_run=true"), file).await;
    let read = is(&read, 200, "");
    assert_eq!(
        (&read["documents"], &read["register"]),
        (&2.into(), &Value::Null)
    );
    let taken = is(&hand_in(&world, SENDER, NOVEMBER, file).await, 201, "");
    conforms("RegisterTaken", &taken).expect("as described");
    let register = &taken["register"];
    assert_eq!(
        (&register["unit"], &register["by"], &register["documents"]),
        (&SENDER.into(), &SENDER.into(), &2.into())
    );
    let again = is(
        &hand_in(&world, SENDER, "from=2026-11-20&to=2026-11-21", file).await,
        400,
        "bad_register",
    );
    assert!(
        again["detail"]
            .as_str()
            .expect("detail")
            .contains("2 mistakes"),
        "{again}"
    );
    // The answer was lost, and the file is handed in again: nothing happens, with `replace` or without.
    for query in [NOVEMBER.to_owned(), format!("{NOVEMBER}&replace=true")] {
        let again = is(&hand_in(&world, SENDER, &query, file).await, 200, "");
        conforms("RegisterTaken", &again).expect("as described");
        assert_eq!(again["register"]["id"], register["id"]);
        assert_eq!(again["register"]["repeated"], true);
    }
    let other = file.replace("điện tử", "giấy");
    let again = hand_in(&world, SENDER, NOVEMBER, other.clone()).await;
    let again = is(&again, 409, "register_covered");
    let said = again["errors"][0]["detail"].as_str().expect("detail");
    assert!(
        said.contains(register["id"].as_str().expect("id")),
        "{said}"
    );
    let query = format!("{NOVEMBER}&replace=true");
    let replaced = is(&hand_in(&world, SENDER, &query, other).await, 201, "");
    assert_ne!(replaced["register"]["id"], register["id"]);
    assert!(replaced["register"].get("repeated").is_none());
    // Taken back, it is no repeat any more.
    let anew = is(&hand_in(&world, SENDER, &query, file).await, 201, "");
    assert_ne!(anew["register"]["id"], register["id"]);
    // Read otherwise it is another register, though the file is the same.
    let twice = "A,B,C,D\n1/QĐ,02/11/2026,03/11/2026,x\n";
    let by = |day: &str| format!("{NOVEMBER}&replace=true&columns=number%3DA,date%3D{day},row%3D2");
    let one = is(&hand_in(&world, SENDER, &by("B"), twice).await, 201, "");
    let two = is(&hand_in(&world, SENDER, &by("C"), twice).await, 201, "");
    assert_ne!(one["register"]["id"], two["register"]["id"]);
    // The register of another unit is another's.
    is(&hand_in(&world, RECIPIENT, NOVEMBER, file).await, 201, "");
}

#[tokio::test]
async fn mistakes_are_told_with_their_lines_and_nothing_is_taken() {
    let world = World::new();
    let file = "Số,Ký hiệu,Ngày\n1,QĐ,02/11/2026\n01,qđ,03/11/2026\n2,QĐ,31/11/2026\n";
    let refused = is(
        &hand_in(&world, SENDER, NOVEMBER, file).await,
        400,
        "bad_register",
    );
    conforms("Problem", &refused).expect("as described");
    let errors = refused["errors"].as_array().expect("errors");
    let lines: Vec<&str> = errors
        .iter()
        .filter_map(|e| e["pointer"].as_str())
        .collect();
    assert_eq!(lines, ["3", "4"], "{refused}");
    let table = [
        ("from=2026-11-01&to=2026-11-25", "1/QĐ", 400, "bad_query"),
        ("from=2025-11-01&to=2026-11-24", "1/QĐ", 400, "bad_query"),
        ("from=2026-11-31&to=2026-11-24", "1/QĐ", 400, "bad_query"),
        ("from=2026-11-01", "1/QĐ", 400, "bad_query"),
        (
            "from=2026-11-01&to=2026-11-24&columns=A",
            "1/QĐ",
            400,
            "bad_query",
        ),
        (
            "from=2026-11-01&to=2026-11-24&unit=H53.3",
            "1/QĐ",
            404,
            "not_found",
        ),
        (
            "from=2026-11-01&to=2026-11-24&columns=number%3DC",
            "1/QĐ",
            400,
            "bad_query",
        ),
        (NOVEMBER, "", 400, "bad_register"),
    ];
    for (query, number, status, code) in table {
        let file = match number {
            "" => String::new(),
            number => format!("Số,Ngày\n{number},02/11/2026\n"),
        };
        is(&hand_in(&world, SENDER, query, file).await, status, code);
    }
    let bomb = b"PK\x03\x04".as_slice();
    is(
        &hand_in(&world, SENDER, NOVEMBER, bomb).await,
        400,
        "bad_register",
    );
    let large = vec![b' '; (64 << 20) + 1];
    is(
        &hand_in(&world, SENDER, NOVEMBER, large).await,
        413,
        "too_large",
    );
    is(
        &hand_in(&world, "nobody", NOVEMBER, "").await,
        401,
        "not_authenticated",
    );
}

#[tokio::test]
async fn a_nil_return_is_the_callers_own() {
    let world = World::new();
    let path = "/v1/register/nil";
    let days = r#""from":"2026-11-01","to":"2026-11-24""#;
    let said = world.post_json(OTHER, path, &format!("{{{days}}}")).await;
    let said = is(&said, 201, "");
    conforms("Register", &said).expect("as described");
    assert_eq!((&said["kind"], &said["by"]), (&"nil".into(), &OTHER.into()));
    let ca = Certificate::parse(&world.receipt_ca).expect("CA");
    let der = STANDARD
        .decode(said["p7m"].as_str().expect("signed"))
        .expect("base64");
    let Ok(Sealed::Nil(stated)) = verify_sealed(&der, &ca) else {
        panic!("no statement: {said}");
    };
    assert_eq!(
        (stated.unit.as_str(), stated.from.to_string().as_str()),
        (OTHER, "2026-11-01")
    );
    assert_eq!(stated.import.to_string(), said["id"].as_str().expect("id"));
    assert_eq!(stated.by.name(), OTHER);
    assert_eq!(said["source"], Digest::of(&der).to_hex());
    let mut forged = der.clone();
    let at = forged
        .windows(10)
        .position(|w| w == b"2026-11-01")
        .expect("the day");
    forged[at + 9] = b'2';
    assert!(verify_sealed(&forged, &ca).is_err());
    let again = world.post_json(OTHER, path, &format!("{{{days}}}")).await;
    let again = is(&again, 200, "");
    assert_eq!((&again["id"], &again["p7m"]), (&said["id"], &said["p7m"]));
    assert_eq!(again["repeated"], true);
    let fewer = r#"{"from":"2026-11-02","to":"2026-11-24"}"#;
    let fewer = world.post_json(OTHER, path, fewer).await;
    is(&fewer, 409, "register_covered");
    let others = format!(r#"{{{days},"unit":"{SENDER}"}}"#);
    is(
        &world.post_json(OTHER, path, &others).await,
        404,
        "not_found",
    );
    let wrong = r#"{"from":"2026-11-01"}"#;
    is(&world.post_json(OTHER, path, wrong).await, 400, "bad_body");
}

#[tokio::test]
async fn a_register_may_go_on_over_new_year() {
    let world = World::new();
    let january = now().plus_secs(60 * 86_400);
    world.clock.set(january);
    assert_eq!(world.clock.now().local_day().year(), 2027);
    let file =
        "Số,Ký hiệu,Ngày\n240,QĐ-UBND,31/12/2026\n1,QĐ-UBND,01/01/2027\n1,QĐ-UBND,02/01/2026\n";
    let days = "from=2026-12-15&to=2027-01-15";
    let refused = is(
        &hand_in(&world, SENDER, days, file).await,
        400,
        "bad_register",
    );
    assert_eq!(refused["errors"][0]["pointer"], "4", "{refused}");
    let file = file.replace("1,QĐ-UBND,02/01/2026\n", "1,QĐ-UBND,16/12/2026\n");
    let taken = is(&hand_in(&world, SENDER, days, file).await, 201, "");
    // Number 1 of each year is a document of its own.
    assert_eq!(taken["documents"], 3);
    for (period, paper, days) in [("2026-12", 2, 17), ("2027-01", 1, 15)] {
        let path = format!("/v1/rates?period={period}");
        let rates = world.get(SENDER, &path).await.json();
        let counts = &rates["units"][0]["counts"];
        assert_eq!(
            (
                counts["paper_only"].as_i64(),
                counts["register_days"].as_i64()
            ),
            (Some(paper), Some(days)),
            "{period}"
        );
    }
}

#[tokio::test]
async fn a_slow_upload_keeps_nobody_waiting() {
    let world = World::new();
    let begun = futures_util::stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"S"))]);
    let slow = Body::from_stream(begun.chain(futures_util::stream::pending()));
    let file = "Số,Ký hiệu,Ngày\n1,QĐ-UBND,02/11/2026\n";
    tokio::select! {
        biased;
        ended = hand_in(&world, RECIPIENT, NOVEMBER, slow) => panic!("{}", ended.json()),
        taken = hand_in(&world, SENDER, NOVEMBER, file) => { is(&taken, 201, ""); }
    }
}

#[tokio::test]
async fn a_number_is_one_however_it_is_written_and_whatever_comes_first() {
    let file = "Số,Ký hiệu,Ngày\n005,stc – vp,23/11/2026\n";
    let mut found = Vec::new();
    for register_first in [true, false] {
        let world = World::new();
        if register_first {
            is(&hand_in(&world, SENDER, NOVEMBER, file).await, 201, "");
        }
        let sent = world.post(SENDER, &world.document("5")).await;
        assert_eq!(sent.status.as_u16(), 201, "{}", sent.json());
        if !register_first {
            is(&hand_in(&world, SENDER, NOVEMBER, file).await, 201, "");
        }
        let id = sent.text("id");
        for n in 1..=2 {
            let path = format!("/v1/documents/{id}/files/{n}");
            assert_eq!(world.get(RECIPIENT, &path).await.status.as_u16(), 200);
        }
        // The arrival is on record once it is answered.
        let path = format!("/v1/documents/{id}/answers");
        let answered = world.post_json(RECIPIENT, &path, r#"{"status":"03"}"#);
        is(&answered.await, 200, "");
        let rates = world.get(SENDER, "/v1/rates?period=2026-11").await.json();
        let units = rates["units"].as_array().expect("units");
        let own = units
            .iter()
            .find(|unit| unit["unit"] == SENDER)
            .expect("own");
        let count = |name: &str| own["counts"][name].as_i64().unwrap_or(-1);
        let names = [
            "countable",
            "electronic",
            "with_paper",
            "paper_only",
            "offered",
        ];
        found.push(names.map(count));
        // Handed in once more it is a repeat, whatever came in between.
        let again = is(&hand_in(&world, SENDER, NOVEMBER, file).await, 200, "");
        assert_eq!(again["register"]["repeated"], true);
    }
    assert_eq!(found, [[1, 1, 1, 0, 1]; 2]);
}
