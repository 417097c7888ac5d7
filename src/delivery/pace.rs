//! How much one recipient is asked at a time: one delivery at first, one more with each that it takes quickly, and
//! one again once it fails or is slow. Pure.

use std::time::Duration;

/// A delivery that takes longer is slow, unless it moves many bytes.
pub(super) const SLOW_AFTER: Duration = Duration::from_secs(2);
/// Bytes a second at which a delivery may take longer: a large document over a line of an office takes its time, and
/// places that are held at this rate carry more than the gateway's own line does.
const QUICK_RATE: u64 = 1024 * 1024;

/// Whether a delivery of which the recipient took so much within so long is slow.
pub(super) fn is_slow(bytes: u64, since: Duration) -> bool {
    let enough = since.as_secs().saturating_mul(QUICK_RATE);
    since >= SLOW_AFTER && bytes < enough
}

/// The pace of one recipient.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pace {
    most: usize,
    at_a_time: usize,
    slow: bool,
}

impl Pace {
    /// Of one of whom nothing is known, and who is asked by `most` at a time at best.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            at_a_time: 1,
            slow: false,
        }
    }

    /// How many deliveries may run at a time.
    pub(super) fn at_a_time(&self) -> usize {
        self.at_a_time
    }

    /// Whether its last delivery that succeeded, or one that runs, was slow.
    pub(super) fn is_slow(&self) -> bool {
        self.slow
    }

    /// A delivery succeeded in good time.
    pub(super) fn quick(&mut self) {
        if std::mem::take(&mut self.slow) {
            self.at_a_time = 1;
            return;
        }
        self.at_a_time = self.at_a_time.saturating_add(1).min(self.most);
    }

    /// A delivery takes long.
    pub(super) fn slow(&mut self) {
        self.slow = true;
        self.at_a_time = 1;
    }

    /// A delivery failed, which says nothing of how quick it would be.
    pub(super) fn failed(&mut self) {
        self.at_a_time = 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_by_successes_and_begins_anew_after_a_slow_one_or_a_failure() {
        let mut pace = Pace::new(3);
        assert_eq!((pace.at_a_time(), pace.is_slow()), (1, false));
        for wanted in [2, 3, 3] {
            pace.quick();
            assert_eq!(pace.at_a_time(), wanted);
        }
        pace.slow();
        assert_eq!((pace.at_a_time(), pace.is_slow()), (1, true));
        pace.failed();
        assert!(pace.is_slow(), "only a quick one clears it");
        pace.quick();
        assert_eq!((pace.at_a_time(), pace.is_slow()), (1, false));
        pace.quick();
        pace.failed();
        assert_eq!((pace.at_a_time(), pace.is_slow()), (1, false));
        assert_eq!(Pace::new(0).at_a_time(), 1);
    }

    #[test]
    fn what_takes_long_is_slow_unless_it_moves_much() {
        let secs = Duration::from_secs;
        assert!(!is_slow(0, secs(2) - Duration::from_millis(1)));
        assert!(is_slow(10_000, secs(2)));
        assert!(!is_slow(2 << 20, secs(2)));
        assert!(is_slow(99 << 20, secs(100)));
        assert!(!is_slow(100 << 20, secs(100)));
    }
}
