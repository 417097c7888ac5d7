//! The content of a dossier is erased, by order or at the end of its term: the event first, then the bytes.

use super::super::Intake;
use super::super::notes::MAX_REASON;
use super::{DossierError, DossierOutcome};
use crate::dossier::life::{Command, decide};
use crate::model::event::ErasureCause;
use crate::model::{Digest, DocumentId};
use crate::store::{Change, CommitError, Purged};
use crate::telemetry::names;
use bytes::Bytes;

/// How often an erasure is decided again because the dossier moved meanwhile.
const ATTEMPTS: u32 = 16;

/// What was erased, now or before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DossierErased {
    /// The dossier after it, and the slip of the erasure.
    pub outcome: DossierOutcome,
    /// What was taken off the medium.
    pub purged: Purged,
}

impl Intake {
    /// Erases what was said and handed in, and every word of its moves. What stays is its number, its dates and its codes.
    ///
    /// # Errors
    /// See [`DossierError`]; where the medium failed after the event it is tried again by itself.
    pub async fn erase_dossier(
        &self,
        id: DocumentId,
        cause: ErasureCause,
        basis: Option<&str>,
    ) -> Result<DossierErased, DossierError> {
        let basis = basis.map(str::trim);
        if basis.is_some_and(|basis| basis.is_empty() || basis.chars().count() > MAX_REASON)
            || (cause == ErasureCause::Order && basis.is_none())
        {
            return Err(DossierError::NoReason);
        }
        let basis = basis.map(|basis| serde_json::json!({ "basis": basis }).to_string());
        let basis = basis.map(|basis| self.tools.vault.keep_bytes(Bytes::from(basis)));
        for _ in 0..ATTEMPTS {
            let state = self.tools.ledger.dossier(id)?;
            let state = state.ok_or(DossierError::NotFound)?;
            let bodies: Vec<Digest> = state.bodies();
            let command = Command::Erase {
                bodies,
                cause,
                basis: basis.as_ref().map(crate::store::Kept::digest),
                actor: None,
            };
            let outcome = match decide(&state, &command)? {
                Err(_) => {
                    let erased = state.erased.last().map(|erasure| erasure.position);
                    let mut entry = state.timeline.iter();
                    let entry = entry.rfind(|entry| Some(entry.position) == erased);
                    let entry = entry.cloned().ok_or(DossierError::NotFound)?;
                    DossierOutcome {
                        slip: self.slip(&state, &entry)?,
                        state,
                        entry,
                        repeated: true,
                    }
                }
                Ok(event) => {
                    let change = Change {
                        subject: Some((state.dossier, state.version)),
                        bodies: basis.iter().cloned().collect(),
                        events: vec![event],
                    };
                    match self.tools.ledger.commit(change).await {
                        Ok(committed) => {
                            metrics::counter!(names::ERASED, "cause" => cause.name()).increment(1);
                            self.done_with(Some(state), &committed.records)?
                        }
                        Err(CommitError::Stale) => continue,
                        Err(error) => return Err(error.into()),
                    }
                }
            };
            let purged = self.tools.vault.purge().await?;
            return Ok(DossierErased { outcome, purged });
        }
        Err(CommitError::Stale.into())
    }
}
