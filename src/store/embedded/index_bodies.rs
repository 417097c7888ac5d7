//! What the index knows of bodies: rights, copies and how many have a right to them, and holes.

use super::bodies::{BodyPlace, Extent};
use super::index::{Index, Layer};
use super::rights::{LASTING, Right, Rights, Spot};
use crate::model::{Digest, DocumentId};
use crate::store::ReadError;
use std::collections::{BTreeMap, BTreeSet};

impl Index {
    /// The place of a copy of a body; `None`: nobody has a right to it.
    pub(in crate::store) fn body(&self, digest: &Digest) -> Result<Option<BodyPlace>, ReadError> {
        Ok(self.first(digest, &|_| false)?.map(|right| right.place))
    }

    /// Whether a body lasts, whatever document is erased.
    pub(in crate::store) fn lasts(&self, digest: &Digest) -> Result<bool, ReadError> {
        // What lasts comes first.
        let first = self.first(digest, &|_| false)?;
        Ok(first.is_some_and(|right| right.owner == LASTING))
    }

    /// Whether somebody has a right to a copy of a body.
    pub(in crate::store) fn is_in_use(&self, spot: &Spot) -> Result<bool, ReadError> {
        Ok(self.count(spot)? > 0)
    }

    /// Whether somebody has a right to the file under the digest of a copy.
    pub(in crate::store) fn has_file(&self, copy: &Spot) -> Result<bool, ReadError> {
        self.is_in_use(&Spot {
            place: BodyPlace::File(copy.place.len()),
            digest: copy.digest,
        })
    }

    /// What is to be punched, at most `limit` of it.
    pub(in crate::store) fn holes(&self, limit: usize) -> Result<Vec<Spot>, ReadError> {
        let layers = self.look();
        let mut known: BTreeMap<Spot, bool> = BTreeMap::new();
        for layer in layers.newer() {
            known.extend(
                layer
                    .bodies
                    .holes
                    .iter()
                    .map(|(hole, there)| (*hole, *there)),
            );
        }
        let mut found = Vec::new();
        for hole in layers.view()?.holes()? {
            if found.len() >= limit {
                return Ok(found);
            }
            let hole = hole?;
            if !known.contains_key(&hole) {
                found.push(hole);
            }
        }
        let own = known.into_iter().filter(|(_, there)| *there);
        let room = limit.saturating_sub(found.len());
        found.extend(own.take(room).map(|(hole, _)| hole));
        Ok(found)
    }

    /// Notes that these holes are made, or that somebody has a right to what lies there again.
    pub(in crate::store) fn punched(&self, holes: &[Spot]) {
        let mut layers = self.change();
        let active = &mut layers.active;
        for hole in holes {
            active.bodies.holes.insert(*hole, false);
        }
        // No record, but to be written out.
        active.records = active.records.saturating_add(holes.len());
    }

    /// Whether somebody has a right to anything in a body segment.
    pub(in crate::store) fn is_live(&self, segment: u32) -> Result<bool, ReadError> {
        let layers = self.look();
        let mut known: BTreeMap<Spot, u64> = BTreeMap::new();
        for layer in layers.newer() {
            let rows = layer.bodies.counts.range(first_in(segment)..);
            let inside = rows.take_while(|(spot, _)| lies_in(spot, segment));
            known.extend(inside.map(|(spot, count)| (*spot, *count)));
        }
        if known.values().any(|count| *count > 0) {
            return Ok(true);
        }
        for spot in layers.view()?.live(segment)? {
            if !known.contains_key(&spot?) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn first_in(segment: u32) -> Spot {
    Spot {
        place: BodyPlace::Segment(Extent {
            segment,
            offset: 0,
            len: 0,
            crc: 0,
        }),
        digest: Digest::ZERO,
    }
}

fn lies_in(spot: &Spot, segment: u32) -> bool {
    matches!(spot.place, BodyPlace::Segment(extent) if extent.segment == segment)
}

impl Rights for Index {
    fn of_owner(&self, digest: &Digest, owner: DocumentId) -> Result<Vec<Right>, ReadError> {
        let layers = self.look();
        let stored = layers.view()?.rights_of(digest, owner)?;
        let mut all = stored.collect::<Result<BTreeSet<Right>, _>>()?;
        for layer in layers.newer() {
            for (right, there) in layer.bodies.of_owner(digest, owner) {
                match there {
                    true => all.insert(right),
                    false => all.remove(&right),
                };
            }
        }
        Ok(all.into_iter().collect())
    }

    fn has(&self, right: &Right) -> Result<bool, ReadError> {
        let found = self.find(
            |layer| Some(layer.bodies.rights.get(right)?.then_some(())),
            |view| Ok(view.has_right(right)?.then_some(())),
        );
        Ok(found?.is_some())
    }

    fn count(&self, spot: &Spot) -> Result<u64, ReadError> {
        let found = self.find(
            |layer| layer.bodies.counts.get(spot).copied().map(Some),
            |view| view.count(spot),
        );
        Ok(found?.unwrap_or(0))
    }

    /// Passes over what ended since redb was last written, and over nothing else.
    fn first(
        &self,
        digest: &Digest,
        gone: &dyn Fn(&Right) -> bool,
    ) -> Result<Option<Right>, ReadError> {
        let layers = self.look();
        let newer = layers.newer();
        let stays = |from: usize, right: &Right| {
            let later = newer.get(from..).unwrap_or_default();
            let ended = |layer: &&Layer| layer.bodies.rights.get(right) == Some(&false);
            !gone(right) && !later.iter().any(ended)
        };
        let mut first: Option<Right> = None;
        for right in layers.view()?.rights(digest)? {
            let right = right?;
            if stays(0, &right) {
                first = Some(right);
                break;
            }
        }
        for (i, layer) in newer.iter().enumerate() {
            let mut rows = layer.bodies.of(digest);
            let own = rows.find(|(right, there)| *there && stays(i.saturating_add(1), right));
            first = first.into_iter().chain(own.map(|(right, _)| right)).min();
        }
        Ok(first)
    }
}
