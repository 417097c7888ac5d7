//! The sums of months: of each month that is not being counted into, the figures of all units one behind the other, so that
//! a hundred thousand of them are a thousand rows. They are of the whole month and of its two halves, up to the 14th and
//! from the 15th: every period but weeks and days is made of those.
//!
//! They are made of the sheets when a month is left, or asked for. The head of a month's sums goes before the first of its
//! sheets is written again: without it there are none.

use super::packed::{self, Nothing, Sums};
use super::rates_rows::{self as rows, Store};
use super::sheet::Sheet;
use crate::model::{LocalDay, Month, Period, UnitCode};
use crate::rates::Counts;
use crate::store::codec::CodecError;
use crate::store::codec::bytes::{Reader, Writer};
use sled::{Batch, IVec};
use std::thread;

/// Keys of the heads, and of the rows; behind every sheet and before the marker.
const HEAD: u8 = 0xf0;
const ROW: u8 = 0xf1;
/// A row is closed beyond this length: the figures of one unit take less than what is left to 4 KiB.
const ROW_MAX: usize = 2_400;
/// Rows of a batch, for the reason that sheets have theirs.
const ROWS: usize = 16;
/// From so many rows on two read them.
const HALVED: usize = 64;
/// The last day of the first half.
const HALF: u8 = 14;

/// Which units are asked for, by their codes.
pub(super) type Wanted<'a> = dyn Fn(&str) -> bool + Sync + 'a;

/// Figures by unit, in the order of the codes.
pub(super) type List = Vec<(UnitCode, Counts)>;

/// Which days of a month.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Whole,
    First,
    Second,
}

impl Part {
    const ALL: [Self; 3] = [Self::Whole, Self::First, Self::Second];

    fn number(self) -> u8 {
        match self {
            Self::Whole => 0,
            Self::First => 1,
            Self::Second => 2,
        }
    }

    fn days(self) -> (u8, u8) {
        match self {
            Self::Whole => (1, 31),
            Self::First => (1, HALF),
            Self::Second => (HALF.saturating_add(1), 31),
        }
    }

    /// The part that is those days.
    pub(super) fn of(days: (u8, u8)) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.days() == days)
    }
}

/// The first and the last day of a month that lie in a period; 31: to its end.
pub(super) fn days_of(month: Month, period: Period) -> (u8, u8) {
    let (first, last) = period.days().into_inner();
    let day = |day: LocalDay, other: u8| match day.month() == month {
        true => day.day().cast_unsigned(),
        false => other,
    };
    let ends = last.next().is_none_or(|next| next.month() != month);
    (day(first, 1), if ends { 31 } else { day(last, 31) })
}

pub(super) fn head_key(month: Month) -> Vec<u8> {
    let mut key = vec![HEAD];
    key.extend_from_slice(&rows::month_key(month));
    key
}

fn part_key(month: Month, part: Part) -> Vec<u8> {
    let mut key = vec![ROW];
    key.extend_from_slice(&rows::month_key(month));
    key.push(part.number());
    key
}

fn row_key(month: Month, part: Part, number: u32) -> Vec<u8> {
    let mut key = part_key(month, part);
    key.extend_from_slice(&number.to_be_bytes());
    key
}

/// Rows of one part, as they are made.
struct Rows {
    part: Part,
    value: Vec<u8>,
    last: String,
    done: Vec<Vec<u8>>,
}

impl Rows {
    fn new(part: Part) -> Self {
        Self {
            part,
            value: Vec::new(),
            last: String::new(),
            done: Vec::new(),
        }
    }

    /// The code without what it begins with as the one before, then the figures.
    fn add(&mut self, unit: &UnitCode, counts: &Counts) {
        if self.value.len() >= ROW_MAX {
            self.done.push(std::mem::take(&mut self.value));
            self.last.clear();
        }
        let code = unit.as_str();
        let same = code.bytes().zip(self.last.bytes());
        let same = same.take_while(|(a, b)| a == b).count();
        self.value.push(u8::try_from(same).unwrap_or(0));
        Writer(&mut self.value).text(code.get(same..).unwrap_or_default());
        packed::write(&mut self.value, counts);
        code.clone_into(&mut self.last);
    }

