//! The values of the rates in sled. A value stays below 4 KiB, because larger nodes go to files
//! that sled never syncs (`storage.md` of the design, §2.3); a unit with more figures than that has
//! several values.

use super::log::{LogId, Marker};
use super::rates_sums;
use super::sheet::Sheet;
use super::stamp;
use crate::model::{Month, UnitCode};
use crate::shelf::private_folder;
use crate::store::codec::CodecError;
use crate::store::codec::bytes::{Reader, Writer};
use sled::{Batch, Config, Db};
use std::fs::File;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// Larger batches make sled hold on to memory (`storage.md` of the design, §4).
const BATCH: usize = 200;
const CACHE: u64 = 8 * 1024 * 1024;
/// Sorts behind every month.
const MARKER: &[u8] = b"\xffmarker";

/// The open tree.
#[derive(Clone)]
pub(in crate::store) struct Store(pub(super) Arc<Db>);

/// What came of opening it anew.
pub(in crate::store) enum Reopened {
    /// Somebody reads it.
    InUse(Store),
    /// It is open, with the marker that was written last.
    Anew(Store, Marker),
}

/// Opens what is there, if its stamp allows it and every value can be read.
pub(in crate::store) fn reuse(dir: &Path, id: &LogId) -> Option<(Store, Marker)> {
    if !stamp::usable(dir, id) {
        return None;
    }
    let guarded = catch_unwind(AssertUnwindSafe(|| {
        let store = Store(Arc::new(open(dir).ok()?));
        store.check().ok()?;
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
    let store = Store(Arc::new(open(dir).map_err(|e| failed(&e))?));
    stamp::write(dir, id, false).map_err(|e| failed(&e))?;
    Ok(store)
}

/// Whether the disk takes a write: as much as one that failed may have had, synced, and taken back.
pub(in crate::store) fn takes_writes(dir: &Path) -> bool {
    const PROBE: usize = 4 * 1024 * 1024;
    let path = dir.join("probe");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&path)?;
        file.write_all(&vec![0; PROBE])?;
        file.sync_all()
    };
    let written = write().is_ok();
    std::fs::remove_file(&path).is_ok() && written
}

fn open(dir: &Path) -> sled::Result<Db> {
    Config::new()
        .path(dir.join("db"))
        .cache_capacity(CACHE)
        .flush_every_ms(None)
        .open()
}

impl Store {
    /// Reads every value there is, one after the other: a damaged file makes sled fail or panic here, and not later.
    fn check(&self) -> Result<(), String> {
        for row in self.0.iter() {
            let (key, value) = row.map_err(|e| e.to_string())?;
            let read = match of_sheet(&key) {
                true => read_key(&key).and_then(|(.., part)| Sheet::default().read(part, &value)),
                false if key == MARKER => Marker::read(&mut Reader(&value)).map(drop),
                false => rates_sums::check(&key, &value),
            };
            read.map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    /// Each sheet there is, month by month, in the order of the codes.
    pub(in crate::store) fn all(
        &self,
        take: impl FnMut(Month, &UnitCode, &Sheet),
    ) -> Result<(), String> {
        self.sheets(&[], take)
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
        self.sheets(&prefix, |_, unit, sheet| take(unit, sheet))
    }

    /// Each sheet whose key begins so; a sheet of several values is put together.
    fn sheets(
        &self,
        prefix: &[u8],
        mut take: impl FnMut(Month, &UnitCode, &Sheet),
    ) -> Result<(), String> {
        let mut last: Option<(Month, UnitCode, Sheet)> = None;
        for row in self.0.scan_prefix(prefix) {
            let (key, value) = row.map_err(|e| e.to_string())?;
            if !of_sheet(&key) {
                break;
            }
            let (month, unit, part) = read_key(&key).map_err(|e| e.to_string())?;
            if let Some((m, u, sheet)) = last.take_if(|(m, u, _)| (&*m, &*u) != (&month, &unit)) {
                take(m, &u, &sheet);
            }
            let (_, _, sheet) = last.get_or_insert_with(|| (month, unit, Sheet::default()));
            sheet.read(part, &value).map_err(|e| e.to_string())?;
        }
        if let Some((month, unit, sheet)) = last {
            take(month, &unit, &sheet);
        }
        Ok(())
    }

    /// Whether there is any sheet of a month.
    pub(super) fn has(&self, month: Month) -> Result<bool, String> {
        let first = self.0.scan_prefix(month_key(month)).next();
        let first = first.transpose().map_err(|e| e.to_string())?;
        Ok(first.is_some())
    }

    /// The sheet of one unit.
    pub(super) fn sheet(&self, month: Month, unit: &UnitCode) -> Result<Option<Sheet>, String> {
        let mut found = None;
        self.each(month, Some(unit), |_, sheet| found = Some(sheet.clone()))?;
        Ok(found)
    }

    /// Writes values, and then the marker if all values are counted up to it. Sums of their months are forgotten first.
    pub(in crate::store) fn write(
        &self,
        changed: &[(Month, UnitCode, Sheet)],
        marker: Option<&Marker>,
    ) -> Result<(), String> {
        let write = || -> sled::Result<()> {
            let mut batch = Batch::default();
            let (mut keys, mut of) = (0usize, None);
            for (month, unit, sheet) in changed {
                if of.replace(*month) != Some(*month) {
                    batch.remove(rates_sums::head_key(*month).as_slice());
                }
                for (part, value) in (0u8..).zip(sheet.values()) {
                    batch.insert(key(*month, unit, part), value);
                    keys = keys.saturating_add(1);
                }
                if keys >= BATCH {
                    self.0.apply_batch(std::mem::take(&mut batch))?;
                    keys = 0;
                }
            }
            if let Some(marker) = marker {
                let mut row = Vec::new();
                marker.write(&mut Writer(&mut row));
                batch.insert(MARKER, row);
            }
            self.0.apply_batch(batch)?;
            self.0.flush().map(drop)
        };
        guarded(write)
    }

    /// Opens it anew, since sled writes nothing more once a write failed; gives how far it is counted. As long as somebody
    /// else reads it, it stays as it is.
    pub(in crate::store) fn reopen(self, dir: &Path) -> Result<Reopened, String> {
        let tree = match Arc::try_unwrap(self.0) {
            Ok(tree) => tree,
            Err(shared) => return Ok(Reopened::InUse(Self(shared))),
        };
        let guarded = catch_unwind(AssertUnwindSafe(|| {
            drop(tree);
            let store = Self(Arc::new(open(dir).map_err(|e| e.to_string())?));
            let row = store.0.get(MARKER).map_err(|e| e.to_string())?;
            let marker = row.map(|row| Marker::read(&mut Reader(&row)));
            let marker = marker.transpose().map_err(|e| e.to_string())?;
            Ok(Reopened::Anew(store, marker.unwrap_or_default()))
        }));
        guarded.unwrap_or_else(|_| Err("sled panicked".to_owned()))
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

/// sled panics where a file of its own is not what it wrote.
pub(super) fn guarded(write: impl FnOnce() -> sled::Result<()>) -> Result<(), String> {
    let guarded = catch_unwind(AssertUnwindSafe(write));
    let written = guarded.map_err(|_| "sled panicked".to_owned())?;
    written.map_err(|e| format!("writing the rates failed: {e}"))
}

/// Keys of sheets begin with a year; others sort behind every year.
fn of_sheet(key: &[u8]) -> bool {
    key.first().is_some_and(|first| *first < 0x80)
}

pub(super) fn month_key(month: Month) -> [u8; 3] {
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

fn read_key(key: &[u8]) -> Result<(Month, UnitCode, u8), CodecError> {
    let (month, rest) = key.split_first_chunk::<3>().ok_or(CodecError::Short)?;
    let (unit, [_, part]) = rest.split_last_chunk::<2>().ok_or(CodecError::Short)?;
    let [high, low, month] = *month;
    let month = Month {
        year: i16::from_be_bytes([high, low]),
        month: month.cast_signed(),
    };
    let text = std::str::from_utf8(unit).map_err(|_| CodecError::Text)?;
    let unit = UnitCode::parse(text).ok_or(CodecError::Text)?;
    Ok((month, unit, *part))
}
