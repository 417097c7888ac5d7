//! The moments of one judgement, and for how long its answer stays the same.

use crate::model::Timestamp;

/// When a path is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moments {
    /// The moment of judgement: evidence that is younger does not exist yet.
    pub at: Timestamp,
    /// The earliest moment at which the signature is proved to have existed (EN 319 102-1 §5.5.4,
    /// best-signature-time), if that is earlier.
    pub proven: Option<Timestamp>,
    /// When what is judged is known to have existed by more than its own word: the gateway had it
    /// then. A revocation that came later takes nothing of it back, whatever its reason.
    pub existed: Option<Timestamp>,
}

impl Moments {
    /// Judged at `at`, without any proof of an earlier existence.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        Self {
            at,
            proven: None,
            existed: None,
        }
    }
}

/// The moments, and the span around `at` in which no comparison made so far would have come out
/// otherwise.
#[derive(Clone, Copy, Debug)]
pub(in crate::trust) struct Clockwork {
    moments: Moments,
    pub(in crate::trust) from: Timestamp,
    pub(in crate::trust) until: Timestamp,
}

impl Clockwork {
    pub(in crate::trust) fn new(moments: Moments) -> Self {
        Self {
            moments,
            from: Timestamp(i64::MIN),
            until: Timestamp(i64::MAX),
        }
    }

    /// Whether `moment` has come at the moment of judgement.
    pub(in crate::trust) fn reached(&mut self, moment: Timestamp) -> bool {
        if self.moments.at >= moment {
            self.from = self.from.max(moment);
            true
        } else {
            self.until = self.until.min(moment);
            false
        }
    }

    /// Whether `moment` had come when the signature is proved to have existed.
    pub(in crate::trust) fn reached_by_signature(&mut self, moment: Timestamp) -> bool {
        match self.moments.proven {
            // Does not move with the moment of judgement.
            Some(proven) => proven >= moment,
            None => self.reached(moment),
        }
    }

    /// When the signature is proved to have existed, at the latest.
    pub(in crate::trust) fn signed(&self) -> Timestamp {
        self.moments.proven.unwrap_or(self.moments.at)
    }

    /// Whether an earlier existence than the moment of judgement is proved.
    pub(in crate::trust) fn is_proven(&self) -> bool {
        self.moments.proven.is_some()
    }

    /// Since when somebody else than its maker vouches for what is judged.
    pub(in crate::trust) fn existed(&self) -> Option<Timestamp> {
        self.moments.existed
    }

    /// When a certificate that vouches for evidence has to be valid: for an archive, when the
    /// evidence was made; else at the moment of judgement.
    pub(in crate::trust) fn evidence_moment(&self, made: Timestamp) -> Option<Timestamp> {
        self.moments.proven.map(|_| made.min(self.moments.at))
    }

    /// Turns to that moment; gives what to come back to. Who knows since when the document exists knows
    /// nothing of the evidence.
    pub(in crate::trust) fn enter_evidence(&mut self, made: Timestamp) -> Outer {
        let outer = Outer(self.moments);
        self.moments.proven = self.evidence_moment(made);
        self.moments.existed = None;
        outer
    }

    /// Turns back.
    pub(in crate::trust) fn leave_evidence(&mut self, outer: Outer) {
        self.moments = outer.0;
    }
}

/// What to come back to from the moment of some evidence.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(in crate::trust) struct Outer(Moments);
