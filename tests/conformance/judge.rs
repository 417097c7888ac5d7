//! One case through the validator.

use super::case::{Case, Corpus, base64, ders};
use bytes::Bytes;
use lienthong::format::content::Memory;
use lienthong::model::{Indication, Timestamp};
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::path::{Demands, Purpose};
use lienthong::trust::report::{Coverage, FileReport, Integrity, SignatureReport};
use lienthong::trust::validator::Validator;
use lienthong::trust::verdict::Verdict;
use serde_json::Value;
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

/// For scopes in which time does not matter: 2026-11-24T00:00:00Z.
const ANY_TIME: Timestamp = Timestamp(1_795_478_400_000);

/// `None` for a kind that is not built yet.
pub(crate) fn judge(corpus: &Corpus, case: &Case) -> Option<Judged> {
    match case.kind.as_str() {
        "cert-path" if case.family == "limbo" => Some(limbo(corpus, case)),
        // OCSP is not built yet.
        "cert-path" if case.family == "ocsp" => None,
        "cert-path" => Some(path(corpus, case)),
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
        "cms-smime" => {
            let (signature, content) = smime(&corpus.file(case))?;
            Some(file_verdict(corpus, case, &signature, content))
        }
        _ => None,
    }
}

fn material(corpus: &Corpus, case: &Case) -> MaterialInput {
    let anchors = corpus.ders(case, "trust_anchor");
    let mut intermediates = corpus.ders(case, "intermediate");
    intermediates.extend(corpus.ders(case, "signer_certificates"));
    MaterialInput {
        anchors: anchors
            .into_iter()
            .map(|der| ("test".into(), der))
            .collect(),
        intermediates: intermediates
            .into_iter()
            .filter(|der| is_certificate(der))
            .collect(),
        crls: corpus.ders(case, "crl"),
        ..MaterialInput::default()
    }
}

/// Some files of the corpus hold certificates that no reader takes; they are nobody's issuer.
fn is_certificate(der: &[u8]) -> bool {
    lienthong::trust::certificate::Certificate::parse(der).is_ok()
}

