//! The index: documents, inboxes, request keys, receipts and the places of bodies, in redb.
//!
//! The writer never waits for redb. What it committed goes into a layer in memory, where readers
//! find it at once; every half second that layer is written in one durable transaction, with the
//! marker up to which the index is applied: sorted and gathered, a row costs less than in one
//! transaction per group. A crash loses the layer, and the log's tail fills it again.

use super::index_rows::{View, open_database, reuse, write_layer};
use super::log::{LogId, Marker};
use super::rights::BodyRows;
use crate::dossier::life::DossierState;
use crate::dossier::survey::Tally;
use crate::model::event::{ClockConfirmed, PlainName, RulesChanged, SurveyGroup};
use crate::model::{
    Digest, DocumentId, DocumentKey, LocalDay, Period, Position, Timestamp, UnitCode,
};
use crate::rates::{Counts, OneDocument};
use crate::relay::{Desk, DocumentState};
use crate::store::SurveyCode;
use crate::store::behind::{RowKey, Wanted};
use crate::store::guard::Known;
use crate::store::registers::OneRows;
use crate::store::tables::{Tables, UnitList, page, rows_after};
use crate::store::{FigurePage, Finding, Import, LogStamp, LogStatement, Page, ReadError, Resting};
use redb::Database;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Rows that redb does not hold yet, and the place in the log that they reach.
#[derive(Debug, Default)]
pub(in crate::store) struct Layer {
    pub(in crate::store) tables: Tables,
    pub(in crate::store) bodies: BodyRows,
    pub(in crate::store) marker: Marker,
    /// Records applied, to bound the memory it takes.
    pub(in crate::store) records: usize,
}

/// The index.
pub(in crate::store) struct Index {
    dir: PathBuf,
    id: LogId,
    cache: usize,
    layers: RwLock<Layers>,
    database: Mutex<Option<Database>>,
    flushing: Mutex<()>,
}

pub(super) struct Layers {
    pub(super) active: Layer,
    /// What is being written just now.
    frozen: Option<Arc<Layer>>,
    /// redb as of the last write; `None` once closed, or while it cannot be opened.
    view: Option<View>,
    /// The last position that redb holds.
    stored: Position,
    closed: bool,
}

impl Index {
    /// Opens the index of the log `id`; one that is missing, damaged, of another version or of
    /// another log is made anew and starts at the beginning.
    pub(in crate::store) fn open(dir: &Path, id: LogId, cache: usize) -> Result<Self, String> {
        let (database, view) = open_database(dir, &id, cache)?;
        let active = Layer {
            marker: view.meta.marker,
            ..Layer::default()
        };
        Ok(Self {
            dir: dir.to_owned(),
            id,
            cache,
            layers: RwLock::new(Layers {
                active,
                frozen: None,
                stored: view.meta.marker.position,
                view: Some(view),
                closed: false,
            }),
            database: Mutex::new(Some(database)),
            flushing: Mutex::new(()),
        })
    }

    /// Throws everything away, to be filled again.
    pub(in crate::store) fn reset(&self) -> Result<(), String> {
        let _one = lock(&self.flushing);
        let mut layers = self.change();
        let mut slot = lock(&self.database);
        layers.view = None;
        drop(slot.take());
        let gone = std::fs::remove_dir_all(&self.dir);
        gone.or_else(|e| {
            if e.kind() == std::io::ErrorKind::NotFound {
                return Ok(());
            }
            Err(format!("{}: {e}", self.dir.display()))
        })?;
        let (database, view) = open_database(&self.dir, &self.id, self.cache)?;
        *slot = Some(database);
        *layers = Layers {
            active: Layer::default(),
            frozen: None,
            stored: view.meta.marker.position,
            view: Some(view),
            closed: false,
        };
        Ok(())
    }

    /// Up to where it is applied.
    pub(in crate::store) fn marker(&self) -> Marker {
        self.look().active.marker
    }

