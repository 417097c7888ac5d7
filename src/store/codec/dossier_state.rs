//! The row of a dossier in the index.

use super::CodecError;
use super::bytes::{Reader, Writer};
use super::dossiers::{
    read_dossier_items, read_move, read_number, read_presented, read_procedure, read_status,
    write_dossier_items, write_number, write_presented, write_procedure,
};
use crate::dossier::life::{DossierState, Entry, EntryKind, Erasure};
use crate::model::event::ErasureCause;
use std::sync::Arc;

/// Appends the row.
pub(in crate::store) fn write_dossier(w: &mut Writer<'_>, row: &DossierState) {
    w.id(row.dossier);
    write_number(w, &row.number);
    write_procedure(w, &row.procedure);
    w.digest(&row.request);
    w.digest(&row.content);
    w.u16(row.status.number());
    w.time_opt(row.taken);
    w.time_opt(row.due);
    w.time_opt(row.due_before);
    w.bool(row.rescheduled);
    w.u16(row.requests);
    w.many(row.timeline.len());
    row.timeline.iter().for_each(|entry| write_entry(w, entry));
    w.many(row.erased.len());
    for erasure in &row.erased {
        w.position(erasure.position);
        w.u16(erasure.cause.number());
        w.digest_opt(erasure.basis.as_ref());
        w.many(erasure.bodies.len());
        erasure.bodies.iter().for_each(|body| w.digest(body));
    }
    w.position(row.version);
}

fn write_entry(w: &mut Writer<'_>, entry: &Entry) {
    w.position(entry.position);
    w.time(entry.at);
    w.digest(&entry.hash);
    w.u16(entry.kind.number());
    w.bool(entry.what.is_some());
    if let Some(what) = entry.what {
        w.u16(what.number());
    }
    w.u16(entry.status.number());
    w.time_opt(entry.received);
    w.time_opt(entry.due);
    write_dossier_items(w, &entry.items);
    w.bool(entry.presented.is_some());
    if let Some(presented) = &entry.presented {
        write_presented(w, presented);
    }
    w.digest_opt(entry.ground.as_ref());
    w.digest_opt(entry.note.as_ref());
}

/// Reads the row.
pub(in crate::store) fn read_dossier(r: &mut Reader<'_>) -> Result<Arc<DossierState>, CodecError> {
    let row = DossierState {
        dossier: r.id()?,
        number: read_number(r)?,
        procedure: read_procedure(r)?,
        request: r.digest()?,
        content: r.digest()?,
        status: read_status(r)?,
        taken: r.time_opt()?,
        due: r.time_opt()?,
        due_before: r.time_opt()?,
        rescheduled: r.bool()?,
        requests: r.u16()?,
        timeline: (0..r.u32()?)
            .map(|_| read_entry(r))
            .collect::<Result<_, _>>()?,
        erased: (0..r.u32()?)
            .map(|_| read_erasure(r))
            .collect::<Result<_, _>>()?,
        version: r.position()?,
    };
    r.end()?;
    Ok(Arc::new(row))
}

fn read_entry(r: &mut Reader<'_>) -> Result<Entry, CodecError> {
    Ok(Entry {
        position: r.position()?,
        at: r.time()?,
        hash: r.digest()?,
        kind: r.word("record of a dossier", EntryKind::from_number)?,
        what: if r.bool()? { Some(read_move(r)?) } else { None },
        status: read_status(r)?,
        received: r.time_opt()?,
        due: r.time_opt()?,
        items: read_dossier_items(r)?,
        presented: if r.bool()? {
            Some(read_presented(r)?)
        } else {
            None
        },
        ground: r.digest_opt()?,
        note: r.digest_opt()?,
    })
}

fn read_erasure(r: &mut Reader<'_>) -> Result<Erasure, CodecError> {
    Ok(Erasure {
        position: r.position()?,
        cause: r.word("cause of an erasure", ErasureCause::from_number)?,
        basis: r.digest_opt()?,
        bodies: (0..r.u32()?)
            .map(|_| r.digest())
            .collect::<Result<_, _>>()?,
    })
}
