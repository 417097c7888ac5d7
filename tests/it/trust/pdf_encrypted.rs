//! Encrypted PDFs (ISO 32000-2 §7.6): a signature covers what is in the file, so that integrity takes no
//! password; nor does a comparison of revisions whose objects lie in the file itself.

use super::pdf::{letter, mark, replaced};
use super::world::*;
use lienthong::forge::pdf::attack::Attack;
use lienthong::forge::pdf::update::{after, body, updated};
use lienthong::forge::{KeyKind, Pdf, SubFilter};
use lienthong::model::{Indication, ReasonCode as R, SubIndication as S};
use lienthong::trust::changes::ChangeLevel;
use lienthong::trust::report::{Coverage, FileReport, Integrity};

fn signed(world: &World, password: &str, both: bool) -> Vec<u8> {
    let mut pdf = Pdf::encrypted(&letter(), password);
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
    for password in PASSWORDS {
        let bytes = signed(&world, password, true);
        assert!(!bytes.windows(5).any(|w| w == b") Tj "), "encrypted");
        let report = judge(&world, &bytes);
        assert_eq!(worst(&report), Some(PASSED), "{password} {report:#?}");
        let [person, agency] = report.signatures.as_slice() else {
            panic!("{report:#?}");
        };
        assert_eq!(person.coverage, Coverage::Revision);
        assert_eq!(agency.coverage, Coverage::WholeFile);
        let changes = person.changes.as_ref().expect("changes");
        assert_eq!(changes.level, ChangeLevel::Forms, "{password}");
    }
}

#[test]
fn changes_of_encrypted_files_are_found_without_a_password() {
    let world = World::new(KeyKind::P256);
    for password in PASSWORDS {
        let good = signed(&world, password, false);
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
