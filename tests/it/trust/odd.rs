//! CMS that no ordinary signer writes: attack catalogue C2, C4, C5, C8, K2 and K4.

use super::forged::*;
use super::world::*;
use lienthong::forge::{Authority, Identity, Key, KeyKind, Profile, Validity};
use lienthong::format::asn1::oid;
use lienthong::format::asn1::write::{
    constructed, octet_string, oid as oid_der, sequence, small_integer, tag,
};
use lienthong::model::ReasonCode as R;
use lienthong::model::SubIndication as S;
use lienthong::model::Timestamp;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::report::FileReport;
use rcgen::{
    BasicConstraints, CertificateRevocationListParams, CrlDistributionPoint,
    CrlIssuingDistributionPoint, CrlScope, CustomExtension, DnType, IsCa, Issuer, KeyIdMethod,
    SerialNumber, date_time_ymd,
};
use std::time::Instant;

const CONTENT: &[u8] = b"content";

fn judge(input: MaterialInput, der: &[u8]) -> FileReport {
    let content = memory(CONTENT);
    validator(input).judge_file(&memory(der), Some(&content), NOW)
}

fn built(world: &World, attributes: &[Vec<u8>], sort: bool) -> Vec<u8> {
    let certificates = certificates(world);
    let certificates: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
    signed_data(
        &[signer_info(&world.signer, attributes, sort)],
        &certificates,
    )
}

fn verdict(world: &World, attributes: &[Vec<u8>], sort: bool) -> Expected {
    let report = judge(world.input(), &built(world, attributes, sort));
    worst(&report).expect("a verdict")
}

/// C2: RFC 5652 §11.1, §11.2 and §11.3.
#[test]
fn attributes_that_lie_or_repeat_fail() {
    let world = World::new(KeyKind::P256);
    let wrong = failed(S::FormatFailure, R::SignedAttributesWrong);
    let (kind, digest) = (content_type(), message_digest(CONTENT));
    let two = octet_string(&[1; 32]);
    let both = attribute(oid::MESSAGE_DIGEST, &[&two, &two]);
    let time = || time_attribute(0x17, "261124000000Z");
    let rows: Vec<(&str, Vec<Vec<u8>>, Expected)> = vec![
        ("whole", vec![kind.clone(), digest.clone()], PASSED),
        ("no content-type", vec![digest.clone()], wrong),
        ("no message-digest", vec![kind.clone()], wrong),
        ("none at all", vec![], wrong),
        (
            "message-digest twice",
            vec![kind.clone(), digest.clone(), digest.clone()],
            wrong,
        ),
        (
            "content-type twice",
            vec![kind.clone(), kind.clone(), digest.clone()],
            wrong,
        ),
        ("two values", vec![kind.clone(), both], wrong),
        (
            "signing-time twice",
            vec![kind.clone(), digest.clone(), time(), time()],
            wrong,
        ),
        (
            "signing-time is no time",
            vec![kind.clone(), digest.clone(), time_attribute(0x17, "soon")],
            wrong,
        ),
        (
            "signing-time",
            vec![kind.clone(), digest.clone(), time()],
            PASSED,
        ),
        (
            "malformed signing-certificate",
            vec![
                kind,
                digest,
                attribute(oid::SIGNING_CERTIFICATE_V2, &[&two]),
            ],
            wrong,
        ),
    ];
    for (name, attributes, expected) in rows {
        assert_eq!(verdict(&world, &attributes, false), expected, "{name}");
    }
}

/// C6: without signing-certificate there is a warning.
#[test]
fn an_absent_signing_certificate_is_a_warning() {
    let world = World::new(KeyKind::P256);
    let attributes = [content_type(), message_digest(CONTENT)];
    let report = judge(world.input(), &built(&world, &attributes, false));
    assert_eq!(worst(&report), Some(PASSED));
    let warned = |code| report.signatures[0].warnings.iter().any(|w| w.code == code);
    assert!(warned(R::SigningCertificateAbsent));
}

/// C4
#[test]
fn no_signer_is_unsigned_and_one_bad_signer_fails() {
    let world = World::new(KeyKind::P256);
    let all = certificates(&world);
    let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    let none = judge(world.input(), &signed_data(&[], &all));
    assert_eq!((none.signatures.len(), none.fault), (0, None));
    let good = signer_info(
        &world.signer,
        &[content_type(), message_digest(CONTENT)],
        true,
    );
    let bad = signer_info(
        &world.other,
        &[content_type(), message_digest(b"other")],
        true,
    );
    let report = judge(world.input(), &signed_data(&[good, bad], &all));
    assert_eq!(report.signatures.len(), 2);
    assert!(report.signatures[0].verdict.is_passed());
    assert_eq!(
        worst(&report),
        Some(failed(S::HashFailure, R::DigestMismatch))
    );
}

