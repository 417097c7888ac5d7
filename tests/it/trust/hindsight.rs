//! What passed once, judged again with what became known since (EN 319 102-1 §5.6): it existed when
//! it arrived, and only a revocation dated before that undoes it.

use super::world::{Expected, NOW, PASSED, memory, open, validator, worst};
use bytes::Bytes;
use lienthong::forge::distribution::{Point, PointName, Scope, crl_points};
use lienthong::forge::extension::{certificate_issuer, id as oid, invalidity_date};
use lienthong::forge::ocsp::{CertId, CertStatus, Hash, Response, Single};
use lienthong::forge::timestamp::Token;
use lienthong::forge::{
    Entity, ForgeError, Key, KeyKind, RevocationList, Revoked, Template, Validity,
};
use lienthong::model::{Digest, ReasonCode, SubIndication, Timestamp};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::certificate::Certificate;
use lienthong::trust::hindsight::undone;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::report::FileReport;
use lienthong::trust::validator::SuppliedDer;
use std::collections::BTreeSet;

const DAY: i64 = 86_400;
const MESSAGE: &[u8] = b"a document";
/// When it arrived.
const ARRIVED: i64 = -5;

fn at(days: i64) -> Timestamp {
    NOW.plus_secs(days * DAY)
}

/// An anchor that may prove time, an issuing CA, a signer, and an authority for timestamps.
struct World {
    root: Entity,
    ca: Entity,
    signer: Entity,
    tsa: Entity,
    /// Signs the CA's OCSP responses.
    responder: Entity,
    /// Signs lists for the CA.
    lister: Entity,
}

/// What is at hand now.
#[derive(Default)]
struct Evidence {
    of_root: Vec<Revoked>,
    of_ca: Vec<Revoked>,
    /// Further lists and responses.
    crls: Vec<Vec<u8>>,
    responses: Vec<Vec<u8>>,
    /// No list of the CA's own.
    without_ca_list: bool,
}

impl World {
    fn new(of_signer: impl Fn(Template) -> Template) -> Self {
        let good = Validity::days(NOW, 400, 400);
        let key = || Key::generate(KeyKind::P256).expect("key");
        let root = Template::authority("Gốc", good).key(key());
        let root = root.self_signed().expect("root");
        let by = |template: Template, issuer: &Entity| {
            template.key(key()).issued_by(issuer).expect("issued")
        };
        let ca = by(Template::authority("Cấp phát", good), &root);
        let signer = by(of_signer(Template::signer("Sở Tài chính", good)), &ca);
        Self {
            tsa: by(Template::stamper("Dấu thời gian", good), &root),
            responder: by(
                Template::responder("Trả lời", good).without(oid::OCSP_NO_CHECK),
                &ca,
            ),
            lister: by(Template::authority("Người phát CRL", good), &root),
            root,
            ca,
            signer,
        }
    }

    fn list(&self, days: i64) -> RevocationList {
        RevocationList::complete(
            5,
            Validity {
                from: at(days),
                until: at(days + 7),
            },
        )
    }

    fn input(&self, evidence: &Evidence) -> MaterialInput {
        let mut anchor = AnchorInput::ordinary("co-yeu", self.root.der.clone());
        anchor.constraints.purposes.timestamping = true;
        let list = |revoked: &[Revoked], by: &Entity| -> Bytes {
            let list = RevocationList {
                revoked: revoked.to_vec(),
                ..self.list(-1)
            };
            list.signed_by(by).expect("list").into()
        };
        let mut crls = vec![list(&evidence.of_root, &self.root)];
        if !evidence.without_ca_list {
            crls.push(list(&evidence.of_ca, &self.ca));
        }
        crls.extend(evidence.crls.iter().cloned().map(Bytes::from));
        MaterialInput {
            anchors: vec![anchor],
            intermediates: vec![self.lister.der.clone()],
            crls,
            responses: evidence
                .responses
                .iter()
                .cloned()
                .map(Bytes::from)
                .collect(),
            ..MaterialInput::default()
        }
    }

