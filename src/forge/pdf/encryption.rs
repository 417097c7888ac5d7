//! Encrypted PDFs (ISO 32000-2 §7.6): streams by RC4 with 128 bits under a user password, empty or not;
//! strings stay readable, by the crypt filter Identity.

use super::Pdf;
use crate::model::digest::to_hex;
use crate::trust::algorithms::DigestAlgorithm;

/// Table 21: what a password is filled up with.
const PADDING: [u8; 32] = [
    0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08,
    0x2e, 0x2e, 0x00, 0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a,
];
/// Everything is allowed.
const PERMISSIONS: i32 = -4;

#[derive(Clone, Debug)]
pub(super) struct Encryption {
    key: Vec<u8>,
    /// The encryption dictionary's object.
    pub(super) object: u32,
}

fn md5(parts: &[&[u8]]) -> Vec<u8> {
    DigestAlgorithm::Md5.of(&parts.concat()).as_ref().to_vec()
}

fn rc4(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut state: Vec<u8> = (0..=255).collect();
    let mut j = 0u8;
    for (i, key) in (0..256usize).zip(key.iter().cycle()) {
        let at = state.get(i).copied().unwrap_or_default();
        j = j.wrapping_add(at).wrapping_add(*key);
        state.swap(i, usize::from(j));
    }
    let (mut i, mut j) = (0u8, 0u8);
    let next = |byte: &u8| {
        let of = |state: &[u8], at: u8| state.get(usize::from(at)).copied().unwrap_or_default();
        i = i.wrapping_add(1);
        j = j.wrapping_add(of(&state, i));
        state.swap(usize::from(i), usize::from(j));
        byte ^ of(&state, of(&state, i).wrapping_add(of(&state, j)))
    };
    data.iter().map(next).collect()
}

impl Encryption {
    /// Algorithm 1: of a stream's data.
    pub(super) fn stream(&self, number: u32, data: &[u8]) -> Vec<u8> {
        let [a, b, c, _] = number.to_le_bytes();
        rc4(&md5(&[&self.key, &[a, b, c, 0, 0]]), data)
    }

    /// An object's body with its stream encrypted, if it is one.
    pub(super) fn body(&self, number: u32, body: &[u8]) -> Vec<u8> {
        let (head, tail) = (&b"\nstream\n"[..], &b"\nendstream"[..]);
        let start = memchr::memmem::find(body, head).map(|at| at.saturating_add(head.len()));
        let split = start.and_then(|start| body.split_at_checked(start));
        match split.and_then(|(before, rest)| Some((before, rest.strip_suffix(tail)?))) {
            Some((before, data)) => [before, &self.stream(number, data), tail].concat(),
            None => body.to_vec(),
        }
    }
}

impl Pdf {
    /// Encrypts the streams of what is written from now on, to be called before anything is.
    pub(super) fn encrypt(&mut self, password: &str) -> String {
        let padded = [password.as_bytes(), &PADDING].concat();
        let padded = padded.get(..32).unwrap_or_default();
        let owner = [0x5a; 32];
        let id: Vec<u8> = (0..16).map(|at| u8::try_from(at).unwrap_or(0)).collect();
        self.id = to_hex(&id);
        // Algorithm 2.
        let mut key = md5(&[padded, &owner, &PERMISSIONS.to_le_bytes(), &id]);
        for _ in 0..50 {
            key = md5(&[&key]);
        }
        // Algorithm 5.
        let mut user = rc4(&key, &md5(&[&PADDING, &id]));
        for round in 1..=19u8 {
            let turned: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
            user = rc4(&turned, &user);
        }
        user.resize(32, 0);
        let object = self.number();
        self.encryption = Some(Encryption { key, object });
        format!(
            "<< /Filter /Standard /V 4 /R 4 /Length 128 /P {PERMISSIONS} /O <{}> /U <{}> \
             /CF << /StdCF << /Type /CryptFilter /CFM /V2 /AuthEvent /DocOpen /Length 16 >> >> \
             /StmF /StdCF /StrF /Identity >>",
            to_hex(&owner),
            to_hex(&user)
        )
    }
}
