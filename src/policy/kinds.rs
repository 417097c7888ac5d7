//! Which signatures a document must carry: in general, and for its type (NĐ 30/2020 Điều 7).

use super::PolicySettings;
use crate::model::event::Policy;
use crate::model::nfc;

/// The most tables of types; the decree names 29 types.
pub const MAX_TYPE_POLICIES: usize = 64;

/// What holds for some types of document only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypePolicy {
    types: Vec<String>,
    policy: Policy,
}

impl TypePolicy {
    /// `types` as envelopes name them; letter case and white space make no difference.
    #[must_use]
    pub fn new<'a>(types: impl IntoIterator<Item = &'a str>, policy: Policy) -> Self {
        let types = types.into_iter().map(comparable).collect();
        Self { types, policy }
    }
}

impl PolicySettings {
    /// What is demanded of a document of type `kind`: by the first table that names it, else in
    /// general. The type is the sender's word, as the rest of the envelope is.
    #[must_use]
    pub fn demanded(&self, kind: &str) -> Policy {
        if self.types.is_empty() {
            return self.policy;
        }
        let kind = comparable(kind);
        let mut tables = self.types.iter();
        tables
            .find(|table| table.types.contains(&kind))
            .map_or(self.policy, |table| table.policy)
    }
}

pub(super) fn comparable(kind: &str) -> String {
    let words: Vec<&str> = kind.split_whitespace().collect();
    nfc(&words.join(" ")).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_table_that_names_the_type_decides() {
        let policy = PolicySettings {
            types: vec![
                TypePolicy::new(["Quyết định", "Nghị quyết"], Policy::RequireBoth),
                TypePolicy::new(["Sao y", "quyết định"], Policy::Record),
            ],
            ..PolicySettings::default()
        };
        for (kind, expected) in [
            ("Quyết định", Policy::RequireBoth),
            ("  QUYẾT \t ĐỊNH ", Policy::RequireBoth),
            // NFD
            ("Quye\u{302}\u{301}t đi\u{323}nh", Policy::RequireBoth),
            ("Sao y", Policy::Record),
            ("Quyết định cá biệt", Policy::RequireAgency),
            ("Quyet dinh", Policy::RequireAgency),
            ("", Policy::RequireAgency),
        ] {
            assert_eq!(policy.demanded(kind), expected, "{kind:?}");
        }
        let general = PolicySettings::default();
        assert_eq!(general.demanded("Quyết định"), Policy::RequireAgency);
    }
}
