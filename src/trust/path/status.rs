//! Whether a certificate is revoked, by the newest CRL that may be used (RFC 5280 §6.3,
//! EN 319 102-1 §5.2.5).

use super::{Problem, Search, chain, general, rejected};
use crate::model::{Digest, Reason, ReasonCode, SubIndication};
use crate::trust::algorithms::{Rejection, SignatureScheme};
use crate::trust::certificate::Certificate;
use crate::trust::material::Anchor;
use crate::trust::report::Evidence;
use crate::trust::revocation::crl::{Crl, Entry};
use crate::trust::verdict::Verdict;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How far a CRL's thisUpdate may lie ahead of our clock (attack catalogue K6).
const CLOCK_TOLERANCE_SECS: i64 = 300;
/// CRL signatures remembered; each is one list under one key.
const MAX_REMEMBERED_CRLS: usize = 4096;

/// CRL signatures that were verified: by the list's place in the material and the key's digest.
#[derive(Debug, Default)]
pub(in crate::trust) struct CrlSignatures(Mutex<BTreeMap<(usize, Digest), Result<(), Rejection>>>);

impl CrlSignatures {
    fn verify(&self, at: usize, crl: &Crl, issuer: &Certificate) -> Result<(), Rejection> {
        let key = (at, issuer.key_digest());
        let known = |map: &Mutex<BTreeMap<_, Result<(), Rejection>>>| {
            let map = map.lock().unwrap_or_else(PoisonError::into_inner);
            map.get(&key).cloned()
        };
        if let Some(result) = known(&self.0) {
            return result;
        }
        let result = crl
            .algorithm()
            .map_err(|_| Rejection::Invalid)
            .and_then(|algorithm| SignatureScheme::new(&algorithm, None))
            .and_then(|scheme| {
                scheme.verify(issuer.public_key(), crl.to_be_signed(), crl.signature())
            });
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() < MAX_REMEMBERED_CRLS {
            map.insert(key, result.clone());
        }
        result
    }
}

impl<'a> Search<'a> {
    pub(super) fn revocation(
        &mut self,
        path: &[Arc<Certificate>],
        anchor: &Anchor,
    ) -> Result<Vec<Evidence>, (Problem, Vec<Evidence>)> {
        let mut evidence = Vec::new();
        if !self.demands.revocation {
            return Ok(evidence);
        }
        let issuers = path.iter().skip(1).chain([&anchor.certificate]);
        let mut pairs: Vec<_> = path.iter().zip(issuers).enumerate().collect();
        // From the anchor down: a revoked issuer says more than what its CRL says.
        pairs.reverse();
        for (depth, (subject, issuer)) in pairs {
            match self.status(subject, issuer, depth == 0) {
                Ok(used) => evidence.push(used),
                Err((problem, used)) => {
                    evidence.extend(used);
                    return Err((problem, evidence));
                }
            }
        }
        Ok(evidence)
    }

