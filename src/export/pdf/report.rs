//! A report as it is printed: its sheets as tables over pages, its charts as vectors, whence its figures come on each page.

use super::press::{Job, PdfError, Printed, print};
use crate::export::report::Report;
use crate::export::sheet::{Cell, Row, Sheet};
use crate::export::{html, told};
use crate::lang;
use crate::model::{Language, Timestamp};
use crate::rates::column::Column;
use serde_json::{Value, json};

const FORM: &str = include_str!("form.typ");
const REPORT: &str = include_str!("report.typ");

/// The most cells of all tables: those of a report on some 460 units, set in 500 MiB. More are for spreadsheets.
pub(super) const MAX_CELLS: usize = 30_000;

/// Characters of a row that is kept on one page.
const WHOLE_ROW: usize = 600;
/// Characters across a page of A4; beyond it is A3.
const ACROSS: u32 = 260;
/// Columns up to this many characters wide hold numbers of rows, places and marks.
const NARROW: u16 = 8;
/// Columns up to this many characters wide hold figures.
const FIGURE: u16 = 11;
/// The most characters that a figure takes: *a/b* in millions.
const MOST_FIGURE: u16 = 16;

/// How a report is to look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look<'a> {
    /// What stands across every page and says what is not real.
    pub mark: Option<&'a str>,
    /// Another template than that of the program.
    pub template: Option<&'a str>,
}

/// Prints a report.
///
/// # Errors
///
/// See [`print`]; and more than [`MAX_CELLS`] cells.
pub fn report(
    language: Language,
    report: &Report,
    columns: &[Column],
    look: Look<'_>,
) -> Result<Printed, PdfError> {
    let sheets = told::sheets(language, report, columns);
    // The sheet of numbers to reckon with is for spreadsheets.
    let figures = lang::text(language, "sheet-tab-figures", &[]);
    let printed = || sheets.iter().enumerate().filter(|(_, s)| s.name != figures);
    let cells = printed().map(|(_, sheet)| sheet.rows.len().saturating_mul(sheet.columns()));
    let cells = cells.fold(0, usize::saturating_add);
    if cells > MAX_CELLS {
        let most = MAX_CELLS;
        return Err(PdfError::TooManyCells { cells, most });
    }
    let charts = html::charts(language, report);
    let sections = printed().map(|(place, sheet)| {
        let own = charts
            .iter()
            .enumerate()
            .filter(|(_, (of, _))| *of == place);
        let own = own.map(|(number, _)| number);
        section(language, sheet, own.collect())
    });
    let sections: Vec<Value> = sections.collect();
    let widest = printed().map(|(_, sheet)| across(sheet)).max();
    let titles = told::titles(language, report);
    let at = Timestamp::parse(&report.view.made).unwrap_or_default();
    let signatures = ["sheet-drawn-up", "sheet-head-of-unit"];
    let signatures = signatures.map(|key| lang::text(language, key, &[]));
    let data = json!({
        "language": language.name(),
        "paper": if widest.unwrap_or(0) > ACROSS { "a3" } else { "a4" },
        "mark": look.mark,
        "author": report.view.gateway,
        "title": titles.first(),
        "titles": titles.get(1..),
        "head": head(language, report, at),
        "foot": foot(language, report),
        "page": lang::text(language, "sheet-page", &[]),
        "signatures": signatures,
        "sign": lang::text(language, "sheet-sign", &[]),
        "sections": sections,
    });
    print(Job {
        templates: vec![
            ("form.typ", FORM.to_owned()),
            ("main.typ", look.template.unwrap_or(REPORT).to_owned()),
        ],
        data,
        identifier: identifier(report),
        drawings: charts.into_iter().map(|(_, (_, svg))| svg).collect(),
        at,
    })
}

/// The heading of national documents: who issues on the left, country and motto on the right, the day below.
fn head(language: Language, report: &Report, at: Timestamp) -> Value {
    let word = |key: &str| lang::text(language, key, &[]);
    let unit = report
        .view
        .figures
        .sums
        .first()
        .filter(|sum| sum.unit.is_some());
    let day = at.local_day();
    let (d, m, y) = (
        format!("{:02}", day.day()),
        format!("{:02}", day.0.month()),
        day.year().to_string(),
    );
    let values = [
        ("day", d.as_str()),
        ("month", m.as_str()),
        ("year", y.as_str()),
    ];
    json!({
        "issuer": report.view.gateway,
        "unit": unit.map(|sum| sum.name.as_str()),
        "country": word("sheet-country"),
        "motto": word("sheet-motto"),
        "day": lang::text(language, "sheet-day", &values),
    })
}

/// Whence the figures come, on every page.
fn foot(language: Language, report: &Report) -> Value {
    match &report.view.figures.statement {
        None => json!({ "said": lang::text(language, "sheet-foot-open", &[]), "digest": null }),
        Some(of) => {
            let number = of.number.to_string();
            let values = [("number", number.as_str()), ("period", of.period.as_str())];
            json!({
                "said": lang::text(language, "sheet-foot-closed", &values),
                "digest": of.statement_sha256,
            })
        }
    }
}

