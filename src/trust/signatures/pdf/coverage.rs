//! What a signature covers (ISO 32000-2 §12.8.1): from the first byte, without exactly the hexadecimal
//! string of its own `/Contents`, up to the end of a revision (attack catalogue P1, P3, P8).

use super::format_failure;
use crate::format::pdf::{Document, SignatureDictionary};
use crate::model::ReasonCode;
use crate::trust::report::Coverage;
use crate::trust::verdict::Verdict;
use std::ops::Range;

/// A signature that covers what it should.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) coverage: Coverage,
    /// The end of what it covers.
    pub(super) end: u64,
    byte_range: [u64; 4],
}

impl Placed {
    pub(super) fn of(
        document: &Document<'_>,
        dictionary: &SignatureDictionary,
        length: usize,
    ) -> Result<Self, Verdict> {
        if let Some(verdict) = defect(document, dictionary) {
            return Err(verdict);
        }
        let (coverage, end) = coverage(document, dictionary, length)?;
        Ok(Self {
            coverage,
            end,
            byte_range: dictionary.byte_range,
        })
    }

    /// The end of the first bytes that it covers, and the others.
    pub(super) fn parts(&self) -> (u64, Range<u64>) {
        let [_, first, second, rest] = self.byte_range;
        (first, second..second.saturating_add(rest))
    }

    /// The bytes that it covers.
    pub(super) fn ranges(&self) -> Vec<Range<u64>> {
        let (first, rest) = self.parts();
        vec![0..first, rest]
    }
}

/// One field, one dictionary, nothing missing or doubled.
fn defect(document: &Document<'_>, dictionary: &SignatureDictionary) -> Option<Verdict> {
    let broken = |what| Some(format_failure(ReasonCode::SignatureFieldBroken, what));
    match (dictionary.problem, dictionary.fields) {
        (Some("ByteRange"), _) => Some(format_failure(ReasonCode::ByteRangeWrong, "ByteRange")),
        (Some(problem), _) => broken(problem),
        (None, 1) => None,
        // The fields of a locked file may lie in streams that cannot be read.
        (None, 0) if document.is_locked() => None,
        (None, 0) => broken("no field holds it"),
        (None, _) => broken("several fields hold it"),
    }
}

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
    let revision = document.revision_ending(end);
    let revision = revision.ok_or_else(|| wrong("end of a revision"))?;
    // A dictionary that a later revision points to is none of the one that it covers.
    let own = dictionary.object.is_none_or(|object| {
        document.view(revision).place(object) == document.newest().place(object)
    });
    if dictionary.range.end > end || !own {
        return Err(wrong("dictionary"));
    }
    let newest = revision.saturating_add(1) == document.revisions();
    let coverage = match (end == length, newest) {
        (true, true) => Coverage::WholeFile,
        (false, false) => Coverage::Revision,
        (false, true) if document.blank_after(end) => Coverage::Revision,
        // Bytes follow that are no revision.
        (true, false) | (false, true) => return Err(wrong("end of the file")),
    };
    Ok((coverage, u64::try_from(end).unwrap_or(u64::MAX)))
}
