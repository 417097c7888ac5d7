//! The evidence bundle of a document: an ASiC-E container with CAdES (EN 319 162-1 §4.4) of its files, its
//! receipts, what was judged and what that rests on, under a signature of the receipt key.
//!
//! The same state of a document gives the same octets, but for signature and timestamps. Bodies are read
//! twice, for the CRC-32 that a ZIP has before its data and to be sent, and are opened only for that: what
//! waits to be sent, to a client however slow, costs no memory.

mod contents;
mod lay_out;

pub use lay_out::{Bundle, Part};

use super::{Intake, MoveError, SealError};
use crate::client::bundle::{ARCHIVE_MANIFEST, MANIFEST, SIGNATURE, TIMESTAMP};
use crate::format::asic::{Listed, archive_manifest, manifest};
use crate::format::asn1::oid;
use crate::format::asn1::write::{constructed, oid as oid_der, tag};
use crate::format::cms::write::attribute;
use crate::format::content::ContentError;
use crate::format::zip::write::WriteError;
use crate::model::{Digest, UnitCode};
use crate::relay::DocumentState;
use crate::seal::{self, Unsigned};
use crate::store::{ReadError, Vault, VaultError};
use crate::trust::evidence::EvidenceKind;
use crate::trust::report::EvidenceItem;
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;

/// What a signature brings for its timestamps: an authority's path and lists are some ten KiB, and a list of
/// a nation is no part of a signature.
const MAX_BROUGHT: usize = 1 << 20;

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
    /// A body was erased while the bundle was made.
    #[error("the body {0} is gone")]
    Gone(Digest),
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
    source: Part,
    sha256: Digest,
}

impl File {
    fn of(name: impl Into<String>, media: &'static str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            name: name.into(),
            media,
            sha256: Digest::of(&bytes),
            source: Part::Bytes(bytes),
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

/// A signed bundle that may be stamped before it is laid out.
pub struct Draft {
    vault: Arc<dyn Vault>,
    files: Vec<File>,
    signature: Bytes,
    archive: Option<(String, Bytes)>,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Draft({} files)", self.files.len())
    }
}

impl Draft {
    /// The imprint of a signature timestamp: SHA-256 of the signature's value (EN 319 122-1 §5.3).
    ///
    /// # Errors
    /// See [`BundleError`].
    pub fn to_stamp(&self) -> Result<Digest, BundleError> {
        let value = seal::signature_value(&self.signature);
        let value = value.map_err(|e| SealError(e.to_string()))?;
        Ok(Digest::of(&value))
    }

    /// With a timestamp over the signature, and what the verdict about that rested on (EN 319 122-1 §5.4).
    ///
    /// # Errors
    /// See [`BundleError`].
    pub fn stamped(&mut self, token: &[u8], kept: &[EvidenceItem]) -> Result<(), BundleError> {
        let stamp = attribute(oid::SIGNATURE_TIMESTAMP, token);
        let mut room = MAX_BROUGHT;
        let mut fits = |item: &&EvidenceItem| {
            let rest = room.checked_sub(item.bytes.len());
            room = rest.unwrap_or(room);
            rest.is_some()
        };
        let kept: Vec<&EvidenceItem> = kept.iter().filter(&mut fits).collect();
        let of = |kind| kept.iter().filter(move |item| item.kind == kind);
        let responses = of(EvidenceKind::Ocsp).map(|item| other_revocation(&item.bytes));
        let responses: Vec<Vec<u8>> = responses.collect();
        let lists = of(EvidenceKind::Crl).map(|item| &*item.bytes);
        let more = Unsigned {
            attribute: &stamp,
            certificates: of(EvidenceKind::Certificate).map(|i| &*i.bytes).collect(),
            revocation: lists.chain(responses.iter().map(Vec::as_slice)).collect(),
        };
        let signature = seal::with_unsigned(&self.signature, &more);
        self.signature = signature.map_err(|e| SealError(e.to_string()))?.into();
        Ok(())
    }

    /// The list of everything that is there, for a timestamp over it.
    #[must_use]
    pub fn archive_list(&self) -> String {
        let signature = self.signature_file();
        let all = self.files.iter().chain([&signature]);
        let listed: Vec<Listed> = all.map(File::listed).collect();
        archive_manifest(TIMESTAMP, &listed, MANIFEST)
    }

    /// With a timestamp over that list.
    pub fn archived(&mut self, list: String, token: Bytes) {
        self.archive = Some((list, token));
    }

    fn signature_file(&self) -> File {
        File::of(
            SIGNATURE,
            "application/pkcs7-signature",
            self.signature.clone(),
        )
    }

    /// The container. It reads every body; to be called where waiting for the disk is no harm.
    ///
    /// # Errors
    /// See [`BundleError`].
    pub fn lay_out(self) -> Result<Bundle, BundleError> {
        let signature = self.signature_file();
        let mut files = self.files;
        files.push(signature);
        if let Some((list, token)) = self.archive {
            files.push(File::of(ARCHIVE_MANIFEST, "text/xml", list.into_bytes()));
            let media = "application/vnd.etsi.timestamp-token";
            files.push(File::of(TIMESTAMP, media, token));
        }
        lay_out::lay_out(files, &*self.vault)
    }
}

/// An OCSP response as RevocationInfoChoice (RFC 5940 §2.1).
fn other_revocation(response: &[u8]) -> Vec<u8> {
    constructed(tag::context(1), &[&oid_der(oid::OCSP_RESPONSE), response])
}

impl Intake {
    /// The signed contents of a document's bundle for its sender or a recipient. `stamping`: whether a
    /// timestamp authority is configured, which the bundle states.
    ///
    /// # Errors
    /// See [`BundleError`].
    pub fn bundle(
        &self,
        state: &DocumentState,
        caller: &UnitCode,
        stamping: bool,
    ) -> Result<Draft, BundleError> {
        let mut files = contents::gather(self, (state, caller), stamping)?;
        // Before anything is signed, or a timestamp authority asked in vain.
        lay_out::fits(&files)?;
        let listed: Vec<Listed> = files.iter().map(File::listed).collect();
        let list = manifest(SIGNATURE, &listed);
        let now = self.tools.clock.now();
        let signature = self.tools.sealer.sign_list(list.as_bytes(), now)?;
        files.push(File::of(MANIFEST, "text/xml", list.into_bytes()));
        Ok(Draft {
            vault: Arc::clone(&self.tools.vault),
            files,
            signature: signature.into(),
            archive: None,
        })
    }
}
