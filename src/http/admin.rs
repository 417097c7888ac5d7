//! Administration over the Unix socket: whoever may open it (mode 0600) is the administrator.

use super::problem::{Problem, ProblemCode};
use super::v1;
use crate::client::admin::Reloaded;
use crate::client::trust::{SourceView, TrustView};
use crate::fetch::{Gatherer, SourceState};
use crate::intake::Intake;
use crate::model::Timestamp;
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
    let gatherer = office.intake.tools().judge.gatherer();
    let sources = gatherer.map(Gatherer::sources).unwrap_or_default();
    let sources = sources.iter().map(source).collect();
    Ok(v1::json(StatusCode::OK, &view.with_sources(sources, now)))
}

fn source(state: &SourceState) -> SourceView {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    SourceView {
        kind: state.source.kind().name().to_owned(),
        uri: state.source.uri().to_owned(),
        bytes: state.bytes,
        this_update: time(state.this_update),
        next_update: time(state.next_update),
        answered: time(state.answered),
        silent_since: time(state.silent_since),
        error: state.error.as_ref().map(ToString::to_string),
    }
}

async fn units(State(office): State<Office>) -> Response {
    v1::json(
        StatusCode::OK,
        &v1::units_view(&office.intake.rules(), "", usize::MAX),
    )
}
