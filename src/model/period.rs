//! The periods of reports: day, week, month, quarter, half-year and year, reckoned by the calendar or as
//! NĐ 09/2019/NĐ-CP Điều 12 reckons them.

use super::{Calendar, LocalDay, Month, Timestamp};
use jiff::civil::{Date, ISOWeekDate, Weekday};
use std::fmt;
use std::ops::RangeInclusive;

/// The day of a month on which an administrative period begins (NĐ 09/2019/NĐ-CP Điều 12).
const BEGINS: i8 = 15;
/// What an administrative period has behind its name.
const FROM_THE_15TH: &str = "@15";

/// How long a period is, and which of its year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Span {
    Day(LocalDay),
    /// A week of ISO 8601, Monday to Sunday.
    Week {
        year: i16,
        week: i8,
    },
    /// `length` months of a year, beginning with `first` (1–12): 1, 3, 6 or 12 of them.
    Months {
        year: i16,
        first: i8,
        length: i8,
    },
}

/// A period of whole office days: `2026-11-24`, `2026-W48`, `2026-11`, `2026-Q4`, `2026-H2`, `2026`.
///
/// From the month on it can be reckoned from the 15th of the month before to the 14th of its last month
/// (NĐ 09/2019/NĐ-CP Điều 12), and is then written with `@15` behind it: `2026-11@15` is 15 October to 14
/// November 2026, `2026@15` 15 December 2025 to 14 December 2026.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Period {
    span: Span,
    administrative: bool,
}

/// How long a period is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PeriodKind {
    /// One day.
    Day,
    /// Monday to Sunday.
    Week,
    /// One month.
    Month,
    /// Three months.
    Quarter,
    /// Six months.
    HalfYear,
    /// Twelve months.
    Year,
}

