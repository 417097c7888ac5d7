//! The newest CRL seen of each scope (issuer, key, part), kept beside the data so that a restart does not forget it:
//! an older one is never used for a judgement of now (`verdicts.md` §3).

use super::material::Lists;
use super::replace::replace;
use super::{ConfigError, Mistake};
use crate::model::Timestamp;
use crate::trust::material::Material;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A list dated further ahead than this is not remembered: a mistaken date would shut out every
/// later list (the tolerance of attack catalogue K6).
const AHEAD_SECS: i64 = 300;

const HEAD: &str = "\
# CRL mới nhất đã thấy của mỗi nơi phát hành và khóa; CRL cũ hơn không được dùng lại.
# The newest CRL seen of each issuer and key; an older one is not used again.
";

/// thisUpdate of the newest CRL seen, by scope.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeenCrls {
    path: PathBuf,
    newest: BTreeMap<String, Timestamp>,
    /// The lists last read from each file; in memory only.
    lists: Lists,
}

impl SeenCrls {
    /// Reads the file in the data folder; where there is none, nothing was seen yet.
    ///
    /// # Errors
    /// [`ConfigError`] if it cannot be read or holds something else.
    pub fn read(data: &Path) -> Result<Self, ConfigError> {
        let path = data.join("seen-crls.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => {
                let problem = e.to_string();
                return Err(ConfigError::Read { path, problem });
            }
        };
        let wrong = |span, problem: &str| {
            ConfigError::Mistake(Box::new(Mistake::at(&path, &text, span, problem)))
        };
        let raw: BTreeMap<String, toml::Spanned<String>> =
            toml::from_str(&text).map_err(|e| wrong(e.span(), e.message()))?;
        let mut newest = BTreeMap::new();
        for (scope, time) in raw {
            let parsed = Timestamp::parse(time.get_ref());
            let expected = || wrong(Some(time.span()), "expected RFC 3339 with offset");
            newest.insert(scope, parsed.ok_or_else(expected)?);
        }
        Ok(Self {
            path,
            newest,
            lists: Lists::new(),
        })
    }

    pub(super) fn lists(&mut self) -> &mut Lists {
        &mut self.lists
    }

    /// What is to be left out: lists of a scope before its moment.
    #[must_use]
    pub fn newest(&self) -> &BTreeMap<String, Timestamp> {
        &self.newest
    }

    /// Remembers the lists in use, durably.
    ///
    /// # Errors
    /// [`ConfigError::Write`].
    pub fn learn(&mut self, material: &Material, now: Timestamp) -> Result<(), ConfigError> {
        let lists = material.crls().map(|crl| (crl.scope, crl.this_update));
        self.learn_lists(lists, now)
    }

    /// Remembers lists, given by scope and thisUpdate, durably.
    ///
    /// # Errors
    /// [`ConfigError::Write`].
    pub fn learn_lists(
        &mut self,
        lists: impl IntoIterator<Item = (String, Timestamp)>,
        now: Timestamp,
    ) -> Result<(), ConfigError> {
        let latest = now.plus_secs(AHEAD_SECS);
        let mut new = false;
        for (scope, this_update) in lists {
            let known = self.newest.get(&scope);
            if this_update <= latest && known.is_none_or(|known| *known < this_update) {
                self.newest.insert(scope, this_update);
                new = true;
            }
        }
        if !new {
            return Ok(());
        }
        let row = |(scope, time): (&String, &Timestamp)| {
            let scope = toml::Value::String(scope.clone());
            format!("{scope} = \"{time}\"\n")
        };
        let rows: String = self.newest.iter().map(row).collect();
        replace(&self.path, format!("{HEAD}{rows}").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::{Authority, Crl, KeyKind, Validity};
    use crate::trust::material::MaterialInput;

    const AT: Timestamp = Timestamp(1_790_000_000_000);

    fn list(authority: &Authority, days_old: i64) -> Vec<u8> {
        let crl = Crl {
            validity: Validity::days(AT, days_old, 30),
            number: 1,
            revoked: Vec::new(),
        };
        authority.crl(&crl).expect("CRL")
    }

    fn material(crls: Vec<Vec<u8>>, seen: &SeenCrls) -> Material {
        let input = MaterialInput {
            crls: crls.into_iter().map(Into::into).collect(),
            newest_seen: seen.newest().clone(),
            ..MaterialInput::default()
        };
        Material::new(input).expect("material")
    }

    #[test]
    fn a_restart_does_not_bring_an_older_list_back() {
        let folder = tempfile::tempdir().expect("folder");
        let name = "Cơ quan \"chứng thực\" = mẫu";
        let authority = Authority::root(name, KeyKind::P256, Validity::around(AT));
        let authority = authority.expect("authority");
        let mut seen = SeenCrls::read(folder.path()).expect("nothing yet");
        assert!(seen.newest().is_empty());
        let first = material(vec![list(&authority, 2), list(&authority, 1)], &seen);
        assert_eq!(first.crls().count(), 2);
        seen.learn(&first, AT).expect("learnt");

        let mut again = SeenCrls::read(folder.path()).expect("read");
        assert_eq!(again, seen);
        let older = material(vec![list(&authority, 2)], &again);
        assert_eq!((older.crls().count(), older.left_out().len()), (0, 1));
        assert_ne!(older.digest(), first.digest());
        let fresh = material(vec![list(&authority, 2), list(&authority, 0)], &again);
        assert_eq!((fresh.crls().count(), fresh.left_out().len()), (1, 1));

        // A list from the future is used or not by the path's own rules, but shuts out nothing.
        let ahead = material(vec![list(&authority, -2)], &again);
        again.learn(&ahead, AT).expect("learnt");
        assert_eq!(again, seen);
    }

    #[test]
    fn a_ca_with_a_new_key_goes_on_with_a_list_under_each() {
        let folder = tempfile::tempdir().expect("folder");
        let root = || Authority::root("Một tên", KeyKind::P256, Validity::around(AT));
        let (old, new) = (root().expect("root"), root().expect("root"));
        let lists = vec![list(&old, 2), list(&new, 1)];
        let mut seen = SeenCrls::read(folder.path()).expect("nothing yet");
        seen.learn(&material(lists.clone(), &seen), AT)
            .expect("learnt");
        let again = material(lists, &seen);
        assert_eq!((again.crls().count(), again.left_out().len()), (2, 0));
    }

    #[test]
    fn a_damaged_file_is_an_error_and_not_a_fresh_start() {
        let folder = tempfile::tempdir().expect("folder");
        for bad in ["\"CN=A\" = 5\n", "\"CN=A\" = \"yesterday\"\n", "rubbish"] {
            std::fs::write(folder.path().join("seen-crls.toml"), bad).expect("written");
            assert!(SeenCrls::read(folder.path()).is_err(), "{bad}");
        }
    }
}
