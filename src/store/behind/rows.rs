//! The rows themselves: keys sort by unit, day and item; values are measures and how often they count it.

use crate::model::{DocumentId, LocalDay, UnitCode};
use crate::rates::{Increment, Item};
use crate::store::ReadError;
use crate::store::codec::bytes::{Reader, Writer};
use crate::store::codec::{CodecError, read_key, write_key};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// How often an item is counted, by the numbers of the measures, in their order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::store) struct Cells(Vec<(u16, i64)>);

impl Cells {
    fn add(&mut self, number: u16, by: i64) {
        match self.0.binary_search_by_key(&number, |(n, _)| *n) {
            Ok(at) => {
                if let Some((_, figure)) = self.0.get_mut(at) {
                    *figure = figure.saturating_add(by);
                }
            }
            Err(at) => self.0.insert(at, (number, by)),
        }
        self.0.retain(|(_, figure)| *figure != 0);
    }

    pub(in crate::store) fn absorb(&mut self, other: &Self) {
        for (number, by) in &other.0 {
            self.add(*number, *by);
        }
    }

    pub(in crate::store) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::store) fn write(&self, out: &mut Vec<u8>) {
        let mut w = Writer(out);
        for (number, figure) in &self.0 {
            w.u16(*number);
            w.figure(*figure);
        }
    }

    /// Those of a stored row that anybody asks for.
    pub(in crate::store) fn some(bytes: &[u8], looked: &Looked) -> Result<Self, CodecError> {
        let mut r = Reader(bytes);
        let mut cells = Self::default();
        while !r.0.is_empty() {
            let cell = (r.u16()?, r.figure()?);
            if looked.asks_for(cell.0) {
                cells.0.push(cell);
            }
        }
        Ok(cells)
    }

    pub(in crate::store) fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut r = Reader(bytes);
        let mut cells = Self::default();
        while !r.0.is_empty() {
            cells.0.push((r.u16()?, r.figure()?));
        }
        Ok(cells)
    }

    pub(in crate::store) fn sum(&self, numbers: &[u16]) -> i64 {
        let wanted = self.0.iter().filter(|(number, _)| numbers.contains(number));
        wanted.fold(0, |sum, (_, figure)| sum.saturating_add(*figure))
    }
}

/// The key of a row: unit, zero (which no code holds), day, item. The rows of one unit and day stand together.
pub(in crate::store) type RowKey = Vec<u8>;

/// The rows, or what is to be added to them.
#[derive(Debug, Default)]
pub(in crate::store) struct FigureRows(BTreeMap<RowKey, Cells>);

impl FigureRows {
    /// Takes one step of one counter.
    pub(in crate::store) fn add(&mut self, step: &Increment) {
        let mut key = day_key(&step.unit, step.day);
        write_item(&mut key, &step.of);
        self.put(key, |cells| cells.add(step.measure.number(), step.by));
    }

    /// Adds newer steps.
    pub(in crate::store) fn absorb(&mut self, newer: Self) {
        if self.0.is_empty() {
            *self = newer;
            return;
        }
        for (key, cells) in newer.0 {
            self.put(key, |known| known.absorb(&cells));
        }
    }

    fn put(&mut self, key: RowKey, change: impl FnOnce(&mut Cells)) {
        match self.0.entry(key) {
            Entry::Vacant(entry) => {
                let mut cells = Cells::default();
                change(&mut cells);
                if !cells.is_empty() {
                    entry.insert(cells);
                }
            }
            Entry::Occupied(mut entry) => {
                change(entry.get_mut());
                if entry.get().is_empty() {
                    entry.remove();
                }
            }
        }
    }

    /// Every row, in the order of the keys.
    pub(in crate::store) fn iter(&self) -> impl Iterator<Item = (&RowKey, &Cells)> {
        self.0.iter()
    }

