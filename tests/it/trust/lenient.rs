//! CMS that others write in ways of their own: what is read all the same, and what holds but is objected
//! to. Each row differs in one thing from a good message.

use super::forged::*;
use super::world::*;
use lienthong::forge::{Key, KeyKind, Scheme};
use lienthong::format::asn1::oid;
use lienthong::format::asn1::write::{
    constructed, element, null, octet_string, oid as oid_der, sequence, small_integer, tag,
};
use lienthong::format::limits::MAX_PADDING;
use lienthong::model::ReasonCode as R;
use lienthong::model::SubIndication as S;
use lienthong::trust::algorithms::policy::{AlgorithmPolicy, Item, Rule, Validity};
use lienthong::trust::algorithms::{DigestAlgorithm, SignatureFamily};
use lienthong::trust::report::{FileReport, Integrity};

const CONTENT: &[u8] = b"content";

/// A detached message of one signer, part by part.
#[derive(Clone)]
struct Message {
    version: u8,
    digests: Vec<u8>,
    content: Vec<u8>,
    certificates: Vec<Vec<u8>>,
    revocation: Vec<u8>,
    signer_version: u8,
    digest: Vec<u8>,
    attributes: Vec<Vec<u8>>,
    key: Key,
    scheme: Scheme,
    algorithm: Vec<u8>,
    /// How the value is written.
    value: fn(&[u8]) -> Vec<u8>,
    unsigned: Vec<u8>,
}

fn identifier(kind: &[u8], parameters: &[u8]) -> Vec<u8> {
    sequence(&[&oid_der(kind), parameters])
}

impl Message {
    fn good(world: &World) -> Self {
        let scheme = world.signer.key.scheme();
        Self {
            version: 1,
            digests: identifier(oid::SHA256, &[]),
            content: sequence(&[&oid_der(oid::DATA)]),
            certificates: certificates(world),
            revocation: Vec::new(),
            signer_version: 1,
            digest: identifier(oid::SHA256, &[]),
            attributes: vec![content_type(), message_digest(CONTENT)],
            key: world.signer.key.clone(),
            scheme,
            algorithm: scheme.identifier(),
            value: octet_string,
            unsigned: Vec::new(),
        }
    }

    fn der(&self, world: &World) -> Vec<u8> {
        let mut parts: Vec<&[u8]> = self.attributes.iter().map(Vec::as_slice).collect();
        parts.sort_unstable();
        let signed = constructed(tag::SET, &parts);
        let value = self.key.sign_with(self.scheme, &signed).expect("signed");
        let certificate = &world.signer.certificate;
        let signer = sequence(&[
            &small_integer(self.signer_version),
            &sequence(&[&certificate.issuer, &certificate.serial]),
            &self.digest,
            &constructed(tag::context(0), &parts),
            &self.algorithm,
            &(self.value)(&value),
            &self.unsigned,
        ]);
        let certificates: Vec<&[u8]> = self.certificates.iter().map(Vec::as_slice).collect();
        let data = sequence(&[
            &small_integer(self.version),
            &element(tag::SET, &self.digests),
            &self.content,
            &constructed(tag::context(0), &certificates),
            &self.revocation,
            &constructed(tag::SET, &[&signer]),
        ]);
        sequence(&[
            &oid_der(oid::SIGNED_DATA),
            &constructed(tag::context(0), &[&data]),
        ])
    }

    fn judged(&self, world: &World) -> FileReport {
        judge(world, &self.der(world))
    }
}

fn judge(world: &World, der: &[u8]) -> FileReport {
    let content = memory(CONTENT);
    world
        .validator()
        .judge_file(&memory(der), Some(&content), NOW)
}

