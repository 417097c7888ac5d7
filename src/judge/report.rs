//! The report as JSON (`lienthong-report-1`): the body kept with a document, `…/report`,
//! `POST /v1/verify` and `verify --json` all show this one shape.

mod awaited;
mod covered;
mod kept;
mod told;

use super::{Basis, Job, bases};
use crate::model::event::FileRole;
use crate::model::{Reason, Timestamp};
use crate::policy::{FileFinding, Judgement, SignatureRole};
use crate::trust::at_signing::AtSigning;
use crate::trust::changes::Changes;
use crate::trust::material::Material;
use crate::trust::report::{
    CertificateInfo, Evidence, FileReport, SignatureReport, TimestampReport,
};
use crate::trust::verdict::Verdict;
pub use awaited::{AwaitedError, read_awaited};
use awaited::{AwaitedJson, awaited};
use bytes::Bytes;
use covered::CoveredJson;
pub use kept::read_kept;
use kept::{KeptJson, kept};
use serde::Serialize;
use std::collections::BTreeMap;
use told::{NO_SIGNATURE, ToldJson, told};

/// The value of `schema`.
pub const SCHEMA: &str = "lienthong-report-1";

#[derive(Serialize)]
struct DocumentJson<'a> {
    schema: &'static str,
    at: String,
    sender: &'a str,
    /// The type of the document, by which the policy was chosen.
    #[serde(rename = "type")]
    kind: &'a str,
    policy: &'static str,
    rules: String,
    indication: &'static str,
    sub_indication: Option<&'static str>,
    reason: ReasonJson<'a>,
    #[serde(flatten)]
    told: Option<ToldJson<'a>>,
    disposition: &'static str,
    agency_signed: bool,
    person_signed: bool,
    /// Where it was judged in hindsight: since when it is known to have existed, and by whose word.
    #[serde(skip_serializing_if = "Option::is_none")]
    existed: Option<ExistedJson>,
    files: Vec<NamedFileJson<'a>>,
    /// Everything that the verdicts rest on, kept with the document.
    evidence: Vec<KeptJson<'a>>,
    /// Where more was looked for, and since when nothing came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    awaited: Vec<AwaitedJson>,
}

#[derive(Serialize)]
struct ExistedJson {
    at: String,
    /// `arrival`: the gateway's log; `given`: whoever asked.
    source: &'static str,
}

#[derive(Serialize)]
struct NamedFileJson<'a> {
    name: &'a str,
    role: &'static str,
    of: Option<&'a str>,
    sha256: String,
    size: u64,
    #[serde(flatten)]
    report: FileJson<'a>,
}

#[derive(Serialize)]
struct FileJson<'a> {
    format: &'static str,
    fault: Option<VerdictJson<'a>>,
    signatures: Vec<SignatureJson<'a>>,
    /// Timestamps over content under no signature.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    timestamps: Vec<TimestampJson<'a>>,
}

#[derive(Serialize)]
struct AloneJson<'a> {
    schema: &'static str,
    at: String,
    sha256: String,
    #[serde(flatten)]
    worst: WorstJson<'a>,
    #[serde(flatten)]
    report: FileJson<'a>,
    /// As of a document.
    #[serde(skip_serializing_if = "Option::is_none")]
    existed: Option<ExistedJson>,
    evidence: Vec<KeptJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    awaited: Vec<AwaitedJson>,
}

#[derive(Serialize)]
struct WorstJson<'a> {
    indication: &'static str,
    sub_indication: Option<&'static str>,
    reason: ReasonJson<'a>,
    #[serde(flatten)]
    told: Option<ToldJson<'a>>,
}

#[derive(Serialize)]
struct ReasonJson<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    args: BTreeMap<&'static str, &'a str>,
}

#[derive(Serialize)]
struct VerdictJson<'a> {
    indication: &'static str,
    sub_indication: Option<&'static str>,
    reason: ReasonJson<'a>,
    #[serde(flatten)]
    told: Option<ToldJson<'a>>,
}

