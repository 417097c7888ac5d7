//! Timestamp tokens: which count, and what a signature gains by one (RFC 3161, EN 319 102-1 §5.5.4).

use crate::trust::world::{Expected, NOW, PASSED, failed, memory, open, validator, worst};
use bytes::Bytes;
use lienthong::forge::extension::{self, Extension, id};
use lienthong::forge::ocsp::Hash;
use lienthong::forge::timestamp::Token;
use lienthong::forge::{Entity, ForgeError, RevocationList, Revoked, Template, Validity, der};
use lienthong::format::asn1::oid;
use lienthong::format::asn1::read::Reader;
use lienthong::format::asn1::write::{element, octet_string, oid as oid_der, sequence, set_of};
use lienthong::format::cms::write::{Assembly, assemble, attribute};
use lienthong::model::{Digest, ReasonCode, SubIndication, Timestamp};
use lienthong::trust::algorithms::DigestAlgorithm;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::report::{FileReport, TimestampReport};

const DAY: i64 = 86_400;
const MESSAGE: &[u8] = b"what is stamped";

fn at(days: i64) -> Timestamp {
    NOW.plus_secs(days * DAY)
}

/// Makes the token over a signature value.
type Stamp<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;

/// A root that may prove time, a signer and an authority for timestamps under it.
struct World {
    root: Entity,
    signer: Entity,
    tsa: Entity,
}

impl World {
    fn new() -> Self {
        let good = Validity::days(NOW, 400, 400);
        let root = Template::authority("Gốc", good)
            .self_signed()
            .expect("root");
        let issue = |template: Template| template.issued_by(&root).expect("issued");
        let signer = issue(Template::signer(
            "Sở Tài chính",
            Validity::days(NOW, 100, 100),
        ));
        let tsa = issue(Template::stamper(
            "Dấu thời gian",
            Validity::days(NOW, 100, 100),
        ));
        Self { root, signer, tsa }
    }

    fn crl(&self, from: i64, revoked: &[Revoked]) -> Bytes {
        let list = RevocationList {
            this_update: at(from),
            next_update: Some(at(from + 7)),
            revoked: revoked.to_vec(),
            ..RevocationList::complete(1, Validity::around(NOW))
        };
        list.signed_by(&self.root).expect("list").into()
    }

    fn input(&self, crls: Vec<Bytes>) -> MaterialInput {
        let mut anchor = AnchorInput::ordinary("co-yeu", self.root.der.clone());
        anchor.constraints.purposes.timestamping = true;
        MaterialInput {
            anchors: vec![anchor],
            crls,
            ..MaterialInput::default()
        }
    }

    fn fresh(&self) -> MaterialInput {
        self.input(vec![self.crl(-1, &[])])
    }

