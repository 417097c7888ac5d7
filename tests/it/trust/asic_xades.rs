//! XAdES in ASiC containers (EN 319 162-1 §4.3.3.2, §4.4.3.2), and archives that are not read: what `verify`
//! and the relay say of them.

use super::world::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lienthong::forge::asic::Asic;
use lienthong::forge::xml::{Place, Plan, Properties, Reference, Transform, method};
use lienthong::forge::zip::{Part, Zip};
use lienthong::forge::{ForgeError, KeyKind};
use lienthong::format::zip::Method;
use lienthong::model::{ReasonCode as R, SubIndication as S};
use lienthong::trust::algorithms::DigestAlgorithm;
use lienthong::trust::report::{Coverage, FileReport, Integrity};
use std::time::Duration;
use tokio::time::Instant;

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

/// Deflated without being made smaller (RFC 1951 §3.2.4), so that it is made in no time.
fn deflated(name: &str, bytes: &[u8]) -> Part {
    let blocks = bytes.chunks(0xffff);
    let last = blocks.len() - 1;
    let mut data = Vec::with_capacity(bytes.len() + 8 * blocks.len());
    for (number, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).expect("a block");
        data.push(u8::from(number == last));
        data.extend(length.to_le_bytes());
        data.extend((!length).to_le_bytes());
        data.extend(block);
    }
    let packed = u32::try_from(data.len()).expect("small");
    let part = Part::new(name, bytes, Method::Stored).expect("part");
    let mut part = part.with(|header| (header.method, header.packed) = (8, packed));
    part.data = data;
    part
}

/// Files that are transformed are held unpacked: all of a container together so much and no more, however
/// many signature files ask for them, and none is unpacked to find that out.
#[test]
fn files_that_are_transformed_share_one_memory() {
    const MEMORY: usize = 64 * 1024 * 1024;
    let world = World::new(KeyKind::P256);
    let small = ("nho.b64", b"S2luaCBndWk=".as_slice());
    // No base64, which is found out at once.
    let large = vec![0xff; MEMORY];
    let over = |name: &str| {
        let reference = Reference {
            transforms: vec![Transform::Base64],
            ..Reference::to_file(name, b"Kinh gui")
        };
        let plan = Plan::new("", Place::Alone, vec![reference]).with(Properties::basic(NOW));
        plan.sign(&world.signer).expect("signed").text
    };
    let judged = |signed: &[&str], large: Part| {
        let mut zip = Zip::of(&[("mimetype", lienthong::forge::asic::EXTENDED.as_bytes())]);
        let zip = zip.as_mut().expect("zip");
        for (number, name) in signed.iter().enumerate() {
            let name_of_file = format!("META-INF/signatures{number}.xml");
            let text = over(name);
            zip.parts
                .push(Part::new(&name_of_file, text.as_bytes(), Method::Stored).expect("part"));
        }
        zip.parts.push(deflated(small.0, small.1));
        zip.parts.push(large);
        let report = judge_bytes(&world, &zip.build());
        let told = report.signatures.iter();
        let told: Vec<(Integrity, R)> = told
            .map(|s| (s.integrity, s.verdict.reason().code))
            .collect();
        assert_ne!(worst(&report), Some(PASSED));
        told
    };
    let intact = |signatures: &[(Integrity, R)]| {
        let intact = signatures.iter().filter(|(i, _)| *i == Integrity::Intact);
        intact.count()
    };
    // The small one, by each of two signature files; the large one, which fits alone.
    let twice = judged(&[small.0, small.0], deflated("lon.b64", b"x"));
    assert_eq!((twice.len(), intact(&twice)), (2, 2));
    let alone = judged(&["lon.b64"], deflated("lon.b64", &large));
    assert_eq!(alone[0].1, R::MalformedXml);
    // Beside the small one, of another signature file, it does not; as it is in the file it needs nothing.
    let both = judged(&[small.0, "lon.b64"], deflated("lon.b64", &large));
    assert_eq!((both.len(), intact(&both)), (2, 1));
    assert_eq!(both[1].1, R::LimitExceeded);
    let stored = Part::new("lon.b64", &large, Method::Stored).expect("part");
    let both = judged(&[small.0, "lon.b64"], stored);
    assert_eq!(both[1].1, R::MalformedXml);
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

/// A container of one file and a signature over a manifest that refers to it, once for each digest algorithm.
fn over_manifest(world: &World, file: &[u8], algorithms: &[DigestAlgorithm], times: usize) -> Asic {
    let one = |algorithm: &DigestAlgorithm| {
        format!(
            "<ds:Reference URI=\"du-lieu.bin\"><ds:DigestMethod Algorithm=\"{}\"/><ds:DigestValue>{}\
             </ds:DigestValue></ds:Reference>",
            method::digest(*algorithm),
            STANDARD.encode(algorithm.of(file).as_ref())
        )
    };
    let listed: String = algorithms.iter().map(one).collect();
    let manifest = format!(
        "<ds:Manifest Id=\"m\">{}</ds:Manifest>",
        listed.repeat(times)
    );
    let steps = vec![Transform::Canonical(method::exclusive())];
    let mut plan = Plan::new("", Place::Alone, vec![Reference::to("#m", steps)]);
    plan.objects
        .push(format!("<ds:Object>{manifest}</ds:Object>"));
    let text = plan.sign(&world.signer).expect("signed").text;
    Asic::extended(&[("du-lieu.bin", file)]).with("META-INF/signatures0.xml", text.as_bytes())
}

#[test]
fn a_file_is_digested_once_for_all_references_of_a_manifest() {
    let world = World::new(KeyKind::P256);
    // Sixteen gigabytes, if each were digested for itself.
    let file: Vec<u8> = (0..1u32 << 20)
        .flat_map(|n| n.wrapping_mul(0x9e37_79b1).to_le_bytes())
        .collect();
    let container = over_manifest(&world, &file, &[DigestAlgorithm::Sha256], 4_096);
    let begun = Instant::now();
    let report = judge(&world, &container);
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(worst(&report), Some(PASSED));
    assert_eq!(report.signatures[0].covers.len(), 4_097);
}

#[test]
fn a_file_is_digested_by_a_few_algorithms() {
    use DigestAlgorithm::{Sha3_256, Sha3_512, Sha256, Sha384, Sha512};
    let world = World::new(KeyKind::P256);
    let told = |algorithms: &[DigestAlgorithm]| {
        worst(&judge(&world, &over_manifest(&world, b"1", algorithms, 1)))
    };
    assert_eq!(told(&[Sha256, Sha384, Sha512, Sha3_256]), Some(PASSED));
    let limit = failed(S::FormatFailure, R::LimitExceeded);
    let more = [Sha256, Sha384, Sha512, Sha3_256, Sha3_512];
    assert_eq!(told(&more), Some(limit));
}
