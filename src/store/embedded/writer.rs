//! The one writer: takes all changes that wait as a group, checks their guards, appends once,
//! syncs once, applies, answers.
//!
//! No reader and no receipt runs ahead of the sync. After a failed sync the writer takes nothing
//! more: those who wait get [`CommitError::Unknown`], and the process should end.

use super::Core;
use super::bodies::{BodyPlace, BodySegments, Extent, INLINE_MAX};
use super::disk::is_full;
use super::index::{Index, Layer};
use super::log::{AppendError, Draft, Head, Log, Marker};
use super::rates::Steps;
use super::rights;
use crate::dossier::life::DossierState;
use crate::dossier::survey::Tally;
use crate::model::event::{ClockConfirmed, Event, PlainName, Recorded, Simulated, SurveyGroup};
use crate::model::{
    Digest, DocumentId, DocumentKey, LocalDay, Period, Position, Timestamp, UnitCode,
};
use crate::rates::OneDocument;
use crate::relay::DocumentState;
use crate::store::SurveyCode;
use crate::store::guard::{self, Known, Passed};
use crate::store::registers::{touched, touched_by};
use crate::store::tables::Tables;
use crate::store::{
    Change, CommitError, Committed, Finding, Import, Kept, LogStatement, Place, ReadError,
    Readiness, codec,
};
use crate::store::{dossiers, findings, surveys};
use bytes::Bytes;
use std::collections::BTreeSet;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use tokio::sync::oneshot;

/// A group takes no further change beyond this many bytes of bodies … (`storage.md`, §5)
const GROUP_BYTES: u64 = 8 * 1024 * 1024;
/// … or this many changes.
const GROUP_CHANGES: usize = 256;
/// How long changes that nobody waits for are held back for company.
const LINGER: Duration = Duration::from_millis(5);
/// Records that may wait for the index in memory before the keeper is woken early …
const WAKE: usize = 10_000;
/// … and before the writer itself waits for the index.
const WAIT: usize = 40_000;

/// What is asked of the writer.
pub(in crate::store) enum Job {
    /// Commit, not before a time, and tell the outcome to whoever still waits.
    Commit(Change, Timestamp, Option<Answer>),
    /// Close in good order.
    Close(oneshot::Sender<()>),
}

/// Where an outcome goes.
pub(in crate::store) type Answer = oneshot::Sender<Result<Committed, CommitError>>;

type Outcome = Result<Committed, CommitError>;
type Waiting = ((Change, Timestamp), Option<Answer>);

/// The writer.
pub(in crate::store) struct Writer {
    core: Arc<Core>,
    log: Log,
    segments: BodySegments,
}

/// A group being made.
struct Group<'a> {
    core: &'a Core,
    layer: Layer,
    draft: Draft,
    /// Bodies that it carries, and whether to last: one that is both is carried twice (see [`rights`]).
    placed: BTreeSet<(Digest, bool)>,
    /// Bodies that it erases: a copy of them elsewhere is not to be relied on.
    erased: BTreeSet<Digest>,
    /// Where its first body in a segment goes.
    mark: (u32, u64),
    /// Files that are not removed before its rights to them are known.
    pins: Vec<Kept>,
    records: Vec<Recorded>,
    /// What each of them counts.
    steps: Vec<Steps>,
    head: Marker,
    now: Timestamp,
}

impl Writer {
    pub(in crate::store) fn new(core: Arc<Core>, log: Log, segments: BodySegments) -> Self {
        core.filling(segments.number());
        Self {
            core,
            log,
            segments,
        }
    }

