//! The codecs of findings, of reminders and of reports that went out; and the row of one finding.

use super::administration::{read_actor, write_actor};
use super::bytes::{Reader, Writer};
use super::kinds::{FINDING_CLOSED, FINDING_OPENED, FINDING_REMINDED, REPORT_SENT};
use super::{CodecError, read_key, write_key};
use crate::model::Period;
use crate::model::event::{
    Event, Evidence, FindingClosed, FindingOpened, FindingReminded, FoundIn, FoundItem, PlainName,
    PostWay, ReminderCause, ReportSent,
};
use crate::store::{Finding, FindingEnd};
use std::sync::Arc;

/// Appends the payload of an event of this module.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "the others are written elsewhere"
)]
pub(super) fn write(w: &mut Writer<'_>, event: &Event) {
    match event {
        Event::FindingOpened(e) => write_opened(w, e),
        Event::FindingClosed(e) => write_closed(w, e),
        Event::FindingReminded(e) => write_reminded(w, e),
        Event::ReportSent(e) => write_sent(w, e),
        _ => {}
    }
}

/// Reads the payload of a kind and version of this module.
pub(super) fn read(r: &mut Reader<'_>, kind: u16, version: u16) -> Result<Event, CodecError> {
    Ok(match (kind, version) {
        (FINDING_OPENED, 1) => Event::FindingOpened(Box::new(read_opened(r)?)),
        (FINDING_CLOSED, 1) => Event::FindingClosed(Box::new(read_closed(r)?)),
        (FINDING_REMINDED, 1) => Event::FindingReminded(Box::new(read_reminded(r)?)),
        (REPORT_SENT, 1) => Event::ReportSent(Box::new(read_sent(r)?)),
        _ => return Err(CodecError::Kind { kind, version }),
    })
}

fn write_opened(w: &mut Writer<'_>, e: &FindingOpened) {
    w.id(e.finding);
    w.unit(&e.unit);
    write_found_in(w, e.figure.as_ref());
    w.count(e.items.len());
    e.items.iter().for_each(|item| write_item(w, item));
    w.day(e.due);
    w.digest(&e.note);
    write_actor(w, e.actor.as_ref());
}

fn read_opened(r: &mut Reader<'_>) -> Result<FindingOpened, CodecError> {
    Ok(FindingOpened {
        finding: r.id()?,
        unit: r.unit()?,
        figure: read_found_in(r)?,
        items: (0..r.u16()?)
            .map(|_| read_item(r))
            .collect::<Result<_, _>>()?,
        due: r.day()?,
        note: r.digest()?,
        actor: read_actor(r)?,
    })
}

fn write_found_in(w: &mut Writer<'_>, figure: Option<&FoundIn>) {
    w.bool(figure.is_some());
    if let Some(found) = figure {
        w.text(found.figure.as_str());
        w.text(&found.period.to_string());
        w.bool(found.missing);
        w.u64(found.total);
        w.position(found.position);
    }
}

fn read_found_in(r: &mut Reader<'_>) -> Result<Option<FoundIn>, CodecError> {
    if !r.bool()? {
        return Ok(None);
    }
    Ok(Some(FoundIn {
        figure: read_name(r)?,
        period: read_period(r)?,
        missing: r.bool()?,
        total: r.u64()?,
        position: r.position()?,
    }))
}

fn read_name(r: &mut Reader<'_>) -> Result<PlainName, CodecError> {
    PlainName::parse(r.text()?).ok_or(CodecError::Text)
}

fn read_period(r: &mut Reader<'_>) -> Result<Period, CodecError> {
    Period::parse(r.text()?).ok_or(CodecError::Text)
}

fn write_item(w: &mut Writer<'_>, item: &FoundItem) {
    match item {
        FoundItem::Document(id) => {
            w.u16(1);
            w.id(*id);
        }
        FoundItem::Delivery(id, recipient) => {
            w.u16(2);
            w.id(*id);
            w.unit(recipient);
        }
        FoundItem::Key(key) => {
            w.u16(3);
            write_key(w, key);
        }
        FoundItem::Import(id) => {
            w.u16(4);
            w.id(*id);
        }
    }
}

fn read_item(r: &mut Reader<'_>) -> Result<FoundItem, CodecError> {
    Ok(match r.u16()? {
        1 => FoundItem::Document(r.id()?),
        2 => FoundItem::Delivery(r.id()?, r.unit()?),
        3 => FoundItem::Key(read_key(r)?),
        4 => FoundItem::Import(r.id()?),
        other => return Err(CodecError::Value("item of a finding", u64::from(other))),
    })
}

/// Appends the row of what a finding is about.
pub(in crate::store) fn write_items(w: &mut Writer<'_>, items: &[FoundItem]) {
    w.count(items.len());
    items.iter().for_each(|item| write_item(w, item));
}

/// Reads the row.
pub(in crate::store) fn read_items(r: &mut Reader<'_>) -> Result<Vec<FoundItem>, CodecError> {
    let items = (0..r.u16()?)
        .map(|_| read_item(r))
        .collect::<Result<_, _>>()?;
    r.end()?;
    Ok(items)
}

