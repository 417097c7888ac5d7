//! The ciphers of encrypted PDFs: RC4, and AES in CBC mode (ISO 32000-2 §7.6.3).

use aes::{Aes128, Aes256};
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use md5::Digest as _;

/// The length of a block of AES, and of the initialization vector before what it encrypts.
pub(crate) const BLOCK: usize = 16;

/// How strings or streams are encrypted (`/CFM`, table 25).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Method {
    /// Not at all.
    Identity,
    /// RC4, under a key for each object.
    Rc4,
    /// AES-128, under a key for each object.
    Aes128,
    /// AES-256, under the key of the file.
    Aes256,
}

/// A method and a key, for the strings or the stream of one object.
#[derive(Clone, Debug)]
pub(crate) enum Cipher {
    Identity,
    Rc4(Box<Rc4>),
    Aes128([u8; 16]),
    Aes256([u8; 32]),
}

impl Cipher {
    /// For one object of a file with a key (algorithms 1 and 1.A); `None` if the key is none for it.
    pub(crate) fn new(method: Method, key: &[u8], number: u32, generation: u32) -> Option<Self> {
        let object = |salt: &[u8]| {
            let [a, b, c, _] = number.to_le_bytes();
            let [d, e, ..] = generation.to_le_bytes();
            md5(&[key, &[a, b, c, d, e], salt])
        };
        let length = key.len().saturating_add(5).min(16);
        Some(match method {
            Method::Identity => Self::Identity,
            Method::Rc4 => Self::Rc4(Box::new(Rc4::new(object(b"").get(..length)?))),
            Method::Aes128 if length == 16 => Self::Aes128(object(b"sAlT")),
            Method::Aes128 => return None,
            Method::Aes256 => Self::Aes256(key.try_into().ok()?),
        })
    }

    /// The plain bytes; `None` for what is no ciphertext. The padding of AES has to be the one that
    /// §7.6.3.1 describes, so that readers that ignore it see no more than we do.
    pub(crate) fn decipher(&self, data: &[u8]) -> Option<Vec<u8>> {
        if data.is_empty() {
            return Some(Vec::new());
        }
        match self {
            Self::Identity => Some(data.to_vec()),
            Self::Rc4(rc4) => Some(rc4.apply(data)),
            Self::Aes128(key) => {
                let (iv, data) = split(data)?;
                let cipher = cbc::Decryptor::<Aes128>::new(key.into(), iv.into());
                unpadded(cipher, data)
            }
            Self::Aes256(key) => {
                let (iv, data) = split(data)?;
                let cipher = cbc::Decryptor::<Aes256>::new(key.into(), iv.into());
                unpadded(cipher, data)
            }
        }
    }

    /// The ciphertext of some bytes.
    pub(crate) fn encipher(&self, iv: [u8; BLOCK], data: &[u8]) -> Vec<u8> {
        match self {
            Self::Identity => data.to_vec(),
            Self::Rc4(rc4) => rc4.apply(data),
            Self::Aes128(key) => {
                let cipher = cbc::Encryptor::<Aes128>::new(key.into(), (&iv).into());
                padded(cipher, &iv, data)
            }
            Self::Aes256(key) => {
                let cipher = cbc::Encryptor::<Aes256>::new(key.into(), (&iv).into());
                padded(cipher, &iv, data)
            }
        }
    }
}

fn split(data: &[u8]) -> Option<(&[u8; BLOCK], &[u8])> {
    data.split_first_chunk()
        .filter(|(_, rest)| !rest.is_empty())
}

fn unpadded(cipher: impl BlockModeDecrypt, data: &[u8]) -> Option<Vec<u8>> {
    let mut out = data.to_vec();
    let length = cipher.decrypt_padded::<Pkcs7>(&mut out).ok()?.len();
    out.truncate(length);
    Some(out)
}

fn padded(cipher: impl BlockModeEncrypt, iv: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = data.to_vec();
    let room = BLOCK.saturating_sub(data.len().checked_rem(BLOCK).unwrap_or(0));
    out.resize(data.len().saturating_add(room), 0);
    // There is room for the padding.
    let _ = cipher.encrypt_padded::<Pkcs7>(&mut out, data.len());
    [iv, &out].concat()
}

/// AES-128 without padding, as algorithm 2.B uses it.
pub(super) fn aes_128_blocks(key: &[u8; 16], iv: &[u8; BLOCK], mut data: Vec<u8>) -> Vec<u8> {
    let cipher = cbc::Encryptor::<Aes128>::new(key.into(), iv.into());
    let length = data.len();
    // Whole blocks: 64 repetitions of anything are.
    let _ = cipher.encrypt_padded::<NoPadding>(&mut data, length);
    data
}

