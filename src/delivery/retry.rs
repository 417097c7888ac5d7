//! How long is waited after failures: exponential, capped, with full jitter, so that what failed
//! together is not tried together. Time and chance are handed in.

use std::time::Duration;
use tokio::time::Instant;

/// The bounds of the pauses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pauses {
    /// The longest after a first failure.
    pub(super) first: Duration,
    /// The longest of all.
    pub(super) longest: Duration,
}

/// No pause is shorter than this part of the first one: a receiver that fails at once would be asked
/// in a circle.
const SHORTEST_PART: u32 = 16;

/// The moment after a pause; a pause that no clock can hold is none.
pub(super) fn later(now: Instant, pause: Duration) -> Instant {
    now.checked_add(pause).unwrap_or(now)
}

/// The part `chance` of the largest number of its kind, of a span.
fn part_of(span: Duration, chance: u16) -> Duration {
    let millis = span.as_millis().saturating_mul(u128::from(chance));
    let part = millis.div_euclid(u128::from(u16::MAX));
    Duration::from_millis(u64::try_from(part).unwrap_or(u64::MAX))
}

impl Pauses {
    /// The pause after `failures` in a row; `chance` is any number, and 0 gives the shortest.
    #[must_use]
    pub(super) fn after(&self, failures: u32, chance: u16) -> Duration {
        let doublings = failures.saturating_sub(1).min(24);
        let most = self.first.saturating_mul(1 << doublings).min(self.longest);
        let least = self.least().min(most);
        let part = part_of(most.saturating_sub(least), chance);
        least.saturating_add(part)
    }

    fn least(&self) -> Duration {
        self.first.checked_div(SHORTEST_PART).unwrap_or_default()
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAUSES: Pauses = Pauses {
        first: Duration::from_secs(16),
        longest: Duration::from_secs(900),
    };

    #[test]
    fn the_longest_pause_doubles_up_to_its_cap_and_the_shortest_stays() {
        let most: Vec<u64> = (1..=9)
            .map(|n| PAUSES.after(n, u16::MAX).as_secs())
            .collect();
        assert_eq!(most, [16, 32, 64, 128, 256, 512, 900, 900, 900]);
        for n in [0, 1, 5, u32::MAX] {
            assert_eq!(PAUSES.after(n, 0).as_secs(), 1, "{n}");
        }
        assert_eq!(PAUSES.after(u32::MAX, u16::MAX).as_secs(), 900);
    }

    #[test]
    fn pauses_are_spread_over_their_whole_range() {
        let mut buckets = [0u32; 10];
        for chance in 0..=u16::MAX {
            let at = PAUSES.after(4, chance).as_millis().saturating_sub(1000) / 12_701;
            buckets[usize::try_from(at).expect("small")] += 1;
        }
        let even = 65_536 / 10;
        assert!(
            buckets.iter().all(|n| n.abs_diff(even) < even / 10),
            "{buckets:?}"
        );
    }

    proptest! {
        #[test]
        fn no_pause_leaves_its_bounds(first in 1u64..100_000, longest in 1u64..100_000, n: u32, chance: u16) {
            let pauses = Pauses {
                first: Duration::from_secs(first),
                longest: Duration::from_secs(longest),
            };
            let pause = pauses.after(n, chance);
            prop_assert!(pause <= pauses.longest.max(pauses.first));
            prop_assert!(pause >= pauses.least().min(pauses.longest));
        }
    }
}
