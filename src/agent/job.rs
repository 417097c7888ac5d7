//! The journal of what is being sent: one record per document, written and synced before each step, so that
//! whoever starts again after a crash knows what was done and what may have been.

use super::outbox::Print;
use super::places::Places;
use super::{AgentError, disk, names};
use crate::format::envelope::Envelope;
use crate::model::Urgency;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// The shape of records; another one is not touched.
const VERSION: u32 = 1;

/// One document on its way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    version: u32,
    /// Names the record.
    pub(super) id: String,
    /// Its folder in `sending/`.
    pub(super) name: String,
    /// The name of the recipient's folder it lay in; none for the outbox itself.
    pub(super) recipient: Option<String>,
    /// Its files, the sidecar first if there is one.
    pub(super) files: Vec<Taken>,
    /// Files that a sidecar lists and that did not come.
    pub(super) missing: Vec<String>,
    /// How far it is.
    pub(super) step: Step,
}

/// A file taken from the outbox.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Taken {
    /// Where it lay: bytes, since names need not be text.
    pub(super) from: Vec<u8>,
    /// Its name in the folder of the job.
    pub(super) name: String,
    /// Whether it is the sidecar.
    pub(super) sidecar: bool,
    size: u64,
    seconds: i64,
    nanoseconds: i64,
    inode: u64,
}

impl Taken {
    /// A file as it was seen at rest.
    pub(super) fn new(from: Vec<u8>, name: String, sidecar: bool, print: Print) -> Self {
        Self {
            from,
            name,
            sidecar,
            size: print.size,
            seconds: print.seconds,
            nanoseconds: print.nanoseconds,
            inode: print.inode,
        }
    }

    /// Whether the file that lies where it was seen is the one that was seen, unchanged.
    pub(super) fn is_still(&self, print: Print) -> bool {
        self.inode == print.inode && self.is(print)
    }

    /// Whether the file that was moved is as it was seen. A copy onto another file system has another inode
    /// and perhaps a coarser time; it was read back when it was made.
    pub(super) fn is(&self, print: Print) -> bool {
        let same_time = (self.seconds, self.nanoseconds) == (print.seconds, print.nanoseconds);
        self.size == print.size && (self.inode != print.inode || same_time)
    }
}

/// How far a document is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(super) enum Step {
    /// Its files are being moved to `sending/`; nothing was sent.
    Claimed,
    /// What will be sent, and under which key, is fixed; it may have been sent.
    Ready(Ready),
    /// The outcome is known; the folder is being put where it belongs.
    Decided {
        /// The outcome.
        outcome: Box<Outcome>,
        /// The folder's name there.
        folder: String,
    },
}

/// What is sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Ready {
    /// The idempotency key: made of the content, so that the same document is the same send, even from
    /// another machine or after this record was lost. After a document that was withdrawn it is made of that too.
    pub(super) key: String,
    /// The envelope's text.
    pub(super) envelope: String,
    /// The files in the envelope's order: its name for the file, and ours.
    pub(super) files: Vec<(String, String)>,
    /// Their SHA-256 in the same order: what the key is made of. Records of the first versions have none.
    #[serde(default)]
    pub(super) digests: Vec<String>,
    /// When it was first tried.
    pub(super) since: String,
}

/// What became of a document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum Outcome {
    /// The gateway took it in.
    Sent(Answer),
    /// The gateway judged and refused it.
    Refused(Answer),
    /// It cannot be sent like this.
    Failed(Failed),
}

/// What the gateway answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    /// The document's identifier.
    pub(super) id: String,
    /// The disposition by its stable name.
    pub(super) disposition: String,
    /// The verdict in words.
    pub(super) message: String,
    /// When it was committed.
    pub(super) at: String,
    /// The receipt: its place, its event and its bytes, base64.
    pub(super) position: u64,
    pub(super) event: String,
    pub(super) receipt: String,
    /// Whether it had been sent before.
    pub(super) repeated: bool,
    /// Whether what was sent then was withdrawn since.
    #[serde(default)]
    pub(super) withdrawn: bool,
    /// An earlier document of the same number.
    pub(super) duplicate_of: Option<String>,
    /// Until when a held document waits.
    pub(super) hold_until: Option<String>,
    /// What is said of recipients whose codes ended. Records of the first versions have none.
    #[serde(default)]
    pub(super) redirected: Vec<String>,
    /// Số/ký hiệu.
    pub(super) code: String,
    /// Trích yếu.
    pub(super) subject: String,
}

