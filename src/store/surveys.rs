//! The survey in the tables, and what a change of it must meet: a code is good once, and a dossier gets one.

use super::guard::Known;
use super::tables::merge;
use super::{CommitError, ReadError};
use crate::dossier::survey::Tally;
use crate::model::dossier::DossierStatus;
use crate::model::event::{
    Event, Recorded, SurveyAnswered, SurveyEvent, SurveyGroup, SurveyInvited,
};
use crate::model::{Digest, DocumentId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A code that was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SurveyCode {
    /// Of whom an answer with it speaks.
    pub group: SurveyGroup,
    /// Whether it was used.
    pub spent: bool,
}

/// The rows of the survey. None of them ever goes.
#[derive(Debug, Default)]
pub(in crate::store) struct SurveyRows {
    pub(in crate::store) codes: BTreeMap<Digest, Arc<SurveyCode>>,
    /// What answers come to, by whom they speak of.
    pub(in crate::store) tallies: BTreeMap<SurveyGroup, Tally>,
    /// Dossiers whose result slip had a code.
    pub(in crate::store) invited: BTreeSet<DocumentId>,
}

impl SurveyRows {
    pub(in crate::store) fn absorb(&mut self, newer: Self) {
        merge(&mut self.codes, newer.codes);
        merge(&mut self.tallies, newer.tallies);
        self.invited.extend(newer.invited);
    }

    /// Applies a record; the sum that it adds to is here already.
    pub(in crate::store) fn apply(&mut self, record: &Recorded) {
        let Event::Survey(event) = &record.event else {
            return;
        };
        let row = |group: &SurveyGroup, spent| {
            Arc::new(SurveyCode {
                group: group.clone(),
                spent,
            })
        };
        match &**event {
            SurveyEvent::Codes(e) => {
                let rows = e.codes.iter().map(|code| (*code, row(&e.group, false)));
                self.codes.extend(rows);
            }
            SurveyEvent::Answered(e) => {
                self.codes.insert(e.code, row(&e.group, true));
                let tally = self.tallies.entry(e.group.clone()).or_default();
                tally.add(&e.answers);
            }
            SurveyEvent::Invited(e) => {
                self.invited.insert(e.of.dossier);
            }
        }
    }
}

/// The sum that an event adds to, which has to be at hand before it is applied.
pub(in crate::store) fn adds_to(event: &Event) -> Option<&SurveyGroup> {
    let Event::Survey(event) = event else {
        return None;
    };
    match &**event {
        SurveyEvent::Answered(e) => Some(&e.group),
        SurveyEvent::Codes(_) | SurveyEvent::Invited(_) => None,
    }
}

/// Whether what the events of a change say of the survey follows from what is known.
///
/// # Errors
/// [`CommitError::Stale`] if it does not, [`CommitError::Unavailable`] if it cannot be told.
pub(in crate::store) fn follow(known: &dyn Known, events: &[Event]) -> Result<(), CommitError> {
    let (mut codes, mut invited) = (BTreeSet::new(), BTreeSet::new());
    for event in events {
        let Event::Survey(event) = event else {
            continue;
        };
        let right = match &**event {
            SurveyEvent::Codes(e) => are_new(known, &e.codes)
                .map(|new| new && e.codes.iter().all(|code| codes.insert(*code))),
            SurveyEvent::Answered(e) => may_answer(known, e).map(|may| may && codes.insert(e.code)),
            SurveyEvent::Invited(e) => {
                may_invite(known, e).map(|may| may && invited.insert(e.of.dossier))
            }
        };
        match right {
            Ok(true) => {}
            Ok(false) => return Err(CommitError::Stale),
            Err(e) => return Err(CommitError::Unavailable(e.to_string())),
        }
    }
    Ok(())
}

fn are_new(known: &dyn Known, codes: &[Digest]) -> Result<bool, ReadError> {
    for code in codes {
        if known.survey_code(code)?.is_some() {
            return Ok(false);
        }
    }
    Ok(!codes.is_empty())
}

fn may_answer(known: &dyn Known, e: &SurveyAnswered) -> Result<bool, ReadError> {
    let code = known.survey_code(&e.code)?;
    Ok(code.is_some_and(|code| !code.spent && code.group == e.group))
}

/// Whoever had a result is asked, once.
fn may_invite(known: &dyn Known, e: &SurveyInvited) -> Result<bool, ReadError> {
    if known.survey_invited(e.of.dossier)? {
        return Ok(false);
    }
    let state = known.dossier(e.of.dossier)?;
    Ok(state.is_some_and(|state| state.status == DossierStatus::Returned))
}
