//! `/v1/dossiers`: the counter hands dossiers in, asks what lacks, and says what becomes of them. The agency is the
//! caller's unit; dossiers of others are not there.

use super::answers::{MAX_STAFF, body_of, words};
use super::dossier_views::{done, row, state_view};
use super::evidence::next;
use super::lists::{Asking, asked, limit, shown};
use super::sending::with_fields;
use super::submit::{file as part_of, idempotency_key, mismatch, stated_digest};
use super::views;
use crate::client::dossier::{DossierView, answer_view};
use crate::client::dossier_figures::{DossierFiguresQuery, DossierRowsQuery};
use crate::client::dossiers::{AskedItem, DossierMoveRequest, DossierRow, DossiersQuery};
use crate::client::wire::{ListView, ReceiptView};
use crate::dossier::life::DossierState;
use crate::dossier::{Clock, Ground};
use crate::http::context::{Caller, Gateway};
use crate::http::dossier_figures;
use crate::http::multipart::{Incoming, Parts};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::text::Args;
use crate::intake::{Act, DossierError, DossierMoved, DossierOffer, Intake, MAX_REASON, Note};
use crate::model::dossier::{
    DossierItem, DossierMove, DossierNumber, DossierProblem, DossierStatus,
};
use crate::model::event::PlainName;
use crate::model::{Digest, LocalDay, Timestamp, UnitCode};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use std::sync::Arc;

/// What is said of a dossier: 500 components and an applicant fit in a quarter.
const MAX_SAID: usize = 512 * 1024;
/// Rows of the register looked at for one page where only some of them are wanted; the next page goes on behind.
const MAX_LOOKED: usize = 2_000;

pub(super) async fn take_in(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let offer = read(&gateway, &caller, &headers, body).await?;
    caller.still(&gateway)?;
    let outcome = gateway
        .intake
        .take_in(DossierOffer { key, ..offer })
        .await?;
    let status = match outcome.state.timeline.first().map(|entry| entry.status) {
        Some(DossierStatus::TakenIn) => StatusCode::CREATED,
        Some(DossierStatus::Refused) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::ACCEPTED,
    };
    let location = format!("/v1/dossiers/{}", outcome.state.number);
    let view = done(&gateway.intake, &outcome)?;
    let mut response = views::json(status, &view);
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

pub(super) async fn check(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let offer = read(&gateway, &caller, &headers, body).await?;
    caller.still(&gateway)?;
    let components = offer.view.components.clone();
    let (procedure, settled) = gateway.intake.check_dossier(offer).await?;
    let view = answer_view(&procedure, settled.day, &components, &settled.answer);
    Ok(views::json(StatusCode::OK, &view))
}

pub(super) async fn complete(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let own = own(&gateway, &caller.unit, &id)?;
    let offer = read(&gateway, &caller, &headers, body).await?;
    caller.still(&gateway)?;
    let outcome = gateway.intake.complete_dossier(own.dossier, offer).await?;
    Ok(views::json(
        StatusCode::OK,
        &done(&gateway.intake, &outcome)?,
    ))
}

/// What is said first, then the files of the components that name one, in their order.
async fn read(
    gateway: &Gateway,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<DossierOffer, Problem> {
    let received = gateway.intake.tools().clock.now();
    let mut parts = Parts::new(headers, Incoming::new(body, gateway.upload_idle))?;
    let first = || Problem::new(ProblemCode::DossierInvalid);
    let head = parts.part().await?.ok_or_else(first)?;
    if head.name != "dossier" {
        let args = vec![("name", head.name.clone())];
        return Err(first().at(head.name, "field-dossier-first", args));
    }
    let said = parts.whole(MAX_SAID).await?;
    let stated = stated_digest(&head, "dossier")?;
    if stated.is_some_and(|stated| stated != Digest::of(&said)) {
        return Err(mismatch("dossier"));
    }
    let view = DossierView::parse(&said).map_err(DossierError::Misshapen)?;
    let named = view.components.iter().filter(|own| own.file.is_some());
    let named = named.count();
    let mut files = Vec::with_capacity(named);
    for index in 0..named {
        files.push(part_of(gateway, &mut parts, index).await?);
    }
    if let Some(extra) = parts.part().await? {
        let args = vec![("count", named.to_string())];
        let problem = Problem::new(ProblemCode::PartUnexpected);
        return Err(problem.at(extra.name, "field-part-extra", args));
    }
    Ok(DossierOffer {
        agency: caller.unit.clone(),
        view,
        files,
        key: None,
        received,
    })
}

/// The caller's dossier of that name; others are not there.
pub(super) fn own(
    gateway: &Gateway,
    agency: &UnitCode,
    name: &str,
) -> Result<DossierState, Problem> {
    let id = gateway.intake.dossier_named(name)?;
    Ok(gateway.intake.own_dossier(id, agency)?)
}

pub(super) async fn one(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let state = own(&gateway, &caller.unit, &id)?;
    let view = state_view(&gateway.intake, &state)?;
    Ok(views::json(StatusCode::OK, &view))
}

pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    query: Asking<DossiersQuery>,
) -> Result<Response, Problem> {
    let query = asked(query)?;
    let invalid = |name: &'static str, text: &str| {
        let args = vec![("value", shown(text))];
        Problem::new(ProblemCode::QueryInvalid).at(name, "field-invalid", args)
    };
    let after = query.after.as_deref().map(|text| {
        let number = DossierNumber::parse(text);
        number.ok_or_else(|| invalid("after", text))
    });
    let mut after = after.transpose()?;
    let status = query.status.as_deref().map(|text| {
        let found = DossierStatus::from_name(text);
        found.ok_or_else(|| invalid("status", text))
    });
    let status = status.transpose()?;
    let late = match query.late.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => return Err(invalid("late", other)),
    };
    let limit = limit(query.limit.as_deref())?;
    let (intake, now) = (&gateway.intake, gateway.intake.tools().clock.now());
    let ledger = &intake.tools().ledger;
    let mut items: Vec<DossierRow> = Vec::new();
    let (mut looked, mut next) = (0usize, None);
    while items.len() < limit && looked < MAX_LOOKED {
        let page = ledger.dossiers(&caller.unit, after.as_ref(), limit.saturating_add(1))?;
        let last = page.len() <= limit;
        for state in page.into_iter().take(limit) {
            if items.len() >= limit {
                break;
            }
            looked = looked.saturating_add(1);
            after = Some(state.number.clone());
            let wanted = status.is_none_or(|status| state.status == status)
                && (!late || state.late_since(now).is_some());
            if wanted {
                items.push(row(&state, now));
            }
        }
        next = after.clone();
        if last {
            next = None;
            let more = ledger.dossiers(&caller.unit, after.as_ref(), 1)?;
            if !more.is_empty() {
                next.clone_from(&after);
            }
            break;
        }
    }
    let next = next.map(|number| number.to_string());
    Ok(views::json(StatusCode::OK, &ListView { items, next }))
}

