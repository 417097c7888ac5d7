//! The memory twin: the same answers as the embedded store, and nothing outlives the process.

use super::behind::{RowKey, Wanted};
use super::dossiers;
use super::guard::{self, Known, Passed};
use super::registers::touched;
use super::tables::{Tables, UnitList, page, rows_after};
use super::{
    Change, ClockBack, CommitError, Committed, FigureCursor, FigurePage, Finding, Import, Kept,
    Ledger, LogStamp, LogStatement, Page, PeriodTotals, Place, Purged, ReadError, Readiness,
    Resting, Stage, Staged, StagedPlace, Swept, Vault, VaultError, codec,
};
use crate::clock::Clock;
use crate::dossier::life::DossierState;
use crate::dossier::survey::Tally;
use crate::format::content::{Memory, SharedContent};
use crate::model::dossier::DossierNumber;
use crate::model::event::{
    ClockConfirmed, Event, FoundItem, PlainName, Recorded, RulesChanged, SurveyGroup,
};
use crate::model::{
    Digest, DocumentId, DocumentKey, Hasher, LocalDay, Period, Position, Timestamp, UnitCode,
};
use crate::rates::recount::Figures;
use crate::rates::{Behind, Counts, OneDocument};
use crate::relay::{Desk, DocumentState};
use crate::store::SurveyCode;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::{Bound, RangeInclusive};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Ledger and vault in memory.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    position: watch::Sender<Position>,
}

#[derive(Default)]
struct State {
    log: Vec<Recorded>,
    tables: Tables,
    rates: BTreeMap<(UnitCode, LocalDay), Counts>,
    /// By digest and owner; what lasts has none.
    bodies: BTreeMap<(Digest, Option<DocumentId>), Bytes>,
    closed: bool,
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryStore(at {})", *self.position.borrow())
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            state: Mutex::new(State::default()),
            position: watch::Sender::new(Position::START),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> Result<MutexGuard<'_, State>, ReadError> {
        let state = self.lock();
        if state.closed {
            return Err(ReadError::Failed("the store is closed".into()));
        }
        Ok(state)
    }

    fn write(&self, change: Change, earliest: Timestamp) -> Result<Committed, CommitError> {
        let mut state = self.lock();
        if state.closed {
            return Err(CommitError::Unavailable("the store is closed".into()));
        }
        let bodies = change.bodies;
        let events = match guard::check(&state.tables, change.subject, change.events)? {
            Passed::Repeat(records) => {
                return Ok(Committed {
                    records,
                    repeated: true,
                });
            }
            Passed::Write(events) => events,
        };
        let last = state.log.last().map(|r| r.at).unwrap_or_default();
        let at = guard::commit_time(&state.tables, last, self.clock.now(), &events)?;
        let at = guard::not_before(earliest, at)?;
        let events = dossiers::number(&state.tables, events, at)?;
        let written = events.into_iter().map(|e| state.append(e, at));
        let written: Vec<Vec<Recorded>> = written.collect();
        let first = |all: &Vec<Recorded>| all.first().cloned();
        let records: Vec<Recorded> = written.iter().filter_map(first).collect();
        let all = written.concat();
        let lasting = bodies.iter().filter(|body| body.lasting);
        let lasting = lasting.map(Kept::digest).collect();
        let carried = bodies.into_iter().filter_map(|body| match body.place {
            Place::Memory(bytes) => Some((body.digest, bytes)),
            Place::File(_) => None,
        });
        state.keep(&all, &carried.collect(), lasting);
        if let Some(record) = all.last() {
            self.position.send_replace(record.position);
        }
        Ok(Committed {
            records,
            repeated: false,
        })
    }

    fn list(
        &self,
        which: UnitList,
        unit: &UnitCode,
        after: Position,
        limit: usize,
    ) -> Result<Page, ReadError> {
        let state = self.read()?;
        let rows = rows_after(state.tables.list(which), unit, after);
        page(rows.filter_map(|(at, id)| Some(Ok((at, id?)))), limit)
    }
}

