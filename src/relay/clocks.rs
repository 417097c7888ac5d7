//! The clocks of what the gateway owns: how long a delivery may wait, which clock that is, and why nothing
//! was delivered when it has run out (`counting.md` of the design, §2, *expire*).
//!
//! A clock starts with the commit that put the delivery into its state, and is reckoned from there alone: no
//! timer is kept, so a restart changes nothing. Lawful work of an office has no clock here.

use super::state::{Attempts, Delivery};
use crate::model::event::{AttemptOutcome, ExpiryCause, ExpiryClock};
use crate::model::{Timestamp, Urgency};

/// How long the gateway keeps what nobody takes, in seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clocks {
    /// Unfetched in an inbox. Default 30 days: longer than any run of days off, and the leave of one clerk.
    pub inbox: i64,
    /// Until an address that fails takes it. Default 5 days: what RFC 5321 §4.5.4.1 asks of mail, for the
    /// same reason: a weekend with a holiday beside it.
    pub push: i64,
    /// At most, for urgent and very urgent documents. Default 3 days: from Friday evening to Monday morning.
    pub urgent: i64,
    /// At most, for flash documents. Default 1 day: their sender has to hear of it while it can still act.
    pub flash: i64,
    /// How long one attempt may be under way beyond that. Default 1 hour: 8 GiB at 20 Mbit/s.
    pub lease: i64,
    /// After this long beyond its clock a document is stuck. Default 15 minutes: a look at a million
    /// documents, or a restart, takes less.
    pub grace: i64,
}

#[cfg(test)]
impl Clocks {
    /// Of random lives: hours, so that a clock that jumps on and back runs past some of them.
    pub(crate) const BRIEF: Self = Self {
        inbox: 7200,
        push: 3600,
        urgent: 1800,
        flash: 600,
        lease: 60,
        grace: 60,
    };
}

impl Default for Clocks {
    fn default() -> Self {
        const DAY: i64 = 24 * 3600;
        Self {
            inbox: 30 * DAY,
            push: 5 * DAY,
            urgent: 3 * DAY,
            flash: DAY,
            lease: 3600,
            grace: 900,
        }
    }
}

/// How a delivery that waits is to come about, as far as anybody knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waits {
    /// The recipient fetches it, told by a notice or not.
    ToBeFetched,
    /// It is pushed to the recipient's address, and nothing has failed so far.
    ToBePushed,
    /// It is pushed, and the recipient's address fails like this.
    Failing(AttemptOutcome),
    /// The recipient is not a unit any more.
    Nowhere,
}

/// A clock that runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Running {
    /// Which.
    pub clock: ExpiryClock,
    /// Why nothing was delivered, once it has run out.
    pub cause: ExpiryCause,
    /// When it runs out.
    pub ends: Timestamp,
}

impl Clocks {
    /// The clock of a delivery; `None` unless the gateway owns it.
    #[must_use]
    pub fn of(&self, delivery: &Delivery, urgency: Urgency, waits: Waits) -> Option<Running> {
        if !delivery.is_waiting() {
            return None;
        }
        let failed = delivery.attempts.filter(Attempts::is_push);
        let waits = match (waits, failed) {
            (Waits::ToBePushed, Some(own)) => Waits::Failing(own.outcome),
            (waits, _) => waits,
        };
        let (clock, cause, term) = match waits {
            Waits::ToBeFetched => (ExpiryClock::Inbox, ExpiryCause::NotFetched, self.inbox),
            Waits::Nowhere => (ExpiryClock::Inbox, ExpiryCause::UnitEnded, self.inbox),
            // Nobody has said no, so it may be on its way still: a unit that has just changed to push is not
            // told off for how long it was waited for until then. Taken, and the arrival did not come into
            // the log: it is pushed again, and is taken as a repeat.
            Waits::ToBePushed | Waits::Failing(AttemptOutcome::Taken) => {
                let term = self.inbox.max(self.push);
                (ExpiryClock::Queue, ExpiryCause::GatewayFault, term)
            }
            Waits::Failing(outcome) => (ExpiryClock::Push, cause(outcome), self.push),
        };
        Some(Running {
            clock,
            cause,
            ends: delivery.since.plus_secs(self.at_most(urgency, term)),
        })
    }

