//! `POST /admin/documents/{id}/erase`: content is erased by order. `GET /admin/retention`: what terms would drop.

use super::admin::Office;
use super::problem::{Problem, ProblemCode};
use super::text::Args;
use super::v1;
use crate::client::erase::EraseRequest;
use crate::intake::{EraseError, EraseOrder, MAX_REASON};
use crate::model::{DocumentId, Timestamp};
use crate::upkeep;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

pub(super) async fn erase(
    State(office): State<Office>,
    Path(id): Path<String>,
    request: Result<Json<EraseRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let document = DocumentId::parse(&id).ok_or(ProblemCode::NotFound)?;
    let Json(request) = request.map_err(|e| {
        let args = vec![("problem", e.body_text())];
        Problem::new(ProblemCode::BodyInvalid).at("", "field-shape", args)
    })?;
    let order = EraseOrder {
        document,
        files: request.files,
        all: request.all,
        reports: request.reports,
        basis: request.basis,
    };
    // A client that goes away ends nothing: between the event and the medium there is no place to stop.
    let intake = office.intake;
    let done = tokio::spawn(async move { intake.erase(&order).await });
    let (done, receipt) = done.await.map_err(|_| ProblemCode::Internal)??;
    let view = upkeep::erased_view(&done, Some(&receipt));
    Ok(v1::json(StatusCode::OK, &view))
}

/// The most documents that are named.
const MAX_LIST: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanQuery {
    at: Option<String>,
    list: Option<usize>,
}

/// `GET /admin/retention`: reads every document that may be old enough, so it runs beside the requests.
pub(super) async fn plan(
    State(office): State<Office>,
    query: v1::Asking<PlanQuery>,
) -> Result<Response, Problem> {
    let query = v1::asked(query)?;
    let at = match &query.at {
        None => office.intake.tools().clock.now(),
        Some(text) => Timestamp::parse(text).ok_or_else(|| {
            let args = vec![("value", text.clone())];
            Problem::new(ProblemCode::QueryInvalid).at("at", "field-invalid", args)
        })?,
    };
    let most = query.list.unwrap_or(0).min(MAX_LIST);
    let work = move || {
        let tools = office.intake.tools();
        let registry = Arc::clone(&office.intake.rules().registry);
        let store = (&*tools.ledger, &*tools.vault);
        upkeep::retention_plan(store, &registry, &office.retention, at, most)
    };
    let view = tokio::task::spawn_blocking(work).await;
    let view = view.map_err(|_| ProblemCode::Internal)??;
    Ok(v1::json(StatusCode::OK, &view))
}

impl From<EraseError> for Problem {
    fn from(error: EraseError) -> Self {
        let invalid = |pointer: &str, key, args: Args| {
            Self::new(ProblemCode::BodyInvalid).at(pointer, key, args)
        };
        match error {
            EraseError::Move(e) => e.into(),
            EraseError::NoFile(n) => {
                invalid("/files", "field-no-file", vec![("value", n.to_string())])
            }
            EraseError::Nothing => invalid("/files", "field-nothing-to-erase", Args::new()),
            EraseError::Basis => {
                let args = vec![("max", MAX_REASON.to_string())];
                invalid("/basis", "field-basis", args)
            }
            EraseError::Medium(problem) => {
                tracing::error!(%problem, "erased content could not be taken off the medium yet");
                ProblemCode::ErasedNotPurged.into()
            }
        }
    }
}
