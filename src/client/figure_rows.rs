//! What stands behind a figure, as it travels: its documents and deliveries, as many as the figure.

use serde::{Deserialize, Serialize};

/// Which page of which list.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureRowsQuery {
    /// Whose figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// A measure, a rate (its numerator), or `refused` (for whatever reason).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// The period; absent: this month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// `true`: what the rate's denominator counts and its numerator does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// The cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The most rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

/// One page of what stands behind a figure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FigureRowsView {
    /// Whether nothing of it took place: the history is simulated. Absent: it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// The unit's code.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// The measure or rate as it was asked for.
    pub measure: String,
    /// The period.
    pub period: String,
    /// Whether the list is of what the figure lacks.
    pub missing: bool,
    /// The figure: how many rows all pages have together.
    pub total: i64,
    /// The last record of the log that this page is made of. Pages that name different ones are of different moments.
    pub position: u64,
    /// The rows, by day.
    pub items: Vec<FigureRowView>,
    /// The cursor of the next page; a page that has one may be shorter than was asked for, or empty.
    pub next: Option<String>,
}

/// One of the items under a figure: metadata, never content of files.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct FigureRowView {
    /// The day on which it counts.
    pub day: String,
    /// `document`, `delivery` (one document at one recipient), `register` (known from a paper register only) or `import`
    /// (a register or nil return that covers the day).
    pub kind: String,
    /// The identifier of the document, or of the import.
    pub id: Option<String>,
    /// Its number.
    pub number: Option<String>,
    /// Its notation.
    pub notation: Option<String>,
    /// Its date of promulgation.
    pub promulgated: Option<String>,
    /// Its subject, unless that was erased or never kept.
    pub subject: Option<String>,
    /// Who sent it.
    pub sender: Option<String>,
    /// To whom: of a delivery, or of a document with one recipient.
    pub recipient: Option<String>,
    /// How many recipients it has.
    pub recipients: usize,
    /// When it was offered.
    pub offered: Option<String>,
    /// When it arrived; of a document, anywhere for the first time.
    pub arrived: Option<String>,
    /// When it was answered; of a document, by anybody for the first time.
    pub answered: Option<String>,
    /// How far the delivery has come; of a document, what the gateway decided.
    pub state: Option<String>,
    /// What was decided: `accepted`, `held`, `refused` or `recorded`.
    pub disposition: Option<String>,
    /// What validation says.
    pub indication: Option<String>,
    /// The stable reason code.
    pub reason: Option<String>,
    /// The log positions of its records that receipts prove, oldest first; of a document with many, the first ones.
    pub receipts: Vec<u64>,
    /// The command that shows more.
    pub next: Option<String>,
}
