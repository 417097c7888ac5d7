//! Figures as they travel: the rates of a month with the units' names, and a recount's outcome.

use super::wire::{RateView, RatesView, UnitRatesView};
use crate::model::{Month, UnitCode};
use crate::rates::report::{Rate, UnitRates, report};
use crate::rates::{Counted, Counts, Measure};
use crate::registry::Registry;
use std::collections::BTreeMap;

/// The figures of a month.
#[must_use]
pub fn rates(month: Month, totals: &BTreeMap<UnitCode, Counts>, registry: &Registry) -> RatesView {
    RatesView {
        period: month.to_string(),
        units: report(totals)
            .iter()
            .map(|unit| unit_view(registry, unit))
            .collect(),
        counted: counted(),
    }
}

fn unit_view(registry: &Registry, unit: &UnitRates) -> UnitRatesView {
    let name = registry.unit(&unit.unit).map(|u| u.name.clone());
    let counts = unit.counts.iter().map(|(m, n)| (m.name(), *n));
    let plain = Measure::plain().map(|m| (m.name(), 0));
    let rates = [
        ("signed", unit.signed),
        ("both_signed", unit.both_signed),
        ("accepted", unit.accepted),
        ("answered_same_day", unit.answered_same_day),
        ("own_answers_same_day", unit.own_answers_same_day),
        ("answered_in_time", unit.answered_in_time),
        ("own_answers_in_time", unit.own_answers_in_time),
        ("issued_late", unit.issued_late),
        ("exchange", unit.exchange),
    ];
    let rates = rates.map(|(name, rate)| (name.to_owned(), rate_view(&rate)));
    UnitRatesView {
        unit: unit.unit.to_string(),
        name: name.unwrap_or_default(),
        counts: plain.chain(counts).collect(),
        rates: BTreeMap::from(rates),
    }
}

fn rate_view(rate: &Rate) -> RateView {
    RateView {
        numerator: rate.numerator,
        denominator: rate.denominator,
        per_mille: rate.per_mille(),
    }
}

fn counted() -> BTreeMap<String, String> {
    let word = |counted: Counted| match counted {
        Counted::Documents => "documents",
        Counted::Activity => "activity",
        Counted::Deliveries => "deliveries",
    };
    let measures = Measure::plain().map(|m| (m.name(), word(m.counted()).to_owned()));
    let rates = [
        ("signed", Counted::Documents),
        ("both_signed", Counted::Documents),
        ("exchange", Counted::Documents),
        ("answered_same_day", Counted::Deliveries),
        ("own_answers_same_day", Counted::Deliveries),
        ("answered_in_time", Counted::Deliveries),
        ("own_answers_in_time", Counted::Deliveries),
        ("issued_late", Counted::Documents),
        ("accepted", Counted::Deliveries),
        ("refused", Counted::Activity),
    ];
    let rates = rates.map(|(name, c)| (name.to_owned(), word(c).to_owned()));
    measures.chain(rates).collect()
}
