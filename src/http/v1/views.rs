//! From the core's words to the shapes that are sent.

use crate::client::attempt::AttemptView;
use crate::client::erase::ErasureView;
use crate::client::wire::{
    DocumentView, ListView, ReceiptView, RecipientView, RedirectedView, RequestView, TimelineView,
    VerdictView,
};
use crate::http::context::Gateway;
use crate::http::problem::{Problem, ProblemCode};
use crate::intake::{Intake, Note};
use crate::lang;
use crate::model::event::{ErasureCause, Judged, Redirected};
use crate::model::simulated::is_simulated;
use crate::model::{Digest, Disposition, DocumentId, Language, Reason, Timestamp, UnitCode};
use crate::relay::{Delivery, DocumentState, Erasure, TimelineEntry, TimelineKind};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A JSON answer.
pub(in crate::http) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => {
            let kind = [(header::CONTENT_TYPE, "application/json")];
            (status, kind, body).into_response()
        }
        Err(_) => ProblemCode::Internal.into_response(),
    }
}

/// A document's identifier in a path: what cannot be one is not there.
pub(super) fn id(text: &str) -> Result<DocumentId, Problem> {
    DocumentId::parse(text).ok_or_else(|| ProblemCode::NotFound.into())
}

/// The document, if it is the caller's to see: its sender, or a recipient once it is relayed.
pub(super) fn visible(
    gateway: &Gateway,
    id: DocumentId,
    unit: &UnitCode,
) -> Result<DocumentState, Problem> {
    let state = gateway.intake.state(id)?;
    if state.offered.sender == *unit || state.delivery(unit).is_some() {
        return Ok(state);
    }
    Err(ProblemCode::NotFound.into())
}

/// Who reads a document.
#[derive(Clone, Copy)]
pub(in crate::http) enum Reader<'a> {
    /// A unit: as the sender it reads everybody's words, as a recipient its own.
    Unit(&'a UnitCode),
    /// The administrator: every word, and no content of files.
    Administrator,
}

impl Reader<'_> {
    /// Whether the words that were exchanged with `recipient` are for this reader.
    fn reads(self, state: &DocumentState, recipient: &UnitCode) -> bool {
        match self {
            Self::Unit(unit) => state.offered.sender == *unit || recipient == unit,
            Self::Administrator => true,
        }
    }
}

/// The verdict with its sentence.
pub(super) fn verdict(judged: &Judged, reason: &Reason, language: Language) -> VerdictView {
    VerdictView {
        indication: judged.indication.name().to_owned(),
        sub_indication: judged.sub_indication.map(|s| s.name().to_owned()),
        reason: judged.reason.name().to_owned(),
        message: lang::reason_with_next(language, reason),
        agency_signed: judged.agency_signed,
        person_signed: judged.person_signed,
        policy: judged.policy.name().to_owned(),
    }
}

#[derive(Deserialize)]
struct KeptReport {
    reason: KeptReason,
}

#[derive(Deserialize)]
struct KeptReason {
    #[serde(default)]
    args: BTreeMap<String, String>,
}

/// The particulars that a reason's sentence knows.
const PARTICULARS: [&str; 23] = [
    "unit",
    "signer",
    "domain",
    "file",
    "issuer",
    "subject",
    "not_after",
    "not_before",
    "next_update",
    "this_update",
    "revoked",
    "algorithm",
    "field",
    "limit",
    "detail",
    "moment",
    "what",
    "source",
    "since",
    "error",
    "format",
    "certificate",
    "clause",
];

/// Why a body of a document is not to be had.
pub(super) fn gone(state: &DocumentState, body: &Digest) -> Problem {
    let Some(erasure) = state.erasure(body) else {
        return ProblemCode::Gone.into();
    };
    let entry = state
        .timeline
        .iter()
        .find(|e| e.position == erasure.position);
    let at = entry.map(|e| lang::report::moment(e.at));
    let at = at.unwrap_or_default();
    let key = match erasure.cause {
        ErasureCause::Order => "field-erased-order",
        ErasureCause::Term => "field-erased-term",
    };
    Problem::new(ProblemCode::Erased).at("", key, vec![("at", at)])
}

/// The reason of a decision with its particulars, from the report that was kept.
pub(super) fn reason(intake: &Intake, state: &DocumentState, judged: &Judged) -> Reason {
    let kept = judged
        .report
        .and_then(|d| intake.content_bytes(state, &d).ok()?);
    let kept: Option<KeptReport> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let args = kept.map(|report| report.reason.args).unwrap_or_default();
    let known = PARTICULARS.into_iter();
    let known = known.filter_map(|name| Some((name, args.get(name)?.clone())));
    Reason {
        code: judged.reason,
        args: known.collect(),
    }
}