    /// Takes over what a synced group changed; returns how many records wait to be written.
    pub(in crate::store) fn absorb(&self, newer: Layer) -> usize {
        let mut layers = self.change();
        let active = &mut layers.active;
        active.tables.absorb(newer.tables);
        active.bodies.absorb(newer.bodies);
        active.marker = newer.marker;
        active.records = active.records.saturating_add(newer.records);
        active.records
    }

    /// Writes out what waits, durably.
    pub(in crate::store) fn flush(&self) -> Result<(), String> {
        let _one = lock(&self.flushing);
        self.write_out()
    }

    fn write_out(&self) -> Result<(), String> {
        let Some(frozen) = self.freeze() else {
            return Ok(());
        };
        let mut slot = lock(&self.database);
        if slot.is_none() {
            self.reopen(&mut slot);
        }
        let written = match slot.as_ref() {
            Some(database) => write_layer(database, &frozen).and_then(|()| View::of(database)),
            None => Err("the index cannot be opened".to_owned()),
        };
        match written {
            Ok(view) => {
                let mut layers = self.change();
                layers.frozen = None;
                layers.stored = view.meta.marker.position;
                layers.view = Some(view);
                Ok(())
            }
            Err(e) => {
                self.reopen(&mut slot);
                Err(e)
            }
        }
    }

    fn freeze(&self) -> Option<Arc<Layer>> {
        let mut layers = self.change();
        if layers.frozen.is_none() && layers.active.records > 0 {
            let marker = layers.active.marker;
            let next = Layer {
                marker,
                ..Layer::default()
            };
            layers.frozen = Some(Arc::new(std::mem::replace(&mut layers.active, next)));
        }
        layers.frozen.clone()
    }

    /// After an error redb takes nothing more until it is opened again. What it lost is in the
    /// frozen layer, which is kept and written at the next try.
    fn reopen(&self, slot: &mut Option<Database>) {
        let mut layers = self.change();
        if layers.closed {
            return;
        }
        layers.view = None;
        drop(slot.take());
        if let Some((database, view)) = reuse(&self.dir, &self.id, self.cache)
            && view.meta.marker.position >= layers.stored
        {
            layers.view = Some(view);
            *slot = Some(database);
        }
    }

    /// Writes out what waits and closes.
    pub(in crate::store) fn close(&self) -> Result<(), String> {
        // Held to the end, so that the keeper does not write meanwhile.
        let _one = lock(&self.flushing);
        let flushed = self.write_out();
        let mut layers = self.change();
        layers.closed = true;
        layers.view = None;
        let taken = lock(&self.database).take();
        drop(layers);
        if let Some(database) = taken {
            database.close().map_err(|e| e.to_string())?;
        }
        flushed
    }

    pub(in crate::store) fn rules(&self) -> Result<Option<RulesChanged>, ReadError> {
        self.find(
            |layer| layer.tables.rules.clone().map(Some),
            |view| Ok(view.meta.rules.clone()),
        )
    }

    pub(in crate::store) fn list(
        &self,
        which: UnitList,
        unit: &UnitCode,
        after: Position,
        limit: usize,
    ) -> Result<Page, ReadError> {
        let layers = self.look();
        let stored = layers.view()?.list(which, unit, after)?;
        layers.list(which, stored, unit, after, limit)
    }

    /// The documents of a unit as they are counted, by the bytes of their keys.
    pub(in crate::store) fn ones(
        &self,
        unit: &UnitCode,
        after: Option<&DocumentKey>,
        limit: usize,
    ) -> Result<Vec<(DocumentKey, Arc<OneDocument>)>, ReadError> {
        let layers = self.look();
        let mut newer = OneRows::new();
        for layer in layers.newer() {
            layer.tables.ones_after(unit, after, &mut newer);
        }
        let mut live = BTreeMap::new();
        for row in layers.view()?.ones(unit, after)? {
            if live.len() >= limit {
                break;
            }
            let (bytes, key, one) = row?;
            if !newer.contains_key(&bytes) {
                live.insert(bytes, (key, Arc::new(one)));
            }
        }
        for (bytes, (key, one)) in newer {
            if let Some(one) = one {
                live.insert(bytes, (key, one));
            }
        }
        Ok(live.into_values().take(limit).collect())
    }

