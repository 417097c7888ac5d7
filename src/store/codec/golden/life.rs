//! Samples of what happens after a document was relayed: each optional member once there and once
//! absent.

use super::{id, other, unit};
use crate::model::event::{
    AttemptOutcome, Attempted, Erased, ErasureCause, Event, Expired, ExpiryCause, ExpiryClock,
    GivenUp, Leaves, Progressed, RecallAnswered, Recalled, Replayed, Superseded, TakeBackAnswered,
    TakeBackAsked, TakenBack, Updated, Way,
};
use crate::model::{Digest, LocalDay, Status, Timestamp};

const EARLIER: Timestamp = Timestamp(1_795_500_000_000);
const LATER: Timestamp = Timestamp(1_795_539_599_999);
const WORDS: Option<Digest> = Some(Digest([7; 32]));

fn leaves() -> Leaves {
    Leaves {
        promulgated: LocalDay::new(2026, 11, 23).unwrap(),
        agency_signed: true,
        both_signed: false,
        issued_late: true,
    }
}

pub(super) fn samples() -> Vec<(&'static str, Event)> {
    let mut all = work();
    all.extend(asked());
    all.extend(recalled());
    all.extend(ended());
    all.extend(kept());
    all
}

fn work() -> Vec<(&'static str, Event)> {
    let completed = Progressed {
        document: id(),
        sender: unit("H53.1"),
        recipient: unit("H53.2"),
        status: Status::Completed,
        implied: vec![Status::Assigned, Status::InProcess],
        arrived: EARLIER,
        due: LocalDay::new(2026, 12, 15),
        note: WORDS,
    };
    let assigned = Progressed {
        status: Status::Assigned,
        implied: Vec::new(),
        due: None,
        note: None,
        ..completed.clone()
    };
    vec![
        ("progressed-v1", Event::Progressed(Box::new(completed))),
        ("progressed-v1-plain", Event::Progressed(Box::new(assigned))),
    ]
}

fn asked() -> Vec<(&'static str, Event)> {
    let asked = TakeBackAsked {
        document: id(),
        sender: unit("H53.1"),
        recipient: unit("H53.2"),
        due: Some(LATER),
        note: WORDS,
    };
    let plain = TakeBackAsked {
        due: None,
        note: None,
        ..asked.clone()
    };
    let back = TakenBack {
        document: id(),
        sender: unit("H53.1"),
        recipient: unit("H53.2"),
        note: WORDS,
        leaves: Some(leaves()),
    };
    let back_plain = TakenBack {
        note: None,
        leaves: None,
        ..back.clone()
    };
    let answered = TakeBackAnswered {
        document: id(),
        sender: unit("H53.1"),
        recipient: unit("H53.2"),
        status: Status::Agreed,
        note: None,
        leaves: Some(leaves()),
    };
    let declined = TakeBackAnswered {
        status: Status::Declined,
        note: WORDS,
        leaves: None,
        ..answered.clone()
    };
    vec![
        ("take-back-asked-v1", Event::TakeBackAsked(Box::new(asked))),
        (
            "take-back-asked-v1-plain",
            Event::TakeBackAsked(Box::new(plain)),
        ),
        ("taken-back-v1", Event::TakenBack(Box::new(back))),
        (
            "taken-back-v1-plain",
            Event::TakenBack(Box::new(back_plain)),
        ),
        (
            "take-back-answered-v1",
            Event::TakeBackAnswered(Box::new(answered)),
        ),
        (
            "take-back-answered-v1-declined",
            Event::TakeBackAnswered(Box::new(declined)),
        ),
    ]
}

