//! The store opened by the command itself, while no daemon has it.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::rules;
use crate::app;
use crate::client::erase::ErasedView;
use crate::client::figures;
use crate::client::retention::RetentionPlanView;
use crate::client::stamps::{StampProofView, StampsCheckView, StatusView};
use crate::client::wire::{RatesView, RecountView};
use crate::clock::SystemClock;
use crate::config::{self, Settings};
use crate::intake::{self, EraseError, EraseOrder, Intake, MAX_REASON, MoveError};
use crate::lang;
use crate::model::{Month, Position, Timestamp};
use crate::policy::Rules;
use crate::store::embedded::{self, OpenOptions};
use crate::store::{Ledger, LogStamp, ReadError, Readiness, Vault};
use crate::upkeep;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Opens the store and waits for a rebuild, if it needs one; `None` where nothing was ever stored.
fn open(console: &Console, settings: &Settings) -> Result<Option<Arc<dyn Ledger>>, Failure> {
    Ok(open_whole(console, settings)?.map(|(ledger, _)| ledger))
}

/// Log and bodies.
type Whole = (Arc<dyn Ledger>, Arc<dyn Vault>);

fn open_whole(console: &Console, settings: &Settings) -> Result<Option<Whole>, Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::new(Exit::Failed, e.to_string());
    if !settings.data.join("log").is_dir() {
        // Looking must not begin a store.
        return Ok(None);
    }
    let options = OpenOptions {
        patience: Duration::from_secs(3600),
        ..OpenOptions::default()
    };
    let store = embedded::open(&settings.data, options, Arc::new(SystemClock));
    let store = store.map_err(|e| failed(&e))?;
    match store.ledger.readiness() {
        Readiness::Ready => Ok(Some((store.ledger, store.vault))),
        Readiness::Rebuilding { .. } => {
            Err(failed(&lang::problem(console.language, "rebuilding").0))
        }
        Readiness::Failed(problem) => Err(failed(&problem)),
    }
}

pub(super) async fn rates(
    console: &Console,
    settings: &Settings,
    period: Option<&str>,
    unit: Option<&str>,
) -> Result<RatesView, Failure> {
    let wrong =
        |text: &str| Failure::usage(console.language, "cli-period-wrong", &[("text", text)]);
    let month = match period {
        None => console.now().local_day().month(),
        Some(text) => Month::parse(text).ok_or_else(|| wrong(text))?,
    };
    let unit = unit
        .map(|text| super::unit::code(console, text))
        .transpose()?;
    let registry = config::registry::read(&settings.units);
    let registry = registry.map_err(|e| Failure::config(console.language, &e))?;
    let Some(ledger) = open(console, settings)? else {
        return Ok(figures::rates(month, &BTreeMap::new(), &registry));
    };
    let totals = ledger.rates(month, unit.as_ref());
    ledger.close().await;
    let totals = totals.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
    Ok(figures::rates(month, &totals, &registry))
}

pub(super) async fn recount(
    console: &Console,
    settings: &Settings,
) -> Result<RecountView, Failure> {
    let Some(ledger) = open(console, settings)? else {
        return Ok(RecountView {
            records: 0,
            documents: 0,
            differences: Vec::new(),
        });
    };
    let view = upkeep::recount(ledger.as_ref());
    ledger.close().await;
    view.map_err(|e| Failure::new(Exit::Failed, e.to_string()))
}

/// Erases content by order. The receipt of it is signed when somebody asks the gateway for it.
pub(super) async fn erase(
    console: &Console,
    settings: &Settings,
    order: &EraseOrder,
) -> Result<ErasedView, Failure> {
    let Some((ledger, vault)) = open_whole(console, settings)? else {
        let (title, detail) = lang::problem(console.language, "not_found");
        return Err(Failure::new(Exit::Failed, title).with_next(detail));
    };
    let done = intake::erase(&*ledger, &*vault, order).await;
    ledger.close().await;
    let view = done.map(|done| upkeep::erased_view(&done, None));
    view.map_err(|e| erase_failed(console, &e))
}

