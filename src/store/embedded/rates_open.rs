//! The months that are counted into, in memory. Who asks takes hold of a month as it is and lets it go again when it has
//! read it: sheets lie in small blocks, and counting copies those blocks that somebody still reads.

use super::log::Marker;
use super::rates::Steps;
use super::rates_rows::Store;
use super::rates_sums::{Summed, days_of};
use super::sheet::Sheet;
use crate::model::{Month, Period, Position, UnitCode};
use crate::rates::Increment;
use crate::store::ReadError;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Months held in memory; the one used longest ago is given up first …
pub(super) const OPEN_MONTHS: usize = 6;
/// … and octets that they may take together: two months of 125,000 units that send and receive a document a day.
const OPEN_BYTES: usize = 160 * 1024 * 1024;
/// Sheets of a block: copying one takes some microseconds.
const BLOCK: usize = 64;

/// Units by small numbers, so that a month is a list.
#[derive(Default)]
pub(super) struct Units {
    numbers: HashMap<UnitCode, u32>,
    codes: Vec<UnitCode>,
    /// In the order of their codes, as far as somebody needed it.
    order: Arc<Vec<(UnitCode, u32)>>,
}

/// Units in the order of their codes, with their numbers.
pub(super) type Order = Arc<Vec<(UnitCode, u32)>>;

impl Units {
    fn number(&mut self, unit: &UnitCode) -> u32 {
        if let Some(number) = self.numbers.get(unit) {
            return *number;
        }
        let number = u32::try_from(self.codes.len()).unwrap_or(u32::MAX);
        self.numbers.insert(unit.clone(), number);
        self.codes.push(unit.clone());
        number
    }

    /// The units that were in order last, and those that came since.
    pub(super) fn order(&self) -> (Order, Vec<(UnitCode, u32)>) {
        let from = self.order.len();
        let newer = self.codes.iter().zip(0_u32..).skip(from);
        let newer = newer.map(|(unit, number)| (unit.clone(), number));
        (Arc::clone(&self.order), newer.collect())
    }

    pub(super) fn ordered(&mut self, order: &Order) {
        if order.len() > self.order.len() {
            self.order = Arc::clone(order);
        }
    }
}

/// Puts all into one order.
pub(super) fn in_order((order, newer): (Order, Vec<(UnitCode, u32)>)) -> Order {
    if newer.is_empty() {
        return order;
    }
    let mut all = Arc::unwrap_or_clone(order);
    all.extend(newer);
    // Most of it is in order already.
    all.sort();
    Arc::new(all)
}

/// Sheets by the numbers of their units.
#[derive(Clone, Default)]
pub(super) struct Blocks(Vec<Arc<Vec<Sheet>>>);

impl Blocks {
    pub(super) fn get(&self, number: u32) -> Option<&Sheet> {
        let (block, at) = place(number);
        self.0.get(block)?.get(at)
    }

    fn get_mut(&mut self, number: u32) -> Option<&mut Sheet> {
        let (block, at) = place(number);
        while self.0.len() <= block {
            self.0.push(Arc::new(vec![Sheet::default(); BLOCK]));
        }
        Arc::make_mut(self.0.get_mut(block)?).get_mut(at)
    }

    /// The sums of all units.
    pub(super) fn summed(&self, order: &Order) -> Summed {
        let mut summed = Summed::default();
        for (unit, number) in order.iter() {
            if let Some(sheet) = self.get(*number) {
                summed.add(unit, sheet);
            }
        }
        summed
    }
}

fn place(number: u32) -> (usize, usize) {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    (number.div_euclid(BLOCK), number.rem_euclid(BLOCK))
}

/// A month that is counted into.
#[derive(Default)]
pub(super) struct OpenMonth {
    pub(super) blocks: Blocks,
    /// Whether all its sheets are here, not only those that were needed.
    pub(super) complete: bool,
    /// The units whose sheets are to be written.
    dirty: Vec<u32>,
    used: u64,
    /// About how many octets it takes.
    weight: usize,
    /// Whether that is so still.
    weighed: bool,
}

impl OpenMonth {
    fn weigh(&mut self) {
        if std::mem::replace(&mut self.weighed, true) {
            return;
        }
        let sheets = self.blocks.0.iter().flat_map(|block| block.iter());
        self.weight = sheets.map(Sheet::weight).fold(0, usize::saturating_add);
    }

    fn pack(&mut self) {
        for block in &mut self.blocks.0 {
            if block.iter().any(Sheet::is_spread) {
                let sheets = Arc::make_mut(block);
                sheets.iter_mut().for_each(Sheet::pack);
            }
        }
        self.weighed = false;
    }

