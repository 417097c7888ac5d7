//! Rates in a terminal: bars, columns as wide as the terminal, words where there is no rate.

use crate::client::wire::RateView;
use crate::lang;
use crate::model::Language;
use std::io::IsTerminal;

/// Eighths of a character.
const EIGHTHS: [char; 8] = ['█', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
/// A heading is broken behind this many characters.
const HEAD: usize = 20;

/// How wide the terminal on stdout is; `None`: it is none, and nothing is left out.
#[must_use]
pub(super) fn width() -> Option<usize> {
    let out = std::io::stdout();
    if !out.is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(&out).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// A bar of `width` characters at most, in eighths; what is not zero is seen.
#[must_use]
pub(super) fn bar(per_mille: i64, width: usize) -> String {
    let width = i64::try_from(width).unwrap_or(0);
    let all = width.saturating_mul(8);
    let long = all
        .saturating_mul(per_mille.clamp(0, 1000))
        .div_euclid(1000);
    let long = if per_mille > 0 { long.max(1) } else { long };
    let full = usize::try_from(long.div_euclid(8)).unwrap_or(0);
    let mut out: String = std::iter::repeat_n('█', full).collect();
    let rest = usize::try_from(long.rem_euclid(8)).unwrap_or(0);
    if rest > 0 {
        out.extend(EIGHTHS.get(rest));
    }
    out
}

/// `39/40`, or `39/?` where the denominator is not known.
#[must_use]
pub(super) fn fraction(language: Language, rate: &RateView) -> String {
    let under = rate.denominator.map(|under| lang::number(language, under));
    let over = lang::number(language, rate.numerator);
    format!("{over}/{}", under.as_deref().unwrap_or("?"))
}

/// A rate in one cell: bar, percentage and fraction.
#[must_use]
pub(super) fn cell(language: Language, rate: Option<&RateView>, bars: usize) -> String {
    let Some(rate) = rate else {
        return String::new();
    };
    let said = fraction(language, rate);
    let Some(per_mille) = rate.per_mille else {
        let why = match (rate.denominator, rate.state.as_str()) {
            (Some(_), _) => "cli-rates-none",
            (None, "partial") => "cli-rates-not-whole",
            (None, _) => "cli-rates-unknown",
        };
        return format!("{said} {}", lang::text(language, why, &[]));
    };
    let percent = lang::percent(language, per_mille);
    format!("{:bars$} {percent:>7} {said}", bar(per_mille, bars))
}

/// Columns under headings that may take several lines. Of a table that is wider than `width` the last columns are left
/// out; how many is said with it.
#[must_use]
pub(super) fn columns(
    heads: &[String],
    rows: &[Vec<String>],
    width: Option<usize>,
) -> (Vec<String>, usize) {
    let heads: Vec<Vec<String>> = heads.iter().map(|head| broken(head)).collect();
    let wide = |text: &String| text.chars().count();
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(at, head)| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            cells.chain(head).map(wide).max().unwrap_or(0)
        })
        .collect();
    let mut shown = 0_usize;
    let mut total = 0_usize;
    for one in &widths {
        total = total.saturating_add(*one).saturating_add(2);
        // Unit and first figure are always there: a terminal may wrap, but not hide.
        if shown > 2 && width.is_some_and(|width| total.saturating_sub(2) > width) {
            break;
        }
        shown = shown.saturating_add(1);
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.take(shown).zip(&widths);
        let padded: Vec<String> = padded
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let lines = heads.iter().map(Vec::len).max().unwrap_or(1);
    let mut out = Vec::new();
    for at in 0..lines {
        let words = heads
            .iter()
            .map(|head| head.get(at).map_or("", String::as_str));
        out.push(line(&mut words.into_iter()));
    }
    out.extend(
        rows.iter()
            .map(|row| line(&mut row.iter().map(String::as_str))),
    );
    (out, heads.len().saturating_sub(shown))
}

/// A heading in lines of at most [`HEAD`] characters, in capitals.
fn broken(head: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in head.to_uppercase().split_whitespace() {
        let Some(last) = lines.last_mut() else { break };
        let long = last.chars().count().saturating_add(word.chars().count());
        if last.is_empty() {
            last.push_str(word);
        } else if long < HEAD {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_eighths_and_show_what_is_not_zero() {
        assert_eq!(bar(1000, 4), "████");
        assert_eq!(bar(500, 4), "██");
        assert_eq!(bar(0, 4), "");
        assert_eq!(bar(1, 4), "▏");
        assert_eq!(bar(969, 4), "███▉");
        assert_eq!(bar(2000, 2), "██");
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_said() {
        let heads = ["Mã", "Tên", "Ký", "Đúng hạn trả lời văn bản"].map(str::to_owned);
        let row = ["H1", "Sở Tài chính", "█████  97,5 % 39/40", "x"].map(str::to_owned);
        let (lines, left) = columns(&heads, &[row.to_vec()], None);
        assert_eq!(left, 0);
        assert_eq!(lines.len(), 3);
        assert!(lines[0].ends_with("ĐÚNG HẠN TRẢ LỜI VĂN"), "{lines:?}");
        let (lines, left) = columns(&heads, &[row.to_vec()], Some(50));
        assert_eq!(left, 1);
        assert!(lines.iter().all(|line| line.chars().count() <= 50));
    }

    #[test]
    fn a_cell_has_bar_percentage_and_fraction() {
        let rate = RateView {
            numerator: 39,
            denominator: Some(40),
            per_mille: Some(975),
            ..RateView::default()
        };
        let vi = cell(Language::Vi, Some(&rate), 4);
        assert_eq!(vi, "███▉  97,5\u{a0}% 39/40");
        let unknown = RateView {
            numerator: 39,
            ..RateView::default()
        };
        let words = cell(Language::Vi, Some(&unknown), 4);
        assert_eq!(words, "39/? chưa rõ mẫu số");
    }
}