/// What the terms of keeping would drop.
pub(super) async fn plan(
    console: &Console,
    settings: &Settings,
    at: Timestamp,
    list: u32,
) -> Result<RetentionPlanView, Failure> {
    let retention = Arc::clone(&settings.retention);
    let most = usize::try_from(list).unwrap_or(usize::MAX);
    let planned = look(console, settings, |ledger, vault, rules| {
        upkeep::retention_plan((ledger, vault), &rules.registry, &retention, at, most)
    });
    let nothing = || RetentionPlanView {
        at: at.to_string(),
        ..RetentionPlanView::default()
    };
    Ok(planned.await?.unwrap_or_else(nothing))
}

fn erase_failed(console: &Console, error: &EraseError) -> Failure {
    let problem = |code: &str| {
        let (title, detail) = lang::problem(console.language, code);
        Failure::new(Exit::Failed, title).with_next(detail)
    };
    let max = MAX_REASON.to_string();
    let said = match error {
        EraseError::Move(MoveError::NotFound) => return problem("not_found"),
        EraseError::Medium(_) => return problem("erased_not_purged"),
        EraseError::Move(_) => error.to_string(),
        EraseError::NoFile(n) => {
            let n = n.to_string();
            console.text("field-invalid", &[("value", &n)])
        }
        EraseError::Nothing => console.text("field-nothing-to-erase", &[]),
        EraseError::Basis => console.text("field-basis", &[("max", &max)]),
    };
    Failure::new(Exit::Failed, said)
}

/// Looks into log and bodies under the rules of the installation; `None` where nothing was ever
/// stored.
async fn look<T>(
    console: &Console,
    settings: &Settings,
    into: impl FnOnce(&dyn Ledger, &dyn Vault, &Rules) -> Result<T, ReadError>,
) -> Result<Option<T>, Failure> {
    let (rules, _) = rules::load(console, settings, true)?;
    let Some((ledger, vault)) = open_whole(console, settings)? else {
        return Ok(None);
    };
    let found = into(&*ledger, &*vault, &rules);
    ledger.close().await;
    found
        .map(Some)
        .map_err(|e| Failure::new(Exit::Failed, e.to_string()))
}

pub(super) async fn status(
    console: &Console,
    settings: &Settings,
) -> Result<Option<StatusView>, Failure> {
    let now = console.now();
    look(console, settings, |ledger, vault, rules| {
        upkeep::log_status(ledger, vault, rules, now, None)
    })
    .await
}

pub(super) async fn check_stamps(
    console: &Console,
    settings: &Settings,
    tokens: &[Bytes],
) -> Result<Option<StampsCheckView>, Failure> {
    let now = console.now();
    look(console, settings, |ledger, vault, rules| {
        upkeep::check_stamps(ledger, vault, rules, now, tokens)
    })
    .await
}

pub(super) async fn stamp(
    console: &Console,
    settings: &Settings,
    of: Option<u64>,
) -> Result<Option<StampProofView>, Failure> {
    let now = console.now();
    let found = look(console, settings, |ledger, vault, rules| {
        let found: Option<LogStamp> = match of {
            Some(of) => ledger.stamp_from(Position(of))?,
            None => ledger.last_stamp()?,
        };
        Ok(found.and_then(|stamp| upkeep::stamp_proof(vault, rules, now, &stamp)))
    });
    Ok(found.await?.flatten())
}

/// Intake over the store, to act as the daemon would; `None` where nothing was ever stored. To be closed by
/// [`app::at_rest::close`].
pub(super) async fn intake(
    console: &Console,
    settings: &Settings,
) -> Result<Option<Intake>, Failure> {
    let (rules, _) = rules::load(console, settings, true)?;
    let Some(store) = open_whole(console, settings)? else {
        return Ok(None);
    };
    let ledger = Arc::clone(&store.0);
    match app::at_rest::intake(settings, rules, store, Arc::new(SystemClock)) {
        Ok(intake) => Ok(Some(intake)),
        Err(e) => {
            ledger.close().await;
            Err(Failure::key(console.language, &e))
        }
    }
}
