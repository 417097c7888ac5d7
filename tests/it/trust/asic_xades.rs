//! XAdES in ASiC containers (EN 319 162-1 §4.3.3.2, §4.4.3.2), and archives that are not read: what `verify`
//! and the relay say of them.

use super::world::*;
use lienthong::forge::asic::Asic;
use lienthong::forge::xml::{Place, Plan, Properties, Reference};
use lienthong::forge::zip::{Part, Zip};
use lienthong::forge::{ForgeError, KeyKind};
use lienthong::format::zip::Method;
use lienthong::model::{ReasonCode as R, SubIndication as S};
use lienthong::trust::report::{Coverage, FileReport, Integrity};

const LETTER: (&str, &[u8]) = ("cong van + 1.txt", b"Kinh gui");
const ANNEX: (&str, &[u8]) = ("a%20b.txt", b"1,2,3");

/// What is done to an archive.
type Change<'a> = &'a dyn Fn(&mut Zip);

fn judge(world: &World, container: &Asic) -> FileReport {
    judge_bytes(world, &container.build().expect("built"))
}

fn judge_bytes(world: &World, bytes: &[u8]) -> FileReport {
    world.validator().judge_file(&memory(bytes), None, NOW)
}

/// A signature over files under the names that its references have.
fn over(world: &World, files: &[(&str, &[u8])]) -> Result<String, ForgeError> {
    let references = files
        .iter()
        .map(|(uri, bytes)| Reference::to_file(uri, bytes));
    let plan = Plan::new("", Place::Alone, references.collect());
    Ok(plan.with(Properties::basic(NOW)).sign(&world.signer)?.text)
}

fn signed(world: &World, files: &[(&str, &[u8])], uris: &[&str]) -> Asic {
    let under: Vec<(&str, &[u8])> = uris.iter().zip(files).map(|(u, (_, b))| (*u, *b)).collect();
    let text = over(world, &under).expect("signed");
    Asic::extended(files).with("META-INF/signatures0.xml", text.as_bytes())
}

#[test]
fn references_are_decoded_once_and_a_plus_is_a_plus() {
    let world = World::new(KeyKind::P256);
    let both = [LETTER, ANNEX];
    for first in [
        "cong van + 1.txt",
        "cong%20van%20+%201.txt",
        "cong%20van%20%2B%201.txt",
    ] {
        let report = judge(&world, &signed(&world, &both, &[first, "a%2520b.txt"]));
        assert_eq!(worst(&report), Some(PASSED), "{first} {report:#?}");
        assert_eq!(report.signatures[0].coverage, Coverage::Encapsulated);
        assert_eq!(report.signatures[0].name, "META-INF/signatures0.xml");
    }
    // Encoded as forms are, twice, from the root, elsewhere: none of these is the file.
    let not_covered = failed(S::FormatFailure, R::ContainerFileNotCovered);
    let others = [
        "cong+van+%2B+1.txt",
        "cong%2520van%2520+%25201.txt",
        "/cong van + 1.txt",
        "x/../cong van + 1.txt",
    ];
    for first in others {
        let report = judge(&world, &signed(&world, &both, &[first, "a%2520b.txt"]));
        assert_eq!(worst(&report), Some(not_covered), "{first}");
        assert_eq!(report.signatures[0].integrity, Integrity::NotJudged);
        let reason = report.signatures[0].verdict.reason();
        assert_eq!(reason.code, R::ReferenceNotFound);
    }
    // As written it is one file, as read another: it is neither.
    let twins = [("a%20b.txt", b"x".as_slice()), ("a b.txt", b"x")];
    let report = judge(
        &world,
        &signed(&world, &twins, &["a%20b.txt", "a%2520b.txt"]),
    );
    assert_eq!(worst(&report), Some(not_covered));
    let reason = report.signatures[0].verdict.reason();
    assert_eq!(reason.code, R::ReferenceAmbiguous);
}

