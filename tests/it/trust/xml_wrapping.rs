//! Signature wrapping (attack catalogue X1 and X2): XSW1 to XSW8 and duplicate identifiers, each made
//! from a good file by moving what was signed and putting a twin where an application looks.

use super::world::*;
use super::xml_good::judge;
use lienthong::forge::KeyKind;
use lienthong::forge::xml::wrapping::{Wrapped, Wrapping};
use lienthong::forge::xml::{Place, Plan, Reference, Transform, method};
use lienthong::model::ReasonCode as R;
use lienthong::model::SubIndication as S;
use lienthong::trust::report::FileReport;

/// A good file, and how it is taken apart.
pub(super) struct Good {
    pub(super) world: World,
    pub(super) pieces: Wrapped,
}

/// `<cong-van>` with its signature in it.
pub(super) fn good() -> Good {
    let world = World::new(KeyKind::P256);
    let letter = "<cong-van Id=\"cv\"><so>12/UBND</so></cong-van>";
    let steps = vec![
        Transform::Enveloped,
        Transform::Canonical(method::exclusive()),
    ];
    let plan = Plan::new(letter, Place::Last, vec![Reference::to("#cv", steps)]);
    let signed = plan.sign(&world.signer).expect("signed").text;
    // The twin has an identifier of its own.
    let twin = [("12/UBND", "99/UBND"), ("Id=\"cv\"", "Id=\"khac\"")];
    let pieces = Wrapped::new(&signed, &twin).expect("a good file");
    Good { world, pieces }
}

impl Good {
    fn judge(&self, text: &str) -> FileReport {
        judge(&self.world, text)
    }
}

/// Each way to wrap it, and what is said of that.
pub(super) fn wrapped(good: &Good) -> Vec<(&'static str, String, Expected)> {
    let part = open(S::SigConstraintsFailure, R::ContentNotCovered);
    let differs = failed(S::HashFailure, R::DigestMismatch);
    let signed = &good.pieces.signed;
    let answer = |wrapping: Wrapping| match wrapping {
        // What was signed lies in the signature that is left out.
        Wrapping::Xsw1 | Wrapping::Xsw6 | Wrapping::Xsw8 => differs,
        Wrapping::Xsw2 | Wrapping::Xsw3 | Wrapping::Xsw4 | Wrapping::Xsw5 | Wrapping::Xsw7 => part,
    };
    let wrappings = Wrapping::ALL.iter();
    let wrappings = wrappings.map(|one| (one.name(), one.of(&good.pieces), answer(*one)));
    let others = [
        (
            "in an element with an attribute",
            format!("<ho-so loai=\"huy\">{}</ho-so>", signed),
            part,
        ),
        (
            "beside text",
            format!("<ho-so>Huỷ bỏ {}</ho-so>", signed),
            part,
        ),
        (
            "behind an instruction",
            format!("<?xml-stylesheet href=\"a.xsl\"?>{}", signed),
            part,
        ),
    ];
    wrappings.chain(others).collect()
}

#[test]
fn no_wrapped_signature_passes() {
    let good = good();
    let plain = good.judge(&good.pieces.signed);
    assert_eq!(worst(&plain), Some(PASSED));
    // Among others with room for it the same passes, too.
    let around = format!("<ho-so>{}</ho-so>", good.pieces.signed);
    assert_eq!(worst(&good.judge(&around)), Some(PASSED));
    for (row, text, expected) in wrapped(&good) {
        let report = good.judge(&text);
        assert_eq!(worst(&report), Some(expected), "{row}");
        // What is covered is told, and it is never the twin.
        for covered in report.signatures.iter().flat_map(|s| &s.covers) {
            let range = covered.range.clone().expect("a range");
            let from = usize::try_from(range.start).expect("a place");
            let until = usize::try_from(range.end).expect("a place");
            assert!(text[from..until].contains("12/UBND"), "{row}");
            assert!(!text[from..until].contains("99/UBND"), "{row}");
        }
    }
}

#[test]
fn a_referenced_identifier_that_two_elements_have_fails() {
    let good = good();
    let twin = good.pieces.twin("").replace("khac", "cv");
    let ambiguous = failed(S::FormatFailure, R::ReferenceAmbiguous);
    for name in ["Id", "ID", "id", "xml:id"] {
        let twin = twin.replace("Id=", &format!("{name}="));
        for text in [
            format!("<ho-so>{twin}{}</ho-so>", good.pieces.signed),
            format!("<ho-so>{}{twin}</ho-so>", good.pieces.signed),
        ] {
            assert_eq!(worst(&good.judge(&text)), Some(ambiguous), "{name}");
        }
    }
    // One that nobody refers to harms nobody.
    let letter = "<cong-van Id=\"cv\"><so Id=\"a\">1</so><so Id=\"a\">2</so></cong-van>";
    let signed = Plan::enveloped(letter).sign(&good.world.signer);
    let text = signed.expect("signed").text;
    assert_eq!(worst(&good.judge(&text)), Some(PASSED));
}

#[test]
fn an_object_is_an_object() {
    let world = World::new(KeyKind::P256);
    let letter = "<ho-so><cong-van Id=\"cv\">12/UBND</cong-van></ho-so>";
    let mut plan = Plan::beside(letter, "cv");
    let kind = "http://www.w3.org/2000/09/xmldsig#Object";
    plan.references[0] = plan.references[0].clone().of_kind(kind);
    let text = plan.sign(&world.signer).expect("signed").text;
    let expected = open(S::SignedDataNotFound, R::ReferenceNotFound);
    assert_eq!(worst(&judge(&world, &text)), Some(expected));
}
