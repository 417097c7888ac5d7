//! What an answer of the gateway means for a document that is being sent.

use super::job::{Failed, Outcome};
use crate::client::wire::Problem;
use crate::format::envelope::Envelope;
use crate::lang;
use crate::model::Digest;

/// The document that was sent under the same key before, if it was withdrawn since.
pub(super) fn withdrawn(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Sent(answer) if answer.repeated && answer.withdrawn => Some(&answer.id),
        Outcome::Sent(_) | Outcome::Refused(_) | Outcome::Failed(_) => None,
    }
}

/// The key of the same content after a document that was withdrawn: made of both, so that it too is the same for
/// every machine.
pub(super) fn key_after(key: &str, withdrawn: &str) -> String {
    format!(
        "folder-{}",
        Digest::of(format!("{key} {withdrawn}").as_bytes())
    )
}

/// Whether a problem lies in the document, so that trying again is of no use.
pub(super) fn is_final(problem: &Problem) -> bool {
    matches!(problem.status, 400 | 409 | 413) && !is_odd(problem)
}

/// What a connection that broke, or a gateway in trouble, may answer about one document.
pub(super) fn is_odd(problem: &Problem) -> bool {
    let codes = [
        "internal",
        "bad_multipart",
        "truncated",
        "digest_mismatch",
        "bad_request",
    ];
    codes.contains(&problem.code.as_str())
}

/// A problem in the words of the office that has to see to it.
pub(super) fn of_problem(problem: &Problem, envelope: Option<&Envelope>) -> Failed {
    let mut message = problem.title.clone();
    for field in &problem.errors {
        let place = place(&field.pointer, envelope);
        let detail = lang::visible(&field.detail);
        message.push_str(&match place.as_str() {
            "" => format!("\n  {detail}"),
            place => format!("\n  {}: {detail}", lang::visible(place)),
        });
    }
    Failed {
        code: problem.code.clone(),
        message,
        next: problem.detail.clone(),
    }
}

/// The place that a pointer into the envelope means, as an office knows it: a file by its name; recipients are named
/// by what is wrong.
fn place(pointer: &str, envelope: Option<&Envelope>) -> String {
    let file = || {
        let number = pointer.strip_prefix("/files/")?.split('/').next()?;
        let files = &envelope?.files;
        Some(files.get(number.parse::<usize>().ok()?)?.name.clone())
    };
    match pointer.starts_with("/recipients/") {
        true => String::new(),
        false => file().unwrap_or_else(|| pointer.to_owned()),
    }
}
