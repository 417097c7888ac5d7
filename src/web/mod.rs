//! The page of totals for administrators: figures per unit in whole numbers, each rate with its
//! numerator and denominator. No subject, no person's name, no script; it works without internet.

mod figure;
mod figures;
mod survey;

use crate::intake::Intake;
use crate::lang;
use crate::model::simulated::is_simulated;
use crate::model::{Language, LocalDay, Period, UnitCode};
use crate::rates::Counts;
use crate::store::{Finding, ReadError, Readiness};
use askama::Template;
use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use figures::{Cell, Row};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

pub use survey::public;

/// Intake, once the store has been opened.
type Slot = Arc<OnceLock<Arc<Intake>>>;

/// The routes.
pub fn router(slot: Slot) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/figure", get(one))
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
        .with_state(slot)
}

#[derive(Deserialize, Default)]
struct Asked {
    lang: Option<String>,
    period: Option<String>,
}

/// A finding that is overdue: which unit, until when, and how many documents; none of its words.
struct Late {
    name: String,
    code: String,
    said: String,
}

/// Overdue findings that the page shows.
const MAX_LATE: usize = 20;

#[derive(Template)]
#[template(path = "rates.html", config = "src/web/askama.toml")]
struct Page {
    language: &'static str,
    language_label: String,
    gateway: String,
    title: String,
    skip: String,
    period: String,
    period_label: String,
    period_shown: String,
    before: String,
    before_shown: String,
    after: Option<(String, String)>,
    notice: Option<String>,
    late_title: String,
    late: Vec<Late>,
    late_more: Option<String>,
    empty: String,
    total_title: String,
    cards: Vec<Cell>,
    units_title: String,
    unit_head: String,
    heads: Vec<String>,
    rows: Vec<Row>,
    note: String,
    refused_title: String,
    reason_head: String,
    count_head: String,
    refusals: Vec<(String, String)>,
    doubted: Option<String>,
    closed: Option<String>,
    simulated: Option<String>,
    footer: String,
}

async fn page(
    State(slot): State<Slot>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    // A question that cannot be read gets the page of this month.
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let language = language(&headers, asked.lang.as_deref());
    let Some(intake) = slot.get() else {
        let words = lang::text(language, "page-opening", &[]);
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            secured(words.into_response()),
        )
            .into_response();
    };
    answered(compose(intake, language, asked.period.as_deref()).render())
}

#[derive(Deserialize, Default)]
struct AskedFigure {
    lang: Option<String>,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    period: String,
}

/// One figure; of one that is none, nothing.
async fn one(
    State(slot): State<Slot>,
    headers: HeaderMap,
    asked: Result<Query<AskedFigure>, QueryRejection>,
) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let language = language(&headers, asked.lang.as_deref());
    let which = figure::Which::of(&asked.unit, &asked.name, &asked.period);
    match (slot.get(), which) {
        (None, _) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        (Some(_), None) => StatusCode::NOT_FOUND.into_response(),
        (Some(intake), Some(which)) => figure::page(intake, language, &which),
    }
}

fn language(headers: &HeaderMap, chosen: Option<&str>) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE);
    let accepted = accepted.and_then(|v| v.to_str().ok());
    let chosen = chosen.and_then(Language::from_name);
    chosen.unwrap_or_else(|| lang::negotiate(accepted, Language::Vi))
}

