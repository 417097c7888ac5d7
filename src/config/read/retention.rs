//! `[retention]` and `[[retention.class]]`: how long content is kept.

use super::super::ConfigError;
use super::{Number, Picker};
use crate::model::{UnitCode, Urgency};
use crate::policy::{MAX_CLASSES, Retention, RetentionClass, Term};
use serde::Deserialize;
use toml::Spanned;

pub(super) type Classes = Vec<Spanned<RawClass>>;

/// A hundred years: longer is for ever.
const MAX_DAYS: u64 = 36_500;
/// Shorter than a month nobody has answered what was settled, and a slip of the pen would be an erasure.
const MIN_DAYS: u64 = 30;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawClass {
    name: Spanned<String>,
    #[serde(default)]
    types: Vec<Spanned<String>>,
    #[serde(default)]
    urgencies: Vec<Spanned<String>>,
    #[serde(default)]
    units: Vec<Spanned<String>>,
    keep_days: Spanned<u64>,
}

impl Picker<'_> {
    /// Takes the section; its tables only the file can give.
    pub(super) fn retention(
        &mut self,
        keep_days: Number,
        classes: Classes,
    ) -> Result<Retention, ConfigError> {
        let read = |text: &str| {
            let number = text.parse();
            number.map_err(|_| "expected a whole number".to_owned())
        };
        let check = |days: &u64| term(*days).ok_or_else(range);
        let key = "retention.keep_days";
        let general = self.take(key, keep_days, 0, read, u64::to_string, check)?;
        let classes = self.tables("retention.class", &classes, MAX_CLASSES, Self::class)?;
        Ok(Retention { general, classes })
    }

    fn class(&self, raw: &Spanned<RawClass>) -> Result<RetentionClass, ConfigError> {
        let class = raw.get_ref();
        let mistake = |span, problem: &str| self.mistake(Some(span), problem);
        let name = class.name.get_ref().trim();
        let plain = !name.is_empty() && name.chars().count() <= 64;
        if !plain || name.chars().any(char::is_control) {
            let problem = "a class needs a name of 1 to 64 characters";
            return Err(mistake(class.name.span(), problem));
        }
        if class.types.is_empty() && class.urgencies.is_empty() && class.units.is_empty() {
            let problem =
                "a class needs types, urgencies or units; what holds for all stands in [retention]";
            return Err(mistake(raw.span(), problem));
        }
        if let Some(empty) = class.types.iter().find(|t| t.get_ref().trim().is_empty()) {
            return Err(mistake(empty.span(), "a type without a name"));
        }
        let mut units = Vec::with_capacity(class.units.len());
        for unit in &class.units {
            let expected = "expected a unit code: groups of A-Z and 0-9 joined by dots";
            let code = UnitCode::parse(unit.get_ref());
            units.push(code.ok_or_else(|| mistake(unit.span(), expected))?);
        }
        let mut urgencies = Vec::with_capacity(class.urgencies.len());
        for urgency in &class.urgencies {
            let names = super::one_of(Urgency::ALL.iter().map(|u| u.name()));
            let found = Urgency::from_name(urgency.get_ref());
            urgencies.push(found.ok_or_else(|| mistake(urgency.span(), &names))?);
        }
        let days = *class.keep_days.get_ref();
        let term = term(days).ok_or_else(|| mistake(class.keep_days.span(), &range()))?;
        let types = class.types.iter().map(|t| t.get_ref().as_str());
        Ok(RetentionClass::new(name, types, urgencies, units, term))
    }
}

fn term(days: u64) -> Option<Term> {
    match days {
        0 => Some(Term::Forever),
        MIN_DAYS..=MAX_DAYS => u32::try_from(days).ok().map(Term::Days),
        _ => None,
    }
}

fn range() -> String {
    format!("expected {MIN_DAYS} to {MAX_DAYS}, or 0 to keep it for ever")
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::config::Environment;
    use std::path::Path;
    use std::sync::Arc;

    fn read(text: &str) -> Result<Arc<Retention>, ConfigError> {
        let path = Path::new("config/lienthong.toml");
        let loaded = parse(path, text, &Environment::default())?;
        Ok(loaded.settings.retention)
    }

    #[test]
    fn nothing_is_dropped_unless_a_term_is_set() {
        assert_eq!(*read("").expect("good"), Retention::default());
        assert_eq!(
            read("[retention]\nkeep_days = 0\n").expect("good").general,
            Term::Forever
        );
    }

    #[test]
    fn classes_are_read_and_mistakes_shown() {
        let text = "[retention]\nkeep_days = 3650\n\n[[retention.class]]\nname = \"moi\"\n\
                    types = [\"Giấy mời\"]\nurgencies = [\"normal\"]\nunits = [\"H53.7\"]\n\
                    keep_days = 365\n";
        let found = read(text).expect("read");
        assert_eq!(found.general, Term::Days(3650));
        assert_eq!(found.classes[0].term, Term::Days(365));
        assert_eq!(found.shortest(), Some(365));
        for (from, to, line) in [
            ("keep_days = 3650", "keep_days = 7", 2),
            ("keep_days = 365\n", "keep_days = 29\n", 9),
            ("keep_days = 365\n", "keep_days = 40000\n", 9),
            ("\"moi\"", "\" \"", 5),
            ("\"Giấy mời\"", "\"\"", 6),
            ("\"normal\"", "\"khan\"", 7),
            ("H53.7", "h53", 8),
            ("types", "type", 6),
        ] {
            let Err(ConfigError::Mistake(mistake)) = read(&text.replacen(from, to, 1)) else {
                panic!("{to}: not refused at its place");
            };
            assert_eq!(mistake.line, line, "{mistake}");
        }
        let bare = "[[retention.class]]\nname = \"a\"\nkeep_days = 365\n";
        assert!(read(bare).is_err());
    }
}
