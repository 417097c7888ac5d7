//! Tasks that work as long as the daemon does. One that panicked begins anew after a pause, is told in the log and
//! counted: a fault in one of them stops neither the others nor itself for good, and nobody finds out months later.

use crate::telemetry::names;
use std::future::Future;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Before the first new beginning …
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// … doubled up to this: what panics at the same document each time should not fill the log, and what was a matter of
/// the moment should not stand still for long.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Runs what `begin` makes until it ends by itself or `stop` is cancelled, and begins it anew when it panicked.
pub(super) fn supervise<F, Task>(
    tasks: &TaskTracker,
    stop: CancellationToken,
    name: &'static str,
    begin: F,
) where
    F: Fn() -> Task + Send + 'static,
    Task: Future<Output = ()> + Send + 'static,
{
    // Named from the first moment on, so that an alarm on it finds something.
    metrics::counter!(names::TASKS_PANICKED, "task" => name).increment(0);
    tasks.spawn(async move {
        let mut pause = FIRST_PAUSE;
        loop {
            match tokio::spawn(begin()).await {
                Err(ended) if ended.is_panic() => {}
                Ok(()) | Err(_) => return,
            }
            metrics::counter!(names::TASKS_PANICKED, "task" => name).increment(1);
            tracing::error!(
                task = name,
                again_in_s = pause.as_secs(),
                "a task of the daemon panicked and begins anew; this is a fault of the program: report it with this log"
            );
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Begins tasks of which the first `faulty` panic; gives how many were begun when no more are.
    async fn begun(faulty: u32, stop: &CancellationToken) -> u32 {
        let (tasks, count) = (TaskTracker::new(), Arc::new(AtomicU32::new(0)));
        let counting = Arc::clone(&count);
        supervise(&tasks, stop.clone(), "test", move || {
            let n = counting.fetch_add(1, Ordering::Relaxed);
            async move { assert!(n >= faulty, "task {n} is faulty") }
        });
        tasks.close();
        tasks.wait().await;
        count.load(Ordering::Relaxed)
    }

    #[tokio::test(start_paused = true)]
    async fn what_panicked_begins_anew_and_what_ended_does_not() {
        assert_eq!(begun(0, &CancellationToken::new()).await, 1);
        let before = tokio::time::Instant::now();
        assert_eq!(begun(8, &CancellationToken::new()).await, 9);
        // 1, 2, 4, 8, 16, 32, 60 and 60 seconds.
        assert_eq!(before.elapsed().as_secs(), 183);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_begins_once_the_daemon_stops() {
        let stop = CancellationToken::new();
        stop.cancel();
        assert_eq!(begun(u32::MAX, &stop).await, 1);
    }
}
