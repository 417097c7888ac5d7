//! XAdES that is forged (attack catalogue X8): properties that are not those that were signed,
//! certificates, timestamps and counter-signatures from elsewhere.

use super::archive::days_ago;
use super::world::*;
use super::xades_levels::{Known, World, letter};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lienthong::forge::timestamp::Token;
use lienthong::forge::xml::properties::{Named, SIGNED_PROPERTIES};
use lienthong::forge::xml::unsigned::{Archive, COUNTERSIGNED};
use lienthong::forge::xml::{Place, Plan, Properties, Reference, Signed, Transform, method};
use lienthong::format::asn1::read::Reader;
use lienthong::model::{ReasonCode as R, SubIndication as S};
use lienthong::trust::report::{FileReport, Integrity};

fn forged(what: &str, report: &FileReport) {
    let expected = failed(S::SigConstraintsFailure, R::SignedPropertiesWrong);
    assert_eq!(worst(report), Some(expected), "{what}: {report:#?}");
    let reason = report.worst().expect("a verdict").reason();
    assert_eq!(reason.arg("what"), Some(what));
}

fn basic() -> Properties {
    Properties::basic(days_ago(3))
}

/// The one piece of a text between two others, these included.
fn piece<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).expect("a start");
    let length = text[start..].find(to).expect("an end") + to.len();
    &text[start..start + length]
}

#[test]
fn properties_that_the_signature_does_not_sign_are_forged() {
    let world = World::new();
    // No reference to them.
    let bare = Properties {
        kind: None,
        ..basic()
    };
    let unsigned = world.signed(Plan::enveloped(&letter()).with(bare));
    forged("not signed", &world.judged(&unsigned.text));
    // Put into a plain signature.
    let plain = world.signed(Plan::enveloped(&letter()));
    let signed = world.basic();
    let object = piece(&signed.text, "<ds:Object><xades", "</ds:Object>");
    let end = format!("{object}</ds:Signature>");
    let injected = plain.text.replace("</ds:Signature>", &end);
    forged("not signed", &world.judged(&injected));
    // A reference that says it is to signed properties and is to something else.
    let mut plan = Plan::enveloped(&letter()).with(basic());
    let part = vec![Transform::Canonical(method::exclusive())];
    let to_part = Reference::to("#van-ban", part).of_kind(SIGNED_PROPERTIES);
    plan.references.push(to_part);
    forged("reference", &world.judged(&world.signed(plan).text));
}

#[test]
fn properties_elsewhere_do_not_stand_for_the_signature_s_own() {
    let world = World::new();
    let signed = world.basic().text;
    let own = piece(
        &signed,
        "<xades:SignedProperties",
        "</xades:SignedProperties>",
    );
    let object = piece(&signed, "<ds:Object><xades", "</ds:Object>");
    let elsewhere = format!("<goc>{own}</goc>");
    // The signed ones are moved out, to where the reference finds them; others take their place.
    let fake = own
        .replace("chu-ky-thuoc-tinh", "khac")
        .replace("2026-11-2", "2019-11-2");
    let swapped = signed.replace(own, &fake);
    let with = swapped.replace(
        "</ds:Signature>",
        &format!("<ds:Object>{elsewhere}</ds:Object></ds:Signature>"),
    );
    let with = with.replace(
        "<goc>",
        "<goc xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\">",
    );
    let report = world.judged(&with);
    assert!(!report.worst().expect("a verdict").is_passed());
    forged("reference", &report);
    // Others stand beside them.
    let second = object.replace("chu-ky-thuoc-tinh", "khac");
    let two = signed.replace(object, &format!("{object}{second}"));
    forged("several", &world.judged(&two));
    let in_one = second
        .replace("<ds:Object>", "")
        .replace("</ds:Object>", "");
    let two = signed.replace(
        "</xades:QualifyingProperties>",
        &format!("</xades:QualifyingProperties>{in_one}"),
    );
    forged("several", &world.judged(&two));
    let fakes = signed.replace(own, &format!("{fake}{own}"));
    let malformed = failed(S::FormatFailure, R::MalformedXml);
    assert_eq!(worst(&world.judged(&fakes)), Some(malformed));
    // None at all, where they are promised.
    let none = signed.replace(object, "");
    forged("absent", &world.judged(&none));
    let emptied = signed.replace(own, "");
    forged("absent", &world.judged(&emptied));
}

