//! The seeded twin of the disk: it loses, tears and reorders what was not synced, forgets names
//! that were not synced, dies at a chosen step, fails a sync, and runs out of space.

use super::disk::{Disk, DiskFile};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

const SECTOR: usize = 512;

/// What happens at a chosen step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::store) enum Fault {
    /// The machine stops: nothing works any more until [`TwinDisk::restart`].
    Death,
    /// The sync fails, once; what it should have written is gone.
    SyncError,
}

#[derive(Default)]
struct Content {
    /// As the running system sees it.
    seen: Vec<u8>,
    /// As it is after a cut, but for what was not synced.
    durable: Vec<u8>,
    pending: Vec<Change>,
    name_durable: bool,
}

enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
}

#[derive(Default)]
struct State {
    files: BTreeMap<PathBuf, Content>,
    /// Files whose removal was not synced: they may come back.
    removed: BTreeMap<PathBuf, Content>,
    life: u64,
    dead: bool,
    steps: u64,
    fault: Option<(u64, Fault)>,
    space: Option<usize>,
    chance: Chance,
}

/// A small generator (xorshift64*): the same seed, the same run.
pub(in crate::store) struct Chance(u64);

impl Default for Chance {
    fn default() -> Self {
        Self::new(1)
    }
}

impl Chance {
    pub(in crate::store) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(in crate::store) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit.max(1)
    }
}

/// A medium that outlives its lives.
#[derive(Clone)]
pub(in crate::store) struct TwinDisk {
    state: Arc<Mutex<State>>,
    life: u64,
}

