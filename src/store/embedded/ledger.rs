//! The ledger over the writer's queue and the projections.

use super::OpenError;
use super::bodies::BodySegments;
use super::core::{Core, Keeper};
use super::log::Log;
use super::recovery;
use super::writer::{Job, Writer};
use crate::dossier::life::DossierState;
use crate::dossier::survey::Tally;
use crate::model::dossier::DossierNumber;
use crate::model::event::{FoundItem, PlainName, Recorded, RulesChanged, SurveyGroup};
use crate::model::{
    Digest, DocumentId, DocumentKey, LocalDay, Period, Position, Timestamp, UnitCode,
};
use crate::rates::recount::Figures;
use crate::rates::{Behind, Counts, OneDocument};
use crate::relay::{Desk, DocumentState};
use crate::store::SurveyCode;
use crate::store::behind::Wanted;
use crate::store::guard::{self, Known};
use crate::store::tables::UnitList;
use crate::store::{
    Change, ClockBack, CommitError, Committed, FigureCursor, FigurePage, Finding, Import, Ledger,
    LogStamp, LogStatement, Page, PeriodTotals, ReadError, Readiness, Resting,
};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use tokio::sync::{oneshot, watch};

/// The ledger.
pub(in crate::store) struct EmbeddedLedger {
    core: Arc<Core>,
    jobs: Mutex<Option<Sender<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl EmbeddedLedger {
    /// Starts the writer, which first recovers, and the keeper.
    pub(in crate::store) fn start(core: Arc<Core>) -> Result<Self, OpenError> {
        let (sender, jobs) = mpsc::channel();
        let ledger = Self {
            core: Arc::clone(&core),
            jobs: Mutex::new(Some(sender)),
            threads: Mutex::default(),
        };
        let of_writer = Arc::clone(&core);
        ledger.spawn("store-writer", move || write(of_writer, &jobs))?;
        ledger.spawn("store-keeper", move || {
            let failure = FailOnPanic(Arc::clone(&core), "the keeper of the projections panicked");
            Keeper::run(&core);
            drop(failure);
        })?;
        Ok(ledger)
    }

    fn spawn(&self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
        let spawned = thread::Builder::new().name(name.to_owned()).spawn(run);
        let handle = spawned.map_err(|e| OpenError::Io(self.core.data.clone(), e))?;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.push(handle);
        Ok(())
    }

    fn send(&self, job: Job) -> Result<(), CommitError> {
        let gone = || CommitError::Unavailable("the store is closed".into());
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = jobs.as_ref().ok_or_else(gone)?;
        sender.send(job).map_err(|_| gone())
    }

    /// The core, once its projections answer.
    fn ready(&self) -> Result<&Core, ReadError> {
        match self.core.readiness() {
            Readiness::Rebuilding { .. } => Err(ReadError::Rebuilding),
            // What was committed can still be read.
            Readiness::Ready | Readiness::Failed(_) => Ok(&self.core),
        }
    }

    fn join(&self) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store panicked");
            }
        }
    }
}

fn write(core: Arc<Core>, jobs: &Receiver<Job>) {
    let failure = FailOnPanic(Arc::clone(&core), "the writer panicked");
    let started = || -> Result<Writer, String> {
        let end = recovery::recover(&core)?;
        let (disk, data) = (&core.disk, &core.data);
        let limit = core.options.segment_bytes;
        let log = Log::at(Arc::clone(disk), data, core.id, limit, end);
        let segments = BodySegments::open(Arc::clone(disk), data, limit);
        let failed = |e: std::io::Error| format!("opening the log failed: {e}");
        core.position.send_replace(end.position);
        let (log, segments) = (log.map_err(failed)?, segments.map_err(failed)?);
        Ok(Writer::new(Arc::clone(&core), log, segments))
    };
    match started() {
        Ok(writer) => {
            core.set(Readiness::Ready);
            writer.run(jobs);
        }
        Err(e) => core.set(Readiness::Failed(e)),
    }
    drop(failure);
}

/// Without its writer the store is of no use, and without its keeper it grows until memory is full.
struct FailOnPanic(Arc<Core>, &'static str);

impl Drop for FailOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.set(Readiness::Failed(self.1.into()));
        }
    }
}

impl Drop for EmbeddedLedger {
    /// Without [`Ledger::close`] nothing is written out: the next start reads the log's tail.
    fn drop(&mut self) {
        self.core.keeper.stop();
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.join();
    }
}

