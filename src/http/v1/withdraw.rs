//! `POST /v1/documents/{id}/recall` and `…/take-back`: a sender withdraws a document, from some of its
//! recipients or from all.

use super::answers::{body_of, words};
use super::views;
use crate::client::wire::{WithdrawRequest, WithdrawView, WithdrawnView};
use crate::http::context::{Caller, Gateway};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::text::Args;
use crate::intake::{MAX_REASON, Note, Withdraw, Withdrawn};
use crate::model::UnitCode;
use crate::relay::DocumentState;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// As many as a document has.
const MAX_RECIPIENTS: usize = crate::format::envelope::MAX_RECIPIENTS;

pub(super) async fn recall(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    withdraw(&gateway, &caller, &id, body, true).await
}

pub(super) async fn take_back(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    withdraw(&gateway, &caller, &id, body, false).await
}

async fn withdraw(
    gateway: &Arc<Gateway>,
    caller: &Caller,
    id: &str,
    body: Body,
    recall: bool,
) -> Result<Response, Problem> {
    let document = views::id(id)?;
    let request: WithdrawRequest = body_of(gateway, body).await?;
    let reason = words("/reason", request.reason, MAX_REASON)?;
    let recipients = recipients(request.recipients.as_deref())?;
    let state = views::visible(gateway, document, &caller.unit)?;
    // A recipient sees the document, and may not withdraw it.
    if state.offered.sender != caller.unit {
        return Err(ProblemCode::NotFound.into());
    }
    let recipients = standing(&state, recipients);
    let note = Note {
        reason,
        staff: None,
    };
    let Some(note) = note.to_bytes() else {
        let problem = Problem::new(ProblemCode::ReasonRequired);
        return Err(problem.at("/reason", "field-empty", Args::new()));
    };
    let asked = Withdraw {
        document,
        recall,
        recipients,
        reason: note,
    };
    let done = gateway.intake.withdraw(asked).await?;
    Ok(views::json(StatusCode::OK, &view(&done)))
}

/// None: all of them. A list of none is a mistake, and never taken for that.
fn recipients(given: Option<&[String]>) -> Result<Vec<UnitCode>, Problem> {
    let Some(given) = given else {
        return Ok(Vec::new());
    };
    if given.is_empty() {
        let problem = Problem::new(ProblemCode::BodyInvalid);
        return Err(problem.at("/recipients", "field-recipients-none", Args::new()));
    }
    if given.len() > MAX_RECIPIENTS {
        let args = vec![("max", MAX_RECIPIENTS.to_string())];
        let problem = Problem::new(ProblemCode::BodyInvalid);
        return Err(problem.at("/recipients", "field-too-long", args));
    }
    let code = |(i, text): (usize, &String)| {
        UnitCode::parse(text.trim()).ok_or_else(|| {
            let args = vec![("value", super::lists::shown(text))];
            let pointer = format!("/recipients/{i}");
            Problem::new(ProblemCode::BodyInvalid).at(pointer, "field-invalid", args)
        })
    };
    given.iter().enumerate().map(code).collect()
}

/// The recipients, each once; one may be named by the code that its envelope has, which ended.
fn standing(state: &DocumentState, named: Vec<UnitCode>) -> Vec<UnitCode> {
    let mut out = Vec::with_capacity(named.len());
    for unit in named {
        let unit = state.offered.stands_for(&unit).cloned().unwrap_or(unit);
        if !out.contains(&unit) {
            out.push(unit);
        }
    }
    out
}

fn view(done: &Withdrawn) -> WithdrawView {
    let one = |(unit, entry, receipt): &(UnitCode, _, _)| {
        let delivery = done.state.delivery(unit);
        let state = delivery.map(|d| d.standing.name().to_owned());
        WithdrawnView {
            unit: unit.to_string(),
            state: state.unwrap_or_default(),
            receipt: views::receipt(entry, receipt),
        }
    };
    WithdrawView {
        id: done.state.id().to_string(),
        recipients: done.moved.iter().map(one).collect(),
        repeated: done.repeated,
    }
}
