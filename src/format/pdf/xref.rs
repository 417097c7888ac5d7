//! Cross-reference tables and streams, chained by `/Prev` (ISO 32000-2 §7.5.4, §7.5.8), and with
//! them the revisions of a file.

use super::flate;
use super::lexer::{Lexer, is_space};
use super::value::{Dictionary, Value};
use super::{Irregularity, PdfError};
use crate::format::limits::{MAX_PDF_OBJECTS, MAX_PDF_REVISIONS};
use std::collections::BTreeSet;

/// Where an object is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Place {
    /// Nowhere.
    Free,
    /// At an offset in the file.
    At(usize),
    /// In an object stream, by its number and the place inside.
    In(u32, u32),
}

/// What a section says about one object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Listed {
    pub(super) number: u32,
    pub(super) place: Place,
    /// By which references find it; 0 where it is free or in an object stream.
    pub(super) generation: u32,
}

/// One cross-reference section.
#[derive(Debug)]
pub(super) struct Section<'a> {
    /// Where it starts.
    pub(super) at: usize,
    /// Where it begins, or its hidden stream does, if that is earlier.
    pub(super) from: usize,
    /// Where it ends, trailer included, or its hidden stream does, if that is later.
    pub(super) until: usize,
    /// The number of the object that it is, if it is a stream.
    pub(super) stream: Option<u32>,
    /// The number of the stream that only newer readers see (§7.5.8.4), if there is one.
    pub(super) hidden: Option<u32>,
    /// Objects in the order of the file.
    pub(super) entries: Vec<Listed>,
    pub(super) trailer: Dictionary<'a>,
    /// Where `%%EOF` after it ends, if what follows it is `startxref`, an offset and `%%EOF`.
    pub(super) end: Option<(usize, usize)>,
}

/// How far from where it is said to be a table is looked for: some writers count the end of a line too
/// much or too little.
const MAX_OFF: usize = 16;

/// All sections, the newest first.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    pub(super) sections: Vec<Section<'a>>,
    /// The first thing that is not as it must be and was read all the same.
    pub(super) irregularity: Option<Irregularity>,
    /// Whether a section has a second one for other readers (hybrid-reference file, §7.5.8.4).
    pub(super) hybrid: bool,
}

/// The offset that the last `startxref` names.
pub(super) fn start(bytes: &[u8]) -> Result<usize, PdfError> {
    let end = memchr::memmem::rfind(bytes, b"%%EOF").ok_or(PdfError::End)?;
    let after = bytes.get(end.saturating_add(5)..).unwrap_or_default();
    if !after
        .iter()
        .all(|b| matches!(b, b'\r' | b'\n' | b' ' | b'\t' | 0))
    {
        return Err(PdfError::Tail);
    }
    let before = bytes.get(..end).unwrap_or_default();
    // The keyword stands on the line before the offset: nothing else fits between.
    let window = before
        .get(before.len().saturating_sub(64)..)
        .unwrap_or_default();
    let at = memchr::memmem::rfind(window, b"startxref").ok_or(PdfError::End)?;
    let at = before.len().saturating_sub(window.len()).saturating_add(at);
    let mut lexer = Lexer::new(before, at.saturating_add(9));
    let offset = lexer.unsigned().map_err(|_| PdfError::End)?;
    lexer.skip_blank();
    if lexer.pos != end {
        return Err(PdfError::End);
    }
    usize::try_from(offset).map_err(|_| PdfError::End)
}

/// Reads the chain from `start`.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    start: usize,
    left: &mut usize,
) -> Result<Chain<'a>, PdfError> {
    let mut sections: Vec<Section<'a>> = Vec::new();
    let mut seen = BTreeSet::new();
    let (mut hybrid, mut irregularity) = (false, None);
    let mut next = Some(start);
    let mut total = 0usize;
    while let Some(named) = next {
        let at = located(bytes, named);
        if at != named {
            irregularity.get_or_insert(Irregularity::Offset);
        }
        if !seen.insert(at) {
            return Err(PdfError::CrossReference(at));
        }
        if sections.len() >= MAX_PDF_REVISIONS {
            return Err(PdfError::TooMany {
                what: "revisions",
                limit: MAX_PDF_REVISIONS,
            });
        }
        let mut section = section(bytes, at, left, &mut total)?;
        if begins_at_one(bytes, &mut section) {
            irregularity.get_or_insert(Irregularity::FirstNumber);
        }
        if let Some(other) = section.trailer.get(b"XRefStm") {
            hybrid = true;
            let other = offset(other).ok_or(PdfError::CrossReference(at))?;
            let stream = self::section(bytes, other, left, &mut total)?;
            section.from = section.from.min(stream.from);
            section.until = section.until.max(stream.until);
            section.hidden = Some(stream.stream.ok_or(PdfError::CrossReference(other))?);
            hide(&mut section.entries, stream.entries);
        }
        next = match section.trailer.get(b"Prev") {
            None => None,
            // Nothing but the header is there.
            Some(_) if !continues(&section.trailer) => {
                irregularity.get_or_insert(Irregularity::PreviousZero);
                None
            }
            Some(previous) => Some(offset(previous).ok_or(PdfError::CrossReference(at))?),
        };
        sections.push(section);
    }
    Ok(Chain {
        sections,
        hybrid,
        irregularity,
    })
}

