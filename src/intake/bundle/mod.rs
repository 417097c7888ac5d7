//! The evidence bundle of a document: an ASiC-E container with CAdES (EN 319 162-1 §4.4) of its files, its
//! receipts, what was judged and what that rests on, under a signature of the receipt key.
//!
//! The same state of a document gives the same octets, but for signature and timestamps. Bodies are read
//! twice, for the CRC-32 that a ZIP has before its data and to be sent, and are never whole in memory.

mod contents;
mod lay_out;

pub use lay_out::{Bundle, Part};

use super::{Intake, MoveError, SealError};
use crate::client::bundle::{MANIFEST, SIGNATURE};
use crate::format::asic::{Listed, manifest};
use crate::format::content::{ContentError, Memory, SharedContent};
use crate::format::zip::write::WriteError;
use crate::model::{Digest, UnitCode};
use crate::relay::DocumentState;
use crate::store::{ReadError, VaultError};
use bytes::Bytes;
use std::sync::Arc;

/// Why there is no bundle.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BundleError {
    /// A receipt could not be had.
    #[error(transparent)]
    Receipt(#[from] MoveError),
    /// The list could not be signed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A body could not be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A body could not be read to its end.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// More files or octets than one archive holds.
    #[error(transparent)]
    Archive(#[from] WriteError),
    /// A kept body is not what its name says: damage, which no signature goes over.
    #[error("the body {0} is damaged")]
    Damaged(Digest),
    /// A kept report cannot be read: never expected.
    #[error("the report {0} cannot be read")]
    Report(Digest),
}

/// A file of a bundle.
#[derive(Clone)]
pub(super) struct File {
    name: String,
    media: &'static str,
    content: SharedContent,
    sha256: Digest,
}

impl File {
    fn of(name: impl Into<String>, media: &'static str, bytes: impl Into<Bytes>) -> Self {
        let content = Memory::new(bytes.into());
        Self {
            name: name.into(),
            media,
            sha256: crate::format::content::Content::digest(&content),
            content: Arc::new(content),
        }
    }

    fn listed(&self) -> Listed {
        Listed {
            name: self.name.clone(),
            media: self.media,
            sha256: self.sha256,
        }
    }
}

impl Intake {
    /// The bundle of a document for its sender or a recipient. It reads every body; to be called where
    /// waiting for the disk is no harm.
    ///
    /// # Errors
    /// See [`BundleError`].
    pub fn bundle(&self, state: &DocumentState, caller: &UnitCode) -> Result<Bundle, BundleError> {
        let mut files = contents::gather(self, state, caller)?;
        let listed: Vec<Listed> = files.iter().map(File::listed).collect();
        let list = manifest(SIGNATURE, &listed);
        let now = self.tools.clock.now();
        let signature = self.tools.sealer.sign_list(list.as_bytes(), now)?;
        files.push(File::of(MANIFEST, "text/xml", list.into_bytes()));
        let media = "application/pkcs7-signature";
        files.push(File::of(SIGNATURE, media, signature));
        lay_out::lay_out(files)
    }
}
