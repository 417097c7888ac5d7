//! Whether a certificate of a path is revoked (RFC 5280 §6.1.3 (a)(3)), from CRLs (`lists`,
//! RFC 5280 §6.3) and OCSP responses (`responses`, RFC 6960), whichever there are.
//!
//! Neither source outranks the other. Revoked for good by any of them is revoked; *on hold* and
//! *good* are weighed by their age; and where nothing usable says *good*, the answer is
//! INDETERMINATE and names what is missing, where it may be had and since when that is silent.

mod delta;
mod freshness;
mod lists;
mod responses;
mod scope;
mod signer;
mod told;

pub(in crate::trust) use told::told_revoked;

use super::reason::RevocationReason;
use crate::format::x509::distribution_point::DistributionPoint;
use crate::model::{Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::certificate::Certificate;
use crate::trust::evidence::{Need, Source, Used};
use crate::trust::path::{
    Chain, Exhausted, Goal, Problem, Purpose, RevocationDemand, Run, WorkingKey, about,
};
use crate::trust::revocation::ocsp;
use bytes::Bytes;
use std::sync::Arc;

const CLAUSE: &str = "RFC 5280 §6.1.3 (a)(3)";

/// One certificate whose status is asked, and where it stands.
#[derive(Clone, Copy)]
struct Asking<'a, 'r> {
    goal: &'r Goal<'a>,
    chain: &'r Chain<'a, 'r>,
    subject: &'r Arc<Certificate>,
    issuer: &'r WorkingKey,
    /// Whether it is the certificate that the path is for.
    is_last: bool,
}

impl Asking<'_, '_> {
    /// Whether what was signed before a revocation for this reason counts. A token's time is its
    /// authority's word, which a lost key takes back; a document's was proved by somebody else.
    fn counts_earlier(&self, reason: RevocationReason) -> bool {
        self.goal.demands.purpose != Purpose::Timestamping || reason.spares_earlier()
    }
}

/// What one kind of source says.
#[derive(Clone, Debug)]
enum Answer {
    /// Not revoked, as of a moment.
    Good(Timestamp),
    /// Revoked, since the earlier of revocation and invalidity.
    Revoked(RevocationReason, Timestamp),
    /// Suspended, as of a moment.
    OnHold(Timestamp),
    /// The responder does not know it.
    Unknown,
    /// There is something, but it is out of date: its thisUpdate.
    Stale(Timestamp),
    /// There is something, but whether its signer may speak is not known yet: what is missing, and
    /// its date, where it may say what an older one does not.
    Open(Reason, Option<Timestamp>),
    /// There is something that speaks about it and cannot be used; what is wrong, and its date.
    Unusable(String, Timestamp),
    /// There is nothing.
    Nothing,
}

impl Answer {
    fn stale_since(&self) -> Option<Timestamp> {
        if let Self::Stale(as_of) = self {
            Some(*as_of)
        } else {
            None
        }
    }
}

/// An answer and what it rests on.
struct Word {
    answer: Answer,
    used: Vec<Used>,
    /// Whether anything was there at all.
    given: bool,
    /// Where something fresher may be had.
    fresher: Vec<String>,
    /// Whether what says *good* was recent when the signature is proved to have existed, and is no more.
    passed: bool,
}

impl Word {
    fn is_good(&self) -> bool {
        matches!(self.answer, Answer::Good(_))
    }
}

/// Asks about every certificate of a path, from the anchor down: a revoked issuer says more than
/// what it signed. `keys`: the working public keys, the anchor's first.
pub(in crate::trust) fn of_chain<'a>(
    run: &mut Run<'a>,
    goal: &Goal<'a>,
    chain: &Chain<'a, '_>,
    keys: &[WorkingKey],
    used: &mut Vec<Used>,
) -> Result<(), Problem> {
    if goal.demands.revocation == RevocationDemand::None {
        return Ok(());
    }
    let mut open = None;
    for ((depth, subject), issuer) in chain.certificates.iter().enumerate().rev().zip(keys) {
        let asking = Asking {
            goal,
            chain,
            subject,
            issuer,
            is_last: depth == 0,
        };
        let problem = of_certificate(run, &asking, used).err();
        // Go on while only evidence is missing: what is missing further down is asked for at once.
        match problem {
            Some(problem) if problem.verdict.sub() == Some(SubIndication::TryLater) => {
                open.get_or_insert(problem);
            }
            Some(problem) => return Err(problem),
            None => {}
        }
    }
    open.map_or(Ok(()), Err)
}

