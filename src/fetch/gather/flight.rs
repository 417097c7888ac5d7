//! One fetch, shared by all who wait for it: from a free place at its host to a row of the table.

use super::Parts;
use super::hosts::Hosts;
use super::keep;
use super::table::{Given, Row, SourceKey, Table};
use crate::fetch::error::{AddressError, FetchError};
use crate::model::{Digest, Timestamp};
use crate::telemetry::names;
use crate::trust::evidence::{EvidenceKind, Need, Source};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::Instant;

/// Fetches on their way at a time, whatever their hosts.
const PLACES: usize = 64;
/// Fetches waiting for a place or on their way.
const MAX_FLIGHTS: usize = 1024;
/// Of these at most so many for issuers: their addresses come from certificates that nobody vouches
/// for, and must not hold up lists and responses.
const ISSUER_PLACES: usize = 16;
const MAX_ISSUER_FLIGHTS: usize = 256;

/// How a fetch ended: whether with anything new.
type Landed = Result<bool, FetchError>;
type Waiting = watch::Receiver<Option<Landed>>;
type Flights = BTreeMap<SourceKey, (EvidenceKind, Waiting)>;

pub(super) struct Inner {
    pub(super) parts: Parts,
    hosts: Hosts,
    table: Mutex<Table>,
    flights: Mutex<Flights>,
    places: Semaphore,
    issuer_places: Semaphore,
    pub(super) arrivals: watch::Sender<u64>,
    /// Something is to be written down.
    pub(super) changed: Notify,
}

/// Takes a fetch off the list when it ends, however it ends.
struct Flight {
    inner: Arc<Inner>,
    key: SourceKey,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.inner.flights().remove(&self.key);
    }
}

