//! What is distrusted stays so however it is written: an ECDSA signature (r, s) over a certificate
//! can be written as (r, n − s) by anybody, and verifies as well.

use super::world::*;
use lienthong::forge::KeyKind;
use lienthong::forge::der;
use lienthong::format::asn1::read::Reader;
use lienthong::format::asn1::values::minimal;
use lienthong::format::asn1::write::tag;
use lienthong::model::{Digest, ReasonCode, SubIndication};
use lienthong::trust::anchor::Distrust;
use lienthong::trust::certificate::Certificate;

const CONTENT: &[u8] = b"content";

/// The order of P-256 (SEC 2 §2.4.2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// n − s as the content of an INTEGER.
fn negated(s: &[u8]) -> Vec<u8> {
    let mut out = vec![0u8; 33];
    let mut borrow = 0i16;
    for at in (0..32).rev() {
        let from_end = 32 - at;
        let own = s.len().checked_sub(from_end).map_or(0, |i| s[i]);
        let digit = i16::from(ORDER[at]) - i16::from(own) - borrow;
        borrow = i16::from(digit < 0);
        out[at + 1] = u8::try_from(digit.rem_euclid(256)).expect("an octet");
    }
    minimal(&out).to_vec()
}

/// The same certificate with its signature written the other way.
fn rewritten(certificate: &[u8]) -> Vec<u8> {
    let mut parts = Reader::new(certificate)
        .expect(tag::SEQUENCE)
        .expect("certificate")
        .reader();
    let (signed, algorithm) = (parts.any().expect("tbs"), parts.any().expect("algorithm"));
    let value = parts.expect(der::BIT_STRING).expect("value").content;
    let mut numbers = Reader::new(&value[1..])
        .expect(tag::SEQUENCE)
        .expect("signature")
        .reader();
    let r = numbers.any().expect("r").full;
    let s = numbers.expect(tag::INTEGER).expect("s").content;
    let other = der::sequence_of(&[r.to_vec(), der::raw_integer(&negated(s))]);
    let parts = [
        signed.full.to_vec(),
        algorithm.full.to_vec(),
        der::bits(&other),
    ];
    der::sequence_of(&parts)
}

#[test]
fn a_distrusted_authority_does_not_come_back_in_another_encoding() {
    let world = World::new(KeyKind::P256);
    let own = world.ca.der().to_vec();
    let other = rewritten(&own);
    assert_ne!(Digest::of(&own), Digest::of(&other));
    assert_eq!(rewritten(&other), own);
    let certificate = Certificate::parse(&own).expect("certificate");
    let signed = Digest::of(certificate.to_be_signed());
    let bare = Distrust::from(certificate.sha256());
    let distrusted = open(
        SubIndication::ChainConstraintsFailure,
        ReasonCode::Distrusted,
    );
    // By a digest alone it is only met in another encoding where the certificate is at hand.
    let table = [
        ("nothing", None, false, PASSED),
        (
            "its file",
            Some(Distrust::from(&certificate)),
            false,
            distrusted,
        ),
        (
            "its digest, among the intermediates",
            Some(bare),
            true,
            distrusted,
        ),
        ("its signed part", Some(signed.into()), false, distrusted),
        (
            "its key",
            Some(world.ca.key_digest().into()),
            false,
            distrusted,
        ),
    ];
    for (name, entry, at_hand, expected) in table {
        for sent in [&own, &other] {
            let mut signer = world.signer.clone();
            signer.chain = vec![sent.clone()];
            let der = signer.sign_detached(CONTENT, NOW).expect("signed");
            let mut input = world.input();
            input.distrust.extend(entry);
            if at_hand {
                input.intermediates.push(own.clone());
            }
            let content = memory(CONTENT);
            let report = validator(input).judge_file(&memory(&der), Some(&content), NOW);
            assert_eq!(worst(&report), Some(expected), "{name}, {}", sent == &own);
        }
    }
}

#[test]
fn a_distrusted_signer_does_not_come_back_either() {
    let world = World::new(KeyKind::P256);
    let certificate = Certificate::parse(&world.signer.certificate.der).expect("certificate");
    let mut signer = world.signer.clone();
    signer.certificate.der = rewritten(&signer.certificate.der);
    let mut input = world.input();
    let good = signer.sign_detached(CONTENT, NOW).expect("signed");
    let judged = |input| {
        let content = memory(CONTENT);
        let report = validator(input).judge_file(&memory(&good), Some(&content), NOW);
        worst(&report)
    };
    assert_eq!(judged(world.input()), Some(PASSED));
    input.distrust.push(Distrust::from(&certificate));
    let sub = SubIndication::ChainConstraintsFailure;
    assert_eq!(judged(input), Some(open(sub, ReasonCode::Distrusted)));
}
