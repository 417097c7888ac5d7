//! Path outcomes that were computed before, by a digest over every input of the search.
//!
//! The material belongs to the validator that owns the cache, so the key needs only the
//! certificates; an entry answers only within the span in which the outcome cannot change, so a
//! judgement of the past and one of now never share what differs between them.

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
    pub(in crate::trust) fn get(&self, key: &Digest, at: Timestamp) -> Option<Arc<PathOutcome>> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = generations.young.get(key) {
            return found.same_at(at).then(|| Arc::clone(found));
        }
        let found = generations.old.remove(key)?;
        if !found.same_at(at) {
            return None;
        }
        generations.put(*key, Arc::clone(&found));
        Some(found)
    }

    pub(in crate::trust) fn put(&self, key: Digest, outcome: Arc<PathOutcome>) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.put(key, outcome);
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
