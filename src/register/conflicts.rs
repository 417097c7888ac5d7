//! Where the register and what came electronically say different things of one document.

use crate::model::LocalDay;
use crate::model::event::SentBy;
use crate::model::indication::words;

words! {
    /// How they differ.
    Conflict {
        /// The days of promulgation differ.
        Day = 1 "date",
        /// The register says that it was sent electronically, and it was never seen here.
        NeverSeen = 2 "never_seen",
        /// The register says that it was sent on paper alone, and it went electronically.
        WentElectronically = 3 "went_electronically",
    }
}

/// What is known of the electronic document under the same key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Known {
    /// Its day of promulgation.
    pub day: LocalDay,
    /// Whether it was sent to a recipient that counts.
    pub countable: bool,
}

/// How a row of the register and the electronic document under its key differ. A register that says nothing of how
/// documents were sent says that they went on paper.
#[must_use]
pub fn conflicts(day: LocalDay, sent_by: SentBy, known: Option<Known>) -> Vec<Conflict> {
    let Some(known) = known else {
        return match sent_by {
            SentBy::Electronic | SentBy::Both => vec![Conflict::NeverSeen],
            SentBy::Paper => Vec::new(),
        };
    };
    let mut found = Vec::new();
    if known.day != day {
        found.push(Conflict::Day);
    }
    if sent_by == SentBy::Paper && known.countable {
        found.push(Conflict::WentElectronically);
    }
    found
}
