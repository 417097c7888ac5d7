//! The signature value and what follows from it (RFC 5652 §5.6, EN 319 102-1 §5.2.7, §5.2.8).

use super::Task;
use super::attributes::{attributes, is_sorted};
use super::digests::digest_of;
use crate::format::cms::read::SignerInfo;
use crate::model::{Reason, ReasonCode, SubIndication};
use crate::trust::algorithms::{KeyFacts, Rejection, SignatureScheme};
use crate::trust::path::{PathOutcome, WorkingKey, rejected};
use crate::trust::verdict::{IntegrityProof, Verdict, Verified};

/// A signature whose digest, attributes and value hold.
pub(super) struct Intact {
    scheme: SignatureScheme,
    key: KeyFacts,
}

/// An accepted algorithm and both proofs make TOTAL-PASSED; without the path's one its problem is
/// the verdict.
pub(super) fn conclude(task: &Task<'_, '_>, intact: Intact, outcome: &PathOutcome) -> Verdict {
    let Intact { scheme, key } = intact;
    let algorithms = task.given.validator.material().algorithms();
    // EN 319 102-1 §5.2.8
    if let Some(problem) = algorithms
        .judge(task.purpose.usage(), scheme, &key, task.algorithm_moment())
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
        .and_then(|path| Verified::new(proof, path.clone(), task.purpose, task.moments.at));
    match verified {
        Some(verified) => Verdict::passed(&verified),
        None => Verdict::indeterminate(SubIndication::Generic, ReasonCode::ValidatorError),
    }
}

pub(super) fn scheme(signer: &SignerInfo<'_>) -> Result<SignatureScheme, Rejection> {
    let digest = digest_of(&signer.digest)?;
    let scheme = SignatureScheme::new(&signer.algorithm, Some(digest))?;
    if scheme.digest() == digest {
        Ok(scheme)
    } else {
        // RFC 5652 §5.4: one digest algorithm for content and attributes.
        let name = format!("{} with digest {}", scheme.name(), digest.name());
        Err(Rejection::NotAccepted(name))
    }
}

/// Every check of integrity, in the order in which a failure says most.
pub(super) fn integrity(
    task: &Task<'_, '_>,
    signer: &SignerInfo<'_>,
    working: &WorkingKey,
    scheme: &Result<SignatureScheme, Rejection>,
    warnings: &mut Vec<Reason>,
) -> Result<Intact, Verdict> {
    let attributes = attributes(task, signer, Some((working.certificate(), warnings)))?;
    let scheme = scheme.clone().map_err(rejected)?;
    let key = working.reference();
    let verify = |message: &[u8]| scheme.verify_with_facts(key, message, &signer.signature);
    let key = match verify(&attributes.as_encoded()) {
        Ok(key) => key,
        // RFC 5652 §5.4 demands the DER encoding; some signers sign it but send another.
        Err(Rejection::Invalid) => {
            let key = verify(&attributes.sorted()).map_err(rejected)?;
            warnings.push(ReasonCode::NotDerEncoded.into());
            return Ok(Intact { scheme, key });
        }
        Err(rejection) => return Err(rejected(rejection)),
    };
    if attributes.element.indefinite || !is_sorted(attributes) {
        warnings.push(ReasonCode::NotDerEncoded.into());
    }
    Ok(Intact { scheme, key })
}