#[test]
fn properties_of_another_signature_are_not_taken() {
    let world = World::new();
    let target = Properties {
        target: Some("#chu-ky-2".into()),
        ..basic()
    };
    let signed = world.signed(Plan::enveloped(&letter()).with(target));
    forged("target", &world.judged(&signed.text));
    // A second signature that signs the properties of the first.
    let first = world.signed(Plan::beside(&letter(), "van-ban").with(basic()));
    let part = vec![Transform::Canonical(method::exclusive())];
    let to_first = Reference::to("#chu-ky-thuoc-tinh", part.clone());
    let references = vec![
        Reference::to("#van-ban", part),
        to_first.of_kind(SIGNED_PROPERTIES),
    ];
    let plan = Plan::new(&first.text, Place::Last, references).called("chu-ky-2");
    let both = world.signed(plan);
    forged("absent", &world.judged(&both.text));
}

#[test]
fn a_changed_property_is_a_wrong_digest() {
    let world = World::new();
    let text = world.basic().text;
    let time = piece(&text, "<xades:SigningTime>", "</xades:SigningTime>");
    let changed = text.replace(
        time,
        "<xades:SigningTime>2019-01-01T00:00:00Z</xades:SigningTime>",
    );
    let report = world.judged(&changed);
    let expected = failed(S::HashFailure, R::DigestMismatch);
    assert_eq!(worst(&report), Some(expected));
    let commented = text.replace("<xades:SigningTime>", "<xades:SigningTime><!--x-->");
    let expected = failed(S::FormatFailure, R::MalformedXml);
    assert_eq!(worst(&world.judged(&commented)), Some(expected));
}

#[test]
fn another_certificate_than_the_named_one_is_refused() {
    let world = World::new();
    let of = |entity: &lienthong::forge::Entity| entity.identity().expect("identity");
    let mismatch = failed(S::SigConstraintsFailure, R::SigningCertificateMismatch);
    for named in [Named::v1(&of(&world.other)), Named::v2(&of(&world.other))] {
        let properties = basic().naming(vec![named]);
        let report = world.judged(
            &world
                .signed(Plan::enveloped(&letter()).with(properties))
                .text,
        );
        assert_eq!(worst(&report), Some(mismatch));
        assert_eq!(report.signatures[0].integrity, Integrity::Broken);
    }
    // The right digest beside the serial number of another: only a hint in the second version.
    let second = basic().naming(vec![Named::v2(&of(&world.signer))]);
    let good = world.signed(Plan::enveloped(&letter()).with(second)).text;
    let first = basic().naming(vec![Named::v1(&of(&world.signer))]);
    let old = world.signed(Plan::enveloped(&letter()).with(first));
    assert!(world.judged(&good).worst().is_some_and(|v| v.is_passed()));
    let hint = piece(&good, "<xades:IssuerSerialV2>", "</xades:IssuerSerialV2>").to_owned();
    let number = piece(&old.text, "<ds:X509SerialNumber>", "</ds:X509SerialNumber>").to_owned();
    for (from, to, expected) in [
        (
            hint,
            "<xades:IssuerSerialV2>...</xades:IssuerSerialV2>",
            PASSED,
        ),
        (
            number,
            "<ds:X509SerialNumber>12</ds:X509SerialNumber>",
            mismatch,
        ),
    ] {
        let changed = |properties: Properties| {
            let mut plan = Plan::enveloped(&letter()).with(properties);
            plan.rewrite = Some((from.clone(), to.to_owned()));
            world.judged(&world.signed(plan).text)
        };
        let v2 = from.contains("V2");
        let named = match v2 {
            true => Named::v2(&of(&world.signer)),
            false => Named::v1(&of(&world.signer)),
        };
        let report = changed(basic().naming(vec![named]));
        assert_eq!(worst(&report), Some(expected), "{report:#?}");
        let warned = report.signatures[0].warnings.iter();
        let mut warned = warned.filter(|w| w.code == R::SigningCertificateHintWrong);
        assert_eq!(warned.next().is_some(), v2);
    }
}

