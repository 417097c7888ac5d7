//! The counters of one unit in one month, in memory: packed as they are stored while nothing is counted into them, spread
//! out while something is. A province has 125,000 of them a month, most of which move on a few days.

use crate::model::{LocalDay, Month, Position, UnitCode};
use crate::rates::{Counts, Measure};
use crate::store::codec::CodecError;
use crate::store::codec::bytes::{Reader, Writer};
use std::collections::BTreeMap;
use std::mem::size_of;

/// Figures are put into another value beyond this length.
const VALUE_MAX: usize = 3_900;

/// The counters of one unit in one month.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Sheet {
    /// The last record counted into it.
    pub(in crate::store) applied: Position,
    cells: Cells,
}

/// Figures by day of the month and measure, in their order.
#[derive(Clone, Debug)]
enum Cells {
    /// Day, number of the measure and figure of each, every one of which was read once before it came here.
    Packed(Box<[u8]>),
    Spread(BTreeMap<(u8, Measure), i64>),
}

impl Default for Cells {
    fn default() -> Self {
        Self::Packed(Box::default())
    }
}

impl Sheet {
    /// Takes one step of a counter.
    pub(in crate::store) fn count(&mut self, day: u8, measure: Measure, by: i64) {
        let known = |(day, number, figure)| Some(((day, Measure::from_number(number)?), figure));
        let mut cells = match std::mem::take(&mut self.cells) {
            Cells::Packed(bytes) => packed(&bytes).filter_map(known).collect(),
            Cells::Spread(cells) => cells,
        };
        let cell = cells.entry((day, measure)).or_insert(0);
        *cell = cell.saturating_add(by);
        self.cells = Cells::Spread(cells);
    }

    /// Puts it into the form in which it takes least.
    pub(in crate::store) fn pack(&mut self) {
        if let Cells::Spread(cells) = &self.cells {
            let mut out = Vec::with_capacity(cells.len().saturating_mul(4));
            for ((day, measure), figure) in cells {
                write_cell(&mut out, *day, measure.number(), *figure);
            }
            self.cells = Cells::Packed(out.into_boxed_slice());
        }
    }

    /// About how many octets it takes, spread out or not.
    pub(in crate::store) fn weight(&self) -> usize {
        let own = size_of::<Self>();
        own.saturating_add(match &self.cells {
            Cells::Packed(bytes) => bytes.len(),
            // Nodes of a tree are two thirds full.
            Cells::Spread(cells) => cells.len().saturating_mul(24),
        })
    }

    /// Each figure: day, number of the measure, how much.
    fn each(&self, mut take: impl FnMut(u8, u16, i64)) {
        match &self.cells {
            Cells::Packed(bytes) => packed(bytes).for_each(|(d, n, figure)| take(d, n, figure)),
            Cells::Spread(cells) => {
                for ((day, measure), figure) in cells {
                    take(*day, measure.number(), *figure);
                }
            }
        }
    }

    /// As it is stored: the applied position, then the figures, in as many values as it needs.
    pub(in crate::store) fn values(&self) -> Vec<Vec<u8>> {
        let start = || self.applied.0.to_le_bytes().to_vec();
        let mut out = Vec::new();
        let mut value = start();
        self.each(|day, number, figure| {
            if value.len() >= VALUE_MAX {
                out.push(std::mem::replace(&mut value, start()));
            }
            write_cell(&mut value, day, number, figure);
        });
        out.push(value);
        out
    }

    /// Takes the next value of a stored sheet.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(in crate::store) fn read(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        let mut r = Reader(bytes);
        let applied = Position(r.u64()?);
        let figures = r.0;
        while !r.0.is_empty() {
            let _day = r.u8()?;
            let _measure = r.word("measure", Measure::from_number)?;
            let _figure = r.figure()?;
        }
        self.pack();
        self.applied = applied;
        if let Cells::Packed(known) = &mut self.cells {
            let mut all = std::mem::take(known).into_vec();
            all.reserve_exact(figures.len());
            all.extend_from_slice(figures);
            *known = all.into_boxed_slice();
        }
        Ok(())
    }

    /// The sums of the days of the month from the first of those to the last; `None` without any.
    pub(in crate::store) fn sums(&self, (first, last): (u8, u8)) -> Option<Counts> {
        let mut sums = Sums::default();
        self.each(|day, number, figure| {
            if (first..=last).contains(&day) {
                sums.add(number, figure);
            }
        });
        sums.counts()
    }

    /// Adds the days of the month from the first of those to the last; a unit without any is left out.
    pub(in crate::store) fn add(
        &self,
        days: (u8, u8),
        unit: &UnitCode,
        out: &mut BTreeMap<UnitCode, Counts>,
    ) {
        let Some(sums) = self.sums(days) else { return };
        match out.get_mut(unit) {
            None => {
                out.insert(unit.clone(), sums);
            }
            Some(counts) => {
                for (measure, figure) in sums {
                    let total = counts.entry(measure).or_insert(0);
                    *total = total.saturating_add(figure);
                }
            }
        }
    }

    pub(in crate::store) fn spread(
        &self,
        month: Month,
        unit: &UnitCode,
        out: &mut BTreeMap<(UnitCode, LocalDay), Counts>,
    ) {
        self.each(|day, number, figure| {
            let day = LocalDay::new(month.year, month.month, day.cast_signed());
            if let Some((day, measure)) = day.zip(Measure::from_number(number)) {
                let counts = out.entry((unit.clone(), day)).or_default();
                counts.insert(measure, figure);
            }
        });
    }
}

