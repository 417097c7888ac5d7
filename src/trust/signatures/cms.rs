//! CMS signatures (RFC 5652 §5.4–5.6, CAdES ETSI EN 319 122-1): digest, signed attributes, signer's
//! certificate, signature value.

use crate::format::asn1::oid;
use crate::format::asn1::read::{Element, Reader, significant, time};
use crate::format::cms::read::{
    Algorithm, Attribute, CmsError, SignedAttributes, SignedData, SignerId, SignerInfo,
};
use crate::format::content::{Content, ContentError};
use crate::model::{Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::{DigestAlgorithm, Rejection, SignatureScheme, sha1_of};
use crate::trust::certificate::{Certificate, issuer_and_serial};
use crate::trust::path::{PathOutcome, rejected};
use crate::trust::report::{Coverage, Integrity, SignatureReport};
use crate::trust::validator::Validator;
use crate::trust::verdict::{IntegrityProof, Verdict, Verified};
use std::ops::Range;

/// Certificates tried for one signer: one is the rule, more only if two share issuer and serial.
const MAX_SIGNER_CANDIDATES: usize = 4;

/// What a signature covers: ranges of one body.
pub(in crate::trust) struct Covered<'a> {
    pub(in crate::trust) content: &'a dyn Content,
    pub(in crate::trust) ranges: Vec<Range<u64>>,
}

/// The digests of what is covered, each computed once for all signers.
pub(in crate::trust) struct Digests([Option<ring::digest::Digest>; 3]);

impl Digests {
    /// Reads the covered bytes once, for every digest that a signer of `data` names.
    pub(in crate::trust) fn compute(
        data: &SignedData<'_>,
        covered: &Covered<'_>,
    ) -> Result<Self, ContentError> {
        let mut contexts: [Option<ring::digest::Context>; 3] = [None, None, None];
        for (slot, algorithm) in contexts.iter_mut().zip(DigestAlgorithm::ALL) {
            let named = |s: &SignerInfo<'_>| digest_of(&s.digest) == Ok(algorithm);
            if data.signers.iter().any(named) {
                *slot = Some(algorithm.context());
            }
        }
        if contexts.iter().any(Option::is_some) {
            let mut hash = |bytes: &[u8]| {
                for context in contexts.iter_mut().flatten() {
                    context.update(bytes);
                }
            };
            for range in &covered.ranges {
                covered.content.feed(range.clone(), &mut hash)?;
            }
        }
        Ok(Self(contexts.map(|c| c.map(ring::digest::Context::finish))))
    }

    fn get(&self, algorithm: DigestAlgorithm) -> Option<&[u8]> {
        let found = DigestAlgorithm::ALL.iter().zip(&self.0);
        let mut found = found.filter(|(a, _)| **a == algorithm);
        found.next()?.1.as_ref().map(AsRef::as_ref)
    }
}

/// The digest algorithm a signer names. A signature's identifier there is no digest algorithm
/// (RFC 5652 §5.3), though some signers write it.
fn digest_of(algorithm: &Algorithm<'_>) -> Result<DigestAlgorithm, Rejection> {
    match algorithm.oid {
        oid::SHA1_WITH_RSA | oid::SHA256_WITH_RSA | oid::SHA384_WITH_RSA | oid::SHA512_WITH_RSA => {
            Err(Rejection::Invalid)
        }
        other => DigestAlgorithm::from_oid(other),
    }
}

/// The verdict about bytes that are not SignedData.
pub(in crate::trust) fn malformed(error: &CmsError) -> Verdict {
    let (code, sub) = match error {
        CmsError::TooMany { .. } => (ReasonCode::LimitExceeded, SubIndication::FormatFailure),
        CmsError::Ber(_) | CmsError::OtherContentType => {
            (ReasonCode::MalformedCms, SubIndication::FormatFailure)
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
    pub(in crate::trust) at: Timestamp,
}

/// Judges one signer.
pub(in crate::trust) fn judge(
    given: &Judging<'_, '_>,
    signer: &SignerInfo<'_>,
    name: String,
) -> SignatureReport {
    let mut candidates = candidates(given, signer).into_iter();
    let Some(first) = candidates.next() else {
        return without_certificate(given, signer, name);
    };
    let report = judge_with(given, signer, first, name.clone());
    if report.integrity == Integrity::Intact {
        return report;
    }
    let others = candidates.map(|der| judge_with(given, signer, der, name.clone()));
    let mut intact = others.filter(|r| r.integrity == Integrity::Intact);
    intact.next().unwrap_or(report)
}

/// The certificates that the signer's identifier names (RFC 5652 §5.3), those of the message first.
fn candidates<'a>(given: &Judging<'a, '_>, signer: &SignerInfo<'_>) -> Vec<&'a [u8]> {
    let configured = given.validator.material().certificates().iter();
    let all = given.data.certificates.iter().copied();
    let all = all.chain(configured.map(|c| c.der()));
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
    given: &Judging<'_, '_>,
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
    let (verdict, integrity) = match attributes(given, signer, None) {
        Ok(_) => (missing(), Integrity::NotJudged),
        Err(verdict) => broken(verdict),
    };
    SignatureReport {
        name,
        verdict,
        integrity,
        coverage: given.coverage,
        covered_until: None,
        signer: None,
        issuer_key: None,
        path: Vec::new(),
        domain: None,
        algorithm: String::new(),
        claimed_time: signer
            .attributes
            .as_ref()
            .and_then(|a| claimed_time(a).ok()?),
        evidence: Vec::new(),
        warnings: Vec::new(),
    }
}