pub(in crate::http) fn receipt(entry: &TimelineEntry, p7m: &Bytes) -> ReceiptView {
    ReceiptView {
        position: entry.position.0,
        event: entry.kind.name().to_owned(),
        at: entry.at.to_string(),
        p7m: STANDARD.encode(p7m),
    }
}

/// Every receipt of a document, oldest first: as first signed, or signed now.
pub(in crate::http) fn receipts(
    intake: &Intake,
    state: &DocumentState,
) -> Result<ListView<ReceiptView>, Problem> {
    let mut items = Vec::with_capacity(state.timeline.len());
    for entry in state.proved() {
        let signed = intake.receipt(state, entry)?;
        items.push(receipt(entry, &signed));
    }
    Ok(ListView { items, next: None })
}

/// One recipient. Its words are for the sender and for itself.
pub(super) fn recipient(
    intake: &Intake,
    state: &DocumentState,
    delivery: &Delivery,
    words: bool,
) -> RecipientView {
    let note = delivery.answer.and_then(|answer| answer.note);
    let note = kept_note(intake, state, note.filter(|_| words));
    let now = intake.tools().clock.now();
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let (reason, staff) = note.map_or((None, None), |n| (n.reason, n.staff));
    RecipientView {
        unit: delivery.recipient.to_string(),
        written: state
            .offered
            .written_for(&delivery.recipient)
            .map(ToString::to_string)
            .collect(),
        state: delivery.standing.name().to_owned(),
        arrived: time(delivery.arrived.map(|(at, _)| at)),
        answered: time(delivery.answer.map(|answer| answer.at)),
        reason,
        staff,
        answer_due: delivery.due.map(|due| due.answer.to_string()),
        late_since: time(delivery.answer_late_since(now)),
        present_due: delivery.due.map(|due| due.present.to_string()),
        waits_until: None,
        delivery: None,
        request: delivery.asked.map(|asked| RequestView {
            at: asked.at.to_string(),
            reason: kept_note(intake, state, asked.note.filter(|_| words)).and_then(|n| n.reason),
            due: time(asked.due),
            answer: asked.answer.map(|(status, _)| status.name().to_owned()),
            answered: time(asked.answer.map(|(_, at)| at)),
            late_since: time(delivery.request_late_since(now)),
        }),
    }
}

/// The reason that somebody gave for a move, unless it was erased.
pub(super) fn reason_of(
    intake: &Intake,
    state: &DocumentState,
    note: Option<Digest>,
) -> Option<String> {
    kept_note(intake, state, note)?.reason
}

/// The words of a move, unless they were erased.
fn kept_note(intake: &Intake, state: &DocumentState, note: Option<Digest>) -> Option<Note> {
    let bytes = intake.content_bytes(state, &note?).ok()??;
    serde_json::from_slice(&bytes).ok()
}

/// The recipients of a document: as relayed, or as addressed while it is not.
pub(super) fn recipients(
    intake: &Intake,
    state: &DocumentState,
    reader: Reader<'_>,
) -> Vec<RecipientView> {
    let each = |d: &Delivery| recipient(intake, state, d, reader.reads(state, &d.recipient));
    state.deliveries.iter().map(each).collect()
}

fn timeline(intake: &Intake, state: &DocumentState, reader: Reader<'_>) -> Vec<TimelineView> {
    let of = |entry: &TimelineEntry| {
        let index = entry.recipient.map(usize::from);
        let delivery = index.and_then(|i| state.deliveries.get(i));
        delivery.map(|d| &d.recipient)
    };
    let words = |entry: &TimelineEntry| {
        let own = of(entry).is_some_and(|unit| reader.reads(state, unit));
        reason_of(intake, state, entry.facts.note.filter(|_| own))
    };
    let view = |entry: &TimelineEntry| TimelineView {
        position: entry.position.0,
        at: entry.at.to_string(),
        event: entry.kind.name().to_owned(),
        recipient: of(entry).map(ToString::to_string),
        status: entry.status.map(|status| status.name().to_owned()),
        implied: implied(entry),
        other: entry.facts.other.map(|id| id.to_string()),
        cause: entry.facts.expiry.map(|(cause, _)| cause.name().to_owned()),
        reason: words(entry),
        attempt: entry.facts.attempt.as_ref().map(AttemptView::of),
    };
    state.timeline.iter().map(view).collect()
}

/// Codes of ended units in the envelope, and who stands for them.
pub(super) fn redirected(state: &DocumentState, language: Language) -> Vec<RedirectedView> {
    let one = |one: &Redirected| {
        let (written, to) = (one.written.to_string(), one.to.to_string());
        let values = [("written", written.as_str()), ("to", to.as_str())];
        let message = lang::text(language, "redirected", &values);
        RedirectedView {
            written,
            to,
            message,
        }
    };
    state.offered.redirected.iter().map(one).collect()
}

