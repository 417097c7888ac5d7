//! XAdES that says one by one what it means: timestamps with Include, properties elsewhere, and what is foreign
//! in KeyInfo. What is not judged has a reason of its own.

use super::archive::days_ago;
use super::world::*;
use super::xades_levels::{Known, World, letter};
use lienthong::forge::timestamp::Token;
use lienthong::forge::xml::{Plan, Properties, Signed, method, x509_data};
use lienthong::format::xml::canonical::{AllBut, to_vec};
use lienthong::format::xml::{Document, Found, Index};
use lienthong::model::{ReasonCode as R, SubIndication as S};

const VALUE: &str = "#chu-ky-gia-tri";

fn revoked() -> Expected {
    open(S::RevokedNoPoe, R::CertificateRevoked)
}

fn unjudged() -> Expected {
    open(S::Generic, R::TimestampPartsNotJudged)
}

/// What the listed elements are in their form, one after the other.
fn octets(text: &str, listed: &[&str]) -> Vec<u8> {
    let document = Document::read(text.as_bytes()).expect("XML");
    let index = Index::of(&document);
    let each = listed.iter().filter_map(|uri| {
        let Some(Found::One(node)) = index.by_id(uri.strip_prefix('#')?) else {
            return None;
        };
        to_vec(&document, node, &method::exclusive(), &AllBut(&[])).ok()
    });
    each.collect::<Vec<_>>().concat()
}

/// With a timestamp that lists what it is over, and is over that.
fn stamped(world: &World, mut signed: Signed, property: &str, listed: &[&str]) -> Signed {
    let stamping = world.stamping(2);
    let token = Token::of(&octets(&signed.text, listed), stamping.at);
    let token = token.signed_by(&world.tsa).expect("token");
    let includes: String = listed
        .iter()
        .map(|uri| format!("<xades:Include URI=\"{uri}\"/>"))
        .collect();
    let name = format!("<{property}>");
    let stamp = stamping.carrying(property, &token);
    let stamp = stamp.replacen(&name, &format!("{name}{includes}"), 1);
    signed.add(&stamp).expect("added");
    signed
}

/// With references to certificates and lists that have identifiers.
fn referring(world: &World) -> Signed {
    let signed = world.basic().stamped(&world.stamping(0)).expect("stamped");
    let list = world.list(true);
    let signed = signed.with_references(&[&world.root.der], &[&list]);
    let mut signed = signed.expect("references");
    for (name, id) in [
        ("SignatureTimeStamp", "stt"),
        ("CompleteCertificateRefs", "ccr"),
        ("CompleteRevocationRefs", "crr"),
    ] {
        let (from, to) = (
            format!("<xades:{name}>"),
            format!("<xades:{name} Id=\"{id}\">"),
        );
        signed.text = signed.text.replace(&from, &to);
    }
    signed
}

/// The verdict about the last timestamp and about the file, whose signer was revoked yesterday.
fn told(world: &World, signed: &Signed) -> (Expected, Expected) {
    let report = world.judged_by(&signed.text, Known::Revoked);
    let stamp = report.signatures[0].timestamps.last().expect("a timestamp");
    let verdict = &stamp.signature.verdict;
    let own = (verdict.indication(), verdict.sub(), verdict.reason().code);
    (own, worst(&report).expect("a verdict"))
}

#[test]
fn a_timestamp_over_what_it_lists_counts_as_one_that_lists_nothing() {
    let world = World::new();
    let row = |property: &str, listed: &[&str]| {
        told(
            &world,
            &stamped(&world, referring(&world), property, listed),
        )
    };
    assert_eq!(row("xades:SignatureTimeStamp", &[VALUE]), (PASSED, PASSED));
    // In another order and without the timestamp: the list says it.
    for listed in [
        &[VALUE, "#stt", "#ccr", "#crr"][..],
        &["#crr", VALUE, "#ccr"],
    ] {
        assert_eq!(
            row("xades:SigAndRefsTimeStamp", listed),
            (PASSED, PASSED),
            "{listed:?}"
        );
    }
    let only = row("xades:RefsOnlyTimeStamp", &["#crr", "#ccr"]);
    assert_eq!(only, (PASSED, revoked()));
}

