//! From a figure to its documents.

use super::schema::conforms;
use super::world::{Form, OTHER, RECIPIENT, SENDER, World, unsigned};
use axum::http::StatusCode;
use serde_json::Value;

async fn rows(world: &World, unit: &str, query: &str) -> Value {
    let path = format!("/v1/rates/documents?period=2026-11&{query}");
    let page = world.get(unit, &path).await;
    assert_eq!(page.status, StatusCode::OK, "{query}: {}", page.json());
    conforms("FigureRows", &page.json()).expect("as described");
    page.json()
}

fn numbers(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("rows");
    items
        .iter()
        .filter_map(|row| row["number"].as_str())
        .collect()
}

#[tokio::test]
async fn a_figure_has_as_many_rows_and_they_lead_to_the_document() {
    let world = World::new();
    for number in ["1", "2", "3"] {
        world.post(SENDER, &world.document(number)).await;
    }
    let bare = Form::new()
        .part("envelope", unsigned("4").as_bytes())
        .part("file", b"no signature");
    let refused = world.post(SENDER, &bare).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);

    let signed = rows(&world, SENDER, "measure=signed").await;
    assert_eq!(signed["total"], 3);
    let mut found = numbers(&signed);
    found.sort_unstable();
    assert_eq!(found, ["1", "2", "3"]);
    let lacking = rows(&world, SENDER, "measure=signed&missing=true").await;
    assert_eq!(
        (&lacking["total"], numbers(&lacking)),
        (&1.into(), vec!["4"])
    );
    let row = &lacking["items"][0];
    assert_eq!(row["id"], refused.json()["id"]);
    assert_eq!(row["reason"], "no_signature");
    assert_eq!(
        row["receipts"],
        serde_json::json!([refused.json()["receipt"]["position"]])
    );

    // A page after the other, no row twice.
    let (mut after, mut all) = (String::new(), Vec::new());
    loop {
        let page = rows(&world, SENDER, &format!("measure=offered&limit=1{after}")).await;
        assert_eq!(page["total"], 4);
        all.extend(numbers(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        after = format!("&after={next}");
    }
    all.sort_unstable();
    assert_eq!(all, ["1", "2", "3", "4"]);
    assert_eq!(
        rows(&world, RECIPIENT, "measure=received").await["total"],
        0
    );
    let own = rows(&world, SENDER, &format!("measure=refused&unit={SENDER}")).await;
    assert_eq!(numbers(&own), ["4"]);
}

#[tokio::test]
async fn what_stands_behind_the_figures_of_others_is_not_shown() {
    let world = World::new();
    world.post(SENDER, &world.document("1")).await;
    for unit in [RECIPIENT, OTHER] {
        let path = format!("/v1/rates/documents?measure=offered&unit={SENDER}");
        let answer = world.get(unit, &path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{unit}");
    }
}
