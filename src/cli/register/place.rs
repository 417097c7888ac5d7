//! Where a register goes: the running daemon, the unit's gateway, or the store itself.

use crate::cli::args::Days;
use crate::cli::console::Console;
use crate::cli::failure::{Exit, Failure};
use crate::cli::place::{self, Place};
use crate::cli::unit;
use crate::client::ClientError;
use crate::client::register::{
    ConflictsView, GapsView, ImportQuery, NilRequest, RegisterView, RegistersView, TakenView,
    UndoRequest,
};
use crate::http::problem::Problem;
use crate::http::registers as desk;
use crate::model::{DocumentId, UnitCode};
use bytes::Bytes;

impl Place {
    /// The unit's own gateway where a profile is named; else the place of the administrator.
    pub(super) async fn of_days(console: &Console, days: &Days) -> Result<Self, Failure> {
        if console.names_profile() {
            if days.unit.is_some() {
                let said = console.text("cli-register-own-unit", &[]);
                return Err(Failure::new(Exit::Usage, said));
            }
            return Ok(Self::Gateway(console.client(&console.profile()?)?));
        }
        let Some(code) = &days.unit else {
            let said = console.text("cli-register-unit", &[]);
            return Err(Failure::new(Exit::Usage, said));
        };
        let settings = console.settings()?.settings;
        unit::known(console, &settings, &unit::code(console, code)?)?;
        Self::here(console, &settings).await
    }

    pub(super) async fn import(
        &self,
        console: &Console,
        query: &ImportQuery,
        file: Bytes,
    ) -> Result<TakenView, Failure> {
        match self {
            Self::Gateway(client) => answered(console, client.import_register(query, file).await),
            Self::Daemon(admin) => answered(console, admin.import_register(query, file).await),
            Self::Store(intake) => {
                let unit = code(console, query.unit.as_deref())?;
                found(
                    console,
                    desk::import(intake, &unit, None, query, file).await,
                )
            }
            Self::Nowhere => Err(nothing(console)),
        }
    }

    pub(super) async fn nil(
        &self,
        console: &Console,
        request: &NilRequest,
    ) -> Result<RegisterView, Failure> {
        match self {
            Self::Gateway(client) => answered(console, client.nil_return(request).await),
            Self::Daemon(admin) => answered(console, admin.nil_return(request).await),
            Self::Store(intake) => {
                let unit = code(console, request.unit.as_deref())?;
                found(console, desk::nil(intake, &unit, None, request).await)
            }
            Self::Nowhere => Err(nothing(console)),
        }
    }

    pub(super) async fn undo(
        &self,
        console: &Console,
        id: DocumentId,
        request: &UndoRequest,
    ) -> Result<RegisterView, Failure> {
        match self {
            Self::Daemon(admin) => answered(console, admin.undo_register(id, request).await),
            Self::Store(intake) => found(console, desk::undo(intake, id, request).await),
            Self::Gateway(_) | Self::Nowhere => Err(nothing(console)),
        }
    }

    pub(super) async fn list(
        &self,
        console: &Console,
        unit: Option<&str>,
        period: Option<&str>,
    ) -> Result<RegistersView, Failure> {
        match self {
            Self::Daemon(admin) => answered(console, admin.registers(unit, period).await),
            Self::Store(intake) => found(console, desk::list(intake, unit, period)),
            Self::Gateway(_) | Self::Nowhere => Ok(RegistersView {
                items: Vec::new(),
                more: 0,
            }),
        }
    }

    pub(super) async fn gaps(
        &self,
        console: &Console,
        unit: &str,
        year: i16,
    ) -> Result<GapsView, Failure> {
        let year = year.to_string();
        match self {
            Self::Daemon(admin) => answered(console, admin.register_gaps(unit, &year).await),
            Self::Store(intake) => found(console, desk::gaps(intake, Some(unit), &year)),
            Self::Gateway(_) | Self::Nowhere => Err(nothing(console)),
        }
    }

    pub(super) async fn conflicts(
        &self,
        console: &Console,
        unit: &str,
        period: &str,
    ) -> Result<ConflictsView, Failure> {
        match self {
            Self::Daemon(admin) => answered(console, admin.register_conflicts(unit, period).await),
            Self::Store(intake) => found(console, desk::conflicts(intake, Some(unit), period)),
            Self::Gateway(_) | Self::Nowhere => Err(nothing(console)),
        }
    }
}

fn code(console: &Console, text: Option<&str>) -> Result<UnitCode, Failure> {
    unit::code(console, text.unwrap_or_default())
}

fn answered<T>(console: &Console, answer: Result<T, ClientError>) -> Result<T, Failure> {
    answer.map_err(|e| Failure::client(console.language, &e))
}

fn found<T>(console: &Console, outcome: Result<T, Problem>) -> Result<T, Failure> {
    answered(console, place::found(console, outcome))
}

fn nothing(console: &Console) -> Failure {
    let said = console.text("cli-register-nowhere", &[]);
    Failure::new(Exit::Failed, said).with_next(console.text("cli-register-nowhere-next", &[]))
}