    /// Serves until it is told to close, or nobody can ask any more.
    pub(in crate::store) fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let (group, close) = gather(first, jobs);
            self.serve(group);
            if let Some(done) = close {
                self.core.shut();
                // The asker may be gone; the store is closed all the same.
                let _gone = done.send(());
                return;
            }
        }
    }

    fn serve(&mut self, jobs: Vec<Waiting>) {
        let (changes, answers): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
        let count = changes.len();
        let outcomes = match self.core.readiness() {
            Readiness::Ready => self.commit(changes),
            Readiness::Failed(e) => vec![Err(CommitError::Unavailable(e)); count],
            Readiness::Rebuilding { .. } => {
                let what = "the index is being rebuilt".to_owned();
                vec![Err(CommitError::Unavailable(what)); count]
            }
        };
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            if let Some(answer) = answer {
                // A caller that went away changes nothing.
                let _gone = answer.send(outcome);
            }
        }
    }

    /// Commits a group; one outcome per change.
    fn commit(&mut self, changes: Vec<(Change, Timestamp)>) -> Vec<Outcome> {
        let count = changes.len();
        let core = Arc::clone(&self.core);
        let mut group = Group::new(&core, self.log.end, self.segments.mark());
        if let Some(seed) = core.options.simulated
            && group.head.position == Position::START
        {
            let now = group.now;
            group.append_one(Event::Simulated(Simulated { seed }), now);
        }
        let mut outcomes = Vec::with_capacity(count);
        for (change, earliest) in changes {
            outcomes.push(self.take(&mut group, change, earliest));
        }
        // An outcome may rest on what another change of the group writes: if the group fails, no
        // outcome of it is told.
        let failure = outcomes.iter().find_map(|o| o.as_ref().err().cloned());
        let failure = failure.filter(|e| matches!(e, CommitError::Full | CommitError::Unknown));
        let written = match failure {
            Some(failure) => Err(failure),
            None => self.write(&mut group),
        };
        match written {
            Ok(()) => outcomes,
            Err(failure) => vec![Err(failure); count],
        }
    }

    /// Checks one change and adds it to the group.
    fn take(&mut self, group: &mut Group<'_>, change: Change, earliest: Timestamp) -> Outcome {
        let events = match guard::check(group, change.subject, change.events)? {
            Passed::Repeat(records) => {
                return Ok(Committed {
                    records,
                    repeated: true,
                });
            }
            Passed::Write(events) => events,
        };
        let at = guard::commit_time(group, group.head.at, group.now, &events)?;
        let at = guard::not_before(earliest, at)?;
        let events = dossiers::number(group, events, at)?;
        let keys = group.load(&events)?;
        for event in &events {
            if let Event::Erased(e) = event {
                group.erased.extend(&e.bodies);
            }
        }
        for body in change.bodies {
            self.place(group, &body)?;
            group.pins.push(body);
        }
        let events = events.into_iter().zip(keys);
        let records = events.map(|(e, keys)| group.append(e, keys, at)).collect();
        Ok(Committed {
            records,
            repeated: false,
        })
    }

    fn place(&mut self, group: &mut Group<'_>, body: &Kept) -> Result<(), CommitError> {
        if !group.placed.insert((body.digest, body.lasting)) {
            return Ok(());
        }
        let place = match &body.place {
            Place::File(_) => BodyPlace::File(body.size),
            Place::Memory(bytes) if bytes.len() <= INLINE_MAX => {
                group.draft.inline.push(Bytes::clone(bytes));
                BodyPlace::Inline(Extent {
                    segment: 0,
                    offset: 0,
                    len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
                    crc: crc32c::crc32c(bytes),
                })
            }
            Place::Memory(bytes) => {
                let known = group.core.index.body(&body.digest).ok().flatten();
                match known.filter(|_| !group.erased.contains(&body.digest)) {
                    Some(place @ (BodyPlace::Segment(_) | BodyPlace::File(_))) => place,
                    Some(BodyPlace::Inline(_)) | None => {
                        let crc = crc32c::crc32c(bytes);
                        let appended = self.segments.append(bytes, crc);
                        BodyPlace::Segment(appended.map_err(|e| self.body_failed(&e))?)
                    }
                }
            }
        };
        group.draft.places.push((body.digest, place));
        Ok(())
    }

    /// Appends, syncs and applies.
    fn write(&mut self, group: &mut Group<'_>) -> Result<(), CommitError> {
        if group.records.is_empty() {
            return Ok(());
        }
        // First the bodies: a group that is in the log refers only to what is there.
        if let Err(e) = self.segments.sync() {
            return Err(self.fail(format!("syncing bodies failed: {e}")));
        }
        let end = match self.log.append(&mut group.draft, group.head) {
            Ok(end) => end,
            Err(AppendError::Full) => {
                let given = self.segments.give_back(group.mark);
                given.map_err(|e| self.fail(format!("cutting a body segment failed: {e}")))?;
                return Err(CommitError::Full);
            }
            Err(AppendError::Broken(e)) => return Err(self.fail(e)),
        };
        self.core.syncs.store(self.log.syncs);
        let mut layer = std::mem::take(&mut group.layer);
        let rows = rights::follow(&self.core.index, &group.records, &group.draft.places);
        // The next start reads the group from the log.
        layer.bodies = rows.map_err(|e| self.fail(e.to_string()))?;
        layer.marker = end;
        layer.records = group.records.len();
        let waiting = {
            let _both = self.core.applying();
            if let Err(e) = self.core.rates.apply(&group.steps, end) {
                tracing::error!(error = %e, "the rates are not counted until the next start");
            }
            self.core.index.absorb(layer)
        };
        self.core.filling(self.segments.number());
        self.core.position.send_replace(end.position);
        if waiting > WAIT {
            self.core.keep();
        } else if waiting > WAKE {
            self.core.keeper.wake();
        }
        Ok(())
    }

    fn body_failed(&mut self, e: &std::io::Error) -> CommitError {
        match self.segments.take_back(e) {
            Ok(()) if is_full(e) => CommitError::Full,
            Ok(()) => self.fail(format!("writing a body failed: {e}")),
            Err(e) => self.fail(format!("cutting a body segment failed: {e}")),
        }
    }

    fn fail(&self, why: String) -> CommitError {
        self.core.set(Readiness::Failed(why));
        CommitError::Unknown
    }
}

