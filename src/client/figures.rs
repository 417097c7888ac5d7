//! Figures as they travel: the rates of a period with the units' names, and a recount's outcome.

use super::periods::StatementView;
use super::wire::{RateView, RatesView, SumView, UnitRatesView};
use crate::model::{Period, UnitCode};
use crate::rates::definitions::DEFINITIONS;
use crate::rates::report::{Denominator, Rate, UnitRates, report_of};
use crate::rates::tree::{Together, days_between, tree};
use crate::rates::{Counted, Counts, Measure};
use crate::registry::{Level, Registry};
use crate::seal::statement::Statement;
use std::collections::BTreeMap;

/// The figures of a period.
#[must_use]
pub fn rates(period: Period, totals: BTreeMap<UnitCode, Counts>, registry: &Registry) -> RatesView {
    let days = period.days().into_inner();
    let units = report_of(totals, |unit| days_between(registry, unit, days));
    RatesView {
        simulated: false,
        period: period.to_string(),
        units: units.iter().map(|unit| unit_view(registry, unit)).collect(),
        counted: counted(),
        sums: Vec::new(),
        statement: None,
    }
}

/// Which figures are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Which<'a> {
    /// The period; `None`: this month.
    pub period: Option<&'a str>,
    /// One unit; `None`: all.
    pub unit: Option<&'a str>,
    /// With sums; of a unit then with all below it.
    pub sums: bool,
    /// What the counters say now, also of a closed period.
    pub live: bool,
}

impl Which<'_> {
    /// The fields of the request.
    #[must_use]
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let text = |name, value: Option<&str>| value.map(|value| (name, value.to_owned()));
        let flag = |name, set: bool| set.then(|| (name, "true".to_owned()));
        let all = [
            text("period", self.period),
            text("unit", self.unit),
            flag("sums", self.sums),
            flag("live", self.live),
        ];
        all.into_iter().flatten().collect()
    }
}

/// The figures that stand in the statement of a closed period: of every unit that has any or of one; with `sums` as
/// [`rates_with_sums`].
#[must_use]
pub fn stated(
    record: StatementView,
    statement: &Statement,
    unit: Option<&UnitCode>,
    sums: bool,
    registry: &Registry,
) -> RatesView {
    let one = unit.filter(|_| !sums);
    let asked = statement.units.iter();
    let asked =
        asked.filter(|(code, counts)| one.is_none_or(|one| one == *code) && !counts.is_empty());
    let totals = asked.map(|(code, counts)| (code.clone(), counts.clone()));
    let totals = totals.collect();
    let figures = match sums {
        true => rates_with_sums(statement.period, &totals, registry, unit),
        false => rates(statement.period, totals, registry),
    };
    RatesView {
        statement: Some(record),
        ..figures
    }
}

/// The same, with the sums of all and of each unit that has others below it; or of a unit and those below it.
#[must_use]
pub fn rates_with_sums(
    period: Period,
    totals: &BTreeMap<UnitCode, Counts>,
    registry: &Registry,
    within: Option<&UnitCode>,
) -> RatesView {
    let inside = |code: &UnitCode| within.is_none_or(|above| registry.is_within(code, above));
    let own = totals.iter().filter(|(code, _)| inside(code));
    let own = own.map(|(code, counts)| (code.clone(), counts.clone()));
    RatesView {
        units: rates(period, own.collect(), registry).units,
        ..sums(period, totals, registry, within)
    }
}

/// The sums alone: of all and of each unit that has others below it, or of a unit and those below it.
#[must_use]
pub fn sums(
    period: Period,
    totals: &BTreeMap<UnitCode, Counts>,
    registry: &Registry,
    within: Option<&UnitCode>,
) -> RatesView {
    let tree = tree(totals, registry, period, within);
    let below = tree.above.iter().filter(|(code, _)| within != Some(code));
    let below = below.map(|(code, sum)| sum_view(Some(code), registry, sum));
    let all = std::iter::once(sum_view(within, registry, &tree.all));
    RatesView {
        sums: all.chain(below).collect(),
        ..rates(period, BTreeMap::new(), registry)
    }
}

