//! XML signatures that hold: each way to put them, each algorithm, and what the report says of them.

use super::world::*;
use crate::server::schema::conforms;
use lienthong::forge::xml::{Place, Plan, Reference, Transform, method};
use lienthong::forge::{KeyKind, Scheme};
use lienthong::format::content::Content;
use lienthong::format::xml::canonical::Form;
use lienthong::judge::report;
use lienthong::lang::report::{Context, Style};
use lienthong::model::Language;
use lienthong::model::ReasonCode as R;
use lienthong::model::SubIndication as S;
use lienthong::trust::algorithms::AlgorithmPolicy;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::report::{Coverage, FileFormat, FileReport, Integrity};
use lienthong::trust::validator::{Beside, Signed};

pub(crate) const LETTER: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<van-ban xmlns=\"urn:vb\" \
     Id=\"vb\"><!-- bản thảo --><so>12/UBND-VP</so><noi-dung Id=\"nd\">Về dự toán &amp; quyết \
     toán</noi-dung></van-ban>\n";

/// As the national format of invoices has it: the data beside rooms for signatures.
const INVOICE: &str = "<HDon><DLHDon Id=\"data\"><So>12</So></DLHDon>\
     <DSCKS><NBan></NBan><NMua/></DSCKS></HDon>";

pub(crate) fn judge(world: &World, text: &str) -> FileReport {
    let (validator, file) = (world.validator(), memory(text.as_bytes()));
    let cold = validator.judge_file(&file, None, NOW);
    let warm = validator.judge_file(&file, None, NOW);
    assert_eq!(cold, warm, "cold and cached judgements agree");
    assert_eq!(cold.format, FileFormat::Xml);
    cold
}

type Files<'a> = &'a [(&'a str, &'a dyn Content)];

fn coverage(report: &FileReport) -> Vec<Coverage> {
    report.signatures.iter().map(|s| s.coverage).collect()
}

#[test]
fn an_enveloped_signature_covers_the_whole_file() {
    for kind in [KeyKind::P256, KeyKind::Rsa2048, KeyKind::Ed25519] {
        let world = World::new(kind);
        let signed = Plan::enveloped(LETTER).sign(&world.signer).expect("signed");
        let mut input = world.input();
        if kind == KeyKind::Ed25519 {
            input.algorithms = AlgorithmPolicy::etsi();
        }
        let report = judge(&world, &signed.text);
        if kind == KeyKind::Ed25519 {
            // Whether the policy takes it is another question than whether it holds.
            assert_eq!(report.signatures[0].integrity, Integrity::Intact);
            continue;
        }
        assert_eq!(worst(&report), Some(PASSED), "{kind:?} {report:#?}");
        let [signature] = report.signatures.as_slice() else {
            panic!("one signature");
        };
        assert_eq!(signature.coverage, Coverage::WholeFile);
        assert_eq!(signature.issuer_key, Some(world.ca.key_digest()));
        assert_eq!((signature.path.len(), signature.evidence.len()), (2, 2));
        let [covered] = signature.covers.as_slice() else {
            panic!("one reference");
        };
        assert_eq!(covered.uri.as_deref(), Some(""));
        assert_eq!(covered.element.as_deref(), Some("van-ban"));
        let length = u64::try_from(signed.text.len()).expect("length");
        assert_eq!(covered.range, Some(0..length));
        assert_eq!(covered.transforms, ["enveloped-signature", "exc-c14n"]);
        assert_eq!(covered.algorithm, "SHA-256");
    }
}

