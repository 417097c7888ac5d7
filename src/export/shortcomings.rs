//! What units fall short in, each with its first documents: what an inspection names concretely.

use super::league::{League, Line, Place};
use super::sheet::{Cell, Row, Sheet, capital};
use super::told::{FIGURE, NAME, fraction, heads};
use crate::client::figure_rows::{FigureRowView, FigureRowsQuery};
use crate::client::report::{PlaceView, ShortcomingView};
use crate::lang;
use crate::model::{Language, LocalDay};
use crate::rates::Definition;
use crate::rates::definitions::Better;

/// Shortcomings of one report: a page or two; the leagues have all.
pub const MOST: usize = 60;
/// Documents named under one: enough to begin with; the command names all.
pub const EACH: usize = 5;

/// Every place that does not meet its target, those with most documents first. The documents are for the caller to fill
/// in: [`query`] asks for them.
#[must_use]
pub fn shortcomings(leagues: &[League], lines: &[Line], period: &str) -> Vec<ShortcomingView> {
    let mut out: Vec<ShortcomingView> = leagues
        .iter()
        .flat_map(|league| {
            let missed = |place: &&Place| place.met(league.rate, lines) == Some(false);
            let wanting = league.places.iter().filter(missed);
            wanting.map(move |place| one(league.rate, &place.view(league.rate, lines), period))
        })
        .collect();
    out.sort_by_key(|one| (std::cmp::Reverse(one.count), one.unit.clone()));
    out.truncate(MOST);
    out
}

fn one(rate: &Definition, place: &PlaceView, period: &str) -> ShortcomingView {
    // Of a rate that is better the lower it is, its own documents are the ones that should not be.
    let missing = rate.better == Better::Higher;
    let over = place.rate.numerator;
    let count = match missing {
        true => place.rate.denominator.unwrap_or(over).saturating_sub(over),
        false => over,
    };
    let flag = if missing { " --missing" } else { "" };
    ShortcomingView {
        unit: place.unit.clone(),
        name: place.name.clone(),
        rate: rate.name.to_owned(),
        value: place.rate.clone(),
        target_per_mille: place.target_per_mille,
        distance: place.distance,
        basis: place.basis.clone(),
        missing,
        count,
        documents: Vec::new(),
        command: format!(
            "lienthong rates documents --unit {} --measure {}{flag} --period {period}",
            place.unit, rate.name
        ),
    }
}

/// What asks for the documents of one.
#[must_use]
pub fn query(of: &ShortcomingView, period: &str) -> FigureRowsQuery {
    FigureRowsQuery {
        unit: Some(of.unit.clone()),
        measure: Some(of.rate.clone()),
        period: Some(period.to_owned()),
        missing: of.missing.then(|| "true".to_owned()),
        after: None,
        limit: Some(EACH.to_string()),
    }
}

/// A document of a shortcoming, in one line.
#[must_use]
pub fn document(language: Language, row: &FigureRowView) -> String {
    let number = match (&row.number, &row.notation) {
        (Some(number), Some(notation)) => format!("{number}/{notation}"),
        _ => row.id.clone().unwrap_or_default(),
    };
    let day = row.promulgated.as_deref().unwrap_or(&row.day);
    let day = LocalDay::parse(day);
    let mut said = vec![
        number,
        day.map_or_else(String::new, |d| lang::day(language, d)),
    ];
    if row.kind == "delivery" {
        said.extend(row.sender.iter().map(|unit| format!("← {unit}")));
        said.extend(row.arrived.iter().map(|at| {
            let at = lang::report::moment_of(at);
            lang::text(language, "shortcoming-arrived", &[("at", &at)])
        }));
        said.extend(row.answered.iter().map(|at| {
            let at = lang::report::moment_of(at);
            lang::text(language, "shortcoming-answered", &[("at", &at)])
        }));
    } else if row.kind == "register" {
        said.push(lang::text(language, "shortcoming-paper", &[]));
    } else {
        let refused = row
            .reason
            .as_deref()
            .filter(|_| row.state.as_deref() == Some("refused"));
        said.extend(refused.map(|code| {
            let reason = lang::word(language, "reason", code);
            reason.trim_end_matches('.').to_owned()
        }));
        said.extend(row.offered.iter().map(|at| {
            let at = lang::report::moment_of(at);
            lang::text(language, "shortcoming-offered", &[("at", &at)])
        }));
    }
    said.retain(|part| !part.is_empty());
    said.join("; ")
}

/// The sheet: a line for each shortcoming, and one for each document named.
#[must_use]
pub(super) fn sheet(language: Language, all: &[ShortcomingView]) -> Sheet {
    let word = |key: &str| lang::text(language, key, &[]);
    let mut rows = Vec::new();
    for one in all {
        let rate = capital(&lang::word(language, "rate", &one.rate));
        let cells = vec![
            Cell::text(&one.name),
            Cell::text(&one.unit),
            Cell::Text(rate),
            Cell::Text(fraction(language, &one.value)),
            one.value.per_mille.map_or(Cell::Empty, Cell::Percent),
            one.target_per_mille.map_or(Cell::Empty, Cell::Percent),
            one.distance.map_or(Cell::Empty, Cell::Points),
            Cell::Number(one.count),
            one.basis.as_deref().map_or(Cell::Empty, Cell::text),
        ];
        rows.push(Row {
            cells,
            strong: true,
        });
        rows.extend(one.documents.iter().map(|row| {
            let said = document(language, row);
            let id = row.id.as_deref().map_or(Cell::Empty, Cell::text);
            Row {
                cells: vec![Cell::Text(format!("– {said}")), Cell::Empty, id],
                strong: false,
            }
        }));
    }
    let notes = match all.is_empty() {
        true => vec![word("shortcoming-none")],
        false => vec![word("shortcoming-note")],
    };
    Sheet {
        name: word("sheet-tab-shortcomings"),
        titles: Vec::new(),
        heads: heads(
            language,
            &[
                ("sheet-unit", 60),
                ("sheet-code", 16),
                ("sheet-rate", NAME),
                ("sheet-ratio", FIGURE),
                ("sheet-percent", FIGURE),
                ("sheet-target", FIGURE),
                ("sheet-distance", FIGURE),
                ("shortcoming-count", FIGURE),
                ("sheet-source", NAME),
            ],
        ),
        numbered: true,
        fixed: 2,
        rows,
        notes,
    }
}
