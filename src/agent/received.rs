//! What the agent remembers of documents that wait for this office's answer: one synced record per document,
//! so that it is fetched once, and found again under the name that it got.

use super::places::Places;
use super::{AgentError, disk, names};
use crate::model::DocumentId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

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

    /// All records.
    ///
    /// # Errors
    /// [`AgentError::Record`] for one that is not understood: guessing could lose a document.
    pub(super) fn all(places: &Places) -> Result<BTreeMap<DocumentId, Self>, AgentError> {
        let folder = places.state(RECORDS);
        let paths = disk::records(&folder).map_err(|e| AgentError::disk(&folder, &e))?;
        let mut all = BTreeMap::new();
        for path in paths {
            let read: Self = disk::recorded(&path).map_err(|e| AgentError::record(&path, &e))?;
            let id = DocumentId::parse(&read.id).filter(|_| read.version == VERSION);
            let wrong = match id {
                Some(id) if names::is_name(&read.folder) => {
                    all.insert(id, read);
                    continue;
                }
                Some(_) => "a path outside of the folder".to_owned(),
                None => format!("version {}", read.version),
            };
            return Err(AgentError::record(&path, &std::io::Error::other(wrong)));
        }
        Ok(all)
    }
}

fn path(places: &Places, id: &str) -> PathBuf {
    places.state(RECORDS).join(format!("{id}.json"))
}
