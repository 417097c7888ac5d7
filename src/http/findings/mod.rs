//! Findings: opened, closed with evidence, listed. Those who administer open and close them over the socket; a unit
//! reads its own in `/v1`. The same functions serve the command line while no daemon runs.

mod problems;
mod views;

pub use views::{list, overdue, show};

use super::admin::Office;
use super::problem::{Problem, ProblemCode};
use super::v1::{self, Asking};
use crate::client::findings::{
    CloseRequest, EvidenceFileRequest, FindingContentView, FindingView, FindingsQuery, OpenRequest,
    RemindedView,
};
use crate::intake::{
    ClosingDraft, EvidenceFile, FindingDraft, FindingTools, FindingWords, Found, Intake,
    MAX_FILE_BYTES,
};
use crate::model::event::{Evidence, FoundItem};
use crate::model::{
    CodeNotation, CodeNumber, Digest, DocumentId, DocumentKey, LocalDay, Period, Position, UnitCode,
};
use crate::store::ReadError;
use crate::upkeep::Reminded;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

/// The longest body of a closing: one file of the largest size in base64, or several smaller ones.
const MAX_CLOSING: usize = MAX_FILE_BYTES / 3 * 4 + (1 << 20);

/// The routes.
pub(super) fn routes() -> Router<Office> {
    Router::new()
        .route("/admin/findings", get(listed).post(opened))
        .route("/admin/findings/{id}", get(shown))
        .route(
            "/admin/findings/{id}/close",
            post(closed).layer(DefaultBodyLimit::max(MAX_CLOSING)),
        )
        .route("/admin/findings/{id}/remind", post(reminded))
}

async fn listed(
    State(office): State<Office>,
    query: Asking<FindingsQuery>,
) -> Result<Response, Problem> {
    let view = list(&office.intake, &v1::asked(query)?, None)?;
    Ok(v1::json(StatusCode::OK, &view))
}

async fn shown(State(office): State<Office>, Path(id): Path<String>) -> Result<Response, Problem> {
    let view = show(&office.intake, named(&id)?, None)?;
    Ok(v1::json(StatusCode::OK, &view))
}

async fn opened(
    State(office): State<Office>,
    request: Result<Json<OpenRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let view = open(&office.intake, &object(request)?).await?;
    tracing::info!(finding = %view.finding.id, unit = %view.finding.unit, "a finding was opened");
    Ok(v1::json(StatusCode::CREATED, &view))
}

async fn closed(
    State(office): State<Office>,
    Path(id): Path<String>,
    request: Result<Json<CloseRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let view = close(&office.intake, named(&id)?, &object(request)?).await?;
    tracing::info!(finding = %view.id, unit = %view.unit, "a finding was closed");
    Ok(v1::json(StatusCode::OK, &view))
}

async fn reminded(
    State(office): State<Office>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = named(&id)?;
    let done = office.reminders.remind(id).await?;
    Ok(v1::json(StatusCode::OK, &reminded_view(id, &done)))
}

/// A reminder that went out.
#[must_use]
pub fn reminded_view(id: DocumentId, done: &Reminded) -> RemindedView {
    RemindedView {
        id: id.to_string(),
        way: done.way.name().to_owned(),
        to: done.to.clone(),
    }
}

fn object<T>(request: Result<Json<T>, JsonRejection>) -> Result<T, Problem> {
    let object = request.map(|Json(request)| request);
    object.map_err(|e| {
        let args = vec![("problem", e.body_text())];
        Problem::new(ProblemCode::BodyInvalid).at("", "field-shape", args)
    })
}

/// A finding of the path.
pub(super) fn named(text: &str) -> Result<DocumentId, Problem> {
    DocumentId::parse(text).ok_or_else(|| ProblemCode::NotFound.into())
}

fn tools(intake: &Intake) -> FindingTools<'_> {
    let tools = intake.tools();
    FindingTools {
        ledger: &*tools.ledger,
        vault: &*tools.vault,
        now: tools.clock.now(),
    }
}

fn invalid(pointer: impl Into<String>, text: &str) -> Problem {
    let args = vec![("value", v1::shown(text))];
    Problem::new(ProblemCode::BodyInvalid).at(pointer, "field-invalid", args)
}

/// Opens a finding for the administrator.
///
/// # Errors
/// A problem of the request or of the store; nothing was written then.
pub async fn open(intake: &Intake, request: &OpenRequest) -> Result<FindingContentView, Problem> {
    let unit = UnitCode::parse(&request.unit);
    let known = unit.filter(|unit| intake.rules().registry.unit(unit).is_some());
    let unit = known.ok_or_else(|| invalid("/unit", &request.unit))?;
    let due = LocalDay::parse(&request.due).ok_or_else(|| invalid("/due", &request.due))?;
    let found = match &request.measure {
        None => Found::Items(items(intake, &unit, &request.documents)?),
        Some(_) if !request.documents.is_empty() => {
            let problem = Problem::new(ProblemCode::BodyInvalid);
            return Err(problem.at("/documents", "field-finding-both", Vec::new()));
        }
        Some(name) => Found::Figure {
            name: name.clone(),
            period: match request.period.as_deref() {
                None => Period::month_of(intake.tools().clock.now().local_day()),
                Some(text) => Period::parse(text).ok_or_else(|| invalid("/period", text))?,
            },
            missing: request.missing,
        },
    };
    let draft = FindingDraft {
        unit,
        found,
        words: FindingWords {
            wrong: request.wrong.clone(),
            remedy: request.remedy.clone(),
            owner: request.owner.clone(),
            staff: request.staff.clone(),
        },
        due,
        actor: None,
    };
    let finding = tools(intake).open(&draft).await?;
    show(intake, finding.finding, None)
}

