//! `GET /v1/documents/{id}` and, beside it, its receipts and its report.

use super::lists::{Asking, asked};
use super::views::{self, Reader};
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
    let reader = Reader::Unit(&caller.unit);
    let mut view = views::document(&gateway.intake, &state, reader, language)?;
    super::delivering::tell(&gateway, &state, &mut view.recipients, language);
    Ok(views::json(StatusCode::OK, &view))
}

pub(super) async fn receipts(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let state = views::visible(&gateway, views::id(&id)?, &caller.unit)?;
    let list = views::receipts(&gateway.intake, &state)?;
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
    let body = gateway.intake.content_bytes(&state, &digest)?;
    let body = body.ok_or_else(|| views::gone(&state, &digest))?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((StatusCode::OK, kind, body).into_response())
}
