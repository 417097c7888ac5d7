//! Every stamp compared with the chain as the log has it now, and its token judged: a log that was
//! rewritten has another hash where a token says otherwise.
//!
//! A token's authority may be gone years later. A later stamp covers, through the chain, the record
//! that names the earlier token: so the earlier one is judged as having existed when the later one was
//! made (EN 319 102-1 §5.6), with what its first verdict rested on at hand.

use crate::client::stamps::{StampView, StampsCheckView};
use crate::format::limits::MAX_SUPPLIED_BYTES;
use crate::model::event::Event;
use crate::model::{Digest, Indication, Position, Timestamp};
use crate::policy::Rules;
use crate::store::{Ledger, LogStamp, ReadError, Vault};
use crate::trust::certificate::Certificate;
use crate::trust::report::TimestampReport;
use crate::trust::revocation::crl::Crl;
use crate::trust::timestamp::{CLOCK_TOLERANCE_SECS, imprint_of, judge_over};
use crate::trust::validator::SuppliedDer;
use bytes::Bytes;
use std::collections::BTreeMap;

/// What is looked into.
#[derive(Clone, Copy)]
pub(super) struct Books<'a> {
    pub(super) vault: &'a dyn Vault,
    pub(super) rules: &'a Rules,
    pub(super) at: Timestamp,
}

/// A later stamp that holds.
#[derive(Clone, Copy)]
struct Later {
    /// What it stamps.
    of: Position,
    /// When that is proved to have existed.
    at: Timestamp,
}

/// What is known of one stamp beside its record.
struct Found {
    view: StampView,
    /// When what it stamps is proved to have existed.
    proves: Option<Timestamp>,
}

/// Reads the whole log and says of every stamp in it whether it holds. `tokens` were kept elsewhere:
/// each has to be over a hash of this log.
///
/// # Errors
/// See [`ReadError`]: a damaged log is one.
pub fn check(
    ledger: &dyn Ledger,
    vault: &dyn Vault,
    rules: &Rules,
    at: Timestamp,
    tokens: &[Bytes],
) -> Result<StampsCheckView, ReadError> {
    let (head, _) = ledger.head()?;
    let (mut stamps, mut records) = (Vec::new(), 0u64);
    ledger.replay(head, &mut |record| {
        records = records.saturating_add(1);
        if let Event::Stamped(e) = &record.event {
            stamps.push(LogStamp {
                position: record.position,
                at: record.at,
                stamped: e.as_ref().clone(),
            });
        }
    })?;
    // A second time, for the hashes that are asked for: those of all records would fill memory.
    let mut places: BTreeMap<Position, Option<Digest>> =
        stamps.iter().map(|s| (s.stamped.of, None)).collect();
    let given: Vec<Option<Digest>> = tokens.iter().map(|token| imprint_of(token)).collect();
    let mut met: BTreeMap<Digest, Option<Position>> = given
        .iter()
        .flatten()
        .map(|imprint| (*imprint, None))
        .collect();
    ledger.replay(head, &mut |record| {
        if let Some(place) = places.get_mut(&record.position) {
            *place = Some(record.hash);
        }
        if let Some(place) = met.get_mut(&record.hash) {
            *place = Some(record.position);
        }
    })?;
    let books = Books { vault, rules, at };
    let (mut views, mut later) = (Vec::with_capacity(stamps.len()), None);
    for stamp in stamps.iter().rev() {
        let chain = places.get(&stamp.stamped.of).copied().flatten();
        let found = books.stamp(stamp, chain, later);
        let proved = found.proves.map(|at| Later {
            of: stamp.stamped.of,
            at,
        });
        // The earliest proof of all that are later counts.
        later = proved.or(later);
        views.push(found.view);
    }
    views.reverse();
    for (token, imprint) in tokens.iter().zip(&given) {
        let at = imprint.and_then(|imprint| met.get(&imprint).copied().flatten());
        views.push(books.given(token, *imprint, at));
    }
    Ok(StampsCheckView {
        records,
        stamps: views,
    })
}

