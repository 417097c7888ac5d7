//! What the cross-reference sections say, in the order in which it is looked up.

use super::xref::{Place, Section};

/// Since when an object lies where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) number: u32,
    pub(super) revision: u32,
    pub(super) place: Place,
}

/// Takes the entries out of the sections. Of several for one object in one section the first counts.
pub(super) fn entries(sections: &mut [Section<'_>]) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    for (section, revision) in sections.iter_mut().zip(0u32..) {
        let entries = std::mem::take(&mut section.entries).into_iter();
        all.extend(entries.map(|(number, place)| Entry {
            number,
            revision,
            place,
        }));
    }
    all.sort_by_key(|e| (e.number, e.revision));
    all.dedup_by_key(|e| (e.number, e.revision));
    all
}

pub(super) fn updated(entries: &[Entry], revisions: usize) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new(); revisions];
    for entry in entries {
        let revision = usize::try_from(entry.revision).unwrap_or(usize::MAX);
        if let Some(numbers) = all.get_mut(revision) {
            numbers.push(entry.number);
        }
    }
    all
}

/// After each `%%EOF` the revision that its `startxref` names.
pub(super) fn ends(sections: &[Section<'_>]) -> Vec<(usize, usize)> {
    let named = |(end, named): (usize, usize)| {
        let revision = sections.iter().position(|s| s.at == named);
        revision.map(|revision| (end, revision))
    };
    sections
        .iter()
        .filter_map(|s| s.end)
        .filter_map(named)
        .collect()
}
