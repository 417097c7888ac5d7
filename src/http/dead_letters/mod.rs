//! The dead-letter desk: what could not be delivered, why, and what the administrator does about it.
//!
//! The handlers stand over the administrator's socket; the same functions serve the command line while no
//! daemon runs. What is shown is metadata: neither subjects nor files.

mod view;

use super::admin::Office;
use super::context::Asked;
use super::problem::{Problem, ProblemCode};
use super::text::Args;
use super::v1::{self, Asking};
use crate::client::dead_letters::{
    DeadLetterActed, DeadLetterRef, DeadLettersActed, DeadLettersRequest, DeadLettersView,
    MOST_AT_ONCE,
};
use crate::intake::{DeskAct, DeskMove, Intake, MAX_REASON, MoveError, Note};
use crate::model::{DocumentId, Language, Position, UnitCode};
use crate::relay::Clocks;
use crate::relay::dead_letter::is_dead;
use crate::relay::{Desk, DocumentState, Impossible};
use axum::Json;
use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use serde::Deserialize;
use std::collections::BTreeSet;
use view::Shown;

/// Documents looked at for one page of one unit: with a cursor behind them, so that a page costs the same
/// however few are of that unit.
const MOST_LOOKED_AT: usize = 2_000;
/// Acts of one request: a document may be dead at each of its recipients.
const MOST_ACTS: usize = crate::format::envelope::MAX_RECIPIENTS;

/// The routes.
pub(super) fn routes() -> Router<Office> {
    Router::new()
        .route("/admin/dead-letters", get(listed))
        .route("/admin/dead-letters/{id}", get(shown))
        .route("/admin/dead-letters/replay", post(replayed))
        .route("/admin/dead-letters/give-up", post(given_up))
}

async fn listed(
    State(office): State<Office>,
    Asked(language): Asked,
    query: Asking<DeskQuery>,
) -> Result<Response, Problem> {
    let view = list(&office.intake, &office.clocks, language, &v1::asked(query)?)?;
    Ok(v1::json(StatusCode::OK, &view))
}

async fn shown(
    State(office): State<Office>,
    Asked(language): Asked,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = DocumentId::parse(&id).ok_or(ProblemCode::NotFound)?;
    let view = show(&office.intake, &office.clocks, language, id)?;
    Ok(v1::json(StatusCode::OK, &view))
}

async fn replayed(
    State(office): State<Office>,
    Asked(language): Asked,
    request: Result<Json<DeadLettersRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    acted(&office, language, DeskMove::Replay, request).await
}

async fn given_up(
    State(office): State<Office>,
    Asked(language): Asked,
    request: Result<Json<DeadLettersRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    acted(&office, language, DeskMove::GiveUp, request).await
}

async fn acted(
    office: &Office,
    language: Language,
    what: DeskMove,
    request: Result<Json<DeadLettersRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(request) = request.map_err(|e| {
        let args = vec![("problem", e.body_text())];
        Problem::new(ProblemCode::BodyInvalid).at("", "field-shape", args)
    })?;
    let view = act(&office.intake, language, what, &request).await?;
    Ok(v1::json(StatusCode::OK, &view))
}

/// Which page of the desk.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeskQuery {
    /// Of one recipient; absent: of all.
    pub unit: Option<String>,
    /// The cursor.
    pub after: Option<String>,
    /// The most rows; a document that is dead at several recipients stands on one page.
    pub limit: Option<String>,
}

/// One page of the desk.
///
/// # Errors
/// A problem of the query or of the store.
pub fn list(
    intake: &Intake,
    clocks: &Clocks,
    language: Language,
    query: &DeskQuery,
) -> Result<DeadLettersView, Problem> {
    let unit = query.unit.as_deref().map(|text| unit_code("unit", text));
    let unit = unit.transpose()?;
    let mut after = v1::cursor(query.after.as_deref())?;
    let limit = v1::limit(query.limit.as_deref())?;
    let ledger = &intake.tools().ledger;
    let rules = intake.rules();
    let by = Shown {
        language,
        registry: &rules.registry,
        clocks,
        now: intake.tools().clock.now(),
    };
    let (mut items, mut looked_at) = (Vec::new(), 0usize);
    let mut next = None;
    while items.len() < limit && looked_at < MOST_LOOKED_AT {
        let page = ledger.desk(Desk::Dead, after, limit)?;
        for (position, id) in &page.items {
            after = *position;
            looked_at = looked_at.saturating_add(1);
            if let Some(state) = ledger.document(*id)? {
                let of = |recipient: &UnitCode| unit.as_ref().is_none_or(|u| u == recipient);
                items.extend(view::letters_of(&by, &state, of));
            }
            if items.len() >= limit {
                break;
            }
        }
        let more = page.next.is_some() || page.items.last().is_some_and(|(p, _)| *p > after);
        next = more.then_some(after);
        if !more {
            break;
        }
    }
    let next = next.map(|position: Position| position.to_string());
    Ok(DeadLettersView { items, next })
}

/// The dead letters of one document, with the attempts on record.
///
/// # Errors
/// A problem: no such document, or the store.
pub fn show(
    intake: &Intake,
    clocks: &Clocks,
    language: Language,
    id: DocumentId,
) -> Result<DeadLettersView, Problem> {
    let state = intake.state(id)?;
    let by = Shown {
        language,
        registry: &intake.rules().registry,
        clocks,
        now: intake.tools().clock.now(),
    };
    let items = view::whole(&by, &state);
    if items.is_empty() {
        return Err(ProblemCode::NotDead.into());
    }
    Ok(DeadLettersView { items, next: None })
}

