//! Encrypted PDFs (ISO 32000-2 §7.6): a signature covers what is in the file, so that integrity takes no
//! password; nor does a comparison of revisions whose objects lie in the file itself. With the empty
//! password, what the revisions say is compared.

use super::pdf::{letter, mark, replaced};
use super::world::*;
use lienthong::forge::pdf::attack::Attack;
use lienthong::forge::pdf::update::{after, body, updated};
use lienthong::forge::pdf::{Evidence, Protection, text_field};
use lienthong::forge::{KeyKind, Pdf, SubFilter};
use lienthong::model::{Indication, ReasonCode as R, SubIndication as S};
use lienthong::trust::changes::{ChangeKind, ChangeLevel};
use lienthong::trust::report::{Coverage, FileReport, Integrity};

fn signed(world: &World, how: Protection, password: &str, both: bool) -> Vec<u8> {
    let mut pdf = Pdf::encrypted(&letter(), how, password);
    let all = [("CaNhan", &world.other), ("CoQuan", &world.signer)];
    for (field, by) in all.into_iter().take(if both { 2 } else { 1 }) {
        let mark = mark(field, SubFilter::Cades);
        pdf.sign(by, &mark, NOW).expect("signed");
    }
    pdf.into_bytes()
}

fn judge(world: &World, bytes: &[u8]) -> FileReport {
    world.validator().judge_file(&memory(bytes), None, NOW)
}

const PASSWORDS: [&str; 2] = ["", "mật khẩu"];

#[test]
fn signatures_of_encrypted_files_are_judged_without_a_password() {
    let world = World::new(KeyKind::P256);
    let all = Protection::ALL.into_iter();
    for (how, password) in all.flat_map(|how| PASSWORDS.map(|password| (how, password))) {
        let bytes = signed(&world, how, password, true);
        assert!(!bytes.windows(5).any(|w| w == b") Tj "), "encrypted");
        let report = judge(&world, &bytes);
        let [person, agency] = report.signatures.as_slice() else {
            panic!("{report:#?}");
        };
        let read = how == Protection::Rc4Streams || password.is_empty();
        assert_eq!(agency.name == "CoQuan", read, "{how:?} {}", agency.name);
        assert_eq!(person.coverage, Coverage::Revision);
        assert_eq!(agency.coverage, Coverage::WholeFile);
        for signature in [person, agency] {
            assert_eq!(signature.integrity, Integrity::Intact, "{how:?} {password}");
        }
        let changes = person.changes.as_ref().expect("changes");
        // The same string is another ciphertext each time that AES writes it (the catalog's /Lang).
        let alike = !matches!(
            how,
            Protection::Aes128 | Protection::Aes256Early | Protection::Aes256
        );
        let (level, expected) = match read || alike {
            true => (ChangeLevel::Forms, PASSED),
            false => (
                ChangeLevel::Suspicious,
                failed(S::FormatFailure, R::ChangedAfterSigning),
            ),
        };
        assert_eq!(changes.level, level, "{how:?} {password}");
        assert_eq!(worst(&report), Some(expected), "{how:?} {password}");
    }
}

#[test]
fn changes_of_encrypted_files_are_found_without_a_password() {
    let world = World::new(KeyKind::P256);
    for password in PASSWORDS {
        let good = signed(&world, Protection::Rc4Streams, password, false);
        for attack in Attack::ALL {
            let report = judge(&world, &attack.on(&good));
            let verdict = report.worst().expect("never unsigned");
            assert_eq!(verdict.indication(), Indication::TotalFailed, "{attack:?}");
        }
        // The content of the page, changed as somebody with the password would.
        let page = body(&good, after(&good, b"/P "));
        let content = after(&page, b"/Contents ");
        let mut stream = body(&good, content);
        let at = stream
            .windows(7)
            .position(|w| w == b"stream\n")
            .expect("stream")
            + 20;
        stream[at] ^= 1;
        let trailer = |bytes: Vec<u8>| {
            let encrypt = format!("/Encrypt {} 0 R /Size 9999", after(&good, b"/Encrypt "));
            let mut out = bytes;
            let from = b"/Size 9999";
            let place = out
                .windows(from.len())
                .rposition(|w| w == from)
                .expect("there");
            out.splice(place..place + from.len(), encrypt.bytes());
            out
        };
        let changed = failed(S::FormatFailure, R::ChangedAfterSigning);
        let report = judge(&world, &trailer(updated(&good, &[(content, stream)])));
        assert_eq!(worst(&report), Some(changed), "{password} {report:#?}");
        assert_eq!(report.signatures[0].integrity, Integrity::Intact);
        // A byte of what is signed.
        let altered = replaced(&good, b"/CFM /V2", b"/CFM /V9");
        let expected = failed(S::HashFailure, R::DigestMismatch);
        assert_eq!(
            worst(&judge(&world, &altered)),
            Some(expected),
            "{password}"
        );
    }
}

