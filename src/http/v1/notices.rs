//! `GET /v1/notices`: what a unit is to be told of its documents, as their sender or a recipient.

use super::lists::{Asking, Poll, PollQuery, answer, waited};
use super::views;
use crate::client::wire::{DoubtView, NoticeView, VerdictView};
use crate::http::context::{Asked, Caller, Gateway};
use crate::http::problem::Problem;
use crate::intake::Intake;
use crate::model::{DocumentId, Language, Position};
use crate::relay::{DocumentState, Doubt, TimelineEntry, TimelineKind};
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;

pub(super) async fn notices(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Asked(language): Asked,
    query: Asking<PollQuery>,
) -> Result<Response, Problem> {
    let poll = Poll::of(query)?;
    let page = waited(&gateway, &caller, &poll, |ledger| {
        ledger.notices(&caller.unit, poll.after, poll.limit)
    });
    let page = page.await?;
    let mut items = Vec::with_capacity(page.items.len());
    for (position, id) in &page.items {
        items.extend(notice(&gateway.intake, *id, *position, language)?);
    }
    let path = format!("/v1/notices?limit={}", poll.limit);
    Ok(answer(items, page.next, &path))
}

fn notice(
    intake: &Intake,
    id: DocumentId,
    position: Position,
    language: Language,
) -> Result<Option<NoticeView>, Problem> {
    let Some(state) = intake.tools().ledger.document(id)? else {
        return Ok(None);
    };
    let entry = state.timeline.iter().find(|e| e.position == position);
    Ok(entry.map(|entry| of_entry(intake, &state, entry, language)))
}

fn of_entry(
    intake: &Intake,
    state: &DocumentState,
    entry: &TimelineEntry,
    language: Language,
) -> NoticeView {
    let delivery = entry.recipient.map(usize::from);
    let delivery = delivery.and_then(|index| state.deliveries.get(index));
    let (verdict, certificates) = judged(intake, state, entry, language);
    // Why bodies were erased is between those who ordered it and did it.
    let note = entry.facts.note;
    let note = note.filter(|_| entry.kind != TimelineKind::Erased);
    let asked = delivery.and_then(|d| d.asked.filter(|_| d.standing.is_asked()));
    NoticeView {
        position: entry.position.0,
        notice: entry.kind.name().to_owned(),
        id: state.id().to_string(),
        sender: state.offered.sender.to_string(),
        number: state.offered.key.number.as_str().to_owned(),
        notation: state.offered.key.notation.as_str().to_owned(),
        at: entry.at.to_string(),
        recipient: delivery.map(|d| d.recipient.to_string()),
        status: entry.status.map(|status| status.name().to_owned()),
        reason: views::reason_of(intake, state, note),
        other: entry.facts.other.map(|id| id.to_string()),
        cause: entry.facts.expiry.map(|(cause, _)| cause.name().to_owned()),
        state: delivery.map(|d| d.standing.name().to_owned()),
        due: asked.and_then(|a| a.due).map(|at| at.to_string()),
        verdict,
        certificates,
    }
}

/// The verdict that a record gave, and the certificates found revoked by it.
fn judged(
    intake: &Intake,
    state: &DocumentState,
    entry: &TimelineEntry,
    language: Language,
) -> (Option<VerdictView>, Vec<String>) {
    if let Some(doubt) = state.doubts.iter().find(|d| d.position == entry.position) {
        let told = view(intake, state, doubt, language);
        return (Some(told.verdict), told.certificates);
    }
    let again = entry.kind == TimelineKind::Rejudged;
    let verdict = again.then(|| {
        let reason = views::reason(intake, state, &state.judged);
        views::verdict(&state.judged, &reason, language)
    });
    (verdict, Vec::new())
}

/// One doubt of a document.
pub(super) fn view(
    intake: &Intake,
    state: &DocumentState,
    doubt: &Doubt,
    language: Language,
) -> DoubtView {
    let entry = state.timeline.iter().find(|e| e.position == doubt.position);
    let reason = views::reason(intake, state, &doubt.judged);
    DoubtView {
        position: doubt.position.0,
        at: entry.map(|e| e.at.to_string()).unwrap_or_default(),
        doubts: state.relayed().map_or(0, |e| e.position.0),
        verdict: views::verdict(&doubt.judged, &reason, language),
        certificates: doubt.certificates.iter().map(|c| c.to_hex()).collect(),
    }
}
