//! Which files of which document a recipient has downloaded completely: when the last one is, the
//! document has arrived there. And which deliveries are in hand: being pushed, or being ended by their
//! clock or their sender. Never both, so that nobody has a document of which its sender is told that nobody got it.
//!
//! This is memory only. After a restart a recipient that had only some of the files downloads them
//! again; what had arrived is in the log.

use crate::model::{DocumentId, UnitCode};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Unfinished downloads remembered of one recipient; the oldest documents are forgotten first. One that begins with
/// thousands takes nothing from the others.
const REMEMBERED: usize = 1_000;

pub(super) type Key = (DocumentId, UnitCode);

#[derive(Debug, Default)]
struct Table {
    /// One bit per file; an envelope has at most 100.
    files: BTreeMap<UnitCode, BTreeMap<DocumentId, u128>>,
    /// Arrivals being committed.
    pending: BTreeMap<Key, watch::Receiver<()>>,
    /// Pushes under way; as many as there are places for.
    pushes: BTreeMap<Key, Push>,
    /// Deliveries that are being ended; as many as the keeper of the clocks ends at a time.
    ending: BTreeMap<Key, watch::Receiver<()>>,
}

/// A push that is under way.
#[derive(Clone, Debug)]
pub(super) struct Push {
    /// Since when.
    pub(super) begun: Instant,
    /// Cuts it off.
    pub(super) cut: CancellationToken,
    /// Closes with it.
    over: watch::Receiver<()>,
}

impl Push {
    /// Waits until it is over.
    pub(super) async fn over(mut self) {
        // The sender never sends; an error means that it is over.
        let _ = self.over.changed().await;
    }
}

/// What came of a complete download of one file.
#[derive(Debug)]
pub(super) enum Noted {
    /// Others are missing.
    Some,
    /// It was the last one: the arrival is to be committed, and dropping this says that this is over.
    All(watch::Sender<()>),
    /// Too late: the delivery is being ended.
    Ending,
}

/// Why a delivery cannot be ended now.
#[derive(Debug)]
pub(super) enum InHand {
    /// It arrives just now, or somebody else ends it.
    Arriving,
    /// It is being pushed.
    Pushed(Push),
}

/// The right to push a document; given back when dropped.
#[derive(Debug)]
pub struct Pushing {
    arrivals: Arc<Arrivals>,
    key: Key,
    cut: CancellationToken,
    _over: watch::Sender<()>,
}

impl Pushing {
    /// Waits until the push is to be cut off, which may be never.
    pub async fn cut(&self) {
        self.cut.cancelled().await;
    }
}

impl Drop for Pushing {
    fn drop(&mut self) {
        self.arrivals.table().pushes.remove(&self.key);
    }
}

/// The right to end a delivery; given back when dropped.
#[derive(Debug)]
pub(super) struct Ending {
    arrivals: Arc<Arrivals>,
    key: Key,
    _over: watch::Sender<()>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.arrivals.table().ending.remove(&self.key);
    }
}

/// The table of unfinished downloads.
#[derive(Debug, Default)]
pub(super) struct Arrivals(Mutex<Table>);

impl Arrivals {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes file `index` of those that are to be had, `all` by their indices.
    pub(super) fn note(
        &self,
        key: &Key,
        index: usize,
        mut all: impl Iterator<Item = usize>,
    ) -> Noted {
        let mut table = self.table();
        if table.ending.contains_key(key) {
            return Noted::Ending;
        }
        let (id, unit) = key;
        let own = table.files.entry(unit.clone()).or_default();
        let bits = own.entry(*id).or_insert(0);
        *bits |= bit(index);
        let complete = all.all(|i| *bits & bit(i) != 0);
        if !complete {
            let mut others = own.keys().filter(|other| *other != id);
            if let Some(oldest) = others.next().copied()
                && own.len() > REMEMBERED
            {
                own.remove(&oldest);
            }
            return Noted::Some;
        }
        own.remove(id);
        if own.is_empty() {
            table.files.remove(unit);
        }
        let (over, waiting) = watch::channel(());
        table.pending.insert(key.clone(), waiting);
        Noted::All(over)
    }

    /// Begins a push; `None` while the delivery is being ended, or pushed already.
    pub(super) fn push(self: &Arc<Self>, key: Key) -> Option<Pushing> {
        let mut table = self.table();
        if table.ending.contains_key(&key) || table.pushes.contains_key(&key) {
            return None;
        }
        let (over, waiting) = watch::channel(());
        let cut = CancellationToken::new();
        let push = Push {
            begun: Instant::now(),
            cut: cut.clone(),
            over: waiting,
        };
        table.pushes.insert(key.clone(), push);
        drop(table);
        Some(Pushing {
            arrivals: Arc::clone(self),
            key,
            cut,
            _over: over,
        })
    }

    /// Cuts off a push that is under way, if one is.
    pub(super) fn cut(&self, key: &Key) {
        if let Some(push) = self.table().pushes.get(key) {
            push.cut.cancel();
        }
    }

