//! The rows of the index in redb: keys sort as they are asked for, values are written by the codec.

use super::body_rows::write_bodies;
use super::index::Layer;
use super::index_dossiers::write_dossiers;
use super::index_figures::write_figures;
use super::index_findings::write_findings;
use super::index_meta::{Meta, is_written, read_meta, write_meta};
use super::index_periods::write_statements;
use super::index_registers::write_registers;
use super::index_surveys::write_surveys;
use super::log::LogId;
use crate::model::{Digest, DocumentId, Position, Timestamp, UnitCode};
use crate::relay::{Desk, DocumentState};
use crate::shelf::private_folder;
use crate::store::codec::bytes::{Reader, Writer};
use crate::store::codec::{CodecError, read_stamped, state, write_stamped};
use crate::store::tables::UnitList;
use crate::store::{LogStamp, ReadError, Resting};
use redb::{
    Builder, Database, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, Table,
    TableDefinition, WriteTransaction,
};
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

pub(super) type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;
pub(super) type Rows = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// Changes whenever a row's form changes, or what becomes a row; the index is then made anew.
const VERSION: u32 = 21;

const DOCUMENTS: Definition = TableDefinition::new("documents");
const INBOX: Definition = TableDefinition::new("inbox");
const OUTBOX: Definition = TableDefinition::new("outbox");
const DESKS: Definition = TableDefinition::new("desks");
const REQUESTS: Definition = TableDefinition::new("requests");
pub(super) const ONES: Definition = TableDefinition::new("ones");
pub(super) const IMPORTS: Definition = TableDefinition::new("imports");
const RECEIPTS: Definition = TableDefinition::new("receipts");
pub(super) const RIGHTS: Definition = TableDefinition::new("rights");
pub(super) const HOLES: Definition = TableDefinition::new("holes");
pub(super) const PLACES: Definition = TableDefinition::new("places");
const NOTICES: Definition = TableDefinition::new("notices");
const RESTING: Definition = TableDefinition::new("resting");
const CERTIFICATES: Definition = TableDefinition::new("certificates");
const STAMPS: Definition = TableDefinition::new("stamps");
pub(super) const STATEMENTS: Definition = TableDefinition::new("statements");
pub(super) const PERIODS: Definition = TableDefinition::new("periods");
pub(super) const FINDINGS: Definition = TableDefinition::new("findings");
pub(super) const FINDING_ITEMS: Definition = TableDefinition::new("finding_items");
pub(super) const UNIT_FINDINGS: Definition = TableDefinition::new("unit_findings");
pub(super) const OPEN_FINDINGS: Definition = TableDefinition::new("open_findings");
pub(super) const SENT_REPORTS: Definition = TableDefinition::new("sent_reports");
pub(super) const DOSSIERS: Definition = TableDefinition::new("dossiers");
pub(super) const DOSSIER_NUMBERS: Definition = TableDefinition::new("dossier_numbers");
pub(super) const DOSSIER_REQUESTS: Definition = TableDefinition::new("dossier_requests");
pub(super) const SURVEY_CODES: Definition = TableDefinition::new("survey_codes");
pub(super) const SURVEY_TALLIES: Definition = TableDefinition::new("survey_tallies");
pub(super) const SURVEY_INVITED: Definition = TableDefinition::new("survey_invited");
pub(super) const FIGURES: Definition = TableDefinition::new("figures");
pub(super) const META: Definition = TableDefinition::new("meta");
const ALL: [Definition; 30] = [
    DOCUMENTS,
    INBOX,
    OUTBOX,
    DESKS,
    REQUESTS,
    ONES,
    IMPORTS,
    RECEIPTS,
    RIGHTS,
    HOLES,
    PLACES,
    NOTICES,
    RESTING,
    CERTIFICATES,
    STAMPS,
    STATEMENTS,
    PERIODS,
    FINDINGS,
    FINDING_ITEMS,
    UNIT_FINDINGS,
    OPEN_FINDINGS,
    SENT_REPORTS,
    DOSSIERS,
    DOSSIER_NUMBERS,
    DOSSIER_REQUESTS,
    SURVEY_CODES,
    SURVEY_TALLIES,
    SURVEY_INVITED,
    FIGURES,
    META,
];