    /// A detached signature of the message with these tokens over its value.
    fn stamped(&self, stamps: &[Stamp<'_>]) -> Vec<u8> {
        let identity = self.signer.identity().expect("identity");
        let stamp = |value: &[u8]| {
            let tokens: Vec<Vec<u8>> = stamps.iter().map(|stamp| stamp(value)).collect();
            Ok::<_, ForgeError>(tokens.concat())
        };
        identity.sign_stamped(MESSAGE, stamp).expect("signed")
    }

    fn token(&self, value: &[u8], days: i64) -> Vec<u8> {
        Token::of(value, at(days))
            .signed_by(&self.tsa)
            .expect("token")
    }

    fn judged(&self, input: MaterialInput, signature: &[u8], moment: Timestamp) -> FileReport {
        let content = memory(MESSAGE);
        validator(input).judge_file(&memory(signature), Some(&content), moment)
    }
}

fn judge(input: MaterialInput, token: &[u8], moment: Timestamp) -> TimestampReport {
    let imprint = |algorithm: DigestAlgorithm| Some(algorithm.of(MESSAGE).as_ref().to_vec());
    validator(input).judge_timestamp(token, &imprint, moment)
}

fn said(report: &TimestampReport) -> Expected {
    let verdict = &report.signature.verdict;
    (verdict.indication(), verdict.sub(), verdict.reason().code)
}

#[test]
fn a_token_says_when_by_whom_and_what_it_proves() {
    let world = World::new();
    let token = world.token(MESSAGE, -2);
    let report = judge(world.fresh(), &token, NOW);
    assert_eq!(said(&report), PASSED, "{report:#?}");
    let stamp = report.stamp.as_ref().expect("stamp");
    assert_eq!(
        (stamp.gen_time, stamp.accuracy_millis),
        (at(-2), Some(1000))
    );
    assert_eq!(report.proves(), Some(at(-2).plus_secs(1)));
    let authority = report.signature.signer.expect("authority");
    assert_eq!(authority.sha256, Digest::of(&world.tsa.der));
}

#[test]
fn tokens_that_are_not_what_the_clause_says_prove_nothing() {
    let world = World::new();
    let validity = Validity::days(NOW, 100, 100);
    let issue = |template: Template| template.issued_by(&world.root).expect("issued");
    let purposes = |list: &[&str]| extension::extended_key_usage(list);
    let stamper = || Template::stamper("Dấu thời gian", validity);
    let usual = || Token::of(MESSAGE, at(-2));
    let by = |tsa: &Entity| usual().signed_by(tsa).expect("token");
    let with = |token: Token| token.signed_by(&world.tsa).expect("token");
    let chain = |code| open(SubIndication::ChainConstraintsFailure, code);
    let malformed = failed(SubIndication::FormatFailure, ReasonCode::TimestampMalformed);
    let unknown = Extension::raw("1.2.3.4", true, vec![5, 0]);
    let mut flipped = with(usual());
    *flipped.last_mut().expect("signature") ^= 1;
    for (what, token, expected) in [
        (
            "over something else (§2.4.2)",
            with(Token::of(b"other", at(-2))),
            failed(SubIndication::HashFailure, ReasonCode::TimestampOfOther),
        ),
        (
            "by a digest that is not accepted",
            with(Token::imprint(
                Hash::Sha1.algorithm(),
                Hash::Sha1.of(MESSAGE),
                at(-2),
            )),
            open(
                SubIndication::CryptoConstraintsFailureNoPoe,
                ReasonCode::AlgorithmNotAccepted,
            ),
        ),
        (
            "of another content type",
            with(Token {
                content_type: "1.2.840.113549.1.7.1".into(),
                ..usual()
            }),
            malformed,
        ),
        (
            "not CMS",
            vec![0x30, 0],
            failed(SubIndication::FormatFailure, ReasonCode::MalformedCms),
        ),
        (
            "with a content that is none",
            with(Token {
                time: element(0x17, b"261124000000Z"),
                ..usual()
            }),
            malformed,
        ),
        (
            "with a critical extension (§2.4.2)",
            with(Token {
                extensions: vec![unknown],
                ..usual()
            }),
            open(
                SubIndication::SigConstraintsFailure,
                ReasonCode::ExtensionNotProcessed,
            ),
        ),
        (
            "naming another certificate (RFC 5816)",
            with(Token {
                names: Some(world.signer.clone()),
                ..usual()
            }),
            failed(
                SubIndication::SigConstraintsFailure,
                ReasonCode::SigningCertificateMismatch,
            ),
        ),
        (
            "naming none (§2.4.2)",
            without_reference(&world.tsa),
            failed(
                SubIndication::SigConstraintsFailure,
                ReasonCode::SigningCertificateAbsent,
            ),
        ),
        (
            "with two signers (§2.4.2)",
            twice(&with(usual())),
            malformed,
        ),
        (
            "with a wrong signature",
            flipped,
            failed(
                SubIndication::SigCryptoFailure,
                ReasonCode::SignatureInvalid,
            ),
        ),
        (
            "without its certificate",
            with(Token {
                with_certificates: false,
                ..usual()
            }),
            PASSED,
        ),
        (
            "by a signer of documents (§2.3)",
            by(&world.signer),
            chain(ReasonCode::PurposeNotAllowed),
        ),
        (
            "by an authority whose purpose is not critical (§2.3)",
            by(&issue(
                stamper().with(purposes(&[id::TIME_STAMPING]).not_critical()),
            )),
            chain(ReasonCode::PurposeNotAllowed),
        ),
        (
            "by an authority with a second purpose (§2.3)",
            by(&issue(stamper().with(
                purposes(&[id::TIME_STAMPING, id::CLIENT_AUTH]).critical(),
            ))),
            chain(ReasonCode::PurposeNotAllowed),
        ),
        (
            "by an authority with any purpose (§2.3)",
            by(&issue(stamper().without(id::EXTENDED_KEY_USAGE))),
            chain(ReasonCode::PurposeNotAllowed),
        ),
        (
            "by an authority that was not yet valid",
            by(&issue(Template::stamper("Mới", Validity::days(NOW, 1, 10)))),
            open(
                SubIndication::OutOfBoundsNoPoe,
                ReasonCode::CertificateNotYetValid,
            ),
        ),
        (
            "of a moment that has not come",
            with(Token::of(MESSAGE, NOW.plus_secs(301))),
            open(
                SubIndication::TimestampOrderFailure,
                ReasonCode::TimestampFromFuture,
            ),
        ),
        (
            "within the tolerance",
            with(Token::of(MESSAGE, NOW.plus_secs(299))),
            PASSED,
        ),
    ] {
        // The authority's certificate may be configured, too.
        let mut input = world.fresh();
        input.intermediates = vec![world.tsa.der.clone()];
        let report = judge(input, &token, NOW);
        assert_eq!(said(&report), expected, "{what}: {report:#?}");
        assert_eq!(report.proves().is_some(), expected == PASSED, "{what}");
    }
}

/// A token whose signed attributes name no certificate.
fn without_reference(tsa: &Entity) -> Vec<u8> {
    let whole = Token::of(MESSAGE, at(-2)).signed_by(tsa).expect("token");
    let data =
        lienthong::format::cms::read::parse(&whole, lienthong::format::cms::read::Tail::Nothing);
    let range = data.expect("token").content.expect("content")[0].clone();
    let content = &whole[range];
    let attributes = set_of(&[
        &attribute(oid::CONTENT_TYPE, &oid_der(oid::TST_INFO)),
        &attribute(oid::MESSAGE_DIGEST, &octet_string(&Digest::of(content).0)),
    ]);
    let identity = tsa.identity().expect("identity");
    assemble(&Assembly {
        content_type: oid::TST_INFO,
        content: Some(content),
        attributes: Some(&attributes),
        signature: &tsa.key.sign(&attributes).expect("signed"),
        algorithm: tsa.key.algorithm().expect("algorithm"),
        signer: &identity.certificate,
        chain: &[],
        revocation: &[],
        unsigned: &[],
    })
}

/// The same message with its signer twice.
fn twice(token: &[u8]) -> Vec<u8> {
    let fields = |whole: &[u8]| {
        let mut reader = Reader::new(whole).any().expect("sequence").reader();
        let mut parts = Vec::new();
        while let Some(part) = reader.next().expect("field") {
            parts.push(part.full.to_vec());
        }
        parts
    };
    let outer = fields(token);
    let mut data = fields(&fields(&outer[1])[0]);
    let signers = data.pop().expect("signers");
    let signer = fields(&signers).remove(0);
    data.push(element(0x31, &[signer.clone(), signer].concat()));
    sequence(&[&outer[0], &der::explicit(0, &der::sequence_of(&data))])
}

#[test]
fn an_anchor_proves_time_only_if_it_is_allowed_to() {
    let world = World::new();
    let token = world.token(MESSAGE, -2);
    let mut input = world.fresh();
    input.anchors[0].constraints.purposes.timestamping = false;
    let report = judge(input, &token, NOW);
    assert_eq!(report.proves(), None, "{report:#?}");
    assert_eq!(
        report.signature.verdict.reason().code,
        ReasonCode::AnchorNotForPurpose
    );
}

#[test]
fn without_what_was_stamped_nothing_is_said() {
    let world = World::new();
    let token = world.token(MESSAGE, -2);
    let report = validator(world.fresh()).judge_timestamp(&token, &|_| None, NOW);
    let expected = open(
        SubIndication::SignedDataNotFound,
        ReasonCode::DetachedContentMissing,
    );
    assert_eq!(said(&report), expected);
}

#[test]
fn an_authority_has_to_be_good_when_it_stamps() {
    let world = World::new();
    let token = world.token(MESSAGE, -20);
    let tsa = |days: i64| Revoked::new(&world.tsa.serial, at(days));
    let revoked = open(SubIndication::RevokedNoPoe, ReasonCode::CertificateRevoked);
    let stale = open(SubIndication::TryLater, ReasonCode::RevocationStale);
    let missing = open(SubIndication::TryLater, ReasonCode::RevocationMissing);
    for (what, crls, moment, expected) in [
        (
            "revoked before",
            vec![world.crl(-1, &[tsa(-30).reason(4)])],
            NOW,
            revoked,
        ),
        (
            "given up later (§4, item 1)",
            vec![world.crl(-1, &[tsa(-10).reason(4)])],
            NOW,
            PASSED,
        ),
        (
            "lost later (§4, item 1)",
            vec![world.crl(-1, &[tsa(-10).reason(1)])],
            NOW,
            revoked,
        ),
        (
            "revoked later without a reason (§4, item 1)",
            vec![world.crl(-1, &[tsa(-10)])],
            NOW,
            revoked,
        ),
        (
            "a list from after the stamp, out of date by now",
            vec![world.crl(-19, &[])],
            NOW,
            PASSED,
        ),
        (
            "a list from before that was recent then (EN 319 102-1 §5.2.5.4)",
            vec![world.crl(-21, &[])],
            NOW,
            PASSED,
        ),
        (
            "a list from before that was out of date then",
            vec![world.crl(-27, &[])],
            NOW,
            stale,
        ),
        ("no list", vec![], NOW, missing),
        (
            "expired since, with a list from before its end",
            vec![world.crl(99, &[])],
            at(110),
            PASSED,
        ),
    ] {
        let report = judge(world.input(crls), &token, moment);
        assert_eq!(said(&report), expected, "{what}: {report:#?}");
    }
}

#[test]
fn a_signature_proved_earlier_than_the_revocation_stands() {
    let world = World::new();
    let revoked = world.crl(-1, &[Revoked::new(&world.signer.serial, at(-10)).reason(1)]);
    let no_proof = open(SubIndication::RevokedNoPoe, ReasonCode::CertificateRevoked);
    for (what, tokens, expected) in [
        ("no stamp", vec![], no_proof),
        ("stamped before", vec![-11], PASSED),
        ("stamped after", vec![-9], no_proof),
        ("stamped after and before", vec![-9, -11], PASSED),
    ] {
        let made: Vec<_> = tokens
            .iter()
            .map(|days| |value: &[u8]| world.token(value, *days))
            .collect();
        let made: Vec<Stamp<'_>> = made.iter().map(|stamp| -> Stamp<'_> { stamp }).collect();
        let signature = world.stamped(&made);
        let report = world.judged(world.input(vec![revoked.clone()]), &signature, NOW);
        assert_eq!(worst(&report), Some(expected), "{what}: {report:#?}");
        assert_eq!(report.signatures[0].timestamps.len(), tokens.len());
    }
}

