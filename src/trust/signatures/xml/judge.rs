//! One signature: what it refers to, its value, its signer's path (EN 319 102-1 §5.2 to §5.3).

use super::extent::{Extent, carries_content, coverage};
use super::found::{Entry, Found, Signatures};
use super::key::candidates;
use super::nodes::{Digested, File, SignedNodes, Statement, digests, verify};
use super::problem::Problem;
use super::xades::Properties;
use super::xades::stamps::Stamped;
use crate::format::content::Content;
use crate::format::xml::NodeId;
use crate::format::xml::signature::Signature;
use crate::model::{Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::{KeyFacts, PublicKeyRef, Rejection, SignatureScheme, uri};
use crate::trust::certificate::Certificate;
use crate::trust::level;
use crate::trust::path::{Moments, PathOutcome, Purpose, rejected};
use crate::trust::report::{Coverage, Integrity, SignatureReport};
use crate::trust::signatures::conclude::{Intact, Judged, conclude};
use crate::trust::supplied::{Accompanying, SuppliedDer};
use crate::trust::timestamp;
use crate::trust::validator::Validator;
use crate::trust::verdict::Verdict;

/// A file's signatures, and with what they are judged.
pub(super) struct Given<'a, 'd> {
    pub(super) validator: &'a Validator,
    pub(super) file: &'a File<'a, 'd>,
    pub(super) signatures: &'a Signatures,
    pub(super) at: Timestamp,
}

/// One signature while it is judged.
struct Task<'a, 'd> {
    file: &'a File<'a, 'd>,
    entry: &'a Entry,
    signature: &'a Signature,
    /// What its value is over.
    statement: Result<Statement<'a>, Problem>,
    /// The signature over whose value it is, where it signs nothing else.
    over: Option<&'a Signature>,
    judged: Judged<'a>,
    supplied: &'a Accompanying<'a>,
    /// What stands against it whatever it covers.
    objection: Option<Reason>,
    name: String,
}

impl Given<'_, '_> {
    /// Judges one signature, the timestamps and the signatures over it first: the earliest timestamp that
    /// passes proves since when it exists (EN 319 102-1 §5.5.4).
    pub(super) fn judge(
        &self,
        found: &Found,
        over: Option<&Signature>,
        name: String,
    ) -> SignatureReport {
        let entry = match &found.read {
            Ok(entry) => entry,
            Err(verdict) => {
                let verdict = verdict.clone();
                let integrity = Integrity::unproved(&verdict);
                return SignatureReport::bare(name, verdict, integrity, Coverage::Unclear);
            }
        };
        let (signature, at) = (&entry.signature, self.at);
        let properties = entry.properties.as_ref();
        let supplied = Accompanying::new(supplied(entry), None);
        let stamped = Stamped {
            validator: self.validator,
            file: self.file,
            signature,
            supplied: &supplied,
            at,
            signatures: self.signatures.count(),
        };
        let timestamps = properties.map(|properties| properties.timestamps(&stamped));
        let timestamps = timestamps.unwrap_or_default();
        let existed = self.validator.existed(at);
        let proved = timestamp::earliest(&timestamps, at);
        let proven = proved.into_iter().chain(existed).min();
        let countersignatures = self.countersignatures(signature);
        let task = Task {
            file: self.file,
            entry,
            signature,
            statement: Statement::of(self.file, signature),
            over,
            judged: Judged {
                validator: self.validator,
                purpose: Purpose::Document,
                moments: Moments {
                    at,
                    proven,
                    existed,
                },
                algorithms_at: proven.unwrap_or(at),
            },
            supplied: &supplied,
            objection: properties
                .and_then(Properties::policy_objection)
                .or_else(|| spoiled(&countersignatures)),
            name,
        };
        let mut report = task.judge();
        timestamp::join(&mut report, timestamps);
        let has_revocation = properties.is_some_and(Properties::has_revocation);
        report.level = properties.and_then(|_| level::of_xml(has_revocation, &report));
        for own in &countersignatures {
            report.kept.extend(own.kept.iter().cloned());
            report.awaited.extend(own.awaited.iter().cloned());
        }
        report.countersignatures = countersignatures;
        report
    }

    fn countersignatures(&self, signature: &Signature) -> Vec<SignatureReport> {
        let over = self.signatures.over(signature).zip(1u32..);
        over.map(|(found, number)| self.judge(found, Some(signature), number.to_string()))
            .collect()
    }
}

/// A counter-signature that does not hold, or holds something else beside the value that it is over: somebody
/// who looks at the file may take it, or what is in it, for what was signed. Who signed it is another question.
fn spoiled(countersignatures: &[SignatureReport]) -> Option<Reason> {
    let harmless = |own: &SignatureReport| {
        own.integrity == Integrity::Intact && own.coverage == Coverage::Encapsulated
    };
    let all = countersignatures.iter().all(harmless);
    (!all).then(|| ReasonCode::CountersignatureWrong.into())
}

/// What came with a signature.
fn supplied(entry: &Entry) -> SuppliedDer<'_> {
    let mut supplied = SuppliedDer::default();
    if let Some(key_info) = &entry.signature.key_info {
        let x509 = &key_info.x509;
        let certificates = x509.certificates.iter().map(Vec::as_slice);
        supplied.certificates.extend(certificates);
        supplied.crls.extend(x509.crls.iter().map(Vec::as_slice));
    }
    if let Some(properties) = &entry.properties {
        properties.supply(&mut supplied);
    }
    supplied
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
        let candidates = candidates(self.judged.validator, self.entry);
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
        let candidates = candidates(self.judged.validator, self.entry);
        // Of a certificate that is none, and an algorithm that is not known, nothing is said.
        let invalid = |der: &&[u8]| {
            let wrong = Err(Problem::Algorithm(Rejection::Invalid));
            Certificate::parse(der).is_ok() && self.value_under(der) == wrong
        };
        let wrong = !candidates.is_empty() && candidates.iter().all(invalid);
        wrong.then(|| rejected(Rejection::Invalid))
    }

    fn value_under(&self, der: &[u8]) -> Result<(), Problem> {
        let unread = |_| Problem::Algorithm(Rejection::Invalid);
        let certificate = Certificate::parse(der).map_err(unread)?;
        let key = PublicKeyRef::new(certificate.public_key());
        self.verify(Digested::nothing(), key).map(drop)
    }

    fn verify(
        &self,
        digested: Digested,
        key: PublicKeyRef<'_>,
    ) -> Result<(SignedNodes, KeyFacts), Problem> {
        let statement = self.statement.as_ref().map_err(Clone::clone)?;
        let paid = self
            .judged
            .validator
            .pay_for_check(KeyFacts::of(key), statement.octets());
        paid.map_err(Problem::Exhausted)?;
        verify(self.file, statement, digested, key)
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
        let (signed, key) = match self.verify(digested, key) {
            Ok(verified) => verified,
            Err(problem) => {
                let report = self.unproved(problem.verdict(None)).along(outcome);
                return SignatureReport {
                    algorithm: scheme.name(),
                    ..report
                };
            }
        };
        if let Err(verdict) = self.properties_hold(&signed, outcome) {
            let report = self.unproved(verdict).along(outcome);
            return SignatureReport {
                algorithm: scheme.name(),
                ..report
            };
        }
        let coverage = self.coverage(&signed);
        let intact = Intact {
            scheme,
            key,
            objection: objection(coverage).or_else(|| self.objection.clone()),
        };
        let verdict = match self.weak_digest(&signed) {
            Some(problem) => problem,
            None => conclude(&self.judged, intact, outcome),
        };
        let name = self.name.clone();
        let covers = signed.parts().iter().map(|part| part.covered().clone());
        SignatureReport {
            algorithm: scheme.name(),
            claimed_time: self
                .entry
                .properties
                .as_ref()
                .and_then(Properties::claimed_time),
            warnings: self.warnings(outcome),
            covers: covers.collect(),
            proved: signed.proved(self.file),
            ..SignatureReport::bare(name, verdict, Integrity::Intact, coverage).along(outcome)
        }
    }

    /// The properties are those that were signed, and name the certificate whose key verified; a
    /// counter-signature is over the value that it stands at.
    fn properties_hold(&self, signed: &SignedNodes, outcome: &PathOutcome) -> Result<(), Verdict> {
        let index = self.file.index;
        if let Some(properties) = &self.entry.properties {
            properties.bound(index, self.signature, signed)?;
            properties.check_certificate(&self.judged, outcome.certificate())?;
        }
        // EN 319 132-1 §5.2.7.2
        let value = self.over.map(|over| over.value.node);
        let covers = |value: NodeId| {
            let mut parts = signed.parts().iter();
            parts.any(|part| {
                part.extent().holds(index, value) || *part.extent() == Extent::TextOf(value)
            })
        };
        match value.is_none_or(covers) {
            true => Ok(()),
            false => Err(Verdict::failed(
                SubIndication::SigConstraintsFailure,
                ReasonCode::CountersignatureOfOther,
            )),
        }
    }

    /// A counter-signature is over what it stands at, and has no word about the file.
    fn coverage(&self, signed: &SignedNodes) -> Coverage {
        let other = self.file.signed.detached.map(Content::digest);
        match self.over {
            Some(_) if carries_content(self.file.index, self.signature.node) => Coverage::Part,
            Some(_) => Coverage::Encapsulated,
            None => coverage(self.file.index, self.signature, signed, other),
        }
    }

    fn warnings(&self, outcome: &PathOutcome) -> Vec<Reason> {
        let properties = self.entry.properties.as_ref();
        let absent = !properties.is_some_and(Properties::names_any);
        let absent = absent.then(|| ReasonCode::SigningCertificateAbsent.into());
        let hint = properties.and_then(|own| own.misleading(outcome.certificate()));
        let others = properties.into_iter().flat_map(Properties::warnings);
        let all = absent.into_iter().chain(hint).chain(others);
        all.chain(self.foreign()).collect()
    }

    /// What is in KeyInfo that nobody reads here.
    fn foreign(&self) -> impl Iterator<Item = Reason> {
        let own = self.signature.key_info.as_ref();
        let all = own.map(|own| own.foreign(self.file.index));
        let shown = |name: String| name.chars().take(200).collect::<String>();
        let names = all.into_iter().flatten().map(shown);
        names.map(|name| Reason::new(ReasonCode::KeyInfoNotRead).with("what", name))
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
