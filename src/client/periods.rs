//! Closed periods and their statements, as they travel.

use crate::seal::statement::Change;
use serde::{Deserialize, Serialize};

/// A statement of a period, and the record that says so.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StatementView {
    /// The period.
    pub period: String,
    /// Its first day.
    pub first_day: String,
    /// Its last day.
    pub last_day: String,
    /// Which statement of the period: 1 closes it, those behind it are corrections.
    pub number: u32,
    /// The last record counted into it.
    pub counted: u64,
    /// The log's hash-chain head there.
    pub chain: String,
    /// SHA-256 of its canonical JSON.
    pub statement_sha256: String,
    /// SHA-256 of the signed bytes.
    pub sealed_sha256: String,
    /// The statement of the same period that it corrects, by its SHA-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
    /// The statement before it, of whatever period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The place of its record.
    pub position: u64,
    /// When it was committed: RFC 3339 with offset.
    pub at: String,
}

/// Answer to closing or correcting a period.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ClosedView {
    /// The statement.
    #[serde(flatten)]
    pub statement: StatementView,
    /// Whether the period had been closed before; nothing was written then.
    pub repeated: bool,
}

/// A statement with what it says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StatementContentView {
    /// The record.
    #[serde(flatten)]
    pub record: StatementView,
    /// The canonical JSON that is signed.
    pub statement: serde_json::Value,
    /// What the counters say otherwise now: what a correction would bring in. Of the last statement of the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Vec<ChangeView>>,
}

/// A figure that differs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChangeView {
    /// Whose.
    pub unit: String,
    /// Which.
    pub measure: String,
    /// What the statement says.
    pub before: i64,
    /// What it is, counted by another way or later.
    pub after: i64,
}

impl ChangeView {
    /// Of a change.
    #[must_use]
    pub fn of(change: &Change) -> Self {
        Self {
            unit: change.unit.to_string(),
            measure: change.measure.name(),
            before: change.before,
            after: change.after,
        }
    }
}

/// Body of `POST /admin/periods/{period}/correct`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrectRequest {
    /// Why; at most 4000 characters. It stands in the statement.
    pub reason: String,
}