fn broken(verdict: Verdict) -> (Verdict, Integrity) {
    let integrity = match verdict.indication() {
        crate::model::Indication::TotalFailed => Integrity::Broken,
        crate::model::Indication::Indeterminate | crate::model::Indication::TotalPassed => {
            Integrity::NotJudged
        }
    };
    (verdict, integrity)
}

fn judge_with(
    given: &Judging<'_, '_>,
    signer: &SignerInfo<'_>,
    der: &[u8],
    name: String,
) -> SignatureReport {
    let outcome = match given
        .validator
        .path_of(der, &given.data.certificates, given.at)
    {
        Ok(outcome) => outcome,
        Err(error) => {
            let mut report = without_certificate(given, signer, name);
            if report.integrity == Integrity::NotJudged {
                let reason = Reason::new(ReasonCode::SignerCertificateMissing)
                    .with("error", error.to_string());
                let sub = SubIndication::NoSigningCertificateFound;
                report.verdict = Verdict::indeterminate(sub, reason);
            }
            return report;
        }
    };
    let certificate = &outcome.signer;
    let scheme = scheme(signer);
    let mut warnings = Vec::new();
    let checked = integrity(given, signer, certificate, &scheme, &mut warnings);
    let (verdict, integrity) = match checked {
        Ok(proof) => (conclude(proof, &outcome, given.at), Integrity::Intact),
        Err(verdict) => broken(verdict),
    };
    SignatureReport {
        name,
        verdict,
        integrity,
        coverage: given.coverage,
        covered_until: None,
        signer: Some(certificate.info()),
        issuer_key: outcome.issuer_key,
        path: outcome.path.clone(),
        domain: outcome.domain.clone(),
        algorithm: scheme.map(SignatureScheme::name).unwrap_or_default(),
        claimed_time: signer
            .attributes
            .as_ref()
            .and_then(|a| claimed_time(a).ok()?),
        evidence: outcome.evidence.clone(),
        warnings,
    }
}

/// Both proofs make TOTAL-PASSED; without the path's one its problem is the verdict.
fn conclude(proof: IntegrityProof, outcome: &PathOutcome, at: Timestamp) -> Verdict {
    if let Some(problem) = &outcome.problem {
        return problem.clone();
    }
    let verified = outcome
        .proof()
        .and_then(|path| Verified::new(proof, path.clone(), at));
    match verified {
        Some(verified) => Verdict::passed(&verified),
        None => Verdict::indeterminate(SubIndication::Generic, ReasonCode::ValidatorError),
    }
}

fn scheme(signer: &SignerInfo<'_>) -> Result<SignatureScheme, Rejection> {
    let digest = digest_of(&signer.digest)?;
    let scheme = SignatureScheme::new(&signer.algorithm, Some(digest))?;
    if scheme.digest == digest {
        Ok(scheme)
    } else {
        // RFC 5652 §5.4: one digest algorithm for content and attributes.
        let name = format!("{} with digest {}", scheme.name(), digest.name());
        Err(Rejection::NotAccepted(name))
    }
}

fn format_failure(code: ReasonCode, what: &'static str) -> Verdict {
    let reason = Reason::new(code).with("what", what);
    Verdict::failed(SubIndication::FormatFailure, reason)
}

/// Every check of integrity, in the order in which a failure says most.
fn integrity(
    given: &Judging<'_, '_>,
    signer: &SignerInfo<'_>,
    certificate: &Certificate,
    scheme: &Result<SignatureScheme, Rejection>,
    warnings: &mut Vec<Reason>,
) -> Result<IntegrityProof, Verdict> {
    let attributes = attributes(given, signer, Some((certificate, warnings)))?;
    let scheme = scheme.clone().map_err(rejected)?;
    let verify =
        |message: &[u8]| scheme.verify(certificate.public_key(), message, &signer.signature);
    match verify(&attributes.as_encoded()) {
        Ok(()) => {}
        // RFC 5652 §5.4 demands the DER encoding; some signers sign it but send another.
        Err(Rejection::Invalid) => {
            verify(&attributes.sorted()).map_err(rejected)?;
            warnings.push(ReasonCode::NotDerEncoded.into());
            return Ok(IntegrityProof::assert_all_checks_passed());
        }
        Err(rejection) => return Err(rejected(rejection)),
    }
    if attributes.element.indefinite || !is_sorted(attributes) {
        warnings.push(ReasonCode::NotDerEncoded.into());
    }
    Ok(IntegrityProof::assert_all_checks_passed())
}