/// Opens the database, or makes it anew if it cannot be used.
pub(in crate::store) fn open_database(
    dir: &Path,
    id: &LogId,
    cache: usize,
) -> Result<(Database, View), String> {
    let opened = catch_unwind(AssertUnwindSafe(|| reuse(dir, id, cache)));
    if let Ok(Some(opened)) = opened {
        return Ok(opened);
    }
    let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", dir.display());
    if dir.exists() {
        std::fs::remove_dir_all(dir).map_err(|e| failed(&e))?;
    }
    private_folder(dir).map_err(|e| failed(&e))?;
    let database = builder(cache)
        .create(dir.join("index.redb"))
        .map_err(|e| failed(&e))?;
    start(&database, id).map_err(|e| failed(&e))?;
    let view = View::of(&database)?;
    Ok((database, view))
}

fn builder(cache: usize) -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(cache);
    builder
}

/// Opens the database as it stands; `None` if it cannot be used.
pub(in crate::store) fn reuse(dir: &Path, id: &LogId, cache: usize) -> Option<(Database, View)> {
    let database = builder(cache).open(dir.join("index.redb")).ok()?;
    let view = View::of(&database).ok()?;
    (view.meta.stamp == stamp(id)).then_some((database, view))
}

fn stamp(id: &LogId) -> Vec<u8> {
    let mut out = VERSION.to_le_bytes().to_vec();
    out.extend_from_slice(id);
    out
}

fn start(database: &Database, id: &LogId) -> Result<(), redb::Error> {
    let change = database.begin_write()?;
    for definition in ALL {
        change.open_table(definition)?;
    }
    {
        let mut meta = change.open_table(META)?;
        meta.insert(&b"stamp"[..], &stamp(id)[..])?;
    }
    change.commit()?;
    Ok(())
}

/// Writes a layer in one durable transaction.
pub(in crate::store) fn write_layer(database: &Database, layer: &Layer) -> Result<(), String> {
    let write = || -> Result<(), redb::Error> {
        let change = database.begin_write()?;
        // Rows are set, and may be set twice; but what is added is added once. A layer that only says which holes are
        // made is of a record that is there already.
        let again = is_written(&change, layer)?;
        write_documents(&change, layer)?;
        write_bodies(&change, layer)?;
        write_lists(&change, layer)?;
        write_keys(&change, layer)?;
        write_statements(&change, layer)?;
        write_registers(&change, layer)?;
        write_findings(&change, layer)?;
        write_dossiers(&change, layer)?;
        write_surveys(&change, layer)?;
        write_certificates(&change, layer)?;
        if !again {
            write_figures(&change, layer)?;
        }
        write_meta(&change, layer, again)?;
        change.commit()?;
        Ok(())
    };
    write().map_err(|e| format!("writing the index failed: {e}"))
}

fn write_documents(change: &WriteTransaction, layer: &Layer) -> Result<(), redb::Error> {
    let mut documents = change.open_table(DOCUMENTS)?;
    let mut row = Vec::new();
    for (id, document) in &layer.tables.documents {
        row.clear();
        state::write_state(&mut row, document);
        documents.insert(&id.0.as_bytes()[..], &row[..])?;
    }
    Ok(())
}

fn write_lists(change: &WriteTransaction, layer: &Layer) -> Result<(), redb::Error> {
    for which in UnitList::ALL {
        let mut table = change.open_table(definition(which))?;
        for ((unit, at), id) in layer.tables.list(which) {
            put(&mut table, &list_key(unit, *at), id.as_ref())?;
        }
    }
    let mut desks = change.open_table(DESKS)?;
    for ((desk, at), id) in &layer.tables.desks {
        put(&mut desks, &desk_key(*desk, *at), id.as_ref())?;
    }
    Ok(())
}

