//! PDF: objects that other readers find elsewhere than the check does, and what goes into the key of an
//! encrypted file under another name (attack catalogue P4, P6).

use super::pdf::{letter, mark};
use super::world::*;
use lienthong::forge::pdf::update::{after, body, edited, updated};
use lienthong::forge::pdf::{Packing, Protection, text_field};
use lienthong::forge::{KeyKind, Pdf, SubFilter};
use lienthong::format::pdf::{Document, Irregularity};
use lienthong::model::{ReasonCode as R, SubIndication as S};
use lienthong::trust::changes::ChangeKind;
use lienthong::trust::report::{FileReport, Integrity};

const NOTE: &str = "<< /Type /Annot /Subtype /FreeText /Rect [9 9 99 99] /Contents (Bo) >>";

fn sign(world: &World, pdf: &mut Pdf) {
    let mark = mark("CoQuan", SubFilter::Cades);
    pdf.sign(&world.signer, &mark, NOW).expect("signed");
}

fn judge(world: &World, bytes: &[u8]) -> FileReport {
    world.validator().judge_file(&memory(bytes), None, NOW)
}

/// Intact, and never a pass, for what other readers find elsewhere.
fn irregular(world: &World, bytes: &[u8]) {
    let report = judge(world, bytes);
    let expected = open(S::SigConstraintsFailure, R::PdfIrregular);
    assert_eq!(worst(&report), Some(expected), "{report:#?}");
    assert_eq!(report.signatures[0].integrity, Integrity::Intact);
}

/// A file with a note on its page that lies in an object stream; what is given back is the stream.
fn with_note(how: Packing) -> (Pdf, u32, Vec<u8>) {
    let mut pdf = Pdf::new(&letter());
    if let Packing::LengthIn(number) = how {
        let (_, stream) = pdf.clone().pack(&[(number, NOTE)], Packing::There);
        let length = after(&stream, b"/Length ").to_string();
        pdf.update(&[(number, &length)]);
    }
    let note = pdf.reserve();
    let (container, stream) = pdf.pack(&[(note, NOTE)], how);
    pdf.annotate(note);
    (pdf, container, stream)
}

/// The page shows a note that is listed in a stream which only comes later.
#[test]
fn an_object_stream_that_is_promised_never_passes() {
    let world = World::new(KeyKind::P256);
    let (mut pdf, container, stream) = with_note(Packing::Promised);
    sign(&world, &mut pdf);
    irregular(&world, pdf.bytes());
    irregular(&world, &updated(pdf.bytes(), &[(container, stream)]));
}

/// The page shows a note that is in an object stream, at another place than the one that is listed: with
/// what comes later, readers that look through the whole file find another one.
#[test]
fn an_object_that_is_not_where_its_stream_should_have_it_never_passes() {
    let world = World::new(KeyKind::P256);
    let later = |how| {
        let (mut pdf, ..) = with_note(how);
        sign(&world, &mut pdf);
        let catalog = after(pdf.bytes(), b"/Root ");
        let same = String::from_utf8(body(pdf.bytes(), catalog)).expect("text");
        pdf.update_packed(&[(catalog, &same)]);
        worst(&judge(&world, pdf.bytes()))
    };
    assert_eq!(later(Packing::There), Some(PASSED));
    let malformed = failed(S::FormatFailure, R::MalformedPdf);
    assert_eq!(later(Packing::Aside), Some(malformed));
}

#[test]
fn an_object_stream_stays_while_its_objects_are_looked_for_in_it() {
    let world = World::new(KeyKind::P256);
    let (mut pdf, container, stream) = with_note(Packing::There);
    sign(&world, &mut pdf);
    assert_eq!(worst(&judge(&world, pdf.bytes())), Some(PASSED));
    // Another one, which nothing of what was signed is in.
    let mut more = pdf.clone();
    let catalog = after(pdf.bytes(), b"/Root ");
    let same = String::from_utf8(body(pdf.bytes(), catalog)).expect("text");
    more.update_packed(&[(catalog, &same)]);
    assert_eq!(worst(&judge(&world, more.bytes())), Some(PASSED));
    let other = edited(&stream, "(Bo)", "(Co)");
    let moved = updated(pdf.bytes(), &[(container, other)]);
    let report = judge(&world, &moved);
    assert!(!report.worst().is_some_and(|verdict| verdict.is_passed()));
    // Whatever else it is used as, and may be overridden as.
    for bytes in [moved, updated(pdf.bytes(), &[(container, stream)])] {
        let document = Document::read(&bytes).expect("a structure");
        assert_eq!(document.irregularity(), Some(Irregularity::ObjectStream));
    }
}

