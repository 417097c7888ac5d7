//! Octets to text (XML 1.0 §4.3.3 and appendix F): UTF-8, UTF-16 and ISO-8859-1.

use super::XmlError;
use super::scan::is_space;
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
        (Some((Some(Encoding::Latin1), _)), None) => latin1(body).map(Cow::Owned),
        (Some((Some(Encoding::Ascii), _)), _) if !body.is_ascii() => {
            Err(XmlError::Encoding("not ASCII, as it says".into()))
        }
        (Some((Some(Encoding::Utf8 | Encoding::Ascii), _)) | None, _) => {
            match simdutf8::basic::from_utf8(body) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(_) => Err(not_utf8(body)),
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

/// The encoding that the declaration names; whether the declaration is right is seen later. However long it
/// is: others read it to its end, and the text would be another for them. An instruction whose name only
/// begins so declares nothing.
fn declared(bytes: &[u8]) -> Option<&str> {
    let declaration = bytes.strip_prefix(b"<?xml")?;
    declaration.first().filter(|b| is_space(**b))?;
    let end = memchr::memmem::find(declaration, b"?>")?;
    let declaration = std::str::from_utf8(declaration.get(..end)?).ok()?;
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest.get(1..)?.split_once(quote).map(|(name, _)| name)
}

/// Where it is not; asked only when it is not.
fn not_utf8(bytes: &[u8]) -> XmlError {
    let at = std::str::from_utf8(bytes).map_or_else(|e| e.valid_up_to(), str::len);
    XmlError::Encoding(format!("not UTF-8 at {at}"))
}

/// Octets or units that are looked at together; text is mostly of ASCII, where they are copied.
const TOGETHER: usize = 16;

/// In exactly the room that it needs, as the next.
fn latin1(bytes: &[u8]) -> Result<String, XmlError> {
    let high = bytes.iter().filter(|octet| !octet.is_ascii()).count();
    let mut text = Vec::with_capacity(bytes.len().saturating_add(high));
    for some in bytes.chunks(TOGETHER) {
        match some.is_ascii() {
            true => text.extend_from_slice(some),
            false => some.iter().for_each(|b| push(&mut text, char::from(*b))),
        }
    }
    whole(text)
}

fn utf16(bytes: &[u8], big: bool) -> Result<String, XmlError> {
    let (units, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(not_utf16());
    }
    match big {
        true => of_units(units, u16::from_be_bytes),
        false => of_units(units, u16::from_le_bytes),
    }
}

/// `unit` is handed in so that the order of its octets is asked for once and not for each.
fn of_units(units: &[[u8; 2]], unit: impl Fn([u8; 2]) -> u16 + Copy) -> Result<String, XmlError> {
    let mut text = Vec::with_capacity(octets(units, unit));
    let mut rest = units;
    while !rest.is_empty() {
        let (blocks, _) = rest.as_chunks::<TOGETHER>();
        let mut copied = 0usize;
        for block in blocks {
            let wide = block.map(unit);
            if wide.iter().fold(0, |all, unit| all | unit) >= 0x80 {
                break;
            }
            text.extend_from_slice(&wide.map(|unit| unit.to_le_bytes()[0]));
            copied = copied.saturating_add(TOGETHER);
        }
        rest = rest.get(copied..).unwrap_or_default();
        rest = some(rest, unit, &mut text)?;
    }
    whole(text)
}

/// A few characters one by one; the units behind them.
fn some<'u>(
    units: &'u [[u8; 2]],
    unit: impl Fn([u8; 2]) -> u16,
    text: &mut Vec<u8>,
) -> Result<&'u [[u8; 2]], XmlError> {
    let mut read = 0usize;
    for c in char::decode_utf16(units.iter().copied().map(unit)) {
        let c = c.map_err(|_| not_utf16())?;
        push(text, c);
        read = read.saturating_add(c.len_utf16());
        if read >= TOGETHER {
            break;
        }
    }
    Ok(units.get(read..).unwrap_or_default())
}

