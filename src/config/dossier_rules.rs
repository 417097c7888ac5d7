//! `dossier-rules.toml`: what the texts say of the clock and the slips of dossiers, each set from its first day on.

use super::ConfigError;
use super::mistake::{Page, text_or};
use crate::dossier::{AfterSupplement, DossierRules, Hours, NoRules, RuleSet, Slip};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;

/// The sample: the sets of 2018 and of 2025.
pub const SAMPLE: &str = include_str!("../../config/dossier-rules.sample.toml");

/// Letters and digits of a set's name.
const MAX_ID: usize = 20;

type Word = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    set: Vec<Spanned<RawSet>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSet {
    id: Word,
    from: Word,
    basis: Word,
    slips_basis: Word,
    morning: [Word; 2],
    afternoon: [Word; 2],
    cutoff: Word,
    first_day_counts: bool,
    supplement_days: u16,
    requests: u16,
    after_supplement: Word,
    apology_lead_days: u16,
    extensions: u16,
    slips: BTreeMap<Word, Spanned<u8>>,
}

/// Reads the rules; without a file the sample holds.
///
/// # Errors
/// See [`ConfigError`].
pub fn read(path: &Path) -> Result<DossierRules, ConfigError> {
    parse(path, &text_or(path, SAMPLE)?)
}

/// Reads rules from text; `path` is only named in errors.
///
/// # Errors
/// See [`ConfigError`].
pub fn parse(path: &Path, text: &str) -> Result<DossierRules, ConfigError> {
    let page = Page { path, text };
    let raw: Raw = toml::from_str(text).map_err(|e| page.wrong(e.span(), e.message()))?;
    let sets = raw.set.iter().map(|set| page.rule_set(set.get_ref()));
    let sets: Vec<RuleSet> = sets.collect::<Result<_, _>>()?;
    DossierRules::new(sets).map_err(|(at, problem)| {
        let place = raw.set.get(at).map(|set| match problem {
            NoRules::Cutoff => set.get_ref().cutoff.span(),
            NoRules::Empty
            | NoRules::TooMany
            | NoRules::Twice
            | NoRules::Bounds
            | NoRules::Slips => set.get_ref().id.span(),
        });
        page.wrong(place, &problem.to_string())
    })
}

