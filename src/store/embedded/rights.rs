//! Who has a right to which body, and where it lies. A document has a right to its content until that is erased;
//! everything else that the log names or carries lasts as long as the log. Where the last right to a place is
//! gone, its bytes are to be taken off the medium: a hole, which `purge` makes. Each copy knows how many have a right to
//! it, so that an erasure costs what it erases, however many documents share the body.
//!
//! Folded from the log alone, so that an index that is made anew finds the same rights and the same holes. A body that a
//! group carries twice is somebody's content and lasts beside that.

use super::bodies::BodyPlace;
use crate::model::event::{Erased, Event, Recorded};
use crate::model::{Digest, DocumentId};
use crate::store::ReadError;
use std::collections::{BTreeMap, BTreeSet};

/// A right to a body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::store) struct Right {
    /// The body.
    pub(in crate::store) digest: Digest,
    /// The document whose content it is; [`LASTING`] where nothing takes it away.
    pub(in crate::store) owner: DocumentId,
    /// Where that copy of it lies.
    pub(in crate::store) place: BodyPlace,
}

/// The owner of what lasts: no document has this identifier, and it sorts before them all.
pub(in crate::store) const LASTING: DocumentId = DocumentId::FIRST;

/// One copy of a body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::store) struct Spot {
    /// Where it lies.
    pub(in crate::store) place: BodyPlace,
    /// What it is.
    pub(in crate::store) digest: Digest,
}

impl Right {
    pub(in crate::store) fn spot(&self) -> Spot {
        Spot {
            place: self.place,
            digest: self.digest,
        }
    }
}

/// What is known of rights elsewhere. No question reads more than it answers: many documents may have the same body.
pub(in crate::store) trait Rights {
    /// The rights of one owner to a body.
    fn of_owner(&self, digest: &Digest, owner: DocumentId) -> Result<Vec<Right>, ReadError>;
    /// Whether there is a right.
    fn has(&self, right: &Right) -> Result<bool, ReadError>;
    /// How many have a right to a copy.
    fn count(&self, spot: &Spot) -> Result<u64, ReadError>;
    /// The first right to a body that is not `gone`.
    fn first(
        &self,
        digest: &Digest,
        gone: &dyn Fn(&Right) -> bool,
    ) -> Result<Option<Right>, ReadError>;
}

/// Changed rows: `true` are there, `false` are gone.
#[derive(Debug, Default)]
pub(in crate::store) struct BodyRows {
    pub(in crate::store) rights: BTreeMap<Right, bool>,
    /// How many have a right to a copy; none: nobody has one any more.
    pub(in crate::store) counts: BTreeMap<Spot, u64>,
    /// Copies to be taken off the medium.
    pub(in crate::store) holes: BTreeMap<Spot, bool>,
}

impl BodyRows {
    /// Takes over newer rows.
    pub(in crate::store) fn absorb(&mut self, newer: Self) {
        crate::store::tables::merge(&mut self.rights, newer.rights);
        crate::store::tables::merge(&mut self.counts, newer.counts);
        crate::store::tables::merge(&mut self.holes, newer.holes);
    }