    fn finish(&mut self) {
        if !self.value.is_empty() {
            self.done.push(std::mem::take(&mut self.value));
        }
    }
}

/// Reads a row, unit by unit; of those that are not wanted the figures are passed over.
fn read_row(
    value: &[u8],
    mut wanted: impl FnMut(&str) -> bool,
    mut take: impl FnMut(&str, Counts) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    let (mut r, mut code) = (Reader(value), String::new());
    while !r.0.is_empty() {
        let same = usize::from(r.u8()?);
        if !code.is_char_boundary(same) {
            return Err(CodecError::Text);
        }
        code.truncate(same);
        code.push_str(r.text()?);
        if wanted(&code) {
            take(&code, packed::read_counts(&mut r)?)?;
        } else {
            packed::read(&mut r, &mut Nothing)?;
        }
    }
    Ok(())
}

/// Whether a row that is no sheet can be read.
pub(super) fn check(key: &[u8], value: &[u8]) -> Result<(), CodecError> {
    if key.first() == Some(&HEAD) {
        return Head::read(value).map(drop);
    }
    let known = |code: &str| UnitCode::parse(code).ok_or(CodecError::Text).map(drop);
    read_row(value, |_| true, |code, _| known(code))
}

/// What says that the sums of a month are there.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Head {
    /// By which they are told from later ones of the same month.
    made: u64,
    /// The rows of each part.
    rows: [u32; 3],
}

impl Head {
    fn read(value: &[u8]) -> Result<Self, CodecError> {
        let mut r = Reader(value);
        let head = Self {
            made: r.u64()?,
            rows: [r.u32()?, r.u32()?, r.u32()?],
        };
        r.end()?;
        Ok(head)
    }

    fn write(self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut w = Writer(&mut out);
        w.u64(self.made);
        self.rows.iter().for_each(|rows| w.u32(*rows));
        out
    }
}

/// The sums of a month, as they are made of its sheets, which come in the order of their units.
pub(super) struct Summed {
    parts: [Rows; 3],
    sums: Sums,
}

impl Default for Summed {
    fn default() -> Self {
        Self {
            parts: Part::ALL.map(Rows::new),
            sums: Sums::default(),
        }
    }
}

impl Summed {
    pub(super) fn add(&mut self, unit: &UnitCode, sheet: &Sheet) {
        for rows in &mut self.parts {
            sheet.sum(rows.part.days(), &mut self.sums);
            if let Some(counts) = self.sums.take() {
                rows.add(unit, &counts);
            }
        }
    }
}

/// The figures of rows that follow each other; a whole province's in two halves at once.
fn read_rows(rows: &[IVec], wanted: &Wanted<'_>) -> Result<List, CodecError> {
    let (first, second) = rows.split_at(rows.len().div_euclid(2));
    if rows.len() < HALVED {
        return read_part(rows, wanted);
    }
    thread::scope(|scope| {
        let other = scope.spawn(|| read_part(second, wanted));
        let mut out = read_part(first, wanted)?;
        let other = other.join().map_err(|_| CodecError::Short)?;
        out.append(&mut other?);
        Ok(out)
    })
}

fn read_part(rows: &[IVec], wanted: &Wanted<'_>) -> Result<List, CodecError> {
    // A row has some seventy units.
    let mut out = List::with_capacity(rows.len().saturating_mul(64));
    for value in rows {
        read_row(value, wanted, |code, counts| {
            let unit = UnitCode::parse(code).ok_or(CodecError::Text)?;
            out.push((unit, counts));
            Ok(())
        })?;
    }
    Ok(out)
}

impl Store {
    fn head(&self, month: Month) -> Result<Option<Head>, String> {
        let found = self.0.get(head_key(month)).map_err(|e| e.to_string())?;
        let head = found.map(|value| Head::read(&value));
        head.transpose().map_err(|e| e.to_string())
    }

    /// Whether the sums of a month are there.
    pub(super) fn is_summed(&self, month: Month) -> Result<bool, String> {
        self.head(month).map(|head| head.is_some())
    }

    /// Forgets the sums of a month.
    pub(super) fn forget_sums(&self, month: Month) -> Result<(), String> {
        rows::guarded(|| self.0.remove(head_key(month)).map(drop))
    }

