//! What is trusted and how old it is, as `/admin/trust`, `trust list` and `trust check` show it.

use crate::model::Timestamp;
use crate::policy::{Finding, FindingCode, Rules, inspect};
use crate::trust::anchor::{Anchor, AnchorConstraints, readable_constraints};
use crate::trust::material::{CrlInfo, PassedOver};
use crate::trust::report::CertificateInfo;
use crate::trust::survey::{SurveyedCrl, survey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const DAY: i64 = 86_400;
const HOUR: i64 = 3600;

/// Answer to `GET /admin/trust`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TrustView {
    /// The moment for which ages are given.
    pub at: String,
    /// SHA-256 of the rules in force.
    pub rules: String,
    /// The anchors.
    pub anchors: Vec<AnchorView>,
    /// The intermediate certificates.
    pub intermediates: Vec<CertificateView>,
    /// The CRLs.
    pub crls: Vec<CrlView>,
    /// The earliest moment at which one of the newest lists no longer counts.
    pub next_crl: Option<String>,
    /// Lists older than one already seen: nothing is judged by them.
    pub left_out: Vec<CrlView>,
    /// Files that could not be read.
    pub passed_over: Vec<PassedOverView>,
    /// Where evidence is fetched from, those that do not answer first; empty where nothing is.
    #[serde(default)]
    pub sources: Vec<SourceView>,
    /// What is worth seeing to.
    pub findings: Vec<FindingView>,
}

/// One anchor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AnchorView {
    /// Its trust domain.
    pub domain: String,
    /// Its certificate.
    #[serde(flatten)]
    pub certificate: CertificateView,
    /// For what a path may end at it: `documents`, `timestamping`, `ocsp`.
    pub purposes: Vec<String>,
    /// What else it is restricted to.
    pub restrictions: Restrictions,
}

/// What an anchor is restricted to beside its purposes; what is absent restricts nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Restrictions {
    /// It counts from this moment on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// It counts before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// What is signed later is not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distrust_after: Option<String>,
    /// The most intermediate certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_path_len: Option<u32>,
    /// The oldest CRL that counts, in hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_crl_age_hours: Option<i64>,
    /// Names that are permitted, each with its form: `dns:gov.vn`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permitted: Vec<String>,
    /// Names that are excluded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
    /// Certificate policies that are accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// Whether a path must be valid for one of them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_explicit_policy: bool,
    /// Whether policies may not be mapped.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inhibit_policy_mapping: bool,
    /// Whether anyPolicy does not count.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inhibit_any_policy: bool,
}

/// One certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CertificateView {
    /// Subject (RFC 4514).
    pub subject: String,
    /// Issuer (RFC 4514).
    pub issuer: String,
    /// notBefore.
    pub not_before: String,
    /// notAfter.
    pub not_after: String,
    /// Days since notBefore.
    pub age_days: i64,
    /// Whole days until notAfter; below zero: it has expired.
    pub days_left: i64,
    /// SHA-256 of its DER.
    pub sha256: String,
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub key: String,
}

/// One CRL.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CrlView {
    /// Issuer (RFC 4514).
    pub issuer: String,
    /// thisUpdate.
    pub this_update: String,
    /// nextUpdate.
    pub next_update: Option<String>,
    /// Hours since thisUpdate.
    pub age_hours: i64,
    /// Whole hours for which it still counts; below zero: it is stale. Absent: it never ends, so it
    /// proves nothing.
    pub hours_left: Option<i64>,
    /// SHA-256 of its DER.
    pub sha256: String,
    /// How many certificates it lists.
    pub entries: usize,
    /// Whether a trusted certificate has signed it.
    pub issuer_known: bool,
    /// Whether no list of its scope is newer.
    pub newest: bool,
}

/// One file that could not be read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PassedOverView {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
    /// Whether what was read from it before stays in use.
    pub earlier_kept: bool,
}

/// One address that evidence is fetched from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SourceView {
    /// `crl`, `ocsp` or `certificate`.
    pub kind: String,
    /// The address.
    pub uri: String,
    /// Bytes kept of it.
    pub bytes: u64,
    /// thisUpdate of what it gave.
    pub this_update: Option<String>,
    /// nextUpdate of what it gave.
    pub next_update: Option<String>,
    /// When it last answered.
    pub answered: Option<String>,
    /// Since when it does not.
    pub silent_since: Option<String>,
    /// How it failed the last time.
    pub error: Option<String>,
}

/// One thing worth seeing to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FindingView {
    /// Its stable code.
    pub code: String,
    /// Whether something has to be done.
    pub grave: bool,
    /// Named values.
    pub args: BTreeMap<String, String>,
}

