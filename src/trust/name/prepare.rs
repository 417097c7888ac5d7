//! The string preparation of RFC 4518 §2, as RFC 5280 §7.1 applies it to attribute values.

use crate::format::asn1::read::Element;
use std::sync::LazyLock;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// The characters of a string type (RFC 4518 §2.1); `None` if it is not one or malformed.
pub(in crate::trust) fn text(value: &Element<'_>) -> Option<String> {
    let bytes = value.content;
    match value.tag {
        // UTF8String, NumericString, PrintableString, IA5String, VisibleString
        0x0c | 0x12 | 0x13 | 0x16 | 0x1a => String::from_utf8(bytes.to_vec()).ok(),
        // TeletexString: no issuer uses T.61's shifts; Latin-1 is what is found in practice.
        0x14 => Some(bytes.iter().copied().map(char::from).collect()),
        // BMPString
        0x1e => {
            let units = bytes.chunks_exact(2);
            if !units.remainder().is_empty() {
                return None;
            }
            let units = units.filter_map(|pair| <[u8; 2]>::try_from(pair).ok());
            char::decode_utf16(units.map(u16::from_be_bytes))
                .collect::<Result<_, _>>()
                .ok()
        }
        // UniversalString
        0x1c => {
            let points = bytes.chunks_exact(4);
            if !points.remainder().is_empty() {
                return None;
            }
            let points = points.filter_map(|four| <[u8; 4]>::try_from(four).ok());
            points
                .map(|four| char::from_u32(u32::from_be_bytes(four)))
                .collect()
        }
        _ => None,
    }
}

/// Appends a value that is text as it is compared; nothing, and false, where it is not text or holds
/// a prohibited character and so counts as octets.
pub(super) fn append(value: &Element<'_>, form: &mut Vec<u8>) -> bool {
    let one_octet =
        matches!(value.tag, 0x12 | 0x13 | 0x14 | 0x16 | 0x1a) && value.content.is_ascii();
    if one_octet || value.tag == 0x0c {
        let letters = std::str::from_utf8(value.content);
        if letters.is_ok_and(|letters| append_letters(letters, form)) {
            return true;
        }
    }
    match text(value).and_then(|text| prepared(&text)) {
        Some(text) => {
            form.extend_from_slice(text.as_bytes());
            true
        }
        None => false,
    }
}

/// The whole preparation of text each of whose letters is prepared alone, as in nearly every name;
/// nothing, and false, for other text.
fn append_letters(text: &str, form: &mut Vec<u8>) -> bool {
    let start = form.len();
    let mut gap = false;
    for c in text.chars() {
        let c = match letter(c) {
            Letter::Form(c) => c,
            Letter::Nothing => continue,
            Letter::Space => {
                gap = form.len() > start;
                continue;
            }
            Letter::NotAlone => {
                form.truncate(start);
                return false;
            }
        };
        if std::mem::take(&mut gap) {
            form.push(b' ');
        }
        form.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    true
}

/// What a character is prepared to.
#[derive(Clone, Copy)]
enum Letter {
    Form(char),
    Nothing,
    Space,
    /// That hangs on what stands beside it.
    NotAlone,
}

fn letter(c: char) -> Letter {
    /// Latin with all Vietnamese letters, Greek and Cyrillic lie below.
    const LOOKED_UP: u32 = 0x1f00;
    static LETTERS: LazyLock<Vec<Letter>> = LazyLock::new(|| {
        let below = (0..LOOKED_UP).filter_map(char::from_u32);
        below.map(prepared_alone).collect()
    });
    let at = usize::try_from(u32::from(c)).ok();
    let found = at.and_then(|at| LETTERS.get(at));
    found.copied().unwrap_or(Letter::NotAlone)
}

/// A letter is prepared alone if it folds to one that stays as it is: normalisation neither changes
/// it nor joins nor moves it (UAX #15 §9: quick check, combining class 0).
fn prepared_alone(c: char) -> Letter {
    match mapped(c) {
        None => return Letter::Nothing,
        Some(' ') => return Letter::Space,
        Some(_) => {}
    }
    let folded = |c: char| {
        let mut folded = c.to_uppercase().flat_map(char::to_lowercase);
        folded.next().filter(|_| folded.next().is_none())
    };
    let stays = |c: char| {
        folded(c) == Some(c)
            && canonical_combining_class(c) == 0
            && is_nfkc_quick(std::iter::once(c)) == IsNormalized::Yes
    };
    match folded(c) {
        Some(form) if stays(form) => Letter::Form(form),
        Some(_) | None => Letter::NotAlone,
    }
}

/// Mapped, normalised and without insignificant spaces; `None` for text that holds a prohibited
/// character.
fn prepared(text: &str) -> Option<String> {
    // Normalisation may bring back what folding removed (RFC 3454 appendix B.2).
    let folded = normalised(folded(&normalised(folded(text))));
    let prohibited = |c: char| c == '\u{fffd}' || is_private(c);
    (!folded.contains(prohibited)).then(|| squeezed(folded.chars()))
}

/// Mapped, with full case folding by way of the capital, which also folds ß and final sigma.
fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter_map(mapped) {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else {
            out.extend(c.to_uppercase().flat_map(char::to_lowercase));
        }
    }
    out
}

