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

/// A bounded cache: what was not asked for during a whole generation is dropped.
#[derive(Debug)]
pub(in crate::trust) struct Remembered<K, V>(Mutex<Generations<K, V>>);

#[derive(Debug)]
struct Generations<K, V> {
    /// Entries of one generation, at most.
    most: usize,
    young: BTreeMap<K, V>,
    old: BTreeMap<K, V>,
}

impl<K: Ord + Clone, V: Clone> Remembered<K, V> {
    /// An empty one, of at most twice `most` entries.
    pub(in crate::trust) fn new(most: usize) -> Self {
        Self(Mutex::new(Generations {
            most,
            young: BTreeMap::new(),
            old: BTreeMap::new(),
        }))
    }

    pub(in crate::trust) fn get(&self, key: &K) -> Option<V> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = generations.young.get(key) {
            return Some(found.clone());
        }
        let found = generations.old.remove(key)?;
        generations.put(key.clone(), found.clone());
        Some(found)
    }

    pub(in crate::trust) fn put(&self, key: K, value: V) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.put(key, value);
    }
}

impl<K: Ord, V> Generations<K, V> {
    fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

/// The outcomes.
#[derive(Debug)]
pub(in crate::trust) struct PathCache(Remembered<Digest, Arc<PathOutcome>>);

impl Default for PathCache {
    fn default() -> Self {
        Self(Remembered::new(GENERATION))
    }
}

impl PathCache {
    pub(in crate::trust) fn get(
        &self,
        key: &Digest,
        pool: &Pool,
        at: Timestamp,
    ) -> Option<Arc<PathOutcome>> {
        let found = self.0.get(key)?;
        let holds = found.same_at(at) && found.asked.iter().all(|asked| asked.holds(pool));
        holds.then_some(found)
    }

    /// Remembers an outcome. One that waits for evidence is asked for again each time, so that it
    /// tells since when a source is silent.
    pub(in crate::trust) fn put(&self, key: Digest, outcome: Arc<PathOutcome>) {
        if outcome.needs.is_empty() {
            self.0.put(key, outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_what_is_asked_for_stays() {
        let most = 100;
        let remembered = Remembered::new(most);
        for number in 0..3 * most {
            remembered.put(number, number);
            assert_eq!(remembered.get(&0), Some(0));
        }
        let generations = remembered.0.lock().expect("lock");
        assert!(generations.young.len() <= most && generations.old.len() <= most);
    }
}
