//! What may follow a state: a command into the event that it comes to, or why it comes to none.

use super::moves::{Step, possible, step};
use super::state::{DossierState, EntryKind};
use crate::model::dossier::{DossierItem, DossierMove, DossierStatus};
use crate::model::event::{
    DossierAsked, DossierCompleted, DossierEvent, DossierMoved, DossierRescheduled, Erased,
    ErasureCause, Event, Presented,
};
use crate::model::{Digest, Timestamp, UnitCode};

/// Records of one dossier: a life has a dozen, and each asks for a row that is read and written whole.
pub const MAX_RECORDS: usize = 200;

/// What is to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// A move that only changes the status.
    Move {
        /// Which.
        what: DossierMove,
        /// The body with its words.
        note: Option<Digest>,
    },
    /// Something is asked for.
    Ask {
        /// What.
        items: Vec<DossierItem>,
        /// The body with the ground of a further request.
        ground: Option<Digest>,
        /// The body with its words.
        note: Option<Digest>,
    },
    /// It is complete.
    Complete {
        /// When the rest was handed in.
        received: Timestamp,
        /// All that was handed in.
        presented: Presented,
        /// What is handed back.
        items: Vec<DossierItem>,
        /// The appointment.
        due: Timestamp,
        /// The rules by which signatures were judged.
        rules: Digest,
        /// The body with its words.
        note: Option<Digest>,
    },
    /// There is another appointment.
    Reschedule {
        /// Which.
        due: Timestamp,
        /// The body with the reason.
        note: Option<Digest>,
    },
    /// Content is erased; what was erased before is left out.
    Erase {
        /// Which bodies.
        bodies: Vec<Digest>,
        /// Why.
        cause: ErasureCause,
        /// The body with the basis.
        basis: Option<Digest>,
        /// Who ordered it: a unit, or `None` for the local administrator.
        actor: Option<UnitCode>,
    },
}

/// That it was done before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Again;

/// The event that it comes to, or that it was done before.
pub type Decided = Result<Event, Again>;

/// Why it comes to nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Impossible {
    /// The move does not follow from the status.
    #[error("impossible where the dossier is {}", .at.name())]
    Move {
        /// Its status.
        at: DossierStatus,
        /// The moves that are possible.
        possible: Vec<DossierMove>,
    },
    /// Nothing is asked for.
    #[error("nothing is asked for")]
    Nothing,
    /// Something was asked for before, and no ground is given for asking again.
    #[error("asked for {0} times before: a further request needs a ground of its own")]
    NeedsGround(u16),
    /// There was another appointment before.
    #[error("another appointment is made at most once")]
    RescheduledBefore,
    /// The new appointment is not later than the one in force.
    #[error("the new appointment is not later than {0}")]
    NotLater(Timestamp),
    /// More records than a dossier may have.
    #[error("a dossier has at most {MAX_RECORDS} records")]
    TooMany,
}

/// What a command comes to.
///
/// # Errors
/// See [`Impossible`].
pub fn decide(state: &DossierState, command: &Command) -> Result<Decided, Impossible> {
    if let Command::Erase {
        bodies,
        cause,
        basis,
        actor,
    } = command
    {
        return Ok(erase(state, bodies, (*cause, *basis), actor.as_ref()));
    }
    let made = match command {
        Command::Move { what, note } => moved(state, *what, *note)?,
        Command::Ask {
            items,
            ground,
            note,
        } => asked(state, items, *ground, *note)?,
        Command::Complete { .. } => completed(state, command)?,
        Command::Reschedule { due, note } => rescheduled(state, *due, *note)?,
        Command::Erase { .. } => None,
    };
    match made {
        None => Ok(Err(Again)),
        Some(_) if state.timeline.len() >= MAX_RECORDS => Err(Impossible::TooMany),
        Some(event) => Ok(Ok(Event::Dossier(Box::new(event)))),
    }
}

/// Where a move leads; `None`: it was made before.
fn leads(state: &DossierState, what: DossierMove) -> Result<Option<DossierStatus>, Impossible> {
    match step(state.status, what) {
        Step::To(status) => Ok(Some(status)),
        Step::Again if was_last(state, what) => Ok(None),
        Step::Again | Step::Impossible => Err(Impossible::Move {
            at: state.status,
            possible: possible(state.status),
        }),
    }
}

/// Whether it was by this move that the dossier came where it stands: that it is in process does not say that it was paid.
fn was_last(state: &DossierState, what: DossierMove) -> bool {
    let mut all = state.timeline.iter().rev();
    let last = all.find(|entry| {
        let stays = matches!(entry.kind, EntryKind::Erased | EntryKind::Rescheduled);
        !stays
    });
    last.is_some_and(|entry| entry.what == Some(what))
}

