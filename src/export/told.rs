//! The sheets of a report beside its table: leagues, trend, slips.

use super::league::{League, Line};
use super::report::Report;
use super::sheet::{Cell, Flow, Head, Row, Sheet, capital};
use super::{sheets, shortcomings};
use crate::client::report::{MonthView, PlaceView, SlipView};
use crate::client::wire::RateView;
use crate::lang;
use crate::model::{Language, LocalDay, Timestamp};
use crate::rates::column::Column;
use crate::rates::compare::RANKED_FROM;
use std::collections::BTreeSet;

const PLACE: u16 = 8;
pub(super) const FIGURE: u16 = 11;
const CODE: u16 = 16;
pub(super) const NAME: u16 = 40;

/// Every sheet of a report.
#[must_use]
pub fn sheets(language: Language, report: &Report, columns: &[Column]) -> Vec<Sheet> {
    let all = flows(language, report, columns).into_iter();
    all.map(Flow::collect).collect()
}

/// The same, their rows made one after the other.
#[must_use]
pub fn flows<'a>(language: Language, report: &'a Report, columns: &'a [Column]) -> Vec<Flow<'a>> {
    let view = &report.view;
    let units = || sheets::units(&report.lines);
    let sums = view.figures.sums.as_slice();
    let mut all = vec![
        sheets::table(
            language,
            (sums, units()),
            columns,
            &titles(language, report),
        ),
        leagues(language, report),
        Flow::whole(trend(language, report)),
        Flow::whole(slips(language, report)),
        Flow::whole(shortcomings::sheet(language, &view.shortcomings)),
        sheets::figures(language, units(), columns),
        Flow::whole(sheets::definitions(language)),
    ];
    let simulated = view.figures.simulated;
    all.iter_mut()
        .for_each(|flow| flow.sheet.mark(language, simulated));
    all
}

/// What stands above a report: what it is, of which period, when and from what it was made.
#[must_use]
pub fn titles(language: Language, report: &Report) -> Vec<String> {
    let period = lang::period(language, report.period);
    let moment = |text: &str| Timestamp::parse(text).map(lang::report::moment);
    let at = moment(&report.view.made).unwrap_or_default();
    let values = [
        ("at", at.as_str()),
        ("gateway", report.view.gateway.as_str()),
    ];
    let stands = match &report.view.figures.statement {
        None => lang::text(language, "sheet-open", &[]),
        Some(of) => {
            let (number, at) = (of.number.to_string(), moment(&of.at).unwrap_or_default());
            let values = [
                ("number", number.as_str()),
                ("at", at.as_str()),
                ("digest", of.statement_sha256.as_str()),
            ];
            lang::text(language, "sheet-closed", &values)
        }
    };
    vec![
        lang::text(language, "sheet-title", &[]),
        lang::text(language, "sheet-period", &[("period", &period)]),
        lang::text(language, "sheet-made", &values),
        stands,
    ]
}

pub(super) fn heads(language: Language, all: &[(&str, u16)]) -> Vec<Head> {
    let head = |(key, width): &(&str, u16)| Head::one(lang::text(language, key, &[]), *width);
    all.iter().map(head).collect()
}

/// The name of a level in words.
#[must_use]
pub fn level(language: Language, level: Option<&str>) -> String {
    match level {
        Some(level) => lang::word(language, "unit-level", level),
        None => lang::text(language, "sheet-level-none", &[]),
    }
}

/// The findings that are overdue, which stand before everything else; `None`: there are none.
#[must_use]
pub fn late(language: Language, report: &Report) -> Option<Sheet> {
    let word = |key: &str| lang::text(language, key, &[]);
    let rows = report.view.findings.iter().map(|finding| {
        let due = LocalDay::parse(&finding.due);
        let cells = vec![
            Cell::text(&finding.name),
            Cell::text(&finding.unit),
            due.map_or(Cell::Empty, Cell::Day),
            Cell::Number(i64::from(finding.days_late)),
            Cell::Number(i64::from(finding.documents)),
            Cell::text(&finding.wrong),
            Cell::text(&finding.remedy),
            Cell::text(&finding.owner),
            Cell::text(&finding.id),
        ];
        Row {
            cells,
            strong: false,
        }
    });
    let rows: Vec<Row> = rows.collect();
    (!rows.is_empty()).then(|| Sheet {
        name: word("sheet-tab-late"),
        titles: vec![word("sheet-late-title")],
        heads: heads(
            language,
            &[
                ("sheet-unit", NAME),
                ("sheet-code", CODE),
                ("sheet-late-due", FIGURE),
                ("sheet-late-days", FIGURE),
                ("sheet-late-documents", FIGURE),
                ("sheet-late-wrong", NAME),
                ("sheet-late-remedy", NAME),
                ("sheet-late-owner", NAME),
                ("sheet-late-id", NAME),
            ],
        ),
        numbered: true,
        fixed: 2,
        rows,
        notes: Vec::new(),
    })
}