fn name(registry: &Registry, unit: &UnitCode) -> String {
    let known = registry.unit(unit);
    known.map(|unit| unit.name.clone()).unwrap_or_default()
}

fn unit_view(registry: &Registry, unit: &UnitRates) -> UnitRatesView {
    let level = registry.unit(&unit.unit).and_then(|u| u.details.level);
    named_view(unit, name(registry, &unit.unit), level)
}

/// The figures of a unit with its name and level.
#[must_use]
pub fn named_view(unit: &UnitRates, name: String, level: Option<Level>) -> UnitRatesView {
    UnitRatesView {
        unit: unit.unit.to_string(),
        name,
        level: level.map(|level| level.name().to_owned()),
        counts: counts_view(&unit.counts),
        rates: rates_view(|rate| unit.rate(rate)),
        days: unit.cover.of,
    }
}

fn sum_view(unit: Option<&UnitCode>, registry: &Registry, sum: &Together) -> SumView {
    SumView {
        unit: unit.map(ToString::to_string),
        name: unit.map(|unit| name(registry, unit)).unwrap_or_default(),
        units: sum.units,
        whole: sum.whole,
        counts: counts_view(&sum.counts),
        rates: rates_view(|rate| sum.rate(rate)),
    }
}

fn counts_view(counts: &Counts) -> BTreeMap<String, i64> {
    let plain = Measure::plain().map(|m| (m.name(), 0));
    plain
        .chain(counts.iter().map(|(m, n)| (m.name(), *n)))
        .collect()
}

fn rates_view(rate: impl Fn(&crate::rates::Definition) -> Rate) -> BTreeMap<String, RateView> {
    let all = DEFINITIONS.iter();
    all.map(|known| (known.name.to_owned(), rate_view(&rate(known))))
        .collect()
}

/// One rate.
#[must_use]
pub fn rate_view(rate: &Rate) -> RateView {
    let state = match rate.denominator {
        Denominator::Known(_) => "known",
        Denominator::Partial { .. } => "partial",
        Denominator::Unknown { .. } => "unknown",
    };
    RateView {
        numerator: rate.numerator,
        denominator: rate.denominator.known(),
        per_mille: rate.per_mille(),
        state: state.to_owned(),
        so_far: rate.denominator.so_far(),
    }
}

fn counted() -> BTreeMap<String, String> {
    let word = |counted: Counted| match counted {
        Counted::Documents => "documents",
        Counted::Activity => "activity",
        Counted::Days => "days",
        Counted::Deliveries => "deliveries",
    };
    let measures = Measure::plain().map(|m| (m.name(), word(m.counted()).to_owned()));
    let rates = DEFINITIONS
        .iter()
        .map(|rate| (rate.name.to_owned(), word(rate.counted).to_owned()));
    let refused = std::iter::once(("refused".to_owned(), word(Counted::Activity).to_owned()));
    measures.chain(rates).chain(refused).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_says_what_is_known_of_its_denominator() {
        let of = |denominator| {
            rate_view(&Rate {
                numerator: 39,
                denominator,
            })
        };
        let known = of(Denominator::Known(40));
        assert_eq!((known.denominator, known.per_mille), (Some(40), Some(975)));
        assert_eq!(known.state, "known");
        let partial = of(Denominator::Partial {
            so_far: 40,
            covered: 3,
            of: 30,
        });
        assert_eq!((partial.denominator, partial.per_mille), (None, None));
        assert_eq!((partial.state.as_str(), partial.so_far), ("partial", 40));
        let unknown = of(Denominator::Unknown { so_far: 40 });
        assert_eq!(
            (unknown.state.as_str(), unknown.denominator),
            ("unknown", None)
        );
    }
}