/// C8: RFC 5652 §5.4 demands DER; both readings of an unsorted SET are tried, and reported.
#[test]
fn unsorted_attributes_pass_with_a_warning() {
    let world = World::new(KeyKind::P256);
    let mut attributes = vec![content_type(), message_digest(CONTENT)];
    attributes.sort();
    attributes.reverse();
    for sort in [false, true] {
        let report = judge(world.input(), &built(&world, &attributes, sort));
        assert_eq!(worst(&report), Some(PASSED), "{sort}");
        let codes: Vec<R> = report.signatures[0]
            .warnings
            .iter()
            .map(|w| w.code)
            .collect();
        assert!(codes.contains(&R::NotDerEncoded), "{sort} {codes:?}");
    }
}

/// C8: lengths, tails and crowds.
#[test]
fn odd_encodings_pass_or_fail_by_rule() {
    let world = World::new(KeyKind::P256);
    let attributes = [content_type(), message_digest(CONTENT)];
    let der = built(&world, &attributes, true);
    let malformed = failed(S::FormatFailure, R::MalformedCms);
    assert_eq!(
        worst(&judge(world.input(), &der[..der.len() - 1])),
        Some(malformed)
    );
    let all = certificates(&world);
    let signer = signer_info(&world.signer, &attributes, true);
    let mut crowd: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    let stranger = World::new(KeyKind::P256);
    crowd.extend(std::iter::repeat_n(
        stranger.other.certificate.der.as_slice(),
        90,
    ));
    let report = judge(
        world.input(),
        &signed_data(std::slice::from_ref(&signer), &crowd),
    );
    assert_eq!(
        worst(&report),
        Some(PASSED),
        "unrelated certificates change nothing"
    );
    crowd.extend(std::iter::repeat_n(
        stranger.other.certificate.der.as_slice(),
        200,
    ));
    let report = judge(
        world.input(),
        &signed_data(std::slice::from_ref(&signer), &crowd),
    );
    assert_eq!(
        worst(&report),
        Some(failed(S::FormatFailure, R::LimitExceeded))
    );
    // BER: indefinite lengths all the way down to the signer, content in segments.
    let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    let segments = indefinite(0x24, &[&octet_string(b"con"), &octet_string(b"tent")]);
    let content = indefinite(
        0x30,
        &[&oid_der(oid::DATA), &indefinite(0xa0, &[&segments])],
    );
    let data = indefinite(
        0x30,
        &[
            &small_integer(1),
            &constructed(tag::SET, &[&sequence(&[&oid_der(oid::SHA256)])]),
            &content,
            &indefinite(0xa0, &all),
            &indefinite(0x31, &[&signer]),
        ],
    );
    let ber = indefinite(
        0x30,
        &[&oid_der(oid::SIGNED_DATA), &indefinite(0xa0, &[&data])],
    );
    let report = world.validator().judge_file(&memory(&ber), None, NOW);
    assert_eq!(worst(&report), Some(PASSED));
}

/// Truncations and mutations of good files: never a panic, never a pass.
#[test]
fn garbage_never_panics_and_never_passes() {
    let world = World::new(KeyKind::P256);
    let validator = world.validator();
    let content = memory(CONTENT);
    let der = world.signer.sign_detached(CONTENT, NOW).expect("signed");
    for cut in 0..der.len() {
        let report = validator.judge_file(&memory(&der[..cut]), Some(&content), NOW);
        assert!(!report.worst().is_some_and(|v| v.is_passed()), "{cut}");
        assert_ne!(
            report.fault.map(|f| f.reason().code),
            Some(R::ValidatorError)
        );
    }
    let signer = world.signer.certificate.der.clone();
    let issuing = &world.signer.chain[0];
    let within = |at: usize, part: &[u8]| {
        let start = der
            .windows(part.len())
            .position(|w| w == part)
            .expect("there");
        (start..start + part.len()).contains(&at)
    };
    for at in 0..der.len() {
        let mut mutated = der.clone();
        mutated[at] ^= 0x10;
        let report = validator.judge_file(&memory(&mutated), Some(&content), NOW);
        assert_ne!(
            report.fault.as_ref().map(|f| f.reason().code),
            Some(R::ValidatorError)
        );
        // What is not signed: the digestAlgorithms hint, versions, and the issuing certificate's
        // tags, which only cost the path.
        if within(at, &signer) {
            assert!(
                !report.worst().is_some_and(|v| v.is_passed()),
                "{at} in the certificate"
            );
        }
        let _ = issuing;
    }
}