impl Inner {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            parts,
            hosts: Hosts::default(),
            table: Mutex::default(),
            flights: Mutex::default(),
            places: Semaphore::new(PLACES.saturating_sub(ISSUER_PLACES)),
            issuer_places: Semaphore::new(ISSUER_PLACES),
            arrivals: watch::Sender::new(0),
            changed: Notify::new(),
        }
    }

    pub(super) fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn flights(&self) -> MutexGuard<'_, Flights> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the one fetch of a source.
    pub(super) async fn fly(self: &Arc<Self>, source: &Source) -> Landed {
        let mut waiting = self.board(source, true)?;
        let landed = waiting.wait_for(Option::is_some).await;
        let landed = landed.map(|l| l.clone()).ok().flatten();
        landed.unwrap_or(Err(FetchError::Stopped))
    }

    /// The fetch of a source: the one on its way, or one that begins now. `asked`: a judgement
    /// needs it.
    pub(super) fn board(
        self: &Arc<Self>,
        source: &Source,
        asked: bool,
    ) -> Result<Waiting, FetchError> {
        let key = SourceKey::of(source);
        let mut flights = self.flights();
        if let Some((_, waiting)) = flights.get(&key) {
            return Ok(waiting.clone());
        }
        let (at, now) = (self.parts.clock.now(), Instant::now());
        {
            let mut table = self.table();
            let row = table.row(source, at);
            if asked {
                row.used = at;
            }
            if let Some(secs) = row.rests(now) {
                return Err(FetchError::BackOff { secs });
            }
            row.asked = at;
        }
        let kind = source.kind();
        let issuers = flights
            .values()
            .filter(|(k, _)| *k == EvidenceKind::Certificate);
        let too_many = kind == EvidenceKind::Certificate && issuers.count() >= MAX_ISSUER_FLIGHTS;
        if too_many || flights.len() >= MAX_FLIGHTS {
            return Err(FetchError::Busy);
        }
        let (done, waiting) = watch::channel(None);
        flights.insert(key, (kind, waiting.clone()));
        let flight = Flight {
            inner: Arc::clone(self),
            key,
        };
        let source = source.clone();
        self.parts.tasks.spawn(async move {
            let inner = &flight.inner;
            let landed = tokio::select! {
                () = inner.parts.stop.cancelled() => Err(FetchError::Stopped),
                landed = inner.land(&source) => landed,
            };
            inner.count(source.kind(), &landed);
            // Off the list before it is told, so that nobody waits for one that has ended.
            drop(flight);
            done.send_replace(Some(landed));
        });
        Ok(waiting)
    }

    /// How many sources of `needs` are known to be silent.
    pub(super) fn silent(&self, needs: &[Need]) -> usize {
        let table = self.table();
        let sources = needs.iter().flat_map(|need| &need.sources);
        let rows = sources.filter_map(|source| table.get(&SourceKey::of(source)));
        rows.filter(|row| row.told).count()
    }

    /// Tells the pool of sources that are being asked and have not answered yet.
    pub(super) fn tell_overdue(&self, needs: &[Need]) {
        let flights = self.flights();
        let mut table = self.table();
        for source in needs.iter().flat_map(|need| &need.sources) {
            let key = SourceKey::of(source);
            let row = table.overdue(&key).filter(|_| flights.contains_key(&key));
            if let Some(row) = row {
                row.told = true;
                self.parts.pool.silent(source.uri(), row.asked, false);
            }
        }
    }

    async fn land(self: &Arc<Self>, source: &Source) -> Landed {
        let host = host_of(source.uri());
        let chance = (self.parts.chance)();
        let fetched = self.ask(source, &host).await;
        match &fetched {
            Err(e) if e.is_of_host() => self.hosts.failed(&host, Instant::now(), chance),
            Err(e) if e.is_ours() => {}
            Ok(_) | Err(_) => self.hosts.answered(&host),
        }
        let given = match fetched {
            Ok(bytes) => self.keep(source.kind(), bytes).await,
            Err(e) => Err(e),
        };
        self.note(source, given, chance)
    }

    /// Asks it when there is a place, unless its host rests.
    async fn ask(&self, source: &Source, host: &str) -> Result<Bytes, FetchError> {
        let rests = |left: Duration| FetchError::BackOff {
            secs: left.as_secs().saturating_add(1),
        };
        let stopped = |_| FetchError::Stopped;
        let places = self.hosts.places(host, Instant::now()).map_err(rests)?;
        let _of_host = places.acquire().await.map_err(stopped)?;
        // It may have failed while others of it were waited for.
        self.hosts.places(host, Instant::now()).map_err(rests)?;
        let places = match source.kind() {
            EvidenceKind::Certificate => &self.issuer_places,
            EvidenceKind::Crl | EvidenceKind::Ocsp | EvidenceKind::Timestamp => &self.places,
        };
        let _place = places.acquire().await.map_err(stopped)?;
        self.parts.fetch.fetch(source).await
    }

    async fn keep(&self, kind: EvidenceKind, bytes: Bytes) -> Result<Given, FetchError> {
        let parts = self.parts.clone();
        let kept = tokio::task::spawn_blocking(move || {
            keep::keep(
                kind,
                &bytes,
                &parts.pool,
                parts.shelf.as_ref(),
                &*parts.seen,
            )
        });
        kept.await.unwrap_or_else(|e| {
            Err(FetchError::NotKept {
                problem: e.to_string(),
            })
        })
    }

    /// Writes down how a fetch ended.
    fn note(&self, source: &Source, given: Result<Given, FetchError>, chance: u16) -> Landed {
        let (at, now) = (self.parts.clock.now(), Instant::now());
        let mut table = self.table();
        let silent = table.row(source, at).silent_since.is_some();
        let landed = match given {
            Err(error) if error.is_ours() => {
                table.row(source, at).held_back(&error);
                Err(error)
            }
            Err(error) => {
                table.row(source, at).failed(error.clone(), now, chance);
                Err(error)
            }
            Ok(given) => {
                let gone = table.replace(source, given, at, now, chance);
                let new = gone.is_some();
                if let Some(gone) = gone {
                    self.gone(gone);
                    self.gone(table.tidy(at, self.parts.cache_bytes));
                }
                Ok(new)
            }
        };
        if let Some(row) = table.get(&SourceKey::of(source)) {
            self.parts.tell_silence(row);
            log(row, silent);
        }
        let arrivals = table.arrivals();
        self.measure(&table, at);
        drop(table);
        self.changed.notify_one();
        if landed == Ok(true) {
            self.arrivals
                .send_modify(|told| *told = arrivals.max(*told));
        }
        landed
    }

    /// Removes files that nothing refers to any longer.
    pub(super) fn gone(&self, digests: Vec<Digest>) {
        let Some(shelf) = self.parts.shelf.clone().filter(|_| !digests.is_empty()) else {
            return;
        };
        self.parts.tasks.spawn_blocking(move || {
            for digest in digests {
                if let Err(error) = shelf.remove(digest) {
                    tracing::warn!(%error, %digest, "old evidence could not be removed");
                }
            }
        });
    }

    fn count(&self, kind: EvidenceKind, landed: &Landed) {
        let outcome = match landed {
            Ok(true) => "new",
            Ok(false) => "same",
            Err(e) => e.code(),
        };
        metrics::counter!(names::FETCHES, "kind" => kind.name(), "outcome" => outcome).increment(1);
    }

    #[allow(
        clippy::cast_precision_loss,
        clippy::as_conversions,
        reason = "a gauge is a float; it is exact up to 2^53"
    )]
    pub(super) fn measure(&self, table: &Table, at: Timestamp) {
        metrics::gauge!(names::CACHE_BYTES).set(table.bytes() as f64);
        let age = table.oldest_list(at).unwrap_or(0);
        metrics::gauge!(names::OLDEST_CRL_SECONDS).set(age as f64);
    }
}

