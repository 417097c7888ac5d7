//! Terms of keeping: what is dropped when they are over, and what never is.

use super::world::{Form, RECIPIENT, SENDER, World, now};
use axum::http::StatusCode;
use lienthong::clock::Clock;
use lienthong::model::DocumentId;
use lienthong::policy::{DossierTerms, Retention, RetentionClass, Term};
use lienthong::upkeep::{Keeping, recount, retention_plan};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const DAY: i64 = 24 * 3600;

fn typed(form: &Form, kind: &str) -> Form {
    let from = br#""notation""#;
    let at = form.body.windows(from.len()).position(|w| w == from);
    let (head, tail) = form.body.split_at(at.expect("there"));
    let kind = format!(r#""type":"{kind}","#);
    Form {
        body: [head, kind.as_bytes(), tail].concat(),
        ..form.clone()
    }
}

async fn post(world: &World, unit: &str, path: &str, json: &str) {
    let done = world.post_json(unit, path, json).await;
    assert_eq!(
        done.status,
        StatusCode::OK,
        "{path} {json}: {}",
        done.json()
    );
}

/// One document, and what was done with it: `fetch`, an answer by its code, `recall`, `take-back`.
async fn lived(world: &World, number: &str, kind: &str, steps: &[&str]) -> DocumentId {
    let sent = world
        .post(SENDER, &typed(&world.document(number), kind))
        .await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    let id = sent.text("id");
    for step in steps {
        let path = |what: &str| format!("/v1/documents/{id}/{what}");
        match *step {
            "fetch" => {
                for n in 1..=2 {
                    let file = world.get(RECIPIENT, &path(&format!("files/{n}"))).await;
                    assert_eq!(file.status, StatusCode::OK);
                }
            }
            "recall" | "take-back" => {
                post(world, SENDER, &path(step), r#"{"reason":"Sai"}"#).await;
            }
            status => {
                let json = format!(r#"{{"status":"{status}","reason":"Vì vậy"}}"#);
                post(world, RECIPIENT, &path("answers"), &json).await;
            }
        }
    }
    DocumentId::parse(&id).expect("id")
}

/// Everything that can be true of a document long after its last move, and whether its content goes.
const LIVES: [(&str, &[&str], Result<(), &str>); 13] = [
    ("Công văn", &[], Err("undelivered")),
    ("Công văn", &["fetch"], Err("unanswered")),
    ("Công văn", &["fetch", "03"], Ok(())),
    ("Công văn", &["fetch", "02"], Ok(())),
    ("Công văn", &["fetch", "03", "04"], Err("in_work")),
    ("Công văn", &["fetch", "03", "05"], Err("in_work")),
    ("Công văn", &["fetch", "03", "06"], Ok(())),
    ("Công văn", &["take-back"], Ok(())),
    ("Công văn", &["fetch", "take-back"], Err("asked")),
    ("Công văn", &["fetch", "03", "recall"], Err("asked")),
    (
        "Công văn",
        &["fetch", "03", "recall", "16"],
        Err("declined"),
    ),
    ("Công văn", &["fetch", "03", "recall", "15"], Ok(())),
    ("Quyết định", &["fetch", "03", "06"], Err("forever")),
];

fn retention() -> Retention {
    let types = ["quyết  định"];
    Retention {
        general: Term::Days(30),
        classes: vec![RetentionClass::new(
            "ben-vung",
            types,
            Vec::new(),
            Vec::new(),
            Term::Forever,
        )],
        dossiers: DossierTerms::default(),
    }
}

fn is_dropped(world: &World, id: DocumentId) -> bool {
    let state = world.intake.state(id).expect("there");
    let content = state.content().without_reports();
    let gone = content.iter().filter(|body| state.is_erased(body)).count();
    assert!(gone == 0 || gone == content.len(), "half of {id}");
    gone > 0
}

#[tokio::test]
async fn what_is_settled_long_enough_goes_and_nothing_else_ever_does() {
    let world = World::new();
    let mut all = Vec::new();
    for (n, (kind, steps, fate)) in LIVES.iter().enumerate() {
        let id = lived(&world, &(n + 1).to_string(), kind, steps).await;
        all.push((id, *fate));
    }
    let retention = Arc::new(retention());
    let store = (&*world.intake.tools().ledger, &*world.intake.tools().vault);
    let registry = Arc::clone(&world.intake.rules().registry);
    let plan = |days: i64| {
        let at = now().plus_secs(days * DAY);
        retention_plan(store, &registry, &retention, at, 100).expect("plan")
    };
    assert_eq!(plan(29).due, [], "not yet");
    let planned = plan(31);
    let due: Vec<&str> = planned
        .documents
        .iter()
        .filter(|d| d.due.is_some())
        .map(|d| d.id.as_str())
        .collect();
    let expected = all.iter().filter(|(_, fate)| fate.is_ok());
    let expected: Vec<String> = expected.map(|(id, _)| id.to_string()).collect();
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    let due = due.into_iter().map(str::to_owned).collect();
    assert_eq!(sorted(due), sorted(expected.clone()));
    assert_eq!(planned.forever, 1);
    let mut why: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, fate) in &all {
        if let Err(reason) = fate
            && *reason != "forever"
        {
            *why.entry(reason).or_default() += 1;
        }
    }
    let open: BTreeMap<&str, u64> = planned
        .open
        .iter()
        .map(|o| (o.why.as_str(), o.documents))
        .collect();
    assert_eq!(open, why);

    // A clock that is so far ahead of the last record is not believed for a day.
    world.clock.set(now().plus_secs(31 * DAY));
    let stop = CancellationToken::new();
    let keeping = Keeping::new(
        Arc::clone(&world.intake),
        Arc::clone(&retention),
        stop.clone(),
    );
    let running = tokio::spawn(keeping.run());
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(23 * 3600)).await;
    assert!(
        all.iter().all(|(id, _)| !is_dropped(&world, *id)),
        "too early"
    );
    tokio::time::sleep(Duration::from_secs(2 * 3600)).await;
    for ((id, fate), (_, steps, _)) in all.iter().zip(LIVES) {
        assert_eq!(is_dropped(&world, *id), fate.is_ok(), "{steps:?}");
    }
    // However long one waits.
    world.clock.set(now().plus_secs(20_000 * DAY));
    tokio::time::sleep(Duration::from_secs(60 * 3600)).await;
    for ((id, fate), (_, steps, _)) in all.iter().zip(LIVES) {
        assert_eq!(is_dropped(&world, *id), fate.is_ok(), "{steps:?}");
    }
    stop.cancel();
    running.await.expect("ended");
    tokio::time::resume();
    // Certificates of callers do not last as long.
    world.clock.set(now().plus_secs(32 * DAY));
    let gone = all.iter().find(|(_, fate)| fate.is_ok()).expect("one").0;
    let path = format!("/v1/documents/{gone}");
    let view = world.get(SENDER, &path).await.json();
    super::schema::conforms("Document", &view).expect("as described");
    assert_eq!(view["erased"][0]["cause"], "term");
    assert_eq!(view["erased"][0]["reports"], false);
    let file = world.get(SENDER, &format!("{path}/files/1")).await;
    assert_eq!(
        (file.status, file.text("code")),
        (StatusCode::GONE, "erased".into())
    );
    let report = world.get(SENDER, &format!("{path}/report")).await;
    assert_eq!(report.status, StatusCode::OK, "the verdict stays");
    let counted = recount(&*world.intake.tools().ledger).expect("recount");
    assert_eq!(counted.differences, []);
}

#[tokio::test]
async fn a_clock_set_back_or_no_term_drops_nothing() {
    let world = World::new();
    let id = lived(&world, "1", "Công văn", &["fetch", "03", "06"]).await;
    for (retention, days) in [
        (Retention::default(), 20_000),
        (retention(), -1),
        (retention(), 29),
    ] {
        world.clock.set(now().plus_secs(days * DAY));
        assert_eq!(world.clock.now(), now().plus_secs(days * DAY));
        let stop = CancellationToken::new();
        let keeping = Keeping::new(Arc::clone(&world.intake), Arc::new(retention), stop.clone());
        let running = tokio::spawn(keeping.run());
        tokio::time::pause();
        tokio::time::sleep(Duration::from_secs(72 * 3600)).await;
        stop.cancel();
        running.await.expect("ended");
        tokio::time::resume();
        assert!(!is_dropped(&world, id), "{days}");
    }
}
