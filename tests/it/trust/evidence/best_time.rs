//! Evidence that was recent when the signature is proved to have existed (EN 319 102-1 §5.2.5.4 with the
//! best-signature-time of §5.5.4).

use super::super::world::NOW;
use super::scenarios::{Cast, week};
use lienthong::forge::distribution::{Point, crl_points};
use lienthong::forge::ocsp::{CertId, CertStatus, Hash, Response, Single};
use lienthong::forge::{RevocationList, Revoked};
use lienthong::model::{ReasonCode, SubIndication, Timestamp};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::evidence::Pool;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::path::{Demands, Moments, PathOutcome};
use lienthong::trust::validator::{SuppliedDer, Validator};
use std::sync::Arc;

const DAY: i64 = 86_400;
const LIST: &str = "http://crl.example/list";
type S = SubIndication;
type R = ReasonCode;

fn at(days: i64) -> Timestamp {
    NOW.plus_secs(days * DAY)
}

struct Proved {
    cast: Cast,
    /// The signature is proved to have existed then, if it is.
    proved: Option<Timestamp>,
    lists: Vec<Vec<u8>>,
    responses: Vec<Vec<u8>>,
    max_age: Option<i64>,
}

impl Proved {
    fn new() -> Self {
        Self {
            cast: Cast::new(|t| t.with(crl_points(&[Point::uri(LIST)]))),
            proved: Some(at(-20)),
            lists: Vec::new(),
            responses: Vec::new(),
            max_age: None,
        }
    }

    /// A list of the issuer, from one day to another, that revokes the signer on these days.
    fn list(&self, from: i64, until: Option<i64>, revoked: &[i64]) -> Vec<u8> {
        let list = RevocationList {
            this_update: at(from),
            next_update: until.map(at),
            ..RevocationList::complete(5, week())
        };
        let signer = &self.cast.signer.serial;
        let list = revoked.iter().fold(list, |list, day| {
            list.revoke(Revoked::new(signer, at(*day)))
        });
        list.signed_by(&self.cast.ca).expect("list")
    }

    fn response(&self, from: i64, until: i64) -> Vec<u8> {
        let id = CertId::new(&self.cast.ca, &self.cast.signer.serial, Hash::Sha1);
        let mut single = Single::new(id, CertStatus::Good, at(from));
        single.next_update = Some(at(until));
        let response = Response::new(at(from), vec![single]);
        response.signed_by(&self.cast.ca).expect("response")
    }

    fn validator(&self, pool: Arc<Pool>) -> Validator {
        let root = RevocationList::complete(5, week()).signed_by(&self.cast.root);
        let material = Material::new(MaterialInput {
            anchors: vec![AnchorInput::ordinary("co-yeu", self.cast.root.der.clone())],
            crls: vec![root.expect("list").into()],
            max_crl_age_secs: self.max_age,
            ..MaterialInput::default()
        });
        Validator::with_pool(Arc::new(material.expect("material")), pool)
    }

    fn judged(&self, pool: Arc<Pool>) -> PathOutcome {
        let supplied = SuppliedDer {
            certificates: vec![&self.cast.ca.der],
            crls: self.lists.iter().map(Vec::as_slice).collect(),
            responses: self.responses.iter().map(Vec::as_slice).collect(),
        };
        let moments = Moments {
            proven: self.proved,
            ..Moments::at(NOW)
        };
        let (signer, demands) = (&self.cast.signer.der, Demands::document());
        let outcome = self
            .validator(pool)
            .judge_path(signer, &supplied, &demands, moments);
        outcome.expect("a certificate")
    }

    fn said(&self) -> Option<(Option<S>, R)> {
        let outcome = self.judged(Arc::new(Pool::new()));
        outcome.problem().map(|v| (v.sub(), v.reason().code))
    }
}

/// Issued after the best-signature-time less the greatest age accepted: the configured one, or that from
/// thisUpdate to nextUpdate.
#[test]
fn evidence_counts_that_was_recent_at_the_proven_time() {
    let stale = Some((Some(S::TryLater), R::RevocationStale));
    // Issued and next due on these days; the greatest age in days; what is said.
    for (from, until, age, expected) in [
        (-21, Some(-14), None, None),
        (-26, Some(-19), None, None),
        (-20, Some(-14), None, None),
        // "After", so that the moment itself is too late.
        (-27, Some(-20), None, stale),
        (-28, Some(-21), None, stale),
        (-21, Some(-14), Some(2), None),
        (-21, Some(-14), Some(1), stale),
        (-23, Some(-14), Some(2), stale),
        (-21, None, Some(2), None),
        (-21, None, None, stale),
    ] {
        let mut proved = Proved::new();
        proved.max_age = age.map(|days| days * DAY);
        proved.lists = vec![proved.list(from, until, &[])];
        let what = format!("{from} to {until:?}, {age:?}");
        assert_eq!(proved.said(), expected, "{what}");
        if let Some(until) = until.filter(|_| age.is_none()) {
            proved.lists.clear();
            proved.responses = vec![proved.response(from, until)];
            assert_eq!(proved.said(), expected, "{what} by OCSP");
        }
        // Without a proof the moment of judgement is what counts.
        proved.proved = None;
        assert_eq!(proved.said(), stale, "{what} unproved");
    }
}

/// `verdicts.md` §3: what the signer sent along never hides anything younger.
#[test]
fn younger_evidence_decides() {
    let revoked = Some((Some(S::RevokedNoPoe), R::CertificateRevoked));
    for (what, days, expected) in [
        ("revoked between the list and the signature", -20, revoked),
        ("revoked after the signature", -19, None),
    ] {
        for younger in [-18, -1] {
            let mut proved = Proved::new();
            proved.proved = Some(at(-20).plus_secs(DAY / 2));
            let old = proved.list(-21, Some(-14), &[]);
            let young = proved.list(younger, Some(younger + 7), &[days]);
            proved.lists = vec![old, young];
            assert_eq!(proved.said(), expected, "{what} {younger}");
            proved.lists.reverse();
            assert_eq!(proved.said(), expected, "{what} {younger} reversed");
        }
    }
}

/// Whoever fetches asks for something younger first; a silent address is not waited for.
#[test]
fn something_younger_is_asked_for_first() {
    let mut proved = Proved::new();
    proved.lists = vec![proved.list(-21, Some(-14), &[])];
    let pool = Arc::new(Pool::fetching());
    let outcome = proved.judged(Arc::clone(&pool));
    let problem = outcome.problem().expect("a problem");
    let said = (problem.sub(), problem.reason().code);
    assert_eq!(said, (Some(S::TryLater), R::RevocationStale));
    let mut sources = outcome.needs().iter().flat_map(|need| &need.sources);
    assert!(sources.any(|source| source.uri() == LIST));
    // It has one, which says more.
    let young = Arc::new(Pool::fetching());
    let list = proved.list(-1, Some(6), &[-21]);
    young.add_crl(list.into()).expect("list");
    let outcome = proved.judged(young);
    let sub = outcome.problem().and_then(|problem| problem.sub());
    assert_eq!(sub, Some(S::RevokedNoPoe));
    pool.silent(LIST, at(0), false);
    assert_eq!(proved.judged(pool).problem(), None);
}
