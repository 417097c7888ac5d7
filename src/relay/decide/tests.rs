//! Decisions about whole lives.

use super::judged::MAX_DOUBTS;
use super::*;
use crate::model::event::{Leaves, Offered, Policy, Recorded};
use crate::model::{
    CodeNotation, CodeNumber, Disposition, DocumentId, DocumentKey, Indication, LocalDay, Position,
    ReasonCode, SubIndication, Urgency,
};
use crate::relay::moves::{Asked, Phase};
use crate::relay::{TimelineKind, fold};

pub(super) fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).expect("code")
}

pub(super) fn judged(indication: Indication, disposition: Disposition) -> Judged {
    let passed = indication == Indication::TotalPassed;
    Judged {
        indication,
        sub_indication: (!passed).then_some(SubIndication::RevokedNoPoe),
        reason: ReasonCode::CertificateRevoked,
        disposition,
        agency_signed: passed,
        person_signed: false,
        policy: Policy::RequireAgency,
        rules: Digest::of(b"rules"),
        report: None,
    }
}

pub(super) fn recorded(position: u64, event: Event) -> Recorded {
    Recorded {
        position: Position(position),
        at: Timestamp(1),
        hash: Digest::of(&position.to_be_bytes()),
        event,
    }
}

fn offered(disposition: Disposition) -> DocumentState {
    let event = offered_as(disposition, Urgency::Normal);
    fold(None, &recorded(1, event)).expect("state")
}

pub(super) fn offered_as(disposition: Disposition, urgency: Urgency) -> Event {
    let day = LocalDay::new(2026, 11, 23).expect("day");
    let number = CodeNumber::parse("1").expect("number");
    let notation = CodeNotation::parse("STC").expect("notation");
    let event = Offered {
        document: DocumentId::FIRST,
        sender: unit("H53.1"),
        key: DocumentKey::new(unit("H53.1"), number, notation, day),
        promulgated: day,
        first_offer: true,
        request: Digest::of(b"request"),
        content: Digest::of(b"content"),
        envelope: Digest::of(b"envelope"),
        kept: true,
        files: Vec::new(),
        recipients: vec![unit("H53.2"), unit("H53.3"), unit("H53.4")],
        judged: judged(Indication::TotalPassed, disposition),
        hold_until: None,
        urgency,
        issue_due: None,
        due: None,
        rests_on: Vec::new(),
        updates: None,
        replaces: Vec::new(),
        duplicate_of: None,
        countable: Vec::new(),
        paper_follows: false,
        in_register: false,
        redirected: Vec::new(),
    };
    Event::Offered(Box::new(event))
}

fn doubt(certificates: &[&str]) -> Command {
    Command::Doubt {
        judged: judged(Indication::Indeterminate, Disposition::Refuse),
        certificates: certificates
            .iter()
            .map(|c| Digest::of(c.as_bytes()))
            .collect(),
    }
}

#[test]
fn a_doubt_is_said_once_for_each_certificate_and_the_decision_stands() {
    let mut state = offered(Disposition::Accept);
    let mut position = 1;
    for (certificates, news) in [
        (&["signer"][..], true),
        (&["signer"], false),
        (&["signer", "issuer"], true),
        (&["issuer"], false),
        (&[], false),
        (&["responder"], true),
    ] {
        let events = decide(&state, &doubt(certificates)).expect("decided");
        assert_eq!(!events.is_empty(), news, "{certificates:?}");
        for event in events {
            let Event::Doubted(e) = &event else {
                panic!("not a doubt");
            };
            assert_eq!(e.judged.disposition, Disposition::Accept);
            position += 1;
            state = fold(Some(state), &recorded(position, event)).expect("state");
        }
    }
    assert_eq!((state.doubts.len(), state.version), (3, Position(4)));
    assert_eq!(state.judged, state.offered.judged);
    assert_eq!(state.deliveries.len(), 3);
}

#[test]
fn what_is_not_relayed_is_not_doubted_and_no_document_without_end() {
    for disposition in [Disposition::Hold, Disposition::Refuse] {
        let decided = decide(&offered(disposition), &doubt(&["signer"]));
        assert_eq!(decided, Err(Impossible::NotRelayed));
    }
    let mut state = offered(Disposition::Accept);
    for n in 2..100 {
        let name = n.to_string();
        for event in decide(&state, &doubt(&[&name])).expect("decided") {
            state = fold(Some(state), &recorded(n, event)).expect("state");
        }
    }
    assert_eq!(state.doubts.len(), MAX_DOUBTS);
}

/// A document with its log, and the moves made on it.
pub(super) struct Life {
    pub(super) state: DocumentState,
    pub(super) at: Timestamp,
}

impl Life {
    pub(super) fn new() -> Self {
        Self {
            state: offered(Disposition::Accept),
            at: Timestamp(1_000),
        }
    }