impl State {
    /// Bodies with who has a right to them.
    fn keep(
        &mut self,
        records: &[Recorded],
        carried: &BTreeMap<Digest, Bytes>,
        mut lasting: BTreeSet<Digest>,
    ) {
        let mut content = BTreeSet::new();
        for record in records {
            let owner = record.event.owner();
            if let Event::Erased(e) = &record.event {
                for digest in &e.bodies {
                    self.bodies.remove(&(*digest, owner));
                }
            }
            lasting.extend(record.event.lasting());
            for digest in record.event.content() {
                content.insert(digest);
                let bytes = carried.get(&digest).cloned();
                if let Some(bytes) = bytes.or_else(|| self.body(&digest)) {
                    self.bodies.insert((digest, owner), bytes);
                }
            }
        }
        for (digest, bytes) in carried {
            if !content.contains(digest) || lasting.contains(digest) {
                self.bodies.insert((*digest, None), bytes.clone());
            }
        }
    }

    fn totals(&self, period: Period, unit: Option<&UnitCode>) -> BTreeMap<UnitCode, Counts> {
        let mut out: BTreeMap<UnitCode, Counts> = BTreeMap::new();
        for ((of, day), counts) in &self.rates {
            if !period.contains(*day) || unit.is_some_and(|u| u != of) {
                continue;
            }
            let total = out.entry(of.clone()).or_default();
            for (measure, by) in counts {
                let figure = total.entry(*measure).or_insert(0);
                *figure = figure.saturating_add(*by);
            }
        }
        out
    }

    fn body(&self, digest: &Digest) -> Option<Bytes> {
        let mut rows = self.bodies.range((*digest, None)..);
        let found = rows.next().filter(|((of, _), _)| of == digest);
        found.map(|(_, bytes)| bytes.clone())
    }

    /// The event, and after it how the documents that it counts stand in the figures where that changed.
    fn append(&mut self, event: Event, at: Timestamp) -> Vec<Recorded> {
        let keys = touched(std::slice::from_ref(&event), &self.tables);
        let mut records = vec![self.append_one(event, at)];
        for key in keys.into_iter().flatten() {
            if let Some(counted) = self.tables.correction(&key) {
                records.push(self.append_one(Event::Counted(Box::new(counted)), at));
            }
        }
        records
    }

    fn append_one(&mut self, event: Event, at: Timestamp) -> Recorded {
        let (position, previous) = self
            .log
            .last()
            .map_or((Position(1), Digest::ZERO), |r| (r.position.next(), r.hash));
        let mut bytes = Vec::new();
        codec::write_record(&mut bytes, &previous, position, at, &event);
        let record = Recorded {
            position,
            at,
            hash: Digest::of(&bytes),
            event,
        };
        let id = record.event.document();
        let before = id.and_then(|id| self.tables.documents.get(&id)).cloned();
        for step in self.tables.apply(&record, before.as_deref()) {
            let counts = self.rates.entry((step.unit, step.day)).or_default();
            let figure = counts.entry(step.measure).or_insert(0);
            *figure = figure.saturating_add(step.by);
        }
        self.log.push(record.clone());
        record
    }
}

impl Known for Tables {
    fn document(&self, id: DocumentId) -> Result<Option<Arc<DocumentState>>, ReadError> {
        Ok(self.documents.get(&id).cloned())
    }

    fn request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError> {
        Ok(self.requests.get(request).copied().flatten())
    }

    fn one(&self, key: &DocumentKey) -> Result<Option<Arc<OneDocument>>, ReadError> {
        Ok(self.ones.get(key).cloned().flatten())
    }

    fn imports(&self, unit: &UnitCode) -> Result<Vec<Import>, ReadError> {
        let own = self.imports_of(unit);
        Ok(own.map(|(_, import)| import.clone()).collect())
    }

    fn receipt(&self, of: Position) -> Result<Option<Digest>, ReadError> {
        Ok(self.receipts.get(&of).copied())
    }

    fn clock(&self) -> Result<Option<ClockConfirmed>, ReadError> {
        Ok(self.clock.clone())
    }