fn write_closed(w: &mut Writer<'_>, e: &FindingClosed) {
    w.id(e.finding);
    w.unit(&e.unit);
    write_evidence(w, &e.evidence);
    w.digest(&e.note);
    write_actor(w, e.actor.as_ref());
}

fn read_closed(r: &mut Reader<'_>) -> Result<FindingClosed, CodecError> {
    Ok(FindingClosed {
        finding: r.id()?,
        unit: r.unit()?,
        evidence: read_evidence(r)?,
        note: r.digest()?,
        actor: read_actor(r)?,
    })
}

fn write_evidence(w: &mut Writer<'_>, all: &[Evidence]) {
    w.count(all.len());
    for one in all {
        match one {
            Evidence::Document(id) => {
                w.u16(1);
                w.id(*id);
            }
            Evidence::Receipt(of) => {
                w.u16(2);
                w.position(*of);
            }
            Evidence::Statement(period, number) => {
                w.u16(3);
                w.text(&period.to_string());
                w.u32(*number);
            }
            Evidence::Import(id) => {
                w.u16(4);
                w.id(*id);
            }
            Evidence::File(digest) => {
                w.u16(5);
                w.digest(digest);
            }
        }
    }
}

fn read_evidence(r: &mut Reader<'_>) -> Result<Vec<Evidence>, CodecError> {
    (0..r.u16()?).map(|_| read_one_evidence(r)).collect()
}

fn read_one_evidence(r: &mut Reader<'_>) -> Result<Evidence, CodecError> {
    Ok(match r.u16()? {
        1 => Evidence::Document(r.id()?),
        2 => Evidence::Receipt(r.position()?),
        3 => Evidence::Statement(read_period(r)?, r.u32()?),
        4 => Evidence::Import(r.id()?),
        5 => Evidence::File(r.digest()?),
        other => return Err(CodecError::Value("evidence", u64::from(other))),
    })
}

fn write_reminded(w: &mut Writer<'_>, e: &FindingReminded) {
    w.id(e.finding);
    w.unit(&e.unit);
    w.day(e.day);
    w.u16(e.cause.number());
    w.u16(e.way.number());
}

fn read_reminded(r: &mut Reader<'_>) -> Result<FindingReminded, CodecError> {
    Ok(FindingReminded {
        finding: r.id()?,
        unit: r.unit()?,
        day: r.day()?,
        cause: r.word("cause of a reminder", ReminderCause::from_number)?,
        way: r.word("way of sending", PostWay::from_number)?,
    })
}

fn write_sent(w: &mut Writer<'_>, e: &ReportSent) {
    w.text(e.schedule.as_str());
    w.text(&e.period.to_string());
    w.digest(&e.files);
    w.u16(e.addresses);
}

fn read_sent(r: &mut Reader<'_>) -> Result<ReportSent, CodecError> {
    Ok(ReportSent {
        schedule: read_name(r)?,
        period: read_period(r)?,
        files: r.digest()?,
        addresses: r.u16()?,
    })
}

/// Appends the row of a finding.
pub(in crate::store) fn write_finding(w: &mut Writer<'_>, row: &Finding) {
    w.id(row.finding);
    w.unit(&row.unit);
    write_found_in(w, row.figure.as_ref());
    w.u32(row.items);
    w.day(row.due);
    w.digest(&row.note);
    write_actor(w, row.actor.as_ref());
    w.position(row.position);
    w.time(row.at);
    w.u32(row.reminders);
    w.bool(row.reminded.is_some());
    if let Some((at, day, cause)) = row.reminded {
        w.time(at);
        w.day(day);
        w.u16(cause.number());
    }
    w.bool(row.closed.is_some());
    if let Some(end) = &row.closed {
        w.position(end.position);
        w.time(end.at);
        write_evidence(w, &end.evidence);
        w.digest(&end.note);
        write_actor(w, end.actor.as_ref());
    }
}

/// Reads the row.
pub(in crate::store) fn read_finding(r: &mut Reader<'_>) -> Result<Arc<Finding>, CodecError> {
    let mut row = Finding {
        finding: r.id()?,
        unit: r.unit()?,
        figure: read_found_in(r)?,
        items: r.u32()?,
        due: r.day()?,
        note: r.digest()?,
        actor: read_actor(r)?,
        position: r.position()?,
        at: r.time()?,
        reminders: r.u32()?,
        reminded: None,
        closed: None,
    };
    if r.bool()? {
        let cause = |r: &mut Reader<'_>| r.word("cause of a reminder", ReminderCause::from_number);
        row.reminded = Some((r.time()?, r.day()?, cause(r)?));
    }
    if r.bool()? {
        row.closed = Some(FindingEnd {
            position: r.position()?,
            at: r.time()?,
            evidence: read_evidence(r)?,
            note: r.digest()?,
            actor: read_actor(r)?,
        });
    }
    r.end()?;
    Ok(Arc::new(row))
}
