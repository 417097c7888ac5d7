//! `GET /v1/findings` and `GET /v1/findings/{id}`: a unit sees its own. They are opened and closed by those who
//! administer the gateway.

use super::lists::{Asking, asked};
use super::views;
use crate::client::findings::FindingsQuery;
use crate::http::context::{Caller, Gateway};
use crate::http::findings;
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    query: Asking<FindingsQuery>,
) -> Result<Response, Problem> {
    let view = findings::list(&gateway.intake, &asked(query)?, Some(&caller.unit))?;
    Ok(views::json(StatusCode::OK, &view))
}

pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = findings::named(&id)?;
    let view = findings::show(&gateway.intake, id, Some(&caller.unit))?;
    Ok(views::json(StatusCode::OK, &view))
}