/// Where the section begins that is said to begin at `named`: there, unless a table stands around it and
/// nothing that could be a section does.
fn located(bytes: &[u8], named: usize) -> usize {
    let mut lexer = Lexer::new(bytes, named);
    if lexer.keyword(b"xref") || Lexer::new(bytes, named).object_header().is_ok() {
        return named;
    }
    let from = named.saturating_sub(MAX_OFF);
    let until = named.saturating_add(MAX_OFF).min(bytes.len());
    let around = bytes.get(from..until).unwrap_or_default();
    let starts = memchr::memmem::find_iter(around, b"xref").map(|at| from.saturating_add(at));
    // Not the end of `startxref`.
    let alone = |at: &usize| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        before.is_some_and(|byte| is_space(*byte))
    };
    let mut starts = starts.filter(alone);
    match (starts.next(), starts.next()) {
        (Some(one), None) => one,
        _ => named,
    }
}

/// Whether the first table of a file counts from 1, as some writers do, where object 0 heads the list of
/// free objects (§7.5.4): one part, and the objects stand where those with a number less should. Its numbers
/// are counted down then.
fn begins_at_one(bytes: &[u8], section: &mut Section<'_>) -> bool {
    let entries = &mut section.entries;
    let only = section.stream.is_none() && !continues(&section.trailer);
    let last = u32::try_from(entries.len()).unwrap_or(0);
    let one_part = entries.iter().map(|entry| entry.number).eq(1..=last);
    let headed = entries
        .first()
        .is_some_and(|entry| entry.place == Place::Free);
    let mut placed = entries.iter().filter_map(|entry| match entry.place {
        Place::At(at) => Some((entry.number.saturating_sub(1), at)),
        Place::In(..) | Place::Free => None,
    });
    let stands = |(number, at): (u32, usize)| {
        let header = Lexer::new(bytes, at).object_header();
        header.is_ok_and(|(found, _)| found == number)
    };
    let counted = only && one_part && headed && placed.next().is_some_and(stands);
    if counted {
        for entry in entries {
            entry.number = entry.number.saturating_sub(1);
        }
    }
    counted
}

/// Whether an older section is named.
fn continues(trailer: &Dictionary<'_>) -> bool {
    let previous = trailer.get(b"Prev");
    previous.is_some_and(|previous| !matches!(previous, Value::Integer(0)))
}

/// §7.5.8.4: what the table says is free may be in the stream; anything else in the table counts.
fn hide(table: &mut Vec<Listed>, stream: Vec<Listed>) {
    let hidden: BTreeSet<u32> = stream.iter().map(|entry| entry.number).collect();
    table.retain(|entry| entry.place != Place::Free || !hidden.contains(&entry.number));
    table.extend(stream);
}

fn offset(value: &Value<'_>) -> Option<usize> {
    value.integer().and_then(|v| usize::try_from(v).ok())
}

fn section<'a>(
    bytes: &'a [u8],
    at: usize,
    left: &mut usize,
    total: &mut usize,
) -> Result<Section<'a>, PdfError> {
    let malformed = |_| PdfError::CrossReference(at);
    let mut lexer = Lexer::new(bytes, at);
    let (entries, trailer, number) = if lexer.keyword(b"xref") {
        let entries = table(&mut lexer, total)?;
        let trailer = lexer.value().map_err(malformed)?;
        let Value::Dictionary(trailer) = trailer else {
            return Err(PdfError::CrossReference(at));
        };
        (entries, trailer, None)
    } else {
        let (number, _) = lexer.object_header().map_err(malformed)?;
        let Value::Dictionary(trailer) = lexer.value().map_err(malformed)? else {
            return Err(PdfError::CrossReference(at));
        };
        let data = stream_data(bytes, &trailer, None)?;
        lexer.pos = data.end;
        if !lexer.keyword(b"endstream")
            || trailer.get(b"Type").and_then(Value::name) != Some(b"XRef")
        {
            return Err(PdfError::CrossReference(at));
        }
        lexer.keyword(b"endobj");
        let data = bytes.get(data).unwrap_or_default();
        let data = flate::decode(&trailer, data, at, left)?;
        let entries = stream(&trailer, &data, at, total)?;
        (entries, trailer, Some(number))
    };
    // Trailers may lie inside each other.
    flate::spend(left, trailer.range.len())?;
    Ok(Section {
        at,
        from: at,
        until: lexer.pos,
        stream: number,
        hidden: None,
        entries,
        trailer,
        end: end_after(bytes, lexer),
    })
}

