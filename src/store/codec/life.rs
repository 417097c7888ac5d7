//! The codecs of what happens to a document after it was relayed.

use super::bytes::{Reader, Writer};
use super::kinds::{
    ATTEMPTED, ERASED, EXPIRED, GIVEN_UP, PROGRESSED, RECALL_ANSWERED, RECALLED, REPLAYED,
    SUPERSEDED, TAKE_BACK_ANSWERED, TAKE_BACK_ASKED, TAKEN_BACK, UPDATED,
};
use super::{
    CodecError, read_digests, read_status, read_units, write_digests, write_status, write_units,
};
use crate::model::event::{
    AttemptOutcome, Attempted, Erased, ErasureCause, Expired, ExpiryCause, ExpiryClock, GivenUp,
    Leaves, Progressed, RecallAnswered, Recalled, Replayed, Superseded, TakeBackAnswered,
    TakeBackAsked, TakenBack, Updated, Way,
};
use crate::model::{DocumentId, Event, Status, UnitCode};

/// Appends the payload of an event of this module.
pub(super) fn write(w: &mut Writer<'_>, event: &Event) {
    match event {
        Event::Progressed(e) => write_progressed(w, e),
        Event::TakeBackAsked(e) => write_take_back_asked(w, e),
        Event::TakenBack(e) => write_taken_back(w, e),
        Event::TakeBackAnswered(e) => write_take_back_answered(w, e),
        Event::Recalled(e) => write_recalled(w, e),
        Event::RecallAnswered(e) => write_recall_answered(w, e),
        Event::Superseded(e) => write_superseded(w, e),
        Event::Updated(e) => write_updated(w, e),
        Event::Expired(e) => write_expired(w, e),
        Event::Replayed(e) => write_replayed(w, e),
        Event::GivenUp(e) => write_given_up(w, e),
        Event::Erased(e) => write_erased(w, e),
        Event::Attempted(e) => write_attempted(w, e),
        Event::Offered(_)
        | Event::Rejudged(_)
        | Event::Arrived(_)
        | Event::Answered(_)
        | Event::ReceiptSigned(_)
        | Event::RulesChanged(_)
        | Event::Doubted(_)
        | Event::Stamped(_)
        | Event::ClockConfirmed(_)
        | Event::PeriodClosed(_)
        | Event::Counted(_)
        | Event::RegisterImported(_)
        | Event::RegisterEntries(_)
        | Event::RegisterUndone(_)
        | Event::NilReturned(_)
        | Event::FindingOpened(_)
        | Event::FindingClosed(_)
        | Event::FindingReminded(_)
        | Event::ReportSent(_)
        | Event::Dossier(_)
        | Event::Survey(_)
        | Event::Simulated(_) => {}
    }
}

/// Reads the payload of a kind and version of this module.
pub(super) fn read(r: &mut Reader<'_>, kind: u16, version: u16) -> Result<Event, CodecError> {
    Ok(match (kind, version) {
        (PROGRESSED, 1) => Event::Progressed(Box::new(read_progressed(r)?)),
        (TAKE_BACK_ASKED, 1) => Event::TakeBackAsked(Box::new(read_take_back_asked(r)?)),
        (TAKEN_BACK, 1) => Event::TakenBack(Box::new(read_taken_back(r)?)),
        (TAKE_BACK_ANSWERED, 1) => Event::TakeBackAnswered(Box::new(read_take_back_answered(r)?)),
        (RECALLED, 1) => Event::Recalled(Box::new(read_recalled(r)?)),
        (RECALL_ANSWERED, 1) => Event::RecallAnswered(Box::new(read_recall_answered(r)?)),
        (SUPERSEDED, 1) => Event::Superseded(Box::new(read_superseded(r)?)),
        (UPDATED, 1) => Event::Updated(Box::new(read_updated(r)?)),
        (EXPIRED, 1) => Event::Expired(Box::new(read_expired(r)?)),
        (REPLAYED, 1) => Event::Replayed(Box::new(read_replayed(r)?)),
        (GIVEN_UP, 1) => Event::GivenUp(Box::new(read_given_up(r)?)),
        (ERASED, 1) => Event::Erased(Box::new(read_erased(r)?)),
        (ATTEMPTED, 1) => Event::Attempted(Box::new(read_attempted(r)?)),
        _ => return Err(CodecError::Kind { kind, version }),
    })
}

/// Document, sender and recipient, which most of these begin with.
struct Parties {
    document: DocumentId,
    sender: UnitCode,
    recipient: UnitCode,
}

fn write_parties(
    w: &mut Writer<'_>,
    document: DocumentId,
    sender: &UnitCode,
    recipient: &UnitCode,
) {
    w.id(document);
    w.unit(sender);
    w.unit(recipient);
}

fn read_parties(r: &mut Reader<'_>) -> Result<Parties, CodecError> {
    Ok(Parties {
        document: r.id()?,
        sender: r.unit()?,
        recipient: r.unit()?,
    })
}

