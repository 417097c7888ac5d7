//! The rows of findings in redb, by themselves, by unit and by due date; and of reports that went out.

use super::index::{Index, Layer};
use super::index_rows::{
    FINDING_ITEMS, FINDINGS, OPEN_FINDINGS, Rows, SENT_REPORTS, UNIT_FINDINGS, View, failed, row,
};
use crate::model::event::{FoundItem, PlainName};
use crate::model::{DocumentId, LocalDay, Period, Position, UnitCode};
use crate::store::codec::bytes::{Reader, Writer};
use crate::store::codec::{read_finding, read_items, write_finding, write_items};
use crate::store::guard::Known;
use crate::store::{Finding, ReadError};
use redb::WriteTransaction;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

pub(super) fn write_findings(change: &WriteTransaction, layer: &Layer) -> Result<(), redb::Error> {
    let rows = &layer.tables.findings;
    let mut findings = change.open_table(FINDINGS)?;
    let mut bytes = Vec::new();
    for (id, finding) in &rows.rows {
        bytes.clear();
        write_finding(&mut Writer(&mut bytes), finding);
        findings.insert(&id.0.as_bytes()[..], &bytes[..])?;
    }
    let mut items = change.open_table(FINDING_ITEMS)?;
    for (id, all) in &rows.items {
        bytes.clear();
        write_items(&mut Writer(&mut bytes), all);
        items.insert(&id.0.as_bytes()[..], &bytes[..])?;
    }
    let mut units = change.open_table(UNIT_FINDINGS)?;
    for (unit, id) in &rows.units {
        units.insert(&unit_key(unit, *id)[..], &[][..])?;
    }
    let mut open = change.open_table(OPEN_FINDINGS)?;
    for ((due, id), is_open) in &rows.open {
        let key = open_key(*due, *id);
        match is_open {
            true => open.insert(&key[..], &[][..])?,
            false => open.remove(&key[..])?,
        };
    }
    let mut sent = change.open_table(SENT_REPORTS)?;
    for ((schedule, period), at) in &rows.sent {
        sent.insert(&sent_key(schedule, *period)[..], &at.0.to_be_bytes()[..])?;
    }
    Ok(())
}

/// Unit, zero (which no code holds), identifier: one unit's rows stand together, oldest first.
fn unit_key(unit: &UnitCode, id: DocumentId) -> Vec<u8> {
    let mut key = unit.as_str().as_bytes().to_vec();
    key.push(0);
    key.extend_from_slice(id.0.as_bytes());
    key
}

/// The due date in bytes that sort as days do, then the identifier.
fn open_key(due: LocalDay, id: DocumentId) -> [u8; 20] {
    let day = (due.number().cast_unsigned() ^ (1 << 31)).to_be_bytes();
    let mut key = [0; 20];
    for (place, byte) in key.iter_mut().zip(day.iter().chain(id.0.as_bytes())) {
        *place = *byte;
    }
    key
}

/// The name of the schedule, zero (which no name holds), the period's.
fn sent_key(schedule: &PlainName, period: Period) -> Vec<u8> {
    format!("{schedule}\0{period}").into_bytes()
}

/// The identifier at the end of a key.
fn id_of(key: &[u8]) -> Result<DocumentId, ReadError> {
    let id = key
        .last_chunk::<16>()
        .ok_or_else(|| failed(&"a row is short"))?;
    Reader(id).id().map_err(|e| failed(&e))
}

/// The due date at the beginning of one.
fn day_of(key: &[u8]) -> Result<LocalDay, ReadError> {
    let day = key.first_chunk::<4>().copied();
    let day = day.map(|day| (u32::from_be_bytes(day) ^ (1 << 31)).cast_signed());
    let day = day.and_then(LocalDay::from_number);
    day.ok_or_else(|| failed(&"a row has no day"))
}

fn keys(
    table: &Rows,
    from: Bound<&[u8]>,
    to: Bound<&[u8]>,
) -> Result<impl Iterator<Item = Result<Vec<u8>, ReadError>> + use<>, ReadError> {
    let range = table.range::<&[u8]>((from, to)).map_err(|e| failed(&e))?;
    Ok(range.map(|row| {
        let (key, _) = row.map_err(|e| failed(&e))?;
        Ok(key.value().to_vec())
    }))
}