    /// The sheet of a unit, if it is here.
    pub(super) fn sheet(&self, number: u32) -> Option<&Sheet> {
        let found = self.blocks.get(number);
        found.filter(|sheet| self.complete || sheet.known)
    }
}

pub(super) struct State {
    pub(super) months: BTreeMap<Month, OpenMonth>,
    pub(super) units: Units,
    pub(super) marker: Marker,
    /// The last marker written.
    pub(super) stored: Position,
    uses: u64,
    /// How often each month was written.
    writes: BTreeMap<Month, u64>,
    pub(super) store: Option<Store>,
}

/// A month as it is held.
pub(super) enum Held {
    /// All of it.
    Memory(Blocks),
    /// It is on disk, written that often.
    Disk(u64),
    /// Some of it is on disk only.
    Partly(Blocks, u64),
}

/// What is to be written: sheets of months.
pub(super) type Changed = Vec<(Month, UnitCode, Sheet)>;

impl State {
    pub(super) fn new(store: Store, marker: Marker) -> Self {
        Self {
            months: BTreeMap::new(),
            units: Units::default(),
            stored: marker.position,
            marker,
            uses: 0,
            writes: BTreeMap::new(),
            store: Some(store),
        }
    }

    pub(super) fn store(&self) -> Result<&Store, ReadError> {
        let closed = || ReadError::Failed("the rates are not open".into());
        self.store.as_ref().ok_or_else(closed)
    }

    /// The number of a unit that was counted since the start; `None`: it has nothing in memory.
    pub(super) fn number_of(&self, unit: &UnitCode) -> Option<u32> {
        self.units.numbers.get(unit).copied()
    }

    pub(super) fn held(&self, month: Month) -> Held {
        let writes = self.writes_of(month);
        match self.months.get(&month) {
            None => Held::Disk(writes),
            Some(open) if open.complete => Held::Memory(open.blocks.clone()),
            Some(open) => Held::Partly(open.blocks.clone(), writes),
        }
    }

    /// Counts one record. Steps of one unit and month stand together, mostly, and its sheet is looked for once.
    pub(super) fn count(&mut self, (position, steps): &Steps) -> Result<(), ReadError> {
        let mut counted = Vec::new();
        let mut rest = steps.as_slice();
        while let Some(first) = rest.first() {
            let month = first.day.month();
            let other = |step: &Increment| step.day.month() != month || step.unit != first.unit;
            let many = rest.iter().position(other).unwrap_or(rest.len());
            let (run, behind) = rest.split_at(many);
            rest = behind;
            self.count_run(month, *position, run, &mut counted)?;
        }
        Ok(())
    }

    /// Counts steps of one unit and month, if its sheet lacks this record. A value that has it already must not get a part
    /// of it again; those that got one are in `counted`, which are few.
    fn count_run(
        &mut self,
        month: Month,
        position: Position,
        run: &[Increment],
        counted: &mut Vec<(Month, u32, bool)>,
    ) -> Result<(), ReadError> {
        let Some(first) = run.first() else {
            return Ok(());
        };
        let number = self.units.number(&first.unit);
        let before = counted.iter().find(|(m, n, _)| (*m, *n) == (month, number));
        let before = before.map(|(.., fresh)| *fresh);
        let sheet = self.sheet_mut(month, &first.unit, number)?;
        let fresh = before.unwrap_or(sheet.applied < position);
        if before.is_none() {
            counted.push((month, number, fresh));
        }
        if !fresh {
            return Ok(());
        }
        sheet.applied = position;
        for step in run {
            let day = u8::try_from(step.day.day()).unwrap_or(0);
            sheet.count(day, step.measure, step.by);
        }
        if !std::mem::replace(&mut sheet.changed, true) {
            self.touched(month, number);
        }
        Ok(())
    }

    fn touched(&mut self, month: Month, number: u32) {
        if let Some(open) = self.months.get_mut(&month) {
            open.dirty.push(number);
        }
    }

    /// The sheet of a unit in a month, read from the store when it is first counted into.
    fn sheet_mut(
        &mut self,
        month: Month,
        unit: &UnitCode,
        number: u32,
    ) -> Result<&mut Sheet, ReadError> {
        self.uses = self.uses.saturating_add(1);
        let lost = || ReadError::Failed("a sheet of the rates has no place".into());
        if !self.months.contains_key(&month) {
            let complete = !self.store()?.has(month).map_err(ReadError::Failed)?;
            let open = OpenMonth {
                complete,
                ..OpenMonth::default()
            };
            self.months.insert(month, open);
        }
        let store = self.store.as_ref();
        let open = self.months.get_mut(&month).ok_or_else(lost)?;
        open.used = self.uses;
        open.weighed = false;
        let complete = open.complete;
        let sheet = open.blocks.get_mut(number).ok_or_else(lost)?;
        if !complete && !sheet.known {
            let read = store.ok_or_else(lost)?.sheet(month, unit);
            if let Some(read) = read.map_err(ReadError::Failed)? {
                *sheet = read;
            }
            sheet.known = true;
        }
        Ok(sheet)
    }

