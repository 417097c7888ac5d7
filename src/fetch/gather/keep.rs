//! What came, from its parsing to the pool and the disk. All of it is done off the runtime: a list
//! of 24 MB is hashed and indexed here.

use super::Seen;
use super::table::{Given, Item, Row};
use crate::fetch::content::items;
use crate::fetch::error::FetchError;
use crate::model::Digest;
use crate::shelf::Shelf;
use crate::trust::evidence::{EvidenceKind, Pool};
use crate::trust::material::CrlInfo;
use crate::trust::revocation::crl::Crl;
use crate::trust::revocation::ocsp::OcspResponse;
use bytes::Bytes;
use std::path::Path;

/// Checks, keeps and shows to the pool what a source gave.
pub(super) fn keep(
    kind: EvidenceKind,
    bytes: &Bytes,
    pool: &Pool,
    shelf: Option<&Shelf>,
    seen: &dyn Seen,
) -> Result<Given, FetchError> {
    let mut given = Given::default();
    for der in items(kind, bytes)? {
        describe(kind, &der, &mut given)?;
        not_older(&given, seen)?;
        let (digest, kept) = placed(der, shelf);
        let bytes = u64::try_from(kept.len()).unwrap_or(u64::MAX);
        given.items.push(Item { digest, bytes });
        show(kind, kept, pool)?;
    }
    Ok(given)
}

/// On the shelf, if there is one. What a full disk does not take serves until the next start.
fn placed(der: Bytes, shelf: Option<&Shelf>) -> (Digest, Bytes) {
    match shelf.map(|shelf| shelf.put(&der)) {
        Some(Ok(placed)) => placed,
        None => (Digest::of(&der), der),
        Some(Err(error)) => {
            tracing::warn!(%error, "fetched evidence is not kept on the disk");
            (Digest::of(&der), der)
        }
    }
}

/// Shows the pool again what was kept. What is missing or damaged, or older than what was seen, is
/// forgotten: it is fetched again when it is needed.
pub(super) fn restore(row: &mut Row, pool: &Pool, shelf: &Shelf, seen: &dyn Seen) {
    if not_older(&row.given, seen).is_err() {
        row.given = Given::default();
        return;
    }
    for item in row.given.items.clone() {
        let kept = shelf.get(item.digest).ok().flatten();
        let shown = kept.map(|der| show(row.source.kind(), der, pool));
        if !matches!(shown, Some(Ok(()))) {
            row.given = Given::default();
            return;
        }
    }
}

/// Shows the pool what a row names, read from `folder`, unless it is older than what was seen.
pub(super) fn show_row(row: &Row, folder: &Path, pool: &Pool, seen: &dyn Seen) {
    if not_older(&row.given, seen).is_err() {
        return;
    }
    for item in &row.given.items {
        let read = std::fs::read(folder.join(item.digest.to_hex()));
        let good = read.ok().filter(|der| Digest::of(der) == item.digest);
        // What cannot be read or shown is merely not there.
        let _ = good.map(|der| show(row.source.kind(), der.into(), pool));
    }
}

fn show(kind: EvidenceKind, der: Bytes, pool: &Pool) -> Result<(), FetchError> {
    pool.add(kind, der).map_err(|e| FetchError::NotEvidence {
        expected: kind,
        found: e.to_string(),
    })
}

/// An older list of a scope than one already seen is never used for a judgement of now
/// (`verdicts.md` §3), so it is not kept either.
fn not_older(given: &Given, seen: &dyn Seen) -> Result<(), FetchError> {
    let (Some(scope), Some(this_update)) = (&given.scope, given.this_update) else {
        return Ok(());
    };
    match seen.newest(scope) {
        Some(seen) if this_update < seen => Err(FetchError::Older { this_update, seen }),
        Some(_) | None => Ok(()),
    }
}

fn describe(kind: EvidenceKind, der: &Bytes, given: &mut Given) -> Result<(), FetchError> {
    let wrong = |found: String| FetchError::NotEvidence {
        expected: kind,
        found,
    };
    match kind {
        EvidenceKind::Crl => {
            let crl = Crl::parse(der.clone()).map_err(|e| wrong(e.to_string()))?;
            given.scope = Some(CrlInfo::of(&crl).scope);
            (given.this_update, given.next_update) = (Some(crl.this_update()), crl.next_update());
        }
        EvidenceKind::Ocsp => {
            let response = OcspResponse::parse(der.clone()).map_err(|e| wrong(e.to_string()))?;
            let all = response.singles();
            // Each answer has its own span; the whole is as good as its shortest one.
            given.this_update = all.iter().map(|s| s.this_update()).min();
            given.next_update = all.iter().filter_map(|s| s.next_update()).min();
        }
        EvidenceKind::Certificate | EvidenceKind::Timestamp => {}
    }
    Ok(())
}