impl<'a> Group<'a> {
    fn new(core: &'a Core, head: Marker, mark: (u32, u64)) -> Self {
        Self {
            core,
            layer: Layer::default(),
            draft: Draft::default(),
            placed: BTreeSet::new(),
            erased: BTreeSet::new(),
            mark,
            pins: Vec::new(),
            records: Vec::new(),
            steps: Vec::new(),
            head,
            now: core.clock.now(),
        }
    }

    /// Brings the documents that a change moves into the group, so that nothing can fail once its
    /// first event is taken. Returns the keys of the documents that each event counts.
    fn load(&mut self, events: &[Event]) -> Result<Vec<Vec<DocumentKey>>, CommitError> {
        for event in events {
            // A new document has no state before; a receipt moves none.
            let moves = !matches!(event, Event::Offered(_) | Event::ReceiptSigned(_));
            let Some(id) = event.document().filter(|_| moves) else {
                continue;
            };
            let found = self.document(id);
            let found = found.map_err(|e| CommitError::Unavailable(e.to_string()))?;
            if let Some(state) = found {
                self.layer.tables.documents.insert(id, state);
            }
        }
        let keys = touched(events, &self.layer.tables);
        for (event, keys) in events.iter().zip(&keys) {
            let counted = self.load_counted(event, keys);
            counted.map_err(|e| CommitError::Unavailable(e.to_string()))?;
        }
        Ok(keys)
    }

    /// The same for the documents that an event counts, and the imports that it moves.
    fn load_counted(&mut self, event: &Event, keys: &[DocumentKey]) -> Result<(), ReadError> {
        for key in keys {
            if !self.layer.tables.ones.contains_key(key) {
                let one = self.core.index.one(key)?;
                self.layer.tables.ones.insert(key.clone(), one);
            }
        }
        if let Event::RegisterUndone(e) = event
            && !self
                .layer
                .tables
                .imports
                .contains_key(&(e.unit.clone(), e.import))
            && let Some(import) = self.core.index.import(&e.unit, e.import)?
        {
            let key = (e.unit.clone(), e.import);
            self.layer.tables.imports.insert(key, import);
        }
        if let Some(id) = findings::moved_by(event)
            && let Some(finding) = self.finding(id)?
        {
            self.layer.tables.findings.rows.insert(id, finding);
        }
        if let Some(group) = surveys::adds_to(event)
            && let Some(tally) = self.survey_tally(group)?
        {
            self.layer
                .tables
                .surveys
                .tallies
                .insert(group.clone(), tally);
        }
        if let Some(id) = dossiers::moved_by(event)
            && let Some(dossier) = Known::dossier(self, id)?
        {
            self.layer.tables.dossiers.rows.insert(id, dossier);
        }
        Ok(())
    }

    /// Appends an event, and after it how the documents that it counts stand in the figures where that changed.
    fn append(&mut self, event: Event, keys: Vec<DocumentKey>, at: Timestamp) -> Recorded {
        let record = self.append_one(event, at);
        for key in keys {
            if let Some(counted) = self.layer.tables.correction(&key) {
                self.append_one(Event::Counted(Box::new(counted)), at);
            }
        }
        record
    }

