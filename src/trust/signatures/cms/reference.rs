//! signing-certificate and signing-certificate-v2: which certificate the signer meant (RFC 2634 §5.4,
//! RFC 5035 §3; in timestamps RFC 5816).

use super::Task;
use super::attributes::{format_failure, single};
use crate::format::asn1::oid;
use crate::format::asn1::read::{Element, Reader};
use crate::format::asn1::values::significant;
use crate::format::cms::read::{Algorithm, SignedAttributes};
use crate::model::{Reason, ReasonCode, SubIndication};
use crate::trust::algorithms::{DigestAlgorithm, Rejection, sha1_of};
use crate::trust::certificate::Certificate;
use crate::trust::path::{Purpose, rejected};
use crate::trust::verdict::Verdict;

/// The first certificate that a signing-certificate attribute names.
pub(super) struct Reference<'d> {
    hash: &'d [u8],
    algorithm: Result<ReferenceHash, Rejection>,
    serial: Option<&'d [u8]>,
}

enum ReferenceHash {
    /// SHA-1, as the attribute of RFC 2634 has it: it only points at the certificate.
    Old,
    Stated(DigestAlgorithm),
}

pub(super) fn references<'d>(
    attributes: &SignedAttributes<'d>,
) -> Result<Vec<Reference<'d>>, Verdict> {
    let what = "signing-certificate";
    let wrong = || format_failure(ReasonCode::SignedAttributesWrong, what);
    let mut found = Vec::new();
    for (kind, v2) in [
        (oid::SIGNING_CERTIFICATE_V2, true),
        (oid::SIGNING_CERTIFICATE, false),
    ] {
        if attributes.of(kind).next().is_some() {
            let value = single(attributes, kind, what)?;
            found.push(reference(&value, v2).ok_or_else(wrong)?);
        }
    }
    Ok(found)
}

/// RFC 5035 §3 and §4: the first certificate is the signer's.
fn reference<'d>(value: &Element<'d>, v2: bool) -> Option<Reference<'d>> {
    let mut list = value.reader().expect(0x30).ok()?.reader();
    let mut id = list.expect(0x30).ok()?.reader();
    let algorithm = match (v2, id.peek()) {
        (true, Some(0x30)) => {
            let algorithm = Algorithm::read(&mut id).ok()?;
            DigestAlgorithm::from_oid(algorithm.oid).map(ReferenceHash::Stated)
        }
        (true, _) => Ok(ReferenceHash::Stated(DigestAlgorithm::Sha256)),
        (false, _) => Ok(ReferenceHash::Old),
    };
    let hash = id.expect(0x04).ok()?.content;
    let serial = match id.optional(0x30).ok()? {
        Some(issuer_serial) => {
            let mut fields: Reader<'d> = issuer_serial.reader();
            fields.expect(0x30).ok()?;
            Some(fields.expect(0x02).ok()?.content)
        }
        None => None,
    };
    Some(Reference {
        hash,
        algorithm,
        serial,
    })
}

/// EN 319 102-1 §5.2.3.4 and verdicts of this gateway: absent is a warning, wrong fails.
pub(super) fn check_references(
    task: &Task<'_, '_>,
    references: &[Reference<'_>],
    certificate: &Certificate,
    warnings: &mut Vec<Reason>,
) -> Result<(), Verdict> {
    if references.is_empty() {
        // RFC 3161 §2.4.2: in a token it must be there.
        if task.purpose == Purpose::Timestamping {
            let sub = SubIndication::SigConstraintsFailure;
            return Err(Verdict::failed(sub, ReasonCode::SigningCertificateAbsent));
        }
        warnings.push(ReasonCode::SigningCertificateAbsent.into());
    }
    let wrong = || {
        Verdict::failed(
            SubIndication::SigConstraintsFailure,
            ReasonCode::SigningCertificateMismatch,
        )
    };
    for reference in references {
        let same = match &reference.algorithm {
            Ok(ReferenceHash::Old) => sha1_of(certificate.der()).as_ref() == reference.hash,
            Ok(ReferenceHash::Stated(DigestAlgorithm::Sha256)) => {
                certificate.sha256().0 == *reference.hash
            }
            Ok(ReferenceHash::Stated(other)) => {
                let algorithms = task.given.validator.material().algorithms();
                let (usage, moment) = (task.purpose.usage(), task.algorithm_moment());
                let acceptance = algorithms.judge_digest(usage, *other, moment);
                if let Some(problem) = acceptance.problem() {
                    return Err(problem);
                }
                other.of(certificate.der()).as_ref() == reference.hash
            }
            Err(rejection) => return Err(rejected(rejection.clone())),
        };
        let named = |serial: &[u8]| significant(serial) == significant(certificate.serial());
        if !same || !reference.serial.is_none_or(named) {
            return Err(wrong());
        }
    }
    Ok(())
}
