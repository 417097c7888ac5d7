//! Gathering: from what a judgement needs to evidence in the pool and on the disk.
//!
//! Many documents that ask for one source share one fetch. A source or host that does not answer is
//! left alone for a while, longer each time, and holds up nobody else. Whoever waits may leave: the
//! fetch goes on, and [`Gatherer::arrivals`] tells what came of it.

mod allowance;
mod flight;
mod hosts;
mod index;
mod keep;
mod table;

pub use allowance::Allowance;

use super::{Fetch, FetchError};
use crate::clock::Clock;
use crate::model::{Digest, Timestamp};
use crate::shelf::Shelf;
use crate::trust::evidence::{Need, Pool, Source};
use flight::Inner;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use table::{Row, SourceKey};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long the next source of a need waits for the one before it.
const STAGGER: Duration = Duration::from_millis(500);
/// Needs of all waiting documents that are begun together.
const MAX_BEGUN: usize = 1024;
/// The file of sources is written at most this often.
const WRITE_EVERY: Duration = Duration::from_secs(2);

/// The newest list seen of each scope, across restarts.
pub trait Seen: Send + Sync {
    /// thisUpdate of the newest list seen of a scope.
    fn newest(&self, scope: &str) -> Option<Timestamp>;
    /// Remembers, durably, lists that judgements used: scope and thisUpdate.
    fn learn(&self, lists: Vec<(String, Timestamp)>);
}

/// What gathering works with; everything is handed in.
#[derive(Clone)]
pub struct Parts {
    /// Asks the sources.
    pub fetch: Arc<dyn Fetch>,
    /// Where judgements look.
    pub pool: Arc<Pool>,
    /// What outlasts a restart; `None`: nothing does.
    pub shelf: Option<Shelf>,
    /// How much is kept on the disk.
    pub cache_bytes: u64,
    /// The newest lists seen.
    pub seen: Arc<dyn Seen>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Any number, each time another.
    pub chance: fn() -> u16,
    /// Owns the fetches.
    pub tasks: TaskTracker,
    /// Ends them.
    pub stop: CancellationToken,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parts({:?})", self.shelf)
    }
}

/// Shows `pool` what a daemon keeps in `folder`, as far as it may be read. Nothing is changed there,
/// and nothing is mapped: the daemon may drop it at any moment.
pub fn show_kept(folder: &Path, pool: &Pool, seen: &dyn Seen) {
    for row in index::read(folder) {
        keep::show_row(&row, folder, pool, seen);
    }
}

/// What came of gathering.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum News {
    /// Something that the judgement did not have.
    Arrived,
    /// Nothing, and of a source it is now known that it is silent.
    Silent,
    /// Nothing, as before.
    None,
}

/// What is known of one source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceState {
    /// The source.
    pub source: Source,
    /// Bytes that are kept of it.
    pub bytes: u64,
    /// thisUpdate of what it gave.
    pub this_update: Option<Timestamp>,
    /// nextUpdate of what it gave.
    pub next_update: Option<Timestamp>,
    /// When it last answered.
    pub answered: Option<Timestamp>,
    /// Since when it fails.
    pub silent_since: Option<Timestamp>,
    /// How, the last time.
    pub error: Option<FetchError>,
}

impl SourceState {
    fn of(row: &Row) -> Self {
        Self {
            source: row.source.clone(),
            bytes: row.bytes(),
            this_update: row.given.this_update,
            next_update: row.given.next_update,
            answered: row.answered,
            silent_since: row.silent_since,
            error: row.error.clone(),
        }
    }
}

/// Gathers evidence.
#[derive(Clone)]
pub struct Gatherer(Arc<Inner>);

impl fmt::Debug for Gatherer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gatherer({} on their way)", self.0.flights().len())
    }
}

