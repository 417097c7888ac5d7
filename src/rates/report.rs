//! The rates of a month: whole numbers, and each rate with its numerator and denominator.

use super::{Counts, Measure};
use crate::model::{Month, ReasonCode, UnitCode};
use std::collections::BTreeMap;

/// A rate. Its value is left to the reader; numerator and denominator are the figure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// How many.
    pub numerator: i64,
    /// Out of how many; `None`: not known, so there is no rate.
    pub denominator: Option<i64>,
}

impl Rate {
    /// The rate in tenths of a percent, rounded to nearest; `None` without a denominator.
    #[must_use]
    pub fn per_mille(&self) -> Option<i64> {
        let denominator = self.denominator.filter(|d| *d > 0)?;
        let doubled = self.numerator.checked_mul(2000)?.checked_add(denominator)?;
        doubled.checked_div(denominator.checked_mul(2)?)
    }
}

/// The rates of one unit in one month.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitRates {
    /// The unit.
    pub unit: UnitCode,
    /// Its whole numbers.
    pub counts: Counts,
    /// Documents with a valid agency signature ÷ documents first offered.
    pub signed: Rate,
    /// Documents with both signatures ÷ documents first offered.
    pub both_signed: Rate,
    /// Deliveries accepted ÷ deliveries of the unit's documents.
    pub accepted: Rate,
    /// Deliveries answered on the calendar day of arrival ÷ deliveries of the unit's documents.
    pub answered_same_day: Rate,
    /// The same for what the unit received: its own duty to answer (NĐ 30/2020 Điều 21.2c).
    pub own_answers_same_day: Rate,
    /// Deliveries answered until the answer was due (NĐ 30/2020 Điều 21.2c) ÷ deliveries of the unit's
    /// documents. Stands beside the literal calendar day.
    pub answered_in_time: Rate,
    /// The same for what the unit received.
    pub own_answers_in_time: Rate,
    /// Documents sent later than they were due (NĐ 30/2020 Điều 18.1) ÷ documents first offered.
    pub issued_late: Rate,
    /// Documents exchanged electronically ÷ all documents: unknown until a paper register exists.
    pub exchange: Rate,
    /// Refusals by the gateway, by reason.
    pub refused: BTreeMap<ReasonCode, i64>,
}

/// Computes the rates of every unit listed.
#[must_use]
pub fn report(totals: &BTreeMap<UnitCode, Counts>) -> Vec<UnitRates> {
    totals
        .iter()
        .map(|(unit, counts)| unit_rates(unit, counts))
        .collect()
}

/// Computes the rates of one unit.
#[must_use]
pub fn unit_rates(unit: &UnitCode, counts: &Counts) -> UnitRates {
    let get = |measure: Measure| counts.get(&measure).copied().unwrap_or(0);
    let rate = |over: Measure, under: Measure| Rate {
        numerator: get(over),
        denominator: Some(get(under)),
    };
    let refused = counts.iter().filter_map(|(measure, n)| match measure {
        Measure::Refused(reason) => Some((*reason, *n)),
        Measure::Offered
        | Measure::AgencySigned
        | Measure::BothSigned
        | Measure::Undecided
        | Measure::Held
        | Measure::Offers
        | Measure::Delivered
        | Measure::Accepted
        | Measure::RefusedByRecipient
        | Measure::AnsweredSameDay
        | Measure::Received
        | Measure::ReceivedAccepted
        | Measure::ReceivedAnsweredSameDay
        | Measure::AnsweredInTime
        | Measure::ReceivedAnsweredInTime
        | Measure::IssuedLate
        | Measure::Recalled
        | Measure::TakenBack
        | Measure::Expired
        | Measure::RecalledDocuments => None,
    });
    UnitRates {
        unit: unit.clone(),
        signed: rate(Measure::AgencySigned, Measure::Offered),
        both_signed: rate(Measure::BothSigned, Measure::Offered),
        accepted: rate(Measure::Accepted, Measure::Delivered),
        answered_same_day: rate(Measure::AnsweredSameDay, Measure::Delivered),
        own_answers_same_day: rate(Measure::ReceivedAnsweredSameDay, Measure::Received),
        answered_in_time: rate(Measure::AnsweredInTime, Measure::Delivered),
        own_answers_in_time: rate(Measure::ReceivedAnsweredInTime, Measure::Received),
        issued_late: rate(Measure::IssuedLate, Measure::Offered),
        exchange: Rate {
            numerator: get(Measure::Offered),
            denominator: None,
        },
        refused: refused.collect(),
        counts: counts.clone(),
    }
}

/// The month of a report with its units.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MonthRates {
    /// The month.
    pub month: Month,
    /// Its units by code.
    pub units: Vec<UnitRates>,
}
