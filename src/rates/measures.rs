//! Every measure: what it counts, and on which day. Numbers are stored and never reused.

use crate::model::ReasonCode;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Whether a measure counts documents (once, for the issuer) or deliveries (per recipient).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    /// Documents, on their promulgation date.
    Documents,
    /// What was done (offers, decisions, recalls), on the day of the commit.
    Activity,
    /// Deliveries, on the day of arrival.
    Deliveries,
    /// Days of the calendar.
    Days,
}

/// One measure of one unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Measure {
    /// Documents first offered by the unit.
    Offered,
    /// … with a valid agency signature when first offered.
    AgencySigned,
    /// … with a valid person's and a valid agency signature when first offered.
    BothSigned,
    /// … still held without a decision.
    Undecided,
    /// Offers held.
    Held,
    /// Offers made, repeats of a refused document included.
    Offers,
    /// Deliveries of the unit's documents.
    Delivered,
    /// … that the recipient accepted.
    Accepted,
    /// … that the recipient refused.
    RefusedByRecipient,
    /// … answered on the calendar day of their arrival.
    AnsweredSameDay,
    /// Deliveries to the unit.
    Received,
    /// … that the unit accepted.
    ReceivedAccepted,
    /// … that the unit answered on the calendar day of their arrival.
    ReceivedAnsweredSameDay,
    /// Deliveries of the unit's documents answered until the answer was due.
    AnsweredInTime,
    /// Deliveries to the unit that it answered until the answer was due.
    ReceivedAnsweredInTime,
    /// Documents first offered later than they were due to be sent.
    IssuedLate,
    /// Deliveries of the unit's documents recalled.
    Recalled,
    /// Deliveries of the unit's documents taken back.
    TakenBack,
    /// Deliveries of the unit's documents that a clock ended without delivery.
    Expired,
    /// Documents recalled as a whole: they left the other figures of documents.
    RecalledDocuments,
    /// Documents with a recipient that counts: another legal entity of the state.
    Countable,
    /// … all of whose recipients that count were off the network on the promulgation date.
    OffNetwork,
    /// … that arrived at one recipient that counts or more.
    Electronic,
    /// … that arrived at every recipient that counts, and no paper followed.
    ElectronicOnly,
    /// … the same, leaving aside recipients off the network.
    ElectronicOnlyReachable,
    /// … that arrived at one, and went on paper too.
    WithPaper,
    /// Documents that stand in the paper register only.
    PaperOnly,
    /// Documents that the paper register calls electronic, and that this gateway never saw.
    Unproved,
    /// Days for which an outgoing register was handed in, or a nil return signed.
    RegisterDays,
    /// Documents that arrived anywhere.
    DeliveredDocuments,
    /// … with a valid agency signature, as delivered.
    DeliveredAgencySigned,
    /// … with a valid person's and a valid agency signature, as delivered.
    DeliveredBothSigned,
    /// Deliveries that the recipient itself fetched, complete.
    Opened,
    /// Deliveries of documents that are to be dealt with until a day.
    WithDue,
    /// … and that the recipient had completed by that day.
    CompletedInTime,
    /// Offers refused by the gateway, by reason.
    Refused(ReasonCode),
}

