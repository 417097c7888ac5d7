//! The codecs of what happens to dossiers.

use super::CodecError;
use super::bytes::{Reader, Writer};
use super::kinds::{
    DOSSIER_ASKED, DOSSIER_COMPLETED, DOSSIER_MOVED, DOSSIER_REGISTERED, DOSSIER_RESCHEDULED,
};
use crate::model::dossier::{
    DossierGround, DossierItem, DossierMove, DossierNumber, DossierProblem, DossierStatus,
    ProcedureCode, ProcedureRef,
};
use crate::model::event::{
    DossierAsked, DossierCompleted, DossierEvent, DossierFile, DossierMoved, DossierRef,
    DossierRegistered, DossierRescheduled, Event, PlainName, Presented,
};
use crate::model::{Indication, SubIndication};

/// Appends the payload.
pub(super) fn write(w: &mut Writer<'_>, event: &DossierEvent) {
    write_ref(w, event.of());
    match event {
        DossierEvent::Registered(e) => write_registered(w, e),
        DossierEvent::Moved(e) => {
            w.u16(e.what.number());
            w.u16(e.from.number());
            w.u16(e.to.number());
            w.time_opt(e.due);
            w.digest_opt(e.note.as_ref());
        }
        DossierEvent::Asked(e) => {
            w.u16(e.request);
            w.u16(e.from.number());
            write_dossier_items(w, &e.items);
            w.digest_opt(e.ground.as_ref());
            w.digest_opt(e.note.as_ref());
        }
        DossierEvent::Completed(e) => {
            w.u16(e.what.number());
            w.u16(e.from.number());
            w.time(e.received);
            write_presented(w, &e.presented);
            write_dossier_items(w, &e.items);
            w.time(e.due);
            w.digest(&e.rules);
            w.digest_opt(e.note.as_ref());
        }
        DossierEvent::Rescheduled(e) => {
            w.u16(e.status.number());
            w.time(e.before);
            w.time(e.due);
            w.digest_opt(e.note.as_ref());
        }
    }
}

/// Reads the payload of a kind and version of this module.
pub(super) fn read(r: &mut Reader<'_>, kind: u16, version: u16) -> Result<Event, CodecError> {
    if version != 1 {
        return Err(CodecError::Kind { kind, version });
    }
    let event = match kind {
        DOSSIER_REGISTERED => DossierEvent::Registered(read_registered(r)?),
        DOSSIER_MOVED => DossierEvent::Moved(DossierMoved {
            of: read_ref(r)?,
            what: read_move(r)?,
            from: read_status(r)?,
            to: read_status(r)?,
            due: r.time_opt()?,
            note: r.digest_opt()?,
        }),
        DOSSIER_ASKED => DossierEvent::Asked(DossierAsked {
            of: read_ref(r)?,
            request: r.u16()?,
            from: read_status(r)?,
            items: read_dossier_items(r)?,
            ground: r.digest_opt()?,
            note: r.digest_opt()?,
        }),
        DOSSIER_COMPLETED => DossierEvent::Completed(DossierCompleted {
            of: read_ref(r)?,
            what: read_move(r)?,
            from: read_status(r)?,
            received: r.time()?,
            presented: read_presented(r)?,
            items: read_dossier_items(r)?,
            due: r.time()?,
            rules: r.digest()?,
            note: r.digest_opt()?,
        }),
        DOSSIER_RESCHEDULED => DossierEvent::Rescheduled(DossierRescheduled {
            of: read_ref(r)?,
            status: read_status(r)?,
            before: r.time()?,
            due: r.time()?,
            note: r.digest_opt()?,
        }),
        _ => return Err(CodecError::Kind { kind, version }),
    };
    Ok(Event::Dossier(Box::new(event)))
}

fn write_registered(w: &mut Writer<'_>, e: &DossierRegistered) {
    write_number(w, &e.number);
    w.digest(&e.request);
    w.digest(&e.content);
    w.u16(e.status.number());
    w.time(e.received);
    write_presented(w, &e.presented);
    write_dossier_items(w, &e.items);
    w.time_opt(e.due);
    w.digest(&e.rules);
    w.digest_opt(e.note.as_ref());
}

fn read_registered(r: &mut Reader<'_>) -> Result<DossierRegistered, CodecError> {
    Ok(DossierRegistered {
        of: read_ref(r)?,
        number: read_number(r)?,
        request: r.digest()?,
        content: r.digest()?,
        status: read_status(r)?,
        received: r.time()?,
        presented: read_presented(r)?,
        items: read_dossier_items(r)?,
        due: r.time_opt()?,
        rules: r.digest()?,
        note: r.digest_opt()?,
    })
}