    /// Writes the sums of a month; `made` tells them from earlier ones. No sheet of the month is written meanwhile.
    pub(super) fn write_sums(
        &self,
        month: Month,
        mut summed: Summed,
        made: u64,
    ) -> Result<(), String> {
        let mut head = Head { made, rows: [0; 3] };
        let mut all = Vec::new();
        for (rows, many) in summed.parts.iter_mut().zip(&mut head.rows) {
            rows.finish();
            let part = rows.part;
            let numbered = std::mem::take(&mut rows.done).into_iter().zip(0_u32..);
            all.extend(numbered.map(|(value, n)| (row_key(month, part, n), value)));
            *many = u32::try_from(all.len()).unwrap_or(u32::MAX);
        }
        let [whole, first, second] = head.rows;
        head.rows = [
            whole,
            first.saturating_sub(whole),
            second.saturating_sub(first),
        ];
        let write = || -> sled::Result<()> {
            self.0.remove(head_key(month))?;
            for rows in all.chunks(ROWS) {
                let mut batch = Batch::default();
                for (key, value) in rows {
                    batch.insert(key.as_slice(), value.as_slice());
                }
                self.0.apply_batch(batch)?;
            }
            self.0.insert(head_key(month), head.write()).map(drop)
        };
        rows::guarded(write)
    }

    /// The sums of a part of a month, of those units that are wanted; `None`: there are none, or others came meanwhile.
    pub(super) fn sums(
        &self,
        month: Month,
        part: Part,
        wanted: &Wanted<'_>,
    ) -> Result<Option<List>, String> {
        let Some(head) = self.head(month)? else {
            return Ok(None);
        };
        let [whole, first, second] = head.rows;
        let many = match part {
            Part::Whole => whole,
            Part::First => first,
            Part::Second => second,
        };
        let many_rows = usize::try_from(many).unwrap_or(usize::MAX);
        let rows = self.0.scan_prefix(part_key(month, part)).take(many_rows);
        let rows = rows.map(|row| row.map(|(_, value)| value));
        let rows = rows.collect::<Result<Vec<IVec>, _>>();
        let rows = rows.map_err(|e| e.to_string())?;
        let found = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let out = read_rows(&rows, wanted).map_err(|e| e.to_string())?;
        let same = found == many && self.head(month)? == Some(head);
        Ok(same.then_some(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rates::Measure;

    #[test]
    fn rows_stay_small_and_read_back() {
        let all: Vec<Measure> = Measure::names().into_values().collect();
        let unit = |n: usize| UnitCode::parse(&format!("H{:02}.{}.{n}", n % 7, n % 31)).unwrap();
        let mut units: Vec<UnitCode> = (0..400).map(unit).collect();
        units.sort_unstable();
        let mut rows = Rows::new(Part::Whole);
        let mut model = Vec::new();
        for (n, unit) in units.iter().enumerate() {
            let some = all
                .iter()
                .filter(|m| (n + usize::from(m.number())) % 3 == 0);
            let counts: Counts = some.map(|m| (*m, i64::MIN)).collect();
            rows.add(unit, &counts);
            model.push((unit.clone(), counts));
        }
        rows.finish();
        assert!(rows.done.len() > 1);
        let mut back = Vec::new();
        for row in &rows.done {
            assert!(row.len() < 4096, "{}", row.len());
            let take = |code: &str, counts| {
                back.push((UnitCode::parse(code).unwrap(), counts));
                Ok(())
            };
            read_row(row, |_| true, take).unwrap();
            assert!(check(&[ROW], &row[..row.len() - 1]).is_err());
        }
        assert_eq!(back, model);
    }

    #[test]
    fn periods_but_weeks_and_days_are_made_of_parts() {
        for (text, parts) in [
            ("2026-02", vec![Some(Part::Whole)]),
            ("2026-02@15", vec![Some(Part::Second), Some(Part::First)]),
            ("2026-Q1", vec![Some(Part::Whole); 3]),
            ("2026-02-28", vec![None]),
            ("2026-W09", vec![None, None]),
        ] {
            let period = Period::parse(text).unwrap();
            let found = period
                .months()
                .map(|month| Part::of(days_of(month, period)));
            assert_eq!(found.collect::<Vec<_>>(), parts, "{text}");
        }
    }
}
