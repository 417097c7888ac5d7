//! PDF: attack catalogue P1–P3, P7 and P8, and what the strict rule says of several signatures.

use super::world::*;
use lienthong::forge::pdf::alter_inside;
use lienthong::forge::{Identity, KeyKind, Letter, Mark, Pdf, SubFilter, Variant};
use lienthong::model::ReasonCode as R;
use lienthong::model::SubIndication as S;
use lienthong::model::{Indication, LocalDay, Timestamp};
use lienthong::trust::report::{Coverage, FileReport, Integrity};

pub(crate) fn letter() -> Letter {
    Letter::sample(LocalDay::new(2026, 11, 24).expect("day"))
}

/// Signed by a person, then by the agency.
pub(crate) fn signed_by_both(mut pdf: Pdf, world: &World) -> Vec<u8> {
    for (field, by) in [("CaNhan", &world.other), ("CoQuan", &world.signer)] {
        let mark = mark(field, SubFilter::Cades);
        pdf.sign(by, &mark, NOW).expect("signed");
    }
    pdf.into_bytes()
}

pub(crate) fn mark(field: &str, sub_filter: SubFilter) -> Mark {
    Mark {
        field: field.into(),
        name: "Sở Tài chính".into(),
        lines: vec!["Sở Tài chính".into()],
        place: [100.0, 100.0, 260.0, 150.0],
        colour: [200, 0, 0],
        sub_filter,
    }
}

fn sign(pdf: &mut Pdf, by: &Identity, field: &str) {
    let mark = mark(field, SubFilter::Cades);
    pdf.sign(by, &mark, NOW).expect("signed");
}

fn signed(world: &World) -> Vec<u8> {
    let mut pdf = Pdf::new(&letter());
    sign(&mut pdf, &world.signer, "CoQuan");
    pdf.into_bytes()
}

fn judge(world: &World, bytes: &[u8]) -> FileReport {
    world.validator().judge_file(&memory(bytes), None, NOW)
}

fn verdict(world: &World, bytes: &[u8]) -> Expected {
    worst(&judge(world, bytes)).expect("never unsigned")
}

/// Replaces the last occurrence of `from` by as many bytes.
pub(crate) fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes.windows(from.len()).rposition(|w| w == from);
    let at = at.expect("there");
    let mut out = bytes.to_vec();
    out[at..at + to.len()].copy_from_slice(to);
    out
}

#[test]
fn one_and_two_signatures_pass_and_the_last_covers_the_file() {
    for kind in [KeyKind::P256, KeyKind::Rsa2048] {
        let world = World::new(kind);
        for filter in [SubFilter::Pkcs7, SubFilter::Cades] {
            let mut pdf = Pdf::new(&letter());
            let both = [("CaNhan", &world.other), ("CoQuan", &world.signer)];
            for (field, by) in both {
                pdf.sign(by, &mark(field, filter), NOW).expect("signed");
            }
            let report = judge(&world, pdf.bytes());
            assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
            let seen: Vec<_> = report
                .signatures
                .iter()
                .map(|s| (s.name.as_str(), s.coverage))
                .collect();
            assert_eq!(
                seen,
                [
                    ("CaNhan", Coverage::Revision),
                    ("CoQuan", Coverage::WholeFile)
                ]
            );
            let earlier = &report.signatures[0].warnings;
            assert!(earlier.iter().any(|w| w.code == R::CoversRevisionOnly));
        }
    }
}

#[test]
fn unsigned_is_unsigned() {
    let world = World::new(KeyKind::P256);
    let report = judge(&world, Pdf::new(&letter()).bytes());
    assert_eq!((report.signatures.len(), report.fault), (0, None));
}

