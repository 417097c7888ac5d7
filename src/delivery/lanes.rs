//! What waits for one recipient: a lane for each urgency, the most urgent first, the oldest first in
//! each. A lane holds so many documents; what lies behind them is read again from the index when
//! there is room, so that a recipient that is down for a month takes no memory for it.

use crate::model::{DocumentId, Position, Urgency};
use std::collections::BTreeMap;

/// Documents of one lane in memory: minutes of work for the fastest recipient.
const HELD: usize = 2048;
/// After so many documents that went ahead of less urgent ones, the oldest of those has its turn: who sends urgent
/// documents without end must not keep all others out.
const AHEAD: u32 = 15;

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
pub(super) struct Lanes {
    lanes: BTreeMap<Urgency, Lane>,
    /// How many in a row went ahead of less urgent ones.
    ahead: u32,
}

impl Lanes {
    fn lane(&mut self, urgency: Urgency) -> &mut Lane {
        self.lanes.entry(urgency).or_default()
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

    /// Takes that one, if it is there.
    pub(super) fn take(&mut self, item: Item) -> Option<Item> {
        let goes_ahead = self.goes_ahead(item.urgency);
        let lane = self.lane(item.urgency);
        lane.ready.remove(&item.position)?;
        lane.taken = lane.taken.saturating_add(1);
        self.ahead = match goes_ahead {
            true => self.ahead.saturating_add(1),
            false => 0,
        };
        Some(item)
    }

    /// Whether that lane is the most urgent one, and others wait.
    fn goes_ahead(&self, urgency: Urgency) -> bool {
        let mut heads = self.heads();
        let most = heads.next().map(|head| head.urgency);
        most == Some(urgency) && heads.next().is_some()
    }

    /// The first of each lane, the most urgent lane first.
    fn heads(&self) -> impl Iterator<Item = Item> {
        let head = |(urgency, lane): (&Urgency, &Lane)| {
            let (position, document) = lane.ready.first_key_value()?;
            Some(Item {
                position: *position,
                document: *document,
                urgency: *urgency,
            })
        };
        self.lanes.iter().rev().filter_map(head)
    }

    /// Which one is next: the first of the most urgent lane, and now and then the oldest of the others.
    pub(super) fn first(&self) -> Option<Item> {
        let mut heads = self.heads();
        let first = heads.next();
        if self.ahead < AHEAD {
            return first;
        }
        heads.min_by_key(|item| item.position).or(first)
    }

    /// Which one is next where some were tried before: the one that was tried least.
    pub(super) fn least(&self, tried: impl Fn(Position) -> u32) -> Option<Item> {
        let mut least: Option<(u32, Item)> = None;
        for (urgency, lane) in self.lanes.iter().rev() {
            for (position, document) in &lane.ready {
                let item = Item {
                    position: *position,
                    document: *document,
                    urgency: *urgency,
                };
                match tried(*position) {
                    0 => return Some(item),
                    n if least.is_none_or(|(known, _)| n < known) => least = Some((n, item)),
                    _ => {}
                }
            }
        }
        least.map(|(_, item)| item)
    }

    /// One that was taken is done with.
    pub(super) fn done(&mut self, urgency: Urgency) {
        let lane = self.lane(urgency);
        lane.taken = lane.taken.saturating_sub(1);
    }

    /// A lane with room whose documents after a place are to be read again.
    pub(super) fn wants(&self) -> Option<(Urgency, Position)> {
        let mut lanes = self.lanes.iter().rev();
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
        self.lanes.values().any(|l| l.ready.contains_key(&position))
    }

    /// The place before the oldest that is not done with, the taken ones being `taken`; `read` if all
    /// are.
    pub(super) fn oldest(&self, read: Position, taken: impl Iterator<Item = Position>) -> Position {
        let before = |p: Position| Position(p.0.saturating_sub(1));
        let ready = self.lanes.values().filter_map(|l| l.ready.keys().next());
        let gaps = self.lanes.values().filter_map(|l| l.gap);
        let waiting = ready.copied().chain(taken).map(before).chain(gaps);
        waiting.fold(read, Ord::min)
    }

    /// How many are held, and whether there are more.
    pub(super) fn held(&self) -> (usize, bool) {
        let of = |l: &Lane| l.ready.len().saturating_add(l.taken);
        let all = self.lanes.values().map(of).fold(0, usize::saturating_add);
        (all, self.lanes.values().any(|l| l.gap.is_some()))
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

    fn next(lanes: &mut Lanes) -> Option<Item> {
        let first = lanes.first()?;
        lanes.take(first)
    }

    fn taken(lanes: &mut Lanes) -> Vec<u64> {
        std::iter::from_fn(|| next(lanes).map(|i| i.position.0)).collect()
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
        assert_eq!(lanes.first().map(|i| i.urgency), Some(FlashTimed));
        assert_eq!(taken(&mut lanes), [4, 6, 3, 5, 2, 1, 7]);
        lanes.put_back(item(7, Normal));
        lanes.put_back(item(1, Normal));
        assert_eq!(taken(&mut lanes), [1, 7]);
    }

    #[test]
    fn urgent_documents_without_end_leave_a_place_to_the_oldest_of_the_others() {
        let mut lanes = Lanes::default();
        lanes.add(item(1, Normal));
        lanes.add(item(2, Urgent));
        let mut order = Vec::new();
        for position in 3..40 {
            lanes.add(item(position, Flash));
            order.extend(next(&mut lanes).map(|i| i.position.0));
        }
        assert_eq!(order[..15], (3..18).collect::<Vec<_>>());
        assert_eq!(order[15], 1, "the oldest");
        assert_eq!(order[31], 2, "{order:?}");
    }

    #[test]
    fn what_was_tried_least_comes_before_what_is_more_urgent() {
        let mut lanes = Lanes::default();
        lanes.add(item(1, Flash));
        lanes.add(item(2, Urgent));
        lanes.add(item(3, Normal));
        let of = |lanes: &Lanes, tried: [u32; 3]| {
            let tried = |p: Position| tried[usize::try_from(p.0).expect("small") - 1];
            lanes.least(tried).map(|i| i.position.0)
        };
        assert_eq!(of(&lanes, [0, 0, 0]), Some(1));
        assert_eq!(of(&lanes, [1, 1, 0]), Some(3));
        assert_eq!(of(&lanes, [3, 2, 2]), Some(2));
        assert_eq!(of(&Lanes::default(), [0, 0, 0]), None);
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
