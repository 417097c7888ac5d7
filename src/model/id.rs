//! Identifiers: documents and places in the event log.

use std::fmt;
use uuid::Uuid;

/// A document's identifier: a UUIDv7 (RFC 9562 §5.7), made by the gateway that took it in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub Uuid);

impl DocumentId {
    /// Builds the identifier from its moment and 10 bytes of chance.
    #[must_use]
    pub fn new(at: super::Timestamp, chance: [u8; 10]) -> Self {
        let millis = u64::try_from(at.0).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &chance).into_uuid())
    }

    /// The moment in it: when the gateway took the document in.
    #[must_use]
    pub fn begun(self) -> super::Timestamp {
        let [a, b, c, d, e, f, ..] = *self.0.as_bytes();
        let millis = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        super::Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    /// Before every other in their order.
    pub const FIRST: Self = Self(Uuid::nil());

    /// The next in their order.
    #[must_use]
    pub fn next(self) -> Self {
        Self(Uuid::from_u128(self.0.as_u128().saturating_add(1)))
    }

    /// Parses the hyphenated form; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 36 {
            return None;
        }
        Uuid::try_parse(text).ok().map(Self)
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.hyphenated(), f)
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The sequence number of a record in the event log; the first record is 1, and 0 is "before all".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Position(pub u64);

impl Position {
    /// Before the first record.
    pub const START: Self = Self(0);
    /// After every record there is or will be.
    pub const END: Self = Self(u64::MAX);

    /// The position after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
