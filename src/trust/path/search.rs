//! Path building: up from a certificate to an anchor, through issuers by name and signature, under
//! one budget for the whole judgement, paths of CRL issuers included.

use super::budget::Exhausted;
use super::key::{WorkingKey, lacks_parameters};
use super::problem::{Problem, Rank};
use super::purpose::Purpose;
use super::run::Run;
use super::validate::{Chain, Validation};
use super::{Demands, PolicyDemands, RevocationDemand, validity};
use crate::model::Digest;
use crate::trust::algorithms::Rejection;
use crate::trust::anchor::Anchor;
use crate::trust::certificate::Certificate;
use crate::trust::evidence::{Need, Source, Used};
use crate::trust::revocation::signatures::Checked;
use crate::trust::revocation::status;
use std::sync::Arc;

/// Addresses of issuers that one judgement asks for (`verdicts.md` §3: at most 4 a document).
const MAX_ISSUER_ADDRESSES: usize = 4;
/// Addresses looked at of one certificate, which anybody may have made: as many as are tried.
const MAX_ADDRESSES_EACH: usize = 8;

/// What is searched.
#[derive(Clone, Debug)]
pub(in crate::trust) struct Goal<'a> {
    pub(in crate::trust) demands: Demands,
    /// The one anchor at which the path must end (RFC 5280 §6.3.3 (f)).
    anchor: Option<&'a Anchor>,
}

impl<'a> Goal<'a> {
    pub(in crate::trust) fn new(demands: &Demands) -> Self {
        Self {
            demands: demands.clone(),
            anchor: None,
        }
    }

    /// A path for the signer of a CRL, under the anchor of the path that asks.
    pub(in crate::trust) fn crl_issuer(anchor: &'a Anchor, asking: &Demands) -> Self {
        Self {
            demands: Demands {
                revocation: asking.revocation,
                purpose: Purpose::CrlSigning,
                policies: PolicyDemands::default(),
                conformity: asking.conformity,
                max_intermediates: asking.max_intermediates,
            },
            anchor: Some(anchor),
        }
    }
}

/// A path that was looked at.
#[derive(Clone, Debug)]
pub(in crate::trust) struct Found {
    pub(in crate::trust) signer: WorkingKey,
    /// From the signer's issuer to the anchor.
    pub(in crate::trust) above: Vec<Arc<Certificate>>,
    pub(in crate::trust) domain: Option<String>,
    pub(in crate::trust) issuer_key: Option<Digest>,
    pub(in crate::trust) used: Vec<Used>,
}

impl Found {
    /// A certificate from which nothing leads anywhere.
    fn nothing(signer: &Arc<Certificate>) -> Self {
        Self {
            signer: WorkingKey::of_anchor(signer),
            above: Vec::new(),
            domain: None,
            issuer_key: None,
            used: Vec::new(),
        }
    }
}

/// The best of the paths that do not hold.
#[derive(Debug)]
pub(in crate::trust) struct Failure {
    pub(in crate::trust) problem: Problem,
    pub(in crate::trust) found: Found,
    needs: Vec<Need>,
}

impl Failure {
    /// Whether signatures lead from the certificate to an anchor, be it by a path that does not hold.
    pub(in crate::trust) fn linked(&self) -> bool {
        self.found.domain.is_some()
    }

    /// Whether only evidence is missing.
    pub(in crate::trust) fn is_open(&self) -> bool {
        self.problem.rank == Rank::TryLater
    }
}

/// One round of a search: over paths of one length.
struct Round {
    /// Certificates below the anchor.
    length: usize,
    /// Whether there may be longer paths.
    cut: bool,
    /// The best of the paths that do not hold.
    best: Option<Failure>,
}

