//! One document as it is counted: issuing unit, number, notation and year (`counting.md` of the design, §1). It may
//! have been offered more than once, and may stand in a paper register; it counts once.

use super::Measure;
use crate::model::event::{
    Countable, Counted, Event, Exchange, Judged, Offered, RegisterEntry, SentBy,
};
use crate::model::{Disposition, DocumentId, DocumentKey, LocalDay, ReasonCode, Status, UnitCode};

/// The measure that each fact of a document is.
pub const FACTS: [(Exchange, Measure); 11] = [
    (Exchange::COUNTABLE, Measure::Countable),
    (Exchange::OFF_NETWORK, Measure::OffNetwork),
    (Exchange::ELECTRONIC, Measure::Electronic),
    (Exchange::ONLY, Measure::ElectronicOnly),
    (Exchange::ONLY_REACHABLE, Measure::ElectronicOnlyReachable),
    (Exchange::WITH_PAPER, Measure::WithPaper),
    (Exchange::PAPER_ONLY, Measure::PaperOnly),
    (Exchange::UNPROVED, Measure::Unproved),
    (Exchange::DELIVERED, Measure::DeliveredDocuments),
    (Exchange::DELIVERED_AGENCY, Measure::DeliveredAgencySigned),
    (Exchange::DELIVERED_BOTH, Measure::DeliveredBothSigned),
];

/// The most days that one register or nil return covers: a leap year. Registers begin anew each year (NĐ 30/2020
/// Điều 15).
pub const REGISTER_DAYS: usize = 366;

/// One recipient of one offer of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Party {
    /// Under which identifier it was offered.
    pub document: DocumentId,
    /// The recipient.
    pub unit: UnitCode,
    /// Whether it counts.
    pub countable: Countable,
    /// How far the delivery has come.
    pub reach: Reach,
}

crate::model::indication::words! {
    /// How far a delivery has come, as far as counting asks.
    Reach {
        /// The offer was refused: nothing is delivered.
        Refused = 1 "refused",
        /// It has not arrived.
        Open = 2 "open",
        /// It arrived.
        Arrived = 3 "arrived",
        /// It was taken back or given up.
        Withdrawn = 4 "withdrawn",
        /// It was recalled.
        Recalled = 5 "recalled",
    }
}

impl Reach {
    /// Whether it was withdrawn in one way or another.
    #[must_use]
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Recalled)
    }
}

/// What one offer says that was not refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Said {
    /// Under which identifier it was offered.
    pub document: DocumentId,
    /// Whether the agency signed.
    pub agency: bool,
    /// Whether a person and the agency signed.
    pub both: bool,
    /// Whether the sender says that it follows on paper.
    pub paper_follows: bool,
}

/// Its entry in the paper register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The import that brought it.
    pub import: DocumentId,
    /// The promulgation date that it names.
    pub day: LocalDay,
    /// How it says that the document was sent.
    pub sent_by: SentBy,
}

/// What is known of one document, as far as counting asks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OneDocument {
    /// The first offer and its promulgation date; `None`: it is known only from a register.
    pub first: Option<(DocumentId, LocalDay)>,
    /// Its recipients, by offer.
    pub parties: Vec<Party>,
    /// What each offer says that was not refused.
    pub said: Vec<Said>,
    /// Its entry in a register.
    pub entry: Option<Entry>,
    /// As what it is counted by the records so far.
    pub told: Option<(LocalDay, Exchange)>,
}

impl Exchange {
    /// As what a document is counted by its offer alone.
    #[must_use]
    pub fn of_offer(e: &Offered) -> Self {
        let mut counted = e.countable.iter().filter(|c| **c != Countable::No);
        let off = |c: &Countable| *c == Countable::OffNetwork;
        let some = counted.clone().next().is_some();
        Self::default()
            .with(Self::COUNTABLE, some)
            .with(Self::OFF_NETWORK, some && counted.all(off))
    }

