//! Certificates that pass or do not, each with all the evidence it takes and no more.

use super::super::world::NOW;
use bytes::Bytes;
use lienthong::forge::distribution::{Point, PointName, Scope, crl_points, freshest, reasons};
use lienthong::forge::extension::{basic_constraints, certificate_issuer};
use lienthong::forge::ocsp::{CertId, CertStatus, Hash, Response, Single};
use lienthong::forge::{
    Entity, GeneralName, Key, KeyKind, Name, RevocationList, Revoked, Template, Validity, name,
};
use lienthong::model::{Indication, ReasonCode, SubIndication, Timestamp};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::evidence::Pool;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::path::{Demands, Moments, PathOutcome};
use lienthong::trust::validator::{SuppliedDer, Validator};
use std::fmt;
use std::sync::Arc;

/// Where a piece of evidence lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// In the operator's folders.
    Configured,
    /// Fetched.
    Gathered,
    /// Sent along with the signature.
    Supplied,
}

/// What a piece of evidence is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Certificate,
    Crl,
    Ocsp,
}

/// One piece of evidence.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) place: Place,
    pub(super) der: Vec<u8>,
}

/// A certificate and everything that is known about it.
#[derive(Clone)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) anchors: Vec<Vec<u8>>,
    pub(super) signer: Vec<u8>,
    pub(super) pieces: Vec<Piece>,
    /// When the signature is proved to have existed, if it is.
    pub(super) proved: Option<Timestamp>,
    pub(super) expected: Said,
}

/// Nothing for a path that holds.
pub(super) type Said = Option<(Indication, Option<SubIndication>, ReasonCode)>;

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Scenario {
    pub(super) fn outcome(&self) -> Option<PathOutcome> {
        let of = |kind: Kind, place: Place| {
            let pieces = self.pieces.iter();
            let pieces = pieces.filter(move |p| p.kind == kind && p.place == place);
            pieces.map(|p| p.der.as_slice()).collect::<Vec<_>>()
        };
        let bytes = |kind| {
            let all = of(kind, Place::Configured).into_iter();
            all.map(Bytes::copy_from_slice).collect::<Vec<_>>()
        };
        let configured = of(Kind::Certificate, Place::Configured);
        let anchors = self.anchors.iter();
        let anchors = anchors.map(|der| AnchorInput::ordinary("co-yeu", der.clone()));
        let material = Material::new(MaterialInput {
            anchors: anchors.collect(),
            intermediates: configured.into_iter().map(<[u8]>::to_vec).collect(),
            crls: bytes(Kind::Crl),
            responses: bytes(Kind::Ocsp),
            ..MaterialInput::default()
        });
        let pool = Pool::new();
        for der in of(Kind::Certificate, Place::Gathered) {
            let _ = pool.add_certificate(der);
        }
        for der in of(Kind::Crl, Place::Gathered) {
            let _ = pool.add_crl(Bytes::copy_from_slice(der));
        }
        for der in of(Kind::Ocsp, Place::Gathered) {
            let _ = pool.add_ocsp(Bytes::copy_from_slice(der));
        }
        // A reload with a faulty file keeps the old material: nothing is judged.
        let validator = Validator::with_pool(Arc::new(material.ok()?), Arc::new(pool));
        let supplied = SuppliedDer {
            certificates: of(Kind::Certificate, Place::Supplied),
            crls: of(Kind::Crl, Place::Supplied),
            responses: of(Kind::Ocsp, Place::Supplied),
        };
        let mut moments = Moments::at(NOW);
        moments.proven = self.proved;
        let outcome = validator.judge_path(&self.signer, &supplied, &Demands::document(), moments);
        outcome.ok()
    }

    /// What is said; a certificate or configured file that is none counts as malformed.
    pub(super) fn said(&self) -> Said {
        let Some(outcome) = self.outcome() else {
            return Some((Indication::TotalFailed, None, ReasonCode::MalformedCms));
        };
        let verdict = outcome.problem()?;
        Some((verdict.indication(), verdict.sub(), verdict.reason().code))
    }

    fn with(mut self, kind: Kind, place: Place, der: Vec<u8>) -> Self {
        self.pieces.push(Piece { kind, place, der });
        self
    }

    fn crl(self, place: Place, list: &RevocationList, by: &Entity) -> Self {
        self.with(Kind::Crl, place, list.signed_by(by).expect("crl"))
    }
}

/// Authorities and what they issue, all of P-256.
pub(super) struct Cast {
    pub(super) root: Entity,
    pub(super) ca: Entity,
    pub(super) signer: Entity,
    pub(super) delegate: Entity,
    /// Signs CRLs for others.
    pub(super) lister: Entity,
}

pub(super) fn good() -> Validity {
    Validity::around(NOW)
}

pub(super) fn week() -> Validity {
    Validity::days(NOW, 1, 6)
}

pub(super) fn key(number: u16) -> Key {
    Key::shared(KeyKind::P256, number).expect("key")
}

pub(super) fn ca_template() -> Template {
    Template::authority("Cấp phát", good()).key(key(101))
}

