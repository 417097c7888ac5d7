//! The items behind the figures in redb: one row for each unit, day and item.

use super::index::Layer;
use super::index_rows::{FIGURES, View, failed};
use crate::store::ReadError;
use crate::store::behind::{Cells, Looked, RowKey, Source};
use crate::store::codec::CodecError;
use redb::{ReadableTable, WriteTransaction};

/// Adds what the layer has to the rows that are there.
pub(super) fn write_figures(change: &WriteTransaction, layer: &Layer) -> Result<(), redb::Error> {
    let mut figures = change.open_table(FIGURES)?;
    let corrupt = |e: CodecError| redb::Error::Corrupted(e.to_string());
    let mut row = Vec::new();
    for (key, newer) in layer.tables.figures.iter() {
        let known = figures.get(&key[..])?.map(|row| Cells::read(row.value()));
        let known = known.transpose().map_err(corrupt)?;
        let mut cells = known.clone().unwrap_or_default();
        cells.absorb(newer);
        if !cells.is_empty() {
            row.clear();
            cells.write(&mut row);
            figures.insert(&key[..], &row[..])?;
        } else if known.is_some() {
            figures.remove(&key[..])?;
        }
    }
    Ok(())
}

impl View {
    /// What the counters count, between two keys.
    pub(in crate::store) fn figures<'a>(
        &self,
        from: &RowKey,
        to: &RowKey,
        looked: &'a Looked,
    ) -> Result<Source<'a>, ReadError> {
        let range = self.figures.range::<&[u8]>(&from[..]..=&to[..]);
        let rows = range.map_err(|e| failed(&e))?;
        let show = move |key: &[u8], row: &[u8]| -> Result<Option<(RowKey, Cells)>, ReadError> {
            let cells = Cells::some(row, looked).map_err(|e| failed(&e))?;
            let shown = looked.shows(!cells.is_empty());
            Ok(shown.then(|| (key.to_vec(), cells)))
        };
        Ok(Box::new(rows.filter_map(move |row| match row {
            Ok((key, row)) => show(key.value(), row.value()).transpose(),
            Err(e) => Some(Err(failed(&e))),
        })))
    }
}
