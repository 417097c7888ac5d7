//! Encrypted files (ISO 32000-2 §7.6): the standard security handler, opened with the empty user password,
//! as every reader does before it asks. Who needs another one finds the file locked: strings and streams
//! stay what they are in the file.
//!
//! Strings and streams of objects are encrypted, never keys, names, numbers and references; not the
//! encryption dictionary itself, cross-reference streams, the trailer, and the `/Contents` of signatures.
//! What lies in an object stream is encrypted with it, once.

pub(crate) mod cipher;
pub(crate) mod key;

use super::document::Document;
use super::value::{Dictionary, Value};
use super::xref::Place;
use cipher::{Cipher, Method};
use key::Standard;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What deciphering a string costs beside its octets: to set up a cipher costs as much as to read some
/// octets.
const STRING: usize = 64;

/// A file that is open.
#[derive(Clone, Debug)]
pub(super) struct Encryption {
    key: Vec<u8>,
    /// `/CF` by name (§7.6.6).
    filters: BTreeMap<Vec<u8>, Method>,
    /// `/StrF`, `/StmF` and `/EFF`.
    strings: Method,
    streams: Method,
    embedded: Method,
    /// `/EncryptMetadata`.
    metadata: bool,
    /// The object that the encryption dictionary is.
    object: Option<u32>,
}

impl Encryption {
    /// By the newest trailer; `None` where the empty password opens nothing.
    pub(super) fn open(document: &Document<'_>) -> Option<Self> {
        let trailer = document.newest().trailer()?;
        let how = trailer.get(b"Encrypt")?;
        let object = how.reference();
        let dictionary = match object {
            Some(number) => in_body(document, number)?,
            None => how.dictionary()?.clone(),
        };
        // Of two values readers choose differently.
        if dictionary.repeats_any() || trailer.repeats_any() {
            return None;
        }
        let id = trailer.get(b"ID").and_then(Value::array);
        let id = id.and_then(<[_]>::first).and_then(Value::string);
        Self::of(&dictionary, id.unwrap_or_default(), object)
    }

    fn of(dictionary: &Dictionary<'_>, id: Vec<u8>, object: Option<u32>) -> Option<Self> {
        if dictionary.get(b"Filter")?.name() != Some(b"Standard") {
            return None;
        }
        let version = dictionary.get(b"V")?.integer()?;
        let revision = dictionary.get(b"R")?.integer()?;
        let filters = match version {
            4 | 5 => filters(dictionary, version)?,
            _ => BTreeMap::new(),
        };
        let method = |key: &[u8], default| match dictionary.get(key) {
            None => Some(default),
            Some(name) => named(&filters, name.name()?),
        };
        let (streams, strings) = match (version, revision) {
            (1 | 2, 2 | 3) => (Method::Rc4, Method::Rc4),
            // Table 20: Identity where they are absent.
            (4, 4) | (5, 5 | 6) => {
                let identity = Method::Identity;
                (method(b"StmF", identity)?, method(b"StrF", identity)?)
            }
            _ => return None,
        };
        let metadata = match dictionary.get(b"EncryptMetadata") {
            None => true,
            Some(Value::Bool(metadata)) => *metadata,
            Some(_) => return None,
        };
        let standard = standard(dictionary, (version, revision), metadata, id)?;
        Some(Self {
            key: standard.key(b"")?,
            strings,
            streams,
            embedded: method(b"EFF", streams)?,
            filters,
            metadata,
            object,
        })
    }

    /// For the strings of an object in the file itself.
    pub(super) fn of_strings(&self, (number, generation): (u32, u32)) -> Option<Cipher> {
        if self.object == Some(number) {
            return Some(Cipher::Identity);
        }
        Cipher::new(self.strings, &self.key, number, generation)
    }

    /// For the data of a stream; `None` where readers would take different ones.
    pub(super) fn of_stream(
        &self,
        dictionary: &Dictionary<'_>,
        (number, generation): (u32, u32),
    ) -> Option<Cipher> {
        if dictionary.repeats_any() {
            return None;
        }
        let kind = dictionary.get(b"Type").and_then(Value::name);
        let method = match (own(dictionary)?, kind) {
            // §7.5.8.2.
            (_, Some(b"XRef")) => Method::Identity,
            (Some(name), _) => named(&self.filters, &name)?,
            (None, Some(b"Metadata")) if !self.metadata => Method::Identity,
            (None, Some(b"EmbeddedFile")) if self.embedded != self.streams => return None,
            (None, _) => self.streams,
        };
        Cipher::new(method, &self.key, number, generation)
    }
}