fn is_sorted(attributes: &SignedAttributes<'_>) -> bool {
    attributes.list.is_sorted_by_key(|a| a.full)
}

/// The signed attributes, after everything about them but the signature value was checked.
fn attributes<'s, 'd>(
    given: &Judging<'_, '_>,
    signer: &'s SignerInfo<'d>,
    certificate: Option<(&Certificate, &mut Vec<Reason>)>,
) -> Result<&'s SignedAttributes<'d>, Verdict> {
    // Without them the signature may be one over somebody's attributes
    // (draft-ietf-lamps-cms-euf-cma-signeddata).
    let attributes = signer.attributes.as_ref().ok_or_else(|| {
        Verdict::failed(
            SubIndication::FormatFailure,
            ReasonCode::SignedAttributesMissing,
        )
    })?;
    // RFC 5652 §11: these three are signed or they are nothing.
    let signed_only = [oid::CONTENT_TYPE, oid::MESSAGE_DIGEST, oid::SIGNING_TIME];
    if signer
        .unsigned_kinds
        .iter()
        .any(|kind| signed_only.contains(kind))
    {
        let what = "a signed attribute among the unsigned";
        return Err(format_failure(ReasonCode::SignedAttributesWrong, what));
    }
    // RFC 5652 §11.1: content-type once, with one value, equal to eContentType.
    let kind = single(attributes, oid::CONTENT_TYPE, "content-type")?;
    if kind.tag != 0x06 || kind.content != given.data.content_type {
        return Err(format_failure(
            ReasonCode::SignedAttributesWrong,
            "content-type",
        ));
    }
    // RFC 5652 §11.2
    let signed = single(attributes, oid::MESSAGE_DIGEST, "message-digest")?;
    if signed.tag != 0x04 {
        return Err(format_failure(
            ReasonCode::SignedAttributesWrong,
            "message-digest",
        ));
    }
    claimed_time(attributes)?;
    let references = references(attributes)?;
    let algorithm = digest_of(&signer.digest).map_err(rejected)?;
    if given.digests.get(algorithm) != Some(signed.content) {
        return Err(Verdict::failed(
            SubIndication::HashFailure,
            ReasonCode::DigestMismatch,
        ));
    }
    if let Some((certificate, warnings)) = certificate {
        check_references(&references, certificate, warnings)?;
    }
    Ok(attributes)
}

fn single<'d>(
    attributes: &SignedAttributes<'d>,
    kind: &[u8],
    what: &'static str,
) -> Result<Element<'d>, Verdict> {
    let mut found = attributes.of(kind);
    let value = found.next().and_then(only_value);
    match (value, found.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(format_failure(ReasonCode::SignedAttributesWrong, what)),
    }
}

fn only_value<'d>(attribute: &Attribute<'d>) -> Option<Element<'d>> {
    match attribute.values.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

/// signing-time: absent, or once with one value that is a time (RFC 5652 §11.3).
fn claimed_time(attributes: &SignedAttributes<'_>) -> Result<Option<Timestamp>, Verdict> {
    if attributes.of(oid::SIGNING_TIME).next().is_none() {
        return Ok(None);
    }
    let value = single(attributes, oid::SIGNING_TIME, "signing-time")?;
    let wrong = || format_failure(ReasonCode::SignedAttributesWrong, "signing-time");
    time(&value).map(Some).ok_or_else(wrong)
}

/// The first certificate that a signing-certificate attribute names.
struct Reference<'d> {
    hash: &'d [u8],
    algorithm: Result<ReferenceHash, Rejection>,
    serial: Option<&'d [u8]>,
}

enum ReferenceHash {
    Sha1,
    Sha2(DigestAlgorithm),
}

fn references<'d>(attributes: &SignedAttributes<'d>) -> Result<Vec<Reference<'d>>, Verdict> {
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
            DigestAlgorithm::from_oid(algorithm.oid).map(ReferenceHash::Sha2)
        }
        (true, _) => Ok(ReferenceHash::Sha2(DigestAlgorithm::Sha256)),
        (false, _) => Ok(ReferenceHash::Sha1),
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
fn check_references(
    references: &[Reference<'_>],
    certificate: &Certificate,
    warnings: &mut Vec<Reason>,
) -> Result<(), Verdict> {
    if references.is_empty() {
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
            Ok(ReferenceHash::Sha1) => sha1_of(certificate.der()).as_ref() == reference.hash,
            Ok(ReferenceHash::Sha2(DigestAlgorithm::Sha256)) => {
                certificate.sha256().0 == *reference.hash
            }
            Ok(ReferenceHash::Sha2(other)) => {
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
