//! Takes the bytes of erased bodies off the medium, once nobody has a right to them: inline bodies are punched out
//! of their group, which keeps its CRC and the chain; bodies in segments are punched, and a segment in which nobody
//! has a right to anything is removed; files are removed.
//!
//! The event comes first: what is to be punched is folded from the log, so that a crash at any step is made good
//! by doing it again.

use super::bodies::{BodyPlace, file_path, segment_path, segments};
use super::core::Core;
use super::log;
use super::rights::Spot;
use crate::store::{Purged, ReadError, Readiness};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::PoisonError;

/// Holes looked up at a time: what one sync of a file is worth.
const BATCH: usize = 1000;

/// Why it was not finished; the next try goes on.
#[derive(Debug, thiserror::Error)]
pub(in crate::store) enum PurgeError {
    /// The medium.
    #[error("taking erased content off the medium failed: {0}")]
    Io(#[from] io::Error),
    /// The index.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Whether what the index says of rights is all that the log says: not before the log was read to its end, and not after
/// a write of which nobody knows whether it is in the log. To be asked while no pin can end, since a failure is noted
/// before the pins of its group end.
pub(in crate::store) fn believed(core: &Core) -> Result<(), ReadError> {
    match core.readiness() {
        Readiness::Ready => Ok(()),
        Readiness::Rebuilding { .. } => Err(ReadError::Rebuilding),
        Readiness::Failed(why) => Err(ReadError::Failed(why)),
    }
}

/// Does all that is to be done. One at a time.
pub(in crate::store) fn purge(core: &Core) -> Result<Purged, PurgeError> {
    let _one = core.purging.lock().unwrap_or_else(PoisonError::into_inner);
    believed(core)?;
    let mut purged = Purged::default();
    let mut left: BTreeSet<Spot> = BTreeSet::new();
    loop {
        let all = core.index.holes(BATCH.saturating_add(left.len()))?;
        let holes: Vec<Spot> = all.into_iter().filter(|h| !left.contains(h)).collect();
        if holes.is_empty() {
            break;
        }
        let mut batch = Batch::default();
        for hole in holes {
            batch.take(core, hole, &mut left)?;
        }
        batch.make(core, &mut purged)?;
    }
    purged.waiting = u64::try_from(left.len()).unwrap_or(u64::MAX);
    purged.segments = empty_segments(core)?;
    Ok(purged)
}

/// Holes by the files in which they are made.
#[derive(Default)]
struct Batch {
    stretches: BTreeMap<PathBuf, Vec<(u64, u64)>>,
    folders: BTreeSet<PathBuf>,
    done: Vec<Spot>,
    bodies: u64,
    bytes: u64,
}

impl Batch {
    fn take(
        &mut self,
        core: &Core,
        hole: Spot,
        left: &mut BTreeSet<Spot>,
    ) -> Result<(), PurgeError> {
        // The same file may have been offered again since.
        if core.index.is_in_use(&hole)? {
            self.done.push(hole);
            return Ok(());
        }
        let len = hole.place.len();
        let stretch = match hole.place {
            BodyPlace::Inline(extent) => {
                Some((log::segment_path(&core.data, extent.segment), extent))
            }
            BodyPlace::Segment(extent) => Some((segment_path(&core.data, extent.segment), extent)),
            BodyPlace::File(_) => None,
        };
        if let Some((path, extent)) = stretch {
            let stretches = self.stretches.entry(path).or_default();
            stretches.push((extent.offset, len));
        }
        // A body may lie under its digest although another copy of it was committed.
        if !self.file(core, &hole)? {
            left.insert(hole);
            return Ok(());
        }
        self.done.push(hole);
        self.bodies = self.bodies.saturating_add(1);
        self.bytes = self.bytes.saturating_add(len);
        Ok(())
    }

    /// Removes the file under a digest; `false` if somebody is about to commit it.
    fn file(&mut self, core: &Core, hole: &Spot) -> Result<bool, PurgeError> {
        let path = file_path(&core.data, &hole.digest);
        let wanted = matches!(hole.place, BodyPlace::File(_));
        let remove = || -> Result<bool, PurgeError> {
            believed(core)?;
            // Asked again under the lock: what was pinned before may be committed by now.
            if core.index.has_file(hole)? {
                return Ok(false);
            }
            match std::fs::remove_file(&path) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
                removed => removed.map(|()| true).map_err(PurgeError::Io),
            }
        };
        match core.pins.unless_pinned(&hole.digest, remove) {
            None => Ok(!wanted),
            Some(removed) => {
                if removed? {
                    self.folders.extend(path.parent().map(PathBuf::from));
                }
                Ok(true)
            }
        }
    }

    fn make(self, core: &Core, purged: &mut Purged) -> Result<(), PurgeError> {
        for (path, stretches) in &self.stretches {
            core.disk.punch(path, stretches)?;
        }
        for folder in &self.folders {
            std::fs::File::open(folder)?.sync_all()?;
        }
        core.index.punched(&self.done);
        purged.bodies = purged.bodies.saturating_add(self.bodies);
        purged.bytes = purged.bytes.saturating_add(self.bytes);
        Ok(())
    }
}

/// Removes body segments in which nobody has a right to anything; how many. Never those that a group which is not
/// applied yet may be using.
fn empty_segments(core: &Core) -> Result<u64, PurgeError> {
    let before = core.first_in_use();
    let mut removed = 0u64;
    for number in segments(&*core.disk, &core.data)? {
        if number >= before || core.index.is_live(number)? {
            continue;
        }
        core.disk.remove(&segment_path(&core.data, number))?;
        core.bodies.forget(number);
        removed = removed.saturating_add(1);
    }
    if removed > 0 {
        core.disk.sync_dir(&core.data.join("bodies"))?;
    }
    Ok(removed)
}
