//! One signature: what it refers to, its value, its signer's path (EN 319 102-1 §5.2 to §5.3).

use super::extent::coverage;
use super::key::candidates;
use super::nodes::{Digested, File, SignedNodes, digests, verify};
use super::problem::malformed;
use crate::format::content::Content;
use crate::format::xml::NodeId;
use crate::format::xml::signature::Signature;
use crate::model::{Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::{PublicKeyRef, Rejection, SignatureScheme, uri};
use crate::trust::certificate::Certificate;
use crate::trust::path::{Moments, PathOutcome, Purpose, rejected};
use crate::trust::report::{Coverage, Integrity, SignatureReport};
use crate::trust::signatures::conclude::{Intact, Judged, conclude};
use crate::trust::supplied::{Accompanying, SuppliedDer};
use crate::trust::validator::Validator;
use crate::trust::verdict::Verdict;

/// One signature while it is judged.
pub(super) struct Task<'a, 'd> {
    file: &'a File<'a, 'd>,
    signature: &'a Signature,
    judged: Judged<'a>,
    supplied: &'a Accompanying<'a>,
    name: String,
}

pub(super) fn judge(
    validator: &Validator,
    file: &File<'_, '_>,
    id: NodeId,
    (name, at): (String, Timestamp),
) -> SignatureReport {
    let signature = match Signature::read(file.index, id) {
        Ok(signature) => signature,
        Err(error) => {
            let (broken, unclear) = (Integrity::Broken, Coverage::Unclear);
            return SignatureReport::bare(name, malformed(&error), broken, unclear);
        }
    };
    let existed = validator.existed(at);
    let moments = Moments {
        at,
        proven: existed,
        existed,
    };
    let supplied = Accompanying::new(supplied(&signature), None);
    let task = Task {
        file,
        signature: &signature,
        judged: Judged {
            validator,
            purpose: Purpose::Document,
            moments,
            algorithms_at: moments.proven.unwrap_or(at),
        },
        supplied: &supplied,
        name,
    };
    task.judge()
}

/// What came with a signature.
fn supplied(signature: &Signature) -> SuppliedDer<'_> {
    let Some(key_info) = &signature.key_info else {
        return SuppliedDer::default();
    };
    SuppliedDer {
        certificates: key_info
            .x509
            .certificates
            .iter()
            .map(Vec::as_slice)
            .collect(),
        crls: key_info.x509.crls.iter().map(Vec::as_slice).collect(),
        responses: Vec::new(),
    }
}

impl Task<'_, '_> {
    fn judge(&self) -> SignatureReport {
        // What can be judged without the key comes first: a wrong digest fails for good.
        let digested = match digests(self.file, self.signature) {
            Ok(digested) => digested,
            Err((uri, problem)) => {
                let verdict = problem.verdict(uri.as_deref());
                return self.unproved(self.wrong_value().unwrap_or(verdict));
            }
        };
        let scheme = match uri::signature(&self.signature.signed_info.method) {
            Ok((scheme, _)) => scheme,
            Err(rejection) => return self.unproved(rejected(rejection)),
        };
        let candidates = candidates(self.judged.validator, self.signature);
        let Some(signer) = self.signer(&candidates) else {
            return self.unproved(no_certificate(None));
        };
        let Judged {
            validator,
            purpose,
            moments,
            ..
        } = self.judged;
        match validator.path_through(signer, self.supplied, purpose, moments) {
            Ok(outcome) => self.conclude(digested, scheme, &outcome),
            Err(error) => self.unproved(no_certificate(Some(error.to_string()))),
        }
    }

    /// That no key at hand verifies the value, which says more than a reference that leads nowhere: it
    /// fails for good.
    fn wrong_value(&self) -> Option<Verdict> {
        let candidates = candidates(self.judged.validator, self.signature);
        // Of a certificate that is none, and an algorithm that is not known, nothing is said.
        let invalid = |der: &&[u8]| {
            Certificate::parse(der).is_ok() && self.value_under(der) == Err(Rejection::Invalid)
        };
        let wrong = !candidates.is_empty() && candidates.iter().all(invalid);
        wrong.then(|| rejected(Rejection::Invalid))
    }

    fn value_under(&self, der: &[u8]) -> Result<(), Rejection> {
        let certificate = Certificate::parse(der).map_err(|_| Rejection::Invalid)?;
        let key = PublicKeyRef::new(certificate.public_key());
        verify(self.file, self.signature, Digested::nothing(), key).map(drop)
    }

    /// The certificate whose key verifies the value; where none does, the first. Of one there is
    /// nothing to choose.
    fn signer<'c>(&self, candidates: &[&'c [u8]]) -> Option<&'c [u8]> {
        let (first, others) = candidates.split_first()?;
        let holds = |der: &&&[u8]| self.value_under(der).is_ok();
        match others {
            [] => Some(first),
            _ => candidates.iter().find(holds).or(Some(first)).copied(),
        }
    }

    fn conclude(
        &self,
        digested: Digested,
        scheme: SignatureScheme,
        outcome: &PathOutcome,
    ) -> SignatureReport {
        let key = outcome.signer.reference();
        let verified = verify(self.file, self.signature, digested, key);
        let (signed, key) = match verified {
            Ok(verified) => verified,
            Err(rejection) => {
                let report = self.unproved(rejected(rejection)).along(outcome);
                return SignatureReport {
                    algorithm: scheme.name(),
                    ..report
                };
            }
        };
        let other = self.file.signed.detached.map(Content::digest);
        let coverage = coverage(self.file.index, self.signature, &signed, other);
        let intact = Intact {
            scheme,
            key,
            objection: objection(coverage),
        };
        let verdict = match self.weak_digest(&signed) {
            Some(problem) => problem,
            None => conclude(&self.judged, intact, outcome),
        };
        let name = self.name.clone();
        let covers = signed.parts().iter().map(|part| part.covered().clone());
        SignatureReport {
            algorithm: scheme.name(),
            warnings: vec![ReasonCode::SigningCertificateAbsent.into()],
            covers: covers.collect(),
            ..SignatureReport::bare(name, verdict, Integrity::Intact, coverage).along(outcome)
        }
    }

    /// EN 319 102-1 §5.2.8: the digests of what is covered count as the signature's does.
    fn weak_digest(&self, signed: &SignedNodes) -> Option<Verdict> {
        let algorithms = self.judged.validator.material().algorithms();
        let usage = self.judged.purpose.usage();
        let at = self.judged.algorithms_at;
        let mut problems = signed.parts().iter().filter_map(|part| {
            algorithms
                .judge_digest(usage, part.algorithm(), at)
                .problem()
        });
        problems.next()
    }

    fn unproved(&self, verdict: Verdict) -> SignatureReport {
        let integrity = Integrity::unproved(&verdict);
        SignatureReport::bare(self.name.clone(), verdict, integrity, Coverage::Unclear)
    }
}

/// A signature over a part of its file is no word about the file (EN 319 102-1 §5.2.8: constraints on
/// what is to be signed).
fn objection(coverage: Coverage) -> Option<Reason> {
    match coverage {
        Coverage::Part | Coverage::Unclear => Some(ReasonCode::ContentNotCovered.into()),
        Coverage::WholeFile | Coverage::Revision | Coverage::Encapsulated | Coverage::Detached => {
            None
        }
    }
}

fn no_certificate(error: Option<String>) -> Verdict {
    let reason = Reason::new(ReasonCode::SignerCertificateMissing);
    let reason = match error {
        Some(error) => reason.with("error", error),
        None => reason,
    };
    Verdict::indeterminate(SubIndication::NoSigningCertificateFound, reason)
}
