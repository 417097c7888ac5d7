//! Moments and office days. Time is handed in; nothing here reads a clock.

use jiff::civil::Date;
use jiff::tz::Offset;
use std::fmt;

/// Viet Nam keeps UTC+7 all year (no daylight saving since 1975), so Asia/Ho_Chi_Minh needs no
/// time-zone database.
const OFFSET: Offset = Offset::constant(7);

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From whole seconds since the epoch.
    #[must_use]
    pub fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment plus `seconds`, saturating.
    #[must_use]
    pub fn plus_secs(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Parses RFC 3339 with an offset; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let stamp: jiff::Timestamp = text.parse().ok()?;
        Some(Self(stamp.as_millisecond()))
    }

    /// At the office's clock; a moment outside the calendar stands at its nearest end.
    fn local(self) -> jiff::civil::DateTime {
        let (first, last) = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
        let whole = |end: jiff::Timestamp| end.as_second().saturating_mul(1000);
        let millis = self.0.clamp(whole(first), whole(last));
        let stamp = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
        OFFSET.to_datetime(stamp)
    }

    /// The office day on which this moment falls.
    #[must_use]
    pub fn local_day(self) -> LocalDay {
        LocalDay(self.local().date())
    }

    /// The minute of that day, 0–1439.
    #[must_use]
    pub fn local_minute(self) -> u16 {
        let local = self.local();
        let part = |n: i8| u16::try_from(n).unwrap_or(0);
        part(local.hour())
            .saturating_mul(60)
            .saturating_add(part(local.minute()))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 at the office's offset, milliseconds included: `2026-11-24T07:30:00.000+07:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+07:00",
            local.year(),
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second(),
            local.millisecond()
        )
    }
}

/// A calendar day in Asia/Ho_Chi_Minh.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LocalDay(pub Date);

impl LocalDay {
    /// Parses `YYYY-MM-DD`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 10 {
            return None;
        }
        text.parse().ok().map(Self)
    }

    /// From year, month 1–12 and day 1–31; `None` if there is no such day.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().map(Self)
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The day of the month, 1–31.
    #[must_use]
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// The month in which it lies.
    #[must_use]
    pub fn month(self) -> Month {
        Month {
            year: self.0.year(),
            month: self.0.month(),
        }
    }

    /// The day after it; `None` at the calendar's end.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.tomorrow().ok().map(Self)
    }

    /// The day before it; `None` at the calendar's beginning.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        self.0.yesterday().ok().map(Self)
    }

    /// Whether it is a Saturday or a Sunday.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        use jiff::civil::Weekday;
        matches!(self.0.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    /// The moment at which a minute of the day begins at the office.
    #[must_use]
    pub fn at_minute(self, minute: u16) -> Timestamp {
        let local = i64::from(self.number())
            .saturating_mul(86_400)
            .saturating_add(i64::from(minute).saturating_mul(60));
        Timestamp::from_secs(local.saturating_sub(i64::from(OFFSET.seconds())))
    }

    /// Its last millisecond at the office.
    #[must_use]
    pub fn last_moment(self) -> Timestamp {
        Timestamp(self.at_minute(24 * 60).0.saturating_sub(1))
    }

    /// Days since 1970-01-01, for storage.
    #[must_use]
    pub fn number(self) -> i32 {
        let span = Date::constant(1970, 1, 1).duration_until(self.0);
        i32::try_from(span.as_hours().div_euclid(24)).unwrap_or(0)
    }

    /// The inverse of [`LocalDay::number`]; `None` outside the calendar.
    #[must_use]
    pub fn from_number(days: i32) -> Option<Self> {
        let span = jiff::Span::new().try_days(days).ok()?;
        Date::constant(1970, 1, 1).checked_add(span).ok().map(Self)
    }
}

impl fmt::Display for LocalDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A calendar month, written `2026-11`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Month {
    /// The year.
    pub year: i16,
    /// 1–12.
    pub month: i8,
}

impl Month {
    /// Parses `YYYY-MM`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        LocalDay::parse(&format!("{text}-01")).map(LocalDay::month)
    }

    /// The month behind it.
    #[must_use]
    pub fn next(self) -> Self {
        match self.month {
            12 => Self {
                year: self.year.saturating_add(1),
                month: 1,
            },
            month => Self {
                month: month.saturating_add(1),
                ..self
            },
        }
    }

    /// The month before it.
    #[must_use]
    pub fn previous(self) -> Self {
        match self.month {
            1 => Self {
                year: self.year.saturating_sub(1),
                month: 12,
            },
            month => Self {
                month: month.saturating_sub(1),
                ..self
            },
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_at_the_offices_offset_and_read_back() {
        for (millis, text) in [
            (0, "1970-01-01T07:00:00.000+07:00"),
            (1_790_000_000_042, "2026-09-21T21:13:20.042+07:00"),
            (-1, "1970-01-01T06:59:59.999+07:00"),
            (253_402_189_200_000, "9999-12-31T00:00:00.000+07:00"),
        ] {
            assert_eq!(Timestamp(millis).to_string(), text);
            assert_eq!(Timestamp::parse(text), Some(Timestamp(millis)), "{text}");
        }
        assert_eq!(Timestamp::parse("2026-09-21T20:13:20"), None, "no offset");
        // A certificate without an end (RFC 5280 §4.1.2.5) lies beyond the calendar's last day.
        let endless = Timestamp::from_secs(253_402_300_799);
        assert!(endless.to_string().starts_with("9999-12-31"), "{endless}");
        assert_eq!(endless.local_day().year(), 9999);
    }

    #[test]
    fn days_turn_at_midnight_of_the_office() {
        let before = Timestamp::parse("2026-11-24T23:59:59.999+07:00").expect("time");
        let after = Timestamp(before.0 + 1);
        assert_eq!(before.local_day().to_string(), "2026-11-24");
        assert_eq!(after.local_day().to_string(), "2026-11-25");
        for day in [before.local_day(), after.local_day()] {
            assert_eq!(LocalDay::from_number(day.number()), Some(day));
        }
        assert_eq!(
            LocalDay::parse("2026-11-24").map(LocalDay::month),
            Month::parse("2026-11")
        );
    }
}