impl<'a> Run<'a> {
    /// Searches a path for `signer`.
    pub(in crate::trust) fn search(
        &mut self,
        goal: &Goal<'a>,
        signer: &Arc<Certificate>,
    ) -> Result<Found, Box<Failure>> {
        let mut best = None;
        if let Some(found) = self.as_anchor(goal, signer, &mut best) {
            return Ok(found);
        }
        // Short paths before long ones: among authorities of one name a search into the depth spends
        // its budget on detours.
        for length in 1..=goal.demands.max_intermediates.saturating_add(1) {
            let mut path = vec![Arc::clone(signer)];
            let mut round = Round {
                length,
                cut: false,
                best: best.take(),
            };
            if let Some(found) = self.explore(goal, &mut path, &mut round) {
                return Ok(found);
            }
            best = round.best;
            if !round.cut || self.budget.ended().is_some() {
                break;
            }
        }
        let mut failure = best.unwrap_or_else(|| self.no_path(signer));
        if let Some(what) = self.budget.ended()
            && failure.problem.rank >= Rank::General
        {
            failure.problem = Problem::exhausted(what);
            failure.needs.clear();
        }
        self.needs.append(&mut failure.needs);
        Err(Box::new(failure))
    }

    fn no_path(&mut self, signer: &Arc<Certificate>) -> Failure {
        let needs = std::mem::take(&mut self.issuer_addresses);
        let missing = needs.first().and_then(|need| need.sources.first());
        let problem = match missing {
            Some(source) => Problem::try_later(self.waiting_for_issuer(signer, source)),
            None => Problem::no_path(signer, signer.issuer()),
        };
        Failure {
            problem,
            found: Found::nothing(signer),
            needs,
        }
    }

    fn waiting_for_issuer(
        &mut self,
        signer: &Certificate,
        source: &Source,
    ) -> crate::model::Reason {
        let code = crate::model::ReasonCode::IssuerPending;
        let reason = super::about(code, signer, "RFC 5280 §4.2.2.1");
        let reason = reason.with("source", source.uri());
        self.since(source.uri(), reason)
    }

    /// A certificate that is an anchor itself: trusted directly, as trusted lists name units that
    /// sign timestamps or OCSP responses. Nothing would revoke a signer of documents that is one, so
    /// those have to have an issuer.
    fn as_anchor(
        &mut self,
        goal: &Goal<'a>,
        signer: &Arc<Certificate>,
        best: &mut Option<Failure>,
    ) -> Option<Found> {
        let material = self.world.material;
        let anchors = material.anchors_named(signer.subject_name());
        let same = |a: &&Anchor| a.certificate.sha256() == signer.sha256();
        for anchor in anchors.filter(same) {
            let allowed = goal
                .anchor
                .is_none_or(|wanted| std::ptr::eq(wanted, anchor));
            let direct = match goal.demands.purpose {
                Purpose::Timestamping | Purpose::OcspSigning => true,
                Purpose::Any | Purpose::Server | Purpose::Client => {
                    let own = WorkingKey::of_anchor(signer);
                    self.link(signer, &own).is_ok()
                }
                Purpose::Document | Purpose::CrlSigning => false,
            };
            if !direct || !allowed {
                continue;
            }
            if let Some(found) = self.evaluate(goal, &[], anchor, best) {
                return Some(found);
            }
        }
        None
    }

    fn explore(
        &mut self,
        goal: &Goal<'a>,
        path: &mut Vec<Arc<Certificate>>,
        round: &mut Round,
    ) -> Option<Found> {
        let tip = Arc::clone(path.last()?);
        let missing = round.length.saturating_sub(path.len());
        let mut linked = false;
        for anchor in self.world.material.anchors_named(tip.issuer_name()) {
            let allowed = goal
                .anchor
                .is_none_or(|wanted| std::ptr::eq(wanted, anchor));
            // An anchor that signs itself is not a path of its own.
            if !allowed || anchor.certificate.sha256() == tip.sha256() {
                continue;
            }
            if self.signed_by(&tip, &anchor.certificate, path, &mut round.best) {
                linked = true;
                // Shorter ones were looked at in earlier rounds.
                if missing == 0
                    && let Some(found) = self.evaluate(goal, path, anchor, &mut round.best)
                {
                    return Some(found);
                }
            }
        }
        round.cut = round.cut || missing <= 1;
        if missing == 0 {
            return None;
        }
        for candidate in self.candidates(&tip, path, missing).ok()? {
            if self.budget.ended().is_some() {
                return None;
            }
            if self.signed_by(&tip, &candidate, path, &mut round.best) {
                linked = true;
                path.push(candidate);
                let found = self.explore(goal, path, round);
                path.pop();
                if found.is_some() {
                    return found;
                }
            }
        }
        // Not every issuer at hand was tried for the last place.
        if !linked && missing > 1 {
            self.ask_for_issuer(&tip);
        }
        None
    }

