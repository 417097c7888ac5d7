//! Why a reference does not hold, in the words of EN 319 102-1 §5.2.7.

use crate::format::allowance::Spent;
use crate::format::content::ContentError;
use crate::format::xml::XmlError;
use crate::format::xml::canonical::CanonicalError;
use crate::format::xml::signature::SignatureError;
use crate::model::{Reason, ReasonCode, SubIndication};
use crate::trust::algorithms::Rejection;
use crate::trust::path::{self, Exhausted, rejected};
use crate::trust::verdict::Verdict;

/// Why something of a signature does not hold or cannot be judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Problem {
    /// A transform, or a way to refer to something, that is not judged.
    NotSupported(String),
    /// An identifier that several elements have.
    Ambiguous,
    /// Nothing there.
    NotFound,
    /// Another digest than the signed one.
    Mismatch,
    /// Not base64 where a transform demands it.
    NotBase64,
    Xml(XmlError),
    Canonical(CanonicalError),
    Structure(SignatureError),
    Algorithm(Rejection),
    /// More than is done for one file.
    Limit(&'static str, usize),
    /// What signature checks may cost.
    Exhausted(Exhausted),
    /// The medium failed.
    Content(ContentError),
}

impl From<Spent> for Problem {
    fn from(Spent(limit): Spent) -> Self {
        Self::Limit("octets to be walked, written and digested", limit)
    }
}

impl From<CanonicalError> for Problem {
    fn from(error: CanonicalError) -> Self {
        match error {
            CanonicalError::Spent(spent) => spent.into(),
            other @ CanonicalError::RelativeNamespace(_) => Self::Canonical(other),
        }
    }
}

impl Problem {
    /// The verdict about the signature whose reference has it.
    pub(super) fn verdict(self, uri: Option<&str>) -> Verdict {
        let about = |code: ReasonCode| {
            let reason = Reason::new(code);
            match uri {
                Some(uri) => reason.with("uri", shown(uri)),
                None => reason,
            }
        };
        let format = SubIndication::FormatFailure;
        match self {
            Self::NotSupported(what) => Verdict::indeterminate(
                SubIndication::Generic,
                about(ReasonCode::TransformNotSupported).with("transform", shown(&what)),
            ),
            // Attack catalogue X2
            Self::Ambiguous => Verdict::failed(format, about(ReasonCode::ReferenceAmbiguous)),
            // EN 319 102-1 §5.2.7.4
            Self::NotFound => Verdict::indeterminate(
                SubIndication::SignedDataNotFound,
                about(ReasonCode::ReferenceNotFound),
            ),
            Self::Mismatch => Verdict::failed(
                SubIndication::HashFailure,
                about(ReasonCode::DigestMismatch),
            ),
            Self::NotBase64 => {
                let reason = about(ReasonCode::MalformedXml).with("error", "not base64");
                Verdict::failed(format, reason)
            }
            Self::Xml(error) => not_read(&error),
            Self::Canonical(error) => {
                let reason = about(ReasonCode::MalformedXml).with("error", error.to_string());
                Verdict::failed(format, reason)
            }
            Self::Structure(error) => malformed(&error),
            Self::Algorithm(rejection) => rejected(rejection),
            Self::Limit(what, limit) => {
                // Nothing was found that is wrong.
                let reason = Reason::new(ReasonCode::LimitExceeded);
                let error = format!("more than {limit} {what}");
                Verdict::indeterminate(SubIndication::Generic, reason.with("error", error))
            }
            Self::Exhausted(what) => path::Problem::exhausted(what).verdict,
            Self::Content(error) => {
                let reason = Reason::new(ReasonCode::ValidatorError);
                let reason = reason.with("error", error.to_string());
                Verdict::indeterminate(SubIndication::Generic, reason)
            }
        }
    }
}

/// Text of the signer's, bounded.
fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

/// A file that is not read as XML.
pub(super) fn not_read(error: &XmlError) -> Verdict {
    let code = match error {
        XmlError::DocumentType => ReasonCode::DocumentType,
        XmlError::TooMany { .. } => ReasonCode::LimitExceeded,
        XmlError::Malformed { .. } | XmlError::Encoding(_) => ReasonCode::MalformedXml,
    };
    let reason = Reason::new(code).with("error", error.to_string());
    Verdict::failed(SubIndication::FormatFailure, reason)
}

/// An element that is not the signature it should be.
pub(super) fn malformed(error: &SignatureError) -> Verdict {
    let code = match error {
        SignatureError::TooMany { .. } => ReasonCode::LimitExceeded,
        SignatureError::Malformed { .. } | SignatureError::Interrupted(_) => {
            ReasonCode::MalformedXml
        }
    };
    let reason = Reason::new(code).with("error", error.to_string());
    Verdict::failed(SubIndication::FormatFailure, reason)
}
