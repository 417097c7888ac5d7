//! The key of a file under the standard security handler (ISO 32000-2 §7.6.4): from a password, used
//! only if the password is the user's.

use super::cipher::{Rc4, aes_128_blocks, aes_256_opened, md5};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// Algorithm 2 (a): what a password is filled up with.
pub(crate) const PADDING: [u8; 32] = [
    0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08,
    0x2e, 0x2e, 0x00, 0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a,
];
/// Octets of a password that count in revisions 5 and 6.
const MAX_PASSWORD: usize = 127;

/// What an encryption dictionary says about its key (tables 20 and 21).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Standard {
    /// `/R`: 2 to 6.
    pub(crate) revision: u8,
    /// The length of the key in octets, for revisions 2 to 4.
    pub(crate) length: usize,
    /// `/O`.
    pub(crate) owner: Vec<u8>,
    /// `/U`.
    pub(crate) user: Vec<u8>,
    /// `/UE`.
    pub(crate) user_key: Vec<u8>,
    /// `/P`, its low 32 bits first octet first.
    pub(crate) permissions: [u8; 4],
    /// `/Perms`.
    pub(crate) sealed_permissions: Vec<u8>,
    /// `/EncryptMetadata`.
    pub(crate) metadata: bool,
    /// The first string of the trailer's `/ID`.
    pub(crate) id: Vec<u8>,
}

impl Standard {
    /// The key, if `password` is the user's.
    pub(crate) fn key(&self, password: &[u8]) -> Option<Vec<u8>> {
        match self.revision {
            2..=4 => {
                let key = self.older_key(password)?;
                let user = self.older_user(&key);
                // Algorithm 6: of revisions 3 and 4 the rest is arbitrary.
                let known = if self.revision == 2 { 32 } else { 16 };
                let right = self.user.len() == 32 && user.get(..known) == self.user.get(..known);
                right.then_some(key)
            }
            5 | 6 => self.newer_key(password),
            _ => None,
        }
    }

    /// Algorithm 2.
    pub(crate) fn older_key(&self, password: &[u8]) -> Option<Vec<u8>> {
        let padded = [password, &PADDING].concat();
        let padded = padded.get(..32)?;
        let open: &[u8] = if self.revision == 4 && !self.metadata {
            &[0xff; 4]
        } else {
            &[]
        };
        let owner = self.owner.get(..32)?;
        let mut key = md5(&[padded, owner, &self.permissions, &self.id, open]);
        if self.revision > 2 {
            for _ in 0..50 {
                key = md5(&[key.get(..self.length)?]);
            }
        }
        key.get(..self.length).map(<[u8]>::to_vec)
    }

    /// Algorithms 4 and 5: what `/U` is under a key.
    pub(crate) fn older_user(&self, key: &[u8]) -> Vec<u8> {
        if self.revision == 2 {
            return Rc4::new(key).apply(&PADDING);
        }
        let mut user = Rc4::new(key).apply(&md5(&[&PADDING, &self.id]));
        for round in 1..=19u8 {
            let turned: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
            user = Rc4::new(&turned).apply(&user);
        }
        user.resize(32, 0);
        user
    }

    /// Algorithm 2.A, (d) to (f), for the user's password.
    fn newer_key(&self, password: &[u8]) -> Option<Vec<u8>> {
        let password = password.get(..MAX_PASSWORD).unwrap_or(password);
        let (known, salts) = self.user.split_at_checked(32)?;
        let (validation, key) = (salts.get(..8)?, salts.get(8..16)?);
        if hash(self.revision, password, validation) != known {
            return None;
        }
        let sealed = self.user_key.get(..32)?;
        let key = aes_256_opened(&hash(self.revision, password, key), sealed)?;
        let file_key: [u8; 32] = key.as_slice().try_into().ok()?;
        // Algorithm 13: what is not in the clear says the same under the key.
        let permissions = aes_256_opened(&file_key, self.sealed_permissions.get(..16)?)?;
        let metadata = if self.metadata { b'T' } else { b'F' };
        let right = permissions.get(8) == Some(&metadata)
            && permissions.get(9..12) == Some(b"adb")
            && permissions.get(..4) == Some(&self.permissions);
        right.then_some(key)
    }
}

/// Algorithm 2.B for the user's password; the one digest of revision 5, which was never in the standard.
pub(crate) fn hash(revision: u8, password: &[u8], salt: &[u8]) -> [u8; 32] {
    let first = Sha256::new().chain_update(password).chain_update(salt);
    let mut key: Vec<u8> = first.finalize().to_vec();
    let mut round = 0u32;
    let mut last = 0u32;
    // It ends: the last octet is at most 255.
    while revision > 5 && (round < 64 || last > round.saturating_sub(32)) {
        let once = [password, &key].concat();
        let (Some(cipher), Some(iv)) = (
            key.first_chunk(),
            key.get(16..).and_then(<[u8]>::first_chunk),
        ) else {
            break;
        };
        let sealed = aes_128_blocks(cipher, iv, once.repeat(64));
        // 256 leaves 1 when divided by 3, so that the sum of the octets does for the number.
        let sum: u32 = sealed.iter().take(16).copied().map(u32::from).sum();
        last = sealed.last().copied().map_or(0, u32::from);
        key = match sum.checked_rem(3) {
            Some(0) => Sha256::digest(&sealed).to_vec(),
            Some(1) => Sha384::digest(&sealed).to_vec(),
            _ => Sha512::digest(&sealed).to_vec(),
        };
        round = round.saturating_add(1);
    }
    key.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
