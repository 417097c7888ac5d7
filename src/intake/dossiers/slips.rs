//! Slips: signed after the commit, their first bytes stored and served again, as receipts are.

use super::super::Intake;
use super::super::receipts::ReceiptError;
use super::{DossierError, DossierOutcome};
use crate::dossier::life::{DossierState, Entry, fold};
use crate::model::event::Recorded;
use crate::seal::dossier::DossierSlip;
use bytes::Bytes;

impl Intake {
    /// The slip of any record of a dossier: as first signed, or signed now.
    ///
    /// # Errors
    /// See [`DossierError`].
    pub fn slip(&self, state: &DossierState, entry: &Entry) -> Result<Bytes, DossierError> {
        Ok(match self.stored(entry.position)? {
            Some(stored) => stored,
            None => self.sign_slip(state, entry)?,
        })
    }

    pub(super) fn sign_slip(
        &self,
        state: &DossierState,
        entry: &Entry,
    ) -> Result<Bytes, ReceiptError> {
        let slip = DossierSlip::of(&self.tools.gateway, state, entry);
        let signed = self.tools.sealer.seal_statement(&slip.to_json(), entry.at);
        Ok(self.first_signed(state.dossier, entry.position, Bytes::from(signed?)))
    }

    /// The dossier after records that were just committed, with the slip of the last of them.
    pub(super) fn done_with(
        &self,
        mut state: Option<DossierState>,
        records: &[Recorded],
    ) -> Result<DossierOutcome, DossierError> {
        for record in records {
            state = fold(state, record);
        }
        let state = state.ok_or(DossierError::NotFound)?;
        let entry = state.timeline.last().cloned();
        let entry = entry.ok_or(DossierError::NotFound)?;
        let slip = self.sign_slip(&state, &entry)?;
        Ok(DossierOutcome {
            state,
            entry,
            slip,
            repeated: false,
        })
    }
}
