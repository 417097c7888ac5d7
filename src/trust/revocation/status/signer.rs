//! Who signed a list or a response, and whether that key may speak (RFC 5280 §6.3.3 (f), (g)).

use super::{Asking, Spent};
use crate::model::{Reason, Timestamp};
use crate::trust::algorithms::{Rejection, SignatureScheme, Usage};
use crate::trust::certificate::Certificate;
use crate::trust::evidence::Used;
use crate::trust::path::{Goal, Run, Vouching, WorkingKey, acceptance};
use crate::trust::revocation::crl::Crl;
use crate::trust::revocation::signatures::Signed;
use std::sync::Arc;

/// Certificates that may be asked for the signer of another's list, one inside the other: a chain of
/// lists that vouch for each other's signers is no longer than this anywhere.
const MAX_NESTING: usize = 6;

/// A key that signed evidence and may.
pub(super) struct Signer {
    key: WorkingKey,
    /// What vouches for it, beside the path that is being judged.
    pub(super) used: Vec<Used>,
}

/// Who signed.
pub(super) enum SignedBy {
    /// Somebody who may.
    Known(Signer),
    /// Somebody under the anchor of whom it is not known whether it may any longer: what is missing,
    /// and what that rests on.
    Open(Reason, Vec<Used>),
    /// Somebody under the anchor, but it does not count: why, and what that rests on.
    Unusable(String, Vec<Used>),
    /// Nobody whom the anchor vouches for, as far as can be verified: it says nothing, and nobody can
    /// make it say that something is wrong.
    Nobody,
}

impl Signer {
    /// A list that this key signed, and what vouches for the key.
    pub(super) fn vouching_for(&self, list: &Arc<Crl>) -> Vec<Used> {
        let signer = self.used.iter().cloned();
        std::iter::once(Used::Crl(Arc::clone(list)))
            .chain(signer)
            .collect()
    }

    /// Whether this key signed another list, too.
    pub(super) fn signed(&self, run: &mut Run<'_>, list: &Crl) -> Spent<bool> {
        Ok(run.verified(list, &self.key)?.is_ok())
    }
}

/// Whether the policy takes a signature over evidence (EN 319 102-1 §5.2.8); else what is weak.
pub(super) fn weakness(
    run: &mut Run<'_>,
    evidence: &impl Signed,
    key: &WorkingKey,
    usage: Usage,
) -> Option<String> {
    let policy = run.world.material.algorithms();
    let scheme = evidence.algorithm().map_err(|_| Rejection::Invalid);
    let scheme = scheme.and_then(|algorithm| SignatureScheme::new(&algorithm, None));
    let (Ok(scheme), Ok(facts)) = (scheme, key.facts()) else {
        return Some("?".to_owned());
    };
    let found = policy.judge(usage, scheme, &facts, run.clock.signed());
    acceptance(found, &mut run.clock)
        .err()
        .map(|(what, _)| what)
}

/// Who signed a list.
pub(super) fn of_list<'a>(
    run: &mut Run<'a>,
    asking: &Asking<'a, '_>,
    list: &Arc<Crl>,
) -> Spent<SignedBy> {
    let mut best = SignedBy::Nobody;
    for (key, on_path) in candidates(run, asking, list)? {
        if run.verified(&**list, &key)?.is_err() {
            continue;
        }
        let vouching = if on_path {
            Vouching::Path(Vec::new())
        } else {
            vouched(run, asking, key.certificate(), list.this_update())
        };
        match (vouching, unfit(run, list, &key)) {
            (Vouching::Nothing, _) => {}
            (Vouching::Path(used), None) => return Ok(SignedBy::Known(Signer { key, used })),
            (Vouching::Open(reason, _, used), None) => best = SignedBy::Open(reason, used),
            // Of two certificates of one key the one that may still count decides.
            _ if matches!(best, SignedBy::Open(..)) => {}
            (
                Vouching::Path(used) | Vouching::Open(_, _, used) | Vouching::Broken(_, used),
                Some(why),
            )
            | (Vouching::Broken(why, used), None) => best = SignedBy::Unusable(why, used),
        }
    }
    Ok(best)
}

