//! Files that are CMS messages (RFC 5652 §5): their content inside them, or beside them.

use super::{Covered, Digests, Judging, judge, malformed, supplied};
use crate::format::cms::read::{CmsError, SignedData, Tail, looks_like_signed_data, parse};
use crate::format::content::{Content, ContentError};
use crate::format::limits::MAX_PADDING;
use crate::model::{Digest, Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::{DigestAlgorithm, DigestValue};
use crate::trust::level;
use crate::trust::payload::{Piece, PieceForm};
use crate::trust::report::{
    Coverage, FileFormat, FileReport, Integrity, SignatureReport, TimestampReport,
};
use crate::trust::supplied::Accompanying;
use crate::trust::validator::{Signed, Validator};
use crate::trust::verdict::Verdict;

/// Larger contents are maps of files, which are hashed through a window.
const MAX_AHEAD: usize = 1 << 20;

/// Judges every signature of a message. `known` is what [`hashed_ahead`] gave for it.
pub(in crate::trust) fn judge_cms(
    validator: &Validator,
    file: &Signed<'_>,
    known: Option<Digest>,
    at: Timestamp,
) -> Result<FileReport, ContentError> {
    let data = match read(file.content.bytes()) {
        Ok(data) => data,
        Err(verdict) => return Ok(faulty(FileFormat::CmsEncapsulated, verdict)),
    };
    let (format, coverage) = match data.content {
        Some(_) => (FileFormat::CmsEncapsulated, Coverage::Encapsulated),
        None => (FileFormat::CmsDetached, Coverage::Detached),
    };
    // RFC 5652 §5.2: no signer, no signature.
    if data.signers.is_empty() {
        return Ok(FileReport::unsigned(format));
    }
    let covered = match covered(&data, file) {
        Ok(covered) => covered,
        Err(verdict) => return Ok(faulty(format, verdict)),
    };
    let known = known.map(|sha256| (DigestAlgorithm::Sha256, sha256.into()));
    let digests = Digests::compute(&data, &covered, known.into_iter().collect())?;
    let mut signatures = judge_signers(validator, &data, &digests, (coverage, at, &[]));
    let intact = |report: &&mut SignatureReport| report.integrity == Integrity::Intact;
    if validator.hands_out() {
        for report in signatures.iter_mut().filter(intact) {
            report.proved = std::iter::once(piece(coverage, &covered)).collect();
        }
    }
    Ok(FileReport {
        signatures,
        ..FileReport::unsigned(format)
    })
}

/// What the digests of a message were computed over.
fn piece(coverage: Coverage, covered: &Covered<'_>) -> Piece {
    match coverage {
        Coverage::Detached => Piece::beside(None, covered.content.digest()),
        Coverage::WholeFile
        | Coverage::Revision
        | Coverage::Encapsulated
        | Coverage::Unclear
        | Coverage::Part => {
            Piece::here(PieceForm::Content, covered.content, covered.ranges.clone())
        }
    }
}

/// A message in a container, its content beside it.
pub(in crate::trust) struct Apart<'a> {
    pub(in crate::trust) message: &'a [u8],
    pub(in crate::trust) content: &'a dyn Content,
    /// Digests of the content.
    pub(in crate::trust) known: Vec<(DigestAlgorithm, DigestValue)>,
    /// Timestamps around the whole message.
    pub(in crate::trust) proofs: &'a [TimestampReport],
}

/// Judges every signature of a message in a container; a verdict of its own where there are none to
/// be judged.
pub(in crate::trust) fn judge_apart(
    validator: &Validator,
    apart: &Apart<'_>,
    at: Timestamp,
) -> Result<Result<Vec<SignatureReport>, Verdict>, ContentError> {
    let data = match read(apart.message) {
        Ok(data) => data,
        Err(verdict) => return Ok(Err(verdict)),
    };
    if data.content.is_some() {
        return Ok(Err(two_contents()));
    }
    let covered = Covered {
        content: apart.content,
        ranges: std::iter::once(0..apart.content.length()).collect(),
    };
    let digests = Digests::compute(&data, &covered, apart.known.clone())?;
    let given = (Coverage::Detached, at, apart.proofs);
    Ok(Ok(judge_signers(validator, &data, &digests, given)))
}

