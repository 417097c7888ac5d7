//! `/v1`: one file per subject.

mod answers;
mod books;
mod bundle;
mod delivering;
mod documents;
mod dossier_forms;
mod dossier_views;
mod dossiers;
mod evidence;
mod figures;
mod files;
mod findings;
mod lists;
mod notices;
mod register;
mod sending;
mod statements;
mod submit;
mod survey;
mod verify;
mod views;
mod withdraw;

pub(super) use answers::{MAX_STAFF, words};
pub use bundle::AT_A_TIME as BUNDLES_AT_A_TIME;
pub(super) use dossier_views::slip as dossier_slip;
pub(super) use figures::{RatesQuery, rates_view, units_view};
pub(super) use lists::{Asking, asked, cursor, figure_cursor, limit, shown};
pub(super) use views::{Reader, document, json, receipt, receipts};

use super::context::Gateway;
use super::problem::ProblemCode;
use crate::model::simulated::is_simulated;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;

/// A JSON body: an answer's reason of 4,000 characters fits with room.
const MAX_JSON: usize = 64 * 1024;

/// The description of the interface, kept by hand; a test holds it equal to the routes.
pub const OPENAPI: &str = include_str!("openapi.json");

/// Every route with its methods, as the description must list them.
pub const ROUTES: &[(&str, &str)] = &[
    ("/v1/documents", "post"),
    ("/v1/documents/{id}", "get"),
    ("/v1/documents/{id}/files/{n}", "get"),
    ("/v1/documents/{id}/receipts", "get"),
    ("/v1/documents/{id}/report", "get"),
    ("/v1/documents/{id}/evidence", "get"),
    ("/v1/documents/{id}/evidence/{sha256}", "get"),
    ("/v1/documents/{id}/evidence.asice", "get"),
    ("/v1/documents/{id}/stamp", "get"),
    ("/v1/documents/{id}/answers", "post"),
    ("/v1/documents/{id}/recall", "post"),
    ("/v1/documents/{id}/take-back", "post"),
    ("/v1/dossiers", "post"),
    ("/v1/dossiers", "get"),
    ("/v1/dossiers/check", "post"),
    ("/v1/dossiers/figures", "get"),
    ("/v1/dossiers/figures/dossiers", "get"),
    ("/v1/dossiers/{id}", "get"),
    ("/v1/dossiers/{id}/components", "post"),
    ("/v1/dossiers/{id}/files/{n}", "get"),
    ("/v1/dossiers/{id}/moves", "post"),
    ("/v1/dossiers/{id}/slips", "get"),
    ("/v1/dossiers/{id}/forms/{n}", "get"),
    ("/v1/dossiers/{id}/result-slip", "post"),
    ("/v1/registers/dossiers", "get"),
    ("/v1/survey", "get"),
    ("/v1/survey/papers", "post"),
    ("/v1/inbox", "get"),
    ("/v1/outbox", "get"),
    ("/v1/notices", "get"),
    ("/v1/verify", "post"),
    ("/v1/rates", "get"),
    ("/v1/statements", "get"),
    ("/v1/statements/{period}", "get"),
    ("/v1/findings", "get"),
    ("/v1/findings/{id}", "get"),
    ("/v1/register", "post"),
    ("/v1/register/nil", "post"),
    ("/v1/rates/documents", "get"),
    ("/v1/registers/outgoing", "get"),
    ("/v1/registers/incoming", "get"),
    ("/v1/search", "get"),
    ("/v1/units", "get"),
    ("/openapi.json", "get"),
];

/// The exchange listener's routes.
pub fn router(gateway: Arc<Gateway>) -> Router {
    let simulated = is_simulated(&gateway.intake.tools().gateway);
    Router::new()
        .route("/v1/documents", post(submit::submit))
        .route("/v1/documents/{id}", get(documents::document))
        .route("/v1/documents/{id}/files/{n}", get(files::file))
        .route("/v1/documents/{id}/receipts", get(documents::receipts))
        .route("/v1/documents/{id}/report", get(documents::report))
        .route("/v1/documents/{id}/evidence", get(evidence::list))
        .route("/v1/documents/{id}/evidence/{sha256}", get(evidence::piece))
        .route("/v1/documents/{id}/evidence.asice", get(bundle::bundle))
        .route("/v1/documents/{id}/stamp", get(evidence::stamp))
        .route("/v1/documents/{id}/answers", post(answers::answer))
        .route("/v1/documents/{id}/recall", post(withdraw::recall))
        .route("/v1/documents/{id}/take-back", post(withdraw::take_back))
        .route("/v1/dossiers", post(dossiers::take_in).get(dossiers::list))
        .route("/v1/dossiers/check", post(dossiers::check))
        .route("/v1/dossiers/figures", get(dossiers::figures))
        .route("/v1/dossiers/figures/dossiers", get(dossiers::behind))
        .route("/v1/dossiers/{id}", get(dossiers::one))
        .route("/v1/dossiers/{id}/components", post(dossiers::complete))
        .route("/v1/dossiers/{id}/files/{n}", get(dossiers::file))
        .route("/v1/dossiers/{id}/moves", post(dossiers::act))
        .route("/v1/dossiers/{id}/slips", get(dossiers::slips))
        .route("/v1/dossiers/{id}/forms/{n}", get(dossier_forms::form))
        .route(
            "/v1/dossiers/{id}/result-slip",
            post(dossier_forms::result_slip),
        )
        .route("/v1/registers/dossiers", get(dossier_forms::register))
        .route("/v1/survey", get(survey::results))
        .route("/v1/survey/papers", post(survey::papers))
        .route("/v1/inbox", get(lists::inbox))
        .route("/v1/outbox", get(lists::outbox))
        .route("/v1/notices", get(notices::notices))
        .route("/v1/verify", post(verify::verify))
        .route("/v1/rates", get(figures::rates))
        .route("/v1/statements", get(statements::list))
        .route("/v1/statements/{period}", get(statements::one))
        .route("/v1/findings", get(findings::list))
        .route("/v1/findings/{id}", get(findings::one))
        .route("/v1/register", post(register::import))
        .route("/v1/register/nil", post(register::nil))
        .route("/v1/rates/documents", get(figures::documents))
        .route("/v1/registers/outgoing", get(books::outgoing))
        .route("/v1/registers/incoming", get(books::incoming))
        .route("/v1/search", get(books::search))
        .route("/v1/units", get(figures::units))
        .route("/openapi.json", get(openapi))
        .fallback(nothing)
        .layer(DefaultBodyLimit::max(MAX_JSON))
        .layer(axum::middleware::from_fn(super::finish))
        .layer(axum::middleware::from_fn_with_state(
            simulated,
            super::marked,
        ))
        .with_state(gateway)
}

async fn nothing() -> ProblemCode {
    ProblemCode::NotFound
}

async fn openapi() -> Response {
    let mut response = OPENAPI.into_response();
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

impl IntoResponse for ProblemCode {
    fn into_response(self) -> Response {
        super::problem::Problem::new(self).into_response()
    }
}