impl Gatherer {
    /// Puts it together; nothing is loaded yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner::new(parts)))
    }

    /// Fetches what `needs` name, as far as `allowance` goes, until every need is answered or
    /// `until` has come. Tells what arrived since the arrival numbered `since`, the latest before
    /// the judgement that needs it. What is on its way at the end goes on.
    pub async fn gather(
        &self,
        needs: Vec<Need>,
        allowance: &mut Allowance,
        since: u64,
        until: Instant,
    ) -> News {
        let needs = allowance.admit(needs);
        if self.arrival(&needs) > since {
            return News::Arrived;
        }
        let silent = self.0.silent(&needs);
        let mut settling: FuturesUnordered<_> = needs.iter().map(|n| self.settle(n)).collect();
        let all = async { while settling.next().await.is_some() {} };
        let _in_time = timeout_at(until, all).await;
        drop(settling);
        if self.arrival(&needs) > since {
            return News::Arrived;
        }
        self.0.tell_overdue(&needs);
        if self.0.silent(&needs) > silent {
            News::Silent
        } else {
            News::None
        }
    }

    /// Begins to fetch what `needs` name, which [`Allowance`]s have admitted, waiting for nothing.
    pub fn begin(&self, mut needs: Vec<Need>) {
        needs.truncate(MAX_BEGUN);
        let (gatherer, stop) = (self.clone(), self.0.parts.stop.clone());
        self.0.parts.tasks.spawn(async move {
            let all: FuturesUnordered<_> = needs.iter().map(|n| gatherer.settle(n)).collect();
            tokio::select! {
                () = stop.cancelled() => {}
                () = all.for_each(|()| async {}) => {}
            }
        });
    }

    /// Tries the sources of one need in their order, the next one when the one before failed or is
    /// slow, until one gave something new.
    async fn settle(&self, need: &Need) {
        let mut running = FuturesUnordered::new();
        let mut waiting = need.sources.iter();
        loop {
            let next = waiting.next();
            if let Some(source) = next {
                running.push(self.0.fly(source));
            }
            let patience = async {
                match next {
                    Some(_) => sleep(STAGGER).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                landed = running.next() => match landed {
                    Some(Ok(true)) => return,
                    Some(Ok(false) | Err(_)) => {}
                    // All have failed, and there is no other.
                    None => return,
                },
                () = patience => {}
            }
        }
    }

    /// The number of the latest arrival from a source that `needs` name; it only grows.
    #[must_use]
    pub fn arrival(&self, needs: &[Need]) -> u64 {
        let table = self.0.table();
        let sources = needs.iter().flat_map(|need| &need.sources);
        let rows = sources.filter_map(|source| table.get(&SourceKey::of(source)));
        rows.map(|row| row.arrival).max().unwrap_or(0)
    }

    /// Tells the number of the latest arrival from any source.
    #[must_use]
    pub fn arrivals(&self) -> watch::Receiver<u64> {
        self.0.arrivals.subscribe()
    }

    /// The number of the latest arrival from any source.
    #[must_use]
    pub fn latest(&self) -> u64 {
        self.0.table().arrivals()
    }

    /// What is known of every source, those that are silent first.
    #[must_use]
    pub fn sources(&self) -> Vec<SourceState> {
        let table = self.0.table();
        let mut all: Vec<SourceState> = table.rows().map(SourceState::of).collect();
        all.sort_by(|a, b| {
            let key = |s: &SourceState| (s.silent_since.is_none(), s.source.clone());
            key(a).cmp(&key(b))
        });
        all
    }

    /// Notes that a judgement used evidence: it is kept and refreshed, and a list older than this
    /// one is not taken again.
    pub fn used(&self, digests: impl IntoIterator<Item = Digest>) {
        let at = self.0.parts.clock.now();
        let mut learnt = Vec::new();
        {
            let mut table = self.0.table();
            for digest in digests {
                learnt.extend(table.used(digest, at));
            }
        }
        if learnt.is_empty() {
            return;
        }
        self.0.changed.notify_one();
        let seen = Arc::clone(&self.0.parts.seen);
        let lists = learnt.into_iter();
        let lists = lists.filter_map(|given| Some((given.scope?, given.this_update?)));
        let lists: Vec<(String, Timestamp)> = lists.collect();
        if !lists.is_empty() {
            self.0.parts.tasks.spawn_blocking(move || seen.learn(lists));
        }
    }

    /// Notes that lists from these addresses are still of use, though no judgement used them: what
    /// was accepted rests on certificates that they speak about. They stay fresh.
    pub fn keep_lists(&self, addresses: &BTreeSet<String>) {
        let at = self.0.parts.clock.now();
        self.0.table().keep_lists(addresses, at);
    }

    /// Looks for newer evidence where what is in use comes near its end, and drops what was not
    /// used for long. Waits for nothing.
    pub fn refresh(&self) {
        let (at, now) = (self.0.parts.clock.now(), Instant::now());
        let due: Vec<Source> = {
            let mut table = self.0.table();
            let gone = table.tidy(at, self.0.parts.cache_bytes);
            self.0.gone(gone);
            self.0.measure(&table, at);
            // What was given up for good may have been mended meanwhile.
            for row in table.rows().filter(|row| row.rests(now).is_none()) {
                self.0.parts.tell_lapse(row);
            }
            let rows = table.rows().filter(|row| row.is_due(at, now));
            rows.map(|row| row.source.clone()).collect()
        };
        for source in due {
            let _waiting = self.0.board(&source, false);
        }
    }

    /// Reads what was kept. Blocks; to be called before the first judgement.
    ///
    /// # Errors
    /// What the system said of the folder.
    pub fn load(&self) -> std::io::Result<()> {
        let Some(shelf) = &self.0.parts.shelf else {
            return Ok(());
        };
        let at = self.0.parts.clock.now();
        let mut table = self.0.table();
        for mut row in index::read(shelf.folder()) {
            if !row.is_unused(at) {
                keep::restore(&mut row, &self.0.parts.pool, shelf, &*self.0.parts.seen);
                self.0.parts.tell_silence(&row);
                table.restore(row);
            }
        }
        for (digest, _) in shelf.list()? {
            if !table.holds(digest) {
                shelf.remove(digest)?;
            }
        }
        self.0.measure(&table, at);
        Ok(())
    }

    /// Writes the sources whenever they changed, until it is stopped, and once more then.
    pub async fn keep_index(self) {
        loop {
            tokio::select! {
                () = self.0.parts.stop.cancelled() => break,
                () = self.0.changed.notified() => {}
            }
            tokio::select! {
                () = self.0.parts.stop.cancelled() => break,
                () = sleep(WRITE_EVERY) => {}
            }
            self.write_index().await;
        }
        self.write_index().await;
    }

    async fn write_index(&self) {
        let Some(shelf) = self.0.parts.shelf.clone() else {
            return;
        };
        let bytes = index::to_bytes(self.0.table().rows());
        let written =
            tokio::task::spawn_blocking(move || index::write(shelf.folder(), &bytes)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(%error, "the sources of evidence could not be written");
        }
    }
}

#[cfg(test)]
mod tests;
