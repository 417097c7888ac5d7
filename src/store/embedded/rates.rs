//! The exchange rates per unit, in sled: one value per month and unit, with the position in the log
//! up to which it is counted. Months that are counted into are held in memory; what
//! changed is written every half second. Nobody who asks holds up who counts: months on disk are read without the
//! lock, and those in memory as they were when somebody took hold of them.
//!
//! A value says for itself how far it is counted, so that a crash between two batches costs
//! nothing: the log's tail is counted again into exactly those values that lack it.

use super::log::{LogId, Marker};
use super::packed::Sums;
use super::rates_open::{Blocks, Held, OpenMonth, Order, State, in_order};
use super::rates_rows::{self as rows, Reopened, Store};
use super::rates_sums::{List, Part, Summed, Wanted, days_of};
use super::sheet::Sheet;
use crate::model::event::Recorded;
use crate::model::{LocalDay, Month, Period, Position, UnitCode};
use crate::rates::recount::Figures;
use crate::rates::{Counts, Increment, count};
use crate::store::{PeriodTotals, ReadError};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How often figures are read again because others were written meanwhile, before they are read with the lock held.
const TRIES: usize = 3;

/// What a record counts.
pub(in crate::store) type Steps = (Position, Vec<Increment>);

/// What each of those records counts.
pub(in crate::store) fn steps_of(records: &[Recorded]) -> Vec<Steps> {
    let each = records.iter();
    each.map(|record| (record.position, count(record)))
        .collect()
}

/// The rates.
pub(in crate::store) struct Rates {
    dir: PathBuf,
    id: LogId,
    state: Mutex<State>,
    /// Held while anything is written; taken before `state`.
    flushing: Mutex<()>,
}

