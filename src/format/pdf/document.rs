//! One PDF with its history: where each object lies in each revision.

use super::encryption::Encryption;
use super::fields;
use super::index::{Entry, ends, entries, furthest, limits, updated};
use super::lexer::{Lexer, is_space};
use super::signature::SignatureDictionary;
use super::strays;
use super::streams::ObjectStream;
use super::value::Value;
use super::view::View;
use super::xref::{self, Chain, Place, Section};
use super::{Irregularity, PdfError};
use crate::format::limits::{MAX_PDF_INFLATED, MAX_PDF_READINGS, MAX_PDF_SIGNATURES, MAX_PDF_WALK};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// White space that a revision may end with; a writer puts the end of a line.
const MAX_SPACE: usize = 64;

/// A PDF whose structure was read.
#[derive(Debug)]
pub struct Document<'a> {
    pub(super) bytes: &'a [u8],
    /// Cross-reference sections, the oldest first. Each is one revision; the two of a linearized file
    /// count as two of which the first has no end of its own.
    pub(super) sections: Vec<Section<'a>>,
    hybrid: bool,
    irregularity: Option<Irregularity>,
    /// Where each object lies and since which revision, by number and revision.
    pub(super) entries: Vec<Entry>,
    /// The numbers that each revision gives a place to or takes it from, in their order.
    updated: Vec<Vec<u32>>,
    /// Ends of revisions in the file, and which revision ends there.
    ends: Vec<(usize, usize)>,
    /// Of each revision, the furthest place that it or an older one gives to an object.
    furthest: Vec<usize>,
    /// Of each revision, where the file ended when it was written.
    limits: Vec<usize>,
    /// Object streams by where they lie, inflated when they are first needed.
    pub(super) streams: BTreeMap<usize, OnceCell<Option<ObjectStream>>>,
    pub(super) encrypted: bool,
    /// How, if the file could be opened.
    pub(super) encryption: Option<Encryption>,
    /// Bytes that may still be inflated.
    pub(super) inflatable: Cell<usize>,
    /// Bytes that may still be read as objects: one object may be referred to from everywhere, and
    /// objects may lie inside each other.
    left: Cell<usize>,
    /// Objects that may still be walked over when revisions are compared.
    walk: Cell<usize>,
    /// What went wrong while objects were read.
    fault: RefCell<Option<PdfError>>,
}

impl<'a> Document<'a> {
    /// Reads the cross-references of every revision.
    ///
    /// # Errors
    /// [`PdfError`] with the first thing wrong.
    pub fn read(bytes: &'a [u8]) -> Result<Self, PdfError> {
        if !bytes.starts_with(b"%PDF-") {
            return Err(PdfError::Header);
        }
        let mut inflatable = MAX_PDF_INFLATED;
        let chain = xref::read(bytes, xref::start(bytes)?, &mut inflatable)?;
        let Chain {
            mut sections,
            hybrid,
            irregularity,
        } = chain;
        sections.reverse();
        let encrypted = sections.iter().any(|s| s.trailer.get(b"Encrypt").is_some());
        let entries = entries(&mut sections)?;
        let ends = ends(&sections);
        let readable = bytes.len().saturating_mul(MAX_PDF_READINGS);
        let mut document = Self {
            bytes,
            updated: updated(&entries, sections.len()),
            furthest: furthest(&entries, sections.len()),
            limits: limits(&ends, sections.len(), bytes.len()),
            entries,
            ends,
            sections,
            hybrid,
            irregularity,
            streams: BTreeMap::new(),
            encrypted,
            encryption: None,
            inflatable: Cell::new(inflatable),
            left: Cell::new(readable.saturating_add(MAX_PDF_INFLATED)),
            walk: Cell::new(MAX_PDF_WALK),
            fault: RefCell::new(None),
        };
        document.streams = document.containers();
        document.encryption = Encryption::open(&document);
        document.irregularity = document.irregularity.or_else(|| document.misplaced());
        Ok(document)
    }

