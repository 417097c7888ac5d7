//! Findings: shortcomings with unit, documents, remedy, owner and due date; how they end, and who was reminded. And
//! the reports that go out by themselves, so that each goes once.

use crate::model::indication::words;
use crate::model::{Digest, DocumentId, DocumentKey, LocalDay, Period, Position, UnitCode};

/// The longest name of a figure or of a scheduled report: a refusal for a reason has the longest, of some forty octets.
const MAX_NAME: usize = 64;

/// The stable name of a figure (a rate or a measure) or of a scheduled report: `exchange`, `refused.key-revoked`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PlainName(String);

impl PlainName {
    /// A name of 1 to 64 small letters, digits, dots, hyphens and underlines, which is never a text of somebody.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        let good = (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(plain);
        good.then(|| Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for PlainName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The figure from which a finding was opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundIn {
    /// The rate or measure.
    pub figure: PlainName,
    /// Of which period.
    pub period: Period,
    /// Whether what the rate lacks, not what it counts.
    pub missing: bool,
    /// The figure as it was then: how many items its list had.
    pub total: u64,
    /// The last record of the log that the list was made of.
    pub position: Position,
}

/// One of the items that a finding is about, as the list behind a figure names it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FoundItem {
    /// A document.
    Document(DocumentId),
    /// A document at one recipient.
    Delivery(DocumentId, UnitCode),
    /// A document known by its key only: from the paper register.
    Key(DocumentKey),
    /// A register or nil return.
    Import(DocumentId),
}

/// A finding was opened. Its words (what is wrong, the remedy, who answers for it) are a body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FindingOpened {
    /// The finding.
    pub finding: DocumentId,
    /// The unit of which it is.
    pub unit: UnitCode,
    /// From which figure; `None`: the documents were named one by one.
    pub figure: Option<FoundIn>,
    /// What it is about, without repetition.
    pub items: Vec<FoundItem>,
    /// The last day on which the remedy is in time.
    pub due: LocalDay,
    /// The body that holds the words (JSON).
    pub note: Digest,
    /// Who opened it: a unit, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
}

/// What shows that a shortcoming is made good. Each kind is looked up when the finding is closed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Evidence {
    /// A document of the gateway.
    Document(DocumentId),
    /// The receipt of the record at that place.
    Receipt(Position),
    /// A statement of a period.
    Statement(Period, u32),
    /// A register or nil return of the finding's unit that is in force.
    Import(DocumentId),
    /// A file that was handed in and is kept, by its SHA-256.
    File(Digest),
}

/// A finding was closed, with what shows that it is made good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FindingClosed {
    /// The finding.
    pub finding: DocumentId,
    /// The unit of which it is.
    pub unit: UnitCode,
    /// What shows it; never empty.
    pub evidence: Vec<Evidence>,
    /// The body that holds what was said (JSON).
    pub note: Digest,
    /// Who closed it: a unit, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
}

words! {
    /// Why somebody was reminded.
    ReminderCause {
        /// The due date is near.
        Ahead = 1 "ahead",
        /// The due date is over.
        Overdue = 2 "overdue",
        /// The administrator wanted it.
        Asked = 3 "asked",
    }
}

words! {
    /// Which way something was sent.
    PostWay {
        /// By electronic mail.
        Mail = 1 "mail",
        /// Into a folder.
        Folder = 2 "folder",
    }
}

/// The contact of a unit was reminded of a finding. The address is in the registry, not here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FindingReminded {
    /// The finding.
    pub finding: DocumentId,
    /// The unit of which it is.
    pub unit: UnitCode,
    /// The day of the reminder: no second one goes out on it by itself.
    pub day: LocalDay,
    /// Why.
    pub cause: ReminderCause,
    /// Which way.
    pub way: PostWay,
}

/// A scheduled report went out: to its folder, to its addresses, or both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportSent {
    /// The schedule, by its name in the configuration.
    pub schedule: PlainName,
    /// The period of the report.
    pub period: Period,
    /// SHA-256 over the names and bytes of its files in their order.
    pub files: Digest,
    /// How many addresses it went to; 0: only to the folder.
    pub addresses: u16,
}
