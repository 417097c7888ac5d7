//! CMS: attack catalogue C1–C8 and the rows of EN 319 102-1 that certificates and CRLs lead to.

use super::world::*;
use lienthong::forge::{Authority, Identity, KeyKind, Profile, Validity, Variant};
use lienthong::model::ReasonCode as R;
use lienthong::model::SubIndication as S;
use lienthong::trust::material::MaterialInput;
use rcgen::DnType;

const CONTENT: &[u8] = "Về dự toán quý I".as_bytes();

fn judge_detached(input: MaterialInput, der: &[u8], content: &[u8]) -> Expected {
    let validator = validator(input);
    let (signature, content) = (memory(der), memory(content));
    let cold = validator.judge_file(&signature, Some(&content), NOW);
    let warm = validator.judge_file(&signature, Some(&content), NOW);
    assert_eq!(cold, warm, "cold and cached judgements agree");
    worst(&cold).expect("a verdict")
}

#[test]
fn good_signatures_pass_detached_and_encapsulated() {
    for kind in [KeyKind::P256, KeyKind::Rsa2048] {
        let world = World::new(kind);
        let der = world.signer.sign_detached(CONTENT, NOW).expect("signed");
        assert_eq!(judge_detached(world.input(), &der, CONTENT), PASSED);
        let inside = world
            .signer
            .sign_encapsulated(CONTENT, NOW)
            .expect("signed");
        let report = world.validator().judge_file(&memory(&inside), None, NOW);
        assert_eq!(worst(&report), Some(PASSED));
        let signature = &report.signatures[0];
        assert_eq!(signature.issuer_key, Some(world.ca.key_digest()));
        assert_eq!(signature.domain.as_deref(), Some("co-yeu"));
        assert_eq!(signature.claimed_time, Some(NOW));
        assert_eq!((signature.path.len(), signature.evidence.len()), (2, 2));
        assert_eq!(signature.warnings, []);
    }
}

