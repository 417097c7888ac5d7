//! Numbers as each language writes them: 1.234,5 % and 1,234.5%.

use crate::model::Language;

/// A whole number with its thousands apart: `1.234.567`, or `1,234,567`.
#[must_use]
pub fn number(language: Language, n: i64) -> String {
    let mark = match language {
        Language::Vi => '.',
        Language::En => ',',
    };
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    if n < 0 {
        out.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(i);
        if i > 0 && left % 3 == 0 {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

/// Tenths of a percent as a decimal: `1.087,3`, or `1,087.3`.
#[must_use]
pub fn tenths(language: Language, tenths: i64) -> String {
    let point = match language {
        Language::Vi => ',',
        Language::En => '.',
    };
    let sign = if tenths < 0 { "-" } else { "" };
    let size = tenths.unsigned_abs();
    let whole = i64::try_from(size.div_euclid(10)).unwrap_or(i64::MAX);
    format!("{sign}{}{point}{}", number(language, whole), size % 10)
}

/// Tenths of a percent with the sign of percent: `87,3 %`, or `87.3%`.
#[must_use]
pub fn percent(language: Language, per_mille: i64) -> String {
    let said = tenths(language, per_mille);
    match language {
        Language::Vi => format!("{said}\u{a0}%"),
        Language::En => format!("{said}%"),
    }
}

/// A difference in tenths of a percentage point, with its sign: `+2,1`, `−0,4`, `0,0`.
#[must_use]
pub fn points(language: Language, points: i64) -> String {
    let size = tenths(language, points.saturating_abs());
    match points {
        0 => size,
        1.. => format!("+{size}"),
        _ => format!("−{size}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_does() {
        let (vi, en) = (Language::Vi, Language::En);
        for (n, in_vi, in_en) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_234_567, "1.234.567", "1,234,567"),
            (-1_234, "-1.234", "-1,234"),
        ] {
            assert_eq!((number(vi, n), number(en, n)), (in_vi.into(), in_en.into()));
        }
        for (n, in_vi, in_en) in [
            (873, "87,3\u{a0}%", "87.3%"),
            (1000, "100,0\u{a0}%", "100.0%"),
            (12_345, "1.234,5\u{a0}%", "1,234.5%"),
            (-4, "-0,4\u{a0}%", "-0.4%"),
        ] {
            assert_eq!(
                (percent(vi, n), percent(en, n)),
                (in_vi.into(), in_en.into())
            );
        }
        assert_eq!(points(vi, 21), "+2,1");
        assert_eq!(points(en, -4), "−0.4");
        assert_eq!(points(vi, 0), "0,0");
    }
}
