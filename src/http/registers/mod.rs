//! The paper register: handed in, taken back, and compared with what came electronically.
//!
//! The handlers stand over the administrator's socket and, for a unit's own register, in `/v1`; the same functions
//! serve the command line while no daemon runs.

mod look;

pub use look::{conflicts, gaps, list};

use super::admin::Office;
use super::problem::{Problem, ProblemCode};
use super::text::Args;
use super::v1::{self, Asking, MAX_STAFF, words};
use crate::client::register::{ImportQuery, NilRequest, RegisterView, TakenView, UndoRequest};
use crate::intake::{
    self, Imported, Intake, MAX_REASON, MAX_SOURCE, RegisterDays, RegisterLine, RegisterTools,
};
use crate::model::{DocumentId, LocalDay, UnitCode};
use crate::register::{self, Asked, Columns, Folded, Rows};
use crate::seal;
use crate::store::{Import, Ledger, ReadError, Staged, VaultError};
use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// Registers that are read at a time: a workbook takes some 300 MB while it is.
static PLACES: Semaphore = Semaphore::const_new(1);
/// How long another one waits for it: reading the largest takes some five seconds.
const WAIT: Duration = Duration::from_secs(20);
/// How long a register may take to come: 64 MiB at 5 Mbit/s.
const LONGEST: Duration = Duration::from_secs(120);
/// Documents of a unit that are read at a time.
const PAGE: usize = 1_000;

/// The routes.
pub(super) fn routes() -> Router<Office> {
    Router::new()
        .route("/admin/registers", get(look::listed).post(imported))
        .route("/admin/registers/nil", post(nil_returned))
        .route("/admin/registers/{id}/undo", post(undone))
        .route("/admin/registers/gaps", get(look::gaps_of))
        .route("/admin/registers/conflicts", get(look::conflicts_of))
}

async fn imported(
    State(office): State<Office>,
    query: Asking<ImportQuery>,
    body: Body,
) -> Result<Response, Problem> {
    let query = v1::asked(query)?;
    let unit = own_unit(&office.intake, query.unit.as_deref())?;
    let view = take(&office.intake, &unit, None, &query, body).await?;
    Ok(v1::json(StatusCode::OK, &view))
}

async fn nil_returned(
    State(office): State<Office>,
    request: Result<Json<NilRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let request = object(request)?;
    let unit = own_unit(&office.intake, request.unit.as_deref())?;
    let view = nil(&office.intake, &unit, None, &request).await?;
    Ok(v1::json(StatusCode::OK, &view))
}

async fn undone(
    State(office): State<Office>,
    Path(id): Path<String>,
    request: Result<Json<UndoRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let id = DocumentId::parse(&id).ok_or(ProblemCode::NotFound)?;
    let view = undo(&office.intake, id, &object(request)?).await?;
    Ok(v1::json(StatusCode::OK, &view))
}

fn object<T>(request: Result<Json<T>, JsonRejection>) -> Result<T, Problem> {
    let object = request.map(|Json(request)| request);
    object.map_err(|e| {
        let args = vec![("problem", e.body_text())];
        Problem::new(ProblemCode::BodyInvalid).at("", "field-shape", args)
    })
}

fn invalid(name: &str, text: &str) -> Problem {
    let args = vec![("value", v1::shown(text))];
    Problem::new(ProblemCode::QueryInvalid).at(name, "field-invalid", args)
}

/// The unit that the administrator names; one that ended may still hand in what it issued.
fn own_unit(intake: &Intake, named: Option<&str>) -> Result<UnitCode, Problem> {
    let text = named.unwrap_or_default();
    let code = UnitCode::parse(text).ok_or_else(|| invalid("unit", text))?;
    match intake.rules().registry.unit(&code) {
        Some(_) => Ok(code),
        None => Err(invalid("unit", text)),
    }
}

fn days(
    unit: &UnitCode,
    actor: Option<UnitCode>,
    (from, to): (&str, &str),
) -> Result<RegisterDays, Problem> {
    let day = |name, text: &str| LocalDay::parse(text).ok_or_else(|| invalid(name, text));
    Ok(RegisterDays {
        unit: unit.clone(),
        from: day("from", from)?,
        to: day("to", to)?,
        actor,
    })
}

