//! Which attempts to deliver become events: those that say something new. A partner that is down for a
//! weekend is tried hundreds of times, and each event is a record that is synced, kept and shown.

use super::{Attempt, Impossible, delivery, refusal};
use crate::model::event::{Attempted, Event};
use crate::relay::moves::Actor;
use crate::relay::state::{Delivery, DocumentState, TimelineEntry, TimelineKind};

/// The same cause is on record again after six hours: whoever looks sees that it was still tried that
/// day, and a delivery that ends after five working days has some twenty records.
const AGAIN_AFTER_MS: i64 = 6 * 3600 * 1000;

/// Changes of cause on record of one delivery. A recipient that answers otherwise each time tells
/// nothing by the seventeenth answer.
const MOST_CAUSES: usize = 16;

/// Attempts on record of one document, but for the first failure at each recipient: its row in the index
/// is written anew with each.
const MOST: usize = 2_000;

/// Only what still waits is tried.
pub(super) fn attempt(state: &DocumentState, made: &Attempt) -> Result<Vec<Event>, Impossible> {
    let delivery = delivery(state, &made.recipient)?;
    if !delivery.is_waiting() {
        return Err(refusal(delivery, Actor::Gateway));
    }
    if !is_new(state, delivery, made) {
        return Ok(Vec::new());
    }
    // Whoever makes the attempts may have forgotten some at a restart; the log has not.
    let earlier = delivery.attempts.map_or(0, |a| a.number);
    Ok(vec![Event::Attempted(Box::new(Attempted {
        document: state.id(),
        sender: state.offered.sender.clone(),
        recipient: made.recipient.clone(),
        way: made.way,
        number: earlier.saturating_add(1).max(made.number),
        outcome: made.outcome,
        code: made.code,
        next: made.next,
    }))])
}

fn is_new(state: &DocumentState, delivery: &Delivery, made: &Attempt) -> bool {
    let Some(known) = delivery.attempts else {
        return true;
    };
    let tried = |e: &&TimelineEntry| e.kind == TimelineKind::Attempted;
    let all = || state.timeline.iter().filter(tried);
    if all().count() >= MOST {
        return false;
    }
    if made.at.0.saturating_sub(known.at.0) >= AGAIN_AFTER_MS {
        return true;
    }
    let index = state.index(&delivery.recipient);
    let own = all().filter(|e| e.recipient == index && e.at >= delivery.since);
    let other = (made.way, made.outcome, made.code) != (known.way, known.outcome, known.code);
    other && own.count() < MOST_CAUSES
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod tests {
    use super::super::Command;
    use super::super::tests::{Life, dead, expire, unit};
    use super::*;
    use crate::model::Timestamp;
    use crate::model::event::{AttemptOutcome, Way};

    fn failed(at: Timestamp, outcome: AttemptOutcome, code: u16) -> Command {
        Command::Attempt(Attempt {
            recipient: unit("H53.2"),
            at,
            number: 1,
            way: Way::Push,
            outcome,
            code,
            next: Some(Timestamp(7)),
        })
    }

    /// Attempts at the first recipient that came on record.
    fn on_record(life: &Life) -> usize {
        let timeline = life.state.timeline.iter();
        timeline.filter(|e| e.facts.attempt.is_some()).count()
    }

    #[test]
    fn the_first_failure_and_each_other_cause_is_on_record_and_a_repeat_is_not() {
        let mut life = Life::new();
        let at = life.at;
        let later = |code| failed(at, AttemptOutcome::Later, code);
        for (command, news) in [
            (later(503), true),
            (later(503), false),
            (later(500), true),
            (failed(at, AttemptOutcome::TimedOut, 0), true),
            (failed(at, AttemptOutcome::TimedOut, 0), false),
            (later(503), true),
        ] {
            let events = life.act(&command).expect("waits");
            assert_eq!(!events.is_empty(), news, "{command:?}");
        }
        assert_eq!(on_record(&life), 4);
        let known = life.state.deliveries[0].attempts.expect("attempts");
        assert_eq!((known.number, known.code), (4, 503));
        assert_eq!(known.next, Some(Timestamp(7)));
        assert!(
            life.state.proved().count() < life.state.timeline.len(),
            "no receipts of attempts"
        );
    }

    #[test]
    fn the_number_is_that_of_whoever_counts_further() {
        let mut life = Life::new();
        let attempt = |number, code| {
            Command::Attempt(Attempt {
                recipient: unit("H53.2"),
                at: Timestamp(1_000),
                number,
                way: Way::Push,
                outcome: AttemptOutcome::Later,
                code,
                next: None,
            })
        };
        life.act(&attempt(7, 503)).expect("waits");
        life.act(&attempt(1, 500)).expect("waits");
        let known = life.state.deliveries[0].attempts.expect("attempts");
        assert_eq!(known.number, 8, "a restart forgets, the log does not");
    }

    #[test]
    fn a_weekend_of_one_cause_and_of_causes_that_alternate_leaves_few_records() {
        let quarter = 15 * 60;
        for alternate in [false, true] {
            let mut life = Life::new();
            for n in 0..5 * 24 * 4 {
                let at = Timestamp(1_000).plus_secs(n * quarter);
                life.at = life.at.max(at);
                let code = 500 + u16::from(alternate && n % 2 == 0);
                let command = failed(at, AttemptOutcome::Later, code);
                life.act(&command).expect("waits");
            }
            let records = on_record(&life);
            assert!((18..=40).contains(&records), "{alternate}: {records}");
        }
    }

    #[test]
    fn only_what_waits_is_tried_and_a_replay_begins_anew() {
        let mut life = Life::new();
        let tried = failed(life.at, AttemptOutcome::Unreachable, 0);
        life.act(&tried).expect("waits");
        life.once(&expire("H53.2"));
        assert!(life.act(&tried).is_err());
        let kept = life.state.deliveries[0].attempts.expect("attempts");
        assert_eq!(
            kept.outcome,
            AttemptOutcome::Unreachable,
            "the desk shows it"
        );
        life.once(&Command::Replay(dead("H53.2")));
        assert_eq!(life.state.deliveries[0].attempts, None);
        life.act(&tried).expect("waits");
        let anew = life.state.deliveries[0].attempts.expect("attempts");
        assert_eq!(anew.number, 1);
        assert_eq!(on_record(&life), 2, "the earlier one stays on the timeline");
    }
}
