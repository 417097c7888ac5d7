//! Certification path validation, step by step (RFC 5280 §6.1), from the anchor down to the
//! certificate that the path is for. Moments are judged in `validity`, revocation in
//! `trust::revocation`; everything else is here, in the order of the clauses.

use super::budget::Budget;
use super::clock::Clockwork;
use super::names::{NameFailure, NameState, Reading};
use super::policy::{Policies, PolicyDemands, PolicyFailure};
use super::problem::Problem;
use super::purpose::{self, Purpose};
use super::{Conformity, Demands};
use crate::model::ReasonCode;
use crate::trust::algorithms::{Acceptance, AlgorithmPolicy, KeyFamily, SignatureScheme, Usage};
use crate::trust::anchor::Anchor;
use crate::trust::certificate::Certificate;
use crate::trust::material::Material;
use crate::trust::path::key::WorkingKey;
use std::sync::Arc;

/// A path that is looked at: certificates from the one it is for up to the one that the anchor
/// issued, and the anchor. Without certificates the anchor itself is what is asked about.
#[derive(Clone, Copy, Debug)]
pub(in crate::trust) struct Chain<'a, 'p> {
    pub(in crate::trust) certificates: &'p [Arc<Certificate>],
    pub(in crate::trust) anchor: &'a Anchor,
}

impl<'a: 'p, 'p> Chain<'a, 'p> {
    /// Every certificate, the anchor last.
    pub(in crate::trust) fn all(self) -> impl DoubleEndedIterator<Item = &'p Arc<Certificate>> {
        self.certificates.iter().chain([&self.anchor.certificate])
    }

    /// The issuer of the certificate at `depth`.
    pub(in crate::trust) fn issuer(&self, depth: usize) -> &'p Arc<Certificate> {
        let next = self.certificates.get(depth.saturating_add(1));
        next.unwrap_or(&self.anchor.certificate)
    }

    /// What the path is for.
    pub(in crate::trust) fn last(&self) -> &'p Arc<Certificate> {
        self.certificates
            .first()
            .unwrap_or(&self.anchor.certificate)
    }
}

/// What a validation needs beside the path.
pub(super) struct Validation<'a, 'r> {
    pub(super) material: &'a Material,
    pub(super) demands: &'r Demands,
    pub(super) clock: &'r mut Clockwork,
    pub(super) budget: &'r mut Budget,
}

impl Validation<'_, '_> {
    /// RFC 5280 §6.1 without (a)(2) and (a)(3) of §6.1.3. `keys`: the working public keys, the
    /// anchor's first (§6.1.2 (h), §6.1.4 (d) to (f)).
    pub(super) fn run(
        &mut self,
        chain: &Chain<'_, '_>,
        keys: &[WorkingKey],
    ) -> Result<(), Problem> {
        for (depth, certificate) in chain.all().enumerate() {
            self.trusted(certificate)?;
            let issuer = (depth < chain.certificates.len()).then(|| chain.issuer(depth));
            self.well_formed(certificate, issuer)?;
        }
        self.anchor(chain)?;
        self.algorithms(chain, keys)?;
        self.walk(chain)?;
        purpose::check(self.demands.purpose, chain)
    }