    /// Signed, with a token of each of these days.
    fn signed(&self, stamps: &[i64]) -> Vec<u8> {
        let stamp = |value: &[u8]| {
            let token = |days: &i64| Token::of(value, at(*days)).signed_by(&self.tsa);
            let tokens: Result<Vec<_>, ForgeError> = stamps.iter().map(token).collect();
            Ok(tokens?.concat())
        };
        let identity = self.signer.identity().expect("identity");
        identity.sign_stamped(MESSAGE, stamp).expect("signed")
    }

    /// Judged as today's, and with the knowledge of when it arrived.
    fn judged(&self, evidence: &Evidence, stamps: &[i64]) -> (FileReport, FileReport) {
        let (signature, content) = (memory(&self.signed(stamps)), memory(MESSAGE));
        let today = validator(self.input(evidence));
        let kept = SuppliedDer::default();
        let hindsight = today.in_hindsight(at(ARRIVED), &kept);
        // Ordinary judgements go on as they were, whichever came first.
        let later = hindsight.judge_file(&signature, Some(&content), NOW);
        (today.judge_file(&signature, Some(&content), NOW), later)
    }

    fn revoked(&self, of: &Entity, days: i64) -> Revoked {
        Revoked::new(&of.serial, at(days)).reason(1)
    }

    fn response(&self, status: CertStatus, by: &Entity) -> Vec<u8> {
        let id = CertId::new(&self.ca, &self.signer.serial, Hash::Sha1);
        let mut single = Single::new(id, status, at(-1));
        single.next_update = Some(at(6));
        let response = Response::new(at(-1), vec![single]);
        let response = response.with_certificates(vec![by.der.clone()]);
        response.signed_by(by).expect("response")
    }
}

fn id(of: &Entity) -> Digest {
    Digest::of(&of.der)
}

fn found(report: &FileReport) -> BTreeSet<Digest> {
    undone(report).flat_map(|one| one.certificates).collect()
}

fn revoked() -> Expected {
    open(SubIndication::RevokedNoPoe, ReasonCode::CertificateRevoked)
}

/// What is at hand, the tokens, the verdicts of today and in hindsight, and whose revocation undoes it.
type Row<'a> = (
    &'a str,
    Evidence,
    &'a [i64],
    Expected,
    Expected,
    &'a [&'a Entity],
);

fn holds(world: &World, rows: Vec<Row<'_>>) {
    for (what, evidence, stamps, today, hindsight, undoing) in rows {
        let (ordinary, later) = world.judged(&evidence, stamps);
        assert_eq!(
            worst(&ordinary),
            Some(today),
            "{what}, today: {ordinary:#?}"
        );
        assert_eq!(
            worst(&later),
            Some(hindsight),
            "{what}, in hindsight: {later:#?}"
        );
        let expected: BTreeSet<Digest> = undoing.iter().map(|e| id(e)).collect();
        assert_eq!(found(&later), expected, "{what}");
        // Whatever undoes it was told before anything was judged.
        let all = validator(world.input(&evidence));
        for entity in undoing {
            let certificate = Certificate::parse(&entity.der).expect("certificate");
            let since = all.told_revoked(&certificate).map(|told| told.since);
            assert!(
                since.is_some_and(|since| since <= at(ARRIVED)),
                "{what}: {since:?}"
            );
        }
    }
}

fn of_ca(revoked: Revoked) -> Evidence {
    Evidence {
        of_ca: vec![revoked],
        ..Evidence::default()
    }
}

