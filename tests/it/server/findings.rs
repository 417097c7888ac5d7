//! Findings: opened and closed by those who administer, read by the unit that they are of.

use super::schema::conforms;
use super::world::{OTHER, RECIPIENT, SENDER, World};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lienthong::client::findings::{
    CloseRequest, EvidenceFileRequest, FindingContentView, FindingsQuery, OpenRequest,
};
use lienthong::http::findings::{close, list, open, show};
use lienthong::http::problem::Problem;
use lienthong::model::{Digest, DocumentId, Language, Timestamp};
use serde_json::Value;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("time")
}

/// From what the sender's documents lack of both signatures.
fn asked() -> OpenRequest {
    OpenRequest {
        unit: SENDER.to_owned(),
        measure: Some("both_signed".to_owned()),
        period: Some("2026-11".to_owned()),
        missing: true,
        wrong: "Thiếu chữ ký người có thẩm quyền".to_owned(),
        remedy: "Ký lại và gửi lại".to_owned(),
        owner: "Chánh Văn phòng".to_owned(),
        due: "2026-12-01".to_owned(),
        staff: Some("Thanh tra".to_owned()),
        ..OpenRequest::default()
    }
}

/// The code of a problem, and the first place that it names.
fn told<T>(outcome: Result<T, Problem>) -> (String, String) {
    let Err(problem) = outcome else {
        panic!("not refused");
    };
    let view = problem.view(Language::En, "");
    assert!(!view.detail.is_empty() && !view.title.is_empty());
    let place = view.errors.first().map(|field| field.pointer.clone());
    (view.code, place.unwrap_or_default())
}

async fn sent(world: &World, number: &str) -> DocumentId {
    let answer = world.post(SENDER, &world.document(number)).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    DocumentId::parse(&answer.text("id")).expect("an id")
}

fn id(view: &FindingContentView) -> DocumentId {
    DocumentId::parse(&view.finding.id).expect("an id")
}

#[tokio::test]
async fn a_finding_names_what_the_figure_lacks_and_only_its_unit_reads_it() {
    let world = World::new();
    let none = told(open(&world.intake, &asked()).await);
    assert_eq!(
        none,
        ("bad_body".into(), "/documents".into()),
        "a figure of nothing"
    );
    let (one, two) = (sent(&world, "12").await, sent(&world, "13").await);
    let view = open(&world.intake, &asked()).await.expect("opened");
    let mut named: Vec<&str> = view
        .items
        .iter()
        .map(|item| item.reference.as_str())
        .collect();
    let mut expected = [one.to_string(), two.to_string()];
    named.sort_unstable();
    expected.sort();
    assert_eq!(named, expected);
    let figure = view.finding.figure.as_ref().expect("a figure");
    assert_eq!((figure.total, view.finding.documents), (2, 2));
    assert_eq!(
        figure.command,
        "lienthong rates documents --unit H53.1 --measure both_signed --missing --period 2026-11"
    );
    // What came later is not of this finding.
    sent(&world, "14").await;
    let path = format!("/v1/findings/{}", view.finding.id);
    let shown = world.get(SENDER, &path).await.json();
    conforms("Finding", &shown).expect("as described");
    assert_eq!(shown["items"].as_array().expect("items").len(), 2);
    let number = shown["items"][0]["number"].as_str().unwrap_or_default();
    assert!(["12", "13"].contains(&number), "{shown}");
    assert_eq!(shown["wrong"], view.finding.wrong.as_str());
    assert_eq!(shown["state"], "open");
    let listed = world.get(SENDER, "/v1/findings?open=true").await.json();
    conforms("Findings", &listed).expect("as described");
    assert_eq!(listed["items"].as_array().expect("items").len(), 1);
    for other in [RECIPIENT, OTHER] {
        assert_eq!(world.get(other, &path).await.status, StatusCode::NOT_FOUND);
        let listed = world.get(other, "/v1/findings").await.json();
        assert_eq!(listed["items"], Value::Array(Vec::new()));
        let foreign = world.get(other, "/v1/findings?unit=H53.1").await;
        assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    }
    // Nobody opens or closes over the exchange listener.
    let post = world.post_json(SENDER, "/v1/findings", "{}").await;
    assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED);
    let post = world
        .post_json(SENDER, &format!("{path}/close"), "{}")
        .await;
    assert_eq!(post.status, StatusCode::NOT_FOUND);
    world.clock.set(at("2026-12-05T08:00:00+07:00"));
    let late = world.get(SENDER, "/v1/findings?overdue=true").await.json();
    assert_eq!(late["items"][0]["days_late"], 4);
    assert_eq!(late["items"][0]["state"], "overdue");
    for wrong in [
        "overdue=yes",
        "after=x",
        "limit=0",
        "unit=x",
        "more=1",
        "open=true&after=2026",
    ] {
        let answer = world.get(SENDER, &format!("/v1/findings?{wrong}")).await;
        assert_eq!(answer.text("code"), "bad_query", "{wrong}");
    }
    assert_eq!(
        world.get(SENDER, "/v1/findings/x").await.status,
        StatusCode::NOT_FOUND
    );
}

