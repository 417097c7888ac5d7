//! `GET /admin/clock`: the clock beside the last event. `POST /admin/clock/confirm`: one that went back is right.

use super::admin::Office;
use super::problem::{Problem, ProblemCode};
use super::text::Args;
use super::v1;
use crate::client::clock::{ClockConfirmedView, ClockRequest, ClockView};
use crate::intake::{ConfirmError, Confirmation, MAX_REASON, confirm_clock};
use crate::model::Timestamp;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::Response;

pub(super) async fn clock(State(office): State<Office>) -> Result<Response, Problem> {
    let tools = office.intake.tools();
    let view = match tools.ledger.clock_back()? {
        Some(back) => ClockView::of(back.last, back.now, true),
        None => ClockView::of(tools.ledger.last_at()?, tools.clock.now(), false),
    };
    Ok(v1::json(StatusCode::OK, &view))
}

pub(super) async fn confirm(
    State(office): State<Office>,
    request: Result<Json<ClockRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(request) = request.map_err(|e| {
        let args = vec![("problem", e.body_text())];
        Problem::new(ProblemCode::BodyInvalid).at("", "field-shape", args)
    })?;
    let last = Timestamp::parse(&request.last_event).ok_or_else(|| {
        let args = vec![("value", request.last_event.clone())];
        Problem::new(ProblemCode::BodyInvalid).at("/last_event", "field-invalid", args)
    })?;
    let reason = v1::words("/reason", Some(request.reason), MAX_REASON)?;
    let reason = reason.ok_or_else(|| {
        let problem = Problem::new(ProblemCode::BodyInvalid);
        problem.at("/reason", "field-empty", Args::new())
    })?;
    let said = Confirmation {
        last,
        reason,
        staff: v1::words("/staff", request.staff, MAX_REASON)?,
    };
    let tools = office.intake.tools();
    let done = confirm_clock(&*tools.ledger, &*tools.vault, &said).await?;
    tracing::warn!(
        clock = %done.clock, last_event = %done.last,
        "the clock was confirmed: event time stands still until it has come as far"
    );
    let view = ClockConfirmedView {
        position: done.position.0,
        last_event: done.last.to_string(),
        clock: done.clock.to_string(),
    };
    Ok(v1::json(StatusCode::OK, &view))
}

impl From<ConfirmError> for Problem {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::Reason => Self::new(ProblemCode::BodyInvalid).at(
                "/reason",
                "field-too-long",
                vec![("max", MAX_REASON.to_string())],
            ),
            ConfirmError::Moved => ProblemCode::Moved.into(),
            ConfirmError::Commit(e) => e.into(),
            ConfirmError::Read(e) => e.into(),
        }
    }
}