fn moved(
    state: &DossierState,
    what: DossierMove,
    note: Option<Digest>,
) -> Result<Option<DossierEvent>, Impossible> {
    // These say more than a status, and have commands of their own.
    let own = match what {
        DossierMove::TakeIn
        | DossierMove::AskSupplement
        | DossierMove::Complete
        | DossierMove::Reschedule => true,
        DossierMove::Refuse
        | DossierMove::Process
        | DossierMove::AskFee
        | DossierMove::Pay
        | DossierMove::Stop
        | DossierMove::Withdraw
        | DossierMove::Finish
        | DossierMove::Return => false,
    };
    if own {
        return Err(Impossible::Move {
            at: state.status,
            possible: possible(state.status),
        });
    }
    let to = leads(state, what)?;
    Ok(to.map(|to| {
        DossierEvent::Moved(DossierMoved {
            of: state.reference(),
            what,
            from: state.status,
            to,
            due: state.due,
            note,
        })
    }))
}

fn asked(
    state: &DossierState,
    items: &[DossierItem],
    ground: Option<Digest>,
    note: Option<Digest>,
) -> Result<Option<DossierEvent>, Impossible> {
    let lacks = |item: &DossierItem| !item.problem.is_surplus();
    if !items.iter().any(lacks) {
        return Err(Impossible::Nothing);
    }
    let open = state.open_items();
    if !open.is_empty() && open.iter().eq(&items.iter().collect::<Vec<_>>()) {
        return Ok(None);
    }
    if step(state.status, DossierMove::AskSupplement) != Step::To(DossierStatus::SupplementAsked) {
        return Err(Impossible::Move {
            at: state.status,
            possible: possible(state.status),
        });
    }
    if state.requests > 0 && ground.is_none() {
        return Err(Impossible::NeedsGround(state.requests));
    }
    Ok(Some(DossierEvent::Asked(DossierAsked {
        of: state.reference(),
        request: state.requests.saturating_add(1),
        from: state.status,
        items: items.to_vec(),
        ground,
        note,
    })))
}

fn completed(state: &DossierState, command: &Command) -> Result<Option<DossierEvent>, Impossible> {
    let Command::Complete {
        received,
        presented,
        items,
        due,
        rules,
        note,
    } = command
    else {
        return Ok(None);
    };
    let what = match state.status {
        DossierStatus::Registered => DossierMove::TakeIn,
        DossierStatus::TakenIn
        | DossierStatus::Refused
        | DossierStatus::InProcess
        | DossierStatus::SupplementAsked
        | DossierStatus::FeeAsked
        | DossierStatus::Withdrawn
        | DossierStatus::Stopped
        | DossierStatus::Finished
        | DossierStatus::Returned => DossierMove::Complete,
    };
    if leads(state, what)?.is_none() {
        return Ok(None);
    }
    Ok(Some(DossierEvent::Completed(DossierCompleted {
        of: state.reference(),
        what,
        from: state.status,
        received: *received,
        presented: presented.clone(),
        items: items.clone(),
        due: *due,
        rules: *rules,
        note: *note,
    })))
}

fn rescheduled(
    state: &DossierState,
    due: Timestamp,
    note: Option<Digest>,
) -> Result<Option<DossierEvent>, Impossible> {
    if state.rescheduled && state.due == Some(due) {
        return Ok(None);
    }
    let leads = leads(state, DossierMove::Reschedule)?;
    let (Some(status), Some(before)) = (leads, state.due) else {
        return Ok(None);
    };
    if state.rescheduled {
        return Err(Impossible::RescheduledBefore);
    }
    if due <= before {
        return Err(Impossible::NotLater(before));
    }
    Ok(Some(DossierEvent::Rescheduled(DossierRescheduled {
        of: state.reference(),
        status,
        before,
        due,
        note,
    })))
}

fn erase(
    state: &DossierState,
    bodies: &[Digest],
    (cause, basis): (ErasureCause, Option<Digest>),
    actor: Option<&UnitCode>,
) -> Decided {
    let own = state.bodies();
    let left = bodies.iter().copied();
    let left = left.filter(|body| own.contains(body) && !state.is_erased(body));
    let left: Vec<Digest> = left.collect();
    if left.is_empty() {
        return Err(Again);
    }
    Ok(Event::Erased(Box::new(Erased {
        document: Some(state.dossier),
        segment: None,
        bodies: left,
        cause,
        basis,
        actor: actor.cloned(),
    })))
}