fn answered(written: askama::Result<String>) -> Response {
    match written {
        Ok(html) => {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            secured((kind, html).into_response())
        }
        Err(problem) => {
            tracing::error!(%problem, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The totals of a period: of a closed one those of its last statement, as everywhere.
fn totals(intake: &Intake, period: Period) -> Result<BTreeMap<UnitCode, Counts>, ReadError> {
    let ledger = &intake.tools().ledger;
    let Some(record) = ledger.statement(period, None)? else {
        return ledger.rates(period, None);
    };
    let stated = intake.stated(&record);
    let stated = stated.map_err(|e| ReadError::Failed(e.to_string()))?;
    let some = stated.units.iter().filter(|(_, counts)| !counts.is_empty());
    Ok(some
        .map(|(unit, counts)| (unit.clone(), counts.clone()))
        .collect())
}

/// The statement that the figures of a closed period are from.
fn closed(intake: &Intake, language: Language, period: Period) -> Option<String> {
    let record = intake.tools().ledger.statement(period, None).ok()??;
    let (number, at) = (
        record.closed.number.to_string(),
        lang::report::moment(record.at),
    );
    let digest = record.closed.statement.to_hex();
    let values = [
        ("number", number.as_str()),
        ("at", at.as_str()),
        ("id", digest.as_str()),
    ];
    Some(lang::text(language, "page-stated", &values))
}

fn compose(intake: &Intake, language: Language, period: Option<&str>) -> Page {
    let text = |key: &str| lang::text(language, key, &[]);
    let today = intake.tools().clock.now().local_day();
    let this = Period::month_of(today);
    let period = period.and_then(Period::parse).unwrap_or(this);
    let read = totals(intake, period);
    let notice = notice(intake, language, read.is_err());
    let figures =
        figures::Figures::new(period, &read.unwrap_or_default(), &intake.rules(), language);
    let (late, late_more) = late(intake, language, today);
    let after = period.next();
    let after = Some(after).filter(|after| *after.days().start() <= today);
    let shown = |period: Period| lang::period(language, period);
    let before = period.previous();
    Page {
        language: language.name(),
        language_label: text("page-language"),
        gateway: intake.tools().gateway.clone(),
        title: text("page-title"),
        skip: text("page-skip"),
        period: period.to_string(),
        period_label: text("page-period"),
        period_shown: shown(period),
        before: before.to_string(),
        before_shown: shown(before),
        after: after.map(|after| (after.to_string(), shown(after))),
        notice,
        late_title: text("page-late"),
        late,
        late_more,
        empty: text("cli-rates-empty"),
        total_title: text("page-total"),
        cards: figures.cards,
        units_title: text("page-units"),
        unit_head: text("page-unit"),
        heads: figures.heads,
        rows: figures.rows,
        note: text("cli-rates-note"),
        refused_title: text("page-refused"),
        reason_head: text("page-reason"),
        count_head: text("page-count"),
        refusals: figures.refusals,
        doubted: doubted(intake, language),
        closed: closed(intake, language, period),
        simulated: is_simulated(&intake.tools().gateway).then(|| text("simulated")),
        footer: text("page-footer"),
    }
}

/// The findings that are overdue, the first to be due at the head.
fn late(intake: &Intake, language: Language, today: LocalDay) -> (Vec<Late>, Option<String>) {
    let ledger = &intake.tools().ledger;
    let open = ledger.open_findings(None, MAX_LATE.saturating_add(1));
    let mut late = open.unwrap_or_default();
    late.retain(|finding| finding.is_overdue(today));
    let more = late.len() > MAX_LATE;
    late.truncate(MAX_LATE);
    let rules = intake.rules();
    let row = |finding: &Finding| {
        let days = today
            .number()
            .saturating_sub(finding.due.number())
            .to_string();
        let (due, count) = (lang::day(language, finding.due), finding.items.to_string());
        let values = [
            ("due", due.as_str()),
            ("days", days.as_str()),
            ("count", count.as_str()),
        ];
        let known = rules.registry.unit(&finding.unit);
        Late {
            name: known.map(|unit| unit.name.clone()).unwrap_or_default(),
            code: finding.unit.to_string(),
            said: lang::text(language, "page-late-row", &values),
        }
    };
    let rows = late.iter().map(row).collect();
    let more = more.then(|| lang::text(language, "page-late-more", &[]));
    (rows, more)
}

/// How many documents a later revocation puts in doubt, if any; no figure counts them.
fn doubted(intake: &Intake, language: Language) -> Option<String> {
    let count = intake.tools().ledger.doubted().ok().filter(|n| *n > 0)?;
    Some(lang::counted(language, "page-doubted", count, &[]))
}

/// Figures that are not complete say so.
fn notice(intake: &Intake, language: Language, failed: bool) -> Option<String> {
    let key = match intake.tools().ledger.readiness() {
        Readiness::Rebuilding { .. } => "page-rebuilding",
        Readiness::Failed(_) => "page-failed",
        Readiness::Ready if failed => "page-failed",
        Readiness::Ready => return None,
    };
    Some(lang::text(language, key, &[]))
}

/// Nothing from elsewhere, nothing inline, nothing remembered.
fn secured(mut response: Response) -> Response {
    let fields = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fields {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    secured((kind, include_str!("pages/style.css")).into_response())
}

async fn icon() -> Response {
    let kind = [(header::CONTENT_TYPE, "image/svg+xml")];
    secured((kind, include_str!("pages/icon.svg")).into_response())
}