/// AES-256 without padding and with nothing before the data, as keys and permissions are kept
/// (algorithms 2.A and 13).
pub(super) fn aes_256_opened(key: &[u8; 32], data: &[u8]) -> Option<Vec<u8>> {
    let mut out = data.to_vec();
    let cipher = cbc::Decryptor::<Aes256>::new(key.into(), &[0; BLOCK].into());
    cipher.decrypt_padded::<NoPadding>(&mut out).ok()?;
    Some(out)
}

/// The reverse of [`aes_256_opened`].
pub(crate) fn aes_256_closed(key: &[u8; 32], data: &[u8]) -> Vec<u8> {
    let mut out = data.to_vec();
    let cipher = cbc::Encryptor::<Aes256>::new(key.into(), &[0; BLOCK].into());
    let _ = cipher.encrypt_padded::<NoPadding>(&mut out, data.len());
    out
}

/// RC4 after its key was taken in.
#[derive(Clone)]
pub(crate) struct Rc4 {
    state: [u8; 256],
}

impl std::fmt::Debug for Rc4 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rc4")
    }
}

impl Rc4 {
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut state: [u8; 256] = std::array::from_fn(|at| at.to_le_bytes()[0]);
        let mut j = 0u8;
        for (i, key) in (0..256usize).zip(key.iter().cycle()) {
            let at = state.get(i).copied().unwrap_or_default();
            j = j.wrapping_add(at).wrapping_add(*key);
            state.swap(i, usize::from(j));
        }
        Self { state }
    }

    /// Encrypts, or decrypts.
    pub(crate) fn apply(&self, data: &[u8]) -> Vec<u8> {
        let mut state = self.state;
        let (mut i, mut j) = (0u8, 0u8);
        let next = |byte: &u8| {
            i = i.wrapping_add(1);
            j = j.wrapping_add(at(&state, i));
            state.swap(usize::from(i), usize::from(j));
            byte ^ at(&state, at(&state, i).wrapping_add(at(&state, j)))
        };
        data.iter().map(next).collect()
    }
}

fn at(state: &[u8; 256], place: u8) -> u8 {
    state.get(usize::from(place)).copied().unwrap_or_default()
}

/// MD5 of the parts, one behind the other.
pub(crate) fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = md5::Md5::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6229 §2, the first 16 octets under keys of 40 and 128 bits.
    #[test]
    fn rc4_of_the_published_vectors() {
        let key: Vec<u8> = (1..=16).collect();
        let stream = Rc4::new(&key[..5]).apply(&[0; 16]);
        let expected = [0xb2, 0x39, 0x63, 0x05, 0xf0, 0x3d, 0xc0, 0x27];
        assert_eq!(stream[..8], expected);
        let stream = Rc4::new(&key).apply(&[0; 16]);
        let expected = [0x9a, 0xc7, 0xcc, 0x9a, 0x60, 0x9d, 0x1e, 0xf7];
        assert_eq!(stream[..8], expected);
    }

    /// NIST SP 800-38A F.2.5, without its padding.
    #[test]
    fn aes_of_the_published_vectors() {
        let key: [u8; 32] = [
            0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d,
            0x77, 0x81, 0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3,
            0x09, 0x14, 0xdf, 0xf4,
        ];
        let iv: [u8; 16] = std::array::from_fn(|at| at.to_le_bytes()[0]);
        let plain = [
            0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93,
            0x17, 0x2a,
        ];
        let sealed = Cipher::Aes256(key).encipher(iv, &plain);
        let expected = [0xf5, 0x8c, 0x4c, 0x04, 0xd6, 0xe5, 0xf1, 0xba];
        assert_eq!((sealed.len(), &sealed[16..24]), (48, &expected[..]));
        assert_eq!(
            Cipher::Aes256(key).decipher(&sealed).as_deref(),
            Some(&plain[..])
        );
    }

    #[test]
    fn what_is_no_ciphertext_is_nothing() {
        let cipher = Cipher::Aes128([7; 16]);
        let good = cipher.encipher([1; 16], b"text");
        assert_eq!(cipher.decipher(&good).as_deref(), Some(&b"text"[..]));
        assert_eq!(cipher.decipher(b"").as_deref(), Some(&b""[..]));
        for bad in [&b"text"[..], &good[..16], &good[..31], &[0; 32]] {
            assert_eq!(cipher.decipher(bad), None);
        }
        // A length of padding whose other octets are not the padding.
        let lax = [
            &[1; 16][..],
            &aes_128_blocks(&[7; 16], &[1; 16], {
                let mut block = vec![0; 16];
                block[15] = 4;
                block
            }),
        ]
        .concat();
        assert_eq!(cipher.decipher(&lax), None);
    }
}
