//! Since when nothing more is to come of a document: what the terms of keeping start from.

use super::{Delivery, DocumentState, TimelineKind};
use crate::model::indication::words;
use crate::model::{Disposition, Timestamp};
use crate::relay::moves::{Asked, Phase};

words! {
    /// Why something is still to come of a document. As long as it is, its content is never dropped.
    Open {
        /// It is on hold: not judged to the end.
        Held = 1 "held",
        /// A recipient has not fetched it.
        Undelivered = 2 "undelivered",
        /// A delivery failed, and was neither sent again nor given up.
        DeadLetter = 3 "dead_letter",
        /// A recipient has not said whether it accepts it.
        Unanswered = 4 "unanswered",
        /// A recipient said that it is being worked on: 04 or 05.
        InWork = 5 "in_work",
        /// A take-back or a recall was not answered.
        Asked = 6 "asked",
        /// A recall was declined: an exception that somebody has to settle.
        Declined = 7 "declined",
    }
}

impl DocumentState {
    /// Since when nothing more is to come of it, or why something is: of several deliveries the first that is open.
    ///
    /// # Errors
    /// See [`Open`].
    pub fn settled(&self) -> Result<Timestamp, Open> {
        if self.judged.disposition == Disposition::Hold {
            return Err(Open::Held);
        }
        for delivery in &self.deliveries {
            delivery.open()?;
        }
        // What was erased of it earlier does not begin its term anew.
        let records = self.timeline.iter();
        let records = records.filter(|entry| entry.kind != TimelineKind::Erased);
        Ok(records.map(|entry| entry.at).max().unwrap_or_default())
    }
}

impl Delivery {
    fn open(&self) -> Result<(), Open> {
        match self.standing.asked {
            Asked::TakeBack | Asked::Recall => return Err(Open::Asked),
            Asked::RecallDeclined => return Err(Open::Declined),
            // Whatever the work on it had come to, nothing of it stands.
            Asked::RecallAgreed => return Ok(()),
            Asked::Nothing | Asked::TakeBackDeclined => {}
        }
        match self.standing.phase {
            Phase::Held => Err(Open::Held),
            Phase::Waiting => Err(Open::Undelivered),
            Phase::Arrived => Err(Open::Unanswered),
            Phase::Assigned | Phase::InProcess => Err(Open::InWork),
            Phase::Expired => Err(Open::DeadLetter),
            Phase::Rejected
            | Phase::Refused
            | Phase::Accepted
            | Phase::Completed
            | Phase::TakenBack
            | Phase::Superseded
            | Phase::SupersededUnfetched
            | Phase::GivenUp => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UnitCode;
    use crate::relay::Desk;
    use crate::relay::moves::Standing;

    fn delivery(standing: Standing) -> Delivery {
        Delivery {
            recipient: UnitCode::parse("H53").expect("code"),
            standing,
            since: Timestamp(1),
            arrived: None,
            due: None,
            answer: None,
            asked: None,
            attempts: None,
            listed: None,
        }
    }

    #[test]
    fn only_what_is_nobodys_turn_is_settled_and_what_was_accepted() {
        for at in Standing::all() {
            let delivery = delivery(at);
            let accepted = at == Standing::from(Phase::Accepted);
            let settled = at.owner().is_none() || accepted;
            assert_eq!(delivery.open().is_ok(), settled, "{at:?}");
            let waits = Desk::ALL.iter().any(|desk| delivery.is_on(*desk));
            assert!(!(settled && waits), "{at:?} lies on a desk");
        }
    }
}