#[async_trait]
impl Ledger for EmbeddedLedger {
    async fn commit_from(
        &self,
        change: Change,
        earliest: Timestamp,
    ) -> Result<Committed, CommitError> {
        match self.core.readiness() {
            Readiness::Ready => {}
            Readiness::Rebuilding { .. } => {
                let what = "the index is being rebuilt";
                return Err(CommitError::Unavailable(what.into()));
            }
            Readiness::Failed(e) => return Err(CommitError::Unavailable(e)),
        }
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Commit(change, earliest, Some(answer)))?;
        outcome.await.unwrap_or(Err(CommitError::Unknown))
    }

    fn submit(&self, change: Change) {
        let any = Timestamp::default();
        if self.send(Job::Commit(change, any, None)).is_err() {
            tracing::debug!("a change came after the store was closed");
        }
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.core.position.subscribe()
    }

    fn document(&self, id: DocumentId) -> Result<Option<DocumentState>, ReadError> {
        let found = self.ready()?.index.document(id)?;
        Ok(found.map(Arc::unwrap_or_clone))
    }

    fn documents(
        &self,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentId>, ReadError> {
        self.ready()?.index.documents(after, limit)
    }

    fn request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError> {
        self.ready()?.index.request(request)
    }

    fn first_offer(&self, key: &DocumentKey) -> Result<Option<DocumentId>, ReadError> {
        self.ready()?.index.first_offer(key)
    }

    fn one_document(&self, key: &DocumentKey) -> Result<Option<OneDocument>, ReadError> {
        let found = self.ready()?.index.one(key)?;
        Ok(found.map(Arc::unwrap_or_clone))
    }

    fn one_documents(
        &self,
        unit: &UnitCode,
        after: Option<&DocumentKey>,
        limit: usize,
    ) -> Result<Vec<(DocumentKey, OneDocument)>, ReadError> {
        let rows = self.ready()?.index.ones(unit, after, limit)?.into_iter();
        Ok(rows
            .map(|(key, one)| (key, Arc::unwrap_or_clone(one)))
            .collect())
    }

    fn imports(&self, unit: &UnitCode) -> Result<Vec<Import>, ReadError> {
        Known::imports(&self.ready()?.index, unit)
    }

    fn inbox(
        &self,
        recipient: &UnitCode,
        after: Position,
        limit: usize,
    ) -> Result<Page, ReadError> {
        self.ready()?
            .index
            .list(UnitList::Inbox, recipient, after, limit)
    }

    fn outbox(&self, sender: &UnitCode, after: Position, limit: usize) -> Result<Page, ReadError> {
        self.ready()?
            .index
            .list(UnitList::Outbox, sender, after, limit)
    }

    fn notices(&self, unit: &UnitCode, after: Position, limit: usize) -> Result<Page, ReadError> {
        self.ready()?
            .index
            .list(UnitList::Notices, unit, after, limit)
    }

    fn doubted(&self) -> Result<u64, ReadError> {
        self.ready()?.index.doubted()
    }

    fn certificates(
        &self,
        after: Option<Digest>,
        limit: usize,
    ) -> Result<Vec<(Digest, Timestamp)>, ReadError> {
        self.ready()?.index.certificates(after, limit)
    }

    fn resting(
        &self,
        certificate: &Digest,
        from: Resting,
        limit: usize,
    ) -> Result<Vec<Resting>, ReadError> {
        self.ready()?.index.resting(certificate, from, limit)
    }

    fn desk(&self, desk: Desk, after: Position, limit: usize) -> Result<Page, ReadError> {
        self.ready()?.index.desk(desk, after, limit)
    }

    fn receipt(&self, of: Position) -> Result<Option<Digest>, ReadError> {
        self.ready()?.index.receipt(of)
    }

    fn rates(
        &self,
        period: Period,
        unit: Option<&UnitCode>,
    ) -> Result<BTreeMap<UnitCode, Counts>, ReadError> {
        self.ready()?.rates.totals(period, unit)
    }

    fn period_totals(&self, period: Period) -> Result<PeriodTotals, ReadError> {
        self.ready()?.rates.totals_at(period)
    }

    fn figure_rows(
        &self,
        unit: &UnitCode,
        days: RangeInclusive<LocalDay>,
        behind: &Behind,
        after: Option<&FigureCursor>,
        limit: usize,
    ) -> Result<FigurePage, ReadError> {
        let core = self.ready()?;
        let wanted = Wanted {
            unit,
            behind,
            after,
            limit,
        };
        let one_moment = core.applying();
        let days = core.rates.days(&days, unit)?;
        core.index.figure_rows(&wanted, &days, one_moment)
    }

    fn all_rates(&self) -> Result<(Position, Figures), ReadError> {
        self.ready()?.rates.all()
    }

    fn replay(&self, until: Position, each: &mut dyn FnMut(&Recorded)) -> Result<(), ReadError> {
        let core = self.ready()?;
        // The rates may be a moment ahead of the position that readers are told, and the log with
        // them: it is synced before either.
        let until = match until {
            Position::END => *core.position.borrow(),
            until => until,
        };
        recovery::replay(core, until, each).map_err(ReadError::Failed)
    }

    fn replay_bytes(
        &self,
        until: Position,
        each: &mut dyn FnMut(Position, &[u8]),
    ) -> Result<(), ReadError> {
        let core = self.ready()?;
        let until = match until {
            Position::END => *core.position.borrow(),
            until => until,
        };
        recovery::replay_bytes(core, until, each).map_err(ReadError::Failed)
    }

    fn last_rules(&self) -> Result<Option<RulesChanged>, ReadError> {
        self.ready()?.index.rules()
    }

    fn head(&self) -> Result<(Position, Digest), ReadError> {
        let marker = self.ready()?.index.marker();
        Ok((marker.position, marker.head.0))
    }

    fn last_at(&self) -> Result<Timestamp, ReadError> {
        Ok(self.ready()?.index.marker().at)
    }

    fn finding(&self, id: DocumentId) -> Result<Option<Finding>, ReadError> {
        let found = self.ready()?.index.finding(id)?;
        Ok(found.map(Arc::unwrap_or_clone))
    }

    fn finding_items(&self, id: DocumentId) -> Result<Vec<FoundItem>, ReadError> {
        self.ready()?.index.finding_items(id)
    }

    fn findings(
        &self,
        unit: Option<&UnitCode>,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<Finding>, ReadError> {
        self.ready()?.index.findings(unit, after, limit)
    }

    fn open_findings(
        &self,
        after: Option<(LocalDay, DocumentId)>,
        limit: usize,
    ) -> Result<Vec<Finding>, ReadError> {
        self.ready()?.index.open_findings(after, limit)
    }

    fn report_sent(
        &self,
        schedule: &PlainName,
        period: Period,
    ) -> Result<Option<Position>, ReadError> {
        self.ready()?.index.report_sent(schedule, period)
    }

    fn dossier(&self, id: DocumentId) -> Result<Option<DossierState>, ReadError> {
        let found = Known::dossier(&self.ready()?.index, id)?;
        Ok(found.map(Arc::unwrap_or_clone))
    }

    fn survey_code(&self, code: &Digest) -> Result<Option<SurveyCode>, ReadError> {
        let found = self.ready()?.index.survey_code_of(code)?;
        Ok(found.map(Arc::unwrap_or_clone))
    }

    fn survey_tallies(
        &self,
        agency: Option<&UnitCode>,
    ) -> Result<BTreeMap<SurveyGroup, Tally>, ReadError> {
        self.ready()?.index.survey_tallies(agency)
    }

    fn survey_invited(&self, dossier: DocumentId) -> Result<bool, ReadError> {
        self.ready()?.index.survey_invited_of(dossier)
    }

    fn dossier_numbered(&self, number: &DossierNumber) -> Result<Option<DocumentId>, ReadError> {
        self.ready()?.index.dossier_numbered(number)
    }

    fn dossier_request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError> {
        self.ready()?.index.dossier_request_of(request)
    }

    fn dossiers_from(
        &self,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentId>, ReadError> {
        self.ready()?.index.dossiers_from(after, limit)
    }

    fn dossiers(
        &self,
        agency: &UnitCode,
        after: Option<&DossierNumber>,
        limit: usize,
    ) -> Result<Vec<DossierState>, ReadError> {
        self.ready()?.index.dossiers(agency, after, limit)
    }

    fn clock_back(&self) -> Result<Option<ClockBack>, ReadError> {
        let core = self.ready()?;
        let (last, confirmed) = (core.index.marker().at, core.index.clock()?);
        Ok(guard::clock_back(
            confirmed.as_ref(),
            last,
            core.clock.now(),
        ))
    }

    fn stamp_from(&self, from: Position) -> Result<Option<LogStamp>, ReadError> {
        self.ready()?.index.stamp_from(from)
    }

    fn last_stamp(&self) -> Result<Option<LogStamp>, ReadError> {
        self.ready()?.index.last_stamp()
    }

    fn statement(
        &self,
        period: Period,
        number: Option<u32>,
    ) -> Result<Option<LogStatement>, ReadError> {
        self.ready()?.index.statement(period, number)
    }

    fn last_statement(&self) -> Result<Option<LogStatement>, ReadError> {
        self.ready()?.index.last_statement()
    }

    fn statements(&self, after: Position, limit: usize) -> Result<Vec<LogStatement>, ReadError> {
        self.ready()?.index.statements(after, limit)
    }

    fn readiness(&self) -> Readiness {
        self.core.readiness()
    }

    async fn close(&self) {
        let (done, closed) = oneshot::channel();
        let sent = self.send(Job::Close(done));
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if sent.is_ok() && closed.await.is_err() {
            tracing::warn!("the store ended before it could close in good order");
        }
    }
}