impl TwinDisk {
    pub(in crate::store) fn new(seed: u64) -> Self {
        let state = State {
            chance: Chance::new(seed),
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            life: 0,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A fault after so many more steps.
    pub(in crate::store) fn plan(&self, after: u64, fault: Fault) {
        let mut state = self.lock();
        state.fault = Some((state.steps + after, fault));
    }

    /// Limits the bytes that may still be appended.
    pub(in crate::store) fn space(&self, bytes: Option<usize>) {
        self.lock().space = bytes;
    }

    /// The power is cut and comes back.
    pub(in crate::store) fn restart(&self) -> Self {
        let mut state = self.lock();
        state.life += 1;
        state.dead = false;
        state.fault = None;
        let State {
            files,
            removed,
            chance,
            ..
        } = &mut *state;
        for (path, file) in std::mem::take(removed) {
            if chance.below(2) == 0 {
                files.insert(path, file);
            }
        }
        files.retain(|_, file| file.name_durable || chance.below(2) == 0);
        for file in files.values_mut() {
            for change in std::mem::take(&mut file.pending) {
                survive(&mut file.durable, change, chance);
            }
            file.seen = file.durable.clone();
            file.name_durable = true;
        }
        Self {
            state: Arc::clone(&self.state),
            life: state.life,
        }
    }

    /// Changes a file behind the store's back.
    pub(in crate::store) fn harm(&self, path: &Path, harm: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.lock();
        let file = state.files.get_mut(path).unwrap();
        harm(&mut file.seen);
        file.durable = file.seen.clone();
    }

    /// Every file that holds `needle`, as it is after a cut.
    pub(in crate::store) fn holding(&self, needle: &[u8]) -> Vec<PathBuf> {
        let state = self.lock();
        let holds = |file: &Content| file.seen.windows(needle.len()).any(|w| w == needle);
        let found = state.files.iter().filter(|(_, file)| holds(file));
        found.map(|(path, _)| path.clone()).collect()
    }

    pub(in crate::store) fn bytes(&self, path: &Path) -> Vec<u8> {
        self.lock().files.get(path).unwrap().seen.clone()
    }

    /// Counts a step; the fault that is due, if any.
    fn step(&self) -> io::Result<(MutexGuard<'_, State>, Option<Fault>)> {
        let mut state = self.lock();
        if state.dead || state.life != self.life {
            return Err(io::Error::other("the machine is off"));
        }
        state.steps += 1;
        let due = state.fault.filter(|(at, _)| *at <= state.steps);
        if let Some((_, fault)) = due {
            state.fault = None;
            state.dead = fault == Fault::Death;
        }
        Ok((state, due.map(|(_, fault)| fault)))
    }
}

/// Nothing, all or any sectors of a change that was not synced reach the medium.
fn survive(durable: &mut Vec<u8>, change: Change, chance: &mut Chance) {
    match (change, chance.below(3)) {
        (_, 0) => {}
        (Change::Cut(len), _) => durable.truncate(len),
        (Change::Write(at, bytes), how) => {
            for (i, sector) in bytes.chunks(SECTOR).enumerate() {
                if how == 1 || chance.below(2) == 0 {
                    write_at(durable, at + i * SECTOR, sector);
                }
            }
        }
    }
}

fn write_at(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}

impl Disk for TwinDisk {
    fn create_dir(&self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.lock();
        let inside = state.files.keys().filter(|p| p.parent() == Some(dir));
        let names = inside.filter_map(|p| Some(p.file_name()?.to_str()?.to_owned()));
        Ok(names.collect())
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let (mut state, fault) = self.step()?;
        if fault == Some(Fault::Death) {
            return Err(io::Error::other("the machine is off"));
        }
        state.files.entry(path.to_owned()).or_default();
        Ok(Arc::new(TwinFile {
            disk: self.clone(),
            path: path.to_owned(),
        }))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let (mut state, fault) = self.step()?;
        if fault.is_some() {
            return Err(io::Error::other("the directory was not synced"));
        }
        let State { files, removed, .. } = &mut *state;
        for (path, file) in files {
            if path.parent() == Some(dir) {
                file.name_durable = true;
            }
        }
        removed.retain(|path, _| path.parent() != Some(dir));
        Ok(())
    }

    fn punch(&self, path: &Path, stretches: &[(u64, u64)]) -> io::Result<()> {
        let (mut state, fault) = self.step()?;
        let Some(file) = state.files.get_mut(path) else {
            return Ok(());
        };
        for (at, len) in stretches {
            let at = file.seen.len().min(*at as usize);
            let len = (*len as usize).min(file.seen.len() - at);
            file.seen[at..at + len].fill(0);
            file.pending.push(Change::Write(at, vec![0; len]));
        }
        if fault.is_some() {
            return Err(io::Error::other("the machine is off"));
        }
        drop(state);
        TwinFile {
            disk: self.clone(),
            path: path.to_owned(),
        }
        .sync()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let (mut state, fault) = self.step()?;
        if let Some(file) = state.files.remove(path)
            && file.name_durable
        {
            state.removed.insert(path.to_owned(), file);
        }
        match fault {
            Some(_) => Err(io::Error::other("the machine is off")),
            None => Ok(()),
        }
    }
}

struct TwinFile {
    disk: TwinDisk,
    path: PathBuf,
}

impl DiskFile for TwinFile {
    fn len(&self) -> io::Result<u64> {
        let state = self.disk.lock();
        Ok(state.files[&self.path].seen.len() as u64)
    }

    fn append(&self, parts: &[&[u8]]) -> io::Result<()> {
        let (mut state, fault) = self.disk.step()?;
        let mut bytes = parts.concat();
        let mut full = false;
        if let Some(space) = &mut state.space {
            full = bytes.len() > *space;
            bytes.truncate(*space);
            *space -= bytes.len();
        }
        let file = state.files.get_mut(&self.path).unwrap();
        let at = file.seen.len();
        write_at(&mut file.seen, at, &bytes);
        file.pending.push(Change::Write(at, bytes));
        match fault {
            Some(Fault::Death) => Err(io::Error::other("the machine is off")),
            _ if full => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let state = self.disk.lock();
        let seen = &state.files[&self.path].seen;
        let from = seen.len().min(at as usize);
        let read = buffer.len().min(seen.len() - from);
        buffer[..read].copy_from_slice(&seen[from..from + read]);
        Ok(read)
    }

    fn sync(&self) -> io::Result<()> {
        let (mut state, fault) = self.disk.step()?;
        if let Some(fault) = fault {
            if fault == Fault::SyncError {
                state.files.get_mut(&self.path).unwrap().pending.clear();
            }
            return Err(io::Error::other("the sync failed"));
        }
        let file = state.files.get_mut(&self.path).unwrap();
        file.durable = file.seen.clone();
        file.pending.clear();
        Ok(())
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        let (mut state, fault) = self.disk.step()?;
        if fault == Some(Fault::Death) {
            return Err(io::Error::other("the machine is off"));
        }
        let file = state.files.get_mut(&self.path).unwrap();
        let gone = file.seen.len().saturating_sub(len as usize);
        file.seen.truncate(len as usize);
        file.pending.push(Change::Cut(len as usize));
        if let Some(space) = &mut state.space {
            *space += gone;
        }
        Ok(())
    }
}
