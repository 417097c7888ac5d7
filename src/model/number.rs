//! A document's number, notation and the key under which it counts once.

use super::{LocalDay, UnitCode, nfc};
use std::fmt;

/// `CodeNumber`: 1–11 characters (NĐ 30/2020, Phụ lục VI II), NFC, no control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CodeNumber(String);

/// `CodeNotation`: 1–30 characters (NĐ 30/2020, Phụ lục VI II), NFC, no control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CodeNotation(String);

fn bounded(text: &str, max: usize) -> Option<String> {
    // NFC may shorten, never lengthen beyond three-fold: look at a bounded prefix only.
    if text.len() > max.saturating_mul(16) {
        return None;
    }
    let text = nfc(text.trim());
    let count = text.chars().count();
    let clean = !text.chars().any(char::is_control);
    (count >= 1 && count <= max && clean).then_some(text)
}

impl CodeNumber {
    /// Normalises and checks; `None` if empty, too long or with control characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        bounded(text, 11).map(Self)
    }
    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CodeNotation {
    /// Normalises and checks; `None` if empty, too long or with control characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        bounded(text, 30).map(Self)
    }
    /// The notation as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What makes two files "one document" for counting: issuing unit, number, notation and the year
/// of promulgation (numbers restart at 01 each year, NĐ 30/2020 Điều 15).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DocumentKey {
    /// The issuing unit.
    pub unit: UnitCode,
    /// The number.
    pub number: CodeNumber,
    /// The notation.
    pub notation: CodeNotation,
    /// The year of promulgation.
    pub year: i16,
}

impl DocumentKey {
    /// The key of a document promulgated on `day`.
    #[must_use]
    pub fn new(unit: UnitCode, number: CodeNumber, notation: CodeNotation, day: LocalDay) -> Self {
        Self {
            unit,
            number,
            notation,
            year: day.year(),
        }
    }
}

impl fmt::Display for DocumentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{} ({}, {})",
            self.number.0, self.notation.0, self.unit, self.year
        )
    }
}
