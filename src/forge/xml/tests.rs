//! What is made can be read back, and every digest is that of what it names.

use super::unsigned::Archive;
use super::*;
use crate::forge::{Authority, Entity, KeyKind, Letter, Profile, Template, Validity};
use crate::model::{LocalDay, Timestamp};
use rcgen::DnType;

const NOW: Timestamp = Timestamp(1_795_478_400_000);

fn signer(kind: KeyKind) -> Identity {
    let good = Validity::around(NOW);
    let root = Authority::root("Gốc", KeyKind::P256, good).expect("root");
    let subject = [(DnType::CommonName, "Sở Tài chính")];
    let made = root.issue(&subject, kind, good, Profile::Signing);
    made.expect("issued")
}

fn stamper() -> Entity {
    let good = Validity::around(NOW);
    let root = Template::authority("Gốc", good)
        .self_signed()
        .expect("root");
    let made = Template::stamper("Dấu thời gian", good).issued_by(&root);
    made.expect("issued")
}

fn letter() -> String {
    Letter::sample(LocalDay::new(2026, 11, 24).expect("day")).xml()
}

#[test]
fn plans_of_every_place_give_well_formed_files() {
    let signer = signer(KeyKind::P256);
    let letter = letter();
    let inner = "<a xmlns=\"urn:a\">văn bản</a>";
    for plan in [
        Plan::enveloped(&letter),
        Plan::enveloping(inner),
        Plan::beside(&letter, "van-ban"),
        Plan::detached("cong-van.pdf", b"%PDF"),
    ] {
        let signed = plan
            .with(Properties::basic(NOW))
            .sign(&signer)
            .expect("signed");
        let document = Document::read(signed.text.as_bytes()).expect("well-formed");
        let signature = signed.plan.found(&document).expect("signature");
        let info = children(&document, signature, "SignedInfo");
        assert_eq!(children(&document, info[0], "Reference").len(), 2);
        assert!(signed.text.contains("SigningCertificateV2"));
    }
}

#[test]
fn a_longer_life_changes_nothing_that_was_signed() {
    let (signer, tsa) = (signer(KeyKind::P256), stamper());
    let signed = Plan::enveloped(&letter())
        .with(Properties::basic(NOW))
        .sign(&signer);
    let before = signed.expect("signed");
    let stamping = Stamping::by(&tsa, NOW);
    let last = before.clone().stamped(&stamping).expect("stamped");
    let last = last
        .with_values(&[&tsa.der], &[b"\x30\x00"], &[])
        .expect("values");
    let last = last.archived(Archive::V141, &stamping).expect("archived");
    let last = last.archived(Archive::V132, &stamping).expect("archived");
    let last = last
        .countersigned(&signer, "chu-ky-2")
        .expect("countersigned");
    let form = method::inclusive();
    let octets = |signed: &Signed| signed.plan.octets_in(&signed.text, &form).expect("octets");
    assert_eq!(octets(&before), octets(&last));
    assert_ne!(before.text, last.text);
    Document::read(last.text.as_bytes()).expect("well-formed");
}

#[test]
fn ecdsa_values_are_two_numbers_of_the_curve_s_length() {
    for (kind, length) in [(KeyKind::P256, 64), (KeyKind::P384, 96)] {
        let signer = signer(kind);
        for _ in 0..64 {
            let value = signer.key.sign(b"x").expect("value");
            let value = method::value(signer.key.scheme(), value).expect("two numbers");
            assert_eq!(value.len(), length);
        }
    }
}
