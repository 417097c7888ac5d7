//! Encrypted PDFs (ISO 32000-2 §7.6) under the standard security handler and a user password, empty or not.

use super::Pdf;
use crate::format::pdf::encryption::cipher::{BLOCK, Cipher, Method, aes_256_closed};
use crate::format::pdf::encryption::key::{Standard, hash};
use crate::format::pdf::unescaped;
use crate::model::Digest;
use crate::model::digest::to_hex;

/// Everything is allowed.
const PERMISSIONS: i32 = -4;

/// How a file is encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protection {
    /// RC4 with 40 bits (revision 2).
    Rc4Short,
    /// RC4 with 128 bits (revision 3).
    Rc4,
    /// RC4 with 128 bits by a crypt filter (revision 4), strings by Identity.
    Rc4Streams,
    /// AES-128 (revision 4).
    Aes128,
    /// AES-256 as an extension had it before the standard (revision 5).
    Aes256Early,
    /// AES-256 (revision 6).
    Aes256,
}

impl Protection {
    /// Each of them.
    pub const ALL: [Self; 6] = [
        Self::Rc4Short,
        Self::Rc4,
        Self::Rc4Streams,
        Self::Aes128,
        Self::Aes256Early,
        Self::Aes256,
    ];

    /// `/V` and `/R`.
    fn versions(self) -> (u8, u8) {
        match self {
            Self::Rc4Short => (1, 2),
            Self::Rc4 => (2, 3),
            Self::Rc4Streams | Self::Aes128 => (4, 4),
            Self::Aes256Early => (5, 5),
            Self::Aes256 => (5, 6),
        }
    }

    /// How strings and streams are.
    fn methods(self) -> (Method, Method) {
        match self {
            Self::Rc4Short | Self::Rc4 => (Method::Rc4, Method::Rc4),
            Self::Rc4Streams => (Method::Identity, Method::Rc4),
            Self::Aes128 => (Method::Aes128, Method::Aes128),
            Self::Aes256Early | Self::Aes256 => (Method::Aes256, Method::Aes256),
        }
    }

    /// What is said about crypt filters (§7.6.6).
    fn filters(self) -> String {
        let (strings, method) = match self {
            Self::Rc4Short => return String::new(),
            Self::Rc4 => return "/Length 128".into(),
            Self::Rc4Streams => ("Identity", "V2"),
            Self::Aes128 => ("StdCF", "AESV2"),
            Self::Aes256Early | Self::Aes256 => ("StdCF", "AESV3"),
        };
        let (bits, length) = if method == "AESV3" {
            (256, 32)
        } else {
            (128, 16)
        };
        format!(
            "/Length {bits} /CF << /StdCF << /Type /CryptFilter /CFM /{method} /AuthEvent /DocOpen \
             /Length {length} >> >> /StmF /StdCF /StrF /{strings}"
        )
    }
}

#[derive(Clone, Debug)]
pub(super) struct Encryption {
    key: Vec<u8>,
    protection: Protection,
    /// The encryption dictionary's object.
    pub(super) object: u32,
}

impl Encryption {
    fn sealed(&self, method: Method, number: u32, at: usize, plain: &[u8]) -> Vec<u8> {
        let Some(cipher) = Cipher::new(method, &self.key, number, 0) else {
            return plain.to_vec();
        };
        // The place makes it another one each time that the same is written.
        let iv = Digest::of(&[&at.to_le_bytes(), plain].concat()).0;
        let iv = iv.first_chunk::<BLOCK>().copied().unwrap_or_default();
        cipher.encipher(iv, plain)
    }

    /// An object's body as it is written at `at`.
    pub(super) fn body(&self, number: u32, at: usize, body: &[u8]) -> Vec<u8> {
        if number == self.object {
            return body.to_vec();
        }
        let (start, end) = (&b"\nstream\n"[..], &b"\nendstream"[..]);
        let head = memchr::memmem::find(body, start).unwrap_or(body.len());
        let (head, rest) = body.split_at(head);
        let head = self.head(number, at, head);
        let data = rest.strip_prefix(start);
        let Some(data) = data.and_then(|data| data.strip_suffix(end)) else {
            return [&head, rest].concat();
        };
        let sealed = self.sealed(self.protection.methods().1, number, at, data);
        let lengths = [data.len(), sealed.len()].map(|length| format!("/Length {length} "));
        let head = super::update::edited(&head, &lengths[0], &lengths[1]);
        [&head, start, &sealed, end].concat()
    }