#[test]
fn changes_after_the_last_signature_fail() {
    let world = World::new(KeyKind::P256);
    let changed = failed(S::FormatFailure, R::ChangedAfterSigning);
    let mut pdf = Pdf::new(&letter());
    sign(&mut pdf, &world.signer, "CoQuan");
    // P2: a page by an incremental update
    let mut appended = pdf.clone();
    appended.append_page(&letter());
    assert_eq!(verdict(&world, appended.bytes()), changed);
    // ... and signed by somebody whom no anchor knows
    let stranger = World::new(KeyKind::P256).signer;
    sign(&mut appended, &stranger, "Khac");
    let report = judge(&world, appended.bytes());
    assert_eq!(worst(&report), Some(changed));
    assert_eq!(report.signatures[0].coverage, Coverage::Revision);
    // ... whose own signature covers it all
    let verdict_of = |i: usize| &report.signatures[i].verdict;
    assert_eq!(verdict_of(1).reason().code, R::NoPath);
    // P2 without a cross-reference, P7: bytes after %%EOF
    for tail in [
        &b"9 0 obj\n<< /Type /Page >>\nendobj\n"[..],
        b"PK\x03\x04",
        b"<html>",
    ] {
        let mut bytes = pdf.bytes().to_vec();
        bytes.extend_from_slice(tail);
        assert_eq!(
            verdict(&world, &bytes),
            failed(S::FormatFailure, R::MalformedPdf)
        );
    }
    // A byte inside
    let mut bytes = pdf.bytes().to_vec();
    alter_inside(&mut bytes).expect("altered");
    assert_eq!(
        verdict(&world, &bytes),
        failed(S::HashFailure, R::DigestMismatch)
    );
}

#[test]
fn broken_cms_in_a_pdf_fails_as_it_does_outside() {
    let world = World::new(KeyKind::P256);
    for (variant, expected) in [
        (
            Variant::NoSignedAttributes,
            failed(S::FormatFailure, R::SignedAttributesMissing),
        ),
        (
            Variant::WrongDigest,
            failed(S::HashFailure, R::DigestMismatch),
        ),
        (
            Variant::FlippedBit,
            failed(S::SigCryptoFailure, R::SignatureInvalid),
        ),
        (
            Variant::AttributesAsContent,
            failed(S::FormatFailure, R::MalformedCms),
        ),
    ] {
        let mut pdf = Pdf::new(&letter());
        let mark = mark("CoQuan", SubFilter::Cades);
        pdf.sign_with(&world.signer, &mark, NOW, variant)
            .expect("signed");
        assert_eq!(verdict(&world, pdf.bytes()), expected, "{variant:?}");
    }
}

/// C8: what fills up the place of the signature is zeros; anything else holds and never passes.
#[test]
fn bytes_behind_the_signature_hold_and_never_pass() {
    let world = World::new(KeyKind::P256);
    let bytes = signed(&world);
    let objected = open(S::SigConstraintsFailure, R::BytesBehindSignature);
    for (text, expected) in [("00", PASSED), ("41", objected), ("4d4949", objected)] {
        // The place ends with padding.
        let padding = format!("{}> >>", "0".repeat(text.len()));
        let found = replaced(&bytes, padding.as_bytes(), format!("{text}> >>").as_bytes());
        let report = judge(&world, &found);
        assert_eq!(worst(&report), Some(expected), "{text}");
        assert_eq!(report.signatures[0].integrity, Integrity::Intact, "{text}");
    }
}

/// P1 and P3: whatever is done to `/ByteRange`, `/Contents` or `/V`, the file neither passes nor
/// becomes one without a signature.
#[test]
fn blanked_and_mistyped_entries_fail() {
    let world = World::new(KeyKind::P256);
    let bytes = signed(&world);
    let rows: [(&[u8], &[u8]); 9] = [
        (b"/ByteRange", b"/ByteRangX"),
        (b"/ByteRange [", b"/ByteRange ("),
        (b"/ByteRange [0", b"/ByteRange [1"),
        (b"/Contents <", b"/Contentz <"),
        (b"/Contents <", b"/Contents ("),
        (
            b"/SubFilter /ETSI.CAdES.detached",
            b"/SubFilter null               /A",
        ),
        (b"/V ", b"/W "),
        (b"/FT /Sig", b"/FT /Btn"),
        (b"/AcroForm", b"/AcroForX"),
    ];
    for (from, to) in rows {
        if !bytes.windows(from.len()).any(|w| w == from) {
            panic!("the forge writes no {}", String::from_utf8_lossy(from));
        }
        let to = &to[..from.len().min(to.len())];
        let got = verdict(&world, &replaced(&bytes, from, to));
        let name = String::from_utf8_lossy(to).into_owned();
        assert_ne!(got.0, PASSED.0, "{name}: {got:?}");
    }
}

