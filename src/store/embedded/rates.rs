//! The exchange rates per unit, in sled: one value per month and unit, with the position in the log
//! up to which it is counted. Months in use are held in memory, which answers and counts; what
//! changed is written every half second.
//!
//! A value says for itself how far it is counted, so that a crash between two batches costs
//! nothing: the log's tail is counted again into exactly those values that lack it.

use super::log::{LogId, Marker};
use super::rates_rows::{self as rows, Store};
use crate::model::event::Recorded;
use crate::model::{LocalDay, Month, Period, Position, UnitCode};
use crate::rates::recount::Figures;
use crate::rates::{Counts, Increment, Measure, count};
use crate::store::{PeriodTotals, ReadError};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Months held in memory; the one used longest ago is given up first.
const OPEN_MONTHS: usize = 6;
/// Of a period of more months, those that are not in memory stay on disk: a quarter reckoned from the 15th has four.
const KEPT: usize = 4;

/// The counters of one unit in one month.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Sheet {
    /// The last record counted into it.
    pub(in crate::store) applied: Position,
    /// Figures by day of the month and measure.
    pub(in crate::store) cells: BTreeMap<(u8, Measure), i64>,
}

#[derive(Debug, Default)]
struct OpenMonth {
    units: BTreeMap<UnitCode, Sheet>,
    dirty: BTreeSet<UnitCode>,
    used: u64,
}

struct State {
    months: BTreeMap<Month, OpenMonth>,
    marker: Marker,
    /// The last marker written.
    stored: Position,
    uses: u64,
    store: Option<Store>,
}

/// The rates.
pub(in crate::store) struct Rates {
    dir: PathBuf,
    id: LogId,
    state: Mutex<State>,
    flushing: Mutex<()>,
}

impl Rates {
    /// Opens the rates of the log `id`; those that are missing, damaged, of another version, of
    /// another log or of another boot are made anew and start at the beginning.
    pub(in crate::store) fn open(dir: &Path, id: LogId) -> Result<Self, String> {
        let (store, marker) = match rows::reuse(dir, &id) {
            Some(found) => found,
            None => (rows::create(dir, &id)?, Marker::default()),
        };
        Ok(Self {
            dir: dir.to_owned(),
            id,
            state: Mutex::new(State::new(store, marker)),
            flushing: Mutex::new(()),
        })
    }

    /// Throws everything away, to be counted again.
    pub(in crate::store) fn reset(&self) -> Result<(), String> {
        let _one = self.flushing.lock();
        let mut state = self.lock();
        state.store = None;
        let store = rows::create(&self.dir, &self.id)?;
        *state = State::new(store, Marker::default());
        Ok(())
    }

    /// Up to where all values are counted.
    pub(in crate::store) fn marker(&self) -> Marker {
        self.lock().marker
    }

    /// Counts the records of a synced group.
    pub(in crate::store) fn apply(
        &self,
        records: &[Recorded],
        marker: Marker,
    ) -> Result<(), ReadError> {
        let mut state = self.lock();
        state.store()?;
        for record in records {
            let steps = count(record);
            if let Err(e) = state.count(record.position, &steps) {
                // Nothing may be counted after a gap; the next start counts on from the marker.
                state.store = None;
                state.months.clear();
                return Err(e);
            }
        }
        state.marker = marker;
        Ok(())
    }

    /// Writes what changed.
    pub(in crate::store) fn flush(&self) -> Result<(), String> {
        let _one = self.flushing.lock();
        self.write_out()
    }

    fn write_out(&self) -> Result<(), String> {
        let mut state = self.lock();
        if state.stored == state.marker.position {
            return Ok(());
        }
        let Some(store) = state.store.clone() else {
            return Err("the rates are not open".to_owned());
        };
        let changed = state.take_dirty();
        let marker = state.marker;
        drop(state);
        let written = store.write(&changed, &marker);
        let mut state = self.lock();
        if written.is_ok() {
            state.stored = marker.position;
            state.give_up_old();
        } else {
            state.put_back(changed);
        }
        written
    }

    /// Writes what changed and stamps the rates as usable after any boot.
    pub(in crate::store) fn close(&self) -> Result<(), String> {
        // Held to the end, so that the keeper does not write meanwhile.
        let _one = self.flushing.lock();
        self.write_out()?;
        let Some(store) = self.lock().store.take() else {
            return Ok(());
        };
        store.close(&self.dir, &self.id)
    }

