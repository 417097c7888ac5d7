//! The values of the rates in sled. A value stays below 4 KiB, because larger nodes go to files
//! that sled never syncs (`storage.md` of the design, §2.3); a unit with more figures than that has
//! several values.

use super::log::{LogId, Marker};
use super::rates::Sheet;
use super::stamp;
use crate::model::{Month, Position, UnitCode};
use crate::rates::Measure;
use crate::shelf::private_folder;
use crate::store::codec::CodecError;
use crate::store::codec::bytes::{Reader, Writer};
use sled::{Batch, Config, Db};
use std::collections::BTreeMap;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Larger batches make sled hold on to memory (`storage.md` of the design, §4).
const BATCH: usize = 200;
/// Figures are put into another value beyond this length.
const VALUE_MAX: usize = 3_900;
const CACHE: u64 = 8 * 1024 * 1024;
/// Sorts behind every month.
const MARKER: &[u8] = b"\xffmarker";

/// The open tree.
#[derive(Clone)]
pub(in crate::store) struct Store(Db);

/// Opens what is there, if its stamp allows it and every value can be read.
pub(in crate::store) fn reuse(dir: &Path, id: &LogId) -> Option<(Store, Marker)> {
    if !stamp::usable(dir, id) {
        return None;
    }
    let guarded = catch_unwind(AssertUnwindSafe(|| {
        let store = Store(open(dir).ok()?);
        store.all().ok()?;
        let marker = match store.0.get(MARKER).ok()? {
            Some(row) => Marker::read(&mut Reader(&row)).ok()?,
            None => Marker::default(),
        };
        let blobs = std::fs::read_dir(dir.join("db").join("blobs"));
        let small = blobs.map_or(true, |mut files| files.next().is_none());
        small.then_some((store, marker))
    }));
    let found = guarded.ok().flatten()?;
    stamp::write(dir, id, false).ok()?;
    Some(found)
}

/// Makes an empty store.
pub(in crate::store) fn create(dir: &Path, id: &LogId) -> Result<Store, String> {
    let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", dir.display());
    if dir.exists() {
        std::fs::remove_dir_all(dir).map_err(|e| failed(&e))?;
    }
    private_folder(dir).map_err(|e| failed(&e))?;
    let store = Store(open(dir).map_err(|e| failed(&e))?);
    stamp::write(dir, id, false).map_err(|e| failed(&e))?;
    Ok(store)
}

fn open(dir: &Path) -> sled::Result<Db> {
    Config::new()
        .path(dir.join("db"))
        .cache_capacity(CACHE)
        .flush_every_ms(None)
        .open()
}

impl Store {
    /// Every value there is.
    pub(in crate::store) fn all(&self) -> Result<Vec<(Month, UnitCode, Sheet)>, String> {
        let mut out: BTreeMap<(Month, UnitCode), Sheet> = BTreeMap::new();
        for row in self.0.iter() {
            let (key, value) = row.map_err(|e| e.to_string())?;
            if key == MARKER {
                continue;
            }
            let (month, unit) = read_key(&key).map_err(|e| e.to_string())?;
            let sheet = out.entry((month, unit)).or_default();
            read_value(&value, sheet).map_err(|e| e.to_string())?;
        }
        let flat = out.into_iter().map(|((m, u), sheet)| (m, u, sheet));
        Ok(flat.collect())
    }

    /// The values of one month.
    pub(in crate::store) fn month(
        &self,
        month: Month,
    ) -> Result<BTreeMap<UnitCode, Sheet>, String> {
        let mut out: BTreeMap<UnitCode, Sheet> = BTreeMap::new();
        self.each(month, None, |unit, sheet| {
            out.insert(unit.clone(), sheet.clone());
        })?;
        Ok(out)
    }

    /// Each sheet of a month, or that of one unit, in the order of the codes.
    pub(in crate::store) fn each(
        &self,
        month: Month,
        unit: Option<&UnitCode>,
        mut take: impl FnMut(&UnitCode, &Sheet),
    ) -> Result<(), String> {
        let prefix = match unit {
            Some(unit) => sheet_key(month, unit),
            None => month_key(month).to_vec(),
        };
        let mut last: Option<(UnitCode, Sheet)> = None;
        for row in self.0.scan_prefix(prefix) {
            let (key, value) = row.map_err(|e| e.to_string())?;
            let (_, unit) = read_key(&key).map_err(|e| e.to_string())?;
            if let Some((unit, sheet)) = last.take_if(|(of, _)| *of != unit) {
                take(&unit, &sheet);
            }
            let (_, sheet) = last.get_or_insert_with(|| (unit, Sheet::default()));
            read_value(&value, sheet).map_err(|e| e.to_string())?;
        }
        if let Some((unit, sheet)) = last {
            take(&unit, &sheet);
        }
        Ok(())
    }