impl Parts {
    /// Tells the pool since when a source is silent, so that a verdict can say so.
    pub(super) fn tell_silence(&self, row: &Row) {
        let uri = row.source.uri();
        match row.silent_since {
            None => self.pool.answered(uri),
            Some(since) => {
                let for_good = row
                    .error
                    .as_ref()
                    .is_some_and(|e| ends(e, row.source.kind()));
                self.pool.silent(uri, since, for_good);
            }
        }
    }

    /// Lets a source be asked again that was given up for good, unless its address bars it.
    pub(super) fn tell_lapse(&self, row: &Row) {
        let barred = |e: &FetchError| matches!(e, FetchError::Address(_));
        if row
            .error
            .as_ref()
            .is_some_and(|e| !barred(e) && ends(e, row.source.kind()))
        {
            self.pool.answered(row.source.uri());
        }
    }
}

/// Says once that a source fails, and once that it answers again.
fn log(row: &Row, was_silent: bool) {
    let source = row.source.uri();
    match (&row.error, row.silent_since) {
        (Some(error), Some(since)) if !was_silent => {
            tracing::warn!(%source, %since, %error, "a source of evidence fails");
        }
        (_, None) if was_silent => tracing::info!(%source, "a source of evidence answers again"),
        _ => {}
    }
}

/// Whether nothing is to be waited for: nobody may ask there, or an issuer's certificate, whose
/// address nobody vouches for, is not there. A list that is not there now may be there tomorrow.
fn ends(error: &FetchError, kind: EvidenceKind) -> bool {
    match error {
        FetchError::Address(AddressError::Elsewhere { .. })
        | FetchError::Status { code: 400..=499 }
        | FetchError::NotEvidence { .. }
        | FetchError::TooLarge { .. }
        | FetchError::Redirects { .. }
        | FetchError::Coding { .. } => kind == EvidenceKind::Certificate,
        FetchError::Address(_) | FetchError::Closed => true,
        FetchError::Unresolved { .. }
        | FetchError::Connection { .. }
        | FetchError::Silent { .. }
        | FetchError::Slow { .. }
        | FetchError::Status { .. }
        | FetchError::Older { .. }
        | FetchError::BackOff { .. }
        | FetchError::Busy
        | FetchError::NotKept { .. }
        | FetchError::Stopped => false,
    }
}

/// By what a host is known: its name as it is written.
fn host_of(uri: &str) -> String {
    let parsed = reqwest::Url::parse(uri).ok();
    let host = parsed.and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_default()
}
