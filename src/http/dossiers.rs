//! `POST /admin/dossiers/{id}/erase`: the content of a dossier is erased by order.

use super::admin::Office;
use super::problem::{Problem, ProblemCode};
use super::text::Args;
use super::v1;
use crate::client::dossiers::{DossierEraseRequest, DossierErasedView};
use crate::intake::{DossierError, Intake, MAX_REASON};
use crate::model::event::ErasureCause;
use crate::store::VaultError;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

pub(super) async fn erase(
    State(office): State<Office>,
    Path(id): Path<String>,
    request: Result<Json<DossierEraseRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(request) = request.map_err(|e| {
        let args: Args = vec![("problem", e.body_text())];
        Problem::new(ProblemCode::BodyInvalid).at("", "field-shape", args)
    })?;
    // A client that goes away ends nothing: between the event and the medium there is no place to stop.
    let intake = office.intake;
    let done = tokio::spawn(async move { erased(&intake, &id, &request).await });
    let view = done.await.map_err(|_| ProblemCode::Internal)??;
    Ok(v1::json(StatusCode::OK, &view))
}

/// Erases the content of a dossier, also where no daemon runs.
///
/// # Errors
/// A problem in the words of the interface.
pub async fn erased(
    intake: &Intake,
    name: &str,
    request: &DossierEraseRequest,
) -> Result<DossierErasedView, Problem> {
    let id = intake.dossier_named(name)?;
    let done = intake.erase_dossier(id, ErasureCause::Order, Some(&request.basis));
    let done = done.await.map_err(problem)?;
    let outcome = &done.outcome;
    Ok(DossierErasedView {
        number: outcome.state.number.to_string(),
        bodies: outcome.state.bodies().len(),
        purged: done.purged.bodies,
        slip: v1::dossier_slip(&outcome.entry, &outcome.slip),
        repeated: outcome.repeated,
    })
}

fn problem(error: DossierError) -> Problem {
    if error == DossierError::NoReason {
        let args = vec![("max", MAX_REASON.to_string())];
        return Problem::new(ProblemCode::BodyInvalid).at("/basis", "field-basis", args);
    }
    if let DossierError::Vault(VaultError::Failed(problem)) = &error {
        tracing::error!(%problem, "erased content could not be taken off the medium yet");
        return ProblemCode::ErasedNotPurged.into();
    }
    error.into()
}
