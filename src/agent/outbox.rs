//! Looking at the outbox: which files make a document, and whether they are all there and written to their
//! end. It looks again and again instead of being told: an exported share (NFS, SMB) tells nobody.

use super::group::group;
use super::held::Held;
use super::names;
use super::open_files::OpenFiles;
use super::places::Places;
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// The most files looked at in one folder; the rest waits until these are gone.
const MAX_FILES: usize = 10_000;

/// How a file stands: while any of this changes, somebody writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Print {
    pub(super) size: u64,
    pub(super) seconds: i64,
    pub(super) nanoseconds: i64,
    pub(super) inode: u64,
}

impl Print {
    pub(super) fn of(data: &Metadata) -> Self {
        Self {
            size: data.len(),
            seconds: data.mtime(),
            nanoseconds: data.mtime_nsec(),
            inode: data.ino(),
        }
    }
}

/// One file of a document that may be taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) print: Print,
}

/// Files that make one document, complete and at rest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Candidate {
    /// The recipient's folder, as it is called; `None` for what lies in the outbox itself.
    pub(super) folder: Option<String>,
    /// The sidecar.
    pub(super) sidecar: Option<Found>,
    /// The files; those of a sidecar in its order.
    pub(super) files: Vec<Found>,
    /// Files that the sidecar lists and that did not come.
    pub(super) missing: Vec<String>,
}

/// What one look found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Look {
    /// What may be taken now.
    pub(super) ready: Vec<Candidate>,
    /// Files that wait: being written, or waiting for others.
    pub(super) waiting: usize,
    /// What is no file and will never be taken: folders inside folders, links, devices.
    pub(super) strange: Vec<PathBuf>,
}

/// How long files must stand still.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Patience {
    /// One file, before it is taken.
    pub(super) quiet: Duration,
    /// A whole folder, before what is missing is taken to be forgotten.
    pub(super) missing: Duration,
}

/// Opens a folder of the outbox, or the outbox: a folder that somebody puts a link in the place of would have files
/// moved and sent that only the agent may read.
pub(super) fn opened(folder: &Path, is_outbox: bool) -> io::Result<Held> {
    match is_outbox {
        true => Held::any(folder),
        false => Held::itself(folder),
    }
}

/// Whether a folder of the outbox is none any more.
pub(super) fn went_away(error: &io::Error) -> bool {
    let kinds = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
    kinds.contains(&error.kind()) || Errno::from_io_error(error) == Some(Errno::LOOP)
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Watch {
    seen: BTreeMap<PathBuf, (Print, Instant)>,
    /// Since when nothing changed in a recipient's folder.
    still: BTreeMap<PathBuf, Instant>,
}

/// One file that lies in a folder of the outbox.
pub(super) struct Here {
    pub(super) name: String,
    pub(super) found: Found,
    /// At rest, as far as two looks can tell.
    pub(super) rests: bool,
}

impl Watch {
    /// Looks at every folder once.
    pub(super) fn look(&mut self, places: &Places, patience: Patience) -> io::Result<Look> {
        let now = Instant::now();
        let (mut look, mut seen) = (Look::default(), BTreeMap::new());
        let outbox = places.outbox();
        let mut folders = vec![(outbox.clone(), None)];
        for entry in fs::read_dir(&outbox)?.take(MAX_FILES) {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() && !name.starts_with('.') {
                folders.push((entry.path(), Some(name)));
            }
        }
        folders.sort();
        let mut open = OpenFiles::unknown();
        for (path, folder) in folders {
            let is_outbox = folder.is_none();
            let here = self.files(
                &path,
                is_outbox,
                patience,
                now,
                &mut seen,
                &mut look.strange,
            )?;
            let Some(here) = here else { continue };
            let long_still = self.is_long_still(&path, &here, patience, now);
            group(folder.as_ref(), here, long_still, &mut open, &mut look);
        }
        self.still.retain(|path, _| path.is_dir());
        self.seen = seen;
        Ok(look)
    }

    /// The files of one folder; `None` if it went away meanwhile.
    fn files(
        &self,
        path: &Path,
        is_outbox: bool,
        patience: Patience,
        now: Instant,
        seen: &mut BTreeMap<PathBuf, (Print, Instant)>,
        strange: &mut Vec<PathBuf>,
    ) -> io::Result<Option<Vec<Here>>> {
        let held = match opened(path, is_outbox) {
            Err(e) if went_away(&e) => return Ok(None),
            other => other?,
        };
        let mut here = Vec::new();
        for entry in fs::read_dir(held.path())?.take(MAX_FILES) {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if names::is_passed_over(&name) {
                continue;
            }
            // Renamed or taken away since the folder was read.
            let Ok(data) = fs::symlink_metadata(entry.path()) else {
                continue;
            };
            if data.is_dir() && is_outbox {
                continue;
            }
            let path = path.join(entry.file_name());
            if !data.is_file() {
                strange.push(path);
                continue;
            }
            let print = Print::of(&data);
            let since = match self.seen.get(&path) {
                Some((known, since)) if *known == print => Some(*since),
                _ => None,
            };
            let rests = since.is_some_and(|since| now.duration_since(since) >= patience.quiet);
            seen.insert(path.clone(), (print, since.unwrap_or(now)));
            let found = Found { path, print };
            here.push(Here { name, found, rests });
        }
        here.sort_by(|a, b| a.found.path.cmp(&b.found.path));
        Ok(Some(here))
    }

    /// Whether nothing came or changed here for so long that what is missing was forgotten.
    fn is_long_still(
        &mut self,
        path: &Path,
        here: &[Here],
        patience: Patience,
        now: Instant,
    ) -> bool {
        let known = |h: &Here| {
            self.seen
                .get(&h.found.path)
                .is_some_and(|(p, _)| *p == h.found.print)
        };
        let changed = !here.iter().all(known);
        let since = self.still.entry(path.to_owned()).or_insert(now);
        if changed {
            *since = now;
        }
        now.duration_since(*since) >= patience.missing
    }
}
