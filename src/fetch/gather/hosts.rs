//! Per host: at most four fetches at a time, and a pause for one that does not answer. A silent
//! host therefore holds four places for a few seconds, and nobody waits for it elsewhere.

use crate::fetch::back_off;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Fetches at a time from one host (`domain.md` S9: national responders bear no more).
const AT_A_TIME: usize = 4;
/// Hosts remembered. Those whose pause is over are forgotten first, then the one that was silent
/// longest: whoever names many hosts must not shut out others.
const MOST: usize = 1024;

#[derive(Debug)]
struct Host {
    places: Arc<Semaphore>,
    failures: u32,
    until: Option<Instant>,
}

impl Host {
    /// Whether nothing is being fetched from it.
    fn is_free(&self) -> bool {
        self.places.available_permits() == AT_A_TIME
    }
}

/// Every host asked lately.
#[derive(Debug, Default)]
pub(super) struct Hosts(Mutex<BTreeMap<String, Host>>);

impl Hosts {
    /// Its places, unless it is left alone: then for how long still.
    pub(super) fn places(&self, host: &str, now: Instant) -> Result<Arc<Semaphore>, Duration> {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= MOST && !hosts.contains_key(host) {
            hosts.retain(|_, h| !h.is_free() || h.until.is_some_and(|until| until > now));
        }
        if hosts.len() >= MOST && !hosts.contains_key(host) {
            let free = hosts.iter().filter(|(_, h)| h.is_free());
            let longest = free
                .max_by_key(|(_, h)| h.until)
                .map(|(name, _)| name.clone());
            match longest {
                Some(longest) => drop(hosts.remove(&longest)),
                None => return Err(back_off::FIRST),
            }
        }
        let entry = hosts.entry(host.to_owned()).or_insert_with(|| Host {
            places: Arc::new(Semaphore::new(AT_A_TIME)),
            failures: 0,
            until: None,
        });
        match entry
            .until
            .map(|until| until.saturating_duration_since(now))
        {
            Some(left) if !left.is_zero() => Err(left),
            _ => Ok(Arc::clone(&entry.places)),
        }
    }

    /// It answered, be it with an error.
    pub(super) fn answered(&self, host: &str) {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get_mut(host) {
            (host.failures, host.until) = (0, None);
        }
    }

    /// It did not answer. Several fetches that failed together count once.
    pub(super) fn failed(&self, host: &str, now: Instant, chance: u16) {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get_mut(host)
            && host.until.is_none_or(|until| until <= now)
        {
            host.failures = host.failures.saturating_add(1);
            host.until = now.checked_add(back_off::after(host.failures, chance));
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_host_that_fails_is_left_alone_longer_each_time() {
        let (hosts, chance) = (Hosts::default(), 200);
        let now = Instant::now();
        assert!(hosts.places("a", now).is_ok());
        hosts.failed("a", now, chance);
        hosts.failed("a", now, chance);
        let left = |after: u64| {
            let at = now + Duration::from_secs(after);
            hosts.places("a", at).map(|_| ()).map_err(|d| d.as_secs())
        };
        assert_eq!(left(0), Err(30), "two that failed together count once");
        assert_eq!(left(29), Err(1));
        assert_eq!(left(30), Ok(()));
        assert!(hosts.places("b", now).is_ok(), "others are not concerned");
        hosts.failed("a", now + Duration::from_secs(30), chance);
        assert_eq!(left(60), Err(30), "60 s from then");
        hosts.answered("a");
        assert_eq!(left(60), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_only_so_many() {
        let (hosts, now) = (Hosts::default(), Instant::now());
        for n in 0..MOST {
            assert!(hosts.places(&n.to_string(), now).is_ok());
            hosts.failed(&n.to_string(), now, 0);
        }
        let busy = hosts
            .places("0", now + Duration::from_secs(60))
            .expect("rested");
        let _held = busy.try_acquire().expect("a place");
        let longest = (MOST - 1).to_string();
        hosts.failed(&longest, now + Duration::from_secs(40), 0);
        assert!(
            hosts.places("one more", now).is_ok(),
            "the longest silent one went"
        );
        assert_eq!(hosts.0.lock().expect("hosts").len(), MOST);
        assert!(!hosts.0.lock().expect("hosts").contains_key(&longest));
        let later = now + Duration::from_secs(60);
        assert!(hosts.places("another", later).is_ok());
        let left = hosts.0.lock().expect("hosts").len();
        assert_eq!(left, 2, "the busy one stays");
    }
}
