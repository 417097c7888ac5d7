//! Administration of periods: closing, correcting, showing, and the events for outsiders.

use super::admin::Office;
use super::problem::{Problem, ProblemCode};
use super::v1;
use crate::client::periods::{ClosedView, CorrectRequest, StatementView};
use crate::client::wire::ListView;
use crate::intake::{CloseError, Closed, Intake, MAX_REASON, read_statement};
use crate::model::{Period, Position};
use crate::store::{LogStatement, exported};
use crate::upkeep;
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Statements on one page: a year of days.
pub(super) const PAGE: usize = 366;
/// Pieces of an export under way: whoever reads slowly holds the reading of the log up, not its memory.
const PIECES: usize = 16;
/// Records are sent in pieces of about so many bytes.
const PIECE: usize = 64 * 1024;

/// The routes.
pub(super) fn routes() -> Router<Office> {
    Router::new()
        .route("/admin/periods", get(list))
        .route("/admin/periods/{period}", get(show))
        .route("/admin/periods/{period}/close", post(close))
        .route("/admin/periods/{period}/correct", post(correct))
        .route("/admin/events", get(events))
}

/// A period of the path.
pub(super) fn period(text: &str) -> Result<Period, Problem> {
    Period::parse(text).ok_or_else(|| {
        let args = vec![("value", v1::shown(text))];
        Problem::new(ProblemCode::QueryInvalid).at("period", "field-invalid", args)
    })
}

async fn close(
    State(office): State<Office>,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    closed(office.intake.close_period(period(&text)?).await?)
}

async fn correct(
    State(office): State<Office>,
    Path(text): Path<String>,
    request: Result<Json<CorrectRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(request) = request.map_err(|e| {
        let args = vec![("problem", e.body_text())];
        Problem::new(ProblemCode::BodyInvalid).at("", "field-shape", args)
    })?;
    let period = period(&text)?;
    closed(
        office
            .intake
            .correct_period(period, &request.reason)
            .await?,
    )
}

fn closed(done: Closed) -> Result<Response, Problem> {
    if !done.repeated {
        let closed = &done.record.closed;
        tracing::info!(
            period = %closed.period, number = closed.number, counted = %closed.position,
            "a statement was signed"
        );
    }
    let view = ClosedView {
        statement: upkeep::statement_view(&done.record),
        repeated: done.repeated,
    };
    Ok(v1::json(StatusCode::OK, &view))
}

impl From<CloseError> for Problem {
    fn from(error: CloseError) -> Self {
        let of = |code: ProblemCode, period: Period| {
            let args = vec![("value", period.to_string())];
            Self::new(code).at("period", "field-period", args)
        };
        match error {
            CloseError::Running { period, until } => {
                let args = vec![
                    ("value", period.to_string()),
                    ("until", crate::lang::report::moment(until)),
                ];
                Self::new(ProblemCode::PeriodRunning).at("period", "field-period-until", args)
            }
            CloseError::Open(period) => of(ProblemCode::PeriodOpen, period),
            CloseError::Same(period) => of(ProblemCode::NothingToCorrect, period),
            CloseError::Reason => Self::new(ProblemCode::BodyInvalid).at(
                "/reason",
                "field-too-long",
                vec![("max", MAX_REASON.to_string())],
            ),
            CloseError::Busy => ProblemCode::Moved.into(),
            CloseError::TooLarge => ProblemCode::TooLarge.into(),
            CloseError::Kept(problem) => {
                tracing::error!(%problem, "a statement on record cannot be read");
                ProblemCode::Internal.into()
            }
            CloseError::Commit(e) => e.into(),
            CloseError::Read(e) => e.into(),
            CloseError::Vault(e) => e.into(),
            CloseError::Seal(error) => {
                tracing::error!(%error, "a statement was not signed; the period is not closed");
                ProblemCode::Internal.into()
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// Statements behind the record at this place.
    after: Option<u64>,
}

async fn list(
    State(office): State<Office>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    Ok(v1::json(StatusCode::OK, &listed(&office.intake, &query)?))
}

/// One page of statements, oldest first.
pub(super) fn listed(
    intake: &Intake,
    query: &ListQuery,
) -> Result<ListView<StatementView>, Problem> {
    let after = Position(query.after.unwrap_or(0));
    let ledger = &intake.tools().ledger;
    let mut found = ledger.statements(after, PAGE.saturating_add(1))?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found
        .last()
        .filter(|_| more)
        .map(|s| s.position.to_string());
    let items = found.iter().map(upkeep::statement_view).collect();
    Ok(ListView { items, next })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShowQuery {
    /// Which statement of the period; absent: the last.
    number: Option<u32>,
}

async fn show(
    State(office): State<Office>,
    Path(text): Path<String>,
    Query(query): Query<ShowQuery>,
) -> Result<Response, Problem> {
    statement(office.intake, text, query).await
}

/// A statement: what it says, or with `.p7m` behind the period as it was signed. A large one is read from the disk, so
/// it runs beside the requests.
pub(super) async fn statement(
    intake: Arc<Intake>,
    text: String,
    query: ShowQuery,
) -> Result<Response, Problem> {
    let signed = text.strip_suffix(".p7m");
    let period = period(signed.unwrap_or(&text))?;
    let found = intake.tools().ledger.statement(period, query.number)?;
    let record = found.ok_or(ProblemCode::NotFound)?;
    let as_signed = signed.is_some();
    let work = move || shown(&intake, &record, as_signed);
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ProblemCode::Internal)?
}

fn shown(intake: &Intake, record: &LogStatement, signed: bool) -> Result<Response, Problem> {
    let (der, statement) = read_statement(&*intake.tools().vault, record)?;
    if signed {
        let name = format!(
            "attachment; filename=\"{}-{}.p7m\"",
            record.closed.period, record.closed.number
        );
        let fields = [
            (header::CONTENT_TYPE, "application/pkcs7-mime".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ];
        return Ok((fields, der).into_response());
    }
    let view = upkeep::statement_content(&*intake.tools().ledger, record, &statement)?;
    Ok(v1::json(StatusCode::OK, &view))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsQuery {
    /// The last record; absent: the last one there is.
    until: Option<u64>,
}

/// The events for outsiders, as they are read. Where that fails the body ends early, which its first line tells.
async fn events(
    State(office): State<Office>,
    Query(query): Query<EventsQuery>,
) -> Result<Response, Problem> {
    let head = office.intake.tools().ledger.head()?.0;
    let until = query.until.map_or(head, Position);
    if until > head {
        return Err(ProblemCode::NotFound.into());
    }
    let (sender, receiver) = mpsc::channel::<Bytes>(PIECES);
    tokio::task::spawn_blocking(move || {
        let tools = office.intake.tools();
        let mut piece = Vec::with_capacity(PIECE);
        let done = exported::write(&*tools.ledger, &tools.gateway, until, &mut |line| {
            piece.extend(line);
            if piece.len() >= PIECE {
                // Who asked went away: what is read on is thrown away.
                let _ = sender.blocking_send(Bytes::from(std::mem::take(&mut piece)));
            }
        });
        let _ = sender.blocking_send(Bytes::from(piece));
        if let Err(problem) = done {
            tracing::error!(%problem, "the events were not read to their end");
        }
    });
    let pieces = stream::unfold(receiver, |mut receiver| async {
        let piece = receiver.recv().await?;
        Some((Ok::<_, io::Error>(piece), receiver))
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(pieces)).into_response())
}
