//! Signatures in a PDF (ISO 32000-2 §12.8, PAdES ETSI EN 319 142-1): what each covers, what a later
//! revision did, and since when it is proved to exist by the document timestamps around it.

mod coverage;
mod difference;
mod history;
mod level;
mod stamps;

use super::cms::{Digests, Judging, judge, malformed, supplied};
use super::prefix::Prefixes;
use crate::format::asn1::oid;
use crate::format::cms::read::{SignedData, SignerInfo, Tail, parse};
use crate::format::content::{Content, ContentError};
use crate::format::limits::{MAX_PDF_CONTENTS, MAX_PDF_HASHED};
use crate::format::pdf::{
    Document, Irregularity, PdfError, SecurityStore, SignatureDictionary, hexadecimal,
};
use crate::model::{Indication, Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::DigestAlgorithm;
use crate::trust::changes::ChangeLevel;
use crate::trust::payload::{Piece, PieceForm};
use crate::trust::report::{
    Coverage, FileFormat, FileReport, Integrity, SignatureReport, TimestampReport,
};
use crate::trust::supplied::{Accompanying, SuppliedDer};
use crate::trust::validator::Validator;
use crate::trust::verdict::Verdict;
use coverage::Placed;
use history::History;

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
    if dictionaries.is_empty() {
        return Ok(FileReport::unsigned(FileFormat::Pdf));
    }
    if hashed(&dictionaries, bytes.len()) > MAX_PDF_HASHED {
        let error = PdfError::TooMany {
            what: "bytes under its signatures",
            limit: MAX_PDF_HASHED,
        };
        return Ok(FileReport::faulty(FileFormat::Pdf, fault(bytes, &error)));
    }
    let store = SecurityStore::of(document.newest());
    let file = File {
        validator,
        content,
        document: &document,
        prefixes: Prefixes::new(content, dictionaries.iter().map(|d| d.byte_range[1])),
        store: &store,
        around: &Accompanying::new(around(&store), None),
        at,
    };
    let (stamps, signatures): (Vec<_>, Vec<_>) = dictionaries
        .iter()
        .partition(|dictionary| dictionary.is_timestamp());
    let stamps = stamps::judge_all(&file, &stamps)?;
    let mut reports = Vec::with_capacity(signatures.len());
    for dictionary in signatures {
        reports.push((file.judge_one(dictionary, &stamps)?, dictionary));
    }
    reports.sort_by_key(|(report, _)| report.covered_until);
    let mut history = History::new(&document);
    let last = reports.len().saturating_sub(1);
    for (index, (report, dictionary)) in reports.iter_mut().enumerate() {
        file.conclude(report, dictionary, &mut history, index == last);
    }
    // What was read on the way may have gone beyond a limit.
    let fault = document.fault().map(|error| fault(bytes, &error));
    Ok(FileReport {
        signatures: reports.into_iter().map(|(report, _)| report).collect(),
        fault,
        ..FileReport::unsigned(FileFormat::Pdf)
    })
}

fn around(store: &SecurityStore) -> SuppliedDer<'_> {
    fn borrowed(all: &[Vec<u8>]) -> Vec<&[u8]> {
        all.iter().map(Vec::as_slice).collect()
    }
    SuppliedDer {
        certificates: borrowed(&store.certificates),
        crls: borrowed(&store.crls),
        responses: borrowed(&store.responses),
    }
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

fn format_failure(code: ReasonCode, what: &'static str) -> Verdict {
    let reason = Reason::new(code).with("what", what);
    Verdict::failed(SubIndication::FormatFailure, reason)
}

/// One file while its signatures are judged.
struct File<'a> {
    validator: &'a Validator,
    content: &'a dyn Content,
    document: &'a Document<'a>,
    prefixes: Prefixes<'a>,
    /// The newest document security store.
    store: &'a SecurityStore,
    /// The same, as what came with all of the signatures.
    around: &'a Accompanying<'a>,
    at: Timestamp,
}

