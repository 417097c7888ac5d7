//! XML made to be slow, or to take much memory, by what is not counted when octets are: long names that are compared
//! again and again, tags that are read for each question, forms that are held (attack catalogue X4, X6). Nobody
//! has to sign any of it. Each takes a minute or more if what it is made of is not counted or not found at once.

use super::world::*;
use lienthong::forge::KeyKind;
use lienthong::forge::asic::Asic;
use lienthong::model::{Indication, ReasonCode as R, SubIndication as S};
use lienthong::trust::material::MaterialInput;
use lienthong::trust::report::{FileReport, SignatureReport};
use std::time::Duration;
use tokio::time::Instant;

const FILTER: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// SHA-256 of nothing.
const NOTHING: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn transform(algorithm: &str, inside: &str) -> String {
    format!("<ds:Transform Algorithm=\"{algorithm}\">{inside}</ds:Transform>")
}

fn filter(expression: &str) -> String {
    let inside =
        format!("<f:XPath xmlns:f=\"{FILTER}\" Filter=\"subtract\">{expression}</f:XPath>");
    transform(FILTER, &inside)
}

fn xpath(expression: &str) -> String {
    transform(XPATH, &format!("<ds:XPath>{expression}</ds:XPath>"))
}

fn reference(uri: &str, transforms: &str) -> String {
    format!(
        "<ds:Reference URI=\"{uri}\"><ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod \
         Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>{NOTHING}\
         </ds:DigestValue></ds:Reference>"
    )
}

/// A signature whose value is nobody's.
fn signature(references: &str, key_info: &str) -> String {
    format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/><ds:SignatureMethod \
         Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"/>{references}\
         </ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue>{key_info}</ds:Signature>"
    )
}

fn judged_under(input: MaterialInput, text: &str) -> FileReport {
    validator(input).judge_file(&memory(text.as_bytes()), None, NOW)
}

fn judged(text: &str) -> FileReport {
    judged_under(MaterialInput::default(), text)
}

/// Where the answer does not show what it took: about as long as something else that is as large.
fn as_soon_as<T>(other: impl FnOnce() -> T, judge: impl FnOnce() -> T) -> T {
    const MORE: u32 = 5;
    let begun = Instant::now();
    drop(other());
    let most = begun.elapsed() * MORE + Duration::from_millis(500);
    let begun = Instant::now();
    let found = judge();
    assert!(begun.elapsed() < most, "{:?} of {most:?}", begun.elapsed());
    found
}

fn said(signature: &SignatureReport) -> Expected {
    let verdict = &signature.verdict;
    (verdict.indication(), verdict.sub(), verdict.reason().code)
}

/// What is said of every signature of a document, each with these transforms of all of it.
fn each(before: &str, inside: &str, (count, transforms): (usize, &str)) -> Vec<Expected> {
    let own = signature(&reference("", transforms), "").repeat(count);
    let report = judged(&format!("<a{before}>{inside}{own}</a>"));
    assert_eq!(report.signatures.len(), count);
    report.signatures.iter().map(said).collect()
}

fn unknown() -> Expected {
    open(S::Generic, R::TransformNotSupported)
}

fn beyond() -> Expected {
    open(S::Generic, R::LimitExceeded)
}

fn attributes(count: usize) -> String {
    (0..count).map(|n| format!(" a{n}=\"\"")).collect()
}

#[test]
fn every_prefix_of_an_expression_is_looked_up_at_once() {
    let before = format!("{} xmlns:p=\"urn:p\"", attributes(190_000));
    let of = |paths: usize| {
        let paths = vec!["/p:b"; paths].join("|") + "]";
        each(&before, "", (4, &filter(&paths)))
    };
    let found = as_soon_as(|| of(1), || of(190));
    assert_eq!(found, [unknown(); 4]);
}

#[test]
fn a_long_namespace_is_in_no_expression() {
    let before = format!(" xmlns:p=\"urn:{}\"", "p".repeat(1_000_000));
    let test = ["self::p:b"; 16].join(" or ");
    let found = each(&before, &"<p:b/>".repeat(20_000), (8, &xpath(&test)));
    assert_eq!(found, [unknown(); 8]);
}

#[test]
fn namespaces_that_begin_alike_are_compared_as_often_as_is_allowed() {
    let long = "u".repeat(500_000);
    let before = format!(" xmlns:p=\"urn:{long}1\" xmlns:q=\"urn:{long}2\"");
    let steps = transform(ENVELOPED, "") + &transform(INCLUSIVE, "");
    let inside = "<b q:c=\"\" p:c=\"\"/>".repeat(20_000);
    let found = each(&before, &inside, (64, &steps));
    assert_eq!(found, [beyond(); 64]);
}

