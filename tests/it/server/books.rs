//! Registers of outgoing and incoming documents, and searching them.

use super::schema::conforms;
use super::world::{Form, OTHER, RECIPIENT, SENDER, World, envelope, now};
use axum::http::StatusCode;
use lienthong::intake::EraseOrder;
use lienthong::model::DocumentId;
use serde_json::Value;

async fn sent(world: &World, number: &str, subject: &str) -> String {
    let text = format!("Công văn số {number}").into_bytes();
    let signature = world.signer.sign_detached(&text, now()).expect("signed");
    let envelope = envelope(number).replace("Về dự toán quý I", subject);
    let form = Form::new()
        .part("envelope", envelope.as_bytes())
        .part("file", &text)
        .part("file", &signature);
    let answer = world.post(SENDER, &form).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json());
    answer.text("id")
}

async fn fetched(world: &World, id: &str) {
    for n in 1..=2 {
        let path = format!("/v1/documents/{id}/files/{n}");
        assert_eq!(world.get(RECIPIENT, &path).await.status, StatusCode::OK);
    }
}

async fn page(world: &World, unit: &str, path: &str, schema: &str) -> Value {
    let answer = world.get(unit, path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.json());
    conforms(schema, &answer.json()).expect("as described");
    answer.json()
}

/// As an address carries it.
fn encoded(query: &str) -> String {
    let one = |byte: u8| match byte {
        b' ' | 0x80.. => format!("%{byte:02X}"),
        plain => char::from(plain).to_string(),
    };
    query.bytes().map(one).collect()
}

fn numbers(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("rows");
    let mut all: Vec<&str> = items
        .iter()
        .filter_map(|row| row["number"].as_str())
        .collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn registers_have_what_went_out_and_what_came_in() {
    let world = World::new();
    let first = sent(&world, "1", "Về dự toán quý I").await;
    sent(&world, "2", "Về giao đất").await;
    fetched(&world, &first).await;
    let answers = format!("/v1/documents/{first}/answers");
    let yes = r#"{"status":"accepted","staff":"Lê Văn Bình"}"#;
    world.post_json(RECIPIENT, &answers, yes).await;

    let path = "/v1/registers/outgoing?period=2026-11";
    let out = page(&world, SENDER, path, "Book").await;
    assert_eq!((&out["total"], numbers(&out)), (&2.into(), vec!["1", "2"]));
    assert_eq!(out["items"][0]["recipients"][0], RECIPIENT);
    let path = "/v1/registers/incoming?period=2026-11-24";
    let come = page(&world, RECIPIENT, path, "Book").await;
    assert_eq!((&come["total"], numbers(&come)), (&1.into(), vec!["1"]));
    let row = &come["items"][0];
    assert_eq!(row["subject"], "Về dự toán quý I");
    assert_eq!(
        (&row["state"], &row["staff"]),
        (&"accepted".into(), &"Lê Văn Bình".into())
    );
    assert_eq!(
        (&row["answer_late"], &row["work_late"]),
        (&false.into(), &false.into())
    );
    for unit in [RECIPIENT, OTHER] {
        let path = format!("/v1/registers/outgoing?unit={SENDER}");
        let answer = world.get(unit, &path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{unit}");
    }
}

#[tokio::test]
async fn documents_are_found_with_and_without_marks_by_those_who_may_see_them() {
    let world = World::new();
    let first = sent(&world, "1", "Về dự toán quý I").await;
    // The same letters, composed otherwise.
    sent(
        &world,
        "12",
        "Ve\u{302}\u{300} giao \u{111}a\u{302}\u{301}t khu 3",
    )
    .await;
    sent(&world, "123", "Về GIAO ĐẤT khu 12").await;
    fetched(&world, &first).await;
    for (query, found) in [
        ("text=dự toán", vec!["1"]),
        ("text=du toan", vec!["1"]),
        ("text=DU TOÁN", vec!["1"]),
        ("text=giao dat", vec!["12", "123"]),
        ("text=giao đất khu 3", vec!["12"]),
        ("text=12", vec!["12", "123"]),
        ("text=12/STC-VP giao", vec!["12", "123"]),
        ("number=12", vec!["12"]),
        ("number=12&notation=stc-vp", vec!["12"]),
        ("notation=STC", vec![]),
        ("agency=H53.2&text=ve", vec!["1", "12", "123"]),
        ("agency=H53.3", vec![]),
        ("text=dato", vec![]),
        ("text=h53.2 giao", vec!["12", "123"]),
        ("text=h53.9", vec![]),
        ("from=2026-11-24&to=2026-11-24", vec!["1", "12", "123"]),
        ("to=2026-11-23", vec![]),
    ] {
        let path = format!("/v1/search?{}", encoded(query));
        let page = page(&world, SENDER, &path, "Found").await;
        assert_eq!(numbers(&page), found, "{query}");
        assert_eq!(page["next"], Value::Null, "{query}");
    }
    // What has not arrived there, and what is of others, is not found.
    assert_eq!(
        numbers(&page(&world, RECIPIENT, "/v1/search", "Found").await),
        ["1"]
    );
    assert_eq!(
        page(&world, OTHER, "/v1/search", "Found").await["looked_at"],
        0
    );
    let others = world.get(RECIPIENT, "/v1/search?unit=H53.1").await;
    assert_eq!(others.status, StatusCode::NOT_FOUND);

    let (mut after, mut all) = (String::new(), Vec::new());
    loop {
        let path = format!("/v1/search?text=ve&limit=1{after}");
        let page = page(&world, SENDER, &path, "Found").await;
        all.extend(numbers(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        after = format!("&after={next}");
    }
    all.sort_unstable();
    assert_eq!(all, ["1", "12", "123"]);
}

/// Every document of every unit is for the administrator; its words go with its envelope.
#[tokio::test]
async fn an_erased_subject_is_found_no_more() {
    let world = World::new();
    let first = sent(&world, "71", "Về dự toán quý I").await;
    sent(&world, "72", "Về dự toán quý II").await;
    let query = |text: &str| lienthong::client::search::SearchQuery {
        text: Some(text.to_owned()),
        ..Default::default()
    };
    let find = |text: &str| {
        let found = lienthong::http::search::find(&world.intake, &query(text));
        let found = found.map_err(|_| "a problem").expect("found");
        let mut all: Vec<_> = found
            .items
            .into_iter()
            .filter_map(|row| row.number)
            .collect();
        all.sort_unstable();
        all
    };
    assert_eq!(find("du toan"), ["71", "72"]);
    let order = EraseOrder {
        document: DocumentId::parse(&first).expect("id"),
        files: Vec::new(),
        all: true,
        reports: false,
        basis: "QĐ 15/QĐ-STTTT ngày 02/11/2026".into(),
    };
    world.intake.erase(&order).await.expect("erased");
    assert_eq!(find("du toan"), ["72"]);
    assert_eq!(find("71/stc-vp"), ["71"]);
}
