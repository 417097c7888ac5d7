//! `[retention]` and `[[retention.class]]`: how long content is kept.

use super::super::ConfigError;
use super::Picker;
use crate::model::dossier::ProcedureCode;
use crate::model::{UnitCode, Urgency};
use crate::policy::{DossierTerms, MAX_CLASSES, Retention, RetentionClass, Term};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

pub(super) type Classes = Vec<Spanned<RawClass>>;
pub(super) type Dossiers = Vec<Spanned<RawDossiers>>;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDossiers {
    procedures: Vec<Spanned<String>>,
    keep_days: Spanned<u64>,
}

impl Picker<'_> {
    /// Takes the section; its tables only the file can give.
    pub(super) fn retention(
        &mut self,
        raw: super::sections::retention,
    ) -> Result<Retention, ConfigError> {
        let read = |text: &str| {
            let number = text.parse();
            number.map_err(|_| "expected a whole number".to_owned())
        };
        let check = |days: &u64| term(*days).ok_or_else(range);
        let key = "retention.keep_days";
        let general = self.take(key, raw.keep_days, 0, read, u64::to_string, check)?;
        let classes = self.tables("retention.class", &raw.class, MAX_CLASSES, Self::class)?;
        let key = "retention.dossier_days";
        let of_dossiers = self.take(key, raw.dossier_days, 0, read, u64::to_string, check)?;
        let key = "retention.dossier";
        let tables = self.tables(key, &raw.dossier, MAX_CLASSES, Self::procedures)?;
        let mut procedures = BTreeMap::new();
        for (codes, term) in tables {
            for code in codes {
                let (name, span) = (code.get_ref().clone(), code.span());
                if procedures.insert(name, term).is_some() {
                    return Err(self.mistake(Some(span), "a procedure has one term"));
                }
            }
        }
        Ok(Retention {
            general,
            classes,
            dossiers: DossierTerms {
                general: of_dossiers,
                procedures,
            },
        })
    }

    /// The codes of a table, and their term.
    fn procedures(
        &self,
        raw: &Spanned<RawDossiers>,
    ) -> Result<(Vec<Spanned<String>>, Term), ConfigError> {
        let own = raw.get_ref();
        let wrong = |code: &&Spanned<String>| ProcedureCode::parse(code.get_ref()).is_none();
        if let Some(code) = own.procedures.iter().find(wrong) {
            let problem = "expected the code of a procedure, such as 1.001193";
            return Err(self.mistake(Some(code.span()), problem));
        }
        if own.procedures.is_empty() {
            let problem = "a table names procedures; what holds for all is dossier_days";
            return Err(self.mistake(Some(raw.span()), problem));
        }
        let days = *own.keep_days.get_ref();
        let span = Some(own.keep_days.span());
        let term = term(days).ok_or_else(|| self.mistake(span, &range()))?;
        Ok((own.procedures.clone(), term))
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
    fn procedures_have_terms_of_their_own() {
        let text = "[retention]\ndossier_days = 3650\n\n[[retention.dossier]]\n\
                    procedures = [\"1.001193\", \"1.000894\"]\nkeep_days = 0\n";
        let found = read(text).expect("read");
        assert_eq!(found.dossiers.term("1.001193"), Term::Forever);
        assert_eq!(found.dossiers.term("1.000656"), Term::Days(3650));
        assert!(!found.dossiers.is_forever() && found.shortest().is_none());
        for (from, to, line) in [
            ("\"1.000894\"", "\"1.001193\"", 5),
            ("\"1.000894\"", "\"khai sinh\"", 5),
            ("dossier_days = 3650", "dossier_days = 7", 2),
            ("keep_days = 0", "keep_days = 29", 6),
        ] {
            let Err(ConfigError::Mistake(mistake)) = read(&text.replacen(from, to, 1)) else {
                panic!("{to}: not refused at its place");
            };
            assert_eq!(mistake.line, line, "{mistake}");
        }
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
