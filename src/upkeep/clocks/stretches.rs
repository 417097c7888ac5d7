//! Which parts of the desk of waiting documents are to be looked at again, and when: so that a million
//! documents that wait for weeks are not read in every round. Pure.
//!
//! The desk lies in the order of the offers. Every place on it belongs to one stretch, or to the end, where
//! new documents come: nothing there can have run out before the first of them is as old as the shortest clock.

use crate::model::{Position, Timestamp};
use std::collections::BTreeMap;

/// Documents of a stretch: those of one page.
pub(super) const PAGE: usize = 256;

/// A part of the desk: after `after`, up to and with `upto`, or all that there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    pub(super) after: Position,
    pub(super) upto: Option<Position>,
}

/// What was found in a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Found {
    /// How many documents were looked at.
    pub(super) rows: usize,
    /// The last of them.
    pub(super) last: Option<Position>,
    /// When a clock of them, or of one that may come among them, may run out next.
    pub(super) again: Timestamp,
    /// When what comes after the last one is to be looked at: at once, where there is more; at the end, when
    /// the first young document is old enough.
    pub(super) rest: Option<Timestamp>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stretch {
    upto: Position,
    rows: usize,
    again: Timestamp,
}

/// All of the desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Stretches {
    /// By the place after which each begins.
    parts: BTreeMap<Position, Stretch>,
    /// Where the end begins, and when it is looked at.
    end: (Position, Timestamp),
}

impl Default for Stretches {
    /// Everything is to be looked at.
    fn default() -> Self {
        Self {
            parts: BTreeMap::new(),
            end: (Position::START, Timestamp(i64::MIN)),
        }
    }
}

impl Stretches {
    /// A piece that is to be looked at by `now`.
    pub(super) fn next(&self, now: Timestamp) -> Option<Piece> {
        let due = self.parts.iter().find(|(_, part)| part.again <= now);
        let due = due.map(|(after, part)| Piece {
            after: *after,
            upto: Some(part.upto),
        });
        let end = || Piece {
            after: self.end.0,
            upto: None,
        };
        due.or_else(|| (self.end.1 <= now).then(end))
    }

    /// When the next piece is.
    pub(super) fn wake(&self) -> Timestamp {
        let each = self.parts.values().map(|part| part.again);
        each.fold(self.end.1, Timestamp::min)
    }

    /// Takes note of what was found in a piece.
    pub(super) fn note(&mut self, piece: Piece, found: Found) {
        let Some(upto) = piece.upto else {
            return self.note_end(piece.after, found);
        };
        self.parts.remove(&piece.after);
        let mut after = piece.after;
        if let (Some(last), Some(rest)) = (found.last, found.rest) {
            // Documents that were sent again came in between: the rest is a stretch of its own.
            self.put(after, last, found.rows, found.again);
            after = last;
            self.put(after, upto, PAGE, rest);
        } else if found.rows == 0 {
            self.put_empty(after, upto, found.again);
        } else {
            self.put(after, upto, found.rows, found.again);
        }
    }

    fn put(&mut self, after: Position, upto: Position, rows: usize, again: Timestamp) {
        if after < upto {
            self.parts.insert(after, Stretch { upto, rows, again });
        }
    }

    /// Where nothing waits any more, the stretch becomes part of the one before it.
    fn put_empty(&mut self, after: Position, upto: Position, again: Timestamp) {
        match self.parts.range_mut(..after).next_back() {
            Some((_, before)) => {
                before.upto = upto;
                before.again = before.again.min(again);
            }
            None => self.put(after, upto, 0, again),
        }
    }