impl File<'_> {
    /// The signature value of a dictionary that covers what it should.
    fn value(&self, dictionary: &SignatureDictionary) -> Result<Vec<u8>, Verdict> {
        let bytes = self.content.bytes();
        let text = bytes.get(dictionary.contents.clone()).unwrap_or_default();
        let value = hexadecimal(text).filter(|_| text.len() <= MAX_PDF_CONTENTS);
        value.ok_or_else(|| format_failure(ReasonCode::SignatureFieldBroken, "Contents"))
    }

    fn judge_one(
        &self,
        dictionary: &SignatureDictionary,
        stamps: &[stamps::Judged],
    ) -> Result<SignatureReport, ContentError> {
        let name = || dictionary.name.clone();
        let broken =
            |verdict| SignatureReport::bare(name(), verdict, Integrity::Broken, Coverage::Unclear);
        let placed = match Placed::of(self.document, dictionary, self.content.bytes().len()) {
            Ok(placed) => placed,
            Err(verdict) => return Ok(broken(verdict)),
        };
        let located = |mut report: SignatureReport| {
            report.coverage = placed.coverage;
            report.covered_until = Some(placed.end);
            report
        };
        let whole = match dictionary.sub_filter.as_str() {
            // The last is ICP-Brasil's name (DOC-ICP-15.03) for the one before.
            "adbe.pkcs7.detached" | "ETSI.CAdES.detached" | "PBAD.PAdES" => true,
            "adbe.pkcs7.sha1" => false,
            other => {
                let reason = Reason::new(ReasonCode::FormatNotSupported).with("format", other);
                let verdict = Verdict::indeterminate(SubIndication::Generic, reason);
                let integrity = Integrity::NotJudged;
                let report = SignatureReport::bare(name(), verdict, integrity, Coverage::Unclear);
                return Ok(located(report));
            }
        };
        let value = match self.value(dictionary) {
            Ok(value) => value,
            Err(verdict) => return Ok(located(broken(verdict))),
        };
        let data = match parse(&value, Tail::Anything) {
            Ok(data) => data,
            Err(error) => return Ok(located(broken(malformed(&error)))),
        };
        let signer = match one_signer(&data, whole) {
            Ok(signer) => signer,
            Err(verdict) => return Ok(located(broken(verdict))),
        };
        let digests = match self.digests(&data, &value, &placed, whole)? {
            Ok(digests) => digests,
            Err(verdict) => return Ok(located(broken(verdict))),
        };
        let proofs: Vec<TimestampReport> = stamps::around(stamps, dictionary);
        let given = Judging {
            supplied: &Accompanying::new(supplied(&data), Some(self.around)),
            validator: self.validator,
            data: &data,
            digests: &digests,
            coverage: placed.coverage,
            proofs: &proofs,
            at: self.at,
        };
        let mut report = judge(&given, signer, name());
        // EN 319 142-1 §5.3: the claimed time of PAdES stands in the dictionary.
        report.claimed_time = report.claimed_time.or(dictionary.claimed);
        level::weak_digest(self, &mut report, whole);
        report.level = level::reached(self, dictionary, &data, &report, stamps);
        if self.validator.hands_out() && report.integrity == Integrity::Intact {
            // All but the value was digested, which lies in a gap of its own length.
            let revision = std::iter::once(0..placed.end).collect();
            let piece = Piece::here(PieceForm::Revision, self.content, revision);
            report.proved = std::iter::once(piece).collect();
        }
        Ok(located(report))
    }

    /// The digests that the signer's attributes are compared with: of the covered bytes, or of their
    /// SHA-1 digest inside (ISO 32000-1 §12.8.3.3.1), which has to be theirs.
    fn digests(
        &self,
        data: &SignedData<'_>,
        value: &[u8],
        placed: &Placed,
        whole: bool,
    ) -> Result<Result<Digests, Verdict>, ContentError> {
        if whole {
            let digest = |algorithm| self.prefixes.digest(algorithm, placed.parts());
            return Ok(Ok(Digests::by(data, digest)?));
        }
        let pieces = data.content.iter().flatten();
        let pieces = pieces.filter_map(|range| value.get(range.clone()));
        let inside: Vec<u8> = pieces.flatten().copied().collect();
        let sha1 = DigestAlgorithm::Sha1;
        let digest = self.prefixes.digest(sha1, placed.parts())?;
        if inside != digest.as_ref() {
            let code = ReasonCode::DigestMismatch;
            return Ok(Err(Verdict::failed(SubIndication::HashFailure, code)));
        }
        Ok(Ok(Digests::of(data, &inside)))
    }

    /// What follows a signature decides with it: TOTAL-FAILED stays, anything else is overruled.
    fn conclude(
        &self,
        report: &mut SignatureReport,
        dictionary: &SignatureDictionary,
        history: &mut History<'_>,
        last: bool,
    ) {
        let Some(end) = report.covered_until else {
            return;
        };
        let changes = history.after(end, dictionary);
        if report.verdict.indication() != Indication::TotalFailed {
            let admitted = match last {
                true => self.validator.admitted(),
                false => ChangeLevel::Annotations,
            };
            if let Some(verdict) = history::verdict(&changes, admitted) {
                let passed = report.verdict.is_passed();
                if passed || verdict.indication() == Indication::TotalFailed {
                    report.verdict = verdict;
                }
            } else if report.coverage == Coverage::Revision {
                report.warnings.push(ReasonCode::CoversRevisionOnly.into());
            }
        }
        report.changes = Some(changes);
        if let Some(irregularity) = self.irregularity(end)
            && report.verdict.is_passed()
        {
            let reason = Reason::new(ReasonCode::PdfIrregular).with("what", irregularity.name());
            let sub = SubIndication::SigConstraintsFailure;
            report.verdict = Verdict::indeterminate(sub, reason);
        }
        // What no field could be read for may be shown by others differently.
        if dictionary.fields == 0 && report.verdict.is_passed() {
            let reason = ReasonCode::Encrypted;
            report.verdict = Verdict::indeterminate(SubIndication::Generic, reason);
        }
    }
}

impl File<'_> {
    /// What other readers may take for another file, or refuse: verdicts rest on what all of them see.
    fn irregularity(&self, end: u64) -> Option<Irregularity> {
        let end = usize::try_from(end).unwrap_or(usize::MAX);
        let newest = self.document.revisions().checked_sub(1);
        let last = self.document.revision_ending(end) == newest;
        let uncovered = last && end != self.content.bytes().len();
        let uncovered = uncovered.then_some(Irregularity::Uncovered);
        self.document.irregularity().or(uncovered)
    }
}

/// Exactly one SignerInfo, over content that is inside only where the format has its digest there
/// (attack catalogue P8).
fn one_signer<'s, 'd>(
    data: &'s SignedData<'d>,
    whole: bool,
) -> Result<&'s SignerInfo<'d>, Verdict> {
    if data.content.is_some() == whole || data.content_type != oid::DATA {
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

#[cfg(test)]
mod tests;
