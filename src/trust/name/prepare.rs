//! The string preparation of RFC 4518 §2, as RFC 5280 §7.1 applies it to attribute values.

use crate::format::asn1::read::Element;
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
    // One octet a letter and nothing to normalise: nearly every name.
    let ascii = matches!(value.tag, 0x0c | 0x12 | 0x13 | 0x14 | 0x16 | 0x1a);
    if ascii && value.content.is_ascii() {
        let letters = value.content.iter().copied().map(char::from);
        append_ascii(letters, form);
        return true;
    }
    match text(value).and_then(|text| prepared(&text)) {
        Some(text) => {
            form.extend_from_slice(text.as_bytes());
            true
        }
        None => false,
    }
}

/// Of ASCII only a control character maps to anything else, and only capitals fold.
fn append_ascii(text: impl Iterator<Item = char>, form: &mut Vec<u8>) {
    let start = form.len();
    let mut gap = false;
    for c in text.filter_map(mapped) {
        if c == ' ' {
            gap = form.len() > start;
            continue;
        }
        if std::mem::take(&mut gap) {
            form.push(b' ');
        }
        form.extend(u8::try_from(c.to_ascii_lowercase()));
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

    #[test]
    fn one_octet_a_letter_is_no_exception() {
        for c in '\0'..='\u{7f}' {
            for text in [format!("  A{c} B  "), format!("{c}{c}a{c}"), format!("{c}")] {
                let der = element(0x13, text.as_bytes());
                let value = Reader::new(&der).any().expect("element");
                let mut form = vec![b' '];
                assert!(append(&value, &mut form));
                assert_eq!(
                    form.split_off(1),
                    by_the_letter(&text).as_bytes(),
                    "{text:?}"
                );
                assert_eq!(prepared(&text), Some(by_the_letter(&text)), "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_already_normal_is_no_exception() {
        let prohibited = |c: char| c == '\u{fffd}' || is_private(c);
        // Behind a letter that many marks join, and alone.
        for c in (0..0x3_0000)
            .filter_map(char::from_u32)
            .filter(|c| !prohibited(*c))
        {
            for text in [format!("Ả {c}"), format!("A{c}\u{323}"), format!("{c}")] {
                assert_eq!(prepared(&text), Some(by_the_letter(&text)), "{text:?}");
            }
        }
    }
}
