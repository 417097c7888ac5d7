//! How far long work has come, for a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Called with the bytes done and the bytes in all, at most once per percent.
pub type Draw = dyn Fn(u64, u64) + Send + Sync;

/// Counts bytes; draws where somebody looks.
#[derive(Clone)]
pub struct Progress(Option<Arc<Counter>>);

struct Counter {
    done: AtomicU64,
    drawn: AtomicU64,
    total: u64,
    draw: Box<Draw>,
}

impl Progress {
    /// Nobody looks.
    #[must_use]
    pub fn silent() -> Self {
        Self(None)
    }

    /// Draws each percent of `total` bytes.
    #[must_use]
    pub fn of(total: u64, draw: Box<Draw>) -> Self {
        let counter = Counter {
            done: AtomicU64::new(0),
            drawn: AtomicU64::new(0),
            total,
            draw,
        };
        Self(Some(Arc::new(counter)))
    }

    /// Counts more bytes.
    pub fn advance(&self, bytes: u64) {
        let Some(counter) = &self.0 else {
            return;
        };
        let before = counter.done.fetch_add(bytes, Ordering::Relaxed);
        let done = before.saturating_add(bytes).min(counter.total);
        let percent = done
            .saturating_mul(100)
            .checked_div(counter.total)
            .unwrap_or(100);
        if counter.drawn.fetch_max(percent, Ordering::Relaxed) < percent {
            (counter.draw)(done, counter.total);
        }
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress(..)")
    }
}