fn leagues(language: Language, report: &Report) -> Flow<'_> {
    let word = |key: &str| lang::text(language, key, &[]);
    let least = RANKED_FROM.to_string();
    let sheet = Sheet {
        name: word("sheet-tab-league"),
        titles: Vec::new(),
        heads: heads(
            language,
            &[
                ("sheet-place", PLACE),
                ("sheet-unit", NAME),
                ("sheet-code", CODE),
                ("sheet-ratio", FIGURE),
                ("sheet-percent", FIGURE),
                ("sheet-target", FIGURE),
                ("sheet-distance", FIGURE),
                ("sheet-met", FIGURE),
                ("sheet-before", FIGURE),
                ("sheet-year-before", FIGURE),
                ("sheet-source", NAME),
            ],
        ),
        numbered: true,
        fixed: 3,
        rows: Vec::new(),
        notes: vec![
            lang::text(language, "sheet-few", &[("least", &least)]),
            word("sheet-note-known"),
        ],
    };
    let rows = report.leagues.iter().flat_map(move |league| {
        let rate = capital(&lang::word(language, "rate", league.rate.name));
        let level = league.level.map(|level| level.name());
        let heading = format!("{rate} — {}", self::level(language, level));
        let heading = Row {
            cells: vec![Cell::Empty, Cell::Text(heading)],
            strong: true,
        };
        std::iter::once(heading).chain(places(language, league, &report.lines))
    });
    Flow::of(sheet, rows)
}

fn places<'a>(
    language: Language,
    league: &'a League,
    lines: &'a [Line],
) -> impl Iterator<Item = Row> + 'a {
    let words = ["sheet-not-comparable", "sheet-yes", "sheet-no"];
    let words = words.map(|key| lang::text(language, key, &[]));
    let row = move |place: PlaceView| {
        let [not_comparable, yes, no] = &words;
        let word = |said: &String| Cell::Text(said.clone());
        let percent = |n: Option<i64>| n.map_or(Cell::Empty, Cell::Percent);
        let change = |n: Option<i64>| match (n, place.not_comparable) {
            (Some(n), _) => Cell::Points(n),
            (None, true) => word(not_comparable),
            (None, false) => Cell::Empty,
        };
        let cells = vec![
            place
                .place
                .map_or_else(|| Cell::Text("–".into()), |n| Cell::Number(i64::from(n))),
            Cell::text(&place.name),
            Cell::text(&place.unit),
            Cell::Text(fraction(language, &place.rate)),
            percent(place.rate.per_mille),
            percent(place.target_per_mille),
            place.distance.map_or(Cell::Empty, Cell::Points),
            match place.met {
                Some(true) => word(yes),
                Some(false) => word(no),
                None => Cell::Empty,
            },
            change(place.before),
            change(place.year_before),
            place.basis.as_deref().map_or(Cell::Empty, Cell::text),
        ];
        Row {
            cells,
            strong: false,
        }
    };
    league.views(lines).map(row)
}

/// `39/40`, or `39/?`.
#[must_use]
pub fn fraction(language: Language, rate: &RateView) -> String {
    let under = rate.denominator.map(|under| lang::number(language, under));
    let over = lang::number(language, rate.numerator);
    format!("{over}/{}", under.as_deref().unwrap_or("?"))
}

