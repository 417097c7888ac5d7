//! How a command ends.

use crate::client::profile::ProfileError;
use crate::client::{ClientError, Unreachable};
use crate::config::ConfigError;
use crate::keys::KeyError;
use crate::lang;
use crate::model::{Language, Status};
use std::path::{Path, PathBuf};

/// The exit codes; any other means failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Exit {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// The command line is wrong.
    Usage,
    /// The configuration is wrong or missing.
    Configuration,
    /// The gateway cannot be reached.
    Unreachable,
    /// The gateway refused the document.
    Refused,
    /// A signature is TOTAL-FAILED.
    SignatureFailed,
    /// A signature is INDETERMINATE, or there is none.
    Indeterminate,
    /// Stopped by the user.
    Interrupted,
}

impl Exit {
    /// Its number.
    #[must_use]
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::Unreachable => 4,
            Self::Refused => 5,
            Self::SignatureFailed => 10,
            Self::Indeterminate => 11,
            Self::Interrupted => 130,
        }
    }
}

/// Why a command ended early: what to say, and what to do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Failure {
    /// The exit code.
    pub(super) exit: Exit,
    /// What is wrong.
    pub(super) message: String,
    /// What to do next.
    pub(super) next: Option<String>,
}

impl Failure {
    /// Without a next step.
    #[must_use]
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            next: None,
        }
    }

    /// With a next step.
    #[must_use]
    pub(super) fn with_next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// A mistake of the command line, by the key of its sentence.
    #[must_use]
    pub(super) fn usage(language: Language, key: &str, values: &[(&str, &str)]) -> Self {
        Self::new(Exit::Usage, lang::text(language, key, values))
    }

    /// A configuration that cannot be used.
    #[must_use]
    pub(super) fn config(language: Language, error: &ConfigError) -> Self {
        match error {
            ConfigError::NotFound(places) => {
                let places = listed(places);
                let values = [("places", places.as_str())];
                let said = lang::text(language, "cli-config-not-found", &values);
                let next = lang::text(language, "cli-config-missing", &[]);
                Self::new(Exit::Configuration, said).with_next(next)
            }
            ConfigError::Registry { path, error } => {
                let head = lang::text(language, "cli-config-broken", &[]);
                let said = lang::registry(language, error);
                Self::new(
                    Exit::Configuration,
                    format!("{head}\n{}: {said}", path.display()),
                )
            }
            ConfigError::Read { path, problem } => Self {
                exit: Exit::Configuration,
                ..Self::unreadable(language, path, problem)
            },
            ConfigError::Write { path, problem } => Self {
                exit: Exit::Configuration,
                ..Self::unwritable(language, path, problem)
            },
            ConfigError::Mistake(_)
            | ConfigError::Environment { .. }
            | ConfigError::Material { .. } => {
                let head = lang::text(language, "cli-config-broken", &[]);
                Self::new(Exit::Configuration, format!("{head}\n{error}"))
            }
        }
    }

    /// A profile that cannot be used.
    #[must_use]
    pub(super) fn profile(language: Language, error: &ProfileError) -> Self {
        let text = |key: &str, values: &[(&str, &str)]| lang::text(language, key, values);
        let (said, next) = match error {
            ProfileError::NotFound { name, places } => {
                let places = listed(places);
                let values = [("name", name.as_str()), ("places", places.as_str())];
                (text("cli-profile-not-found", &values), "cli-profile-next")
            }
            ProfileError::Broken(..) => {
                let problem = error.to_string();
                let values = [("problem", problem.trim_end())];
                (
                    text("cli-profile-broken", &values),
                    "cli-profile-broken-next",
                )
            }
        };
        Self::new(Exit::Configuration, said).with_next(text(next, &[]))
    }

    /// No profile was named and none lies here.
    #[must_use]
    pub(super) fn no_profile(language: Language) -> Self {
        let said = lang::text(language, "cli-profile-missing", &[]);
        let next = lang::text(language, "cli-profile-next", &[]);
        Self::new(Exit::Configuration, said).with_next(next)
    }

    /// A key or certificate of the gateway that cannot be used.
    #[must_use]
    pub(super) fn key(language: Language, error: &KeyError) -> Self {
        match error {
            KeyError::Exists(path) => Self::exists(language, path),
            KeyError::Read { path, problem } => Self {
                exit: Exit::Configuration,
                ..Self::unreadable(language, path, problem)
            },
            KeyError::Write { path, problem } => Self::unwritable(language, path, problem),
            KeyError::Content { .. } | KeyError::Issue(_) | KeyError::Sign => {
                Self::new(Exit::Configuration, error.to_string())
            }
        }
    }

    /// A file that is there already.
    #[must_use]
    pub(super) fn exists(language: Language, path: &Path) -> Self {
        let path = path.display().to_string();
        let said = lang::text(language, "cli-file-exists", &[("path", &path)]);
        let next = lang::text(language, "cli-file-exists-next", &[]);
        Self::new(Exit::Failed, said).with_next(next)
    }

    /// A file that cannot be read.
    #[must_use]
    pub(super) fn unreadable(
        language: Language,
        path: &Path,
        problem: &dyn std::fmt::Display,
    ) -> Self {
        Self::file(language, "cli-file-unreadable", path, problem)
    }

    /// A file that cannot be written.
    #[must_use]
    pub(super) fn unwritable(
        language: Language,
        path: &Path,
        problem: &dyn std::fmt::Display,
    ) -> Self {
        Self::file(language, "cli-file-unwritable", path, problem)
    }

    fn file(language: Language, key: &str, path: &Path, problem: &dyn std::fmt::Display) -> Self {
        let (path, problem) = (path.display().to_string(), problem.to_string());
        let values = [("path", path.as_str()), ("problem", problem.as_str())];
        let next = lang::text(language, &format!("{key}-next"), &[]);
        Self::new(Exit::Failed, lang::text(language, key, &values)).with_next(next)
    }

    /// A request that the gateway did not fulfil.
    #[must_use]
    pub(super) fn client(language: Language, error: &ClientError) -> Self {
        match error {
            ClientError::Unreachable { url, why } => unreachable(language, url, why),
            ClientError::Problem(problem) => {
                let mut message = format!("{} ({})", problem.title, problem.code);
                for field in &problem.errors {
                    let line = format!("{} {}", field.pointer, field.detail);
                    message.push_str(&format!("\n  {}", lang::visible(line.trim_start())));
                }
                if !problem.possible.is_empty() {
                    let moves = problem.possible.iter().map(|name| a_move(language, name));
                    let moves: Vec<String> = moves.collect();
                    message.push_str(&format!("\n  → {}", moves.join(", ")));
                }
                if !problem.request_id.is_empty() {
                    message.push_str(&format!("\n  request_id {}", problem.request_id));
                }
                Self::new(Exit::Failed, message).with_next(problem.detail.clone())
            }
            ClientError::Setup(_) => Self::new(Exit::Configuration, error.to_string()),
            ClientError::File(path, problem) => Self::unreadable(language, path, problem),
            ClientError::Unexpected(..) => Self::new(Exit::Failed, error.to_string()),
        }
    }
}

