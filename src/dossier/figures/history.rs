//! What figures need of a dossier, from its records.

use super::{First, Requested, Summary};
use crate::dossier::life::{DossierState, Entry, EntryKind};
use crate::dossier::{Clock, Term, Timeliness};
use crate::model::Timestamp;
use crate::model::dossier::{DossierMove, DossierStatus};

impl Summary {
    /// The summary of a dossier, by the clock of its day of intake and the term of the version it was taken in under. Without a
    /// clock (rules or version are not there any more) no request is late, and a result is early on an earlier day.
    #[must_use]
    pub fn of(state: &DossierState, term: Term, clock: Option<&Clock<'_>>) -> Self {
        let contacts = moves(state, DossierMove::Complete).count();
        let surplus: usize = state
            .timeline
            .iter()
            .map(|own| own.handed_back().count())
            .sum();
        let few = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        let finished = moves(state, DossierMove::Finish).next();
        let handled = match state.status {
            DossierStatus::TakenIn | DossierStatus::InProcess | DossierStatus::FeeAsked => true,
            DossierStatus::Registered
            | DossierStatus::Refused
            | DossierStatus::SupplementAsked
            | DossierStatus::Withdrawn
            | DossierStatus::Stopped
            | DossierStatus::Finished
            | DossierStatus::Returned => false,
        };
        // Another appointment does not move what was promised first.
        let due = state.due_before.or(state.due);
        Self {
            number: state.number.to_string(),
            unit: state.agency().clone(),
            procedure: state.procedure.code.to_string(),
            came: state.received().local_day(),
            first: state.timeline.iter().find_map(decided),
            taken_in: state.taken.is_some(),
            refused: state.status == DossierStatus::Refused,
            requests: requests(state, clock),
            surplus_offered: few(surplus),
            // A request for something beyond the list is refused before there is a record of it.
            surplus_asked: None,
            contacts: few(contacts),
            due: due.filter(|_| handled),
            extended: state.rescheduled,
            finished: finished.zip(due).map(|(own, due)| {
                let how = timeliness(term, due, own.at, clock);
                (own.at.local_day(), how)
            }),
            parts: Vec::new(),
        }
    }
}

fn moves(state: &DossierState, what: DossierMove) -> impl Iterator<Item = &Entry> {
    let own = move |entry: &&Entry| entry.what == Some(what);
    state.timeline.iter().filter(own)
}

/// What a record decides, if it is the first one that does.
fn decided(entry: &Entry) -> Option<First> {
    match entry.status {
        DossierStatus::TakenIn => Some(First::TakenIn),
        DossierStatus::SupplementAsked => Some(First::Asked),
        DossierStatus::Refused => Some(First::Refused),
        DossierStatus::Registered
        | DossierStatus::InProcess
        | DossierStatus::FeeAsked
        | DossierStatus::Withdrawn
        | DossierStatus::Stopped
        | DossierStatus::Finished
        | DossierStatus::Returned => None,
    }
}

/// Every request, each beside the moment at which the dossier last came.
fn requests(state: &DossierState, clock: Option<&Clock<'_>>) -> Vec<Requested> {
    let (mut came, mut all) = (state.received(), Vec::new());
    for entry in &state.timeline {
        came = entry.received.unwrap_or(came);
        let again =
            entry.kind != EntryKind::Erased && entry.what == Some(DossierMove::AskSupplement);
        if !again {
            continue;
        }
        let before = u16::try_from(all.len()).unwrap_or(u16::MAX);
        let lacks = entry.items.iter().filter(|item| !item.problem.is_surplus());
        let item = |item: &crate::model::dossier::DossierItem| {
            let component = item.component.as_ref().or(item.fact.as_ref());
            (item.problem, component.map(ToString::to_string))
        };
        all.push(Requested {
            late: clock.is_some_and(|clock| clock.request(came, entry.at, before).late),
            items: lacks.map(item).collect(),
        });
    }
    all
}

fn timeliness(term: Term, due: Timestamp, at: Timestamp, clock: Option<&Clock<'_>>) -> Timeliness {
    match clock {
        Some(clock) => clock.finished(term, due, at),
        None if at > due => Timeliness::Late,
        None if at.local_day() < due.local_day() => Timeliness::Early,
        None => Timeliness::OnTime,
    }
}
