//! Every rate, defined once: of which measures it is made, what it counts, on which text it rests and what it
//! leaves out. Whatever computes, prints or explains a rate reads this file; labels and explanations in words
//! stand in `lang` under the same name (`rate-…`).

use super::{Counted, Counts, Measure};
use crate::model::indication::words;
use std::fmt;

words! {
    /// What a rate leaves out of both its sides.
    Exclusion {
        /// Documents with a level of secrecy: they do not go by this way at all.
        Secret = 1 "secret",
        /// Documents recalled as a whole while their period was open.
        Recalled = 2 "recalled",
        /// Documents without a recipient that counts: internal ones, and those to others than the state.
        NotCountable = 3 "not_countable",
        /// Documents all of whose recipients were off the network on the promulgation date.
        OffNetwork = 4 "off_network",
        /// Deliveries of documents that name no day until which they are to be dealt with.
        NoDue = 5 "no_due",
    }
}

/// Which way a rate is to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Better {
    /// The higher the better.
    Higher,
    /// The lower the better.
    Lower,
}

/// Measures that are added (`1`) and taken away (`-1`).
pub type Terms = &'static [(i64, Measure)];

/// One rate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Definition {
    /// Its stable name.
    pub name: &'static str,
    /// The numerator.
    pub over: Terms,
    /// The denominator.
    pub under: Terms,
    /// What is counted.
    pub counted: Counted,
    /// Whether the denominator holds documents that only a register of the unit knows of.
    pub register: bool,
    /// Which way is better.
    pub better: Better,
    /// The text that it rests on.
    pub source: &'static str,
    /// What is left out.
    pub without: &'static [Exclusion],
}

impl Definition {
    /// The rate of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        DEFINITIONS.iter().find(|known| known.name == name)
    }

    /// Numerator and denominator in the names of their measures: `agency_signed − both_signed`.
    #[must_use]
    pub fn formula(&self) -> (String, String) {
        (written(self.over), written(self.under))
    }

    /// The first measure of the numerator: where the documents behind it are looked for.
    #[must_use]
    pub fn leads_to(&self) -> Option<Measure> {
        self.over.first().map(|(_, measure)| *measure)
    }
}

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

fn written(terms: Terms) -> String {
    let mut out = String::new();
    for (place, (sign, measure)) in terms.iter().enumerate() {
        out.push_str(match (place, *sign < 0) {
            (0, false) => "",
            (0, true) => "−",
            (_, false) => " + ",
            (_, true) => " − ",
        });
        out.push_str(&measure.name());
    }
    out
}

/// The sum that the terms make of these counts.
#[must_use]
pub fn sum(terms: Terms, counts: &Counts) -> i64 {
    terms.iter().fold(0, |sum: i64, (sign, measure)| {
        let count = counts.get(measure).copied().unwrap_or(0);
        sum.saturating_add(sign.saturating_mul(count))
    })
}

const OFFERED: Terms = &[(1, Measure::Offered)];
const DELIVERED: Terms = &[(1, Measure::Delivered)];
const RECEIVED: Terms = &[(1, Measure::Received)];
const DELIVERED_DOCUMENTS: Terms = &[(1, Measure::DeliveredDocuments)];
/// All documents to other state agencies, by whatever way.
const ALL: Terms = &[
    (1, Measure::Countable),
    (1, Measure::PaperOnly),
    (1, Measure::Unproved),
];
/// The same, without those that nobody on the network could have got.
const REACHABLE: Terms = &[
    (1, Measure::Countable),
    (1, Measure::PaperOnly),
    (1, Measure::Unproved),
    (-1, Measure::OffNetwork),
];

const EXCHANGE_SOURCE: &str = "NQ 17/NQ-CP (2019)";
const SIGNED_SOURCE: &str = "NĐ 30/2020/NĐ-CP, Điều 13 và Phụ lục I";
const ANSWER_SOURCE: &str = "NĐ 30/2020/NĐ-CP, Điều 21 khoản 2 điểm c";

const OF_DOCUMENTS: &[Exclusion] = &[Exclusion::Secret, Exclusion::Recalled];
const OF_ALL: &[Exclusion] = &[
    Exclusion::Secret,
    Exclusion::Recalled,
    Exclusion::NotCountable,
];
const OF_REACHABLE: &[Exclusion] = &[
    Exclusion::Secret,
    Exclusion::Recalled,
    Exclusion::NotCountable,
    Exclusion::OffNetwork,
];
const OF_DELIVERIES: &[Exclusion] = &[Exclusion::Secret];

/// A rate of documents as first offered.
const fn signed(name: &'static str, over: Terms, better: Better) -> Definition {
    Definition {
        name,
        over,
        under: OFFERED,
        counted: Counted::Documents,
        register: false,
        better,
        source: SIGNED_SOURCE,
        without: OF_DOCUMENTS,
    }
}

/// A rate of all documents, the paper ones too.
const fn exchanged(name: &'static str, over: Terms, under: Terms) -> Definition {
    Definition {
        name,
        over,
        under,
        counted: Counted::Documents,
        register: true,
        better: Better::Higher,
        source: EXCHANGE_SOURCE,
        without: OF_ALL,
    }
}