fn write_leaves(w: &mut Writer<'_>, leaves: Option<&Leaves>) {
    w.bool(leaves.is_some());
    if let Some(leaves) = leaves {
        w.day(leaves.promulgated);
        w.bool(leaves.agency_signed);
        w.bool(leaves.both_signed);
        w.bool(leaves.issued_late);
    }
}

fn read_leaves(r: &mut Reader<'_>) -> Result<Option<Leaves>, CodecError> {
    if !r.bool()? {
        return Ok(None);
    }
    Ok(Some(Leaves {
        promulgated: r.day()?,
        agency_signed: r.bool()?,
        both_signed: r.bool()?,
        issued_late: r.bool()?,
    }))
}

pub(in crate::store) fn write_unit_opt(w: &mut Writer<'_>, unit: Option<&UnitCode>) {
    w.bool(unit.is_some());
    if let Some(unit) = unit {
        w.unit(unit);
    }
}

pub(in crate::store) fn read_unit_opt(r: &mut Reader<'_>) -> Result<Option<UnitCode>, CodecError> {
    if r.bool()? {
        return r.unit().map(Some);
    }
    Ok(None)
}

pub(in crate::store) fn write_statuses(w: &mut Writer<'_>, all: &[Status]) {
    w.count(all.len());
    all.iter().for_each(|status| write_status(w, *status));
}

pub(in crate::store) fn read_statuses(r: &mut Reader<'_>) -> Result<Vec<Status>, CodecError> {
    (0..r.u16()?).map(|_| read_status(r)).collect()
}

fn write_progressed(w: &mut Writer<'_>, e: &Progressed) {
    write_parties(w, e.document, &e.sender, &e.recipient);
    write_status(w, e.status);
    write_statuses(w, &e.implied);
    w.time(e.arrived);
    w.day_opt(e.due);
    w.digest_opt(e.note.as_ref());
}

fn read_progressed(r: &mut Reader<'_>) -> Result<Progressed, CodecError> {
    let of = read_parties(r)?;
    Ok(Progressed {
        document: of.document,
        sender: of.sender,
        recipient: of.recipient,
        status: read_status(r)?,
        implied: read_statuses(r)?,
        arrived: r.time()?,
        due: r.day_opt()?,
        note: r.digest_opt()?,
    })
}

fn write_take_back_asked(w: &mut Writer<'_>, e: &TakeBackAsked) {
    write_parties(w, e.document, &e.sender, &e.recipient);
    w.time_opt(e.due);
    w.digest_opt(e.note.as_ref());
}

fn read_take_back_asked(r: &mut Reader<'_>) -> Result<TakeBackAsked, CodecError> {
    let of = read_parties(r)?;
    Ok(TakeBackAsked {
        document: of.document,
        sender: of.sender,
        recipient: of.recipient,
        due: r.time_opt()?,
        note: r.digest_opt()?,
    })
}

fn write_taken_back(w: &mut Writer<'_>, e: &TakenBack) {
    write_parties(w, e.document, &e.sender, &e.recipient);
    w.digest_opt(e.note.as_ref());
    write_leaves(w, e.leaves.as_ref());
}

fn read_taken_back(r: &mut Reader<'_>) -> Result<TakenBack, CodecError> {
    let of = read_parties(r)?;
    Ok(TakenBack {
        document: of.document,
        sender: of.sender,
        recipient: of.recipient,
        note: r.digest_opt()?,
        leaves: read_leaves(r)?,
    })
}

fn write_take_back_answered(w: &mut Writer<'_>, e: &TakeBackAnswered) {
    write_parties(w, e.document, &e.sender, &e.recipient);
    write_status(w, e.status);
    w.digest_opt(e.note.as_ref());
    write_leaves(w, e.leaves.as_ref());
}

fn read_take_back_answered(r: &mut Reader<'_>) -> Result<TakeBackAnswered, CodecError> {
    let of = read_parties(r)?;
    Ok(TakeBackAnswered {
        document: of.document,
        sender: of.sender,
        recipient: of.recipient,
        status: read_status(r)?,
        note: r.digest_opt()?,
        leaves: read_leaves(r)?,
    })
}

fn write_recalled(w: &mut Writer<'_>, e: &Recalled) {
    write_parties(w, e.document, &e.sender, &e.recipient);
    w.time(e.arrived);
    w.time_opt(e.due);
    w.digest_opt(e.note.as_ref());
    write_leaves(w, e.leaves.as_ref());
}

fn read_recalled(r: &mut Reader<'_>) -> Result<Recalled, CodecError> {
    let of = read_parties(r)?;
    Ok(Recalled {
        document: of.document,
        sender: of.sender,
        recipient: of.recipient,
        arrived: r.time()?,
        due: r.time_opt()?,
        note: r.digest_opt()?,
        leaves: read_leaves(r)?,
    })
}

fn write_recall_answered(w: &mut Writer<'_>, e: &RecallAnswered) {
    write_parties(w, e.document, &e.sender, &e.recipient);
    write_status(w, e.status);
    w.time(e.recalled);
    w.time_opt(e.due);
    w.digest_opt(e.note.as_ref());
}