    /// How often a month was written.
    pub(super) fn writes_of(&self, month: Month) -> u64 {
        self.writes.get(&month).copied().unwrap_or(0)
    }

    /// How often each month was written.
    pub(super) fn all_writes(&self) -> BTreeMap<Month, u64> {
        self.writes.clone()
    }

    /// Whether only months were written since then that were held whole.
    pub(super) fn only_these_written(
        &self,
        before: &BTreeMap<Month, u64>,
        open: &[(Month, Held)],
    ) -> bool {
        let whole = |month: &Month| {
            let held = open.iter().find(|(of, _)| of == month);
            held.is_some_and(|(_, held)| matches!(held, Held::Memory(_)))
        };
        let mut writes = self.writes.iter();
        writes.all(|(month, writes)| before.get(month) == Some(writes) || whole(month))
    }

    /// Puts the sheets of a month that are not here yet beside the others, unless it was written since they were read.
    pub(super) fn complete(&mut self, month: Month, sheets: Vec<(UnitCode, Sheet)>, writes: u64) {
        if self.writes_of(month) != writes {
            return;
        }
        let Some(open) = self.months.get_mut(&month).filter(|open| !open.complete) else {
            return;
        };
        for (unit, read) in sheets {
            let number = self.units.number(&unit);
            if let Some(sheet) = open.blocks.get_mut(number).filter(|sheet| !sheet.known) {
                *sheet = read;
            }
        }
        open.complete = true;
        open.weighed = false;
    }

    /// What changed, packed; of one month or of all.
    pub(super) fn take_dirty(&mut self, only: Option<Month>) -> Changed {
        let mut out = Changed::new();
        for (month, open) in &mut self.months {
            if open.dirty.is_empty() || only.is_some_and(|only| only != *month) {
                continue;
            }
            let writes = self.writes.entry(*month).or_insert(0);
            *writes = writes.saturating_add(1);
            open.weighed = false;
            for number in std::mem::take(&mut open.dirty) {
                let unit = usize::try_from(number).ok();
                let unit = unit.and_then(|at| self.units.codes.get(at));
                if let Some((unit, sheet)) = unit.zip(open.blocks.get_mut(number)) {
                    sheet.changed = false;
                    sheet.pack();
                    out.push((*month, unit.clone(), sheet.clone()));
                }
            }
        }
        out
    }

    pub(super) fn put_back(&mut self, changed: Changed) {
        for (month, unit, _) in changed {
            let number = self.units.number(&unit);
            let open = self.months.get_mut(&month);
            let sheet = open.and_then(|open| open.blocks.get_mut(number));
            if sheet.is_some_and(|sheet| !std::mem::replace(&mut sheet.changed, true)) {
                self.touched(month, number);
            }
        }
    }

    /// Whether more is held than should be; the month that was used longest ago. Days that are spread out are packed
    /// first.
    pub(super) fn beyond(&mut self) -> Option<Month> {
        let mut heavy = self.is_heavy();
        if heavy {
            self.months.values_mut().for_each(OpenMonth::pack);
            heavy = self.is_heavy();
        }
        let many = self.months.len();
        if many <= OPEN_MONTHS && (many <= 1 || !heavy) {
            return None;
        }
        let oldest = self.months.iter().min_by_key(|(_, open)| open.used);
        let last = |open: &OpenMonth| open.used == self.uses;
        oldest.filter(|(_, open)| !last(open)).map(|(m, _)| *m)
    }

    fn is_heavy(&mut self) -> bool {
        for open in self.months.values_mut() {
            open.weigh();
        }
        let weights = self.months.values().map(|open| open.weight);
        weights.fold(0, usize::saturating_add) > OPEN_BYTES
    }

    /// Takes a month out of memory that is on disk as it is.
    pub(super) fn give_up(&mut self, month: Month) -> Option<OpenMonth> {
        let clean = self.months.get(&month)?.dirty.is_empty();
        clean.then(|| self.months.remove(&month)).flatten()
    }

    /// The months of a period as they are held.
    pub(super) fn of_period(&self, period: Period) -> Vec<(Month, (u8, u8), Held)> {
        let months = period.months();
        months
            .map(|month| (month, days_of(month, period), self.held(month)))
            .collect()
    }
}
