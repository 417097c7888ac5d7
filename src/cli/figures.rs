//! `rates` and `recount`: from the running daemon, or from the store itself while none runs.

use super::args::{Rates, RatesCommand, Recount};
use super::bars;
use super::console::Console;
use super::failure::{Exit, Failure};
use crate::client::admin::Admin;
use crate::client::figures::Which;
use crate::client::findings::FindingsQuery;
use crate::client::wire::{RateView, RatesView, RecountView, UnitRatesView};
use crate::config::targets;
use crate::export::sheet::Flow;
use crate::export::{csv, sheets, xlsx};
use crate::lang;
use crate::model::{Period, UnitCode};
use crate::rates::Definition;
use crate::rates::column::Column;
use crate::rates::definitions::DEFINITIONS;
use crate::rates::report::Rate;
use crate::rates::target::{standing, target};
use crate::upkeep::RecountOf;

/// The rates of a table, in the order of the columns: what leads first, since the last ones may not fit.
const RATES: [&str; 12] = [
    "exchange",
    "signed",
    "both_signed",
    "own_answers_in_time",
    "issued_late",
    "accepted",
    "answered_in_time",
    "exchange_only",
    "completed_in_time",
    "answered_same_day",
    "own_answers_same_day",
    "opened",
];

/// Overdue findings that stand above a table; `finding list` has the others.
const LATE: usize = 20;

/// Characters of a bar among columns, and of one that has its line for itself.
const SHORT: usize = 5;
const LONG: usize = 25;

pub(super) async fn rates(console: &Console, asked: &Rates) -> Result<Exit, Failure> {
    if let Some(RatesCommand::Slips(slips)) = &asked.command {
        return super::report::slips(console, slips).await;
    }
    if asked.definitions {
        definitions(console);
        return Ok(Exit::Done);
    }
    let only = asked.rate.as_deref().map(|name| rate(console, name));
    let only = only.transpose()?;
    let view = rates_view(console, asked).await?;
    if let Some(path) = &asked.xlsx {
        let columns = match console.settings_if_any()? {
            Some(loaded) => loaded.settings.columns,
            None => Column::defaults(),
        };
        let period = sheets::period(console.language, &view.period);
        let titles = [console.text("cli-rates-title", &[("period", &period)])];
        let units = || sheets::travelled(&view);
        let mut flows = vec![
            sheets::table(
                console.language,
                (view.sums.as_slice(), units()),
                &columns,
                &titles,
            ),
            sheets::figures(console.language, units(), &columns),
            Flow::whole(sheets::definitions(console.language)),
        ];
        flows
            .iter_mut()
            .for_each(|flow| flow.sheet.mark(console.language, view.simulated));
        let book = xlsx::write(flows, console.now());
        let book = book.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
        let written = std::fs::write(path, book);
        written.map_err(|e| Failure::unwritable(console.language, path, &e))?;
        let path = path.display().to_string();
        console.tell("cli-rates-written", &[("path", &path)]);
    } else if console.json {
        console.json(&view);
    } else if asked.csv || asked.excel {
        let form = if asked.excel {
            &csv::EXCEL
        } else {
            &csv::PROGRAMS
        };
        console.out(csv::figures(console.language, &view, form).trim_end());
    } else {
        head(console, asked).await?;
        show(console, &view, only)?;
    }
    Ok(Exit::Done)
}

/// The findings that are overdue stand before every figure.
async fn head(console: &Console, asked: &Rates) -> Result<(), Failure> {
    let query = FindingsQuery {
        unit: asked.unit.clone().filter(|_| !console.names_profile()),
        overdue: Some("true".to_owned()),
        limit: Some(LATE.to_string()),
        ..FindingsQuery::default()
    };
    let late = if console.names_profile() {
        let client = console.client(&console.profile()?)?;
        let found = client.findings(&query).await;
        found.map_err(|e| Failure::client(console.language, &e))?
    } else {
        let settings = console.settings()?.settings;
        match Admin::connect(&settings.socket(), console.language).await {
            Some(admin) => {
                let found = admin.findings(&query).await;
                found.map_err(|e| Failure::client(console.language, &e))?
            }
            None => super::store::late_findings(console, &settings, &query, LATE).await?,
        }
    };
    if !late.items.is_empty() {
        let more = if late.next.is_some() { "+" } else { "" };
        let count = format!("{}{more}", late.items.len());
        console.out(&console.text("cli-finding-late", &[("count", &count)]));
        super::finding::table(console, &late.items);
        console.out("");
    }
    Ok(())
}

