//! Number and notation as they are written, and as they are told apart.

use crate::model::{CodeNotation, CodeNumber, unmarked};

/// Number and notation without what people write now so, now so: `05/qđ – UBND` and `5/QĐ-UBND` are one. NĐ 30/2020
/// Phụ lục I writes a number below 10 with a zero before it; a spreadsheet takes it away.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Folded {
    /// The number: no zeros before it, small letters.
    pub number: String,
    /// The notation: no spaces, one kind of hyphen, capital letters.
    pub notation: String,
}

impl Folded {
    /// Of a number and a notation.
    #[must_use]
    pub fn new(number: &CodeNumber, notation: &CodeNotation) -> Self {
        Self {
            number: number_of(number.as_str()),
            notation: notation_of(notation.as_str()),
        }
    }

    /// One way to write them: a number below 10 with a zero before it (NĐ 30/2020/NĐ-CP Phụ lục I).
    #[must_use]
    pub fn written(&self) -> Option<(CodeNumber, CodeNotation)> {
        let number = match self.number.as_bytes() {
            [digit] if digit.is_ascii_digit() => format!("0{}", self.number),
            _ => self.number.clone(),
        };
        CodeNumber::parse(&number).zip(CodeNotation::parse(&self.notation))
    }

    /// The number, if it is nothing else: `12`, not `12a` or `01bis`.
    #[must_use]
    pub fn plain(&self) -> Option<u64> {
        let digits = self.number.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| self.number.parse().ok()).flatten()
    }
}

fn number_of(text: &str) -> String {
    let close: String = text.split_whitespace().flat_map(str::chars).collect();
    let close = close.to_lowercase();
    let bare = close.trim_start_matches('0');
    match bare.starts_with(|c: char| c.is_ascii_digit()) {
        true => bare.to_owned(),
        // A zero alone, or before something else than a digit.
        false if close.starts_with('0') => format!("0{bare}"),
        false => close,
    }
}

fn notation_of(text: &str) -> String {
    let close = text.chars().filter(|c| !c.is_whitespace());
    let one = close.map(|c| if is_hyphen(c) { '-' } else { c });
    one.flat_map(char::to_uppercase).collect()
}

/// Hyphens, dashes and the minus sign, as word processors put one for the other.
fn is_hyphen(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// Takes *Số: 12/QĐ-UBND* apart: the number, and the notation if one stands there. The Party writes `12-QĐ/TU`.
pub(super) fn split(text: &str) -> (&str, Option<&str>) {
    let text = without_label(text);
    let slash = text.split_once('/');
    let dash = text.find(is_hyphen).and_then(|at| {
        let (number, rest) = text.split_at_checked(at)?;
        let mut rest = rest.chars();
        rest.next();
        let rest = rest.as_str().trim_start();
        let is_notation = rest.starts_with(char::is_alphabetic);
        (is_number(number.trim()) && is_notation).then_some((number, rest))
    });
    match dash.or(slash) {
        Some((number, notation)) => (number.trim(), Some(notation.trim())),
        None => (text, None),
    }
}

/// Digits, and at most a few letters behind them: `12`, `12a`, `01bis`.
fn is_number(text: &str) -> bool {
    let letters = text.trim_start_matches(|c: char| c.is_ascii_digit());
    letters.len() < text.len()
        && letters.chars().count() <= 3
        && letters.chars().all(char::is_alphabetic)
}

/// Without *Số*, *Số:* or *No.* before it.
fn without_label(text: &str) -> &str {
    let digit = text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (label, rest) = text.split_at_checked(digit).unwrap_or(("", text));
    match matches!(unmarked(label).as_str(), "so" | "no") {
        true => rest,
        false => text,
    }
}

/// Without the spaces around slashes and hyphens that a broken line leaves.
pub(super) fn close(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let before = rest.peek().copied();
        let after_mark = out.ends_with(|c| c == '/' || is_hyphen(c));
        let before_mark = before.is_some_and(|c| c == '/' || is_hyphen(c));
        if !(c == ' ' && (after_mark || before_mark)) {
            out.push(c);
        }
    }
    out
}

/// Whether it can be a number at all.
pub(super) fn may_be_number(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit()) && !text.contains(char::is_whitespace)
}
