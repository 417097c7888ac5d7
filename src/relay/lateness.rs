//! What is late, and since when. Deadlines were reckoned when their clocks started and stand in the
//! events; here they are only compared with what was done.

use super::moves::Phase;
use super::state::Delivery;
use crate::model::Timestamp;

impl Delivery {
    /// Since when the answer is or was late. The duty ends with the answer, or when the sender
    /// withdraws the document; lateness ends nothing.
    #[must_use]
    pub fn answer_late_since(&self, now: Timestamp) -> Option<Timestamp> {
        // NĐ 30/2020/NĐ-CP Điều 21 khoản 2 điểm c
        let due = self.due?.answer;
        let answered = self.answer.map(|answer| answer.at);
        let end = answered.or_else(|| self.withdrawn()).unwrap_or(now);
        (end > due).then_some(due)
    }

    /// Since when the answer to a take-back or a recall is late. It stays open: a recall never
    /// completes itself.
    #[must_use]
    pub fn request_late_since(&self, now: Timestamp) -> Option<Timestamp> {
        let request = self.asked?;
        let due = request.due?;
        let end = match request.answer {
            Some((_, at)) => at,
            None if self.standing.is_asked() => now,
            // Another document took its place, and nobody can answer any more.
            None => self.since,
        };
        (end > due).then_some(due)
    }

    /// When its sender withdrew it, or put another document in its place.
    fn withdrawn(&self) -> Option<Timestamp> {
        if self.standing.is_recalled() {
            return self.asked.map(|request| request.at);
        }
        let over = matches!(self.standing.phase, Phase::TakenBack | Phase::Superseded);
        over.then_some(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{Due, Way};
    use crate::model::{Status, UnitCode};
    use crate::relay::moves::{Asked, Standing};
    use crate::relay::state::{Answer, Request};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(&format!("{text}+07:00")).expect("time")
    }

    fn delivery() -> Delivery {
        let arrived = at("2026-11-23T09:00:00");
        Delivery {
            recipient: UnitCode::parse("H53.2").expect("code"),
            standing: Phase::Arrived.into(),
            since: arrived,
            arrived: Some((arrived, Way::Pull)),
            due: Some(Due {
                answer: at("2026-11-23T23:59:59.999"),
                present: at("2026-11-24T23:59:59.999"),
                complete: None,
            }),
            answer: None,
            asked: None,
            attempts: None,
            listed: None,
        }
    }

    #[test]
    fn an_open_duty_is_late_after_its_deadline_and_a_done_one_stays_as_it_was_done() {
        let (due, later) = (at("2026-11-23T23:59:59.999"), at("2026-11-24T00:00:00"));
        let open = delivery();
        assert_eq!(open.answer_late_since(due), None);
        assert_eq!(open.answer_late_since(later), Some(due));
        let long_after = at("2027-01-01T00:00:00");
        for (answered, late) in [(due, None), (later, Some(due))] {
            let answer = Answer {
                status: Status::Accepted,
                at: answered,
                note: None,
            };
            let done = Delivery {
                answer: Some(answer),
                ..delivery()
            };
            assert_eq!(done.answer_late_since(long_after), late);
        }
        // What has no deadline on record is not late.
        let unknown = Delivery { due: None, ..open };
        assert_eq!(unknown.answer_late_since(later), None);
    }

    #[test]
    fn a_withdrawal_ends_the_duty_and_an_open_recall_is_late_for_ever() {
        let (due, later) = (at("2026-11-23T23:59:59.999"), at("2026-11-24T00:00:00"));
        let long_after = at("2027-01-01T00:00:00");
        let request = Request {
            at: due,
            due: Some(later),
            note: None,
            answer: None,
        };
        let recalled = Delivery {
            standing: Standing {
                phase: Phase::Arrived,
                asked: Asked::Recall,
            },
            asked: Some(request),
            ..delivery()
        };
        assert_eq!(recalled.answer_late_since(long_after), None);
        assert_eq!(recalled.request_late_since(later), None);
        assert_eq!(recalled.request_late_since(long_after), Some(later));
        let agreed = Request {
            answer: Some((Status::Agreed, later)),
            ..request
        };
        let agreed = Delivery {
            asked: Some(agreed),
            ..recalled
        };
        assert_eq!(agreed.request_late_since(long_after), None);
        // What was asked back and then replaced is not late for ever: nobody can answer it.
        let replaced = Delivery {
            standing: Phase::Superseded.into(),
            asked: Some(request),
            since: later,
            ..delivery()
        };
        assert_eq!(replaced.request_late_since(long_after), None);
        let back = Delivery {
            standing: Phase::TakenBack.into(),
            since: later,
            ..delivery()
        };
        assert_eq!(back.answer_late_since(long_after), Some(due));
    }
}