fn read_recall_answered(r: &mut Reader<'_>) -> Result<RecallAnswered, CodecError> {
    let of = read_parties(r)?;
    Ok(RecallAnswered {
        document: of.document,
        sender: of.sender,
        recipient: of.recipient,
        status: read_status(r)?,
        recalled: r.time()?,
        due: r.time_opt()?,
        note: r.digest_opt()?,
    })
}

fn write_superseded(w: &mut Writer<'_>, e: &Superseded) {
    write_parties(w, e.document, &e.sender, &e.recipient);
    w.id(e.by);
}

fn read_superseded(r: &mut Reader<'_>) -> Result<Superseded, CodecError> {
    let of = read_parties(r)?;
    Ok(Superseded {
        document: of.document,
        sender: of.sender,
        recipient: of.recipient,
        by: r.id()?,
    })
}

fn write_updated(w: &mut Writer<'_>, e: &Updated) {
    w.id(e.document);
    w.unit(&e.sender);
    w.id(e.by);
    write_units(w, &e.added);
    write_units(w, &e.removed);
}

fn read_updated(r: &mut Reader<'_>) -> Result<Updated, CodecError> {
    Ok(Updated {
        document: r.id()?,
        sender: r.unit()?,
        by: r.id()?,
        added: read_units(r)?,
        removed: read_units(r)?,
    })
}

fn write_expired(w: &mut Writer<'_>, e: &Expired) {
    write_parties(w, e.document, &e.sender, &e.recipient);
    w.u16(e.cause.number());
    w.u16(e.clock.number());
    w.time(e.since);
}

fn read_expired(r: &mut Reader<'_>) -> Result<Expired, CodecError> {
    let of = read_parties(r)?;
    Ok(Expired {
        document: of.document,
        sender: of.sender,
        recipient: of.recipient,
        cause: r.word("cause", ExpiryCause::from_number)?,
        clock: r.word("clock", ExpiryClock::from_number)?,
        since: r.time()?,
    })
}

fn write_replayed(w: &mut Writer<'_>, e: &Replayed) {
    write_parties(w, e.document, &e.sender, &e.recipient);
    write_unit_opt(w, e.actor.as_ref());
    w.digest_opt(e.note.as_ref());
}

fn read_replayed(r: &mut Reader<'_>) -> Result<Replayed, CodecError> {
    let of = read_parties(r)?;
    Ok(Replayed {
        document: of.document,
        sender: of.sender,
        recipient: of.recipient,
        actor: read_unit_opt(r)?,
        note: r.digest_opt()?,
    })
}

fn write_given_up(w: &mut Writer<'_>, e: &GivenUp) {
    write_parties(w, e.document, &e.sender, &e.recipient);
    write_unit_opt(w, e.actor.as_ref());
    w.digest_opt(e.note.as_ref());
    write_leaves(w, e.leaves.as_ref());
}

fn read_given_up(r: &mut Reader<'_>) -> Result<GivenUp, CodecError> {
    let of = read_parties(r)?;
    Ok(GivenUp {
        document: of.document,
        sender: of.sender,
        recipient: of.recipient,
        actor: read_unit_opt(r)?,
        note: r.digest_opt()?,
        leaves: read_leaves(r)?,
    })
}

fn write_erased(w: &mut Writer<'_>, e: &Erased) {
    w.bool(e.document.is_some());
    if let Some(document) = e.document {
        w.id(document);
    }
    w.bool(e.segment.is_some());
    if let Some(segment) = e.segment {
        w.u32(segment);
    }
    write_digests(w, &e.bodies);
    w.u16(e.cause.number());
    w.digest_opt(e.basis.as_ref());
    write_unit_opt(w, e.actor.as_ref());
}

fn read_erased(r: &mut Reader<'_>) -> Result<Erased, CodecError> {
    Ok(Erased {
        document: if r.bool()? { Some(r.id()?) } else { None },
        segment: if r.bool()? { Some(r.u32()?) } else { None },
        bodies: read_digests(r)?,
        cause: r.word("cause of erasure", ErasureCause::from_number)?,
        basis: r.digest_opt()?,
        actor: read_unit_opt(r)?,
    })
}

fn write_attempted(w: &mut Writer<'_>, e: &Attempted) {
    write_parties(w, e.document, &e.sender, &e.recipient);
    w.u16(e.way.number());
    w.u32(e.number);
    w.u16(e.outcome.number());
    w.u16(e.code);
    w.time_opt(e.next);
}

fn read_attempted(r: &mut Reader<'_>) -> Result<Attempted, CodecError> {
    let of = read_parties(r)?;
    Ok(Attempted {
        document: of.document,
        sender: of.sender,
        recipient: of.recipient,
        way: r.word("way", Way::from_number)?,
        number: r.u32()?,
        outcome: r.word("outcome", AttemptOutcome::from_number)?,
        code: r.u16()?,
        next: r.time_opt()?,
    })
}
