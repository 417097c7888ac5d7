//! What the cross-reference sections say, in the order in which it is looked up.

use super::PdfError;
use super::xref::{Place, Section};

/// Since when an object lies where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) number: u32,
    pub(super) revision: u32,
    pub(super) place: Place,
    /// By which references find it.
    pub(super) generation: u32,
}

/// Takes the entries out of the sections. One section gives one place to one object: of two, readers
/// choose differently.
pub(super) fn entries(sections: &mut [Section<'_>]) -> Result<Vec<Entry>, PdfError> {
    let mut all: Vec<Entry> = Vec::new();
    for (section, revision) in sections.iter_mut().zip(0u32..) {
        let entries = std::mem::take(&mut section.entries).into_iter();
        all.extend(entries.map(|entry| Entry {
            number: entry.number,
            revision,
            place: entry.place,
            generation: entry.generation,
        }));
    }
    all.sort_by_key(|e| (e.number, e.revision));
    let twice = all.windows(2).find_map(|pair| match pair {
        [a, b]
            if (a.number, a.revision) == (b.number, b.revision)
                && (a.place, a.generation) != (b.place, b.generation) =>
        {
            usize::try_from(a.revision).ok()
        }
        _ => None,
    });
    if let Some(section) = twice.and_then(|revision| sections.get(revision)) {
        return Err(PdfError::CrossReference(section.at));
    }
    all.dedup_by_key(|e| (e.number, e.revision));
    Ok(all)
}

/// Of each revision, the furthest place that it or an older one gives to an object.
pub(super) fn furthest(entries: &[Entry], revisions: usize) -> Vec<usize> {
    let mut all = vec![0; revisions];
    for entry in entries {
        let revision = usize::try_from(entry.revision).unwrap_or(usize::MAX);
        if let (Place::At(at), Some(furthest)) = (entry.place, all.get_mut(revision)) {
            *furthest = at.max(*furthest);
        }
    }
    let mut most = 0;
    for furthest in &mut all {
        most = most.max(*furthest);
        *furthest = most;
    }
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

/// Of each revision, where the file ended when it was written: at the end that names it, or a newer
/// one.
pub(super) fn limits(ends: &[(usize, usize)], revisions: usize, length: usize) -> Vec<usize> {
    let mut all = vec![length; revisions];
    for (end, revision) in ends {
        for limit in all.iter_mut().take(revision.saturating_add(1)) {
            *limit = (*end).min(*limit);
        }
    }
    all
}
