//! What stands behind the figures: for each unit and day every item counted, with how often by which measure.
//!
//! Folded from the same steps as the counters, and added up like them: a row in a newer layer is what it adds to the
//! same row in an older one. A row whose figures are all zero is gone, so that the items under a figure are as many
//! as the figure.

mod rows;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
pub(in crate::store) mod tests;

pub(in crate::store) use rows::{Cells, FigureRows, Looked, RowKey, Source};

use super::ReadError;
use super::codec::CodecError;
use crate::model::digest::{from_hex, to_hex};
use crate::model::{LocalDay, Position, UnitCode};
use crate::rates::{Behind, Counts, Item, Measure};
use rows::{day_key, read_place, unit_key, write_place};
use std::collections::BTreeMap;
use std::fmt;
use std::iter::Peekable;

/// Rows looked at for one page. With a cursor behind them, so that a page of a rare measure costs the same however
/// many rows its days have: it may then be shorter than was asked for, or empty, with a next one.
pub(in crate::store) const MOST_LOOKED_AT: usize = 4_000;
/// A cursor is a day, an item of at most 255 bytes, and a number.
const CURSOR_MAX: usize = 600;

/// One of the items under a figure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FigureRow {
    /// The day on which it counts.
    pub day: LocalDay,
    /// What is counted. An item that is counted twice is two rows.
    pub item: Item,
}

/// One page of the items under a figure, as of one record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FigurePage {
    /// In the order of their days.
    pub rows: Vec<FigureRow>,
    /// Where the next page starts; `None` if this was the last.
    pub next: Option<FigureCursor>,
    /// The figure: how many rows all pages have together.
    pub total: i64,
    /// The last record that rows and figure are made of. Where two pages name different ones, what lies before the
    /// cursor may have changed between them.
    pub at: Position,
}

/// Behind one row of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FigureCursor {
    /// Day and item as they stand in the row's key.
    place: Vec<u8>,
    /// How often the item was given.
    given: u32,
}

impl FigureCursor {
    /// Parses what [`fmt::Display`] gives; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = from_hex(text).filter(|_| text.len() <= CURSOR_MAX)?;
        let (place, given) = bytes.split_last_chunk::<4>()?;
        read_place(place).ok()?;
        Some(Self {
            place: place.to_vec(),
            given: u32::from_be_bytes(*given),
        })
    }

    /// Behind a row, however often its item counts.
    #[must_use]
    pub fn behind(row: &FigureRow) -> Self {
        Self {
            place: write_place(row.day, &row.item),
            given: u32::MAX,
        }
    }

    fn day(&self) -> Option<LocalDay> {
        read_place(&self.place).ok().map(|(day, _)| day)
    }
}

impl fmt::Display for FigureCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}",
            to_hex(&self.place),
            to_hex(&self.given.to_be_bytes())
        )
    }
}

/// Rows of several layers as one table: those of one key are added up.
struct Merged<'a>(Vec<Peekable<Source<'a>>>);

impl Iterator for Merged<'_> {
    type Item = Result<(RowKey, Cells), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut first: Option<RowKey> = None;
        for source in &mut self.0 {
            match source.peek() {
                Some(Ok((key, _))) if first.as_ref().is_none_or(|first| key < first) => {
                    first = Some(key.clone());
                }
                Some(Err(_)) => return source.next(),
                Some(Ok(_)) | None => {}
            }
        }
        let key = first?;
        let mut cells = Cells::default();
        for source in &mut self.0 {
            let same = |row: &Result<(RowKey, Cells), ReadError>| {
                row.as_ref().is_ok_and(|(other, _)| *other == key)
            };
            if let Some(Ok((_, more))) = source.next_if(same) {
                cells.absorb(&more);
            }
        }
        Some(Ok((key, cells)))
    }
}

/// What a page is made from: the counters of each day say where there is anything to be found, the layers have it.
pub(in crate::store) struct Wanted<'a> {
    pub(in crate::store) unit: &'a UnitCode,
    pub(in crate::store) behind: &'a Behind,
    pub(in crate::store) after: Option<&'a FigureCursor>,
    pub(in crate::store) limit: usize,
}

impl Wanted<'_> {
    /// What its page asks for.
    pub(in crate::store) fn looked(&self) -> Looked {
        let measures = self.behind.of.iter().chain(&self.behind.without);
        Looked::new(measures.map(|m| m.number()).collect(), MOST_LOOKED_AT)
    }

    /// Cuts a page. `days`: the unit's counters; `rows`: the layers' rows between two keys; both as of the record `at`.
    pub(in crate::store) fn page<'r>(
        &self,
        days: &BTreeMap<LocalDay, Counts>,
        rows: impl Fn(&RowKey, &RowKey, &'r Looked) -> Result<Vec<Source<'r>>, ReadError>,
        looked: &'r Looked,
        at: Position,
    ) -> Result<FigurePage, ReadError> {
        let numbers = |of: &[Measure]| of.iter().map(|m| m.number()).collect::<Vec<_>>();
        let (of, without) = (numbers(&self.behind.of), numbers(&self.behind.without));
        let figure = |counts: &Counts| self.behind.total(counts);
        let mut page = FigurePage {
            rows: Vec::new(),
            next: None,
            total: days.values().map(figure).sum(),
            at,
        };
        let first = self.after.and_then(FigureCursor::day);
        for (day, counts) in days {
            let before = first.is_some_and(|first| *day < first);
            if before || figure(counts) == 0 {
                continue;
            }
            let (from, to) = self.range(*day);
            let sources = rows(&from, &to, looked)?
                .into_iter()
                .map(Iterator::peekable);
            for row in Merged(sources.collect()) {
                let (key, cells) = row?;
                let times = cells.sum(&of).saturating_sub(cells.sum(&without));
                if !self.take(&mut page, &key, times)? {
                    return Ok(page);
                }
                if looked.is_enough() {
                    page.next = self.cursor(&key, u32::MAX);
                    return Ok(page);
                }
            }
        }
        Ok(page)
    }

    /// Puts an item on the page as often as it counts; `false` once there is no more room for it.
    fn take(&self, page: &mut FigurePage, key: &RowKey, times: i64) -> Result<bool, ReadError> {
        let place = self.place(key);
        let begun = self.after.filter(|after| after.place == place);
        let given = begun.map_or(0, |after| after.given);
        for n in given..u32::try_from(times).unwrap_or(0) {
            if page.rows.len() >= self.limit {
                page.next = self.cursor(key, n);
                return Ok(false);
            }
            let failed = |e: CodecError| ReadError::Failed(format!("the index: {e}"));
            let (day, item) = read_place(place).map_err(failed)?;
            page.rows.push(FigureRow { day, item });
        }
        Ok(true)
    }

    fn range(&self, day: LocalDay) -> (RowKey, RowKey) {
        let start = day_key(self.unit, day);
        let mut end = start.clone();
        // Above every kind of item.
        end.push(u8::MAX);
        let place = self.after.map_or(&[][..], |after| &after.place);
        let same = |key: &RowKey| place.starts_with(self.place(key));
        if same(&start) {
            let mut from = unit_key(self.unit);
            from.extend_from_slice(place);
            return (from, end);
        }
        (start, end)
    }

    /// Day and item of a key.
    fn place<'k>(&self, key: &'k RowKey) -> &'k [u8] {
        let unit = self.unit.as_str().len().saturating_add(1);
        key.get(unit..).unwrap_or_default()
    }

    fn cursor(&self, key: &RowKey, given: u32) -> Option<FigureCursor> {
        Some(FigureCursor {
            place: self.place(key).to_vec(),
            given,
        })
    }
}
