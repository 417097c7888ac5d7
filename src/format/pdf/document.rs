//! One PDF: its objects by number, its form, and every signature dictionary in its body.

use super::PdfError;
use super::fields;
use super::flate;
use super::lexer::{Dictionary, Lexer, Value};
use super::signature::{Permission, SignatureDictionary};
use super::xref::{self, Chain, Place};
use crate::format::limits::{
    MAX_PDF_INFLATED, MAX_PDF_OBJECTS, MAX_PDF_READINGS, MAX_PDF_SIGNATURES, MAX_PDF_SIGNS,
};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// White space and comments looked through for what follows `/SubFilter`; a writer puts one space.
const MAX_GAP: usize = 256;
/// References followed one after the other.
const MAX_REFERENCES: usize = 8;

/// A PDF whose structure was read.
#[derive(Debug)]
pub struct Document<'a> {
    bytes: &'a [u8],
    chain: Chain<'a>,
    /// The newest place of each object, by number.
    objects: Vec<(u32, Place)>,
    /// Inflated object streams, by where they lie.
    streams: BTreeMap<usize, ObjectStream>,
    encrypted: bool,
    /// Bytes that may still be read as objects: one object may be referred to from everywhere, and
    /// objects may lie inside each other.
    left: Cell<usize>,
}

#[derive(Debug)]
struct ObjectStream {
    data: Vec<u8>,
    /// Object number and where it starts in the data.
    index: Vec<(u32, usize)>,
}

impl<'a> Document<'a> {
    /// Reads cross-references and object streams.
    ///
    /// # Errors
    /// [`PdfError`] with the first thing wrong.
    pub fn read(bytes: &'a [u8]) -> Result<Self, PdfError> {
        if !bytes.starts_with(b"%PDF-") {
            return Err(PdfError::Header);
        }
        let mut left = MAX_PDF_INFLATED;
        let chain = xref::read(bytes, xref::start(bytes)?, &mut left)?;
        let encrypted = chain
            .sections
            .iter()
            .any(|s| s.trailer.get(b"Encrypt").is_some());
        let mut document = Self {
            bytes,
            objects: newest(&chain),
            chain,
            streams: BTreeMap::new(),
            encrypted,
            left: Cell::new(
                bytes
                    .len()
                    .saturating_mul(MAX_PDF_READINGS)
                    .saturating_add(MAX_PDF_INFLATED),
            ),
        };
        // The streams of an encrypted file are not readable.
        if !encrypted {
            document.inflate(&mut left)?;
        }
        Ok(document)
    }

    /// Whether its strings and streams are encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Whether it gives other readers other cross-references (ISO 32000-2 §7.5.8.4).
    #[must_use]
    pub fn is_hybrid(&self) -> bool {
        self.chain.hybrid
    }

    /// Whether a revision of the file ends at `at`: after its `%%EOF`, or after the end of that
    /// line.
    #[must_use]
    pub fn ends_revision(&self, at: usize) -> bool {
        let text = |from: usize| self.bytes.get(from..at).unwrap_or_default();
        [0usize, 1, 2].iter().any(|back| {
            at.checked_sub(*back).is_some_and(|from| {
                self.chain.ends.contains(&from)
                    && matches!(text(from), b"" | b"\n" | b"\r" | b"\r\n")
            })
        })
    }

    /// All object streams that any revision refers to.
    fn inflate(&mut self, left: &mut usize) -> Result<(), PdfError> {
        let mut wanted = BTreeSet::new();
        // Where each object lay for the revision that is looked at, the oldest revision first.
        let mut lay: BTreeMap<u32, usize> = BTreeMap::new();
        for (index, section) in self.chain.sections.iter().enumerate().rev() {
            // Of several entries for one object in one section the first counts.
            for (number, place) in section.entries.iter().rev() {
                if let Place::At(at) = place {
                    lay.insert(*number, *at);
                }
            }
            let containers = section.entries.iter().filter_map(|(_, place)| match place {
                Place::In(container, _) => Some(*container),
                Place::At(_) | Place::Free => None,
            });
            for container in containers.collect::<BTreeSet<u32>>() {
                let at = if index == 0 {
                    match self.place(container) {
                        Some(Place::At(at)) => Some(at),
                        Some(Place::In(..) | Place::Free) | None => None,
                    }
                } else {
                    lay.get(&container).copied()
                };
                wanted.extend(at.map(|at| (at, container)));
            }
        }
        for (at, number) in wanted {
            let stream = self.object_stream(at, number, left)?;
            self.streams.insert(at, stream);
        }
        Ok(())
    }

