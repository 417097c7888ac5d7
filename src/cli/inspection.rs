//! A report as an inspection reads it, on the screen: rates with their denominators beside the targets, units that are
//! silent or slipping, and every shortcoming with documents.

use super::console::Console;
use crate::client::report::{LeagueView, PlaceView, ReportView, ShortcomingView, SlipView};
use crate::export::report::Report;
use crate::export::sheet::capital;
use crate::export::{shortcomings, told};
use crate::lang;
use crate::model::LocalDay;
use std::collections::BTreeMap;

/// Shortcomings shown on the screen; the files have more.
const SHOWN: usize = 12;

/// Prints it.
pub(super) fn show(console: &Console, report: &Report) {
    let language = console.language;
    let view = &report.view;
    console.mark(view.figures.simulated);
    for line in told::titles(language, report) {
        console.out(&line);
    }
    let part = |number: u32, key: &str| {
        console.out("");
        console.out(&format!("{number}. {}", console.text(key, &[])));
    };
    overdue(console, view);
    part(1, "inspection-rates");
    rates(console, &report.league_views());
    part(2, "inspection-silent");
    silent(console, &view.slips.slips);
    part(3, "inspection-shortcomings");
    wanting(console, view);
}

/// What was to be made good and was not: a report begins with it.
fn overdue(console: &Console, view: &ReportView) {
    if view.findings.is_empty() {
        return;
    }
    console.out("");
    console.out(&console.text("inspection-overdue", &[]));
    for one in &view.findings {
        let days = one.days_late.to_string();
        let values = [
            ("name", lang::visible(&one.name)),
            ("wrong", lang::visible(&one.wrong)),
            ("remedy", lang::visible(&one.remedy)),
            ("owner", lang::visible(&one.owner)),
            ("due", one.due.clone()),
            ("days", days),
            ("id", one.id.clone()),
        ];
        let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
        console.out(&format!("   {}", console.text("inspection-late", &values)));
    }
}

/// One row for each unit, one column for each rate that has a target or a league.
fn rates(console: &Console, leagues: &[LeagueView]) {
    let language = console.language;
    let mut heads = vec![
        console.text("sheet-code", &[]),
        console.text("cli-rates-unit", &[]),
    ];
    let mut names: Vec<&str> = Vec::new();
    for league in leagues {
        if !names.contains(&league.rate.as_str()) {
            names.push(&league.rate);
            heads.push(capital(&lang::word(language, "rate", &league.rate)));
        }
    }
    let mut units: BTreeMap<(&str, &str), BTreeMap<&str, &PlaceView>> = BTreeMap::new();
    for league in leagues {
        for place in &league.places {
            let row = units.entry((&place.unit, &place.name)).or_default();
            row.insert(&league.rate, place);
        }
    }
    let cell = |place: Option<&&PlaceView>| {
        let Some(place) = place else {
            return "–".to_owned();
        };
        let said = told::fraction(language, &place.rate);
        let percent = place.rate.per_mille.map(|n| lang::percent(language, n));
        let mark = match place.met {
            Some(true) => " ✔",
            Some(false) => " ✘",
            None => "",
        };
        match percent {
            Some(percent) => format!("{percent} ({said}){mark}"),
            None => said,
        }
    };
    let rows: Vec<Vec<String>> = units
        .iter()
        .map(|((code, name), places)| {
            let own = names.iter().map(|rate| cell(places.get(rate)));
            let named = [(*code).to_owned(), lang::visible(name)];
            named.into_iter().chain(own).collect()
        })
        .collect();
    console.table_of(&heads, &rows);
    console.out(&console.text("inspection-marks", &[]));
}

fn silent(console: &Console, slips: &[SlipView]) {
    let language = console.language;
    if slips.is_empty() {
        console.out(&format!("   {}", console.text("slips-none", &[])));
    }
    for slip in slips {
        let since = LocalDay::parse(&slip.since);
        let since = since.map_or_else(String::new, |day| lang::day(language, day));
        let kind = lang::word(language, "slip", &slip.kind);
        let (figure, contact) = (told::figure(language, slip), told::contact(slip));
        let values = [
            ("name", lang::visible(&slip.name)),
            ("slip", kind),
            ("since", since),
            ("figure", figure),
            ("contact", contact),
        ];
        let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
        console.out(&format!("   {}", console.text("inspection-slip", &values)));
    }
}

fn wanting(console: &Console, view: &ReportView) {
    if view.shortcomings.is_empty() {
        console.out(&format!("   {}", console.text("shortcoming-none", &[])));
    }
    for one in view.shortcomings.iter().take(SHOWN) {
        shortcoming(console, one);
    }
    let more = view.shortcomings.len().saturating_sub(SHOWN);
    if more > 0 {
        let more = more.to_string();
        console.out(&console.text("inspection-more", &[("count", &more)]));
    }
}

fn shortcoming(console: &Console, one: &ShortcomingView) {
    let language = console.language;
    let percent = |n: Option<i64>| n.map_or_else(|| "?".to_owned(), |n| lang::percent(language, n));
    let values = [
        ("name", lang::visible(&one.name)),
        ("rate", lang::word(language, "rate", &one.rate)),
        ("of", told::fraction(language, &one.value)),
        ("percent", percent(one.value.per_mille)),
        ("target", percent(one.target_per_mille)),
        ("count", lang::number(language, one.count)),
        (
            "basis",
            lang::visible(one.basis.as_deref().unwrap_or_default()),
        ),
    ];
    let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
    console.out(&format!(
        "   {}",
        console.text("inspection-shortcoming", &values)
    ));
    for row in &one.documents {
        let said = lang::visible(&shortcomings::document(language, row));
        let id = row.id.as_deref().unwrap_or_default();
        console.out(format!("     – {said}  {id}").trim_end());
    }
    console.out(&format!("     → {}", one.command));
}
