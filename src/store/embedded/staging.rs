//! Bodies as they arrive: small ones in memory within a budget, others in `<data>/staging`.

use super::disk::{is_full, read_fully};
use crate::format::content::{Content, ContentError, Memory, slice};
use crate::model::{Digest, Hasher};
use crate::shelf::map;
use crate::store::{Stage, Staged, StagedPlace, VaultError};
use async_trait::async_trait;
use bytes::Bytes;
use memmap2::Mmap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Up to this length a body stays in memory while the budget lasts.
const MEMORY_MAX: usize = 1024 * 1024;
/// A file is written in pieces of this length.
const PIECE: usize = 512 * 1024;
/// A file is read through a window of this length.
const WINDOW: usize = 256 * 1024;

/// The memory that staged bodies may use together.
#[derive(Debug)]
pub(in crate::store) struct Budget {
    left: AtomicU64,
}

/// A piece of the budget.
#[derive(Debug)]
struct Permit {
    budget: Arc<Budget>,
    bytes: u64,
}

impl Budget {
    pub(in crate::store) fn new(bytes: u64) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicU64::new(bytes),
        })
    }

    fn take(&self, bytes: u64) -> bool {
        let order = Ordering::AcqRel;
        let less = |left: u64| left.checked_sub(bytes);
        self.left
            .fetch_update(order, Ordering::Acquire, less)
            .is_ok()
    }
}

impl Permit {
    fn grow(&mut self, by: u64) -> bool {
        let taken = self.budget.take(by);
        if taken {
            self.bytes = self.bytes.saturating_add(by);
        }
        taken
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.bytes, Ordering::AcqRel);
    }
}

/// Bytes that give their piece of the budget back when the last handle goes.
struct Budgeted {
    bytes: Vec<u8>,
    _permit: Permit,
}

impl AsRef<[u8]> for Budgeted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A body that is arriving.
pub(in crate::store) struct Arriving {
    max: u64,
    len: u64,
    hasher: Hasher,
    /// All of it, or what the file lacks.
    buffer: Vec<u8>,
    permit: Permit,
    path: PathBuf,
    file: Option<StagedFile>,
}

impl Arriving {
    pub(in crate::store) fn new(max: u64, path: PathBuf, budget: Arc<Budget>) -> Self {
        Self {
            max,
            len: 0,
            hasher: Hasher::new(),
            buffer: Vec::new(),
            permit: Permit { budget, bytes: 0 },
            path,
            file: None,
        }
    }

    /// Writes the buffer to the file, which is made when it is first needed.
    async fn spill(&mut self) -> Result<(), VaultError> {
        let path = self.path.clone();
        let file = self.file.take();
        let buffer = std::mem::take(&mut self.buffer);
        let write = move || -> io::Result<(StagedFile, Vec<u8>)> {
            let mut staged = match file {
                Some(staged) => staged,
                None => StagedFile::create(path)?,
            };
            staged.file.write_all(&buffer)?;
            let mut buffer = buffer;
            buffer.clear();
            Ok((staged, buffer))
        };
        let (file, buffer) = blocking(write).await?;
        self.file = Some(file);
        self.buffer = buffer;
        Ok(())
    }
}

#[async_trait]
impl Stage for Arriving {
    async fn write(&mut self, chunk: Bytes) -> Result<(), VaultError> {
        let more = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.len = self.len.saturating_add(more);
        if self.len > self.max {
            return Err(VaultError::TooLarge(self.max));
        }
        self.hasher.update(&chunk);
        if self.file.is_none() {
            let fits = self.buffer.len().saturating_add(chunk.len()) <= MEMORY_MAX;
            if !fits || !self.permit.grow(more) {
                self.spill().await?;
            }
        }
        self.buffer.extend_from_slice(&chunk);
        if self.file.is_some() && self.buffer.len() >= PIECE {
            self.spill().await?;
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<Staged, VaultError> {
        if self.file.is_some() && !self.buffer.is_empty() {
            self.spill().await?;
        }
        let this = *self;
        let (digest, size) = (this.hasher.finish(), this.len);
        let Some(staged) = this.file else {
            let bytes = Bytes::from_owner(Budgeted {
                bytes: this.buffer,
                _permit: this.permit,
            });
            return Ok(Staged {
                content: Arc::new(Memory::with_digest(bytes.clone(), digest)),
                digest,
                size,
                place: StagedPlace::Memory(bytes),
            });
        };
        let content = FileContent::of(&staged.path, digest).map_err(|e| vault_error(&e))?;
        Ok(Staged {
            content: Arc::new(content),
            digest,
            size,
            place: StagedPlace::File(Arc::new(staged)),
        })
    }
}

/// A file in the staging area; it goes with its last handle, unless it was kept.
pub(in crate::store) struct StagedFile {
    path: PathBuf,
    file: File,
    kept: AtomicBool,
}

impl StagedFile {
    fn create(path: PathBuf) -> io::Result<Self> {
        let file = File::options()
            .read(true)
            .append(true)
            .create_new(true)
            .open(&path)?;
        Ok(Self {
            path,
            file,
            kept: AtomicBool::new(false),
        })
    }

    /// Makes it durable under its digest. The folder is synced also where the name is there
    /// already: whoever made it may not have come so far.
    pub(in crate::store) fn keep(&self, to: &Path) -> io::Result<()> {
        let Some(folder) = to.parent() else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        if !folder.exists() {
            fs::create_dir_all(folder)?;
            if let Some(above) = folder.parent() {
                File::open(above)?.sync_all()?;
            }
        }
        if !self.kept.load(Ordering::Acquire) && !to.exists() {
            self.file.sync_all()?;
            fs::rename(&self.path, to)?;
            self.kept.store(true, Ordering::Release);
        }
        File::open(folder)?.sync_all()
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if !self.kept.load(Ordering::Acquire) {
            // If it stays, the next start removes it.
            let _left = fs::remove_file(&self.path);
        }
    }
}

/// A complete body in a file: mapped for structure, read through a window for digests.
pub(in crate::store) struct FileContent {
    file: File,
    map: Option<Mmap>,
    digest: Digest,
    len: u64,
}

impl FileContent {
    pub(in crate::store) fn of(path: &Path, digest: Digest) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        let map = if len == 0 {
            None
        } else {
            Some(map::map(&file)?)
        };
        Ok(Self {
            file,
            map,
            digest,
            len,
        })
    }

    pub(in crate::store) fn len(&self) -> u64 {
        self.len
    }
}

impl Content for FileContent {
    fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }

    fn feed(&self, range: Range<u64>, sink: &mut dyn FnMut(&[u8])) -> Result<(), ContentError> {
        slice(self.bytes(), &range)?;
        let mut at = range.start;
        let mut window = vec![0; WINDOW];
        while at < range.end {
            let left = range.end.saturating_sub(at);
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(WINDOW);
            let piece = window.get_mut(..want).unwrap_or_default();
            let read = read_fully(&self.file, piece, at);
            match read.map_err(|e| ContentError::Read(e.to_string()))? {
                n if n == want => sink(piece),
                _ => return Err(ContentError::Read("the file ends too early".into())),
            }
            at = at.saturating_add(u64::try_from(want).unwrap_or(left));
        }
        Ok(())
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}

/// Runs file work off the runtime's threads.
pub(in crate::store) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, VaultError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|e| vault_error(&e)),
        Err(e) => Err(VaultError::Failed(e.to_string())),
    }
}

pub(in crate::store) fn vault_error(e: &io::Error) -> VaultError {
    if is_full(e) {
        return VaultError::Full;
    }
    VaultError::Failed(e.to_string())
}
