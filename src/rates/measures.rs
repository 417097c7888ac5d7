//! Every measure: what it counts, and on which day. Numbers are stored and never reused.

use crate::model::ReasonCode;
use std::collections::BTreeMap;

/// Whether a measure counts documents (once, for the issuer) or deliveries (per recipient).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    /// Documents, on their promulgation date.
    Documents,
    /// What was done (offers, decisions, recalls), on the day of the commit.
    Activity,
    /// Deliveries, on the day of arrival.
    Deliveries,
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
    /// Offers refused by the gateway, by reason.
    Refused(ReasonCode),
}

impl Measure {
    const PLAIN: [(Self, u16, &'static str, Counted); 20] = [
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
    ];
    /// Refusals are stored under this number plus that of their reason.
    const REFUSED: u16 = 1000;

    /// Every measure but the refusals, in the order of its numbers.
    pub fn plain() -> impl Iterator<Item = Self> {
        Self::PLAIN.iter().map(|(measure, ..)| *measure)
    }

    /// The stable number under which it is stored.
    #[must_use]
    pub fn number(self) -> u16 {
        if let Self::Refused(reason) = self {
            return Self::REFUSED.saturating_add(reason.number());
        }
        Self::PLAIN
            .iter()
            .find(|(m, ..)| *m == self)
            .map_or(0, |(_, number, ..)| *number)
    }

    /// The measure stored under `number`.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        if let Some(reason) = number.checked_sub(Self::REFUSED) {
            return ReasonCode::from_number(reason).map(Self::Refused);
        }
        Self::PLAIN
            .iter()
            .find(|(_, n, ..)| *n == number)
            .map(|(measure, ..)| *measure)
    }

    /// The stable name: `offered`, …, `refused.digest_mismatch`.
    #[must_use]
    pub fn name(self) -> String {
        if let Self::Refused(reason) = self {
            return format!("refused.{reason}");
        }
        let found = Self::PLAIN.iter().find(|(m, ..)| *m == self);
        found.map_or_else(String::new, |(_, _, name, _)| (*name).to_owned())
    }

    /// What it counts.
    #[must_use]
    pub fn counted(self) -> Counted {
        let found = Self::PLAIN.iter().find(|(m, ..)| *m == self);
        found.map_or(Counted::Activity, |(.., counted)| *counted)
    }
}

/// Totals per measure. A measure that never moved is absent.
pub type Counts = BTreeMap<Measure, i64>;