impl Books<'_> {
    /// A stamp of which the chain is believed.
    pub(super) fn shown(&self, stamp: &LogStamp) -> StampView {
        self.stamp(stamp, Some(stamp.stamped.head), None).view
    }

    pub(super) fn body(&self, digest: &Digest) -> Option<Bytes> {
        let content = self.vault.open(digest).ok()??;
        let bytes = Bytes::copy_from_slice(content.bytes());
        (Digest::of(&bytes) == *digest).then_some(bytes)
    }

    /// What the first verdict rested on, as far as that is short: a long list is at hand, or a newer
    /// one is.
    pub(super) fn kept(&self, stamp: &LogStamp) -> Vec<Bytes> {
        let mut room = MAX_SUPPLIED_BYTES;
        let all = stamp.stamped.rests_on.iter();
        let bodies = all.filter_map(|digest| self.body(digest));
        let fits = |body: &Bytes| match room.checked_sub(body.len()) {
            Some(rest) => {
                room = rest;
                true
            }
            None => false,
        };
        bodies.filter(fits).collect()
    }

    /// A stamp of the log, where the chain has the hash `chain` at the place that it stamps. `later`: when
    /// its token is known to have existed.
    fn stamp(&self, stamp: &LogStamp, chain: Option<Digest>, later: Option<Later>) -> Found {
        let stamped = &stamp.stamped;
        let mut view = StampView {
            position: Some(stamp.position.0),
            at: Some(stamp.at.to_string()),
            of: Some(stamped.of.0),
            head: stamped.head.to_hex(),
            moment: Some(stamped.moment.to_string()),
            authority: None,
            authority_sha256: Some(stamped.authority.to_hex()),
            token_sha256: stamped.token.to_hex(),
            state: "good".to_owned(),
            problem: None,
        };
        let Some(token) = self.body(&stamped.token) else {
            tell(&mut view, "missing", "token-missing");
            return Found { view, proves: None };
        };
        let report = self.judged(stamp, &token, later);
        let signer = report.signature.signer.as_ref();
        view.authority = signer.map(|signer| signer.subject.clone());
        let same_signer = signer.is_some_and(|signer| signer.sha256 == stamped.authority);
        let moment = report.stamp.as_ref().map(|s| s.gen_time);
        let latest = stamp.at.plus_secs(CLOCK_TOLERANCE_SECS);
        let rewritten = if chain != Some(stamped.head) {
            Some("other-record")
        } else if imprint_of(&token) != Some(stamped.head) {
            Some("other-imprint")
        } else if moment != Some(stamped.moment) || (signer.is_some() && !same_signer) {
            Some("other-facts")
        } else if stamped.moment > latest {
            Some("token-after-record")
        } else {
            None
        };
        if let Some(problem) = rewritten {
            tell(&mut view, "rewritten", problem);
            return Found { view, proves: None };
        }
        judged_as(&mut view, &report);
        let proves = report.proves();
        Found { view, proves }
    }

    fn judged(&self, stamp: &LogStamp, token: &[u8], later: Option<Later>) -> TimestampReport {
        let (validator, head) = (&self.rules.validator, &stamp.stamped.head);
        // The chain up to what the later one stamps holds the record that names this token.
        let covers = |later: &Later| later.of >= stamp.position && later.at < self.at;
        let Some(later) = later.filter(covers) else {
            return judge_over(validator, token, head, self.at);
        };
        let kept = self.kept(stamp);
        let mut supplied = SuppliedDer::default();
        for der in &kept {
            if Certificate::parse(der).is_ok() {
                supplied.certificates.push(der);
            } else if Crl::parse(der.clone()).is_ok() {
                supplied.crls.push(der);
            } else {
                supplied.responses.push(der);
            }
        }
        let validator = validator.in_hindsight(later.at, &supplied);
        judge_over(&validator, token, head, self.at)
    }

    /// A token that was kept elsewhere, over a hash that this log has at `of`.
    fn given(&self, token: &Bytes, imprint: Option<Digest>, of: Option<Position>) -> StampView {
        let mut view = StampView {
            position: None,
            at: None,
            of: of.map(|of| of.0),
            head: imprint.map(|imprint| imprint.to_hex()).unwrap_or_default(),
            moment: None,
            authority: None,
            authority_sha256: None,
            token_sha256: Digest::of(token).to_hex(),
            state: "good".to_owned(),
            problem: None,
        };
        let Some(imprint) = imprint else {
            tell(&mut view, "failed", "not-a-token");
            return view;
        };
        let report = judge_over(&self.rules.validator, token, &imprint, self.at);
        view.moment = report.stamp.as_ref().map(|s| s.gen_time.to_string());
        let signer = report.signature.signer.as_ref();
        view.authority = signer.map(|signer| signer.subject.clone());
        view.authority_sha256 = signer.map(|signer| signer.sha256.to_hex());
        judged_as(&mut view, &report);
        // A token that fails says nothing about the log.
        if of.is_none() && view.state != "failed" {
            tell(&mut view, "rewritten", "not-in-log");
        }
        view
    }
}

fn tell(view: &mut StampView, state: &str, problem: &str) {
    view.state = state.to_owned();
    view.problem = Some(problem.to_owned());
}

fn judged_as(view: &mut StampView, report: &TimestampReport) {
    let verdict = &report.signature.verdict;
    let state = match verdict.indication() {
        Indication::TotalPassed => return,
        Indication::TotalFailed => "failed",
        Indication::Indeterminate => "open",
    };
    tell(view, state, verdict.reason().code.name());
}
