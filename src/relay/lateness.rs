//! What is late, and since when. Deadlines were reckoned when their clocks started and stand in the
//! events; here they are only compared with what was done.

use super::state::{Delivery, DeliveryState};
use crate::model::Timestamp;

impl Delivery {
    /// Since when the answer is or was late. The duty ends with the answer; lateness ends nothing.
    #[must_use]
    pub fn answer_late_since(&self, now: Timestamp) -> Option<Timestamp> {
        // NĐ 30/2020/NĐ-CP Điều 21 khoản 2 điểm c
        let due = self.due?.answer;
        let end = match self.state {
            DeliveryState::Answered(_, _, at) => at,
            DeliveryState::Waiting | DeliveryState::Arrived(_) => now,
        };
        (end > due).then_some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Due;
    use crate::model::{Status, UnitCode};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(&format!("{text}+07:00")).expect("time")
    }

    #[test]
    fn an_open_duty_is_late_after_its_deadline_and_a_done_one_stays_as_it_was_done() {
        let arrived = at("2026-11-23T09:00:00");
        let (due, later) = (at("2026-11-23T23:59:59.999"), at("2026-11-24T00:00:00"));
        let of = |state| Delivery {
            recipient: UnitCode::parse("H53.2").expect("code"),
            state,
            note: None,
            due: Some(Due {
                answer: due,
                present: at("2026-11-24T23:59:59.999"),
                complete: None,
            }),
        };
        let open = of(DeliveryState::Arrived(arrived));
        assert_eq!(open.answer_late_since(due), None);
        assert_eq!(open.answer_late_since(later), Some(due));
        for (answered, late) in [(due, None), (later, Some(due))] {
            let state = DeliveryState::Answered(arrived, Status::Accepted, answered);
            let long_after = at("2027-01-01T00:00:00");
            assert_eq!(of(state).answer_late_since(long_after), late);
        }
        // What has no deadline on record is not late.
        let unknown = Delivery { due: None, ..open };
        assert_eq!(unknown.answer_late_since(later), None);
    }
}