    /// Totals of a period. Of a long one, months that are not in memory are read past it and while others count: they
    /// would put out those in use, and a year of a large province takes more memory than there is.
    pub(in crate::store) fn totals(
        &self,
        period: Period,
        unit: Option<&UnitCode>,
    ) -> Result<BTreeMap<UnitCode, Counts>, ReadError> {
        let mut out = BTreeMap::new();
        let mut add = |days, of: &UnitCode, sheet: &Sheet| sheet.add(days, of, &mut out);
        let few = period.months().nth(KEPT).is_none();
        let mut state = self.lock();
        let mut past = Vec::new();
        for month in period.months() {
            if !few && !state.months.contains_key(&month) {
                past.push(month);
                continue;
            }
            let (days, units) = (days_of(month, period), &state.open(month)?.units);
            match unit {
                Some(unit) => units
                    .get(unit)
                    .into_iter()
                    .for_each(|one| add(days, unit, one)),
                None => units.iter().for_each(|(of, one)| add(days, of, one)),
            }
        }
        let store = state.store()?.clone();
        drop(state);
        for month in past {
            let days = days_of(month, period);
            let each = |of: &UnitCode, sheet: &Sheet| add(days, of, sheet);
            store.each(month, unit, each).map_err(ReadError::Failed)?;
        }
        Ok(out)
    }

    /// Totals of a period as of one record: nothing is counted while they are read, so that what waits for the log
    /// waits a moment longer. That is once a period.
    pub(in crate::store) fn totals_at(&self, period: Period) -> Result<PeriodTotals, ReadError> {
        let state = self.lock();
        let mut totals = BTreeMap::new();
        for month in period.months() {
            let days = days_of(month, period);
            let mut add = |of: &UnitCode, sheet: &Sheet| sheet.add(days, of, &mut totals);
            match state.months.get(&month) {
                Some(open) => open.units.iter().for_each(|(of, sheet)| add(of, sheet)),
                // What is not in memory is on disk as it was counted last.
                None => {
                    let read = state.store()?.each(month, None, add);
                    read.map_err(ReadError::Failed)?;
                }
            }
        }
        Ok(PeriodTotals {
            position: state.marker.position,
            chain: state.marker.head.0,
            totals,
        })
    }

    /// The counters of one unit on some days. Months that are not in memory are read past it.
    pub(in crate::store) fn days(
        &self,
        range: &RangeInclusive<LocalDay>,
        unit: &UnitCode,
    ) -> Result<BTreeMap<LocalDay, Counts>, ReadError> {
        let state = self.lock();
        let store = state.store()?;
        let mut all = BTreeMap::new();
        let (first, last) = (range.start().month(), range.end().month());
        let months = std::iter::successors(Some(first), |month| Some(month.next()));
        for month in months.take_while(|month| *month <= last) {
            match state.months.get(&month) {
                Some(open) => {
                    let sheet = open.units.get(unit).into_iter();
                    sheet.for_each(|sheet| sheet.spread(month, unit, &mut all));
                }
                None => {
                    let each = |of: &UnitCode, sheet: &Sheet| sheet.spread(month, of, &mut all);
                    store
                        .each(month, Some(unit), each)
                        .map_err(ReadError::Failed)?;
                }
            }
        }
        let days = all.into_iter().map(|((_, day), counts)| (day, counts));
        Ok(days.filter(|(day, _)| range.contains(day)).collect())
    }

    /// Every counter there is, as of the record named.
    pub(in crate::store) fn all(&self) -> Result<(Position, Figures), ReadError> {
        let state = self.lock();
        let mut out = BTreeMap::new();
        for (month, unit, sheet) in state.store()?.all().map_err(ReadError::Failed)? {
            if !state.months.contains_key(&month) {
                sheet.spread(month, &unit, &mut out);
            }
        }
        for (month, open) in &state.months {
            for (unit, sheet) in &open.units {
                sheet.spread(*month, unit, &mut out);
            }
        }
        Ok((state.marker.position, out))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(store: Store, marker: Marker) -> Self {
        Self {
            months: BTreeMap::new(),
            stored: marker.position,
            marker,
            uses: 0,
            store: Some(store),
        }
    }

    fn store(&self) -> Result<&Store, ReadError> {
        let closed = || ReadError::Failed("the rates are not open".into());
        self.store.as_ref().ok_or_else(closed)
    }

    fn count(&mut self, position: Position, steps: &[Increment]) -> Result<(), ReadError> {
        // A value that has this record already must not get a part of it again.
        let mut counted = BTreeMap::new();
        for step in steps {
            let month = step.day.month();
            let open = self.open(month)?;
            let sheet = open.units.entry(step.unit.clone()).or_default();
            let fresh = *counted
                .entry((month, step.unit.clone()))
                .or_insert(sheet.applied < position);
            if !fresh {
                continue;
            }
            sheet.applied = position;
            let day = u8::try_from(step.day.day()).unwrap_or(0);
            let cell = sheet.cells.entry((day, step.measure)).or_insert(0);
            *cell = cell.saturating_add(step.by);
            if !open.dirty.contains(&step.unit) {
                open.dirty.insert(step.unit.clone());
            }
        }
        Ok(())
    }

    /// The month in memory, read from the store when it is first asked for.
    fn open(&mut self, month: Month) -> Result<&mut OpenMonth, ReadError> {
        self.uses = self.uses.saturating_add(1);
        if !self.months.contains_key(&month) {
            let units = self.store()?.month(month).map_err(ReadError::Failed)?;
            let open = OpenMonth {
                units,
                ..OpenMonth::default()
            };
            self.months.insert(month, open);
        }
        let open = self.months.entry(month).or_default();
        open.used = self.uses;
        Ok(open)
    }

    fn take_dirty(&mut self) -> Vec<(Month, UnitCode, Sheet)> {
        let mut out = Vec::new();
        for (month, open) in &mut self.months {
            for unit in std::mem::take(&mut open.dirty) {
                if let Some(sheet) = open.units.get(&unit) {
                    out.push((*month, unit, sheet.clone()));
                }
            }
        }
        out
    }

    fn put_back(&mut self, changed: Vec<(Month, UnitCode, Sheet)>) {
        for (month, unit, _) in changed {
            if let Some(open) = self.months.get_mut(&month) {
                open.dirty.insert(unit);
            }
        }
    }

    fn give_up_old(&mut self) {
        while self.months.len() > OPEN_MONTHS {
            let clean = self.months.iter().filter(|(_, open)| open.dirty.is_empty());
            let oldest = clean.min_by_key(|(_, open)| open.used);
            let Some(month) = oldest.map(|(month, _)| *month) else {
                return;
            };
            self.months.remove(&month);
        }
    }
}

impl Sheet {
    /// Adds the days of the month from the first of those to the last; a unit without any is left out.
    fn add(&self, (first, last): (u8, u8), unit: &UnitCode, out: &mut BTreeMap<UnitCode, Counts>) {
        let within = |((day, _), _): &(&(u8, Measure), &i64)| (first..=last).contains(day);
        let mut cells = self.cells.iter().filter(within).peekable();
        if cells.peek().is_none() {
            return;
        }
        let counts = out.entry(unit.clone()).or_default();
        for ((_, measure), figure) in cells {
            let total = counts.entry(*measure).or_insert(0);
            *total = total.saturating_add(*figure);
        }
    }

