//! Administration over the Unix socket: whoever may open it (mode 0600) is the administrator.

use super::problem::{Problem, ProblemCode};
use super::v1;
use crate::client::admin::Reloaded;
use crate::client::trust::TrustView;
use crate::intake::Intake;
use crate::upkeep::{self, ReloadError, Reloader};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use std::sync::Arc;

/// What administration works with.
#[derive(Clone, Debug)]
pub struct Office {
    /// Figures and the log.
    pub intake: Arc<Intake>,
    /// Rules.
    pub reloader: Arc<Reloader>,
}

/// The routes.
pub fn router(office: Office) -> Router {
    Router::new()
        .route("/admin/reload", post(reload))
        .route("/admin/rates", get(rates))
        .route("/admin/recount", post(recount))
        .route("/admin/trust", get(trust))
        .route("/admin/units", get(units))
        .fallback(|| async { ProblemCode::NotFound })
        .layer(axum::middleware::from_fn(super::finish))
        .with_state(office)
}

async fn reload(State(office): State<Office>) -> Result<Response, Problem> {
    let rules = office.reloader.reload().await?.to_hex();
    Ok(v1::json(StatusCode::OK, &Reloaded { rules }))
}

impl From<ReloadError> for Problem {
    fn from(error: ReloadError) -> Self {
        match error {
            ReloadError::Rules(_) => {
                let args = vec![("problem", error.to_string())];
                Self::new(ProblemCode::RulesInvalid).at("", "field-shape", args)
            }
            ReloadError::Commit(e) => e.into(),
            ReloadError::Vault(e) => e.into(),
            ReloadError::Read(e) => e.into(),
        }
    }
}

async fn rates(
    State(office): State<Office>,
    query: v1::Asking<v1::RatesQuery>,
) -> Result<Response, Problem> {
    let view = v1::rates_view(&office.intake, &v1::asked(query)?)?;
    Ok(v1::json(StatusCode::OK, &view))
}

/// Reads the whole log, so it runs beside the requests.
async fn recount(State(office): State<Office>) -> Result<Response, Problem> {
    let intake = Arc::clone(&office.intake);
    let work = move || upkeep::recount(intake.tools().ledger.as_ref());
    let counted = tokio::task::spawn_blocking(work).await;
    let view = counted.map_err(|_| ProblemCode::Internal)??;
    Ok(v1::json(StatusCode::OK, &view))
}

/// Verifies every list, so it runs beside the requests.
async fn trust(State(office): State<Office>) -> Result<Response, Problem> {
    let rules = office.intake.rules();
    let now = office.intake.tools().clock.now();
    let view = tokio::task::spawn_blocking(move || TrustView::of(&rules, now)).await;
    let view = view.map_err(|_| ProblemCode::Internal)?;
    Ok(v1::json(StatusCode::OK, &view))
}

async fn units(State(office): State<Office>) -> Response {
    v1::json(
        StatusCode::OK,
        &v1::units_view(&office.intake.rules(), "", usize::MAX),
    )
}