    fn statement_of(&self, period: Period) -> Result<Option<LogStatement>, ReadError> {
        Ok(self.statement(period, None).cloned())
    }

    fn last_statement(&self) -> Result<Option<LogStatement>, ReadError> {
        Ok(self.statements.last_key_value().map(|(_, s)| s.clone()))
    }

    fn finding(&self, id: DocumentId) -> Result<Option<Arc<Finding>>, ReadError> {
        Ok(self.findings.rows.get(&id).cloned())
    }

    fn dossier(&self, id: DocumentId) -> Result<Option<Arc<DossierState>>, ReadError> {
        Ok(self.dossiers.rows.get(&id).cloned())
    }

    fn dossier_request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError> {
        Ok(self.dossiers.requests.get(request).copied())
    }

    fn survey_code(&self, code: &Digest) -> Result<Option<Arc<SurveyCode>>, ReadError> {
        Ok(self.surveys.codes.get(code).cloned())
    }

    fn survey_tally(&self, group: &SurveyGroup) -> Result<Option<Tally>, ReadError> {
        Ok(self.surveys.tallies.get(group).copied())
    }

    fn survey_invited(&self, dossier: DocumentId) -> Result<bool, ReadError> {
        Ok(self.surveys.invited.contains(&dossier))
    }

    fn last_place(&self, agency: &UnitCode, day: LocalDay) -> Result<u32, ReadError> {
        Ok(self.dossiers.last_place(agency, day).unwrap_or(0))
    }

    fn report_sent(
        &self,
        schedule: &PlainName,
        period: Period,
    ) -> Result<Option<Position>, ReadError> {
        let key = (schedule.clone(), period);
        Ok(self.findings.sent.get(&key).copied())
    }
}

#[async_trait]
impl Ledger for MemoryStore {
    async fn commit_from(
        &self,
        change: Change,
        earliest: Timestamp,
    ) -> Result<Committed, CommitError> {
        self.write(change, earliest)
    }

    fn submit(&self, change: Change) {
        // Nobody waits for the outcome; see the trait.
        let _outcome = self.write(change, Timestamp::default());
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.position.subscribe()
    }

    fn document(&self, id: DocumentId) -> Result<Option<DocumentState>, ReadError> {
        let found = self.read()?.tables.document(id)?;
        Ok(found.map(Arc::unwrap_or_clone))
    }