#[test]
fn what_a_prefix_stands_for_is_found_however_deep_it_was_declared() {
    let nested: String = (0..250)
        .map(|n| format!("<c xmlns:p=\"urn:{n}\">"))
        .collect();
    let nested = nested + &"</c>".repeat(250);
    let flat = "<c/>".repeat(250);
    let test = ["namespace-uri()='urn:x'"; 35].join(" or ");
    let chosen = xpath(&format!("self::*[{test}]"));
    let of = |before: &str| {
        let inside = format!("{before}{}", "<p:b/>".repeat(100_000));
        each(" xmlns:p=\"urn:p\"", &inside, (64, &chosen))
    };
    let found = as_soon_as(|| of(&flat), || of(&nested));
    // Nothing is chosen, and so nothing is digested, until it is too much.
    let content = open(S::NoSigningCertificateFound, R::SignerCertificateMissing);
    assert_eq!(found.first(), Some(&content));
    assert_eq!(found.last(), Some(&beyond()));
}

#[test]
fn attributes_are_looked_for_as_often_as_is_allowed() {
    let tests: Vec<String> = (0..110).map(|n| format!("@b{n}")).collect();
    let chosen = xpath(&format!("self::*[{}]", tests.join(" or ")));
    let found = each(&attributes(100_000), "", (16, &chosen));
    assert_eq!(found, [beyond(); 16]);
}

#[test]
fn character_data_among_many_elements_is_read_in_one_pass_that_is_counted() {
    let (depth, many) = (200, "<b/>".repeat(200_000));
    let begin: String = (0..depth).map(|n| format!("<c Id=\"c{n}\">")).collect();
    let inside = format!("{begin}{many}{}", "</c>".repeat(depth));
    let steps = transform(BASE64, "");
    let references: String = (0..depth)
        .map(|n| reference(&format!("#c{n}"), &steps))
        .collect();
    let report = judged(&format!("<a>{inside}{}</a>", signature(&references, "")));
    assert_eq!(worst(&report), Some(beyond()));
}

#[test]
fn a_certificate_at_hand_is_digested_once_for_all_digests_that_may_name_it() {
    let world = World::new(KeyKind::P256);
    let one = "<e:X509Digest xmlns:e=\"http://www.w3.org/2009/xmldsig11#\" \
               Algorithm=\"http://www.w3.org/2007/05/xmldsig-more#sha3-512\">AAAA</e:X509Digest>";
    let many = format!("<ds:X509Data>{}</ds:X509Data>", one.repeat(160)).repeat(60);
    let key_info = format!("<ds:KeyInfo>{many}</ds:KeyInfo>");
    let own = signature(&reference("", &xpath("false()")), &key_info).repeat(8);
    let issued = (0..100).map(|_| World::new(KeyKind::P256).signer.certificate.der);
    let input = MaterialInput {
        intermediates: issued.collect(),
        ..world.input()
    };
    let text = format!("<a>{own}</a>");
    let report = as_soon_as(|| judged(&text), || judged_under(input, &text));
    assert_eq!(report.signatures.len(), 8);
    let missing = open(S::NoSigningCertificateFound, R::SignerCertificateMissing);
    assert_eq!(worst(&report), Some(missing));
}

#[test]
fn a_form_that_is_transformed_further_is_not_held_without_end() {
    let before = format!(" xmlns:p=\"urn:{}\"", "p".repeat(100_000));
    let steps = transform(EXCLUSIVE, "").repeat(2);
    let own = signature(&reference("", &steps), "");
    let text = format!("<a{before}><b>{}</b>{own}</a>", "<p:c/>".repeat(800));
    let report = judged(&text);
    assert_eq!(worst(&report), Some(beyond()));
    let told = report.signatures[0].verdict.reason().arg("error");
    let expected = format!(
        "more than {} octets of a canonical form that is held",
        64 << 20
    );
    assert_eq!(told, Some(&*expected));
}

fn namespaces(count: usize) -> String {
    (0..count)
        .map(|n| format!(" xmlns:p{n}=\"u:{n}\""))
        .collect()
}

#[test]
fn namespaces_without_end_are_not_read() {
    let own = signature(&reference("", &transform(ENVELOPED, "")), "");
    let report = judged(&format!("<a{}>{own}</a>", namespaces(120_001)));
    let fault = report.fault.expect("not read");
    assert_eq!(fault.reason().code, R::LimitExceeded);
    assert_ne!(fault.indication(), Indication::TotalPassed);

    let text = format!("<a{}>{own}</a>", namespaces(40_000));
    let wide: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_be_bytes)
        .collect();
    for (bytes, files, read) in [
        (text.as_bytes(), 2, true),
        (text.as_bytes(), 3, false),
        (&*wide, 3, false),
    ] {
        let mut container = Asic::extended(&[("a.txt", b"a")]);
        for n in 0..files {
            container = container.with(&format!("META-INF/signatures{n}.xml"), bytes);
        }
        let container = container.build().expect("built");
        let report = validator(MaterialInput::default()).judge_file(&memory(&container), None, NOW);
        let code = report.worst().map(|verdict| verdict.reason().code);
        assert_eq!(code == Some(R::LimitExceeded), !read, "{files}");
    }
}
