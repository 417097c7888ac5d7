//! Figures of dossiers and the dossiers behind them. The same serves the administrator's socket, `/v1` (a unit's own dossiers
//! only) and the command line while no daemon runs. Every dossier asked about is read once; nothing is kept beside the register,
//! so a figure and its list are of one truth.

use super::admin::Office;
use super::problem::{Problem, ProblemCode};
use super::v1;
use crate::client::dossier_figures::{
    DossierBehind, DossierFiguresQuery, DossierFiguresView, DossierRowsQuery, DossiersBehindView,
    figures_view,
};
use crate::dossier::figures::{Figure, Scope, Summary, Table};
use crate::dossier::{Clock, Term};
use crate::intake::Intake;
use crate::model::dossier::DossierNumber;
use crate::model::simulated::is_simulated;
use crate::model::{Period, UnitCode};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Dossiers read at once.
const AT_ONCE: usize = 500;

fn invalid(name: &'static str, text: &str) -> Problem {
    let args = vec![("value", v1::shown(text))];
    Problem::new(ProblemCode::QueryInvalid).at(name, "field-invalid", args)
}

fn scope(
    period: Option<&str>,
    unit: Option<&str>,
    procedure: Option<&str>,
) -> Result<Scope, Problem> {
    let parsed = |text: &str| Period::parse(text).ok_or_else(|| invalid("period", text));
    let code = |text: &str| UnitCode::parse(text).ok_or_else(|| invalid("unit", text));
    Ok(Scope {
        period: period.map(parsed).transpose()?,
        units: unit.map(code).transpose()?.map(|code| [code].into()),
        procedure: procedure.map(str::to_owned),
    })
}

/// The figures.
///
/// # Errors
/// A problem of the query or of the store.
pub fn figures(
    intake: &Intake,
    query: &DossierFiguresQuery,
) -> Result<DossierFiguresView, Problem> {
    let scope = scope(
        query.period.as_deref(),
        query.unit.as_deref(),
        query.procedure.as_deref(),
    )?;
    let as_of = intake.tools().clock.now();
    let (mut table, standings) = (Table::default(), BTreeMap::new());
    each(intake, &scope, &mut |own| {
        table.add(&scope, own, &standings, as_of)
    })?;
    Ok(DossierFiguresView {
        simulated: is_simulated(&intake.tools().gateway),
        ..figures_view(&table, query.period.clone(), as_of)
    })
}

/// One page of the dossiers behind a figure, by agency and number.
///
/// # Errors
/// A problem of the query or of the store.
pub fn behind(intake: &Intake, query: &DossierRowsQuery) -> Result<DossiersBehindView, Problem> {
    let scope = scope(
        query.period.as_deref(),
        query.unit.as_deref(),
        query.procedure.as_deref(),
    )?;
    let name = query.figure.as_deref().unwrap_or_default();
    let figure = Figure::from_name(name).ok_or_else(|| invalid("figure", name))?;
    let all = match query.all.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(text) => return Err(invalid("all", text)),
    };
    let number = |text: &str| DossierNumber::parse(text).ok_or_else(|| invalid("after", text));
    let after = query.after.as_deref().map(number).transpose()?;
    let limit = v1::limit(query.limit.as_deref())?;
    let as_of = intake.tools().clock.now();
    let mut view = DossiersBehindView {
        simulated: is_simulated(&intake.tools().gateway),
        figure: figure.name().to_owned(),
        ..DossiersBehindView::default()
    };
    each(intake, &scope, &mut |own| {
        let Some(counted) = scope
            .counts(figure, own, as_of)
            .filter(|counted| *counted || all)
        else {
            return;
        };
        view.total = view.total.saturating_add(1);
        let before = after.as_ref().is_some_and(|after| {
            DossierNumber::parse(&own.number).is_none_or(|number| number <= *after)
        });
        if before {
            return;
        }
        match view.items.len() < limit {
            true => view.items.push(row(own, counted)),
            false => view.next = view.items.last().map(|last| last.number.clone()),
        }
    })?;
    Ok(view)
}

fn row(own: &Summary, counted: bool) -> DossierBehind {
    DossierBehind {
        number: own.number.clone(),
        unit: own.unit.to_string(),
        procedure: own.procedure.clone(),
        counted,
        came: own.came.to_string(),
        due: own.due.map(|due| due.to_string()),
        finished: own.finished.map(|(day, _)| day.to_string()),
        timeliness: own.finished.map(|(_, how)| how.name().to_owned()),
        requests: own.requests.len(),
        contacts: own.contacts,
    }
}

/// Every dossier of the units in scope, by agency and number.
fn each(intake: &Intake, scope: &Scope, take: &mut dyn FnMut(&Summary)) -> Result<(), Problem> {
    let rules = intake.rules();
    let units: Vec<UnitCode> = match &scope.units {
        Some(units) => units.iter().cloned().collect(),
        None => rules
            .registry
            .units()
            .map(|unit| unit.code.clone())
            .collect(),
    };
    let tools = intake.tools();
    let (procedures, dossier_rules) = (tools.procedures.load(), tools.dossier_rules.load());
    for unit in units {
        let mut after: Option<DossierNumber> = None;
        loop {
            let page = tools.ledger.dossiers(&unit, after.as_ref(), AT_ONCE)?;
            let last = page.len() < AT_ONCE;
            for state in &page {
                let own = &state.procedure;
                let procedure = procedures.version(own.code.as_str(), own.version);
                let day = state.received().local_day();
                let set = dossier_rules.on(day);
                let clock = set.map(|set| Clock::new(set, &rules.calendar));
                // Without the version the day tells.
                let term = procedure.map_or(Term::WorkingDays(0), |own| own.term);
                take(&Summary::of(state, term, clock.as_ref()));
            }
            after = page.last().map(|state| state.number.clone());
            if last {
                break;
            }
        }
    }
    Ok(())
}

/// Every dossier asked about is read, so it runs beside the requests.
pub(super) async fn beside<T: Send + 'static>(
    intake: Arc<Intake>,
    work: impl FnOnce(&Intake) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(move || work(&intake)).await;
    done.map_err(|_| ProblemCode::Internal)?
}

pub(super) async fn of_all(
    State(office): State<Office>,
    query: v1::Asking<DossierFiguresQuery>,
) -> Result<Response, Problem> {
    let query = v1::asked(query)?;
    let view = beside(office.intake, move |intake| figures(intake, &query)).await?;
    Ok(v1::json(StatusCode::OK, &view))
}

pub(super) async fn behind_of_all(
    State(office): State<Office>,
    query: v1::Asking<DossierRowsQuery>,
) -> Result<Response, Problem> {
    let query = v1::asked(query)?;
    let view = beside(office.intake, move |intake| behind(intake, &query)).await?;
    Ok(v1::json(StatusCode::OK, &view))
}
