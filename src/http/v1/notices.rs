//! `GET /v1/notices`: what a unit is to be told of its documents, as their sender or a recipient.

use super::lists::{Asking, Poll, PollQuery, answer, waited};
use super::views;
use crate::client::wire::{DoubtView, NoticeView};
use crate::http::context::{Asked, Caller, Gateway};
use crate::http::problem::Problem;
use crate::model::{DocumentId, Language, Position};
use crate::relay::{DocumentState, Doubt};
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
        items.extend(notice(&gateway, *id, *position, language)?);
    }
    let path = format!("/v1/notices?limit={}", poll.limit);
    Ok(answer(items, page.next, &path))
}

fn notice(
    gateway: &Gateway,
    id: DocumentId,
    position: Position,
    language: Language,
) -> Result<Option<NoticeView>, Problem> {
    let Some(state) = gateway.intake.tools().ledger.document(id)? else {
        return Ok(None);
    };
    let doubt = state.doubts.iter().find(|d| d.position == position);
    Ok(doubt.map(|doubt| {
        let told = view(gateway, &state, doubt, language);
        NoticeView {
            position: told.position,
            notice: "doubted".to_owned(),
            id: id.to_string(),
            sender: state.offered.sender.to_string(),
            number: state.offered.key.number.as_str().to_owned(),
            notation: state.offered.key.notation.as_str().to_owned(),
            at: told.at,
            verdict: told.verdict,
            certificates: told.certificates,
        }
    }))
}

/// One doubt of a document.
pub(super) fn view(
    gateway: &Gateway,
    state: &DocumentState,
    doubt: &Doubt,
    language: Language,
) -> DoubtView {
    let entry = state.timeline.iter().find(|e| e.position == doubt.position);
    let reason = views::reason(gateway, &doubt.judged);
    DoubtView {
        position: doubt.position.0,
        at: entry.map(|e| e.at.to_string()).unwrap_or_default(),
        doubts: state.relayed().map_or(0, |e| e.position.0),
        verdict: views::verdict(&doubt.judged, &reason, language),
        certificates: doubt.certificates.iter().map(|c| c.to_hex()).collect(),
    }
}