/// Months as they are held at one moment.
struct Moment {
    marker: Marker,
    months: Vec<(Month, (u8, u8), Held)>,
    order: Order,
    store: Store,
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
        for steps in records {
            if let Err(e) = state.count(steps) {
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

    /// Keeps what is held in memory within its bounds while a log is counted from its beginning: each month is written
    /// when it is left, and not with every group.
    pub(in crate::store) fn relieve(&self) -> Result<(), String> {
        let _one = self.flushing.lock();
        loop {
            let mut state = self.lock();
            let Some(month) = state.beyond() else {
                return Ok(());
            };
            self.write(state, Some(month))?;
            if !self.leave(month)? {
                return Ok(());
            }
        }
    }

    /// Gives up a month that is on disk as it is, and writes its sums.
    fn leave(&self, month: Month) -> Result<bool, String> {
        let mut state = self.lock();
        let Some(left) = state.give_up(month) else {
            return Ok(false);
        };
        let Some(store) = state.store.clone() else {
            return Ok(false);
        };
        let made = state.marker.position.0;
        drop(state);
        self.sum_up(&store, month, &left, made)?;
        Ok(true)
    }

    fn sum_up(
        &self,
        store: &Store,
        month: Month,
        open: &OpenMonth,
        made: u64,
    ) -> Result<(), String> {
        if !open.complete || store.is_summed(month)? {
            return Ok(());
        }
        let summed = open.blocks.summed(&self.order());
        store.write_sums(month, summed, made)
    }

    /// Writes what changed in a month, or everything and the marker.
    fn write(&self, mut state: MutexGuard<'_, State>, only: Option<Month>) -> Result<(), String> {
        let Some(store) = state.store.clone() else {
            return Err("the rates are not open".to_owned());
        };
        let changed = state.take_dirty(only);
        let marker = state.marker;
        drop(state);
        let written = store.write(&changed, only.is_none().then_some(&marker));
        let mut state = self.lock();
        if written.is_err() {
            state.put_back(changed);
        } else if only.is_none() {
            state.stored = marker.position;
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

    fn write_out(&self) -> Result<(), String> {
        let state = self.lock();
        if state.stored != state.marker.position {
            self.write(state, None)?;
        } else {
            drop(state);
        }
        loop {
            let beyond = self.lock().beyond();
            match beyond {
                Some(month) if self.leave(month)? => {}
                _ => return Ok(()),
            }
        }
    }

    /// Writes what changed and stamps the rates as usable after any boot.
    pub(in crate::store) fn close(&self) -> Result<(), String> {
        // Held to the end, so that the keeper does not write meanwhile.
        let _one = self.flushing.lock();
        self.write_out()?;
        let months: Vec<Month> = self.lock().months.keys().copied().collect();
        for month in months {
            self.leave(month)?;
        }
        let Some(store) = self.lock().store.take() else {
            return Ok(());
        };
        store.close(&self.dir, &self.id)
    }

    /// Units in the order of their codes.
    fn order(&self) -> Order {
        let known = self.lock().units.order();
        let order = in_order(known);
        self.lock().units.ordered(&order);
        order
    }

    /// Takes hold of the months of a period. Those of which a part is in memory are completed first.
    fn moment(&self, period: Period) -> Result<Moment, ReadError> {
        for _ in 0..TRIES {
            let moment = self.hold(period)?;
            let partly = moment
                .months
                .iter()
                .filter_map(|(month, _, held)| match held {
                    Held::Partly(_, writes) => Some((*month, *writes)),
                    Held::Memory(_) | Held::Disk(_) => None,
                });
            let partly: Vec<(Month, u64)> = partly.collect();
            if partly.is_empty() {
                return Ok(moment);
            }
            for (month, writes) in partly {
                let sheets = sheets_of(&moment.store, month).map_err(ReadError::Failed)?;
                self.lock().complete(month, sheets, writes);
            }
        }
        for month in period.months() {
            let mut state = self.lock();
            let writes = state.writes_of(month);
            let sheets = sheets_of(state.store()?, month).map_err(ReadError::Failed)?;
            state.complete(month, sheets, writes);
        }
        self.hold(period)
    }

    fn hold(&self, period: Period) -> Result<Moment, ReadError> {
        self.order();
        let state = self.lock();
        let order = state.units.order();
        let moment = (
            state.marker,
            state.of_period(period),
            state.store()?.clone(),
        );
        drop(state);
        let (marker, months, store) = moment;
        Ok(Moment {
            marker,
            months,
            order: in_order(order),
            store,
        })
    }

    /// Totals of a period, of the units that are wanted.
    pub(in crate::store) fn totals_where(
        &self,
        period: Period,
        wanted: &Wanted<'_>,
    ) -> Result<BTreeMap<UnitCode, Counts>, ReadError> {
        let moment = self.moment(period)?;
        for (month, days, held) in &moment.months {
            if Part::of(*days).is_some() && matches!(held, Held::Disk(_)) {
                self.sum_again(&moment.store, *month);
            }
        }
        let totals = gather(&moment, wanted, Source::Sums).map_err(ReadError::Failed)?;
        Ok(totals.into_iter().collect())
    }

    /// Makes the sums of a month on disk that has none, so that the next one who asks finds them. They are but a way to be
    /// faster.
    fn sum_again(&self, store: &Store, month: Month) {
        if store.is_summed(month).unwrap_or(true) || !store.has(month).unwrap_or(false) {
            return;
        }
        // Nothing is written meanwhile, so that they are the sums of what is there.
        let _one = self.flushing.lock();
        let made = self.lock().marker.position.0;
        let mut summed = Summed::default();
        let read = store.each(month, None, |unit, sheet| summed.add(unit, sheet));
        let written = read.and_then(|()| store.write_sums(month, summed, made));
        if let Err(e) = written {
            tracing::warn!(error = %e, "the sums of a month were not written");
        }
    }

    /// Totals of a period.
    pub(in crate::store) fn totals(
        &self,
        period: Period,
        unit: Option<&UnitCode>,
    ) -> Result<BTreeMap<UnitCode, Counts>, ReadError> {
        let Some(unit) = unit else {
            return self.totals_where(period, &|_| true);
        };
        let mut sums = Sums::default();
        self.sheets(period.months(), unit, |month, sheet| {
            sheet.sum(days_of(month, period), &mut sums);
        })?;
        Ok(sums
            .take()
            .into_iter()
            .map(|sum| (unit.clone(), sum))
            .collect())
    }

    /// The sheets of one unit in some months. Those that are not in memory are read past it.
    fn sheets(
        &self,
        months: impl Iterator<Item = Month>,
        unit: &UnitCode,
        mut take: impl FnMut(Month, &Sheet),
    ) -> Result<(), ReadError> {
        let state = self.lock();
        let number = state.number_of(unit);
        let here = |month: Month| {
            let open = state.months.get(&month)?;
            match number.and_then(|number| open.sheet(number)) {
                Some(sheet) => Some(Some(sheet.clone())),
                // A unit without a number was not counted since the start.
                None => open.complete.then_some(None),
            }
        };
        let found: Vec<(Month, Option<Option<Sheet>>)> =
            months.map(|month| (month, here(month))).collect();
        let store = state.store()?.clone();
        drop(state);
        for (month, sheet) in found {
            let sheet = match sheet {
                Some(sheet) => sheet,
                None => store.sheet(month, unit).map_err(ReadError::Failed)?,
            };
            if let Some(sheet) = sheet {
                take(month, &sheet);
            }
        }
        Ok(())
    }

    /// Whether the sums say what the sheets say. Those that do not are damaged: it is told, and they are made again.
    fn compare(&self, moment: &Moment, period: Period, totals: &List) -> Result<(), ReadError> {
        let sums = gather(moment, &|_| true, Source::Sums).map_err(ReadError::Failed)?;
        if sums == *totals {
            return Ok(());
        }
        let _one = self.flushing.lock();
        for (month, ..) in &moment.months {
            moment
                .store
                .forget_sums(*month)
                .map_err(ReadError::Failed)?;
        }
        if is_unchanged(&self.lock(), &moment.months) {
            tracing::error!(%period, "the sums of a month were not those of its sheets; they are made again");
        }
        Ok(())
    }

    /// Totals of a period as of one record, while others are counted: of the sheets themselves, not of their sums.
    pub(in crate::store) fn totals_at(&self, period: Period) -> Result<PeriodTotals, ReadError> {
        for _ in 0..TRIES {
            let moment = self.moment(period)?;
            let totals = gather(&moment, &|_| true, Source::Sheets).map_err(ReadError::Failed)?;
            if is_unchanged(&self.lock(), &moment.months) {
                self.compare(&moment, period, &totals)?;
                return Ok(totals_of(&moment, totals));
            }
        }
        // What is on disk was written each time: now nothing is counted until it is read.
        let state = self.lock();
        let moment = Moment {
            marker: state.marker,
            months: state.of_period(period),
            order: in_order(state.units.order()),
            store: state.store()?.clone(),
        };
        let totals = gather(&moment, &|_| true, Source::Sheets).map_err(ReadError::Failed)?;
        Ok(totals_of(&moment, totals))
    }

    /// The counters of one unit on some days.
    pub(in crate::store) fn days(
        &self,
        range: &RangeInclusive<LocalDay>,
        unit: &UnitCode,
    ) -> Result<BTreeMap<LocalDay, Counts>, ReadError> {
        let (first, last) = (range.start().month(), range.end().month());
        let months = std::iter::successors(Some(first), |month| Some(month.next()));
        let months = months.take_while(|month| *month <= last);
        let mut all = Figures::new();
        self.sheets(months, unit, |month, sheet| {
            sheet.spread(month, unit, &mut all);
        })?;
        let days = all.into_iter().map(|((_, day), counts)| (day, counts));
        Ok(days.filter(|(day, _)| range.contains(day)).collect())
    }

    /// Every counter there is, as of the record named.
    pub(in crate::store) fn all(&self) -> Result<(Position, Figures), ReadError> {
        for _ in 0..TRIES {
            let state = self.lock();
            let (marker, store) = (state.marker, state.store()?.clone());
            let order = state.units.order();
            let months = state.months.keys();
            let open: Vec<_> = months.map(|month| (*month, state.held(*month))).collect();
            let writes = state.all_writes();
            drop(state);
            let all = everything(&store, &open, &in_order(order)).map_err(ReadError::Failed)?;
            if self.lock().only_these_written(&writes, &open) {
                return Ok((marker.position, all));
            }
        }
        let state = self.lock();
        let months = state.months.keys();
        let open: Vec<_> = months.map(|month| (*month, state.held(*month))).collect();
        let order = in_order(state.units.order());
        let all = everything(state.store()?, &open, &order).map_err(ReadError::Failed)?;
        Ok((state.marker.position, all))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn totals_of(moment: &Moment, totals: List) -> PeriodTotals {
    PeriodTotals {
        position: moment.marker.position,
        chain: moment.marker.head.0,
        totals: totals.into_iter().collect(),
    }
}

/// Whether what is on disk is still what it was.
fn is_unchanged(state: &State, months: &[(Month, (u8, u8), Held)]) -> bool {
    months.iter().all(|(month, _, held)| match held {
        Held::Memory(_) => true,
        Held::Disk(writes) | Held::Partly(_, writes) => state.writes_of(*month) == *writes,
    })
}

fn sheets_of(store: &Store, month: Month) -> Result<Vec<(UnitCode, Sheet)>, String> {
    let mut out = Vec::new();
    store.each(month, None, |unit, sheet| {
        out.push((unit.clone(), sheet.clone()));
    })?;
    Ok(out)
}

/// What months on disk are read from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Their sums, where there are some.
    Sums,
    Sheets,
}

/// The totals of a moment, in the order of the units.
fn gather(moment: &Moment, wanted: &Wanted<'_>, from: Source) -> Result<List, String> {
    let mut out = List::new();
    for (month, days, held) in &moment.months {
        let own = match held {
            Held::Memory(blocks) => in_memory(blocks, &moment.order, *days, wanted),
            Held::Disk(_) => on_disk(&moment.store, (*month, *days), wanted, from)?,
            Held::Partly(blocks, _) => {
                let here = |number: u32| blocks.get(number).filter(|sheet| sheet.known);
                let known = moment.order.iter().filter(|(_, n)| here(*n).is_some());
                let known: std::collections::BTreeSet<&str> =
                    known.map(|(unit, _)| unit.as_str()).collect();
                let others = |code: &str| wanted(code) && !known.contains(code);
                let others = on_disk(&moment.store, (*month, *days), &others, from)?;
                let mine = |code: &str| wanted(code) && known.contains(code);
                let mine = in_memory(blocks, &moment.order, *days, &mine);
                merged(others, mine)
            }
        };
        out = merged(out, own);
    }
    Ok(out)
}

fn in_memory(blocks: &Blocks, order: &Order, days: (u8, u8), wanted: &Wanted<'_>) -> List {
    let mut sums = Sums::default();
    let mut out = List::new();
    for (unit, number) in order.iter() {
        let Some(sheet) = blocks.get(*number) else {
            continue;
        };
        if !wanted(unit.as_str()) {
            continue;
        }
        sheet.sum(days, &mut sums);
        if let Some(counts) = sums.take() {
            out.push((unit.clone(), counts));
        }
    }
    out
}

fn on_disk(
    store: &Store,
    (month, days): (Month, (u8, u8)),
    wanted: &Wanted<'_>,
    from: Source,
) -> Result<List, String> {
    if from == Source::Sums
        && let Some(part) = Part::of(days)
        && let Some(found) = store.sums(month, part, wanted)?
    {
        return Ok(found);
    }
    let (mut sums, mut out) = (Sums::default(), List::new());
    store.each(month, None, |unit, sheet| {
        if wanted(unit.as_str()) {
            sheet.sum(days, &mut sums);
            out.extend(sums.take().map(|counts| (unit.clone(), counts)));
        }
    })?;
    Ok(out)
}

/// Both together, in the order of the units.
fn merged(one: List, other: List) -> List {
    if one.is_empty() {
        return other;
    }
    let mut out = List::with_capacity(one.len().max(other.len()));
    let mut others = other.into_iter().peekable();
    for (unit, mut counts) in one {
        while let Some(before) = others.next_if(|(other, _)| *other < unit) {
            out.push(before);
        }
        if let Some((_, more)) = others.next_if(|(other, _)| *other == unit) {
            counts.add_all(&more);
        }
        out.push((unit, counts));
    }
    out.extend(others);
    out
}

fn everything(store: &Store, open: &[(Month, Held)], order: &Order) -> Result<Figures, String> {
    let mut out = Figures::new();
    let numbers: BTreeMap<&UnitCode, u32> = order.iter().map(|(unit, n)| (unit, *n)).collect();
    store.all(|month, unit, sheet| {
        let held = open.iter().find(|(of, _)| *of == month);
        let here = held.is_some_and(|(_, held)| match held {
            Held::Memory(_) => true,
            Held::Disk(_) => false,
            Held::Partly(blocks, _) => {
                let sheet = numbers.get(unit).and_then(|number| blocks.get(*number));
                sheet.is_some_and(|sheet| sheet.known)
            }
        });
        if !here {
            sheet.spread(month, unit, &mut out);
        }
    })?;
    for (month, held) in open {
        let (Held::Memory(blocks) | Held::Partly(blocks, _)) = held else {
            continue;
        };
        for (unit, number) in order.iter() {
            if let Some(sheet) = blocks.get(*number) {
                sheet.spread(*month, unit, &mut out);
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod tests;
