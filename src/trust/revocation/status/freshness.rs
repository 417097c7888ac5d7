//! Whether evidence is recent enough to say *good* (EN 319 102-1 §5.2.5).

use super::Asking;
use crate::model::Timestamp;
use crate::trust::path::Run;

/// How far thisUpdate may lie ahead of our clock (attack catalogue K6).
const CLOCK_TOLERANCE_SECS: i64 = 300;

/// The dates of a list or an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dates {
    pub(super) this_update: Timestamp,
    pub(super) next_update: Option<Timestamp>,
    /// Certificates that expired no earlier than this are still spoken about
    /// (expiredCertsOnCRL, archiveCutoff).
    pub(super) expired_since: Option<Timestamp>,
}

/// When evidence was recent enough.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Recent {
    /// It is, or it is younger than the signature.
    Now,
    /// It was when the signature is proved to have existed; something younger may say more.
    Then,
}

impl Dates {
    /// Brings the dates of a complete list up to those of its delta (RFC 5280 §5.2.4).
    pub(super) fn renew(&mut self, delta: &Self) {
        self.this_update = self.this_update.max(delta.this_update);
        let both = self.next_update.zip(delta.next_update);
        self.next_update = both.map(|(own, delta)| own.max(delta));
    }

    /// Whether it exists at the moment of judgement.
    pub(super) fn issued(&self, run: &mut Run<'_>) -> bool {
        run.clock
            .reached(self.this_update.plus_secs(-CLOCK_TOLERANCE_SECS))
    }

    /// Whether *not revoked* in it counts, and when it was recent enough.
    pub(super) fn conclusive(&self, run: &mut Run<'_>, asking: &Asking<'_, '_>) -> Option<Recent> {
        if !self.speaks_of_expired(run, asking) {
            return None;
        }
        if self.settles(run) || self.fresh(run, asking) {
            return Some(Recent::Now);
        }
        self.was_fresh(run, asking).then_some(Recent::Then)
    }

    /// Later than the signature is proved to be: however old it is by now, what was revoked in
    /// between does not matter.
    pub(super) fn settles(&self, run: &Run<'_>) -> bool {
        run.clock.is_proven() && self.this_update >= run.clock.signed()
    }

    fn fresh(&self, run: &mut Run<'_>, asking: &Asking<'_, '_>) -> bool {
        let mut limits = self.limits(run, asking).into_iter().flatten().peekable();
        limits.peek().is_some() && limits.all(|end| !run.clock.reached(end))
    }

    /// §5.2.5.4 with the best-signature-time (§5.5.4) as validation time: issued after that time less the
    /// greatest age that is accepted.
    fn was_fresh(&self, run: &Run<'_>, asking: &Asking<'_, '_>) -> bool {
        let signed = run.clock.signed();
        let mut limits = self.limits(run, asking).into_iter().flatten().peekable();
        run.clock.is_proven() && limits.peek().is_some() && limits.all(|end| signed < end)
    }

    /// The moments up to which it is recent: §5.2.5.4 takes what is configured, or the time from thisUpdate
    /// to nextUpdate; here the shorter counts. Without either it never ends, so it proves nothing.
    fn limits(&self, run: &Run<'_>, asking: &Asking<'_, '_>) -> [Option<Timestamp>; 2] {
        let own = asking.chain.anchor.constraints.max_crl_age_secs;
        let age = own.or(run.world.material.max_crl_age_secs);
        [
            self.next_update,
            age.map(|age| self.this_update.plus_secs(age)),
        ]
    }

    /// A list may leave out certificates that have expired (RFC 5280 §5.3), so that one issued after
    /// the expiry says nothing unless it says that it keeps them.
    pub(super) fn speaks_of_expired(&self, run: &mut Run<'_>, asking: &Asking<'_, '_>) -> bool {
        let last = asking.subject.not_after();
        if !run.clock.reached(last.plus_secs(1)) {
            return true;
        }
        self.this_update <= last || self.expired_since.is_some_and(|since| since <= last)
    }
}
