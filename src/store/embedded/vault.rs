//! The vault: bodies by digest, wherever they lie.

use super::bodies::{BodyPlace, Extent, file_path};
use super::core::Core;
use super::orphans::sweep;
use super::purge::{PurgeError, purge};
use super::staging::{Arriving, Budget, FileContent, StagedFile, blocking, vault_error};
use crate::format::content::{Memory, SharedContent};
use crate::model::Digest;
use crate::store::{Kept, Place, Purged, Stage, Staged, StagedPlace, Swept, Vault, VaultError};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The vault.
pub(in crate::store) struct EmbeddedVault {
    core: Arc<Core>,
    budget: Arc<Budget>,
    next: AtomicU64,
}

impl EmbeddedVault {
    pub(in crate::store) fn new(core: Arc<Core>) -> Self {
        let budget = Budget::new(core.options.staged_memory_bytes);
        Self {
            core,
            budget,
            next: AtomicU64::new(0),
        }
    }

    fn place(&self, digest: &Digest) -> Result<Option<BodyPlace>, VaultError> {
        let place = self.core.index.body(digest);
        place.map_err(|e| VaultError::Failed(e.to_string()))
    }

    fn extent(
        &self,
        inline: bool,
        extent: &Extent,
        digest: Digest,
    ) -> Result<SharedContent, VaultError> {
        let bytes = self.core.bodies.read(inline, extent);
        let bytes = Bytes::from(bytes.map_err(|e| vault_error(&e))?);
        Ok(Arc::new(Memory::with_digest(bytes, digest)))
    }
}

#[async_trait]
impl Vault for EmbeddedVault {
    fn stage(&self, max: u64) -> Result<Box<dyn Stage>, VaultError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.core.data.join("staging").join(number.to_string());
        Ok(Box::new(Arriving::new(max, path, Arc::clone(&self.budget))))
    }

    async fn keep(&self, staged: &Staged) -> Result<Kept, VaultError> {
        let place = match &staged.place {
            StagedPlace::Memory(bytes) => Place::Memory(bytes.clone()),
            StagedPlace::File(file) => {
                let foreign = || VaultError::Failed("staged elsewhere".into());
                let file = Arc::clone(file).downcast::<StagedFile>();
                let file = file.map_err(|_| foreign())?;
                let to = file_path(&self.core.data, &staged.digest);
                // Pinned before it is looked for: what is there now must still be there then.
                let pin = self.core.pins.pin(staged.digest);
                blocking(move || file.keep(&to)).await?;
                Place::File(pin)
            }
        };
        Ok(Kept {
            digest: staged.digest,
            size: staged.size,
            place,
            lasting: false,
        })
    }

    fn keep_bytes(&self, bytes: Bytes) -> Kept {
        Kept::of(bytes)
    }

    fn lasts(&self, digest: &Digest) -> Result<bool, VaultError> {
        let lasts = self.core.index.lasts(digest);
        lasts.map_err(|e| VaultError::Failed(e.to_string()))
    }

    fn open(&self, digest: &Digest) -> Result<Option<SharedContent>, VaultError> {
        let place = self.place(digest)?;
        match self.at(place, digest) {
            // Erased while it was being opened.
            Err(_) if place.is_some() && self.place(digest)? != place => self.open(digest),
            opened => opened,
        }
    }

    async fn purge(&self) -> Result<Purged, VaultError> {
        self.housework(purge).await
    }

    async fn sweep(&self) -> Result<Swept, VaultError> {
        self.housework(sweep).await
    }
}

impl EmbeddedVault {
    /// Work on the medium, off the runtime's threads.
    async fn housework<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Core) -> Result<T, PurgeError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let core = Arc::clone(&self.core);
        match tokio::task::spawn_blocking(move || work(&core)).await {
            Ok(done) => done.map_err(|e| VaultError::Failed(e.to_string())),
            Err(e) => Err(VaultError::Failed(e.to_string())),
        }
    }

    fn at(
        &self,
        place: Option<BodyPlace>,
        digest: &Digest,
    ) -> Result<Option<SharedContent>, VaultError> {
        match place {
            None => Ok(None),
            Some(BodyPlace::Inline(extent)) => self.extent(true, &extent, *digest).map(Some),
            Some(BodyPlace::Segment(extent)) => self.extent(false, &extent, *digest).map(Some),
            Some(BodyPlace::File(len)) => {
                let path = file_path(&self.core.data, digest);
                let content = FileContent::of(&path, *digest).map_err(|e| vault_error(&e))?;
                if content.len() != len {
                    let what = format!("{}: the length is wrong", path.display());
                    return Err(VaultError::Failed(what));
                }
                Ok(Some(Arc::new(content)))
            }
        }
    }
}
