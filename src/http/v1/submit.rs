//! `POST /v1/documents`: the envelope first, then its files in order, streamed.

use super::views;
use crate::client::wire::Submitted;
use crate::format::envelope::{Envelope, MAX_ENVELOPE, Secrecy};
use crate::http::context::{Asked, Caller, Gateway};
use crate::http::multipart::{Head, Incoming, Parts};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::text::Args;
use crate::intake::{Offer, Outcome, admit};
use crate::model::{Digest, Disposition, Language};
use crate::store::{Staged, VaultError};
use crate::telemetry::names;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::sync::Arc;
use tokio::time::Instant;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
/// The longest key: a UUID with a prefix fits many times.
const MAX_KEY: usize = 255;

pub(super) async fn submit(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Asked(language): Asked,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let incoming = Incoming::new(body, gateway.upload_idle);
    let mut parts = Parts::new(&headers, incoming)?;
    let (envelope, raw, files) = read(&gateway, &caller, &mut parts).await?;
    drop(parts);
    // An upload may take longer than a binding lasts.
    caller.still(&gateway)?;
    let offer = Offer {
        sender: caller.unit,
        envelope,
        raw,
        files,
        key,
    };
    let begun = Instant::now();
    let outcome = gateway.intake.offer(offer).await?;
    metrics::histogram!(names::OFFER_SECONDS).record(begun.elapsed());
    Ok(answer(&gateway, outcome, language))
}

type Read = (Arc<Envelope>, Bytes, Vec<Staged>);

async fn read(gateway: &Gateway, caller: &Caller, parts: &mut Parts) -> Result<Read, Problem> {
    let head = parts.part().await?.ok_or(ProblemCode::EnvelopeMissing)?;
    if head.name != "envelope" {
        let args = vec![("name", head.name.clone())];
        return Err(Problem::new(ProblemCode::EnvelopeMissing).at(
            head.name,
            "field-part-first",
            args,
        ));
    }
    let raw = parts.whole(MAX_ENVELOPE).await?;
    let sent = stated_digest(&head, "envelope")?;
    if sent.is_some_and(|sent| sent != Digest::of(&raw)) {
        return Err(mismatch("envelope"));
    }
    let envelope = Arc::new(Envelope::parse(&raw)?);
    let at = gateway.intake.tools().clock.now();
    admit(&gateway.intake.rules(), &caller.unit, &envelope, at)?;
    if envelope.secrecy != Secrecy::None {
        // Refused by its envelope: its files are neither read nor kept (`counting.md` §1).
        return Ok((envelope, raw, Vec::new()));
    }
    let mut files = Vec::with_capacity(envelope.files.len());
    for i in 0..envelope.files.len() {
        files.push(file(gateway, parts, i).await?);
    }
    if let Some(extra) = parts.part().await? {
        let args = vec![("count", envelope.files.len().to_string())];
        return Err(Problem::new(ProblemCode::PartUnexpected).at(
            extra.name,
            "field-part-extra",
            args,
        ));
    }
    Ok((envelope, raw, files))
}

pub(super) async fn file(
    gateway: &Gateway,
    parts: &mut Parts,
    index: usize,
) -> Result<Staged, Problem> {
    let pointer = format!("/files/{index}");
    let Some(head) = parts.part().await? else {
        return Err(Problem::new(ProblemCode::FileMissing).at(
            pointer,
            "field-file-missing",
            Args::new(),
        ));
    };
    if head.name != "file" {
        let args = vec![("name", head.name.clone())];
        return Err(Problem::new(ProblemCode::PartUnexpected).at(
            pointer,
            "field-part-not-file",
            args,
        ));
    }
    let sent = stated_digest(&head, &pointer)?;
    let staged = stage(gateway, parts, gateway.max_file_bytes)
        .await
        .map_err(|problem| {
            if problem.code() == ProblemCode::FileTooLarge {
                too_large(&pointer, gateway.max_file_bytes)
            } else {
                problem
            }
        })?;
    if staged.size == 0 {
        return Err(Problem::new(ProblemCode::FileEmpty).at(
            pointer,
            "field-file-empty",
            Args::new(),
        ));
    }
    if sent.is_some_and(|sent| sent != staged.digest) {
        return Err(mismatch(&pointer));
    }
    Ok(staged)
}

