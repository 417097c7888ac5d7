//! The gateway's clock beside the last event, and confirming it over the socket of administration.

use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// Answer to `GET /admin/clock`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ClockView {
    /// When the last event was committed: RFC 3339 with offset.
    pub last_event: String,
    /// The gateway's clock.
    pub clock: String,
    /// By how many seconds the clock stands before the last event; 0 if it does not.
    pub behind_seconds: i64,
    /// Whether nothing is taken in because of it.
    pub paused: bool,
}

impl ClockView {
    /// Of a clock and the last event.
    #[must_use]
    pub fn of(last: Timestamp, clock: Timestamp, paused: bool) -> Self {
        Self {
            last_event: last.to_string(),
            clock: clock.to_string(),
            behind_seconds: last.0.saturating_sub(clock.0).max(0) / 1000,
            paused,
        }
    }
}

/// Body of `POST /admin/clock/confirm`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockRequest {
    /// The last event, as it was shown.
    pub last_event: String,
    /// Why the clock is right; at most 4000 characters.
    pub reason: String,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
}

/// Answer to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ClockConfirmedView {
    /// The place of the record in the log.
    pub position: u64,
    /// What event time stands at until the clock has come as far.
    pub last_event: String,
    /// The clock as it was confirmed.
    pub clock: String,
}
