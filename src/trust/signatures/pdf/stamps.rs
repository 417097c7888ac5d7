//! Document timestamps (EN 319 142-1 §5.4.3, ISO 32000-2 §12.8.5): each proves that everything it covers
//! existed when it was made.

use super::File;
use super::coverage::Placed;
use crate::format::cms::read::Tail;
use crate::format::content::ContentError;
use crate::format::limits::MAX_TIMESTAMPS_IN_ALL;
use crate::format::pdf::{SecurityStore, SignatureDictionary};
use crate::trust::algorithms::DigestAlgorithm;
use crate::trust::report::{TimestampKind, TimestampReport};
use crate::trust::timestamp::{self, Token};
use std::cell::RefCell;
use std::ops::Range;

/// One that was judged.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) report: TimestampReport,
    /// The bytes that it covers; nothing where it covers what it should not.
    pub(super) covered: Vec<Range<u64>>,
    /// Whether it proves that evidence about revocation was in the document security store then.
    pub(super) archives: bool,
}

impl Judged {
    /// Whether some bytes of the file lie in what it covers.
    pub(super) fn covers(&self, range: &Range<usize>) -> bool {
        let (Ok(start), Ok(end)) = (u64::try_from(range.start), u64::try_from(range.end)) else {
            return false;
        };
        self.covered
            .iter()
            .any(|c| c.start <= start && end <= c.end)
    }
}

/// Judges them, up to a limit.
pub(super) fn judge_all(
    file: &File<'_>,
    dictionaries: &[&SignatureDictionary],
) -> Result<Vec<Judged>, ContentError> {
    let first = dictionaries.iter().take(MAX_TIMESTAMPS_IN_ALL);
    first.map(|dictionary| judge(file, dictionary)).collect()
}

fn judge(file: &File<'_>, dictionary: &SignatureDictionary) -> Result<Judged, ContentError> {
    let name = || dictionary.name.clone();
    let unread = |verdict| Judged {
        report: TimestampReport {
            kind: TimestampKind::Document,
            ..timestamp::unread(name(), verdict)
        },
        covered: Vec::new(),
        archives: false,
    };
    let length = file.content.bytes().len();
    let placed = match Placed::of(file.document, dictionary, length) {
        Ok(placed) => placed,
        Err(verdict) => return Ok(unread(verdict)),
    };
    let value = match file.value(dictionary) {
        Ok(value) => value,
        Err(verdict) => return Ok(unread(verdict)),
    };
    let problem = RefCell::new(None);
    let imprint = |algorithm: DigestAlgorithm| match file.prefixes.digest(algorithm, placed.parts())
    {
        Ok(digest) => Some(digest.as_ref().to_vec()),
        Err(error) => {
            problem.replace(Some(error));
            None
        }
    };
    let token = Token {
        der: &value,
        tail: Tail::Zeros,
        imprint: &imprint,
        around: Some(file.around),
        at: file.at,
        proved: None,
        fault: None,
    };
    let mut report = timestamp::judge(file.validator, &token, name());
    if let Some(error) = problem.take() {
        return Err(error);
    }
    report.kind = TimestampKind::Document;
    report.signature.coverage = placed.coverage;
    report.signature.covered_until = Some(placed.end);
    Ok(Judged {
        archives: report.proves().is_some() && holds_evidence(file, placed.end),
        report,
        covered: placed.ranges(),
    })
}

/// Whether the security store of the revision that ends there says anything about revocation.
fn holds_evidence(file: &File<'_>, end: u64) -> bool {
    let end = usize::try_from(end).ok();
    let revision = end.and_then(|end| file.document.revision_ending(end));
    let store = revision.map(|revision| SecurityStore::of(file.document.view(revision)));
    store.is_some_and(|store| !store.says_nothing())
}

/// The reports of those that cover a signature, its value included.
pub(super) fn around(stamps: &[Judged], dictionary: &SignatureDictionary) -> Vec<TimestampReport> {
    let covering = stamps
        .iter()
        .filter(|stamp| stamp.covers(&dictionary.range));
    covering.map(|stamp| stamp.report.clone()).collect()
}
