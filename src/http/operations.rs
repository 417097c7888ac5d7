//! The operations listener: is it alive, is it ready, and the metrics. No document and no name; a
//! unit only where it cannot be delivered to, or is late.

use crate::delivery::Delivery;
use crate::intake::Intake;
use crate::store::Readiness;
use crate::telemetry;
use crate::upkeep::{Recounts, Standings, Stuck};
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use std::sync::{Arc, OnceLock};

/// Intake, once the store has been opened.
pub type Slot = Arc<OnceLock<Arc<Intake>>>;

/// Whoever delivers, once there is one.
pub type Delivering = Arc<OnceLock<Arc<Delivery>>>;

#[derive(Clone)]
struct Looks {
    slot: Slot,
    delivering: Delivering,
    standings: Standings,
    recounts: Recounts,
}

/// The routes.
pub fn router(
    slot: Slot,
    delivering: Delivering,
    standings: Standings,
    recounts: Recounts,
) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics_text))
        .with_state(Looks {
            slot,
            delivering,
            standings,
            recounts,
        })
}

/// Why nothing is taken in, and what to do.
const CLOCK_BACK: &str = "the clock stands before the last event; set it right, or if it is right: lienthong clock confirm";

async fn livez() -> &'static str {
    "ok\n"
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
    /// `opening`, `rebuilding`, `ready` or `failed`.
    store: &'static str,
    records_done: Option<u64>,
    records_total: Option<u64>,
    problem: Option<String>,
    position: u64,
    rules: Option<String>,
    version: &'static str,
    /// Recipients that are left alone because they kept failing; the gateway is ready all the same.
    failing_recipients: Vec<Failing>,
    /// A clock that stands before the last event, so that nothing is taken in; `null`: it does not.
    clock_back: Option<Back>,
    /// What the last look for stuck documents found; `null` before the first.
    clocks: Option<Clocks>,
    /// What the last recounts of each month found; `null` before the first.
    recount: Option<RecountLine>,
}

#[derive(Serialize)]
struct RecountLine {
    recounted_at: String,
    /// The month that was compared last, and up to which record.
    period: Option<String>,
    position: u64,
    /// Figures that differ from the log: 0 is good. Of which months and units: `lienthong recount`.
    differences: usize,
    periods: Vec<String>,
}

fn recount(recounts: &Recounts) -> Option<RecountLine> {
    let found = recounts.load_full()?;
    Some(RecountLine {
        recounted_at: found.at.to_string(),
        period: found.last.map(|period| period.to_string()),
        position: found.position.0,
        differences: found.differing.values().map(|(count, _)| *count).sum(),
        periods: found.differing.keys().map(ToString::to_string).collect(),
    })
}

#[derive(Serialize)]
struct Back {
    last_event: String,
    clock: String,
}

#[derive(Serialize)]
struct Clocks {
    looked_at: String,
    looked_documents: u64,
    /// Documents beyond their clock that nothing ended: 0 is good.
    stuck_documents: u64,
    /// The first of them; the log of the daemon names the documents.
    stuck: Vec<Beyond>,
    /// Take-backs and recalls whose answer is late. They stay open until they are answered.
    late_answers: u64,
    late: Vec<Beyond>,
}

#[derive(Serialize)]
struct Beyond {
    unit: String,
    clock: &'static str,
    since: String,
}

fn clocks(standings: &Standings) -> Option<Clocks> {
    let standing = standings.load_full()?;
    let beyond = |stuck: &Stuck| Beyond {
        unit: stuck.unit.to_string(),
        clock: stuck.clock,
        since: stuck.since.to_string(),
    };
    let (held, waiting) = (&standing.held.first, &standing.waiting.first);
    Some(Clocks {
        looked_at: standing.at.to_string(),
        looked_documents: standing.looked,
        stuck_documents: standing.stuck(),
        stuck: held.iter().chain(waiting).map(beyond).collect(),
        late_answers: standing.late.count,
        late: standing.late.first.iter().map(beyond).collect(),
    })
}