/// The message, and no more zeros behind it than are passed over.
fn read(message: &[u8]) -> Result<SignedData<'_>, Verdict> {
    match parse(message, Tail::Zeros) {
        Ok(data) if data.behind.len() <= MAX_PADDING => Ok(data),
        Ok(_) => Err(padded_beyond()),
        Err(error) => Err(malformed(&error)),
    }
}

fn faulty(format: FileFormat, verdict: Verdict) -> FileReport {
    FileReport::faulty(format, verdict)
}

/// Where the content lies.
fn covered<'a>(data: &SignedData<'_>, file: &Signed<'a>) -> Result<Covered<'a>, Verdict> {
    match (&data.content, file.detached) {
        (Some(pieces), None) => Ok(Covered {
            content: file.content,
            ranges: pieces.iter().map(|r| wide(r.start)..wide(r.end)).collect(),
        }),
        (None, Some(other)) => Ok(Covered {
            content: other,
            ranges: std::iter::once(0..other.length()).collect(),
        }),
        // Attack catalogue C3: which of two contents was signed?
        (Some(_), Some(_)) => Err(two_contents()),
        (None, None) => {
            let sub = SubIndication::SignedDataNotFound;
            Err(Verdict::indeterminate(
                sub,
                ReasonCode::DetachedContentMissing,
            ))
        }
    }
}

fn judge_signers(
    validator: &Validator,
    data: &SignedData<'_>,
    digests: &Digests,
    (coverage, at, proofs): (Coverage, Timestamp, &[TimestampReport]),
) -> Vec<SignatureReport> {
    let given = Judging {
        supplied: &Accompanying::new(supplied(data), None),
        validator,
        data,
        digests,
        coverage,
        proofs,
        at,
    };
    let numbered = data.signers.iter().zip(1u32..);
    let judged = numbered.map(|(signer, number)| {
        let mut report = judge(&given, signer, number.to_string());
        report.level = level::of_cms(data, &report);
        report.warnings.extend(padding(data));
        report
    });
    judged.collect()
}

/// SHA-256 of the contents that messages sign, of several side by side; `None` where there is none, or
/// where it is left to the judgement.
pub(in crate::trust) fn hashed_ahead(files: &[Signed<'_>]) -> Vec<Option<Digest>> {
    if files.len() < 2 {
        return vec![None; files.len()];
    }
    let contents: Vec<Option<&[u8]>> = files.iter().map(signed_content).collect();
    let present: Vec<&[u8]> = contents.iter().flatten().copied().collect();
    if present.len() < 2 {
        return vec![None; files.len()];
    }
    let mut digests = Digest::of_each(&present).into_iter();
    let digest = |content: &Option<&[u8]>| content.and_then(|_| digests.next());
    contents.iter().map(digest).collect()
}

/// The content of a message whose signers name SHA-256, where it lies in one piece.
fn signed_content<'a>(file: &Signed<'a>) -> Option<&'a [u8]> {
    let bytes = file.content.bytes();
    if !looks_like_signed_data(bytes) {
        return None;
    }
    let data = parse(bytes, Tail::Zeros).ok()?;
    let content = covered(&data, file).ok()?.in_one_piece()?;
    (content.len() <= MAX_AHEAD && Digests::need_sha256(&data)).then_some(content)
}

/// Zeros behind a message that was cut out of its place in a PDF, or of a block. They are no part of
/// it and say nothing.
fn padding(data: &SignedData<'_>) -> Option<Reason> {
    let bytes = data.behind.len();
    let reason = || Reason::new(ReasonCode::PaddingIgnored).with("bytes", bytes.to_string());
    (bytes > 0).then(reason)
}

fn padded_beyond() -> Verdict {
    malformed(&CmsError::TooMany {
        what: "bytes of padding",
        limit: MAX_PADDING,
    })
}

fn wide(offset: usize) -> u64 {
    u64::try_from(offset).unwrap_or(u64::MAX)
}

fn two_contents() -> Verdict {
    let reason = Reason::new(ReasonCode::MalformedCms).with("error", "detached and encapsulated");
    Verdict::failed(SubIndication::FormatFailure, reason)
}
