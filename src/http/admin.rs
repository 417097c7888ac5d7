//! Administration over the Unix socket: whoever may open it (mode 0600) is the administrator.

use super::books::{self, Book};
use super::problem::{Problem, ProblemCode};
use super::v1;
use crate::client::admin::Reloaded;
use crate::client::books::BookQuery;
use crate::client::figure_rows::FigureRowsQuery;
use crate::client::history::{History, HistoryRequest, MAX_PERIODS, MAX_UNITS};
use crate::client::search::SearchQuery;
use crate::client::stamps::StampsCheckRequest;
use crate::client::trust::{SourceView, TrustView};
use crate::fetch::{Gatherer, SourceState};
use crate::intake::Intake;
use crate::model::simulated::is_simulated;
use crate::model::{Period, Position, Timestamp, UnitCode};
use crate::policy::Retention;
use crate::relay::Clocks;
use crate::upkeep::{self, RecountOf, ReloadError, Reloader, Reminders, Stamps};
use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What administration works with.
#[derive(Clone, Debug)]
pub struct Office {
    /// Figures and the log.
    pub intake: Arc<Intake>,
    /// Rules.
    pub reloader: Arc<Reloader>,
    /// Who has the log stamped, where a timestamp authority is configured.
    pub stamps: Option<Arc<Stamps>>,
    /// Terms of keeping.
    pub retention: Arc<Retention>,
    /// How long what nobody takes is kept.
    pub clocks: Clocks,
    /// Who reminds of findings.
    pub reminders: Arc<Reminders>,
}