    /// The dictionary under which the newest revision is found.
    pub(super) fn trailer(&self) -> Option<&Dictionary<'a>> {
        self.chain.sections.first().map(|s| &s.trailer)
    }

    fn object_stream(
        &self,
        at: usize,
        number: u32,
        left: &mut usize,
    ) -> Result<ObjectStream, PdfError> {
        let malformed = || PdfError::Stream(at);
        let mut lexer = Lexer::new(self.bytes, at);
        let (found, _) = lexer.object_header()?;
        let Value::Dictionary(dictionary) = lexer.value()? else {
            return Err(malformed());
        };
        flate::spend(left, dictionary.range.len())?;
        let is_stream = dictionary.get(b"Type").and_then(Value::name) == Some(b"ObjStm");
        if found != number || !is_stream {
            return Err(malformed());
        }
        let range = self.stream_range(&dictionary)?;
        let data = self.bytes.get(range).unwrap_or_default();
        let data = flate::decode(&dictionary, data, at, left)?;
        let whole = |key: &[u8]| {
            let value = dictionary.get(key).and_then(Value::integer);
            value
                .and_then(|v| usize::try_from(v).ok())
                .ok_or_else(malformed)
        };
        let (count, first) = (whole(b"N")?, whole(b"First")?);
        if count > usize::try_from(MAX_PDF_OBJECTS).unwrap_or(usize::MAX) {
            return Err(malformed());
        }
        let mut head = Lexer::new(data.get(..first).ok_or_else(malformed)?, 0);
        let mut index = Vec::new();
        for _ in 0..count {
            let number = u32::try_from(head.unsigned()?).map_err(|_| malformed())?;
            let offset = usize::try_from(head.unsigned()?).map_err(|_| malformed())?;
            index.push((number, first.saturating_add(offset)));
        }
        Ok(ObjectStream { data, index })
    }

    /// Where the data of the stream under `dictionary` lie.
    fn stream_range(&self, dictionary: &Dictionary<'_>) -> Result<Range<usize>, PdfError> {
        let length = dictionary.get(b"Length").and_then(|v| self.direct(v));
        let length = length.as_ref().and_then(Value::integer);
        let length = length.and_then(|v| usize::try_from(v).ok());
        let missing = PdfError::Stream(dictionary.range.end);
        let range = xref::stream_data(self.bytes, dictionary, Some(length.ok_or(missing)?))?;
        let mut after = Lexer::new(self.bytes, range.end);
        // A wrong /Length would hide objects behind the data (attack catalogue P6).
        if after.keyword(b"endstream") {
            Ok(range)
        } else {
            Err(PdfError::Stream(range.end))
        }
    }

    pub(super) fn place(&self, number: u32) -> Option<Place> {
        let at = self
            .objects
            .binary_search_by_key(&number, |(n, _)| *n)
            .ok()?;
        self.objects.get(at).map(|(_, place)| *place)
    }

    /// The newest object under `number`; `None` if it is free, absent or malformed.
    pub(super) fn object(&self, number: u32) -> Option<Value<'_>> {
        match self.place(number)? {
            Place::Free => None,
            Place::At(at) => self.object_at(at, number),
            Place::In(container, place) => {
                let Place::At(at) = self.place(container)? else {
                    return None;
                };
                let stream = self.streams.get(&at)?;
                let place = usize::try_from(place).ok()?;
                let (found, start) = stream.index.get(place)?;
                if *found != number {
                    return None;
                }
                self.next_value(Lexer::new(&stream.data, *start))
            }
        }
    }

    fn object_at(&self, at: usize, number: u32) -> Option<Value<'_>> {
        let mut lexer = Lexer::new(self.bytes, at);
        let (found, _) = lexer.object_header().ok()?;
        if found != number {
            return None;
        }
        self.next_value(lexer)
    }

    /// The value that comes next; none once too much was read, which [`Document::signatures`] makes
    /// an error.
    fn next_value<'s>(&self, mut lexer: Lexer<'s>) -> Option<Value<'s>> {
        let left = self.left.get();
        if left == 0 {
            return None;
        }
        let start = lexer.pos;
        let value = lexer.value();
        let read = lexer.pos.saturating_sub(start).saturating_add(1);
        self.left.set(left.saturating_sub(read));
        value.ok()
    }

    /// The object that a value is or refers to.
    pub(super) fn direct<'s>(&'s self, value: &Value<'s>) -> Option<Value<'s>> {
        let mut value = value.clone();
        for _ in 0..MAX_REFERENCES {
            let Value::Reference(number, _) = value else {
                return Some(value);
            };
            value = self.object(number)?;
        }
        None
    }

    pub(super) fn under<'s>(
        &'s self,
        dictionary: &Dictionary<'s>,
        key: &[u8],
    ) -> Option<Value<'s>> {
        dictionary.get(key).and_then(|value| self.direct(value))
    }

    /// Every signature: those of the form's fields, and those in the body that no field holds.
    ///
    /// # Errors
    /// [`PdfError`] if the form is nested or filled beyond the limits.
    pub fn signatures(&self) -> Result<Vec<SignatureDictionary>, PdfError> {
        let mut found = fields::signatures(self)?;
        self.strays(&mut found)?;
        within_limit(&found)?;
        if self.left.get() == 0 {
            return Err(PdfError::TooMany {
                what: "readings of the file as objects",
                limit: MAX_PDF_READINGS,
            });
        }
        Ok(found)
    }

    pub(super) fn permission(&self, dictionary: &Dictionary<'_>) -> Option<Permission> {
        let references = self.under(dictionary, b"Reference")?;
        references.array()?.iter().find_map(|reference| {
            let reference = self.direct(reference)?;
            let reference = reference.dictionary()?;
            let method = self.under(reference, b"TransformMethod")?;
            if method.name()? != b"DocMDP" {
                return None;
            }
            let parameters = self.under(reference, b"TransformParams");
            let level = parameters
                .as_ref()
                .and_then(Value::dictionary)
                .and_then(|p| self.under(p, b"P"))
                .and_then(|p| p.integer());
            // Table 257: 2 if absent. Anything else is read as the strictest.
            Some(match level {
                None | Some(2) => Permission::Forms,
                Some(3) => Permission::Annotations,
                Some(_) => Permission::Nothing,
            })
        })
    }

    /// Adds what looks like a signature in the body and is held by no field: one whose field was
    /// blanked, freed or replaced is not "no signature".
    fn strays(&self, found: &mut Vec<SignatureDictionary>) -> Result<(), PdfError> {
        let known = |at: &usize| found.iter().any(|s| s.range.contains(at));
        let mut places: Vec<usize> = Vec::new();
        for at in signs(self.bytes).filter(|at| !known(at)) {
            if places.len() >= MAX_PDF_SIGNS {
                return Err(PdfError::TooMany {
                    what: "traces of signatures",
                    limit: MAX_PDF_SIGNS,
                });
            }
            places.push(at);
        }
        places.sort_unstable();
        let starts = if places.is_empty() {
            Vec::new()
        } else {
            self.starts()
        };
        let around = |at: &usize| {
            let before = starts.partition_point(|(start, _)| start <= at);
            before.checked_sub(1).and_then(|i| starts.get(i)).copied()
        };
        // Places in one object stand side by side, so each object is read once.
        for same in places.chunk_by(|a, b| around(a) == around(b)) {
            let object = same.first().and_then(around);
            self.strays_in(object, same, found);
        }
        for stream in self.streams.values() {
            if signs(&stream.data).next().is_some() {
                let name = "object stream".to_owned();
                found.push(SignatureDictionary::broken(name, "in an object stream"));
            }
        }
        Ok(())
    }

    /// Where objects of any revision start, with their numbers, in the order of the file.
    fn starts(&self) -> Vec<(usize, u32)> {
        let entries = self.chain.sections.iter().flat_map(|s| &s.entries);
        let placed = entries.filter_map(|(number, place)| match place {
            Place::At(start) => Some((*start, *number)),
            Place::In(..) | Place::Free => None,
        });
        let mut starts: Vec<_> = placed.collect();
        starts.sort_unstable();
        starts
    }

    /// What stands at `places`, all of them behind the start of one object, unless they are in the
    /// data of its stream.
    fn strays_in(
        &self,
        object: Option<(usize, u32)>,
        places: &[usize],
        found: &mut Vec<SignatureDictionary>,
    ) {
        let outside = || SignatureDictionary::broken("?".into(), "outside any object");
        let read =
            object.and_then(|(start, number)| Some((self.object_at(start, number)?, number)));
        let Some((Value::Dictionary(dictionary), number)) = read else {
            found.push(outside());
            return;
        };
        if places.iter().any(|at| dictionary.range.contains(at)) {
            let name = format!("object {number}");
            let permission = self.permission(&dictionary);
            let mut stray = SignatureDictionary::read(name, &dictionary, permission);
            stray.fields = 0;
            found.push(stray);
        }
        let data = self.stream_range(&dictionary).unwrap_or_default();
        let inside = |at: &usize| dictionary.range.contains(at) || data.contains(at);
        if !places.iter().all(inside) {
            found.push(outside());
        }
    }
}