/// Why something cannot be sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Failed {
    /// A stable code.
    pub(super) code: String,
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) next: String,
}

impl Job {
    /// A document about to be taken.
    pub(super) fn new(
        id: String,
        name: String,
        recipient: Option<String>,
        files: Vec<Taken>,
    ) -> Self {
        Self {
            version: VERSION,
            id,
            name,
            recipient,
            files,
            missing: Vec::new(),
            step: Step::Claimed,
        }
    }

    /// In which order documents are gone on with: first what needs no gateway, then the most urgent.
    pub(super) fn rank(&self) -> Reverse<Option<Urgency>> {
        let urgency = match &self.step {
            Step::Claimed | Step::Decided { .. } => Some(Urgency::FlashTimed),
            Step::Ready(ready) => Envelope::parse(ready.envelope.as_bytes())
                .ok()
                .map(|envelope| envelope.urgency),
        };
        Reverse(urgency)
    }

    fn path(&self, places: &Places) -> PathBuf {
        places.state("jobs").join(format!("{}.json", self.id))
    }

    /// Its folder while it is being sent.
    pub(super) fn folder(&self, places: &Places) -> PathBuf {
        places.sending().join(&self.name)
    }

    /// Writes the record; what it says may be done once this returned.
    pub(super) fn keep(&self, places: &Places) -> Result<(), AgentError> {
        let path = self.path(places);
        disk::record(&path, self).map_err(|e| AgentError::disk(&path, &e))
    }

    /// The end of it.
    pub(super) fn forget(&self, places: &Places) -> Result<(), AgentError> {
        let path = self.path(places);
        disk::forget(&path).map_err(|e| AgentError::disk(&path, &e))
    }

    /// All records.
    ///
    /// # Errors
    /// [`AgentError::Record`] for one that is not understood: guessing could send a document twice.
    pub(super) fn all(places: &Places) -> Result<Vec<Self>, AgentError> {
        let folder = places.state("jobs");
        let paths = disk::records(&folder).map_err(|e| AgentError::disk(&folder, &e))?;
        let read = |path: PathBuf| {
            let job: Self = disk::recorded(&path).map_err(|e| AgentError::record(&path, &e))?;
            let wrong = if job.version != VERSION {
                format!("version {}", job.version)
            } else if !job.stays_inside(places) || job.path(places) != path {
                "a path outside of the folder".to_owned()
            } else {
                return Ok(job);
            };
            Err(AgentError::record(&path, &std::io::Error::other(wrong)))
        };
        paths.into_iter().map(read).collect()
    }

    /// Whether every path of it lies in the folder: a record that somebody else wrote could have any file of this
    /// machine sent, or put anywhere.
    fn stays_inside(&self, places: &Places) -> bool {
        let outbox = places.outbox();
        // In the outbox, or in a folder of it: nothing deeper is ever taken.
        let from = |file: &Taken| {
            let from = Path::new(OsStr::from_bytes(&file.from));
            from.strip_prefix(&outbox).is_ok_and(|inside| {
                let mut parts = inside.components();
                let plain = parts.clone().all(|c| matches!(c, Component::Normal(_)));
                plain && parts.next().is_some() && parts.nth(1).is_none()
            })
        };
        let step = match &self.step {
            // Files are moved from where they lay, and back.
            Step::Claimed => self.files.iter().all(from),
            Step::Ready(ready) => ready.files.iter().all(|(_, own)| names::is_name(own)),
            Step::Decided { folder, .. } => names::is_name(folder),
        };
        step && names::is_name(&self.name)
            && self.files.iter().all(|file| names::is_name(&file.name))
    }
}
