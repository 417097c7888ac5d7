//! What the verdicts rest on, by digest, and under which restrictions of the operator: enough to
//! judge the document again from the kept bodies alone.

use super::super::Basis;
use crate::config::constraints_to_toml;
use crate::model::Digest;
use crate::trust::anchor::{Anchor, AnchorConstraints};
use crate::trust::certificate::Certificate;
use crate::trust::evidence::EvidenceKind;
use crate::trust::material::Material;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub(super) struct KeptJson<'a> {
    kind: &'static str,
    sha256: String,
    size: usize,
    /// Where the certificate is an anchor: of which domains, and how restricted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    anchors: Vec<AnchorJson<'a>>,
    /// Since when it is distrusted; `always` or a moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    distrusted: Option<String>,
}

#[derive(Serialize)]
struct AnchorJson<'a> {
    domain: &'a str,
    /// As a file beside the anchor says it.
    constraints: String,
}

/// The list of the report.
pub(super) fn kept<'a>(material: &'a Material, evidence: &[Basis]) -> Vec<KeptJson<'a>> {
    evidence.iter().map(|item| one(material, item)).collect()
}

#[derive(Deserialize)]
struct Reported {
    #[serde(default)]
    evidence: Vec<ReportedItem>,
}

#[derive(Deserialize)]
struct ReportedItem {
    kind: String,
    sha256: String,
    #[serde(default)]
    size: u64,
}

/// What a kept report says that its verdict rests on, as far as it is certificates, lists and
/// responses: kind, SHA-256 and length.
///
/// # Errors
/// If it is not a report.
pub fn read_kept(json: &[u8]) -> Result<Vec<(EvidenceKind, Digest, u64)>, serde_json::Error> {
    let report: Reported = serde_json::from_slice(json)?;
    let item = |item: ReportedItem| {
        let kinds = [
            EvidenceKind::Certificate,
            EvidenceKind::Crl,
            EvidenceKind::Ocsp,
        ];
        let kind = kinds.into_iter().find(|kind| kind.name() == item.kind)?;
        Some((kind, Digest::from_hex(&item.sha256)?, item.size))
    };
    Ok(report.evidence.into_iter().filter_map(item).collect())
}

fn one<'a>(material: &'a Material, item: &Basis) -> KeptJson<'a> {
    let is_certificate = item.kind == EvidenceKind::Certificate.name();
    KeptJson {
        kind: item.kind,
        sha256: item.sha256.to_hex(),
        size: item.bytes.len(),
        anchors: if is_certificate {
            anchors(material, &item.sha256)
        } else {
            Vec::new()
        },
        distrusted: is_certificate
            .then(|| distrusted(material, &item.bytes))
            .flatten(),
    }
}

fn anchors<'a>(material: &'a Material, sha256: &Digest) -> Vec<AnchorJson<'a>> {
    let of_it = |anchor: &&Anchor| anchor.certificate().sha256() == *sha256;
    let json = |anchor: &'a Anchor| {
        let constraints = AnchorConstraints {
            max_crl_age_secs: material.max_crl_age(anchor),
            ..anchor.constraints().clone()
        };
        AnchorJson {
            domain: anchor.domain(),
            constraints: constraints_to_toml(&constraints),
        }
    };
    material
        .trust_anchors()
        .iter()
        .filter(of_it)
        .map(json)
        .collect()
}

fn distrusted(material: &Material, der: &[u8]) -> Option<String> {
    if !material.distrusts_any() {
        return None;
    }
    let certificate = Certificate::parse(der).ok()?;
    let since = material.distrusted_from(&certificate)?;
    Some(since.map_or_else(|| "always".into(), |since| since.to_string()))
}