    /// The rows about one body.
    pub(in crate::store) fn of(&self, digest: &Digest) -> impl Iterator<Item = (Right, bool)> + '_ {
        let digest = *digest;
        self.from(digest, LASTING)
            .take_while(move |(right, _)| right.digest == digest)
    }

    /// The rows about the rights of one owner to a body.
    pub(in crate::store) fn of_owner(
        &self,
        digest: &Digest,
        owner: DocumentId,
    ) -> impl Iterator<Item = (Right, bool)> + '_ {
        let digest = *digest;
        self.from(digest, owner)
            .take_while(move |(right, _)| right.digest == digest && right.owner == owner)
    }

    fn from(&self, digest: Digest, owner: DocumentId) -> impl Iterator<Item = (Right, bool)> + '_ {
        let first = Right {
            digest,
            owner,
            place: BodyPlace::FIRST,
        };
        let rows = self.rights.range(first..);
        rows.map(|(right, there)| (*right, *there))
    }

    fn count(&self, known: &dyn Rights, spot: &Spot) -> Result<u64, ReadError> {
        match self.counts.get(spot) {
            Some(count) => Ok(*count),
            None => known.count(spot),
        }
    }

    /// Grants a right. `new`: the group brings that copy, so that nothing can be known of it elsewhere.
    fn grant(&mut self, known: &dyn Rights, right: Right, new: bool) -> Result<(), ReadError> {
        let spot = right.spot();
        let count = match self.counts.get(&spot) {
            None if new => 0,
            _ => self.count(known, &spot)?,
        };
        let there = match self.rights.get(&right) {
            Some(there) => *there,
            None => count > 0 && !new && known.has(&right)?,
        };
        if !there {
            self.rights.insert(right, true);
            self.counts.insert(spot, count.saturating_add(1));
        }
        // Erased a moment ago in the same group, and wanted again.
        self.holes.remove(&spot);
        Ok(())
    }

    /// The first right to a body as it is after these rows.
    fn first(&self, known: &dyn Rights, digest: &Digest) -> Result<Option<Right>, ReadError> {
        let gone = |right: &Right| self.rights.get(right) == Some(&false);
        let stored = known.first(digest, &gone)?;
        let own = self.of(digest).find(|(_, there)| *there);
        Ok(stored.into_iter().chain(own.map(|(right, _)| right)).min())
    }

    /// Ends the rights of a document to bodies. What is the last right to a copy leaves a hole.
    fn erase(&mut self, known: &dyn Rights, erased: &Erased) -> Result<(), ReadError> {
        let Some(document) = erased.document else {
            return Ok(());
        };
        for digest in &erased.bodies {
            let mut all: BTreeSet<Right> = known.of_owner(digest, document)?.into_iter().collect();
            for (right, there) in self.of_owner(digest, document) {
                if there {
                    all.insert(right);
                } else {
                    all.remove(&right);
                }
            }
            for right in all {
                let spot = right.spot();
                let left = self.count(known, &spot)?.saturating_sub(1);
                self.rights.insert(right, false);
                self.counts.insert(spot, left);
                if left == 0 {
                    self.holes.insert(spot, true);
                }
            }
        }
        Ok(())
    }
}

/// What a group changes: `places` are the bodies that it carries.
pub(in crate::store) fn follow(
    known: &dyn Rights,
    records: &[Recorded],
    places: &[(Digest, BodyPlace)],
) -> Result<BodyRows, ReadError> {
    let mut rows = BodyRows::default();
    let (mut carried, mut twice) = (BTreeMap::new(), BTreeMap::new());
    for (digest, place) in places {
        if carried.contains_key(digest) {
            twice.insert(*digest, *place);
        } else {
            carried.insert(*digest, *place);
        }
    }
    let (mut content, mut lasting) = (BTreeSet::new(), BTreeSet::new());
    for record in records {
        if let Event::Erased(erased) = &record.event {
            rows.erase(known, erased)?;
        }
        lasting.extend(record.event.lasting());
        let Some(owner) = record.event.owner() else {
            continue;
        };
        for digest in record.event.content() {
            content.insert(digest);
            let brought = carried.get(&digest).copied();
            let place = match brought {
                Some(place) => Some(place),
                // Kept by an earlier group, of this document or of another.
                None => rows.first(known, &digest)?.map(|right| right.place),
            };
            if let Some(place) = place {
                let right = Right {
                    digest,
                    owner,
                    place,
                };
                rows.grant(known, right, brought.is_some_and(is_own))?;
            }
        }
    }
    // What no document calls its content: receipts, evidence, registries.
    let plain = |digest: &Digest| !content.contains(digest) || lasting.contains(digest);
    let lasts = carried.iter().filter(|(digest, _)| plain(digest));
    for (digest, place) in lasts.chain(&twice) {
        let right = Right {
            digest: *digest,
            owner: LASTING,
            place: *place,
        };
        rows.grant(known, right, is_own(*place))?;
    }
    Ok(rows)
}

/// Whether a copy that a group carries is its own: one in a segment or a file of bodies may be shared with others.
fn is_own(place: BodyPlace) -> bool {
    matches!(place, BodyPlace::Inline(_))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod tests;