    fn append_one(&mut self, event: Event, at: Timestamp) -> Recorded {
        let position = self.head.position.next();
        let out = &mut self.draft.records;
        let from = out.len();
        out.extend_from_slice(&[0; 4]);
        codec::write_record(out, &self.head.head.0, position, at, &event);
        let (prefix, bytes) = out.split_at_mut(from.saturating_add(4));
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if let Some(prefix) = prefix.last_chunk_mut::<4>() {
            *prefix = len.to_le_bytes();
        }
        let record = Recorded {
            position,
            at,
            hash: Digest::of(bytes),
            event,
        };
        self.draft.count = self.draft.count.saturating_add(1);
        self.head.position = position;
        self.head.head = Head(record.hash);
        self.head.at = at;
        let id = record.event.document();
        let before = id
            .and_then(|id| self.layer.tables.documents.get(&id))
            .cloned();
        let steps = self.layer.tables.apply(&record, before.as_deref());
        self.steps.push((position, steps));
        self.records.push(record.clone());
        record
    }

    fn find<T>(
        &self,
        own: impl FnOnce(&Tables) -> Option<T>,
        stored: impl FnOnce() -> Result<Option<T>, ReadError>,
    ) -> Result<Option<T>, ReadError> {
        match own(&self.layer.tables) {
            Some(found) => Ok(Some(found)),
            None => stored(),
        }
    }
}

impl Known for Group<'_> {
    fn document(&self, id: DocumentId) -> Result<Option<Arc<DocumentState>>, ReadError> {
        self.find(
            |own| own.documents.get(&id).cloned(),
            || self.core.index.document(id),
        )
    }

    fn request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError> {
        if let Some(own) = self.layer.tables.requests.get(request) {
            return Ok(*own);
        }
        self.core.index.request(request)
    }

    fn one(&self, key: &DocumentKey) -> Result<Option<Arc<OneDocument>>, ReadError> {
        if let Some(own) = self.layer.tables.ones.get(key) {
            return Ok(own.clone());
        }
        self.core.index.one(key)
    }

    fn imports(&self, unit: &UnitCode) -> Result<Vec<Import>, ReadError> {
        let stored = Known::imports(&self.core.index, unit)?;
        let own = |id: DocumentId| self.layer.tables.imports.get(&(unit.clone(), id));
        let mut all: Vec<Import> = stored
            .into_iter()
            .map(|import| own(import.import).cloned().unwrap_or(import))
            .collect();
        let new = self.layer.tables.imports_of(unit);
        for (id, import) in new {
            if all.iter().all(|known| known.import != id) {
                all.push(import.clone());
            }
        }
        Ok(all)
    }

    fn receipt(&self, of: Position) -> Result<Option<Digest>, ReadError> {
        self.find(
            |own| own.receipts.get(&of).copied(),
            || self.core.index.receipt(of),
        )
    }

    fn clock(&self) -> Result<Option<ClockConfirmed>, ReadError> {
        self.find(|own| own.clock.clone(), || self.core.index.clock())
    }

    fn statement_of(&self, period: Period) -> Result<Option<LogStatement>, ReadError> {
        self.find(
            |own| own.statement(period, None).cloned(),
            || self.core.index.statement_of(period),
        )
    }

    fn last_statement(&self) -> Result<Option<LogStatement>, ReadError> {
        let last = |own: &Tables| own.statements.last_key_value().map(|(_, s)| s.clone());
        self.find(last, || self.core.index.last_statement())
    }

    fn finding(&self, id: DocumentId) -> Result<Option<Arc<Finding>>, ReadError> {
        self.find(
            |own| own.findings.rows.get(&id).cloned(),
            || self.core.index.finding(id),
        )
    }

    fn dossier(&self, id: DocumentId) -> Result<Option<Arc<DossierState>>, ReadError> {
        self.find(
            |own| own.dossiers.rows.get(&id).cloned(),
            || Known::dossier(&self.core.index, id),
        )
    }

    fn dossier_request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError> {
        self.find(
            |own| own.dossiers.requests.get(request).copied(),
            || self.core.index.dossier_request(request),
        )
    }

    fn survey_code(&self, code: &Digest) -> Result<Option<Arc<SurveyCode>>, ReadError> {
        self.find(
            |own| own.surveys.codes.get(code).cloned(),
            || self.core.index.survey_code_of(code),
        )
    }

    fn survey_tally(&self, group: &SurveyGroup) -> Result<Option<Tally>, ReadError> {
        self.find(
            |own| own.surveys.tallies.get(group).copied(),
            || self.core.index.survey_tally_of(group),
        )
    }

    fn survey_invited(&self, dossier: DocumentId) -> Result<bool, ReadError> {
        match self.layer.tables.surveys.invited.contains(&dossier) {
            true => Ok(true),
            false => self.core.index.survey_invited_of(dossier),
        }
    }

    fn last_place(&self, agency: &UnitCode, day: LocalDay) -> Result<u32, ReadError> {
        match self.layer.tables.dossiers.last_place(agency, day) {
            Some(place) => Ok(place),
            None => self.core.index.last_place(agency, day),
        }
    }

    fn report_sent(
        &self,
        schedule: &PlainName,
        period: Period,
    ) -> Result<Option<Position>, ReadError> {
        let key = (schedule.clone(), period);
        self.find(
            |own| own.findings.sent.get(&key).copied(),
            || self.core.index.report_sent(schedule, period),
        )
    }
}

