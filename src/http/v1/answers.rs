//! `POST /v1/documents/{id}/answers`: a recipient accepts or refuses, goes on with the work, or answers a
//! take-back or a recall.

use super::{MAX_JSON, views};
use crate::client::wire::{AnswerRequest, AnswerView};
use crate::format::json;
use crate::http::context::{Caller, Gateway};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::text::Args;
use crate::intake::{Answer, MAX_REASON, Note};
use crate::model::{Status, is_blank, nfc};
use crate::relay::Move;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use tokio::time::timeout;

/// The longest name of a member of staff, in characters.
pub(in crate::http) const MAX_STAFF: usize = 200;

pub(super) async fn answer(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let document = views::id(&id)?;
    let request: AnswerRequest = body_of(&gateway, body).await?;
    let status = Status::parse(request.status.trim());
    let status = status.ok_or_else(|| {
        let args = vec![("value", super::lists::shown(&request.status))];
        Problem::new(ProblemCode::StatusUnknown).at("/status", "field-invalid", args)
    })?;
    let reason = words("/reason", request.reason, MAX_REASON)?;
    let staff = words("/staff", request.staff, MAX_STAFF)?;
    if Move::of(status).is_some_and(Move::needs_reason) && reason.is_none() {
        return Err(Problem::new(ProblemCode::ReasonRequired).at(
            "/reason",
            "field-empty",
            Args::new(),
        ));
    }
    // Others' documents are not there, whatever was asked of them.
    views::visible(&gateway, document, &caller.unit)?;
    let moved = gateway.intake.answer(Answer {
        document,
        recipient: caller.unit,
        status,
        note: Note { reason, staff }.to_bytes(),
    });
    let moved = moved.await?;
    let view = AnswerView {
        id: document.to_string(),
        status: status.name().to_owned(),
        receipt: views::receipt(&moved.entry, &moved.receipt),
        repeated: moved.repeated,
    };
    Ok(views::json(StatusCode::OK, &view))
}

/// A JSON body, read within its time and its size.
pub(super) async fn body_of<T: DeserializeOwned>(
    gateway: &Gateway,
    body: Body,
) -> Result<T, Problem> {
    let whole = timeout(gateway.upload_idle, to_bytes(body, MAX_JSON));
    let whole = whole.await.map_err(|_| ProblemCode::Timeout)?;
    let whole: Bytes = whole.map_err(|_| {
        let args = vec![("max", MAX_JSON.to_string())];
        Problem::new(ProblemCode::TooLarge).at("", "field-max-bytes", args)
    })?;
    json::object(&whole).map_err(|e| {
        let args = vec![("problem", e.problem)];
        Problem::new(ProblemCode::BodyInvalid).at(e.pointer, "field-shape", args)
    })
}

pub(in crate::http) fn words(
    pointer: &'static str,
    given: Option<String>,
    max: usize,
) -> Result<Option<String>, Problem> {
    let given: Option<String> = given.map(|text| nfc(text.trim()));
    let given = given.filter(|text| !is_blank(text));
    if given
        .as_ref()
        .is_some_and(|text| text.chars().count() > max)
    {
        let args = vec![("max", max.to_string())];
        return Err(Problem::new(ProblemCode::BodyInvalid).at(pointer, "field-too-long", args));
    }
    Ok(given)
}