impl View {
    pub(super) fn finding(&self, id: DocumentId) -> Result<Option<Arc<Finding>>, ReadError> {
        row(&self.findings, id.0.as_bytes(), |b| {
            read_finding(&mut Reader(b))
        })
    }

    pub(super) fn report_sent(
        &self,
        schedule: &PlainName,
        period: Period,
    ) -> Result<Option<Position>, ReadError> {
        let key = sent_key(schedule, period);
        let at = self.sent_reports.get(&key[..]).map_err(|e| failed(&e))?;
        let at = at.map(|at| at.value().try_into().map(u64::from_be_bytes));
        let at = at.transpose().map_err(|e| failed(&e))?;
        Ok(at.map(Position))
    }

    /// Findings of a unit or of all after one.
    fn findings_after(
        &self,
        unit: Option<&UnitCode>,
        from: DocumentId,
        limit: usize,
    ) -> Result<Vec<DocumentId>, ReadError> {
        let last = DocumentId(uuid::Uuid::max());
        let (table, from, to) = match unit {
            None => (
                &self.findings,
                from.0.as_bytes().to_vec(),
                last.0.as_bytes().to_vec(),
            ),
            Some(unit) => (
                &self.unit_findings,
                unit_key(unit, from),
                unit_key(unit, last),
            ),
        };
        let found = keys(table, Bound::Included(&from), Bound::Included(&to))?;
        found.take(limit).map(|key| id_of(&key?)).collect()
    }
}

impl Index {
    pub(super) fn finding_items(&self, id: DocumentId) -> Result<Vec<FoundItem>, ReadError> {
        let found = self.find(
            |layer| layer.tables.findings.items.get(&id).cloned().map(Some),
            |view| {
                let read = |b: &[u8]| read_items(&mut Reader(b)).map(Arc::new);
                row(&view.finding_items, id.0.as_bytes(), read)
            },
        )?;
        Ok(found.map(Arc::unwrap_or_clone).unwrap_or_default())
    }

    /// No finding ever goes, so rows of all layers add up.
    pub(super) fn findings(
        &self,
        unit: Option<&UnitCode>,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<Finding>, ReadError> {
        let ids: BTreeSet<DocumentId> = {
            let layers = self.look();
            let from = after.map_or(DocumentId::FIRST, DocumentId::next);
            let stored = layers.view()?.findings_after(unit, from, limit)?;
            let mut ids: BTreeSet<DocumentId> = stored.into_iter().collect();
            for layer in layers.newer() {
                ids.extend(layer.tables.findings.after(unit, after).take(limit));
            }
            ids
        };
        self.these(ids.into_iter().take(limit))
    }

    /// The newest layer that knows a row is right: one that was closed is not open any more.
    pub(super) fn open_findings(
        &self,
        after: Option<(LocalDay, DocumentId)>,
        limit: usize,
    ) -> Result<Vec<Finding>, ReadError> {
        let open: BTreeSet<(LocalDay, DocumentId)> = {
            let layers = self.look();
            let mut known: BTreeMap<(LocalDay, DocumentId), bool> = BTreeMap::new();
            for layer in layers.newer() {
                known.extend(layer.tables.findings.open_after(after));
            }
            let key = after.map(|(due, id)| open_key(due, id));
            let from = key
                .as_ref()
                .map_or(Bound::Unbounded, |key| Bound::Excluded(&key[..]));
            let mut open = BTreeSet::new();
            for key in keys(&layers.view()?.open_findings, from, Bound::Unbounded)? {
                if open.len() >= limit {
                    break;
                }
                let key = key?;
                let key = (day_of(&key)?, id_of(&key)?);
                if !known.contains_key(&key) {
                    open.insert(key);
                }
            }
            open.extend(known.iter().filter(|(_, open)| **open).map(|(key, _)| *key));
            open
        };
        self.these(open.into_iter().take(limit).map(|(_, id)| id))
    }

    fn these(&self, ids: impl Iterator<Item = DocumentId>) -> Result<Vec<Finding>, ReadError> {
        let found = ids.map(|id| self.finding(id));
        let found = found.filter_map(Result::transpose);
        found.map(|row| row.map(Arc::unwrap_or_clone)).collect()
    }
}
