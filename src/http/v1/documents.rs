//! `GET /v1/documents/{id}` and, beside it, its receipts and its report.

use super::lists::{Asking, asked};
use super::views;
use crate::client::wire::{ListView, ReceiptView};
use crate::http::context::{Asked, Caller, Gateway};
use crate::http::problem::{Problem, ProblemCode};
use crate::model::{Digest, Position};
use crate::relay::DocumentState;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

pub(super) async fn document(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Asked(language): Asked,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let state = views::visible(&gateway, views::id(&id)?, &caller.unit)?;
    let view = views::document(&gateway, &state, &caller.unit, language)?;
    Ok(views::json(StatusCode::OK, &view))
}

pub(super) async fn receipts(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let state = views::visible(&gateway, views::id(&id)?, &caller.unit)?;
    let mut items: Vec<ReceiptView> = Vec::with_capacity(state.timeline.len());
    for entry in state.proved() {
        let signed = gateway.intake.receipt(&state, entry)?;
        items.push(views::receipt(entry, &signed));
    }
    let list = ListView { items, next: None };
    Ok(views::json(StatusCode::OK, &list))
}

/// Which of a document's judgements is asked about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JudgementQuery {
    /// The place of a doubt; absent: the judgement in force.
    doubt: Option<String>,
}

impl JudgementQuery {
    /// The report of that judgement.
    pub(super) fn report(&self, state: &DocumentState) -> Result<Digest, Problem> {
        let judged = match &self.doubt {
            None => &state.judged,
            Some(text) => {
                let at = text.parse().map(Position).ok();
                let doubt = state.doubts.iter().find(|d| Some(d.position) == at);
                &doubt.ok_or(ProblemCode::NotFound)?.judged
            }
        };
        Ok(judged.report.ok_or(ProblemCode::Gone)?)
    }
}

pub(super) async fn report(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
    query: Asking<JudgementQuery>,
) -> Result<Response, Problem> {
    let state = views::visible(&gateway, views::id(&id)?, &caller.unit)?;
    let digest = asked(query)?.report(&state)?;
    let body = gateway.intake.body(&digest)?.ok_or(ProblemCode::Gone)?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((StatusCode::OK, kind, body).into_response())
}
