//! The receipt key as intake wants it.

use crate::intake::{SealError, Sealer};
use crate::keys::ReceiptKey;
use crate::model::Timestamp;
use crate::seal::receipt::Receipt;

/// Signs with the key in `certs/own/`.
pub(super) struct KeySealer(pub(super) ReceiptKey);

impl Sealer for KeySealer {
    fn seal(&self, receipt: &Receipt, at: Timestamp) -> Result<Vec<u8>, SealError> {
        let signed = self.0.seal(&receipt.to_json(), at);
        signed.map_err(|e| SealError(e.to_string()))
    }

    fn seal_statement(&self, statement: &[u8], at: Timestamp) -> Result<Vec<u8>, SealError> {
        let signed = self.0.seal(statement, at);
        signed.map_err(|e| SealError(e.to_string()))
    }

    fn sign_list(&self, list: &[u8], at: Timestamp) -> Result<Vec<u8>, SealError> {
        let signed = self.0.sign_detached(list, at);
        signed.map_err(|e| SealError(e.to_string()))
    }
}
