//! Bad input: each kind gets a clear problem with its code, its place and what to do next.

use super::world::{
    BOUNDARY, Form, OTHER, RECIPIENT, SENDER, World, content_digest, envelope, now,
};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use lienthong::forge::xml::{Plan, Reference};
use lienthong::http::v1::{OPENAPI, ROUTES};

fn check(name: &str, answer: &super::world::Answer, status: u16, code: &str) {
    assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.json());
    assert_eq!(
        answer.headers["content-type"], "application/problem+json",
        "{name}"
    );
    let json = answer.json();
    assert_eq!(json["code"], code, "{name}: {json}");
    assert_eq!(json["status"], status, "{name}");
    let detail = json["detail"].as_str().unwrap_or_default();
    assert!(detail.len() > 10, "{name} says what to do next: {json}");
    assert!(!detail.starts_with("problem-"), "{name}: {json}");
    for error in json["errors"].as_array().into_iter().flatten() {
        let detail = error["detail"].as_str().unwrap_or_default();
        assert!(!detail.starts_with("field-"), "{name}: {json}");
    }
    assert_eq!(
        json["request_id"],
        answer.headers["x-request-id"].to_str().unwrap_or("")
    );
}

#[tokio::test]
async fn every_bad_form_names_what_is_wrong_and_where() {
    let world = World::with_limits(64 << 20, 4096);
    let good = envelope("12");
    let good = good.as_bytes();
    let text = b"text".as_slice();
    let lie = content_digest(b"other");
    let form = Form::new;
    let unclosed = |form: Form| Form {
        closed: false,
        ..form
    };
    let raw = |body: &[u8]| Form {
        body: body.to_vec(),
        ..Form::new()
    };
    let big = vec![7u8; 5000];
    let table: Vec<(&str, Form, u16, &str, &str)> = vec![
        ("empty form", form(), 400, "envelope_missing", ""),
        ("empty body", unclosed(form()), 400, "truncated", ""),
        (
            "no boundary",
            raw(b"hello world, this is no form at all"),
            400,
            "bad_multipart",
            "",
        ),
        (
            "another type",
            form().header("content-type", "text/plain"),
            415,
            "unsupported_media_type",
            "",
        ),
        (
            "no boundary named",
            form().header("content-type", "multipart/form-data"),
            400,
            "bad_multipart",
            "",
        ),
        (
            "file first",
            form().part("file", text),
            400,
            "envelope_missing",
            "file",
        ),
        (
            "envelope broken off",
            unclosed(form().part("envelope", b"{}")),
            400,
            "truncated",
            "",
        ),
        (
            "not JSON",
            form().part("envelope", b"{"),
            400,
            "bad_envelope",
            "",
        ),
        (
            "unknown field",
            form().part(
                "envelope",
                envelope("12")
                    .replace("\"subject\"", "\"x\":1,\"subject\"")
                    .as_bytes(),
            ),
            400,
            "bad_envelope",
            "/x",
        ),
        (
            "repeated recipient",
            form().part(
                "envelope",
                envelope("12")
                    .replace("[{\"unit\"", "[{\"unit\":\"H53.2\"},{\"unit\"")
                    .as_bytes(),
            ),
            400,
            "bad_envelope",
            "/recipients/1/unit",
        ),
        (
            "unknown recipient",
            form().part(
                "envelope",
                envelope("12").replace(RECIPIENT, "H99").as_bytes(),
            ),
            400,
            "unknown_recipient",
            "/recipients/0/unit",
        ),
        (
            "a day that lies far ahead",
            form().part(
                "envelope",
                envelope("12")
                    .replace("2026-11-23", "2026-12-26")
                    .as_bytes(),
            ),
            400,
            "bad_envelope",
            "/promulgated",
        ),
        (
            "the sender itself",
            form().part(
                "envelope",
                envelope("12").replace(RECIPIENT, SENDER).as_bytes(),
            ),
            400,
            "recipient_is_sender",
            "/recipients/0/unit",
        ),
        (
            "huge envelope",
            form().part("envelope", &vec![b' '; 300 << 10]),
            413,
            "too_large",
            "",
        ),
        (
            "no file",
            form().part("envelope", good),
            400,
            "file_missing",
            "/files/0",
        ),
        (
            "one file of two",
            form().part("envelope", good).part("file", text),
            400,
            "file_missing",
            "/files/1",
        ),
        (
            "another part",
            form().part("envelope", good).part("tep", text),
            400,
            "part_unexpected",
            "/files/0",
        ),
        (
            "one part too many",
            form()
                .part("envelope", good)
                .part("file", text)
                .part("file", text)
                .part("file", text),
            400,
            "part_unexpected",
            "file",
        ),
        (
            "an empty file",
            form()
                .part("envelope", good)
                .part("file", b"")
                .part("file", text),
            400,
            "file_empty",
            "/files/0",
        ),
        (
            "a file too large",
            form()
                .part("envelope", good)
                .part("file", &big)
                .part("file", text),
            413,
            "file_too_large",
            "/files/0",
        ),
        (
            "a file broken off",
            unclosed(form().part("envelope", good).part("file", text)),
            400,
            "truncated",
            "",
        ),
        (
            "a lying digest",
            form()
                .part("envelope", good)
                .part_with("file", &lie, text)
                .part("file", text),
            400,
            "digest_mismatch",
            "/files/0",
        ),
        (
            "a lying digest of the envelope",
            form().part_with("envelope", &lie, good),
            400,
            "digest_mismatch",
            "envelope",
        ),
        (
            "a broken digest",
            form().part("envelope", good).part_with(
                "file",
                "Content-Digest: sha-256=nonsense\r\n",
                text,
            ),
            400,
            "bad_digest",
            "/files/0",
        ),
        (
            "another algorithm",
            form()
                .part("envelope", good)
                .part_with("file", "Content-Digest: md5=:AAAA:\r\n", text),
            400,
            "bad_digest",
            "/files/0",
        ),
        (
            "an empty key",
            form().part("envelope", good).header("idempotency-key", " "),
            400,
            "bad_key",
            "Idempotency-Key",
        ),
        (
            "a long key",
            form()
                .part("envelope", good)
                .header("idempotency-key", &"k".repeat(300)),
            400,
            "bad_key",
            "Idempotency-Key",
        ),
        (
            "a long header",
            form().header("x-long", &"k".repeat(20_000)),
            431,
            "head_too_large",
            "",
        ),
    ];
    for (name, form, status, code, pointer) in table {
        let answer = world.post(SENDER, &form).await;
        check(name, &answer, status, code);
        if !pointer.is_empty() {
            assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{name}");
        }
    }
    // None of them is an event.
    assert!(world.get(SENDER, "/v1/outbox").await.json()["items"][0].is_null());
}