/// Refuses what holds more signatures than are judged.
pub(super) fn within_limit(found: &[SignatureDictionary]) -> Result<(), PdfError> {
    if found.len() > MAX_PDF_SIGNATURES {
        return Err(PdfError::TooMany {
            what: "signatures",
            limit: MAX_PDF_SIGNATURES,
        });
    }
    Ok(())
}

/// The newest place of each object. Sections are newest first, and a stable sort keeps that order.
fn newest(chain: &Chain<'_>) -> Vec<(u32, Place)> {
    let entries = chain
        .sections
        .iter()
        .flat_map(|s| s.entries.iter().copied());
    let mut objects: Vec<(u32, Place)> = entries.collect();
    objects.sort_by_key(|(number, _)| *number);
    objects.dedup_by_key(|(number, _)| *number);
    objects
}

/// Places that only a signature dictionary has: `/ByteRange`, and `/SubFilter` before a name (seed
/// values have it before an array).
fn signs(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let ranges = memchr::memmem::find_iter(bytes, b"/ByteRange");
    let filters = memchr::memmem::find_iter(bytes, b"/SubFilter").filter(|at| {
        let from = at.saturating_add(10);
        let near = bytes.len().min(from.saturating_add(MAX_GAP));
        let mut lexer = Lexer::new(bytes.get(..near).unwrap_or_default(), from);
        lexer.skip_space();
        // What hides behind a longer gap is taken for a name.
        lexer.pos == near && near < bytes.len() || lexer.literal(b"/")
    });
    ranges.chain(filters)
}
