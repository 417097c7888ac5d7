//! Content-addressed files: evidence under `<data>/evidence/`, each named by its SHA-256 and never
//! rewritten, so that large ones may be mapped where a list of 24 MB is not to lie in memory.
//!
//! What an operator drops into `certs/crl/` is copied here first: a file that others can change is
//! never mapped (`verdicts.md` §4). Bytes that do not have the digest of their name are dropped and
//! never given out.

pub mod map;

use crate::model::{Digest, Hasher};
use bytes::Bytes;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Up to this length a file is read: a map costs at least a page and an entry of the kernel's.
const READ_MAX: u64 = 64 << 10;
/// The window of copying.
const WINDOW: usize = 64 << 10;
/// How unfinished files end.
const UNFINISHED: &str = "tmp";

/// Makes a folder and those above it that nobody but their owner may enter, whatever the umask says. One that is there
/// stays as it is.
///
/// # Errors
/// What the system said.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)
}

/// Writes a temporary file beside `path`, syncs it, and renames it over `path`, so that whatever is interrupted leaves
/// the old file or the new one.
///
/// # Errors
/// What the system said.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(UNFINISHED);
    let temporary = path.with_file_name(name);
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// A folder of content-addressed files.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: Arc<Path>,
    next: Arc<AtomicU64>,
}

