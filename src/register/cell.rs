//! What stands in a cell.

use crate::model::nfc;
use std::borrow::Cow;

/// A cell that is not empty.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Cell<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// A number of a workbook; a day is one too, counted from there.
    Number(f64, Epoch),
    /// A formula that was never computed.
    Formula,
    /// A formula that failed, as the spreadsheet shows it.
    Failed(Cow<'a, str>),
    /// Octets that are no text, or a value that the workbook does not have.
    Unreadable,
}

/// From when a workbook counts its days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Epoch {
    /// 1900, the rule.
    Y1900,
    /// 1904, of old Macintoshes.
    Y1904,
}

impl Cell<'_> {
    /// As a person reads it: text in NFC, without white space around it, and with one space where there is more of it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => nfc(text).split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Number(number, _) => number.to_string(),
            Self::Failed(text) => text.trim().to_owned(),
            Self::Formula | Self::Unreadable => String::new(),
        }
    }
}