#[test]
fn a_signature_outlives_its_certificate_by_a_stamp() {
    let world = World::new();
    let signature = world.stamped(&[&|value| world.token(value, 90)]);
    let bare = world.stamped(&[]);
    // Both certificates end on day 100; the list is from after the stamp and before that.
    let input = || world.input(vec![world.crl(95, &[])]);
    let report = world.judged(input(), &signature, at(300));
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    let report = world.judged(input(), &bare, at(300));
    let (_, sub, _) = worst(&report).expect("verdict");
    assert!(
        matches!(
            sub,
            Some(SubIndication::OutOfBoundsNoPoe | SubIndication::OutOfBoundsNotRevoked)
        ),
        "{report:#?}"
    );
}

#[test]
fn a_stamp_that_does_not_count_changes_nothing() {
    let world = World::new();
    let tsa = Revoked::new(&world.tsa.serial, at(-30)).reason(1);
    let lost =
        |input: &mut MaterialInput| input.crls = vec![world.crl(-1, std::slice::from_ref(&tsa))];
    let other: Stamp<'_> = &|_| world.token(b"other", -2);
    let junk: Stamp<'_> = &|_| vec![5, 0];
    let good: Stamp<'_> = &|value| world.token(value, -2);
    for (what, stamps, revoke) in [
        ("over something else", vec![other], false),
        ("not a token", vec![junk], false),
        ("by a revoked authority", vec![good], true),
        ("many", vec![junk; 100], false),
    ] {
        let mut input = world.fresh();
        if revoke {
            lost(&mut input);
        }
        let report = world.judged(input, &world.stamped(&stamps), NOW);
        assert_eq!(worst(&report), Some(PASSED), "{what}: {report:#?}");
        let timestamps = &report.signatures[0].timestamps;
        assert!(timestamps.len() <= 8 && timestamps.iter().all(|t| t.proves().is_none()));
    }
}

