//! Fixed threads behind a queue that is bounded in bytes, in all and for each unit, and whose units have their turns.

use super::JudgeError;
use crate::model::UnitCode;
use crate::telemetry::names;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

type Task = Box<dyn FnOnce() + Send>;

/// One unit holds at most this part of the queue: what it sends, however much and however fast, leaves room to all
/// others.
const SHARE: u64 = 2;

/// For whom something is judged; `None`: the gateway itself.
pub(super) type Whose = Option<UnitCode>;

#[derive(Default)]
struct Queue {
    /// Whoever has something waiting, the next first; as many as there are units.
    turns: VecDeque<(Whose, VecDeque<Task>)>,
    /// Bytes of what waits or is being judged, by whose it is.
    held: BTreeMap<Whose, u64>,
    bytes: u64,
    stopped: bool,
}

impl Queue {
    fn push(&mut self, whose: Whose, task: Task) {
        match self.turns.iter_mut().find(|(unit, _)| *unit == whose) {
            Some((_, tasks)) => tasks.push_back(task),
            None => self.turns.push_back((whose, VecDeque::from([task]))),
        }
    }

    /// The next of whose turn it is, who then comes last.
    fn pop(&mut self) -> Option<Task> {
        let (whose, mut tasks) = self.turns.pop_front()?;
        let next = tasks.pop_front();
        if !tasks.is_empty() {
            self.turns.push_back((whose, tasks));
        }
        next
    }

    fn give_back(&mut self, whose: &Whose, weight: u64) {
        self.bytes = self.bytes.saturating_sub(weight);
        let left = self.held.get_mut(whose).map(|held| {
            *held = held.saturating_sub(weight);
            *held
        });
        if left == Some(0) {
            self.held.remove(whose);
        }
    }
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
                if let Some(next) = queue.pop() {
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
struct Weight(Arc<Shared>, Whose, u64);

impl Drop for Weight {
    fn drop(&mut self) {
        self.0.queue().give_back(&self.1, self.2);
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
    /// single task above the limit is taken when nothing else is there, and one above a unit's share
    /// when that unit has no other.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        whose: &Whose,
        weight: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JudgeError> {
        let (answer, waiting) = oneshot::channel();
        let held = self.reserve(whose, weight)?;
        let task = Box::new(move || {
            let done = work();
            // The room is free before the answer is out.
            drop(held);
            let _ = answer.send(done);
        });
        self.push(whose.clone(), task)?;
        waiting.await.map_err(|_| JudgeError::Stopped)
    }

    fn push(&self, whose: Whose, task: Task) -> Result<(), JudgeError> {
        let mut queue = self.shared.queue();
        if queue.stopped {
            drop(queue);
            drop(task);
            return Err(JudgeError::Stopped);
        }
        queue.push(whose, task);
        drop(queue);
        self.shared.wake.notify_one();
        Ok(())
    }

    fn reserve(&self, whose: &Whose, weight: u64) -> Result<Weight, JudgeError> {
        let mut queue = self.shared.queue();
        if queue.stopped {
            return Err(JudgeError::Stopped);
        }
        let after = queue.bytes.saturating_add(weight);
        if queue.bytes > 0 && after > self.shared.limit {
            metrics::counter!(names::BUSY).increment(1);
            return Err(JudgeError::Busy);
        }
        let known = queue.held.get(whose).copied().unwrap_or(0);
        let own = known.saturating_add(weight);
        if whose.is_some() && known > 0 && own > self.shared.limit / SHARE {
            metrics::counter!(names::BUSY).increment(1);
            return Err(JudgeError::Share);
        }
        queue.bytes = after;
        queue.held.insert(whose.clone(), own);
        Ok(Weight(Arc::clone(&self.shared), whose.clone(), weight))
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
            queue
                .turns
                .iter()
                .map(|(_, tasks)| tasks.len())
                .sum::<usize>(),
            queue.bytes
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn unit(code: &str) -> Whose {
        UnitCode::parse(code)
    }

    /// A pool of one thread that is held up by a task of the gateway's own.
    async fn held_up(limit: u64, weight: u64) -> (Arc<Pool>, mpsc::Sender<()>) {
        let pool = Arc::new(Pool::start(1, limit));
        let (release, gate) = mpsc::channel::<()>();
        let first = Arc::clone(&pool);
        tokio::spawn(async move {
            let hold = move || gate.recv().is_ok();
            first.run(&None, weight, hold).await
        });
        while pool.shared.queue().bytes == 0 || !pool.shared.queue().turns.is_empty() {
            tokio::task::yield_now().await;
        }
        (pool, release)
    }

    #[tokio::test]
    async fn a_full_queue_says_busy_and_recovers() {
        let (pool, release) = held_up(100, 90).await;
        assert_eq!(pool.run(&None, 20, || 1).await, Err(JudgeError::Busy));
        assert!(pool.reserve(&unit("H53.1"), 5).is_ok());
        release.send(()).expect("gate");
        while pool.shared.queue().bytes > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.shared.queue().held, BTreeMap::new());
        let alone = pool.run(&unit("H53.1"), 1000, || 2).await;
        assert_eq!(alone, Ok(2), "alone, anything fits");
    }

    #[tokio::test]
    async fn one_unit_holds_half_and_others_find_room() {
        let pool = Pool::start(1, 100);
        let (greedy, other) = (unit("H53.1"), unit("H53.2"));
        let held = pool.reserve(&greedy, 50).expect("its share");
        assert_eq!(pool.reserve(&greedy, 1).err(), Some(JudgeError::Share));
        let more = pool.reserve(&other, 40).expect("room");
        assert_eq!(pool.reserve(&other, 20).err(), Some(JudgeError::Busy));
        drop(held);
        let large = pool.reserve(&greedy, 60).expect("its only one");
        assert_eq!(pool.reserve(&greedy, 0).err(), Some(JudgeError::Share));
        drop((more, large));
        assert_eq!(pool.shared.queue().bytes, 0);
    }

    #[tokio::test]
    async fn units_have_their_turns() {
        let (pool, release) = held_up(1000, 1).await;
        let order: Arc<Mutex<Vec<&str>>> = Arc::default();
        let mut waiting = Vec::new();
        for (code, what) in [
            ("H53.1", "a"),
            ("H53.1", "b"),
            ("H53.1", "c"),
            ("H53.2", "x"),
        ] {
            let (pool, order) = (Arc::clone(&pool), Arc::clone(&order));
            let queued = |pool: &Pool| pool.shared.queue().held.values().sum::<u64>();
            let before = queued(&pool);
            let run = Arc::clone(&pool);
            waiting.push(tokio::spawn(async move {
                let note = move || order.lock().expect("order").push(what);
                run.run(&unit(code), 1, note).await
            }));
            while queued(&pool) == before {
                tokio::task::yield_now().await;
            }
        }
        release.send(()).expect("gate");
        for task in waiting {
            assert_eq!(task.await.expect("joined"), Ok(()));
        }
        assert_eq!(*order.lock().expect("order"), ["a", "x", "b", "c"]);
    }

    #[tokio::test]
    async fn a_panic_is_not_an_answer_and_ends_no_thread() {
        let pool = Pool::start(1, 100);
        let broken = pool.run(&None, 1, || panic!("broken")).await;
        assert_eq!(broken, Err::<(), _>(JudgeError::Stopped));
        assert_eq!(pool.run(&None, 1, || 3).await, Ok(3));
        pool.stop();
        assert_eq!(pool.run(&None, 1, || 4).await, Err(JudgeError::Stopped));
    }
}