/// What was erased, and by what right.
fn erasure(intake: &Intake, state: &DocumentState, erasure: &Erasure) -> ErasureView {
    let entry = state
        .timeline
        .iter()
        .find(|e| e.position == erasure.position);
    let gone = |body: &Digest| erasure.bodies.contains(body);
    let content = state.content();
    let files = content.files.iter().enumerate();
    let files = files.filter(|(_, body)| gone(body));
    ErasureView {
        position: erasure.position.0,
        at: entry.map(|e| e.at.to_string()).unwrap_or_default(),
        cause: erasure.cause.name().to_owned(),
        basis: intake.basis(erasure.basis.as_ref()),
        files: files.map(|(i, _)| i.saturating_add(1)).collect(),
        envelope: content.envelope.as_ref().is_some_and(gone),
        words: content.words.iter().any(gone),
        reports: content.reports.iter().any(gone),
    }
}

/// The other documents that records of one kind speak of, each once.
fn others(state: &DocumentState, kind: TimelineKind) -> Vec<String> {
    let entries = state.timeline.iter().filter(|entry| entry.kind == kind);
    let mut out: Vec<String> = Vec::new();
    for other in entries.filter_map(|entry| entry.facts.other) {
        let other = other.to_string();
        if !out.contains(&other) {
            out.push(other);
        }
    }
    out
}

fn implied(entry: &TimelineEntry) -> Vec<String> {
    let names = entry.facts.implied.iter().map(|status| status.name());
    names.map(str::to_owned).collect()
}

/// Until when it waits, while it does.
pub(super) fn hold_until(state: &DocumentState) -> Option<String> {
    let held = state.judged.disposition == Disposition::Hold;
    let until = state.offered.hold_until.filter(|_| held);
    until.map(|at| at.to_string())
}

/// The kept envelope's bytes.
pub(super) fn envelope(intake: &Intake, state: &DocumentState) -> Result<Option<Bytes>, Problem> {
    if !state.offered.kept {
        return Ok(None);
    }
    Ok(intake.content_bytes(state, &state.offered.envelope)?)
}

/// `Content-Digest` (RFC 9530) of a whole body.
pub(super) fn content_digest(digest: &Digest) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest.0))
}

/// The whole document as its sender, a recipient or the administrator sees it.
pub(in crate::http) fn document(
    intake: &Intake,
    state: &DocumentState,
    reader: Reader<'_>,
    language: Language,
) -> Result<DocumentView, Problem> {
    let raw = envelope(intake, state)?;
    let parsed = raw
        .as_ref()
        .and_then(|raw| crate::format::envelope::Envelope::parse(raw).ok());
    let names = parsed.map(|e| e.files).unwrap_or_default();
    let file = |(i, f): (usize, &crate::model::event::FileRef)| crate::client::wire::FileView {
        n: i.saturating_add(1),
        name: names.get(i).map(|e| e.name.clone()).unwrap_or_default(),
        role: f.role.name().to_owned(),
        size: f.size,
        sha256: f.digest.to_hex(),
        erased: state.is_erased(&f.digest),
    };
    let reason = reason(intake, state, &state.judged);
    let doubt = |doubt| super::notices::view(intake, state, doubt, language);
    let offered = state.timeline.first().map(|e| e.at.to_string());
    Ok(DocumentView {
        simulated: is_simulated(&intake.tools().gateway),
        id: state.id().to_string(),
        sender: state.offered.sender.to_string(),
        offered: offered.unwrap_or_default(),
        disposition: state.judged.disposition.name().to_owned(),
        verdict: verdict(&state.judged, &reason, language),
        hold_until: hold_until(state),
        issue_due: state.offered.issue_due.map(|day| day.to_string()),
        issued_late: state.is_issued_late(),
        envelope: raw.and_then(|raw| serde_json::from_slice(&raw).ok()),
        envelope_sha256: state.offered.envelope.to_hex(),
        files: state.offered.files.iter().enumerate().map(file).collect(),
        recipients: recipients(intake, state, reader),
        redirected: redirected(state, language),
        timeline: timeline(intake, state, reader),
        duplicate_of: state.offered.duplicate_of.map(|id| id.to_string()),
        updated_by: others(state, TimelineKind::Updated),
        replaced_by: others(state, TimelineKind::Superseded),
        frozen: state.is_frozen(),
        doubts: state.doubts.iter().map(doubt).collect(),
        erased: state
            .erased
            .iter()
            .map(|e| erasure(intake, state, e))
            .collect(),
    })
}
