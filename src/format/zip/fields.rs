//! Little-endian fields, one after the other.

/// What is left of a record.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The record at `at`, or nothing behind the end.
    pub(super) fn at(bytes: &'a [u8], at: usize) -> Self {
        Self(bytes.get(at..).unwrap_or_default())
    }

    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Whether it begins with these bytes, which are passed over.
    pub(super) fn begins(&mut self, signature: &[u8]) -> bool {
        self.take(signature.len()) == Some(signature)
    }
}

/// The extra fields of a header (§4.5), each with its number.
pub(super) fn extra_fields(extra: &[u8]) -> Option<Vec<(u16, &[u8])>> {
    let mut rest = Fields::of(extra);
    let mut found = Vec::new();
    while !rest.is_empty() {
        let kind = rest.u16()?;
        let length = usize::from(rest.u16()?);
        found.push((kind, rest.take(length)?));
    }
    Some(found)
}
