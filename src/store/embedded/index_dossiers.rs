//! The rows of dossiers in redb: by themselves, by number and by request.

use super::index::{Index, Layer};
use super::index_rows::{DOSSIER_NUMBERS, DOSSIER_REQUESTS, DOSSIERS, View, failed, row};
use crate::dossier::life::DossierState;
use crate::model::dossier::DossierNumber;
use crate::model::{Digest, DocumentId, LocalDay, UnitCode};
use crate::store::ReadError;
use crate::store::codec::bytes::{Reader, Writer};
use crate::store::codec::{read_dossier, write_dossier};
use crate::store::guard::Known;
use redb::WriteTransaction;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

pub(super) fn write_dossiers(change: &WriteTransaction, layer: &Layer) -> Result<(), redb::Error> {
    let rows = &layer.tables.dossiers;
    let mut dossiers = change.open_table(DOSSIERS)?;
    let mut bytes = Vec::new();
    for (id, dossier) in &rows.rows {
        bytes.clear();
        write_dossier(&mut Writer(&mut bytes), dossier);
        dossiers.insert(&id.0.as_bytes()[..], &bytes[..])?;
    }
    let mut numbers = change.open_table(DOSSIER_NUMBERS)?;
    for (number, id) in &rows.numbers {
        numbers.insert(&number_key(number)[..], &id.0.as_bytes()[..])?;
    }
    let mut requests = change.open_table(DOSSIER_REQUESTS)?;
    for (request, id) in &rows.requests {
        requests.insert(&request.0[..], &id.0.as_bytes()[..])?;
    }
    Ok(())
}

/// Agency, zero (which no code holds), day and place in bytes that sort as they do: the register of one agency stands
/// together, the oldest first.
fn number_key(number: &DossierNumber) -> Vec<u8> {
    let mut key = number.agency.as_str().as_bytes().to_vec();
    key.push(0);
    let day = number.day.number().cast_unsigned() ^ (1 << 31);
    key.extend_from_slice(&day.to_be_bytes());
    key.extend_from_slice(&number.place.to_be_bytes());
    key
}

/// The number at a key of an agency's register.
fn number_of(agency: &UnitCode, key: &[u8]) -> Result<DossierNumber, ReadError> {
    let last = key.last_chunk::<8>().copied();
    let [a, b, c, d, place @ ..] = last.ok_or_else(|| failed(&"a row is short"))?;
    let day = u32::from_be_bytes([a, b, c, d]) ^ (1 << 31);
    let day = LocalDay::from_number(day.cast_signed());
    Ok(DossierNumber {
        agency: agency.clone(),
        day: day.ok_or_else(|| failed(&"a row has no day"))?,
        place: u32::from_be_bytes(place),
    })
}

/// The last key that a number of an agency can have.
fn last_key(agency: &UnitCode) -> Vec<u8> {
    let mut key = agency.as_str().as_bytes().to_vec();
    key.push(0);
    key.extend_from_slice(&[0xff; 8]);
    key
}

impl View {
    pub(super) fn dossier(&self, id: DocumentId) -> Result<Option<Arc<DossierState>>, ReadError> {
        row(&self.dossiers, id.0.as_bytes(), |b| {
            read_dossier(&mut Reader(b))
        })
    }

    fn last_place(&self, agency: &UnitCode, day: LocalDay) -> Result<Option<u32>, ReadError> {
        let key = |place| {
            number_key(&DossierNumber {
                agency: agency.clone(),
                day,
                place,
            })
        };
        let (from, to) = (key(0), key(u32::MAX));
        let mut range = self
            .dossier_numbers
            .range::<&[u8]>(&from[..]..=&to[..])
            .map_err(|e| failed(&e))?;
        let last = range.next_back().transpose().map_err(|e| failed(&e))?;
        let number = last.map(|(key, _)| number_of(agency, key.value()));
        Ok(number.transpose()?.map(|number| number.place))
    }

    fn dossiers_from(
        &self,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<BTreeSet<DocumentId>, ReadError> {
        let after = after.map(|id| id.0.as_bytes().to_vec());
        let from = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let range = self.dossiers.range::<&[u8]>((from, Bound::Unbounded));
        let rows = range.map_err(|e| failed(&e))?.take(limit).map(|row| {
            let (key, _) = row.map_err(|e| failed(&e))?;
            Reader(key.value()).id().map_err(|e| failed(&e))
        });
        rows.collect()
    }

    fn register(
        &self,
        agency: &UnitCode,
        after: Option<&DossierNumber>,
        limit: usize,
    ) -> Result<BTreeMap<DossierNumber, DocumentId>, ReadError> {
        let mut first = agency.as_str().as_bytes().to_vec();
        first.push(0);
        let after = after.map(number_key);
        let from = after
            .as_deref()
            .map_or(Bound::Included(&first[..]), Bound::Excluded);
        let to = last_key(agency);
        let range = self
            .dossier_numbers
            .range::<&[u8]>((from, Bound::Included(&to[..])));
        let rows = range.map_err(|e| failed(&e))?.take(limit).map(|row| {
            let (key, id) = row.map_err(|e| failed(&e))?;
            let id = Reader(id.value()).id().map_err(|e| failed(&e))?;
            Ok((number_of(agency, key.value())?, id))
        });
        rows.collect()
    }
}

impl Index {
    pub(super) fn dossier_numbered(
        &self,
        number: &DossierNumber,
    ) -> Result<Option<DocumentId>, ReadError> {
        self.find(
            |layer| layer.tables.dossiers.numbers.get(number).copied().map(Some),
            |view| {
                let key = number_key(number);
                row(&view.dossier_numbers, &key, |b| Reader(b).id())
            },
        )
    }

    /// No number ever goes, so rows of all layers add up.
    pub(super) fn dossiers(
        &self,
        agency: &UnitCode,
        after: Option<&DossierNumber>,
        limit: usize,
    ) -> Result<Vec<DossierState>, ReadError> {
        let ids = {
            let layers = self.look();
            let mut ids = layers.view()?.register(agency, after, limit)?;
            for layer in layers.newer() {
                let rows = layer.tables.dossiers.after(agency, after).take(limit);
                ids.extend(rows.map(|(number, id)| (number.clone(), id)));
            }
            ids
        };
        let found = ids.into_values().take(limit).map(|id| self.dossier(id));
        let found = found.filter_map(Result::transpose);
        found.map(|row| row.map(Arc::unwrap_or_clone)).collect()
    }

    pub(super) fn dossiers_from(
        &self,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentId>, ReadError> {
        let layers = self.look();
        let mut found = layers.view()?.dossiers_from(after, limit)?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        for layer in layers.newer() {
            let rows = layer.tables.dossiers.rows.range((from, Bound::Unbounded));
            found.extend(rows.take(limit).map(|(id, _)| *id));
        }
        Ok(found.into_iter().take(limit).collect())
    }

    pub(super) fn dossier_request_of(
        &self,
        request: &Digest,
    ) -> Result<Option<DocumentId>, ReadError> {
        self.find(
            |layer| {
                let found = layer.tables.dossiers.requests.get(request);
                found.copied().map(Some)
            },
            |view| row(&view.dossier_requests, &request.0, |b| Reader(b).id()),
        )
    }

    pub(super) fn last_dossier_place(
        &self,
        agency: &UnitCode,
        day: LocalDay,
    ) -> Result<u32, ReadError> {
        // Places grow, so the newest layer that has any has the last.
        let last = self.find(
            |layer| layer.tables.dossiers.last_place(agency, day).map(Some),
            |view| view.last_place(agency, day),
        )?;
        Ok(last.unwrap_or(0))
    }
}
