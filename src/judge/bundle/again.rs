//! A judgement made again from what the bundle holds, under somebody's own anchors, and compared.

use super::BundleError;
use super::container::Opened;
use crate::client::bundle::{BundleIndex, BundleJudgement};
use crate::client::wire::EvidenceView;
use crate::config::{self, algorithms};
use crate::format::content::Content;
use crate::format::envelope::Envelope;
use crate::format::zip::Unpacked;
use crate::judge::{findings, report};
use crate::model::Timestamp;
use crate::trust::evidence::Pool;
use crate::trust::material::{Material, MaterialInput};
use crate::trust::validator::{SuppliedDer, Validator};
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What came out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Again {
    /// The same, for so many signatures.
    Same(usize),
    /// Something else.
    Differs {
        /// What the report says, signature by signature.
        stated: Vec<String>,
        /// What is found.
        found: Vec<String>,
    },
    /// It was not made again.
    Not(NotAgain),
}

/// Why a judgement was not made again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotAgain {
    /// Nobody said whom to trust.
    NoAnchors,
    /// A part of the document, or what the verdict rests on, is not in the bundle.
    Absent,
}

impl NotAgain {
    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoAnchors => "no-anchors",
            Self::Absent => "absent",
        }
    }
}

#[derive(Deserialize)]
struct Reported {
    at: String,
    #[serde(default)]
    existed: Option<Existed>,
    files: Vec<Value>,
    evidence: Vec<EvidenceView>,
    #[serde(default)]
    awaited: Option<Value>,
}

#[derive(Deserialize)]
struct Existed {
    at: String,
}

pub(super) fn judge(
    opened: &Opened<'_>,
    index: &BundleIndex,
    own: &BundleJudgement,
    anchors: Option<&PathBuf>,
) -> Result<Again, BundleError> {
    let pieces = index.files.iter().chain([&index.envelope, &own.report]);
    let mut pieces = pieces.chain(&own.evidence);
    if pieces.any(|piece| piece.path.is_none()) {
        return Ok(Again::Not(NotAgain::Absent));
    }
    let Some(anchors) = anchors else {
        return Ok(Again::Not(NotAgain::NoAnchors));
    };
    let path = own.report.path.as_deref().unwrap_or_default();
    let wrong = || BundleError::Differs(path.to_owned(), "a report".to_owned());
    let reported: Reported = serde_json::from_slice(&opened.bytes(path)?).map_err(|_| wrong())?;
    let at = Timestamp::parse(&reported.at).ok_or_else(wrong)?;
    let envelope = index.envelope.path.as_deref().unwrap_or_default();
    let envelope = Envelope::parse(&opened.bytes(envelope)?)
        .map_err(|_| BundleError::Differs("envelope.json".into(), "an envelope".into()))?;
    let mut evidence = evidence(opened, own, &reported)?;
    // Whoever verifies says which algorithms hold, if he says anything; else those are taken that the
    // gateway says it judged by.
    let rules = anchors.join("algorithms.toml");
    if rules.exists() {
        evidence.algorithms = algorithms::read(&rules)?;
    }
    let material = config::load_judging(anchors, evidence)?;
    let validator = validator(material, &reported, wrong)?;
    let paths = index.files.iter().filter_map(|file| file.path.as_deref());
    let bodies: Result<Vec<Unpacked<'_>>, _> = paths.map(|path| opened.body(path)).collect();
    let bodies = bodies?;
    let contents: Vec<&dyn Content> = bodies.iter().map(|b| -> &dyn Content { b }).collect();
    if envelope.files.len() != contents.len() || reported.files.len() != contents.len() {
        return Err(wrong());
    }
    let found = findings(&validator, &envelope, &contents, at);
    let found = found.iter().map(|finding| {
        let json = report::file(
            &finding.report,
            finding.digest,
            (at, None),
            validator.material(),
        );
        serde_json::from_slice(&json).unwrap_or(Value::Null)
    });
    let found: Vec<Value> = found.collect();
    let (stated, found) = (told(&reported.files), told(&found));
    Ok(match stated == found {
        true => Again::Same(found.len()),
        false => Again::Differs { stated, found },
    })
}

fn validator(
    material: Material,
    reported: &Reported,
    wrong: impl Fn() -> BundleError,
) -> Result<Validator, BundleError> {
    let pool = Arc::new(Pool::new());
    if let Some(awaited) = &reported.awaited {
        let json = serde_json::to_vec(awaited).map_err(|_| wrong())?;
        pool.recall(&report::read_awaited(&json).map_err(|_| wrong())?);
    }
    let validator = Validator::with_pool(Arc::new(material), pool);
    match &reported.existed {
        None => Ok(validator),
        Some(existed) => {
            let existed = Timestamp::parse(&existed.at).ok_or_else(wrong)?;
            Ok(validator.in_hindsight(existed, &SuppliedDer::default()))
        }
    }
}

/// What the verdict rested on, but for whom it trusted.
fn evidence(
    opened: &Opened<'_>,
    own: &BundleJudgement,
    reported: &Reported,
) -> Result<MaterialInput, BundleError> {
    let mut input = MaterialInput::default();
    for (item, piece) in reported.evidence.iter().zip(&own.evidence) {
        let path = piece.path.as_deref().unwrap_or_default();
        let bytes = opened.bytes(path)?;
        match item.kind.as_str() {
            // An anchor of the gateway's is none here, unless it was given.
            "certificate" if item.anchors.is_empty() => input.intermediates.push(bytes),
            "crl" => input.crls.push(bytes.into()),
            "ocsp" => input.responses.push(bytes.into()),
            "algorithms" => {
                let text = String::from_utf8_lossy(&bytes);
                input.algorithms = algorithms::parse(Path::new(path), &text)?;
            }
            _ => {}
        }
    }
    Ok(input)
}

/// What is compared: of every file its fault, of every signature its name and verdict.
fn told(files: &[Value]) -> Vec<String> {
    let mut all = Vec::new();
    for (n, file) in files.iter().enumerate() {
        let n = n.saturating_add(1);
        if let Some(fault) = file.get("fault").filter(|fault| !fault.is_null()) {
            all.push(format!("{n}: {}", verdict(fault)));
        }
        let signatures = file.get("signatures").and_then(Value::as_array);
        for signature in signatures.into_iter().flatten() {
            let name = text(signature, "/name");
            all.push(format!("{n} {name}: {}", verdict(signature)));
        }
    }
    all
}

fn verdict(value: &Value) -> String {
    let of = |pointer| text(value, pointer);
    let words = [of("/indication"), of("/sub_indication"), of("/reason/code")];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