    /// As what an entry of a register is counted of which nothing else is known.
    #[must_use]
    pub fn of_entry(sent_by: SentBy) -> Self {
        match sent_by {
            SentBy::Paper | SentBy::Both => Self::PAPER_ONLY,
            SentBy::Electronic => Self::UNPROVED,
        }
    }
}

/// Whether an offer is counted at all: secret material is in no denominator, and is counted as refused for secrecy.
#[must_use]
pub fn is_counted(e: &Offered) -> bool {
    e.judged.reason != ReasonCode::SecrecyNotAllowed
}

impl OneDocument {
    /// Takes what happened to it. Entries of registers: [`Self::enter`] and [`Self::strike`].
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "the others change nothing here; the random histories would tell"
    )]
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Offered(e) => self.offered(e),
            Event::Rejudged(e) => self.rejudged(e.document, &e.judged),
            Event::Arrived(e) => self.reach(e.document, &e.recipient, Reach::Arrived),
            Event::Recalled(e) => self.reach(e.document, &e.recipient, Reach::Recalled),
            Event::TakenBack(e) => self.reach(e.document, &e.recipient, Reach::Withdrawn),
            Event::TakeBackAnswered(e) if e.status == Status::Agreed => {
                self.reach(e.document, &e.recipient, Reach::Withdrawn);
            }
            Event::GivenUp(e) => self.reach(e.document, &e.recipient, Reach::Withdrawn),
            Event::Counted(e) => self.told = Some(e.to),
            _ => {}
        }
    }

    /// An entry of a register names it.
    pub fn enter(&mut self, import: DocumentId, entry: &RegisterEntry) {
        let (day, sent_by) = (entry.day, entry.sent_by);
        self.entry = Some(Entry {
            import,
            day,
            sent_by,
        });
        if entry.alone {
            self.told = Some((day, Exchange::of_entry(sent_by)));
        }
    }

    /// The entry of that import does not count any more.
    pub fn strike(&mut self, import: DocumentId, entry: &RegisterEntry) {
        if self.entry.is_none_or(|known| known.import != import) {
            return;
        }
        self.entry = None;
        if entry.alone {
            self.told = None;
        }
    }

    /// Whether nothing is known of it.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.first.is_none() && self.entry.is_none()
    }

    /// How the figures have to change for it to be counted as it stands; `None` if they are right.
    #[must_use]
    pub fn correction(&self, key: &DocumentKey) -> Option<Counted> {
        let to = (self.day()?, self.standing());
        let from = self.told.unwrap_or_else(|| (to.0, Exchange::default()));
        let nothing = from.1 == to.1 && to.1 == Exchange::default();
        (from != to && !nothing).then(|| Counted {
            key: key.clone(),
            from,
            to,
        })
    }

    /// The day on which it is counted: that of its first offer, else that of the register.
    #[must_use]
    pub fn day(&self) -> Option<LocalDay> {
        let entry = self.entry.map(|entry| entry.day);
        let first = self.first.map(|(_, day)| day);
        let told = self.told.map(|(day, _)| day);
        first.or(entry).or(told)
    }

    fn offered(&mut self, e: &Offered) {
        if !is_counted(e) {
            return;
        }
        if self.first.is_none() {
            self.first = Some((e.document, e.promulgated));
            if !e.in_register {
                self.told = Some((e.promulgated, Exchange::of_offer(e)));
            }
        }
        let refused = e.judged.disposition == Disposition::Refuse;
        let reach = if refused { Reach::Refused } else { Reach::Open };
        let all = e.recipients.iter().zip(&e.countable);
        self.parties.extend(all.map(|(unit, countable)| Party {
            document: e.document,
            unit: unit.clone(),
            countable: *countable,
            reach,
        }));
        if !refused {
            self.said.push(Said {
                document: e.document,
                agency: e.judged.agency_signed,
                both: e.judged.agency_signed && e.judged.person_signed,
                paper_follows: e.paper_follows,
            });
        }
    }

    fn rejudged(&mut self, document: DocumentId, judged: &Judged) {
        if judged.disposition != Disposition::Refuse {
            let mut own = self
                .said
                .iter_mut()
                .filter(|said| said.document == document);
            if let Some(said) = own.next() {
                said.agency = judged.agency_signed;
                said.both = judged.agency_signed && judged.person_signed;
            }
            return;
        }
        self.said.retain(|said| said.document != document);
        for party in &mut self.parties {
            if party.document == document {
                party.reach = Reach::Refused;
            }
        }
    }

    fn reach(&mut self, document: DocumentId, unit: &UnitCode, reach: Reach) {
        let mut parties = self.parties.iter_mut();
        let own = parties.find(|p| p.document == document && p.unit == *unit);
        if let Some(party) = own {
            party.reach = reach;
        }
    }

    /// As what it counts as it stands.
    #[must_use]
    pub fn standing(&self) -> Exchange {
        if self.first.is_none() {
            let entry = self.entry.map(|entry| Exchange::of_entry(entry.sent_by));
            return entry.unwrap_or_default();
        }
        let mut out = self.delivered();
        let on_paper = |entry: Entry| entry.sent_by != SentBy::Electronic;
        let entered = self.entry.is_some_and(on_paper);
        let Some(parties) = self.that_count() else {
            // Whom the paper reached no register says: as of an entry alone, that counts.
            let nobody = self.parties.iter().all(|p| p.countable == Countable::No);
            return out.with(Exchange::PAPER_ONLY, nobody && entered);
        };
        let paper = entered || self.said.iter().any(|said| said.paper_follows);
        let arrived = |unit: &UnitCode| {
            let mut own = parties.iter().filter(|p| p.unit == *unit);
            own.any(|p| p.reach == Reach::Arrived)
        };
        let off = |p: &Party| {
            let mut own = parties.iter().filter(|q| q.unit == p.unit);
            own.any(|q| q.countable == Countable::OffNetwork) && !arrived(&p.unit)
        };
        let all = parties.iter().all(|p| arrived(&p.unit));
        let some = parties.iter().any(|p| arrived(&p.unit));
        let reachable = parties.iter().filter(|p| !off(p)).all(|p| arrived(&p.unit));
        let nobody = parties.iter().all(|p| off(p));
        out = out.with(Exchange::COUNTABLE, true);
        out = out.with(Exchange::OFF_NETWORK, nobody);
        out = out.with(Exchange::ELECTRONIC, some);
        out = out.with(Exchange::ONLY, all && !paper);
        out = out.with(Exchange::ONLY_REACHABLE, some && reachable && !paper);
        let by_paper = paper || parties.iter().any(|p| off(p));
        out.with(Exchange::WITH_PAPER, some && by_paper)
    }

    /// The deliveries by which it counts; `None` if it does not. Those that were withdrawn are left aside, unless all
    /// were: it then left the figures if it was recalled, and otherwise reached nobody.
    fn that_count(&self) -> Option<Vec<&Party>> {
        let relayed = self.parties.iter().any(|p| p.reach != Reach::Refused);
        let counts =
            |p: &&Party| p.countable != Countable::No && (p.reach == Reach::Refused) != relayed;
        let all: Vec<&Party> = self.parties.iter().filter(counts).collect();
        let standing: Vec<&Party> = all.iter().copied().filter(|p| !p.reach.is_gone()).collect();
        if !standing.is_empty() {
            return Some(standing);
        }
        let recalled = all.iter().any(|p| p.reach == Reach::Recalled);
        (!all.is_empty() && !recalled).then_some(all)
    }

    fn delivered(&self) -> Exchange {
        let arrived = self.parties.iter().filter(|p| p.reach == Reach::Arrived);
        let signatures = |p: &Party| {
            let mut own = self.said.iter().filter(|s| s.document == p.document);
            own.next().map_or((false, false), |s| (s.agency, s.both))
        };
        let each: Vec<(bool, bool)> = arrived.map(signatures).collect();
        let some = !each.is_empty();
        Exchange::default()
            .with(Exchange::DELIVERED, some)
            .with(Exchange::DELIVERED_AGENCY, some && each.iter().all(|s| s.0))
            .with(Exchange::DELIVERED_BOTH, some && each.iter().all(|s| s.1))
    }
}