/// Why a key that signed a list may not sign lists, or not in this way.
fn unfit(run: &mut Run<'_>, list: &Arc<Crl>, key: &WorkingKey) -> Option<String> {
    if !key.certificate().may_sign_crls() {
        return Some("keyUsage without cRLSign".to_owned());
    }
    weakness(run, &**list, key, Usage::Crl)
}

/// Keys under the name of a list's issuer: those of the path first, then others, those with the
/// list's key identifier first. Whether it is one of the path.
fn candidates<'a>(
    run: &mut Run<'a>,
    asking: &Asking<'a, '_>,
    list: &Crl,
) -> Spent<Vec<(WorkingKey, bool)>> {
    let name = list.issuer_name();
    let mut found: Vec<(WorkingKey, bool)> = Vec::new();
    if asking.issuer.certificate().subject_name() == name {
        found.push((asking.issuer.clone(), true));
    }
    // The issuer and those above it, whose status is asked before: what they issued does not vouch
    // for itself here.
    let issuer = asking.issuer.certificate().sha256();
    let above = asking
        .chain
        .all()
        .skip_while(|c| c.sha256() != issuer)
        .skip(1);
    let above = above.filter(|c| c.subject_name() == name);
    found.extend(above.map(|c| (WorkingKey::of_anchor(c), true)));
    let mut others = run.certificates_named(name)?;
    let known = |c: &Certificate| {
        found
            .iter()
            .any(|(k, _)| k.certificate().sha256() == c.sha256())
    };
    others.retain(|certificate| !known(certificate));
    let wanted = list.authority_key();
    others.sort_by_key(|c| wanted.is_none() || c.extensions.subject_key.as_deref() != wanted);
    found.extend(
        others
            .into_iter()
            .map(|c| (WorkingKey::of_anchor(&c), false)),
    );
    Ok(found)
}

/// RFC 5280 §6.3.3 (f): a path for the list's signer to the same anchor, revocation included. A
/// certificate whose own status is being asked may be listed by itself: its key chains to the anchor,
/// and nobody else could say.
fn vouched<'a>(
    run: &mut Run<'a>,
    asking: &Asking<'a, '_>,
    signer: &Arc<Certificate>,
    as_of: Timestamp,
) -> Vouching {
    let id = signer.sha256();
    if run.asking.contains(&id) {
        return Vouching::Path(Vec::new());
    }
    if run.asking.len() >= MAX_NESTING {
        let why = "too many lists vouch for each other's signers".to_owned();
        return Vouching::Broken(why, Vec::new());
    }
    let memo = (
        id,
        asking.chain.anchor.certificate.sha256(),
        run.clock.evidence_moment(as_of),
    );
    if let Some(known) = run.crl_issuers.get(&memo) {
        if let Vouching::Open(_, needs, _) = known {
            run.needs.extend(needs.iter().cloned());
        }
        return known.clone();
    }
    let needs_before = run.needs.len();
    run.asking.push(id);
    let goal = Goal::crl_issuer(asking.chain.anchor, &asking.goal.demands);
    let outer = run.clock.enter_evidence(as_of);
    let found = run.search(&goal, signer);
    run.clock.leave_evidence(outer);
    run.asking.pop();
    let found = match found {
        Ok(found) => Vouching::Path(found.used),
        Err(failure) if failure.linked() && failure.is_open() => {
            let needs = run.needs.get(needs_before..).unwrap_or_default();
            let reason = failure.problem.verdict.reason().clone();
            Vouching::Open(reason, needs.to_vec(), failure.found.used)
        }
        Err(failure) if failure.linked() => {
            let reason = failure.problem.verdict.reason().code;
            Vouching::Broken(format!("issuer of the CRL: {reason}"), failure.found.used)
        }
        Err(_) => Vouching::Nothing,
    };
    run.crl_issuers.insert(memo, found.clone());
    found
}
