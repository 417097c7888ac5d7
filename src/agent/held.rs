//! A folder held open: what is done below its path is done in that folder, whatever somebody puts under its name
//! meanwhile.
//!
//! A look whether a name is a link proves nothing a moment later, and what follows here is files that are removed, or
//! moved and sent. So the folder is opened once, and its files are named by way of the open descriptor.

use rustix::fs::{Mode, OFlags};
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

/// A folder.
#[derive(Debug)]
pub(super) struct Held {
    path: PathBuf,
    _open: OwnedFd,
}

impl Held {
    /// Opens a folder that people may have put there: itself, and not what a link of that name leads to.
    ///
    /// # Errors
    /// [`io::Error`], also for a link.
    pub(super) fn itself(folder: &Path) -> io::Result<Self> {
        Self::open(folder, OFlags::NOFOLLOW)
    }

    /// Opens a folder that may be a link of whoever set the office up, as to another disk.
    ///
    /// # Errors
    /// [`io::Error`].
    pub(super) fn any(folder: &Path) -> io::Result<Self> {
        Self::open(folder, OFlags::empty())
    }

    fn open(folder: &Path, how: OFlags) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | how;
        let open = rustix::fs::open(folder, flags, Mode::empty())?;
        let held = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));
        // Without `/proc` its name has to do.
        let path = match fs::metadata(&held) {
            Ok(_) => held,
            Err(_) => folder.to_owned(),
        };
        Ok(Self { path, _open: open })
    }

    /// A path to it, as long as this lives.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn what_is_held_is_the_folder_that_was_opened_and_no_link() {
        let at = tempfile::tempdir().expect("folder");
        let (own, other) = (at.path().join("own"), at.path().join("other"));
        for (folder, text) in [(&own, "own"), (&other, "other")] {
            fs::create_dir(folder).expect("folder");
            fs::write(folder.join("file"), text).expect("written");
        }
        let held = Held::itself(&own).expect("open");
        fs::rename(&own, at.path().join("away")).expect("moved");
        symlink(&other, &own).expect("link");
        let file = held.path().join("file");
        assert_eq!(fs::read_to_string(&file).expect("read"), "own");
        fs::remove_file(file).expect("removed");
        assert!(other.join("file").exists() && !at.path().join("away/file").exists());
        assert!(Held::itself(&own).is_err(), "a link");
        assert!(Held::itself(&other.join("file")).is_err(), "a file");
        let any = Held::any(&own).expect("open");
        let read = fs::read_to_string(any.path().join("file"));
        assert_eq!(read.expect("read"), "other");
    }
}
