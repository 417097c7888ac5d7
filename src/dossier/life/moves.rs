//! The table: status × move. `docs/dossiers.md` shows it, and a test holds the two equal.

use crate::model::dossier::{DossierMove as Move, DossierStatus as Status};

/// What a move does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// It leads there; also where the status stays and something else changes.
    To(Status),
    /// It was made already, and harms nothing.
    Again,
    /// It cannot be made from here.
    Impossible,
}

/// One cell of the table.
#[must_use]
pub fn step(at: Status, what: Move) -> Step {
    match what {
        Move::TakeIn => from(at, &[Status::Registered], Status::TakenIn),
        // What was asked for may not come, or show that it is not to be taken in; what was taken in is stopped.
        Move::Refuse => from(
            at,
            &[Status::Registered, Status::SupplementAsked],
            Status::Refused,
        ),
        Move::AskSupplement => from(
            at,
            &[Status::Registered, Status::TakenIn, Status::InProcess],
            Status::SupplementAsked,
        ),
        Move::Complete => from(at, &[Status::SupplementAsked], Status::TakenIn),
        Move::Process => from(at, &[Status::TakenIn], Status::InProcess),
        Move::AskFee => from(at, &[Status::TakenIn, Status::InProcess], Status::FeeAsked),
        Move::Pay => from(at, &[Status::FeeAsked], Status::InProcess),
        Move::Reschedule => stays(at, &[Status::TakenIn, Status::InProcess, Status::FeeAsked]),
        Move::Stop => from(
            at,
            &[
                Status::TakenIn,
                Status::InProcess,
                Status::SupplementAsked,
                Status::FeeAsked,
            ],
            Status::Stopped,
        ),
        Move::Withdraw => from(
            at,
            &[
                Status::Registered,
                Status::TakenIn,
                Status::InProcess,
                Status::SupplementAsked,
                Status::FeeAsked,
            ],
            Status::Withdrawn,
        ),
        Move::Finish => from(at, &[Status::InProcess], Status::Finished),
        Move::Return => from(at, &[Status::Finished], Status::Returned),
    }
}

/// A move leads from any of some statuses to one; there it was made already. That a dossier is in process or was taken
/// in says nothing of how it came there, and paying or completing anew would mean something else.
fn from(at: Status, all: &[Status], to: Status) -> Step {
    if all.contains(&at) {
        Step::To(to)
    } else if at == to {
        Step::Again
    } else {
        Step::Impossible
    }
}

fn stays(at: Status, all: &[Status]) -> Step {
    match all.contains(&at) {
        true => Step::To(at),
        false => Step::Impossible,
    }
}

/// The moves that lead on from a status.
#[must_use]
pub fn possible(at: Status) -> Vec<Move> {
    let leads = |what: &&Move| matches!(step(at, **what), Step::To(_));
    Move::ALL.iter().filter(leads).copied().collect()
}
