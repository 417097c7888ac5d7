//! XAdES at every level (EN 319 132-1 §6): what is reached, and what it proves.

use super::archive::{days_ago, said};
use super::world::*;
use bytes::Bytes;
use lienthong::forge::xml::properties::{Named, Policy, V111, V122};
use lienthong::forge::xml::unsigned::Archive;
use lienthong::forge::xml::{Plan, Properties, Reference, Signed, Stamping, Transform, method};
use lienthong::forge::{Entity, Letter, RevocationList, Revoked, Template, Validity};
use lienthong::model::{LocalDay, ReasonCode as R, SubIndication as S, Timestamp};
use lienthong::trust::algorithms::DigestAlgorithm;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::report::{Coverage, FileReport, Level, TimestampKind};

/// A signer, others, and a timestamp authority under one root.
pub(super) struct World {
    pub(super) root: Entity,
    pub(super) signer: Entity,
    pub(super) other: Entity,
    pub(super) tsa: Entity,
}

/// What is known of revocation.
#[derive(Clone, Copy)]
pub(super) enum Known {
    Nothing,
    Good,
    /// The signer was revoked yesterday: it takes a proof that the signature is older.
    Revoked,
}

impl World {
    pub(super) fn new() -> Self {
        Self::until(400)
    }

    /// With a signer's certificate that ends so many days from now.
    pub(super) fn until(days: i64) -> Self {
        let good = Validity::days(NOW, 400, 400);
        let root = Template::authority("Gốc", good).self_signed();
        let root = root.expect("root");
        let issue = |template: Template| template.issued_by(&root).expect("issued");
        let own = Validity::days(NOW, 300, days);
        Self {
            signer: issue(Template::signer("Sở Tài chính", own)),
            other: issue(Template::signer("Trần Thị An", good)),
            tsa: issue(Template::stamper("Dấu thời gian", good)),
            root,
        }
    }

    pub(super) fn signed(&self, plan: Plan) -> Signed {
        let identity = self.signer.identity().expect("identity");
        plan.sign(&identity).expect("signed")
    }

    /// A letter, enveloped, at level B.
    pub(super) fn basic(&self) -> Signed {
        self.signed(Plan::enveloped(&letter()).with(Properties::basic(days_ago(3))))
    }

    pub(super) fn stamping(&self, days: i64) -> Stamping<'_> {
        Stamping::by(&self.tsa, days_ago(days))
    }

    pub(super) fn list(&self, revoked: bool) -> Vec<u8> {
        self.list_of(0, revoked)
    }

    /// A list of so many days ago.
    fn list_of(&self, days: i64, revoked: bool) -> Vec<u8> {
        let list = RevocationList::complete(1, Validity::days(NOW, days, 6));
        let list = match revoked {
            true => list.revoke(Revoked::new(&self.signer.serial, days_ago(1)).reason(3)),
            false => list,
        };
        list.signed_by(&self.root).expect("list")
    }

    pub(super) fn judged_by(&self, text: &str, known: Known) -> FileReport {
        let mut anchor = AnchorInput::ordinary("co-yeu", self.root.der.clone());
        anchor.constraints.purposes.timestamping = true;
        let list = match known {
            Known::Nothing => None,
            Known::Good => Some(self.list(false)),
            Known::Revoked => Some(self.list(true)),
        };
        let input = MaterialInput {
            anchors: vec![anchor],
            crls: list.into_iter().map(Bytes::from).collect(),
            ..MaterialInput::default()
        };
        validator(input).judge_file(&memory(text.as_bytes()), None, NOW)
    }

    pub(super) fn judged(&self, text: &str) -> FileReport {
        self.judged_by(text, Known::Good)
    }
}

pub(super) fn letter() -> String {
    Letter::sample(LocalDay::new(2026, 11, 24).expect("day")).xml()
}

fn level(report: &FileReport) -> Option<Level> {
    report.signatures[0].level
}

fn kinds(report: &FileReport) -> Vec<(TimestampKind, Expected)> {
    let all = report.signatures[0].timestamps.iter();
    all.map(|stamp| (stamp.kind, said(stamp))).collect()
}