impl Cast {
    pub(super) fn new(edit: impl FnOnce(Template) -> Template) -> Self {
        let root = Template::authority("Gốc", good()).key(key(100));
        let root = root.self_signed().expect("root");
        let ca = ca_template().issued_by(&root).expect("ca");
        let signer = edit(Template::signer("Người ký", good()).key(key(102)));
        let delegate = Template::responder("Trả lời", good()).key(key(103));
        let lister = Template::authority("Người phát CRL", good()).key(key(104));
        let lister = lister.with(basic_constraints(true, Some(0)));
        Self {
            signer: signer.issued_by(&ca).expect("signer"),
            delegate: delegate.issued_by(&ca).expect("delegate"),
            lister: lister.issued_by(&root).expect("lister"),
            root,
            ca,
        }
    }

    /// The path, and a list of the root that revokes nobody.
    fn scenario(&self, name: &'static str, expected: Said) -> Scenario {
        let scenario = Scenario {
            name,
            anchors: vec![self.root.der.clone()],
            signer: self.signer.der.clone(),
            pieces: Vec::new(),
            proved: None,
            expected,
        };
        let empty = RevocationList::complete(3, week());
        let ca = self.ca.der.clone();
        scenario.with(Kind::Certificate, Place::Supplied, ca).crl(
            Place::Configured,
            &empty,
            &self.root,
        )
    }

    fn revoked(&self, at: Timestamp) -> Revoked {
        Revoked::new(&self.signer.serial, at).reason(1)
    }

    fn response(&self, by: &Entity, status: CertStatus) -> Vec<u8> {
        let id = CertId::new(&self.ca, &self.signer.serial, Hash::Sha1);
        let single = Single::new(id, status, NOW.plus_secs(-60)).cert_hash(&self.signer.der);
        let response = Response::new(NOW.plus_secs(-60), vec![single]);
        // The authority itself need not say who it is, and what is not needed is not looked at.
        let delegated = by.der != self.ca.der;
        let along = delegated.then(|| by.der.clone()).into_iter().collect();
        response
            .with_certificates(along)
            .signed_by(by)
            .expect("response")
    }
}

fn open(sub: SubIndication, code: ReasonCode) -> Said {
    Some((Indication::Indeterminate, Some(sub), code))
}

fn revoked() -> Said {
    open(SubIndication::RevokedNoPoe, ReasonCode::CertificateRevoked)
}

/// Every scenario.
pub(super) fn all() -> Vec<Scenario> {
    let mut all = listed();
    all.extend(answered());
    all.extend(partial());
    all.extend(without());
    all
}

fn listed() -> Vec<Scenario> {
    let cast = Cast::new(|t| t);
    let plain = || RevocationList::complete(5, week());
    let yesterday = NOW.plus_secs(-3600);
    let place = Place::Configured;
    let lists = cast.scenario("a complete list", None);
    let gathered = cast.scenario("a gathered list", None);
    let sent = cast.scenario("a list sent along", None);
    let bad = cast.scenario("revoked by the list", revoked());
    let delta = RevocationList::delta(6, 5, Validity::days(NOW.plus_secs(-3600), 0, 1));
    let base = cast.scenario("base and delta", None);
    let changed = cast.scenario("revoked by the delta alone", revoked());
    let mut proved = cast.scenario("revoked after it was signed", None);
    proved.proved = Some(NOW.plus_secs(-7200));
    vec![
        lists.crl(place, &plain(), &cast.ca),
        gathered.crl(Place::Gathered, &plain(), &cast.ca),
        sent.crl(Place::Supplied, &plain(), &cast.ca),
        bad.crl(place, &plain().revoke(cast.revoked(yesterday)), &cast.ca),
        base.crl(place, &plain(), &cast.ca)
            .crl(Place::Gathered, &delta, &cast.ca),
        changed.crl(place, &plain(), &cast.ca).crl(
            Place::Gathered,
            &delta.revoke(cast.revoked(yesterday)),
            &cast.ca,
        ),
        proved.crl(place, &plain().revoke(cast.revoked(yesterday)), &cast.ca),
    ]
}

fn answered() -> Vec<Scenario> {
    let cast = Cast::new(|t| t);
    let (ca, delegate) = (&cast.ca, &cast.delegate);
    let good = |by| cast.response(by, CertStatus::Good);
    let since = NOW.plus_secs(-3600);
    let bad = cast.response(delegate, CertStatus::Revoked(since, Some(1)));
    let unknown = cast.response(delegate, CertStatus::Unknown);
    let try_later = open(SubIndication::TryLater, ReasonCode::OcspUnknown);
    let place = Place::Gathered;
    vec![
        cast.scenario("answered by the issuer", None)
            .with(Kind::Ocsp, place, good(ca)),
        cast.scenario("answered by a delegate", None)
            .with(Kind::Ocsp, place, good(delegate)),
        cast.scenario("an answer sent along", None).with(
            Kind::Ocsp,
            Place::Supplied,
            good(delegate),
        ),
        cast.scenario("a configured answer", None).with(
            Kind::Ocsp,
            Place::Configured,
            good(delegate),
        ),
        cast.scenario("revoked by a delegate's answer", revoked())
            .with(Kind::Ocsp, place, bad),
        cast.scenario("unknown to the responder", try_later)
            .with(Kind::Ocsp, place, unknown),
    ]
}