/// In form KC. Names are nearly always written so; to see it costs a fraction of doing it.
fn normalised(text: String) -> String {
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => text,
        IsNormalized::No | IsNormalized::Maybe => text.nfkc().collect(),
    }
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}')
}

/// RFC 4518 §2.2: to nothing, to a space, or itself.
fn mapped(c: char) -> Option<char> {
    match c {
        '\t'..='\r'
        | '\u{85}'
        | '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => Some(' '),
        '\0'..='\u{8}'
        | '\u{e}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{1806}'
        | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2063}'
        | '\u{206a}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffc}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}' => None,
        other => Some(other),
    }
}

/// RFC 4518 §2.6.1, as far as equality goes: no space at either end, one for any run inside.
fn squeezed(text: impl Iterator<Item = char>) -> String {
    let mut out = String::with_capacity(text.size_hint().0);
    let mut gap = false;
    for c in text {
        if c == ' ' {
            gap = !out.is_empty();
        } else {
            if std::mem::take(&mut gap) {
                out.push(' ');
            }
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::asn1::read::Reader;
    use crate::format::asn1::write::element;

    /// RFC 4518 §2 step by step, each time the whole of it.
    fn by_the_letter(text: &str) -> String {
        let pass = |text: &str| -> String {
            let mapped = text.chars().filter_map(mapped);
            let folded = mapped.flat_map(|c| c.to_uppercase().flat_map(char::to_lowercase));
            folded.nfkc().collect()
        };
        squeezed(pass(&pass(text)).chars())
    }

    /// As it is appended to a form that has begun, in a string type.
    fn appended(tag: u8, text: &str) -> Option<String> {
        let der = element(tag, text.as_bytes());
        let value = Reader::new(&der).any().expect("element");
        let mut form = vec![b' '];
        let is_text = append(&value, &mut form);
        let appended = String::from_utf8(form.split_off(1)).expect("UTF-8");
        assert!(is_text || appended.is_empty());
        is_text.then_some(appended)
    }

    #[test]
    fn one_octet_a_letter_is_no_exception() {
        for c in '\0'..='\u{7f}' {
            for text in [format!("  A{c} B  "), format!("{c}{c}a{c}"), format!("{c}")] {
                let whole = Some(by_the_letter(&text));
                assert_eq!(appended(0x13, &text), whole, "{text:?}");
                assert_eq!(prepared(&text), whole, "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_already_normal_is_no_exception() {
        let prohibited = |c: char| c == '\u{fffd}' || is_private(c);
        // Behind a letter that many marks join, before one, and alone.
        for c in (0..0x3_0000).filter_map(char::from_u32) {
            for text in [format!("Ả {c}"), format!("A{c}\u{323}"), format!("{c} Đ")] {
                let whole = (!prohibited(c)).then(|| by_the_letter(&text));
                assert_eq!(prepared(&text), whole, "{text:?}");
                assert_eq!(appended(0x0c, &text), whole, "{text:?}");
            }
        }
    }

    #[test]
    fn nearly_every_vietnamese_name_is_prepared_letter_by_letter() {
        let text = "  Ủy ban nhân dân HUYỆN Cần Đước, ông Nguyễn Đắc Thắng ";
        let mut form = Vec::new();
        assert!(append_letters(text, &mut form));
        assert_eq!(form, by_the_letter(text).as_bytes());
        // Two letters that are one when they are joined are not.
        assert!(!append_letters("Ca\u{302}n", &mut form));
    }
}