#[test]
fn a_basic_signature_says_when_and_by_whom() {
    let world = World::new();
    let report = world.judged(&world.basic().text);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    let signature = &report.signatures[0];
    assert_eq!(signature.level, Some(Level::B));
    assert_eq!(signature.coverage, Coverage::WholeFile);
    assert_eq!(signature.claimed_time, Some(days_ago(3)));
    assert!(signature.warnings.is_empty(), "{:?}", signature.warnings);
    assert_eq!(signature.covers.len(), 2);
}

#[test]
fn every_place_may_have_properties() {
    let world = World::new();
    let properties = || Properties::basic(days_ago(3));
    let inside = Plan::enveloping("<a>1</a>").with(properties());
    let report = world.judged(&world.signed(inside).text);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    assert_eq!(report.signatures[0].coverage, Coverage::Encapsulated);
    let other = Plan::detached("cong-van.pdf", b"%PDF").with(properties());
    let file = memory(world.signed(other).text.as_bytes());
    let mut anchor = AnchorInput::ordinary("co-yeu", world.root.der.clone());
    anchor.constraints.purposes.timestamping = true;
    let input = MaterialInput {
        anchors: vec![anchor],
        crls: vec![Bytes::from(world.list(false))],
        ..MaterialInput::default()
    };
    let content = memory(b"%PDF");
    let report = validator(input).judge_file(&file, Some(&content), NOW);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    assert_eq!(report.signatures[0].coverage, Coverage::Detached);
}

#[test]
fn the_certificate_is_named_in_either_version_among_others() {
    let world = World::new();
    let of = |entity: &Entity| entity.identity().expect("identity");
    let (signer, other) = (of(&world.signer), of(&world.other));
    let sha1 = |named: Named| Named {
        digest: DigestAlgorithm::Sha1,
        ..named
    };
    let bare = |named: Named| Named {
        issuer_serial: false,
        ..named
    };
    for (named, expected) in [
        (vec![Named::v1(&signer)], Some(PASSED)),
        (vec![sha1(Named::v1(&signer))], Some(PASSED)),
        (vec![bare(Named::v1(&signer))], Some(PASSED)),
        (vec![bare(Named::v2(&signer))], Some(PASSED)),
        (vec![Named::v1(&signer), Named::v2(&signer)], Some(PASSED)),
        (vec![Named::v2(&other), Named::v2(&signer)], Some(PASSED)),
        (
            vec![Named::v1(&other), Named::v2(&signer)],
            Some(failed(
                S::SigConstraintsFailure,
                R::SigningCertificateMismatch,
            )),
        ),
        (
            vec![sha1(Named::v2(&signer))],
            Some(open(
                S::CryptoConstraintsFailureNoPoe,
                R::AlgorithmNotAccepted,
            )),
        ),
    ] {
        let properties = Properties::basic(days_ago(3)).naming(named.clone());
        let signed = world.signed(Plan::enveloped(&letter()).with(properties));
        let report = world.judged(&signed.text);
        assert_eq!(worst(&report), expected, "{named:?} {report:#?}");
    }
    let properties = Properties::basic(days_ago(3)).naming(Vec::new());
    let report = world.judged(
        &world
            .signed(Plan::enveloped(&letter()).with(properties))
            .text,
    );
    assert_eq!(worst(&report), Some(PASSED));
    assert_eq!(level(&report), None, "below B");
    let [warning] = &report.signatures[0].warnings[..] else {
        panic!("{report:#?}");
    };
    assert_eq!(warning.code, R::SigningCertificateAbsent);
}

#[test]
fn a_signature_timestamp_proves_when_it_existed() {
    let world = World::new();
    let basic = world.basic();
    let bare = world.judged_by(&basic.text, Known::Revoked);
    assert_eq!(
        worst(&bare),
        Some(open(S::RevokedNoPoe, R::CertificateRevoked))
    );
    for canonical in [
        None,
        Some(method::exclusive()),
        Some(method::plain(
            lienthong::format::xml::canonical::Form::Inclusive11,
        )),
    ] {
        let stamping = Stamping {
            canonical,
            ..world.stamping(2)
        };
        let stamped = basic.clone().stamped(&stamping).expect("stamped");
        let report = world.judged_by(&stamped.text, Known::Revoked);
        assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
        assert_eq!(level(&report), Some(Level::T));
        assert_eq!(kinds(&report), [(TimestampKind::Signature, PASSED)]);
    }
    let late = basic.stamped(&world.stamping(0)).expect("stamped");
    let report = world.judged_by(&late.text, Known::Revoked);
    assert_eq!(
        worst(&report),
        Some(open(S::RevokedNoPoe, R::CertificateRevoked))
    );
}