/// The unit's own figures; those of others are none of its business.
fn own_unit(caller: &Caller, unit: Option<&str>) -> Result<Option<String>, Problem> {
    let own = caller.unit.as_str();
    if unit.is_some_and(|unit| unit != own) {
        return Err(ProblemCode::NotFound.into());
    }
    Ok(Some(own.to_owned()))
}

pub(super) async fn figures(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    query: Asking<DossierFiguresQuery>,
) -> Result<Response, Problem> {
    let query = asked(query)?;
    let unit = own_unit(&caller, query.unit.as_deref())?;
    let query = DossierFiguresQuery { unit, ..query };
    let work = move |intake: &Intake| dossier_figures::figures(intake, &query);
    let view = dossier_figures::beside(Arc::clone(&gateway.intake), work).await?;
    Ok(views::json(StatusCode::OK, &view))
}

pub(super) async fn behind(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    query: Asking<DossierRowsQuery>,
) -> Result<Response, Problem> {
    let query = asked(query)?;
    let unit = own_unit(&caller, query.unit.as_deref())?;
    let query = DossierRowsQuery { unit, ..query };
    let work = move |intake: &Intake| dossier_figures::behind(intake, &query);
    let view = dossier_figures::beside(Arc::clone(&gateway.intake), work).await?;
    Ok(views::json(StatusCode::OK, &view))
}

pub(super) async fn slips(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let state = own(&gateway, &caller.unit, &id)?;
    let mut items: Vec<ReceiptView> = Vec::with_capacity(state.timeline.len());
    for entry in &state.timeline {
        let slip = gateway.intake.slip(&state, entry)?;
        items.push(super::dossier_views::slip(entry, &slip));
    }
    let list = ListView { items, next: None };
    Ok(views::json(StatusCode::OK, &list))
}

/// A file by the place of its component, from 1.
pub(super) async fn file(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path((id, n)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let state = own(&gateway, &caller.unit, &id)?;
    let place = n.parse::<u16>().ok().and_then(|n| n.checked_sub(1));
    let place = place.ok_or(ProblemCode::NotFound)?;
    let kept = state.presented().ok_or(ProblemCode::NotFound)?;
    let file = kept.files.iter().find(|file| file.offered == place);
    let file = *file.ok_or(ProblemCode::NotFound)?;
    if state.is_erased(&file.digest) {
        return Err(ProblemCode::Erased.into());
    }
    let content = gateway.intake.tools().vault.open(&file.digest)?;
    let content = content.ok_or(ProblemCode::Gone)?;
    let sending = (content, 0, file.size);
    let body = Body::from_stream(stream::unfold(sending, next));
    let fields = [
        (header::CONTENT_LENGTH, file.size.to_string()),
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, "attachment".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "sandbox".to_owned()),
        (
            header::HeaderName::from_static("content-digest"),
            views::content_digest(&file.digest),
        ),
    ];
    Ok(with_fields(body.into_response(), fields))
}

