//! Tests of the module above.

use super::*;
use unicode_normalization::UnicodeNormalization;

const GOOD: &str = r#"{"number":"12","notation":"STC-VP","promulgated":"2026-11-23",
    "type":"Công văn","subject":"Về dự toán quý I","urgency":"normal","secrecy":"none",
    "signer":{"name":"Trần Thị An","position":"Giám đốc","competence":"KT."},
    "recipients":[{"unit":"H53.7.1"}],"paper_follows":false,"due":null,"responds_to":[],
    "updates":null,"replaces":null,"files":[{"name":"12.pdf","role":"main"},
    {"name":"12.p7s","role":"signature","of":"12.pdf"}]}"#;

fn pointer(from: &str, to: &str) -> String {
    let json = GOOD.replacen(from, to, 1);
    assert_ne!(json, GOOD, "the replacement must change something");
    Envelope::parse(json.as_bytes())
        .expect_err("must be refused")
        .pointer
}

#[test]
fn a_good_envelope_is_read() {
    let envelope = Envelope::parse(GOOD.as_bytes()).expect("good");
    assert_eq!(envelope.subject, "Về dự toán quý I");
    assert_eq!(envelope.files[1].of, Some(0));
}

#[test]
fn every_mistake_names_its_pointer() {
    let table = [
        (r#""number":"12""#, r#""number":"""#, "/number"),
        (r#""number":"12""#, r#""number":12"#, "/number"),
        ("2026-11-23", "23/11/2026", "/promulgated"),
        ("2026-11-23", "2026-02-30", "/promulgated"),
        (r#""normal""#, r#""fast""#, "/urgency"),
        (
            r#"{"unit":"H53.7.1"}"#,
            r#"{"unit":"h53"}"#,
            "/recipients/0/unit",
        ),
        (r#"{"unit":"H53.7.1"}"#, "", "/recipients"),
        (
            r#"{"unit":"H53.7.1"}"#,
            r#"{"unit":"H53"},{"unit":"H53"}"#,
            "/recipients/1/unit",
        ),
        (r#""role":"main""#, r#""role":"annex""#, "/files"),
        (r#""of":"12.pdf""#, r#""of":"13.pdf""#, "/files/1/of"),
        (r#""of":"12.pdf""#, r#""of":"12.p7s""#, "/files/1/of"),
        (
            r#""name":"12.pdf""#,
            r#""name":"../12.pdf""#,
            "/files/0/name",
        ),
        (r#""due":null"#, r#""due":null,"due":null"#, ""),
        (r#""due":null"#, r#""late":null"#, "/late"),
    ];
    for (from, to, expected) in table {
        assert_eq!(pointer(from, to), expected, "{from} -> {to}");
    }
}

#[test]
fn composed_and_decomposed_text_is_the_same_content() {
    let unit = UnitCode::parse("H53").expect("code");
    let nfc = Envelope::parse(GOOD.as_bytes()).expect("good");
    let decomposed: String = GOOD.nfd().collect();
    assert_ne!(decomposed, GOOD);
    let nfd = Envelope::parse(decomposed.as_bytes()).expect("good");
    assert_eq!(
        nfc.content_digest(&unit, &[]),
        nfd.content_digest(&unit, &[])
    );
}

#[test]
fn every_field_makes_another_content_and_order_counts() {
    let unit = UnitCode::parse("H53").expect("code");
    let digest = |json: &str, files: &[Digest]| {
        Envelope::parse(json.as_bytes())
            .expect("good")
            .content_digest(&unit, files)
    };
    let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
    let mut seen = vec![
        digest(GOOD, &[]),
        digest(GOOD, &[one, two]),
        digest(GOOD, &[two, one]),
    ];
    let id = r#""01a20ff2-ace2-74b6-a68d-bc3976d819b2""#;
    for (from, to) in [
        (r#""number":"12""#, r#""number":"13""#.to_owned()),
        ("STC-VP", "STC".to_owned()),
        ("2026-11-23", "2026-11-24".to_owned()),
        ("Công văn", "Thông báo".to_owned()),
        ("quý I", "quý II".to_owned()),
        (r#""normal""#, r#""urgent""#.to_owned()),
        ("Trần Thị An", "Trần Thị Bình".to_owned()),
        ("Giám đốc", "Phó Giám đốc".to_owned()),
        ("KT.", "TL.".to_owned()),
        ("H53.7.1", "H53.7.2".to_owned()),
        (
            r#""paper_follows":false"#,
            r#""paper_follows":true"#.to_owned(),
        ),
        (r#""due":null"#, r#""due":"2026-12-01""#.to_owned()),
        (r#""responds_to":[]"#, r#""responds_to":["1/A"]"#.to_owned()),
        (
            r#""responds_to":[]"#,
            r#""responds_to":["1/","A"]"#.to_owned(),
        ),
        (r#""updates":null"#, format!(r#""updates":{id}"#)),
        (r#""replaces":null"#, format!(r#""replaces":{id}"#)),
        (
            r#""replaces":null"#,
            r#""replaces":["0193f5a0-0000-7000-8000-000000000002","0193f5a0-0000-7000-8000-000000000003"]"#.to_owned(),
        ),
        (r#""12.p7s""#, r#""13.p7s""#.to_owned()),
    ] {
        let changed = GOOD.replacen(from, &to, 1);
        assert_ne!(changed, GOOD, "{from}");
        seen.push(digest(&changed, &[]));
    }
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), all);
    // Fixed for ever: documents in the log are found again under it.
    let known = digest(GOOD, &[one, two]);
    assert_eq!(known.to_hex().get(..16), Some("31c556fd2102c3f7"));
}

#[test]
fn replaced_documents_are_one_or_a_list_without_repetition() {
    let (one, two) = (
        "0193f5a0-0000-7000-8000-000000000001",
        "0193f5a0-0000-7000-8000-000000000002",
    );
    let parse = |replaces: &str| {
        let json = GOOD.replacen(
            r#""replaces":null"#,
            &format!(r#""replaces":{replaces}"#),
            1,
        );
        let read = Envelope::parse(json.as_bytes());
        read.map(|e| e.replaces.len()).map_err(|e| e.pointer)
    };
    let ten: Vec<String> = (10..21).map(|n| format!("\"{}{n}\"", &one[..34])).collect();
    for (given, expected) in [
        ("null".to_owned(), Ok(0)),
        ("[]".to_owned(), Ok(0)),
        (format!("\"{one}\""), Ok(1)),
        (format!("[\"{one}\",\"{two}\"]"), Ok(2)),
        (
            format!("[\"{one}\",\"{one}\"]"),
            Err("/replaces/1".to_owned()),
        ),
        ("[\"x\"]".to_owned(), Err("/replaces/0".to_owned())),
        ("7".to_owned(), Err("/replaces".to_owned())),
        (format!("[{}]", ten.join(",")), Err("/replaces".to_owned())),
    ] {
        assert_eq!(parse(&given), expected, "{given}");
    }
}
