//! Changes as anybody may ask for them at any time, drawn by chance; each can be asked for again.

use super::embedded::disk_twin::Chance;
use super::samples::{
    arrived, body, change, command, due, id, morning, offered, receipt, rejudged, unit,
};
use super::{Change, Ledger, Vault};
use crate::model::event::{AttemptOutcome, ErasureCause, ExpiryCause, ExpiryClock, Way};
use crate::model::{Digest, Disposition, Status};
use crate::relay::decide::{Attempt, DeadLetter, Withdrawal};
use crate::relay::{Command, Delivery, DocumentState};

/// What somebody asks for.
#[derive(Clone, Debug)]
pub(in crate::store) enum Ask {
    /// A document of that number, with a body so long.
    Offer(u64, Disposition, usize),
    /// A held document passes.
    Pass(u64),
    /// It arrives at both recipients at once: a change of two events.
    ArriveAtBoth(u64),
    /// The receipt of its offer is stored.
    Receipt(u64),
    /// Any move.
    Move(u64, Command),
}

impl Ask {
    /// What it becomes as things stand; `None` where it cannot be, or a move was made before.
    pub(in crate::store) fn change(
        &self,
        ledger: &dyn Ledger,
        vault: &dyn Vault,
    ) -> Option<Change> {
        let known = |n: u64| ledger.document(id(n)).ok().flatten();
        match self {
            Self::Offer(n, disposition, len) => {
                let body = body(vault, *n, *len);
                Some(change(offered(*n, *disposition, &body), body))
            }
            Self::Pass(n) => {
                let held = known(*n).filter(|s| s.judged.disposition == Disposition::Hold);
                held.map(|state| rejudged(*n, state.version, Disposition::Accept))
            }
            Self::ArriveAtBoth(n) => {
                let state = known(*n).filter(nobody_came)?;
                let mut both = arrived(*n, state.version, "H53.2");
                let other = arrived(*n, state.version, "H53.3");
                both.events.extend(other.events);
                Some(both)
            }
            Self::Receipt(n) => {
                let of = known(*n)?.timeline.first()?.position;
                Some(receipt(vault, *n, of, &format!("receipt {n}")))
            }
            Self::Move(n, what) => command(ledger, *n, what),
        }
    }
}

fn nobody_came(state: &DocumentState) -> bool {
    state.timeline.len() == 1 && state.deliveries.iter().all(Delivery::is_waiting)
}

/// An offer, or a move of a document that is known; `next` is the number of the next document. Most moves cannot
/// follow the state.
pub(in crate::store) fn invent(
    ledger: &dyn Ledger,
    chance: &mut Chance,
    next: &mut u64,
) -> Option<Ask> {
    let known = 1 + chance.below(*next);
    let state = ledger.document(id(known)).ok().flatten();
    let Some(state) = state.filter(|_| chance.below(3) > 0) else {
        let n = *next;
        *next += 1;
        let dispositions = [Disposition::Accept, Disposition::Hold, Disposition::Refuse];
        let disposition = dispositions[usize::try_from(chance.below(3)).unwrap()];
        let len = [10, 900, 3_000, 70_000][usize::try_from(chance.below(4)).unwrap()];
        return Some(Ask::Offer(n, disposition, len));
    };
    if state.judged.disposition == Disposition::Hold {
        return Some(Ask::Pass(known));
    }
    state.deliveries.first()?;
    if nobody_came(&state) {
        return Some(Ask::ArriveAtBoth(known));
    }
    Some(match chance.below(6) {
        0 => Ask::Receipt(known),
        _ => Ask::Move(known, invent_command(chance, &state)),
    })
}

fn invent_command(chance: &mut Chance, state: &DocumentState) -> Command {
    let recipient = unit(["H53.2", "H53.3"][usize::from(chance.below(2) == 0)]);
    let asked = Withdrawal {
        recipients: match chance.below(3) {
            0 => Vec::new(),
            _ => vec![recipient.clone()],
        },
        due: Some(due().answer),
        note: Some(Digest::of(b"reason")),
    };
    let letter = DeadLetter {
        recipient: recipient.clone(),
        actor: None,
        note: None,
    };
    let statuses = [
        Status::Accepted,
        Status::Refused,
        Status::Assigned,
        Status::InProcess,
        Status::Completed,
        Status::Agreed,
        Status::Declined,
    ];
    match chance.below(16) {
        0 => Command::TakeBack(asked),
        1 => Command::Recall(asked),
        2 => Command::Expire {
            since: state.delivery(&recipient).map_or_else(morning, |d| d.since),
            recipient,
            cause: ExpiryCause::NotFetched,
            clock: ExpiryClock::Inbox,
        },
        3 => Command::Replay(letter),
        4 => Command::GiveUp(letter),
        5 => Command::Fetched {
            recipient,
            due: due(),
            way: Way::Push,
        },
        6 => Command::Attempt(Attempt {
            recipient,
            at: morning(),
            number: 1,
            way: Way::Push,
            outcome: AttemptOutcome::TimedOut,
            code: u16::try_from(chance.below(3)).unwrap(),
            next: None,
        }),
        7 => Command::Erase {
            bodies: state.content().files,
            cause: ErasureCause::Term,
            basis: None,
            actor: None,
        },
        8 => Command::Supersede {
            by: id(1),
            recipients: vec![recipient],
        },
        _ => Command::Answer {
            recipient,
            status: statuses[usize::try_from(chance.below(7)).unwrap()],
            note: None,
        },
    }
}