fn special_crl(of: &Authority, edit: impl FnOnce(&mut CertificateRevocationListParams)) -> Vec<u8> {
    let issuer = rustls_pki_types::CertificateDer::from(of.der().to_vec());
    let issuer = Issuer::from_ca_cert_der(&issuer, of.key().pair().expect("pair")).expect("issuer");
    let mut params = CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 11, 23),
        next_update: date_time_ymd(2026, 12, 1),
        crl_number: SerialNumber::from(9u64),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    edit(&mut params);
    params.signed_by(&issuer).expect("crl").der().to_vec()
}

/// K4: a list for another kind of certificate says nothing, alone or newer than the complete one
/// (RFC 5280 §6.3.3 (b)(2)(iii)).
#[test]
fn lists_for_other_certificates_say_nothing() {
    let world = World::new(KeyKind::P256);
    let der = world.signer.sign_detached(CONTENT, NOW).expect("signed");
    let partition = special_crl(&world.ca, |params| {
        params.issuing_distribution_point = Some(CrlIssuingDistributionPoint {
            distribution_point: CrlDistributionPoint {
                uris: vec!["http://example.vn/crl".into()],
            },
            scope: Some(CrlScope::CaCertsOnly),
        });
    });
    let expected = open(S::TryLater, R::RevocationMissing);
    let mut input = world.input();
    input.crls[1] = partition.clone().into();
    assert_eq!(worst(&judge(input, &der)), Some(expected));
    let mut input = world.input();
    let older = Validity::days(NOW, 3, 6);
    input.crls[1] = crl_at(&world.ca, &[], older);
    input.crls.push(partition.into());
    assert_eq!(worst(&judge(input, &der)), Some(PASSED));
    // CRLs of others change nothing.
    let stranger = World::new(KeyKind::P256);
    let mut input = world.input();
    input.crls.push(crl(&stranger.ca, &[&world.signer]));
    input.crls.push(crl(&stranger.root, &[]));
    assert_eq!(worst(&judge(input, &der)), Some(PASSED));
}

/// K1: RFC 5280 §6.1.4 (k), (m), (n), §4.2.
#[test]
fn constraints_of_issuers_are_held_to() {
    let kind = KeyKind::P256;
    let good = Validity::around(NOW);
    let world = World::new(kind);
    let key = || Key::generate(kind).expect("key");
    let chain = |code| open(S::ChainConstraintsFailure, code);
    let unknown = |critical| {
        let mut extension =
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
        extension.set_criticality(critical);
        extension
    };
    let authorities: Vec<(&str, Authority, Expected)> = vec![
        (
            "not a CA",
            world
                .root
                .authority_with("A", key(), good, |p| p.is_ca = IsCa::ExplicitNoCa)
                .expect("ca"),
            chain(R::CertificateNotConforming),
        ),
        (
            "no keyCertSign",
            world
                .root
                .authority_with("B", key(), good, |p| {
                    p.key_usages = vec![rcgen::KeyUsagePurpose::CrlSign]
                })
                .expect("ca"),
            open(S::ChainConstraintsFailure, R::KeyUsage),
        ),
        (
            "unknown critical extension",
            world
                .root
                .authority_with("C", key(), good, |p| {
                    p.custom_extensions.push(unknown(true))
                })
                .expect("ca"),
            chain(R::ExtensionNotProcessed),
        ),
        (
            "unknown extension",
            world
                .root
                .authority_with("D", key(), good, |p| {
                    p.custom_extensions.push(unknown(false))
                })
                .expect("ca"),
            PASSED,
        ),
        (
            "name constraints on a form that no name has",
            world
                .root
                .authority_with("E", key(), good, |p| {
                    p.name_constraints = Some(rcgen::NameConstraints {
                        permitted_subtrees: vec![rcgen::GeneralSubtree::DnsName("vn".into())],
                        excluded_subtrees: vec![],
                    });
                })
                .expect("ca"),
            PASSED,
        ),
        (
            "expired authority",
            world
                .root
                .authority("F", kind, Validity::expired(NOW))
                .expect("ca"),
            open(S::OutOfBoundsNotRevoked, R::CertificateExpired),
        ),
    ];
    for (name, authority, expected) in authorities {
        let subject = [(DnType::CommonName, "Sở Y tế")];
        let signer = authority
            .issue(&subject, kind, good, Profile::Signing)
            .expect("issued");
        let der = signer.sign_detached(CONTENT, NOW).expect("signed");
        let mut input = world.input();
        input.crls.push(crl(&authority, &[]));
        assert_eq!(worst(&judge(input, &der)), Some(expected), "{name}");
    }
    // pathLenConstraint 0 above another authority
    let below = world
        .ca
        .authority_with("G", key(), good, |p| {
            p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)
        })
        .expect("ca");
    let subject = [(DnType::CommonName, "Sở Y tế")];
    let signer = below
        .issue(&subject, kind, good, Profile::Signing)
        .expect("issued");
    let der = signer.sign_detached(CONTENT, NOW).expect("signed");
    let mut input = world.input();
    input.crls.push(crl(&below, &[]));
    assert_eq!(
        worst(&judge(input, &der)),
        Some(chain(R::PathTooLong)),
        "pathLenConstraint"
    );
    // An issuer that is revoked
    let mut input = world.input();
    let serial = Identity {
        certificate: authority_certificate(&world.ca),
        ..world.signer.clone()
    };
    input.crls[0] = crl(&world.root, &[&serial]);
    let der = world.signer.sign_detached(CONTENT, NOW).expect("signed");
    assert_eq!(
        worst(&judge(input, &der)),
        Some(open(S::RevokedCaNoPoe, R::IssuerRevoked))
    );
}