    fn trusted(&mut self, certificate: &Certificate) -> Result<(), Problem> {
        match self.material.distrusted_since(certificate) {
            Some(since) if self.clock.reached_by_signature(since) => {
                let clause = "EN 319 102-1 §5.1.4.2";
                Err(Problem::chain(ReasonCode::Distrusted, certificate, clause))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// RFC 5280 §6.1.4 (o), §6.1.5 (f): every critical extension is one of those processed here.
    /// `issuer`: of a certificate below the anchor.
    fn well_formed(
        &self,
        certificate: &Certificate,
        issuer: Option<&Arc<Certificate>>,
    ) -> Result<(), Problem> {
        let extensions = &certificate.extensions;
        if let Some(defect) = &extensions.defect {
            let code = ReasonCode::ExtensionNotProcessed;
            return Err(Problem::defect(code, certificate, defect));
        }
        if self.demands.conformity == Conformity::Lenient {
            return Ok(());
        }
        let own = |issuer: &&Arc<Certificate>| issuer.key_digest() == certificate.key_digest();
        let signed = issuer.filter(|issuer| !own(issuer));
        let unnamed = signed.and_then(|_| extensions.lacks_authority_key());
        let optional = extensions.optional_names();
        let optional = optional.filter(|_| !self.demands.purpose.takes_optional_names());
        match optional
            .or_else(|| extensions.nonconformity.clone())
            .or(unnamed)
        {
            Some(defect) => {
                let code = ReasonCode::CertificateNotConforming;
                Err(Problem::defect(code, certificate, &defect))
            }
            None => Ok(()),
        }
    }

    /// The restrictions of the operator (RFC 5280 §6.1.1 (d), RFC 5937).
    fn anchor(&mut self, chain: &Chain<'_, '_>) -> Result<(), Problem> {
        let anchor = chain.anchor;
        let clause = "RFC 5280 §6.1.1 (d)";
        let problem = |code| Err(Problem::chain(code, &anchor.certificate, clause));
        if !purpose::anchor_allows(self.demands.purpose, anchor.constraints.purposes) {
            return problem(ReasonCode::AnchorNotForPurpose);
        }
        if !in_use(anchor, self.clock) {
            return problem(ReasonCode::AnchorOutOfUse);
        }
        let after = anchor.constraints.distrust_after;
        if after.is_some_and(|after| self.clock.reached_by_signature(after)) {
            return problem(ReasonCode::Distrusted);
        }
        Ok(())
    }

    /// EN 319 102-1 §5.2.6 and §5.2.8: every algorithm and key of the path was accepted when the
    /// signature is proved to have existed. The anchor's own signature proves nothing and is not
    /// looked at.
    fn algorithms(&mut self, chain: &Chain<'_, '_>, keys: &[WorkingKey]) -> Result<(), Problem> {
        let policy = self.material.algorithms();
        for (certificate, key) in chain.certificates.iter().rev().zip(keys) {
            let rejected = |rejection| Problem::rejection(rejection, certificate);
            let scheme = certificate
                .algorithm()
                .map_err(|_| rejected(crate::trust::algorithms::Rejection::Invalid));
            let scheme = SignatureScheme::new(&scheme?, None).map_err(rejected)?;
            let facts = key.facts().map_err(rejected)?;
            let accepted = policy.judge(Usage::Certificate, scheme, &facts, self.clock.signed());
            self.accepted(accepted, certificate)?;
        }
        match keys.last() {
            Some(last) => self.key(policy, last),
            None => Ok(()),
        }
    }

    /// The key that the path is for: weak is weak, whatever it signs.
    fn key(&mut self, policy: &AlgorithmPolicy, key: &WorkingKey) -> Result<(), Problem> {
        let last = key.certificate();
        let facts = key
            .facts()
            .map_err(|rejection| Problem::rejection(rejection, last))?;
        // A key that signs nothing is no weak signer's.
        if self.demands.purpose == Purpose::Any && facts.family == KeyFamily::Agreement {
            return Ok(());
        }
        let accepted = policy.judge_key(self.demands.purpose.usage(), &facts, self.clock.signed());
        self.accepted(accepted, last)
    }

    fn accepted(&mut self, found: Acceptance, at: &Certificate) -> Result<(), Problem> {
        super::acceptance(found, self.clock)
            .map_err(|(what, ended)| Problem::weak(&what, ended, at))
    }

    /// RFC 5280 §6.1.2 to §6.1.5: names, policies, lengths and key usage.
    fn walk(&mut self, chain: &Chain<'_, '_>) -> Result<(), Problem> {
        let count = chain.certificates.len();
        if count == 0 {
            // The anchor itself is what is asked about: there is no path below it.
            return Ok(());
        }
        let demands = merged(&self.demands.policies, chain.anchor);
        let mut state = State {
            names: NameState::new(Reading {
                conformity: self.demands.conformity,
                where_met: self.demands.purpose.takes_optional_names(),
            }),
            policies: Policies::new(&demands, count),
            max_path_length: count,
        };
        state.initial(chain.anchor)?;
        for (depth, certificate) in chain.certificates.iter().enumerate().rev() {
            let last = depth == 0;
            state.basic(certificate, last, self.budget)?;
            if last {
                // §6.1.5
                let wrapped = state.policies.wrap_up(&certificate.extensions, &demands);
                wrapped.map_err(|failure| policy_problem(failure, certificate))?;
            } else {
                state.prepare(certificate, self.budget)?;
            }
        }
        Ok(())
    }
}

/// Whether the operator lets an anchor count at the moment of judgement.
pub(in crate::trust) fn in_use(anchor: &Anchor, clock: &mut Clockwork) -> bool {
    let (from, until) = (anchor.constraints.from, anchor.constraints.until);
    from.is_none_or(|from| clock.reached(from)) && until.is_none_or(|until| !clock.reached(until))
}

/// §6.1.1 (c), (e) to (g): what the caller and the operator demand, both.
fn merged(demands: &PolicyDemands, anchor: &Anchor) -> PolicyDemands {
    let constraints = &anchor.constraints;
    let mut merged = demands.clone();
    merged.explicit |= constraints.require_explicit_policy;
    merged.inhibit_mapping |= constraints.inhibit_policy_mapping;
    merged.inhibit_any |= constraints.inhibit_any_policy;
    if let Some(policies) = &constraints.policies {
        merged.restrict(policies.iter().map(|p| p.as_slice().into()).collect());
    }
    merged
}

/// The state of RFC 5280 §6.1.2 that moves from certificate to certificate.
struct State<'c> {
    names: NameState<'c>,
    policies: Policies,
    max_path_length: usize,
}

impl<'c> State<'c> {
    /// The anchor as the first issuer (RFC 5937 §3.2): what its own certificate says binds the path
    /// below it, as common validators do, and so does what the operator adds.
    fn initial(&mut self, anchor: &'c Anchor) -> Result<(), Problem> {
        let certificate = &anchor.certificate;
        is_issuer(certificate, true)?;
        let mut constrained = self.names.constrain(certificate);
        if let Some(names) = &anchor.constraints.names {
            constrained = constrained.and_then(|()| self.names.add(names));
        }
        constrained.map_err(|failure| name_problem(failure, certificate))?;
        let own = certificate.extensions.basic.and_then(|b| b.path_len);
        for most in [own, anchor.constraints.max_path_len].into_iter().flatten() {
            self.limit(most);
        }
        Ok(())
    }

    fn limit(&mut self, most: u32) {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        self.max_path_length = self.max_path_length.min(most);
    }

    /// §6.1.3 (b) to (f)
    fn basic(
        &mut self,
        certificate: &'c Certificate,
        last: bool,
        budget: &mut Budget,
    ) -> Result<(), Problem> {
        let self_issued = certificate.is_self_issued();
        // (b), (c)
        if last || !self_issued {
            let checked = self.names.check(certificate, last, budget);
            checked.map_err(|failure| name_problem(failure, certificate))?;
        }
        // (d), (e), (f)
        let processed = self
            .policies
            .process(&certificate.extensions, self_issued, last, budget);
        processed.map_err(|failure| policy_problem(failure, certificate))
    }

    /// §6.1.4
    fn prepare(&mut self, issuer: &'c Certificate, budget: &mut Budget) -> Result<(), Problem> {
        let self_issued = issuer.is_self_issued();
        // (a), (b), (h), (i), (j)
        let prepared = self
            .policies
            .prepare(&issuer.extensions, self_issued, budget);
        prepared.map_err(|failure| policy_problem(failure, issuer))?;
        // (g)
        let constrained = self.names.constrain(issuer);
        constrained.map_err(|failure| name_problem(failure, issuer))?;
        // (k), (n)
        is_issuer(issuer, false)?;
        // (l)
        if !self_issued {
            self.max_path_length = self.max_path_length.checked_sub(1).ok_or_else(|| {
                Problem::chain(ReasonCode::PathTooLong, issuer, "RFC 5280 §6.1.4 (l)")
            })?;
        }
        // (m)
        if let Some(most) = issuer.extensions.basic.and_then(|b| b.path_len) {
            self.limit(most);
        }
        Ok(())
    }
}

/// §6.1.4 (k) and (n). An anchor of version 1 is a name and a key only.
fn is_issuer(issuer: &Certificate, is_anchor: bool) -> Result<(), Problem> {
    let basic = issuer.extensions.basic;
    let is_ca = basic.map_or_else(|| is_anchor && issuer.version() < 3, |b| b.ca);
    if !is_ca {
        let code = ReasonCode::NotAnAuthority;
        return Err(Problem::chain(code, issuer, "RFC 5280 §6.1.4 (k)"));
    }
    if !issuer.may_sign_certificates() {
        let code = ReasonCode::KeyUsage;
        return Err(Problem::chain(code, issuer, "RFC 5280 §6.1.4 (n)"));
    }
    Ok(())
}

fn name_problem(failure: NameFailure, at: &Certificate) -> Problem {
    let clause = "RFC 5280 §6.1.3 (b)";
    match failure {
        NameFailure::NotPermitted(name) => {
            Problem::chain_with(ReasonCode::NameNotPermitted, at, clause, &name)
        }
        NameFailure::Excluded(name) => {
            Problem::chain_with(ReasonCode::NameExcluded, at, "RFC 5280 §6.1.3 (c)", &name)
        }
        NameFailure::NotProcessed(what) => {
            let clause = "RFC 5280 §4.2.1.10";
            Problem::chain_with(ReasonCode::ConstraintsNotSupported, at, clause, what)
        }
        NameFailure::Exhausted => Problem::exhausted(super::budget::Exhausted("name comparisons")),
    }
}

fn policy_problem(failure: PolicyFailure, at: &Certificate) -> Problem {
    match failure {
        PolicyFailure::NoValidPolicy(clause) => {
            Problem::chain(ReasonCode::NoValidPolicy, at, clause)
        }
        PolicyFailure::AnyPolicyMapped => {
            Problem::chain(ReasonCode::NoValidPolicy, at, "RFC 5280 §6.1.4 (a)")
        }
        PolicyFailure::Exhausted => Problem::exhausted(super::budget::Exhausted("policy nodes")),
    }
}
