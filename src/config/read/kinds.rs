//! `[[policy.document]]`: which signatures some types of document must carry.

use super::super::ConfigError;
use super::{Picker, signatures};
use crate::policy::{MAX_TYPE_POLICIES, TypePolicy};
use serde::Deserialize;
use toml::Spanned;

pub(super) type Kinds = Vec<Spanned<RawKind>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKind {
    types: Spanned<Vec<Spanned<String>>>,
    signatures: Spanned<String>,
}

impl Picker<'_> {
    /// Takes the tables, which only the file can give.
    pub(super) fn kinds(
        &mut self,
        key: &'static str,
        file: Kinds,
    ) -> Result<Vec<TypePolicy>, ConfigError> {
        self.tables(key, &file, MAX_TYPE_POLICIES, Self::kind)
    }

    fn kind(&self, raw: &Spanned<RawKind>) -> Result<TypePolicy, ConfigError> {
        let RawKind {
            types,
            signatures: demanded,
        } = raw.get_ref();
        let mistake = |span, problem: &str| self.mistake(Some(span), problem);
        if types.get_ref().is_empty() {
            let problem = "a table names the types that it is for, as envelopes do: \"Quyết định\"";
            return Err(mistake(types.span(), problem));
        }
        if let Some(empty) = types
            .get_ref()
            .iter()
            .find(|t| t.get_ref().trim().is_empty())
        {
            return Err(mistake(empty.span(), "a type without a name"));
        }
        let policy = signatures(demanded.get_ref()).map_err(|e| mistake(demanded.span(), &e))?;
        let names = types.get_ref().iter().map(|t| t.get_ref().as_str());
        Ok(TypePolicy::new(names, policy))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::config::Environment;
    use crate::model::event::Policy;
    use std::path::Path;

    #[test]
    fn types_are_read_and_mistakes_shown() {
        let text = "[policy]\nsignatures = \"require-agency\"\n\n[[policy.document]]\n\
                    types = [\"Quyết định\", \"Nghị quyết\"]\nsignatures = \"require-both\"\n";
        let path = Path::new("config/lienthong.toml");
        let read = |text: &str| parse(path, text, &Environment::default());
        let policy = read(text).expect("read").settings.policy;
        assert_eq!(policy.demanded("Nghị quyết"), Policy::RequireBoth);
        assert_eq!(policy.demanded("Công văn"), Policy::RequireAgency);
        for (from, to, line) in [
            ("require-both", "both", 6),
            ("\"Nghị quyết\"", "\" \"", 5),
            ("[\"Quyết định\", \"Nghị quyết\"]", "[]", 5),
            ("types", "type", 5),
        ] {
            let Err(ConfigError::Mistake(mistake)) = read(&text.replacen(from, to, 1)) else {
                panic!("{to}: not refused at its place");
            };
            assert_eq!(mistake.line, line, "{mistake}");
        }
    }
}
