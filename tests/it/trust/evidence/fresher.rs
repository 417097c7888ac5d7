//! A list says less than its delta (RFC 5280 §5.2.6): where the delta may be had, it is asked for.

use super::super::world::NOW;
use super::scenarios::{Cast, week};
use bytes::Bytes;
use lienthong::forge::distribution::{Point, freshest};
use lienthong::forge::{RevocationList, Revoked, Validity};
use lienthong::model::{ReasonCode, SubIndication};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::evidence::{Awaited, Pool};
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::path::{Demands, Moments, PathOutcome};
use lienthong::trust::validator::{SuppliedDer, Validator};
use std::sync::Arc;

const DELTA: &str = "http://crl.example/delta";

struct Asking {
    validator: Validator,
    cast: Cast,
}

impl Asking {
    fn new() -> Self {
        Self::with(Pool::fetching())
    }

    fn with(pool: Pool) -> Self {
        let cast = Cast::new(|t| t.with(freshest(&[Point::uri(DELTA)])));
        let list = |by| RevocationList::complete(5, week()).signed_by(by);
        let crls = [list(&cast.root), list(&cast.ca)];
        let material = Material::new(MaterialInput {
            anchors: vec![AnchorInput::ordinary("co-yeu", cast.root.der.clone())],
            crls: crls.map(|crl| crl.expect("crl").into()).to_vec(),
            ..MaterialInput::default()
        });
        let material = material.expect("material");
        Self {
            validator: Validator::with_pool(Arc::new(material), Arc::new(pool)),
            cast,
        }
    }

    fn delta(&self, revoking: bool) -> Vec<u8> {
        let hour = Validity {
            from: NOW.plus_secs(-60),
            until: NOW.plus_secs(3600),
        };
        let mut delta = RevocationList::delta(6, 5, hour);
        if revoking {
            let at = NOW.plus_secs(-120);
            delta = delta.revoke(Revoked::new(&self.cast.signer.serial, at));
        }
        delta.signed_by(&self.cast.ca).expect("delta")
    }

    fn judge(&self, sent: &[&[u8]]) -> PathOutcome {
        let supplied = SuppliedDer {
            certificates: vec![&self.cast.ca.der],
            crls: sent.to_vec(),
            responses: Vec::new(),
        };
        let (signer, demands) = (&self.cast.signer.der, Demands::document());
        let moments = Moments::at(NOW);
        let outcome = self
            .validator
            .judge_path(signer, &supplied, &demands, moments);
        outcome.expect("a certificate")
    }

    fn waits(&self, sent: &[&[u8]]) -> bool {
        let outcome = self.judge(sent);
        let sub = outcome.problem().and_then(|verdict| verdict.sub());
        let mut sources = outcome.needs().iter().flat_map(|need| &need.sources);
        sub == Some(SubIndication::TryLater) && sources.any(|source| source.uri() == DELTA)
    }
}

#[test]
fn a_list_alone_waits_for_its_delta() {
    let asking = Asking::new();
    assert!(asking.waits(&[]));
    // Not even one that the signer prefers makes a difference.
    assert!(asking.waits(&[&asking.delta(false)]));
}

#[test]
fn the_delta_decides() {
    let asking = Asking::new();
    let delta = Bytes::from(asking.delta(true));
    asking.validator.pool().add_crl(delta).expect("delta");
    let outcome = asking.judge(&[]);
    let code = outcome.problem().map(|verdict| verdict.reason().code);
    assert_eq!(code, Some(ReasonCode::CertificateRevoked));
    let asking = Asking::new();
    let delta = Bytes::from(asking.delta(false));
    asking.validator.pool().add_crl(delta).expect("delta");
    assert!(asking.judge(&[]).problem().is_none());
}

#[test]
fn a_silent_address_is_not_waited_for() {
    let asking = Asking::new();
    asking.validator.pool().silent(DELTA, NOW, false);
    assert!(asking.judge(&[]).problem().is_none());
}

/// Nobody asks, and yet what waited when it was judged waits.
#[test]
fn what_was_awaited_is_recalled() {
    let asking = Asking::with(Pool::new());
    assert!(asking.judge(&[]).problem().is_none());
    let mut awaited = Awaited {
        uri: DELTA.to_owned(),
        silent_since: None,
        for_good: false,
    };
    asking
        .validator
        .pool()
        .recall(std::slice::from_ref(&awaited));
    assert!(asking.waits(&[]), "though it passed a moment ago");
    awaited.silent_since = Some(NOW);
    asking.validator.pool().recall(&[awaited]);
    assert!(asking.judge(&[]).problem().is_none());
}
