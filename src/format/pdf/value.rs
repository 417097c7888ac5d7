//! What objects are (ISO 32000-2 §7.3), and when two of them are the same.

use std::borrow::Cow;
use std::ops::Range;

/// A direct object.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    /// Its digits.
    Real(&'a [u8]),
    Name(Cow<'a, [u8]>),
    /// A literal string: its characters between the parentheses, escapes and all.
    Literal(&'a [u8]),
    /// A hexadecimal string, angle brackets included, and where it starts.
    Hexadecimal(&'a [u8], usize),
    /// The bytes of a string that was encrypted; nothing if that was no ciphertext.
    Deciphered(Option<Vec<u8>>),
    Array(Vec<Self>),
    Dictionary(Dictionary<'a>),
    Reference(u32, u32),
}

impl<'a> Value<'a> {
    pub(crate) fn integer(&self) -> Option<i64> {
        if let Self::Integer(value) = self {
            return Some(*value);
        }
        None
    }

    /// The value of a number.
    pub(crate) fn number(&self) -> Option<f64> {
        if let Self::Real(digits) = self {
            return std::str::from_utf8(digits).ok()?.parse().ok();
        }
        self.integer()?.to_string().parse().ok()
    }

    pub(crate) fn name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self {
            return Some(name);
        }
        None
    }

    pub(crate) fn dictionary(&self) -> Option<&Dictionary<'a>> {
        if let Self::Dictionary(dictionary) = self {
            return Some(dictionary);
        }
        None
    }

    pub(crate) fn into_dictionary(self) -> Option<Dictionary<'a>> {
        if let Self::Dictionary(dictionary) = self {
            return Some(dictionary);
        }
        None
    }

    pub(crate) fn into_array(self) -> Option<Vec<Self>> {
        if let Self::Array(items) = self {
            return Some(items);
        }
        None
    }

    /// The bytes of a string.
    pub(crate) fn string(&self) -> Option<Vec<u8>> {
        if let Self::Literal(raw) = self {
            Some(unescaped(raw))
        } else if let Self::Hexadecimal(raw, _) = self {
            hexadecimal(raw)
        } else if let Self::Deciphered(plain) = self {
            plain.clone()
        } else {
            None
        }
    }

    /// The object that it refers to.
    pub(crate) fn reference(&self) -> Option<u32> {
        if let Self::Reference(number, _) = self {
            return Some(*number);
        }
        None
    }

    pub(crate) fn array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self {
            return Some(items);
        }
        None
    }
}

/// A dictionary, its entries in the order of the file.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Dictionary<'a> {
    pub(crate) entries: Vec<(Cow<'a, [u8]>, Value<'a>)>,
    /// Where it lies, brackets included.
    pub(crate) range: Range<usize>,
}

impl<'a> Dictionary<'a> {
    /// The first value under `key`.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Value<'a>> {
        let found = self.entries.iter().find(|(k, _)| k.as_ref() == key);
        found.map(|(_, value)| value)
    }

    /// Whether any key is there more than once.
    pub(crate) fn repeats_any(&self) -> bool {
        let mut keys: Vec<&[u8]> = self.entries.iter().map(|(key, _)| key.as_ref()).collect();
        keys.sort_unstable();
        keys.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
    }

    /// Whether `key` is there more than once, so that readers may choose differently.
    pub(crate) fn repeats(&self, key: &[u8]) -> bool {
        self.entries
            .iter()
            .filter(|(k, _)| k.as_ref() == key)
            .count()
            > 1
    }
}