#[test]
fn values_for_the_long_term_are_used_and_make_the_level() {
    let world = World::new();
    let stamped = world.basic().stamped(&world.stamping(2)).expect("stamped");
    let nothing = world.judged_by(&stamped.text, Known::Nothing);
    assert!(
        !nothing.worst().expect("a verdict").is_passed(),
        "{nothing:#?}"
    );
    let list = world.list(false);
    let signed = stamped.with_values(&[&world.signer.der], &[&list], &[]);
    let report = world.judged_by(&signed.expect("values").text, Known::Nothing);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    assert_eq!(level(&report), Some(Level::Lt));
}

#[test]
fn archive_timestamps_of_both_kinds_cover_everything_before_them() {
    let world = World::new();
    let list = world.list(false);
    let stamped = world.basic().stamped(&world.stamping(2)).expect("stamped");
    let long = stamped.with_values(&[&world.signer.der], &[&list], &[]);
    let long = long.expect("values");
    for kind in [Archive::V132, Archive::V141] {
        let archived = long
            .clone()
            .archived(kind, &world.stamping(1))
            .expect("archived");
        let archived = archived.with_stamp_data(&[&world.tsa.der], &[&list], &[]);
        let twice = archived
            .expect("data")
            .archived(Archive::V141, &world.stamping(0));
        let report = world.judged(&twice.expect("archived").text);
        assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
        assert_eq!(level(&report), Some(Level::Lta));
        let (own, archive) = (TimestampKind::Signature, TimestampKind::Archive);
        let all = [(own, PASSED), (archive, PASSED), (archive, PASSED)];
        assert_eq!(kinds(&report), all);
    }
}

#[test]
fn an_archive_covers_the_other_objects() {
    let world = World::new();
    let mut plan = Plan::enveloping("<a>1</a>").with(Properties::basic(days_ago(3)));
    plan.objects.push("<ds:Object Id=\"khac\"/>".into());
    let signed = world.signed(plan);
    for kind in [Archive::V132, Archive::V141] {
        let archived = signed.clone().archived(kind, &world.stamping(2));
        let archived = archived.expect("archived").text;
        let report = world.judged(&archived);
        let all = [(TimestampKind::Archive, PASSED)];
        assert_eq!(kinds(&report), all, "{kind:?} {report:#?}");
        let changed = archived.replace("Id=\"khac\"", "Id=\"doi\"");
        let report = world.judged(&changed);
        let other = failed(S::HashFailure, R::TimestampOfOther);
        assert_eq!(kinds(&report), [(TimestampKind::Archive, other)]);
    }
}

#[test]
fn an_archived_signature_outlives_its_certificate() {
    let world = World::until(-1);
    let basic = world.basic();
    let report = world.judged(&basic.text);
    assert!(
        !report.worst().expect("a verdict").is_passed(),
        "{report:#?}"
    );
    // A list of today says nothing of a certificate that had ended before.
    let list = world.list_of(2, false);
    let long = basic.stamped(&world.stamping(3)).expect("stamped");
    let long = long.with_values(&[&world.signer.der], &[&list], &[]);
    let long = long
        .expect("values")
        .archived(Archive::V141, &world.stamping(2));
    let report = world.judged(&long.expect("archived").text);
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    assert_eq!(level(&report), Some(Level::Lta));
}

#[test]
fn a_timestamp_with_references_proves_and_one_over_references_alone_does_not() {
    let world = World::new();
    let list = world.list(true);
    let referring = || {
        let stamped = world.basic().stamped(&world.stamping(0)).expect("stamped");
        stamped
            .with_references(&[&world.root.der], &[&list])
            .expect("references")
    };
    let revoked = open(S::RevokedNoPoe, R::CertificateRevoked);
    for (signature_too, kind, expected) in [
        (true, TimestampKind::Signature, PASSED),
        (false, TimestampKind::References, revoked),
    ] {
        let both = referring().stamped_with_references(&world.stamping(2), signature_too);
        let report = world.judged_by(&both.expect("stamped").text, Known::Revoked);
        let stamps = kinds(&report);
        assert_eq!(stamps[1], (kind, PASSED), "{report:#?}");
        assert_eq!(worst(&report), Some(expected), "{report:#?}");
    }
}

