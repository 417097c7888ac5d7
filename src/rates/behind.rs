//! What stands behind a figure: which items of which measures are its list, as many as it says.

use super::definitions::{DEFINITIONS, Definition, Terms};
use super::{Counts, Measure};
use crate::model::ReasonCode;

/// Which items are asked for: those that `of` count, but for those that `without` count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Behind {
    /// Measures that are added up.
    pub of: Vec<Measure>,
    /// Measures that are taken off.
    pub without: Vec<Measure>,
}

impl Behind {
    /// What one measure counts.
    #[must_use]
    pub fn measure(measure: Measure) -> Self {
        Self {
            of: vec![measure],
            without: Vec::new(),
        }
    }

    /// The list of a figure by its name: a measure, a rate (its numerator), or `refused` (for whatever reason). `None`
    /// if there is none of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name == "refused" {
            let reasons = ReasonCode::ALL.iter();
            return Some(Self {
                of: reasons.map(|reason| Measure::Refused(*reason)).collect(),
                without: Vec::new(),
            });
        }
        let rate = Definition::find(name).map(|rate| Self::terms(rate.over, &[]));
        rate.or_else(|| Measure::from_name(name).map(Self::measure))
    }

    /// What a rate's denominator counts and its numerator does not, by the name of either; `None` where that is part of
    /// no rate.
    #[must_use]
    pub fn missing(name: &str) -> Option<Self> {
        let counts = |rate: &&Definition| {
            let measure = Measure::from_name(name);
            matches!(rate.over, [(1, over)] if Some(*over) == measure)
        };
        let rate = Definition::find(name).or_else(|| DEFINITIONS.iter().find(counts));
        rate.map(|rate| Self::terms(rate.under, rate.over))
    }

    /// The items of some terms but for those of others. No item is in two measures that are added, and what is taken off
    /// is part of them.
    fn terms(all: Terms, but: Terms) -> Self {
        let mut signs: Vec<(i64, Measure)> = Vec::new();
        let but = but
            .iter()
            .map(|(sign, measure)| (sign.saturating_neg(), *measure));
        for (sign, measure) in all.iter().copied().chain(but) {
            match signs.iter_mut().find(|(_, known)| *known == measure) {
                Some((sum, _)) => *sum = sum.saturating_add(sign),
                None => signs.push((sign, measure)),
            }
        }
        let of = |sign: i64| {
            let own = signs.iter().filter(move |(sum, _)| *sum == sign);
            own.map(|(_, measure)| *measure).collect()
        };
        Self {
            of: of(1),
            without: of(-1),
        }
    }

    /// How many these counts make.
    #[must_use]
    pub fn total(&self, counts: &Counts) -> i64 {
        let sum = |of: &[Measure]| {
            let figures = of.iter().filter_map(|measure| counts.get(measure));
            figures.fold(0i64, |sum, figure| sum.saturating_add(*figure))
        };
        sum(&self.of).saturating_sub(sum(&self.without))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UnitCode;
    use crate::rates::report::UnitRates;

    #[test]
    fn figures_have_the_lists_of_their_names() {
        let offered = Behind::measure(Measure::Offered);
        assert_eq!(Behind::named("offered"), Some(offered));
        let signed = Behind::named("signed");
        assert_eq!(signed, Behind::named("agency_signed"));
        assert_eq!(signed, Some(Behind::measure(Measure::AgencySigned)));
        let unsigned = Behind {
            of: vec![Measure::Offered],
            without: vec![Measure::AgencySigned],
        };
        assert_eq!(Behind::missing("signed"), Some(unsigned.clone()));
        assert_eq!(Behind::missing("agency_signed"), Some(unsigned));
        let one = Behind::named("refused.secrecy_not_allowed").expect("a measure");
        let all = Behind::named("refused").expect("all of them");
        assert!(one.of.iter().all(|measure| all.of.contains(measure)));
        let on_paper = Behind::missing("exchange_reachable").expect("a rate");
        assert_eq!(on_paper.without, [Measure::OffNetwork, Measure::Electronic]);
        assert_eq!(Behind::missing("electronic"), Behind::missing("exchange"));
        for name in ["offered", "refused", "", "signed ", "refused.nothing"] {
            assert_eq!(Behind::missing(name), None, "{name}");
        }
        assert_eq!(Behind::named("signed "), None);
        assert_eq!(Behind::named("refused.nothing"), None);
    }

    #[test]
    fn lists_are_as_long_as_the_rates_say() {
        let mut counts = Counts::new();
        for (n, measure) in (1..).zip(Measure::plain()) {
            counts.insert(measure, n);
        }
        let rates = UnitRates::new(UnitCode::parse("H53").expect("a code"), counts.clone(), 1);
        for definition in DEFINITIONS {
            let name = definition.name;
            let rate = rates.rate(definition);
            let over = Behind::named(name).expect("a rate").total(&counts);
            let left = Behind::missing(name).expect("a rate").total(&counts);
            assert_eq!(over, rate.numerator, "{name}");
            assert_eq!(over + left, rate.denominator.so_far(), "{name}");
        }
    }
}
