//! A mistake in a file, shown where it is.

use crate::model::Timestamp;
use crate::registry::RegistryError;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Why the configuration cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConfigError {
    /// No configuration file anywhere.
    #[error("no configuration file; looked for {}", listed(.0))]
    NotFound(Vec<PathBuf>),
    /// A file or folder could not be read.
    #[error("{path}: {problem}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// A file could not be written.
    #[error("{path}: {problem}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// A mistake in a TOML file.
    #[error(transparent)]
    Mistake(Box<Mistake>),
    /// A variable of the environment that names no setting or has a wrong value.
    #[error("environment variable {name}: {problem}")]
    Environment {
        /// The variable.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Units and bindings that contradict each other.
    #[error("{path}: {error}")]
    Registry {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: RegistryError,
    },
    /// A file under `certs/` that is not what its folder holds.
    #[error("{path}: {problem}")]
    Material {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

fn listed(paths: &[PathBuf]) -> String {
    let all: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
    all.join(", ")
}

/// One mistake in one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// The file.
    pub path: PathBuf,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// The text of that line.
    pub text: String,
    /// How many characters are meant, at least 1.
    pub width: usize,
    /// What is wrong.
    pub problem: String,
}

impl Mistake {
    /// The mistake at the bytes `span` of `text`.
    #[must_use]
    pub fn at(path: &Path, text: &str, span: Option<Range<usize>>, problem: &str) -> Self {
        let span = span.unwrap_or(0..0);
        let before = text.get(..span.start).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |i| i.saturating_add(1));
        let line = text.get(start..).unwrap_or_default().lines().next();
        let line = line.unwrap_or_default();
        let column = before.get(start..).unwrap_or_default().chars().count();
        let meant = text.get(span).unwrap_or_default();
        let meant = meant.lines().next().unwrap_or_default().chars().count();
        Self {
            path: path.into(),
            line: before.matches('\n').count().saturating_add(1),
            column: column.saturating_add(1),
            text: line.to_owned(),
            width: meant.max(1),
            problem: problem.trim().to_owned(),
        }
    }
}

/// The text of a file of the operator; where there is none the sample holds.
pub(super) fn text_or(path: &Path, sample: &str) -> Result<String, ConfigError> {
    match std::fs::read_to_string(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(sample.to_owned()),
        read => read.map_err(|e| ConfigError::Read {
            path: path.into(),
            problem: e.to_string(),
        }),
    }
}

/// A TOML file that is being read: where its mistakes are shown. Each kind of file adds what its own
/// words mean.
pub(super) struct Page<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Page<'_> {
    pub(super) fn wrong(&self, span: Option<Range<usize>>, problem: &str) -> ConfigError {
        ConfigError::Mistake(Box::new(Mistake::at(self.path, self.text, span, problem)))
    }

    pub(super) fn time(&self, word: &Spanned<String>) -> Result<Timestamp, ConfigError> {
        let expected = "expected RFC 3339 with offset, for example 2026-11-24T00:00:00+07:00";
        let time = Timestamp::parse(word.get_ref());
        time.ok_or_else(|| self.wrong(Some(word.span()), expected))
    }
}

impl std::error::Error for Mistake {}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let (path, line, column) = (self.path.display(), self.line, self.column);
        writeln!(f, "{path}:{line}:{column}: {}", self.problem)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", self.text)?;
        let indent: String = self
            .text
            .chars()
            .take(column.saturating_sub(1))
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        write!(f, "{margin} | {indent}{}", "^".repeat(self.width))
    }
}
