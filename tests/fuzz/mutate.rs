//! Changes of an input: of its structure where it has one, and of its bytes.

use super::rng::Rng;
use super::tree::{self, Body, Length, Node};

/// Larger inputs say nothing that smaller ones do not; the hostile sizes have tests of their own.
const MAX_BYTES: usize = 256 * 1024;

/// What kind of file an input is, which decides how it is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Der,
    Pdf,
    Xml,
}

/// One to four changes of `input`; what is spliced in comes from `donor`.
pub(crate) fn mutate(form: Form, input: &[u8], donor: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=rng.below(4) {
        let changed = match form {
            Form::Der if !rng.one_in(4) => structure(&bytes, donor, rng),
            Form::Pdf if rng.one_in(3) => contents(&bytes, donor, rng),
            Form::Pdf if rng.one_in(2) => number(&bytes, rng),
            Form::Xml if !rng.one_in(3) => markup(&bytes, donor, rng),
            Form::Der | Form::Pdf | Form::Xml => None,
        };
        bytes = changed.unwrap_or_else(|| octets(bytes, donor, rng));
        bytes.truncate(MAX_BYTES);
    }
    bytes
}

/// A piece of markup put elsewhere, taken from the donor, or left out.
fn markup(bytes: &[u8], donor: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let piece = |of: &[u8], rng: &mut Rng| {
        let starts: Vec<usize> = memchr::memchr_iter(b'<', of).collect();
        let start = *starts.get(rng.below(starts.len().max(1)))?;
        let length = memchr::memchr(b'>', of.get(start..)?)?;
        Some(start..start + length + 1)
    };
    let place = piece(bytes, rng)?;
    let from = if rng.one_in(3) { donor } else { bytes };
    let taken = piece(from, rng).and_then(|range| from.get(range));
    let (before, behind) = match rng.below(3) {
        0 => (bytes.get(..place.start)?, bytes.get(place.end..)?),
        1 => (bytes.get(..place.start)?, bytes.get(place.start..)?),
        _ => return Some([bytes.get(..place.start)?, bytes.get(place.end..)?].concat()),
    };
    Some([before, taken?, behind].concat())
}

/// A change of the elements of BER.
fn structure(bytes: &[u8], donor: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let mut nodes = tree::read(bytes)?;
    let mut number = rng.below(tree::count(&nodes));
    tree::at(&mut nodes, &mut number, &mut |siblings, place| {
        change(siblings, place, donor, rng);
    });
    Some(tree::write(&nodes))
}

fn change(siblings: &mut Vec<Node>, place: usize, donor: &[u8], rng: &mut Rng) {
    match rng.below(12) {
        0 => drop(siblings.remove(place)),
        1 => siblings.insert(place, siblings[place].clone()),
        2 => {
            let copies = 2 + rng.below(40);
            let copy = siblings[place].clone();
            siblings.splice(place..place, std::iter::repeat_n(copy, copies));
        }
        3 => {
            let other = rng.below(siblings.len());
            siblings.swap(place, other);
        }
        4 | 5 => {
            if let Some(found) = spliced(&siblings[place], donor, rng) {
                siblings[place] = found;
            }
        }
        6 => {
            if let Some(found) = spliced(&siblings[place], donor, rng) {
                siblings.insert(place, found);
            }
        }
        7 => {
            let tag = &mut siblings[place].tag;
            tag[0] = *rng.pick(&[tag[0] ^ 0x20, tag[0] ^ 0x80, tag[0] ^ 1, 0x30, 0x05, 0x1f]);
        }
        8 => {
            siblings[place].length = match rng.below(4) {
                0 => Length::Padded(1 + rng.byte() % 3),
                1 => Length::Indefinite,
                2 => Length::Wrong(rng.below(7) as i32 - 3),
                _ => Length::Wrong(1 << rng.below(30)),
            };
        }
        9 => {
            let depth = if rng.one_in(8) { 400 } else { 1 + rng.below(3) };
            for _ in 0..depth {
                let inside = siblings[place].clone();
                siblings[place] = Node::wrapped(*rng.pick(&[0x30, 0x31, 0xa0, 0x24]), vec![inside]);
            }
        }
        _ => value(&mut siblings[place].body, rng),
    }
}

/// An element of another input, of the same kind if there is one.
fn spliced(like: &Node, donor: &[u8], rng: &mut Rng) -> Option<Node> {
    let mut nodes = tree::read(donor)?;
    let all = tree::count(&nodes);
    let mut found = None;
    for _ in 0..8 {
        let mut number = rng.below(all);
        tree::at(&mut nodes, &mut number, &mut |siblings, place| {
            found = Some(siblings[place].clone());
        });
        if found.as_ref().is_some_and(|node| node.tag == like.tag) {
            break;
        }
    }
    found
}

