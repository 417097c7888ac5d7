//! A report as one page: sheets as tables, charts inside, no script, nothing from elsewhere. It prints.

use super::chart::{self, escaped};
use super::report::Report;
use super::sheet::{Row, Sheet};
use super::told;
use crate::lang;
use crate::model::Language;
use crate::model::simulated::MARK;
use crate::rates::column::Column;
use std::fmt::Write;

const STYLE: &str = include_str!("report.css");

/// Writes the page.
#[must_use]
pub fn page(language: Language, report: &Report, columns: &[Column]) -> String {
    let titles = told::titles(language, report);
    let mut out = String::new();
    let title = titles.iter().take(2).map(|line| escaped(line));
    let simulated = report.view.figures.simulated.then(|| MARK.to_owned());
    let title: Vec<String> = simulated.into_iter().chain(title).collect();
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{}<header>\n",
        language.name(),
        title.join(" – "),
        banner(language, report),
    );
    for (place, line) in titles.iter().enumerate() {
        let tag = if place == 0 { "h1" } else { "p" };
        let _ = writeln!(out, "<{tag}>{}</{tag}>", escaped(line));
    }
    out.push_str("</header>\n");
    if let Some(late) = told::late(language, report) {
        let _ = writeln!(
            out,
            "<section class=\"late\">\n<h2>{}</h2>",
            escaped(&late.name)
        );
        table(&mut out, language, &late, report.view.figures.simulated);
        out.push_str("</section>\n");
    }
    let charts = charts(language, report);
    for (place, sheet) in told::sheets(language, report, columns).iter().enumerate() {
        // The sheet of numbers to reckon with is for spreadsheets.
        if sheet.name == lang::text(language, "sheet-tab-figures", &[]) {
            continue;
        }
        let _ = writeln!(out, "<section>\n<h2>{}</h2>", escaped(&sheet.name));
        for (of, (_, svg)) in &charts {
            if *of == place {
                let _ = writeln!(out, "<figure>\n{svg}</figure>");
            }
        }
        table(&mut out, language, sheet, report.view.figures.simulated);
        out.push_str("</section>\n");
    }
    out.push_str("</body>\n</html>\n");
    out
}

/// Of a simulated history: said above all, and on every printed page.
fn banner(language: Language, report: &Report) -> String {
    if !report.view.figures.simulated {
        return String::new();
    }
    let said = escaped(&lang::text(language, "simulated", &[]));
    format!("<p class=\"simulated\" role=\"note\">{said}</p>\n")
}

/// Every chart with its name, and the place of the sheet that it belongs to.
#[must_use]
pub fn charts(language: Language, report: &Report) -> Vec<(usize, (String, String))> {
    let mut out = Vec::new();
    let simulated = report.view.figures.simulated;
    for league in &report.leagues {
        if league.places.iter().any(|place| place.place.is_some()) {
            let league = league.view(&report.lines);
            let level = league.level.as_deref().unwrap_or("none");
            let name = format!("league-{}-{level}", league.rate.replace('_', "-"));
            let svg = chart::league(language, &league, report.period, simulated);
            out.push((1, (name, svg)));
        }
    }
    let svg = chart::trend(language, &report.view.trend, report.period, simulated);
    out.push((2, ("trend".to_owned(), svg)));
    out
}

/// A sheet as a table.
pub(super) fn table(out: &mut String, language: Language, sheet: &Sheet, simulated: bool) {
    out.push_str("<div class=\"scroll\"><table>\n<thead>\n");
    if simulated {
        // A heading is printed again on every page that its table goes on.
        let columns = sheet.columns();
        let _ = writeln!(
            out,
            "<tr class=\"mark\"><th colspan=\"{columns}\">{}</th></tr>",
            escaped(MARK)
        );
    }
    let two = sheet.has_parts();
    out.push_str("<tr>");
    for head in &sheet.heads {
        let span = match (head.parts.len(), two) {
            (0, true) => " rowspan=\"2\"".to_owned(),
            (0, false) => String::new(),
            (parts, _) => format!(" colspan=\"{parts}\""),
        };
        let scope = if head.parts.is_empty() {
            "col"
        } else {
            "colgroup"
        };
        let label = escaped(&head.label);
        let _ = write!(out, "<th scope=\"{scope}\"{span}>{label}</th>");
    }
    out.push_str("</tr>\n");
    if two {
        out.push_str("<tr>");
        for part in sheet.heads.iter().flat_map(|head| &head.parts) {
            let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(part));
        }
        out.push_str("</tr>\n");
    }
    if sheet.numbered {
        out.push_str("<tr class=\"numbers\">");
        for number in 1..=sheet.columns() {
            let _ = write!(out, "<td>({number})</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</thead>\n<tbody>\n");
    let classes = classes(sheet);
    for one in &sheet.rows {
        row(out, language, one, &classes);
    }
    out.push_str("</tbody>\n</table></div>\n");
    for note in &sheet.notes {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(note));
    }
}

/// How each column is set: figures and fractions in one line on the right, names and sentences with room.
fn classes(sheet: &Sheet) -> Vec<&'static str> {
    let class = |width: u16| match width {
        ..=11 => "f",
        12..=29 => "c",
        30..=49 => "w",
        _ => "ww",
    };
    let heads = sheet.heads.iter();
    heads
        .flat_map(|head| std::iter::repeat_n(class(head.width), head.columns()))
        .collect()
}

fn row(out: &mut String, language: Language, row: &Row, classes: &[&str]) {
    out.push_str(if row.strong {
        "<tr class=\"sum\">"
    } else {
        "<tr>"
    });
    for (cell, class) in row.cells.iter().zip(classes) {
        let figure = if cell.is_figure() { " n" } else { "" };
        let said = escaped(&cell.shown(language));
        let _ = write!(out, "<td class=\"{class}{figure}\">{said}</td>");
    }
    let rest = classes.len().saturating_sub(row.cells.len());
    if rest > 0 {
        let _ = write!(out, "<td colspan=\"{rest}\"></td>");
    }
    out.push_str("</tr>\n");
}