#[tokio::test]
async fn every_unknown_recipient_is_named() {
    let world = World::new();
    let list = r#"[{"unit":"H98"},{"unit":"H53.3"},{"unit":"H99"}]"#;
    let envelope = envelope("12").replace(r#"[{"unit":"H53.2"}]"#, list);
    let form = Form::new().part("envelope", envelope.as_bytes());
    let answer = world.post(SENDER, &form);
    let json = answer.await.json();
    let pointers: Vec<&str> = json["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .filter_map(|e| e["pointer"].as_str())
        .collect();
    assert_eq!(pointers, ["/recipients/0/unit", "/recipients/2/unit"]);
}

#[tokio::test]
async fn a_slow_body_is_given_up() {
    let world = World::new();
    let head = format!("--{BOUNDARY}\r\n");
    let stuck = futures_util::stream::once(async move { Ok::<_, std::io::Error>(head) });
    let stuck = futures_util::StreamExt::chain(stuck, futures_util::stream::pending());
    let request = Request::post("/v1/documents")
        .header(
            "content-type",
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )
        .body(Body::from_stream(stuck))
        .expect("request");
    let answer = world.send(SENDER, request).await;
    check("slow", &answer, 408, "timeout");
}

#[tokio::test]
async fn only_a_bound_certificate_of_the_transport_ca_speaks_for_a_unit() {
    let mut world = World::new();
    let table = [
        ("NOBODY", 401, "not_authenticated"),
        ("FOREIGN", 403, "certificate_unknown"),
        ("UNBOUND", 403, "not_bound"),
    ];
    for (client, status, code) in table {
        check(client, &world.get(client, "/v1/inbox").await, status, code);
    }
    assert_eq!(world.get(OTHER, "/v1/inbox").await.status, StatusCode::OK);
    // A document-signing key is no transport identity, and the certificate's end is the end.
    let key = world.key_of(OTHER);
    let edit = |role| {
        move |bindings: &mut Vec<lienthong::registry::Binding>| {
            for binding in bindings.iter_mut().filter(|b| b.keys.subject == key) {
                binding.role = role;
            }
        }
    };
    world.change(|bindings, _, _| edit(lienthong::registry::Role::Agency)(bindings));
    check(
        "agency",
        &world.get(OTHER, "/v1/inbox").await,
        403,
        "not_bound",
    );
    world.change(|bindings, _, _| edit(lienthong::registry::Role::Transport)(bindings));
    world.clock.set(now().plus_secs(366 * 86_400));
    check(
        "expired",
        &world.get(OTHER, "/v1/inbox").await,
        403,
        "certificate_expired",
    );
}

#[tokio::test]
async fn others_documents_are_not_there_and_bad_questions_are_explained() {
    let world = World::new();
    let sent = world.post(SENDER, &world.document("12")).await;
    let id = sent.text("id");
    let path = format!("/v1/documents/{id}");
    let unknown = "/v1/documents/01890a5d-ac96-774b-bcce-b302099a8057";
    let table: Vec<(Method, String, &str, u16, &str)> = vec![
        (Method::GET, path.clone(), "", 404, "not_found"),
        (Method::GET, format!("{path}/files/1"), "", 404, "not_found"),
        (
            Method::GET,
            format!("{path}/receipts"),
            "",
            404,
            "not_found",
        ),
        (Method::GET, format!("{path}/report"), "", 404, "not_found"),
        (
            Method::POST,
            format!("{path}/answers"),
            r#"{"status":"03"}"#,
            404,
            "not_found",
        ),
        (Method::GET, unknown.into(), "", 404, "not_found"),
        (
            Method::GET,
            "/v1/documents/../../etc".into(),
            "",
            404,
            "not_found",
        ),
        (Method::GET, "/v1/nothing".into(), "", 404, "not_found"),
        (
            Method::PUT,
            "/v1/inbox".into(),
            "",
            405,
            "method_not_allowed",
        ),
        (
            Method::GET,
            "/v1/inbox?limit=0".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/inbox?limit=1000".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/inbox?wait=61".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/inbox?after=x%0d%0a".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/inbox?unknown=1".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/rates?period=2026-13".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/rates?unit=h53".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/registers/outgoing?period=2026-13".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/registers/incoming?after=zz".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/search?from=2026-11-31".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/search?from=1990-01-01".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/search?agency=h53".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/rates/documents".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/rates/documents?measure=offered&missing=true".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::GET,
            "/v1/rates/documents?measure=offered&after=00".into(),
            "",
            400,
            "bad_query",
        ),
        (
            Method::POST,
            format!("{path}/answers"),
            "{",
            400,
            "bad_body",
        ),
        (
            Method::POST,
            format!("{path}/answers"),
            r#"{"status":"99"}"#,
            400,
            "unknown_status",
        ),
        (
            Method::POST,
            format!("{path}/answers"),
            r#"{"status":"02","reason":" "}"#,
            400,
            "reason_required",
        ),
        // A no that a sender, and an administrator, would have to guess at.
        (
            Method::POST,
            format!("{path}/answers"),
            r#"{"status":"16"}"#,
            400,
            "reason_required",
        ),
        (Method::POST, "/v1/verify".into(), "", 400, "file_empty"),
    ];
    for (method, path, body, status, code) in table {
        let name = format!("{method} {path} {body}");
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::from(body))
            .expect("request");
        check(&name, &world.send(OTHER, request).await, status, code);
    }
    let large = "x".repeat(100_000);
    let answer = world
        .post_json(RECIPIENT, &format!("{path}/answers"), &large)
        .await;
    check("large", &answer, 413, "too_large");
}

#[tokio::test]
async fn problems_speak_the_language_asked_for() {
    let world = World::new();
    for (asked, expected) in [
        ("en", "Not found"),
        ("vi", "Không tìm thấy"),
        ("fr", "Không tìm thấy"),
    ] {
        let request = Request::get("/v1/nothing").header("accept-language", asked);
        let answer = world.send(SENDER, request.body(Body::empty()).expect("request"));
        assert_eq!(answer.await.text("title"), expected, "{asked}");
    }
}

#[test]
fn the_description_lists_every_route() {
    let described: serde_json::Value = serde_json::from_str(OPENAPI).expect("JSON");
    let paths = described["paths"].as_object().expect("paths");
    for (path, method) in ROUTES {
        let operation = &paths[*path][*method];
        assert!(operation["responses"].is_object(), "{method} {path}");
    }
    let listed: usize = paths
        .values()
        .filter_map(|p| p.as_object())
        .map(|p| p.keys().filter(|k| *k != "parameters").count())
        .sum();
    assert_eq!(
        listed,
        ROUTES.len(),
        "nothing is described that is not there"
    );
}

/// Good forms with bytes cut, doubled and flipped: every answer is an outcome or a problem of the
/// client's, never a fault, and nothing is taken twice.
#[tokio::test]
async fn mutilated_forms_never_end_in_a_fault() {
    let world = World::new();
    let mut seed: u64 = 0x5eed;
    let mut chance = move |below: usize| {
        // The generator of Knuth, MMIX: the same forms in every run.
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap_or(0) % below.max(1)
    };
    for round in 0..300 {
        let mut form = world.document("12");
        let body = &mut form.body;
        for _ in 0..=chance(3) {
            let at = chance(body.len());
            match chance(4) {
                0 => body.truncate(at),
                1 => body[at] ^= 1 << chance(8),
                2 => body.insert(at, u8::try_from(chance(256)).unwrap_or(0)),
                _ => {
                    let end = at + chance(body.len() - at);
                    let copy = body[at..end].to_vec();
                    body.splice(at..at, copy);
                }
            }
            if body.is_empty() {
                break;
            }
        }
        let answer = world.post(SENDER, &form).await;
        let status = answer.status.as_u16();
        assert!(status < 500, "round {round}: {}", answer.json());
        if status >= 400 && status != 422 {
            assert_eq!(
                answer.headers["content-type"], "application/problem+json",
                "{round}"
            );
        }
        let code = answer.json()["code"].clone();
        assert!(status != 404 && code != "not_found", "round {round}");
    }
}

/// An XML signature over two files finds them by their names, in whatever order they come.
#[tokio::test]
async fn several_contents_are_found_by_their_names() {
    let world = World::new();
    let mut plan = Plan::detached("a.txt", b"main");
    plan.references
        .push(Reference::to_file("phu%20luc.txt", b"annex"));
    let signature = plan.sign(&world.signer).expect("signed").text;
    let ask = async |contents: &[(&str, &[u8])]| {
        let mut form = Form::new().part("file", signature.as_bytes());
        for (name, bytes) in contents {
            form = form.file("content", name, bytes);
        }
        let mut request = form.request();
        *request.uri_mut() = "/v1/verify".parse().expect("path");
        world.send(SENDER, request).await
    };
    let (main, annex) = (("a.txt", &b"main"[..]), ("phu luc.txt", &b"annex"[..]));
    for contents in [[main, annex], [annex, main]] {
        let report = ask(&contents).await;
        let json = report.json();
        assert_eq!(report.text("indication"), "TOTAL-PASSED", "{json}");
    }
    for (contents, said) in [
        (vec![main], "SIGNED_DATA_NOT_FOUND"),
        (vec![main, ("khac.txt", b"annex")], "SIGNED_DATA_NOT_FOUND"),
        (vec![main, ("phu luc.txt", b"other")], "HASH_FAILURE"),
        (vec![main, annex, ("a.txt", b"main")], "FORMAT_FAILURE"),
    ] {
        let report = ask(&contents).await;
        assert_eq!(report.text("sub_indication"), said, "{}", report.json());
    }
    let many = vec![main; 101];
    check("many", &ask(&many).await, 400, "part_unexpected");
}

#[tokio::test]
async fn a_file_alone_is_reported_and_nothing_is_kept() {
    let world = World::new();
    let text = b"content".as_slice();
    let signature = world.signer.sign_detached(text, now()).expect("signed");
    let mut request = Form::new()
        .part("file", &signature)
        .part("content", text)
        .request();
    *request.uri_mut() = "/v1/verify".parse().expect("path");
    let report = world.send(SENDER, request).await;
    assert_eq!(report.status, StatusCode::OK);
    assert_eq!(
        report.text("indication"),
        "TOTAL-PASSED",
        "{}",
        report.json()
    );
    let inside = world.signer.sign_encapsulated(text, now()).expect("signed");
    let request = Request::post("/v1/verify").body(Body::from(inside));
    let report = world.send(SENDER, request.expect("request")).await;
    assert_eq!(report.text("format"), "cms", "{}", report.json());
    assert!(world.get(SENDER, "/v1/outbox").await.json()["items"][0].is_null());
}
