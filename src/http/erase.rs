//! `POST /admin/documents/{id}/erase`: content is erased by order.

use super::admin::Office;
use super::problem::{Problem, ProblemCode};
use super::text::Args;
use super::v1;
use crate::client::erase::EraseRequest;
use crate::intake::{EraseError, EraseOrder, MAX_REASON};
use crate::model::DocumentId;
use crate::upkeep;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

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

impl From<EraseError> for Problem {
    fn from(error: EraseError) -> Self {
        let invalid = |pointer: &str, key, args: Args| {
            Self::new(ProblemCode::BodyInvalid).at(pointer, key, args)
        };
        match error {
            EraseError::Move(e) => e.into(),
            EraseError::NoFile(n) => {
                invalid("/files", "field-invalid", vec![("value", n.to_string())])
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
