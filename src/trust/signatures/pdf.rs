//! Signatures in a PDF (ISO 32000-2 §12.8, PAdES ETSI EN 319 142-1) by the strict rule that holds
//! until revisions can be compared: the last signature covers the whole file, an earlier one its
//! own revision; whatever comes after the last one fails.

use super::cms::{Covered, Digests, Judging, judge, malformed, supplied};
use crate::format::asn1::oid;
use crate::format::cms::read::{SignedData, Tail, parse};
use crate::format::content::{Content, ContentError};
use crate::format::limits::{MAX_PDF_CONTENTS, MAX_PDF_HASHED};
use crate::format::pdf::{Document, PdfError, Permission, SignatureDictionary, hexadecimal};
use crate::model::{Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::report::{Coverage, FileFormat, FileReport, Integrity, SignatureReport};
use crate::trust::supplied::Accompanying;
use crate::trust::validator::Validator;
use crate::trust::verdict::Verdict;

/// Judges every signature of a PDF.
pub(in crate::trust) fn judge_pdf(
    validator: &Validator,
    content: &dyn Content,
    at: Timestamp,
) -> Result<FileReport, ContentError> {
    let bytes = content.bytes();
    let read = Document::read(bytes).and_then(|document| {
        let signatures = document.signatures()?;
        Ok((document, signatures))
    });
    let (document, dictionaries) = match read {
        Ok(read) => read,
        Err(error) => return Ok(FileReport::faulty(FileFormat::Pdf, fault(bytes, &error))),
    };
    if hashed(&dictionaries, bytes.len()) > MAX_PDF_HASHED {
        let error = PdfError::TooMany {
            what: "bytes under its signatures",
            limit: MAX_PDF_HASHED,
        };
        return Ok(FileReport::faulty(FileFormat::Pdf, fault(bytes, &error)));
    }
    let mut signatures = Vec::with_capacity(dictionaries.len());
    for dictionary in &dictionaries {
        let judged = judge_one(validator, content, &document, dictionary, at)?;
        signatures.push((judged, dictionary.permission));
    }
    signatures.sort_by_key(|(report, _)| report.covered_until);
    let last_covers_all = signatures
        .last()
        .is_some_and(|(last, _)| last.coverage == Coverage::WholeFile);
    let mut reports = Vec::with_capacity(signatures.len());
    for (mut report, permission) in signatures {
        conclude(&mut report, permission, last_covers_all, &document);
        reports.push(report);
    }
    Ok(FileReport {
        format: FileFormat::Pdf,
        signatures: reports,
        fault: None,
    })
}

/// What hashing all of them would read; one that reaches outside the file is refused before.
fn hashed(dictionaries: &[SignatureDictionary], length: usize) -> usize {
    let covered = |dictionary: &SignatureDictionary| {
        let [_, first, _, rest] = dictionary.byte_range;
        let sum = usize::try_from(first.saturating_add(rest)).unwrap_or(usize::MAX);
        if sum <= length { sum } else { 0 }
    };
    let all = dictionaries.iter().map(covered);
    all.fold(0, usize::saturating_add)
}

/// A file whose structure cannot be followed. With any trace of a signature it fails; without one
/// there is nothing that could pass.
fn fault(bytes: &[u8], error: &PdfError) -> Verdict {
    let code = match error {
        PdfError::TooMany { .. } => ReasonCode::LimitExceeded,
        PdfError::Header
        | PdfError::End
        | PdfError::Tail
        | PdfError::Syntax(_)
        | PdfError::CrossReference(_)
        | PdfError::Stream(_) => ReasonCode::MalformedPdf,
    };
    let reason = Reason::new(code).with("error", error.to_string());
    if memchr::memmem::find(bytes, b"/ByteRange").is_some() {
        Verdict::failed(SubIndication::FormatFailure, reason)
    } else {
        Verdict::indeterminate(SubIndication::Generic, reason)
    }
}

fn not_judged(dictionary: &SignatureDictionary, verdict: Verdict, broken: bool) -> SignatureReport {
    let integrity = if broken {
        Integrity::Broken
    } else {
        Integrity::NotJudged
    };
    let name = dictionary.name.clone();
    SignatureReport::bare(name, verdict, integrity, Coverage::Unclear)
}

fn format_failure(code: ReasonCode, what: &'static str) -> Verdict {
    let reason = Reason::new(code).with("what", what);
    Verdict::failed(SubIndication::FormatFailure, reason)
}

fn judge_one(
    validator: &Validator,
    content: &dyn Content,
    document: &Document<'_>,
    dictionary: &SignatureDictionary,
    at: Timestamp,
) -> Result<SignatureReport, ContentError> {
    if let Some(verdict) = defect(document, dictionary) {
        return Ok(not_judged(dictionary, verdict, true));
    }
    let bytes = content.bytes();
    let (coverage, end) = match coverage(document, dictionary, bytes.len()) {
        Ok(found) => found,
        Err(verdict) => return Ok(not_judged(dictionary, verdict, true)),
    };
    let located = |mut report: SignatureReport| {
        report.coverage = coverage;
        report.covered_until = Some(end);
        report
    };
    let judged = matches!(
        dictionary.sub_filter.as_str(),
        "adbe.pkcs7.detached" | "ETSI.CAdES.detached"
    );
    if !judged || dictionary.timestamp {
        let reason = Reason::new(ReasonCode::FormatNotSupported)
            .with("format", dictionary.sub_filter.clone());
        let verdict = Verdict::indeterminate(SubIndication::Generic, reason);
        return Ok(located(not_judged(dictionary, verdict, false)));
    }
    let text = bytes.get(dictionary.contents.clone()).unwrap_or_default();
    let Some(value) = hexadecimal(text).filter(|_| text.len() <= MAX_PDF_CONTENTS) else {
        let verdict = format_failure(ReasonCode::SignatureFieldBroken, "Contents");
        return Ok(located(not_judged(dictionary, verdict, true)));
    };
    let data = match parse(&value, Tail::Zeros) {
        Ok(data) => data,
        Err(error) => return Ok(located(not_judged(dictionary, malformed(&error), true))),
    };
    let signer = match one_signer(&data) {
        Ok(signer) => signer,
        Err(verdict) => return Ok(located(not_judged(dictionary, verdict, true))),
    };
    let [_, first, second, length] = dictionary.byte_range;
    let covered = Covered {
        content,
        ranges: vec![0..first, second..second.saturating_add(length)],
    };
    let digests = Digests::compute(&data, &covered)?;
    let given = Judging {
        supplied: &Accompanying::new(supplied(&data), None),
        validator,
        data: &data,
        digests: &digests,
        coverage,
        at,
    };
    Ok(located(judge(&given, signer, dictionary.name.clone())))
}

/// One field, one dictionary, nothing missing or doubled (attack catalogue P1, P8).
fn defect(document: &Document<'_>, dictionary: &SignatureDictionary) -> Option<Verdict> {
    let broken = |what| Some(format_failure(ReasonCode::SignatureFieldBroken, what));
    match (dictionary.problem, dictionary.fields) {
        (Some("ByteRange"), _) => Some(format_failure(ReasonCode::ByteRangeWrong, "ByteRange")),
        (Some(problem), _) => broken(problem),
        (None, 1) => None,
        // The fields of an encrypted file may lie in streams that cannot be read.
        (None, 0) if document.is_encrypted() => None,
        (None, 0) => broken("no field holds it"),
        (None, _) => broken("several fields hold it"),
    }
}

/// ISO 32000-2 §12.8.1: from the first byte, without exactly the hexadecimal string of its own
/// `/Contents`, up to the end of a revision (attack catalogue P3).
fn coverage(
    document: &Document<'_>,
    dictionary: &SignatureDictionary,
    length: usize,
) -> Result<(Coverage, u64), Verdict> {
    let wrong = |what| format_failure(ReasonCode::ByteRangeWrong, what);
    let [start, first, second, rest] = dictionary.byte_range.map(usize::try_from);
    let (Ok(0), Ok(first), Ok(second), Ok(rest)) = (start, first, second, rest) else {
        return Err(wrong("start"));
    };
    if dictionary.contents != (first..second) {
        return Err(wrong("gap"));
    }
    let end = second.checked_add(rest).filter(|end| *end <= length);
    let end = end.ok_or_else(|| wrong("end"))?;
    let coverage = if end == length {
        Coverage::WholeFile
    } else if document.ends_revision(end) {
        Coverage::Revision
    } else {
        return Err(wrong("end of a revision"));
    };
    Ok((coverage, u64::try_from(end).unwrap_or(u64::MAX)))
}

/// Exactly one SignerInfo over content that is not inside (attack catalogue P8).
fn one_signer<'s, 'd>(
    data: &'s SignedData<'d>,
) -> Result<&'s crate::format::cms::read::SignerInfo<'d>, Verdict> {
    if data.content.is_some() || data.content_type != oid::DATA {
        return Err(format_failure(ReasonCode::MalformedCms, "content inside"));
    }
    match data.signers.as_slice() {
        [one] => Ok(one),
        [] => Err(format_failure(
            ReasonCode::SignatureFieldBroken,
            "no signer",
        )),
        _ => Err(format_failure(
            ReasonCode::SeveralSigners,
            "several signers",
        )),
    }
}

/// What follows a signature decides with it: TOTAL-FAILED stays, anything else is overruled.
fn conclude(
    report: &mut SignatureReport,
    permission: Option<Permission>,
    last_covers_all: bool,
    document: &Document<'_>,
) {
    if report.verdict.indication() == crate::model::Indication::TotalFailed {
        return;
    }
    let changed = match report.coverage {
        Coverage::Revision => !last_covers_all || permission == Some(Permission::Nothing),
        Coverage::WholeFile | Coverage::Encapsulated | Coverage::Detached | Coverage::Unclear => {
            false
        }
    };
    if changed {
        let sub = SubIndication::FormatFailure;
        report.verdict = Verdict::failed(sub, ReasonCode::ChangedAfterSigning);
        return;
    }
    if report.coverage == Coverage::Revision {
        report.warnings.push(ReasonCode::CoversRevisionOnly.into());
    }
    // What cannot be looked into, or looks different to other readers, does not pass.
    let open = if document.is_encrypted() {
        Some(Reason::new(ReasonCode::Encrypted))
    } else if document.is_hybrid() {
        let format = "hybrid-reference PDF";
        Some(Reason::new(ReasonCode::FormatNotSupported).with("format", format))
    } else {
        None
    };
    if let Some(reason) = open.filter(|_| report.verdict.is_passed()) {
        report.verdict = Verdict::indeterminate(SubIndication::Generic, reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_signatures_over_a_large_file_are_not_hashed() {
        const LARGE: usize = 8 << 30;
        let over = |length: usize| {
            let mut one = SignatureDictionary::broken("1".into(), "made up");
            one.byte_range = [0, 10, 20, u64::try_from(length).unwrap() - 20];
            one
        };
        assert!(hashed(&vec![over(LARGE); 100], LARGE) > MAX_PDF_HASHED);
        assert!(hashed(&vec![over(LARGE); 2], LARGE) <= MAX_PDF_HASHED);
        assert!(hashed(&vec![over(10 << 20); 100], 10 << 20) <= MAX_PDF_HASHED);
        assert_eq!(hashed(&[over(LARGE)], 100), 0, "outside the file");
    }
}
