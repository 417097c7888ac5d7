//! The watched folder of an office: what lies in `outbox/` is sent, and its outcome lies beside it; what waits for
//! the office appears in `inbox/`, is answered by moving it, and every receipt lies in `receipts/`. A client like
//! any other: it knows the gateway only by its public interface.
//!
//! Nothing is deleted and nothing is overwritten. A document is sent once, whatever happens: its key is made
//! of its content and written down before it is first sent (`job`). One that comes in appears whole or not at all
//! (`fetch`).

mod answers;
mod disk;
mod draft;
mod fetch;
mod follow;
mod gather;
mod give;
mod group;
mod held;
mod inbox;
mod job;
mod letter;
mod line;
mod mark;
mod meaning;
mod names;
mod news;
mod open_files;
mod outbox;
mod papers;
mod places;
mod proofs;
mod put;
mod reason;
mod received;
mod retry;
mod send;
mod tell;

pub use names::{hides, safe as safe_name};
pub use tell::{Tell, Told};

use crate::client::{Client, ClientError};
use crate::clock::Clock;
use crate::model::{Language, UnitCode};
use crate::trust::certificate::Certificate;
use answers::Answerer;
use follow::Follower;
use inbox::Receiver;
use line::Line;
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
    /// Between two looks at what became of documents that were sent.
    pub follow: Duration,
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

/// How long the gateway is waited for to tell of a new document, in seconds: within the 30 that a connection
/// without traffic lives on many a firewall.
const WAIT: u64 = 25;

/// The agent of one folder.
#[derive(Debug)]
pub struct Agent {
    office: Office,
    places: Places,
    line: Line,
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
            line: Line::default(),
            options,
        })
    }

    /// Works until it is dropped: sends, receives, answers and follows side by side, so that a slow one holds up
    /// no other. A problem of a disk or the gateway is told and tried again.
    ///
    /// # Errors
    /// [`AgentError::Record`]: what cannot be understood needs a person.
    pub async fn run(&self) -> Result<(), AgentError> {
        tokio::try_join!(
            self.sends(),
            self.receives(),
            self.answers(),
            self.follows()
        )?;
        Ok(())
    }

    async fn sends(&self) -> Result<(), AgentError> {
        let mut sender = self.sender();
        let mut told = None;
        loop {
            self.survive(sender.round().await, &mut told)?;
            sleep(self.options.every).await;
        }
    }

    async fn receives(&self) -> Result<(), AgentError> {
        let mut receiver = Receiver::new(&self.office, &self.places, &self.line)?;
        let mut told = None;
        loop {
            self.survive(receiver.round(WAIT).await, &mut told)?;
            sleep(self.options.every).await;
        }
    }

    async fn answers(&self) -> Result<(), AgentError> {
        let mut answerer = self.answerer();
        let mut told = None;
        loop {
            self.survive(answerer.round().await, &mut told)?;
            sleep(self.options.every).await;
        }
    }

    async fn follows(&self) -> Result<(), AgentError> {
        let mut follower = self.follower()?;
        let mut told = None;
        loop {
            self.survive(follower.round().await, &mut told)?;
            sleep(self.options.every).await;
        }
    }

    /// Sends and answers what is there and at rest, receives what waits, fetches what receipts there are, and ends.
    ///
    /// # Errors
    /// See [`AgentError`].
    pub async fn once(&self) -> Result<Pass, AgentError> {
        let (mut sender, mut answerer) = (self.sender(), self.answerer());
        loop {
            let waiting = sender.round().await?;
            if !waiting || sender.pass().unreachable {
                break;
            }
            sleep(self.options.every).await;
        }
        loop {
            let waiting = answerer.round().await?;
            if !waiting || answerer.pass().unreachable {
                break;
            }
            sleep(self.options.every).await;
        }
        let mut receiver = Receiver::new(&self.office, &self.places, &self.line)?;
        receiver.round(0).await?;
        let mut follower = self.follower()?;
        follower.round().await?;
        let passes = [
            sender.pass(),
            answerer.pass(),
            receiver.pass(),
            follower.pass(),
        ];
        Ok(Pass {
            failed: passes.iter().fold(0, |sum, p| p.failed.saturating_add(sum)),
            unreachable: passes.iter().any(|p| p.unreachable),
        })
    }

    fn sender(&self) -> Sender<'_> {
        Sender::new(&self.office, &self.places, &self.line, self.options)
    }

    fn answerer(&self) -> Answerer<'_> {
        Answerer::new(&self.office, &self.places, &self.line, self.options)
    }

    fn follower(&self) -> Result<Follower<'_>, AgentError> {
        Follower::new(&self.office, &self.places, &self.line, self.options)
    }

    fn patience(options: Options) -> Patience {
        Patience {
            quiet: options.quiet,
            missing: options.missing,
        }
    }

    /// A share that is away or a disk that is full comes back; the records say where to go on. It is told once.
    fn survive<T>(
        &self,
        ended: Result<T, AgentError>,
        told: &mut Option<String>,
    ) -> Result<(), AgentError> {
        match ended {
            Err(e @ (AgentError::Disk { .. } | AgentError::Client(_))) => {
                let problem = e.to_string();
                if told.as_ref() != Some(&problem) {
                    let event = Told::new("trouble").with("problem", &problem);
                    self.office.tell(event);
                }
                *told = Some(problem);
                Ok(())
            }
            Err(e) => Err(e),
            Ok(_) => {
                *told = None;
                Ok(())
            }
        }
    }
}
