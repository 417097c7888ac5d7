//! Reads BER, and so DER, in place (X.690): elements borrow from the input and know where they lie
//! in it, so that a signature is checked over the very bytes that were signed.

use std::ops::Range;

/// The deepest nesting of indefinite lengths that is followed. Finding the end of such an element
/// visits its children once per level, so that this also bounds the work: no byte is looked at
/// more often than this.
const MAX_INDEFINITE_DEPTH: usize = 16;

/// The deepest nesting followed where DER is demanded; certificates in an OCSP response reach about 12.
const MAX_DER_DEPTH: usize = 32;

/// Why bytes are not BER.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BerError {
    /// An element goes on after the end of the input.
    #[error("truncated at offset {0}")]
    Truncated(usize),
    /// A length or tag that X.690 does not allow.
    #[error("malformed header at offset {0}")]
    Header(usize),
    /// Another element stands where this tag was demanded.
    #[error("expected tag {expected:#04x}, found {found:#04x} at offset {at}")]
    Tag {
        /// The tag demanded.
        expected: u8,
        /// The tag found.
        found: u8,
        /// Where.
        at: usize,
    },
    /// Bytes after the last element.
    #[error("unexpected bytes at offset {0}")]
    Trailing(usize),
    /// Nested more deeply than followed.
    #[error("nested too deeply at offset {0}")]
    Depth(usize),
    /// A value outside what its type allows.
    #[error("malformed value at offset {0}")]
    Value(usize),
}

/// One element in place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Element<'a> {
    /// The first identifier octet: class, constructed bit and, below 31, the number.
    pub tag: u8,
    /// The content octets, without end-of-contents.
    pub content: &'a [u8],
    /// The whole encoding.
    pub full: &'a [u8],
    /// Where the encoding starts in the input of the outermost reader.
    pub start: usize,
    /// Where the content starts there.
    pub content_start: usize,
    /// Whether its length was indefinite.
    pub indefinite: bool,
}

impl<'a> Element<'a> {
    /// A reader over the content.
    #[must_use]
    pub fn reader(&self) -> Reader<'a> {
        Reader {
            bytes: self.content,
            pos: 0,
            base: self.content_start,
        }
    }

    /// Whether it is constructed.
    #[must_use]
    pub fn is_constructed(&self) -> bool {
        self.tag & 0x20 != 0
    }

    /// Where the content lies in the input of the outermost reader.
    #[must_use]
    pub fn content_range(&self) -> Range<usize> {
        self.content_start..self.content_start.saturating_add(self.content.len())
    }

    /// Where the octets of an OCTET STRING under `tag` lie, in order: one piece if primitive, the
    /// pieces of its segments if constructed (X.690 §8.7.3).
    ///
    /// # Errors
    /// [`BerError`] if it is not one, or nested more deeply than followed.
    pub fn octets(&self, tag: u8) -> Result<Vec<Range<usize>>, BerError> {
        let mut pieces = Vec::new();
        if self.tag & !0x20 != tag {
            return Err(wrong_tag(tag, self));
        }
        collect_octets(self, 0, &mut pieces)?;
        Ok(pieces)
    }
}

fn wrong_tag(expected: u8, found: &Element<'_>) -> BerError {
    BerError::Tag {
        expected,
        found: found.tag,
        at: found.start,
    }
}

fn collect_octets(
    element: &Element<'_>,
    depth: usize,
    pieces: &mut Vec<Range<usize>>,
) -> Result<(), BerError> {
    if !element.is_constructed() {
        pieces.push(element.content_range());
        return Ok(());
    }
    if depth >= 4 {
        return Err(BerError::Depth(element.start));
    }
    let mut segments = element.reader();
    while let Some(segment) = segments.next()? {
        if segment.tag & !0x20 != 0x04 {
            return Err(wrong_tag(0x04, &segment));
        }
        collect_octets(&segment, depth.saturating_add(1), pieces)?;
    }
    Ok(())
}

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    pos: usize,
    base: usize,
}

