//! The rows of the index about bodies: who has a right to which, what is to be punched, which segments are in use.

use super::bodies::BodyPlace;
use super::index::Layer;
use super::index_rows::{HOLES, LIVE, RIGHTS, View, failed};
use super::rights::{Hole, Right};
use crate::model::Digest;
use crate::store::ReadError;
use crate::store::codec::CodecError;
use crate::store::codec::bytes::{Reader, Writer};
use redb::{Table, WriteTransaction};

/// Writes the rows of a layer.
pub(super) fn write_bodies(change: &WriteTransaction, layer: &Layer) -> Result<(), redb::Error> {
    let rows = &layer.bodies;
    let mut rights = change.open_table(RIGHTS)?;
    for (right, there) in &rows.rights {
        mark(&mut rights, &right_key(right), *there)?;
    }
    let mut holes = change.open_table(HOLES)?;
    for (hole, there) in &rows.holes {
        mark(&mut holes, &hole_key(hole), *there)?;
    }
    let mut live = change.open_table(LIVE)?;
    for ((segment, offset), there) in &rows.live {
        mark(&mut live, &live_key(*segment, *offset), *there)?;
    }
    Ok(())
}

/// Body, owner, place: one body's rows stand together, what lasts first.
fn right_key(right: &Right) -> Vec<u8> {
    let mut key = right.digest.0.to_vec();
    key.extend_from_slice(right.owner.0.as_bytes());
    right.place.write(&mut Writer(&mut key));
    key
}

fn read_right(key: &[u8]) -> Result<Right, CodecError> {
    let mut r = Reader(key);
    let right = Right {
        digest: r.digest()?,
        owner: r.id()?,
        place: BodyPlace::read(&mut r)?,
    };
    r.end()?;
    Ok(right)
}

fn hole_key(hole: &Hole) -> Vec<u8> {
    let mut key = Vec::with_capacity(56);
    let mut w = Writer(&mut key);
    hole.place.write(&mut w);
    w.digest(&hole.digest);
    key
}

fn read_hole(key: &[u8]) -> Result<Hole, CodecError> {
    let mut r = Reader(key);
    let hole = Hole {
        place: BodyPlace::read(&mut r)?,
        digest: r.digest()?,
    };
    r.end()?;
    Ok(hole)
}

/// One segment's rows stand together.
fn live_key(segment: u32, offset: u64) -> [u8; 12] {
    let mut key = [0; 12];
    let (first, second) = key.split_at_mut(4);
    first.copy_from_slice(&segment.to_be_bytes());
    second.copy_from_slice(&offset.to_be_bytes());
    key
}

fn mark(
    table: &mut Table<'_, &'static [u8], &'static [u8]>,
    key: &[u8],
    there: bool,
) -> Result<(), redb::StorageError> {
    match there {
        true => table.insert(key, &[][..]).map(drop),
        false => table.remove(key).map(drop),
    }
}

impl View {
    /// The rights to a body, what lasts first.
    pub(in crate::store) fn rights(
        &self,
        digest: &Digest,
    ) -> Result<impl Iterator<Item = Result<Right, ReadError>> + use<>, ReadError> {
        let to = [&digest.0[..], &[0xff; 40]].concat();
        let range = self.rights.range::<&[u8]>(&digest.0[..]..=to.as_slice());
        Ok(range.map_err(|e| failed(&e))?.map(|row| {
            let (key, _) = row.map_err(|e| failed(&e))?;
            read_right(key.value()).map_err(|e| failed(&e))
        }))
    }

    /// What is to be punched.
    pub(in crate::store) fn holes(
        &self,
    ) -> Result<impl Iterator<Item = Result<Hole, ReadError>> + use<>, ReadError> {
        let range = self.holes.range::<&[u8]>(..);
        Ok(range.map_err(|e| failed(&e))?.map(|row| {
            let (key, _) = row.map_err(|e| failed(&e))?;
            read_hole(key.value()).map_err(|e| failed(&e))
        }))
    }

    /// The offsets of a body segment that somebody has a right to.
    pub(in crate::store) fn live(
        &self,
        segment: u32,
    ) -> Result<impl Iterator<Item = Result<u64, ReadError>> + use<>, ReadError> {
        let (from, to) = (live_key(segment, 0), live_key(segment, u64::MAX));
        let range = self.live.range::<&[u8]>(&from[..]..=&to[..]);
        Ok(range.map_err(|e| failed(&e))?.map(|row| {
            let (key, _) = row.map_err(|e| failed(&e))?;
            let at = key.value().last_chunk().copied().unwrap_or_default();
            Ok(u64::from_be_bytes(at))
        }))
    }
}
