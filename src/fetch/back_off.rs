//! How long a source or a host is left alone.

use std::time::Duration;

/// After the first failure; also how soon one that answered is asked again.
pub(super) const FIRST: Duration = Duration::from_secs(30);
/// At most: a source that is well again is noticed within the hour.
const MOST: Duration = Duration::from_secs(3600);

/// The time after `failures` failures in a row: doubling, and moved by up to a fifth either way, so
/// that many gateways do not ask a recovering responder at one moment. `chance` is any number.
#[must_use]
pub fn after(failures: u32, chance: u16) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let whole = FIRST.saturating_mul(1 << doublings).min(MOST);
    let part = 800u32.saturating_add(u32::from(chance) % 401);
    whole.saturating_mul(part).checked_div(1000).unwrap_or(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_an_hour_give_or_take_a_fifth() {
        let middle = |failures| after(failures, 200);
        let secs: Vec<u64> = (1..=9).map(|n| middle(n).as_secs()).collect();
        assert_eq!(secs, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(middle(u32::MAX).as_secs(), 3600);
        assert_eq!((after(1, 0).as_secs(), after(1, 400).as_secs()), (24, 36));
        for chance in 0..=u16::MAX {
            let secs = after(3, chance).as_secs();
            assert!((96..=144).contains(&secs), "{chance}: {secs}");
        }
    }
}