impl<'a> Reader<'a> {
    /// A reader over a whole input.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            pos: 0,
            base: 0,
        }
    }

    /// A reader over a part of a larger input, in which it starts at `base`.
    #[must_use]
    pub fn at(bytes: &'a [u8], base: usize) -> Self {
        Self {
            bytes,
            pos: 0,
            base,
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.pos..).unwrap_or_default()
    }

    /// The offset of the next element in the outermost input.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.base.saturating_add(self.pos)
    }

    /// The bytes not read yet.
    #[must_use]
    pub fn remaining(&self) -> &'a [u8] {
        self.rest()
    }

    /// The tag of the next element, if there is one.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// The next element, or `None` at the end.
    ///
    /// # Errors
    /// [`BerError`] if what follows is not an element.
    #[allow(
        clippy::should_implement_trait,
        reason = "fallible: an iterator of results would hide the end of the input behind an error"
    )]
    pub fn next(&mut self) -> Result<Option<Element<'a>>, BerError> {
        if self.rest().is_empty() {
            return Ok(None);
        }
        self.element(0).map(Some)
    }

    /// The next element, which must have `tag`.
    ///
    /// # Errors
    /// [`BerError`] if there is none or another.
    pub fn expect(&mut self, tag: u8) -> Result<Element<'a>, BerError> {
        let element = self.any()?;
        if element.tag == tag {
            Ok(element)
        } else {
            Err(wrong_tag(tag, &element))
        }
    }

    /// The next element, which must be there.
    ///
    /// # Errors
    /// [`BerError`] if there is none.
    pub fn any(&mut self) -> Result<Element<'a>, BerError> {
        self.next()?
            .ok_or_else(|| BerError::Truncated(self.offset()))
    }

    /// The next element if it has `tag`; nothing is read otherwise.
    ///
    /// # Errors
    /// [`BerError`] if it has the tag but is malformed.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, BerError> {
        if self.peek() == Some(tag) {
            self.next()
        } else {
            Ok(None)
        }
    }

    /// Demands that nothing follows.
    ///
    /// # Errors
    /// [`BerError::Trailing`].
    pub fn end(&self) -> Result<(), BerError> {
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(BerError::Trailing(self.offset()))
        }
    }

    fn byte(&mut self) -> Result<u8, BerError> {
        let byte = self.bytes.get(self.pos).copied();
        let byte = byte.ok_or_else(|| BerError::Truncated(self.offset()))?;
        self.pos = self.pos.saturating_add(1);
        Ok(byte)
    }

    fn element(&mut self, depth: usize) -> Result<Element<'a>, BerError> {
        let start = self.pos;
        let tag = self.tag()?;
        let first = self.byte()?;
        let length = match first {
            0x80 => None,
            short if short < 0x80 => Some(usize::from(short)),
            long => Some(self.long_length(long & 0x7f)?),
        };
        let content_at = self.pos;
        let (content_end, indefinite) = if let Some(length) = length {
            let end = content_at.saturating_add(length);
            if end > self.bytes.len() {
                return Err(BerError::Truncated(self.base.saturating_add(start)));
            }
            self.pos = end;
            (end, false)
        } else {
            // X.690 §8.1.3.2: only a constructed encoding may have an indefinite length.
            if tag & 0x20 == 0 {
                return Err(BerError::Header(self.base.saturating_add(start)));
            }
            (self.skip_to_end_of_contents(depth)?, true)
        };
        Ok(Element {
            tag,
            content: self.bytes.get(content_at..content_end).unwrap_or_default(),
            full: self.bytes.get(start..self.pos).unwrap_or_default(),
            start: self.base.saturating_add(start),
            content_start: self.base.saturating_add(content_at),
            indefinite,
        })
    }

    fn tag(&mut self) -> Result<u8, BerError> {
        let at = self.offset();
        let tag = self.byte()?;
        if tag & 0x1f != 0x1f {
            return Ok(tag);
        }
        // X.690 §8.1.2.4: the number follows in base 128; none of ours is that high.
        for _ in 0..5 {
            if self.byte()? & 0x80 == 0 {
                return Ok(tag);
            }
        }
        Err(BerError::Header(at))
    }

    fn long_length(&mut self, count: u8) -> Result<usize, BerError> {
        let at = self.offset();
        let mut length = 0u64;
        for index in 0..count {
            let byte = self.byte()?;
            // Leading zeros are BER; more than eight significant octets are not a length here.
            if index >= 16 || length > u64::MAX >> 8 {
                return Err(BerError::Header(at));
            }
            length = (length << 8) | u64::from(byte);
        }
        usize::try_from(length).map_err(|_| BerError::Header(at))
    }

    fn skip_to_end_of_contents(&mut self, depth: usize) -> Result<usize, BerError> {
        if depth >= MAX_INDEFINITE_DEPTH {
            return Err(BerError::Depth(self.offset()));
        }
        loop {
            let here = self.pos;
            if self.rest().starts_with(&[0, 0]) {
                self.pos = here.saturating_add(2);
                return Ok(here);
            }
            self.element(depth.saturating_add(1))?;
        }
    }
}