/// Streams the rest of a part to the staging area.
pub(super) async fn stage(
    gateway: &Gateway,
    parts: &mut Parts,
    max: u64,
) -> Result<Staged, Problem> {
    let mut stage = gateway.intake.tools().vault.stage(max)?;
    while let Some(chunk) = parts.chunk().await? {
        stage.write(chunk).await?;
    }
    let staged: Result<Staged, VaultError> = stage.finish().await;
    Ok(staged?)
}

fn too_large(pointer: &str, max: u64) -> Problem {
    let args = vec![("max", max.to_string())];
    Problem::new(ProblemCode::FileTooLarge).at(pointer, "field-max-bytes", args)
}

pub(super) fn mismatch(pointer: &str) -> Problem {
    Problem::new(ProblemCode::DigestMismatch).at(pointer, "field-digest-mismatch", Args::new())
}

/// The `sha-256` of a part's `Content-Digest` (RFC 9530 §2). Other algorithms alone are an error:
/// a digest that was given to be checked is never ignored.
pub(super) fn stated_digest(head: &Head, pointer: &str) -> Result<Option<Digest>, Problem> {
    let Some(value) = head.headers.get(CONTENT_DIGEST) else {
        return Ok(None);
    };
    let parsed = value.to_str().ok().and_then(sha256_of);
    let invalid = || {
        Problem::new(ProblemCode::DigestInvalid).at(pointer, "field-digest-invalid", Args::new())
    };
    parsed.map(Some).ok_or_else(invalid)
}

/// The value of `sha-256` in a dictionary of byte sequences (RFC 8941 §3.2, §3.3.5).
fn sha256_of(value: &str) -> Option<Digest> {
    let member = |item: &str| {
        let (name, value) = item.trim().split_once('=')?;
        let base64 = value.trim().strip_prefix(':')?.strip_suffix(':')?;
        let bytes = STANDARD.decode(base64).ok()?;
        (name == "sha-256").then(|| bytes.try_into().ok().map(Digest))?
    };
    value.split(',').find_map(member)
}

pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    let fits = !text.is_empty() && text.len() <= MAX_KEY && values.next().is_none();
    if !fits {
        let args = vec![("max", MAX_KEY.to_string())];
        return Err(Problem::new(ProblemCode::KeyInvalid).at("Idempotency-Key", "field-key", args));
    }
    Ok(Some(text.to_owned()))
}

fn answer(gateway: &Gateway, outcome: Outcome, language: Language) -> Response {
    let judged = &outcome.state.judged;
    let status = match judged.disposition {
        Disposition::Accept | Disposition::Record => StatusCode::CREATED,
        Disposition::Hold => StatusCode::ACCEPTED,
        Disposition::Refuse => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let reason = outcome.reason.clone();
    let reason = reason.unwrap_or_else(|| views::reason(&gateway.intake, &outcome.state, judged));
    let id = outcome.state.id().to_string();
    let location = HeaderValue::try_from(format!("/v1/documents/{id}"));
    let submitted = Submitted {
        id,
        disposition: judged.disposition.name().to_owned(),
        verdict: views::verdict(judged, &reason, language),
        receipt: views::receipt(&outcome.entry, &outcome.receipt),
        repeated: outcome.repeated,
        withdrawn: outcome.repeated && outcome.state.is_called_off(),
        duplicate_of: outcome.duplicate_of.map(|id| id.to_string()),
        hold_until: views::hold_until(&outcome.state),
        redirected: views::redirected(&outcome.state, language),
    };
    let mut response = views::json(status, &submitted);
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