fn of_certificate<'a>(
    run: &mut Run<'a>,
    asking: &Asking<'a, '_>,
    used: &mut Vec<Used>,
) -> Result<(), Problem> {
    let listed = lists::ask(run, asking).map_err(Problem::exhausted)?;
    let answered = responses::ask(run, asking).map_err(Problem::exhausted)?;
    let given = listed.given || answered.given;
    if !given && asking.goal.demands.revocation == RevocationDemand::WhereGiven {
        return Ok(());
    }
    let words = [&listed, &answered];
    let mut verdict = weigh(run, asking, &words.map(|word| &word.answer));
    if verdict.is_ok() && !matches!(answered.answer, Answer::Good(_)) {
        verdict = complete(run, asking, &listed);
    }
    if verdict.is_ok() && all_passed([&listed, &answered]) {
        verdict = ask_for_younger(run, asking);
    }
    let quiet = |word: &Word| matches!(word.answer, Answer::Nothing);
    for word in [listed, answered] {
        if !quiet(&word) {
            used.extend(word.used);
        }
    }
    verdict
}

/// Whether something says *good*, and nothing that does is recent.
fn all_passed(words: [&Word; 2]) -> bool {
    let good = words.iter().filter(|word| word.is_good());
    let recent = good.clone().any(|word| !word.passed);
    good.count() > 0 && !recent
}

/// One answer out of two.
fn weigh(
    run: &mut Run<'_>,
    asking: &Asking<'_, '_>,
    answers: &[&Answer; 2],
) -> Result<(), Problem> {
    let mut good: Option<Timestamp> = None;
    let mut hold: Option<Timestamp> = None;
    let mut unusable: Option<(&str, Timestamp)> = None;
    let mut open: Option<(Option<Timestamp>, &Reason)> = None;
    for answer in answers {
        match answer {
            Answer::Revoked(reason, since) => {
                // A signature proved earlier than the revocation stands (EN 319 102-1 §5.5.4).
                let proven = run.clock.is_proven() && *since > run.clock.signed();
                let witnessed = run.clock.existed().is_some_and(|there| *since > there);
                if witnessed || (proven && asking.counts_earlier(*reason)) {
                    good = good.max(Some(run.clock.signed()));
                } else {
                    return Err(revoked(asking, *reason, *since));
                }
            }
            Answer::Good(as_of) => good = good.max(Some(*as_of)),
            Answer::OnHold(as_of) => hold = hold.max(Some(*as_of)),
            Answer::Unusable(what, as_of) => unusable = unusable.max(Some((what, *as_of))),
            Answer::Open(reason, as_of) if open.is_none_or(|(known, _)| known < *as_of) => {
                open = Some((*as_of, reason));
            }
            Answer::Open(..) => {}
            Answer::Unknown | Answer::Stale(_) | Answer::Nothing => {}
        }
    }
    if hold.is_some() && hold >= good {
        return Err(on_hold(asking));
    }
    let open = open.filter(|(as_of, _)| good.is_none() || good < *as_of);
    let settled = |as_of| open.is_none_or(|(open, _)| open < Some(as_of));
    if let Some((what, as_of)) = unusable
        && settled(as_of)
        && good.is_none_or(|good| good < as_of)
    {
        // What cannot be read may say what the older one does not.
        return Err(Problem::general(
            ReasonCode::CrlNotSupported,
            asking.subject,
            what,
        ));
    }
    match (open, good) {
        (Some((Some(_), reason)), _) => Err(Problem::try_later(reason.clone())),
        (_, Some(_)) => Ok(()),
        (open, None) => Err(missing(
            run,
            asking,
            answers,
            open.map(|(_, reason)| reason),
        )),
    }
}

fn revoked(asking: &Asking<'_, '_>, reason: RevocationReason, since: Timestamp) -> Problem {
    let (code, sub) = if asking.is_last {
        (ReasonCode::CertificateRevoked, SubIndication::RevokedNoPoe)
    } else {
        (ReasonCode::IssuerRevoked, SubIndication::RevokedCaNoPoe)
    };
    let reason = about(code, asking.subject, CLAUSE)
        .with("reason", reason.name())
        .with("moment", since.to_string());
    Problem::revoked(sub, reason)
}

/// EN 319 102-1 §5.2.6.4: a suspension may be lifted.
fn on_hold(asking: &Asking<'_, '_>) -> Problem {
    let reason = about(ReasonCode::CertificateOnHold, asking.subject, CLAUSE);
    Problem::revoked(SubIndication::TryLater, reason)
}

