//! CMS signatures (RFC 5652 §5.4–5.6, CAdES ETSI EN 319 122-1): digest, signed attributes, signer's
//! certificate, signature value. One way for documents and for timestamps.

mod attributes;
mod countersignature;
mod digests;
mod file;
mod reference;
mod value;

pub(in crate::trust) use digests::{Covered, Digests, digests_wanted};
pub(in crate::trust) use file::{Apart, hashed_ahead, judge_apart, judge_cms};

use crate::format::asn1::values::significant;
use crate::format::cms::read::{CmsError, SignedData, SignerId, SignerInfo};
use crate::model::{Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::SignatureScheme;
use crate::trust::certificate::{Certificate, issuer_and_serial};
use crate::trust::path::{Moments, Purpose};
use crate::trust::report::{Coverage, Integrity, SignatureReport, TimestampReport};
use crate::trust::signatures::conclude::{Judged, conclude};
use crate::trust::supplied::{Accompanying, SuppliedDer};
use crate::trust::timestamp;
use crate::trust::validator::Validator;
use crate::trust::verdict::Verdict;
use attributes::claimed_time;

/// Certificates tried for one signer: one is the rule, more only if two share issuer and serial.
const MAX_SIGNER_CANDIDATES: usize = 4;

/// The verdict about bytes that are not SignedData.
pub(in crate::trust) fn malformed(error: &CmsError) -> Verdict {
    let (code, sub) = match error {
        CmsError::TooMany { .. } => (ReasonCode::LimitExceeded, SubIndication::FormatFailure),
        CmsError::Ber(_) | CmsError::OtherContentType => {
            (ReasonCode::MalformedCms, SubIndication::FormatFailure)
        }
        CmsError::OtherContent => {
            let reason = Reason::new(ReasonCode::FormatNotSupported).with("format", "PKCS #7");
            return Verdict::indeterminate(SubIndication::Generic, reason);
        }
    };
    Verdict::failed(sub, Reason::new(code).with("error", error.to_string()))
}

/// What is known of one signer before its verdict.
pub(in crate::trust) struct Judging<'a, 'd> {
    pub(in crate::trust) validator: &'a Validator,
    pub(in crate::trust) data: &'a SignedData<'d>,
    pub(in crate::trust) digests: &'a Digests,
    pub(in crate::trust) coverage: Coverage,
    /// What came with the message.
    pub(in crate::trust) supplied: &'a Accompanying<'a>,
    /// Timestamps around the whole message, its signature value included.
    pub(in crate::trust) proofs: &'a [TimestampReport],
    pub(in crate::trust) at: Timestamp,
}

/// What a signer signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::trust) enum Signs {
    /// Content of the message's type.
    Content,
    /// Another signer's signature value, which has no type (RFC 5652 §11.4).
    Signature,
}

/// For what a signer is judged, with what, and since when its signature is proved to exist.
pub(in crate::trust) struct Task<'a, 'd> {
    pub(in crate::trust) given: &'a Judging<'a, 'd>,
    pub(in crate::trust) signs: Signs,
    pub(in crate::trust) purpose: Purpose,
    pub(in crate::trust) moments: Moments,
}

impl Task<'_, '_> {
    fn judged(&self) -> Judged<'_> {
        Judged {
            validator: self.given.validator,
            purpose: self.purpose,
            moments: self.moments,
            algorithms_at: self.algorithm_moment(),
        }
    }

    /// When the algorithms must be accepted. A token says itself when it was made, so that nothing
    /// but a token over it, or who had it then, could prove that it is older than what forges it today.
    fn algorithm_moment(&self) -> Timestamp {
        match self.purpose {
            Purpose::Timestamping => self.moments.existed.unwrap_or(self.moments.at),
            Purpose::Any
            | Purpose::Document
            | Purpose::OcspSigning
            | Purpose::CrlSigning
            | Purpose::Server
            | Purpose::Client => self.moments.proven.unwrap_or(self.moments.at),
        }
    }
}

/// Judges one signer of a document, the timestamps over its signature first: the earliest that
/// passes proves since when the signature exists (EN 319 102-1 §5.5.4), and so does who had it.
pub(in crate::trust) fn judge(
    given: &Judging<'_, '_>,
    signer: &SignerInfo<'_>,
    name: String,
) -> SignatureReport {
    let mut report = judge_as(given, signer, Signs::Content, name);
    report.countersignatures = countersignature::over(given, signer);
    for own in &report.countersignatures {
        report.kept.extend(own.kept.iter().cloned());
        report.awaited.extend(own.awaited.iter().cloned());
    }
    report
}

