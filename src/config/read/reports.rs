//! `[[reports.schedule]]`: reports that go out by themselves.

use super::super::ConfigError;
use super::super::settings::Schedule;
use super::mail::is_address;
use super::{Picker, language, one_of};
use crate::model::event::PlainName;
use crate::model::{Language, PeriodKind, UnitCode};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;
use toml::Spanned;

/// A list of tables.
pub(super) type Schedules = Vec<Spanned<RawSchedule>>;

/// More than a province has readers of reports.
const MAX_SCHEDULES: usize = 100;
/// Addresses of one schedule.
const MAX_ADDRESSES: usize = 50;
/// The last working day of waiting: a month has some 23.
const MAX_WORKING_DAY: u16 = 60;
/// The forms that a report can have.
const FORMATS: [&str; 5] = ["xlsx", "csv", "svg", "json", "html"];
/// The periods, by their names.
const KINDS: [(&str, PeriodKind); 6] = [
    ("day", PeriodKind::Day),
    ("week", PeriodKind::Week),
    ("month", PeriodKind::Month),
    ("quarter", PeriodKind::Quarter),
    ("half_year", PeriodKind::HalfYear),
    ("year", PeriodKind::Year),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSchedule {
    name: Spanned<String>,
    period: Spanned<String>,
    unit: Option<Spanned<String>>,
    working_day: Option<Spanned<u16>>,
    #[serde(default)]
    format: Vec<Spanned<String>>,
    language: Option<Spanned<String>>,
    #[serde(default)]
    mail: Vec<Spanned<String>>,
    folder: Option<Spanned<String>>,
}

impl Picker<'_> {
    pub(super) fn schedules(
        &mut self,
        file: Schedules,
        home: &Path,
    ) -> Result<Vec<Schedule>, ConfigError> {
        let all = self.tables("reports.schedule", &file, MAX_SCHEDULES, |pick, raw| {
            pick.schedule(raw, home)
        })?;
        let mut names = BTreeSet::new();
        for (schedule, raw) in all.iter().zip(&file) {
            if !names.insert(&schedule.name) {
                let span = raw.get_ref().name.span();
                return Err(self.mistake(Some(span), "two schedules have this name"));
            }
        }
        Ok(all)
    }

    fn schedule(&self, raw: &Spanned<RawSchedule>, home: &Path) -> Result<Schedule, ConfigError> {
        let span = raw.span();
        let raw = raw.get_ref();
        let wrong = |of: &Spanned<String>, problem: &str| self.mistake(Some(of.span()), problem);
        let name = PlainName::parse(raw.name.get_ref());
        let name = name.ok_or_else(|| wrong(&raw.name, "a name of a-z, 0-9, . - _ is needed"))?;
        let (kind, administrative) = match raw.period.get_ref().strip_suffix("@15") {
            Some(kind) => (kind, true),
            None => (raw.period.get_ref().as_str(), false),
        };
        let known = KINDS.iter().find(|(name, _)| *name == kind);
        let known = known.filter(|(_, kind)| {
            !administrative || !matches!(kind, PeriodKind::Day | PeriodKind::Week)
        });
        let kinds = || one_of(KINDS.iter().map(|(name, _)| *name));
        let kind = known.ok_or_else(|| wrong(&raw.period, &kinds()))?.1;
        let unit = raw.unit.as_ref().map(|unit| {
            let expected = "expected a unit code: groups of A-Z and 0-9 joined by dots";
            UnitCode::parse(unit.get_ref()).ok_or_else(|| wrong(unit, expected))
        });
        let day = raw.working_day.as_ref().map(|day| {
            let expected = format!("expected 1 to {MAX_WORKING_DAY}");
            let good = (1..=MAX_WORKING_DAY).contains(day.get_ref());
            let wrong = || self.mistake(Some(day.span()), &expected);
            good.then_some(*day.get_ref()).ok_or_else(wrong)
        });
        for format in &raw.format {
            if !FORMATS.contains(&format.get_ref().as_str()) {
                return Err(wrong(format, &one_of(FORMATS.into_iter())));
            }
        }
        let formats = match raw.format.is_empty() {
            true => vec!["xlsx".to_owned(), "html".to_owned()],
            false => raw.format.iter().map(|f| f.get_ref().clone()).collect(),
        };
        let spoken = raw.language.as_ref().map(|text| {
            let found = language(text.get_ref());
            found.map_err(|problem| wrong(text, &problem))
        });
        if let Some(bad) = raw.mail.iter().find(|text| !is_address(text.get_ref())) {
            return Err(wrong(bad, "expected an address such as a@b.gov.vn"));
        }
        if raw.mail.len() > MAX_ADDRESSES || (raw.mail.is_empty() && raw.folder.is_none()) {
            let problem =
                format!("a schedule has a folder, 1 to {MAX_ADDRESSES} addresses, or both");
            return Err(self.mistake(Some(span), &problem));
        }
        let folder = raw.folder.as_ref();
        Ok(Schedule {
            name,
            kind,
            administrative,
            unit: unit.transpose()?,
            working_day: day.transpose()?,
            formats,
            language: spoken.transpose()?.unwrap_or(Language::Vi),
            mail: raw.mail.iter().map(|text| text.get_ref().clone()).collect(),
            folder: folder.map(|folder| home.join(folder.get_ref())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::config::Environment;

    fn read(text: &str) -> Result<Vec<Schedule>, ConfigError> {
        let path = Path::new("/srv/lt/config/lienthong.toml");
        let settings = parse(path, text, &Environment::default())?.settings;
        Ok(settings.schedules)
    }

    const GOOD: &str = "[[reports.schedule]]\nname = \"thang\"\nperiod = \"month@15\"\nunit = \"H53\"\n\
                        working_day = 3\nformat = [\"xlsx\"]\nmail = [\"a@b.vn\"]\nfolder = \"bao-cao\"\n";

    #[test]
    fn schedules_are_read() {
        assert_eq!(read("").expect("good"), []);
        let all = read(GOOD).expect("good");
        let one = &all[0];
        assert_eq!((one.name.as_str(), one.kind), ("thang", PeriodKind::Month));
        assert!(one.administrative);
        assert_eq!((one.working_day, one.mail.len()), (Some(3), 1));
        assert_eq!(one.folder.as_deref(), Some(Path::new("/srv/lt/bao-cao")));
        let least = "[[reports.schedule]]\nname = \"a\"\nperiod = \"year\"\nfolder = \"b\"\n";
        assert_eq!(read(least).expect("good")[0].formats, ["xlsx", "html"]);
    }

    #[test]
    fn mistakes_are_shown() {
        for (from, to) in [
            ("\"thang\"", "\"Tháng\""),
            ("month@15", "week@15"),
            ("month@15", "fortnight"),
            ("\"H53\"", "\"h53\""),
            ("working_day = 3", "working_day = 0"),
            ("\"xlsx\"", "\"pdf\""),
            ("a@b.vn", "a@b.vn\\r\\nBcc: c@d.vn"),
            ("mail = [\"a@b.vn\"]\nfolder = \"bao-cao\"\n", ""),
            ("unit", "units"),
        ] {
            let error = read(&GOOD.replacen(from, to, 1)).expect_err(to);
            assert!(matches!(error, ConfigError::Mistake(_)), "{to}: {error}");
        }
        let twice = format!("{GOOD}{GOOD}");
        assert!(matches!(read(&twice), Err(ConfigError::Mistake(_))));
    }
}
