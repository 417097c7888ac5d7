//! What judging one file may cost.

use super::problem::Problem;
use crate::format::content::Content;
use crate::format::limits::{MAX_ASIC_MEMORY, MAX_PAYLOAD_HELD, MAX_XML_WORK};
use std::cell::Cell;

/// What may still be spent on one file that was sent, all signature files in it together.
#[derive(Debug)]
pub(in crate::trust) struct Work {
    /// Octets to be written, walked and digested.
    octets: Cell<usize>,
    /// Octets to be held unpacked.
    memory: Cell<usize>,
    /// Signed octets that may be held to be handed out; `None`: nobody wants any.
    payload: Option<Cell<usize>>,
}

impl Work {
    /// `hands_out`: whether what was signed is wanted.
    pub(in crate::trust) fn new(hands_out: bool) -> Self {
        Self {
            octets: Cell::new(MAX_XML_WORK),
            memory: Cell::new(MAX_ASIC_MEMORY),
            payload: hands_out.then(|| Cell::new(MAX_PAYLOAD_HELD)),
        }
    }

    /// Whether what was signed is wanted.
    pub(super) fn hands_out(&self) -> bool {
        self.payload.is_some()
    }

    /// Takes room for signed octets; none is left once something did not fit.
    pub(super) fn hold(&self, octets: usize) -> bool {
        let taken = |left: &Cell<usize>| match take(left, octets) {
            Some(()) => true,
            None => {
                left.set(0);
                false
            }
        };
        self.payload.as_ref().is_some_and(taken)
    }

    /// Takes some of it.
    pub(super) fn spend(&self, octets: usize) -> Result<(), Problem> {
        let limit = Problem::Limit("octets under its signatures", MAX_XML_WORK);
        take(&self.octets, octets).ok_or(limit)
    }

    /// A file in one piece. What is packed is paid for by its told size, before any of it is unpacked.
    pub(super) fn whole<'c>(&self, content: &'c dyn Content) -> Result<&'c [u8], Problem> {
        if !content.at_hand() {
            let length = usize::try_from(content.length()).unwrap_or(usize::MAX);
            let limit = Problem::Limit("octets of packed files to be transformed", MAX_ASIC_MEMORY);
            take(&self.memory, length).ok_or(limit)?;
        }
        Ok(content.bytes())
    }
}

fn take(left: &Cell<usize>, wanted: usize) -> Option<()> {
    left.set(left.get().checked_sub(wanted)?);
    Some(())
}