/// Whether two objects say the same: numbers by their value, strings by their bytes, dictionaries
/// whatever the order of their entries, references by number and generation. Where they lie does not
/// matter.
pub(crate) fn same(one: &Value<'_>, other: &Value<'_>) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same(a, b))
        }
        (Value::Dictionary(one), Value::Dictionary(other)) => same_entries(one, other, &[]),
        (
            Value::Literal(_) | Value::Hexadecimal(..) | Value::Deciphered(_),
            Value::Literal(_) | Value::Hexadecimal(..) | Value::Deciphered(_),
        ) => same_strings(one, other),
        (Value::Integer(_) | Value::Real(_), Value::Integer(_) | Value::Real(_)) => {
            one == other
                || one
                    .number()
                    .is_some_and(|number| Some(number) == other.number())
        }
        (one, other) => one == other,
    }
}

/// What is no string to us may be one to others, and two of them different ones.
fn same_strings(one: &Value<'_>, other: &Value<'_>) -> bool {
    match (one.string(), other.string()) {
        (Some(one), Some(other)) => one == other,
        (None, None) => matches!(
            (one, other),
            (Value::Hexadecimal(one, _), Value::Hexadecimal(other, _)) if one == other
        ),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Whether two dictionaries have the same entries, but for those under `except`.
pub(crate) fn same_entries(one: &Dictionary<'_>, other: &Dictionary<'_>, except: &[&[u8]]) -> bool {
    fn sorted<'d, 'a>(
        dictionary: &'d Dictionary<'a>,
        except: &[&[u8]],
    ) -> Vec<&'d (Cow<'a, [u8]>, Value<'a>)> {
        let entries = dictionary.entries.iter();
        let mut entries: Vec<_> = entries
            .filter(|(key, value)| !except.contains(&key.as_ref()) && *value != Value::Null)
            .collect();
        // Stable: of a repeated key the order matters to readers.
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        entries
    }
    let (one, other) = (sorted(one, except), sorted(other, except));
    one.len() == other.len()
        && one
            .iter()
            .zip(&other)
            .all(|((a, x), (b, y))| a == b && same(x, y))
}

/// A text string (ISO 32000-2 §7.9.2.2), for people.
pub(crate) fn text(value: &Value<'_>) -> Option<String> {
    let bytes = value.string()?;
    if let Some(wide) = bytes.strip_prefix(b"\xfe\xff") {
        let unit = |pair: &[u8]| match pair {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => 0,
        };
        let units: Vec<u16> = wide.chunks_exact(2).map(unit).collect();
        return Some(String::from_utf16_lossy(&units));
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The bytes of a literal string without its parentheses (ISO 32000-2 §7.3.4.2).
pub(crate) fn unescaped(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'b') => out.push(8),
            Some(b'f') => out.push(12),
            // The end of a line after a backslash is none.
            Some(b'\r') => {
                bytes.next_if_eq(&b'\n');
            }
            Some(b'\n') => {}
            Some(first @ b'0'..=b'7') => {
                let mut value = u32::from(first & 7);
                for _ in 0..2 {
                    if let Some(digit) = bytes.next_if(|b| (b'0'..=b'7').contains(b)) {
                        value = (value << 3) | u32::from(digit & 7);
                    }
                }
                out.push(u8::try_from(value & 0xff).unwrap_or(b'?'));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

/// The bytes of a hexadecimal string, brackets included (ISO 32000-2 §7.3.4.3): white space is
/// passed over, a missing last digit is zero.
#[must_use]
pub fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.strip_prefix(b"<")?.strip_suffix(b">")?;
    let mut out = Vec::with_capacity(digits.len().div_ceil(2));
    let mut high = None;
    for byte in digits {
        let digit = match byte {
            b'0'..=b'9' => byte.wrapping_sub(b'0'),
            b'a'..=b'f' => byte.wrapping_sub(b'a').wrapping_add(10),
            b'A'..=b'F' => byte.wrapping_sub(b'A').wrapping_add(10),
            0 | 9 | 10 | 12 | 13 | 32 => continue,
            _ => return None,
        };
        match high.take() {
            None => high = Some(digit << 4),
            Some(high) => out.push(high | digit),
        }
    }
    out.extend(high);
    Some(out)
}
