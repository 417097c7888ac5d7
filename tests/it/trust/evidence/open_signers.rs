//! Who signs a list or an answer for an authority is looked at, too (RFC 5280 §6.3.3 (f), RFC 6960
//! §4.2.2.2). Where only its own status is missing, the document waits and says for what.

use super::super::world::NOW;
use super::scenarios::{Said, ca_template, good, key, week};
use bytes::Bytes;
use lienthong::forge::distribution::{Point, PointName, Scope, crl_points};
use lienthong::forge::extension::{authority_access, certificate_issuer, extended_key_usage, id};
use lienthong::forge::ocsp::{CertId, CertStatus, Hash, Response, Single};
use lienthong::forge::{Entity, Name, RevocationList, Revoked, Template, Validity};
use lienthong::model::{Indication, ReasonCode, SubIndication};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::evidence::Pool;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::path::{Demands, Moments, PathOutcome};
use lienthong::trust::validator::{SuppliedDer, Validator};
use std::sync::Arc;

/// Where the list of the lister's authority may be had.
const OTHER: &str = "http://crl.example/cap-phat-2";
const INDIRECT: &str = "http://crl.example/gian-tiep";
const RESPONDER: &str = "http://ocsp.example/";

/// A signer whose authority leaves its list to another, and that one's authority.
struct Cast {
    root: Entity,
    ca: Entity,
    other: Entity,
    lister: Entity,
    signer: Entity,
}

impl Cast {
    fn new() -> Self {
        let root = Template::authority("Gốc", good()).key(key(100));
        let root = root.self_signed().expect("root");
        let ca = ca_template().issued_by(&root).expect("ca");
        let other = Template::authority("Cấp phát 2", good()).key(key(105));
        let other = other.issued_by(&root).expect("other");
        let lister = Template::authority("Người phát CRL", good()).key(key(104));
        let lister = lister.with(crl_points(&[Point::uri(OTHER)]));
        let lister = lister.issued_by(&other).expect("lister");
        let point = Point {
            name: Some(PointName::uri(INDIRECT)),
            reasons: None,
            issuer: Some(lister.name.clone()),
        };
        let signer = Template::signer("Người ký", good()).key(key(102));
        let signer = signer.with(crl_points(&[point]));
        Self {
            signer: signer.issued_by(&ca).expect("signer"),
            root,
            ca,
            other,
            lister,
        }
    }

    /// The list of another's certificates, of so many seconds ago.
    fn indirect(&self, age: i64, number: u64, revoked: bool) -> Vec<u8> {
        let validity = Validity {
            from: NOW.plus_secs(-age),
            until: NOW.plus_secs(24 * 3600),
        };
        let scope = Scope {
            name: Some(PointName::uri(INDIRECT)),
            indirect: true,
            ..Scope::ALL
        };
        let mut list = RevocationList::complete(number, validity).scope(&scope);
        // The list speaks of this authority from its first entry on.
        let of_ca = certificate_issuer(&self.ca.name);
        let first = Revoked::new(&[0x42], NOW.plus_secs(-9000)).with(of_ca);
        list = list.revoke(first);
        if revoked {
            list = list.revoke(Revoked::new(&self.signer.serial, NOW.plus_secs(-9000)));
        }
        list.signed_by(&self.lister).expect("list")
    }

    /// The list of the lister's authority.
    fn of_other(&self, validity: Validity, revoked: bool) -> Vec<u8> {
        let mut list = RevocationList::complete(7, validity);
        if revoked {
            let entry = Revoked::new(&self.lister.serial, NOW.plus_secs(-90_000));
            list = list.revoke(entry.reason(1));
        }
        list.signed_by(&self.other).expect("list")
    }

    fn judge(&self, signer: &Entity, crls: &[Vec<u8>], responses: &[Vec<u8>]) -> PathOutcome {
        let own = RevocationList::complete(3, week()).signed_by(&self.root);
        let crls = crls.iter().cloned().chain([own.expect("list")]);
        let beside = [&self.ca, &self.other, &self.lister];
        let material = Material::new(MaterialInput {
            anchors: vec![AnchorInput::ordinary("co-yeu", self.root.der.clone())],
            intermediates: beside.map(|e| e.der.clone()).to_vec(),
            crls: crls.map(Bytes::from).collect(),
            responses: responses.iter().cloned().map(Bytes::from).collect(),
            ..MaterialInput::default()
        });
        let material = Arc::new(material.expect("material"));
        let validator = Validator::with_pool(material, Arc::new(Pool::fetching()));
        let (supplied, moments) = (SuppliedDer::default(), Moments::at(NOW));
        let demands = Demands::document();
        let outcome = validator.judge_path(&signer.der, &supplied, &demands, moments);
        outcome.expect("judged")
    }

    fn listed(&self, crls: &[Vec<u8>]) -> PathOutcome {
        self.judge(&self.signer, crls, &[])
    }
}

fn said(outcome: &PathOutcome) -> Said {
    let verdict = outcome.problem()?;
    Some((verdict.indication(), verdict.sub(), verdict.reason().code))
}

fn open(code: ReasonCode) -> Said {
    let sub = Some(SubIndication::TryLater);
    Some((Indication::Indeterminate, sub, code))
}

/// The source that is named first, and all that are asked for.
fn asked(outcome: &PathOutcome) -> (Option<&str>, Vec<&str>) {
    let args = outcome.problem().map(|v| &v.reason().args);
    let mut args = args.into_iter().flatten();
    let named = args.find(|(name, _)| *name == "source");
    let sources = outcome.needs().iter().flat_map(|need| &need.sources);
    (
        named.map(|(_, value)| value.as_str()),
        sources.map(|source| source.uri()).collect(),
    )
}

