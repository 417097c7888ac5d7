//! The content of a document, as far as it was not erased. Another document may hold the same body and keep it:
//! so what is asked for is always the content *of* a document, never a digest alone.

use super::Intake;
use crate::format::content::SharedContent;
use crate::model::Digest;
use crate::relay::DocumentState;
use crate::store::VaultError;
use bytes::Bytes;

impl Intake {
    /// A body of a document; `None` if it was erased there, or was never kept.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn content(
        &self,
        state: &DocumentState,
        body: &Digest,
    ) -> Result<Option<SharedContent>, VaultError> {
        if state.is_erased(body) {
            return Ok(None);
        }
        self.tools.vault.open(body)
    }

    /// The same, as bytes; for what is short.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn content_bytes(
        &self,
        state: &DocumentState,
        body: &Digest,
    ) -> Result<Option<Bytes>, VaultError> {
        let content = self.content(state, body)?;
        Ok(content.map(|c| Bytes::copy_from_slice(c.bytes())))
    }
}
