//! `rates` and `recount`: from the running daemon, or from the store itself while none runs.

use super::args::Rates;
use super::console::Console;
use super::failure::{Exit, Failure};
use crate::client::admin::Admin;
use crate::client::wire::{RateView, RatesView, RecountView, UnitRatesView};
use crate::lang;
use crate::model::Language;

/// The rates shown, in the order of the columns.
const RATES: [&str; 9] = [
    "signed",
    "both_signed",
    "issued_late",
    "accepted",
    "answered_in_time",
    "answered_same_day",
    "own_answers_in_time",
    "own_answers_same_day",
    "exchange",
];

pub(super) async fn rates(console: &Console, asked: &Rates) -> Result<Exit, Failure> {
    let view = rates_view(console, asked).await?;
    if console.json {
        console.json(&view);
    } else if asked.csv {
        console.out(csv(console, &view).trim_end());
    } else {
        show(console, &view);
    }
    Ok(Exit::Done)
}

async fn rates_view(console: &Console, asked: &Rates) -> Result<RatesView, Failure> {
    let failed = |e| Failure::client(console.language, &e);
    let (period, unit) = (asked.period.as_deref(), asked.unit.as_deref());
    if console.names_profile() {
        let client = console.client(&console.profile()?)?;
        return client.rates(period, unit).await.map_err(failed);
    }
    let settings = console.settings()?.settings;
    match Admin::connect(&settings.socket(), console.language).await {
        Some(admin) => admin.rates(period, unit).await.map_err(failed),
        None => super::store::rates(console, &settings, period, unit).await,
    }
}

fn percent(language: Language, rate: &RateView) -> Option<String> {
    let tenths = rate.per_mille?;
    let point = match language {
        Language::Vi => ',',
        Language::En => '.',
    };
    Some(format!(
        "{}{point}{}",
        tenths.div_euclid(10),
        tenths.rem_euclid(10)
    ))
}

fn cell(console: &Console, rate: Option<&RateView>) -> String {
    let Some(rate) = rate else {
        return String::new();
    };
    match (rate.denominator, percent(console.language, rate)) {
        (None, _) => {
            let unknown = console.text("cli-rates-unknown", &[]);
            format!("{}/? {unknown}", rate.numerator)
        }
        (Some(under), Some(percent)) => format!("{}/{under} {percent} %", rate.numerator),
        (Some(under), None) => {
            let none = console.text("cli-rates-none", &[]);
            format!("{}/{under} {none}", rate.numerator)
        }
    }
}

fn show(console: &Console, view: &RatesView) {
    console.out(&console.text("cli-rates-title", &[("period", &view.period)]));
    if view.units.is_empty() {
        console.out(&console.text("cli-rates-empty", &[]));
        return;
    }
    let mut rows = Vec::new();
    for unit in &view.units {
        let mut row = vec![unit.unit.clone(), lang::visible(&unit.name)];
        row.extend(
            RATES
                .iter()
                .map(|name| cell(console, unit.rates.get(*name))),
        );
        rows.push(row);
    }
    console.table("cli-rates-header", &rows);
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
}

fn refusals(console: &Console, unit: &UnitRatesView) -> Vec<String> {
    let reasons = unit.counts.iter().filter(|(_, n)| **n != 0);
    let reasons = reasons.filter_map(|(name, n)| Some((name.strip_prefix("refused.")?, n)));
    let said = |code: &str| lang::word(console.language, "reason", code);
    reasons
        .map(|(code, n)| format!("{n} × {}", said(code).trim_end_matches('.')))
        .collect()
}

/// The words for a counter; a refusal with its reason.
fn measure(language: Language, name: &str) -> String {
    let Some(code) = name.strip_prefix("refused.") else {
        return lang::word(language, "measure", name);
    };
    let (refused, reason) = (
        lang::word(language, "measure", "refused"),
        lang::word(language, "reason", code),
    );
    format!("{refused}: {}", reason.trim_end_matches('.'))
}

/// One row per unit and rate, with a byte order mark so that spreadsheets show Vietnamese.
fn csv(console: &Console, view: &RatesView) -> String {
    let quoted = |text: &str| {
        // A leading sign would be taken for a formula.
        let formula = text.starts_with(['=', '+', '-', '@']);
        let text = if formula {
            format!("'{text}")
        } else {
            text.to_owned()
        };
        format!("\"{}\"", text.replace('"', "\"\""))
    };
    let mut out = String::from("\u{feff}period,unit,name,figure,numerator,denominator,percent\r\n");
    for unit in &view.units {
        let head = format!("{},{},{}", view.period, unit.unit, quoted(&unit.name));
        for (name, rate) in &unit.rates {
            let label = quoted(&lang::word(console.language, "rate", name));
            let under = rate.denominator.map(|d| d.to_string()).unwrap_or_default();
            let percent = rate
                .per_mille
                .map(|p| format!("{}.{}", p.div_euclid(10), p.rem_euclid(10)));
            let percent = percent.unwrap_or_default();
            out.push_str(&format!(
                "{head},{label},{},{under},{percent}\r\n",
                rate.numerator
            ));
        }
        for (name, count) in &unit.counts {
            let label = quoted(&measure(console.language, name));
            out.push_str(&format!("{head},{label},{count},,\r\n"));
        }
    }
    out
}

pub(super) async fn recount(console: &Console) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let view: RecountView = match Admin::connect(&settings.socket(), console.language).await {
        Some(admin) => {
            let counted = admin.recount().await;
            counted.map_err(|e| Failure::client(console.language, &e))?
        }
        None => super::store::recount(console, &settings).await?,
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
