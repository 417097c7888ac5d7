//! What lies beside that which was signed (attack catalogue X1): in another signature, in an element that
//! looks like properties, in what a transform leaves out. None of it is taken for signed.

use super::world::*;
use super::xml_good::{LETTER, judge};
use lienthong::forge::KeyKind;
use lienthong::forge::xml::{Place, Plan, Reference, Transform, method};
use lienthong::format::content::Content;
use lienthong::model::ReasonCode as R;
use lienthong::model::SubIndication as S;
use lienthong::trust::report::{Coverage, FileFormat, FileReport, Integrity};
use lienthong::trust::validator::{Beside, Signed};

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

fn exclusive() -> Vec<Transform> {
    vec![Transform::Canonical(method::exclusive())]
}

fn of(text: &str) -> String {
    text.replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "")
}

fn uncovered() -> Expected {
    open(S::SigConstraintsFailure, R::ContentNotCovered)
}

/// A signature of `a.txt` and, after a transform, of `b.xml`; judged as one of `a.txt`.
fn of_two(world: &World, transform: Transform, signed: &str, sent: &str) -> FileReport {
    let (a, b) = (memory(b"phu luc"), memory(sent.as_bytes()));
    let mut second = Reference::to_file("b.xml", signed.as_bytes());
    second.transforms = vec![transform];
    let mut plan = Plan::detached("a.txt", b"phu luc");
    plan.references.push(second);
    let text = plan.sign(&world.signer).expect("signed").text;
    let signature = memory(text.as_bytes());
    let beside = |name, content| Beside {
        name,
        content,
        known: None,
    };
    let content: &dyn Content = &a;
    let file = Signed {
        content: &signature,
        detached: Some(content),
        beside: &[beside("a.txt", &a), beside("b.xml", &b)],
    };
    world.validator().judge_signed(&file, NOW)
}

#[test]
fn a_file_of_which_something_is_left_out_is_not_covered() {
    let world = World::new(KeyKind::P256);
    let canonical = || Transform::Canonical(method::exclusive());
    let hidden = format!("<a>x<ds:Signature xmlns:ds=\"{DS}\">khac</ds:Signature></a>");
    for (transform, sent, covered) in [
        (canonical(), "<a>x</a>", true),
        (canonical(), "<a>x<!-- khac --></a>", false),
        (Transform::xpath(), "<a>x</a>", false),
        (Transform::xpath(), hidden.as_str(), false),
    ] {
        let report = of_two(&world, transform, "<a>x</a>", sent);
        let [signature] = report.signatures.as_slice() else {
            panic!("one signature: {report:#?}");
        };
        assert_eq!(signature.integrity, Integrity::Intact, "{sent}");
        assert_eq!(signature.coverage, Coverage::Detached, "{sent}");
        let files: Vec<bool> = signature.covers.iter().map(|c| c.file.is_some()).collect();
        assert_eq!(files, [true, covered], "{sent}");
    }
}

#[test]
fn a_signature_without_a_key_hides_nothing() {
    let world = World::new(KeyKind::P256);
    let invoice = "<HDon><DLHDon Id=\"data\"><So>12</So></DLHDon></HDon>";
    let first = Plan::beside(invoice, "data").sign(&world.signer);
    let first = first.expect("signed").text;
    let passed = judge(&world, &first);
    assert_eq!(worst(&passed), Some(PASSED));
    let over = Reference::to("#chu-ky-gia-tri", exclusive())
        .of_kind("http://uri.etsi.org/01903#CountersignedSignature");
    let mut second = Plan::new(&first, Place::First, vec![over]).called("hai");
    second.key_info = Some(String::new());
    let bare = second.sign(&world.signer).expect("signed").text;
    second.objects = vec!["<ds:Object><DLHDon><So>99</So></DLHDon></ds:Object>".to_owned()];
    let hiding = second.sign(&world.signer).expect("signed").text;
    second.key_info = None;
    let signed = second.sign(&world.signer).expect("signed").text;
    let spoiled = open(S::SigConstraintsFailure, R::CountersignatureWrong);
    for (text, expected) in [
        (bare, spoiled),
        (hiding, uncovered()),
        (signed, uncovered()),
    ] {
        let report = judge(&world, &text);
        assert_eq!(report.signatures.len(), 1, "{text}");
        assert_eq!(report.signatures[0].countersignatures.len(), 1, "{text}");
        assert_eq!(worst(&report), Some(expected), "{text}");
    }
}

#[test]
fn two_signatures_with_a_content_each_have_not_both_signed_the_file() {
    let world = World::new(KeyKind::P256);
    let enveloping = |id: &str, content: &str| {
        let mut plan = Plan::enveloping(content).called(id);
        plan.objects = vec![format!("<ds:Object Id=\"{id}-nd\">{content}</ds:Object>")];
        plan.references = vec![Reference::to(&format!("#{id}-nd"), exclusive())];
        of(&plan.sign(&world.signer).expect("signed").text)
    };
    let (one, two) = (enveloping("mot", "<a/>"), enveloping("hai", "<b/>"));
    let alone = judge(&world, &format!("<x>{one}</x>"));
    assert_eq!(worst(&alone), Some(PASSED), "{alone:#?}");
    assert_eq!(alone.signatures[0].coverage, Coverage::Encapsulated);
    let both = judge(&world, &format!("<x>{one}{two}</x>"));
    assert_eq!(worst(&both), Some(uncovered()), "{both:#?}");
    assert!(both.signatures.iter().all(|s| s.coverage == Coverage::Part));
}

#[test]
fn only_properties_that_are_read_are_no_content() {
    let world = World::new(KeyKind::P256);
    let good = Plan::enveloping("<a/>")
        .sign(&world.signer)
        .expect("signed");
    assert_eq!(worst(&judge(&world, &good.text)), Some(PASSED));
    for element in [
        "<q:QualifyingX xmlns:q=\"http://uri.etsi.org/01903/zz\">khac</q:QualifyingX>",
        "<q:QualifyingProperties xmlns:q=\"http://uri.etsi.org/01903/v1.4.1#\">khac</q:QualifyingProperties>",
    ] {
        let object = format!("<ds:Object>{element}</ds:Object></ds:Signature>");
        let text = good.text.replacen("</ds:Signature>", &object, 1);
        assert_ne!(text, good.text);
        assert_eq!(worst(&judge(&world, &text)), Some(uncovered()), "{element}");
    }
}

#[test]
fn white_space_and_encodings_do_not_make_it_unsigned() {
    let world = World::new(KeyKind::P256);
    let good = of(&Plan::enveloped(LETTER)
        .sign(&world.signer)
        .expect("signed")
        .text);
    let wide = |swap: bool, mark: bool| -> Vec<u8> {
        let text = format!("\n{good}");
        let units = mark
            .then_some(0xfeff)
            .into_iter()
            .chain(text.encode_utf16());
        units
            .flat_map(|unit: u16| {
                if swap {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    };
    for bytes in [
        format!("{}{good}", "\n ".repeat(2_000)).into_bytes(),
        wide(true, true),
        wide(false, true),
    ] {
        let report = world.validator().judge_file(&memory(&bytes), None, NOW);
        assert_eq!(report.format, FileFormat::Xml);
        assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
        let altered = bytes
            .iter()
            .map(|octet| if *octet == b'U' { b'V' } else { *octet });
        let altered: Vec<u8> = altered.collect();
        let report = world.validator().judge_file(&memory(&altered), None, NOW);
        assert_eq!(report.signatures.len(), 1);
        assert_ne!(worst(&report), Some(PASSED));
    }
}
