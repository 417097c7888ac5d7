//! What OCSP responses say of a certificate (RFC 6960 §3.2).

use super::freshness::{Dates, Recent};
use super::signer::weakness;
use super::{Answer, Asking, Spent, Word, of_certificate};
use crate::model::{Reason, SubIndication, Timestamp};
use crate::trust::algorithms::Usage;
use crate::trust::certificate::{Certificate, OCSP_SIGNING};
use crate::trust::evidence::Used;
use crate::trust::path::{Run, WorkingKey};
use crate::trust::revocation::ocsp::{CertStatus, OcspResponse, ResponderId, Single};
use crate::trust::revocation::reason::RevocationReason;
use std::sync::Arc;

/// How deep responders' certificates are asked about: a responder for a responder is one too many.
const MAX_NESTING: usize = 2;

pub(super) fn ask<'a>(run: &mut Run<'a>, asking: &Asking<'a, '_>) -> Spent<Word> {
    let mut word = Word {
        answer: Answer::Nothing,
        used: Vec::new(),
        given: false,
        fresher: Vec::new(),
        passed: false,
    };
    let mut newest: Option<Timestamp> = None;
    for response in with_serial(run, asking.subject) {
        run.budget.status()?;
        word.given = true;
        let issuer = asking.issuer.certificate();
        let Some(single) = response.of_certificate(asking.subject, issuer) else {
            continue;
        };
        let dates = Dates {
            this_update: single.this_update(),
            next_update: single.next_update(),
            expired_since: single.archive_cutoff(),
        };
        if !dates.issued(run) {
            continue;
        }
        let vouching = match authorized(run, asking, &response)? {
            Authority::Known(vouching) => vouching,
            Authority::Open(reason, vouching) => {
                if matches!(word.answer, Answer::Nothing) {
                    word.used = vouching;
                    word.used.push(Used::Ocsp(Arc::clone(&response)));
                    word.answer = Answer::Open(reason, None);
                }
                continue;
            }
            Authority::None => continue,
        };
        let answer = answer(run, asking, &response, single, &dates);
        let graver = matches!(answer, Answer::Revoked(..));
        if graver || newest.is_none_or(|newest| newest < dates.this_update) {
            newest = Some(dates.this_update);
            word.used = vouching;
            word.used.push(Used::Ocsp(Arc::clone(&response)));
            word.answer = answer;
            word.passed = dates.conclusive(run, asking) == Some(Recent::Then);
            if graver {
                // Nothing newer takes back what is revoked for good.
                break;
            }
        }
    }
    Ok(word)
}

/// Every response that speaks of this serial number, whoever's.
fn with_serial(run: &mut Run<'_>, subject: &Certificate) -> Vec<Arc<OcspResponse>> {
    let mut found = run.responses_for(subject.serial());
    // The newest first; of two of one moment the order of their digests, so that the order in which
    // they were found makes no difference.
    found.sort_by_key(|r| (std::cmp::Reverse(r.produced_at()), r.sha256()));
    found
}

fn answer(
    run: &mut Run<'_>,
    asking: &Asking<'_, '_>,
    response: &OcspResponse,
    single: &Single,
    dates: &Dates,
) -> Answer {
    if let CertStatus::Revoked { at, reason } = single.status() {
        // *removeFromCRL* is for delta lists; here it is a contradiction and counts as revoked.
        return if reason == RevocationReason::CertificateHold {
            Answer::OnHold(dates.this_update)
        } else {
            Answer::Revoked(reason, at)
        };
    }
    if let Some(what) = response.defect().or_else(|| single.defect()) {
        return Answer::Unusable(what.to_owned(), dates.this_update);
    }
    if single.knows(asking.subject) == Some(false) {
        let what = "certHash of another certificate";
        return Answer::Unusable(what.to_owned(), dates.this_update);
    }
    if dates.conclusive(run, asking).is_none() {
        return Answer::Stale(dates.this_update);
    }
    match single.status() {
        CertStatus::Good => Answer::Good(dates.this_update),
        CertStatus::Unknown => Answer::Unknown,
        CertStatus::Revoked { at, reason } => Answer::Revoked(reason, at),
    }
}

/// What vouches for a responder.
enum Authority {
    /// This does.
    Known(Vec<Used>),
    /// The authority delegated it, and only its own status is missing: what of it, and what that
    /// rests on.
    Open(Reason, Vec<Used>),
    /// Nothing.
    None,
}

