//! What is to happen to each document of the year. Nothing is stored here, and nothing is counted by `rates`:
//! [`super::tally`] reckons the figures from these plans, and a test compares.

use super::offices::Office;
use crate::model::{LocalDay, Timestamp};

/// The type that is numbered in a series of its own.
pub(super) const DECISION: &str = "Quyết định";

/// How a document is signed, and so what the gateway says of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signed {
    /// By a person and the agency.
    Both,
    /// By the agency.
    Agency,
    /// By a person only: refused.
    Person,
    /// By nobody: refused.
    Nobody,
    /// By both, and altered afterwards: refused.
    Altered,
}

impl Signed {
    /// Whether it is relayed.
    #[must_use]
    pub fn passes(self) -> bool {
        matches!(self, Self::Both | Self::Agency)
    }
}

/// What happens at one recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    /// The recipient, by its place among the offices.
    pub office: usize,
    /// When it fetches the document.
    pub fetched: Option<Timestamp>,
    /// When it answers, and whether it accepts.
    pub answered: Option<(Timestamp, bool)>,
    /// When it has dealt with it.
    pub completed: Option<Timestamp>,
    /// When the sender takes it back, before it was fetched.
    pub taken_back: Option<Timestamp>,
    /// When the gateway ends the wait: the recipient is no unit any more.
    pub expired: Option<Timestamp>,
}

/// What the gateway sees of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    /// When it is offered, and how it is signed then.
    pub offers: Vec<(Timestamp, Signed)>,
    /// Its recipients.
    pub stops: Vec<Stop>,
    /// Until when it is to be dealt with.
    pub due: Option<LocalDay>,
    /// When its sender recalls it everywhere.
    pub recalled: Option<Timestamp>,
}

/// One document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Its issuer, by its place among the offices.
    pub office: usize,
    /// Its number.
    pub number: u32,
    /// Its type.
    pub kind: &'static str,
    /// Its day of promulgation.
    pub day: LocalDay,
    /// What it is about.
    pub subject: &'static str,
    /// Whether it goes on paper (too).
    pub paper: bool,
    /// Whether its register calls it electronic although the gateway never saw it.
    pub unproved: bool,
    /// What the gateway sees of it; `None`: nothing.
    pub sent: Option<Sent>,
}

impl Plan {
    /// Its notation.
    #[must_use]
    pub fn notation(&self, office: &Office) -> String {
        match self.kind {
            DECISION => format!("QĐ-{}", office.letters),
            _ => format!("{}-{}", office.letters, office.drafts),
        }
    }
}
