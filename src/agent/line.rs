//! Whether the gateway does its part. Known once for all that the agent does: what one of its halves learns,
//! the others need not try, and its office is told once.

use super::retry::Retry;
use super::{Office, Told};
use std::cell::Cell;

/// The line to the gateway.
#[derive(Debug, Default)]
pub(super) struct Line(Cell<Retry>);

impl Line {
    /// Whether it may be tried now.
    pub(super) fn is_due(&self) -> bool {
        self.0.get().is_due()
    }

    /// The gateway did its part.
    pub(super) fn worked(&self, office: &Office) {
        let mut retry = self.0.get();
        if retry.went_well() {
            office.tell(Told::new("back"));
        }
        self.0.set(retry);
    }

    /// It did not. Several that were under way together fail as one.
    pub(super) fn failed(&self, office: &Office, problem: &str) {
        let mut retry = self.0.get();
        if retry.failures() == 0 {
            office.tell(Told::new("away").with("problem", problem));
        }
        if retry.is_due() {
            retry.failed();
            self.0.set(retry);
        }
    }
}