/// An encryption dictionary in the file itself: one in an object stream would be encrypted.
fn in_body<'d>(document: &'d Document<'_>, number: u32) -> Option<Dictionary<'d>> {
    let newest = document.newest();
    if !matches!(newest.place(number), Some(Place::At(_))) {
        return None;
    }
    let (mut lexer, ..) = document.text_of(number, newest.revision())?;
    let dictionary = document.value(&mut lexer).ok()?.into_dictionary();
    dictionary.filter(|_| !lexer.keyword(b"stream"))
}

/// The crypt filters of a file (§7.6.6, table 25).
fn filters(dictionary: &Dictionary<'_>, version: i64) -> Option<BTreeMap<Vec<u8>, Method>> {
    let mut filters = BTreeMap::new();
    let Some(all) = dictionary.get(b"CF") else {
        return Some(filters);
    };
    let all = all.dictionary().filter(|all| !all.repeats_any())?;
    for (name, filter) in &all.entries {
        let filter = filter.dictionary().filter(|f| !f.repeats_any())?;
        let method = match (filter.get(b"CFM").map(Value::name), version) {
            (None | Some(Some(b"None")), _) => Method::Identity,
            (Some(Some(b"V2")), 4) => Method::Rc4,
            (Some(Some(b"AESV2")), 4) => Method::Aes128,
            (Some(Some(b"AESV3")), 5) => Method::Aes256,
            _ => return None,
        };
        filters.insert(name.to_vec(), method);
    }
    Some(filters)
}

/// The standard name cannot be given another meaning (table 26).
fn named(filters: &BTreeMap<Vec<u8>, Method>, name: &[u8]) -> Option<Method> {
    if name == b"Identity" {
        return Some(Method::Identity);
    }
    filters.get(name).copied()
}

/// The name of a stream's own crypt filter (§7.4.10), which has to be its first; `None` if it cannot be read.
fn own(dictionary: &Dictionary<'_>) -> Option<Option<Vec<u8>>> {
    let Some(filter) = dictionary.get(b"Filter") else {
        return Some(None);
    };
    let first = match filter.array() {
        Some(filters) => filters.first(),
        None => Some(filter),
    };
    match first.map(Value::name) {
        Some(Some(b"Crypt")) => {}
        Some(None) => return None,
        Some(Some(_)) | None => return Some(None),
    }
    let parameters = match (filter.array(), dictionary.get(b"DecodeParms")) {
        (Some(_), Some(parameters)) => parameters.array()?.first(),
        (_, parameters) => parameters,
    };
    let name = match parameters {
        None | Some(Value::Null) => None,
        Some(parameters) => parameters.dictionary()?.get(b"Name"),
    };
    match name {
        None => Some(Some(b"Identity".to_vec())),
        Some(name) => name.name().map(|name| Some(name.to_vec())),
    }
}

fn standard(
    dictionary: &Dictionary<'_>,
    (version, revision): (i64, i64),
    metadata: bool,
    id: Vec<u8>,
) -> Option<Standard> {
    let string = |key: &[u8]| dictionary.get(key).and_then(Value::string);
    let bits = match (version, revision, dictionary.get(b"Length")) {
        // The handler knows the length of a crypt filter's key (table 25).
        (4, ..) => 128,
        (2, 3, Some(bits)) => bits.integer()?,
        _ => 40,
    };
    if !(40..=128).contains(&bits) || bits.checked_rem(8) != Some(0) {
        return None;
    }
    let [a, b, c, d, ..] = dictionary.get(b"P")?.integer()?.to_le_bytes();
    Some(Standard {
        revision: u8::try_from(revision).ok()?,
        length: usize::try_from(bits.checked_div(8)?).ok()?,
        owner: string(b"O")?,
        user: string(b"U")?,
        user_key: string(b"UE").unwrap_or_default(),
        permissions: [a, b, c, d],
        sealed_permissions: string(b"Perms").unwrap_or_default(),
        metadata,
        id,
    })
}

