//! Octets to text (XML 1.0 §4.3.3 and appendix F): UTF-8, UTF-16 and ISO-8859-1.

use super::XmlError;
use std::borrow::Cow;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Encoding {
    Utf8,
    Ascii,
    Utf16Le,
    Utf16Be,
    Latin1,
}

/// The text without its byte order mark. UTF-8 stays where it lies.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, XmlError> {
    let (found, body) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => (Some(Encoding::Utf8), rest),
        [0xff, 0xfe, rest @ ..] => (Some(Encoding::Utf16Le), rest),
        [0xfe, 0xff, rest @ ..] => (Some(Encoding::Utf16Be), rest),
        [b'<', 0, ..] => (Some(Encoding::Utf16Le), bytes),
        [0, b'<', ..] => (Some(Encoding::Utf16Be), bytes),
        _ => (None, bytes),
    };
    let wide = matches!(found, Some(Encoding::Utf16Le | Encoding::Utf16Be));
    if wide {
        let text = utf16(body, found == Some(Encoding::Utf16Be))?;
        // §4.3.3: what is declared must be what it is.
        return match declared(text.as_bytes()) {
            None => Ok(Cow::Owned(text)),
            Some(name) if name.to_ascii_uppercase().starts_with("UTF-16") => Ok(Cow::Owned(text)),
            Some(name) => Err(XmlError::Encoding(format!("{name}, but it is UTF-16"))),
        };
    }
    let named = declared(body).map(|name| (known(name), name));
    match (named, found) {
        (Some((None, name)), _) => Err(XmlError::Encoding(name.to_owned())),
        (Some((Some(Encoding::Latin1), _)), None) => Ok(Cow::Owned(latin1(body))),
        (Some((Some(Encoding::Ascii), _)), _) if !body.is_ascii() => {
            Err(XmlError::Encoding("not ASCII, as it says".into()))
        }
        (Some((Some(Encoding::Utf8 | Encoding::Ascii), _)) | None, _) => {
            match std::str::from_utf8(body) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(e) => {
                    let at = e.valid_up_to();
                    Err(XmlError::Encoding(format!("not UTF-8 at {at}")))
                }
            }
        }
        (Some((Some(_), name)), _) => Err(XmlError::Encoding(format!("{name}, but it is another"))),
    }
}

fn known(name: &str) -> Option<Encoding> {
    match name.to_ascii_uppercase().as_str() {
        "UTF-8" | "UTF8" => Some(Encoding::Utf8),
        "US-ASCII" | "ASCII" => Some(Encoding::Ascii),
        "ISO-8859-1" | "ISO8859-1" | "LATIN1" | "ISO_8859-1" => Some(Encoding::Latin1),
        "UTF-16" | "UTF-16LE" | "UTF-16BE" => Some(Encoding::Utf16Le),
        _ => None,
    }
}

/// The encoding that the declaration names; whether the declaration is right is seen later.
fn declared(bytes: &[u8]) -> Option<&str> {
    let declaration = bytes.strip_prefix(b"<?xml")?;
    let end = memchr::memmem::find(declaration.get(..declaration.len().min(256))?, b"?>")?;
    let declaration = std::str::from_utf8(declaration.get(..end)?).ok()?;
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest.get(1..)?.split_once(quote).map(|(name, _)| name)
}

/// In exactly the room that it needs, as the next.
fn latin1(bytes: &[u8]) -> String {
    let high = bytes.iter().filter(|octet| !octet.is_ascii()).count();
    let mut text = String::with_capacity(bytes.len().saturating_add(high));
    text.extend(bytes.iter().copied().map(char::from));
    text
}

fn utf16(bytes: &[u8], big: bool) -> Result<String, XmlError> {
    let (units, rest) = bytes.as_chunks::<2>();
    let wrong = || XmlError::Encoding("not UTF-16".into());
    if !rest.is_empty() {
        return Err(wrong());
    }
    let unit = |two: &[u8; 2]| match big {
        true => u16::from_be_bytes(*two),
        false => u16::from_le_bytes(*two),
    };
    // Half of a character beyond the first plane has two of four octets.
    let octets = |unit: u16| match unit {
        0..0x80 => 1,
        0x80..0x800 | 0xd800..0xe000 => 2,
        _ => 3usize,
    };
    let mut text = String::with_capacity(units.iter().map(unit).map(octets).sum());
    for c in char::decode_utf16(units.iter().map(unit)) {
        text.push(c.map_err(|_| wrong())?);
    }
    Ok(text)
}
