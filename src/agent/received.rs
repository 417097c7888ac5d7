//! What the agent remembers of documents that wait for this office's answer: one synced record per document,
//! so that it is fetched once, and found again under the name that it got.

use super::places::Places;
use super::{AgentError, disk, names};
use crate::model::DocumentId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The shape of records; another one is not touched.
const VERSION: u32 = 1;
/// The folder of the records.
const RECORDS: &str = "received";

/// One received document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Received {
    version: u32,
    /// The document's identifier.
    pub(super) id: String,
    /// Its folder in `inbox/`.
    pub(super) folder: String,
    /// The name that its folder had, while it is being renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) was: Option<String>,
    /// Whether it lies there. Before, its folder is being put there.
    pub(super) placed: bool,
    /// The last record of it whose receipt was put into `receipts/`.
    pub(super) seen: u64,
}

impl Received {
    /// A document about to be put into `inbox/`.
    pub(super) fn new(id: DocumentId, folder: String) -> Self {
        Self {
            version: VERSION,
            id: id.to_string(),
            folder,
            was: None,
            placed: false,
            seen: 0,
        }
    }

    /// Writes the record; what it says may be done once this returned.
    pub(super) fn keep(&self, places: &Places) -> Result<(), AgentError> {
        let path = path(places, &self.id);
        disk::record(&path, self).map_err(|e| AgentError::disk(&path, &e))
    }

    /// The end of it: the document is answered.
    pub(super) fn forget(places: &Places, id: DocumentId) -> Result<(), AgentError> {
        let path = path(places, &id.to_string());
        disk::forget(&path).map_err(|e| AgentError::disk(&path, &e))
    }

    /// Whether there still is a record.
    pub(super) fn is_kept(places: &Places, id: DocumentId) -> bool {
        path(places, &id.to_string()).exists()
    }

    /// The record of one document, if there still is one.
    ///
    /// # Errors
    /// [`AgentError::Record`] for one that is not understood.
    pub(super) fn of(places: &Places, id: DocumentId) -> Result<Option<Self>, AgentError> {
        match Self::read(&path(places, &id.to_string())) {
            Err(AgentError::Disk { .. }) => Ok(None),
            read => read.map(Some),
        }
    }

    /// All records.
    ///
    /// # Errors
    /// [`AgentError::Record`] for one that is not understood: guessing could lose a document.
    pub(super) fn all(places: &Places) -> Result<BTreeMap<DocumentId, Self>, AgentError> {
        let folder = places.state(RECORDS);
        let paths = disk::records(&folder).map_err(|e| AgentError::disk(&folder, &e))?;
        let mut all = BTreeMap::new();
        for path in paths {
            let read = Self::read(&path)?;
            if let Some(id) = DocumentId::parse(&read.id) {
                all.insert(id, read);
            }
        }
        Ok(all)
    }

    /// [`AgentError::Disk`]: there is none.
    fn read(path: &Path) -> Result<Self, AgentError> {
        let read: Self = match disk::recorded(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(AgentError::disk(path, &e));
            }
            other => other.map_err(|e| AgentError::record(path, &e))?,
        };
        let wrong = if read.version != VERSION {
            format!("version {}", read.version)
        } else if !read.stays_inside(path) {
            "a path outside of the folder".to_owned()
        } else {
            return Ok(read);
        };
        Err(AgentError::record(path, &io::Error::other(wrong)))
    }

    /// Whether it is of the document that it is named after, and every name in it one in the folder: a record that
    /// somebody else wrote could have any folder of this machine moved, or written into.
    fn stays_inside(&self, path: &Path) -> bool {
        let own = path.file_stem().is_some_and(|stem| *stem == *self.id);
        let names = std::iter::once(&self.folder).chain(&self.was);
        own && DocumentId::parse(&self.id).is_some() && names.into_iter().all(|n| names::is_name(n))
    }
}

fn path(places: &Places, id: &str) -> PathBuf {
    places.state(RECORDS).join(format!("{id}.json"))
}