fn authority_certificate(of: &Authority) -> lienthong::format::cms::write::SignerCertificate {
    let parsed = lienthong::trust::certificate::Certificate::parse(of.der()).expect("certificate");
    lienthong::format::cms::write::SignerCertificate {
        der: of.der().to_vec(),
        issuer: parsed.issuer().to_vec(),
        serial: lienthong::format::asn1::write::element(tag::INTEGER, parsed.serial()),
    }
}

/// K2: thirty authorities of one name that all sign each other end at the budget, quickly.
#[test]
fn path_explosion_is_bounded() {
    let kind = KeyKind::P256;
    let good = Validity::around(NOW);
    let stranger = Authority::root("Cùng tên", kind, good).expect("root");
    let mut crowd = Vec::new();
    for _ in 0..30 {
        let key = Key::generate(kind).expect("key");
        let twin = stranger.authority_with("Cùng tên", key, good, |p| {
            p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)
        });
        crowd.push(twin.expect("ca"));
    }
    let subject = [(DnType::CommonName, "Ai đó")];
    let signer = crowd[0]
        .issue(&subject, kind, good, Profile::Signing)
        .expect("issued");
    let der = signer.sign_detached(CONTENT, NOW).expect("signed");
    let world = World::new(kind);
    let mut input = world.input();
    input.intermediates = crowd.iter().map(|a| a.der().to_vec()).collect();
    #[allow(
        clippy::disallowed_methods,
        reason = "the test is about how long it takes"
    )]
    let start = Instant::now();
    let report = judge(input, &der);
    assert!(
        start.elapsed().as_secs() < 5,
        "bounded even without optimisation"
    );
    assert_ne!(worst(&report).map(|v| v.0), Some(PASSED.0));
}

#[test]
fn a_clock_at_the_last_second_is_inside() {
    let world = World::new(KeyKind::P256);
    let subject = [(DnType::CommonName, "Sở Y tế")];
    let until = Validity {
        from: NOW.plus_secs(-60),
        until: NOW,
    };
    let signer = world
        .ca
        .issue(&subject, KeyKind::P256, until, Profile::Signing)
        .expect("issued");
    let der = signer.sign_detached(CONTENT, NOW).expect("signed");
    let validator = world.validator();
    let content = memory(CONTENT);
    let at = |ms: i64| {
        worst(&validator.judge_file(&memory(&der), Some(&content), Timestamp(NOW.0 + ms)))
    };
    assert_eq!(at(0), Some(PASSED));
    assert_eq!(at(999), Some(PASSED));
    assert_eq!(
        at(1000),
        Some(open(S::OutOfBoundsNotRevoked, R::CertificateExpired))
    );
}