/// The routes.
pub fn router(office: Office) -> Router {
    let simulated = is_simulated(&office.intake.tools().gateway);
    Router::new()
        .route("/admin/reload", post(reload))
        .route("/admin/rates", get(rates))
        .route("/admin/history", post(history))
        .route("/admin/rates/documents", get(figure_rows))
        .route("/admin/books/{book}", get(book))
        .route("/admin/search", get(search))
        .route("/admin/recount", post(recount))
        .route("/admin/trust", get(trust))
        .route("/admin/units", get(units))
        .route("/admin/status", get(status))
        .route("/admin/stamps", get(stamp).post(stamp_now))
        .route("/admin/stamps/check", post(check_stamps))
        .route("/admin/clock", get(super::clock::clock))
        .route("/admin/clock/confirm", post(super::clock::confirm))
        .route("/admin/retention", get(super::erase::plan))
        .route("/admin/documents/{id}", get(super::documents::document))
        .route(
            "/admin/documents/{id}/receipts",
            get(super::documents::receipts),
        )
        .route("/admin/documents/{id}/erase", post(super::erase::erase))
        .route(
            "/admin/dossiers/figures",
            get(super::dossier_figures::of_all),
        )
        .route(
            "/admin/dossiers/figures/dossiers",
            get(super::dossier_figures::behind_of_all),
        )
        .route("/admin/dossiers/{id}/erase", post(super::dossiers::erase))
        .merge(super::dead_letters::routes())
        .merge(super::periods::routes())
        .merge(super::registers::routes())
        .merge(super::findings::routes())
        .fallback(|| async { ProblemCode::NotFound })
        .layer(axum::middleware::from_fn(super::finish))
        .layer(axum::middleware::from_fn_with_state(
            simulated,
            super::marked,
        ))
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

async fn figure_rows(
    State(office): State<Office>,
    query: v1::Asking<FigureRowsQuery>,
) -> Result<Response, Problem> {
    let view = super::figure_rows::list(&office.intake, &v1::asked(query)?)?;
    Ok(v1::json(StatusCode::OK, &view))
}

async fn book(
    State(office): State<Office>,
    Path(book): Path<String>,
    query: v1::Asking<BookQuery>,
) -> Result<Response, Problem> {
    let book = Book::from_name(&book).ok_or(ProblemCode::NotFound)?;
    let view = books::list(&office.intake, book, &v1::asked(query)?)?;
    Ok(v1::json(StatusCode::OK, &view))
}

/// Up to a thousand documents are read, so it runs beside the requests.
async fn search(
    State(office): State<Office>,
    query: v1::Asking<SearchQuery>,
) -> Result<Response, Problem> {
    let query = v1::asked(query)?;
    let work = move || super::search::find(&office.intake, &query);
    let found = tokio::task::spawn_blocking(work).await;
    let view = found.map_err(|_| ProblemCode::Internal)??;
    Ok(v1::json(StatusCode::OK, &view))
}

/// Reads as much as several reports, so it runs beside the requests.
async fn history(
    State(office): State<Office>,
    Json(request): Json<HistoryRequest>,
) -> Result<Response, Problem> {
    let periods = request.periods.iter().map(|text| Period::parse(text));
    let periods: Option<Vec<Period>> = periods.collect();
    let periods = periods.filter(|all| all.len() <= MAX_PERIODS);
    let periods = periods.ok_or(ProblemCode::BadRequest)?;
    let units = request.units.map(|all| {
        let few = all.len() <= MAX_UNITS;
        let codes = all.iter().filter(|_| few).map(|text| UnitCode::parse(text));
        let codes: Option<BTreeSet<UnitCode>> = codes.collect();
        codes.filter(|_| few).ok_or(ProblemCode::BadRequest)
    });
    let units = units.transpose()?;
    let intake = Arc::clone(&office.intake);
    let work = move || {
        let tools = intake.tools();
        let store = (&*tools.ledger, &*tools.vault);
        let history = upkeep::history(store, &periods, units.as_ref(), request.waiting)?;
        let at = Some(tools.clock.now());
        Ok::<_, Problem>(History { at, ..history }.view())
    };
    let view = tokio::task::spawn_blocking(work).await;
    let view = view.map_err(|_| ProblemCode::Internal)??;
    Ok(v1::json(StatusCode::OK, &view))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecountQuery {
    /// Figures on the days of this period; absent: all.
    period: Option<String>,
    /// Figures of this unit; absent: all.
    unit: Option<String>,
}

/// Reads the whole log, so it runs beside the requests.
async fn recount(
    State(office): State<Office>,
    Query(query): Query<RecountQuery>,
) -> Result<Response, Problem> {
    let intake = Arc::clone(&office.intake);
    let period = query.period.as_deref().map(super::periods::period);
    let unit = query.unit.as_deref().map(|text| {
        let args = vec![("value", v1::shown(text))];
        let wrong = || Problem::new(ProblemCode::QueryInvalid).at("unit", "field-invalid", args);
        UnitCode::parse(text).ok_or_else(wrong)
    });
    let of = RecountOf {
        period: period.transpose()?,
        unit: unit.transpose()?,
    };
    let work = move || upkeep::recount_of(intake.tools().ledger.as_ref(), &of);
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

/// The log and its stamps. A token is judged, so it runs beside the requests.
async fn status(State(office): State<Office>) -> Result<Response, Problem> {
    let work = move || {
        let tools = office.intake.tools();
        let (ledger, vault) = (&*tools.ledger, &*tools.vault);
        let (rules, now) = (office.intake.rules(), tools.clock.now());
        upkeep::log_status(ledger, vault, &rules, now, office.stamps.as_deref())
    };
    let view = tokio::task::spawn_blocking(work).await;
    let view = view.map_err(|_| ProblemCode::Internal)??;
    Ok(v1::json(StatusCode::OK, &view))
}

/// Has the log stamped now. What comes of it is in the answer: a failure is no fault of the request.
async fn stamp_now(State(office): State<Office>) -> Result<Response, Problem> {
    if let Some(stamps) = &office.stamps {
        let _told = stamps.now().await;
    }
    status(State(office)).await
}

#[derive(Deserialize)]
struct StampQuery {
    /// The stamp of this record or a later one; without it the last.
    of: Option<u64>,
}

async fn stamp(
    State(office): State<Office>,
    Query(query): Query<StampQuery>,
) -> Result<Response, Problem> {
    let work = move || {
        let tools = office.intake.tools();
        let found = match query.of {
            Some(of) => tools.ledger.stamp_from(Position(of))?,
            None => tools.ledger.last_stamp()?,
        };
        let (rules, now) = (office.intake.rules(), tools.clock.now());
        let proof = found.map(|stamp| upkeep::stamp_proof(&*tools.vault, &rules, now, &stamp));
        Ok::<_, Problem>(proof.flatten())
    };
    let view = tokio::task::spawn_blocking(work).await;
    let view = view.map_err(|_| ProblemCode::Internal)??;
    Ok(v1::json(
        StatusCode::OK,
        &view.ok_or(ProblemCode::NotFound)?,
    ))
}

async fn check_stamps(
    State(office): State<Office>,
    Json(request): Json<StampsCheckRequest>,
) -> Result<Response, Problem> {
    let tokens = request.tokens.iter().map(|token| STANDARD.decode(token));
    let tokens: Result<Vec<Bytes>, _> = tokens.map(|token| token.map(Bytes::from)).collect();
    let tokens = tokens.map_err(|_| ProblemCode::BadRequest)?;
    let view = upkeep::check_stamps_gathering(&office.intake, tokens).await?;
    Ok(v1::json(StatusCode::OK, &view))
}