impl Period {
    /// Parses one; `None` for anything else, and outside the years 1900 to 9998.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (span, administrative) = match text.strip_suffix(FROM_THE_15TH) {
            Some(span) => (span, true),
            None => (text, false),
        };
        let span = Span::parse(span)?;
        let reckoned = !administrative || matches!(span, Span::Months { .. });
        let known = (1900..=9998).contains(&span.year());
        (reckoned && known).then_some(Self {
            span,
            administrative,
        })
    }

    /// The calendar month in which a day lies.
    #[must_use]
    pub fn month_of(day: LocalDay) -> Self {
        let Month { year, month } = day.month();
        Self {
            span: Span::Months {
                year,
                first: month,
                length: 1,
            },
            administrative: false,
        }
    }

    /// The one of a kind in which a day lies; days and weeks are not reckoned from the 15th.
    #[must_use]
    pub fn of(kind: PeriodKind, administrative: bool, day: LocalDay) -> Self {
        let length: i8 = match kind {
            PeriodKind::Day => {
                return Self {
                    span: Span::Day(day),
                    administrative: false,
                };
            }
            PeriodKind::Week => {
                return Self {
                    span: Span::week(day.0),
                    administrative: false,
                };
            }
            PeriodKind::Month => 1,
            PeriodKind::Quarter => 3,
            PeriodKind::HalfYear => 6,
            PeriodKind::Year => 12,
        };
        let month = day.month();
        let month = match administrative && day.day() >= BEGINS {
            true => month.next(),
            false => month,
        };
        let before = month.month.saturating_sub(1).rem_euclid(length);
        Self {
            span: Span::Months {
                year: month.year,
                first: month.month.saturating_sub(before),
                length,
            },
            administrative,
        }
    }

    /// How long it is.
    #[must_use]
    pub fn kind(&self) -> PeriodKind {
        match self.span {
            Span::Day(_) => PeriodKind::Day,
            Span::Week { .. } => PeriodKind::Week,
            Span::Months { length: 1, .. } => PeriodKind::Month,
            Span::Months { length: 3, .. } => PeriodKind::Quarter,
            Span::Months { length: 6, .. } => PeriodKind::HalfYear,
            Span::Months { .. } => PeriodKind::Year,
        }
    }

    /// The year that it is of; of a week, that of ISO 8601.
    #[must_use]
    pub fn year(&self) -> i16 {
        self.span.year()
    }

    /// Which of its length in that year, from 1; of a day, which of its month.
    #[must_use]
    pub fn number(&self) -> i8 {
        match self.span {
            Span::Day(day) => day.day(),
            Span::Week { week, .. } => week,
            Span::Months { first, length, .. } => first
                .saturating_sub(1)
                .checked_div(length)
                .map_or(1, |before| before.saturating_add(1)),
        }
    }

    /// Whether it is reckoned from the 15th to the 14th.
    #[must_use]
    pub fn is_administrative(&self) -> bool {
        self.administrative
    }

    /// Its days, the first and the last.
    #[must_use]
    pub fn days(&self) -> RangeInclusive<LocalDay> {
        let (first, behind) = (self.first(), self.stepped(1).first());
        let last = behind.0.yesterday().map_or(first, LocalDay);
        first..=last
    }

    /// Whether a day lies in it.
    #[must_use]
    pub fn contains(&self, day: LocalDay) -> bool {
        self.days().contains(&day)
    }

    /// The calendar months that have days in it, in their order.
    pub fn months(&self) -> impl Iterator<Item = Month> + use<> {
        let (first, last) = self.days().into_inner();
        let last = last.month();
        std::iter::successors(Some(first.month()), |month| Some(month.next()))
            .take_while(move |month| *month <= last)
    }

    /// The last moment on which something that began in it is still done in time: what arrived on its last day, or on
    /// one before it, has its answer due then at the latest. It may be closed once that is over (`counting.md` of the
    /// design, §1).
    #[must_use]
    pub fn settles(&self, calendar: &Calendar) -> Timestamp {
        // A later arrival never has an earlier deadline, so the last one has the latest.
        let end = self.days().end().last_moment();
        calendar.answer_due(end).max(end)
    }

    /// The one of the same length before it.
    #[must_use]
    pub fn previous(&self) -> Self {
        self.stepped(-1)
    }

    /// The one of the same length behind it.
    #[must_use]
    pub fn next(&self) -> Self {
        self.stepped(1)
    }

    fn first(&self) -> LocalDay {
        let day = match self.span {
            Span::Day(day) => return day,
            Span::Week { year, week } => {
                ISOWeekDate::new(year, week, Weekday::Monday).map(ISOWeekDate::date)
            }
            Span::Months { year, first, .. } => {
                let begins = if self.administrative { BEGINS } else { 1 };
                let month = Month { year, month: first };
                let month = if self.administrative {
                    month.previous()
                } else {
                    month
                };
                Date::new(month.year, month.month, begins)
            }
        };
        LocalDay(day.unwrap_or(Date::MAX))
    }

    fn stepped(&self, by: i8) -> Self {
        let days = |count: i8| jiff::Span::new().days(i64::from(count));
        let span = match self.span {
            Span::Day(day) => Span::Day(LocalDay(day.0.saturating_add(days(by)))),
            Span::Week { .. } => {
                let monday = self.first().0;
                Span::week(monday.saturating_add(days(by.saturating_mul(7))))
            }
            Span::Months {
                year,
                first,
                length,
            } => {
                let months = i32::from(year)
                    .saturating_mul(12)
                    .saturating_add(i32::from(first))
                    .saturating_sub(1)
                    .saturating_add(i32::from(length).saturating_mul(i32::from(by)));
                Span::Months {
                    year: i16::try_from(months.div_euclid(12)).unwrap_or(year),
                    first: i8::try_from(months.rem_euclid(12).saturating_add(1)).unwrap_or(first),
                    length,
                }
            }
        };
        Self { span, ..*self }
    }
}

impl Span {
    fn parse(text: &str) -> Option<Self> {
        let months = |year: &str, first: i8, length: i8| {
            Some(Self::Months {
                year: whole(year, 4)?,
                first,
                length,
            })
        };
        let Some((year, part)) = text.split_once('-') else {
            return months(text, 1, 12);
        };
        match part.split_at_checked(1)? {
            ("Q", number) => {
                let quarter: i8 = whole(number, 1)?;
                let first = quarter.checked_sub(1)?.checked_mul(3)?.checked_add(1)?;
                (1..=4).contains(&quarter).then_some(())?;
                months(year, first, 3)
            }
            ("H", number) => {
                let half: i8 = whole(number, 1)?;
                (1..=2).contains(&half).then_some(())?;
                months(year, if half == 1 { 1 } else { 7 }, 6)
            }
            ("W", number) => {
                let (year, week) = (whole(year, 4)?, whole(number, 2)?);
                ISOWeekDate::new(year, week, Weekday::Monday).ok()?;
                Some(Self::Week { year, week })
            }
            _ if part.len() == 2 => {
                let month = whole(part, 2)?;
                (1..=12).contains(&month).then_some(())?;
                months(year, month, 1)
            }
            _ => LocalDay::parse(text).map(Self::Day),
        }
    }