#[test]
fn every_file_is_signed_as_it_is() {
    let world = World::new(KeyKind::P256);
    let both = [LETTER, ANNEX];
    let good = signed(&world, &both, &[LETTER.0, "a%2520b.txt"]);
    for name in [LETTER.0, ANNEX.0] {
        let changed = judge(&world, &good.clone().changed(name, Some(b"other")));
        assert_eq!(
            worst(&changed),
            Some(failed(S::HashFailure, R::DigestMismatch))
        );
        let missing = judge(&world, &good.clone().changed(name, None));
        let not_found = open(S::SignedDataNotFound, R::ReferenceNotFound);
        assert_eq!(worst(&missing), Some(not_found), "{name}");
    }
    let not_covered = Some(failed(S::FormatFailure, R::ContainerFileNotCovered));
    let more = judge(&world, &good.clone().with("more.txt", ANNEX.1));
    assert_eq!(worst(&more), not_covered);
    // The same octets under another name are another file.
    let twin = judge(&world, &good.clone().with("META-INF/bản sao.txt", LETTER.1));
    assert_eq!(worst(&twin), not_covered);
    let broken = good.changed("META-INF/signatures0.xml", Some(b"<x/>"));
    assert_eq!(worst(&judge(&world, &broken)), not_covered);
}

#[test]
fn a_simple_container_with_xml() {
    let world = World::new(KeyKind::P256);
    let simple = Asic::simple(LETTER.0, LETTER.1)
        .xades(&world.signer, NOW)
        .expect("signed");
    let report = judge(&world, &simple);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    // The one file is not the one that was signed.
    let renamed = simple.changed(LETTER.0, None).with("khac.txt", LETTER.1);
    let not_covered = failed(S::FormatFailure, R::ContainerFileNotCovered);
    assert_eq!(worst(&judge(&world, &renamed)), Some(not_covered));
}

/// Attack catalogue Z1 to Z3: whatever two programs could read differently fails as a whole, and the reason
/// names the entry.
#[test]
fn archives_that_are_not_read_fail() {
    let world = World::new(KeyKind::P256);
    let good = signed(&world, &[LETTER], &[LETTER.0]);
    let parts = || {
        let files = good.files.iter().map(|(n, b)| (n.as_str(), b.as_slice()));
        Zip::of(&files.collect::<Vec<_>>()).expect("zip")
    };
    assert_eq!(worst(&judge_bytes(&world, &parts().build())), Some(PASSED));
    let part = |name: &str| Part::new(name, b"x", Method::Stored).expect("part");
    let twin = |zip: &mut Zip| zip.parts.push(part(LETTER.0));
    let case = |zip: &mut Zip| zip.parts.push(part(&LETTER.0.to_uppercase()));
    let path = |zip: &mut Zip| zip.parts.push(part("../a"));
    let header = |zip: &mut Zip| zip.parts[1].local.name[0] = b'x';
    let crc = |zip: &mut Zip| zip.parts[1] = zip.parts[1].clone().with(|h| h.crc ^= 1);
    let end = |zip: &mut Zip| zip.comment = b"PK\x05\x06".to_vec();
    let table: [(Change<'_>, &str); 6] = [
        (
            &twin,
            "entry cong van + 1.txt: its name is also that of cong van + 1.txt",
        ),
        (
            &case,
            "entry CONG VAN + 1.TXT: its name is also that of cong van + 1.txt",
        ),
        (&path, "entry ../a: its name leads elsewhere"),
        (
            &header,
            "entry cong van + 1.txt: local header and central directory differ in name",
        ),
        (&crc, "entry cong van + 1.txt: its CRC-32 is another"),
        (&end, "end of central directory: cut short"),
    ];
    for (change, error) in table {
        let mut zip = parts();
        change(&mut zip);
        let report = judge_bytes(&world, &zip.build());
        let malformed = failed(S::FormatFailure, R::MalformedContainer);
        assert_eq!(worst(&report), Some(malformed), "{error}");
        let fault = report.fault.as_ref().expect("a fault");
        assert_eq!(fault.reason().arg("error"), Some(error));
        assert!(report.signatures.is_empty());
    }
    // Without a trace of a signature nothing could pass, and nothing is known to be broken.
    let mut plain = Zip::of(&[("a.txt", b"x".as_slice())]).expect("zip");
    plain.parts.push(part("a.txt"));
    let open = open(S::FormatFailure, R::MalformedContainer);
    assert_eq!(worst(&judge_bytes(&world, &plain.build())), Some(open));
}
