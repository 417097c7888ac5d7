//! The primitives of the codec: little-endian numbers, and texts with their length before them.

use super::CodecError;
use crate::model::{Digest, DocumentId, LocalDay, Position, Timestamp, UnitCode};

/// Appends primitives to a buffer.
#[derive(Debug)]
pub(in crate::store) struct Writer<'a>(pub(in crate::store) &'a mut Vec<u8>);

impl Writer<'_> {
    pub(in crate::store) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(in crate::store) fn bool(&mut self, value: bool) {
        self.0.push(u8::from(value));
    }

    pub(in crate::store) fn u16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(in crate::store) fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(in crate::store) fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(in crate::store) fn i64(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A count of members of an event, which 16 bits hold: an event with more is refused before it is written
    /// ([`super::fits()`]).
    pub(in crate::store) fn count(&mut self, count: usize) {
        self.u16(u16::try_from(count).unwrap_or(u16::MAX));
    }

    /// A count of members of a row, which grows with what happens to a document.
    pub(in crate::store) fn many(&mut self, count: usize) {
        self.u32(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// A short text: at most 255 bytes, which the types that are written here never exceed.
    pub(in crate::store) fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let len = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
        self.u8(len);
        self.0.extend(bytes.iter().take(usize::from(len)));
    }

    pub(in crate::store) fn digest(&mut self, digest: &Digest) {
        self.0.extend_from_slice(&digest.0);
    }

    pub(in crate::store) fn digest_opt(&mut self, digest: Option<&Digest>) {
        self.bool(digest.is_some());
        if let Some(digest) = digest {
            self.digest(digest);
        }
    }

    pub(in crate::store) fn id(&mut self, id: DocumentId) {
        self.0.extend_from_slice(id.0.as_bytes());
    }

    pub(in crate::store) fn unit(&mut self, unit: &UnitCode) {
        self.text(unit.as_str());
    }

    pub(in crate::store) fn day(&mut self, day: LocalDay) {
        self.0.extend_from_slice(&day.number().to_le_bytes());
    }

    pub(in crate::store) fn time(&mut self, at: Timestamp) {
        self.i64(at.0);
    }

    pub(in crate::store) fn day_opt(&mut self, day: Option<LocalDay>) {
        self.bool(day.is_some());
        if let Some(day) = day {
            self.day(day);
        }
    }

    pub(in crate::store) fn time_opt(&mut self, at: Option<Timestamp>) {
        self.bool(at.is_some());
        if let Some(at) = at {
            self.time(at);
        }
    }

    pub(in crate::store) fn position(&mut self, position: Position) {
        self.u64(position.0);
    }

    /// A figure, mostly a small one: seven bits a byte, lowest first; the sign in the lowest bit.
    pub(in crate::store) fn figure(&mut self, figure: i64) {
        let mut rest = (figure.wrapping_shl(1) ^ figure.wrapping_shr(63)).cast_unsigned();
        loop {
            let [low, ..] = rest.to_le_bytes();
            rest >>= 7;
            if rest == 0 {
                self.u8(low & 0x7f);
                return;
            }
            self.u8(low | 0x80);
        }
    }
}

/// Takes primitives off the front of a slice.
#[derive(Debug)]
pub(in crate::store) struct Reader<'a>(pub(in crate::store) &'a [u8]);

impl<'a> Reader<'a> {
    pub(in crate::store) fn take(&mut self, len: usize) -> Result<&'a [u8], CodecError> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(CodecError::Short)?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let (head, rest) = self.0.split_first_chunk().ok_or(CodecError::Short)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(in crate::store) fn u8(&mut self) -> Result<u8, CodecError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(in crate::store) fn bool(&mut self) -> Result<bool, CodecError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(CodecError::Value("flag", u64::from(other))),
        }
    }

    pub(in crate::store) fn u16(&mut self) -> Result<u16, CodecError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(in crate::store) fn u32(&mut self) -> Result<u32, CodecError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(in crate::store) fn u64(&mut self) -> Result<u64, CodecError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(in crate::store) fn i64(&mut self) -> Result<i64, CodecError> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    pub(in crate::store) fn text(&mut self) -> Result<&'a str, CodecError> {
        let len = self.u8()?;
        let bytes = self.take(usize::from(len))?;
        std::str::from_utf8(bytes).map_err(|_| CodecError::Text)
    }

    pub(in crate::store) fn digest(&mut self) -> Result<Digest, CodecError> {
        Ok(Digest(self.array()?))
    }

    pub(in crate::store) fn digest_opt(&mut self) -> Result<Option<Digest>, CodecError> {
        if self.bool()? {
            return self.digest().map(Some);
        }
        Ok(None)
    }

    pub(in crate::store) fn id(&mut self) -> Result<DocumentId, CodecError> {
        Ok(DocumentId(uuid::Uuid::from_bytes(self.array()?)))
    }

    pub(in crate::store) fn unit(&mut self) -> Result<UnitCode, CodecError> {
        UnitCode::parse(self.text()?).ok_or(CodecError::Text)
    }

    pub(in crate::store) fn day(&mut self) -> Result<LocalDay, CodecError> {
        let number = i32::from_le_bytes(self.array()?);
        LocalDay::from_number(number).ok_or(CodecError::Text)
    }

    pub(in crate::store) fn time(&mut self) -> Result<Timestamp, CodecError> {
        self.i64().map(Timestamp)
    }

    pub(in crate::store) fn day_opt(&mut self) -> Result<Option<LocalDay>, CodecError> {
        if self.bool()? {
            return self.day().map(Some);
        }
        Ok(None)
    }

    pub(in crate::store) fn time_opt(&mut self) -> Result<Option<Timestamp>, CodecError> {
        if self.bool()? {
            return self.time().map(Some);
        }
        Ok(None)
    }

    pub(in crate::store) fn position(&mut self) -> Result<Position, CodecError> {
        self.u64().map(Position)
    }

    pub(in crate::store) fn figure(&mut self) -> Result<i64, CodecError> {
        let mut value = 0u64;
        for shift in [0u32, 7, 14, 21, 28, 35, 42, 49, 56, 63] {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                let sign = (value & 1).cast_signed().wrapping_neg();
                return Ok((value >> 1).cast_signed() ^ sign);
            }
        }
        Err(CodecError::Value("figure", value))
    }

    /// A member of a closed list by its stored number.
    pub(in crate::store) fn word<T>(
        &mut self,
        what: &'static str,
        of: fn(u16) -> Option<T>,
    ) -> Result<T, CodecError> {
        let number = self.u16()?;
        of(number).ok_or_else(|| CodecError::Value(what, u64::from(number)))
    }

    /// Nothing may follow.
    pub(in crate::store) fn end(&self) -> Result<(), CodecError> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(CodecError::Trailing(self.0.len()))
    }
}
