//! The store opened by the command itself, while no daemon has it.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::rules;
use crate::app;
use crate::client::clock::{ClockConfirmedView, ClockRequest, ClockView};
use crate::client::erase::ErasedView;
use crate::client::figures::{self, Which};
use crate::client::findings::{FindingsQuery, FindingsView};
use crate::client::retention::RetentionPlanView;
use crate::client::stamps::{StampProofView, StampsCheckView, StatusView};
use crate::client::wire::{RatesView, RecountView};
use crate::clock::{Clock, ResumedClock};
use crate::config::{self, Settings};
use crate::intake::{
    self, CloseError, ConfirmError, Confirmation, EraseError, EraseOrder, Intake, MAX_REASON,
    MoveError, read_statement,
};
use crate::lang;
use crate::model::{Period, Position, Timestamp, UnitCode};
use crate::policy::Rules;
use crate::store::embedded::{self, OpenOptions};
use crate::store::{CommitError, Finding, Ledger, LogStamp, ReadError, Readiness, Vault};
use crate::upkeep::{self, RecountOf};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Open findings that are looked through for those that are overdue.
const MAX_LATE: usize = 10_000;

/// Opens the store and waits for a rebuild, if it needs one; `None` where nothing was ever stored.
fn open(console: &Console, settings: &Settings) -> Result<Option<Arc<dyn Ledger>>, Failure> {
    Ok(open_whole(console, settings)?.map(|(ledger, ..)| ledger))
}

/// Log and bodies, and the clock that goes with them.
type Whole = (Arc<dyn Ledger>, Arc<dyn Vault>, Arc<dyn Clock>);

fn open_whole(console: &Console, settings: &Settings) -> Result<Option<Whole>, Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::new(Exit::Failed, e.to_string());
    if !settings.data.join("log").is_dir() {
        // Looking must not begin a store.
        return Ok(None);
    }
    let options = OpenOptions {
        patience: Duration::from_secs(3600),
        simulated: settings.seed(),
        ..OpenOptions::default()
    };
    let resumed = Arc::new(ResumedClock::default());
    let handed: Arc<dyn Clock> = Arc::<ResumedClock>::clone(&resumed);
    let store = embedded::open(&settings.data, options, Arc::clone(&handed));
    let store = store.map_err(|e| {
        let data = settings.data.display().to_string();
        failed(&e).with_next(console.text("cli-store-next", &[("data", &data)]))
    })?;
    match store.ledger.readiness() {
        Readiness::Ready => {
            // A simulated history goes on from its last record, whatever time it is.
            let last = store.ledger.last_at().map_err(|e| failed(&e))?;
            if settings.simulated && last > Timestamp::default() {
                resumed.resume(last);
            }
            Ok(Some((store.ledger, store.vault, handed)))
        }
        Readiness::Rebuilding { .. } => {
            Err(failed(&lang::problem(console.language, "rebuilding").0))
        }
        Readiness::Failed(problem) => Err(failed(&problem)),
    }
}

pub(super) async fn rates(
    console: &Console,
    settings: &Settings,
    which: &Which<'_>,
) -> Result<RatesView, Failure> {
    let period = match which.period {
        None => Period::month_of(console.now().local_day()),
        Some(text) => super::period::parse(console, text)?,
    };
    let unit = which
        .unit
        .map(|text| super::unit::code(console, text))
        .transpose()?;
    let registry = config::registry::read(&settings.units);
    let registry = registry.map_err(|e| Failure::config(console.language, &e))?;
    let Some((ledger, vault, _)) = open_whole(console, settings)? else {
        return Ok(figures::rates(period, BTreeMap::new(), &registry));
    };
    let view = || -> Result<RatesView, CloseError> {
        let closed = ledger.statement(period, None)?;
        if let Some(record) = closed.filter(|_| !which.live) {
            let (_, statement) = read_statement(&*vault, &record)?;
            let (unit, sums) = (unit.as_ref(), which.sums);
            return Ok(upkeep::stated_rates(
                &record, &statement, unit, sums, &registry,
            ));
        }
        let totals = ledger.rates(period, unit.as_ref().filter(|_| !which.sums))?;
        Ok(match which.sums {
            true => figures::rates_with_sums(period, &totals, &registry, unit.as_ref()),
            false => figures::rates(period, totals, &registry),
        })
    };
    let view = view();
    ledger.close().await;
    let view = view.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
    Ok(RatesView {
        simulated: settings.simulated,
        ..view
    })
}

