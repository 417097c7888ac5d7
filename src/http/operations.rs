//! The operations listener: is it alive, is it ready, and the metrics. No document and no name; a
//! unit only where it cannot be delivered to, or is late.

use crate::delivery::Delivery;
use crate::intake::Intake;
use crate::store::Readiness;
use crate::telemetry;
use crate::upkeep::{Standings, Stuck};
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
}

/// The routes.
pub fn router(slot: Slot, delivering: Delivering, standings: Standings) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics_text))
        .with_state(Looks {
            slot,
            delivering,
            standings,
        })
}

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
    /// What the last look for stuck documents found; `null` before the first.
    clocks: Option<Clocks>,
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
        clocks: None,
    };
    let Some(intake) = slot.get() else {
        return view;
    };
    view.position = intake.tools().ledger.watch().borrow().0;
    view.rules = Some(intake.rules().digest.to_hex());
    match intake.tools().ledger.readiness() {
        Readiness::Ready => {
            view.ready = true;
            view.store = "ready";
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
        let kind = [(header::CONTENT_TYPE, "application/json")];
        let body = serde_json::to_vec(&view).unwrap_or_default();
        return (status, kind, body).into_response();
    }
    let word = if view.ready { "ready\n" } else { "not ready\n" };
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
