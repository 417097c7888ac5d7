//! `POST /v1/register` and `/v1/register/nil`: a unit hands in its own register of outgoing documents, or says that it
//! issued nothing on paper. Who says so is proved by the certificate of its connection.

use super::answers::body_of;
use super::lists::{Asking, asked};
use super::views;
use crate::client::register::{ImportQuery, NilRequest};
use crate::http::context::{Caller, Gateway};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::registers;
use crate::model::UnitCode;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

pub(super) async fn import(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    query: Asking<ImportQuery>,
    body: Body,
) -> Result<Response, Problem> {
    let query = asked(query)?;
    own(&caller.unit, query.unit.as_deref())?;
    let (unit, actor) = (caller.unit.clone(), Some(caller.unit.clone()));
    let view = registers::take(&gateway.intake, &unit, actor, &query, body).await?;
    let is_new = view
        .register
        .as_ref()
        .is_some_and(|register| !register.repeated);
    Ok(views::json(created(is_new), &view))
}

pub(super) async fn nil(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    body: Body,
) -> Result<Response, Problem> {
    let request: NilRequest = body_of(&gateway, body).await?;
    own(&caller.unit, request.unit.as_deref())?;
    let (unit, actor) = (caller.unit.clone(), Some(caller.unit));
    let view = registers::nil(&gateway.intake, &unit, actor, &request).await?;
    Ok(views::json(created(!view.repeated), &view))
}

/// What was there before was not made now.
fn created(is_new: bool) -> StatusCode {
    match is_new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    }
}

/// A unit speaks for itself alone; to name itself is harmless.
fn own(unit: &UnitCode, named: Option<&str>) -> Result<(), Problem> {
    match named {
        Some(named) if named != unit.as_str() => Err(ProblemCode::NotFound.into()),
        Some(_) | None => Ok(()),
    }
}