/// A move that is possible: as `answer` takes it, and in words. An arrival is no answer.
fn a_move(language: Language, name: &str) -> String {
    let answer = Status::parse(name).filter(|status| *status != Status::Arrived);
    let code = answer.map(|status| format!("{} ", status.code()));
    let words = lang::word(language, "state", name);
    format!("{}{name} ({words})", code.unwrap_or_default())
}

fn listed(places: &[PathBuf]) -> String {
    let all: Vec<String> = places.iter().map(|p| p.display().to_string()).collect();
    all.join(", ")
}

fn unreachable(language: Language, url: &str, why: &Unreachable) -> Failure {
    let text = |key: &str| lang::text(language, key, &[]);
    let (problem, next) = match why {
        Unreachable::Refused => (text("cli-unreachable-refused"), "cli-unreachable-next"),
        Unreachable::Slow => (text("cli-unreachable-slow"), "cli-unreachable-next"),
        Unreachable::OurCertificate(alert) => (
            format!("{} [{alert}]", text("cli-unreachable-cert")),
            "cli-unreachable-cert-next",
        ),
        Unreachable::ItsCertificate(reason) => (
            format!("{} [{reason}]", text("cli-unreachable-ca")),
            "cli-unreachable-ca-next",
        ),
        Unreachable::Other(problem) => (problem.clone(), "cli-unreachable-next"),
    };
    let values = [("url", url), ("problem", problem.as_str())];
    let message = lang::text(language, "cli-unreachable", &values);
    Failure::new(Exit::Unreachable, message).with_next(text(next))
}
