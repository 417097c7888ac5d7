//! `holidays.toml`: office hours, days off and days worked in their place.

use super::ConfigError;
use super::mistake::{Page, text_or};
use crate::model::{Calendar, CalendarError, LocalDay, Urgency};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;

/// The sample: the days off of 2025 to 2027.
pub const SAMPLE: &str = include_str!("../../config/holidays.sample.toml");

/// Entries of one file: thirty years of some thirty each.
const MAX_ENTRIES: usize = 1_000;
/// The longest entry: Tết with everything beside it.
const MAX_DAYS: usize = 31;
/// The most minutes of *at once*: a day and night.
const MAX_MINUTES: u32 = 1_440;

type Word = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    office: Office,
    #[serde(default)]
    at_once: AtOnce,
    #[serde(default)]
    day_off: Vec<Spanned<Days>>,
    #[serde(default)]
    working_day: Vec<Spanned<Days>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Office {
    opens: Option<Word>,
    closes: Option<Word>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct AtOnce {
    urgent: Option<Spanned<u32>>,
    very_urgent: Option<Spanned<u32>>,
    flash: Option<Spanned<u32>>,
    flash_timed: Option<Spanned<u32>>,
}

/// One day, or a row of days.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    on: Option<Word>,
    from: Option<Word>,
    to: Option<Word>,
    /// For the reader of the file.
    #[serde(default, rename = "name")]
    _name: String,
}

/// Reads the calendar; without a file the sample holds.
///
/// # Errors
/// See [`ConfigError`].
pub fn read(path: &Path) -> Result<Calendar, ConfigError> {
    parse(path, &text_or(path, SAMPLE)?)
}

/// Reads a calendar from text; `path` is only named in errors.
///
/// # Errors
/// See [`ConfigError`].
pub fn parse(path: &Path, text: &str) -> Result<Calendar, ConfigError> {
    let page = Page { path, text };
    let raw: Raw = toml::from_str(text).map_err(|e| page.wrong(e.span(), e.message()))?;
    let opens = page.minute(raw.office.opens.as_ref(), 7 * 60 + 30)?;
    let closes = page.minute(raw.office.closes.as_ref(), 17 * 60)?;
    let at_once = page.at_once(&raw.at_once)?;
    let off = page.all(&raw.day_off)?;
    let made_up = page.all(&raw.working_day)?;
    let span = |day: &LocalDay| made_up.get(day).or_else(|| off.get(day)).cloned();
    let days = |all: &BTreeMap<LocalDay, Range<usize>>| all.keys().copied().collect();
    Calendar::new(opens..=closes, days(&off), days(&made_up), at_once).map_err(|error| {
        let at = match &error {
            CalendarError::Hours => raw.office.closes.or(raw.office.opens).map(|w| w.span()),
            CalendarError::Both(day) | CalendarError::Row(day) => span(day),
        };
        page.wrong(at, &error.to_string())
    })
}

