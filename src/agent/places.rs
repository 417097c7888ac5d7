//! The folders of an office, and who may work on them: one process, for one unit.

use super::{AgentError, disk};
use crate::lang;
use crate::model::Language;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// The folder of what the agent remembers.
const STATE: &str = ".lienthong";

/// Where everything lies.
#[derive(Debug)]
pub(super) struct Places {
    root: PathBuf,
    /// Held as long as this lives.
    _lock: File,
}

impl Places {
    /// Takes `root` for `unit`, making what is missing.
    ///
    /// # Errors
    /// [`AgentError::Busy`] while another process works on it, [`AgentError::OtherUnit`] if it belongs to
    /// another unit: what waits there would be sent in the wrong name.
    pub(super) fn take(root: &Path, unit: &str, language: Language) -> Result<Self, AgentError> {
        let failed = |e: std::io::Error| AgentError::disk(root, &e);
        let root = std::path::absolute(root).map_err(failed)?;
        let state = root.join(STATE);
        disk::folder(&state).map_err(failed)?;
        let mut options = File::options();
        let lock = options.create(true).append(true).open(state.join("lock"));
        let lock = lock.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(AgentError::Busy(root)),
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        let places = Self { root, _lock: lock };
        places.belongs_to(unit)?;
        places.make(language).map_err(failed)?;
        Ok(places)
    }

    fn belongs_to(&self, unit: &str) -> Result<(), AgentError> {
        let path = self.state("unit");
        match std::fs::read_to_string(&path) {
            Ok(known) if known.trim() == unit => Ok(()),
            Ok(known) => Err(AgentError::OtherUnit {
                folder: self.root.clone(),
                unit: known.trim().to_owned(),
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let written = disk::write(&path, format!("{unit}\n").as_bytes());
                written.map_err(|e| AgentError::disk(&path, &e))
            }
            Err(e) => Err(AgentError::disk(&path, &e)),
        }
    }

    fn make(&self, language: Language) -> std::io::Result<()> {
        for name in [
            "outbox",
            "sending",
            "inbox",
            "accepted",
            "refused",
            "returned",
            "kept",
            "recall",
            "receipts",
            "processed",
            "failed",
        ] {
            disk::folder(&self.root.join(name))?;
        }
        for name in ["jobs", "received"] {
            disk::folder(&self.state(name))?;
            disk::clear(&self.state(name))?;
        }
        let name = lang::text(language, "folder-guide-name", &[]);
        let guide = self.root.join(name);
        if guide.exists() {
            return Ok(());
        }
        let text = lang::text(language, "folder-guide", &[]);
        disk::write(&guide, format!("{text}\n").as_bytes())
    }

    /// Something in what the agent remembers.
    pub(super) fn state(&self, name: &str) -> PathBuf {
        self.root.join(STATE).join(name)
    }

    /// What is to be sent, in a folder per recipient.
    pub(super) fn outbox(&self) -> PathBuf {
        self.root.join("outbox")
    }

    /// What is being sent, in a folder per document.
    pub(super) fn sending(&self) -> PathBuf {
        self.root.join("sending")
    }

    /// What was sent.
    pub(super) fn processed(&self) -> PathBuf {
        self.root.join("processed")
    }

    /// What was not, with the reason beside it.
    pub(super) fn failed(&self) -> PathBuf {
        self.root.join("failed")
    }

    /// What came in and waits for an answer, in a folder per document.
    pub(super) fn inbox(&self) -> PathBuf {
        self.root.join("inbox")
    }

    /// Where documents are put together before they appear: on the inbox's own file system, whatever is
    /// mounted there, so that one rename is enough.
    pub(super) fn arriving(&self) -> PathBuf {
        self.inbox().join(".lienthong")
    }

    /// Where the office puts what it accepts.
    pub(super) fn accepted(&self) -> PathBuf {
        self.root.join("accepted")
    }

    /// Where the office puts what it refuses.
    pub(super) fn refused(&self) -> PathBuf {
        self.root.join("refused")
    }

    /// Where it puts what a sender may have back.
    pub(super) fn returned(&self) -> PathBuf {
        self.root.join("returned")
    }

    /// Where it puts what a sender may not have back.
    pub(super) fn kept(&self) -> PathBuf {
        self.root.join("kept")
    }

    /// Where it puts what it sent and wants back.
    pub(super) fn recall(&self) -> PathBuf {
        self.root.join("recall")
    }

    /// Every receipt, in a folder per document.
    pub(super) fn receipts(&self) -> PathBuf {
        self.root.join("receipts")
    }

    /// A path as a person of this office knows it.
    pub(super) fn shown(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.root).unwrap_or(path);
        lang::visible(&inside.display().to_string())
    }
}