fn judge_as(
    given: &Judging<'_, '_>,
    signer: &SignerInfo<'_>,
    signs: Signs,
    name: String,
) -> SignatureReport {
    let mut timestamps = timestamp::over_signature(given, signer);
    timestamps.extend(given.proofs.iter().cloned());
    let existed = given.validator.existed(given.at);
    let timestamps_prove = timestamp::earliest(&timestamps, given.at);
    let task = Task {
        given,
        signs,
        purpose: Purpose::Document,
        moments: Moments {
            at: given.at,
            proven: timestamps_prove.into_iter().chain(existed).min(),
            existed,
        },
    };
    let mut report = judge_signer(&task, signer, name);
    timestamp::join(&mut report, timestamps);
    report
}

/// Judges one signer.
pub(in crate::trust) fn judge_signer(
    task: &Task<'_, '_>,
    signer: &SignerInfo<'_>,
    name: String,
) -> SignatureReport {
    let mut candidates = candidates(task, signer).into_iter();
    let Some(first) = candidates.next() else {
        return without_certificate(task, signer, name);
    };
    let report = judge_with(task, signer, first, name.clone());
    if report.integrity == Integrity::Intact {
        return report;
    }
    let others = candidates.map(|der| judge_with(task, signer, der, name.clone()));
    let mut intact = others.filter(|r| r.integrity == Integrity::Intact);
    intact.next().unwrap_or(report)
}

/// The certificates that the signer's identifier names (RFC 5652 §5.3), those of the message first.
fn candidates<'a>(task: &Task<'a, '_>, signer: &SignerInfo<'_>) -> Vec<&'a [u8]> {
    let configured = task.given.validator.material().certificates().iter();
    let all = task.given.supplied.certificates().into_iter();
    let all = all.chain(configured.map(|c| c.der()));
    let all = all.chain(task.given.validator.kept_certificates());
    let named = |der: &&[u8]| match signer.id {
        SignerId::IssuerSerial { issuer, serial } => issuer_and_serial(der)
            .is_ok_and(|found| found.0 == issuer && significant(found.1) == significant(serial)),
        SignerId::KeyId(id) => {
            Certificate::parse(der).is_ok_and(|c| c.extensions.subject_key.as_deref() == Some(id))
        }
    };
    all.filter(named).take(MAX_SIGNER_CANDIDATES).collect()
}

fn without_certificate(
    task: &Task<'_, '_>,
    signer: &SignerInfo<'_>,
    name: String,
) -> SignatureReport {
    let missing = || {
        Verdict::indeterminate(
            SubIndication::NoSigningCertificateFound,
            ReasonCode::SignerCertificateMissing,
        )
    };
    // What can be judged without the key still is: a wrong digest fails for good.
    let (verdict, integrity) = match attributes::attributes(task, signer, None) {
        Ok(_) => (missing(), Integrity::NotJudged),
        Err(verdict) => broken(verdict),
    };
    SignatureReport {
        claimed_time: claimed(signer),
        ..SignatureReport::bare(name, verdict, integrity, task.given.coverage)
    }
}

fn broken(verdict: Verdict) -> (Verdict, Integrity) {
    let integrity = Integrity::unproved(&verdict);
    (verdict, integrity)
}

/// The time that a signer claims, where it can be read.
fn claimed(signer: &SignerInfo<'_>) -> Option<Timestamp> {
    claimed_time(signer.attributes.as_ref()?).ok()?
}

fn judge_with(
    task: &Task<'_, '_>,
    signer: &SignerInfo<'_>,
    der: &[u8],
    name: String,
) -> SignatureReport {
    let validator = task.given.validator;
    let path = validator.path_through(der, task.given.supplied, task.purpose, task.moments);
    let outcome = match path {
        Ok(outcome) => outcome,
        Err(error) => {
            let mut report = without_certificate(task, signer, name);
            if report.integrity == Integrity::NotJudged {
                let reason = Reason::new(ReasonCode::SignerCertificateMissing)
                    .with("error", error.to_string());
                let sub = SubIndication::NoSigningCertificateFound;
                report.verdict = Verdict::indeterminate(sub, reason);
            }
            return report;
        }
    };
    let scheme = value::scheme(signer);
    let mut warnings = Vec::new();
    let checked = value::integrity(task, signer, &outcome.signer, &scheme, &mut warnings);
    let (verdict, integrity) = match checked {
        Ok(intact) => (
            conclude(&task.judged(), intact, &outcome),
            Integrity::Intact,
        ),
        Err(verdict) => broken(verdict),
    };
    SignatureReport {
        algorithm: scheme.map(SignatureScheme::name).unwrap_or_default(),
        claimed_time: claimed(signer),
        warnings,
        ..SignatureReport::bare(name, verdict, integrity, task.given.coverage).along(&outcome)
    }
}

/// What came with a signature.
pub(in crate::trust) fn supplied<'d>(data: &SignedData<'d>) -> SuppliedDer<'d> {
    SuppliedDer {
        certificates: data.certificates.clone(),
        crls: data.revocation.crls.clone(),
        responses: data.revocation.responses.clone(),
    }
}
