//! Dossiers over the interface: what is answered is what is described, for the agency alone; and what was said with them
//! is dropped when the term of their procedure is over, and not before they are.

use super::schema::conforms;
use super::world::{Answer, Form, RECIPIENT, SENDER, World, now};
use axum::http::StatusCode;
use lienthong::config::{dossier_rules, procedures};
use lienthong::policy::{DossierTerms, Retention, Term};
use lienthong::upkeep::Keeping;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const DAY: i64 = 24 * 3600;

/// A world that knows the sample procedures.
fn world() -> World {
    let world = World::new();
    let folder = tempfile::tempdir().expect("folder");
    procedures::import_samples(folder.path(), false).expect("samples");
    let known = procedures::read(folder.path()).expect("procedures");
    let tools = world.intake.tools();
    tools.procedures.store(Arc::new(known));
    let rules = dossier_rules::read(Path::new("/nowhere/rules.toml")).expect("the sample's rules");
    tools.dossier_rules.store(Arc::new(rules));
    world
}

fn birth(whole: bool) -> Value {
    let mut components = vec![
        json!({ "component": "to-khai", "form": "original", "template": "TKDKKS", "signed": true }),
    ];
    if whole {
        components.push(json!({ "component": "giay-chung-sinh", "form": "original" }));
    }
    json!({
        "procedure": "1.001193",
        "facts": { "co_giay_chung_sinh": true, "bi_bo_roi": false, "mang_thai_ho": false, "duoc_uy_quyen": false },
        "components": components,
        "applicant": { "name": "Nguyễn Văn A" },
    })
}

async fn hand_in(world: &World, path: &str, said: &Value) -> Answer {
    let form = Form::new().part("dossier", said.to_string().as_bytes());
    let mut request = form.request();
    *request.uri_mut() = path.parse().expect("a path");
    world.send(SENDER, request).await
}

async fn act(world: &World, number: &str, what: &Value) -> Answer {
    let path = format!("/v1/dossiers/{number}/moves");
    world.post_json(SENDER, &path, &what.to_string()).await
}

fn described(answer: &Answer, status: StatusCode, schema: &str) -> Value {
    let view = answer.json();
    assert_eq!(answer.status, status, "{view}");
    conforms(schema, &view).unwrap_or_else(|wrong| panic!("{wrong}: {view}"));
    view
}