impl Shelf {
    /// Opens the folder, making it if needed, and removes what a crash left unfinished.
    ///
    /// # Errors
    /// What the system said.
    pub fn open(folder: &Path) -> io::Result<Self> {
        private_folder(folder)?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == UNFINISHED) {
                fs::remove_file(path)?;
            }
        }
        Ok(Self {
            folder: folder.into(),
            next: Arc::default(),
        })
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps `bytes` durably; what is there already is not written again.
    ///
    /// # Errors
    /// What the system said.
    pub fn put(&self, bytes: &[u8]) -> io::Result<(Digest, Bytes)> {
        let digest = Digest::of(bytes);
        if let Some(known) = self.get(digest)? {
            return Ok((digest, known));
        }
        let mut spool = self.spool()?;
        spool.write(bytes)?;
        spool.keep()
    }

    /// Keeps what `reader` gives, without holding it in memory.
    ///
    /// # Errors
    /// What the system said; [`io::ErrorKind::FileTooLarge`] above `limit` bytes.
    pub fn copy(&self, reader: &mut dyn Read, limit: u64) -> io::Result<(Digest, Bytes)> {
        let mut spool = self.spool()?;
        let mut window = vec![0u8; WINDOW];
        loop {
            let n = match reader.read(&mut window) {
                Ok(0) => return spool.keep(),
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            spool.write(window.get(..n).unwrap_or_default())?;
            if spool.length > limit {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
        }
    }

    /// The bytes under `digest`; `None` if they are not there, or were damaged and are gone now.
    ///
    /// # Errors
    /// What the system said.
    pub fn get(&self, digest: Digest) -> io::Result<Option<Bytes>> {
        let path = self.path(digest);
        let bytes = match File::open(&path) {
            Ok(file) => bytes_of(&file)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        if Digest::of(&bytes) == digest {
            return Ok(Some(bytes));
        }
        tracing::warn!(path = %path.display(), "damaged evidence is dropped");
        drop(bytes);
        self.remove(digest)?;
        Ok(None)
    }

    /// Removes a file; maps of it stay as they are.
    ///
    /// # Errors
    /// What the system said; one that is not there is no error.
    pub fn remove(&self, digest: Digest) -> io::Result<()> {
        match fs::remove_file(self.path(digest)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }

    /// What lies here, with lengths.
    ///
    /// # Errors
    /// What the system said.
    pub fn list(&self) -> io::Result<Vec<(Digest, u64)>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let digest = name.to_str().and_then(Digest::from_hex);
            if let Some(digest) = digest {
                all.push((digest, entry.metadata()?.len()));
            }
        }
        all.sort_unstable();
        Ok(all)
    }

    /// Begins a file whose digest is known only at its end; dropped unless it is kept.
    ///
    /// # Errors
    /// What the system said.
    pub fn spool(&self) -> io::Result<Spool> {
        // The process's number too: a command beside the daemon may copy into the same folder.
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}.{UNFINISHED}", std::process::id());
        let path = self.folder.join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        Ok(Spool {
            file: options.open(&path)?,
            path,
            hasher: Hasher::new(),
            length: 0,
            shelf: self.clone(),
        })
    }

    fn path(&self, digest: Digest) -> PathBuf {
        self.folder.join(digest.to_hex())
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

/// A file that is still being written.
#[derive(Debug)]
pub struct Spool {
    file: File,
    path: PathBuf,
    hasher: Hasher,
    length: u64,
    shelf: Shelf,
}

impl Spool {
    /// Appends.
    ///
    /// # Errors
    /// What the system said.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hasher.update(bytes);
        let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(more);
        Ok(())
    }

    /// Keeps it durably under its digest.
    ///
    /// # Errors
    /// What the system said.
    pub fn keep(self) -> io::Result<(Digest, Bytes)> {
        let digest = self.hasher.clone().finish();
        self.file.sync_all()?;
        let bytes = bytes_of(&self.file)?;
        fs::rename(&self.path, self.shelf.path(digest))?;
        self.shelf.sync()?;
        Ok((digest, bytes))
    }

    /// Gives its bytes without keeping it: the file goes with the last of them.
    ///
    /// # Errors
    /// What the system said.
    pub fn unkept(self) -> io::Result<Bytes> {
        bytes_of(&self.file)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // After `keep` there is nothing under this name.
        let _gone = fs::remove_file(&self.path);
    }
}

fn bytes_of(mut file: &File) -> io::Result<Bytes> {
    let length = file.metadata()?.len();
    if length > READ_MAX {
        return Ok(Bytes::from_owner(map::map(file)?));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    io::Seek::rewind(&mut file)?;
    file.take(READ_MAX).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn large(fill: u8) -> Vec<u8> {
        vec![fill; 200_000]
    }

    #[test]
    fn what_was_put_is_there_under_its_digest() {
        let folder = tempfile::tempdir().expect("folder");
        let place = folder.path().join("evidence");
        let shelf = Shelf::open(&place).expect("opened");
        for bytes in [Vec::new(), b"small".to_vec(), large(7)] {
            let (digest, kept) = shelf.put(&bytes).expect("put");
            assert_eq!((digest, &kept[..]), (Digest::of(&bytes), &bytes[..]));
            let copied = shelf.copy(&mut &bytes[..], 200_000).expect("copied");
            assert_eq!(copied, (digest, kept.clone()));
            let again = Shelf::open(&place).expect("again");
            assert_eq!(again.get(digest).expect("read"), Some(kept));
        }
        assert_eq!(shelf.list().expect("listed").len(), 3);
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&place), 0o700);
        assert_eq!(mode(&shelf.path(Digest::of(b"small"))), 0o600);
    }

    #[test]
    fn damage_is_dropped_and_never_given_out() {
        let folder = tempfile::tempdir().expect("folder");
        let shelf = Shelf::open(folder.path()).expect("opened");
        for bytes in [b"small".to_vec(), large(7)] {
            let (digest, _) = shelf.put(&bytes).expect("put");
            let mut bad = bytes.clone();
            bad[3] ^= 1;
            fs::write(shelf.path(digest), &bad).expect("damaged");
            assert_eq!(shelf.get(digest).expect("read"), None);
            assert!(!shelf.path(digest).exists());
            let (_, whole) = shelf.put(&bytes).expect("again");
            assert_eq!(whole, bytes);
        }
    }

    #[test]
    fn what_is_unfinished_or_too_long_leaves_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let shelf = Shelf::open(folder.path()).expect("opened");
        let endless = shelf.copy(&mut io::repeat(1), 1 << 20);
        assert_eq!(
            endless.expect_err("cut off").kind(),
            io::ErrorKind::FileTooLarge
        );
        let mut spool = shelf.spool().expect("spool");
        spool.write(&large(9)).expect("written");
        let bytes = spool.unkept().expect("bytes");
        assert_eq!(bytes, large(9), "readable without a name");
        std::mem::forget(shelf.spool().expect("as if killed"));
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1);
        Shelf::open(folder.path()).expect("opened");
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 0);
    }
}
