//! The stored form of events and records: one hand-written codec per kind and version.
//!
//! A published version never changes; `tests/golden/events/` holds one file of each, and they
//! decode for ever. A new version of a kind gets a new number and is upcast on reading. An unknown
//! kind or version is an error: a log written by a newer program is not half understood.

mod administration;
pub(in crate::store) mod bytes;
mod dossier_state;
mod dossiers;
mod exchange;
mod findings;
mod fits;
mod kinds;
mod life;
pub(in crate::store) mod state;
mod surveys;

#[cfg(test)]
mod golden;
#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "small figures of tests"
)]
mod properties;

use crate::model::event::{
    Answered, Arrived, Countable, Doubted, Due, Event, FileRef, FileRole, Judged, Offered, Policy,
    ReceiptSigned, Recorded, Redirected, Rejudged, Simulated, Stamped, Way,
};
use crate::model::{
    CodeNotation, CodeNumber, Digest, Disposition, DocumentId, DocumentKey, Indication, Position,
    ReasonCode, Status, SubIndication, Timestamp, Urgency,
};
pub(in crate::store) use administration::{
    read_clock, read_closed, read_rules, write_clock, write_closed, write_rules,
};
use bytes::{Reader, Writer};
pub(in crate::store) use dossier_state::{read_dossier, write_dossier};
pub(in crate::store) use exchange::{
    read_import, read_one_document, write_import, write_one_document,
};
pub(in crate::store) use findings::{read_finding, read_items, write_finding, write_items};
pub(in crate::store) use fits::fits;
use kinds::{
    ANSWERED, ARRIVED, CLOCK_CONFIRMED, COUNTED, DOSSIER_ASKED, DOSSIER_COMPLETED, DOSSIER_MOVED,
    DOSSIER_REGISTERED, DOSSIER_RESCHEDULED, DOUBTED, FINDING_OPENED, NIL_RETURNED, OFFERED,
    PERIOD_CLOSED, RECEIPT_SIGNED, REJUDGED, REPORT_SENT, RULES_CHANGED, SIMULATED, STAMPED,
    SURVEY_CODES, SURVEY_INVITED,
};
pub(in crate::store) use surveys::{
    read_survey_code, read_survey_row, write_survey_code, write_survey_row,
};

/// Why stored bytes are not what was expected.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(in crate::store) enum CodecError {
    /// They end too early.
    #[error("the bytes end too early")]
    Short,
    /// More follows than the record holds.
    #[error("{0} bytes too many")]
    Trailing(usize),
    /// A number that stands for nothing.
    #[error("unknown {0} {1}")]
    Value(&'static str, u64),
    /// A kind of event, or a version of it, that this program does not know.
    #[error("unknown event kind {kind}, version {version}")]
    Kind {
        /// The kind's number.
        kind: u16,
        /// Its version.
        version: u16,
    },
    /// A text or date that cannot be one.
    #[error("a text or date is malformed")]
    Text,
}

/// Appends a record: the predecessor's hash, place, time, kind, version and payload. The record's
/// own hash is SHA-256 over exactly these bytes.
pub(in crate::store) fn write_record(
    out: &mut Vec<u8>,
    previous: &Digest,
    position: Position,
    at: Timestamp,
    event: &Event,
) {
    let mut writer = Writer(out);
    writer.digest(previous);
    writer.position(position);
    writer.time(at);
    write_event(&mut writer, event);
}

/// The record with its predecessor's hash.
pub(in crate::store) fn read_record(bytes: &[u8]) -> Result<(Digest, Recorded), CodecError> {
    let mut reader = Reader(bytes);
    let previous = reader.digest()?;
    let recorded = Recorded {
        position: reader.position()?,
        at: reader.time()?,
        hash: Digest::of(bytes),
        event: read_event(&mut reader)?,
    };
    reader.end()?;
    Ok((previous, recorded))
}