#[test]
fn tokens_over_something_else_prove_nothing() {
    let world = World::new();
    let stamping = world.stamping(2);
    let token = Token::of(b"something else", stamping.at).signed_by(&world.tsa);
    let token = token.expect("token");
    let another = world.signed(Plan::enveloped(&letter()).with(basic()));
    let another = another.stamped(&stamping).expect("stamped").text;
    let copied = piece(
        &another,
        "<xades:SignatureTimeStamp>",
        "</xades:SignatureTimeStamp>",
    );
    let revoked = open(S::RevokedNoPoe, R::CertificateRevoked);
    for property in [
        stamping.carrying("xades:SignatureTimeStamp", &token),
        stamping.carrying("xades:ArchiveTimeStamp", &token),
        stamping.carrying("xades:SigAndRefsTimeStamp", &token),
        copied.to_owned(),
    ] {
        let mut signed = world.basic();
        signed.add(&property).expect("added");
        let report = world.judged_by(&signed.text, Known::Revoked);
        assert_eq!(worst(&report), Some(revoked), "{property}");
        let stamp = &report.signatures[0].timestamps[0].signature;
        assert_eq!(stamp.verdict.reason().code, R::TimestampOfOther);
    }
}

#[test]
fn what_an_archive_covers_cannot_be_changed() {
    let world = World::new();
    let list = world.list(true);
    let signed = world.basic().stamped(&world.stamping(2)).expect("stamped");
    let signed = signed.with_values(&[&world.signer.der], &[&list], &[]);
    let signed = signed
        .expect("values")
        .archived(Archive::V141, &world.stamping(1));
    let text = signed.expect("archived").text;
    let stamped = piece(
        &text,
        "<xades:SignatureTimeStamp>",
        "</xades:SignatureTimeStamp>",
    );
    let values = piece(
        &text,
        "<xades:CertificateValues>",
        "</xades:CertificateValues>",
    );
    let keys = piece(&text, "<ds:KeyInfo", "</ds:KeyInfo>");
    for (what, without) in [
        ("no signature timestamp", text.replace(stamped, "")),
        ("no values", text.replace(values, "")),
        (
            "moved values",
            text.replace(values, "")
                .replace(stamped, &format!("{values}{stamped}")),
        ),
        (
            "another KeyInfo",
            text.replace(keys, &keys.replace("Id=\"", "Id=\"a")),
        ),
    ] {
        let report = world.judged(&without);
        let stamps = &report.signatures[0].timestamps;
        let last = &stamps[stamps.len() - 1].signature.verdict;
        assert_eq!(last.reason().code, R::TimestampOfOther, "{what}");
    }
}

/// The octets of the archive timestamp's token.
fn archive_token(text: &str) -> Option<Vec<u8>> {
    let (_, behind) = text.rsplit_once("<xades:EncapsulatedTimeStamp")?;
    let (encoded, _) = behind.split_once('>')?.1.split_once('<')?;
    STANDARD.decode(encoded).ok()
}

/// A token without what nobody signs of it and what says nothing about it: the values of version and
/// digestAlgorithms. RFC 5652 §5.1: version follows from the other fields, which are read by their tags
/// whatever it says; digestAlgorithms is "any number of" hints for whoever digests while reading, and the
/// algorithm that counts is the signer's own (§5.3). Tags and lengths stay.
fn without_hints(token: &[u8]) -> Option<Vec<u8>> {
    let mut info = Reader::new(token).expect(0x30).ok()?.reader();
    info.expect(0x06).ok()?;
    let mut data = info.expect(0xa0).ok()?.reader();
    let mut data = data.expect(0x30).ok()?.reader();
    let version = data.expect(0x02).ok()?.content_range();
    let algorithms = data.expect(0x31).ok()?.content_range();
    let mut rest = token.to_vec();
    rest.drain(algorithms);
    rest.drain(version);
    Some(rest)
}

/// Whether two texts differ in nothing but those values of the archive timestamp, over which nothing is.
fn differ_in_hints(one: &str, other: &str) -> bool {
    let around = |text: &str| {
        let (before, behind) = text.rsplit_once("<xades:EncapsulatedTimeStamp")?;
        let (tag, behind) = behind.split_once('>')?;
        let (_, behind) = behind.split_once('<')?;
        Some([before, tag, behind].map(str::to_owned))
    };
    let signed = |text: &str| without_hints(&archive_token(text)?);
    around(one) == around(other) && signed(one).is_some() && signed(one) == signed(other)
}