/// How long the text is. Half of a character beyond the first plane has two of four octets.
fn octets(units: &[[u8; 2]], unit: impl Fn([u8; 2]) -> u16) -> usize {
    // What is above one octet is counted in units of 16 bits, many together: the sum of so few fits.
    let more = |two: &[u8; 2]| {
        let unit = unit(*two);
        let three = unit >= 0x800 && !(0xd800..0xe000).contains(&unit);
        u16::from(unit >= 0x80).wrapping_add(u16::from(three))
    };
    let blocks = units.chunks(1 << 10);
    let sums = blocks.map(|block| block.iter().map(more).fold(0, u16::wrapping_add));
    sums.map(usize::from)
        .fold(units.len(), usize::saturating_add)
}

fn push(text: &mut Vec<u8>, c: char) {
    text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn whole(text: Vec<u8>) -> Result<String, XmlError> {
    String::from_utf8(text).map_err(|e| not_utf8(e.as_bytes()))
}

fn not_utf16() -> XmlError {
    XmlError::Encoding("not UTF-16".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, big: bool) -> Vec<u8> {
        let octets = |unit: u16| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        };
        text.encode_utf16().flat_map(octets).collect()
    }

    #[test]
    fn many_units_together_say_what_each_says() {
        for c in ["x", "\u{80}", "\u{7ff}", "ế", "\u{ffff}", "😀", "é😀"] {
            for (before, behind) in (0..70).map(|at| (at, 70 - at)) {
                let text = format!("{}{c}{}", "a".repeat(before), "b".repeat(behind));
                for big in [false, true] {
                    let read = utf16(&of(&text, big), big).unwrap();
                    assert_eq!(read, text);
                    assert_eq!(read.capacity(), text.len());
                }
            }
        }
    }

    #[test]
    fn half_a_character_is_none_wherever_it_is() {
        for (before, behind) in (0..40).flat_map(|at| [(at, 0), (at, 1), (at, 40)]) {
            for half in [0xd800u16, 0xdbff, 0xdc00, 0xdfff] {
                let [a, b] = half.to_le_bytes();
                let mut bytes = of(&"a".repeat(before), false);
                bytes.extend([a, b]);
                bytes.extend(of(&"b".repeat(behind), false));
                assert!(utf16(&bytes, false).is_err(), "{before} {half:x} {behind}");
            }
        }
    }

    #[test]
    fn every_octet_is_a_character_of_latin1() {
        for (octet, before) in (0..=u8::MAX).flat_map(|octet| (0..34).map(move |at| (octet, at))) {
            let mut bytes = vec![b'a'; before];
            bytes.extend([octet; 3]);
            bytes.extend([b'b'; 17]);
            let each: String = bytes.iter().copied().map(char::from).collect();
            assert_eq!(latin1(&bytes).unwrap(), each);
        }
    }

    #[test]
    fn only_a_declaration_declares_and_however_long_it_is() {
        // Two octets that are one character in UTF-8 and two in Latin-1.
        let text = |head: &str| [head.as_bytes(), b"<a>\xc3\xa9</a>"].concat();
        let blank = " ".repeat(1_000);
        for (head, said) in [
            ("<?xml-stylesheet encoding='ISO-8859-1'?>", "é"),
            ("<?xmlx version='1.0' encoding='ISO-8859-1'?>", "é"),
            ("<?xml version='1.0' encoding='ISO-8859-1'?>", "Ã©"),
            ("<?xml\nversion='1.0'\tencoding='ISO-8859-1'?>", "Ã©"),
            (
                &format!("<?xml version='1.0'{blank}encoding='ISO-8859-1'?>"),
                "Ã©",
            ),
        ] {
            let read = decode(&text(head)).unwrap().into_owned();
            assert!(read.contains(said), "{head}: {read}");
        }
    }

    #[test]
    fn the_place_at_which_it_is_not_utf8_is_told() {
        for before in 0..200 {
            let mut bytes = vec![b'a'; before];
            bytes.extend([0xc3, 0xa9, 0xe1, 0xba]);
            bytes.extend([b'b'; 70]);
            let told = format!("not UTF-8 at {}", before + 2);
            assert_eq!(decode(&bytes), Err(XmlError::Encoding(told)));
        }
    }
}
