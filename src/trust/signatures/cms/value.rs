//! The signature value and what follows from it (RFC 5652 §5.6, EN 319 102-1 §5.2.7, §5.2.8).

use super::Task;
use super::attributes::{attributes, is_sorted, time_is_der};
use super::digests::digest_of;
use crate::format::cms::read::SignerInfo;
use crate::model::{Reason, ReasonCode};
use crate::trust::algorithms::{Rejection, SignatureScheme};
use crate::trust::path::{Problem, WorkingKey, rejected};
use crate::trust::signatures::conclude::Intact;
use crate::trust::verdict::Verdict;

/// The scheme that the value is verified by: its digest is the one that signatureAlgorithm names, where
/// it names one.
pub(super) fn scheme(signer: &SignerInfo<'_>) -> Result<SignatureScheme, Rejection> {
    SignatureScheme::new(&signer.algorithm, Some(digest_of(&signer.digest)?))
}

/// What stands against a signature that holds.
fn objection(
    task: &Task<'_, '_>,
    signer: &SignerInfo<'_>,
    scheme: SignatureScheme,
) -> Option<Reason> {
    let behind = task.given.data.behind;
    if behind.iter().any(|octet| *octet != 0) {
        // ISO 32000-2 §12.8.3.3.1: "unused space [...] shall be padded with [...] zeros".
        let code = ReasonCode::BytesBehindSignature;
        return Some(Reason::new(code).with("bytes", behind.len().to_string()));
    }
    // RFC 8933 §3: one digest algorithm for content and attributes.
    let named = digest_of(&signer.digest).ok()?;
    let value = scheme.digest();
    let reason = || Reason::new(ReasonCode::DigestAlgorithmsDiffer).with("named", named.name());
    (named != value).then(|| reason().with("value", value.name()))
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
    let intact = |key| Intact {
        scheme,
        key,
        objection: objection(task, signer, scheme),
    };
    let encoded = attributes.as_encoded();
    let pay = || {
        let paid = task
            .given
            .validator
            .pay_for_check(working.facts(), encoded.len());
        paid.map_err(|what| Problem::exhausted(what).verdict)
    };
    pay()?;
    let verify = |message: &[u8]| scheme.verify_with_facts(key, message, &signer.signature);
    let key = match verify(&encoded) {
        Ok(key) => key,
        // RFC 5652 §5.4 demands the DER encoding; some signers sign it but send another.
        Err(Rejection::Invalid) => {
            pay()?;
            let key = verify(&attributes.sorted()).map_err(rejected)?;
            warnings.push(ReasonCode::NotDerEncoded.into());
            return Ok(intact(key));
        }
        Err(rejection) => return Err(rejected(rejection)),
    };
    let der = is_sorted(attributes) && time_is_der(attributes);
    if attributes.element.indefinite || !der {
        warnings.push(ReasonCode::NotDerEncoded.into());
    }
    Ok(intact(key))
}