impl Measure {
    const PLAIN: [(Self, u16, &'static str, Counted); 35] = [
        (Self::Offered, 1, "offered", Counted::Documents),
        (Self::AgencySigned, 2, "agency_signed", Counted::Documents),
        (Self::BothSigned, 3, "both_signed", Counted::Documents),
        (Self::Undecided, 4, "undecided", Counted::Documents),
        (Self::Held, 5, "held", Counted::Activity),
        (Self::Offers, 6, "offers", Counted::Activity),
        (Self::Delivered, 7, "delivered", Counted::Deliveries),
        (Self::Accepted, 8, "accepted", Counted::Deliveries),
        (
            Self::RefusedByRecipient,
            9,
            "refused_by_recipient",
            Counted::Deliveries,
        ),
        (
            Self::AnsweredSameDay,
            10,
            "answered_same_day",
            Counted::Deliveries,
        ),
        (Self::Received, 11, "received", Counted::Deliveries),
        (
            Self::ReceivedAccepted,
            12,
            "received_accepted",
            Counted::Deliveries,
        ),
        (
            Self::ReceivedAnsweredSameDay,
            13,
            "received_answered_same_day",
            Counted::Deliveries,
        ),
        (
            Self::AnsweredInTime,
            40,
            "answered_in_time",
            Counted::Deliveries,
        ),
        (
            Self::ReceivedAnsweredInTime,
            41,
            "received_answered_in_time",
            Counted::Deliveries,
        ),
        (Self::IssuedLate, 42, "issued_late", Counted::Documents),
        (Self::Recalled, 43, "recalled", Counted::Activity),
        (Self::TakenBack, 44, "taken_back", Counted::Activity),
        (Self::Expired, 45, "expired", Counted::Activity),
        (
            Self::RecalledDocuments,
            46,
            "recalled_documents",
            Counted::Documents,
        ),
        (Self::Countable, 50, "countable", Counted::Documents),
        (Self::OffNetwork, 51, "off_network", Counted::Documents),
        (Self::Electronic, 52, "electronic", Counted::Documents),
        (
            Self::ElectronicOnly,
            53,
            "electronic_only",
            Counted::Documents,
        ),
        (
            Self::ElectronicOnlyReachable,
            54,
            "electronic_only_reachable",
            Counted::Documents,
        ),
        (Self::WithPaper, 55, "with_paper", Counted::Documents),
        (Self::PaperOnly, 56, "paper_only", Counted::Documents),
        (Self::Unproved, 57, "unproved", Counted::Documents),
        (Self::RegisterDays, 58, "register_days", Counted::Days),
        (
            Self::DeliveredDocuments,
            59,
            "delivered_documents",
            Counted::Documents,
        ),
        (
            Self::DeliveredAgencySigned,
            60,
            "delivered_agency_signed",
            Counted::Documents,
        ),
        (
            Self::DeliveredBothSigned,
            61,
            "delivered_both_signed",
            Counted::Documents,
        ),
        (Self::Opened, 62, "opened", Counted::Deliveries),
        (Self::WithDue, 63, "with_due", Counted::Deliveries),
        (
            Self::CompletedInTime,
            64,
            "completed_in_time",
            Counted::Deliveries,
        ),
    ];
    /// Refusals are stored under this number plus that of their reason.
    const REFUSED: u16 = 1000;

    /// Every measure but the refusals, in the order of its numbers.
    pub fn plain() -> impl Iterator<Item = Self> {
        Self::PLAIN.iter().map(|(measure, ..)| *measure)
    }

    /// How many measures are no refusals.
    pub(super) const PLACES: u32 = 35;

    /// Its place among those that are no refusals, in the order of [`Self::plain`]. Rows of the rates are made of places:
    /// whoever changes one raises their format.
    #[inline]
    pub(super) const fn place(self) -> Option<u32> {
        Some(match self {
            Self::Offered => 0,
            Self::AgencySigned => 1,
            Self::BothSigned => 2,
            Self::Undecided => 3,
            Self::Held => 4,
            Self::Offers => 5,
            Self::Delivered => 6,
            Self::Accepted => 7,
            Self::RefusedByRecipient => 8,
            Self::AnsweredSameDay => 9,
            Self::Received => 10,
            Self::ReceivedAccepted => 11,
            Self::ReceivedAnsweredSameDay => 12,
            Self::AnsweredInTime => 13,
            Self::ReceivedAnsweredInTime => 14,
            Self::IssuedLate => 15,
            Self::Recalled => 16,
            Self::TakenBack => 17,
            Self::Expired => 18,
            Self::RecalledDocuments => 19,
            Self::Countable => 20,
            Self::OffNetwork => 21,
            Self::Electronic => 22,
            Self::ElectronicOnly => 23,
            Self::ElectronicOnlyReachable => 24,
            Self::WithPaper => 25,
            Self::PaperOnly => 26,
            Self::Unproved => 27,
            Self::RegisterDays => 28,
            Self::DeliveredDocuments => 29,
            Self::DeliveredAgencySigned => 30,
            Self::DeliveredBothSigned => 31,
            Self::Opened => 32,
            Self::WithDue => 33,
            Self::CompletedInTime => 34,
            Self::Refused(_) => return None,
        })
    }

    /// The measure of a place.
    pub(crate) fn at_place(place: u32) -> Option<&'static Self> {
        let row = Self::PLAIN.get(usize::try_from(place).ok()?);
        row.map(|(measure, ..)| measure)
    }

    /// The stable number under which it is stored.
    #[must_use]
    pub fn number(self) -> u16 {
        if let Self::Refused(reason) = self {
            return Self::REFUSED.saturating_add(reason.number());
        }
        self.row().map_or(0, |(_, number, ..)| *number)
    }

    fn row(self) -> Option<&'static (Self, u16, &'static str, Counted)> {
        Self::PLAIN.get(usize::try_from(self.place()?).ok()?)
    }

    /// The measure stored under `number`.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        if let Some(reason) = number.checked_sub(Self::REFUSED) {
            return ReasonCode::from_number(reason).map(Self::Refused);
        }
        // Read for every figure of every unit of a month.
        static PLACES: LazyLock<Vec<Option<Measure>>> = LazyLock::new(|| {
            let of = |number| Measure::PLAIN.iter().find(|(_, n, ..)| *n == number);
            let last = Measure::PLAIN.iter().map(|(_, n, ..)| *n).max();
            let all = 0..=last.unwrap_or(0);
            all.map(|number| of(number).map(|(measure, ..)| *measure))
                .collect()
        });
        PLACES.get(usize::from(number)).copied().flatten()
    }

    /// The stable name: `offered`, …, `refused.digest_mismatch`.
    #[must_use]
    pub fn name(self) -> String {
        if let Self::Refused(reason) = self {
            return format!("refused.{reason}");
        }
        self.row()
            .map_or_else(String::new, |(_, _, name, _)| (*name).to_owned())
    }

    /// Every measure by its stable name, the refusals too.
    #[must_use]
    pub fn names() -> BTreeMap<String, Self> {
        let refusals = ReasonCode::ALL.iter().copied().map(Self::Refused);
        Self::plain()
            .chain(refusals)
            .map(|measure| (measure.name(), measure))
            .collect()
    }

    /// The measure of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if let Some(reason) = name.strip_prefix("refused.") {
            return ReasonCode::from_name(reason).map(Self::Refused);
        }
        let found = Self::PLAIN.iter().find(|(_, _, known, _)| *known == name);
        found.map(|(measure, ..)| *measure)
    }

    /// What it counts.
    #[must_use]
    pub fn counted(self) -> Counted {
        self.row()
            .map_or(Counted::Activity, |(.., counted)| *counted)
    }
}
