//! Reading a page of a desk: what has run out, what will, and what is stuck. Blocking, and never more than a
//! page of documents in memory.

use super::standing::Stuck;
use super::stretches::{Found, PAGE, Piece};
use crate::intake::{Intake, Lines, RanOut};
use crate::model::{Position, Timestamp};
use crate::policy::Rules;
use crate::relay::{Clocks, Delivery, Desk, DocumentState, Running};
use crate::store::ReadError;
use std::sync::Arc;
use std::time::Duration;

/// Deliveries that are ended together, at most, before anything more is read: documents may have a thousand
/// recipients.
const MOST: usize = 4096;
/// What may run out any moment, as soon as something else is known of it, is looked at again after this.
const SOON: i64 = 10;

/// What is looked with.
#[derive(Clone)]
pub(super) struct Eyes {
    pub(super) intake: Arc<Intake>,
    pub(super) lines: Arc<dyn Lines>,
    pub(super) clocks: Clocks,
    pub(super) rules: Arc<Rules>,
    /// Since when it is watched without a break: what ran out before is stuck only if it is not ended now.
    pub(super) watched: Timestamp,
    pub(super) now: Timestamp,
}

/// A page of the desk of waiting documents.
pub(super) struct Looked {
    pub(super) over: Vec<RanOut>,
    pub(super) found: Found,
}

/// What was found out about the documents of one page of a desk.
#[derive(Default)]
pub(super) struct Proved {
    pub(super) looked: u64,
    pub(super) stuck: Vec<Stuck>,
    /// Take-backs and recalls whose answer is late: since when, where.
    pub(super) late: Vec<Stuck>,
    /// Where the next page begins.
    pub(super) next: Option<Position>,
}

impl Eyes {
    /// One page of what waits.
    pub(super) fn waiting(&self, piece: Piece) -> Result<Looked, ReadError> {
        let ledger = &self.intake.tools().ledger;
        let page = ledger.desk(Desk::Waiting, piece.after, PAGE)?;
        let mut over = Vec::new();
        let mut found = Found {
            rows: 0,
            last: None,
            again: self.now.plus_secs(self.clocks.shortest()),
            rest: page.next.map(|_| Timestamp(i64::MIN)),
        };
        let inside = |at: &Position| piece.upto.is_none_or(|upto| *at <= upto);
        for (position, id) in page.items {
            if !inside(&position) {
                found.rest = None;
                break;
            }
            if over.len() >= MOST {
                found.rest = Some(Timestamp(i64::MIN));
                break;
            }
            if let Some(state) = ledger.document(id)? {
                if let Some(old) = self.young(&state).filter(|_| piece.upto.is_none()) {
                    found.rest = Some(old);
                    break;
                }
                found.again = found.again.min(self.document(&state, &mut over));
            }
            found.rows = found.rows.saturating_add(1);
            found.last = Some(position);
        }
        // Up to its end there may be nothing more, though the desk goes on.
        if found
            .last
            .zip(piece.upto)
            .is_some_and(|(last, upto)| last >= upto)
        {
            found.rest = None;
        }
        Ok(Looked { over, found })
    }

    /// When a document is old enough to be looked at, if it is not: no clock starts before the offer, and
    /// offers lie in the order of their times.
    fn young(&self, state: &DocumentState) -> Option<Timestamp> {
        let offered = state.arrived().unwrap_or_default();
        let old = offered.plus_secs(self.clocks.shortest());
        (old > self.now).then_some(old)
    }

    /// Takes in what has run out, and gives when something else of the document may.
    fn document(&self, state: &DocumentState, over: &mut Vec<RanOut>) -> Timestamp {
        let mut again = Timestamp(i64::MAX);
        let urgency = state.offered.urgency;
        for delivery in &state.deliveries {
            let Some(running) = self.running(state, delivery) else {
                continue;
            };
            if running.ends <= self.now {
                over.push(RanOut {
                    document: state.id(),
                    recipient: delivery.recipient.clone(),
                    running,
                    since: delivery.since,
                });
            } else {
                let soonest = self.clocks.soonest(delivery, urgency, running);
                let soon = self.now.plus_secs(SOON);
                again = again.min(if soonest > self.now { soonest } else { soon });
            }
        }
        again
    }

    fn running(&self, state: &DocumentState, delivery: &Delivery) -> Option<Running> {
        let waits = self.lines.waits(&self.rules.registry, delivery);
        self.clocks.of(delivery, state.offered.urgency, waits)
    }

    /// One page of the proof that nothing is stuck, which reads everything that is old enough and trusts
    /// nothing that was remembered.
    pub(super) fn prove(&self, desk: Desk, after: Position) -> Result<Proved, ReadError> {
        let ledger = &self.intake.tools().ledger;
        let page = ledger.desk(desk, after, PAGE)?;
        let mut proved = Proved {
            next: page.next,
            ..Proved::default()
        };
        for (_, id) in page.items {
            let Some(state) = ledger.document(id)? else {
                continue;
            };
            if desk == Desk::Waiting && self.young(&state).is_some() {
                proved.next = None;
                break;
            }
            proved.looked = proved.looked.saturating_add(1);
            match desk {
                Desk::Held => proved.stuck.extend(self.held(&state)),
                Desk::Waiting => proved.stuck.extend(self.beyond(&state)),
                Desk::Asked => proved.late.extend(self.late(&state)),
                Desk::Dead => {}
            }
        }
        Ok(proved)
    }

    /// A hold that should have ended. One without an end never would.
    fn held(&self, state: &DocumentState) -> Option<Stuck> {
        let until = state.offered.hold_until.unwrap_or_default();
        let from = until.max(self.watched).plus_secs(self.clocks.grace);
        let held = state.is_on(Desk::Held);
        (held && from <= self.now).then(|| Stuck {
            document: state.id(),
            unit: state.offered.sender.clone(),
            clock: "held",
            since: until,
        })
    }

    /// The first delivery that should have ended.
    fn beyond(&self, state: &DocumentState) -> Option<Stuck> {
        let each = state.deliveries.iter().filter_map(|delivery| {
            let running = self.running(state, delivery)?;
            let ends = running.ends.max(self.watched);
            let stuck = self.clocks.stuck_from(ends) <= self.now;
            stuck.then(|| Stuck {
                document: state.id(),
                unit: delivery.recipient.clone(),
                clock: running.clock.name(),
                since: running.ends,
            })
        });
        each.min_by_key(|stuck| stuck.since)
    }

    /// What a recipient should have answered. It stays open: nothing here completes it.
    fn late<'a>(&'a self, state: &'a DocumentState) -> impl Iterator<Item = Stuck> + 'a {
        state.deliveries.iter().filter_map(|delivery| {
            let open = delivery.standing.is_asked();
            let since = delivery.request_late_since(self.now).filter(|_| open)?;
            Some(Stuck {
                document: state.id(),
                unit: delivery.recipient.clone(),
                clock: delivery.standing.name(),
                since,
            })
        })
    }
}

/// How long is rested after so much work: half of the time of one thread at most, and less than it takes to
/// notice.
pub(super) fn rest(worked: Duration) -> Duration {
    worked.clamp(Duration::from_millis(1), Duration::from_millis(50))
}
