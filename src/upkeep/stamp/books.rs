//! One stamp or token looked at: against the chain, and by the judgement of its token.

use crate::client::stamps::StampView;
use crate::format::limits::MAX_SUPPLIED_BYTES;
use crate::model::{Digest, Indication, Position, Timestamp};
use crate::policy::Rules;
use crate::store::{LogStamp, Vault};
use crate::trust::certificate::Certificate;
use crate::trust::evidence::Need;
use crate::trust::report::TimestampReport;
use crate::trust::revocation::crl::Crl;
use crate::trust::timestamp::{CLOCK_TOLERANCE_SECS, imprint_of, judge_over};
use crate::trust::validator::SuppliedDer;
use bytes::Bytes;

/// What is looked into.
#[derive(Clone, Copy)]
pub(super) struct Books<'a> {
    pub(super) vault: &'a dyn Vault,
    pub(super) rules: &'a Rules,
    pub(super) at: Timestamp,
}

/// A later stamp that holds.
#[derive(Clone, Copy)]
pub(super) struct Later {
    /// What it stamps.
    pub(super) of: Position,
    /// When that is proved to have existed.
    pub(super) at: Timestamp,
}

/// What is known of one stamp beside its record.
pub(super) struct Found {
    pub(super) view: StampView,
    /// When what it stamps is proved to have existed.
    pub(super) proves: Option<Timestamp>,
    /// What would settle it, where only evidence is missing.
    pub(super) needs: Vec<Need>,
}

impl Found {
    fn bad(view: StampView) -> Self {
        Self {
            view,
            proves: None,
            needs: Vec::new(),
        }
    }
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
    pub(super) fn stamp(
        &self,
        stamp: &LogStamp,
        chain: Option<Digest>,
        later: Option<Later>,
    ) -> Found {
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
            return Found::bad(view);
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
            return Found::bad(view);
        }
        judged_as(&mut view, &report);
        Found {
            view,
            proves: report.proves(),
            needs: report.signature.needs,
        }
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
    pub(super) fn given(
        &self,
        token: &Bytes,
        imprint: Option<Digest>,
        of: Option<Position>,
    ) -> Found {
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
            return Found::bad(view);
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
        Found {
            view,
            proves: None,
            needs: report.signature.needs,
        }
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