/// Sends dead letters again, or gives them up: each by itself, and what could not be done stands in its
/// row.
///
/// # Errors
/// A problem of the request as a whole; nothing was done then.
pub async fn act(
    intake: &Intake,
    language: Language,
    what: DeskMove,
    request: &DeadLettersRequest,
) -> Result<DeadLettersActed, Problem> {
    let note = note(what, request)?;
    let asked = asked_for(intake, &request.items)?;
    let mut items = Vec::with_capacity(asked.len());
    for (document, recipient) in asked {
        let act = DeskAct {
            document,
            recipient: recipient.clone(),
            what,
            note: note.clone(),
        };
        let done = one(intake, act).await;
        rows(language, document, recipient.as_ref(), done, &mut items);
    }
    Ok(DeadLettersActed { items })
}

type Done = Result<crate::intake::DeskActed, Problem>;

async fn one(intake: &Intake, act: DeskAct) -> Done {
    if act.what == DeskMove::Replay
        && let Some(unit) = &act.recipient
        && intake.rules().registry.unit(unit).is_none()
    {
        // It would lie in an inbox that nobody opens until its clock ends it again.
        return Err(ProblemCode::RecipientUnknown.into());
    }
    let done = intake.act_on_dead_letters(act).await;
    done.map_err(|error| {
        let why = match &error {
            MoveError::Impossible(why) => Some(why),
            MoveError::NotFound
            | MoveError::Commit(_)
            | MoveError::Read(_)
            | MoveError::Vault(_)
            | MoveError::Seal(_) => None,
        };
        match why {
            Some(Impossible::Move { .. } | Impossible::NotRelayed) => ProblemCode::NotDead.into(),
            Some(Impossible::TooOften(_)) => ProblemCode::ReplayedTooOften.into(),
            Some(Impossible::NotARecipient | Impossible::NotHeld | Impossible::Frozen) | None => {
                error.into()
            }
        }
    })
}

fn rows(
    language: Language,
    document: DocumentId,
    recipient: Option<&UnitCode>,
    done: Done,
    items: &mut Vec<DeadLetterActed>,
) {
    match done {
        Ok(done) => items.extend(done.moved.iter().map(|(unit, entry, receipt)| {
            let delivery = done.state.delivery(unit);
            DeadLetterActed {
                id: document.to_string(),
                recipient: Some(unit.to_string()),
                state: delivery.map(|d| d.standing.name().to_owned()),
                receipt: Some(v1::receipt(entry, receipt)),
                repeated: done.repeated,
                problem: None,
                message: None,
            }
        })),
        Err(problem) => {
            let said = problem.view(language, "");
            items.push(DeadLetterActed {
                id: document.to_string(),
                recipient: recipient.map(ToString::to_string),
                state: None,
                receipt: None,
                repeated: false,
                problem: Some(said.code),
                message: Some(format!("{}. {}", said.title, said.detail)),
            });
        }
    }
}

fn note(what: DeskMove, request: &DeadLettersRequest) -> Result<Option<Bytes>, Problem> {
    let reason = v1::words("/reason", request.reason.clone(), MAX_REASON)?;
    let staff = v1::words("/staff", request.staff.clone(), v1::MAX_STAFF)?;
    if what == DeskMove::GiveUp && reason.is_none() {
        let problem = Problem::new(ProblemCode::ReasonRequired);
        return Err(problem.at("/reason", "field-empty", Args::new()));
    }
    Ok(Note { reason, staff }.to_bytes())
}

/// Each dead letter that is asked for, once. Of a document without any that recipient is left open:
/// whoever acts finds out whether it was done before.
fn asked_for(
    intake: &Intake,
    items: &[DeadLetterRef],
) -> Result<Vec<(DocumentId, Option<UnitCode>)>, Problem> {
    let too_many = |max: usize| {
        let args = vec![("max", max.to_string())];
        Problem::new(ProblemCode::BodyInvalid).at("/items", "field-too-long", args)
    };
    if items.is_empty() {
        let problem = Problem::new(ProblemCode::BodyInvalid);
        return Err(problem.at("/items", "field-empty", Args::new()));
    }
    if items.len() > MOST_AT_ONCE {
        return Err(too_many(MOST_AT_ONCE));
    }
    let mut all = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let invalid = || {
            let args = vec![("value", v1::shown(&item.id))];
            let pointer = format!("/items/{i}/id");
            Problem::new(ProblemCode::BodyInvalid).at(pointer, "field-invalid", args)
        };
        let id = DocumentId::parse(item.id.trim()).ok_or_else(invalid)?;
        match &item.recipient {
            Some(text) => {
                let pointer = format!("/items/{i}/recipient");
                all.push((id, Some(unit_code(&pointer, text)?)));
            }
            None => {
                let state = intake.tools().ledger.document(id)?;
                let dead = state.as_ref().map(dead_at).unwrap_or_default();
                all.extend(dead.iter().map(|unit| (id, Some(unit.clone()))));
                if dead.is_empty() {
                    all.push((id, None));
                }
            }
        }
    }
    let mut seen = BTreeSet::new();
    all.retain(|one| seen.insert(one.clone()));
    if all.len() > MOST_ACTS {
        return Err(too_many(MOST_ACTS));
    }
    Ok(all)
}

fn dead_at(state: &DocumentState) -> Vec<UnitCode> {
    let all = state.deliveries.iter().filter(|d| is_dead(d));
    all.map(|d| d.recipient.clone()).collect()
}

fn unit_code(pointer: &str, text: &str) -> Result<UnitCode, Problem> {
    UnitCode::parse(text.trim()).ok_or_else(|| {
        let args = vec![("value", v1::shown(text))];
        let code = match pointer.starts_with('/') {
            true => ProblemCode::BodyInvalid,
            false => ProblemCode::QueryInvalid,
        };
        Problem::new(code).at(pointer, "field-invalid", args)
    })
}