/// The bytes of the stream whose dictionary was read; `length` overrides an indirect `/Length`.
pub(super) fn stream_data(
    bytes: &[u8],
    dictionary: &Dictionary<'_>,
    length: Option<usize>,
) -> Result<std::ops::Range<usize>, PdfError> {
    let at = dictionary.range.end;
    let malformed = || PdfError::Stream(at);
    let mut lexer = Lexer::new(bytes, at);
    if !lexer.keyword(b"stream") {
        return Err(malformed());
    }
    // §7.3.8.1: the keyword ends with CR LF or LF, never with CR alone.
    lexer.literal(b"\r");
    if !lexer.literal(b"\n") {
        return Err(malformed());
    }
    let length = match length {
        Some(length) => length,
        None => dictionary
            .get(b"Length")
            .and_then(offset)
            .ok_or_else(malformed)?,
    };
    let end = lexer.pos.checked_add(length).ok_or_else(malformed)?;
    if end > bytes.len() {
        return Err(malformed());
    }
    Ok(lexer.pos..end)
}

/// `startxref`, an offset and `%%EOF`: where it ends, and which section it names.
fn end_after(bytes: &[u8], mut lexer: Lexer<'_>) -> Option<(usize, usize)> {
    if !lexer.keyword(b"startxref") {
        return None;
    }
    let named = usize::try_from(lexer.unsigned().ok()?).ok()?;
    lexer.skip_blank();
    let ends = lexer.literal(b"%%EOF");
    ends.then(|| (lexer.pos, located(bytes, named)))
}

fn count_entry(total: &mut usize) -> Result<(), PdfError> {
    *total = total.saturating_add(1);
    let limit = usize::try_from(MAX_PDF_OBJECTS).unwrap_or(usize::MAX);
    if *total > limit {
        return Err(PdfError::TooMany {
            what: "objects",
            limit,
        });
    }
    Ok(())
}

fn table(lexer: &mut Lexer<'_>, total: &mut usize) -> Result<Vec<Listed>, PdfError> {
    let mut entries = Vec::new();
    while !lexer.keyword(b"trailer") {
        let at = lexer.pos;
        let first = u32::try_from(lexer.unsigned()?).map_err(|_| PdfError::CrossReference(at))?;
        let count = lexer.unsigned()?;
        for index in 0..count {
            count_entry(total)?;
            let place = lexer.unsigned()?;
            let generation = u32::try_from(lexer.unsigned()?);
            let generation = generation.map_err(|_| PdfError::CrossReference(at))?;
            let place = if lexer.keyword(b"n") {
                let place = usize::try_from(place).map_err(|_| PdfError::CrossReference(at))?;
                Place::At(place)
            } else if lexer.keyword(b"f") {
                Place::Free
            } else {
                return Err(PdfError::CrossReference(lexer.pos));
            };
            let number = u32::try_from(index).ok().and_then(|i| first.checked_add(i));
            entries.push(Listed {
                number: number.ok_or(PdfError::CrossReference(at))?,
                place,
                generation: if place == Place::Free { 0 } else { generation },
            });
        }
    }
    Ok(entries)
}

fn stream(
    dictionary: &Dictionary<'_>,
    data: &[u8],
    at: usize,
    total: &mut usize,
) -> Result<Vec<Listed>, PdfError> {
    let malformed = || PdfError::CrossReference(at);
    let numbers = |key: &[u8]| -> Option<Vec<usize>> {
        let items = dictionary.get(key)?.array()?;
        items.iter().map(offset).collect()
    };
    let widths = numbers(b"W").ok_or_else(malformed)?;
    let [kind, second, third] = widths.as_slice() else {
        return Err(malformed());
    };
    if widths.iter().any(|w| *w > 8) {
        return Err(malformed());
    }
    let row = widths.iter().fold(0usize, |sum, w| sum.saturating_add(*w));
    let index = match dictionary.get(b"Index") {
        Some(_) => numbers(b"Index").ok_or_else(malformed)?,
        None => {
            let size = dictionary.get(b"Size").and_then(offset);
            vec![0, size.ok_or_else(malformed)?]
        }
    };
    let mut rows = data.chunks_exact(row.max(1));
    let mut entries = Vec::new();
    for pair in index.chunks(2) {
        let [first, count] = pair else {
            return Err(malformed());
        };
        for number in (*first..).take(*count) {
            count_entry(total)?;
            let fields = rows.next().ok_or_else(malformed)?;
            let (a, rest) = fields.split_at_checked(*kind).ok_or_else(malformed)?;
            let (b, c) = rest.split_at_checked(*second).ok_or_else(malformed)?;
            let c = c.get(..*third).ok_or_else(malformed)?;
            // §7.5.8.2: a missing type is 1.
            let place = match if a.is_empty() { 1 } else { big_endian(a) } {
                0 => Place::Free,
                1 => Place::At(usize::try_from(big_endian(b)).map_err(|_| malformed())?),
                2 => {
                    let narrow = |v: &[u8]| u32::try_from(big_endian(v)).map_err(|_| malformed());
                    Place::In(narrow(b)?, narrow(c)?)
                }
                _ => Place::Free,
            };
            let generation = match place {
                Place::At(_) => u32::try_from(big_endian(c)).map_err(|_| malformed())?,
                Place::Free | Place::In(..) => 0,
            };
            entries.push(Listed {
                number: u32::try_from(number).map_err(|_| malformed())?,
                place,
                generation,
            });
        }
    }
    Ok(entries)
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |value, byte| (value << 8) | u64::from(*byte))
}