    pub(in crate::store) fn import(
        &self,
        unit: &UnitCode,
        import: DocumentId,
    ) -> Result<Option<Import>, ReadError> {
        let key = (unit.clone(), import);
        self.find(
            |layer| layer.tables.imports.get(&key).cloned().map(Some),
            |view| view.import(unit, import),
        )
    }

    pub(in crate::store) fn doubted(&self) -> Result<u64, ReadError> {
        let layers = self.look();
        let newer = layers.newer().into_iter().map(|layer| layer.tables.doubted);
        Ok(newer.fold(layers.view()?.meta.doubted, u64::saturating_add))
    }

    /// No document ever goes.
    pub(in crate::store) fn documents(
        &self,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentId>, ReadError> {
        let layers = self.look();
        let stored = layers.view()?.documents(after)?;
        let mut found = stored.take(limit).collect::<Result<BTreeSet<_>, _>>()?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        for layer in layers.newer() {
            let rows = layer.tables.documents.range((from, Bound::Unbounded));
            found.extend(rows.take(limit).map(|(id, _)| *id));
        }
        Ok(found.into_iter().take(limit).collect())
    }

    /// Rows of the same certificate in several layers are one; the latest arrival counts.
    pub(in crate::store) fn certificates(
        &self,
        after: Option<Digest>,
        limit: usize,
    ) -> Result<Vec<(Digest, Timestamp)>, ReadError> {
        let layers = self.look();
        let mut found: BTreeMap<Digest, Timestamp> = BTreeMap::new();
        let mut note = |(certificate, last): (Digest, Timestamp)| {
            let known = found.entry(certificate).or_insert(last);
            *known = last.max(*known);
        };
        for row in layers.view()?.certificates(after)?.take(limit) {
            note(row?);
        }
        for layer in layers.newer() {
            let rows = layer.tables.certificates_after(after);
            rows.take(limit).for_each(&mut note);
        }
        Ok(found.into_iter().take(limit).collect())
    }

    pub(in crate::store) fn resting(
        &self,
        certificate: &Digest,
        from: Resting,
        limit: usize,
    ) -> Result<Vec<Resting>, ReadError> {
        let layers = self.look();
        let stored = layers.view()?.resting(certificate, from)?;
        let mut found = stored.take(limit).collect::<Result<BTreeSet<_>, _>>()?;
        for layer in layers.newer() {
            let rows = layer.tables.resting_from(*certificate, from);
            found.extend(rows.take(limit));
        }
        Ok(found.into_iter().take(limit).collect())
    }

    /// Newer layers stamp later records, so the oldest layer that has one has the first.
    pub(in crate::store) fn stamp_from(
        &self,
        from: Position,
    ) -> Result<Option<LogStamp>, ReadError> {
        let layers = self.look();
        if let Some(found) = layers.view()?.stamp_from(from)? {
            return Ok(Some(found));
        }
        let newer = layers.newer().into_iter();
        let mut found = newer.filter_map(|layer| layer.tables.stamps.range(from..).next());
        Ok(found.next().map(|(_, stamp)| stamp.clone()))
    }

    pub(in crate::store) fn last_stamp(&self) -> Result<Option<LogStamp>, ReadError> {
        let last = |layer: &Layer| {
            let last = layer.tables.stamps.last_key_value();
            last.map(|(_, stamp)| Some(stamp.clone()))
        };
        self.find(last, View::last_stamp)
    }

    /// A statement of a period: of that number, or the last; newer layers have later ones.
    pub(in crate::store) fn statement(
        &self,
        period: Period,
        number: Option<u32>,
    ) -> Result<Option<LogStatement>, ReadError> {
        self.find(
            |layer| layer.tables.statement(period, number).cloned().map(Some),
            |view| view.statement(period, number),
        )
    }

    /// Statements, oldest first, after a place; newer layers have later ones.
    pub(in crate::store) fn statements(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<LogStatement>, ReadError> {
        let layers = self.look();
        let stored = layers.view()?.statements(after)?;
        let mut found = stored.take(limit).collect::<Result<Vec<_>, _>>()?;
        for layer in layers.newer() {
            let rows = layer.tables.statements.range(after.next()..);
            found.extend(rows.map(|(_, statement)| statement.clone()));
        }
        found.truncate(limit);
        Ok(found)
    }

    /// A row that was taken off a desk may be put there again: the newest layer that knows it is right.
    pub(in crate::store) fn desk(
        &self,
        desk: Desk,
        after: Position,
        limit: usize,
    ) -> Result<Page, ReadError> {
        let layers = self.look();
        let mut known: BTreeMap<Position, Option<DocumentId>> = BTreeMap::new();
        for layer in layers.newer() {
            known.extend(layer.tables.desk_after(desk, after));
        }
        let mut stored = 0;
        let mut live: BTreeMap<Position, DocumentId> = BTreeMap::new();
        for row in layers.view()?.desk(desk, after)? {
            // One beyond the page tells that there is more.
            if stored > limit {
                break;
            }
            let (at, id) = row?;
            if !known.contains_key(&at) {
                live.insert(at, id);
                stored = stored.saturating_add(1);
            }
        }
        live.extend(known.into_iter().filter_map(|(at, id)| Some((at, id?))));
        page(live.into_iter().map(Ok), limit)
    }

    /// A page of the items under a figure. `days` are the unit's counters as of `one_moment`, which is let go as soon as
    /// the index is held, too: then the next group may be counted, but is not in the index before the page is made.
    pub(in crate::store) fn figure_rows(
        &self,
        wanted: &Wanted<'_>,
        days: &BTreeMap<LocalDay, Counts>,
        one_moment: MutexGuard<'_, ()>,
    ) -> Result<FigurePage, ReadError> {
        let layers = self.look();
        drop(one_moment);
        let view = layers.view()?;
        let looked = wanted.looked();
        let rows = |from: &RowKey, to: &RowKey, looked| {
            let mut sources = vec![view.figures(from, to, looked)?];
            let newer = layers.newer().into_iter();
            sources.extend(newer.map(|layer| layer.tables.figures.range(from, to, looked)));
            Ok(sources)
        };
        wanted.page(days, rows, &looked, layers.active.marker.position)
    }

    pub(super) fn find<T>(
        &self,
        in_layer: impl Fn(&Layer) -> Option<Option<T>>,
        in_view: impl FnOnce(&View) -> Result<Option<T>, ReadError>,
    ) -> Result<Option<T>, ReadError> {
        let layers = self.look();
        if let Some(found) = in_layer(&layers.active) {
            return Ok(found);
        }
        if let Some(found) = layers.frozen.as_ref().and_then(|layer| in_layer(layer)) {
            return Ok(found);
        }
        in_view(layers.view()?)
    }

    pub(super) fn look(&self) -> RwLockReadGuard<'_, Layers> {
        self.layers.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change(&self) -> RwLockWriteGuard<'_, Layers> {
        self.layers.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Layers {
    pub(super) fn view(&self) -> Result<&View, ReadError> {
        self.view
            .as_ref()
            .ok_or_else(|| ReadError::Failed("the index is not open".into()))
    }

    /// The layers above redb, oldest first.
    pub(super) fn newer(&self) -> Vec<&Layer> {
        self.frozen
            .iter()
            .map(|layer| &**layer)
            .chain([&self.active])
            .collect()
    }

    /// A page. Positions grow, so every row that a newer layer adds comes after all older ones; a
    /// newer layer may take older rows away.
    fn list(
        &self,
        which: UnitList,
        stored: impl Iterator<Item = Result<(Position, DocumentId), ReadError>>,
        unit: &UnitCode,
        after: Position,
        limit: usize,
    ) -> Result<Page, ReadError> {
        let newer = self.newer();
        let gone = |from: usize, at: Position| {
            let key = (unit.clone(), at);
            let later = newer.get(from..).unwrap_or_default();
            later
                .iter()
                .any(|layer| layer.tables.list(which).get(&key) == Some(&None))
        };
        let stored = stored.filter(|row| !matches!(row, Ok((at, _)) if gone(0, *at)));
        let added = newer.iter().enumerate().flat_map(|(i, layer)| {
            let rows = rows_after(layer.tables.list(which), unit, after);
            let live = rows.filter_map(|(at, id)| id.map(|id| (at, id)));
            let gone = &gone;
            live.filter(move |(at, _)| !gone(i.saturating_add(1), *at))
        });
        page(stored.chain(added.map(Ok)), limit)
    }
}

impl Known for Index {
    fn document(&self, id: DocumentId) -> Result<Option<Arc<DocumentState>>, ReadError> {
        self.find(
            |layer| layer.tables.documents.get(&id).cloned().map(Some),
            |view| Ok(view.document(id)?.map(Arc::new)),
        )
    }

    fn request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError> {
        self.find(
            |layer| layer.tables.requests.get(request).copied(),
            |view| view.request(request),
        )
    }

    fn one(&self, key: &DocumentKey) -> Result<Option<Arc<OneDocument>>, ReadError> {
        self.find(
            |layer| layer.tables.ones.get(key).cloned(),
            |view| Ok(view.one(key)?.map(Arc::new)),
        )
    }

    /// In the order of the identifiers, which is that of time.
    fn imports(&self, unit: &UnitCode) -> Result<Vec<Import>, ReadError> {
        let layers = self.look();
        let stored = layers.view()?.imports(unit)?.into_iter();
        let mut all: BTreeMap<DocumentId, Import> = stored.map(|i| (i.import, i)).collect();
        for layer in layers.newer() {
            let own = layer.tables.imports_of(unit);
            all.extend(own.map(|(id, import)| (id, import.clone())));
        }
        Ok(all.into_values().collect())
    }

    fn receipt(&self, of: Position) -> Result<Option<Digest>, ReadError> {
        self.find(
            |layer| layer.tables.receipts.get(&of).copied().map(Some),
            |view| view.receipt(of),
        )
    }

    fn clock(&self) -> Result<Option<ClockConfirmed>, ReadError> {
        self.find(
            |layer| layer.tables.clock.clone().map(Some),
            |view| Ok(view.meta.clock.clone()),
        )
    }

    fn statement_of(&self, period: Period) -> Result<Option<LogStatement>, ReadError> {
        self.statement(period, None)
    }

    fn last_statement(&self) -> Result<Option<LogStatement>, ReadError> {
        let last = |layer: &Layer| {
            let last = layer.tables.statements.last_key_value();
            last.map(|(_, statement)| Some(statement.clone()))
        };
        self.find(last, View::last_statement)
    }

    fn finding(&self, id: DocumentId) -> Result<Option<Arc<Finding>>, ReadError> {
        self.find(
            |layer| layer.tables.findings.rows.get(&id).cloned().map(Some),
            |view| view.finding(id),
        )
    }

    fn dossier(&self, id: DocumentId) -> Result<Option<Arc<DossierState>>, ReadError> {
        self.find(
            |layer| layer.tables.dossiers.rows.get(&id).cloned().map(Some),
            |view| view.dossier(id),
        )
    }

    fn dossier_request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError> {
        self.dossier_request_of(request)
    }

    fn survey_code(&self, code: &Digest) -> Result<Option<Arc<SurveyCode>>, ReadError> {
        self.survey_code_of(code)
    }

    fn survey_tally(&self, group: &SurveyGroup) -> Result<Option<Tally>, ReadError> {
        self.survey_tally_of(group)
    }

    fn survey_invited(&self, dossier: DocumentId) -> Result<bool, ReadError> {
        self.survey_invited_of(dossier)
    }

    fn last_place(&self, agency: &UnitCode, day: LocalDay) -> Result<u32, ReadError> {
        self.last_dossier_place(agency, day)
    }

    fn report_sent(
        &self,
        schedule: &PlainName,
        period: Period,
    ) -> Result<Option<Position>, ReadError> {
        let key = (schedule.clone(), period);
        self.find(
            |layer| layer.tables.findings.sent.get(&key).copied().map(Some),
            |view| view.report_sent(schedule, period),
        )
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
