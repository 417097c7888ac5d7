//! The verdict about one signature (EN 319 102-1 §5.1.3). `TOTAL-PASSED` has one maker.

use super::path::Purpose;
use crate::model::{Indication, Reason, ReasonCode, SubIndication, Timestamp};

/// What validation says of one signature, with its most telling reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    indication: Indication,
    sub: Option<SubIndication>,
    reason: Reason,
}

/// Proof that every check of one signature was made and passed. Its fields are private; each is a
/// proof that only the module making that check can produce.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    integrity: IntegrityProof,
    path: PathProof,
}

/// Proof that digest, signed attributes and signature value of one signature hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IntegrityProof(());

impl IntegrityProof {
    /// To be called only by `trust::signatures`, after the last check of integrity passed.
    pub(in crate::trust) fn assert_all_checks_passed() -> Self {
        Self(())
    }
}

/// Proof that one certification path to an anchor holds, revocation included, for a span of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathProof {
    purpose: Purpose,
    from: Timestamp,
    until: Timestamp,
}

impl PathProof {
    /// To be called only by `trust::path`, after the last check of the path passed. The proof
    /// holds from `from` up to, not including, `until` (the earliest notAfter, nextUpdate,
    /// freshness limit or date of an algorithm on the path).
    pub(in crate::trust) fn assert_all_checks_passed(
        purpose: Purpose,
        from: Timestamp,
        until: Timestamp,
    ) -> Self {
        Self {
            purpose,
            from,
            until,
        }
    }

    /// Whether the proof speaks about `at`, and about a key for `purpose`.
    #[must_use]
    pub fn holds(&self, purpose: Purpose, at: Timestamp) -> bool {
        self.purpose == purpose && self.from <= at && at < self.until
    }
}

impl Verified {
    /// The one maker: both proofs, and the path's one must speak about `at` and about a key for
    /// `purpose`.
    #[must_use]
    pub fn new(
        integrity: IntegrityProof,
        path: PathProof,
        purpose: Purpose,
        at: Timestamp,
    ) -> Option<Self> {
        path.holds(purpose, at).then_some(Self { integrity, path })
    }
}

impl Verdict {
    /// TOTAL-PASSED, from the proof.
    #[must_use]
    pub fn passed(_proof: &Verified) -> Self {
        Self {
            indication: Indication::TotalPassed,
            sub: None,
            reason: ReasonCode::SignaturePassed.into(),
        }
    }

    /// TOTAL-PASSED without any check, for tests of what follows from a verdict.
    #[cfg(test)]
    pub(crate) fn passed_for_tests() -> Self {
        let (from, until) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
        let path = PathProof::assert_all_checks_passed(Purpose::Document, from, until);
        Self::passed(&Verified {
            integrity: IntegrityProof::assert_all_checks_passed(),
            path,
        })
    }

    /// TOTAL-FAILED.
    #[must_use]
    pub fn failed(sub: SubIndication, reason: impl Into<Reason>) -> Self {
        Self {
            indication: Indication::TotalFailed,
            sub: Some(sub),
            reason: reason.into(),
        }
    }

    /// INDETERMINATE.
    #[must_use]
    pub fn indeterminate(sub: SubIndication, reason: impl Into<Reason>) -> Self {
        Self {
            indication: Indication::Indeterminate,
            sub: Some(sub),
            reason: reason.into(),
        }
    }

    /// The main indication.
    #[must_use]
    pub fn indication(&self) -> Indication {
        self.indication
    }

    /// The sub-indication; `None` only for TOTAL-PASSED.
    #[must_use]
    pub fn sub(&self) -> Option<SubIndication> {
        self.sub
    }

    /// The most telling reason.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Whether it is TOTAL-PASSED.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.indication == Indication::TotalPassed
    }
}
