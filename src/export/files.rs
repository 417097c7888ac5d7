//! The files of a report, in the forms asked for.

use super::report::Report;
use super::sheet::Flow;
use super::{csv, html, told, xlsx};
use crate::model::{Language, Timestamp};
use crate::rates::column::Column;

/// The forms of a report that every build has.
pub const FORMATS: [&str; 5] = ["xlsx", "csv", "svg", "json", "html"];

/// How the files of a report are called: those of a simulated history say so.
#[must_use]
pub fn stem(report: &Report, name: &str) -> String {
    match report.view.figures.simulated {
        true => format!("mo-phong-{name}"),
        false => name.to_owned(),
    }
}

/// Every file with its name, which begins with `stem`.
///
/// # Errors
/// In words, if the workbook cannot be written.
pub fn files(
    language: Language,
    report: &Report,
    columns: &[Column],
    formats: &[&str],
    (stem, now): (&str, Timestamp),
) -> Result<Vec<(String, Vec<u8>)>, String> {
    let simulated = report.view.figures.simulated;
    let stem = self::stem(report, stem);
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for format in formats {
        match *format {
            "xlsx" => {
                let mut sheets = told::flows(language, report, columns);
                // What is overdue is what a reader sees first.
                if let Some(mut late) = told::late(language, report) {
                    late.mark(language, simulated);
                    sheets.insert(0, Flow::whole(late));
                }
                let book = xlsx::write(sheets, now).map_err(|e| e.to_string())?;
                files.push((format!("{stem}.xlsx"), book));
            }
            "csv" => {
                let text = csv::figures(language, &report.figures(), &csv::PROGRAMS);
                files.push((format!("{stem}.csv"), text.into_bytes()));
            }
            "json" => {
                let text = serde_json::to_vec_pretty(&report.whole()).unwrap_or_default();
                files.push((format!("{stem}.json"), text));
            }
            "html" => {
                let page = html::page(language, report, columns);
                files.push((format!("{stem}.html"), page.into_bytes()));
            }
            "svg" => {
                for (_, (name, svg)) in html::charts(language, report) {
                    files.push((format!("{stem}-{name}.svg"), svg.into_bytes()));
                }
            }
            _ => {}
        }
    }
    Ok(files)
}
