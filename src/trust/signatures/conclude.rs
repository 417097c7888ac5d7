//! From integrity and path to a verdict: the one way for every format (EN 319 102-1 §5.2.7, §5.2.8).

use crate::model::{Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::{KeyFacts, SignatureScheme};
use crate::trust::path::{Moments, PathOutcome, Purpose};
use crate::trust::validator::Validator;
use crate::trust::verdict::{IntegrityProof, Verdict, Verified};

/// A signature whose digest, attributes and value hold.
pub(in crate::trust) struct Intact {
    pub(in crate::trust) scheme: SignatureScheme,
    pub(in crate::trust) key: KeyFacts,
    /// What stands against it all the same.
    pub(in crate::trust) objection: Option<Reason>,
}

/// For what a signature is judged, and when.
#[derive(Clone, Copy)]
pub(in crate::trust) struct Judged<'a> {
    pub(in crate::trust) validator: &'a Validator,
    pub(in crate::trust) purpose: Purpose,
    pub(in crate::trust) moments: Moments,
    /// When its algorithms must be accepted.
    pub(in crate::trust) algorithms_at: Timestamp,
}

/// A signature without objection, an accepted algorithm and both proofs make TOTAL-PASSED; without
/// the path's one its problem is the verdict.
pub(in crate::trust) fn conclude(
    judged: &Judged<'_>,
    intact: Intact,
    outcome: &PathOutcome,
) -> Verdict {
    let Intact {
        scheme,
        key,
        objection,
    } = intact;
    // EN 319 102-1 §5.2.8: whatever the algorithms are accepted for.
    if let Some(objection) = objection {
        return Verdict::indeterminate(SubIndication::SigConstraintsFailure, objection);
    }
    let algorithms = judged.validator.material().algorithms();
    // EN 319 102-1 §5.2.8
    if let Some(problem) = algorithms
        .judge(judged.purpose.usage(), scheme, &key, judged.algorithms_at)
        .problem()
    {
        return problem;
    }
    let proof = IntegrityProof::assert_all_checks_passed();
    if let Some(problem) = &outcome.problem {
        return problem.clone();
    }
    let verified = outcome
        .proof()
        .and_then(|path| Verified::new(proof, path.clone(), judged.purpose, judged.moments.at));
    match verified {
        Some(verified) => Verdict::passed(&verified),
        None => Verdict::indeterminate(SubIndication::Generic, ReasonCode::ValidatorError),
    }
}
