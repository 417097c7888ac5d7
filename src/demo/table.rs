//! Aligned tables of plain text, and how figures are written.

use crate::client::wire::RateView;
use crate::model::Language;
use std::fmt::Write;
use unicode_normalization::UnicodeNormalization;

/// Rows under a header, each column as wide as its widest cell.
#[must_use]
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let wide = |cell: &String| cell.nfc().count();
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(wide).max();
    let widths: Vec<usize> = (0..columns).map(|c| width(c).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let gap = width.saturating_sub(wide(cell));
            let _ = write!(line, "{cell}{:gap$}  ", "");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The cells of a header sentence, which are separated by bars.
#[must_use]
pub fn cells(header: &str) -> Vec<String> {
    header
        .split('|')
        .map(|cell| cell.trim().to_owned())
        .collect()
}

/// Numerator, denominator and the rate itself: `12/14 (85,7 %)`.
#[must_use]
pub fn rate(language: Language, unknown: &str, rate: Option<&RateView>) -> String {
    let Some(rate) = rate else { return "-".into() };
    let Some(denominator) = rate.denominator else {
        return format!("{}/? ({unknown})", rate.numerator);
    };
    let Some(per_mille) = rate.per_mille else {
        return format!("{}/{denominator}", rate.numerator);
    };
    let (whole, tenth) = (per_mille.div_euclid(10), per_mille.rem_euclid(10));
    let percent = decimal(language, &format!("{whole}.{tenth}"));
    format!("{}/{denominator} ({percent} %)", rate.numerator)
}

/// A number with the decimal mark of the language.
#[must_use]
pub fn decimal(language: Language, number: &str) -> String {
    match language {
        Language::Vi => number.replace('.', ","),
        Language::En => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_letters() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let decomposed: String = "Hựu".nfd().collect();
        let text = table(&[
            row(["Long Hựu", "x"]),
            row([&format!("Long {decomposed}"), "x"]),
        ]);
        let at: Vec<usize> = text
            .lines()
            .map(|l| l.nfc().position(|c| c == 'x').unwrap())
            .collect();
        assert_eq!(at, [10, 10]);
    }

    #[test]
    fn a_rate_shows_both_numbers() {
        let view = |numerator, denominator, per_mille| RateView {
            numerator,
            denominator,
            per_mille,
            ..RateView::default()
        };
        let vi = |v: RateView| rate(Language::Vi, "chưa rõ", Some(&v));
        assert_eq!(vi(view(6, Some(7), Some(857))), "6/7 (85,7 %)");
        assert_eq!(vi(view(6, None, None)), "6/? (chưa rõ)");
        assert_eq!(vi(view(0, Some(0), None)), "0/0");
    }
}
