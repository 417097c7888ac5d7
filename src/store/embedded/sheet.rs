//! The counters of one unit in one month, in memory: days packed as they are stored, and those few that are being counted
//! into. A province has 125,000 of them a month, most of which move on a few days.

use super::packed::{self, Nothing, Sums};
use crate::model::{LocalDay, Month, Position, UnitCode};
use crate::rates::recount::Figures;
use crate::rates::{Counts, Measure};
use crate::store::codec::CodecError;
use crate::store::codec::bytes::Reader;
use std::mem::size_of;

/// Days are put into another value beyond this length; one day takes less than what is left to 4 KiB.
const VALUE_MAX: usize = 2_400;
/// Days that are counted into at a time: today, the day of the arrivals that are answered, that of a document's date.
const OPEN: usize = 3;

/// The counters of one unit in one month.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Sheet {
    /// The last record counted into it.
    pub(in crate::store) applied: Position,
    /// Whether it is to be written.
    pub(super) changed: bool,
    /// Whether it was read from disk, or looked for there.
    pub(super) known: bool,
    /// The last day that is packed.
    last: u8,
    /// Days in their order: which, and its figures. All of it was read once before it came here.
    packed: Box<[u8]>,
    /// What is to be added to days.
    open: Vec<(u8, Counts)>,
    /// How many values it has on disk, while it is being read.
    values: u8,
}

impl Sheet {
    /// Takes one step of a counter.
    pub(in crate::store) fn count(&mut self, day: u8, measure: Measure, by: i64) {
        self.day(day).add(measure, by);
    }

    /// What is to be added to a day.
    pub(super) fn day(&mut self, day: u8) -> &mut Counts {
        let at = match self.open.iter().rposition(|(known, _)| *known == day) {
            Some(at) => at,
            None => {
                if self.open.len() >= OPEN {
                    self.pack_first();
                }
                let at = self.open.partition_point(|(known, _)| *known < day);
                self.open.insert(at, (day, Counts::with_room()));
                at
            }
        };
        match self.open.get_mut(at) {
            Some((_, counts)) => counts,
            None => nowhere(),
        }
    }

    /// Packs the earliest day that is counted into.
    fn pack_first(&mut self) {
        let Some((day, _)) = self.open.first() else {
            return;
        };
        if *day <= self.last {
            self.pack();
            return;
        }
        let (day, counts) = self.open.remove(0);
        let mut all = std::mem::take(&mut self.packed).into_vec();
        all.push(day);
        packed::write(&mut all, &counts);
        self.packed = all.into_boxed_slice();
        self.last = day;
    }

    /// Whether there are days that are not packed.
    pub(super) fn is_spread(&self) -> bool {
        !self.open.is_empty()
    }

    /// Puts it into the form in which it takes least.
    pub(in crate::store) fn pack(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let mut all: Vec<u8> = Vec::with_capacity(self.packed.len().saturating_add(64));
        if self.open.first().is_some_and(|(day, _)| *day > self.last) {
            all.extend_from_slice(&self.packed);
            for (day, counts) in &self.open {
                all.push(*day);
                packed::write(&mut all, counts);
                self.last = *day;
            }
        } else {
            self.each_day(|day, counts| {
                all.push(day);
                packed::write(&mut all, counts);
            });
            let last = self.open.last().map_or(0, |(day, _)| *day);
            self.last = self.last.max(last);
        }
        self.open = Vec::new();
        self.packed = all.into_boxed_slice();
    }

    /// About how many octets it takes.
    pub(in crate::store) fn weight(&self) -> usize {
        let of_day = |counts: &Counts| size_of::<(u8, Counts)>().saturating_add(room(counts));
        let open = self.open.iter().map(|(_, counts)| of_day(counts));
        let own = size_of::<Self>().saturating_add(self.packed.len());
        open.fold(own, usize::saturating_add)
    }

