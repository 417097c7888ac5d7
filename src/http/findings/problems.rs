//! Why nothing was done about a finding, as a problem.

use super::super::problem::{Problem, ProblemCode};
use super::super::v1;
use crate::intake::{FindingError, MAX_EVIDENCE, MAX_FILE_BYTES, MAX_ITEMS};
use crate::upkeep::RemindError;

impl From<FindingError> for Problem {
    fn from(error: FindingError) -> Self {
        use FindingError as E;
        let body =
            |pointer: String, key, args| Self::new(ProblemCode::BodyInvalid).at(pointer, key, args);
        match error {
            E::Words(name, most) => body(
                format!("/{name}"),
                "field-words",
                vec![("max", most.to_string())],
            ),
            E::Due(day) => body(
                "/due".to_owned(),
                "field-finding-due",
                vec![("value", day.to_string())],
            ),
            E::NoFigure(name) => body(
                "/measure".to_owned(),
                "field-invalid",
                vec![("value", v1::shown(&name))],
            ),
            E::Nothing => body("/documents".to_owned(), "field-finding-nothing", Vec::new()),
            E::TooMany(count) => body(
                "/documents".to_owned(),
                "field-finding-many",
                vec![("count", count.to_string()), ("max", MAX_ITEMS.to_string())],
            ),
            E::NoItem(place) => body(
                format!("/documents/{place}"),
                "field-finding-unknown",
                Vec::new(),
            ),
            E::Unknown => ProblemCode::NotFound.into(),
            E::Closed(finding) => {
                let at = finding.closed.as_ref().map(|end| end.at.to_string());
                let args = vec![("at", at.unwrap_or_default())];
                Self::new(ProblemCode::FindingClosed).at("", "field-finding-closed", args)
            }
            E::NoEvidence => ProblemCode::EvidenceRequired.into(),
            E::Evidence(place) => {
                let args = vec![
                    ("max", MAX_EVIDENCE.to_string()),
                    ("mib", (MAX_FILE_BYTES >> 20).to_string()),
                ];
                body(format!("/evidence/{place}"), "field-evidence-size", args)
            }
            E::NotThere(place) => Self::new(ProblemCode::EvidenceUnknown).at(
                format!("/evidence/{place}"),
                "field-evidence-unknown",
                Vec::new(),
            ),
            E::Commit(e) => e.into(),
            E::Read(e) => e.into(),
            E::Vault(e) => e.into(),
        }
    }
}

impl From<RemindError> for Problem {
    fn from(error: RemindError) -> Self {
        match error {
            RemindError::NoPost => ProblemCode::NoPost.into(),
            RemindError::NoContact(unit) => {
                let args = vec![("value", unit.to_string())];
                Self::new(ProblemCode::NoContact).at("", "field-no-contact", args)
            }
            RemindError::Mail { to, error } => {
                let args = vec![("to", v1::shown(&to)), ("problem", error.to_string())];
                Self::new(ProblemCode::NotSent).at("", "field-not-sent", args)
            }
            RemindError::Finding(e) => e.into(),
        }
    }
}