impl Document<'_> {
    /// Deciphers the strings of an object that lies in the file itself.
    pub(super) fn decipher_strings(&self, value: &mut Value<'_>, id: (u32, u32), is_stream: bool) {
        let Some(encryption) = &self.encryption else {
            return;
        };
        let kind = value.dictionary().and_then(|d| d.get(b"Type")?.name());
        // §7.5.8.2.
        if is_stream && kind == Some(b"XRef") {
            return;
        }
        let cipher = encryption.of_strings(id);
        if !matches!(cipher, Some(Cipher::Identity)) {
            self.decipher_value(value, cipher.as_ref());
        }
    }

    /// As deep as the lexer read it.
    fn decipher_value(&self, value: &mut Value<'_>, cipher: Option<&Cipher>) {
        match value {
            Value::Literal(_) | Value::Hexadecimal(..) => {
                let plain = || {
                    let sealed = value.string()?;
                    self.spend_reading(sealed.len().saturating_add(STRING))
                        .ok()?;
                    cipher?.decipher(&sealed)
                };
                *value = Value::Deciphered(plain());
            }
            Value::Array(items) => {
                for item in items {
                    self.decipher_value(item, cipher);
                }
            }
            Value::Dictionary(dictionary) => {
                let signs = signs(dictionary);
                for (key, value) in &mut dictionary.entries {
                    if !(signs && key.as_ref() == b"Contents") {
                        self.decipher_value(value, cipher);
                    }
                }
            }
            Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::Real(_)
            | Value::Name(_)
            | Value::Deciphered(_)
            | Value::Reference(..) => {}
        }
    }

    /// The data of a stream as its filters have them; `None` for what cannot be deciphered.
    pub(super) fn deciphered<'s>(
        &self,
        dictionary: &Dictionary<'_>,
        data: &'s [u8],
        id: (u32, u32),
    ) -> Option<Cow<'s, [u8]>> {
        let Some(encryption) = &self.encryption else {
            return Some(Cow::Borrowed(data));
        };
        match encryption.of_stream(dictionary, id)? {
            Cipher::Identity => Some(Cow::Borrowed(data)),
            cipher @ (Cipher::Rc4(_) | Cipher::Aes128(_) | Cipher::Aes256(_)) => {
                self.spend_reading(data.len()).ok()?;
                cipher.decipher(data).map(Cow::Owned)
            }
        }
    }
}

/// A signature or a document timestamp, whose `/Contents` is not encrypted (§7.6.2).
fn signs(dictionary: &Dictionary<'_>) -> bool {
    let kind = dictionary.get(b"Type").and_then(Value::name);
    matches!(kind, Some(b"Sig" | b"DocTimeStamp")) || dictionary.get(b"ByteRange").is_some()
}

#[cfg(test)]
mod tests {
    use super::super::lexer::Lexer;
    use super::*;

    fn method(stream: &str) -> Option<Method> {
        let encryption = Encryption {
            key: vec![7; 16],
            filters: BTreeMap::from([(b"StdCF".to_vec(), Method::Aes128)]),
            strings: Method::Identity,
            streams: Method::Aes128,
            embedded: Method::Identity,
            metadata: false,
            object: None,
        };
        let value = Lexer::new(stream.as_bytes(), 0).value().expect("object");
        let cipher = encryption.of_stream(value.dictionary().expect("dictionary"), (1, 0))?;
        Some(match cipher {
            Cipher::Identity => Method::Identity,
            Cipher::Rc4(_) => Method::Rc4,
            Cipher::Aes128(_) => Method::Aes128,
            Cipher::Aes256(_) => Method::Aes256,
        })
    }

    #[test]
    fn streams_are_encrypted_as_their_own_filter_or_the_file_says() {
        let (aes, open) = (Some(Method::Aes128), Some(Method::Identity));
        for (stream, expected) in [
            ("<< >>", aes),
            ("<< /Filter /FlateDecode >>", aes),
            (
                "<< /Filter [/FlateDecode] /DecodeParms << /Predictor 12 >> >>",
                aes,
            ),
            ("<< /Filter [] >>", aes),
            ("<< /Filter /Crypt >>", open),
            (
                "<< /Filter [/Crypt /FlateDecode] /DecodeParms [<< /Name /Identity >> null] >>",
                open,
            ),
            ("<< /Filter /Crypt /DecodeParms << /Name /StdCF >> >>", aes),
            ("<< /Type /XRef >>", open),
            ("<< /Type /Metadata /Subtype /XML >>", open),
            (
                "<< /Type /Metadata /Filter /Crypt /DecodeParms << /Name /StdCF >> >>",
                aes,
            ),
            // What readers would take different ways.
            ("<< /Filter /Crypt /DecodeParms << /Name /Other >> >>", None),
            (
                "<< /Filter [/Crypt] /DecodeParms << /Name /Identity >> >>",
                None,
            ),
            ("<< /Filter 5 0 R >>", None),
            ("<< /Type /EmbeddedFile >>", None),
            ("<< /Type /Page /Type /XRef >>", None),
        ] {
            assert_eq!(method(stream), expected, "{stream}");
        }
    }
}
