//! A circuit breaker: a recipient that keeps failing is left alone for a while, and then asked by one
//! delivery only. Pure; time and chance are handed in.

use super::retry::{Pauses, later};
use tokio::time::Instant;

/// Failures of the recipient in a row after which it is left alone.
pub(super) const FAILURES: u32 = 5;
/// Failures in a row of whatever kind after which it is left alone: a recipient that refuses every
/// document is no better than one that answers none.
pub(super) const REFUSALS: u32 = 20;

/// Whether a recipient is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gate {
    /// It is.
    Closed,
    /// Not before then.
    Open(Instant),
    /// One delivery is tried; the others wait for what comes of it.
    HalfOpen,
}

/// The breaker of one recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Breaker {
    gate: Gate,
    failures: u32,
    others: u32,
    openings: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            gate: Gate::Closed,
            failures: 0,
            others: 0,
            openings: 0,
        }
    }
}

impl Breaker {
    /// One that had opened so many times in a row before a restart, and opens again for a pause.
    pub(super) fn resumed(openings: u32, pauses: &Pauses, now: Instant, chance: u16) -> Self {
        let mut breaker = Self {
            openings,
            ..Self::default()
        };
        if openings > 0 {
            // As after its first failure: the restart may be the repair.
            breaker.failures = FAILURES;
            breaker.gate = Gate::Open(later(now, pauses.after(1, chance)));
        }
        breaker
    }

    /// Whether the recipient is asked now; an open gate whose time has come is half open.
    pub(super) fn gate(&mut self, now: Instant) -> Gate {
        if let Gate::Open(until) = self.gate
            && until <= now
        {
            self.gate = Gate::HalfOpen;
        }
        self.gate
    }

    /// The gate as it was left.
    pub(super) fn look(&self) -> Gate {
        self.gate
    }

    /// How many times it has opened in a row.
    pub(super) fn openings(&self) -> u32 {
        self.openings
    }

    /// Whether the last delivery that came to an end succeeded, or none has ended yet.
    pub(super) fn is_clean(&self) -> bool {
        self.failures == 0
    }

    /// A delivery succeeded. Says whether the recipient was in trouble before.
    pub(super) fn succeeded(&mut self) -> bool {
        let troubled = self.failures > 0 || self.gate != Gate::Closed;
        *self = Self::default();
        troubled
    }

    /// A delivery failed; `recipient`: not because of its document.
    pub(super) fn failed(&mut self, recipient: bool, pauses: &Pauses, now: Instant, chance: u16) {
        if recipient {
            self.failures = self.failures.saturating_add(1);
        }
        self.others = self.others.saturating_add(1);
        let probe = self.gate == Gate::HalfOpen;
        let closed = self.gate == Gate::Closed;
        let enough = self.failures >= FAILURES || self.others >= REFUSALS;
        if probe || (closed && enough) {
            self.openings = self.openings.saturating_add(1);
            self.gate = Gate::Open(later(now, pauses.after(self.openings, chance)));
        }
    }

    /// The probe came to nothing that says anything of the recipient.
    pub(super) fn unproved(&mut self, now: Instant) {
        if self.gate == Gate::HalfOpen {
            self.gate = Gate::Open(now);
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod tests {
    use super::*;
    use std::time::Duration;

    const PAUSES: Pauses = Pauses {
        first: Duration::from_secs(16),
        longest: Duration::from_secs(64),
    };
    const MOST: u16 = u16::MAX;

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES {
            assert_eq!(breaker.gate(now), Gate::Closed);
            breaker.failed(true, &PAUSES, now, MOST);
        }
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_failures_in_a_row_and_half_opens_after_its_pause() {
        let start = Instant::now();
        let secs = |n| start + Duration::from_secs(n);
        let mut breaker = opened(start);
        assert_eq!(breaker.gate(start), Gate::Open(secs(16)));
        assert_eq!(breaker.gate(secs(15)), Gate::Open(secs(16)));
        assert_eq!(breaker.gate(secs(16)), Gate::HalfOpen);
        breaker.failed(true, &PAUSES, secs(20), MOST);
        assert_eq!(breaker.gate(secs(20)), Gate::Open(secs(52)));
        assert_eq!(breaker.gate(secs(52)), Gate::HalfOpen);
        breaker.failed(false, &PAUSES, secs(60), MOST);
        assert_eq!(breaker.gate(secs(60)), Gate::Open(secs(124)));
        assert_eq!(breaker.openings(), 3);
        assert_eq!(breaker.gate(secs(124)), Gate::HalfOpen);
        assert!(breaker.succeeded());
        assert_eq!(breaker, Breaker::default());
        assert!(!breaker.succeeded());
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_between_keeps_it_closed_and_refused_documents_open_it_late() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 0..100 {
            for _ in 1..FAILURES {
                breaker.failed(true, &PAUSES, now, MOST);
            }
            assert!(breaker.succeeded());
        }
        for _ in 1..REFUSALS {
            breaker.failed(false, &PAUSES, now, MOST);
            assert_eq!(breaker.gate(now), Gate::Closed);
            assert!(breaker.is_clean());
        }
        breaker.failed(false, &PAUSES, now, MOST);
        assert!(matches!(breaker.gate(now), Gate::Open(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_under_way_when_it_opened_does_not_open_it_further() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let before = breaker.gate(now);
        breaker.failed(true, &PAUSES, now, MOST);
        assert_eq!((breaker.gate(now), breaker.openings()), (before, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_restart_neither_forgets_nor_storms() {
        let now = Instant::now();
        let fresh = Breaker::resumed(0, &PAUSES, now, MOST);
        assert_eq!(fresh, Breaker::default());
        let mut known = Breaker::resumed(3, &PAUSES, now, MOST);
        let until = now + Duration::from_secs(16);
        assert_eq!(known.gate(now), Gate::Open(until));
        assert_eq!(known.gate(until), Gate::HalfOpen);
        known.unproved(until);
        assert_eq!(known.look(), Gate::Open(until));
        known.gate(until);
        known.failed(true, &PAUSES, until, MOST);
        assert_eq!(known.openings(), 4);
    }
}