#[test]
fn a_revocation_dated_before_the_arrival_undoes_it() {
    let world = World::new(|t| t);
    let signer = |days| world.revoked(&world.signer, days);
    let late = invalidity_date(at(-10));
    let by_ca = open(SubIndication::RevokedCaNoPoe, ReasonCode::IssuerRevoked);
    let issuer = |days| Evidence {
        of_root: vec![world.revoked(&world.ca, days)],
        ..Evidence::default()
    };
    let known = &[&world.signer][..];
    holds(
        &world,
        vec![
            ("nothing", Evidence::default(), &[], PASSED, PASSED, &[]),
            (
                "before",
                of_ca(signer(-10)),
                &[],
                revoked(),
                revoked(),
                known,
            ),
            (
                "at that moment",
                of_ca(signer(ARRIVED)),
                &[],
                revoked(),
                revoked(),
                known,
            ),
            ("after", of_ca(signer(-4)), &[], revoked(), PASSED, &[]),
            (
                "after, invalid from before",
                of_ca(signer(-2).with(late)),
                &[],
                revoked(),
                revoked(),
                known,
            ),
            (
                "issuer before",
                issuer(-10),
                &[],
                by_ca,
                by_ca,
                &[&world.ca],
            ),
            ("issuer after", issuer(-4), &[], by_ca, PASSED, &[]),
        ],
    );
}

#[test]
fn a_token_from_before_the_revocation_keeps_it() {
    let world = World::new(|t| t);
    let signer = |days| world.revoked(&world.signer, days);
    let and_tsa = |reason: u8, days| Evidence {
        of_root: vec![Revoked::new(&world.tsa.serial, at(days)).reason(reason)],
        ..of_ca(signer(-10))
    };
    let (one, both) = (&[&world.signer][..], &[&world.signer, &world.tsa][..]);
    holds(
        &world,
        vec![
            (
                "token before",
                of_ca(signer(-10)),
                &[-12],
                PASSED,
                PASSED,
                &[],
            ),
            (
                "token after",
                of_ca(signer(-10)),
                &[-9],
                revoked(),
                revoked(),
                one,
            ),
            (
                "its key lost before",
                and_tsa(1, -11),
                &[-12],
                revoked(),
                revoked(),
                both,
            ),
            (
                "no reason, before",
                and_tsa(0, -11),
                &[-12],
                revoked(),
                revoked(),
                both,
            ),
            (
                "its key given up before",
                and_tsa(4, -11),
                &[-12],
                PASSED,
                PASSED,
                &[],
            ),
            // The gateway had the token before anybody had its key.
            (
                "its key lost after",
                and_tsa(1, -4),
                &[-12],
                revoked(),
                PASSED,
                &[],
            ),
        ],
    );
}

#[test]
fn what_may_be_lifted_or_is_missing_undoes_nothing() {
    let world = World::new(|t| t);
    let hold = Revoked::new(&world.signer.serial, at(-10)).reason(6);
    let on_hold = open(SubIndication::TryLater, ReasonCode::CertificateOnHold);
    let missing = open(SubIndication::TryLater, ReasonCode::RevocationMissing);
    let stale = open(SubIndication::TryLater, ReasonCode::RevocationStale);
    let delta = |entry: Revoked| {
        let list = RevocationList::delta(
            6,
            5,
            Validity {
                from: at(0),
                until: at(1),
            },
        );
        list.revoke(entry).signed_by(&world.ca).expect("delta")
    };
    let released = Evidence {
        crls: vec![delta(Revoked::new(&world.signer.serial, at(-10)).reason(8))],
        ..of_ca(hold.clone())
    };
    let by_delta = Evidence {
        crls: vec![delta(world.revoked(&world.signer, -10))],
        ..Evidence::default()
    };
    let older = world.list(-3).revoke(world.revoked(&world.signer, -10));
    let no_longer = Evidence {
        crls: vec![older.signed_by(&world.ca).expect("list")],
        ..Evidence::default()
    };
    let only = |list: RevocationList| Evidence {
        crls: vec![list.signed_by(&world.ca).expect("list")],
        without_ca_list: true,
        ..Evidence::default()
    };
    let none = Evidence {
        without_ca_list: true,
        ..Evidence::default()
    };
    holds(
        &world,
        vec![
            ("on hold", of_ca(hold), &[], on_hold, on_hold, &[]),
            ("hold released", released, &[], PASSED, PASSED, &[]),
            (
                "by a delta",
                by_delta,
                &[],
                revoked(),
                revoked(),
                &[&world.signer],
            ),
            ("no longer listed", no_longer, &[], PASSED, PASSED, &[]),
            ("no list", none, &[], missing, missing, &[]),
            (
                "from before the arrival",
                only(world.list(-20)),
                &[],
                stale,
                stale,
                &[],
            ),
            // However old by now: it speaks of the moment of the arrival.
            (
                "from after the arrival, out of date",
                only(RevocationList {
                    next_update: Some(at(-2)),
                    ..world.list(-3)
                }),
                &[],
                stale,
                PASSED,
                &[],
            ),
        ],
    );
}

