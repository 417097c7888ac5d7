//! How far long work has come, for a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Called with the bytes done and the bytes in all, at most once per percent or, where nobody knows how many, per MiB.
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

    /// Draws each MiB of work whose length nobody knows: the bytes in all are 0 until it has ended.
    #[must_use]
    pub fn open_ended(draw: Box<Draw>) -> Self {
        Self::of(0, draw)
    }

    /// Draws the end of work whose length nobody knew, if anything of it was drawn.
    pub fn end(&self) {
        if let Some(counter) = self.0.as_ref().filter(|counter| counter.total == 0) {
            let done = counter.done.load(Ordering::Relaxed);
            if counter.drawn.load(Ordering::Relaxed) > 0 {
                (counter.draw)(done, done);
            }
        }
    }

    /// Counts more bytes.
    pub fn advance(&self, bytes: u64) {
        let Some(counter) = &self.0 else {
            return;
        };
        let before = counter.done.fetch_add(bytes, Ordering::Relaxed);
        let done = before.saturating_add(bytes);
        let (done, step) = match counter.total {
            0 => (done, done >> 20),
            total => {
                let done = done.min(total);
                let percent = done.saturating_mul(100).checked_div(total);
                (done, percent.unwrap_or(100))
            }
        };
        if counter.drawn.fetch_max(step, Ordering::Relaxed) < step {
            (counter.draw)(done, counter.total);
        }
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    type Seen = Arc<Mutex<Vec<(u64, u64)>>>;

    fn drawn(of: impl FnOnce(Box<Draw>) -> Progress) -> (Progress, Seen) {
        let seen = Seen::default();
        let into = Arc::clone(&seen);
        let draw = move |done, total| into.lock().expect("whole").push((done, total));
        (of(Box::new(draw)), seen)
    }

    #[test]
    fn work_of_a_known_length_is_drawn_by_percents() {
        let (progress, seen) = drawn(|draw| Progress::of(1000, draw));
        (0..1000).for_each(|_| progress.advance(1));
        progress.end();
        let seen = seen.lock().expect("whole");
        assert_eq!(seen.len(), 100);
        assert_eq!(seen.last(), Some(&(1000, 1000)));
    }

    #[test]
    fn work_without_a_known_length_is_drawn_by_mebibytes_and_once_at_its_end() {
        let (progress, seen) = drawn(Progress::open_ended);
        (0..10).for_each(|_| progress.advance(300_000));
        progress.end();
        let mib = seen.lock().expect("whole").clone();
        assert_eq!(
            mib,
            [(1_200_000, 0), (2_100_000, 0), (3_000_000, 3_000_000)]
        );
        let (short, seen) = drawn(Progress::open_ended);
        short.advance(1000);
        short.end();
        assert_eq!(*seen.lock().expect("whole"), []);
    }
}