/// Appends kind, version and payload.
pub(in crate::store) fn write_event(w: &mut Writer<'_>, event: &Event) {
    let (kind, version) = kinds::kind(event);
    w.u16(kind);
    w.u16(version);
    match event {
        Event::Offered(e) => write_offered(w, e),
        Event::Rejudged(e) => write_rejudged(w, e),
        Event::Arrived(e) => write_arrived(w, e),
        Event::Answered(e) => write_answered(w, e),
        Event::ReceiptSigned(e) => write_receipt(w, e),
        Event::RulesChanged(e) => write_rules(w, e),
        Event::Doubted(e) => write_doubted(w, e),
        Event::Stamped(e) => write_stamped(w, e),
        Event::ClockConfirmed(e) => write_clock(w, e),
        Event::PeriodClosed(e) => write_closed(w, e),
        Event::Simulated(e) => w.u64(e.seed),
        Event::Counted(_)
        | Event::RegisterImported(_)
        | Event::RegisterEntries(_)
        | Event::RegisterUndone(_)
        | Event::NilReturned(_) => exchange::write(w, event),
        Event::FindingOpened(_)
        | Event::FindingClosed(_)
        | Event::FindingReminded(_)
        | Event::ReportSent(_) => findings::write(w, event),
        Event::Dossier(e) => dossiers::write(w, e),
        Event::Survey(e) => surveys::write(w, e),
        Event::Progressed(_)
        | Event::TakeBackAsked(_)
        | Event::TakenBack(_)
        | Event::TakeBackAnswered(_)
        | Event::Recalled(_)
        | Event::RecallAnswered(_)
        | Event::Superseded(_)
        | Event::Updated(_)
        | Event::Expired(_)
        | Event::Replayed(_)
        | Event::GivenUp(_)
        | Event::Erased(_)
        | Event::Attempted(_) => life::write(w, event),
    }
}

/// Reads kind, version and payload.
pub(in crate::store) fn read_event(r: &mut Reader<'_>) -> Result<Event, CodecError> {
    let (kind, version) = (r.u16()?, r.u16()?);
    match (kind, version) {
        (OFFERED, 1) => Ok(Event::Offered(Box::new(read_offered_1(r)?))),
        (OFFERED, 2) => Ok(Event::Offered(Box::new(read_offered_2(r)?))),
        (OFFERED, 3) => Ok(Event::Offered(Box::new(read_offered_3(r)?))),
        (OFFERED, 4) => Ok(Event::Offered(Box::new(read_offered_4(r)?))),
        (OFFERED, 5) => Ok(Event::Offered(Box::new(read_offered_5(r)?))),
        (OFFERED, 6) => Ok(Event::Offered(Box::new(read_offered(r)?))),
        (REJUDGED, 1) => Ok(Event::Rejudged(Box::new(read_rejudged_1(r)?))),
        (REJUDGED, 2) => Ok(Event::Rejudged(Box::new(read_rejudged(r)?))),
        (ARRIVED, 1) => read_arrived_1(r).map(Event::Arrived),
        (ARRIVED, 2) => read_arrived_2(r).map(Event::Arrived),
        (ARRIVED, 3) => read_arrived(r).map(Event::Arrived),
        (ANSWERED, 1) => read_answered_1(r).map(Event::Answered),
        (ANSWERED, 2) => read_answered(r).map(Event::Answered),
        (RECEIPT_SIGNED, 1) => read_receipt(r).map(Event::ReceiptSigned),
        (RULES_CHANGED, 1) => read_rules(r).map(Event::RulesChanged),
        (DOUBTED, 1) => Ok(Event::Doubted(Box::new(read_doubted(r)?))),
        (STAMPED, 1) => Ok(Event::Stamped(Box::new(read_stamped(r)?))),
        (CLOCK_CONFIRMED, 1) => Ok(Event::ClockConfirmed(Box::new(read_clock(r)?))),
        (SIMULATED, 1) => Ok(Event::Simulated(Simulated { seed: r.u64()? })),
        (PERIOD_CLOSED, 1) => Ok(Event::PeriodClosed(Box::new(read_closed(r)?))),
        (COUNTED..=NIL_RETURNED, _) => exchange::read(r, kind, version),
        (FINDING_OPENED..=REPORT_SENT, _) => findings::read(r, kind, version),
        (SURVEY_CODES..=SURVEY_INVITED, _) => surveys::read(r, kind, version),
        (
            DOSSIER_REGISTERED | DOSSIER_MOVED | DOSSIER_ASKED | DOSSIER_COMPLETED
            | DOSSIER_RESCHEDULED,
            _,
        ) => dossiers::read(r, kind, version),
        _ => life::read(r, kind, version),
    }
}

