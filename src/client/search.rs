//! Searching documents, as it travels.

use super::figure_rows::FigureRowView;
use serde::{Deserialize, Serialize};

/// What is looked for. Everything that is given has to hold.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words, with or without marks; each begins a word of number, notation, subject or the name of a side, or is the code of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whose documents: what it sent and what arrived there. Only the administrator may leave it out or name another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The notation; capitals and marks make no difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notation: Option<String>,
    /// The code of the sender or of a recipient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// The first day: of the sending, or of the arrival; absent: a year before the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day; absent: today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The most documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

/// One page of what was found, by day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SearchView {
    /// Whether nothing of it took place: the history is simulated. Absent: it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// The documents.
    pub items: Vec<FigureRowView>,
    /// How many documents were looked at for this page.
    pub looked_at: usize,
    /// Where the search goes on; a page that has one may be empty.
    pub next: Option<String>,
}
