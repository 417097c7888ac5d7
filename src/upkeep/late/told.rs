//! Which of the certificates that documents rest on anything at hand says are revoked.

use crate::intake::Intake;
use crate::model::{Digest, Timestamp};
use crate::policy::Rules;
use crate::store::{Ledger, ReadError, Vault};
use crate::trust::certificate::Certificate;
use crate::trust::hindsight::Told;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Certificates read at a time.
const PAGE: usize = 1000;
/// Addresses of lists: more than anybody fetches.
const MAX_LISTS: usize = 4096;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What is said against certificates.
    pub(super) told: BTreeMap<Digest, Told>,
    /// Where lists about all of them may be had.
    pub(super) lists: BTreeSet<String>,
}

/// Looks each certificate up, once however many documents rest on it; those of which no document
/// arrived since `from` are left out. It reads the index and a body for each, so it blocks: some tens
/// of microseconds for each.
pub(super) async fn all(
    intake: &Intake,
    rules: Arc<Rules>,
    from: Timestamp,
) -> Result<Found, ReadError> {
    let tools = intake.tools();
    let (ledger, vault) = (Arc::clone(&tools.ledger), Arc::clone(&tools.vault));
    let look = move || look(&*ledger, &*vault, &rules, from);
    let looked = tokio::task::spawn_blocking(look).await;
    looked.unwrap_or_else(|e| Err(ReadError::Failed(e.to_string())))
}

fn look(
    ledger: &dyn Ledger,
    vault: &dyn Vault,
    rules: &Rules,
    from: Timestamp,
) -> Result<Found, ReadError> {
    let mut found = Found::default();
    let mut after = None;
    loop {
        let page = ledger.certificates(after, PAGE)?;
        let Some((last, _)) = page.last() else {
            return Ok(found);
        };
        after = Some(*last);
        for (digest, arrived) in page {
            if arrived < from {
                continue;
            }
            let Some(certificate) = kept(vault, &digest) else {
                tracing::warn!(certificate = %digest, "a certificate that documents rest on cannot be read");
                continue;
            };
            if let Some(told) = rules.validator.told_revoked(&certificate) {
                found.told.insert(digest, told);
            }
            if found.lists.len() < MAX_LISTS {
                found.lists.extend(certificate.list_addresses());
            }
        }
    }
}

fn kept(vault: &dyn Vault, digest: &Digest) -> Option<Certificate> {
    let content = vault.open(digest).ok()??;
    Certificate::parse(content.bytes()).ok()
}