    fn week(date: Date) -> Self {
        let week = date.iso_week_date();
        Self::Week {
            year: week.year(),
            week: week.week(),
        }
    }

    fn year(self) -> i16 {
        match self {
            Self::Day(day) => day.year(),
            Self::Week { year, .. } | Self::Months { year, .. } => year,
        }
    }
}

/// A number of exactly so many digits.
fn whole<T: std::str::FromStr>(text: &str, digits: usize) -> Option<T> {
    let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number();
        match self.span {
            Span::Day(day) => write!(f, "{day}"),
            Span::Week { year, week } => write!(f, "{year:04}-W{week:02}"),
            Span::Months {
                year, length: 1, ..
            } => write!(f, "{year:04}-{number:02}"),
            Span::Months {
                year, length: 3, ..
            } => write!(f, "{year:04}-Q{number}"),
            Span::Months {
                year, length: 6, ..
            } => write!(f, "{year:04}-H{number}"),
            Span::Months { year, .. } => write!(f, "{year:04}"),
        }?;
        f.write_str(if self.administrative {
            FROM_THE_15TH
        } else {
            ""
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn period(text: &str) -> Period {
        Period::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    fn ends(text: &str) -> (String, String) {
        let (first, last) = period(text).days().into_inner();
        (first.to_string(), last.to_string())
    }

    proptest! {
        #[test]
        fn a_day_lies_in_its_period(number in 0i32..40_000, administrative in any::<bool>()) {
            let day = LocalDay::from_number(number).expect("a day");
            for kind in [
                PeriodKind::Day,
                PeriodKind::Week,
                PeriodKind::Month,
                PeriodKind::Quarter,
                PeriodKind::HalfYear,
                PeriodKind::Year,
            ] {
                let found = Period::of(kind, administrative, day);
                prop_assert!(found.contains(day), "{found} {day}");
                prop_assert_eq!(found.kind(), kind);
                prop_assert_eq!(Period::parse(&found.to_string()), Some(found));
            }
        }
    }

    #[test]
    fn each_period_has_its_days() {
        for (text, kind, first, last) in [
            ("2026-11-24", PeriodKind::Day, "2026-11-24", "2026-11-24"),
            ("2026-W48", PeriodKind::Week, "2026-11-23", "2026-11-29"),
            // ISO 8601: the first week is the one with the first Thursday.
            ("2026-W01", PeriodKind::Week, "2025-12-29", "2026-01-04"),
            ("2026-W53", PeriodKind::Week, "2026-12-28", "2027-01-03"),
            ("2026-11", PeriodKind::Month, "2026-11-01", "2026-11-30"),
            ("2028-02", PeriodKind::Month, "2028-02-01", "2028-02-29"),
            ("2026-Q4", PeriodKind::Quarter, "2026-10-01", "2026-12-31"),
            ("2026-H1", PeriodKind::HalfYear, "2026-01-01", "2026-06-30"),
            ("2026", PeriodKind::Year, "2026-01-01", "2026-12-31"),
            // NĐ 09/2019/NĐ-CP Điều 12.
            ("2026-11@15", PeriodKind::Month, "2026-10-15", "2026-11-14"),
            ("2026-01@15", PeriodKind::Month, "2025-12-15", "2026-01-14"),
            (
                "2026-Q1@15",
                PeriodKind::Quarter,
                "2025-12-15",
                "2026-03-14",
            ),
            (
                "2026-H1@15",
                PeriodKind::HalfYear,
                "2025-12-15",
                "2026-06-14",
            ),
            (
                "2026-H2@15",
                PeriodKind::HalfYear,
                "2026-06-15",
                "2026-12-14",
            ),
            ("2026@15", PeriodKind::Year, "2025-12-15", "2026-12-14"),
        ] {
            let read = period(text);
            assert_eq!(read.to_string(), text);
            assert_eq!(read.kind(), kind, "{text}");
            assert_eq!(ends(text), (first.to_owned(), last.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_period_is_none() {
        for text in [
            "",
            "26",
            "2026-",
            "2026-13",
            "2026-00",
            "2026-1",
            "2026-Q5",
            "2026-Q0",
            "2026-H3",
            "2026-H0",
            "2026-W54",
            "2025-W53",
            "2026-W1",
            "2026-11-31",
            "2026-11-24@15",
            "2026-W48@15",
            "2026-11@14",
            "2026@15@15",
            "+026",
            "2026-q4",
            " 2026",
            "2026 ",
            "１９９９",
            "1899",
            "9999",
            "2026-Qx",
            "2026-é1",
        ] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_period_settles_with_the_last_answer_due_in_it() {
        let days = |all: &[&str]| {
            all.iter()
                .map(|day| LocalDay::parse(day).expect("a day"))
                .collect()
        };
        // Tết 2027, and a Saturday worked in its place.
        let off = days(&[
            "2027-02-04",
            "2027-02-05",
            "2027-02-08",
            "2027-02-09",
            "2027-02-10",
        ]);
        let calendar = Calendar::new(450..=1020, off, days(&["2026-10-31"]), BTreeMap::new());
        let calendar = calendar.expect("a calendar");
        for (text, last) in [
            // A Monday: what arrives at its last instant is due on Tuesday.
            ("2026-11", "2026-12-01"),
            // A Thursday, then Friday: 1 January is a working day of this calendar.
            ("2026-12", "2027-01-01"),
            ("2026-Q4", "2027-01-01"),
            ("2026-H2", "2027-01-01"),
            ("2026", "2027-01-01"),
            // A Sunday: Monday. A Saturday that is worked, its office closed at 17:00: Monday.
            ("2026-W48", "2026-11-30"),
            ("2026-10", "2026-11-02"),
            // To the 14th: a Saturday, then a Monday; a Monday, then a Tuesday.
            ("2026-11@15", "2026-11-16"),
            ("2026@15", "2026-12-15"),
            // 3 February is a Wednesday, and Tết with its weekend goes to the 10th.
            ("2027-02-03", "2027-02-11"),
            ("2027-02-06", "2027-02-11"),
            ("2027-W05", "2027-02-11"),
            ("2026-11-24", "2026-11-25"),
        ] {
            let due = LocalDay::parse(last).expect("a day").last_moment();
            assert_eq!(period(text).settles(&calendar), due, "{text}");
        }
    }

    #[test]
    fn months_are_those_with_days_in_it() {
        let months = |text: &str| {
            period(text)
                .months()
                .map(|m| m.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(months("2026-W01"), ["2025-12", "2026-01"]);
        assert_eq!(months("2026-11"), ["2026-11"]);
        assert_eq!(months("2026-01@15"), ["2025-12", "2026-01"]);
        assert_eq!(months("2026@15").len(), 13);
    }

    fn any_period() -> impl Strategy<Value = Period> {
        let year = 1901i16..9990;
        let months = (
            year.clone(),
            prop::sample::select(vec![1i8, 3, 6, 12]),
            0i8..12,
            any::<bool>(),
        );
        let months = months.prop_map(|(year, length, n, administrative)| Period {
            span: Span::Months {
                year,
                first: n.saturating_sub(n.rem_euclid(length)).saturating_add(1),
                length,
            },
            administrative,
        });
        let day = (year, 0i32..365).prop_map(|(year, n)| {
            let first = LocalDay::new(year, 1, 1).expect("a day");
            LocalDay::from_number(first.number().saturating_add(n)).expect("a day")
        });
        let days = (day, any::<bool>()).prop_map(|(day, week)| Period {
            span: if week {
                Span::week(day.0)
            } else {
                Span::Day(day)
            },
            administrative: false,
        });
        prop_oneof![months, days]
    }

    proptest! {
        #[test]
        fn periods_of_a_length_follow_each_other_without_a_gap(one in any_period()) {
            prop_assert_eq!(Period::parse(&one.to_string()), Some(one));
            let next = one.next();
            prop_assert_eq!(one.days().end().next(), Some(*next.days().start()));
            prop_assert_eq!(next.previous(), one);
            prop_assert_eq!(next.kind(), one.kind());
            prop_assert!(one.contains(*one.days().start()) && one.contains(*one.days().end()));
            prop_assert!(!one.contains(*next.days().start()));
            let settles = one.settles(&Calendar::default());
            let end = one.days().end().last_moment();
            prop_assert!(end < settles && one.settles(&Calendar::default()) <= next.settles(&Calendar::default()));
            let months: Vec<Month> = one.months().collect();
            prop_assert_eq!(months.first().copied(), Some(one.days().start().month()));
            prop_assert_eq!(months.last().copied(), Some(one.days().end().month()));
        }
    }
}