/// The same report has the same identifier, and no other has it.
fn identifier(report: &Report) -> String {
    let view = &report.view;
    let statement = view
        .figures
        .statement
        .as_ref()
        .map(|of| of.statement_sha256.as_str());
    let unit = view
        .figures
        .sums
        .first()
        .and_then(|sum| sum.unit.as_deref());
    let parts = [
        Some(view.gateway.as_str()),
        Some(view.figures.period.as_str()),
        unit,
        statement,
        Some(view.made.as_str()),
    ];
    parts.map(Option::unwrap_or_default).join("\n")
}

fn across(sheet: &Sheet) -> u32 {
    let heads = sheet.heads.iter();
    let wide = heads.map(|head| {
        let columns = u32::try_from(head.columns()).unwrap_or(u32::MAX);
        u32::from(head.width).saturating_mul(columns)
    });
    wide.fold(0, u32::saturating_add)
}

/// A sheet as the template of tables takes it.
pub(super) fn table(language: Language, sheet: &Sheet) -> Value {
    section(language, sheet, Vec::new())
}

fn section(language: Language, sheet: &Sheet, drawings: Vec<usize>) -> Value {
    let heads = sheet.heads.iter();
    let heads = heads.map(|head| json!({ "label": head.label, "parts": head.parts }));
    let rows: Vec<Vec<String>> = sheet.rows.iter().map(|row| said(language, row)).collect();
    let columns = columns(sheet);
    let widths = columns.iter().enumerate();
    let labels = labels(sheet);
    let longest = labels.iter().map(|label| longest_word(label));
    let longest: Vec<u16> = longest.collect();
    let widths = widths.map(|(place, given)| {
        let word = longest.get(place).copied().unwrap_or(0);
        width(&rows, columns.len(), place, (*given, word))
    });
    let aligned = columns.iter().enumerate();
    let aligned = aligned.map(|(place, given)| align(sheet, place, *given));
    let cells = sheet.rows.iter().zip(&rows);
    let cells = cells.map(|(row, said)| cells_of(row, said, columns.len()));
    json!({
        "title": sheet.name,
        "drawings": drawings,
        "heads": heads.collect::<Vec<_>>(),
        "aligned": aligned.collect::<Vec<_>>(),
        "widths": widths.collect::<Vec<_>>(),
        "numbered": sheet.numbered,
        "rows": cells.collect::<Vec<_>>(),
        "notes": sheet.notes,
    })
}

/// The widths that a spreadsheet gives the columns.
fn columns(sheet: &Sheet) -> Vec<u16> {
    let heads = sheet.heads.iter();
    let each = heads.flat_map(|head| std::iter::repeat_n(head.width, head.columns()));
    each.collect()
}

/// What stands over each column, in the lower row of the heading where there are two.
fn labels(sheet: &Sheet) -> Vec<&str> {
    let heads = sheet.heads.iter();
    let each = heads.flat_map(|head| match head.parts.as_slice() {
        [] => std::slice::from_ref(&head.label),
        parts => parts,
    });
    each.map(String::as_str).collect()
}

fn longest_word(label: &str) -> u16 {
    let words = label.split(|c: char| c.is_whitespace() || c == '/');
    let longest = words.map(|word| word.chars().count()).max();
    u16::try_from(longest.unwrap_or(0)).unwrap_or(u16::MAX)
}

fn said(language: Language, row: &Row) -> Vec<String> {
    row.cells.iter().map(|cell| cell.shown(language)).collect()
}

/// Characters that a column is wide: those of its longest cell, within what the longest word over it needs and the others
/// can spare.
fn width(rows: &[Vec<String>], count: usize, place: usize, (given, word): (u16, u16)) -> u16 {
    let cells = rows.iter().filter(|row| row.len() == count);
    let cells = cells.filter_map(|row| row.get(place));
    let longest = cells.map(|cell| cell.chars().count()).max();
    let longest = u16::try_from(longest.unwrap_or(0)).unwrap_or(u16::MAX);
    let least = given
        .min(FIGURE)
        .saturating_sub(2)
        .max(word.saturating_add(2));
    let most = if given > NARROW {
        given.max(MOST_FIGURE)
    } else {
        given
    };
    longest.min(most).max(least)
}

/// Figures stand on the right, marks and *a/b* in the middle, words on the left.
fn align(sheet: &Sheet, place: usize, width: u16) -> &'static str {
    let mut cells = sheet.rows.iter().filter_map(|row| row.cells.get(place));
    if width <= NARROW {
        "center"
    } else if cells.any(Cell::is_figure) {
        "right"
    } else if width <= FIGURE {
        "center"
    } else {
        "left"
    }
}

/// A row; one with fewer cells than columns is a heading among the rows.
fn cells_of(row: &Row, said: &[String], columns: usize) -> Value {
    let long = said.iter().map(String::len).max().unwrap_or(0);
    let heading = said.len() < columns;
    let heading = heading.then(|| said.join(" ").trim().to_owned());
    json!({
        "heading": heading,
        "strong": row.strong,
        "whole": long < WHOLE_ROW,
        "cells": said,
    })
}
