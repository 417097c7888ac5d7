//! The rows of documents as they are counted, and of imports of registers.

use super::index::Layer;
use super::index_rows::{IMPORTS, ONES, View, failed, row};
use crate::model::{DocumentId, DocumentKey, UnitCode};
use crate::rates::OneDocument;
use crate::store::codec::bytes::{Reader, Writer};
use crate::store::codec::{
    CodecError, read_import, read_key, read_one_document, write_import, write_one_document,
};
use crate::store::registers::key_row;
use crate::store::{Import, ReadError};
use redb::WriteTransaction;
use std::ops::Bound;

pub(super) fn write_registers(change: &WriteTransaction, layer: &Layer) -> Result<(), redb::Error> {
    let mut ones = change.open_table(ONES)?;
    let mut row = Vec::new();
    for (key, one) in &layer.tables.ones {
        let key = key_row(key);
        let Some(one) = one else {
            ones.remove(&key[..])?;
            continue;
        };
        row.clear();
        write_one_document(&mut Writer(&mut row), one);
        ones.insert(&key[..], &row[..])?;
    }
    let mut imports = change.open_table(IMPORTS)?;
    for ((unit, id), import) in &layer.tables.imports {
        row.clear();
        write_import(&mut Writer(&mut row), import);
        imports.insert(&import_key(unit, *id)[..], &row[..])?;
    }
    Ok(())
}

/// Unit, zero (which no code holds), identifier: one unit's rows stand together, oldest first.
fn import_key(unit: &UnitCode, id: DocumentId) -> Vec<u8> {
    let mut key = unit.as_str().as_bytes().to_vec();
    key.push(0);
    key.extend_from_slice(id.0.as_bytes());
    key
}

/// A document with its key, and the bytes of that.
type OneRow = Result<(Vec<u8>, DocumentKey, OneDocument), ReadError>;

impl View {
    pub(in crate::store) fn one(
        &self,
        key: &DocumentKey,
    ) -> Result<Option<OneDocument>, ReadError> {
        row(&self.ones, &key_row(key), |b| {
            read_one_document(&mut Reader(b))
        })
    }

    /// The documents of a unit after a key.
    pub(in crate::store) fn ones(
        &self,
        unit: &UnitCode,
        after: Option<&DocumentKey>,
    ) -> Result<impl Iterator<Item = OneRow> + use<>, ReadError> {
        let mut prefix = Vec::new();
        Writer(&mut prefix).unit(unit);
        let after = after.map(key_row);
        let from = match &after {
            Some(after) => Bound::Excluded(after.as_slice()),
            None => Bound::Included(prefix.as_slice()),
        };
        let range = self.ones.range::<&[u8]>((from, Bound::Unbounded));
        let rows = range.map_err(|e| failed(&e))?.map(|row| {
            let (key, value) = row.map_err(|e| failed(&e))?;
            let read = || -> Result<_, CodecError> {
                let of = read_key(&mut Reader(key.value()))?;
                Ok((of, read_one_document(&mut Reader(value.value()))?))
            };
            let (of, one) = read().map_err(|e| failed(&e))?;
            Ok((key.value().to_vec(), of, one))
        });
        Ok(rows.take_while(move |row: &OneRow| match row {
            Ok((bytes, ..)) => bytes.starts_with(&prefix),
            Err(_) => true,
        }))
    }

    pub(in crate::store) fn import(
        &self,
        unit: &UnitCode,
        import: DocumentId,
    ) -> Result<Option<Import>, ReadError> {
        row(&self.imports, &import_key(unit, import), |b| {
            read_import(&mut Reader(b))
        })
    }

    /// What a unit handed in.
    pub(in crate::store) fn imports(&self, unit: &UnitCode) -> Result<Vec<Import>, ReadError> {
        let from = import_key(unit, DocumentId::FIRST);
        let mut to = unit.as_str().as_bytes().to_vec();
        to.extend_from_slice(&[0; 1]);
        to.extend_from_slice(&[0xff; 16]);
        let range = self.imports.range::<&[u8]>(from.as_slice()..=to.as_slice());
        let rows = range.map_err(|e| failed(&e))?.map(|row| {
            let (_, value) = row.map_err(|e| failed(&e))?;
            read_import(&mut Reader(value.value())).map_err(|e| failed(&e))
        });
        rows.collect()
    }
}
