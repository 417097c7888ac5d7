//! The survey of those who were served: codes for result slips, answers, and answers on paper.
//!
//! Codes are made in batches, and which slip carries which is in no record: it is decided here by chance, in memory, and
//! forgotten. What a restart loses of a batch is never used.

use super::Intake;
use crate::dossier::survey::{Asked, BATCH, CODE_BYTES, Code, Paper, Shown, is_open, results};
use crate::model::event::{
    Event, SurveyAnswered, SurveyCodes, SurveyEvent, SurveyGroup, SurveyInvited,
};
use crate::model::survey::{SurveyAnswers, SurveyWay};
use crate::model::{DocumentId, DossierStatus, Period, UnitCode};
use crate::store::{Change, CommitError, ReadError, SurveyCode};
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Groups whose codes are kept ready: more than a province's counters have in a month.
const MAX_GROUPS: usize = 20_000;

/// Codes that were made and are not on a slip yet.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<BTreeMap<SurveyGroup, Vec<Code>>>);

impl Pool {
    /// One of them, by chance.
    fn draw(
        &self,
        group: &SurveyGroup,
        chance: &SystemRandom,
    ) -> Result<Option<Code>, SurveyError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(codes) = all.get_mut(group) else {
            return Ok(None);
        };
        let place = below(chance, codes.len())?;
        let code = place.map(|place| codes.swap_remove(place));
        if codes.is_empty() {
            all.remove(group);
        }
        Ok(code)
    }

    fn add(&self, group: SurveyGroup, codes: Vec<Code>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of months that are over go first; nobody prints them any more.
        all.retain(|other, _| other.month >= group.month);
        if all.len() < MAX_GROUPS {
            all.entry(group).or_default().extend(codes);
        }
    }
}

/// A place below a number; `None` below zero places.
fn below(chance: &SystemRandom, count: usize) -> Result<Option<usize>, SurveyError> {
    let mut bytes = [0; 8];
    chance.fill(&mut bytes).map_err(|_| SurveyError::Chance)?;
    let drawn = usize::try_from(u64::from_le_bytes(bytes) >> 1).unwrap_or_default();
    Ok(drawn.checked_rem(count))
}

/// Why nothing was done for the survey.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SurveyError {
    /// No such code was made.
    #[error("no such code was made")]
    UnknownCode,
    /// It was used.
    #[error("the code was used before")]
    CodeUsed,
    /// Its time is over.
    #[error("the survey of that month is closed")]
    Closed,
    /// The dossier has no result that was handed over.
    #[error("the result was not handed over yet")]
    NotReturned,
    /// Its slip had a code.
    #[error("a slip with a code was made before")]
    InvitedBefore,
    /// No such dossier.
    #[error("no such dossier")]
    NoDossier,
    /// Lines of a file that are not taken, each with why; nothing of the file is.
    #[error("{} lines are not taken", .0.len())]
    Lines(Vec<(usize, LineProblem)>),
    /// The system gives no chance.
    #[error("the system gives no random numbers")]
    Chance,
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store did not take it.
    #[error(transparent)]
    Commit(CommitError),
}

/// Why a line is not taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LineProblem {
    /// No such code was made, or another agency's.
    UnknownCode,
    /// It was used.
    CodeUsed,
    /// Its time is over.
    Closed,
}

impl LineProblem {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownCode => "unknown_code",
            Self::CodeUsed => "code_used",
            Self::Closed => "survey_closed",
        }
    }
}

impl Intake {
    /// A code for the result slip of a dossier, once. It is on the slip and nowhere else.
    ///
    /// # Errors
    /// See [`SurveyError`].
    pub async fn invite(&self, dossier: DocumentId) -> Result<Code, SurveyError> {
        let ledger = &self.tools.ledger;
        let state = ledger.dossier(dossier)?.ok_or(SurveyError::NoDossier)?;
        if state.status != DossierStatus::Returned {
            return Err(SurveyError::NotReturned);
        }
        if ledger.survey_invited(dossier)? {
            return Err(SurveyError::InvitedBefore);
        }
        let of = state.reference();
        let group = SurveyGroup {
            agency: of.agency.clone(),
            procedure: of.procedure.code.clone(),
            month: Period::month_of(self.tools.clock.now().local_day()),
        };
        let code = self.code(&group).await?;
        let event = SurveyEvent::Invited(SurveyInvited { of });
        match self.commit_survey(vec![event]).await {
            Ok(()) => Ok(code),
            // Another counter was first.
            Err(CommitError::Stale) => Err(SurveyError::InvitedBefore),
            Err(e) => Err(SurveyError::Commit(e)),
        }
    }

