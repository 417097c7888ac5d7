//! `demo`: throw-away trust and units, the real daemon on loopback, real signed documents of every
//! kind through its public interface, and the figures that come of it. It never touches a real
//! installation.

pub mod bundle;
pub mod cases;
pub mod counter;
pub mod daemon;
pub mod documents;
pub mod draft;
mod draft_asic;
mod draft_xml;
pub mod exchange;
pub mod exhibits;
pub mod files;
pub mod folder;
pub mod install;
pub mod late;
pub mod office;
pub mod online;
pub mod outcome;
pub mod report;
pub mod run;
pub mod samples;
pub mod story;
pub mod table;
#[cfg(test)]
mod tests;
pub mod texts;
pub mod third_party;
pub mod units;
pub mod voice;
pub mod world;
pub mod year;

pub use run::run;

use crate::forge::ForgeError;
use crate::model::Language;
use std::path::{Path, PathBuf};

/// How the demo is to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Stop when done, instead of staying up until told.
    pub once: bool,
    /// The folder; default the first free of `./lienthong-demo`, `./lienthong-demo-2`, …
    pub data: Option<PathBuf>,
    /// Send the third-party files of this folder instead of the demo's own documents.
    pub files: Option<PathBuf>,
    /// The language of what is printed.
    pub language: Language,
    /// The program to run as the daemon: this one.
    pub program: PathBuf,
}

/// Why the demo could not go on. A document that came out otherwise than intended is no error: it
/// is shown, and decides the exit code.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A folder or file could not be used.
    #[error("{path}: {problem}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// A folder with something in it that no demo made.
    #[error("{0} is not the folder of a demo")]
    NotADemo(PathBuf),
    /// A folder that another demo is using.
    #[error("another demo is using {0}")]
    Busy(PathBuf),
    /// The daemon did not start, or did not stop in order; its log says why.
    #[error("the daemon did not start or stop; see {0}")]
    Daemon(PathBuf),
    /// A folder without PDF or CMS files.
    #[error("there is no PDF or CMS file in {0}")]
    NoFiles(PathBuf),
    /// The simulated year could not be written or shown.
    #[error("the simulated year: {0}")]
    Year(String),
    /// Somebody stopped it before it was done.
    #[error("interrupted")]
    Interrupted,
    /// Something could not be forged.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// A certificate could not be read.
    #[error(transparent)]
    Certificate(#[from] crate::trust::certificate::CertificateError),
    /// A key could not be made or written.
    #[error(transparent)]
    Key(#[from] crate::keys::KeyError),
    /// The registry could not be written.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// A profile could not be read.
    #[error(transparent)]
    Profile(#[from] crate::client::profile::ProfileError),
    /// The gateway did not answer as it should.
    #[error(transparent)]
    Client(#[from] crate::client::ClientError),
    /// The units contradict each other.
    #[error(transparent)]
    Registry(#[from] crate::registry::RegistryError),
}

impl DemoError {
    /// What happened and what to do, in the language of the demo.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        let say = |key: &str, path: &Path| {
            crate::lang::text(language, key, &[("path", &path.display().to_string())])
        };
        match self {
            Self::NotADemo(path) => say("demo-error-not-a-demo", path),
            Self::Busy(path) => say("demo-error-busy", path),
            Self::Daemon(path) => say("demo-error-daemon", path),
            Self::NoFiles(path) => say("demo-files-none", path),
            Self::Folder { .. }
            | Self::Year(_)
            | Self::Interrupted
            | Self::Forge(_)
            | Self::Certificate(_)
            | Self::Key(_)
            | Self::Config(_)
            | Self::Profile(_)
            | Self::Client(_)
            | Self::Registry(_) => self.to_string(),
        }
    }

    fn folder(path: &Path, problem: &std::io::Error) -> Self {
        Self::Folder {
            path: path.into(),
            problem: problem.to_string(),
        }
    }
}
