//! One case through the validator.

use super::case::{Case, Corpus, ders, smime};
use super::path::{self, Inputs};
use bytes::Bytes;
use lienthong::format::cms::read::{CmsError, Tail, parse};
use lienthong::format::content::Memory;
use lienthong::model::Indication;
use lienthong::trust::changes::ChangeLevel;
use lienthong::trust::material::Material;
use lienthong::trust::path::Moments;
use lienthong::trust::report::{Coverage, FileReport, Integrity, SignatureReport};
use lienthong::trust::revocation::ocsp::{OcspError, OcspResponse};
use lienthong::trust::validator::{Signed, SuppliedDer, Validator};
use lienthong::trust::verdict::Verdict;
use std::sync::Arc;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Valid,
    Invalid,
    Indeterminate,
}

impl Answer {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Indeterminate => "indeterminate",
        }
    }
}

pub(crate) struct Judged {
    pub(crate) answer: Answer,
    pub(crate) sub: Option<String>,
    pub(crate) reason: Option<String>,
}

/// `None` for a kind that is not built yet.
pub(crate) fn judge(corpus: &Corpus, case: &Case) -> Option<Judged> {
    match case.kind.as_str() {
        "cert-path" => Some(judge_path(Inputs::of(corpus, case))),
        "cms" | "cades" | "pades" | "pdf-diff" | "pdf-attack" if case.scope != "parse" => {
            let file = corpus.file(case);
            let file = if file.starts_with(b"-----BEGIN") {
                ders(&file).into_iter().next()?
            } else {
                file
            };
            let detached = corpus.aux(case, "detached").into_iter().next();
            Some(file_verdict(corpus, case, &file, detached))
        }
        "xades" => Some(super::xmldsig::judge_xades(corpus, case)),
        "xmldsig" => Some(super::xmldsig::judge(corpus, case)),
        "cms" => Some(structure(&corpus.file(case))),
        "asic-s-cades" | "asic-e-cades" | "asic-s-tst" | "asic-s-xades" | "asic-e-xades"
        | "zip-attack" | "odf-xmldsig" => Some(super::container::judge(corpus, case)),
        "c14n" => Some(super::xml::canonical(corpus, case)),
        "xml-parse" | "edxml" if case.scope == "parse" => Some(super::xml::parse(corpus, case)),
        "tsp-response" => Some(super::stamps::response(corpus, case)),
        "ocsp-response" => Some(ocsp_response(corpus.file(case))),
        "cms-smime" => {
            let (signature, content) = smime(&corpus.file(case))?;
            Some(file_verdict(corpus, case, &signature, content))
        }
        _ => None,
    }
}

/// Whether a message is read; that its content is not judged is an answer too.
fn structure(file: &[u8]) -> Judged {
    match parse(file, Tail::Nothing) {
        Ok(_) | Err(CmsError::OtherContent) => of_verdict(None),
        Err(error) => refused(&error.to_string()),
    }
}

/// Whether it is read; a responder's refusal to answer is a response too.
fn ocsp_response(file: Vec<u8>) -> Judged {
    match OcspResponse::parse(file.into()) {
        Ok(_) | Err(OcspError::NotSuccessful(_)) => of_verdict(None),
        Err(error) => refused(&error.to_string()),
    }
}

pub(crate) fn of_verdict(verdict: Option<&Verdict>) -> Judged {
    let answer = match verdict.map(Verdict::indication) {
        None | Some(Indication::TotalPassed) => Answer::Valid,
        Some(Indication::TotalFailed) => Answer::Invalid,
        Some(Indication::Indeterminate) => Answer::Indeterminate,
    };
    Judged {
        answer,
        sub: verdict.and_then(Verdict::sub).map(|s| s.to_string()),
        reason: verdict.map(|v| {
            let args: Vec<_> = v
                .reason()
                .args
                .iter()
                .map(|(k, v)| format!("{k}={v}"))
                .collect();
            format!("{} {}", v.reason().code, args.join(" "))
        }),
    }
}

