//! One figure of one unit: what it means and rests on, how it came about month by month, and how its documents are
//! found. Documents themselves are not shown here: whoever reaches this page has proved nothing.

use super::figures::{Cell, Writer};
use super::{answered, closed, totals};
use crate::intake::Intake;
use crate::lang;
use crate::model::simulated::is_simulated;
use crate::model::{Language, Period, UnitCode};
use crate::rates::report::UnitRates;
use crate::rates::tree::days_of;
use crate::rates::{Behind, Definition, Measure};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Which figure.
#[derive(Clone, Debug)]
pub(super) struct Which {
    pub(super) unit: UnitCode,
    pub(super) name: String,
    pub(super) period: Period,
}

impl Which {
    /// Of a question; `None`: there is no such figure.
    pub(super) fn of(unit: &str, name: &str, period: &str) -> Option<Self> {
        let known = Definition::find(name).is_some() || Measure::from_name(name).is_some();
        known.then_some(())?;
        Some(Self {
            unit: UnitCode::parse(unit)?,
            name: name.to_owned(),
            period: Period::parse(period)?,
        })
    }
}

#[derive(Template)]
#[template(path = "figure.html", config = "src/web/askama.toml")]
struct FigurePage {
    language: &'static str,
    gateway: String,
    simulated: Option<String>,
    title: String,
    back: String,
    unit: String,
    unit_name: String,
    period: String,
    period_shown: String,
    closed: Option<String>,
    cell: Cell,
    meaning_title: String,
    meaning: Vec<(String, String)>,
    documents_title: String,
    steps: Vec<(String, String)>,
    months_title: String,
    month_head: String,
    months: Vec<(String, String, Cell)>,
    footer: String,
}

/// The page of a figure.
pub(super) fn page(intake: &Intake, language: Language, which: &Which) -> Response {
    match compose(intake, language, which) {
        Some(page) => answered(page.render()),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn compose(intake: &Intake, language: Language, which: &Which) -> Option<FigurePage> {
    let text = |key: &str| lang::text(language, key, &[]);
    let rules = intake.rules();
    let known = rules.registry.unit(&which.unit);
    let cell = cell(intake, language, which, which.period)?;
    let reckoned = match which.period.is_administrative() {
        true => "@15",
        false => "",
    };
    let all = which
        .period
        .months()
        .filter_map(|month| Period::parse(&format!("{month}{reckoned}")));
    let inside = |month: &Period| {
        let (first, last) = month.days().into_inner();
        which.period.contains(first) && which.period.contains(last)
    };
    let months = all.filter(inside).filter_map(|month| {
        let own = self::cell(intake, language, which, month)?;
        Some((lang::period(language, month), month.to_string(), own))
    });
    Some(FigurePage {
        language: language.name(),
        gateway: intake.tools().gateway.clone(),
        simulated: is_simulated(&intake.tools().gateway).then(|| text("simulated")),
        title: super::figures::capital(&cell.label),
        back: text("page-title"),
        unit: which.unit.to_string(),
        unit_name: known.map(|unit| unit.name.clone()).unwrap_or_default(),
        period: which.period.to_string(),
        period_shown: lang::period(language, which.period),
        closed: closed(intake, language, which.period),
        meaning_title: text("figure-meaning"),
        meaning: meaning(language, &which.name),
        documents_title: text("figure-documents"),
        steps: steps(language, which),
        months_title: text("figure-months"),
        month_head: text("sheet-month"),
        months: months.collect(),
        footer: text("page-footer"),
        cell,
    })
}

fn cell(intake: &Intake, language: Language, which: &Which, period: Period) -> Option<Cell> {
    let rules = intake.rules();
    let counts = totals(intake, period)
        .ok()?
        .remove(&which.unit)
        .unwrap_or_default();
    let days = days_of(&rules.registry, &which.unit, period);
    let rates = UnitRates::new(which.unit.clone(), counts, days);
    let writer = Writer(language);
    if let Some(rate) = Definition::find(&which.name) {
        return Some(writer.rate(rate.name, &rates.rate(rate), false));
    }
    let measure = Measure::from_name(&which.name)?;
    Some(writer.count(&rates.counts, measure))
}

/// Formula, explanation, legal source and what is left out.
fn meaning(language: Language, name: &str) -> Vec<(String, String)> {
    let Some(rate) = Definition::find(name) else {
        return Vec::new();
    };
    let key = format!("rate-{}.explained", rate.name.replace('_', "-"));
    let (over, under) = (
        lang::terms(language, rate.over),
        lang::terms(language, rate.under),
    );
    let rows = [
        ("sheet-formula", format!("({over}) ÷ ({under})")),
        ("sheet-explained", lang::text(language, &key, &[])),
        ("sheet-source", rate.source.to_owned()),
        ("sheet-without", lang::left_out(language, rate)),
    ];
    let head = |key: &str| lang::text(language, key, &[]);
    rows.into_iter()
        .map(|(key, said)| (head(key), said))
        .collect()
}

/// Which documents, and then the life of one of them.
fn steps(language: Language, which: &Which) -> Vec<(String, String)> {
    let (unit, period) = (&which.unit, which.period);
    let word = |key: &str| lang::text(language, key, &[]);
    let list = |name: &str, flag: &str| {
        format!("lienthong rates documents --unit {unit} --measure {name}{flag} --period {period}")
    };
    let mut out = Vec::new();
    if Behind::named(&which.name).is_some() {
        out.push((word("figure-list"), list(&which.name, "")));
    }
    if Behind::missing(&which.name).is_some() {
        out.push((word("figure-list-missing"), list(&which.name, " --missing")));
    }
    out.push((word("figure-one"), "lienthong status ID".to_owned()));
    out
}