/// Closes a finding for the administrator.
///
/// # Errors
/// A problem: no evidence, evidence that is not there, or of the store.
pub async fn close(
    intake: &Intake,
    id: DocumentId,
    request: &CloseRequest,
) -> Result<FindingView, Problem> {
    let evidence = request.evidence.iter().enumerate();
    let evidence = evidence.map(|(place, text)| {
        let found = proof(intake, text)?;
        found.ok_or_else(|| invalid(format!("/evidence/{place}"), text))
    });
    let evidence = evidence.collect::<Result<_, Problem>>()?;
    let files = request.files.iter().enumerate();
    let files = files.map(|(place, file)| contents(place, file));
    let draft = ClosingDraft {
        evidence,
        files: files.collect::<Result<_, Problem>>()?,
        said: request.said.clone(),
        staff: request.staff.clone(),
        actor: None,
    };
    let finding = tools(intake).close(id, &draft).await?;
    views::view(intake, &finding)
}

fn contents(place: usize, file: &EvidenceFileRequest) -> Result<EvidenceFile, Problem> {
    let bytes = STANDARD.decode(&file.content);
    let bytes = bytes.map_err(|_| invalid(format!("/files/{place}/content"), ""))?;
    Ok(EvidenceFile {
        name: file.name.clone(),
        bytes: Bytes::from(bytes),
    })
}

/// Documents as they are named: an identifier, `ID@RECIPIENT`, or `NUMBER/NOTATION/YEAR` of the unit.
fn items(
    intake: &Intake,
    unit: &UnitCode,
    documents: &[String],
) -> Result<Vec<FoundItem>, Problem> {
    let each = documents.iter().enumerate().map(|(place, text)| {
        let found = found_item(intake, unit, text)?;
        found.ok_or_else(|| invalid(format!("/documents/{place}"), text))
    });
    each.collect()
}

fn found_item(
    intake: &Intake,
    unit: &UnitCode,
    text: &str,
) -> Result<Option<FoundItem>, ReadError> {
    if let Some((id, recipient)) = text.split_once('@')
        && let Some(id) = DocumentId::parse(id)
    {
        let recipient = UnitCode::parse(recipient);
        return Ok(recipient.map(|unit| FoundItem::Delivery(id, unit)));
    }
    let Some(id) = DocumentId::parse(text) else {
        return Ok(key(unit, text).map(FoundItem::Key));
    };
    let document = intake.tools().ledger.document(id)?;
    Ok(Some(match document {
        Some(_) => FoundItem::Document(id),
        // Whether it is one of the unit's is asked when the finding is opened.
        None => FoundItem::Import(id),
    }))
}

/// `12/QĐ-UBND/2026`; a notation may have strokes of its own.
fn key(unit: &UnitCode, text: &str) -> Option<DocumentKey> {
    let (number, rest) = text.split_once('/')?;
    let (notation, year) = rest.rsplit_once('/')?;
    let day = LocalDay::new(year.parse().ok()?, 1, 1)?;
    let (number, notation) = (CodeNumber::parse(number)?, CodeNotation::parse(notation)?);
    Some(DocumentKey::new(unit.clone(), number, notation, day))
}

/// Evidence as it is named; `None`: that names nothing.
fn proof(intake: &Intake, text: &str) -> Result<Option<Evidence>, ReadError> {
    let evidence = match text.split_once(':') {
        Some(("receipt", at)) => at.parse().ok().map(|at| Evidence::Receipt(Position(at))),
        Some(("sha256", digest)) => Digest::from_hex(digest).map(Evidence::File),
        Some(("statement", of)) => {
            let (period, number) = of.split_once('/').unwrap_or((of, ""));
            let Some(period) = Period::parse(period) else {
                return Ok(None);
            };
            if number.is_empty() {
                let last = intake.tools().ledger.statement(period, None)?;
                let number = last.map_or(1, |last| last.closed.number);
                return Ok(Some(Evidence::Statement(period, number)));
            }
            let number = number.parse().ok();
            number.map(|number| Evidence::Statement(period, number))
        }
        Some(_) => None,
        None => match DocumentId::parse(text) {
            None => None,
            Some(id) => Some(match intake.tools().ledger.document(id)? {
                Some(_) => Evidence::Document(id),
                None => Evidence::Import(id),
            }),
        },
    };
    Ok(evidence)
}
