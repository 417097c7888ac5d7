//! The words of a move. They are a body, so that they can be erased; the event names it.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The longest reason, in characters.
pub const MAX_REASON: usize = 4000;

/// Why something was done, and who did it, in words.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Note {
    /// Why.
    pub reason: Option<String>,
    /// Who.
    pub staff: Option<String>,
}

impl Note {
    /// Its bytes; `None` if it says nothing.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Bytes> {
        if self.reason.is_none() && self.staff.is_none() {
            return None;
        }
        serde_json::to_vec(self).ok().map(Bytes::from)
    }
}
