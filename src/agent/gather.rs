//! Files on their way out of the outbox: moved if they are still what was seen at rest.

use super::disk;
use super::held::Held;
use super::job::{Job, Taken};
use super::outbox::Print;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file in the folder that was opened.
pub(super) fn source(place: &Held, from: &Path) -> PathBuf {
    place.path().join(from.file_name().unwrap_or_default())
}

/// Moves a file out of the outbox, if it is still the one that was seen; whether it lies with the others.
pub(super) fn gathered(file: &Taken, from: &Path, to: &Path) -> io::Result<bool> {
    let there = fs::symlink_metadata(from);
    let is_still = |data: &fs::Metadata| data.is_file() && file.is_still(Print::of(data));
    match (fs::symlink_metadata(to).is_ok(), there) {
        (true, Ok(data)) if is_still(&data) => disk::finish(from, to).map(|()| true),
        (true, _) => Ok(true),
        (false, Ok(data)) if is_still(&data) => gone_is_false(disk::carry(from, to)),
        (false, Ok(_)) => Ok(false),
        (false, Err(e)) => gone_is_false(Err(e)),
    }
}

/// Whether a move went well; a file that went away meanwhile did not come.
fn gone_is_false(moved: io::Result<()>) -> io::Result<bool> {
    match moved {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

/// Whether every file in the job's folder is as it was seen at rest.
pub(super) fn as_seen(job: &Job, folder: &Path) -> bool {
    job.files.iter().all(|file| {
        let data = fs::symlink_metadata(folder.join(&file.name));
        data.is_ok_and(|data| data.is_file() && file.is(Print::of(&data)))
    })
}
