//! What a signature covers while it is made.

use crate::forge::ForgeError;
use crate::model::{Digest, Hasher};

/// The bytes that a signature covers: all but its own value.
pub(super) struct Range {
    pub(super) gap: (usize, usize),
    pub(super) end: usize,
}

impl Range {
    fn parts<'a>(&self, bytes: &'a [u8]) -> Result<[&'a [u8]; 2], ForgeError> {
        let before = bytes.get(..self.gap.0);
        let after = bytes.get(self.gap.1..self.end);
        Ok([
            before.ok_or(ForgeError::Pdf("range"))?,
            after.ok_or(ForgeError::Pdf("range"))?,
        ])
    }

    pub(super) fn digest(&self, bytes: &[u8]) -> Result<Digest, ForgeError> {
        let mut hasher = Hasher::new();
        for part in self.parts(bytes)? {
            hasher.update(part);
        }
        Ok(hasher.finish())
    }

    pub(super) fn signed(&self, bytes: &[u8]) -> Result<Vec<u8>, ForgeError> {
        Ok(self.parts(bytes)?.concat())
    }

    pub(super) fn patch(&self, bytes: &mut [u8], at: usize) -> Result<(), ForgeError> {
        let rest = self.end.saturating_sub(self.gap.1);
        let text = format!("[0 {} {} {rest}]", self.gap.0, self.gap.1);
        let end = at.saturating_add(text.len());
        let place = bytes.get_mut(at..end).ok_or(ForgeError::Pdf("range"))?;
        place.copy_from_slice(text.as_bytes());
        Ok(())
    }
}
