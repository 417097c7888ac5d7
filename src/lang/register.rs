//! Sentences about the paper register: what is wrong with a file, where it and the documents differ.

use super::{counted, day, text, visible, word, word_with};
use crate::model::{Language, LocalDay};
use crate::register::conflicts::Conflict;
use crate::register::{Column, ColumnsError, MAX_ROWS, MAX_TAKEN, Mistake, RegisterError, Report};

/// A mistake of a register: the line of the file, what is wrong there, and what to do.
#[must_use]
pub fn register_mistake(language: Language, mistake: &Mistake) -> String {
    let column = column(language, mistake.column);
    let expected = word(language, "register-form", mistake.column.name());
    let (value, first) = (visible(&mistake.value), mistake.first.to_string());
    let values = [
        ("column", column.as_str()),
        ("value", value.as_str()),
        ("expected", expected.as_str()),
        ("first", first.as_str()),
    ];
    let said = word_with(language, "register-cell", mistake.problem.name(), &values);
    format!("{}: {said}", mistake.line)
}

fn column(language: Language, column: Column) -> String {
    word(language, "register-column", column.name())
}

/// How many mistakes there are, and how many were not told one by one.
fn register_report(language: Language, report: &Report) -> (String, String) {
    let told = u64::try_from(report.mistakes.len()).unwrap_or(u64::MAX);
    let rows = grouped(language, report.rows);
    let said = match report.is_too_many() {
        true => text(
            language,
            "register-too-many",
            &[("rows", &rows), ("most", &grouped(language, MAX_TAKEN))],
        ),
        false => String::new(),
    };
    let mut sentences = vec![said];
    if report.count > 0 {
        sentences.push(counted(language, "register-mistakes", report.count, &[]));
    }
    let rest = report.count.saturating_sub(told);
    if rest > 0 {
        sentences.push(counted(language, "register-mistakes-more", rest, &[]));
    }
    sentences.retain(|sentence| !sentence.is_empty());
    let next = match report.is_too_many() {
        true => "register-too-many-next",
        false => "register-mistakes-next",
    };
    (sentences.join(" "), text(language, next, &[]))
}

/// A number as people write it: 1.000.000, or 1,000,000.
fn grouped(language: Language, number: u64) -> String {
    let mark = match language {
        Language::Vi => '.',
        Language::En => ',',
    };
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len().saturating_mul(2));
    for (place, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(place);
        if place > 0 && left.is_multiple_of(3) {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

/// Why a register is not taken, and what to do.
#[must_use]
pub fn register_error(language: Language, error: &RegisterError) -> (String, String) {
    let names = |all: &[String]| {
        let all = all.iter().map(|name| format!("“{}”", visible(name)));
        all.collect::<Vec<_>>().join(", ")
    };
    let (code, one, two, three) = match error {
        RegisterError::Refused(report) => return register_report(language, report),
        RegisterError::TooLarge(limit) => {
            let most = limit.checked_div(1024 * 1024).unwrap_or(0);
            ("too-large", most.to_string(), String::new(), String::new())
        }
        RegisterError::TooManyRows => {
            let most = grouped(language, MAX_ROWS);
            ("too-many-rows", most, String::new(), String::new())
        }
        RegisterError::TooWide(line) => {
            ("too-wide", line.to_string(), String::new(), String::new())
        }
        RegisterError::Quote(line) => ("quote", line.to_string(), String::new(), String::new()),
        RegisterError::OldWorkbook => plain("old-workbook"),
        RegisterError::NoWorkbook(why) => {
            ("no-workbook", visible(why), String::new(), String::new())
        }
        RegisterError::Sheets(all) => ("sheets", names(all), String::new(), String::new()),
        RegisterError::NoSheet(name, all) => ("no-sheet", visible(name), names(all), String::new()),
        RegisterError::Head(missing) => {
            let missing = missing.iter().map(|c| column(language, *c));
            let missing = missing.collect::<Vec<_>>().join(", ");
            ("head", missing, String::new(), String::new())
        }
        RegisterError::HeadTwice(which, first, second) => {
            let which = column(language, *which);
            ("head-twice", which, visible(first), visible(second))
        }
        RegisterError::HeadComma(name) => {
            ("head-comma", visible(name), String::new(), String::new())
        }
        RegisterError::NotText => plain("not-text"),
        RegisterError::Incoming => plain("incoming"),
        RegisterError::Empty => plain("empty"),
    };
    let values = [
        ("one", one.as_str()),
        ("two", two.as_str()),
        ("three", three.as_str()),
    ];
    let said = word_with(language, "register-error", code, &values);
    let next = text(language, &format!("register-error-{code}.next"), &values);
    (said, next)
}

fn plain(code: &'static str) -> (&'static str, String, String, String) {
    (code, String::new(), String::new(), String::new())
}

/// Why what was said are no columns.
#[must_use]
pub fn register_columns(language: Language, error: &ColumnsError) -> String {
    let (code, value) = match error {
        ColumnsError::Unknown(text) => ("unknown", visible(text)),
        ColumnsError::Repeated(which) => ("repeated", column(language, *which)),
        ColumnsError::Missing(which) => ("missing", column(language, *which)),
        ColumnsError::Row(text) => ("row", visible(text)),
    };
    word_with(language, "register-columns", code, &[("value", &value)])
}

/// What an import covers: *từ 01/11/2026 đến 30/11/2026*.
#[must_use]
pub fn register_span(language: Language, from: LocalDay, to: LocalDay) -> String {
    let (from, to) = (day(language, from), day(language, to));
    text(language, "register-span", &[("from", &from), ("to", &to)])
}

/// Where the register and a document differ.
#[must_use]
pub fn register_conflict(language: Language, conflict: Conflict) -> String {
    word(language, "register-conflict", conflict.name())
}