type Row = (&'static str, fn(&mut Message));

fn changed(world: &World, edit: fn(&mut Message)) -> FileReport {
    let mut message = Message::good(world);
    edit(&mut message);
    message.judged(world)
}

fn in_pieces(value: &[u8]) -> Vec<u8> {
    let (first, second) = value.split_at(value.len() / 2);
    indefinite(0x24, &[&octet_string(first), &octet_string(second)])
}

/// RFC 5652 §5.1, §5.3, §10.1, §10.2: legal, if not usual.
#[test]
fn unusual_but_legal_messages_pass() {
    let rows: [Row; 17] = [
        ("good", |_| {}),
        ("version 3", |m| m.version = 3),
        ("version 5", |m| m.version = 5),
        ("signer of version 3", |m| m.signer_version = 3),
        ("NULL beside the digest", |m| {
            m.digest = identifier(oid::SHA256, &null());
        }),
        ("no digest named for all", |m| m.digests.clear()),
        ("another digest named for all", |m| {
            m.digests = identifier(oid::SHA512, &[]);
        }),
        ("the value in pieces", |m| m.value = in_pieces),
        ("an unknown signed attribute", |m| {
            m.attributes.push(attribute(oid::TST_INFO, &[&null()]));
        }),
        ("an unknown unsigned attribute", |m| {
            let unknown = attribute(oid::TST_INFO, &[&null()]);
            m.unsigned = constructed(tag::context(1), &[&unknown]);
        }),
        ("no unsigned attribute in their place", |m| {
            m.unsigned = constructed(tag::context(1), &[]);
        }),
        ("certificates of other kinds", |m| {
            for number in 0..4 {
                m.certificates
                    .push(constructed(tag::context(number), &[&null()]));
            }
        }),
        ("every certificate twice", |m| {
            m.certificates.extend_from_within(..);
        }),
        ("a certificate that is none", |m| {
            m.certificates.push(sequence(&[&null()]));
        }),
        ("a list that is none", |m| {
            m.revocation = constructed(tag::context(1), &[&sequence(&[&null()])]);
        }),
        ("no list in their place", |m| {
            m.revocation = constructed(tag::context(1), &[]);
        }),
        ("signing-time as GeneralizedTime", |m| {
            m.attributes.push(time_attribute(0x18, "20261124000000Z"));
        }),
    ];
    for kind in [KeyKind::P256, KeyKind::Rsa2048] {
        let world = World::new(kind);
        for (name, edit) in rows {
            let report = changed(&world, edit);
            assert_eq!(worst(&report), Some(PASSED), "{name} {kind:?}");
        }
    }
}

/// RFC 5652 §11.3 wants DER; other forms of a time are told, and no time at all fails.
#[test]
fn signing_times_are_read_in_every_form_and_told() {
    let world = World::new(KeyKind::P256);
    let claimed = NOW.plus_secs(60);
    for (kind, text, told) in [
        (0x17, "261124000100Z", false),
        (0x18, "20261124000100Z", false),
        (0x17, "2611240001Z", true),
        (0x17, "261124070100+0700", true),
        (0x18, "20261124000100.25Z", true),
        (0x18, "20261124070100+0700", true),
    ] {
        let mut message = Message::good(&world);
        message.attributes.push(time_attribute(kind, text));
        let report = message.judged(&world);
        assert_eq!(worst(&report), Some(PASSED), "{text}");
        let found = &report.signatures[0];
        assert_eq!(found.claimed_time, Some(claimed), "{text}");
        let mut warnings = found.warnings.iter();
        assert_eq!(warnings.any(|w| w.code == R::NotDerEncoded), told, "{text}");
    }
    for text in ["261124000100", "261324000100Z", "26112400Z", ""] {
        let mut message = Message::good(&world);
        message.attributes.push(time_attribute(0x17, text));
        let expected = failed(S::FormatFailure, R::SignedAttributesWrong);
        assert_eq!(worst(&message.judged(&world)), Some(expected), "{text}");
    }
}

/// RFC 4055 §5 and RFC 5758 §3: either way of saying that there are no parameters.
#[test]
fn parameters_are_null_or_absent() {
    let rows: [(KeyKind, &[u8]); 3] = [
        (KeyKind::P256, oid::ECDSA_WITH_SHA256),
        (KeyKind::Rsa2048, oid::SHA256_WITH_RSA),
        (KeyKind::Rsa2048, oid::RSA_ENCRYPTION),
    ];
    for (kind, algorithm) in rows {
        let world = World::new(kind);
        for parameters in [Vec::new(), null()] {
            let mut message = Message::good(&world);
            message.algorithm = identifier(algorithm, &parameters);
            let report = message.judged(&world);
            assert_eq!(worst(&report), Some(PASSED), "{kind:?} {parameters:?}");
        }
    }
}

/// C5, RFC 8933 §3: the value holds by the digest that its own algorithm names, and is objected to
/// whatever is accepted.
#[test]
fn another_digest_under_the_value_holds_and_never_passes() {
    let world = World::new(KeyKind::Rsa2048);
    let all = [
        DigestAlgorithm::Md5,
        DigestAlgorithm::Sha1,
        DigestAlgorithm::Sha384,
    ];
    let everything = all.into_iter().fold(AlgorithmPolicy::etsi(), |policy, a| {
        policy.with(Rule::new(Item::Digest(a), Validity::ALWAYS))
    });
    let family = Item::Signature(SignatureFamily::RsaPkcs1, None);
    let everything = everything.with(Rule::new(family, Validity::ALWAYS));
    let stranger = World::new(KeyKind::Rsa2048);
    let rows = [
        (Scheme::RsaMd5, "MD5"),
        (Scheme::RsaSha1, "SHA-1"),
        (Scheme::RsaSha384, "SHA-384"),
    ];
    for (scheme, value) in rows {
        let mut message = Message::good(&world);
        message.scheme = scheme;
        message.algorithm = scheme.identifier();
        let der = message.der(&world);
        let judged = |world: &World, der: &[u8], content: &[u8]| {
            let mut input = world.input();
            input.algorithms = everything.clone();
            let content = memory(content);
            validator(input).judge_file(&memory(der), Some(&content), NOW)
        };
        for report in [judged(&world, &der, CONTENT), judge(&world, &der)] {
            let expected = open(S::SigConstraintsFailure, R::DigestAlgorithmsDiffer);
            assert_eq!(worst(&report), Some(expected), "{scheme:?}");
            let found = &report.signatures[0];
            assert_eq!(found.integrity, Integrity::Intact, "{scheme:?}");
            let reason = found.verdict.reason();
            assert_eq!(reason.arg("named"), Some("SHA-256"));
            assert_eq!(reason.arg("value"), Some(value));
        }
        // What is broken as well stays broken.
        let other = judged(&world, &der, b"other content");
        assert_eq!(
            worst(&other),
            Some(failed(S::HashFailure, R::DigestMismatch))
        );
        message.key = stranger.signer.key.clone();
        let report = judged(&world, &message.der(&world), CONTENT);
        assert_eq!(report.signatures[0].integrity, Integrity::Broken);
    }
}

/// Zeros behind a message are passed over and told, up to a bound; anything else is refused.
#[test]
fn padding_is_passed_over_and_told() {
    let world = World::new(KeyKind::P256);
    let der = Message::good(&world).der(&world);
    let malformed = failed(S::FormatFailure, R::MalformedCms);
    let beyond = failed(S::FormatFailure, R::LimitExceeded);
    for (behind, expected, told) in [
        (vec![], PASSED, false),
        (vec![0], PASSED, true),
        (vec![0; MAX_PADDING], PASSED, true),
        (vec![0; MAX_PADDING + 1], beyond, false),
        (vec![0, 0, 1], malformed, false),
        (b"\n".to_vec(), malformed, false),
        (der.clone(), malformed, false),
    ] {
        let padded = [der.as_slice(), &behind].concat();
        let report = judge(&world, &padded);
        assert_eq!(worst(&report), Some(expected), "{} behind", behind.len());
        let mut warnings = report.signatures.iter().flat_map(|s| &s.warnings);
        let found = warnings.any(|warning| warning.code == R::PaddingIgnored);
        assert_eq!(found, told, "{} behind", behind.len());
    }
}