pub(in crate::store) fn write_offered(w: &mut Writer<'_>, e: &Offered) {
    w.id(e.document);
    w.unit(&e.sender);
    write_key(w, &e.key);
    w.day(e.promulgated);
    w.bool(e.first_offer);
    w.digest(&e.request);
    w.digest(&e.content);
    w.digest(&e.envelope);
    w.bool(e.kept);
    w.count(e.files.len());
    for file in &e.files {
        w.digest(&file.digest);
        w.u64(file.size);
        w.u16(file.role.number());
    }
    write_units(w, &e.recipients);
    write_judged(w, &e.judged);
    w.bool(e.hold_until.is_some());
    if let Some(until) = e.hold_until {
        w.time(until);
    }
    write_digests(w, &e.rests_on);
    w.u16(e.urgency.number());
    w.day_opt(e.issue_due);
    w.day_opt(e.due);
    write_id_opt(w, e.updates);
    w.count(e.replaces.len());
    e.replaces.iter().for_each(|id| w.id(*id));
    write_id_opt(w, e.duplicate_of);
    w.count(e.countable.len());
    e.countable.iter().for_each(|c| w.u16(c.number()));
    w.bool(e.paper_follows);
    w.bool(e.in_register);
    w.count(e.redirected.len());
    for one in &e.redirected {
        w.unit(&one.written);
        w.unit(&one.to);
    }
}

pub(in crate::store) fn read_offered(r: &mut Reader<'_>) -> Result<Offered, CodecError> {
    let mut offered = read_offered_5(r)?;
    let redirected = (0..r.u16()?).map(|_| {
        Ok(Redirected {
            written: r.unit()?,
            to: r.unit()?,
        })
    });
    offered.redirected = redirected.collect::<Result<_, CodecError>>()?;
    Ok(offered)
}

/// Until version 5 a document went only to whom its envelope names.
fn read_offered_5(r: &mut Reader<'_>) -> Result<Offered, CodecError> {
    let mut offered = read_offered_4(r)?;
    let countable = (0..r.u16()?).map(|_| r.word("countable", Countable::from_number));
    offered.countable = countable.collect::<Result<_, _>>()?;
    offered.paper_follows = r.bool()?;
    offered.in_register = r.bool()?;
    Ok(offered)
}

/// Version 4 does not say who counts nor what follows on paper.
fn read_offered_4(r: &mut Reader<'_>) -> Result<Offered, CodecError> {
    let mut offered = read_offered_3(r)?;
    offered.updates = read_id_opt(r)?;
    offered.replaces = (0..r.u16()?).map(|_| r.id()).collect::<Result<_, _>>()?;
    offered.duplicate_of = read_id_opt(r)?;
    Ok(offered)
}

pub(in crate::store) fn write_id_opt(w: &mut Writer<'_>, id: Option<DocumentId>) {
    w.bool(id.is_some());
    if let Some(id) = id {
        w.id(id);
    }
}

pub(in crate::store) fn read_id_opt(r: &mut Reader<'_>) -> Result<Option<DocumentId>, CodecError> {
    if r.bool()? {
        return r.id().map(Some);
    }
    Ok(None)
}

/// Version 3 does not say to which other documents it belongs.
fn read_offered_3(r: &mut Reader<'_>) -> Result<Offered, CodecError> {
    let mut offered = read_offered_2(r)?;
    offered.urgency = r.word("urgency", Urgency::from_number)?;
    offered.issue_due = r.day_opt()?;
    offered.due = r.day_opt()?;
    Ok(offered)
}

/// Version 2 does not say how urgent it is nor what is due.
fn read_offered_2(r: &mut Reader<'_>) -> Result<Offered, CodecError> {
    let mut offered = read_offered_1(r)?;
    offered.rests_on = read_digests(r)?;
    Ok(offered)
}

/// Version 1 does not say what the verdict rests on.
fn read_offered_1(r: &mut Reader<'_>) -> Result<Offered, CodecError> {
    Ok(Offered {
        document: r.id()?,
        sender: r.unit()?,
        key: read_key(r)?,
        promulgated: r.day()?,
        first_offer: r.bool()?,
        request: r.digest()?,
        content: r.digest()?,
        envelope: r.digest()?,
        kept: r.bool()?,
        files: read_files(r)?,
        recipients: read_units(r)?,
        judged: read_judged(r)?,
        hold_until: if r.bool()? { Some(r.time()?) } else { None },
        urgency: Urgency::Normal,
        issue_due: None,
        due: None,
        rests_on: Vec::new(),
        updates: None,
        replaces: Vec::new(),
        duplicate_of: None,
        countable: Vec::new(),
        paper_follows: false,
        in_register: false,
        redirected: Vec::new(),
    })
}

