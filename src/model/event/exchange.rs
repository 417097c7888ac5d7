//! What counting needs of the recipients of a document, of its place in the paper register, and of how it
//! stands in the figures of electronic exchange (`counting.md` of the design, §1).

use crate::model::indication::words;
use crate::model::{CodeNotation, CodeNumber, Digest, DocumentId, DocumentKey, LocalDay, UnitCode};

words! {
    /// Whether a recipient counts in the rate of electronic exchange, as the registry said when the document was offered.
    Countable {
        /// No other legal entity of the state.
        No = 1 "no",
        /// Another legal entity of the state.
        Yes = 2 "yes",
        /// One that was off the network on the promulgation date.
        OffNetwork = 3 "off_network",
    }
}

words! {
    /// How an entry of the outgoing register says that its document was sent.
    SentBy {
        /// On paper.
        Paper = 1 "paper",
        /// Electronically.
        Electronic = 2 "electronic",
        /// Both ways.
        Both = 3 "both",
    }
}

/// How a document stands in the figures: a set of facts, each of which is one measure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Exchange(u16);

impl Exchange {
    /// It has a recipient that counts.
    pub const COUNTABLE: Self = Self(1);
    /// All of those were off the network.
    pub const OFF_NETWORK: Self = Self(1 << 1);
    /// It arrived at one of them or more.
    pub const ELECTRONIC: Self = Self(1 << 2);
    /// It arrived at all of them, and no paper followed.
    pub const ONLY: Self = Self(1 << 3);
    /// The same, leaving aside those off the network.
    pub const ONLY_REACHABLE: Self = Self(1 << 4);
    /// It arrived at one, and went on paper too.
    pub const WITH_PAPER: Self = Self(1 << 5);
    /// It stands in the paper register only.
    pub const PAPER_ONLY: Self = Self(1 << 6);
    /// The paper register calls it electronic, and it never came here.
    pub const UNPROVED: Self = Self(1 << 7);
    /// It arrived anywhere.
    pub const DELIVERED: Self = Self(1 << 8);
    /// … with a valid agency signature.
    pub const DELIVERED_AGENCY: Self = Self(1 << 9);
    /// … with a valid person's and a valid agency signature.
    pub const DELIVERED_BOTH: Self = Self(1 << 10);
    const ALL: u16 = (1 << 11) - 1;

    /// The number under which it is stored.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }

    /// What is stored under `number`; `None` if that holds a fact that this program does not know.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        (number & !Self::ALL == 0).then_some(Self(number))
    }

    /// Whether it has every fact of another.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Without the facts of another.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// With the facts of another, if `there`.
    #[must_use]
    pub fn with(self, other: Self, there: bool) -> Self {
        if there { Self(self.0 | other.0) } else { self }
    }
}

/// How one document stands in the figures changed. The store's writer adds it to the event that did it, so that
/// counting needs nothing but the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counted {
    /// The document, by the key under which it counts once.
    pub key: DocumentKey,
    /// On which day it was counted, and as what.
    pub from: (LocalDay, Exchange),
    /// On which day it is counted from now on, and as what.
    pub to: (LocalDay, Exchange),
}

/// An outgoing register of some days was handed in; its entries follow in the same change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterImported {
    /// The import.
    pub import: DocumentId,
    /// Whose register.
    pub unit: UnitCode,
    /// The first day that it covers.
    pub from: LocalDay,
    /// The last day that it covers.
    pub to: LocalDay,
    /// How many entries it has.
    pub entries: u32,
    /// The body that holds the file as it was handed in.
    pub source: Digest,
    /// Who did it: a unit, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
}

/// One entry of an outgoing register.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterEntry {
    /// Its number.
    pub number: CodeNumber,
    /// Its notation.
    pub notation: CodeNotation,
    /// Its promulgation date.
    pub day: LocalDay,
    /// How it was sent.
    pub sent_by: SentBy,
    /// Whether nothing else is known of a document under its key: it then counts as the entry says.
    pub alone: bool,
}

impl RegisterEntry {
    /// The key of its document in the register of a unit.
    #[must_use]
    pub fn key(&self, unit: &UnitCode) -> DocumentKey {
        let (number, notation) = (self.number.clone(), self.notation.clone());
        DocumentKey::new(unit.clone(), number, notation, self.day)
    }
}

/// Entries of a register that are counted from now on, or no more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterEntries {
    /// The import.
    pub import: DocumentId,
    /// Whose register.
    pub unit: UnitCode,
    /// Whether they are taken back.
    pub undone: bool,
    /// The entries.
    pub entries: Vec<RegisterEntry>,
}

/// Something was said of a unit's register of some days: that nothing was sent on paper, named like an import; or that an
/// import or a nil return is taken back, whose entries follow in the same change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterAct {
    /// The import.
    pub import: DocumentId,
    /// Whose register.
    pub unit: UnitCode,
    /// The first day that it covers.
    pub from: LocalDay,
    /// The last day that it covers.
    pub to: LocalDay,
    /// The body that holds what was said: of a nil return the signed statement, else JSON.
    pub note: Digest,
    /// Who did it: a unit, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
}