#[test]
fn a_list_whose_signer_is_not_known_to_be_good_is_waited_for() {
    let cast = Cast::new();
    // Whether it lists the certificate or not: nobody may say so yet.
    for revoked in [false, true] {
        let list = cast.indirect(600, 5, revoked);
        let outcome = cast.listed(std::slice::from_ref(&list));
        assert_eq!(said(&outcome), open(ReasonCode::RevocationMissing));
        let (named, sources) = asked(&outcome);
        assert_eq!(named, Some(OTHER));
        assert!(sources.contains(&OTHER), "{sources:?}");
        let stale = cast.of_other(Validity::days(NOW, 9, -1), false);
        let outcome = cast.listed(&[list.clone(), stale]);
        assert_eq!(said(&outcome), open(ReasonCode::RevocationStale));
        assert!(asked(&outcome).1.contains(&OTHER));
        // What was missing settles it.
        let settled = said(&cast.listed(&[list, cast.of_other(week(), false)]));
        let expected = revoked.then_some((
            Indication::Indeterminate,
            Some(SubIndication::RevokedNoPoe),
            ReasonCode::CertificateRevoked,
        ));
        assert_eq!(settled, expected);
    }
}

#[test]
fn a_list_whose_signer_is_revoked_is_not_waited_for() {
    let cast = Cast::new();
    let lists = [cast.indirect(600, 5, false), cast.of_other(week(), true)];
    let outcome = cast.listed(&lists);
    let sub = Some(SubIndication::CertificateChainGeneralFailure);
    let refused = (Indication::Indeterminate, sub, ReasonCode::CrlNotSupported);
    assert_eq!(said(&outcome), Some(refused));
}

#[test]
fn an_older_list_does_not_speak_for_a_newer_one_that_is_waited_for() {
    let cast = Cast::new();
    // The same scope signed by a second lister of that name, whose own status is known.
    let lister = Template::authority("Người phát CRL", good()).key(key(106));
    let second = lister.issued_by(&cast.root).expect("lister");
    let known = Cast {
        lister: second,
        ..Cast::new()
    };
    let older = known.indirect(6000, 4, false);
    assert_eq!(
        said(&known.listed(std::slice::from_ref(&older))),
        None,
        "it may speak"
    );
    let newer = cast.indirect(600, 5, false);
    let both = Cast::new();
    let with_second = |crls: &[Vec<u8>]| {
        // Both listers are at hand: one configured, the other as the authority of its list.
        let own = RevocationList::complete(3, week()).signed_by(&both.root);
        let crls = crls.iter().cloned().chain([own.expect("list")]);
        let beside = [&both.ca, &both.other, &both.lister, &known.lister];
        let material = Material::new(MaterialInput {
            anchors: vec![AnchorInput::ordinary("co-yeu", both.root.der.clone())],
            intermediates: beside.map(|e| e.der.clone()).to_vec(),
            crls: crls.map(Bytes::from).collect(),
            ..MaterialInput::default()
        });
        let material = Arc::new(material.expect("material"));
        let validator = Validator::with_pool(material, Arc::new(Pool::fetching()));
        let (supplied, demands) = (SuppliedDer::default(), Demands::document());
        let signer = &both.signer.der;
        let outcome = validator.judge_path(signer, &supplied, &demands, Moments::at(NOW));
        said(&outcome.expect("judged"))
    };
    assert_eq!(with_second(std::slice::from_ref(&older)), None);
    let waiting = open(ReasonCode::RevocationMissing);
    assert_eq!(with_second(&[older.clone(), newer.clone()]), waiting);
    let settled = with_second(&[older, newer, cast.of_other(week(), false)]);
    assert_eq!(settled, None);
}

#[test]
fn a_responder_whose_own_status_is_missing_is_named() {
    let cast = Cast::new();
    let signer = Template::signer("Người ký", good()).key(key(107));
    let signer = signer.with(authority_access(&[RESPONDER], &[]));
    let signer = signer.issued_by(&cast.ca).expect("signer");
    // Without id-pkix-ocsp-nocheck: its own status has to be asked.
    let delegate = Template::bare(Name::of("Trả lời"), good()).key(key(103));
    let delegate = delegate
        .with(extended_key_usage(&[id::OCSP_SIGNING]))
        .with(crl_points(&[Point::uri(OTHER)]))
        .issued_by(&cast.ca)
        .expect("delegate");
    let certificate = CertId::new(&cast.ca, &signer.serial, Hash::Sha1);
    let single = Single::new(certificate, CertStatus::Good, NOW.plus_secs(-60));
    let single = single.cert_hash(&signer.der);
    let response = Response::new(NOW.plus_secs(-60), vec![single]);
    let response = response.with_certificates(vec![delegate.der.clone()]);
    let response = response.signed_by(&delegate).expect("response");
    let outcome = cast.judge(&signer, &[], std::slice::from_ref(&response));
    assert_eq!(said(&outcome), open(ReasonCode::RevocationMissing));
    let (named, sources) = asked(&outcome);
    assert_eq!(named, Some(OTHER));
    assert!(
        sources.contains(&OTHER) && sources.contains(&RESPONDER),
        "{sources:?}"
    );
    // A list of the authority says that neither is revoked.
    let list = RevocationList::complete(5, week()).signed_by(&cast.ca);
    let outcome = cast.judge(&signer, &[list.expect("list")], &[response]);
    assert_eq!(said(&outcome), None);
}