fn weight(change: &Change) -> u64 {
    let in_memory = |body: &&Kept| matches!(body.place, Place::Memory(_));
    let bodies = change.bodies.iter().filter(in_memory);
    bodies.map(|body| body.size).sum()
}

/// All that waits, up to the limits of a group.
fn gather(first: Job, jobs: &Receiver<Job>) -> (Vec<Waiting>, Option<oneshot::Sender<()>>) {
    let mut group = Vec::new();
    let mut bytes = 0u64;
    let mut awaited = false;
    let mut next = first;
    loop {
        match next {
            Job::Close(done) => return (group, Some(done)),
            Job::Commit(change, earliest, answer) => {
                bytes = bytes.saturating_add(weight(&change));
                awaited |= answer.is_some();
                group.push(((change, earliest), answer));
            }
        }
        if bytes >= GROUP_BYTES || group.len() >= GROUP_CHANGES {
            return (group, None);
        }
        // What nobody waits for rides with a change that somebody waits for, if one comes soon.
        let more = match jobs.try_recv() {
            Err(_) if !awaited => jobs.recv_timeout(LINGER).ok(),
            found => found.ok(),
        };
        match more {
            Some(job) => next = job,
            None => return (group, None),
        }
    }
}

/// What the projections take from a group that was read from the log.
pub(in crate::store) fn layer_of(
    index: &Index,
    records: &[Recorded],
    places: &[(Digest, BodyPlace)],
    marker: Marker,
) -> Result<Layer, ReadError> {
    let mut tables = Tables::default();
    for record in records {
        let before = match record.event.document() {
            Some(id) => match tables.documents.get(&id) {
                Some(own) => Some(Arc::clone(own)),
                None => index.document(id)?,
            },
            None => None,
        };
        let own = before.as_deref().map(|state| &state.offered.key);
        for key in touched_by(&record.event, own) {
            if let Entry::Vacant(row) = tables.ones.entry(key) {
                let one = index.one(row.key())?;
                row.insert(one);
            }
        }
        if let Event::RegisterUndone(e) = &record.event {
            let key = (e.unit.clone(), e.import);
            if !tables.imports.contains_key(&key)
                && let Some(import) = index.import(&e.unit, e.import)?
            {
                tables.imports.insert(key, import);
            }
        }
        if let Some(id) = findings::moved_by(&record.event)
            && !tables.findings.rows.contains_key(&id)
            && let Some(finding) = index.finding(id)?
        {
            tables.findings.rows.insert(id, finding);
        }
        if let Some(group) = surveys::adds_to(&record.event)
            && !tables.surveys.tallies.contains_key(group)
            && let Some(tally) = index.survey_tally_of(group)?
        {
            tables.surveys.tallies.insert(group.clone(), tally);
        }
        if let Some(id) = dossiers::moved_by(&record.event)
            && !tables.dossiers.rows.contains_key(&id)
            && let Some(dossier) = index.dossier(id)?
        {
            tables.dossiers.rows.insert(id, dossier);
        }
        let _counted = tables.apply(record, before.as_deref());
    }
    let bodies = rights::follow(index, records, places)?;
    Ok(Layer {
        tables,
        bodies,
        marker,
        records: records.len(),
    })
}