#[test]
fn every_place_says_what_it_covers() {
    let world = World::new(KeyKind::P256);
    let exclusive = || vec![Transform::Canonical(method::exclusive())];
    let by_id = |uri: &str| {
        let steps = vec![
            Transform::Enveloped,
            Transform::Canonical(method::exclusive()),
        ];
        Plan::new(LETTER, Place::Last, vec![Reference::to(uri, steps)])
    };
    let filtered = |transform: Transform| {
        let steps = vec![transform, Transform::Canonical(method::exclusive())];
        Plan::new(LETTER, Place::Last, vec![Reference::to("", steps)])
    };
    let mut among = Plan::beside(INVOICE, "data");
    among.place = Place::At(INVOICE.find("</NBan>").expect("room"));
    let twin = INVOICE.replace("</HDon>", "<DLHDon><So>9</So></DLHDon></HDon>");
    let named = INVOICE.replace("<HDon>", "<HDon loai=\"thu hoi\">");
    let deeper = INVOICE.replace("<HDon>", "<HDon><ThuHoi>");
    let deeper = deeper.replace("</HDon>", "</ThuHoi></HDon>");
    let rows = [
        ("enveloped", Plan::enveloped(LETTER), Coverage::WholeFile),
        ("its root by Id", by_id("#vb"), Coverage::WholeFile),
        (
            "by XPointer",
            by_id("#xpointer(id('vb'))"),
            Coverage::WholeFile,
        ),
        (
            "the document by XPointer",
            by_id("#xpointer(/)"),
            Coverage::WholeFile,
        ),
        ("XPath", filtered(Transform::xpath()), Coverage::WholeFile),
        (
            "XPath Filter",
            filtered(Transform::filter()),
            Coverage::WholeFile,
        ),
        (
            "enveloping",
            Plan::enveloping("<a>1</a>"),
            Coverage::Encapsulated,
        ),
        ("a part", Plan::beside(LETTER, "nd"), Coverage::Part),
        (
            "beside rooms that hold none",
            Plan::beside(INVOICE, "data"),
            Coverage::Part,
        ),
        ("as invoices", among, Coverage::WholeFile),
        ("beside a twin", Plan::beside(&twin, "data"), Coverage::Part),
        (
            "in a named room",
            Plan::beside(&named, "data"),
            Coverage::Part,
        ),
        ("deeper", Plan::beside(&deeper, "data"), Coverage::Part),
    ];
    for (row, plan, expected) in rows {
        let signed = plan.sign(&world.signer).expect("signed");
        let report = judge(&world, &signed.text);
        assert_eq!(coverage(&report), [expected], "{row}");
        assert_eq!(report.signatures[0].integrity, Integrity::Intact, "{row}");
        let verdict = match expected == Coverage::Part {
            true => open(S::SigConstraintsFailure, R::ContentNotCovered),
            false => PASSED,
        };
        assert_eq!(worst(&report), Some(verdict), "{row}");
    }
    // An object that nobody signed beside one that is signed.
    let mut plan = Plan::enveloping("<a>1</a>");
    plan.objects
        .push("<ds:Object><b>2</b></ds:Object>".to_owned());
    plan.references[0].transforms = exclusive();
    let signed = plan.sign(&world.signer).expect("signed");
    assert_eq!(coverage(&judge(&world, &signed.text)), [Coverage::Part]);
}

#[test]
fn every_canonical_form_and_scheme_is_verified() {
    let world = World::new(KeyKind::Rsa2048);
    for form in [Form::Inclusive10, Form::Inclusive11, Form::Exclusive] {
        for comments in [false, true] {
            let mut canonical = method::plain(form);
            canonical.comments = comments;
            let steps = vec![
                Transform::Enveloped,
                Transform::Canonical(canonical.clone()),
            ];
            let place = Place::First;
            let mut plan = Plan::new(LETTER, place, vec![Reference::to("", steps)]);
            plan.canonical = canonical;
            let signed = plan.sign(&world.signer).expect("signed");
            let found = worst(&judge(&world, &signed.text));
            assert_eq!(found, Some(PASSED), "{form:?} {comments}");
        }
    }
    let mut plan = Plan::enveloped(LETTER);
    plan.scheme = Some(Scheme::PssSha256);
    let signed = plan.sign(&world.signer).expect("signed");
    assert_eq!(worst(&judge(&world, &signed.text)), Some(PASSED));
}

#[test]
fn a_detached_signature_covers_the_file_that_it_names() {
    let world = World::new(KeyKind::P256);
    let content = "Nội dung tờ trình".as_bytes();
    let signed = Plan::detached("t%E1%BB%9D tr%C3%ACnh.txt", content);
    let signed = signed.sign(&world.signer).expect("signed");
    let (signature, file, other) = (
        memory(signed.text.as_bytes()),
        memory(content),
        memory(b"another"),
    );
    let validator = world.validator();
    let beside = |files: &[(&str, &dyn Content)], of: Option<&dyn Content>| {
        let beside: Vec<Beside<'_>> = files
            .iter()
            .map(|(name, content)| Beside {
                name,
                content: *content,
                known: None,
            })
            .collect();
        let signed = Signed {
            content: &signature,
            detached: of,
            beside: &beside,
        };
        let report = validator.judge_files(&[signed], NOW).remove(0);
        (worst(&report).expect("a verdict"), coverage(&report)[0])
    };
    let (right, wrong) = ("tờ trình.txt", "khác.txt");
    let missing = open(S::SignedDataNotFound, R::ReferenceNotFound);
    let differs = failed(S::HashFailure, R::DigestMismatch);
    let part = open(S::SigConstraintsFailure, R::ContentNotCovered);
    let rows: [(Files<'_>, Option<&dyn Content>, Expected, Coverage); 8] = [
        (&[(right, &file)], Some(&file), PASSED, Coverage::Detached),
        (
            &[(right, &file), (wrong, &other)],
            Some(&file),
            PASSED,
            Coverage::Detached,
        ),
        (&[], Some(&file), PASSED, Coverage::Detached),
        (&[(right, &other)], Some(&other), differs, Coverage::Unclear),
        // The only file there is may have been renamed; among several another name is another file.
        (&[(wrong, &file)], Some(&file), PASSED, Coverage::Detached),
        (
            &[(wrong, &file), ("nữa.txt", &other)],
            Some(&file),
            missing,
            Coverage::Unclear,
        ),
        (&[], None, missing, Coverage::Unclear),
        // Said to sign one file, it signs another.
        (
            &[(right, &file), (wrong, &other)],
            Some(&other),
            part,
            Coverage::Part,
        ),
    ];
    for (row, (files, of, verdict, coverage)) in rows.into_iter().enumerate() {
        assert_eq!(beside(files, of), (verdict, coverage), "row {row}");
    }
}

#[test]
fn several_signatures_are_judged_each_for_itself() {
    let world = World::new(KeyKind::P256);
    let no_signatures = || {
        let steps = vec![
            Transform::xpath(),
            Transform::Canonical(method::exclusive()),
        ];
        vec![Reference::to("", steps)]
    };
    let plan = |text: &str, id: &str| Plan::new(text, Place::Last, no_signatures()).called(id);
    let first = plan(LETTER, "mot").sign(&world.signer).expect("signed");
    let both = plan(&first.text, "hai").sign(&world.other).expect("signed");
    let report = judge(&world, &both.text);
    assert_eq!(coverage(&report), [Coverage::WholeFile; 2]);
    assert_eq!(worst(&report), Some(PASSED));
    let names: Vec<_> = report.signatures.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["1", "2"]);
    let broken = both.text.replace("12/UBND", "13/UBND");
    let report = judge(&world, &broken);
    assert_eq!(
        worst(&report),
        Some(failed(S::HashFailure, R::DigestMismatch))
    );
}

