//! What waits for one recipient: a lane for each urgency, the most urgent first, the oldest first in
//! each. A lane holds so many documents; what lies behind them is read again from the index when
//! there is room, so that a recipient that is down for a month takes no memory for it.

use crate::model::{DocumentId, Position, Urgency};
use std::collections::BTreeMap;

/// Documents of one lane in memory: minutes of work for the fastest recipient.
const HELD: usize = 2048;

/// A document that waits, by the place of the record that relayed it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Item {
    /// The record's place.
    pub(super) position: Position,
    /// The document.
    pub(super) document: DocumentId,
    /// How urgent it is.
    pub(super) urgency: Urgency,
}

#[derive(Debug, Default)]
struct Lane {
    ready: BTreeMap<Position, DocumentId>,
    /// Those of this lane that were taken and are not done with.
    taken: usize,
    /// Documents after this place are not held.
    gap: Option<Position>,
}

/// All lanes of one recipient.
#[derive(Debug, Default)]
pub(super) struct Lanes(BTreeMap<Urgency, Lane>);

impl Lanes {
    fn lane(&mut self, urgency: Urgency) -> &mut Lane {
        self.0.entry(urgency).or_default()
    }

    /// Takes a document in, in the order of places; beyond what a lane holds it only notes that
    /// there are more.
    pub(super) fn add(&mut self, item: Item) {
        let lane = self.lane(item.urgency);
        if lane.gap.is_some() || lane.ready.len().saturating_add(lane.taken) >= HELD {
            let before = Position(item.position.0.saturating_sub(1));
            lane.gap = lane.gap.or(Some(before));
            return;
        }
        lane.ready.insert(item.position, item.document);
    }

    /// Puts back one that was taken.
    pub(super) fn put_back(&mut self, item: Item) {
        let lane = self.lane(item.urgency);
        lane.taken = lane.taken.saturating_sub(1);
        lane.ready.insert(item.position, item.document);
    }

    /// Takes the first of the most urgent lane.
    pub(super) fn take(&mut self) -> Option<Item> {
        for (urgency, lane) in self.0.iter_mut().rev() {
            if let Some((position, document)) = lane.ready.pop_first() {
                lane.taken = lane.taken.saturating_add(1);
                return Some(Item {
                    position,
                    document,
                    urgency: *urgency,
                });
            }
        }
        None
    }

    /// Which one [`Self::take`] would take.
    pub(super) fn first(&self) -> Option<Urgency> {
        let mut lanes = self.0.iter().rev();
        lanes.find(|(_, l)| !l.ready.is_empty()).map(|(u, _)| *u)
    }

    /// One that was taken is done with.
    pub(super) fn done(&mut self, urgency: Urgency) {
        let lane = self.lane(urgency);
        lane.taken = lane.taken.saturating_sub(1);
    }

    /// A lane with room whose documents after a place are to be read again.
    pub(super) fn wants(&self) -> Option<(Urgency, Position)> {
        let mut lanes = self.0.iter().rev();
        lanes.find_map(|(urgency, lane)| {
            let room = lane.ready.is_empty() && lane.taken < HELD;
            Some((*urgency, lane.gap.filter(|_| room)?))
        })
    }

    /// What is added from here on comes from after that lane's gap.
    pub(super) fn refill(&mut self, urgency: Urgency) {
        self.lane(urgency).gap = None;
    }

    /// Whether one with that place is held and not taken.
    pub(super) fn holds(&self, position: Position) -> bool {
        self.0.values().any(|l| l.ready.contains_key(&position))
    }

    /// The place before the oldest that is not done with, the taken ones being `taken`; `read` if all
    /// are.
    pub(super) fn oldest(&self, read: Position, taken: impl Iterator<Item = Position>) -> Position {
        let before = |p: Position| Position(p.0.saturating_sub(1));
        let ready = self.0.values().filter_map(|l| l.ready.keys().next());
        let gaps = self.0.values().filter_map(|l| l.gap);
        let waiting = ready.copied().chain(taken).map(before).chain(gaps);
        waiting.fold(read, Ord::min)
    }

    /// How many are held, and whether there are more.
    pub(super) fn held(&self) -> (usize, bool) {
        let of = |l: &Lane| l.ready.len().saturating_add(l.taken);
        let all = self.0.values().map(of).fold(0, usize::saturating_add);
        (all, self.0.values().any(|l| l.gap.is_some()))
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod tests {
    use super::*;
    use crate::model::Timestamp;
    use Urgency::{Flash, FlashTimed, Normal, Urgent, VeryUrgent};

    fn item(position: u64, urgency: Urgency) -> Item {
        Item {
            position: Position(position),
            document: DocumentId::new(Timestamp(1), [0; 10]),
            urgency,
        }
    }

    fn taken(lanes: &mut Lanes) -> Vec<u64> {
        std::iter::from_fn(|| lanes.take().map(|i| i.position.0)).collect()
    }

    #[test]
    fn urgent_documents_come_first_and_then_the_oldest() {
        let mut lanes = Lanes::default();
        for (position, urgency) in [
            (1, Normal),
            (2, Urgent),
            (3, Flash),
            (4, FlashTimed),
            (5, VeryUrgent),
            (6, FlashTimed),
            (7, Normal),
        ] {
            lanes.add(item(position, urgency));
        }
        assert_eq!(lanes.first(), Some(FlashTimed));
        assert_eq!(taken(&mut lanes), [4, 6, 3, 5, 2, 1, 7]);
        lanes.put_back(item(7, Normal));
        lanes.put_back(item(1, Normal));
        assert_eq!(taken(&mut lanes), [1, 7]);
    }

    #[test]
    fn a_full_lane_remembers_where_its_documents_go_on_and_hides_no_other_lane() {
        let mut lanes = Lanes::default();
        let full = u64::try_from(HELD).expect("small");
        for position in 1..=full * 3 {
            lanes.add(item(position, Normal));
        }
        lanes.add(item(full * 3 + 1, Flash));
        assert_eq!(lanes.held(), (HELD + 1, true));
        assert_eq!(lanes.wants(), None);
        let first = taken(&mut lanes);
        assert_eq!(first.len(), HELD + 1);
        assert_eq!(first[..2], [full * 3 + 1, 1]);
        assert_eq!(lanes.wants(), None, "those taken are still there");
        (0..HELD).for_each(|_| lanes.done(Normal));
        assert_eq!(lanes.wants(), Some((Normal, Position(full))));
        lanes.refill(Normal);
        for position in full + 1..=full * 3 {
            lanes.add(item(position, Normal));
        }
        assert_eq!(taken(&mut lanes).len(), HELD);
    }
}
