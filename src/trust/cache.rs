//! Path outcomes that were computed before, by a digest over every input of the search.
//!
//! The material belongs to the validator that owns the cache, so the key needs only what came with
//! the document, the purpose and the proven time. An entry answers only within the span in which the
//! outcome cannot change, so a judgement of the past and one of now never share what differs between
//! them; and only while the pool still holds what it held of everything that was asked.

use super::evidence::Pool;
use super::path::PathOutcome;
use crate::model::{Digest, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Entries per generation; an outcome takes about 4 KiB.
const GENERATION: usize = 2048;

#[derive(Debug, Default)]
struct Generations {
    young: BTreeMap<Digest, Arc<PathOutcome>>,
    old: BTreeMap<Digest, Arc<PathOutcome>>,
}

/// A bounded cache: what was not asked for during a whole generation is dropped.
#[derive(Debug, Default)]
pub(in crate::trust) struct PathCache(Mutex<Generations>);

impl PathCache {
    pub(in crate::trust) fn get(
        &self,
        key: &Digest,
        pool: &Pool,
        at: Timestamp,
    ) -> Option<Arc<PathOutcome>> {
        let found = self.find(key)?;
        let holds = found.same_at(at) && found.asked.iter().all(|asked| asked.holds(pool));
        holds.then_some(found)
    }

    fn find(&self, key: &Digest) -> Option<Arc<PathOutcome>> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = generations.young.get(key) {
            return Some(Arc::clone(found));
        }
        let found = generations.old.remove(key)?;
        generations.put(*key, Arc::clone(&found));
        Some(found)
    }

    /// Remembers an outcome. One that waits for evidence is asked for again each time, so that it
    /// tells since when a source is silent.
    pub(in crate::trust) fn put(&self, key: Digest, outcome: Arc<PathOutcome>) {
        if outcome.needs.is_empty() {
            let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            generations.put(key, outcome);
        }
    }
}

impl Generations {
    fn put(&mut self, key: Digest, outcome: Arc<PathOutcome>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, outcome);
    }
}
