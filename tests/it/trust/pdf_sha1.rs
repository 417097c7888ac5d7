//! `adbe.pkcs7.sha1` (ISO 32000-1 §12.8.3.3.1): the content is signed by its SHA-1 digest, whatever the
//! signer's own digest is. It counts for as long as SHA-1 was accepted when the signature is proved to exist.

use super::pdf::{letter, mark, replaced};
use super::world::*;
use bytes::Bytes;
use lienthong::forge::pdf::alter_inside;
use lienthong::forge::{Entity, Pdf, RevocationList, SubFilter, Template, Validity, Variant};
use lienthong::model::ReasonCode as R;
use lienthong::model::SubIndication as S;
use lienthong::model::Timestamp;
use lienthong::trust::algorithms::DigestAlgorithm;
use lienthong::trust::algorithms::policy::{AlgorithmPolicy, Item, Rule, Validity as Accepted};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::report::{FileReport, Integrity};
use lienthong::trust::validator::SuppliedDer;

fn days_ago(days: i64) -> Timestamp {
    NOW.plus_secs(-days * 86_400)
}

struct World {
    root: Entity,
    signer: Entity,
    tsa: Entity,
}

impl World {
    fn new() -> Self {
        let good = Validity::days(NOW, 400, 400);
        let root = Template::authority("Gốc", good).self_signed();
        let root = root.expect("root");
        let issue = |template: Template| template.issued_by(&root).expect("issued");
        Self {
            signer: issue(Template::signer("Sở Tài chính", good)),
            tsa: issue(Template::stamper("Dấu thời gian", good)),
            root,
        }
    }

    /// Signed, and stamped so many days ago.
    fn signed(&self, variant: Variant<'_>, stamped: Option<i64>) -> Vec<u8> {
        let mut pdf = Pdf::new(&letter());
        let identity = self.signer.identity().expect("identity");
        let mark = mark("CoQuan", SubFilter::Sha1);
        pdf.sign_with(&identity, &mark, days_ago(20), variant)
            .expect("signed");
        if let Some(days) = stamped {
            pdf.stamp(&self.tsa, "Dau", days_ago(days))
                .expect("stamped");
        }
        pdf.into_bytes()
    }

    /// With this said about SHA-1 in the algorithms file, if anything.
    fn input(&self, sha1: Option<Accepted>) -> MaterialInput {
        let list = RevocationList::complete(1, Validity::days(NOW, 0, 6));
        let mut anchor = AnchorInput::ordinary("co-yeu", self.root.der.clone());
        anchor.constraints.purposes.timestamping = true;
        let mut input = MaterialInput {
            anchors: vec![anchor],
            crls: vec![Bytes::from(list.signed_by(&self.root).expect("list"))],
            ..MaterialInput::default()
        };
        if let Some(accepted) = sha1 {
            let rule = Rule::new(Item::Digest(DigestAlgorithm::Sha1), accepted);
            input.algorithms = AlgorithmPolicy::etsi().with(rule);
        }
        input
    }

    fn judged(&self, sha1: Option<Accepted>, bytes: &[u8]) -> FileReport {
        validator(self.input(sha1)).judge_file(&memory(bytes), None, NOW)
    }
}

fn until(days: i64) -> Option<Accepted> {
    Some(Accepted::before(days_ago(days)))
}

#[test]
fn it_is_judged_at_the_time_when_it_is_proved_to_exist() {
    let world = World::new();
    let refused = open(S::CryptoConstraintsFailureNoPoe, R::AlgorithmNotAccepted);
    let never = open(S::CryptoConstraintsFailure, R::AlgorithmNotAccepted);
    for (what, accepted, stamped, expected) in [
        ("accepted still", Some(Accepted::ALWAYS), None, PASSED),
        ("new", until(10), None, refused),
        ("proved while it was accepted", until(10), Some(15), PASSED),
        ("proved too late", until(10), Some(5), refused),
        ("proved at the very end", until(10), Some(10), refused),
        ("never accepted", Some(Accepted::Never), Some(15), never),
    ] {
        let report = world.judged(accepted, &world.signed(Variant::Good, stamped));
        assert_eq!(worst(&report), Some(expected), "{what} {report:#?}");
        let signature = &report.signatures[0];
        assert_eq!(signature.integrity, Integrity::Intact, "{what}");
        // The claimed time lies before the end, and proves nothing.
        assert_eq!(signature.claimed_time, Some(days_ago(20)), "{what}");
    }
    // As it comes: SHA-1 ended long ago.
    let report = world.judged(None, &world.signed(Variant::Good, Some(15)));
    assert!(!report.worst().expect("signed").is_passed());
}

/// Who had the file proves as much (`late-revocation.md`).
#[test]
fn it_is_judged_in_hindsight_when_somebody_had_it() {
    let world = World::new();
    let bytes = world.signed(Variant::Good, None);
    let refused = open(S::CryptoConstraintsFailureNoPoe, R::AlgorithmNotAccepted);
    for (existed, expected) in [(15, PASSED), (5, refused)] {
        let validator = validator(world.input(until(10)));
        let validator = validator.in_hindsight(days_ago(existed), &SuppliedDer::default());
        let report = validator.judge_file(&memory(&bytes), None, NOW);
        assert_eq!(worst(&report), Some(expected), "{existed}");
    }
}

#[test]
fn it_fails_where_anything_is_another() {
    let world = World::new();
    let always = || Some(Accepted::ALWAYS);
    let mut altered = world.signed(Variant::Good, None);
    alter_inside(&mut altered).expect("altered");
    for (what, bytes, expected) in [
        (
            "another file",
            altered,
            failed(S::HashFailure, R::DigestMismatch),
        ),
        (
            "another digest of the digest",
            world.signed(Variant::WrongDigest, None),
            failed(S::HashFailure, R::DigestMismatch),
        ),
        (
            "another value",
            world.signed(Variant::FlippedBit, None),
            failed(S::SigCryptoFailure, R::SignatureInvalid),
        ),
        (
            "no signed attributes",
            world.signed(Variant::NoSignedAttributes, None),
            failed(S::FormatFailure, R::SignedAttributesMissing),
        ),
    ] {
        let report = world.judged(always(), &bytes);
        assert_eq!(worst(&report), Some(expected), "{what}");
    }
    // Without the digest inside it is none of this form.
    let mut pdf = Pdf::new(&letter());
    let identity = world.signer.identity().expect("identity");
    let mark = mark("CoQuan", SubFilter::Pkcs7);
    pdf.sign(&identity, &mark, NOW).expect("signed");
    let renamed = replaced(
        pdf.bytes(),
        b"/adbe.pkcs7.detached",
        b"/adbe.pkcs7.sha1    ",
    );
    let expected = failed(S::FormatFailure, R::MalformedCms);
    assert_eq!(worst(&world.judged(always(), &renamed)), Some(expected));
}
