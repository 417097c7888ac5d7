//! `rates documents`: what stands behind a figure, from the running daemon or from the store itself.

use super::args::FigureRows;
use super::books::table;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::moment;
use super::place::{Place, found};
use crate::client::figure_rows::{FigureRowView, FigureRowsQuery, FigureRowsView};
use crate::http::figure_rows::list;
use crate::lang;
use crate::model::Period;
use crate::rates::Behind;

/// Rows of one request.
const PAGE: usize = 200;

pub(super) async fn page(
    console: &Console,
    place: &Place,
    query: &FigureRowsQuery,
) -> Result<Option<FigureRowsView>, Failure> {
    let page = match place {
        Place::Gateway(client) => client.figure_rows(query).await,
        Place::Daemon(admin) => admin.figure_rows(query).await,
        Place::Store(intake) => found(console, list(intake, query)),
        Place::Nowhere => return Ok(None),
    };
    page.map(Some)
        .map_err(|e| Failure::client(console.language, &e))
}

pub(super) async fn documents(console: &Console, asked: &FigureRows) -> Result<Exit, Failure> {
    let usage = |key, values: &[(&str, &str)]| Failure::usage(console.language, key, values);
    if let Some(text) = &asked.period
        && Period::parse(text).is_none()
    {
        return Err(usage("cli-period-wrong", &[("text", text)]));
    }
    let code = super::unit::code(console, &asked.unit)?;
    let measure = asked.measure.as_str();
    let known = match asked.missing {
        false => Behind::named(measure),
        true => Behind::missing(measure),
    };
    if known.is_none() {
        let key = match (asked.missing, Behind::named(measure)) {
            (true, Some(_)) => "cli-figure-no-rate",
            _ => "cli-figure-unknown",
        };
        return Err(usage(key, &[("measure", measure)]));
    }
    let (place, settings) = Place::open(console).await?;
    let read = pages(console, &place, asked).await;
    place.close().await;
    let view = read?;
    if let Some(settings) = settings.filter(|_| view.as_ref().is_none_or(|v| v.total == 0)) {
        // Of a unit that is none, nothing was ever counted.
        super::unit::known(console, &settings, &code)?;
    }
    let Some(view) = view else {
        console.tell("cli-figure-none", &[]);
        return Ok(Exit::Done);
    };
    if console.json {
        console.json(&view);
    } else if asked.csv || asked.excel {
        let rows: Vec<Vec<String>> = view.items.iter().map(|row| cells(console, row)).collect();
        let between = if asked.excel { b';' } else { b',' };
        let header = console.text("cli-figure-header", &[]);
        let text = table(console, &header, rows, between, view.simulated);
        console.out(text.trim_end());
    } else {
        show(console, &view);
    }
    Ok(Exit::Done)
}

/// The rows that were asked for, a page after the other, as one.
async fn pages(
    console: &Console,
    place: &Place,
    asked: &FigureRows,
) -> Result<Option<FigureRowsView>, Failure> {
    let mut whole: Option<FigureRowsView> = None;
    let mut after = asked.after.clone();
    loop {
        let have = whole.as_ref().map_or(0, |view| view.items.len());
        let left = asked.limit.saturating_sub(have).clamp(1, PAGE);
        let query = FigureRowsQuery {
            unit: Some(asked.unit.clone()),
            measure: Some(asked.measure.clone()),
            period: asked.period.clone(),
            missing: asked.missing.then(|| "true".to_owned()),
            after: after.take(),
            limit: Some(left.to_string()),
        };
        let Some(mut page) = page(console, place, &query).await? else {
            return Ok(whole);
        };
        if let Some(before) = whole.take() {
            let new = std::mem::replace(&mut page.items, before.items);
            page.items.extend(new);
        }
        after.clone_from(&page.next);
        let done = after.is_none() || page.items.len() >= asked.limit;
        whole = Some(page);
        if done {
            return Ok(whole);
        }
    }
}

/// The words for a figure: a rate, or a measure.
fn figure(console: &Console, name: &str) -> String {
    let language = console.language;
    if let Some(code) = name.strip_prefix("refused.") {
        let reason = lang::word(language, "reason", code);
        let refused = lang::word(language, "measure", "refused");
        return format!("{refused}: {}", reason.trim_end_matches('.'));
    }
    let word = lang::word(language, "rate", name);
    // What has no sentence is given back as its key.
    if word == format!("rate-{}", name.replace('_', "-")) {
        return lang::word(language, "measure", name);
    }
    word
}

fn show(console: &Console, view: &FigureRowsView) {
    console.mark(view.simulated);
    let period = Period::parse(&view.period);
    let period = period.map_or_else(
        || view.period.clone(),
        |p| lang::period(console.language, p),
    );
    let (name, count) = (lang::visible(&view.name), view.total.to_string());
    let figure = figure(console, &view.measure);
    let values = [
        ("figure", figure.as_str()),
        ("unit", &view.unit),
        ("name", &name),
        ("period", &period),
        ("count", &count),
    ];
    let title = match view.missing {
        false => "cli-figure-title",
        true => "cli-figure-title-missing",
    };
    console.out(&console.text(title, &values));
    if view.items.is_empty() {
        return;
    }
    let rows: Vec<Vec<String>> = view.items.iter().map(|row| cells(console, row)).collect();
    console.table("cli-figure-header", &rows);
    if let Some(next) = &view.next {
        let missing = if view.missing { " --missing" } else { "" };
        console.next_command(&format!(
            "rates documents --unit {} --measure {}{missing} --period {} --after {next}",
            view.unit, view.measure, view.period
        ));
    } else if let Some(id) = view.items.iter().find_map(|row| row.id.as_ref()) {
        console.next_command(&format!("status {id}"));
    }
}

/// The cells of a row, in the order of `cli-figure-header`.
pub(super) fn cells(console: &Console, row: &FigureRowView) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let time = |at: &Option<String>| at.as_deref().map(moment).unwrap_or_default();
    let number = match (&row.number, &row.notation) {
        (Some(number), Some(notation)) => lang::visible(&format!("{number}/{notation}")),
        _ => String::new(),
    };
    let to = match (&row.recipient, row.recipients) {
        (Some(unit), _) => unit.clone(),
        (None, 0) => String::new(),
        (None, several) => {
            console.text("cli-figure-recipients", &[("count", &several.to_string())])
        }
    };
    let kind = match row.kind.as_str() {
        "document" => "disposition",
        _ => "state",
    };
    let state = row.state.as_deref();
    let state = state.map(|name| lang::word(console.language, kind, name));
    vec![
        row.day.clone(),
        number,
        text(&row.id),
        text(&row.sender),
        to,
        time(&row.arrived),
        time(&row.answered),
        state.unwrap_or_default(),
        row.reason.clone().unwrap_or_default(),
        lang::visible(&text(&row.subject)),
    ]
}