#[test]
fn no_changed_octet_of_a_whole_signature_passes_as_what_it_was() {
    let world = World::new();
    let list = world.list(true);
    let signed = world.basic().stamped(&world.stamping(2)).expect("stamped");
    let signed = signed
        .with_values(&[&world.signer.der], &[&list], &[])
        .expect("values");
    let signed = signed
        .archived(Archive::V141, &world.stamping(1))
        .expect("archived");
    let text = signed.text;
    let good = world.judged_by(&text, Known::Revoked);
    assert_eq!(worst(&good), Some(PASSED), "{good:#?}");
    let mut changed = text.clone().into_bytes();
    for at in (0..text.len()).step_by(text.len() / 150) {
        let before = changed[at];
        changed[at] = match before {
            b'A' => b'B',
            _ => b'A',
        };
        let now = String::from_utf8_lossy(&changed);
        let report = world.judged_by(&now, Known::Revoked);
        // What nobody signed may change; then the archive timestamp no longer holds.
        let still = report
            .signatures
            .first()
            .is_some_and(|s| s.level == good.signatures[0].level);
        let passed = report.worst().is_some_and(|v| v.is_passed());
        assert!(
            !(passed && still) || differ_in_hints(&text, &now),
            "octet {at} of {}",
            text.len()
        );
        changed[at] = before;
    }
}

fn countersigned(world: &World) -> Signed {
    let other = world.other.identity().expect("identity");
    let signed = world.basic().countersigned(&other, "chu-ky-2");
    signed.expect("countersigned")
}

#[test]
fn a_countersignature_is_told_beside_the_signature() {
    let world = World::new();
    let report = world.judged(&countersigned(&world).text);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    let [signature] = &report.signatures[..] else {
        panic!("{report:#?}");
    };
    let [own] = &signature.countersignatures[..] else {
        panic!("{report:#?}");
    };
    assert!(own.verdict.is_passed());
    assert!(
        own.signer
            .as_ref()
            .is_some_and(|s| s.subject.contains("Trần Thị An"))
    );
}

#[test]
fn one_by_its_type_is_told_beside_the_signature_that_it_names() {
    let world = World::new();
    let steps = || vec![Transform::Canonical(method::exclusive())];
    let first = world.signed(Plan::beside(&letter(), "van-ban").with(basic()));
    let over = |extra: Option<Reference>| {
        let value = Reference::to("#chu-ky-gia-tri", steps()).of_kind(COUNTERSIGNED);
        let references = std::iter::once(value).chain(extra).collect();
        let plan = Plan::new(&first.text, Place::Last, references).called("chu-ky-2");
        let other = world.other.identity().expect("identity");
        plan.with(basic()).sign(&other).expect("signed").text
    };
    let report = world.judged(&over(None));
    assert_eq!(report.signatures.len(), 1, "{report:#?}");
    assert!(
        report.signatures[0].countersignatures[0]
            .verdict
            .is_passed()
    );
    // One that signs the letter too stands for itself.
    let report = world.judged(&over(Some(Reference::to("#van-ban", steps()))));
    assert_eq!(report.signatures.len(), 2);
}

#[test]
fn a_countersignature_over_something_else_spoils_the_file() {
    let world = World::new();
    let good = countersigned(&world).text;
    let property = piece(
        &good,
        "<xades:CounterSignature>",
        "</xades:CounterSignature>",
    );
    let spoiled = |text: &str, code| {
        let report = world.judged(text);
        let expected = open(S::SigConstraintsFailure, R::CountersignatureWrong);
        assert_eq!(worst(&report), Some(expected), "{report:#?}");
        let own = &report.signatures[0].countersignatures[0].verdict;
        assert_eq!(own.reason().code, code);
    };
    // Copied from another signature.
    let mut another = world.basic();
    another.add(property).expect("added");
    spoiled(&another.text, R::DigestMismatch);
    // A good signature over the letter, put in as one over the value.
    let mut host = world.basic();
    host.add("<xades:CounterSignature></xades:CounterSignature>")
        .expect("added");
    let end = "</xades:CounterSignature>";
    let at = host.text.find(end).expect("room");
    let steps = vec![Transform::Canonical(method::exclusive())];
    let reference = Reference::to("#van-ban", steps).of_kind(COUNTERSIGNED);
    let plan = Plan::new(&host.text, Place::At(at), vec![reference]).called("chu-ky-2");
    let other = world.other.identity().expect("identity");
    let fake = plan.sign(&other).expect("signed").text;
    spoiled(&fake, R::CountersignatureOfOther);
}