/// No byte of a signed file can change and the file still pass, but inside the signature value
/// there is padding, whose digits are not covered and mean nothing.
#[test]
fn no_flipped_byte_passes() {
    let world = World::new(KeyKind::P256);
    let bytes = signed(&world);
    let validator = world.validator();
    let text = b"/Contents <";
    let start = bytes
        .windows(text.len())
        .rposition(|w| w == text)
        .expect("contents");
    let end = start + bytes[start..].iter().position(|b| *b == b'>').expect("end");
    for at in (0..bytes.len())
        .step_by(7)
        .filter(|at| !(start..=end).contains(at))
    {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x01;
        let report = validator.judge_file(&memory(&flipped), None, NOW);
        let passes = report.worst().is_some_and(|v| v.is_passed());
        assert!(!passes, "byte {at}");
    }
    for cut in (0..bytes.len()).step_by(97) {
        let report = validator.judge_file(&memory(&bytes[..cut]), None, NOW);
        assert!(!report.worst().is_some_and(|v| v.is_passed()), "cut {cut}");
    }
}

/// An update by hand: these objects, and a cross-reference section that goes on from the last.
fn updated(bytes: &[u8], objects: &[(u32, String)]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let after = |key: &str, end: &str| {
        let rest = text.rsplit(key).next().expect(key);
        rest.split(end).next().expect(end).to_owned()
    };
    let (previous, root) = (after("startxref\n", "\n"), after("/Root ", " R"));
    let mut out = bytes.to_vec();
    let mut table = String::from("xref\n");
    for (number, body) in objects {
        table += &format!("{number} 1\n{:010} 00000 n \n", out.len());
        out.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let at = out.len();
    table += &format!("trailer\n<< /Size 999 /Root {root} R /Prev {previous} >>\n");
    table += &format!("startxref\n{at}\n%%EOF\n");
    out.extend_from_slice(table.as_bytes());
    out
}

/// The number that follows the last `key` in the file.
fn number_after(bytes: &[u8], key: &str) -> u32 {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let rest = text.rsplit(key).next().expect(key);
    rest.split(' ')
        .next()
        .and_then(|n| n.parse().ok())
        .expect("number")
}

/// P1 and P8 by a later update: one value in two fields, a value blanked, freed or replaced, the
/// form or its fields taken away.
#[test]
fn hidden_and_doubled_signatures_fail() {
    let world = World::new(KeyKind::P256);
    let bytes = signed(&world);
    let (root, value) = (number_after(&bytes, "/Root "), number_after(&bytes, "/V "));
    let form = |fields: &str| format!("<< /Type /Catalog /AcroForm << /Fields [{fields}] >> >>");
    let field = |value: &str| format!("<< /FT /Sig /T (A) /V {value} >>");
    let reference = field(&format!("{value} 0 R"));
    let rows: Vec<(&str, Vec<(u32, String)>)> = vec![
        (
            "two fields",
            vec![(root, form(&format!("{reference} {reference}")))],
        ),
        ("no form", vec![(root, "<< /Type /Catalog >>".into())]),
        ("no fields", vec![(root, form(""))]),
        ("V is null", vec![(root, form(&field("null")))]),
        ("V is zero", vec![(root, form(&field("0")))]),
        ("V is absent", vec![(root, form("<< /FT /Sig /T (A) >>"))]),
        (
            "the value is replaced",
            vec![(value, "<< /Type /Sig >>".into())],
        ),
        ("the value is null", vec![(value, "null".into())]),
        (
            "a stray value",
            vec![(
                990,
                "<< /Type /Sig /SubFilter /adbe.pkcs7.detached >>".into(),
            )],
        ),
    ];
    for (name, objects) in rows {
        let (indication, _, _) = verdict(&world, &updated(&bytes, &objects));
        assert_eq!(indication, Indication::TotalFailed, "{name}");
    }
    // An update of nothing changes nothing.
    assert_eq!(verdict(&world, &updated(&bytes, &[])), PASSED);
    let twice = updated(&bytes, &[(root, form(&format!("{reference} {reference}")))]);
    let expected = failed(S::FormatFailure, R::SignatureFieldBroken);
    assert_eq!(verdict(&world, &twice), expected);
}

/// Random damage: never a panic, and no pass unless only the padding of the value was hit.
#[test]
fn random_damage_never_panics_and_never_passes() {
    let world = World::new(KeyKind::P256);
    let validator = world.validator();
    let bytes = signed(&world);
    let text = b"/Contents <";
    let start = bytes
        .windows(text.len())
        .rposition(|w| w == text)
        .expect("contents");
    let end = start + bytes[start..].iter().position(|b| *b == b'>').expect("end");
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 1).expect("64 bits")
    };
    let symbols = b"0123456789<>[]()/%R \n#objstreamxf";
    for round in 0..3_000 {
        let mut damaged = bytes.clone();
        let mut inside = true;
        for _ in 0..=random() % 4 {
            let at = random() % damaged.len();
            let symbol = symbols[random() % symbols.len()];
            inside &= damaged[at] == symbol || (start..=end).contains(&at);
            damaged[at] = symbol;
        }
        let report = validator.judge_file(&memory(&damaged), None, NOW);
        let fault = report.fault.as_ref().map(|f| f.reason().code);
        assert_ne!(fault, Some(R::ValidatorError), "round {round}");
        let passed = report.worst().is_some_and(|v| v.is_passed());
        assert!(!passed || inside, "round {round}");
    }
}

