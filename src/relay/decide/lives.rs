//! Random whole lives on the pure state machine: anybody does anything at any time, replies are lost and the same is
//! asked again at once or much later, the process ends and folds its log anew, and the clock jumps on and back.
//! What came of it is followed through the log by rules written down here once more, apart from table and fold.

use super::tests::{dead, judged, offered_as, recorded, unit};
use super::*;
use crate::model::event::Recorded;
use crate::model::{Digest, Disposition, Indication, LocalDay, Position, Urgency};
use crate::relay::{Clocks, TimelineKind, Waits, fold};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

const CLOCKS: Clocks = Clocks::BRIEF;
const RECIPIENTS: [&str; 3] = ["H53.2", "H53.3", "H53.4"];
/// As the store has it: a clock that stands further before the last event is not believed.
const BELIEVED: i64 = 300;

/// What somebody wants of one recipient, or of all.
#[derive(Clone, Copy, Debug)]
enum Want {
    Fetch,
    Answer(usize),
    TakeBack(bool),
    Recall(bool),
    Replace,
    Update,
    Replay,
    GiveUp,
    Attempt,
    Erase,
    Rejudge(bool),
    Doubt,
}

#[derive(Clone, Debug)]
enum Step {
    /// Somebody asks, and has the reply.
    Asks(Want, usize),
    /// … and the reply is lost: the same is asked again at once.
    Lost(Want, usize),
    /// … or whoever asked comes back to it much later.
    Again(usize),
    /// The clock is set.
    Clock(i64),
    /// The keeper of the clocks looks, and ends what ran out.
    Keeper,
    /// … or is killed between looking and ending.
    Killed,
    /// The process ends, and the log is all that is left.
    Crash,
}

fn want() -> impl Strategy<Value = Want> {
    prop_oneof![
        5 => Just(Want::Fetch),
        8 => (0usize..7).prop_map(Want::Answer),
        2 => any::<bool>().prop_map(Want::TakeBack),
        2 => any::<bool>().prop_map(Want::Recall),
        1 => Just(Want::Replace),
        1 => Just(Want::Update),
        2 => Just(Want::Replay),
        1 => Just(Want::GiveUp),
        1 => Just(Want::Attempt),
        1 => Just(Want::Erase),
        2 => any::<bool>().prop_map(Want::Rejudge),
        1 => Just(Want::Doubt),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (want(), 0usize..3).prop_map(|(what, at)| Step::Asks(what, at)),
        3 => (want(), 0usize..3).prop_map(|(what, at)| Step::Lost(what, at)),
        2 => any::<usize>().prop_map(Step::Again),
        3 => (-4000i64..4000).prop_map(Step::Clock),
        2 => Just(Step::Keeper),
        1 => Just(Step::Killed),
        1 => Just(Step::Crash),
    ]
}

struct Life {
    now: Timestamp,
    state: DocumentState,
    log: Vec<Recorded>,
    /// All that was ever asked.
    asked: Vec<Command>,
}

impl Life {
    fn new(disposition: Disposition, urgency: Urgency) -> Self {
        let (event, now) = (offered_as(disposition, urgency), Timestamp(1_000_000));
        let record = Recorded {
            at: now,
            ..recorded(1, event)
        };
        Self {
            now,
            state: fold(None, &record).expect("state"),
            log: vec![record],
            asked: Vec::new(),
        }
    }

    fn last(&self) -> Timestamp {
        self.log.last().expect("an offer").at
    }