/// The rate of this name.
pub(super) fn rate(console: &Console, name: &str) -> Result<&'static Definition, Failure> {
    let none = || {
        let next = console.text("cli-rates-no-rate-next", &[]);
        Failure::usage(console.language, "cli-rates-no-rate", &[("name", name)]).with_next(next)
    };
    Definition::find(name).ok_or_else(none)
}

/// The period asked for, checked.
pub(super) fn period(console: &Console, text: Option<&str>) -> Result<Option<Period>, Failure> {
    text.map(|text| super::period::parse(console, text))
        .transpose()
}

async fn rates_view(console: &Console, asked: &Rates) -> Result<RatesView, Failure> {
    let failed = |e| Failure::client(console.language, &e);
    let (text, unit) = (asked.period.as_deref(), asked.unit.as_deref());
    period(console, text)?;
    let code = unit
        .map(|text| super::unit::code(console, text))
        .transpose()?;
    // A table in a workbook has its sum below.
    let sums = asked.tree || asked.xlsx.is_some();
    let which = Which {
        period: text,
        unit,
        sums,
        live: asked.live,
    };
    if console.names_profile() {
        let client = console.client(&console.profile()?)?;
        return client.rates_of(&which).await.map_err(failed);
    }
    let settings = console.settings()?.settings;
    let view = match Admin::connect(&settings.socket(), console.language).await {
        Some(admin) => admin.rates_of(&which).await.map_err(failed)?,
        None => super::store::rates(console, &settings, &which).await?,
    };
    if let Some(code) = code.filter(|_| view.units.is_empty()) {
        // Nothing was counted of it: of a unit that is none, nothing ever will be.
        super::unit::known(console, &settings, &code)?;
    }
    Ok(view)
}

fn show(
    console: &Console,
    view: &RatesView,
    only: Option<&'static Definition>,
) -> Result<(), Failure> {
    console.mark(view.simulated);
    let shown = sheets::period(console.language, &view.period);
    console.out(&console.text("cli-rates-title", &[("period", &shown)]));
    if let Some(of) = &view.statement {
        console.out(&super::period::frozen(console, of));
    }
    if view.units.is_empty() && view.sums.is_empty() {
        console.out(&console.text("cli-rates-empty", &[]));
        return Ok(());
    }
    match (view.units.as_slice(), only) {
        (_, Some(rate)) => league(console, view, rate),
        ([unit], None) if view.sums.is_empty() => one(console, view, unit)?,
        _ => table(console, view),
    }
    for unit in &view.units {
        let refused: Vec<String> = refusals(console, unit);
        if !refused.is_empty() {
            let label = lang::word(console.language, "measure", "refused");
            console.out(&format!(
                "  {} — {label}: {}",
                unit.unit,
                refused.join("; ")
            ));
        }
    }
    console.tell("cli-rates-note", &[]);
    Ok(())
}