fn of_verdict(verdict: Option<&Verdict>) -> Judged {
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

fn path(corpus: &Corpus, case: &Case) -> Judged {
    let flag = |name: &str| case.params[name].as_bool() == Some(true);
    let purpose = match case.params["purpose"].as_str() {
        Some("sslserver") => Purpose::Server,
        Some("sslclient") => Purpose::Client,
        _ => Purpose::Any,
    };
    let revocation = case.params["check_revocation"].as_str();
    let demands = Demands {
        revocation: revocation.is_some_and(|text| text.starts_with("all")),
        purpose,
        explicit_policy: flag("initial_explicit_policy"),
        // OpenSSL's levels: 3 is 128 bits of security, which RSA gives from 3072 bits on.
        min_rsa_bits: match case.params["security_level"].as_str() {
            Some("3") => 3072,
            _ => Demands::DOCUMENT.min_rsa_bits,
        },
        ..Demands::DOCUMENT
    };
    let file = ders(&corpus.file(case)).into_iter().next();
    let certificate = file.unwrap_or_default();
    judge_path(material(corpus, case), &certificate, demands, case)
}

fn judge_path(input: MaterialInput, certificate: &[u8], demands: Demands, case: &Case) -> Judged {
    let material = match Material::new(input) {
        Ok(material) => material,
        Err(error) => return refused(&error.to_string()),
    };
    let validator = Validator::new(Arc::new(material));
    match validator.judge_path(certificate, &[], demands, case.at.unwrap_or(ANY_TIME)) {
        Ok(outcome) => of_verdict(outcome.problem()),
        Err(error) => refused(&error.to_string()),
    }
}

fn refused(reason: &str) -> Judged {
    Judged {
        answer: Answer::Invalid,
        sub: None,
        reason: Some(reason.to_owned()),
    }
}

fn limbo(corpus: &Corpus, case: &Case) -> Judged {
    let test = corpus.limbo(case);
    let all = |key: &str| -> Vec<Vec<u8>> {
        let items = test[key].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .filter_map(Value::as_str)
            .flat_map(|pem| ders(pem.as_bytes()))
            .collect()
    };
    let peer = test["peer_certificate"].as_str().unwrap_or_default();
    let peer = ders(peer.as_bytes()).into_iter().next().unwrap_or_default();
    let crls = all("crls");
    let named = |purpose: &str| {
        let purposes = test["extended_key_usage"].as_array();
        purposes.is_some_and(|all| all.iter().any(|p| p.as_str() == Some(purpose)))
    };
    let depth = test["max_chain_depth"]
        .as_u64()
        .and_then(|d| usize::try_from(d).ok());
    let demands = Demands {
        revocation: !crls.is_empty(),
        purpose: if named("clientAuth") {
            Purpose::Client
        } else if named("serverAuth") {
            Purpose::Server
        } else {
            Purpose::Any
        },
        max_intermediates: depth.unwrap_or(Demands::DOCUMENT.max_intermediates),
        ..Demands::DOCUMENT
    };
    let anchors = all("trusted_certs")
        .into_iter()
        .map(|der| ("test".into(), der));
    let intermediates = all("untrusted_intermediates");
    let input = MaterialInput {
        anchors: anchors.collect(),
        intermediates: intermediates
            .into_iter()
            .filter(|der| is_certificate(der))
            .collect(),
        crls,
        ..MaterialInput::default()
    };
    judge_path(input, &peer, demands, case)
}

fn file_verdict(corpus: &Corpus, case: &Case, file: &[u8], detached: Option<Vec<u8>>) -> Judged {
    let material = match Material::new(material(corpus, case)) {
        Ok(material) => material,
        Err(error) => return refused(&error.to_string()),
    };
    let validator = Validator::new(Arc::new(material));
    let file = Memory::new(Bytes::copy_from_slice(file));
    let detached = detached.map(|bytes| Memory::new(Bytes::from(bytes)));
    let detached = detached
        .as_ref()
        .map(|m| -> &dyn lienthong::format::content::Content { m });
    let report = validator.judge_file(&file, detached, case.at.unwrap_or(ANY_TIME));
    match case.scope.as_str() {
        "full" => match report.worst() {
            Some(worst) => of_verdict(Some(worst)),
            None => nothing(),
        },
        scope => integrity(&report, scope == "integrity+diff"),
    }
}

fn nothing() -> Judged {
    Judged {
        answer: Answer::Indeterminate,
        sub: None,
        reason: Some("unsigned".into()),
    }
}

/// Whether every signature is intact, whatever the chain. With later revisions to be judged, a
/// signature that covers only its own is not judged yet.
fn integrity(report: &FileReport, revisions: bool) -> Judged {
    if let Some(fault) = &report.fault {
        return of_verdict(Some(fault));
    }
    let failed = |s: &&SignatureReport| s.verdict.indication() == Indication::TotalFailed;
    if let Some(broken) = report.signatures.iter().find(failed) {
        return of_verdict(Some(&broken.verdict));
    }
    let open = |s: &&SignatureReport| {
        s.integrity != Integrity::Intact || (revisions && s.coverage == Coverage::Revision)
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

/// The signature of an S/MIME message (RFC 8551), and the signed part of a multipart one.
fn smime(message: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    let text = String::from_utf8_lossy(message).replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n")?;
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let boundary = head.split("boundary=").nth(1);
    let Some(boundary) = boundary else {
        return Some((base64(body)?, None));
    };
    let boundary = boundary
        .trim_start_matches('"')
        .split(['"', ';', '\n'])
        .next()?;
    let marker = format!("--{boundary}\n");
    let mut parts = format!("\n{body}")
        .split(&format!("\n{marker}"))
        .skip(1)
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter();
    let (content, signature) = (parts.next()?, parts.next()?);
    let signature = signature.split_once("\n\n")?.1;
    let signature = signature.split("\n--").next()?;
    Some((
        base64(signature)?,
        Some(content.replace('\n', "\r\n").into_bytes()),
    ))
}