    fn command(&self, what: Want, at: usize) -> Command {
        let recipient = unit(RECIPIENTS[at]);
        let withdrawal = |all: bool| Withdrawal {
            recipients: (!all).then(|| recipient.clone()).into_iter().collect(),
            due: Some(self.now.plus_secs(3600)),
            note: Some(Digest::of(b"reason")),
        };
        let by = DocumentId::new(Timestamp(2), [7; 10]);
        match what {
            Want::Fetch => Command::Fetched {
                recipient,
                due: Due {
                    answer: self.now.plus_secs(3600),
                    present: self.now.plus_secs(7200),
                    complete: LocalDay::new(2026, 12, 1),
                },
                way: Way::Pull,
            },
            Want::Answer(n) => {
                let all = Status::ALL.iter().map(|(status, ..)| *status);
                let answers = all.filter(|status| Move::of(*status).is_some());
                let status = answers.cycle().nth(n).expect("one");
                Command::Answer {
                    recipient,
                    status,
                    note: None,
                }
            }
            Want::TakeBack(all) => Command::TakeBack(withdrawal(all)),
            Want::Recall(all) => Command::Recall(withdrawal(all)),
            Want::Replace => Command::Supersede {
                by,
                recipients: vec![recipient],
            },
            Want::Update => Command::Update {
                by,
                recipients: vec![recipient],
            },
            Want::Replay => Command::Replay(dead(RECIPIENTS[at])),
            Want::GiveUp => Command::GiveUp(dead(RECIPIENTS[at])),
            Want::Attempt => Command::Attempt(Attempt {
                recipient,
                at: self.now,
                number: 1,
                way: Way::Push,
                outcome: AttemptOutcome::TimedOut,
                code: 0,
                next: None,
            }),
            Want::Erase => Command::Erase {
                bodies: self.state.content().without_reports(),
                cause: ErasureCause::Order,
                basis: None,
                actor: None,
            },
            Want::Rejudge(passes) => Command::Rejudge {
                judged: match passes {
                    true => judged(Indication::TotalPassed, Disposition::Accept),
                    false => judged(Indication::Indeterminate, Disposition::Refuse),
                },
                rests_on: Vec::new(),
            },
            Want::Doubt => Command::Doubt {
                judged: judged(Indication::Indeterminate, Disposition::Refuse),
                certificates: vec![Digest::of(RECIPIENTS[at].as_bytes())],
            },
        }
    }

    /// Asks; what was decided is in the log, unless the clock is not believed. Whether the store took it.
    fn ask(&mut self, command: &Command) -> bool {
        let Ok(events) = decide(&self.state, command) else {
            return false;
        };
        if self.now.plus_secs(BELIEVED) < self.last() {
            return false;
        }
        // One change has one time.
        let at = self.now.max(self.last());
        for event in events {
            let position = self.log.last().expect("an offer").position.0 + 1;
            let record = Recorded {
                at,
                ..recorded(position, event)
            };
            self.state = fold(Some(self.state.clone()), &record).expect("state");
            assert_eq!(self.state.version, record.position, "not folded");
            self.log.push(record);
        }
        true
    }

