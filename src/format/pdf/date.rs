//! Dates (ISO 32000-2 §7.9.4): `D:YYYYMMDDHHmmSSOHH'mm'`, of which all behind the year may be missing.

use crate::model::Timestamp;

/// The moment, or `None` for what is no date. Without an offset it is taken as UTC: nothing is decided
/// by it.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let rest = text.strip_prefix("D:").unwrap_or(text);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, zone) = rest.split_at_checked(digits)?;
    if !matches!(digits, 4 | 6 | 8 | 10 | 12 | 14) {
        return None;
    }
    let part =
        |at: usize, missing: &'static str| number.get(at..at.saturating_add(2)).unwrap_or(missing);
    let (year, month, day) = (number.get(..4)?, part(4, "01"), part(6, "01"));
    let (hour, minute, second) = (part(8, "00"), part(10, "00"), part(12, "00"));
    let offset = offset(zone)?;
    Timestamp::parse(&format!(
        "{year}-{month}-{day}T{hour}:{minute}:{second}{offset}"
    ))
}

/// As RFC 3339 writes it.
fn offset(zone: &str) -> Option<String> {
    let mut parts = zone.get(1..).unwrap_or_default().split('\'');
    let two = |part: Option<&str>| match part.unwrap_or_default() {
        "" => Some("00".to_owned()),
        text if text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()) => Some(text.into()),
        _ => None,
    };
    match zone.bytes().next() {
        None | Some(b'Z') => Some("Z".into()),
        Some(sign @ (b'+' | b'-')) => {
            let (hours, minutes) = (two(parts.next())?, two(parts.next())?);
            Some(format!("{}{hours}:{minutes}", char::from(sign)))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_with_what_they_have() {
        let at = |text| Timestamp::parse(text);
        let rows = [
            ("D:20261124070809+07'00'", at("2026-11-24T07:08:09+07:00")),
            ("D:20261124070809+07'00", at("2026-11-24T07:08:09+07:00")),
            ("20261124070809-03'30'", at("2026-11-24T07:08:09-03:30")),
            ("D:20261124070809Z00'00'", at("2026-11-24T07:08:09Z")),
            ("D:202611240708", at("2026-11-24T07:08:00Z")),
            ("D:2026", at("2026-01-01T00:00:00Z")),
        ];
        for (text, expected) in rows {
            assert!(expected.is_some(), "{text}");
            assert_eq!(read(text), expected, "{text}");
        }
        for wrong in [
            "",
            "D:",
            "D:202",
            "D:20261324",
            "D:20261124070809+7'00'",
            "D:2026x",
            "ngày",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
