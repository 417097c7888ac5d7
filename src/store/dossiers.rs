//! Dossiers in the tables, what a change of them must meet, and the numbers that they get.

use super::guard::Known;
use super::tables::merge;
use super::{CommitError, ReadError};
use crate::dossier::life::{DossierState, fold};
use crate::model::dossier::DossierNumber;
use crate::model::event::{DossierEvent, DossierRegistered, Event, Recorded};
use crate::model::{Digest, DocumentId, LocalDay, Position, Timestamp, UnitCode};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The rows of dossiers. None of them ever goes.
#[derive(Debug, Default)]
pub(in crate::store) struct DossierRows {
    pub(in crate::store) rows: BTreeMap<DocumentId, Arc<DossierState>>,
    /// The register: by agency, day and place.
    pub(in crate::store) numbers: BTreeMap<DossierNumber, DocumentId>,
    pub(in crate::store) requests: BTreeMap<Digest, DocumentId>,
}

impl DossierRows {
    pub(in crate::store) fn absorb(&mut self, newer: Self) {
        merge(&mut self.rows, newer.rows);
        merge(&mut self.numbers, newer.numbers);
        merge(&mut self.requests, newer.requests);
    }

    /// Applies a record; the dossier that it moves is here already.
    pub(in crate::store) fn apply(&mut self, record: &Recorded) {
        let Some(id) = moved_by(&record.event) else {
            return;
        };
        let before = self.rows.remove(&id).map(Arc::unwrap_or_clone);
        let Some(after) = fold(before, record) else {
            return;
        };
        if let Some(registered) = registered(&record.event) {
            self.numbers.insert(registered.number.clone(), id);
            self.requests.insert(registered.request, id);
        }
        self.rows.insert(id, Arc::new(after));
    }

    /// The last place that was given to an agency on a day.
    pub(in crate::store) fn last_place(&self, agency: &UnitCode, day: LocalDay) -> Option<u32> {
        let last = self.numbers.range(of_day(agency, day)).next_back();
        last.map(|(number, _)| number.place)
    }

    /// The register of an agency after a number.
    pub(in crate::store) fn after(
        &self,
        agency: &UnitCode,
        after: Option<&DossierNumber>,
    ) -> impl Iterator<Item = (&DossierNumber, DocumentId)> {
        use std::ops::Bound;
        let first = match after {
            Some(after) => Bound::Excluded(after.clone()),
            None => Bound::Included(DossierNumber {
                agency: agency.clone(),
                day: LocalDay(jiff::civil::Date::MIN),
                place: 0,
            }),
        };
        let own = agency.clone();
        let rows = self.numbers.range((first, Bound::Unbounded));
        rows.take_while(move |(number, _)| number.agency == own)
            .map(|(number, id)| (number, *id))
    }
}

/// All numbers of an agency on a day.
fn of_day(agency: &UnitCode, day: LocalDay) -> RangeInclusive<DossierNumber> {
    let number = |place| DossierNumber {
        agency: agency.clone(),
        day,
        place,
    };
    number(0)..=number(u32::MAX)
}

/// The dossier that an event may move, which has to be at hand before it is applied. What is erased may be a
/// document's.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "no other event moves a dossier"
)]
pub(in crate::store) fn moved_by(event: &Event) -> Option<DocumentId> {
    match event {
        Event::Dossier(e) => Some(e.of().dossier),
        Event::Erased(e) => e.document,
        _ => None,
    }
}

fn registered(event: &Event) -> Option<&DossierRegistered> {
    let Event::Dossier(event) = event else {
        return None;
    };
    match &**event {
        DossierEvent::Registered(e) => Some(e),
        DossierEvent::Moved(_)
        | DossierEvent::Asked(_)
        | DossierEvent::Completed(_)
        | DossierEvent::Rescheduled(_) => None,
    }
}

/// Whether a change only says again what an earlier one said under the same key.
///
/// # Errors
/// [`CommitError::KeyReused`] if the key stands for another dossier, [`CommitError::Unavailable`] if it cannot be told.
pub(in crate::store) fn repeats(known: &dyn Known, event: &Event) -> Result<bool, CommitError> {
    let Some(e) = registered(event) else {
        return Ok(false);
    };
    let unavailable = |e: ReadError| CommitError::Unavailable(e.to_string());
    let Some(id) = known.dossier_request(&e.request).map_err(unavailable)? else {
        return Ok(false);
    };
    let state = known.dossier(id).map_err(unavailable)?;
    match state.is_some_and(|state| state.content == e.content) {
        true => Ok(true),
        false => Err(CommitError::KeyReused(id)),
    }
}

/// Whether an event follows from what is known: one that begins a dossier begins it once, and every other one moves one
/// that is there, as it was seen when that was decided.
///
/// # Errors
/// [`CommitError::Stale`] if it does not, [`CommitError::Unavailable`] if it cannot be told.
pub(in crate::store) fn follows(
    known: &dyn Known,
    subject: Option<(DocumentId, Position)>,
    event: &Event,
) -> Result<(), CommitError> {
    let Event::Dossier(e) = event else {
        return Ok(());
    };
    let id = e.of().dossier;
    let found = known.dossier(id);
    let found = found.map_err(|e| CommitError::Unavailable(e.to_string()))?;
    let begins = registered(event).is_some();
    let of_it = subject.is_some_and(|(subject, _)| subject == id);
    match of_it && found.is_none() == begins {
        true => Ok(()),
        false => Err(CommitError::Stale),
    }
}

/// Gives each dossier that begins its number: the place after the last one of its agency on the day of the commit. What
/// is not written gave no number away, so there is no gap.
///
/// # Errors
/// [`CommitError::Unavailable`] if the last number cannot be told.
pub(in crate::store) fn number(
    known: &dyn Known,
    mut events: Vec<Event>,
    at: Timestamp,
) -> Result<Vec<Event>, CommitError> {
    let mut given: BTreeMap<UnitCode, u32> = BTreeMap::new();
    for event in &mut events {
        let Event::Dossier(event) = event else {
            continue;
        };
        let DossierEvent::Registered(e) = &mut **event else {
            continue;
        };
        let (agency, day) = (e.of.agency.clone(), at.local_day());
        let last = match given.get(&agency) {
            Some(last) => *last,
            None => known
                .last_place(&agency, day)
                .map_err(|e| CommitError::Unavailable(e.to_string()))?,
        };
        let place = last.checked_add(1);
        let none = || CommitError::Unavailable("no number is left on that day".into());
        let place = place.ok_or_else(none)?;
        given.insert(agency.clone(), place);
        e.number = DossierNumber { agency, day, place };
    }
    Ok(events)
}
