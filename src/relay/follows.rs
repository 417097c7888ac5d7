//! Whether what one document brings about for another still follows when it is written: a change is guarded by the
//! version of its own document, and the other one may have moved since it was decided.

use super::moves::{Actor, Move, Phase, Step, step};
use super::state::DocumentState;
use crate::model::UnitCode;
use crate::model::event::Event;

/// Whether an event that was decided against an earlier state says what is the case now. Of one that does not, receipt
/// and figures would speak of what never was: of a document as taken back unfetched that had arrived.
#[must_use]
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "no other event is brought about by another document"
)]
pub fn still_follows(state: &DocumentState, event: &Event) -> bool {
    let leads = |unit: &UnitCode, what: Move| {
        let standing = state.delivery(unit).map(|d| d.standing);
        match standing.map(|at| step(at, Actor::Sender, what)) {
            Some(Step::To(next)) => Some(next.phase),
            _ => None,
        }
    };
    match event {
        Event::Updated(_) => !state.is_frozen(),
        Event::TakenBack(e) => {
            leads(&e.recipient, Move::TakeBack) == Some(Phase::TakenBack) && !state.is_frozen()
        }
        Event::Superseded(e) => leads(&e.recipient, Move::Replace).is_some(),
        _ => true,
    }
}
