//! What the last proof said: whether anything is stuck, and which answers are late.

use crate::model::{DocumentId, Timestamp, UnitCode};

/// Of each kind so many are named; the others are counted.
const NAMED: usize = 20;

/// A document that should have gone on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stuck {
    /// The document.
    pub document: DocumentId,
    /// The unit whose delivery it is; of a hold, the sender.
    pub unit: UnitCode,
    /// Which clock: `held` or that of the delivery; for a late answer what was asked.
    pub clock: &'static str,
    /// Since when it should have.
    pub since: Timestamp,
}

/// Some, of which the first are named.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Named {
    /// How many.
    pub count: u64,
    /// The first, at most 20.
    pub first: Vec<Stuck>,
}

impl Named {
    pub(super) fn add(&mut self, found: Vec<Stuck>) {
        let more = u64::try_from(found.len()).unwrap_or(u64::MAX);
        self.count = self.count.saturating_add(more);
        let room = NAMED.saturating_sub(self.first.len());
        self.first.extend(found.into_iter().take(room));
    }
}

/// What a proof found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// When it was begun.
    pub at: Timestamp,
    /// How many documents were looked at.
    pub looked: u64,
    /// Holds beyond their end and the grace.
    pub held: Named,
    /// Deliveries beyond their clock, a lease and the grace.
    pub waiting: Named,
    /// Take-backs and recalls whose answer is late. They stay open: no clock completes them.
    pub late: Named,
}

impl Standing {
    /// How many documents are stuck. Anything but 0 is a fault of the gateway, its disk or its clock.
    #[must_use]
    pub fn stuck(&self) -> u64 {
        self.held.count.saturating_add(self.waiting.count)
    }

    /// Says what is new since the proof before.
    pub(super) fn tell(&self, before: Option<&Self>) {
        let known = |of: fn(&Self) -> &Named, one: &Stuck| {
            before.is_some_and(|before| of(before).first.contains(one))
        };
        let kinds: [fn(&Self) -> &Named; 2] = [|s| &s.held, |s| &s.waiting];
        for of in kinds {
            for one in of(self).first.iter().filter(|one| !known(of, one)) {
                tracing::error!(
                    document = %one.document, unit = %one.unit, clock = one.clock, since = %one.since,
                    "stuck: its clock ran out, and nothing ended it"
                );
            }
        }
        let of: fn(&Self) -> &Named = |s| &s.late;
        for one in self.late.first.iter().filter(|one| !known(of, one)) {
            tracing::warn!(
                document = %one.document, unit = %one.unit, asked = one.clock, since = %one.since,
                "the answer to its sender is late; remind the unit"
            );
        }
        if before.is_none_or(|before| before.stuck() != self.stuck()) {
            let (looked, stuck, late) = (self.looked, self.stuck(), self.late.count);
            tracing::info!(
                looked,
                stuck,
                late_answers = late,
                "looked for what is stuck"
            );
        }
    }
}