    /// When a clock may have run out that runs like this, whatever is found out meanwhile of the recipient's
    /// address.
    #[must_use]
    pub fn soonest(&self, delivery: &Delivery, urgency: Urgency, running: Running) -> Timestamp {
        if running.clock == ExpiryClock::Queue {
            return delivery.since.plus_secs(self.at_most(urgency, self.push));
        }
        running.ends
    }

    /// When the clock of a dead letter runs out at the soonest that is sent again `at`: of one that is pushed, the one
    /// for an address that fails.
    #[must_use]
    pub fn again(&self, at: Timestamp, urgency: Urgency, is_pushed: bool) -> Timestamp {
        let term = if is_pushed { self.push } else { self.inbox };
        at.plus_secs(self.at_most(urgency, term))
    }

    /// No clock of any document is shorter.
    #[must_use]
    pub fn shortest(&self) -> i64 {
        let all = [self.inbox, self.push, self.urgent, self.flash];
        all.into_iter().fold(i64::MAX, i64::min)
    }

    /// From then on a delivery whose clock ran out at `ends` is stuck: nothing may keep it, not even an
    /// attempt that is under way.
    #[must_use]
    pub fn stuck_from(&self, ends: Timestamp) -> Timestamp {
        ends.plus_secs(self.lease).plus_secs(self.grace)
    }

    /// Urgency shortens a clock, and never makes it longer.
    fn at_most(&self, urgency: Urgency, term: i64) -> i64 {
        match urgency {
            Urgency::Normal => term,
            Urgency::Urgent | Urgency::VeryUrgent => term.min(self.urgent),
            Urgency::Flash | Urgency::FlashTimed => term.min(self.flash),
        }
    }
}

impl Attempts {
    fn is_push(&self) -> bool {
        self.way == crate::model::event::Way::Push
    }
}

