//! The survey of those who were served: codes, what answers come to, and what of it may be shown.
//!
//! It is the gateway's own. It is never called, nor added to, the ministry's index of satisfaction (SIPAS), which the
//! ministry collects by itself.

mod code;
mod paper;
mod results;
#[cfg(test)]
mod tests;

pub use code::{BATCH, CODE_BYTES, Code};
pub use paper::{MAX_PAPERS, Paper, PaperError, PaperMistake, parse};
pub use results::{Asked, SMALLEST, Share, Shown, Span, Tally, results};

use crate::model::{LocalDay, Period};

/// How long a code may be used after its month: paper slips are sent in, and the figures of a year are reported two months
/// into the next.
const OPEN_DAYS: i32 = 60;

/// Whether an answer with a code of that month still counts.
#[must_use]
pub fn is_open(month: Period, today: LocalDay) -> bool {
    let last = month.days().end().number().saturating_add(OPEN_DAYS);
    today.number() <= last
}
