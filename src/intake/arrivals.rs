//! Which files of which document a recipient has downloaded completely: when the last one is, the
//! document has arrived there.
//!
//! This is memory only. After a restart a recipient that had only some of the files downloads them
//! again; what had arrived is in the log.

use crate::model::{DocumentId, UnitCode};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Unfinished downloads remembered; the oldest documents are forgotten first.
const REMEMBERED: usize = 10_000;

type Key = (DocumentId, UnitCode);

#[derive(Debug, Default)]
struct Table {
    /// One bit per file; an envelope has at most 100.
    files: BTreeMap<Key, u128>,
    /// Arrivals being committed.
    pending: BTreeMap<Key, watch::Receiver<()>>,
}

/// The table of unfinished downloads.
#[derive(Debug, Default)]
pub(super) struct Arrivals(Mutex<Table>);

impl Arrivals {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes file `index` of `count`. With the last one missing it gives a sender: the arrival is
    /// to be committed, and dropping the sender says that this is over.
    pub(super) fn note(&self, key: &Key, index: usize, count: usize) -> Option<watch::Sender<()>> {
        let mut table = self.table();
        let bits = table.files.entry(key.clone()).or_insert(0);
        *bits |= bit(index);
        let complete = (0..count).all(|i| *bits & bit(i) != 0);
        if !complete {
            if table.files.len() > REMEMBERED {
                table.files.pop_first();
            }
            return None;
        }
        table.files.remove(key);
        let (over, waiting) = watch::channel(());
        table.pending.insert(key.clone(), waiting);
        Some(over)
    }

    /// Forgets a finished commit.
    pub(super) fn done(&self, key: &Key) {
        self.table().pending.remove(key);
    }

    /// Waits for the arrival being committed, if one is.
    pub(super) async fn settled(&self, key: &Key) {
        let pending = self.table().pending.get(key).cloned();
        if let Some(mut pending) = pending {
            // The sender never sends; an error means that the commit is over.
            let _ = pending.changed().await;
        }
    }
}

fn bit(index: usize) -> u128 {
    u32::try_from(index)
        .ok()
        .and_then(|i| 1u128.checked_shl(i))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    #[tokio::test]
    async fn a_document_arrives_with_its_last_file_in_any_order() {
        let arrivals = Arrivals::default();
        let id = DocumentId::new(Timestamp(1), [0; 10]);
        let key = (id, UnitCode::parse("H53").expect("code"));
        assert!(arrivals.note(&key, 1, 2).is_none());
        assert!(arrivals.note(&key, 1, 2).is_none());
        let over = arrivals.note(&key, 0, 2).expect("complete");
        let waits = arrivals.settled(&key);
        drop(over);
        waits.await;
        arrivals.done(&key);
        arrivals.settled(&key).await;
    }
}
