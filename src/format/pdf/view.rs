//! The file as it was in one revision.

use super::PdfError;
use super::document::Document;
use super::value::{Dictionary, Value};
use super::xref::Place;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// References followed one after the other.
const MAX_REFERENCES: usize = 8;

/// One revision and everything before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'d, 'a> {
    document: &'d Document<'a>,
    revision: usize,
}

/// An indirect object.
#[derive(Clone, Debug)]
pub(crate) struct Object<'d> {
    pub(crate) value: Value<'d>,
    /// Whether it is a stream, of which the value is the dictionary.
    pub(crate) is_stream: bool,
    /// Whether it lies in the file itself.
    pub(crate) in_body: bool,
    /// Its number and generation.
    pub(crate) id: (u32, u32),
}

impl<'d, 'a> View<'d, 'a> {
    pub(super) fn new(document: &'d Document<'a>, revision: usize) -> Self {
        Self { document, revision }
    }

    /// Its number, the oldest being 0.
    pub(crate) fn revision(&self) -> usize {
        self.revision
    }

    /// The dictionary under which everything is found.
    pub(crate) fn trailer(&self) -> Option<&'d Dictionary<'a>> {
        self.document
            .sections
            .get(self.revision)
            .map(|s| &s.trailer)
    }

    /// Where an object lies.
    pub(crate) fn place(&self, number: u32) -> Option<Place> {
        self.document.place(number, self.revision)
    }

    /// Where an object's text stands in the file: its offset, or that of the stream and its place there.
    pub(crate) fn home(&self, number: u32) -> Option<(usize, Option<u32>)> {
        self.document.home(number, self.revision)
    }

    /// The generations that the cross-references and an object itself name.
    pub(crate) fn generations(&self, number: u32) -> Option<(u32, u32)> {
        self.document.generations(number, self.revision)
    }

    /// Takes one step of a walk over objects; none is left once there were too many.
    pub(crate) fn walks(&self) -> bool {
        self.document.walks()
    }

    /// Whether an object is there.
    pub(crate) fn has(&self, number: u32) -> bool {
        self.place(number).is_some_and(|place| place != Place::Free)
    }

    /// The numbers that this revision gives a place to or takes it from, in their order.
    pub(crate) fn updated(&self) -> &'d [u32] {
        self.document.updated(self.revision)
    }

    /// The numbers of the streams that this revision's cross-references are.
    pub(crate) fn cross_references(&self) -> Vec<u32> {
        let section = self.document.sections.get(self.revision);
        section
            .map(|s| s.stream.into_iter().chain(s.hidden).collect())
            .unwrap_or_default()
    }

    /// Whether its strings cannot be read.
    pub(crate) fn is_locked(&self) -> bool {
        self.document.is_locked()
    }

    /// Whether objects are not in the file as they are read.
    pub(crate) fn is_deciphered(&self) -> bool {
        self.document.encryption.is_some()
    }

    /// The numbers of the streams in which this revision's objects lie.
    pub(crate) fn containers(&self) -> BTreeSet<u32> {
        let places = self
            .updated()
            .iter()
            .filter_map(|number| self.place(*number));
        let containers = places.filter_map(|place| match place {
            Place::In(container, _) => Some(container),
            Place::At(_) | Place::Free => None,
        });
        containers.collect()
    }

    /// The object under `number`; `None` if it is free, absent or malformed.
    pub(crate) fn object(&self, number: u32) -> Option<Object<'d>> {
        let mut object = self.sealed(number)?;
        if object.in_body {
            let (id, is_stream) = (object.id, object.is_stream);
            self.document
                .decipher_strings(&mut object.value, id, is_stream);
        }
        Some(object)
    }

    /// As [`View::object`], its strings as they are in the file.
    pub(crate) fn sealed(&self, number: u32) -> Option<Object<'d>> {
        let (mut lexer, place, generation) = self.document.text_of(number, self.revision)?;
        let value = self.document.value(&mut lexer).ok()?;
        let in_body = matches!(place, Place::At(_));
        let is_stream =
            in_body && matches!(value, Value::Dictionary(_)) && lexer.keyword(b"stream");
        if in_body {
            self.ends_in_time(number, lexer.pos, value.dictionary().filter(|_| is_stream));
        }
        Some(Object {
            value,
            is_stream,
            in_body,
            id: (number, generation),
        })
    }

    /// An object that goes on behind the end of its revision is finished by whoever appends: a fault.
    fn ends_in_time(&self, number: u32, end: usize, stream: Option<&Dictionary<'_>>) {
        let limit = self.document.limit(number, self.revision);
        let data = stream.map(|stream| self.document.stream_range(stream, self.revision));
        let end = data.and_then(Result::ok).map_or(end, |data| data.end);
        if end > limit {
            self.document.failed(PdfError::Syntax(end));
        }
    }

    pub(crate) fn value(&self, number: u32) -> Option<Value<'d>> {
        self.object(number).map(|object| object.value)
    }

    /// The bytes of a stream as they are in the file.
    pub(crate) fn raw(&self, stream: &Object<'d>) -> Option<&'a [u8]> {
        let dictionary = stream.value.dictionary()?;
        let range = self.document.stream_range(dictionary, self.revision);
        self.document.bytes.get(range.ok()?)
    }

    /// The bytes of a stream as they were before they were encrypted.
    pub(crate) fn deciphered(&self, stream: &Object<'d>) -> Option<Cow<'a, [u8]>> {
        let data = self.raw(stream)?;
        let dictionary = stream.value.dictionary()?;
        self.document.deciphered(dictionary, data, stream.id)
    }

    /// The bytes of a stream without its filter.
    pub(crate) fn decoded(&self, stream: &Object<'d>) -> Option<Vec<u8>> {
        let dictionary = stream.value.dictionary()?;
        let data = self.deciphered(stream)?;
        let at = dictionary.range.start;
        self.document.decoded(dictionary, &data, at).ok()
    }

    /// The object that a value is or refers to.
    pub(crate) fn direct(&self, value: &Value<'d>) -> Option<Value<'d>> {
        let mut value = value.clone();
        for _ in 0..MAX_REFERENCES {
            let Value::Reference(number, _) = value else {
                return Some(value);
            };
            value = self.value(number)?;
        }
        None
    }

    pub(crate) fn under<'s>(&self, dictionary: &Dictionary<'s>, key: &[u8]) -> Option<Value<'s>>
    where
        'd: 's,
    {
        let value = dictionary.get(key)?;
        if let Value::Reference(number, generation) = value {
            return self.direct(&Value::Reference(*number, *generation));
        }
        Some(value.clone())
    }

    /// The dictionary under a key.
    pub(crate) fn dictionary<'s>(
        &self,
        dictionary: &Dictionary<'s>,
        key: &[u8],
    ) -> Option<Dictionary<'s>>
    where
        'd: 's,
    {
        self.under(dictionary, key)?.into_dictionary()
    }

    /// The items of the array under a key.
    pub(crate) fn array<'s>(
        &self,
        dictionary: &Dictionary<'s>,
        key: &[u8],
    ) -> Option<Vec<Value<'s>>>
    where
        'd: 's,
    {
        self.under(dictionary, key)?.into_array()
    }

    /// The document catalog (ISO 32000-2 §7.7.2).
    pub(crate) fn catalog(&self) -> Option<Dictionary<'d>> {
        let root = self.trailer()?.get(b"Root")?.reference()?;
        self.value(root)?.into_dictionary()
    }
}
