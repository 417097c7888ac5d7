//! Where the desk is asked: the running daemon, or the store itself.

use crate::app;
use crate::cli::console::Console;
use crate::cli::failure::{Exit, Failure};
use crate::cli::store;
use crate::client::ClientError;
use crate::client::admin::Admin;
use crate::client::dead_letters::{DeadLettersActed, DeadLettersRequest, DeadLettersView};
use crate::config::Settings;
use crate::http::dead_letters::{self as desk, DeskQuery};
use crate::http::problem::Problem;
use crate::intake::{DeskMove, Intake};
use crate::lang;
use crate::model::DocumentId;
use crate::relay::Clocks;

/// Where the desk is asked.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one of them in a process"
)]
pub(super) enum Place {
    /// The daemon.
    Daemon(Admin),
    /// The store, which no daemon has open.
    Store(Intake, Clocks),
    /// Nothing was ever stored.
    Nowhere,
}

impl Place {
    /// The daemon if one runs. To be closed in the end.
    pub(super) async fn open(console: &Console, settings: &Settings) -> Result<Self, Failure> {
        if let Some(admin) = Admin::connect(&settings.socket(), console.language).await {
            return Ok(Self::Daemon(admin));
        }
        let opened = store::intake(console, settings).await?;
        let clocks = settings.clocks;
        Ok(opened.map_or(Self::Nowhere, |intake| Self::Store(intake, clocks)))
    }

    /// Closes the store in good order.
    pub(super) async fn close(self) {
        if let Self::Store(intake, _) = &self {
            app::at_rest::close(intake).await;
        }
    }

    /// One page, of one unit or of all.
    pub(super) async fn list(
        &self,
        console: &Console,
        unit: Option<&str>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<DeadLettersView, Failure> {
        match self {
            Self::Daemon(admin) => answered(console, admin.dead_letters(unit, after, limit).await),
            Self::Store(intake, clocks) => {
                let query = DeskQuery {
                    unit: unit.map(str::to_owned),
                    after: after.map(str::to_owned),
                    limit: Some(limit.to_string()),
                };
                let listed = desk::list(intake, clocks, console.language, &query);
                found(console, listed)
            }
            Self::Nowhere => Ok(DeadLettersView {
                items: Vec::new(),
                next: None,
            }),
        }
    }

    /// The dead letters of one document.
    pub(super) async fn show(
        &self,
        console: &Console,
        id: DocumentId,
    ) -> Result<DeadLettersView, Failure> {
        match self {
            Self::Daemon(admin) => answered(console, admin.dead_letter(id).await),
            Self::Store(intake, clocks) => {
                let shown = desk::show(intake, clocks, console.language, id);
                found(console, shown)
            }
            Self::Nowhere => Err(nothing(console)),
        }
    }

    /// Sends again, or gives up.
    pub(super) async fn act(
        &self,
        console: &Console,
        what: DeskMove,
        request: &DeadLettersRequest,
    ) -> Result<DeadLettersActed, Failure> {
        match (self, what) {
            (Self::Daemon(admin), DeskMove::Replay) => {
                answered(console, admin.replay(request).await)
            }
            (Self::Daemon(admin), DeskMove::GiveUp) => {
                answered(console, admin.give_up(request).await)
            }
            (Self::Store(intake, _), what) => {
                let done = desk::act(intake, console.language, what, request).await;
                found(console, done)
            }
            (Self::Nowhere, _) => Err(nothing(console)),
        }
    }
}

fn answered<T>(console: &Console, answer: Result<T, ClientError>) -> Result<T, Failure> {
    answer.map_err(|e| Failure::client(console.language, &e))
}

/// What was found without a daemon; a problem as if it had said so.
fn found<T>(console: &Console, outcome: Result<T, Problem>) -> Result<T, Failure> {
    outcome.map_err(|problem| {
        let view = problem.view(console.language, "");
        Failure::client(console.language, &ClientError::Problem(Box::new(view)))
    })
}

fn nothing(console: &Console) -> Failure {
    let (title, detail) = lang::problem(console.language, "not_found");
    Failure::new(Exit::Failed, title).with_next(detail)
}