pub(super) async fn act(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let request: DossierMoveRequest = body_of(&gateway, body).await?;
    let state = own(&gateway, &caller.unit, &id)?;
    let what = DossierMove::from_name(&request.what).ok_or_else(|| {
        let args = vec![("value", shown(&request.what))];
        Problem::new(ProblemCode::BodyInvalid).at("/move", "field-invalid", args)
    })?;
    let act = match what {
        DossierMove::AskSupplement => Act::Ask {
            items: items(&gateway, &state, &request.items)?,
            ground: words("/ground", request.ground, MAX_REASON)?,
        },
        DossierMove::Reschedule => {
            let day = request.due.as_deref().and_then(LocalDay::parse);
            let day = day.ok_or_else(|| {
                let value = shown(request.due.as_deref().unwrap_or_default());
                let args = vec![("value", value)];
                Problem::new(ProblemCode::BodyInvalid).at("/due", "field-invalid", args)
            })?;
            Act::Reschedule(rescheduled(&gateway, &state, day)?)
        }
        DossierMove::TakeIn
        | DossierMove::Refuse
        | DossierMove::Complete
        | DossierMove::Process
        | DossierMove::AskFee
        | DossierMove::Pay
        | DossierMove::Stop
        | DossierMove::Withdraw
        | DossierMove::Finish
        | DossierMove::Return => Act::Plain(what),
    };
    let moved = DossierMoved {
        agency: caller.unit,
        act,
        note: Note {
            reason: words("/reason", request.reason, MAX_REASON)?,
            staff: words("/staff", request.staff, MAX_STAFF)?,
        },
    };
    let outcome = gateway.intake.move_dossier(state.dossier, &moved).await?;
    Ok(views::json(
        StatusCode::OK,
        &done(&gateway.intake, &outcome)?,
    ))
}

/// The end of the counter's day: another appointment is on a working day, if the rules allow one at all.
fn rescheduled(
    gateway: &Gateway,
    state: &DossierState,
    day: LocalDay,
) -> Result<Timestamp, Problem> {
    let rules = gateway.intake.rules();
    let came = state.received().local_day();
    let say = |clock: &Clock<'_>| (clock.may_extend(0), clock.closes(day));
    let (may, closes) = gateway.intake.by_clock(came, &rules.calendar, say)?;
    if !may {
        return Err(ProblemCode::RescheduledBefore.into());
    }
    closes.ok_or_else(|| {
        let args = vec![("value", day.to_string())];
        Problem::new(ProblemCode::BodyInvalid).at("/due", "field-invalid", args)
    })
}

/// What an officer asks for: components of the published list that this case asks for, and nothing beyond (NĐ
/// 61/2018/NĐ-CP Điều 5 khoản 1 điểm đ; NĐ 224/2026/NĐ-CP Điều 18 khoản 4).
fn items(
    gateway: &Gateway,
    state: &DossierState,
    asked: &[AskedItem],
) -> Result<Vec<DossierItem>, Problem> {
    let intake = &gateway.intake;
    let procedure = intake.pinned(state, intake.tools().clock.now())?;
    let facts = intake.dossier_words(state)?.map(|words| words.facts());
    let mut items = Vec::with_capacity(asked.len());
    for (place, one) in asked.iter().enumerate() {
        let component = procedure.component(&one.component);
        let beyond = component.is_none_or(|component| {
            let facts = facts.as_ref();
            let asks = facts.and_then(|facts| procedure.asks(component, facts));
            component.in_database.is_some() || asks == Some(false)
        });
        if beyond {
            let args = vec![("value", shown(&one.component))];
            let problem = Problem::new(ProblemCode::BeyondTheList);
            let pointer = format!("/items/{place}/component");
            return Err(problem.at(pointer, "field-beyond-the-list", args));
        }
        let problem = match one.problem.as_deref() {
            None => Some(DossierProblem::Missing),
            Some(name) => DossierProblem::from_name(name).filter(|p| !p.is_surplus()),
        };
        let problem = problem.ok_or_else(|| {
            let args: Args = vec![("value", shown(one.problem.as_deref().unwrap_or_default()))];
            let pointer = format!("/items/{place}/problem");
            Problem::new(ProblemCode::BodyInvalid).at(pointer, "field-invalid", args)
        })?;
        items.push(DossierItem {
            problem,
            component: PlainName::parse(&one.component),
            offered: None,
            fact: None,
            verdict: None,
            ground: Ground::PublishedList,
        });
    }
    Ok(items)
}
