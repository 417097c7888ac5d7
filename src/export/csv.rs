//! Figures as CSV: one row for each unit and figure.

use crate::client::wire::RatesView;
use crate::lang;
use crate::model::Language;
use crate::model::simulated::MARK;

/// How a CSV file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Form {
    between: char,
    point: char,
}

/// RFC 4180: what programs read.
pub const PROGRAMS: Form = Form {
    between: ',',
    point: '.',
};

/// What Excel opens by a double click under Vietnamese regional settings, where the comma is the decimal sign. There is no
/// line `sep=;`: Excel takes a file that begins with one for ANSI, and the Vietnamese letters are lost.
pub const EXCEL: Form = Form {
    between: ';',
    point: ',',
};

/// One row per unit and rate or count, with a byte order mark so that spreadsheets show Vietnamese.
#[must_use]
pub fn figures(language: Language, view: &RatesView, form: &Form) -> String {
    let mut out = String::from("\u{feff}");
    let simulated = view.simulated;
    let mut row = |cells: [&str; 7], mark: &str| {
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                out.push(form.between);
            }
            out.push_str(cell);
        }
        // Every row says so by itself: rows are sorted, filtered and copied.
        if simulated {
            out.push(form.between);
            out.push_str(mark);
        }
        out.push_str("\r\n");
    };
    let heads = [
        "period",
        "unit",
        "name",
        "figure",
        "numerator",
        "denominator",
        "percent",
    ];
    row(heads, "simulated");
    for unit in &view.units {
        let (period, code, name) = (&view.period, &unit.unit, quoted(&unit.name));
        for (figure, rate) in &unit.rates {
            let label = quoted(&lang::word(language, "rate", figure));
            let (over, under) = (rate.numerator.to_string(), rate.denominator);
            let under = under.map(|d| d.to_string()).unwrap_or_default();
            let percent = rate.per_mille.map(|p| {
                let (whole, tenths) = (p.div_euclid(10), p.rem_euclid(10));
                format!("{whole}{}{tenths}", form.point)
            });
            let percent = percent.unwrap_or_default();
            row([period, code, &name, &label, &over, &under, &percent], MARK);
        }
        for (figure, count) in &unit.counts {
            let label = quoted(&measure(language, figure));
            let count = count.to_string();
            row([period, code, &name, &label, &count, "", ""], MARK);
        }
    }
    out
}

/// In quotes, and what a spreadsheet would take for a formula behind an apostrophe.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The words for a counter; a refusal with its reason.
#[must_use]
pub fn measure(language: Language, name: &str) -> String {
    let Some(code) = name.strip_prefix("refused.") else {
        return lang::word(language, "measure", name);
    };
    let (refused, reason) = (
        lang::word(language, "measure", "refused"),
        lang::word(language, "reason", code),
    );
    format!("{refused}: {}", reason.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::wire::{RateView, UnitRatesView};
    use std::collections::BTreeMap;

    fn view() -> RatesView {
        let rate = RateView {
            numerator: 39,
            denominator: Some(40),
            per_mille: Some(975),
            ..RateView::default()
        };
        RatesView {
            period: "2026-11".into(),
            units: vec![UnitRatesView {
                unit: "H53.7".into(),
                name: "=Sở; \"Tài chính\"".into(),
                counts: BTreeMap::from([("offers".into(), 41)]),
                rates: BTreeMap::from([("signed".into(), rate)]),
                ..UnitRatesView::default()
            }],
            ..RatesView::default()
        }
    }

    #[test]
    fn programs_get_commas_and_a_point() {
        let text = figures(Language::Vi, &view(), &PROGRAMS);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(
            lines[0],
            "\u{feff}period,unit,name,figure,numerator,denominator,percent"
        );
        let label = lang::word(Language::Vi, "rate", "signed");
        let row = format!("2026-11,H53.7,\"'=Sở; \"\"Tài chính\"\"\",\"{label}\",39,40,97.5");
        assert_eq!(lines[1], row);
        assert!(lines[2].ends_with(",41,,"), "{}", lines[2]);
    }

    #[test]
    fn a_vietnamese_excel_gets_semicolons_and_a_decimal_comma() {
        let text = figures(Language::Vi, &view(), &EXCEL);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(lines[0].starts_with("\u{feff}period;unit;"), "{}", lines[0]);
        assert!(lines[1].ends_with(";39;40;97,5"), "{}", lines[1]);
        assert!(lines[1].contains(";\"'=Sở; \"\"Tài chính\"\"\";"));
        assert!(!text.contains("sep="));
    }
}
