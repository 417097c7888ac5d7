//! Fixed threads behind a queue that is bounded in bytes.

use super::JudgeError;
use crate::telemetry::names;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

type Task = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queue {
    tasks: VecDeque<Task>,
    bytes: u64,
    stopped: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    limit: u64,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Tasks run outside the lock, so a poisoned one guards consistent data.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes tasks until it is told to stop and nothing waits.
    fn work(&self) {
        loop {
            let mut queue = self.queue();
            let task = loop {
                if let Some(next) = queue.tasks.pop_front() {
                    break next;
                }
                if queue.stopped {
                    return;
                }
                queue = self
                    .wake
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
            };
            drop(queue);
            // A panic drops the task's answer; the waiter sees that it stopped.
            let _ = catch_unwind(AssertUnwindSafe(task));
        }
    }
}

/// Room in the queue, given back when its task is done, panicked or was never taken.
struct Weight(Arc<Shared>, u64);

impl Drop for Weight {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.bytes = queue.bytes.saturating_sub(self.1);
    }
}

/// The threads.
pub(super) struct Pool {
    shared: Arc<Shared>,
}

impl Pool {
    pub(super) fn start(threads: usize, limit: u64) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            wake: Condvar::new(),
            limit,
        });
        for n in 0..threads {
            let worker = Arc::clone(&shared);
            let name = format!("judge-{n}");
            let started = std::thread::Builder::new()
                .name(name)
                .spawn(move || worker.work());
            if let Err(error) = started {
                tracing::error!(%error, "a judging thread could not start");
            }
        }
        Self { shared }
    }

    /// Runs `work` on one of the threads. `weight` is what it holds in bytes until it is done; a
    /// single task above the limit is taken when nothing else is there.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        weight: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JudgeError> {
        let (answer, waiting) = oneshot::channel();
        let held = self.reserve(weight)?;
        let task = Box::new(move || {
            let done = work();
            // The room is free before the answer is out.
            drop(held);
            let _ = answer.send(done);
        });
        self.push(task)?;
        waiting.await.map_err(|_| JudgeError::Stopped)
    }

    fn push(&self, task: Task) -> Result<(), JudgeError> {
        let mut queue = self.shared.queue();
        if queue.stopped {
            drop(queue);
            drop(task);
            return Err(JudgeError::Stopped);
        }
        queue.tasks.push_back(task);
        drop(queue);
        self.shared.wake.notify_one();
        Ok(())
    }

    fn reserve(&self, weight: u64) -> Result<Weight, JudgeError> {
        let mut queue = self.shared.queue();
        if queue.stopped {
            return Err(JudgeError::Stopped);
        }
        let after = queue.bytes.saturating_add(weight);
        if queue.bytes > 0 && after > self.shared.limit {
            metrics::counter!(names::BUSY).increment(1);
            return Err(JudgeError::Busy);
        }
        queue.bytes = after;
        Ok(Weight(Arc::clone(&self.shared), weight))
    }

    pub(super) fn stop(&self) {
        self.shared.queue().stopped = true;
        self.shared.wake.notify_all();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = self.shared.queue();
        write!(
            f,
            "Pool({} waiting, {} bytes)",
            queue.tasks.len(),
            queue.bytes
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn a_full_queue_says_busy_and_recovers() {
        let pool = Arc::new(Pool::start(1, 100));
        let (release, gate) = mpsc::channel::<()>();
        let first = Arc::clone(&pool);
        let running = tokio::spawn(async move {
            let hold = move || gate.recv().is_ok();
            first.run(90, hold).await
        });
        while pool.shared.queue().bytes == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(20, || 1).await, Err(JudgeError::Busy));
        assert!(pool.reserve(5).is_ok());
        release.send(()).expect("gate");
        assert_eq!(running.await.expect("joined"), Ok(true));
        assert_eq!(pool.run(1000, || 2).await, Ok(2), "alone, anything fits");
    }

    #[tokio::test]
    async fn a_panic_is_not_an_answer_and_ends_no_thread() {
        let pool = Pool::start(1, 100);
        let broken = pool.run(1, || panic!("broken")).await;
        assert_eq!(broken, Err::<(), _>(JudgeError::Stopped));
        assert_eq!(pool.run(1, || 3).await, Ok(3));
        pool.stop();
        assert_eq!(pool.run(1, || 4).await, Err(JudgeError::Stopped));
    }
}
