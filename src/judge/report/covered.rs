//! What a signature covers, reference by reference.

use crate::trust::report::Covered;
use serde::Serialize;

/// Listed of one signature; manifests may name thousands, and everything is kept with the document.
const MAX_LISTED: usize = 100;

#[derive(Serialize)]
pub(super) struct CoveredJson<'a> {
    uri: Option<&'a str>,
    element: Option<&'a str>,
    /// The element's identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// SHA-256 of another file.
    file: Option<String>,
    /// First octet and the one behind the last.
    range: Option<[u64; 2]>,
    transforms: &'a [String],
    digest_algorithm: &'static str,
    digest: &'a str,
}

pub(super) fn listed(all: &[Covered]) -> Vec<CoveredJson<'_>> {
    all.iter().take(MAX_LISTED).map(covered).collect()
}

/// How many are not listed.
pub(super) fn more(all: &[Covered]) -> Option<usize> {
    all.len().checked_sub(MAX_LISTED).filter(|more| *more > 0)
}

fn covered(covered: &Covered) -> CoveredJson<'_> {
    CoveredJson {
        uri: covered.uri.as_deref(),
        element: covered.element.as_deref(),
        id: covered.id.as_deref(),
        file: covered.file.map(|digest| digest.to_string()),
        range: covered.range.as_ref().map(|range| [range.start, range.end]),
        transforms: &covered.transforms,
        digest_algorithm: covered.algorithm,
        digest: &covered.digest,
    }
}