    /// The status of one certificate by the newest CRL of its issuer that may be used.
    fn status(
        &mut self,
        subject: &Certificate,
        issuer: &Certificate,
        is_signer: bool,
    ) -> Result<Evidence, (Problem, Option<Evidence>)> {
        let usable = self.usable_crls(subject, issuer).map_err(|p| (p, None))?;
        let newest = |wanted: bool| {
            let lists = usable
                .iter()
                .filter(|c| c.unsupported().is_none() == wanted);
            lists.max_by_key(|c| c.this_update())
        };
        let (complete, other) = (newest(true), newest(false));
        // A partial list that is newer may say what the complete one does not.
        let newer = other.filter(|o| complete.is_none_or(|c| c.this_update() < o.this_update()));
        // Of lists with one thisUpdate nothing says which came last, so each of them counts.
        let equal = usable.iter().filter(|c| {
            c.unsupported().is_none()
                && complete.is_some_and(|newest| newest.this_update() == c.this_update())
        });
        let listed = equal.filter_map(|c| Some((c.entry(subject.serial())?, c)));
        // Revoked for good says more than suspended.
        if let Some((entry, crl)) = listed.min_by_key(|(entry, _)| *entry == Entry::OnHold) {
            let problem = revoked(entry, subject, is_signer);
            return Err((problem, Some(evidence(crl))));
        }
        if let Some(partial) = newer {
            let reason = Reason::new(ReasonCode::CrlNotSupported)
                .with("subject", subject.subject_text())
                .with("what", partial.unsupported().unwrap_or_default());
            let sub = SubIndication::CertificateChainGeneralFailure;
            return Err((
                (4, Verdict::indeterminate(sub, reason)),
                Some(evidence(partial)),
            ));
        }
        let Some(complete) = complete else {
            return Err((
                try_later(ReasonCode::RevocationMissing, subject, issuer),
                None,
            ));
        };
        if self.stale(complete) {
            let problem = try_later(ReasonCode::RevocationStale, subject, issuer);
            return Err((problem, Some(evidence(complete))));
        }
        Ok(evidence(complete))
    }

    /// The CRLs that the issuer's name and key speak for and whose time has come.
    fn usable_crls(
        &mut self,
        subject: &Certificate,
        issuer: &Certificate,
    ) -> Result<Vec<&'a Crl>, Problem> {
        let material = self.material;
        let mut usable = Vec::new();
        for (at, crl) in material.crls_of(subject.issuer()) {
            if !self.spend() {
                return Err(general());
            }
            match self.crl_signatures.verify(at, crl, issuer) {
                Ok(()) => {}
                Err(Rejection::Invalid) => continue,
                Err(rejection) => return Err((5, rejected(rejection))),
            }
            if !issuer.may_sign_crls() {
                return Err(chain(ReasonCode::KeyUsage, issuer));
            }
            let issued = crl.this_update().plus_secs(-CLOCK_TOLERANCE_SECS);
            if self.clock.reached(issued) {
                usable.push(crl);
            }
        }
        Ok(usable)
    }

    fn stale(&mut self, crl: &Crl) -> bool {
        let age = self.material.max_crl_age_secs;
        let limits = [
            crl.next_update(),
            age.map(|age| crl.this_update().plus_secs(age)),
        ];
        // A list without nextUpdate and without a configured age never ends, so it proves nothing.
        if limits.iter().all(Option::is_none) {
            return true;
        }
        limits
            .into_iter()
            .flatten()
            .any(|end| self.clock.reached(end))
    }
}

fn revoked(entry: Entry, subject: &Certificate, is_signer: bool) -> Problem {
    let code = if is_signer {
        ReasonCode::CertificateRevoked
    } else {
        ReasonCode::IssuerRevoked
    };
    let reason = Reason::new(code).with("subject", subject.subject_text());
    match (entry, is_signer) {
        // EN 319 102-1 §5.2.6.4: a suspension may be lifted.
        (Entry::OnHold, _) => (1, Verdict::indeterminate(SubIndication::TryLater, reason)),
        (Entry::Revoked, true) => (
            2,
            Verdict::indeterminate(SubIndication::RevokedNoPoe, reason),
        ),
        (Entry::Revoked, false) => (
            2,
            Verdict::indeterminate(SubIndication::RevokedCaNoPoe, reason),
        ),
    }
}

fn try_later(code: ReasonCode, subject: &Certificate, issuer: &Certificate) -> Problem {
    let reason = Reason::new(code)
        .with("subject", subject.subject_text())
        .with("issuer", issuer.subject_text());
    (1, Verdict::indeterminate(SubIndication::TryLater, reason))
}

fn evidence(crl: &Crl) -> Evidence {
    Evidence {
        kind: "crl",
        sha256: crl.sha256(),
        this_update: crl.this_update(),
        next_update: crl.next_update(),
    }
}
