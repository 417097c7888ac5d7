//! The watched folder of an office: what lies in `outbox/` is sent, and its outcome lies beside it. A client
//! like any other: it knows the gateway only by its public interface.
//!
//! Nothing is deleted and nothing is overwritten. A document is sent once, whatever happens: its key is made
//! of its content and written down before it is first sent (`job`).

mod disk;
mod draft;
mod job;
mod names;
mod open_files;
mod outbox;
mod papers;
mod places;
mod retry;
mod send;
mod tell;

pub use names::safe as safe_name;
pub use tell::{Tell, Told};

use crate::client::{Client, ClientError};
use crate::clock::Clock;
use crate::model::{Language, UnitCode};
use crate::trust::certificate::Certificate;
use outbox::Patience;
use places::Places;
use send::Sender;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How the agent works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Between two looks at the outbox.
    pub every: Duration,
    /// How long a file must stand still before it is taken.
    pub quiet: Duration,
    /// How long a folder must stand still before what is missing is taken to be forgotten.
    pub missing: Duration,
    /// For how long a document is tried before its office is told that it cannot be sent.
    pub give_up: Duration,
}

/// Whom the agent speaks for, and with what.
pub struct Office {
    /// The client under the unit's profile.
    pub client: Client,
    /// The unit's code.
    pub unit: UnitCode,
    /// The pinned CA of receipts.
    pub receipt_ca: Certificate,
    /// The language of the files that it writes.
    pub language: Language,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Told of everything that happens.
    pub tell: Tell,
}

impl std::fmt::Debug for Office {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Office({})", self.unit)
    }
}

/// Why the agent cannot work.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Another process works on the folder.
    #[error("another process works on {0}")]
    Busy(PathBuf),
    /// The folder belongs to another unit.
    #[error("{folder} belongs to {unit}")]
    OtherUnit {
        /// The folder.
        folder: PathBuf,
        /// Its unit.
        unit: String,
    },
    /// A file or folder could not be read or written.
    #[error("{path}: {problem}")]
    Disk {
        /// Which.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// What the agent remembers is not to be understood.
    #[error("{path}: {problem}")]
    Record {
        /// Which.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// The gateway did not answer as it should.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl AgentError {
    fn disk(path: &Path, problem: &std::io::Error) -> Self {
        Self::Disk {
            path: path.into(),
            problem: problem.to_string(),
        }
    }

    fn record(path: &Path, problem: &std::io::Error) -> Self {
        Self::Record {
            path: path.into(),
            problem: problem.to_string(),
        }
    }
}

/// How one pass over everything ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pass {
    /// Documents that were refused or cannot be sent.
    pub failed: usize,
    /// Whether the gateway could not be reached, or did not do its part.
    pub unreachable: bool,
}

/// The agent of one folder.
#[derive(Debug)]
pub struct Agent {
    office: Office,
    places: Places,
    options: Options,
}

impl Agent {
    /// Takes a folder, making what is missing in it.
    ///
    /// # Errors
    /// See [`AgentError`].
    pub fn open(folder: &Path, office: Office, options: Options) -> Result<Self, AgentError> {
        let places = Places::take(folder, office.unit.as_str(), office.language)?;
        Ok(Self {
            office,
            places,
            options,
        })
    }

    /// Works until it is dropped; a problem of a disk or the gateway is told and tried again.
    ///
    /// # Errors
    /// [`AgentError::Record`]: what cannot be understood needs a person.
    pub async fn run(&self) -> Result<(), AgentError> {
        let mut sender = self.sender();
        loop {
            self.survive(sender.round().await)?;
            sleep(self.options.every).await;
        }
    }

    /// Sends what is there and at rest, and ends.
    ///
    /// # Errors
    /// See [`AgentError`].
    pub async fn once(&self) -> Result<Pass, AgentError> {
        let mut sender = self.sender();
        loop {
            let waiting = sender.round().await?;
            if !waiting || sender.pass().unreachable {
                return Ok(sender.pass());
            }
            sleep(self.options.every).await;
        }
    }

    fn sender(&self) -> Sender<'_> {
        Sender::new(&self.office, &self.places, self.options)
    }

    fn patience(options: Options) -> Patience {
        Patience {
            quiet: options.quiet,
            missing: options.missing,
        }
    }

    /// A share that is away or a disk that is full comes back; the records say where to go on.
    fn survive<T>(&self, ended: Result<T, AgentError>) -> Result<(), AgentError> {
        match ended {
            Err(e @ (AgentError::Disk { .. } | AgentError::Client(_))) => {
                self.office
                    .tell(Told::new("trouble").with("problem", &e.to_string()));
                Ok(())
            }
            Err(e) => Err(e),
            Ok(_) => Ok(()),
        }
    }
}
