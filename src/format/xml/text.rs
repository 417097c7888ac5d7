//! Character data and attribute values: references, CDATA sections, line ends (XML 1.0 §2.7, §2.11,
//! §3.3.3, §4.1, §4.6).

use super::names::is_char;
use super::{XmlError, malformed};
use std::borrow::Cow;

pub(super) const CDATA: &str = "<![CDATA[";

/// The character that a reference stands for and its length; `text` begins with `&`. No entity is known
/// but the five (§4.6).
pub(super) fn reference(text: &str) -> Option<(char, usize)> {
    // The longest is that of U+10FFFF with zeros before it; more of them is nothing but a burden.
    const LONGEST: usize = 32;
    let bytes = text.as_bytes();
    let head = bytes.get(1..bytes.len().min(LONGEST))?;
    let end = memchr::memchr(b';', head)?;
    let name = text.get(1..end.checked_add(1)?)?;
    let number = |digits: &str, radix| {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_alphanumeric());
        let code = u32::from_str_radix(digits, radix).ok().filter(|_| plain)?;
        char::from_u32(code).filter(|c| is_char(*c))
    };
    let c = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix('x') {
            Some(digits) => number(digits, 16)?,
            None => number(digits, 10)?,
        },
        None => match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => return None,
        },
    };
    Some((c, end.checked_add(2)?))
}

/// Whether a reference in character data is its own canonical form.
pub(super) fn is_written(reference: &[u8]) -> bool {
    let all: [&[u8]; 4] = [b"&amp;", b"&lt;", b"&gt;", b"&#xD;"];
    all.iter().any(|written| reference.starts_with(written))
}

/// Checks an attribute value without its quotes.
pub(super) fn check_value(value: &str, at: usize) -> Result<(), XmlError> {
    for found in memchr::memchr2_iter(b'&', b'<', value.as_bytes()) {
        let place = at.saturating_add(found);
        let rest = value.get(found..).unwrap_or_default();
        if rest.starts_with('<') {
            return Err(malformed(place, "< in an attribute value"));
        }
        reference(rest).ok_or_else(|| malformed(place, "reference"))?;
    }
    Ok(())
}

/// A piece of character data or of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Piece<'a> {
    /// As it stands, without anything that begins a reference or markup.
    Plain(&'a str),
    /// As it stands in a CDATA section, in which `&` and `<` are characters.
    Section(&'a str),
    /// A character that was written as a reference.
    Referred(char),
    /// The end of a line, or white space in a value, as one character.
    Blank(char),
}

/// Cuts character data, CDATA sections included, into pieces.
pub(super) fn pieces(text: &str, mut take: impl FnMut(Piece<'_>)) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        let (before, section) = rest.split_at(at);
        plain(before, true, &mut take);
        let inside = section.get(CDATA.len()..).unwrap_or_default();
        let end = memchr::memmem::find(inside.as_bytes(), b"]]>").unwrap_or(inside.len());
        plain(inside.get(..end).unwrap_or_default(), false, &mut take);
        rest = inside.get(end.saturating_add(3)..).unwrap_or_default();
    }
    plain(rest, true, &mut take);
}

/// Text without markup; `refers` says whether `&` begins a reference.
fn plain(text: &str, refers: bool, take: &mut impl FnMut(Piece<'_>)) {
    // §2.11
    match refers {
        true => cut(
            text,
            |b| memchr::memchr2(b'&', b'\r', b),
            '\n',
            Piece::Plain,
            take,
        ),
        false => cut(
            text,
            |b| memchr::memchr(b'\r', b),
            '\n',
            Piece::Section,
            take,
        ),
    }
}

/// How long the character data is that stands before a tag, CDATA sections included.
pub(super) fn data_length(bytes: &[u8]) -> usize {
    let mut at = 0usize;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(length) = memchr::memchr(b'<', rest) else {
            return bytes.len();
        };
        at = at.saturating_add(length);
        let markup = rest.get(length..).unwrap_or_default();
        if !markup.starts_with(CDATA.as_bytes()) {
            return at;
        }
        let section = memchr::memmem::find(markup, b"]]>").unwrap_or(markup.len());
        at = at.saturating_add(section).saturating_add(3);
    }
}

/// Cuts text where `special` finds a reference, or else white space, which becomes `blank`.
fn cut<'a>(
    text: &'a str,
    special: impl Fn(&[u8]) -> Option<usize>,
    blank: char,
    piece: fn(&'a str) -> Piece<'a>,
    take: &mut impl FnMut(Piece<'_>),
) {
    let mut rest = text;
    while let Some(at) = special(rest.as_bytes()) {
        let (before, found) = rest.split_at(at);
        if !before.is_empty() {
            take(piece(before));
        }
        let length = if found.starts_with('&') {
            let (c, length) = reference(found).unwrap_or(('\u{fffd}', 1));
            take(Piece::Referred(c));
            length
        } else {
            take(Piece::Blank(blank));
            if found.starts_with("\r\n") { 2 } else { 1 }
        };
        rest = found.get(length..).unwrap_or_default();
    }
    if !rest.is_empty() {
        take(piece(rest));
    }
}

/// In a value: a reference, or white space that is no space. Other control characters are not read.
fn is_special(b: u8) -> bool {
    b == b'&' || b < b' '
}

/// Cuts an attribute value into pieces; white space is a space (§3.3.3, without a declaration every
/// attribute is CDATA).
pub(super) fn value_pieces(value: &str, mut take: impl FnMut(Piece<'_>)) {
    let special = |bytes: &[u8]| bytes.iter().position(|b| is_special(*b));
    cut(value, special, ' ', Piece::Plain, &mut take);
}

fn whole<'a>(raw: &'a str, cut: impl FnOnce(&'a str, &mut dyn FnMut(Piece<'_>))) -> String {
    let mut out = String::with_capacity(raw.len());
    cut(raw, &mut |piece| match piece {
        Piece::Plain(text) | Piece::Section(text) => out.push_str(text),
        Piece::Referred(c) | Piece::Blank(c) => out.push(c),
    });
    out
}

/// What an attribute value says.
pub(super) fn value(raw: &str) -> Cow<'_, str> {
    match raw.bytes().any(is_special) {
        false => Cow::Borrowed(raw),
        true => Cow::Owned(whole(raw, |raw, take| value_pieces(raw, take))),
    }
}

/// What character data says.
pub(super) fn data(raw: &str) -> Cow<'_, str> {
    match memchr::memchr3(b'&', b'<', b'\r', raw.as_bytes()) {
        None => Cow::Borrowed(raw),
        Some(_) => Cow::Owned(whole(raw, |raw, take| pieces(raw, take))),
    }
}
