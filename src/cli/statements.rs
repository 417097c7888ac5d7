//! Periods and events, of the running daemon or of the store itself: the same answers from both.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::store;
use crate::app;
use crate::client::ClientError;
use crate::client::admin::Admin;
use crate::client::periods::{ClosedView, CorrectRequest, StatementContentView, StatementView};
use crate::config::Settings;
use crate::http::problem::{Problem, ProblemCode};
use crate::intake::{CloseError, Closed, Intake, read_statement};
use crate::keys::files;
use crate::model::{Period, Position};
use crate::store::{LogStatement, exported};
use crate::upkeep;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Who has the log.
pub(super) enum Books {
    /// A daemon.
    Daemon(Box<Admin>),
    /// Nobody: it is opened here.
    Store(Box<Intake>),
}

impl Books {
    pub(super) async fn open(console: &Console, settings: &Settings) -> Result<Self, Failure> {
        if let Some(admin) = Admin::connect(&settings.socket(), console.language).await {
            return Ok(Self::Daemon(Box::new(admin)));
        }
        let intake = store::intake(console, settings).await?;
        let intake = intake.ok_or_else(|| told(console, ProblemCode::NotFound.into()))?;
        Ok(Self::Store(Box::new(intake)))
    }

    pub(super) async fn close(&self) {
        if let Self::Store(intake) = self {
            app::at_rest::close(intake).await;
        }
    }

    pub(super) async fn close_period(
        &self,
        console: &Console,
        period: Period,
    ) -> Result<ClosedView, Failure> {
        match self {
            Self::Daemon(admin) => client(console, admin.close_period(period).await),
            Self::Store(intake) => closed(console, intake.close_period(period).await),
        }
    }

    pub(super) async fn correct_period(
        &self,
        console: &Console,
        period: Period,
        request: &CorrectRequest,
    ) -> Result<ClosedView, Failure> {
        match self {
            Self::Daemon(admin) => client(console, admin.correct_period(period, request).await),
            Self::Store(intake) => closed(
                console,
                intake.correct_period(period, &request.reason).await,
            ),
        }
    }

    pub(super) async fn statements(
        &self,
        console: &Console,
    ) -> Result<Vec<StatementView>, Failure> {
        match self {
            Self::Daemon(admin) => {
                let (mut all, mut after) = (Vec::new(), Some(0));
                while let Some(from) = after {
                    let page = client(console, admin.statements(from).await)?;
                    all.extend(page.items);
                    after = page.next.and_then(|next| next.parse().ok());
                }
                Ok(all)
            }
            Self::Store(intake) => {
                let ledger = &intake.tools().ledger;
                let all = ledger.statements(Position::START, usize::MAX);
                let all = all.map_err(|e| told(console, e.into()))?;
                Ok(all.iter().map(upkeep::statement_view).collect())
            }
        }
    }

    pub(super) async fn statement(
        &self,
        console: &Console,
        period: Period,
        number: Option<u32>,
    ) -> Result<StatementContentView, Failure> {
        match self {
            Self::Daemon(admin) => client(console, admin.statement(period, number).await),
            Self::Store(intake) => {
                let record = found(console, intake, period, number)?;
                let tools = intake.tools();
                let (_, statement) =
                    read_statement(&*tools.vault, &record).map_err(|e| told(console, e.into()))?;
                let view = upkeep::statement_content(&*tools.ledger, &record, &statement);
                view.map_err(|e| told(console, e.into()))
            }
        }
    }

    /// The statement as it was signed, into a new file.
    pub(super) async fn save(
        &self,
        console: &Console,
        period: Period,
        number: Option<u32>,
        out: &Path,
    ) -> Result<(), Failure> {
        match self {
            Self::Daemon(admin) => {
                client(console, admin.sealed_statement(period, number, out).await)
            }
            Self::Store(intake) => {
                let record = found(console, intake, period, number)?;
                let (der, _) = read_statement(&*intake.tools().vault, &record)
                    .map_err(|e| told(console, e.into()))?;
                let written = files::write_new(out, &der, 0o644);
                written.map_err(|e| Failure::key(console.language, &e))
            }
        }
    }

    /// The events, into a new file.
    pub(super) async fn export(
        &self,
        console: &Console,
        until: Option<u64>,
        out: &Path,
    ) -> Result<(), Failure> {
        match self {
            Self::Daemon(admin) => client(console, admin.events(until, out).await),
            Self::Store(intake) => write(console, intake, until, out),
        }
    }
}

fn write(
    console: &Console,
    intake: &Intake,
    until: Option<u64>,
    out: &Path,
) -> Result<(), Failure> {
    let tools = intake.tools();
    let head = tools.ledger.head().map_err(|e| told(console, e.into()))?.0;
    let until = until.map_or(head, Position);
    if until > head {
        return Err(told(console, ProblemCode::NotFound.into()));
    }
    let unwritable = |e: std::io::Error| Failure::unwritable(console.language, out, &e);
    let mut file = BufWriter::new(File::create_new(out).map_err(unwritable)?);
    let mut outcome = Ok(());
    let read = exported::write(&*tools.ledger, &tools.gateway, until, &mut |line| {
        if outcome.is_ok() {
            outcome = file.write_all(&line);
        }
    });
    read.map_err(|e| told(console, e.into()))?;
    outcome.map_err(unwritable)?;
    let file = file.into_inner().map_err(|e| unwritable(e.into_error()))?;
    file.sync_all().map_err(unwritable)
}

fn found(
    console: &Console,
    intake: &Intake,
    period: Period,
    number: Option<u32>,
) -> Result<LogStatement, Failure> {
    let record = intake.tools().ledger.statement(period, number);
    let record = record.map_err(|e| told(console, e.into()))?;
    record.ok_or_else(|| told(console, ProblemCode::NotFound.into()))
}

fn closed(console: &Console, done: Result<Closed, CloseError>) -> Result<ClosedView, Failure> {
    let done = done.map_err(|e| told(console, e.into()))?;
    Ok(ClosedView {
        statement: upkeep::statement_view(&done.record),
        repeated: done.repeated,
    })
}

fn client<T>(console: &Console, done: Result<T, ClientError>) -> Result<T, Failure> {
    done.map_err(|e| Failure::client(console.language, &e))
}

/// As the daemon would tell it.
fn told(console: &Console, problem: Problem) -> Failure {
    let view = problem.view(console.language, "");
    let failure = Failure::client(console.language, &ClientError::Problem(Box::new(view)));
    Failure {
        exit: Exit::Failed,
        ..failure
    }
}