pub(super) fn write_ref(w: &mut Writer<'_>, of: &DossierRef) {
    w.id(of.dossier);
    w.unit(&of.agency);
    write_procedure(w, &of.procedure);
}

pub(super) fn read_ref(r: &mut Reader<'_>) -> Result<DossierRef, CodecError> {
    Ok(DossierRef {
        dossier: r.id()?,
        agency: r.unit()?,
        procedure: read_procedure(r)?,
    })
}

pub(super) fn write_procedure(w: &mut Writer<'_>, procedure: &ProcedureRef) {
    w.text(procedure.code.as_str());
    w.u16(procedure.version);
}

pub(super) fn read_procedure(r: &mut Reader<'_>) -> Result<ProcedureRef, CodecError> {
    Ok(ProcedureRef {
        code: ProcedureCode::parse(r.text()?).ok_or(CodecError::Text)?,
        version: r.u16()?,
    })
}

pub(super) fn write_number(w: &mut Writer<'_>, number: &DossierNumber) {
    w.unit(&number.agency);
    w.day(number.day);
    w.u32(number.place);
}

pub(super) fn read_number(r: &mut Reader<'_>) -> Result<DossierNumber, CodecError> {
    Ok(DossierNumber {
        agency: r.unit()?,
        day: r.day()?,
        place: r.u32()?,
    })
}

pub(super) fn read_status(r: &mut Reader<'_>) -> Result<DossierStatus, CodecError> {
    r.word("status of a dossier", DossierStatus::from_number)
}

pub(super) fn read_move(r: &mut Reader<'_>) -> Result<DossierMove, CodecError> {
    r.word("move of a dossier", DossierMove::from_number)
}

pub(super) fn write_presented(w: &mut Writer<'_>, presented: &Presented) {
    w.digest(&presented.words);
    w.count(presented.files.len());
    for file in &presented.files {
        w.u16(file.offered);
        w.digest(&file.digest);
        w.u64(file.size);
    }
}

pub(super) fn read_presented(r: &mut Reader<'_>) -> Result<Presented, CodecError> {
    let words = r.digest()?;
    let files = (0..r.u16()?).map(|_| {
        Ok(DossierFile {
            offered: r.u16()?,
            digest: r.digest()?,
            size: r.u64()?,
        })
    });
    Ok(Presented {
        words,
        files: files.collect::<Result<_, CodecError>>()?,
    })
}

pub(super) fn write_dossier_items(w: &mut Writer<'_>, items: &[DossierItem]) {
    w.count(items.len());
    for item in items {
        w.u16(item.problem.number());
        w.u16(item.ground.number());
        write_name(w, item.component.as_ref());
        write_name(w, item.fact.as_ref());
        w.bool(item.offered.is_some());
        if let Some(offered) = item.offered {
            w.u16(offered);
        }
        w.bool(item.verdict.is_some());
        if let Some((indication, sub)) = item.verdict {
            w.u16(indication.number());
            w.u16(sub.map_or(0, SubIndication::number));
        }
    }
}

pub(super) fn read_dossier_items(r: &mut Reader<'_>) -> Result<Vec<DossierItem>, CodecError> {
    (0..r.u16()?).map(|_| read_item(r)).collect()
}

fn read_item(r: &mut Reader<'_>) -> Result<DossierItem, CodecError> {
    Ok(DossierItem {
        problem: r.word("problem of a dossier", DossierProblem::from_number)?,
        ground: r.word("ground of a dossier", DossierGround::from_number)?,
        component: read_name(r)?,
        fact: read_name(r)?,
        offered: if r.bool()? { Some(r.u16()?) } else { None },
        verdict: if r.bool()? {
            Some(read_verdict(r)?)
        } else {
            None
        },
    })
}

fn read_verdict(r: &mut Reader<'_>) -> Result<(Indication, Option<SubIndication>), CodecError> {
    let indication = r.word("indication", Indication::from_number)?;
    let sub = match r.u16()? {
        0 => None,
        number => Some(
            SubIndication::from_number(number)
                .ok_or_else(|| CodecError::Value("sub-indication", u64::from(number)))?,
        ),
    };
    Ok((indication, sub))
}

/// A name is never empty: no octets are none.
fn write_name(w: &mut Writer<'_>, name: Option<&PlainName>) {
    w.text(name.map_or("", PlainName::as_str));
}

fn read_name(r: &mut Reader<'_>) -> Result<Option<PlainName>, CodecError> {
    match r.text()? {
        "" => Ok(None),
        name => PlainName::parse(name).map(Some).ok_or(CodecError::Text),
    }
}