    /// What has run out by now, as the keeper sees it.
    fn over(&self) -> Vec<Command> {
        let urgency = self.state.offered.urgency;
        let expire = |delivery: &Delivery| {
            let running = CLOCKS.of(delivery, urgency, Waits::ToBeFetched)?;
            (running.ends <= self.now).then(|| Command::Expire {
                recipient: delivery.recipient.clone(),
                cause: running.cause,
                clock: running.clock,
                since: delivery.since,
            })
        };
        self.state.deliveries.iter().filter_map(expire).collect()
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Asks(what, at) => {
                let command = self.command(*what, *at);
                self.ask(&command);
                self.asked.push(command);
            }
            Step::Lost(what, at) => {
                let command = self.command(*what, *at);
                // A judgement is nobody's request, and is looked up before it is made again.
                if self.ask(&command) && !matches!(what, Want::Rejudge(_)) {
                    let before = self.log.len();
                    assert!(
                        self.ask(&command),
                        "{command:?}: impossible the second time"
                    );
                    assert_eq!(self.log.len(), before, "{command:?}: done twice");
                }
                self.asked.push(command);
            }
            Step::Again(n) => {
                let command = self.asked.get(n % self.asked.len().max(1)).cloned();
                // What the keeper saw run out by a clock that went back since, it looks at anew.
                if let Some(command) = command.filter(|command| !self.is_early(command)) {
                    self.ask(&command);
                }
            }
            Step::Clock(secs) => self.now = self.now.plus_secs(*secs),
            Step::Keeper => {
                for command in self.over() {
                    self.ask(&command);
                }
            }
            Step::Killed => self.asked.extend(self.over()),
            Step::Crash => self.fold_anew(),
        }
    }

    /// Whether a clock would be ended before its time.
    fn is_early(&self, command: &Command) -> bool {
        let Command::Expire { since, .. } = command else {
            return false;
        };
        let flash = self.state.offered.urgency == Urgency::Flash;
        let term = if flash { 600 } else { 7200 };
        self.now.max(self.last()) < since.plus_secs(term)
    }

    fn fold_anew(&mut self) {
        let again = self.log.iter().fold(None, fold);
        assert_eq!(again.as_ref(), Some(&self.state));
    }

    /// Long after, with a clock that is right again: whatever the gateway owns is brought to its end.
    fn end(&mut self) {
        self.now = self.now.max(self.last()).plus_secs(CLOCKS.inbox);
        if self.state.judged.disposition == Disposition::Hold {
            let command = self.command(Want::Rejudge(false), 0);
            self.ask(&command);
        }
        for command in self.over() {
            self.ask(&command);
        }
        for delivery in &self.state.deliveries {
            let owner = delivery.standing.owner();
            assert_ne!(owner, Some(Actor::Gateway), "stuck: {delivery:?}");
        }
        assert_ne!(self.state.judged.disposition, Disposition::Hold);
    }
}

/// One recipient's side as the log tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// On hold, or refused.
    Nowhere,
    Waiting(Timestamp),
    There,
    Dead,
    Gone,
}

#[derive(Clone, Debug)]
struct Side {
    place: Place,
    /// The stage of the work: 2 or 3 once answered, then up to 6.
    stage: u8,
    recalled: bool,
    asked: bool,
    arrivals: u32,
}

impl Side {
    fn new() -> Self {
        Self {
            place: Place::Nowhere,
            stage: 0,
            recalled: false,
            asked: false,
            arrivals: 0,
        }
    }

    fn works(&self) -> bool {
        self.place == Place::There && !self.recalled
    }

    fn moves(&mut self, record: &Recorded, urgency: Urgency) {
        match &record.event {
            Event::Arrived(_) => {
                assert!(matches!(self.place, Place::Waiting(_)), "{record:?}");
                self.place = Place::There;
                self.arrivals += 1;
            }
            Event::Answered(e) => {
                assert!(self.works() && self.stage == 0, "{record:?}");
                self.stage = if e.status == Status::Accepted { 3 } else { 2 };
                self.asked = false;
            }
            Event::Progressed(e) => {
                let stage: u8 = e.status.code().parse().expect("two digits");
                assert!(self.works() && self.stage >= 3 && stage > self.stage);
                self.stage = stage;
            }
            Event::TakeBackAsked(_) => {
                assert!(self.works() && self.stage == 0 && !self.asked, "{record:?}");
                self.asked = true;
            }
            Event::TakeBackAnswered(e) => {
                assert!(self.works() && self.asked, "{record:?}");
                self.asked = false;
                if e.status == Status::Agreed {
                    self.place = Place::Gone;
                }
            }
            Event::TakenBack(_) => {
                let unfetched = matches!(self.place, Place::Waiting(_) | Place::Dead);
                assert!(unfetched, "{record:?}");
                self.place = Place::Gone;
            }
            Event::Recalled(_) => {
                assert!(self.arrivals == 1 && !self.recalled, "{record:?}");
                self.recalled = true;
                self.asked = true;
            }
            Event::RecallAnswered(_) => assert!(self.recalled, "{record:?}"),
            Event::Superseded(_) => {
                assert!(!self.recalled, "{record:?}");
                self.stage = u8::MAX;
                if self.place != Place::There {
                    self.place = Place::Gone;
                }
            }
            Event::Expired(e) => {
                assert_eq!(self.place, Place::Waiting(e.since), "another wait");
                let term = if urgency == Urgency::Flash { 600 } else { 7200 };
                assert!(record.at >= e.since.plus_secs(term), "before its time");
                self.place = Place::Dead;
            }
            Event::Replayed(_) => {
                assert_eq!(self.place, Place::Dead, "{record:?}");
                self.place = Place::Waiting(record.at);
            }
            Event::GivenUp(_) => {
                assert_eq!(self.place, Place::Dead, "{record:?}");
                self.place = Place::Gone;
            }
            other => panic!("not of one recipient: {other:?}"),
        }
    }
}