#[test]
fn a_stamp_whose_evidence_is_missing_is_waited_for() {
    let world = World::new();
    // The authority is under a root of its own, of which no list is at hand.
    let validity = Validity::days(NOW, 100, 100);
    let root = Template::authority("Gốc thời gian", validity)
        .self_signed()
        .expect("root");
    let tsa = Template::stamper("Dấu thời gian", validity)
        .issued_by(&root)
        .expect("tsa");
    let revoked = world.crl(-1, &[Revoked::new(&world.signer.serial, at(-10))]);
    let mut input = world.input(vec![revoked]);
    let mut anchor = AnchorInput::ordinary("thoi-gian", root.der.clone());
    anchor.constraints.purposes.timestamping = true;
    input.anchors.push(anchor);
    let token = |value: &[u8]| Token::of(value, at(-20)).signed_by(&tsa).expect("token");
    let signature = world.stamped(&[&token]);
    let report = world.judged(input.clone(), &signature, NOW);
    let expected = open(SubIndication::TryLater, ReasonCode::RevocationMissing);
    assert_eq!(worst(&report), Some(expected), "{report:#?}");
    // The list arrives.
    let list = RevocationList::complete(1, Validity::days(NOW, 1, 6));
    input.crls.push(list.signed_by(&root).expect("list").into());
    let report = world.judged(input, &signature, NOW);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    assert!(!report.evidence().is_empty());
}