/// What may carry a signature of another kind is not called unsigned.
#[test]
fn other_formats_are_recognised() {
    let world = World::new(KeyKind::P256);
    let unknown = open(S::Generic, R::FormatNotSupported);
    assert_eq!(verdict(&world, b"-----BEGIN PKCS7-----\nMII"), unknown);
    // An archive that is none could be opened otherwise by others.
    let archive = verdict(&world, b"PK\x03\x04rest");
    assert_eq!(archive, open(S::FormatFailure, R::MalformedContainer));
    let xml = [&b"<?xml version=\"1.0\"?><a/>"[..], b"\xef\xbb\xbf <a/>"];
    for bytes in xml
        .into_iter()
        .chain([&b""[..], b"text", b"0", b"\x30\x03abc"])
    {
        let report = judge(&world, bytes);
        assert_eq!((report.signatures.len(), report.fault), (0, None));
    }
    // A PDF sent as the signature of another file is none.
    let content = memory(b"content");
    let file = memory(&signed(&world));
    let report = world.validator().judge_file(&file, Some(&content), NOW);
    assert_eq!(
        worst(&report),
        Some(failed(S::FormatFailure, R::MalformedCms))
    );
}

#[test]
fn a_judgement_of_another_time_is_another_judgement() {
    let world = World::new(KeyKind::P256);
    let validator = world.validator();
    let file = memory(&signed(&world));
    let at = |days: i64| {
        let at = Timestamp(NOW.0 + days * 86_400_000);
        worst(&validator.judge_file(&file, None, at)).expect("verdict")
    };
    assert_eq!(at(0), PASSED);
    assert_eq!(at(7), open(S::TryLater, R::RevocationStale));
    assert_eq!(at(-2), open(S::TryLater, R::RevocationMissing));
    assert_eq!(at(400), open(S::OutOfBoundsNoPoe, R::CertificateExpired));
    assert_eq!(at(0), PASSED);
}
