//! What elements hold: integers and times.

use super::read::Element;
use crate::model::Timestamp;

/// A small non-negative INTEGER; `None` for any other value.
#[must_use]
pub fn small_integer(element: &Element<'_>) -> Option<u32> {
    let significant = match element.content {
        [] => return None,
        [first, ..] if first & 0x80 != 0 => return None,
        bytes => bytes,
    };
    if significant.len() > 5 {
        return None;
    }
    let value = significant
        .iter()
        .fold(0u64, |value, byte| (value << 8) | u64::from(*byte));
    u32::try_from(value).ok()
}

/// UTCTime or GeneralizedTime in the forms of RFC 5280 §4.1.2.5; `None` for anything else.
#[must_use]
pub fn time(element: &Element<'_>) -> Option<Timestamp> {
    let text = std::str::from_utf8(element.content)
        .ok()?
        .strip_suffix('Z')?;
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (element.tag, text.len()) {
        (0x17, 12) => {
            let (year, rest) = text.split_at_checked(2)?;
            let year: i16 = year.parse().ok()?;
            let century = if year >= 50 { 1900 } else { 2000 };
            (year.checked_add(century)?, rest)
        }
        (0x18, 14) => {
            let (year, rest) = text.split_at_checked(4)?;
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    let two = |at: usize| -> Option<i8> { rest.get(at..at.saturating_add(2))?.parse().ok() };
    let civil = jiff::civil::DateTime::new(year, two(0)?, two(2)?, two(4)?, two(6)?, two(8)?, 0);
    let stamp = jiff::tz::Offset::UTC.to_timestamp(civil.ok()?).ok()?;
    Some(Timestamp::from_secs(stamp.as_second()))
}

/// GeneralizedTime with or without a fraction of a second (RFC 3161 §2.4.2), cut to milliseconds;
/// `None` for anything else.
#[must_use]
pub fn generalized_time(element: &Element<'_>) -> Option<Timestamp> {
    let (whole, fraction) = match element.content.split_at_checked(14)? {
        (whole, [b'.', digits @ .., b'Z']) => (whole, digits),
        (_, b"Z") => return (element.tag == 0x18).then(|| time(element)).flatten(),
        _ => return None,
    };
    if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let text = [whole, b"Z"].concat();
    let seconds = time(&Element {
        content: &text,
        ..*element
    })?;
    let padded = fraction.iter().copied().chain(std::iter::repeat(b'0'));
    let digits = padded.take(3).map(|digit| i64::from(digit & 0x0f));
    let millis = digits.fold(0i64, |n, digit| n.saturating_mul(10).saturating_add(digit));
    (element.tag == 0x18).then(|| Timestamp(seconds.0.saturating_add(millis)))
}

/// UTCTime or GeneralizedTime in the further forms of X.680 §46 and §47 that say their offset: without
/// seconds, with a fraction, or with another offset than Z; `None` for anything else. Not for what has to be
/// DER (X.690 §11.7, §11.8).
#[must_use]
pub fn any_time(element: &Element<'_>) -> Option<Timestamp> {
    let text = std::str::from_utf8(element.content).ok()?;
    let at = text.find(['Z', '+', '-'])?;
    let (local, zone) = text.split_at_checked(at)?;
    let (whole, fraction) = local.split_once('.').unwrap_or((local, ""));
    let minutes_only = match element.tag {
        0x17 => whole.len() == 10,
        _ => whole.len() == 12,
    };
    if !fraction.bytes().all(|b| b.is_ascii_digit()) || (minutes_only && !fraction.is_empty()) {
        return None;
    }
    let seconds = if minutes_only { "00" } else { "" };
    let text = format!("{whole}{seconds}Z");
    let utc = time(&Element {
        content: text.as_bytes(),
        ..*element
    })?;
    Some(utc.plus_secs(offset(zone)?.checked_neg()?))
}

/// Z, or hours and minutes ahead of UTC or behind it: in seconds.
fn offset(zone: &str) -> Option<i64> {
    let digits = match zone {
        "Z" => return Some(0),
        _ => zone.get(1..).filter(|digits| digits.len() == 4)?,
    };
    let number: i64 = digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then_some(digits)?
        .parse()
        .ok()?;
    let (hours, minutes) = (number.checked_div(100)?, number.checked_rem(100)?);
    let seconds = hours
        .checked_mul(60)?
        .checked_add(minutes)?
        .checked_mul(60)?;
    let within = hours <= 14 && minutes < 60;
    let ahead = if zone.starts_with('-') {
        seconds.checked_neg()?
    } else {
        seconds
    };
    within.then_some(ahead)
}

/// The octets of an INTEGER without redundant leading zeros, for comparing serial numbers whose
/// encodings are not minimal.
#[must_use]
pub fn significant(integer: &[u8]) -> &[u8] {
    match integer {
        [0, rest @ ..] if !rest.is_empty() => significant(rest),
        bytes => bytes,
    }
}

/// The octets of an INTEGER as X.690 §8.3.2 writes it, for comparing serial numbers whose encodings
/// are not minimal. Its sign counts: 255 and -1 differ.
#[must_use]
pub fn minimal(integer: &[u8]) -> &[u8] {
    match integer {
        [0, second, ..] if *second < 0x80 => minimal(integer.get(1..).unwrap_or_default()),
        [0xff, second, ..] if *second >= 0x80 => minimal(integer.get(1..).unwrap_or_default()),
        bytes => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::asn1::read::Reader;

    #[test]
    fn integers_are_equal_by_value_and_sign() {
        for (integer, expected) in [
            (&[0u8, 0, 0x7f][..], &[0x7f][..]),
            (&[0, 0xff], &[0, 0xff]),
            (&[0, 0, 0xff], &[0, 0xff]),
            (&[0xff], &[0xff]),
            (&[0xff, 0xff, 0x80], &[0x80]),
            (&[0xff, 0x7f], &[0xff, 0x7f]),
            (&[0, 0], &[0]),
            (&[], &[]),
        ] {
            assert_eq!(minimal(integer), expected, "{integer:02x?}");
        }
    }

    #[test]
    fn times_have_the_two_forms_of_rfc_5280() {
        for (tag, text, expected) in [
            (0x17, "700101000001Z", Some(1)),
            (0x17, "491231235959Z", Some(2_524_607_999)),
            (0x18, "20500101000000Z", Some(2_524_608_000)),
            (0x17, "7001010000Z", None),
            (0x17, "700101000001+0000", None),
            (0x18, "20501301000000Z", None),
        ] {
            let der = crate::format::asn1::write::element(tag, text.as_bytes());
            let element = Reader::new(&der).any().expect("element");
            assert_eq!(time(&element).map(Timestamp::secs), expected, "{text}");
        }
    }

    #[test]
    fn times_have_the_further_forms_of_x680() {
        for (tag, text, expected) in [
            (0x17, "700101000001Z", Some(1)),
            (0x17, "7001010001Z", Some(60)),
            (0x17, "700101070001+0700", Some(1)),
            (0x17, "7001010701+0700", Some(60)),
            (0x17, "700101000001-0130", Some(5401)),
            (0x18, "19700101000001.5Z", Some(1)),
            (0x18, "197001010001Z", Some(60)),
            (0x18, "19700101070001.25+0700", Some(1)),
            (0x18, "19700101000001", None),
            (0x17, "700101000001.5", None),
            (0x17, "7001010001.5Z", None),
            (0x17, "700101000001+07", None),
            (0x17, "700101000001+9900", None),
            (0x17, "700101000001+07:0", None),
            (0x17, "701301000001Z", None),
            (0x17, "soon", None),
            (0x04, "700101000001Z", None),
        ] {
            let der = crate::format::asn1::write::element(tag, text.as_bytes());
            let element = Reader::new(&der).any().expect("element");
            assert_eq!(any_time(&element).map(Timestamp::secs), expected, "{text}");
        }
    }

    #[test]
    fn fractions_of_a_second_are_cut_to_milliseconds() {
        for (tag, text, expected) in [
            (0x18, "19700101000001Z", Some(1000)),
            (0x18, "19700101000001.5Z", Some(1500)),
            (0x18, "19700101000001.0379Z", Some(1037)),
            (0x18, "19700101000001.Z", None),
            (0x18, "19700101000001.5", None),
            (0x18, "19700101000001,5Z", None),
            (0x18, "197001010000.5Z", None),
            (0x17, "700101000001Z", None),
        ] {
            let der = crate::format::asn1::write::element(tag, text.as_bytes());
            let element = Reader::new(&der).any().expect("element");
            assert_eq!(generalized_time(&element).map(|t| t.0), expected, "{text}");
        }
    }
}