    /// Issuers by name that are not in the path yet, those with the key identifier first. For the
    /// last place, the one below an anchor, only those that an anchor may have issued.
    fn candidates(
        &mut self,
        tip: &Certificate,
        path: &[Arc<Certificate>],
        missing: usize,
    ) -> Result<Vec<Arc<Certificate>>, Exhausted> {
        let material = self.world.material;
        let mut found = if missing > 1 {
            self.certificates_named(tip.issuer_name())?
        } else {
            self.certificates_below_anchors(tip.issuer_name())?
        };
        found.retain(|candidate| {
            // RFC 5280 §6.1: no certificate twice, and no key twice under one name, which is a loop.
            let same_key = |c: &Certificate| {
                c.key_digest() == candidate.key_digest()
                    && c.subject_name() == candidate.subject_name()
            };
            let anchors = || material.anchors_named(candidate.subject_name());
            !path.iter().any(|c| same_key(c)) && !anchors().any(|a| same_key(&a.certificate))
        });
        let wanted = tip.extensions.authority_key.as_ref();
        found.sort_by_key(|c| wanted.is_none() || c.extensions.subject_key.as_ref() != wanted);
        Ok(found)
    }

    /// RFC 5280 §4.2.2.1: where the issuer's certificate may be had.
    fn ask_for_issuer(&mut self, tip: &Certificate) {
        let room = MAX_ISSUER_ADDRESSES.saturating_sub(self.issuer_addresses.len());
        let known = |run: &Self| {
            let mut needs = run.issuer_addresses.iter();
            needs.any(|need| need.certificate == tip.sha256())
        };
        if room == 0 || known(self) {
            return;
        }
        let addresses = tip.extensions.issuers.iter().take(MAX_ADDRESSES_EACH);
        let addresses = addresses.filter(|uri| self.regard(uri).may_answer());
        let sources: Vec<Source> = addresses
            .map(|uri| Source::Issuer { uri: uri.clone() })
            .collect();
        if !sources.is_empty() {
            self.issuer_addresses.push(Need {
                certificate: tip.sha256(),
                sources,
            });
        }
    }

    /// RFC 5280 §6.1.3 (a)(1), cryptography only; whether the algorithm is accepted is asked of the
    /// whole path. A key that lacks parameters is tried when the path is whole.
    fn signed_by(
        &mut self,
        subject: &Certificate,
        issuer: &Arc<Certificate>,
        path: &[Arc<Certificate>],
        best: &mut Option<Failure>,
    ) -> bool {
        if self.budget.candidate().is_err() {
            return false;
        }
        if lacks_parameters(issuer) {
            return true;
        }
        let key = WorkingKey::of_anchor(issuer);
        match self.link(subject, &key) {
            Ok(()) => true,
            Err(Rejection::Invalid) => false,
            Err(rejection) => {
                let problem = Problem::rejection(rejection, subject);
                self.note(problem, path, best);
                false
            }
        }
    }

    /// One signature over a certificate. An exhausted budget ends the judgement, whatever this says.
    fn link(&mut self, subject: &Certificate, key: &WorkingKey) -> Checked {
        self.verified(subject, key)
            .unwrap_or(Err(Rejection::Invalid))
    }

    fn note(&self, problem: Problem, path: &[Arc<Certificate>], best: &mut Option<Failure>) {
        if best
            .as_ref()
            .is_some_and(|best| best.problem.rank <= problem.rank)
        {
            return;
        }
        let Some(signer) = path.first() else {
            return;
        };
        let found = Found {
            above: above(path, None),
            used: certificates(path, None),
            ..Found::nothing(signer)
        };
        *best = Some(Failure {
            problem,
            found,
            needs: Vec::new(),
        });
    }