fn recalled() -> Vec<(&'static str, Event)> {
    let recalled = Recalled {
        document: id(),
        sender: unit("H53.1"),
        recipient: unit("H53.2"),
        arrived: EARLIER,
        due: Some(LATER),
        note: WORDS,
        leaves: Some(leaves()),
    };
    let plain = Recalled {
        due: None,
        note: None,
        leaves: None,
        ..recalled.clone()
    };
    let agreed = RecallAnswered {
        document: id(),
        sender: unit("H53.1"),
        recipient: unit("H53.2"),
        status: Status::Agreed,
        recalled: EARLIER,
        due: Some(LATER),
        note: None,
    };
    let declined = RecallAnswered {
        status: Status::Declined,
        due: None,
        note: WORDS,
        ..agreed.clone()
    };
    vec![
        ("recalled-v1", Event::Recalled(Box::new(recalled))),
        ("recalled-v1-plain", Event::Recalled(Box::new(plain))),
        (
            "recall-answered-v1",
            Event::RecallAnswered(Box::new(agreed)),
        ),
        (
            "recall-answered-v1-declined",
            Event::RecallAnswered(Box::new(declined)),
        ),
    ]
}

fn ended() -> Vec<(&'static str, Event)> {
    let expired = Expired {
        document: id(),
        sender: unit("H53.1"),
        recipient: unit("H53.2"),
        cause: ExpiryCause::Unreachable,
        clock: ExpiryClock::Push,
        since: EARLIER,
    };
    let replayed = Replayed {
        document: id(),
        sender: unit("H53.1"),
        recipient: unit("H53.2"),
        actor: Some(unit("H53")),
        note: WORDS,
    };
    let by_hand = Replayed {
        actor: None,
        note: None,
        ..replayed.clone()
    };
    let given_up = GivenUp {
        document: id(),
        sender: unit("H53.1"),
        recipient: unit("H53.2"),
        actor: Some(unit("H53")),
        note: WORDS,
        leaves: Some(leaves()),
    };
    let plain = GivenUp {
        actor: None,
        note: None,
        leaves: None,
        ..given_up.clone()
    };
    let attempted = Attempted {
        document: id(),
        sender: unit("H53.1"),
        recipient: unit("H53.2"),
        way: Way::Push,
        number: 3,
        outcome: AttemptOutcome::Later,
        code: 503,
        next: Some(LATER),
    };
    let last = Attempted {
        outcome: AttemptOutcome::TimedOut,
        code: 0,
        next: None,
        ..attempted.clone()
    };
    vec![
        ("expired-v1", Event::Expired(Box::new(expired))),
        ("replayed-v1", Event::Replayed(Box::new(replayed))),
        ("replayed-v1-plain", Event::Replayed(Box::new(by_hand))),
        ("given-up-v1", Event::GivenUp(Box::new(given_up))),
        ("given-up-v1-plain", Event::GivenUp(Box::new(plain))),
        ("attempted-v1", Event::Attempted(Box::new(attempted))),
        ("attempted-v1-last", Event::Attempted(Box::new(last))),
    ]
}

fn kept() -> Vec<(&'static str, Event)> {
    let superseded = Superseded {
        document: id(),
        sender: unit("H53.1"),
        recipient: unit("H53.2"),
        by: other(1),
    };
    let updated = Updated {
        document: id(),
        sender: unit("H53.1"),
        by: other(1),
        added: vec![unit("H53.3")],
        removed: vec![unit("H53.2"), unit("000.01.12.H28")],
    };
    let ordered = Erased {
        document: Some(id()),
        segment: None,
        bodies: vec![Digest([0x41; 32])],
        cause: ErasureCause::Order,
        basis: WORDS,
        actor: Some(unit("H53")),
    };
    let segment = Erased {
        document: None,
        segment: Some(17),
        bodies: vec![Digest([0x41; 32]), Digest([0x42; 32])],
        cause: ErasureCause::Term,
        basis: None,
        actor: None,
    };
    vec![
        ("superseded-v1", Event::Superseded(Box::new(superseded))),
        ("updated-v1", Event::Updated(Box::new(updated))),
        ("erased-v1", Event::Erased(Box::new(ordered))),
        ("erased-v1-segment", Event::Erased(Box::new(segment))),
    ]
}