    /// The rows between two keys.
    pub(in crate::store) fn range<'a>(
        &'a self,
        from: &RowKey,
        to: &RowKey,
        looked: &'a Looked,
    ) -> Source<'a> {
        let rows = self.0.range::<RowKey, _>(from..=to);
        Box::new(rows.filter_map(|(key, cells)| {
            let asked = cells.0.iter().any(|(number, _)| looked.asks_for(*number));
            looked
                .shows(asked)
                .then(|| Ok((key.clone(), cells.clone())))
        }))
    }
}

/// What one page asks for, and how many rows were looked at for it.
#[derive(Debug)]
pub(in crate::store) struct Looked {
    numbers: Vec<u16>,
    most: usize,
    at: Cell<usize>,
}

impl Looked {
    pub(super) fn new(numbers: Vec<u16>, most: usize) -> Self {
        Self {
            numbers,
            most,
            at: Cell::new(0),
        }
    }

    fn asks_for(&self, number: u16) -> bool {
        self.numbers.contains(&number)
    }

    /// Counts a row; whether it is to be shown: because it has what is asked for, or because no more are looked at. What
    /// is left out would add nothing to the same row in another layer.
    pub(in crate::store) fn shows(&self, asked: bool) -> bool {
        self.at.set(self.at.get().saturating_add(1));
        asked || self.is_enough()
    }

    /// Whether no more are looked at.
    pub(super) fn is_enough(&self) -> bool {
        self.at.get() >= self.most
    }
}

/// Rows in the order of their keys, those left out that have nothing of what is asked for.
pub(in crate::store) type Source<'a> =
    Box<dyn Iterator<Item = Result<(RowKey, Cells), ReadError>> + 'a>;

pub(super) fn unit_key(unit: &UnitCode) -> RowKey {
    let mut key = unit.as_str().as_bytes().to_vec();
    key.push(0);
    key
}

pub(super) fn day_key(unit: &UnitCode, day: LocalDay) -> RowKey {
    let mut key = unit_key(unit);
    write_day(&mut key, day);
    key
}

/// In bytes that sort as days do, before 1970 too.
fn write_day(out: &mut RowKey, day: LocalDay) {
    out.extend_from_slice(&(day.number().cast_unsigned() ^ (1 << 31)).to_be_bytes());
}

/// Day and item, as they stand in a key behind the unit.
pub(super) fn write_place(day: LocalDay, item: &Item) -> Vec<u8> {
    let mut out = Vec::new();
    write_day(&mut out, day);
    write_item(&mut out, item);
    out
}

fn write_item(out: &mut RowKey, item: &Item) {
    match item {
        Item::Document(id) => {
            out.push(1);
            out.extend_from_slice(id.0.as_bytes());
        }
        Item::Delivery(id, recipient) => {
            out.push(2);
            out.extend_from_slice(id.0.as_bytes());
            out.extend_from_slice(recipient.as_str().as_bytes());
        }
        Item::Key(key) => {
            out.push(3);
            write_key(&mut Writer(out), key);
        }
        Item::Import(id) => {
            out.push(4);
            out.extend_from_slice(id.0.as_bytes());
        }
    }
}

/// Day and item.
pub(super) fn read_place(place: &[u8]) -> Result<(LocalDay, Item), CodecError> {
    let (day, rest) = place.split_first_chunk::<4>().ok_or(CodecError::Short)?;
    let day = (u32::from_be_bytes(*day) ^ (1 << 31)).cast_signed();
    let day = LocalDay::from_number(day).ok_or(CodecError::Text)?;
    let mut r = Reader(rest);
    let item = match r.u8()? {
        1 => Item::Document(r.id()?),
        2 => {
            let id: DocumentId = r.id()?;
            let recipient = std::str::from_utf8(r.0).ok().and_then(UnitCode::parse);
            r.0 = &[];
            Item::Delivery(id, recipient.ok_or(CodecError::Text)?)
        }
        3 => Item::Key(Arc::new(read_key(&mut r)?)),
        4 => Item::Import(r.id()?),
        other => return Err(CodecError::Value("item", u64::from(other))),
    };
    r.end()?;
    Ok((day, item))
}
