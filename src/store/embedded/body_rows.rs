//! The rows of the index about bodies: who has a right to which, how many to each copy, and what is to be punched.

use super::bodies::{BodyPlace, Extent};
use super::index::Layer;
use super::index_rows::{HOLES, PLACES, RIGHTS, View, failed};
use super::rights::{Right, Spot};
use crate::model::{Digest, DocumentId};
use crate::store::ReadError;
use crate::store::codec::CodecError;
use crate::store::codec::bytes::{Reader, Writer};
use redb::{AccessGuard, StorageError, Table, WriteTransaction};

/// Writes the rows of a layer.
pub(super) fn write_bodies(change: &WriteTransaction, layer: &Layer) -> Result<(), redb::Error> {
    let rows = &layer.bodies;
    let mut rights = change.open_table(RIGHTS)?;
    for (right, there) in &rows.rights {
        mark(&mut rights, &right_key(right), *there)?;
    }
    let mut holes = change.open_table(HOLES)?;
    for (spot, there) in &rows.holes {
        mark(&mut holes, &spot_key(spot), *there)?;
    }
    let mut places = change.open_table(PLACES)?;
    for (spot, count) in &rows.counts {
        let key = spot_key(spot);
        match count {
            0 => places.remove(&key[..]).map(drop)?,
            _ => places
                .insert(&key[..], &count.to_le_bytes()[..])
                .map(drop)?,
        }
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

/// Place, body: copies stand in the order in which they lie, so that new ones come last and those of a segment together.
fn spot_key(spot: &Spot) -> Vec<u8> {
    let mut key = Vec::with_capacity(53);
    match &spot.place {
        BodyPlace::Inline(extent) => extent_key(&mut key, 0, extent),
        BodyPlace::Segment(extent) => extent_key(&mut key, SEGMENT, extent),
        BodyPlace::File(len) => {
            key.push(2);
            key.extend_from_slice(&len.to_be_bytes());
        }
    }
    key.extend_from_slice(&spot.digest.0);
    key
}

const SEGMENT: u8 = 1;

fn extent_key(key: &mut Vec<u8>, kind: u8, extent: &Extent) {
    key.push(kind);
    key.extend_from_slice(&extent.segment.to_be_bytes());
    key.extend_from_slice(&extent.offset.to_be_bytes());
    key.extend_from_slice(&extent.len.to_be_bytes());
    key.extend_from_slice(&extent.crc.to_be_bytes());
}

fn read_spot(key: &[u8]) -> Result<Spot, CodecError> {
    let mut r = Reader(key);
    let place = match r.u8()? {
        0 => BodyPlace::Inline(read_extent(&mut r)?),
        SEGMENT => BodyPlace::Segment(read_extent(&mut r)?),
        2 => BodyPlace::File(r.u64()?.swap_bytes()),
        other => return Err(CodecError::Value("body place", u64::from(other))),
    };
    let digest = r.digest()?;
    r.end()?;
    Ok(Spot { place, digest })
}

/// Numbers of a key have their highest octet first, those of the codec last.
fn read_extent(r: &mut Reader<'_>) -> Result<Extent, CodecError> {
    Ok(Extent {
        segment: r.u32()?.swap_bytes(),
        offset: r.u64()?.swap_bytes(),
        len: r.u32()?.swap_bytes(),
        crc: r.u32()?.swap_bytes(),
    })
}

fn mark(
    table: &mut Table<'_, &'static [u8], &'static [u8]>,
    key: &[u8],
    there: bool,
) -> Result<(), StorageError> {
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

    /// The rights of one owner to a body.
    pub(in crate::store) fn rights_of(
        &self,
        digest: &Digest,
        owner: DocumentId,
    ) -> Result<impl Iterator<Item = Result<Right, ReadError>> + use<>, ReadError> {
        let from = [&digest.0[..], &owner.0.as_bytes()[..]].concat();
        let to = [&from[..], &[0xff; 24]].concat();
        let range = self.rights.range::<&[u8]>(from.as_slice()..=to.as_slice());
        Ok(range.map_err(|e| failed(&e))?.map(|row| {
            let (key, _) = row.map_err(|e| failed(&e))?;
            read_right(key.value()).map_err(|e| failed(&e))
        }))
    }

    pub(in crate::store) fn has_right(&self, right: &Right) -> Result<bool, ReadError> {
        let found = self.rights.get(&right_key(right)[..]);
        Ok(found.map_err(|e| failed(&e))?.is_some())
    }

    /// How many have a right to a copy, if somebody has.
    pub(in crate::store) fn count(&self, spot: &Spot) -> Result<Option<u64>, ReadError> {
        let row = self.places.get(&spot_key(spot)[..]);
        let row = row.map_err(|e| failed(&e))?;
        let read = row.map(|row| row.value().try_into().map(u64::from_le_bytes));
        read.transpose().map_err(|e| failed(&e))
    }

    /// What is to be punched.
    pub(in crate::store) fn holes(
        &self,
    ) -> Result<impl Iterator<Item = Result<Spot, ReadError>> + use<>, ReadError> {
        let range = self.holes.range::<&[u8]>(..);
        Ok(range.map_err(|e| failed(&e))?.map(spot))
    }

    /// The copies in a body segment that somebody has a right to.
    pub(in crate::store) fn live(
        &self,
        segment: u32,
    ) -> Result<impl Iterator<Item = Result<Spot, ReadError>> + use<>, ReadError> {
        let mut from = vec![SEGMENT];
        from.extend_from_slice(&segment.to_be_bytes());
        let to = [&from[..], &[0xff; 48]].concat();
        let range = self.places.range::<&[u8]>(from.as_slice()..=to.as_slice());
        Ok(range.map_err(|e| failed(&e))?.map(spot))
    }
}

type Row = (
    AccessGuard<'static, &'static [u8]>,
    AccessGuard<'static, &'static [u8]>,
);

fn spot(row: Result<Row, StorageError>) -> Result<Spot, ReadError> {
    let (key, _) = row.map_err(|e| failed(&e))?;
    read_spot(key.value()).map_err(|e| failed(&e))
}
