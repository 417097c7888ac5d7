//! A register that is not taken, as a problem tells it.

use crate::client::wire::ProblemField;
use crate::lang;
use crate::model::Language;
use crate::register::{Mistake, RegisterError};

/// What is wrong with a register and what to do, and each of its mistakes with its line.
pub(super) fn said(language: Language, error: &RegisterError) -> (String, Vec<ProblemField>) {
    let (said, next) = lang::register_error(language, error);
    let mistakes = if let RegisterError::Refused(report) = error {
        report.mistakes.as_slice()
    } else {
        &[]
    };
    let field = |mistake: &Mistake| ProblemField {
        pointer: mistake.line.to_string(),
        detail: lang::register_mistake(language, mistake),
    };
    (
        format!("{said} {next}"),
        mistakes.iter().map(field).collect(),
    )
}