    /// Each day with its figures, in their order.
    fn each_day(&self, mut take: impl FnMut(u8, &Counts)) {
        let mut open = self.open.iter().peekable();
        let (mut r, mut sums) = (Reader(&self.packed), Sums::default());
        while let Ok(day) = r.u8() {
            while let Some((earlier, counts)) = open.next_if(|(other, _)| *other < day) {
                take(*earlier, counts);
            }
            if packed::read(&mut r, &mut sums).is_err() {
                return;
            }
            if let Some((_, more)) = open.next_if(|(other, _)| *other == day) {
                sums.add(more);
            }
            if let Some(counts) = sums.take() {
                take(day, &counts);
            }
        }
        open.for_each(|(day, counts)| take(*day, counts));
    }

    /// As it is stored: the applied position, how many values there are, then the days, in as many values as it needs.
    pub(in crate::store) fn values(&self) -> Vec<Vec<u8>> {
        let start = || {
            let mut value = self.applied.0.to_le_bytes().to_vec();
            value.push(1);
            value
        };
        let mut out = Vec::new();
        let mut value = start();
        if self.open.is_empty() && self.packed.len() < VALUE_MAX {
            value.extend_from_slice(&self.packed);
            return vec![value];
        }
        self.each_day(|day, counts| {
            if value.len() >= VALUE_MAX {
                out.push(std::mem::replace(&mut value, start()));
            }
            value.push(day);
            packed::write(&mut value, counts);
        });
        out.push(value);
        let many = u8::try_from(out.len()).unwrap_or(u8::MAX);
        for count in out.iter_mut().filter_map(|value| value.get_mut(8)) {
            *count = many;
        }
        out
    }

    /// Takes the next value of a stored sheet. One that has become shorter may have values behind its last one, which
    /// say nothing any more.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(in crate::store) fn read(&mut self, part: u8, bytes: &[u8]) -> Result<(), CodecError> {
        let mut r = Reader(bytes);
        let (applied, values) = (Position(r.u64()?), r.u8()?);
        if part == 0 {
            self.values = values;
        }
        let days = r.0;
        let mut last = 0;
        while !r.0.is_empty() {
            last = r.u8()?;
            packed::read(&mut r, &mut Nothing)?;
        }
        if part >= self.values {
            return Ok(());
        }
        self.applied = applied;
        self.last = self.last.max(last);
        if part == 0 {
            self.packed = days.into();
            return Ok(());
        }
        let mut all = std::mem::take(&mut self.packed).into_vec();
        all.reserve_exact(days.len());
        all.extend_from_slice(days);
        self.packed = all.into_boxed_slice();
        Ok(())
    }

    /// Adds the days of the month from the first of those to the last.
    pub(super) fn sum(&self, (first, last): (u8, u8), sums: &mut Sums) {
        let mut r = Reader(&self.packed);
        while let Ok(day) = r.u8() {
            let read = match (first..=last).contains(&day) {
                true => packed::read(&mut r, sums),
                false => packed::read(&mut r, &mut Nothing),
            };
            if read.is_err() {
                return;
            }
        }
        let open = self.open.iter();
        let wanted = open.filter(|(day, _)| (first..=last).contains(day));
        wanted.for_each(|(_, counts)| sums.add(counts));
    }

    /// The figures by day.
    pub(in crate::store) fn spread(&self, month: Month, unit: &UnitCode, out: &mut Figures) {
        self.each_day(|day, counts| {
            let day = LocalDay::new(month.year, month.month, day.cast_signed());
            if let Some(day) = day {
                out.entry((unit.clone(), day)).or_default().add_all(counts);
            }
        });
    }
}

/// What the figures of a day take beside their place.
fn room(counts: &Counts) -> usize {
    counts.len().saturating_mul(16)
}