/// Demands that an element and all inside it have definite lengths in their shortest form, as DER
/// does (X.690 §10.1): where a structure must be DER, no two readers then see two structures.
///
/// # Errors
/// [`BerError`], also for nesting deeper than followed.
pub fn check_lengths(element: &Element<'_>) -> Result<(), BerError> {
    check_lengths_below(element, 0)
}

fn check_lengths_below(element: &Element<'_>, depth: usize) -> Result<(), BerError> {
    let length = element.content.len();
    let octets = usize::BITS
        .saturating_sub(length.leading_zeros())
        .div_ceil(8);
    let octets = if length < 0x80 { 0 } else { octets };
    // One octet each of tag and length, and the octets of a long length.
    let shortest = usize::try_from(octets).unwrap_or(0).saturating_add(2);
    let header = element.content_start.saturating_sub(element.start);
    if element.indefinite || (element.tag & 0x1f != 0x1f && header != shortest) {
        return Err(BerError::Header(element.start));
    }
    if depth >= MAX_DER_DEPTH {
        return Err(BerError::Depth(element.start));
    }
    if element.is_constructed() {
        let mut inside = element.reader();
        while let Some(child) = inside.next()? {
            check_lengths_below(&child, depth.saturating_add(1))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::asn1::values::small_integer;

    #[test]
    fn definite_and_indefinite_lengths_give_the_same_content() {
        let definite = [0x30, 5, 2, 1, 7, 5, 0];
        let indefinite = [0x30, 0x80, 2, 1, 7, 5, 0, 0, 0];
        let a = Reader::new(&definite).any().expect("definite");
        let b = Reader::new(&indefinite).any().expect("indefinite");
        assert_eq!(a.content, b.content);
        assert_eq!(b.full, indefinite);
        let mut inner = b.reader();
        let number = inner.expect(2).expect("integer");
        assert_eq!((number.start, small_integer(&number)), (2, Some(7)));
        inner.expect(5).expect("null");
        inner.end().expect("end");
    }

    #[test]
    fn der_has_one_length_for_each_element() {
        let long = crate::format::asn1::write::sequence(&[&[4, 0x81, 0x80], &[7; 128]]);
        for (bytes, good) in [
            (&[0x30, 3, 2, 1, 7][..], true),
            (&long, true),
            (&[0x30, 0x80, 2, 1, 7, 0, 0], false),
            (&[0x30, 0x81, 3, 2, 1, 7], false),
            (&[0x30, 4, 2, 0x81, 1, 7], false),
            (&[0x30, 5, 0x30, 0x80, 5, 0, 0, 0], false),
            (&[0x30, 2, 2, 1], false),
        ] {
            let element = Reader::new(bytes).any();
            let checked = element.and_then(|e| check_lengths(&e));
            assert_eq!(checked.is_ok(), good, "{bytes:02x?}");
        }
    }

    #[test]
    fn constructed_octet_strings_are_pieces() {
        let der = [0x24, 0x80, 4, 2, 1, 2, 0x24, 3, 4, 1, 3, 0, 0];
        let element = Reader::new(&der).any().expect("element");
        let pieces = element.octets(4).expect("octets");
        let bytes: Vec<u8> = pieces
            .iter()
            .flat_map(|p| der[p.clone()].to_vec())
            .collect();
        assert_eq!(bytes, [1, 2, 3]);
    }

    #[test]
    fn truncations_and_lies_are_errors_and_depth_is_bounded() {
        for bad in [
            &[0x30][..],
            &[0x30, 3, 1],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            &[4, 0x80, 0, 0],
            &[0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0],
            &[0x30, 0x80, 2, 1, 1],
        ] {
            assert!(Reader::new(bad).any().is_err(), "{bad:02x?}");
        }
        let deep: Vec<u8> = [0x30, 0x80].repeat(100_000);
        assert!(matches!(Reader::new(&deep).any(), Err(BerError::Depth(_))));
    }
}
