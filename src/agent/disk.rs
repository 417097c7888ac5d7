//! Steps on disk that stand once they return: what was written is synced before it gets its name, a move
//! syncs both folders, and nothing is ever overwritten or deleted that somebody else may have put there.
//!
//! People write into these folders who may not read and write everything that the agent may: no link of theirs is
//! followed, and no pipe of theirs is waited for.

use super::held::Held;
use super::names;
use crate::model::{Digest, Hasher};
use rustix::fs::{CWD, OFlags, RenameFlags};
use rustix::io::Errno;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// How unfinished files of ours end; such names are never taken from an outbox.
pub(super) const UNFINISHED: &str = ".part";
/// The window of copying.
const WINDOW: usize = 128 * 1024;
/// How many names are tried beside one that is taken.
const MOST_NAMES: u32 = 10_000;
/// The longest record of ours: what is followed, 20,000 documents, takes some megabytes.
const MOST_RECORD: u64 = 64 << 20;

/// Makes a folder and those above it, durably.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        folder(above)?;
    }
    match fs::create_dir(path) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        Ok(()) | Err(_) => {}
    }
    sync_above(path)
}

/// Syncs the folder that holds `path`, so that its name stands.
pub(super) fn sync_above(path: &Path) -> io::Result<()> {
    let above = path.parent().filter(|p| !p.as_os_str().is_empty());
    sync(above.unwrap_or_else(|| Path::new(".")))
}

fn sync(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network file systems cannot sync a folder; there a rename stands when it returns.
        Err(e) if e.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

/// Writes a file of ours, new or in place of the earlier one, so that after a crash it is whole: the old
/// or the new.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = path.with_file_name(format!(".{name}{UNFINISHED}"));
    filled(&unfinished, bytes)?;
    fs::rename(&unfinished, path)?;
    sync_above(path)
}

/// A whole new file under an unfinished name. One that cannot be whole is removed: on a full disk, which every attempt
/// finds full, they would be as many as there are attempts.
fn filled(unfinished: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = anew(unfinished)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(unfinished);
    }
    written
}

/// A new file under an unfinished name. What an attempt that broke off left there is removed; what lies there
/// otherwise is not written through: a link would lead to a file of somebody else.
fn anew(unfinished: &Path) -> io::Result<File> {
    match fs::remove_file(unfinished) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        Ok(()) | Err(_) => {}
    }
    File::create_new(unfinished)
}

/// Flags under which no link is followed and no pipe is waited for.
pub(super) fn itself() -> i32 {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    i32::try_from(flags.bits()).unwrap_or_default()
}

/// Opens a file that people may have put there.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if it is no plain file.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let file = File::options()
        .read(true)
        .custom_flags(itself())
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a plain file",
        )),
    }
}

/// Syncs a file that somebody else wrote: a move makes its name stand, and not its bytes. What cannot be opened is
/// left to whoever reads it, and says so.
pub(super) fn sync_bytes(path: &Path) -> io::Result<()> {
    open(path).map_or(Ok(()), |file| file.sync_all())
}

/// A file that people may have put there, if it has at most `most` bytes.
///
/// # Errors
/// [`io::ErrorKind::FileTooLarge`] if it has more; see also [`open`].
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let longer = most.saturating_add(1);
    open(path)?.take(longer).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()).is_ok_and(|len| len <= most) {
        true => Ok(bytes),
        false => Err(io::ErrorKind::FileTooLarge.into()),
    }
}

/// Writes a file of ours where there is none; one that lies there stays as it is.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok() {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = path.with_file_name(format!(".{name}{UNFINISHED}"));
    filled(&unfinished, bytes)?;
    match rename(&unfinished, path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => fs::remove_file(&unfinished)?,
        other => other?,
    }
    sync_above(path)
}

/// Writes a record of ours.
pub(super) fn record<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    write(path, &serde_json::to_vec_pretty(value)?)
}

/// Reads a record of ours.
pub(super) fn recorded<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    Ok(serde_json::from_slice(&read(path, MOST_RECORD)?)?)
}

/// Removes a record of ours; one that is not there is no error.
pub(super) fn forget(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
        Ok(()) => sync_above(path),
    }
}

/// Removes records of ours that a crash left unfinished: they never got their name, so nothing followed.
pub(super) fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') && name.ends_with(UNFINISHED) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Removes a flat folder of ours that nobody else was told of.
pub(super) fn discard(folder: &Path) -> io::Result<()> {
    empty(folder, |_| false)?;
    fs::remove_dir(folder)
}

/// Removes from a flat folder of ours what is not to stay. A link in its place is an error: it would be somebody
/// else's folder that is emptied.
pub(super) fn empty(folder: &Path, stays: impl Fn(&OsStr) -> bool) -> io::Result<()> {
    let held = Held::itself(folder)?;
    for entry in fs::read_dir(held.path())? {
        let name = entry?.file_name();
        if !stays(&name) {
            fs::remove_file(held.path().join(name))?;
        }
    }
    Ok(())
}

