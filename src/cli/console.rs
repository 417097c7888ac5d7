//! What every command works with: the language, where to write, and where settings come from.

use super::args::Global;
use super::failure::{Exit, Failure};
use crate::client::profile::FILE;
use crate::client::progress::Progress;
use crate::client::{Client, Profile};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, ConfigError, Environment, Loaded};
use crate::lang::{self, report::Style};
use crate::model::{Language, Timestamp};
use serde::Serialize;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Work above this size shows how far it has come.
const LONG: u64 = 8 << 20;

/// The user's side of a command.
#[derive(Clone, Debug)]
pub(super) struct Console {
    /// The language of texts.
    pub(super) language: Language,
    /// Whether data is written as JSON.
    pub(super) json: bool,
    /// The environment.
    pub(super) environment: Environment,
    /// The language of files that are left for a document office: Vietnamese, unless another was asked for.
    pub(super) office_language: Language,
    no_input: bool,
    config: Option<PathBuf>,
    profile: Option<String>,
}

/// The language of the environment.
#[must_use]
pub(super) fn language(environment: &Environment) -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let locale = locale.iter().find_map(|name| environment.get(name));
    lang::of_locale(locale)
}

impl Console {
    /// From the global flags and the environment.
    #[must_use]
    pub(super) fn new(global: &Global, environment: Environment) -> Self {
        Self {
            language: global.lang.unwrap_or_else(|| language(&environment)),
            office_language: global.lang.unwrap_or(Language::Vi),
            json: global.json,
            no_input: global.no_input,
            config: global.config.clone(),
            profile: global.profile.clone(),
            environment,
        }
    }

    /// A sentence.
    #[must_use]
    pub(super) fn text(&self, key: &str, values: &[(&str, &str)]) -> String {
        lang::text(self.language, key, values)
    }