    /// Decides, commits and folds; gives the names of the events.
    pub(super) fn act(&mut self, command: &Command) -> Result<Vec<Event>, Impossible> {
        let events = decide(&self.state, command)?;
        for event in &events {
            self.at = self.at.plus_secs(1);
            let record = Recorded {
                at: self.at,
                ..recorded(self.state.version.0 + 1, event.clone())
            };
            self.state = fold(Some(self.state.clone()), &record).expect("state");
            assert_eq!(
                self.state.version, record.position,
                "{event:?} was not folded"
            );
        }
        Ok(events)
    }

    /// Acts, and finds nothing to do the second time.
    pub(super) fn once(&mut self, command: &Command) -> Vec<&'static str> {
        let events = self
            .act(command)
            .unwrap_or_else(|e| panic!("{command:?}: {e}"));
        assert_eq!(self.act(command), Ok(Vec::new()), "{command:?} twice");
        events.iter().map(Event::name).collect()
    }

    pub(super) fn expired(&mut self, recipient: &str) -> Vec<&'static str> {
        let command = expire(self, recipient);
        self.once(&command)
    }

    fn at(&self, recipient: &str) -> (Phase, Asked) {
        let standing = self.state.delivery(&unit(recipient)).expect("one").standing;
        (standing.phase, standing.asked)
    }
}

fn fetch(recipient: &str) -> Command {
    Command::Fetched {
        recipient: unit(recipient),
        due: Due {
            answer: Timestamp(5_000_000),
            present: Timestamp(6_000_000),
            complete: LocalDay::new(2026, 12, 1),
        },
        way: Way::Pull,
    }
}

fn says(recipient: &str, status: Status) -> Command {
    Command::Answer {
        recipient: unit(recipient),
        status,
        note: Some(Digest::of(status.name().as_bytes())),
    }
}

fn asked(recipients: &[&str]) -> Withdrawal {
    Withdrawal {
        recipients: recipients.iter().map(|code| unit(code)).collect(),
        due: Some(Timestamp(9_000_000)),
        note: Some(Digest::of(b"reason")),
    }
}

fn recall(recipients: &[&str]) -> Command {
    Command::Recall(asked(recipients))
}

fn take_back(recipients: &[&str]) -> Command {
    Command::TakeBack(asked(recipients))
}

/// The clock of the wait that is on runs out.
pub(super) fn expire(life: &Life, recipient: &str) -> Command {
    let waits = life.state.delivery(&unit(recipient));
    Command::Expire {
        recipient: unit(recipient),
        cause: ExpiryCause::NotFetched,
        clock: ExpiryClock::Inbox,
        since: waits.expect("recipient").since,
    }
}

pub(super) fn dead(recipient: &str) -> DeadLetter {
    DeadLetter {
        recipient: unit(recipient),
        actor: None,
        note: None,
    }
}

fn possible(error: Impossible) -> Vec<Move> {
    let Impossible::Move { possible, .. } = error else {
        panic!("another error: {error}");
    };
    possible
}

#[test]
fn an_office_works_on_a_document_and_what_it_left_out_is_implied() {
    let mut life = Life::new();
    let early = life
        .act(&says("H53.2", Status::Accepted))
        .expect_err("early");
    assert_eq!(possible(early), [Move::Arrive]);
    assert_eq!(life.once(&fetch("H53.2")), ["arrived"]);
    assert_eq!(life.once(&says("H53.2", Status::Accepted)), ["answered"]);
    let done = life.act(&says("H53.2", Status::Completed)).expect("done");
    let Event::Progressed(e) = &done[0] else {
        panic!("not progress");
    };
    assert_eq!(e.implied, [Status::Assigned, Status::InProcess]);
    assert_eq!(e.due, LocalDay::new(2026, 12, 1));
    // What was made before is harmless whatever came after; what was only implied is not.
    assert_eq!(life.act(&says("H53.2", Status::Accepted)), Ok(Vec::new()));
    let late = life
        .act(&says("H53.2", Status::Assigned))
        .expect_err("late");
    assert_eq!(possible(late), []);
    let entry = life.state.record_of(&unit("H53.2"), Move::Complete);
    let entry = entry.expect("entry");
    assert_eq!(entry.kind, TimelineKind::Progressed);
    assert_eq!(entry.status, Some(Status::Completed));
    assert_eq!(life.state.record_of(&unit("H53.2"), Move::Assign), None);
}

