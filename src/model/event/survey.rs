//! The survey of those who were served. Nothing here leads from an answer to a dossier: codes are made in batches for a
//! procedure and a month, no record says which slip carries which code, and an answer names its code alone.

use super::DossierRef;
use crate::model::dossier::ProcedureCode;
use crate::model::survey::{SurveyAnswers, SurveyWay};
use crate::model::{Digest, Period, UnitCode};

/// Of whom an answer speaks: the finest that is ever known of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SurveyGroup {
    /// The agency at whose counter it was.
    pub agency: UnitCode,
    /// The procedure.
    pub procedure: ProcedureCode,
    /// The month in which the code was made.
    pub month: Period,
}

/// Codes were made, each good for one answer. They are random; only their digests are known here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SurveyCodes {
    /// Of whom an answer with one of them speaks.
    pub group: SurveyGroup,
    /// SHA-256 of each, in no order that tells anything.
    pub codes: Vec<Digest>,
}

/// Somebody answered, and the code is spent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SurveyAnswered {
    /// Of whom it speaks.
    pub group: SurveyGroup,
    /// SHA-256 of the code.
    pub code: Digest,
    /// The answers.
    pub answers: SurveyAnswers,
    /// How it came.
    pub way: SurveyWay,
}

/// The result slip of a dossier was made with a code, at most once. It does not say with which.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SurveyInvited {
    /// Which dossier.
    pub of: DossierRef,
}

/// What happened to the survey.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SurveyEvent {
    /// See [`SurveyCodes`].
    Codes(SurveyCodes),
    /// See [`SurveyAnswered`].
    Answered(SurveyAnswered),
    /// See [`SurveyInvited`].
    Invited(SurveyInvited),
}

impl SurveyEvent {
    /// The stable name of its kind.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Codes(_) => "survey-codes",
            Self::Answered(_) => "survey-answered",
            Self::Invited(_) => "survey-invited",
        }
    }

    /// Its longest list.
    #[must_use]
    pub fn longest(&self) -> usize {
        match self {
            Self::Codes(e) => e.codes.len(),
            Self::Answered(_) | Self::Invited(_) => 0,
        }
    }
}