/// A list alone says *good*, and where its deltas are to be had nobody has been asked yet: what was
/// revoked since the list is only there. A silent address is not waited for.
fn complete(run: &mut Run<'_>, asking: &Asking<'_, '_>, listed: &Word) -> Result<(), Problem> {
    let Some(first) = listed.fresher.first() else {
        return Ok(());
    };
    let reason = about(
        ReasonCode::RevocationMissing,
        asking.subject,
        "RFC 5280 §5.2.6",
    )
    .with("issuer", asking.issuer.certificate().subject_text())
    .with("source", first.clone());
    let sources = listed
        .fresher
        .iter()
        .map(|uri| Source::Crl { uri: uri.clone() });
    run.needs.push(Need {
        certificate: asking.subject.sha256(),
        sources: sources.collect(),
    });
    Err(Problem::try_later(reason))
}

/// What says *good* is older than the signature, and out of date by now: it counts (EN 319 102-1
/// §5.2.5.4), but what was revoked between the two is only in something younger. Whoever fetches asks for
/// it first; a silent address is not waited for, nor one that may leave out what has expired.
fn ask_for_younger(run: &mut Run<'_>, asking: &Asking<'_, '_>) -> Result<(), Problem> {
    if run.clock.reached(asking.subject.not_after().plus_secs(1)) {
        return Ok(());
    }
    let issuer = asking.issuer.certificate();
    let mut unasked = sources(asking.subject, issuer);
    unasked.retain(|source| run.regard(source.uri()).is_unasked());
    let Some(first) = unasked.first() else {
        return Ok(());
    };
    let clause = "EN 319 102-1 §5.2.5.4";
    let reason = about(ReasonCode::RevocationStale, asking.subject, clause)
        .with("issuer", issuer.subject_text())
        .with("source", first.uri());
    run.needs.push(Need {
        certificate: asking.subject.sha256(),
        sources: unasked,
    });
    Err(Problem::try_later(reason))
}

/// Nothing says *good*. `unproved`: what is missing to use what there is.
fn missing(
    run: &mut Run<'_>,
    asking: &Asking<'_, '_>,
    answers: &[&Answer; 2],
    unproved: Option<&Reason>,
) -> Problem {
    let stale = answers.iter().find_map(|answer| answer.stale_since());
    let unknown = answers
        .iter()
        .any(|answer| matches!(answer, Answer::Unknown));
    let code = match (stale, unknown) {
        (_, true) => ReasonCode::OcspUnknown,
        (Some(_), false) => ReasonCode::RevocationStale,
        (None, false) => ReasonCode::RevocationMissing,
    };
    let issuer = asking.issuer.certificate();
    let mut reason =
        about(code, asking.subject, "EN 319 102-1 §5.2.5").with("issuer", issuer.subject_text());
    if let Some(as_of) = stale {
        reason = reason.with("moment", as_of.to_string());
    }
    let (open, barred): (Vec<Source>, Vec<Source>) = sources(asking.subject, issuer)
        .into_iter()
        .partition(|source| run.regard(source.uri()).may_answer());
    // Of those from which nothing may come, too, the administrator is told.
    if let Some(source) = open.first().or_else(|| barred.first()) {
        reason = reason.with("source", source.uri());
        reason = run.since(source.uri(), reason);
    }
    if !open.is_empty() {
        run.needs.push(Need {
            certificate: asking.subject.sha256(),
            sources: open,
        });
    }
    Problem::try_later(unproved.cloned().unwrap_or(reason))
}

/// Where evidence about a certificate may be had: it chains by signature to an anchor, so that its
/// addresses may be used (`verdicts.md` §3). A responder answers about one certificate and costs
/// little; a list costs more and serves many.
fn sources(subject: &Certificate, issuer: &Certificate) -> Vec<Source> {
    let responders = subject
        .extensions
        .ocsp
        .iter()
        .map(String::as_str)
        .filter(|uri| fetched(uri));
    let request = Bytes::from(ocsp::request(issuer, subject.serial(), None));
    let mut found: Vec<Source> = responders
        .map(|uri| Source::Ocsp {
            uri: uri.to_owned(),
            request: request.clone(),
        })
        .collect();
    let points = [subject.crl_points(), subject.freshest_crl()];
    let points = points.into_iter().filter_map(Result::ok).flatten();
    let addresses = points.flat_map(|point: DistributionPoint<'_>| {
        point.uris().map(str::to_owned).collect::<Vec<_>>()
    });
    let addresses = addresses.filter(|uri| fetched(uri));
    found.extend(addresses.map(|uri| Source::Crl { uri }));
    found
}

/// Whether an address is of a kind that is fetched.
fn fetched(uri: &str) -> bool {
    uri.starts_with("http://") || uri.starts_with("https://")
}

/// A budget that ended while evidence was looked at.
type Spent<T> = Result<T, Exhausted>;
