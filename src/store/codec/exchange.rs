//! The codecs of the paper register and of how a document stands in the figures; and the row of one document.

use super::administration::{read_actor, write_actor};
use super::bytes::{Reader, Writer};
use super::kinds::{COUNTED, NIL_RETURNED, REGISTER_ENTRIES, REGISTER_IMPORTED, REGISTER_UNDONE};
use super::{CodecError, read_id_opt, read_key, write_id_opt, write_key};
use crate::model::event::{
    Countable, Counted, Event, Exchange, RegisterAct, RegisterEntries, RegisterEntry,
    RegisterImported, SentBy,
};
use crate::model::{CodeNotation, CodeNumber, LocalDay};
use crate::rates::one_document::{Entry, OneDocument, Party, Reach, Said};
use crate::store::Import;

/// Appends the payload of an event of this module.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "the others are written elsewhere"
)]
pub(super) fn write(w: &mut Writer<'_>, event: &Event) {
    match event {
        Event::Counted(e) => write_counted(w, e),
        Event::RegisterImported(e) => write_imported(w, e),
        Event::RegisterEntries(e) => write_entries(w, e),
        Event::RegisterUndone(e) | Event::NilReturned(e) => write_act(w, e),
        _ => {}
    }
}

/// Reads the payload of a kind and version of this module.
pub(super) fn read(r: &mut Reader<'_>, kind: u16, version: u16) -> Result<Event, CodecError> {
    Ok(match (kind, version) {
        (COUNTED, 1) => Event::Counted(Box::new(read_counted(r)?)),
        (REGISTER_IMPORTED, 1) => Event::RegisterImported(Box::new(read_imported(r)?)),
        (REGISTER_ENTRIES, 1) => Event::RegisterEntries(Box::new(read_entries(r)?)),
        (REGISTER_UNDONE, 1) => Event::RegisterUndone(Box::new(read_act(r)?)),
        (NIL_RETURNED, 1) => Event::NilReturned(Box::new(read_act(r)?)),
        _ => return Err(CodecError::Kind { kind, version }),
    })
}

fn write_counted(w: &mut Writer<'_>, e: &Counted) {
    write_key(w, &e.key);
    write_told(w, e.from);
    write_told(w, e.to);
}

fn read_counted(r: &mut Reader<'_>) -> Result<Counted, CodecError> {
    Ok(Counted {
        key: read_key(r)?,
        from: read_told(r)?,
        to: read_told(r)?,
    })
}

fn write_told(w: &mut Writer<'_>, (day, as_what): (LocalDay, Exchange)) {
    w.day(day);
    w.u16(as_what.number());
}

fn read_told(r: &mut Reader<'_>) -> Result<(LocalDay, Exchange), CodecError> {
    Ok((
        r.day()?,
        r.word("facts of exchange", Exchange::from_number)?,
    ))
}

fn write_imported(w: &mut Writer<'_>, e: &RegisterImported) {
    w.id(e.import);
    w.unit(&e.unit);
    w.day(e.from);
    w.day(e.to);
    w.u32(e.entries);
    w.digest(&e.source);
    write_actor(w, e.actor.as_ref());
}

fn read_imported(r: &mut Reader<'_>) -> Result<RegisterImported, CodecError> {
    Ok(RegisterImported {
        import: r.id()?,
        unit: r.unit()?,
        from: r.day()?,
        to: r.day()?,
        entries: r.u32()?,
        source: r.digest()?,
        actor: read_actor(r)?,
    })
}

fn write_entries(w: &mut Writer<'_>, e: &RegisterEntries) {
    w.id(e.import);
    w.unit(&e.unit);
    w.bool(e.undone);
    w.count(e.entries.len());
    for entry in &e.entries {
        w.text(entry.number.as_str());
        w.text(entry.notation.as_str());
        w.day(entry.day);
        w.u16(entry.sent_by.number());
        w.bool(entry.alone);
    }
}

fn read_entries(r: &mut Reader<'_>) -> Result<RegisterEntries, CodecError> {
    Ok(RegisterEntries {
        import: r.id()?,
        unit: r.unit()?,
        undone: r.bool()?,
        entries: (0..r.u16()?)
            .map(|_| read_entry(r))
            .collect::<Result<_, _>>()?,
    })
}

