//! Where values come from: the environment, the file, the default.

use super::ConfigError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The environment, read once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The process's environment; what is not text is left out.
    #[must_use]
    pub fn read() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// An environment for tests.
    #[must_use]
    pub fn of(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self(variables.iter().map(owned).collect())
    }

    /// One variable; empty ones count as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|v| !v.is_empty())
    }

    /// Every variable whose name starts with `prefix`.
    pub fn starting(&self, prefix: &'static str) -> impl Iterator<Item = &str> {
        let names = self.0.keys().map(String::as_str);
        names.filter(move |name| name.starts_with(prefix))
    }
}

/// Where an effective value came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// A variable of the environment.
    Environment(String),
    /// The file, at that line.
    File(PathBuf, usize),
    /// Nothing was said.
    Default,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "${name}"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One effective value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effective {
    /// Its name: `section.key`.
    pub key: &'static str,
    /// Its value, as it would be written in the file.
    pub value: String,
    /// Where it came from.
    pub source: Source,
}

/// The configuration file: the one given, else `$LIENTHONG_CONFIG`, else the usual places.
///
/// # Errors
/// [`ConfigError::NotFound`] with every place looked at.
pub fn find(given: Option<&Path>, environment: &Environment) -> Result<PathBuf, ConfigError> {
    let named = given.map(Path::to_path_buf);
    let named = named.or_else(|| environment.get("LIENTHONG_CONFIG").map(PathBuf::from));
    let places = match named {
        Some(path) => vec![path],
        None => vec![
            PathBuf::from("config/lienthong.toml"),
            PathBuf::from("lienthong/config/lienthong.toml"),
            PathBuf::from("/etc/lienthong/lienthong.toml"),
        ],
    };
    match places.iter().find(|p| p.is_file()) {
        Some(path) => Ok(path.clone()),
        None => Err(ConfigError::NotFound(places)),
    }
}