#[allow(clippy::too_many_lines, reason = "a list of what is refused")]
#[tokio::test]
async fn what_cannot_be_a_finding_is_refused_at_its_place() {
    let world = World::new();
    let document = sent(&world, "12").await.to_string();
    let by_name = OpenRequest {
        measure: None,
        period: None,
        missing: false,
        documents: vec![document.clone()],
        ..asked()
    };
    let refused: [(&str, OpenRequest); 17] = [
        (
            "/unit",
            OpenRequest {
                unit: "H99".into(),
                ..asked()
            },
        ),
        (
            "/unit",
            OpenRequest {
                unit: "x\r\ny".into(),
                ..asked()
            },
        ),
        (
            "/due",
            OpenRequest {
                due: "2026-11-23".into(),
                ..asked()
            },
        ),
        (
            "/due",
            OpenRequest {
                due: "2036-12-31".into(),
                ..asked()
            },
        ),
        (
            "/due",
            OpenRequest {
                due: "soon".into(),
                ..asked()
            },
        ),
        (
            "/measure",
            OpenRequest {
                measure: Some("nothing".into()),
                ..asked()
            },
        ),
        (
            "/measure",
            OpenRequest {
                measure: Some("offered".into()),
                ..asked()
            },
        ),
        (
            "/period",
            OpenRequest {
                period: Some("2026-13".into()),
                ..asked()
            },
        ),
        (
            "/wrong",
            OpenRequest {
                wrong: " \u{200b}".into(),
                ..asked()
            },
        ),
        (
            "/remedy",
            OpenRequest {
                remedy: "x".repeat(4001),
                ..asked()
            },
        ),
        (
            "/owner",
            OpenRequest {
                owner: "x".repeat(201),
                ..asked()
            },
        ),
        (
            "/documents",
            OpenRequest {
                documents: vec![document.clone()],
                ..asked()
            },
        ),
        (
            "/documents",
            OpenRequest {
                documents: Vec::new(),
                ..by_name.clone()
            },
        ),
        (
            "/documents",
            OpenRequest {
                documents: vec![document.clone(); 10_000],
                ..by_name.clone()
            },
        ),
        (
            "/documents/0",
            OpenRequest {
                documents: vec!["0193-x".into()],
                ..by_name.clone()
            },
        ),
        (
            "/documents/1",
            OpenRequest {
                documents: vec![document.clone(), DocumentId::FIRST.next().to_string()],
                ..by_name.clone()
            },
        ),
        (
            "/documents/1",
            OpenRequest {
                documents: vec![document.clone(), format!("{document}@H53.3")],
                ..by_name.clone()
            },
        ),
    ];
    for (place, request) in refused {
        let (code, found) = told(open(&world.intake, &request).await);
        assert_eq!(
            (code.as_str(), found.as_str()),
            ("bad_body", place),
            "{request:?}"
        );
    }
    assert!(
        list(&world.intake, &FindingsQuery::default(), None)
            .expect("read")
            .items
            .is_empty()
    );
    // Once each, in every way that it can be named.
    let many = OpenRequest {
        documents: vec![
            document.clone(),
            document.clone(),
            format!("{document}@{RECIPIENT}"),
            "12/STC-VP/2026".into(),
        ],
        due: "2026-11-24".into(),
        ..by_name
    };
    let view = open(&world.intake, &many).await.expect("opened");
    let kinds: Vec<&str> = view.items.iter().map(|item| item.kind.as_str()).collect();
    assert_eq!(kinds, ["document", "delivery", "register"]);
    assert!(view.finding.figure.is_none());
}

fn closing(evidence: &[&str]) -> CloseRequest {
    CloseRequest {
        evidence: evidence.iter().map(|&text| text.to_owned()).collect(),
        said: "Đã ký lại và gửi lại".to_owned(),
        ..CloseRequest::default()
    }
}

