//! What went wrong with the survey.

use super::{Problem, ProblemCode};
use crate::http::text::Args;
use crate::intake::SurveyError;
use crate::lang;
use crate::model::Language;

/// Why a line is not taken.
pub(super) fn said(language: Language, args: &Args) -> String {
    let problem = args.iter().find(|(name, _)| *name == "problem");
    let problem = problem.map(|(_, value)| value.as_str()).unwrap_or_default();
    lang::word(language, "field-survey", problem)
}

impl From<SurveyError> for Problem {
    fn from(error: SurveyError) -> Self {
        match error {
            SurveyError::NoDossier => ProblemCode::NotFound.into(),
            SurveyError::NotReturned => ProblemCode::MoveImpossible.into(),
            SurveyError::UnknownCode
            | SurveyError::CodeUsed
            | SurveyError::Closed
            | SurveyError::InvitedBefore => ProblemCode::SurveyInvalid.into(),
            SurveyError::Lines(lines) => {
                let problem = Self::new(ProblemCode::SurveyInvalid);
                lines.into_iter().fold(problem, |problem, (line, wrong)| {
                    let args = vec![("problem", wrong.name().to_owned())];
                    problem.at(format!("/{line}"), "field-survey", args)
                })
            }
            SurveyError::Chance => ProblemCode::Internal.into(),
            SurveyError::Read(e) => e.into(),
            SurveyError::Commit(e) => e.into(),
        }
    }
}
