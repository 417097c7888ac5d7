//! Distinguished names as people read them (RFC 4514). Nothing is decided by this text.

use crate::format::asn1::oid::dotted;
use crate::format::asn1::read::{BerError, Element, Reader};
use std::borrow::Cow;
use std::fmt::Write;

/// The name in the order of RFC 4514 §2.1, separators escaped, control and invisible characters
/// written as their UTF-8 octets; `?` for bytes that are not a name.
#[must_use]
pub(in crate::trust) fn readable(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len());
    match write_name(name, &mut out) {
        Ok(()) => bounded(out),
        Err(_) => "?".to_owned(),
    }
}

/// The first part of a readable name with a type (`CN`, `O`), its separators no longer escaped. What is
/// not to be seen stays written as octets.
pub(in crate::trust) fn part(readable: &str, kind: &str) -> Option<String> {
    let mut rest = readable;
    while !rest.is_empty() {
        let (part, more) = split(rest);
        if let Some(value) = part.strip_prefix(kind).and_then(|v| v.strip_prefix('=')) {
            return Some(unescaped(value)).filter(|value| !value.is_empty());
        }
        rest = more;
    }
    None
}

/// At the first separator that is not escaped.
fn split(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && matches!(c, ',' | '+') {
            let (part, rest) = text.split_at(at);
            return (part, rest.get(1..).unwrap_or_default());
        }
        escaped = !escaped && c == '\\';
    }
    (text, "")
}

fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        let octets = rest.peek().is_some_and(char::is_ascii_hexdigit);
        match rest.peek() {
            Some(&next) if c == '\\' && !octets => {
                out.push(next);
                rest.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// A name may fill a certificate; a report need not.
fn bounded(mut text: String) -> String {
    const MOST: usize = 500;
    if let Some((end, _)) = text.char_indices().nth(MOST) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn write_name(name: &[u8], out: &mut String) -> Result<(), BerError> {
    let mut sequence = Reader::new(name).expect(0x30)?.reader();
    let mut sets = Vec::new();
    while let Some(set) = sequence.next()? {
        sets.push(set);
    }
    for (place, set) in sets.iter().rev().enumerate() {
        let mut attributes = set.reader();
        let mut separator = if place == 0 { "" } else { "," };
        while let Some(attribute) = attributes.next()? {
            out.push_str(separator);
            let mut fields = attribute.reader();
            let kind = fields.expect(0x06)?.content;
            match short(kind) {
                Some(known) => out.push_str(known),
                None => out.push_str(&dotted(kind)),
            }
            out.push('=');
            write_escaped(&text(&fields.any()?), out);
            separator = "+";
        }
    }
    Ok(())
}

fn short(kind: &[u8]) -> Option<&'static str> {
    Some(match kind {
        [0x55, 0x04, 0x03] => "CN",
        [0x55, 0x04, 0x04] => "SN",
        [0x55, 0x04, 0x05] => "serialNumber",
        [0x55, 0x04, 0x06] => "C",
        [0x55, 0x04, 0x07] => "L",
        [0x55, 0x04, 0x08] => "ST",
        [0x55, 0x04, 0x09] => "street",
        [0x55, 0x04, 0x0a] => "O",
        [0x55, 0x04, 0x0b] => "OU",
        [0x55, 0x04, 0x0c] => "title",
        [0x55, 0x04, 0x2a] => "GN",
        [0x55, 0x04, 0x61] => "organizationIdentifier",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01] => "emailAddress",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01] => "UID",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19] => "DC",
        _ => return None,
    })
}

fn text<'a>(value: &Element<'a>) -> Cow<'a, str> {
    match value.tag {
        // BMPString
        0x1e => {
            let units: Vec<u16> = value
                .content
                .chunks_exact(2)
                .map(|pair| match pair {
                    [high, low] => u16::from_be_bytes([*high, *low]),
                    _ => 0,
                })
                .collect();
            Cow::Owned(String::from_utf16_lossy(&units))
        }
        _ => String::from_utf8_lossy(value.content),
    }
}

fn write_escaped(text: &str, out: &mut String) {
    for (index, c) in text.chars().enumerate() {
        if matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';') || (index == 0 && c == '#') {
            out.push('\\');
            out.push(c);
        } else if invisible(c) {
            let mut buffer = [0u8; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\{byte:02X}");
            }
        } else {
            out.push(c);
        }
    }
}

/// Control characters, and those that hide or reorder text (attack catalogue T8).
fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::asn1::write::{constructed, element, oid, sequence, tag};

    #[test]
    fn separators_and_invisible_characters_are_visible() {
        let attribute = |kind: &[u8], text: &str| {
            let value = element(0x0c, text.as_bytes());
            constructed(tag::SET, &[&sequence(&[&oid(kind), &value])])
        };
        let name = sequence(&[
            &attribute(&[0x55, 4, 6], "VN"),
            &attribute(&[0x55, 4, 3], "Sở A, \u{202e}B\n"),
        ]);
        assert_eq!(readable(&name), "CN=Sở A\\, \\E2\\80\\AEB\\0A,C=VN");
        assert_eq!(readable(b"junk"), "?");
        let text = readable(&name);
        let found = |kind: &str| part(&text, kind);
        assert_eq!(found("CN").as_deref(), Some("Sở A, \\E2\\80\\AEB\\0A"));
        assert_eq!((found("C").as_deref(), found("O")), (Some("VN"), None));
        // A part that another one quotes is none.
        let quoted = readable(&sequence(&[&attribute(&[0x55, 4, 3], "x,O=Giả+OU=y")]));
        assert_eq!(part(&quoted, "O"), None, "{quoted}");
        assert_eq!(part(&quoted, "CN").as_deref(), Some("x,O=Giả+OU=y"));
    }
}