#[test]
fn a_timestamp_over_content_says_nothing_about_the_signature() {
    let world = World::new();
    let mut properties = Properties::basic(days_ago(1));
    properties.content_stamp = Some((world.tsa.clone(), days_ago(2)));
    let exclusive = || {
        vec![
            Transform::Enveloped,
            Transform::Canonical(method::exclusive()),
        ]
    };
    let mut plan = Plan::enveloped(&letter()).with(properties);
    let part = vec![Transform::Canonical(method::exclusive())];
    plan.references = vec![
        Reference::to("", exclusive()),
        Reference::to("#van-ban", part),
    ];
    let signed = world.signed(plan);
    let report = world.judged_by(&signed.text, Known::Revoked);
    assert_eq!(
        kinds(&report),
        [(TimestampKind::Content, PASSED)],
        "{report:#?}"
    );
    assert_eq!(
        worst(&report),
        Some(open(S::RevokedNoPoe, R::CertificateRevoked))
    );
    let report = world.judged(&signed.text);
    assert_eq!(worst(&report), Some(PASSED));
    assert_eq!(level(&report), Some(Level::B));
    assert!(report.signatures[0].warnings.is_empty());
}

#[test]
fn older_versions_are_read() {
    let world = World::new();
    for namespace in [V122, V111] {
        let identity = world.signer.identity().expect("identity");
        let properties = Properties {
            namespace: namespace.into(),
            kind: Some(format!("{namespace}SignedProperties")),
            ..Properties::basic(days_ago(3)).naming(vec![Named::v1(&identity)])
        };
        let signed = world.signed(Plan::enveloped(&letter()).with(properties));
        let signed = signed.stamped(&world.stamping(2)).expect("stamped");
        let report = world.judged_by(&signed.text, Known::Revoked);
        assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
        assert_eq!(level(&report), Some(Level::T));
    }
}

#[test]
fn a_policy_is_named_and_compared_where_it_lies_beside() {
    let world = World::new();
    let policy = |policy| Properties {
        policy: Some(policy),
        ..Properties::basic(days_ago(3))
    };
    let implied = Plan::enveloped(&letter()).with(policy(Policy::Implied));
    let report = world.judged(&world.signed(implied).text);
    assert!(report.signatures[0].warnings.is_empty(), "{report:#?}");
    let named = Policy::Explicit {
        id: "urn:oid:1.2.3".into(),
        policy: b"quy dinh".to_vec(),
        uri: Some("http://example.invalid/".into()),
    };
    let signed = world.signed(Plan::enveloped(&letter()).with(policy(named)));
    let store = |text: &str| {
        format!(
            "<y:SignaturePolicyStore xmlns:y=\"http://uri.etsi.org/01903/v1.4.1#\">\
             <y:SignaturePolicyDocument>{text}</y:SignaturePolicyDocument></y:SignaturePolicyStore>"
        )
    };
    // base64 of "quy dinh", and of something else
    for (beside, expected) in [
        (None, PASSED),
        (Some("cXV5IGRpbmg="), PASSED),
        (
            Some("a2hhYw=="),
            open(S::SigConstraintsFailure, R::SignaturePolicyOther),
        ),
    ] {
        let mut signed = signed.clone();
        if let Some(beside) = beside {
            signed.add(&store(beside)).expect("added");
        }
        let report = world.judged(&signed.text);
        assert_eq!(worst(&report), Some(expected), "{beside:?} {report:#?}");
        let warning = &report.signatures[0].warnings[0];
        assert_eq!(warning.code, R::SignaturePolicyNamed);
        assert_eq!(warning.arg("policy"), Some("urn:oid:1.2.3"));
    }
}

#[test]
fn a_claimed_time_after_the_proof_is_said() {
    let world = World::new();
    let properties = Properties::basic(Timestamp(NOW.0 - 1));
    let signed = world.signed(Plan::enveloped(&letter()).with(properties));
    let signed = signed.stamped(&world.stamping(2)).expect("stamped");
    let report = world.judged(&signed.text);
    let warning = &report.signatures[0].warnings[0];
    assert_eq!(warning.code, R::ClaimedTimeAfterTimestamp);
}
