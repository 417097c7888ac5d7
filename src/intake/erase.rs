//! Erasure by order: the event first, then the bytes. The basis in words is a body of its own, as every reason is.

use super::Intake;
use super::moves::{MoveError, made};
use super::notes::MAX_REASON;
use crate::model::event::ErasureCause;
use crate::model::{Digest, DocumentId, Timestamp, UnitCode};
use crate::relay::{Command, Delivery, DocumentState, TimelineEntry, decide};
use crate::store::{Ledger, Purged, Vault, VaultError};
use crate::telemetry::names;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What is ordered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EraseOrder {
    /// The document.
    pub document: DocumentId,
    /// Its files by their numbers, from 1.
    pub files: Vec<usize>,
    /// Every file, the envelope and the words of its moves.
    pub all: bool,
    /// The reports of its judgements, which name its files and signers.
    pub reports: bool,
    /// Who ordered it, and by what right.
    pub basis: String,
}

/// What an erased body was to its document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// A file, by its number from 1.
    File(usize),
    /// The envelope.
    Envelope,
    /// The words of a move.
    Words,
    /// The report of a judgement.
    Report,
}

/// What was done, now or before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErasedContent {
    /// The document after it.
    pub state: DocumentState,
    /// The record of the erasure.
    pub entry: TimelineEntry,
    /// What was named, and whether the same bytes stay because another document, or evidence, has them.
    pub bodies: Vec<(Part, Digest, bool)>,
    /// Recipients that have not fetched it: the gateway cannot deliver it whole any more.
    pub undelivered: Vec<UnitCode>,
    /// What was taken off the medium.
    pub purged: Purged,
    /// Whether all of it had been erased before.
    pub repeated: bool,
}

/// Why nothing was erased, or not to the end.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EraseError {
    /// See [`MoveError`].
    #[error(transparent)]
    Move(#[from] MoveError),
    /// It has no file of that number that was kept.
    #[error("there is no file {0}")]
    NoFile(usize),
    /// Nothing was named, or nothing of it was ever kept.
    #[error("nothing to erase")]
    Nothing,
    /// No basis, or one that is too long.
    #[error("the basis is missing or too long")]
    Basis,
    /// It is erased for everybody, and the bytes are still on the medium: to be ordered again, and tried again by
    /// itself.
    #[error("erased, but the bytes are still on the medium: {0}")]
    Medium(VaultError),
}

/// The body that holds a basis.
#[derive(Serialize, Deserialize)]
struct Basis {
    basis: String,
}

/// Erases content of a document at once; also while no gateway runs.
///
/// # Errors
/// See [`EraseError`].
pub async fn erase(
    ledger: &dyn Ledger,
    vault: &dyn Vault,
    order: &EraseOrder,
) -> Result<ErasedContent, EraseError> {
    let basis = order.basis.trim();
    if basis.is_empty() || basis.chars().count() > MAX_REASON {
        return Err(EraseError::Basis);
    }
    let state = ledger.document(order.document).map_err(MoveError::Read)?;
    let named = named(&state.ok_or(MoveError::NotFound)?, order)?;
    let basis = serde_json::to_vec(&Basis {
        basis: basis.to_owned(),
    });
    let basis = vault.keep_bytes(basis.map(Bytes::from).map_err(|_| EraseError::Basis)?);
    let command = Command::Erase {
        bodies: named.iter().map(|(_, body)| *body).collect(),
        cause: ErasureCause::Order,
        basis: Some(basis.digest()),
        actor: None,
    };
    let bodies = [basis];
    let by = |state: &DocumentState| Ok(decide(state, &command)?);
    let (state, new) = made(ledger, order.document, &bodies, Timestamp::default(), by).await?;
    let purged = vault.purge().await.map_err(EraseError::Medium)?;
    let repeated = new.is_empty();
    let first = named.first().and_then(|(_, body)| state.erasure(body));
    let position = new.first().map(|entry| entry.position);
    let position = position.or_else(|| first.map(|erasure| erasure.position));
    let entry = state.timeline.iter().find(|e| Some(e.position) == position);
    let entry = entry.cloned().ok_or(EraseError::Nothing)?;
    let stays = |body: &Digest| vault.open(body).is_ok_and(|found| found.is_some());
    let waiting = state.deliveries.iter().filter(|d| Delivery::is_waiting(d));
    Ok(ErasedContent {
        undelivered: waiting.map(|d| d.recipient.clone()).collect(),
        bodies: named.into_iter().map(|(p, b)| (p, b, stays(&b))).collect(),
        entry,
        state,
        purged,
        repeated,
    })
}

/// The bodies that an order names.
fn named(state: &DocumentState, order: &EraseOrder) -> Result<Vec<(Part, Digest)>, EraseError> {
    let content = state.content();
    let mut named = Vec::new();
    for (i, body) in content.files.iter().enumerate() {
        let n = i.saturating_add(1);
        if order.all || order.files.contains(&n) {
            named.push((Part::File(n), *body));
        }
    }
    let there = |n: &usize| (1..=content.files.len()).contains(n);
    if let Some(missing) = order.files.iter().find(|n| !there(n)) {
        return Err(EraseError::NoFile(*missing));
    }
    if order.all {
        named.extend(content.envelope.map(|body| (Part::Envelope, body)));
        named.extend(content.words.iter().map(|body| (Part::Words, *body)));
    }
    if order.reports {
        let mut reports = content.reports;
        reports.dedup();
        named.extend(reports.iter().map(|body| (Part::Report, *body)));
    }
    if named.is_empty() {
        return Err(EraseError::Nothing);
    }
    Ok(named)
}

impl Intake {
    /// Erases content of a document by order, and signs the receipt of it. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`EraseError`].
    pub async fn erase(&self, order: &EraseOrder) -> Result<(ErasedContent, Bytes), EraseError> {
        let done = erase(&*self.tools.ledger, &*self.tools.vault, order).await?;
        if !done.repeated {
            let bodies = u64::try_from(done.bodies.len()).unwrap_or(u64::MAX);
            metrics::counter!(names::ERASED, "cause" => ErasureCause::Order.name())
                .increment(bodies);
        }
        let receipt = self.receipt(&done.state, &done.entry)?;
        Ok((done, receipt))
    }

    /// Drops the content of a document whose term was over at `end`, all but the reports; `is_due` is asked of the
    /// document as it is when that is decided. No record of it is dated before `end`, also where the clock was set back
    /// since somebody looked. Gives how many bodies.
    ///
    /// # Errors
    /// See [`MoveError`].
    pub async fn end_term(
        &self,
        document: DocumentId,
        end: Timestamp,
        is_due: impl Fn(&DocumentState) -> bool,
    ) -> Result<u64, MoveError> {
        let by = |state: &DocumentState| {
            if !is_due(state) {
                return Ok(Vec::new());
            }
            let command = Command::Erase {
                bodies: state.content().without_reports(),
                cause: ErasureCause::Term,
                basis: None,
                actor: None,
            };
            Ok(decide(state, &command)?)
        };
        let (state, new) = made(&*self.tools.ledger, document, &[], end, by).await?;
        let last = state.erased.last().filter(|_| !new.is_empty());
        let bodies = last.map_or(0, |erasure| erasure.bodies.len());
        Ok(u64::try_from(bodies).unwrap_or(u64::MAX))
    }

    /// By what right something was erased, in words.
    #[must_use]
    pub fn basis(&self, body: Option<&Digest>) -> Option<String> {
        let bytes = self.body(body?).ok()??;
        let kept: Basis = serde_json::from_slice(&bytes).ok()?;
        Some(kept.basis)
    }
}
