//! `GET /v1/rates` and `GET /v1/units`.

use super::lists::{Asking, asked, number, shown};
use super::views;
use crate::client::figure_rows::FigureRowsQuery;
use crate::client::figures;
use crate::client::wire::{ListView, RatesView, UnitView};
use crate::http::context::{Caller, Gateway};
use crate::http::figure_rows;
use crate::http::problem::{Problem, ProblemCode};
use crate::intake::Intake;
use crate::model::simulated::is_simulated;
use crate::model::{Period, UnitCode};
use crate::policy::Rules;
use crate::upkeep;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

/// Which figures are asked for.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct RatesQuery {
    /// The period ([`Period`]); absent: this month.
    pub(in crate::http) period: Option<String>,
    /// One unit; absent: all.
    pub(in crate::http) unit: Option<String>,
    /// Whether sums are asked for too: of all, and of each unit with others below it; with a unit, of it and all below.
    #[serde(default)]
    pub(in crate::http) sums: bool,
    /// What the counters say now, also of a closed period.
    #[serde(default)]
    pub(in crate::http) live: bool,
}

pub(super) async fn rates(
    State(gateway): State<Arc<Gateway>>,
    _caller: Caller,
    query: Asking<RatesQuery>,
) -> Result<Response, Problem> {
    let view = rates_view(&gateway.intake, &asked(query)?)?;
    Ok(views::json(StatusCode::OK, &view))
}

/// What stands behind a figure of the caller's own. Those of others are none of its business: of them it is told
/// the figures.
pub(super) async fn documents(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    query: Asking<FigureRowsQuery>,
) -> Result<Response, Problem> {
    let mut query = asked(query)?;
    let own = caller.unit.as_str();
    if query.unit.as_deref().is_some_and(|unit| unit != own) {
        return Err(ProblemCode::NotFound.into());
    }
    query.unit = Some(own.to_owned());
    let view = figure_rows::list(&gateway.intake, &query)?;
    Ok(views::json(StatusCode::OK, &view))
}

/// The figures of a period.
///
/// # Errors
/// A problem with the query or the store.
pub(in crate::http) fn rates_view(
    intake: &Intake,
    query: &RatesQuery,
) -> Result<RatesView, Problem> {
    let invalid = |name: &'static str, text: &str| {
        let args = vec![("value", shown(text))];
        Problem::new(ProblemCode::QueryInvalid).at(name, "field-invalid", args)
    };
    let period = match query.period.as_deref() {
        None => Period::month_of(intake.tools().clock.now().local_day()),
        Some(text) => Period::parse(text).ok_or_else(|| invalid("period", text))?,
    };
    let unit = query.unit.as_deref();
    let unit = unit.map(|text| UnitCode::parse(text).ok_or_else(|| invalid("unit", text)));
    let unit = unit.transpose()?;
    let view = figures_of(intake, query, period, unit.as_ref())?;
    Ok(RatesView {
        simulated: is_simulated(&intake.tools().gateway),
        ..view
    })
}

fn figures_of(
    intake: &Intake,
    query: &RatesQuery,
    period: Period,
    unit: Option<&UnitCode>,
) -> Result<RatesView, Problem> {
    let (tools, rules) = (intake.tools(), intake.rules());
    let registry = &rules.registry;
    let closed = tools.ledger.statement(period, None)?;
    if let Some(record) = closed.filter(|_| !query.live) {
        let statement = intake.stated(&record)?;
        let sums = query.sums;
        return Ok(upkeep::stated_rates(
            &record, &statement, unit, sums, registry,
        ));
    }
    let totals = tools.ledger.rates(period, unit.filter(|_| !query.sums))?;
    Ok(match query.sums {
        true => figures::rates_with_sums(period, &totals, registry, unit),
        false => figures::rates(period, totals, registry),
    })
}

/// The units on one page: a province's directory of 123,265 units takes 124 of them.
const UNITS: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitsQuery {
    after: Option<String>,
    limit: Option<String>,
}

pub(super) async fn units(
    State(gateway): State<Arc<Gateway>>,
    _caller: Caller,
    query: Asking<UnitsQuery>,
) -> Result<Response, Problem> {
    let query = asked(query)?;
    let max = u64::try_from(UNITS).unwrap_or(u64::MAX);
    let limit = query.limit.as_deref();
    let limit = limit.map(|_| number("limit", limit, 1, max)).transpose()?;
    let limit = limit.and_then(|n| usize::try_from(n).ok()).unwrap_or(UNITS);
    let rules = gateway.intake.rules();
    let list = units_view(&rules, query.after.as_deref().unwrap_or(""), limit);
    Ok(views::json(StatusCode::OK, &list))
}

/// The registry's units with codes after `after`, by code.
#[must_use]
pub(in crate::http) fn units_view(rules: &Rules, after: &str, limit: usize) -> ListView<UnitView> {
    let unit = |u: &crate::registry::Unit| UnitView {
        code: u.code.to_string(),
        name: u.name.clone(),
        kind: u.kind.name().to_owned(),
        parent: u.parent.as_ref().map(ToString::to_string),
    };
    let mut left = rules
        .registry
        .units()
        .skip_while(|u| u.code.as_str() <= after);
    let items: Vec<UnitView> = left.by_ref().take(limit).map(unit).collect();
    let more = left.next().is_some();
    let next = items.last().filter(|_| more).map(|u| u.code.clone());
    ListView { items, next }
}