    /// Begins to end a delivery, unless it is in hand.
    pub(super) fn end(self: &Arc<Self>, key: Key) -> Result<Ending, InHand> {
        let mut table = self.table();
        if let Some(push) = table.pushes.get(&key) {
            return Err(InHand::Pushed(push.clone()));
        }
        if table.pending.contains_key(&key) || table.ending.contains_key(&key) {
            return Err(InHand::Arriving);
        }
        let (over, waiting) = watch::channel(());
        table.ending.insert(key.clone(), waiting);
        drop(table);
        Ok(Ending {
            arrivals: Arc::clone(self),
            key,
            _over: over,
        })
    }

    /// Forgets a finished commit.
    pub(super) fn done(&self, key: &Key) {
        self.table().pending.remove(key);
    }

    /// Waits while the delivery is being ended, if it is.
    pub(super) async fn ended(&self, key: &Key) {
        let ending = self.table().ending.get(key).cloned();
        if let Some(mut ending) = ending {
            // The sender never sends; an error means that it is over.
            let _ = ending.changed().await;
        }
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

    fn key() -> Key {
        let id = DocumentId::new(Timestamp(1), [0; 10]);
        (id, UnitCode::parse("H53").expect("code"))
    }

    #[tokio::test]
    async fn a_document_arrives_with_its_last_file_in_any_order() {
        let (arrivals, key) = (Arrivals::default(), key());
        assert!(matches!(arrivals.note(&key, 1, 0..2), Noted::Some));
        assert!(matches!(arrivals.note(&key, 1, 0..2), Noted::Some));
        let Noted::All(over) = arrivals.note(&key, 0, 0..2) else {
            panic!("complete");
        };
        let waits = arrivals.settled(&key);
        drop(over);
        waits.await;
        arrivals.done(&key);
        arrivals.settled(&key).await;
    }

    #[tokio::test]
    async fn what_arrives_is_not_ended_and_what_is_ended_does_not_arrive() {
        let (arrivals, key) = (Arc::new(Arrivals::default()), key());
        let ending = arrivals.end(key.clone()).expect("begun");
        assert!(matches!(arrivals.end(key.clone()), Err(InHand::Arriving)));
        assert!(matches!(arrivals.note(&key, 0, 0..1), Noted::Ending));
        assert!(arrivals.push(key.clone()).is_none());
        let waits = arrivals.ended(&key);
        drop(ending);
        waits.await;
        arrivals.ended(&key).await;
        let Noted::All(over) = arrivals.note(&key, 0, 0..1) else {
            panic!("complete");
        };
        assert!(matches!(arrivals.end(key.clone()), Err(InHand::Arriving)));
        drop(over);
        arrivals.done(&key);
        assert!(arrivals.end(key).is_ok());
    }

    #[tokio::test]
    async fn a_push_is_cut_off_by_who_ends_it_and_gives_its_place_back() {
        let (arrivals, key) = (Arc::new(Arrivals::default()), key());
        let pushing = arrivals.push(key.clone()).expect("begun");
        assert!(arrivals.push(key.clone()).is_none(), "one at a time");
        let Err(InHand::Pushed(push)) = arrivals.end(key.clone()) else {
            panic!("ended while it is pushed");
        };
        push.cut.cancel();
        pushing.cut().await;
        let over = push.over();
        drop(pushing);
        over.await;
        drop(arrivals.end(key.clone()).expect("free"));
        assert!(arrivals.push(key).is_some());
    }

    #[test]
    fn one_that_begins_with_thousands_is_not_waited_for_by_the_others() {
        let arrivals = Arrivals::default();
        let of = |n: u64, unit: &str| {
            let moment = Timestamp(i64::try_from(n).expect("small"));
            let unit = UnitCode::parse(unit).expect("code");
            (DocumentId::new(moment, [0; 10]), unit)
        };
        let old = of(1, "H53.1");
        assert!(matches!(arrivals.note(&old, 0, 0..2), Noted::Some));
        for n in 2..12_000 {
            arrivals.note(&of(n, "H53.2"), 0, 0..2);
        }
        assert!(matches!(arrivals.note(&old, 1, 0..2), Noted::All(_)));
        // Nor does it stand in the way of an older one of its own.
        let old = of(1, "H53.2");
        assert!(matches!(arrivals.note(&old, 0, 0..2), Noted::Some));
        assert!(matches!(arrivals.note(&old, 1, 0..2), Noted::All(_)));
        let table = arrivals.table();
        assert!(table.files.values().map(BTreeMap::len).sum::<usize>() <= REMEMBERED);
    }

    #[test]
    fn what_was_erased_is_not_waited_for() {
        let (arrivals, key) = (Arrivals::default(), key());
        assert!(matches!(arrivals.note(&key, 0, 0..3), Noted::Some));
        let left = [0, 2].into_iter();
        assert!(matches!(arrivals.note(&key, 2, left), Noted::All(_)));
    }
}
