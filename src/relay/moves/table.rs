//! The table itself (`counting.md` of the design, §2).
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "what the table does not name is impossible, a new move too"
)]

use super::{Actor, Asked, Move, Phase, Standing};

/// What a move does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// It leads there.
    To(Standing),
    /// It changes nothing, and harms nothing.
    Again,
    /// It lies behind: harmless for who made it before, impossible for who did not.
    Behind,
    /// It cannot be made from here, or not by this actor.
    Impossible,
}

/// One cell of the table.
#[must_use]
pub fn step(at: Standing, by: Actor, what: Move) -> Step {
    if !what.actors().contains(&by) {
        return Step::Impossible;
    }
    match at.asked {
        Asked::Nothing => plain(at.phase, what),
        Asked::TakeBack => asked_back(what),
        // The sender has had its answer; a recall is the way on.
        Asked::TakeBackDeclined if what == Move::TakeBack => Step::Again,
        Asked::TakeBackDeclined if what == Move::Decline => Step::Again,
        Asked::TakeBackDeclined => arrived(what),
        Asked::Recall | Asked::RecallAgreed | Asked::RecallDeclined => recalled(at, what),
    }
}

fn to(phase: Phase) -> Step {
    Step::To(phase.into())
}

fn ask(phase: Phase, asked: Asked) -> Step {
    Step::To(Standing { phase, asked })
}

fn plain(phase: Phase, what: Move) -> Step {
    match phase {
        Phase::Held => held(what),
        Phase::Rejected => again(what == Move::Reject),
        Phase::Waiting => waiting(what),
        Phase::Arrived => arrived(what),
        Phase::Refused => refused(what),
        Phase::Accepted | Phase::Assigned | Phase::InProcess | Phase::Completed => {
            accepted(phase, what)
        }
        Phase::TakenBack => taken_back(what),
        Phase::Superseded => superseded(what),
        Phase::SupersededUnfetched => again(what == Move::Replace),
        Phase::Expired => expired(what),
        Phase::GivenUp => again(matches!(what, Move::GiveUp | Move::Replace)),
    }
}

fn again(harmless: bool) -> Step {
    if harmless {
        Step::Again
    } else {
        Step::Impossible
    }
}

fn held(what: Move) -> Step {
    match what {
        Move::Relay => to(Phase::Waiting),
        Move::Reject => to(Phase::Rejected),
        _ => Step::Impossible,
    }
}

fn waiting(what: Move) -> Step {
    match what {
        Move::Arrive => to(Phase::Arrived),
        Move::TakeBack => to(Phase::TakenBack),
        Move::Replace => to(Phase::SupersededUnfetched),
        Move::Expire => to(Phase::Expired),
        Move::Relay | Move::Replay => Step::Again,
        _ => Step::Impossible,
    }
}

fn arrived(what: Move) -> Step {
    match what {
        Move::Accept => to(Phase::Accepted),
        Move::Refuse => to(Phase::Refused),
        Move::TakeBack => ask(Phase::Arrived, Asked::TakeBack),
        Move::Recall => ask(Phase::Arrived, Asked::Recall),
        Move::Replace => to(Phase::Superseded),
        Move::Arrive => Step::Again,
        _ => Step::Impossible,
    }
}

/// Only before 03, and answered by 02 and 03 too.
fn asked_back(what: Move) -> Step {
    match what {
        Move::Agree => to(Phase::TakenBack),
        Move::Decline => ask(Phase::Arrived, Asked::TakeBackDeclined),
        Move::TakeBack => Step::Again,
        _ => arrived(what),
    }
}

fn refused(what: Move) -> Step {
    match what {
        Move::Recall => ask(Phase::Refused, Asked::Recall),
        Move::Arrive | Move::Refuse | Move::Replace => Step::Again,
        Move::TakeBack | Move::Decline => Step::Behind,
        _ => Step::Impossible,
    }
}

/// From 03 on the work goes forward only. A stage that was left out is implied, and cannot be said
/// any more.
fn accepted(phase: Phase, what: Move) -> Step {
    let stage = match what {
        Move::Arrive | Move::Accept => return Step::Again,
        Move::Recall => return ask(phase, Asked::Recall),
        Move::Replace => return to(Phase::Superseded),
        Move::TakeBack | Move::Decline => return Step::Behind,
        Move::Assign => Phase::Assigned,
        Move::Work => Phase::InProcess,
        Move::Complete => Phase::Completed,
        _ => return Step::Impossible,
    };
    match stage.cmp(&phase) {
        std::cmp::Ordering::Greater => to(stage),
        std::cmp::Ordering::Equal => Step::Again,
        std::cmp::Ordering::Less => Step::Behind,
    }
}

fn taken_back(what: Move) -> Step {
    match what {
        Move::TakeBack | Move::Replace => Step::Again,
        Move::Arrive | Move::Agree => Step::Behind,
        _ => Step::Impossible,
    }
}

fn superseded(what: Move) -> Step {
    match what {
        Move::Recall => ask(Phase::Superseded, Asked::Recall),
        Move::Arrive | Move::Replace => Step::Again,
        Move::Accept
        | Move::Refuse
        | Move::Assign
        | Move::Work
        | Move::Complete
        | Move::TakeBack
        | Move::Decline => Step::Behind,
        _ => Step::Impossible,
    }
}

fn expired(what: Move) -> Step {
    match what {
        Move::Replay => to(Phase::Waiting),
        Move::GiveUp => to(Phase::GivenUp),
        Move::TakeBack => to(Phase::TakenBack),
        Move::Replace => to(Phase::SupersededUnfetched),
        Move::Expire => Step::Again,
        _ => Step::Impossible,
    }
}

/// Only the recipient's 15 or 16 follows. What was declined may still be agreed to.
fn recalled(at: Standing, what: Move) -> Step {
    match (what, at.asked) {
        (Move::Agree, Asked::Recall | Asked::RecallDeclined) => ask(at.phase, Asked::RecallAgreed),
        (Move::Decline, Asked::Recall) => ask(at.phase, Asked::RecallDeclined),
        (Move::Agree, Asked::RecallAgreed) | (Move::Decline, Asked::RecallDeclined) => Step::Again,
        (Move::Arrive | Move::Recall | Move::Replace, _) => Step::Again,
        (
            Move::Accept
            | Move::Refuse
            | Move::Assign
            | Move::Work
            | Move::Complete
            | Move::TakeBack
            | Move::Decline,
            _,
        ) => Step::Behind,
        _ => Step::Impossible,
    }
}
