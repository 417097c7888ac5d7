//! The single rows of the index: up to where it is applied, and what holds for the whole log.

use super::index::Layer;
use super::index_rows::META;
use super::log::Marker;
use crate::model::event::{ClockConfirmed, RulesChanged};
use crate::store::codec::bytes::{Reader, Writer};
use crate::store::codec::{CodecError, read_clock, read_rules, write_clock, write_rules};
use redb::{ReadTransaction, ReadableTable, WriteTransaction};

/// What they say.
#[derive(Debug)]
pub(in crate::store) struct Meta {
    pub(in crate::store) marker: Marker,
    pub(in crate::store) rules: Option<RulesChanged>,
    pub(in crate::store) clock: Option<ClockConfirmed>,
    pub(in crate::store) doubted: u64,
    pub(super) stamp: Vec<u8>,
}

/// Whether the layer is there already: a commit may succeed and still be called a failure, and what a layer adds is
/// added once.
pub(super) fn is_written(change: &WriteTransaction, layer: &Layer) -> Result<bool, redb::Error> {
    let meta = change.open_table(META)?;
    let row = meta.get(&b"marker"[..])?;
    let marker = row.map(|row| Marker::read(&mut Reader(row.value())));
    let corrupt = |e: CodecError| redb::Error::Corrupted(e.to_string());
    let marker = marker.transpose().map_err(corrupt)?;
    Ok(marker.is_some_and(|marker| marker.position >= layer.marker.position))
}

pub(super) fn write_meta(
    change: &WriteTransaction,
    layer: &Layer,
    again: bool,
) -> Result<(), redb::Error> {
    let mut meta = change.open_table(META)?;
    let mut row = Vec::new();
    layer.marker.write(&mut Writer(&mut row));
    meta.insert(&b"marker"[..], &row[..])?;
    if layer.tables.doubted > 0 && !again {
        let known = meta.get(&b"doubted"[..])?;
        let known = known.and_then(|row| row.value().try_into().ok());
        let known = known.map_or(0, u64::from_le_bytes);
        let all = known.saturating_add(layer.tables.doubted);
        meta.insert(&b"doubted"[..], &all.to_le_bytes()[..])?;
    }
    if let Some(rules) = &layer.tables.rules {
        row.clear();
        write_rules(&mut Writer(&mut row), rules);
        meta.insert(&b"rules"[..], &row[..])?;
    }
    if let Some(clock) = &layer.tables.clock {
        row.clear();
        write_clock(&mut Writer(&mut row), clock);
        meta.insert(&b"clock"[..], &row[..])?;
    }
    Ok(())
}

pub(super) fn read_meta(read: &ReadTransaction) -> Result<Meta, redb::Error> {
    let meta = read.open_table(META)?;
    let row = |name: &[u8]| -> Result<Option<Vec<u8>>, redb::Error> {
        Ok(meta.get(name)?.map(|row| row.value().to_vec()))
    };
    let corrupt = |e: CodecError| redb::Error::Corrupted(e.to_string());
    let marker = row(b"marker")?.map(|row| Marker::read(&mut Reader(&row)));
    let rules = row(b"rules")?.map(|row| read_rules(&mut Reader(&row)));
    let clock = row(b"clock")?.map(|row| read_clock(&mut Reader(&row)));
    let doubted = row(b"doubted")?.and_then(|row| row.try_into().ok());
    Ok(Meta {
        marker: marker.transpose().map_err(corrupt)?.unwrap_or_default(),
        rules: rules.transpose().map_err(corrupt)?,
        clock: clock.transpose().map_err(corrupt)?,
        doubted: doubted.map_or(0, u64::from_le_bytes),
        stamp: row(b"stamp")?.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::index::Layer;
    use super::super::index_rows::{View, open_database, write_layer};
    use super::super::log::Marker;
    use crate::model::Position;
    use crate::rates::{Behind, Increment, Item, Measure};
    use crate::store::behind::Wanted;
    use crate::store::samples::{id, morning, unit};

    /// A commit that succeeded may be called a failure, and is then made again.
    #[test]
    fn what_a_layer_adds_is_added_once() {
        let dir = tempfile::tempdir().unwrap();
        let (database, _) = open_database(&dir.path().join("index"), &[1; 16], 1 << 20).unwrap();
        let step = Increment {
            unit: unit("H53.1"),
            day: morning().local_day(),
            measure: Measure::Offered,
            of: Item::Document(id(1)),
            by: 1,
        };
        let layer_at = |n: u64| {
            let mut layer = Layer::default();
            layer.tables.figures.add(&step);
            layer.tables.doubted = 1;
            layer.marker = Marker {
                position: Position(n),
                ..Marker::default()
            };
            layer
        };
        let counted = || {
            let view = View::of(&database).unwrap();
            let looked = Wanted {
                unit: &step.unit,
                behind: &Behind::measure(step.measure),
                after: None,
                limit: 10,
            };
            let looked = looked.looked();
            let rows = view.figures(&vec![0], &vec![0xff], &looked).unwrap();
            let rows: Vec<_> = rows.map(|row| row.unwrap().1).collect();
            let measure = [Measure::Offered.number()];
            let sum: i64 = rows.iter().map(|cells| cells.sum(&measure)).sum();
            (rows.len(), sum, view.meta.doubted)
        };
        write_layer(&database, &layer_at(1)).unwrap();
        assert_eq!(counted(), (1, 1, 1));
        write_layer(&database, &layer_at(1)).unwrap();
        assert_eq!(counted(), (1, 1, 1));
        write_layer(&database, &layer_at(2)).unwrap();
        assert_eq!(counted(), (1, 2, 2));
    }
}
