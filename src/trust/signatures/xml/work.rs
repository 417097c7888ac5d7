//! What judging one file may cost.

use super::problem::Problem;
use crate::format::limits::MAX_XML_WORK;
use std::cell::Cell;

/// Octets that may still be written, walked and digested.
#[derive(Debug)]
pub(super) struct Work(Cell<usize>);

impl Work {
    pub(super) fn new() -> Self {
        Self(Cell::new(MAX_XML_WORK))
    }

    /// Takes some of it.
    pub(super) fn spend(&self, octets: usize) -> Result<(), Problem> {
        match self.0.get().checked_sub(octets) {
            Some(rest) => {
                self.0.set(rest);
                Ok(())
            }
            None => Err(Problem::Limit("octets under its signatures", MAX_XML_WORK)),
        }
    }
}
