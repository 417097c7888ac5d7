//! The clock that is handed in. Nothing below this floor reads time, and nothing above reads it in
//! another way.

use crate::model::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time of day.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// The system's clock, moved so that it goes on from where a history ended: in a simulated one no deadline runs out for
/// the time that passed in the real world.
#[derive(Debug, Default)]
pub struct ResumedClock(AtomicI64);

impl ResumedClock {
    /// Goes on from `last`.
    pub fn resume(&self, last: Timestamp) {
        let ahead = last.0.saturating_sub(SystemClock.now().0);
        self.0.store(ahead, Ordering::SeqCst);
    }
}

impl Clock for ResumedClock {
    fn now(&self) -> Timestamp {
        let ahead = self.0.load(Ordering::SeqCst);
        Timestamp(SystemClock.now().0.saturating_add(ahead))
    }
}

/// A clock that stands until it is set: for tests and for histories written beforehand.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock standing at `at`.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.0))
    }

    /// Sets it.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}
