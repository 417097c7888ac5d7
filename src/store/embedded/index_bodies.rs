//! What the index knows of bodies: rights, holes, and segments in which somebody has a right.

use super::bodies::BodyPlace;
use super::index::Index;
use super::rights::{Hole, LASTING, Right, Rights};
use crate::model::Digest;
use crate::store::ReadError;
use std::collections::{BTreeMap, BTreeSet};

impl Index {
    /// The place of a copy of a body; `None`: nobody has a right to it.
    pub(in crate::store) fn body(&self, digest: &Digest) -> Result<Option<BodyPlace>, ReadError> {
        self.first(digest, |_| true)
    }

    /// Whether a body lasts, whatever document is erased.
    pub(in crate::store) fn lasts(&self, digest: &Digest) -> Result<bool, ReadError> {
        let found = self.first(digest, |right| right.owner == LASTING)?;
        Ok(found.is_some())
    }

    /// Whether somebody has a right to a body in that place.
    pub(in crate::store) fn is_in_use(&self, hole: &Hole) -> Result<bool, ReadError> {
        let found = self.first(&hole.digest, |right| right.place == hole.place)?;
        Ok(found.is_some())
    }

    /// Whether somebody has a right to the file under a digest.
    pub(in crate::store) fn has_file(&self, digest: &Digest) -> Result<bool, ReadError> {
        let is_file = |right: &Right| matches!(right.place, BodyPlace::File(_));
        Ok(self.first(digest, is_file)?.is_some())
    }

    /// The place of the first right that fits. Many documents may have the same body, so not all are read.
    fn first(
        &self,
        digest: &Digest,
        fits: impl Fn(&Right) -> bool,
    ) -> Result<Option<BodyPlace>, ReadError> {
        let layers = self.look();
        let mut known: BTreeMap<Right, bool> = BTreeMap::new();
        for layer in layers.newer() {
            known.extend(layer.bodies.of(digest));
        }
        let own = known.iter().find(|(right, there)| **there && fits(right));
        if let Some((right, _)) = own {
            return Ok(Some(right.place));
        }
        for right in layers.view()?.rights(digest)? {
            let right = right?;
            if fits(&right) && !known.contains_key(&right) {
                return Ok(Some(right.place));
            }
        }
        Ok(None)
    }

    /// What is to be punched, at most `limit` of it.
    pub(in crate::store) fn holes(&self, limit: usize) -> Result<Vec<Hole>, ReadError> {
        let layers = self.look();
        let mut known: BTreeMap<Hole, bool> = BTreeMap::new();
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
    pub(in crate::store) fn punched(&self, holes: &[Hole]) {
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
        let mut known: BTreeMap<u64, bool> = BTreeMap::new();
        for layer in layers.newer() {
            let rows = layer.bodies.live.range((segment, 0)..=(segment, u64::MAX));
            known.extend(rows.map(|((_, at), live)| (*at, *live)));
        }
        if known.values().any(|live| *live) {
            return Ok(true);
        }
        for at in layers.view()?.live(segment)? {
            if !known.contains_key(&at?) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Rights for Index {
    fn rights(&self, digest: &Digest) -> Result<Vec<Right>, ReadError> {
        let layers = self.look();
        let mut all: BTreeSet<Right> = BTreeSet::new();
        for right in layers.view()?.rights(digest)? {
            all.insert(right?);
        }
        for layer in layers.newer() {
            for (right, there) in layer.bodies.of(digest) {
                match there {
                    true => all.insert(right),
                    false => all.remove(&right),
                };
            }
        }
        Ok(all.into_iter().collect())
    }
}