#[derive(Serialize)]
struct Failing {
    unit: String,
    channel: &'static str,
    /// How many times in a row it was left alone.
    openings: u32,
    code: Option<String>,
    problem: Option<String>,
    failed_at: Option<String>,
    next_attempt: Option<String>,
    /// Documents that wait, as far as they are held in memory.
    waiting: usize,
    more_waiting: bool,
}

fn failing(delivering: &Delivering) -> Vec<Failing> {
    let troubles = delivering.get().map(|delivery| delivery.troubles());
    let each = troubles.unwrap_or_default().into_iter().map(|t| {
        let (code, problem, at) = t.failure.map_or((None, None, None), |(code, problem, at)| {
            (Some(code), Some(problem), Some(at.to_string()))
        });
        Failing {
            unit: t.unit.to_string(),
            channel: t.channel,
            openings: t.openings,
            code,
            problem,
            failed_at: at,
            next_attempt: t.next.map(|at| at.to_string()),
            waiting: t.waiting.0,
            more_waiting: t.waiting.1,
        }
    });
    each.collect()
}

fn ready(slot: &Slot) -> Ready {
    let mut view = Ready {
        ready: false,
        store: "opening",
        records_done: None,
        records_total: None,
        problem: None,
        position: 0,
        rules: None,
        version: env!("CARGO_PKG_VERSION"),
        failing_recipients: Vec::new(),
        clock_back: None,
        clocks: None,
        recount: None,
    };
    let Some(intake) = slot.get() else {
        return view;
    };
    view.position = intake.tools().ledger.watch().borrow().0;
    view.rules = Some(intake.rules().digest.to_hex());
    match intake.tools().ledger.readiness() {
        Readiness::Ready => {
            view.store = "ready";
            match intake.tools().ledger.clock_back() {
                Ok(None) => view.ready = true,
                Ok(Some(back)) => {
                    view.problem = Some(CLOCK_BACK.to_owned());
                    view.clock_back = Some(Back {
                        last_event: back.last.to_string(),
                        clock: back.now.to_string(),
                    });
                }
                Err(problem) => view.problem = Some(problem.to_string()),
            }
        }
        Readiness::Rebuilding { done, total } => {
            view.store = "rebuilding";
            view.records_done = Some(done);
            view.records_total = Some(total);
        }
        Readiness::Failed(problem) => {
            view.store = "failed";
            view.problem = Some(problem);
        }
    }
    view
}

async fn readyz(State(looks): State<Looks>, RawQuery(query): RawQuery) -> Response {
    let mut view = ready(&looks.slot);
    let status = if view.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let verbose =
        query.is_some_and(|q| q.split('&').any(|p| p.split('=').next() == Some("verbose")));
    if verbose {
        view.failing_recipients = failing(&looks.delivering);
        view.clocks = clocks(&looks.standings);
        view.recount = recount(&looks.recounts);
        let kind = [(header::CONTENT_TYPE, "application/json")];
        let body = serde_json::to_vec(&view).unwrap_or_default();
        return (status, kind, body).into_response();
    }
    let word = match (view.ready, view.problem) {
        (true, _) => "ready\n".to_owned(),
        (false, Some(problem)) if view.clock_back.is_some() => format!("not ready: {problem}\n"),
        (false, _) => "not ready\n".to_owned(),
    };
    (status, word).into_response()
}

async fn metrics_text(State(looks): State<Looks>) -> Response {
    if let Some(delivery) = looks.delivering.get() {
        delivery.measure();
    }
    if let Some(intake) = looks.slot.get() {
        let position = intake.tools().ledger.watch().borrow().0;
        #[allow(
            clippy::cast_precision_loss,
            clippy::as_conversions,
            reason = "a gauge is a float; it is exact up to 2^53 records"
        )]
        metrics::gauge!(telemetry::names::POSITION).set(position as f64);
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, telemetry::render_metrics()).into_response()
}
