//! Where a question is asked: the gateway as a unit, the daemon of this machine as its administrator, or the store
//! itself while none runs.

use super::console::Console;
use super::failure::Failure;
use crate::app;
use crate::client::admin::Admin;
use crate::client::{Client, ClientError};
use crate::config::Settings;
use crate::http::problem::Problem;
use crate::intake::Intake;

/// Where a question is asked.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one of them in a process"
)]
pub(in crate::cli) enum Place {
    /// The gateway, as the unit of a profile.
    Gateway(Client),
    /// The daemon, as its administrator.
    Daemon(Admin),
    /// The store, which no daemon has open.
    Store(Intake),
    /// Nothing was ever stored.
    Nowhere,
}

impl Place {
    /// The gateway if a profile is named; else the daemon if one runs. To be closed in the end. With the settings of
    /// this machine, unless a profile is named.
    pub(super) async fn open(console: &Console) -> Result<(Self, Option<Settings>), Failure> {
        if console.names_profile() {
            let client = console.client(&console.profile()?)?;
            return Ok((Self::Gateway(client), None));
        }
        let settings = console.settings()?.settings;
        let place = Self::here(console, &settings).await?;
        Ok((place, Some(settings)))
    }

    /// The daemon if one runs. To be closed in the end.
    pub(in crate::cli) async fn here(
        console: &Console,
        settings: &Settings,
    ) -> Result<Self, Failure> {
        if let Some(admin) = Admin::connect(&settings.socket(), console.language).await {
            return Ok(Self::Daemon(admin));
        }
        let opened = super::store::intake(console, settings).await?;
        Ok(opened.map_or(Self::Nowhere, Self::Store))
    }

    /// Closes the store in good order.
    pub(in crate::cli) async fn close(self) {
        if let Self::Store(intake) = &self {
            app::at_rest::close(intake).await;
        }
    }
}

/// What was found without a daemon; a problem as if it had said so.
pub(super) fn found<T>(console: &Console, outcome: Result<T, Problem>) -> Result<T, ClientError> {
    outcome.map_err(|problem| {
        let view = problem.view(console.language, "");
        ClientError::Problem(Box::new(view))
    })
}
