//! Extensions as certificates, CRLs, CRL entries, OCSP and timestamps carry them (RFC 5280 §4.1), in
//! place; which of them are understood is their reader's matter.

use crate::format::asn1::read::{BerError, Element, Reader};
use crate::format::limits::MAX_EXTENSIONS;
use std::ops::Range;

/// One extension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extension<'a> {
    /// extnID: the object identifier's content octets.
    pub kind: &'a [u8],
    /// critical. Any octet but zero is TRUE, so that no encoding hides one (X.690 §8.2.2).
    pub critical: bool,
    /// extnValue: the octets inside.
    pub value: &'a [u8],
    /// Where they start in the input of the outermost reader.
    pub value_start: usize,
}

impl<'a> Extension<'a> {
    /// The extension in one element.
    ///
    /// # Errors
    /// [`BerError`] if it is none.
    pub fn read(element: &Element<'a>) -> Result<Self, BerError> {
        if element.tag != 0x30 {
            return Err(BerError::Value(element.start));
        }
        let mut fields = element.reader();
        let kind = fields.expect(0x06)?.content;
        let critical = match fields.optional(0x01)? {
            None => false,
            Some(flag) => match flag.content {
                [octet] => *octet != 0,
                _ => return Err(BerError::Value(flag.start)),
            },
        };
        let value = fields.expect(0x04)?;
        fields.end()?;
        Ok(Self {
            kind,
            critical,
            value: value.content,
            value_start: value.content_start,
        })
    }

    /// Every extension up to the end of a reader, each kind at most once (§4.2).
    ///
    /// # Errors
    /// [`BerError`] if one is none, repeated, or beyond the number that is read.
    pub fn list(mut extensions: Reader<'a>) -> Result<Vec<Self>, BerError> {
        let mut found: Vec<Self> = Vec::new();
        while let Some(element) = extensions.next()? {
            let extension = Self::read(&element)?;
            let repeated = found.iter().any(|other| other.kind == extension.kind);
            if repeated || found.len() >= MAX_EXTENSIONS {
                return Err(BerError::Value(element.start));
            }
            found.push(extension);
        }
        Ok(found)
    }

    /// Where its value lies in the input of the outermost reader.
    #[must_use]
    pub fn value_range(&self) -> Range<usize> {
        self.value_start..self.value_start.saturating_add(self.value.len())
    }

    /// A reader over its value.
    #[must_use]
    pub fn reader(&self) -> Reader<'a> {
        Reader::at(self.value, self.value_start)
    }
}
