//! The real binary: its help, its exit codes, and an office's day through it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "helpers of tests are tests"
)]

mod dead_letters;
mod life;
mod offices;
mod offline;
mod procedures;
mod register;
mod setup;
mod trust;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use tempfile::TempDir;

/// What one run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The run if it ended with `code`.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// The run if its stdout and stderr together hold `text`.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        let found = self.out.contains(text) || self.err.contains(text);
        assert!(found, "{text:?} is not in {self:#?}");
        self
    }

    /// Its stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:#?}"))
    }
}

/// A folder in which commands are run, in Vietnamese unless told otherwise.
#[derive(Debug)]
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        std::fs::write(path, bytes).expect("written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lienthong"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear()
            .env("LANG", "vi_VN.UTF-8");
        command
    }

    pub(crate) fn run(&self, line: &str) -> Ran {
        self.run_with(&line.split_whitespace().collect::<Vec<_>>(), &[])
    }

    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.command(arguments);
        let Output {
            status,
            stdout,
            stderr,
        } = command
            .envs(variables.iter().copied())
            .output()
            .expect("run");
        Ran {
            code: status.code().expect("code"),
            out: String::from_utf8(stdout).expect("UTF-8"),
            err: String::from_utf8(stderr).expect("UTF-8"),
        }
    }

    /// Starts a command and interrupts it; its exit code.
    pub(crate) fn interrupted(&self, line: &str) -> Option<i32> {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let mut child = self.command(&arguments).spawn().expect("start");
        std::thread::sleep(std::time::Duration::from_millis(500));
        let pid = child.id().to_string();
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .expect("kill");
        child.wait().expect("wait").code()
    }

    /// Starts the daemon and waits until it answers.
    pub(crate) fn serve(&self, config: &str, socket: &Path) -> Daemon {
        let child = self
            .command(&["serve", "--config", config])
            .spawn()
            .expect("serve");
        let daemon = Daemon(child);
        for _ in 0..200 {
            if std::os::unix::net::UnixStream::connect(socket).is_ok() {
                return daemon;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("the daemon did not start");
    }
}

/// A daemon that ends with its test.
#[derive(Debug)]
pub(crate) struct Daemon(Child);

impl Daemon {
    /// Asks it to stop; its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let pid = self.0.id().to_string();
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill");
        self.0.wait().expect("wait").code()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
