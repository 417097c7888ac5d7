//! What a signature covers, reference by reference.

use crate::trust::report::Covered;
use serde::Serialize;

/// Listed of one signature; manifests may name thousands, and everything is kept with the document.
const MAX_LISTED: usize = 100;
/// Octets of addresses, names and transforms that are listed of one signature: 650 for each, a long Vietnamese title
/// written in percents. Sixty signatures may refer to one manifest, and a report is not to be as many times as large.
const MAX_TEXT: usize = 64 * 1024;

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
    fitting(all).map(covered).collect()
}

/// How many are not listed.
pub(super) fn more(all: &[Covered]) -> Option<usize> {
    let listed = fitting(all).count();
    all.len().checked_sub(listed).filter(|more| *more > 0)
}

/// One with a long name keeps none of the others off the list.
fn fitting(all: &[Covered]) -> impl Iterator<Item = &Covered> {
    let mut left = MAX_TEXT;
    let fits = move |one: &&Covered| match left.checked_sub(text(one)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    all.iter().filter(fits).take(MAX_LISTED)
}

fn text(one: &Covered) -> usize {
    let names = [&one.uri, &one.element, &one.id].into_iter().flatten();
    let lengths = names.chain(&one.transforms).map(String::len);
    lengths.fold(0, usize::saturating_add)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn one(uri: String) -> Covered {
        Covered {
            uri: Some(uri),
            element: None,
            id: None,
            file: None,
            range: None,
            transforms: vec!["c14n".to_owned()],
            algorithm: "SHA-256",
            digest: "00".to_owned(),
        }
    }

    #[test]
    fn what_is_listed_is_bounded_by_number_and_by_length() {
        let plain: Vec<Covered> = (0..130).map(|n| one(format!("phu-luc-{n}.pdf"))).collect();
        assert_eq!((listed(&plain).len(), more(&plain)), (100, Some(30)));
        assert_eq!((listed(&plain[..7]).len(), more(&plain[..7])), (7, None));
        let mut long = vec![one("a".repeat(1 << 20)), one("b".repeat(60_000))];
        long.extend((0..90).map(|n| one(format!("{n:0>100}"))));
        let all = listed(&long);
        let octets: usize = all.iter().filter_map(|c| c.uri).map(str::len).sum();
        assert!(octets <= MAX_TEXT, "{octets}");
        assert!(all.len() > 40 && all[0].uri == Some(&"b".repeat(60_000)));
        assert_eq!(more(&long), Some(long.len() - all.len()));
    }
}
