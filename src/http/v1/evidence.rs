//! `GET /v1/documents/{id}/evidence`: what the verdict about a document rests on, and each piece of
//! it by its digest. For those who see the document whole.

use super::documents::JudgementQuery;
use super::lists::{Asking, asked};
use super::sending::{WINDOW, window, with_fields};
use super::views;
use crate::client::wire::{EvidenceView, ListView};
use crate::format::content::SharedContent;
use crate::http::context::{Caller, Gateway};
use crate::http::problem::{Problem, ProblemCode};
use crate::model::Digest;
use crate::relay::DocumentState;
use crate::upkeep;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use std::io;
use std::sync::Arc;

pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
    query: Asking<JudgementQuery>,
) -> Result<Response, Problem> {
    let state = views::visible(&gateway, views::id(&id)?, &caller.unit)?;
    let items = listed(&gateway, &state, &asked(query)?.report(&state)?)?;
    Ok(views::json(StatusCode::OK, &ListView { items, next: None }))
}

pub(super) async fn piece(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path((id, sha256)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let state = views::visible(&gateway, views::id(&id)?, &caller.unit)?;
    let mut items = Vec::new();
    for judged in std::iter::once(&state.judged).chain(state.doubts.iter().map(|d| &d.judged)) {
        // One report that was erased takes nothing from the others.
        if let Some(report) = judged.report.filter(|report| !state.is_erased(report)) {
            items.extend(listed(&gateway, &state, &report)?);
        }
    }
    // Only what a report about it names: a digest is no key to other bodies.
    let item = items.into_iter().find(|item| item.sha256 == sha256);
    let item = item.ok_or(ProblemCode::NotFound)?;
    let digest = Digest::from_hex(&item.sha256).ok_or(ProblemCode::NotFound)?;
    let tag = format!("\"{}\"", item.sha256);
    let known = headers.get(header::IF_NONE_MATCH);
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let content = gateway.intake.tools().vault.open(&digest)?;
    let content = content.ok_or(ProblemCode::Gone)?;
    let sending = (content, 0, item.size);
    let response = Body::from_stream(stream::unfold(sending, next)).into_response();
    let fields = [
        (header::CONTENT_TYPE, media_type(&item.kind).to_owned()),
        (header::CONTENT_LENGTH, item.size.to_string()),
        (header::ETAG, tag),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_DISPOSITION, "attachment".to_owned()),
        (
            HeaderName::from_static("content-digest"),
            views::content_digest(&digest),
        ),
    ];
    Ok(with_fields(response, fields))
}

/// The first timestamp of the log that covers the record of the document's offer. A token is judged, so
/// it runs beside the requests.
pub(super) async fn stamp(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let state = views::visible(&gateway, views::id(&id)?, &caller.unit)?;
    let offer = state.timeline.first().ok_or(ProblemCode::Internal)?;
    let found = gateway.intake.tools().ledger.stamp_from(offer.position)?;
    let stamp = found.ok_or(ProblemCode::NotFound)?;
    let work = move || {
        let tools = gateway.intake.tools();
        let (rules, now) = (gateway.intake.rules(), tools.clock.now());
        upkeep::stamp_proof(&*tools.vault, &rules, now, &stamp)
    };
    let proof = tokio::task::spawn_blocking(work).await;
    let proof = proof.map_err(|_| ProblemCode::Internal)?;
    Ok(views::json(
        StatusCode::OK,
        &proof.ok_or(ProblemCode::Gone)?,
    ))
}

/// RFC 2585 §4, RFC 6960 appendix C.
fn media_type(kind: &str) -> &'static str {
    match kind {
        "certificate" => "application/pkix-cert",
        "crl" => "application/pkix-crl",
        "ocsp" => "application/ocsp-response",
        "timestamp" => "application/timestamp-reply",
        "algorithms" => "application/toml",
        _ => "application/octet-stream",
    }
}

/// A body, how much of it was sent, and its length.
type Sending = (SharedContent, u64, u64);

/// The next window of a body.
pub(super) async fn next((content, sent, size): Sending) -> Option<(io::Result<Bytes>, Sending)> {
    if sent >= size {
        return None;
    }
    let end = sent.saturating_add(WINDOW).min(size);
    let source = Arc::clone(&content);
    let read = move || window(&*source, sent..end);
    // A list lies in a file, and reading that may wait for the disk.
    let chunk = match tokio::task::spawn_blocking(read).await {
        Ok(Ok(chunk)) => Ok(chunk),
        Ok(Err(error)) => Err(io::Error::other(error.to_string())),
        Err(error) => Err(io::Error::other(error.to_string())),
    };
    let end = if chunk.is_ok() { end } else { size };
    Some((chunk, (content, end, size)))
}

#[derive(Deserialize)]
struct Reported {
    #[serde(default)]
    evidence: Vec<EvidenceView>,
}

/// What a report names.
fn listed(
    gateway: &Gateway,
    state: &DocumentState,
    report: &Digest,
) -> Result<Vec<EvidenceView>, Problem> {
    let body = gateway.intake.content_bytes(state, report)?;
    let body = body.ok_or_else(|| views::gone(state, report))?;
    let reported: Result<Reported, _> = serde_json::from_slice(&body);
    Ok(reported.map_err(|_| ProblemCode::Internal)?.evidence)
}