fn read_files(r: &mut Reader<'_>) -> Result<Vec<FileRef>, CodecError> {
    (0..r.u16()?)
        .map(|_| {
            Ok(FileRef {
                digest: r.digest()?,
                size: r.u64()?,
                role: r.word("file role", FileRole::from_number)?,
            })
        })
        .collect()
}

/// The stored form of a document's key; also its key in the index.
pub(in crate::store) fn write_key(w: &mut Writer<'_>, key: &DocumentKey) {
    w.unit(&key.unit);
    w.text(key.number.as_str());
    w.text(key.notation.as_str());
    w.0.extend_from_slice(&key.year.to_le_bytes());
}

pub(in crate::store) fn read_key(r: &mut Reader<'_>) -> Result<DocumentKey, CodecError> {
    Ok(DocumentKey {
        unit: r.unit()?,
        number: CodeNumber::parse(r.text()?).ok_or(CodecError::Text)?,
        notation: CodeNotation::parse(r.text()?).ok_or(CodecError::Text)?,
        year: r.u16()?.cast_signed(),
    })
}

fn write_units(w: &mut Writer<'_>, units: &[crate::model::UnitCode]) {
    w.count(units.len());
    for unit in units {
        w.unit(unit);
    }
}

fn read_units(r: &mut Reader<'_>) -> Result<Vec<crate::model::UnitCode>, CodecError> {
    (0..r.u16()?).map(|_| r.unit()).collect()
}

/// The stored form of a decision; also used in the index.
pub(in crate::store) fn write_judged(w: &mut Writer<'_>, judged: &Judged) {
    w.u16(judged.indication.number());
    w.u16(judged.sub_indication.map_or(0, SubIndication::number));
    w.u16(judged.reason.number());
    w.u16(judged.disposition.number());
    w.bool(judged.agency_signed);
    w.bool(judged.person_signed);
    w.u16(judged.policy.number());
    w.digest(&judged.rules);
    w.digest_opt(judged.report.as_ref());
}

pub(in crate::store) fn read_judged(r: &mut Reader<'_>) -> Result<Judged, CodecError> {
    Ok(Judged {
        indication: r.word("indication", Indication::from_number)?,
        sub_indication: match r.u16()? {
            0 => None,
            number => Some(
                SubIndication::from_number(number)
                    .ok_or_else(|| CodecError::Value("sub-indication", u64::from(number)))?,
            ),
        },
        reason: r.word("reason", ReasonCode::from_number)?,
        disposition: r.word("disposition", Disposition::from_number)?,
        agency_signed: r.bool()?,
        person_signed: r.bool()?,
        policy: r.word("policy", Policy::from_number)?,
        rules: r.digest()?,
        report: r.digest_opt()?,
    })
}

fn write_rejudged(w: &mut Writer<'_>, e: &Rejudged) {
    w.id(e.document);
    w.unit(&e.sender);
    write_units(w, &e.recipients);
    w.day(e.promulgated);
    w.bool(e.first_offer);
    write_judged(w, &e.judged);
    write_digests(w, &e.rests_on);
}

fn read_rejudged(r: &mut Reader<'_>) -> Result<Rejudged, CodecError> {
    let mut rejudged = read_rejudged_1(r)?;
    rejudged.rests_on = read_digests(r)?;
    Ok(rejudged)
}

/// Version 1 does not say what the verdict rests on.
fn read_rejudged_1(r: &mut Reader<'_>) -> Result<Rejudged, CodecError> {
    Ok(Rejudged {
        document: r.id()?,
        sender: r.unit()?,
        recipients: read_units(r)?,
        promulgated: r.day()?,
        first_offer: r.bool()?,
        judged: read_judged(r)?,
        rests_on: Vec::new(),
    })
}

fn write_doubted(w: &mut Writer<'_>, e: &Doubted) {
    w.id(e.document);
    write_judged(w, &e.judged);
    write_digests(w, &e.certificates);
}

fn read_doubted(r: &mut Reader<'_>) -> Result<Doubted, CodecError> {
    Ok(Doubted {
        document: r.id()?,
        judged: read_judged(r)?,
        certificates: read_digests(r)?,
    })
}

