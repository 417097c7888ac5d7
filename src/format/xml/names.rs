//! Characters and names (XML 1.0 §2.2 and §2.3, Namespaces in XML §4).

use super::scan::{class, during, is, name_marks};
use std::num::NonZero;

/// The length of the qualified name at the beginning and that of its prefix with the colon, if both are
/// of ASCII; of any other name, and of what is none, `None`.
#[inline]
pub(super) fn ascii_name(bytes: &[u8]) -> Option<(usize, usize)> {
    // Most names are short.
    match name_marks(bytes).and_then(|marks| name_by_marks(bytes, marks)) {
        Some(name) => Some(name),
        None => ascii_name_by_octet(bytes),
    }
}

/// The same from where the first octets are none of a name, and where they are colons; `None` too if it does not end
/// in them.
#[inline]
fn name_by_marks(bytes: &[u8], (none, colons): (u32, u32)) -> Option<(usize, usize)> {
    let end = NonZero::new(none)?.trailing_zeros();
    let inside = colons & !u32::MAX.wrapping_shl(end);
    let end = usize::try_from(end).ok()?;
    let starts = |at: usize| bytes.get(at).is_some_and(|b| is(*b, class::START));
    if !starts(0) || !bytes.get(end)?.is_ascii() {
        return None;
    }
    let Some(inside) = NonZero::new(inside) else {
        return Some((end, 0));
    };
    let prefix = usize::try_from(inside.trailing_zeros())
        .ok()?
        .wrapping_add(1);
    // Behind a colon at the end comes what begins no name.
    let one = inside.get() & inside.get().wrapping_sub(1) == 0;
    (one && starts(prefix)).then_some((end, prefix))
}

/// The same, octet by octet: names that are long, or near the end, or none.
#[inline(never)]
fn ascii_name_by_octet(bytes: &[u8]) -> Option<(usize, usize)> {
    let first = ascii_part(bytes)?;
    let behind = bytes.get(first..)?;
    match behind.split_first()? {
        (b':', local) => {
            let length = ascii_part(local)?;
            let ends = local
                .get(length)
                .is_some_and(|b| b.is_ascii() && *b != b':');
            let prefix = first.saturating_add(1);
            ends.then(|| (prefix.saturating_add(length), prefix))
        }
        (b, _) => b.is_ascii().then_some((first, 0)),
    }
}

#[inline]
fn ascii_part(bytes: &[u8]) -> Option<usize> {
    let (first, rest) = bytes.split_first()?;
    is(*first, class::START).then(|| during(rest, class::NAME).saturating_add(1))
}

/// Whether U+FFFE or U+FFFF stands at the beginning, which no document may hold (§2.2).
pub(super) fn begins_last_of_plane(bytes: &[u8]) -> bool {
    matches!(bytes, [0xef, 0xbf, 0xbe | 0xbf, ..])
}

/// Where a character lies that no document may hold (Char); of those below U+0020 three may be.
pub(super) fn forbidden(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let low = |b: &u8| *b < 0x20 && !matches!(*b, b'\t' | b'\n' | b'\r');
    // Without a branch for each octet; which one it was is asked only when there is one.
    if bytes.iter().fold(false, |found, b| found | low(b)) {
        return bytes.iter().position(low);
    }
    let last_of_plane = |at: &usize| matches!(bytes.get(at.saturating_add(2)), Some(0xbe | 0xbf));
    memchr::memmem::find_iter(bytes, b"\xef\xbf").find(last_of_plane)
}

/// Whether a character that was written as a number may be in a document (§4.1, Legal Character).
pub(super) fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// How many octets of the beginning are a name with or without a colon (§2.3, Name).
pub(super) fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ascii = bytes
        .iter()
        .position(|b| !is(*b, class::NAME) && *b != b':');
    let ascii = ascii.unwrap_or(bytes.len());
    let starts = bytes
        .first()
        .is_some_and(|b| is(*b, class::START) || *b == b':');
    if ascii > 0 && !starts {
        return 0;
    }
    if bytes.get(ascii).is_none_or(u8::is_ascii) {
        return ascii;
    }
    let fits = |(at, c): &(usize, char)| if *at == 0 { is_start(*c) } else { is_name(*c) };
    let mut wrong = text.char_indices().filter(|c| !fits(c));
    wrong.next().map_or(text.len(), |(at, _)| at)
}

fn is_start(c: char) -> bool {
    matches!(c, ':' | '_' | 'A'..='Z' | 'a'..='z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
        | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn is_name(c: char) -> bool {
    is_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Prefix, empty if there is none, and local part; `None` if it is not a qualified name (Namespaces §4).
pub(super) fn split(name: &str) -> Option<(&str, &str)> {
    match memchr::memchr(b':', name.as_bytes()) {
        None => Some(("", name)),
        Some(at) => {
            let (prefix, local) = (name.get(..at)?, name.get(at.saturating_add(1)..)?);
            let whole = !prefix.is_empty() && name_length(local) == local.len();
            (whole && !local.is_empty() && !local.contains(':')).then_some((prefix, local))
        }
    }
}