/// The records in a folder of ours, by name. Anything else that lies there is left alone.
pub(super) fn records(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".json") && !name.starts_with('.') {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Moves a file or a flat folder to a name that is free; [`io::ErrorKind::AlreadyExists`] if it is not.
/// Between file systems it is copied under an unfinished name, read back, named, and then removed where
/// it was.
pub(super) fn carry(from: &Path, to: &Path) -> io::Result<()> {
    match rename(from, to) {
        Err(e) if e.kind() == io::ErrorKind::CrossesDevices => copy(from, to)?,
        Err(e) => return Err(e),
        Ok(()) => {}
    }
    sync_above(to)?;
    sync_above(from)
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // A file system without that flag: look first. Only this process and people move files here.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            if fs::symlink_metadata(to).is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            fs::rename(from, to)
        }
        Err(e) => Err(e.into()),
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let short = names::shortened(&name, 200);
    let unfinished = to.with_file_name(format!(".{short}{UNFINISHED}"));
    let is_folder = fs::symlink_metadata(from)?.is_dir();
    if !is_folder {
        copy_file(from, &unfinished)?;
        rename(&unfinished, to)?;
        sync_above(to)?;
        return fs::remove_file(from);
    }
    if fs::symlink_metadata(&unfinished).is_ok_and(|data| !data.is_dir()) {
        fs::remove_file(&unfinished)?;
    }
    folder(&unfinished)?;
    let mut copied = Vec::new();
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = unfinished.join(entry.file_name());
        copy_file(&entry.path(), &target)?;
        copied.push(entry.path());
    }
    sync(&unfinished)?;
    rename(&unfinished, to)?;
    sync_above(to)?;
    for path in copied {
        fs::remove_file(path)?;
    }
    fs::remove_dir(from)
}

/// The end of a move between file systems that broke off after the copy had its name: removes what was copied,
/// if the copy is the same.
pub(super) fn finish(from: &Path, to: &Path) -> io::Result<()> {
    if digest(from)? != digest(to)? {
        return Err(io::Error::other("the copy is not what was copied"));
    }
    fs::remove_file(from)?;
    sync_above(from)
}

/// Copies and reads back; the copy of an attempt that broke off is written anew.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = open(from)?;
    let before = source.metadata()?;
    let mut target = anew(to)?;
    io::copy(&mut source, &mut target)?;
    target.set_modified(before.modified()?)?;
    target.sync_all()?;
    let after = fs::symlink_metadata(from)?;
    let unchanged = before.len() == after.len() && before.modified()? == after.modified()?;
    if unchanged && digest(from)? == digest(to)? {
        return Ok(());
    }
    fs::remove_file(to)?;
    Err(io::Error::other("the file changed while it was copied"))
}

/// SHA-256 of a file.
pub(super) fn digest(path: &Path) -> io::Result<Digest> {
    let (mut file, mut hasher) = (open(path)?, Hasher::new());
    let mut window = vec![0; WINDOW];
    loop {
        let n = file.read(&mut window)?;
        if n == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(window.get(..n).unwrap_or_default());
    }
}

/// The first name that is free in `folder`: `name`, then `name (2)`, … before the extension.
pub(super) fn free(folder: &Path, name: &str) -> io::Result<String> {
    for n in 1..=MOST_NAMES {
        let candidate = names::numbered(name, n);
        if fs::symlink_metadata(folder.join(&candidate)).is_err() {
            return Ok(candidate);
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Moves to the first free name in `folder`, and gives it.
pub(super) fn carry_free(from: &Path, folder: &Path, name: &str) -> io::Result<String> {
    loop {
        let free = free(folder, name)?;
        match carry(from, &folder.join(&free)) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
            Ok(()) => return Ok(free),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn what_is_written_goes_into_no_file_that_a_link_leads_to() {
        let folder = tempfile::tempdir().expect("folder");
        let secret = folder.path().join("secret");
        fs::write(&secret, "key").expect("written");
        let paper = folder.path().join("KET-QUA.txt");
        for link in [".KET-QUA.txt.part", "KET-QUA.txt"] {
            symlink(&secret, folder.path().join(link)).expect("link");
        }
        write(&paper, b"said").expect("written");
        assert_eq!(fs::read(&secret).expect("there"), b"key");
        assert_eq!(read(&paper, 4).expect("there"), b"said");
        let inside = folder.path().join("inside");
        symlink(&secret, folder.path().join(".copy.part")).expect("link");
        fs::write(&inside, "text").expect("written");
        copy(&inside, &folder.path().join("copy")).expect("copied");
        assert_eq!(fs::read(&secret).expect("there"), b"key");
    }

    #[test]
    fn no_link_is_followed_no_pipe_waited_for_and_nothing_endless_read() {
        let folder = tempfile::tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("long"), "12345").expect("written");
        symlink(at("long"), at("link")).expect("link");
        let mode = rustix::fs::Mode::RWXU;
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(CWD, at("pipe"), kind, mode, 0).expect("pipe");
        let why = |name: &str, most: u64| read(&at(name), most).map_err(|e| e.kind());
        assert_eq!(why("long", 5), Ok(b"12345".to_vec()));
        assert_eq!(why("long", 4), Err(io::ErrorKind::FileTooLarge));
        assert_eq!(why("pipe", 4), Err(io::ErrorKind::InvalidInput));
        assert_eq!(why(".", 4), Err(io::ErrorKind::InvalidInput));
        assert!(why("link", 9).is_err() && digest(&at("link")).is_err());
    }
}