#[test]
fn no_flipped_octet_of_a_token_passes() {
    let world = World::new();
    let token = world.token(MESSAGE, -2);
    let validator = validator(world.fresh());
    let imprint = |algorithm: DigestAlgorithm| Some(algorithm.of(MESSAGE).as_ref().to_vec());
    let data =
        lienthong::format::cms::read::parse(&token, lienthong::format::cms::read::Tail::Nothing);
    // Of the certificates that are sent along nothing is signed by the authority; the rest is.
    let certificates: Vec<&[u8]> = data.expect("token").certificates;
    let inside = |at: usize| {
        let address = token[at..].as_ptr();
        certificates
            .iter()
            .any(|c| c.as_ptr_range().contains(&address))
    };
    for place in 0..token.len() {
        let mut flipped = token.clone();
        flipped[place] ^= 1;
        let report = validator.judge_timestamp(&flipped, &imprint, NOW);
        let harmless = report.proves().is_some() && unsigned(place, &token);
        assert!(
            report.proves().is_none() || harmless || inside(place),
            "octet {place}: {report:#?}"
        );
    }
}

/// Version numbers, which nobody signs and nothing hangs on, and the set of digest algorithms that
/// only helps to read in one pass (RFC 5652 §5.1).
fn unsigned(place: usize, token: &[u8]) -> bool {
    let data = Reader::new(token).any().expect("message").reader();
    let mut outer = data;
    outer.any().expect("type");
    let mut fields = outer
        .any()
        .expect("explicit")
        .reader()
        .any()
        .expect("data")
        .reader();
    let version = fields.any().expect("version");
    let algorithms = fields.any().expect("algorithms");
    fields.any().expect("content");
    fields.any().expect("certificates");
    let signers = fields.any().expect("signers");
    let signer = signers.reader().any().expect("signer");
    let own = signer.reader().any().expect("version");
    [version, algorithms, own]
        .iter()
        .any(|part| part.content_range().contains(&place))
}