    /// Whether its strings and streams are encrypted in a way that the empty password does not open.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.encrypted && self.encryption.is_none()
    }

    /// Whether any revision has objects in streams.
    #[must_use]
    pub fn has_object_streams(&self) -> bool {
        !self.streams.is_empty()
    }

    /// Whether it gives other readers other cross-references (ISO 32000-2 §7.5.8.4).
    #[must_use]
    pub fn is_hybrid(&self) -> bool {
        self.hybrid
    }

    /// The first thing that is not as it must be and was read all the same.
    #[must_use]
    pub fn irregularity(&self) -> Option<Irregularity> {
        self.irregularity
    }

    /// Whether nothing but white space follows `at`, and not much of it.
    #[must_use]
    pub fn blank_after(&self, at: usize) -> bool {
        let behind = self.bytes.get(at..).unwrap_or_default();
        behind.len() <= MAX_SPACE && behind.iter().all(|b| is_space(*b))
    }

    /// How many revisions it has, the first included.
    #[must_use]
    pub fn revisions(&self) -> usize {
        self.sections.len()
    }

    /// The file as it was in one revision.
    pub(crate) fn view(&self, revision: usize) -> View<'_, 'a> {
        View::new(self, revision)
    }

    /// The file as it is.
    pub(crate) fn newest(&self) -> View<'_, 'a> {
        self.view(self.sections.len().saturating_sub(1))
    }

    /// The revision that ends at `at`, after its `%%EOF` or after white space behind it: everything older
    /// lies before, everything newer behind.
    #[must_use]
    pub fn revision_ending(&self, at: usize) -> Option<usize> {
        let ends_here = |end: &usize| {
            let behind = self.bytes.get(*end..at);
            behind.is_some_and(|behind| {
                behind.len() <= MAX_SPACE && behind.iter().all(|b| is_space(*b))
            })
        };
        let mut here = self.ends.iter().filter(|(end, _)| ends_here(end));
        let (_, revision) = here.next()?;
        let (older, newer) = self.sections.split_at_checked(revision.saturating_add(1))?;
        let parted = older.iter().all(|s| s.until <= at) && newer.iter().all(|s| s.from >= at);
        // A place behind the end would be filled by whoever appends.
        let within = self
            .furthest
            .get(*revision)
            .is_some_and(|place| *place < at);
        (parted && within).then_some(*revision)
    }

    /// What went wrong while objects were read.
    #[must_use]
    pub fn fault(&self) -> Option<PdfError> {
        self.fault.borrow().clone()
    }

    pub(super) fn failed(&self, error: PdfError) {
        self.fault.borrow_mut().get_or_insert(error);
    }

    /// Every signature: those of the form's fields, and those in the body that no field holds.
    ///
    /// # Errors
    /// [`PdfError`] if the form is nested or filled beyond the limits.
    pub fn signatures(&self) -> Result<Vec<SignatureDictionary>, PdfError> {
        let mut found = fields::signatures(self.newest())?;
        strays::add(self, &mut found)?;
        within_limit(&found)?;
        self.fault().map_or(Ok(found), Err)
    }

    /// Where the streams lie that hold objects in any revision.
    fn containers(&self) -> BTreeMap<usize, OnceCell<Option<ObjectStream>>> {
        let inside = self.entries.iter().filter_map(|entry| match entry.place {
            Place::In(container, _) => Some((container, entry.revision)),
            Place::At(_) | Place::Free => None,
        });
        let unique: BTreeSet<(u32, u32)> = inside.collect();
        let places = unique.into_iter().filter_map(|(container, revision)| {
            match self.place(container, usize::try_from(revision).ok()?)? {
                Place::At(at) => Some((at, OnceCell::new())),
                Place::In(..) | Place::Free => None,
            }
        });
        places.collect()
    }

    /// Where the file ended when an object that a revision knows was written.
    pub(super) fn limit(&self, number: u32, revision: usize) -> usize {
        let written = self.entry(number, revision);
        let written = written.and_then(|entry| usize::try_from(entry.revision).ok());
        let limit = written.and_then(|written| self.limits.get(written));
        limit.copied().unwrap_or(0)
    }

    /// Takes one step of a walk over objects; none is left once there were too many.
    pub(super) fn walks(&self) -> bool {
        let left = self.walk.get().checked_sub(1);
        self.walk.set(left.unwrap_or(0));
        if left.is_none() {
            self.failed(PdfError::TooMany {
                what: "objects compared between revisions",
                limit: MAX_PDF_WALK,
            });
        }
        left.is_some()
    }

    /// Where an object's text stands in the file: its offset, or that of the stream and its place there.
    pub(super) fn home(&self, number: u32, revision: usize) -> Option<(usize, Option<u32>)> {
        let entry = self.entry(number, revision)?;
        match entry.place {
            Place::Free => None,
            Place::At(at) => Some((at, None)),
            Place::In(container, place) => {
                let written = usize::try_from(entry.revision).ok()?;
                match self.place(container, written)? {
                    Place::At(at) => Some((at, Some(place))),
                    Place::In(..) | Place::Free => None,
                }
            }
        }
    }

    /// Where an object lies in a revision.
    pub(super) fn place(&self, number: u32, revision: usize) -> Option<Place> {
        self.entry(number, revision).map(|entry| entry.place)
    }

    fn entry(&self, number: u32, revision: usize) -> Option<Entry> {
        let newest = u32::try_from(revision).unwrap_or(u32::MAX);
        let after = self
            .entries
            .partition_point(|e| (e.number, e.revision) <= (number, newest));
        let found = self.entries.get(after.checked_sub(1)?)?;
        (found.number == number).then_some(*found)
    }

    /// Where objects of any revision start, with their numbers and revisions, in the order of the file.
    pub(super) fn starts(&self) -> Vec<(usize, u32, usize)> {
        let placed = self.entries.iter().filter_map(|entry| match entry.place {
            Place::At(start) => {
                let revision = usize::try_from(entry.revision).ok()?;
                Some((start, entry.number, revision))
            }
            Place::In(..) | Place::Free => None,
        });
        let mut starts: Vec<_> = placed.collect();
        starts.sort_unstable();
        starts
    }

    pub(super) fn updated(&self, revision: usize) -> &[u32] {
        self.updated.get(revision).map_or(&[], Vec::as_slice)
    }

    /// Where the text of an object stands, and the generation that it has there; `None` if it is free,
    /// absent or not where it should be.
    pub(super) fn text_of(&self, number: u32, revision: usize) -> Option<(Lexer<'_>, Place, u32)> {
        let entry = self.entry(number, revision)?;
        match entry.place {
            Place::Free => None,
            Place::At(at) => {
                let mut lexer = Lexer::new(self.bytes, at);
                let (found, generation) = lexer.object_header().ok()?;
                (found == number).then_some((lexer, entry.place, generation))
            }
            Place::In(container, place) => {
                let written = usize::try_from(entry.revision).ok()?;
                let Place::At(at) = self.place(container, written)? else {
                    return None;
                };
                let stream = self.inflated(at, container, written)?;
                let listed = stream.index.get(usize::try_from(place).ok()?);
                let Some((_, start)) = listed.filter(|(found, _)| *found == number) else {
                    // Readers that build the cross-references anew find it elsewhere, or another one.
                    self.failed(PdfError::Stream(at));
                    return None;
                };
                Some((Lexer::new(&stream.data, *start), entry.place, 0))
            }
        }
    }

    /// The generations that the cross-references and the object itself name: a reference with another one is
    /// null to most readers (§7.3.10).
    pub(super) fn generations(&self, number: u32, revision: usize) -> Option<(u32, u32)> {
        let listed = self.entry(number, revision)?.generation;
        let (_, _, own) = self.text_of(number, revision)?;
        Some((listed, own))
    }

    /// The value that comes next; an error for good once too much was read.
    pub(super) fn value<'s>(&self, lexer: &mut Lexer<'s>) -> Result<Value<'s>, PdfError> {
        self.spend_reading(0)?;
        let start = lexer.pos;
        let value = lexer.value();
        let read = lexer.pos.saturating_sub(start).saturating_add(1);
        self.left.set(self.left.get().saturating_sub(read));
        value
    }

    /// Takes `bytes` from what may still be read; an error for good once nothing is left.
    pub(super) fn spend_reading(&self, bytes: usize) -> Result<(), PdfError> {
        let left = self.left.get();
        if left == 0 {
            let error = PdfError::TooMany {
                what: "readings of the file as objects",
                limit: MAX_PDF_READINGS,
            };
            self.failed(error.clone());
            return Err(error);
        }
        self.left.set(left.saturating_sub(bytes));
        Ok(())
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
