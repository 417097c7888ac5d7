//! Files under their digests that no change refers to: a body in a file is durable before its change is committed, and
//! the change may fail, or the process die in between. They are found by walking over the files, a piece at a time.
//!
//! What somebody means to commit is pinned; what the log refers to has a right in the index. A file is removed only while
//! it can be neither, and never because of its length or name alone.

use super::core::Core;
use super::purge::{PurgeError, believed};
use crate::model::Digest;
use crate::store::Swept;
use std::fs::{self, File, ReadDir};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

/// Names looked at in one piece of a walk: each costs a look into the index, together some ten milliseconds.
const PIECE: u64 = 1000;
/// Folders that there may be: one for each first octet of a digest.
const FOLDERS: u16 = 256;

/// Where a walk has come to.
#[derive(Debug, Default)]
pub(in crate::store) struct Walk {
    /// The folder that is looked at, or comes next.
    folder: u16,
    names: Option<ReadDir>,
}

/// Looks at the next piece of a walk, and removes what belongs to nobody.
pub(in crate::store) fn sweep(core: &Core) -> Result<Swept, PurgeError> {
    let mut walk = core.sweeping.lock().unwrap_or_else(PoisonError::into_inner);
    believed(core)?;
    let mut swept = Swept::default();
    // Taken out, so that a walk that failed begins again.
    let mut at = std::mem::take(&mut *walk);
    while at.folder < FOLDERS {
        let folder = folder_path(&core.data, at.folder);
        let Some(mut names) = at.names.take().or(list(&folder)?) else {
            at.folder = at.folder.saturating_add(1);
            continue;
        };
        let removed = look(core, &folder, &mut names, &mut swept)?;
        if removed {
            File::open(&folder)?.sync_all()?;
        }
        if swept.looked >= PIECE {
            at.names = Some(names);
            *walk = at;
            return Ok(swept);
        }
        at.folder = at.folder.saturating_add(1);
    }
    swept.done = true;
    Ok(swept)
}

fn folder_path(data: &Path, number: u16) -> PathBuf {
    data.join("bodies").join(format!("{number:02x}"))
}

fn list(folder: &Path) -> io::Result<Option<ReadDir>> {
    match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        names => names.map(Some),
    }
}

/// Looks at the names of a folder until they or the piece end; whether a file was removed.
fn look(
    core: &Core,
    folder: &Path,
    names: &mut ReadDir,
    swept: &mut Swept,
) -> Result<bool, PurgeError> {
    let before = swept.files;
    while swept.looked < PIECE {
        let Some(entry) = names.next() else {
            break;
        };
        swept.looked = swept.looked.saturating_add(1);
        let path = entry?.path();
        // What is named otherwise was not put there by the store.
        let name = path.file_name().and_then(|name| name.to_str());
        let digest = name.and_then(Digest::from_hex);
        let Some(digest) = digest.filter(|d| super::bodies::file_path(&core.data, d) == path)
        else {
            continue;
        };
        if let Some(len) = remove(core, &path, &digest)? {
            swept.files = swept.files.saturating_add(1);
            swept.bytes = swept.bytes.saturating_add(len);
            tracing::debug!(folder = %folder.display(), body = %digest, "an orphan was removed");
        }
    }
    Ok(swept.files > before)
}

/// Removes a file if nobody has a right to its body and nobody is about to commit it; how long it was.
fn remove(core: &Core, path: &Path, digest: &Digest) -> Result<Option<u64>, PurgeError> {
    // Most files are somebody's: asked without holding up those who pin.
    if core.index.body(digest)?.is_some() {
        return Ok(None);
    }
    let removed = core.pins.unless_pinned(digest, || {
        believed(core)?;
        // A right to any copy: a file that is damaged, and has another length than its right says, is not the store's to
        // throw away.
        if core.index.body(digest)?.is_some() {
            return Ok(None);
        }
        let gone = |e: &io::Error| e.kind() == io::ErrorKind::NotFound;
        let len = match fs::symlink_metadata(path) {
            Err(e) if gone(&e) => return Ok(None),
            found => found?.len(),
        };
        match fs::remove_file(path) {
            Err(e) if gone(&e) => Ok(None),
            removed => removed.map(|()| Some(len)).map_err(PurgeError::Io),
        }
    });
    removed.unwrap_or(Ok(None))
}