fn write_keys(change: &WriteTransaction, layer: &Layer) -> Result<(), redb::Error> {
    let mut requests = change.open_table(REQUESTS)?;
    for (request, id) in &layer.tables.requests {
        put(&mut requests, &request.0, id.as_ref())?;
    }
    let mut receipts = change.open_table(RECEIPTS)?;
    for (of, receipt) in &layer.tables.receipts {
        receipts.insert(&of.0.to_be_bytes()[..], &receipt.0[..])?;
    }
    let mut stamps = change.open_table(STAMPS)?;
    for (of, stamp) in &layer.tables.stamps {
        let mut row = Vec::new();
        write_stamp(&mut Writer(&mut row), stamp);
        stamps.insert(&of.0.to_be_bytes()[..], &row[..])?;
    }
    Ok(())
}

fn write_stamp(w: &mut Writer<'_>, stamp: &LogStamp) {
    w.position(stamp.position);
    w.time(stamp.at);
    write_stamped(w, &stamp.stamped);
}

fn read_stamp(row: &[u8]) -> Result<LogStamp, CodecError> {
    let mut reader = Reader(row);
    let stamp = LogStamp {
        position: reader.position()?,
        at: reader.time()?,
        stamped: read_stamped(&mut reader)?,
    };
    reader.end()?;
    Ok(stamp)
}

fn write_certificates(change: &WriteTransaction, layer: &Layer) -> Result<(), redb::Error> {
    let mut resting = change.open_table(RESTING)?;
    for (certificate, row) in &layer.tables.resting {
        resting.insert(&resting_key(certificate, *row)[..], &[][..])?;
    }
    let mut certificates = change.open_table(CERTIFICATES)?;
    for (certificate, last) in &layer.tables.certificates {
        let known = certificates.get(&certificate.0[..])?;
        let known = known.and_then(|row| row.value().try_into().ok().map(moment));
        let last = known.map_or(*last, |known| known.max(*last));
        certificates.insert(&certificate.0[..], &sorted(last)[..])?;
    }
    Ok(())
}

fn put(
    table: &mut Table<'_, &'static [u8], &'static [u8]>,
    key: &[u8],
    id: Option<&DocumentId>,
) -> Result<(), redb::StorageError> {
    match id {
        Some(id) => table.insert(key, &id.0.as_bytes()[..]).map(drop),
        None => table.remove(key).map(drop),
    }
}

/// Unit, zero (which no code holds), position: one unit's rows stand together, oldest first.
fn definition(which: UnitList) -> Definition {
    match which {
        UnitList::Inbox => INBOX,
        UnitList::Outbox => OUTBOX,
        UnitList::Notices => NOTICES,
    }
}

fn list_key(unit: &UnitCode, at: Position) -> Vec<u8> {
    let mut key = unit.as_str().as_bytes().to_vec();
    key.push(0);
    key.extend_from_slice(&at.0.to_be_bytes());
    key
}

/// The desk's number, then the place: one desk's rows stand together, oldest first.
fn desk_key(desk: Desk, at: Position) -> Vec<u8> {
    let mut key = desk.number().to_be_bytes().to_vec();
    key.extend_from_slice(&at.0.to_be_bytes());
    key
}

/// Certificate, arrival, document: one certificate's rows stand together, the oldest arrival first.
fn resting_key(certificate: &Digest, row: Resting) -> Vec<u8> {
    let mut key = certificate.0.to_vec();
    key.extend_from_slice(&sorted(row.arrived));
    key.extend_from_slice(row.document.0.as_bytes());
    key
}