#[test]
fn responses_and_indirect_lists_undo_it_too() {
    let world = World::new(|t| t);
    let answered = |status, by: &Entity| Evidence {
        responses: vec![world.response(status, by)],
        without_ca_list: true,
        ..Evidence::default()
    };
    let lost = |days| CertStatus::Revoked(at(days), Some(1));
    let known = &[&world.signer][..];
    let missing = open(SubIndication::TryLater, ReasonCode::RevocationMissing);
    // What vouches for evidence is not proved by when the document arrived.
    let responder_lost = Evidence {
        without_ca_list: false,
        of_ca: vec![world.revoked(&world.responder, -4)],
        ..answered(lost(-10), &world.responder)
    };
    holds(
        &world,
        vec![
            (
                "response, before",
                answered(lost(-10), &world.ca),
                &[],
                revoked(),
                revoked(),
                known,
            ),
            (
                "response, after",
                answered(lost(-4), &world.ca),
                &[],
                revoked(),
                PASSED,
                &[],
            ),
            (
                "by a lost responder",
                responder_lost,
                &[],
                PASSED,
                PASSED,
                &[],
            ),
            (
                "by a stranger",
                answered(lost(-10), &world.tsa),
                &[],
                missing,
                missing,
                &[],
            ),
        ],
    );
    let name = || Some(PointName::uri("http://a/i"));
    let issuer = World::new(|t| t).lister.name.clone();
    let world = World::new(|t| {
        t.with(crl_points(&[Point {
            name: name(),
            reasons: None,
            issuer: Some(issuer.clone()),
        }]))
    });
    let entry = world.revoked(&world.signer, -10);
    let scope = Scope {
        name: name(),
        indirect: true,
        ..Scope::ALL
    };
    let list = world.list(-1).scope(&scope);
    let list = list.revoke(entry.with(certificate_issuer(&world.ca.name)));
    let indirect = Evidence {
        crls: vec![list.signed_by(&world.lister).expect("list")],
        ..Evidence::default()
    };
    holds(
        &world,
        vec![(
            "indirect list",
            indirect,
            &[],
            revoked(),
            revoked(),
            &[&world.signer],
        )],
    );
}

#[test]
fn what_was_kept_still_leads_to_the_anchor() {
    let world = World::new(|t| t);
    // Without the certificates above it.
    let (key, der) = (world.signer.key.clone(), world.signer.der.clone());
    let alone = Entity::of(key, der, Vec::new()).expect("entity");
    let identity = alone.identity().expect("identity");
    let whole = identity.sign_detached(MESSAGE, at(-6)).expect("signed");
    let (signature, content) = (memory(&whole), memory(MESSAGE));
    let today = validator(world.input(&of_ca(world.revoked(&world.signer, -10))));
    let kept = SuppliedDer {
        certificates: vec![&world.ca.der],
        ..SuppliedDer::default()
    };
    let no_path = open(SubIndication::NoCertificateChainFound, ReasonCode::NoPath);
    for (existed, kept, expected) in [
        (at(-11), SuppliedDer::default(), no_path),
        (at(-11), kept.clone(), PASSED),
        // A proof has to lie before the judgement.
        (at(0), kept.clone(), revoked()),
        (at(3), kept, revoked()),
    ] {
        let hindsight = today.in_hindsight(existed, &kept);
        let report = hindsight.judge_file(&signature, Some(&content), NOW);
        assert_eq!(worst(&report), Some(expected), "{existed}: {report:#?}");
    }
}
