use super::*;
use crate::format::xml::Document;
use crate::format::xml::signature::{Signature, signatures};
use crate::model::Timestamp;

const HEAD: &str = "<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#' \
    xmlns:x='http://uri.etsi.org/01903/v1.3.2#' xmlns:y='http://uri.etsi.org/01903/v1.4.1#'>\
    <ds:SignedInfo><ds:CanonicalizationMethod Algorithm='c'/><ds:SignatureMethod Algorithm='s'/>\
    <ds:Reference><ds:DigestMethod Algorithm='d'/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>\
    </ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue>\
    <ds:Object><x:QualifyingProperties Target='#s'>";
const TAIL: &str = "</x:QualifyingProperties></ds:Object></ds:Signature>";

const CERT: &str = "<x:Cert><x:CertDigest><ds:DigestMethod Algorithm='d'/>\
    <ds:DigestValue>AQID</ds:DigestValue></x:CertDigest></x:Cert>";

fn read(inside: &str) -> Result<Qualifying, SignatureError> {
    let text = [HEAD, inside, TAIL].concat();
    let document = Document::read(text.as_bytes()).expect("well-formed");
    let index = Index::of(&document);
    let found = signatures(&index).expect("few")[0];
    let signature = Signature::read(&index, found).expect("signature");
    let all = qualifying(&index, &signature.objects);
    assert_eq!(all.len(), 1);
    Qualifying::read(&index, all[0])
}

fn signed(about_signature: &str) -> Result<SignedProperties, SignatureError> {
    let inside = format!(
        "<x:SignedProperties Id='p'><x:SignedSignatureProperties>{about_signature}\
         </x:SignedSignatureProperties></x:SignedProperties>"
    );
    read(&inside).map(|all| all.signed.expect("signed"))
}

fn unsigned(properties: &str) -> Vec<Property> {
    let inside = format!(
        "<x:UnsignedProperties><x:UnsignedSignatureProperties>{properties}\
         </x:UnsignedSignatureProperties></x:UnsignedProperties>"
    );
    let all = read(&inside).expect("read").unsigned;
    all.into_iter().map(|one| one.property).collect()
}

#[test]
fn what_the_signer_says_is_read() {
    let all = format!(
        "<x:SigningTime>2026-11-24T07:00:00+07:00</x:SigningTime>\
         <x:SigningCertificateV2>{CERT}</x:SigningCertificateV2>\
         <x:SignaturePolicyIdentifier><x:SignaturePolicyImplied/></x:SignaturePolicyIdentifier>\
         <x:SignerRoleV2/>"
    );
    let found = signed(&all).expect("read");
    assert_eq!(found.id.as_deref(), Some("p"));
    assert_eq!(found.time, Timestamp::parse("2026-11-24T00:00:00Z"));
    assert_eq!(found.policy, Some(PolicyId::Implied));
    assert_eq!(found.others, ["SignerRoleV2"]);
    let [named] = &found.certificates[..] else {
        panic!("{found:#?}");
    };
    assert!(!named.old);
    assert_eq!(named.certificates[0].digest, [1, 2, 3]);
    let local = signed("<x:SigningTime>2026-11-24T00:00:00</x:SigningTime>");
    assert_eq!(local.expect("read").time, found.time);
}

#[test]
fn what_is_judged_is_read_strictly() {
    for wrong in [
        "<x:SigningTime>yesterday</x:SigningTime>".to_owned(),
        "<x:SigningTime>2026-11-24T00:00:00Z<!--x--></x:SigningTime>".to_owned(),
        "<x:SigningCertificateV2/>".to_owned(),
        format!("<x:SigningCertificate>{CERT}<x:Other/></x:SigningCertificate>"),
        format!("<x:SigningCertificate>{CERT}</x:SigningCertificate>").repeat(2),
        "<x:SignaturePolicyIdentifier/>".to_owned(),
        CERT.replace("AQID", "A<!---->QID"),
        "text".to_owned(),
    ] {
        let wrong = match wrong.starts_with("<x:Cert>") {
            true => format!("<x:SigningCertificate>{wrong}</x:SigningCertificate>"),
            false => wrong,
        };
        assert!(signed(&wrong).is_err(), "{wrong}");
    }
    assert!(read("<x:SignedProperties/><x:SignedProperties/>").is_err());
    assert!(read("<x:UnsignedProperties/><x:SignedProperties/>").is_err());
    let many = "<x:SignerRole/>".repeat(MAX_XML_PROPERTIES + 1);
    assert!(matches!(signed(&many), Err(SignatureError::TooMany { .. })));
}

#[test]
fn unsigned_properties_that_are_odd_are_named_and_spoil_nothing() {
    let found = unsigned(
        "<x:CertificateValues><x:EncapsulatedX509Certificate>AQID</x:EncapsulatedX509Certificate>\
         </x:CertificateValues><x:SignatureTimeStamp/><y:Other/><x:RevocationValues><x:CRLValues>\
         <x:EncapsulatedCRLValue>AQ==</x:EncapsulatedCRLValue></x:CRLValues></x:RevocationValues>\
         <x:CounterSignature><a/></x:CounterSignature><y:ArchiveTimeStamp>\
         <x:EncapsulatedTimeStamp>AQ==</x:EncapsulatedTimeStamp></y:ArchiveTimeStamp>",
    );
    let [certificates, empty, other, crls, counter, archive] = &found[..] else {
        panic!("{found:#?}");
    };
    let values = Values {
        certificates: vec![vec![1, 2, 3]],
        ..Values::default()
    };
    assert_eq!(certificates, &Property::Values(values));
    assert!(matches!(empty, Property::Malformed(_)));
    assert_eq!(other, &Property::Unknown("Other".into()));
    assert!(matches!(crls, Property::Values(values) if values.crls == [vec![1]]));
    assert!(matches!(counter, Property::Malformed(_)));
    let kind = |stamp: &Stamp| (stamp.kind, stamp.tokens.clone());
    let right = (StampKind::Archive, vec![vec![1]]);
    assert!(matches!(archive, Property::Stamp(stamp) if kind(stamp) == right));
}
