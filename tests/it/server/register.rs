//! A unit hands in its own register of outgoing documents, and says that it issued nothing on paper.

use super::schema::conforms;
use super::world::{Answer, OTHER, RECIPIENT, SENDER, World};
use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

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
    let again = hand_in(&world, SENDER, NOVEMBER, file).await;
    let again = is(&again, 409, "register_covered");
    let said = again["errors"][0]["detail"].as_str().expect("detail");
    assert!(
        said.contains(register["id"].as_str().expect("id")),
        "{said}"
    );
    let replaced = hand_in(&world, SENDER, &format!("{NOVEMBER}&replace=true"), file).await;
    is(&replaced, 201, "");
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
        ("from=2025-12-01&to=2026-11-24", "1/QĐ", 400, "bad_query"),
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
    let again = world.post_json(OTHER, path, &format!("{{{days}}}")).await;
    is(&again, 409, "register_covered");
    let others = format!(r#"{{{days},"unit":"{SENDER}"}}"#);
    is(
        &world.post_json(OTHER, path, &others).await,
        404,
        "not_found",
    );
    let wrong = r#"{"from":"2026-11-01"}"#;
    is(&world.post_json(OTHER, path, wrong).await, 400, "bad_body");
}
