//! What is known of registers: the list of them, gaps in the numbering, conflicts.

use super::at_desk;
use crate::cli::console::Console;
use crate::cli::failure::{Exit, Failure};
use crate::cli::office::moment;
use crate::cli::unit;
use crate::client::register::{ConflictView, GapsView, RegisterView, SeriesView};
use crate::lang;
use crate::model::Period;
use crate::register::conflicts::Conflict;

/// Ranges of a series that are shown; `--json` gives all.
const SHOWN: usize = 20;

pub(super) async fn list(
    console: &Console,
    of: Option<&str>,
    period: Option<&str>,
) -> Result<Exit, Failure> {
    if let Some(text) = period {
        known_period(console, text)?;
    }
    if let Some(text) = of {
        let settings = console.settings()?.settings;
        unit::known(console, &settings, &unit::code(console, text)?)?;
    }
    let listed = at_desk(console, async |place| place.list(console, of, period).await);
    let listed = listed.await?;
    if console.json {
        listed.items.iter().for_each(|item| console.json(item));
    } else if listed.items.is_empty() {
        console.tell("cli-register-none", &[]);
    } else {
        let rows: Vec<Vec<String>> = listed.items.iter().map(|item| row(console, item)).collect();
        console.table("cli-register-header", &rows);
    }
    more(console, listed.more);
    Ok(Exit::Done)
}

fn row(console: &Console, item: &RegisterView) -> Vec<String> {
    let kind = match item.kind.as_str() {
        "nil" => console.text("cli-register-kind-nil", &[]),
        _ => item.documents.to_string(),
    };
    vec![
        item.id.clone(),
        item.unit.clone(),
        item.from.clone(),
        item.to.clone(),
        kind,
        moment(&item.at),
        item.undone.as_deref().map(moment).unwrap_or_default(),
    ]
}

fn more(console: &Console, more: u64) {
    if more > 0 {
        console.say(&lang::counted(
            console.language,
            "cli-register-more",
            more,
            &[],
        ));
    }
}

fn known_period(console: &Console, text: &str) -> Result<(), Failure> {
    let wrong = || Failure::usage(console.language, "cli-period-wrong", &[("text", text)]);
    Period::parse(text).map(|_| ()).ok_or_else(wrong)
}

pub(super) async fn gaps(console: &Console, code: &str, year: i16) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    unit::known(console, &settings, &unit::code(console, code)?)?;
    let found = at_desk(console, async |place| place.gaps(console, code, year).await);
    let found = found.await?;
    match console.json {
        true => console.json(&found),
        false => show_gaps(console, &found),
    }
    more(console, found.more);
    Ok(Exit::Done)
}

fn show_gaps(console: &Console, found: &GapsView) {
    if found.series.is_empty() && found.odd.is_empty() {
        console.tell("cli-register-no-numbers", &[]);
        return;
    }
    let rows: Vec<Vec<String>> = found.series.iter().map(series).collect();
    console.table("cli-register-gaps-header", &rows);
    if !found.odd.is_empty() {
        let odd = found.odd.iter().take(SHOWN);
        let odd = odd.map(|one| lang::visible(&format!("{}/{}", one.number, one.notation)));
        let odd = odd.collect::<Vec<_>>().join(", ");
        console.out(&console.text("cli-register-odd", &[("numbers", &odd)]));
    }
}

fn series(one: &SeriesView) -> Vec<String> {
    let range = |(from, to): &(u64, u64)| match from == to {
        true => from.to_string(),
        false => format!("{from}–{to}"),
    };
    let ranges = one.ranges.iter().take(SHOWN).map(range);
    let mut ranges = ranges.collect::<Vec<_>>().join(", ");
    if one.ranges.len() > SHOWN {
        ranges.push_str(", …");
    }
    let repeated = one.repeated.iter().take(SHOWN).map(ToString::to_string);
    vec![
        lang::visible(&one.notation),
        one.known.to_string(),
        one.last.to_string(),
        one.missing.to_string(),
        ranges,
        repeated.collect::<Vec<_>>().join(", "),
    ]
}

pub(super) async fn conflicts(
    console: &Console,
    code: &str,
    period: &str,
) -> Result<Exit, Failure> {
    known_period(console, period)?;
    let settings = console.settings()?.settings;
    unit::known(console, &settings, &unit::code(console, code)?)?;
    let found = at_desk(console, async |place| {
        place.conflicts(console, code, period).await
    });
    let found = found.await?;
    if console.json {
        found.items.iter().for_each(|item| console.json(item));
    } else if found.items.is_empty() {
        console.tell("cli-register-no-conflicts", &[]);
    } else {
        let rows: Vec<Vec<String>> = found.items.iter().map(|c| conflict(console, c)).collect();
        console.table("cli-register-conflicts-header", &rows);
    }
    more(console, found.more);
    Ok(Exit::Done)
}

fn conflict(console: &Console, item: &ConflictView) -> Vec<String> {
    let said = Conflict::from_name(&item.conflict);
    let said = said.map(|one| lang::register_conflict(console.language, one));
    vec![
        lang::visible(&format!("{}/{}", item.number, item.notation)),
        item.register_day.clone(),
        item.document_day.clone().unwrap_or_default(),
        said.unwrap_or_else(|| item.conflict.clone()),
        item.document.clone().unwrap_or_default(),
    ]
}