#[tokio::test]
async fn a_finding_is_closed_only_with_evidence_that_exists() {
    let world = World::new();
    let first = sent(&world, "12").await;
    let view = open(&world.intake, &asked()).await.expect("opened");
    let again = sent(&world, "12bis").await.to_string();
    let finding = id(&view);
    let refused = [
        (closing(&[]), "evidence_required"),
        (
            closing(&[&DocumentId::FIRST.next().to_string()]),
            "evidence_unknown",
        ),
        (closing(&["receipt:99999"]), "evidence_unknown"),
        (closing(&["statement:2026-11"]), "evidence_unknown"),
        (closing(&["statement:2026-11/1"]), "evidence_unknown"),
        (closing(&[&again, "receipt:99999"]), "evidence_unknown"),
        (
            closing(&[&format!("sha256:{}", Digest::of(b"x").to_hex())]),
            "evidence_unknown",
        ),
        (closing(&["receipt:-1"]), "bad_body"),
        (closing(&["sha256:00"]), "bad_body"),
        (closing(&["statement:yesterday"]), "bad_body"),
        (closing(&["word of honour"]), "bad_body"),
        (
            CloseRequest {
                said: " ".into(),
                ..closing(&[&again])
            },
            "bad_body",
        ),
        (
            CloseRequest {
                files: vec![file("a.pdf", b"")],
                ..closing(&[])
            },
            "bad_body",
        ),
        (
            CloseRequest {
                files: vec![EvidenceFileRequest {
                    name: "a".into(),
                    content: "?".into(),
                }],
                ..closing(&[])
            },
            "bad_body",
        ),
        (closing(&vec![again.as_str(); 101]), "bad_body"),
    ];
    for (request, code) in refused {
        let (found, _) = told(close(&world.intake, finding, &request).await);
        assert_eq!(found, code, "{request:?}");
        let now = show(&world.intake, finding, None).expect("there").finding;
        assert_eq!(now.state, "open");
    }
    let (code, _) = told(close(&world.intake, first, &closing(&[&again])).await);
    assert_eq!(code, "not_found", "a document is no finding");
    let good = CloseRequest {
        files: vec![file("bien-ban.pdf", b"%PDF-1.7 signed")],
        staff: Some("Thanh tra".into()),
        ..closing(&[&again, &again])
    };
    let closed = close(&world.intake, finding, &good).await.expect("closed");
    let end = closed.closed.expect("an end");
    assert_eq!(end.evidence.len(), 2);
    assert_eq!(end.evidence[0].value, again);
    let kept = &end.evidence[1];
    let digest = Digest::of(b"%PDF-1.7 signed");
    assert_eq!(
        (kept.value.clone(), kept.name.as_deref()),
        (digest.to_hex(), Some("bien-ban.pdf"))
    );
    let body = world
        .intake
        .tools()
        .vault
        .open(&digest)
        .expect("read")
        .expect("kept");
    assert_eq!(body.bytes(), b"%PDF-1.7 signed");
    let (code, _) = told(close(&world.intake, finding, &good).await);
    assert_eq!(code, "finding_closed");
    let open_ones = FindingsQuery {
        open: Some("true".into()),
        ..FindingsQuery::default()
    };
    assert!(
        list(&world.intake, &open_ones, None)
            .expect("read")
            .items
            .is_empty()
    );
    let shown = world
        .get(SENDER, &format!("/v1/findings/{finding}"))
        .await
        .json();
    conforms("Finding", &shown).expect("as described");
    assert_eq!(shown["state"], "closed");
    // A file that is kept is evidence of another finding, too.
    let other = open(&world.intake, &asked()).await.expect("opened");
    let by_digest = closing(&[&format!("sha256:{}", digest.to_hex())]);
    close(&world.intake, id(&other), &by_digest)
        .await
        .expect("closed");
}

fn file(name: &str, bytes: &[u8]) -> EvidenceFileRequest {
    EvidenceFileRequest {
        name: name.to_owned(),
        content: STANDARD.encode(bytes),
    }
}

#[tokio::test]
async fn a_receipt_and_a_statement_are_evidence_once_they_are_there() {
    let world = World::new();
    let document = sent(&world, "12").await;
    let receipts = format!("/v1/documents/{document}/receipts");
    let answer = world.get(SENDER, &receipts).await.json();
    let position = answer["items"][0]["position"].as_u64().expect("a position");
    let view = open(&world.intake, &asked()).await.expect("opened");
    let by_receipt = closing(&[&format!("receipt:{position}")]);
    close(&world.intake, id(&view), &by_receipt)
        .await
        .expect("closed");
    let view = open(&world.intake, &asked()).await.expect("opened");
    world.clock.set(at("2026-12-02T00:00:00+07:00"));
    let november = lienthong::model::Period::parse("2026-11").expect("a period");
    world.intake.close_period(november).await.expect("closed");
    let (code, _) = told(close(&world.intake, id(&view), &closing(&["statement:2026-11/2"])).await);
    assert_eq!(code, "evidence_unknown");
    let closed = close(&world.intake, id(&view), &closing(&["statement:2026-11"])).await;
    let end = closed.expect("closed").closed.expect("an end");
    assert_eq!(end.evidence[0].value, "2026-11/1");
}

#[tokio::test]
async fn lists_are_read_in_pages() {
    let world = World::new();
    sent(&world, "12").await;
    let mut ids = Vec::new();
    for n in 0..7 {
        // Identifiers sort by time.
        world
            .clock
            .set(at("2026-11-24T08:00:00+07:00").plus_secs(n));
        let request = OpenRequest {
            due: format!("2026-12-{:02}", 20 - n),
            ..asked()
        };
        ids.push(
            open(&world.intake, &request)
                .await
                .expect("opened")
                .finding
                .id,
        );
    }
    for (open, expected) in [
        (None, ids.clone()),
        (Some("true"), ids.iter().rev().cloned().collect()),
    ] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let query = FindingsQuery {
                open: open.map(str::to_owned),
                after: after.take(),
                limit: Some("3".into()),
                ..FindingsQuery::default()
            };
            let page = list(&world.intake, &query, None).expect("read");
            assert!(page.items.len() <= 3);
            found.extend(page.items.into_iter().map(|one| one.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected);
    }
}