#[test]
fn a_take_back_is_immediate_or_asked_and_answered_by_02_and_03_too() {
    let mut life = Life::new();
    assert_eq!(life.once(&take_back(&["H53.2"])), ["taken-back"]);
    let gone = life.act(&fetch("H53.2")).expect_err("gone");
    assert_eq!(possible(gone), []);
    life.once(&fetch("H53.3"));
    life.once(&fetch("H53.4"));
    // All or none of those that are named.
    life.once(&says("H53.4", Status::Accepted));
    let none = life
        .act(&take_back(&["H53.3", "H53.4"]))
        .expect_err("accepted");
    assert_eq!(possible(none), [Move::Recall, Move::Replace]);
    assert_eq!(life.at("H53.3").1, Asked::Nothing);
    assert_eq!(life.once(&take_back(&["H53.3"])), ["take-back-asked"]);
    assert!(life.state.is_on(crate::relay::Desk::Asked));
    assert_eq!(
        life.once(&says("H53.3", Status::Declined)),
        ["take-back-answered"]
    );
    assert_eq!(life.at("H53.3"), (Phase::Arrived, Asked::TakeBackDeclined));
    assert_eq!(life.act(&take_back(&["H53.3"])), Ok(Vec::new()));
    assert_eq!(life.once(&says("H53.3", Status::Refused)), ["answered"]);

    let mut other = Life::new();
    for recipient in ["H53.2", "H53.3", "H53.4"] {
        other.once(&fetch(recipient));
    }
    assert_eq!(other.once(&take_back(&[])), ["take-back-asked"; 3]);
    for (recipient, status) in [
        ("H53.2", Status::Agreed),
        ("H53.3", Status::Accepted),
        ("H53.4", Status::Refused),
    ] {
        other.once(&says(recipient, status));
        let request = other.state.delivery(&unit(recipient)).expect("one").asked;
        let answer = request.expect("asked").answer;
        assert_eq!(answer.map(|(status, _)| status), Some(status));
        assert_eq!(other.act(&take_back(&[recipient])), Ok(Vec::new()));
    }
    assert!(!other.state.is_on(crate::relay::Desk::Asked));
    assert_eq!(other.at("H53.2").0, Phase::TakenBack);
}

#[test]
fn a_recall_freezes_and_only_15_or_16_follows() {
    let mut life = Life::new();
    let early = life.act(&recall(&["H53.2"])).expect_err("waiting");
    assert_eq!(possible(early), [Move::TakeBack, Move::Replace]);
    life.once(&fetch("H53.2"));
    life.once(&says("H53.2", Status::Accepted));
    life.once(&says("H53.2", Status::Assigned));
    // Everything: recalled where it is, taken back where nobody came.
    let all = ["recalled", "taken-back", "taken-back"];
    assert_eq!(life.once(&recall(&[])), all);
    assert!(life.state.is_frozen() && life.state.is_withdrawn());
    assert_eq!(life.at("H53.2"), (Phase::Assigned, Asked::Recall));
    let listed = life.state.delivery(&unit("H53.2")).expect("one").listed;
    assert!(listed.is_some(), "the recall has to be answered");
    let work = life
        .act(&says("H53.2", Status::Completed))
        .expect_err("gone");
    assert_eq!(possible(work), [Move::Agree, Move::Decline]);
    assert_eq!(life.act(&says("H53.2", Status::Assigned)), Ok(Vec::new()));
    assert_eq!(
        life.once(&says("H53.2", Status::Declined)),
        ["recall-answered"]
    );
    assert_eq!(life.at("H53.2"), (Phase::Assigned, Asked::RecallDeclined));
    assert!(life.state.is_on(crate::relay::Desk::Asked), "an exception");
    assert_eq!(
        life.once(&says("H53.2", Status::Agreed)),
        ["recall-answered"]
    );
    assert!(!life.state.is_on(crate::relay::Desk::Asked));
    let frozen = Command::Update {
        by: DocumentId::FIRST,
        recipients: vec![unit("H53.2")],
    };
    assert_eq!(life.act(&frozen), Err(Impossible::Frozen));
}

#[test]
fn a_document_leaves_the_figures_with_its_last_delivery_and_once() {
    let leaves = |events: &[Event]| -> Vec<Option<Leaves>> {
        let of = |event: &Event| match event {
            Event::Recalled(e) => e.leaves,
            Event::TakenBack(e) => e.leaves,
            Event::TakeBackAnswered(e) => e.leaves,
            Event::GivenUp(e) => e.leaves,
            _ => None,
        };
        events.iter().map(of).collect()
    };
    let gone = Some(Leaves {
        promulgated: LocalDay::new(2026, 11, 23).expect("day"),
        agency_signed: true,
        both_signed: false,
        issued_late: false,
    });
    let mut life = Life::new();
    life.once(&fetch("H53.2"));
    let all = life.act(&recall(&[])).expect("recalled");
    assert_eq!(leaves(&all), [None, None, gone]);
    let again = life.act(&says("H53.2", Status::Agreed)).expect("agreed");
    assert_eq!(leaves(&again), [None]);

    let mut life = Life::new();
    life.once(&fetch("H53.2"));
    life.once(&fetch("H53.3"));
    life.expired("H53.4");
    life.once(&take_back(&["H53.3"]));
    let one = life.act(&recall(&["H53.2"])).expect("recalled");
    assert_eq!(leaves(&one), [None]);
    let two = life.act(&says("H53.3", Status::Agreed)).expect("agreed");
    assert_eq!(leaves(&two), [None], "the dead letter may still be sent");
    let three = life.act(&Command::GiveUp(dead("H53.4"))).expect("given up");
    assert_eq!(leaves(&three), [gone]);

    // What was taken back everywhere was not recalled (counting.md says so of recalls only).
    let mut life = Life::new();
    let all = life.act(&take_back(&[])).expect("taken back");
    assert_eq!(leaves(&all), [None, None, None]);
    assert!(!life.state.is_withdrawn());
}