#[derive(Serialize)]
struct SignatureJson<'a> {
    name: &'a str,
    #[serde(flatten)]
    verdict: VerdictJson<'a>,
    /// Whom it speaks for; absent where no unit was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    speaks_for: Option<SpeaksForJson<'a>>,
    integrity: &'static str,
    coverage: &'static str,
    covered_until: Option<u64>,
    /// What an intact XML signature, or one in a container, covers, reference by reference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    covers: Vec<CoveredJson<'a>>,
    /// How many more it covers than are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    covers_more: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<ChangesJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    signer: Option<CertificateJson<'a>>,
    /// The lines of the national circular; absent from timestamps and countersignatures.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_signing: Option<AtSigningJson>,
    issuer_key: Option<String>,
    path: Vec<CertificateJson<'a>>,
    domain: Option<&'a str>,
    algorithm: &'a str,
    claimed_time: Option<String>,
    evidence: Vec<EvidenceJson>,
    warnings: Vec<ReasonJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    timestamps: Vec<TimestampJson<'a>>,
    /// Signatures over this one, which decide nothing about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    countersignatures: Vec<Self>,
}

/// What the national circular asks about a signature.
#[derive(Serialize)]
struct AtSigningJson {
    /// `valid`, `not_valid`, `warning` (its status could not be checked) or `not_concluded`.
    certificate: &'static str,
    signer: Option<String>,
    managing_unit: Option<String>,
    issuer: Option<String>,
    time: Option<String>,
    /// `timestamp`, `existed` or `claimed`.
    time_source: Option<&'static str>,
}

/// What came after a signature in its PDF.
#[derive(Serialize)]
struct ChangesJson {
    level: &'static str,
    permitted: bool,
    objects: Vec<ChangeJson>,
}

#[derive(Serialize)]
struct ChangeJson {
    revision: usize,
    object: Option<u32>,
    kind: &'static str,
}

#[derive(Serialize)]
struct TimestampJson<'a> {
    /// `signature`, `archive` or `document`.
    kind: &'static str,
    gen_time: Option<String>,
    accuracy_ms: Option<i64>,
    policy: Option<&'a str>,
    serial: Option<&'a str>,
    #[serde(flatten)]
    signature: SignatureJson<'a>,
}

#[derive(Serialize)]
struct SpeaksForJson<'a> {
    /// `sender`, `other_unit`, `not_bound`, `domain_not_permitted` or `nobody`.
    whom: &'static str,
    role: Option<&'static str>,
    unit: Option<&'a str>,
}

#[derive(Serialize)]
struct CertificateJson<'a> {
    subject: &'a str,
    issuer: &'a str,
    serial: &'a str,
    not_before: String,
    not_after: String,
    sha256: String,
    key: String,
}

#[derive(Serialize)]
struct EvidenceJson {
    kind: &'static str,
    sha256: String,
    this_update: String,
    next_update: Option<String>,
}