/// Findings that are overdue, of a unit or of all, the first to be due at the head, at most `most`.
pub(super) async fn late_findings(
    console: &Console,
    settings: &Settings,
    query: &FindingsQuery,
    most: usize,
) -> Result<FindingsView, Failure> {
    let Some((ledger, vault, clock)) = open_whole(console, settings)? else {
        return Ok(FindingsView::default());
    };
    let today = clock.now().local_day();
    let view = || -> Result<FindingsView, String> {
        let open = ledger.open_findings(None, MAX_LATE);
        let open = open.map_err(|e| e.to_string())?;
        let own = |unit: &UnitCode| query.unit.as_ref().is_none_or(|own| *own == unit.as_str());
        let late = open.iter().filter(|one| one.due < today && own(&one.unit));
        let late: Vec<&Finding> = late.collect();
        let shown = late.iter().take(most);
        let items = shown.map(|one| upkeep::finding_view(&*vault, None, one, today));
        Ok(FindingsView {
            items: items.collect::<Result<_, _>>().map_err(|e| e.to_string())?,
            next: (late.len() > most).then(String::new),
        })
    };
    let view = view();
    ledger.close().await;
    view.map_err(|e| Failure::new(Exit::Failed, e))
}

pub(super) async fn recount(
    console: &Console,
    settings: &Settings,
    of: &RecountOf,
) -> Result<RecountView, Failure> {
    let Some(ledger) = open(console, settings)? else {
        return Ok(RecountView {
            records: 0,
            documents: 0,
            differences: Vec::new(),
        });
    };
    let view = upkeep::recount_of(ledger.as_ref(), of);
    ledger.close().await;
    view.map_err(|e| Failure::new(Exit::Failed, e.to_string()))
}

/// Erases content by order. The receipt of it is signed when somebody asks the gateway for it.
pub(super) async fn erase(
    console: &Console,
    settings: &Settings,
    order: &EraseOrder,
) -> Result<ErasedView, Failure> {
    let Some((ledger, vault, _)) = open_whole(console, settings)? else {
        let (title, detail) = lang::problem(console.language, "not_found");
        return Err(Failure::new(Exit::Failed, title).with_next(detail));
    };
    let done = intake::erase(&*ledger, &*vault, order).await;
    ledger.close().await;
    let view = done.map(|done| upkeep::erased_view(&done, None));
    view.map_err(|e| erase_failed(console, &e))
}

/// The clock beside the last event; `None` where nothing was ever stored.
pub(super) async fn clock(
    console: &Console,
    settings: &Settings,
) -> Result<Option<ClockView>, Failure> {
    let Some(ledger) = open(console, settings)? else {
        return Ok(None);
    };
    let view = match ledger.clock_back() {
        Ok(Some(back)) => Ok(ClockView::of(back.last, back.now, true)),
        Ok(None) => ledger
            .last_at()
            .map(|last| ClockView::of(last, console.now(), false)),
        Err(e) => Err(e),
    };
    ledger.close().await;
    view.map(Some)
        .map_err(|e| Failure::new(Exit::Failed, e.to_string()))
}

/// Says that a clock which went back is right.
pub(super) async fn confirm_clock(
    console: &Console,
    settings: &Settings,
    request: &ClockRequest,
) -> Result<ClockConfirmedView, Failure> {
    let problem = |code: &str| {
        let (title, detail) = lang::problem(console.language, code);
        Failure::new(Exit::Failed, title).with_next(detail)
    };
    let whole = open_whole(console, settings)?;
    let (ledger, vault, _) = whole.ok_or_else(|| problem("not_found"))?;
    let said = Confirmation {
        last: Timestamp::parse(&request.last_event).unwrap_or_default(),
        reason: request.reason.clone(),
        staff: request.staff.clone(),
    };
    let done = intake::confirm_clock(&*ledger, &*vault, &said).await;
    ledger.close().await;
    let done = done.map_err(|e| match e {
        ConfirmError::Reason => {
            let max = MAX_REASON.to_string();
            let said = lang::text(console.language, "field-too-long", &[("max", &max)]);
            Failure::new(Exit::Usage, format!("--reason: {said}"))
                .with_next(console.text("cli-clock-reason", &[]))
        }
        ConfirmError::Moved => problem("moved"),
        ConfirmError::Commit(CommitError::Full) => problem("disk_full"),
        ConfirmError::Commit(e) => Failure::new(Exit::Failed, e.to_string()),
        ConfirmError::Read(e) => Failure::new(Exit::Failed, e.to_string()),
    })?;
    Ok(ClockConfirmedView {
        position: done.position.0,
        last_event: done.last.to_string(),
        clock: done.clock.to_string(),
    })
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
            console.text("field-no-file", &[("value", &n)])
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
    let Some((ledger, vault, _)) = open_whole(console, settings)? else {
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
    let (ledger, vault, clock) = store;
    let whole = (Arc::clone(&ledger), vault);
    match app::at_rest::intake(settings, rules, whole, clock) {
        Ok(intake) => Ok(Some(intake)),
        Err(e) => {
            ledger.close().await;
            Err(Failure::key(console.language, &e))
        }
    }
}