#[test]
fn xml_without_a_signature_is_unsigned_and_what_is_not_read_is_not() {
    let world = World::new(KeyKind::P256);
    let report = judge(&world, LETTER);
    assert_eq!((report.signatures.len(), report.fault), (0, None));
    let rows = [
        ("<a><b></a>", open(S::FormatFailure, R::MalformedXml)),
        (
            "<a xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><b></a>",
            failed(S::FormatFailure, R::MalformedXml),
        ),
        (
            "<!DOCTYPE a><a xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>",
            failed(S::FormatFailure, R::DocumentType),
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(worst(&judge(&world, text)), Some(expected), "{text}");
    }
}

#[test]
fn a_signer_without_certificate_or_path_is_never_passed() {
    let world = World::new(KeyKind::P256);
    let mut plan = Plan::enveloped(LETTER);
    plan.key_info = Some(String::new());
    let signed = plan.sign(&world.signer).expect("signed");
    let none = open(S::NoSigningCertificateFound, R::SignerCertificateMissing);
    assert_eq!(worst(&judge(&world, &signed.text)), Some(none));
    let signed = Plan::enveloped(LETTER).sign(&world.signer).expect("signed");
    let stranger = validator(MaterialInput::default());
    let report = stranger.judge_file(&memory(signed.text.as_bytes()), None, NOW);
    assert_eq!(report.signatures[0].integrity, Integrity::Intact);
    assert_eq!(
        worst(&report).map(|(_, sub, _)| sub),
        Some(Some(S::NoCertificateChainFound))
    );
}

#[test]
fn the_report_says_what_is_covered_in_every_shape() {
    let world = World::new(KeyKind::P256);
    let signed = Plan::beside(INVOICE, "data")
        .sign(&world.signer)
        .expect("signed");
    let validator = world.validator();
    let file = memory(signed.text.as_bytes());
    let report = validator.judge_file(&file, None, NOW);
    let json = report::file(&report, file.digest(), (NOW, None), validator.material());
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    conforms("FileReport", &json).expect("the published shape");
    let signature = &json["signatures"][0];
    assert_eq!(signature["coverage"], "part");
    let covered = &signature["covers"][0];
    let from = signed.text.find("<DLHDon").expect("it");
    let until = signed.text.find("</DLHDon>").expect("it") + "</DLHDon>".len();
    assert_eq!(covered["uri"], "#data");
    assert_eq!(covered["element"], "DLHDon");
    assert_eq!(covered["range"], serde_json::json!([from, until]));
    assert_eq!(covered["transforms"], serde_json::json!(["exc-c14n"]));
    for (language, part, element) in [
        (Language::Vi, "chỉ một phần nội dung", "phần tử DLHDon"),
        (Language::En, "only a part", "element DLHDon"),
    ] {
        let style = Style {
            language,
            colour: false,
        };
        let context = Context {
            name: "hoa-don.xml",
            at: NOW,
            existed: None,
            anchors: true,
            units: &[],
        };
        let text = lienthong::lang::report::file(style, context, &report);
        for wanted in [part, element, &from.to_string(), &until.to_string()] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
    }
}
