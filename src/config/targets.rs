//! `targets.toml`: which rate is to be reached by whom, from which day on, on which legal basis.

use super::ConfigError;
use super::mistake::Page;
use crate::model::UnitCode;
use crate::rates::Definition;
use crate::rates::definitions::DEFINITIONS;
use crate::rates::target::{Scope, Target};
use crate::registry::Level;
use serde::Deserialize;
use std::path::Path;
use toml::Spanned;

/// The sample.
pub const SAMPLE: &str = include_str!("../../config/targets.sample.toml");

/// Entries of one file: twenty rates for each of four levels in each of twelve years.
const MAX_ENTRIES: usize = 1_000;
/// The longest legal basis, in characters.
const MAX_BASIS: usize = 200;

type Word = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    target: Vec<Spanned<RawTarget>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTarget {
    rate: Word,
    percent: Spanned<toml::Value>,
    from: Word,
    basis: Word,
    level: Option<Word>,
    unit: Option<Word>,
}

/// Reads the targets; without a file there are none.
///
/// # Errors
/// See [`ConfigError`].
pub fn read(path: &Path) -> Result<Vec<Target>, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(ConfigError::Read {
            path: path.into(),
            problem: e.to_string(),
        }),
    }
}

/// Reads targets from text; `path` is only named in errors.
///
/// # Errors
/// See [`ConfigError`].
pub fn parse(path: &Path, text: &str) -> Result<Vec<Target>, ConfigError> {
    let page = Page { path, text };
    let raw: Raw = toml::from_str(text).map_err(|e| page.wrong(e.span(), e.message()))?;
    if let Some(entry) = raw.target.get(MAX_ENTRIES) {
        let problem = format!("too many here, the most is {MAX_ENTRIES}");
        return Err(page.wrong(Some(entry.span()), &problem));
    }
    let mut all: Vec<Target> = Vec::with_capacity(raw.target.len());
    for entry in &raw.target {
        let target = page.target(entry)?;
        let same = |other: &Target| {
            other.rate.name == target.rate.name
                && other.scope == target.scope
                && other.from == target.from
        };
        if all.iter().any(same) {
            let problem = "an earlier target is of the same rate, unit and day";
            return Err(page.wrong(Some(entry.span()), problem));
        }
        all.push(target);
    }
    Ok(all)
}

impl Page<'_> {
    fn target(&self, entry: &Spanned<RawTarget>) -> Result<Target, ConfigError> {
        let raw = entry.get_ref();
        let names = || DEFINITIONS.iter().map(|rate| rate.name);
        let one_of = |names: Vec<&str>| format!("expected one of: {}", names.join(", "));
        let rate = Definition::find(raw.rate.get_ref());
        let wrong = || self.wrong(Some(raw.rate.span()), &one_of(names().collect()));
        let scope = match (&raw.level, &raw.unit) {
            (None, None) => Scope::All,
            (Some(word), None) => {
                let level = Level::from_name(word.get_ref());
                let all = Level::ALL.iter().map(|level| level.name()).collect();
                Scope::Level(level.ok_or_else(|| self.wrong(Some(word.span()), &one_of(all)))?)
            }
            (None, Some(word)) => {
                let expected = "expected a unit code: groups of A-Z and 0-9 joined by dots";
                let code = UnitCode::parse(word.get_ref());
                Scope::Unit(code.ok_or_else(|| self.wrong(Some(word.span()), expected))?)
            }
            (Some(_), Some(word)) => {
                let problem = "a target is for a level or for a unit";
                return Err(self.wrong(Some(word.span()), problem));
            }
        };
        let basis = raw.basis.get_ref().trim();
        if basis.is_empty() || basis.chars().count() > MAX_BASIS {
            let problem =
                format!("expected the text that sets it, in characters at most {MAX_BASIS}");
            return Err(self.wrong(Some(raw.basis.span()), &problem));
        }
        let percent = tenths(raw.percent.get_ref());
        let expected = "expected 0 to 100, with at most one decimal";
        Ok(Target {
            rate: rate.ok_or_else(wrong)?,
            scope,
            from: self.day(&raw.from)?,
            per_mille: percent.ok_or_else(|| self.wrong(Some(raw.percent.span()), expected))?,
            basis: basis.to_owned(),
        })
    }
}

/// 95 or 95.5 as tenths, exactly: by its digits.
fn tenths(value: &toml::Value) -> Option<i64> {
    let text = match (value.as_integer(), value.as_float()) {
        (Some(n), _) => n.to_string(),
        (None, Some(n)) => n.to_string(),
        (None, None) => return None,
    };
    let (whole, tenth) = text.split_once('.').unwrap_or((&text, "0"));
    let whole: i64 = whole.parse().ok()?;
    let tenth: i64 = tenth.parse().ok().filter(|_| tenth.len() == 1)?;
    let tenths = whole.checked_mul(10)?.checked_add(tenth)?;
    (0..=1000).contains(&tenths).then_some(tenths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LocalDay;

    const GOOD: &str = "[[target]]\nrate = \"signed\"\npercent = 95.5\nfrom = \"2026-01-01\"\n\
                        basis = \"KH 1\"\nlevel = \"commune\"\n";

    fn of(text: &str) -> Result<Vec<Target>, ConfigError> {
        parse(Path::new("/srv/config/targets.toml"), text)
    }

    #[test]
    fn the_sample_and_a_target_are_read() {
        assert!(of(SAMPLE).expect("sample").len() > 3);
        assert_eq!(read(Path::new("/nowhere/targets.toml")), Ok(Vec::new()));
        let all = of(GOOD).expect("good");
        let expected = Target {
            rate: Definition::find("signed").expect("known"),
            scope: Scope::Level(Level::Commune),
            from: LocalDay::parse("2026-01-01").expect("day"),
            per_mille: 955,
            basis: "KH 1".into(),
        };
        assert_eq!(all, [expected]);
    }

    #[test]
    fn every_mistake_shows_its_line() {
        for (from, to, line) in [
            ("\"signed\"", "\"sined\"", 2),
            ("95.5", "95.55", 3),
            ("95.5", "101", 3),
            ("95.5", "-1", 3),
            ("95.5", "\"95\"", 3),
            ("2026-01-01", "2026-13-01", 4),
            ("KH 1", " ", 5),
            ("commune", "village", 6),
            ("level = \"commune\"", "unit = \"h53\"", 6),
            ("level = \"commune\"", "levl = \"commune\"", 6),
            ("\nlevel", "\nunit = \"H53\"\nlevel", 6),
        ] {
            let Err(ConfigError::Mistake(mistake)) = of(&GOOD.replacen(from, to, 1)) else {
                panic!("{to}: not refused at its place");
            };
            assert_eq!(mistake.line, line, "{mistake}");
        }
        let Err(ConfigError::Mistake(mistake)) = of(&format!("{GOOD}{GOOD}")) else {
            panic!("taken twice");
        };
        assert_eq!(mistake.line, 7, "{mistake}");
    }
}