/// Why nothing was delivered where attempts ended like this.
fn cause(outcome: AttemptOutcome) -> ExpiryCause {
    match outcome {
        AttemptOutcome::Unreachable | AttemptOutcome::TimedOut => ExpiryCause::Unreachable,
        AttemptOutcome::NotTrusted
        | AttemptOutcome::Later
        | AttemptOutcome::Never
        | AttemptOutcome::Malformed => ExpiryCause::NotTaken,
        AttemptOutcome::NotSent | AttemptOutcome::Taken => ExpiryCause::GatewayFault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UnitCode;
    use crate::model::event::Way;
    use crate::relay::moves::{Phase, Standing};
    use Urgency::{Flash, FlashTimed, Normal, Urgent, VeryUrgent};

    const SINCE: Timestamp = Timestamp(1_795_000_000_000);
    const CLOCKS: Clocks = Clocks {
        inbox: 1000,
        push: 300,
        urgent: 200,
        flash: 50,
        lease: 7,
        grace: 3,
    };

    fn delivery(at: impl Into<Standing>) -> Delivery {
        Delivery {
            recipient: UnitCode::parse("H53.2").expect("code"),
            standing: at.into(),
            since: SINCE,
            arrived: None,
            due: None,
            answer: None,
            asked: None,
            attempts: None,
            listed: None,
        }
    }

    fn tried(way: Way, outcome: AttemptOutcome) -> Delivery {
        let attempts = Attempts {
            number: 3,
            at: SINCE.plus_secs(20),
            way,
            outcome,
            code: 0,
            next: None,
        };
        Delivery {
            attempts: Some(attempts),
            ..delivery(Phase::Waiting)
        }
    }

    #[test]
    fn each_way_of_waiting_has_its_clock_and_urgency_shortens_it() {
        use ExpiryCause as Cause;
        use ExpiryClock as Clock;
        let failing = Waits::Failing(AttemptOutcome::TimedOut);
        let table = [
            (
                Waits::ToBeFetched,
                Clock::Inbox,
                Cause::NotFetched,
                [1000, 200, 200, 50, 50],
            ),
            (
                Waits::Nowhere,
                Clock::Inbox,
                Cause::UnitEnded,
                [1000, 200, 200, 50, 50],
            ),
            (
                Waits::ToBePushed,
                Clock::Queue,
                Cause::GatewayFault,
                [1000, 200, 200, 50, 50],
            ),
            (
                failing,
                Clock::Push,
                Cause::Unreachable,
                [300, 200, 200, 50, 50],
            ),
        ];
        for (waits, clock, cause, terms) in table {
            let each = [Normal, Urgent, VeryUrgent, Flash, FlashTimed];
            for (urgency, term) in each.into_iter().zip(terms) {
                let running = CLOCKS.of(&delivery(Phase::Waiting), urgency, waits);
                let ends = SINCE.plus_secs(term);
                let expected = Running { clock, cause, ends };
                assert_eq!(running, Some(expected), "{waits:?} {urgency}");
                let soonest = CLOCKS.soonest(&delivery(Phase::Waiting), urgency, expected);
                assert!(SINCE.plus_secs(CLOCKS.shortest()) <= soonest && soonest <= ends);
                // From one look to the next a push may begin to fail, and nothing else may change.
                let failing = CLOCKS.of(&delivery(Phase::Waiting), urgency, failing);
                let pushed = matches!(waits, Waits::ToBePushed | Waits::Failing(_));
                assert_eq!(
                    soonest,
                    if pushed {
                        failing.expect("waits").ends
                    } else {
                        ends
                    }
                );
            }
        }
        // Urgency never makes a clock longer.
        let odd = Clocks {
            urgent: 5000,
            flash: 6000,
            ..CLOCKS
        };
        for urgency in [Normal, Urgent, Flash] {
            let running = odd.of(&delivery(Phase::Waiting), urgency, Waits::ToBeFetched);
            assert_eq!(
                running.map(|r| r.ends),
                Some(SINCE.plus_secs(1000)),
                "{urgency}"
            );
        }
    }

    #[test]
    fn the_cause_of_a_failed_push_is_that_of_its_last_attempt() {
        use AttemptOutcome as Outcome;
        for outcome in Outcome::ALL.iter().copied() {
            let cause = match outcome {
                Outcome::Unreachable | Outcome::TimedOut => ExpiryCause::Unreachable,
                Outcome::NotTrusted | Outcome::Later | Outcome::Never | Outcome::Malformed => {
                    ExpiryCause::NotTaken
                }
                Outcome::Taken | Outcome::NotSent => ExpiryCause::GatewayFault,
            };
            let own = tried(Way::Push, outcome);
            let running = CLOCKS.of(&own, Normal, Waits::ToBePushed).expect("waits");
            // Where the recipient has it, nobody may say soon that it has not.
            let clock = match outcome == Outcome::Taken {
                true => ExpiryClock::Queue,
                false => ExpiryClock::Push,
            };
            assert_eq!((running.clock, running.cause), (clock, cause));
        }
        // Attempts from when it was pushed say nothing of a unit that fetches.
        let fetched = CLOCKS.of(
            &tried(Way::Push, Outcome::Never),
            Normal,
            Waits::ToBeFetched,
        );
        assert_eq!(fetched.map(|r| r.clock), Some(ExpiryClock::Inbox));
        // A notice that was tried is no push that failed.
        let told = CLOCKS.of(&tried(Way::Pull, Outcome::Never), Normal, Waits::ToBePushed);
        assert_eq!(told.map(|r| r.clock), Some(ExpiryClock::Queue));
    }

    #[test]
    fn nothing_but_what_waits_has_a_clock() {
        for at in Standing::all() {
            let running = CLOCKS.of(&delivery(at), Normal, Waits::ToBeFetched);
            assert_eq!(running.is_some(), at.phase == Phase::Waiting, "{at:?}");
        }
    }

    #[test]
    fn the_defaults_are_in_order() {
        let d = Clocks::default();
        assert!(d.flash < d.urgent && d.urgent < d.push && d.push < d.inbox);
        assert_eq!(d.shortest(), d.flash);
        assert_eq!(d.stuck_from(SINCE), SINCE.plus_secs(3600 + 900));
    }

    #[test]
    fn what_is_sent_again_has_the_whole_clock_once_more() {
        for (urgency, is_pushed, term) in [
            (Normal, false, 1000),
            (Normal, true, 300),
            (Urgent, true, 200),
            (FlashTimed, false, 50),
        ] {
            let ends = CLOCKS.again(SINCE, urgency, is_pushed);
            assert_eq!(ends, SINCE.plus_secs(term), "{urgency:?}");
        }
    }
}