/// The stored form of a stamp; also its row in the index.
pub(in crate::store) fn write_stamped(w: &mut Writer<'_>, e: &Stamped) {
    w.position(e.of);
    w.digest(&e.head);
    w.time(e.moment);
    w.digest(&e.token);
    w.digest(&e.authority);
    write_digests(w, &e.rests_on);
}

pub(in crate::store) fn read_stamped(r: &mut Reader<'_>) -> Result<Stamped, CodecError> {
    Ok(Stamped {
        of: r.position()?,
        head: r.digest()?,
        moment: r.time()?,
        token: r.digest()?,
        authority: r.digest()?,
        rests_on: read_digests(r)?,
    })
}

pub(in crate::store) fn write_digests(w: &mut Writer<'_>, all: &[Digest]) {
    w.count(all.len());
    for digest in all {
        w.digest(digest);
    }
}

pub(in crate::store) fn read_digests(r: &mut Reader<'_>) -> Result<Vec<Digest>, CodecError> {
    (0..r.u16()?).map(|_| r.digest()).collect()
}

fn write_arrived(w: &mut Writer<'_>, e: &Arrived) {
    w.id(e.document);
    w.unit(&e.sender);
    w.unit(&e.recipient);
    write_due(w, e.due);
    w.u16(e.way.number());
}

fn read_arrived(r: &mut Reader<'_>) -> Result<Arrived, CodecError> {
    let mut arrived = read_arrived_2(r)?;
    arrived.way = r.word("way", Way::from_number)?;
    Ok(arrived)
}

/// Until version 2 there was one way.
fn read_arrived_2(r: &mut Reader<'_>) -> Result<Arrived, CodecError> {
    let mut arrived = read_arrived_1(r)?;
    arrived.due = read_due(r)?;
    Ok(arrived)
}

/// Version 1 does not say what is due.
fn read_arrived_1(r: &mut Reader<'_>) -> Result<Arrived, CodecError> {
    Ok(Arrived {
        document: r.id()?,
        sender: r.unit()?,
        recipient: r.unit()?,
        due: None,
        way: Way::Pull,
    })
}

/// What is due of a recipient; also in the index.
pub(in crate::store) fn write_due(w: &mut Writer<'_>, due: Option<Due>) {
    w.bool(due.is_some());
    if let Some(due) = due {
        w.time(due.answer);
        w.time(due.present);
        w.day_opt(due.complete);
    }
}

pub(in crate::store) fn read_due(r: &mut Reader<'_>) -> Result<Option<Due>, CodecError> {
    if !r.bool()? {
        return Ok(None);
    }
    Ok(Some(Due {
        answer: r.time()?,
        present: r.time()?,
        complete: r.day_opt()?,
    }))
}

fn write_answered(w: &mut Writer<'_>, e: &Answered) {
    w.id(e.document);
    w.unit(&e.sender);
    w.unit(&e.recipient);
    write_status(w, e.status);
    w.time(e.arrived);
    w.digest_opt(e.note.as_ref());
    w.time_opt(e.due);
}

fn read_answered(r: &mut Reader<'_>) -> Result<Answered, CodecError> {
    let mut answered = read_answered_1(r)?;
    answered.due = r.time_opt()?;
    Ok(answered)
}

/// Version 1 does not say until when it was due.
fn read_answered_1(r: &mut Reader<'_>) -> Result<Answered, CodecError> {
    Ok(Answered {
        document: r.id()?,
        sender: r.unit()?,
        recipient: r.unit()?,
        status: read_status(r)?,
        arrived: r.time()?,
        due: None,
        note: r.digest_opt()?,
    })
}

/// A status is stored as the two digits of the standard.
pub(in crate::store) fn write_status(w: &mut Writer<'_>, status: Status) {
    w.text(status.code());
}

pub(in crate::store) fn read_status(r: &mut Reader<'_>) -> Result<Status, CodecError> {
    Status::parse(r.text()?).ok_or(CodecError::Text)
}

fn write_receipt(w: &mut Writer<'_>, e: &ReceiptSigned) {
    w.id(e.document);
    w.position(e.of);
    w.digest(&e.receipt);
}

fn read_receipt(r: &mut Reader<'_>) -> Result<ReceiptSigned, CodecError> {
    Ok(ReceiptSigned {
        document: r.id()?,
        of: r.position()?,
        receipt: r.digest()?,
    })
}