/// Takes a register in as it comes; `actor`: the unit itself, or nobody for the administrator.
///
/// # Errors
/// A problem of the request, of the file, or of the store; nothing was done then.
pub(super) async fn take(
    intake: &Intake,
    unit: &UnitCode,
    actor: Option<UnitCode>,
    query: &ImportQuery,
    body: Body,
) -> Result<TakenView, Problem> {
    let spooled = timeout(LONGEST, spool(intake, body)).await;
    let spooled = spooled.map_err(|_| ProblemCode::Timeout)??;
    let place = place().await?;
    let file = Bytes::copy_from_slice(spooled.content.bytes());
    drop(spooled);
    let taken = import(intake, unit, actor, query, file).await;
    drop(place);
    taken
}

/// The whole body, in the staging area: a slow upload holds room on the disk there, and neither memory nor the place.
async fn spool(intake: &Intake, body: Body) -> Result<Staged, Problem> {
    let too_large = || {
        let args = vec![("max", register::MAX_FILE.to_string())];
        Problem::new(ProblemCode::TooLarge).at("", "field-max-bytes", args)
    };
    let mut stage = intake.tools().vault.stage(MAX_SOURCE)?;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ProblemCode::BodyInvalid)?;
        stage.write(chunk).await.map_err(|error| match error {
            VaultError::TooLarge(_) => too_large(),
            other @ (VaultError::Full | VaultError::Failed(_)) => other.into(),
        })?;
    }
    Ok(stage.finish().await?)
}

async fn place() -> Result<SemaphorePermit<'static>, Problem> {
    let place = timeout(WAIT, PLACES.acquire()).await;
    let place = place.map_err(|_| ProblemCode::Busy)?;
    place.map_err(|_| ProblemCode::Busy.into())
}

/// Reads a register and takes it in, unless it is only to be read.
///
/// # Errors
/// As `take`.
pub async fn import(
    intake: &Intake,
    unit: &UnitCode,
    actor: Option<UnitCode>,
    query: &ImportQuery,
    file: Bytes,
) -> Result<TakenView, Problem> {
    let of = days(unit, actor, (&query.from, &query.to))?;
    let columns = query.columns.as_deref().map(Columns::parse).transpose();
    let asked = Asked {
        from: of.from,
        to: of.to,
        today: intake.tools().clock.now().local_day(),
        columns: columns.map_err(|_| invalid("columns", query.columns.as_deref().unwrap_or("")))?,
        sheet: query.sheet.clone(),
    };
    let (source, ledger) = (file.clone(), intake.tools().ledger.clone());
    let whose = unit.clone();
    // Seconds of one core for the largest, so it runs beside the requests.
    let work = move || {
        let rows = register::read(&file, &asked).map_err(Problem::of_register)?;
        let lines = lines(&*ledger, &whose, &rows)?;
        Ok::<_, Problem>((rows.passed_over, rows.says_channel, lines))
    };
    let read = tokio::task::spawn_blocking(work).await;
    let (passed_over, says_channel, lines) = read.map_err(|_| ProblemCode::Internal)??;
    let register = match query.dry_run {
        true => None,
        false => {
            let done = tools(intake)
                .import(&of, &lines, source, query.replace)
                .await?;
            Some(imported_view(&done))
        }
    };
    Ok(TakenView {
        register,
        documents: u64::try_from(lines.len()).unwrap_or(u64::MAX),
        passed_over,
        says_channel,
    })
}

fn tools(intake: &Intake) -> RegisterTools<'_> {
    let tools = intake.tools();
    RegisterTools {
        ledger: &*tools.ledger,
        vault: &*tools.vault,
        sealer: &*tools.sealer,
        gateway: &tools.gateway,
        now: tools.clock.now(),
    }
}

/// The entries of a register. A document that came electronically keeps its number as it was written there: `05`
/// and `5` are one. Others are written in one way, in which [`Intake::offer`] finds them if they come yet.
fn lines(
    ledger: &dyn Ledger,
    unit: &UnitCode,
    rows: &Rows,
) -> Result<Vec<RegisterLine>, ReadError> {
    let years = rows.rows.iter().map(|row| row.day.year());
    let (first, last) = (years.clone().min(), years.max());
    let mut known = BTreeMap::new();
    look::each(ledger, unit, |key, one| {
        let inside = Some(key.year) >= first && Some(key.year) <= last;
        if one.first.is_some() && inside {
            let folded = Folded::new(&key.number, &key.notation);
            known.insert((key.year, folded), (key.number, key.notation));
        }
    })?;
    let line = |row: &register::Row| {
        let written = (row.number.clone(), row.notation.clone());
        let folded = Folded::new(&row.number, &row.notation);
        let own = folded.written().unwrap_or(written);
        let same = known.get(&(row.day.year(), folded)).cloned();
        let (number, notation) = same.unwrap_or(own);
        RegisterLine {
            number,
            notation,
            day: row.day,
            sent_by: row.sent_by,
        }
    };
    Ok(rows.rows.iter().map(line).collect())
}

