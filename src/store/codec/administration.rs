//! The codecs of acts of administration: rules that changed, a clock that was confirmed, a period that was closed.

use super::CodecError;
use super::bytes::{Reader, Writer};
use crate::model::event::{ClockConfirmed, PeriodClosed, RulesChanged};
use crate::model::{Period, UnitCode};

pub(in crate::store) fn write_rules(w: &mut Writer<'_>, e: &RulesChanged) {
    w.digest(&e.rules);
    w.digest(&e.registry);
    write_actor(w, e.actor.as_ref());
}

pub(in crate::store) fn read_rules(r: &mut Reader<'_>) -> Result<RulesChanged, CodecError> {
    Ok(RulesChanged {
        rules: r.digest()?,
        registry: r.digest()?,
        actor: read_actor(r)?,
    })
}

pub(in crate::store) fn write_clock(w: &mut Writer<'_>, e: &ClockConfirmed) {
    w.time(e.last);
    w.time(e.clock);
    w.digest(&e.note);
    write_actor(w, e.actor.as_ref());
}

pub(in crate::store) fn read_clock(r: &mut Reader<'_>) -> Result<ClockConfirmed, CodecError> {
    Ok(ClockConfirmed {
        last: r.time()?,
        clock: r.time()?,
        note: r.digest()?,
        actor: read_actor(r)?,
    })
}

/// The stored form of a closed period; also its row in the index.
pub(in crate::store) fn write_closed(w: &mut Writer<'_>, e: &PeriodClosed) {
    w.text(&e.period.to_string());
    w.u32(e.number);
    w.position(e.position);
    w.digest(&e.chain);
    w.digest(&e.statement);
    w.digest(&e.sealed);
    w.digest_opt(e.corrects.as_ref());
    w.digest_opt(e.previous.as_ref());
    write_actor(w, e.actor.as_ref());
}

pub(in crate::store) fn read_closed(r: &mut Reader<'_>) -> Result<PeriodClosed, CodecError> {
    Ok(PeriodClosed {
        period: Period::parse(r.text()?).ok_or(CodecError::Text)?,
        number: r.u32()?,
        position: r.position()?,
        chain: r.digest()?,
        statement: r.digest()?,
        sealed: r.digest()?,
        corrects: r.digest_opt()?,
        previous: r.digest_opt()?,
        actor: read_actor(r)?,
    })
}

pub(super) fn write_actor(w: &mut Writer<'_>, actor: Option<&UnitCode>) {
    w.bool(actor.is_some());
    if let Some(actor) = actor {
        w.unit(actor);
    }
}

pub(super) fn read_actor(r: &mut Reader<'_>) -> Result<Option<UnitCode>, CodecError> {
    Ok(if r.bool()? { Some(r.unit()?) } else { None })
}
