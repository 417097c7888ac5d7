//! The one table from indication to disposition (`verdicts.md` §1).

use crate::model::event::Policy;
use crate::model::{Disposition, Indication, SubIndication};

/// What is known when the disposition is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The document's indication.
    pub indication: Indication,
    /// Its sub-indication.
    pub sub: Option<SubIndication>,
    /// Whether the signatures that the policy wants are there.
    pub content: bool,
    /// Whether the document carries any signature at all.
    pub signed: bool,
}

/// What the relay does.
#[must_use]
pub fn disposition(policy: Policy, outcome: Outcome) -> Disposition {
    let strict = match outcome.indication {
        Indication::TotalPassed if outcome.signed && outcome.content => Disposition::Accept,
        Indication::TotalPassed => Disposition::Refuse,
        Indication::TotalFailed => Disposition::Refuse,
        Indication::Indeterminate => match outcome.sub {
            // Named fresh evidence could change it.
            Some(SubIndication::TryLater) if outcome.signed => Disposition::Hold,
            Some(_) | None => Disposition::Refuse,
        },
    };
    match (policy, outcome.indication, strict) {
        (Policy::RequireAgency | Policy::RequireBoth, _, strict) => strict,
        (Policy::Record, Indication::TotalFailed, _) => Disposition::Refuse,
        (Policy::Record, Indication::TotalPassed, Disposition::Accept) => Disposition::Accept,
        (Policy::Record, Indication::TotalPassed | Indication::Indeterminate, _) => {
            Disposition::Record
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(indication: Indication, sub: Option<SubIndication>) -> Outcome {
        Outcome {
            indication,
            sub,
            content: true,
            signed: true,
        }
    }

    #[test]
    fn each_row_of_the_table() {
        use Disposition::{Accept, Hold, Record, Refuse};
        use Indication::{Indeterminate, TotalFailed, TotalPassed};
        let passed = outcome(TotalPassed, None);
        let rows = [
            (passed, Accept, Accept),
            (
                Outcome {
                    content: false,
                    ..passed
                },
                Refuse,
                Record,
            ),
            (
                Outcome {
                    signed: false,
                    content: false,
                    ..passed
                },
                Refuse,
                Record,
            ),
            (
                outcome(Indeterminate, Some(SubIndication::TryLater)),
                Hold,
                Record,
            ),
            (
                Outcome {
                    signed: false,
                    ..outcome(Indeterminate, Some(SubIndication::TryLater))
                },
                Refuse,
                Record,
            ),
            (outcome(Indeterminate, None), Refuse, Record),
            (
                outcome(TotalFailed, Some(SubIndication::HashFailure)),
                Refuse,
                Refuse,
            ),
            (outcome(TotalFailed, None), Refuse, Refuse),
        ];
        for (given, strict, record) in rows {
            assert_eq!(
                disposition(Policy::RequireAgency, given),
                strict,
                "{given:?}"
            );
            assert_eq!(disposition(Policy::RequireBoth, given), strict, "{given:?}");
            assert_eq!(disposition(Policy::Record, given), record, "{given:?}");
        }
    }

    #[test]
    fn only_try_later_holds_and_only_total_passed_is_accepted() {
        for sub in SubIndication::ALL {
            for policy in Policy::ALL {
                let given = outcome(Indication::Indeterminate, Some(*sub));
                let got = disposition(*policy, given);
                assert_ne!(got, Disposition::Accept, "{sub} {policy}");
                let holds = *sub == SubIndication::TryLater && *policy != Policy::Record;
                assert_eq!(got == Disposition::Hold, holds, "{sub} {policy}");
                let failed = outcome(Indication::TotalFailed, Some(*sub));
                assert_eq!(
                    disposition(*policy, failed),
                    Disposition::Refuse,
                    "{sub} {policy}"
                );
            }
        }
    }
}