    /// Data, on stdout. A reader that went away is not an error.
    pub(super) fn out(&self, text: &str) {
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    /// Says above what follows that nothing of it took place, if so.
    pub(super) fn mark(&self, simulated: bool) {
        if simulated {
            self.out(&self.text("simulated", &[]));
        }
    }

    /// Data as one line of JSON, on stdout.
    pub(super) fn json<T: Serialize>(&self, value: &T) {
        let text = serde_json::to_string(value).unwrap_or_default();
        self.out(&text);
    }

    /// Talk, on stderr.
    pub(super) fn say(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Talk by the key of its sentence.
    pub(super) fn tell(&self, key: &str, values: &[(&str, &str)]) {
        self.say(&self.text(key, values));
    }

    /// Suggests the next step, to a person only.
    pub(super) fn next(&self, step: &str) {
        if std::io::stderr().is_terminal() && !self.json {
            self.say(&format!("{}: {step}", self.text("cli-next", &[])));
        }
    }

    /// Suggests a command of the same unit, as it is to be typed.
    pub(super) fn next_command(&self, line: &str) {
        self.next(&format!("lienthong {line}{}", self.profile_flag()));
    }

    /// The flag that names the profile again, if one was given.
    #[must_use]
    pub(super) fn profile_flag(&self) -> String {
        let quoted = |name: &String| {
            let plain = |c: char| c.is_alphanumeric() || "._-/".contains(c);
            if name.chars().all(plain) {
                format!(" --profile {name}")
            } else {
                format!(" --profile '{}'", name.replace('\'', "'\\''"))
            }
        };
        self.profile.as_ref().map(quoted).unwrap_or_default()
    }

    /// Says why a command failed.
    pub(super) fn fail(&self, failure: &Failure) {
        let message = lang::foreign(self.language, &failure.message);
        if self.json {
            let error = serde_json::json!({ "error": {
                "exit": failure.exit.code(), "message": message, "next": failure.next,
            }});
            self.say(&error.to_string());
            return;
        }
        self.say(&format!("{}: {message}", self.text("cli-error", &[])));
        if let Some(next) = &failure.next {
            self.say(&format!("{}: {next}", self.text("cli-next", &[])));
        }
    }

    /// How reports are drawn on stdout.
    #[must_use]
    pub(super) fn style(&self) -> Style {
        let plain = self.environment.get("NO_COLOR").is_some();
        let colour = !plain && std::io::stdout().is_terminal();
        Style {
            language: self.language,
            colour,
        }
    }

    /// Whether questions may be asked.
    #[must_use]
    pub(super) fn asks(&self) -> bool {
        !self.no_input && !self.json && std::io::stdin().is_terminal()
    }

    /// Asks one question; an empty answer is the default.
    #[must_use]
    pub(super) fn ask(&self, question: &str, default: &str) -> String {
        self.ask_text(&self.text(question, &[]), default)
    }

    /// The same, with the question in words.
    #[must_use]
    pub(super) fn ask_text(&self, question: &str, default: &str) -> String {
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "{question} [{default}]: ");
        let _ = stderr.flush();
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        match read.map(|_| line.trim()) {
            Ok(answer) if !answer.is_empty() => answer.to_owned(),
            Ok(_) | Err(_) => default.to_owned(),
        }
    }

    /// Asks whether to go on; an empty answer is no.
    #[must_use]
    pub(super) fn sure(&self, question: &str) -> bool {
        let no = self.text("cli-no", &[]);
        let answer = self.ask_text(question, &no).to_lowercase();
        answer == self.text("cli-yes", &[]) || ["y", "yes", "c", "co"].contains(&answer.as_str())
    }

    /// Now.
    #[must_use]
    pub(super) fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// The configuration in force.
    ///
    /// # Errors
    /// Exit 3 if there is none or it has a mistake.
    pub(super) fn settings(&self) -> Result<Loaded, Failure> {
        self.loaded()
            .map_err(|e| Failure::config(self.language, &e))
    }

    /// The configuration, if there is one.
    ///
    /// # Errors
    /// Exit 3 if it has a mistake, or was named and is not there.
    pub(super) fn settings_if_any(&self) -> Result<Option<Loaded>, Failure> {
        match self.loaded() {
            Ok(loaded) => Ok(Some(loaded)),
            Err(ConfigError::NotFound(_)) if self.config.is_none() => Ok(None),
            Err(e) => Err(Failure::config(self.language, &e)),
        }
    }

    fn loaded(&self) -> Result<Loaded, ConfigError> {
        let path = config::find(self.config.as_deref(), &self.environment)?;
        config::load_with(&path, &self.environment)
    }

    /// The profile in force: `--profile`, `$LIENTHONG_PROFILE`, or `./profile.toml`.
    ///
    /// # Errors
    /// Exit 3 if there is none.
    pub(super) fn profile(&self) -> Result<Profile, Failure> {
        let variable = self.environment.get("LIENTHONG_PROFILE");
        let name = self.profile.as_deref().or(variable);
        let mut folders: Vec<PathBuf> =
            ["profiles", "lienthong/profiles", "lienthong-demo/profiles"]
                .iter()
                .map(PathBuf::from)
                .collect();
        if let Some(home) = self.environment.get("HOME") {
            folders.push(Path::new(home).join(".config/lienthong/profiles"));
        }
        folders.push("/etc/lienthong/profiles".into());
        let Some(name) = name else {
            let here = Path::new(FILE);
            let none = || Failure::no_profile(self.language);
            let read = here
                .is_file()
                .then(|| Profile::read(here))
                .ok_or_else(none)?;
            return read.map_err(|e| Failure::profile(self.language, &e));
        };
        let found = Profile::find(name, &folders);
        found.map_err(|e| Failure::profile(self.language, &e))
    }

    /// Whether a profile was named.
    #[must_use]
    pub(super) fn names_profile(&self) -> bool {
        self.profile.is_some() || self.environment.get("LIENTHONG_PROFILE").is_some()
    }

    /// A client under the profile in force.
    ///
    /// # Errors
    /// Exit 3 if it cannot be used.
    pub(super) fn client(&self, profile: &Profile) -> Result<Client, Failure> {
        let client = Client::new(profile, self.language);
        // Whatever is wrong here lies in the profile.
        client.map_err(|e| Failure {
            exit: Exit::Configuration,
            ..Failure::client(self.language, &e)
        })
    }

    /// Progress of `total` bytes on stderr, where a person looks and it takes long.
    #[must_use]
    pub(super) fn progress(&self, total: u64) -> Progress {
        if total < LONG || self.json || !std::io::stderr().is_terminal() {
            return Progress::silent();
        }
        let mib = |n: u64| n >> 20;
        Progress::of(
            total,
            Box::new(move |done, total| {
                let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100);
                let mut stderr = std::io::stderr().lock();
                let (done_mib, total_mib) = (mib(done), mib(total));
                let _ = write!(stderr, "\r  {percent:>3} %  {done_mib} / {total_mib} MiB ");
                if done >= total {
                    let _ = writeln!(stderr);
                }
                let _ = stderr.flush();
            }),
        )
    }

    /// The same for work whose length nobody knows.
    #[must_use]
    pub(super) fn progress_open_ended(&self) -> Progress {
        if self.json || !std::io::stderr().is_terminal() {
            return Progress::silent();
        }
        Progress::open_ended(Box::new(|done, total| {
            let mut stderr = std::io::stderr().lock();
            let _ = write!(stderr, "\r  {} MiB ", done >> 20);
            if total > 0 {
                let _ = writeln!(stderr);
            }
            let _ = stderr.flush();
        }))
    }

    /// Columns with a head, aligned by characters.
    pub(super) fn table(&self, head: &str, rows: &[Vec<String>]) {
        let head: Vec<String> = self
            .text(head, &[])
            .split('|')
            .map(|h| h.trim().into())
            .collect();
        self.table_of(&head, rows);
    }

    /// The same under these heads.
    pub(super) fn table_of(&self, head: &[String], rows: &[Vec<String>]) {
        let head = head.to_vec();
        let all = || std::iter::once(&head).chain(rows);
        let columns = head.len();
        let width = |i: usize| {
            let lengths = all().map(|row| row.get(i).map_or(0, |cell| cell.chars().count()));
            lengths.max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in all() {
            let cells = row.iter().zip(&widths);
            let line: Vec<String> = cells.map(|(cell, w)| format!("{cell:<w$}")).collect();
            self.out(line.join("  ").trim_end());
        }
    }
}
