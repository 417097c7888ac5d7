//! A document's state as a row of the index. The index can be rebuilt, so this form may change
//! with the index's version.

use super::bytes::{Reader, Writer};
use super::{
    CodecError, read_digests, read_due, read_judged, read_offered, read_status, write_digests,
    write_due, write_judged, write_offered,
};
use crate::model::event::Judged;
use crate::model::{Digest, Position, Timestamp, UnitCode};
use crate::relay::state::TimelineKind;
use crate::relay::{Delivery, DeliveryState, DocumentState, Doubt, TimelineEntry};

/// Appends the row.
pub(in crate::store) fn write_state(out: &mut Vec<u8>, state: &DocumentState) {
    let mut w = Writer(out);
    write_offered(&mut w, &state.offered);
    let changed = state.judged != state.offered.judged;
    w.bool(changed);
    if changed {
        write_judged(&mut w, &state.judged);
    }
    w.count(state.deliveries.len());
    for delivery in &state.deliveries {
        write_delivery(&mut w, delivery);
    }
    w.count(state.timeline.len());
    for entry in &state.timeline {
        w.position(entry.position);
        w.time(entry.at);
        w.digest(&entry.hash);
        w.u16(entry.kind.number());
        w.u16(entry.recipient.map_or(u16::MAX, |r| r));
    }
    w.position(state.version);
    w.count(state.doubts.len());
    for doubt in &state.doubts {
        w.position(doubt.position);
        write_judged(&mut w, &doubt.judged);
        write_digests(&mut w, &doubt.certificates);
    }
}

/// Reads the row.
pub(in crate::store) fn read_state(bytes: &[u8]) -> Result<DocumentState, CodecError> {
    let mut r = Reader(bytes);
    let offered = read_offered(&mut r)?;
    let judged: Judged = if r.bool()? {
        read_judged(&mut r)?
    } else {
        offered.judged.clone()
    };
    let count = usize::from(r.u16()?);
    let mut deliveries = Vec::with_capacity(count.min(offered.recipients.len()));
    for index in 0..count {
        let recipient = offered.recipients.get(index).ok_or(CodecError::Text)?;
        deliveries.push(read_delivery(&mut r, recipient)?);
    }
    let timeline = (0..r.u16()?)
        .map(|_| read_entry(&mut r))
        .collect::<Result<_, _>>()?;
    let version: Position = r.position()?;
    let doubts = (0..r.u16()?)
        .map(|_| {
            Ok(Doubt {
                position: r.position()?,
                judged: read_judged(&mut r)?,
                certificates: read_digests(&mut r)?,
            })
        })
        .collect::<Result<_, CodecError>>()?;
    r.end()?;
    Ok(DocumentState {
        offered,
        judged,
        deliveries,
        timeline,
        version,
        doubts,
    })
}

/// The recipients stand in the order of the offer, so their names are not repeated.
fn write_delivery(w: &mut Writer<'_>, delivery: &Delivery) {
    match delivery.state {
        DeliveryState::Waiting => w.u8(0),
        DeliveryState::Arrived(at) => {
            w.u8(1);
            w.time(at);
        }
        DeliveryState::Answered(arrived, status, answered) => {
            w.u8(2);
            w.time(arrived);
            super::write_status(w, status);
            w.time(answered);
        }
    }
    w.digest_opt(delivery.note.as_ref());
    write_due(w, delivery.due);
}

fn read_delivery(r: &mut Reader<'_>, recipient: &UnitCode) -> Result<Delivery, CodecError> {
    let state = match r.u8()? {
        0 => DeliveryState::Waiting,
        1 => DeliveryState::Arrived(r.time()?),
        2 => DeliveryState::Answered(r.time()?, read_status(r)?, r.time()?),
        other => return Err(CodecError::Value("delivery", u64::from(other))),
    };
    Ok(Delivery {
        recipient: recipient.clone(),
        state,
        note: r.digest_opt()?,
        due: read_due(r)?,
    })
}

fn read_entry(r: &mut Reader<'_>) -> Result<TimelineEntry, CodecError> {
    let position: Position = r.position()?;
    let at: Timestamp = r.time()?;
    let hash: Digest = r.digest()?;
    let kind = r.word("timeline", TimelineKind::from_number)?;
    let recipient = Some(r.u16()?).filter(|r| *r != u16::MAX);
    Ok(TimelineEntry {
        position,
        at,
        hash,
        kind,
        recipient,
    })
}