#[test]
fn each_broken_signature_fails_with_its_own_reason() {
    let world = World::new(KeyKind::P256);
    let rows: [(&str, Variant<'_>, Expected); 6] = [
        (
            "C1 no signed attributes",
            Variant::NoSignedAttributes,
            failed(S::FormatFailure, R::SignedAttributesMissing),
        ),
        (
            "C1 attributes as content",
            Variant::AttributesAsContent,
            failed(S::FormatFailure, R::SignedAttributesMissing),
        ),
        (
            "C2 message-digest",
            Variant::WrongDigest,
            failed(S::HashFailure, R::DigestMismatch),
        ),
        (
            "C2 content-type",
            Variant::WrongContentType,
            failed(S::FormatFailure, R::SignedAttributesWrong),
        ),
        (
            "C6 signing-certificate",
            Variant::OtherCertificate(&world.other),
            failed(S::SigConstraintsFailure, R::SigningCertificateMismatch),
        ),
        (
            "C7 value",
            Variant::FlippedBit,
            failed(S::SigCryptoFailure, R::SignatureInvalid),
        ),
    ];
    for (name, variant, expected) in rows {
        let der = world
            .signer
            .sign(CONTENT, false, Some(NOW), variant)
            .expect("signed");
        // Attributes as content are always inside, which a detached call refuses as such.
        if !matches!(variant, Variant::AttributesAsContent) {
            let got = judge_detached(world.input(), &der, CONTENT);
            assert_eq!(got, expected, "{name}");
        }
        let der = world
            .signer
            .sign(CONTENT, true, Some(NOW), variant)
            .expect("signed");
        let report = world.validator().judge_file(&memory(&der), None, NOW);
        assert_eq!(worst(&report), Some(expected), "{name}, encapsulated");
    }
    let der = world.signer.sign_detached(CONTENT, NOW).expect("signed");
    let altered = judge_detached(world.input(), &der, b"altered");
    assert_eq!(altered, failed(S::HashFailure, R::DigestMismatch));
}

#[test]
fn two_contents_fail_and_a_missing_one_is_said() {
    let world = World::new(KeyKind::P256);
    let inside = world
        .signer
        .sign_encapsulated(CONTENT, NOW)
        .expect("signed");
    // C3
    let both = judge_detached(world.input(), &inside, CONTENT);
    assert_eq!(both, failed(S::FormatFailure, R::MalformedCms));
    let detached = world.signer.sign_detached(CONTENT, NOW).expect("signed");
    let report = world.validator().judge_file(&memory(&detached), None, NOW);
    assert_eq!(
        worst(&report),
        Some(open(S::SignedDataNotFound, R::DetachedContentMissing))
    );
}

#[test]
fn certificates_and_crls_lead_to_the_words_of_the_standard() {
    let kind = KeyKind::P256;
    let world = World::new(kind);
    let name = [(DnType::CommonName, "Sở Nội vụ")];
    let issue = |validity, profile| {
        world
            .ca
            .issue(&name, kind, validity, profile)
            .expect("issued")
    };
    let good = Validity::around(NOW);
    let expired = issue(Validity::expired(NOW), Profile::Signing);
    let early = issue(Validity::not_yet(NOW), Profile::Signing);
    let transport = issue(good, Profile::Transport);
    let stranger = World::new(kind).signer;
    let mut inputs: Vec<(&str, MaterialInput, &Identity, Expected)> = vec![
        (
            "expired",
            world.input(),
            &expired,
            open(S::OutOfBoundsNotRevoked, R::CertificateExpired),
        ),
        (
            "not yet",
            world.input(),
            &early,
            open(S::OutOfBoundsNoPoe, R::CertificateNotYetValid),
        ),
        (
            "unknown root",
            world.input(),
            &stranger,
            open(S::NoCertificateChainFound, R::NoPath),
        ),
        (
            "transport",
            world.input(),
            &transport,
            open(S::ChainConstraintsFailure, R::PurposeNotAllowed),
        ),
    ];
    let with = |edit: &dyn Fn(&mut MaterialInput)| {
        let mut input = world.input();
        edit(&mut input);
        input
    };
    let signer = &world.signer;
    inputs.push((
        "revoked",
        with(&|i| i.crls[1] = crl(&world.ca, &[signer])),
        signer,
        open(S::RevokedNoPoe, R::CertificateRevoked),
    ));
    inputs.push((
        "no CRL",
        with(&|i| i.crls.truncate(1)),
        signer,
        open(S::TryLater, R::RevocationMissing),
    ));
    inputs.push((
        "no CRL of the root",
        with(&|i| {
            i.crls.remove(0);
        }),
        signer,
        open(S::TryLater, R::RevocationMissing),
    ));
    let old = Validity::days(NOW, 9, -1);
    inputs.push((
        "stale",
        with(&|i| i.crls[1] = crl_at(&world.ca, &[], old)),
        signer,
        open(S::TryLater, R::RevocationStale),
    ));
    inputs.push((
        "too old by policy",
        with(&|i| i.max_crl_age_secs = Some(3600)),
        signer,
        open(S::TryLater, R::RevocationStale),
    ));
    inputs.push((
        "stale and newer",
        with(&|i| i.crls.push(crl_at(&world.ca, &[], old))),
        signer,
        PASSED,
    ));
    inputs.push((
        "revoked by the newer, absent from the older",
        with(&|i| {
            let older = Validity::days(NOW, 2, 5);
            i.crls[1] = crl_at(&world.ca, &[], older);
            i.crls.push(crl(&world.ca, &[signer]));
        }),
        signer,
        open(S::RevokedNoPoe, R::CertificateRevoked),
    ));
    for at in [1, 2] {
        inputs.push((
            "revoked by one of two of the same moment",
            with(&|i| i.crls.insert(at, crl(&world.ca, &[signer]))),
            signer,
            open(S::RevokedNoPoe, R::CertificateRevoked),
        ));
    }
    inputs.push((
        "a CRL by the same name and another key",
        with(&|i| {
            let twin = Authority::root("Cấp phát", kind, good).expect("root");
            i.crls[1] = crl(&twin, &[]);
        }),
        signer,
        open(S::TryLater, R::RevocationMissing),
    ));
    inputs.push((
        "distrusted key",
        with(&|i| i.distrust.push(signer.subject_key.into())),
        signer,
        open(S::ChainConstraintsFailure, R::Distrusted),
    ));
    inputs.push((
        "distrusted authority",
        with(&|i| i.distrust.push(world.ca.key_digest().into())),
        signer,
        open(S::ChainConstraintsFailure, R::Distrusted),
    ));
    for (name, input, by, expected) in inputs {
        let der = by.sign_detached(CONTENT, NOW).expect("signed");
        assert_eq!(judge_detached(input, &der, CONTENT), expected, "{name}");
    }
}