/// The report of a judged document.
#[must_use]
pub fn document(
    job: &Job,
    findings: &[FileFinding],
    judgement: &Judgement,
    material: &Material,
    evidence: &[Basis],
) -> Bytes {
    let names = &job.envelope.files;
    let existed = job.hindsight.as_ref().map(|hindsight| hindsight.existed);
    let files = names.iter().zip(&job.files).zip(findings).enumerate();
    let files = files.map(|(i, ((entry, file), finding))| NamedFileJson {
        name: &entry.name,
        role: role(entry.role),
        of: entry
            .of
            .and_then(|of| names.get(of))
            .map(|f| f.name.as_str()),
        sha256: file.digest.to_hex(),
        size: file.size,
        report: file_json(
            &finding.report,
            judgement.roles.get(i).map(Vec::as_slice),
            existed,
        ),
    });
    let json = DocumentJson {
        schema: SCHEMA,
        at: job.at.to_string(),
        sender: job.sender.as_str(),
        kind: &job.envelope.kind,
        policy: judgement.policy.name(),
        rules: judgement.rules.to_hex(),
        indication: judgement.indication.name(),
        sub_indication: judgement.sub.map(|s| s.name()),
        reason: reason(&judgement.reason),
        told: told(judgement.indication, judgement.sub, &judgement.reason),
        disposition: judgement.disposition.name(),
        agency_signed: judgement.agency_signed,
        person_signed: judgement.person_signed,
        existed: existed.map(|existed| ExistedJson {
            at: existed.to_string(),
            source: "arrival",
        }),
        files: files.collect(),
        evidence: kept(material, evidence),
        awaited: awaited(findings.iter().map(|f| &f.report)),
    };
    bytes(&json)
}

/// The report of one file on its own. `existed`: since when it existed, by the word of who asked.
#[must_use]
pub fn file(
    report: &FileReport,
    sha256: crate::model::Digest,
    (at, existed): (Timestamp, Option<Timestamp>),
    material: &Material,
) -> Bytes {
    let json = AloneJson {
        schema: SCHEMA,
        at: at.to_string(),
        sha256: sha256.to_hex(),
        worst: worst(report),
        report: file_json(report, None, existed),
        existed: existed.map(|existed| ExistedJson {
            at: existed.to_string(),
            source: "given",
        }),
        evidence: kept(material, &bases(material, [report])),
        awaited: awaited([report]),
    };
    bytes(&json)
}

fn worst(report: &FileReport) -> WorstJson<'_> {
    use crate::model::{Indication, ReasonCode, SubIndication};
    report.worst().map_or_else(
        || WorstJson {
            indication: Indication::Indeterminate.name(),
            sub_indication: Some(SubIndication::Generic.name()),
            reason: ReasonJson {
                code: ReasonCode::NoSignature.name(),
                args: BTreeMap::new(),
            },
            told: told(
                Indication::Indeterminate,
                Some(SubIndication::Generic),
                &NO_SIGNATURE,
            ),
        },
        |verdict| WorstJson {
            indication: verdict.indication().name(),
            sub_indication: verdict.sub().map(|s| s.name()),
            reason: reason(verdict.reason()),
            told: told(verdict.indication(), verdict.sub(), verdict.reason()),
        },
    )
}

/// Every type here is a struct of strings, numbers and lists: writing it cannot fail.
fn bytes(json: &impl Serialize) -> Bytes {
    serde_json::to_vec(json).unwrap_or_default().into()
}

fn role(role: FileRole) -> &'static str {
    role.name()
}

fn reason(reason: &Reason) -> ReasonJson<'_> {
    let args = reason
        .args
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    ReasonJson {
        code: reason.code.name(),
        args: args.collect(),
    }
}

fn verdict(verdict: &Verdict) -> VerdictJson<'_> {
    VerdictJson {
        indication: verdict.indication().name(),
        sub_indication: verdict.sub().map(|s| s.name()),
        reason: reason(verdict.reason()),
        told: told(verdict.indication(), verdict.sub(), verdict.reason()),
    }
}

fn file_json<'a>(
    report: &'a FileReport,
    roles: Option<&'a [SignatureRole]>,
    existed: Option<Timestamp>,
) -> FileJson<'a> {
    let signatures = report.signatures.iter().enumerate();
    let signatures = signatures.map(|(i, s)| SignatureJson {
        at_signing: Some(at_signing(s, existed)),
        ..signature(s, roles.and_then(|r| r.get(i)))
    });
    FileJson {
        format: report.format.name(),
        fault: report.fault.as_ref().map(verdict),
        signatures: signatures.collect(),
        timestamps: report.timestamps.iter().map(timestamp).collect(),
    }
}

