//! Since when the clocks are watched without a break. What ran out while the gateway was down, while its machine
//! slept, or in a jump of the clock, could not be ended then: it has the same grace as what runs out under watch,
//! from the moment on in which somebody could.

use super::SET_BACK;
use crate::model::Timestamp;
use tokio::time::Instant;

/// A watch that goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Watch {
    since: Timestamp,
    last: (Timestamp, Instant),
}

impl Watch {
    /// The watch at `now`: the one before, unless the time of day has run on ahead of the time that went by.
    pub(super) fn over(before: Option<Self>, now: Timestamp, at: Instant) -> Self {
        let goes_on = |watch: &Self| {
            let (then, begun) = watch.last;
            let passed = at.saturating_duration_since(begun).as_millis();
            let passed = Timestamp(i64::try_from(passed).unwrap_or(i64::MAX));
            now.0.saturating_sub(then.0) <= passed.plus_secs(SET_BACK).0
        };
        let since = before.filter(goes_on).map_or(now, |watch| watch.since);
        Self {
            // After a clock was set back nothing is watched since a time that is still to come.
            since: since.min(now),
            last: (now, at),
        }
    }

    /// When it was begun.
    pub(super) fn since(self) -> Timestamp {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOON: Timestamp = Timestamp(1_795_000_000_000);

    #[test]
    fn a_watch_breaks_off_where_the_time_of_day_ran_ahead_and_nowhere_else() {
        let begun = Instant::now();
        let at = |secs: u64| begun + Duration::from_secs(secs);
        let first = Watch::over(None, NOON, begun);
        assert_eq!(first.since(), NOON);
        // As time goes by, and with a clock that is corrected by less than a minute.
        let second = Watch::over(Some(first), NOON.plus_secs(10), at(10));
        let third = Watch::over(Some(second), NOON.plus_secs(79), at(20));
        assert_eq!((second.since(), third.since()), (NOON, NOON));
        // The machine slept, or the clock was set on.
        let jumped = NOON.plus_secs(3600);
        let fourth = Watch::over(Some(third), jumped, at(30));
        assert_eq!(fourth.since(), jumped);
        // Set back again, it is watched since that moment at the latest.
        let back = NOON.plus_secs(50);
        let fifth = Watch::over(Some(fourth), back, at(40));
        assert_eq!(fifth.since(), back);
        let sixth = Watch::over(Some(fifth), back.plus_secs(600), at(640));
        assert_eq!(sixth.since(), back);
    }
}
