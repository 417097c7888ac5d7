//! `[[policy.group]]`: which trust domains count for some units only.

use super::super::{ConfigError, Mistake};
use super::{Effective, Picker, Source, variable};
use crate::model::UnitCode;
use crate::policy::{DomainGroup, MAX_GROUPS};
use crate::registry::UnitKind;
use serde::Deserialize;
use toml::Spanned;

pub(super) type Groups = Vec<Spanned<RawGroup>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGroup {
    #[serde(default)]
    units: Vec<Spanned<String>>,
    kind: Option<Spanned<String>>,
    agency_domains: Option<Vec<String>>,
    person_domains: Option<Vec<String>>,
}

impl Picker<'_> {
    /// Takes the groups, which only the file can give.
    pub(super) fn groups(
        &mut self,
        key: &'static str,
        file: Groups,
    ) -> Result<Vec<DomainGroup>, ConfigError> {
        self.tables(key, &file, MAX_GROUPS, Self::group)
    }

    /// Takes tables, which only the file can give, at most `most` of them.
    pub(super) fn tables<R, T>(
        &mut self,
        key: &'static str,
        file: &[Spanned<R>],
        most: usize,
        read: impl Fn(&Self, &Spanned<R>) -> Result<T, ConfigError>,
    ) -> Result<Vec<T>, ConfigError> {
        let name = variable(key);
        if self.environment.get(&name).is_some() {
            let problem = "tables can only be given in the file".into();
            return Err(ConfigError::Environment { name, problem });
        }
        let first = file.first().map(Spanned::span);
        if file.len() > most {
            return Err(self.mistake(first, &format!("too many here, the most is {most}")));
        }
        let all: Result<Vec<T>, ConfigError> = file.iter().map(|raw| read(self, raw)).collect();
        let source = first.map_or(Source::Default, |span| {
            let line = Mistake::at(self.path, self.text, Some(span), "").line;
            Source::File(self.path.into(), line)
        });
        let value = format!("{} × [[{key}]]", file.len());
        self.taken.push(Effective { key, value, source });
        all
    }

    fn group(&self, raw: &Spanned<RawGroup>) -> Result<DomainGroup, ConfigError> {
        let group = raw.get_ref();
        if group.units.is_empty() && group.kind.is_none() {
            let problem = "a group needs units or kind; what holds for all stands in [policy]";
            return Err(self.mistake(Some(raw.span()), problem));
        }
        if group.agency_domains.is_none() && group.person_domains.is_none() {
            let problem = "a group decides agency_domains, person_domains or both";
            return Err(self.mistake(Some(raw.span()), problem));
        }
        let mut units = Vec::with_capacity(group.units.len());
        for unit in &group.units {
            let expected = "expected a unit code: groups of A-Z and 0-9 joined by dots";
            let code = UnitCode::parse(unit.get_ref());
            units.push(code.ok_or_else(|| self.mistake(Some(unit.span()), expected))?);
        }
        let kind = group.kind.as_ref().map(|kind| {
            let expected = || self.mistake(Some(kind.span()), "expected state or other");
            UnitKind::from_name(kind.get_ref()).ok_or_else(expected)
        });
        Ok(DomainGroup {
            units,
            kind: kind.transpose()?,
            agency_domains: group.agency_domains.clone(),
            person_domains: group.person_domains.clone(),
        })
    }

    pub(super) fn mistake(
        &self,
        span: Option<std::ops::Range<usize>>,
        problem: &str,
    ) -> ConfigError {
        ConfigError::Mistake(Box::new(Mistake::at(self.path, self.text, span, problem)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::config::Environment;
    use std::path::Path;

    fn read(text: &str) -> Result<Vec<DomainGroup>, ConfigError> {
        let path = Path::new("config/lienthong.toml");
        Ok(parse(path, text, &Environment::default())?
            .settings
            .policy
            .groups)
    }

    #[test]
    fn groups_are_read_in_order_and_mistakes_shown() {
        let text = "[policy]\nagency_domains = [\"co-yeu\"]\n\n[[policy.group]]\nkind = \"other\"\n\
                    agency_domains = [\"cong-cong\"]\n[[policy.group]]\nunits = [\"H53.7\"]\n\
                    person_domains = []\n";
        let groups = read(text).expect("groups");
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0].kind, Some(UnitKind::Other));
        assert_eq!(groups[1].units[0].as_str(), "H53.7");
        assert_eq!(groups[1].agency_domains, None);
        for (from, to, line) in [
            ("kind = \"other\"", "kind = \"firm\"", 5),
            ("kind = \"other\"\n", "", 4),
            ("person_domains = []", "", 7),
            ("H53.7", "h53", 8),
            ("kind", "kinds", 5),
        ] {
            let changed = text.replacen(from, to, 1);
            let Err(ConfigError::Mistake(mistake)) = read(&changed) else {
                panic!("{to}: not refused at its place");
            };
            assert_eq!(mistake.line, line, "{mistake}");
        }
    }
}