#[test]
fn a_timestamp_over_anything_else_is_not_judged_and_proves_nothing() {
    let world = World::new();
    let rows: [(&str, &[&str]); 9] = [
        // Not over this signature's value.
        ("xades:SignatureTimeStamp", &["#van-ban"]),
        ("xades:SigAndRefsTimeStamp", &["#ccr", "#crr"]),
        // More than that, twice, or elsewhere.
        ("xades:SignatureTimeStamp", &[VALUE, "#van-ban"]),
        ("xades:SignatureTimeStamp", &[VALUE, "#ccr"]),
        ("xades:SigAndRefsTimeStamp", &[VALUE, "#ccr", "#ccr"]),
        ("xades:SigAndRefsTimeStamp", &[VALUE, "#khong-co"]),
        ("xades:SignatureTimeStamp", &["http://127.0.0.1/a#b"]),
        ("xades:RefsOnlyTimeStamp", &[VALUE, "#ccr"]),
        ("xades:ArchiveTimeStamp", &[VALUE, "#ccr", "#crr"]),
    ];
    for (property, listed) in rows {
        let signed = stamped(&world, referring(&world), property, listed);
        let expected = (unjudged(), revoked());
        assert_eq!(told(&world, &signed), expected, "{property} {listed:?}");
    }
    // A token over something else than what it lists is another one's.
    let signed = stamped(
        &world,
        referring(&world),
        "xades:SignatureTimeStamp",
        &[VALUE],
    );
    let at = signed.text.rfind("<xades:SignatureTimeStamp>").expect("it");
    let mut moved = signed.clone();
    let (before, behind) = signed.text.split_at(at);
    let behind = behind
        .replacen("xades:SignatureTimeStamp>", "xades:SigAndRefsTimeStamp>", 2)
        .replacen("/><ds:Canon", "/><xades:Include URI=\"#ccr\"/><ds:Canon", 1);
    moved.text = format!("{before}{behind}");
    let other = failed(S::HashFailure, R::TimestampOfOther);
    assert_eq!(told(&world, &moved), (other, revoked()));
}

#[test]
fn properties_elsewhere_are_not_passed_over() {
    let world = World::new();
    let elsewhere = "<ds:Object><xades:QualifyingPropertiesReference \
                     xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\" URI=\"khac.xml#p\"/></ds:Object>";
    let expected = open(S::Generic, R::PropertiesElsewhere);
    let with = Plan::enveloped(&letter()).with(Properties::basic(days_ago(3)));
    for mut plan in [Plan::enveloped(&letter()), with] {
        plan.objects.push(elsewhere.to_owned());
        let report = world.judged(&world.signed(plan).text);
        assert_eq!(worst(&report), Some(expected));
        let reason = report.worst().expect("a verdict").reason();
        assert_eq!(reason.arg("uri"), Some("khac.xml#p"));
    }
}

#[test]
fn what_is_foreign_in_key_info_is_named() {
    let world = World::new();
    let own = x509_data(&world.signer.identity().expect("identity"));
    let foreign = own.replace("</ds:X509Data>", "<b xmlns=\"urn:b\"/></ds:X509Data>");
    let mut plan = Plan::enveloped(&letter()).with(Properties::basic(days_ago(3)));
    plan.key_info = Some(format!("<ds:KeyName>a</ds:KeyName>{foreign}<c/>"));
    let report = world.judged(&world.signed(plan).text);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    let warnings = report.signatures[0].warnings.iter();
    let named = warnings.filter(|warning| warning.code == R::KeyInfoNotRead);
    let named: Vec<_> = named.filter_map(|warning| warning.arg("what")).collect();
    // The letter has a namespace of its own, which `c` is in.
    assert_eq!(named.len(), 2, "{named:?}");
    assert_eq!(named[1], "{urn:b}b");
}
