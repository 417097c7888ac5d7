//! Whether the clock is believed when it says that a term is over. What a clock that went ahead would drop cannot be
//! had back; a day later does no harm.

use crate::model::Timestamp;
use std::time::Duration;

/// How long nothing is dropped after the clock did something strange: somebody has a day to notice.
pub(super) const PAUSE: Duration = Duration::from_secs(24 * 3600);
/// How far the clock may be away from where it should be: a correction by NTP is seconds.
const SLACK_MS: i64 = 3600 * 1000;
/// A gateway of which nobody wanted anything for so long may have a clock that went ahead.
const QUIET_MS: i64 = 7 * 24 * 3600 * 1000;

/// Compares the clock with time that passes.
#[derive(Debug, Default)]
pub(super) struct Trust {
    /// The clock and the time since the start at the last look.
    last: Option<(Timestamp, Duration)>,
    /// … and where the clock was furthest behind since something strange was last seen: one that goes ahead in small
    /// steps is seen against that.
    lowest: Option<(Timestamp, Duration)>,
    /// Not before so long after the start.
    not_before: Duration,
}

/// Why nothing is dropped for a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Strange {
    /// The clock moved otherwise than time did.
    Jumped,
    /// The last record is older than a week.
    Quiet,
}

impl Trust {
    /// Whether terms may be ended now. `wall`: the clock; `since`: time since the start, which no clock moves;
    /// `last_event`: when the last record was committed.
    pub(super) fn look(
        &mut self,
        wall: Timestamp,
        since: Duration,
        last_event: Timestamp,
    ) -> (bool, Option<Strange>) {
        let ahead_of = |(before, then): (Timestamp, Duration)| {
            let passed = since.saturating_sub(then).as_millis();
            let passed = i64::try_from(passed).unwrap_or(i64::MAX);
            wall.0.saturating_sub(before.0.saturating_add(passed))
        };
        let crept = self.lowest.map_or(0, ahead_of);
        let strange = match self.last.map(ahead_of) {
            None if wall.0.saturating_sub(last_event.0) > QUIET_MS => Some(Strange::Quiet),
            None => None,
            Some(off) => {
                (off.saturating_abs() > SLACK_MS || crept > SLACK_MS).then_some(Strange::Jumped)
            }
        };
        self.last = Some((wall, since));
        if strange.is_some() {
            self.not_before = since.saturating_add(PAUSE);
        }
        if strange.is_some() || crept <= 0 {
            self.lowest = self.last;
        }
        // Behind the log the clock is not believed at all.
        let behind = wall < last_event;
        (since >= self.not_before && !behind, strange)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_secs(1_790_000_000 + hours * HOUR)
    }

    fn since(hours: u64) -> Duration {
        Duration::from_secs(hours * 3600)
    }

    #[test]
    fn a_clock_that_goes_as_time_does_is_believed() {
        let mut trust = Trust::default();
        for hour in 0..100 {
            let looked = trust.look(at(hour), since(hour.unsigned_abs()), at(hour - 1));
            assert_eq!(looked, (true, None), "{hour}");
        }
    }

    #[test]
    fn after_a_jump_in_either_direction_nothing_is_dropped_for_a_day() {
        for jump in [24 * 365 * 10, -5] {
            let mut trust = Trust::default();
            assert_eq!(trust.look(at(0), since(0), at(-1)), (true, None));
            let (trusted, strange) = trust.look(at(1 + jump), since(1), at(-6));
            assert_eq!((trusted, strange), (false, Some(Strange::Jumped)));
            // Even if it is set right again, which is a jump as well.
            let (trusted, strange) = trust.look(at(2), since(2), at(-6));
            assert_eq!((trusted, strange), (false, Some(Strange::Jumped)));
            for hour in 3..26 {
                let looked = trust.look(at(hour), since(hour.unsigned_abs()), at(-6));
                assert_eq!(looked, (false, None), "{hour}");
            }
            assert_eq!(trust.look(at(26), since(26), at(-6)), (true, None));
        }
    }

    #[test]
    fn a_clock_that_goes_ahead_by_small_steps_is_not_believed_either() {
        let mut trust = Trust::default();
        let minute = |n: u64| Duration::from_secs(60 * n);
        let mut jumps = 0;
        for n in 0..600u64 {
            // Within each minute almost an hour.
            let wall = at(0).plus_secs(i64::try_from(n).expect("small") * 3540);
            let (trusted, strange) = trust.look(wall, minute(n), at(-1));
            assert!(!trusted || n < 2, "{n}");
            jumps += u32::from(strange.is_some());
        }
        assert!(jumps > 100, "{jumps}");
    }

    #[test]
    fn a_clock_that_stands_still_only_makes_terms_longer_and_hides_no_steps_ahead() {
        let mut trust = Trust::default();
        for hour in 0..100 {
            let half = since(hour) / 2;
            assert_eq!(trust.look(at(0), half, at(-1)), (true, None), "{hour}");
        }
        // From where it stands, not from where it should be.
        let minute = |n: u64| since(50) + Duration::from_secs(60 * n);
        let looked = trust.look(at(0).plus_secs(3000), minute(1), at(-1));
        assert_eq!(looked, (true, None));
        let looked = trust.look(at(0).plus_secs(6000), minute(2), at(-1));
        assert_eq!(looked, (false, Some(Strange::Jumped)));
    }

    #[test]
    fn a_start_long_after_the_last_record_waits_a_day() {
        let mut trust = Trust::default();
        let (trusted, strange) = trust.look(at(24 * 8), since(0), at(0));
        assert_eq!((trusted, strange), (false, Some(Strange::Quiet)));
        assert_eq!(trust.look(at(24 * 8 + 23), since(23), at(0)), (false, None));
        assert_eq!(trust.look(at(24 * 9), since(24), at(0)), (true, None));
    }

    #[test]
    fn behind_the_log_the_clock_is_not_believed() {
        let mut trust = Trust::default();
        assert_eq!(trust.look(at(0), since(0), at(1)), (false, None));
        assert_eq!(trust.look(at(2), since(2), at(1)), (true, None));
    }
}