/// Whose side an event is about.
fn recipient(event: &Event) -> Option<&UnitCode> {
    Some(match event {
        Event::Arrived(e) => &e.recipient,
        Event::Answered(e) => &e.recipient,
        Event::Progressed(e) => &e.recipient,
        Event::TakeBackAsked(e) => &e.recipient,
        Event::TakeBackAnswered(e) => &e.recipient,
        Event::TakenBack(e) => &e.recipient,
        Event::Recalled(e) => &e.recipient,
        Event::RecallAnswered(e) => &e.recipient,
        Event::Superseded(e) => &e.recipient,
        Event::Expired(e) => &e.recipient,
        Event::Replayed(e) => &e.recipient,
        Event::GivenUp(e) => &e.recipient,
        _ => return None,
    })
}

/// Follows every recipient through the log.
fn follow(log: &[Recorded]) {
    let mut sides: BTreeMap<UnitCode, Side> = RECIPIENTS.map(|r| (unit(r), Side::new())).into();
    let (mut urgency, mut erased) = (Urgency::Normal, Vec::new());
    for (n, record) in (1..).zip(log) {
        assert_eq!(record.position, Position(n));
        let relayed = match &record.event {
            Event::Offered(e) => {
                urgency = e.urgency;
                e.judged.disposition.relays()
            }
            Event::Rejudged(e) => {
                assert!(sides.values().all(|side| side.place == Place::Nowhere));
                e.judged.disposition.relays()
            }
            Event::Erased(e) => {
                for body in &e.bodies {
                    assert!(!erased.contains(body), "erased twice");
                    erased.push(*body);
                }
                false
            }
            Event::Doubted(_) | Event::Updated(_) | Event::Attempted(_) => false,
            event => {
                let side = sides.get_mut(recipient(event).expect("one"));
                side.expect("known").moves(record, urgency);
                false
            }
        };
        if relayed {
            let wait = |side: &mut Side| side.place = Place::Waiting(record.at);
            sides.values_mut().for_each(wait);
        }
    }
    let times = log.iter().map(|record| record.at);
    assert!(times.is_sorted(), "event time went back");
    assert!(sides.values().all(|side| side.arrivals <= 1), "{sides:?}");
}

#[test]
fn any_interleaving_does_each_thing_once_in_time_and_to_an_end() {
    // Ones that failed stay in `proptest-regressions/`.
    let config = ProptestConfig {
        source_file: Some(file!()),
        ..ProptestConfig::with_cases(600)
    };
    let steps = prop::collection::vec(step(), 1..80);
    let lives = (steps, any::<bool>(), any::<bool>());
    let seen = RefCell::new(BTreeSet::new());
    let ran = TestRunner::new(config).run(&lives, |(steps, held, flash)| {
        let disposition = if held {
            Disposition::Hold
        } else {
            Disposition::Accept
        };
        let urgency = if flash {
            Urgency::Flash
        } else {
            Urgency::Normal
        };
        let mut life = Life::new(disposition, urgency);
        for step in &steps {
            life.step(step);
        }
        life.end();
        life.fold_anew();
        follow(&life.log);
        let names = life.log.iter().map(|record| record.event.name());
        seen.borrow_mut().extend(names);
        Ok(())
    });
    ran.unwrap_or_else(|e| panic!("{e}"));
    // All kinds but those of receipts, rules and stamps.
    assert_eq!(seen.borrow().len(), TimelineKind::ALL.len(), "{seen:?}");
}
