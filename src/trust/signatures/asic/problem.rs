//! Why a container, or a manifest in it, does not hold.

use crate::format::asic::AsicError;
use crate::format::content::ContentError;
use crate::format::xml::XmlError;
use crate::format::xml::signature::SignatureError;
use crate::format::zip::ZipError;
use crate::model::{Reason, ReasonCode, SubIndication};
use crate::trust::verdict::Verdict;

/// A verdict, or a medium that failed, which is none.
#[derive(Debug)]
pub(super) enum Problem {
    Verdict(Verdict),
    Medium(ContentError),
}

impl From<Verdict> for Problem {
    fn from(verdict: Verdict) -> Self {
        Self::Verdict(verdict)
    }
}

impl From<ContentError> for Problem {
    fn from(error: ContentError) -> Self {
        Self::Medium(error)
    }
}

impl From<AsicError> for Problem {
    fn from(error: AsicError) -> Self {
        match of_container(error) {
            Ok(verdict) => Self::Verdict(verdict),
            Err(error) => Self::Medium(error),
        }
    }
}

impl From<ZipError> for Problem {
    fn from(error: ZipError) -> Self {
        AsicError::from(error).into()
    }
}

/// The verdict about an archive that is not read. It fails with any trace of a signature; without one
/// there is nothing that could pass.
pub(super) fn of_archive(error: ZipError, bytes: &[u8]) -> Result<Verdict, ContentError> {
    let verdict = of_container(error.into())?;
    Ok(match memchr::memmem::find(bytes, b"META-INF/") {
        Some(_) => verdict,
        None => Verdict::indeterminate(SubIndication::FormatFailure, verdict.reason().clone()),
    })
}

/// The verdict about a container that is not read.
pub(super) fn of_container(error: AsicError) -> Result<Verdict, ContentError> {
    let code = match &error {
        AsicError::Zip(ZipError::Content(medium)) => return Err(medium.clone()),
        AsicError::Zip(ZipError::TooMany { .. })
        | AsicError::TooMany { .. }
        | AsicError::Xml(_, XmlError::TooMany { .. })
        | AsicError::Manifest(_, SignatureError::TooMany { .. }) => ReasonCode::LimitExceeded,
        AsicError::Xml(_, XmlError::DocumentType) => ReasonCode::DocumentType,
        AsicError::Zip(_)
        | AsicError::Xml(..)
        | AsicError::Manifest(..)
        | AsicError::Structure(_)
        | AsicError::NoMimetype => ReasonCode::MalformedContainer,
    };
    Ok(failed(code, error.to_string()))
}

fn failed(code: ReasonCode, error: String) -> Verdict {
    let reason = Reason::new(code).with("error", error);
    Verdict::failed(SubIndication::FormatFailure, reason)
}

/// A container that is not put together as it must be.
pub(super) fn malformed(error: String) -> Verdict {
    failed(ReasonCode::MalformedContainer, error)
}

/// What a reference does not find (EN 319 102-1 §5.2.7.4).
pub(super) fn not_found(uri: &str) -> Verdict {
    let reason = Reason::new(ReasonCode::ReferenceNotFound).with("uri", shown(uri));
    Verdict::indeterminate(SubIndication::SignedDataNotFound, reason)
}

/// What a reference finds twice.
pub(super) fn ambiguous(uri: &str) -> Verdict {
    let reason = Reason::new(ReasonCode::ReferenceAmbiguous).with("uri", shown(uri));
    Verdict::failed(SubIndication::FormatFailure, reason)
}

/// Another digest than the listed one.
pub(super) fn mismatch(uri: &str) -> Verdict {
    let reason = Reason::new(ReasonCode::DigestMismatch).with("uri", shown(uri));
    Verdict::failed(SubIndication::HashFailure, reason)
}

/// Text of the signer's, bounded.
fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}