impl TrustView {
    /// What is said of rules at `now`. It verifies every signature of the material.
    #[must_use]
    pub fn of(rules: &Rules, now: Timestamp) -> Self {
        let material = rules.validator.material();
        let surveyed = survey(material).crls;
        let next = surveyed.iter().filter(|crl| crl.newest && crl.issuer_known);
        let next = next.filter_map(|crl| crl.counts_until).min();
        let left_out = |crl: &CrlInfo| {
            let crl = SurveyedCrl {
                info: crl.clone(),
                issuer_known: false,
                newest: false,
                counts_until: crl.next_update,
                defect: None,
            };
            list(&crl, now)
        };
        Self {
            at: now.to_string(),
            rules: rules.digest.to_hex(),
            anchors: material
                .trust_anchors()
                .iter()
                .map(|a| anchor(a, now))
                .collect(),
            intermediates: material
                .intermediates()
                .map(|c| certificate(c, now))
                .collect(),
            crls: surveyed.iter().map(|crl| list(crl, now)).collect(),
            next_crl: next.map(|at| at.to_string()),
            left_out: material.left_out().iter().map(left_out).collect(),
            passed_over: material.passed_over().iter().map(passed_over).collect(),
            sources: Vec::new(),
            findings: inspect(rules, now).into_iter().map(finding).collect(),
        }
    }

    /// With what is known of the addresses that evidence is fetched from. One that is silent for an
    /// hour is worth seeing to once what it gave comes near its end.
    #[must_use]
    pub fn with_sources(mut self, sources: Vec<SourceView>, now: Timestamp) -> Self {
        let moment = |text: &Option<String>| text.as_deref().and_then(Timestamp::parse);
        for source in &sources {
            let Some(since) = moment(&source.silent_since) else {
                continue;
            };
            let long = since <= now.plus_secs(-HOUR);
            let lasts = moment(&source.next_update).is_some_and(|end| end > now.plus_secs(DAY));
            if long && !lasts {
                let mut args = vec![("source", source.uri.clone()), ("since", since.to_string())];
                args.extend(source.error.clone().map(|error| ("error", error)));
                let code = FindingCode::SourceSilent;
                self.findings.insert(0, finding(Finding { code, args }));
            }
        }
        self.sources = sources;
        self
    }
}

fn anchor(anchor: &Anchor, now: Timestamp) -> AnchorView {
    let purposes = anchor.constraints().purposes;
    let named = [
        ("documents", purposes.documents),
        ("timestamping", purposes.timestamping),
        ("ocsp", purposes.ocsp),
    ];
    let named = named.iter().filter(|(_, there)| *there);
    AnchorView {
        domain: anchor.domain().to_owned(),
        certificate: certificate(anchor.certificate().info(), now),
        purposes: named.map(|(name, _)| (*name).to_owned()).collect(),
        restrictions: restrictions(anchor.constraints()),
    }
}

fn restrictions(given: &AnchorConstraints) -> Restrictions {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let names = given.names.as_deref().map(readable_constraints);
    let (permitted, excluded) = match names {
        None => (Vec::new(), Vec::new()),
        Some(Ok(names)) => names,
        // Whatever they are, they restrict.
        Some(Err(_)) => (vec!["?".into()], Vec::new()),
    };
    let policies = given.policies.iter().flatten();
    Restrictions {
        from: time(given.from),
        until: time(given.until),
        distrust_after: time(given.distrust_after),
        max_path_len: given.max_path_len,
        max_crl_age_hours: given.max_crl_age_secs.map(|secs| secs.div_euclid(HOUR)),
        permitted,
        excluded,
        policies: policies
            .map(|p| crate::format::asn1::oid::dotted(p))
            .collect(),
        require_explicit_policy: given.require_explicit_policy,
        inhibit_policy_mapping: given.inhibit_policy_mapping,
        inhibit_any_policy: given.inhibit_any_policy,
    }
}

fn certificate(info: CertificateInfo, now: Timestamp) -> CertificateView {
    let span = |from: Timestamp, to: Timestamp| to.secs().saturating_sub(from.secs());
    CertificateView {
        age_days: span(info.not_before, now).div_euclid(DAY),
        days_left: span(now, info.not_after).div_euclid(DAY),
        subject: info.subject,
        issuer: info.issuer,
        not_before: info.not_before.to_string(),
        not_after: info.not_after.to_string(),
        sha256: info.sha256.to_hex(),
        key: info.key.to_hex(),
    }
}

fn list(crl: &SurveyedCrl, now: Timestamp) -> CrlView {
    let span = |from: Timestamp, to: Timestamp| to.secs().saturating_sub(from.secs());
    let hours = |secs: i64| secs.div_euclid(HOUR);
    CrlView {
        issuer: crl.info.issuer.clone(),
        this_update: crl.info.this_update.to_string(),
        next_update: crl.info.next_update.map(|at| at.to_string()),
        age_hours: hours(span(crl.info.this_update, now)),
        hours_left: crl.counts_until.map(|until| hours(span(now, until))),
        sha256: crl.info.sha256.to_hex(),
        entries: crl.info.entries,
        issuer_known: crl.issuer_known,
        newest: crl.newest,
    }
}

fn passed_over(file: &PassedOver) -> PassedOverView {
    PassedOverView {
        file: file.file.clone(),
        problem: file.problem.clone(),
        earlier_kept: file.earlier_kept,
    }
}

fn finding(finding: Finding) -> FindingView {
    let args = finding.args.into_iter();
    FindingView {
        code: finding.code.name().to_owned(),
        grave: finding.code.is_grave(),
        args: args.map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}
