//! The exchange rates per unit, in sled: one value per month and unit, with the position in the log
//! up to which it is counted. Months in use are held in memory, which answers and counts; what
//! changed is written every half second. Nobody who asks holds up who counts: months are read from disk without the
//! lock, and those in memory a slice at a time.
//!
//! A value says for itself how far it is counted, so that a crash between two batches costs
//! nothing: the log's tail is counted again into exactly those values that lack it.

use super::log::{LogId, Marker};
use super::rates_rows::{self as rows, Reopened, Store};
use super::sheet::Sheet;
use crate::model::event::Recorded;
use crate::model::{LocalDay, Month, Period, Position, UnitCode};
use crate::rates::recount::Figures;
use crate::rates::{Counts, Increment, count};
use crate::store::{PeriodTotals, ReadError};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, RangeInclusive};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Months held in memory; the one used longest ago is given up first …
const OPEN_MONTHS: usize = 6;
/// … and octets that they may take together: four months of 125,000 units that send and receive three documents each.
const OPEN_BYTES: usize = 160 * 1024 * 1024;
/// What a unit's sheet takes beside its figures: its place in the tree, and its code.
const PLACE: usize = 80;
/// Units that are read without letting go of the lock: less than a millisecond.
const SLICE: usize = 1000;
/// How often a month is read again because it was written meanwhile, before it is read with the lock held.
const TRIES: usize = 3;
/// Of a period of more months, those that are not in memory stay on disk: a quarter reckoned from the 15th has four.
const KEPT: usize = 4;

/// What a record counts.
pub(in crate::store) type Steps = (Position, Vec<Increment>);

/// What each of those records counts.
pub(in crate::store) fn steps_of(records: &[Recorded]) -> Vec<Steps> {
    let each = records.iter();
    each.map(|record| (record.position, count(record)))
        .collect()
}

#[derive(Debug, Default)]
struct OpenMonth {
    units: BTreeMap<UnitCode, Sheet>,
    dirty: BTreeSet<UnitCode>,
    used: u64,
    /// About how many octets it takes, all sheets packed.
    weight: usize,
    /// Whether that is so still.
    weighed: bool,
}