impl Page<'_> {
    fn rule_set(&self, raw: &RawSet) -> Result<RuleSet, ConfigError> {
        let id = raw.id.get_ref();
        if id.is_empty() || id.len() > MAX_ID || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            let problem = format!("expected letters and digits, at most {MAX_ID}");
            return Err(self.wrong(Some(raw.id.span()), &problem));
        }
        let slip = |(name, number): (&Word, &Spanned<u8>)| {
            let slip = self.one_of(name, Slip::ALL, |slip| slip.name())?;
            Ok((slip, *number.get_ref()))
        };
        Ok(RuleSet {
            id: id.clone(),
            from: self.day(&raw.from)?,
            basis: self.line(&raw.basis)?,
            slips_basis: self.line(&raw.slips_basis)?,
            hours: self.counter_hours(raw)?,
            cutoff: self.time_of_day(&raw.cutoff)?,
            first_day_counts: raw.first_day_counts,
            supplement_days: raw.supplement_days,
            requests: raw.requests,
            after_supplement: self.one_of(&raw.after_supplement, AfterSupplement::ALL, |way| {
                way.name()
            })?,
            apology_lead_days: raw.apology_lead_days,
            extensions: raw.extensions,
            slips: raw.slips.iter().map(slip).collect::<Result<_, _>>()?,
        })
    }

    fn counter_hours(&self, raw: &RawSet) -> Result<Hours, ConfigError> {
        let sitting = |[from, to]: &[Word; 2]| Ok((self.time_of_day(from)?, self.time_of_day(to)?));
        let (morning, afternoon) = (sitting(&raw.morning)?, sitting(&raw.afternoon)?);
        let [from, _] = &raw.morning;
        let problem = "the morning ends after it begins, and the afternoon follows it";
        Hours::new(morning, afternoon).ok_or_else(|| self.wrong(Some(from.span()), problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LocalDay;

    fn of(text: &str) -> Result<DossierRules, ConfigError> {
        parse(Path::new("/srv/config/dossier-rules.toml"), text)
    }

    fn day(text: &str) -> LocalDay {
        LocalDay::parse(text).expect("day")
    }

    #[test]
    fn the_sample_has_the_sets_of_2018_and_2025_and_holds_without_a_file() {
        let sample = of(SAMPLE).expect("sample");
        assert_eq!(
            read(Path::new("/nowhere/dossier-rules.toml")),
            Ok(sample.clone())
        );
        let on = |text: &str| sample.on(day(text)).map(|set| set.id.as_str());
        assert_eq!(on("2018-06-20"), None, "before the first text");
        assert_eq!(on("2018-06-21"), Some("2018"));
        assert_eq!(on("2025-06-30"), Some("2018"));
        assert_eq!(on("2025-07-01"), Some("2025"));
        assert_eq!(on("2026-11-24"), Some("2025"));
        // TT 01/2018/TT-VPCP: 01 to 06. TT 03/2025/TT-VPCP: 05 is the stop notice, the control slip 06, the register 07.
        let numbers = |id: &str| -> Vec<Option<u8>> {
            let set = sample.named(id).expect("set");
            let number = |slip| set.slips.get(slip).copied();
            Slip::ALL.iter().map(number).collect()
        };
        let some = |all: [u8; 7]| all.map(|n| (n > 0).then_some(n)).to_vec();
        assert_eq!(numbers("2018"), some([1, 2, 3, 4, 0, 5, 6]));
        assert_eq!(numbers("2025"), some([1, 2, 3, 4, 5, 6, 7]));
        for set in sample.iter() {
            // NĐ 61/2018/NĐ-CP Điều 17 khoản 1 điểm a, 18 khoản 2, 19 khoản 4, 19 khoản 9.
            let found = (set.requests, set.cutoff, set.supplement_days);
            assert_eq!(found, (1, 15 * 60, 3), "{}", set.id);
            let found = (set.after_supplement, set.apology_lead_days, set.extensions);
            assert_eq!(found, (AfterSupplement::Restart, 1, 1), "{}", set.id);
        }
    }

    /// What is changed into what, the line that is meant, and what is said.
    const MISTAKES: [(&str, &str, &str, &str); 19] = [
        (
            "id = \"2018\"",
            "id = \"\"",
            "id = \"2018\"",
            "letters and digits",
        ),
        (
            "id = \"2018\"",
            "id = \"2025\"",
            "id = \"2025\"",
            "an earlier set",
        ),
        ("2018-06-21", "2018-06-31", "from = \"2018", "a day"),
        (
            "2018-06-21",
            "2025-07-01",
            "id = \"2025\"",
            "begins on this day",
        ),
        (
            "basis = \"N",
            "basis = \" \" # \"",
            "basis = \"N",
            "characters in one line",
        ),
        (
            "[\"07:30\", \"11:30\"]",
            "[\"07:30\", \"13:30\"]",
            "morning = ",
            "afternoon follows",
        ),
        (
            "[\"07:30\", \"11:30\"]",
            "[\"7:30\", \"11:30\"]",
            "morning = ",
            "time of day",
        ),
        (
            "[\"07:30\", \"11:30\"]",
            "[\"07:30\"]",
            "morning = ",
            "length",
        ),
        (
            "cutoff = \"15:00\"",
            "cutoff = \"17:01\"",
            "cutoff = \"1",
            "afternoon's end",
        ),
        (
            "cutoff = \"15:00\"",
            "cutoff = \"07:30\"",
            "cutoff = \"1",
            "morning's begin",
        ),
        (
            "supplement_days = 3",
            "supplement_days = 61",
            "id = \"2018\"",
            "days at most 60",
        ),
        ("requests = 1", "requests = -1", "requests = 1", "u16"),
        (
            "extensions = 1",
            "extensions = 11",
            "id = \"2018\"",
            "extensions at most 1",
        ),
        (
            "\"restart\"",
            "\"anew\"",
            "after_supplement = ",
            "restart, resume",
        ),
        (
            "intake = 1",
            "intake = 2",
            "id = \"2018\"",
            "different numbers",
        ),
        ("register = 6", "register = 100", "id = \"2018\"", "1 to 99"),
        (
            "register = 6\n",
            "\n",
            "id = \"2018\"",
            "all but the stop notice",
        ),
        (
            "register = 6",
            "registry = 6",
            "register = 6",
            "expected one of: intake",
        ),
        ("cutoff = ", "cut_off = ", "cutoff = ", "unknown field"),
    ];

    #[test]
    fn every_mistake_shows_its_line() {
        let first = |text: &str| {
            let before = SAMPLE.split(text).next().expect("text");
            before.matches('\n').count() + 1
        };
        for (from, to, at, problem) in MISTAKES {
            let changed = SAMPLE.replacen(from, to, 1);
            assert_ne!(changed, SAMPLE, "{from}");
            let Err(ConfigError::Mistake(mistake)) = of(&changed) else {
                panic!("{to}: not refused at its place");
            };
            // The line is that of the sample: no change moves lines before it.
            assert!(mistake.problem.contains(problem), "{to}: {mistake}");
            assert_eq!(mistake.line, first(at), "{to}: {mistake}");
        }
        let Err(ConfigError::Mistake(mistake)) = of("") else {
            panic!("no rules were taken");
        };
        assert!(mistake.problem.contains("at least one set"), "{mistake}");
    }
}
