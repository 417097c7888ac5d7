//! A document's state as a row of the index. The index can be rebuilt, so this form may change
//! with the index's version.

use super::bytes::{Reader, Writer};
use super::life::{read_statuses, read_unit_opt, write_statuses, write_unit_opt};
use super::{
    CodecError, read_digests, read_due, read_id_opt, read_judged, read_offered, read_status,
    write_digests, write_due, write_id_opt, write_judged, write_offered, write_status,
};
use crate::model::event::{AttemptOutcome, ErasureCause, ExpiryCause, ExpiryClock, Judged, Way};
use crate::model::{Position, UnitCode};
use crate::relay::moves::{Asked, Phase, Standing};
use crate::relay::state::{Answer, Attempts, Facts, Request, TimelineKind};
use crate::relay::{Delivery, DocumentState, Doubt, Erasure, TimelineEntry};

/// Appends the row.
pub(in crate::store) fn write_state(out: &mut Vec<u8>, state: &DocumentState) {
    let mut w = Writer(out);
    write_offered(&mut w, &state.offered);
    let changed = state.judged != state.offered.judged;
    w.bool(changed);
    if changed {
        write_judged(&mut w, &state.judged);
    }
    w.many(state.deliveries.len());
    for delivery in &state.deliveries {
        write_delivery(&mut w, delivery);
    }
    w.many(state.timeline.len());
    for entry in &state.timeline {
        write_entry(&mut w, entry);
    }
    w.position(state.version);
    w.many(state.doubts.len());
    for doubt in &state.doubts {
        w.position(doubt.position);
        write_judged(&mut w, &doubt.judged);
        write_digests(&mut w, &doubt.certificates);
    }
    w.many(state.erased.len());
    for erasure in &state.erased {
        w.position(erasure.position);
        w.u16(erasure.cause.number());
        w.digest_opt(erasure.basis.as_ref());
        write_digests(&mut w, &erasure.bodies);
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
    let count = usize::try_from(r.u32()?).map_err(|_| CodecError::Short)?;
    let mut deliveries = Vec::with_capacity(offered.recipients.len());
    for index in 0..count {
        let recipient = offered.recipients.get(index).ok_or(CodecError::Text)?;
        deliveries.push(read_delivery(&mut r, recipient)?);
    }
    let timeline = (0..r.u32()?)
        .map(|_| read_entry(&mut r))
        .collect::<Result<_, _>>()?;
    let version: Position = r.position()?;
    let doubts = (0..r.u32()?)
        .map(|_| {
            Ok(Doubt {
                position: r.position()?,
                judged: read_judged(&mut r)?,
                certificates: read_digests(&mut r)?,
            })
        })
        .collect::<Result<_, CodecError>>()?;
    let erased = (0..r.u32()?)
        .map(|_| {
            Ok(Erasure {
                position: r.position()?,
                cause: r.word("cause of an erasure", ErasureCause::from_number)?,
                basis: r.digest_opt()?,
                bodies: read_digests(&mut r)?,
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
        erased,
    })
}

/// Appends a member that may be absent.
fn maybe<T>(w: &mut Writer<'_>, value: Option<T>, write: impl FnOnce(&mut Writer<'_>, T)) {
    w.bool(value.is_some());
    if let Some(value) = value {
        write(w, value);
    }
}

/// Reads a member that may be absent.
fn read_maybe<'a, T>(
    r: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, CodecError>,
) -> Result<Option<T>, CodecError> {
    if r.bool()? {
        return read(r).map(Some);
    }
    Ok(None)
}

/// The recipients stand in the order of the offer, so their names are not repeated.
fn write_delivery(w: &mut Writer<'_>, delivery: &Delivery) {
    w.u16(delivery.standing.phase.number());
    w.u16(delivery.standing.asked.number());
    w.time(delivery.since);
    maybe(w, delivery.arrived, |w, (at, way)| {
        w.time(at);
        w.u16(way.number());
    });
    write_due(w, delivery.due);
    maybe(w, delivery.answer, |w, answer| {
        write_status(w, answer.status);
        w.time(answer.at);
        w.digest_opt(answer.note.as_ref());
    });
    maybe(w, delivery.asked, |w, request| {
        w.time(request.at);
        w.time_opt(request.due);
        w.digest_opt(request.note.as_ref());
        maybe(w, request.answer, |w, (status, at)| {
            write_status(w, status);
            w.time(at);
        });
    });
    maybe(w, delivery.attempts, write_attempts);
    maybe(w, delivery.listed, |w, at| w.position(at));
}

fn read_delivery(r: &mut Reader<'_>, recipient: &UnitCode) -> Result<Delivery, CodecError> {
    Ok(Delivery {
        recipient: recipient.clone(),
        standing: Standing {
            phase: r.word("phase", Phase::from_number)?,
            asked: r.word("request", Asked::from_number)?,
        },
        since: r.time()?,
        arrived: read_maybe(r, |r| Ok((r.time()?, r.word("way", Way::from_number)?)))?,
        due: read_due(r)?,
        answer: read_maybe(r, |r| {
            Ok(Answer {
                status: read_status(r)?,
                at: r.time()?,
                note: r.digest_opt()?,
            })
        })?,
        asked: read_maybe(r, read_request)?,
        attempts: read_maybe(r, read_attempts)?,
        listed: read_maybe(r, Reader::position)?,
    })
}

fn write_attempts(w: &mut Writer<'_>, attempts: Attempts) {
    w.u32(attempts.number);
    w.time(attempts.at);
    w.u16(attempts.way.number());
    w.u16(attempts.outcome.number());
    w.u16(attempts.code);
    w.time_opt(attempts.next);
}

fn read_attempts(r: &mut Reader<'_>) -> Result<Attempts, CodecError> {
    Ok(Attempts {
        number: r.u32()?,
        at: r.time()?,
        way: r.word("way", Way::from_number)?,
        outcome: r.word("outcome", AttemptOutcome::from_number)?,
        code: r.u16()?,
        next: r.time_opt()?,
    })
}

fn read_request(r: &mut Reader<'_>) -> Result<Request, CodecError> {
    Ok(Request {
        at: r.time()?,
        due: r.time_opt()?,
        note: r.digest_opt()?,
        answer: read_maybe(r, |r| Ok((read_status(r)?, r.time()?)))?,
    })
}

fn write_entry(w: &mut Writer<'_>, entry: &TimelineEntry) {
    w.position(entry.position);
    w.time(entry.at);
    w.digest(&entry.hash);
    w.u16(entry.kind.number());
    w.u16(entry.recipient.map_or(u16::MAX, |r| r));
    maybe(w, entry.status, write_status);
    let facts = &entry.facts;
    let some = *facts != Facts::default();
    w.bool(some);
    if some {
        w.digest_opt(facts.note.as_ref());
        write_statuses(w, &facts.implied);
        write_id_opt(w, facts.other);
        maybe(w, facts.expiry, |w, (cause, clock)| {
            w.u16(cause.number());
            w.u16(clock.number());
        });
        maybe(w, facts.attempt, write_attempts);
        write_unit_opt(w, facts.actor.as_ref());
    }
}

fn read_entry(r: &mut Reader<'_>) -> Result<TimelineEntry, CodecError> {
    Ok(TimelineEntry {
        position: r.position()?,
        at: r.time()?,
        hash: r.digest()?,
        kind: r.word("timeline", TimelineKind::from_number)?,
        recipient: Some(r.u16()?).filter(|r| *r != u16::MAX),
        status: read_maybe(r, read_status)?,
        facts: read_maybe(r, read_facts)?.unwrap_or_default(),
    })
}

fn read_facts(r: &mut Reader<'_>) -> Result<Facts, CodecError> {
    Ok(Facts {
        note: r.digest_opt()?,
        implied: read_statuses(r)?,
        other: read_id_opt(r)?,
        expiry: read_maybe(r, |r| {
            Ok((
                r.word("cause", ExpiryCause::from_number)?,
                r.word("clock", ExpiryClock::from_number)?,
            ))
        })?,
        attempt: read_maybe(r, read_attempts)?,
        actor: read_unit_opt(r)?,
    })
}