/// Every rate of one unit on a line of its own, with its target if there is one here.
fn one(console: &Console, view: &RatesView, unit: &UnitRatesView) -> Result<(), Failure> {
    let language = console.language;
    console.out(&format!("{} {}", unit.unit, lang::visible(&unit.name)));
    let aims = match console
        .settings_if_any()?
        .filter(|_| !console.names_profile())
    {
        None => None,
        Some(loaded) => {
            let all = targets::read(&loaded.settings.targets);
            let all = all.map_err(|e| Failure::config(language, &e))?;
            let registry = crate::config::registry::read(&loaded.settings.units);
            Some((all, registry.map_err(|e| Failure::config(language, &e))?))
        }
    };
    let known = UnitCode::parse(&unit.unit).zip(Period::parse(&view.period));
    let label = |rate: &Definition| lang::word(language, "rate", rate.name);
    let wide = DEFINITIONS.iter().map(|rate| label(rate).chars().count());
    let wide = wide.max().unwrap_or(0);
    for rate in DEFINITIONS {
        let Some(own) = unit.rates.get(rate.name) else {
            continue;
        };
        let mut line = format!(
            "  {:wide$}  {}",
            label(rate),
            bars::cell(language, Some(own), LONG)
        );
        let aim = aims.as_ref().zip(known.as_ref());
        let aim = aim.and_then(|((all, registry), (code, period))| {
            let aim = target(all, rate, registry.unit(code)?, *period.days().end())?;
            standing(aim, &Rate::of(own.numerator, own.denominator?))
        });
        if let Some(stands) = aim {
            let (aim, distance) = (
                lang::percent(language, stands.target),
                lang::points(language, stands.distance),
            );
            let values = [("target", aim.as_str()), ("distance", distance.as_str())];
            line = format!("{line}  {}", console.text("cli-rates-target", &values));
        }
        if own.state == "partial" {
            let covered = unit.counts.get("register_days").copied().unwrap_or(0);
            let (covered, of) = (covered.to_string(), unit.days.to_string());
            let values = [("covered", covered.as_str()), ("of", of.as_str())];
            line = format!("{line}  {}", console.text("cli-rates-partial", &values));
        }
        console.out(&line);
    }
    Ok(())
}

/// One rate of all units, the best first.
fn league(console: &Console, view: &RatesView, rate: &'static Definition) {
    let order = |unit: &&UnitRatesView| {
        let own = unit.rates.get(rate.name).and_then(|rate| rate.per_mille);
        let own = match rate.better {
            crate::rates::Better::Higher => own.map(|n| n.saturating_neg()),
            crate::rates::Better::Lower => own,
        };
        (own.is_none(), own, unit.unit.clone())
    };
    let mut units: Vec<&UnitRatesView> = view.units.iter().collect();
    units.sort_by_key(order);
    let rows: Vec<Vec<String>> = units
        .iter()
        .map(|unit| {
            vec![
                unit.unit.clone(),
                lang::visible(&unit.name),
                bars::cell(console.language, unit.rates.get(rate.name), LONG),
            ]
        })
        .collect();
    let heads = [
        console.text("sheet-code", &[]),
        console.text("cli-rates-unit", &[]),
        lang::word(console.language, "rate", rate.name),
    ];
    for line in bars::columns(&heads, &rows, bars::width()).0 {
        console.out(&line);
    }
}

fn table(console: &Console, view: &RatesView) {
    let language = console.language;
    let number = |counts: &std::collections::BTreeMap<String, i64>| {
        lang::number(language, counts.get("offered").copied().unwrap_or(0))
    };
    let cells = |rates: &std::collections::BTreeMap<String, RateView>| {
        let each = RATES.iter();
        each.map(|name| bars::cell(language, rates.get(*name), SHORT))
            .collect::<Vec<_>>()
    };
    let mut rows = Vec::new();
    for sum in &view.sums {
        let (code, name) = match &sum.unit {
            None => (String::new(), console.text("cli-rates-total", &[])),
            Some(code) => (format!("Σ {code}"), lang::visible(&sum.name)),
        };
        let whole = format!("{name} ({}/{})", sum.whole, sum.units);
        let mut row = vec![code, whole, number(&sum.counts)];
        row.extend(cells(&sum.rates));
        rows.push(row);
    }
    for unit in &view.units {
        let name = lang::visible(&unit.name);
        let mut row = vec![unit.unit.clone(), name, number(&unit.counts)];
        row.extend(cells(&unit.rates));
        rows.push(row);
    }
    let mut heads = vec![
        console.text("sheet-code", &[]),
        console.text("cli-rates-unit", &[]),
        console.text("cli-rates-offered", &[]),
    ];
    heads.extend(RATES.iter().map(|name| lang::word(language, "rate", name)));
    let (lines, left) = bars::columns(&heads, &rows, bars::width());
    for line in lines {
        console.out(&line);
    }
    if let Some(all) = view.sums.first() {
        let (whole, units) = (all.whole.to_string(), all.units.to_string());
        let values = [("whole", whole.as_str()), ("units", units.as_str())];
        console.tell("cli-rates-whole", &values);
    }
    if left > 0 {
        let count = left.to_string();
        console.tell("cli-rates-more", &[("count", &count)]);
    }
}

