//! Receipts: signed after the commit, their first bytes stored and served again. One lost in a
//! crash is signed anew with the same facts, since all of them are in the log.

use super::Intake;
use crate::model::event::ReceiptSigned;
use crate::model::{DocumentId, Event, Position, Timestamp};
use crate::relay::{DocumentState, TimelineEntry};
use crate::seal::receipt::Receipt;
use crate::store::{Change, ReadError, VaultError};
use crate::telemetry::names;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How many receipts are remembered until the log holds them: several groups' worth.
const REMEMBERED: usize = 1024;

/// A receipt could not be signed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a receipt could not be signed: {0}")]
pub struct SealError(pub String);

/// Signs receipts: the key of `keys`, or a stand-in in tests.
pub trait Sealer: Send + Sync {
    /// DER of the CMS SignedData over the receipt's canonical JSON.
    ///
    /// # Errors
    /// [`SealError`] if the key fails.
    fn seal(&self, receipt: &Receipt, at: Timestamp) -> Result<Vec<u8>, SealError>;

    /// DER of the CMS SignedData over the canonical JSON of a period's statement.
    ///
    /// # Errors
    /// [`SealError`] if the key fails.
    fn seal_statement(&self, statement: &[u8], at: Timestamp) -> Result<Vec<u8>, SealError>;

    /// DER of a CMS signature beside `list`, the list of an evidence bundle.
    ///
    /// # Errors
    /// [`SealError`] if the key fails.
    fn sign_list(&self, list: &[u8], at: Timestamp) -> Result<Vec<u8>, SealError>;
}

/// Why there is no receipt.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum ReceiptError {
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// The receipts signed last. The log may not hold them yet, and two sets of signed bytes for one
/// record would be two truths.
#[derive(Debug, Default)]
pub(super) struct Receipts(Mutex<BTreeMap<Position, Bytes>>);

impl Receipts {
    fn get(&self, of: Position) -> Option<Bytes> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&of).cloned()
    }

    /// Remembers `bytes` unless others were signed first, and gives back those to serve.
    fn put(&self, of: Position, bytes: Bytes) -> (Bytes, bool) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = known.get(&of) {
            return (first.clone(), false);
        }
        known.insert(of, bytes.clone());
        if known.len() > REMEMBERED {
            known.pop_first();
        }
        (bytes, true)
    }
}

impl Intake {
    /// The receipt of a record that was just committed.
    pub(super) fn sign(
        &self,
        state: &DocumentState,
        entry: &TimelineEntry,
    ) -> Result<Bytes, SealError> {
        let receipt = Receipt::of(&self.tools.gateway, state, entry);
        let signed = Bytes::from(self.tools.sealer.seal(&receipt, entry.at)?);
        Ok(self.first_signed(state.id(), entry.position, signed))
    }

    /// The bytes to serve for a record: those that were signed first, which a later group stores.
    pub(super) fn first_signed(&self, document: DocumentId, of: Position, signed: Bytes) -> Bytes {
        let (served, first) = self.receipts.put(of, signed);
        if first {
            metrics::counter!(names::RECEIPTS).increment(1);
            let body = self.tools.vault.keep_bytes(served.clone());
            let event = Event::ReceiptSigned(ReceiptSigned {
                document,
                of,
                receipt: body.digest(),
            });
            self.tools.ledger.submit(Change {
                subject: None,
                bodies: vec![body],
                events: vec![event],
            });
        }
        served
    }

    pub(super) fn stored(&self, of: Position) -> Result<Option<Bytes>, ReceiptError> {
        if let Some(recent) = self.receipts.get(of) {
            return Ok(Some(recent));
        }
        let Some(digest) = self.tools.ledger.receipt(of)? else {
            return Ok(None);
        };
        let content = self.tools.vault.open(&digest)?;
        Ok(content.map(|c| Bytes::copy_from_slice(c.bytes())))
    }

    /// The receipt of any record on a document's timeline: as first signed, or signed now.
    ///
    /// # Errors
    /// [`super::MoveError`] if the store or the key fails.
    pub fn receipt(
        &self,
        state: &DocumentState,
        entry: &TimelineEntry,
    ) -> Result<Bytes, super::MoveError> {
        Ok(self.served(state, entry)?)
    }

    /// The same, with nothing in its error but what can go wrong with a receipt.
    pub(super) fn served(
        &self,
        state: &DocumentState,
        entry: &TimelineEntry,
    ) -> Result<Bytes, ReceiptError> {
        match self.stored(entry.position)? {
            Some(stored) => Ok(stored),
            None => Ok(self.sign(state, entry)?),
        }
    }
}