fn trend(language: Language, report: &Report) -> Sheet {
    let word = |key: &str| lang::text(language, key, &[]);
    let names: Vec<&String> = match report.view.trend.first() {
        Some(month) => month.rates.keys().collect(),
        None => Vec::new(),
    };
    let mut all = vec![Head::one(word("sheet-month"), NAME)];
    all.extend(names.iter().map(|name| Head {
        label: capital(&lang::word(language, "rate", name)),
        parts: vec![word("sheet-ratio"), word("sheet-percent")],
        width: FIGURE,
    }));
    let rows = report.view.trend.iter().map(|month| {
        let mut said = sheets::period(language, &month.period);
        if !month.predecessors.is_empty() {
            said.push_str(" *");
        } else if month.not_comparable {
            said.push_str(" ≠");
        }
        let mut cells = vec![Cell::Text(said)];
        for name in &names {
            let rate = month.rates.get(*name);
            cells.push(rate.map_or(Cell::Empty, |rate| Cell::Text(fraction(language, rate))));
            let percent = rate.and_then(|rate| rate.per_mille);
            cells.push(percent.map_or(Cell::Empty, Cell::Percent));
        }
        Row {
            cells,
            strong: false,
        }
    });
    Sheet {
        name: word("sheet-tab-trend"),
        titles: Vec::new(),
        heads: all,
        numbered: false,
        fixed: 1,
        rows: rows.collect(),
        notes: trend_notes(language, &report.view.trend),
    }
}

/// What the marks of months mean.
fn trend_notes(language: Language, months: &[MonthView]) -> Vec<String> {
    let mut notes = vec![lang::text(language, "sheet-note-known", &[])];
    let all: BTreeSet<&str> = months
        .iter()
        .flat_map(|month| month.predecessors.iter().map(String::as_str))
        .collect();
    if !all.is_empty() {
        let units = all.into_iter().collect::<Vec<_>>().join(", ");
        notes.push(lang::text(
            language,
            "sheet-note-predecessors",
            &[("units", &units)],
        ));
    }
    if months.iter().any(|month| month.not_comparable) {
        notes.push(lang::text(language, "sheet-note-apart", &[]));
    }
    notes
}

fn slips(language: Language, report: &Report) -> Sheet {
    let word = |key: &str| lang::text(language, key, &[]);
    let found = &report.view.slips;
    let rows = found.slips.iter().map(|slip| {
        let since = LocalDay::parse(&slip.since);
        let cells = vec![
            Cell::text(&slip.name),
            Cell::text(&slip.unit),
            Cell::Text(lang::word(language, "slip", &slip.kind)),
            since.map_or(Cell::Empty, Cell::Day),
            Cell::Text(figure(language, slip)),
            Cell::Percent(slip.weight_per_mille),
            Cell::Text(contact(slip)),
            Cell::Text(lang::word(language, "measure", &slip.measure)),
        ];
        Row {
            cells,
            strong: false,
        }
    });
    let notes = match found.slips.is_empty() {
        true => vec![word("slips-none")],
        false => Vec::new(),
    };
    Sheet {
        name: word("sheet-tab-slips"),
        titles: Vec::new(),
        heads: heads(
            language,
            &[
                ("sheet-unit", NAME),
                ("sheet-code", CODE),
                ("sheet-slip", NAME),
                ("sheet-since", FIGURE),
                ("sheet-figure", NAME),
                ("sheet-share", FIGURE),
                ("sheet-contact", NAME),
                ("sheet-look", NAME),
            ],
        ),
        numbered: true,
        fixed: 2,
        rows: rows.collect(),
        notes,
    }
}

/// The figure of a slip in words.
#[must_use]
pub fn figure(language: Language, slip: &SlipView) -> String {
    let said = |n: i64| match slip.kind.as_str() {
        "back_to_paper" => lang::percent(language, n),
        _ => lang::number(language, n),
    };
    let (now, before) = (said(slip.now), said(slip.before));
    let values = [("now", now.as_str()), ("before", before.as_str())];
    lang::word_with(language, "slip-figure", &slip.kind, &values)
}

/// Who is to be asked, in one line.
#[must_use]
pub fn contact(slip: &SlipView) -> String {
    let all = [&slip.contact.name, &slip.contact.phone, &slip.contact.email];
    let said = all.into_iter().filter(|text| !text.is_empty());
    let said: Vec<String> = said.map(|text| lang::visible(text)).collect();
    said.join(", ")
}