#[test]
fn a_dead_letter_is_sent_again_with_a_new_clock_and_not_for_ever() {
    let mut life = Life::new();
    let first = expire(&life, "H53.2");
    assert_eq!(life.once(&first), ["expired"]);
    assert!(life.state.is_on(crate::relay::Desk::Dead));
    let dead_row = life.state.deliveries[0].listed;
    assert_eq!(dead_row, None);
    let missed = life.act(&fetch("H53.2")).expect_err("expired");
    assert_eq!(possible(missed), []);
    let replay = Command::Replay(dead("H53.2"));
    assert_eq!(life.once(&replay), ["replayed"]);
    let delivery = &life.state.deliveries[0];
    assert_eq!(
        delivery.listed,
        Some(life.state.version),
        "at the end of the inbox"
    );
    assert_eq!(delivery.since, life.at);
    assert_eq!(
        life.act(&first),
        Ok(Vec::new()),
        "the clock of an earlier wait"
    );
    assert_eq!(life.at("H53.2").0, Phase::Waiting);
    for _ in 1..20 {
        life.expired("H53.2");
        life.once(&replay);
    }
    life.expired("H53.2");
    assert_eq!(life.act(&replay), Err(Impossible::TooOften(20)));
    assert_eq!(life.once(&Command::GiveUp(dead("H53.2"))), ["given-up"]);
    assert!(!life.state.is_on(crate::relay::Desk::Dead));
}

#[test]
fn another_document_takes_the_place_only_where_both_go() {
    let by = DocumentId::FIRST;
    let mut life = Life::new();
    life.once(&fetch("H53.2"));
    life.once(&says("H53.2", Status::Accepted));
    let supersede = Command::Supersede {
        by,
        recipients: vec![unit("H53.2"), unit("H53.3"), unit("H53.9")],
    };
    assert_eq!(life.once(&supersede), ["superseded", "superseded"]);
    assert_eq!(life.at("H53.2").0, Phase::Superseded);
    assert_eq!(life.at("H53.3").0, Phase::SupersededUnfetched);
    assert_eq!(life.at("H53.4").0, Phase::Waiting);
    assert_eq!(
        life.state.timeline.last().expect("entry").facts.other,
        Some(by)
    );
    let update = Command::Update {
        by,
        recipients: vec![unit("H53.4"), unit("H53.9")],
    };
    let events = life.act(&update).expect("updated");
    let Event::Updated(e) = &events[0] else {
        panic!("not an update");
    };
    assert_eq!(e.added, [unit("H53.9")]);
    assert_eq!(e.removed, [unit("H53.2"), unit("H53.3")]);
    assert_eq!(life.act(&update), Ok(Vec::new()));
}

#[test]
fn content_is_erased_once_and_nothing_else() {
    let mut life = Life::new();
    let erase = |bodies: &[&[u8]]| Command::Erase {
        bodies: bodies.iter().map(|b| Digest::of(b)).collect(),
        cause: ErasureCause::Order,
        basis: Some(Digest::of(b"basis")),
        actor: None,
    };
    life.once(&fetch("H53.2"));
    life.once(&says("H53.2", Status::Refused));
    // A receipt, a certificate or another document's file is none of its content.
    assert_eq!(life.act(&erase(&[b"other", b"request"])), Ok(Vec::new()));
    assert_eq!(life.once(&erase(&[b"envelope", b"envelope"])), ["erased"]);
    let both = life
        .act(&erase(&[b"envelope", b"refused", b"other"]))
        .expect("erased");
    let Event::Erased(e) = &both[0] else {
        panic!("not an erasure");
    };
    assert_eq!(e.bodies, [Digest::of(b"refused")]);
    assert_eq!(life.state.erased.len(), 2);
    // By what right it was erased is none of it either.
    assert_eq!(life.act(&erase(&[b"basis"])), Ok(Vec::new()));
    let whole: Vec<Digest> = life.state.content().without_reports();
    assert!(whole.iter().all(|body| life.state.is_erased(body)));
    assert!(life.state.lacks_content());
}