/// A form with one field for text, signed by the agency; and the field's number.
fn with_form(world: &World, how: Protection, password: &str) -> (Pdf, u32) {
    let mut pdf = Pdf::encrypted(&letter(), how, password);
    let field = pdf.add_text_field("GhiChu");
    let mark = mark("CoQuan", SubFilter::Cades);
    pdf.sign(&world.signer, &mark, NOW).expect("signed");
    (pdf, field)
}

/// What was done later, by its makers' word, and the most that it is.
type Later = (&'static str, fn(&mut Pdf, u32), ChangeLevel);

const LATER: &[Later] = &[
    ("nothing", |_, _| {}, ChangeLevel::None),
    (
        "evidence",
        |pdf, _| {
            let certificates = vec![vec![0x30, 0x00]];
            pdf.add_evidence(&Evidence {
                certificates,
                ..Evidence::default()
            });
        },
        ChangeLevel::Updates,
    ),
    (
        "the same page",
        |pdf, _| pdf.draw_again(&letter()),
        ChangeLevel::None,
    ),
    (
        "the same field",
        |pdf, field| pdf.update(&[(field, &text_field("GhiChu", ""))]),
        ChangeLevel::None,
    ),
    (
        "the same field in a stream",
        |pdf, field| pdf.update_packed(&[(field, &text_field("GhiChu", ""))]),
        ChangeLevel::None,
    ),
    (
        "a field filled in",
        |pdf, field| pdf.update(&[(field, &text_field("GhiChu", "Xong"))]),
        ChangeLevel::Forms,
    ),
    (
        "a field filled in in a stream, and the stream's objects again",
        |pdf, field| {
            pdf.update_packed(&[(field, &text_field("GhiChu", "Xong"))]);
            pdf.update_packed(&[(field, &text_field("GhiChu", "Chua"))]);
        },
        ChangeLevel::Forms,
    ),
    (
        "another page",
        |pdf, _| {
            let mut other = letter();
            other.subject.push('!');
            pdf.draw_again(&other);
        },
        ChangeLevel::Suspicious,
    ),
    (
        "a page more",
        |pdf, _| pdf.append_page(&letter()),
        ChangeLevel::Suspicious,
    ),
    (
        "a field of another name",
        |pdf, field| pdf.update(&[(field, &text_field("GhiChi", ""))]),
        ChangeLevel::Suspicious,
    ),
    (
        "a field of another name in a stream",
        |pdf, field| pdf.update_packed(&[(field, &text_field("GhiChi", ""))]),
        ChangeLevel::Suspicious,
    ),
    (
        "another encryption dictionary",
        |pdf, _| {
            let encrypt = after(pdf.bytes(), b"/Encrypt ");
            let other = body(pdf.bytes(), encrypt);
            let other = String::from_utf8(other).expect("text");
            pdf.update(&[(encrypt, &other.replace("/P -4", "/P -8"))]);
        },
        ChangeLevel::Suspicious,
    ),
];

#[test]
fn revisions_are_compared_by_what_they_say_with_the_empty_password() {
    let world = World::new(KeyKind::P256);
    for how in Protection::ALL {
        for (what, change, level) in LATER {
            let (mut pdf, field) = with_form(&world, how, "");
            change(&mut pdf, field);
            let report = judge(&world, pdf.bytes());
            let [agency] = report.signatures.as_slice() else {
                panic!("{how:?}, {what}: {report:#?}");
            };
            assert_eq!(agency.integrity, Integrity::Intact, "{how:?}, {what}");
            let changes = agency.changes.as_ref().expect("changes");
            assert_eq!(changes.level, *level, "{how:?}, {what}: {report:#?}");
            let expected = match level {
                ChangeLevel::None | ChangeLevel::Updates => PASSED,
                // What the default policy does not take behind the last signature.
                ChangeLevel::Forms => open(S::SigConstraintsFailure, R::ChangesNotAdmitted),
                ChangeLevel::Annotations | ChangeLevel::Suspicious | ChangeLevel::Unknown => {
                    failed(S::FormatFailure, R::ChangedAfterSigning)
                }
            };
            assert_eq!(
                worst(&report),
                Some(expected),
                "{how:?}, {what}: {report:#?}"
            );
        }
    }
}

/// Another password than the empty one: what is said cannot be compared, and nothing passes that was
/// written again.
#[test]
fn what_only_a_password_opens_is_never_taken_for_the_same() {
    let world = World::new(KeyKind::P256);
    for how in Protection::ALL {
        for (what, change, level) in LATER {
            let (mut pdf, field) = with_form(&world, how, "mật khẩu");
            let packed = |pdf: &Pdf| pdf.bytes().windows(6).any(|w| w == b"ObjStm");
            change(&mut pdf, field);
            let report = judge(&world, pdf.bytes());
            let agency = report.signatures.first().expect("signature");
            assert_eq!(agency.integrity, Integrity::Intact, "{how:?}, {what}");
            let changes = agency.changes.as_ref().expect("changes");
            let (indication, _, code) = worst(&report).expect("never unsigned");
            if packed(&pdf) {
                assert_eq!(changes.level, ChangeLevel::Unknown, "{how:?}, {what}");
                assert_eq!(indication, Indication::Indeterminate, "{how:?}, {what}");
                assert_eq!(code, R::Encrypted, "{how:?}, {what}");
            } else if *level == ChangeLevel::Suspicious {
                assert_eq!(indication, Indication::TotalFailed, "{how:?}, {what}");
            } else {
                // Under RC4 the same is the same once more; under AES it is unlike.
                assert!(changes.level >= *level, "{how:?}, {what}");
            }
        }
    }
}

#[test]
fn how_a_file_is_encrypted_stays_as_it_was_signed() {
    let world = World::new(KeyKind::P256);
    let refused = failed(S::FormatFailure, R::ChangedAfterSigning);
    for (how, password) in [
        (Protection::Aes128, ""),
        (Protection::Aes256, ""),
        (Protection::Rc4, ""),
        (Protection::Aes128, "mật khẩu"),
    ] {
        let (mut pdf, field) = with_form(&world, how, password);
        let signed = pdf.bytes().len();
        pdf.update_packed(&[(field, &text_field("GhiChu", ""))]);
        pdf.add_evidence(&Evidence::default());
        let good = pdf.into_bytes();
        let encrypt = format!("/Encrypt {} 0 R", after(&good, b"/Encrypt "));
        let id = b"/ID [<00010203";
        for (from, to) in [
            (encrypt.as_bytes(), &vec![b' '; encrypt.len()][..]),
            (encrypt.as_bytes(), &b"/Encrypt 3 0 R"[..]),
            (&id[..], &b"/ID [<01010203"[..]),
            (&b"/ID "[..], &b"/IE "[..]),
        ] {
            let mut bytes = good.clone();
            let mut changed = 0;
            for at in signed..bytes.len() {
                if bytes[at..].starts_with(from) {
                    bytes[at..at + to.len()].copy_from_slice(to);
                    changed += 1;
                }
            }
            assert_eq!(changed, 2, "{how:?}: {to:?}");
            let report = judge(&world, &bytes);
            let changes = report.signatures[0].changes.as_ref();
            let last = changes.and_then(|changes| changes.objects.last());
            let kind = last.map(|change| change.kind);
            let what = String::from_utf8_lossy(to).into_owned();
            assert_eq!(
                kind,
                Some(ChangeKind::Encryption),
                "{how:?}, {what}: {report:#?}"
            );
            assert_eq!(worst(&report), Some(refused), "{how:?}, {what}");
        }
    }
}