/// A rate of deliveries.
const fn delivered(name: &'static str, over: Terms, under: Terms) -> Definition {
    Definition {
        name,
        over,
        under,
        counted: Counted::Deliveries,
        register: false,
        better: Better::Higher,
        source: ANSWER_SOURCE,
        without: OF_DELIVERIES,
    }
}

/// Every rate, in the order in which they are shown.
pub const DEFINITIONS: &[Definition] = &[
    exchanged("exchange", &[(1, Measure::Electronic)], ALL),
    exchanged("exchange_only", &[(1, Measure::ElectronicOnly)], ALL),
    Definition {
        without: OF_REACHABLE,
        ..exchanged("exchange_reachable", &[(1, Measure::Electronic)], REACHABLE)
    },
    Definition {
        without: OF_REACHABLE,
        ..exchanged(
            "exchange_only_reachable",
            &[(1, Measure::ElectronicOnlyReachable)],
            REACHABLE,
        )
    },
    Definition {
        better: Better::Lower,
        ..exchanged("with_paper", &[(1, Measure::WithPaper)], ALL)
    },
    signed("signed", &[(1, Measure::AgencySigned)], Better::Higher),
    signed("both_signed", &[(1, Measure::BothSigned)], Better::Higher),
    signed(
        "agency_only",
        &[(1, Measure::AgencySigned), (-1, Measure::BothSigned)],
        Better::Lower,
    ),
    signed(
        "unsigned",
        &[
            (1, Measure::Offered),
            (-1, Measure::AgencySigned),
            (-1, Measure::Undecided),
        ],
        Better::Lower,
    ),
    signed("undecided", &[(1, Measure::Undecided)], Better::Lower),
    Definition {
        under: DELIVERED_DOCUMENTS,
        ..signed(
            "delivered_signed",
            &[(1, Measure::DeliveredAgencySigned)],
            Better::Higher,
        )
    },
    Definition {
        under: DELIVERED_DOCUMENTS,
        ..signed(
            "delivered_both_signed",
            &[(1, Measure::DeliveredBothSigned)],
            Better::Higher,
        )
    },
    Definition {
        source: "NĐ 30/2020/NĐ-CP, Điều 18 khoản 1",
        ..signed("issued_late", &[(1, Measure::IssuedLate)], Better::Lower)
    },
    Definition {
        source: "NĐ 30/2020/NĐ-CP, Điều 21",
        ..delivered("opened", &[(1, Measure::Opened)], RECEIVED)
    },
    Definition {
        source: "NĐ 30/2020/NĐ-CP, Điều 21",
        ..delivered("accepted", &[(1, Measure::Accepted)], DELIVERED)
    },
    delivered(
        "answered_in_time",
        &[(1, Measure::AnsweredInTime)],
        DELIVERED,
    ),
    delivered(
        "answered_same_day",
        &[(1, Measure::AnsweredSameDay)],
        DELIVERED,
    ),
    delivered(
        "own_answers_in_time",
        &[(1, Measure::ReceivedAnsweredInTime)],
        RECEIVED,
    ),
    delivered(
        "own_answers_same_day",
        &[(1, Measure::ReceivedAnsweredSameDay)],
        RECEIVED,
    ),
    Definition {
        source: "NĐ 30/2020/NĐ-CP, Điều 24",
        without: &[Exclusion::Secret, Exclusion::NoDue],
        ..delivered(
            "completed_in_time",
            &[(1, Measure::CompletedInTime)],
            &[(1, Measure::WithDue)],
        )
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rate_is_defined_once_and_whole() {
        let names: BTreeSet<&str> = DEFINITIONS.iter().map(|d| d.name).collect();
        assert_eq!(names.len(), DEFINITIONS.len());
        for rate in DEFINITIONS {
            assert!(
                !rate.source.is_empty() && !rate.without.is_empty(),
                "{rate}"
            );
            assert_eq!(Definition::find(rate.name), Some(rate));
            for (sign, measure) in rate.over.iter().chain(rate.under) {
                assert!(sign.abs() == 1, "{rate}");
                assert_eq!(
                    measure.counted(),
                    rate.counted,
                    "{rate}: {}",
                    measure.name()
                );
            }
            let of_register = |m: &Measure| matches!(m, Measure::PaperOnly | Measure::Unproved);
            let holds = rate.under.iter().any(|(_, m)| of_register(m));
            assert_eq!(rate.register, holds, "{rate}");
        }
        // Names of the days before this file; programs read them.
        for name in [
            "signed",
            "both_signed",
            "accepted",
            "answered_same_day",
            "own_answers_same_day",
            "answered_in_time",
            "own_answers_in_time",
            "issued_late",
            "exchange",
        ] {
            assert!(names.contains(name), "{name}");
        }
    }

    #[test]
    fn a_formula_is_written_in_the_names_of_its_measures() {
        let rate = Definition::find("unsigned").expect("known");
        let expected = (
            "offered − agency_signed − undecided".into(),
            "offered".into(),
        );
        assert_eq!(rate.formula(), expected);
        assert_eq!(Definition::find("nothing"), None);
    }
}