fn write_cell(out: &mut Vec<u8>, day: u8, number: u16, figure: i64) {
    let mut w = Writer(out);
    w.u8(day);
    w.u16(number);
    w.figure(figure);
}

/// The figures of a packed sheet.
fn packed(bytes: &[u8]) -> impl Iterator<Item = (u8, u16, i64)> + '_ {
    let mut r = Reader(bytes);
    std::iter::from_fn(move || Some((r.u8().ok()?, r.u16().ok()?, r.figure().ok()?)))
}

/// The places for sums; every measure but the refusals has a number below this.
const PLAIN: usize = 80;

/// Sums by measure. Plain measures have their places, so that a sum takes no look-up.
struct Sums {
    plain: [i64; PLAIN],
    there: u128,
    others: Vec<(u16, i64)>,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            plain: [0; PLAIN],
            there: 0,
            others: Vec::new(),
        }
    }
}

impl Sums {
    fn add(&mut self, number: u16, figure: i64) {
        if let Some(sum) = self.plain.get_mut(usize::from(number)) {
            *sum = sum.saturating_add(figure);
            self.there |= 1_u128.wrapping_shl(u32::from(number));
            return;
        }
        match self.others.iter_mut().find(|(other, _)| *other == number) {
            Some((_, sum)) => *sum = sum.saturating_add(figure),
            None => self.others.push((number, figure)),
        }
    }

    fn counts(self) -> Option<Counts> {
        let plain = (0_u16..).zip(self.plain);
        let there = |(number, _): &(u16, i64)| self.there.wrapping_shr(u32::from(*number)) & 1 == 1;
        let all = plain.filter(there).chain(self.others.iter().copied());
        let all = all.filter_map(|(number, sum)| Some((Measure::from_number(number)?, sum)));
        let counts: Counts = all.collect();
        (!counts.is_empty()).then_some(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> (Sheet, BTreeMap<(u8, u16), i64>) {
        let figures = [0, 1, -1, 63, -64, 64, 1_000_000, i64::MAX, i64::MIN];
        let refusals = (1001..=1040).filter_map(Measure::from_number);
        let all: Vec<Measure> = Measure::plain().chain(refusals).collect();
        let mut sheet = Sheet {
            applied: Position(77),
            ..Sheet::default()
        };
        let mut model = BTreeMap::new();
        for (n, measure) in all.iter().enumerate() {
            for day in 1..=31 {
                let figure = *figures
                    .iter()
                    .cycle()
                    .nth(n.saturating_add(day.into()))
                    .unwrap();
                sheet.count(day, *measure, figure);
                model.insert((day, measure.number()), figure);
            }
        }
        (sheet, model)
    }

    fn cells(sheet: &Sheet) -> BTreeMap<(u8, u16), i64> {
        let mut out = BTreeMap::new();
        sheet.each(|day, number, figure| {
            assert_eq!(out.insert((day, number), figure), None);
        });
        out
    }

    #[test]
    fn every_measure_but_the_refusals_has_a_place() {
        assert!(Measure::plain().all(|m| usize::from(m.number()) < PLAIN));
    }

    #[test]
    fn values_stay_small_and_read_back() {
        let (sheet, model) = full();
        assert_eq!(cells(&sheet), model);
        let values = sheet.values();
        assert!(values.len() > 1);
        let mut back = Sheet::default();
        for value in &values {
            assert!(value.len() < 4096);
            back.read(value).unwrap();
        }
        assert_eq!((back.applied, cells(&back)), (sheet.applied, model));
        assert_eq!(back.values(), values);
        for cut in 9..values[0].len().min(40) {
            let short = Sheet::default().read(&values[0][..cut]);
            // Cells have four octets here, those of large figures more.
            let whole = short.is_ok();
            assert!(!whole || cells_end(&values[0], cut), "{cut}");
        }
    }

    fn cells_end(value: &[u8], at: usize) -> bool {
        let mut r = Reader(&value[8..]);
        let mut ends = false;
        while !r.0.is_empty() && !ends {
            r.u8().unwrap();
            r.u16().unwrap();
            r.figure().unwrap();
            ends = value.len().checked_sub(r.0.len()) == Some(at);
        }
        ends
    }

    #[test]
    fn packed_and_spread_out_it_counts_the_same() {
        let (mut sheet, model) = full();
        sheet.pack();
        assert_eq!(cells(&sheet), model);
        let packed = sheet.weight();
        sheet.count(7, Measure::Offered, 3);
        assert!(packed < sheet.weight());
        let mut model = model;
        let cell = model.get_mut(&(7, Measure::Offered.number())).unwrap();
        *cell = cell.saturating_add(3);
        assert_eq!(cells(&sheet), model);
        sheet.pack();
        assert_eq!(cells(&sheet), model);
    }

    #[test]
    fn sums_are_of_the_days_asked_for() {
        let mut sheet = Sheet::default();
        let refused = Measure::from_number(1008).unwrap();
        for day in 1..=31 {
            sheet.count(day, Measure::Offered, i64::from(day));
            sheet.count(day, refused, 1);
        }
        sheet.count(3, Measure::Undecided, 0);
        for packed in [false, true] {
            if packed {
                sheet.pack();
            }
            let sums = sheet.sums((10, 12)).unwrap();
            let expected = Counts::from([(Measure::Offered, 33), (refused, 3)]);
            assert_eq!(sums, expected);
            assert_eq!(sheet.sums((1, 31)).unwrap()[&Measure::Undecided], 0);
            assert_eq!(sheet.sums((32, 40)), None);
        }
    }
}
