//! What stands behind a figure: which items of which measures are its list, as many as it says.

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

/// A rate as lists.
struct Rate {
    name: &'static str,
    /// What its numerator counts.
    over: Measure,
    /// What its denominator counts: measures no document is in two of.
    under: &'static [Measure],
    /// What is left out of the denominator; it is in no numerator.
    but: &'static [Measure],
}

const fn rate(name: &'static str, over: Measure, under: &'static [Measure]) -> Rate {
    Rate {
        name,
        over,
        under,
        but: &[],
    }
}

const fn reachable(name: &'static str, over: Measure) -> Rate {
    Rate {
        but: &[Measure::OffNetwork],
        ..rate(name, over, ALL)
    }
}

const OFFERED: &[Measure] = &[Measure::Offered];
const DELIVERED: &[Measure] = &[Measure::Delivered];
const RECEIVED: &[Measure] = &[Measure::Received];
/// Every document that counts in the exchange rate.
const ALL: &[Measure] = &[Measure::Countable, Measure::PaperOnly, Measure::Unproved];

const RATES: [Rate; 13] = [
    rate("signed", Measure::AgencySigned, OFFERED),
    rate("both_signed", Measure::BothSigned, OFFERED),
    rate("issued_late", Measure::IssuedLate, OFFERED),
    rate("accepted", Measure::Accepted, DELIVERED),
    rate("answered_in_time", Measure::AnsweredInTime, DELIVERED),
    rate("answered_same_day", Measure::AnsweredSameDay, DELIVERED),
    rate(
        "own_answers_in_time",
        Measure::ReceivedAnsweredInTime,
        RECEIVED,
    ),
    rate(
        "own_answers_same_day",
        Measure::ReceivedAnsweredSameDay,
        RECEIVED,
    ),
    rate("exchange", Measure::Electronic, ALL),
    rate("exchange_only", Measure::ElectronicOnly, ALL),
    rate("with_paper", Measure::WithPaper, ALL),
    reachable("exchange_reachable", Measure::Electronic),
    reachable("exchange_only_reachable", Measure::ElectronicOnlyReachable),
];

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
        let rate = RATES.iter().find(|rate| rate.name == name);
        rate.map(|rate| rate.over)
            .or_else(|| Measure::from_name(name))
            .map(Self::measure)
    }

    /// What a rate's denominator counts and its numerator does not, by the name of either; `None` where that is part of
    /// no rate.
    #[must_use]
    pub fn missing(name: &str) -> Option<Self> {
        let measure = Measure::from_name(name);
        let named = RATES.iter().find(|rate| rate.name == name);
        let rate = named.or_else(|| RATES.iter().find(|rate| Some(rate.over) == measure));
        rate.map(|rate| Self {
            of: rate.under.to_vec(),
            without: [&[rate.over], rate.but].concat(),
        })
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
    use crate::rates::Definition;
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
        assert_eq!(on_paper.without, [Measure::Electronic, Measure::OffNetwork]);
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
        for name in [
            "signed",
            "both_signed",
            "issued_late",
            "accepted",
            "answered_in_time",
            "answered_same_day",
            "own_answers_in_time",
            "own_answers_same_day",
        ] {
            let rate = rates.rate(Definition::find(name).expect("a rate"));
            let over = Behind::named(name).expect("a rate").total(&counts);
            let left = Behind::missing(name).expect("a rate").total(&counts);
            assert_eq!(over, rate.numerator, "{name}");
            assert_eq!(Some(over + left), rate.denominator.known(), "{name}");
        }
    }
}