    /// A code of a group, from those that are ready, or from a new batch.
    async fn code(&self, group: &SurveyGroup) -> Result<Code, SurveyError> {
        if let Some(code) = self.surveys.draw(group, &self.chance)? {
            return Ok(code);
        }
        let codes = (0..BATCH).map(|_| {
            let mut bytes = [0; CODE_BYTES];
            self.chance
                .fill(&mut bytes)
                .map_err(|_| SurveyError::Chance)?;
            Ok(Code::new(bytes))
        });
        let mut codes = codes.collect::<Result<Vec<_>, SurveyError>>()?;
        let made = SurveyEvent::Codes(SurveyCodes {
            group: group.clone(),
            codes: codes.iter().map(Code::digest).collect(),
        });
        self.commit_survey(vec![made])
            .await
            .map_err(SurveyError::Commit)?;
        let place = below(&self.chance, codes.len())?.ok_or(SurveyError::Chance)?;
        let code = codes.swap_remove(place);
        self.surveys.add(group.clone(), codes);
        Ok(code)
    }

    /// Takes an answer, and spends its code.
    ///
    /// # Errors
    /// See [`SurveyError`].
    pub async fn answer_survey(
        &self,
        code: &Code,
        answers: SurveyAnswers,
        way: SurveyWay,
    ) -> Result<(), SurveyError> {
        let code = code.digest();
        let known = self.tools.ledger.survey_code(&code)?;
        let known = self
            .usable(known.as_ref(), None)
            .map_err(|problem| match problem {
                LineProblem::UnknownCode => SurveyError::UnknownCode,
                LineProblem::CodeUsed => SurveyError::CodeUsed,
                LineProblem::Closed => SurveyError::Closed,
            })?;
        let event = SurveyEvent::Answered(SurveyAnswered {
            group: known.group.clone(),
            code,
            answers,
            way,
        });
        match self.commit_survey(vec![event]).await {
            Ok(()) => Ok(()),
            // Somebody else used it between.
            Err(CommitError::Stale) => Err(SurveyError::CodeUsed),
            Err(e) => Err(SurveyError::Commit(e)),
        }
    }

    /// Takes answers on paper, all of them or none. A unit hands in its own.
    ///
    /// # Errors
    /// See [`SurveyError`].
    pub async fn import_papers(
        &self,
        unit: Option<&UnitCode>,
        papers: &[Paper],
    ) -> Result<usize, SurveyError> {
        let (mut events, mut wrong) = (Vec::with_capacity(papers.len()), Vec::new());
        for paper in papers {
            let known = self.tools.ledger.survey_code(&paper.code)?;
            match self.usable(known.as_ref(), unit) {
                Err(problem) => wrong.push((paper.line, problem)),
                Ok(known) => events.push(SurveyEvent::Answered(SurveyAnswered {
                    group: known.group.clone(),
                    code: paper.code,
                    answers: paper.answers,
                    way: SurveyWay::Paper,
                })),
            }
        }
        if !wrong.is_empty() {
            return Err(SurveyError::Lines(wrong));
        }
        let count = events.len();
        if count > 0 {
            self.commit_survey(events)
                .await
                .map_err(SurveyError::Commit)?;
        }
        Ok(count)
    }

    /// The code, if it may be used.
    fn usable<'a>(
        &self,
        known: Option<&'a SurveyCode>,
        unit: Option<&UnitCode>,
    ) -> Result<&'a SurveyCode, LineProblem> {
        let own = known.filter(|known| unit.is_none_or(|unit| *unit == known.group.agency));
        let own = own.ok_or(LineProblem::UnknownCode)?;
        if own.spent {
            return Err(LineProblem::CodeUsed);
        }
        let today = self.tools.clock.now().local_day();
        match is_open(own.group.month, today) {
            true => Ok(own),
            false => Err(LineProblem::Closed),
        }
    }

    /// What may be shown of the answers.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn survey_results(&self, asked: &Asked) -> Result<Vec<Shown>, ReadError> {
        let tallies = self.tools.ledger.survey_tallies(asked.agency.as_ref())?;
        Ok(results(&tallies, asked))
    }

    async fn commit_survey(&self, events: Vec<SurveyEvent>) -> Result<(), CommitError> {
        let events = events
            .into_iter()
            .map(|event| Event::Survey(Box::new(event)));
        let change = Change {
            subject: None,
            bodies: Vec::new(),
            events: events.collect(),
        };
        self.tools.ledger.commit(change).await.map(|_| ())
    }
}
