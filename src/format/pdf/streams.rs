//! Streams: where their data lie, what they say without their filter, and those that hold objects
//! (ISO 32000-2 §7.3.8, §7.5.7).

use super::PdfError;
use super::document::Document;
use super::flate;
use super::lexer::Lexer;
use super::value::{Dictionary, Value};
use super::xref;
use crate::format::limits::MAX_PDF_OBJECTS;
use std::ops::Range;

/// An object stream without its filter.
#[derive(Debug)]
pub(super) struct ObjectStream {
    pub(super) data: Vec<u8>,
    /// Object number and where it starts in the data.
    pub(super) index: Vec<(u32, usize)>,
}

impl Document<'_> {
    pub(super) fn inflated(
        &self,
        at: usize,
        number: u32,
        revision: usize,
    ) -> Option<&ObjectStream> {
        let inflate = || match self.object_stream(at, number, revision) {
            Ok(stream) => Some(stream),
            Err(error) => {
                if !self.is_locked() {
                    self.failed(error);
                }
                None
            }
        };
        self.streams.get(&at)?.get_or_init(inflate).as_ref()
    }

    fn object_stream(
        &self,
        at: usize,
        number: u32,
        revision: usize,
    ) -> Result<ObjectStream, PdfError> {
        let malformed = || PdfError::Stream(at);
        let mut lexer = Lexer::new(self.bytes, at);
        let (found, generation) = lexer.object_header()?;
        let Value::Dictionary(dictionary) = self.value(&mut lexer)? else {
            return Err(malformed());
        };
        let is_stream = dictionary.get(b"Type").and_then(Value::name) == Some(b"ObjStm");
        if found != number || !is_stream {
            return Err(malformed());
        }
        let range = self.stream_range(&dictionary, revision)?;
        let data = self.bytes.get(range).unwrap_or_default();
        let data = self.deciphered(&dictionary, data, (number, generation));
        let data = self.decoded(&dictionary, &data.ok_or_else(malformed)?, at)?;
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

    /// What the data of a stream say without their filter.
    pub(super) fn decoded(
        &self,
        dictionary: &Dictionary<'_>,
        data: &[u8],
        at: usize,
    ) -> Result<Vec<u8>, PdfError> {
        let mut left = self.inflatable.get();
        let decoded = flate::decode(dictionary, data, at, &mut left);
        self.inflatable.set(left);
        decoded
    }

    /// Where the data of the stream under `dictionary` lie, if it lies in the file itself.
    pub(super) fn stream_range(
        &self,
        dictionary: &Dictionary<'_>,
        revision: usize,
    ) -> Result<Range<usize>, PdfError> {
        let view = self.view(revision);
        let length = view.under(dictionary, b"Length");
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
}