    /// Validates a path whose signatures hold, up to missing parameters.
    fn evaluate(
        &mut self,
        goal: &Goal<'a>,
        path: &[Arc<Certificate>],
        anchor: &'a Anchor,
        best: &mut Option<Failure>,
    ) -> Option<Found> {
        let chain = Chain {
            certificates: path,
            anchor,
        };
        let mut used = certificates(path, Some(anchor));
        let needs_before = self.needs.len();
        let keys = self.keys(&chain);
        let signer = keys.as_ref().ok().and_then(|keys| keys.last().cloned());
        let signer = signer.unwrap_or_else(|| WorkingKey::of_anchor(chain.last()));
        let checked = keys.and_then(|keys| {
            let mut validation = Validation {
                material: self.world.material,
                demands: &goal.demands,
                clock: &mut self.clock,
                budget: &mut self.budget,
            };
            validation.run(&chain, &keys)?;
            self.moments_and_revocation(goal, &chain, &keys, &mut used)
        });
        let found = Found {
            signer,
            above: above(path, Some(anchor)),
            domain: Some(anchor.domain.clone()),
            issuer_key: (!path.is_empty()).then(|| chain.issuer(0).key_digest()),
            used,
        };
        let needs = self.needs.split_off(needs_before);
        match checked {
            Ok(()) => Some(found),
            Err(problem) => {
                let open = problem.rank == Rank::TryLater;
                let needs = if open { needs } else { Vec::new() };
                let better = best
                    .as_ref()
                    .is_none_or(|best| problem.rank < best.problem.rank);
                if better {
                    *best = Some(Failure {
                        problem,
                        found,
                        needs,
                    });
                }
                None
            }
        }
    }

    /// The working keys, the anchor's first and the signer's last; signatures under keys that take
    /// their parameters from above are verified here.
    fn keys(&mut self, chain: &Chain<'_, '_>) -> Result<Vec<WorkingKey>, Problem> {
        let mut keys = vec![WorkingKey::of_anchor(&chain.anchor.certificate)];
        for certificate in chain.certificates.iter().rev() {
            let Some(above) = keys.last() else { break };
            let next = above.next(certificate);
            if lacks_parameters(above.certificate()) {
                let verified = self.link(certificate, &above.clone());
                verified.map_err(|rejection| Problem::rejection(rejection, certificate))?;
            }
            keys.push(next);
        }
        Ok(keys)
    }

    /// RFC 5280 §6.1.3 (a)(2) and (a)(3). An expired certificate is asked about too: revoked says
    /// more than expired, and known not to be revoked is a sub-indication of its own
    /// (EN 319 102-1 §5.2.6.4).
    fn moments_and_revocation(
        &mut self,
        goal: &Goal<'a>,
        chain: &Chain<'a, '_>,
        keys: &[WorkingKey],
        used: &mut Vec<Used>,
    ) -> Result<(), Problem> {
        let out = validity::check(chain, &mut self.clock);
        if let Some(out) = out.as_ref().filter(|out| !out.expired()) {
            return Err(out.problem(false));
        }
        let status = status::of_chain(self, goal, chain, keys, used);
        let Some(out) = out else {
            return status;
        };
        match status {
            Err(problem) if problem.rank == Rank::Revoked => Err(problem),
            Ok(()) if goal.demands.revocation == RevocationDemand::Every => Err(out.problem(true)),
            Ok(()) | Err(_) => Err(out.problem(false)),
        }
    }
}

fn above(path: &[Arc<Certificate>], anchor: Option<&Anchor>) -> Vec<Arc<Certificate>> {
    let issuers = path.iter().skip(1).cloned();
    issuers
        .chain(
            anchor
                .filter(|_| !path.is_empty())
                .map(|a| Arc::clone(&a.certificate)),
        )
        .collect()
}

fn certificates(path: &[Arc<Certificate>], anchor: Option<&Anchor>) -> Vec<Used> {
    let all = path.iter().chain(anchor.map(|a| &a.certificate));
    all.map(|c| Used::Certificate(Arc::clone(c))).collect()
}
