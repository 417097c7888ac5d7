//! Where findings are: the running daemon, the unit's gateway, or the store itself.

use crate::app;
use crate::cli::console::Console;
use crate::cli::failure::{Exit, Failure};
use crate::cli::place::{self, Place};
use crate::client::ClientError;
use crate::client::findings::{
    CloseRequest, FindingContentView, FindingView, FindingsQuery, FindingsView, OpenRequest,
    RemindedView,
};
use crate::config::Settings;
use crate::http::findings as desk;
use crate::http::problem::Problem;
use crate::lang;
use crate::model::DocumentId;
use crate::upkeep;

impl Place {
    pub(super) async fn open_finding(
        &self,
        console: &Console,
        request: &OpenRequest,
    ) -> Result<FindingContentView, Failure> {
        match self {
            Self::Daemon(admin) => answered(console, admin.open_finding(request).await),
            Self::Store(intake) => found(console, desk::open(intake, request).await),
            Self::Gateway(_) | Self::Nowhere => Err(nothing(console)),
        }
    }

    pub(super) async fn close_finding(
        &self,
        console: &Console,
        id: DocumentId,
        request: &CloseRequest,
    ) -> Result<FindingView, Failure> {
        match self {
            Self::Daemon(admin) => answered(console, admin.close_finding(id, request).await),
            Self::Store(intake) => found(console, desk::close(intake, id, request).await),
            Self::Gateway(_) | Self::Nowhere => Err(nothing(console)),
        }
    }

    pub(in crate::cli) async fn findings(
        &self,
        console: &Console,
        query: &FindingsQuery,
    ) -> Result<FindingsView, Failure> {
        match self {
            Self::Gateway(client) => answered(console, client.findings(query).await),
            Self::Daemon(admin) => answered(console, admin.findings(query).await),
            Self::Store(intake) => found(console, desk::list(intake, query, None)),
            Self::Nowhere => Ok(FindingsView::default()),
        }
    }

    pub(super) async fn finding(
        &self,
        console: &Console,
        id: DocumentId,
    ) -> Result<FindingContentView, Failure> {
        match self {
            Self::Gateway(client) => answered(console, client.finding(id).await),
            Self::Daemon(admin) => answered(console, admin.finding(id).await),
            Self::Store(intake) => found(console, desk::show(intake, id, None)),
            Self::Nowhere => Err(nothing(console)),
        }
    }

    pub(super) async fn remind(
        &self,
        console: &Console,
        settings: &Settings,
        id: DocumentId,
    ) -> Result<RemindedView, Failure> {
        match self {
            Self::Daemon(admin) => answered(console, admin.remind_finding(id).await),
            Self::Store(intake) => {
                let post = app::mail::post(settings);
                let post = post.map_err(|e| Failure::new(Exit::Configuration, e))?;
                let done = upkeep::remind(intake, post.as_ref(), id).await;
                let done = found(console, done.map_err(Problem::from))?;
                Ok(desk::reminded_view(id, &done))
            }
            Self::Gateway(_) | Self::Nowhere => Err(nothing(console)),
        }
    }
}

pub(super) fn answered<T>(console: &Console, answer: Result<T, ClientError>) -> Result<T, Failure> {
    answer.map_err(|e| Failure::client(console.language, &e))
}

pub(super) fn found<T>(console: &Console, outcome: Result<T, Problem>) -> Result<T, Failure> {
    answered(console, place::found(console, outcome))
}

pub(super) fn nothing(console: &Console) -> Failure {
    let (title, detail) = lang::problem(console.language, "not_found");
    Failure::new(Exit::Failed, title).with_next(detail)
}