impl Page<'_> {
    fn minute(&self, word: Option<&Word>, default: u16) -> Result<u16, ConfigError> {
        word.map_or(Ok(default), |word| self.time_of_day(word))
    }

    /// A time of day, in its minutes.
    pub(super) fn time_of_day(&self, word: &Word) -> Result<u16, ConfigError> {
        let expected = || {
            self.wrong(
                Some(word.span()),
                "expected a time of day, such as \"07:30\"",
            )
        };
        let (hours, minutes) = word.get_ref().split_once(':').ok_or_else(expected)?;
        let part = |text: &str, below: u16| {
            let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            text.parse().ok().filter(|n: &u16| digits && *n < below)
        };
        let parts = part(hours, 24).zip(part(minutes, 60));
        let (hours, minutes) = parts.ok_or_else(expected)?;
        Ok(hours.saturating_mul(60).saturating_add(minutes))
    }

    fn at_once(&self, raw: &AtOnce) -> Result<BTreeMap<Urgency, u32>, ConfigError> {
        let mut all = BTreeMap::new();
        for (urgency, minutes, default) in [
            (Urgency::Urgent, &raw.urgent, 120),
            (Urgency::VeryUrgent, &raw.very_urgent, 60),
            (Urgency::Flash, &raw.flash, 30),
            (Urgency::FlashTimed, &raw.flash_timed, 30),
        ] {
            let value = minutes
                .as_ref()
                .map_or(default, |minutes| *minutes.get_ref());
            if value > MAX_MINUTES {
                let problem = format!("expected 0 to {MAX_MINUTES} minutes");
                return Err(self.wrong(minutes.as_ref().map(Spanned::span), &problem));
            }
            if value > 0 {
                all.insert(urgency, value);
            }
        }
        Ok(all)
    }

    /// Every day of the entries, each with the place of its entry.
    fn all(
        &self,
        entries: &[Spanned<Days>],
    ) -> Result<BTreeMap<LocalDay, Range<usize>>, ConfigError> {
        let mut all = BTreeMap::new();
        if let Some(entry) = entries.get(MAX_ENTRIES) {
            let problem = format!("too many here, the most is {MAX_ENTRIES}");
            return Err(self.wrong(Some(entry.span()), &problem));
        }
        for entry in entries {
            for (day, span) in self.days(entry)? {
                if all.insert(day, span.clone()).is_some() {
                    let problem = format!("an earlier entry names this too: {day}");
                    return Err(self.wrong(Some(span), &problem));
                }
            }
        }
        Ok(all)
    }

    fn days(&self, entry: &Spanned<Days>) -> Result<Vec<(LocalDay, Range<usize>)>, ConfigError> {
        let Days { on, from, to, .. } = entry.get_ref();
        let (first, last, word) = match (on, from, to) {
            (Some(on), None, None) => (self.day(on)?, self.day(on)?, on),
            (None, Some(from), Some(to)) => (self.day(from)?, self.day(to)?, to),
            _ => {
                let problem = "an entry names one day (on), or a first and a last one (from, to)";
                return Err(self.wrong(Some(entry.span()), problem));
            }
        };
        if last < first {
            return Err(self.wrong(Some(word.span()), "ends before it begins"));
        }
        let days = std::iter::successors(Some(first), |day| day.next());
        let days = days.take_while(|day| *day <= last);
        let days: Vec<_> = days.take(MAX_DAYS.saturating_add(1)).collect();
        if days.len() > MAX_DAYS {
            let problem = format!("for one entry, days are at most {MAX_DAYS}");
            return Err(self.wrong(Some(word.span()), &problem));
        }
        Ok(days.into_iter().map(|day| (day, word.span())).collect())
    }

    pub(super) fn day(&self, word: &Word) -> Result<LocalDay, ConfigError> {
        let expected = || self.wrong(Some(word.span()), "expected a day, such as \"2026-09-02\"");
        LocalDay::parse(word.get_ref()).ok_or_else(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Calendar, ConfigError> {
        parse(Path::new("/srv/config/holidays.toml"), text)
    }

    fn day(text: &str) -> LocalDay {
        LocalDay::parse(text).expect("day")
    }

    #[test]
    fn the_sample_knows_three_years_and_holds_without_a_file() {
        let sample = of(SAMPLE).expect("sample");
        assert_eq!(sample.years(), [2025, 2026, 2027].into());
        assert_eq!(sample.hours(), "07:30–17:00");
        assert_eq!(
            read(Path::new("/nowhere/holidays.toml")),
            Ok(sample.clone())
        );
        // Bộ luật Lao động 2019 Điều 112: eleven days each year, and from 2026 the day of culture;
        // those on a weekend are made up for.
        for year in 2025..=2027_i16 {
            let of_year = |day: &LocalDay| day.year() == year;
            let all = (0..366).filter_map(|n| {
                LocalDay::from_number(LocalDay::new(year, 1, 1)?.number().checked_add(n)?)
            });
            let working = all.filter(of_year).filter(|day| sample.is_working(*day));
            // Each of these years has 261 days from Monday to Friday.
            let expected = 261 - if year == 2025 { 11 } else { 12 };
            assert_eq!(working.count(), expected, "{year}");
        }
        for (text, works) in [
            ("2025-04-26", true),
            ("2025-05-02", false),
            ("2026-01-02", false),
            ("2026-01-10", true),
            ("2026-02-20", false),
            ("2026-02-23", true),
            ("2026-04-27", false),
            ("2026-08-22", true),
            ("2026-08-31", false),
            ("2026-09-03", true),
            ("2026-11-24", false),
            ("2027-02-12", true),
        ] {
            assert_eq!(sample.is_working(day(text)), works, "{text}");
        }
    }

    #[test]
    fn an_empty_file_has_weekends_and_the_default_hours_only() {
        let empty = of("").expect("empty");
        assert_eq!((empty.days_off(), empty.made_up()), (0, 0));
        assert_eq!(empty.hours(), Calendar::default().hours());
        let hours = of("[office]\nopens = \"08:00\"\ncloses = \"16:30\"\n").expect("hours");
        assert_eq!(hours.hours(), "08:00–16:30");
    }

    #[test]
    fn every_mistake_shows_line_and_column() {
        let table = [
            ("[office]\nopens = \"7:30\"\n", (2, 9, 6), "07:30"),
            ("[office]\ncloses = \"24:00\"\n", (2, 10, 7), "07:30"),
            ("[office]\nopens = \"18:00\"\n", (2, 9, 7), "end after"),
            ("[office]\nopen = \"07:00\"\n", (2, 1, 4), "unknown field"),
            ("[at_once]\nflash = 1441\n", (2, 9, 4), "0 to 1440"),
            (
                "[[day_off]]\non = \"2026-02-30\"\n",
                (2, 6, 12),
                "2026-09-02",
            ),
            ("[[day_off]]\nname = \"Tết\"\n", (1, 1, 11), "from, to"),
            (
                "[[day_off]]\nfrom = \"2026-02-20\"\nto = \"2026-02-16\"\n",
                (3, 6, 12),
                "before it begins",
            ),
            (
                "[[day_off]]\nfrom = \"2026-01-01\"\nto = \"2026-12-31\"\n",
                (3, 6, 12),
                "at most 31",
            ),
            (
                "[[day_off]]\non = \"2026-09-02\"\n[[day_off]]\non = \"2026-09-02\"\n",
                (4, 6, 12),
                "earlier entry",
            ),
            (
                "[[day_off]]\non = \"2026-08-22\"\n[[working_day]]\non = \"2026-08-22\"\n",
                (4, 6, 12),
                "both a day off",
            ),
            (
                "[[day_off]]\nfrom = \"2026-06-01\"\nto = \"2026-07-01\"\n[[day_off]]\nfrom = \"2026-07-02\"\nto = \"2026-07-12\"\n",
                (3, 6, 12),
                "in a row",
            ),
        ];
        for (text, place, problem) in table {
            let Err(ConfigError::Mistake(mistake)) = of(text) else {
                panic!("{text}: not refused at its place");
            };
            let found = (mistake.line, mistake.column, mistake.width);
            assert_eq!(found, place, "{text}: {mistake}");
            assert!(mistake.problem.contains(problem), "{text}: {mistake}");
        }
    }
}
