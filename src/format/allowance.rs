//! How much may still be done for one file. What costs time is counted in octets that are walked, written
//! or digested, so that what a file may cost is the same on every machine and on every day.

use std::cell::Cell;

/// Octets that may still be spent.
#[derive(Debug)]
pub struct Allowance {
    given: usize,
    left: Cell<usize>,
}

/// More was wanted than was left; of how much in all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("more work than {0} octets")]
pub struct Spent(pub usize);

impl Allowance {
    /// So many octets.
    #[must_use]
    pub fn of(octets: usize) -> Self {
        Self {
            given: octets,
            left: Cell::new(octets),
        }
    }

    /// For what is bounded elsewhere.
    #[must_use]
    pub fn without_end() -> Self {
        Self::of(usize::MAX)
    }

    /// How many were given.
    #[must_use]
    pub fn given(&self) -> usize {
        self.given
    }

    /// How many were taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.given.saturating_sub(self.left.get())
    }

    /// Takes some of it.
    ///
    /// # Errors
    /// [`Spent`] if that is more than is left. Nothing is left then: what was done beyond it was done.
    #[inline]
    pub fn take(&self, octets: usize) -> Result<(), Spent> {
        let left = self.left.get().checked_sub(octets);
        self.left.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(Spent(self.given))
    }

    /// Whether nothing is left.
    #[inline]
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.left.get() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_stays_spent() {
        let work = Allowance::of(10);
        assert_eq!((work.take(4), work.taken()), (Ok(()), 4));
        assert!(!work.is_spent());
        assert_eq!(work.take(7), Err(Spent(10)));
        assert!(work.is_spent());
        assert_eq!(work.take(1), Err(Spent(10)));
        assert_eq!(work.take(0), Ok(()));
        assert_eq!(work.taken(), 10);
    }
}
