//! What the writer, the readers and the vault share, and the keeper that writes the projections.

use super::bodies::BodyReader;
use super::disk::Disk;
use super::index::Index;
use super::log::LogId;
use super::orphans::Walk;
use super::pins::Pins;
use super::rates::Rates;
use super::{OpenError, OpenOptions, recovery};
use crate::clock::Clock;
use crate::model::Position;
use crate::shelf::private_folder;
use crate::store::Readiness;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// The shared middle of an open store.
pub(in crate::store) struct Core {
    pub(in crate::store) data: PathBuf,
    pub(in crate::store) disk: Arc<dyn Disk>,
    pub(in crate::store) clock: Arc<dyn Clock>,
    pub(in crate::store) options: OpenOptions,
    pub(in crate::store) id: LogId,
    pub(in crate::store) index: Index,
    pub(in crate::store) rates: Rates,
    pub(in crate::store) bodies: BodyReader,
    pub(in crate::store) position: watch::Sender<Position>,
    pub(in crate::store) keeper: Keeper,
    pub(in crate::store) syncs: Counter,
    pub(in crate::store) pins: Arc<Pins>,
    /// Held while erased content is taken off the medium.
    pub(in crate::store) purging: Mutex<()>,
    /// Held while a group is applied to both projections, and while somebody takes hold of both as of one record.
    applying: Mutex<()>,
    /// The walk over files that belong to nobody, held while a piece of it is done.
    pub(in crate::store) sweeping: Mutex<Walk>,
    /// The body segment that was being filled when the last group was applied.
    filling: AtomicU32,
    status: Mutex<Readiness>,
    changed: Condvar,
    /// Held as long as the store is open.
    lock: Mutex<Option<File>>,
}

/// A figure that the store writes and others read.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    pub(in crate::store) fn store(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// The figure now.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Core {
    pub(in crate::store) fn open(
        data: &Path,
        options: OpenOptions,
        clock: Arc<dyn Clock>,
        disk: Arc<dyn Disk>,
    ) -> Result<Self, OpenError> {
        let lock = lock_folder(data)?;
        clear_staging(data)?;
        let id = recovery::identify(&*disk, data).map_err(OpenError::Failed)?;
        let cache = options.index_cache_bytes;
        let index = Index::open(&data.join("index"), id, cache).map_err(OpenError::Failed)?;
        let rates = Rates::open(&data.join("rates"), id).map_err(OpenError::Failed)?;
        Ok(Self {
            data: data.to_owned(),
            bodies: BodyReader::new(Arc::clone(&disk), data),
            disk,
            clock,
            options,
            id,
            index,
            rates,
            position: watch::Sender::new(Position::START),
            keeper: Keeper::default(),
            syncs: Counter::default(),
            pins: Arc::default(),
            purging: Mutex::new(()),
            applying: Mutex::new(()),
            sweeping: Mutex::default(),
            filling: AtomicU32::new(0),
            status: Mutex::new(Readiness::Rebuilding { done: 0, total: 0 }),
            changed: Condvar::new(),
            lock: Mutex::new(Some(lock)),
        })
    }

    pub(in crate::store) fn readiness(&self) -> Readiness {
        self.status().clone()
    }

    /// Changes the readiness; a failure is final.
    pub(in crate::store) fn set(&self, to: Readiness) {
        let mut status = self.status();
        if !matches!(*status, Readiness::Failed(_)) {
            if let Readiness::Failed(why) = &to {
                tracing::error!(%why, "the store takes nothing more");
            }
            *status = to;
        }
        self.changed.notify_all();
    }

    /// Waits until a rebuild has ended, at most so long.
    pub(in crate::store) fn wait_ready(&self, at_most: Duration) -> Readiness {
        let status = self.status();
        let rebuilding = |s: &mut Readiness| matches!(s, Readiness::Rebuilding { .. });
        let waited = self.changed.wait_timeout_while(status, at_most, rebuilding);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    fn status(&self) -> MutexGuard<'_, Readiness> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As long as it is held, index and rates are applied up to the same record.
    pub(in crate::store) fn applying(&self) -> MutexGuard<'_, ()> {
        self.applying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything before this body segment is applied.
    pub(in crate::store) fn filling(&self, segment: u32) {
        self.filling.store(segment, Ordering::Release);
    }

    /// The first body segment that a group which is not applied yet may be using.
    pub(in crate::store) fn first_in_use(&self) -> u32 {
        self.filling.load(Ordering::Acquire)
    }

    /// Writes what waits in the projections. An error costs nothing but memory until the next try:
    /// the log has everything.
    pub(in crate::store) fn keep(&self) {
        if let Err(e) = self.index.flush() {
            tracing::warn!(error = %e, "the index was not written; it is tried again");
        }
        if let Err(e) = self.rates.flush() {
            tracing::warn!(error = %e, "the rates were not written; it is tried again");
            self.reopen_rates();
        }
    }

    fn reopen_rates(&self) {
        match self.rates.reopen() {
            Ok(true) => tracing::info!("the rates were opened again"),
            Ok(false) => {}
            Err(e) => self.set(Readiness::Failed(format!("the rates: {e}"))),
        }
    }

    /// Closes in good order.
    pub(in crate::store) fn shut(&self) {
        self.keeper.stop();
        if let Err(e) = self.index.close() {
            tracing::warn!(error = %e, "the index was not closed in good order");
        }
        if let Err(e) = self.rates.close() {
            tracing::warn!(error = %e, "the rates were not closed in good order");
        }
        let lock = self
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(lock);
    }
}

fn lock_folder(data: &Path) -> Result<File, OpenError> {
    let failed = |e| OpenError::Io(data.to_owned(), e);
    // Signed documents and what is said about them: nobody else's, whatever the umask says.
    private_folder(data).map_err(failed)?;
    let path = data.join("lock");
    let file = File::create(&path).map_err(|e| OpenError::Io(path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked(data.to_owned())),
        Err(TryLockError::Error(e)) => Err(failed(e)),
    }
}

/// What a crash left in the staging area belongs to nobody.
fn clear_staging(data: &Path) -> Result<(), OpenError> {
    let dir = data.join("staging");
    let clear = || -> std::io::Result<()> {
        private_folder(&dir)?;
        for entry in std::fs::read_dir(&dir)? {
            std::fs::remove_file(entry?.path())?;
        }
        Ok(())
    };
    clear().map_err(|e| OpenError::Io(dir.clone(), e))
}

/// Wakes the thread that writes the projections.
#[derive(Debug, Default)]
pub(in crate::store) struct Keeper {
    state: Mutex<KeeperState>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct KeeperState {
    woken: bool,
    stopped: bool,
}

impl Keeper {
    /// Writes the projections every so often until the store closes. A rebuild writes them itself, in fewer pieces.
    pub(in crate::store) fn run(core: &Core) {
        while core.keeper.wait(core.options.checkpoint) {
            if !matches!(core.readiness(), Readiness::Rebuilding { .. }) {
                core.keep();
            }
        }
    }

    pub(in crate::store) fn wake(&self) {
        self.lock().woken = true;
        self.bell.notify_one();
    }

    pub(in crate::store) fn stop(&self) {
        self.lock().stopped = true;
        self.bell.notify_one();
    }

    fn wait(&self, at_most: Duration) -> bool {
        let idle = |s: &mut KeeperState| !s.woken && !s.stopped;
        let waited = self.bell.wait_timeout_while(self.lock(), at_most, idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.woken = false;
        !state.stopped
    }

    fn lock(&self) -> MutexGuard<'_, KeeperState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