/// Partitioned by reasons, indirect, and with a freshest list.
fn partial() -> Vec<Scenario> {
    let uri = |uri: &str| Some(PointName::uri(uri));
    let (some, rest) = (
        vec![reasons::KEY_COMPROMISE, reasons::CA_COMPROMISE],
        vec![
            reasons::AFFILIATION_CHANGED,
            reasons::SUPERSEDED,
            reasons::CESSATION,
            reasons::HOLD,
            reasons::WITHDRAWN,
            reasons::AA_COMPROMISE,
        ],
    );
    let parts = Cast::new(|t| {
        let point = |at: &str, reasons: &Vec<u8>| Point {
            name: uri(at),
            reasons: Some(reasons.clone()),
            issuer: None,
        };
        t.with(crl_points(&[
            point("http://a/1", &some),
            point("http://a/2", &rest),
        ]))
    });
    let part = |at: &str, reasons: &Vec<u8>| {
        let scope = Scope {
            name: uri(at),
            reasons: Some(reasons.clone()),
            ..Scope::ALL
        };
        RevocationList::complete(5, week()).scope(&scope)
    };
    let lister = Name::of("Người phát CRL");
    let indirect = Cast::new(|t| {
        let point = Point {
            name: uri("http://a/i"),
            reasons: None,
            issuer: Some(lister.clone()),
        };
        t.with(crl_points(&[point]))
    });
    let scope = Scope {
        name: uri("http://a/i"),
        indirect: true,
        ..Scope::ALL
    };
    let list = RevocationList::complete(5, week()).scope(&scope);
    let other = Revoked::new(&indirect.signer.serial, NOW.plus_secs(-3600));
    let other = other.with(certificate_issuer(&Name::of("Khác")));
    let own = Revoked::new(&indirect.signer.serial, NOW.plus_secs(-3600));
    let own = own.with(certificate_issuer(&indirect.ca.name));
    let place = Place::Configured;
    let of_lister = indirect.lister.der.clone();
    let through = |name, expected, list: RevocationList| {
        indirect
            .scenario(name, expected)
            .with(Kind::Certificate, place, of_lister.clone())
            .crl(place, &list, &indirect.lister)
    };
    vec![
        parts
            .scenario("two lists of reasons", None)
            .crl(place, &part("http://a/1", &some), &parts.ca)
            .crl(place, &part("http://a/2", &rest), &parts.ca),
        through("an indirect list", None, list.clone().revoke(other)),
        through("revoked by an indirect list", revoked(), list.revoke(own)),
    ]
}

/// Where something is missing or wrong.
fn without() -> Vec<Scenario> {
    use ReasonCode as R;
    use SubIndication as S;
    let cast = Cast::new(|t| t.with(freshest(&[Point::uri("http://a/d")])));
    let place = Place::Configured;
    let stale = RevocationList::complete(5, Validity::days(NOW, 9, -1));
    let plain = RevocationList::complete(5, week());
    let missing = open(S::TryLater, R::RevocationMissing);
    let mut outside = cast.scenario(
        "an unknown root",
        open(S::NoCertificateChainFound, R::NoPath),
    );
    let other = Template::authority("Gốc khác", good()).key(key(110));
    outside.anchors = vec![other.self_signed().expect("root").der];
    let expired = Cast::new(|t| t.validity(Validity::expired(NOW)));
    let ended = open(S::OutOfBoundsNotRevoked, R::CertificateExpired);
    let not_ca = Cast::new(|t| t);
    let mut under = not_ca.scenario(
        "issued by a signer",
        open(S::ChainConstraintsFailure, R::NotAnAuthority),
    );
    let signer = Template::signer("Dưới người ký", good()).key(key(111));
    let signer = signer.issued_by(&not_ca.signer).expect("signer");
    under.signer = signer.der;
    let constrained = Cast::new(|t| {
        let name = GeneralName::dns("x.vn");
        let alternative = lienthong::forge::extension::subject_alt_name(&[name]);
        t.with(alternative)
            .subject(Name::of("Người ký").with(name::UNIT, 0x0c, "Phòng"))
    });
    vec![
        cast.scenario("no list", missing),
        cast.scenario("a stale list", open(S::TryLater, R::RevocationStale))
            .crl(place, &stale, &cast.ca),
        outside.crl(place, &plain, &cast.ca),
        expired
            .scenario("an expired certificate", ended)
            .crl(place, &plain, &expired.ca),
        under
            .with(
                Kind::Certificate,
                Place::Supplied,
                not_ca.signer.der.clone(),
            )
            .crl(place, &plain, &not_ca.ca),
        constrained
            .scenario("other names", None)
            .crl(place, &plain, &constrained.ca),
    ]
}