    /// Writes values and then the marker up to which they are counted.
    pub(in crate::store) fn write(
        &self,
        changed: &[(Month, UnitCode, Sheet)],
        marker: &Marker,
    ) -> Result<(), String> {
        let write = || -> sled::Result<()> {
            let mut batch = Batch::default();
            let mut keys = 0usize;
            for (month, unit, sheet) in changed {
                for (part, value) in (0u8..).zip(values(sheet)) {
                    batch.insert(key(*month, unit, part), value);
                    keys = keys.saturating_add(1);
                }
                if keys >= BATCH {
                    self.0.apply_batch(std::mem::take(&mut batch))?;
                    keys = 0;
                }
            }
            let mut row = Vec::new();
            marker.write(&mut Writer(&mut row));
            batch.insert(MARKER, row);
            self.0.apply_batch(batch)?;
            self.0.flush().map(drop)
        };
        let guarded = catch_unwind(AssertUnwindSafe(write));
        let written = guarded.map_err(|_| "sled panicked".to_owned())?;
        written.map_err(|e| format!("writing the rates failed: {e}"))
    }

    /// Closes; sled itself never calls `fsync`, so it is done here before the stamp says clean.
    pub(in crate::store) fn close(self, dir: &Path, id: &LogId) -> Result<(), String> {
        drop(self);
        let sync = || -> std::io::Result<()> {
            let folder = dir.join("db");
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                if entry.file_type()?.is_file() {
                    File::open(entry.path())?.sync_all()?;
                }
            }
            File::open(&folder)?.sync_all()?;
            stamp::write(dir, id, true)
        };
        sync().map_err(|e| format!("closing the rates failed: {e}"))
    }
}

fn month_key(month: Month) -> [u8; 3] {
    let [high, low] = month.year.to_be_bytes();
    [high, low, month.month.cast_unsigned()]
}

/// Month, unit, zero (which no code holds).
fn sheet_key(month: Month, unit: &UnitCode) -> Vec<u8> {
    let mut key = month_key(month).to_vec();
    key.extend_from_slice(unit.as_str().as_bytes());
    key.push(0);
    key
}

/// The same, and a part.
fn key(month: Month, unit: &UnitCode, part: u8) -> Vec<u8> {
    let mut key = sheet_key(month, unit);
    key.push(part);
    key
}

fn read_key(key: &[u8]) -> Result<(Month, UnitCode), CodecError> {
    let (month, rest) = key.split_first_chunk::<3>().ok_or(CodecError::Short)?;
    let (unit, _part) = rest.split_last_chunk::<2>().ok_or(CodecError::Short)?;
    let [high, low, month] = *month;
    let month = Month {
        year: i16::from_be_bytes([high, low]),
        month: month.cast_signed(),
    };
    let text = std::str::from_utf8(unit).map_err(|_| CodecError::Text)?;
    let unit = UnitCode::parse(text).ok_or(CodecError::Text)?;
    Ok((month, unit))
}

/// The applied position, then day, measure and figure of each cell.
fn values(sheet: &Sheet) -> Vec<Vec<u8>> {
    let start = || sheet.applied.0.to_le_bytes().to_vec();
    let mut out = Vec::new();
    let mut value = start();
    for ((day, measure), figure) in &sheet.cells {
        if value.len() >= VALUE_MAX {
            out.push(std::mem::replace(&mut value, start()));
        }
        let mut w = Writer(&mut value);
        w.u8(*day);
        w.u16(measure.number());
        w.figure(*figure);
    }
    out.push(value);
    out
}

fn read_value(bytes: &[u8], sheet: &mut Sheet) -> Result<(), CodecError> {
    let mut r = Reader(bytes);
    sheet.applied = Position(r.u64()?);
    while !r.0.is_empty() {
        let day = r.u8()?;
        let measure = r.word("measure", Measure::from_number)?;
        sheet.cells.insert((day, measure), r.figure()?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_small_and_read_back() {
        let mut sheet = Sheet {
            applied: Position(77),
            ..Sheet::default()
        };
        let figures = [0, 1, -1, 63, -64, 64, 1_000_000, i64::MAX, i64::MIN];
        let measures = (1..=40).filter_map(|n| Measure::from_number(1000 + n));
        let all: Vec<Measure> = Measure::plain().chain(measures).collect();
        for (n, measure) in all.iter().enumerate() {
            for day in 1..=31 {
                let figure = figures[(n + usize::from(day)) % figures.len()];
                sheet.cells.insert((day, *measure), figure);
            }
        }
        let values = values(&sheet);
        assert!(values.len() > 1);
        let mut back = Sheet::default();
        for value in &values {
            assert!(value.len() < 4096);
            read_value(value, &mut back).unwrap();
        }
        assert_eq!((back.applied, back.cells), (sheet.applied, sheet.cells));
    }
}