    /// The strings of a body, but for what the value of a signature will be.
    pub(super) fn head(&self, number: u32, at: usize, body: &[u8]) -> Vec<u8> {
        let method = self.protection.methods().0;
        if method == Method::Identity {
            return body.to_vec();
        }
        let mut out = Vec::with_capacity(body.len());
        let mut rest = body;
        while let Some((first, after)) = rest.split_first() {
            let length = match first {
                b'(' => literal(rest),
                b'<' if after.first() != Some(&b'<') && !out.ends_with(b"/Contents ") => {
                    memchr::memchr(b'>', rest).map(|end| end.saturating_add(1))
                }
                // Both brackets of a dictionary at once.
                b'<' if after.first() == Some(&b'<') => {
                    out.extend_from_slice(b"<<");
                    rest = rest.get(2..).unwrap_or_default();
                    continue;
                }
                _ => None,
            };
            let Some((string, after)) = length.and_then(|length| rest.split_at_checked(length))
            else {
                out.push(*first);
                rest = after;
                continue;
            };
            let plain = match string.strip_prefix(b"(") {
                Some(inside) => unescaped(inside.strip_suffix(b")").unwrap_or_default()),
                None => crate::format::pdf::hexadecimal(string).unwrap_or_default(),
            };
            let place = at.saturating_add(out.len());
            let sealed = self.sealed(method, number, place, &plain);
            out.extend_from_slice(format!("<{}>", to_hex(&sealed)).as_bytes());
            rest = after;
        }
        out
    }
}

/// The length of a literal string, parentheses included.
fn literal(text: &[u8]) -> Option<usize> {
    let mut open = 0usize;
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => open = open.saturating_add(1),
            b')' => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 {
            return Some(at.saturating_add(1));
        }
    }
    None
}

impl Pdf {
    /// Encrypts what is written from now on, to be called before anything is.
    pub(super) fn encrypt(&mut self, protection: Protection, password: &str) -> String {
        let id: Vec<u8> = (0..16).map(|at| u8::try_from(at).unwrap_or(0)).collect();
        self.id = to_hex(&id);
        let (version, revision) = protection.versions();
        let mut standard = Standard {
            revision,
            length: if revision == 2 { 5 } else { 16 },
            owner: vec![0x5a; if revision > 4 { 48 } else { 32 }],
            permissions: PERMISSIONS.to_le_bytes(),
            metadata: true,
            id,
            ..Standard::default()
        };
        let mut more = String::new();
        let key = if revision > 4 {
            let key = Digest::of(password.as_bytes()).0;
            newer(&mut standard, &key, password, &mut more);
            key.to_vec()
        } else {
            let key = standard.older_key(password.as_bytes()).unwrap_or_default();
            standard.user = standard.older_user(&key);
            key
        };
        let object = self.number();
        self.encryption = Some(Encryption {
            key,
            protection,
            object,
        });
        format!(
            "<< /Filter /Standard /V {version} /R {revision} /P {PERMISSIONS} /O <{}> /U <{}> \
             {more}{} >>",
            to_hex(&standard.owner),
            to_hex(&standard.user),
            protection.filters()
        )
    }
}

/// Algorithms 8 and 10: the file's key under the password, and the permissions under the key.
fn newer(standard: &mut Standard, key: &[u8; 32], password: &str, more: &mut String) {
    let under = |salt: &[u8; 8]| hash(standard.revision, password.as_bytes(), salt);
    let (validation, salt) = (b"validate", b"the keys");
    let sealed = aes_256_closed(&under(salt), key);
    let user = [&under(validation)[..], validation, salt].concat();
    standard.user = user;
    let open = [&standard.permissions[..], &[0xff; 4], b"Tadb", &[0; 4]].concat();
    *more = format!(
        "/UE <{}> /OE <{}> /Perms <{}> ",
        to_hex(&sealed),
        "5a".repeat(32),
        to_hex(&aes_256_closed(key, &open))
    );
}
