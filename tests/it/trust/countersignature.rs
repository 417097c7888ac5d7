//! Countersignatures (RFC 5652 §11.4): judged for themselves, and nothing for the signature under them.

use super::forged::{attribute, content_type, message_digest, signer_info};
use super::world::*;
use lienthong::forge::{Identity, KeyKind};
use lienthong::format::asn1::oid;
use lienthong::model::{ReasonCode as R, SubIndication as S};
use lienthong::trust::report::{FileReport, SignatureReport};

const CONTENT: &[u8] = b"content";

/// The attributes of a countersignature over a signature value.
type Attributes<'a> = &'a dyn Fn(&[u8]) -> Vec<Vec<u8>>;

fn signed(world: &World, by: &Identity, attributes: Attributes<'_>) -> Vec<u8> {
    let mut signer = world.signer.clone();
    signer.chain.push(world.other.certificate.der.clone());
    let over_value = |value: &[u8]| {
        let own = signer_info(by, &attributes(value), true);
        Ok(vec![attribute(oid::COUNTERSIGNATURE, &[&own])])
    };
    let none = |_: &[u8]| Ok(Vec::new());
    signer
        .sign_archived(CONTENT, over_value, none)
        .expect("signed")
}

fn judged(world: &World, der: &[u8]) -> FileReport {
    let content = memory(CONTENT);
    world
        .validator()
        .judge_file(&memory(der), Some(&content), NOW)
}

fn said(report: &SignatureReport) -> Expected {
    let verdict = &report.verdict;
    (verdict.indication(), verdict.sub(), verdict.reason().code)
}

#[test]
fn each_is_judged_for_itself() {
    let world = World::new(KeyKind::P256);
    let stranger = World::new(KeyKind::P256);
    let own = |value: &[u8]| vec![message_digest(value)];
    let other = |_: &[u8]| vec![message_digest(b"another value")];
    let typed = |value: &[u8]| vec![content_type(), message_digest(value)];
    let bare = |_: &[u8]| Vec::new();
    let wrong = failed(S::FormatFailure, R::SignedAttributesWrong);
    let missing = open(S::NoSigningCertificateFound, R::SignerCertificateMissing);
    let table: [(&str, &Identity, Attributes<'_>, Expected); 5] = [
        ("as it should be", &world.other, &own, PASSED),
        (
            "over another value",
            &world.other,
            &other,
            failed(S::HashFailure, R::DigestMismatch),
        ),
        ("with a content type", &world.other, &typed, wrong),
        ("without a digest", &world.other, &bare, wrong),
        ("by somebody unknown", &stranger.other, &own, missing),
    ];
    for (name, by, attributes, expected) in table {
        let report = judged(&world, &signed(&world, by, attributes));
        // Whatever it is, the signature under it and the file stand.
        assert_eq!(worst(&report), Some(PASSED), "{name}");
        assert_eq!(report.signatures.len(), 1, "{name}: nobody else signed");
        let [found] = report.signatures[0].countersignatures.as_slice() else {
            panic!("{name}: {report:#?}");
        };
        assert_eq!(said(found), expected, "{name}");
        if expected == PASSED {
            let signer = found.signer.as_ref().expect("signer");
            assert_eq!(signer.key, world.other.subject_key);
        }
    }
}

#[test]
fn a_good_one_does_not_save_a_signature() {
    let world = World::new(KeyKind::P256);
    let der = signed(&world, &world.other, &|value| vec![message_digest(value)]);
    let content = memory(b"other content");
    let report = world
        .validator()
        .judge_file(&memory(&der), Some(&content), NOW);
    let broken = failed(S::HashFailure, R::DigestMismatch);
    assert_eq!(worst(&report), Some(broken));
    let own = &report.signatures[0].countersignatures;
    assert_eq!(own.iter().map(said).collect::<Vec<_>>(), [PASSED]);
}

#[test]
fn no_signer_info_and_a_crowd_are_bounded() {
    let world = World::new(KeyKind::P256);
    let none = |_: &[u8]| Ok(Vec::new());
    for (values, expected) in [(1, 1), (100, 8)] {
        let junk = attribute(oid::COUNTERSIGNATURE, &vec![&[0x05, 0x00][..]; values]);
        let over_value = |_: &[u8]| Ok(vec![junk.clone()]);
        let made = world.signer.sign_archived(CONTENT, over_value, none);
        let report = judged(&world, &made.expect("signed"));
        assert_eq!(worst(&report), Some(PASSED));
        let own = &report.signatures[0].countersignatures;
        assert_eq!(own.len(), expected);
        let malformed = failed(S::FormatFailure, R::MalformedCms);
        assert!(own.iter().all(|c| said(c) == malformed), "{own:?}");
    }
}