#[tokio::test]
async fn what_is_answered_is_described_and_for_the_agency_alone() {
    let world = world();
    let checked = hand_in(&world, "/v1/dossiers/check", &birth(false)).await;
    let checked = described(&checked, StatusCode::OK, "DossierAnswer");
    assert_eq!(checked["outcome"], "incomplete");
    let asked = hand_in(&world, "/v1/dossiers", &birth(false)).await;
    let asked = described(&asked, StatusCode::ACCEPTED, "DossierDone");
    assert_eq!(asked["items"], checked["items"], "as the check says it");
    let number = asked["dossier"]["number"].as_str().expect("a number");
    // Without a key each is another one: twins have the same parents, and the same papers.
    let mut numbers = vec![number.to_owned()];
    for _ in 0..2 {
        let other = hand_in(&world, "/v1/dossiers", &birth(false)).await.json();
        let other = other["dossier"]["number"].as_str().expect("a number");
        assert!(!numbers.contains(&other.to_owned()), "{other}");
        numbers.push(other.to_owned());
    }

    let rest = json!({ "procedure": "1.001193", "facts": {},
        "components": [ { "component": "giay-chung-sinh", "form": "original" } ] });
    let path = format!("/v1/dossiers/{number}/components");
    for repeated in [false, true] {
        let whole = hand_in(&world, &path, &rest).await;
        let whole = described(&whole, StatusCode::OK, "DossierDone");
        assert_eq!(whole["repeated"], json!(repeated));
        assert_eq!(whole["dossier"]["status"], "taken_in");
    }
    let early = act(&world, number, &json!({ "move": "return" })).await;
    let early = described(&early, StatusCode::CONFLICT, "Problem");
    assert_eq!(early["code"], "impossible_move");
    assert!(
        early["possible"]
            .as_array()
            .is_some_and(|all| all.contains(&json!("process")))
    );
    for (what, status, code) in [
        (json!({ "move": "stop" }), 400, "reason_required"),
        (json!({ "move": "dance" }), 400, "bad_body"),
        (
            json!({ "move": "supplement", "items": [ { "component": "giay-to-tuy-than" } ] }),
            400,
            "beyond_the_list",
        ),
        (
            json!({ "move": "supplement", "items": [ { "component": "giay-cam-doan" } ] }),
            400,
            "beyond_the_list",
        ),
        (
            json!({ "move": "supplement", "items": [ { "component": "to-khai" } ] }),
            409,
            "ground_required",
        ),
        (
            json!({ "move": "supplement", "ground": "x" }),
            400,
            "bad_body",
        ),
    ] {
        let answer = act(&world, number, &what).await;
        let answer = (answer.status.as_u16(), answer.text("code"));
        assert_eq!(answer, (status, code.to_owned()), "{what}");
    }
    let done = act(
        &world,
        number,
        &json!({ "move": "process", "staff": "Lê Văn Bình" }),
    )
    .await;
    described(&done, StatusCode::OK, "DossierDone");
    let shown = world.get(SENDER, &format!("/v1/dossiers/{number}")).await;
    let shown = described(&shown, StatusCode::OK, "Dossier");
    assert_eq!(shown["timeline"][2]["staff"], "Lê Văn Bình");
    let list = world.get(SENDER, "/v1/dossiers?limit=2").await;
    let list = described(&list, StatusCode::OK, "Dossiers");
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    let next = list["next"].as_str().expect("a third");
    let rest = world
        .get(SENDER, &format!("/v1/dossiers?after={next}"))
        .await
        .json();
    assert_eq!(rest["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(rest["next"], Value::Null);
    let slips = world
        .get(SENDER, &format!("/v1/dossiers/{number}/slips"))
        .await;
    let slips = described(&slips, StatusCode::OK, "Receipts");
    assert_eq!(slips["items"].as_array().map(Vec::len), Some(3));

    // Others have none of it, whatever they ask.
    for path in ["", "/slips", "/files/1"] {
        let path = format!("/v1/dossiers/{number}{path}");
        assert_eq!(
            world.get(RECIPIENT, &path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let path = format!("/v1/dossiers/{number}/moves");
    let moved = world.post_json(RECIPIENT, &path, "{\"move\":\"finish\"}");
    assert_eq!(moved.await.status, StatusCode::NOT_FOUND);
    let none = world.get(RECIPIENT, "/v1/dossiers").await.json();
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn bad_forms_are_told_and_register_nothing() {
    let world = world();
    let wrong = |change: fn(&mut Value)| {
        let mut said = birth(true);
        change(&mut said);
        said
    };
    for (said, code) in [
        (
            wrong(|said| said["procedure"] = json!("9.999999")),
            "unknown_procedure",
        ),
        (
            wrong(|said| said["facts"]["so_con"] = json!(2)),
            "bad_dossier",
        ),
        (
            wrong(|said| said["applicant"]["name"] = json!(" ")),
            "bad_dossier",
        ),
        (wrong(|said| said["intake"] = json!("maybe")), "bad_dossier"),
        (
            wrong(|said| said["intake"] = json!("refuse")),
            "reason_required",
        ),
        (
            wrong(|said| said["components"][0]["copies"] = json!("hai")),
            "bad_dossier",
        ),
        (wrong(|said| said["extra"] = json!(1)), "bad_dossier"),
    ] {
        let answer = hand_in(&world, "/v1/dossiers", &said).await;
        assert_eq!(
            (answer.status, answer.text("code")),
            (StatusCode::BAD_REQUEST, code.to_owned())
        );
    }
    let form = Form::new().part("envelope", b"{}");
    let mut request = form.request();
    *request.uri_mut() = "/v1/dossiers".parse().expect("a path");
    assert_eq!(
        world.send(SENDER, request).await.text("code"),
        "bad_dossier"
    );
    let none = world.get(SENDER, "/v1/dossiers").await.json();
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn what_was_said_goes_at_the_end_of_the_term_and_not_before_the_dossier_ended() {
    let world = world();
    let open = hand_in(&world, "/v1/dossiers", &birth(true)).await.json();
    let mut refused = birth(true);
    refused["intake"] = json!("refuse");
    refused["reason"] = json!("Không thuộc thẩm quyền");
    let refused = hand_in(&world, "/v1/dossiers", &refused).await;
    let refused = described(&refused, StatusCode::UNPROCESSABLE_ENTITY, "DossierDone");
    let number = |view: &Value| view["dossier"]["number"].as_str().expect("one").to_owned();
    let (open, refused) = (number(&open), number(&refused));
    let erased = async |number: &str| {
        let id = world.intake.dossier_named(number).expect("there");
        let state = world
            .intake
            .tools()
            .ledger
            .dossier(id)
            .expect("read")
            .expect("there");
        state.bodies().iter().all(|body| state.is_erased(body))
    };
    let retention = Arc::new(Retention {
        dossiers: DossierTerms {
            general: Term::Days(30),
            ..DossierTerms::default()
        },
        ..Retention::default()
    });
    world.clock.set(now().plus_secs(31 * DAY));
    let stop = CancellationToken::new();
    let keeping = Keeping::new(Arc::clone(&world.intake), retention, stop.clone());
    let running = tokio::spawn(keeping.run());
    tokio::time::pause();
    // A clock that is so far ahead of the last record is not believed for a day.
    tokio::time::sleep(Duration::from_secs(23 * 3600)).await;
    assert!(!erased(&refused).await, "too early");
    tokio::time::sleep(Duration::from_secs(4 * 3600)).await;
    assert!(erased(&refused).await);
    assert!(!erased(&open).await, "something is still to come of it");
    stop.cancel();
    running.await.expect("ended");
    tokio::time::resume();
    let shown = world.get(SENDER, &format!("/v1/dossiers/{refused}")).await;
    let shown = described(&shown, StatusCode::OK, "Dossier");
    assert_eq!(
        (&shown["erased"], &shown["applicant"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(shown["status"], "refused");
    assert!(shown["timeline"][0]["reason"].is_null());
}