    fn note_end(&mut self, after: Position, found: Found) {
        let last = found.last.unwrap_or(after);
        self.end = (last, found.rest.unwrap_or(found.again));
        // Few come at a time: they are put to the last ones, up to a page.
        if let Some((_, part)) = self.parts.iter_mut().next_back()
            && part.rows.saturating_add(found.rows) <= PAGE
        {
            part.upto = last;
            part.rows = part.rows.saturating_add(found.rows);
            part.again = part.again.min(found.again);
        } else {
            self.put(after, last, found.rows, found.again);
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Seconds of the shortest clock in this model.
    const SHORTEST: i64 = 100;

    /// A desk on which each document has an offer and a clock that started with it or later.
    #[derive(Default)]
    struct Model {
        now: i64,
        offers: BTreeMap<u64, i64>,
        /// When the clock of each waiting document runs out.
        waiting: BTreeMap<u64, i64>,
        stretches: Stretches,
        looked: usize,
    }

    #[derive(Clone, Debug)]
    enum Step {
        Offer(i64),
        /// The how-manieth offer is fetched.
        Fetch(usize),
        /// … waits again, with a clock of its own.
        Again(usize, i64),
        Pass(i64),
        Round,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (SHORTEST..1000).prop_map(Step::Offer),
            3 => (0usize..2000).prop_map(Step::Fetch),
            2 => ((0usize..2000), SHORTEST..1000).prop_map(|(n, term)| Step::Again(n, term)),
            3 => (0i64..80).prop_map(Step::Pass),
            3 => Just(Step::Round),
        ]
    }

    impl Model {
        fn offer(&mut self, term: i64) {
            let position = u64::try_from(self.offers.len()).expect("small") * 3 + 1;
            self.offers.insert(position, self.now);
            self.waiting.insert(position, self.now + term);
        }

        fn nth(&self, n: usize) -> Option<u64> {
            let n = n % self.offers.len().max(1);
            self.offers.keys().nth(n).copied()
        }

        fn apply(&mut self, step: &Step) {
            match step {
                Step::Offer(term) => self.offer(*term),
                Step::Fetch(n) => {
                    self.nth(*n).and_then(|p| self.waiting.remove(&p));
                }
                Step::Again(n, term) => {
                    if let Some(position) = self.nth(*n) {
                        self.waiting.insert(position, self.now + term);
                    }
                }
                Step::Pass(secs) => self.now += secs,
                Step::Round => self.round(),
            }
        }

        /// As the keeper does it; whatever has run out is ended.
        fn round(&mut self) {
            let now = Timestamp(self.now);
            while let Some(piece) = self.stretches.next(now) {
                let found = self.look(piece);
                self.stretches.note(piece, found);
            }
            let over = self.waiting.values().filter(|ends| **ends <= self.now);
            assert_eq!(over.count(), 0, "overlooked");
            assert!(self.stretches.wake() > now, "no end of looking");
            self.covers_everything();
        }

        fn look(&mut self, piece: Piece) -> Found {
            let mut found = Found {
                rows: 0,
                last: None,
                again: Timestamp(self.now + SHORTEST),
                rest: None,
            };
            let upto = piece.upto.map_or(u64::MAX, |p| p.0);
            let rows: Vec<(u64, i64)> = self
                .waiting
                .range(piece.after.0 + 1..=upto)
                .map(|(p, e)| (*p, *e))
                .collect();
            for (position, ends) in rows {
                let young = Timestamp(self.offers[&position] + SHORTEST);
                if piece.upto.is_none() && young.0 > self.now {
                    found.rest = Some(young);
                    break;
                }
                if found.rows == PAGE {
                    found.rest = Some(Timestamp(i64::MIN));
                    break;
                }
                self.looked += 1;
                found.rows += 1;
                found.last = Some(Position(position));
                if ends <= self.now {
                    self.waiting.remove(&position);
                } else {
                    found.again = found.again.min(Timestamp(ends));
                }
            }
            found
        }

        fn covers_everything(&self) {
            let mut from = Position::START;
            for (after, part) in &self.stretches.parts {
                assert_eq!(*after, from, "a hole, or an overlap");
                from = part.upto;
            }
            assert_eq!(self.stretches.end.0, from);
        }
    }

    proptest! {
        #[test]
        fn nothing_that_ran_out_is_overlooked(steps in prop::collection::vec(step(), 1..400)) {
            let mut model = Model::default();
            for step in &steps {
                model.apply(step);
            }
            model.round();
        }
    }

    #[test]
    fn a_million_that_wait_are_read_once_until_their_time_has_come() {
        let mut model = Model::default();
        let all = 100_000;
        (0..all).for_each(|_| model.offer(100 * SHORTEST));
        model.round();
        assert_eq!(model.looked, 0, "all of them are young");
        model.now += SHORTEST;
        model.round();
        assert_eq!(model.looked, all);
        assert_eq!(model.stretches.parts.len(), all.div_ceil(PAGE));
        (0..SHORTEST - 1).for_each(|_| {
            model.now += 1;
            model.round();
        });
        assert_eq!(model.looked, all, "once");
        model.now = 100 * SHORTEST;
        model.round();
        assert_eq!(model.waiting.len(), 0);
        model.now += SHORTEST;
        model.round();
        assert_eq!(model.stretches.parts.len(), 1, "nothing is left to look at");
    }

    #[test]
    fn what_comes_one_by_one_fills_pages() {
        let mut model = Model::default();
        for _ in 0..5000 {
            model.offer(1_000_000);
            model.now += 1;
            model.round();
        }
        let (least, parts) = (5000 / PAGE, model.stretches.parts.len());
        assert!((least..=least + 2).contains(&parts), "{parts}");
        let places: BTreeSet<_> = model.stretches.parts.keys().collect();
        assert_eq!(places.len(), parts);
    }
}
