//! What is to be done when: the steps of every document in the order of time.

use super::plan::{Plan, Stop};
use crate::model::Timestamp;
use std::collections::BTreeMap;

/// One step of a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Act {
    Offer(usize),
    Fetch(usize),
    Answer(usize),
    Complete(usize),
    TakeBack(usize),
    Expire(usize),
    Recall,
    Agree(usize),
}

/// What is to be done when: documents by their places among the plans.
#[derive(Debug, Default)]
pub(super) struct Agenda(pub(super) BTreeMap<Timestamp, BTreeMap<usize, Vec<Act>>>);

impl Agenda {
    /// Of all plans.
    pub(super) fn new(plans: &[Plan], next_working: &dyn Fn(Timestamp) -> Timestamp) -> Self {
        let mut agenda = Self::default();
        for (place, plan) in plans.iter().enumerate() {
            let Some(sent) = &plan.sent else {
                continue;
            };
            for (nth, (at, _)) in sent.offers.iter().enumerate() {
                agenda.put(*at, place, Act::Offer(nth));
            }
            for (nth, stop) in sent.stops.iter().enumerate() {
                agenda.stop(place, nth, stop);
                if let Some(at) = sent.recalled {
                    agenda.put(next_working(at), place, Act::Agree(nth));
                }
            }
            if let Some(at) = sent.recalled {
                agenda.put(at, place, Act::Recall);
            }
        }
        agenda
    }

    fn stop(&mut self, place: usize, nth: usize, stop: &Stop) {
        let all = [
            (stop.fetched, Act::Fetch(nth)),
            (stop.answered.map(|(at, _)| at), Act::Answer(nth)),
            (stop.completed, Act::Complete(nth)),
            (stop.taken_back, Act::TakeBack(nth)),
            (stop.expired, Act::Expire(nth)),
        ];
        for (at, act) in all {
            if let Some(at) = at {
                self.put(at, place, act);
            }
        }
    }

    fn put(&mut self, at: Timestamp, place: usize, act: Act) {
        let then = self.0.entry(at).or_default();
        then.entry(place).or_default().push(act);
    }

    /// When something is to be done.
    pub(super) fn moments(&self) -> impl Iterator<Item = Timestamp> + '_ {
        self.0.keys().copied()
    }
}