fn signature<'a>(s: &'a SignatureReport, role: Option<&'a SignatureRole>) -> SignatureJson<'a> {
    SignatureJson {
        name: &s.name,
        verdict: verdict(&s.verdict),
        speaks_for: role.map(speaks_for),
        integrity: s.integrity.name(),
        coverage: s.coverage.name(),
        covered_until: s.covered_until,
        covers: covered::listed(&s.covers),
        covers_more: covered::more(&s.covers),
        changes: s.changes.as_ref().map(changes),
        level: s.level.map(|level| level.name()),
        signer: s.signer.as_ref().map(certificate),
        at_signing: None,
        issuer_key: s.issuer_key.map(|key| key.to_hex()),
        path: s.path.iter().map(certificate).collect(),
        domain: s.domain.as_deref(),
        algorithm: &s.algorithm,
        claimed_time: s.claimed_time.map(|at| at.to_string()),
        evidence: s.evidence.iter().map(evidence).collect(),
        warnings: s.warnings.iter().map(reason).collect(),
        timestamps: s.timestamps.iter().map(timestamp).collect(),
        countersignatures: s
            .countersignatures
            .iter()
            .map(|own| signature(own, None))
            .collect(),
    }
}

fn at_signing(s: &SignatureReport, existed: Option<Timestamp>) -> AtSigningJson {
    let (found, signer) = (AtSigning::of(s, existed), s.signer.as_ref());
    AtSigningJson {
        certificate: found.standing.name(),
        signer: signer.map(CertificateInfo::holder),
        managing_unit: signer.and_then(CertificateInfo::organisation),
        issuer: signer.map(CertificateInfo::issued_by),
        time: found.time.map(|(at, _)| at.to_string()),
        time_source: found.time.map(|(_, source)| source.name()),
    }
}

fn changes(changes: &Changes) -> ChangesJson {
    let objects = changes.objects.iter().map(|change| ChangeJson {
        revision: change.revision,
        object: change.object,
        kind: change.kind.name(),
    });
    ChangesJson {
        level: changes.level.name(),
        permitted: changes.permitted,
        objects: objects.collect(),
    }
}

fn timestamp(t: &TimestampReport) -> TimestampJson<'_> {
    let stamp = t.stamp.as_ref();
    TimestampJson {
        kind: t.kind.name(),
        gen_time: stamp.map(|s| s.gen_time.to_string()),
        accuracy_ms: stamp.and_then(|s| s.accuracy_millis),
        policy: stamp.map(|s| s.policy.as_str()),
        serial: stamp.map(|s| s.serial.as_str()),
        signature: signature(&t.signature, None),
    }
}

fn speaks_for(found: &SignatureRole) -> SpeaksForJson<'_> {
    let (whom, role, unit) = match found {
        SignatureRole::NotPassed => ("nobody", None, None),
        SignatureRole::NotBound => ("not_bound", None, None),
        SignatureRole::DomainNotPermitted => ("domain_not_permitted", None, None),
        SignatureRole::OtherUnit(unit, role) => ("other_unit", Some(*role), Some(unit.as_str())),
        SignatureRole::Sender(role) => ("sender", Some(*role), None),
    };
    SpeaksForJson {
        whom,
        role: role.map(|r| r.name()),
        unit,
    }
}

fn certificate(info: &CertificateInfo) -> CertificateJson<'_> {
    CertificateJson {
        subject: &info.subject,
        issuer: &info.issuer,
        serial: &info.serial,
        not_before: info.not_before.to_string(),
        not_after: info.not_after.to_string(),
        sha256: info.sha256.to_hex(),
        key: info.key.to_hex(),
    }
}

fn evidence(found: &Evidence) -> EvidenceJson {
    EvidenceJson {
        kind: found.kind,
        sha256: found.sha256.to_hex(),
        this_update: found.this_update.to_string(),
        next_update: found.next_update.map(|at| at.to_string()),
    }
}