    fn spread(
        &self,
        month: Month,
        unit: &UnitCode,
        out: &mut BTreeMap<(UnitCode, LocalDay), Counts>,
    ) {
        for ((day, measure), figure) in &self.cells {
            let day = LocalDay::new(month.year, month.month, day.cast_signed());
            if let Some(day) = day {
                let counts = out.entry((unit.clone(), day)).or_default();
                counts.insert(*measure, *figure);
            }
        }
    }
}

/// The first and the last day of a month that lie in a period.
fn days_of(month: Month, period: Period) -> (u8, u8) {
    let (first, last) = period.days().into_inner();
    let day = |day: LocalDay, other: u8| match day.month() == month {
        true => day.day().cast_unsigned(),
        false => other,
    };
    (day(first, 1), day(last, 31))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Event;
    use crate::model::{Digest, Disposition};
    use crate::store::memory::MemoryStore;
    use crate::store::samples::{body, morning, offered, unit};
    use std::sync::Arc;

    fn record(n: u64) -> Recorded {
        let clock = crate::clock::ManualClock::new(morning());
        let vault = MemoryStore::new(Arc::new(clock));
        let offer = offered(n, Disposition::Hold, &body(&*vault, n, 10));
        Recorded {
            position: Position(n),
            at: morning(),
            hash: Digest::ZERO,
            event: Event::Offered(Box::new(offer)),
        }
    }

    fn at(n: u64) -> Marker {
        Marker {
            position: Position(n),
            ..Marker::default()
        }
    }

    /// A crash between two batches leaves values ahead of the marker; the tail is then read again.
    #[test]
    fn a_record_is_counted_once_per_value() {
        let data = tempfile::tempdir().unwrap();
        let rates = Rates::open(data.path(), [1; 16]).unwrap();
        let records = [record(1), record(2), record(3)];
        rates.apply(&records[..2], at(2)).unwrap();
        rates.apply(&records, at(3)).unwrap();
        let month = Period::parse("2026-11").unwrap();
        let check = |rates: &Rates| {
            let totals = rates.totals(month, None).unwrap();
            let counts = &totals[&unit("H53.1")];
            for measure in [Measure::Offered, Measure::Undecided, Measure::Held] {
                assert_eq!(counts[&measure], 3, "{measure:?}");
            }
        };
        check(&rates);
        rates.close().unwrap();
        let rates = Rates::open(data.path(), [1; 16]).unwrap();
        assert_eq!(rates.marker().position, Position(3));
        // A year is read past what is in memory, before its month is there and after.
        let (year, none) = (Period::parse("2026").unwrap(), unit("H53.9"));
        let past = rates.totals(year, None).unwrap();
        assert_eq!(rates.totals(year, Some(&unit("H53.1"))).unwrap(), past);
        assert!(rates.totals(year, Some(&none)).unwrap().is_empty());
        check(&rates);
        assert_eq!(rates.totals(year, None).unwrap(), past);
        assert_eq!(rates.totals(month, None).unwrap(), past);
        drop(rates);
        let other = Rates::open(data.path(), [2; 16]).unwrap();
        assert!(other.totals(month, None).unwrap().is_empty());
    }
}
