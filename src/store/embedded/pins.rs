//! Files under their digests that somebody means to commit: as long as a pin lives, `purge` leaves the file.

use crate::model::Digest;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many pins each file has.
#[derive(Debug, Default)]
pub(in crate::store) struct Pins(Mutex<BTreeMap<Digest, usize>>);

/// Holds a file until the change that refers to it is committed, or given up.
pub(in crate::store) struct Pin {
    pins: Arc<Pins>,
    digest: Digest,
}

impl Pins {
    fn table(&self) -> MutexGuard<'_, BTreeMap<Digest, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Pins the file of a body, which need not be there yet.
    pub(in crate::store) fn pin(self: &Arc<Self>, digest: Digest) -> Arc<Pin> {
        let mut table = self.table();
        let count = table.entry(digest).or_insert(0);
        *count = count.saturating_add(1);
        Arc::new(Pin {
            pins: Arc::clone(self),
            digest,
        })
    }

    /// Does something with the file of a body while nobody can pin it; `None` if somebody has.
    pub(in crate::store) fn unless_pinned<T>(
        &self,
        digest: &Digest,
        what: impl FnOnce() -> T,
    ) -> Option<T> {
        let table = self.table();
        (!table.contains_key(digest)).then(what)
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut table = self.pins.table();
        if let Some(count) = table.get_mut(&self.digest) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                table.remove(&self.digest);
            }
        }
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({})", self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_left_alone_as_long_as_somebody_pins_it() {
        let pins = Arc::new(Pins::default());
        let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
        let (first, second) = (pins.pin(one), pins.pin(one));
        assert_eq!(pins.unless_pinned(&one, || ()), None);
        assert_eq!(pins.unless_pinned(&other, || ()), Some(()));
        drop(first);
        assert_eq!(pins.unless_pinned(&one, || ()), None);
        drop(second);
        assert_eq!(pins.unless_pinned(&one, || ()), Some(()));
    }
}