fn definitions(console: &Console) {
    let language = console.language;
    if console.json {
        let all = DEFINITIONS.iter().map(|rate| {
            let (numerator, denominator) = rate.formula();
            let key = format!("rate-{}.explained", rate.name.replace('_', "-"));
            let without: Vec<&str> = rate.without.iter().map(|one| one.name()).collect();
            serde_json::json!({
                "name": rate.name,
                "label": lang::word(language, "rate", rate.name),
                "numerator": numerator,
                "denominator": denominator,
                "explanation": console.text(&key, &[]),
                "source": rate.source,
                "left_out": without,
                "needs_register": rate.register,
            })
        });
        console.json(&all.collect::<Vec<_>>());
        return;
    }
    for rate in DEFINITIONS {
        let (over, under) = rate.formula();
        let label = lang::word(language, "rate", rate.name);
        let key = format!("rate-{}.explained", rate.name.replace('_', "-"));
        let without = lang::left_out(language, rate);
        console.out(&format!("{} — {label}", rate.name));
        console.out(&format!("  ({over}) ÷ ({under})"));
        console.out(&format!("  {}", console.text(&key, &[])));
        console.out(&format!("  {}", rate.source));
        let without = console.text("cli-rates-without", &[("what", &without)]);
        console.out(&format!("  {without}"));
    }
}

fn refusals(console: &Console, unit: &UnitRatesView) -> Vec<String> {
    let reasons = unit.counts.iter().filter(|(_, n)| **n != 0);
    let reasons = reasons.filter_map(|(name, n)| Some((name.strip_prefix("refused.")?, n)));
    let said = |code: &str| lang::word(console.language, "reason", code);
    reasons
        .map(|(code, n)| format!("{n} × {}", said(code).trim_end_matches('.')))
        .collect()
}

pub(super) async fn recount(console: &Console, asked: &Recount) -> Result<Exit, Failure> {
    let period = asked.period.as_deref();
    let period = period
        .map(|text| super::period::parse(console, text))
        .transpose()?;
    let unit = asked.unit.as_deref();
    let unit = unit
        .map(|text| super::unit::code(console, text))
        .transpose()?;
    let settings = console.settings()?.settings;
    let view: RecountView = match Admin::connect(&settings.socket(), console.language).await {
        Some(admin) => {
            let (period, unit) = (asked.period.as_deref(), asked.unit.as_deref());
            let counted = admin.recount_of(period, unit).await;
            counted.map_err(|e| Failure::client(console.language, &e))?
        }
        None => super::store::recount(console, &settings, &RecountOf { period, unit }).await?,
    };
    let good = view.differences.is_empty();
    let (records, documents) = (view.records.to_string(), view.documents.to_string());
    if console.json {
        console.json(&view);
    } else if good {
        let values = [
            ("records", records.as_str()),
            ("documents", documents.as_str()),
        ];
        console.out(&console.text("cli-recount-good", &values));
    } else {
        let count = view.differences.len().to_string();
        console.out(&console.text("cli-recount-bad", &[("count", &count)]));
        let rows = view.differences.iter().map(|d| {
            let figures = [d.counted.to_string(), d.recounted.to_string()];
            let mut row = vec![d.unit.clone(), d.day.clone(), d.measure.clone()];
            row.extend(figures);
            row
        });
        console.table("cli-recount-header", &rows.collect::<Vec<_>>());
    }
    Ok(if good { Exit::Done } else { Exit::Failed })
}