fn read_entry(r: &mut Reader<'_>) -> Result<RegisterEntry, CodecError> {
    Ok(RegisterEntry {
        number: CodeNumber::parse(r.text()?).ok_or(CodecError::Text)?,
        notation: CodeNotation::parse(r.text()?).ok_or(CodecError::Text)?,
        day: r.day()?,
        sent_by: r.word("way of sending", SentBy::from_number)?,
        alone: r.bool()?,
    })
}

fn write_act(w: &mut Writer<'_>, e: &RegisterAct) {
    w.id(e.import);
    w.unit(&e.unit);
    w.day(e.from);
    w.day(e.to);
    w.digest(&e.note);
    write_actor(w, e.actor.as_ref());
}

fn read_act(r: &mut Reader<'_>) -> Result<RegisterAct, CodecError> {
    Ok(RegisterAct {
        import: r.id()?,
        unit: r.unit()?,
        from: r.day()?,
        to: r.day()?,
        note: r.digest()?,
        actor: read_actor(r)?,
    })
}

/// Appends the row of one document.
pub(in crate::store) fn write_one_document(w: &mut Writer<'_>, one: &OneDocument) {
    write_id_opt(w, one.first.map(|(id, _)| id));
    w.day_opt(one.first.map(|(_, day)| day));
    w.many(one.parties.len());
    for party in &one.parties {
        w.id(party.document);
        w.unit(&party.unit);
        w.u16(party.countable.number());
        w.u16(party.reach.number());
    }
    w.many(one.said.len());
    for said in &one.said {
        w.id(said.document);
        w.bool(said.agency);
        w.bool(said.both);
        w.bool(said.paper_follows);
    }
    w.bool(one.entry.is_some());
    if let Some(entry) = one.entry {
        w.id(entry.import);
        w.day(entry.day);
        w.u16(entry.sent_by.number());
    }
    w.bool(one.told.is_some());
    if let Some(told) = one.told {
        write_told(w, told);
    }
}

/// Reads the row.
pub(in crate::store) fn read_one_document(r: &mut Reader<'_>) -> Result<OneDocument, CodecError> {
    let first = read_id_opt(r)?;
    let first = first.zip(r.day_opt()?);
    let parties = (0..r.u32()?).map(|_| read_party(r));
    let parties = parties.collect::<Result<_, _>>()?;
    let said = (0..r.u32()?).map(|_| {
        Ok(Said {
            document: r.id()?,
            agency: r.bool()?,
            both: r.bool()?,
            paper_follows: r.bool()?,
        })
    });
    let said = said.collect::<Result<_, CodecError>>()?;
    let entry = r.bool()?.then(|| read_entered(r)).transpose()?;
    let told = r.bool()?.then(|| read_told(r)).transpose()?;
    r.end()?;
    Ok(OneDocument {
        first,
        parties,
        said,
        entry,
        told,
    })
}

/// Appends the row of an import.
pub(in crate::store) fn write_import(w: &mut Writer<'_>, import: &Import) {
    w.id(import.import);
    w.unit(&import.unit);
    w.day(import.from);
    w.day(import.to);
    w.bool(import.entries.is_some());
    w.u32(import.entries.unwrap_or(0));
    w.digest(&import.source);
    write_actor(w, import.actor.as_ref());
    w.position(import.position);
    w.time(import.at);
    w.time_opt(import.undone.map(|(at, _)| at));
    w.digest_opt(import.undone.as_ref().map(|(_, note)| note));
}

/// Reads the row.
pub(in crate::store) fn read_import(r: &mut Reader<'_>) -> Result<Import, CodecError> {
    let import = Import {
        import: r.id()?,
        unit: r.unit()?,
        from: r.day()?,
        to: r.day()?,
        entries: {
            let register = r.bool()?;
            let entries = r.u32()?;
            register.then_some(entries)
        },
        source: r.digest()?,
        actor: read_actor(r)?,
        position: r.position()?,
        at: r.time()?,
        undone: r.time_opt()?.zip(r.digest_opt()?),
    };
    r.end()?;
    Ok(import)
}

fn read_party(r: &mut Reader<'_>) -> Result<Party, CodecError> {
    Ok(Party {
        document: r.id()?,
        unit: r.unit()?,
        countable: r.word("countable", Countable::from_number)?,
        reach: r.word("reach", Reach::from_number)?,
    })
}

fn read_entered(r: &mut Reader<'_>) -> Result<Entry, CodecError> {
    Ok(Entry {
        import: r.id()?,
        day: r.day()?,
        sent_by: r.word("way of sending", SentBy::from_number)?,
    })
}