/// Takes a nil return in.
///
/// # Errors
/// A problem of the request or of the store.
pub async fn nil(
    intake: &Intake,
    unit: &UnitCode,
    actor: Option<UnitCode>,
    request: &NilRequest,
) -> Result<RegisterView, Problem> {
    let of = days(unit, actor, (&request.from, &request.to))?;
    let reason = words("/reason", request.reason.clone(), MAX_REASON)?;
    let staff = words("/staff", request.staff.clone(), MAX_STAFF)?;
    let done = tools(intake).nil(&of, reason, staff).await?;
    // One of the days before statements names words, which are no statement.
    let said = intake.tools().vault.open(&done.import.source)?;
    let said = said.filter(|said| seal::nil_statement(said.bytes()).is_ok());
    Ok(RegisterView {
        p7m: said.map(|said| STANDARD.encode(said.bytes())),
        ..imported_view(&done)
    })
}

/// Takes an import or a nil return back.
///
/// # Errors
/// A problem: no such import, one that was taken back already, no reason, or the store.
pub async fn undo(
    intake: &Intake,
    id: DocumentId,
    request: &UndoRequest,
) -> Result<RegisterView, Problem> {
    let reason = words("/reason", Some(request.reason.clone()), MAX_REASON)?;
    let Some(reason) = reason else {
        let problem = Problem::new(ProblemCode::ReasonRequired);
        return Err(problem.at("/reason", "field-empty", Args::new()));
    };
    let staff = words("/staff", request.staff.clone(), MAX_STAFF)?;
    let unit = look::unit_of(intake, id)?.ok_or(ProblemCode::NotFound)?;
    let done = tools(intake).undo(&unit, id, &reason, staff, None).await?;
    Ok(view(&done))
}

fn imported_view(done: &Imported) -> RegisterView {
    RegisterView {
        repeated: done.repeated,
        ..view(&done.import)
    }
}

fn view(import: &Import) -> RegisterView {
    RegisterView {
        id: import.import.to_string(),
        unit: import.unit.to_string(),
        kind: import.entries.map_or("nil", |_| "register").to_owned(),
        from: import.from.to_string(),
        to: import.to.to_string(),
        documents: import.entries.unwrap_or(0),
        source: import.source.to_hex(),
        by: import.actor.as_ref().map(ToString::to_string),
        at: import.at.to_string(),
        undone: import.undone.as_ref().map(|(at, _)| at.to_string()),
        repeated: false,
        p7m: None,
    }
}

impl From<intake::RegisterError> for Problem {
    fn from(error: intake::RegisterError) -> Self {
        use intake::RegisterError as E;
        match error {
            E::Reason => {
                let args = vec![("max", MAX_REASON.to_string())];
                Self::new(ProblemCode::BodyInvalid).at("/reason", "field-too-long", args)
            }
            E::Days(from, to) => {
                let args = vec![("from", from.to_string()), ("to", to.to_string())];
                Self::new(ProblemCode::QueryInvalid).at("from", "field-register-days", args)
            }
            E::Covered(import) => {
                let args = vec![
                    ("id", import.import.to_string()),
                    ("from", import.from.to_string()),
                    ("to", import.to.to_string()),
                ];
                let problem = Self::new(ProblemCode::RegisterCovered);
                problem.at("from", "field-register-covered", args)
            }
            E::Unknown => ProblemCode::NotFound.into(),
            E::Undone => ProblemCode::RegisterUndone.into(),
            // The reader found neither, and a register is as long as it takes.
            E::Outside(_) | E::Twice(_) | E::TooMany => {
                tracing::error!(%error, "a register that was read was not taken");
                ProblemCode::Internal.into()
            }
            E::Commit(e) => e.into(),
            E::Read(e) => e.into(),
            E::Vault(e) => e.into(),
            E::Seal(e) => {
                tracing::error!(error = %e, "a nil return was not signed, and not taken in");
                ProblemCode::Internal.into()
            }
        }
    }
}