/// A moment in bytes that sort as moments do, before 1970 too.
fn sorted(at: Timestamp) -> [u8; 8] {
    (at.0.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

fn moment(bytes: [u8; 8]) -> Timestamp {
    Timestamp((u64::from_be_bytes(bytes) ^ (1 << 63)).cast_signed())
}

/// redb as of one moment.
pub(in crate::store) struct View {
    documents: Rows,
    inbox: Rows,
    outbox: Rows,
    desks: Rows,
    requests: Rows,
    pub(super) ones: Rows,
    pub(super) imports: Rows,
    receipts: Rows,
    pub(super) rights: Rows,
    pub(super) holes: Rows,
    pub(super) places: Rows,
    notices: Rows,
    resting: Rows,
    certificates: Rows,
    stamps: Rows,
    pub(super) statements: Rows,
    pub(super) periods: Rows,
    pub(super) findings: Rows,
    pub(super) finding_items: Rows,
    pub(super) unit_findings: Rows,
    pub(super) open_findings: Rows,
    pub(super) sent_reports: Rows,
    pub(super) dossiers: Rows,
    pub(super) dossier_numbers: Rows,
    pub(super) dossier_requests: Rows,
    pub(super) survey_codes: Rows,
    pub(super) survey_tallies: Rows,
    pub(super) survey_invited: Rows,
    pub(super) figures: Rows,
    pub(in crate::store) meta: Meta,
}

impl View {
    pub(in crate::store) fn of(database: &Database) -> Result<Self, String> {
        let read = || -> Result<Self, redb::Error> {
            let read = database.begin_read()?;
            Self::tables(&read)
        };
        read().map_err(|e| format!("reading the index failed: {e}"))
    }

    fn tables(read: &ReadTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            documents: read.open_table(DOCUMENTS)?,
            inbox: read.open_table(INBOX)?,
            outbox: read.open_table(OUTBOX)?,
            desks: read.open_table(DESKS)?,
            requests: read.open_table(REQUESTS)?,
            ones: read.open_table(ONES)?,
            imports: read.open_table(IMPORTS)?,
            receipts: read.open_table(RECEIPTS)?,
            rights: read.open_table(RIGHTS)?,
            holes: read.open_table(HOLES)?,
            places: read.open_table(PLACES)?,
            notices: read.open_table(NOTICES)?,
            resting: read.open_table(RESTING)?,
            certificates: read.open_table(CERTIFICATES)?,
            stamps: read.open_table(STAMPS)?,
            statements: read.open_table(STATEMENTS)?,
            periods: read.open_table(PERIODS)?,
            findings: read.open_table(FINDINGS)?,
            finding_items: read.open_table(FINDING_ITEMS)?,
            unit_findings: read.open_table(UNIT_FINDINGS)?,
            open_findings: read.open_table(OPEN_FINDINGS)?,
            sent_reports: read.open_table(SENT_REPORTS)?,
            dossiers: read.open_table(DOSSIERS)?,
            dossier_numbers: read.open_table(DOSSIER_NUMBERS)?,
            dossier_requests: read.open_table(DOSSIER_REQUESTS)?,
            survey_codes: read.open_table(SURVEY_CODES)?,
            survey_tallies: read.open_table(SURVEY_TALLIES)?,
            survey_invited: read.open_table(SURVEY_INVITED)?,
            figures: read.open_table(FIGURES)?,
            meta: read_meta(read)?,
        })
    }

    pub(in crate::store) fn document(
        &self,
        id: DocumentId,
    ) -> Result<Option<DocumentState>, ReadError> {
        row(&self.documents, id.0.as_bytes(), state::read_state)
    }

    /// The identifiers of documents after one.
    pub(in crate::store) fn documents(
        &self,
        after: Option<DocumentId>,
    ) -> Result<impl Iterator<Item = Result<DocumentId, ReadError>> + use<>, ReadError> {
        let after = after.map(|id| id.0.as_bytes().to_vec());
        let from = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let range = self.documents.range::<&[u8]>((from, Bound::Unbounded));
        Ok(range.map_err(|e| failed(&e))?.map(|row| {
            let (key, _) = row.map_err(|e| failed(&e))?;
            Reader(key.value()).id().map_err(|e| failed(&e))
        }))
    }

    pub(in crate::store) fn request(
        &self,
        request: &Digest,
    ) -> Result<Option<DocumentId>, ReadError> {
        row(&self.requests, &request.0, |b| Reader(b).id())
    }

    pub(in crate::store) fn receipt(&self, of: Position) -> Result<Option<Digest>, ReadError> {
        row(&self.receipts, &of.0.to_be_bytes(), |b| Reader(b).digest())
    }

    /// The rows of a unit's list after a place.
    pub(in crate::store) fn list(
        &self,
        which: UnitList,
        unit: &UnitCode,
        after: Position,
    ) -> Result<impl Iterator<Item = ListRow> + use<>, ReadError> {
        let table = match which {
            UnitList::Inbox => &self.inbox,
            UnitList::Outbox => &self.outbox,
            UnitList::Notices => &self.notices,
        };
        let from = list_key(unit, after.next());
        rows(table, &from, &list_key(unit, Position(u64::MAX)))
    }

    pub(in crate::store) fn certificates(
        &self,
        after: Option<Digest>,
    ) -> Result<impl Iterator<Item = Result<(Digest, Timestamp), ReadError>> + use<>, ReadError>
    {
        let after = after.map(|digest| digest.0.to_vec());
        let from = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let range = self.certificates.range::<&[u8]>((from, Bound::Unbounded));
        Ok(range.map_err(|e| failed(&e))?.map(|row| {
            let (key, value) = row.map_err(|e| failed(&e))?;
            let certificate = key.value().try_into().map_err(|e| failed(&e))?;
            let last = value.value().try_into().map_err(|e| failed(&e))?;
            Ok((Digest(certificate), moment(last)))
        }))
    }

    pub(in crate::store) fn resting(
        &self,
        certificate: &Digest,
        from: Resting,
    ) -> Result<impl Iterator<Item = Result<Resting, ReadError>> + use<>, ReadError> {
        let from = resting_key(certificate, from);
        let mut to = certificate.0.to_vec();
        to.extend_from_slice(&[0xff; 24]);
        let range = self.resting.range::<&[u8]>(from.as_slice()..=to.as_slice());
        Ok(range.map_err(|e| failed(&e))?.map(|row| {
            let (key, _) = row.map_err(|e| failed(&e))?;
            let split = key.value().split_first_chunk::<32>();
            let split = split.and_then(|(_, rest)| rest.split_first_chunk::<8>());
            let (arrived, document) = split.ok_or_else(|| failed(&"a row is short"))?;
            Ok(Resting {
                arrived: moment(*arrived),
                document: Reader(document).id().map_err(|e| failed(&e))?,
            })
        }))
    }

    pub(in crate::store) fn stamp_from(
        &self,
        from: Position,
    ) -> Result<Option<LogStamp>, ReadError> {
        let from = from.0.to_be_bytes();
        let range = self.stamps.range::<&[u8]>(&from[..]..);
        let first = range.map_err(|e| failed(&e))?.next();
        let first = first.transpose().map_err(|e| failed(&e))?;
        let read = first.map(|(_, row)| read_stamp(row.value()));
        read.transpose().map_err(|e| failed(&e))
    }

    pub(in crate::store) fn last_stamp(&self) -> Result<Option<LogStamp>, ReadError> {
        let last = self.stamps.last().map_err(|e| failed(&e))?;
        let read = last.map(|(_, row)| read_stamp(row.value()));
        read.transpose().map_err(|e| failed(&e))
    }

    pub(in crate::store) fn desk(
        &self,
        desk: Desk,
        after: Position,
    ) -> Result<impl Iterator<Item = ListRow> + use<>, ReadError> {
        let from = desk_key(desk, after.next());
        rows(&self.desks, &from, &desk_key(desk, Position::END))
    }
}

/// A row of a list.
pub(in crate::store) type ListRow = Result<(Position, DocumentId), ReadError>;

pub(super) fn row<T>(
    table: &Rows,
    key: &[u8],
    read: impl FnOnce(&[u8]) -> Result<T, CodecError>,
) -> Result<Option<T>, ReadError> {
    let found = table.get(key).map_err(|e| failed(&e))?;
    found
        .map(|row| read(row.value()).map_err(|e| failed(&e)))
        .transpose()
}

fn rows(
    table: &Rows,
    from: &[u8],
    to: &[u8],
) -> Result<impl Iterator<Item = ListRow> + use<>, ReadError> {
    let range = table.range::<&[u8]>(from..=to).map_err(|e| failed(&e))?;
    Ok(range.map(|row| {
        let (key, value) = row.map_err(|e| failed(&e))?;
        let at = key.value().last_chunk().copied().unwrap_or_default();
        let id = Reader(value.value()).id().map_err(|e| failed(&e))?;
        Ok((Position(u64::from_be_bytes(at)), id))
    }))
}

pub(super) fn failed(e: &dyn std::fmt::Display) -> ReadError {
    ReadError::Failed(format!("the index: {e}"))
}
