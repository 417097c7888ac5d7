//! Who has a right to which body, and where it lies. A document has a right to its content until that is erased;
//! everything else that the log names or carries lasts as long as the log. Where the last right to a place is
//! gone, its bytes are to be taken off the medium: a hole, which `purge` makes.
//!
//! Folded from the log alone, so that an index that is made anew finds the same rights and the same holes.

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

/// Bytes that nobody has a right to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::store) struct Hole {
    /// Where they lie.
    pub(in crate::store) place: BodyPlace,
    /// What they are.
    pub(in crate::store) digest: Digest,
}

/// What is known of rights elsewhere.
pub(in crate::store) trait Rights {
    /// Every right to a body.
    fn rights(&self, digest: &Digest) -> Result<Vec<Right>, ReadError>;
}

/// Changed rows: `true` are there, `false` are gone.
#[derive(Debug, Default)]
pub(in crate::store) struct BodyRows {
    pub(in crate::store) rights: BTreeMap<Right, bool>,
    pub(in crate::store) holes: BTreeMap<Hole, bool>,
    /// Segment and offset of bodies in body segments that somebody has a right to.
    pub(in crate::store) live: BTreeMap<(u32, u64), bool>,
}

impl BodyRows {
    /// Takes over newer rows.
    pub(in crate::store) fn absorb(&mut self, newer: Self) {
        crate::store::tables::merge(&mut self.rights, newer.rights);
        crate::store::tables::merge(&mut self.holes, newer.holes);
        crate::store::tables::merge(&mut self.live, newer.live);
    }

    /// The rows about one body.
    pub(in crate::store) fn of(&self, digest: &Digest) -> impl Iterator<Item = (Right, bool)> + '_ {
        let first = Right {
            digest: *digest,
            owner: LASTING,
            place: BodyPlace::FIRST,
        };
        let digest = *digest;
        let rows = self.rights.range(first..);
        rows.take_while(move |(right, _)| right.digest == digest)
            .map(|(right, there)| (*right, *there))
    }

    fn grant(&mut self, right: Right) {
        self.rights.insert(right, true);
        let (place, digest) = (right.place, right.digest);
        // Erased a moment ago in the same group, and wanted again.
        self.holes.remove(&Hole { place, digest });
        self.note_live(place, true);
    }

    fn note_live(&mut self, place: BodyPlace, live: bool) {
        if let BodyPlace::Segment(extent) = place {
            self.live.insert((extent.segment, extent.offset), live);
        }
    }

    /// The rights to a body as they are after these rows.
    fn now(&self, known: &dyn Rights, digest: &Digest) -> Result<BTreeSet<Right>, ReadError> {
        let mut all: BTreeSet<Right> = known.rights(digest)?.into_iter().collect();
        for (right, there) in self.of(digest) {
            if there {
                all.insert(right);
            } else {
                all.remove(&right);
            }
        }
        Ok(all)
    }

    /// Ends the rights of a document to bodies. What is the last right to a place leaves a hole.
    fn erase(&mut self, known: &dyn Rights, erased: &Erased) -> Result<(), ReadError> {
        let Some(document) = erased.document else {
            return Ok(());
        };
        for digest in &erased.bodies {
            let all = self.now(known, digest)?;
            for right in all.iter().filter(|right| right.owner == document) {
                self.rights.insert(*right, false);
                let mut others = all.iter().filter(|other| other.owner != document);
                if !others.any(|other| other.place == right.place) {
                    let (place, digest) = (right.place, *digest);
                    self.holes.insert(Hole { place, digest }, true);
                    self.note_live(place, false);
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
    let carried: BTreeMap<Digest, BodyPlace> = places.iter().copied().collect();
    let (mut content, mut lasting) = (BTreeSet::new(), BTreeSet::new());
    for record in records {
        if let Event::Erased(erased) = &record.event {
            rows.erase(known, erased)?;
        }
        lasting.extend(record.event.lasting());
        let Some(owner) = record.event.document() else {
            continue;
        };
        for digest in record.event.content() {
            content.insert(digest);
            let place = match carried.get(&digest) {
                Some(place) => Some(*place),
                // Kept by an earlier group, of this document or of another.
                None => rows.now(known, &digest)?.first().map(|right| right.place),
            };
            if let Some(place) = place {
                rows.grant(Right {
                    digest,
                    owner,
                    place,
                });
            }
        }
    }
    for (digest, place) in places {
        // What no document calls its content: receipts, evidence, registries.
        if !content.contains(digest) || lasting.contains(digest) {
            rows.grant(Right {
                digest: *digest,
                owner: LASTING,
                place: *place,
            });
        }
    }
    Ok(rows)
}