#[allow(clippy::unreachable, reason = "a day was put there just before")]
fn nowhere() -> ! {
    unreachable!("a sheet without the day that is counted into")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    type Model = BTreeMap<(u8, Measure), i64>;

    fn full() -> (Sheet, Model) {
        let figures = [0, 1, -1, 63, -64, 64, 1_000_000, i64::MAX, i64::MIN];
        let refusals = (1001..=1090).filter_map(Measure::from_number);
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
                model.insert((day, *measure), figure);
            }
        }
        (sheet, model)
    }

    fn cells(sheet: &Sheet) -> Model {
        let mut out = BTreeMap::new();
        let mut before = 0;
        sheet.each_day(|day, counts| {
            assert!(before < day);
            before = day;
            for (measure, figure) in counts {
                assert_eq!(out.insert((day, *measure), *figure), None);
            }
        });
        out
    }

    fn read(values: &[Vec<u8>]) -> Sheet {
        let mut back = Sheet::default();
        for (part, value) in (0..).zip(values) {
            back.read(part, value).unwrap();
        }
        back
    }

    #[test]
    fn values_stay_small_and_read_back() {
        let (sheet, model) = full();
        assert_eq!(cells(&sheet), model);
        let values = sheet.values();
        assert!(values.len() > 1);
        assert!(values.iter().all(|value| value.len() < 4096));
        let back = read(&values);
        assert_eq!((back.applied, cells(&back)), (sheet.applied, model));
        assert_eq!(back.values(), values);
        for cut in 0..values[0].len() {
            let short = Sheet::default().read(0, &values[0][..cut]);
            // A whole number of days may be what was written.
            assert!(short.is_err() || cut == 9 || day_ends(&values[0], cut));
        }
    }

    fn day_ends(value: &[u8], at: usize) -> bool {
        let mut r = Reader(&value[9..at]);
        while !r.0.is_empty() {
            if r.u8().is_err() || packed::read(&mut r, &mut Nothing).is_err() {
                return false;
            }
        }
        true
    }

    /// A figure that becomes smaller may make a sheet so much shorter that its last value stays behind.
    #[test]
    fn values_that_were_left_behind_say_nothing() {
        let (sheet, model) = full();
        let mut values = sheet.values();
        let behind = values.last().unwrap().clone();
        values.push(behind);
        assert_eq!(cells(&read(&values)), model);
    }

    #[test]
    fn packed_and_spread_out_it_counts_the_same() {
        let (mut sheet, mut model) = full();
        sheet.pack();
        assert_eq!(cells(&sheet), model);
        let packed = sheet.weight();
        sheet.count(7, Measure::Offered, 3);
        assert!(packed < sheet.weight());
        let cell = model.get_mut(&(7, Measure::Offered)).unwrap();
        *cell = cell.saturating_add(3);
        assert_eq!(cells(&sheet), model);
        sheet.pack();
        assert_eq!(cells(&sheet), model);
    }

    #[test]
    fn days_may_come_in_any_order() {
        for step in [1_u8, 3, 7, 11, 30] {
            let (mut sheet, mut model) = (Sheet::default(), Model::new());
            let days = std::iter::successors(Some(1_u8), |day| Some((day + step) % 31));
            for (n, day) in (0..).zip(days.take(200)) {
                sheet.count(day + 1, Measure::Delivered, n);
                *model.entry((day + 1, Measure::Delivered)).or_insert(0) += n;
                assert_eq!(cells(&sheet), model);
            }
            assert_eq!(cells(&read(&sheet.values())), model);
        }
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
        let mut all = Sums::default();
        let mut sums = |sheet: &Sheet, days| {
            sheet.sum(days, &mut all);
            all.take()
        };
        for packed in [false, true] {
            if packed {
                sheet.pack();
            }
            let expected = Counts::from([(Measure::Offered, 33), (refused, 3)]);
            assert_eq!(sums(&sheet, (10, 12)), Some(expected));
            let month = sums(&sheet, (1, 31)).unwrap();
            assert_eq!(month.get(&Measure::Undecided), Some(&0));
            assert_eq!(sums(&sheet, (32, 40)), None);
        }
    }
}
