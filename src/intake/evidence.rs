//! What a verdict rests on (certificates, CRLs, OCSP responses, algorithms), kept as bodies with the
//! document: judged again from them, without a network, it has the same verdict (`verdicts.md` §3).
//!
//! The report names them by digest; each is written once, however many documents rest on it: a
//! national CRL of 24 megabytes is in the evidence of every document of its day.

use super::Intake;
use crate::judge::Basis;
use crate::model::Digest;
use crate::store::{Kept, VaultError};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Digests remembered per generation; each takes about 50 octets.
const GENERATION: usize = 16 * 1024;
/// Up to this length bytes are kept from memory (`Vault::keep_bytes`).
const SMALL: usize = 1024 * 1024;
/// A longer body is staged in pieces of this length.
const PIECE: usize = 256 * 1024;
/// Longer bodies that wait for their first commit.
const MAX_WAITING: usize = 64;

/// Digests of bodies that last: no erasure takes them, so that what is remembered here stays true. Bounded, the vault
/// knows the others.
#[derive(Debug, Default)]
struct Known {
    young: BTreeSet<Digest>,
    old: BTreeSet<Digest>,
}

impl Known {
    fn contains(&self, digest: &Digest) -> bool {
        self.young.contains(digest) || self.old.contains(digest)
    }

    fn insert(&mut self, digest: Digest) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest);
    }
}

/// What is known of evidence that was kept.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    known: Mutex<Known>,
    /// Long bodies that are durable but in no committed change yet. Whoever writes one holds this,
    /// so that documents that come together write it once.
    long: tokio::sync::Mutex<BTreeMap<Digest, Kept>>,
}

impl Intake {
    /// Pins what of `evidence` the log does not refer to yet; the change has to carry it.
    pub(super) async fn keep_evidence(&self, evidence: &[Basis]) -> Result<Vec<Kept>, VaultError> {
        let mut pinned = Vec::new();
        for item in evidence {
            if self.lasts(&item.sha256)? {
                continue;
            }
            let kept = if item.bytes.len() <= SMALL {
                self.tools.vault.keep_bytes(item.bytes.clone())
            } else {
                self.keep_long(item).await?
            };
            // A document may have the same bytes for a file, even this one, and be erased.
            pinned.push(kept.lasting());
        }
        Ok(pinned)
    }

    fn lasts(&self, digest: &Digest) -> Result<bool, VaultError> {
        let known = || {
            self.evidence
                .known
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if known().contains(digest) {
            return Ok(true);
        }
        let lasts = self.tools.vault.lasts(digest)?;
        if lasts {
            known().insert(*digest);
        }
        Ok(lasts)
    }

    async fn keep_long(&self, item: &Basis) -> Result<Kept, VaultError> {
        let mut long = self.evidence.long.lock().await;
        if let Some(kept) = long.get(&item.sha256) {
            return Ok(kept.clone());
        }
        let size = u64::try_from(item.bytes.len()).unwrap_or(u64::MAX);
        let mut stage = self.tools.vault.stage(size)?;
        let mut rest = item.bytes.clone();
        while !rest.is_empty() {
            let piece: Bytes = rest.split_to(rest.len().min(PIECE));
            stage.write(piece).await?;
        }
        let staged = stage.finish().await?;
        let kept = self.tools.vault.keep(&staged).await?;
        if long.len() >= MAX_WAITING {
            long.clear();
        }
        long.insert(item.sha256, kept.clone());
        Ok(kept)
    }
}

#[cfg(test)]
mod tests;
