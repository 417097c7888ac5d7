//! The words of a move. They are a body, so that they can be erased; the event names it.

use crate::model::digest;
use bytes::Bytes;
use ring::rand::{SecureRandom, SystemRandom};
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

#[derive(Serialize)]
struct Salted<'n> {
    #[serde(flatten)]
    note: &'n Note,
    salt: String,
}

impl Note {
    /// Its bytes; `None` if it says nothing. Their digest stays in the log and on receipts when they are erased, and few
    /// words are found by trying: hence the salt, which goes with them.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Bytes> {
        if self.reason.is_none() && self.staff.is_none() {
            return None;
        }
        let mut salt = [0; 16];
        // Fails only before the kernel has gathered any chance at boot; the words are kept all the same.
        let _ = SystemRandom::new().fill(&mut salt);
        let salted = Salted {
            note: self,
            salt: digest::to_hex(&salt),
        };
        serde_json::to_vec(&salted).ok().map(Bytes::from)
    }
}