/// RFC 6960 §3.2 (2) to (4), §4.2.2.2: what vouches for the responder.
fn authorized<'a>(
    run: &mut Run<'a>,
    asking: &Asking<'a, '_>,
    response: &Arc<OcspResponse>,
) -> Spent<Authority> {
    let issuer = asking.issuer;
    // The authority that issued the certificate.
    if response.responder().is(issuer.certificate()) && signed(run, response, issuer)? {
        return Ok(Authority::Known(Vec::new()));
    }
    let mut best = Authority::None;
    // A responder that the authority delegated.
    for responder in delegates(run, response) {
        let key = WorkingKey::of_anchor(&responder);
        if !signed(run, response, &key)? {
            continue;
        }
        match delegated(run, asking, response, &responder)? {
            Authority::None => {}
            open @ Authority::Open(..) => best = open,
            known @ Authority::Known(_) => return Ok(known),
        }
    }
    Ok(match locally_trusted(run, asking, response)? {
        Some(used) => Authority::Known(used),
        None => best,
    })
}

fn signed(run: &mut Run<'_>, response: &Arc<OcspResponse>, key: &WorkingKey) -> Spent<bool> {
    if run.verified(&**response, key)?.is_err() {
        return Ok(false);
    }
    Ok(weakness(run, &**response, key, Usage::Ocsp).is_none())
}

/// Certificates that the responder's identifier names: sent with the response, or at hand.
fn delegates(run: &Run<'_>, response: &OcspResponse) -> Vec<Arc<Certificate>> {
    let sent = response.certificates();
    let sent = sent.filter_map(|der| Certificate::parse(der).ok().map(Arc::new));
    let supplied = run.world.supplied.certificates.iter().cloned();
    let configured = match response.responder() {
        ResponderId::Name(name) => run.world.material.certificates_named(name),
        ResponderId::Key(_) => &[],
    };
    let configured = configured.iter().cloned();
    let all = sent.chain(supplied).chain(configured);
    all.filter(|certificate| response.responder().is(certificate))
        .collect()
}

/// §4.2.2.2: issued directly by the authority, with the purpose named outright, in force, and itself
/// not revoked unless its issuer says that nobody need ask (id-pkix-ocsp-nocheck).
fn delegated<'a>(
    run: &mut Run<'a>,
    asking: &Asking<'a, '_>,
    response: &OcspResponse,
    responder: &Arc<Certificate>,
) -> Spent<Authority> {
    let issuer = asking.issuer;
    let extensions = &responder.extensions;
    let named = extensions.purposes.is_some_and(|p| p.name(OCSP_SIGNING));
    let issued = responder.issuer_name() == issuer.certificate().subject_name();
    let fit = named && issued && extensions.defect.is_none() && responder.may_sign_content();
    if !fit || !in_force(run, responder, response.produced_at()) {
        return Ok(Authority::None);
    }
    if run.verified(&**responder, issuer)?.is_err()
        || weakness(run, &**responder, issuer, Usage::Certificate).is_some()
    {
        return Ok(Authority::None);
    }
    let mut used = vec![Used::Certificate(Arc::clone(responder))];
    if extensions.no_check {
        return Ok(Authority::Known(used));
    }
    let id = responder.sha256();
    if run.asking.contains(&id) || run.asking.len() >= MAX_NESTING {
        return Ok(Authority::None);
    }
    let about = Asking {
        subject: responder,
        is_last: false,
        ..*asking
    };
    run.asking.push(id);
    let outer = run.clock.enter_evidence(response.produced_at());
    let status = of_certificate(run, &about, &mut used);
    run.clock.leave_evidence(outer);
    run.asking.pop();
    Ok(match status {
        Ok(()) => Authority::Known(used),
        Err(problem) if problem.verdict.sub() == Some(SubIndication::TryLater) => {
            Authority::Open(problem.verdict.reason().clone(), used)
        }
        Err(_) => Authority::None,
    })
}

/// Valid and trusted when it has to be.
fn in_force(run: &mut Run<'_>, certificate: &Certificate, made: Timestamp) -> bool {
    let outer = run.clock.enter_evidence(made);
    let begun = run.clock.reached_by_signature(certificate.not_before());
    let ended = run
        .clock
        .reached_by_signature(certificate.not_after().plus_secs(1));
    run.clock.leave_evidence(outer);
    let distrusted = run.world.material.distrusted_since(certificate);
    begun && !ended && distrusted.is_none_or(|since| !run.clock.reached(since))
}

/// §4.2.2.2: a responder that the operator trusts for this domain, as an anchor of its own that is no
/// authority.
fn locally_trusted<'a>(
    run: &mut Run<'a>,
    asking: &Asking<'a, '_>,
    response: &Arc<OcspResponse>,
) -> Spent<Option<Vec<Used>>> {
    let material = run.world.material;
    for anchor in material.trust_anchors() {
        let certificate = &anchor.certificate;
        let fit = anchor.domain == asking.chain.anchor.domain
            && anchor.constraints.purposes.ocsp
            && !certificate.is_ca()
            && response.responder().is(certificate);
        if !fit || !run.in_use(anchor) {
            continue;
        }
        let key = WorkingKey::of_anchor(certificate);
        if in_force(run, certificate, response.produced_at()) && signed(run, response, &key)? {
            return Ok(Some(vec![Used::Certificate(Arc::clone(certificate))]));
        }
    }
    Ok(None)
}