/// A value at a border, or a changed one.
fn value(body: &mut Body, rng: &mut Rng) {
    let Body::Octets(octets) = body else {
        *body = Body::Octets(Vec::new());
        return;
    };
    match rng.below(8) {
        0 => octets.clear(),
        1 => *octets = vec![*rng.pick(&[0, 1, 0x7f, 0x80, 0xff])],
        2 => octets.insert(0, *rng.pick(&[0, 0x80, 0xff])),
        3 => octets.extend(std::iter::repeat_n(rng.byte(), 1 + rng.below(300))),
        4 => {
            let at = rng.below(octets.len() + 1);
            octets.truncate(at);
        }
        // Times at the borders of their types.
        5 if octets.ends_with(b"Z") => {
            let times: [&[u8]; 5] = [
                b"000101000000Z",
                b"491231235959Z",
                b"500101000000Z",
                b"99991231235959Z",
                b"00000000000000Z",
            ];
            *octets = rng.pick(&times).to_vec();
        }
        _ if octets.is_empty() => octets.push(rng.byte()),
        _ => {
            let at = rng.below(octets.len());
            octets[at] ^= 1 << rng.below(8);
        }
    }
}

/// A change of the bytes, whatever they are.
fn octets(mut bytes: Vec<u8>, donor: &[u8], rng: &mut Rng) -> Vec<u8> {
    if bytes.is_empty() {
        return donor.to_vec();
    }
    let at = rng.below(bytes.len());
    let end = (at + 1 + rng.below(64)).min(bytes.len());
    match rng.below(8) {
        0 | 1 => bytes[at] ^= 1 << rng.below(8),
        2 => bytes[at] = rng.byte(),
        3 => drop(bytes.drain(at..end)),
        4 => bytes.truncate(at),
        5 => {
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        6 if !donor.is_empty() => {
            let from = rng.below(donor.len());
            let until = (from + 1 + rng.below(256)).min(donor.len());
            bytes.splice(at..end, donor[from..until].iter().copied());
        }
        _ => bytes.insert(at, rng.byte()),
    }
    bytes
}

/// Another number in the text of a PDF: an offset, a length, an object's number.
fn number(bytes: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let from = rng.below(bytes.len().max(1));
    let start = from + bytes.get(from..)?.iter().position(u8::is_ascii_digit)?;
    let digits = bytes[start..]
        .iter()
        .take(12)
        .take_while(|b| b.is_ascii_digit());
    let end = start + digits.count();
    let old: i64 = std::str::from_utf8(&bytes[start..end]).ok()?.parse().ok()?;
    let new = match rng.below(6) {
        0 => old + 1,
        1 => old - 1,
        2 => 0,
        3 => -1,
        4 => i64::from(u32::MAX),
        _ => old ^ (1 << rng.below(20)),
    };
    let mut changed = bytes[..start].to_vec();
    changed.extend_from_slice(new.to_string().as_bytes());
    changed.extend_from_slice(&bytes[end..]);
    Some(changed)
}

/// A change inside the signature value of a PDF, which keeps its length: the offsets of the file
/// stay right.
fn contents(bytes: &[u8], donor: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let gap = gap(bytes)?;
    let hex = &bytes[gap.start..gap.end];
    let digit = |b: &u8| char::from(*b).to_digit(16).map(|d| d as u8);
    let digits: Vec<u8> = hex.iter().map(digit).collect::<Option<_>>()?;
    let value: Vec<u8> = digits.chunks_exact(2).map(|d| d[0] << 4 | d[1]).collect();
    // The padding is no element.
    let used = value.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
    let mut value = structure(&value[..used], donor, rng)?;
    value.resize(hex.len() / 2, 0);
    let mut changed = bytes.to_vec();
    for (place, octet) in value.iter().enumerate() {
        let text = format!("{octet:02x}");
        changed[gap.start + 2 * place..][..2].copy_from_slice(text.as_bytes());
    }
    Some(changed)
}

/// Where the digits of the last signature value of a PDF lie.
pub(crate) fn gap(bytes: &[u8]) -> Option<std::ops::Range<usize>> {
    let key = b"/Contents <";
    let found = bytes.windows(key.len()).rposition(|w| w == key)?;
    let start = found + key.len();
    let length = bytes[start..].iter().position(|b| *b == b'>')?;
    Some(start..start + length)
}