#[test]
fn the_length_of_an_object_stream_stays() {
    let world = World::new(KeyKind::P256);
    let info = after(Pdf::new(&letter()).bytes(), b"/Info ");
    let (mut pdf, ..) = with_note(Packing::LengthIn(info));
    sign(&world, &mut pdf);
    assert_eq!(worst(&judge(&world, pdf.bytes())), Some(PASSED));
    pdf.update(&[(info, "20")]);
    irregular(&world, pdf.bytes());
}

/// The dictionary is the file's `/Info` as well, which may change.
#[test]
fn the_encryption_dictionary_says_what_it_said() {
    let world = World::new(KeyKind::P256);
    for (how, password) in [
        (Protection::Rc4, ""),
        (Protection::Aes256, ""),
        (Protection::Aes128, "mật khẩu"),
    ] {
        for (from, to) in [("/P -4", "/P -8"), ("<<", "<< /Title (Bo)"), ("", "")] {
            let mut pdf = Pdf::encrypted(&letter(), how, password);
            let encrypt = after(pdf.bytes(), b"/Encrypt ");
            pdf.describe_by(encrypt);
            sign(&world, &mut pdf);
            let other = edited(&body(pdf.bytes(), encrypt), from, to);
            pdf.update(&[(encrypt, std::str::from_utf8(&other).expect("text"))]);
            let report = judge(&world, pdf.bytes());
            let expected = match from {
                "" => PASSED,
                _ => failed(S::FormatFailure, R::ChangedAfterSigning),
            };
            assert_eq!(worst(&report), Some(expected), "{how:?} {to}: {report:#?}");
            let changes = report.signatures[0].changes.as_ref().expect("changes");
            let kind = changes.objects.last().map(|change| change.kind);
            assert_eq!(kind == Some(ChangeKind::Encryption), !from.is_empty());
        }
    }
}

/// A part of the dictionary is another object, which is the file's `/Info` as well.
#[test]
fn the_encryption_dictionary_says_all_itself() {
    let world = World::new(KeyKind::P256);
    let mut pdf = Pdf::encrypted(&letter(), Protection::Aes128, "mật khẩu");
    let encrypt = after(pdf.bytes(), b"/Encrypt ");
    let info = after(pdf.bytes(), b"/Info ");
    let split = edited(
        &body(pdf.bytes(), encrypt),
        "/P -4",
        &format!("/P {info} 0 R"),
    );
    pdf.update(&[
        (encrypt, std::str::from_utf8(&split).expect("text")),
        (info, "-4"),
    ]);
    sign(&world, &mut pdf);
    let field = pdf.reserve();
    for later in [(info, "-8".to_owned()), (field, text_field("A", ""))] {
        let mut pdf = pdf.clone();
        pdf.update(&[(later.0, &later.1)]);
        let expected = failed(S::FormatFailure, R::ChangedAfterSigning);
        assert_eq!(worst(&judge(&world, pdf.bytes())), Some(expected));
    }
}

/// A reader that finds another object, or none, in its place looks through the whole file for all of
/// them, and finds some that no cross-reference lists.
#[test]
fn an_entry_that_leads_to_no_object_never_passes() {
    let world = World::new(KeyKind::P256);
    let mut pdf = Pdf::new(&letter());
    sign(&world, &mut pdf);
    let signed = pdf.into_bytes();
    let root = after(&signed, b"/Root ");
    let content = after(&body(&signed, after(&signed, b"/P ")), b"/Contents ");
    let marked = edited(&body(&signed, root), "/Lang", "/MarkInfo 900 0 R /Lang");
    let hidden = format!("<< >>\nendobj\n{content} 0 obj\n<< /Length 0 >>\nstream\n\nendstream");
    let later = updated(
        &signed,
        &[(root, marked), (900, hidden.clone().into_bytes())],
    );
    assert_eq!(worst(&judge(&world, &later)), Some(PASSED));
    let at = memchr::memmem::rfind(&later, b"\n900 0 obj").expect("there") + 1;
    let entry = format!("\n{at:010} 00000 n");
    for other in [at + 2, at - 7, 9, later.len()] {
        let other = format!("\n{other:010} 00000 n");
        let moved = super::pdf::replaced(&later, entry.as_bytes(), other.as_bytes());
        let report = judge(&world, &moved);
        assert!(
            !report.worst().is_some_and(|verdict| verdict.is_passed()),
            "{other}: {report:#?}"
        );
    }
    let moved = format!("\n{:010} 00000 n", at + 2);
    irregular(
        &world,
        &super::pdf::replaced(&later, entry.as_bytes(), moved.as_bytes()),
    );
}
