//! Days as registers write them.

use super::cell::Epoch;
use crate::model::{LocalDay, unmarked};

/// Reads a day: `24/11/2026`, `24-11-26`, `24.11.2026`, `2026-11-24`, *ngày 24 tháng 11 năm 2026*; a time behind it is
/// passed over. Day before month always: so does every Vietnamese register. `24/11` is of `year`, if there is one.
pub(super) fn read(text: &str, year: Option<i16>) -> Option<LocalDay> {
    let words = unmarked(text);
    if words.contains("thang") {
        return in_words(&words);
    }
    let text = text.split([' ', 'T']).next()?;
    let mut parts = text.split(['/', '-', '.']);
    let (one, two, three) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    match (one.len(), three) {
        (_, None) => day(&year?.to_string(), two, one),
        (4, Some(three)) => day(one, two, three),
        (_, Some(three)) => day(three, two, one),
    }
}

fn in_words(words: &str) -> Option<LocalDay> {
    let rest = words.strip_prefix("ngay").unwrap_or(words);
    let (one, rest) = rest.split_once("thang")?;
    let (two, three) = rest.split_once("nam")?;
    day(three, two, one)
}

/// A year of two digits is one of this century.
fn day(year: &str, month: &str, day: &str) -> Option<LocalDay> {
    let whole = |text: &str, most: usize| -> Option<i16> {
        let plain = !text.is_empty() && text.len() <= most;
        let plain = plain && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten()
    };
    let year = match year.len() {
        2 => whole(year, 2)?.checked_add(2000)?,
        4 => whole(year, 4)?,
        _ => return None,
    };
    let short = |text: &str| i8::try_from(whole(text, 2)?).ok();
    let found = LocalDay::new(year, short(month)?, short(day)?)?;
    (found.year() >= 1900).then_some(found)
}

/// The day of a serial number of a workbook (ECMA-376-1 §18.17.4.1). Before 1 March 1900 Excel counts a day that never
/// was; no register is that old.
pub(super) fn of_serial(serial: f64, epoch: Epoch) -> Option<LocalDay> {
    let whole: i32 = serial.trunc().to_string().parse().ok()?;
    let from_1970 = match epoch {
        Epoch::Y1900 if whole < 61 => return None,
        Epoch::Y1900 => whole.checked_sub(25_569)?,
        Epoch::Y1904 if whole < 0 => return None,
        Epoch::Y1904 => whole.checked_sub(24_107)?,
    };
    LocalDay::from_number(from_1970)
}
