//! What went wrong with a dossier.

use super::{Problem, ProblemCode, seal};
use crate::dossier::life::Impossible;
use crate::http::text::{Args, text};
use crate::intake::DossierError;
use crate::lang;
use crate::model::Language;

/// One difference, in words: what is wrong, and what is to be done.
pub(super) fn said(language: Language, args: &Args) -> String {
    let problem = args.iter().find(|(name, _)| *name == "problem");
    let problem = problem.map(|(_, value)| value.as_str()).unwrap_or_default();
    let wrong = lang::word(language, "dossier-problem", problem);
    let todo = lang::word(language, "dossier-todo", problem);
    let args = vec![("wrong", wrong), ("todo", todo)];
    text(language, "field-dossier", &args)
}

impl From<DossierError> for Problem {
    fn from(error: DossierError) -> Self {
        match error {
            DossierError::NoProcedure(code, day) => {
                let args = vec![("code", code), ("day", day.to_string())];
                Self::new(ProblemCode::ProcedureUnknown).at("/procedure", "field-procedure", args)
            }
            DossierError::NoRules(day) => {
                let args = vec![("day", day.to_string())];
                Self::new(ProblemCode::ProcedureUnknown).at("", "field-dossier-rules", args)
            }
            DossierError::Misshapen(e) => {
                let args = vec![("problem", e.problem)];
                Self::new(ProblemCode::DossierInvalid).at(e.pointer, "field-shape", args)
            }
            DossierError::Files(named) => {
                let args = vec![("count", named.to_string())];
                Self::new(ProblemCode::FileMissing).at("/components", "field-dossier-files", args)
            }
            DossierError::NoReason => {
                Self::new(ProblemCode::ReasonRequired).at("/reason", "field-empty", Args::new())
            }
            DossierError::NotFound => ProblemCode::NotFound.into(),
            DossierError::Erased => ProblemCode::Erased.into(),
            DossierError::Incomplete(settled) => {
                let problem = Self::new(ProblemCode::DossierIncomplete);
                settled.items().into_iter().fold(problem, |problem, item| {
                    let component = item.component.map(|name| format!("/components/{name}"));
                    let fact = item.fact.map(|name| format!("/facts/{name}"));
                    let pointer = component.or(fact).unwrap_or_else(|| "/components".into());
                    let args = vec![("problem", item.problem.name().to_owned())];
                    problem.at(pointer, "field-dossier", args)
                })
            }
            DossierError::Impossible(e) => impossible(e),
            DossierError::Judge(e) => e.into(),
            DossierError::Commit(e) => e.into(),
            DossierError::Read(e) => e.into(),
            DossierError::Vault(e) => e.into(),
            DossierError::Seal(e) => seal(&e),
        }
    }
}

fn impossible(error: Impossible) -> Problem {
    match error {
        Impossible::Move { possible, .. } => {
            let moves = possible.iter().map(|what| what.name().to_owned());
            Problem::new(ProblemCode::MoveImpossible).possible(moves)
        }
        Impossible::Nothing => {
            Problem::new(ProblemCode::BodyInvalid).at("/items", "field-empty", Args::new())
        }
        Impossible::NeedsGround(times) => {
            let args = vec![("times", times.to_string())];
            Problem::new(ProblemCode::GroundRequired).at("/ground", "field-dossier-ground", args)
        }
        Impossible::RescheduledBefore => ProblemCode::RescheduledBefore.into(),
        Impossible::NotLater(due) => {
            let args = vec![("due", due.to_string())];
            Problem::new(ProblemCode::BodyInvalid).at("/due", "field-dossier-due", args)
        }
        Impossible::TooMany => ProblemCode::MoveImpossible.into(),
    }
}