fn judge_path(inputs: Inputs) -> Judged {
    let (leaf, demands) = (inputs.leaf.clone(), inputs.demands.clone());
    let moments = Moments::at(inputs.at);
    let material = match Material::new(inputs.material()) {
        Ok(material) => material,
        Err(error) => return refused(&error.to_string()),
    };
    let validator = Validator::new(Arc::new(material));
    match validator.judge_path(&leaf, &SuppliedDer::default(), &demands, moments) {
        Ok(outcome) => of_verdict(outcome.problem()),
        Err(error) => refused(&error.to_string()),
    }
}

pub(crate) fn refused(reason: &str) -> Judged {
    Judged {
        answer: Answer::Invalid,
        sub: None,
        reason: Some(reason.to_owned()),
    }
}

pub(crate) fn file_verdict(
    corpus: &Corpus,
    case: &Case,
    file: &[u8],
    detached: Option<Vec<u8>>,
) -> Judged {
    let report = match report(corpus, case, file, detached) {
        Ok(report) => report,
        Err(refused) => return refused,
    };
    match case.scope.as_str() {
        "full" => match report.worst() {
            Some(worst) => of_verdict(Some(worst)),
            None => nothing(),
        },
        scope => integrity(&report, scope == "integrity+diff"),
    }
}

/// What the validator finds in a file, with the material that the case gives.
pub(crate) fn report(
    corpus: &Corpus,
    case: &Case,
    file: &[u8],
    detached: Option<Vec<u8>>,
) -> Result<FileReport, Judged> {
    let material = Material::new(path::material(corpus, case));
    let material = material.map_err(|error| refused(&error.to_string()))?;
    let admitted = ChangeLevel::Annotations;
    let validator = Validator::new(Arc::new(material)).admitting(admitted);
    let file = Memory::new(Bytes::copy_from_slice(file));
    let detached = detached.map(|bytes| Memory::new(Bytes::from(bytes)));
    let detached = detached
        .as_ref()
        .map(|m| -> &dyn lienthong::format::content::Content { m });
    let others = super::xmldsig::Others::of(corpus, case);
    let signed = Signed {
        content: &file,
        detached,
        beside: &others.beside(),
    };
    Ok(validator.judge_files(&[signed], case.at_any()).remove(0))
}

pub(crate) fn nothing() -> Judged {
    Judged {
        answer: Answer::Indeterminate,
        sub: None,
        reason: Some("unsigned".into()),
    }
}

/// Whether every signature is intact, whatever the chain. With later revisions to be judged, also
/// whether each signature permits what came after it.
pub(crate) fn integrity(report: &FileReport, revisions: bool) -> Judged {
    if let Some(fault) = &report.fault {
        return of_verdict(Some(fault));
    }
    let failed = |s: &&SignatureReport| {
        // Without later revisions to be judged, only what nothing explains counts against it.
        let changed = s.changes.as_ref().is_some_and(|changes| {
            s.integrity == Integrity::Intact && changes.level < ChangeLevel::Suspicious
        });
        s.verdict.indication() == Indication::TotalFailed && (revisions || !changed)
    };
    let countersigned = report.signatures.iter().flat_map(|s| &s.countersignatures);
    if let Some(broken) = report.signatures.iter().chain(countersigned).find(failed) {
        return of_verdict(Some(&broken.verdict));
    }
    let open = |s: &&SignatureReport| {
        let unknown = s.coverage == Coverage::Revision
            && s.changes
                .as_ref()
                .is_none_or(|changes| changes.level >= ChangeLevel::Suspicious);
        s.integrity != Integrity::Intact || unknown
    };
    if let Some(open) = report.signatures.iter().find(open) {
        let mut judged = of_verdict(Some(&open.verdict));
        judged.answer = Answer::Indeterminate;
        return judged;
    }
    match report.signatures.first() {
        Some(_) => of_verdict(None),
        None => nothing(),
    }
}