struct State {
    months: BTreeMap<Month, OpenMonth>,
    marker: Marker,
    /// The last marker written.
    stored: Position,
    uses: u64,
    /// How often each month was written.
    writes: BTreeMap<Month, u64>,
    /// Whether sheets are being written just now: what is on disk is older than they.
    writing: bool,
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
        records: &[Steps],
        marker: Marker,
    ) -> Result<(), ReadError> {
        let mut state = self.lock();
        state.store()?;
        for (position, steps) in records {
            if let Err(e) = state.count(*position, steps) {
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
            state.give_up_old();
            return Ok(());
        }
        let Some(store) = state.store.clone() else {
            return Err("the rates are not open".to_owned());
        };
        let changed = state.take_dirty();
        let marker = state.marker;
        state.writing = true;
        drop(state);
        let written = store.write(&changed, &marker);
        let mut state = self.lock();
        state.writing = false;
        if written.is_ok() {
            state.stored = marker.position;
            state.give_up_old();
        } else {
            state.put_back(changed);
        }
        written
    }

    /// After writing failed: opens the store again if the disk takes writes, since sled writes nothing more once a write
    /// failed; whether it did. What was not written is in memory still.
    ///
    /// # Errors
    /// It cannot be opened, or less is in it than was written: the next start counts on from what is there.
    pub(in crate::store) fn reopen(&self) -> Result<bool, String> {
        let _one = self.flushing.lock();
        if !rows::takes_writes(&self.dir) {
            return Ok(false);
        }
        let mut state = self.lock();
        let open = state.store.take();
        let open = open.ok_or_else(|| "the rates are not open".to_owned())?;
        let (store, anew) = match open.reopen(&self.dir)? {
            Reopened::InUse(store) => (store, false),
            Reopened::Anew(store, marker) if marker.position >= state.stored => (store, true),
            Reopened::Anew(_, Marker { position, .. }) => {
                let stored = state.stored;
                return Err(format!(
                    "they were written up to {stored}, and are counted up to {position}"
                ));
            }
        };
        state.store = Some(store);
        Ok(anew)
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

    /// Totals of a period. Of a long one, months that are not in memory are read past it: they would put out those in
    /// use, and a year of a large province takes more memory than there is.
    pub(in crate::store) fn totals(
        &self,
        period: Period,
        unit: Option<&UnitCode>,
    ) -> Result<BTreeMap<UnitCode, Counts>, ReadError> {
        if let Some(unit) = unit {
            return self.totals_of(period, unit);
        }
        let mut out = BTreeMap::new();
        let few = period.months().nth(KEPT).is_none();
        for month in period.months() {
            let days = days_of(month, period);
            let state = self.lock();
            if few || state.months.contains_key(&month) {
                drop(state);
                self.month_totals(month, days, &mut out)?;
                continue;
            }
            let store = state.store()?.clone();
            drop(state);
            let each = |of: &UnitCode, sheet: &Sheet| sheet.add(days, of, &mut out);
            store.each(month, None, each).map_err(ReadError::Failed)?;
        }
        Ok(out)
    }

    /// Those of one unit; its months that are not in memory are read past it.
    fn totals_of(
        &self,
        period: Period,
        unit: &UnitCode,
    ) -> Result<BTreeMap<UnitCode, Counts>, ReadError> {
        let mut out = BTreeMap::new();
        let state = self.lock();
        for month in period.months() {
            let days = days_of(month, period);
            let mut add = |of: &UnitCode, sheet: &Sheet| sheet.add(days, of, &mut out);
            match state.months.get(&month) {
                Some(open) => open.units.get(unit).into_iter().for_each(|s| add(unit, s)),
                None => {
                    let read = state.store()?.each(month, Some(unit), add);
                    read.map_err(ReadError::Failed)?;
                }
            }
        }
        Ok(out)
    }

    /// Adds a month, a slice of units at a time.
    fn month_totals(
        &self,
        month: Month,
        days: (u8, u8),
        out: &mut BTreeMap<UnitCode, Counts>,
    ) -> Result<(), ReadError> {
        let mut last: Option<UnitCode> = None;
        loop {
            let mut state = self.opened(month)?;
            let from = last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
            let units = &state.open(month)?.units;
            let mut rest = units.range((from, Bound::Unbounded));
            for (of, sheet) in rest.by_ref().take(SLICE) {
                sheet.add(days, of, out);
                last = Some(of.clone());
            }
            if rest.next().is_none() {
                return Ok(());
            }
        }
    }

    /// The lock, with a month in memory. It is read from disk before the lock is taken; what was written meanwhile is read
    /// again.
    fn opened(&self, month: Month) -> Result<MutexGuard<'_, State>, ReadError> {
        for _ in 0..TRIES {
            let state = self.lock();
            if state.months.contains_key(&month) {
                return Ok(state);
            }
            let (store, writes) = (state.store()?.clone(), state.writes_of(month));
            drop(state);
            let read = OpenMonth::read(&store, month)?;
            let mut state = self.lock();
            if state.months.contains_key(&month) {
                return Ok(state);
            }
            if state.store.is_some() && state.writes_of(month) == writes {
                state.months.insert(month, read);
                state.open(month)?;
                state.give_up_old();
                return Ok(state);
            }
        }
        let mut state = self.lock();
        state.open(month)?;
        Ok(state)
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
        let stored = state.store()?.all(|month, unit, sheet| {
            if !state.months.contains_key(&month) {
                sheet.spread(month, unit, &mut out);
            }
        });
        stored.map_err(ReadError::Failed)?;
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
            writes: BTreeMap::new(),
            writing: false,
            store: Some(store),
        }
    }

    fn store(&self) -> Result<&Store, ReadError> {
        let closed = || ReadError::Failed("the rates are not open".into());
        self.store.as_ref().ok_or_else(closed)
    }

    fn count(&mut self, position: Position, steps: &[Increment]) -> Result<(), ReadError> {
        // A value that has this record already must not get a part of it again. One record counts for few units.
        let mut counted: Vec<(Month, &UnitCode, bool)> = Vec::new();
        for step in steps {
            let month = step.day.month();
            let open = self.open(month)?;
            let sheet = open.units.entry(step.unit.clone()).or_default();
            let known = counted
                .iter()
                .find(|(m, u, _)| *m == month && **u == step.unit);
            let fresh = known.map_or(sheet.applied < position, |(_, _, fresh)| *fresh);
            if known.is_none() {
                counted.push((month, &step.unit, fresh));
                if !open.dirty.contains(&step.unit) {
                    open.dirty.insert(step.unit.clone());
                }
            }
            if fresh {
                sheet.applied = position;
                let day = u8::try_from(step.day.day()).unwrap_or(0);
                sheet.count(day, step.measure, step.by);
                open.weighed = false;
            }
        }
        Ok(())
    }

    /// The month in memory, read from the store when it is first asked for.
    fn open(&mut self, month: Month) -> Result<&mut OpenMonth, ReadError> {
        self.uses = self.uses.saturating_add(1);
        if !self.months.contains_key(&month) {
            let read = OpenMonth::read(self.store()?, month)?;
            self.months.insert(month, read);
        }
        let open = self.months.entry(month).or_default();
        open.used = self.uses;
        Ok(open)
    }

    /// How often a month was written.
    fn writes_of(&self, month: Month) -> u64 {
        self.writes.get(&month).copied().unwrap_or(0)
    }

    /// What changed, packed.
    fn take_dirty(&mut self) -> Vec<(Month, UnitCode, Sheet)> {
        let mut out = Vec::new();
        for (month, open) in &mut self.months {
            if !open.dirty.is_empty() {
                let writes = self.writes.entry(*month).or_insert(0);
                *writes = writes.saturating_add(1);
            }
            for unit in std::mem::take(&mut open.dirty) {
                if let Some(sheet) = open.units.get_mut(&unit) {
                    sheet.pack();
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

    /// Gives up months beyond the bounds, but the one used last and those that are not on disk as they are.
    fn give_up_old(&mut self) {
        if self.writing {
            return;
        }
        for open in self
            .months
            .values_mut()
            .filter(|open| open.dirty.is_empty())
        {
            open.weigh();
        }
        let heavy = |months: &BTreeMap<Month, OpenMonth>| {
            let weights = months.values().map(|open| open.weight);
            weights.fold(0, usize::saturating_add) > OPEN_BYTES
        };
        while self.months.len() > OPEN_MONTHS || self.months.len() > 1 && heavy(&self.months) {
            let clean = self.months.iter().filter(|(_, open)| open.dirty.is_empty());
            let oldest = clean.min_by_key(|(_, open)| open.used);
            let last = |open: &OpenMonth| open.used == self.uses;
            let Some(month) = oldest.filter(|(_, open)| !last(open)).map(|(m, _)| *m) else {
                return;
            };
            self.months.remove(&month);
        }
    }
}

impl OpenMonth {
    fn read(store: &Store, month: Month) -> Result<Self, ReadError> {
        let mut out = Self::default();
        let read = store.each(month, None, |unit, sheet| {
            out.units.insert(unit.clone(), sheet.clone());
        });
        read.map_err(ReadError::Failed)?;
        out.weigh();
        Ok(out)
    }

    fn weigh(&mut self) {
        if std::mem::replace(&mut self.weighed, true) {
            return;
        }
        let sheets = self.units.values();
        let all = sheets.map(|sheet| sheet.weight().saturating_add(PLACE));
        self.weight = all.fold(0, usize::saturating_add);
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
    use crate::rates::Measure;
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
        let records = steps_of(&[record(1), record(2), record(3)]);
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

    fn step(unit_code: &str, month: i8) -> Increment {
        let day = LocalDay::new(2026, month, 7).unwrap();
        Increment {
            unit: unit(unit_code),
            day,
            measure: Measure::Offered,
            of: crate::rates::Item::Import(crate::model::DocumentId::FIRST),
            by: 1,
        }
    }

    /// More units than a slice, and more months than are held: what is asked for comes from memory and from disk, before
    /// and after it was written, and is always the same; months that are on disk are given up even if nothing more comes.
    #[test]
    fn slices_and_months_that_were_given_up_lack_nothing() {
        let data = tempfile::tempdir().unwrap();
        let rates = Rates::open(data.path(), [1; 16]).unwrap();
        let codes: Vec<String> = (0..2 * SLICE + 3).map(|n| format!("H{n:05}")).collect();
        let mut position = 0;
        for month in 1..=9 {
            for code in &codes {
                position += 1;
                let steps = vec![step(code, month)];
                rates
                    .apply(&[(Position(position), steps)], at(position))
                    .unwrap();
            }
            if month % 3 == 0 {
                rates.flush().unwrap();
            }
        }
        let counts = Counts::from([(Measure::Offered, 1)]);
        let all = |rates: &Rates| {
            for month in 1..=9 {
                let period = Period::parse(&format!("2026-{month:02}")).unwrap();
                let totals = rates.totals(period, None).unwrap();
                assert_eq!(totals.len(), codes.len());
                assert!(totals.values().all(|own| *own == counts));
                let one = rates.totals(period, Some(&unit("H00007"))).unwrap();
                assert_eq!(one[&unit("H00007")], counts);
            }
        };
        all(&rates);
        rates.flush().unwrap();
        assert!(rates.lock().months.len() <= OPEN_MONTHS);
        all(&rates);
        assert!(rates.lock().months.len() <= OPEN_MONTHS);
        let year = rates.totals(Period::parse("2026").unwrap(), None).unwrap();
        assert!(year.values().all(|own| own[&Measure::Offered] == 9));
        assert_eq!(year.len(), codes.len());
    }

    /// Months are asked for while they are counted and written: no step is lost, and none counts twice.
    #[test]
    fn asking_beside_counting_loses_nothing() {
        let data = tempfile::tempdir().unwrap();
        let rates = Rates::open(data.path(), [1; 16]).unwrap();
        let over = std::sync::atomic::AtomicBool::new(false);
        let relaxed = std::sync::atomic::Ordering::Relaxed;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for month in (1..=9).cycle().take_while(|_| !over.load(relaxed)) {
                    let period = Period::parse(&format!("2026-{month:02}")).unwrap();
                    rates.totals(period, None).unwrap();
                }
            });
            scope.spawn(|| {
                while !over.load(relaxed) {
                    rates.flush().unwrap();
                }
            });
            for n in 1..=2_700_u64 {
                let month = i8::try_from(n % 9 + 1).unwrap();
                let steps = vec![step("H53.1", month), step("H53.2", month)];
                rates.apply(&[(Position(n), steps)], at(n)).unwrap();
            }
            over.store(true, relaxed);
        });
        rates.flush().unwrap();
        let year = rates.totals(Period::parse("2026").unwrap(), None).unwrap();
        for code in ["H53.1", "H53.2"] {
            assert_eq!(year[&unit(code)][&Measure::Offered], 2_700);
        }
        rates.close().unwrap();
        let rates = Rates::open(data.path(), [1; 16]).unwrap();
        let again = rates.totals(Period::parse("2026").unwrap(), None).unwrap();
        assert_eq!(again, year);
    }
}
