//! `GET /v1/registers/outgoing`, `…/incoming` and `GET /v1/search`: of the caller's own documents.

use super::lists::{Asking, asked};
use super::views;
use crate::client::books::BookQuery;
use crate::client::search::SearchQuery;
use crate::http::books::{self, Book};
use crate::http::context::{Caller, Gateway};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::search::find;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The caller's unit, whether it names itself or nobody; those of others are not its to see.
fn own(caller: &Caller, asked: Option<String>) -> Result<Option<String>, Problem> {
    let own = caller.unit.as_str();
    if asked.is_some_and(|unit| unit != own) {
        return Err(ProblemCode::NotFound.into());
    }
    Ok(Some(own.to_owned()))
}

pub(super) async fn outgoing(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    query: Asking<BookQuery>,
) -> Result<Response, Problem> {
    book(&gateway, &caller, Book::Outgoing, asked(query)?)
}

pub(super) async fn incoming(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    query: Asking<BookQuery>,
) -> Result<Response, Problem> {
    book(&gateway, &caller, Book::Incoming, asked(query)?)
}

fn book(
    gateway: &Gateway,
    caller: &Caller,
    book: Book,
    mut query: BookQuery,
) -> Result<Response, Problem> {
    query.unit = own(caller, query.unit.take())?;
    let view = books::list(&gateway.intake, book, &query)?;
    Ok(views::json(StatusCode::OK, &view))
}

/// Up to a thousand documents are read, so it runs beside the requests.
pub(super) async fn search(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    query: Asking<SearchQuery>,
) -> Result<Response, Problem> {
    let mut query = asked(query)?;
    query.unit = own(&caller, query.unit.take())?;
    let work = move || find(&gateway.intake, &query);
    let found = tokio::task::spawn_blocking(work).await;
    let view = found.map_err(|_| ProblemCode::Internal)??;
    Ok(views::json(StatusCode::OK, &view))
}
