//! `GET /v1/statements` and `GET /v1/statements/{period}`: what stands of closed periods, for any caller.

use super::lists::{Asking, asked};
use super::views;
use crate::http::context::{Caller, Gateway};
use crate::http::periods::{ListQuery, ShowQuery, listed, statement};
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    _caller: Caller,
    query: Asking<ListQuery>,
) -> Result<Response, Problem> {
    let view = listed(&gateway.intake, &asked(query)?)?;
    Ok(views::json(StatusCode::OK, &view))
}

pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    _caller: Caller,
    Path(text): Path<String>,
    query: Asking<ShowQuery>,
) -> Result<Response, Problem> {
    statement(Arc::clone(&gateway.intake), text, asked(query)?).await
}
