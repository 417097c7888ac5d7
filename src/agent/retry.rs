//! When to try again: exponential with jitter, so that a hundred offices do not come back at once.

use ring::rand::{SecureRandom, SystemRandom};
use std::time::Duration;
use tokio::time::Instant;

/// The first pause.
const FIRST: Duration = Duration::from_secs(1);
/// The longest: an office should not wait much longer than its gateway was away.
const LONGEST: Duration = Duration::from_secs(300);

/// How often something failed in a row, and when it may be tried again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Retry {
    failures: u32,
    not_before: Option<Instant>,
}

impl Retry {
    /// It failed once more.
    pub(super) fn failed(&mut self) {
        let pause = pause(self.failures);
        self.failures = self.failures.saturating_add(1);
        self.not_before = Instant::now().checked_add(pause);
    }

    /// It went well; whether it had failed before.
    pub(super) fn went_well(&mut self) -> bool {
        let had_failed = self.failures > 0;
        *self = Self::default();
        had_failed
    }

    /// How often it failed in a row.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether it may be tried now.
    pub(super) fn is_due(&self) -> bool {
        self.not_before.is_none_or(|at| Instant::now() >= at)
    }
}

/// The pause after so many failures before: doubled each time, and up to a quarter more or less.
fn pause(failures: u32) -> Duration {
    let doubled = FIRST.saturating_mul(2u32.saturating_pow(failures.min(16)));
    let pause = doubled.min(LONGEST);
    let mut chance = [128u8];
    // Without chance the middle will do.
    let _ = SystemRandom::new().fill(&mut chance);
    let [byte] = chance;
    let spread = u32::from(byte)
        .saturating_mul(50)
        .checked_div(255)
        .unwrap_or(25);
    let percent = 75u32.saturating_add(spread);
    pause
        .saturating_mul(percent)
        .checked_div(100)
        .unwrap_or(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_up_to_a_bound_and_end_with_success() {
        for failures in [0, 1, 5, 40, u32::MAX] {
            let middle = FIRST
                .saturating_mul(2u32.saturating_pow(failures.min(16)))
                .min(LONGEST);
            for _ in 0..100 {
                let pause = pause(failures);
                assert!(
                    pause >= middle * 3 / 4 && pause <= middle * 5 / 4,
                    "{pause:?}"
                );
            }
        }
        let mut retry = Retry::default();
        assert!(retry.is_due() && !retry.went_well());
        retry.failed();
        assert!(!retry.is_due());
        tokio::time::advance(FIRST * 2).await;
        assert!(retry.is_due());
        assert!(retry.went_well() && retry.failures() == 0);
    }
}
