//! The disk port: the few calls through which the log and the body segments touch the medium. The
//! real one is here; its seeded twin, which tears, loses and delays writes, is in `disk_twin`.

use crate::shelf::private_folder;
use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// One `writev` takes at most this many parts (Linux, `IOV_MAX`).
const MAX_PARTS: usize = 1024;

/// A medium.
pub(in crate::store) trait Disk: Send + Sync {
    /// Makes a directory with its parents.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;
    /// The names of the files in a directory.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// Opens a file for reading and appending; makes it if it is not there.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;
    /// Makes the names in a directory durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Takes the bytes of stretches (offset, length) out of a file, durably; its length stays. A file that is not
    /// there has none.
    fn punch(&self, path: &Path, stretches: &[(u64, u64)]) -> io::Result<()>;
    /// Removes a file, if it is there; durable after [`Disk::sync_dir`].
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// An open file.
pub(in crate::store) trait DiskFile: Send + Sync {
    /// Its length.
    fn len(&self) -> io::Result<u64>;
    /// Writes all parts at its end, one after another.
    fn append(&self, parts: &[&[u8]]) -> io::Result<()>;
    /// Fills as much of `buffer` as there are bytes from `at` on.
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize>;
    /// Makes content and length durable (`fdatasync`).
    fn sync(&self) -> io::Result<()>;
    /// Cuts it to `len` bytes.
    fn truncate(&self, len: u64) -> io::Result<()>;
}

/// Whether an error says that no space is left.
pub(in crate::store) fn is_full(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// The file system.
#[derive(Debug)]
pub(in crate::store) struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        private_folder(dir)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(dir)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        Ok(Arc::new(RealFile(file)))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    fn punch(&self, path: &Path, stretches: &[(u64, u64)]) -> io::Result<()> {
        // Not for appending: where holes cannot be punched, zeros are written over the bytes.
        let file = match OpenOptions::new().write(true).open(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened?,
        };
        for (at, len) in stretches {
            punch(&file, *at, *len)?;
        }
        file.sync_data()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match std::fs::remove_file(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

/// Gives the blocks back to the file system; the rest of the first and the last one becomes zeros.
fn punch(file: &File, at: u64, len: u64) -> io::Result<()> {
    if len == 0 {
        return Ok(());
    }
    let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    match rustix::fs::fallocate(file, hole, at, len) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => zeros(file, at, len),
        punched => punched.map_err(io::Error::from),
    }
}

fn zeros(file: &File, mut at: u64, len: u64) -> io::Result<()> {
    const PIECE: u64 = 64 * 1024;
    let end = at.saturating_add(len).min(file.metadata()?.len());
    let piece = vec![0; usize::try_from(PIECE.min(len)).unwrap_or(0)];
    while at < end {
        let left = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
        let part = piece.get(..left).unwrap_or(&piece);
        file.write_all_at(part, at)?;
        at = at.saturating_add(PIECE);
    }
    Ok(())
}

struct RealFile(File);

impl DiskFile for RealFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn append(&self, parts: &[&[u8]]) -> io::Result<()> {
        for some in parts.chunks(MAX_PARTS) {
            let mut slices: Vec<IoSlice<'_>> = some.iter().map(|p| IoSlice::new(p)).collect();
            let mut rest = slices.as_mut_slice();
            while rest.iter().any(|part| !part.is_empty()) {
                match (&self.0).write_vectored(rest) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(written) => IoSlice::advance_slices(&mut rest, written),
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
        }
        Ok(())
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        read_fully(&self.0, buffer, at)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
}

/// Reads until the buffer is full or the file ends.
pub(in crate::store) fn read_fully(
    file: &File,
    buffer: &mut [u8],
    mut at: u64,
) -> io::Result<usize> {
    let mut done = 0usize;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, at) {
            Ok(0) => break,
            Ok(n) => {
                done = done.saturating_add(n);
                at = at.saturating_add(u64::try_from(n).unwrap_or(0));
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}