    fn documents(
        &self,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentId>, ReadError> {
        let state = self.read()?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = state.tables.documents.range((from, Bound::Unbounded));
        Ok(rows.take(limit).map(|(id, _)| *id).collect())
    }

    fn request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError> {
        self.read()?.tables.request(request)
    }

    fn first_offer(&self, key: &DocumentKey) -> Result<Option<DocumentId>, ReadError> {
        self.read()?.tables.first_offer(key)
    }

    fn one_document(&self, key: &DocumentKey) -> Result<Option<OneDocument>, ReadError> {
        let found = self.read()?.tables.one(key)?;
        Ok(found.map(Arc::unwrap_or_clone))
    }

    fn one_documents(
        &self,
        unit: &UnitCode,
        after: Option<&DocumentKey>,
        limit: usize,
    ) -> Result<Vec<(DocumentKey, OneDocument)>, ReadError> {
        let state = self.read()?;
        let mut rows = BTreeMap::new();
        state.tables.ones_after(unit, after, &mut rows);
        let rows = rows
            .into_values()
            .filter_map(|(key, one)| Some((key, one?)));
        let rows = rows.map(|(key, one)| (key, Arc::unwrap_or_clone(one)));
        Ok(rows.take(limit).collect())
    }

    fn imports(&self, unit: &UnitCode) -> Result<Vec<Import>, ReadError> {
        Known::imports(&self.read()?.tables, unit)
    }

    fn inbox(
        &self,
        recipient: &UnitCode,
        after: Position,
        limit: usize,
    ) -> Result<Page, ReadError> {
        self.list(UnitList::Inbox, recipient, after, limit)
    }

    fn outbox(&self, sender: &UnitCode, after: Position, limit: usize) -> Result<Page, ReadError> {
        self.list(UnitList::Outbox, sender, after, limit)
    }

    fn notices(&self, unit: &UnitCode, after: Position, limit: usize) -> Result<Page, ReadError> {
        self.list(UnitList::Notices, unit, after, limit)
    }

    fn doubted(&self) -> Result<u64, ReadError> {
        Ok(self.read()?.tables.doubted)
    }

    fn certificates(
        &self,
        after: Option<Digest>,
        limit: usize,
    ) -> Result<Vec<(Digest, Timestamp)>, ReadError> {
        let state = self.read()?;
        let rows = state.tables.certificates_after(after);
        Ok(rows.take(limit).collect())
    }

    fn resting(
        &self,
        certificate: &Digest,
        from: Resting,
        limit: usize,
    ) -> Result<Vec<Resting>, ReadError> {
        let state = self.read()?;
        let rows = state.tables.resting_from(*certificate, from);
        Ok(rows.take(limit).collect())
    }

    fn desk(&self, desk: Desk, after: Position, limit: usize) -> Result<Page, ReadError> {
        let state = self.read()?;
        let rows = state.tables.desk_after(desk, after);
        page(rows.filter_map(|(at, id)| Some(Ok((at, id?)))), limit)
    }

    fn receipt(&self, of: Position) -> Result<Option<Digest>, ReadError> {
        self.read()?.tables.receipt(of)
    }

    fn rates(
        &self,
        period: Period,
        unit: Option<&UnitCode>,
    ) -> Result<BTreeMap<UnitCode, Counts>, ReadError> {
        Ok(self.read()?.totals(period, unit))
    }

    fn period_totals(&self, period: Period) -> Result<PeriodTotals, ReadError> {
        let state = self.read()?;
        let last = state.log.last();
        let (position, chain) =
            last.map_or((Position::START, Digest::ZERO), |r| (r.position, r.hash));
        Ok(PeriodTotals {
            position,
            chain,
            totals: state.totals(period, None),
        })
    }

    fn figure_rows(
        &self,
        unit: &UnitCode,
        range: RangeInclusive<LocalDay>,
        behind: &Behind,
        after: Option<&FigureCursor>,
        limit: usize,
    ) -> Result<FigurePage, ReadError> {
        let state = self.read()?;
        let own = state.rates.iter().filter(|((of, _), _)| of == unit);
        let days = own.filter(|((_, day), _)| range.contains(day));
        let days = days.map(|((_, day), counts)| (*day, counts.clone()));
        let wanted = Wanted {
            unit,
            behind,
            after,
            limit,
        };
        let at = state.log.last().map_or(Position::START, |r| r.position);
        let looked = wanted.looked();
        let rows = |from: &RowKey, to: &RowKey, looked| {
            Ok(vec![state.tables.figures.range(from, to, looked)])
        };
        wanted.page(&days.collect(), rows, &looked, at)
    }

    fn all_rates(&self) -> Result<(Position, Figures), ReadError> {
        let state = self.read()?;
        let last = state.log.last().map_or(Position::START, |r| r.position);
        Ok((last, state.rates.clone()))
    }

    fn replay(&self, until: Position, each: &mut dyn FnMut(&Recorded)) -> Result<(), ReadError> {
        let log = self.read()?.log.clone();
        log.iter().filter(|r| r.position <= until).for_each(each);
        Ok(())
    }

    fn replay_bytes(
        &self,
        until: Position,
        each: &mut dyn FnMut(Position, &[u8]),
    ) -> Result<(), ReadError> {
        let log = self.read()?.log.clone();
        let mut previous = Digest::ZERO;
        for record in log.iter().filter(|r| r.position <= until) {
            let mut bytes = Vec::new();
            let (position, at) = (record.position, record.at);
            codec::write_record(&mut bytes, &previous, position, at, &record.event);
            each(position, &bytes);
            previous = record.hash;
        }
        Ok(())
    }

    fn last_rules(&self) -> Result<Option<RulesChanged>, ReadError> {
        Ok(self.read()?.tables.rules.clone())
    }

    fn head(&self) -> Result<(Position, Digest), ReadError> {
        let state = self.read()?;
        let last = state.log.last();
        Ok(last.map_or((Position::START, Digest::ZERO), |r| (r.position, r.hash)))
    }

    fn last_at(&self) -> Result<Timestamp, ReadError> {
        let state = self.read()?;
        Ok(state.log.last().map_or_else(Timestamp::default, |r| r.at))
    }

    fn stamp_from(&self, from: Position) -> Result<Option<LogStamp>, ReadError> {
        let state = self.read()?;
        let found = state.tables.stamps.range(from..).next();
        Ok(found.map(|(_, stamp)| stamp.clone()))
    }

    fn last_stamp(&self) -> Result<Option<LogStamp>, ReadError> {
        let state = self.read()?;
        let found = state.tables.stamps.last_key_value();
        Ok(found.map(|(_, stamp)| stamp.clone()))
    }

    fn statement(
        &self,
        period: Period,
        number: Option<u32>,
    ) -> Result<Option<LogStatement>, ReadError> {
        Ok(self.read()?.tables.statement(period, number).cloned())
    }

    fn last_statement(&self) -> Result<Option<LogStatement>, ReadError> {
        self.read()?.tables.last_statement()
    }

    fn statements(&self, after: Position, limit: usize) -> Result<Vec<LogStatement>, ReadError> {
        let state = self.read()?;
        let rows = state.tables.statements.range(after.next()..);
        Ok(rows.take(limit).map(|(_, s)| s.clone()).collect())
    }

    fn finding(&self, id: DocumentId) -> Result<Option<Finding>, ReadError> {
        let found = self.read()?.tables.finding(id)?;
        Ok(found.map(Arc::unwrap_or_clone))
    }

    fn finding_items(&self, id: DocumentId) -> Result<Vec<FoundItem>, ReadError> {
        let state = self.read()?;
        let found = state.tables.findings.items.get(&id);
        Ok(found.map(|items| items.to_vec()).unwrap_or_default())
    }

    fn findings(
        &self,
        unit: Option<&UnitCode>,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<Finding>, ReadError> {
        let state = self.read()?;
        let rows = &state.tables.findings;
        let ids = rows.after(unit, after).take(limit);
        let found = ids.filter_map(|id| rows.rows.get(&id));
        Ok(found.map(|row| row.as_ref().clone()).collect())
    }

    fn open_findings(
        &self,
        after: Option<(LocalDay, DocumentId)>,
        limit: usize,
    ) -> Result<Vec<Finding>, ReadError> {
        let state = self.read()?;
        let rows = &state.tables.findings;
        let open = rows.open_after(after).filter(|(_, open)| *open);
        let found = open.filter_map(|((_, id), _)| rows.rows.get(&id));
        Ok(found.take(limit).map(|row| row.as_ref().clone()).collect())
    }

    fn report_sent(
        &self,
        schedule: &PlainName,
        period: Period,
    ) -> Result<Option<Position>, ReadError> {
        self.read()?.tables.report_sent(schedule, period)
    }

    fn dossier(&self, id: DocumentId) -> Result<Option<DossierState>, ReadError> {
        let found = Known::dossier(&self.read()?.tables, id)?;
        Ok(found.map(Arc::unwrap_or_clone))
    }

    fn survey_code(&self, code: &Digest) -> Result<Option<SurveyCode>, ReadError> {
        let found = Known::survey_code(&self.read()?.tables, code)?;
        Ok(found.map(Arc::unwrap_or_clone))
    }

    fn survey_tallies(
        &self,
        agency: Option<&UnitCode>,
    ) -> Result<BTreeMap<SurveyGroup, Tally>, ReadError> {
        let state = self.read()?;
        let all = state.tables.surveys.tallies.iter();
        let own = all.filter(|(group, _)| agency.is_none_or(|own| *own == group.agency));
        Ok(own.map(|(group, tally)| (group.clone(), *tally)).collect())
    }

    fn survey_invited(&self, dossier: DocumentId) -> Result<bool, ReadError> {
        Known::survey_invited(&self.read()?.tables, dossier)
    }

    fn dossier_numbered(&self, number: &DossierNumber) -> Result<Option<DocumentId>, ReadError> {
        Ok(self.read()?.tables.dossiers.numbers.get(number).copied())
    }

    fn dossier_request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError> {
        Known::dossier_request(&self.read()?.tables, request)
    }

    fn dossiers_from(
        &self,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentId>, ReadError> {
        let state = self.read()?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = state.tables.dossiers.rows.range((from, Bound::Unbounded));
        Ok(rows.take(limit).map(|(id, _)| *id).collect())
    }

    fn dossiers(
        &self,
        agency: &UnitCode,
        after: Option<&DossierNumber>,
        limit: usize,
    ) -> Result<Vec<DossierState>, ReadError> {
        let state = self.read()?;
        let rows = &state.tables.dossiers;
        let ids = rows.after(agency, after).take(limit);
        let found = ids.filter_map(|(_, id)| rows.rows.get(&id));
        Ok(found.map(|row| row.as_ref().clone()).collect())
    }

    fn clock_back(&self) -> Result<Option<ClockBack>, ReadError> {
        let state = self.read()?;
        let last = state.log.last().map_or_else(Timestamp::default, |r| r.at);
        let confirmed = state.tables.clock.as_ref();
        Ok(guard::clock_back(confirmed, last, self.clock.now()))
    }

    fn readiness(&self) -> Readiness {
        Readiness::Ready
    }

    async fn close(&self) {
        self.lock().closed = true;
    }
}

struct MemoryStage {
    max: u64,
    bytes: BytesMut,
    hasher: Hasher,
}

#[async_trait]
impl Stage for MemoryStage {
    async fn write(&mut self, chunk: Bytes) -> Result<(), VaultError> {
        let len = self.bytes.len().saturating_add(chunk.len());
        if u64::try_from(len).unwrap_or(u64::MAX) > self.max {
            return Err(VaultError::TooLarge(self.max));
        }
        self.hasher.update(&chunk);
        self.bytes.extend_from_slice(&chunk);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<Staged, VaultError> {
        let bytes = self.bytes.freeze();
        let digest = self.hasher.finish();
        Ok(Staged {
            content: Arc::new(Memory::with_digest(bytes.clone(), digest)),
            digest,
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            place: StagedPlace::Memory(bytes),
        })
    }
}

#[async_trait]
impl Vault for MemoryStore {
    fn stage(&self, max: u64) -> Result<Box<dyn Stage>, VaultError> {
        Ok(Box::new(MemoryStage {
            max,
            bytes: BytesMut::new(),
            hasher: Hasher::new(),
        }))
    }

    async fn keep(&self, staged: &Staged) -> Result<Kept, VaultError> {
        match &staged.place {
            StagedPlace::Memory(bytes) => Ok(Kept {
                digest: staged.digest,
                size: staged.size,
                place: Place::Memory(bytes.clone()),
                lasting: false,
            }),
            StagedPlace::File(_) => Err(VaultError::Failed("staged elsewhere".into())),
        }
    }

    fn keep_bytes(&self, bytes: Bytes) -> Kept {
        Kept::of(bytes)
    }

    fn lasts(&self, digest: &Digest) -> Result<bool, VaultError> {
        Ok(self.lock().bodies.contains_key(&(*digest, None)))
    }

    async fn purge(&self) -> Result<Purged, VaultError> {
        // What nobody has a right to went with its last right.
        Ok(Purged::default())
    }

    async fn sweep(&self) -> Result<Swept, VaultError> {
        // What was never committed goes with its last handle.
        Ok(Swept {
            done: true,
            ..Swept::default()
        })
    }

    fn open(&self, digest: &Digest) -> Result<Option<SharedContent>, VaultError> {
        let bytes = self.lock().body(digest);
        Ok(bytes.map(|bytes| {
            let content: SharedContent = Arc::new(Memory::with_digest(bytes, *digest));
            content
        }))
    }
}
