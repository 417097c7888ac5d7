//! One document for the administrator: metadata, words, timeline and receipts; never the content of its files.
//!
//! The handlers stand over the administrator's socket; the same functions serve the command line while no daemon runs.

use super::admin::Office;
use super::context::Asked;
use super::problem::{Problem, ProblemCode};
use super::v1::{self, Reader};
use crate::client::wire::{DocumentView, ListView, ReceiptView};
use crate::intake::Intake;
use crate::model::{DocumentId, Language};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

pub(super) async fn document(
    State(office): State<Office>,
    Asked(language): Asked,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = DocumentId::parse(&id).ok_or(ProblemCode::NotFound)?;
    let view = show(&office.intake, id, language)?;
    Ok(v1::json(StatusCode::OK, &view))
}

pub(super) async fn receipts(
    State(office): State<Office>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = DocumentId::parse(&id).ok_or(ProblemCode::NotFound)?;
    let list = proofs(&office.intake, id)?;
    Ok(v1::json(StatusCode::OK, &list))
}

/// The document.
///
/// # Errors
/// [`ProblemCode::NotFound`], or a problem of the store.
pub fn show(intake: &Intake, id: DocumentId, language: Language) -> Result<DocumentView, Problem> {
    let state = intake.state(id)?;
    v1::document(intake, &state, Reader::Administrator, language)
}

/// Its receipts, oldest first.
///
/// # Errors
/// [`ProblemCode::NotFound`], or a problem of the store or the receipt key.
pub fn proofs(intake: &Intake, id: DocumentId) -> Result<ListView<ReceiptView>, Problem> {
    v1::receipts(intake, &intake.state(id)?)
}
